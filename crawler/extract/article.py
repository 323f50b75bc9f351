"""One article out of one page: the text by `body`, everything said about it by `metadata`, and how sure we are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from crawler.extract.article_pages import read_pages
from crawler.extract.authors import find_authors
from crawler.extract.blocks import Outline, outline
from crawler.extract.body import read_body
from crawler.extract.body_text import Body
from crawler.extract.document import Document, defused
from crawler.extract.metadata import (
    article_object,
    find_dates,
    image_url,
    section,
    site_name,
    tags,
    text_of,
    use_terms,
)
from crawler.extract.phrases import folded
from crawler.extract.ruled_fields import ruled_authors, ruled_dates, ruled_title
from crawler.extract.ruled_page import RuledPage, ruled_page
from crawler.extract.scripts import html_in_scripts
from crawler.extract.title_headings import headings
from crawler.extract.titles import choose_title, site_words
from crawler.items import Article, Hints, Image, Moment, ZoneOrigin
from crawler.text import clean_text, detect_language

EXTRACTOR = "dom/2"

LITTLE_TEXT = 450.0
"""With less text in the tree than this, scripts, templates and `<noscript>` are asked."""

MUCH_MORE = 1.6
LEAST_FROM_SCRIPTS = 250.0
"""What they offer is taken when it is so much more, and is at least so much."""


@dataclass(frozen=True, slots=True)
class Reading:
    """An article as read, and what the reader saw while reading: for the decision what kind of page this is.

    `sources` tells of each field of the article that has a value where it comes from, in a few words: ``title`` from
    ``JSON-LD, h1 and og:title agree``, ``published`` from ``meta article:published_time``.
    """

    article: Article
    body: Body
    confidence: float
    reason: str
    structured: bool
    sources: Mapping[str, str]


def read_article(document: Document, hints: Hints) -> Reading:
    """The article of a page, the confidence (0..1) that it is one whole article and nothing else, and why."""
    item = article_object(document)
    sources: dict[str, str] = {}
    site, sources["site_name"] = site_name(document, item)
    sites = site_words(document, item, site)
    h1s = headings(document)
    ruled = ruled_page(document, hints)
    page = outline(document.body, whole=ruled is not None and ruled.placed) if document.body is not None else Outline()
    title, sources["title"] = choose_title(document, item, h1s, sites, hint=hints.title, page=page)
    if ruled is not None and (known := ruled_title(ruled, [title, document.meta("og:title"), document.title_tag])):
        title, sources["title"] = known, ruled.says
    said = [title, _headline(item), document.meta("og:title")]
    if len(h1s) <= MOST_HEADLINES:
        # Where every sub-heading is an h1, it is none of the title's wordings.
        said += [heading.text for heading in h1s]
    titles = {fold for text in said if text and (fold := folded(text))}
    body, source = _read_body(document, page, titles, ruled)
    text = clean_text(body.text)
    authors, sources["authors"] = find_authors(document, item, body, text, sites)
    if ruled is not None and (persons := ruled_authors(ruled, sites)):
        authors, sources["authors"] = persons, ruled.says
    language = detect_language(f"{title or ''}\n{text}", document.lang_attribute)
    zone = ruled.zone if ruled is not None and ruled.zone else hints.zone
    dates = find_dates(document, item, body, zone=zone, language=language or hints.language, text=text)
    if ruled is not None:
        dates = ruled_dates(ruled, dates, zone, language or hints.language)
    image, sources["image"] = image_url(document, item)
    its_section, sources["section"] = section(document, item)
    its_tags, sources["tags"] = tags(document, item)
    captions = tuple(dict.fromkeys(caption for raw in body.captions if (caption := clean_text(raw))))
    confidence = _confidence(body)
    pages = read_pages(document)
    article = Article(
        url=document.url,
        canonical=document.link("canonical"),
        amp_url=document.link("amphtml"),
        title=clean_text(title) or None if title else None,
        text=text,
        summary=clean_text("\n".join(body.standfirst)) or None,
        authors=_lines(authors),
        published=dates.published,
        modified=dates.modified,
        language=language,
        site_name=clean_text(site) or None if site else None,
        section=next(iter(_lines([its_section])), None) if its_section else None,
        tags=_lines(its_tags),
        image=Image(url=image, caption=captions[0] if captions else None) if image else None,
        captions=captions,
        source_line=clean_text(body.source_line) if body.source_line else None,
        next_page=pages.next,
        whole_page=pages.whole,
        first_page=pages.first,
        terms=use_terms(document, item),
        extractor=f"{EXTRACTOR}+{source}" if source else EXTRACTOR,
        confidence=confidence,
    )
    reason = f"text of {len(text)} characters in {len(body.paragraphs)} paragraphs"
    reason = f"{reason} from {source or 'the page'}, {dates.reason}"
    if ruled is not None:
        reason = "; ".join((reason, *ruled.notes))
    sources |= {
        "text": ruled.says if ruled is not None and source == "rule" else source or "the page",
        "summary": "the page" if article.summary else "",
        "captions": "the page" if captions else "",
        "published": _where(dates.published, dates.published_from),
        "modified": _where(dates.modified, dates.modified_from),
        "language": "the words of the text" if language else "",
        "canonical": "link canonical" if article.canonical else "",
        "amp_url": "link amphtml" if article.amp_url else "",
        "next_page": "link next" if article.next_page else "",
        "source_line": "the page" if article.source_line else "",
    }
    told = {name: where for name, where in sources.items() if where}
    return Reading(article, body, confidence, reason, item is not None, told)


def _lines(values: Iterable[str]) -> tuple[str, ...]:
    """Names and words as a page's data say them, without what is no text, each once."""
    cleaned = (" ".join(clean_text(value).split()) for value in values)
    return tuple(dict.fromkeys(value for value in cleaned if value))


