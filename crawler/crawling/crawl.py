"""The crawl as its surroundings know it: opened, told of answers, asked for more, closed.

A *door* is a page that may name articles, an *errand* one article's page, a *leaf* a further page of that article. The
spider turns them into requests and hands the answers back; what is to be stored leaves here as a `Harvest`, and
`stored` is told when it is.
"""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from crawler.crawling.articles import Articles, hints_of
from crawler.crawling.asking import Asking
from crawler.crawling.brief import Brief
from crawler.crawling.budgets import STOPPED, Budgets
from crawler.crawling.dealings import Dealings
from crawler.crawling.doors import Doors
from crawler.crawling.entries import Entries
from crawler.crawling.reporting import Reporter
from crawler.desk import Desk
from crawler.errands import Asked, Door, Errand, Harvest, Leaf, Next
from crawler.errors import FetchError, ForbiddenAddress, PresswatchError, RobotsRefused, StoreBusy, UsageError
from crawler.frontier import Ledger
from crawler.items import (
    ArticleFilter,
    CrawlKind,
    CrawlOrder,
    CrawlReport,
    CrawlState,
    ListingItem,
    Page,
    PageKind,
    Saved,
)
from crawler.leaves import Leaves
from crawler.sources import Source, SourceKind
from crawler.urls import normalize_url, url_key
from crawler.wire import CrawlEvent
from crawler.workers import ExtractionError

GONE = frozenset({404, 410})
GONE_RETRY = timedelta(days=30)  # mostly for good, but publishers restore articles
REFUSED_RETRY = timedelta(days=1)  # robots.txt is read anew once a day by default
expected_kinds = {
    SourceKind.AUTO: None,
    SourceKind.FEED: PageKind.FEED,
    SourceKind.SITEMAP: PageKind.SITEMAP,
    SourceKind.LISTING: PageKind.LISTING,
}


