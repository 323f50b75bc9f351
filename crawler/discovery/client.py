"""Requests outside of a crawl, as polite and as guarded as those of one. httpx's home.

`PoliteClient` asks for a site's doors in turns of `crawler.politeness`, with the store's robots.txt, blocks, leases.
`PageClient` asks for single pages that a person waits for, and keeps no pace of its own.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self, TypeVar
from urllib.parse import urljoin

import httpx

from crawler.config import Config
from crawler.content import ACCEPT, ACCEPT_ENCODING, decompress, too_large
from crawler.errors import FetchError, ForbiddenAddress
from crawler.items import HostLease, Page, RobotsRow
from crawler.net import MAX_REDIRECTS, REDIRECTS, AddressGuard, trusted_authorities
from crawler.politeness import (
    LEASE_WAIT,
    ROBOTS_BYTES,
    ROBOTS_REDIRECTS,
    HostLocks,
    HostStore,
    Politeness,
    RobotsAnswer,
    host_of,
    retry_after,
)
from crawler.urls import normalize_url, publisher

T = TypeVar("T")
Resolve = Callable[[str, int], list[str]]

PATIENCE = 30.0  # seconds that a look waits for Retry-After; who asks for longer is told to the person instead
FAILING = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
PAUSING = frozenset({429, 503})


class Spent(Exception):
    """A look may ask no more: its requests are used up."""


@dataclass(slots=True)
class Allowance:
    """How many requests one look may still make. `made` counts them, robots.txt and redirects included."""

    left: int
    made: int = 0

    def take(self) -> None:
        """Count a request that is about to be made. Raises `Spent`."""
        if self.left <= 0:
            raise Spent
        self.left -= 1
        self.made += 1


class PoliteClient:
    """Fetches pages as the configuration says (agent, proxy, authorities, time-out, caps, networks), in turns.

    `hosts` is the store's; without one, what is learnt of hosts is kept while the client lives. `locks` keep the
    processes of this machine apart (none: they are not). `resolve` gives the addresses of a host name; the default
    asks the system. `paced`: whether robots.txt takes a turn, too. `note` is told the host of each request before it is
    sent. An async context manager.
    """

    def __init__(
        self,
        config: Config,
        *,
        hosts: HostStore | None = None,
        locks: HostLocks | None = None,
        resolve: Resolve | None = None,
        paced: bool = True,
        lease_wait: float = LEASE_WAIT,
        note: Callable[[str], None] | None = None,
    ) -> None:
        self._config = config
        self._note = note
        self._guard = AddressGuard(config.allow_networks)
        self._resolve = resolve or _addresses
        self._paced = paced
        self._client = httpx.AsyncClient(
            timeout=config.timeout,
            proxy=config.proxy or None,
            verify=trusted_authorities(config.ca_file),
            trust_env=False,  # what this machine's environment says of proxies must not lead around the guard
            headers={"User-Agent": config.agent, "Accept": ACCEPT, "Accept-Encoding": ACCEPT_ENCODING},
        )
        self.politeness = Politeness(
            hosts or MemoryHosts(),
            _at_once,
            self._robots,
            locks=locks or _Unlocked(),
            agent=config.agent,
            delay=config.delay if paced else 0.0,
            concurrency=config.concurrency,
            robots_lifetime=config.robots_lifetime,
            obey_robots=config.obey_robots,
            lease_wait=lease_wait,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Give back leases, close connections."""
        await self.politeness.close()
        await self._client.aclose()

    async def get(
        self,
        url: str,
        now: datetime,
        allowance: Allowance | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        delay: float | None = None,
        tries: int = 1,
    ) -> Page:
        """The page at `url`, redirects followed and robots.txt obeyed at each hop.

        `headers` (a source's own) go to the publisher of `url` only. `tries`: how often a request that fails in passing
        is made. Raises `ForbiddenAddress`, `RobotsRefused`, `Spent`, and `FetchError` for all but an answer of 200.
        """
        here = url
        allowance = allowance or Allowance(1000)
        for _ in range(MAX_REDIRECTS + 1):
            self._guard.check_url(here)
            await self.politeness.check_robots(here, _Counter(allowance))
            own = headers if headers and publisher(here) == publisher(url) else {}
            answer, body = await self._asked(here, own or {}, allowance, delay, tries)
            target = answer.headers.get("location") if answer.status_code in REDIRECTS else None
            if target is None:
                if answer.status_code != 200:
                    raise FetchError(f"{here}: the server answered {answer.status_code}", here)
                found = {name.lower(): value for name, value in answer.headers.items()}
                return Page(url=url, final_url=here, status=200, headers=found, body=body, fetched_at=now)
            step = normalize_url(urljoin(here, target))
            if step is None:
                raise FetchError(f"{here}: it points to {target[:200]}, which can't be fetched", here)
            here = step
        raise FetchError(f"{url}: it is redirected more than {MAX_REDIRECTS} times", url)

    async def _asked(
        self, url: str, headers: Mapping[str, str], allowance: Allowance, delay: float | None, tries: int
    ) -> tuple[httpx.Response, bytes]:
        """One answer, asked for in turn; again after a pause where the server asks for a short one, or for `tries`."""
        attempt = 0
        while True:
            attempt += 1
            try:
                async with self.politeness.turn(url, self, delay=delay):
                    allowance.take()
                    answer, body = await self._request(url, self._config.max_bytes, headers)
            except FetchError as error:
                if isinstance(error, ForbiddenAddress) or error.__cause__ is None:
                    raise
                if attempt < tries and not isinstance(error.__cause__, TimeoutError):
                    await asyncio.sleep(self.politeness.back_off(attempt))
                    continue
                await self.politeness.failed(url, str(error))
                raise
            status = answer.status_code
            if status not in FAILING:
                await self.politeness.succeeded(url)
                return answer, body
            reason = f"{url} answered {status}"
            asked = retry_after(answer.headers.get("retry-after"), datetime.now(UTC)) if status in PAUSING else None
            if asked is not None and asked > PATIENCE:
                await self.politeness.pause(url, asked, reason)
                raise FetchError(
                    f"{url}: the server answered {status} and asks to be left alone for {asked:.0f} s", url
                )
            if attempt >= tries and (asked is None or attempt > 1):
                await self.politeness.failed(url, reason)
                return answer, body
            await self.politeness.pause(url, max(asked or 0.0, self.politeness.back_off(attempt)), reason)

    async def _robots(self, url: str, count: Callable[[int], None], _source: str) -> RobotsAnswer:
        status, body = 0, b""
        for _ in range(ROBOTS_REDIRECTS + 1):
            count(0)
            if self._paced:
                async with self.politeness.turn(url, self):
                    answer, body = await self._request(url, ROBOTS_BYTES, {})
            else:
                answer, body = await self._request(url, ROBOTS_BYTES, {})
            status = answer.status_code
            target = answer.headers.get("location") if status in REDIRECTS else None
            step = normalize_url(urljoin(url, target)) if target is not None else None
            if step is None:
                break
            url = step
        text = body.decode("utf-8", "replace").removeprefix("\ufeff") if 200 <= status < 300 else ""
        return RobotsAnswer(status, text)

    async def _request(self, url: str, cap: int, headers: Mapping[str, str]) -> tuple[httpx.Response, bytes]:
        """One exchange. httpx bounds each read alone, so a server that drips is hung up on by a clock of ours."""
        self._guard.check_url(url)
        if self._note is not None:
            await asyncio.to_thread(self._note, host_of(url))
        try:
            async with asyncio.timeout(self._config.timeout):
                answer = await self._client.send(await self._addressed(httpx.URL(url), headers), stream=True)
                try:
                    body = await self._body(answer, url, cap)
                finally:
                    await answer.aclose()
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise FetchError(f"{url}: {_what(error, self._config.timeout)}", url) from error
        return answer, body

    async def _addressed(self, url: httpx.URL, headers: Mapping[str, str]) -> httpx.Request:
        """The request to an address that the guard permits: resolved once, so that the name can't change in between."""
        if self._config.proxy:
            return self._client.build_request("GET", url, headers=dict(headers))
        port = url.port or (443 if url.scheme == "https" else 80)
        found = await asyncio.to_thread(self._resolve, url.host, port)
        permitted = [ip for ip in found if self._guard.permits(ip)]
        if not permitted:
            self._guard.check(url.host, found[0] if found else "")
            raise ForbiddenAddress(f"{url}: its host has no address", str(url))
        return self._client.build_request(
            "GET",
            url.copy_with(host=permitted[0]),
            headers={**headers, "Host": url.netloc.decode("ascii")},
            extensions={"sni_hostname": url.raw_host.decode("ascii")},
        )

    async def _body(self, answer: httpx.Response, url: str, cap: int) -> bytes:
        received = bytearray()
        async for chunk in answer.aiter_raw():
            received += chunk
            if len(received) > cap:
                raise too_large(url, cap)
        return decompress(bytes(received), answer.headers.get("content-encoding", ""), cap, url)


