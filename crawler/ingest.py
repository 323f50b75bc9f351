"""From a page as received to records as stored: extract, judge the URL, fingerprint, tokens, topics, compress.

Everything that stores passes here: crawls, import, re-extraction, the adapters of the benchmarks. `prepare` is pure and
runs in the process that extracts, so this module imports neither Scrapy nor the storage.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import zstandard

from crawler.dedup.fingerprint import content_letters, fingerprint
from crawler.dedup.near import shingle, sketch
from crawler.errors import UsageError
from crawler.extract import extract
from crawler.items import (
    Article,
    ArticleRecord,
    ArticleRow,
    Basis,
    Extraction,
    Hints,
    Image,
    ListingItem,
    Page,
    PageKind,
    RawPage,
    Saved,
)
from crawler.text import clean_text, detect_language, search_tokens
from crawler.urls import article_id, believed_canonical, normalize_url, url_key

if TYPE_CHECKING:
    from crawler.topics import TopicMatcher
    from storage import Store

LEAST_LETTERS: Final = 25
"""Letters and digits without which an article's text says nothing: a caption, a consent line."""
LEAST_LISTING_TEXT: Final = 200
"""Characters from which what a listing shows is a text and no summary: portals show up to some 800, feeds all of it."""
ZSTD_LEVEL: Final = 3
"""The knee of the curve for HTML: a fifth of the size in under a millisecond a page."""
LISTING_EXTRACTOR: Final = "listing/1"
MAX_VERSION: Final = 1_000_000
"""Greatest number of a version that is believed."""
_STORY: Final = re.compile(r"[0-9a-f]{32}")

