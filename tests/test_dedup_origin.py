from datetime import UTC, datetime, timedelta

import pytest
from dedup_texts import ENGLISH, KOREAN

from crawler.dedup.fingerprint import content_letters
from crawler.dedup.near import shingle
from crawler.dedup.origin import Teller, agency_of, copied_shares, in_time_order, origin
from crawler.items import Moment, Precision

NOON = datetime(2026, 11, 20, 3, tzinfo=UTC)


def teller(name: str, minutes: int | None, text: str = KOREAN, **more: object) -> Teller:
    published = None if minutes is None else Moment(NOON + timedelta(minutes=minutes), 540, Precision.MINUTE)
    told = {"source_line": None, "published": published, "url": f"https://{name}.example.com/1"} | more
    return Teller(id=name, site=name, first_seen=NOON + timedelta(days=1), text=text, **told)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "agency"),
    [
        ("(서울=연합뉴스) 김한결 기자 = 국토교통부가 20일 밝혔다.", "연합뉴스"),
        ("[제천=뉴시스]박은정 기자 = 시는 20일 밝혔다.", "뉴시스"),
        ("(논산=뉴스1) 이새롬 기자 = 시는 20일 밝혔다.", "뉴스1"),
        ("LONDON (Reuters) - The bank raised its rate.", "Reuters"),
        ("PARIS (AP) — The strike ended on Monday.", "AP"),
        ("【共同】市は二十日、計画を明らかにした。", "共同"),
        ("(워싱턴 AFP=연합뉴스) 미국 의회가 20일 밝혔다.", "연합뉴스"),
        ("사진=연합뉴스 제공", "연합뉴스"),
        ("연합뉴스의 한 기자는 회의에 오지 않았다고 한다.", None),
        ("Reuters moved its office across the river, neighbours say.", None),
    ],
)
def test_the_agency_is_read_from_its_tag(text: str, agency: str | None) -> None:
    assert agency_of(teller("a", 0, text)) == agency


def test_the_earliest_time_tells_who_was_first() -> None:
    told = origin([teller("late", 30), teller("early", 5), teller("middle", 20)])
    assert (told.member, told.agency) == ("early", None)
    assert told.evidence == ("early.example.com gives the earliest time, 2026-11-20T12:05:00+09:00",)


def test_a_day_alone_is_said_to_decide_nothing_within_it() -> None:
    day = Moment(datetime(2026, 11, 19, 15, tzinfo=UTC), 540, Precision.DAY)
    told = origin([teller("early", 5), teller("day", None, published=day)])
    assert told.member == "day"
    assert "and no hour; 1 more came out that day" in told.evidence[0]


def test_an_agency_that_is_a_member_was_first_whatever_the_clocks_say() -> None:
    wire = teller("wire", 10, url="https://www.yna.co.kr/view/1")
    copy = teller("copy", 2, f"(서울=연합뉴스) {KOREAN}")
    told = origin([copy, wire])
    assert (told.member, told.agency) == ("wire", None)
    assert told.evidence == ("1 of 2 name 연합뉴스", "yna.co.kr is 연합뉴스's own site")


def test_an_agency_that_is_no_member_is_named() -> None:
    told = origin([teller("a", 3, f"LONDON (Reuters) - {ENGLISH}"), teller("b", 9, ENGLISH)])
    assert (told.member, told.agency) == ("a", "Reuters")


def test_the_member_that_others_link_to_was_first() -> None:
    source = teller("source", 40)
    told = origin([teller("a", 3, source_line="(출처) https://source.example.com/1"), source, teller("b", 5)])
    assert told.member == "source"
    assert told.evidence[0] == "1 of 3 link to source.example.com"


def test_members_without_a_time_count_from_when_they_were_seen() -> None:
    assert [one.id for one in in_time_order([teller("unknown", None), teller("known", 60)])] == ["known", "unknown"]
    assert origin([teller("unknown", None)]).evidence == ("unknown.example.com was seen first; it gives no time",)
    with pytest.raises(ValueError, match="without members"):
        origin([])


def test_shares_are_of_what_stood_in_any_earlier_text() -> None:
    texts = [
        KOREAN[:120],
        KOREAN,
        f"{KOREAN[100:]} 새로 알려진 것은 다음과 같다. 공사는 사흘 늦게 시작했다고 한다.",
        ENGLISH,
    ]
    shares = copied_shares([shingle(content_letters(text)) for text in texts])
    assert shares[0] == 0
    assert 0.2 < shares[1] < 0.6
    assert 0.8 < shares[2] < 1
    assert shares[3] == 0
