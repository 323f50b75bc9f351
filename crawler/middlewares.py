"""Around each request: robots.txt before it, retries and redirects after it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Self
from urllib.parse import urljoin

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.errands import Door
from crawler.errors import FetchError
from crawler.extensions import keeper_of
from crawler.fetch import is_transient
from crawler.net import MAX_REDIRECTS, REDIRECTS
from crawler.politeness import LONGEST_PAUSE, retry_after
from crawler.urls import normalize_url

RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
FOR_GOOD = frozenset({301, 308})
PAUSING = frozenset({429, 503})  # statuses whose Retry-After is meant for all requests to the host


class RobotsMiddleware:
    """Lets a request pass when robots.txt, as kept in the store, allows it."""

    def __init__(self, crawler: Crawler) -> None:
        self._keeper = keeper_of(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Raises `RobotsRefused`, or the `FetchError` for which robots.txt could not be had."""
        crawl = self._keeper.crawl
        asked = request.cb_kwargs["asked"]
        if isinstance(asked, Door) and asked.pushed is not None:
            return  # nobody is asked for what was delivered
        crawl.desk.fetcher.check(request.url)
        await crawl.desk.politeness.check_robots(request.url, crawl.count_request(asked), source=asked.run.key)


class RetryMiddleware:
    """Tries failed requests again after a pause of the whole host, and tells politeness how a host fares."""

    def __init__(self, crawler: Crawler) -> None:
        self._keeper = keeper_of(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor."""
        return cls(crawler)

    async def process_response(self, request: Request, response: Response) -> Request | Response:
        """The same request again for statuses that pass, as often as configured."""
        crawl = self._keeper.crawl
        politeness = crawl.desk.politeness
        if response.status not in RETRIED:
            await politeness.succeeded(request.url)
            return response
        reason = f"{request.url} answered {response.status}"
        asked = None
        if response.status in PAUSING:
            header = response.headers.get("Retry-After")
            asked = retry_after(header.decode("latin-1") if header else None, datetime.now(UTC))
        if asked is not None and asked > LONGEST_PAUSE:
            await politeness.pause(request.url, asked, reason)
            return response
        again = await self._again(request, reason, asked or 0.0)
        if again is None and response.status != 408:
            await politeness.failed(request.url, reason)
        return again or response

    async def process_exception(self, request: Request, exception: Exception) -> Request | None:
        """The same request again for connections that failed."""
        if not isinstance(exception, FetchError) or not is_transient(exception):
            return None
        again = await self._again(request, str(exception), 0.0)
        if again is None:
            await self._keeper.crawl.desk.politeness.failed(request.url, str(exception))
        return again

    async def _again(self, request: Request, reason: str, least: float) -> Request | None:
        crawl = self._keeper.crawl
        attempt = request.meta.get("attempt", 0) + 1
        if attempt > crawl.desk.config.retries or crawl.stopped.is_set():
            return None
        politeness = crawl.desk.politeness
        await politeness.pause(request.url, max(least, politeness.back_off(attempt)), reason)
        return request.replace(meta={**request.meta, "attempt": attempt})


class RedirectMiddleware:
    """Follows redirects. Each hop is a request of its own, so robots.txt, address guard and pace apply to it."""

    def __init__(self, crawler: Crawler) -> None:
        self._keeper = keeper_of(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor."""
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """A request for where the answer points. Raises `FetchError` for circles and what can't be fetched."""
        location = response.headers.get("Location")
        if response.status not in REDIRECTS or not location:
            return response
        text = _text(location)
        target = normalize_url(urljoin(request.url, text))
        asked = request.cb_kwargs["asked"]
        if target is None:
            raise FetchError(f"{asked.url}: it points to {text[:200]}, which can't be fetched", asked.url)
        hops = request.meta.get("hops", 0) + 1
        if hops > MAX_REDIRECTS:
            raise FetchError(f"{asked.url}: it is redirected more than {MAX_REDIRECTS} times", asked.url)
        # What a temporary redirect leads to may itself be anywhere: only what comes before it is for good.
        for_good = response.status in FOR_GOOD and request.meta.get("for_good", True)
        if for_good and isinstance(asked, Door):
            asked.moved = target
        # Made anew for the target: a source's credentials must not follow to another publisher.
        headers = self._keeper.crawl.request_headers(asked, target)
        meta = {**request.meta, "hops": hops, "attempt": 0, "headers": headers, "for_good": for_good}
        return request.replace(url=target, meta=meta)


def _text(location: bytes) -> str:
    """A Location header as text: servers send raw UTF-8, though the standard wants escapes."""
    try:
        return location.decode("utf-8")
    except UnicodeDecodeError:
        return location.decode("latin-1")
