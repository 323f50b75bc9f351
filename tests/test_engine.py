import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
import sqlalchemy as sa
from crawl_case import numbers, play
from small_site import FEED_KIND, Reply, SmallSite, feed

from crawler import engine
from crawler.config import load_config
from crawler.items import CrawlKind, CrawlOrder, CrawlState

CHECKOUT = Path(__file__).parents[1]


@pytest.fixture
def site():
    made = SmallSite()
    yield made
    made.close()


def news(site, count):
    entries = []
    for number in range(1, count + 1):
        site.article(f"/news/{number}.html", number)
        entries.append((f"/news/{number}.html", f"Council {number}", f"2025-11-{1 + number % 28:02}T09:00:00Z"))
    site.pages["/feed"] = Reply(feed(site.base, entries), kind=FEED_KIND, etag='"door"')


def test_crawls_of_one_host_at_once_share_its_pace_and_its_robots_txt(site, tmp_path):
    for number in range(1, 7):
        site.article(f"/news/{number}.html", number)

    async def scenario(case):
        reports = await asyncio.gather(*(case.urls(site.url(f"/news/{number}.html")) for number in range(1, 7)))
        assert [report.total("new") for report in reports] == [1] * 6
        assert site.paths().count("/robots.txt") == 1
        assert sum(report.total("requests") for report in reports) == 7

    play(tmp_path, scenario, delay=0.05)


def test_a_stop_ends_soon_keeps_what_came_in_and_leaves_the_rest(site, tmp_path):
    news(site, 30)

    async def scenario(case):
        case.add("paper", site.url("/feed"), delay=0.1)
        crawl = asyncio.create_task(case.source("paper"))
        while len(site.log) < 6:
            await asyncio.sleep(0.02)
        asked = len(site.log)
        await case.runner.stop()
        report = await crawl
        assert len(site.log) <= asked + 2  # one may have been under way at the host, one on its way
        assert report.state is CrawlState.STOPPED
        assert 0 < report.total("new") < 30
        assert len(case.rows()) == report.total("new")
        assert case.store.doors.get("paper", site.url("/feed")) is None
        assert case.store.crawls.list(1)[0].state is CrawlState.STOPPED
        case.store.sources.update(case.store.sources.get("paper"))
        rest = await case.source("paper")
        assert rest.total("new") + report.total("new") == 30

    play(tmp_path, scenario)


def test_scrapy_is_set_up_once_for_crawls_one_after_the_other(site, tmp_path, monkeypatch):
    news(site, 3)

    async def scenario(case):
        case.add("paper", site.url("/feed"))
        made = []
        lane = engine.Lane
        monkeypatch.setattr(engine, "Lane", lambda runner, name: made.append(name) or lane(runner, name))
        assert (await case.source("paper")).total("new") == 3
        nobody = await case.source("nobody")
        assert nobody.state is CrawlState.FAILED
        assert "'nobody'" in nobody.errors[0]
        assert (await case.source("paper")).total("not_modified") == 1
        assert numbers(await case.urls(site.url("/news/1.html")))["known"] == 1
        assert (await case.urls("not a URL")).state is CrawlState.FAILED
        # Nothing of an earlier crawl is left over for a later one.
        site.article("/news/9.html", 9)
        assert numbers(await case.urls(site.url("/news/9.html"))) == {"requests": 1, "seen": 1, "new": 1}
        assert made == ["source"]
        await asyncio.gather(*(case.source("paper") for _ in range(3)))
        assert made == ["source"] * 3
        await case.runner.stop()
        assert (await case.source("paper")).state is CrawlState.DONE

    play(tmp_path, scenario)


def test_a_spider_that_stays_open_keeps_nothing_of_hosts_that_were_asked(site, tmp_path, monkeypatch):
    news(site, 3)

    async def scenario(case):
        lanes = []
        lane = engine.Lane
        monkeypatch.setattr(engine, "Lane", lambda *made: lanes.append(lane(*made)) or lanes[-1])
        case.add("paper", site.url("/feed"))
        kept = []

        def look(event):
            kept.extend(lanes[0]._crawler.engine.downloader.slots)

        await case.runner.run(CrawlOrder(kind=CrawlKind.SOURCE, name="paper", sources=("paper",)), look)
        assert "127.0.0.1" in kept
        assert lanes[0].is_open
        assert not lanes[0]._crawler.engine.downloader.slots

    play(tmp_path, scenario)


def test_a_poll_that_finds_nothing_new_costs_three_transactions(site, tmp_path):
    news(site, 3)

    async def scenario(case):
        case.add("paper", site.url("/feed"))
        await case.source("paper")
        begun = []
        sa.event.listen(case.store._database.engine, "begin", begun.append)
        assert numbers(await case.source("paper")) == {"requests": 1, "not_modified": 1}
        # The beginning, the host's lease, the end.
        assert len(begun) == 3

    play(tmp_path, scenario)


def test_progress_is_told(site, tmp_path):
    news(site, 5)

    async def scenario(case):
        await case.urls(site.url("/feed"), site.url("/nothing"))
        kinds = {event.kind.value for event in case.events}
        assert "warning" in kinds
        assert kinds & {"progress", "stored"}
        assert any("404" in (event.message or "") for event in case.events)

    play(tmp_path, scenario)


def test_a_store_that_can_no_longer_be_written_ends_the_crawl_with_its_reason(site, tmp_path):
    news(site, 8)

    async def scenario(case):
        with sqlite3.connect(tmp_path / "test.db") as other:
            other.execute("CREATE TRIGGER full BEFORE INSERT ON articles BEGIN SELECT RAISE(ABORT, 'disk full'); END")
        other.close()
        report = await case.urls(site.url("/feed"))
        assert report.state is CrawlState.FAILED
        assert "disk full" in report.errors[0]
        assert report.total("new") == 0

    play(tmp_path, scenario)


