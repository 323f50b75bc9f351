"""stats, and the coverage of an export, on a real store."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from cli_case import META, NOW, Terminal, filled, record, terminal
from rich.console import Console

from crawler.cli.context import utc_now
from crawler.items import CrawlKind, CrawlOrder, CrawlReport, CrawlState, Moment, SourceCount
from crawler.sources import Source

__all__ = ["filled", "terminal"]


# ----------------------------------------------------------------------------------------------------------- stats
def test_stats_are_drawn_as_text(filled: Terminal) -> None:
    said = filled("stats", "--per", "day").out
    assert "3 articles in 2 stories, 2026-11-11 12:00 to 2026-11-20 12:00" in said
    (day,) = (line for line in said.splitlines() if line.startswith("2026-11-20"))
    assert day.split()[-2:] == ["1", "2"]
    assert "█" in day
    (empty,) = (line for line in said.splitlines() if line.startswith("2026-11-15"))
    assert "█" not in empty
    (outlet,) = (line for line in said.splitlines() if line.startswith("example.org"))
    assert outlet.split()[-3:] == ["1", "1", "33.3%"]
    for heading in ("source", "topic", "language", "outlet", "(no topic)"):
        assert heading in said


def test_stats_count_copies_of_a_story_once(filled: Terminal) -> None:
    store = filled.store()
    copies = [record(f"https://paper.example.com/copy/{n}", "저커버그, 새 안경 공개", META) for n in range(3)]
    store.articles.save([*copies], "daily")
    store.close()
    told = filled("stats", "--json", "--query", "저커버그", "--by", "outlet", "--by", "source").json
    assert (told["articles"], told["stories"]) == (5, 1)
    assert told["query"] == {"query": "저커버그"}
    assert {line["name"]: (line["stories"], line["articles"]) for line in told["by"]["outlet"]} == {
        "example.com": (1, 4),
        "example.net": (1, 1),
    }
    assert [line["share"] for line in told["by"]["outlet"]] == [0.5, 0.5]
    assert told["by"]["source"][-1]["name"] is None


def test_an_outlet_is_the_same_to_stats_and_story(filled: Terminal) -> None:
    with filled.store() as store:
        named = [
            record(f"https://{host}/1", "저커버그, 새 안경 공개", META) for host in ("www.a.co.kr", "m.b.co.kr:8443")
        ]
        sites = [replace(each, article=replace(each.article, site_name="신문\x1b[1m")) for each in named]
        store.articles.save(sites, None)
        stories = {store.articles.get(each.id).cluster_id for each in named}
    counted = {line["name"] for line in filled("stats", "--json", "--by", "outlet").json["by"]["outlet"]}
    (story,) = stories
    members = filled("story", named[0].id, "--json").json["members"]
    assert {"a.co.kr", "b.co.kr"} <= {each["outlet"] for each in members} <= counted, story
    assert "a.co.kr (신문[1m)" in filled("story", named[0].id).out


@pytest.mark.parametrize(
    ("args", "articles"),
    [
        (("--query", "site:example.org"), 1),
        (("--query", "lang:ko -author:김하늘"), 1),
        (("--query", "메타 after:2026-11-15"), 2),
        (("--lang", "ko"), 2),
        (("--since", "2026-11-15"), 2),
        (("--query", "zebra"), 0),
    ],
)
def test_stats_take_queries_and_filters(filled: Terminal, args: tuple[str, ...], articles: int) -> None:
    assert filled("stats", "--json", *args).json["articles"] == articles
    assert ("no articles" in filled("stats", *args).out) is (articles == 0)


def test_more_names_than_are_shown_are_added_up(filled: Terminal) -> None:
    store = filled.store()
    store.articles.save(
        [record(f"https://site{n}.example{n}.org/x", None, f"{META} {n}이다. " * 3) for n in range(9)], None
    )
    store.close()
    assert "9 more with" in filled("stats", "--by", "outlet", "--top", "3").out
    assert len(filled("stats", "--by", "outlet", "--top", "3", "--json").json["by"]["outlet"]) == 12


def test_stats_find_room_on_a_narrow_terminal(filled: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    drawing = StringIO()
    monkeypatch.setattr("crawler.cli.terminal.console", lambda: Console(file=drawing, width=60, color_system=None))
    filled("stats", "--by", "outlet")
    assert "example.net" in drawing.getvalue()
    assert "33.3%" in drawing.getvalue()


def test_stats_refuse_two_answers_on_standard_output(filled: Terminal) -> None:
    assert "name a file" in filled("stats", "--png", "-", "--json", code=2).err


def test_pictures_without_matplotlib_are_refused_with_the_way_out(
    filled: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    said = filled("stats", "--png", "a.png", code=2).err
    assert "--png needs matplotlib: pip install 'presswatch[plots]'" in said
    assert not Path("a.png").exists()


def test_pictures_are_the_same_each_time(filled: Terminal) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed: pip install 'presswatch[plots]'")
    filled("topic", "add", "메타")
    for name in ("a", "b"):
        filled("stats", "--png", f"{name}.png", "--svg", f"{name}.svg")
    assert Path("a.png").read_bytes() == Path("b.png").read_bytes()
    assert Path("a.svg").read_bytes() == Path("b.svg").read_bytes()
    assert Path("a.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert b"</svg>" in Path("a.svg").read_bytes()
    assert "can't be written" in filled("stats", "--png", "no/a.png", code=1).err


def test_help_loads_no_matplotlib() -> None:
    code = (
        "import sys; from crawler.cli import main; main(['stats', '--help']);"
        "assert not {'matplotlib', 'rich', 'numpy'} & set(sys.modules), sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL, timeout=60)


# -------------------------------------------------------------------------------------------------------- coverage
def crawled(terminal: Terminal, hours_ago: float, state: CrawlState, *counts: SourceCount) -> None:
    began = utc_now().replace(minute=30, second=0, microsecond=0) - timedelta(hours=hours_ago)
    store = terminal.store(began)
    order = CrawlOrder(kind=CrawlKind.SOURCE, name="crawl", sources=tuple(count.source for count in counts))
    number = store.crawls.begin(order, pid=1, host="h")
    store.crawls.end(number, CrawlReport(order=order, state=state, started_at=began, ended_at=began, counts=counts))
    store.close()


@pytest.fixture
def watched(terminal: Terminal) -> Terminal:
    store = terminal.store(utc_now() - timedelta(days=3))
    for name in ("=daily", "wire"):
        store.sources.add(Source(name=name, url=f"https://{name.strip('=')}.example.com/"))
    store.articles.save(
        [record("https://daily.example.com/1", "t", META, published=Moment(utc_now() - timedelta(hours=3), 0))],
        "=daily",
    )
    store.close()
    down = SourceCount(source="wire", unread=True, errors=["https://wire.example.com/: 503"])
    crawled(terminal, 30, CrawlState.DONE, SourceCount(source="=daily", seen=3, new=1))
    crawled(terminal, 4, CrawlState.PARTIAL, SourceCount(source="=daily", not_modified=1), down)
    crawled(terminal, 2, CrawlState.DONE, SourceCount(source="=daily", seen=3, new=1))
    return terminal


def test_coverage_tells_silence_from_an_outage(watched: Terminal) -> None:
    ran = watched("export", "--coverage", "--since", "5h", "-o", "c.csv", "--json")
    assert ran.json["states"] == {"watched": 2, "failed": 1, "not watched": ran.json["written"] - 3}
    with Path("c.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == ran.json["written"] == 2 * 6
    daily = [row for row in rows if row["source"] == "'=daily"]
    assert [row["state"] for row in daily] == [
        "not watched",
        "watched",
        "not watched",
        "watched",
        "not watched",
        "not watched",
    ]
    assert [row["found"] for row in daily if row["state"] == "watched"] == ["0", "1"]
    assert sum(int(row["published"]) for row in daily) == 1
    assert daily[2]["next_look"].endswith(":30:00+00:00")
    (failed,) = (row for row in rows if row["state"] == "failed")
    assert (failed["source"], failed["error"]) == ("wire", "https://wire.example.com/: 503")


def test_coverage_on_standard_output_is_rows_alone(watched: Terminal) -> None:
    ran = watched("export", "--coverage", "--source", "wire", "--since", "2d", "--until", "1d")
    rows = [json.loads(line) for line in ran.out.splitlines()]
    assert {row["source"] for row in rows} == {"wire"}
    assert 24 <= len(rows) <= 26
    assert ran.err == ""
    assert watched("export", "--coverage", "-o", "c.jsonl.gz").err.startswith("338 hours to c.jsonl.gz: ")


def test_coverage_says_when_runs_were_forgotten(watched: Terminal) -> None:
    (watched.folder / "presswatch.toml").write_text("keep_runs_days = 1\n")
    states = {json.loads(line)["state"] for line in watched("export", "--coverage", "--since", "3d").out.splitlines()}
    assert states == {"forgotten", "watched", "failed", "not watched"}


def test_coverage_refuses_what_is_about_articles(watched: Terminal) -> None:
    for args in (("--query", "x"), ("--stories", "one"), ("--bom",), ("--since-last", "x"), ("--sample", "3")):
        assert f"leave {args[0]} out" in watched("export", "--coverage", *args, code=2).err
    assert "jsonl or csv, not parquet" in watched("export", "--coverage", "-o", "a.parquet", code=2).err
    assert "--since 2100-01-01 is yet to come" in watched("export", "--coverage", "--since", "2100-01-01", code=2).err
    for since in ((), ("--since", "2d")):
        ran = watched("export", "--coverage", *since, "--until", "2020-01-01", code=2)
        assert f"--since {since[1] if since else '7d'} is not before --until 2020-01-01" in ran.err
    assert "too long ago" in watched("export", "--coverage", "--since", "1970-01-01", code=2).err
    assert "nope" in watched("export", "--coverage", "--source", "nope", code=2).err


def test_the_runs_of_a_crawl_tell_which_source_was_not_read(watched: Terminal) -> None:
    store = watched.store()
    assert [count.unread for run in store.crawls.since(NOW - timedelta(days=9999)) for count in run.counts] == [
        False,
        False,
        True,
        False,
    ]
    assert len(list(store.crawls.since(utc_now() - timedelta(hours=10), batch=1))) == 2
    store.close()
