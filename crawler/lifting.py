"""After a ceiling was raised: who of those that wait under it goes now, and who a little sooner. Pure.

A source that waits remembers which limit left it no room. Where the limit is higher now it is brought forward: as many
as there is room for, one after the other at the pace of their host; the others move up in the queue.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from crawler.items import Ceiling, SourceState, Waits
from crawler.politeness import host_of
from crawler.request_meter import Ceilings, keys_of
from crawler.sources import Source

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Lift:
    """Sources by when they are crawled, what each waits for, and the ceilings that were raised."""

    dues: dict[str, datetime] = field(default_factory=dict)
    waits: dict[str, Waits] = field(default_factory=dict)
    raised: frozenset[Ceiling] = frozenset()
    now: int = 0


def raised_for(states: Mapping[str, SourceState], ceilings: Ceilings) -> dict[str, SourceState]:
    """Sources of which something waits under a ceiling that is higher now than it was."""
    return {name: state for name, state in states.items() if state.waits is not None and _raised(state.waits, ceilings)}


def lift(
    sources: Mapping[str, Source],
    states: Mapping[str, SourceState],
    ceilings: Ceilings,
    *,
    spent: Mapping[Key, int],
    articles: Mapping[str, int],
    delay: float,
    now: datetime,
) -> Lift:
    """Bring forward `states` (of `raised_for`). `spent`: requests that count, by setting and whose; `articles` that
    wait, by source; `delay`: seconds between two requests to a host.
    """
    taken = Counter(spent)
    host_free: dict[str, datetime] = {}
    stay: dict[Key, list[str]] = defaultdict(list)
    places: dict[Key, list[datetime]] = defaultdict(list)
    lifted = Lift()
    dues, waits, raised = lifted.dues, lifted.waits, set[Ceiling]()
    for name in sorted(states, key=lambda one: (states[one].next_due or now, one)):
        state, source = states[name], sources[name]
        assert state.waits is not None
        higher = _raised(state.waits, ceilings)
        raised.update(higher)
        first = higher[0].key
        places[first].append(state.next_due or now)
        host = host_of(source.url)
        keys = {*keys_of(host, name), *(one.key for one in state.waits.ceilings)}
        if any(taken[key] >= ceilings.of(key[0]) for key in keys):
            stay[first].append(name)
            continue
        for key in keys:
            taken[key] += max(1, len(source.doors)) + articles.get(name, 0)
        at = max(now, host_free.get(host, now))
        host_free[host] = at + timedelta(seconds=delay if source.delay is None else source.delay)
        dues[name] = at if state.next_due is None else min(at, state.next_due)
    going = len(dues)
    for first, names in stay.items():
        for name, place in zip(names, places[first], strict=False):
            if (due := states[name].next_due) is None or place < due:
                dues[name] = place
    for name, state in states.items():
        assert state.waits is not None
        renewed = tuple(replace(one, limit=getattr(ceilings, one.setting)) for one in state.waits.ceilings)
        waits[name] = replace(state.waits, ceilings=renewed, until=dues.get(name, state.waits.until))
    return Lift(dues, waits, frozenset(replace(one, limit=0) for one in raised), going)


def _raised(waits: Waits, ceilings: Ceilings) -> list[Ceiling]:
    return [one for one in waits.ceilings if ceilings.of(one.setting) > one.limit]