_ZONES = {
    ZoneOrigin.PAGE: "",
    ZoneOrigin.SOURCE: ", zone of the source",
    ZoneOrigin.LANGUAGE: ", zone usual for the language",
    ZoneOrigin.DEFAULT: ", no zone told",
}


def _where(moment: Moment | None, witness: str | None) -> str:
    return f"{witness}{_ZONES[moment.zone_from]}" if moment is not None and witness else ""


MOST_HEADLINES = 2
"""With more h1 than this they are sub-headings."""


def _read_body(document: Document, page: Outline, titles: set[str], ruled: RuledPage | None) -> tuple[Body, str | None]:
    """The body, and where it comes from if not from the tree by the general method."""
    description = folded(document.meta("og:description", "description") or "")
    if ruled is not None and ruled.placed and page.elements:
        body = read_body(page, titles, description, ruled)
        if ruled.fits(body.size):
            return body, "rule"
        page = outline(document.body) if document.body is not None else Outline()
    body = read_body(page, titles, description) if page.elements else Body()
    best, source = body, None
    if body.size < LITTLE_TEXT:
        for markup in html_in_scripts(document):
            root = LexborHTMLParser(defused(markup)).body
            if root is None:
                continue
            other = read_body(outline(root), titles, description)
            if other.size > MUCH_MORE * best.size and other.size >= LEAST_FROM_SCRIPTS:
                # Standfirst, captions and byline are still the page's own.
                other.standfirst = other.standfirst or body.standfirst
                other.bylines.extend(body.bylines)
                best, source = other, "scripts"
    return best, source


def _confidence(body: Body) -> float:
    """How sure it is that the text is one whole article: the judges agree, and most of the page's text is in it."""
    if not body.paragraphs:
        return 0.0
    share = min(1.0, body.size / body.page_good) if body.page_good else 0.0
    length = min(1.0, body.size / 1_000.0)
    return round(0.2 + 0.35 * body.agreement + 0.25 * length + 0.2 * share, 3)


def _headline(item: dict[str, Any] | None) -> str | None:
    return (text_of(item.get("headline")) or text_of(item.get("name"))) if item is not None else None
