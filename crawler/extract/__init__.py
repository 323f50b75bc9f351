"""Bytes of any page in, what it is and what it holds out: `extract`. Pure; content never raises."""

from __future__ import annotations

import gc
import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from crawler.items import Extraction, Hints, Page, PageKind

if TYPE_CHECKING:
    from crawler.extract.article import Reading
    from crawler.extract.document import Document
    from crawler.extract.listing import ListingResult

_BINARY = (b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"PK\x03\x04", b"\x7fELF", b"OggS", b"ID3", b"RIFF", b"wOF")
_BINARY_TYPES = (
    "image/",
    "audio/",
    "video/",
    "font/",
    "application/pdf",
    "application/zip",
    "application/octet-stream",
)
_PROBE = 1_000
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body)[\s>]", re.IGNORECASE)
_NO_TEXT = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ufffd]")
MOST_NO_TEXT = 0.05
"""Part of a page's characters that may be controls or undecodable; pages with a few broken bytes stay far below."""

_NO_HINTS = Hints()


Watcher = Callable[["Document", "Reading"], None]
"""Is handed the parsed page and what was read of it as an article, before anything is decided."""


def extract(page: Page, hints: Hints = _NO_HINTS, watcher: Watcher | None = None) -> Extraction:
    """Decide what a page is (feed, sitemap, article, listing or neither) and read it.

    `watcher` is for `crawler.extract.explanation`; it isn't called for what is no HTML or is read as a listing at once.
    Never raises on content: a page that holds nothing is `PageKind.OTHER` and `reason` says why.
    """
    from crawler.extract.feed import parse_feed
    from crawler.extract.page_hints import header_hubs, header_topic
    from crawler.extract.sitemap import parse_sitemap

    if not page.body.strip():
        return Extraction(kind=PageKind.OTHER, reason="the page is empty")
    content_type = page.headers.get("content-type")
    found = parse_feed(page.body, page.final_url, content_type, page.fetched_at, hints)
    if found is None:
        found = parse_sitemap(page.body, page.final_url, page.fetched_at, hints)
    if found is not None:
        told = header_hubs(page.headers.get("link"), page.final_url)
        if not told:
            return found
        hubs = tuple(dict.fromkeys((*told, *found.hints.hubs)))
        topic = header_topic(page.headers.get("link"), page.final_url) or found.hints.topic
        return replace(found, hints=replace(found.hints, hubs=hubs, topic=topic))
    refused = _not_html(page.body, content_type) or _broken_feed(page.body, content_type)
    if refused:
        return Extraction(kind=PageKind.OTHER, reason=refused)
    # A page's ten thousand small objects make no cycles; looking through them for some costs a tenth of the time.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return _extract_html(page, hints, watcher)
    finally:
        if collecting:
            gc.enable()


def _not_html(body: bytes, content_type: str | None) -> str | None:
    """Why these bytes can't be a page, or `None` when they may be."""
    kind = (content_type or "").split(";")[0].strip().lower()
    probe = body[:_PROBE]
    if probe.startswith(_BINARY):
        return f"the answer is not HTML but binary data ({kind or 'no content type'})"
    if b"<" in probe or not kind:
        return None
    if kind.startswith(_BINARY_TYPES):
        return f"the answer is not HTML but {kind}"
    if kind.endswith("json") or kind in ("text/css", "application/javascript", "text/javascript"):
        return f"the answer is not HTML but {kind}"
    return None


def _broken_feed(body: bytes, content_type: str | None) -> str | None:
    """Why what calls itself a feed is none, or `None` for a page that says nothing of the kind or is HTML after all."""
    from crawler.extract.page_hints import FEED_TYPES

    kind = (content_type or "").split(";")[0].strip().lower()
    if kind not in FEED_TYPES or _HTML.search(body[:_PROBE]):
        return None
    return f"it calls itself a feed ({kind}) but holds no XML or JSON of one"


def _extract_html(page: Page, hints: Hints, watcher: Watcher | None) -> Extraction:
    from crawler.extract.article import read_article
    from crawler.extract.document import parse_document
    from crawler.extract.listing import extract_listing
    from crawler.extract.page_hints import page_hints
    from crawler.extract.page_type import FEW_HEADLINES, STRONG_LISTING, covers, decide, may_be_list
    from crawler.extract.results_page import results_of

    document = parse_document(page)
    sample = document.sample
    if len(_NO_TEXT.findall(sample)) > MOST_NO_TEXT * len(sample):
        return Extraction(kind=PageKind.OTHER, reason="the answer is not text but bytes that no charset explains")
    listing = None
    if hints.expect is None and (told := results_of(document)) is not None:
        return _results(document, extract_listing(document, replace(hints, one_is_a_list=True)), told)
    if hints.expect is PageKind.LISTING:
        listing = extract_listing(document, hints)
        if listing.items:
            return _listing(document, listing, "a listing, as expected", listing.confidence)
    reading = read_article(document, hints)
    if watcher is not None:
        watcher(document, reading)
    verdict = decide(document, reading, hints)
    if hints.expect is None and may_be_list(document, reading, verdict):
        listing = extract_listing(document, hints)
        if covers(listing.items, reading, verdict):
            why = "a listing with long texts: its records are what would be the article"
            return _listing(document, listing, why, listing.confidence)
    if verdict.kind is PageKind.ARTICLE:
        return _article(document, reading, verdict.reason, verdict.confidence)
    reason = verdict.reason
    if verdict.may_list or verdict.unless_list > 0.5:
        listing = listing or extract_listing(document, hints)
        if verdict.unless_list > 0.5 and len(listing.items) < FEW_HEADLINES:
            why = "rather an article than anything else: it holds no list, and few signs of other pages"
            return _article(document, reading, why, verdict.unless_list)
        reason = f"{reason}; {listing.reason}"
    if listing is not None and verdict.may_list:
        least = 0.0 if verdict.kind is PageKind.LISTING else STRONG_LISTING
        if listing.items and listing.confidence >= least:
            sure = verdict.confidence if verdict.kind is PageKind.LISTING else listing.confidence
            return _listing(document, listing, verdict.reason, sure)
    return Extraction(
        kind=PageKind.OTHER,
        reason=reason,
        hints=page_hints(document),
        confidence=round(verdict.confidence, 3),
    )


def _article(document: Document, reading: Reading, reason: str, confidence: float) -> Extraction:
    from crawler.extract.page_hints import page_hints

    sure = round(confidence, 3)
    return Extraction(
        kind=PageKind.ARTICLE,
        reason=f"{reason}; {reading.reason}",
        article=replace(reading.article, confidence=sure),
        hints=page_hints(document),
        confidence=sure,
    )


def _results(document: Document, listing: ListingResult, told: str) -> Extraction:
    """What a search answers: its results, never an article; with none, the feeds of its site are no results either."""
    from crawler.extract.page_hints import page_hints

    if listing.items:
        return _listing(document, listing, told, listing.confidence)
    hints = replace(page_hints(document), feeds=())
    return Extraction(kind=PageKind.OTHER, reason=f"{told}, which found nothing; {listing.reason}", hints=hints)


def _listing(document: Document, listing: ListingResult, reason: str, confidence: float) -> Extraction:
    from crawler.extract.page_hints import page_hints

    return Extraction(
        kind=PageKind.LISTING,
        reason=f"{reason}; {listing.reason}",
        items=tuple(listing.items),
        next_page=listing.next_page,
        hints=page_hints(document),
        confidence=round(confidence, 3),
    )
