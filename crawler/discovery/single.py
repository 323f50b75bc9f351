"""A look at one page, for a person who waits: what it is, and the further pages of the article it may be."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from crawler.config import Config
from crawler.discovery.client import PageClient
from crawler.errors import FetchError
from crawler.extract import extract
from crawler.extract.long_reads import LongRead
from crawler.items import Extraction, Hints, Page, PageKind


def with_further_pages(
    page: Page, extraction: Extraction, hints: Hints, config: Config, pause: Callable[[float], None] = time.sleep
) -> tuple[Page, Extraction]:
    """All pages of the article that `page` shows as one, and page one if this is not it; else both as they are.

    At most `config.article_pages` are fetched, `config.delay` seconds apart. A page that can't be had is told in the
    extraction's reason; nothing is raised.
    """
    article = extraction.article
    if article is None or (article.next_page is None and article.first_page is None):
        return page, extraction
    read = LongRead(page, extraction, config.article_pages)
    hints = replace(hints, expect=PageKind.ARTICLE, title=None)
    with PageClient(config) as client:
        while read.wanted is not None:
            pause(config.delay)
            try:
                found = client.get(read.wanted, page.fetched_at)
            except FetchError as error:
                read.failed(str(error))
            else:
                read.came(found, extract(found, hints))
    return read.page, read.joined()
