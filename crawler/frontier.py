"""What is fetched next, and what has become of what a door named. Pure: values in, values out; `now` is an argument.

A *door* is a page that names articles (feed, sitemap, listing). Its validators are kept only when everything it named
was dealt with; `Ledger` is the book of that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from heapq import heapify, heappop, heappush
from typing import Generic, TypeVar

from crawler.items import ArticleRecord, CrawlKind, CrawlOrder, KnownUrl, ListingItem, Moment, PageKind, Validators
from crawler.text import clean_text

T = TypeVar("T")

CLOCK_SKEW = timedelta(hours=1)  # a modification dated further ahead than this is a wrong clock, not an edit
SAME_DATE_ITEMS = 5  # so many items with one and the same modification time are a generator's clock, not edits
SAME_DATE_SHARE = 0.5
MAX_TITLE = 500  # characters of a door's title that are compared: headlines are shorter, and the store is not a dump
MAX_CHILDREN = 5  # sitemaps of an index that one crawl looks into: news first, then the newest months


class Step(StrEnum):
    """What is done about an item of a door.

    CHECK asks whether a known article changed (a conditional request), REREAD reads it because its door says that it
    did: without condition, so that the door's word can be stored and is not acted on again.
    """

    FOLLOW = "follow"
    CHECK = "check"
    REREAD = "reread"
    KNOWN = "known"
    TOO_OLD = "too old"
    ASIDE = "set aside"


def decide(item: ListingItem, known: KnownUrl | None, order: CrawlOrder, door: PageKind, now: datetime) -> Step:
    """What to do about one item: `known` is what the store knows of its URL (`None`: never met)."""
    published = item.published.utc if item.published is not None else None
    if order.since is not None and published is not None and published < order.since:
        return Step.TOO_OLD
    if known is None:
        return Step.FOLLOW
    if known.set_aside_until is not None and known.set_aside_until > now and not order.recheck:
        return Step.ASIDE if known.article_id is None else Step.KNOWN
    if known.unmatched_at is not None and not order.recheck and not _is_later(item.modified, known.unmatched_at, now):
        return Step.ASIDE if known.article_id is None else Step.KNOWN
    if known.article_id is None or known.provisional:
        return Step.FOLLOW
    if order.seen_since is not None and known.fetched_at is not None and known.fetched_at < order.seen_since:
        return Step.KNOWN
    if _says_modified(item, known, now) or _says_retitled(listed_title(item, order, door), known):
        return Step.REREAD
    return Step.CHECK if order.recheck or known.due else Step.KNOWN


def _says_modified(item: ListingItem, known: KnownUrl, now: datetime) -> bool:
    """Whether the door dates the article later than what is stored, by the publisher's clock where it is known."""
    before = known.modified or known.fetched_at
    return before is not None and _is_later(item.modified, before, now)


def _is_later(modified: Moment | None, before: datetime, now: datetime) -> bool:
    """Whether a modification is dated after `before`, and not by a wrong clock."""
    return modified is not None and before < modified.utc <= now + CLOCK_SKEW


def listed_title(item: ListingItem, order: CrawlOrder, door: PageKind) -> str | None:
    """What a door calls an article, if it will say the same next time unless the headline changes.

    Listings shorten headlines. Searches for a topic and doors named once are several at a time and differ in words, and
    nothing keeps what each of them said apart.
    """
    if order.kind is not CrawlKind.SOURCE or door not in (PageKind.FEED, PageKind.SITEMAP) or not item.title:
        return None
    return clean_text(item.title).replace("\n", " ")[:MAX_TITLE] or None


def _says_retitled(title: str | None, known: KnownUrl) -> bool:
    """Whether the door shows another title than it last did."""
    return title is not None and known.listing_title is not None and title not in (known.listing_title, known.title)


def credible(items: Sequence[ListingItem]) -> tuple[ListingItem, ...]:
    """The items without modification times that only tell when the feed or sitemap was generated."""
    times = Counter(item.modified.utc for item in items if item.modified is not None)
    doubtful = {
        moment
        for moment, count in times.items()
        if count >= SAME_DATE_ITEMS and count > SAME_DATE_SHARE * times.total()
    }
    if not doubtful:
        return tuple(items)
    return tuple(
        replace(item, modified=None) if item.modified is not None and item.modified.utc in doubtful else item
        for item in items
    )


def urgency(item: ListingItem) -> tuple[float, int]:
    """Sort key of the frontier, smallest first: newest first, undated ones by their place on the door."""
    dated = item.published or item.modified
    return (-dated.utc.timestamp() if dated is not None else 0.0, item.position)


def enriched(item: ListingItem, other: ListingItem) -> ListingItem:
    """The item with what another door tells of the same article and this one does not."""
    if item.title and item.published and item.modified and item.authors:
        return item
    return replace(
        item,
        title=item.title or other.title,
        published=item.published or other.published,
        modified=item.modified or other.modified,
        authors=item.authors or other.authors,
    )


def children_first(children: Iterable[ListingItem]) -> tuple[ListingItem, ...]:
    """The sitemaps of an index that are worth a look: news sitemaps first, then the newest, at most `MAX_CHILDREN`."""

    def rank(child: ListingItem) -> tuple[bool, float, int]:
        dated = child.modified or child.published
        return ("news" not in child.url.lower(), -dated.utc.timestamp() if dated else 0.0, -child.position)

    return tuple(sorted(children, key=rank)[:MAX_CHILDREN])


