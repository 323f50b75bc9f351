"""How long the disk lasts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from cli_case import NOW, Terminal, terminal  # noqa: F401 - a fixture
from hypothesis import given
from hypothesis import strategies as st
from storage_records import many, record

from crawler.disk_forecast import Forecast, forecast, told
from crawler.items import StoreGrowth
from storage import Store

GB = 1_000_000_000
WEEK = StoreGrowth(size=2 * GB, pages=0, articles=100_000, new=7_000, page_bytes=0, days=7.0)


def test_articles_alone_grow_for_ever() -> None:
    found = forecast(WEEK, 10 * GB, keep_days=30, ceiling=5 * GB)
    assert found == Forecast(size=2 * GB, a_day=20_000_000, free=10 * GB, days_left=500)
    assert told(found) == "2.0 GB; grows 20.0 MB a day; 10.0 GB free, enough for 500 days"


def test_raw_pages_grow_to_their_level() -> None:
    # 100 MB of pages a day, kept 30 days up to 1 GB, of which 0.5 are there: five more days, then articles alone.
    growth = replace(WEEK, size=int(2.5 * GB), pages=GB // 2, page_bytes=700_000_000)
    found = forecast(growth, 10 * GB, keep_days=30, ceiling=GB)
    assert found.a_day == 120_000_000
    assert found.days_left == (10 * GB - GB // 2) // 20_000_000
    full = forecast(replace(growth, size=3 * GB, pages=GB), 10 * GB, keep_days=30, ceiling=GB)
    assert full.a_day == 20_000_000
    soon = forecast(growth, 240_000_000, keep_days=30, ceiling=GB)
    assert soon.days_left == 2


def test_a_young_or_empty_store_says_nothing() -> None:
    for growth in (replace(WEEK, days=0.5), replace(WEEK, articles=0, new=0)):
        assert forecast(growth, GB, keep_days=30, ceiling=None) == Forecast(size=2 * GB, free=GB)
    assert "too young" in told(Forecast(size=10, free=None))


def test_a_store_that_does_not_grow_lasts() -> None:
    assert forecast(replace(WEEK, new=0), GB, keep_days=30, ceiling=None).days_left is None


@given(
    st.builds(
        StoreGrowth,
        size=st.integers(0, 10**15),
        pages=st.integers(0, 10**15),
        articles=st.integers(0, 10**9),
        new=st.integers(0, 10**9),
        page_bytes=st.integers(0, 10**14),
        days=st.floats(0, 7),
    ),
    st.integers(0, 10**14),
    st.integers(0, 400),
    st.none() | st.integers(1, 10**14),
)
def test_more_room_lasts_longer(growth: StoreGrowth, free: int, keep_days: int, ceiling: int | None) -> None:
    less = forecast(growth, free, keep_days=keep_days, ceiling=ceiling).days_left
    more = forecast(growth, 2 * free, keep_days=keep_days, ceiling=ceiling).days_left
    assert more is None or less is None or 0 <= less <= more
    told(forecast(growth, free, keep_days=keep_days, ceiling=ceiling))


def test_growth_is_read_from_the_store(store: Store) -> None:
    days = [NOW - timedelta(days=day) for day in (9, 5, 3, 0)]
    for number, at in enumerate(days):
        first = replace(many(1, number)[0], fetched_at=at)
        paged = record(f"https://news.example.com/p/{number}", text=f"{number}. " + first.article.text, at=at, raw=True)
        store.articles.save([first, paged], None)
    with store.glance() as glance:
        growth = glance.growth(NOW - timedelta(days=7), NOW)
    assert growth.articles == 8
    assert growth.new == 6
    assert growth.days == pytest.approx(7.0)
    frame = len(paged.raw.body_zstd) if paged.raw else 0
    assert growth.page_bytes == 3 * frame
    assert growth.pages == 3 * frame, "some 0.9 more are guessed, of which a whole one counts"
    assert growth.size > 0


def test_status_tells_it(terminal: Terminal) -> None:  # noqa: F811
    with terminal.store() as store:
        store.articles.save([replace(one, fetched_at=NOW) for one in many(3)], None)
    said = terminal("status").out
    assert "store: " in said
    assert " free" in said
    found = terminal("status", "--json").json
    assert found["disk"]["size"] > 0
    assert found["disk"]["free"] > 0
    assert found["articles"] == 3
