"""Pages a second of the complete crawl beside bare Scrapy: `python benchmarks/crawl.py [--pages 5000] [--markdown]`.

Both crawl the same loopback site (`article_site.py`) in turn within one run: the complete line (fetch, extract, hash,
deduplicate, index, store) in the warm engine as the daemon uses it, and a spider of a few lines with the same Scrapy
settings whose callback only counts. Medians of several rounds, in wall time and in CPU time of every process that took
part, the site apart. Then what storing costs a page, and the memory of all processes of the crawl together (PSS:
shared pages counted once).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from article_site import make_site

from crawler.config import Config, load_config
from crawler.crawls import CrawlEvent, Engine
from crawler.dedup.fingerprint import fingerprint
from crawler.extract import extract
from crawler.extraction_worker import COLLECT_EVERY
from crawler.ingest import prepare, records_of, store_records
from crawler.items import CrawlKind, CrawlOrder, CrawlReport, Hints, Page, PageKind
from crawler.sources import Limits, Source, SourceKind
from crawler.text import search_tokens
from crawler.topics import TopicMatcher
from storage import open_store

HERE = Path(__file__).parent
# Pages saved by one transaction when storing is measured apart, as in a crawl.
BATCH = 50


@dataclass
class Round:
    """One crawl: pages, seconds by the wall and of CPU, and (pages so far, bytes of memory) along the way."""

    pages: int
    wall: float
    cpu: float
    memory: list[tuple[int, int]] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return self.pages / self.wall

    @property
    def cpu_ms(self) -> float:
        return 1000 * self.cpu / self.pages

    @property
    def peak_mb(self) -> float:
        return max(size for _, size in self.memory) / 1e6

    def growth(self, after: int = 1000) -> float | None:
        """MB per 1,000 pages after the first `after`: the slope of the least-squares line."""
        late = [(pages / 1000, size / 1e6) for pages, size in self.memory if pages >= after]
        if len({pages for pages, _ in late}) < 3:
            return None
        return statistics.linear_regression(*zip(*late, strict=True)).slope


@contextlib.contextmanager
def served(pages: int) -> Iterator[str]:
    """The address of a site of so many pages, served by a process of its own."""
    command = [sys.executable, str(HERE / "article_site.py"), "--pages", str(pages)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["base"]
        finally:
            process.terminate()


def config_for(store: str, concurrency: int) -> Config:
    """Settings of both crawls: no wait between requests, loopback permitted."""
    return load_config(
        None,
        {},
        {
            "store": store,
            "delay": 0.0,
            "concurrency": concurrency,
            "allow_networks": ("127.0.0.0/8",),
            "contact": "bench",
        },
    )


def family(root: int) -> list[int]:
    """A process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(entry.name))
    found = [root]
    for process in found:
        found += children.get(process, [])
    return found


def memory_of(processes: Sequence[int], kind: str = "Pss") -> int:
    """Bytes in memory of several processes together: their share of all (``Pss``), or what is of no file and nobody
    else's (``Pss_Anon``), which other programs that map the same libraries don't change.
    """
    total = 0
    for process in processes:
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
                if line.startswith(f"{kind}:"):
                    total += int(line.split()[1]) * 1024
    return total


def cpu_of(processes: Sequence[int]) -> float:
    """CPU seconds of several processes and of their children that ended."""
    total = 0
    for process in processes:
        with contextlib.suppress(OSError):
            words = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            total += sum(map(int, words[11:15]))
    return total / os.sysconf("SC_CLK_TCK")


class Meter(threading.Thread):
    """Samples the memory of this process and all its children but one, and says their CPU time."""

    def __init__(self, besides: int, pages: Callable[[], int]) -> None:
        super().__init__(daemon=True)
        self._besides, self._pages, self._over = besides, pages, threading.Event()
        self.memory: list[tuple[int, int]] = []

    def processes(self) -> list[int]:
        return [process for process in family(os.getpid()) if process != self._besides]

    def run(self) -> None:
        while not self._over.wait(0.25):
            self.memory.append((self._pages(), memory_of(self.processes())))

    def stop(self) -> None:
        self._over.set()
        self.join()


