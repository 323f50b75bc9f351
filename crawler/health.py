"""How the whole is doing: whether a daemon lives, how each source fares in a word, what is under way, and totals.

`look` gathers it from the store for `presswatch status`, `look_at_source` for one source; deciding on a word is
`judge`, a pure function.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from crawler.ceilings import Binding, binding
from crawler.config import Config
from crawler.daemon_lock import Holder, daemon_holder
from crawler.items import ArticleFilter, CrawlState, RunRow, SourceState
from crawler.politeness import host_of
from crawler.request_meter import WINDOW
from crawler.source_health import SourceHistory, Usual, changes, overflows, usual
from crawler.sources import MIN_INTERVAL, Outline, Schedule, Source, SourceKind
from storage import Store

# One failed crawl is a hiccup of the network or the site; a second in a row is worth a word.
FAILING_AFTER = 2
# The slowest outlets worth watching publish weekly; a source that brought nothing new for longer may have moved.
QUIET_AFTER = timedelta(days=8)


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


class SourceWord(StrEnum):
    """A source's state in a word."""

    OK = "ok"
    QUIET = "quiet"
    FAILING = "failing"
    CHANGED = "changed"
    OVERFLOWING = "overflowing"
    NEVER_RUN = "never run"
    BLOCKED = "blocked"
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """One source: its state in a word and what it rests on. Times are UTC."""

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

    @property
    def unhealthy(self) -> bool:
        """Whether a person should look: it fails, no longer gives what it used to, or gives more than is looked for."""
        return self.state in (SourceWord.FAILING, SourceWord.CHANGED, SourceWord.OVERFLOWING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Everything `presswatch status` tells."""

    at: datetime
    daemon: Holder | None
    sources: tuple[SourceHealth, ...]
    states: dict[str, int] = field(default_factory=dict)
    running: int = 0
    articles: int = 0
    topics: int = 0
    budget: BudgetUse = field(default_factory=BudgetUse)
    waiting: Binding = field(default_factory=Binding)


def judge(
    source: Source | Outline,
    state: SourceState,
    *,
    blocked_until: datetime | None,
    now: datetime,
    changed: Sequence[str] = (),
    overflowing: bool = False,
) -> SourceWord:
    """A source's state in a word.

    `blocked_until` is the time (UTC) before which its host is not to be asked, `changed` what is no longer as it was;
    `overflowing`: what it shows is so often all new that articles are missed.
    """
    if not source.enabled:
        return SourceWord.OFF
    if blocked_until is not None and blocked_until > now:
        return SourceWord.BLOCKED
    if state.last_run is None:
        return SourceWord.NEVER_RUN
    if state.failures >= FAILING_AFTER or (state.failures and state.last_success is None):
        return SourceWord.FAILING
    if changed:
        return SourceWord.CHANGED
    if overflowing:
        return SourceWord.OVERFLOWING
    if state.last_new is None or now - state.last_new > QUIET_AFTER:
        return SourceWord.QUIET
    return SourceWord.OK


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


def look(store: Store, config: Config, now: datetime) -> Health:
    """Gather the health of everything at `now` (UTC). `StoreError` when the store can't be read."""
    under_way = [row for row in running(store) if row.source is not None]
    busy = {row.source for row in under_way}
    blocked = store.hosts.blocked()
    sources = [
        _health(
            source,
            state,
            history,
            blocked_until=blocked.get(host_of(source.url)) if blocked else None,
            running=source.name in busy,
            now=now,
        )
        for source, state, history in store.sources.fared()
    ]
    return Health(
        at=now,
        daemon=daemon_holder(store, config.store),
        sources=tuple(sources),
        states=dict(Counter(source.state.value for source in sources)),
        running=len(under_way),
        articles=store.articles.count(ArticleFilter()),
        topics=len(store.topics.list()),
        budget=budget_use(store.requests.count_since(now.timestamp() - WINDOW), config),
        waiting=binding(store, config, now),
    )


def foremost(sources: Sequence[SourceHealth], most: int) -> Sequence[SourceHealth]:
    """At most so many of the sources, in their order: those that need a look, then blocked and running ones, then the
    others.
    """
    if len(sources) <= most:
        return sources

    def rank(source: SourceHealth) -> int:
        return 0 if source.unhealthy else 1 if source.state is SourceWord.BLOCKED or source.running else 2

    chosen = sorted(range(len(sources)), key=lambda place: rank(sources[place]))[:most]
    return [sources[place] for place in sorted(chosen)]


def look_at_source(store: Store, source: Source, now: datetime) -> SourceHealth:
    """Gather the health of one stored source at `now` (UTC). `StoreError` when the store can't be read."""
    return _health(
        source,
        store.sources.state(source.name),
        store.sources.history(source.name),
        blocked_until=store.hosts.blocked_until(host_of(source.url)),
        running=any(row.source == source.name for row in running(store)),
        now=now,
    )


def _health(
    source: Source | Outline,
    state: SourceState,
    history: SourceHistory,
    *,
    blocked_until: datetime | None,
    running: bool,
    now: datetime,
) -> SourceHealth:
    changed = changes(history, now) if source.enabled and history.crawls else ()
    overflow = way_out(source.schedule) if source.enabled and overflows(history) else None
    return SourceHealth(
        name=source.name,
        url=source.url,
        kind=source.kind,
        state=judge(
            source,
            state,
            blocked_until=blocked_until,
            now=now,
            changed=changed,
            overflowing=overflow is not None,
        ),
        running=running,
        last_run=state.last_run,
        last_success=state.last_success,
        last_new=state.last_new,
        next_due=state.next_due,
        failures=state.failures,
        last_error=state.last_error,
        articles=state.articles,
        usual=usual(history) if history.crawls else Usual(),
        changes=changed,
        overflow=overflow,
    )


def way_out(schedule: Schedule) -> str:
    """What a person is told of a source that shows nothing but new articles, and can do about it."""
    if schedule.every is not None:
        setting = f"shorten its interval (every, {schedule.every} s)"
    elif schedule.cron is not None:
        setting = "let its cron line name more moments"
    else:
        setting = f"lower its min_interval ({schedule.min_interval or MIN_INTERVAL:.0f} s)"
    return f"all that it shows is new at most looks, so some articles may fall off unseen: {setting}"


def running(store: Store, among: int = 200) -> list[RunRow]:
    """Runs under way, newest first, among the `among` latest."""
    return [row for row in store.crawls.list(among, None) if row.state is CrawlState.RUNNING]
