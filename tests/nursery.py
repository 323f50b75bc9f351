"""Our programs for tests, forked from a process that has loaded their modules already.

To import Scrapy, SQLAlchemy and the extractors costs two seconds of a core, more than what most tests make them do.
What is forked is the same program in a process of its own: its own number, session, signals, pipes and end.
`subprocess` and `asyncio` of the two modules that start processes are stood in for; whatever is no program of ours
starts as ever.
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
from typing import IO, Any, ClassVar, Self

ADDRESS = "TEST_NURSERY"
OWNER = "TEST_OWNER"
"""Environment of what was forked: where from, and the number of the process that asked for it."""
FAULT = "TEST_FAULT"
"""A file of Python that what is forked runs first, as it would a `sitecustomize`."""
BIRTHS = ".births"
"""End of the name of the file in which it writes down what it forked: number, owner's number, program."""
PROGRAMS = ("crawler.engine", "crawler.extraction_worker")
# What these and the command line load when they need it first.
LOADED = (
    *("crawler.middlewares", "crawler.pipelines", "crawler.downloads", "crawler.settings", "crawler.workers"),
    *("crawler.cli.application", "crawler.cli.crawl", "crawler.cli.daemon", "crawler.daemon", "crawler.daemon_http"),
    *("crawler.metrics", "crawler.websub", "spiders.source", "spiders.topic", "scrapy.core.downloader"),
    *("scrapy.core.scheduler", "scrapy.logformatter", "uvloop", "zstandard", "sqlalchemy.dialects.sqlite"),
    *("lxml.html", "selectolax.lexbor"),
)
NUMBER = struct.Struct("!q")


@contextlib.contextmanager
def nursery() -> Iterator[Nursery]:
    """Start ours from it while this lasts; it begins with the first that is asked for."""
    import crawler.crawls
    import crawler.workers

    folder = Path(tempfile.mkdtemp(prefix="presswatch-nursery-"))
    here = Nursery(str(folder / "socket"))
    before = crawler.crawls.asyncio, crawler.workers.subprocess
    use(here)
    try:
        yield here
    finally:
        crawler.crawls.asyncio, crawler.workers.subprocess = before  # type: ignore[misc]
        here.close()
        shutil.rmtree(folder, ignore_errors=True)


def use(nursery: Nursery) -> None:
    """Have crawls and extraction of this process begin there."""
    import crawler.crawls
    import crawler.workers

    Nursery.current = nursery
    begin = SimpleNamespace(**vars(subprocess))
    begin.Popen = nursery.extraction
    crawler.workers.subprocess = begin  # type: ignore[assignment]
    loop = SimpleNamespace(**vars(asyncio))
    loop.create_subprocess_exec = nursery.engine
    crawler.crawls.asyncio = loop  # type: ignore[assignment]


