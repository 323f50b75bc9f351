"""Exports beside bare writers: `python benchmarks/export.py [--rows 20000] [--rounds 3] [--markdown]`.

A store of made-up articles of some 6 KB is exported as JSON lines, CSV and Parquet. The bare writer of each format
reads the same fields from a flat SQLite table and hands them to orjson, csv or pyarrow (zstd, row groups of the same
size) without a type, check or rule of ours: what no export can be faster than. `writing alone` leaves the reading out
on both sides. Interleaved, in CPU time of this process; medians of the rounds. Memory is the peak of a process that
exports the store, as it is and with its articles multiplied.
"""

from __future__ import annotations

import argparse
import csv
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from crawler.dedup.fingerprint import fingerprint
from crawler.export import FORMATS as FORMATS_OF
from crawler.export import write_export
from crawler.export.fields import FIELDS, as_mapping
from crawler.export.parquet import GROUP_ROWS
from crawler.items import Article, ArticleRecord, ArticleRow, Basis, Image, Moment
from crawler.text import search_tokens
from crawler.urls import article_id, url_key
from storage import Store, open_store

FORMATS = ("jsonl", "csv", "parquet")
NAMES = [field.name for field in FIELDS]
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def made(count: int) -> Iterator[ArticleRecord]:
    """Articles of some 6 KB, half of them Korean."""
    dice = random.Random(5)
    korean = ["".join(chr(dice.randint(0xAC00, 0xD7A3)) for _ in range(dice.randint(2, 5))) for _ in range(3000)]
    english = ["".join(dice.choices("etaoinshrdlu", k=dice.randint(2, 10))) for _ in range(3000)]
    for number in range(count):
        words, length = (korean, 460) if number % 2 else (english, 850)
        picked = dice.choices(words, k=length)
        text = "\n".join(" ".join(picked[at : at + 40]) for at in range(0, length, 40))
        url = f"https://paper{number % 50}.example.com/news/{number}"
        title = " ".join(picked[:8])
        article = Article(
            url=url,
            title=title,
            text=text,
            summary=" ".join(picked[8:30]),
            authors=(picked[0], picked[1]),
            published=Moment(NOON - timedelta(minutes=number), 540),
            modified=Moment(NOON - timedelta(minutes=number - 5), 540),
            language="ko" if number % 2 else "en",
            site_name="Paper",
            section="news",
            tags=tuple(picked[2:6]),
            image=Image(url=f"{url}.jpg", caption=None),
            extractor="dom/1",
            confidence=0.9,
        )
        key = url_key(url)
        yield ArticleRecord(
            id=article_id(key),
            key=key,
            url=url,
            article=article,
            fingerprint=fingerprint(title, text),
            basis=Basis.PAGE,
            forms=(url,),
            fetched_at=NOON,
            search_tokens=search_tokens("\n".join((title, article.summary or "", text))),
        )


def fill(store: Store, flat: sqlite3.Connection, count: int) -> None:
    """The articles in a store of ours, and their exported fields in a flat table."""
    records: list[ArticleRecord] = []
    for record in made(count):
        records.append(record)
        if len(records) == 100:
            store.articles.save(records, "daily")
            records = []
    store.articles.save(records, "daily")
    flat.execute(f"CREATE TABLE articles ({', '.join(NAMES)})")
    marks = ", ".join("?" * len(NAMES))
    for row in store.articles.rows():
        told = [orjson.dumps(each).decode() if isinstance(each, list) else each for each in as_mapping(row).values()]
        flat.execute(f"INSERT INTO articles VALUES ({marks})", told)
    flat.commit()


LISTS = frozenset(name for name in ("authors", "tags", "topics", "captions"))


def from_flat(flat: sqlite3.Connection) -> Iterator[dict[str, object]]:
    """Rows of the flat table as mappings, lists as lists."""
    flat.row_factory = None
    for values in flat.execute("SELECT * FROM articles"):
        row = dict(zip(NAMES, values, strict=True))
        for name in LISTS:
            row[name] = orjson.loads(row[name])
        yield row


def bare_jsonl(rows: Iterator[dict[str, object]], path: Path) -> None:
    with path.open("wb") as stream:
        for row in rows:
            stream.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))


