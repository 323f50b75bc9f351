"""Crawls in the test's own process: a desk over a fresh store, crawls by order, everything closed at the end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from crawler.config import load_config
from crawler.desk import Desk
from crawler.engine import CrawlRunner
from crawler.items import CrawlKind, CrawlOrder, CrawlReport, SourceCount
from crawler.sources import Source


class Case:
    """What a scenario is given: `crawl` runs an order, `store` is open, `events` are what was told."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.store = desk.store
        self.runner = CrawlRunner(desk)
        self.events: list[Any] = []

    async def urls(self, *urls: str, **more: Any) -> CrawlReport:
        return await self.order(CrawlOrder(kind=CrawlKind.URLS, name="test", urls=urls, **more))

    async def source(self, name: str, **more: Any) -> CrawlReport:
        return await self.order(CrawlOrder(kind=CrawlKind.SOURCE, name=name, sources=(name,), **more))

    async def topic(self, name: str, **more: Any) -> CrawlReport:
        return await self.order(CrawlOrder(kind=CrawlKind.TOPIC, name=name, topic=name, **more))

    async def order(self, order: CrawlOrder) -> CrawlReport:
        return await self.runner.run(order, self.events.append)

    def add(self, name: str, url: str, **more: Any) -> None:
        self.store.sources.add(Source(name=name, url=url, **more))

    def rows(self) -> list[Any]:
        return list(self.store.articles.rows())

    def titles(self) -> set[str | None]:
        return {row.title for row in self.rows()}


def play(
    folder: Path, scenario: Callable[[Case], Awaitable[None]], *, window: float | None = None, **settings: Any
) -> None:
    """Run a scenario; loopback is allowed and nothing is slowed down unless `settings` say otherwise.

    Budgets count, as in a daemon, where a `window` of seconds is given.
    """
    values = {
        "store": f"sqlite:///{folder}/test.db",
        "delay": 0.0,
        "allow_networks": ("127.0.0.0/8",),
        "retries": 0,
        "timeout": 5.0,
        "log_level": "ERROR",
    }
    config = load_config(environ={}, overrides=values | settings)

    async def whole() -> None:
        desk = Desk.open(config, window=window)
        case = Case(desk)
        try:
            await scenario(case)
        finally:
            await case.runner.stop()
            await desk.close()

    asyncio.run(whole())


def numbers(report: CrawlReport) -> dict[str, int]:
    """The counts of a report that are not nought.

    Not of near copies: the made articles tell the same sentences in another order.
    """
    told = {
        "source",
        "errors",
        "unsure",
        "stops",
        "limits",
        "changes",
        "unread",
        "budget",
        "budget_of",
        "budget_limit",
        "room_at",
    }
    left = told | {"bytes", "walked", "candidates", "matched", "near"}
    names = [name for name in SourceCount.__dataclass_fields__ if name not in left]
    return {name: report.total(name) for name in names if report.total(name)}
