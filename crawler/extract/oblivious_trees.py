"""Sums of oblivious decision trees, evaluated with numpy alone.

In such a tree all nodes of a level ask the same question, so that the answers are the bits of the leaf's number
(Prokhorenkova et al., "CatBoost: unbiased boosting with categorical features", 2018).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


class ObliviousTrees:
    """Trees of one depth (8 at most): which column each level asks, the border it asks for, the value of each leaf."""

    def __init__(self, value: Mapping[str, Any], columns: Sequence[int]) -> None:
        """The trees as a model's file has them.

        `value` holds ``trees`` (each an object of ``columns``, ``borders`` and ``leaves``), ``scale`` (what leaves are
        divided by) and ``bias``; `columns` says which column of the rows each of the file's numbers means.
        """
        trees = value["trees"]
        depth = len(trees[0]["columns"])
        # Many questions are asked by several trees: each is answered once.
        questions = [
            (columns[column], border)
            for tree in trees
            for column, border in zip(tree["columns"], tree["borders"], strict=True)
        ]
        numbers = {question: number for number, question in enumerate(dict.fromkeys(questions))}
        self._columns = np.array([column for column, _ in numbers], np.intp)
        self._borders = np.array([border for _, border in numbers], np.float32)[:, None]
        # By level, the deepest first, so that each level is one step for all trees and rows at once.
        asked = np.array([numbers[question] for question in questions], np.intp).reshape(len(trees), depth)
        self._levels = [np.ascontiguousarray(level) for level in asked.T[::-1]]
        self._leaves = np.array(
            [[leaf / value["scale"] for leaf in tree["leaves"]] for tree in trees], np.float32
        ).ravel()
        self._offsets = (np.arange(len(trees), dtype=np.intp) << depth)[:, None]
        self._bias: float = value["bias"]

    def scores(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """The log-odds of each row."""
        answers = (np.ascontiguousarray(rows.T).take(self._columns, 0) > self._borders).view(np.uint8)
        places = np.zeros((len(self._offsets), len(rows)), np.uint8)
        for level in self._levels:
            places += places
            places += answers.take(level, 0)
        scores: NDArray[np.float32] = self._leaves.take(places + self._offsets).sum(axis=0) + self._bias
        return scores
