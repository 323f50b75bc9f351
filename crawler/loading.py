"""Signals to a daemon that is still being loaded, which takes half a second, and many on a busy machine.

The first thing that the command does: what it loads itself keeps signals from being heeded.
"""

from __future__ import annotations

import os
import signal

# Their modules take as long to load as all the rest of this.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType
    from typing import Final

VALUED: Final = ("--config", "--store", "--log-level")
"""Options before the command's name that are followed by their value."""

_reloads: list[int] = []


def begins(command: str, arguments: Sequence[str]) -> bool:
    """Whether a command line of presswatch names this command."""
    words = iter(arguments)
    for word in words:
        if not word.startswith("-"):
            return word == command
        if word in VALUED:
            next(words, None)
    return False


def heed_signals() -> None:
    """From now on SIGTERM and SIGINT end this process with exit code 0: it has opened nothing yet that would have to
    be put in order. SIGHUP is kept for who asks `told_to_reload`. In the main thread only.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    signal.signal(signal.SIGHUP, _keep)


def told_to_reload() -> bool:
    """Whether SIGHUP came since `heed_signals`; asked again, since it was asked."""
    told = bool(_reloads)
    _reloads.clear()
    return told


def _end(_number: int, _frame: FrameType | None) -> None:
    os._exit(0)


def _keep(number: int, _frame: FrameType | None) -> None:
    _reloads.append(number)
