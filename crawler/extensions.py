"""Keeps a Scrapy crawl and our `Crawl` together: makes it, feeds it when Scrapy is idle, ends it, reports.

``scrapy crawl`` is one crawl from Scrapy's start to its end. In a warm process Scrapy stays open between crawls and is
given one order after the other (`CrawlKeeper.carry_out`): to set it up takes longer than to ask a feed what is new.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections.abc import Callable
from typing import Any, Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider
from scrapy.settings import BaseSettings
from twisted.python.failure import Failure

from crawler.config import load_config
from crawler.crawling import Crawl
from crawler.daemon_lock import refuse_lost
from crawler.desk import Desk
from crawler.errands import Harvest
from crawler.errors import CrawlError, PresswatchError, StoreError
from crawler.items import CrawlOrder, CrawlReport, CrawlState
from crawler.wire import CrawlEvent

log = logging.getLogger(__name__)

HEARTBEAT = 30.0  # seconds; a run without one for 120 is taken for dead where its process can't be seen
DESK = "PRESSWATCH_DESK"  # setting that carries the process's desk; without it a crawl opens one for itself


def _own_desk() -> Desk:
    config = load_config()
    refuse_lost(config.store)
    return Desk.open(config)


class CrawlKeeper:
    """One for a Scrapy crawl; `crawl` is what spiders, middlewares, pipeline and download handler work for."""

    def __init__(self, crawler: Crawler) -> None:
        settings: BaseSettings = crawler.settings
        spider: Any = crawler.spider
        shared: Desk | None = settings.get(DESK)
        self._own = _own_desk() if shared is None else None
        desk = shared or self._own
        assert desk is not None
        self._desk = desk
        self._crawler = crawler
        self._spider = spider
        self._beat: asyncio.Task[None] | None = None
        self._resident: bool = spider.order is None
        self._crawl = None if self._resident else Crawl(desk, spider.order, expect=spider.expect)
        self.closed = False
        # Whether the requests of the crawl are with Scrapy, whose idleness then means that they are done.
        self._asking = False
        self._done = asyncio.Event()
        connect = crawler.signals.connect
        connect(self._opened, signals.spider_opened)
        connect(self._idle, signals.spider_idle)
        connect(self._broken, signals.spider_error)
        connect(self._closed, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor."""
        return cls(crawler)

    @property
    def crawl(self) -> Crawl:
        """The crawl under way. Raises `CrawlError` between two."""
        if self._crawl is None:
            raise CrawlError("there is no crawl under way")
        return self._crawl

    async def carry_out(self, order: CrawlOrder, on_event: Callable[[CrawlEvent], None] | None = None) -> Crawl:
        """Run one crawl in a spider that stays open: from order to report, which the crawl has in the end.

        One at a time: all that Scrapy holds meanwhile belongs to it, so that an idle Scrapy is its end.
        """
        if self._crawl is not None or self.closed:
            raise CrawlError(f"crawl {order.name!r}: its spider is at work or closed", order.name)
        crawl = self._crawl = Crawl(self._desk, order, expect=self._spider.expect, on_event=on_event)
        self._done.clear()
        beat = asyncio.create_task(self._keep_beating(crawl))
        try:
            await self._ask(crawl)
            await self._done.wait()
            await crawl.close()
        except StoreError as error:
            crawl.fail(str(error))
        finally:
            beat.cancel()
            self._asking = False
            self._crawl = None
            self._forget_hosts()
        return crawl

    def _forget_hosts(self) -> None:
        """Drop Scrapy's queues of hosts, one of a kilobyte for each host of the last minute in each spider that stays
        open; the pace of a host is not in them.
        """
        if self._crawler.engine is None:
            return
        slots = self._crawler.engine.downloader.slots
        for host in [host for host, slot in slots.items() if not slot.active]:
            slots.pop(host).close()

    async def _ask(self, crawl: Crawl) -> None:
        """Hand the first requests of a crawl to Scrapy."""
        try:
            doors = await crawl.open()
        except PresswatchError as error:
            crawl.fail(str(error))
            doors = []
        except Exception as error:
            log.exception("crawl %s can't begin", crawl.order.name)
            crawl.fail(_defect(crawl, error))
            doors = []
        if self.closed:
            return
        for asked in doors:
            self._crawler.engine.crawl(self._spider.request(asked))
        self._asking = True
        if not doors and not self._feed(crawl):
            self._done.set()

    def stop(self) -> None:
        """Ask nothing more. Requests that wait for their turn end at once; what was answered is stored."""
        if self._crawl is not None:
            self._crawl.stop()

    def _opened(self) -> None:
        if self._crawl is not None:
            self._beat = asyncio.create_task(self._keep_beating(self._crawl))

    async def _keep_beating(self, crawl: Crawl) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT)
            with contextlib.suppress(StoreError):  # a later one will do; the store's own errors show where it is used
                await crawl.heartbeat()

    def _idle(self) -> None:
        if self._resident and not self._asking:
            raise DontCloseSpider
        if self._feed(self.crawl):
            raise DontCloseSpider
        if self._resident:
            self._asking = False
            self._done.set()
            raise DontCloseSpider

    def _feed(self, crawl: Crawl) -> bool:
        """Hand Scrapy what may be asked now; whether there is anything."""
        more = [self._spider.request(one) for one in crawl.more() if not isinstance(one, Harvest)]
        for request in more:
            self._crawler.engine.crawl(request)
        return bool(more)

    def _broken(self, failure: Failure) -> None:
        crawl, error = self._crawl, failure.value
        if crawl is None:
            return
        if isinstance(error, StoreError):
            crawl.fail(str(error))
            crawl.stop()
        else:
            crawl.fail(_defect(crawl, error))

    async def _closed(self, reason: str) -> None:
        self.closed = True
        if self._beat is not None:
            self._beat.cancel()
        if self._resident:
            self.stop()
            self._done.set()
            return
        crawl = self.crawl
        if reason == "shutdown":
            crawl.stop()
        try:
            report = await crawl.close()
            if self._own is not None:
                sys.stderr.write(summary(report) + "\n")
        except StoreError as error:
            crawl.fail(str(error))
        finally:
            if self._own is not None:
                await self._own.close()
                if crawl.errors:
                    # `scrapy crawl` exits with 1 only where it finds no spider in the end.
                    self._crawler.spider = None


def _defect(crawl: Crawl, error: BaseException | None) -> str:
    return f"crawl {crawl.order.name!r} met an error of its own: {type(error).__name__}: {error}"


def keeper_of(crawler: Crawler) -> CrawlKeeper:
    """The keeper of a Scrapy crawl. Raises `CrawlError` when the settings leave it out."""
    keeper = crawler.get_extension(CrawlKeeper)
    if keeper is None:
        raise CrawlError("presswatch's spiders need crawler.extensions.CrawlKeeper in EXTENSIONS", "EXTENSIONS")
    return keeper


def summary(report: CrawlReport) -> str:
    """What a crawl did, in one line, as ``scrapy crawl`` shows it."""
    counts = ("seen", "new", "updated", "copies", "near", "completed", "known", "skipped", "failed", "requests")
    told = ", ".join(f"{report.total(name)} {name}" for name in counts)
    end = "" if report.state is CrawlState.DONE else f" ({report.state.value})"
    return f"{report.order.name}: {told}{end}"
