"""How Scrapy's requests are sent: in the turn of their host, by `crawler.fetch`."""

from __future__ import annotations

from base64 import b64decode

from scrapy import Request
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.errands import Door, Errand
from crawler.errors import FetchedElsewhere
from crawler.extensions import keeper_of
from crawler.items import Pushed


class PoliteDownloadHandler(BaseDownloadHandler):
    """Downloads http and https, each request in the turn of its host: a time that no time-out counts."""

    lazy = True

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._keeper = keeper_of(crawler)

    async def download_request(self, request: Request) -> Response:
        """The answer to one request, of any status. Raises `FetchError`, `StoreError`, `BudgetSpent`,
        `FetchedElsewhere`.
        """
        crawl = self._keeper.crawl
        asked = request.cb_kwargs["asked"]
        if isinstance(asked, Door) and asked.pushed is not None:
            return _delivered(request, asked.pushed)
        if isinstance(asked, Errand) and not await crawl.claim(asked):
            raise FetchedElsewhere(f"{asked.url}: another crawl has dealt with it", asked.url)
        source = asked.run.source
        answer = await crawl.desk.fetch(
            request.url,
            request.meta["headers"],
            crawl,
            source=asked.run.key,
            article=not isinstance(asked, Door),
            delay=source.delay if source is not None else None,
            stopped=crawl.stopped,
            count=crawl.count_request(asked),
        )
        return Response(request.url, answer.status, answer.headers, answer.body, request=request)


def _delivered(request: Request, pushed: Pushed) -> Response:
    """What a hub delivered, as if its door had answered it."""
    headers = {"Content-Type": pushed.content_type, "Link": pushed.link}
    told = {name: value for name, value in headers.items() if value}
    return Response(request.url, 200, told, b64decode(pushed.body), request=request)
