import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.dedup.fingerprint import FINGERPRINT_VERSION, LEAST_SHAREABLE, caseless, content_letters, fingerprint

KOREAN = (
    "메타의 마크 저커버그 최고경영자는 24일 인공지능 설비에 올해 650억달러를 쓰겠다고 밝혔다.\n"
    "그는 게시물에서 2025년이 결정적인 해가 될 것이라며 데이터센터를 늘리고 연구 인력도 더 뽑겠다고 말했다.\n"
    "회사 주가는 발표 뒤 1.5% 올라 646.90달러에 거래를 마쳤고, 한 달 반 만에 가장 높은 값이었다."
)
ENGLISH = (
    "The central bank raised its main rate by 1.5 percentage points on Thursday, the largest step in a decade.\n"
    "Officials said that prices, which rose 8% last year, would otherwise keep climbing through the winter.\n"
    "“We had no other choice,” the governor told a news conference, adding that -3 degrees would not help either."
)


def content(text: str) -> str:
    return fingerprint(None, text).content_hash


def digest(text: str, title: str | None = None) -> str:
    return fingerprint(title, text).version_digest


@pytest.mark.parametrize("text", [KOREAN, ENGLISH])
def test_form_changes_nothing(text: str) -> None:
    same = [
        unicodedata.normalize("NFD", text),
        text.replace("\n", "\n\n"),
        text.replace(" ", "\u00a0"),
        text.replace("“", '"').replace("”", '"'),
        text.replace(" ", " \u200b"),
        text.upper(),
    ]
    for copy in same:
        assert content(copy) == content(text)


def test_spacing_of_korean_changes_nothing() -> None:
    assert content(KOREAN.replace(" ", "")) == content(KOREAN)
    assert content(KOREAN.replace("최고경영자는", "최고 경영자는")) == content(KOREAN)
    assert content(KOREAN.replace("만에", "‘만에’")) == content(KOREAN)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1.5% 올랐다", "15% 올랐다"),
        ("-3도까지 떨어진다", "3도까지 떨어진다"),
        ("−3도까지", "3도까지"),
        ("15%를", "15를"),
        ("△3억원", "3억원"),
        ("um 1,5 Prozent", "um 15 Prozent"),
        ("won 2:1 at home", "won 21 at home"),
        ("½ of it", "12 of it"),
        ("हिन्दी की", "हिन्द क"),
        ("कि", "की"),
        ("ที่นี่", "ทีนี"),
        ("1.5", "1:5"),
    ],
)
def test_what_is_said_differently_differs(one: str, other: str) -> None:
    assert content_letters(one) != content_letters(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1,000 people", "1000 people"),
        ("-3도", "−3도"),
        ("1. 5%", "1.5 %"),
        ("ＡＩ 반도체", "ai반도체"),
        ("2024년, 3월", "2024년 3월"),
        ("1, 2위를 기록했다", "1,2위를 기록했다"),
        ("ends in 2024. 5 people", "ends in 2024.\n5 people"),
        ("1\ufe0f\u20e3 first", "1 first"),
    ],
)
def test_what_is_said_alike_is_equal(one: str, other: str) -> None:
    assert content_letters(one) == content_letters(other)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("(서울=연합소식) 홍길동 기자 = ", ""),
        ("[하루뉴스] 이몽룡 기자 ", ""),
        ("부산=성춘향 특파원 chun@paper.example.kr\n", ""),
        ("[사진=하루뉴스] ", ""),
        ("", "\n홍길동 기자 gildong@paper.example.kr"),
        ("", "\nⓒ 하루통신. 무단전재-재배포 금지"),
        ("", "\n저작권자 © 하루신문, 무단 전재 및 재배포 금지"),
        ("", "\n[하루뉴스 이몽룡 기자]"),
        ("무단 전재 및 재배포 금지 ", "\n제보는 카카오톡 haru"),
        ("(서울=연합소식) 홍길동 기자 = ", "\n홍길동 기자\n무단전재 및 재배포 금지"),
        ("", "\n 많이 본 뉴스 1 올겨울 첫 한파 특보 2 주말 고속도로 정체 3 국민 간식 가격 4 지하철 고장 댓글 0"),
    ],
)
def test_korean_furniture_is_not_part_of_the_text(before: str, after: str) -> None:
    assert content(before + KOREAN + after) == content(KOREAN)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("LONDON (AB) — ", ""),
        ("(Northwire) - ", ""),
        ("By MARY MAJOR, Southern Press ", ""),
        ("By Staff Writer ", ""),
        ("Follow us and subscribe to our newsletter. ", ""),
        ("© 2025 Southern Press. All rights reserved. This material may not be published or redistributed. ", ""),
        ("", "\n© 2025 Southern Press. All rights reserved."),
        ("", "\nFollow us and subscribe to our newsletter."),
        ("", "\nReporting by Mary Major; editing by John Minor"),
        ("", "\n Most read 1 How a village became quiet 2 The five phones to buy 3 What to know 4 Ten rules"),
    ],
)
def test_english_furniture_is_not_part_of_the_text(before: str, after: str) -> None:
    assert content(before + ENGLISH + after) == content(ENGLISH)


