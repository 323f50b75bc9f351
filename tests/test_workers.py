import asyncio
import contextlib
import os
import signal
import sys
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from small_site import article_page

from crawler.items import Hints, Page, PageKind, Topic
from crawler.workers import ExtractionError, ExtractionPool, worker_count

pytestmark = pytest.mark.usefixtures("programs_of_their_own")

ODD_WORKER = """
import os, signal, sys, time
import crawler.extraction_worker as worker
from crawler.errors import UsageError

prepare = worker.prepare

def odd(page, hints, matcher, keep_raw):
    if b"HANG" in page.body:
        while True:
            pass
    if b"DIE" in page.body:
        os.kill(os.getpid(), signal.SIGSEGV)
    if b"BREAK" in page.body:
        raise RuntimeError("the extractor broke")
    if b"EAT" in page.body:
        return bytearray(3 << 30)
    return prepare(page, hints, matcher, keep_raw)

worker.prepare = odd
worker.main()
"""


@pytest.fixture
def odd(tmp_path, monkeypatch):
    """A worker's program that hangs, dies or breaks when a page says so."""
    (tmp_path / "odd_worker.py").write_text(ODD_WORKER)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    return "odd_worker"


def page(number, more=""):
    return Page(
        url=f"http://a.example/{number}",
        final_url=f"http://a.example/{number}",
        status=200,
        headers={"content-type": "text/html; charset=utf-8"},
        body=article_page(number, more=more).encode(),
        fetched_at=datetime.now(UTC),
    )


def run(scenario, *arguments, **settings):
    async def whole():
        pool = ExtractionPool(*arguments, **settings)
        try:
            return await scenario(pool)
        finally:
            await pool.close()

    return asyncio.run(whole())


HINTS = Hints(expect=PageKind.ARTICLE)


def test_pages_are_read_in_other_processes_in_any_number():
    async def scenario(pool):
        readings = await asyncio.gather(*(pool.read(page(number), HINTS) for number in range(40)))
        assert [reading.records[0].article.title for reading in readings] == [
            f"Harbour council meets for the time number {number}" for number in range(40)
        ]
        assert readings[0].records[0].raw is not None
        assert len(pool.pids) == 2
        assert os.getpid() not in pool.pids

    run(scenario, 2, 10.0)


@pytest.mark.parametrize(
    ("sign", "reason"),
    [
        ("HANG", "took longer than 1 s"),
        ("DIE", "ended the process"),
        ("BREAK", "the extractor broke"),
        ("EAT", "Memory"),
    ],
)
def test_a_page_that_harms_its_process_costs_itself_only(odd, sign, reason):
    async def scenario(pool):
        await pool.read(page(0), HINTS)
        pages = [page(number, more=f"<!-- {sign} -->" if number == 3 else "") for number in range(10)]
        results = await asyncio.gather(*(pool.read(one, HINTS) for one in pages), return_exceptions=True)
        failed = [number for number, result in enumerate(results) if isinstance(result, ExtractionError)]
        assert failed == [3]
        assert reason in str(results[3])
        assert "http://a.example/3" in str(results[3])
        assert all(len(result.records) == 1 for number, result in enumerate(results) if number != 3)

    run(scenario, 1, 1.0, module=odd)


def test_processes_that_start_slowly_are_given_more_time(tmp_path, monkeypatch):
    (tmp_path / "slow_worker.py").write_text(
        "import time\ntime.sleep(1)\nfrom crawler import extraction_worker as worker\nworker.main()\n"
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.setattr("crawler.patience.START_SECONDS", 0.1)

    async def scenario(pool):
        for number in range(12):
            with contextlib.suppress(ExtractionError):
                await pool.read(page(number), HINTS)
                break
        assert 3 <= number < 11
        assert pool.patience.seconds >= 1

    run(scenario, 1, 0.1, module="slow_worker")


def test_a_worker_killed_from_outside_is_replaced():
    async def scenario(pool):
        await pool.read(page(0), HINTS)
        (pid,) = pool.pids
        os.kill(pid, signal.SIGKILL)
        await asyncio.sleep(0.2)
        assert (await pool.read(page(1), HINTS)).records
        assert pool.pids != (pid,)

    run(scenario, 1, 10.0)


def test_topics_given_later_are_matched_from_then_on():
    async def scenario(pool):
        assert (await pool.read(page(1), HINTS)).records[0].topics == ()
        pool.use_topics([Topic(name="harbour", aliases=("ferry",))])
        assert (await pool.read(page(1), HINTS)).records[0].topics == ("harbour",)

    run(scenario, 1, 10.0)


def test_an_article_joined_from_pages_is_made_ready_as_one_that_was_read():
    async def scenario(pool):
        pool.use_topics([Topic(name="harbour", aliases=("ferry",)), Topic(name="mule")])
        first = await pool.read(page(1), HINTS)
        article = first.extraction.article
        joined = replace(article, text=f"A mule.\n{article.text}", pages=("http://a.example/2",))
        whole = await pool.finish(page(1), replace(first.extraction, article=joined), HINTS)
        (record,) = whole.records
        assert whole.extraction.article == joined
        assert record.article.text == joined.text
        assert record.topics == ("harbour", "mule")
        assert record.forms == ("http://a.example/1", "http://a.example/2")

    run(scenario, 1, 10.0)


def test_pages_that_wait_when_the_pool_closes_fail_and_no_process_stays(odd):
    async def whole():
        pool = ExtractionPool(1, 10.0, module=odd)
        await pool.read(page(0), HINTS)
        pids = pool.pids
        waiting = [asyncio.create_task(pool.read(page(number, more="<!-- HANG -->"), HINTS)) for number in range(3)]
        await asyncio.sleep(0.1)
        await pool.close()
        results = await asyncio.gather(*waiting, return_exceptions=True)
        assert all(isinstance(result, ExtractionError) for result in results)
        for pid in pids:
            with pytest.raises(ProcessLookupError):
                os.kill(pid, 0)

    asyncio.run(whole())


def test_the_worker_is_light():
    import subprocess

    program = (
        "import sys, crawler.extraction_worker\n"
        "heavy = {'scrapy', 'twisted', 'sqlalchemy', 'aiohttp', 'storage', 'asyncio'} & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(heavy)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_number_of_workers_leaves_a_core_and_is_at_least_one():
    assert worker_count(3) == 3
    assert worker_count(0) == min(3, os.cpu_count() or 1)
