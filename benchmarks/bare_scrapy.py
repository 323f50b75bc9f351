"""Scrapy alone: `python benchmarks/bare_scrapy.py BASE CONCURRENCY same|stripped|defaults` over `article_site.py`.

``same`` are the settings of the product without its own components: no reactor, the aiohttp download handler; where
a component of ours does the work of one of Scrapy's (retries, redirects, compression, headers), Scrapy's is on.
``stripped`` leaves those off as well: the least that Scrapy can do. ``defaults`` are Scrapy's own. The callback only
counts. Prints one line of JSON: pages, seconds by the wall and of CPU from the first request to the last answer.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import scrapy
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response
from scrapy.settings import Settings

# Ours replace these, so that a bare crawl that does as much keeps them.
COUNTERPARTS = frozenset(
    f"scrapy.downloadermiddlewares.{path}"
    for path in (
        "retry.RetryMiddleware",
        "redirect.RedirectMiddleware",
        "httpcompression.HttpCompressionMiddleware",
        "defaultheaders.DefaultHeadersMiddleware",
        "useragent.UserAgentMiddleware",
        "downloadtimeout.DownloadTimeoutMiddleware",
    )
)
AIOHTTP = "scrapy.core.downloader.handlers._aiohttp.AiohttpDownloadHandler"


class Counter(scrapy.Spider):
    name = "counter"
    base = ""
    pages = 0

    async def start(self) -> Any:
        self.wall, self.cpu = time.perf_counter(), time.process_time()
        yield scrapy.Request(f"{self.base}/sitemap.xml", callback=self.parse_sitemap)

    def parse_sitemap(self, response: Response) -> Iterator[scrapy.Request]:
        for url in re.findall(rb"<loc>([^<]+)</loc>", response.body):
            yield scrapy.Request(url.decode(), callback=self.parse_page)

    def parse_page(self, response: Response) -> None:
        self.pages += response.status == 200

    def closed(self, reason: str) -> None:  # noqa: ARG002
        wall, cpu = time.perf_counter() - self.wall, time.process_time() - self.cpu
        print(json.dumps({"pages": self.pages, "wall": wall, "cpu": cpu}), flush=True)


def settings(kind: str, concurrency: int) -> Settings:
    """Settings of either kind; what both share is that nothing waits and nothing is fetched besides."""
    made = Settings()
    if kind != "defaults":
        ours = import_module("crawler.settings")
        chosen: dict[str, Any] = {name: getattr(ours, name) for name in dir(ours) if name.isupper()}
        for name in ("DOWNLOADER_MIDDLEWARES", "SPIDER_MIDDLEWARES", "EXTENSIONS"):
            chosen[name] = {path: place for path, place in chosen[name].items() if path.startswith("scrapy.")}
        if kind == "same":
            middlewares = chosen["DOWNLOADER_MIDDLEWARES"].items()
            chosen["DOWNLOADER_MIDDLEWARES"] = {path: place for path, place in middlewares if path not in COUNTERPARTS}
        # Ours brings a spider's first requests itself.
        chosen["SPIDER_MIDDLEWARES"].pop("scrapy.spidermiddlewares.start.StartSpiderMiddleware", None)
        chosen["ITEM_PIPELINES"] = {}
        chosen["DOWNLOAD_HANDLERS"] = {**chosen["DOWNLOAD_HANDLERS"], "http": AIOHTTP, "https": AIOHTTP}
        made.setdict(chosen)
    made.setdict(
        {
            "SPIDER_MODULES": [],
            "CONCURRENT_REQUESTS": concurrency,
            "CONCURRENT_REQUESTS_PER_DOMAIN": concurrency,
            "DOWNLOAD_DELAY": 0,
            "ROBOTSTXT_OBEY": False,
            "REMOTE_CONTROL_ENABLED": False,
            "TELNETCONSOLE_ENABLED": False,
            "LOG_LEVEL": "ERROR",
        }
    )
    return made


def main() -> None:
    base, concurrency, kind = sys.argv[1:4]
    process = AsyncCrawlerProcess(settings(kind, int(concurrency)))
    process.crawl(Counter, base=base)
    process.start()


if __name__ == "__main__":
    main()
