"""kill -9 at twenty instants of a crawl: nothing is lost, nothing is stored twice, no door forgets what it named.

Ten instants stand exactly before or after a commit of the process that stores, placed by a program that it runs first.
Ten are found from outside, by watching the database and the newsroom's log. Each kill takes all processes of the crawl.
Then the crawl is run again, and its store compared with that of a crawl nobody disturbed. The processes are forked from
one that has loaded their modules; those of the undisturbed crawl and of two instants are started by an interpreter.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from nursery import FAULT as FAULT_FILE
from nursery import Forked, Nursery

from crawler.items import ArticleFilter, ArticleRow
from crawler.newsroom import Newsroom
from crawler.urls import article_id, url_key
from storage import Store, open_store

pytestmark = pytest.mark.slow

PATIENCE = 90.0
# A feed, a listing of links, and a home page that names its feed.
SOURCES = ("ramen-notes", "today-press", "garden-notes")
# Commits of the storing process in one crawl; it opens with the run and ends with the run's report.
BEFORE = (1, 3, 6, 9, 12)
AFTER = (2, 4, 7, 10, 13)
ROWS = (1, 4, 9, 16)
WAL = (2, 5, 9)
REQUESTS = (1, 8, 20)
OWN = ("before:9", "rows 9")

FAULT = """
import os, signal, sys

place = os.environ.get("TEST_KILL_AT_COMMIT")
if place and "crawler.engine" in (*sys.orig_argv, *sys.argv):
    from sqlalchemy.engine.default import DefaultDialect

    when, number = place.split(":")
    left = int(number)
    commit = DefaultDialect.do_commit

    def die():
        os.kill(int(os.environ.get("TEST_OWNER", os.getppid())), signal.SIGKILL)
        os.killpg(os.getpgrp(), signal.SIGKILL)

    def do_commit(self, connection):
        global left
        left -= 1
        if left == 0 and when == "before":
            die()
        commit(self, connection)
        if left == 0 and when == "after":
            die()

    DefaultDialect.do_commit = do_commit
"""


@dataclass(frozen=True)
class World:
    """A newsroom, and what a crawl of it that nobody disturbed leaves in its store."""

    newsroom: Newsroom
    rows: dict[str, tuple[object, ...]]
    stories: set[frozenset[str]]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("undisturbed")
    with Newsroom(seed=11, articles_per_outlet=7, delay=0.01) as newsroom:
        url = prepare_store(folder, newsroom)
        crawl_to_its_end(folder, own=True)
        with open_store(url) as store:
            rows, stories = stored(store)
            assert store.check() == []
        truth = {article_id(url_key(true.url)): true for true in newsroom.truth() if true.outlet in SOURCES}
        assert rows.keys() == truth.keys()
        assert {key: row[1] for key, row in rows.items()} == {key: true.title for key, true in truth.items()}
        yield World(newsroom, rows, stories)


def prepare_store(folder: Path, newsroom: Newsroom) -> str:
    """A store that knows the sources; its URL."""
    url = f"sqlite:///{folder}/kill.db"
    with open_store(url) as store:
        for source in newsroom.sources():
            if source.name in SOURCES:
                store.sources.add(source)
    (folder / "sitecustomize.py").write_text(FAULT)
    return url


def crawl(folder: Path, at_commit: str | None = None, *, own: bool = False) -> subprocess.Popen[bytes] | Forked:
    """Begin a one-off crawl of every source. With `own` an interpreter starts its processes, else the nursery."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PRESSWATCH_")}
    environment |= {
        "PYTHONPATH": f"{folder}:{Path(__file__).parents[1]}",
        "PRESSWATCH_STORE": f"sqlite:///{folder}/kill.db",
        "PRESSWATCH_ALLOW_NETWORKS": "127.0.0.0/8",
        "PRESSWATCH_DELAY": "0",
        "PRESSWATCH_CONTACT": "tests@example.org",
        "PRESSWATCH_EXTRACT_WORKERS": "1",
        FAULT_FILE: f"{folder}/sitecustomize.py",
    }
    if at_commit is not None:
        environment["TEST_KILL_AT_COMMIT"] = at_commit
    command = ["-c", "import sys; from crawler.cli import main; sys.exit(main(['crawl']))"]
    with (folder / "output").open("ab") as output:
        if own:
            return subprocess.Popen(
                [sys.executable, *command], cwd=folder, env=environment, stdout=output, stderr=output
            )
        return Nursery.current.start(command, env=environment, cwd=folder, output=output.fileno())


def crawl_to_its_end(folder: Path, *, own: bool = False) -> None:
    with crawl(folder, own=own) as process:
        try:
            assert process.wait(PATIENCE) == 0, errors(folder)
        finally:
            kill_family(process)


def errors(folder: Path) -> str:
    return (folder / "output").read_text()[-3000:]


def stored(store: Store) -> tuple[dict[str, tuple[object, ...]], set[frozenset[str]]]:
    """Articles by id, with what must not depend on how often a crawl was killed; and which belong to one story."""

    def told(row: ArticleRow) -> tuple[object, ...]:
        return (
            row.url,
            row.title,
            row.text,
            row.published,
            row.content_hash,
            row.version,
            row.provisional,
            row.authors,
        )

    rows = list(store.articles.rows(ArticleFilter()))
    stories: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        stories[row.cluster_id].add(row.id)
    by_id = {row.id: told(row) for row in rows}
    assert len(by_id) == len(rows)
    return by_id, {frozenset(members) for members in stories.values()}


