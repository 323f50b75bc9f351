"""The probability that a page is an article, and what it looks like otherwise, by a small model of public pages.

Two judges that err differently, and the mean of their log-odds: a softmax over the kinds of pages, linear in the
evidence, so that each sign counts also where the pages learnt from held few of it; and a sum of oblivious decision
trees (see `oblivious_trees`), which knows what goes together. A line through the log-odds, fitted on pages of
publishers not learnt from, makes the answer a probability (Platt, "Probabilistic outputs for support vector machines",
1999). The numbers stand in `page_model.json`, their card is `page_model.md`; `benchmarks/train_page_type.py` writes
both.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from crawler.extract.oblivious_trees import ObliviousTrees

_Row = NDArray[np.float64]

MOST_SPREADS = 4.0
"""A sign counts up to so many standard deviations: one of a kind must not decide alone."""

MISSING = -1e9
"""Stands for a number that a page doesn't have: less than every border of the trees, nothing to the linear judge."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """`log_odds` that the page is an article, where articles are two of three pages.

    `others` are the probabilities of what it is if it is none: ``list``, ``forum``, ``product``, ``service``,
    ``documentation``.
    """

    log_odds: float
    others: Mapping[str, float]

    @property
    def other(self) -> str:
        """What it most likely is if it is no article."""
        return max(self.others, key=self.others.__getitem__)

    @property
    def listing(self) -> float:
        """The probability that it is a list if it is no article."""
        return self.others["list"]


def probability(log_odds: float) -> float:
    """0..1."""
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, log_odds))))


class PageModel:
    """The two judges, from the object that `page_model.json` holds."""

    def __init__(self, value: Mapping[str, Any]) -> None:
        self._columns: list[str] = value["columns"]
        self._centre = np.array(value["centre"])
        self._scale = 1.0 / np.array(value["spread"])
        self._kinds: list[str] = value["kinds"]
        self._weights = np.array(value["weights"])
        self._offsets = np.array(value["offsets"])
        self._trees = ObliviousTrees(value, range(len(self._columns)))
        self._slope, self._shift = value["calibration"]

    def judge(self, evidence: Mapping[str, float]) -> Judgement:
        """What a page is that shows this evidence; a number that is missing speaks for nothing."""
        row = np.array([evidence.get(name, MISSING) for name in self._columns])
        scores = self._linear(row)
        highest = scores[1:].max()
        others = np.exp(scores[1:] - highest)
        total = others.sum()
        rest = float(np.log(total) + highest)
        trees = float(self._trees.scores(row[None, :].astype(np.float32))[0])
        raw = self._slope * (float(scores[0]) - rest + trees) / 2.0 + self._shift
        return Judgement(raw, dict(zip(self._kinds[1:], (others / total).tolist(), strict=True)))

    def _linear(self, row: _Row) -> _Row:
        """A score for each kind."""
        scaled = (row - self._centre) * self._scale
        scaled[row == MISSING] = 0.0
        scaled = np.minimum(np.maximum(scaled, -MOST_SPREADS), MOST_SPREADS)
        scores: _Row = self._weights @ scaled + self._offsets
        return scores


@lru_cache(1)
def page_model() -> PageModel:
    """The model that ships with the package, read once."""
    return PageModel(orjson.loads(files("crawler.extract").joinpath("page_model.json").read_bytes()))
