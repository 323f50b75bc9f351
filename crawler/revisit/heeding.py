"""What a source's doors say of when to come back, kept from look to look and weighed against what is known of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from crawler.items import DoorHints, PaceHints
from crawler.revisit.setbacks import after_skipped, least_wait

MOST_DOORS = 8
_MOST_NUMBERS = 24
_SAID = {field.name: field.default for field in fields(PaceHints)}


@dataclass(frozen=True, slots=True)
class Heed:
    """When a source may be looked at by its own words: not for `wait` seconds, nor within the hours (GMT) and days
    (Monday is 0) that it wants to be skipped. What one of several doors does not ask for is not asked for.
    """

    wait: float = 0.0
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()

    def after(self, now: float, planned: float, expected: Callable[[float, float], float]) -> float:
        """A look planned for a moment (epoch seconds), put off as asked; skipped hours in which more than one article
        is `expected` (between two moments) are a template's and passed over.
        """
        moment = max(planned, now + self.wait)
        later = after_skipped(moment, self.skip_hours, self.skip_days)
        return later if later == moment or expected(moment, later) <= 1 else moment


def merged(known: Mapping[str, DoorHints], told: Iterable[DoorHints]) -> dict[str, DoorHints]:
    """What is known of each door after a look: what one that was read says now, of one that was unchanged what
    it said when it was read.
    """
    fresh = dict(known)
    for hints in told:
        before = fresh.get(_key(hints.url))
        if not hints.anew and before is not None:
            age = hints.max_age if hints.max_age is not None else before.max_age
            hints = replace(before, max_age=age)  # noqa: PLW2901 - the same door, as it is known now
        fresh[_key(hints.url)] = hints
    return dict(list(fresh.items())[-MOST_DOORS:])


def heed(known: Iterable[DoorHints], doors: int, articles_a_day: float) -> Heed:
    """What all `doors` of a source ask for together, which publishes `articles_a_day`."""
    told = list(known)
    if not told or len(told) < min(doors, MOST_DOORS):
        return Heed()
    return Heed(
        min(least_wait(hints, articles_a_day) for hints in told),
        frozenset.intersection(*(frozenset(hints.skip_hours) for hints in told)),
        frozenset.intersection(*(frozenset(hints.skip_days) for hints in told)),
    )


def to_plain(known: Mapping[str, DoorHints]) -> list[dict[str, Any]]:
    """As JSON can hold it: what is said, without the doors' long names."""
    plain = []
    for hints in known.values():
        said = {name: value for name, unsaid in _SAID.items() if (value := getattr(hints, name)) != unsaid}
        lists = {name: list(value) for name, value in said.items() if isinstance(value, tuple)}
        plain.append({"door": _key(hints.url), **said, **lists})
    return plain


def from_plain(data: object) -> dict[str, DoorHints]:
    """What `to_plain` gave; what can't be read is left out, for the next look tells it again."""
    found = {}
    for row in data[:MOST_DOORS] if isinstance(data, list) else []:
        if isinstance(row, dict) and isinstance(row.get("door"), str):
            said: dict[str, Any] = {}
            for name, unsaid in _SAID.items():
                value = row.get(name)
                if isinstance(unsaid, tuple) and isinstance(value, list):
                    said[name] = tuple(number for number in value if isinstance(number, int))[:_MOST_NUMBERS]
                elif unsaid is None and isinstance(value, int):
                    said[name] = value
            found[_key(row["door"])] = DoorHints(url=row["door"], **said)
    return found


def _key(url: str) -> str:
    return url[-40:]


def told(known: Iterable[DoorHints], heeded: Heed) -> list[str]:
    """Lines for a person: what the doors say, and what of it is kept."""
    lines = []
    for hints in known:
        says = []
        if hints.refresh:
            says.append(f"come back every {hints.refresh / 60:.0f} min")
        if hints.max_age:
            says.append(f"fresh for {hints.max_age / 60:.0f} min (Cache-Control)")
        if hints.skip_hours:
            says.append(f"skip the hours {', '.join(map(str, hints.skip_hours))} GMT")
        if hints.skip_days:
            says.append(f"skip {', '.join(_DAYS[day % 7] for day in hints.skip_days)}")
        if says:
            lines.append(f"…{_key(hints.url)} says: {'; '.join(says)}")
    if lines:
        kept = f"no look within {heeded.wait / 60:.0f} min" if heeded.wait else "no least wait, its pace contradicts it"
        lines[-1] += f" ({kept})"
    return lines


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
