import asyncio
import os
import signal
import sys
from datetime import UTC, datetime

import pytest
from small_site import FEED_KIND, Reply, SmallSite, feed

from crawler.config import load_config
from crawler.crawls import CrawlEvent, Engine
from crawler.errors import EngineDied, StoreError
from crawler.items import CrawlKind, CrawlOrder, CrawlReport, CrawlState, SourceCount
from crawler.wire import EventKind, event_from, from_line, order_from, report_from, to_line
from storage import open_store


@pytest.fixture
def site():
    made = SmallSite()
    for number in range(1, 21):
        made.article(f"/news/{number}.html", number)
    entries = [
        (f"/news/{number}.html", f"Council {number}", f"2025-11-{number:02}T09:00:00Z") for number in range(1, 21)
    ]
    made.pages["/feed"] = Reply(feed(made.base, entries), kind=FEED_KIND, etag='"door"')
    yield made
    made.close()


def config(tmp_path, **more):
    values = {"store": f"sqlite:///{tmp_path}/c.db", "allow_networks": ("127.0.0.0/8",), "delay": 0.0, "retries": 0}
    return load_config(environ={}, overrides=values | more)


def urls(*found, name="test", **more):
    return CrawlOrder(kind=CrawlKind.URLS, name=name, urls=found, **more)


@pytest.mark.usefixtures("programs_of_their_own")
def test_crawls_run_in_one_warm_process_side_by_side(site, tmp_path):
    events = []

    async def scenario():
        async with Engine(config(tmp_path)) as engine:
            orders = [urls(site.url(f"/news/{number}.html"), name=f"crawl {number}") for number in (1, 2, 3)]
            reports = await asyncio.gather(*(engine.crawl(order, events.append) for order in orders))
            assert [report.order for report in reports] == orders
            assert [report.total("new") for report in reports] == [1, 1, 1]
            pid = engine.pid
            report = await engine.crawl(urls(site.url("/feed"), site.url("/nowhere")), events.append)
            assert (report.state, report.total("new"), report.total("known")) == (CrawlState.PARTIAL, 17, 3)
            assert engine.pid == pid
        assert engine.pid is None

    asyncio.run(scenario())
    assert all(isinstance(event, CrawlEvent) for event in events)
    assert any(event.kind is EventKind.WARNING and "404" in event.message for event in events)


def test_stopping_gives_a_report_of_what_came_in(site, tmp_path):
    async def scenario():
        async with Engine(config(tmp_path, delay=0.1)) as engine:
            crawl = asyncio.create_task(engine.crawl(urls(site.url("/feed"))))
            while len(site.log) < 6:
                await asyncio.sleep(0.02)
            await engine.stop_crawls()
            report = await asyncio.wait_for(crawl, 10)
            assert report.state is CrawlState.STOPPED
            assert 0 < report.total("new") < 20
            again = await engine.crawl(urls(site.url("/news/1.html")))
            assert again.state is CrawlState.DONE

    asyncio.run(scenario())


def test_an_engine_that_dies_is_told_and_the_next_one_does_the_rest(site, tmp_path):
    async def scenario():
        settings = config(tmp_path, delay=0.05)
        engine = Engine(settings)
        await engine.start()
        crawl = asyncio.create_task(engine.crawl(urls(site.url("/feed"))))
        while len(site.log) < 8:
            await asyncio.sleep(0.02)
        engine.kill()
        with pytest.raises(EngineDied, match="SIGKILL"):
            await asyncio.wait_for(crawl, 10)
        with pytest.raises(EngineDied):
            await engine.crawl(urls(site.url("/feed")))
        await engine.close()
        async with Engine(config(tmp_path)) as fresh:
            report = await asyncio.wait_for(fresh.crawl(urls(site.url("/feed"))), 20)
            assert report.state is CrawlState.DONE

    asyncio.run(scenario())
    store = open_store(f"sqlite:///{tmp_path}/c.db")
    assert store.articles.count() == 20
    assert store.check() == []
    assert len(store.crawls.interrupted(datetime.now(UTC))) == 1
    store.close()


def test_what_keeps_an_engine_from_starting_is_raised_as_it_is(tmp_path):
    (tmp_path / "c.db").write_text("no database " * 200)

    async def scenario():
        engine = Engine(config(tmp_path))
        with pytest.raises(StoreError, match=r"c\.db"):
            await engine.start()
        await engine.close()

    asyncio.run(scenario())


def test_closing_an_engine_that_hangs_kills_it(tmp_path):
    async def scenario():
        engine = Engine(config(tmp_path))
        await engine.start()
        pid = engine.pid
        os.kill(pid, signal.SIGSTOP)
        await engine.close(timeout=0.3)
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)

    asyncio.run(scenario())


@pytest.mark.usefixtures("programs_of_their_own")
def test_an_engine_has_a_session_of_its_own(tmp_path):
    async def scenario():
        async with Engine(config(tmp_path)) as engine:
            assert os.getsid(engine.pid) == engine.pid != os.getsid(0)

    asyncio.run(scenario())


def test_this_side_never_loads_scrapy():
    import subprocess

    program = (
        "import sys, crawler.crawls; sys.exit(any(name in sys.modules for name in ('scrapy', 'twisted', 'storage')))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_orders_reports_and_events_come_through_a_line_unchanged():
    order = CrawlOrder(
        kind=CrawlKind.TOPIC,
        name="저커버그",
        topic="저커버그",
        sources=("가", "b"),
        since=datetime(2025, 11, 1, 15, tzinfo=UTC),
        due_at=datetime(2025, 11, 2, 1, 2, 3, 456789, tzinfo=UTC),
        max_pages=7,
        dry_run=True,
        attempt=3,
    )
    count = SourceCount(source="가", seen=3, new=2, errors=["http://a.example/: it\nbroke"])
    report = CrawlReport(
        order=order,
        state=CrawlState.PARTIAL,
        started_at=datetime(2025, 11, 2, tzinfo=UTC),
        ended_at=datetime(2025, 11, 3, tzinfo=UTC),
        counts=(count,),
        errors=("x",),
        in_store=4,
        preview=({"url": "http://a.example/", "title": None, "published": None, "outcome": "new"},),
    )
    event = CrawlEvent(
        crawl="저커버그", kind=EventKind.STORED, counts=(count,), url="http://a.example/", message="제목"
    )
    line = to_line({"order": order, "report": report, "event": event})
    assert line.count(b"\n") == 1
    told = from_line(line)
    assert order_from(told["order"]) == order
    assert report_from(told["report"]) == report
    assert event_from(told["event"]) == event


@pytest.mark.parametrize("line", [b"", b"no json\n", b"[1]\n"])
def test_a_line_that_is_no_message_is_refused(line):
    with pytest.raises((ValueError, TypeError)):
        from_line(line)
