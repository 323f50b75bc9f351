"""How long a process of ours may take to start, by how long those before it took."""

from __future__ import annotations

from typing import Final

START_SECONDS: Final = 60.0
"""A cold import on a busy machine takes a few; a store to be upgraded some more."""
LONGEST_START: Final = 600.0
"""On a machine that is small, or drowning."""
SLOWER: Final = 2.0
"""A start is given so many times what the last one took."""


class Patience:
    """Seconds for the next start: more and more where one is not enough, up to `LONGEST_START`."""

    def __init__(self) -> None:
        self.seconds = START_SECONDS

    def started(self, took: float) -> None:
        """A process started within so many seconds."""
        self.seconds = min(max(START_SECONDS, SLOWER * took), LONGEST_START)

    def ran_out(self) -> None:
        """A process did not start in time."""
        self.started(self.seconds)
