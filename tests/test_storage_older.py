"""A store that an older presswatch wrote: read by none who would have to change it, upgraded, and brought back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from cli_case import GLASSES, HARVEST, Terminal, terminal
from daemon_case import PATIENCE, Running

from crawler.daemon_lock import DaemonLock
from crawler.errors import StoreTooOld
from crawler.sources import Schedule, Source
from storage import Older, Store, migrations, open_store
from storage.schema import HEAD

__all__ = ["terminal"]

READING = (
    ("status",),
    ("runs",),
    ("search", "안경"),
    ("stats",),
    ("export",),
    ("show", GLASSES.id),
    ("story", GLASSES.id),
    ("source", "list"),
    ("source", "show", "daily"),
    ("source", "export"),
    ("topic", "list"),
    ("db", "check"),
)


@pytest.fixture
def older(store_url: str) -> str:
    """A store of schema 0003 with two articles and a source in it."""
    with open_store(store_url) as store:
        store.sources.add(Source(name="daily", url="https://paper.example.com/rss", schedule=Schedule(every=900)))
        store.articles.save([GLASSES, HARVEST], "daily")
        migrations.downgrade(store._database, "0003")
    return store_url


@pytest.fixture
def ask(terminal: Terminal, older: str) -> Callable[..., object]:
    return lambda *args, code=0: terminal("--store", older, *args, code=code)


def schema(url: str) -> str:
    with open_store(url, older=Older.LEAVE) as store:
        return store.schema_version


@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_who_only_reads_changes_nothing_and_says_what_does(ask, older: str, command: tuple[str, ...]) -> None:
    said = ask(*command, code=1).err
    assert "its schema 0003 is older than" in said
    assert "`presswatch db upgrade`" in said
    assert "Traceback" not in said
    assert schema(older) == "0003"


def test_it_is_upgraded_and_goes_back_again(ask, older: str, terminal: Terminal) -> None:
    assert HEAD in ask("db", "upgrade").out
    assert "daily" in ask("status").out
    refused = ask("db", "downgrade", code=2).err
    assert "0001, 0002, 0003, 0004" in refused
    assert "0001, 0002" in ask("db", "downgrade", "9999", code=2).err
    assert "--yes" in ask("db", "downgrade", "0001", code=2).err
    assert schema(older) == HEAD
    before = ask("export").out
    told = ask("db", "downgrade", "0001", "--yes").out
    for word in ("0005: lost: for which budget", "0004: nothing is lost", "subscriptions to hubs", "schema 0001"):
        assert word in told
    assert schema(older) == "0001"
    # From an older one it goes further back, not forward.
    assert "none: it is the oldest" in ask("db", "downgrade", "0003", "--yes", code=2).err
    # What writes upgrades by itself.
    ask("source", "pause", "daily")
    assert schema(older) == HEAD
    assert ask("export").out == before
    assert ask("search", "안경", "--json").json
    ask("db", "check")


def test_steps_are_told_to_machines(ask, older: str) -> None:
    told = ask("db", "downgrade", "0002", "--yes", "--json").json
    assert (told["before"], told["schema"]) == ("0003", "0002")
    assert [step["schema"] for step in told["steps"]] == ["0003"]
    assert "--since-last" in told["steps"][0]["lost"]


def test_a_store_that_a_daemon_works_on_is_not_changed_under_it(ask, older: str, tmp_path: Path) -> None:
    with (
        open_store(older, older=Older.LEAVE) as store,
        DaemonLock(store, older, datetime.now(UTC)),
    ):
        assert "stop it first" in ask("db", "downgrade", "0002", "--yes", code=1).err
        second = Running(tmp_path, older)
        assert second.process.wait(PATIENCE) == 1
        assert "already works on this store" in second.lines[-1]
        assert schema(older) == "0003", "nor brought up to date by one that is refused"
    daemon = Running(tmp_path, older)
    daemon.wait_for("event=watching")
    assert daemon.end() == 0
    assert schema(older) == HEAD


def test_an_older_file_is_backed_up_as_it_is(sqlite_url: str, terminal: Terminal, tmp_path: Path) -> None:
    with open_store(sqlite_url) as store:
        migrations.downgrade(store._database, "0004")
    terminal("--store", sqlite_url, "db", "backup", str(tmp_path / "kept.db"))
    assert schema(f"sqlite:///{tmp_path}/kept.db") == schema(sqlite_url) == "0004"


def test_a_newer_store_is_told_how_it_comes_back(
    store: Store, store_url: str, terminal: Terminal, tmp_path: Path
) -> None:
    with store._database.write() as connection:
        connection.execute(sa.text("UPDATE presswatch_schema SET version_num = '9999'"))
    daemon = Running(tmp_path, store_url)
    assert daemon.process.wait(PATIENCE) == 1
    assert "upgrade presswatch" in daemon.lines[-1]
    for command in (("status",), ("db", "backup", "x.db")):
        said = terminal("--store", store_url, *command, code=1).err
        assert "upgrade presswatch" in said
        assert f"`presswatch db downgrade {HEAD}`" in said


def test_opened_in_python(older: str) -> None:
    with pytest.raises(StoreTooOld, match="0003 is older"):
        open_store(older, older=Older.REFUSE)
    assert schema(older) == "0003"


def test_each_step_says_what_is_lost() -> None:
    scripts = migrations._scripts()
    assert all(isinstance(scripts.get_revision(name).module.LOST, str) for name in migrations._known())
