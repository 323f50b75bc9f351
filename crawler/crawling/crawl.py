"""The crawl as its surroundings know it: opened, told of answers, asked for more, closed.

A *door* is a page that may name articles, an *errand* one article's page, a *leaf* a further page of that article. The
spider turns them into requests and hands the answers back; what is to be stored leaves here as a `Harvest`, and
`stored` is told when it is.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from crawler.crawling import books
from crawler.crawling.articles import Articles, hints_of
from crawler.crawling.asking import Asking
from crawler.crawling.brief import Brief
from crawler.crawling.budgets import STOPPED, Budgets
from crawler.crawling.dealings import Dealings
from crawler.crawling.doors import Doors
from crawler.crawling.entries import Entries
from crawler.crawling.opening import Opening, told, told_blind
from crawler.crawling.reporting import Reporter
from crawler.desk import Desk
from crawler.errands import Asked, Door, Errand, Harvest, Leaf, Next, Run
from crawler.errors import (
    BudgetSpent,
    FetchedElsewhere,
    FetchError,
    ForbiddenAddress,
    HostBusy,
    HostLeftAlone,
    PresswatchError,
    RobotsRefused,
    StoreError,
)
from crawler.items import (
    ArticleFilter,
    CrawlKind,
    CrawlOrder,
    CrawlReport,
    CrawlState,
    Page,
    PageKind,
    Saved,
    SetAside,
)
from crawler.leaves import Leaves
from crawler.wire import CrawlEvent
from crawler.workers import ExtractionError

GONE = frozenset({404, 410})
GONE_RETRY = timedelta(days=30)  # mostly for good, but publishers restore articles
BUSY_RETRY = 60.0  # seconds until a host that another process crawls is asked for again
REFUSED_RETRY = timedelta(days=1)  # robots.txt is read anew once a day by default


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
        self.refusals = 0
        """Records that the store refused one by one, in a row."""
        self._now = now
        self._began = now()
        self._run_id: int | None = None
        self._brief = brief = Brief(desk, order, self.stopped, now, clock, began=clock())
        self._reporter = reporter = Reporter(brief, on_event)
        self._asking = asking = Asking(desk, reporter)
        self._budgets = budgets = Budgets(brief, reporter, asking, Leaves(desk.config.article_pages))
        self._dealings = dealings = Dealings(brief, budgets)
        self._articles = articles = Articles(brief, reporter, asking, budgets, dealings)
        entries = Entries(brief, reporter, budgets, dealings)
        self._doors = Doors(
            brief,
            reporter=reporter,
            asking=asking,
            budgets=budgets,
            dealings=dealings,
            articles=articles,
            entries=entries,
        )
        self._opening = Opening(
            brief,
            reporter=reporter,
            asking=asking,
            budgets=budgets,
            articles=articles,
            entries=entries,
            doors=self._doors,
            expect=expect,
            dealings=dealings,
        )

    @property
    def errors(self) -> Sequence[str]:
        """What keeps the crawl as a whole from going on."""
        return self._reporter.errors

    async def open(self) -> list[Asked]:
        """Read from the store what was ordered; the first requests. Raises `UsageError`, `StoreError`."""
        beginning = await self.desk.call(books.begin, self.desk.store, self.order)
        self._run_id = beginning.run
        self.desk.pool.use_topics(beginning.topics)
        return await self._opening.open(beginning.book)

    async def claim(self, errand: Errand) -> bool:
        """Whether an article is for this crawl to fetch, and not dealt with by another since this one began; waits
        while another fetches it.
        """
        brief = self._brief
        if not brief.shares(errand):
            return True
        return await self.desk.claims.take(errand.key, brief.token, brief.began, self.stopped)

    async def answered(self, asked: Asked, page: Page) -> list[Next]:
        """What follows from an answer, of whatever status."""
        try:
            return await self._answered(asked, page)
        except StoreError as error:
            return self.give_up(error)

    async def failed(self, asked: Asked, error: BaseException) -> list[Next]:
        """What follows from a request that got no answer."""
        try:
            return await self._unanswered(asked, error)
        except StoreError as refusal:
            return self.give_up(refusal)

    def give_up(self, error: StoreError) -> list[Next]:
        """Without a store nothing more is asked, which is told once whatever else meets it. Nothing follows."""
        if not self._reporter.broken:
            self.fail(str(error))
        self.stop()
        return []

    async def _answered(self, asked: Asked, page: Page) -> list[Next]:
        status = page.status
        if status == 304 and not isinstance(asked, Leaf):
            asked.run.count.not_modified += 1
            if isinstance(asked, Door):
                self._doors.heed(asked, page)
            return await (self._doors.unchanged(asked) if isinstance(asked, Door) else self._articles.unchanged(asked))
        if status in GONE and isinstance(asked, Door) and (asked.page > 1 or asked.search is not None):
            return await self._doors.ends(asked)
        if status in GONE and isinstance(asked, Door):
            return await self._doors.missing(asked, f"{page.url}: the server answered {status}")
        if status in GONE and isinstance(asked, Errand):
            await self._articles.in_vain(asked)
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

    async def _unanswered(self, asked: Asked, error: BaseException) -> list[Next]:
        match error:
            case FetchedElsewhere() if isinstance(asked, Errand):
                return await self._articles.elsewhere(asked)
            case RobotsRefused():
                return await self._failed(asked, str(error), REFUSED_RETRY)
            case ForbiddenAddress():
                text = str(error) if asked.url in str(error) else f"{asked.url}: it leads to {error}"
                return await self._failed(asked, text, GONE_RETRY)
            case BudgetSpent():
                self._budgets.postpone(asked, error, self._now().timestamp())
                if isinstance(asked, Door):
                    return await self._doors.unasked(asked, str(error))
                return await self._left_out(asked, str(error))
            case HostLeftAlone() | HostBusy() if isinstance(asked, Door) and self.order.due_at is not None:
                # Nothing was sent: the look is put off, and no failure of the source.
                seconds = error.seconds if isinstance(error, HostLeftAlone) else BUSY_RETRY
                return await self._doors.rests(asked, str(error), self._now().timestamp() + seconds)
            case HostLeftAlone() | HostBusy() if (
                isinstance(asked, Errand) and not asked.direct and self.order.due_at is not None
            ):
                seconds = error.seconds if isinstance(error, HostLeftAlone) else BUSY_RETRY
                self._budgets.leave_host(asked, str(error), self._now().timestamp() + seconds)
                return await self._left_out(asked)
            case HostBusy():
                return await self._failed(asked, str(error), None)
            case StoreError():
                return self.give_up(error)
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

    async def _left_out(self, asked: Asked, reason: str = STOPPED) -> list[Next]:
        if isinstance(asked, Leaf):
            return await self._failed(asked, reason, None)
        asked.run.count.skipped += 1
        if isinstance(asked, Door):
            await self._doors.left_out(asked, reason)
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
        try:
            return await self._close()
        finally:
            self.desk.claims.leave(self._brief.token)

    async def _close(self) -> CrawlReport:
        for key, kept in list(self._dealings.dealt.items() if not self._reporter.broken else ()):
            await self._dealings.release(key, kept)
        for run in self._reporter.runs:
            await self._end(run)
        store, call = self.desk.store, self.desk.call
        in_store = 0
        if not self._reporter.broken:
            await self._articles.keep_unmatched()
        if self.order.topic is not None and not self._reporter.broken:
            in_store = await call(store.articles.count, ArticleFilter(topic=self.order.topic))
        report = CrawlReport(
            order=replace(self.order, pushed=None),
            state=self._reporter.state(),
            started_at=self._began,
            ended_at=self._now(),
            counts=tuple(run.count for run in self._reporter.runs),
            errors=tuple(self._reporter.errors),
            in_store=in_store,
            preview=tuple(self._reporter.preview),
            hints=tuple(hints for run in self._reporter.runs for hints in run.hints.values()),
        )
        self.report = report
        if self._run_id is None:
            await self.desk.politeness.leave(self)
            return report
        looked = self.order.kind is CrawlKind.SOURCE and self.order.pushed is None
        runs = self._reporter.runs if looked and report.state is not CrawlState.STOPPED else ()
        ended = [run for run in runs if run.source is not None and not run.unasked]
        politeness = self.desk.politeness
        hosts = politeness.let_go(self)
        try:
            await call(books.end, store, self._run_id, report, ended, hosts=hosts, token=politeness.token)
        finally:  # a lease that can't be given back ends by itself
            politeness.give_back(hosts)
        return report

    async def _end(self, run: Run) -> None:
        """Tell of a run what is known only now, and remember which searches were walked to their end."""
        left = run.frontier.waiting or run.passed_over
        self._budgets.close(run)
        await self._keep_postponed(run)
        if run.resting and run.unasked:
            run.count.room_at = max(run.count.room_at or 0.0, min(run.resting))
        for search in run.searches:
            run.count.stops.append(told(search))
            done = search.walk.complete and not left and not run.cut_short and not self.stopped.is_set()
            if done and search.name is not None and not (self.order.dry_run or self._reporter.broken):
                reach, topic = search.walk.reach(self._began), self.order.topic or self.order.name
                await self.desk.call(self.desk.store.searches.cover, topic, search.memory, reach)
        blind = told_blind(run)
        if blind is not None:
            run.count.skipped += len(run.blind)
            self._reporter.limit(run, blind)
        run.count.unread = run.door_failed

    async def _keep_postponed(self, run: Run) -> None:
        """Remember the articles that were put off: their door may have moved on when they can be asked."""
        if not run.put_off or run.source is None or self.order.dry_run or self._reporter.broken:
            return
        aside = [
            SetAside(
                url=url,
                reason="no room in the budget" if ceiling is not None else "its host is left alone",
                retry_at=datetime.fromtimestamp(room, UTC),
                source=run.key,
                ceiling=ceiling,
            )
            for url, (ceiling, room) in run.put_off.items()
        ]
        await self.desk.call(self.desk.store.articles.set_aside, aside)
