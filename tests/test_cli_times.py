from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.cli.times import parse_when, shown
from crawler.errors import UsageError

NOW = datetime(2026, 11, 20, 20, 30, tzinfo=UTC)  # in Seoul it is the 21st already


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026-11-01", utc(2026, 10, 31, 15), utc(2026, 11, 1, 15)),
        ("today", utc(2026, 11, 20, 15), utc(2026, 11, 21, 15)),
        ("Yesterday", utc(2026, 11, 19, 15), utc(2026, 11, 20, 15)),
        ("2026-11-01T09:30", utc(2026, 11, 1, 0, 30), utc(2026, 11, 1, 0, 30)),
        ("2026-11-01 09:30:15", utc(2026, 11, 1, 0, 30, 15), utc(2026, 11, 1, 0, 30, 15)),
        ("2026-11-01T09:30+01:00", utc(2026, 11, 1, 8, 30), utc(2026, 11, 1, 8, 30)),
        ("2026-11-01T09:30Z", utc(2026, 11, 1, 9, 30), utc(2026, 11, 1, 9, 30)),
        ("3d", NOW - timedelta(days=3), NOW - timedelta(days=3)),
        ("1d12h", NOW - timedelta(hours=36), NOW - timedelta(hours=36)),
        ("90m", NOW - timedelta(minutes=90), NOW - timedelta(minutes=90)),
    ],
)
def test_times_are_read_in_the_zone(text: str, start: datetime, end: datetime) -> None:
    assert parse_when(text, NOW, "Asia/Seoul") == start
    assert parse_when(text, NOW, "Asia/Seoul", end=True) == end


def test_a_day_on_which_clocks_change_has_23_hours() -> None:
    start, end = (parse_when("2026-03-29", NOW, "Europe/Paris", end=end) for end in (False, True))
    assert end - start == timedelta(hours=23)


@pytest.mark.parametrize(
    "text", ["", "soon", "3", "2026-13-01", "2026-1-1", "9999999d", "9999-12-31", "0001-01-01", "3d ago"]
)
def test_no_time_names_what_would_be_one(text: str) -> None:
    if text == "9999-12-31":
        assert parse_when(text, NOW, "Asia/Seoul")
        with pytest.raises(UsageError):
            parse_when(text, NOW, "America/New_York", end=True)
        return
    with pytest.raises(UsageError, match="yesterday"):
        parse_when(text, NOW, "Asia/Seoul")


@given(st.text(max_size=30), st.booleans())
def test_any_text_is_a_time_or_a_clear_error(text: str, end: bool) -> None:
    try:
        found = parse_when(text, NOW, "Asia/Seoul", end=end)
    except UsageError:
        return
    assert found.utcoffset() == timedelta(0)


def test_shown_to_the_minute() -> None:
    assert shown(NOW, "Asia/Seoul") == "2026-11-21 05:30"
    assert shown(None, "Asia/Seoul") == "-"
