"""Coverage: whether each source was watched in each hour, so that silence and an outage can be told apart. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from crawler.items import ArticleMark, CrawlKind, CrawlState, RunRow, SourceCount

HOUR: Final = timedelta(hours=1)
MAX_HOURS: Final = 24 * 366 * 10
"""Longest period told of."""


class Watch(StrEnum):
    """What is known of a source and an hour."""

    WATCHED = "watched"
    FAILED = "failed"
    UNWATCHED = "not watched"
    FORGOTTEN = "forgotten"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """One hour (its first instant, UTC) of a source.

    `state`: watched (a door of it was read), failed (only tried), not watched (not even tried), or forgotten (the runs
    of that time are no longer kept). `looks` are the crawls that began in the hour, `failed_looks` those of them that
    read nothing, `found` the articles that were new in them; `published` are its stored articles of that hour,
    whenever they were found; `next_look` is when the source was next read after the hour's end; `error` is the last
    failure's.
    """

    source: str
    hour: datetime
    state: Watch
    looks: int
    failed_looks: int
    found: int
    published: int
    next_look: datetime | None
    error: str | None


HEADINGS: Final = tuple(Hour.__dataclass_fields__)


@dataclass(slots=True)
class _Looks:
    good: int = 0
    bad: int = 0
    found: int = 0
    error: str | None = None
    error_at: datetime | None = None


@dataclass(slots=True)
class _Source:
    hours: dict[datetime, _Looks] = field(default_factory=lambda: defaultdict(_Looks))
    read_at: list[datetime] = field(default_factory=list)


def hour_of(moment: datetime) -> datetime:
    """The first instant of the hour (UTC)."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def coverage(
    names: Iterable[str],
    runs: Iterable[RunRow],
    marks: Iterable[ArticleMark],
    *,
    since: datetime,
    until: datetime,
    kept_since: datetime | None = None,
    wanted: Callable[[str], bool] = lambda _name: True,
) -> Iterator[Hour]:
    """Each hour from `since` to `until` of each source, by name and time.

    `names` are today's sources; one that was removed since is told when `runs` have it, which are all that began at or
    after `since`, in any order. `marks` are the articles of the period. Runs before `kept_since` may have been
    forgotten (`None`: none was).
    """
    looked: dict[str, _Source] = {name: _Source() for name in names}
    for run in runs:
        for name, count in _looks(run):
            if wanted(name):
                _note(looked.setdefault(name, _Source()), run, count)
    published: dict[tuple[str, datetime], int] = defaultdict(int)
    for mark in marks:
        if mark.source is not None:
            published[mark.source, hour_of(mark.dated_at)] += 1
    first, last = hour_of(since), until
    for name in sorted(looked):
        source = looked[name]
        source.read_at.sort()
        hour = first
        while hour < last:
            looks = source.hours.get(hour) or _Looks()
            later = bisect_left(source.read_at, hour + HOUR)
            yield Hour(
                source=name,
                hour=hour,
                state=_state(looks, forgotten=kept_since is not None and hour < kept_since),
                looks=looks.good + looks.bad,
                failed_looks=looks.bad,
                found=looks.found,
                published=published.get((name, hour), 0),
                next_look=source.read_at[later] if later < len(source.read_at) else None,
                error=looks.error,
            )
            hour += HOUR


def _looks(run: RunRow) -> Iterator[tuple[str, SourceCount | None]]:
    """The sources that a run looked at, with what became of it; `None`: nobody knows, it died."""
    if run.kind is not CrawlKind.SOURCE or run.started_at is None:
        return  # a crawl of URLs or for a topic leaves out what else there is
    if run.state is CrawlState.INTERRUPTED and run.source is not None and not run.counts:
        yield run.source, None
    for count in run.counts:
        if run.state is CrawlState.STOPPED and not (count.seen or count.not_modified or count.unread):
            continue  # stopped before its turn
        if count.source:
            yield count.source, count


def _note(source: _Source, run: RunRow, count: SourceCount | None) -> None:
    assert run.started_at is not None
    looks = source.hours[hour_of(run.started_at)]
    unread = count is None or count.unread or (run.state is CrawlState.FAILED and len(run.counts) == 1)
    if count is not None:
        looks.found += count.new + count.copies
    if not unread:
        looks.good += 1
        source.read_at.append(run.started_at)
        return
    looks.bad += 1
    if looks.error_at is None or run.started_at >= looks.error_at:
        told = [*count.errors, *run.errors] if count is not None else ["interrupted"]
        looks.error, looks.error_at = (told[0] if told else str(run.state)), run.started_at


def _state(looks: _Looks, *, forgotten: bool) -> Watch:
    if looks.good:
        return Watch.WATCHED
    if looks.bad:
        return Watch.FAILED
    return Watch.FORGOTTEN if forgotten else Watch.UNWATCHED


def plain(hour: Hour) -> dict[str, object]:
    """Its fields as JSON and CSV write them: times ISO 8601 in UTC."""
    return {
        name: value.isoformat(timespec="seconds") if isinstance(value, datetime) else value
        for name, value in asdict(hour).items()
    }
