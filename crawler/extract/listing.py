"""The articles that a listing page names, found by repeated structure: no selector, no knowledge of a site.

Groups of links (`records.Skeleton`) are scored by how much they look like the headlines of a list: distinct texts as
wide as headlines, in headings, with dates and text beside them, outside what the page itself calls navigation, sidebar
or footer. The best is the main list; groups built alike join it (a lead story, the second half of a grid). A page whose
best list is bare headlines among several such lists is a front page, and all of them are its list.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from crawler.extract.document import Document
from crawler.extract.listing_candidates import LEAST_ITEMS, candidates_of, led_on
from crawler.extract.listing_choosing import choose
from crawler.extract.listing_items import (
    LEAST_HEADLINE,
    MAX_ITEMS,
    ShownList,
    absolute,
    is_heading,
    read_items,
)
from crawler.extract.pagination import next_page
from crawler.extract.record_dates import Reading
from crawler.extract.record_titles import is_label
from crawler.extract.records import Link, Place, Skeleton, region
from crawler.extract.script_items import script_items
from crawler.items import Hints, ListingItem
from crawler.text import detect_language

__all__ = ["ListingResult", "extract_listing"]

ONE_RESULT = 0.5
_DAY_IN_ADDRESS = re.compile(r"(?<!\d)(20[0-4]\d)([-/]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])")


@dataclass(frozen=True, slots=True)
class ListingResult:
    """Items in page order, the next page's address, how sure (0..1), and why."""

    items: tuple[ListingItem, ...]
    next_page: str | None
    confidence: float
    reason: str


def extract_listing(document: Document, hints: Hints) -> ListingResult:
    """The main list of a page. `document.fetched_at` is what relative dates count from.

    `hints.zone` and `hints.language` (else the page's declared one) read dates. No list is an answer with a reason.
    """
    skeleton = Skeleton(document.tree, document.url)
    root = _is_root(document.url)
    chosen = choose(skeleton, candidates_of(skeleton), root)
    if not chosen and skeleton.name_pictures():
        chosen = choose(skeleton, candidates_of(skeleton), root)
    if not chosen:
        chosen = led_on(skeleton)
    if hints.one_is_a_list and chosen and all(one.place is Place.DOUBTFUL for one in chosen):
        beside = {link.href for one in chosen for link in one.titles}
        if (only := _only_one(document, skeleton, beside)) is not None:
            return ListingResult((only,), None, ONE_RESULT, "one linked heading beside side lists: a single result")
    reading = _reading(document, hints, [link for one in chosen for link in one.titles])
    lists = [ShownList(one.group.climbs, one.titles, one.regions or region(skeleton, one.group)) for one in chosen]
    items = tuple(read_items(document, reading, skeleton, lists, front=root))
    if len(items) < LEAST_ITEMS:
        carried = script_items(document, reading)
        if len(carried) > len(items):
            following = next_page(document, skeleton, [item.url for item in carried])
            return ListingResult(carried, following, 0.6, f"{len(carried)} records in the page's scripts")
    if len(items) < 2 and hints.one_is_a_list and (only := _only_one(document, skeleton, ())) is not None:
        return ListingResult((only,), None, ONE_RESULT, "one linked heading: a single result")
    if len(items) < 2:
        found = "no repeated records of links were found" if not items else "only one link stands where a list might"
        return ListingResult((), None, 0.0, found)
    following = next_page(document, skeleton, [item.url for item in items])
    dated = sum(1 for item in items if item.published) / len(items)
    texty = sum(1 for item in items if item.text or item.summary) / len(items)
    confidence = min(1.0, 0.4 + 0.2 * dated + 0.2 * texty + min(0.2, len(items) / 50))
    reason = f"{len(items)} records in {len(chosen)} group{'s' * (len(chosen) > 1)} of repeated links"
    return ListingResult(items, following, round(confidence, 2), reason)


def _only_one(document: Document, skeleton: Skeleton, beside: Collection[str]) -> ListingItem | None:
    """The one linked heading outside of what stands around a page and of lists `beside`, if there is just one.

    Where no heading is linked, the one link as wide as a headline in what the page calls its content.
    """
    headed: dict[str, Link] = {}
    plain: dict[str, Link] = {}
    for link in skeleton.links:
        if link.width < LEAST_HEADLINE or len(link.href) < 2 or link.href in beside:
            continue
        place = skeleton.place(link.element)
        if place is not Place.CHROME and is_heading(skeleton, link.element, 2):
            headed.setdefault(link.href, link)
        elif place is Place.MAIN and not is_label(link.text):
            plain.setdefault(link.href, link)
    found = headed or plain
    if len(found) != 1:
        return None
    (link,) = found.values()
    url = absolute(link.written, document.base_url)
    return ListingItem(url=url, title=link.text) if url is not None else None


def _reading(document: Document, hints: Hints, links: Sequence[Link]) -> Reading:
    """What dates are read against: the language of the headlines, and the year of the newest address that tells one."""
    language = hints.language or detect_language(" ".join(link.text for link in links[:20]), document.lang_attribute)
    days = [found for link in links[:MAX_ITEMS] if (found := _day_in(link.href)) and found <= document.fetched_at]
    return Reading(document.fetched_at, hints.zone, language, max(days, default=None))


def _day_in(href: str) -> datetime | None:
    """The day that an address carries (``/2024/03/28/``, ``AKR20251201...``)."""
    found = _DAY_IN_ADDRESS.search(href) if "20" in href else None
    try:
        return datetime(int(found[1]), int(found[3]), int(found[4]), tzinfo=UTC) if found else None
    except ValueError:
        return None


def _is_root(url: str) -> bool:
    """Whether an address is a site's front door."""
    parts = urlsplit(url)
    return parts.path in ("", "/") and not parts.query
