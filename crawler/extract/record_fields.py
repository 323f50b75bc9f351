"""What one record of a listing says: title, date, the text shown, picture, outlet, authors.

A record's markup is read once into pieces (stretches of text with what their element's tag and classes say of them);
pieces of one block make a line.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import lru_cache, partial

from selectolax.lexbor import LexborNode

from crawler.extract.dates import find_date, parse_date
from crawler.extract.excerpt import LONG_TEXT, is_cut, without_more
from crawler.extract.markup import attribute_of
from crawler.extract.record_pieces import (
    AUTHOR,
    BADGE,
    DATE,
    LABELLED,
    OUTLET,
    STRONG,
    SUMMARY,
    TITLE,
    Piece,
    Walk,
    walk,
)
from crawler.extract.records import link_address, width
from crawler.items import Moment
from crawler.text import clean_text
from crawler.text.clean import is_plain

MAX_TEXT = 20_000
LONGEST_DATE_LINE = 60
"""Characters of a line in which a date is looked for."""

LONGEST_CLOCK = 12

LONGEST_DATE = 120
"""Characters of a text that is a date and nothing else, both labels included."""

MOST_KNOWN = 2_000
"""Texts whose dates are remembered while a page is read: "3시간 전" stands in many records."""

LONGEST_WORD_DATE = 24
"""Characters of a date without a digit: "vor einer halben Stunde"."""

MOST_DATE_PIECES = 40
"""Short texts of one record in which a date is looked for."""

LONGEST_PARTICLE = 3
LONGEST_LABEL = 50
"""Characters of a link's text that may ask to read on ("Continue reading ..." with some of the title)."""

LEAST_TITLE = 8
"""Columns of what may be a title when a link shows several lines."""

LEAST_CUT = 6
"""Characters of a cut title that must agree with the fuller one; also of a title that may stand twice in a row."""

LONGEST_TITLE = 500
LONGEST_BROKEN = 120
"""Characters of a title in bold that is broken over several lines."""

LEAST_TEXT = 40
"""Columns from which a line is running text rather than a label."""

_NO_TITLE = re.compile(
    r"^(?:\W*(?:더\s?보기|자세히(?:\s?보기)?|기사\s?보기|본문\s?(?:바로)?\s?보기|본문\s?바로\s?가기|바로\s?가기|전체\s?보기|계속\s?읽기|읽기|네이버뉴스|댓글(?:\s?\d+)?|공유|사진"
    r"|동영상|영상|read\s(?:more|on|full\sstory|the\sfull.{0,20})|more|continue(?:\sreading)?.{0,40}|full\sstory|details|(?:view|see|show)(?:\s(?:all|more|details?|post|article|story).{0,20})?|(?:learn|discover|find\sout|see)\smore.{0,20}|shop\snow|watch|photos?|video"
    r"|(?:leave|post|add)\sa?\s?(?:comment|reply)|(?:no|\d+)\s(?:comments?|repl(?:y|ies)|responses?)|comments?|permalink|share|tweet"
    r"|続きを読む|もっと見る|この記事の続きを読む|\d+\s?コメント|コメント.{0,6}|阅读全文|更多|查看更多|weiterlesen|mehr|lire\sla\ssuite|leer\smás|sigue\sleyendo"
    r"|deja\suna\srespuesta|continua\sa\sleggere|leggi\stutto|подробнее|читать\sдалее|les\smer|läs\smer|lees\smeer|leia\smais|\d+\sкомментари\w+)\W*)$",
    re.IGNORECASE,
)
_BREADCRUMB = re.compile(r"›|»\s?\S+\s?»|^\s?(?:https?://|www\.)|^\S{1,60}\.(?:com|net|org|kr|co|jp|cn|de)\b\S{0,200}$")
_ADDRESS_SIGN = re.compile(r"[›».]")
_NUMBER = re.compile(r"^\W{0,2}\d{1,3}\W{0,2}$")
_RANK = re.compile(r"^\s*\d{1,3}[.)]\s+")
_BY = re.compile(r"^(?:by|von|par|por|di|글)\s+", re.IGNORECASE)
_OF_AN_AUTHOR = re.compile(
    r" rel=\"author\""
    r"| href=\"[^\"]{0,300}/(?:authors?|autor(?:es|en)?|auteurs?|autore|autori|reporters?|journalists?)/[^\"]"
)
_TWO_LETTERS = re.compile(r"[^\W\d]{2}")
_NEW_WINDOW = re.compile(
    r"\s*[(\[]?(?:새\s?창(?:으로)?(?:\s?열림|\s?열기)?|opens\sin\s(?:a\s)?new\s(?:tab|window))[)\]]?$", re.IGNORECASE
)

