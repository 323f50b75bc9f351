"""Raw pages packed with a dictionary of their store: smaller, readable for ever, checked."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
import zstandard
from storage_records import NOON, record

from crawler.config import load_config
from crawler.items import ArticleRecord
from crawler.upkeep import keep_up
from storage import Store, page_packing
from storage.schema import page_dictionaries, pages

SHARED = random.Random(1)
NAVIGATION = "".join(
    f'<li><a href="/s/{SHARED.getrandbits(64):x}">{SHARED.getrandbits(96):x}</a></li>' for _ in range(60)
)
"""What the pages of a site share, and one page alone does not repeat."""


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_packing, "LEAST_PAGES", 40)
    monkeypatch.setattr(page_packing, "ANEW", 60)


def html(number: int, words: str = "") -> bytes:
    rng = random.Random(number)
    text = " ".join(f"word{rng.randrange(3_000)}" for _ in range(25))
    return f"<html><head>{words}</head><body><ul>{NAVIGATION}</ul><p>{number} {text}</p></body></html>".encode()


def pages_of(start: int, count: int, at: datetime, words: str = "") -> list[ArticleRecord]:
    found = []
    for number in range(start, start + count):
        one = record(f"https://news.example.com/p/{number}", text=f"Text {number} says its own thing. " * 9, raw=True)
        assert one.raw is not None
        body = html(number, words)
        frame = zstandard.ZstdCompressor(level=3).compress(body)
        fetched = at + timedelta(seconds=number)
        raw = replace(one.raw, url=one.url, body_zstd=frame, size=len(body), fetched_at=fetched)
        found.append(replace(one, raw=raw, fetched_at=fetched))
    return found


def stored_bytes(store: Store) -> int:
    with store._database.read() as connection:
        return sum(len(body) for body in connection.execute(sa.select(pages.c.body)).scalars())


def read(store: Store, number: int) -> bytes:
    page = store.pages.get(record(f"https://news.example.com/p/{number}").id)
    assert page is not None
    return zstandard.ZstdDecompressor().decompress(page.body_zstd, max_output_size=page.size)


def test_upkeep_packs_pages_and_they_read_as_before(store: Store) -> None:
    store.articles.save(pages_of(0, 50, NOON), None)
    before = stored_bytes(store)
    done = keep_up(store, load_config(environ={}), NOON + timedelta(hours=1), tidy=False)
    assert done["pages_packed"] == 50
    assert stored_bytes(store) < 0.75 * before
    assert [read(store, n) for n in range(50)] == [html(n) for n in range(50)]
    assert {name for name, _, _ in store.pages.each()} == {one.id for one in pages_of(0, 50, NOON)}
    assert store.check() == []
    assert keep_up(store, load_config(environ={}), NOON + timedelta(hours=1), tidy=False) == {}


def test_few_pages_train_nothing(store: Store) -> None:
    store.articles.save(pages_of(0, 39, NOON), None)
    before = stored_bytes(store)
    assert store.pages.pack(100) == 0
    assert stored_bytes(store) == before


def test_another_dictionary_leaves_older_pages_readable_and_the_old_one_goes_with_them(store: Store) -> None:
    clock = [NOON]
    store._database.now = lambda: clock[0]
    store.articles.save(pages_of(0, 70, NOON - timedelta(hours=1)), None)
    while store.pages.pack(35):
        pass
    clock[0] = NOON + timedelta(days=1)
    store.articles.save(pages_of(100, 70, NOON + timedelta(hours=1), words="<style>.new{}</style>" * 30), None)
    while store.pages.pack(35):
        pass
    with store._database.read() as connection:
        assert len(connection.execute(sa.select(page_dictionaries.c.id)).all()) == 2
    assert read(store, 3) == html(3)
    assert read(store, 120) == html(120, "<style>.new{}</style>" * 30)
    assert store.pages.forget_dictionaries() == 0
    assert store.maintenance.forget_pages(NOON, 1_000) == 70
    assert store.pages.forget_dictionaries() == 0, "the other pages came before the second was trained"
    assert store.maintenance.forget_pages(NOON + timedelta(days=9), 1_000) == 70
    assert store.pages.forget_dictionaries() == 1
    assert store.check() == []


def test_check_tells_a_missing_dictionary_and_a_damaged_page(store: Store) -> None:
    store.articles.save(pages_of(0, 50, NOON), None)
    store.pages.pack(100)
    with store._database.write() as connection:
        connection.execute(sa.delete(page_dictionaries))
        broken = sa.select(sa.func.min(pages.c.article_id)).scalar_subquery()
        connection.execute(sa.update(pages).where(pages.c.article_id == broken).values(body=b"not a frame"))
    found = store.check()
    assert sum("which is missing" in one for one in found) == 4
    assert sum("no zstd frame" in one for one in found) == 1
    assert "raw pages: 50 such findings in all" in found
