"""Fills stores with made articles, past the finding of copies: `python -m benchmarks.bulk_load URL --articles N`.

For measuring questions on many articles, which the way of a crawl takes hours to store: rows and search index are as
it would write them, but every article is a story of its own, nothing is posted for near copies, and texts come again.
Then: `python -m benchmarks.million --store URL --ask-only`.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from itertools import islice
from typing import Any, Final

import sqlalchemy as sa

from benchmarks.made_articles import A_DAY, BLOCK, FIRST_DAY, Maker
from crawler.items import Article, Basis, Moment
from crawler.sources import Source
from crawler.urls import article_id, url_key
from storage import Store, columns, open_store, search_index, sequence
from storage.schema import articles, sightings, texts, url_keys, versions, visits

BATCH: Final = 500
"""Articles a transaction."""


def rows(article: Article, number: int) -> dict[str, Any]:
    """The article's own row."""
    published = Moment(FIRST_DAY + timedelta(seconds=number * 86_400 / A_DAY), 540)
    seen = published.utc + timedelta(minutes=7)
    url = f"{article.url.rpartition('-')[0]}-{number:07d}"
    key = url_key(url)
    public_id = article_id(key)
    digest = sha256(f"{number}".encode()).hexdigest()
    return {
        "id": number,
        "public_id": public_id,
        "key": key,
        "url": url,
        "title": article.title,
        **columns.described(article),
        **columns.moment_columns("published", published),
        **columns.moment_columns("modified", None),
        **columns.judged(article),
        "dated_at": published.utc,
        "first_seen": seen,
        "fetched_at": seen,
        "source": (article.site_name or "").replace(" ", "-").lower(),
        "version": 1,
        "served_digest": digest,
        "provisional": False,
        "truncated": False,
        "story": public_id,
        "search_doc": number,
        "change_seq": number,
    }


@dataclass(frozen=True, slots=True)
class Made:
    """An article and its search tokens."""

    article: Article
    words: str


def pool(count: int) -> list[Made]:
    """Articles with different texts."""
    maker = Maker()
    made = (article for number in range(-(-count // BLOCK)) for article in maker.block(number))
    return [Made(one, columns.words_in((one.title, one.summary, one.text))) for one in islice(made, count)]


def load(store: Store, count: int, made: list[Made]) -> tuple[float, float, float]:
    """Fills the store; the CPU seconds of this process and the seconds by the clock that its index took, and those of
    all else.
    """
    cpu = wall = rest = 0.0
    began = time.monotonic()
    for start in range(0, count, BATCH):
        some = [made[number % len(made)] for number in range(start, min(start + BATCH, count))]
        held = [rows(one.article, start + place + 1) for place, one in enumerate(some)]
        documents = [
            search_index.document(row["search_doc"], one.words, row) for one, row in zip(some, held, strict=True)
        ]
        with store._database.write() as connection:
            before = time.monotonic()
            write(connection, some, held, len(made))
            rest += time.monotonic() - before
            before, used = time.monotonic(), time.process_time()
            for first in range(0, len(documents), 100):  # as many at once as a crawl brings
                search_index.index(store._database, connection, documents[first : first + 100])
            cpu += time.process_time() - used
            wall += time.monotonic() - before
        if start % 10_000 == 0:
            print(f"{start:,} articles, {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return cpu, wall, rest


def write(connection: sa.Connection, made: list[Made], held: list[dict[str, Any]], different: int) -> None:
    """Every row but the index."""
    fresh = [
        {
            "id": row["id"],
            "hash_version": 1,
            "content_hash": row["served_digest"],
            "shareable": True,
            "letters": len(one.article.text),
            "text": one.article.text,
        }
        for one, row in zip(made, held, strict=True)
        if row["id"] <= different
    ]
    if fresh:
        connection.execute(sa.insert(texts), fresh)
    connection.execute(sa.insert(articles), held)
    connection.execute(
        sa.insert(versions),
        [
            {
                "article_id": row["id"],
                "number": 1,
                "title": row["title"],
                "text_id": (row["id"] - 1) % different + 1,
                "digest": row["served_digest"],
                "basis": Basis.PAGE.value,
                "seen_at": row["first_seen"],
            }
            for row in held
        ],
    )
    connection.execute(sa.insert(url_keys), [{"key": row["public_id"], "article_id": row["id"]} for row in held])
    around = [
        {
            "article_id": row["id"],
            "source": row["source"],
            "url": row["url"],
            "form": row["public_id"],
            "title": None,
            "first_seen": row["first_seen"],
            "etag": f'"{row["id"]:x}"',
            "last_modified": None,
            "fetched_at": row["first_seen"],
            "next_check_at": row["first_seen"] + timedelta(days=1),
        }
        for row in held
    ]
    for table in (sightings, visits):
        names = set(table.c.keys())
        connection.execute(sa.insert(table), [{name: row[name] for name in row if name in names} for row in around])
    sequence.store(connection, held[-1]["change_seq"])
    sequence.add_articles(connection, len(held))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store", metavar="URL", help="an empty store")
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--texts", type=int, default=10_000, help="so many different ones, again and again")
    chosen = parser.parse_args()
    with open_store(chosen.store) as store:
        for number in range(200):
            name = f"outlet-{number}"
            store.sources.add(Source(name=name, url=f"https://www.{name}.example/"))
        cpu, wall, rest = load(store, chosen.articles, pool(min(chosen.texts, chosen.articles)))
        each = 1000 / chosen.articles
        print(
            f"an article, ms: index {cpu * each:.2f} of CPU and {wall * each:.2f} by the clock,"
            f" rest {rest * each:.2f} by the clock"
        )
        store.maintenance.tidy(60)


if __name__ == "__main__":
    main()