async def complete(base: str, pages: int, concurrency: int, site: int) -> Round:
    """The whole line into a fresh SQLite store, in a warm engine."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/bench.db"
        store = open_store(url)
        limits = Limits(max_pages=pages + 10, max_articles=pages + 10, max_seconds=36_000)
        store.sources.add(Source(name="bench", url=f"{base}/sitemap.xml", kind=SourceKind.SITEMAP, limits=limits))
        store.close()
        config = config_for(url, concurrency)
        done = 0

        def listen(event: CrawlEvent) -> None:
            nonlocal done
            done = max(done, sum(count.requests for count in event.counts))

        async with Engine(config) as engine:
            await engine.crawl(
                CrawlOrder(kind=CrawlKind.URLS, name="warm", urls=(f"{base}/news/0.html",), dry_run=True)
            )
            meter = Meter(site, lambda: done)
            meter.start()
            before, began = cpu_of(meter.processes()), time.perf_counter()
            report = await engine.crawl(CrawlOrder(kind=CrawlKind.SOURCE, name="bench", sources=("bench",)), listen)
            wall, cpu = time.perf_counter() - began, cpu_of(meter.processes()) - before
            meter.stop()
        _must_be_whole(report, pages)
        return Round(pages, wall, cpu, meter.memory)


def _must_be_whole(report: CrawlReport, pages: int) -> None:
    stored = report.total("new") + report.total("copies")
    if stored != pages:
        raise SystemExit(f"the crawl stored {stored} of {pages} pages: {report.state} {report.errors[:3]}")


def bare(base: str, pages: int, concurrency: int, kind: str) -> Round:
    """Scrapy alone, in a process of its own that tells its own figures; `kind` as `bare_scrapy.py` has it."""
    command = [sys.executable, str(HERE / "bare_scrapy.py"), base, str(concurrency), kind]
    answer = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])
    if answer["pages"] != pages:
        raise SystemExit(f"bare Scrapy got {answer['pages']} of {pages} pages")
    return Round(answer["pages"], answer["wall"], answer["cpu"])


def apart(count: int) -> dict[str, float]:
    """CPU milliseconds a page of extracting, hashing, what else is made ready, and saving, measured one by one here."""
    base = "http://bench.example"
    bodies = {path: body for path, body in make_site(count, base, seed=2).items() if path.endswith(".html")}
    at = datetime(2026, 3, 1, tzinfo=UTC)
    made = [
        Page(
            url=base + path,
            final_url=base + path,
            status=200,
            headers={"content-type": "text/html; charset=utf-8"},
            body=body,
            fetched_at=at,
        )
        for path, body in bodies.items()
    ]
    hints, matcher = Hints(expect=PageKind.ARTICLE), TopicMatcher(())
    # As the extraction processes have it: what is here to stay is not looked through again and again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_EVERY, 20, 50)
    for page in made[:20]:
        prepare(page, hints, matcher)
    started = time.process_time()
    extractions = [extract(page, hints) for page in made]
    extracted = time.process_time()
    prepared = [
        records_of(page, one, hints=hints, matcher=matcher) for page, one in zip(made, extractions, strict=True)
    ]
    ready = time.process_time()
    for records in prepared:
        for record in records:
            fingerprint(record.article.title, record.article.text)
            search_tokens(f"{record.article.title}\n{record.article.summary}\n{record.article.text}")
    hashed = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/apart.db")
        records = [record for one in prepared for record in one]
        begin = time.process_time()
        for start in range(0, len(records), BATCH):
            store_records(store, records[start : start + BATCH], "bench")
        saved = time.process_time()
        store.close()
    return {
        "extract": 1000 * (extracted - started) / count,
        "hash": 1000 * (hashed - ready) / count,
        "besides": 1000 * (ready - extracted - (hashed - ready)) / count,
        "save": 1000 * (saved - begin) / count,
    }


def table(whole: list[Round], bares: dict[str, list[Round]], costs: dict[str, float]) -> str:
    """The figures as a Markdown table."""

    def middle(rounds: list[Round], name: str) -> float:
        return statistics.median(getattr(one, name) for one in rounds)

    growths = [growth for one in whole if (growth := one.growth()) is not None]
    every = [whole, *bares.values()]
    shares = [middle(whole, "rate") / middle(rounds, "rate") for rounds in every]
    lines = [
        "| figure | complete crawl | " + " | ".join(f"bare, {kind}" for kind in bares) + " | aim |",
        "|---|---:|" + "---:|" * len(bares) + "---:|",
        "| pages a second | " + " | ".join(f"{middle(rounds, 'rate'):.0f}" for rounds in every) + " | |",
        "| complete crawl's share of it | " + " | ".join(f"{share:.2f}" for share in shares) + " | ≥ 0.4 of same |",
        "| CPU ms a page | " + " | ".join(f"{middle(rounds, 'cpu_ms'):.2f}" for rounds in every) + " | |",
        f"| of it extraction | {costs['extract']:.2f} | | | | |",
        f"| of it cleaning, language, canonical URL, raw page in zstd | {costs['besides']:.2f} | | | | |",
        f"| of it hash and search tokens | {costs['hash']:.2f} | | | | |",
        f"| of it deduplicate, index, write | {costs['save']:.2f} | | | | |",
        f"| storing: hash, deduplicate, index, write | {costs['hash'] + costs['save']:.2f} | | | | ≤ 0.8 |",
        f"| peak memory of all processes, MB | {max(one.peak_mb for one in whole):.0f} | | | | ≤ 250 |",
    ]
    if growths:
        lines.append(
            f"| growth a 1,000 pages after the first 1,000, MB | {statistics.median(growths):.1f} | | | | ≤ 2 |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--concurrency", type=int, default=16)
    parser.add_argument("--markdown", action="store_true", help="append the table to benchmarks/RESULTS.md")
    chosen = parser.parse_args()
    whole: list[Round] = []
    bares: dict[str, list[Round]] = {"same": [], "stripped": [], "defaults": []}
    with served(chosen.pages) as base:
        site = next(process for process in family(os.getpid()) if "article_site" in _command(process))
        for number in range(chosen.rounds):
            for kind, rounds in bares.items():
                rounds.append(bare(base, chosen.pages, chosen.concurrency, kind))
                _say(number, f"bare Scrapy ({kind})", rounds[-1])
            whole.append(asyncio.run(complete(base, chosen.pages, chosen.concurrency, site)))
            _say(number, "complete", whole[-1])
    made = table(whole, bares, apart(min(1000, chosen.pages)))
    print(made)
    if chosen.markdown:
        machine = (
            f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
        )
        with (HERE / "RESULTS.md").open("a") as results:
            results.write(
                f"\n## Complete crawl beside bare Scrapy\n\n`python benchmarks/crawl.py --pages {chosen.pages} "
                f"--rounds {chosen.rounds}`: {datetime.now(UTC).date()}, {machine}, 35 KB pages, medians.\n\n{made}\n"
            )


def _say(number: int, what: str, one: Round) -> None:
    print(f"round {number + 1}: {what}: {one.rate:.0f} pages/s, {one.cpu_ms:.2f} CPU ms a page", flush=True)


def _command(process: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/cmdline").read_text()
    return ""


if __name__ == "__main__":
    main()
