"""The title of a record among the texts of its links and headings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from crawler.extract.dates import parse_date
from crawler.extract.markup import attribute_of
from crawler.extract.record_lines import folded_text, joined, joined_lines, shared_words
from crawler.extract.record_pieces import (
    BADGE,
    LABELLED,
    STRONG,
    SUMMARY,
    TITLE,
    Piece,
    Walk,
)
from crawler.extract.records import width
from crawler.text import clean_text
from crawler.text.clean import is_plain

__all__ = ["is_address", "is_label", "title_of"]

LONGEST_LABEL = 50
"""Characters of a link's text that may ask to read on ("Continue reading ..." with some of the title)."""

LEAST_TITLE = 8
"""Columns of what may be a title when a link shows several lines."""

LEAST_CUT = 6
"""Characters of a cut title that must agree with the fuller one; also of a title that may stand twice in a row."""

LONGEST_TITLE = 500
LONGEST_BROKEN = 120
"""Characters of a title in bold that is broken over several lines."""

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
_NEW_WINDOW = re.compile(
    r"\s*[(\[]?(?:새\s?창(?:으로)?(?:\s?열림|\s?열기)?|opens\sin\s(?:a\s)?new\s(?:tab|window))[)\]]?$", re.IGNORECASE
)


_NO_PART = BADGE | LABELLED | SUMMARY


@lru_cache(maxsize=16_384)
def is_label(text: str) -> bool:
    """Whether a link's text asks to read on, comment or share, or is a bare number, instead of naming a page."""
    if len(text) > LONGEST_LABEL:
        return False
    return not text or _NUMBER.match(text) is not None or _NO_TITLE.match(text) is not None


def is_address(text: str) -> bool:
    """Whether a link's text is a web address or a trail of crumbs instead of a title."""
    return _ADDRESS_SIGN.search(text, 0, 200) is not None and _BREADCRUMB.search(text[:200]) is not None


def title_of(found: Walk, links: Sequence[int]) -> str | None:
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
        return _tidy(joined([piece for piece in headings if piece.line == headings[0].line]))
    for link in links:
        if named := found.alts.get(link) or attribute_of(found.anchors[link - 1], "title"):
            return _tidy(named)
    return None


def _title_of_link(inside: Sequence[Piece]) -> str | None:
    """The title in one link: its heading, what its class calls so, the line, or the first line that may be one."""
    whole = joined(inside)
    if is_label(whole):
        return None
    own = shared_words(inside)
    for wanted in (
        [piece for piece in inside if piece.heading],
        [piece for piece in inside if not TITLE.isdisjoint(piece.words - own)],
    ):
        if wanted:
            first = wanted[0]
            # Its lines may be broken by hand, which leaves them in one block.
            block = [piece for piece in wanted if piece.line == first.line or (first.box and piece.box == first.box)]
            text = " ".join(joined_lines(_unbadged(block)))
            if text and not is_label(text):
                return text
    inside = _unbadged(inside)
    if inside[0].line == inside[-1].line:
        return joined(inside)
    if STRONG in own and inside[0].box == inside[-1].box and len(whole) <= LONGEST_BROKEN:
        return " ".join(joined_lines(inside))
    for line in joined_lines(inside):
        if width(line) >= LEAST_TITLE and not is_label(line) and parse_date(line, now=_ANY_TIME) is None:
            return line
    return None


def _unbadged(pieces: Sequence[Piece]) -> Sequence[Piece]:
    """The pieces without those whose class calls them a rank, a section, a count of comments, a date, an outlet."""
    if len(pieces) == 1:
        return pieces
    shared = shared_words(pieces)
    kept = [piece for piece in pieces if piece.words.isdisjoint(_NO_PART) or not (piece.words - shared) & _NO_PART]
    return kept if kept and width(joined(kept)) >= LEAST_TITLE else pieces


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
