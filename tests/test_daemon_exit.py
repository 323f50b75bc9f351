"""A daemon's exit code is 0 whenever it is stopped: while it is still being loaded, where nobody can be told, and where
its log hangs.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from daemon_case import PATIENCE, START, Running, ended, newsroom, some, start, store, url, wait_until

from crawler.cli.application import application
from crawler.loading import VALUED, begins
from crawler.newsroom import Newsroom
from storage import Store

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
CLOSED = ("sh", "-c", 'exec "$@" {}>&-', "sh")


@pytest.fixture
def program(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Begins a daemon in an interpreter of its own, behind a command that does."""
    for name, value in {
        "PYTHONPATH": ROOT,
        "PRESSWATCH_ALLOW_NETWORKS": "127.0.0.0/8",
        "PRESSWATCH_DELAY": "0",
        "PRESSWATCH_DRAIN": "2",
        "PRESSWATCH_CONTACT": "tests@example.org",
    }.items():
        monkeypatch.setenv(name, str(value))
    begun: list[subprocess.Popen[bytes]] = []

    def begin(*before: str, **how: object) -> subprocess.Popen[bytes]:
        command = [*before, sys.executable, "-c", START, "--store", url, "daemon"]
        begun.append(subprocess.Popen(command, cwd=tmp_path, **how))  # type: ignore[call-overload]
        return begun[-1]

    yield begin
    for one in begun:
        one.kill()
        one.wait(PATIENCE)
        if one.stderr is not None:
            one.stderr.close()


def heeds(pid: int, number: signal.Signals) -> bool:
    """Whether a process has a handler for a signal."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("SigCgt:"):
                return bool(int(line.split()[1], 16) >> (number - 1) & 1)
    return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("turn", range(3))
def test_it_is_stopped_while_it_is_being_loaded(
    program: Callable[..., subprocess.Popen[bytes]], store: Store, tmp_path: Path, number: signal.Signals, turn: int
) -> None:
    with (tmp_path / "said").open("wb") as said:
        process = program(stderr=said)
    # The last one that it begins to heed.
    wait_until(lambda: heeds(process.pid, signal.SIGHUP), lambda: "it never heeds it")
    time.sleep(random.Random(turn).uniform(0, 0.4) * turn)
    process.send_signal(number)
    assert process.wait(PATIENCE) == 0, (tmp_path / "said").read_text()
    assert "Traceback" not in (tmp_path / "said").read_text()


def test_a_reload_that_comes_while_it_is_being_loaded_is_kept(start: Callable[..., Running], store: Store) -> None:
    daemon = start(own=True)
    wait_until(lambda: heeds(daemon.process.pid, signal.SIGHUP), lambda: "it never heeds it")
    daemon.process.send_signal(signal.SIGHUP)
    daemon.wait_for("settings reloaded")
    assert daemon.end() == 0


@pytest.mark.parametrize("trouble", ["reader gone", "disk full", "stdout closed", "stderr closed", "all closed"])
def test_nobody_can_be_told(
    program: Callable[..., subprocess.Popen[bytes]], newsroom: Newsroom, store: Store, trouble: str
) -> None:
    for source in some(newsroom, 2, every=1):
        store.sources.add(source)
    if trouble == "reader gone":
        process = program(stderr=subprocess.PIPE)
        assert process.stderr is not None
        process.stderr.close()
    elif trouble == "disk full":
        with Path("/dev/full").open("wb") as full:
            process = program(stderr=full, stdout=full)
    else:
        closed = {"stdout closed": "1", "stderr closed": "2", "all closed": "0<&- 1>&- 2"}[trouble]
        process = program("sh", "-c", f'exec "$@" {closed}>&-', "sh")
    wait_until(lambda: len(ended(store)) >= 3, lambda: f"it crawls nothing: {process.poll()}")
    process.terminate()
    assert process.wait(PATIENCE) == 0
    assert store.check() == []


def test_a_log_that_hangs_does_not_keep_it(
    program: Callable[..., subprocess.Popen[bytes]], newsroom: Newsroom, store: Store
) -> None:
    """A terminal that was stopped, a service that reads no more: the loop waits in a write for ever."""
    for source in some(newsroom, 2, every=1):
        store.sources.add(source)
    process = program(stderr=subprocess.PIPE)
    assert process.stderr is not None
    wait_until(lambda: len(ended(store)) >= 2, lambda: f"it crawls nothing: {process.poll()}")
    pipe = os.open(f"/proc/{process.pid}/fd/2", os.O_WRONLY | os.O_NONBLOCK)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(pipe, b"x" * 4096)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(pipe, b"x")
    os.close(pipe)
    time.sleep(2.5)
    before = len(ended(store))
    time.sleep(2.5)
    assert len(ended(store)) <= before + 2, "it does not hang"
    process.terminate()
    time.sleep(0.5)
    process.terminate()
    assert process.wait(20) == 0


def test_which_command_a_line_names() -> None:
    assert begins("daemon", ["daemon"])
    assert begins("daemon", ["--store", "sqlite:///x.db", "--config=a.toml", "daemon", "--quiet"])
    assert not begins("daemon", ["search", "daemon"])
    assert not begins("daemon", ["--store", "daemon"])
    assert not begins("daemon", [])
    valued = [
        name for one in application.params if isinstance(one, click.Option) and not one.is_flag for name in one.opts
    ]
    assert sorted(VALUED) == sorted(valued)
