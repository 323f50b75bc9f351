"""`presswatch status` as a person meets it: states one after the other, exit codes, terminals, stores in use."""

from __future__ import annotations

import os
import pty
import re
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cli_case import Terminal, terminal
from small_site import FEED_KIND, Reply, SmallSite, feed

from crawler.cli.terminal import columns_of, fitted
from crawler.cli.times import shown_short, shown_with_zone
from crawler.errors import StoreAway, UnknownName
from crawler.source_health import CrawlObservation, DoorReading, SourceHistory, observe
from crawler.sources import Source, SourceDoor, SourceKind
from storage import Store, open_store
from storage.glance import GlanceFile, open_file

__all__ = ["terminal"]
ROOT = Path(__file__).resolve().parents[1]
START = "import sys; from crawler.cli import main; sys.exit(main())"
DAY = timedelta(days=1)
URL = "https://paper.example.com/rss"


def looked(count: int, *, items: int = 20, new: int = 3, cut_short: bool = False, full: bool = False) -> SourceHistory:
    """A history of a look a day up to now."""
    history, now = SourceHistory(), datetime.now(UTC)
    for number in range(count):
        seen = CrawlObservation(
            at=now - (count - 1 - number) * DAY,
            doors=(DoorReading(url=URL, kind="feed", items=items),),
            new=items if full else new,
            shown=items,
            cut_short=cut_short,
        )
        history = observe(history, seen)
    return history


def moved(history: SourceHistory) -> SourceHistory:
    return observe(history, CrawlObservation(at=datetime.now(UTC), moved={URL: "https://paper.example.com/feed/"}))


def emptied(history: SourceHistory) -> SourceHistory:
    for _ in range(2):
        seen = CrawlObservation(at=datetime.now(UTC), doors=(DoorReading(url=URL, kind="feed", items=0),), new=1)
        history = observe(history, seen)
    return history


def put(store: Store, name: str, *, ok: bool = True, error: str | None = None, age: int = 0, history=None) -> None:
    """A source whose last look was just now, and the last that found anything `age` days ago."""
    store.sources.add(Source(name=name, url=URL))
    now = datetime.now(UTC)
    store.sources.record(name, at=now - age * DAY, ok=True, new=True, history=history)
    if age:
        store.sources.record(name, at=now, ok=True, new=False)
    for _ in range(0 if ok else 2):
        store.sources.record(name, at=now, ok=False, new=False, error=error)


STATES = {
    "ok": (0, {"history": looked(9)}),
    "failing": (4, {"ok": False, "error": "no answer"}),
    "forbidden": (4, {"ok": False, "error": f"{URL}: robots.txt of paper.example.com disallows it for presswatch"}),
    "changed": (4, {"history": emptied(looked(9))}),
    "empty": (4, {"history": looked(2, items=0, new=0), "age": 9}),
    "overflowing": (4, {"history": looked(9, full=True)}),
    "slow": (4, {"history": looked(3, cut_short=True)}),
    "moved": (0, {"history": moved(looked(9))}),
    "quiet": (0, {"history": looked(9, new=0), "age": 9}),
    "new": (0, {"history": looked(3, new=0), "age": 9}),
}


@pytest.mark.parametrize("state", STATES)
def test_each_state_is_told_with_what_to_do_and_some_fail_where_asked(terminal: Terminal, state: str) -> None:
    code, made = STATES[state]
    with terminal.store(datetime.now(UTC)) as store:
        put(store, "paper", **made)
    assert terminal("status").code == 0
    ran = terminal("status", "--fail-on-unhealthy", "--source", "paper", code=code)
    assert f"sources: 1 (1 {state})" in ran.out
    label = "overflows" if state == "overflowing" else state
    assert (f"{label}: paper: " in ran.out) is (state != "ok")
    (told,) = terminal("status", "--json", "--fail-on-unhealthy", code=code).json["sources"]
    assert told["state"] == state
    assert (told["account"] is None) is (state == "ok")
    shown = terminal("source", "show", "paper").out
    assert f"state:             {state}\n" in shown
    if state not in ("ok", "overflowing"):
        assert f"meaning:           {told['account']}\n" in shown


