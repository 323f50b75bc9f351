"""Articles that a store can't read: each command goes on without them, says which they are, and they can be mended."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from cli_case import NOW, Terminal, terminal
from storage_records import many, record
from test_cli_intake import LONG, PAGES, crawled, page

from crawler.errors import DamagedArticle
from crawler.export import FORMATS
from crawler.ingest import prepare
from crawler.items import Hints, Outcome, PageKind

__all__ = ["crawled", "terminal"]

HURT, SOUND = PAGES[1].url, [each.url for each in PAGES if each is not PAGES[1]]


def run(terminal: Terminal, sql: str, *values: object) -> list[Sequence[object]]:
    with closing(sqlite3.connect(terminal.folder / "presswatch.db")) as connection, connection:
        return connection.execute(sql, values).fetchall()


def text_of(terminal: Terminal, url: str, version: str = "a.version") -> tuple[object, object]:
    """The number of the text of an article's version, and what is kept of it."""
    (found,) = run(
        terminal,
        "SELECT t.id, t.text FROM texts t JOIN versions v ON v.text_id = t.id JOIN articles a ON a.id = v.article_id"
        f" WHERE a.url = ? AND v.number = {version}",
        url,
    )
    return found[0], found[1]


def damage(terminal: Terminal, url: str = HURT, version: str = "a.version") -> str:
    """Cuts a text, as a disk may; the id of its article."""
    number, kept = text_of(terminal, url, version)
    assert isinstance(kept, bytes)
    run(terminal, "UPDATE texts SET text = ? WHERE id = ?", kept[:20] + bytes(30), number)
    return id_of(terminal, url)


def id_of(terminal: Terminal, url: str) -> str:
    return str(run(terminal, "SELECT public_id FROM articles WHERE url = ?", url)[0][0])


def urls(out: str) -> list[str]:
    return [json.loads(line)["url"] for line in out.splitlines()]


@pytest.mark.parametrize("name", list(FORMATS))
def test_an_export_goes_on_without_a_damaged_text(crawled: Terminal, name: str) -> None:
    hurt = damage(crawled)
    ran = crawled("export", "--format", name, "-o", "out", "--manifest", code=3)
    assert f"left out: {hurt}: {HURT}: a packed text is damaged" in ran.err
    assert "presswatch db check" in ran.err
    assert "presswatch reextract" in ran.err
    assert "4 articles to out, 1 left out because the store can't read them" in ran.err
    manifest = Path("out/manifest.json" if FORMATS[name].folder else "out.manifest.json")
    told = json.loads(manifest.read_bytes())
    assert (told["rows"], told["left_out"], told["damaged"]) == (4, 1, 1)
    ran = crawled("export", "--format", name, "-o", "out", "--json", code=3)
    assert (ran.json["written"], ran.json["broken"], ran.json["damaged"]) == (4, 0, 1)
    assert HURT in ran.json["problems"][0]


@pytest.mark.parametrize("column", ["text", "title", "url", "tags", "published_at", "published_precision"])
def test_a_row_with_a_value_that_none_has_is_left_out(crawled: Terminal, column: str) -> None:
    hurt = id_of(crawled, HURT)
    table, number = ("texts", text_of(crawled, HURT)[0]) if column == "text" else ("articles", None)
    row = number or run(crawled, "SELECT id FROM articles WHERE url = ?", HURT)[0][0]
    run(crawled, f"UPDATE {table} SET {column} = CAST(x'5bff41' AS TEXT) WHERE id = ?", row)
    ran = crawled("export", code=3)
    assert urls(ran.out) == SOUND
    assert f"left out: {hurt}: " in ran.err
    assert "damaged" in ran.err
    crawled("export", "--count", code=3)
    if column not in ("text", "tags", "title", "published_precision"):
        assert "4 articles" in crawled("stats", code=3 if column == "url" else None).out or column != "url"


def test_a_choice_is_made_among_what_can_be_read(crawled: Terminal) -> None:
    damage(crawled)
    for args in (["--newest", "5"], ["--sample", "5"], ["--stories", "one"], ["--split", "a=.5,b=.5", "-o", "p.jsonl"]):
        ran = crawled("export", *args, "--json", code=3)
        told = json.loads(ran.err if "-o" not in args else ran.out)
        assert (told["written"], told["damaged"]) == (1 if "one" in args else 4, 1), args
    ran = crawled("export", "--newest", "5", "--query", "안경", code=3)
    assert sorted(urls(ran.out)) == sorted(SOUND)
    assert ran.err.count(HURT) == 1
    assert crawled("export", "--count", "--newest", "2", code=3).out.startswith("2 rows: 2 articles")


