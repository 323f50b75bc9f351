"""Whole stores copied, backed up and tidied, from the command line where a person does it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from cli_case import GLASSES, Terminal, filled, terminal
from storage_records import LONG, record
from test_export_together import python

from crawler.errors import StoreError
from crawler.items import ArticleFilter, ArticleRecord, Moment, Precision, Topic
from crawler.sources import Source
from storage import Store, open_store
from storage.copying import LEFT_BEHIND
from storage.schema import VERSION_TABLE, UtcDateTime, articles, metadata, topics

__all__ = ["filled", "terminal"]

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
FIRST = datetime(1, 1, 1, 0, 0, 1, tzinfo=UTC)
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


Rows = dict[str, list[tuple[object, ...]]]


def every_row(store: Store) -> Rows:
    """All rows of all tables that belong to a store, by table."""
    tables = [each for each in metadata.sorted_tables if each.name not in {VERSION_TABLE, *LEFT_BEHIND}]
    with store._database.read() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(sa.select(table))), key=repr)
            for table in tables
        }


def fill_empty_tables(store: Store) -> None:
    """A row of some values in every table that has none: what is copied does not hang on how it came."""
    with store._database.write() as connection:
        first = connection.execute(sa.select(articles.c.id).limit(1)).scalar_one()
        topic = connection.execute(sa.select(topics.c.id).limit(1)).scalar_one()
        for table in metadata.sorted_tables:
            if table.name == VERSION_TABLE or connection.execute(sa.select(table).limit(1)).first():
                continue
            values: dict[str, object] = {}
            for column in table.columns:
                known = {"article_id": first, "topic_id": topic}.get(column.name)
                values[column.name] = known if known is not None else some_value(column.type)
            connection.execute(sa.insert(table).values(**values))


def some_value(kind: sa.types.TypeEngine[object]) -> object:
    match kind:
        case sa.Boolean():
            return True
        case sa.JSON():
            return {"이름": [1, None, "값"], "b": 2.5}
        case sa.LargeBinary():
            return bytes(range(256))
        case UtcDateTime():
            return NOON.replace(microsecond=123_456)
        case sa.Double():
            return 0.1
        case sa.Integer():
            return 7
    return "값"


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


def test_to_the_other_database_and_back_every_row_is_the_same(
    sqlite_url: str, postgres_url: str, tmp_path: Path
) -> None:
    with (
        open_store(sqlite_url) as first,
        open_store(postgres_url) as second,
        open_store(f"sqlite:///{tmp_path / 'third.db'}") as third,
    ):
        fill(first)
        first.articles.sighted({"https://paper.example.com/3": None}, "portal")
        first.articles.save([record("https://paper.example.com/raw", text=f"날것 {LONG}", raw=True)], "paper")
        first.articles.save(
            [record("https://paper.example.com/times", text=f"때 {LONG}", modified=Moment(FIRST, -540, Precision.DAY))],
            None,
        )
        fill_empty_tables(first)
        before = every_row(first)
        assert all(before.values()), "each table has something to lose"
        first.copy_to(second)
        second.copy_to(third)
        for copy in (second, third):
            after = every_row(copy)
            assert [name for name in before if after[name] != before[name]] == []
            assert not [line for line in copy.check(every=True) if "search index" in line]
            assert len(copy.search.find("메타", limit=100)) == len(first.search.find("메타", limit=100))


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
    (tmp_path / "presswatch.db").chmod(0o640)
    filled("db", "backup", str(file), "--force")
    assert file.stat().st_mode & 0o777 == 0o640
    refused = filled("db", "backup", str(tmp_path / "none" / "b.db"), code=1).err
    assert refused.endswith("none/b.db: the backup can't be written: No such file or directory; choose another place\n")
    assert sorted(each.name for each in tmp_path.glob(".presswatch-*")) == []


HALF = """
import time
from pathlib import Path
from storage import copying
copying.PAGES_A_STEP = 5
def advance(done, of):
    if done > 5:
        print("half", flush=True); time.sleep(60)
with open_store(sys.argv[1]) as store:
    store.back_up(Path(sys.argv[2]), advance)
"""


def test_what_a_killed_backup_left_is_cleared_away_by_the_next(filled: Terminal, tmp_path: Path) -> None:
    dead = python(HALF, f"sqlite:///{tmp_path / 'presswatch.db'}", tmp_path / "b.db")
    assert dead.stdout is not None
    assert dead.stdout.readline() == "half\n"
    filled("db", "backup", str(tmp_path / "c.db"))
    assert len(list(tmp_path.glob(".presswatch-*"))) == 1, "its process lives"
    dead.kill()
    dead.communicate()
    assert len(list(tmp_path.glob(".presswatch-*"))) == 1
    filled("db", "backup", str(tmp_path / "b.db"))
    assert list(tmp_path.glob(".presswatch-*")) == []


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
