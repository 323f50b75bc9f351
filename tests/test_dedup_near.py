import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from dedup_texts import ENGLISH, JAPANESE, KOREAN, OTHERS, TEXTS, market, weather
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.dedup.fingerprint import content_letters
from crawler.dedup.near import MOST_LETTERS, MOST_POSTED, Agreement, Shingled, compare, shingle, sketch, standing


def of(text: str) -> Shingled:
    return shingle(content_letters(text))


def agreement(one: str, other: str) -> Agreement | None:
    return compare(of(one), of(other))


def copies(one: str, other: str) -> bool:
    met = agreement(one, other)
    return met is not None and met.copy


@pytest.mark.parametrize("lang", TEXTS)
def test_cut_led_and_shortened_copies_are_copies(lang: str) -> None:
    text = TEXTS[lang]
    half = text[: len(text) // 2]
    assert copies(text, half)
    assert copies(text, text[len(text) // 5 :])
    assert copies(f"{TEXTS['en' if lang != 'en' else 'ko'][:40]}. {text}", text)


@pytest.mark.parametrize("lang", TEXTS)
def test_other_texts_of_the_same_language_are_none(lang: str) -> None:
    assert not copies(TEXTS[lang], OTHERS[lang])


def test_a_corrected_number_leaves_a_copy() -> None:
    assert copies(KOREAN, KOREAN.replace("420억원", "402억원"))
    assert copies(ENGLISH, ENGLISH.replace("18.4 million", "14.8 million").replace("31 May", "30 May"))
    met = agreement(KOREAN, KOREAN.replace("420억원", "402억원"))
    assert met is not None
    assert (met.equal, met.other) == (1, 1)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (weather("서울", "-3", "7", "20", "31"), weather("서울", "3", "11", "60", "45")),
        (weather("부산", "2", "12", "30", "28"), weather("대구", "-1", "9", "10", "52")),
        (market("2,841.5", "1.5", "9,120", "151.2", "71.40"), market("2,790.2", "15", "8,877", "150.9", "69.85")),
    ],
)
def test_reports_of_one_template_are_none(one: str, other: str) -> None:
    met = agreement(one, other)
    assert met is not None
    assert met.contained > 0.8
    assert not met.copy
    assert copies(one, one[: len(one) * 2 // 3])


@pytest.mark.parametrize(("one", "other"), [("1.5", "15"), ("-3", "3"), ("3%", "3"), ("2:1", "21"), ("△3", "3")])
def test_numbers_are_told_apart_with_signs_and_points(one: str, other: str) -> None:
    met = agreement(f"{KOREAN} 결과는 {one} 정도로 나왔다고 한다.", f"{KOREAN} 결과는 {other} 정도로 나왔다고 한다.")
    assert met is not None
    assert met.other == 1


SENTENCES = {
    "ko": (
        "{}㎝의 눈이 강원 산간에 쌓였다",
        "{}개 항공편이 결항해 승객들이 발길을 돌렸다",
        "{}도까지 서울의 아침 기온이 떨어졌다",
        "{}건의 구조 신고를 소방 당국이 접수했다",
        "{}명의 주민이 마을회관으로 몸을 피했다",
        "{}m를 기록한 한강 수위는 통제 기준을 넘지 않았다",
        "{}곳의 농가에서 비닐하우스가 무너졌다",
        "{}만㎾의 전력 수요는 올겨울 들어 가장 많았다",
        "{}곳에서 도로의 통행이 막혔다",
        "{}㎜가 밤사이 더 내린다고 기상청은 내다봤다",
    ),
    "en": (
        "{} centimetres of snow lay in the hills",
        "{} flights were cancelled before noon",
        "{} degrees were measured in the capital",
        "{} calls for help were answered by fire crews",
        "{} people of the villages spent the night in halls",
        "{} metres was the height of the river at noon, below the mark",
        "{} farms lost their greenhouses",
        "{} megawatts of power were asked for, the most of this winter",
        "{} roads are closed to all traffic",
        "{} millimetres more may fall overnight, the forecasters say",
    ),
}


def told(lang: str, order: int, numbers: int) -> str:
    dice = random.Random(numbers)
    sentences = [sentence.format(dice.randint(10, 999)) for sentence in SENTENCES[lang]]
    random.Random(order).shuffle(sentences)
    return ". ".join(sentences) + "."


@pytest.mark.parametrize("lang", SENTENCES)
def test_a_template_in_another_order_is_a_copy_only_with_its_numbers(lang: str) -> None:
    for order in range(1, 6):
        assert copies(told(lang, 0, 0), told(lang, order, 0))
        assert not copies(told(lang, 0, 0), told(lang, order, order))


def test_a_release_with_another_firm_in_it_is_none() -> None:
    told = (
        "{0}이 새 물류 센터를 연다. {0}은 내년 봄부터 이곳에서 신선 식품을 다루겠다고 "
        "밝혔다. {0}의 대표는 “{1} 주민과 함께 크는 회사가 "
        "되겠다”고 말했다. 센터는 {1} 나들목 가까이에 들어서며 {1} 시청은 진입 도로를 넓힌다."
    )
    one, other = told.format("한결유통", "광주"), told.format("새롬물산", "포항")
    met = agreement(one, other)
    assert met is not None
    assert met.renamed >= 3
    assert not met.copy
    assert copies(one, f"유통가 소식이다. {one}")


def test_long_passages_of_their_own_outweigh_a_shared_tail() -> None:
    tail = ENGLISH.replace("harbour", "newsroom")
    brief = (
        "A ferry with eighty passengers ran aground near the northern pier early on Monday and was towed free by noon. "
    )
    other = (
        "Two bakers from the old town have won the national prize for rye bread, judged blind by forty of their peers. "
    )
    assert not copies(f"{brief * 2}{tail}", f"{other * 2}{tail}")


def test_a_round_up_is_a_copy_of_none_of_its_parts() -> None:
    rng = random.Random(1)
    parts = [
        " ".join("".join(rng.choice("가나다라마바사아자차카타파하거너더러머버") for _ in range(3)) for _ in range(60))
        for _ in range(16)
    ]
    assert not copies(" ".join(parts), parts[5])


def test_standing_passages_are_left_out() -> None:
    notice = (
        "이 기사는 공공 누리 제1유형에 따라 출처를 밝히면 누구나 쓸 수 있으며 문의는 편집국 독자 담당에게 하면 된다. "
        * 3
    )
    one, other = of(f"{KOREAN[:90]} {notice}"), of(f"{JAPANESE[:60]} {notice}")
    assert (met := compare(one, other)) is not None
    assert met.contained > 0.5
    asked = sketch(one).asked
    common = set(asked) & set(sketch(of(notice)).asked)
    flags = standing(one, asked, common)
    assert flags is not None
    assert not (met := compare(one, other, flags)) or not met.copy
    assert standing(one, asked, ()) is None


def test_a_sketch_is_small_and_nested() -> None:
    rng = random.Random(3)
    letters = "".join(chr(0xAC00 + rng.randrange(11_000)) for _ in range(30_000))
    for size in (0, 5, 20, 100, 1_000, 8_000, 30_000):
        drawn = sketch(shingle(letters[:size]))
        assert len(drawn.posted) <= 1.3 * MOST_POSTED
        assert set(drawn.posted) <= set(drawn.asked)
        assert bool(drawn.posted) == (size >= 20)
    assert len(shingle(letters)) <= MOST_LETTERS


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(1_200, 3_000), st.floats(0.2, 0.8))
def test_a_fifth_of_a_text_shares_hashes_with_it(seed: int, size: int, start: float) -> None:
    rng = random.Random(seed)
    whole = "".join(chr(0xAC00 + rng.randrange(11_000)) for _ in range(size))
    part = whole[int(start * size) :][: size // 5]
    large, small = sketch(shingle(whole)), sketch(shingle(part))
    assert set(small.asked) & set(large.posted)
    assert set(large.asked) & set(small.posted)


TEXT = st.text(alphabet="가나다 abc1234.%-\n라마한국は漢กำ", max_size=400)


@settings(max_examples=150, deadline=None)
@given(TEXT, TEXT)
def test_comparing_is_symmetric(one: str, other: str) -> None:
    here, there = agreement(one, other), agreement(other, one)
    assert (here is None) == (there is None)
    if here is not None and there is not None:
        assert (here.of_first, here.of_second) == (there.of_second, there.of_first)
        assert (here.compared, here.own, here.equal, here.other, here.renamed, here.copy) == (
            there.compared,
            there.own,
            there.equal,
            there.other,
            there.renamed,
            there.copy,
        )


@settings(max_examples=100, deadline=None)
@given(TEXT)
def test_a_text_is_all_contained_in_itself(text: str) -> None:
    met = agreement(text, text)
    assert met is None or (met.contained == 1 and met.own == 0 and met.other == 0)


def test_a_sketch_does_not_depend_on_the_hash_seed() -> None:
    program = (
        "import sys; from crawler.dedup.near import shingle, sketch;"
        "from crawler.dedup.fingerprint import content_letters;"
        "print(sketch(shingle(content_letters(sys.argv[1]))))"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", program, KOREAN],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[1],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4242")
    }
    assert len(told) == 1
    assert "posted=(" in told.pop()
