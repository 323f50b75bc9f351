"""Whole pages in the manner of real sites: a folder each with page, URL and what must come out."""

import json
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.extract import extract
from crawler.items import Hints, Page, PageKind

PAGES = Path(__file__).parent / "pages"
NOW = datetime(2025, 6, 1, tzinfo=UTC)


def read_case(folder):
    case = tomllib.loads((folder / "case.toml").read_text(encoding="utf-8"))
    page = Page(
        url=case["url"],
        final_url=case["url"],
        status=200,
        headers=case.get("headers", {"content-type": "text/html"}),
        body=(folder / "page.html").read_bytes(),
        fetched_at=NOW,
    )
    return page, json.loads((folder / "expected.json").read_text(encoding="utf-8"))


def plain(extraction):
    article = extraction.article
    return {
        "kind": extraction.kind.value,
        "title": article.title,
        "text": article.text,
        "summary": article.summary,
        "authors": list(article.authors),
        "published": article.published.isoformat() if article.published else None,
        "modified": article.modified.isoformat() if article.modified else None,
        "captions": list(article.captions),
        "tags": list(article.tags),
        "section": article.section,
        "site_name": article.site_name,
        "language": article.language,
        "source_line": article.source_line,
        "canonical": article.canonical,
        "amp_url": article.amp_url,
        "image": article.image.url if article.image else None,
        "robots": article.terms.robots,
        "tdm_reservation": article.terms.tdm_reservation,
        "licence": article.terms.licence,
        "extractor": article.extractor,
    }


@pytest.mark.parametrize("folder", sorted(PAGES.iterdir()), ids=lambda folder: folder.name)
def test_page_gives_what_is_expected(folder):
    page, expected = read_case(folder)
    got = plain(extract(page, Hints(expect=PageKind.ARTICLE)))
    assert {name: got[name] for name in expected} == expected


@pytest.mark.parametrize("folder", sorted(PAGES.iterdir()), ids=lambda folder: folder.name)
def test_page_is_an_article_without_being_told(folder):
    page, _ = read_case(folder)
    assert extract(page).kind is PageKind.ARTICLE
