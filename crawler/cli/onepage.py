"""One page, from disk, standard input or the network, for commands that look at a single page."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin, urlsplit

from crawler.errors import FetchError, RobotsRefused, UsageError
from crawler.items import Page

if TYPE_CHECKING:
    from crawler.config import Config
    from crawler.fetch import Answer, Fetcher

MAX_REDIRECTS = 10
MAX_ROBOTS_BYTES = 512_000  # RFC 9309, 2.5: a crawler reads at least 500 KiB


def read_page(path: Path, url: str | None, config: Config, now: datetime) -> Page:
    """The page in a file (``-``: standard input), as if fetched from `url` when the file was written."""
    try:
        if path == Path("-"):
            body, written = sys.stdin.buffer.read(config.max_bytes + 1), now
        else:
            with path.open("rb") as stream:
                body = stream.read(config.max_bytes + 1)
            written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}; name a URL or a file", str(path)) from error
    if len(body) > config.max_bytes:
        raise UsageError(f"{path}: larger than {config.max_bytes} bytes; raise max_bytes to read it", str(path))
    # RFC 2606 keeps .invalid for names that are certain to be nobody's.
    place = url or f"https://file.invalid/{quote(path.name)}"
    return Page(url=place, final_url=place, status=200, headers={}, body=body, fetched_at=written)


async def fetch_page(url: str, config: Config, now: datetime) -> Page:
    """Fetch `url`, its redirects followed and robots.txt obeyed at each step; FetchError, RobotsRefused otherwise."""
    from crawler.fetch import ACCEPT_ENCODING, Fetcher
    from crawler.net import AddressGuard
    from crawler.urls import normalize_url

    headers = {"User-Agent": config.agent, "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    headers["Accept-Encoding"] = ACCEPT_ENCODING
    fetcher = Fetcher(
        AddressGuard(config.allow_networks),
        timeout=config.timeout,
        max_bytes=config.max_bytes,
        proxy=config.proxy,
        ca_file=config.ca_file,
    )
    try:
        here = url
        for _ in range(MAX_REDIRECTS):
            if config.obey_robots:
                await _ask_robots(fetcher, here, headers, config.agent)
            answer = await fetcher.fetch(here, headers)
            target = answer.header("location") if answer.status in {301, 302, 303, 307, 308} else None
            if target is None:
                return _page(url, here, answer, now)
            step = normalize_url(target, here)
            if step is None:
                raise FetchError(f"{here}: it redirects to {target!r}, which can't be fetched", here)
            here = step
        raise FetchError(f"{url}: more than {MAX_REDIRECTS} redirects", url)
    finally:
        await fetcher.close()


def _page(url: str, final: str, answer: Answer, now: datetime) -> Page:
    if answer.status != 200:
        raise FetchError(f"{final}: the server answers {answer.status}", final)
    headers = dict(reversed(answer.headers))
    return Page(url=url, final_url=final, status=answer.status, headers=headers, body=answer.body, fetched_at=now)


async def _ask_robots(fetcher: Fetcher, url: str, headers: dict[str, str], agent: str) -> None:
    """Raise RobotsRefused when robots.txt disallows `url`, or fails for a reason that may pass (RFC 9309, 2.3.1)."""
    from protego import Protego

    parts = urlsplit(url)
    place = f"{parts.scheme}://{parts.netloc}/robots.txt"
    answer = None
    for _ in range(5):  # RFC 9309, 2.3.1.2: at least five redirects are followed
        answer = await fetcher.fetch(place, headers, max_bytes=MAX_ROBOTS_BYTES)
        target = answer.header("location") if 300 <= answer.status < 400 else None
        if target is None:
            break
        place = urljoin(place, target)
    assert answer is not None
    if answer.status >= 500:
        raise RobotsRefused(f"{url}: robots.txt can't be had now (status {answer.status}), so nothing is fetched", url)
    if answer.status == 200 and not Protego.parse(answer.body.decode("utf-8", "replace")).can_fetch(url, agent):
        raise RobotsRefused(f"{url}: robots.txt disallows it for {agent.partition('/')[0]}", url)