def bare_csv(rows: Iterator[dict[str, object]], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(NAMES)
        for row in rows:
            writer.writerow([orjson.dumps(row[name]).decode() if name in LISTS else row[name] for name in NAMES])


def bare_parquet(rows: Iterator[dict[str, object]], path: Path) -> None:
    kinds = {"version": pa.int64(), "change_seq": pa.int64(), "confidence": pa.float64(), "provisional": pa.int64()}
    schema = pa.schema(
        [(name, pa.list_(pa.string()) if name in LISTS else kinds.get(name, pa.string())) for name in NAMES]
    )
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        held: list[dict[str, object]] = []

        def write() -> None:
            columns = [pa.array([row[kind.name] for row in held], kind.type) for kind in schema]
            writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
            held.clear()

        for row in rows:
            held.append(row)
            if len(held) == GROUP_ROWS:
                write()
        if held:
            write()


BARE: dict[str, Callable[[Iterator[dict[str, object]], Path], None]] = {
    "jsonl": bare_jsonl,
    "csv": bare_csv,
    "parquet": bare_parquet,
}


def cpu(work: Callable[[], object]) -> float:
    """Seconds of CPU that this process spends on it, all threads."""
    began = time.process_time()
    work()
    return time.process_time() - began


def measured(store: Store, flat: sqlite3.Connection, folder: Path, count: int, rounds: int) -> list[str]:
    """The table of speeds."""
    ours_held: list[ArticleRow] = list(store.articles.rows())
    bare_held = list(from_flat(flat))
    taken: dict[tuple[str, str], list[float]] = {}
    for turn in range(rounds + 1):
        for name in FORMATS:
            path = folder / f"a.{name}"
            works: dict[str, Callable[[], object]] = {
                "ours": lambda path=path, name=name: write_export(store.articles.rows, path, name),
                "bare": lambda path=path, name=name: BARE[name](from_flat(flat), path),
                "ours alone": lambda path=path, name=name: write_export(lambda: iter(ours_held), path, name),
                "bare alone": lambda path=path, name=name: BARE[name](iter(bare_held), path),
            }
            for work, run in works.items():
                spent = cpu(run)
                if turn:  # the first round warms up
                    taken.setdefault((name, work), []).append(spent)
    lines = [
        "| format | rows a CPU second | bare | share | writing alone: share | aim |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name in FORMATS:
        median = {work: statistics.median(spent) for (of, work), spent in taken.items() if of == name}
        lines.append(
            f"| {name} | {count / median['ours']:,.0f} | {count / median['bare']:,.0f} "
            f"| {median['bare'] / median['ours']:.2f} | {median['bare alone'] / median['ours alone']:.2f} | ≥ 0.7 |"
        )
    return lines


def multiply(file: Path, count: int) -> None:
    """The store's articles again and again, under ids of their own, until there are `count`; texts are shared."""
    with sqlite3.connect(file) as store:
        columns = [row[1] for row in store.execute("PRAGMA table_info(articles)")]
        have, last = store.execute("SELECT count(*), max(change_seq) FROM articles").fetchone()
        own = {
            "id": "(SELECT max(id) FROM articles) + row_number() OVER ()",
            "change_seq": f"{last} + row_number() OVER ()",
            "search_doc": f"{last} + row_number() OVER ()",
            "public_id": f"printf('%032x', {last} + row_number() OVER ())",
            "story": f"printf('%032x', {last} + row_number() OVER ())",
        }
        picked = ", ".join(f"{own.get(name, 'a.' + name)} AS {name}" for name in columns)
        store.execute(
            f"CREATE TEMP TABLE more AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
            f" WHERE i < {count // have}) SELECT {picked}, a.id AS of FROM n, articles a LIMIT {count - have}"
        )
        names = ", ".join(columns)
        store.execute(f"INSERT INTO articles ({names}) SELECT {names} FROM more")
        shown = ["title", "text_id", "digest", "basis", "seen_at"]
        store.execute(
            f"INSERT INTO versions (article_id, number, {', '.join(shown)})"
            f" SELECT m.id, m.version, {', '.join('v.' + name for name in shown)}"
            " FROM more m JOIN versions v ON v.article_id = m.of AND v.number = m.version"
        )
    store.close()


MEMORY = """
import sys
from pathlib import Path
from crawler.export import write_export
from storage import open_store
store = open_store(sys.argv[1])
write_export(store.articles.rows, Path(sys.argv[2]), sys.argv[3])
# Not ru_maxrss, which begins with what the parent had.
print(next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")) // 1024,
      file=sys.stderr)
"""


def peak(url: str, name: str, path: str) -> int:
    """MB at most of a process that exports the store."""
    command = [sys.executable, "-c", MEMORY, url, path, name]
    done = subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    return int(done.stderr.split()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory-rows", type=int, default=1_000_000, help="0: don't measure memory")
    parser.add_argument("--memory-formats", default=",".join(FORMATS), help="also xlsx, sqlite, rss, dataset, …")
    parser.add_argument("--markdown", action="store_true", help="append the table to benchmarks/RESULTS.md")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        url = f"sqlite:///{folder / 'store.db'}"
        with open_store(url) as store, sqlite3.connect(folder / "flat.db") as flat:
            fill(store, flat, chosen.rows)
            lines = measured(store, flat, folder, chosen.rows, chosen.rounds)
        if chosen.memory_rows:
            lines += [
                "",
                f"| format | peak MB, {chosen.rows:,} rows | {chosen.memory_rows:,} rows | aim |",
                "|---|---:|---:|---:|",
            ]
            asked = [FORMATS_OF[name] for name in chosen.memory_formats.split(",")]
            places = {each.name: str(folder / "out") if each.folder else "-" for each in asked}
            few = {each.name: peak(url, each.name, places[each.name]) for each in asked}
            multiply(folder / "store.db", chosen.memory_rows)
            for name, place in places.items():
                lines.append(f"| {name} | {few[name]} | {peak(url, name, place)} | ≤ 200 at a million |")
    table = "\n".join(lines)
    print(table)
    if chosen.markdown:
        with Path(__file__).with_name("RESULTS.md").open("a") as results:
            arguments = f"--rows {chosen.rows} --rounds {chosen.rounds} --memory-rows {chosen.memory_rows}"
            results.write(f"\n## Exports beside bare writers\n\n`python benchmarks/export.py {arguments}`\n\n{table}\n")


if __name__ == "__main__":
    main()
