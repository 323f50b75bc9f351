"""A record's markup as pieces: stretches of text with what their element's tag and classes say of them, line by line."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from selectolax.lexbor import LexborNode

from crawler.extract.markup import Tag, pieces_of
from crawler.extract.records import words_of

__all__ = ["AUTHOR", "DATE", "LABELLED", "OUTLET", "TITLE", "Piece", "Walk", "walk"]

MAX_PIECES = 600
"""Text nodes read in one record: a listing that shows whole articles has a few hundred."""

MAX_MARKUP = 400_000
"""Characters of one record's markup that are read."""

LONGEST_STAMP = 60

TITLE = frozenset(["title", "tit", "headline", "hed", "subject", "subj", "ttl", "heading", "name"])
DATE = frozenset(["date", "time", "datetime", "timestamp", "published", "publish", "pubdate", "day", "dt", "regdate"])
OUTLET = frozenset(["press", "outlet", "publisher", "media", "provider", "company", "newspaper", "cp"])
AUTHOR = frozenset(["author", "byline", "writer", "reporter", "journalist", "creator", "vcard"])
LABELLED = DATE | OUTLET | AUTHOR
BADGE = frozenset(
    """badge label flag category cat cate section tag kicker eyebrow rank rankno num number no count cnt cmt comment
    comments reply replies ico icon new hit hits view views source overline rubric topic""".split()
)
"""What classes call the small things that stand in one link with a title."""

_TELLING = TITLE | LABELLED | BADGE
_BLOCK_NAMES = """address article aside blockquote br center dd details div dl dt fieldset figcaption figure footer form
    h1 h2 h3 h4 h5 h6 header hgroup hr li main nav ol p pre section table tbody td th thead tr ul"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_HIDDEN_CLASSES = """blind hidden hide invisible skip sr-only sr_only visually-hidden visuallyhidden screen-reader-text
    screen_out offscreen a11y-hidden ir ir_txt u_hc u-hidden is-hidden assistive-text"""
_HIDDEN = frozenset(_HIDDEN_CLASSES.split())
_SILENT = frozenset("svg select button textarea input object template title math form".split())
_PICTURES = ("data-src", "data-original", "data-lazy-src", "data-lazy", "src")
_STAMPS = ("datetime", "data-date-time", "data-datetime", "data-timestamp", "data-date", "data-time", "content")
_STAMPED = frozenset({"time", "meta", "abbr"})
_STAMP_NAMES = frozenset(_STAMPS[1:-1])
_BACKGROUND = re.compile(r"url\(\s{0,5}['\"]?([^'\")\s]{1,2000})")
_PLACEHOLDER = re.compile(
    r"(?:^|[/_.-])(?:blank|spacer|transparent|placeholder|pixel|1x1|loading|lazy|no_?img|no_?image)[\w-]{0,12}\.(?:gif|png|svg|jpg)",
    re.IGNORECASE,
)
_NOTHING: frozenset[str] = frozenset()


@dataclass(slots=True)
class Piece:
    """One stretch of text: which line it is on, whose link it lies in, what its elements' words say."""

    text: str
    line: int
    link: int  # number of the enclosing <a> in the record, 0 for none
    words: frozenset[str]
    heading: bool
    caption: bool
    box: int  # the element around the line's paragraph, 0 when it is no paragraph


@dataclass(slots=True)
class Walk:
    """A record's pieces, its time stamps for machines, its links' attributes (numbered from 1), its first picture."""

    pieces: list[Piece] = field(default_factory=list)
    stamps: list[str] = field(default_factory=list)
    anchors: list[Mapping[str, str]] = field(default_factory=list)
    alts: dict[int, str] = field(default_factory=dict)  # number of a link -> what its picture is called
    image: str | None = None
    alt: str | None = None


_Place = tuple[int, int, int, frozenset[str], bool, bool, bool]
_PLAIN, _BLOCK, _BREAK, _PARAGRAPH, _LINK, _HEADING, _PICTURE = range(7)
_KINDS = {
    **dict.fromkeys(_BLOCKS, _BLOCK),
    **dict.fromkeys(_HEADINGS, _HEADING),
    "br": _BREAK,
    "p": _PARAGRAPH,
    "a": _LINK,
    "img": _PICTURE,
}


