"""Lists of tokens and their documents are what going through the documents one by one gives, joined, parted, packed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import inverted_lists
from storage.inverted_lists import EMPTY, Lists

# Few letters and many lengths: tokens that begin alike, end with a word of eight bytes, or go on after it.
TOKENS = st.one_of(
    st.text("ab", min_size=1, max_size=30),
    st.text("aé한😀", min_size=1, max_size=8),
    st.sampled_from(["a" * 7, "a" * 8, "a" * 9, "a" * 16, "a" * 17, "b" * 400]),
)
DOCUMENTS = st.lists(st.lists(TOKENS, max_size=20), min_size=1, max_size=12)


def by_hand(documents: list[list[str]]) -> dict[str, list[int]]:
    held: dict[str, list[int]] = {}
    for number, tokens in enumerate(documents):
        for token in set(tokens):
            held.setdefault(token, []).append(number)
    return {token: held[token] for token in sorted(held)}


def read(lists: Lists) -> dict[str, list[int]]:
    ordinals, held = iter(lists.ordinals.tolist()), {}
    for place, count in enumerate(lists.counts.tolist()):
        held[lists.token(place).decode()] = [next(ordinals) for _ in range(count)]
    assert list(ordinals) == []
    assert lists.keys == "".join(f"{token}\n" for token in held).encode()
    return held


def turned(documents: list[list[str]]) -> Lists:
    return inverted_lists.turned([" ".join(tokens) for tokens in documents])


@given(DOCUMENTS)
def test_lists_of_documents(documents: list[list[str]]) -> None:
    expected = by_hand(documents)
    assert read(turned(documents)) == expected
    assert list(read(turned(documents))) == list(expected), "in the order of code points"


@given(st.lists(DOCUMENTS, min_size=1, max_size=4))
def test_joined_lists_are_those_of_all_documents(parts: list[list[list[str]]]) -> None:
    joined = inverted_lists.joined([*map(turned, parts)], [*map(len, parts)])
    assert read(joined) == by_hand([tokens for part in parts for tokens in part])


@given(DOCUMENTS, TOKENS, st.none() | TOKENS)
def test_a_stretch_of_tokens(documents: list[list[str]], low: str, high: str | None) -> None:
    within = {
        token: held
        for token, held in by_hand(documents).items()
        if low.encode() <= token.encode() and (high is None or token.encode() < high.encode())
    }
    assert read(turned(documents).between(low.encode(), None if high is None else high.encode())) == within


@pytest.mark.parametrize("page", [1, 40, 2_900])
@given(documents=DOCUMENTS, far=st.integers(0, 3))
def test_pages_hold_what_they_were_made_of(page: int, documents: list[list[str]], far: int) -> None:
    # Between the documents others: gaps of more than a byte.
    spread = [tokens for one in documents for tokens in [one, *[[]] * (254 * far)]]
    lists = turned(spread)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inverted_lists, "PAGE", page)
        pages = list(inverted_lists.pages(lists))
    assert read(inverted_lists.of_pages(entries for _, entries in pages)) == read(lists)
    for token, held in by_hand(spread).items():
        (entries,) = [entries for first, entries in pages if first <= token][-1:]
        assert inverted_lists.holders(entries, token.encode(), begun=False).tolist() == held


def test_documents_without_tokens() -> None:
    assert inverted_lists.turned(["", "", ""]) is EMPTY
    assert inverted_lists.turned([""]) is EMPTY
    assert inverted_lists.joined([EMPTY, EMPTY], [3, 1]) is EMPTY
    assert list(inverted_lists.pages(EMPTY)) == []
    assert read(inverted_lists.turned(["", "a", ""])) == {"a": [1]}
