"""`python -m crawler.engine`: the warm process that runs Scrapy crawls, told and telling by lines of JSON.

In:  ``{"do": "configure", "config": {...}, "store": url, "window": seconds or null, "create": bool}`` first, then any
     number of ``{"do": "crawl", "id": n, "order": {...}, "events": true}``, ``{"do": "ping"}``, ``{"do": "stop"}``,
     ``{"do": "bound", "ceilings": {...}}`` and ``{"do": "quit"}``.
Out: ``{"ready": pid}``, ``{"id": n, "event": {...}}``, ``{"id": n, "report": {...}}``, ``{"id": n, "error": {...}}``,
     ``{"vitals": {...}}``, ``{"log": {...}}``, ``{"fatal": {...}}``.

Importing Scrapy costs more than a small crawl, so the process is kept. It ends when its input does, that is with its
owner; Ctrl-C in the owner's terminal is not for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from scrapy.crawler import AsyncCrawlerRunner, Crawler
from scrapy.settings import Settings

from crawler.config import Config
from crawler.desk import Desk
from crawler.errors import CrawlError, PresswatchError, StoreError
from crawler.event_loop import loop_factory
from crawler.extensions import DESK, CrawlKeeper, keeper_of
from crawler.items import CrawlKind, CrawlOrder, CrawlReport, CrawlState
from crawler.logs import levels, relay
from crawler.malloc import share_one_heap
from crawler.request_meter import Ceilings
from crawler.wire import CrawlEvent, Vitals, from_line, order_from, to_line

log = logging.getLogger(__name__)

PAGE = os.sysconf("SC_PAGE_SIZE")
LINE_BYTES = 1 << 24  # an order is small; a report's preview is what may grow
FREE_LANES = 32  # of one kind kept for later crawls: as many as the daemon runs at once
spider_names = {CrawlKind.SOURCE: "source", CrawlKind.URLS: "source", CrawlKind.TOPIC: "topic"}


class Lane:
    """A Scrapy crawl that stays open and runs one order after the other.

    To set Scrapy up (settings, engine, middlewares, downloader, signals) costs several times as much as a poll that
    finds nothing new, so it is done once for as many crawls as run at a time.
    """

    def __init__(self, runner: AsyncCrawlerRunner, name: str) -> None:
        self._crawler: Crawler = runner.create_crawler(name)
        self._ready = asyncio.Event()
        self._life = runner.crawl(self._crawler, ready=self._ready)

    async def open(self) -> CrawlKeeper:
        """Wait until it takes orders; what runs them. Raises what keeps Scrapy from starting."""
        waiting = asyncio.create_task(self._ready.wait())
        try:
            await asyncio.wait({waiting, self._life}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
        if self._life.done():
            await self._life
        return keeper_of(self._crawler)

    @property
    def is_open(self) -> bool:
        """Whether it takes orders."""
        return self._ready.is_set() and not self._life.done() and not keeper_of(self._crawler).closed

    async def close(self) -> None:
        """End it. A crawl under way asks nothing more, stores what was answered, and still gives its report."""
        if self._life.done():
            return
        (await self.open()).stop()
        await self._crawler.stop_async()


class CrawlRunner:
    """Runs crawls in this process, several at once; what they share is in `desk`."""

    def __init__(self, desk: Desk) -> None:
        settings = Settings()
        settings.setmodule("crawler.settings", priority="project")
        settings.set(DESK, desk, priority="cmdline")
        settings.set("LOG_LEVEL", desk.config.log_level, priority="cmdline")
        self._runner = AsyncCrawlerRunner(settings)
        self._busy: set[Lane] = set()
        self._free: dict[str, list[Lane]] = {name: [] for name in spider_names.values()}

    async def run(self, order: CrawlOrder, on_event: Callable[[CrawlEvent], None] | None = None) -> CrawlReport:
        """One crawl from order to report. Raises `PresswatchError` when it can't even begin."""
        try:
            async with self._lane(spider_names[order.kind]) as lane:
                crawl = await (await lane.open()).carry_out(order, on_event)
        except PresswatchError:
            raise
        except Exception as error:
            raise CrawlError(f"crawl {order.name!r} could not run: {type(error).__name__}: {error}") from error
        refused = next((error for error in crawl.errors if error.startswith("store ")), None)
        if crawl.report is None and refused is not None:
            raise StoreError(refused, order.name)
        if refused is not None and crawl.report is not None and refused not in crawl.report.errors:
            # Not even the end of the crawl could be written down; what it stored before is stored.
            errors = (*crawl.report.errors, refused)
            return replace(crawl.report, state=CrawlState.FAILED, errors=errors)
        if crawl.report is None:
            raise CrawlError(f"crawl {order.name!r} ended without a report: {'; '.join(crawl.errors)}", order.name)
        return crawl.report

    async def stop(self) -> None:
        """End all crawls cleanly: nothing more is asked, what was answered is stored, each still gives its report."""
        lanes = [*self._busy, *(lane for free in self._free.values() for lane in free)]
        for free in self._free.values():
            free.clear()
        await asyncio.gather(*(lane.close() for lane in lanes))

    @contextlib.asynccontextmanager
    async def _lane(self, name: str) -> AsyncIterator[Lane]:
        """A lane for one crawl, which another may use afterwards unless this one ended badly."""
        free = self._free[name]
        lane = free.pop() if free else Lane(self._runner, name)
        self._busy.add(lane)
        sound = False
        try:
            yield lane
            sound = True
        finally:
            self._busy.discard(lane)
            if sound and lane.is_open and len(free) < FREE_LANES:
                free.append(lane)
            else:
                await lane.close()


