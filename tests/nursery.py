"""Engines and extraction processes for tests, forked from one that has loaded their modules already.

To import Scrapy, SQLAlchemy and the extractors costs two seconds of a core, more than what most tests make them do. What
is forked is the same program in a process of its own: its own number, session, signals, pipes and end. `subprocess` and
`asyncio` of the two modules that start processes are stood in for; whatever is no program of ours starts as ever.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import os
import pickle
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

ADDRESS = "PRESSWATCH_TEST_NURSERY"
PROGRAMS = ("crawler.engine", "crawler.extraction_worker")
# What these load when they need it first.
LOADED = (
    *("crawler.middlewares", "crawler.pipelines", "crawler.downloads", "crawler.settings", "crawler.workers"),
    *("spiders.source", "spiders.topic", "scrapy.core.downloader", "scrapy.core.scheduler", "scrapy.logformatter"),
    *("uvloop", "zstandard", "sqlalchemy.dialects.sqlite", "lxml.html", "selectolax.lexbor"),
)
NUMBER = struct.Struct("!q")


@contextlib.contextmanager
def nursery() -> Iterator[None]:
    """Start ours from it while this lasts; it begins with the first that is asked for."""
    import crawler.crawls
    import crawler.workers

    folder = Path(tempfile.mkdtemp(prefix="presswatch-nursery-"))
    here = Nursery(str(folder / "socket"))
    before = crawler.crawls.asyncio, crawler.workers.subprocess
    use(here)
    try:
        yield
    finally:
        crawler.crawls.asyncio, crawler.workers.subprocess = before  # type: ignore[misc]
        here.close()
        shutil.rmtree(folder, ignore_errors=True)


def use(nursery: Nursery) -> None:
    """Have crawls and extraction of this process begin there."""
    import crawler.crawls
    import crawler.workers

    begin = SimpleNamespace(**vars(subprocess))
    begin.Popen = nursery.popen
    crawler.workers.subprocess = begin  # type: ignore[assignment]
    loop = SimpleNamespace(**vars(asyncio))
    loop.create_subprocess_exec = nursery.create_subprocess_exec
    crawler.crawls.asyncio = loop  # type: ignore[assignment]


class Nursery:
    """Our end: asks the process that forks, and starts it where nobody did."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._process: subprocess.Popen[bytes] | None = None

    def close(self) -> None:
        """End it; those that it forked go on until their own owners end them."""
        if self._process is not None:
            self._process.communicate()

    def popen(self, command: Sequence[str], *, env: dict[str, str], pass_fds: tuple[int, ...], **given: Any) -> Any:
        """As `subprocess.Popen`, for an extraction process."""
        if not ours(command):
            return subprocess.Popen(command, env=env, pass_fds=pass_fds, **given)
        with Path(os.devnull).open("r+b") as nothing:
            fds = (nothing.fileno(), nothing.fileno(), 2, *pass_fds)
            return Forked(self._connected(), command[3:], fds, self._told(env), session=False)

    async def create_subprocess_exec(self, *command: str, env: dict[str, str], limit: int, **given: Any) -> Any:
        """As that of `asyncio`, for an engine with a session of its own."""
        if not ours(command):
            return await asyncio.create_subprocess_exec(*command, env=env, limit=limit, **given)
        loop = asyncio.get_running_loop()
        (its_input, input_end), (output_end, its_output) = os.pipe(), os.pipe()
        try:
            fds = (its_input, its_output, 2)
            forked = Forked(self._connected(), command[3:], fds, self._told(env), session=True)
        finally:
            os.close(its_input)
            os.close(its_output)
        stdout = asyncio.StreamReader(limit=limit)
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stdout), os.fdopen(output_end, "rb", 0))
        stdin, _ = await loop.connect_write_pipe(asyncio.Protocol, os.fdopen(input_end, "wb", 0))
        return Waited(forked, stdin, stdout)

    def _told(self, env: dict[str, str]) -> dict[str, str]:
        return {**env, ADDRESS: self._address}

    def _connected(self) -> socket.socket:
        if not Path(self._address).exists():
            root = Path(__file__).parents[1]
            environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(root), os.environ.get("PYTHONPATH", "")))}
            self._process = subprocess.Popen(
                [sys.executable, "-P", __file__, self._address],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,
            )
            assert self._process.stdout is not None
            assert self._process.stdout.readline() == b"ready\n"
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(self._address)
        return connection


def ours(command: Sequence[str]) -> bool:
    return tuple(command[1:3]) == ("-P", "-m") and command[3] in PROGRAMS