def test_a_source_that_was_never_looked_at_and_one_that_is_paused(terminal: Terminal) -> None:
    terminal("source", "add", "--no-probe", URL, "--name", "the paper")
    ran = terminal("status", "--fail-on-unhealthy")
    assert "never run: 1 source: not looked at yet\n" in ran.out
    ran = terminal("status", "--source", "the paper")
    assert "never run: the paper: not looked at yet; `presswatch daemon` does, or now `presswatch crawl" in ran.out
    terminal("source", "pause", "the paper", "nobody", code=2)
    assert terminal("source", "show", "the paper", "--json").json["source"]["enabled"] is True
    assert terminal("source", "pause", "the paper").out == "paused the paper\n"
    ran = terminal("status", "--source", "the paper")
    assert "off: the paper: paused; `presswatch source resume 'the paper'` goes on" in ran.out
    assert terminal("source", "resume", "the paper", "--json").json == {"resumed": ["the paper"]}
    assert terminal("status", "--json").json["states"] == {"never run": 1}
    assert "'nobody'" in terminal("status", "--source", "nobody", code=2).err


def test_json_holds_all_that_is_documented(terminal: Terminal) -> None:
    with terminal.store(datetime.now(UTC)) as store:
        put(store, "paper", history=looked(9))
    told = terminal("status", "--json").json
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    documented = text.partition("<!-- status --json -->")[2].partition("<!-- end -->")[0]
    keys = set(re.findall(r"^\| `(\w+)` ", documented, re.MULTILINE))
    assert keys == {*told, *told["sources"][0]}
    (source,) = told["sources"]
    assert source["expected"] == 3.0
    assert told["zone"] == "Asia/Seoul"


# ------------------------------------------------------------------------------------------------------- terminals
def screen(folder: Path, *args: str, columns: int = 80, lines: int = 24, **environment: str) -> str:
    """What a terminal of that size is sent."""
    master, slave = pty.openpty()
    variables = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "COLUMNS", "LINES")}
    size = {"COLUMNS": str(columns), "LINES": str(lines)}
    process = subprocess.Popen(
        [sys.executable, "-c", START, *args],
        cwd=folder,
        env={**variables, **size, "PYTHONPATH": str(ROOT), "TERM": "xterm", "PYTHONIOENCODING": "utf-8", **environment},
        stdout=slave,
        stderr=slave,
    )
    os.close(slave)
    received = b""
    while True:
        try:
            more = os.read(master, 65_536)
        except OSError:  # the other end is closed
            break
        if not more:
            break
        received += more
    os.close(master)
    assert process.wait(60) == 0, received.decode()
    return received.decode().replace("\r\n", "\n")