_ABOUT = re.compile(
    r"(?:posted|published|written|filed|submitted|tagged|categor(?:y|ies)|tags?|labels?|by|author|veröffentlicht|von|publié|par|publicado|por"
    r"|작성자|글쓴이|등록|게시|분류|카테고리|태그|조회|投稿|カテゴリ|分类|标签)(?:\b|(?=[:：\s]))",
    re.IGNORECASE,
)
_ENTRY_NOTE = re.compile(  # what WordPress's own themes write below a post
    r"(?:this entry was posted|posted in\s.{1,80}\|\s|dieser (?:eintrag|beitrag) wurde|ce contenu a été publié"
    r"|esta entrada (?:fue|foi) publicada|questa voce è stata pubblicata|この投稿は|запись опубликована)",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"(?:오전|오후|午前|午後|上午|下午)?\s?\d{1,2}:\d\d(?::\d\d)?(?:\s?[ap]\.?m\.?)?", re.IGNORECASE)
_CLOCKS_DIFFER = timedelta(minutes=10)
_DIGIT = re.compile(r"\d")
_NAMING = OUTLET | AUTHOR
_NO_PART = BADGE | LABELLED | SUMMARY
_APART = BADGE | LABELLED
_NOTHING: frozenset[str] = frozenset()


@dataclass(slots=True)
class Record:
    """The fields of one record as shown; addresses as written."""

    title: str | None = None
    published: Moment | None = None
    clock: Moment | None = None  # when it was published if a time of day shown is that, and not how long a film is
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
    _known: dict[str, Moment | None] = field(default_factory=dict, compare=False)

    def parse(self, text: str) -> Moment | None:
        """The moment that a text is."""
        if len(text) > LONGEST_DATE:
            return None
        if text not in self._known:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[text] = self._parsed(text)
        return self._known[text]

    def _parsed(self, text: str) -> Moment | None:
        return parse_date(text, now=self.now, zone=self.zone, language=self.language, year_hint=self.year_hint)

    def clock(self, text: str) -> Moment | None:
        """The last moment at which a clock showed what a text is: ``12:05`` is of today, else of yesterday."""
        if len(text) > LONGEST_CLOCK or not _CLOCK.fullmatch(text):
            return None
        known = self.parse("1시간 전")
        if known is None:
            return None
        local = self.now.astimezone(timezone(timedelta(minutes=known.offset)))
        for days in (0, 1):
            found = self._parsed(f"{(local - timedelta(days=days)).date().isoformat()} {text}")
            if found and found.utc <= self.now + _CLOCKS_DIFFER:
                return found
        return None

    def find(self, text: str) -> Moment | None:
        """A moment somewhere in a short text."""
        return find_date(text, now=self.now, zone=self.zone, language=self.language, year_hint=self.year_hint)


@lru_cache(maxsize=16_384)
def is_label(text: str) -> bool:
    """Whether a link's text asks to read on, comment or share, or is a bare number, instead of naming a page."""
    if len(text) > LONGEST_LABEL:
        return False
    return not text or _NUMBER.match(text) is not None or _NO_TITLE.match(text) is not None


def is_address(text: str) -> bool:
    """Whether a link's text is a web address or a trail of crumbs instead of a title."""
    return _ADDRESS_SIGN.search(text, 0, 200) is not None and _BREADCRUMB.search(text[:200]) is not None


def read_record(
    region: Sequence[LexborNode], title_links: Sequence[tuple[str, int]], reading: Reading, dated: bool = True
) -> Record:
    """The fields of one record.

    `title_links` are the links to its page, the likeliest to carry the title first: each as its address as written, and
    how many links with that very address stand before it in the record. Without `dated` no date is looked for.
    """
    found = walk(region)
    pieces = found.pieces
    links = _numbers(found, title_links)
    record = Record()
    record.image, record.caption = found.picture(links)
    shared = _shared(pieces) - {STRONG}
    if shared:
        for piece in pieces:
            piece.words -= shared
    lines = _lines(pieces)
    record.title = _title(found, links)
    folded = folded_text(record.title or "")
    captions = [_one_line(piece.text) for piece in pieces if piece.caption]
    if captions and record.image:
        record.caption = captions[0]
    _labels(record, found, folded)
    if dated or found.stamps:
        record.published = _date(found, lines, folded, reading)
        if record.published is None:
            record.clock = _clock(found, reading)
    body = "\n".join(dict.fromkeys(_texts(lines, record.title, folded, captions, reading)))
    if body:
        body = clean_text(body)[:MAX_TEXT]
    if len(body) >= LONG_TEXT:
        record.text, record.truncated = without_more(body), is_cut(body)
    elif body:
        record.summary = without_more(body)
    if record.caption and _same(folded_text(record.caption), folded):
        record.caption = None
    return record


