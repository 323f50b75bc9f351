"""Hands pages to extraction processes and gets readings back; replaces a process that hangs or dies.

Own code rather than a process pool of a library: that of concurrent.futures loses every pending page when one process
dies and can't end one that hangs. pebble's does both, but its processes import the main program of their parent, which
here is Scrapy with the store (90 MB against 35), and a page costs this process 0.45 ms CPU of threads, queues and locks
against 0.21 ms here (35 KB pages, uvloop). A socket pair, a length and a pickle are enough.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from crawler.errors import CrawlError
from crawler.items import ArticleRecord, Extraction, Hints, Page, Topic
from crawler.patience import Patience

AHEAD = 2  # pages given to a process at once: one that it works on, one that waits, so that it never idles
MOST_WORKERS = 3  # this process fetches and stores about as many pages as three of them extract
PAGES_WAITING = 64  # a worker; beyond that callers wait, which holds their pages back at the server


@dataclass(frozen=True, slots=True)
class Reading:
    """What a page was found to be, and the records to store of it. `seconds` is the CPU time it took."""

    extraction: Extraction
    records: tuple[ArticleRecord, ...]
    seconds: float = 0.0


class ExtractionError(CrawlError):
    """A page could not be extracted: it hung, killed or broke its process."""


@dataclass(slots=True, eq=False)
class _Job:
    page: Page
    hints: Hints
    extraction: Extraction | None
    result: asyncio.Future[Reading]


class ExtractionPool:
    """`count` extraction processes, started when first needed; `deadline` seconds a page.

    `module` is the worker's program (``python -m module FD``); tests give others.
    """

    def __init__(
        self, count: int, deadline: float, *, keep_raw: bool = True, module: str = "crawler.extraction_worker"
    ) -> None:
        self._deadline = deadline
        self._module = module
        self._setup: tuple[tuple[Topic, ...], bool] = ((), keep_raw)
        self._waiting: deque[_Job] = deque()
        self._workers = [_Worker(self) for _ in range(count)]
        self._places = asyncio.Semaphore(PAGES_WAITING * count)
        self._closed = False
        self.patience = Patience()
        """What a process has for its first page; one that has not answered by then is counted as hung."""
        self.replaced = 0

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of those that run."""
        return tuple(worker.pid for worker in self._workers if worker.pid)

    def start(self) -> None:
        """Start the processes now, so that the first page does not wait for their imports."""
        for worker in self._workers:
            worker.start()

    def use_topics(self, topics: Sequence[Topic]) -> None:
        """Match pages given from now on against these topics."""
        setup = (tuple(topics), self._setup[1])
        if setup != self._setup:
            self._setup = setup
            for worker in self._workers:
                worker.send_setup()

    async def read(self, page: Page, hints: Hints) -> Reading:
        """Extract one page. Raises `ExtractionError` with the reason when it can't be."""
        return await self._do(page, hints, None)

    async def finish(self, page: Page, extraction: Extraction, hints: Hints) -> Reading:
        """Make the records of a page already read, such as an article joined from several. Raises `ExtractionError`."""
        return await self._do(page, hints, extraction)

    async def _do(self, page: Page, hints: Hints, extraction: Extraction | None) -> Reading:
        async with self._places:
            if self._closed:
                raise ExtractionError(f"{page.url}: not read, the crawl has ended", page.url)
            job = _Job(page, hints, extraction, asyncio.get_running_loop().create_future())
            self._waiting.append(job)
            self._deal()
            return await job.result

    async def close(self) -> None:
        """End all processes; pages that wait fail."""
        self._closed = True
        while self._waiting:
            _fail(self._waiting.popleft(), "the crawl has ended")
        for worker in self._workers:
            worker.end("the crawl has ended")
        await asyncio.gather(*(worker.reap() for worker in self._workers))

    def message(self) -> bytes:
        """The setup that a process gets first."""
        return _frame(("setup", *self._setup))

    @property
    def deadline(self) -> float:
        """Seconds a page may take."""
        return self._deadline

    @property
    def module(self) -> str:
        """The worker's program."""
        return self._module

    def take_back(self, jobs: Sequence[_Job]) -> None:
        """Pages that a lost process had not begun."""
        if self._closed:
            for job in jobs:
                _fail(job, "the crawl has ended")
            return
        self.replaced += 1
        self._waiting.extendleft(reversed(jobs))
        self._deal()

    def _deal(self) -> None:
        while self._waiting:
            worker = min(self._workers, key=_load)
            if worker.load >= AHEAD:
                return
            worker.give(self._waiting.popleft())

    def idle(self) -> None:
        """A process has room for another page."""
        if self._waiting:
            self._deal()


class _Line(asyncio.Protocol):
    """The socket to one process. A line whose process was given up says nothing any more."""

    def __init__(self, worker: _Worker) -> None:
        self._worker: _Worker | None = worker
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._outgoing: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but name
        if self._worker is None:
            self._transport.abort()
            return
        self._transport.writelines(self._outgoing)
        self._outgoing.clear()

    def send(self, frame: bytes) -> None:
        if self._transport is None:
            self._outgoing.append(frame)
        else:
            self._transport.write(frame)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while len(self._buffer) >= 4:
            end = 4 + int.from_bytes(self._buffer[:4], "big")
            if len(self._buffer) < end:
                return
            body = bytes(memoryview(self._buffer)[4:end])
            del self._buffer[:end]
            if self._worker is not None:
                self._worker.answered(*pickle.loads(body))  # noqa: S301 - from a process that we started

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        if self._worker is not None:
            self._worker.lost()

    def give_up(self) -> None:
        self._worker = None
        if self._transport is not None:
            self._transport.abort()


