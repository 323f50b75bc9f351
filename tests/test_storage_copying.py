"""Whole stores copied, backed up and tidied, from the command line where a person does it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cli_case import GLASSES, Terminal, filled, terminal
from storage_records import record

from crawler.errors import StoreError
from crawler.items import ArticleFilter, ArticleRecord, Topic
from crawler.sources import Source
from storage import Store, open_store

__all__ = ["filled", "terminal"]

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MakeStore = Callable[..., Store]


def article(number: int, text: str = "본문") -> ArticleRecord:
    body = " ".join(f"{text} {number}의 {part}째 문장이다." for part in range(20))
    return record(f"https://paper.example.com/{number}", title=f"메타 소식 {number}", text=body)


def everything(store: Store) -> list[object]:
    return [
        list(store.articles.rows()),
        store.change_seq(),
        store.sources.list(),
        store.topics.list(),
        sorted(hit.row.id for hit in store.search.find("메타", limit=100)),
        [store.articles.versions(row.id) for row in store.articles.rows()],
        store.cursors.get("mail"),
    ]


def fill(store: Store) -> None:
    store.sources.add(Source(name="paper", url="https://paper.example.com/"))
    store.topics.add(Topic(name="메타"))
    store.articles.save([article(n) for n in range(30)], "paper")
    store.articles.save([article(3, "고친 본문 ")], "paper")
    store.cursors.set("mail", 7)


def test_a_store_is_copied_whole_and_goes_on(store: Store, tmp_path: Path) -> None:
    fill(store)
    heard: list[tuple[int, int]] = []
    with open_store(f"sqlite:///{tmp_path / 'copy.db'}") as other:
        assert store.copy_to(other, lambda done, total: heard.append((done, total))) == 30
        assert everything(other) == everything(store)
        assert other.check() == []
        before = other.change_seq()
        (saved,) = other.articles.save([article(99)], "paper")
        assert saved.change_seq > before
        with pytest.raises(StoreError, match="name a new, empty one"):
            store.copy_to(other)
    assert heard[-1][0] == heard[-1][1]


def test_back_from_a_file_into_a_new_store(store: Store, tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 'first.db'}") as first:
        fill(first)
        first.copy_to(store)
        assert everything(store) == everything(first)
        assert store.check() == []
        store.articles.save([article(99)], "paper")
        assert store.articles.count(ArticleFilter()) == 31


def test_a_backup_is_taken_while_articles_come_in(filled: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "backup.db"
    stop = threading.Event()

    def write() -> None:
        number = 0
        with filled.store() as store:
            while not stop.is_set():
                number += 1
                store.articles.save([article(1000 + number)], None)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert "bytes" in filled("db", "backup", str(file)).out
    finally:
        stop.set()
        writer.join()
    assert "sound" in filled("--store", f"sqlite:///{file}", "db", "check").out
    assert GLASSES.url in filled("--store", f"sqlite:///{file}", "export").out
    assert "--force" in filled("db", "backup", str(file), code=2).err
    filled("db", "backup", str(file), "--force")
    assert "can't be written" in filled("db", "backup", str(tmp_path / "none" / "b.db"), code=1).err
    assert sorted(each.name for each in tmp_path.glob(".presswatch-*")) == []


def test_check_vacuum_upgrade_and_copy_from_the_command_line(filled: Terminal, tmp_path: Path) -> None:
    assert filled("db", "check", "--json").json["sound"] is True
    assert "up to date" in filled("db", "upgrade").out
    told = filled("db", "vacuum", "--json").json
    assert told["bytes_after"] <= told["bytes_before"]
    copied = filled("db", "copy", f"sqlite:///{tmp_path / 'c.db'}", "--json").json
    assert copied["articles"] == len(filled("export").out.splitlines())
    assert GLASSES.url in filled("--store", f"sqlite:///{tmp_path / 'c.db'}", "search", "메타").out
    with (
        filled.store() as store,
        store._database.write() as connection,
    ):  # damage, as a fault of the disk would leave it
        connection.exec_driver_sql("DELETE FROM visits")
    ran = filled("db", "check", code=1)
    assert "without a note of its last visit" in ran.out
