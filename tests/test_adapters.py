"""What the measuring programs are given is what a crawl stores."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from benchmarks import adapters
from crawler.config import Config
from crawler.crawls import Engine
from crawler.items import ArticleFilter, CrawlKind, CrawlOrder
from crawler.newsroom import Newsroom
from storage import open_store

OUTLETS = ("ramen-notes", "today-press", "harbour-ledger", "namhae-ilbo")


@pytest.mark.slow
def test_an_article_is_told_as_it_is_stored(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    config = Config(store=url, delay=0.0, allow_networks=("127.0.0.0/8",), contact="https://example.com/tests")
    with Newsroom(5, 4) as room, open_store(url) as store:
        for source in room.sources():
            if source.name in OUTLETS:
                store.sources.add(source)
        order = CrawlOrder(kind=CrawlKind.SOURCE, name="all", sources=OUTLETS)

        async def crawl() -> None:
            async with Engine(config) as engine:
                await engine.crawl(order)

        asyncio.run(crawl())
        rows = [row for row in store.articles.rows(ArticleFilter()) if not row.provisional]
        assert len(rows) >= 16
        with httpx.Client(trust_env=False) as client:
            for row in rows:
                told = adapters.article(client.get(row.url).content, row.url)
                assert told["title"] == row.title
                assert told["text"] == row.text
                assert told["body"] == "\n".join(part for part in (row.summary, row.text) if part)
                assert told["author"] == list(row.authors)
                assert told["captions"] == list(row.captions)
                # A door may know the time where the page tells none, or a later edit.
                assert told["published"] is None or row.published is not None
                if told["published"] is not None and row.published is not None:
                    assert told["published"] == row.published.isoformat()


def test_a_feed_and_a_listing_are_told_item_by_item() -> None:
    feed = """<?xml version="1.0"?><rss version="2.0"><channel><title>강변</title><item><title>다리 위 자전거길</title>
    <link>https://river.example.com/a/1</link><pubDate>Sun, 01 Mar 2026 09:10:00 +0900</pubDate></item>
    </channel></rss>"""
    told = adapters.listing(feed.encode(), "https://river.example.com/feed")
    assert [(item["title"], item["url"], item["published"]) for item in told] == [
        ("다리 위 자전거길", "https://river.example.com/a/1", "2026-03-01T09:10:00+09:00")
    ]


def test_copies_are_one_cluster_and_changed_numbers_are_not() -> None:
    text = "강변시는 새 다리에 자전거길을 놓는다고 밝혔다. 공사비는 모두 42억원이며 내년 봄에 끝난다. " * 4
    deduplicator = adapters.dedup()
    first, copy, other = (
        deduplicator.add(name, body, "ko", 0.0)
        for name, body in (("a", text), ("b", text.replace(" ", "  ")), ("c", text.replace("42억", "43억")))
    )
    assert first == copy
    assert first != other


def test_topics_are_matched_by_key() -> None:
    matcher = adapters.topics({"m": {"any": ["메타", "Meta"], "none": ["메타버스"]}, "z": {"any": ["저커버그"]}})
    assert matcher.match("", "메타가 저커버그를 앞세웠다", "ko") == {"m", "z"}
    assert matcher.match("", "메타버스 놀이터", "ko") == set()
