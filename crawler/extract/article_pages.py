"""Which URL is the next page of the same article."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from crawler.extract.document import Document

_PAGE_NUMBER = re.compile(
    r"(?:[/?&_-](?:page|p|seite|pagina|pg|trang)[=/_-]?\d{1,3}|[/_-]\d{1,2}|,\d{1,3})(?:\.html?)?/?$", re.IGNORECASE
)


def next_page(document: Document) -> str | None:
    """`rel=next` when it continues the same article: the same URL but for a page number."""
    url = document.link("next")
    if url is None:
        return None
    here, there = urlsplit(document.url), urlsplit(url)
    if here.netloc != there.netloc:
        return None
    mine = _PAGE_NUMBER.sub("", _target(here.path, here.query)).removesuffix(".html").rstrip("/")
    theirs = _PAGE_NUMBER.sub("", _target(there.path, there.query)).removesuffix(".html").rstrip("/")
    return url if mine and mine == theirs and url != document.url else None


def _target(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path
