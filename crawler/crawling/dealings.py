"""The book of a crawl: which articles have errands, which doors named them, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping

from crawler.crawling.brief import Brief
from crawler.crawling.budgets import Budgets
from crawler.errands import Door, Errand, Run
from crawler.frontier import Ledger, enriched
from crawler.items import CrawlKind, KnownUrl, ListingItem, Validators


class Dealings:
    """By the key of an article: `claims` the doors that wait for it, `dealt` whether it was kept."""

    def __init__(self, brief: Brief, budgets: Budgets) -> None:
        self._desk = brief.desk
        self._token = brief.token
        self._order = brief.order
        self._budgets = budgets
        self.claims: dict[str, list[Ledger]] = {}
        self.dealt: dict[str, bool] = {}
        self._open: dict[str, Errand] = {}
        self._pages: dict[str, list[str]] = {}
        # By key: doors that name what another's errand fetches.
        self._named_too: dict[str, list[tuple[Run, str, str | None]]] = {}

    @property
    def remembers(self) -> bool:
        """A topic crawl leaves items out, so it neither uses nor saves validators."""
        return self._order.kind is not CrawlKind.TOPIC

    def name_too(self, run: Run, key: str, url: str, title: str | None, sighted: dict[str, str | None]) -> None:
        """An article that another errand of this crawl reads: it was met here as well, once that is stored."""
        if key not in self.dealt:
            self._named_too.setdefault(key, []).append((run, url, title))
        elif self.dealt[key]:
            sighted[url] = title

    async def sighted(self, run: Run, named: Mapping[str, str | None]) -> None:
        """Note where stored articles were met; before the door's validators are kept, it may not name them again."""
        if named and not self._order.dry_run:
            await self._desk.call(self._desk.store.articles.sighted, named, run.key or None)

    def claim(
        self,
        door: Door,
        item: ListingItem,
        key: str,
        url: str,
        known: KnownUrl | None,
        *,
        title: str | None,
        first: bool,
    ) -> Errand | None:
        """An errand for an item, unless this crawl has one for the same article already, which learns of this one.

        `title` is what the door is held to, `first` whether it is more urgent than others.
        """
        if key in self.dealt:
            door.ledger.deal(key, self.dealt[key])
            return None
        door.ledger.expect(key)
        if key in self.claims:
            self.claims[key].append(door.ledger)
            other = self._open.get(key)
            if other is not None:
                other.item = enriched(other.item, item)
                other.title = other.title or title
            return None
        self.claims[key] = [door.ledger]
        errand = self._open[key] = Errand(url, key, door.run, item, known, title=title)
        self._budgets.queue(errand, first=first)
        return errand

    async def deal(self, key: str, kept: bool) -> None:
        """An article was dealt with; `kept`: stored, known, or set aside with a time to try again."""
        self.dealt[key] = kept
        for page in (*self._pages.pop(key, ()), key):
            self._desk.claims.done(page, self._token)
        self._open.pop(key, None)
        named_too = self._named_too.pop(key, [])
        if kept:
            for run in dict.fromkeys(run for run, _, _ in named_too):
                await self.sighted(run, {url: title for other, url, title in named_too if other is run})
        for ledger in self.claims.pop(key, ()):
            ledger.deal(key, kept)
            await self.settle(ledger)
        await self.release(key, kept)

    async def release(self, key: str, kept: bool) -> None:
        """What becomes of the errands that were left to another: known with it, or read after all.

        Of several that are read after all the earliest page goes first, since it may read on to the others.
        """
        leaves = self._budgets.leaves
        first: Errand | None = None
        for errand in leaves.released(key):
            if leaves.owner(errand) is None:
                if first is None or not leaves.wait(errand, first.key):
                    errand.alone = True
                    self._budgets.queue(errand)
                    first = first or errand
                continue
            errand.run.count.known += kept
            errand.run.count.skipped += not kept
            if kept:
                await self.sighted(errand.run, {errand.url: errand.title})
            await self.deal(errand.key, kept)

    def hold(self, key: str, page: str) -> None:
        """A further page of an article is asked for: no other crawl need ask for it, nor for the article."""
        self._pages.setdefault(key, []).append(page)
        for each in (key, page):
            self._desk.claims.hold(each, self._token)

    async def settle(self, ledger: Ledger) -> None:
        """Keep a door's validators once all that it named was dealt with, and tell the page that led to it."""
        if not ledger.settled:
            return
        then, ledger.then = ledger.then, None
        if then is not None:
            then()
        if ledger.parent is not None:
            ledger.parent.deal(ledger.url, ledger.kept)
            await self.settle(ledger.parent)
            return
        found, ledger.validators = ledger.validators, None
        ended, ledger.unfinished = ledger.unfinished, False
        if ledger.kept and (found is not None or ended) and self.remembers and not self._order.dry_run:
            await self._desk.call(self._desk.store.doors.save, ledger.source, ledger.url, found or Validators())

    async def begin_pages(self, ledger: Ledger) -> None:
        """Remember that a door's pages are being walked: a crawl that ends before they do is gone on with."""
        while ledger.parent is not None:
            ledger = ledger.parent
        if ledger.unfinished or not self.remembers or self._order.dry_run:
            return
        ledger.unfinished = True
        await self._desk.call(self._desk.store.doors.save, ledger.source, ledger.url, Validators(unfinished=True))
