from __future__ import annotations

import contextlib
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from storage_records import many, record

from crawler.errors import StoreBusy, StoreError, StoreTooNew, UnknownName
from crawler.items import Validators
from storage import Store, migrations, open_store, utc_now
from storage.database import Database
from storage.schema import HEAD, VERSION_TABLE, metadata


@pytest.fixture
def database(store_url: str):
    opened = Database(store_url, now=utc_now, busy_timeout=5)
    yield opened
    opened.close()


def tables(database: Database) -> set[str]:
    with database.read() as connection:
        return set(sa.inspect(connection).get_table_names())


def test_migrations_go_down_and_up(database: Database) -> None:
    full = tables(database)
    with database.write() as connection:
        migrations.migrate(connection, "base")
    assert tables(database) == {VERSION_TABLE}
    migrations.upgrade(database)
    assert tables(database) == full
    with open_store(database.engine.url.render_as_string(hide_password=False)) as store:
        store.articles.save(many(3), "daily")
        assert store.check() == []


def test_migrations_build_what_the_schema_says(database: Database) -> None:
    def ours(_object: object, name: str | None, kind: str, *_: object) -> bool:
        return not (kind == "table" and str(name).startswith(("search_index", "search_segments", "search_pages")))

    options = {"version_table": VERSION_TABLE, "include_object": ours, "compare_type": True}
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []


def test_a_new_store_of_the_tests_is_what_migrations_build(tmp_path: Path) -> None:
    def held(path: Path) -> list[str]:
        with contextlib.closing(sqlite3.connect(path)) as file:
            return sorted(file.iterdump())

    told = [tmp_path / "first.db", tmp_path / "second.db", tmp_path / "migrated.db"]
    for path in told:
        database = Database(f"sqlite:///{path}", now=utc_now, busy_timeout=5)
        if path == told[-1]:
            with database.write() as connection:
                migrations.migrate(connection, "0001")  # from where only migrations lead on
        migrations.upgrade(database)
        database.close()
    first, second, migrated = map(held, told)
    assert len(migrated) > 40
    assert first == second == migrated


def test_the_schema_knows_the_last_migration() -> None:
    assert migrations._known()[-1] == HEAD


def test_migrations_are_part_of_the_package() -> None:
    folder = Path(migrations.__file__).parent
    assert (folder / "env.py").is_file()
    assert (folder / "versions" / "0001_first.py").is_file()


def test_a_store_that_is_up_to_date_is_opened_without_alembic(sqlite_url: str) -> None:
    import subprocess
    import sys

    code = f"import sys, storage; storage.open_store({sqlite_url!r}).close(); print('alembic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_newer_store_is_refused(database: Database, store_url: str) -> None:
    with database.write() as connection:
        connection.execute(sa.text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    with pytest.raises(StoreTooNew, match=r"9999 is newer .* upgrade presswatch"):
        open_store(store_url)


@pytest.mark.parametrize("url", ["mysql://root@db/press", "presswatch.db", "sqlite+aiosqlite:///x.db", "http://x/"])
def test_a_url_of_something_else(url: str) -> None:
    with pytest.raises(StoreError, match="write sqlite:///FILE or postgresql") as caught:
        open_store(url)
    assert "\n" not in str(caught.value)


def test_passwords_are_not_shown() -> None:
    with pytest.raises(StoreError) as caught:
        open_store("postgresql+psycopg://press:secret@127.0.0.1:1/press", busy_timeout=2)
    assert "secret" not in str(caught.value)
    assert "press:***@127.0.0.1:1/press" in str(caught.value)
    assert "check that the server runs" in str(caught.value)
    assert caught.value.__cause__ is not None


def test_passwords_of_a_malformed_url_are_not_shown() -> None:
    with pytest.raises(StoreError) as caught:
        open_store("postgresql//press:secret@db/press")
    assert "secret" not in f"{caught.value} {caught.value.subject}"


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    path.write_bytes(b"these are my notes " * 100)
    with pytest.raises(StoreError, match=r"notes\.db.*not an SQLite database"):
        open_store(f"sqlite:///{path}")
    assert path.read_bytes() == b"these are my notes " * 100


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="does not exist; create it"):
        open_store(f"sqlite:///{tmp_path}/none/store.db")


