"""Which characters a page's bytes are: by strict evidence first, then by what is declared, then by statistics."""

from __future__ import annotations

import codecs
import logging
import re

_LEGACY = {
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "ksc5601": "cp949",
    "ksc_5601": "cp949",
    "korean": "cp949",
    "windows-949": "cp949",
    "cp949": "cp949",
    "x-windows-949": "cp949",
    "ms949": "cp949",
    "uhc": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "euc-jp": "euc_jp",
    "x-euc-jp": "euc_jp",
    "iso-2022-jp": "iso2022_jp",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "x-gbk": "gb18030",
    "big5": "big5hkscs",
    "big5-hkscs": "big5hkscs",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "windows-1252": "cp1252",
    "cp1252": "cp1252",
    "iso-8859-9": "cp1254",
    "windows-874": "cp874",
    "tis-620": "cp874",
    "iso-8859-11": "cp874",
    "koi8-r": "koi8_r",
    "koi8-u": "koi8_u",
    "macintosh": "mac_roman",
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    **{f"windows-125{n}": f"cp125{n}" for n in (0, 1, 3, 4, 5, 6, 7, 8)},
    **{f"iso-8859-{n}": f"iso8859_{n}" for n in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)},
}
"""Label -> Python codec, after the Encoding Standard; others (Python has a codec `punycode`) are ignored."""

_DETECTED = {
    **dict.fromkeys(("cp932", "shift_jis_2004", "shift_jisx0213"), "cp932"),
    **dict.fromkeys(("euc_jp", "euc_jis_2004", "euc_jisx0213"), "euc_jp"),
    **dict.fromkeys(("johab", "iso2022_kr"), "cp949"),
    **dict.fromkeys(("cp874", "tis_620"), "cp874"),
}
"""Names by which the detector calls a charset and no page does -> Python codec."""

_LATIN = frozenset({None, "cp1250", "cp1252", "cp1254", "cp1257", "iso8859_2"})
"""What the detector takes for each other (`None`: Windows-1252): they differ in a few letters."""

_LATIN_OF = {
    **dict.fromkeys(("ca", "da", "de", "es", "fi", "fr", "is", "it", "nb", "nl", "nn", "no", "pt", "sv"), "cp1252"),
    **dict.fromkeys(("cs", "hr", "hu", "pl", "sk", "sl"), "cp1250"),
    "tr": "cp1254",
}
"""Language that a page declares -> codec; English is declared by templates of every language."""

_LANGUAGE = re.compile(rb"<html\b[^>]{0,300}?\slang\s{0,4}=\s{0,4}[\"']?([a-z]{2})(?![a-z])", re.IGNORECASE)
_C1 = re.compile(rb"[\x80-\x9f]")
_HEADER_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{2,40})", re.IGNORECASE)
_META_CHARSET = re.compile(rb"<meta\b[^>]{0,300}?charset\s{0,4}=\s{0,4}[\"']?([\w.:-]{2,40})", re.IGNORECASE)
_XML_CHARSET = re.compile(rb"^\s{0,20}<\?xml[^>]{0,100}?encoding\s{0,4}=\s{0,4}[\"']([\w.:-]{2,40})", re.IGNORECASE)
_HEAD_BYTES = 8_192
_DETECTOR_BYTES = 65_536
_FEW_BROKEN = 0.02


def _codec(label: str | bytes | None) -> str | None:
    if label is None:
        return None
    name = label.decode("ascii", "ignore") if isinstance(label, bytes) else label
    return _LEGACY.get(name.strip().lower())


def _first_group(found: re.Match[bytes] | None) -> bytes | None:
    return found.group(1) if found else None


def _try(body: bytes, codec: str | None) -> str | None:
    if codec is None:
        return None
    try:
        return body.decode(codec)
    except (UnicodeDecodeError, UnicodeError):
        return None


def _broken_share(text: str) -> float:
    """Replacement characters per non-ASCII character."""
    broken = text.count("\ufffd")
    if not broken:
        return 0.0
    return broken / max(1, len(text) - len(text.encode("ascii", "ignore")))


