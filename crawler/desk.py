"""What all crawls of one process share: the store and its thread, extraction processes, politeness, connections."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Hashable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urljoin

from crawler.claims import Claims
from crawler.config import Config
from crawler.content import ACCEPT_ENCODING
from crawler.errors import FetchError
from crawler.extract.site_rules import site_rules
from crawler.fetch import Answer, Fetcher, is_transient
from crawler.net import AddressGuard
from crawler.politeness import ROBOTS_BYTES, ROBOTS_REDIRECTS, HostLocks, Politeness, RobotsAnswer, host_of
from crawler.request_meter import NO_CEILINGS, Ceilings, meter_of
from crawler.workers import ExtractionPool, worker_count
from storage import Older, Store, open_store

P = ParamSpec("P")
T = TypeVar("T")


class Desk:
    """One for a process. Made where no loop runs yet or in the loop that uses it; `close` it in that loop."""

    def __init__(self, config: Config, store: Store, store_url: str, window: float | None = None) -> None:
        self.config = config
        self.store = store
        self.requests: Counter[str] = Counter()
        """Requests sent, by class of status (``2xx``) or ``error``."""
        self.received = 0
        self.claims = Claims()
        self._metered = window is not None
        self._meter = meter_of(config, store.requests, window)
        # One thread for all calls of the store: they happen in the order asked, so validators follow the items.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self.pool = ExtractionPool(
            worker_count(config.extract_workers), config.page_deadline, keep_raw=config.keep_pages
        )
        self.fetcher = Fetcher(
            AddressGuard(config.allow_networks),
            timeout=config.timeout,
            max_bytes=config.max_bytes,
            proxy=config.proxy,
            ca_file=config.ca_file,
        )
        self.politeness = Politeness(
            store.hosts,
            self.call,
            self._robots,
            locks=HostLocks(store_url),
            agent=config.agent,
            delay=config.delay,
            concurrency=config.concurrency,
            robots_lifetime=config.robots_lifetime,
            obey_robots=config.obey_robots,
        )

    @classmethod
    def open(
        cls, config: Config, store_url: str | None = None, window: float | None = None, *, create: bool = True
    ) -> Desk:
        """Open the store, which is made where there is none, or brought up to date, unless `create` is false, and be
        ready. Raises `StoreError`, `ConfigError`.

        `window`: seconds within which no more requests are sent than the budgets of `config` allow, as for a daemon;
        `None`: a person asked for what is crawled, and it is bounded by the sources' limits alone, yet counted.
        """
        if config.site_rules and config.site_rules_folder:
            # A rule file that makes no sense is told before the first page and not once a page.
            site_rules(config.site_rules_folder)
        url = store_url or config.store
        # Programs may be replaced under a daemon, whose next engine is a newer one: only who fills a store changes it.
        older = Older.UPGRADE if create else Older.REFUSE
        store = open_store(
            url, edit_checks=config.edit_check_ages, story_window=config.story_window, create=create, older=older
        )
        return cls(config, store, url, window)

    def __deepcopy__(self, memo: dict[int, Any]) -> Desk:
        """Scrapy copies its settings deeply for every crawl, and this travels in them."""
        return self

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        """Run a call of the store in its thread."""
        return asyncio.get_running_loop().run_in_executor(self._thread, partial(function, *args, **kwargs))

    def bound(self, ceilings: Ceilings) -> Awaitable[None]:
        """Send no more within its hour than these allow, from now on; without an hour to keep to, as before."""
        return self.call(self._meter.renew, ceilings if self._metered else NO_CEILINGS)

    async def fetch(
        self,
        url: str,
        headers: Mapping[str, str],
        user: Hashable,
        *,
        source: str = "",
        article: bool = False,
        delay: float | None = None,
        stopped: asyncio.Event | None = None,
        count: Callable[[int], None] = lambda _bytes: None,
    ) -> Answer:
        """One request when its turn comes; `count` is told once for each request sent, with the body bytes received.

        `source` is whose budget it is taken from, `article` leaves a part of that to doors. Raises `BudgetSpent` where
        a ceiling leaves no room.
        """
        async with self.politeness.turn(url, user, delay=delay, stopped=stopped):
            await self.call(self._meter.admit, host_of(url), source, article=article)
            try:
                answer = await self.fetcher.fetch(url, headers)
            except FetchError:
                self.requests["error"] += 1
                count(0)
                raise
        self.requests[f"{answer.status // 100}xx"] += 1
        self.received += answer.received
        count(answer.received)
        return answer

    async def _robots(self, url: str, count: Callable[[int], None], source: str) -> RobotsAnswer:
        headers = {"User-Agent": self.config.agent, "Accept": "text/plain, */*", "Accept-Encoding": ACCEPT_ENCODING}
        status = 0
        user = object()
        try:
            for _ in range(ROBOTS_REDIRECTS + 1):
                answer = await self._patiently(url, headers, user, count, source)
                status = answer.status
                location = answer.header("location")
                if not 300 <= status < 400 or location is None:
                    break
                url = urljoin(url, location)
        finally:
            await self.politeness.leave(user)
        text = answer.body[:ROBOTS_BYTES].decode("utf-8", "replace").removeprefix("\ufeff") if status < 300 else ""
        return RobotsAnswer(status, text)

    async def _patiently(
        self, url: str, headers: Mapping[str, str], user: Hashable, count: Callable[[int], None], source: str
    ) -> Answer:
        for attempt in range(1, self.config.retries + 2):
            try:
                answer = await self.fetch(url, headers, user, source=source, count=count)
            except FetchError as error:
                if attempt > self.config.retries or not is_transient(error):
                    raise
            else:
                if answer.status < 500 or attempt > self.config.retries:
                    return answer
            await asyncio.sleep(self.politeness.back_off(attempt))
        raise AssertionError("the last attempt returns or raises")

    async def close(self) -> None:
        """Give back leases, end the extraction processes, close connections and the store."""
        await self.pool.close()
        await self.politeness.close()
        await self.fetcher.close()
        await self.call(self.store.close)
        self._thread.shutdown(wait=False)