class Nursery:
    """Our end: asks the process that forks, and starts it where nobody did. `current` is that of this process."""

    current: ClassVar[Nursery]

    def __init__(self, address: str) -> None:
        self._address = address
        self._environment = dict(os.environ)
        self._process: subprocess.Popen[bytes] | None = None

    def close(self) -> None:
        """End it; those that it forked go on until their own owners end them."""
        if self._process is not None:
            self._process.communicate()

    def start(
        self, command: Sequence[str], *, env: dict[str, str], cwd: Path, output: int, session: bool = False
    ) -> Forked:
        """``-c CODE ARGUMENT…`` or ``-m MODULE ARGUMENT…``, as given to an interpreter that reads nothing."""
        with Path(os.devnull).open("rb") as nothing:
            return self._fork(command, env, (nothing.fileno(), output, output), cwd=cwd, session=session)

    def family(self, pid: int) -> list[int]:
        """A process and all that were begun by it, and by those."""
        begun = self._begun()
        found = [pid]
        for one in found:
            found += [child for child, _ in begun.get(one, ())]
        return found

    def child(self, pid: int, program: str) -> int:
        """The last process of that module that a process began; `LookupError` where none did."""
        found = [child for child, what in self._begun().get(pid, ()) if what == program]
        if not found:
            raise LookupError(f"process {pid} began no {program}")
        return found[-1]

    def _begun(self) -> dict[int, list[tuple[int, str]]]:
        found: dict[int, list[tuple[int, str]]] = {}
        births = Path(self._address + BIRTHS)
        for line in births.read_text().splitlines() if births.exists() else ():
            child, owner, what = line.split()
            found.pop(int(child), None)  # the number was another's before
            found.setdefault(int(owner), []).append((int(child), what))
        return found

    def extraction(
        self, command: Sequence[str], *, env: dict[str, str], pass_fds: tuple[int, ...], **given: Any
    ) -> Any:
        """As `subprocess.Popen`."""
        if not ours(command):
            return subprocess.Popen(command, env=env, pass_fds=pass_fds, **given)
        with Path(os.devnull).open("r+b") as nothing:
            return self._fork(command[2:4], env, (nothing.fileno(), nothing.fileno(), 2, *pass_fds), session=False)

    async def engine(self, *command: str, env: dict[str, str], limit: int, **given: Any) -> Any:
        """As `create_subprocess_exec` of `asyncio`."""
        if not ours(command):
            return await asyncio.create_subprocess_exec(*command, env=env, limit=limit, **given)
        loop = asyncio.get_running_loop()
        (its_input, input_end), (output_end, its_output) = os.pipe(), os.pipe()
        try:
            forked = self._fork(command[2:4], env, (its_input, its_output, 2), session=True)
        finally:
            os.close(its_input)
            os.close(its_output)
        stdout = asyncio.StreamReader(limit=limit)
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stdout), os.fdopen(output_end, "rb", 0))
        stdin, _ = await loop.connect_write_pipe(asyncio.Protocol, os.fdopen(input_end, "wb", 0))
        return Waited(forked, stdin, stdout)

    def _fork(
        self, command: Sequence[str], env: dict[str, str], fds: Sequence[int], *, cwd: Path | None = None, session: bool
    ) -> Forked:
        told = {**env, ADDRESS: self._address, OWNER: str(os.getpid())}
        return Forked(self._connected(), (tuple(command), told, str(cwd or Path.cwd()), session), fds)

    def _connected(self) -> socket.socket:
        if not Path(self._address).exists():
            root = Path(__file__).parents[1]
            path = os.pathsep.join((str(root), self._environment.get("PYTHONPATH", "")))
            self._process = subprocess.Popen(
                [sys.executable, "-P", __file__, self._address],
                env={**self._environment, "PYTHONPATH": path},
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

    def __init__(self, connection: socket.socket, order: tuple[object, ...], fds: Sequence[int]) -> None:
        self.connection = connection
        self.returncode: int | None = None
        body = pickle.dumps(order)
        socket.send_fds(connection, [NUMBER.pack(len(body))], fds)
        connection.sendall(body)
        self.pid = self._number()

    def _number(self) -> int:
        told = self.connection.recv(NUMBER.size, socket.MSG_WAITALL)
        if len(told) < NUMBER.size:
            raise OSError("the nursery has ended")
        return int(NUMBER.unpack(told)[0])

    def poll(self) -> int | None:
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        code = self._ended(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
        return code

    def _ended(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self.connection], [], [], timeout)[0]:
            self.returncode = self._number()
            self.connection.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.wait()

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
    with Path(address + BIRTHS).open("w", buffering=1) as births, socket.socket(socket.AF_UNIX) as listener:
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
                    begin(listener, children, births)
                elif fd in children:
                    pid, connection = children.pop(fd)
                    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
                    os.close(fd)
                    with contextlib.suppress(OSError), connection:  # nobody may want to know
                        connection.sendall(NUMBER.pack(code))


def begin(listener: socket.socket, children: dict[int, tuple[int, socket.socket]], births: IO[str]) -> None:
    connection = listener.accept()[0]
    head, fds, _, _ = socket.recv_fds(connection, NUMBER.size, 8)
    size = NUMBER.unpack(head)[0] if len(head) == NUMBER.size else 0
    asked = connection.recv(size, socket.MSG_WAITALL) if size else b""
    if len(asked) < max(size, 1):  # who asked was killed in the middle of it
        connection.close()
        for fd in fds:
            os.close(fd)
        return
    command, env, folder, session = pickle.loads(asked)
    pid = os.fork()
    if pid == 0:
        try:
            for fd, (_, other) in children.items():
                os.close(fd)
                other.close()
            listener.close()
            connection.close()
            births.close()
            code = become(command, env, folder, fds, session=session)
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        except BaseException:  # noqa: BLE001 - as the interpreter would
            traceback.print_exc()
            code = 1
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    for fd in fds:
        os.close(fd)
    births.write(f"{pid} {env[OWNER]} {command[1] if command[0] == '-m' else command[0]}\n")
    children[os.pidfd_open(pid)] = (pid, connection)
    with contextlib.suppress(OSError):  # who asked may be gone
        connection.sendall(NUMBER.pack(pid))


def become(command: tuple[str, ...], env: dict[str, str], folder: str, fds: list[int], *, session: bool) -> int:
    """Run the program as if it had been started; its exit code."""
    for place, fd in enumerate(fds[:3]):
        os.dup2(fd, place)
        os.close(fd)
    if session:
        os.setsid()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    how, what, *arguments = command
    sys.argv = [what if how == "-m" else how, *arguments, *map(str, fds[3:])]
    use(Nursery(env[ADDRESS]))
    if FAULT in env:
        exec(Path(env[FAULT]).read_text(), {"__name__": "fault"})
    if how == "-m":
        return importlib.import_module(what).main() or 0
    exec(what, {"__name__": "__main__"})
    return 0


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
            url=url,
            final_url=url,
            status=200,
            headers={},
            body=body.encode(),
            fetched_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
        prepare(page, Hints(expect=kind), None, keep_raw=True)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    serve(sys.argv[1])
