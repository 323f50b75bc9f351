"""Keeps subscriptions: asks hubs, believes those that answer as asked, and hands on what they deliver."""

from __future__ import annotations

import asyncio
import logging
from base64 import b64encode
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final, ParamSpec, Protocol, TypeVar

from crawler.config import Config
from crawler.errors import BudgetSpent, FetchError
from crawler.fetch import Fetcher
from crawler.items import DoorHints, Pushed, Subscription, SubscriptionState
from crawler.logs import tell
from crawler.net import AddressGuard
from crawler.politeness import host_of
from crawler.request_meter import RequestMeter, ceilings_of
from crawler.sources import Source
from crawler.urls import normalize_url
from crawler.websub.deciding import DENIED_AGAIN, Act, Place, Step, Wish, asked_again, steps, verified
from crawler.websub.protocol import Enquiry, Mode, callback_of, form, is_signed, may_carry_secret, new_secret, new_token

P = ParamSpec("P")
T = TypeVar("T")

# Hubs asked in one round: a thousand doors of one hub are no reason to storm it.
STEPS_A_ROUND: Final = 10
ANSWER_BYTES: Final = 10_000
LONGEST_NOTE: Final = 300
# What waits to be read; a hub that is told to wait delivers again.
MOST_WAITING, MOST_BYTES = 64, 32_000_000
# Deliveries of one subscription within a minute that are taken: an article a second is no newsroom.
MOST_A_MINUTE: Final = 30


class SubscriptionStore(Protocol):
    """What is kept in the store (`store.subscriptions`)."""

    def list(self) -> list[Subscription]:
        """All of them."""

    def get(self, token: str) -> Subscription | None:
        """The one of a token."""

    def add(self, one: Subscription) -> None:
        """Keep a new one."""

    def change(self, token: str, **values: object) -> None:
        """Change fields of one."""

    def drop(self, token: str) -> None:
        """Forget one."""