def test_a_folder_in_place_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="can't be opened"):
        open_store(f"sqlite:///{tmp_path}")


def test_the_database_of_another_program(tmp_path: Path) -> None:
    path = tmp_path / "places.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE bookmarks (id)")
    connection.close()
    with pytest.raises(StoreError, match="table 'bookmarks' in it is not presswatch's"):
        open_store(f"sqlite:///{path}")


def test_a_locked_sqlite_file(sqlite_url: str) -> None:
    holder = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with open_store(sqlite_url, busy_timeout=0.1) as store:
        with pytest.raises(StoreBusy, match=r"store\.db: locked by another program") as caught:
            store.articles.save([record()], None)
        assert caught.value.subject == sqlite_url
        assert store.articles.count() == 0, "readers are not locked out"
        holder.execute("ROLLBACK")
        store.articles.save([record()], None)
        assert store.check() == []
    holder.close()


def test_a_new_file_that_somebody_is_writing_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy):
        open_store(f"sqlite:///{path}", busy_timeout=0.1)
    ending = threading.Timer(0.3, holder.execute, ("ROLLBACK",))
    ending.start()
    with open_store(f"sqlite:///{path}", busy_timeout=20) as store:
        assert store.check() == []
    ending.join()
    holder.close()


def test_a_locked_postgres_row(postgres_url: str) -> None:
    engine = sa.create_engine(postgres_url)
    with engine.begin() as holder, open_store(postgres_url, busy_timeout=0.2) as store:
        holder.execute(sa.text("SELECT value FROM counters FOR UPDATE"))
        with pytest.raises(StoreBusy, match="lock timeout"):
            store.articles.save([record()], None)
    engine.dispose()


def test_a_table_that_is_gone(store_url: str) -> None:
    with open_store(store_url) as store:
        with store._database.write() as connection:
            connection.execute(sa.text("DROP TABLE pages"))
        with pytest.raises(StoreError, match="pages"):
            store.pages.get("0" * 32)


def test_a_full_disk(sqlite_url: str) -> None:
    with open_store(sqlite_url) as store:
        with store._database.read() as connection:
            limit = connection.exec_driver_sql("PRAGMA page_count").scalar_one() + 4
        sa.event.listen(
            store._database.engine, "checkout", lambda driver, *_: driver.execute(f"PRAGMA max_page_count={limit}")
        )
        with pytest.raises(StoreError, match=r"disk is full; free some space$"):
            store.articles.save(many(200), None)
        assert store.check() == []
        assert store.articles.count() == 0


def test_a_restored_backup_keeps_a_log_again_once_it_is_written_to_unless_somebody_reads_it(
    sqlite_url: str, tmp_path: Path
) -> None:
    def mode(path: Path) -> str:
        with contextlib.closing(sqlite3.connect(path)) as other:
            return str(other.execute("PRAGMA journal_mode").fetchone()[0])

    backup = tmp_path / "backup.db"
    with open_store(sqlite_url) as store:
        store.back_up(backup)
    restored = f"sqlite:///{backup}"
    with open_store(restored) as store:
        assert store.sources.list() == []
    assert mode(backup) == "delete", "who only reads changes nothing"
    with contextlib.closing(sqlite3.connect(backup)) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM sources").fetchall()
        with open_store(restored) as store:
            store.prefer_wal()
        assert mode(backup) == "delete"
    with open_store(restored) as store:
        store.articles.save(many(2), None)
    assert mode(backup) == "wal"


