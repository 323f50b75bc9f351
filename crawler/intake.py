"""Pages that no crawl fetched, taken in as a crawl would: raw pages read again, and archives. On all cores.

Reading happens in the extraction processes (a page that hangs or kills one costs itself only), storing in batches while
the next batch is read.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from crawler.config import Config
from crawler.errors import StoreError
from crawler.ingest import store_records
from crawler.items import ArticleRecord, Basis, Hints, Outcome, Page, PageKind
from crawler.workers import ExtractionError, ExtractionPool, Reading, worker_count
from storage import Store

BATCH = 60  # pages read and then stored together
MAX_NAMED = 20  # pages that gave nothing, named with the reason; all are counted


@dataclass(frozen=True, slots=True)
class Offered:
    """A page to take in, what is known of it before, the source that met it, and the article that it must be."""

    page: Page
    hints: Hints
    source: str | None = None
    article_id: str | None = None


@dataclass(slots=True)
class IntakeReport:
    """What came of the pages: how many, articles by outcome, pages left out (the first few named)."""

    pages: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    left_out: int = 0
    problems: list[str] = field(default_factory=list)

    def leave_out(self, reason: str, *, named: bool = False) -> None:
        """Count a page that gave nothing; it is `named` also where many are."""
        self.left_out += 1
        if named or len(self.problems) < MAX_NAMED:
            self.problems.append(reason)


async def take_in(
    offered: Iterable[Offered],
    store: Store,
    config: Config,
    *,
    basis: Basis = Basis.PAGE,
    dry_run: bool = False,
    advance: Callable[[int], None] | None = None,
) -> IntakeReport:
    """Read pages and store their articles. `offered` is asked for pages in another thread, batch by batch.

    With `Basis.REEXTRACTION` a change is recorded as a better reading, not as an edit by the publisher, and a page that
    is now another article, or a part of one only, is left out. Errors of the store that concern all pages are raised;
    what concerns one page is told.
    """
    again = basis is Basis.REEXTRACTION
    pool = ExtractionPool(
        worker_count(config.extract_workers), config.page_deadline, keep_raw=config.keep_pages and not again
    )
    pool.use_topics(store.topics.list())
    report = IntakeReport()
    source = iter(offered)
    saving: asyncio.Task[None] | None = None
    try:
        while batch := await asyncio.to_thread(_some, source):
            read = await asyncio.gather(*(_read(pool, one) for one in batch))
            if saving is not None:
                await saving
            fit = list(_fit(batch, read, report, config, basis))
            saving = asyncio.create_task(asyncio.to_thread(save, store, fit, report, dry_run=dry_run))
            report.pages += len(batch)
            if advance is not None:
                advance(report.pages)
        if saving is not None:
            await saving
    finally:
        await pool.close()
    return report


def _some(offered: Iterator[Offered]) -> list[Offered]:
    return list(islice(offered, BATCH))


async def _read(pool: ExtractionPool, one: Offered) -> Reading | ExtractionError:
    try:
        return await pool.read(one.page, one.hints)
    except ExtractionError as error:
        return error


def _fit(
    batch: list[Offered], read: list[Reading | ExtractionError], report: IntakeReport, config: Config, basis: Basis
) -> Iterator[tuple[str | None, ArticleRecord]]:
    """(source, record) of the pages that give an article; the others are counted."""
    for one, reading in zip(batch, read, strict=True):
        if isinstance(reading, ExtractionError):
            report.leave_out(str(reading))
            continue
        told = reading.extraction
        if told.kind is not PageKind.ARTICLE or told.article is None or not reading.records:
            report.leave_out(f"{one.page.url}: no article, {told.reason}")
        elif told.confidence < config.least_confidence:
            report.leave_out(f"{one.page.url}: only {told.confidence:.0%} sure that it is an article; {told.reason}")
        elif basis is Basis.REEXTRACTION and (told.article.next_page or told.article.first_page):
            report.leave_out(f"{one.page.url}: one of several pages, of which only this one is kept")
        elif one.article_id is not None and reading.records[0].id != one.article_id:
            report.leave_out(f"{one.page.url}: it reads as another article now ({reading.records[0].url})")
        else:
            yield one.source, replace(reading.records[0], basis=basis)


def save(
    store: Store, fit: Sequence[tuple[str | None, ArticleRecord]], report: IntakeReport, *, dry_run: bool = False
) -> None:
    """Store records by the source that met them, a transaction each; `report` counts what that did.

    A record that the store refuses is told and stops nothing; `StoreError` when it refuses all of several.
    """
    by_source: dict[str | None, list[ArticleRecord]] = {}
    for source, record in fit:
        by_source.setdefault(source, []).append(record)
    for source, records in by_source.items():
        try:
            _save_some(store, records, source, report, dry_run)
        except StoreError:
            # One record may be what the store can't take: the others are stored without it.
            refused = 0
            for record in records:
                try:
                    _save_some(store, [record], source, report, dry_run)
                except StoreError as error:
                    refused += 1
                    report.leave_out(f"{record.url}: not stored, {error}")
            if refused == len(records) > 1:
                raise


def _save_some(
    store: Store, records: list[ArticleRecord], source: str | None, report: IntakeReport, dry_run: bool
) -> None:
    saved = store_records(store, records, source, dry_run=dry_run)
    report.outcomes.update(one.outcome for one in saved)
