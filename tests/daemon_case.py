"""A daemon as a process of its own, for tests, with its fixtures: import them by name."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from nursery import Forked, Nursery

from crawler.items import CrawlState, RunRow
from crawler.newsroom import Newsroom
from crawler.sources import Schedule, Source, SourceKind
from storage import Store, open_store

PATIENCE = 60.0
START = "import sys; from crawler.cli import main; sys.exit(main())"


class Running:
    """A daemon process; its lines are read from a file. With `own` an interpreter starts it, else the nursery."""

    def __init__(self, folder: Path, url: str, *arguments: str, own: bool = False, **settings: object) -> None:
        self.log = folder / f"daemon-{time.monotonic_ns()}.log"
        environment = {
            **os.environ,
            "PYTHONPATH": str(Path(__file__).parents[1]),
            "PRESSWATCH_ALLOW_NETWORKS": "127.0.0.0/8",
            "PRESSWATCH_DELAY": "0",
            "PRESSWATCH_CONTACT": "tests@example.org",
            **{f"PRESSWATCH_{name}": "1000000" for name in ("BUDGET", "HOST_BUDGET", "SOURCE_BUDGET")},
            **{f"PRESSWATCH_{name.upper()}": str(value) for name, value in settings.items()},
        }
        command = ["-c", START, "--store", url, "daemon", *arguments]
        self.process: subprocess.Popen[bytes] | Forked
        with self.log.open("w") as out:
            if own:
                self.process = subprocess.Popen(
                    [sys.executable, *command],
                    stderr=out,
                    stdout=out,
                    cwd=folder,
                    env=environment,
                    start_new_session=True,
                )
            else:
                output = out.fileno()
                self.process = Nursery.current.start(command, env=environment, cwd=folder, output=output, session=True)

    @property
    def lines(self) -> list[str]:
        return self.log.read_text().splitlines()

    def wait_for(self, pattern: str, count: int = 1) -> list[str]:
        """Lines that match, once there are `count` of them."""
        found: list[str] = []

        def enough() -> bool:
            found[:] = [line for line in self.lines if re.search(pattern, line)]
            return len(found) >= count

        wait_until(enough, lambda: f"{pattern!r} x {count} not in:\n" + "\n".join(self.lines))
        return found

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


def wait_until(done: Callable[[], bool], otherwise: Callable[[], str], patience: float = PATIENCE) -> None:
    deadline = time.monotonic() + patience
    while not done():
        if time.monotonic() > deadline:
            pytest.fail(otherwise())
        time.sleep(0.05)


def some(newsroom: Newsroom, count: int, every: int = 3600) -> list[Source]:
    """Feeds, which are read whatever becomes of the recognition of listings."""
    feeds = [source for source in newsroom.sources() if source.kind is SourceKind.FEED]
    return [replace(source, schedule=Schedule(every=every), delay=0.0) for source in feeds[:count]]


def ended(store: Store, source: str | None = None) -> list[RunRow]:
    return [run for run in store.crawls.list(500, source) if run.ended_at is not None]


def engine_of(daemon: Running) -> int:
    """The process number of the daemon's engine."""
    pid = daemon.process.pid
    if isinstance(daemon.process, Forked):
        return Nursery.current.child(pid, "crawler.engine")
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return next(int(child) for child in children if b"crawler.engine" in Path(f"/proc/{child}/cmdline").read_bytes())


def runs_now(store: Store) -> bool:
    return any(run.state is CrawlState.RUNNING for run in store.crawls.list(5))


@pytest.fixture(scope="module")
def newsroom() -> Iterator[Newsroom]:
    with Newsroom(seed=3, articles_per_outlet=4) as running:
        yield running


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/watch.db"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = open_store(url)
    yield opened
    opened.close()


@pytest.fixture
def start(tmp_path: Path, url: str) -> Iterator[Callable[..., Running]]:
    begun: list[Running] = []

    def begin(*arguments: str, **settings: Any) -> Running:
        begun.append(Running(tmp_path, url, *arguments, **settings))
        return begun[-1]

    yield begin
    for one in begun:
        # Its engine ends when its input does.
        one.process.kill()
        one.process.wait(PATIENCE)