def test_a_cursor_does_not_pass_a_damaged_article_for_ever(crawled: Terminal) -> None:
    number, kept = text_of(crawled, HURT)
    damage(crawled)
    first = crawled("export", "--since-last", "mail", code=3)
    assert urls(first.out) == SOUND
    for _ in range(2):
        again = crawled("export", "--since-last", "mail", code=3)
        assert again.out == ""
        assert HURT in again.err
    run(crawled, "UPDATE texts SET text = ? WHERE id = ?", kept, number)  # as from a backup, which no change tells of
    assert urls(crawled("export", "--since-last", "mail").out) == [HURT]
    assert crawled("export", "--since-last", "mail").out == ""
    assert crawled("db", "check").code == 0


def test_reextract_mends_a_text_and_readers_are_given_it(crawled: Terminal) -> None:
    before = text_of(crawled, HURT)
    damage(crawled)
    crawled("export", "--since-last", "mail", code=3)
    ran = crawled("db", "check", code=1)
    assert f"text: {id_of(crawled, HURT)}: a packed text is damaged" in ran.out
    assert "presswatch reextract" in ran.err
    assert crawled("reextract", "--json").json["updated"] == 1
    assert text_of(crawled, HURT) == before
    assert urls(crawled("export", "--since-last", "mail").out) == [HURT]
    assert crawled("db", "check", "--all").code == 0
    assert crawled("reextract", "--json").json["updated"] == 0


def test_an_earlier_export_mends_a_text(crawled: Terminal) -> None:
    crawled("export", "-o", "before.jsonl")
    before = text_of(crawled, HURT)
    damage(crawled)
    assert crawled("import", "before.jsonl", "--json").json["updated"] == 1
    assert text_of(crawled, HURT) == before
    assert len(urls(crawled("export").out)) == len(PAGES)


def test_a_copy_mends_the_text_that_it_shares(crawled: Terminal) -> None:
    before = text_of(crawled, HURT)
    damage(crawled)
    copy = replace(PAGES[1], url="https://other.example.net/1", final_url="https://other.example.net/1")
    with crawled.store() as store:
        (saved,) = store.articles.save([prepare(copy, Hints(expect=PageKind.ARTICLE)).records[0]], None)
    assert saved.outcome is Outcome.COPY
    assert text_of(crawled, HURT) == before
    assert crawled("db", "check", "--all").code == 0


def test_what_resembles_a_damaged_text_is_stored(crawled: Terminal) -> None:
    damage(crawled)
    like = page(
        "https://other.example.net/2", "안경", f"1번째 이야기다. {LONG} 덧붙인 말이 있다.", f"{LONG} 끝은 1이다."
    )
    with crawled.store() as store:
        (saved,) = store.articles.save([prepare(like, Hints(expect=PageKind.ARTICLE)).records[0]], None)
        assert saved.outcome is Outcome.NEW
        changed = page(HURT, "저커버그, 새 안경 1호 공개 미뤄", f"1번째 이야기다. {LONG}", f"{LONG} 끝은 1이다.")
        store.articles.save([prepare(changed, Hints(expect=PageKind.ARTICLE)).records[0]], None)
    assert len(urls(crawled("export", code=None).out)) >= len(PAGES)


def test_a_search_answers_without_it(crawled: Terminal) -> None:
    hurt = damage(crawled)
    ran = crawled("search", "안경", code=3)
    assert all(url in ran.out for url in SOUND)
    assert HURT not in ran.out
    assert f"left out: {hurt}: {HURT}: a packed text is damaged" in ran.err
    told = crawled("search", "안경", "--json", code=3)
    assert {each["row"]["url"] for each in told.json} == set(SOUND)


def test_show_and_story_tell_what_is_known(crawled: Terminal) -> None:
    copy = record("https://copy.example.net/1", text=f"1번째 이야기다. {LONG}\n{LONG} 끝은 1이다.", title="베낌")
    with crawled.store() as store:
        store.articles.save([copy], None)
    hurt = damage(crawled)
    ran = crawled("show", hurt, code=3)
    assert "저커버그, 새 안경 1호 공개" in ran.out
    assert "can't be read, from page" in ran.out
    assert f"damaged: {hurt}: {HURT}: a packed text is damaged" in ran.err
    told = crawled("show", hurt, "--json", "--diff", code=3).json
    assert told["row"]["text"] == ""
    assert "damaged" in told["versions"][0]["damaged"]
    story = crawled("story", hurt, code=None)
    assert HURT in story.err
    with crawled.store() as store, pytest.raises(DamagedArticle, match="presswatch reextract"):
        store.articles.get(hurt)


