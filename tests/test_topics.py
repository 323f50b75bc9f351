import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.items import Topic
from crawler.topics import TopicMatcher

TOPICS = (
    Topic(name="저커버그", aliases=("Zuckerberg", "주커버그")),
    Topic(name="메타", aliases=("Meta",)),
    Topic(name="삼성전자", aliases=("Samsung Electronics",)),
    Topic(name="AI", aliases=("인공지능", "A.I."), none=("조류인플루엔자",)),
    Topic(name="WHO", aliases=("세계보건기구",)),
    Topic(name="메타 감원", aliases=("감원", "해고"), all=("메타",)),
    Topic(name="Apple", lang="en", none=("Apple Daily",)),
    Topic(name="メタ"),
    Topic(name="Цукерберг"),
)
MATCHER = TopicMatcher(TOPICS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("저커버그가 방한했다", {"저커버그"}),
        ("저커버그에게서도 들었다", {"저커버그"}),
        ("마크 주커버그는", {"저커버그"}),
        ("ZUCKERBERG’S net worth", {"저커버그"}),
        ("'저커버그'라며", {"저커버그"}),
        ("신저커버그론", set()),
        ("메타버스 열풍", set()),
        ("메타데이터", set()),
        ("메타와 구글", {"메타"}),
        ("Meta-owned app", {"메타"}),
        ("metal detectors, meta-analysis", set()),
        ("삼성 전자에서는", {"삼성전자"}),
        ("삼성전자서 일한다", {"삼성전자"}),
        ("삼성 전자레인지", set()),
        ("SAMSUNG ELECTRONICS said", {"삼성전자"}),
        ("생성형AI가 만든 글", {"AI"}),
        ("j'ai dit, AIR raid, said", set()),
        ("A.I. research", {"AI"}),
        ("조류인플루엔자(AI)가 번졌다", set()),
        ("who said so", set()),
        ("WHO는 21일", {"WHO"}),
        ("세계 보건 기구가", {"WHO"}),
        ("메타에서 해고된 직원들", {"메타", "메타 감원"}),
        ("구글에서 해고된 직원들", set()),
        ("メタが発表", {"メタ"}),
        ("メタバース", set()),
        ("Цукербергу сказали", {"Цукерберг"}),
        ("저커\n버그", set()),
        ("", set()),
    ],
)
def test_what_is_named(text: str, expected: set[str]) -> None:
    assert set(MATCHER.match(None, text, "ko")) == expected


def test_language_and_title() -> None:
    assert MATCHER.match("Apple unveils", "A phone.", "en") == ("Apple",)
    assert MATCHER.match("Apple unveils", "A phone.", "ko") == ()
    assert MATCHER.match("Apple unveils", "A phone.", None) == ()
    assert MATCHER.match("Apple Daily closes", "Apple said", "en") == ()
    assert MATCHER.match("저커버그", "메타", "ko") == ("메타", "저커버그")


def test_phrases_typed_small_match_any_case() -> None:
    matcher = TopicMatcher([Topic(name="meta"), Topic(name="ai")])
    assert matcher.match(None, "META and AI") == ("ai", "meta")


def test_topics_that_share_a_name_are_told_apart_by_position() -> None:
    matcher = TopicMatcher([Topic(name="메타"), Topic(name="메타", none=("구글",))])
    assert matcher.match_numbers(None, "메타와 구글") == (0,)
    assert matcher.match_numbers(None, "메타가") == (0, 1)
    assert matcher.match(None, "메타가") == ("메타",)


def test_no_topics_match_nothing() -> None:
    assert TopicMatcher([]).match("t", "x") == ()
    assert TopicMatcher([Topic(name="  ")]).match("t", "x") == ()


@given(st.lists(st.text(max_size=6), max_size=4), st.text())
def test_any_topics_and_text(names: list[str], text: str) -> None:
    matcher = TopicMatcher([Topic(name=name) for name in names])
    assert set(matcher.match(None, text)) <= set(names)


@given(st.text(min_size=1, max_size=8).filter(lambda s: s.strip()))
def test_a_phrase_alone_is_found(name: str) -> None:
    # Blanks are single in cleaned text, also those that NFKC makes (¯ is a blank with a macron).
    text = " ".join(unicodedata.normalize("NFKC", name).split())
    assert TopicMatcher([Topic(name=name)]).match(None, text) == (name,)


def test_a_text_of_hits_only_takes_linear_time() -> None:
    started = time.process_time()
    MATCHER.match(None, "메타버스" * 20_000 + "메타에서는" * 20_000 + "'s" * 20_000)
    assert time.process_time() - started < 2