class Asker(Protocol):
    """Runs a call of the store off the event loop."""

    async def __call__(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The call's answer."""


class Subscriber:
    """All subscriptions of one daemon.

    `read` reads what was delivered of a source and says whether it came to an end; `now` gives aware UTC.
    """

    def __init__(
        self,
        config: Config,
        store: SubscriptionStore,
        *,
        ask: Asker,
        read: Callable[[str, Pushed], Awaitable[bool]],
        meter: RequestMeter,
        now: Callable[[], datetime],
    ) -> None:
        self._config = config
        self._store = store
        self._ask = ask
        self._read = read
        self._meter = meter
        self._now = now
        self._fetcher = Fetcher(
            AddressGuard(config.allow_networks),
            timeout=config.timeout,
            max_bytes=ANSWER_BYTES,
            proxy=config.proxy,
            ca_file=config.ca_file,
        )
        self._rows: dict[str, Subscription] = {}
        self._heard: dict[Place, DoorHints] = {}
        self._missed: dict[str, datetime] = {}
        self._arrivals: dict[str, deque[datetime]] = {}
        self._waiting: dict[str, deque[tuple[str, Pushed, int]]] = {}
        self._held = 0
        self._readers: dict[str, asyncio.Task[None]] = {}

    def renew(self, config: Config) -> None:
        """Go on under other settings."""
        self._config = config

    async def close(self) -> None:
        """Take nothing more."""
        readers = list(self._readers.values())
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
        await self._fetcher.close()

    # ------------------------------------------------------------------------------------------------ for the daemon
    def heard(self, source: str, hints: Iterable[DoorHints], *, found: bool) -> None:
        """A look at a source told this of its doors; `found`: it brought something new, which no hub had delivered."""
        for one in hints:
            place = (source, one.url)
            known = self._heard.get(place)
            # What is unchanged says what it said before.
            self._heard[place] = known if known is not None and not one.anew else one
        if found:
            self._missed[source] = self._now()

    def delivers(self, source: str) -> bool:
        """Whether hubs deliver all that the source publishes, so that looks are for safety alone.

        Not while looks find what no hub delivered: until one delivers again it is taken for dead.
        """
        rows = [row for row in self._rows.values() if row.source == source]
        missed = self._missed.get(source)
        return bool(rows) and all(
            row.delivers(self._now()) and (missed is None or (row.pushed_at is not None and row.pushed_at >= missed))
            for row in rows
        )

    async def unread(self) -> set[str]:
        """Sources of which something was delivered that an earlier life did not come to read."""
        rows = await self._ask(self._store.list)
        return {
            row.source
            for row in rows
            if row.pushed_at is not None and (row.read_at is None or row.read_at < row.pushed_at)
        }

    async def tend(self, sources: Mapping[str, Source]) -> None:
        """Do what is due: subscribe, renew, end. `sources` are those watched."""
        self._rows = {row.token: row for row in await self._ask(self._store.list)}
        wishes, unknown = self._wishes(sources)
        due = steps(self._rows.values(), wishes, unknown, self._config.websub_callback, self._now())
        for step in due[:STEPS_A_ROUND]:
            await self._do(step)
        self._arrivals = {token: times for token, times in self._arrivals.items() if token in self._rows}

    @property
    def idle(self) -> bool:
        """Whether there is no subscription and none is wanted."""
        return not self._rows and not self._config.websub_callback

    def _wishes(self, sources: Mapping[str, Source]) -> tuple[dict[Place, Wish], set[Place]]:
        wishes: dict[Place, Wish] = {}
        unknown: set[Place] = set()
        for source in sources.values():
            if not source.enabled or source.headers:
                continue  # what asks for credentials is not for a hub
            doors = {normalize_url(door.url): door.hub for door in source.doors} or {normalize_url(source.url): None}
            for url, hub in doors.items():
                if url is None:
                    continue
                place = (source.name, url)
                heard = self._heard.get(place)
                if heard is None:
                    unknown.add(place)
                elif heard.hub is not None:
                    wishes[place] = Wish(heard.hub, heard.topic or url)
                elif not heard.anew:
                    unknown.add(place)
                    if hub is not None and not any((row.source, row.door) == place for row in self._rows.values()):
                        wishes[place] = Wish(hub, url)
        return wishes, unknown

    async def _do(self, step: Step) -> None:
        now, one = self._now(), step.subscription
        if one is None and step.wish is not None:
            token = new_token()
            one = Subscription(
                token=token,
                source=step.place[0],
                door=step.place[1],
                topic=step.wish.topic,
                hub=step.wish.hub,
                callback=callback_of(self._config.websub_callback, token),
                secret=new_secret(),
            )
            await self._ask(self._store.add, one)
            self._rows[token] = one
            if not may_carry_secret(one.hub):
                tell("hub without TLS: its deliveries could be forged", level=logging.WARNING, hub=one.hub)
        assert one is not None
        if step.act is Act.FORGET:
            await self._ask(self._store.drop, one.token)
            self._rows.pop(one.token, None)
            tell("subscription ended", source=one.source, hub=one.hub)
            return
        # Written before it is sent: a hub may come to verify before it answers.
        values: dict[str, object] = {
            "asked_at": now,
            "ask_again_at": asked_again(one, now),
            "failures": one.failures + 1,
        }
        if step.act is Act.UNSUBSCRIBE and one.state is not SubscriptionState.LEAVING:
            values |= {"state": SubscriptionState.LEAVING.value, "failures": 1}
        elif step.act is Act.SUBSCRIBE and one.state is SubscriptionState.DENIED:
            values["state"] = SubscriptionState.ASKED.value
        await self._ask(self._store.change, one.token, **values)
        wrong = await self._post(one, Mode(step.act.value))
        if wrong is not None:
            await self._ask(self._store.change, one.token, note=wrong[:LONGEST_NOTE])
            tell("hub refuses", level=logging.WARNING, source=one.source, hub=one.hub, act=step.act, error=wrong)

    async def _post(self, one: Subscription, mode: Mode) -> str | None:
        """Ask a hub; what went wrong, `None`: it will come to verify."""
        body = form(mode, topic=one.topic, callback=one.callback, lease=self._config.websub_lease, secret=one.secret)
        try:
            await self._ask(self._meter.renew, ceilings_of(self._config))
            await self._ask(self._meter.admit, host_of(one.hub), one.source)
            answer = await self._fetcher.post(
                one.hub, body, {"User-Agent": self._config.agent, "Accept": "*/*"}, max_bytes=ANSWER_BYTES
            )
        except (FetchError, BudgetSpent) as error:
            return str(error)
        if 200 <= answer.status < 300:
            return None
        said = " ".join(answer.body[:LONGEST_NOTE].decode("utf-8", "replace").split())
        return f"{one.hub}: answered {answer.status} {said}".strip()

    # -------------------------------------------------------------------------------------------------- for hubs
    async def is_meant(self, token: str, asked: Enquiry) -> bool:
        """As `callback.Recipient`."""
        one = await self._ask(self._store.get, token)
        if one is None or one.topic != asked.topic or one.asked_at is None:
            return False
        now, leaving = self._now(), one.state is SubscriptionState.LEAVING
        match asked.mode:
            case Mode.DENIED if not leaving:
                changed: dict[str, object] = {
                    "state": SubscriptionState.DENIED.value,
                    "ask_again_at": now + DENIED_AGAIN,
                    "lease_until": None,
                    "note": asked.reason,
                }
                await self._change(one, changed)
                tell("subscription denied", level=logging.WARNING, source=one.source, hub=one.hub, reason=asked.reason)
                return True
            case Mode.SUBSCRIBE if not leaving and one.ask_again_at is not None:
                await self._change(one, verified(asked.lease, now))
                if one.state is not SubscriptionState.ACTIVE:
                    tell("subscribed", source=one.source, hub=one.hub, lease=asked.lease)
                return True
            case Mode.UNSUBSCRIBE if leaving:
                await self._ask(self._store.drop, token)
                self._rows.pop(token, None)
                tell("subscription ended", source=one.source, hub=one.hub)
                return True
        return False

    async def expects(self, token: str) -> bool:
        """As `callback.Recipient`."""
        one = await self._ask(self._store.get, token)
        return one is not None and one.state in (SubscriptionState.ACTIVE, SubscriptionState.ASKED)

    async def deliver(
        self, token: str, body: bytes, *, signature: str | None, content_type: str | None, link: str | None
    ) -> int:
        """As `callback.Recipient`. What is not signed as it must be is answered like the rest, and left (section 8)."""
        one = await self._ask(self._store.get, token)
        if one is None:
            return 410
        now = self._now()
        if not is_signed(signature, body, one.secret):
            tell("delivery ignored, its signature is wrong", level=logging.WARNING, source=one.source, hub=one.hub)
            return 202
        arrivals = self._arrivals.setdefault(token, deque(maxlen=MOST_A_MINUTE))
        if len(arrivals) == MOST_A_MINUTE and now - arrivals[0] < timedelta(minutes=1):
            return 429
        waiting = sum(map(len, self._waiting.values()))
        if waiting >= MOST_WAITING or self._held + len(body) > MOST_BYTES:
            return 503
        arrivals.append(now)
        await self._change(one, {"pushed_at": now})
        pushed = Pushed(door=one.door, body=b64encode(body).decode("ascii"), content_type=content_type, link=link)
        self._held += len(body)
        self._waiting.setdefault(one.source, deque()).append((token, pushed, len(body)))
        tell("delivered", source=one.source, hub=one.hub, bytes=len(body))
        reader = self._readers.get(one.source)
        if reader is None or reader.done():
            self._readers = {name: task for name, task in self._readers.items() if not task.done()}
            self._readers[one.source] = asyncio.create_task(self._read_all(one.source))
        return 202

    async def _change(self, one: Subscription, values: Mapping[str, object]) -> None:
        await self._ask(self._store.change, one.token, **values)
        fresh = await self._ask(self._store.get, one.token)
        if fresh is not None:
            self._rows[one.token] = fresh

    async def _read_all(self, source: str) -> None:
        """Read what waits of one source, in the order delivered."""
        queue = self._waiting[source]
        try:
            while queue:
                token, pushed, size = queue.popleft()
                began = self._now()
                try:
                    done = await self._read(source, pushed)
                finally:
                    self._held -= size
                if done:
                    await self._ask(self._store.change, token, read_at=began)
        finally:
            self._held -= sum(size for *_, size in queue)
            del self._waiting[source]
