"""Crawls whose host is left alone, or whose store can't be used: nothing is sent, or no more; told once."""

from __future__ import annotations

import contextlib
import itertools
import logging
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from crawl_case import Case, play
from daemon_case import Running, start, store, url, wait_until
from small_site import FEED_KIND, Reply, SmallSite, feed

from crawler.errors import StoreAway, StoreError
from crawler.extract.feed import MAX_ITEMS
from crawler.items import ArticleRecord, CrawlState, Saved
from crawler.sources import Schedule, Source, SourceKind
from storage import Store

__all__ = ["start", "store", "url"]

DUE = datetime(2026, 11, 26, tzinfo=UTC)


@pytest.fixture
def site() -> Iterator[SmallSite]:
    made = SmallSite()
    for number in range(1, 21):
        made.article(f"/news/{number}.html", number)
    entries = [(f"/news/{n}.html", f"Council {n}", f"2025-11-{n:02}T09:00:00Z") for n in range(1, 21)]
    made.pages["/feed"] = Reply(feed(made.base, entries), kind=FEED_KIND)
    yield made
    made.close()


def test_a_look_at_a_host_that_is_left_alone_is_put_off_and_no_failure(site: SmallSite, tmp_path: Path) -> None:
    async def scenario(case: Case) -> None:
        case.add("paper", site.url("/feed"))
        until = datetime.now(UTC) + timedelta(hours=1)
        case.store.hosts.block("127.0.0.1", until, "it asked for it")
        report = await case.source("paper", due_at=DUE)
        assert (report.state, report.total("requests"), report.total("failed")) == (CrawlState.DONE, 0, 0)
        (count,) = report.counts
        assert count.room_at == pytest.approx(until.timestamp(), abs=5)
        assert count.budget is None
        assert "left alone" in count.limits[0]
        state = case.store.sources.state("paper")
        assert (state.failures, state.last_run, state.last_error) == (0, None, None)
        assert site.log == []
        # A person who asks for it is told why nothing comes.
        asked = await case.source("paper")
        assert asked.state is CrawlState.FAILED
        assert "left alone" in asked.counts[0].errors[0]

    play(tmp_path, scenario)


def test_a_door_that_fails_beside_one_that_is_left_alone_is_a_failure(site: SmallSite, tmp_path: Path) -> None:
    from crawler.sources import SourceDoor

    async def scenario(case: Case) -> None:
        doors = (
            SourceDoor(url=site.url("/gone"), kind=SourceKind.FEED),
            SourceDoor(url=f"http://localhost:{site.port}/feed", kind=SourceKind.FEED),
        )
        case.add("paper", site.url("/gone"), doors=doors)
        case.store.hosts.block("localhost", datetime.now(UTC) + timedelta(hours=1), "it asked for it")
        report = await case.source("paper", due_at=DUE)
        assert report.state is CrawlState.FAILED
        assert case.store.sources.state("paper").failures == 1

    play(tmp_path, scenario)


@pytest.mark.parametrize("error", [StoreAway("store sqlite: disk is full"), StoreError("store sqlite: disk is full")])
@pytest.mark.parametrize("place", ["noted", "saved"])
def test_a_store_that_is_away_ends_a_crawl_and_is_told_once(
    site: SmallSite, tmp_path: Path, caplog: pytest.LogCaptureFixture, error: StoreError, place: str
) -> None:
    async def scenario(case: Case) -> None:
        case.add("paper", site.url("/feed"))

        def refuses(*_arguments: object, **_named: object) -> None:
            if len(site.log) > 1:
                raise error

        meter = case.desk._meter
        assert meter is not None
        if place == "noted":
            meter.admit = refuses  # type: ignore[method-assign]
        else:
            case.store.articles.save = refuses  # type: ignore[method-assign, assignment]
        report = await case.source("paper", due_at=DUE)
        assert report.state is CrawlState.FAILED
        assert str(error) in report.errors[0]
        if isinstance(error, StoreAway) or place == "noted":
            assert report.errors == (str(error),)
            assert report.counts[0].errors == []
        case.store.articles.__dict__.pop("save", None)
        # Its door is not taken for read: what was left comes with the next look.
        assert case.store.doors.get("paper", site.url("/feed")) is None

    with caplog.at_level(logging.INFO):
        play(tmp_path, scenario, window=60.0)
    assert not [record for record in caplog.records if record.exc_info], "no defect of the program"
    if isinstance(error, StoreAway) or place == "noted":
        told = [record for record in caplog.records if "disk is full" in record.getMessage()]
        assert len(told) == 1


def test_an_article_on_which_storing_breaks_is_counted_and_costs_no_other(site: SmallSite, tmp_path: Path) -> None:
    async def scenario(case: Case) -> None:
        case.add("paper", site.url("/feed"))
        save = case.store.articles.save

        def breaks(records: Sequence[ArticleRecord], *rest: Any, **named: Any) -> list[Saved]:
            if any(record.url.endswith("/7.html") and record.article.text for record in records):
                raise ValueError("a packed text is damaged")
            return save(records, *rest, **named)

        case.store.articles.save = breaks  # type: ignore[method-assign]
        report = await case.source("paper", due_at=DUE)
        assert (report.total("new"), report.total("failed")) == (19, 1)
        assert "ValueError: a packed text is damaged" in report.counts[0].errors[0]

    play(tmp_path, scenario)


