"""`scrapy crawl source -a url=… | -a name=…`: whatever the URL is."""

from __future__ import annotations

from typing import ClassVar

from crawler.items import PageKind
from spiders.base import NewsSpider


class SourceSpider(NewsSpider):
    """Finds out what each URL is (article, listing, feed, sitemap, index of sitemaps) and does the right thing.

    Arguments as for every spider, see `NewsSpider`.
    """

    name = "source"
    expect: ClassVar[PageKind | None] = None