@dataclass(slots=True)
class _Line:
    """The pieces of one line, their text, and that text as it is compared."""

    pieces: list[Piece]
    text: str
    folded: str
    caption: bool


def _lines(pieces: Sequence[Piece]) -> list[_Line]:
    """The lines in order."""
    by_number: dict[int, list[Piece]] = {}
    for piece in pieces:
        by_number.setdefault(piece.line, []).append(piece)
    lines = []
    captioned = any([piece.caption for piece in pieces])  # noqa: C419 - twice as fast
    for own in by_number.values():
        shown = [piece for piece in own if not piece.caption] if captioned else own
        words = (shown[0].text if len(shown) == 1 else "".join([piece.text for piece in shown])).split()
        lines.append(_Line(own, " ".join(words), "".join(words).casefold(), not shown))
    return lines


def _numbers(found: Walk, links: Sequence[tuple[str, int]]) -> list[int]:
    """The numbers of these links among the record's."""
    numbers = []
    places: dict[str, list[int]] = {}
    for href, place in links:
        if href not in places:
            sign = f'href="{html.escape(href, quote=False)}"'
            own = [number for number, tag in enumerate(found.anchors, 1) if sign in tag]
            # Blanks around it, quotes in it, or a script that tells it: then each link is asked.
            places[href] = own or [number for number, tag in enumerate(found.anchors, 1) if _leads_to(tag, href)]
        if place < len(places[href]):
            numbers.append(places[href][place])
    return numbers


def _leads_to(tag: str, href: str) -> bool:
    return link_address(partial(attribute_of, tag)) == href


def _texts(
    lines: Sequence[_Line], title: str | None, folded: str, captions: Sequence[str], reading: Reading
) -> list[str]:
    """The running text of a record: its wide lines, and short ones that are paragraphs of the same text."""
    wide = []
    for line in lines:
        if (len(line.text) < LEAST_TEXT and width(line.text) < LEAST_TEXT) or _same(line.folded, folded):
            continue
        if len(line.pieces) > 1:
            text = _without_labels(line, reading)
            if text != line.text:
                line.text, line.folded = text, folded_text(text)
                if width(text) < LEAST_TEXT:
                    continue
        if not _is_furniture(line.text, reading):
            wide.append(line)
    if not wide:
        return []
    box = max(wide, key=lambda line: len(line.text)).pieces[-1].box
    chosen = {id(line) for line in wide}
    alone = any(line.folded == folded for line in lines)
    texts = []
    for line in lines:
        if id(line) not in chosen and not (box and line.pieces[-1].box == box and _goes_with(line, reading)):
            continue
        text = line.text
        if text in captions or _same(line.folded, folded):
            continue
        if title and not alone and text.startswith(title):  # a card that is one line
            text = text[len(title) :].lstrip(" -–:|·")
        texts.append(text)
    return texts


def _without_labels(line: _Line, reading: Reading) -> str:
    """A line without the outlet or date that stands right before or behind its running text."""
    pieces = [piece for piece in line.pieces if not piece.caption]
    main = max(pieces, key=lambda piece: len(piece.text), default=None)
    if main is None:
        return line.text
    if main.link and len(main.text) * 2 >= len(line.text):
        pieces = [piece for piece in pieces if piece.link == main.link]
    for end in (-1, 0):
        while len(pieces) > 1 and pieces[end] is not main:
            glued = end and pieces[-1].link not in (0, main.link) and _is_glued(pieces[-2].text, pieces[-1].text)
            if not glued and not _is_apart(pieces[end], main, reading):
                break
            pieces.pop(end)
    return _joined(pieces)


def _is_glued(before: str, after: str) -> bool:
    """Whether nothing but style sheets keeps two texts apart: no blank, no bracket that goes on."""
    return (before[-1:].isalnum() or before[-1:] in ".!?…") and (after[:1].isalnum() or after[:1] in "[(“‘「")


