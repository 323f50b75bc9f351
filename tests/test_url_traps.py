from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.url_traps import (
    FIRST_RETRY,
    LONGEST_RETRY,
    TRIES,
    TRIES_AGAIN,
    Yields,
    calendar_of,
    chain_trap,
    has_session,
    pattern_of,
    retry_after,
    trap_of,
)

NOW = datetime(2026, 11, 20, tzinfo=UTC)
BASE = "https://news.example.com"


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("/a/b/a/b/a/b/story.html", "repeats 'a/b'"),
        ("/section/section/section/1", "repeats 'section'"),
        ("/x" * 30, "path"),
        ("/shop?color=red&size=m&sort=price&view=grid", "filters"),
        ("/list?tag=a&tag=b&tag=c&tag=d", "'tag' 4 times"),
        ("/list?filter[year]=1&filter[kind]=2&order=asc&per_page=9", "filters"),
    ],
)
def test_urls_of_which_there_is_no_end(path: str, word: str) -> None:
    reason = trap_of(BASE + path)
    assert reason is not None
    assert word in reason


@pytest.mark.parametrize(
    "path",
    [
        "/2025/11/11/11/robots.html",
        "/news/articleView.html?idxno=12345&sc_section_code=S1N1",
        "/article/001/0001234567?sid=101",
        "/tech/ai/tech/ai/",
        "/entry/%EC%A0%80%EC%BB%A4%EB%B2%84%EA%B7%B8-%EC%A0%80%EC%BB%A4%EB%B2%84%EA%B7%B8",
        "/search?q=robots&sort=date&page=4",
        "/a/b/c/d/e/f/g/h/i/j",
    ],
)
def test_what_articles_and_lists_are_called(path: str) -> None:
    assert trap_of(BASE + path) is None


@pytest.mark.parametrize(
    ("chain", "following", "word"),
    [
        (["/list?page=1", "/list?page=2"], "/list?page=1", "back"),
        (["/list", "/list?PHPSESSID=abc123def456ghi789"], "/list?PHPSESSID=zyx987wvu654tsr321", "session"),
        ([f"/list?p={'a' * n}" for n in range(1, 6)], "/list?p=aaaaaaaaa", "grow"),
        (["/events?month=11&year=2026"], "/events?month=1&year=2027", "month to come"),
        (["/plan?y=2026&m=12"], "/plan?y=2027&m=1", "2027-01, a month to come"),
        (["/plan?y=2026&m=12&d=31"], "/plan?y=2027&m=01&d=1", "month to come"),
        (["/cal?y=2026&m=11"], "/cal?y=2026&m=12", "along a calendar"),
        (["/events/2026-12/"], "/events/2027-02/", "month to come"),
        (["/calendar/2026/10"], "/calendar/2026/09", "calendar"),
        (["/list/a"], "/list/list/list/a", "repeats"),
    ],
)
def test_chains_of_pages_that_have_no_end(chain: list[str], following: str, word: str) -> None:
    reason = chain_trap([BASE + one for one in chain], BASE + following, NOW)
    assert reason is not None
    assert word in reason


@pytest.mark.parametrize(
    ("chain", "following"),
    [
        (["/list?page=8", "/list?page=9"], "/list?page=10"),
        (["/2025/11/", "/2025/11/page/2/"], "/2025/11/page/3/"),
        (["/list?date=20261119"], "/list?date=20261118"),
        (["/archive/2026/11"], "/archive/2026/10"),
        ([f"/list?page={page}" for page in range(97, 101)], "/list?page=101"),
        ([], "/list?page=2"),
        (["/plan?y=2026&m=11"], "/plan?y=2026&m=10"),
        (["/list?y=2027&m=20"], "/list?y=2027&m=21"),
        (["/cal?y=7&m=1"], "/cal?y=8&m=1"),
        (["/list?m=1"], "/list?m=2"),
    ],
)
def test_chains_that_go_on(chain: list[str], following: str) -> None:
    assert chain_trap([BASE + one for one in chain], BASE + following, NOW) is None


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/2026/11/", "November 2026"),
        ("/2026/11", None),
        ("/2026/11/26/", "Thursday, 26 November 2026"),
        ("/2026/11/page/2/", "Older stories of the month"),
        ("/news/2026/11/", "Everything that happened in November"),
        ("/archive/2026/11", "2026년 11월"),
        ("/archive/2026", "All the stories of the year"),
        ("/archive/202611", "November"),
        ("/archive/20261126", "Everything of this day"),
        ("/archives/date/2026/11/26", "Everything that happened on Thursday"),
        ("/2026_11_01_archive.html", "November 2026"),
        ("/archives/2026-11.html", "November 2026"),
        ("/?m=202611", "2026년 11월"),
        ("/section?date=2026-11-01", "Sunday's stories all on one page"),
        ("/list.php?ymd=20261101&page=2", "11월 1일"),
        ("/news/list?year=2026&month=11&day=1", "1"),
        ("/section/?y=2026&m=11", "November"),
        ("/events/2026-11/", "Next month of the harbour's events"),
        ("/events/2026-11-26/", "Everything on in the harbour today"),
        ("/events/?tribe-bar-date=2026-11-01&eventDisplay=month", "November"),
        ("/event-calendar/", "All events of the harbour this month"),
        ("/calendar/2026/11/26", "Everything on in the harbour today"),
        ("/calendar?day=2026-11-26", "26"),
        ("/일정/2026/11", "11월 일정"),
        ("/diary/2026-11-01", "Sunday 1 November"),
        ("/news/2026/11/26", "2026년 11월 26일 목요일"),
    ],
)
def test_days_and_months_of_archives_and_calendars(path: str, title: str | None) -> None:
    assert calendar_of(BASE + path, title, BASE + "/section") is not None


