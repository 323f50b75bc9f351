"""A walk along the result pages of one search: when it is over, and why. Pure.

Results come newest first or by relevance, and a search that says the one may do the other; so the walk looks at the
dates themselves. One old item among new ones ends nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

IN_ORDER: Final = 0.8
"""Share of neighbours that must stand newest first for a search to count as sorted by date: some pin or group a few."""
SLACK: Final = timedelta(days=1)
"""Dates without a clock stand in any order within a day."""
LEAST_NEIGHBOURS: Final = 4
OLD_PAGES: Final = 3
"""Pages in a row without one item of the time asked for, after which a search by relevance is left."""
KNOWN_PAGES: Final = 2
"""As `OLD_PAGES`, of what is all known."""
DATED_SHARE: Final = 0.5
"""Of a page's items so many must bear a date for the page to count as old."""


@dataclass(frozen=True, slots=True)
class PageSeen:
    """One page of results: a key for each item, its date where shown, and how many of the items are new to us."""

    keys: tuple[str, ...]
    dates: tuple[datetime | None, ...]
    fresh: int


class Walk:
    """The book of one walk. `by_date`: what is known of its order beforehand (`None`: nothing).

    `covered`: an earlier walk of the same search went through it back to that time, so what is all known ends it,
    unless `since` lies before.
    """

    def __init__(
        self, *, since: datetime | None, most: int, by_date: bool | None = None, covered: datetime | None = None
    ) -> None:
        self._since = since
        self._most = most
        self._by_date = by_date
        self._covered = covered
        self._keys: set[str] = set()
        self._neighbours = 0
        self._ordered = 0
        self._last_date: datetime | None = None
        self._old_pages = 0
        self._known_pages = 0
        self.oldest: datetime | None = None
        self.pages = 0
        self.stopped: str | None = None
        self.complete = False

    @property
    def sorted(self) -> bool:
        """Whether the results stand newest first, by what was seen; at first by what is known of the site."""
        if self._neighbours < LEAST_NEIGHBOURS:
            return self._by_date is not False
        return self._ordered >= IN_ORDER * self._neighbours

    def awaits_dates(self, page: PageSeen) -> bool:
        """Whether a page shows too few dates to judge it by, so that its new articles are to be read first."""
        dated = sum(moment is not None for moment in page.dates)
        return self._since is not None and page.fresh > 0 and dated < DATED_SHARE * len(page.keys)

    def stop(self, reason: str, *, complete: bool = False) -> None:
        """It is over; the first reason stands. `complete`: all that was asked for has been seen."""
        if self.stopped is None:
            self.stopped, self.complete = reason, complete

    def read(self, page: PageSeen) -> bool:
        """One more page was read; whether the next one is asked."""
        self.pages += 1
        again = self._keys.issuperset(page.keys)
        self._keys.update(page.keys)
        if not page.keys:
            self.stop(f"the results end at page {self.pages}", complete=True)
        elif again:
            self.stop(f"page {self.pages} repeats what came before", complete=True)
        else:
            self._look(page)
        if self.pages >= self._most:
            self.stop(f"{self.pages} pages, the most that are walked")
        return self.stopped is None

    def _look(self, page: PageSeen) -> None:
        dates = [moment for moment in page.dates if moment is not None]
        for moment in dates:
            if self._last_date is not None:
                self._neighbours += 1
                self._ordered += moment <= self._last_date + SLACK
            self._last_date = moment
            self.oldest = moment if self.oldest is None else min(self.oldest, moment)
        if self._since is not None:
            since = self._since
            old = len(dates) >= DATED_SHARE * len(page.keys) and all(moment < since for moment in dates)
            self._old_pages = self._old_pages + 1 if old else 0
            if self._old_pages >= (1 if self.sorted else OLD_PAGES):
                order = "" if self.sorted else f" {OLD_PAGES} times, not sorted by date"
                self.stop(f"page {self.pages} is past {since:%Y-%m-%d}{order}", complete=True)
        self._known_pages = 0 if page.fresh else self._known_pages + 1
        enough = self._covered is not None and (self._since is None or self._covered <= self._since)
        if enough and self._known_pages >= (1 if self.sorted else KNOWN_PAGES):
            self.stop(f"page {self.pages} names only what is known", complete=True)

    def reach(self, now: datetime) -> datetime:
        """How far back the search has been walked through, when it is `complete`: `now` when nothing was dated."""
        reached = [moment for moment in (self._since, self._covered, self.oldest) if moment is not None]
        return min(reached, default=now)
