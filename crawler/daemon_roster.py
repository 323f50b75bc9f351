"""What the daemon watches: its look at the store's sources, by which the clock is set, and the planner's books."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime

from crawler.agenda import Agenda
from crawler.config import Config
from crawler.daemon_budgets import bring_forward
from crawler.daemon_store import StoreCalls
from crawler.daemon_telling import Telling
from crawler.daemon_turns import Turns, forbidden_wait
from crawler.errors import UsageError
from crawler.items import SourceState
from crawler.logs import tell
from crawler.politeness import is_forbidden
from crawler.schedule import next_due, planned
from crawler.sources import Source
from storage import Store

# How often the store is asked what changed; a person who adds a source sees it crawled within this many seconds.
LOOK_EVERY = 2.0
# Of the time, what looking may take: with ten thousand sources it is done less often.
LOOK_SHARE = 0.05
# A difference between wall clock and steady clock that slow scheduling of this process doesn't explain.
JUMP = 5.0
# The planner's books, small and written often enough that a kill costs nothing worth mentioning.
BOOKS, BOOKS_EVERY = "budget", 60.0


class Roster:
    """Keeps `turns` to what the store says of its sources. `ready` is told when the first look is done."""

    def __init__(
        self,
        config: Config,
        store: Store,
        calls: StoreCalls,
        *,
        turns: Turns,
        agenda: Agenda,
        telling: Telling,
        ready: Callable[[], Awaitable[None]],
        stopping: asyncio.Event,
        now: Callable[[], datetime],
    ) -> None:
        self._config = config
        self._store = store
        self._calls = calls
        self._turns = turns
        self._agenda = agenda
        self._telling = telling
        self._ready = ready
        self._stopping = stopping
        self._now = now
        self._refused: dict[str, str] = {}
        self._robots_otherwise = False
        self._moved: tuple[datetime, float] | None = None
        self.looked = False
        """Whether the first look is done."""

    def renew(self, config: Config) -> None:
        """Go on under other settings."""
        before, self._config = self._config, config
        self._robots_otherwise |= _robots(before) != _robots(config)

    async def look(self) -> None:
        """See what sources there are and set the clock for those that are new, changed, or asked for sooner."""
        turns = dict(self._turns.turnover)
        listed = {source.name: source for source in await self._calls(self._store.sources.list)}
        states = {state.name: state for state in await self._calls(self._store.sources.states)}
        if self.looked:
            self._turns.clock.look()
        jumped = self.clock_jumped()
        anew, self._robots_otherwise = jumped or self._robots_otherwise, False
        set_to = self._turns.clock.due()
        for name in self._turns.sources.keys() - listed.keys():
            self._turns.clock.drop(name)
            self._refused.pop(name, None)
            self._telling.forget(name)
            tell("source removed", source=name)
        old, self._turns.sources = self._turns.sources, listed
        if not self.looked:
            await self._resume()
        await self._remember(listed)

        def in_turn(name: str) -> bool:
            # What was read of a source whose turn began or ended meanwhile is no longer true.
            return name in self._turns.under_way or turns.get(name) != self._turns.turnover.get(name)

        states |= await self._bring_forward(listed, states, in_turn)
        for name, source in listed.items():
            if in_turn(name):
                continue
            state = states.get(name, SourceState(name=name))
            if not source.enabled:
                self._turns.clock.drop(name)
                continue
            if not anew and source == old.get(name) and set_to.get(name) == state.next_due is not None:
                continue
            try:
                due = self._due(source, old.get(name), state, jumped=jumped)
            except UsageError as error:
                self._turns.clock.drop(name)
                if self._refused.get(name) != str(error):
                    self._refused[name] = str(error)
                    tell("source refused", level=logging.ERROR, source=name, error=error)
                continue
            self._refused.pop(name, None)
            if state.next_due != due:
                await self._calls(self._store.sources.set_next_due, name, due)
            if name not in self._turns.under_way and not self._stopping.is_set():
                self._turns.clock.set(name, due)
        self._turns.states = states
        if not self.looked:
            self.looked = True
            # Begun with all jobs there: each one added later is a look at all of them.
            self._turns.clock.start()
            tell("watching", sources=len(listed))
            await self._ready()

    async def _bring_forward(
        self, listed: Mapping[str, Source], states: Mapping[str, SourceState], in_turn: Callable[[str], bool]
    ) -> dict[str, SourceState]:
        """After budgets were raised: what waited for room, and looks that were planned later than now need be; the
        states that this changed.
        """
        now = self._now()
        lifted = await bring_forward(self._calls, self._store, self._config, listed, states, skip=in_turn, now=now)
        dues = self._agenda.sooner(
            states, now, lambda name: name in lifted or in_turn(name) or self._turns.hubs.delivers(name)
        )
        if dues:
            await self._calls(self._store.waits.lift, dues, {}, (), now)
        return lifted | {name: replace(states[name], next_due=due) for name, due in dues.items()}

    async def _resume(self) -> None:
        """Go on with the books of an earlier life."""
        books = await self._calls(self._store.plans.get, BOOKS)
        if books is None:
            return
        try:
            self._agenda.resume(books)
        except UsageError as error:
            tell("budget's books not known", level=logging.WARNING, error=error)

    async def keep_books(self) -> None:
        """Write down what of the budget was spent beyond the plan, or is owed."""
        if self.looked:
            await self._calls(self._store.plans.keep, BOOKS, self._agenda.books)

    async def _remember(self, listed: dict[str, Source]) -> None:
        """Hand the agenda what the store keeps of adaptive sources that it doesn't know yet."""
        unknown = sorted(self._agenda.unknown(listed))
        if not unknown:
            return
        learnt = await self._calls(self._store.sources.learnt, unknown[0] if len(unknown) == 1 else None)
        for name in unknown:
            try:
                self._agenda.watch(listed[name], learnt.get(name), self._now())
            except UsageError as error:
                tell("pace not known", level=logging.WARNING, source=name, error=error)

    def clock_jumped(self) -> bool:
        """Whether the wall clock was set, or the machine slept, since the last look."""
        wall, steady = self._now(), time.monotonic()
        before, self._moved = self._moved, (wall, steady)
        if before is None:
            return False
        return abs((wall - before[0]).total_seconds() - (steady - before[1])) > JUMP

    def _due(self, source: Source, known: Source | None, state: SourceState, *, jumped: bool) -> datetime:
        """When a source that is not being crawled is due (UTC)."""
        now, zone = self._now(), self._config.zone
        if known is not None and known.schedule != source.schedule:
            tell("source changed", source=source.name)
            return next_due(source, state.last_run, now, zone)
        if known is None and self.looked:
            tell("source watched", source=source.name, url=source.url)
        # By a clock that was set there may be room long before.
        waits = not jumped and state.waits is not None and state.waits.until == state.next_due
        forbidden = is_forbidden(state.last_error) if state.failures and state.last_error else False
        return planned(
            source,
            state.next_due,
            state.last_run,
            now,
            zone,
            failures=state.failures,
            waits=waits,
            forbidden_for=forbidden_wait(source.name, self._config) if forbidden else None,
        )


def _robots(config: Config) -> tuple[bool, float]:
    return config.obey_robots, config.robots_lifetime
