"""Harvests into the store: in batches, one transaction each, in the thread of the store."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Self

from scrapy.crawler import Crawler

from crawler.crawling import Crawl
from crawler.errands import Harvest
from crawler.errors import StoreAway, StoreBusy, StoreError
from crawler.extensions import keeper_of
from crawler.items import Saved

log = logging.getLogger(__name__)

BATCH = 100  # records; a quarter less of storing each than 50: pages of the indexes are written once a batch
WAIT = 0.5  # seconds that a record waits for company
REFUSALS = 3  # records refused one by one, in a row, after which the store is at fault and not a record


class StorePipeline:
    """Stores what the spiders yield. `process_item` ends when the item is stored, so that a stop loses nothing."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._keeper = keeper_of(crawler)
        self._waiting: list[tuple[Harvest, asyncio.Future[None]]] = []
        self._size = 0
        self._timer: asyncio.TimerHandle | None = None
        self._saving: set[asyncio.Task[None]] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor."""
        return cls(crawler)

    async def process_item(self, item: Harvest) -> Harvest:
        """Store one harvest, together with others that come within `WAIT`."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._waiting.append((item, done))
        self._size += len(item.records)
        if self._size >= BATCH:
            self._flush()
        elif self._timer is None:
            self._timer = loop.call_later(WAIT if self._crawl.expects_more else 0.0, self._flush)
        await done
        return item

    async def close_spider(self) -> None:
        """Wait for what is being stored."""
        self._flush()
        if self._saving:
            await asyncio.wait(self._saving)

    @property
    def _crawl(self) -> Crawl:
        return self._keeper.crawl

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        batch, self._waiting = self._waiting, []
        self._size = 0
        groups: dict[str, list[tuple[Harvest, asyncio.Future[None]]]] = {}
        for harvest, done in batch:
            groups.setdefault(harvest.run.key, []).append((harvest, done))
        for source, group in groups.items():
            task = asyncio.create_task(self._store(source or None, group))
            self._saving.add(task)
            task.add_done_callback(self._saving.discard)

    async def _store(self, source: str | None, group: Sequence[tuple[Harvest, asyncio.Future[None]]]) -> None:
        harvests = [harvest for harvest, _ in group]
        try:
            await self._save(source, harvests)
        except (StoreAway, StoreBusy) as error:
            self._crawl.give_up(error)
        except StoreError:
            # One record may be what the store can't take: the others are stored without it.
            for harvest in harvests:
                await self._save_alone(source, harvest)
        finally:
            for _, done in group:
                if not done.done():
                    done.set_result(None)

    async def _save(self, source: str | None, harvests: Sequence[Harvest]) -> None:
        crawl = self._crawl
        records = [record for harvest in harvests for record in harvest.records]
        try:
            saved: list[Saved] = await crawl.desk.call(
                crawl.desk.store.articles.save, records, source, dry_run=crawl.order.dry_run
            )
        except StoreError:
            raise
        except Exception as error:
            # Damage in the store or a fault of ours: it may cost a record, and is told of, but not the crawl.
            log.exception("storing failed")
            raise StoreError(f"{type(error).__name__}: {error}") from error
        crawl.refusals = 0
        place = 0
        for harvest in harvests:
            end = place + len(harvest.records)
            await crawl.stored(harvest, saved[place:end])
            place = end

    async def _save_alone(self, source: str | None, harvest: Harvest) -> None:
        try:
            await self._save(source, [harvest])
        except (StoreAway, StoreBusy) as error:
            self._crawl.give_up(error)
        except StoreError as error:
            crawl = self._crawl
            await crawl.not_stored(harvest, error)
            crawl.refusals += 1
            if crawl.refusals == REFUSALS:
                crawl.fail(f"the store can't be written, the crawl is ended: {error}")
                crawl.stop()