class PageClient:
    """Fetches single pages, one after the other, for a person who waits: no pace between them, no store.

    `resolve` as for `PoliteClient`. A context manager; not for use inside a running event loop.
    """

    def __init__(self, config: Config, resolve: Resolve | None = None) -> None:
        self._runner = asyncio.Runner()
        self._client = PoliteClient(config, resolve=resolve, paced=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.run(self._client.close())
        self._runner.close()

    def get(self, url: str, now: datetime) -> Page:
        """The page at `url`, redirects followed and robots.txt obeyed at each hop.

        Raises `ForbiddenAddress`, `RobotsRefused`, and `FetchError` for anything but an answer of 200.
        """
        return self._runner.run(self._client.get(url, now))


class MemoryHosts:
    """What politeness keeps of hosts where no store is open. Each method as of `HostStore`; leases are always given."""

    def __init__(self) -> None:
        self._robots: dict[str, RobotsRow] = {}
        self._blocks: dict[str, datetime] = {}

    def robots(self, origin: str) -> RobotsRow | None:
        """The kept robots.txt of an origin."""
        return self._robots.get(origin)

    def save_robots(self, row: RobotsRow) -> None:
        """Keep a robots.txt."""
        self._robots[row.origin] = row

    def block(self, host: str, until: datetime, reason: str) -> None:  # noqa: ARG002 - nobody reads the reason here
        """Leave a host alone."""
        self._blocks[host] = until

    def clear(self, host: str) -> None:
        """End a block."""
        self._blocks.pop(host, None)

    def acquire(self, host: str, token: str, seconds: float) -> HostLease:  # noqa: ARG002
        """Nobody else asks for a lease here."""
        return HostLease(self._blocks.get(host))

    def renew(self, host: str, token: str, seconds: float) -> bool:  # noqa: ARG002
        """Nobody else asks for a lease here."""
        return True

    def release(self, host: str, token: str) -> None:
        """Nothing was held."""


class _Unlocked(HostLocks):
    """No locks between processes."""

    def __init__(self) -> None:
        self.token = f"look:{time.monotonic_ns()}"

    def take(self, host: str) -> bool:  # noqa: ARG002
        return True

    def give_back(self, host: str) -> None:
        """Nothing was held."""


class _Counter:
    """Counts the requests for a robots.txt before they are made."""

    def __init__(self, allowance: Allowance) -> None:
        self._allowance = allowance

    def __call__(self, _received: int) -> None:
        self._allowance.take()


async def _at_once(function: Callable[..., T], *args: object) -> T:
    """Calls of the store are short, and nothing else waits for this loop."""
    return function(*args)


def _addresses(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _what(error: Exception, timeout: float) -> str:
    match error:
        case httpx.TimeoutException() | TimeoutError():
            return f"no complete answer within {timeout:g} s"
        case socket.gaierror():
            return "its host name is not found"
        case httpx.ConnectError() if "certificate" in str(error).lower():
            return f"its certificate is not trusted ({error}); ca_file can name its authority"
        case httpx.ConnectError() | OSError():
            return f"can't connect ({error})"
        case httpx.ProxyError():
            return f"the proxy failed ({error})"
        case httpx.RemoteProtocolError():
            return "the server broke the answer off"
        case _:
            return str(error) or type(error).__name__


__all__ = ["Allowance", "MemoryHosts", "PageClient", "PoliteClient", "Spent"]
