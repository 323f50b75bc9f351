"""`scrapy crawl feed -a url=…`: RSS, Atom, RDF or JSON Feed."""

from __future__ import annotations

from typing import ClassVar

from crawler.items import PageKind
from spiders.base import NewsSpider


class FeedSpider(NewsSpider):
    """Follows the entries of a feed; a URL that is no feed is an error.

    Arguments as for every spider, see `NewsSpider`.
    """

    name = "feed"
    expect: ClassVar[PageKind | None] = PageKind.FEED