@dataclass(frozen=True, slots=True)
class _Element:
    """What is known of all elements that are written alike."""

    tag: str
    void: bool
    kind: int
    words: frozenset[str]
    silent: bool
    caption: bool
    stamps: tuple[str, ...]
    background: str | None
    attributes: Mapping[str, str]


@lru_cache(maxsize=4096)
def _element(written: str) -> _Element:
    tag = Tag(written)
    name, attributes = tag.name, tag.attributes
    names = attributes.get("class", "")
    stamps: list[str] = []
    if name in _STAMPED or not _STAMP_NAMES.isdisjoint(attributes):
        stamps = [value for key in _STAMPS if (value := attributes.get(key)) and len(value) < LONGEST_STAMP]
        if name == "abbr" and (title := attributes.get("title")):
            stamps.append(title[:LONGEST_STAMP])
    picture = _BACKGROUND.search(attributes["style"]) if "url(" in attributes.get("style", "") else None
    return _Element(
        tag=name,
        void=tag.void,
        kind=_KINDS.get(name, _PLAIN),
        words=words_of(names) & _TELLING if names else _NOTHING,
        silent=name in _SILENT or "hidden" in attributes or not _HIDDEN.isdisjoint(names.split()),
        caption=name == "figcaption",
        stamps=tuple(stamps),
        background=picture[1] if picture else None,
        attributes=attributes,
    )


def walk(region: Sequence[LexborNode]) -> Walk:
    """The pieces of the elements of one record."""
    markup = (region[0].html if len(region) == 1 else "<br>".join([node.html or "" for node in region])) or ""
    found = Walk()
    pieces = found.pieces
    stack: list[_Place] = []
    link, own, box, words, heading, caption, silent = 0, 0, 0, _NOTHING, False, False, False
    line, block, count = 1, 0, 0
    for cut in pieces_of("<br>" + markup[:MAX_MARKUP]):
        written, _, text = cut.partition(">")
        if written[:1] == "/":
            if stack:
                link, own, box, words, heading, caption, silent = stack.pop()
        elif written:
            element = _element(written)
            if not element.void:
                stack.append((link, own, box, words, heading, caption, silent))
                if element.words:
                    words = words | element.words
                if element.silent:
                    silent = True
                if element.caption:
                    caption = True
            kind = element.kind
            if kind:
                if kind == _BREAK:
                    line += 1
                elif kind == _LINK:
                    found.anchors.append(element.attributes)
                    link = len(found.anchors)
                elif kind == _PICTURE:
                    if link and link not in found.alts and (alt := element.attributes.get("alt")):
                        found.alts[link] = " ".join(alt.split())[:300]
                    if found.image is None and not silent and not element.silent:
                        found.image, found.alt = _picture(element.attributes)
                else:
                    count += 1
                    box = own if kind == _PARAGRAPH else count
                    own = count
                    if kind == _HEADING:
                        heading = True
            if element.stamps:
                found.stamps += element.stamps
            if element.background and found.image is None:
                found.image, found.alt = _picture({"src": element.background})
        if silent or not text:
            continue
        shown = html.unescape(text) if "&" in text else text
        if shown.isspace():
            if pieces and pieces[-1].line == line and own == block:
                pieces[-1].text += " "
            continue
        if own != block:
            line, block = line + 1, own
        if len(pieces) >= MAX_PIECES:
            break
        pieces.append(Piece(shown, line, link, words, heading, caption, box))
    return found


def _picture(attributes: Mapping[str, str]) -> tuple[str | None, str | None]:
    """Address and alternative text of a picture, `None` for spacers and inline data."""
    if attributes.get("width") in ("0", "1") or attributes.get("height") in ("0", "1"):
        return None, None
    for name in _PICTURES:
        address = attributes.get(name, "").strip()
        if address and not address.startswith("data:") and len(address) < 2_000 and not _PLACEHOLDER.search(address):
            return address, " ".join(attributes.get("alt", "").split())[:300] or None
    return None, None
