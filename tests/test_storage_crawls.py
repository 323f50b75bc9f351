from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from platform import node

import pytest

from crawler.errors import UnknownName
from crawler.items import CrawlKind, CrawlOrder, CrawlReport, CrawlState, SourceCount
from storage import Store, open_store

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def order(source: str = "daily", **more: object) -> CrawlOrder:
    return CrawlOrder(kind=CrawlKind.SOURCE, name=source, sources=(source,), due_at=NOON, attempt=2, **more)


def report(asked: CrawlOrder) -> CrawlReport:
    counts = (
        SourceCount(source="daily", seen=41, new=7, requests=9, errors=["https://x/: HTTP 500"]),
        SourceCount(source="wire"),
    )
    return CrawlReport(
        order=asked,
        state=CrawlState.PARTIAL,
        started_at=NOON,
        ended_at=NOON + timedelta(minutes=2),
        counts=counts,
        errors=("one\0",),
    )


def test_a_run_from_begin_to_end(store_url: str) -> None:
    clock = NOON
    with open_store(store_url, now=lambda: clock) as store:
        run = store.crawls.begin(order(), pid=os.getpid(), host=node())
        begun = store.crawls.get(run)
        assert (begun.state, begun.source, begun.kind, begun.attempt, begun.due_at) == (
            CrawlState.RUNNING, "daily", CrawlKind.SOURCE, 2, NOON,
        )  # fmt: skip
        clock = NOON + timedelta(minutes=1)
        store.crawls.heartbeat(run)
        assert store.crawls.get(run).heartbeat_at == clock
        assert store.crawls.get(run).started_at == NOON
        told = report(order())
        store.crawls.end(run, told)
        ended = store.crawls.get(run)
        assert (ended.state, ended.ended_at, ended.counts, ended.errors) == (
            told.state,
            told.ended_at,
            told.counts,
            ("one",),
        )


def test_runs_since_a_moment_come_latest_first_and_older_ones_stay_unread(store_url: str) -> None:
    clock = NOON
    with open_store(store_url, now=lambda: clock) as store:
        for hour in range(9):
            clock = NOON + timedelta(hours=hour)
            store.crawls.begin(order(), pid=os.getpid(), host=node())
        for batch in (1, 2, 500):
            runs = list(store.crawls.since(NOON + timedelta(hours=5), batch=batch))
            assert [run.started_at - NOON for run in runs] == [timedelta(hours=hour) for hour in (8, 7, 6, 5)]
        assert len(list(store.crawls.since(NOON - timedelta(days=1), batch=3))) == 9
        assert list(store.crawls.since(NOON + timedelta(days=1))) == []


def test_the_latest_come_first(store: Store) -> None:
    runs = [store.crawls.begin(order(name), pid=1, host="h") for name in ("a", "b", "a", "c", "a")]
    assert [run.id for run in store.crawls.list(3)] == runs[:1:-1]
    assert [run.id for run in store.crawls.list(2, "a")] == [runs[4], runs[2]]
    topic = CrawlOrder(kind=CrawlKind.TOPIC, name="t", sources=("a", "b"), topic="t")
    assert store.crawls.get(store.crawls.begin(topic, pid=1, host="h")).source is None


def test_a_run_that_does_not_exist(store: Store) -> None:
    with pytest.raises(UnknownName, match="run 7"):
        store.crawls.get(7)
    with pytest.raises(UnknownName, match="run 7"):
        store.crawls.end(7, report(order()))


def test_runs_of_dead_processes_are_marked(store_url: str) -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    clock = NOON
    with open_store(store_url, now=lambda: clock) as store:
        alive = store.crawls.begin(order("alive"), pid=os.getpid(), host=node())
        killed = store.crawls.begin(order("killed"), pid=process.pid, host=node())
        far = store.crawls.begin(order("far"), pid=1, host="another machine")
        ended = store.crawls.begin(order("ended"), pid=process.pid, host=node())
        store.crawls.end(ended, report(order()))
        assert store.crawls.interrupted(NOON) == []
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        (dead,) = store.crawls.interrupted(NOON + timedelta(seconds=100))
        assert (dead.id, dead.state, dead.ended_at) == (killed, CrawlState.INTERRUPTED, NOON + timedelta(seconds=100))
        assert store.crawls.get(killed) == dead
        clock = NOON + timedelta(seconds=100)
        store.crawls.heartbeat(alive)
        assert [run.id for run in store.crawls.interrupted(NOON + timedelta(seconds=121))] == [far]
        assert store.crawls.interrupted(NOON + timedelta(minutes=30)) == []
        assert [run.id for run in store.crawls.interrupted(NOON + timedelta(hours=2))] == [alive]
    process.stdin.close()
    process.wait()
