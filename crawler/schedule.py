"""The clock: when a source's next crawl is due, and the APScheduler that rings at that moment.

A schedule is read here and nowhere else: an interval keeps its phase, a crontab line means what crontab(5) says. Due
moments missed while nobody was there fold into one. This module knows names and times only; what to do when the clock
rings is the caller's.
"""

from __future__ import annotations

import logging
from bisect import bisect_right
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger

from crawler.errors import UsageError
from crawler.revisit.planner import MAX_INTERVAL, Bounds
from crawler.revisit.setbacks import LONGEST_RETRY
from crawler.sources import MIN_INTERVAL, Schedule, Source

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
SHORTHANDS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
# The longest wait between two days a line can name: a 29 February on one weekday ("0 0 29 2 */7"), across 2100.
LONGEST_GAP = timedelta(days=40 * 366)
# Zones jump by an hour as a rule, Lord Howe by half of one; three hours on either side of a moment cover them all.
LARGEST_JUMP = timedelta(hours=3)
UNKNOWN_PACE = 900.0


@dataclass(frozen=True, slots=True)
class Cron:
    """A crontab line, read. `weekdays` counts Sunday as 0. See `parse_cron`."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either_day: bool
    every_hour: bool

    def names_day(self, day: date) -> bool:
        """Whether the line asks for a run on that day.

        As crontab has it: when both day fields are restricted, a day that matches either will do.
        """
        by_month = day.day in self.days
        by_week = day.isoweekday() % 7 in self.weekdays
        return day.month in self.months and (by_month or by_week if self.either_day else by_month and by_week)


@lru_cache(maxsize=4096)
def parse_cron(line: str) -> Cron:
    """Read a five-field crontab line or a shorthand such as ``@daily``.

    Fields: minute, hour, day of month, month, day of week; lists, ranges, steps, and English three-letter names.
    Weekdays are 0 (Sunday) to 7 (Sunday again). `UsageError` names the field and what it may hold.
    """
    fields = SHORTHANDS.get(line.strip().lower(), line).split()
    if len(fields) != 5:
        hint = "five fields: minute hour day month weekday, as in '0 7 * * 1-5', or @hourly, @daily, @weekly, @monthly"
        raise UsageError(f"cron line '{line}' can't be read: it needs {hint}", line)
    minutes = _field(line, "minute", fields[0], 0, 59)
    hours = _field(line, "hour", fields[1], 0, 23)
    days = _field(line, "day", fields[2], 1, 31)
    months = _field(line, "month", fields[3], 1, 12, names=MONTHS)
    weekdays = _field(line, "weekday", fields[4], 0, 7, names=WEEKDAYS)
    cron = Cron(
        minutes=tuple(sorted(minutes)),
        hours=tuple(sorted(hours)),
        days=days,
        months=months,
        weekdays=frozenset(day % 7 for day in weekdays),
        either_day=not (fields[2].startswith("*") or fields[4].startswith("*")),
        every_hour=fields[0].startswith("*") or fields[1].startswith("*"),
    )
    if not any(cron.names_day(date(2000, 1, 1) + timedelta(days=n)) for n in range(LONGEST_GAP.days)):
        raise UsageError(f"cron line '{line}' never comes due: no month has such a day; change day or month", line)
    return cron


def _field(line: str, name: str, text: str, low: int, high: int, *, names: tuple[str, ...] = ()) -> frozenset[int]:
    """The numbers that one field of a cron line stands for."""

    def fail(why: str) -> UsageError:
        also = f" or {', '.join(names)}" if names else ""
        choice = f"{low}-{high}{also}, *, lists and steps"
        return UsageError(f"cron line '{line}': {name} '{text}' {why}; it may hold {choice}", line)

    def number(word: str) -> int:
        if word.lower() in names:
            # Month names count from 1, weekday names from 0, as the field itself does.
            return names.index(word.lower()) + low
        if not (word.isascii() and word.isdigit() and len(word) <= 2):
            raise fail("can't be read")
        if not low <= int(word) <= high:
            raise fail("is out of range")
        return int(word)

    values: set[int] = set()
    for part in text.split(","):
        span, slash, step_text = part.partition("/")
        if slash and not (step_text.isascii() and step_text.isdigit() and 0 < int(step_text[:3]) <= 60):
            raise fail("has a step that is no number above 0")
        step = int(step_text) if slash else 1
        if span == "*":
            first, last = low, high
        else:
            start, dash, end = span.partition("-")
            first = number(start)
            last = number(end) if dash else high if slash else first
            # 'sat-sun' and '5-0': Sunday ends the week here.
            if names is WEEKDAYS and dash and last == 0 < first:
                last = 7
        if last < first:
            raise fail("has a range that runs backwards")
        values.update(range(first, last + 1, step))
    return frozenset(values)


def check_schedule(schedule: Schedule) -> None:
    """Raise `UsageError` unless the schedule can be kept: at most one of interval and cron line, readable, in a known
    zone; bounds only where they bound something.
    """
    if schedule.every is not None and schedule.cron is not None:
        raise UsageError("a schedule is either an interval or a cron line: give one of 'every' and 'cron'", "schedule")
    bounded = schedule.min_interval is not None or schedule.max_interval is not None
    if bounded and not schedule.adaptive:
        hint = "leave 'every' and 'cron' out, or the two intervals"
        raise UsageError(f"min_interval and max_interval bound an adaptive schedule only: {hint}", "min_interval")
    if schedule.adaptive:
        bounds_of(schedule)
    if schedule.every is not None and schedule.every < 1:
        raise UsageError(f"an interval of {schedule.every} seconds can't be kept: give at least 1", "every")
    if schedule.cron is not None:
        parse_cron(schedule.cron)
    if schedule.zone is not None:
        _zone(schedule.zone)


def bounds_of(schedule: Schedule, cost: float = 1.0) -> Bounds:
    """The bounds of an adaptive schedule's waits; the one that is not given makes room for the other."""
    low, high = schedule.min_interval, schedule.max_interval
    least = min(MIN_INTERVAL, high or MIN_INTERVAL) if low is None else float(low)
    most = max(MAX_INTERVAL, least) if high is None else float(high)
    return Bounds(least, most, cost)


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(f"zone '{name}' is not known: give an IANA name such as Asia/Seoul", name) from error


