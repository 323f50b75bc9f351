"""Looks at one URL, outside of any crawl: what it is and what it holds. httpx's home.

A look is a handful of requests in a row (robots.txt, the page, its redirects), made by a person who waits for the
answer: so it needs no engine and no store, and keeps to robots.txt, the address guard and all caps by itself. Only the
further pages of a long read are more than a handful, and keep the configured pace.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self
from urllib.parse import urljoin

import httpx
from httpcore import NetworkStream
from protego import Protego

from crawler.config import Config
from crawler.content import ACCEPT, ACCEPT_ENCODING, decompress, too_large
from crawler.errors import FetchError, ForbiddenAddress, RobotsRefused
from crawler.extract import extract
from crawler.extract.long_reads import LongRead
from crawler.items import Extraction, Hints, Moment, Page, PageKind
from crawler.net import MAX_REDIRECTS, REDIRECTS, AddressGuard, trusted_authorities
from crawler.politeness import ROBOTS_BYTES, ROBOTS_REDIRECTS
from crawler.urls import normalize_url


@dataclass(frozen=True, slots=True)
class Finding:
    """What one URL turned out to be: the page and what was read from it."""

    page: Page
    extraction: Extraction

    @property
    def newest(self) -> Moment | None:
        """The latest publication time among what it names or holds."""
        article = self.extraction.article
        items = (*self.extraction.items, *self.extraction.children)
        found = [item.published or item.modified for item in items]
        found.append(article.published if article is not None else None)
        dated = [moment for moment in found if moment is not None]
        return max(dated, key=lambda moment: moment.utc) if dated else None


def probe(url: str, config: Config, now: datetime, hints: Hints | None = None) -> Finding:
    """Fetch `url` (http or https) and tell what it is. `now` is UTC. Raises `FetchError` and its kin."""
    with PageClient(config) as client:
        page = client.get(url, now)
    hints = hints or Hints(zone=config.zone)
    known = replace(hints, site_rules=config.site_rules, site_rules_folder=config.site_rules_folder)
    return Finding(page, extract(page, known))


def with_further_pages(
    page: Page, extraction: Extraction, hints: Hints, config: Config, pause: Callable[[float], None] = time.sleep
) -> tuple[Page, Extraction]:
    """All pages of the article that `page` shows as one, and page one if this is not it; else both as they are.

    At most `config.article_pages` are fetched, `config.delay` seconds apart. A page that can't be had is told in the
    extraction's reason; nothing is raised.
    """
    article = extraction.article
    if article is None or (article.next_page is None and article.first_page is None):
        return page, extraction
    read = LongRead(page, extraction, config.article_pages)
    hints = replace(hints, expect=PageKind.ARTICLE, title=None)
    with PageClient(config) as client:
        while read.wanted is not None:
            pause(config.delay)
            try:
                found = client.get(read.wanted, page.fetched_at)
            except FetchError as error:
                read.failed(str(error))
            else:
                read.came(found, extract(found, hints))
    return read.page, read.joined()


class PageClient:
    """Fetches single pages as the configuration says (agent, proxy, authorities, time-out, caps, networks).

    `resolve` gives the addresses of a host name; the default asks the system.
    """

    def __init__(self, config: Config, resolve: Callable[[str, int], list[str]] | None = None) -> None:
        self._config = config
        self._guard = AddressGuard(config.allow_networks)
        self._resolve = resolve or _addresses
        self._sockets: list[socket.socket] = []
        self._robots: dict[str, Protego | int] = {}
        self._client = httpx.Client(
            timeout=config.timeout,
            proxy=config.proxy or None,
            verify=trusted_authorities(config.ca_file),
            trust_env=False,  # what this machine's environment says of proxies must not lead around the guard
            headers={"User-Agent": config.agent, "Accept": ACCEPT, "Accept-Encoding": ACCEPT_ENCODING},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, url: str, now: datetime) -> Page:
        """The page at `url`, redirects followed and robots.txt obeyed at each hop.

        Raises `ForbiddenAddress`, `RobotsRefused`, and `FetchError` for anything but an answer of 200.
        """
        here = url
        for _ in range(MAX_REDIRECTS + 1):
            if self._config.obey_robots:
                self._check_robots(here)
            answer, body = self._request(here, self._config.max_bytes)
            target = answer.headers.get("location") if answer.status_code in REDIRECTS else None
            if target is None:
                if answer.status_code != 200:
                    raise FetchError(f"{here}: the server answered {answer.status_code}", here)
                headers = {name.lower(): value for name, value in answer.headers.items()}
                return Page(url=url, final_url=here, status=200, headers=headers, body=body, fetched_at=now)
            step = normalize_url(urljoin(here, target))
            if step is None:
                raise FetchError(f"{here}: it points to {target[:200]}, which can't be fetched", here)
            here = step
        raise FetchError(f"{url}: it is redirected more than {MAX_REDIRECTS} times", url)

    def _check_robots(self, url: str) -> None:
        """RFC 9309, 2.3.1: 4xx allows everything, 5xx nothing. A site's rules are read once."""
        origin = urljoin(url, "/robots.txt")
        if origin not in self._robots:
            self._robots[origin] = self._rules(origin)
        rules = self._robots[origin]
        if isinstance(rules, int):
            raise RobotsRefused(f"{url}: not fetched, its robots.txt answered {rules}; try again later", url)
        product = self._config.agent.partition("/")[0]
        if not rules.can_fetch(url, product):
            raise RobotsRefused(f"{url}: robots.txt of {httpx.URL(url).host} disallows it for {product}", url)

    def _rules(self, place: str) -> Protego | int:
        """A robots.txt, or the status that stands for "nothing is allowed"."""
        for _ in range(ROBOTS_REDIRECTS + 1):
            answer, body = self._request(place, ROBOTS_BYTES)
            target = answer.headers.get("location") if answer.status_code in REDIRECTS else None
            if target is None:
                break
            place = urljoin(place, target)
        status = answer.status_code
        if status >= 500 or status == 429:
            return status
        return Protego.parse(body.decode("utf-8", "replace") if status == 200 else "")

    def _request(self, url: str, cap: int) -> tuple[httpx.Response, bytes]:
        self._guard.check_url(url)
        began = time.monotonic()
        try:
            request = self._addressed(httpx.URL(url))
            request.extensions["trace"] = self._connected
            with self._ended_in_time():
                answer = self._client.send(request, stream=True)
                try:
                    body = self._body(answer, url, cap)
                finally:
                    answer.close()
            if time.monotonic() - began >= self._config.timeout:  # hung up on, which ends a body of no stated length
                raise httpx.ReadTimeout("")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            late = time.monotonic() - began >= self._config.timeout
            reason = httpx.ReadTimeout("") if late else error
            raise FetchError(f"{url}: {_what(reason, self._config.timeout)}", url) from error
        return answer, body

    @contextmanager
    def _ended_in_time(self) -> Iterator[None]:
        """Hang up after `timeout`: httpx bounds each read alone, so a server that drips could hold us for ever."""
        alarm = threading.Timer(self._config.timeout, self._hang_up)
        alarm.daemon = True
        alarm.start()
        try:
            yield
        finally:
            alarm.cancel()

    def _connected(self, _event: str, info: Mapping[str, Any]) -> None:
        """Remember the sockets that httpx opens (its tracing tells of them)."""
        stream = info.get("return_value")
        found = stream.get_extra_info("socket") if isinstance(stream, NetworkStream) else None
        if isinstance(found, socket.socket):
            self._sockets.append(found)

    def _hang_up(self) -> None:
        for each in self._sockets:
            with suppress(OSError):  # closed since, or wrapped in TLS
                each.shutdown(socket.SHUT_RDWR)

    def _addressed(self, url: httpx.URL) -> httpx.Request:
        """The request to an address that the guard permits: resolved once, so that the name can't change in between."""
        if self._config.proxy:
            return self._client.build_request("GET", url)
        port = url.port or (443 if url.scheme == "https" else 80)
        found = self._resolve(url.host, port)
        permitted = [ip for ip in found if self._guard.permits(ip)]
        if not permitted:
            self._guard.check(url.host, found[0] if found else "")
            raise ForbiddenAddress(f"{url}: its host has no address", str(url))
        return self._client.build_request(
            "GET",
            url.copy_with(host=permitted[0]),
            headers={"Host": url.netloc.decode("ascii")},
            extensions={"sni_hostname": url.raw_host.decode("ascii")},
        )

    def _body(self, answer: httpx.Response, url: str, cap: int) -> bytes:
        received = bytearray()
        for chunk in answer.iter_raw():
            received += chunk
            if len(received) > cap:
                raise too_large(url, cap)
        return decompress(bytes(received), answer.headers.get("content-encoding", ""), cap, url)


def _addresses(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _what(error: Exception, timeout: float) -> str:
    match error:
        case httpx.TimeoutException():
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
