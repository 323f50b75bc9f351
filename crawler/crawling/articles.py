"""Articles: their pages read, joined, judged, and what becomes of those that are not taken."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from crawler.config import Config
from crawler.crawling.asking import Asking
from crawler.crawling.brief import Brief
from crawler.crawling.budgets import Budgets
from crawler.crawling.dealings import Dealings
from crawler.crawling.reporting import MAX_ERRORS, Reporter
from crawler.errands import Asked, Door, Errand, Harvest, Leaf, Next, Run
from crawler.errors import PresswatchError, StoreError
from crawler.extract.long_reads import LongRead
from crawler.frontier import is_wanted, with_listing
from crawler.items import Hints, Outcome, Page, PageKind, Saved, SetAside, Topic
from crawler.leaves import again, first_key, lacking
from crawler.sources import hints_for
from crawler.url_traps import pattern_of, retry_after
from crawler.urls import url_key
from crawler.wire import EventKind
from crawler.workers import ExtractionError, Reading
from storage.patterns import DroppedPattern

log = logging.getLogger(__name__)

UNMATCHED_BATCH = (
    50  # pages that did not match a topic, remembered in one transaction; a crawl that is killed loses them
)
PAGE_PATIENCE = 120.0  # seconds that a further page waits for the crawl that reads its article
MAX_PAGES_NOTED = 500  # of one crawl, for the statistics of its source: the median moves no more
NO_ARTICLE_RETRY = timedelta(days=7)  # a page that is no article may be filled later


class Articles:
    """Reads articles. `followed` is the topic of a topic crawl."""

    def __init__(self, brief: Brief, reporter: Reporter, asking: Asking, budgets: Budgets, dealings: Dealings) -> None:
        self._brief = brief
        self._desk = brief.desk
        self._order = brief.order
        self._now = brief.now
        self._reporter = reporter
        self._asking = asking
        self._budgets = budgets
        self._dealings = dealings
        self.followed: Topic | None = None
        self._unmatched: dict[str, datetime] = {}  # pages read for the topic in vain, by URL, not yet in the store

    async def read(self, errand: Errand, page: Page, reading: Reading) -> list[Next]:
        """An errand's page was read: an article, its first page, or not what is stored."""
        run, extraction = errand.run, reading.extraction
        await self._met(errand, reading)
        if extraction.kind is not PageKind.ARTICLE or not reading.records:
            reason = f"{page.url}: no article, {extraction.reason}"
            return await self.failed(errand, reason, NO_ARTICLE_RETRY)
        least = self.least_confidence(run)
        if extraction.confidence < least:
            reason = f"{page.url}: {extraction.confidence:.0%} sure, less than {least:.0%}; {extraction.reason}"
            run.count.skipped += 1
            if len(run.count.unsure) < MAX_ERRORS:
                run.count.unsure.append(reason)
            log.info("set aside: %s", reason)
            retry_at = None if errand.direct else self._now() + NO_ARTICLE_RETRY
            return await self.not_taken(errand, reason, retry_at, kept=True)
        first = first_key(extraction)
        if first is not None and await self._read_elsewhere(errand, first):
            return await self.elsewhere(errand)
        if first in self._dealings.claims and self._budgets.leaves.wait(errand, first):
            run.frontier.done(errand.host)
            self._budgets.unreserve(errand)
            return self._budgets.more(run)
        read = self._budgets.leaves.begin(page, extraction)
        if read is None or not is_wanted(reading.records[0], replace(self._order, topic=None)):
            return await self.record(errand, reading)
        return await self.turn(errand, read)

    async def _read_elsewhere(self, errand: Errand, first: str) -> bool:
        """Whether this is a further page of an article that another crawl was reading, and has dealt with by now."""
        brief, claims = self._brief, self._desk.claims
        if first == errand.key or not brief.shares(errand) or not claims.held_elsewhere(first, brief.token):
            return False
        # Two pages that call each other the first would wait for each other.
        return not await claims.take(first, brief.token, brief.began, brief.stopped, patience=PAGE_PATIENCE)

    async def _met(self, errand: Errand, reading: Reading) -> None:
        """Note how sure it is that the page is an article and how long, and what that says of its URL's pattern."""
        run, article = errand.run, reading.extraction.article
        sure = reading.extraction.confidence if article is not None and reading.records else 0.0
        if len(run.pages) < MAX_PAGES_NOTED:
            run.pages.append((sure, len(article.text) if article is not None and sure else 0))
        if errand.direct:
            return
        if sure < self.least_confidence(run) or not sure:
            await self.in_vain(errand)
            return
        run.yields.came(errand.url, article=True)
        pattern = pattern_of(errand.url)
        if run.left.pop(pattern, None) is not None and run.key and not self._order.dry_run:
            await self._desk.call(self._desk.store.patterns.forget, run.key, pattern)

    async def in_vain(self, errand: Errand) -> None:
        """A page that its door named is no article; a pattern of URLs of which none is, is dropped."""
        run = errand.run
        if errand.direct or (errand.known is not None and errand.known.article_id is not None):
            return
        pattern = run.yields.came(errand.url, article=False)
        if pattern is None:
            return
        reason, times = run.yields.dropped[pattern], run.yields.times(pattern)
        retry_at = self._now() + retry_after(times)
        self._reporter.limit(run, f"dropped until {retry_at:%Y-%m-%d %H:%M} UTC: {reason}", logging.WARNING)
        if run.key and not self._order.dry_run:
            dropped = DroppedPattern(pattern, reason, times, retry_at)
            await self._desk.call(self._desk.store.patterns.drop, run.key, dropped)
        for other in run.frontier.remove(lambda waiting: _is_new(waiting) and pattern_of(waiting.url) == pattern):
            run.count.skipped += 1
            await self._dealings.deal(other.key, True)

    async def turn(self, errand: Errand, read: LongRead) -> list[Next]:
        """Ask for the next page of an article; store what came when nothing more is wanted or can be had."""
        run = errand.run
        if read.wanted is not None:
            leaf = Leaf(read.wanted, errand, read)
            refused = self._budgets.no_more(run) or self._budgets.host_spent(leaf.url)
            if refused is None and self._asking.head(leaf):
                self._budgets.spend(run, leaf.url)
                if self._brief.shares(errand):
                    self._dealings.hold(errand.key, url_key(leaf.url))
                return [leaf]
            read.stop(refused or "its headers are not known")
        extraction = read.joined()
        lacks = lacking(errand, read)
        if lacks is not None:
            self._reporter.warn(run, errand.url, lacks)
        try:
            reading = await self._desk.pool.finish(read.page, extraction, hints_of(errand, self._desk.config))
        except ExtractionError as error:
            return await self.failed(errand, str(error), timedelta(seconds=self._desk.config.retry_after))
        self._budgets.leaves.joined(errand, extraction)
        records = tuple(again(record, read) for record in reading.records)
        if not records:
            return await self.failed(errand, f"{read.page.url}: no article, {extraction.reason}", NO_ARTICLE_RETRY)
        return await self.record(errand, replace(reading, records=records))

    async def record(self, errand: Errand, reading: Reading) -> list[Next]:
        """An article is all there: store it, if it is wanted."""
        run = errand.run
        run.frontier.done(errand.host)
        record = with_listing(reading.records[0], errand.item, errand.known, errand.title)
        published = record.article.published
        if published is not None:
            for search in run.searches:
                search.dates[errand.key] = published.utc
        if not is_wanted(record, self._order):
            run.count.skipped += 1
            self._budgets.unreserve(errand)
            if self.followed is not None and self.followed.name not in record.topics:
                self._unmatched[errand.url] = record.fetched_at
                if len(self._unmatched) >= UNMATCHED_BATCH:
                    await self.keep_unmatched()
            await self._dealings.deal(errand.key, False)
            return self._budgets.more(run)
        run.count.matched += self.followed is not None
        return [Harvest(run, (record,), errand), *self._budgets.more(run)]

    async def failed(self, errand: Errand, reason: str, retry: timedelta | None) -> list[Next]:
        """`retry` is `None` where the URL is not to blame and need not be set aside."""
        run = errand.run
        run.count.failed += 1
        self._reporter.warn(run, errand.url, reason)
        if errand.direct:
            run.door_errors.append(reason)
        retry_at = None if retry is None or errand.direct else self._now() + retry
        return await self.not_taken(errand, reason, retry_at, kept=retry is not None)

    async def unchanged(self, errand: Errand) -> list[Next]:
        """The page is what it was when it was stored."""
        run = errand.run
        run.frontier.done(errand.host)
        self._budgets.unreserve(errand)
        run.count.known += 1
        if errand.known is not None and errand.known.article_id is not None and not self._order.dry_run:
            await self._desk.call(self._desk.store.articles.checked, [errand.known.article_id])
        await self._dealings.deal(errand.key, True)
        return self._budgets.more(run)

    async def elsewhere(self, errand: Errand) -> list[Next]:
        """Another crawl dealt with it meanwhile: it is known now, or set aside; else it is asked for after all."""
        run, now = errand.run, self._now()
        store = self._desk.store
        known = (await self._desk.call(store.articles.known, [errand.url], run.key or None)).get(errand.url)
        aside = known is not None and known.set_aside_until is not None and known.set_aside_until > now
        stored = known is not None and known.article_id is not None and not known.provisional
        if not (stored or aside):
            errand.insists = True
            return [errand]
        run.frontier.done(errand.host)
        self._budgets.unreserve(errand)
        self._budgets.unspend(run, errand.url)
        run.count.known += stored
        run.count.skipped += not stored
        if stored:
            await self._dealings.sighted(run, {errand.url: errand.title})
        await self._dealings.deal(errand.key, True)
        return self._budgets.more(run)

    async def not_taken(self, errand: Errand, reason: str, retry_at: datetime | None, *, kept: bool) -> list[Next]:
        """Nothing of an errand's page is stored; what its door showed of it is, if that is all there is."""
        run = errand.run
        run.frontier.done(errand.host)
        self._budgets.unreserve(errand)
        out: list[Next] = [] if errand.fallback is None else [Harvest(run, (errand.fallback,))]
        if retry_at is not None and not self._order.dry_run:
            aside = SetAside(url=errand.url, reason=reason, retry_at=retry_at, source=run.key or None)
            await self._desk.call(self._desk.store.articles.set_aside, [aside])
            if errand.known is not None and errand.known.article_id is not None:
                await self._desk.call(self._desk.store.articles.checked, [errand.known.article_id])
        await self._dealings.deal(errand.key, kept)
        return [*out, *self._budgets.more(run)]

    async def stored(self, harvest: Harvest, saved: Sequence[Saved]) -> None:
        """The records of a harvest are in the store (or would be: a dry run)."""
        run = harvest.run
        count = run.count
        for record, one in zip(harvest.records, saved, strict=True):
            match one.outcome:
                case Outcome.NEW:
                    count.new += 1
                    count.near += one.joined
                case Outcome.COPY:
                    count.copies += 1
                case Outcome.UPDATED:
                    count.updated += 1
                case Outcome.COMPLETED:
                    count.completed += 1
                case Outcome.KNOWN:
                    count.known += 1
            if one.outcome is Outcome.KNOWN and harvest.errand is not None:
                self._budgets.unreserve(harvest.errand)
            if self._order.dry_run:
                published = record.article.published
                self._reporter.preview.append(
                    {
                        "url": record.url,
                        "title": record.article.title,
                        "published": published.isoformat() if published is not None else None,
                        "outcome": one.outcome.value,
                    }
                )
        if harvest.errand is not None:
            await self._dealings.deal(harvest.errand.key, True)
        last = harvest.records[-1]
        self._reporter.tell(EventKind.STORED, last.url, last.article.title)

    async def not_stored(self, harvest: Harvest, error: PresswatchError) -> None:
        """The store refused the records of a harvest."""
        harvest.run.count.failed += 1
        self._reporter.warn(harvest.run, harvest.records[0].url, f"{harvest.records[0].url}: not stored, {error}")
        if harvest.errand is not None:
            self._budgets.unreserve(harvest.errand)
            await self._dealings.deal(harvest.errand.key, False)

    def least_confidence(self, run: Run) -> float:
        """How sure it must be that a page is an article: it makes no difference where all is asked for."""
        asked = self._order.keep_unsure or (run.source is not None and run.source.keep_unsure)
        return 0.0 if asked else self._desk.config.least_confidence

    async def keep_unmatched(self) -> None:
        """Remember what was read for the topic in vain, so that the next crawl of the topic need not."""
        read, self._unmatched = self._unmatched, {}
        if read and self.followed is not None and not self._order.dry_run:
            try:
                await self._desk.call(self._desk.store.topics.unmatched, self.followed, read)
            except StoreError as error:  # they are read again, no more
                log.warning("what did not match %s is not remembered: %s", self.followed.name, error)


def _is_new(errand: Errand) -> bool:
    return errand.known is None or errand.known.article_id is None


def hints_of(asked: Asked, config: Config) -> Hints:
    """What is known of an answer before it is read.

    Of a leaf not what a door calls the article: its title has to tell whether it is the same. What a search answers,
    and a further page of a list, is a list however little is on it.
    """
    source = asked.run.source
    expect = asked.expect if isinstance(asked, Door) else PageKind.ARTICLE
    results = isinstance(asked, Door) and (asked.page > 1 or asked.search is not None)
    return replace(
        hints_for(config, source),
        zone=asked.run.zone,
        expect=PageKind.LISTING if results and expect is None else expect,
        title=asked.item.title if isinstance(asked, Errand) else None,
        one_is_a_list=results,
    )
