"""How the whole is doing: whether a daemon lives, how each source fares in a word, what is under way, and totals.

`look` gathers it from the store for `presswatch status` and `/metrics`, `look_at_source` for one source.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from statistics import median

from crawler.ceilings import Binding, binding
from crawler.config import Config, zone_of
from crawler.daemon_lock import Holder, daemon_holder
from crawler.items import SourceState
from crawler.request_meter import WINDOW
from crawler.source_health import Summary, Usual, changes_told, expected_in_a_day
from crawler.source_words import RANKS, UNHEALTHY, SourceWord, account, judge, way_out
from crawler.sources import Outline, Source, SourceKind
from crawler.vital_signs import BOOK, SILENT_AFTER, VitalSigns, from_plain
from storage.glance import Glance, Glanced

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# Of publishing there is a rhythm of days and weeks: what is usual now is the median of the same hours of a week.
DAYS_BEFORE = 7
# A look that is due waits for a place, its host's pace or the next look at the store without being late.
OVERDUE_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetUse:
    """Requests of the daemon within the last hour against their ceiling (0: none); of hosts and sources the busiest."""

    requests: int = 0
    ceiling: int = 0
    host: str | None = None
    host_requests: int = 0
    host_ceiling: int = 0
    source: str | None = None
    source_requests: int = 0
    source_ceiling: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Articles found in the last hour and the last 24, and usually: the median of the same hours of the seven days
    before, `None` where the store is younger.
    """

    last_hour: int = 0
    usual_hour: float | None = None
    last_day: int = 0
    usual_day: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """Seconds from publication to discovery, of `articles` of the last 24 hours (`Glance.delays`)."""

    articles: int = 0
    mean: float | None = None
    median: float | None = None
    p90: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Looks that are late, and articles that are due for another try, each with the time since the oldest was due."""

    overdue: int = 0
    oldest_due: datetime | None = None
    articles: int = 0
    oldest_article: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """A crawl under way."""

    run: int
    name: str
    since: datetime | None
    pid: int | None = None
    host: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftAlone:
    """A host that is not asked until then."""

    host: str
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """One source: its state in a word and what it rests on. Times are UTC.

    `seen` articles were found in the last 24 hours and `expected` usually are, `None` while its pace is not known.
    `account` says what the state means and what to do, `moved` where its doors are for good now.
    """

    name: str
    url: str
    kind: SourceKind
    state: SourceWord
    running: bool
    last_run: datetime | None
    last_success: datetime | None
    last_new: datetime | None
    next_due: datetime | None
    failures: int
    last_error: str | None
    articles: int
    usual: Usual = field(default_factory=Usual)
    changes: tuple[str, ...] = ()
    overflow: str | None = None
    added_at: datetime | None = None
    seen: int = 0
    expected: float | None = None
    moved: Mapping[str, str] = field(default_factory=dict)
    empty_since: datetime | None = None
    account: str | None = None

    @property
    def unhealthy(self) -> bool:
        """Whether a person should look."""
        return self.state in UNHEALTHY


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Everything `presswatch status` tells. `signs` are the last of a daemon, of the one that runs or one before."""

    at: datetime
    daemon: Holder | None
    sources: tuple[SourceHealth, ...]
    states: dict[str, int] = field(default_factory=dict)
    running: int = 0
    articles: int = 0
    topics: int = 0
    budget: BudgetUse = field(default_factory=BudgetUse)
    zone: str = "UTC"
    signs: VitalSigns | None = None
    pace: Pace = field(default_factory=Pace)
    delay: Delay = field(default_factory=Delay)
    queue: Queue = field(default_factory=Queue)
    under_way: tuple[UnderWay, ...] = ()
    left_alone: tuple[LeftAlone, ...] = ()
    waiting: Binding = field(default_factory=Binding)

    @property
    def silent(self) -> bool:
        """Whether the daemon that runs gives no sign of life, or none since it began."""
        if self.daemon is None:
            return False
        since = [moment for moment in (self.daemon.since, self.signs.at if self.signs else None) if moment is not None]
        return bool(since) and self.at - max(since) > SILENT_AFTER


def budget_use(counts: Iterable[tuple[str, str, int]], config: Config) -> BudgetUse:
    """What requests by (host, source) come to against the ceilings of `config`."""
    hosts: Counter[str] = Counter()
    sources: Counter[str] = Counter()
    for asked, name, requests in counts:
        hosts[asked] += requests
        if name:
            sources[name] += requests
    host, source = (max(found, key=found.__getitem__, default=None) for found in (hosts, sources))
    return BudgetUse(
        requests=hosts.total(),
        ceiling=config.budget,
        host=host,
        host_requests=hosts[host] if host is not None else 0,
        host_ceiling=config.host_budget,
        source=source,
        source_requests=sources[source] if source is not None else 0,
        source_ceiling=config.source_budget,
    )


def pace_of(glance: Glance, now: datetime, last_day: int) -> Pace:
    """How many articles are found, now and usually; `last_day` were in the last 24 hours."""
    days = [(now - n * DAY, now - (n - 1) * DAY) for n in range(2, DAYS_BEFORE + 2)]
    hours = [(end - HOUR, end) for _, end in days]
    last_hour, *before = glance.found_within([(now - HOUR, now), *hours, *days])
    usual_hour, usual_day = (
        median(known) if (known := [count for count in counts if count is not None]) else None
        for counts in (before[:DAYS_BEFORE], before[DAYS_BEFORE:])
    )
    # Before the first article is an hour old all were found within the hour.
    last_hour = last_day if last_hour is None else last_hour
    return Pace(last_hour=last_hour, usual_hour=usual_hour, last_day=last_day, usual_day=usual_day)


