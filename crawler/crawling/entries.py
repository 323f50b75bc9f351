"""What a door names: each thing is known, left, or waits as an errand; long texts of listings are stored at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from crawler.crawling.brief import Brief
from crawler.crawling.budgets import Budgets
from crawler.crawling.dealings import Dealings
from crawler.crawling.reporting import Reporter
from crawler.errands import Door, Errand, Harvest, Next, Run
from crawler.frontier import Step, credible, decide, is_wanted, listed_title, urgency
from crawler.ingest import matches
from crawler.items import ArticleRecord, KnownUrl, ListingItem, PageKind, Topic
from crawler.topics import TopicMatcher
from crawler.topics.onward import onward
from crawler.topics.walk import PageSeen
from crawler.url_traps import calendar_of, pattern_of, trap_of
from crawler.urls import normalize_url, url_key

WHOLE_TEXT = 1500  # letters of a door's text, not cut, that are taken for all of an article that is not on a topic
SHOWN = 120  # characters of a URL in a line for a person


@dataclass(frozen=True, slots=True)
class Entered:
    """What a door's page came to."""

    harvests: tuple[Harvest, ...]
    page: PageSeen


class Entries:
    """Enters items into the frontier and the book."""

    def __init__(self, brief: Brief, reporter: Reporter, budgets: Budgets, dealings: Dealings) -> None:
        self._desk = brief.desk
        self._order = brief.order
        self._now = brief.now
        self._budgets = budgets
        self._dealings = dealings
        self._reporter = reporter
        self._matcher: TopicMatcher | None = None

    def follow(self, topic: Topic) -> None:
        """What is entered is looked at for a topic from now on."""
        self._matcher = TopicMatcher([topic])

    async def enter(
        self, door: Door, kind: PageKind, items: Sequence[ListingItem], records: Sequence[ArticleRecord]
    ) -> Entered:
        """Enter what a door names; the long texts to store at once, and what is to be known of the walk."""
        run = door.run
        found = self._found(door, items)
        known: Mapping[str, KnownUrl] = {}
        if found:
            ask = self._desk.store.articles.known
            known = await self._desk.call(ask, list(found), run.key or None, self._order.topic)
        now = self._now()
        fresh = 0
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
            title = listed_title(item, self._order, kind) if door.titled else None
            if step is not Step.TOO_OLD and held is not None and _tells(held, title):
                sighted[url] = title
            text = texts.get(item.url) or texts.get(url)
            if (
                step is Step.FOLLOW
                and (held is None or held.article_id is None)
                and (self._is_calendar(door, kind, url, item) or self._leaves(run, url, text, now))
            ):
                run.count.skipped += first_named
                continue
            match step:
                case Step.KNOWN:
                    run.count.known += first_named
                case Step.ASIDE:
                    run.count.skipped += first_named
                case Step.TOO_OLD:
                    run.count.skipped += first_named
                    door.ledger.spoil()
                case Step.FOLLOW | Step.CHECK | Step.REREAD:
                    fresh += step is Step.FOLLOW
                    first = self._matcher is not None and bool(matches(item, self._matcher))
                    errand = self._dealings.claim(door, item, key, url, held, title=title, first=first)
                    if errand is None:
                        if held is None or held.article_id is None or (step is Step.REREAD and held.sighted):
                            self._dealings.name_too(run, key, url, title, sighted)
                        continue
                    run.count.candidates += self._matcher is not None
                    errand.anew = step is Step.REREAD
                    if errand.known is None and text is not None:
                        self._provisional(errand, text, provisional)
        await self._dealings.sighted(run, sighted)
        dates = tuple(item.published.utc if item.published is not None else None for item in found.values())
        page = PageSeen(keys=tuple(url_key(url) for url in found), dates=dates, fresh=fresh)
        return Entered((Harvest(run, tuple(provisional)),) if provisional else (), page)

    def _found(self, door: Door, items: Sequence[ListingItem]) -> dict[str, ListingItem]:
        """What can be fetched of what a door names, by URL, in its order."""
        found: dict[str, ListingItem] = {}
        for item in credible(items):
            leads = onward(item.url) if self._matcher is not None else item.url
            if leads is None:
                door.run.blind.append(item.outlet)
                continue
            url = normalize_url(leads)
            if url is not None:
                found.setdefault(url, item)
        return found

    def _is_calendar(self, door: Door, kind: PageKind, url: str, item: ListingItem) -> bool:
        """Whether a listing's link leads to a day or month of an archive; what feeds name are articles."""
        found = calendar_of(url, item.title, door.url) if kind is PageKind.LISTING else None
        if found is not None:
            self._reporter.limit(door.run, f"not followed: {url[:SHOWN]}, {found}")
        return found is not None

    def _leaves(self, run: Run, url: str, text: ArticleRecord | None, now: datetime) -> bool:
        """Whether something new is left unread: a trap, a pattern that yields nothing, or plainly not on the topic."""
        trap = trap_of(url)
        if trap is not None:
            self._reporter.limit(run, f"not followed: {url[:SHOWN]}, {trap}")
            return True
        pattern = pattern_of(url)
        if pattern in run.yields.dropped:
            return True
        until = run.left.get(pattern)
        if until is not None and until > now and not self._order.recheck:
            self._reporter.limit(run, f"left until {until:%Y-%m-%d %H:%M} UTC: {pattern}, which yielded no articles")
            return True
        if text is None or self._order.topic is None or self._order.topic in text.topics or text.truncated:
            return False
        return len(text.article.text) >= WHOLE_TEXT

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
        """Edit checks and retries that are due, of articles that the door no longer names as well."""
        if run.checks and not self._order.dry_run:
            known = await self._desk.call(self._desk.store.articles.known, run.checks)
            for url in run.checks:
                item = ListingItem(url=url)
                key = url_key(url)
                seen = known.get(url)
                if seen is None or key in self._dealings.claims or key in self._dealings.dealt:
                    continue
                if decide(item, seen, self._order, PageKind.OTHER, self._now()) in (Step.CHECK, Step.FOLLOW):
                    self._dealings.claims[key] = []
                    self._budgets.queue(Errand(item.url, key, run, item, seen))
        return self._budgets.more(run)


def _tells(known: KnownUrl, title: str | None) -> bool:
    """Whether a door that names a stored article tells something new: its form, or a title where none is kept."""
    return known.sighted is False or (known.sighted is True and known.listing_title is None and title is not None)
