"""A store's file that is moved, deleted or replaced while it is open, and a log that stays behind."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from crawler.daemon_lock import DaemonLock, who_waits_for
from crawler.errors import NoStore, StoreAway, StoreError
from crawler.sources import Source
from crawler.upkeep import LogBound
from storage import Store, Whereabouts, open_store
from storage.store_file import LOG


def source(name: str) -> Source:
    return Source(name=name, url=f"https://{name}.example.com/feed")


def names(path: Path) -> list[str]:
    with open_store(f"sqlite:///{path}", create=False) as store:
        assert store.check() == []
        return [one.name for one in store.sources.list()]


def log_of(path: Path) -> Path:
    return path.with_name(path.name + LOG)


@pytest.fixture
def path(tmp_path: Path, sqlite_template: Path) -> Path:
    return Path(shutil.copyfile(sqlite_template, tmp_path / "a #1%.db"))


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{path}")
    opened.sources.add(source("first"))
    assert log_of(path).stat().st_size > 0
    yield opened
    opened.close()


@pytest.fixture
def backup(tmp_path: Path, sqlite_template: Path) -> Path:
    other = Path(shutil.copyfile(sqlite_template, tmp_path / "backup.db"))
    with open_store(f"sqlite:///{other}") as store:
        for number in range(50):
            store.sources.add(source(f"other-{number}"))
    os.utime(other, (1e9, 1e9))
    return other


def test_what_was_moved_or_deleted_is_neither_written_nor_read_until_it_is_back(store: Store, path: Path) -> None:
    away = path.with_name("away.db")
    path.rename(away)
    content = away.read_bytes()
    assert store.whereabouts() is Whereabouts.GONE
    add, count = partial(store.sources.add, source("second")), partial(store.requests.since, 0)
    for call in (add, store.sources.list, count):
        with pytest.raises(StoreAway, match="moved or deleted"):
            call()
    assert away.read_bytes() == content
    assert not path.exists()
    away.rename(path)
    assert store.whereabouts() is Whereabouts.HERE
    store.sources.add(source("second"))
    store.close()
    assert names(path) == ["first", "second"]


def test_a_transaction_that_is_open_as_the_file_goes_is_the_last(store: Store, path: Path) -> None:
    with store.together():
        store.sources.add(source("second"))
        path.rename(path.with_name("away.db"))
    with pytest.raises(StoreAway):
        store.sources.add(source("third"))
    path.with_name("away.db").rename(path)
    store.close()
    assert names(path) == ["first", "second"]


def test_only_what_makes_stores_makes_one(tmp_path: Path) -> None:
    for place in (tmp_path / "none.db", tmp_path / "nowhere" / "none.db"):
        with pytest.raises(NoStore, match="source add"):
            open_store(f"sqlite:///{place}", create=False)
    (tmp_path / "empty.db").touch()
    with pytest.raises(NoStore):
        open_store(f"sqlite:///{tmp_path}/empty.db", create=False)
    assert sorted(tmp_path.iterdir()) == [tmp_path / "empty.db"]


def test_a_log_without_its_file_is_not_taken_for_that_of_a_new_one(store: Store, path: Path) -> None:
    away = path.with_name("away.db")
    path.rename(away)
    log = log_of(path).read_bytes()
    for create in (True, False):
        with pytest.raises(StoreError, match="moved or deleted"):
            open_store(f"sqlite:///{path}", create=create)
    assert not path.exists()
    assert log_of(path).read_bytes() == log
    away.rename(path)
    store.close()
    assert names(path) == ["first"]


def test_another_store_in_its_place_gets_no_log_of_the_old_one_which_keeps_its_own(
    store: Store, path: Path, backup: Path
) -> None:
    away = path.with_name("away.db")
    with DaemonLock(store, f"sqlite:///{path}", datetime.now(UTC)):
        path.rename(away)
        assert str(os.getpid()) in str(who_waits_for(f"sqlite:///{path}"))
        backup.rename(path)
        assert store.whereabouts() is Whereabouts.REPLACED
        with pytest.raises(StoreAway, match="replaced"):
            store.sources.list()
        # Whoever opens it before its daemon has seen that would read the old log into the new file.
        with pytest.raises(StoreError, match="belongs to another file"):
            open_store(f"sqlite:///{path}")
    assert store.leave() is None
    assert not log_of(path).exists()
    assert names(away) == ["first"]
    assert names(path) == sorted(f"other-{number}" for number in range(50))


def test_the_log_of_a_file_that_was_overwritten_is_kept_apart(store: Store, path: Path, backup: Path) -> None:
    log = log_of(path).read_bytes()
    backup.rename(path)
    kept = store.leave()
    assert kept is not None
    assert kept.read_bytes() == log
    assert len(names(path)) == 50


def test_a_file_that_comes_back_as_a_copy_of_itself_keeps_its_log(store: Store, path: Path) -> None:
    away = path.with_name("away.db")
    shutil.copyfile(path, away)
    path.unlink()
    away.rename(path)
    os.utime(path, (1e9, 1e9))
    assert store.whereabouts() is Whereabouts.REPLACED
    assert store.leave() is None
    assert names(path) == ["first"]


def test_a_log_that_is_deleted_under_an_open_store_is_saved(store: Store, path: Path) -> None:
    log_of(path).unlink()
    assert store.whereabouts() is Whereabouts.TORN
    with pytest.raises(StoreAway, match=r"-wal was moved or deleted"):
        store.sources.add(source("second"))
    store.leave()
    assert names(path) == ["first"]


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0", b"x" * 8192, None])
def test_what_is_no_whole_store_does_not_take_its_place(
    store: Store, path: Path, backup: Path, content: bytes | None
) -> None:
    path.unlink()
    path.write_bytes(backup.read_bytes()[:-4096] if content is None else content)
    os.utime(path, (1e9, 1e9))
    assert store.whereabouts() is Whereabouts.STRANGE
    # One that is still being written may yet become whole.
    path.write_bytes(backup.read_bytes())
    assert store.whereabouts() is Whereabouts.STRANGE
    os.utime(path, (1e9, 1e9))
    assert store.whereabouts() is Whereabouts.REPLACED


def test_a_store_that_is_moved_with_its_folder_is_away_until_it_is_back(tmp_path: Path, sqlite_template: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    path = Path(shutil.copyfile(sqlite_template, folder / "x.db"))
    with open_store(f"sqlite:///{path}") as store:
        store.sources.add(source("first"))
        folder.rename(tmp_path / "elsewhere")
        with pytest.raises(StoreAway):
            store.sources.list()
        (tmp_path / "elsewhere").rename(folder)
        store.sources.add(source("second"))
    assert names(path) == ["first", "second"]


def test_the_log_is_written_back_and_counted_unless_somebody_reads(store: Store, path: Path) -> None:
    upkeep = store.maintenance
    assert upkeep.log_size() == log_of(path).stat().st_size > 0
    assert upkeep.log_limit <= 64 * 1024 * 1024
    with open_store(f"sqlite:///{path}") as reader, reader.together(write=False):
        reader.sources.list()
        store.sources.add(source("second"))
        assert not upkeep.write_back()
    assert upkeep.write_back()
    assert upkeep.log_size() == 0


def test_a_log_that_a_reader_holds_is_told_once_and_when_it_is_small_again(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("storage.database.WAL_LIMIT", 1)
    monkeypatch.setattr("storage.database.LEAST_WAL_LIMIT", 1)
    bound = LogBound(store)
    with caplog.at_level("INFO", "presswatch.daemon"):
        with open_store(f"sqlite:///{path}") as reader, reader.together(write=False):
            reader.sources.list()
            store.sources.add(source("second"))
            for _ in range(3):
                bound.look()
        bound.look()
        bound.look()
    told = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert [level for level, _ in told] == ["WARNING", "INFO"]
    assert "somebody reads the store" in told[0][1]
    assert store.maintenance.log_size() == 0
