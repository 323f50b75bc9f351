from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.dedup.revision import PAGE_SHARE, Change, Held, Met, decide
from crawler.items import Basis

PAGE, LISTING, AGAIN = Basis.PAGE, Basis.LISTING, Basis.REEXTRACTION


def held(basis=PAGE, letters=1000, truncated=False, digest="a", served="a", earlier=("a",)):
    return Held(basis=basis, letters=letters, truncated=truncated, digest=digest, served=served, earlier=earlier)


def provisional(letters=800, truncated=True):
    return held(LISTING, letters, truncated, "l", None, ("l",))


def met(basis=PAGE, letters=1000, truncated=False, digest="b"):
    return Met(basis=basis, letters=letters, truncated=truncated, digest=digest)


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        (held(), met(digest="a"), Change.SAME),
        (held(), met(), Change.VERSION),
        (held(), met(letters=5), Change.VERSION),
        (held(), met(letters=0), Change.SAME),
        (held(letters=0), met(), Change.VERSION),
        (held(digest="b", earlier=("a", "b")), met(digest="a"), Change.RESTORE),
        (held(), met(AGAIN), Change.REWORK),
        (held(), met(AGAIN, digest="a"), Change.SAME),
        (held(), met(LISTING, letters=5000), Change.SAME),
        # Of an article over several pages some could not be read, then or now.
        (held(), met(letters=400, truncated=True), Change.SAME),
        (held(), met(letters=1000, truncated=True), Change.VERSION),
        (held(), met(AGAIN, letters=400, truncated=True), Change.SAME),
        (held(letters=400, truncated=True), met(letters=1000), Change.COMPLETE),
        (held(letters=400, truncated=True), met(letters=700, truncated=True), Change.COMPLETE),
        (held(letters=700, truncated=True), met(letters=400, truncated=True), Change.SAME),
        (held(letters=400, truncated=True), met(letters=390), Change.VERSION),
        (held(letters=400, truncated=True, digest="b", earlier=("a", "b")), met(digest="a"), Change.RESTORE),
        (provisional(), met(), Change.COMPLETE),
        (provisional(), met(letters=790), Change.COMPLETE),
        (provisional(), met(letters=100), Change.SETTLE),
        (provisional(), met(AGAIN), Change.COMPLETE),
        (provisional(), met(LISTING, 900, True), Change.EXTEND),
        (provisional(), met(LISTING, 700, True), Change.SAME),
        (provisional(), met(LISTING, 700, False), Change.SAME),
        (provisional(), met(LISTING, 800, False), Change.EXTEND),
        (provisional(), met(LISTING, 800, True), Change.SAME),
        # A page was read that shows less than the listing: its own digest counts from then on.
        (held(LISTING, 800, True, "l", "p", ("l",)), met(letters=100, digest="p"), Change.SAME),
        (held(LISTING, 800, True, "l", "p", ("l",)), met(letters=120, digest="q"), Change.SETTLE),
        (held(LISTING, 800, True, "l", "p", ("l",)), met(letters=900, digest="q"), Change.COMPLETE),
        (held(LISTING, 800, True, "l", "p", ("l",)), met(LISTING, 900), Change.SAME),
    ],
)
def test_decides(old: Held, new: Met, change: Change) -> None:
    assert decide(old, new) is change


texts = st.builds(
    lambda letters, truncated, kind: met(LISTING, letters, truncated, f"{letters}{kind}"),
    st.integers(0, 50),
    st.booleans(),
    st.sampled_from("ab"),
)


@given(st.lists(texts, min_size=1, max_size=8))
def test_listings_settle_on_the_longest_text_in_any_order(seen: list[Met]) -> None:
    """However often the same listings are read, the second round changes nothing."""
    first = seen[0]
    shown = Held(basis=LISTING, letters=first.letters, truncated=first.truncated, digest=first.digest, served=None)
    for one in seen:
        if decide(shown, one) is Change.EXTEND:
            shown = Held(basis=LISTING, letters=one.letters, truncated=one.truncated, digest=one.digest, served=None)
    assert all(decide(shown, one) is Change.SAME for one in seen)


@given(st.integers(1, 10_000), st.integers(0, 10_000))
def test_the_longer_of_listing_and_page_is_shown(listing: int, page: int) -> None:
    change = decide(provisional(listing), met(letters=page))
    assert (change is Change.COMPLETE) == (page > 0 and page >= listing * PAGE_SHARE)
