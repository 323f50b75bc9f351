"""The lock by which a daemon is alone on its store, and how another one takes its place."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.daemon_lock import DaemonLock, daemon_holder, lock_file
from crawler.errors import StoreBusy, StoreError
from storage import Store, open_store

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOLD = """
import sys, time
from datetime import UTC, datetime
from crawler.daemon_lock import DaemonLock
from storage import open_store
with DaemonLock(open_store(sys.argv[1]), sys.argv[1], datetime.now(UTC)):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.daemon_lock.LOCK_PATIENCE", 0.1)


@pytest.fixture
def url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with open_store(url) as opened:
        yield opened


@contextmanager
def holding(url: str, word: str = "daemon") -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock; `word` is on its command line."""
    command = [sys.executable, "-c", HOLD, url, word]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


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
        "from crawler.daemon_lock import DaemonLock\nfrom storage import open_store\n"
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


def test_the_refusal_names_host_process_and_start_on_either_database(store_url: str) -> None:
    with open_store(store_url) as store, holding(store_url) as process:
        with pytest.raises(StoreBusy) as caught:
            DaemonLock(store, store_url, NOW).__enter__()
        said = str(caught.value)
        assert f"the daemon on {socket.gethostname()[:26]}, process {process.pid}, since 20" in said
        assert "--takeover" in said
        assert "\n" not in said
        process.kill()
        process.wait()
        began = time.monotonic()
        with DaemonLock(store, store_url, NOW):
            assert time.monotonic() - began < 1


def test_a_takeover_asks_the_holder_to_stop_and_waits(store_url: str) -> None:
    with open_store(store_url) as store, holding(store_url) as process:
        asked = []
        with DaemonLock(store, store_url, NOW, takeover=10, asked=asked.append):
            assert process.wait(5) == -signal.SIGTERM
        assert [holder.pid for holder in asked] == [process.pid]


def test_a_takeover_where_nobody_is_just_starts(store_url: str) -> None:
    with open_store(store_url) as store, DaemonLock(store, store_url, NOW, takeover=10) as lock:
        assert lock.renew()


def test_a_takeover_of_a_file_from_one_that_does_not_stop_says_how_to_end_it(store: Store, url: str) -> None:
    with holding(url) as process:
        os.kill(process.pid, signal.SIGSTOP)
        with pytest.raises(
            StoreBusy, match=rf"process {process.pid}, .* did not stop within 0.5 s: end it with kill -9"
        ):
            DaemonLock(store, url, NOW, takeover=0.5).__enter__()


def test_a_takeover_of_a_file_from_another_machine_is_refused(store: Store, url: str) -> None:
    file = lock_file(url)
    assert file is not None
    with holding(url) as process:
        file.write_text('{"host": "elsewhere.example", "pid": 1, "since": "2026-11-22T12:00:00+00:00"}')
        with pytest.raises(StoreBusy, match=r"elsewhere\.example, process 1, .*stop it where it runs"):
            DaemonLock(store, url, NOW, takeover=5).__enter__()
        assert process.poll() is None


def test_a_takeover_signals_no_process_that_is_no_daemon(store: Store, url: str) -> None:
    with holding(url, word="something-else") as process:
        with pytest.raises(StoreBusy, match="can't be asked to stop from here"):
            DaemonLock(store, url, NOW, takeover=5).__enter__()
        assert process.poll() is None


def test_on_postgresql_one_that_can_not_be_asked_loses_its_session(postgres_url: str) -> None:
    with open_store(postgres_url) as first_store, open_store(postgres_url) as store:
        first = DaemonLock(first_store, postgres_url, NOW).__enter__()
        with DaemonLock(store, postgres_url, NOW, takeover=5) as second:
            assert second.renew()
            assert not first.renew()
            assert not first.renew()
        assert first.renew(), "free again, it may be taken again"
        first.__exit__(None, None, None)


def test_on_postgresql_a_lost_connection_is_replaced(postgres_url: str) -> None:
    with open_store(postgres_url) as store, DaemonLock(store, postgres_url, NOW) as lock:
        session = store.session_lock("here", 1, NOW).holder()
        assert session is not None
        store.session_lock("here", 1, NOW).end(session)
        assert lock.renew()
        again = store.session_lock("here", 1, NOW).holder()
        assert again is not None
        assert again.number != session.number