def with_listing(
    record: ArticleRecord, item: ListingItem, known: KnownUrl | None = None, title: str | None = None
) -> ArticleRecord:
    """The record with what only its door told: publication time and authors where the page has none, `listed_title`.

    A door's modification time later than the page's is taken over, it is the publisher's word as well: so a door that
    always says a later one is believed once. A page that says an earlier one than is stored (`known`) says nothing.
    """
    article = record.article
    latest = _later(article.modified, item.modified)
    if latest is not None and known is not None and known.modified is not None and latest.utc < known.modified:
        latest = None
    published = article.published or item.published
    authors = article.authors or item.authors
    if title != record.listing_title:
        record = replace(record, listing_title=title)
    if (published, authors, latest) == (article.published, article.authors, article.modified):
        return record
    return replace(record, article=replace(article, published=published, authors=authors, modified=latest))


def _later(page: Moment | None, door: Moment | None) -> Moment | None:
    if door is None or (page is not None and page.utc >= door.utc):
        return page
    return door


def is_wanted(record: ArticleRecord, order: CrawlOrder) -> bool:
    """Whether a record belongs to what was ordered: its topic, and not published before `since`."""
    if order.topic is not None and order.topic not in record.topics:
        return False
    published = record.article.published
    return order.since is None or published is None or published.utc >= order.since


class Ledger:
    """What a door named and what has become of it.

    `settled` once everything was dealt with; `kept` tells whether each thing was stored, was known, or was set aside
    with a time to try again, so that an unchanged door may answer 304 the next time without anything being missed. A
    further page of a listing is entered in the ledger of the page that led to it (`parent`) under its URL; `unfinished`
    while the store says that such pages are being walked. `then` is done once it is settled.
    """

    __slots__ = ("_keys", "_read", "kept", "parent", "source", "then", "unfinished", "url", "validators")

    def __init__(self, source: str, url: str, parent: Ledger | None = None) -> None:
        self.source = source
        self.url = url
        self.parent = parent
        self.validators: Validators | None = None
        self.then: Callable[[], None] | None = None
        self.unfinished = False
        self.kept = True
        self._keys: set[str] = set()
        self._read = False

    @property
    def settled(self) -> bool:
        """Whether the door was read and nothing that it named is open."""
        return self._read and not self._keys

    def expect(self, key: str) -> None:
        """Something that the door named is being dealt with."""
        self._keys.add(key)

    def read(self) -> None:
        """All that the door names has been entered."""
        self._read = True

    def deal(self, key: str, kept: bool) -> None:
        """What became of one of them."""
        self._keys.discard(key)
        self.kept = self.kept and kept

    def spoil(self) -> None:
        """Something was left out: the door must be read again in full."""
        self.kept = False


class Frontier(Generic[T]):
    """What waits to be fetched for one source, and how much of it is under way: newest first, so many a host.

    A host that is slow to give turns must not hold up the others; so little of it is handed out at once.
    """

    def __init__(self, window: int, a_host: int) -> None:
        self._window = window
        self._a_host = a_host
        self._queues: dict[str, list[tuple[tuple[float, int], int, T]]] = {}
        self._under_way: Counter[str] = Counter()
        self._number = 0

    @property
    def waiting(self) -> int:
        """How many wait."""
        return sum(len(queue) for queue in self._queues.values())

    @property
    def under_way(self) -> int:
        """How many were taken and are not done."""
        return self._under_way.total()

    def push(self, host: str, rank: tuple[float, int], thing: T) -> None:
        """Let something wait; the smallest rank comes first, among equals the one that came first."""
        self._number += 1
        heappush(self._queues.setdefault(host, []), (rank, self._number, thing))

    def first(self) -> T | None:
        """What `take` would give; `None` when nothing waits for which there is room."""
        host = self._next()
        return None if host is None else self._queues[host][0][2]

    def take(self) -> T | None:
        """The most urgent of the hosts that have room, now under way."""
        host = self._next()
        if host is None:
            return None
        thing = heappop(self._queues[host])[2]
        if not self._queues[host]:
            del self._queues[host]
        self.begin(host)
        return thing

    def begin(self, host: str) -> None:
        """Something that never waited is under way."""
        self._under_way[host] += 1

    def done(self, host: str) -> None:
        """Something of a host is no longer under way."""
        self._under_way[host] -= 1
        if self._under_way[host] <= 0:
            del self._under_way[host]

    def remove(self, unwanted: Callable[[T], bool], host: str | None = None) -> list[T]:
        """Take out what waits and is unwanted (of one host, or of all), without it being under way."""
        removed: list[T] = []
        for name in [host] if host is not None else list(self._queues):
            queue = self._queues.get(name, [])
            left = [entry for entry in queue if not unwanted(entry[2])]
            if len(left) == len(queue):
                continue
            removed += [entry[2] for entry in sorted(queue, key=lambda entry: entry[:2]) if unwanted(entry[2])]
            heapify(left)
            self._queues[name] = left
            if not left:
                del self._queues[name]
        return removed

    def _next(self) -> str | None:
        if self.under_way >= self._window:
            return None
        free = [host for host in self._queues if self._under_way[host] < self._a_host]
        return min(free, key=lambda host: self._queues[host][0][:2], default=None)
