"""A source's state in a word, and in a line what it means and what a person can do about it. Pure."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from shlex import quote
from typing import Final

from crawler.items import SourceState
from crawler.source_health import LEAST_DAYS, LONGER, Summary, changes_told
from crawler.sources import MIN_INTERVAL, Outline, Schedule, Source

# One failed crawl is a hiccup of the network or the site; a second in a row is worth a word.
FAILING_AFTER: Final = 2
# The slowest outlets worth watching publish weekly; a source that brought nothing new for longer may have moved.
QUIET_AFTER: Final = timedelta(days=8)
# A look that takes its whole time once met an hour of much news; the second time it is the source.
SLOW_AFTER: Final = 2

# What politeness and a crawl say of a door that is there and not for us.
_robots = re.compile(r"robots\.txt of \S+ disallows it\b")
_refused = re.compile(r"the server answered (401|402|403|407|451)\b")


class SourceWord(StrEnum):
    """A source's state in a word, the worst first."""

    FAILING = "failing"
    FORBIDDEN = "forbidden"
    CHANGED = "changed"
    EMPTY = "empty"
    OVERFLOWING = "overflowing"
    SLOW = "slow"
    BLOCKED = "blocked"
    MOVED = "moved"
    QUIET = "quiet"
    NEVER_RUN = "never run"
    NEW = "new"
    OK = "ok"
    OFF = "off"


UNHEALTHY: Final = frozenset(
    {
        SourceWord.FAILING,
        SourceWord.FORBIDDEN,
        SourceWord.CHANGED,
        SourceWord.EMPTY,
        SourceWord.OVERFLOWING,
        SourceWord.SLOW,
    }
)
"""A person should look: it can't be read, no longer gives what it used to, or gives more than is looked for."""
RANKS: Final = {word: rank for rank, word in enumerate(SourceWord)}


def judge(
    source: Source | Outline,
    state: SourceState,
    told: Summary,
    *,
    blocked_until: datetime | None,
    now: datetime,
) -> SourceWord:
    """A source's state in a word; `blocked_until` is the time (UTC) before which its host is not to be asked."""
    if not source.enabled:
        return SourceWord.OFF
    if state.failures >= FAILING_AFTER or (state.failures and state.last_success is None):
        error = state.last_error or ""
        return SourceWord.FORBIDDEN if _robots.search(error) or _refused.search(error) else SourceWord.FAILING
    if blocked_until is not None and blocked_until > now:
        return SourceWord.BLOCKED
    if state.last_run is None:
        return SourceWord.NEVER_RUN
    if changes_told(told, now):
        return SourceWord.CHANGED
    if told.never_named:
        return SourceWord.EMPTY
    if told.overflowing:
        return SourceWord.OVERFLOWING
    if told.cut >= SLOW_AFTER:
        return SourceWord.SLOW
    if told.moved:
        return SourceWord.MOVED
    silent = QUIET_AFTER if state.last_new is None else now - state.last_new
    # How long nothing new is nothing unusual.
    if state.last_new is None or silent > max(QUIET_AFTER, timedelta(days=told.longest_silence * LONGER)):
        if not told.has_pace:
            return SourceWord.NEW
        return SourceWord.EMPTY if told.empty_since is not None else SourceWord.QUIET
    return SourceWord.OK


def account(
    word: SourceWord,
    source: Source | Outline,
    state: SourceState,
    told: Summary,
    *,
    zone: tzinfo,
    daemon: bool,
    added_at: datetime | None = None,
    blocked: tuple[datetime, str] | None = None,
) -> str | None:
    """What the word means of this source, and what to do, in a line; `None`: nothing need be said.

    Times are told in `zone`; `daemon`: one is running; `blocked` is until when its host is left alone (UTC), and why.
    """

    def at(moment: datetime) -> str:
        return moment.astimezone(zone).replace(tzinfo=None).isoformat(" ", "minutes")

    def added(moment: datetime | None) -> str:
        return "" if moment is None else f" since it was added, {at(moment)}"

    name = quote(source.name)
    probe = f"`presswatch source probe {quote(source.url)}` tells what is there now"
    match word:
        case SourceWord.FAILING | SourceWord.FORBIDDEN:
            looks = "the last look" if state.failures == 1 else f"the last {state.failures} looks"
            read = "never read" if state.last_success is None else f"last read {at(state.last_success)}"
            failed = f"{looks} failed, {read}: {state.last_error or 'no reason is known'}"
            if word is SourceWord.FAILING:
                return f"{failed}; {probe}"
            way = (
                "its publisher asks not to be crawled there; `presswatch source probe` tells whether another "
                f"door is open, and `presswatch source remove {name}` lets it be"
                if _robots.search(state.last_error or "")
                else "it wants credentials (`presswatch source add` with --replace and --header), or refuses crawlers"
            )
            return f"{failed}; {way}"
        case SourceWord.CHANGED:
            return f"{probe}; to take that: `presswatch source add {quote(source.url)} --name {name} --replace`"
        case SourceWord.EMPTY:
            since = "" if told.empty_since is None else f" since {at(told.empty_since)}"
            return f"its doors answer and name nothing{since}; {probe}"
        case SourceWord.OVERFLOWING:
            return way_out(source.schedule)
        case SourceWord.SLOW:
            return (
                f"the last {told.cut} looks were cut short (max_seconds), so that some articles wait for the next one; "
                "give it more time, or a shorter delay"
            )
        case SourceWord.BLOCKED if blocked is not None:
            why = f": {blocked[1]}" if blocked[1] else ""
            return f"its host is left alone until {at(blocked[0])}{why}; it is asked again then"
        case SourceWord.MOVED:
            return moved(source.name, told)
        case SourceWord.QUIET:
            since = added(added_at) if state.last_new is None else f" since {at(state.last_new)}"
            return f"nothing new{since}; {probe}"
        case SourceWord.NEVER_RUN if daemon:
            return "not looked at yet; the daemon does as soon as there is room"
        case SourceWord.NEVER_RUN:
            return f"not looked at yet; `presswatch daemon` does, or now `presswatch crawl --source {name}`"
        case SourceWord.NEW:
            return f"nothing new{added(added_at)}; its usual pace is known after {LEAST_DAYS} days"
        case SourceWord.OFF:
            return f"paused; `presswatch source resume {name}` goes on"
        case _:
            return None


def moved(name: str, told: Summary) -> str | None:
    """Where a source is for good now, and the command that takes its new address; `None`: it is where it was."""
    if not told.moved:
        return None
    places = ", ".join(f"{old} is {new} for good now" for old, new in told.moved.items())
    return f"{places}; it is followed there, and `presswatch source move {quote(name)}` takes the new address"


def way_out(schedule: Schedule) -> str:
    """What a person is told of a source that shows nothing but new articles, and can do about it."""
    if schedule.every is not None:
        setting = f"shorten its interval (every, {schedule.every} s)"
    elif schedule.cron is not None:
        setting = "let its cron line name more moments"
    else:
        setting = f"lower its min_interval ({schedule.min_interval or MIN_INTERVAL:.0f} s)"
    return f"all that it shows is new at most looks, so some articles may fall off unseen: {setting}"
