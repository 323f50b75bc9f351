"""The words that the crawling process and its owner exchange: orders, events and reports as lines of JSON.

Both ends run the same version of presswatch, so the form may change with any release; nothing of it is stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import orjson

from crawler.items import CrawlKind, CrawlOrder, CrawlReport, CrawlState, DoorHints, Pushed, SourceCount


class EventKind(StrEnum):
    """What an event tells."""

    PROGRESS = "progress"
    STORED = "stored"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlEvent:
    """Something that happened in a crawl that runs.

    `crawl` is the order's name, `counts` what each source came to so far, `url` what it is about, `message` one line
    for a person (with `EventKind.STORED` the title of the article).
    """

    crawl: str
    kind: EventKind
    counts: tuple[SourceCount, ...] = ()
    url: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """What a crawling process says of itself: counts since its start, and the memory (bytes, resident) that it and its
    extraction processes use now. `requests` are by class of status (``2xx`` …, ``error`` without an answer);
    `pages_lost` counts extraction processes that a page hung or killed.
    """

    requests: Mapping[str, int] = field(default_factory=dict)
    bytes: int = 0
    memory: int = 0
    pages_lost: int = 0


def to_line(message: Mapping[str, object]) -> bytes:
    """One message as one line of JSON; dataclasses and times may be anywhere in it."""
    return orjson.dumps(message, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS)


def from_line(line: bytes) -> dict[str, Any]:
    """The message of a line; `ValueError` when it is none."""
    message = orjson.loads(line)
    if not isinstance(message, dict):
        raise TypeError("a message is a JSON object")
    return message


def order_from(data: Mapping[str, Any]) -> CrawlOrder:
    """A `CrawlOrder` out of its JSON form."""
    known = dict(data)
    known["kind"] = CrawlKind(known["kind"])
    for name in ("urls", "sources", "searches"):
        known[name] = tuple(known.get(name) or ())
    for name in ("since", "seen_since", "due_at"):
        known[name] = _moment(known.get(name))
    if known.get("pushed") is not None:
        known["pushed"] = Pushed(**known["pushed"])
    return CrawlOrder(**known)


def report_from(data: Mapping[str, Any]) -> CrawlReport:
    """A `CrawlReport` out of its JSON form."""
    return CrawlReport(
        order=order_from(data["order"]),
        state=CrawlState(data["state"]),
        started_at=datetime.fromisoformat(data["started_at"]),
        ended_at=datetime.fromisoformat(data["ended_at"]),
        counts=counts_from(data["counts"]),
        errors=tuple(data["errors"]),
        in_store=data["in_store"],
        preview=tuple(data["preview"]),
        hints=tuple(map(door_hints_from, data.get("hints", ()))),
    )


def door_hints_from(data: Mapping[str, Any]) -> DoorHints:
    """`DoorHints` out of their JSON form."""
    known: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}
    return DoorHints(**known)


def event_from(data: Mapping[str, Any]) -> CrawlEvent:
    """A `CrawlEvent` out of its JSON form."""
    return CrawlEvent(
        crawl=data["crawl"],
        kind=EventKind(data["kind"]),
        counts=counts_from(data["counts"]),
        url=data["url"],
        message=data["message"],
    )


def counts_from(data: list[dict[str, Any]]) -> tuple[SourceCount, ...]:
    """The counts of each source out of their JSON form."""
    return tuple(SourceCount(**count) for count in data)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