def _is_apart(piece: Piece, main: Piece, reading: Reading) -> bool:
    if not (piece.words - main.words).isdisjoint(_APART):
        return True
    text = piece.text.strip()
    return not text.strip("()[]|·-–: ") or (_DIGIT.search(text) is not None and reading.parse(text) is not None)


def _goes_with(line: _Line, reading: Reading) -> bool:
    """Whether a short line beside running text may be a paragraph of it."""
    if any(not piece.words.isdisjoint(LABELLED) for piece in line.pieces):
        return False
    return not is_label(line.text) and not reading.parse(line.text)


def _is_furniture(line: str, reading: Reading) -> bool:
    """Whether a wide line is a trail of crumbs or "Posted on February 15, 2016 by ..." and no text."""
    if _ENTRY_NOTE.match(line):
        return True
    if len(line) >= 100 or width(line) >= 100:
        return False
    if line[-1:] not in ".!?。다…" and _ABOUT.match(line):
        return True
    return is_address(line) or (
        line[-1:] not in ".!?。다…" and _DIGIT.search(line) is not None and reading.find(line) is not None
    )


def _title(found: Walk, links: Sequence[int]) -> str | None:
    """The title among the texts of the links to the record's page."""
    for link in links:
        inside = [piece for piece in found.pieces if piece.link == link]
        text = _title_of_link(inside) if inside else None
        if text:
            told = attribute_of(found.anchors[link - 1], "title") if len(inside) > 1 else None
            if told and told != text and any(piece.text.strip() == told for piece in inside):
                text = told  # what stands before it is a kicker
            return _tidy(_fuller(text, found, links))
    headings = [piece for piece in found.pieces if piece.heading]
    if headings:
        return _tidy(_joined([piece for piece in headings if piece.line == headings[0].line]))
    for link in links:
        if named := found.alts.get(link) or attribute_of(found.anchors[link - 1], "title"):
            return _tidy(named)
    return None


def _title_of_link(inside: Sequence[Piece]) -> str | None:
    """The title in one link: its heading, what its class calls so, the line, or the first line that may be one."""
    whole = _joined(inside)
    if is_label(whole):
        return None
    own = _shared(inside)
    for wanted in (
        [piece for piece in inside if piece.heading],
        [piece for piece in inside if not TITLE.isdisjoint(piece.words - own)],
    ):
        if wanted:
            first = wanted[0]
            # Its lines may be broken by hand, which leaves them in one block.
            block = [piece for piece in wanted if piece.line == first.line or (first.box and piece.box == first.box)]
            text = " ".join(_joined_lines(_unbadged(block)))
            if text and not is_label(text):
                return text
    inside = _unbadged(inside)
    if inside[0].line == inside[-1].line:
        return _joined(inside)
    if STRONG in own and inside[0].box == inside[-1].box and len(whole) <= LONGEST_BROKEN:
        return " ".join(_joined_lines(inside))
    for line in _joined_lines(inside):
        if width(line) >= LEAST_TITLE and not is_label(line) and parse_date(line, now=_ANY_TIME) is None:
            return line
    return None


def _unbadged(pieces: Sequence[Piece]) -> Sequence[Piece]:
    """The pieces without those whose class calls them a rank, a section, a count of comments, a date, an outlet."""
    if len(pieces) == 1:
        return pieces
    shared = _shared(pieces)
    kept = [piece for piece in pieces if piece.words.isdisjoint(_NO_PART) or not (piece.words - shared) & _NO_PART]
    return kept if kept and width(_joined(kept)) >= LEAST_TITLE else pieces


def _fuller(text: str, found: Walk, links: Sequence[int]) -> str:
    """The whole of a title that is shown cut, where a link's or a picture's title tells it."""
    cut = text.rstrip(".…⋯ ")
    if len(cut) == len(text) or len(cut) < LEAST_CUT:
        return text
    start = folded_text(cut)
    for link in links:
        for told in (attribute_of(found.anchors[link - 1], "title"), found.alts.get(link)):
            # "<title> ..." with a word behind it ("image of") is no fuller.
            rest = folded_text(told).removeprefix(start) if told and len(told) <= LONGEST_TITLE else ""
            if told and rest and rest[0] not in ".…⋯" and len(rest) < len(folded_text(told)):
                return told
    return text


_ANY_TIME = datetime.fromisoformat("2100-01-01T00:00:00+00:00")  # only whether a line is a date is asked


