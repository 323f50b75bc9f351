"""The sign of life that a daemon writes into the store: that it holds the lock says only that its process exists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

BOOK: Final = "daemon"
"""Under which name it is kept (`Plans`)."""
SIGNS_EVERY: Final = 30.0
"""Seconds between two."""
SILENT_AFTER: Final = timedelta(seconds=4 * SIGNS_EVERY)
"""Without a sign for so long its loop hangs, or the store does not take what it writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VitalSigns:
    """How one life of the daemon was doing `at` a moment; times are UTC.

    `running` crawls were under way and `waiting` sources due without a place; `engine_losses` are engine processes
    replaced, by reason; `trouble` says why nothing was crawled.
    """

    at: datetime
    since: datetime
    pid: int
    host: str
    running: int = 0
    waiting: int = 0
    engine_starts: int = 0
    engine_losses: Mapping[str, int] = field(default_factory=dict)
    trouble: str | None = None


def to_plain(signs: VitalSigns) -> dict[str, Any]:
    """As JSON can hold it."""
    return {**asdict(signs), "at": signs.at.isoformat(), "since": signs.since.isoformat()}


def from_plain(plain: Mapping[str, Any] | None) -> VitalSigns | None:
    """What `to_plain` gave; `None` for nothing and for what another version wrote."""
    try:
        if not plain:
            return None
        at, since = (datetime.fromisoformat(plain[name]) for name in ("at", "since"))
        return VitalSigns(**{**plain, "at": at, "since": since})
    except (TypeError, ValueError, KeyError):
        return None
