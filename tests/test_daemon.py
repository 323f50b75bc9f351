"""The daemon as a process of its own, watching the bundled newsroom: what it runs, survives and leaves behind."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from daemon_case import PATIENCE, Running, ended, engine_of, newsroom, runs_now, some, start, store, url, wait_until

from crawler.config import load_config
from crawler.daemon import MAINTAIN_EVERY, QUIET_PATIENCE, Daemon, _no_password
from crawler.daemon_lock import DaemonLock
from crawler.daemon_signals import Signals
from crawler.errors import StoreBusy
from crawler.items import CrawlState
from crawler.newsroom import Newsroom
from crawler.sd_notify import ServiceManager
from crawler.sources import Schedule
from storage import Store

pytestmark = pytest.mark.slow


def test_overdue_sources_run_once_and_the_next_moment_is_kept(
    newsroom: Newsroom, store: Store, start: Callable[..., Running]
) -> None:
    sources = some(newsroom, 2)
    for source in sources:
        store.sources.add(source)
        store.sources.set_next_due(source.name, datetime.now(UTC) - timedelta(days=3))
    daemon = start(own=True)
    daemon.wait_for("event=crawled", 2)
    wait_until(
        lambda: all((store.sources.state(s.name).next_due or datetime.now(UTC)) > datetime.now(UTC) for s in sources),
        lambda: str(store.sources.states()),
    )
    assert daemon.end() == 0
    assert "event=stopped" in daemon.lines[-1]
    assert sorted(run.name for run in ended(store)) == sorted(source.name for source in sources)
    for source in sources:
        state = store.sources.state(source.name)
        assert state.articles > 0
        assert state.next_due is not None
        assert timedelta(0) < state.next_due - datetime.now(UTC) <= timedelta(seconds=3600)
    again = start()
    again.wait_for("event=started")
    time.sleep(1)
    assert again.end() == 0
    assert len(ended(store)) == 2


def test_a_second_daemon_is_refused_and_told_who_is_first(store: Store, start: Callable[..., Running]) -> None:
    first = start()
    first.wait_for("event=started")
    second = start(own=True)
    assert second.process.wait(PATIENCE) == 1
    assert len(second.lines) == 1
    assert f"process {first.process.pid}, since 20" in second.lines[0]
    assert first.end(signal.SIGINT) == 0


def test_a_second_daemon_takes_the_place_of_the_first_when_told_to(store: Store, start: Callable[..., Running]) -> None:
    # Whether a process is a daemon is read from its command line.
    first = start(own=True)
    first.wait_for("event=started")
    second = start("--takeover")
    assert first.process.wait(PATIENCE) == 0
    assert "event=stopping signal=SIGTERM" in "".join(first.lines)
    assert f"pid={first.process.pid}" in second.wait_for('event="taking over"')[0]
    second.wait_for("event=started")
    assert second.end() == 0


def test_sources_are_noticed_when_added_changed_and_removed(
    newsroom: Newsroom, store: Store, start: Callable[..., Running]
) -> None:
    daemon = start()
    daemon.wait_for("event=started")
    source = some(newsroom, 1)[0]
    store.sources.add(source)
    daemon.wait_for(f"event=crawled source={source.name}")
    store.sources.update(replace(source, schedule=Schedule(every=1)))
    daemon.wait_for('event="source changed"')
    daemon.wait_for(f"event=crawled source={source.name}", 3)
    store.sources.remove(source.name)
    daemon.wait_for('event="source removed"')
    time.sleep(1.5)
    before = len(ended(store))
    time.sleep(1.5)
    assert len(ended(store)) == before
    assert daemon.end() == 0


def test_a_source_never_overlaps_with_itself(newsroom: Newsroom, store: Store, start: Callable[..., Running]) -> None:
    source = some(newsroom, 1, every=1)[0]
    store.sources.add(source)
    daemon = start()
    daemon.wait_for("event=crawled", 4)
    assert daemon.end() == 0
    runs = sorted(ended(store), key=lambda run: run.id)
    assert len(runs) >= 4
    for earlier, later in itertools.pairwise(runs):
        assert earlier.ended_at is not None
        assert later.started_at is not None
        assert earlier.ended_at <= later.started_at
    assert {run.state for run in runs} <= {CrawlState.DONE, CrawlState.STOPPED}


def test_a_dead_engine_is_replaced_and_its_crawl_run_again(
    newsroom: Newsroom, store: Store, start: Callable[..., Running]
) -> None:
    source = replace(some(newsroom, 1)[0], delay=0.5)
    store.sources.add(source)
    daemon = start(own=True)
    wait_until(lambda: runs_now(store), lambda: "no crawl began")
    os.kill(engine_of(daemon), signal.SIGKILL)
    daemon.wait_for('event="engine died"')
    daemon.wait_for('event="run interrupted"')
    daemon.wait_for("attempt=2")
    wait_until(lambda: len(store.crawls.list(5)) == 2, lambda: "\n".join(daemon.lines))
    assert daemon.end() == 0
    assert [run.state for run in store.crawls.list(5)][1] is CrawlState.INTERRUPTED


def test_a_killed_daemon_leaves_its_source_overdue(
    newsroom: Newsroom, store: Store, start: Callable[..., Running]
) -> None:
    source = replace(some(newsroom, 1)[0], delay=0.5)
    store.sources.add(source)
    daemon = start()
    wait_until(lambda: runs_now(store), lambda: "no crawl began")
    engine = engine_of(daemon)
    os.kill(daemon.process.pid, signal.SIGKILL)
    os.killpg(engine, signal.SIGKILL)
    daemon.process.wait(PATIENCE)
    store.sources.update(replace(source, delay=0.0))
    again = start()
    again.wait_for('event="run interrupted"')
    again.wait_for(f"event=crawled source={source.name}")
    assert again.end() == 0
    states = [run.state for run in store.crawls.list(5)]
    assert states == [CrawlState.DONE, CrawlState.INTERRUPTED]


def test_an_engine_whose_daemon_is_killed_ends_quietly(
    newsroom: Newsroom, store: Store, start: Callable[..., Running]
) -> None:
    for source in some(newsroom, 3):
        store.sources.add(replace(source, delay=0.2))
    daemon = start()
    wait_until(lambda: runs_now(store), lambda: "no crawl began")
    engine = engine_of(daemon)
    os.kill(daemon.process.pid, signal.SIGKILL)
    daemon.process.wait(PATIENCE)
    wait_until(lambda: not Path(f"/proc/{engine}").exists(), lambda: "the engine outlived the daemon")
    assert not [line for line in daemon.lines if " event=" not in line], "\n".join(daemon.lines)
    # What it was told by then is stored, and its runs are closed.
    wait_until(lambda: not runs_now(store), lambda: f"{store.crawls.list(5)}")


def test_a_stop_is_clean_within_the_drain_and_the_crawl_is_run_again(
    newsroom: Newsroom, store: Store, start: Callable[..., Running]
) -> None:
    source = replace(some(newsroom, 1)[0], delay=1.0)
    store.sources.add(source)
    daemon = start(drain=10)
    wait_until(lambda: runs_now(store), lambda: "no crawl began")
    time.sleep(1.5)
    began = time.monotonic()
    assert daemon.end() == 0
    assert time.monotonic() - began < 10 + 3
    assert store.crawls.list(5)[0].state is CrawlState.STOPPED
    due = store.sources.state(source.name).next_due
    assert due is not None
    assert due <= datetime.now(UTC)
    assert store.check() == []


def cut_short_is_no_failure(store: Store, name: str) -> None:
    assert [(run.source, run.state) for run in store.crawls.list(5)] == [(name, CrawlState.INTERRUPTED)]
    state = store.sources.state(name)
    assert (state.failures, state.last_error) == (0, None)
    assert state.next_due is not None
    assert state.next_due <= datetime.now(UTC)


def test_a_second_signal_stops_at_once(newsroom: Newsroom, store: Store, start: Callable[..., Running]) -> None:
    store.sources.add(replace(some(newsroom, 1)[0], delay=1.0))
    daemon = start(drain=60)
    wait_until(lambda: runs_now(store), lambda: "no crawl began")
    engine = engine_of(daemon)
    os.kill(engine, signal.SIGSTOP)
    daemon.process.send_signal(signal.SIGTERM)
    daemon.wait_for("event=stopping")
    time.sleep(1)
    assert daemon.process.poll() is None
    began = time.monotonic()
    assert daemon.end() == 0
    assert time.monotonic() - began < 8
    wait_until(lambda: not Path(f"/proc/{engine}").exists(), lambda: "the engine outlived the daemon")
    cut_short_is_no_failure(store, some(newsroom, 1)[0].name)


def test_a_hanging_engine_is_ended_when_the_drain_is_over(
    newsroom: Newsroom, store: Store, start: Callable[..., Running]
) -> None:
    source = replace(some(newsroom, 1)[0], delay=1.0)
    store.sources.add(source)
    daemon = start(drain=1)
    wait_until(lambda: runs_now(store), lambda: "no crawl began")
    engine = engine_of(daemon)
    os.kill(engine, signal.SIGSTOP)
    began = time.monotonic()
    assert daemon.end() == 0
    assert time.monotonic() - began < 1 + 4
    assert any('event="cut short"' in line for line in daemon.lines)
    wait_until(lambda: not Path(f"/proc/{engine}").exists(), lambda: "the engine outlived the daemon")
    cut_short_is_no_failure(store, source.name)


def test_settings_are_read_again_on_hangup_and_bad_ones_refused(
    tmp_path: Path, store: Store, start: Callable[..., Running]
) -> None:
    file = tmp_path / "presswatch.toml"
    file.write_text("concurrency = 4\n")
    daemon = start()
    daemon.wait_for("event=started")
    file.write_text("concurency = 4\n")
    daemon.process.send_signal(signal.SIGHUP)
    assert "concurency" in daemon.wait_for('event="settings refused"')[0]
    file.unlink()
    daemon.process.send_signal(signal.SIGHUP)
    assert "presswatch.toml is gone; put it back" in daemon.wait_for('event="settings refused"', 2)[1]
    file.write_text("concurrency = 5\n")
    daemon.process.send_signal(signal.SIGHUP)
    daemon.wait_for('event="settings reloaded"')
    assert daemon.end() == 0


def test_a_schedule_that_cannot_be_kept_stops_only_its_source(
    newsroom: Newsroom, store: Store, start: Callable[..., Running]
) -> None:
    good, bad = some(newsroom, 2)
    store.sources.add(replace(bad, schedule=Schedule(every=None, cron="99 * * * *")))
    store.sources.add(good)
    daemon = start()
    daemon.wait_for(f"event=crawled source={good.name}")
    time.sleep(2.5)
    refusals = [line for line in daemon.lines if 'event="source refused"' in line]
    assert len(refusals) == 1
    assert "minute '99' is out of range" in refusals[0]
    assert daemon.end() == 0
    assert {run.source for run in store.crawls.list(50)} == {good.name}


@pytest.fixture
def daemon(url: str, store: Store) -> Iterator[Callable[..., Daemon]]:
    def make(**options: object) -> Daemon:
        config = load_config(None, {}, {"store": url})
        lock = DaemonLock(store, url, datetime.now(UTC))
        options.setdefault("now", lambda: datetime.now(UTC))
        return Daemon(config, store, lock, Signals(), ServiceManager({}), **options)  # type: ignore[arg-type]

    return make


def test_a_store_that_does_not_answer_is_asked_again_and_told_once(
    daemon: Callable[..., Daemon], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("crawler.daemon_store.FIRST_WAIT", 0.01)
    monkeypatch.setattr("crawler.outage.STEADY", 0.0)
    answers = iter([StoreBusy("locked"), StoreBusy("locked"), StoreBusy("locked"), 7])

    def ask() -> int:
        answer = next(answers)
        if isinstance(answer, StoreBusy):
            raise answer
        return answer

    async def main() -> int:
        answer = await daemon()._calls(ask)
        await asyncio.sleep(0.01)
        return answer

    with caplog.at_level("INFO", "presswatch.daemon"):
        assert asyncio.run(main()) == 7
    assert [record.getMessage() for record in caplog.records] == [
        "store does not answer; trying again",
        "store answers again",
    ]


def test_a_sign_of_life_that_waited_for_the_store_tells_no_trouble_that_is_over(
    daemon: Callable[..., Daemon], monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str | None] = []

    async def main() -> None:
        one = daemon()
        refusals = iter([StoreBusy("locked")])

        def keep(_name: str, plain: dict[str, str | None]) -> None:
            for refusal in refusals:
                raise refusal
            written.append(plain["trouble"])

        monkeypatch.setattr(one._store.plans, "keep", keep)
        one._calls.outage.failed("crawls", StoreBusy("locked"))
        assert "locked" in (one.unready() or "")
        waiting = asyncio.create_task(one._give_sign())
        await asyncio.sleep(0.5)
        assert next(refusals, None) is None
        one._calls.outage.succeeded()
        await asyncio.wait_for(waiting, 20)
        await asyncio.gather(*one._moves)

    asyncio.run(main())
    assert written == ["starting", "starting"]


def test_a_wall_clock_that_was_set_is_noticed(daemon: Callable[..., Daemon]) -> None:
    moment = [datetime(2026, 11, 22, 12, tzinfo=UTC)]

    async def main() -> list[bool]:
        one = daemon(now=lambda: moment[0])
        noticed = [one._roster.clock_jumped(), one._roster.clock_jumped()]
        moment[0] -= timedelta(hours=1)
        noticed += [one._roster.clock_jumped(), one._roster.clock_jumped()]
        moment[0] += timedelta(days=1)
        return [*noticed, one._roster.clock_jumped()]

    assert asyncio.run(main()) == [False, False, True, False, True]


def test_the_store_is_maintained_in_a_quiet_minute_once_a_day(
    daemon: Callable[..., Daemon], caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        one = daemon()
        await one._maintain()
        assert not caplog.records, "not at once after the start"
        one._maintained = time.monotonic() - MAINTAIN_EVERY - 1
        one._turns.clock._due["soon"] = datetime.now(UTC) + timedelta(seconds=30)
        await one._maintain()
        assert not caplog.records, "a source is due"
        one._turns.clock._due["soon"] = datetime.now(UTC) + timedelta(seconds=90)
        await one._maintain()
        await one._maintain()
        one._maintained = time.monotonic() - MAINTAIN_EVERY - QUIET_PATIENCE - 1
        one._turns.clock._due["soon"] = datetime.now(UTC)
        await one._maintain()

    with caplog.at_level("INFO", "presswatch.daemon"):
        asyncio.run(main())
    assert [record.getMessage() for record in caplog.records] == ["store maintained"] * 2


def test_no_password_is_logged() -> None:
    assert _no_password("postgresql+psycopg://me:secret@host/db") == "postgresql+psycopg://host/db"
    assert _no_password("sqlite:///x.db") == "sqlite:///x.db"
