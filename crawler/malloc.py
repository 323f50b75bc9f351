"""The C library's memory in processes that run for months with threads."""

from __future__ import annotations

import ctypes
from typing import Final

_ARENA_MAX: Final = -8
"""M_ARENA_MAX of <malloc.h>."""


def share_one_heap() -> None:
    """Have all threads take memory from one heap, where the C library is glibc: it gives each thread its own, which
    keeps the most that ever was taken there. Calls of the store go to whichever thread is idle, and one of them takes a
    megabyte and more for SQLite's pages: in the daemon five heaps grew by it one after the other for hours.
    https://man7.org/linux/man-pages/man3/mallopt.3.html
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    mallopt(_ARENA_MAX, 1)
