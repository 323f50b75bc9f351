"""A store of up to a million articles: `python -m benchmarks.million [--articles 50000] [--store URL]`.

Made articles (`benchmarks.made_articles`) are prepared as a crawl prepares them, in processes beside, and stored by
the path of a crawl: deduplicated, joined to stories, indexed for search. Printed: articles a second of CPU in the
process that stores, what preparing them costs, bare inserts into one table of the same database in the same run, bytes
on disk for each byte of text, and the 95th percentile with a warm cache of what people ask. With --ask-only the store
is there already. SQLite by default, in a temporary folder; for PostgreSQL name an empty database.
"""

from __future__ import annotations

import argparse
import itertools
import json
import multiprocessing
import os
import random
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psycopg
import sqlalchemy as sa

from benchmarks.made_articles import BLOCK, Maker, prepared, source_of
from crawler.config import Config
from crawler.items import ArticleRecord
from crawler.sources import Source
from storage import Store, open_store

BATCH: Final = 500
"""Articles stored in one transaction, as an import does; a crawl stores 100 when pages come fast (--batch 100)."""


def make(numbers: list[int], out: Any) -> None:
    """Prepares blocks of articles and sends them, with the CPU seconds of preparing; runs in a process of its own."""
    maker = Maker()
    for number in numbers:
        articles = maker.block(number)
        began = time.process_time()
        records = [prepared(article) for article in articles]
        out.put((number, records, time.process_time() - began))


