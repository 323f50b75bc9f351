"""The pages of `tests/pages`: what each is, what must come out of it, and how that is read.

A case is a folder of three files. `page.html` is the page as a server would send it, in its own charset. `case.toml`
tells its `url`, what it is `about`, what the caller `expect`s (nothing: the page must be judged unaided), and where it
matters `fetched_at`, the source's `zone` and the answer's `headers`; `[known_failures]` names the fields that come out
wrong today, and why. `expected.json` holds what a careful reader would write down: the `paragraphs` of the text (a row
of a table is one, each line of code is one), standfirst as `summary`, `captions` apart; `never` lists what must be in
neither text nor summary. A field that is left out is not asked about.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from crawler.extract import extract
from crawler.items import Extraction, Hints, Page, PageKind

PAGES = Path(__file__).parent / "pages"
FETCHED = datetime(2025, 6, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Case:
    """One folder of `tests/pages`."""

    name: str
    page: Page
    expected: Mapping[str, Any]
    known_failures: Mapping[str, str]
    zone: str | None
    expect: PageKind | None

    def read(self, *, told: bool = True, site_rules: bool = False) -> Extraction:
        """What the page gives; `told`: the caller says what it expects the page to be."""
        return extract(self.page, Hints(zone=self.zone, expect=self.expect if told else None, site_rules=site_rules))


@cache
def cases() -> tuple[Case, ...]:
    """All cases, by name."""
    return tuple(_case(folder) for folder in sorted(PAGES.iterdir()))


def _case(folder: Path) -> Case:
    told = tomllib.loads((folder / "case.toml").read_text(encoding="utf-8"))
    page = Page(
        url=told["url"],
        final_url=told["url"],
        status=200,
        headers=told.get("headers", {"content-type": "text/html"}),
        body=(folder / "page.html").read_bytes(),
        fetched_at=told.get("fetched_at", FETCHED),
    )
    expect = told.get("expect")
    return Case(
        name=folder.name,
        page=page,
        expected=json.loads((folder / "expected.json").read_text(encoding="utf-8")),
        known_failures=told.get("known_failures", {}),
        zone=told.get("zone"),
        expect=PageKind(expect) if expect else None,
    )


def shown(extraction: Extraction) -> dict[str, Any]:
    """The fields of an extraction as `expected.json` writes them."""
    article = extraction.article
    if article is None:
        return {"kind": extraction.kind.value, "items": [item.title for item in extraction.items]}
    return {
        "kind": extraction.kind.value,
        "title": article.title,
        "text": article.text,
        "paragraphs": article.text.split("\n"),
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
        "next_page": article.next_page,
        "canonical": article.canonical,
        "amp_url": article.amp_url,
        "image": article.image.url if article.image else None,
        "robots": article.terms.robots,
        "tdm_reservation": article.terms.tdm_reservation,
        "licence": article.terms.licence,
        "extractor": article.extractor,
    }


def leaked(case: Case, extraction: Extraction) -> list[str]:
    """Which of the phrases that must never come out did; blanks don't count."""
    article = extraction.article
    if article is None:
        return []
    came = "".join(f"{article.text} {article.summary or ''}".split())
    return [phrase for phrase in case.expected.get("never", ()) if "".join(phrase.split()) in came]
