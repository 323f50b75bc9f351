"""What a daemon costs: crawls of three pages in a warm engine, polls of unchanged sources, ten thousand sources.

    python benchmarks/daemon.py warm polls many
    python benchmarks/daemon.py sustained --polls 50000

`sustained` finds the rate of polls that saturates, then polls at 60 % of it: time is compressed, as is told.

Each part starts its own processes; CPU is user and system time of the daemon, its engine and the extraction processes,
read from /proc. The sites are processes of their own and are not counted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import random
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa
from crawl import cpu_of, family, memory_of, served

from crawler.config import load_config
from crawler.crawls import Engine
from crawler.items import CrawlKind, CrawlOrder
from crawler.source_health import CrawlObservation, DoorReading, SourceHistory, observe, to_plain
from crawler.sources import Schedule, Source, SourceKind
from storage import open_store, schema

HERE = Path(__file__).resolve().parent
START = "import sys; from crawler.cli import main; sys.exit(main())"
PROCESSES = ("daemon", "engine", "extraction")

# Feeds that never change, on as many addresses as are asked for: 200 with a validator, then 304.
FEEDS = """
import asyncio, sys

BODY = b"<feed xmlns='http://www.w3.org/2005/Atom'><title>Quiet paper</title><id>tag:a</id></feed>"
first = []

async def answer(reader, writer):
    try:
        while True:
            head = await reader.readuntil(b"\\r\\n\\r\\n")
            if not first and not head.startswith(b"GET /robots"):
                first.append(1)
                import time
                print(f"first {time.time()}", flush=True)
            if head.startswith(b"GET /robots"):
                said = b"HTTP/1.1 404 Not Found\\r\\nContent-Length: 0\\r\\n\\r\\n"
            elif b"if-none-match" in head.lower():
                said = b'HTTP/1.1 304 Not Modified\\r\\nETag: "a"\\r\\n\\r\\n'
            else:
                said = (b'HTTP/1.1 200 OK\\r\\nETag: "a"\\r\\nContent-Type: application/atom+xml\\r\\n'
                        b"Content-Length: %d\\r\\n\\r\\n" % len(BODY)) + BODY
            writer.write(said)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()

async def main():
    hosts = int(sys.argv[1])
    server = await asyncio.start_server(answer, "127.0.1.1", 0)
    port = server.sockets[0].getsockname()[1]
    for number in range(2, hosts + 1):
        await asyncio.start_server(answer, f"127.0.1.{number}", port)
    print(port, flush=True)
    await server.serve_forever()

asyncio.run(main())
"""


@contextmanager
def feeds(hosts: int) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """Quiet feeds on `hosts` addresses; their port."""
    with subprocess.Popen([sys.executable, "-c", FEEDS, str(hosts)], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield int(process.stdout.readline()), process
        finally:
            process.kill()


@contextmanager
def daemon(folder: Path, url: str, **settings: object) -> Iterator[subprocess.Popen[bytes]]:
    """A daemon on the store, stopped at the end."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(HERE.parent),
        "PRESSWATCH_STORE": url,
        "PRESSWATCH_ALLOW_NETWORKS": "127.0.0.0/8",
        "PRESSWATCH_DELAY": "0",
        "PRESSWATCH_CONTACT": "bench@example.org",
        # Metered, though never short of room.
        **{f"PRESSWATCH_{name}": "1000000000" for name in ("BUDGET", "HOST_BUDGET", "SOURCE_BUDGET")},
        **{f"PRESSWATCH_{name.upper()}": str(value) for name, value in settings.items()},
    }
    with (folder / "daemon.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", START, "daemon"], cwd=folder, env=environment, stdout=log, stderr=log
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()