def _shared(pieces: Sequence[Piece]) -> frozenset[str]:
    """Words that all pieces have, which tell none of them apart."""
    if len(pieces) < 2 or not pieces[0].words:
        return _NOTHING
    return frozenset.intersection(*[piece.words for piece in pieces])


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _joined(pieces: Sequence[Piece]) -> str:
    return " ".join((pieces[0].text if len(pieces) == 1 else "".join([piece.text for piece in pieces])).split())


def _joined_lines(pieces: Sequence[Piece]) -> list[str]:
    lines: dict[int, list[str]] = {}
    for piece in pieces:
        lines.setdefault(piece.line, []).append(piece.text)
    return [" ".join("".join(line).split()) for line in lines.values()]


def _tidy(title: str) -> str:
    if title[:1].isdigit():
        title = _RANK.sub("", title)
    if title[-1:] in "림기)]bwBW":
        title = _NEW_WINDOW.sub("", title)
    title = title.strip(" ")
    if "  " in title or not is_plain(title):
        title = " ".join(clean_text(title).split())
    title = title[:LONGEST_TITLE]
    half = (len(title) - 1) // 2
    if len(title) >= 2 * LEAST_CUT and title[half] == " " and title[:half] == title[half + 1 :]:
        return title[:half]
    return title


def _labels(record: Record, found: Walk, title: str) -> None:
    """Outlet and authors, where classes name them; authors also where a link leads to theirs."""
    for piece in found.pieces:
        words = piece.words
        if not words or words.isdisjoint(_NAMING):
            continue
        text = _one_line(piece.text)
        if not 1 < len(text) <= 40 or folded_text(text) == title:
            continue
        if record.outlet is None and not OUTLET.isdisjoint(words) and not is_label(text):
            if DATE.isdisjoint(words) and TITLE.isdisjoint(words):
                record.outlet = text
        elif not record.authors and not AUTHOR.isdisjoint(words):
            name = _BY.sub("", text)
            if _TWO_LETTERS.search(name) and name.lower() not in ("by", "admin", "관리자", "author", "posted by"):
                record.authors = (name,)
    if not record.authors:
        for number, written in enumerate(found.anchors, 1):
            if _OF_AN_AUTHOR.search(written):
                name = _BY.sub("", _joined([piece for piece in found.pieces if piece.link == number]))
                if 1 < len(name) <= 40 and _TWO_LETTERS.search(name) and _is_name(name):
                    record.authors = (name,)
                    break


def _is_name(text: str) -> bool:
    """Whether the words of a text are written as names are (with "van der" in them), as "all his posts" is not."""
    words = [word for word in text.split() if len(word) > LONGEST_PARTICLE]
    return bool(words) and not any(word[0].islower() for word in words) and not is_label(text)


def _date(found: Walk, lines: Sequence[_Line], title: str, reading: Reading) -> Moment | None:
    """When the record says it was published: a stamp for machines, a piece named as a date, any short line."""
    for stamp in found.stamps:
        if moment := reading.parse(stamp):
            return moment
    named = [piece for piece in found.pieces if piece.words and not DATE.isdisjoint(piece.words)]
    if named:
        for text in _joined_lines(named):
            if (moment := reading.parse(text)) and folded_text(text) != title:
                return moment
    looked = 0
    for piece in found.pieces:
        text = piece.text
        if len(text) > LONGEST_DATE_LINE or (len(text) > LONGEST_WORD_DATE and not _DIGIT.search(text)):
            continue
        looked += 1
        if looked > MOST_DATE_PIECES:
            break
        text = text.strip()
        if folded_text(text) != title and (moment := reading.parse(text)):
            return moment
    for line in lines:
        if not line.caption and len(line.text) <= 2 * LONGEST_DATE_LINE and line.folded != title:
            moment = reading.find(line.text) if _DIGIT.search(line.text) else None
            if moment is not None:
                return moment
    return None


def _clock(found: Walk, reading: Reading) -> Moment | None:
    """When a record that tells no day says it was published: a time of day that stands alone, the first."""
    for piece in found.pieces:
        told = ":" in piece.text and len(piece.text) <= 2 * LONGEST_CLOCK
        if told and (moment := reading.clock(piece.text.strip("()[] \n\t"))):
            return moment
    return None


def folded_text(text: str) -> str:
    """A text as it is compared: no blanks, no case."""
    return "".join(text.split()).casefold()


def _same(line: str, title: str) -> bool:
    """Whether a line repeats the title, perhaps cut or with a few words around."""
    if not title:
        return False
    if line == title:
        return True
    cut = line.rstrip(".…⋯")
    return (len(cut) >= 10 and title.startswith(cut)) or (len(line) - len(title) <= 12 and title in line)
