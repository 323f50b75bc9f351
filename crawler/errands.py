"""What a crawl goes about with: a run at each source, doors to read, errands to articles, harvests to store.

A *door* is a page that may name articles, an *errand* one article's page, a *leaf* a further page of that article.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from crawler.extract.long_reads import LongRead
from crawler.frontier import Frontier, Ledger
from crawler.items import (
    ArticleRecord,
    Ceiling,
    DoorHints,
    KnownUrl,
    ListingItem,
    PageKind,
    Pushed,
    SourceCount,
    Validators,
)
from crawler.politeness import host_of
from crawler.source_health import DoorReading
from crawler.sources import Limits, Source
from crawler.topics.searches import Asking, page_url
from crawler.topics.walk import Walk
from crawler.url_traps import Yields


@dataclass(slots=True, eq=False)
class Run:
    """What a crawl does at one source (or one URL that belongs to none).

    `doors` counts those it is entered by, `doors_open` those of which nothing is known yet, `door_errors` tells of
    those that failed. `left` are patterns of URLs that earlier crawls dropped, until when. `readings` and `pages` are
    what `crawler.source_health` is told of; `blind` are outlets that a search names by links only a browser can follow.
    `ready` are doors to be asked next; `passed_over` counts articles left for the sake of a host; `no_room`: a door was
    put off for want of room in a budget; `postponed` says why no article is asked until there is room, under the
    ceiling and from the moment (epoch seconds) of `short`; `put_off` are articles, by URL, with the ceiling that they
    wait for (`None`: their host is left alone) and until when; `hints` are what its doors say of when to come back;
    `resting` is when (epoch seconds) each door may be asked whose host is left alone.
    `moved` holds of each door that answered where it is for good now, `None` for where it was asked.
    `validators` of doors by URL and the URLs of articles due for an edit check or another try (`checks`) were read from
    the store as the run began.
    """

    count: SourceCount
    source: Source | None
    limits: Limits
    zone: str | None
    pages_left: int
    max_articles: int
    deadline: float
    frontier: Frontier[Errand]
    reserved: int = 0
    refused: bool = False
    doors: int = 0
    doors_open: int = 0
    door_errors: list[str] = field(default_factory=list)
    cut_short: str | None = None
    passed_over: int = 0
    postponed: str | None = None
    resting: list[float] = field(default_factory=list)
    named: set[str] = field(default_factory=set)
    searches: list[Search] = field(default_factory=list)
    left: dict[str, datetime] = field(default_factory=dict)
    validators: dict[str, Validators | None] = field(default_factory=dict)
    checks: Sequence[str] = ()
    yields: Yields = field(default_factory=Yields)
    readings: list[DoorReading] = field(default_factory=list)
    pages: list[tuple[float, int]] = field(default_factory=list)
    blind: list[str | None] = field(default_factory=list)
    ready: list[Door] = field(default_factory=list)
    hints: dict[str, DoorHints] = field(default_factory=dict)
    put_off: dict[str, tuple[Ceiling | None, float]] = field(default_factory=dict)
    short: tuple[Ceiling, float] | None = None
    no_room: bool = False
    moved: dict[str, str | None] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The source's name in the store, empty for a URL that belongs to none."""
        return self.source.name if self.source is not None else ""

    @property
    def unasked(self) -> bool:
        """Whether none of its doors could be asked, for want of room in a budget or because their hosts are left alone,
        so that nothing was learnt of the source.
        """
        put_off = self.no_room or self.postponed is not None or bool(self.resting)
        return put_off and not (self.readings or self.count.not_modified or self.door_errors)

    @property
    def door_failed(self) -> bool:
        """Whether the source can't be crawled: it was refused, or none of its doors could be read."""
        unread = len(self.door_errors) + len(self.resting)
        return self.refused or (bool(self.door_errors) and unread >= self.doors > 0)


@dataclass(slots=True, eq=False)
class Search:
    """A template that is walked for one phrase; `origin` is scheme and host of the source, where it belongs to one.

    `dates` holds when the articles read were published, by key, for pages of results that do not show it.
    """

    template: str
    asking: Asking
    origin: str
    walk: Walk
    dates: dict[str, datetime] = field(default_factory=dict)

    def url(self, page: int) -> str | None:
        """The URL of a page, from 1."""
        return page_url(self.template, self.asking, page, self.origin)

    @property
    def name(self) -> str | None:
        """The URL of its first page as it is on any day."""
        return page_url(self.template, replace(self.asking, since=None), 1, self.origin)

    @property
    def memory(self) -> str:
        """What its coverage is kept by: a template with pages reaches further than another with the same first page."""
        return f"{self.name}#{self.template}"


@dataclass(slots=True, eq=False)
class Door:
    """A page that may name articles. `page` counts from 1 along its pagination, `depth` down a sitemap index.

    `unfinished`: an earlier crawl did not come to the end of its pages, so they are walked though the first names
    nothing new. `titled`: what it calls articles is kept and compared; one door a source, as two differ in words.
    `search` is what it is a page of, `chain` the pages that led to it. `pushed` is read in place of asking for it.
    `moved`: where its server says that it is for good now (301, 308).
    """

    url: str
    run: Run
    ledger: Ledger
    expect: PageKind | None
    page: int = 1
    depth: int = 1
    search: Search | None = None
    chain: tuple[str, ...] = ()
    titled: bool = True
    validators: Validators | None = None
    unfinished: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    priority: int = 100
    pushed: Pushed | None = None
    moved: str | None = None

    @property
    def is_first(self) -> bool:
        """Whether it is what the source or the person named, not what such a page led to."""
        return self.page == 1 and self.depth == 1


@dataclass(slots=True, eq=False)
class Errand:
    """One article's page.

    `direct`: named by a person, not by a door. `anew`: asked without condition although known. `provisional`: the long
    text of the door is stored. `fallback` is that text in a dry run, shown when the page can't be had. `title` is what
    its door is held to (`frontier.listed_title`). `alone`: it turned out to be no page of an article that another
    errand read, so it is not left to that again. `insists`: another crawl dealt with it and nothing of it is stored.
    """

    url: str
    key: str
    run: Run
    item: ListingItem
    known: KnownUrl | None = None
    direct: bool = False
    anew: bool = False
    alone: bool = False
    insists: bool = False
    reserved: bool = False
    provisional: bool = False
    fallback: ArticleRecord | None = None
    title: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    priority: int = 0

    @property
    def host(self) -> str:
        """Where it is asked."""
        return host_of(self.url)


@dataclass(slots=True, eq=False)
class Leaf:
    """A further page of the article that an errand reads; before other errands, so that few articles stay open."""

    url: str
    errand: Errand
    read: LongRead
    headers: Mapping[str, str] = field(default_factory=dict)
    priority: int = 50

    @property
    def run(self) -> Run:
        """Whose request it is."""
        return self.errand.run


@dataclass(frozen=True, slots=True, eq=False)
class Harvest:
    """Records to be stored together, of one errand (or of a door's long texts: `errand` is `None`)."""

    run: Run
    records: tuple[ArticleRecord, ...]
    errand: Errand | None = None


Asked = Door | Errand | Leaf
Next = Door | Errand | Leaf | Harvest