def warm(crawls: int, pages: int) -> dict[str, object]:
    """CPU of crawls of three pages in a warm engine, against three times a page of a long crawl in it."""
    with tempfile.TemporaryDirectory() as folder, served(pages + 3 * crawls + 60) as base:
        config = load_config(
            environ={},
            overrides={
                "store": f"sqlite:///{folder}/warm.db",
                "allow_networks": ("127.0.0.0/8",),
                "delay": 0.0,
                "contact": "bench@example.org",
            },
        )

        async def measure() -> tuple[float, list[float]]:
            async with Engine(config) as engine:

                def cpu() -> float:
                    return cpu_of(family(engine.pid))

                async def crawl(first: int, count: int) -> float:
                    urls = tuple(f"{base}/news/{number}.html" for number in range(first, first + count))
                    before = cpu()
                    report = await engine.crawl(CrawlOrder(kind=CrawlKind.URLS, name="bench", urls=urls))
                    assert report.total("new") == count, report
                    return cpu() - before

                for number in range(20):
                    await crawl(3 * number, 3)
                # /proc counts in hundredths of a second: many crawls are measured together.
                long = await crawl(60, pages) / pages
                short = []
                for block in range(5):
                    total = 0.0
                    for number in range(crawls // 5):
                        total += await crawl(60 + pages + 3 * (block * (crawls // 5) + number), 3)
                    short.append(total / (crawls // 5))
                return long, short

        long, short = asyncio.run(measure())
    three = statistics.median(short)
    return {
        "part": "warm",
        "crawls": crawls,
        "page_of_a_long_crawl_ms": round(long * 1000, 2),
        "three_pages_ms": round(three * 1000, 2),
        "blocks_ms": [round(one * 1000, 1) for one in short],
        "more_than_three_pages_ms": round((three - 3 * long) * 1000, 2),
    }


class Mark(NamedTuple):
    """How far a daemon has come: polls, seconds of CPU (and of it in the daemon), and bytes in memory, of all processes
    together and, of no file, of the daemon, its engine and the extraction processes.
    """

    at: float
    polls: int
    cpu: float
    own_cpu: float
    memory: int
    of_no_file: tuple[int, ...]

    @classmethod
    def of(cls, daemon: int, polls: int) -> Mark:
        """As things are now."""
        processes = family(daemon)
        return cls(
            at=time.monotonic(),
            polls=polls,
            cpu=cpu_of(processes),
            own_cpu=cpu_of([daemon]),
            memory=memory_of(processes),
            of_no_file=tuple(memory_of(some, "Pss_Anon") for some in (processes[:1], processes[1:2], processes[2:])),
        )


def slope(polls: Sequence[int], sizes: Sequence[int]) -> float:
    """Megabytes for 10,000 polls by which sizes (bytes) grow: the line through them."""
    return round(statistics.linear_regression(polls, sizes).slope * 10_000 / 1e6, 3)


def polls(sources: int, hosts: int, every: int, seconds: float, least: int) -> dict[str, object]:
    """CPU, memory and lateness of a daemon that polls unchanged sources, for `seconds` and at least `least` polls."""
    with tempfile.TemporaryDirectory() as name, feeds(hosts) as (port, _):
        folder = Path(name)
        url = f"sqlite:///{folder}/polls.db"
        with open_store(url) as store, store.together():
            begin = datetime.now(UTC) + timedelta(seconds=5)
            for number in range(sources):
                store.sources.add(
                    Source(
                        name=f"s{number}",
                        url=f"http://127.0.1.{1 + number % hosts}:{port}/{number}",
                        kind=SourceKind.FEED,
                        schedule=Schedule(every=every),
                        delay=0.0,
                    )
                )
                # As if they had been added one by one: an interval keeps its phase.
                store.sources.set_next_due(f"s{number}", begin + timedelta(seconds=every * number / sources))
        with daemon(folder, url) as process, open_store(url) as store:

            def polled() -> int:
                # Only the latest are looked at: their numbers count all.
                runs = store.crawls.list(1)
                return runs[0].id if runs else 0

            deadline = time.monotonic() + 240
            while polled() < 2 * sources and time.monotonic() < deadline:
                time.sleep(1)
            marks: list[Mark] = []
            end = time.monotonic() + seconds
            pause = min(5.0, seconds / 12)
            while not marks or time.monotonic() < end or marks[-1].polls - marks[0].polls < least:
                marks.append(Mark.of(process.pid, polled()))
                if len(marks) > 60 and marks[-1].polls == marks[-60].polls:
                    raise RuntimeError("the daemon has stopped to poll; see its log")
                time.sleep(pause)
            (folder / "copy.log").write_bytes((folder / "daemon.log").read_bytes())
            late = lateness(folder / "copy.log")
    first, last = marks[0], marks[-1]
    count, seconds = last.polls - first.polls, last.at - first.at
    later = marks[len(marks) // 4 :]
    asked = [mark.polls for mark in later]
    sizes = {
        "all": [sum(mark.of_no_file) for mark in later],
        **{name: [mark.of_no_file[place] for mark in later] for place, name in enumerate(PROCESSES)},
    }
    return {
        "part": "polls",
        "sources": sources,
        "hosts": hosts,
        "every_seconds": every,
        "time_compression": f"{30 / every:g} (2 polls a minute are one in 30 s)",
        "polls": count,
        "polls_a_second": round(count / seconds, 1),
        "asked_a_second": round(sources / every, 1),
        "cpu_ms_a_poll": round((last.cpu - first.cpu) / count * 1000, 2),
        "of_it_in_the_daemon_ms": round((last.own_cpu - first.own_cpu) / count * 1000, 2),
        "cpu_of_a_core": round((last.cpu - first.cpu) / seconds, 3),
        "memory_mb": round(last.memory / 1e6, 1),
        "memory_slope_mb_per_10000_polls": slope(asked, [mark.memory for mark in later]),
        "of_no_file_mb": {name: round(size[-1] / 1e6, 1) for name, size in sizes.items()},
        "of_no_file_slope_mb_per_10000_polls": {name: slope(asked, size) for name, size in sizes.items()},
        "late_seconds_median_worst": late,
    }


def saturation(sources: int, hosts: int, seconds: float) -> dict[str, object]:
    """The most polls a second: every source is asked again each second, which the daemon can't keep up with."""
    told = polls(sources, hosts, 1, seconds, 0)
    return {
        "part": "saturation",
        **{name: told[name] for name in ("sources", "hosts", "polls", "polls_a_second", "cpu_of_a_core")},
        "time_compression": told["time_compression"],
        "kept_up": float(str(told["polls_a_second"])) > 0.95 * sources,
    }


def sustained(sources: int, hosts: int, seconds: float, least: int, share: float) -> Iterator[dict[str, object]]:
    """The rate that saturates, then at least `least` polls at a `share` of it."""
    most = saturation(sources, hosts, seconds)
    yield most
    # A schedule counts whole seconds: of those the first at which no more than the share is asked.
    every = max(1, math.ceil(sources / (share * float(str(most["polls_a_second"])))))
    told = polls(sources, hosts, every, seconds, least)
    asked = sources / every / float(str(most["polls_a_second"]))
    yield {**told, "part": "sustained", "share_of_saturation": round(asked, 3)}


def lateness(log: Path) -> tuple[float, float]:
    """How much later than due crawls began: median and worst of the last three quarters of the log."""
    lines = [line for line in log.read_text().splitlines() if " event=crawled source=" in line]
    found = [float(line.partition(" late=")[2].split()[0]) for line in lines]
    found = found[len(found) // 4 :]
    return (round(statistics.median(found), 1), round(max(found), 1)) if found else (0.0, 0.0)


def many(sources: int) -> dict[str, object]:
    """Start to first poll, and `status`, with many sources registered."""
    with tempfile.TemporaryDirectory() as name, feeds(1) as (port, site):
        folder = Path(name)
        url = f"sqlite:///{folder}/many.db"
        with open_store(url) as store:
            for number in range(sources):
                store.sources.add(
                    Source(
                        name=f"paper-{number}",
                        url=f"http://127.0.1.1:{port}/{number}" if number == 0 else f"http://p{number}.invalid/feed",
                        kind=SourceKind.FEED,
                        schedule=Schedule(every=86_400),
                        delay=0.0,
                    )
                )
                if number:
                    store.sources.set_next_due(f"paper-{number}", datetime.now(UTC) + timedelta(hours=20))
        began = time.time()
        with daemon(folder, url) as process:
            first = float(site.stdout.readline().split()[1]) - began
            time.sleep(30)
            before, clock = cpu_of([process.pid]), time.monotonic()
            time.sleep(30)
            idle = (cpu_of([process.pid]) - before) / (time.monotonic() - clock)
            memory = memory_of([process.pid])
            fresh = status_of(folder, url)
            lived_in(url, sources)
            lived = status_of(folder, url)
    return {
        "part": "many",
        "sources": sources,
        "start_to_first_poll_s": round(first, 2),
        **{f"status_{name}": value for name, value in fresh.items()},
        **{f"status_after_months_{name}": value for name, value in lived.items()},
        "idle_share_of_a_core": round(idle, 4),
        "daemon_memory_mb": round(memory / 1e6, 1),
    }


def status_of(folder: Path, url: str, times: int = 5) -> dict[str, float]:
    """The whole command, start of Python included: seconds by the clock and of CPU, the best of some; and as JSON.

    Python's compiled modules are kept, as they are where presswatch is installed.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"PYTHONPATH": str(HERE.parent), "PYTHONPYCACHEPREFIX": str(folder / "compiled")}
    told = {}
    for name, more in (("", []), ("json_", ["--json"])):
        walls, cpus = [], []
        for _ in range(times + 1):  # the first compiles
            wall, used = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
            command = [sys.executable, "-c", START, "--store", url, "status", *more]
            subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
            now = resource.getrusage(resource.RUSAGE_CHILDREN)
            walls.append(time.monotonic() - wall)
            cpus.append(now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime)
        told |= {f"{name}s": round(min(walls), 2), f"{name}cpu_s": round(min(cpus), 2)}
    return told


def lived_in(url: str, sources: int, days: int = 60, runs: int = 20, articles: int = 100_000) -> None:
    """Make the store one that was used for months: each source with a history, a pace, runs and articles."""
    rng = random.Random(1)
    now = datetime.now(UTC)
    kinds = [history_of(rng, now, days) for _ in range(200)]
    pace = {"version": 3, "bins": [round(rng.random(), 4) for _ in range(168)]}
    with open_store(url) as store, store._database.write() as connection:
        values = [
            {
                "of": f"paper-{number}",
                **{"last_run": now, "last_success": now, "last_new": now - timedelta(hours=number % 300)},
                **{"history": kinds[number % len(kinds)], "revisit": pace, "articles": 10 * number},
                "failures": 3 * (number % 500 == 0),
                "last_error": "p.invalid: no answer" if number % 500 == 0 else None,
            }
            for number in range(sources)
        ]
        named = {name: sa.bindparam(name) for name in values[0] if name != "of"}
        change = sa.update(schema.sources).where(schema.sources.c.name == sa.bindparam("of")).values(named)
        connection.execute(change, values)
        for turn in range(runs):
            at = now - timedelta(hours=runs - turn)
            rows = [
                {
                    **{"name": f"paper-{number}", "kind": "source", "source": f"paper-{number}", "state": "done"},
                    **{"pid": 1, "host": "bench", "attempt": 1, "started_at": at, "ended_at": at, "errors": []},
                    "counts": [{"source": f"paper-{number}", "seen": 20, "new": 1, "requests": 2}],
                }
                for number in range(sources)
            ]
            connection.execute(sa.insert(schema.crawls), rows)
        sample = {"authors": ["A. Writer"], "tags": [], "captions": [], "terms": {}, "extractor": "dom/1"}
        for first in range(0, articles, 10_000):
            rows = []
            for number in range(first, min(articles, first + 10_000)):
                at = now - timedelta(days=8) + timedelta(days=8) * number / articles
                key = f"{number:032x}"
                rows.append(
                    {
                        **sample,
                        **{"public_id": key, "key": f"https://p.invalid/{key}", "url": f"https://p.invalid/{key}"},
                        **{"title": f"What was said on day {number}", "summary": "In short. " * 20, "story": key},
                        **{"published_at": at - timedelta(minutes=number % 90), "published_precision": "second"},
                        **{"dated_at": at, "first_seen": at, "fetched_at": at, "lang": "ko"},
                        **{"source": f"paper-{number % sources}", "confidence": 0.9, "version": 1},
                        **{"provisional": False, "truncated": False, "search_doc": -number - 1},
                        "change_seq": 10_000_000 + number,
                    }
                )
            connection.execute(sa.insert(schema.articles), rows)
        connection.execute(sa.update(schema.sources).values(added_at=now - timedelta(days=days)))
        known = schema.counters.c.name == "articles"
        connection.execute(sa.update(schema.counters).where(known).values(value=articles))


def history_of(rng: random.Random, now: datetime, days: int) -> dict[str, object]:
    """What is kept of a source that was looked at daily."""
    history, rate = SourceHistory(), rng.choice([0, 1, 3, 10, 25])
    for day in range(days, -1, -1):
        new = rng.randrange(rate + 1)
        seen = CrawlObservation(
            at=now - timedelta(days=day),
            doors=(
                DoorReading(url="https://p.invalid/feed", kind="feed", items=20),
                DoorReading(url="https://p.invalid/section/economy", kind="listing", items=30),
            ),
            pages=tuple((0.9, rng.randrange(800, 4000)) for _ in range(min(new, 3))),
            new=new,
            shown=30,
        )
        history = observe(history, seen)
    return to_plain(history)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "parts", nargs="*", choices=["warm", "polls", "sustained", "many", []], default=["warm", "polls", "many"]
    )
    parser.add_argument("--crawls", type=int, default=100)
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--sources", type=int, default=1000)
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--every", type=int, default=30, help="seconds between two polls of a source")
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--polls", type=int, default=0, help="at least so many, however long it takes")
    parser.add_argument("--share", type=float, default=0.6, help="of the rate that saturates, for `sustained`")
    parser.add_argument("--many", type=int, default=10_000)
    asked = parser.parse_args()
    for part in asked.parts:
        if part == "sustained":
            for told in sustained(asked.sources, asked.hosts, asked.seconds, asked.polls or 50_000, asked.share):
                print(json.dumps(told), flush=True)
            continue
        match part:
            case "warm":
                told = warm(asked.crawls, asked.pages)
            case "polls":
                told = polls(asked.sources, asked.hosts, asked.every, asked.seconds, asked.polls)
            case _:
                told = many(asked.many)
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
