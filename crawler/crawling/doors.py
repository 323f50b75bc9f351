"""Doors: pages that may name articles, read, walked along their pagination, and followed to what they lead to."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from crawler.content import max_age
from crawler.crawling.articles import Articles
from crawler.crawling.asking import Asking
from crawler.crawling.brief import Brief
from crawler.crawling.budgets import Budgets
from crawler.crawling.dealings import Dealings
from crawler.crawling.entries import SHOWN, Entries
from crawler.crawling.reporting import Reporter
from crawler.errands import Door, Errand, Next, Run, Search
from crawler.frontier import Ledger, children_first
from crawler.items import CrawlKind, DoorHints, FeedHints, ListingItem, Page, PageKind, Validators
from crawler.source_health import MISSING, DoorReading
from crawler.topics.searches import has_pages
from crawler.topics.walk import PageSeen
from crawler.url_traps import chain_trap
from crawler.urls import normalize_url, url_key
from crawler.workers import Reading

log = logging.getLogger(__name__)

MAX_HINTS = 16  # doors whose word on themselves is passed on
CHAIN = 100  # pages that led to a page, to which it must not lead back
UNREADABLE = 0.5  # confidence below which a feed without a readable entry is broken and not empty
kind_names = {
    PageKind.ARTICLE: "an article",
    PageKind.LISTING: "a listing",
    PageKind.FEED: "a feed",
    PageKind.SITEMAP: "a sitemap",
    PageKind.SITEMAP_INDEX: "a sitemap index",
    PageKind.OTHER: "neither article nor listing, feed or sitemap",
}


class Doors:
    """Reads doors."""

    def __init__(
        self,
        brief: Brief,
        *,
        reporter: Reporter,
        asking: Asking,
        budgets: Budgets,
        dealings: Dealings,
        articles: Articles,
        entries: Entries,
    ) -> None:
        self._desk = brief.desk
        self._order = brief.order
        self._stopped = brief.stopped
        self._now = brief.now
        self._reporter = reporter
        self._asking = asking
        self._budgets = budgets
        self._dealings = dealings
        self._articles = articles
        self._entries = entries

    async def open(
        self,
        run: Run,
        url: str,
        expect: PageKind | None,
        depth: int = 1,
        *,
        titled: bool = True,
        search: Search | None = None,
    ) -> Door:
        """A door to be asked, with the validators that the store keeps of it."""
        door = Door(url, run, Ledger(run.key, url), expect, depth=depth, titled=titled, search=search)
        self._budgets.spend(run, url, door=True)
        if door.is_first:
            run.doors += 1
            run.doors_open += 1
        if self._dealings.remembers and not self._order.recheck:
            if url in run.validators:
                door.validators = run.validators.pop(url)
            else:
                door.validators = await self._desk.call(self._desk.store.doors.get, run.key, url)
            door.unfinished = door.validators is not None and door.validators.unfinished
            door.ledger.unfinished = door.unfinished
        self._asking.head(door)
        return door

    async def read(self, door: Door, page: Page, reading: Reading) -> list[Next]:
        """Enter what it names, and follow it."""
        run, extraction = door.run, reading.extraction
        kind = extraction.kind
        self._note(door, kind, len(extraction.items or extraction.children), cut=extraction.cut)
        run.count.walked += self._order.kind is CrawlKind.TOPIC
        wrong = self._wrong_kind(door, kind)
        if wrong is not None:
            return await self.failed(door, f"{page.url}: {wrong}, {extraction.reason}")
        self.heed(door, page, extraction.hints)
        _note_place(door)
        door.ledger.validators = _validators(page)
        if extraction.cut:
            # An answer of 304 to these validators would leave what stood behind unread for ever.
            door.ledger.spoil()
        if extraction.cut or extraction.overlong:
            # What is too long may keep its validators: the same bytes would leave out the same.
            self._reporter.warn(run, door.url, f"{page.url}: {extraction.reason}")
        out: list[Next] = []
        match kind:
            case PageKind.ARTICLE if door.page > 1 or door.search is not None:
                # Few results with long excerpts read like a text; to store the page would make an article of a list.
                log.warning("%s: reads as an article where results were asked for; it is left", page.url)
                _stop(door, f"page {door.page} reads as an article and not as results")
            case PageKind.ARTICLE:
                run.count.seen += 1
                out += await self._is_article(door, page, reading)
                _stop(door, "it is an article")
            case PageKind.SITEMAP_INDEX:
                out += await self._children(door, extraction.children)
            case PageKind.OTHER if door.page > 1 or door.search is not None:
                log.info("%s: the listing ends here, %s", page.url, extraction.reason)
                where = f"the results end before page {door.page}" if door.page > 1 else "no results"
                _stop(door, f"{where}, {extraction.reason}", complete=door.page > 1)
            case PageKind.OTHER:
                found = await self._advertised(door, extraction.hints.feeds)
                if not found:
                    return await self.failed(door, f"{page.url}: nothing to crawl, {extraction.reason}")
                out += found
            case PageKind.FEED if not extraction.items and extraction.confidence < UNREADABLE:
                return await self.failed(door, f"{page.url}: nothing to crawl, {extraction.reason}")
            case _:
                entered = await self._entries.enter(door, kind, extraction.items, reading.records)
                out += entered.harvests
                if door.pushed is None and self._walks_on(door, entered.page, extraction.next_page):
                    out += await self._next_page(door, extraction.next_page)
        door.ledger.read()
        await self._dealings.settle(door.ledger)
        return [*out, *await self._entered(door)]

    def heed(self, door: Door, page: Page, hints: FeedHints | None = None) -> None:
        """Note what a door says of when to come back; without `hints` it is unchanged."""
        if not door.is_first or door.pushed is not None or len(door.run.hints) >= MAX_HINTS:
            return
        said = hints or FeedHints()
        door.run.hints[door.url] = DoorHints(
            url=door.url,
            anew=hints is not None,
            hub=said.hub,
            topic=said.topic,
            refresh=said.refresh,
            max_age=max_age(page.headers.get("cache-control"), page.headers.get("age")),
            skip_hours=said.skip_hours,
            skip_days=said.skip_days,
        )

    async def _entered(self, door: Door) -> list[Next]:
        """What may be asked when a door is done; with the last, which may name the same articles, edit checks."""
        run = door.run
        if door.is_first:
            run.doors_open -= 1
            if run.doors_open == 0 and not (run.door_failed or (run.unasked and not run.no_room)):
                return await self._entries.with_checks(run)
        return self._budgets.more(run)

    def _note(self, door: Door, kind: PageKind | None, items: int, *, cut: bool = False) -> None:
        """For the statistics of the source: what a door is, and how much it names."""
        # A hub may deliver what is new alone.
        usual = self._order.kind is CrawlKind.SOURCE and door.pushed is None
        if usual and door.page == 1 and (door.is_first or door.expect is PageKind.FEED):
            name = MISSING if kind is None else None if kind is PageKind.OTHER else _word(kind)
            door.run.readings.append(DoorReading(url=door.url, kind=name, items=items, cut=cut))

    async def failed(self, door: Door, reason: str) -> list[Next]:
        """It could not be had, or is not what it is taken for."""
        run = door.run
        run.count.failed += 1
        self._reporter.warn(run, door.url, reason)
        door.ledger.spoil()
        door.ledger.read()
        if door.is_first:
            run.door_errors.append(reason)
        _stop(door, f"failed: {reason}")
        await self._dealings.settle(door.ledger)
        return await self._entered(door)

    async def missing(self, door: Door, reason: str) -> list[Next]:
        """The server says that there is no such page."""
        self._note(door, None, 0)
        return await self.failed(door, reason)

    async def unchanged(self, door: Door) -> list[Next]:
        """All that it names was dealt with."""
        _note_place(door)
        door.ledger.read()
        door.ledger.validators = None
        await self._dealings.settle(door.ledger)
        return await self._entered(door)

    async def left_out(self, door: Door, reason: str) -> None:
        """It was not asked, or a stop came before its answer."""
        _stop(door, reason)
        door.ledger.spoil()
        door.ledger.read()
        await self._dealings.settle(door.ledger)

    async def rests(self, door: Door, reason: str, until: float) -> list[Next]:
        """Its host is left alone until a moment (epoch seconds)."""
        door.run.resting.append(until)
        self._reporter.limit(door.run, reason)
        return await self.unasked(door, reason)

    async def unasked(self, door: Door, reason: str) -> list[Next]:
        """It was put off; the others are asked, and articles that are due."""
        door.run.count.skipped += 1
        await self.left_out(door, reason)
        return await self._entered(door)

    async def ends(self, door: Door) -> list[Next]:
        """A further page that does not exist: many listings link to one too many, and templates know no last one."""
        _stop(door, f"page {door.page} does not exist", complete=True)
        door.ledger.read()
        await self._dealings.settle(door.ledger)
        return await self._entered(door)

    def _wrong_kind(self, door: Door, kind: PageKind) -> str | None:
        expected = door.expect
        fits = expected is None or kind is expected
        fits = fits or (expected is PageKind.SITEMAP and kind is PageKind.SITEMAP_INDEX)
        fits = fits or kind is PageKind.OTHER
        return None if fits or expected is None else f"not {kind_names[expected]} but {kind_names[kind]}"

    async def _is_article(self, door: Door, page: Page, reading: Reading) -> list[Next]:
        key = url_key(page.url)
        errand = Errand(page.url, key, door.run, ListingItem(url=page.url), direct=True)
        errand.reserved = True
        door.run.reserved += 1
        door.run.frontier.begin(errand.host)
        self._dealings.claims.setdefault(key, []).append(door.ledger)
        door.ledger.expect(key)
        return await self._articles.read(errand, page, reading)

    async def _children(self, door: Door, children: Sequence[ListingItem]) -> list[Next]:
        """An index is asked without condition: many are static while their sitemaps grow."""
        door.ledger.spoil()
        run = door.run
        out: list[Next] = []
        for child in children_first(children):
            url = normalize_url(child.url)
            if url is None or run.pages_left <= 0 or door.depth >= run.limits.max_depth:
                continue
            out.append(await self.open(run, url, PageKind.SITEMAP, depth=door.depth + 1))
        return out

    async def _advertised(self, door: Door, feeds: Sequence[str]) -> list[Next]:
        """The first feed that a page names, when the page itself is of no use."""
        url = next((url for url in map(normalize_url, feeds) if url is not None), None)
        if url is None or not door.is_first or door.expect is not None or door.run.pages_left <= 0:
            return []
        door.ledger.spoil()
        return [await self.open(door.run, url, PageKind.FEED, depth=2)]

    def _walks_on(self, door: Door, page: PageSeen, found: str | None) -> bool:
        """Whether the next page is asked for now; results without dates wait until their articles were read."""
        if door.search is None:
            return page.fresh > 0 or door.unfinished
        if door.search.walk.awaits_dates(page):
            door.ledger.then = partial(self._walk_later, door, page, found)
            return False
        return door.search.walk.read(page)

    def _walk_later(self, door: Door, page: PageSeen, found: str | None) -> None:
        search = door.search
        assert search is not None
        dates = tuple(date or search.dates.get(key) for key, date in zip(page.keys, page.dates, strict=True))
        if not self._stopped.is_set() and search.walk.read(replace(page, dates=dates)):
            url = self._following(door, found)
            if url is not None:
                door.run.ready += self._follow(door, url, None)

    async def _next_page(self, door: Door, found: str | None) -> list[Door]:
        """The page after this one, as far as depth, budgets and good sense go."""
        url = self._following(door, found)
        if url is None:
            return []
        await self._dealings.begin_pages(door.ledger)
        return self._follow(door, url, door.ledger)

    def _following(self, door: Door, found: str | None) -> str | None:
        """The URL of the next page: of the template, else the one that was found; `None` where none is asked."""
        run, search = door.run, door.search
        if search is not None and run.reserved >= run.max_articles:
            _stop(door, "no more articles may be stored (max_articles)")
            return None
        if search is None and door.page >= run.limits.max_depth:
            if found:
                self._reporter.limit(run, f"{door.page} pages of {door.url[:SHOWN]} walked, the most (max_depth)")
            return None
        templated = search is not None and has_pages(search.template)
        text = search.url(door.page + 1) if search is not None and templated else found
        url = normalize_url(text, door.url) if text else None
        if url is None or url == door.url or (not templated and url_key(url) in run.named):
            # A template without pages whose only page links to no next one may have many more.
            alone = search is not None and not templated and door.page == 1
            reason = (
                "page 1 links to no next one, and the template has no {page}" if alone else "there are no more pages"
            )
            _stop(door, reason, complete=not alone)
            return None
        trap = None if templated else chain_trap((*door.chain, door.url), url, self._now())
        if trap is not None:
            self._reporter.limit(run, f"not walked on to {url[:SHOWN]}: {trap}")
            _stop(door, trap)
            return None
        return url

    def _follow(self, door: Door, url: str, parent: Ledger | None) -> list[Door]:
        """The next page as a door, if there is room for it; it is entered in the ledger of the page that led to it."""
        run = door.run
        spent = self._budgets.no_more(run) or self._budgets.host_spent(url, door=True)
        if spent is not None:
            if not self._stopped.is_set():
                self._reporter.limit(run, f"not walked on to {url[:SHOWN]}: {spent}")
            _stop(door, spent)
            door.ledger.spoil()
            return []
        run.named.add(url_key(url))
        self._budgets.spend(run, url, door=True)
        ledger = Ledger(run.key, url, parent)
        chain = (*door.chain, door.url)[-CHAIN:]
        following = replace(
            door,
            url=url,
            ledger=ledger,
            page=door.page + 1,
            chain=chain,
            validators=None,
            headers={},
            moved=None,
        )
        if parent is not None:
            parent.expect(url)
        return [following] if self._asking.head(following) else []


def _note_place(door: Door) -> None:
    """Note where a door that answered is for good."""
    if door.is_first and door.pushed is None:
        door.run.moved[door.url] = door.moved


def _stop(door: Door, reason: str, *, complete: bool = False) -> None:
    if door.search is not None:
        door.search.walk.stop(reason, complete=complete)


def _word(kind: PageKind) -> str:
    return "sitemap" if kind is PageKind.SITEMAP_INDEX else kind.value


def _validators(page: Page) -> Validators | None:
    etag, modified = page.headers.get("etag"), page.headers.get("last-modified")
    return Validators(etag=etag, last_modified=modified) if etag or modified else None
