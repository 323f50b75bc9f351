"""How much was published, when, where and about what: articles, and the stories that they tell. Pure."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import chain
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from crawler.items import ArticleMark, shown_in
from crawler.urls import publisher

MAX_FILLED: Final = 400
"""Longest row of days in which those without an article are told too: one wrong date would make a thousand."""
QUARTER: Final = 900
"""Seconds within which a day begins nowhere: zones are quarters of an hour apart."""
WHOLE_QUARTERS: Final = 1973
"""The first year in which they are, in every zone."""
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


@dataclass(slots=True)
class _Group:
    articles: int = 0
    told: array[int] = field(default_factory=lambda: array("Q"))

    def add(self, told: array[int]) -> None:
        self.articles += len(told)
        self.told.extend(told)

    def stories(self) -> int:
        return len(set(self.told))


class _Kind(NamedTuple):
    """What articles are told apart by while they pass; many share one, so that each is counted once, not by name."""

    day: str
    source: str | None
    outlet: str
    lang: str | None
    topics: tuple[str, ...]

    def names(self, by: By) -> Sequence[str]:
        match by:
            case By.DAY:
                return (self.day,)
            case By.SOURCE:
                return (self.source or "",)
            case By.TOPIC:
                return self.topics or ("",)
            case By.LANG:
                return (self.lang or "",)
            case By.OUTLET:
                return (self.outlet,)


class Volume:
    """Counts articles as they pass. Eight bytes an article are kept, and as many for each question as it is asked: a
    story is a number.
    """

    def __init__(self, zone: str, by: Iterable[By] = tuple(By)) -> None:
        self._zone = ZoneInfo(zone)
        self._asked = frozenset(by)
        self._kinds: dict[_Kind, array[int]] = {}
        self._outlets: dict[str, str] = {}
        self._days: dict[int, str] = {}
        self.first: datetime | None = None
        self.last: datetime | None = None

    def add(self, mark: ArticleMark) -> None:
        """Count one article."""
        dated_at = mark.dated_at
        if self.first is None or dated_at < self.first:
            self.first = dated_at
        if self.last is None or dated_at > self.last:
            self.last = dated_at
        kind = _Kind(
            self._day(dated_at) if By.DAY in self._asked else "",
            mark.source if By.SOURCE in self._asked else None,
            self._outlet(mark.url) if By.OUTLET in self._asked else "",
            mark.lang if By.LANG in self._asked else None,
            mark.topics if By.TOPIC in self._asked else (),
        )
        told = self._kinds.get(kind)
        if told is None:
            told = self._kinds[kind] = array("Q")
        told.append(int(mark.story[:16] or "0", 16))

    def _day(self, moment: datetime) -> str:
        quarter = int(moment.timestamp() // QUARTER)
        day = self._days.get(quarter)
        if day is None:
            day = shown_in(moment, self._zone).date().isoformat()
            if moment.year >= WHOLE_QUARTERS:
                self._days[quarter] = day
        return day

    def _outlet(self, url: str) -> str:
        # Looked up once a host: what a publisher's domain is takes longer than all the rest.
        origin = "/".join(url.split("/", 3)[:3])
        outlet = self._outlets.get(origin)
        if outlet is None:
            outlet = self._outlets[origin] = publisher(url)
        return outlet

    def _groups(self, by: By) -> dict[str, _Group]:
        groups: dict[str, _Group] = {}
        for kind, told in self._kinds.items():
            for name in kind.names(by):
                groups.setdefault(name, _Group()).add(told)
        return groups

    @property
    def articles(self) -> int:
        """All articles."""
        return sum(map(len, self._kinds.values()))

    @property
    def stories(self) -> int:
        """All stories."""
        return len(set(chain.from_iterable(self._kinds.values())))

    def lines(self, by: By) -> list[Line]:
        """Names with most stories first; the empty name stands for those without one, last."""
        counted = [(name, group.articles, group.stories()) for name, group in self._groups(by).items()]
        whole = sum(stories for *_, stories in counted)
        counted.sort(key=lambda line: (not line[0], -line[2], -line[1], line[0]))
        return [Line(name, articles, stories, stories / whole) for name, articles, stories in counted]

    def days(self, per: Per | None = None) -> tuple[Per, list[Line]]:
        """Steps of time in order, also those without an article; `None` chooses a step that a screen can show."""
        days = self._groups(By.DAY)
        if not days:
            return per or Per.DAY, []
        first, last = (date.fromisoformat(edge(days)) for edge in (min, max))
        span = (last - first).days + 1
        if per is None:
            per = Per.DAY if span <= DAYS_BY_DAY else Per.WEEK if span <= DAYS_BY_WEEK else Per.MONTH
        steps: dict[str, _Group] = {}
        if span <= MAX_FILLED * {Per.DAY: 1, Per.WEEK: 7, Per.MONTH: 28}[per]:
            steps = {_step(first + timedelta(days=n), per): _Group() for n in range(span)}
        for day, group in sorted(days.items()):
            into = steps.setdefault(_step(date.fromisoformat(day), per), _Group())
            into.add(group.told)
        counted = {name: group.stories() for name, group in steps.items()}
        whole = sum(counted.values())
        return per, [Line(name, steps[name].articles, told, told / whole) for name, told in counted.items()]


def _step(day: date, per: Per) -> str:
    """The first day of its step; a week begins on Monday."""
    if per is Per.WEEK:
        day -= timedelta(days=day.weekday())
    elif per is Per.MONTH:
        day = day.replace(day=1)
    return day.isoformat()
