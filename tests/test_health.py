"""What `status` tells."""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from storage_records import record

from crawler.cli import main
from crawler.config import Config
from crawler.daemon_lock import DaemonLock
from crawler.errors import UnknownName
from crawler.health import delay_of, look, look_at_source, worst_first
from crawler.items import CrawlKind, CrawlOrder, CrawlReport, CrawlState, Moment, Precision, SetAside, SourceCount
from crawler.source_words import FAILING_AFTER, SourceWord
from crawler.sources import Source
from crawler.vital_signs import BOOK, VitalSigns, from_plain, to_plain
from storage import Store, articles, glance, open_store

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SOURCE = Source(name="a", url="https://a.example/feed")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TEXT = "The harbour council met on the matter of the ferry, and nobody was of another mind than the mayor in the end."


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/health.db"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = open_store(url, now=lambda: NOW)
    yield opened
    opened.close()


def test_look_gathers_sources_totals_and_what_is_under_way(store: Store, url: str) -> None:
    store.sources.add(SOURCE)
    store.sources.add(Source(name="b", url="https://b.example/"))
    store.sources.add(Source(name="c", url="https://c.example/"))
    store.sources.record("a", at=NOW, ok=True, new=True)
    store.sources.set_next_due("a", NOW + HOUR)
    store.sources.record("b", at=NOW, ok=False, new=False, error="b.example: no answer")
    store.hosts.block("c.example", NOW + HOUR, "429")
    run = store.crawls.begin(CrawlOrder(kind=CrawlKind.SOURCE, name="a", sources=("a",)), pid=os.getpid(), host="here")
    health = look(store, Config(store=url), NOW)
    told = {source.name: (source.state, source.running, source.next_due) for source in health.sources}
    assert told == {
        "a": (SourceWord.OK, True, NOW + HOUR),
        "b": (SourceWord.FAILING, False, None),
        "c": (SourceWord.BLOCKED, False, None),
    }
    assert (health.daemon, health.running, health.articles, health.topics) == (None, 1, 0, 0)
    assert health.states == {"ok": 1, "failing": 1, "blocked": 1}
    assert [(one.run, one.name, one.since) for one in health.under_way] == [(run, "a", NOW)]
    assert [(one.host, one.until, one.reason) for one in health.left_alone] == [("c.example", NOW + HOUR, "429")]
    later = look(store, Config(store=url), NOW + HOUR)
    assert (later.running, later.under_way) == (0, ()), "a run on another machine that gives no sign is dead"
    # b and c are due since they were added; a is due just now.
    assert (later.queue.overdue, later.queue.oldest_due) == (2, NOW)
    assert [source.name for source in look(store, Config(store=url), NOW, ["c", "a", "c"]).sources] == ["c", "a"]
    assert look_at_source(store, Config(store=url), store.sources.get("b"), NOW) == health.sources[1]
    with pytest.raises(UnknownName):
        look(store, Config(store=url), NOW, ["nobody"])


