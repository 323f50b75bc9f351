"""A small HTTP/1.1 server for many loopback addresses: GET and HEAD, keep-alive, conditional requests.

One thread with an event loop of its own. Plain asyncio instead of a framework: benchmarks share two cores with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from typing import cast

from crawler.errors import PresswatchError
from crawler.newsroom.answers import Answer, Answering

_MAX_HEAD = 32_768
_PORT_TRIES = 20


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One request that was answered: `host` is address and port, `path` includes the query, `at` is simulated time."""

    method: str
    host: str
    path: str
    status: int
    conditional: bool
    at: datetime


class LoopbackServer:
    """Serves an outlet on each of `addresses`, all on one port; port 0 picks a free one."""

    def __init__(
        self, addresses: tuple[str, ...], clock: Callable[[], datetime], *, port: int = 0, delay: float = 0.0
    ) -> None:
        self.port = port
        self._addresses = addresses
        self._outlets: Mapping[str, Answering] = {}
        self._clock = clock
        self._delay = delay
        self._log: list[LoggedRequest] = []
        self._hits: dict[tuple[str, str], int] = {}
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._connections: set[_Connection] = set()
        self._sockets: list[socket.socket] = []

    def bind(self) -> None:
        """Takes the port on every address. PresswatchError when that can't be done."""
        tries = _PORT_TRIES if self.port == 0 else 1
        for left in reversed(range(tries)):
            try:
                self._sockets = _bind(self._addresses, self.port)
            except OSError as error:
                if left:
                    continue
                first, last = self._addresses[0], self._addresses[-1]
                message = (
                    f"newsroom: can't listen on {first} … {last}, port {self.port or 'any'}: {error.strerror or error};"
                    " choose another port (Linux answers on all of 127.0.0.0/8, other systems don't)"
                )
                raise PresswatchError(message, str(self.port)) from error
            self.port = self._sockets[0].getsockname()[1]
            return

    def start(self, outlets: Mapping[str, Answering]) -> None:
        """Answers for `outlets` (by address) in a thread of its own; `bind` came before."""
        self._outlets = outlets
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), name="newsroom", daemon=True)
        self._thread.start()
        ready.wait()

    def stop(self) -> None:
        """Closes every connection and ends the thread."""
        if self._loop is not None and self._thread is not None:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        for taken in self._sockets:
            taken.close()
        self._thread = None

    def log(self) -> tuple[LoggedRequest, ...]:
        """Every request since the start or the last `clear_log`."""
        with self._lock:
            return tuple(self._log)

    def clear_log(self) -> None:
        """Forgets the requests so far."""
        with self._lock:
            self._log.clear()

    def respond(self, address: str, method: str, path: str, headers: Mapping[str, str]) -> tuple[Answer, bytes, bytes]:
        """Answer, head and body for one request, logged."""
        now = self._clock()
        outlet = self._outlets[address]
        answer = (
            outlet.answer(path, now)
            if method in ("GET", "HEAD")
            else Answer(status=405, headers=(("Allow", "GET, HEAD"),))
        )
        conditional = "if-none-match" in headers or "if-modified-since" in headers
        status, body = answer.status, answer.body
        if status == 200 and conditional and _unchanged(answer, headers):
            status, body = 304, b""
        elif answer.rotating:
            key = (address, path)
            hits = self._hits[key] = self._hits.get(key, 0) + 1
            body = outlet.rotated(answer, hits, now)
        with self._lock:
            self._log.append(LoggedRequest(method, f"{address}:{self.port}", path, status, conditional, now))
        extra = list(answer.headers)
        if answer.compress and body and "gzip" in headers.get("accept-encoding", ""):
            packer = zlib.compressobj(1, zlib.DEFLATED, 31)
            body = packer.compress(body) + packer.flush()
            extra += [("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")]
        if answer.etag:
            extra.append(("ETag", answer.etag))
        if answer.last_modified:
            extra.append(("Last-Modified", format_datetime(answer.last_modified.astimezone(UTC), usegmt=True)))
        if answer.content_type and status != 304:
            extra.append(("Content-Type", answer.content_type))
        if status != 304:
            extra.append(("Content-Length", str(answer.promise or len(body))))
        phrase = HTTPStatus(status).phrase
        lines = [
            f"HTTP/1.1 {status} {phrase}",
            f"Date: {format_datetime(datetime.now(UTC), usegmt=True)}",
            "Server: newsroom",
            *(f"{name}: {value}" for name, value in extra),
        ]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        return answer, head, b"" if method == "HEAD" else body

    def wait_before(self, answer: Answer) -> float:
        """Seconds to wait before the answer goes out."""
        return self._delay + answer.delay

    def _run(self, ready: threading.Event) -> None:
        loop = asyncio.new_event_loop()
        self._loop = loop
        servers = [
            loop.run_until_complete(loop.create_server(lambda: _Connection(self), sock=taken))
            for taken in self._sockets
        ]
        loop.call_soon(ready.set)
        try:
            loop.run_forever()
        finally:
            for server in servers:
                server.close()
            for connection in tuple(self._connections):
                connection.abort()
            loop.run_until_complete(asyncio.sleep(0))
            loop.close()