def blocks(count: int, makers: int) -> Iterator[tuple[list[ArticleRecord], float]]:
    """The records of `count` articles in order, block by block, and what preparing each block cost."""
    several = multiprocessing.get_context("spawn")
    total = -(-count // BLOCK)
    queues: list[Any] = [several.Queue(maxsize=2) for _ in range(makers)]
    started = [
        several.Process(target=make, args=(list(range(first, total, makers)), queues[first]), daemon=True)
        for first in range(makers)
    ]
    for process in started:
        process.start()
    try:
        for number in range(total):
            _, records, seconds = queues[number % makers].get()
            yield records[: count - number * BLOCK], seconds
    finally:
        for process in started:
            process.terminate()


@dataclass
class Tally:
    """What was stored, and what that cost."""

    articles: int = 0
    text_bytes: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    storing: float = 0.0
    serving: float = 0.0
    """CPU seconds of the server's processes meanwhile; 0 where there is none, or on another machine."""
    preparing: float = 0.0
    waiting: float = 0.0
    parts: list[float] = field(default_factory=list)
    """Articles a CPU second of each part of the run."""


def fill(store: Store, count: int, makers: int, limit: float, batch: int = BATCH) -> Tally:
    """Stores `count` articles, or as many as fit into `limit` seconds, `batch` a transaction."""
    for number in range(200):
        name = f"outlet-{number}"
        store.sources.add(Source(name=name, url=f"https://www.{name}.example/"))
    tally = Tally()
    served = server_seconds(store)
    began = time.monotonic()
    last = 0, 0.0
    step = min(max(BLOCK, count // 10), 10_000)
    for records, seconds in blocks(count, makers):
        tally.preparing += seconds
        for some in _batched(records, batch):
            cpu, wall = time.process_time(), time.monotonic()
            # A transaction is one source's: pages of one host come together.
            saved = store.articles.save(some, source_of(some[0]))
            tally.storing += time.process_time() - cpu
            tally.waiting += time.monotonic() - wall
            for one in saved:
                word = "joined" if one.joined else one.outcome.value
                tally.outcomes[word] = tally.outcomes.get(word, 0) + 1
        tally.articles += len(records)
        tally.text_bytes += sum(len(one.article.text.encode()) for one in records)
        if tally.articles - last[0] >= step:
            tally.parts.append((tally.articles - last[0]) / (tally.storing - last[1]))
            print(
                f"{tally.articles:,} articles, {tally.parts[-1]:.0f} a CPU second of storing,"
                f" {tally.articles / (time.monotonic() - began):.0f} a second by the clock",
                file=sys.stderr,
                flush=True,
            )
            last = tally.articles, tally.storing
        if time.monotonic() - began > limit:
            break
    tally.serving = server_seconds(store) - served
    return tally


def server_seconds(store: Store) -> float:
    """CPU seconds of all processes of the store's server so far; 0 where there is none, or on another machine."""
    if store._database.is_sqlite:
        return 0.0
    with store._database.read() as connection:
        ours = connection.exec_driver_sql("SELECT pg_backend_pid()::text").scalar_one()
    (first, *_) = _stat(ours)[1:] or ["-"]
    found = Path(f"/proc/{first}/task/{first}/children")
    children = found.read_text().split() if found.exists() else []
    # Those that ended are counted with the one that started them.
    ticks = [*_stat(first)[11:15], *(one for pid in children for one in _stat(pid)[11:13])]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def _stat(pid: str) -> list[str]:
    """The fields behind the name of a process (proc(5)): its state, its parent …; none of one that is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _batched(records: list[ArticleRecord], batch: int) -> Iterator[list[ArticleRecord]]:
    for start in range(0, len(records), batch):
        yield records[start : start + batch]


# -- the ceiling: the same texts into one table, with nothing around

_BARE = "CREATE TABLE bare (id INTEGER PRIMARY KEY, url TEXT UNIQUE, title TEXT, published TEXT, body TEXT)"


def bare_rows(count: int) -> list[tuple[str, str, str, str]]:
    """Rows of bare inserts."""
    maker = Maker()
    made = (article for number in range(-(-count // BLOCK)) for article in maker.block(number))
    return [
        (one.url, one.title or "", one.published.isoformat() if one.published else "", one.text)
        for one in itertools.islice(made, count)
    ]


def bare_sqlite(rows: list[tuple[str, str, str, str]], folder: Path, batch: int) -> float:
    """Rows a CPU second into one table of SQLite, `batch` a transaction."""
    with sqlite3.connect(folder / "bare.db", isolation_level=None) as bare:
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL"):
            bare.execute(f"PRAGMA {pragma}")
        bare.execute(_BARE)
        began = time.process_time()
        for start in range(0, len(rows), batch):
            bare.execute("BEGIN IMMEDIATE")
            bare.executemany(
                "INSERT INTO bare (url, title, published, body) VALUES (?, ?, ?, ?)", rows[start : start + batch]
            )
            bare.execute("COMMIT")
        return len(rows) / (time.process_time() - began)


def bare_postgres(rows: list[tuple[str, str, str, str]], url: str, batch: int) -> float:
    """Rows a second by the clock into one table of PostgreSQL: its work is done in another process."""
    plain = sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as bare:
        bare.execute(_BARE.replace("INTEGER PRIMARY KEY", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"))
        began = time.monotonic()
        for start in range(0, len(rows), batch):
            with bare.transaction(), bare.cursor() as cursor:
                cursor.executemany(
                    "INSERT INTO bare (url, title, published, body) VALUES (%s, %s, %s, %s)",
                    rows[start : start + batch],
                )
        seconds = time.monotonic() - began
        bare.execute("DROP TABLE bare")
        return len(rows) / seconds


# -- size


def sizes(store: Store) -> dict[str, int]:
    """Bytes by table and index, the greatest first, raw pages left out."""
    if store._database.is_sqlite:
        query = "SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC"
    else:
        query = (
            "SELECT relname, pg_table_size(oid) FROM pg_class WHERE relkind IN ('r', 'i', 'm')"
            " AND relnamespace = 'public'::regnamespace ORDER BY 2 DESC"
        )
    with store._database.read() as connection:
        found = {str(name): int(size) for name, size in connection.exec_driver_sql(query)}
    return {name: size for name, size in found.items() if name not in {"pages", "ix_pages_fetched_at", "bare"}}


def on_disk(store: Store) -> int:
    """Bytes that the store takes without raw pages."""
    return sum(sizes(store).values())


# -- answers


def timed(ask: Callable[[int], object], times: int) -> tuple[float, float]:
    """CPU and clock of `ask`, ms, 95th percentile of `times` after as many to warm up."""
    for number in range(times):
        ask(number)
    took = []
    for number in range(times):
        cpu, wall = time.process_time(), time.perf_counter()
        ask(number)
        took.append((1000 * (time.process_time() - cpu), 1000 * (time.perf_counter() - wall)))
    at = int(0.95 * times)
    return sorted(cpu for cpu, _ in took)[at], sorted(wall for _, wall in took)[at]


def questions(store: Store, times: int) -> Iterator[tuple[str, str, tuple[float, float]]]:
    """What was asked, the aim, and the 95th percentiles."""
    from crawler.health import look

    rng = random.Random(7)
    with store._database.read() as connection:
        highest = int(connection.exec_driver_sql("SELECT max(id) FROM articles").scalar_one())
        picked = [rng.randint(1, highest) for _ in range(500)]
        query = sa.text("SELECT public_id, url FROM articles WHERE id IN :ids").bindparams(
            sa.bindparam("ids", expanding=True)
        )
        known = connection.execute(query, {"ids": picked}).all()
    ids = [row[0] for row in known]
    urls = [row[1] for row in known]
    yield "article by id", "≤ 2 ms", timed(lambda n: store.articles.get(ids[n % len(ids)]), times)
    yield "article by URL", "≤ 2 ms", timed(lambda n: store.articles.get(urls[n % len(urls)]), times)
    yield (
        "50 URLs of a poll",
        "",
        timed(lambda n: store.articles.known([urls[(n + i) % len(urls)] for i in range(50)]), times),
    )
    yield "story of an article", "≤ 2 ms", timed(lambda n: store.articles.story(ids[n % len(ids)]), times)
    maker = Maker()
    english, korean = maker.words("en"), maker.words("ko")

    def pairs(form: str, first: slice, second: slice) -> tuple[list[str], list[str]]:
        made = [
            [form.format(a, b) for a, b in zip(words[first], words[second], strict=True)] for words in (english, korean)
        ]
        return made[0], made[1]

    asked = {
        "commonest words": (english[:5], korean[:5]),
        "common words": (english[50:150], korean[50:150]),
        "rare words": (english[20_000:20_100], korean[20_000:20_100]),
        "two common words": pairs("{} {}", slice(50, 100), slice(100, 150)),
        "a common and a rare word": pairs("{} {}", slice(50, 100), slice(9_000, 9_050)),
        "beginnings of two letters": (
            [f"{word[:2]}*" for word in english[20:30]],
            [f"{word[0]}*" for word in korean[:10]],
        ),
        "two words in a row": pairs('"{} {}"', slice(50, 60), slice(100, 110)),
        "a word refused": pairs("{} -{}", slice(50, 60), slice(100, 110)),
        "a common word of the first days": (
            [f"{word} before:2026-01-03" for word in english[:5]],
            [f"{word} before:2026-01-03" for word in korean[:5]],
        ),
    }
    for name, words in asked.items():
        for lang, some in zip(("English", "Korean"), words, strict=True):
            yield (
                f"search, {name}, {lang}",
                "≤ 100 ms",
                timed(lambda n, some=some: store.search.find(some[n % len(some)]), max(10, times // 5)),
            )
    from storage import utc_now

    yield "status of 200 sources", "≤ 1 s", timed(lambda _: look(store, Config(store=store.url), utc_now()), 5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=50_000)
    parser.add_argument("--store", help="URL of an empty store; default: SQLite in a temporary folder")
    parser.add_argument("--makers", type=int, default=1, help="processes that prepare articles")
    parser.add_argument("--batch", type=int, default=BATCH, help="articles a transaction")
    parser.add_argument("--limit", type=float, default=36_000.0, help="seconds after which no more are stored")
    parser.add_argument("--bare", type=int, default=10_000, help="rows of the bare inserts")
    parser.add_argument("--times", type=int, default=200, help="how often each question is asked, a search a fifth")
    parser.add_argument("--ask-only", action="store_true", help="the store is filled already")
    parser.add_argument("--json", type=Path, help="write the figures there")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = chosen.store or f"sqlite:///{folder}/store.db"
        rows: list[tuple[str, str, str]] = []
        with open_store(url) as store:
            if not chosen.ask_only:
                rows += filled(store, chosen, url, Path(folder))
            for name, aim, (cpu, wall) in [] if not chosen.times else questions(store, chosen.times):
                rows.append((f"{name}: CPU and clock, ms, p95", f"{cpu:.2f} and {wall:.2f}", aim))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows.append(("peak memory of the process that stores and asks", f"{peak:.0f} MB", ""))
    print("| figure | measured | aim |\n|---|---:|---:|")
    for row in rows:
        print(f"| {' | '.join(row)} |")
    if chosen.json:
        chosen.json.write_text(json.dumps(rows, ensure_ascii=False, indent=1))


def filled(store: Store, chosen: argparse.Namespace, url: str, folder: Path) -> Iterator[tuple[str, str, str]]:
    """Fills the store, with bare inserts before and after, and tells what came of it."""
    sqlite = store._database.is_sqlite
    bare = bare_rows(chosen.bare)
    batch = chosen.batch
    ceilings = [bare_sqlite(bare, folder, batch) if sqlite else bare_postgres(bare, url, batch)]
    tally = fill(store, chosen.articles, chosen.makers, chosen.limit, batch)
    if sqlite:
        (folder / "bare.db").unlink()
    ceilings.append(bare_sqlite(bare, folder, batch) if sqlite else bare_postgres(bare, url, batch))
    store.maintenance.tidy(60)
    each = 1000 / tally.articles
    yield "articles", f"{tally.articles:,}", ""
    yield "stored as", ", ".join(f"{count:,} {word}" for word, count in sorted(tally.outcomes.items())), ""
    yield "text, mean bytes", f"{tally.text_bytes / tally.articles:,.0f}", ""
    unit = "a CPU second" if sqlite else "a second by the clock"
    seconds = tally.storing if sqlite else tally.waiting
    yield (
        f"articles stored {unit}: deduplicate, stories, index, write",
        f"{tally.articles / seconds:.0f}",
        "≥ 800" if sqlite else "≥ 400",
    )
    yield "the same, part by part", " ".join(f"{one:.0f}" for one in tally.parts), ""
    yield (
        "bare inserts into one table, before and after",
        " and ".join(f"{one:,.0f}" for one in ceilings),
        "",
    )
    yield (
        "storing an article, CPU of this process and clock, ms",
        (f"{tally.storing * each:.2f} and {tally.waiting * each:.2f}"),
        "≤ 1.25" if sqlite else "≤ 2.5",
    )
    if tally.serving:
        yield "the same, CPU of the server with the vacuums that it starts, ms", f"{tally.serving * each:.2f}", ""
        together, longer = tally.storing + tally.serving, max(tally.storing, tally.serving)
        yield (
            "articles a second by that: one core for both, two cores",
            f"{tally.articles / together:.0f} and at most {tally.articles / longer:.0f}",
            "≥ 400",
        )
    yield "preparing it beside (clean, language, hash, sketch, tokens), CPU ms", f"{tally.preparing * each:.2f}", ""
    size = on_disk(store)
    yield "bytes on disk for a byte of text", f"{size / tally.text_bytes:.2f}", "≤ 2.2"
    found = sizes(store)
    largest = sorted(found.items(), key=lambda one: -one[1])[:12]
    yield (
        "of it, bytes an article",
        ", ".join(f"{name} {one / tally.articles:,.0f}" for name, one in largest),
        "",
    )


if __name__ == "__main__":
    main()
