"""`scrapy crawl listing -a url=…`: a section, tag or search page."""

from __future__ import annotations

from typing import ClassVar

from crawler.items import PageKind
from spiders.base import NewsSpider


class ListingSpider(NewsSpider):
    """Follows the items of a listing and its further pages until one holds nothing new.

    Arguments as for every spider, see `NewsSpider`.
    """

    name = "listing"
    expect: ClassVar[PageKind | None] = PageKind.LISTING