def children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def family(process: subprocess.Popen[bytes] | Forked) -> list[int]:
    """A process and all that descend from it."""
    if isinstance(process, Forked):
        return Nursery.current.family(process.pid)
    found = [process.pid]
    for one in found:
        found += children(one)
    return found


def kill_family(process: subprocess.Popen[bytes] | Forked) -> list[int]:
    """Kill a process that still runs and all that descend from it; their numbers."""
    processes = family(process) if process.poll() is None else []
    for number in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
    return processes


def gone(processes: list[int]) -> bool:
    def is_gone(process: int) -> bool:
        try:
            return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except OSError:
            return True

    return all(map(is_gone, processes))


def wait_until(done: Callable[[], bool], process: subprocess.Popen[bytes] | Forked, folder: Path) -> None:
    """Spin, so that the instant is met closely; a crawl that ends before it was met fails the test."""
    deadline = time.monotonic() + PATIENCE
    while not done():
        assert process.poll() is None, f"the crawl ended before the instant was met:\n{errors(folder)}"
        assert time.monotonic() < deadline, f"the instant was not met:\n{errors(folder)}"


def rows_reach(folder: Path, number: int) -> Callable[[], bool]:
    """The store's sequence of changes has come so far."""
    connection = sqlite3.connect(f"file:{folder}/kill.db?mode=ro", uri=True, isolation_level=None)
    query = "SELECT value FROM counters WHERE name = 'change_seq'"

    def reached() -> bool:
        done = bool(connection.execute(query).fetchone()[0] >= number)
        if done:
            connection.close()
        return done

    return reached


def wal_grows(folder: Path, times: int) -> Callable[[], bool]:
    """The log of the database is being written for the so-manieth time: a commit is under way."""
    wal = folder / "kill.db-wal"
    seen = {wal.stat().st_size if wal.exists() else 0}

    def grown() -> bool:
        with contextlib.suppress(OSError):
            seen.add(wal.stat().st_size)
        return len(seen) > times

    return grown


def requests_reach(newsroom: Newsroom, number: int) -> Callable[[], bool]:
    """The newsroom was asked so often in this crawl."""
    newsroom.clear_log()
    return lambda: len(newsroom.log()) >= number


def is_killed_and_runs_again(world: World, folder: Path, processes: list[int]) -> None:
    """What must hold after a kill, and after the crawl was run again."""
    wait_for_end = time.monotonic() + PATIENCE
    while not gone(processes):
        assert time.monotonic() < wait_for_end
        time.sleep(0.02)
    with open_store(f"sqlite:///{folder}/kill.db") as store:
        assert store.check() == []
        for source in store.sources.list():
            if store.doors.get(source.name, source.url) is not None:
                named = {true.url for true in world.newsroom.truth(source.name)}
                known = store.articles.known(sorted(named))
                assert not named - known.keys(), "validators of a door were kept before all it named was stored"
    with contextlib.closing(sqlite3.connect(folder / "kill.db")) as connection, connection:
        # What a host's lease of seconds would do by itself.
        connection.execute("UPDATE hosts SET lease_token = NULL, lease_until = NULL")
    crawl_to_its_end(folder)
    with open_store(f"sqlite:///{folder}/kill.db") as store:
        rows, stories = stored(store)
        assert rows == world.rows
        assert stories == world.stories
        assert store.check() == []


@pytest.mark.parametrize("place", [*(f"before:{n}" for n in BEFORE), *(f"after:{n}" for n in AFTER)])
def test_killed_at_a_commit(world: World, tmp_path: Path, place: str) -> None:
    prepare_store(tmp_path, world.newsroom)
    seen: set[int] = set()
    with crawl(tmp_path, place, own=place in OWN) as process:
        deadline = time.monotonic() + PATIENCE
        while process.poll() is None and time.monotonic() < deadline:
            seen.update(family(process))
            time.sleep(0.01)
        kill_family(process)
    assert process.returncode == -signal.SIGKILL, errors(tmp_path)
    is_killed_and_runs_again(world, tmp_path, sorted(seen))


@pytest.mark.parametrize(
    "instant", [*(f"rows {n}" for n in ROWS), *(f"wal {n}" for n in WAL), *(f"requests {n}" for n in REQUESTS)]
)
def test_killed_at_an_instant_seen_from_outside(world: World, tmp_path: Path, instant: str) -> None:
    prepare_store(tmp_path, world.newsroom)
    kind, number = instant.split()
    watch = {
        "rows": lambda: rows_reach(tmp_path, int(number)),
        "wal": lambda: wal_grows(tmp_path, int(number)),
        "requests": lambda: requests_reach(world.newsroom, int(number)),
    }[kind]()
    with crawl(tmp_path, own=instant in OWN) as process:
        try:
            wait_until(watch, process, tmp_path)
        finally:
            processes = kill_family(process)
    is_killed_and_runs_again(world, tmp_path, processes)
