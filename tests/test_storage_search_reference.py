"""Whatever is asked, a search finds what reading every text by plain rules finds, in portions so small that each way of
looking for candidates is taken; and what it says of how much there is, is true.
"""

from __future__ import annotations

import random
import re
from datetime import timedelta

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from storage_records import NOON, record

from crawler.items import ArticleFilter, ArticleRecord
from storage import Store, open_store

SYLLABLES = "가나다라"
LATIN = ("ab", "abc", "b", "cab", "a.b")
DAYS = 12
Tree = tuple[str, ...] | tuple[str, "Tree", "Tree"]


def articles() -> list[tuple[ArticleRecord, str]]:
    dice = random.Random(11)

    def word() -> str:
        return dice.choice(LATIN) if dice.random() < 0.3 else "".join(dice.choices(SYLLABLES, k=dice.randint(1, 5)))

    return [
        (
            record(
                f"https://{dice.choice(('x', 'y'))}.example.com/{n}",
                title=" ".join(word() for _ in range(2)) if n % 4 else None,
                text=f"{n}00. " + " ".join(word() for _ in range(dice.randint(2, 9))),
                language=dice.choice(["ko", "en"]),
                published=NOON - timedelta(days=dice.uniform(0, DAYS)),
            ),
            dice.choice(["daily", "daily", "wire"]),
        )
        for n in range(70)
    ]


# -- the plain rules


def holds(word: str, places: list[str]) -> bool:
    begun, bare = word.endswith("*"), word.rstrip("*")
    if bare[0] not in SYLLABLES:
        row = re.escape(bare).replace(r"\.", r"\W+")
        return any(re.search(rf"(?<![a-z\d]){row}" + ("" if begun else r"(?![a-z\d])"), text) for text in places)
    end = len(bare) - len(bare) % 2
    pairs = {bare[at : at + 2] for at in range(0, end, 2)} if len(bare) > 3 else set()
    pairs |= {bare[at : at + 2] for at in range(len(bare) - 1)} if len(bare) < 4 else {bare[-2:]}
    spaced = ("(?<![가-힣])" if begun else "") + r"[^\w\n]{0,2}".join(bare)
    alone = len(bare) > 1 or begun or any(re.search(rf"(?<![가-힣]){bare}(?![가-힣])", text) for text in places)
    return (
        alone
        and all(any(pair in text for text in places) for pair in pairs)
        and any(re.search(spaced, text) for text in places)
    )


def true(tree: Tree, one: ArticleRecord, source: str) -> bool:
    article = one.article
    match tree:
        case ("and", left, right):
            return true(left, one, source) and true(right, one, source)
        case ("or", left, right):
            return true(left, one, source) or true(right, one, source)
        case ("not", left, right):
            return true(left, one, source) and not true(right, one, source)
        case ("word", word):
            return holds(word, [text for text in (article.title, article.text) if text])
        case ("site", host):
            return f"//{host}." in one.url
        case ("lang", lang):
            return article.language == lang
        case ("source", name):
            return source == name
        case (("before" | "after") as which, day):
            at = NOON.replace(hour=0) - timedelta(days=int(day))
            assert article.published is not None
            return (article.published.utc < at) is (which == "before")
    raise AssertionError(tree)


def typed(tree: Tree) -> str:
    match tree:
        case ("and", left, right):
            return f"({typed(left)} {typed(right)})"
        case ("or", left, right):
            return f"({typed(left)} OR {typed(right)})"
        case ("not", left, right):
            return f"({typed(left)} NOT {typed(right)})"
        case ("word", word):
            return word
        case ("site", host):
            return f"site:{host}.example.com"
        case (("before" | "after") as which, day):
            return f"{which}:{NOON.replace(hour=0) - timedelta(days=int(day)):%Y-%m-%d}"
        case (key, value):
            return f"{key}:{value}"
    raise AssertionError(tree)


hangul = st.text(SYLLABLES, min_size=1, max_size=6)
words = st.one_of(hangul, hangul.map(lambda word: f"{word}*"), st.sampled_from((*LATIN, "ab*", "ca*", "zz*")))
conditions = st.one_of(
    st.sampled_from((("site", "x"), ("site", "y"), ("lang", "ko"), ("source", "daily"), ("source", "wire"))),
    st.tuples(st.sampled_from(("before", "after")), st.integers(0, DAYS).map(str)),
)
trees = st.recursive(
    st.one_of(words.map(lambda word: ("word", word)), conditions),
    lambda inner: st.tuples(st.sampled_from(("and", "and", "or", "not")), inner, inner),
    max_leaves=5,
)


@pytest.fixture
def small_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    bounds = {"MOST": 6, "LOOKED_AT": 12, "FEW": 5, "HELD": 9, "SAMPLE": 3, "SPREAD": 30, "PROBED": 4, "IN_SIZE": 3}
    for name, bound in {**bounds, "WINDOW": 7}.items():
        monkeypatch.setattr(f"storage.candidates.{name}", bound)
    monkeypatch.setattr("storage.search.RANKED", 4)
    monkeypatch.setattr("storage.parts.WIDTH", 16)
    monkeypatch.setattr("storage.parts.SPARSE", 3)


@pytest.mark.usefixtures("small_bounds")
def test_finds_what_reading_everything_finds(sqlite_url: str, postgres_url: str) -> None:
    stored = articles()

    @settings(max_examples=30, deadline=None, phases=(Phase.explicit, Phase.generate))
    @example(tree=("or", ("source", "daily"), ("site", "x")), limit=100)
    @example(tree=("or", ("and", ("word", "나나*"), ("word", "가*")), ("word", "라나가나")), limit=100)
    @given(tree=trees, limit=st.sampled_from((1, 3, 100)))
    def check(tree: Tree, limit: int) -> None:
        asked = typed(tree)
        meant = {one.id for one, source in stored if true(tree, one, source)}
        answers = [store.search.answer(asked, limit=limit) for store in stores]
        told = [([(hit.row.id, hit.score) for hit in one.hits], one.found, one.more, one.looked_at) for one in answers]
        assert told[0] == told[1]
        hits = [hit.row.id for hit in answers[0].hits]
        assert len(set(hits)) == len(hits) == min(limit, len(meant))
        assert meant.issuperset(hits)
        assert len(hits) <= answers[0].found <= len(meant)
        assert answers[0].more or answers[0].found == len(meant)
        for store in stores:
            rows = [row.id for row in store.articles.rows(ArticleFilter(words=asked), batch=9)]
            assert len(rows) == len(meant)
            assert set(rows) == meant

    with (
        open_store(sqlite_url, now=lambda: NOON) as small,
        open_store(postgres_url, now=lambda: NOON) as large,
    ):
        stores: tuple[Store, ...] = (small, large)
        for store in stores:
            for one, source in stored:
                store.articles.save([one], source)
        check()
