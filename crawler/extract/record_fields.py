"""What one record of a listing says: title, date, the text shown, picture, outlet, authors.

A record's region is walked once into pieces (text nodes with what their element's tag and classes say of them); pieces
of one block make a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from selectolax.lexbor import LexborNode

from crawler.extract.dates import find_date, parse_date
from crawler.extract.excerpt import LONG_TEXT, is_cut, without_more
from crawler.extract.records import width, words_of
from crawler.items import Moment
from crawler.text import clean_text

MAX_PIECES = 600
"""Text nodes read in one record: a listing that shows whole articles has a few hundred."""

MAX_TEXT = 20_000
LONGEST_DATE_LINE = 60
"""Characters of a line in which a date is looked for."""

MOST_DATE_PIECES = 40
"""Short texts of one record in which a date is looked for."""

LONGEST_LABEL = 50
"""Characters of a link's text that may ask to read on ("Continue reading ..." with some of the title)."""

LEAST_TEXT = 40
"""Columns from which a line is running text rather than a label."""

_BLOCK_NAMES = """address article aside blockquote br center dd details div dl dt fieldset figcaption figure footer form
    h1 h2 h3 h4 h5 h6 header hgroup hr li main nav ol p pre section table tbody td th thead tr ul"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_SILENT = frozenset(
    {"script", "style", "noscript", "template", "svg", "select", "button", "iframe", "input", "textarea", "form"}
)
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_HIDDEN_CLASSES = """blind hidden hide invisible skip sr-only sr_only visually-hidden visuallyhidden screen-reader-text
    screen_out offscreen a11y-hidden ir ir_txt u_hc u-hidden is-hidden assistive-text"""
_HIDDEN = frozenset(_HIDDEN_CLASSES.split())
_TITLE = frozenset(["title", "tit", "headline", "hed", "subject", "subj", "ttl", "heading", "name"])
_DATE = frozenset(["date", "time", "datetime", "timestamp", "published", "publish", "pubdate", "day", "dt", "regdate"])
_OUTLET = frozenset(["press", "outlet", "publisher", "media", "provider", "company", "newspaper", "cp"])
_AUTHOR = frozenset(["author", "byline", "writer", "reporter", "journalist", "creator", "vcard"])
_LABELLED = _DATE | _OUTLET | _AUTHOR
_TELLING = _TITLE | _DATE | _OUTLET | _AUTHOR
_NO_TITLE = re.compile(
    r"^(?:\W*(?:더\s?보기|자세히(?:\s?보기)?|기사\s?보기|본문\s?(?:바로)?\s?보기|본문\s?바로\s?가기|바로\s?가기|전체\s?보기|계속\s?읽기|읽기|네이버뉴스|댓글(?:\s?\d+)?|공유|사진"
    r"|동영상|영상|read\s(?:more|on|full\sstory|the\sfull.{0,20})|more|continue(?:\sreading)?.{0,40}|full\sstory|details|view(?:\sall)?|watch|photos?|video"
    r"|(?:leave|post|add)\sa?\s?(?:comment|reply)|(?:no|\d+)\s(?:comments?|repl(?:y|ies)|responses?)|comments?|permalink|share|tweet"
    r"|続きを読む|もっと見る|この記事の続きを読む|\d+\s?コメント|コメント.{0,6}|阅读全文|更多|查看更多|weiterlesen|mehr|lire\sla\ssuite|leer\smás|sigue\sleyendo"
    r"|deja\suna\srespuesta|continua\sa\sleggere|leggi\stutto|подробнее|читать\sдалее|les\smer|läs\smer|lees\smeer|leia\smais|\d+\sкомментари\w+)\W*)$",
    re.IGNORECASE,
)
_BREADCRUMB = re.compile(r"›|»\s?\S+\s?»|^\s?(?:https?://|www\.)|^\S{1,60}\.(?:com|net|org|kr|co|jp|cn|de)\b\S{0,200}$")
_ADDRESS_SIGN = re.compile(r"[›».]")
_NUMBER = re.compile(r"^\W{0,2}\d{1,3}\W{0,2}$")
_RANK = re.compile(r"^\s*\d{1,3}[.)]\s+")
_NEW_WINDOW = re.compile(
    r"\s*[(\[]?(?:새\s?창(?:으로)?(?:\s?열림|\s?열기)?|opens\sin\s(?:a\s)?new\s(?:tab|window))[)\]]?$", re.IGNORECASE
)
_PICTURES = ("data-src", "data-original", "data-lazy-src", "data-lazy", "src")
_STAMPS = ("datetime", "data-date-time", "data-datetime", "data-timestamp", "data-date", "data-time", "content")


_STAMPED = frozenset({"time", "meta", "abbr"})
_STAMP_NAMES = frozenset(_STAMPS[1:-1])


@lru_cache(maxsize=16_384)
def _with_words(words: frozenset[str], names: str) -> frozenset[str]:
    """The telling words of an element and those above it."""
    return words | (words_of(names) & _TELLING)


@dataclass(slots=True)
class _Piece:
    """One text node: which line it is on, whose link it lies in, what its elements' words say."""

    text: str
    line: int
    link: int  # mem_id of the enclosing <a>, 0 for none
    words: frozenset[str]
    heading: bool
    caption: bool
    box: int  # mem_id of the element around the line's paragraph, 0 when it is no paragraph


