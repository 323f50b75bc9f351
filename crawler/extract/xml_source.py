"""Untrusted XML bytes -> an lxml tree, or `None`. Nothing is fetched, no entity is expanded, broken parts are skipped.

The document type is cut out before the parser sees it, so there is nothing that could define an entity (billion laughs,
external files); named HTML entities, which feeds use without declaring them, become their characters.
"""

from __future__ import annotations

import re
from html.entities import html5

from lxml import etree

MAX_CHARS = 12_000_000
"""Longest XML that is read; the rest is cut, and what stands before it is kept."""

BREAKS_OFF = "; it breaks off before its end, and what stands behind is not known"
"""What is said of XML that was read as far as it goes."""

TOO_LONG = f"; it is longer than the {MAX_CHARS:,} characters that are read, and what stands behind is not known"

_DECLARATION = re.compile(r"\A[\s\ufeff]{0,200}<\?xml[^>]{0,300}\?>")
_DOCTYPE = re.compile(
    r"<!DOCTYPE[^>\[]{0,2000}(?:\[(?:[^\]\"']|\"[^\"]{0,20000}\"|'[^']{0,20000}'){0,200000}+\]\s{0,200})?>",
    re.IGNORECASE,
)
_AMPERSAND = re.compile(r"&(?:#(\d{1,7}|[xX][0-9a-fA-F]{1,6});|([A-Za-z][A-Za-z0-9]{1,31});)?")
_UNSOUND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)")
_UNSOUND_BYTES = re.compile(_UNSOUND.pattern.encode())
_HEAD = 80_000
"""Bytes that the first 20,000 characters have at most."""
_CDATA, _CDATA_END = "<![CDATA[", "]]>"
_XML_OWN = frozenset({"amp", "lt", "gt", "quot", "apos"})
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CONTROLS = bytes({*range(32)} - {*b"\t\n\r"})


def xml_text(text: str) -> str:
    """The text of a feed or sitemap as the parser may see it: no declaration or document type, sound references."""
    text = _DECLARATION.sub("", text[:MAX_CHARS]).lstrip("\ufeff \t\r\n")
    if "<!DOCTYPE" in text[:20_000] or "<!doctype" in text[:20_000]:
        text = _DOCTYPE.sub("", text, count=1)
    if not _legal(text):
        text = _NOT_XML.sub(" ", text)
    if "&" not in text or _UNSOUND.search(text) is None:
        return text
    return _outside_cdata(text)


def xml_bytes(text: str, utf8: bytes | None = None) -> bytes:
    """What `xml_text` gives, in UTF-8, perhaps with the declaration; `utf8` is the whole text where it is at hand.

    Most feeds may stay as they are: their bytes are looked through, which is faster than letters, and copied nowhere.
    """
    try:
        utf8 = text.encode() if utf8 is None else utf8
    except UnicodeEncodeError:
        return xml_text(text).encode("utf-8", "replace")
    sound = (
        len(text) <= MAX_CHARS
        and utf8.find(b"<!DOCTYPE", 0, _HEAD) < 0
        and utf8.find(b"<!doctype", 0, _HEAD) < 0
        and len(utf8.translate(None, _CONTROLS)) == len(utf8)
        and "\ufffe" not in text
        and "\uffff" not in text
        and not _unsound(utf8)
    )
    return utf8 if sound else xml_text(text).encode("utf-8", "replace")


def _unsound(utf8: bytes) -> bool:
    """Whether a reference outside of CDATA sections is none that XML knows."""
    found = _UNSOUND_BYTES.search(utf8)
    done = 0
    while found is not None:
        start = utf8.rfind(b"<![CDATA[", done, found.start())
        end = utf8.find(b"]]>", start) if start >= 0 else -1
        if start < 0 or 0 <= end < found.start():
            return True
        if end < 0:
            return False
        done = end
        found = _UNSOUND_BYTES.search(utf8, end)
    return False


def _legal(text: str) -> bool:
    """Whether `_NOT_XML` matches nowhere; bytes are looked through ten times as fast."""
    try:
        written = text.encode()
    except UnicodeEncodeError:
        return False
    return len(written.translate(None, _CONTROLS)) == len(written) and "\ufffe" not in text and "\uffff" not in text


def _outside_cdata(text: str) -> str:
    """The text with sound references; what CDATA sections hold stays as it is."""
    parts: list[str] = []
    done = 0
    while (start := text.find(_CDATA, done)) >= 0:
        end = text.find(_CDATA_END, start + len(_CDATA))
        end = len(text) if end < 0 else end + len(_CDATA_END)
        parts += (_AMPERSAND.sub(_sound, text[done:start]), text[start:end])
        done = end
    parts.append(_AMPERSAND.sub(_sound, text[done:]))
    return "".join(parts)


def _sound(found: re.Match[str]) -> str:
    whole = found[0]
    if number := found[1]:
        code = int(number[1:], 16) if number[0] in "xX" else int(number)
        legal = code in (9, 10, 13) or 32 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF
        return whole if legal else " "
    name = found[2]
    if name is None:
        return "&amp;"
    if name in _XML_OWN:
        return whole
    character = html5.get(name + ";")
    return character if character and character not in "<>&" else f"&amp;{name};"


def parse_xml(text: str | bytes) -> etree._Element | None:
    """The root of what `xml_text` or `xml_bytes` gave, `None` when there is no element at all."""
    return read_xml(text)[0]


def read_xml(text: str | bytes) -> tuple[etree._Element | None, bool]:
    """What `parse_xml` gives, and whether nothing had to be mended: then all elements are where they were written."""
    parser = etree.XMLParser(
        recover=True, no_network=True, resolve_entities=False, load_dtd=False, huge_tree=False, encoding="utf-8"
    )
    try:
        root = etree.fromstring(text.encode("utf-8", "replace") if isinstance(text, str) else text, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None, False
    return root, not parser.error_log


def tag_of(node: etree._Element) -> str:
    """The element's name as lxml gives it (``{namespace}local``); empty for comments and instructions."""
    tag = node.tag
    return tag if isinstance(tag, str) else ""


def local_name(node: etree._Element) -> str:
    """The element's name without namespace or prefix."""
    return tag_of(node).rpartition("}")[2].rpartition(":")[2]
