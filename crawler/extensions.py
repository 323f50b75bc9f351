"""Keeps a Scrapy crawl and our `Crawl` together: makes it, feeds it when Scrapy is idle, ends it, reports."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from typing import Any, Self

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider
from scrapy.settings import BaseSettings
from twisted.python.failure import Failure

from crawler.config import load_config
from crawler.crawling import Crawl
from crawler.desk import Desk
from crawler.errands import Harvest
from crawler.errors import CrawlError, StoreError
from crawler.items import CrawlReport, CrawlState

log = logging.getLogger(__name__)

HEARTBEAT = 30.0  # seconds; a run without one for 120 is taken for dead where its process can't be seen
DESK = "PRESSWATCH_DESK"  # setting that carries the process's desk; without it a crawl opens one for itself
ON_EVENT = "PRESSWATCH_ON_EVENT"  # setting that carries the callback for progress


class CrawlKeeper:
    """One for a Scrapy crawl; `crawl` is what spiders, middlewares, pipeline and download handler work for."""

    def __init__(self, crawler: Crawler) -> None:
        settings: BaseSettings = crawler.settings
        spider: Any = crawler.spider
        shared: Desk | None = settings.get(DESK)
        self._own = Desk.open(load_config()) if shared is None else None
        desk = shared or self._own
        assert desk is not None
        self._crawler = crawler
        self._beat: asyncio.Task[None] | None = None
        self.crawl = Crawl(desk, spider.order, expect=spider.expect, on_event=settings.get(ON_EVENT))
        connect = crawler.signals.connect
        connect(self._opened, signals.spider_opened)
        connect(self._idle, signals.spider_idle)
        connect(self._broken, signals.spider_error)
        connect(self._closed, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor."""
        return cls(crawler)

    def stop(self) -> None:
        """Ask nothing more. Requests that wait for their turn end at once; what was answered is stored."""
        self.crawl.stop()

    def _opened(self) -> None:
        self._beat = asyncio.create_task(self._keep_beating())

    async def _keep_beating(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT)
            with contextlib.suppress(StoreError):  # a later one will do; the store's own errors show where it is used
                await self.crawl.heartbeat()

    def _idle(self, spider: Spider) -> None:
        more = self.crawl.more()
        requests = [spider.request(one) for one in more if not isinstance(one, Harvest)]  # type: ignore[attr-defined]
        for request in requests:
            self._crawler.engine.crawl(request)
        if requests:
            raise DontCloseSpider

    def _broken(self, failure: Failure) -> None:
        error = failure.value
        if isinstance(error, StoreError):
            self.crawl.fail(str(error))
            self.crawl.stop()
        else:
            self.crawl.fail(f"crawl {self.crawl.order.name!r} met an error of its own: {type(error).__name__}: {error}")

    async def _closed(self, reason: str) -> None:
        if self._beat is not None:
            self._beat.cancel()
        if reason == "shutdown":
            self.crawl.stop()
        try:
            report = await self.crawl.close()
            if self._own is not None:
                sys.stderr.write(summary(report) + "\n")
        except StoreError as error:
            self.crawl.fail(str(error))
        finally:
            if self._own is not None:
                await self._own.close()
                if self.crawl.errors:
                    # `scrapy crawl` exits with 1 only where it finds no spider in the end.
                    self._crawler.spider = None


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
