"""`scrapy crawl article -a url=…`: single articles."""

from __future__ import annotations

from typing import ClassVar

from crawler.items import PageKind
from spiders.base import NewsSpider


class ArticleSpider(NewsSpider):
    """Stores the articles whose URLs it is given.

    Arguments as for every spider, see `NewsSpider`.
    """

    name = "article"
    expect: ClassVar[PageKind | None] = PageKind.ARTICLE
