"""The daemon's side of budgets that were raised: what waited for room is brought forward."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from crawler.config import Config
from crawler.daemon_store import StoreCalls
from crawler.items import SourceState
from crawler.lifting import lift, raised_for
from crawler.logs import tell
from crawler.request_meter import ceilings_of, counted, span_of
from crawler.sources import Source
from storage import Store
from storage.waiting_rows import WaitingArticles


async def bring_forward(
    ask: StoreCalls,
    store: Store,
    config: Config,
    sources: Mapping[str, Source],
    states: Mapping[str, SourceState],
    *,
    skip: Callable[[str], bool],
    now: datetime,
) -> dict[str, SourceState]:
    """Bring forward what waits under a ceiling that is higher now; the states of sources that this changed.

    Those to `skip`, which are being crawled, are left until that ended.
    """
    ceilings = ceilings_of(config)
    waiting = {
        name: state
        for name, state in raised_for(states, ceilings).items()
        if name in sources and sources[name].enabled and not skip(name)
    }
    if not waiting:
        return {}
    counts, put_off = await ask(_found, store, now.timestamp() - span_of(config))
    spent = counted(counts)
    articles: Counter[str] = Counter()
    for one in put_off:
        articles[one.source] += one.count
    moves = lift(sources, waiting, ceilings, spent=spent, articles=articles, delay=config.delay, now=now)
    await ask(store.waits.lift, moves.dues, moves.waits, moves.raised, now)
    tell(
        "budget raised",
        settings=",".join(sorted({one.setting for one in moves.raised})),
        sources_now=moves.now,
        sources_waiting=len(waiting) - moves.now,
        articles=sum(articles[name] for name in moves.dues),
    )
    return {
        name: replace(state, next_due=moves.dues.get(name, state.next_due), waits=moves.waits[name])
        for name, state in waiting.items()
    }


def _found(store: Store, since: float) -> tuple[list[tuple[str, str, int]], list[WaitingArticles]]:
    with store.glance() as glance:
        return glance.requests(since), glance.waiting_articles()