def test_sqlite_settings(sqlite_url: str) -> None:
    with open_store(sqlite_url) as store:
        database = store._database
        with database.read() as connection:
            pragma = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "foreign_keys", "synchronous")
            }
        assert pragma == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 1}
        with database.write(durable=True) as connection:
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        with database.write() as connection:
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 1


def test_a_store_in_memory_is_shared_by_threads() -> None:
    with open_store("sqlite://") as store:
        threads = [threading.Thread(target=store.articles.save, args=(many(5, 5 * n), None)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert store.articles.count() == 20
        assert store.check() == []


def test_threads_share_a_store(store: Store) -> None:
    errors: list[Exception] = []

    def work(n: int) -> None:
        try:
            for step in range(5):
                store.articles.save(many(6, 3 * (n + step)), f"source {n}")
                store.articles.known([one.url for one in many(10)])
        except Exception as error:  # noqa: BLE001  a thread's error is told by the test
            errors.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert store.articles.count() == 27
    assert store.check() == []


class TestCheck:
    DAMAGE: ClassVar = {
        "UPDATE articles SET version = 7": "without the version that it shows",
        "DELETE FROM url_keys": "id is no key",
        "DELETE FROM visits": "last visit",
        "DELETE FROM sightings": "nobody met",
        "UPDATE articles SET served_digest = NULL": "provisional article with a page's digest",
        "UPDATE articles SET provisional = true, served_digest = NULL": "text is not a listing's",
        "UPDATE articles SET story = 'x'": "story is no id",
        "UPDATE articles SET dated_at = first_seen": "dated otherwise",
        "UPDATE counters SET value = 0": "above its counter",
        "DELETE FROM counters": "counter is missing",
        "UPDATE articles SET search_doc = search_doc + 100": "missing in the search index",
        "DELETE FROM versions": "text that no version shows",
        "INSERT INTO sources SELECT 'x', url, 'feed', 1, '', '', NULL, NULL, '', '', '', '[]', '{}', '{}', 1, false,"
        " true, first_seen, NULL, NULL, NULL, NULL, 0, NULL, 5, NULL, NULL, NULL"
        " FROM articles": "count of articles is wrong",
    }

    @pytest.mark.parametrize("damage", DAMAGE)
    def test_finds_damage(self, store: Store, damage: str) -> None:
        store.articles.save([record()], "daily")
        assert store.check() == []
        with store._database.write() as connection:
            connection.execute(sa.text(damage))
        assert any(self.DAMAGE[damage] in finding for finding in store.check())


def test_what_is_asked_together_is_one_transaction(store_url: str) -> None:
    with open_store(store_url) as store:
        begun = []
        sa.event.listen(store._database.engine, "begin", begun.append)
        with store.together():
            store.articles.save(many(2), "daily")
            assert store.articles.count() == 2
            store.topics.list()
        assert len(begun) == 1

        def fail_in_the_end() -> None:
            with store.together():
                store.articles.save(many(3, 10), "daily")
                with store.together(write=False):
                    assert store.articles.count() == 5
                store.sources.get("nobody")

        with pytest.raises(UnknownName):
            fail_in_the_end()
        assert store.articles.count() == 2
        with store.together(write=False):
            assert store.articles.count() == 2
            with pytest.raises(ValueError, match="transaction of its own"):
                store.articles.save(many(1, 20), "daily")
        with store.together(), pytest.raises(ValueError, match="transaction of its own"):
            store.doors.save("daily", "https://news.example.com/rss", Validators(etag="a"))
        store.articles.save(many(1, 30), "daily")
        assert store.articles.count() == 3


def test_what_another_thread_asks_is_no_part_of_it(store_url: str) -> None:
    with open_store(store_url) as store, ThreadPoolExecutor(1) as elsewhere:
        with store.together():
            store.articles.save(many(2), "daily")
            assert elsewhere.submit(store.articles.count).result(10) == 0
        assert elsewhere.submit(store.articles.count).result(10) == 2
