"""How much was published, when, where and about what: articles, and the stories that they tell. Pure."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from crawler.items import MarkColumns, shown_in
from crawler.urls import publisher

if TYPE_CHECKING:
    import numpy as np

MAX_FILLED: Final = 400
"""Longest row of days in which those without an article are told too: one wrong date would make a thousand."""
MANY: Final = 20_000
"""Names of articles that are counted without numpy, which is loaded in the time that so many take."""
_NONE: Final = ("",)
DAYS_BY_DAY: Final = 62
DAYS_BY_WEEK: Final = 730


class By(StrEnum):
    """What articles are counted by. An outlet is who publishes the URL, a source is where presswatch met it first."""

    DAY = "day"
    SOURCE = "source"
    TOPIC = "topic"
    LANG = "lang"
    OUTLET = "outlet"


class Per(StrEnum):
    """How long a step of time is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Line:
    """One name (or the first day of a step) with its articles and the stories they tell.

    `share` is the share of voice: its stories among the stories of all names. A story counts once a name, however many
    copies of it the name has; one that two names tell counts for each.
    """

    name: str
    articles: int
    stories: int
    share: float


class _Numbers(dict[str, int]):
    """A number for each name, in the order in which they are met."""

    def __missing__(self, name: str) -> int:
        number = self[name] = len(self)
        return number

    def of(self, names: Iterable[str | None]) -> Iterator[int]:
        """Those of names, of which there need be none."""
        return map(self.__getitem__, (name or "" for name in names))


class _Outlets(dict[str, int]):
    """The number of who publishes at the origin of a URL. Looked up once each: what a publisher's domain is takes
    longer than all the rest.
    """

    def __init__(self, names: _Numbers) -> None:
        self._names = names

    def __missing__(self, origin: str) -> int:
        number = self[origin] = self._names[publisher(origin)]
        return number


class _Hours(dict[str, int | None]):
    """The number of the day in which an hour lies (UTC, as ``2026-11-18 09``); `None`: one begins within."""

    def __init__(self, names: _Numbers, zone: ZoneInfo) -> None:
        self._names, self._zone = names, zone

    def __missing__(self, hour: str) -> int | None:
        # Zones are quarters of an hour apart.
        days = {self._day(f"{hour}:{moment}") for moment in ("00", "15", "30", "45", "59:59.999999")}
        number = self[hour] = self._names[days.pop()] if len(days) == 1 else None
        return number

    def of(self, moment: str) -> int:
        """That of a moment."""
        return self._names[self._day(moment)]

    def _day(self, moment: str) -> str:
        return shown_in(_utc(moment), self._zone).date().isoformat()