def decode(body: bytes, content_type: str | None) -> tuple[str, str]:
    """Text of a page and the charset used to read it; never fails.

    Evidence in order: byte-order mark; UTF-16 without one (every other byte NUL); strict UTF-8, which no legacy text
    of more than a few letters passes by chance; the header's and then the page's label, an EUC-KR label read as CP949;
    UTF-8 with few broken bytes, or that breaks off within a letter; the label with broken bytes replaced;
    BeautifulSoup's detector, again with few broken bytes; Windows-1252.
    """
    for mark, codec in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if body.startswith(mark):
            return body[len(mark) :].decode(codec, "replace"), codec
    probe = body[:400]
    if len(probe) > 20 and probe.count(0) > len(probe) // 3:
        codec = "utf-16-le" if probe[1::2].count(0) >= probe[::2].count(0) else "utf-16-be"
        return body.decode(codec, "replace"), codec
    header = _HEADER_CHARSET.search(content_type[:500]) if content_type else None
    declared: list[str] = []
    if b"\x1b" in body and b"\x1b$" in body:
        declared = _declared(header, body)
        if "iso2022_jp" in declared and (text := _try(body, "iso2022_jp")) is not None:
            return text, "iso2022_jp"
    try:
        return body.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        declared = declared or _declared(header, body)
        ends_within = error.reason == "unexpected end of data" and not body[: error.start].isascii()
    for codec in declared:
        # Single-byte codecs accept nearly anything, so they say nothing against UTF-8 with a cut character.
        if codec.startswith(("cp125", "iso8859", "koi8", "mac", "utf")):
            continue
        if (text := _try(body, codec)) is not None:
            return text, codec
    lenient = body.decode("utf-8", "replace")
    if ends_within or _broken_share(lenient) <= _FEW_BROKEN:
        return lenient, "utf-8"
    for codec in declared:
        if codec != "utf-8":
            return body.decode(codec, "replace"), codec
    detected = _detect(body)
    if detected and _broken_share(guessed := body.decode(detected, "replace")) <= _FEW_BROKEN:
        return guessed, detected
    return body.decode("cp1252", "replace"), "cp1252"


def decode_list(body: bytes) -> str:
    """Text of a list that a person keeps (OPML, CSV, URLs), without a byte-order mark; never fails.

    As `decode`, but what is no UTF-8 and declares nothing is CP949 where that gives Hangul: a few letters, as a list
    has, tell a detector nothing.
    """
    text = decode(body, None)[0] if b"\0" in body or _is_utf8(body) or _XML_CHARSET.search(body[:_HEAD_BYTES]) else None
    if text is None:
        text = _try(body, "cp949")
        if text is None or not _is_korean(text):
            text = decode(body, None)[0]
    return text.lstrip("\ufeff")


def _is_utf8(body: bytes) -> bool:
    return _try(body, "utf-8") is not None


def _is_korean(text: str) -> bool:
    """Whether most of what is not ASCII is Hangul of everyday use (KS X 1001).

    The rare syllables that CP949 adds are what other charsets come out as: ``År`` of Windows-1252 is ``흏``.
    """
    foreign = [one for one in text if not one.isascii()]
    # Python's EUC-KR writes a rare syllable as its letters, in eight bytes.
    hangul = [one for one in foreign if "가" <= one <= "힣" and len(one.encode("euc_kr", "ignore")) == 2]
    return 2 * len(hangul) > len(foreign)


SAMPLE = 4_000
"""Characters of a page by which it is told whether it is text at all."""

_CHUNK = 16_384
"""Bytes that are looked at together: at least four for each character of the sample."""


def sound_utf8(body: bytes) -> str | None:
    """The beginning of a page that is UTF-8 throughout and that `decode` would read as such; `None` for any other.

    What is read is thrown away piece by piece: a whole text would be written to fresh memory and never looked at.
    """
    probe = body[:400]
    if len(probe) > 20 and probe.count(0) > len(probe) // 3:
        return None
    if body.startswith(codecs.BOM_UTF8) or (b"\x1b" in body and b"\x1b$" in body):
        return None
    sample = ""
    position = 0
    try:
        while position < len(body):
            chunk = body[position : position + _CHUNK]
            if position and chunk.isascii():
                position += len(chunk)
                continue
            text, read = codecs.utf_8_decode(chunk, "strict", position + _CHUNK >= len(body))
            position += read
            sample = sample or text[:SAMPLE]
    except UnicodeDecodeError:
        return None
    return sample


def _declared(header: re.Match[str] | None, body: bytes) -> list[str]:
    head = body[:_HEAD_BYTES]
    found = (
        _codec(header.group(1)) if header else None,
        _codec(_first_group(_META_CHARSET.search(head))) if b"<meta" in head.lower() else None,
        _codec(_first_group(_XML_CHARSET.search(head))),
    )
    return list(dict.fromkeys(codec for codec in found if codec))


def _detect(body: bytes) -> str | None:
    """What BeautifulSoup's detector takes the bytes for."""
    from bs4.dammit import UnicodeDammit

    logging.getLogger("bs4.dammit").setLevel(logging.ERROR)  # that some bytes are broken is our finding, not news
    # Only the neighbourhood of non-ASCII bytes is evidence; a long head of scripts would hide it.
    start = next((i for i, byte in enumerate(body[: 4 * _DETECTOR_BYTES]) if byte > 127), 0)
    guess = UnicodeDammit(body[max(0, start - 200) : start + _DETECTOR_BYTES], is_html=True).original_encoding
    found = _codec(guess) or _DETECTED.get((guess or "").lower())
    return _latin_of(body) or found if found in _LATIN else found


def _latin_of(body: bytes) -> str | None:
    """The codec of the language in Latin letters that a page declares, if it declares one."""
    declared = _LANGUAGE.search(body[:_HEAD_BYTES])
    codec = _LATIN_OF.get(declared[1].decode("ascii").lower()) if declared else None
    # Of the two in which Central Europe wrote, ISO 8859-2 leaves the bytes of its controls unused.
    return "iso8859_2" if codec == "cp1250" and _C1.search(body) is None else codec
