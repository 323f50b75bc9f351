from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cli_case import Terminal, terminal
from small_site import FEED_KIND, Reply, SmallSite, feed

from crawler.cli.crawl import _exit_code, _sorted_out, said, summary, totals_of
from crawler.errors import CrawlError, EngineDied
from crawler.items import CrawlKind, CrawlOrder, CrawlReport, CrawlState, SourceCount
from crawler.newsroom import Newsroom

__all__ = ["terminal"]
ROOT = Path(__file__).resolve().parent.parent
NOW = datetime(2026, 11, 20, tzinfo=UTC)
ORDER = CrawlOrder(kind=CrawlKind.SOURCE, name="a", sources=("a",))


def report(state: CrawlState, **counts: int) -> CrawlReport:
    count = SourceCount(source="a", **counts)  # type: ignore[arg-type]
    return CrawlReport(order=ORDER, state=state, started_at=NOW, ended_at=NOW, counts=(count,))


def test_counts_are_said_in_words() -> None:
    reports = [report(CrawlState.DONE, seen=40, new=7, copies=1), report(CrawlState.DONE, seen=1, updated=2)]
    assert said(totals_of(reports)) == "41 seen, 7 new, 2 updated, 1 copy"
    assert said(totals_of([])) == "0 seen, 0 new"
    assert said(totals_of([report(CrawlState.DONE, copies=2)])) == "0 seen, 0 new, 2 copies"


@pytest.mark.parametrize(
    ("states", "interrupted", "code"),
    [
        (["done", "done"], False, 0),
        (["done", "partial"], False, 3),
        (["done", "failed"], False, 3),
        (["failed", "failed"], False, 1),
        (["stopped"], True, 130),
        ([], True, 130),
        (["stopped"], False, 3),
    ],
)
def test_exit_codes_tell_how_it_ended(states: list[str], interrupted: bool, code: int) -> None:
    reports = [report(CrawlState(state)) for state in states]
    assert _exit_code(reports, interrupted=interrupted) == code
    assert summary(reports, interrupted=interrupted)["exit_code"] == code


def test_one_crawl_that_raises_does_not_take_the_others_along() -> None:
    orders = [ORDER, replace(ORDER, name="b")]
    good, bad = _sorted_out(
        orders, [report(CrawlState.DONE), CrawlError("b: no such thing", "b")], stopped=False, latest={}
    )
    assert (good.state, bad.state) == (CrawlState.DONE, CrawlState.FAILED)
    assert bad.counts[0].errors == ["b: no such thing"]
    with pytest.raises(CrawlError):
        _sorted_out([ORDER], [CrawlError("a: no such thing", "a")], stopped=False, latest={})
    heard = {"a": (SourceCount(source="a", seen=9, new=4),)}
    (killed,) = _sorted_out([ORDER], [EngineDied("gone")], stopped=True, latest=heard)
    assert (killed.state, killed.total("new")) == (CrawlState.STOPPED, 4)
    with pytest.raises(ZeroDivisionError):
        _sorted_out(orders, [report(CrawlState.DONE), ZeroDivisionError()], stopped=False, latest={})


def test_what_makes_no_sense_is_said_before_anything_runs(terminal: Terminal) -> None:
    assert "presswatch source add" in terminal("crawl", code=1).err
    assert not (terminal.folder / "presswatch.db").exists()
    terminal("source", "add", "--no-probe", "https://a.example/")
    assert "twice" in terminal("crawl", "https://b.example/", "--source", "a.example", code=2).err
    assert "presswatch topic add" in terminal("crawl", "--topic", "메타", code=2).err
    assert "'nobody'" in terminal("crawl", "--source", "nobody", code=2).err
    assert "is no time" in terminal("crawl", "--since", "soon", code=2).err
    assert "IANA" in terminal("crawl", "https://b.example/", "--zone", "Seoul", code=2).err


@pytest.fixture
def room() -> Iterator[Newsroom]:
    with Newsroom(articles_per_outlet=4) as room:
        yield room


