"""What `status` tells, and the lock by which a daemon is alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.cli import main
from crawler.errors import StoreBusy, StoreError
from crawler.health import (
    FAILING_AFTER,
    LEASE_SECONDS,
    QUIET_AFTER,
    DaemonLock,
    SourceWord,
    daemon_holder,
    judge,
    lock_file,
    look,
)
from crawler.items import CrawlKind, CrawlOrder, SourceState
from crawler.sources import Source
from storage import Store, open_store

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SOURCE = Source(name="a", url="https://a.example/feed")
FINE = SourceState(name="a", last_run=NOW, last_success=NOW, last_new=NOW)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.health.LOCK_PATIENCE", 0.1)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/health.db"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = open_store(url, now=lambda: NOW)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (FINE, SourceWord.OK),
        (SourceState(name="a"), SourceWord.NEVER_RUN),
        (replace(FINE, failures=FAILING_AFTER - 1), SourceWord.OK),
        (replace(FINE, failures=FAILING_AFTER), SourceWord.FAILING),
        (replace(FINE, failures=1, last_success=None, last_new=None), SourceWord.FAILING),
        (replace(FINE, last_new=NOW - QUIET_AFTER - HOUR), SourceWord.QUIET),
        (replace(FINE, last_new=NOW - QUIET_AFTER + HOUR), SourceWord.OK),
        (replace(FINE, last_new=None), SourceWord.QUIET),
    ],
)
def test_a_sources_word(state: SourceState, word: SourceWord) -> None:
    assert judge(SOURCE, state, blocked_until=None, now=NOW) is word
    assert judge(SOURCE, state, blocked_until=NOW - HOUR, now=NOW) is word
    assert judge(SOURCE, state, blocked_until=NOW + HOUR, now=NOW) is SourceWord.BLOCKED
    assert judge(replace(SOURCE, enabled=False), state, blocked_until=None, now=NOW) is SourceWord.OFF
    changed = judge(SOURCE, state, blocked_until=None, now=NOW, changed=("0 items",))
    kept = (SourceWord.NEVER_RUN, SourceWord.FAILING)
    assert changed is (word if word in kept else SourceWord.CHANGED)


def test_look_gathers_sources_totals_and_what_is_under_way(store: Store, url: str) -> None:
    store.sources.add(SOURCE)
    store.sources.add(Source(name="b", url="https://b.example/"))
    store.sources.add(Source(name="c", url="https://c.example/"))
    store.sources.record("a", at=NOW, ok=True, new=True)
    store.sources.set_next_due("a", NOW + HOUR)
    store.sources.record("b", at=NOW, ok=False, new=False, error="b.example: no answer")
    store.hosts.block("c.example", NOW + HOUR, "429")
    store.crawls.begin(CrawlOrder(kind=CrawlKind.SOURCE, name="a", sources=("a",)), pid=os.getpid(), host="here")
    health = look(store, url, NOW)
    told = {source.name: (source.state, source.running, source.next_due) for source in health.sources}
    assert told == {
        "a": (SourceWord.OK, True, NOW + HOUR),
        "b": (SourceWord.FAILING, False, None),
        "c": (SourceWord.BLOCKED, False, None),
    }
    assert (health.daemon, health.running, health.articles, health.topics) == (None, 1, 0, 0)
    assert health.states == {"ok": 1, "failing": 1, "blocked": 1}


def test_the_lock_tells_who_holds_it_and_ends_with_its_holder(store: Store, url: str) -> None:
    assert daemon_holder(store, url) is None
    with DaemonLock(store, url, NOW):
        holder = daemon_holder(store, url)
        assert holder is not None
        assert (holder.pid, holder.since) == (os.getpid(), NOW)
        with pytest.raises(
            StoreBusy, match=rf"process {os.getpid()}, since 2026-11-22T12:00:00\+00:00 already"
        ) as caught:
            DaemonLock(store, url, NOW).__enter__()
        assert "\n" not in str(caught.value)
    assert daemon_holder(store, url) is None
    with DaemonLock(store, url, NOW):
        assert daemon_holder(store, url) is not None


def test_a_killed_holder_frees_the_lock_at_once(store: Store, url: str) -> None:
    program = (
        "import sys, time\nfrom datetime import UTC, datetime\n"
        "from crawler.health import DaemonLock\nfrom storage import open_store\n"
        "with DaemonLock(open_store(sys.argv[1]), sys.argv[1], datetime.now(UTC)):\n"
        "    print('held', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, url], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        holder = daemon_holder(store, url)
        assert holder is not None
        assert holder.pid == process.pid
        with pytest.raises(StoreBusy, match=f"process {process.pid}"):
            DaemonLock(store, url, NOW).__enter__()
        process.send_signal(signal.SIGKILL)
        process.wait()
        began = time.monotonic()
        with DaemonLock(store, url, NOW):
            assert time.monotonic() - began < 1


def test_a_lock_file_with_nonsense_in_it_still_locks(store: Store, url: str) -> None:
    file = lock_file(url)
    assert file is not None
    for nonsense in ("", "[]", '{"host": 1}', "\x00" * 50):
        file.write_text(nonsense)
        with DaemonLock(store, url, NOW):
            file.write_text(nonsense)
            with pytest.raises(StoreBusy, match="a daemon already works"):
                DaemonLock(store, url, NOW).__enter__()


def test_a_place_that_cannot_be_locked_is_told(store: Store, tmp_path: Path) -> None:
    (tmp_path / "x.db.daemon.lock").mkdir()
    with pytest.raises(StoreError, match=r"x\.db\.daemon\.lock can't be locked"):
        DaemonLock(store, f"sqlite:///{tmp_path}/x.db", NOW).__enter__()


def test_the_lock_file_stands_beside_the_database(tmp_path: Path) -> None:
    database = tmp_path / "x.db"
    database.touch()
    (tmp_path / "link.db").symlink_to(database)
    expected = tmp_path.resolve() / "x.db.daemon.lock"
    assert lock_file(f"sqlite:///{tmp_path}/x.db") == expected
    assert lock_file(f"sqlite:///{tmp_path}/link.db?timeout=3") == expected
    assert lock_file("postgresql+psycopg://me@host/name") is None


def test_one_daemon_on_either_database(store_url: str) -> None:
    with open_store(store_url) as first, open_store(store_url) as second:
        assert daemon_holder(first, store_url) is None
        with DaemonLock(first, store_url, NOW) as lock:
            assert lock.renew()
            assert daemon_holder(second, store_url) is not None
            with pytest.raises(StoreBusy, match="already works on this store"):
                DaemonLock(second, store_url, NOW).__enter__()
            assert daemon_holder(second, store_url) is not None
        assert daemon_holder(second, store_url) is None


def test_a_lease_that_ended_can_be_taken_over_and_is_then_lost(postgres_url: str) -> None:
    moment = [NOW]
    with open_store(postgres_url, now=lambda: moment[0]) as store:
        first = DaemonLock(store, postgres_url, NOW)
        first.__enter__()
        moment[0] += timedelta(seconds=LEASE_SECONDS + 1)
        assert daemon_holder(store, postgres_url) is None
        with DaemonLock(store, postgres_url, NOW) as second:
            assert second.renew()
            assert not first.renew()


def test_status_and_runs_on_the_command_line(store: Store, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    store.sources.add(SOURCE)
    store.sources.record("a", at=NOW, ok=False, new=False, error="a.example: no answer\nat all")
    run = store.crawls.begin(CrawlOrder(kind=CrawlKind.SOURCE, name="a", sources=("a",)), pid=os.getpid(), host="here")
    with DaemonLock(store, url, NOW):
        assert main(["--store", url, "status"]) == 0
        said = capsys.readouterr().out
        assert f"daemon: running since 2026-11-22 21:00, process {os.getpid()} on " in said
        assert "sources: 1 (1 failing)" in said
        assert "failing, running" in said
        assert "a.example: no answer at all" in said
        assert main(["--store", url, "status", "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert (told["daemon"]["pid"], told["sources"][0]["state"], told["running"]) == (os.getpid(), "failing", 1)
    assert main(["--store", url, "runs", "--source", "a", "--json"]) == 0
    assert [(row["id"], row["state"]) for row in json.loads(capsys.readouterr().out)] == [(run, "running")]
    assert main(["--store", url, "runs"]) == 0
    assert "running" in capsys.readouterr().out
    assert main(["--store", url, "runs", "--source", "b"]) == 2
    assert "'b'" in capsys.readouterr().err
    assert main(["--store", url, "status"]) == 0
    assert "daemon: not running" in capsys.readouterr().out