_KEPT_HEADERS: Final = (
    "content-type",
    "content-language",
    "content-location",
    "date",
    "etag",
    "last-modified",
    "link",
    "tdm-policy",
    "tdm-reservation",
    "x-robots-tag",
)
_KEPT_HEADER_LENGTH: Final = 2000
_NO_HINTS: Final = Hints()
_of_thread = threading.local()


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a page is, and what of it is stored: one record of an article, provisional ones of a listing or feed."""

    extraction: Extraction
    records: tuple[ArticleRecord, ...]


def prepare(
    page: Page, hints: Hints = _NO_HINTS, matcher: TopicMatcher | None = None, keep_raw: bool = True
) -> Prepared:
    """Read a page and make ready what is stored of it.

    Only answers of status 200 give records; an article whose text says next to nothing gives none (the extraction tells
    the reason). `matcher` names the topics of each record; with `keep_raw` an article's page is kept, compressed.
    """
    extraction = extract(page, hints)
    return Prepared(extraction, records_of(page, extraction, hints=hints, matcher=matcher, keep_raw=keep_raw))


def records_of(
    page: Page,
    extraction: Extraction,
    *,
    hints: Hints = _NO_HINTS,
    matcher: TopicMatcher | None = None,
    keep_raw: bool = True,
    basis: Basis = Basis.PAGE,
) -> tuple[ArticleRecord, ...]:
    """The records of a page already read; `basis` is `Basis.REEXTRACTION` for one read again without fetching."""
    if page.status != 200:
        return ()
    if extraction.kind is PageKind.ARTICLE:
        if extraction.article is None:
            return ()
        article = _finished(extraction.article, hints)
        if not _says_something(article.text):
            return ()
        return (_article_record(page, article, matcher, keep_raw, basis),)
    return _provisional_records(page, extraction, hints, matcher)


def store_records(
    store: Store, records: Sequence[ArticleRecord], source: str | None, *, dry_run: bool = False
) -> list[Saved]:
    """Save what `prepare` made ready in one transaction; `source` is the name of the source that met it, if one did."""
    return store.articles.save(records, source, dry_run=dry_run) if records else []


def record_of_row(row: ArticleRow, matcher: TopicMatcher | None = None) -> ArticleRecord:
    """An exported row as a record again: fingerprint, tokens and topics are made anew; text, story and number of the
    version are believed.

    Raises `UsageError` for a row without a web address or without text.
    """
    url = normalize_url(row.url)
    if url is None:
        raise UsageError(f"{row.url[:200]!r}: no web address", row.url)
    article = Article(
        url=url,
        title=row.title,
        text=row.text,
        summary=row.summary,
        authors=row.authors,
        published=row.published,
        modified=row.modified,
        language=row.lang,
        site_name=row.site,
        section=row.section,
        tags=row.tags,
        image=Image(url=row.image) if row.image else None,
        captions=row.captions,
        source_line=row.source_line,
        terms=row.terms,
        extractor=row.extractor,
        confidence=row.confidence,
    )
    article = _finished(article, _NO_HINTS)
    if not _says_something(article.text):
        raise UsageError(f"{url}: its text says next to nothing", url)
    key = url_key(url)
    return ArticleRecord(
        id=article_id(key),
        key=key,
        url=url,
        article=article,
        fingerprint=fingerprint(article.title, article.text),
        basis=Basis.LISTING if row.provisional else Basis.PAGE,
        forms=(url,),
        fetched_at=row.fetched,
        first_seen=min(row.first_seen, row.fetched),
        story=row.cluster_id if _STORY.fullmatch(row.cluster_id) else None,
        version=row.version if 1 <= row.version <= MAX_VERSION else None,
        topics=_topics(article, matcher),
        search_tokens=_tokens(article),
    )


def matches(item: ListingItem, matcher: TopicMatcher) -> tuple[str, ...]:
    """The topics that a listing item names in what it shows (headline, summary, text, tags)."""
    shown = "\n".join(part for part in (item.summary, item.text, *item.tags) if part)
    return matcher.match(item.title, shown, item.language or detect_language(f"{item.title or ''}\n{shown}"))


def _article_record(
    page: Page, article: Article, matcher: TopicMatcher | None, keep_raw: bool, basis: Basis
) -> ArticleRecord:
    url = believed_canonical(page.url, page.final_url, article.canonical)
    key = url_key(url)
    letters = content_letters(article.text)
    return ArticleRecord(
        id=article_id(key),
        key=key,
        url=url,
        article=article,
        fingerprint=fingerprint(article.title, article.text, letters),
        basis=basis,
        forms=tuple(dict.fromkeys((page.url, page.final_url, *article.pages))),
        fetched_at=page.fetched_at,
        truncated=article.next_page is not None or article.first_page is not None,
        topics=_topics(article, matcher),
        search_tokens=_tokens(article),
        raw=_raw(page) if keep_raw else None,
        etag=page.headers.get("etag"),
        last_modified=page.headers.get("last-modified"),
        sketch=sketch(shingle(letters)),
        letters=letters,
    )


def _provisional_records(
    page: Page, extraction: Extraction, hints: Hints, matcher: TopicMatcher | None
) -> tuple[ArticleRecord, ...]:
    """One record for each item whose text is long enough, the longest where a page shows an article twice."""
    longest: dict[str, tuple[str, ListingItem]] = {}
    for item in extraction.items:
        if not item.title or not item.text or len(item.text) < LEAST_LISTING_TEXT:
            continue
        url = normalize_url(item.url)
        if url is None:
            continue
        key = url_key(url)
        if key not in longest or len(longest[key][1].text or "") < len(item.text):
            longest[key] = url, item
    return tuple(
        _provisional_record(page, key, item, _finished(_article_of(item, url, extraction.confidence), hints), matcher)
        for key, (url, item) in longest.items()
    )


def _provisional_record(
    page: Page, key: str, item: ListingItem, article: Article, matcher: TopicMatcher | None
) -> ArticleRecord:
    letters = content_letters(article.text)
    return ArticleRecord(
        id=article_id(key),
        key=key,
        url=article.url,
        article=article,
        fingerprint=fingerprint(article.title, article.text, letters),
        basis=Basis.LISTING,
        forms=(item.url,),
        fetched_at=page.fetched_at,
        truncated=item.truncated,
        topics=_topics(article, matcher),
        search_tokens=_tokens(article),
        sketch=sketch(shingle(letters)),
        letters=letters,
    )


def _article_of(item: ListingItem, url: str, confidence: float) -> Article:
    text = item.text or ""
    return Article(
        url=url,
        title=item.title,
        text=text,
        summary=None if item.summary and text.startswith(item.summary.rstrip(".… ")) else item.summary,
        authors=item.authors,
        published=item.published,
        modified=item.modified,
        language=item.language,
        site_name=item.outlet,
        tags=item.tags,
        image=item.image,
        extractor=LISTING_EXTRACTOR,
        confidence=confidence,
    )


def _finished(article: Article, hints: Hints) -> Article:
    """The article with clean text, and in the language that its text is written in rather than the one declared."""
    text = clean_text(article.text)
    title = clean_text(article.title).replace("\n", " ") if article.title else None
    summary = clean_text(article.summary) if article.summary else None
    language = detect_language(text, article.language or hints.language) or article.language or hints.language
    finished = (text, title or None, summary or None, language)
    if finished == (article.text, article.title, article.summary, article.language):
        return article
    return replace(article, text=text, title=title or None, summary=summary or None, language=language)


def _says_something(text: str) -> bool:
    return sum(map(str.isalnum, text[: LEAST_LETTERS * 10])) >= LEAST_LETTERS


def _topics(article: Article, matcher: TopicMatcher | None) -> tuple[str, ...]:
    if matcher is None:
        return ()
    text = f"{article.summary}\n{article.text}" if article.summary else article.text
    return matcher.match(article.title, text, article.language)


def _tokens(article: Article) -> str:
    return search_tokens("\n".join(part for part in (article.title, article.summary, article.text) if part))


def _compressor() -> zstandard.ZstdCompressor:
    """One a thread, kept: making one costs as much as compressing a page with it."""
    kept: zstandard.ZstdCompressor | None = getattr(_of_thread, "compressor", None)
    if kept is None:
        kept = _of_thread.compressor = zstandard.ZstdCompressor(level=ZSTD_LEVEL)
    return kept


def _raw(page: Page) -> RawPage:
    headers = {name: page.headers[name][:_KEPT_HEADER_LENGTH] for name in _KEPT_HEADERS if name in page.headers}
    return RawPage(
        url=page.final_url,
        status=page.status,
        headers=headers,
        body_zstd=_compressor().compress(page.body),
        size=len(page.body),
        fetched_at=page.fetched_at,
    )
