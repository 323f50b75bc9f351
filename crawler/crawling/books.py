"""What a crawl reads from the store as it begins and writes as it ends: in one transaction each, which costs more than
what is asked in it.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from crawler.errands import Run
from crawler.errors import UnknownName
from crawler.items import CrawlKind, CrawlOrder, CrawlReport, Topic, Validators
from crawler.source_health import CrawlObservation, changes, observe
from crawler.sources import Source
from crawler.urls import normalize_url
from storage import Store
from storage.patterns import DroppedPattern

DUE_CHECKS: Final = 50  # edit checks that one crawl of a source makes beside what its door names, and as many retries
MAX_DOORS: Final = 50  # of one source: a site has a feed, some sitemaps and its sections
BATCH: Final = 50  # steps of an end in one transaction, so that a crawl of many sources lets others write meanwhile
HOST: Final = socket.gethostname()


@dataclass(frozen=True, slots=True)
class SourceBook:
    """What is known of a source: URL patterns dropped, validators of its doors by URL, and which articles are due for a
    check, or for another try after a failure (a door that has not changed would never name them again).
    """

    source: Source
    dropped: Sequence[DroppedPattern]
    validators: Mapping[str, Validators | None]
    checks: Sequence[str]


@dataclass(frozen=True, slots=True)
class Beginning:
    """A crawl that began: its number (`None`: a dry run), the topics, and the source where it is of one."""

    run: int | None
    topics: Sequence[Topic]
    book: SourceBook | None


def begin(store: Store, order: CrawlOrder) -> Beginning:
    """Note that this process runs the order, and read what it starts from. `StoreError`."""
    with store.together(write=not order.dry_run):
        run = None if order.dry_run else store.crawls.begin(order, pid=os.getpid(), host=HOST)
        book = None
        if order.kind is CrawlKind.SOURCE and len(order.sources) == 1:
            try:
                book = _read(store, store.sources.get(order.sources[0]))
            except UnknownName:  # told by whoever looks it up: that the crawl began stays written
                book = None
        return Beginning(run, store.topics.list(), book)


def read(store: Store, source: Source) -> SourceBook:
    """What is known of a source. `StoreError`."""
    with store.together(write=False):
        return _read(store, source)


def _read(store: Store, source: Source) -> SourceBook:
    doors = [door.url for door in source.doors[:MAX_DOORS]] or [source.url]
    return SourceBook(
        source=source,
        dropped=store.patterns.list(source.name),
        validators={url: store.doors.get(source.name, url) for url in map(normalize_url, doors) if url is not None},
        checks=(
            *store.articles.due_checks(source.name, DUE_CHECKS),
            *store.articles.due_again(source.name, DUE_CHECKS),
        ),
    )


def end(
    store: Store, number: int, report: CrawlReport, runs: Sequence[Run], *, hosts: Sequence[str], token: str
) -> None:
    """Write down how a crawl ended: of each run what it says of its source, which is added to the run's count as well,
    then the report. The leases of `hosts`, taken as `token`, are given back. `StoreError`.
    """
    steps: list[Callable[[], None]] = [partial(store.hosts.release, host, token) for host in hosts]
    steps += [partial(_record, store, run, report.ended_at) for run in runs]
    steps.append(partial(store.crawls.end, number, report))
    for first in range(0, len(steps), BATCH):
        with store.together():
            for step in steps[first : first + BATCH]:
                step()


def _record(store: Store, run: Run, at: datetime) -> None:
    count, history = run.count, None
    if run.readings or count.not_modified:
        seen = CrawlObservation(
            at=at,
            doors=tuple(run.readings),
            pages=tuple(run.pages),
            new=count.new + count.copies,
            # A look that left something tells nothing of what fell off.
            shown=count.seen if run.postponed is None and not run.no_room else 0,
            moved=run.moved,
            cut_short=run.cut_short is not None,
        )
        history = observe(store.sources.history(run.key), seen)
        count.changes.extend(changes(history, at))
    store.sources.record(
        run.key,
        at=at,
        ok=not run.door_failed,
        new=count.new + count.copies > 0,
        error=run.door_errors[0] if run.door_failed and run.door_errors else None,
        history=history,
    )
