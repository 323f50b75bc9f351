"""A daemon that is stopped at a bad moment: its engine killed, hung or just starting, its store locked, twice."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from daemon_case import PATIENCE, Running, engine_of, newsroom, some, start, store, url, wait_until

from crawler.config import load_config
from crawler.crawls import Engine
from crawler.daemon_engine import WarmEngine
from crawler.daemon_tally import Tally
from crawler.errors import EngineDied
from crawler.items import CrawlKind, CrawlOrder, CrawlState
from crawler.newsroom import Newsroom
from storage import Store

pytestmark = pytest.mark.slow

# How often each; `make stops` does it a hundred times.
STOPS = int(os.environ.get("PRESSWATCH_TEST_STOPS", "2"))
DRAIN = 2.0
ORDER = CrawlOrder(kind=CrawlKind.URLS, name="test", urls=("http://127.0.0.1/",))

SPEAKER = """
import json, os, sys, time
for line in sys.stdin:
    asked = json.loads(line)["do"]
    if asked == "configure":
        print('{"ready": 1}', flush=True)
    elif asked == "crawl":
        sys.stdout.write(%r)
        sys.stdout.flush()
        os._exit(9)
"""


@pytest.mark.parametrize(
    "last", ['{"id": 1, "report": {"or', "Segmentation fault\n", '{"id": 7}\n', '{"vitals": {}}\n']
)
def test_an_engine_that_dies_in_the_middle_of_a_word_is_an_engine_that_died(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    monkeypatch.setattr("crawler.crawls.program", lambda _module: [sys.executable, "-c", SPEAKER % last])

    async def main() -> None:
        engine = Engine(load_config(None, {}, {"store": sqlite_url}))
        await engine.start()
        with pytest.raises(EngineDied, match="the engine ended"):
            await asyncio.wait_for(engine.crawl(ORDER), 20)
        await engine.close(5)

    asyncio.run(main())


def test_an_engine_that_is_just_starting_begins_no_crawl_after_a_stop(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("crawler.crawls.program", lambda _module: [sys.executable, "-c", "input(); input()"])

    async def main() -> None:
        engines = WarmEngine(load_config(None, {}, {"store": sqlite_url}), Tally())
        crawl = asyncio.create_task(engines.crawl(ORDER, 60))
        while engines._beginning is None or engines._beginning.pid is None:
            await asyncio.sleep(0.01)
        await engines.stop_crawls()
        with pytest.raises(EngineDied, match="daemon stops"):
            await asyncio.wait_for(crawl, 20)
        await engines.close(1)

    asyncio.run(main())
    assert "trying again" not in caplog.text


@pytest.fixture
def daemon(newsroom: Newsroom, store: Store, start: Callable[..., Running]) -> Running:
    # Slow enough that crawls are under way whenever it is stopped.
    for source in some(newsroom, 4, every=1):
        store.sources.add(replace(source, delay=0.3))
    return start(drain=DRAIN)


def ends_well(daemon: Running, store: Store, seconds: float) -> None:
    began = time.monotonic()
    code = daemon.process.wait(PATIENCE)
    took = time.monotonic() - began
    said = "\n".join(daemon.lines)
    assert code == 0, said
    assert took < seconds, said
    assert "Traceback" not in said
    assert "something hung" not in said
    assert "event=stopped" in daemon.lines[-1], said
    # What could not end was marked, at the latest by who comes next.
    store.crawls.interrupted(store.crawls._database.now())
    assert not [run for run in store.crawls.list(100) if run.state is CrawlState.RUNNING]


def crawling(store: Store, many: int = 1) -> None:
    """Waits until so many crawls are under way."""
    deadline = time.monotonic() + PATIENCE
    while sum(run.state is CrawlState.RUNNING for run in store.crawls.list(10)) < many:
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("turn", range(STOPS))
def test_its_engine_is_killed_in_the_same_moment(daemon: Running, store: Store, turn: int) -> None:
    crawling(store)
    engine, chance = engine_of(daemon), random.Random(turn)
    time.sleep(chance.uniform(0, 1.5))
    order = [lambda: os.killpg(engine, signal.SIGKILL), lambda: daemon.process.send_signal(signal.SIGTERM)]
    chance.shuffle(order)
    order[0]()
    time.sleep(chance.choice([0.0, 0.0, 0.001, 0.02]))
    with contextlib.suppress(ProcessLookupError):
        order[1]()
    ends_well(daemon, store, DRAIN + 8)


@pytest.mark.parametrize("turn", range(STOPS))
def test_its_engine_starts_again_meanwhile(daemon: Running, store: Store, turn: int) -> None:
    crawling(store)
    os.killpg(engine_of(daemon), signal.SIGKILL)
    time.sleep(random.Random(turn).uniform(0.5, 2.5))
    daemon.process.send_signal(signal.SIGTERM)
    ends_well(daemon, store, DRAIN + 8)


def test_its_engine_hangs_which_is_told_once(daemon: Running, store: Store) -> None:
    crawling(store, 2)
    os.kill(engine_of(daemon), signal.SIGSTOP)
    daemon.wait_for("engine does not answer")
    daemon.wait_for("attempt=2", 2)
    losses = [line for line in daemon.lines if "level=error" in line]
    assert len(losses) == 1, losses
    assert sum("interrupted" in line for line in daemon.lines) == 1, "\n".join(daemon.lines)
    crawled = sum("event=crawled" in line for line in daemon.lines)
    daemon.wait_for("event=crawled", crawled + 1)
    os.kill(engine_of(daemon), signal.SIGSTOP)
    daemon.process.send_signal(signal.SIGTERM)
    ends_well(daemon, store, DRAIN + 8)


def test_it_has_only_begun(daemon: Running, store: Store) -> None:
    daemon.wait_for("event=started")
    daemon.process.send_signal(signal.SIGTERM)
    ends_well(daemon, store, DRAIN + 8)


def test_it_is_stopped_twice_and_more(daemon: Running, store: Store) -> None:
    crawling(store)
    os.kill(engine_of(daemon), signal.SIGSTOP)
    for _ in range(50):
        with contextlib.suppress(ProcessLookupError):
            daemon.process.send_signal(signal.SIGTERM)
        time.sleep(0.01)
    ends_well(daemon, store, 6)
    assert not [line for line in daemon.lines if "level=error" in line], "it was ended, and died of nothing"


def test_its_store_is_locked(daemon: Running, store: Store, tmp_path: Path) -> None:
    crawling(store)
    with contextlib.closing(sqlite3.connect(tmp_path / "watch.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        daemon.process.send_signal(signal.SIGTERM)
        unlock = threading.Timer(DRAIN + 4, lambda: None)
        unlock.start()
        unlock.join()
        other.execute("COMMIT")
    ends_well(daemon, store, 12)


def test_a_thread_that_never_ends_does_not_keep_it(
    newsroom: Newsroom, store: Store, start: Callable[..., Running], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that neither answers nor hangs up, a disk that is gone: a call of the store never comes back."""
    fault = tmp_path / "fault.py"
    fault.write_text(
        "import sys\n"
        "if sys.argv[-1:] == ['daemon']:\n"
        "    import time\n"
        "    from storage.crawls import Crawls\n"
        "    Crawls.interrupted = lambda self, now: time.sleep(600)\n"
    )
    monkeypatch.setenv("TEST_FAULT", str(fault))
    daemon = start(drain=0.5)
    daemon.wait_for("event=watching")
    daemon.process.send_signal(signal.SIGTERM)
    daemon.wait_for("event=stopped")
    daemon.process.send_signal(signal.SIGTERM)
    assert daemon.process.wait(30) == 0
    assert "something hung" in daemon.lines[-1]
    wait_until(lambda: store.crawls.list(1) == [], lambda: "")
