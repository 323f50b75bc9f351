"""How the work of a function grows with the size of what it is given: in CPU time, by ratios and not by seconds."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import TypeVar

Made = TypeVar("Made")

DOUBLINGS = 4
FAR_BELOW_QUADRATIC = 56
"""Sixteen times the size takes linear work 16 times the time, and quadratic work 256 times."""

_ATTEMPTS = 4
_LEAST_SECONDS = 0.004
"""A smaller time is mostly the cost of a call and noise: it counts as so much."""


def growth(make: Callable[[int], Made], work: Callable[[Made], object], size: int) -> float:
    """How many times as long `work` takes for what `make` gives for 16 times the `size`.

    Other processes can only make a piece of work seem longer, so of several times the shortest counts; and a ratio that
    is too high is taken again, since growth that is there is there each time.
    """
    made = [make(size << step) for step in range(0, DOUBLINGS + 1, DOUBLINGS)]
    best = [float("inf"), float("inf")]
    for attempt in range(_ATTEMPTS):
        for number in (0, 0, 1):
            gc.collect()
            began = time.process_time()
            work(made[number])
            best[number] = min(best[number], time.process_time() - began)
        ratio = best[1] / max(best[0], _LEAST_SECONDS)
        if ratio < FAR_BELOW_QUADRATIC / (2 if attempt == 0 else 1):
            break
    return ratio
