"""Sorted runs of postings: what was posted is found, after packing and merging too; damage is told."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.dedup.runs import FAN, MOST_DOCUMENTS, Postings, Run, distinct, to_merge

HASHES = st.integers(0, 2**32 - 1) | st.integers(0, 9)
POSTED = st.lists(st.lists(HASHES, unique=True, max_size=12), min_size=1, max_size=20)


def run_of(first: int, posted: list[list[int]]) -> Run:
    numbers = range(first, first + len(posted))
    return Run.of(numbers, [float(one) for one in numbers], posted)


@given(POSTED, POSTED, st.lists(HASHES, max_size=30))
def test_what_was_posted_is_found(first: list[list[int]], second: list[list[int]], besides: list[int]) -> None:
    every = [*first, *second]
    asked = distinct(np.array([*(value for one in every for value in one), *besides], np.uint32))
    expected = sorted((value, number) for number, one in enumerate(every) for value in one)
    apart = [run_of(0, first), run_of(len(first), second)]
    merged = Run.merged(apart)
    for runs in (apart, [merged], [Run.unpacked(merged.packed())]):
        found = Postings.joined([run.find(asked) for run in runs])
        assert sorted(zip(found.hashes.tolist(), found.documents.tolist(), strict=True)) == expected
        assert found.times.tolist() == [float(one) for one in found.documents]
        counted = {value: [number for hashed, number in expected if hashed == value] for value, _ in expected}
        listed = Postings.joined([found, found]).listed()
        values = listed.hashes[:-1].tolist()
        assert values == sorted(counted)
        there = [listed.documents[listed.at(rank)].tolist() for rank in range(len(values))]
        assert there == [counted[value] for value in values]
        assert listed.times.tolist() == [float(one) for one in listed.documents]


def test_a_large_run_finds_as_a_small_one_does() -> None:
    posted = np.random.default_rng(1).integers(0, 2**32, (20_000, 30)).tolist()
    run = run_of(0, posted)
    found = run.find(distinct(np.array(posted[777], np.uint32)))
    assert set(posted[777]) <= set(found.hashes[found.documents == 777].tolist())
    assert run.hashes.tolist() == sorted(value for one in posted for value in one)


@pytest.mark.parametrize("damage", [lambda body: body[:-1], lambda body: body[:5], lambda body: body + b"\0"])
def test_damage_is_told(damage: object) -> None:
    with pytest.raises(ValueError, match="damaged"):
        Run.unpacked(damage(run_of(0, [[1, 2], [3]]).packed()))  # type: ignore[operator]


def test_a_run_out_of_order_is_told() -> None:
    body = bytearray(run_of(0, [[1, 2]]).packed())
    body[24:28], body[28:32] = body[28:32], body[24:28]
    with pytest.raises(ValueError, match="out of order"):
        Run.unpacked(bytes(body))


def test_there_are_few_runs_however_many_batches_come() -> None:
    runs: dict[int, int] = {}
    for batch in range(3_000):
        merged = to_merge(100, runs.items())
        runs[batch] = 100 + sum(runs.pop(key) for key in merged)
        assert max(runs.values()) <= MOST_DOCUMENTS
        assert len(runs) <= 6 * FAN + sum(runs.values()) // (MOST_DOCUMENTS // FAN)
    assert sum(runs.values()) == 300_000
