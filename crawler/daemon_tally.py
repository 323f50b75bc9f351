"""What one life of the daemon has counted, for `/metrics`: plain numbers, cheap to keep whether anybody asks or not."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from crawler.items import CrawlReport
from crawler.wire import Vitals

DELAYS: Final = (60.0, 300.0, 900.0, 1800.0, 3600.0, 10_800.0, 21_600.0, 43_200.0, 86_400.0)
"""Upper bounds in seconds between a publication and its discovery."""
OUTCOMES: Final = ("new", "updated", "completed", "copies", "failed")


class Tally:
    """Counters since the start; the daemon's event loop alone writes them."""

    def __init__(self) -> None:
        self.articles: Counter[str] = Counter(dict.fromkeys(OUTCOMES, 0))
        self.crawls: Counter[str] = Counter()
        self.requests: Counter[str] = Counter()
        self.bytes = 0
        self.pages_lost = 0
        self.engine_starts = 0
        self.engine_losses: Counter[str] = Counter()
        self.engine_memory = 0
        self.delays = [0] * (len(DELAYS) + 1)
        self.delay_sum = 0.0

    def report(self, report: CrawlReport) -> None:
        """Count what a crawl came to."""
        self.crawls[report.state.value] += 1
        for name in OUTCOMES:
            self.articles[name] += report.total(name)

    def vitals(self, before: Vitals, after: Vitals) -> None:
        """Count what an engine did between two of its answers."""
        for kind, count in after.requests.items():
            self.requests[kind] += count - before.requests.get(kind, 0)
        self.bytes += after.bytes - before.bytes
        self.pages_lost += after.pages_lost - before.pages_lost

    def discovered(self, times: Iterable[tuple[datetime, datetime]]) -> None:
        """Count new articles by the time from their publication to their discovery, both UTC."""
        for published, found in times:
            # A publisher whose clock runs ahead has published no later than it was found.
            seconds = max(0.0, (found - published).total_seconds())
            self.delays[bisect_left(DELAYS, seconds)] += 1
            self.delay_sum += seconds
