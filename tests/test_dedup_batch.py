"""A batch of texts is placed as if each were placed alone, by lists of all that stands under its hashes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.dedup.batch import Batch
from crawler.dedup.cluster import MOST_LISTED, place
from crawler.dedup.near import Shingled, shingle
from crawler.dedup.runs import Numbers, Run, distinct
from crawler.items import Sketch

TEXT = shingle("a text of which nothing is compared here but itself")
NEW = 1_000
"""The first document of a batch."""


@dataclass
class Index:
    """Texts that are gone, so that nobody joins anybody; which of them were to be compared."""

    story_of: dict[int, int]
    wanted: list[int] = field(default_factory=list)

    def stories(self, documents: Iterable[int]) -> dict[int, int]:
        return {one: self.story_of.get(one, one) for one in documents}

    def text(self, document: int) -> Shingled | None:
        self.wanted.append(document)
        return None


@st.composite
def shelves(draw: st.DrawFn) -> tuple[list[list[int]], list[float], list[int], list[list[int]], list[float], float]:
    """Hashes and times of what is posted, its stories, the same of a batch, and the window."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    common, many = draw(st.integers(1, 12)), draw(st.integers(0, 70))
    most = draw(st.sampled_from((12, 90)))
    window, span = draw(st.sampled_from((10.0, 40.0, 1e9))), draw(st.sampled_from((1.0, 30.0)))
    hashes = lambda: [  # noqa: E731 - some that many have, some that few have
        *rng.choice(common, rng.integers(0, common + 1), replace=False).tolist(),
        *(100 + rng.choice(200, rng.integers(0, most), replace=False)).tolist(),
    ]
    stories = draw(st.sampled_from((3, 7, 9, 1_000)))
    batch = draw(st.integers(1, 50))
    return (
        [hashes() for _ in range(many)],
        (20 * rng.random(many)).tolist(),
        rng.integers(0, stories, many).tolist(),
        [hashes() for _ in range(batch)],
        (20 + span * rng.random(batch)).tolist(),
        window,
    )


def listed_for(
    asked: Sequence[int], at: float, posted: Sequence[tuple[int, float, Sequence[int]]], window: float
) -> dict[int, list[int]]:
    """By hash who is posted under it within the window."""
    lists = {
        value: [one for one, when, values in posted if value in values and abs(when - at) <= window] for value in asked
    }
    return {value: there for value, there in lists.items() if there}


@settings(max_examples=200, deadline=None)
@given(shelves(), st.booleans())
def test_texts_of_a_batch_are_placed_as_each_alone(
    shelf: tuple[list[list[int]], list[float], list[int], list[list[int]], list[float], float], unites: bool
) -> None:
    there, times, stories, asked, at, window = shelf
    everything = [(number + 1, when, values) for number, (when, values) in enumerate(zip(times, there, strict=True))]
    known = {number + 1: story + 1 for number, story in enumerate(stories)}
    alone, together = Index(known), Index(known)
    documents = [NEW + number for number in range(len(asked))]
    wanted = distinct(np.array([value for one in asked for value in one], np.uint32))
    found = Run.of([one[0] for one in everything], times, there).find(wanted)

    def stories_of(numbers: Numbers) -> Numbers:
        return np.array([known.get(one, one) for one in numbers.tolist()], np.int64)

    batch = Batch(asked, at, documents, found, window=window, stories_of=stories_of)
    for number, (values, when) in enumerate(zip(asked, at, strict=True)):
        if unites and number == len(asked) // 2:
            moved = [one for one in known if 1 < known[one] < 7]
            known |= dict.fromkeys(moved, 1)
            batch.united(moved)
        drawn = Sketch(tuple(values[::2]), tuple(values))
        one = place(lambda: TEXT, drawn, listed_for(values, when, everything, window), alone)
        if batch.is_alone(number):
            posted = batch.with_room(number, drawn.posted)
        else:
            posted = place(lambda: TEXT, drawn, *batch.lists(number)[:1], together, batch.lists(number)[1]).posted
        batch.post(number, posted)
        assert posted == one.posted
        assert together.wanted == alone.wanted
        everything.append((documents[number], when, one.posted))


def test_a_text_that_stands_there_already_is_no_candidate_of_its_own() -> None:
    hashes = [*range(50)]
    found = Run.of([7, 8], [0.0, 0.0], [hashes, hashes[:3]]).find(np.array(hashes, np.uint32))
    batch = Batch([hashes], [0.0], [7], found, window=1.0, stories_of=lambda numbers: numbers)
    assert not batch.is_alone(0)
    assert batch.lists(0) == ({0: [8], 1: [8], 2: [8]}, set())


def test_a_hash_that_a_batch_fills_takes_no_more() -> None:
    texts = [[1, *range(100 * number, 100 * number + 40)] for number in range(1, 60)]
    nothing = Run.of([], [], []).find(np.array([1], np.uint32))
    batch = Batch(texts, [0.0] * 59, [*range(59)], nothing, window=1.0, stories_of=lambda numbers: numbers)
    for number, hashes in enumerate(texts):
        assert batch.is_alone(number)
        posted = batch.with_room(number, tuple(hashes))
        assert (1 in posted) == (number < MOST_LISTED)
        batch.post(number, posted)
