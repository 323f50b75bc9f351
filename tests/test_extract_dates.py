"""Dates as pages and feeds write them."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extract.dates import find_date, iso, labelled_dates, parse_date
from crawler.items import Precision, ZoneOrigin

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)  # 12:00 in Seoul

WRITTEN = [
    ("2024-03-28T16:05:06+09:00", None, "2024-03-28T16:05:06+09:00"),
    ("2024-03-28T16:05:06+0900", None, "2024-03-28T16:05:06+09:00"),
    ("2024-03-28T16:05:06.123Z", None, "2024-03-28T16:05:06+00:00"),
    ("2024-03-28 16:05:06 +09:00", "en", "2024-03-28T16:05:06+09:00"),
    ("20240328T160506Z", None, "2024-03-28T16:05:06+00:00"),
    ("20240328160506", "ko", "2024-03-28T16:05:06+09:00"),
    ("1711609506", None, "2024-03-28T07:05:06+00:00"),
    ("1711609506000", None, "2024-03-28T07:05:06+00:00"),
    ("Thu, 28 Mar 2024 16:05:06 +0900", None, "2024-03-28T16:05:06+09:00"),
    ("Thu, 28 Mar 2024 13:47:03+0900", None, "2024-03-28T13:47:03+09:00"),
    ("Thu, 28 Mar 2024 13:47:03 EST", None, "2024-03-28T13:47:03-05:00"),
    ("28 Mar 24 13:47 KST", None, "2024-03-28T13:47:00+09:00"),
    ("Thu, 28 Mar 2024 13:47:03 JST", None, "2024-03-28T13:47:03+09:00"),
    ("Thu Mar 28 16:05:06 KST 2024", None, "2024-03-28T16:05:06+09:00"),
    ("2024.03.28 16:05:06", "ko", "2024-03-28T16:05:06+09:00"),
    ("2023. 2. 21. 10:30", "ko", "2023-02-21T10:30:00+09:00"),
    ("2020.07.13. 오후 5:04", "ko", "2020-07-13T17:04:00+09:00"),
    ("2020.07.13. 오전 12:04", "ko", "2020-07-13T00:04:00+09:00"),
    ("2020.07.13. 오후 12:04", "ko", "2020-07-13T12:04:00+09:00"),
    ("2024년 3월 28일 16시 5분", "ko", "2024-03-28T16:05:00+09:00"),
    ("2024년 3월 28일(목) 오후 4시 반", "ko", "2024-03-28T16:30:00+09:00"),
    ("기사입력 :[ 2018-08-25 15:24 ]", "ko", "2018-08-25T15:24:00+09:00"),
    ("입력 : 2025-05-28 00:13:03", "ko", "2025-05-28T00:13:03+09:00"),
    ("24.03.28", "ko", "2024-03-28"),
    ("28.03.24", "de", "2024-03-28"),
    ("3월 5일", "ko", "2026-03-05"),
    ("12-01 23:26", "ko", "2025-12-01T23:26:00+09:00"),
    ("11.21", "ko", "2026-11-21"),
    ("3시간 전", "ko", "2026-11-22T09:00:00+09:00"),
    ("1시간전", "ko", "2026-11-22T11:00:00+09:00"),
    ("방금", "ko", "2026-11-22T12:00:00+09:00"),
    ("방금 전", "ko", "2026-11-22T12:00:00+09:00"),
    ("어제", "ko", "2026-11-21"),
    ("어제 15:30", "ko", "2026-11-21T15:30:00+09:00"),
    ("A16면 TOP 8시간 전", "ko", "2026-11-22T04:00:00+09:00"),
    ("3주 전", "ko", "2026-11-01"),
    ("3 hours ago", "en", "2026-11-22T00:00:00+00:00"),
    ("an hour ago", "en", "2026-11-22T02:00:00+00:00"),
    ("Posted 2 days ago", "en", "2026-11-20"),
    ("3h", "en", "2026-11-22T00:00:00+00:00"),
    ("yesterday", "en", "2026-11-21"),
    ("Yesterday at 3:12 pm", "en", "2026-11-21T15:12:00+00:00"),
    ("March 28, 2024 4:05 p.m. ET", "en", "2024-03-28T16:05:00-04:00"),
    ("March 28, 2024 4:05 PM EDT", "en", "2024-03-28T16:05:00-04:00"),
    ("Thursday, March 28, 2024, 12:15 AM EDT", "en", "2024-03-28T00:15:00-04:00"),
    ("4:05 p.m. EDT, Thu March 28, 2024", "en", "2024-03-28T16:05:00-04:00"),
    ("28 March 2024", "en", "2024-03-28"),
    ("28th of March, 2024 at 10:05", "en-GB", "2024-03-28T10:05:00+00:00"),
    ("Mar 28", "en", "2026-03-28"),
    ("Dec 28", "en", "2025-12-28"),
    ("03/04/2024", "en", "2024-03-04"),
    ("03/04/2024", "fr", "2024-04-03"),
    ("28/03/2024", "en", "2024-03-28"),
    ("2024年3月28日 16時05分", "ja", "2024-03-28T16:05:00+09:00"),
    ("令和6年3月28日", "ja", "2024-03-28"),
    ("2024年3月28日 下午4:05", "zh", "2024-03-28T16:05:00+08:00"),
    ("3時間前", "ja", "2026-11-22T09:00:00+09:00"),
    ("5分钟前", "zh", "2026-11-22T10:55:00+08:00"),
    ("昨日", "ja", "2026-11-21"),
    ("28. März 2024, 16:05 Uhr", "de", "2024-03-28T16:05:00+01:00"),
    ("28 mars 2024 à 16h05", "fr", "2024-03-28T16:05:00+01:00"),
    ("28 de marzo de 2024", "es", "2024-03-28"),
    ("28 ago 2024", "es", "2024-08-28"),
    ("28 marzo 2024 alle 16:05", "it", "2024-03-28T16:05:00+01:00"),
    ("28 de março de 2024", "pt", "2024-03-28"),
    ("28 maart 2024", "nl", "2024-03-28"),
    ("28.03.2024 kl. 16.05", "no", "2024-03-28T16:05:00+01:00"),
    ("28 mars 2024", "sv", "2024-03-28"),
    ("28. marts 2024", "da", "2024-03-28"),
    ("28 marca 2024", "pl", "2024-03-28"),
    ("28 марта 2024, 16:05", "ru", "2024-03-28T16:05:00+03:00"),
    ("28 Μαρτίου 2024", "el", "2024-03-28"),
    ("২৫ ডিসেম্বর, ২০১৪", "bn", "2014-12-25"),
    ("28 มีนาคม 2567", "th", "2024-03-28"),
    ("vor 3 Stunden", "de", "2026-11-22T01:00:00+01:00"),
    ("il y a 2 heures", "fr", "2026-11-22T02:00:00+01:00"),
    ("hace 3 días", "es", "2026-11-19"),
    ("3 часа назад", "ru", "2026-11-22T03:00:00+03:00"),
    ("hier", "fr", "2026-11-21"),
    ("Published 10:15 GMT+2 28 March 2024", "en", "2024-03-28T10:15:00+02:00"),
]


@pytest.mark.parametrize(("text", "language", "expected"), WRITTEN)
def test_written_forms(text: str, language: str | None, expected: str) -> None:
    moment = parse_date(text, now=NOW, language=language)
    assert moment is not None
    assert moment.isoformat() == expected


@pytest.mark.parametrize(
    "text",
    [
        "2030-01-01",
        "1970-01-01T00:00:00Z",
        "0",
        "",
        "2024-02-30",
        "2024-13-01 10:00",
        "version 3.11.2 released",
        "5 min read",
        "10.5%",
        "$1.25.10",
        "이달 말 방한 저커버그, 이재용 회동 조율... AI 논의도?",
        "오늘 저녁 메뉴는 무엇",
        "USA Today",
        "3월의 신부",
        "2024.03.28 16:05:06 " + "가나다라마바사 " * 30,
        "02-777-2000",
        "(02) 123-4567",
    ],
)
def test_what_is_no_date(text: str) -> None:
    assert parse_date(text, now=NOW, language="ko") is None


def test_german_hier_is_a_place() -> None:
    assert parse_date("hier", now=NOW, language="de") is None


def test_a_zone_comes_from_page_then_source_then_language_then_nowhere() -> None:
    text = "2024.03.28 16:05:06"
    cases = [
        (text + " KST", "America/New_York", "ko", 540, ZoneOrigin.PAGE),
        (text, "America/New_York", "ko", -240, ZoneOrigin.SOURCE),
        (text, "No/Where", "ko", 540, ZoneOrigin.LANGUAGE),
        (text, None, "ko-KR", 540, ZoneOrigin.LANGUAGE),
        (text, None, "en", 0, ZoneOrigin.DEFAULT),
    ]
    for written, zone, language, offset, origin in cases:
        moment = parse_date(written, now=NOW, zone=zone, language=language)
        assert moment is not None
        assert (moment.offset, moment.zone_from) == (offset, origin)
        assert moment.utc == datetime(2024, 3, 28, 16, 5, 6, tzinfo=UTC) - timedelta(minutes=offset)


def test_precision_is_the_publishers() -> None:
    for text, precision in [
        ("2024-03-28", Precision.DAY),
        ("2024-03-28 16:05", Precision.MINUTE),
        ("2024-03-28 16:05:06", Precision.SECOND),
    ]:
        moment = parse_date(text, now=NOW)
        assert moment is not None
        assert moment.precision is precision


def test_a_missing_year_comes_from_the_hint() -> None:
    hint = datetime(2019, 1, 2, tzinfo=UTC)
    december = parse_date("12-31 23:26", now=NOW, language="ko", year_hint=hint)
    january = parse_date("01-03 23:26", now=NOW, language="ko", year_hint=hint)
    assert december is not None
    assert january is not None
    assert (december.isoformat()[:10], january.isoformat()[:10]) == ("2018-12-31", "2019-01-03")


def test_leap_day_without_a_year() -> None:
    moment = parse_date("29 Feb", now=NOW, language="en")
    assert moment is not None
    assert moment.isoformat() == "2024-02-29"


@pytest.mark.parametrize(
    ("text", "published", "modified"),
    [
        ("입력 : 2025-05-28 00:13:03 / 수정 : 2025-05-29 01:02", "2025-05-28T00:13:03", "2025-05-29T01:02:00"),
        ("수정 2025.05.29 01:02 | 입력 2025.05.28 00:13", "2025-05-28T00:13:00", "2025-05-29T01:02:00"),
        ("2024.03.28 16:05 입력 2024.03.28 17:00 수정", "2024-03-28T16:05:00", "2024-03-28T17:00:00"),
        ("등록 2024-03-28 오후 4:05:00 업데이트 2024-03-28 오후 5:00:00", "2024-03-28T16:05:00", "2024-03-28T17:00:00"),
        ("최종수정 2024.03.28 16:05", None, "2024-03-28T16:05:00"),
        ("2024.03.28 16:05", "2024-03-28T16:05:00", None),
        ("Published March 28, 2024 10:00, updated March 29, 2024 9:00", "2024-03-28T10:00:00", "2024-03-29T09:00:00"),
        ("no date at all", None, None),
    ],
)  # fmt: skip
def test_labels(text: str, published: str | None, modified: str | None) -> None:
    got = labelled_dates(text, now=NOW, zone="Asia/Seoul", language="ko")
    assert [moment and moment.isoformat()[:19] for moment in got] == [published, modified]


def test_a_date_inside_a_line_is_found_and_is_no_date_itself() -> None:
    line = "홍길동 기자 hong@example.com | 2024-03-28 16:05:06 | 조회 1,234 댓글 5"
    found = find_date(line, now=NOW, language="ko")
    assert found is not None
    assert found.isoformat() == "2024-03-28T16:05:06+09:00"
    assert parse_date("홍길동 기자가 만난 사람들의 이야기, 2024-03-28 16:05:06", now=NOW, language="ko") is None


def test_a_future_date_gives_way_to_the_next() -> None:
    found = find_date("행사 2027.03.01 · 등록 2026.11.20 10:00", now=NOW, language="ko")
    assert found is not None
    assert found.isoformat() == "2026-11-20T10:00:00+09:00"


@given(st.text(max_size=300))
def test_any_text_is_survived_and_nothing_is_in_the_future(text: str) -> None:
    for language in ("ko", "en", None):
        for moment in (
            parse_date(text, now=NOW, language=language),
            find_date(text, now=NOW, language=language),
            *labelled_dates(text, now=NOW, language=language),
        ):
            assert moment is None or datetime(1971, 1, 1, tzinfo=UTC) <= moment.utc <= NOW + timedelta(hours=36)


@given(st.text(alphabet="0123456789.-/:T +Z년월일시분초오전후 ago입력수정年月日Mar,()", max_size=120))
def test_date_like_text_is_survived(text: str) -> None:
    find_date(text, now=NOW, language="ko")
    parse_date(text, now=NOW, language="en")


@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2026, 11, 20)), st.integers(-12, 14))  # noqa: DTZ001
def test_what_is_written_in_iso_is_read_back(moment: datetime, hours: int) -> None:
    written = moment.replace(microsecond=0).isoformat() + f"{hours:+03d}:00"
    read = parse_date(written, now=NOW)
    assert read is not None
    assert read.utc == datetime.fromisoformat(written)
    assert read.isoformat() == datetime.fromisoformat(written).isoformat()


@pytest.mark.parametrize(
    "piece", ["1 ", "Mar ", "12:", "2024-", "월 ", "오전 ", "ago ", "T12", "(", "입력", "가", "1월"]
)
def test_time_does_not_grow_with_the_text(piece: str) -> None:
    def cost(size: int) -> float:
        text = piece * size
        start = time.process_time()
        for _ in range(20):
            find_date(text, now=NOW, language="ko")
        return time.process_time() - start

    cost(100)
    assert cost(20_000) < 10 * cost(200) + 0.05


@pytest.mark.parametrize(("text", "day"), [("오늘뉴스 2일전", 8), ("어제", 9), ("오늘", 10), ("어제오후 3:20", 9)])
def test_an_outlet_named_after_a_day_tells_no_day(text: str, day: int) -> None:
    found = parse_date(text, now=datetime(2026, 3, 10, 9, 0, tzinfo=UTC), language="ko")
    assert found is not None
    assert found.isoformat()[:10] == f"2026-03-{day:02}"


@given(
    st.datetimes(datetime.fromisoformat("1965-01-01"), datetime.fromisoformat("2030-01-01")),
    st.sampled_from(["", ":%S", ":%S.%f"]),
    st.sampled_from(["Z", "+09:00", "-0500", "+00:00", "-03:30", "+14:00", "+19:30", "-23:59"]),
)
def test_the_full_form_of_iso_is_read_at_once_as_by_the_dialects(told, seconds, offset):
    text = told.strftime(f"%Y-%m-%dT%H:%M{seconds}") + offset
    now = datetime(2026, 1, 1, tzinfo=UTC)
    # With a blank around it no text is of the full form.
    at_once, by_dialects = (parse_date(one, now=now, language="ko") for one in (text, f" {text} "))
    assert iso.full(text) is not None
    assert iso.full(f" {text} ") is None
    assert at_once == by_dialects


@pytest.mark.parametrize("gap", ["", "\u2003"])  # a blank of another kind is read the long way
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Thu, 28 Mar 2024 16:05:06 +0900", "2024-03-28T16:05:06+09:00"),
        ("Thu, 28 Mar 2024 16:05:06+0900", "2024-03-28T16:05:06+09:00"),
        ("Thu,  8 Feb 2024 16:05:06 -0330", "2024-02-08T16:05:06-03:30"),
        ("28 Mar 2024 16:05:06 GMT", "2024-03-28T16:05:06+00:00"),
        ("Sun, 31 Dec 2006 23:59:60 +0000", "2006-12-31T23:59:59+00:00"),
        ("Fri, 30 Feb 2024 16:05:06 +0900", None),
        ("Thu, 28 Mar 2030 16:05:06 +0900", None),
    ],
)
def test_the_full_form_of_rfc_822_is_read_as_the_dialects_read_it(text: str, expected: str | None, gap: str) -> None:
    moment = parse_date(gap + text, now=NOW, language="ko")
    assert (moment.isoformat() if moment else None) == expected
    assert moment is None or (moment.precision, moment.zone_from) == (Precision.SECOND, ZoneOrigin.PAGE)
