"""`scrapy crawl sitemap -a url=…`: a sitemap or an index of sitemaps."""

from __future__ import annotations

from typing import ClassVar

from crawler.items import PageKind
from spiders.base import NewsSpider


class SitemapSpider(NewsSpider):
    """Follows the rows of a sitemap, of an index the news sitemaps first; anything else is an error.

    Arguments as for every spider, see `NewsSpider`.
    """

    name = "sitemap"
    expect: ClassVar[PageKind | None] = PageKind.SITEMAP