def _bind(addresses: tuple[str, ...], port: int) -> list[socket.socket]:
    taken: list[socket.socket] = []
    try:
        for address in addresses:
            one = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            taken.append(one)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind((address, port))
            port = one.getsockname()[1]
            one.listen(256)
            one.setblocking(False)
    except OSError:
        for one in taken:
            one.close()
        raise
    return taken


def _unchanged(answer: Answer, headers: Mapping[str, str]) -> bool:
    """RFC 9110, 13.2.2: If-None-Match decides alone when it is there, compared weakly; else If-Modified-Since."""
    wanted = headers.get("if-none-match")
    if wanted is not None:
        if answer.etag is None:
            return False
        tags = {tag.strip().removeprefix("W/") for tag in wanted.split(",")}
        return "*" in tags or answer.etag.removeprefix("W/") in tags
    if answer.last_modified is None:
        return False
    try:
        since = parsedate_to_datetime(headers["if-modified-since"])
    except ValueError:
        return False
    return answer.last_modified.replace(microsecond=0) <= since.replace(tzinfo=since.tzinfo or UTC)


class _Connection(asyncio.Protocol):
    """One client's connection: requests are answered one after the other."""

    def __init__(self, server: LoopbackServer) -> None:
        self._server = server
        self._buffer = b""
        self._waiting = False
        self._transport: asyncio.Transport | None = None
        self._address = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A cast, not an assertion: uvloop's transports are none of asyncio's.
        self._transport = cast("asyncio.Transport", transport)
        self._address = transport.get_extra_info("sockname")[0]
        self._server._connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._server._connections.discard(self)
        self._transport = None

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if len(self._buffer) > _MAX_HEAD:
            self.abort()
            return
        self._next()

    def _next(self) -> None:
        while not self._waiting and self._transport is not None:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head, self._buffer = self._buffer[:end], self._buffer[end + 4 :]
            self._handle(head)

    def _handle(self, head: bytes) -> None:
        first, *rest = head.decode("latin-1").split("\r\n")
        words = first.split(" ")
        if len(words) != 3 or self._transport is None:
            self.abort()
            return
        method, target, _ = words
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
        path = target if target.startswith("/") else "/" + target.partition("://")[2].partition("/")[2]
        answer, top, body = self._server.respond(self._address, method, path, headers)
        closing = headers.get("connection", "").lower() == "close" or answer.promise is not None
        wait = self._server.wait_before(answer)
        if wait > 0:
            self._waiting = True
            asyncio.get_running_loop().call_later(wait, self._send, top + body, closing)
        else:
            self._send(top + body, closing)

    def _send(self, data: bytes, closing: bool) -> None:
        if self._transport is None:
            return
        self._transport.write(data)
        if closing:
            self._transport.close()
        elif self._waiting:
            self._waiting = False
            self._next()
