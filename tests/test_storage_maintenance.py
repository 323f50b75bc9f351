"""What a store forgets, and how it stays small."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from storage_records import NOON, later, many, record

from crawler.config import load_config
from crawler.errors import StoreError
from crawler.items import CrawlKind, CrawlOrder, CrawlReport, CrawlState
from crawler.upkeep import keep_up
from storage import Store, open_store

DAY = timedelta(days=1)


def with_pages(count: int, at: datetime, size: int = 3000) -> list:
    """Articles whose raw pages are `size` bytes."""
    found = []
    for one in many(count, start=int(at.timestamp()) % 100_000):
        raw = record(one.url, text=one.article.text, raw=True).raw
        assert raw is not None
        raw = replace(raw, url=one.url, fetched_at=at, body_zstd=os.urandom(size), size=size)
        found.append(replace(one, fetched_at=at, raw=raw))
    return found


def test_pages_are_forgotten_by_age_in_steps(store: Store) -> None:
    old, new = with_pages(5, NOON), with_pages(3, NOON + DAY)
    store.articles.save([*old, *new], None)
    assert [store.maintenance.forget_pages(NOON + DAY / 2, 2) for _ in range(4)] == [2, 2, 1, 0]
    assert all(store.pages.get(one.id) is None for one in old)
    assert all(store.pages.get(one.id) is not None for one in new)
    assert store.articles.count() == 8


def test_pages_are_forgotten_by_size_oldest_first(store: Store) -> None:
    old, new = with_pages(4, NOON), with_pages(4, NOON + DAY)
    store.articles.save([*old, *new], None)
    assert store.maintenance.shrink_pages(100_000, 10) == 0
    assert store.maintenance.shrink_pages(4 * 3000 + 10, 10) == 4
    assert [store.pages.get(one.id) is not None for one in [*old, *new]] == [False] * 4 + [True] * 4
    assert store.maintenance.shrink_pages(4 * 3000 + 10, 10) == 0
    assert store.maintenance.shrink_pages(0, 3) == 3


def test_runs_are_forgotten_but_not_those_under_way(store: Store) -> None:
    order = CrawlOrder(kind=CrawlKind.SOURCE, name="a", sources=("a",))
    runs = [store.crawls.begin(order, pid=os.getpid(), host="here") for _ in range(4)]
    for run, ended in zip(runs[:3], (NOON, NOON, NOON + 5 * DAY), strict=True):
        report = CrawlReport(order=order, state=CrawlState.DONE, started_at=NOON, ended_at=ended, counts=())
        store.crawls.end(run, report)
    assert store.maintenance.forget_runs(NOON + DAY, 10) == 2
    assert sorted(run.id for run in store.crawls.list(10)) == runs[2:]


def test_superseded_versions_are_forgotten_with_their_texts(store: Store) -> None:
    first = record("https://news.example.com/a", text="The first text of this article. " * 12)
    kept = record("https://news.example.com/b", text="A text that nobody changes at all. " * 12)
    store.articles.save([first, kept], None)
    one = first
    for number in (2, 3, 4):
        changed = record("https://news.example.com/a", text=f"Text number {number} says another thing. " * 12)
        one = later(changed, 24.0 * number)
        store.articles.save([one], None)
    seen = [version.seen_at for version in store.articles.versions(first.id)]
    assert len(seen) == 4
    assert store.maintenance.forget_versions(seen[0], 10) == 0
    assert store.maintenance.forget_versions(seen[2] + timedelta(microseconds=1), 10) == 2
    assert [version.number for version in store.articles.versions(first.id)] == [3, 4]
    assert store.maintenance.forget_versions(datetime.now(UTC) + 9999 * DAY, 10) == 1
    assert [version.number for version in store.articles.versions(first.id)] == [4]
    assert store.maintenance.forget_versions(datetime.now(UTC) + 9999 * DAY, 10) == 0
    assert store.articles.get(first.id).text == one.article.text
    assert store.articles.get(kept.id).text == kept.article.text
    assert store.check() == []
    # Life goes on from there.
    again = later(record("https://news.example.com/a", text="And once more it says something else. " * 12), 24.0 * 9)
    store.articles.save([again], None)
    assert [version.number for version in store.articles.versions(first.id)] == [4, 5]
    assert store.check() == []


def test_a_tidy_file_gives_its_free_space_back(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new.db"
    with open_store(url) as store:
        store.articles.save(with_pages(300, NOON, size=20_000), None)
        store.maintenance.tidy(10)
        wal = tmp_path / "new.db-wal"
        assert wal.stat().st_size == 0
        full = (tmp_path / "new.db").stat().st_size
        while store.maintenance.forget_pages(NOON + DAY, 100):
            pass
        assert store.maintenance.tidy(10) > 1000
        assert (tmp_path / "new.db").stat().st_size < full - 5_000_000
        assert store.check() == []


def test_a_round_follows_the_settings_and_ends_in_time(store: Store) -> None:
    store.articles.save([*with_pages(5, NOON), *with_pages(3, NOON + 3 * DAY)], None)
    config = load_config(None, {}, {"keep_pages_days": 2, "keep_pages_megabytes": 0})
    now = NOON + 4 * DAY
    assert keep_up(store, config, now, tidy=False, seconds=0.0) == {"unfinished": 1}
    done = keep_up(store, config, now, tidy=True)
    assert done.pop("file_pages_freed", 0) >= 0
    assert done == {"pages_aged": 5}
    assert keep_up(store, load_config(None, {}, {"keep_pages_days": 0}), now, tidy=False) == {"pages_aged": 3}


def test_what_is_told_of_a_damaged_file_does_not_end_at_the_first_row_that_is_no_text(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new.db"
    with open_store(url) as store:
        store.articles.save(with_pages(3, NOON), None)
    with sqlite3.connect(tmp_path / "new.db") as connection:
        connection.execute("UPDATE articles SET public_id = CAST(x'ff41' AS TEXT) WHERE id = 1")
        connection.execute("UPDATE counters SET value = 0 WHERE name = 'change_seq'")
    with open_store(url) as store:
        found = store.check()
    assert any("Could not decode to UTF-8" in line and "the database is damaged" in line for line in found)
    assert any(line.startswith("change_seq 3 is above its counter 0") for line in found)
    assert len(found) == len(set(found))
    with open_store(url) as store, open_store(f"sqlite:///{tmp_path}/copy.db") as copy:
        with pytest.raises(StoreError, match=r"/new\.db: Could not decode"):
            store.copy_to(copy)
        assert copy.check() == []
