"""Signals to the daemon, and an end that comes for certain.

Handlers of the interpreter's own, not of the event loop: a loop that closes gives a signal back to the system, and one
more SIGTERM would turn an end in good order into a death by signal.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Final, Self

from crawler.loading import told_to_reload
from crawler.logs import tell

HASTE: Final = 1.0
"""Seconds that are left to an end in good order that is told once more to come."""
AT_ONCE: Final = 5.0
"""Seconds that a second signal leaves to what is under way."""
PATIENCE: Final = 15.0
"""Seconds within which somebody has to attach: a store that can't be opened may not keep it from ending."""
LAST_WORD: Final = 1.0
"""Seconds for a last line in a log that may be what hangs."""
HEARD: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Signals:
    """Hands signals to who `attach`es; a context manager for the main thread. What comes while nobody is attached is
    kept for who comes next; after the context nothing is heard any more.
    """

    def __init__(self) -> None:
        self.patience = PATIENCE
        """Seconds that a first signal leaves to who is attached; what hangs then, the loop itself too, is left."""
        self._stops = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._hear: Callable[[signal.Signals], None] | None = None
        self._kept: list[signal.Signals] = []
        self._guard = 0

    def __enter__(self) -> Self:
        for number in HEARD:
            signal.signal(number, self._came)
        if told_to_reload():
            self._kept.append(signal.SIGHUP)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number in HEARD:
            signal.signal(number, signal.SIG_IGN)

    def attach(self, hear: Callable[[signal.Signals], None]) -> None:
        """Call `hear` in the running loop for each signal, those kept first."""
        self._loop, self._hear = asyncio.get_running_loop(), hear
        kept, self._kept = self._kept, []
        for number in kept:
            self._leave_time(number)
            hear(number)

    def detach(self) -> None:
        """Keep what comes from now on."""
        self._loop = self._hear = None

    def end_within(self, seconds: float) -> None:
        """Whatever hangs, a thread that waits for a server or a disk, the process ends within so many seconds, as one
        that stopped: the lock goes with it. Asked again, the later word counts.
        """
        self._guard += 1
        threading.Thread(target=self._end, args=(self._guard, seconds), name="end", daemon=True).start()

    def _end(self, guard: int, seconds: float) -> None:
        time.sleep(seconds)
        if guard != self._guard:
            return
        threads = ",".join(sorted(one.name for one in threading.enumerate() if not one.daemon))
        word = threading.Thread(target=_tell_hung, args=(seconds, threads), name="last word", daemon=True)
        word.start()
        word.join(LAST_WORD)
        os._exit(0)

    def _leave_time(self, number: int) -> None:
        if number != signal.SIGHUP:
            self._stops += 1
            self.end_within(self.patience if self._stops == 1 else AT_ONCE)

    def _came(self, number: int, _frame: FrameType | None) -> None:
        loop, hear, name = self._loop, self._hear, signal.Signals(number)
        if loop is None or hear is None or loop.is_closed():
            self._kept.append(name)
            if number != signal.SIGHUP:
                self.end_within(HASTE if self._guard else PATIENCE)
        else:
            self._leave_time(number)
            loop.call_soon_threadsafe(hear, name)


def _tell_hung(seconds: float, threads: str) -> None:
    tell("stopped, something hung", level=logging.WARNING, seconds=seconds, threads=threads)
    logging.shutdown()
