"""What one record of a listing says: title, date, the text shown, picture, outlet, authors.

A record's markup is read once into pieces (stretches of text with what their element's tag and classes say of them);
pieces of one block make a line.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from selectolax.lexbor import LexborNode

from crawler.extract.excerpt import LONG_TEXT, is_cut, without_more
from crawler.extract.markup import attribute_of
from crawler.extract.record_dates import Reading, clock_of, date_of
from crawler.extract.record_lines import folded_text, joined, lines_of, one_line, repeats, shared_words
from crawler.extract.record_pieces import (
    AUTHOR,
    DATE,
    OUTLET,
    STRONG,
    TITLE,
    Walk,
    walk,
)
from crawler.extract.record_texts import texts_of
from crawler.extract.record_titles import is_label, title_of
from crawler.extract.records import link_address
from crawler.items import Moment
from crawler.text import clean_text

__all__ = ["Record", "read_record"]

MAX_TEXT = 20_000
LONGEST_PARTICLE = 3
_BY = re.compile(r"^(?:by|von|par|por|di|글)\s+", re.IGNORECASE)
_OF_AN_AUTHOR = re.compile(
    r" rel=\"author\""
    r"| href=\"[^\"]{0,300}/(?:authors?|autor(?:es|en)?|auteurs?|autore|autori|reporters?|journalists?)/[^\"]"
)


_TWO_LETTERS = re.compile(r"[^\W\d]{2}")
_NAMING = OUTLET | AUTHOR


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
    shared = shared_words(pieces) - {STRONG}
    if shared:
        for piece in pieces:
            piece.words -= shared
    lines = lines_of(pieces)
    record.title = title_of(found, links)
    folded = folded_text(record.title or "")
    captions = [one_line(piece.text) for piece in pieces if piece.caption]
    if captions and record.image:
        record.caption = captions[0]
    _labels(record, found, folded)
    if dated or found.stamps:
        record.published = date_of(found, lines, folded, reading)
        if record.published is None:
            record.clock = clock_of(found, reading)
    body = "\n".join(dict.fromkeys(texts_of(lines, record.title, folded, captions, reading)))
    if body:
        body = clean_text(body)[:MAX_TEXT]
    if len(body) >= LONG_TEXT:
        record.text, record.truncated = without_more(body), is_cut(body)
    elif body:
        record.summary = without_more(body)
    if record.caption and repeats(folded_text(record.caption), folded):
        record.caption = None
    return record


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


def _labels(record: Record, found: Walk, title: str) -> None:
    """Outlet and authors, where classes name them; authors also where a link leads to theirs."""
    for piece in found.pieces:
        words = piece.words
        if not words or words.isdisjoint(_NAMING):
            continue
        text = one_line(piece.text)
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
                name = _BY.sub("", joined([piece for piece in found.pieces if piece.link == number]))
                if 1 < len(name) <= 40 and _TWO_LETTERS.search(name) and _is_name(name):
                    record.authors = (name,)
                    break


def _is_name(text: str) -> bool:
    """Whether the words of a text are written as names are (with "van der" in them), as "all his posts" is not."""
    words = [word for word in text.split() if len(word) > LONGEST_PARTICLE]
    return bool(words) and not any(word[0].islower() for word in words) and not is_label(text)
