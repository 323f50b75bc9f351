"""Which ceilings on requests bind: how much of each is spent, when the next request is free, and what waits for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from crawler.config import Config
from crawler.items import SourceState
from crawler.request_meter import FOR_DOORS, ceilings_of, counted, keys_of, span_of
from crawler.sources import Source
from storage.glance import Glance
from storage.waiting_rows import WaitingArticles, WaitingSource

if TYPE_CHECKING:
    from storage import Store

MOST_TOLD = 10
"""Ceilings that a person reads of; `MOST_KEPT` are gathered."""
MOST_KEPT = 200

Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A ceiling: the `requests` that count of `limit`, and of what waits how many `looks` and `articles`, and
    when the first may go (UTC); where nothing waits, when a spent ceiling has room, `None`: it has.
    """

    setting: str
    whose: str
    requests: int
    limit: int
    free_at: datetime | None
    looks: int = 0
    articles: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """How much waits in all, and the ceilings that bind, those that most waits for first; `others` are not listed."""

    looks: int = 0
    articles: int = 0
    bounds: tuple[Bound, ...] = ()
    others: int = 0


def binding(glance: Glance, config: Config, now: datetime) -> Binding:
    """What binds at `now` (UTC): ceilings that something waits for and such as are spent. `StoreError`."""
    return bind(
        config,
        now,
        sources=glance.waiting_sources(),
        waiting=glance.waiting_articles(),
        counts=glance.requests(now.timestamp() - span_of(config)),
        moment=glance.request,
    )


def binding_of(store: Store, config: Config, source: Source, state: SourceState, now: datetime) -> Binding:
    """What binds a source at `now` (UTC): ceilings that it waits for, and such as are spent that it counts towards."""
    from crawler.politeness import host_of  # with it comes what asks, and who tells asks nobody

    looks = [WaitingSource(name=source.name, waits=state.waits, next_due=state.next_due)] if state.waits else []
    keys = set(keys_of(host_of(source.url), source.name))
    articles = store.waits.articles_of(source.name)
    with store.glance() as glance:
        counts = glance.requests(now.timestamp() - span_of(config))
        return bind(config, now, sources=looks, waiting=articles, counts=counts, moment=glance.request, among=keys)


def bind(
    config: Config,
    now: datetime,
    *,
    sources: Iterable[WaitingSource],
    waiting: Iterable[WaitingArticles],
    counts: Iterable[tuple[str, str, int]],
    moment: Callable[[float, Key, int], float | None],
    among: set[Key] | None = None,
) -> Binding:
    """What binds, of the sources and articles that wait and the requests of the last `span_of` seconds by host and
    source; `moment` is `Glance.request`. `among`: only these ceilings where nothing waits.
    """
    looks: dict[Key, int] = defaultdict(int)
    articles: dict[Key, int] = defaultdict(int)
    first: dict[Key, datetime] = {}
    # One that is due by now waits for its turn, no longer for room.
    put_off = [one for one in sources if one.waits.look and one.next_due == one.waits.until > now]
    for source in put_off:
        for ceiling in source.waits.ceilings:
            looks[ceiling.key] += 1
            _earlier(first, ceiling.key, source.waits.until)
    for some in waiting:
        articles[some.ceiling.key] += some.count
        _earlier(first, some.ceiling.key, some.first)
    span, limits = span_of(config), ceilings_of(config)
    spent = counted(counts)
    full = {key for key, count in spent.items() if count >= limits.of(key[0]) and (among is None or key in among)}
    # Where articles have room by now they wait for their source's turn.
    waited = set(looks) | {key for key in articles if spent[key] >= limits.of(key[0]) * (1 - FOR_DOORS)}
    waited = {key for key in waited if getattr(limits, key[0])}
    keys = sorted(waited | full, key=lambda key: (-looks[key], -articles[key], key))
    bounds: list[Bound] = []
    for key in keys[:MOST_KEPT]:
        limit, free = getattr(limits, key[0]), first.get(key)
        if free is None and len(bounds) < MOST_TOLD:
            at = moment(now.timestamp() - span, key, spent[key] - limit)
            free = datetime.fromtimestamp(at + span, UTC) if at is not None else None
        bounds.append(
            Bound(
                setting=key[0],
                whose=key[1],
                requests=spent[key],
                limit=limit,
                free_at=free and max(free, now),
                looks=looks[key],
                articles=articles[key],
            )
        )
    return Binding(
        looks=len(put_off),
        articles=sum(count for key, count in articles.items() if key in waited),
        bounds=tuple(bounds),
        others=max(0, len(keys) - MOST_KEPT),
    )


def _earlier(times: dict[Key, datetime], key: Key, moment: datetime) -> None:
    times[key] = min(moment, times.get(key, moment))
