"""search, show and export on a real store."""

from __future__ import annotations

import csv
import json
import shutil
import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from cli_case import GLASSES, HARVEST, META, NOW, RICE, UNDATED, Terminal, filled, record, terminal

from crawler.cli.show import changed_words
from crawler.items import Basis, Moment, VersionRow

__all__ = ["filled", "terminal"]


def ids(text: str) -> list[str]:
    return [json.loads(line)["id"] for line in text.splitlines()]


# ---------------------------------------------------------------------------------------------------------- search
def test_search_marks_hits_and_finds_names_with_particles(filled: Terminal) -> None:
    found = filled("search", "저커버그가")
    assert "[저커버그가]" in found.out or "[저커버그]" in found.out
    assert GLASSES.url in found.out
    assert HARVEST.url not in found.out
    both = filled("search", "메타", "--json").json
    assert {hit["row"]["id"] for hit in both} == {GLASSES.id, UNDATED.id}
    start, end = both[0]["marks"][0]
    assert both[0]["snippet"][start:end].startswith("메타")


def test_search_takes_the_filters(filled: Terminal) -> None:
    assert len(filled("search", "메타", "--limit", "1", "--json").json) == 1
    assert filled("search", "harvest", "--lang", "ko", "--json").json == []
    assert "--lang: 'zz' is no language" in filled("search", "harvest", "--lang", "zz", code=2).err
    assert len(filled("search", "harvest", "--lang", "en", "--json").json) == 1
    assert filled("search", "harvest", "--since", "2026-11-15", "--json").json == []
    assert "no topic 'x'" in filled("search", "harvest", "--topic", "x", code=2).err
    assert filled("search", "zebra").out == "nothing found\n"
    assert filled("search", "메타", "--limit", "1").out.endswith("\n1 of 2\n")
    assert " of " not in filled("search", "메타", "--limit", "2").out.splitlines()[-1]


