"""What waits for room under ceilings, as it is kept: by whoever reads it, with SQLAlchemy or without."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from crawler.items import Ceiling, Waits


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingArticles:
    """How many articles of a source wait under a ceiling (its limit is not kept), and when the first may be asked."""

    ceiling: Ceiling
    source: str
    count: int
    first: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingSource:
    """A source that is enabled, of which something waits."""

    name: str
    waits: Waits
    next_due: datetime | None


def ceiling_key(ceiling: Ceiling) -> str:
    """What a ceiling is told from others by, whatever its limit is at the time."""
    from storage.columns import storable  # with it comes what makes tokens, which who only reads needs not

    return storable(f"{ceiling.setting}:{ceiling.whose}")


def ceiling_from(key: str) -> Ceiling:
    """The ceiling of a key, of a limit that is not known."""
    setting, _, whose = key.partition(":")
    return Ceiling(setting=setting, whose=whose)


def waits_to_plain(waits: Waits) -> Mapping[str, Any]:
    """`waits` as JSON holds it."""
    from storage.columns import storable

    ceilings = [[one.setting, storable(one.whose), one.limit] for one in waits.ceilings]
    return {"ceilings": ceilings, "until": waits.until.timestamp(), "look": waits.look}


def waits_from(plain: Mapping[str, Any] | None) -> Waits | None:
    """What `waits_to_plain` gave; `None`: nothing waits."""
    if plain is None:
        return None
    given: Iterable[Sequence[Any]] = plain["ceilings"]
    ceilings = tuple(Ceiling(setting=setting, whose=whose, limit=limit) for setting, whose, limit in given)
    return Waits(ceilings=ceilings, until=datetime.fromtimestamp(plain["until"], UTC), look=plain["look"])
