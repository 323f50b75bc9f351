"""The daemon's subscriptions to hubs: off unless a callback is configured or one is left from when it was."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from crawler.config import Config
from crawler.errors import ConfigError
from crawler.items import CrawlReport, CrawlState, Pushed
from crawler.logs import tell
from crawler.request_meter import meter_of
from crawler.sources import Source
from storage import Store

if TYPE_CHECKING:
    from crawler.websub.callback import CallbackServer
    from crawler.websub.subscriber import Asker, Subscriber

TEND_EVERY = 5.0
LONGEST_WAIT = 600.0  # between tries to listen


class Hubs:
    """Subscribes while it is told to, ends what is left when it is not; without either it costs nothing.

    `ask` runs a call of the store; `read` reads what was delivered of a source.
    """

    def __init__(
        self,
        config: Config,
        store: Store,
        ask: Asker,
        read: Callable[[str, Pushed], Awaitable[bool]],
        now: Callable[[], datetime],
    ) -> None:
        self._config = config
        self._store = store
        self._ask = ask
        self._read = read
        self._now = now
        self._subscriber: Subscriber | None = None
        self._server: CallbackServer | None = None
        self._refused: str | None = None
        self._wait = 0.0
        self._not_before = 0.0

    def renew(self, config: Config) -> None:
        """Go on under other settings. A new address to listen on takes the old one's place at the next `tend`."""
        self._config = config
        self._wait = self._not_before = 0.0
        if self._subscriber is not None:
            self._subscriber.renew(config)

    async def tend(self, sources: Mapping[str, Source]) -> None:
        """Do what is due at hubs.

        An address that can't be listened on is told once and tried again after growing waits; meanwhile an earlier one
        is kept, without one sources are polled.
        """
        if self._subscriber is None:
            if not self._config.websub_callback and not await self._ask(self._store.subscriptions.list):
                return
            await self._try(self._begin, "can't listen for hubs; sources are polled")
        elif self._server is not None and self._server.listener.address != self._config.websub_listen:
            await self._try(self._move, f"can't listen for hubs elsewhere; it stays {self._server.listener.address}")
        if self._subscriber is None:
            return
        await self._subscriber.tend(sources)
        if self._subscriber.idle:
            await self.close()

    async def _try(self, listen: Callable[[], Awaitable[None]], otherwise: str) -> None:
        if time.monotonic() < self._not_before:
            return
        try:
            await listen()
        except ConfigError as error:
            self._wait = min(max(TEND_EVERY, self._wait * 2), LONGEST_WAIT)
            self._not_before = time.monotonic() + self._wait
            if self._refused != str(error):
                self._refused = str(error)
                tell(otherwise, level=logging.WARNING, error=error)
            return
        self._refused, self._wait = None, 0.0

    async def _move(self) -> None:
        """Listen on another address, and then no more on the old one: hubs that come find one of them."""
        from crawler.websub.callback import CallbackServer

        assert self._subscriber is not None
        assert self._server is not None
        server = CallbackServer(self._subscriber, self._config.websub_listen)
        address = await server.listener.start_in_place_of(self._server.listener)
        self._server = server
        tell("listening for hubs", address=address, callback=self._config.websub_callback or None)

    async def _begin(self) -> None:
        from crawler.websub.callback import CallbackServer
        from crawler.websub.subscriber import Subscriber

        meter = meter_of(self._config, self._store.requests)
        subscriber = Subscriber(
            self._config, self._store.subscriptions, ask=self._ask, read=self._read, meter=meter, now=self._now
        )
        server = CallbackServer(subscriber, self._config.websub_listen)
        try:
            address = await server.listener.start()
        except ConfigError:
            await subscriber.close()
            raise
        tell("listening for hubs", address=address, callback=self._config.websub_callback or None)
        self._subscriber, self._server = subscriber, server
        for source in await subscriber.unread():
            # What was delivered was lost with the process that took it.
            await self._ask(self._store.sources.set_next_due, source, self._now())

    def heard(self, source: str, report: CrawlReport) -> None:
        """A look at a source ended."""
        if self._subscriber is not None and report.state is not CrawlState.FAILED:
            self._subscriber.heard(source, report.hints, found=report.total("new") > 0)

    def delivers(self, source: str) -> bool:
        """Whether looks at a source are for safety alone."""
        return self._subscriber is not None and self._subscriber.delivers(source)

    async def close(self) -> None:
        """Take nothing more; subscriptions stay."""
        server, self._server = self._server, None
        subscriber, self._subscriber = self._subscriber, None
        if server is not None:
            await server.listener.close()
        if subscriber is not None:
            await subscriber.close()