def test_a_bounded_search_says_the_way_on(filled: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, bound in (("search.READ", 1), ("search.RANKED", 1), ("candidates.MOST", 1), ("candidates.IN_SIZE", 1)):
        monkeypatch.setattr(f"storage.{name}", bound)
    store = filled.store()
    store.articles.save(
        [record(f"https://new.example.com/{n}", f"{n}", f"{n} {META} 이야기는 시계") for n in range(3)], None
    )
    store.close()
    words = ("search", '"시계 이야기는"', "--limit", "1")
    quick = filled(*words)
    assert quick.out.startswith("nothing found; ")
    assert quick.out.endswith(": add words, or a condition such as before:, or --thorough to look at more\n")
    assert "--thorough" in filled(*words, "--json").err
    assert "--thorough" not in filled("search", "메타", "--limit", "1").out
    deep = filled(*words, "--thorough")
    assert UNDATED.url in deep.out
    assert "nothing found" not in deep.out


def test_a_query_takes_conditions(filled: Terminal) -> None:
    def found(*words: str) -> set[str]:
        return {hit["row"]["id"] for hit in filled("search", "--json", "--", *words).json}

    assert found("site:example.org") == {HARVEST.id}
    assert found("메타", "-site:blog.example.net") == {GLASSES.id}
    assert found("-lang:ko") == {HARVEST.id}
    assert found("author:김하늘 OR harv*") == {GLASSES.id, HARVEST.id}
    # HARVEST was published at 03:00 UTC on the 11th, noon in Seoul.
    assert found("after:2026-11-11T12:00 before:2026-11-12") == {HARVEST.id}
    assert found("after:2026-11-11T12:01") == {GLASSES.id, UNDATED.id}


def test_a_bad_query_is_pointed_at(filled: Terminal) -> None:
    for args in (("search", "메타 안경 after:soon"), ("export", "--query", "메타 안경 after:soon")):
        said = filled(*args, code=2).err.splitlines()
        assert said[0].startswith(
            "presswatch: error: search '메타 안경 after:soon': 'soon' is no time; write 2026-11-01"
        )
        # Hangul takes two columns.
        assert said[1:] == ["  메타 안경 after:soon", "  " + " " * 16 + "^"]
    said = filled("search", "x" * 100 + " OR\x1b[31m (y", code=2).err.splitlines()
    assert said[1].endswith(" OR[31m (y")
    assert said[1].index("(") == said[2].index("^")
    said = filled("search", "메타 source:dayly", code=2).err
    assert "no source 'dayly'; see `presswatch source list`" in said


def test_a_query_taken_for_options_is_told_where_it_belongs(filled: Terminal) -> None:
    assert "presswatch search -- -word another" in filled("search", "-메타", "저커버그", code=2).err
    assert [hit["row"]["id"] for hit in filled("search", "--json", "--", "-메타버스", "저커버그").json] == [GLASSES.id]
    assert "behind --" not in filled("export", "-x", code=2).err


def test_what_a_page_says_cant_command_the_terminal(filled: Terminal) -> None:
    for args in (("search", "harvest"), ("show", HARVEST.id)):
        assert "\x1b" not in filled(*args).out
        assert "Rice harvest[31m early" in filled(*args).out


# ------------------------------------------------------------------------------------------------------------ show
def test_show_takes_an_id_its_beginning_or_a_url(filled: Terminal) -> None:
    for name in (GLASSES.id, GLASSES.id[:12], GLASSES.url, GLASSES.url + "?utm_source=x"):
        assert filled("show", name, "--json").json["row"]["id"] == GLASSES.id
    said = filled("show", GLASSES.id).out
    for words in (
        "저커버그, 새 안경 공개",
        META,
        "김하늘",
        "CC BY 4.0",
        "2026-11-20T10:00:00+09:00",
        "met at:",
        GLASSES.url,
    ):
        assert words in said
    assert "unknown (the page gives no date)" in filled("show", UNDATED.id).out


def test_show_tells_what_a_version_changed(filled: Terminal) -> None:
    assert "nothing changed" in filled("show", HARVEST.id, "--diff").out
    store = filled.store(NOW + timedelta(hours=3))
    again = record(HARVEST.url, HARVEST.article.title, RICE.replace("1.5 %", "15 %"), language="en")
    store.articles.save([replace(again, fetched_at=NOW + timedelta(hours=3))], None)
    store.close()
    said = filled("show", HARVEST.id, "--diff").out
    assert "version 1 -> 2" in said
    assert "[-1.5-]{+15+} %" in said
    answer = filled("show", HARVEST.id, "--diff", "--json").json
    assert [version["number"] for version in answer["versions"]] == [1, 2]
    gone = [piece for piece in answer["changes"][0] if "same" not in piece]
    assert gone == [{"gone": "1.5"}, {"came": "15"}]


def test_changes_are_shown_in_colour(filled: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    store = filled.store(NOW + timedelta(hours=3))
    again = record(GLASSES.url, GLASSES.article.title, META.replace("저커버그가", "저커버그는"))
    store.articles.save([replace(again, fetched_at=NOW + timedelta(hours=3))], None)
    store.close()
    assert "[-저커버그가-]{+저커버그는+} 무대에" in filled("show", GLASSES.id, "--diff").out
    monkeypatch.setattr("click.utils.should_strip_ansi", lambda *_args: False)
    said = filled("show", GLASSES.id, "--diff").out
    assert "\x1b[31m[-저커버그가-]\x1b[0m\x1b[32m{+저커버그는+}\x1b[0m 무대에" in said


def version(number: int, title: str, text: str) -> VersionRow:
    return VersionRow(number=number, title=title, text=text, seen_at=NOW, basis=Basis.PAGE)


def test_a_difference_gives_both_versions_back() -> None:
    old, new = version(1, "제목", "하나 둘 셋\n넷"), version(2, "새 제목", "하나 두울 셋\n넷 다섯")
    pieces = changed_words(old, new)
    assert "".join(p.get("same", p.get("gone", "")) for p in pieces) == "제목\n하나 둘 셋\n넷"
    assert "".join(p.get("same", p.get("came", "")) for p in pieces) == "새 제목\n하나 두울 셋\n넷 다섯"
    assert {"gone": "둘"} in pieces
    assert {"came": "두울"} in pieces


def test_long_versions_are_compared_by_lines() -> None:
    lines = [f"line {number} of a very long report" for number in range(2_000)]
    pieces = changed_words(version(1, "t", "\n".join(lines)), version(2, "t", "\n".join([*lines[:-1], "another end"])))
    assert pieces[-2:] == [{"gone": lines[-1]}, {"came": "another end"}]


def test_story_tells_who_copied_how_much_and_who_was_first(terminal: Terminal) -> None:
    first = record("https://wire.example.com/1", "새 안경 공개", META, site_name="한빛통신", published=Moment(NOW, 540))
    copy = record(
        "https://paper.example.com/9",
        "저커버그의 안경",
        f"어제 나온 소식이다. {META}",
        published=Moment(NOW + timedelta(hours=2), 540),
    )
    with terminal.store() as store:
        store.articles.save([copy], "paper")
        store.articles.save([first, record("https://farm.example.com/3", "Harvest", RICE)], "wire")
    said = terminal("story", copy.id).out
    assert "2 articles" in said
    assert said.index("한빛통신") < said.index("저커버그의")
    assert "first: example.com (한빛통신)" in said
    assert "wire.example.com gives the earliest time" in said
    told = terminal("story", first.url, "--json").json
    assert told["story"] == copy.id
    assert told["first"]["id"] == first.id
    assert [member["id"] for member in told["members"]] == [first.id, copy.id]
    assert told["members"][0]["copied"] == 0
    assert told["members"][1]["copied"] > 0.8
    assert f"presswatch story {copy.id[:12]}" in terminal("show", first.id).out
    assert "1 article\n" in terminal("story", "https://farm.example.com/3").out
    assert "0000beef" in terminal("story", "0000beef", code=2).err


def test_show_colours_only_a_page_that_was_kept(filled: Terminal) -> None:
    assert "keep_pages" in filled("show", GLASSES.id, "--html", "a.html", code=2).err


# ---------------------------------------------------------------------------------------------------------- export
def test_export_writes_each_format_by_the_files_name(filled: Terminal) -> None:
    for name in ("a.jsonl", "a.csv", "a.parquet"):
        assert f"3 articles to {name}" in filled("export", "-o", name).err
    assert "3 rows to b.csv" in filled("export", "--versions", "all", "-o", "b.csv").err
    assert set(ids(Path("a.jsonl").read_text("utf-8"))) == {GLASSES.id, HARVEST.id, UNDATED.id}
    assert pq.read_table("a.parquet").num_rows == 3
    with Path("a.csv").open(encoding="utf-8", newline="") as stream:
        titles = [row["title"] for row in csv.DictReader(stream)]
    assert "'=Rice harvest\x1b[31m early" in titles
    assert not list(Path().glob("*.part"))


def test_standard_output_holds_rows_only(filled: Terminal) -> None:
    ran = filled("export", "--json")
    assert len(ids(ran.out)) == 3
    assert json.loads(ran.err)["written"] == 3
    assert filled("export", "-o", "b.csv", "--bom", "--json").json["file"] == "b.csv"


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (("--lang", "en"), [HARVEST]),
        (("--since", "2026-11-15"), [GLASSES, UNDATED]),
        (("--until", "2026-11-15"), [HARVEST]),
        (("--until", "2026-11-11"), [HARVEST]),
        (("--until", "2026-11-10"), []),
        (("--since", "2026-11-11", "--until", "2026-11-11"), [HARVEST]),
        (("--seen-since", "2026-11-21"), []),
        (("--seen-since", "2026-11-20"), [GLASSES, HARVEST, UNDATED]),
        (("--query", "저커버그"), [GLASSES, UNDATED]),
        (("--query", "harvest", "--lang", "ko"), []),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_export_takes_the_filters(filled: Terminal, args: tuple[str, ...], expected: list[object]) -> None:
    # HARVEST was published at 03:00 UTC on the 11th, noon in Seoul.
    assert set(ids(filled("export", *args).out)) == {row.id for row in expected}  # type: ignore[attr-defined]


def test_a_cursor_gives_what_changed_and_drops_nothing(filled: Terminal) -> None:
    assert len(ids(filled("export", "--since-last", "daily", "-o", "-").out)) == 3
    assert filled("export", "--since-last", "daily").out == ""
    assert "--since-last: give it a name" in filled("export", "--since-last", "", code=2).err
    for option in ("--newest", "--sample"):
        assert f"{option} leaves articles out" in filled("export", "--since-last", "x", option, "1", code=2).err
    store = filled.store()
    store.articles.save([record("https://paper.example.com/late", "늦은 기사", META + "\n한 문단이 더 있다.")], None)
    store.close()
    assert filled("export", "-o", "no/such/folder/a.jsonl", "--since-last", "daily", code=1).err.count("\n") == 1
    (line,) = filled("export", "--since-last", "daily").out.splitlines()
    assert json.loads(line)["title"] == "늦은 기사"
    assert len(ids(filled("export", "--since-last", "weekly").out)) == 4
    filled("topic", "add", "늦은 기사")
    (line,) = filled("export", "--since-last", "daily").out.splitlines()
    assert json.loads(line)["topics"] == ["늦은 기사"]


def test_a_cursor_remembers_its_filters(filled: Terminal) -> None:
    meta = ("export", "--since-last", "daily", "--query", "저커버그")
    assert len(ids(filled(*meta).out)) == 2
    for args in ((), ("--query", "메타"), ("--query", "저커버그", "--stories", "one"), ("--count",)):
        said = filled("export", "--since-last", "daily", *args, code=2).err
        assert "it was read with --query '저커버그', not with " in said
        assert "take another NAME, or add --anew" in said
    assert filled(*meta).out == ""  # nor did the refused ones move it
    assert len(ids(filled("export", "--since-last", "daily", "--anew").out)) == 3
    assert filled("export", "--since-last", "daily").out == ""
    assert "with no filters, not with" in filled(*meta, code=2).err
    assert "--anew begins a NAME again" in filled("export", "--anew", code=2).err
    with filled.store() as store:  # as an earlier version left it
        store.cursors.set("old", 1)
    filled("export", "--since-last", "old", "--lang", "ko")
    assert "with --lang ko, not with --lang en" in filled("export", "--since-last", "old", "--lang", "en", code=2).err


def test_a_copy_that_comes_later_is_no_new_story(filled: Terminal) -> None:
    one = ("export", "--since-last", "mail", "--stories", "one", "--query", "메타")
    assert ids(filled(*one).out) == [GLASSES.id]  # of which the undated one is a copy
    copy = record("https://copies.example.net/1", "베낀 기사", META, published=Moment(NOW - timedelta(hours=1), 540))
    first = record("https://agency.example.net/1", "처음 기사", META, published=Moment(NOW - timedelta(hours=9), 540))
    with filled.store() as store:
        store.articles.save([copy], None)
        assert store.articles.get(copy.id).cluster_id == store.articles.get(GLASSES.id).cluster_id
    assert filled(*one, "--count").out == "0 rows: 0 articles in 0 stories\n"
    assert filled(*one).out == ""
    with filled.store() as store:
        store.articles.save([first], None)
    assert ids(filled(*one).out) == [first.id]


def edited(filled: Terminal) -> None:
    store = filled.store(NOW + timedelta(hours=3))
    again = record(HARVEST.url, HARVEST.article.title, RICE.replace("1.5 %", "15 %"), language="en")
    store.articles.save([replace(again, fetched_at=NOW + timedelta(hours=3))], None)
    store.close()


def test_all_versions_are_exported_one_after_the_other(filled: Terminal) -> None:
    edited(filled)
    for name in ("a.jsonl", "a.csv", "a.parquet", "a.xlsx", "a.sqlite"):
        assert filled("export", "--versions", "all", "-o", name, "--json").json["written"] == 4
        assert filled("export", "-o", f"latest-{name}", "--json").json["written"] == 3
    rows = [json.loads(line) for line in Path("a.jsonl").read_text("utf-8").splitlines()]
    first, second = (row for row in rows if row["id"] == HARVEST.id)
    assert rows.index(first) + 1 == rows.index(second)
    assert [(row["version"], "1.5 %" in row["text"], "15 %" in row["text"]) for row in (first, second)] == [
        (1, True, False),
        (2, False, True),
    ]
    assert first["fetched"] < second["fetched"]
    assert first["content_hash"] != second["content_hash"]
    kept = filled("export", "--query", "harvest", "--versions", "all", "--sample", "1", "-o", "b.jsonl", "--manifest")
    assert "2 rows" not in kept.out
    assert ids(Path("b.jsonl").read_text("utf-8")) == [HARVEST.id] * 2
    told = json.loads(Path("b.jsonl.manifest.json").read_bytes())
    assert told["query"] == {"query": "harvest", "sample": "1", "seed": "0", "versions": "all"}
    refused = filled("export", "--versions", "all", "-o", "feed.atom", code=2).err
    assert "--versions all: atom shows an article once; choose jsonl, csv or parquet" in refused


def test_a_feed_of_a_query_holds_the_newest(filled: Terminal) -> None:
    for name in ("f.rss", "f.atom", "f.json"):
        filled("export", "--query", "안경 OR 시계 OR harvest", "--newest", "2", "-o", name)
        said = Path(name).read_text("utf-8")
        assert GLASSES.url in said
        assert UNDATED.url in said
        assert HARVEST.url not in said
    filled("export", "--query", "메타 -site:blog.example.net", "-o", "g.atom")
    assert UNDATED.url not in Path("g.atom").read_text("utf-8")


def test_count_writes_nothing(filled: Terminal) -> None:
    edited(filled)
    assert filled("export", "--count", "-o", "a.jsonl").out == "3 rows: 3 articles in 2 stories\n"
    assert filled("export", "--count", "--query", "harvest").out == "1 row: 1 article in 1 story\n"
    told = filled("export", "--count", "--versions", "all", "--query", "harvest", "--json").json
    assert told == {"rows": 2, "articles": 1, "stories": 1}
    parts = filled("export", "--count", "--split", "train=.5,test=.5", "--json").json["parts"]
    assert sum(parts.values()) == 3
    filled("export", "--count", "--since-last", "weekly")
    assert len(ids(filled("export", "--since-last", "weekly").out)) == 3
    assert not list(Path().glob("*.jsonl"))


def test_a_damaged_text_is_told_as_damage(filled: Terminal, tmp_path: Path) -> None:
    (file,) = tmp_path.glob("*.db")
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE texts SET text = x'28b52ffd20ff010000'")
    for args in (("search", "메타"), ("export", "-o", "a.jsonl")):
        ran = filled(*args, code=3)
        assert f"left out: {GLASSES.id}: {GLASSES.url}: a packed text is damaged" in ran.err
        assert "presswatch db check" in ran.err
    assert Path("a.jsonl").read_bytes() == b""
    assert "nothing found" in filled("search", "메타", code=3).out
    assert "a packed text is damaged" in filled("db", "check", code=1).out


def test_a_manifest_needs_a_file_to_stand_beside(filled: Terminal) -> None:
    assert "--manifest writes a file beside the export" in filled("export", "--manifest", code=2).err


def test_the_files_of_parts_are_named(filled: Terminal) -> None:
    said = filled("export", "--split", "train=.5,test=.5", "-o", "a.jsonl.gz").err
    assert said.endswith(" to a-train.jsonl.gz, a-test.jsonl.gz\n")
    assert all(Path(name).is_file() for name in ("a-train.jsonl.gz", "a-test.jsonl.gz"))
    said = filled("export", "--split", "train=.5,test=.5", "--format", "dataset", "-o", "set").err
    assert said.endswith(" to set\n")


def test_a_place_that_refuses_is_one_line(filled: Terminal) -> None:
    ran = filled("export", "-o", "no/a.csv", code=1)
    assert ran.err == "presswatch: error: no/a.csv: can't be written: No such file or directory; choose another place\n"


def test_nothing_is_written_over_a_store(filled: Terminal) -> None:
    """`.db` is an ending of an export, and the store's own."""
    filled("export", "-o", "copy.db")
    filled("export", "-o", "copy.db")  # what an export made is replaced
    shutil.copyfile("presswatch.db", "other.db")
    Path("link.db").symlink_to("presswatch.db")
    kept = Path("presswatch.db").read_bytes()
    for args in (
        ("export", "-o", "presswatch.db"),
        ("export", "-o", "other.db"),
        ("export", "-o", "link.db"),
        ("export", "-o", "presswatch.db-wal", "--format", "csv"),
        ("export", "--coverage", "--format", "csv", "-o", "presswatch.db"),
        ("source", "export", "-o", "presswatch.db"),
        ("stats", "--svg", "presswatch.db"),
    ):
        assert "is a store of presswatch" in filled(*args, code=2).err
    assert "is the store itself" in filled("db", "backup", "presswatch.db", "--force", code=1).err
    assert Path("presswatch.db").read_bytes() == kept
    assert "sound" in filled("db", "check").out