class Forked:
    """A process of the nursery, in the words of `subprocess.Popen`."""

    def __init__(
        self, connection: socket.socket, command: Sequence[str], fds: Sequence[int], env: dict[str, str], *, session: bool
    ) -> None:
        self.connection = connection
        self.returncode: int | None = None
        order = pickle.dumps((tuple(command), env, str(Path.cwd()), session))
        socket.send_fds(connection, [NUMBER.pack(len(order))], fds)
        connection.sendall(order)
        self.pid = self._number()

    def _number(self) -> int:
        told = self.connection.recv(NUMBER.size, socket.MSG_WAITALL)
        if len(told) < NUMBER.size:
            raise OSError("the nursery has ended")
        return int(NUMBER.unpack(told)[0])

    def poll(self) -> int | None:
        if self.returncode is None and select.select([self.connection], [], [], 0)[0]:
            self.wait()
        return self.returncode

    def wait(self) -> int:
        if self.returncode is None:
            self.returncode = self._number()
            self.connection.close()
        return self.returncode

    def kill(self) -> None:
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)

    def __del__(self) -> None:
        self.connection.close()


class Waited:
    """The same in those of `asyncio`."""

    def __init__(self, forked: Forked, stdin: asyncio.WriteTransport, stdout: asyncio.StreamReader) -> None:
        self._forked = forked
        self.stdin, self.stdout = stdin, stdout
        self.pid = forked.pid
        self._ended = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().add_reader(forked.connection, self._over)

    def _over(self) -> None:
        asyncio.get_running_loop().remove_reader(self._forked.connection)
        self.stdin.close()
        self._ended.set_result(self._forked.wait())

    @property
    def returncode(self) -> int | None:
        return self._ended.result() if self._ended.done() else None

    async def wait(self) -> int:
        return int(await asyncio.shield(self._ended))


# ------------------------------------------------------------------------------------------------- its own process
def serve(address: str) -> None:
    """Fork who is asked for, tell how each ended, until our input ends."""
    for name in (*PROGRAMS, *LOADED):
        importlib.import_module(name)
    read_a_page()
    gc.collect()
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen(64)
        print("ready", flush=True)
        children: dict[int, tuple[int, socket.socket]] = {}
        while True:
            ready = select.select([0, listener, *children], [], [])[0]
            if 0 in ready:
                return
            for fd in ready:
                if fd is listener:
                    begin(listener, children)
                elif fd in children:
                    pid, connection = children.pop(fd)
                    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
                    os.close(fd)
                    with contextlib.suppress(OSError), connection:  # nobody may want to know
                        connection.sendall(NUMBER.pack(code))


def begin(listener: socket.socket, children: dict[int, tuple[int, socket.socket]]) -> None:
    connection = listener.accept()[0]
    head, fds, _, _ = socket.recv_fds(connection, NUMBER.size, 8)
    (size,) = NUMBER.unpack(head)
    command, env, folder, session = pickle.loads(connection.recv(size, socket.MSG_WAITALL))
    pid = os.fork()
    if pid == 0:
        try:
            for fd, (_, other) in children.items():
                os.close(fd)
                other.close()
            listener.close()
            connection.close()
            become(command, env, folder, fds, session=session)
        except BaseException:  # noqa: BLE001 - as the interpreter would
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    for fd in fds:
        os.close(fd)
    children[os.pidfd_open(pid)] = (pid, connection)
    connection.sendall(NUMBER.pack(pid))


def become(command: tuple[str, ...], env: dict[str, str], folder: str, fds: list[int], *, session: bool) -> None:
    """Run the program as if it had been started."""
    for place, fd in enumerate(fds[:3]):
        os.dup2(fd, place)
        os.close(fd)
    if session:
        os.setsid()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    module, *arguments = command
    if fds[3:]:
        (fd,), arguments = fds[3:], []
        arguments = [str(fd)]
    sys.argv = [module, *arguments]
    use(Nursery(env[ADDRESS]))
    importlib.import_module(module).main()


def read_a_page() -> None:
    """Have the extractors load what they load with the first page."""
    from datetime import UTC, datetime

    from small_site import article_page, listing_page

    from crawler.ingest import prepare
    from crawler.items import Hints, Page, PageKind

    rows = [(f"/news/{number}.html", f"Council {number} of the harbour town", "What was said.") for number in range(9)]
    for kind, body in ((PageKind.ARTICLE, article_page(1)), (PageKind.LISTING, listing_page(rows))):
        url = "http://paper.example/news/1.html"
        page = Page(
            url=url, final_url=url, status=200, headers={}, body=body.encode(), fetched_at=datetime(2026, 1, 1, tzinfo=UTC)
        )
        prepare(page, Hints(expect=kind), None, keep_raw=True)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    serve(sys.argv[1])
