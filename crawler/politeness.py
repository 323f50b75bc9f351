"""One delay, one robots.txt and one back-off per host, for every crawl of this process; a lease for those of others.

The store remembers robots.txt, blocks and leases across processes; the pace itself is kept in memory by whoever holds a
host's lease. robots.txt is read as RFC 9309 says, Retry-After as RFC 9110, 10.2.3.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import logging
import os
import re
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Protocol, TypeVar
from urllib.parse import urlsplit

from protego import Protego

from crawler.errors import FetchError, HostBusy, HostLeftAlone, RobotsRefused, StoreError
from crawler.items import HostLease, RobotsRow
from crawler.logs import tell

T = TypeVar("T")

ROBOTS_BYTES = 512_000  # RFC 9309, 2.5: at least 500 KiB must be parsed
ROBOTS_REDIRECTS = 5  # RFC 9309, 2.3.1.2
ROBOTS_RETRY = 300.0  # seconds until a robots.txt that a server could not give (5xx) is asked for again
UNREACHABLE_MEMORY = 20.0  # seconds in which the pages of a host that could not be reached are not each tried
LONGEST_CRAWL_DELAY = 30.0  # seconds; robots.txt files with a Crawl-delay of hours would stop a source for good
REQUESTS_A_HOST = 2  # under way at once at a host that is paced: a slow answer must not stop the pace, nor pile up
LEASE_SECONDS = 60.0  # how long another machine waits after this process was killed; renewed at a third
LEASE_WAIT = 60.0  # seconds a crawl waits for a host that another process crawls
LEASE_POLL = 0.5
FAILURES_TO_BLOCK = 5  # failures in a row, retries not counted apart, after which a host is left alone
FIRST_BLOCK = 300.0  # seconds; doubled with each block in a row
LONGEST_BLOCK = 6 * 3600.0
LONGEST_PAUSE = 60.0  # seconds that a crawl waits for Retry-After; longer ones block the host and end its part
LONGEST_RETRY_AFTER = 24 * 3600.0
SWEEP_SECONDS = 60.0  # between two clearings of what is remembered of hosts and no longer used
LEAST_BACK_OFF = 0.25  # seconds before the first retry where no delay is configured
_forbidden = re.compile(r"robots\.txt of \S+ disallows it\b")


class HostStore(Protocol):
    """What politeness keeps in the store (`store.hosts`)."""

    def robots(self, origin: str) -> RobotsRow | None:
        """The kept robots.txt of an origin."""

    def save_robots(self, row: RobotsRow) -> None:
        """Keep a robots.txt."""

    def block(self, host: str, until: datetime, reason: str) -> None:
        """Leave a host alone."""

    def clear(self, host: str) -> None:
        """End a block."""

    def acquire(self, host: str, token: str, seconds: float) -> HostLease | None:
        """Take the lease of a host, unless another token holds it."""

    def renew(self, host: str, token: str, seconds: float) -> bool:
        """Prolong a lease."""

    def release(self, host: str, token: str) -> None:
        """Give a lease back."""


@dataclass(frozen=True, slots=True)
class RobotsAnswer:
    """What asking for a robots.txt gave: the last status and the text (of a 2xx), after redirects."""

    status: int
    text: str


@dataclass(slots=True)
class _Host:
    """What this process knows of one host; times are of the monotonic clock."""

    next_at: float = 0.0
    last_at: float = float("-inf")
    busy_until: float = 0.0
    crawl_delay: float = 0.0
    paused_until: float = 0.0
    pause_reason: str = ""
    asked_until: float = 0.0
    failures: int = 0
    blocks: int = 0
    blocked: bool | None = None
    lease_until: float = 0.0
    users: set[Hashable] = field(default_factory=set)
    entrance: asyncio.Lock = field(default_factory=asyncio.Lock)
    places: asyncio.Semaphore | None = None


@dataclass(frozen=True, slots=True)
class _Rules:
    """robots.txt of an origin as used until `until` (monotonic): no `rules`: nothing is allowed, for `reason`."""

    until: float
    rules: Protego | None
    reason: str = ""
    delay: float = 0.0


class HostLocks:
    """Keeps the processes of one machine apart, by an OS lock on a file for each host: it dies with its process.

    The lease in the store keeps machines apart. It is taken in the name of the machine (`token`), so that what a killed
    process held is free at once for the next process here, and elsewhere when the lease ends.
    """

    def __init__(self, store_url: str, folder: Path | None = None) -> None:
        user = os.getuid()
        place = folder or Path(tempfile.gettempdir()) / f"presswatch-{user}"
        self._folder = place / hashlib.sha256(store_url.encode()).hexdigest()[:16]
        self.token = f"{socket.gethostname()}:{user}"
        self._held: dict[str, int] = {}

    def take(self, host: str) -> bool:
        """Whether this process now holds the host; false while another one does."""
        if host in self._held:
            return True
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = hashlib.sha256(host.encode()).hexdigest()[:32]
        # No Path: pathlib interns each part, and names that come and go wear out the table of such strings.
        handle = os.open(f"{self._folder}/{name}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return False
        self._held[host] = handle
        return True

    def give_back(self, host: str) -> None:
        """Let other processes have the host."""
        handle = self._held.pop(host, None)
        if handle is not None:
            os.close(handle)


class Politeness:
    """Gives each request its turn.

    `call` runs a call of the store off the event loop; `fetch_robots` asks for a robots.txt (raising `FetchError` when
    its host can't be reached). `agent` is the User-Agent whose first word robots.txt is asked about. Times in seconds.
    """

    def __init__(
        self,
        hosts: HostStore,
        call: Callable[..., Awaitable[T]],
        fetch_robots: Callable[[str, Callable[[int], None], str], Awaitable[RobotsAnswer]],
        *,
        locks: HostLocks,
        agent: str,
        delay: float,
        concurrency: int,
        robots_lifetime: float,
        obey_robots: bool = True,
        lease_wait: float = LEASE_WAIT,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = hosts
        self._call = call
        self._fetch_robots = fetch_robots
        self._locks = locks
        self.token = locks.token
        """Whose leases these are in the store."""
        self._product = agent.partition("/")[0].strip() or "*"
        self._delay = delay
        self._concurrency = concurrency
        self._lifetime = robots_lifetime
        self._obey = obey_robots
        self._lease_wait = lease_wait
        self._now = now
        self._clock = clock
        self._hosts: dict[str, _Host] = {}
        self._robots: dict[str, _Rules] = {}
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._unreachable: dict[str, tuple[float, FetchError]] = {}
        self._places = asyncio.Semaphore(concurrency)
        self._renewing: asyncio.Task[None] | None = None
        self._swept = clock()
        self._left_out: dict[str, int] = {}

    # ------------------------------------------------------------------------------------------------- robots.txt
    async def check_robots(
        self, url: str, count: Callable[[int], None] = lambda _bytes: None, *, source: str = ""
    ) -> None:
        """Raise `RobotsRefused` when robots.txt disallows `url`; `count` is told the size of each answer fetched, and
        `source` is whose budget fetching it is taken from.

        Raises what fetching raised (`FetchError`, `BudgetSpent`) when the host can't be reached at all.
        """
        if not self._obey:
            return
        origin = _origin(url)
        known = self._robots.get(origin)
        if known is None or known.until <= self._clock():
            task = self._asking.get(origin)
            if task is None:
                task = asyncio.create_task(self._load_robots(origin, count, source))
                self._asking[origin] = task
                task.add_done_callback(lambda _: self._asking.pop(origin, None))
            await asyncio.shield(task)
            known = self._robots[origin]
        if known.rules is None:
            raise RobotsRefused(f"{url}: not fetched, {known.reason}", url)
        if known.delay:
            self._host(host_of(url)).crawl_delay = known.delay
        if not known.rules.can_fetch(url, self._product):
            raise RobotsRefused(f"{url}: robots.txt of {urlsplit(url).netloc} disallows it for {self._product}", url)

    def sitemaps(self, url: str) -> tuple[str, ...]:
        """The sitemaps that the robots.txt of an origin names, which `check_robots` has read for a URL of it before."""
        known = self._robots.get(_origin(url))
        return tuple(known.rules.sitemaps) if known is not None and known.rules is not None else ()

    def disallows(self, url: str) -> bool:
        """Whether a robots.txt that has been read disallows `url`; false where none has been."""
        known = self._robots.get(_origin(url)) if self._obey else None
        return known is not None and (known.rules is None or not known.rules.can_fetch(url, self._product))

    async def _load_robots(self, origin: str, count: Callable[[int], None], source: str) -> None:
        failed = self._unreachable.get(origin)
        if failed is not None and failed[0] > self._clock():
            raise FetchError(str(failed[1]), origin) from failed[1].__cause__
        row: RobotsRow | None = await self._call(self._store.robots, origin)  # type: ignore[assignment]
        if row is None or row.expires_at <= self._now():
            try:
                answer = await self._fetch_robots(f"{origin}/robots.txt", count, source)
            except HostLeftAlone:
                raise
            except FetchError as error:
                self._unreachable[origin] = (self._clock() + UNREACHABLE_MEMORY, error)
                raise
            row = self._robots_row(origin, answer, row)
            await self._call(self._store.save_robots, row)
        until = self._clock() + (row.expires_at - self._now()).total_seconds()
        if row.body is None:
            reason = f"its robots.txt answered {row.status}; it is asked for again after {row.expires_at:%H:%M} UTC"
            self._robots[origin] = _Rules(until, None, reason)
            return
        rules = Protego.parse(row.body)
        delay = min(float(rules.crawl_delay(self._product) or 0.0), LONGEST_CRAWL_DELAY)
        self._robots[origin] = _Rules(until, rules, delay=delay)

    def _robots_row(self, origin: str, answer: RobotsAnswer, old: RobotsRow | None) -> RobotsRow:
        now = self._now()
        status = answer.status
        if 200 <= status < 300:
            body: str | None = answer.text
        elif 300 <= status < 500 and status != 429:  # RFC 9309, 2.3.1.3: unavailable means that everything is allowed
            body = ""
        else:  # 2.3.1.4: unreachable means that nothing is, unless an older copy is at hand
            body = old.body if old is not None else None
        seconds = self._lifetime if status < 500 and status != 429 else min(ROBOTS_RETRY, self._lifetime)
        return RobotsRow(
            origin=origin, status=status, body=body, fetched_at=now, expires_at=now + timedelta(seconds=seconds)
        )

    # ------------------------------------------------------------------------------------------------------ turns
    @contextlib.asynccontextmanager
    async def turn(
        self, url: str, user: Hashable, *, delay: float | None = None, stopped: asyncio.Event | None = None
    ) -> AsyncIterator[None]:
        """Wait for the turn of a request to `url`, and hold a place for it while the block runs.

        `user` is the crawl; `leave` gives back what it held. `delay` is the source's own. Raises `HostLeftAlone` when
        the host is blocked, `HostBusy` when another process crawls it, `asyncio.CancelledError` never for `stopped`:
        that raises `FetchError` as well.
        """
        host = host_of(url)
        entry = self._host(host)
        entry.users.add(user)
        if entry.places is None:
            paced = (self._delay if delay is None else delay) > 0 or entry.crawl_delay > 0
            entry.places = asyncio.Semaphore(REQUESTS_A_HOST if paced else self._concurrency)
        async with entry.places:
            await self._enter(host, entry, delay, stopped)
            async with self._places:
                # Those who waited for a place may have become free together.
                gap = entry.last_at + self._step(entry, delay) - self._clock()
                if gap > 0:
                    await _sleep(gap, stopped)
                entry.last_at = self._clock()
                yield

    def _step(self, entry: _Host, delay: float | None) -> float:
        return max(self._delay if delay is None else delay, entry.crawl_delay)

    async def _enter(self, host: str, entry: _Host, delay: float | None, stopped: asyncio.Event | None) -> None:
        while True:
            if stopped is not None and stopped.is_set():
                raise FetchError(f"{host}: not asked, the crawl is being stopped", host)
            if entry.blocked is None or entry.lease_until <= self._clock():
                async with entry.entrance:
                    await self._hold(host, entry, stopped)
            now = self._clock()
            seconds = entry.paused_until - now
            if seconds > LONGEST_PAUSE:
                raise HostLeftAlone(
                    f"{host}: left alone for {seconds:.0f} s, {entry.pause_reason}", host, seconds=seconds
                )
            start = max(now, entry.next_at, entry.paused_until)
            if start <= now:
                entry.next_at = now + self._step(entry, delay)
                return
            if entry.paused_until < start:
                # take the next free moment now, so that those who wait are served in order
                entry.next_at = start + self._step(entry, delay)
                await _sleep(start - now, stopped)
                if entry.paused_until <= self._clock() < entry.lease_until:
                    return
            else:
                await _sleep(start - now, stopped)

    async def _hold(self, host: str, entry: _Host, stopped: asyncio.Event | None) -> None:
        """Take the host's lease, waiting a while for another process."""
        asked = self._clock()
        while entry.lease_until <= self._clock():
            began = self._clock()
            if self._locks.take(host):
                lease: HostLease | None
                lease = await self._call(self._store.acquire, host, self.token, LEASE_SECONDS)  # type: ignore[assignment]
                if lease is not None:
                    entry.lease_until = began + LEASE_SECONDS
                    self._note_block(entry, lease.blocked_until)
                    break
                self._locks.give_back(host)
            if self._clock() < entry.busy_until or self._clock() - asked > self._lease_wait:
                # The other pages of the host need not wait as long each.
                entry.busy_until = self._clock() + self._lease_wait
                raise HostBusy(f"{host}: another presswatch process is crawling it; wait for that one to end", host)
            await _sleep(LEASE_POLL, stopped)
            if stopped is not None and stopped.is_set():
                raise FetchError(f"{host}: not asked, the crawl is being stopped", host)
        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.create_task(self._renew())

    def _note_block(self, entry: _Host, until: datetime | None) -> None:
        """What the store says of a host that this process knows nothing of yet."""
        if entry.blocked is not None:
            return
        entry.blocked = until is not None
        left = (until - self._now()).total_seconds() if until is not None else 0.0
        if left > 0:
            entry.paused_until = max(entry.paused_until, self._clock() + left)
            entry.pause_reason = "it failed or asked for it before"

    async def _renew(self) -> None:
        while held := [host for host, entry in self._hosts.items() if entry.lease_until > 0]:
            await asyncio.sleep(LEASE_SECONDS / 3)
            for host in held:
                entry = self._hosts.get(host)
                if entry is None or entry.lease_until == 0:
                    continue
                began = self._clock()
                try:
                    kept = await self._call(self._store.renew, host, self.token, LEASE_SECONDS)
                except StoreError:
                    continue  # until the lease ends there is time to try again; after that a turn takes it anew
                if entry.lease_until > 0:
                    entry.lease_until = began + LEASE_SECONDS if kept else 0.0

    async def leave(self, user: Hashable) -> None:
        """Give back the leases of hosts that no other crawl of this process uses."""
        hosts = self.let_go(user)
        for host in hosts:
            with contextlib.suppress(StoreError):  # a lease that can't be given back ends by itself
                await self._call(self._store.release, host, self.token)
        self.give_back(hosts)

    def let_go(self, user: Hashable) -> list[str]:
        """Hosts that no crawl of this process uses any more without `user`, for whoever gives back their leases (of
        `token`) in the store himself, and then calls `give_back`.
        """
        hosts = []
        for host, entry in self._hosts.items():
            entry.users.discard(user)
            if not entry.users and entry.lease_until > 0:
                entry.lease_until = 0.0
                hosts.append(host)
        return hosts

    def give_back(self, hosts: Sequence[str]) -> None:
        """Let other processes of this machine have hosts that were let go, and forget what no longer matters."""
        for host in hosts:
            entry = self._hosts.get(host)
            if entry is None or not (entry.users or entry.lease_until):  # nobody took it anew in the meantime
                self._locks.give_back(host)
        now = self._clock()
        # The pace of a host outlives the crawl: the next one must not begin at once after the last request.
        over = [name for name, entry in self._hosts.items() if not entry.users and _is_over(entry, now)]
        for name in over:
            del self._hosts[name]
        if now >= self._swept + SWEEP_SECONDS:
            self._swept = now
            self._robots = {origin: kept for origin, kept in self._robots.items() if kept.until > now}
            self._unreachable = {origin: kept for origin, kept in self._unreachable.items() if kept[0] > now}

    async def close(self) -> None:
        """Give back all leases."""
        for user in {user for entry in self._hosts.values() for user in entry.users}:
            await self.leave(user)
        if self._renewing is not None:
            self._renewing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._renewing

    # --------------------------------------------------------------------------------------------- what came of it
    async def succeeded(self, url: str) -> None:
        """A host answered as it should."""
        host = host_of(url)
        entry = self._host(host)
        entry.failures = 0
        entry.blocks = 0
        # An answer that was under way ends no pause that the server asked for.
        if entry.blocked and entry.asked_until <= self._clock():
            entry.blocked = False
            await self._call(self._store.clear, host)
            tell("host answers again", host=host, left_out=self._left_out.pop(host, 0))

    async def failed(self, url: str, reason: str) -> None:
        """A request failed for good (after retries); after some in a row the host is left alone for a while."""
        host = host_of(url)
        entry = self._host(host)
        entry.failures += 1
        if entry.failures >= FAILURES_TO_BLOCK:
            entry.failures = 0
            seconds = min(FIRST_BLOCK * 2**entry.blocks, LONGEST_BLOCK)
            entry.blocks += 1
            await self._leave_alone(host, entry, seconds, f"{FAILURES_TO_BLOCK} requests in a row failed ({reason})")

    async def pause(self, url: str, seconds: float, reason: str) -> None:
        """No request to the host of `url` for `seconds`; long ones are kept in the store."""
        host = host_of(url)
        entry = self._host(host)
        if seconds > LONGEST_PAUSE:
            seconds = min(seconds, LONGEST_RETRY_AFTER)
            entry.asked_until = self._clock() + seconds
            await self._leave_alone(host, entry, seconds, reason)
        else:
            entry.paused_until = max(entry.paused_until, self._clock() + seconds)
            entry.pause_reason = reason

    def left_out(self, url: str, requests: int) -> None:
        """So many requests were not sent because the host of `url` is left alone; told when that is over."""
        host = host_of(url)
        self._left_out[host] = self._left_out.get(host, 0) + requests

    def left_alone(self, url: str) -> float:
        """Seconds for which the host of `url` is not asked, as far as this process knows."""
        entry = self._hosts.get(host_of(url))
        return max(0.0, entry.paused_until - self._clock()) if entry is not None else 0.0

    def back_off(self, attempt: int) -> float:
        """Seconds to wait before retry number `attempt` (from 1): doubling from the configured delay."""
        return min(max(self._delay, LEAST_BACK_OFF) * 2.0 ** (attempt - 1), LONGEST_PAUSE)

    async def _leave_alone(self, host: str, entry: _Host, seconds: float, reason: str) -> None:
        entry.paused_until = max(entry.paused_until, self._clock() + seconds)
        entry.pause_reason = reason
        entry.blocked = True
        until = self._now() + timedelta(seconds=seconds)
        await self._call(self._store.block, host, until, reason)
        tell("host left alone", level=logging.WARNING, host=host, until=until, reason=reason)

    def _host(self, host: str) -> _Host:
        entry = self._hosts.get(host)
        if entry is None:
            entry = self._hosts[host] = _Host()
        return entry


def is_forbidden(reason: str) -> bool:
    """Whether it is what `RobotsRefused` says of a URL that robots.txt disallows, not of one that can't be had."""
    return _forbidden.search(reason) is not None


def host_of(url: str) -> str:
    """The host of a URL, lower case, without port: what pace, leases and blocks are kept for."""
    return (urlsplit(url).hostname or "").lower()


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for (RFC 9110, 10.2.3: seconds or a date), `None` without a usable one."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), LONGEST_RETRY_AFTER)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(0.0, (moment - now).total_seconds()), LONGEST_RETRY_AFTER)


def _is_over(entry: _Host, now: float) -> bool:
    return entry.next_at <= now and entry.paused_until <= now and entry.failures == 0


async def _sleep(seconds: float, stopped: asyncio.Event | None) -> None:
    if stopped is None:
        await asyncio.sleep(seconds)
        return
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stopped.wait(), seconds)
