"""Local days: which day a moment falls on, and which second of it."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

DAY = 86_400.0


def place(moment: float, zone: tzinfo) -> tuple[int, float]:
    """The local day, counted so that Mondays divide by seven, and the second of it."""
    if zone is UTC:
        local = moment
    else:
        offset = datetime.fromtimestamp(moment, zone).utcoffset()
        assert offset is not None
        local = moment + offset.total_seconds()
    # 1 January 1970 was a Thursday.
    return int(local // DAY) + 3, local % DAY


def day_of(moment: float, zone: tzinfo) -> int:
    """The local day, counted as `place` does."""
    return place(moment, zone)[0]


def days_between(start: float, end: float, zone: tzinfo) -> list[tuple[int, float, float]]:
    """(day, from second, to second) for each local day touched."""
    (first, begin), (last, finish) = place(start, zone), place(end, zone)
    if first == last:
        return [(first, begin, finish)] if finish > begin else []
    return [(first, begin, DAY), *((day, 0.0, DAY) for day in range(first + 1, last)), (last, 0.0, finish)]
