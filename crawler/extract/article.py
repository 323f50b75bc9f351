"""One article out of one page: the text by `body`, everything said about it by `metadata`, and how sure we are."""

from __future__ import annotations

import html
from typing import Any

from crawler.extract.authors import SIGN_OFF, find_authors, korean_reporters
from crawler.extract.blocks import outline
from crawler.extract.body import Body, ends_sentence, read_body
from crawler.extract.document import Document
from crawler.extract.metadata import (
    article_object,
    find_dates,
    image_url,
    next_page,
    section,
    site_name,
    tags,
    text_of,
    use_terms,
)
from crawler.extract.phrases import folded
from crawler.extract.titles import choose_title, site_words
from crawler.items import Article, Hints, Image
from crawler.text import clean_text, detect_language

EXTRACTOR = "dom/1"


def extract_article(document: Document, hints: Hints) -> tuple[Article, float, str]:
    """The article of a page, the confidence (0..1) that it is one whole article and nothing else, and why."""
    item = article_object(document)
    site = site_name(document, item)
    sites = site_words(document, [name for name in (site, _publisher(item)) if name])
    h1s = _h1s(document)
    title = choose_title(document, _headline(item), h1s, sites, hints.title)
    titles = {
        fold for text in (title, _headline(item), document.meta("og:title"), *h1s) if text and (fold := folded(text))
    }
    body = read_body(outline(document.body), titles) if document.body is not None else Body()
    text = clean_text(body.text)
    summary = clean_text("\n".join(body.standfirst)) or None
    authors = find_authors(document, item, body.bylines, text, sites)
    language = detect_language(f"{title or ''}\n{text}" if text else title or "", document.lang_attribute)
    dates = find_dates(document, item, body.bylines, hints.zone, language or hints.language)
    image = image_url(document, item)
    captions = tuple(dict.fromkeys(clean_text(caption) for caption in body.captions))
    article = Article(
        url=document.url,
        canonical=document.link("canonical"),
        amp_url=document.link("amphtml"),
        title=clean_text(title) if title else None,
        text=text,
        summary=summary,
        authors=authors,
        published=dates.published,
        modified=dates.modified,
        language=language,
        site_name=site,
        section=section(document, item),
        tags=tags(document, item),
        image=Image(url=image, caption=captions[0] if captions else None) if image else None,
        captions=captions,
        source_line=body.source_line,
        next_page=next_page(document),
        terms=use_terms(document, item),
        extractor=EXTRACTOR,
        confidence=0.5,
    )
    return article, 0.5, dates.reason


def _publisher(item: dict[str, Any] | None) -> str | None:
    return text_of(item.get("publisher")) if item is not None else None


def _headline(item: dict[str, Any] | None) -> str | None:
    return (text_of(item.get("headline")) or text_of(item.get("name"))) if item is not None else None


def _h1s(document: Document) -> list[str]:
    return [
        text for node in document.tree.tags("h1")[:8] if (text := " ".join(node.text().split())) and len(text) < 500
    ]