class Server:
    """Reads orders from `reader`, and writes what becomes of them with `write`."""

    def __init__(self, reader: asyncio.StreamReader, write: Callable[[bytes], None]) -> None:
        self._reader = reader
        self._write = write
        self._crawls: set[asyncio.Task[None]] = set()
        self._desk: Desk | None = None
        self._runner: CrawlRunner | None = None
        self._loop = asyncio.get_running_loop()

    async def serve(self) -> None:
        """Until ``quit``, or until the owner is gone; then crawls are stopped cleanly within `drain` seconds."""
        # An owner that is killed may leave half a line behind.
        while (line := await self._reader.readline()).endswith(b"\n"):
            message = from_line(line)
            if message["do"] == "quit":
                break
            if not await self._obey(message):
                return
        await self._drain()

    async def stop(self) -> None:
        """End all crawls cleanly."""
        if self._runner is not None:
            await self._runner.stop()

    async def _obey(self, message: Mapping[str, Any]) -> bool:
        match message["do"]:
            case "configure":
                try:
                    config, window = _config(message["config"]), message.get("window")
                    self._desk = Desk.open(config, message["store"], window, create=message.get("create", True))
                    self._runner = CrawlRunner(self._desk)
                except PresswatchError as error:
                    self._tell({"fatal": _told(error)})
                    return False
                self._relay_logs(self._desk.config.log_level)
                self._desk.pool.start()
                self._tell({"ready": os.getpid()})
            case "crawl" if self._runner is not None:
                order = order_from(message["order"])
                task = asyncio.create_task(
                    self._crawl(self._runner, message["id"], order, events=message.get("events", False))
                )
                self._crawls.add(task)
                task.add_done_callback(self._crawls.discard)
            case "ping" if self._desk is not None:
                self._tell({"vitals": vitals(self._desk)})
            case "bound" if self._desk is not None:
                await self._desk.bound(Ceilings(**message["ceilings"]))
            case "stop":
                await self.stop()
            case other:
                log.error("engine: %r is no request", other)
        return True

    async def _crawl(self, runner: CrawlRunner, number: int, order: CrawlOrder, *, events: bool) -> None:
        def on_event(event: CrawlEvent) -> None:
            self._tell({"id": number, "event": event})

        try:
            report = await runner.run(order, on_event if events else None)
        except PresswatchError as error:
            self._tell({"id": number, "error": _told(error)})
        else:
            self._tell({"id": number, "report": report})

    async def _drain(self) -> None:
        if self._desk is None:
            return
        stopping = asyncio.create_task(self.stop())
        if self._crawls:
            await asyncio.wait({*self._crawls, stopping}, timeout=self._desk.config.drain)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._desk.close(), self._desk.config.drain)

    def _relay_logs(self, level: str) -> None:
        """Have the owner log what is logged here: one process writes the log, in one form."""

        def send(told: dict[str, object]) -> None:
            # A pipe's transport belongs to its loop; what a thread logs waits for the loop's next turn.
            if threading.get_ident() == thread:
                self._tell({"log": told})
            else:
                with contextlib.suppress(RuntimeError):  # the loop has ended
                    self._loop.call_soon_threadsafe(self._tell, {"log": told})

        thread = threading.get_ident()
        root = logging.getLogger()
        handler = relay(send)
        # What the store refused is in the crawl's report or error, and its owner says it once for all crawls.
        handler.addFilter(lambda record: not record.getMessage().startswith("store "))
        root.handlers[:] = [handler]
        levels(level, logging.ERROR if level == "ERROR" else logging.INFO)

    def _tell(self, message: Mapping[str, object]) -> None:
        self._write(to_line(message))


def vitals(desk: Desk) -> Vitals:
    """How this process and its extraction processes are."""
    return Vitals(
        requests=dict(desk.requests),
        bytes=desk.received,
        memory=sum(map(_resident, (os.getpid(), *desk.pool.pids))),
        pages_lost=desk.pool.replaced,
    )


def _resident(pid: int) -> int:
    """Bytes of memory that a process occupies; 0 where that can't be seen."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_bytes().split()[1]) * PAGE
    except (OSError, ValueError, IndexError):
        return 0


def _config(values: Mapping[str, Any]) -> Config:
    typed: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    return Config(**typed)


def _told(error: PresswatchError) -> dict[str, object]:
    return {"kind": type(error).__name__, "message": str(error), "subject": error.subject}


async def _main(output: int) -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=LINE_BYTES)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(0, "rb", 0))
    transport, _ = await loop.connect_write_pipe(asyncio.Protocol, os.fdopen(output, "wb", 0))

    def write(line: bytes) -> None:
        # Where the owner is gone nobody is left to be told; what was asked last is stored all the same.
        if not transport.is_closing():
            transport.write(line)

    server = Server(reader, write)
    loop.add_signal_handler(signal.SIGTERM, reader.feed_eof)  # as if the owner were gone: stop in good order
    await server.serve()
    transport.close()


def main() -> None:
    """Serve until told to quit."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    share_one_heap()
    # Standard output belongs to the protocol; whatever else prints goes to standard error.
    output = os.dup(1)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    logging.basicConfig(format="%(levelname)s %(message)s", level=logging.WARNING, stream=sys.stderr)
    logging.captureWarnings(capture=True)
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(_main(output))
    # A thread that hangs (a resolver, a database that went away) must not keep the process.
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