def test_articles_are_counted_against_the_same_hours_of_the_days_before(sqlite_url: str, postgres_url: str) -> None:
    for where in (sqlite_url, postgres_url):
        moment = [NOW]
        with open_store(where, now=lambda moment=moment: moment[0]) as store:
            moment[0] = NOW - 10 * DAY
            store.sources.add(SOURCE)
            number = 0
            found = ((9, 1, 0), (5, 3, 30), (4, 3, 30), (3, 2, 30), (2, 4, 30), (1, 6, 90), (0, 5, 30), (0, 2, 120))
            for days, count, minutes in found:
                at = NOW - days * DAY - timedelta(minutes=minutes)
                for _ in range(count):
                    number += 1
                    published = at - timedelta(minutes=number)
                    one = record(f"https://a.example/{number}", text=f"{number} {TEXT}", at=at, published=published)
                    store.articles.save([one], "a")
            old = record("https://a.example/old", text=f"old {TEXT}", at=NOW, published=NOW - 30 * DAY)
            day = record("https://a.example/day", text=f"day {TEXT}", at=NOW)
            day = replace(day, article=replace(day.article, published=Moment(NOW - DAY, 540, Precision.DAY)))
            store.articles.save([old, day], "a")
            store.articles.set_aside(
                [
                    SetAside(
                        url=f"https://a.example/lost{hours}", reason="500", retry_at=NOW + hours * HOUR, source="a"
                    )
                    for hours in (-2, -1, 1)
                ]
            )
            health = look(store, Config(store=where), NOW)
            assert (health.pace.last_hour, health.pace.last_day) == (5, 9)
            assert (health.pace.usual_hour, health.pace.usual_day) == (2, 3)
            (source,) = health.sources
            assert source.seen == 9
            # Published a minute apart: 20 to 26 minutes before they were found, but for what was there before.
            assert health.delay.articles == 7
            assert health.delay.median == pytest.approx(23 * 60, abs=0.1)
            assert (health.delay.mean, health.delay.p90) == (
                pytest.approx(23 * 60, abs=0.1),
                pytest.approx(26 * 60, abs=0.1),
            )
            # The store's clock stands ten days back, when they were set aside.
            assert (health.queue.articles, health.queue.oldest_article) == (0, None)
            moment[0] = NOW - HOUR
            store.articles.set_aside(
                [SetAside(url="https://a.example/late", reason="500", retry_at=NOW - HOUR / 2, source="a")]
            )
            health = look(store, Config(store=where), NOW)
            assert (health.queue.articles, health.queue.oldest_article) == (1, NOW - HOUR / 2)


def test_in_its_first_hour_a_store_has_found_all_that_it_holds_within_the_hour(sqlite_url: str) -> None:
    with open_store(sqlite_url, now=lambda: NOW) as store:
        store.sources.add(SOURCE)
        assert look(store, Config(store=sqlite_url), NOW).pace.last_hour == 0
        store.articles.save([record("https://a.example/1", text=TEXT, at=NOW, published=NOW)], "a")
        later = NOW + timedelta(minutes=59)
        pace = look(store, Config(store=sqlite_url), later).pace
        assert (pace.last_hour, pace.usual_hour, pace.last_day) == (1, None, 1)
        later = NOW + timedelta(minutes=61)
        assert look(store, Config(store=sqlite_url), later).pace.last_hour == 0


def test_what_is_due_again_is_what_a_crawl_asks_for_again() -> None:
    assert glance.RETRIED_FOR == articles.RETRIED_FOR


def test_delays_of_a_clock_that_runs_ahead_are_none_and_nine_of_ten_are_within_the_last_figure() -> None:
    told = delay_of([-100.0, *map(float, range(1, 10))])
    assert (told.articles, told.mean, told.median, told.p90) == (10, 4.5, 4.5, 8.0)
    assert delay_of([]).median is None


def test_signs_of_life_are_read_back_and_what_is_none_is_nothing() -> None:
    signs = VitalSigns(at=NOW, since=NOW - HOUR, pid=7, host="here", engine_losses={"died": 2}, trouble="starting")
    assert from_plain(json.loads(json.dumps(to_plain(signs)))) == signs
    for plain in (None, {}, {"at": 3}, {"at": NOW.isoformat(), "since": NOW.isoformat(), "more": 1}):
        assert from_plain(plain) is None


