"""`scrapy crawl topic -a topic=NAME`: one topic, all sources."""

from __future__ import annotations

from typing import ClassVar

from crawler.items import PageKind
from spiders.base import NewsSpider


class TopicSpider(NewsSpider):
    """Looks for a topic in every source, by its search or tag page where it has one, and stores only what matches.

    Arguments as for every spider, see `NewsSpider`.
    """

    name = "topic"
    expect: ClassVar[PageKind | None] = None
