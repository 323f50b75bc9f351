"""Sums of oblivious trees: what numpy makes of all trees and rows at once is what walking down each tree gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extract.oblivious_trees import ObliviousTrees

WIDTH = 5
COLUMNS = [4, 2, 0]
"""The file's columns are these of the rows."""


def model_of(seed: int, depth: int, trees: int) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    return {
        "trees": [
            {
                "columns": random.integers(0, len(COLUMNS), depth).tolist(),
                "borders": random.choice([-1.0, 0.5, 2.0, 1e30], depth).tolist(),
                "leaves": random.integers(-3_000, 3_000, 2**depth).tolist(),
            }
            for _ in range(trees)
        ],
        "scale": 1_000,
        "bias": 0.25,
    }


def walked(model: dict[str, Any], row: list[float]) -> float:
    total = model["bias"]
    for tree in model["trees"]:
        place = sum(
            (row[COLUMNS[column]] > border) << level
            for level, (column, border) in enumerate(zip(tree["columns"], tree["borders"], strict=True))
        )
        total += tree["leaves"][place] / model["scale"]
    return total


@given(st.integers(0, 2**32), st.integers(1, 8), st.integers(1, 4))
def test_every_row_gets_the_sum_of_the_leaves_it_falls_into(seed: int, depth: int, trees: int) -> None:
    model = model_of(seed, depth, trees)
    rows = np.random.default_rng(seed).integers(-3, 4, (6, WIDTH)).astype(np.float32)
    scores = ObliviousTrees(model, COLUMNS).scores(rows)
    assert scores.tolist() == pytest.approx([walked(model, row) for row in rows.tolist()], abs=1e-4)
