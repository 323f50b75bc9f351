"""The HTML fragments that feeds carry in their fields: plain text with paragraphs, and the pictures in them."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawler.extract.document import defused
from crawler.extract.markup import attribute_of
from crawler.text import clean_text
from crawler.text.clean import is_plain

MAX_CHARS = 400_000
"""Longest fragment that is read: a long read has 60,000."""

MAX_TAGS = 20_000
"""With more, tags are only cut out: building a tree of them takes seconds."""

_PLAIN, _BREAK, _PICTURE, _CLOSED, _SILENT, _FIGURE = 0, 1, 2, 4, 8, 16
_BLOCK_NAMES = """p div li ul ol dl dt dd h1 h2 h3 h4 h5 h6 blockquote pre table tr section article header footer
    address aside center details summary"""
_SILENT_NAMES = "script style iframe noscript template form button object svg"
_KINDS = {
    **dict.fromkeys(["br", "hr", *_BLOCK_NAMES.split()], _BREAK),
    **{f"/{name}": _BREAK for name in _BLOCK_NAMES.split()},
    **dict.fromkeys(_SILENT_NAMES.split(), _SILENT),
    **{f"/{name}": _CLOSED for name in _SILENT_NAMES.split()},
    "img": _PICTURE,
    "figure": _FIGURE | _BREAK,
    "/figure": _CLOSED | _BREAK,
    "figcaption": _SILENT | _BREAK,
    "/figcaption": _CLOSED | _BREAK,
}
"""What a tag, written as the parser writes it, changes for the text in it or behind it."""
_RAW = re.compile(r"<!--.*?(?:-->|\Z)|<(script|style|iframe)(?=[\s>]).*?(?:</\1>|\Z)", re.DOTALL)
"""Comments, and what is written as it is and not read."""
_RAW_SIGNS = ("<!--", "<sc", "<sty", "<if")
_LINE = "\0"
"""Where a line ends; the parser leaves none in a text."""
_ANY_TAG = re.compile(r"<(/?[a-zA-Z][a-zA-Z0-9]{0,10}+(?=[\s/>])|!--(?=[^<>]{0,2000}-->))[^<>]{0,2000}+>")
_INLINE_NAMES = """a abbr b big cite code del em font i img ins mark q s small span strike strong sub sup tbody td th tt
    u"""
_ENDS: dict[str, str] = {
    named: end
    for names, end in ((["br", "hr", *_BLOCK_NAMES.split()], _LINE), (_INLINE_NAMES.split(), ""))
    for name in names
    for named in (name, f"/{name}", name.upper(), f"/{name.upper()}")
} | {"!--": ""}
"""The usual tags, and what stands between the texts before and behind each; `_KINDS` has the rest of what is known."""
_BLANKS = "\n\r\t\xa0"
_SIGN_IN_VALUE = re.compile(r"=\s{0,9}(?:\"[^\"<>]{0,2000}[<>]|'[^'<>]{0,2000}[<>])")
"""What may be a tag that ends later than at the next sign."""
_TAG_START = re.compile(r"<[a-zA-Z/!?]")
_PICTURE_TAG = re.compile(r"<img\s[^<>]{0,2000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"\s([a-zA-Z-]{1,40})\s*=\s*(?:\"([^\"<>]*)\"|'([^'<>\"]*)'|([^\s\"'<>]+))")
_TAG = re.compile(r"<[a-zA-Z/!?][^<>]{0,2000}>")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]\w{1,31});")
_INLINE = re.compile(
    r"</?(?:a|abbr|b|big|br|cite|code|em|font|i|img|mark|p|q|s|small|span|strike|strong|sub|sup|tt|u|wbr)"
    r"(?:\s[^<>]{0,500})?/?>",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Fragment:
    """What a fragment says: clean text, paragraphs separated by a newline; its first picture and that one's caption."""

    text: str
    image: str | None = None
    caption: str | None = None


def title_text(markup: str) -> str:
    """One line of text of a title that may hold entities (also doubly escaped) and inline tags."""
    if "<" in markup:
        markup = _INLINE.sub("", markup[:10_000])
    if "&" in markup:
        markup = html.unescape(markup)
        if "<" in markup:
            markup = _INLINE.sub("", markup)
        if "&" in markup:
            markup = html.unescape(markup)
    if "  " not in markup and is_plain(markup):
        return markup.strip()
    return " ".join(clean_text(markup).split())