@pytest.mark.slow
def test_sources_of_a_host_that_wants_to_be_left_alone_write_no_failures_whatever_their_schedule(
    site: SmallSite, store: Store, start: Callable[..., Running]
) -> None:
    site.pages["/feed"] = Reply("come later", status=503, headers={"Retry-After": "3600"})
    schedules = (Schedule(every=1), Schedule(every=2), Schedule(cron="* * * * *"), Schedule(min_interval=1))
    for number, schedule in enumerate(schedules):
        store.sources.add(
            Source(name=f"s{number}", url=site.url("/feed"), kind=SourceKind.FEED, schedule=schedule, delay=0.0)
        )
    # A line's moment may be a minute away; all others are due at once.
    for name in ("s0", "s1", "s2", "s3"):
        store.sources.set_next_due(name, datetime.now(UTC))
    daemon = start(retries=0)

    def all_put_off() -> bool:
        later = datetime.now(UTC) + timedelta(minutes=50)
        return all((state.next_due or DUE) > later for state in store.sources.states())

    wait_until(all_put_off, lambda: "\n".join(daemon.lines))
    time.sleep(3)
    asked = sum(1 for one in site.log if one.path == "/feed")
    runs = store.crawls.list(50)
    assert len(runs) == 4, "\n".join(daemon.lines)
    assert sum(run.state is CrawlState.FAILED for run in runs) == asked <= 4
    assert [run for run in runs if run.state is CrawlState.FAILED and not sum(c.requests for c in run.counts)] == []
    assert daemon.end() == 0


@pytest.mark.slow
def test_a_source_that_robots_txt_forbids_is_told_once_and_left_until_that_is_read_anew(
    site: SmallSite, store: Store, start: Callable[..., Running]
) -> None:
    site.pages["/robots.txt"] = Reply("User-agent: *\nDisallow: /feed\n", kind="text/plain")
    schedules = {"often": Schedule(every=1), "line": Schedule(cron="* * * * *"), "learnt": Schedule(min_interval=1)}
    for name, schedule in schedules.items():
        store.sources.add(Source(name=name, url=site.url("/feed"), kind=SourceKind.FEED, schedule=schedule, delay=0.0))
        store.sources.set_next_due(name, datetime.now(UTC))
    daemon = start()

    def all_left() -> bool:
        now = datetime.now(UTC)
        within = (now + timedelta(hours=23), now + timedelta(hours=27))
        return all(within[0] < (state.next_due or DUE) < within[1] for state in store.sources.states())

    wait_until(all_left, lambda: "\n".join(daemon.lines))
    time.sleep(3)
    assert len(store.crawls.list(50)) == len(schedules)
    told = [line for line in daemon.lines if "robots.txt of" in line and "level=warning" in line]
    assert len(told) == len(schedules), "\n".join(daemon.lines)
    assert {state.failures for state in store.sources.states()} == {1}
    assert all("robots.txt of" in (state.last_error or "") for state in store.sources.states())
    # It is read anew when it is too old, and then allows it.
    site.pages["/robots.txt"] = Reply("User-agent: *\nDisallow:\n", kind="text/plain")
    with contextlib.closing(sqlite3.connect(store.file or "")) as other, other:
        other.execute("UPDATE robots SET expires_at = '2025-01-01 00:00:00.000000'")
    assert daemon.end() == 0
    for name in schedules:
        store.sources.set_next_due(name, datetime.now(UTC))
    again = start()
    again.wait_for("event=crawled .*state=done", len(schedules))
    assert {state.failures for state in store.sources.states()} == {0}
    assert again.end() == 0


@pytest.mark.slow
def test_a_source_with_an_interval_backs_off_and_goes_back_to_it(
    site: SmallSite, store: Store, start: Callable[..., Running]
) -> None:
    good = site.pages["/feed"]
    site.pages["/feed"] = Reply("moved", status=404)
    store.sources.add(
        Source(name="paper", url=site.url("/feed"), kind=SourceKind.FEED, schedule=Schedule(every=1), delay=0.0)
    )
    daemon = start()
    wait_until(lambda: store.sources.state("paper").failures >= 4, lambda: "\n".join(daemon.lines))
    runs = store.crawls.list(50)[::-1]
    gaps = [
        (later.started_at - earlier.ended_at).total_seconds()
        for earlier, later in itertools.pairwise(runs)
        if later.started_at and earlier.ended_at
    ]
    assert min(gaps) > 0.5
    assert gaps[2] > 2.5 > gaps[0] or gaps[2] > 1.5 * gaps[0]
    site.pages["/feed"] = good
    daemon.wait_for("event=crawled source=paper state=done", 4)
    done = [run for run in store.crawls.list(50)[::-1] if run.state is CrawlState.DONE]
    assert (done[-1].started_at - done[-3].started_at).total_seconds() < 30  # type: ignore[operator]
    assert store.sources.state("paper").failures == 0
    assert daemon.end() == 0