@pytest.fixture
def ready(terminal: Terminal, room: Newsroom) -> Terminal:
    (terminal.folder / "presswatch.toml").write_text('allow_networks = ["127.0.0.0/8"]\ndelay = 0\n')
    for source in room.sources():
        if source.name in {"ramen-notes", "harbour-ledger"}:
            terminal("source", "add", "--no-probe", source.url, "--name", source.name, "--kind", source.kind.value)
    return terminal


@pytest.mark.slow
@pytest.mark.usefixtures("programs_of_their_own")
def test_a_crawl_from_the_command_line_stores_counts_and_repeats_nothing(ready: Terminal) -> None:
    first = ready("crawl")
    assert "ramen-notes" in first.out
    totals = first.out.splitlines()[-1]
    assert "new" in totals
    assert not totals.endswith("0 new")
    again = ready("crawl", "--json")
    assert again.json["totals"]["new"] == 0
    assert again.json["exit_code"] == 0
    assert {row["source"] for row in again.json["sources"]} == {"ramen-notes", "harbour-ledger"}
    ran = ready("crawl", "--fail-on-nothing-new", "--source", "ramen-notes", "--json", code=1)
    assert ran.json["exit_code"] == 1


@pytest.mark.slow
def test_a_url_and_a_dry_run(ready: Terminal, room: Newsroom) -> None:
    article = next(row for row in room.truth("harbour-ledger") or room.truth() if row.language == "en")
    dry = ready("crawl", article.url, "--dry-run")
    assert "would store: " in dry.out
    assert article.url.rpartition("/")[2][:10] in dry.out
    assert ready("export").out == ""
    ready("crawl", article.url)
    assert len(ready("export").out.splitlines()) == 1


LANTERN = """<!doctype html><html lang="en"><head><title>Ship's lantern</title>
<meta property="og:type" content="product"><meta property="product:price:amount" content="89"></head><body>
<div class="product woocommerce"><h1>Ship's lantern</h1>
<p class="price">£ 89.00</p><button class="add-to-cart">Add to cart</button><p>In stock</p><h2>Description</h2>
<p>A lantern of brass and thick glass, as the ferries of the harbour carried them on their masts for eighty years.</p>
<p>Shipping</p><p>Quantity</p></div></body></html>"""


@pytest.fixture
def site() -> Iterator[SmallSite]:
    site = SmallSite()
    site.article("/2025/11/18/harbour-council-meets-again", 1)
    site.pages["/products/lantern"] = Reply(LANTERN)
    entries = [
        ("/2025/11/18/harbour-council-meets-again", "Council", "2025-11-18T08:00:00Z"),
        ("/products/lantern", "Our lantern", "2025-11-18T09:00:00Z"),
    ]
    site.pages["/feed"] = Reply(feed(site.base, entries), kind=FEED_KIND)
    yield site
    site.close()


@pytest.mark.slow
def test_what_may_well_be_no_article_is_told_and_stored_when_asked_for(terminal: Terminal, site: SmallSite) -> None:
    settings = terminal.folder / "presswatch.toml"
    settings.write_text('allow_networks = ["127.0.0.0/8"]\ndelay = 0\n')
    terminal("source", "add", "--no-probe", site.url("/feed"), "--name", "gull")
    first = terminal("crawl")
    assert "2 seen, 1 new, 1 skipped" in first.out
    assert f"set aside: {site.url('/products/lantern')}: " in first.err
    assert "it looks like a product's page" in first.err
    assert "--keep-unsure" in first.err
    (counted,) = terminal("runs", "--json").json[0]["counts"]
    assert len(counted["unsure"]) == counted["skipped"] == 1

    again = terminal("crawl", "--json").json
    assert (again["totals"]["skipped"], again["sources"][0]["unsure"]) == (1, [])
    assert site.paths().count("/products/lantern") == 1

    terminal("source", "add", "--no-probe", site.url("/feed"), "--name", "gull", "--keep-unsure", "--replace")
    kept = terminal("crawl", "--recheck", "--json").json
    assert (kept["totals"]["new"], kept["totals"]["skipped"]) == (1, 0)
    rows = [json.loads(line) for line in terminal("export").out.splitlines()]
    assert min(row["confidence"] for row in rows) < 0.2 < max(row["confidence"] for row in rows)


