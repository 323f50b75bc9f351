"""A record's markup as pieces: stretches of text with what their element's tag and classes say, line by line."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial

from selectolax.lexbor import LexborNode

from crawler.extract.markup import VOID, attribute_of, attributes_of, name_of, pieces_of
from crawler.extract.records import words_of

__all__ = ["AUTHOR", "BADGE", "DATE", "LABELLED", "OUTLET", "STRONG", "SUMMARY", "TITLE", "Piece", "Walk", "walk"]

MAX_PIECES = 600
"""Text nodes read in one record: a listing that shows whole articles has a few hundred."""

MAX_MARKUP = 400_000
"""Characters of one record's markup that are read."""

MAX_PICTURES = 20
LONGEST_STAMP = 60

TITLE = frozenset(["title", "tit", "headline", "hed", "subject", "subj", "ttl", "heading", "name"])
DATE = frozenset(["date", "time", "datetime", "timestamp", "published", "publish", "pubdate", "day", "dt", "regdate"])
OUTLET = frozenset(["press", "outlet", "publisher", "media", "provider", "company", "newspaper", "cp"])
AUTHOR = frozenset(["author", "byline", "writer", "reporter", "journalist", "creator", "vcard"])
LABELLED = DATE | OUTLET | AUTHOR
BADGE = frozenset(
    [
        "badge",
        "label",
        "flag",
        "category",
        "cat",
        "cate",
        "section",
        "tag",
        "kicker",
        "eyebrow",
        "rank",
        "rankno",
        "num",
        "number",
        "no",
        "count",
        "cnt",
        "cmt",
        "comment",
        "comments",
        "reply",
        "replies",
        "ico",
        "icon",
        "new",
        "hit",
        "hits",
        "view",
        "views",
        "source",
        "overline",
        "rubric",
        "topic",
    ]
)
"""What classes call the small things that stand in one link with a title."""
SUMMARY = frozenset(["lead", "lede", "dek", "desc", "description", "excerpt", "summary", "snippet", "standfirst"])

