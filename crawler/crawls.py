"""Crawls by order, run in a warm process of its own. This side never loads Scrapy."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import signal
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict
from types import TracebackType
from typing import Any, Self

from crawler import errors
from crawler.config import Config
from crawler.errors import CrawlError, EngineDied, EngineSlow, PresswatchError
from crawler.items import CrawlOrder, CrawlReport
from crawler.logs import retell
from crawler.patience import LONGEST_START
from crawler.request_meter import ceilings_of
from crawler.wire import CrawlEvent, EventKind, Vitals, event_from, from_line, order_from, report_from, to_line
from crawler.workers import program, surroundings

__all__ = ["CrawlEvent", "Engine", "EventKind", "order_from", "report_from"]

LINE_BYTES = 1 << 26  # a report with a long preview is one line
OnEvent = Callable[[CrawlEvent], None]


class Engine:
    """The warm process ``python -m crawler.engine``. Several crawls may run in it at once.

    It has a session of its own: Ctrl-C in a terminal reaches its owner only, which then stops it in good order.
    Without `create` a store that is not there is not made: its owner has opened it, so it was there.
    `window`: seconds within which its requests keep to the budgets of `config`; `None`: they have none.
    """

    def __init__(
        self, config: Config, *, store_url: str | None = None, window: float | None = None, create: bool = True
    ) -> None:
        self._config = config
        self._create = create
        self._window = window
        self._store_url = store_url or config.store
        self._process: asyncio.subprocess.Process | None = None
        self._numbers = itertools.count(1)
        self._waiting: dict[int, tuple[asyncio.Future[CrawlReport], OnEvent | None]] = {}
        self._pings: deque[asyncio.Future[Vitals]] = deque()
        self._ready: asyncio.Future[int] | None = None
        self._listening: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """Its process id, while it runs."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    @property
    def started_as(self) -> int | None:
        """The process id that it had, also when it has ended."""
        return self._process.pid if self._process is not None else None

    async def start(self, patience: float = LONGEST_START) -> None:
        """Start the process and wait until it takes orders. Raises what it says (`StoreError` …), `EngineDied`, and
        `EngineSlow` after so many seconds.
        """
        self._ready = asyncio.get_running_loop().create_future()
        try:
            self._process = await asyncio.create_subprocess_exec(
                *program("crawler.engine"),
                env=surroundings(),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=LINE_BYTES,
                start_new_session=True,
            )
        except OSError as error:
            raise EngineDied(f"no process could be begun for the engine: {error.strerror or error}") from error
        self._listening = asyncio.create_task(self._listen(self._process))
        ordered = {"config": asdict(self._config), "store": self._store_url, "window": self._window}
        self._send({"do": "configure", **ordered, "create": self._create})
        try:
            await asyncio.wait_for(asyncio.shield(self._ready), patience)
        except TimeoutError as error:
            self.kill()
            raise EngineSlow(f"the engine did not start within {patience:g} s") from error
        except asyncio.CancelledError:
            self.kill()
            raise

    async def crawl(self, order: CrawlOrder, on_event: OnEvent | None = None) -> CrawlReport:
        """Run one crawl. Raises `EngineDied` when the process ends first, else what kept the crawl from beginning."""
        if self._process is None or self._process.returncode is not None:
            raise EngineDied("the engine has ended", order.name)
        number = next(self._numbers)
        report: asyncio.Future[CrawlReport] = asyncio.get_running_loop().create_future()
        self._waiting[number] = (report, on_event)
        try:
            self._send({"do": "crawl", "id": number, "order": order, "events": on_event is not None})
            return await report
        finally:
            self._waiting.pop(number, None)

    async def ping(self, seconds: float) -> Vitals:
        """How it is. `EngineDied` when it ends or does not answer within `seconds`."""
        if self._process is None or self._process.returncode is not None:
            raise EngineDied("the engine has ended")
        answer: asyncio.Future[Vitals] = asyncio.get_running_loop().create_future()
        self._pings.append(answer)
        self._send({"do": "ping"})
        try:
            return await asyncio.wait_for(answer, seconds)
        except TimeoutError as error:
            raise EngineDied(f"the engine did not answer within {seconds:g} s") from error

    def bound(self, config: Config) -> None:
        """Keep to the budgets of `config` from now on, crawls under way included; a no-op without a `window`."""
        self._send({"do": "bound", "ceilings": asdict(ceilings_of(config))})

    async def stop_crawls(self) -> None:
        """Have all crawls end cleanly; their reports come as usual, with the state STOPPED."""
        self._send({"do": "stop"})

    async def close(self, timeout: float | None = None) -> None:
        """End the process and stop its crawls cleanly; after `timeout` seconds (default: by `drain`) it is killed."""
        if self._process is None:
            return
        self._send({"do": "quit"})
        seconds = self._config.drain * 2 + 5 if timeout is None else timeout
        try:
            await asyncio.wait_for(self._process.wait(), seconds)
        except TimeoutError:
            self.kill()
            await self._process.wait()
        if self._listening is not None:
            await self._listening

    def kill(self) -> None:
        """End the process and its extraction processes at once; what is not stored is fetched again another time."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def _send(self, message: Mapping[str, object]) -> None:
        if self._process is not None and self._process.stdin is not None and not self._process.stdin.is_closing():
            self._process.stdin.write(to_line(message))

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        broken = ""
        try:
            # An engine that is killed may leave half a line behind.
            while (line := await process.stdout.readline()).endswith(b"\n"):
                self._heard(from_line(line))
        except Exception as error:  # noqa: BLE001 - whatever it said that can't be taken: those who wait must be told
            broken = f", what it said can't be taken: {type(error).__name__}: {error}"
            self.kill()
        code = await process.wait()
        died = EngineDied(f"the engine ended ({_ended(code)}{broken}) before its crawls did")
        for future in [self._ready, *self._pings, *(report for report, _ in self._waiting.values())]:
            if future is not None and not future.done():
                future.set_exception(died)
                future.exception()  # whoever waits gets it; where nobody does it needs no complaint

    def _heard(self, message: Mapping[str, Any]) -> None:
        assert self._ready is not None
        if "ready" in message:
            self._ready.set_result(message["ready"])
        elif "vitals" in message:
            # Answers come in the order of their questions; one that came too late has nobody waiting.
            answer = self._pings.popleft()
            if not answer.done():
                answer.set_result(Vitals(**message["vitals"]))
        elif "log" in message:
            retell(message["log"])
        elif "fatal" in message:
            self._ready.set_exception(_error(message["fatal"]))
        elif (entry := self._waiting.get(message["id"])) is not None:
            report, on_event = entry
            if "event" in message:
                if on_event is not None:
                    on_event(event_from(message["event"]))
            elif report.done():
                return
            elif "report" in message:
                report.set_result(report_from(message["report"]))
            else:
                report.set_exception(_error(message["error"]))


def _error(told: Mapping[str, str]) -> PresswatchError:
    """The error that the engine met, as it would have been raised here."""
    kind: type[PresswatchError] = getattr(errors, told["kind"], CrawlError)
    return kind(told["message"], told.get("subject"))


def _ended(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