def test_articles_of_a_host_that_is_left_alone_are_put_off_together_and_told_once(
    site: SmallSite, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    site.pages["/news/20.html"] = Reply("come later", status=503, headers={"Retry-After": "3600"})

    async def scenario(case: Case) -> None:
        case.add("paper", site.url("/feed"), delay=0.05)
        report = await case.source("paper", due_at=DUE)
        (count,) = report.counts
        asked = [path for path in site.paths() if path.startswith("/news/")]
        assert count.failed <= len(asked) < 10
        assert len([line for line in count.limits if "left alone" in line]) == 1
        now = datetime.now(UTC)
        urls = [site.url(f"/news/{number}.html") for number in range(1, 20)]
        known = case.store.articles.known(urls, "paper")
        put_off = [one.set_aside_until for one in known.values() if one.set_aside_until is not None]
        assert len(put_off) >= 19 - len(asked)
        assert all(now + timedelta(minutes=58) < until < now + timedelta(minutes=61) for until in put_off)
        assert case.store.hosts.blocked_until("127.0.0.1") is not None, "whatever was answered meanwhile"
        clock = case.desk.politeness._clock
        case.desk.politeness._clock = lambda: clock() + 4000
        await case.desk.politeness.succeeded(site.url("/feed"))
        assert case.store.hosts.blocked_until("127.0.0.1") is None

    with caplog.at_level(logging.INFO):
        play(tmp_path, scenario)
    told = [(record.levelname, record.getMessage()) for record in caplog.records if record.name == "presswatch.daemon"]
    assert told == [("WARNING", "host left alone"), ("INFO", "host answers again")]
    (over,) = [record for record in caplog.records if record.getMessage() == "host answers again"]
    assert over.facts["left_out"] >= 10  # type: ignore[attr-defined]
    assert sum("left alone" in record.getMessage() for record in caplog.records) == 2


def test_a_feed_that_breaks_off_is_told_and_asked_for_in_full_until_it_is_whole(
    site: SmallSite, tmp_path: Path
) -> None:
    whole = site.pages["/feed"].body
    half = whole[: whole.index("<id>", len(whole) // 2)]
    name = site.url("/feed")

    async def scenario(case: Case) -> None:
        case.add("paper", name)
        site.pages["/feed"] = Reply(whole[:1500], kind=FEED_KIND, etag='"short"')
        first = await case.source("paper")
        few = first.total("new")
        assert 0 < few < 20
        assert first.state is CrawlState.DONE
        (told,) = first.counts[0].errors
        assert told.startswith(f"{name}: Atom feed with")
        assert "breaks off before its end" in told
        assert case.store.doors.get("paper", name) is None
        # What came is asked for again, without validators that could answer that nothing changed.
        site.pages["/feed"] = Reply(half, kind=FEED_KIND, etag='"short"')
        second = await case.source("paper")
        assert second.total("not_modified") == 0
        assert few < few + second.total("new") < 20
        assert [line for line in second.counts[0].changes if "breaks off" in line]
        site.pages["/feed"] = Reply(whole, kind=FEED_KIND, etag='"whole"')
        third = await case.source("paper")
        assert third.counts[0].errors == []
        assert third.counts[0].changes == []
        assert len(case.rows()) == 20
        assert case.store.doors.get("paper", name).etag == '"whole"'
        # One that was whole and is cut now: what the store has of it stands for the whole one.
        site.pages["/feed"] = Reply(half, kind=FEED_KIND, etag='"cut"')
        await case.source("paper")
        assert case.store.doors.get("paper", name).etag == '"whole"'
        assert [asked.headers.get("If-None-Match") for asked in site.log if asked.path == "/feed"] == [
            None, None, None, '"whole"',
        ]  # fmt: skip

    play(tmp_path, scenario)


def test_a_feed_of_too_many_entries_is_told_and_gives_its_newest(site: SmallSite, tmp_path: Path) -> None:
    """It begins with the oldest; the same answer would leave out the same, so that it isn't asked for in full again."""
    times = [datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=number) for number in range(MAX_ITEMS + 500)]
    entries = [
        (f"/news/{n % 10 + 1 + 10 * (n > 600)}.html", f"Council {n}", f"{time:%FT%TZ}") for n, time in enumerate(times)
    ]
    site.pages["/feed"] = Reply(feed(site.base, entries), kind=FEED_KIND, etag='"long"')
    name = site.url("/feed")

    async def scenario(case: Case) -> None:
        case.add("paper", name)
        first = await case.source("paper")
        assert first.state is CrawlState.DONE
        (told,) = first.counts[0].errors
        assert (
            told
            == f"{name}: Atom feed with {MAX_ITEMS} of {MAX_ITEMS} entries readable; 500 more are left out, the "
            + ("oldest as far as dates tell")
        )
        assert case.store.doors.get("paper", name).etag == '"long"'
        second = await case.source("paper")
        assert second.total("not_modified") == 1

    play(tmp_path, scenario)
