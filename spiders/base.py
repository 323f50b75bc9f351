"""What all spiders share: arguments into a `CrawlOrder`, doors and errands into requests, answers into pages."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from scrapy import Request, Spider
from scrapy.exceptions import CloseSpider
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.crawling import Crawl
from crawler.errands import Asked, Harvest, Next
from crawler.errors import PresswatchError, UsageError
from crawler.extensions import keeper_of
from crawler.items import CrawlKind, CrawlOrder, Page, PageKind

log = logging.getLogger(__name__)

# What of an answer is of use later: to extraction, to conditional requests, to questions about a stored page.
KEPT_HEADERS = frozenset(
    {
        "content-type",
        "content-language",
        "content-location",
        "etag",
        "last-modified",
        "date",
        "link",
        "x-robots-tag",
        "tdm-reservation",
        "tdm-policy",
    }
)


ARGUMENTS = ("url", "name", "topic", "since", "max_articles", "max_pages", "dry_run", "recheck", "zone")


class NewsSpider(Spider):
    """Base of presswatch's spiders. Arguments (``-a name=value``), all optional but what says where to look:

    url            URL to crawl; several are separated by blanks
    name           a source that the store knows
    topic          a topic that the store knows
    since          only articles published then or later (ISO 8601; else first seen)
    max_articles   at most so many articles
    max_pages      at most so many pages
    dry_run        1: store nothing
    recheck        1: look again at known articles
    zone           IANA name for dates without an offset
    """

    expect: ClassVar[PageKind | None] = None

    def __init__(self, *, ready: asyncio.Event | None = None, name: str | None = None, **arguments: str) -> None:
        """With `ready` it stays open for what `CrawlKeeper.carry_out` is given, and sets it when it can begin."""
        super().__init__(type(self).name)
        self.refused: PresswatchError | None = None
        self.order: CrawlOrder | None = None
        self._ready = ready
        if ready is not None:
            return
        try:
            self.order = order_of(type(self).name, source=name, **arguments)
        except UsageError as error:
            # Whatever is raised here Scrapy shows as a defect of the program, with its traceback: told at the start.
            self.refused = error
            self.order = CrawlOrder(kind=CrawlKind.URLS, name=type(self).name, dry_run=True)

    async def start(self) -> AsyncIterator[Any]:
        """The first requests of what was ordered."""
        if self._ready is not None:
            self._ready.set()
            return
        crawl = self._crawl
        try:
            if self.refused is not None:
                raise self.refused
            doors = await crawl.open()
        except PresswatchError as error:
            crawl.fail(str(error))
            raise CloseSpider("order") from error
        for asked in doors:
            yield self.request(asked)

    def request(self, asked: Asked) -> Request:
        """The request for a door or an errand."""
        return Request(
            asked.url,
            callback=self.answered,
            errback=self.failed,
            cb_kwargs={"asked": asked},
            meta={"headers": asked.headers},
            priority=asked.priority,
            dont_filter=True,
        )

    async def answered(self, response: Response, asked: Asked) -> AsyncIterator[Request | Harvest]:
        """What follows from an answer."""
        for one in self._out(await self._crawl.answered(asked, page_of(response, asked.url))):
            yield one

    async def failed(self, failure: Failure) -> AsyncIterator[Request | Harvest]:
        """What follows from a request without an answer."""
        error = failure.value
        assert error is not None  # a failure always carries what was raised
        asked: Asked = failure.request.cb_kwargs["asked"]  # type: ignore[attr-defined]
        for one in self._out(await self._crawl.failed(asked, error)):
            yield one

    def _out(self, following: Iterable[Next]) -> Iterable[Request | Harvest]:
        """Requests first: Scrapy takes one after the other, and a harvest is taken when it is stored."""
        harvests = [one for one in following if isinstance(one, Harvest)]
        return [*(self.request(one) for one in following if not isinstance(one, Harvest)), *harvests]

    @property
    def _crawl(self) -> Crawl:
        return keeper_of(self.crawler).crawl


def page_of(response: Response, asked: str) -> Page:
    """The page of an answer; `asked` is the URL before redirects."""
    headers: dict[str, str] = {}
    for name, values in response.headers.items():
        key = name.decode("latin-1").lower()
        if key in KEPT_HEADERS:
            headers[key] = ", ".join(value.decode("latin-1") for value in values)
    return Page(
        url=asked,
        final_url=response.url,
        status=response.status,
        headers=headers,
        body=response.body,
        fetched_at=datetime.now(UTC),
    )


def order_of(
    spider: str,
    *,
    url: str | None = None,
    source: str | None = None,
    topic: str | None = None,
    since: str | None = None,
    max_articles: str | None = None,
    max_pages: str | None = None,
    dry_run: str = "",
    recheck: str = "",
    zone: str | None = None,
    **unknown: str,
) -> CrawlOrder:
    """The order that a spider's arguments make. Raises `UsageError`."""
    if unknown:
        raise UsageError(f"spider {spider} knows no -a {next(iter(unknown))}=…; it takes {', '.join(ARGUMENTS)}")
    if (url is None) + (source is None) + (topic is None) != 2:
        raise UsageError(f"spider {spider} wants one of -a url=…, -a name=… and -a topic=…")
    kind = CrawlKind.URLS if url is not None else CrawlKind.SOURCE if source is not None else CrawlKind.TOPIC
    return CrawlOrder(
        kind=kind,
        name=url or source or topic or spider,
        urls=tuple(url.split()) if url is not None else (),
        sources=(source,) if source is not None else (),
        topic=topic,
        since=_moment(since, zone),
        max_articles=_number("max_articles", max_articles),
        max_pages=_number("max_pages", max_pages),
        dry_run=_yes(dry_run),
        recheck=_yes(recheck),
        zone=zone,
    )


def _moment(text: str | None, zone: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        local = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone) if zone else UTC)
    except (ValueError, KeyError) as error:
        raise UsageError(f"since={text}: not a time; write it as 2026-11-01 or 2026-11-01T09:00+09:00") from error
    return local.astimezone(UTC)


def _number(name: str, text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise UsageError(f"{name}={text}: not a number of 1 or more")
    return int(text)


def _yes(text: str) -> bool:
    return text.strip().lower() in {"1", "true", "yes", "on"}