STRONG = "strong"
_TELLING = TITLE | LABELLED | BADGE | SUMMARY
_BLOCK_NAMES = """address article aside blockquote br center dd details div dl dt fieldset figcaption figure footer form
    h1 h2 h3 h4 h5 h6 header hgroup hr li main nav ol p pre section table tbody td th thead tr ul"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_HIDDEN_CLASSES = """blind hidden hide invisible skip sr-only sr_only visually-hidden visuallyhidden screen-reader-text
    screen_out offscreen a11y-hidden ir ir_txt u_hc u-hidden is-hidden assistive-text"""
_HIDDEN = frozenset(_HIDDEN_CLASSES.split())
_SILENT = frozenset(["svg", "select", "button", "textarea", "input", "object", "template", "title", "math", "form"])
_PICTURES = ("data-src", "data-original", "data-lazy-src", "data-lazy", "src")
_STAMPS = ("datetime", "data-date-time", "data-datetime", "data-timestamp", "data-date", "data-time", "content")
_STAMPED = frozenset({"time", "meta", "abbr"})
_STAMP_NAMES = frozenset(_STAMPS[1:-1])
_STAMP_SIGN = re.compile(r"^(?:time|meta|abbr)[ ]| data-(?:date|time)")
_BACKGROUND = re.compile(r"url\(\s{0,5}['\"]?([^'\")\s]{1,2000})")
_PLACEHOLDER = re.compile(
    r"(?:^|[/_.-])(?:blank|spacer|transparent|placeholder|pixel|1x1|loading|lazy|no_?img|no_?image)[\w-]{0,12}\.(?:gif|png|svg|jpg)",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"</?[a-z]{1,10}(?:\s[^<>]{0,200})?>")
_PLACEHOLDER_WORDS = "blank spacer transparent placeholder pixel 1x1 loading lazy noim no_im"
_PLACEHOLDER_SIGNS = tuple(_PLACEHOLDER_WORDS.split())
"""Of which `_PLACEHOLDER` has one; they are looked for at a tenth of its time."""
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
    """A record's pieces, its time stamps for machines, its links' tags (numbered from 1), its pictures."""

    pieces: list[Piece] = field(default_factory=list)
    stamps: list[str] = field(default_factory=list)
    anchors: list[str] = field(default_factory=list)
    alts: dict[int, str] = field(default_factory=dict)  # number of a link -> what its picture is called
    pictures: list[tuple[int, str]] = field(default_factory=list)  # number of the link around it, tag

    def picture(self, links: Sequence[int]) -> tuple[str | None, str | None]:
        """Address and alternative text of the first picture in one of these links, else of the first picture.

        One in a link to elsewhere may be its author's.
        """
        found: tuple[str | None, str | None] = (None, None)
        for link, written in self.pictures:
            if found[0] is not None and link not in links:
                continue
            told = _picture(partial(attribute_of, written))
            if told[0] is not None and link in links:
                return told
            found = told if found[0] is None else found
        return found


_Place = tuple[int, int, int, frozenset[str], bool, bool, bool]
_PLAIN, _BLOCK, _BREAK, _PARAGRAPH, _HEADING = range(5)
_KINDS = {
    **dict.fromkeys(_BLOCKS, _BLOCK),
    **dict.fromkeys(_HEADINGS, _HEADING),
    "br": _BREAK,
    "p": _PARAGRAPH,
}


class _Element:
    """What is known of all elements that are written alike."""

    __slots__ = ("background", "caption", "kind", "leads", "silent", "stamps", "telling", "void", "words")

    def __init__(self, written: str) -> None:
        name = name_of(written)
        names = attribute_of(written, "class")
        if name == "b":
            name = STRONG
        self.void = name in VOID
        self.kind = _KINDS.get(name, _PLAIN)
        self.leads = name == "a" or ' data-href="' in written or (" onclick=" in written and "location" in written)
        self.words = words_of(names) & _TELLING if names else _NOTHING
        if name in ("time", STRONG):
            self.words |= {name}
        self.silent = (
            name in _SILENT or ' hidden="' in written or (names is not None and not _HIDDEN.isdisjoint(names.split()))
        )
        self.caption = name == "figcaption"
        self.stamps = _stamps(name, written) if _STAMP_SIGN.search(written) else ()
        style = attribute_of(written, "style") if "url(" in written else None
        picture = _BACKGROUND.search(style) if style else None
        self.background = f'img src="{html.escape(picture[1])}"' if picture else None
        self.telling = bool(
            self.kind or self.leads or self.words or self.silent or self.caption or self.stamps or self.background
        )  # whether it changes anything for what stands in it


_element = lru_cache(maxsize=4096)(_Element)


def _stamps(name: str, written: str) -> tuple[str, ...]:
    """What an element says for machines of when something was."""
    attributes = attributes_of(written)
    if name not in _STAMPED and _STAMP_NAMES.isdisjoint(attributes):
        return ()
    told = [attributes.get(key, "") for key in (*_STAMPS, *(("title",) if name == "abbr" else ()))]
    return tuple(value for value in told if value and len(value) < LONGEST_STAMP)


def _bare(written: str) -> str:
    """A link's or picture's tag without what is its own: so that those of one class are one element."""
    names = attribute_of(written, "class")
    return f'a class="{names}"' if names else "a"


def walk(region: Sequence[LexborNode]) -> Walk:
    """The pieces of the elements of one record."""
    markup = (region[0].html if len(region) == 1 else "<br>".join([node.html or "" for node in region])) or ""
    found = Walk()
    pieces = found.pieces
    stack: list[_Place] = []
    place: _Place = (0, 0, 0, _NOTHING, False, False, False)
    line, block, count = 1, 0, 0
    for cut in pieces_of("<br>" + markup[:MAX_MARKUP]):
        written, _, text = cut.partition(">")
        if written[:1] == "/":
            if stack:
                place = stack.pop()
        elif written:
            start = written[:4]
            if start == "img ":
                link = place[0]
                if link and link not in found.alts and (alt := attribute_of(written, "alt")):
                    found.alts[link] = " ".join(alt.split())[:300]
                if not place[6] and len(found.pictures) < MAX_PICTURES:
                    found.pictures.append((link, written))
            else:
                element = _element(_bare(written) if start[:2] == "a " else written)
                if not element.void:
                    stack.append(place)
                if element.telling:
                    kind = element.kind
                    if kind == _BREAK:
                        line += 1
                    else:
                        link, own, box, words, heading, caption, silent = place
                        if element.leads:
                            found.anchors.append(written)
                            link = len(found.anchors)
                        if kind:
                            count += 1
                            box = own if kind == _PARAGRAPH else count
                            own = count
                            heading = heading or kind == _HEADING
                        if element.words:
                            words = words | element.words
                        if not element.void:
                            place = (
                                link, own, box, words, heading, caption or element.caption, silent or element.silent
                            )  # fmt: skip
                    found.stamps += element.stamps
                    if element.background and len(found.pictures) < MAX_PICTURES:
                        found.pictures.append((place[0], element.background))
        if not text or place[6]:
            continue
        if text.isspace() or (text[0] == "&" and html.unescape(text).isspace()):
            if pieces and pieces[-1].line == line and place[1] == block:
                pieces[-1].text += " "
            continue
        link, own, box, words, heading, caption, _ = place
        if own != block:
            line, block = line + 1, own
        if len(pieces) >= MAX_PIECES:
            break
        pieces.append(Piece(html.unescape(text) if "&" in text else text, line, link, words, heading, caption, box))
    return found


def _holds_a_place(address: str) -> bool:
    """Whether a picture is what stands until another is loaded."""
    written = address.lower()
    return any(map(written.__contains__, _PLACEHOLDER_SIGNS)) and _PLACEHOLDER.search(address) is not None


def _picture(attribute: Callable[[str], str | None]) -> tuple[str | None, str | None]:
    """Address and alternative text of a picture, `None` for spacers and inline data."""
    if attribute("width") in ("0", "1") or attribute("height") in ("0", "1"):
        return None, None
    for name in _PICTURES:
        address = (attribute(name) or "").strip()
        if address and not address.startswith("data:") and len(address) < 2_000 and not _holds_a_place(address):
            told = attribute("alt") or ""
            if "<" in told:
                told = _MARKUP.sub("", told)
            return address, " ".join(told.split())[:300] or None
    return None, None
