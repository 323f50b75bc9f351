"""The records of the lists that a page shows, as items in page order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from selectolax.lexbor import LexborNode

from crawler.extract.document import Document
from crawler.extract.record_dates import Reading
from crawler.extract.record_fields import Record, read_record
from crawler.extract.record_titles import is_address, is_label
from crawler.extract.records import Link, Place, Skeleton, width, words_of
from crawler.items import Image, ListingItem, Moment
from crawler.urls import normalize_url

__all__ = [
    "HEADING",
    "LEAST_HEADLINE",
    "MAX_ITEMS",
    "WIDEST_TITLE",
    "WITHIN",
    "ShownList",
    "heading_width",
    "is_heading",
    "read_items",
]

MAX_ITEMS = 500

WIDEST_TITLE = 200
"""Columns: a wider link text is a whole card or a teaser, whose title is looked for inside."""

LEAST_HEADLINE = 16.0
"""Mean columns of link texts that may join a list: shorter ones are names of sections."""

UNDATED = 8
"""Records of a group without a date after which none is looked for in the rest."""

WITHIN = 20_000
"""Characters of a link's markup in which a heading is looked for."""

LONGEST_HEADING = 40
"""Characters of a heading that is the date of what it heads."""

MOST_HEADED = 200
"""Boxes whose headings are read."""

