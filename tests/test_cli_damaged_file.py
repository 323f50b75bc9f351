"""A store whose file is damaged, as a disk damages it: exports go on without the articles that are hit, and all else
says what is wrong and what to do.
"""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import struct
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from cli_case import NOW, Ran, Terminal, terminal
from storage_records import record

from crawler.sources import Source
from storage import open_store

__all__ = ["terminal"]

PAGE = 4096
COUNT = 100


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with texts that fill pages of their own."""
    dice = random.Random(3)
    words = ["".join(dice.choices("abcdefghijklmnop", k=7)) for _ in range(4_000)]
    path = tmp_path_factory.mktemp("sound") / "store.db"
    with open_store(f"sqlite:///{path}", now=lambda: NOW) as store:
        store.sources.add(Source(name="paper", url="https://paper.example.com/"))
        for first in range(0, COUNT, 50):
            some = [
                record(
                    f"https://paper.example.com/{number}",
                    title=f"Title {number}",
                    text=f"Harbour {' '.join(dice.choices(words, k=150))}.",
                    published=NOW - timedelta(hours=number),
                )
                for number in range(first, first + 50)
            ]
            store.articles.save(some, "paper")
    return path


@pytest.fixture
def store(terminal: Terminal, sound: Path) -> Terminal:
    shutil.copyfile(sound, terminal.folder / "presswatch.db")
    return terminal


def leaves(raw: bytes, number: int) -> list[int]:
    """The leaves of a b-tree, by the SQLite file format (https://www.sqlite.org/fileformat2.html#b_tree_pages)."""
    page = raw[(number - 1) * PAGE : number * PAGE]
    if page[0] in (0x0A, 0x0D):
        return [number]
    assert page[0] in (0x02, 0x05)
    (count,) = struct.unpack(">H", page[3:5])
    cells = struct.unpack(f">{count}H", page[12 : 12 + 2 * count])
    children = [struct.unpack(">I", page[at : at + 4])[0] for at in cells] + [struct.unpack(">I", page[8:12])[0]]
    return [leaf for child in children for leaf in leaves(raw, child)]


def hurt(terminal: Terminal, tree: str, *, whole: bool = True) -> None:
    """Overwrites a page in the midst of a table or index, or a stretch in the midst of the page."""
    path = terminal.folder / "presswatch.db"
    with closing(sqlite3.connect(path)) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (tree,)).fetchone()
    raw = bytearray(path.read_bytes())
    pages = leaves(bytes(raw), root)
    assert len(pages) > 1
    begin = (pages[len(pages) // 2] - 1) * PAGE
    place = slice(begin, begin + PAGE) if whole else slice(begin + PAGE // 2, begin + PAGE // 2 + 600)
    raw[place] = random.Random(1).randbytes(place.stop - place.start)
    path.write_bytes(raw)


def rows(ran: Ran) -> dict[str, dict[str, object]]:
    return {row["url"]: row for row in map(json.loads, ran.out.splitlines())}


def left_out(ran: Ran) -> list[str]:
    return [line for line in ran.err.splitlines() if line.startswith("left out: ")]


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("tree", ["texts", "articles", "versions", "sightings"])
def test_an_export_steps_over_what_can_not_be_read(store: Terminal, tree: str, whole: bool) -> None:
    asked = ["--source", "paper"] if tree == "sightings" else []
    before = rows(store("export", *asked))
    hurt(store, "sqlite_autoindex_sightings_1" if tree == "sightings" else tree, whole=whole)
    ran = store("export", *asked, code=3)
    given = rows(ran)
    assert all(before[url] == row for url, row in given.items())
    missing = len(before) - len(given)
    assert 0 < missing < 0.7 * COUNT
    assert f"{missing} left out because the store can't read them" in ran.err
    named = left_out(ran)
    assert len(named) == min(missing, 20) + (missing > 20)
    assert all(any(url in line for url in before.keys() - given.keys()) for line in named[:20])
    assert all(line.split(": ")[1] in {str(row["id"]) for row in before.values()} for line in named[:20])
    if whole:
        assert "database disk image is malformed" in named[0]
        assert "`presswatch db check` says where" in ran.err
        assert "restore a backup" in ran.err
    assert list(given) == [url for url in before if url in given], "in their order"


def test_what_is_chosen_is_chosen_among_the_others(store: Terminal) -> None:
    hurt(store, "texts")
    readable = len(rows(store("export", code=3)))
    for asked, many in ((["--newest", "5000"], readable), (["--sample", "92"], 92), (["--stories", "one"], readable)):
        assert len(rows(store("export", *asked, code=3))) == many
    assert len(rows(store("export", "--sample", "7", code=None))) == 7
    assert len(rows(store("export", "--query", "harbour", code=3))) == readable
    assert len(rows(store("export", "--query", "harbour NOT nothing", "--versions", "all", code=3))) == readable
    ran = store("export", "-o", "set", "--format", "dataset", code=3)
    assert f"{readable} articles to set, {COUNT - readable} left out" in ran.err
    told = json.loads(Path("set/manifest.json").read_bytes())
    assert (told["rows"], told["damaged"]) == (readable, COUNT - readable)
    store("export", "--count", code=3)


def test_a_query_goes_on_without_a_damaged_row(store: Terminal) -> None:
    hurt(store, "articles")
    readable = len(rows(store("export", code=3)))
    found = store("export", "--query", "harbour", code=3)
    assert len(rows(found)) == readable
    assert rows(store("export", "--query", "harbour", "--newest", "200", code=3)) == rows(found)
    assert store("stats", code=3).err.count("not counted: ") == COUNT - readable


@pytest.mark.parametrize("tree", ["texts", "articles"])
def test_a_cursor_goes_on_and_tells_what_it_could_not_give(store: Terminal, tree: str) -> None:
    before = rows(store("export"))
    hurt(store, tree)
    first = store("export", "--since-last", "mail", code=3)
    again = store("export", "--since-last", "mail", code=None)
    assert again.out == ""
    if tree == "texts":  # their rows can be given a number behind all others
        assert again.code == 3
        assert sorted(left_out(first)) == sorted(left_out(again))
    assert 0 < len(rows(first)) < len(before)


def test_an_index_that_gives_the_order_is_named_with_the_way_out(store: Terminal) -> None:
    with closing(sqlite3.connect(store.folder / "presswatch.db")) as connection:
        query = "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'articles'"
        names = [name for (name,) in connection.execute(query)]
        (order,) = (
            name
            for name in names
            if [row[2] for row in connection.execute(f"PRAGMA index_info('{name}')")] == ["change_seq"]
        )
    before = rows(store("export"))
    hurt_first(store, order)
    ran = store("export", "-o", "a.jsonl", code=1)
    assert "the index by which articles are read in their order is damaged" in ran.err
    assert not Path("a.jsonl").exists()
    assert "presswatch db copy" in ran.err
    new = f"sqlite:///{store.folder / 'new.db'}"
    store("db", "copy", new)
    assert rows(store("--store", new, "export")) == before


def hurt_first(terminal: Terminal, tree: str) -> None:
    """Overwrites the head of the first page of a table or index, which may have no other."""
    path = terminal.folder / "presswatch.db"
    with closing(sqlite3.connect(path)) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (tree,)).fetchone()
    raw = bytearray(path.read_bytes())
    begin = (root - 1) * PAGE
    raw[begin : begin + 8] = bytes(8)
    path.write_bytes(raw)


def test_check_says_where_and_who(store: Terminal) -> None:
    hurt(store, "texts")
    missing = left_out(store("export", code=3))
    ran = store("db", "check", code=1)
    assert "database file: texts: " in ran.out
    for line in missing[:5]:
        assert line.removeprefix("left out: ") in ran.out
    assert "restore a backup, or export what can be read" in ran.err
    assert "is damaged" in store("db", "backup", "b.db", code=1).err


def test_show_and_search_name_it_and_the_way_out(store: Terminal) -> None:
    hurt(store, "texts")
    _, hit, url, *_ = left_out(store("export", code=3))[0].split(": ")
    ran = store("show", hit, code=1)
    assert f"article {hit}: {url}: pages of the store's file that it is on are damaged" in ran.err
    assert "restore a backup" in ran.err
    ran = store("search", "harbour", "--limit", "200", code=1)
    assert (
        "presswatch.db: database disk image is malformed; the database is damaged; see `presswatch db check`" in ran.err
    )
    assert "export what can be read" in ran.err


def test_what_can_be_read_makes_a_new_store(store: Terminal) -> None:
    hurt(store, "texts")
    written = store("export", "-o", "some.jsonl.zst", "--json", code=3).json["written"]
    new = f"sqlite:///{store.folder / 'new.db'}"
    assert store("--store", new, "import", "some.jsonl.zst", "--json").json["new"] == written
    assert "sound" in store("--store", new, "db", "check").out