class Crawl:
    """One crawl as ordered. `expect` is what its spider takes every door to be (`None`: finds out)."""

    def __init__(
        self,
        desk: Desk,
        order: CrawlOrder,
        *,
        expect: PageKind | None = None,
        on_event: Callable[[CrawlEvent], None] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.desk = desk
        self.order = order
        self.stopped = asyncio.Event()
        self.report: CrawlReport | None = None
        self._expect = expect
        self._now = now
        self._began = now()
        self._run_id: int | None = None
        brief = Brief(desk, order, self.stopped, now, clock)
        self._reporter = reporter = Reporter(brief, on_event)
        self._asking = asking = Asking(desk, reporter)
        self._budgets = budgets = Budgets(brief, reporter, asking, Leaves(desk.config.article_pages))
        self._dealings = dealings = Dealings(brief, budgets)
        self._articles = articles = Articles(brief, reporter, asking, budgets, dealings)
        entries = Entries(brief, budgets, dealings)
        self._doors = Doors(
            brief,
            reporter=reporter,
            asking=asking,
            budgets=budgets,
            dealings=dealings,
            articles=articles,
            entries=entries,
        )

    @property
    def errors(self) -> Sequence[str]:
        """What keeps the crawl as a whole from going on."""
        return self._reporter.errors

    async def open(self) -> list[Asked]:
        """Read from the store what was ordered; the first requests. Raises `UsageError`, `StoreError`."""
        call, store = self.desk.call, self.desk.store
        if not self.order.dry_run:
            self._run_id = await call(store.crawls.begin, self.order, pid=os.getpid(), host=socket.gethostname())
        topics = await call(store.topics.list)
        self.desk.pool.use_topics(topics)
        match self.order.kind:
            case CrawlKind.URLS:
                if not self.order.urls:
                    raise UsageError("no URL was given; name one, as https://news.example.com/")
                return [asked for url in self.order.urls for asked in await self._url(url)]
            case CrawlKind.SOURCE:
                return [asked for source in await self._sources() for asked in await self._source(source)]
            case CrawlKind.TOPIC:
                self._articles.followed = topic = await call(store.topics.get, self.order.topic or self.order.name)
                phrases = (topic.name, *topic.aliases)
                return [asked for source in await self._sources() for asked in self._topic(source, phrases)]

    async def _sources(self) -> list[Source]:
        store = self.desk.store
        if self.order.sources:
            return [await self.desk.call(store.sources.get, name) for name in self.order.sources]
        sources = [source for source in await self.desk.call(store.sources.list) if source.enabled]
        if not sources:
            raise UsageError("there is no source to crawl; add one with `presswatch source add URL`")
        return sources

    async def _url(self, text: str) -> list[Asked]:
        run = self._budgets.begin(None, text)
        url = normalize_url(text)
        if url is None:
            self._reporter.refuse(
                run, text, f"{text}: not a URL that can be fetched; it begins with http:// or https://"
            )
            return []
        if self._expect is PageKind.ARTICLE:
            known = (await self.desk.call(self.desk.store.articles.known, [url])).get(url)
            errand = Errand(url, url_key(url), run, ListingItem(url=url), known, direct=True)
            run.count.seen += 1
            run.frontier.begin(errand.host)
            self._budgets.dispatch(errand)
            return [errand]
        return [await self._doors.open(run, url, self._expect)]

    async def _source(self, source: Source) -> list[Asked]:
        run = self._budgets.begin(source, source.name)
        url = normalize_url(source.url)
        if url is None:
            self._reporter.refuse(
                run, source.name, f"{source.name}: its URL {source.url} can't be fetched; correct the source"
            )
            return []
        door = await self._doors.open(run, url, self._expect or expected_kinds[source.kind])
        return [door] if door.headers else []

    def _topic(self, source: Source, phrases: Sequence[str]) -> list[Asked]:
        run = self._budgets.begin(source, source.name)
        doors: list[Door] = []
        if source.topic_template:
            for phrase in phrases:
                template = source.topic_template.replace("{topic}", quote(phrase, safe=""))
                url = normalize_url(template.replace("{page}", "1"))
                if url is None:
                    self._reporter.refuse(
                        run, source.name, f"{source.name}: its topic_template gives no URL: {template}"
                    )
                    break
                follows = template if "{page}" in template else None
                doors.append(Door(url, run, Ledger(run.key, url), None, template=follows))
        url = normalize_url(source.url)
        if url is not None and all(door.url != url for door in doors):
            doors.append(Door(url, run, Ledger(run.key, url), self._expect or expected_kinds[source.kind]))
        run.pages_left -= len(doors)
        return [door for door in doors if self._asking.head(door)]

    async def answered(self, asked: Asked, page: Page) -> list[Next]:
        """What follows from an answer, of whatever status."""
        status = page.status
        if status == 304 and not isinstance(asked, Leaf):
            asked.run.count.not_modified += 1
            return await (self._doors.unchanged(asked) if isinstance(asked, Door) else self._articles.unchanged(asked))
        if status in GONE and isinstance(asked, Door) and asked.page > 1:
            return await self._doors.ends(asked)
        if not 200 <= status < 300:
            retry = GONE_RETRY if status in GONE else timedelta(seconds=self.desk.config.retry_after)
            return await self._failed(asked, f"{page.url}: the server answered {status}", retry)
        try:
            reading = await self.desk.pool.read(page, hints_of(asked, self.desk.config))
        except ExtractionError as error:
            return await self._failed(asked, str(error), timedelta(seconds=self.desk.config.retry_after))
        match asked:
            case Errand():
                return await self._articles.read(asked, page, reading)
            case Leaf():
                asked.read.came(page, reading.extraction)
                return await self._articles.turn(asked.errand, asked.read)
            case Door():
                return await self._doors.read(asked, page, reading)

    async def failed(self, asked: Asked, error: BaseException) -> list[Next]:
        """What follows from a request that got no answer."""
        match error:
            case RobotsRefused():
                return await self._failed(asked, str(error), REFUSED_RETRY)
            case ForbiddenAddress():
                text = str(error) if asked.url in str(error) else f"{asked.url}: it leads to {error}"
                return await self._failed(asked, text, GONE_RETRY)
            case StoreBusy():
                return await self._failed(asked, str(error), None)
            case FetchError() if self.stopped.is_set():
                return await self._left_out(asked)
            case PresswatchError():
                return await self._failed(asked, str(error), timedelta(seconds=self.desk.config.retry_after))
            case _:
                text = f"{asked.url}: {type(error).__name__}: {error}"
                return await self._failed(asked, text, timedelta(seconds=self.desk.config.retry_after))

    async def _failed(self, asked: Asked, reason: str, retry: timedelta | None) -> list[Next]:
        """`retry` is `None` where the URL is not to blame and need not be set aside."""
        match asked:
            case Leaf():
                asked.read.failed(reason)
                return await self._articles.turn(asked.errand, asked.read)
            case Door():
                return await self._doors.failed(asked, reason)
            case Errand():
                return await self._articles.failed(asked, reason, retry)

    async def _left_out(self, asked: Asked) -> list[Next]:
        if isinstance(asked, Leaf):
            return await self._failed(asked, STOPPED, None)
        asked.run.count.skipped += 1
        if isinstance(asked, Door):
            await self._doors.left_out(asked)
        else:
            asked.run.frontier.done(asked.host)
            await self._dealings.deal(asked.key, False)
        return []

    def request_headers(self, asked: Asked, url: str) -> dict[str, str]:
        """As `Asking.headers`."""
        return self._asking.headers(asked, url)

    def count_request(self, asked: Asked) -> Callable[[int], None]:
        """As `Asking.count_request`."""
        return self._asking.count_request(asked)

    async def stored(self, harvest: Harvest, saved: Sequence[Saved]) -> None:
        """As `Articles.stored`."""
        await self._articles.stored(harvest, saved)

    async def not_stored(self, harvest: Harvest, error: PresswatchError) -> None:
        """As `Articles.not_stored`."""
        await self._articles.not_stored(harvest, error)

    def fail(self, error: str) -> None:
        """As `Reporter.fail`."""
        self._reporter.fail(error)

    def more(self) -> list[Next]:
        """As `Budgets.all_more`."""
        return self._budgets.all_more()

    @property
    def expects_more(self) -> bool:
        """As `Budgets.expects_more`."""
        return self._budgets.expects_more

    def stop(self) -> None:
        """Ask nothing more; what came in is still stored."""
        self.stopped.set()

    async def heartbeat(self) -> None:
        """Tell the table of runs that this crawl lives."""
        if self._run_id is not None:
            await self.desk.call(self.desk.store.crawls.heartbeat, self._run_id)

    async def close(self) -> CrawlReport:
        """Close the books, give back the hosts; the report."""
        for key, kept in list(self._dealings.dealt.items() if not self._reporter.broken else ()):
            await self._dealings.release(key, kept)
        for run in self._reporter.runs:
            run.count.skipped += run.frontier.clear()
        store, call = self.desk.store, self.desk.call
        in_store = 0
        if not self._reporter.broken:
            await self._articles.keep_unmatched()
        if self.order.topic is not None and not self._reporter.broken:
            in_store = await call(store.articles.count, ArticleFilter(topic=self.order.topic))
        ended = self._now()
        report = CrawlReport(
            order=self.order,
            state=self._reporter.state(),
            started_at=self._began,
            ended_at=ended,
            counts=tuple(run.count for run in self._reporter.runs),
            errors=tuple(self._reporter.errors),
            in_store=in_store,
            preview=tuple(self._reporter.preview),
        )
        self.report = report
        await self.desk.politeness.leave(self)
        if self._run_id is not None:
            if self.order.kind is CrawlKind.SOURCE and report.state is not CrawlState.STOPPED:
                await self._record_sources(ended)
            await call(store.crawls.end, self._run_id, report)
        return report

    async def _record_sources(self, ended: datetime) -> None:
        for run in self._reporter.runs:
            if run.source is None:
                continue
            error = run.count.errors[0] if run.door_failed and run.count.errors else None
            await self.desk.call(
                self.desk.store.sources.record,
                run.source.name,
                at=ended,
                ok=not run.door_failed,
                new=run.count.new + run.count.copies > 0,
                error=error,
            )