def start_engine(tmp_path, *, config=None):
    """The engine as a process, configured, with its answer read."""
    settings = load_config(
        environ={},
        overrides={"store": f"sqlite:///{tmp_path}/e.db", "allow_networks": ("127.0.0.0/8",), "delay": 0.0}
        | (config or {}),
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "crawler.engine"],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    say(process, {"do": "configure", "config": asdict(settings), "store": settings.store})
    return process, json.loads(process.stdout.readline())


def say(process, message):
    process.stdin.write(json.dumps(message).encode() + b"\n")
    process.stdin.flush()


def order(*urls, **more):
    return {"kind": "urls", "name": "test", "urls": urls, **more}


def test_the_process_speaks_json_only_ignores_ctrl_c_and_ends_with_its_owner(site, tmp_path):
    news(site, 3)
    process, ready = start_engine(tmp_path)
    assert ready == {"ready": process.pid}
    process.send_signal(signal.SIGINT)
    say(process, {"do": "crawl", "id": 1, "events": True, "order": order(site.url("/feed"))})
    while "report" not in (answer := json.loads(process.stdout.readline())):
        assert answer["id"] == 1
    assert answer["report"]["counts"][0]["new"] == 3
    children = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=False).stdout
    assert children.split()
    process.stdin.close()
    assert process.wait(20) == 0
    assert process.stdout.read() == b""
    process.stdout.close()
    for child in children.split():
        with pytest.raises(ProcessLookupError):
            os.kill(int(child), 0)


def test_an_owner_that_vanishes_during_a_crawl_loses_nothing_that_came_in(site, tmp_path):
    news(site, 40)
    process, _ = start_engine(tmp_path, config={"delay": 0.1})
    say(process, {"do": "crawl", "id": 1, "events": True, "order": order(site.url("/feed"))})
    while len(site.log) < 8:
        process.stdout.readline()
    process.stdin.close()
    out = process.stdout.read()
    process.stdout.close()
    assert process.wait(20) == 0
    report = json.loads(out.splitlines()[-1])["report"]
    assert report["state"] == "stopped"
    with sqlite3.connect(tmp_path / "e.db") as store:
        (stored,) = store.execute("SELECT count(*) FROM articles").fetchone()
        states = store.execute("SELECT state FROM crawls").fetchall()
    store.close()
    assert stored == report["counts"][0]["new"] > 0
    assert states == [("stopped",)]


def test_a_polite_kill_ends_the_process_in_good_order(site, tmp_path):
    news(site, 40)
    process, _ = start_engine(tmp_path, config={"delay": 0.1})
    say(process, {"do": "crawl", "id": 1, "events": True, "order": order(site.url("/feed"))})
    while len(site.log) < 5:
        process.stdout.readline()
    process.terminate()
    out = process.stdout.read()
    assert process.wait(20) == 0
    process.stdin.close()
    process.stdout.close()
    assert json.loads(out.splitlines()[-1])["report"]["state"] == "stopped"


def test_a_store_that_cannot_be_opened_is_told_and_ends_the_process(tmp_path):
    (tmp_path / "e.db").write_text("this is no database, " * 100)
    process, answer = start_engine(tmp_path)
    assert answer["fatal"]["kind"].startswith("Store")
    assert "e.db" in answer["fatal"]["message"]
    process.stdin.close()
    process.stdout.close()
    assert process.wait(20) == 0


def scrapy(folder, *arguments, **environ):
    """The `scrapy` command in a checkout."""
    found = os.environ | {"PRESSWATCH_STORE": f"sqlite:///{folder}/s.db"} | environ
    return subprocess.run(
        [sys.executable, "-m", "scrapy", *arguments],
        cwd=CHECKOUT,
        env=found,
        capture_output=True,
        text=True,
        check=False,
    )


def test_scrapy_lists_the_spiders(tmp_path):
    done = scrapy(tmp_path, "list")
    assert done.stdout.split() == ["article", "feed", "listing", "sitemap", "source", "topic"]


def test_scrapy_crawl_stores_the_same_rows_as_the_engine(site, tmp_path):
    news(site, 6)
    done = scrapy(
        tmp_path,
        *("crawl", "source", "-a", f"url={site.url('/feed')}"),
        PRESSWATCH_ALLOW_NETWORKS="127.0.0.0/8",
        PRESSWATCH_DELAY="0",
    )
    assert done.returncode == 0, done.stderr
    assert "6 new" in done.stderr
    assert "experimental" not in done.stderr
    rows = {}

    async def scenario(case):
        assert numbers(await case.urls(site.url("/feed")))["new"] == 6

    play(tmp_path, scenario)
    columns = (
        "public_id, key, url, title, summary, authors, published_at, modified_at, lang, source, site, section, tags, "
        "image, captions, terms, extractor, version, provisional, served_digest"
    )
    for name in ("s.db", "test.db"):
        with sqlite3.connect(tmp_path / name) as store:
            rows[name] = store.execute(f"SELECT {columns} FROM articles ORDER BY public_id").fetchall()
            rows[name] += store.execute("SELECT source, form, url FROM sightings ORDER BY form").fetchall()
            rows[name] += store.execute("SELECT content_hash, text FROM texts ORDER BY content_hash").fetchall()
        store.close()
    assert len(rows["s.db"]) == 18
    assert rows["s.db"] == rows["test.db"]


def test_a_wrong_argument_to_scrapy_crawl_is_told_and_fails(tmp_path):
    done = scrapy(tmp_path, "crawl", "source")
    assert done.returncode != 0
    assert "wants one of -a url" in done.stderr
