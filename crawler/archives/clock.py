"""When a page was fetched, as files tell it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

FIRST: Final = datetime(1990, 1, 1, tzinfo=UTC)
"""Before the first page."""
LAST: Final = datetime(2200, 1, 1, tzinfo=UTC)
"""What comes later is a mistake, and nothing that is really fetched would ever be newer."""


def fetched_at(text: object) -> datetime:
    """A moment in ISO 8601, in UTC where it names no zone. `TypeError` for what is no text, else `ValueError` or
    `OverflowError`, also for a moment at which nobody fetched anything.
    """
    if not isinstance(text, str):
        raise TypeError("a time is no text")
    moment = datetime.fromisoformat(text)
    moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    if not FIRST <= moment < LAST:
        raise ValueError(f"{text!r} is no time at which a page can have been fetched")
    return moment
