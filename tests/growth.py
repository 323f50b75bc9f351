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

_ATTEMPTS = 8
_LEAST_SECONDS = 0.004
"""A smaller time is mostly the cost of a call and noise: it counts as so much."""


def growth(make: Callable[[int], Made], work: Callable[[Made], object], size: int) -> float:
    """How many times as long `work` takes for what `make` gives for 16 times the `size`.

    Who shares the machine makes a long piece of work slower than a short one, which ends before it is interrupted and
    its cache is taken. So where a glance doesn't settle it, sixteen of the short are compared with one of the long, and
    of several such ratios the least counts: growth that is there is there each time.
    """
    times = 1 << DOUBLINGS
    small, large = make(size), make(size * times)
    least = _taken(work, large, 1) / max(min(_taken(work, small, 1) for _ in range(2)), _LEAST_SECONDS)
    if least < FAR_BELOW_QUADRATIC / 2:
        return least
    for _ in range(_ATTEMPTS):
        together = _taken(work, small, times)
        least = min(least, _taken(work, large, 1) / max(together / times, _LEAST_SECONDS))
        if least < FAR_BELOW_QUADRATIC:
            break
    return least


def _taken(work: Callable[[Made], object], made: Made, times: int) -> float:
    """CPU seconds of doing it so many times."""
    gc.collect()
    began = time.process_time()
    for _ in range(times):
        work(made)
    return time.process_time() - began
