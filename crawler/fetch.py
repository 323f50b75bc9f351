"""One HTTP request, bounded in time and size, over addresses that the guard permits. aiohttp's only home.

It decides nothing about politeness, retries or redirects, it gives back what the server said.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp
from aiohappyeyeballs import AddrInfoType
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from crawler.content import decompress, too_large
from crawler.errors import FetchError, ForbiddenAddress, PresswatchError
from crawler.net import AddressGuard, trusted_authorities

DNS_SECONDS = 300  # as long as a typical record lives; shorter would ask again for every few pages of a slow host
HEADER_BYTES = 65_536  # real sites send policies and cookies beyond aiohttp's 8,190
LONGEST_SAID = 100  # characters of a library's word on an answer
KEEP_ALIVE = 30.0  # seconds; at one request a second a connection is used again


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered. `headers` in the order sent, names lower case; `received`: body bytes on the wire."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    received: int

    def header(self, name: str) -> str | None:
        """The first value of a header (lower-case name)."""
        return next((value for key, value in self.headers if key == name), None)


class Fetcher:
    """Fetches URLs; one for a process, so that connections are kept across crawls.

    `timeout` seconds bound a whole answer, `max_bytes` the body before and after decompression. `proxy` is a URL or
    empty, `ca_file` a PEM file of certificate authorities besides the system's or empty.
    """

    def __init__(
        self, guard: AddressGuard, *, timeout: float, max_bytes: int, proxy: str = "", ca_file: str = ""
    ) -> None:
        self._guard = guard
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._max_bytes = max_bytes
        self._proxy = proxy or None
        self._ssl = trusted_authorities(ca_file)
        self._session: aiohttp.ClientSession | None = None

    async def fetch(self, url: str, headers: Mapping[str, str], *, max_bytes: int | None = None) -> Answer:
        """GET `url` (normalized, percent-encoded). Redirects are answers. Raises `FetchError` or `ForbiddenAddress`."""
        return await self._send("GET", url, headers, max_bytes or self._max_bytes)

    async def post(self, url: str, form: bytes, headers: Mapping[str, str], *, max_bytes: int) -> Answer:
        """POST an encoded form, as `fetch` otherwise."""
        sent = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
        return await self._send("POST", url, sent, max_bytes, form)

    async def _send(
        self, method: str, url: str, headers: Mapping[str, str], cap: int, form: bytes | None = None
    ) -> Answer:
        self.check(url)
        try:
            async with self._open().request(
                method,
                URL(url, encoded=True),
                headers=headers,
                data=form,
                ssl=self._ssl,
                allow_redirects=False,
                proxy=self._proxy,
            ) as response:
                raw = await _read(response, url, cap)
                found = tuple((name.lower(), value) for name, value in response.headers.items())
                status = response.status
        except PresswatchError:
            raise
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise FetchError(f"{url}: {self._what(error)}", url) from error
        encoding = ",".join(value for name, value in found if name == "content-encoding")
        body = decompress(raw, encoding, cap, url) if encoding else raw
        return Answer(status, found, body, len(raw))

    def check(self, url: str) -> None:
        """Raise `ForbiddenAddress` for a URL that is out of bounds as it stands, before anybody is asked anything."""
        self._guard.check_url(url)

    async def close(self) -> None:
        """Close all connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                resolver=None if self._proxy else GuardedResolver(self._guard),
                socket_factory=None if self._proxy else self._socket,
                ttl_dns_cache=DNS_SECONDS,
                limit=0,  # the turns of politeness bound what is under way
                keepalive_timeout=KEEP_ALIVE,
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,  # decompress() below stops at the cap
                timeout=self._timeout,
                max_line_size=HEADER_BYTES,
                max_field_size=HEADER_BYTES,
                skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding"),
            )
            # aiohttp sends a GET again by itself when a kept connection breaks: a request that nobody would count.
            self._session._retry_connection = False
        return self._session

    def _socket(self, info: AddrInfoType) -> socket.socket:
        """The last gate: a socket is made for an address only when the guard permits it."""
        family, kind, protocol, _, address = info
        self._guard.check(str(address[0]), str(address[0]))
        return socket.socket(family, kind, protocol)

    def _what(self, error: BaseException) -> str:
        match error:
            case TimeoutError():
                return f"no complete answer within {self._timeout.total:g} s"
            case aiohttp.ClientConnectorCertificateError():
                return f"its certificate is not trusted ({error.certificate_error}); ca_file can name its authority"
            case aiohttp.ClientConnectorSSLError():
                return f"TLS failed ({error.os_error})"
            case aiohttp.ClientProxyConnectionError():
                return f"the proxy can't be reached ({error.os_error})"
            case aiohttp.ClientConnectorDNSError():
                return "its host name is not found"
            case aiohttp.ClientConnectorError():
                return f"can't connect ({error.os_error.strerror or error.os_error})"
            case aiohttp.ServerDisconnectedError() | aiohttp.ClientPayloadError() | ConnectionResetError():
                return "the server broke the answer off"
            case aiohttp.ClientResponseError():
                # The parser's message goes on with what was received, byte for byte.
                said = error.message.partition("\n")[0].rstrip(": ")
                return f"the answer is no HTTP ({said[:LONGEST_SAID]})"
            case _:
                return str(error) or type(error).__name__


class GuardedResolver(AbstractResolver):
    """Resolves names in a thread (the system's resolver) and drops addresses that are out of bounds."""

    def __init__(self, guard: AddressGuard) -> None:
        self._guard = guard
        self._inner: ThreadedResolver | None = None

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The permitted addresses of `host`; `ForbiddenAddress` when it has none but others."""
        if self._inner is None:
            self._inner = ThreadedResolver()
        found = await self._inner.resolve(host, port, family)
        permitted = [result for result in found if self._guard.permits(result["host"])]
        if found and not permitted:
            self._guard.check(host, found[0]["host"])
        return permitted

    async def close(self) -> None:
        """Nothing is held."""


def is_transient(error: FetchError) -> bool:
    """Whether trying again soon may help: yes for connections that fail, no for what was refused or is not trusted."""
    if isinstance(error, ForbiddenAddress):
        return False
    cause = error.__cause__
    if isinstance(cause, (aiohttp.ClientConnectorCertificateError, aiohttp.InvalidURL)):
        return False
    return isinstance(cause, (aiohttp.ClientError, OSError))


async def _read(response: aiohttp.ClientResponse, url: str, cap: int) -> bytes:
    if (response.content_length or 0) > cap:
        raise too_large(url, cap)
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_any():
        size += len(chunk)
        if size > cap:
            raise too_large(url, cap)
        chunks.append(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)
