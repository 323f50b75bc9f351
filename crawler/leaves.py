"""The articles of a crawl that stand on several pages: their reading begun, and which URLs are pages of which article.

Doors name further pages as well, as if each were an article. Such an errand waits for the one that reads page one, and
is dealt with by it.
"""

from __future__ import annotations

from dataclasses import replace

from crawler.errands import Errand
from crawler.extract.long_reads import LongRead
from crawler.items import ArticleRecord, Extraction, Page
from crawler.urls import url_key


class Leaves:
    """The book of one crawl; `most` pages of an article are read."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._owners: dict[str, str] = {}
        self._waiting: dict[str, list[Errand]] = {}
        self._wait: set[str] = set()

    def begin(self, page: Page, extraction: Extraction) -> LongRead | None:
        """The reading of an article over several pages; `None` when its page says that it stands on one."""
        article = extraction.article
        if article is None or (article.next_page is None and article.first_page is None):
            return None
        return LongRead(page, extraction, self._most)

    def joined(self, errand: Errand, extraction: Extraction) -> None:
        """What an errand has read, and so of which pages it is the owner."""
        pages = extraction.article.pages if extraction.article is not None else ()
        for url in pages:
            self._owners.setdefault(url_key(url), errand.key)

    def owner(self, errand: Errand) -> str | None:
        """The key of the errand that has read this one's page as a page of its article."""
        return self._owners.get(errand.key)

    def wait(self, errand: Errand, owner: str | None) -> bool:
        """Leave an errand to the open one that reads page one; whether that is done.

        Not one named by a person, nor to one that waits itself: two pages that call each other page one would wait for
        ever.
        """
        if owner is None or owner == errand.key or errand.alone or errand.direct or owner in self._wait:
            return False
        self._waiting.setdefault(owner, []).append(errand)
        self._wait.add(errand.key)
        return True

    def released(self, owner: str) -> list[Errand]:
        """The errands that waited for one that is dealt with now, earlier pages first: each reads on to the next."""
        errands = sorted(self._waiting.pop(owner, []), key=lambda errand: (len(errand.url), errand.url))
        self._wait.difference_update(errand.key for errand in errands)
        return errands


def first_key(extraction: Extraction) -> str | None:
    """The key of page one, where a page says that it is a later one."""
    article = extraction.article
    return url_key(article.first_page) if article is not None and article.first_page is not None else None


def again(record: ArticleRecord, read: LongRead) -> ArticleRecord:
    """The record without validators when pages could not be had: page one unchanged must not end the next look."""
    return replace(record, etag=None, last_modified=None) if read.unread else record


def lacking(errand: Errand, read: LongRead) -> str | None:
    """What a person is told of an article that is not all there; `None` when it is."""
    if read.missing is None:
        return None
    return f"{errand.url}: read without {read.missing}, {'; '.join(read.notes)}"