def next_due(source: Source, last_run: datetime | None, now: datetime, zone: str = "UTC") -> datetime:
    """When a source is due next (UTC), after the run that was due at `last_run`.

    A moment not after `now` means overdue: run once, however many were missed. `last_run` `None`: never run; an
    interval or an adaptive source is due at once, a cron line at its next moment. A `last_run` later than `now` (the
    clock was set back) gives the phase, never a wait longer than one interval. `zone` (IANA) is where a cron line
    without its own zone is read. Raises `UsageError` for a schedule that can't be read.
    """
    check_schedule(source.schedule)
    if last_run is None:
        return now if source.schedule.cron is None else _first_after(source.schedule, now, now, zone)
    return _first_after(source.schedule, last_run, min(last_run, now), zone)


def following(source: Source, due: datetime, ended: datetime, zone: str = "UTC") -> datetime:
    """When a source is due next (UTC) after a run that was due at `due` and ended at `ended`.

    Always later than `ended`, in phase with `due`: moments that passed while the run went on were served by it.
    """
    check_schedule(source.schedule)
    return _first_after(source.schedule, due, ended, zone)


def planned(
    source: Source,
    stored: datetime | None,
    last_run: datetime | None,
    now: datetime,
    zone: str = "UTC",
    *,
    failures: int = 0,
    waits: bool = False,
    forbidden_for: float | None = None,
) -> datetime:
    """When a source is due (UTC), given the moment that the store remembers from an earlier life, if any.

    A remembered moment that passed is overdue and stays. One to come is kept unless the schedule or the clock was
    changed meanwhile so that it is no longer one the schedule would choose, or the source comes after so many
    `failures` in a row or `waits` for room in a budget. One that robots.txt forbids is left alone `forbidden_for`
    seconds at most. `UsageError` as `next_due`.
    """
    check_schedule(source.schedule)
    if stored is None:
        return next_due(source, last_run, now, zone)
    if stored <= now:
        return stored
    longest = _longest_wait(source.schedule)
    if forbidden_for is not None:
        kept = stored <= _put_off(source.schedule, now, forbidden_for, zone)
        return stored if kept else next_due(source, last_run, now, zone)
    if (failures or waits) and stored <= _put_off(source.schedule, now, LONGEST_RETRY, zone):
        return stored
    if longest is not None:
        soon = stored <= now + longest
        return stored if soon else _first_after(source.schedule, stored, now, zone)
    return _first_after(source.schedule, now, now, zone)


def _put_off(schedule: Schedule, now: datetime, seconds: float, zone: str) -> datetime:
    """The latest moment for which a source is put off that is left alone so long: that of a cron line comes then."""
    moment = now + timedelta(seconds=seconds)
    return moment if schedule.cron is None else _first_after(schedule, moment, moment, zone)


def _longest_wait(schedule: Schedule) -> timedelta | None:
    """The longest wait between two runs, `None` for a cron line."""
    if schedule.cron is not None:
        return None
    return timedelta(seconds=schedule.every if schedule.every is not None else bounds_of(schedule).max_interval)


