"""What a door names: each thing is known, left, or waits as an errand; long texts of listings are stored at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from crawler.crawling.brief import Brief
from crawler.crawling.budgets import Budgets
from crawler.crawling.dealings import Dealings
from crawler.errands import Door, Errand, Harvest, Next, Run
from crawler.frontier import Step, credible, decide, is_wanted, listed_title, urgency
from crawler.items import ArticleRecord, CrawlKind, KnownUrl, ListingItem, PageKind
from crawler.urls import normalize_url, url_key

DUE_CHECKS = 50  # edit checks that one crawl of a source makes beside what its door names


class Entries:
    """Enters items into the frontier and the book."""

    def __init__(self, brief: Brief, budgets: Budgets, dealings: Dealings) -> None:
        self._desk = brief.desk
        self._order = brief.order
        self._now = brief.now
        self._budgets = budgets
        self._dealings = dealings

    async def enter(
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
            ask = self._desk.store.articles.known
            known = await self._desk.call(ask, list(found), run.key or None, self._order.topic)
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
            step = decide(item, held, self._order, kind, now)
            title = listed_title(item, self._order, kind)
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
                    errand = self._dealings.claim(door, item, key, url, held)
                    text = texts.get(item.url) or texts.get(url)
                    if errand is None:
                        if held is None or held.article_id is None or (step is Step.REREAD and held.sighted):
                            self._dealings.name_too(run, key, url, title, sighted)
                        continue
                    errand.anew = step is Step.REREAD
                    errand.title = title
                    if errand.known is None and text is not None:
                        self._provisional(errand, text, provisional)
        await self._dealings.sighted(run, sighted)
        return ([Harvest(run, tuple(provisional))] if provisional else []), fresh

    def _provisional(self, errand: Errand, record: ArticleRecord, harvest: list[ArticleRecord]) -> None:
        """Keep a listing's long text until its page was read; the longer text wins later, in the store."""
        run = errand.run
        if run.reserved >= run.max_articles or not is_wanted(record, self._order):
            return
        if self._order.dry_run:
            errand.fallback = record
            return
        errand.reserved = errand.provisional = True
        run.reserved += 1
        harvest.append(replace(record, listing_title=errand.title))

    async def with_checks(self, run: Run) -> list[Next]:
        """Edit checks that are due, of articles that the door no longer names as well."""
        if self._order.kind is CrawlKind.SOURCE and run.source is not None and not self._order.dry_run:
            store = self._desk.store
            due = await self._desk.call(store.articles.due_checks, run.source.name, DUE_CHECKS)
            known = await self._desk.call(store.articles.known, due) if due else {}
            for url in due:
                item = ListingItem(url=url)
                key = url_key(url)
                seen = known.get(url)
                if seen is None or key in self._dealings.claims or key in self._dealings.dealt:
                    continue
                if decide(item, seen, self._order, PageKind.OTHER, self._now()) is Step.CHECK:
                    self._dealings.claims[key] = []
                    self._budgets.queue(Errand(item.url, key, run, item, seen))
        return self._budgets.more(run)


def _tells(known: KnownUrl, title: str | None) -> bool:
    """Whether a door that names a stored article tells something new: its form, or a title where none is kept."""
    return known.sighted is False or (known.sighted is True and known.listing_title is None and title is not None)