@pytest.mark.slow
@pytest.mark.parametrize("asked", ["option", "setting"])
def test_one_crawl_or_all_may_keep_what_is_unsure(terminal: Terminal, site: SmallSite, asked: str) -> None:
    least = "least_confidence = 0\n" if asked == "setting" else ""
    (terminal.folder / "presswatch.toml").write_text(f'allow_networks = ["127.0.0.0/8"]\ndelay = 0\n{least}')
    terminal("source", "add", "--no-probe", site.url("/feed"), "--name", "gull")
    totals = terminal("crawl", "--json", *(["--keep-unsure"] if asked == "option" else [])).json["totals"]
    assert (totals["new"], totals["skipped"]) == (2, 0)


def test_a_share_above_one_is_no_setting(terminal: Terminal) -> None:
    (terminal.folder / "presswatch.toml").write_text("least_confidence = 10\n")
    ran = terminal("source", "list", code=2)
    assert "least_confidence" in ran.err
    assert "more than 1" in ran.err


@pytest.mark.slow
def test_a_place_that_cant_be_reached_is_one_line_and_a_failure(ready: Terminal) -> None:
    ran = ready("crawl", "http://127.0.0.1:9/", code=1)
    assert "failed: http://127.0.0.1:9/" in ran.err
    assert "Traceback" not in ran.err
    assert ran.out.splitlines()[-1] == "0 seen, 0 new, 1 failed"


@pytest.mark.slow
@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_ends_cleanly_and_keeps_what_came_in(ready: Terminal, room: Newsroom, times: int) -> None:
    (ready.folder / "presswatch.toml").write_text(
        f'allow_networks = ["127.0.0.0/8"]\ndelay = {0.5 if times == 1 else 3}\n'
    )
    command = [sys.executable, "-c", "import sys; from crawler.cli import main; sys.exit(main(['crawl', '--json']))"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    running = subprocess.Popen(
        command, cwd=ready.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 60
    try:
        while times == 1 and sum("/rss" not in entry.path for entry in room.log()) < 4 and time.monotonic() < deadline:
            time.sleep(0.05)
        if times > 1:
            with ready.store() as store:
                while not store.articles.count() and time.monotonic() < deadline:
                    time.sleep(0.05)
            time.sleep(1)  # until it is told
        for _ in range(times):
            running.send_signal(signal.SIGINT)
            time.sleep(0.1)
        out, err = running.communicate(timeout=60)
    finally:
        running.kill()
    assert running.returncode == 130, err
    answer = json.loads(out)
    assert answer["exit_code"] == 130
    assert "what came in is kept" in err
    stored = len(ready("export").out.splitlines())
    told = answer["totals"]["new"] + answer["totals"]["copies"]
    assert told == stored if times == 1 else 0 < told <= stored


@pytest.mark.slow
def test_a_date_without_a_zone_is_read_where_the_publisher_is_not_where_the_reader_is(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "".join(
        f"<p>Der Rat der Hafenstadt hat am Montag zum {number}. Mal über die neue Fähre gesprochen, die im Frühjahr "
        "fahren soll. Eine Entscheidung wird noch vor dem Ende des Jahres erwartet, sagte die Verwaltung.</p>"
        for number in ("ersten", "zweiten", "dritten")
    )
    site = SmallSite()
    try:
        site.pages["/faehre.html"] = Reply(
            '<!doctype html><html lang="de"><head><title>Rat spricht über neue Fähre</title>'
            '<meta property="og:type" content="article">'
            '<meta property="article:published_time" content="2026-11-01T21:00:00"></head>'
            f"<body><article><h1>Rat spricht über neue Fähre</h1>{text}</article></body></html>"
        )
        (terminal.folder / "presswatch.toml").write_text('allow_networks = ["127.0.0.0/8"]\ndelay = 0\n')
        monkeypatch.setenv("PRESSWATCH_ZONE", "Asia/Seoul")
        terminal("crawl", site.url("/faehre.html"))
        (row,) = [json.loads(line) for line in terminal("export").out.splitlines()]
    finally:
        site.close()
    assert row["published"] == "2026-11-01T21:00:00+01:00"
