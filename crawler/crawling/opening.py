"""How a crawl begins: what was ordered, as the first requests."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import unquote

from crawler.config import zone_of
from crawler.crawling import books
from crawler.crawling.articles import Articles
from crawler.crawling.asking import Asking
from crawler.crawling.books import MAX_DOORS, SourceBook
from crawler.crawling.brief import Brief
from crawler.crawling.budgets import Budgets
from crawler.crawling.dealings import Dealings
from crawler.crawling.doors import Doors
from crawler.crawling.entries import Entries
from crawler.crawling.reporting import Reporter
from crawler.errands import Asked, Door, Errand, Run, Search
from crawler.errors import UsageError
from crawler.items import CrawlKind, ListingItem, PageKind, Topic
from crawler.sources import Source, SourceDoor, SourceKind
from crawler.topics import searches as topic_searches
from crawler.topics.walk import Walk
from crawler.url_traps import Yields
from crawler.urls import normalize_url, url_key
from storage.patterns import DroppedPattern

MAX_PHRASES = 10  # of a topic that each search is asked for: the name and nine other spellings
NO_SEARCH = "no search page known; its doors were read"
# Whose titles are kept, where a source has several doors: listings shorten theirs.
TITLED: dict[PageKind | None, int] = {PageKind.FEED: 0, PageKind.SITEMAP: 1, None: 2}

expected_kinds = {
    SourceKind.AUTO: None,
    SourceKind.FEED: PageKind.FEED,
    SourceKind.SITEMAP: PageKind.SITEMAP,
    SourceKind.LISTING: PageKind.LISTING,
}


class Opening:
    """Opens the runs of a crawl. `expect` is what its spider takes every door to be (`None`: finds out)."""

    def __init__(
        self,
        brief: Brief,
        *,
        reporter: Reporter,
        asking: Asking,
        budgets: Budgets,
        articles: Articles,
        entries: Entries,
        doors: Doors,
        expect: PageKind | None,
        dealings: Dealings,
    ) -> None:
        self._desk = brief.desk
        self._order = brief.order
        self._now = brief.now
        self._reporter = reporter
        self._asking = asking
        self._budgets = budgets
        self._articles = articles
        self._entries = entries
        self._doors = doors
        self._expect = expect
        self._dealings = dealings

    async def open(self, book: SourceBook | None) -> list[Asked]:
        """The first requests; `book` is of the source of a crawl of one. Raises `UsageError`, `StoreError`."""
        order, store = self._order, self._desk.store
        match order.kind:
            case CrawlKind.URLS:
                if not order.urls:
                    raise UsageError("no URL was given; name one, as https://news.example.com/")
                return [asked for url in order.urls for asked in await self._url(url)]
            case CrawlKind.SOURCE:
                if book is not None:
                    return await self._source(book)
                read = self._desk.call
                return [
                    asked
                    for source in await self._sources()
                    for asked in await self._source(await read(books.read, store, source))
                ]
            case CrawlKind.TOPIC:
                topic = await self._desk.call(store.topics.get, order.topic or order.name)
                self._articles.followed = topic
                self._entries.follow(topic)
                searched = [asked for name in order.searches for asked in await self._search(name, topic)]
                if order.searches and not order.sources:
                    return searched
                return [
                    *searched,
                    *[asked for source in await self._sources() for asked in await self._topic(source, topic)],
                ]

    async def _sources(self) -> list[Source]:
        store = self._desk.store
        if self._order.sources:
            return [await self._desk.call(store.sources.get, name) for name in self._order.sources]
        sources = [source for source in await self._desk.call(store.sources.list) if source.enabled]
        if not sources:
            raise UsageError("there is no source to crawl; add one with `presswatch source add URL`")
        return sources

    async def _url(self, text: str) -> list[Asked]:
        run = self._budgets.begin(None, text)
        url = normalize_url(text)
        if url is None:
            reason = f"{text}: not a URL that can be fetched; it begins with http:// or https://"
            self._reporter.refuse(run, text, reason)
            return []
        if self._expect is not PageKind.ARTICLE:
            return [await self._doors.open(run, url, self._expect)]
        known = (await self._desk.call(self._desk.store.articles.known, [url])).get(url)
        errand = Errand(url, url_key(url), run, ListingItem(url=url), known, direct=True)
        run.doors += 1
        run.count.seen += 1
        run.frontier.begin(errand.host)
        self._budgets.dispatch(errand)
        return [errand]

    async def _source(self, book: SourceBook) -> list[Asked]:
        source = book.source
        run = self._begin(source, book.dropped)
        if self._dealings.remembers and not self._order.recheck:
            run.validators = dict(book.validators)
        run.checks = book.checks
        asked: list[Asked] = []
        entrances = self._entrances(run, source)
        titled = min(entrances, key=lambda entrance: TITLED.get(entrance[1], len(TITLED)), default=None)
        for entrance in entrances:
            url, expect = entrance
            door = await self._doors.open(run, url, expect, titled=entrance == titled)
            if door.headers:
                asked.append(door)
        return asked

    def _begin(self, source: Source, dropped: Sequence[DroppedPattern]) -> Run:
        """A run, with the patterns of URLs that earlier crawls dropped."""
        run = self._budgets.begin(source, source.name)
        run.left = {one.pattern: one.retry_at for one in dropped}
        run.yields = Yields({one.pattern: one.times for one in dropped})
        return run

    def _entrances(self, run: Run, source: Source) -> list[tuple[str, PageKind | None]]:
        """The URLs by which a source is entered and what each is taken to be; what gives no URL is told."""
        doors = source.doors or (SourceDoor(url=source.url, kind=source.kind),)
        found: dict[str, PageKind | None] = {}
        for door in doors[:MAX_DOORS]:
            url = normalize_url(door.url)
            if url is not None:
                found.setdefault(url, self._expect or expected_kinds[door.kind])
            elif source.doors:
                self._lost(run, f"{source.name}: its door {door.url} can't be fetched; correct the source")
            else:
                reason = f"{source.name}: its URL {source.url} can't be fetched; correct the source"
                self._reporter.refuse(run, source.name, reason)
        if len(doors) > MAX_DOORS:
            self._reporter.limit(run, f"{len(doors) - MAX_DOORS} of its doors are left, the most is {MAX_DOORS}")
        return list(found.items())

    def _lost(self, run: Run, reason: str) -> None:
        """One of several doors can't even be asked."""
        run.doors += 1
        run.count.failed += 1
        run.door_errors.append(reason)
        self._reporter.warn(run, run.count.source, reason)

    # ----------------------------------------------------------------------------------------------------- topics
    async def _search(self, name: str, topic: Topic) -> list[Asked]:
        """A known search page."""
        site = topic_searches.search_named(name)
        run = self._budgets.begin(None, name)
        return list(await self._walks(run, site.templates, topic, by_date=site.by_date))

    async def _topic(self, source: Source, topic: Topic) -> list[Asked]:
        """The search and tag pages of a source, and its doors."""
        run = self._begin(source, await self._desk.call(self._desk.store.patterns.list, source.name))
        templates, by_date = topic_searches.templates_of(source)
        asked = await self._walks(run, templates, topic, by_date=by_date, origin=topic_searches.origin_of(source.url))
        if not templates:
            run.count.stops.append(NO_SEARCH)
        walked = {door.url for door in asked}
        for url, expect in self._entrances(run, source):
            if url not in walked:
                asked.append(await self._doors.open(run, url, expect))
        return [door for door in asked if door.headers]

    async def _walks(
        self, run: Run, templates: Sequence[str], topic: Topic, *, by_date: bool | None, origin: str = ""
    ) -> list[Door]:
        """The first page of each template for each phrase of the topic."""
        order, store = self._order, self._desk.store
        zone = zone_of(run.zone)
        since = order.since.astimezone(zone) if order.since is not None else None
        phrases = list(dict.fromkeys((topic.name, *topic.aliases)))
        if templates and len(phrases) > MAX_PHRASES:
            self._reporter.limit(run, f"{len(phrases) - MAX_PHRASES} of the topic's phrases are not searched for")
        doors: list[Door] = []
        for template in templates:
            try:
                topic_searches.check_template(template)
            except UsageError as error:
                self._lost(run, f"{run.count.source}: {error}")
                continue
            for phrase in phrases[:MAX_PHRASES]:
                asking = topic_searches.Asking(phrase, since, self._now().astimezone(zone))
                search = Search(template, asking, origin, Walk(since=None, most=1))
                url = search.url(1)
                if url is None or search.name is None:
                    self._lost(run, f"{run.count.source}: {template} gives no URL for {phrase!r}")
                    continue
                search.walk = Walk(
                    since=since,
                    most=self._desk.config.topic_pages if order.since is not None else run.limits.max_depth,
                    by_date=by_date,
                    covered=await self._desk.call(store.searches.covered, topic.name, search.memory),
                )
                run.searches.append(search)
                run.named.add(url_key(url))
                door = await self._doors.open(run, url, self._expect, search=search)
                doors.append(door)
        return doors


def told(search: Search) -> str:
    """Why a search ended, in a line."""
    first = unquote(search.name or search.template)
    return f"{search.asking.phrase} at {first}: {search.walk.stopped or 'cut short'}"


def told_blind(run: Run) -> str | None:
    """What can't be had of a search whose links lead on by script, and the way out."""
    if not run.blind:
        return None
    outlets = ", ".join(list(dict.fromkeys(outlet for outlet in run.blind if outlet))[:5])
    named = f" (of {outlets})" if outlets else ""
    few = "1 result has a link" if len(run.blind) == 1 else f"{len(run.blind)} results have links"
    return f"{few} that only a browser can follow{named}; add the outlets as sources"
