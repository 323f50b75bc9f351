"""Doors: pages that may name articles, read, walked along their pagination, and followed to what they lead to."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from crawler.crawling.articles import Articles
from crawler.crawling.asking import Asking
from crawler.crawling.brief import Brief
from crawler.crawling.budgets import Budgets
from crawler.crawling.dealings import Dealings
from crawler.crawling.entries import Entries
from crawler.crawling.reporting import Reporter
from crawler.errands import Door, Errand, Next, Run
from crawler.frontier import Ledger, children_first
from crawler.items import ListingItem, Page, PageKind, Validators
from crawler.urls import normalize_url, url_key
from crawler.workers import Reading

log = logging.getLogger(__name__)

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
        self._reporter = reporter
        self._asking = asking
        self._budgets = budgets
        self._dealings = dealings
        self._articles = articles
        self._entries = entries

    async def open(self, run: Run, url: str, expect: PageKind | None, depth: int = 1) -> Door:
        """A door to be asked, with the validators that the store keeps of it."""
        door = Door(url, run, Ledger(run.key, url), expect, depth=depth)
        run.pages_left -= 1
        if self._dealings.remembers and not self._order.recheck:
            door.validators = await self._desk.call(self._desk.store.doors.get, run.key, url)
            door.unfinished = door.validators is not None and door.validators.unfinished
            door.ledger.unfinished = door.unfinished
        self._asking.head(door)
        return door

    async def read(self, door: Door, page: Page, reading: Reading) -> list[Next]:
        """Enter what it names, and follow it."""
        run, extraction = door.run, reading.extraction
        kind = extraction.kind
        wrong = self._wrong_kind(door, kind)
        if wrong is not None:
            return await self.failed(door, f"{page.url}: {wrong}, {extraction.reason}")
        door.ledger.validators = _validators(page)
        out: list[Next] = []
        match kind:
            case PageKind.ARTICLE:
                run.count.seen += 1
                out += await self._is_article(door, page, reading)
            case PageKind.SITEMAP_INDEX:
                out += await self._children(door, extraction.children)
            case PageKind.OTHER if door.page > 1:
                log.info("%s: the listing ends here, %s", page.url, extraction.reason)
            case PageKind.OTHER:
                found = await self._advertised(door, extraction.hints.feeds)
                if not found:
                    return await self.failed(door, f"{page.url}: nothing to crawl, {extraction.reason}")
                out += found
            case _:
                texts, fresh = await self._entries.enter(door, kind, extraction.items, reading.records)
                out += texts
                if fresh or door.unfinished:
                    out += await self._next_page(door, extraction.next_page)
        door.ledger.read()
        await self._dealings.settle(door.ledger)
        if door.is_first:
            return [*out, *await self._entries.with_checks(run)]
        return [*out, *self._budgets.more(run)]

    async def failed(self, door: Door, reason: str) -> list[Next]:
        """It could not be had, or is not what it is taken for."""
        run = door.run
        run.count.failed += 1
        self._reporter.warn(run, door.url, reason)
        door.ledger.spoil()
        door.ledger.read()
        run.door_failed = run.door_failed or door.is_first
        await self._dealings.settle(door.ledger)
        return self._budgets.more(run)

    async def unchanged(self, door: Door) -> list[Next]:
        """All that it names was dealt with."""
        door.ledger.read()
        door.ledger.validators = None
        await self._dealings.settle(door.ledger)
        return await self._entries.with_checks(door.run)

    async def left_out(self, door: Door) -> None:
        """A stop came before its answer."""
        door.ledger.spoil()
        door.ledger.read()
        await self._dealings.settle(door.ledger)

    async def ends(self, door: Door) -> list[Next]:
        """A further page that does not exist: many listings link to one too many, and templates know no last one."""
        door.ledger.read()
        await self._dealings.settle(door.ledger)
        return self._budgets.more(door.run)

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

    async def _next_page(self, door: Door, found: str | None) -> list[Next]:
        run = door.run
        if door.page >= run.limits.max_depth:
            return []
        text = door.template.replace("{page}", str(door.page + 1)) if door.template is not None else found
        url = normalize_url(text, door.url) if text else None
        if url is None or url == door.url or url_key(url) in run.named:
            return []
        await self._dealings.begin_pages(door.ledger)
        if run.pages_left <= 0 or self._stopped.is_set():
            door.ledger.spoil()
            return []
        run.named.add(url_key(url))
        run.pages_left -= 1
        ledger = Ledger(run.key, url, door.ledger)
        following = replace(door, url=url, ledger=ledger, page=door.page + 1, validators=None, headers={})
        door.ledger.expect(url)
        return [following] if self._asking.head(following) else []


def _validators(page: Page) -> Validators | None:
    etag, modified = page.headers.get("etag"), page.headers.get("last-modified")
    return Validators(etag=etag, last_modified=modified) if etag or modified else None
