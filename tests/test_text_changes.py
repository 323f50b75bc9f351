"""What one text changed of another."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.text.changes import changes


def shown(old: str, new: str) -> str:
    marks = {"same": "{}", "gone": "[{}]", "came": "<{}>"}
    return "".join(marks[verb].format(text) for verb, text in changes(old, new))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("저커버그가 말했다", "저커버그는 말했다", "[저커버그가]<저커버그는> 말했다"),
        ("물가는 1.5% 올랐다", "물가는 15% 올랐다", "물가는 [1.5]<15>% 올랐다"),
        ("at 9:30 and 1,500 men", "at 9:35 and 1,500 men", "at [9:30]<9:35> and 1,500 men"),
        ("don’t go", "won’t go", "[don’t]<won’t> go"),
        ("東京都は計画を発表した", "東京都は新計画を発表した", "東京都は<新>計画を発表した"),
        ("รัฐบาลไทย", "รัฐบาลใหม่", "รัฐบาล[ไทย]<ใหม่>"),
        ("सरकार कहती है", "सरकार कहता है", "सरकार [कहती]<कहता> है"),
        ("one two three", "one deux trois", "one [two three]<deux trois>"),
        ("a\nb c\nd", "a\nb x\nd", "a\nb [c]<x>\nd"),
        ("가 나", "가 나 다", "가 나< 다>"),
        ("", "새 글", "<새 글>"),
        ("a 😀 b", "a 😁 b", "a [😀]<😁> b"),
    ],
)
def test_words_that_changed(old: str, new: str, expected: str) -> None:
    assert shown(old, new) == expected


TEXTS = st.lists(st.sampled_from(["하나", "둘", " ", " ", "\n", "1.5", ",", "b", "東京", "\r", "ไ"]), max_size=30).map(
    "".join
)


@given(TEXTS | st.text(max_size=40), TEXTS | st.text(max_size=40))
def test_both_texts_are_given_back(old: str, new: str) -> None:
    pieces = changes(old, new)
    assert "".join(text for verb, text in pieces if verb != "came") == old
    assert "".join(text for verb, text in pieces if verb != "gone") == new
    assert all(text for _, text in pieces)
    assert all(first[0] != second[0] for first, second in pairwise(pieces))
    assert (old == new) is all(verb == "same" for verb, _ in pieces)


def test_a_long_text_that_changed_all_over_is_told_in_time() -> None:
    old = " ".join(f"word{n % 700}" for n in range(200_000))
    began = time.process_time()
    pieces = changes(old, old.replace("word1", "wort1"))
    assert time.process_time() - began < 5
    assert pieces[0][0] == "same"
    assert len(pieces) <= 4