def test_text_in_the_middle_is_never_taken_off() -> None:
    for line in ["홍길동 기자 = ", "무단 전재 및 재배포 금지", "By Staff Writer", "[사진=하루뉴스]"]:
        assert content(f"{KOREAN}\n{line}\n{KOREAN}") != content(f"{KOREAN}\n{KOREAN}")


def test_version_digest_changes_with_any_word_and_with_the_headline() -> None:
    assert digest(KOREAN) == digest(KOREAN.replace("\n", " \n ")) == digest(unicodedata.normalize("NFD", KOREAN))
    assert digest(KOREAN) != digest(KOREAN.replace("결정적인", "중대한"))
    assert digest(KOREAN) != digest(KOREAN + "\n홍길동 기자")
    assert digest(KOREAN, "하나") != digest(KOREAN, "둘")
    assert digest("b", "a") != digest("a b") != digest("", "a b")


def test_short_texts_are_not_shared() -> None:
    short = fingerprint(None, "가" * (LEAST_SHAREABLE - 1))
    long = fingerprint(None, "가" * LEAST_SHAREABLE)
    assert (short.letters, short.shareable) == (LEAST_SHAREABLE - 1, False)
    assert (long.letters, long.shareable) == (LEAST_SHAREABLE, True)
    assert long.version == FINGERPRINT_VERSION
    assert not fingerprint(None, "").shareable
    assert not fingerprint(None, "-1.5% " * 20).shareable


@given(st.text())
def test_any_text_has_a_stable_fingerprint(text: str) -> None:
    one = fingerprint(None, text)
    assert len(one.content_hash) == len(one.version_digest) == 64
    assert fingerprint(None, unicodedata.normalize("NFD", text)).content_hash == one.content_hash
    assert one.letters >= 0


def test_hostile_texts_take_linear_time() -> None:
    started = time.process_time()
    hostile = [
        "a@" * 50_000,
        "a" * 200_000 + "@",
        "(" * 100_000,
        "무단 " * 50_000,
        "most read 1 2 " * 10_000,
        "[" * 99_999,
        "by a" * 50_000,
    ]
    for text in hostile:
        fingerprint(None, text)
    assert time.process_time() - started < 4


@given(st.lists(st.text("가나ab1%,.-'’ ", max_size=6), min_size=1, max_size=12), st.data())
def test_one_blank_is_as_good_as_another(words: list[str], data: st.DataObject) -> None:
    blanks = st.text(" \n\t\r\x0b\x1c\x85\xa0\u2003\u2028\u3000", min_size=1, max_size=3)
    spaced = "".join(word + data.draw(blanks) for word in words)
    plain = " ".join(" ".join(words).split())
    assert fingerprint(None, spaced).version_digest == fingerprint(None, plain).version_digest


def folded(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def test_every_letter_is_folded_as_unicode_has_it() -> None:
    surrogates = range(0xD800, 0xE000)
    wrong = [at for at in range(0x110000) if at not in surrogates and caseless(chr(at)) != folded(chr(at))]
    assert wrong == []


@given(
    st.text(alphabet=st.one_of(st.sampled_from("aAeéÉßİ가각각がガ…\xa0—\u0301\u0327ﬁ①"), st.characters(codec="utf-8")))
)
def test_letters_are_folded_alike_whatever_stands_beside_them(text: str) -> None:
    assert caseless(text) == folded(text)


def test_marks_are_kept_wherever_letters_of_other_scripts_stand() -> None:
    assert content_letters("हिन्दी में 가나다 ab, ภาษาไทยนี้!") == "हिन्दीमें가나다abภาษาไทยนี้"
