"""Whether a source still gives what it used to: small statistics of its crawls, and what has changed. Pure.

A layout that changes makes no error: the listing names nothing, or its articles come out short and doubtful. `observe`
adds one crawl to a `SourceHistory`, `changes` says in words what is no longer as it was. Sources that publish little or
not at weekends are judged by what they used to publish on such days.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from statistics import median
from typing import Any, Final, NamedTuple

RECENT: Final = 6
"""Articles that make a judgement of the present: fewer are a video page and a correction."""
LEAST_BEFORE: Final = 5
"""Articles known before, from which there is a usual."""
MEMORY: Final = 200
"""Articles after which an old one counts for little: what stays changed becomes the usual."""
DOOR_MEMORY: Final = 20
LEAST_ITEMS: Final = 3
"""Items that a door usually names, from which none is news."""
FEW_ITEMS: Final = 0.2
PATIENCE: Final = 2
"""Readings without an item after which a feed or sitemap is told, some hold today's alone; a listing is told at once.
As many after which a page is told that is not there, or that breaks off: servers have bad moments."""
MISSING: Final = "missing"
"""The kind of a door that the server says is not there."""
FEW_READINGS: Final = 3
CONFIDENCE_FALL: Final = 0.6
LEAST_CONFIDENCE: Final = 0.4
LENGTH_FALL: Final = 0.25
LEAST_LENGTH: Final = 400.0
DAYS: Final = 56
"""Days of counts kept: eight of each weekday."""
MISSED: Final = 8.0
"""Articles that should have come, from which silence is told: by chance it is 1 in 3,000."""
LEAST_SILENCE: Final = timedelta(hours=36)
LEAST_DAYS: Final = 7
LEAST_NEWS: Final = 10
"""Days with a crawl, and articles on them, from which there is a usual day."""
LONGER: Final = 1.5
"""Silence longer than any known by so much is told."""
MAX_DOORS: Final = 64
LEAST_SHOWN: Final = 5
"""Items named by a look, from which it tells of a listing's size rather than of a page's design."""
FULL_MEMORY: Final = 8.0
"""Looks after which an old one counts little for whether the source's listing overflows."""
OVERFULL: Final = 0.28
"""Share of such looks, three in a row, from which it is told."""
SUMMARY: Final = "summary"
SUMMARY_FORM: Final = 1
"""Where the summary stands in what `to_plain` gives, and its form, to be raised with each change of `Summary`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorReading:
    """One reading of a door in a crawl: its kind in a word (``listing`` …) and how many items it named.

    `kind` is `None` for an answer of which nothing could be made, `items` then 0. Answers without news (304) and
    failures of the network are no readings. `cut`: it broke off before its end.
    """

    url: str
    kind: str | None
    items: int
    cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlObservation:
    """What one crawl met. `pages` holds for each page read for an article its confidence and letters of text.

    A page that is no article counts as (0, 0). `new` are articles met for the first time, of the `shown` that the doors
    named. `moved` holds for each door that answered where its server says that it is for good now, `None` for where it
    was asked. `cut_short`: its time was over before all was asked.
    """

    at: datetime
    doors: tuple[DoorReading, ...] = ()
    pages: tuple[tuple[float, int], ...] = ()
    new: int = 0
    shown: int = 0
    moved: Mapping[str, str | None] = field(default_factory=dict)
    cut_short: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorHistory:
    """A door so far: `usual` items of a reading (moving average), and of the latest how many it named.

    `otherwise` counts the readings in a row in which it was not of its `kind`; after `DOOR_MEMORY` that is its kind.
    `fewer` counts the readings in a row that named far fewer than usual, since `fewer_since`; `empty_since` is the
    first of those in a row that named nothing. `moved`: where its server says that it is for good now. `cut` counts the
    readings in a row that broke off before their end.
    """

    kind: str | None = None
    usual: float = 0.0
    readings: int = 0
    last: int = 0
    last_kind: str | None = None
    otherwise: int = 0
    fewer: int = 0
    fewer_since: datetime | None = None
    empty_since: datetime | None = None
    moved: str | None = None
    cut: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHistory:
    """A source so far. `confidence` and `length` are moving averages of all but the `recent` pages, that of lengths by
    their logarithms, as some articles are ten times as long as others.

    `days` holds for each day (UTC) on which it was crawled how many articles were new; the first crawl, which meets
    what was there before, is left out. `full` is the share of late crawls at which all that was shown was new, so that
    something may have fallen off unseen; `cut` counts the late crawls in a row whose time was over too soon.
    """

    crawls: int = 0
    doors: Mapping[str, DoorHistory] = field(default_factory=dict)
    confidence: float = 0.0
    length: float = 0.0
    pages: int = 0
    recent: tuple[tuple[float, int], ...] = ()
    days: tuple[tuple[date, int], ...] = ()
    last_new: datetime | None = None
    full: float = 0.0
    cut: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """What a source usually gives, as far as it is known: articles new a day on which it is crawled, how sure they are,
    letters of their text, and items of each door.
    """

    new_a_day: float | None = None
    confidence: float | None = None
    length: int | None = None
    items: Mapping[str, float] = field(default_factory=dict)


NOWHERE: Final[Mapping[str, str]] = {}


class Summary(NamedTuple):
    """What of a history is told of a source between two crawls, small enough to be read of ten thousand at once.

    `week` are articles usually new on a Monday, Tuesday …; `days` from the first day that is known to the last;
    `changes` those of today that no passing of time makes. From `silent_from` on silence is told, where `silent_usual`
    articles used to come a day; `longest_silence` (days) is the longest that was known. `empty_since`: no door names
    anything; `moved`: doors by URL and where they are for good now; `cut`: looks in a row whose time was over.
    """

    usual: Usual = Usual()
    week: tuple[float, ...] = ()
    days: int = 0
    changes: tuple[str, ...] = ()
    last_new: datetime | None = None
    silent_from: datetime | None = None
    silent_usual: float = 0.0
    longest_silence: int = 0
    empty_since: datetime | None = None
    moved: Mapping[str, str] = NOWHERE
    overflowing: bool = False
    cut: int = 0

    @property
    def has_pace(self) -> bool:
        """Whether there is a usual pace to hold it against."""
        return self.days >= LEAST_DAYS

    @property
    def never_named(self) -> bool:
        """Whether no door ever named anything."""
        return self.empty_since is not None and not any(self.usual.items.values())


def usual(history: SourceHistory) -> Usual:
    """A summary for a person."""
    days = [new for _, new in history.days]
    pages = history.pages >= LEAST_BEFORE
    return Usual(
        new_a_day=round(math.fsum(days) / len(days), 1) if days else None,
        confidence=round(history.confidence, 2) if pages else None,
        length=round(history.length) if pages else None,
        items={url: round(door.usual, 1) for url, door in history.doors.items()},
    )


def observe(history: SourceHistory, seen: CrawlObservation) -> SourceHistory:
    """The history with one more crawl in it."""
    doors = dict(history.doors)
    for reading in seen.doors:
        if reading.url in doors or len(doors) < MAX_DOORS:
            doors[reading.url] = _door(doors.get(reading.url, DoorHistory()), reading, seen.at)
    for url, moved in seen.moved.items():
        if url in doors and doors[url].moved != moved:
            doors[url] = replace(doors[url], moved=moved)
    cut = history.cut + 1 if seen.cut_short else 0
    history = replace(history, doors=doors, crawls=history.crawls + 1, cut=cut)
    for page in seen.pages:
        history = _page(history, page)
    if history.crawls > 1:
        full = seen.shown >= LEAST_SHOWN and seen.new >= seen.shown
        history = replace(
            history,
            days=_days(history.days, seen.at.date(), seen.new),
            full=round(history.full + (full - history.full) / FULL_MEMORY, 4),
        )
    return replace(history, last_new=seen.at) if seen.new else history


def _door(door: DoorHistory, reading: DoorReading, at: datetime) -> DoorHistory:
    few = door.usual >= LEAST_ITEMS and reading.items < FEW_ITEMS * door.usual
    readings = min(door.readings + 1, DOOR_MEMORY)
    other = reading.kind is not None and door.kind is not None and reading.kind != door.kind
    otherwise = door.otherwise + 1 if other else 0
    # What is suspected of being wrong makes the usual only slowly, so that it is told for a while and not for ever.
    weight = 1 / (DOOR_MEMORY * 10) if few else 1 / readings
    return DoorHistory(
        kind=door.kind if door.kind is not None and otherwise < DOOR_MEMORY else reading.kind,
        usual=door.usual + (reading.items - door.usual) * weight,
        readings=readings,
        last=reading.items,
        last_kind=reading.kind,
        otherwise=otherwise,
        fewer=door.fewer + 1 if few else 0,
        fewer_since=(door.fewer_since or at) if few else None,
        empty_since=(door.empty_since or at) if reading.items == 0 else None,
        moved=door.moved,
        cut=door.cut + 1 if reading.cut else 0,
    )


def _page(history: SourceHistory, page: tuple[float, int]) -> SourceHistory:
    recent = (*history.recent, page)
    if len(recent) <= RECENT:
        return replace(history, recent=recent)
    (confidence, length), *left = recent
    pages = min(history.pages + 1, MEMORY)
    return replace(
        history,
        confidence=history.confidence + (confidence - history.confidence) / pages,
        length=math.expm1(math.log1p(history.length) + (math.log1p(length) - math.log1p(history.length)) / pages),
        pages=pages,
        recent=tuple(left),
    )


def _days(days: Sequence[tuple[date, int]], day: date, new: int) -> tuple[tuple[date, int], ...]:
    if days and days[-1][0] >= day:
        return (*days[:-1], (days[-1][0], days[-1][1] + new))
    return (*days, (day, new))[-DAYS:]


def changes(history: SourceHistory, now: datetime) -> tuple[str, ...]:
    """What is no longer as it used to be, a line each; empty: all is well, or too little is known. `now` is UTC."""
    return changes_told(summary(history), now)


def changes_told(told: Summary, now: datetime) -> tuple[str, ...]:
    """As `changes`, of a history of which the summary is at hand."""
    if told.silent_from is None or told.last_new is None or now < told.silent_from:
        return told.changes
    silence = f"nothing new for {(now - told.last_new).days} d, usually {told.silent_usual:.0f} a day"
    return (*told.changes, silence)


def summary(history: SourceHistory) -> Summary:
    """What stays to be told of a history until the next crawl adds to it."""
    changed = [line for url, door in history.doors.items() for line in _door_changes(url, door)]
    if history.pages >= LEAST_BEFORE and len(history.recent) == RECENT:
        confidence = median(sure for sure, _ in history.recent)
        length = median(letters for _, letters in history.recent)
        if history.confidence >= LEAST_CONFIDENCE and confidence < CONFIDENCE_FALL * history.confidence:
            changed.append(
                f"articles' confidence {_share(history.confidence)} -> {_share(confidence)}: layout changed?"
            )
        elif history.length >= LEAST_LENGTH and length < LENGTH_FALL * history.length:
            changed.append(
                f"text length {history.length:,.0f} -> {length:,.0f} letters: layout changed, or cut by a paywall?"
            )
    silent_from, silent_usual = _silence(history) or (None, 0.0)
    first = history.days[0][0] if history.days else None
    return Summary(
        usual=usual(history),
        # The last day is not over yet.
        week=tuple(round(_expected(history.days[:-1], day), 2) for day in _A_WEEK) if history.days else (),
        days=(history.days[-1][0] - first).days + 1 if first is not None else 0,
        changes=tuple(changed),
        last_new=history.last_new,
        silent_from=silent_from,
        silent_usual=silent_usual,
        longest_silence=_longest_silence(history.days),
        empty_since=_empty_since(history),
        moved={url: door.moved for url, door in history.doors.items() if door.moved is not None},
        overflowing=overflows(history),
        cut=history.cut,
    )


def expected_in_a_day(told: Summary, weekday: int, over: float) -> float | None:
    """Articles that used to be new in the last 24 hours on such weekdays, of which a part is `over` (0 to 1) of the
    present one (0: Monday; UTC); `None`: no usual pace yet.
    """
    return told.week[weekday] * over + told.week[weekday - 1] * (1 - over) if told.has_pace else None


def at_new_places(history: SourceHistory, places: Mapping[str, str]) -> SourceHistory:
    """The history of a source whose doors are asked elsewhere from now on: old URL to new."""
    doors = {places.get(url, url): replace(door, moved=None) for url, door in history.doors.items()}
    return replace(history, doors=doors)


def _empty_since(history: SourceHistory) -> datetime | None:
    """Since when no door names anything."""
    since = [door.empty_since for door in history.doors.values()]
    if not since or history.crawls < PATIENCE or None in since:
        return None
    return max(moment for moment in since if moment is not None)


def overflows(history: SourceHistory) -> bool:
    """Whether what the source shows is so often all new that articles fall off it unseen."""
    return history.full > OVERFULL


def _door_changes(url: str, door: DoorHistory) -> list[str]:
    if door.kind == MISSING:
        return []  # what comes back is no worse
    if door.otherwise and door.last_kind != door.kind:
        if door.last_kind != MISSING:
            return [f"{url} was a {door.kind} and is a {door.last_kind} now"]
        return [f"{url} was a {door.kind} and is not there any more"] if door.otherwise >= PATIENCE else []
    if door.cut >= PATIENCE:
        return [f"{url} breaks off before its end, the last {door.cut} times: what stands behind is not seen"]
    since = f" since {door.fewer_since:%Y-%m-%d %H:%M} UTC" if door.fewer_since is not None else ""
    patience = PATIENCE if door.kind in ("feed", "sitemap") else 1
    if door.fewer >= FEW_READINGS or (door.fewer >= patience and door.last == 0):
        return [f"layout changed? {door.last} items on {url}{since}, usually {door.usual:.0f}"]
    return []


def _share(value: float) -> str:
    return f"{value:.2f}".removeprefix("0")


def _silence(history: SourceHistory) -> tuple[datetime, float] | None:
    """From when on it is told that nothing new comes, on days that used to bring something and on which it was asked,
    and articles that came a day before; `None`: not before another crawl.
    """
    if history.last_new is None:
        return None
    last = history.last_new.date()
    # The day of the last news is left out: that it brought something is why it is the last.
    before = [(day, new) for day, new in history.days if day < last]
    silent = [day for day, _ in history.days if day > last]
    if len(before) < LEAST_DAYS or math.fsum(new for _, new in before) < LEAST_NEWS or not silent:
        return None
    *over, latest = silent
    missing = MISSED - math.fsum(_expected(before, day) for day in over)
    expected = _expected(before, latest)
    if missing > expected:
        return None
    part = max(0.0, missing / expected) if expected else 0.0
    longer = math.floor(_longest_silence(before) * LONGER) + 1
    begins = max(
        history.last_new + LEAST_SILENCE,
        datetime.combine(latest, time.min, UTC) + timedelta(days=part),
        datetime.combine(last + timedelta(days=longer), time.min, UTC),
    )
    return begins, math.fsum(new for _, new in before) / len(before)


def _expected(days: Sequence[tuple[date, int]], day: date) -> float:
    """Articles that such a weekday used to bring; a weekday that is not known brings nothing."""
    same = [new for known, new in days if known.weekday() == day.weekday()]
    if same:
        return math.fsum(same) / len(same)
    workdays = [new for known, new in days if known.weekday() < 5]
    return math.fsum(workdays) / len(workdays) if workdays and day.weekday() < 5 else 0.0


def _longest_silence(days: Sequence[tuple[date, int]]) -> int:
    """Most days between two that brought something."""
    told = [day for day, new in days if new]
    return max(((after - before).days for before, after in pairwise(told)), default=0)


def to_plain(history: SourceHistory) -> dict[str, Any]:
    """As JSON can hold it, with its summary, which may be read alone (`summary_from_plain`)."""
    plain = asdict(history)
    plain["days"] = [[day.isoformat(), new] for day, new in history.days]
    plain["recent"] = [list(page) for page in history.recent]
    plain["last_new"] = _text(history.last_new)
    for url, door in plain["doors"].items():
        for name in ("fewer_since", "empty_since"):
            door[name] = _text(getattr(history.doors[url], name))
    told = summary(history)
    plain[SUMMARY] = {
        **told._asdict(),
        "usual": asdict(told.usual),
        "form": SUMMARY_FORM,
        **{name: _text(getattr(told, name)) for name in ("last_new", "silent_from", "empty_since")},
    }
    return plain


def from_plain(plain: Mapping[str, Any] | None) -> SourceHistory:
    """What `to_plain` gave; nothing is a history without a crawl."""
    if not plain:
        return SourceHistory()
    doors = {
        url: DoorHistory(
            **{**door, "fewer_since": _moment(door["fewer_since"]), "empty_since": _moment(door.get("empty_since"))}
        )
        for url, door in plain["doors"].items()
    }
    return SourceHistory(
        crawls=plain["crawls"],
        doors=doors,
        confidence=plain["confidence"],
        length=plain["length"],
        pages=plain["pages"],
        recent=tuple([(float(sure), int(letters)) for sure, letters in plain["recent"]]),
        days=tuple([(_day(day), int(new)) for day, new in plain["days"]]),
        last_new=_moment(plain["last_new"]),
        full=plain.get("full", 0.0),
        cut=plain.get("cut", 0),
    )


def summary_from_plain(plain: Mapping[str, Any] | None) -> Summary | None:
    """What stands under `SUMMARY` in what `to_plain` gave; `None` where an earlier version wrote none, or another."""
    if not plain or plain.get("form") != SUMMARY_FORM:
        return None
    return Summary(
        Usual(**plain["usual"]),
        tuple(plain["week"]),
        plain["days"],
        tuple(plain["changes"]),
        _moment(plain["last_new"]),
        _moment(plain["silent_from"]),
        plain["silent_usual"],
        plain["longest_silence"],
        _moment(plain["empty_since"]),
        plain["moved"],
        plain["overflowing"],
        plain["cut"],
    )


# The same few weeks in the histories of all sources.
_day = lru_cache(maxsize=1024)(date.fromisoformat)
# Any week, from Monday.
_A_WEEK = tuple(date(2024, 1, day) for day in range(1, 8))


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text is not None else None


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
