import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from dedup_texts import ENGLISH, HINDI, JAPANESE, KOREAN, TEMPLATES, THAI, market, sentences, weather
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.dedup.cluster import MOST_LISTED, MOST_STORIES, Stories
from crawler.dedup.fingerprint import content_letters

DAY = 86_400


class Shelf:
    """Articles as they come, an hour apart unless said otherwise."""

    def __init__(self, window: float = 30 * DAY) -> None:
        self.letters: list[str] = []
        self.stories = Stories(self.letters.__getitem__, window)

    def add(self, text: str, at: float | None = None) -> int:
        self.letters.append(content_letters(text))
        self.stories.add(self.letters[-1], len(self.letters) * 3600.0 if at is None else at)
        return len(self.letters) - 1

    def clusters(self) -> list[int]:
        return [self.stories.story(number) for number in range(len(self.letters))]


def clusters(texts: list[str]) -> list[int]:
    shelf = Shelf()
    for text in texts:
        shelf.add(text)
    return shelf.clusters()


def test_copies_in_five_languages_join_their_originals_and_nothing_else() -> None:
    texts = [KOREAN, ENGLISH, JAPANESE, HINDI, THAI]
    excerpts = [text[: len(text) * 3 // 5] for text in texts]
    later = [f"{texts[(at + 1) % 5][:20]} … {text}" for at, text in enumerate(texts)]
    assert clusters(texts + excerpts + later) == [0, 1, 2, 3, 4] * 3


def test_a_translation_is_a_story_of_its_own() -> None:
    english = (
        "The land ministry will turn old railway stations in small towns into cultural spaces from next year.\n"
        "Nonsan, Jecheon and Gimcheon come first and will receive 42 billion won over three years."
    )
    assert clusters([KOREAN, english]) == [0, 1]


def test_daily_reports_of_one_template_stay_apart() -> None:
    rng = random.Random(2)
    draw = lambda low, high: str(rng.randint(low, high))  # noqa: E731
    reports = [weather("서울", draw(-9, 9), draw(10, 30), draw(0, 90), draw(10, 99)) for _ in range(30)]
    reports += [
        market(draw(1000, 9999), draw(1, 99), draw(100, 9999), draw(100, 200), draw(40, 120)) for _ in range(30)
    ]
    assert clusters(reports) == list(range(60))


@pytest.mark.parametrize("report", TEMPLATES)
def test_reports_that_differ_in_names_and_few_numbers_stay_apart(report: Callable[[random.Random], str]) -> None:
    rng = random.Random(6)
    texts = [report(rng) for _ in range(60)]
    joined = sum(count * (count - 1) // 2 for count in Counter(clusters(texts)).values())
    assert joined <= 0.01 * (60 * 59 // 2)
    told = [f"{texts[at]} 한빛통신이 전했다." if at % 2 else texts[at][: len(texts[at]) * 4 // 5] for at in range(10)]
    found = clusters(texts[:20] + told)
    assert found[20:] == found[:10]


def test_a_copy_of_one_report_among_many_of_its_template_finds_it() -> None:
    rng = random.Random(4)
    draw = lambda low, high: str(rng.randint(low, high))  # noqa: E731
    reports = [weather("서울", draw(-9, 9), draw(10, 30), draw(0, 90), draw(10, 99)) for _ in range(3 * MOST_STORIES)]
    last = len(reports) - 1
    assert clusters([*reports, f"오늘 날씨를 전한다. {reports[last]}"])[-1] == last


def test_yesterdays_edition_of_a_column_stays_apart() -> None:
    rng = random.Random(5)
    opening = "아침마다 한 가지 살림 이야기를 들려 드리는 꼭지입니다. 보내 주신 사연 가운데 한 편을 골라 싣습니다. "
    ending = " 사연은 편집국으로 보내 주십시오. 뽑힌 분께는 작은 선물을 드립니다. 내일 아침에 다시 찾아오겠습니다."
    editions = [f"{opening}{sentences(rng, 6)}{ending}" for _ in range(20)]
    assert clusters(editions) == list(range(20))


def test_an_original_that_arrives_late_joins_its_excerpts() -> None:
    rng = random.Random(6)
    whole = sentences(rng, 40)
    first, second = whole[: len(whole) * 45 // 100], whole[len(whole) * 55 // 100 :]
    other = sentences(rng, 20)
    assert clusters([first, other, second]) == [0, 1, 2]
    assert clusters([first, other, second, whole]) == [0, 1, 0, 0]
    assert clusters([second, other, first, whole, whole[100:]]) == [0, 1, 0, 0, 0]


def test_a_short_text_that_two_articles_quote_joins_none_to_the_other() -> None:
    rng = random.Random(7)
    statement = sentences(rng, 5)
    one, other = f"{sentences(rng, 12)} {statement}", f"{statement} {sentences(rng, 14)}"
    told = clusters([one, other, statement])
    assert told[:2] == [0, 1]
    assert told[2] in (0, 1)


def test_a_round_up_joins_no_stories() -> None:
    rng = random.Random(8)
    parts = [sentences(rng, 8) for _ in range(6)]
    told = clusters([*parts, " ".join(parts)])
    assert told[:6] == list(range(6))


def test_articles_outside_the_window_stay_apart() -> None:
    for days, story in ((29, 0), (31, 1)):
        shelf = Shelf()
        shelf.add(KOREAN, 0.0)
        shelf.add(KOREAN[:200], days * DAY)
        assert shelf.clusters() == [0, story]


def test_hundreds_of_copies_of_one_report_are_one_story() -> None:
    rng = random.Random(9)
    whole = sentences(rng, 20)
    told = clusters([whole] + [f"{sentences(rng, 1)} {whole[rng.randrange(200) :]}" for _ in range(300)])
    assert told[: MOST_LISTED // 2] == [0] * (MOST_LISTED // 2)
    assert clusters([whole] + [whole[: len(whole) - 9 * at] for at in range(1, 60)]) == [0] * 60


@pytest.mark.parametrize("first", ["tail", "head"])
@pytest.mark.parametrize(("brief", "most"), [(1, 2.5 * MOST_LISTED), (3, 2.5 * MOST_LISTED), (5, 3), (8, 1)])
@pytest.mark.parametrize("backwards", [False, True])
def test_a_page_tail_chains_no_thousand_briefs(first: str, brief: int, most: float, backwards: bool) -> None:
    rng = random.Random(10)
    furniture = sentences(rng, 15)
    briefs = [sentences(rng, brief) for _ in range(2_000 if brief == 8 and first == "tail" else 300)]
    texts = [f"{one} {furniture}" if first == "tail" else f"{furniture} {one}" for one in briefs]
    told = clusters(texts[::-1] if backwards else texts)
    assert Counter(told).most_common(1)[0][1] <= most


def test_copies_are_found_beneath_a_tail_that_thousands_share() -> None:
    rng = random.Random(11)
    furniture = sentences(rng, 15)
    texts = [f"{sentences(rng, 6)} {furniture}" for _ in range(200)]
    told = clusters([*texts, texts[150].split(".")[0] + ". " + ".".join(texts[150].split(".")[1:5]), texts[20]])
    assert told[:200] == list(range(200))
    assert told[200:] == [150, 20]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 6), st.integers(1, 5))
def test_the_order_of_edits_changes_no_partition(seed: int, originals: int, edits: int) -> None:
    rng = random.Random(seed)
    texts: list[tuple[int, str]] = []
    for number in range(originals):
        whole = sentences(rng, 12)
        texts.append((number, whole))
        texts += [(number, whole[rng.randrange(60) : len(whole) - rng.randrange(120)]) for _ in range(edits)]
    rng.shuffle(texts)
    told = clusters([text for _, text in texts])
    by_original: dict[int, set[int]] = {}
    for (number, _), story in zip(texts, told, strict=True):
        by_original.setdefault(number, set()).add(story)
    assert all(len(stories) == 1 for stories in by_original.values())
    assert len(set(told)) == originals
    assert all(story == min(at for at, one in enumerate(told) if one == story) for story in told)


def test_clusters_do_not_depend_on_the_hash_seed() -> None:
    program = (
        "import json, random; from test_dedup_cluster import *; rng = random.Random(12);"
        "whole = [sentences(rng, 12) for _ in range(30)];"
        "print(json.dumps(clusters(whole + [one[rng.randrange(300):] for one in whole] + whole[:5])))"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={
                **os.environ,
                "PYTHONHASHSEED": seed,
                "PYTHONPATH": f"{Path(__file__).parents[1]}:{Path(__file__).parent}",
            },
            cwd=Path(__file__).parents[1],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "7")
    }
    assert len(told) == 1
    assert json.loads(told.pop()) == [*range(30), *range(30), *range(5)]
