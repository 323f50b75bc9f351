"""One crawl: its doors and errands, what became of them, and the report. Free of Scrapy, which carries the requests.

A *door* is a page that may name articles, an *errand* one article's page, a *leaf* a further page of that article. The
spider turns them into requests and hands the answers back; what is to be stored leaves here as a `Harvest`, and
`stored` is told when it is.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from crawler.config import Config
from crawler.content import ACCEPT, ACCEPT_ENCODING
from crawler.desk import Desk
from crawler.errands import Asked, Door, Errand, Harvest, Leaf, Next, Run
from crawler.errors import (
    ConfigError,
    FetchError,
    ForbiddenAddress,
    PresswatchError,
    RobotsRefused,
    StoreBusy,
    StoreError,
    UsageError,
)
from crawler.extract.long_reads import LongRead
from crawler.frontier import (
    Frontier,
    Ledger,
    Step,
    children_first,
    credible,
    decide,
    is_wanted,
    listed_title,
    urgency,
    with_listing,
)
from crawler.items import (
    ArticleFilter,
    ArticleRecord,
    CrawlKind,
    CrawlOrder,
    CrawlReport,
    CrawlState,
    Hints,
    KnownUrl,
    ListingItem,
    Outcome,
    Page,
    PageKind,
    Saved,
    SetAside,
    SourceCount,
    Topic,
    Validators,
)
from crawler.leaves import Leaves, again, first_key, lacking
from crawler.sources import Limits, Source, SourceKind
from crawler.urls import normalize_url, publisher, url_key
from crawler.wire import CrawlEvent, EventKind
from crawler.workers import ExtractionError, Reading

log = logging.getLogger(__name__)

WINDOW = 24  # errands of one source handed to Scrapy at once; the rest waits here, newest first
WINDOW_A_HOST = (
    3  # of one host that is paced: enough that it never idles, few enough to stop or turn to newer ones soon
)
MAX_ERRORS = 20  # error lines shown and kept for one source; the count of failures goes on
UNMATCHED_BATCH = (
    50  # pages that did not match a topic, remembered in one transaction; a crawl that is killed loses them
)
DUE_CHECKS = 50  # edit checks that one crawl of a source makes beside what its door names
GONE = frozenset({404, 410})
GONE_RETRY = timedelta(days=30)  # mostly for good, but publishers restore articles
NO_ARTICLE_RETRY = timedelta(days=7)  # a page that is no article may be filled later
REFUSED_RETRY = timedelta(days=1)  # robots.txt is read anew once a day by default
EVENT_SECONDS = 0.25  # least time between two progress events, which a terminal can still show
STOPPED = "the crawl was stopped"
expected_kinds = {
    SourceKind.AUTO: None,
    SourceKind.FEED: PageKind.FEED,
    SourceKind.SITEMAP: PageKind.SITEMAP,
    SourceKind.LISTING: PageKind.LISTING,
}
kind_names = {
    PageKind.ARTICLE: "an article",
    PageKind.LISTING: "a listing",
    PageKind.FEED: "a feed",
    PageKind.SITEMAP: "a sitemap",
    PageKind.SITEMAP_INDEX: "a sitemap index",
    PageKind.OTHER: "neither article nor listing, feed or sitemap",
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
        self.errors: list[str] = []
        self.preview: list[Mapping[str, object]] = []
        self.report: CrawlReport | None = None
        self._expect = expect
        self._on_event = on_event
        self._now = now
        self._clock = clock
        self._runs: list[Run] = []
        self._claims: dict[str, list[Ledger]] = {}
        self._dealt: dict[str, bool] = {}
        self._named_too: dict[
            str, list[tuple[Run, str, str | None]]
        ] = {}  # by key: doors that name what another's errand fetches
        self._leaves = Leaves(desk.config.article_pages)
        self._followed: Topic | None = None
        self._unmatched: dict[str, datetime] = {}  # pages read for the topic in vain, by URL, not yet in the store
        self._began = now()
        self._run_id: int | None = None
        self._told = 0.0
        self._broken = False

    # ---------------------------------------------------------------------------------------------------- opening
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
                self._followed = topic = await call(store.topics.get, self.order.topic or self.order.name)
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
        run = self._run(None, text)
        url = normalize_url(text)
        if url is None:
            self._refuse(run, text, f"{text}: not a URL that can be fetched; it begins with http:// or https://")
            return []
        if self._expect is PageKind.ARTICLE:
            known = (await self.desk.call(self.desk.store.articles.known, [url])).get(url)
            errand = self._errand(run, ListingItem(url=url), url_key(url), known, direct=True)
            run.count.seen += 1
            run.frontier.begin(errand.host)
            self._dispatch(errand)
            return [errand]
        return [await self._door(run, url, self._expect)]

    async def _source(self, source: Source) -> list[Asked]:
        run = self._run(source, source.name)
        url = normalize_url(source.url)
        if url is None:
            self._refuse(run, source.name, f"{source.name}: its URL {source.url} can't be fetched; correct the source")
            return []
        door = await self._door(run, url, self._expect or expected_kinds[source.kind])
        return [door] if door.headers else []

    def _topic(self, source: Source, phrases: Sequence[str]) -> list[Asked]:
        run = self._run(source, source.name)
        doors: list[Door] = []
        if source.topic_template:
            for phrase in phrases:
                template = source.topic_template.replace("{topic}", quote(phrase, safe=""))
                url = normalize_url(template.replace("{page}", "1"))
                if url is None:
                    self._refuse(run, source.name, f"{source.name}: its topic_template gives no URL: {template}")
                    break
                follows = template if "{page}" in template else None
                doors.append(Door(url, run, Ledger(run.key, url), None, template=follows))
        url = normalize_url(source.url)
        if url is not None and all(door.url != url for door in doors):
            doors.append(Door(url, run, Ledger(run.key, url), self._expect or expected_kinds[source.kind]))
        run.pages_left -= len(doors)
        return [door for door in doors if self._head(door)]

    def _run(self, source: Source | None, name: str) -> Run:
        limits = source.limits if source is not None else Limits()
        delay = source.delay if source is not None and source.delay is not None else self.desk.config.delay
        run = Run(
            count=SourceCount(source=name),
            source=source,
            limits=limits,
            zone=(source.zone if source is not None else None) or self.order.zone,
            pages_left=self.order.max_pages if self.order.max_pages is not None else limits.max_pages,
            max_articles=self.order.max_articles if self.order.max_articles is not None else limits.max_articles,
            deadline=self._clock() + limits.max_seconds,
            frontier=Frontier(WINDOW, WINDOW_A_HOST if delay > 0 else WINDOW),
        )
        self._runs.append(run)
        return run

    async def _door(self, run: Run, url: str, expect: PageKind | None, depth: int = 1) -> Door:
        door = Door(url, run, Ledger(run.key, url), expect, depth=depth)
        run.pages_left -= 1
        if self._remembers and not self.order.recheck:
            door.validators = await self.desk.call(self.desk.store.doors.get, run.key, url)
            door.unfinished = door.validators is not None and door.validators.unfinished
            door.ledger.unfinished = door.unfinished
        self._head(door)
        return door

    @property
    def _remembers(self) -> bool:
        """A topic crawl leaves items out, so it neither uses nor saves validators."""
        return self.order.kind is not CrawlKind.TOPIC

    # --------------------------------------------------------------------------------------------------- requests
    def request_headers(self, asked: Asked, url: str) -> dict[str, str]:
        """Headers of a request for `asked` at `url`, which differs from its own after redirects.

        A source's own headers (credentials) go to its own publisher only. Raises `ConfigError`.
        """
        source = asked.run.source
        headers = {"User-Agent": self.desk.config.agent, "Accept": ACCEPT, "Accept-Encoding": ACCEPT_ENCODING}
        if source is not None and source.language:
            headers["Accept-Language"] = f"{source.language},*;q=0.5"
        if source is not None and source.headers and publisher(source.url) == publisher(url):
            for name, variable in source.headers.items():
                value = os.environ.get(variable)
                if not value:
                    raise ConfigError(
                        f"{source.name}: its header {name} needs the environment variable {variable}, which is not set",
                        source.name,
                    )
                headers[name] = value
        validators: Validators | KnownUrl | None = asked.validators if isinstance(asked, Door) else None
        if isinstance(asked, Errand) and asked.known is not None and not (asked.known.provisional or asked.anew):
            validators = asked.known
        if validators is not None and validators.etag:
            headers["If-None-Match"] = validators.etag
        if validators is not None and validators.last_modified:
            headers["If-Modified-Since"] = validators.last_modified
        return headers

    def _head(self, asked: Asked) -> bool:
        try:
            asked.headers = self.request_headers(asked, asked.url)
        except ConfigError as error:
            self._refuse(asked.run, asked.url, str(error))
            return False
        return True

    def count_request(self, asked: Asked) -> Callable[[int], None]:
        """A counter of requests and body bytes for the source that `asked` belongs to."""
        count = asked.run.count

        def one_more(received: int) -> None:
            count.requests += 1
            count.bytes += received

        return one_more

    # ---------------------------------------------------------------------------------------------------- answers
    async def answered(self, asked: Asked, page: Page) -> list[Next]:
        """What follows from an answer, of whatever status."""
        status = page.status
        if status == 304 and not isinstance(asked, Leaf):
            asked.run.count.not_modified += 1
            return await self._unchanged(asked)
        if status in GONE and isinstance(asked, Door) and asked.page > 1:
            return await self._ends(asked)
        if not 200 <= status < 300:
            retry = GONE_RETRY if status in GONE else timedelta(seconds=self.desk.config.retry_after)
            return await self._failed(asked, f"{page.url}: the server answered {status}", retry)
        try:
            reading = await self.desk.pool.read(page, _hints(asked, self.desk.config))
        except ExtractionError as error:
            return await self._failed(asked, str(error), timedelta(seconds=self.desk.config.retry_after))
        match asked:
            case Errand():
                return await self._article(asked, page, reading)
            case Leaf():
                asked.read.came(page, reading.extraction)
                return await self._turn(asked.errand, asked.read)
            case Door():
                return await self._read_door(asked, page, reading)

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

    async def _unchanged(self, asked: Door | Errand) -> list[Next]:
        run = asked.run
        if isinstance(asked, Errand):
            run.frontier.done(asked.host)
            self._unreserve(asked)
            run.count.known += 1
            if asked.known is not None and asked.known.article_id is not None and not self.order.dry_run:
                await self.desk.call(self.desk.store.articles.checked, [asked.known.article_id])
            await self._deal(asked.key, True)
            return self._more(run)
        asked.ledger.read()
        asked.ledger.validators = None
        await self._settle(asked.ledger)
        return await self._with_checks(run)

    async def _failed(self, asked: Asked, reason: str, retry: timedelta | None) -> list[Next]:
        """`retry` is `None` where the URL is not to blame and need not be set aside."""
        if isinstance(asked, Leaf):
            asked.read.failed(reason)
            return await self._turn(asked.errand, asked.read)
        run = asked.run
        run.count.failed += 1
        self._warn(run, asked.url, reason)
        if isinstance(asked, Door):
            asked.ledger.spoil()
            asked.ledger.read()
            run.door_failed = run.door_failed or asked.is_first
            await self._settle(asked.ledger)
            return self._more(run)
        run.door_failed = run.door_failed or asked.direct
        retry_at = None if retry is None or asked.direct else self._now() + retry
        return await self._not_taken(asked, reason, retry_at, kept=retry is not None)

    async def _not_taken(self, errand: Errand, reason: str, retry_at: datetime | None, *, kept: bool) -> list[Next]:
        """Nothing of an errand's page is stored; what its door showed of it is, if that is all there is."""
        run = errand.run
        run.frontier.done(errand.host)
        self._unreserve(errand)
        out: list[Next] = [] if errand.fallback is None else [Harvest(run, (errand.fallback,))]
        if retry_at is not None and not self.order.dry_run:
            aside = SetAside(url=errand.url, reason=reason, retry_at=retry_at, source=run.key or None)
            await self.desk.call(self.desk.store.articles.set_aside, [aside])
            if errand.known is not None and errand.known.article_id is not None:
                await self.desk.call(self.desk.store.articles.checked, [errand.known.article_id])
        await self._deal(errand.key, kept)
        return [*out, *self._more(run)]

    async def _left_out(self, asked: Asked) -> list[Next]:
        if isinstance(asked, Leaf):
            return await self._failed(asked, STOPPED, None)
        asked.run.count.skipped += 1
        if isinstance(asked, Door):
            asked.ledger.spoil()
            asked.ledger.read()
            await self._settle(asked.ledger)
        else:
            asked.run.frontier.done(asked.host)
            await self._deal(asked.key, False)
        return []

    # --------------------------------------------------------------------------------------------------- articles
    async def _article(self, errand: Errand, page: Page, reading: Reading) -> list[Next]:
        run, extraction = errand.run, reading.extraction
        if extraction.kind is not PageKind.ARTICLE or not reading.records:
            reason = f"{page.url}: no article, {extraction.reason}"
            return await self._failed(errand, reason, NO_ARTICLE_RETRY)
        least = self._least_confidence(run)
        if extraction.confidence < least:
            reason = f"{page.url}: {extraction.confidence:.0%} sure, less than {least:.0%}; {extraction.reason}"
            run.count.skipped += 1
            if len(run.count.unsure) < MAX_ERRORS:
                run.count.unsure.append(reason)
            log.info("set aside: %s", reason)
            retry_at = None if errand.direct else self._now() + NO_ARTICLE_RETRY
            return await self._not_taken(errand, reason, retry_at, kept=True)
        first = first_key(extraction)
        if first in self._claims and self._leaves.wait(errand, first):
            run.frontier.done(errand.host)
            self._unreserve(errand)
            return self._more(run)
        read = self._leaves.begin(page, extraction)
        if read is None or not is_wanted(reading.records[0], replace(self.order, topic=None)):
            return await self._record(errand, reading)
        return await self._turn(errand, read)

    async def _turn(self, errand: Errand, read: LongRead) -> list[Next]:
        """Ask for the next page of an article; store what came when nothing more is wanted or can be had."""
        run = errand.run
        if read.wanted is not None:
            leaf = Leaf(read.wanted, errand, read)
            refused = self._no_more(run)
            if refused is None and self._head(leaf):
                run.pages_left -= 1
                return [leaf]
            read.stop(refused or "its headers are not known")
        extraction = read.joined()
        lacks = lacking(errand, read)
        if lacks is not None:
            self._warn(run, errand.url, lacks)
        try:
            reading = await self.desk.pool.finish(read.page, extraction, _hints(errand, self.desk.config))
        except ExtractionError as error:
            return await self._failed(errand, str(error), timedelta(seconds=self.desk.config.retry_after))
        self._leaves.joined(errand, extraction)
        records = tuple(again(record, read) for record in reading.records)
        if not records:
            return await self._failed(errand, f"{read.page.url}: no article, {extraction.reason}", NO_ARTICLE_RETRY)
        return await self._record(errand, replace(reading, records=records))

    def _no_more(self, run: Run) -> str | None:
        """Why no further page is asked for; `None` when one is."""
        if self.stopped.is_set():
            return STOPPED
        if run.pages_left <= 0:
            return "no more pages may be asked for (max_pages)"
        return "no more time is left (max_seconds)" if self._clock() > run.deadline else None

    async def _record(self, errand: Errand, reading: Reading) -> list[Next]:
        """An article is all there: store it, if it is wanted."""
        run = errand.run
        run.frontier.done(errand.host)
        record = with_listing(reading.records[0], errand.item, errand.known, errand.title)
        if not is_wanted(record, self.order):
            run.count.skipped += 1
            self._unreserve(errand)
            if self._followed is not None and self._followed.name not in record.topics:
                self._unmatched[errand.url] = record.fetched_at
                if len(self._unmatched) >= UNMATCHED_BATCH:
                    await self._keep_unmatched()
            await self._deal(errand.key, False)
            return self._more(run)
        return [Harvest(run, (record,), errand), *self._more(run)]

    def _least_confidence(self, run: Run) -> float:
        """How sure it must be that a page is an article: it makes no difference where all is asked for."""
        asked = self.order.keep_unsure or (run.source is not None and run.source.keep_unsure)
        return 0.0 if asked else self.desk.config.least_confidence

    async def _keep_unmatched(self) -> None:
        """Remember what was read for the topic in vain, so that the next crawl of the topic need not."""
        read, self._unmatched = self._unmatched, {}
        if read and self._followed is not None and not self.order.dry_run:
            try:
                await self.desk.call(self.desk.store.topics.unmatched, self._followed, read)
            except StoreError as error:  # they are read again, no more
                log.warning("what did not match %s is not remembered: %s", self._followed.name, error)

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
                self._unreserve(harvest.errand)
            if self.order.dry_run:
                published = record.article.published
                self.preview.append(
                    {
                        "url": record.url,
                        "title": record.article.title,
                        "published": published.isoformat() if published is not None else None,
                        "outcome": one.outcome.value,
                    }
                )
        if harvest.errand is not None:
            await self._deal(harvest.errand.key, True)
        last = harvest.records[-1]
        self._tell(EventKind.STORED, last.url, last.article.title)

    async def not_stored(self, harvest: Harvest, error: PresswatchError) -> None:
        """The store refused the records of a harvest."""
        harvest.run.count.failed += 1
        self._warn(harvest.run, harvest.records[0].url, f"{harvest.records[0].url}: not stored, {error}")
        if harvest.errand is not None:
            self._unreserve(harvest.errand)
            await self._deal(harvest.errand.key, False)

    def fail(self, error: str) -> None:
        """The crawl as a whole can't go on."""
        self._broken = True
        self.errors.append(error)
        log.error("%s", error)

    # ------------------------------------------------------------------------------------------------------ doors
    async def _read_door(self, door: Door, page: Page, reading: Reading) -> list[Next]:
        run, extraction = door.run, reading.extraction
        kind = extraction.kind
        wrong = self._wrong_kind(door, kind)
        if wrong is not None:
            return await self._failed(door, f"{page.url}: {wrong}, {extraction.reason}", None)
        door.ledger.validators = _validators(page)
        out: list[Next] = []
        match kind:
            case PageKind.ARTICLE:
                run.count.seen += 1
                out += await self._door_is_article(door, page, reading)
            case PageKind.SITEMAP_INDEX:
                out += await self._children(door, extraction.children)
            case PageKind.OTHER if door.page > 1:
                log.info("%s: the listing ends here, %s", page.url, extraction.reason)
            case PageKind.OTHER:
                found = await self._advertised(door, extraction.hints.feeds)
                if not found:
                    return await self._failed(door, f"{page.url}: nothing to crawl, {extraction.reason}", None)
                out += found
            case _:
                texts, fresh = await self._items(door, kind, extraction.items, reading.records)
                out += texts
                if fresh or door.unfinished:
                    out += await self._next_page(door, extraction.next_page)
        door.ledger.read()
        await self._settle(door.ledger)
        if door.is_first:
            return [*out, *await self._with_checks(run)]
        return [*out, *self._more(run)]

    async def _ends(self, door: Door) -> list[Next]:
        """A further page that does not exist: many listings link to one too many, and templates know no last one."""
        door.ledger.read()
        await self._settle(door.ledger)
        return self._more(door.run)

    def _wrong_kind(self, door: Door, kind: PageKind) -> str | None:
        expected = door.expect
        fits = expected is None or kind is expected
        fits = fits or (expected is PageKind.SITEMAP and kind is PageKind.SITEMAP_INDEX)
        fits = fits or kind is PageKind.OTHER
        return None if fits or expected is None else f"not {kind_names[expected]} but {kind_names[kind]}"

    async def _door_is_article(self, door: Door, page: Page, reading: Reading) -> list[Next]:
        key = url_key(page.url)
        errand = self._errand(door.run, ListingItem(url=page.url), key, None, direct=True)
        errand.reserved = True
        door.run.reserved += 1
        door.run.frontier.begin(errand.host)
        self._claims.setdefault(key, []).append(door.ledger)
        door.ledger.expect(key)
        return await self._article(errand, page, reading)

    async def _children(self, door: Door, children: Sequence[ListingItem]) -> list[Next]:
        """An index is asked without condition: many are static while their sitemaps grow."""
        door.ledger.spoil()
        run = door.run
        out: list[Next] = []
        for child in children_first(children):
            url = normalize_url(child.url)
            if url is None or run.pages_left <= 0 or door.depth >= run.limits.max_depth:
                continue
            out.append(await self._door(run, url, PageKind.SITEMAP, depth=door.depth + 1))
        return out

    async def _advertised(self, door: Door, feeds: Sequence[str]) -> list[Next]:
        """The first feed that a page names, when the page itself is of no use."""
        url = next((url for url in map(normalize_url, feeds) if url is not None), None)
        if url is None or not door.is_first or door.expect is not None or door.run.pages_left <= 0:
            return []
        door.ledger.spoil()
        return [await self._door(door.run, url, PageKind.FEED, depth=2)]

    async def _items(
        self, door: Door, kind: PageKind, items: Sequence[ListingItem], records: Sequence[ArticleRecord]
    ) -> tuple[list[Next], bool]:
        """Enter what a door names; the long texts to store at once, and whether anything was new."""
        run = door.run
        fresh = False
        found: dict[str, ListingItem] = {}
        for item in credible(items):
            url = normalize_url(item.url)
            if url is not None:
                found.setdefault(url, item)
        known: Mapping[str, KnownUrl] = {}
        if found:
            ask = self.desk.store.articles.known
            known = await self.desk.call(ask, list(found), run.key or None, self.order.topic)
        now = self._now()
        sighted: dict[str, str | None] = {}
        texts = {form: record for record in records for form in (record.url, *record.forms)}
        provisional: list[ArticleRecord] = []
        ranked = sorted(found.items(), key=lambda pair: urgency(pair[1]))
        for url, item in ranked:
            key = url_key(url)
            first_named = key not in run.named
            run.named.add(key)
            run.count.seen += first_named
            held = known.get(url)
            step = decide(item, held, self.order, kind, now)
            title = listed_title(item, self.order, kind)
            if step is not Step.TOO_OLD and held is not None and _tells(held, title):
                sighted[url] = title
            match step:
                case Step.KNOWN:
                    run.count.known += first_named
                case Step.ASIDE:
                    run.count.skipped += first_named
                case Step.TOO_OLD:
                    run.count.skipped += first_named
                    door.ledger.spoil()
                case Step.FOLLOW | Step.CHECK | Step.REREAD:
                    fresh = fresh or step is Step.FOLLOW
                    errand = self._claim(door, item, key, url, held)
                    text = texts.get(item.url) or texts.get(url)
                    if errand is None:
                        if held is None or held.article_id is None or (step is Step.REREAD and held.sighted):
                            self._name_too(run, key, url, title, sighted)
                        continue
                    errand.anew = step is Step.REREAD
                    errand.title = title
                    if errand.known is None and text is not None:
                        self._provisional(errand, text, provisional)
        await self._sighted(run, sighted)
        return ([Harvest(run, tuple(provisional))] if provisional else []), fresh

    def _name_too(self, run: Run, key: str, url: str, title: str | None, sighted: dict[str, str | None]) -> None:
        """An article that another errand of this crawl reads: it was met here as well, once that is stored."""
        if key not in self._dealt:
            self._named_too.setdefault(key, []).append((run, url, title))
        elif self._dealt[key]:
            sighted[url] = title

    async def _sighted(self, run: Run, named: Mapping[str, str | None]) -> None:
        """Note where stored articles were met; before the door's validators are kept, it may not name them again."""
        if named and not self.order.dry_run:
            await self.desk.call(self.desk.store.articles.sighted, named, run.key or None)

    def _claim(self, door: Door, item: ListingItem, key: str, url: str, known: KnownUrl | None) -> Errand | None:
        """An errand for an item, unless this crawl has one for the same article already."""
        if key in self._dealt:
            door.ledger.deal(key, self._dealt[key])
            return None
        door.ledger.expect(key)
        if key in self._claims:
            self._claims[key].append(door.ledger)
            return None
        self._claims[key] = [door.ledger]
        errand = self._errand(door.run, item, key, known, url=url)
        self._queue(errand)
        return errand

    def _provisional(self, errand: Errand, record: ArticleRecord, harvest: list[ArticleRecord]) -> None:
        """Keep a listing's long text until its page was read; the longer text wins later, in the store."""
        run = errand.run
        if run.reserved >= run.max_articles or not is_wanted(record, self.order):
            return
        if self.order.dry_run:
            errand.fallback = record
            return
        errand.reserved = errand.provisional = True
        run.reserved += 1
        harvest.append(replace(record, listing_title=errand.title))

    async def _next_page(self, door: Door, found: str | None) -> list[Next]:
        run = door.run
        if door.page >= run.limits.max_depth:
            return []
        text = door.template.replace("{page}", str(door.page + 1)) if door.template is not None else found
        url = normalize_url(text, door.url) if text else None
        if url is None or url == door.url or url_key(url) in run.named:
            return []
        await self._begin_pages(door.ledger)
        if run.pages_left <= 0 or self.stopped.is_set():
            door.ledger.spoil()
            return []
        run.named.add(url_key(url))
        run.pages_left -= 1
        ledger = Ledger(run.key, url, door.ledger)
        following = replace(door, url=url, ledger=ledger, page=door.page + 1, validators=None, headers={})
        door.ledger.expect(url)
        return [following] if self._head(following) else []

    async def _begin_pages(self, ledger: Ledger) -> None:
        """Remember that a door's pages are being walked: a crawl that ends before they do is gone on with."""
        while ledger.parent is not None:
            ledger = ledger.parent
        if ledger.unfinished or not self._remembers or self.order.dry_run:
            return
        ledger.unfinished = True
        await self.desk.call(self.desk.store.doors.save, ledger.source, ledger.url, Validators(unfinished=True))

    async def _with_checks(self, run: Run) -> list[Next]:
        """Edit checks that are due, of articles that the door no longer names as well."""
        if self.order.kind is CrawlKind.SOURCE and run.source is not None and not self.order.dry_run:
            store = self.desk.store
            due = await self.desk.call(store.articles.due_checks, run.source.name, DUE_CHECKS)
            known = await self.desk.call(store.articles.known, due) if due else {}
            for url in due:
                item = ListingItem(url=url)
                key = url_key(url)
                seen = known.get(url)
                if seen is None or key in self._claims or key in self._dealt:
                    continue
                if decide(item, seen, self.order, PageKind.OTHER, self._now()) is Step.CHECK:
                    self._claims[key] = []
                    self._queue(self._errand(run, item, key, seen))
        return self._more(run)

    # --------------------------------------------------------------------------------------------------- frontier
    def _errand(
        self,
        run: Run,
        item: ListingItem,
        key: str,
        known: KnownUrl | None,
        *,
        direct: bool = False,
        url: str | None = None,
    ) -> Errand:
        return Errand(url or item.url, key, run, item, known, direct)

    def _queue(self, errand: Errand) -> None:
        errand.run.frontier.push(errand.host, urgency(errand.item), errand)

    def _dispatch(self, errand: Errand) -> bool:
        run = errand.run
        run.pages_left -= 1
        if not errand.reserved:
            errand.reserved = True
            run.reserved += 1
        return self._head(errand)

    def _unreserve(self, errand: Errand) -> None:
        if errand.reserved and not errand.provisional:
            errand.reserved = False
            errand.run.reserved -= 1

    def _more(self, run: Run) -> list[Next]:
        """The next errands of a source, newest first, as far as its limits allow."""
        out: list[Next] = []
        self._tell(EventKind.PROGRESS, None, None)
        if run.frontier.waiting and self._clock() > run.deadline and run.cut_short is None:
            run.cut_short = f"{run.count.source}: cut short after {run.limits.max_seconds} s (max_seconds)"
            self._warn(run, run.count.source, run.cut_short)
        while run.cut_short is None and not self.stopped.is_set() and run.pages_left > 0:
            errand = run.frontier.first()
            if errand is None or (not errand.reserved and run.reserved >= run.max_articles):
                break
            run.frontier.take()
            if self._leaves.wait(errand, self._leaves.owner(errand)):
                run.frontier.done(errand.host)
                continue
            if self._dispatch(errand):
                out.append(errand)
            else:
                run.frontier.done(errand.host)
        return out

    def more(self) -> list[Next]:
        """Errands that have become possible since the last answer (an article that turned out known made room)."""
        return [one for run in self._runs for one in self._more(run)]

    @property
    def expects_more(self) -> bool:
        """Whether answers are under way, so that storing may wait for company."""
        return any(run.frontier.under_way or run.frontier.waiting for run in self._runs)

    async def _deal(self, key: str, kept: bool) -> None:
        self._dealt[key] = kept
        named_too = self._named_too.pop(key, [])
        if kept:
            for run in dict.fromkeys(run for run, _, _ in named_too):
                await self._sighted(run, {url: title for other, url, title in named_too if other is run})
        for ledger in self._claims.pop(key, ()):
            ledger.deal(key, kept)
            await self._settle(ledger)
        await self._release(key, kept)

    async def _release(self, key: str, kept: bool) -> None:
        """What becomes of the errands that were left to another: known with it, or read after all."""
        for errand in self._leaves.released(key):
            if self._leaves.owner(errand) is None:
                errand.alone = True
                self._queue(errand)
                continue
            errand.run.count.known += kept
            errand.run.count.skipped += not kept
            if kept:
                await self._sighted(errand.run, {errand.url: errand.title})
            await self._deal(errand.key, kept)

    async def _settle(self, ledger: Ledger) -> None:
        """Keep a door's validators once all that it named was dealt with, and tell the page that led to it."""
        if not ledger.settled:
            return
        if ledger.parent is not None:
            ledger.parent.deal(ledger.url, ledger.kept)
            await self._settle(ledger.parent)
            return
        found, ledger.validators = ledger.validators, None
        ended, ledger.unfinished = ledger.unfinished, False
        if ledger.kept and (found is not None or ended) and self._remembers and not self.order.dry_run:
            await self.desk.call(self.desk.store.doors.save, ledger.source, ledger.url, found or Validators())

    # ----------------------------------------------------------------------------------------------------- telling
    def _refuse(self, run: Run, url: str, reason: str) -> None:
        run.count.failed += 1
        run.door_failed = True
        self._warn(run, url, reason)

    def _warn(self, run: Run, url: str, reason: str) -> None:
        if len(run.count.errors) >= MAX_ERRORS:
            log.info("%s", reason)
            return
        run.count.errors.append(reason)
        log.warning("%s", reason)
        self._tell(EventKind.WARNING, url, reason)

    def _tell(self, kind: EventKind, url: str | None, message: str | None) -> None:
        if self._on_event is None:
            return
        moment = self._clock()
        if kind is not EventKind.WARNING and moment - self._told < EVENT_SECONDS:
            return
        self._told = moment
        counts = tuple(run.count for run in self._runs)
        self._on_event(CrawlEvent(crawl=self.order.name, kind=kind, counts=counts, url=url, message=message))

    # ----------------------------------------------------------------------------------------------------- closing
    def stop(self) -> None:
        """Ask nothing more; what came in is still stored."""
        self.stopped.set()

    async def heartbeat(self) -> None:
        """Tell the table of runs that this crawl lives."""
        if self._run_id is not None:
            await self.desk.call(self.desk.store.crawls.heartbeat, self._run_id)

    async def close(self) -> CrawlReport:
        """Close the books, give back the hosts; the report."""
        for key, kept in list(self._dealt.items() if not self._broken else ()):
            await self._release(key, kept)
        for run in self._runs:
            run.count.skipped += run.frontier.clear()
        store, call = self.desk.store, self.desk.call
        in_store = 0
        if not self._broken:
            await self._keep_unmatched()
        if self.order.topic is not None and not self._broken:
            in_store = await call(store.articles.count, ArticleFilter(topic=self.order.topic))
        ended = self._now()
        report = CrawlReport(
            order=self.order,
            state=self._state(),
            started_at=self._began,
            ended_at=ended,
            counts=tuple(run.count for run in self._runs),
            errors=tuple(self.errors),
            in_store=in_store,
            preview=tuple(self.preview),
        )
        self.report = report
        await self.desk.politeness.leave(self)
        if self._run_id is not None:
            if self.order.kind is CrawlKind.SOURCE and report.state is not CrawlState.STOPPED:
                await self._record_sources(ended)
            await call(store.crawls.end, self._run_id, report)
        return report

    async def _record_sources(self, ended: datetime) -> None:
        for run in self._runs:
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

    def _state(self) -> CrawlState:
        if self._broken or (self._runs and all(run.door_failed for run in self._runs)):
            return CrawlState.FAILED
        if self.stopped.is_set():
            return CrawlState.STOPPED
        return CrawlState.PARTIAL if any(_is_partial(run) for run in self._runs) else CrawlState.DONE


def _hints(asked: Asked, config: Config) -> Hints:
    """What is known of an answer before it is read.

    Of a leaf not what a door calls the article: its title has to tell whether it is the same.
    """
    source = asked.run.source
    return Hints(
        zone=asked.run.zone,
        language=source.language if source is not None else None,
        expect=asked.expect if isinstance(asked, Door) else PageKind.ARTICLE,
        title=asked.item.title if isinstance(asked, Errand) else None,
        site_rules=config.site_rules,
        site_rules_folder=config.site_rules_folder,
    )


def _is_partial(run: Run) -> bool:
    """A dead link is everyday; a failed door, a crawl cut short or a source of which nothing could be read is not."""
    count = run.count
    got = count.new + count.updated + count.copies + count.completed + count.known
    return run.door_failed or run.cut_short is not None or (count.failed > 0 and got == 0)


def _tells(known: KnownUrl, title: str | None) -> bool:
    """Whether a door that names a stored article tells something new: its form, or a title where none is kept."""
    return known.sighted is False or (known.sighted is True and known.listing_title is None and title is not None)


def _validators(page: Page) -> Validators | None:
    etag, modified = page.headers.get("etag"), page.headers.get("last-modified")
    return Validators(etag=etag, last_modified=modified) if etag or modified else None
