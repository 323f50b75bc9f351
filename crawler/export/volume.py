"""How much was published, when, where and about what: articles, and the stories that they tell. Pure."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from crawler.items import ArticleMark, shown_in
from crawler.urls import publisher

MAX_FILLED: Final = 400
"""Longest row of days in which those without an article are told too: one wrong date would make a thousand."""
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

    def stories(self) -> int:
        return len(set(self.told))


class Volume:
    """Counts articles as they pass. Eight bytes an article and question are kept: a story is a number."""

    def __init__(self, zone: str, by: Iterable[By] = tuple(By)) -> None:
        self._zone = ZoneInfo(zone)
        self._groups: dict[By, dict[str, _Group]] = {each: {} for each in by}
        self._all = _Group()
        self._outlets: dict[tuple[str, ...], str] = {}
        self.first: datetime | None = None
        self.last: datetime | None = None

    def add(self, mark: ArticleMark) -> None:
        """Count one article."""
        story = int(mark.story[:16] or "0", 16)
        self._count(self._all, story)
        self.first = mark.dated_at if self.first is None else min(self.first, mark.dated_at)
        self.last = mark.dated_at if self.last is None else max(self.last, mark.dated_at)
        for by, groups in self._groups.items():
            for name in self._names(by, mark):
                group = groups.get(name)
                if group is None:
                    group = groups[name] = _Group()
                self._count(group, story)

    @staticmethod
    def _count(group: _Group, story: int) -> None:
        group.articles += 1
        group.told.append(story)

    def _names(self, by: By, mark: ArticleMark) -> Sequence[str]:
        match by:
            case By.DAY:
                return (shown_in(mark.dated_at, self._zone).date().isoformat(),)
            case By.SOURCE:
                return (mark.source or "",)
            case By.TOPIC:
                return mark.topics or ("",)
            case By.LANG:
                return (mark.lang or "",)
            case By.OUTLET:
                # Looked up once a host: what a publisher's domain is takes longer than all the rest.
                origin = tuple(mark.url.split("/", 3)[:3])
                if origin not in self._outlets:
                    self._outlets[origin] = publisher(mark.url)
                return (self._outlets[origin],)

    @property
    def articles(self) -> int:
        """All articles."""
        return self._all.articles

    @property
    def stories(self) -> int:
        """All stories."""
        return self._all.stories()

    def lines(self, by: By) -> list[Line]:
        """Names with most stories first; the empty name stands for those without one, last."""
        counted = [(name, group.articles, group.stories()) for name, group in self._groups[by].items()]
        whole = sum(stories for *_, stories in counted)
        counted.sort(key=lambda line: (not line[0], -line[2], -line[1], line[0]))
        return [Line(name, articles, stories, stories / whole) for name, articles, stories in counted]

    def days(self, per: Per | None = None) -> tuple[Per, list[Line]]:
        """Steps of time in order, also those without an article; `None` chooses a step that a screen can show."""
        days = self._groups[By.DAY]
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
            into.articles += group.articles
            into.told.extend(group.told)
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