@dataclass(slots=True)
class Record:
    """The fields of one record as shown; addresses as written."""

    title: str | None = None
    published: Moment | None = None
    text: str | None = None
    summary: str | None = None
    truncated: bool = False
    image: str | None = None
    caption: str | None = None
    outlet: str | None = None
    authors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What all records of a page are read against."""

    now: datetime
    zone: str | None
    language: str | None
    year_hint: datetime | None = None

    def parse(self, text: str) -> Moment | None:
        """The moment that a text is."""
        return parse_date(text, now=self.now, zone=self.zone, language=self.language, year_hint=self.year_hint)

    def find(self, text: str) -> Moment | None:
        """A moment somewhere in a short text."""
        return find_date(text, now=self.now, zone=self.zone, language=self.language, year_hint=self.year_hint)


@dataclass(slots=True)
class _Walk:
    pieces: list[_Piece] = field(default_factory=list)
    stamps: list[str] = field(default_factory=list)
    image: str | None = None
    alt: str | None = None


def is_label(text: str) -> bool:
    """Whether a link's text asks to read on, comment or share, or is a bare number, instead of naming a page."""
    if len(text) > LONGEST_LABEL:
        return False
    return not text or _NUMBER.match(text) is not None or _NO_TITLE.match(text) is not None


def is_address(text: str) -> bool:
    """Whether a link's text is a web address or a trail of crumbs instead of a title."""
    return _ADDRESS_SIGN.search(text, 0, 200) is not None and _BREADCRUMB.search(text[:200]) is not None


def read_record(region: Sequence[LexborNode], title_links: Sequence[LexborNode], reading: Reading) -> Record:
    """The fields of one record. `title_links` are the links to its page, the likeliest to carry the title first."""
    walk = _walk(region)
    record = Record(image=walk.image, caption=walk.alt)
    shared = _shared(walk.pieces)
    for piece in walk.pieces:
        piece.words -= shared
    lines = _lines(walk.pieces)
    record.title = _title(walk.pieces, [link.mem_id for link in title_links])
    captions = [" ".join(piece.text.split()) for piece in walk.pieces if piece.caption]
    if captions and walk.image:
        record.caption = captions[0]
    folded = _folded(record.title or "")
    _labels(record, walk.pieces, folded)
    record.published = _date(walk, lines.values(), folded, reading)
    texts = _texts(walk.pieces, lines, record.title, captions, reading)
    body = clean_text("\n".join(dict.fromkeys(texts)))[:MAX_TEXT]
    if len(body) >= LONG_TEXT:
        record.text, record.truncated = without_more(body), is_cut(body)
    elif body:
        record.summary = without_more(body)
    if record.caption and _same(_folded(record.caption), folded):
        record.caption = None
    return record