def delay_of(seconds: Iterable[float]) -> Delay:
    """What delays come to. A publisher whose clock runs ahead has published no later than it was found."""
    found = sorted(max(0.0, delay) for delay in seconds)
    if not found:
        return Delay()
    # The least that at least nine of ten don't exceed (nearest rank).
    p90 = found[math.ceil(0.9 * len(found)) - 1]
    return Delay(
        articles=len(found),
        mean=round(math.fsum(found) / len(found), 1),
        median=round(median(found), 1),
        p90=round(p90, 1),
    )


def look(store: Glanced, config: Config, now: datetime, names: Sequence[str] = ()) -> Health:
    """Gather the health of everything at `now` (UTC), of sources those of these names, of all without any.

    `StoreError` when the store can't be read, `UnknownName`.
    """
    daemon = daemon_holder(store, config.store)
    with store.glance() as glance:
        return _look(glance, config, now, names, daemon)


def _look(glance: Glance, config: Config, now: datetime, names: Sequence[str], daemon: Holder | None) -> Health:
    under_way = glance.running(now)
    blocked = glance.blocked(now)
    seen = glance.found(now - DAY)
    fared = [one for name in dict.fromkeys(names) for one in glance.sources(name)] or glance.sources()
    gather = _Gathering(
        now=now,
        weekday=now.weekday(),
        over=(now - now.replace(hour=0, minute=0, second=0, microsecond=0)) / DAY,
        zone=zone_of(config.zone),
        daemon=daemon is not None,
        busy=frozenset(row.source for row in under_way if row.source is not None),
        blocked=blocked,
        seen=seen,
    )
    sources = tuple(gather.health(*one) for one in fared)
    waiting, oldest = glance.waiting(now)
    overdue = [
        due
        for source in sources
        if source.state is not SourceWord.OFF and not source.running
        for due in (source.next_due or source.added_at,)
        if due is not None and due < now - OVERDUE_AFTER
    ]
    return Health(
        at=now,
        daemon=daemon,
        sources=sources,
        states=dict(Counter(source.state.value for source in sources)),
        running=len(under_way),
        articles=glance.articles(),
        topics=glance.topics(),
        budget=budget_use(glance.requests(now.timestamp() - WINDOW), config),
        waiting=binding(glance, config, now),
        zone=config.zone,
        signs=from_plain(glance.book(BOOK)),
        pace=pace_of(glance, now, sum(seen.values())),
        delay=delay_of(glance.delays(now - DAY)),
        queue=Queue(
            overdue=len(overdue), oldest_due=min(overdue, default=None), articles=waiting, oldest_article=oldest
        ),
        under_way=tuple(
            UnderWay(run=row.run, name=row.name, since=row.since, pid=row.pid, host=row.host) for row in under_way
        ),
        left_alone=tuple(LeftAlone(host=host, until=until, reason=reason) for host, (until, reason) in blocked.items()),
    )


def worst_first(sources: Sequence[SourceHealth]) -> list[SourceHealth]:
    """Those that need a look first, those that run before others of their state, else by name."""
    return sorted(sources, key=lambda source: (RANKS[source.state], not source.running))


def look_at_source(store: Glanced, config: Config, source: Source, now: datetime) -> SourceHealth:
    """Gather the health of one stored source at `now` (UTC). `StoreError` when the store can't be read."""
    return look(store, config, now, [source.name]).sources[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gathering:
    """What the health of a source is gathered from, besides what is kept of it."""

    now: datetime
    weekday: int
    over: float
    zone: tzinfo
    daemon: bool
    busy: frozenset[str]
    blocked: Mapping[str, tuple[datetime, str]]
    seen: Mapping[str | None, int]

    def health(self, source: Outline, state: SourceState, told: Summary) -> SourceHealth:
        blocked = self._left_alone(source.url) if self.blocked else None
        word = judge(source, state, told, blocked_until=blocked[0] if blocked else None, now=self.now)
        changed = changes_told(told, self.now) if source.enabled else ()
        return SourceHealth(
            name=source.name,
            url=source.url,
            kind=source.kind,
            state=word,
            running=source.name in self.busy,
            last_run=state.last_run,
            last_success=state.last_success,
            last_new=state.last_new,
            next_due=state.next_due,
            failures=state.failures,
            last_error=state.last_error,
            articles=state.articles,
            usual=told.usual,
            changes=changed,
            overflow=way_out(source.schedule) if source.enabled and told.overflowing else None,
            added_at=source.added_at,
            seen=self.seen.get(source.name, 0),
            expected=expected_in_a_day(told, self.weekday, self.over),
            moved=told.moved,
            empty_since=told.empty_since,
            account=None
            if word is SourceWord.OK
            else account(
                word,
                source,
                state,
                told,
                zone=self.zone,
                daemon=self.daemon,
                added_at=source.added_at,
                blocked=blocked,
            ),
        )

    def _left_alone(self, url: str) -> tuple[datetime, str] | None:
        from crawler.politeness import host_of  # with it comes what asks, and status asks nobody

        return self.blocked.get(host_of(url))