def _first_after(schedule: Schedule, anchor: datetime, moment: datetime, zone: str) -> datetime:
    """The first due moment (UTC) strictly after `moment`; an interval counts from `anchor`, before it or after.

    An adaptive source of which nothing is known yet is looked at as if it had an interval.
    """
    if schedule.cron is None:
        seconds: float | None = schedule.every
        if seconds is None:
            bounds = bounds_of(schedule)
            seconds = min(bounds.max_interval, max(bounds.min_interval, UNKNOWN_PACE))
        every = timedelta(seconds=seconds)
        return (anchor + ((moment - anchor) // every + 1) * every).astimezone(UTC)
    return _first_cron(parse_cron(schedule.cron), _zone(schedule.zone or zone), moment.astimezone(UTC))


def _first_cron(cron: Cron, zone: ZoneInfo, moment: datetime) -> datetime:
    """The first moment (UTC) strictly after `moment` that the line names on that zone's wall clock."""
    start = (moment - LARGEST_JUMP).astimezone(zone).replace(tzinfo=None)
    day = start.date()
    last = day + LONGEST_GAP
    while day <= last:
        if cron.names_day(day):
            # A zone's jump can put a later wall-clock time before an earlier one: all of a day's moments are compared.
            from_hour = start.hour if day == start.date() else 0
            moments = sorted(_moments(cron, zone, day, from_hour))
            place = bisect_right(moments, moment)
            if place < len(moments):
                return moments[place]
        day += timedelta(days=1)
    raise UsageError("cron line never comes due: change its day or month", "cron")


def _moments(cron: Cron, zone: ZoneInfo, day: date, from_hour: int) -> Iterator[datetime]:
    """All moments (UTC) of one local day from an hour on.

    As cron(8) on Debian does: a time that the clock skips comes at the end of the gap; one that it shows twice counts
    once, but a line that runs every hour or minute goes on through both.
    """
    for hour in cron.hours:
        if hour < from_hour:
            continue
        plain = _plain_hour(zone, day, hour)
        for minute in cron.minutes:
            local = datetime.combine(day, time(hour, minute), zone)
            if plain is not None:
                yield plain + timedelta(minutes=minute)
                continue
            first = local.astimezone(UTC)
            second = local.replace(fold=1).astimezone(UTC)
            if first.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
                yield _gap_end(zone, second, first)
            else:
                yield first
                if cron.every_hour and second != first:
                    yield second


def _plain_hour(zone: ZoneInfo, day: date, hour: int) -> datetime | None:
    """The start of a local hour in UTC, `None` when the clock is changed within it."""
    start = datetime.combine(day, time(hour), zone)
    end = start + timedelta(minutes=59)
    offsets = {moment.replace(fold=fold).utcoffset() for moment in (start, end) for fold in (0, 1)}
    return start.astimezone(UTC) if len(offsets) == 1 else None


def _gap_end(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The instant (UTC) between two others at which the zone's offset changes, to the second."""
    offset = before.astimezone(zone).utcoffset()
    low, high = int(before.timestamp()), int(after.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, UTC)


class Clock:
    """Rings once for each name at its moment: APScheduler with date jobs kept in memory.

    `ring` gets the name and the moment that was due, in the event loop that `start` was called in. A name that rang is
    forgotten until it is set again, so that one that is still at work can't ring. Moments that passed ring at once.
    """

    def __init__(self, ring: Callable[[str, datetime], Awaitable[None]]) -> None:
        # Its lines about each added job say nothing that the caller doesn't.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._ring = ring
        self._due: dict[str, datetime] = {}
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    def start(self) -> None:
        """Begin to ring, in the running event loop."""
        self._scheduler.start()

    def set(self, name: str, due: datetime) -> None:
        """Ring for `name` at `due` (UTC), and at no other moment set before."""
        if self._due.get(name) == due:
            return
        self._due[name] = due
        self._scheduler.add_job(self._fire, DateTrigger(due, UTC), (name, due), id=name, replace_existing=True)

    def drop(self, name: str) -> None:
        """Ring no more for `name`, which need not be set."""
        if self._due.pop(name, None) is not None:
            try:
                self._scheduler.remove_job(name)
            except JobLookupError:
                # It is ringing at this moment: `_fire` sees that the name is gone.
                return

    def due(self) -> dict[str, datetime]:
        """What is set to ring, and when (UTC)."""
        return dict(self._due)

    def look(self) -> None:
        """Look at the wall clock now: APScheduler waits on the monotonic one, which knows no jump and no sleep."""
        self._scheduler.wakeup()

    def stop(self) -> None:
        """Ring no more. What rang already goes on."""
        if self._scheduler.running:
            self._scheduler.remove_all_jobs()
            self._due.clear()
            self._scheduler.shutdown(wait=False)

    async def _fire(self, name: str, due: datetime) -> None:
        if self._due.get(name) == due:
            del self._due[name]
            await self._ring(name, due)