LEAST_COUNTED = 3
"""Records from which they are looked at together."""

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
HEADING = re.compile("<h[1-6][ >]")
_HEADED = re.compile(r"<h[1-6](?: [^>]*)?>(.*?)</h[1-6]>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_TITLE_WORDS = frozenset(["title", "tit", "headline", "hed", "subject", "ttl", "heading"])
_COUNTED = re.compile(  # "3.", "3위", or a bare 3 before what it is not the number of ("3월", "3rd")
    r"^\s*#?(\d{1,3})(?:(?:\s?위|[.):])\s*|\s*(?=\D)(?![월화회부장일차년권호편탄강막월주기대초분시개명세]|st\b|nd\b|rd\b|th\b|[.,:%-]))(?=.{8})"
)
_REPLIES = re.compile(r"\s*(?:\[\s?\d{1,4}\s?\]|\(\d{1,4}\))$")


@dataclass(frozen=True, slots=True)
class ShownList:
    """Records of one kind: how many elements above its title link each begins, those links, the nodes of each."""

    climbs: int
    titles: Sequence[Link]
    regions: Sequence[Sequence[LexborNode]]


def read_items(
    document: Document, reading: Reading, skeleton: Skeleton, lists: Sequence[ShownList], *, front: bool = False
) -> list[ListingItem]:
    """The records of the lists as items, in page order, each address once.

    On a `front` page of several lists an item's place is where the page first tells its title, if only in a side list.
    """
    by_href: dict[str, list[Link]] = {}
    for link in skeleton.links:
        by_href.setdefault(link.href, []).append(link)
    rows: list[tuple[Link, Record]] = []
    for shown in lists:
        dated = 0
        mine: list[tuple[Link, Record]] = []
        for link, run in zip(shown.titles, shown.regions, strict=True):
            container = skeleton.ancestor(link.element, shown.climbs)
            low, high = skeleton.first[container], skeleton.last[container]
            same = [one for one in by_href[link.href] if one is not link and low <= one.number <= high]
            ranked = sorted([link, *same], key=partial(_title_rank, skeleton, link)) if same else [link]
            record = read_record(run, _places(ranked), reading, dated > 0 or len(mine) < UNDATED)
            dated += record.published is not None or record.clock is not None
            mine.append((link, record))
            if len(rows) + len(mine) >= 2 * MAX_ITEMS:
                break
        if not dated:
            _head(skeleton, shown, mine, reading)
        rows.extend(mine)
    rows.sort(key=lambda row: row[0].number)
    _settle([record for _, record in rows])
    if front and len(lists) > 1:
        rows.sort(key=lambda row: _first_told(skeleton, row[0], by_href[row[0].href]))
    items: dict[str, ListingItem] = {}
    base = document.base_url
    for link, record in rows:
        url = absolute(link.written, base)
        if url is None or url in items or len(items) >= MAX_ITEMS:
            continue
        if record.title and len(record.title) <= LONGEST_HEADING and reading.parse(record.title):
            continue  # a link around a date alone, to a page that has its record elsewhere
        picture = absolute(record.image, base) if record.image else None
        items[url] = ListingItem(
            url=url,
            title=record.title or link.text[:WIDEST_TITLE] or None,
            published=record.published,
            summary=record.summary,
            text=record.text,
            truncated=record.truncated,
            image=Image(url=picture, caption=record.caption) if picture else None,
            authors=record.authors,
            outlet=record.outlet,
            language=reading.language[:20] if reading.language else None,
            position=len(items),
        )
    return list(items.values())


def _first_told(skeleton: Skeleton, own: Link, same: Sequence[Link]) -> int:
    """The number of the first link to a page that tells a headline, outside of what stands around a page's lists."""
    for link in same:
        if link is own:
            break
        if link.width >= LEAST_HEADLINE and skeleton.place(link.element) is not Place.CHROME:
            return link.number
    return own.number


def _head(skeleton: Skeleton, shown: ShownList, rows: Sequence[tuple[Link, Record]], reading: Reading) -> None:
    """Give records that tell no date the one that heads their box, as archives by day do."""
    known: dict[int, Moment | None] = {}
    for link, record in rows:
        box = skeleton.parents[skeleton.ancestor(link.element, shown.climbs)]
        if box < 0:
            continue
        if box not in known:
            if len(known) >= MOST_HEADED:
                return
            known[box] = _heading_date(skeleton.nodes[box], reading)
        record.published = known[box]


def _heading_date(node: LexborNode, reading: Reading) -> Moment | None:
    """The date that the element before, or the first in, a box is; `None` where it is none."""
    before = node.prev
    while before is not None and not before.is_element_node:
        before = before.prev
    inside = node.first_child
    while inside is not None and not inside.is_element_node:
        inside = inside.next
    for one in (before, inside):
        text = " ".join(one.text().split()) if one is not None else ""
        if 0 < len(text) <= LONGEST_HEADING and any(map(str.isdigit, text)) and (found := reading.parse(text)):
            return found
    return None


def _settle(records: Sequence[Record]) -> None:
    """What only all records together tell: that times of day are times of publication, that numbers count them."""
    clocks = [record.clock for record in records if record.clock]
    falling = all(first.utc >= second.utc for first, second in pairwise(clocks))
    if len(clocks) >= LEAST_COUNTED and falling and clocks[0].utc > clocks[-1].utc:
        for record in records:
            record.published = record.published or record.clock
    numbers = [_COUNTED.match(record.title or "") for record in records]
    counted = [int(found[1]) for found in numbers if found]
    if len(counted) == len(records) >= LEAST_COUNTED and counted == [*range(counted[0], counted[0] + len(counted))]:
        for record in records:
            record.title = _COUNTED.sub("", record.title or "")
    if sum(1 for record in records if _REPLIES.search(record.title or "")) * 2 > len(records) >= LEAST_COUNTED:
        for record in records:
            record.title = _REPLIES.sub("", record.title or "")


def absolute(written: str, base: str) -> str | None:
    """`normalize_url`, at once for the commonest form: a path from the root of the site."""
    if written[:1] == "/":
        scheme = base.find("://") + 3
        end = base.find("/", scheme)
        if written[1:2] != "/":
            return normalize_url((base[:end] if end > 0 else base) + written, base)
        if written[2:3].isalnum():
            return normalize_url(base[: scheme - 2] + written, base)
    return normalize_url(written, base)


def _places(links: Sequence[Link]) -> list[tuple[str, int]]:
    """The address of each link as written, and how many of these with the same address stand before it."""
    if len(links) == 1:
        return [(links[0].written, 0)]
    before: dict[str, int] = {}
    places = {}
    for link in sorted(links, key=lambda link: link.number):
        places[link.number] = (link.written, before.get(link.written, 0))
        before[link.written] = places[link.number][1] + 1
    return [places[link.number] for link in links]


def _title_rank(skeleton: Skeleton, own: Link, link: Link) -> tuple[bool, bool, bool, int]:
    """Order in which links to one page are tried for its title: headings, the group's own, then those wide enough."""
    return (
        is_label(link.text) or is_address(link.text),
        not is_heading(skeleton, link.element, 2),
        link is not own and not LEAST_HEADLINE <= link.width <= WIDEST_TITLE * 0.8,
        -1 if link is own else link.number,
    )


def is_heading(skeleton: Skeleton, element: int, climbs: int) -> bool:
    """Whether a link stands in, or holds, a heading or what its class calls a title."""
    current = element
    for _ in range(min(climbs, 3) + 1):
        if skeleton.tags[current] in _HEADINGS or not _TITLE_WORDS.isdisjoint(words_of(skeleton.names[current])):
            return True
        current = skeleton.parents[current]
        if current < 0:
            return False
    node = skeleton.nodes[element]
    inside = node.first_child
    if inside is None or (inside.is_text_node and inside.next is None):
        return False
    return HEADING.search(node.html or "", 0, WITHIN) is not None


def heading_width(skeleton: Skeleton, link: Link) -> int:
    """Columns of the heading in a link, or of the link that is a heading's; 0 where there is none."""
    parent = skeleton.parents[link.element]
    if parent >= 0 and skeleton.tags[parent] in _HEADINGS:
        return link.width
    found = _HEADED.search((skeleton.nodes[link.element].html or "")[:WITHIN])
    return width(" ".join(_TAG.sub(" ", found[1]).split())) if found else 0