def _walk(region: Sequence[LexborNode]) -> _Walk:
    """The text nodes, time stamps and first picture of a region."""
    walk = _Walk()
    known: dict[int, tuple[int, int, int, frozenset[str], bool, bool, bool]] = {}
    line, block = 0, 0
    for root in region:
        line += 1
        if root.is_text_node:
            text = root.text_content or ""
            if text.strip():
                walk.pieces.append(_Piece(text, line, 0, frozenset(), False, False, 0))
            continue
        for node in root.traverse(include_text=True):
            if len(walk.pieces) >= MAX_PIECES:
                break
            parent = node.parent
            above = known.get(parent.mem_id) if parent is not None else None
            link, own_block, box, words, heading, caption, silent = above or (0, 0, 0, frozenset(), False, False, False)
            if node.is_text_node:
                text = node.text_content or ""
                if silent or not text.strip():
                    if not silent and walk.pieces and walk.pieces[-1].line == line and own_block == block:
                        walk.pieces[-1].text += " "
                    continue
                if own_block != block:
                    line, block = line + 1, own_block
                walk.pieces.append(_Piece(text, line, link, words, heading, caption, box))
                continue
            tag = node.tag or ""
            attributes = node.attributes
            names = attributes.get("class")
            if names:
                words = _with_words(words, names)
                silent = silent or not _HIDDEN.isdisjoint(names.split())
            if tag in _SILENT or "hidden" in attributes:
                silent = True
            if tag in _BLOCKS:
                if tag == "br":
                    line += 1
                else:
                    own_block = node.mem_id
                    box = parent.mem_id if tag == "p" and parent is not None else own_block
            if tag == "a":
                link = node.mem_id
            elif tag in _HEADINGS:
                heading = True
            elif tag == "figcaption":
                caption = True
            elif tag == "img" and walk.image is None and not silent:
                walk.image, walk.alt = _picture(attributes)
            if tag in _STAMPED or not _STAMP_NAMES.isdisjoint(attributes):
                walk.stamps.extend(value for name in _STAMPS if (value := attributes.get(name)) and len(value) < 60)
                if tag == "abbr" and (title := attributes.get("title")):
                    walk.stamps.append(title[:60])
            known[node.mem_id] = (link, own_block, box, words, heading, caption, silent)
    return walk


def _picture(attributes: dict[str, str | None]) -> tuple[str | None, str | None]:
    """Address and alternative text of a picture, `None` for spacers and inline data."""
    if attributes.get("width") in ("0", "1") or attributes.get("height") in ("0", "1"):
        return None, None
    for name in _PICTURES:
        address = (attributes.get(name) or "").strip()
        if address and not address.startswith("data:") and len(address) < 2_000:
            return address, " ".join((attributes.get("alt") or "").split())[:300] or None
    return None, None


def _lines(pieces: Sequence[_Piece]) -> dict[int, str]:
    """Text line by line, captions left out."""
    lines: dict[int, list[str]] = {}
    for piece in pieces:
        if not piece.caption:
            lines.setdefault(piece.line, []).append(piece.text)
    return {number: " ".join("".join(line).split()) for number, line in lines.items()}


def _texts(
    pieces: Sequence[_Piece], lines: Mapping[int, str], title: str | None, captions: Sequence[str], reading: Reading
) -> list[str]:
    """The running text of a record: its wide lines, and short ones that are paragraphs of the same text."""
    folded = _folded(title or "")
    boxes = {piece.line: piece.box for piece in pieces}
    wide = {
        number
        for number, line in lines.items()
        if width(line) >= LEAST_TEXT and not _same(_folded(line), folded) and not _is_furniture(line, reading)
    }
    if not wide:
        return []
    box = boxes[max(wide, key=lambda number: len(lines[number]))]
    named = {piece.line for piece in pieces if not piece.words.isdisjoint(_LABELLED)}
    alone = any(_folded(line) == folded for line in lines.values())
    texts = []
    for number, line in lines.items():
        short = box and boxes[number] == box and number not in named and not is_label(line) and not reading.parse(line)
        if line in captions or not (number in wide or short) or _same(_folded(line), folded):
            continue
        if title and not alone and line.startswith(title):  # a card that is one line
            line = line[len(title) :].lstrip(" -–:|·")  # noqa: PLW2901
        texts.append(line)
    return texts


def _is_furniture(line: str, reading: Reading) -> bool:
    """Whether a wide line is a trail of crumbs or "Posted on February 15, 2016 by ..." and no text."""
    if width(line) >= 100:
        return False
    return is_address(line) or (line[-1:] not in ".!?。다…" and reading.find(line) is not None)


