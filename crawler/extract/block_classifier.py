"""The probability that a block is a part of the article's text, by a small model learnt from public pages.

The model is a sum of oblivious decision trees (Prokhorenkova et al., "CatBoost: unbiased boosting with categorical
features", 2018): in such a tree all nodes of a level ask the same question, so that the answers are the bits of the
leaf's number and all blocks and trees are evaluated by a few operations on arrays. It stands in `block_model.json`,
which is text; `block_model.md` is its card, and `benchmarks/train_blocks.py` makes both.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib.resources import files
from typing import Any, Protocol

import numpy as np
import orjson
from numpy.typing import NDArray

from crawler.extract.block_features import NAMES


class BlockModel:
    """Trees of one depth (8 at most): which column each level asks, the border it asks for, the value of each leaf."""

    def __init__(
        self, columns: list[list[int]], borders: list[list[float]], leaves: list[list[float]], bias: float
    ) -> None:
        trees, depth = len(columns), len(columns[0])
        # Half of the questions are asked by several trees: each is answered once.
        questions = [pair for asked in zip(columns, borders, strict=True) for pair in zip(*asked, strict=True)]
        numbers = {question: number for number, question in enumerate(dict.fromkeys(questions))}
        self._columns = np.array([column for column, _ in numbers], np.intp)
        self._borders = np.array([border for _, border in numbers], np.float32)[:, None]
        # By level, the deepest first, so that each level is one step for all trees and blocks at once.
        asked = np.array([numbers[question] for question in questions], np.intp).reshape(trees, depth)
        self._levels = [np.ascontiguousarray(level) for level in asked.T[::-1]]
        self._leaves = np.array(leaves, np.float32).ravel()
        self._offsets = (np.arange(trees, dtype=np.intp) << depth)[:, None]
        self._bias = bias

    @classmethod
    def of(cls, value: dict[str, Any]) -> BlockModel:
        """The model as the file says it; columns are named, so that more of them may be added."""
        places = {name: column for column, name in enumerate(NAMES)}
        columns = [places[name] for name in value["columns"]]
        trees = value["trees"]
        return cls(
            [[columns[column] for column in tree["columns"]] for tree in trees],
            [tree["borders"] for tree in trees],
            [[leaf / value["scale"] for leaf in tree["leaves"]] for tree in trees],
            value["bias"],
        )

    def probabilities(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """For each row (columns as `block_features.NAMES`) the probability 0..1 that it is text."""
        answers = (np.ascontiguousarray(rows.T).take(self._columns, 0) > self._borders).view(np.uint8)
        places = np.zeros((len(self._offsets), len(rows)), np.uint8)
        for level in self._levels:
            places += places
            places += answers.take(level, 0)
        scores = self._leaves.take(places + self._offsets).sum(axis=0) + self._bias
        return np.asarray(1.0 / (1.0 + np.exp(-scores)), np.float32)


class Judge(Protocol):
    """What says of each row (columns as `block_features.NAMES`) how probable it is (0..1) that the block is text."""

    def probabilities(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """One number for each row."""


_instead: list[Judge] = []


@contextmanager
def judged_by(judge: Judge) -> Iterator[None]:
    """Within this context another judge decides: for training and measuring."""
    _instead.append(judge)
    try:
        yield
    finally:
        _instead.pop()


def block_judge() -> Judge:
    """The judge that decides now: the model that ships with the package, unless another was set."""
    return _instead[-1] if _instead else _shipped()


@lru_cache(1)
def _shipped() -> BlockModel:
    return BlockModel.of(orjson.loads(files("crawler.extract").joinpath("block_model.json").read_bytes()))