def read_fragment(markup: str) -> Fragment:
    """Text and first picture of an HTML fragment, or of a plain text."""
    markup = markup[:MAX_CHARS]
    if len(markup) > MAX_TAGS and markup.count("<") > MAX_TAGS:
        return Fragment(clean_text(html.unescape(_TAG.sub(" ", markup))))
    if "<" in markup and (found := _plain(markup)):
        return found
    if "<" not in markup or not _TAG.search(markup):
        return Fragment(clean_text(html.unescape(markup) if "&" in markup and _ENTITY.search(markup) else markup))
    return _parsed(markup)


def _plain(markup: str) -> Fragment | None:
    """What `_parsed` gives for markup of usual tags, which needs no tree; `None` for any other, and for none."""
    parts = _ANY_TAG.split(markup)
    if len(parts) == 1:
        return None
    ends = [*map(_ENDS.get, parts[1::2])]
    if None in ends or _LINE in markup:
        return None
    parts[1::2] = ends
    text = "".join(parts)
    if "<" in text and _TAG_START.search(text):
        return None
    if ">" in text and _SIGN_IN_VALUE.search(markup):
        return None
    return Fragment(_folded(text), _first_picture(markup))


def _first_picture(markup: str) -> str | None:
    for sign in ("<img", "<IMG"):
        place = markup.find(sign)
        while place >= 0:
            found = _PICTURE_TAG.match(markup, place)
            if found and (address := _picture(_ATTRIBUTE.sub(_as_written, found[0]))):
                return address
            place = markup.find(sign, place + 1)
    return None


def _as_written(found: re.Match[str]) -> str:
    """An attribute as the parser writes it."""
    value = found[2] if found[2] is not None else found[3] if found[3] is not None else found[4]
    return f' {found[1].lower()}="{value}"'


def _folded(text: str) -> str:
    """Clean lines of a text with entities and marks of line ends."""
    if "&" in text:
        text = html.unescape(text)
    plain = text
    for blank in _BLANKS:
        plain = plain.replace(blank, " ")
    while "  " in plain:
        plain = plain.replace("  ", " ")
    lines = [stripped for line in plain.split(_LINE) if (stripped := line.strip(" "))]
    if is_plain("".join(lines)):
        return "\n".join(lines)
    return clean_text("\n".join(filter(None, [" ".join(line.split()) for line in text.split(_LINE)])))


def _parsed(markup: str) -> Fragment:
    """The tree's text, cut out of its markup as the parser writes it again: asking each node costs ten times that."""
    body = LexborHTMLParser(defused(markup)).body
    if body is None:
        return Fragment(clean_text(html.unescape(_TAG.sub(" ", markup))))
    written = body.html or ""
    if any(map(written.__contains__, _RAW_SIGNS)):
        written = _RAW.sub("", written)
    parts: list[str] = []
    above: list[tuple[bool, int]] = []
    silent, figure = False, 0  # whether the text isn't read, and the number of the figure that it lies in
    figures = pictured = 0
    image: str | None = None
    for piece in written.split("<"):
        tag, _, text = piece.partition(">")
        kind = _KINDS.get(tag)
        if kind is None:
            kind = _KINDS.get(tag.partition(" ")[0], _PLAIN)
        if kind:
            if kind & _BREAK:
                parts.append(_LINE)
            if kind == _PICTURE:
                if image is None and not silent and (image := _picture(tag)) is not None:
                    pictured = figure
            elif kind & _CLOSED:
                if above:
                    silent, figure = above.pop()
            elif kind != _BREAK:
                above.append((silent, figure))
                silent = silent or kind & _SILENT > 0
                if kind & _FIGURE:
                    figure = figures = figures + 1
        if text and not silent:
            parts.append(text)
    return Fragment(_folded("".join(parts)), image, _caption(body, pictured))


def _caption(body: LexborNode, figure: int) -> str | None:
    """What stands below the picture in a figure, counted from 1."""
    figures = body.css("figure") if figure else []
    words = figures[figure - 1].css_first("figcaption") if figure <= len(figures) and figure else None
    return " ".join(words.text(separator=" ").split()) or None if words is not None else None


def _picture(tag: str) -> str | None:
    """The address of a picture that is more than a spacer."""
    source = (attribute_of(tag, "src") or attribute_of(tag, "data-src") or "").strip()
    small = attribute_of(tag, "width") in ("1", "0") or attribute_of(tag, "height") in ("1", "0")
    return source if source and not source.startswith("data:") and not small else None