def test_stats_count_what_they_can_read(crawled: Terminal) -> None:
    damage(crawled)
    assert crawled("stats", "--json").json["articles"] == len(PAGES)
    ran = crawled("stats", "--query", "안경", code=3)
    assert "4 articles" in ran.out
    assert f"not counted: {id_of(crawled, HURT)}" in ran.err


def test_of_an_earlier_version_alone_the_others_are_given(terminal: Terminal) -> None:
    first, second = many(1)[0], many(1)[0]
    second = replace(
        record(first.url, text=first.article.text + " 고친 끝이다.", title="기사 0 고침"),
        fetched_at=NOW.replace(day=21),
    )
    with terminal.store() as store:
        store.articles.save([first], None)
        store.articles.save([second], None)
    assert len(terminal("export", "--versions", "all").out.splitlines()) == 2
    damage(terminal, first.url, "1")
    ran = terminal("export", "--versions", "all", "--since-last", "mail", code=3)
    assert [json.loads(line)["version"] for line in ran.out.splitlines()] == [2]
    assert f"{first.url}: version 1: a packed text is damaged" in ran.err
    assert terminal("export", "--versions", "all", "--since-last", "mail").out == "", (
        "what was given is not given twice"
    )
    assert "1 article" in terminal("export", "-o", "a.jsonl").err
    assert ", version 1: a packed text is damaged" in terminal("db", "check", code=1).out
    assert "one of both can't be read" in terminal("show", first.url, "--diff", code=3).out


def test_a_store_is_copied_with_its_damage_which_can_be_mended_there(crawled: Terminal, postgres_url: str) -> None:
    before = text_of(crawled, HURT)
    hurt = damage(crawled)
    for url in (f"sqlite:///{crawled.folder / 'copy.db'}", postgres_url):
        ran = crawled("db", "copy", url, code=3)
        assert "5 articles" in ran.out
        assert f"copied with a text that can't be read: {hurt}: {HURT}: a packed text is damaged" in ran.err
        assert urls(crawled("--store", url, "export", code=3).out) == SOUND
        assert f"text: {hurt}" in crawled("--store", url, "db", "check", code=1).out
        assert crawled("--store", url, "reextract", "--json").json["updated"] == 1
        assert sorted(urls(crawled("--store", url, "export").out)) == sorted([HURT, *SOUND])
        assert "sound" in crawled("--store", url, "db", "check", "--all").out
        assert HURT in crawled("--store", url, "search", '"끝은 1이다"').out
    crawled("--store", f"sqlite:///{crawled.folder / 'copy.db'}", "db", "copy", f"sqlite:///{crawled.folder / 'b.db'}")
    assert before[1] != text_of(crawled, HURT)[1]
    run(crawled, "UPDATE texts SET text = CAST(x'5bff41' AS TEXT) WHERE id = ?", before[0])
    told = crawled("db", "copy", f"sqlite:///{crawled.folder / 'c.db'}", "--json", code=3).json
    assert (told["articles"], told["damaged"]) == (5, 1)


def test_a_new_topic_is_matched_with_all_others(crawled: Terminal) -> None:
    damage(crawled)
    crawled("topic", "add", "저커버그")
    assert sorted(urls(crawled("export", "--topic", "저커버그").out)) == sorted(SOUND)


def test_a_damaged_raw_page_costs_itself(crawled: Terminal) -> None:
    row = run(crawled, "SELECT id FROM articles WHERE url = ?", HURT)[0][0]
    run(crawled, "UPDATE pages SET body = substr(body, 1, 30) WHERE article_id = ?", row)
    ran = crawled("export", "-o", "a.warc.gz", code=3)
    assert "4 articles to a.warc.gz, 1 left out because they can't be written" in ran.err
    told = crawled("reextract", "--json", code=3).json
    assert (told["pages"], told["left_out"]) == (4, 1)
    assert "its raw page is damaged" in told["problems"][0]
    assert "its raw page is damaged" in crawled("show", HURT, "--html", "why.html", code=1).err
    # A frame that names a dictionary which is gone.
    run(crawled, "UPDATE pages SET body = x'28b52ffd63d2029649012100000068692e' WHERE article_id = ?", row)
    assert "1 left out" in crawled("export", "-o", "a.warc.gz", code=3).err
    assert crawled("reextract", "--json", code=3).json["left_out"] == 1
