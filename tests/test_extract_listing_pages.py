"""Listings in the manner of real sites: every item, nothing else, in order, as shown."""

from __future__ import annotations

from urllib.parse import urljoin

import pytest

from crawler.extract import extract
from crawler.items import Extraction, Hints, Page, PageKind
from tests.listing_pages import NOW, PAGES, ListingPage


def read(page: ListingPage) -> Extraction:
    got = Page(url=page.url, final_url=page.url, status=200, headers={}, body=page.html.encode(), fetched_at=NOW)
    return extract(got, Hints(expect=PageKind.LISTING))


@pytest.mark.parametrize("name", PAGES)
def test_items_as_shown(name: str) -> None:
    page = PAGES[name]
    found = read(page)
    assert found.kind is PageKind.LISTING, found.reason
    assert [(item.url, item.title) for item in found.items] == [
        (urljoin(page.url, seen.url), seen.title) for seen in page.items
    ]
    for item, seen in zip(found.items, page.items, strict=True):
        if seen.date is not None:
            assert (item.published.isoformat() if item.published else "")[: len(seen.date) or None] == seen.date
        if seen.summary is not None:
            assert item.summary == seen.summary
        if seen.outlet is not None:
            assert item.outlet == seen.outlet
        if seen.author is not None:
            assert item.authors == (seen.author,)
        assert item.truncated == seen.truncated
        if seen.text is not None:
            assert item.text == seen.text
        if seen.image is not None:
            assert item.image is not None
            assert item.image.url == urljoin(page.url, seen.image)


@pytest.mark.parametrize("name", PAGES)
def test_next_page(name: str) -> None:
    page = PAGES[name]
    assert read(page).next_page == (urljoin(page.url, page.next_page) if page.next_page else None)
