"""The C library's memory in processes that run for months with threads."""

from __future__ import annotations

import ctypes
from typing import Final

_ARENA_MAX: Final = -8
"""M_ARENA_MAX of <malloc.h>."""


def share_one_heap() -> None:
    """Have all threads take memory from one heap, where the C library is glibc: it gives each thread its own, which
    keeps the most that ever was taken there. Calls of the store go to whichever thread is idle, and a few of them take
    megabytes for SQLite's pages: in a daemon of a thousand sources five heaps grew by that, one after the other.
    https://man7.org/linux/man-pages/man3/mallopt.3.html
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    mallopt(_ARENA_MAX, 1)
