"""Due moments of crawls that end close to each other are one transaction; a stop waits for none."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime

import crawler.daemon_dues as dues_module
from crawler.daemon_dues import Dues
from crawler.sources import Source
from storage import open_store

MOMENT = datetime(2026, 11, 26, 9, tzinfo=UTC)


def test_the_first_is_written_at_once_and_those_that_follow_together(tmp_path, monkeypatch):
    monkeypatch.setattr(dues_module, "APART", 0.3)
    rounds = []

    async def write(call, waiting):
        rounds.append(len(waiting))
        call(waiting)

    async def scenario():
        with open_store(f"sqlite:///{tmp_path}/dues.db") as store:
            for number in range(6):
                store.sources.add(Source(name=f"s{number}", url=f"https://s{number}.example.com/"))
            stopping = asyncio.Event()
            dues = Dues(store, write, stopping)
            await dues.keep(("s0", None, MOMENT, None))
            await asyncio.gather(*(dues.keep((f"s{number}", None, MOMENT, None)) for number in range(1, 5)))
            assert rounds == [1, 4]
            assert [state.next_due for state in store.sources.states()] == [MOMENT] * 5 + [None]
            monkeypatch.setattr(dues_module, "APART", 60.0)
            await asyncio.sleep(0.3)
            await dues.keep(("s5", None, MOMENT, None))
            began = time.monotonic()
            waiting = asyncio.create_task(dues.keep(("s0", None, MOMENT, None)))
            await asyncio.sleep(0)
            stopping.set()
            await waiting
            assert rounds == [1, 4, 1, 1]
            assert time.monotonic() - began < 30

    asyncio.run(scenario())
