"""What discovery works with: candidates for doors, and samples of what they gave. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property

from crawler.items import Extraction, ListingItem, PageKind
from crawler.sources import SourceKind
from crawler.text import detect_language
from crawler.urls import url_key

TAIL = 0.9
"""Part of a door's dated items, newest first, from which its rate is taken: the rest may be pinned or reposted."""

LEAST_DATED = 3
TITLES = 30


class DoorKind(StrEnum):
    """What a door is."""

    FEED = "feed"
    LISTING = "listing"
    SITEMAP = "sitemap"
    NEWS_SITEMAP = "news sitemap"

    @property
    def source_kind(self) -> SourceKind:
        """The word of a source for it."""
        return SourceKind.SITEMAP if self is DoorKind.NEWS_SITEMAP else SourceKind(self.value)


class Origin(StrEnum):
    """Who named a door."""

    GIVEN = "given"
    OWN = "usual place for this page"
    DECLARED = "declared"
    LINKED = "linked"
    SITE = "usual place for this kind of site"
    ROBOTS = "robots.txt"
    USUAL = "usual place"
    INDEX = "sitemap index"
    HOME = "home page"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A URL that may be a door, who named it, and what it was called there.

    `own`: its address or title says that it is of the very page; `via` is the page or index that named it.
    """

    url: str
    kind: DoorKind
    origin: Origin
    title: str | None = None
    language: str | None = None
    own: bool = False
    via: str | None = None


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What one look at a candidate gave. `dates` are by URL key; `order` holds all keys as the door lists them.

    `problem` says why it can be no door. `weak_dates`: they tell the last change, not publication. `goes_on`: it has
    further pages. `audio`: part of its entries that are sound files. `members`: the sitemaps of an index. `cut`: it
    broke off before its end. `overlong`: it holds more than is ever read.
    """

    candidate: Candidate
    kind: DoorKind
    url: str
    order: tuple[str, ...] = ()
    dates: Mapping[str, datetime] | None = None
    title: str | None = None
    language: str | None = None
    hub: str | None = None
    home: str | None = None
    next_page: str | None = None
    audio: float = 0.0
    weak_dates: bool = False
    problem: str | None = None
    members: tuple[ListingItem, ...] = ()
    cut: bool = False
    overlong: bool = False

    @cached_property
    def keys(self) -> frozenset[str]:
        """The articles that it names."""
        return frozenset(self.order)

    @cached_property
    def _times(self) -> list[datetime]:
        return sorted((self.dates or {}).values(), reverse=True)

    @property
    def newest(self) -> datetime | None:
        """When what it named last was published."""
        return self._times[0] if self._times else None

    @property
    def oldest(self) -> datetime | None:
        """The end of what it holds, pinned items apart."""
        return self._times[max(0, round(len(self._times) * TAIL) - 1)] if self._times else None

    @property
    def span(self) -> timedelta | None:
        """How far it reaches back from its newest item; `None` with too few dates."""
        if len(self._times) < LEAST_DATED or self.newest is None or self.oldest is None:
            return None
        return self.newest - self.oldest

    @property
    def rate(self) -> float | None:
        """Articles a day, by its dates; `None` where they don't tell."""
        span = self.span
        if span is None or span < timedelta(minutes=1):
            return None
        return (round(len(self._times) * TAIL) - 1) / (span / timedelta(days=1))


def sample_of(candidate: Candidate, url: str, extraction: Extraction, *, now: datetime, audio: float = 0.0) -> Sample:
    """What was read from a candidate's answer; with a problem where that is no door."""
    hints = extraction.hints
    kind, problem = _judged(candidate, extraction)
    items = extraction.items
    dates: dict[str, datetime] = {}
    latest = now + timedelta(days=1)
    for item in items:
        told = item.published or item.modified
        if told is not None and told.utc <= latest:
            dates.setdefault(url_key(item.url), told.utc)
    # The news part of a row names headline, publication and date; a headline alone is some system's own addition.
    news = sum(1 for item in items if item.title and (item.published or item.outlet))
    if kind is DoorKind.SITEMAP and news * 2 > len(items):
        kind = DoorKind.NEWS_SITEMAP
    if problem is None and not items and not extraction.children:
        problem = "it is empty" if extraction.confidence == 1.0 else f"nothing of it names a page: {extraction.reason}"
    return Sample(
        candidate=candidate,
        kind=kind,
        url=url,
        order=tuple(dict.fromkeys(url_key(item.url) for item in items)),
        dates=dates,
        title=hints.title,
        language=language_of(items),
        hub=hints.hub,
        home=hints.home,
        next_page=extraction.next_page,
        audio=audio,
        weak_dates=bool(items) and not any(item.published for item in items),
        problem=problem,
        members=extraction.children,
        cut=extraction.cut,
        overlong=extraction.overlong,
    )


def failed(candidate: Candidate, problem: str) -> Sample:
    """A candidate that could not be had."""
    return Sample(candidate=candidate, kind=candidate.kind, url=candidate.url, problem=problem)


def language_of(items: Iterable[ListingItem]) -> str | None:
    """The language of headlines, `None` where there are too few letters to tell."""
    titles = [item.title for item in items if item.title][:TITLES]
    return detect_language(" ".join(titles)) if titles else None


def _judged(candidate: Candidate, extraction: Extraction) -> tuple[DoorKind, str | None]:
    """What a candidate turned out to be, and what is wrong with that."""
    wanted = candidate.kind
    match extraction.kind:
        case PageKind.FEED:
            return DoorKind.FEED, None
        case PageKind.SITEMAP | PageKind.SITEMAP_INDEX:
            return (
                DoorKind.SITEMAP,
                None if wanted is not DoorKind.FEED or candidate.origin is Origin.GIVEN else "no feed but a sitemap",
            )
        case PageKind.LISTING:
            if wanted is DoorKind.LISTING:
                return DoorKind.LISTING, None
            return wanted, f"no {wanted} but a page"
        case PageKind.ARTICLE:
            return wanted, "it is one article" if wanted is DoorKind.LISTING else f"no {wanted} but a page"
        case PageKind.OTHER:
            if wanted is DoorKind.LISTING:
                return wanted, f"no list on it: {extraction.reason}"
            return wanted, f"no {wanted}: {extraction.reason}"
