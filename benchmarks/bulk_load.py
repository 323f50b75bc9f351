"""Fills stores with made articles, past the finding of copies: `python -m benchmarks.bulk_load URL [URL …] --articles N`.

For measuring questions on many articles, which the way of a crawl takes hours to store: rows and search index are as
it would write them, but every article is a story of its own, and nothing is posted for near copies. Then:
`python -m benchmarks.million --store URL --ask-only`.
"""

from __future__ import annotations

import argparse
import sys
import time
from datetime import timedelta
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from benchmarks.made_articles import BLOCK, Maker
from crawler.items import Article, Basis
from crawler.sources import Source
from crawler.urls import article_id, url_key
from storage import Store, columns, conditions, open_store, search_index, sequence
from storage.schema import articles, sightings, texts, url_keys, versions, visits

BATCH = 500
"""Articles a transaction."""


def rows(article: Article, number: int) -> dict[str, Any]:
    """The article's own row, and under other names what stands around it."""
    assert article.published is not None
    seen = article.published.utc + timedelta(minutes=7)
    key = url_key(article.url)
    public_id = article_id(key)
    digest = sha256(f"{number}".encode()).hexdigest()
    return {
        "id": number,
        "public_id": public_id,
        "key": key,
        "url": article.url,
        "title": article.title,
        **columns.described(article),
        **columns.moment_columns("published", article.published),
        **columns.moment_columns("modified", None),
        **columns.judged(article),
        "dated_at": article.published.utc,
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


def load(stores: list[Store], count: int) -> dict[str, list[float]]:
    """Fills the stores; by store the CPU seconds of this process and the seconds by the clock that its index took, and
    those of all else.
    """
    maker = Maker()
    took = {store.url: [0.0, 0.0, 0.0] for store in stores}
    began = time.monotonic()
    for number in range(-(-count // BLOCK)):
        made = maker.block(number)
        words = [columns.words_in((one.title, one.summary, one.text)) for one in made]
        for start in range(0, BLOCK, BATCH):
            some = made[start : start + BATCH]
            held = [rows(one, number * BLOCK + start + place + 1) for place, one in enumerate(some)]
            documents = [
                search_index.Document(
                    row["search_doc"], said, conditions.marks(row["key"], row["site"], row["lang"], row["authors"])
                )
                for row, said in zip(held, words[start : start + BATCH], strict=True)
            ]
            for store in stores:
                with store._database.write() as connection:
                    wall = time.monotonic()
                    write(connection, some, held)
                    indexing, cpu = time.monotonic(), time.process_time()
                    for first in range(0, BATCH, 100):  # as many at once as a crawl brings
                        search_index.index(store._database, connection, documents[first : first + 100])
                    took[store.url][0] += time.process_time() - cpu
                    took[store.url][1] += time.monotonic() - indexing
                    took[store.url][2] += indexing - wall
        if number % 10 == 9:
            print(f"{(number + 1) * BLOCK:,} articles, {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return took


def write(connection: sa.Connection, made: list[Article], held: list[dict[str, Any]]) -> None:
    """Every row but the index."""
    connection.execute(
        sa.insert(texts),
        [
            {
                "id": row["id"],
                "hash_version": 1,
                "content_hash": row["served_digest"],
                "shareable": True,
                "letters": len(one.text),
                "text": one.text,
            }
            for one, row in zip(made, held, strict=True)
        ],
    )
    connection.execute(sa.insert(articles), held)
    connection.execute(
        sa.insert(versions),
        [
            {
                "article_id": row["id"],
                "number": 1,
                "title": row["title"],
                "text_id": row["id"],
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
    parser.add_argument("stores", nargs="+", metavar="URL", help="empty stores")
    parser.add_argument("--articles", type=int, default=100_000)
    chosen = parser.parse_args()
    stores = [open_store(url) for url in chosen.stores]
    for store in stores:
        for number in range(200):
            name = f"outlet-{number}"
            store.sources.add(Source(name=name, url=f"https://www.{name}.example/"))
    for url, (cpu, wall, rest) in load(stores, chosen.articles).items():
        each = 1000 / chosen.articles
        print(
            f"{url}: index {cpu * each:.2f} ms of CPU and {wall * each:.2f} by the clock an article, rest {rest * each:.2f}"
        )
    for store in stores:
        store.maintenance.tidy(60)
        store.close()


if __name__ == "__main__":
    main()
