"""A store's rows imported elsewhere: its versions and stories come back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from cli_case import NOW, Terminal, terminal
from storage_records import record

from crawler.items import ArticleRecord
from storage import open_store

__all__ = ["terminal"]

SENTENCES = [f"항구 도시의 {n}번째 위원회가 부두 {n * 7}곳의 수리비를 놓고 다시 모였다." for n in range(40)]
Rows = list[dict[str, object]]


def told(number: int, first: int, *, outlet: str = "paper", lead: str = "", days: int = 0) -> ArticleRecord:
    """An article of twelve sentences; those that share `first` tell one story."""
    text = "\n".join([*([lead] if lead else []), *SENTENCES[first : first + 12]])
    made = record(f"https://{outlet}.example.com/{number}", title=f"부두 소식 {number}", text=text)
    return replace(made, fetched_at=NOW + timedelta(days=days))


def read(run: Terminal, *args: str) -> Rows:
    return list(map(json.loads, run("export", *args).out.splitlines()))


def elsewhere(run: Terminal, rows: Rows, place: Path) -> tuple[Rows, Mapping[str, object]]:
    """What a new store has after it imported `rows`."""
    file = place.with_suffix(".jsonl")
    file.write_bytes(b"\n".join(map(orjson.dumps, rows)))
    said = run("--store", f"sqlite:///{place}", "import", str(file), "--json").json
    assert run("--store", f"sqlite:///{place}", "db", "check", "--json").json["sound"] is True
    got = run("--store", f"sqlite:///{place}", "export", "--versions", "all").out.splitlines()
    return list(map(json.loads, got)), said


def same(one: Rows, other: Rows) -> bool:
    def plain(rows: Rows) -> list[dict[str, object]]:
        kept = [{key: value for key, value in row.items() if key != "change_seq"} for row in rows]
        return sorted(kept, key=lambda row: (str(row["id"]), str(row["version"])))

    return plain(one) == plain(other)


@pytest.fixture
def edited(terminal: Terminal) -> Terminal:
    """An article edited twice, one edited and taken back, and one never edited."""
    first, second, third = told(1, 0), told(2, 14), told(3, 27)
    with terminal.store() as store:
        store.articles.save([first, second, third], None)
        store.articles.save([told(1, 0, lead="위원장이 바뀌었다.", days=1), told(2, 14, lead="오보다.", days=1)], None)
        back = replace(second, fetched_at=NOW + timedelta(days=2))
        store.articles.save([told(1, 0, lead="위원장이 또 바뀌었다.", days=2), back], None)
    return terminal


def test_versions_come_back_as_versions(edited: Terminal, tmp_path: Path) -> None:
    rows = read(edited, "--versions", "all")
    assert sorted((str(row["title"])[-1], row["version"]) for row in rows) == [
        ("1", 1),
        ("1", 2),
        ("1", 3),
        ("2", 1),
        ("2", 2),
        ("3", 1),
    ]
    again, said = elsewhere(edited, rows, tmp_path / "again.db")
    assert same(again, rows)
    assert (said["new"], said["updated"], said["left_out"]) == (3, 3, 0)
    # Also in the order of another store, and once more into the same one.
    assert same(elsewhere(edited, rows[::-1], tmp_path / "back.db")[0], rows)
    assert elsewhere(edited, rows, tmp_path / "again.db")[1]["known"] == len(rows)
    # The taken back one shows its first version, as it did.
    with open_store(f"sqlite:///{tmp_path / 'again.db'}") as store:
        assert store.articles.get("https://paper.example.com/2").version == 1
        assert [each.number for each in store.articles.versions("https://paper.example.com/2")] == [1, 2]


def test_a_version_alone_keeps_its_number_and_earlier_ones_may_follow(edited: Terminal, tmp_path: Path) -> None:
    latest, whole = read(edited), read(edited, "--versions", "all")
    first, _ = elsewhere(edited, latest, tmp_path / "some.db")
    assert sorted(str(row["version"]) for row in first) == ["1", "1", "3"]
    assert same(first, latest)
    assert same(elsewhere(edited, whole, tmp_path / "some.db")[0], whole)
    with open_store(f"sqlite:///{tmp_path / 'some.db'}", now=lambda: NOW + timedelta(days=9)) as store:
        store.articles.save([told(1, 0, lead="Again new.", days=8)], None)
        assert store.articles.get("https://paper.example.com/1").version == 4


@pytest.fixture
def copied(terminal: Terminal) -> Terminal:
    """Two stories of three articles each, and one alone."""
    with terminal.store() as store:
        for number, (first, outlet) in enumerate((f, o) for f in (0, 14) for o in ("a", "b", "c")):
            store.articles.save(
                [told(number, first, outlet=outlet, lead=f"{outlet} 신문이 {number}번째로 전한다.")], None
            )
        store.articles.save([told(9, 27)], None)
        # The first of a story comes last in an export: it changed.
        store.articles.save([replace(told(0, 0, outlet="a", lead="위원장이 바뀌었다.", days=1))], None)
    assert len({row["cluster_id"] for row in read(terminal)}) == 3
    return terminal


def test_stories_come_back_under_their_names(copied: Terminal, tmp_path: Path) -> None:
    rows = read(copied)
    assert same(elsewhere(copied, rows, tmp_path / "again.db")[0], rows)
    assert same(elsewhere(copied, rows[::-1], tmp_path / "back.db")[0], rows)
    # Without the article that a story is named by, row by row, which is a transaction each.
    some = [row for row in rows if row["id"] != row["cluster_id"]]
    assert len({row["cluster_id"] for row in some}) == 2
    for row in some:
        got, _ = elsewhere(copied, [row], tmp_path / "some.db")
    assert same(got, some)


def test_what_rows_keep_apart_stays_apart(copied: Terminal, tmp_path: Path) -> None:
    rows = [{**row, "cluster_id": row["id"]} for row in read(copied)]
    assert same(elsewhere(copied, rows, tmp_path / "apart.db")[0], rows)


def test_rows_join_the_stories_that_were_here_before(copied: Terminal, tmp_path: Path) -> None:
    place = tmp_path / "here.db"
    with open_store(f"sqlite:///{place}", now=lambda: NOW) as store:
        (here,) = store.articles.save([told(77, 0, outlet="here")], None)
    got, _ = elsewhere(copied, read(copied), place)
    stories = {row["id"]: row["cluster_id"] for row in got}
    assert list(stories.values()).count(here.id) == 4
    assert len(set(stories.values())) == 3