HEADLINE = "Harbour council agrees on the ferry line"


@pytest.mark.parametrize(
    "path",
    [
        "/2026/11/26/ferry-line-agreed",
        "/2026/11/ferry.html",
        "/2026/11/26/1",
        "/2026/11/26/12345",
        "/2026/11/12345/",
        "/2026",
        "/202611",
        "/20261126",
        "/news/20261126",
        "/news/2026112601",
        "/news/view?date=20261126&no=3",
        "/article.php?date=2026-11-26&idx=77",
        "/news/12345?date=2026-11-26",
        "/ferry?date=2026-11-26",
        "/diary/2026-11-01",
        "/briefing/2026/11/26.html",
        "/events/2026/11/ferry-festival",
        "/calendar/ferry-festival",
        "/archive/12345",
        "/schools/why-has-the-ferry-not-been-built/2026/11",
        "/archives/20261126-ferry",
        "/?p=2026",
        "/?p=202611",
        "/section?id=2026-11",
        "/2026/13/",
        "/v/2026-31-12",
        "/a/2026/11/26/x/2026/11/26/ferry",
    ],
)
def test_articles_that_bear_a_date_are_no_calendar(path: str) -> None:
    assert calendar_of(BASE + path, HEADLINE, BASE + "/section") is None


@given(st.text(max_size=60), st.text(max_size=30))
def test_any_link_may_be_asked_whether_it_is_a_calendar(path: str, title: str) -> None:
    assert calendar_of(BASE + "/" + path, title, BASE + "/") in (
        None,
        "a calendar",
        "a day of an archive",
        "a day or month of an archive",
    )


def test_sessions_are_seen_by_name_and_value() -> None:
    assert has_session(BASE + "/a;jsessionid=1234ABCD?x=1")
    assert has_session(BASE + "/a?sid=a1b2c3d4e5f6a7b8c9")
    assert not has_session(BASE + "/a?sid=101")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("/photo/1.html", "/photo/22.html", True),
        ("/view?no=1&page=2", "/view?page=9&no=5", True),
        ("/entry/one-long-title", "/entry/another_title", True),
        ("/entry/저커버그", "/entry/메타", True),
        ("/photo/1.html", "/news/1.html", False),
        ("/view?no=1", "/view?id=1", False),
    ],
)
def test_families_of_urls(one: str, other: str, same: bool) -> None:
    assert (pattern_of(BASE + one) == pattern_of(BASE + other)) is same


def test_a_pattern_that_yields_nothing_is_dropped_once_and_sooner_the_next_time() -> None:
    yields = Yields()
    told = [yields.came(f"{BASE}/photo/{number}", article=False) for number in range(TRIES + 3)]
    pattern = pattern_of(BASE + "/photo/1")
    assert told == [None] * (TRIES - 1) + [pattern] + [None] * 3
    assert yields.times(pattern) == 1
    again = Yields({pattern: 1})
    told = [again.came(f"{BASE}/photo/{number}", article=False) for number in range(TRIES_AGAIN)]
    assert told[-1] == pattern
    assert again.times(pattern) == 2
    good = Yields({pattern: 1})
    good.came(BASE + "/photo/1", article=True)
    assert [good.came(f"{BASE}/photo/{number}", article=False) for number in range(TRIES - 1)] == [None] * (TRIES - 1)


def test_one_article_among_them_keeps_a_pattern() -> None:
    yields = Yields()
    for number in range(TRIES * 4):
        assert yields.came(f"{BASE}/photo/{number}", article=number % (TRIES - 1) == 0) is None


def test_the_time_until_it_is_tried_again_doubles_up_to_a_ceiling() -> None:
    assert (retry_after(1), retry_after(2), retry_after(99)) == (FIRST_RETRY, FIRST_RETRY * 2, LONGEST_RETRY)
    assert retry_after(0) == FIRST_RETRY


@given(st.text(max_size=300), st.lists(st.text(max_size=80), max_size=8), st.datetimes(timezones=st.just(UTC)))
def test_nothing_that_may_stand_in_a_link_raises(url: str, chain: list[str], now: datetime) -> None:
    now = min(now, datetime(9998, 1, 1, tzinfo=UTC)) - timedelta(0)
    for text in (url, BASE + "/" + url):
        trap_of(text)
        pattern_of(text)
        has_session(text)
        chain_trap(chain, text, now)
        chain_trap([BASE + "/" + one for one in chain], text, now)


@given(st.lists(st.sampled_from(["news", "a", "2025", "11", "robots-win"]), min_size=1, max_size=5), st.integers(3, 9))
def test_a_path_that_repeats_is_always_seen(part: list[str], times: int) -> None:
    path = "/".join(part * times)
    if all(segment.isdigit() for segment in part):
        return
    assert trap_of(f"{BASE}/{path}/story.html") is not None
