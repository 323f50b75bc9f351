"""Counts of articles and stories by day, source, topic, language and outlet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.export.volume import MAX_FILLED, By, Line, Per, Volume
from crawler.items import ArticleMark, in_columns

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)


def mark(story: int, *, days: float = 0, **changed: object) -> ArticleMark:
    plain = ArticleMark(
        NOON + timedelta(days=days), "daily", "https://paper.example.com/1", "ko", f"{story:032x}", (), ""
    )
    return plain._replace(**changed)  # type: ignore[arg-type]


def counted(*marks: ArticleMark, zone: str = "UTC") -> Volume:
    volume = Volume(zone)
    volume.add(in_columns(marks))
    return volume


def shares(lines: list[Line]) -> dict[str, tuple[int, int, float]]:
    return {line.name: (line.stories, line.articles, round(line.share, 3)) for line in lines}


def test_a_share_of_voice_counts_stories() -> None:
    big = 1 << 64
    volume = counted(
        mark(1 * big), mark(1 * big), mark(1 * big), mark(2 * big, url="https://www.other.example.org/x"),
        mark(3 * big, url="https://other.example.org/y"), mark(1 * big, url="https://other.example.org/z"),
    )  # fmt: skip
    assert (volume.articles, volume.stories) == (6, 3)
    assert shares(volume.lines(By.OUTLET)) == {"example.org": (3, 3, 0.75), "example.com": (1, 3, 0.25)}


def test_an_article_counts_for_each_of_its_topics_and_none_is_told_last() -> None:
    big = 1 << 64
    volume = counted(mark(big, topics=("a", "b")), mark(2 * big, topics=("b",)), *[mark(n * big) for n in range(3, 9)])
    assert [line.name for line in volume.lines(By.TOPIC)] == ["b", "a", ""]
    assert shares(volume.lines(By.LANG)) == {"ko": (8, 8, 1.0)}


def test_days_are_those_of_the_zone_and_empty_ones_are_told() -> None:
    per, lines = counted(mark(1), mark(2, days=0.5), mark(3, days=3), zone="Asia/Seoul").days()
    assert per is Per.DAY
    assert [(line.name, line.articles) for line in lines] == [
        ("2026-11-18", 1),
        ("2026-11-19", 1),
        ("2026-11-20", 0),
        ("2026-11-21", 1),
    ]


def test_a_long_time_is_told_in_weeks_or_months() -> None:
    per, lines = counted(mark(1), mark(1, days=1), mark(1 << 64, days=100)).days()
    assert per is Per.WEEK
    assert all(date.fromisoformat(line.name).weekday() == 0 for line in lines)
    assert (lines[0].articles, lines[0].stories) == (2, 1)
    per, lines = counted(mark(1), mark(2, days=-1000)).days()
    assert per is Per.MONTH
    assert all(line.name.endswith("-01") for line in lines)
    per, lines = counted(mark(1), mark(2, days=-30_000)).days(Per.DAY)
    assert len(lines) == 2 < MAX_FILLED


def test_nothing_is_counted_as_nothing() -> None:
    assert counted().days() == (Per.DAY, [])
    assert counted().lines(By.TOPIC) == []


@given(st.lists(st.builds(mark, st.integers(0, 9).map(lambda n: n << 64), days=st.floats(-90, 90)), max_size=30))
def test_every_article_stands_in_one_step(marks: list[ArticleMark]) -> None:
    volume = counted(*marks, zone="America/New_York")
    for per in (None, *Per):
        _, lines = volume.days(per)
        assert sum(line.articles for line in lines) == len(marks) == volume.articles
        assert [line.name for line in lines] == sorted({line.name for line in lines})
        assert all(line.stories <= line.articles for line in lines)


@pytest.mark.parametrize("many", [0, 1 << 40], ids=["numpy", "sets"])
@given(
    st.lists(
        st.builds(
            mark,
            st.integers(0, 5).map(lambda n: n << 64),
            days=st.floats(-60_000, 90),
            source=st.sampled_from([None, "a", "b"]),
            topics=st.sampled_from([(), ("a",), ("a", "b")]),
            url=st.sampled_from(["https://a.example.com/1", "http://b.example.net", "https://c.example.net/a/b"]),
        ),
        min_size=1,
        max_size=30,
    ),
    st.sampled_from(["Asia/Seoul", "Asia/Kathmandu", "America/St_Johns", "Europe/Amsterdam"]),
)
def test_counts_are_those_of_each_name_by_itself(many: int, marks: list[ArticleMark], zone: str) -> None:
    with patch("crawler.export.volume.MANY", many):
        volume = Volume(zone)
        volume.add(in_columns(marks[:7]))
        volume.add(in_columns(marks[7:]))
        assert (volume.articles, volume.stories) == (len(marks), len({each.story for each in marks}))
        assert volume.first == min(each.dated_at for each in marks)
        assert volume.last == max(each.dated_at for each in marks)
        names: dict[By, Callable[[ArticleMark], tuple[str, ...]]] = {
            By.SOURCE: lambda each: (each.source or "",),
            By.TOPIC: lambda each: each.topics or ("",),
            By.OUTLET: lambda each: ("example.com" if "a.example" in each.url else "example.net",),
            By.DAY: lambda each: (each.dated_at.astimezone(ZoneInfo(zone)).date().isoformat(),),
        }
        for by, of in names.items():
            lines = volume.days(Per.DAY)[1] if by is By.DAY else volume.lines(by)
            told = {line.name: (line.articles, line.stories) for line in lines if line.articles}
            assert told == {
                name: (
                    sum(name in of(each) for each in marks),
                    len({each.story for each in marks if name in of(each)}),
                )
                for name in {name for each in marks for name in of(each)}
            }