def test_a_daemon_without_a_sign_of_life_is_told(store: Store, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    began = datetime.now(UTC) - HOUR
    signs = VitalSigns(at=began, since=began, pid=os.getpid(), host="here", engine_losses={"died": 2, "memory": 1})
    store.plans.keep(BOOK, to_plain(signs))
    with DaemonLock(store, url, began):
        assert main(["--store", url, "status"]) == 0
        said = capsys.readouterr().out
        assert "its engine was replaced 3 times (2 died, 1 memory)" in said
        assert "\ndaemon: no sign of life for minutes" in said
        assert f"end it with `kill -9 {os.getpid()}`" in said
        store.plans.keep(BOOK, to_plain(replace(signs, at=datetime.now(UTC), trouble="the network does not answer")))
        assert main(["--store", url, "status"]) == 0
        said = capsys.readouterr().out
        assert "no sign of life for minutes" not in said
        assert "; the network does not answer\n" in said
    assert main(["--store", url, "status"]) == 0
    assert "daemon: not running (last sign of life " in capsys.readouterr().out


def test_look_asks_as_little_for_many_sources_as_for_few(store: Store, url: str) -> None:
    asked: list[str] = []
    sa.event.listen(store._database.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    counts = []
    for first, last in ((0, 2), (2, 40)):
        for number in range(first, last):
            store.sources.add(Source(name=f"s{number}", url=f"https://h{number}.example/"))
            store.hosts.block(f"h{number}.example", NOW + HOUR, "429")
        asked.clear()
        assert look(store, Config(store=url), NOW).states == {"blocked": last}
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_status_lists_those_first_that_need_a_look(
    store: Store, url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(9):
        store.sources.add(Source(name=f"s{number}", url=f"https://h{number}.example/"))
        store.sources.record(f"s{number}", at=NOW, ok=True, new=True)
    for _ in range(FAILING_AFTER):
        store.sources.record("s7", at=NOW, ok=False, new=False, error="no answer")
    store.hosts.block("h8.example", NOW + HOUR, "429")
    health = look(store, Config(store=url), NOW)
    assert [source.name for source in worst_first(health.sources)][:3] == ["s7", "s8", "s0"]
    monkeypatch.setattr("crawler.cli.status.MOST_SHOWN", 3)
    assert main(["--store", url, "status"]) == 0
    said = capsys.readouterr().out
    # By the clock on the wall the block is long over.
    assert [line.split()[0] for line in said.splitlines() if re.match(r"s\d ", line)] == ["s7", "s0", "s1"]
    assert "sources: 9 (" in said
    assert "6 more are not listed; `presswatch status --all`" in said
    assert main(["--store", url, "status", "--all"]) == 0
    said = capsys.readouterr().out
    assert all(f"\ns{number} " in said for number in range(9))
    assert "not listed" not in said
    assert main(["--store", url, "status", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["sources"]) == 9


def test_status_and_runs_on_the_command_line(store: Store, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    store.sources.add(SOURCE)
    store.sources.record("a", at=NOW, ok=False, new=False, error="a.example: no answer\nat all")
    with open_store(url) as present:
        run = present.crawls.begin(
            CrawlOrder(kind=CrawlKind.SOURCE, name="a", sources=("a",)), pid=os.getpid(), host=platform.node()
        )
    with DaemonLock(store, url, NOW):
        assert main(["--store", url, "status"]) == 0
        said = capsys.readouterr().out
        assert f"daemon: running since 2026-11-22 21:00 KST, process {os.getpid()} on " in said
        assert "times: Asia/Seoul (KST, UTC+0900)\n" in said
        assert "sources: 1 (1 failing)" in said
        assert "failing, running" in said
        assert "failing: a: the last look failed, never read: a.example: no answer at all; " in said
        assert main(["--store", url, "status", "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert (told["daemon"]["pid"], told["sources"][0]["state"], told["running"]) == (os.getpid(), "failing", 1)
    assert main(["--store", url, "runs", "--source", "a", "--json"]) == 0
    assert [(row["id"], row["state"]) for row in json.loads(capsys.readouterr().out)] == [(run, "running")]
    assert main(["--store", url, "runs"]) == 0
    assert "running" in capsys.readouterr().out
    order = CrawlOrder(kind=CrawlKind.SOURCE, name="a", sources=("a",))
    count = SourceCount(source="a", failed=2, errors=["https://a.example/rss: answered 503", "again"])
    report = CrawlReport(order=order, started_at=NOW, ended_at=NOW, state=CrawlState.FAILED, counts=(count,))
    with open_store(url) as present:
        present.crawls.end(run, report)
    assert main(["--store", url, "runs"]) == 0
    assert "https://a.example/rss: answered 503 (and 1 more)" in capsys.readouterr().out
    assert main(["--store", url, "runs", "--source", "b"]) == 2
    assert "'b'" in capsys.readouterr().err
    assert main(["--store", url, "status"]) == 0
    assert "daemon: not running" in capsys.readouterr().out
