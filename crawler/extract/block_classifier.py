"""The probability that a block is a part of the article's text, by a small model learnt from public pages.

The model is a sum of oblivious decision trees (see `oblivious_trees`). It stands in `block_model.json`, which is text;
`block_model.md` is its card, and `benchmarks/train_blocks.py` makes both.
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
from crawler.extract.oblivious_trees import ObliviousTrees


class BlockModel:
    """The judge that a model's file holds; its columns are named, so that more of them may be added."""

    def __init__(self, trees: ObliviousTrees) -> None:
        self._trees = trees

    @classmethod
    def of(cls, value: dict[str, Any]) -> BlockModel:
        """The model as the file says it."""
        places = {name: column for column, name in enumerate(NAMES)}
        return cls(ObliviousTrees(value, [places[name] for name in value["columns"]]))

    def probabilities(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """For each row (columns as `block_features.NAMES`) the probability 0..1 that it is text."""
        return np.asarray(1.0 / (1.0 + np.exp(-self._trees.scores(rows))), np.float32)


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
