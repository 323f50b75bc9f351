"""A daemon whose SQLite file is moved, deleted or replaced under it."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from daemon_case import PATIENCE, START, Running, newsroom, some, start, store, url, wait_until

from crawler.items import ArticleFilter, CrawlState
from crawler.newsroom import Newsroom
from crawler.sources import Source
from crawler.vital_signs import BOOK, from_plain
from storage import Store, open_store

pytestmark = pytest.mark.slow

GONE = 'event="store does not answer; trying again"'
BACK = 'event="store answers again"'
ANEW = "event=\"the store's file is another"


def count(daemon: Running, pattern: str) -> int:
    return sum(pattern in line for line in daemon.lines)


def articles(path: Path) -> set[str]:
    with open_store(f"sqlite:///{path}", create=False) as store:
        assert store.check() == []
        return {row.url for row in store.articles.rows(ArticleFilter())}


def journal_mode(path: Path) -> str:
    with contextlib.closing(sqlite3.connect(path)) as other:
        return str(other.execute("PRAGMA journal_mode").fetchone()[0])


def named(newsroom: Newsroom, sources: list[Source]) -> set[str]:
    return {true.url for source in sources for true in newsroom.truth(source.name)}


def presswatch(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, "-c", START, "--store", url, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)


def test_a_file_that_is_moved_away_is_missed_once_and_gone_on_with_when_it_is_back(
    newsroom: Newsroom, store: Store, url: str, tmp_path: Path, start: Callable[..., Running]
) -> None:
    sources = some(newsroom, 3, every=2)
    for source in sources:
        store.sources.add(source)
    store.close()
    path, away = tmp_path / "watch.db", tmp_path / "away.db"
    daemon = start(listen="127.0.0.1:0")
    address = daemon.wait_for("event=listening")[0].partition("address=")[2]
    daemon.wait_for("event=crawled", 3)
    path.rename(away)
    daemon.wait_for(GONE)
    newsroom.advance(timedelta(hours=6))
    time.sleep(1)
    content = away.read_bytes()
    for arguments in (("status",), ("search", "x"), ("stats",), ("export", "--format", "jsonl"), ("source", "list")):
        said = presswatch(url, *arguments)
        assert said.returncode == 1, arguments
        assert f"process {daemon.process.pid}" in said.stderr
    added = presswatch(url, "source", "add", "--no-probe", "https://paper.example.com/feed")
    assert (added.returncode, "moved or deleted" in added.stderr) == (1, True)
    ready = httpx.get(f"http://{address}/readyz", timeout=20)
    assert (ready.status_code, "moved or deleted" in ready.text) == (503, True)
    assert httpx.get(f"http://{address}/healthz", timeout=20).status_code == 200
    assert not path.exists()
    assert away.read_bytes() == content
    away.rename(path)
    daemon.wait_for(BACK)
    with open_store(url) as again:
        soon = time.monotonic() + 10
        while (signs := from_plain(again.plans.get(BOOK))) is None or signs.trouble is not None:
            assert time.monotonic() < soon, signs
            time.sleep(0.2)
        wait_until(
            lambda: named(newsroom, sources) == {row.url for row in again.articles.rows(ArticleFilter())},
            lambda: "\n".join(daemon.lines),
        )
        # None of the runs that could not write down their end is left under way with no process to end it.
        wait_until(
            lambda: all(run.state is not CrawlState.RUNNING for run in again.crawls.list(200)[10:]),
            lambda: "\n".join(daemon.lines),
        )
    assert httpx.get(f"http://{address}/readyz", timeout=20).status_code == 200
    assert (count(daemon, GONE), count(daemon, BACK)) == (1, 1)
    assert "moved or deleted" in next(line for line in daemon.lines if GONE in line)
    assert count(daemon, "level=error") == 0, "\n".join(daemon.lines)
    assert daemon.end() == 0
    assert articles(path) == named(newsroom, sources)


def test_no_command_makes_a_store_in_place_of_one_moved_away_with_its_log(
    newsroom: Newsroom, store: Store, url: str, tmp_path: Path, start: Callable[..., Running]
) -> None:
    store.sources.add(some(newsroom, 1, every=2)[0])
    path, away = tmp_path / "watch.db", tmp_path / "away"
    daemon = start()
    daemon.wait_for("event=crawled")
    store.close()
    away.mkdir()
    moved = [path, *(Path(f"{path}{suffix}") for suffix in ("-wal", "-shm"))]
    for file in moved:
        file.rename(away / file.name)
    daemon.wait_for(GONE)
    other = f"sqlite:///{tmp_path / 'other.db'}"
    open_store(other).close()
    for arguments in (("daemon",), ("daemon", "--takeover"), ("db", "upgrade"), ("crawl",)):
        said = presswatch(url, *arguments)
        assert (said.returncode, "moved or deleted" in said.stderr) == (1, True), arguments
    copied = presswatch(other, "db", "copy", url)
    assert (copied.returncode, "moved or deleted" in copied.stderr) == (1, True)
    assert not path.exists()
    for file in moved:
        (away / file.name).rename(file)
    daemon.wait_for(BACK)
    assert (count(daemon, ANEW), daemon.end()) == (0, 0)


@pytest.mark.parametrize("how", ["moved", "overwritten"])
def test_a_backup_put_in_its_place_is_gone_on_with_and_both_stay_sound(
    newsroom: Newsroom, store: Store, url: str, tmp_path: Path, start: Callable[..., Running], how: str
) -> None:
    sources = some(newsroom, 2, every=2)
    for source in sources:
        store.sources.add(source)
    path, away, backup = tmp_path / "watch.db", tmp_path / "away.db", tmp_path / "backup.db"
    store.back_up(backup)
    store.close()
    os.utime(backup, (1e9, 1e9))
    daemon = start()
    daemon.wait_for("event=crawled", 4)
    before = {row.url for row in open_store(url).articles.rows(ArticleFilter())}
    assert before
    if how == "moved":
        path.rename(away)
    backup.rename(path)
    daemon.wait_for(ANEW)
    daemon.wait_for("event=started", 2)
    daemon.wait_for("event=watching", 2)
    wanted = named(newsroom, sources)
    with open_store(url) as again:
        wait_until(
            lambda: wanted == {row.url for row in again.articles.rows(ArticleFilter())},
            lambda: "\n".join(daemon.lines),
        )
    assert presswatch(url, "status").returncode == 0
    assert journal_mode(path) == "wal"
    assert daemon.end() == 0
    assert count(daemon, ANEW) == 1
    assert count(daemon, "level=error") == 0, "\n".join(daemon.lines)
    assert articles(path) == wanted
    if how == "moved":
        assert before <= articles(away)
    else:
        assert list(tmp_path.glob("watch.db-wal.*"))


def test_a_file_that_is_deleted_is_not_made_anew_and_a_stop_still_stops(
    newsroom: Newsroom, store: Store, url: str, tmp_path: Path, start: Callable[..., Running]
) -> None:
    store.sources.add(some(newsroom, 1, every=2)[0])
    store.close()
    daemon = start()
    daemon.wait_for("event=crawled")
    for file in tmp_path.glob("watch.db*"):
        if not file.name.endswith(".lock"):
            file.unlink()
    daemon.wait_for(GONE)
    time.sleep(3)
    began = time.monotonic()
    assert daemon.end() == 0
    assert time.monotonic() - began < 20
    assert not [file.name for file in tmp_path.glob("watch.db*") if not file.name.endswith(".lock")]
    assert count(daemon, GONE) == 1


def test_a_log_that_is_deleted_is_told_as_that(
    newsroom: Newsroom, store: Store, url: str, tmp_path: Path, start: Callable[..., Running]
) -> None:
    source = some(newsroom, 1, every=2)[0]
    store.sources.add(source)
    store.close()
    daemon = start()
    daemon.wait_for("event=crawled")
    (tmp_path / "watch.db-wal").unlink()
    daemon.wait_for("log was moved or deleted")
    daemon.wait_for("event=watching", 2)
    daemon.wait_for("event=crawled", 2)
    assert (count(daemon, ANEW), daemon.end()) == (0, 0)
    assert articles(tmp_path / "watch.db") == named(newsroom, [source])


def test_what_is_no_store_in_its_place_is_left_alone_and_a_whole_one_gone_on_with(
    newsroom: Newsroom, store: Store, url: str, tmp_path: Path, start: Callable[..., Running]
) -> None:
    source = some(newsroom, 1, every=2)[0]
    store.sources.add(source)
    path, backup = tmp_path / "watch.db", tmp_path / "backup.db"
    store.back_up(backup)
    store.close()
    daemon = start()
    daemon.wait_for("event=crawled")
    fresh = tmp_path / "fresh.db"
    fresh.write_text("no database\n" * 500)
    fresh.rename(path)
    daemon.wait_for(GONE)
    time.sleep(3)
    assert path.read_text().startswith("no database")
    assert daemon.process.poll() is None
    asked = presswatch(url, "status")
    assert (asked.returncode, "is no store of presswatch" in asked.stderr) == (1, True)
    shutil.copyfile(backup, path)
    daemon.wait_for(ANEW)
    daemon.wait_for("event=crawled", 2)
    assert daemon.end() == 0
    with contextlib.closing(sqlite3.connect(path)) as look:
        assert look.execute("PRAGMA integrity_check").fetchone() == ("ok",)