@pytest.mark.slow
def test_a_screen_is_enough_whatever_its_size_and_colours_come_only_where_they_are_wanted(terminal: Terminal) -> None:
    with terminal.store(datetime.now(UTC)) as store:
        for number in range(60):
            put(store, f"한빛 매거진 기술 섹션 {number:02}", history=looked(9))
        put(store, "속초 신문", ok=False, error="no answer")
    plain = re.compile("\x1b\\[[0-9;]*m")
    for columns, lines in ((80, 24), (60, 30), (200, 50)):
        said = screen(terminal.folder, "status", columns=columns, lines=lines)
        rows = [plain.sub("", row) for row in said.splitlines()]
        assert sum(max(1, -(-columns_of(row) // columns)) for row in rows) < lines
        table = [row for row in rows if row.startswith(("한빛", "속초", "source "))]
        assert len(table) >= 5
        assert table[1].startswith("속초 신문")
        assert all(columns_of(row) <= columns for row in table)
        assert "\x1b[" in said
        assert "more are not listed" in said
    for variables in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert "\x1b" not in screen(terminal.folder, "status", **variables)
    piped = terminal("status").out
    assert "\x1b" not in piped
    assert "한빛 매거진 기술 섹션 00" in piped


def test_texts_are_cut_and_filled_by_the_columns_they_take() -> None:
    assert columns_of("한빛 news") == 9
    assert columns_of("e\u0301") == 1
    assert fitted("한빛", 5) == "한빛 "
    assert fitted("한빛", 5, right=True) == " 한빛"
    assert fitted("한빛 매거진", 6) == "한빛 …"
    assert fitted("한빛 매거진", 4) == "한… "
    assert fitted("ab", 0) == ""
    for width in range(1, 12):
        assert columns_of(fitted("가나다 abc 라마", width)) == width


def test_times_are_short_where_the_day_is_plain() -> None:
    now = datetime(2026, 11, 22, 16, tzinfo=UTC)  # the 23rd in Seoul
    assert shown_short(now - timedelta(minutes=30), "Asia/Seoul", now) == "00:30"
    assert shown_short(now - timedelta(hours=2), "Asia/Seoul", now) == "11-22 23:00"
    assert shown_short(now - 400 * DAY, "Asia/Seoul", now) == "2025-10-19"
    assert shown_short(None, "UTC", now) == "-"
    assert shown_with_zone(now, "Asia/Seoul") == "2026-11-23 01:00 KST"
    assert shown_with_zone(now, "America/Sao_Paulo") == "2026-11-22 13:00 America/Sao_Paulo"


# ---------------------------------------------------------------------------------------------------- stores in use
def test_status_answers_while_somebody_writes(terminal: Terminal) -> None:
    with terminal.store(datetime.now(UTC)) as store:
        put(store, "paper", history=looked(9))
    writer = sqlite3.connect(terminal.folder / "presswatch.db", isolation_level=None, timeout=1)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("UPDATE sources SET failures = 9")
    try:
        assert terminal("status", "--json").json["states"] == {"ok": 1}
    finally:
        writer.execute("ROLLBACK")
        writer.close()


def test_a_store_that_is_locked_altogether_is_an_error_that_says_so(
    terminal: Terminal,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with terminal.store(datetime.now(UTC)) as store:
        put(store, "paper")
    monkeypatch.setattr("storage.store.BUSY_TIMEOUT", 0.3)
    monkeypatch.setattr("storage.open_store.__kwdefaults__", {**open_store.__kwdefaults__, "busy_timeout": 0.3})
    holder = sqlite3.connect(terminal.folder / "presswatch.db", isolation_level=None)
    holder.execute("PRAGMA locking_mode=EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")
    holder.execute("UPDATE sources SET failures = 9")
    try:
        ran = terminal("status", code=1)
    finally:
        holder.close()
    assert re.search(r"store \S+: locked by another program for 0.3 s; end it or try again", ran.err)


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_status_on_both_databases_while_crawls_are_recorded(
    request: pytest.FixtureRequest,
    terminal: Terminal,
    database: str,
) -> None:
    url = request.getfixturevalue(f"{database}_url")
    stop = threading.Event()
    with open_store(url) as store:
        for number in range(20):
            put(store, f"paper {number}", history=looked(9))

        def record() -> None:
            while not stop.is_set():
                store.sources.record("paper 3", at=datetime.now(UTC), ok=True, new=True, history=looked(4))

        thread = threading.Thread(target=record)
        thread.start()
        try:
            told = terminal("--store", url, "status", "--json").json
            assert terminal("--store", url, "status").code == 0
        finally:
            stop.set()
            thread.join()
    assert told["states"] == {"ok": 20}
    assert [source["name"] for source in told["sources"]] == sorted(source["name"] for source in told["sources"])


def test_a_file_is_read_without_what_opening_the_store_would_load(terminal: Terminal) -> None:
    with terminal.store(datetime.now(UTC)) as store:
        put(store, "paper", history=looked(9))
    code = (
        "import sys; from crawler.cli import main; code = main(sys.argv[1:]);"
        " sys.exit(code or len({'sqlalchemy', 'asyncio', 'numpy', 'filelock', 'rich'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "status"],
        cwd=terminal.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "sources: 1 (1 ok)" in done.stdout


def test_what_is_no_file_of_ours_as_it_should_be_is_left_to_who_opens_it(tmp_path: Path) -> None:
    assert open_file(f"sqlite:///{tmp_path}/none.db") is None
    assert list(tmp_path.iterdir()) == []
    for url in ("sqlite:///:memory:", "sqlite:///", "postgresql+psycopg://me@host/name", f"sqlite:///{tmp_path}"):
        assert open_file(url) is None
    (tmp_path / "text.db").write_text("no database")
    assert open_file(f"sqlite:///{tmp_path}/text.db") is None
    with open_store(f"sqlite:///{tmp_path}/store.db") as store:
        store.sources.add(Source(name="paper", url=URL))
    kept = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    file = open_file(f"sqlite:///{tmp_path}/store.db")
    assert file is not None
    with file.glance() as glance:
        assert [outline.name for outline, _, _ in glance.sources()] == ["paper"]
        with pytest.raises(UnknownName):
            glance.sources("nobody")
    file.close()
    with file_ended(file), file.glance():
        pass
    assert kept == {name: (tmp_path / name).read_bytes() for name in kept}
    with sqlite3.connect(tmp_path / "store.db") as connection:
        connection.execute("UPDATE presswatch_schema SET version_num = '0001'")
    connection.close()
    assert open_file(f"sqlite:///{tmp_path}/store.db") is None


def file_ended(file: GlanceFile):
    return pytest.raises(StoreAway, match=rf"store sqlite:///{re.escape(str(file.file))}: Cannot operate on a closed")


# ----------------------------------------------------------------------------------------------------------- moved
@pytest.fixture
def site() -> Iterator[SmallSite]:
    made = SmallSite()
    yield made
    made.close()


@pytest.mark.slow
def test_a_source_that_moved_for_good_is_followed_and_told_until_its_new_address_is_taken(
    terminal: Terminal,
    site: SmallSite,
) -> None:
    (terminal.folder / "presswatch.toml").write_text('allow_networks = ["127.0.0.0/8"]\ndelay = 0\nretries = 0\n')
    rows = []
    for number in range(4):
        site.article(f"/{number}.html", number)
        rows.append((f"/{number}.html", f"Harbour council meets for the time number {number}", "2025-11-03T09:00:00Z"))
    site.pages["/new"] = Reply(feed(site.base, rows), kind=FEED_KIND, etag='"one"')
    site.pages["/rss"] = site.pages["/new"]
    with terminal.store() as store:
        for name, door in (("gone", "/rss"), ("away", "/temporary")):
            doors = (SourceDoor(url=site.url(door), kind=SourceKind.FEED),)
            store.sources.add(Source(name=name, url=site.url("/"), doors=doors, kind=SourceKind.FEED))
    others = []
    for number in range(4, 8):
        site.article(f"/{number}.html", number)
        others.append((f"/{number}.html", f"Harbour council meets for the time number {number}", rows[0][2]))
    site.pages["/other"] = Reply(feed(site.base, others), kind=FEED_KIND, etag='"two"')
    site.pages["/temporary"] = Reply("", status=302, headers={"Location": "/other"})
    terminal("crawl")
    assert terminal("status", "--json").json["states"] == {"ok": 2}
    # Asked with the validator that it gave, it is unchanged where it is now.
    site.pages["/rss"] = Reply("", status=301, headers={"Location": "/step"})
    site.pages["/there"], site.pages["/other"] = site.pages["/other"], Reply("", 308, headers={"Location": "/there"})
    site.pages["/step"] = Reply("", status=308, headers={"Location": "/new"})
    assert [count["not_modified"] for count in terminal("crawl", "--json").json["sources"]] == [1, 1]
    told = {source["name"]: source for source in terminal("status", "--json", "--fail-on-unhealthy").json["sources"]}
    assert (told["gone"]["state"], told["gone"]["moved"]) == ("moved", {site.url("/rss"): site.url("/new")})
    assert (told["away"]["state"], told["away"]["moved"]) == ("ok", {}), "what is temporary leads to may be moved"
    said = terminal("status").out
    assert f"moved: gone: {site.url('/rss')} is {site.url('/new')} for good now; it is followed there, and " in said
    assert "`presswatch source move gone`" in said
    before = terminal("source", "show", "gone", "--json").json
    assert "(not stored)" in terminal("source", "move", "gone", "--dry-run").out
    assert terminal("source", "show", "gone", "--json").json == before
    assert terminal("source", "move", "gone").out == f"gone: {site.url('/rss')} -> {site.url('/new')}\n"
    after = terminal("source", "show", "gone", "--json").json
    assert after["source"] == {
        **before["source"],
        "doors": [{**before["source"]["doors"][0], "url": site.url("/new")}],
    }
    assert after["state"] == before["state"]
    with terminal.store() as store:
        assert list(store.sources.history("gone").doors) == [site.url("/new")]
    site.log.clear()
    terminal("crawl", "--source", "gone")
    assert "/rss" not in site.paths()
    assert terminal("status", "--json").json["states"] == {"ok": 2}
    assert "no server said yet" in terminal("source", "move", "gone", code=2).err
    terminal("source", "move", "gone", site.url("/elsewhere"))
    assert terminal("source", "show", "gone", "--json").json["source"]["doors"][0]["url"] == site.url("/elsewhere")
    with terminal.store() as store:
        source = store.sources.get("gone")
        more = SourceDoor(url=site.url("/more"))
        store.sources.update(replace(source, doors=(*source.doors, more)))
    assert "has 2 doors" in terminal("source", "move", "gone", site.url("/x"), code=2).err