class Volume:
    """Counts articles as they pass. Kept of each are eight bytes for its story, and four for each question that is
    asked (eight for each of its topics).
    """

    def __init__(self, zone: str, by: Iterable[By] = tuple(By)) -> None:
        self._told = array("Q")
        """The story of each article, as a number."""
        self._names = {each: _Numbers() for each in by}
        self._met = {each: array("I") for each in self._names}
        """The name of each article."""
        self._on_topic = array("I")
        """The places of the articles that those by topic are of: one may have several."""
        self._outlets = _Outlets(self._names.get(By.OUTLET, _Numbers()))
        self._hours = _Hours(self._names.get(By.DAY, _Numbers()), ZoneInfo(zone))
        self._ranks: np.ndarray[tuple[int], np.dtype[np.int64]] | None = None
        """The stories of `_told`, each as its place among them all."""
        self._first, self._last = "", ""

    def add(self, marks: MarkColumns) -> None:
        """Count some articles: the more at once, the less each costs."""
        if not marks.story:
            return
        first, last = min(marks.dated_at), max(marks.dated_at)
        self._first, self._last = min(self._first or first, first), max(self._last, last)
        for by, met in self._met.items():
            numbers = self._names[by]
            match by:
                case By.DAY:
                    met.extend(self._days(marks.dated_at))
                case By.SOURCE:
                    met.extend(numbers.of(marks.source))
                case By.LANG:
                    met.extend(numbers.of(marks.lang))
                case By.OUTLET:
                    # Up to the slash behind the host, if there is one.
                    met.extend([self._outlets[url[: url.find("/", len("https://")) + 1 or None]] for url in marks.url])
                case By.TOPIC:
                    met.extend(numbers.of(name for names in marks.topics for name in names or _NONE))
                    places = enumerate(marks.topics, len(self._told))
                    self._on_topic.extend([place for place, names in places for _ in names or _NONE])
        self._told.extend([int(story[:16] or "0", 16) for story in marks.story])
        self._ranks = None

    def _days(self, dated_at: Sequence[str]) -> Iterable[int]:
        days = [self._hours[moment[:13]] for moment in dated_at]
        known = zip(days, dated_at, strict=True)
        return (self._hours.of(moment) if day is None else day for day, moment in known)

    @property
    def first(self) -> datetime | None:
        """When the first article was dated."""
        return _utc(self._first) if self._first else None

    @property
    def last(self) -> datetime | None:
        """When the last one was."""
        return _utc(self._last) if self._last else None

    @property
    def articles(self) -> int:
        """All articles."""
        return len(self._told)

    @property
    def stories(self) -> int:
        """All stories."""
        return len(set(self._told)) if len(self._told) <= MANY else int(self._ranked().max()) + 1

    def lines(self, by: By) -> list[Line]:
        """Names with most stories first; the empty name stands for those without one, last."""
        names = self._names[by]
        articles, stories = self._counted(self._met[by], len(names), self._on_topic if by is By.TOPIC else None)
        whole = sum(stories)
        lines = [Line(name, articles[n], stories[n], stories[n] / whole) for name, n in names.items()]
        lines.sort(key=lambda line: (not line.name, -line.stories, -line.articles, line.name))
        return lines

    def days(self, per: Per | None = None) -> tuple[Per, list[Line]]:
        """Steps of time in order, also those without an article; `None` chooses a step that a screen can show."""
        days = [date.fromisoformat(name) for name in self._names[By.DAY]]
        if not days:
            return per or Per.DAY, []
        first, last = min(days), max(days)
        span = (last - first).days + 1
        if per is None:
            per = Per.DAY if span <= DAYS_BY_DAY else Per.WEEK if span <= DAYS_BY_WEEK else Per.MONTH
        whole_row = span <= MAX_FILLED * {Per.DAY: 1, Per.WEEK: 7, Per.MONTH: 28}[per]
        told = (first + timedelta(days=n) for n in range(span)) if whole_row else sorted(days)
        steps = _Numbers()
        for day in told:
            steps[_step(day, per)]
        step_of = [steps[_step(day, per)] for day in days]
        articles, stories = self._counted(array("I", map(step_of.__getitem__, self._met[By.DAY])), len(steps))
        whole = sum(stories)
        return per, [Line(name, articles[n], stories[n], stories[n] / whole) for name, n in steps.items()]

    def _counted(self, met: array[int], names: int, places: array[int] | None = None) -> tuple[list[int], list[int]]:
        """Of each of so many names its articles and the stories they tell, where `met` are the names of all articles,
        or of those at these places.
        """
        if len(met) <= MANY:
            told = self._told if places is None else [self._told[place] for place in places]
            articles, stories = [0] * names, [0] * names
            for name in met:
                articles[name] += 1
            for name, _ in set(zip(met, told, strict=True)):
                stories[name] += 1
            return articles, stories
        import numpy as np

        ranks = self._ranked()
        of_articles = np.frombuffer(met, np.uint32).astype(np.int64)
        pairs = of_articles * len(ranks) + (ranks if places is None else ranks[np.frombuffer(places, np.uint32)])
        pairs.sort()  # a tenth of the time that np.unique takes
        of_stories = pairs[np.diff(pairs, prepend=-1) > 0] // len(ranks)
        both = (np.bincount(each, minlength=names).tolist() for each in (of_articles, of_stories))
        return next(both), next(both)

    def _ranked(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        import numpy as np

        if self._ranks is None:
            self._ranks = np.unique(np.frombuffer(self._told, np.uint64), return_inverse=True)[1]
        return self._ranks


def _utc(moment: str) -> datetime:
    return datetime.fromisoformat(f"{moment}+00:00")


def _step(day: date, per: Per) -> str:
    """The first day of its step; a week begins on Monday."""
    if per is Per.WEEK:
        day -= timedelta(days=day.weekday())
    elif per is Per.MONTH:
        day = day.replace(day=1)
    return day.isoformat()