class _Worker:
    """One process, the pages it has, and the clock on the first of them."""

    def __init__(self, pool: ExtractionPool) -> None:
        self._pool = pool
        self._process: subprocess.Popen[bytes] | None = None
        self._ended: list[subprocess.Popen[bytes]] = []
        self._line: _Line | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._jobs: deque[tuple[int, _Job]] = deque()
        self._number = 0
        self._timer: asyncio.TimerHandle | None = None
        self._warm = False
        self._given = 0.0

    @property
    def load(self) -> int:
        return len(self._jobs)

    @property
    def pid(self) -> int:
        return self._process.pid if self._process is not None else 0

    def start(self) -> _Line:
        if self._line is not None:
            return self._line
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                [*program(self._pool.module), str(theirs.fileno())],
                env=surroundings(),
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        self._warm = False
        self._line = _Line(self)
        self._line.send(self._pool.message())
        self._connecting = asyncio.create_task(_connect(self._line, ours))
        return self._line

    def send_setup(self) -> None:
        if self._line is not None:
            self._line.send(self._pool.message())

    def give(self, job: _Job) -> None:
        line = self.start()
        self._number += 1
        self._jobs.append((self._number, job))
        line.send(_frame(("page", self._number, self._allowed(), job.page, job.hints, job.extraction)))
        if len(self._jobs) == 1:
            self._watch()

    def answered(
        self,
        number: int,
        extraction: Extraction | None,
        records: tuple[ArticleRecord, ...],
        error: str | None,
        seconds: float,
    ) -> None:
        if not self._jobs or self._jobs[0][0] != number:
            return
        if not self._warm:
            self._warm = True
            self._pool.patience.started(time.monotonic() - self._given)
        _, job = self._jobs.popleft()
        self._watch()
        if extraction is None:
            _fail(job, error or "extraction gave nothing")
        elif not job.result.done():
            job.result.set_result(Reading(extraction, records, seconds))
        self._pool.idle()

    def _watch(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._jobs:
            self._given = time.monotonic()
            seconds = self._allowed()
            self._timer = asyncio.get_running_loop().call_later(seconds, self._hung, seconds)

    def _allowed(self) -> float:
        """Seconds that a page may take: the first one also loads what all of them need."""
        return self._pool.deadline if self._warm else max(self._pool.deadline, self._pool.patience.seconds)

    def _hung(self, seconds: float) -> None:
        if not self._warm:
            self._pool.patience.ran_out()
        self.end(f"extraction took longer than {seconds:g} s")

    def lost(self) -> None:
        code = self._process.poll() if self._process is not None else None
        self.end("it ended the process that read it" + (f" (code {code})" if code is not None else ""))

    def end(self, reason: str) -> None:
        """Kill the process; the page it was at fails with `reason`, the others are read by another."""
        process, self._process = self._process, None
        line, self._line = self._line, None
        jobs = [job for _, job in self._jobs]
        self._jobs.clear()
        self._watch()
        if line is not None:
            line.give_up()
        if process is not None:
            process.kill()
            self._ended = [one for one in self._ended if one.poll() is None]
            self._ended.append(process)
        if jobs:
            _fail(jobs[0], reason)
            self._pool.take_back(jobs[1:])

    async def reap(self) -> None:
        """Wait for killed processes to be gone."""
        if self._connecting is not None:
            await self._connecting
        for process in self._ended:
            await asyncio.to_thread(process.wait)
        self._ended.clear()


async def _connect(line: _Line, ours: socket.socket) -> None:
    await asyncio.get_running_loop().create_connection(lambda: line, sock=ours)


def _load(worker: _Worker) -> int:
    return worker.load


def _fail(job: _Job, reason: str) -> None:
    if not job.result.done():
        job.result.set_exception(ExtractionError(f"{job.page.url}: {reason}", job.page.url))


def _frame(message: object) -> bytes:
    body = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return len(body).to_bytes(4, "big") + body


def program(module: str) -> list[str]:
    """The command of one of our own modules. ``-P``: a folder named `crawler` where the person stands is not ours."""
    return [sys.executable, "-P", "-m", module]


def surroundings() -> dict[str, str]:
    """The environment in which `program` finds our packages, also from a checkout that is not installed."""
    root = Path(__file__).resolve().parent.parent
    found = dict(os.environ)
    if root.name not in ("site-packages", "dist-packages"):
        found["PYTHONPATH"] = os.pathsep.join(filter(None, (str(root), found.get("PYTHONPATH"))))
    return found


def worker_count(asked: int) -> int:
    """How many extraction processes: as asked, or one a core, at most `MOST_WORKERS`."""
    return asked or min(MOST_WORKERS, os.cpu_count() or 1)