def _title(pieces: Sequence[_Piece], links: Sequence[int]) -> str | None:
    """The title among the texts of the links to the record's page."""
    for link in links:
        inside = [piece for piece in pieces if piece.link == link]
        whole = " ".join("".join(piece.text for piece in inside).split())
        if not inside or is_label(whole):
            continue
        for wanted in (
            [piece for piece in inside if piece.heading],
            [piece for piece in inside if not _TITLE.isdisjoint(piece.words - _shared(inside))],
        ):
            if wanted:
                first = wanted[0].line
                text = _joined([piece for piece in wanted if piece.line == first])
                if text and not is_label(text):
                    return _tidy(text)
        by_line = _joined_lines(inside)
        if len(by_line) == 1:
            return _tidy(by_line[0])
        for line in by_line:
            if width(line) >= 8 and not is_label(line) and parse_date(line, now=_ANY_TIME) is None:
                return _tidy(line)
    headings = [piece for piece in pieces if piece.heading]
    return _tidy(_joined([piece for piece in headings if piece.line == headings[0].line])) if headings else None


_ANY_TIME = datetime.fromisoformat("2100-01-01T00:00:00+00:00")  # only whether a line is a date is asked


def _shared(pieces: Sequence[_Piece]) -> frozenset[str]:
    """Words that all pieces have, which tell none of them apart."""
    return frozenset.intersection(*(piece.words for piece in pieces)) if len(pieces) > 1 else frozenset()


def _joined(pieces: Sequence[_Piece]) -> str:
    return " ".join("".join(piece.text for piece in pieces).split())


def _joined_lines(pieces: Sequence[_Piece]) -> list[str]:
    lines: dict[int, list[str]] = {}
    for piece in pieces:
        lines.setdefault(piece.line, []).append(piece.text)
    return [" ".join("".join(line).split()) for line in lines.values()]


def _tidy(title: str) -> str:
    return " ".join(clean_text(_NEW_WINDOW.sub("", _RANK.sub("", title))).split())[:500]


def _labels(record: Record, pieces: Sequence[_Piece], title: str) -> None:
    """Outlet and authors, where classes name them."""
    for piece in pieces:
        text = " ".join(piece.text.split())
        if not 1 < len(text) <= 40 or _folded(text) == title:
            continue
        if record.outlet is None and not _OUTLET.isdisjoint(piece.words) and not is_label(text):
            if _DATE.isdisjoint(piece.words) and _TITLE.isdisjoint(piece.words):
                record.outlet = text
        elif not record.authors and not _AUTHOR.isdisjoint(piece.words):
            name = re.sub(r"^(?:by|von|par|por|di|글)\s+", "", text, flags=re.IGNORECASE)
            if re.search(r"[^\W\d]{2}", name) and name.lower() not in ("by", "admin", "관리자", "author", "posted by"):
                record.authors = (name,)


def _date(walk: _Walk, lines: Iterable[str], title: str, reading: Reading) -> Moment | None:
    """When the record says it was published: a stamp for machines, a piece named as a date, any short line."""
    for stamp in walk.stamps:
        if found := reading.parse(stamp):
            return found
    named = _joined_lines([piece for piece in walk.pieces if not _DATE.isdisjoint(piece.words)])
    brief = [piece.text for piece in walk.pieces if len(piece.text) <= LONGEST_DATE_LINE]
    short = (" ".join(text.split()) for text in brief[:MOST_DATE_PIECES])
    for text in (*named, *short):
        if _folded(text) != title and (found := reading.parse(text)):
            return found
    for line in lines:
        if len(line) <= 2 * LONGEST_DATE_LINE and _folded(line) != title and (found := reading.find(line)):
            return found
    return None


def _folded(text: str) -> str:
    return "".join(text.split()).casefold()


def _same(line: str, title: str) -> bool:
    """Whether a line repeats the title, perhaps cut or with a few words around."""
    if not title:
        return False
    if line == title:
        return True
    cut = line.rstrip(".…⋯")
    return (len(cut) >= 10 and title.startswith(cut)) or (title in line and len(line) - len(title) <= 12)
