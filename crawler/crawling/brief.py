"""What all parts of a crawl are given."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from crawler.desk import Desk
from crawler.errands import Errand
from crawler.items import CrawlKind, CrawlOrder


@dataclass(frozen=True, slots=True)
class Brief:
    """The desk and the order, the clocks (`now` in UTC, `clock` monotonic seconds), and whether to stop. `token` stands
    for the crawl, which `began` then (`clock`).
    """

    desk: Desk
    order: CrawlOrder
    stopped: asyncio.Event
    now: Callable[[], datetime]
    clock: Callable[[], float]
    began: float
    token: object = field(default_factory=object)

    def shares(self, errand: Errand) -> bool:
        """Whether an article may be left to another crawl of this process; not what a person asks for."""
        order = self.order
        return not (errand.insists or errand.direct or order.dry_run) and order.kind is CrawlKind.SOURCE
