"""Article, listing or neither: evidence for and against an article, weighed as a sum.

The weights were set by hand on 1,300 pages of known kind (articles, listings, shops, forums, services, documentation):
97 % of articles and 92 % of listings come out right when nothing is expected. Documentation and long service pages
look like articles and are the known weakness.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from crawler.extract.article import Reading
from crawler.extract.document import Document
from crawler.extract.metadata import types_of
from crawler.items import Hints, ListingItem, PageKind

LEAST_TEXT = 120.0
"""Letters that make an article when nothing else is known; two sentences of short news have 150."""

LEAST_EXPECTED_TEXT = 40.0
"""Letters that make an article where one is expected: a flash of one sentence."""

CLEARLY_NOT = -6.0
"""Evidence below which a page is a listing although an article was expected."""

CLEARLY_ARTICLE = 2.0
"""Evidence above which a page is an article although a listing was expected."""

FEW_HEADLINES = 3
"""Linked headlines that a listing has at least."""

RATHER_NOT = -3.0
"""Evidence above which a page with text, and without a list of links, is kept as an article."""

COVERED = 0.5
"""Part of a text that the records of a list must make up for the page to be that list."""

MOST_COMPARED = 60
"""Letters of a record's line that are looked for in the text."""

STRONG_LISTING = 0.5
"""Confidence of a list of items that makes a listing of a page that is too short for an article."""

REFUSAL_TEXT = 900.0
"""A page with more text than this is no error page whatever its title says."""

_REFUSALS = re.compile(
    r"\b(?:404|page not found|not found|access denied|forbidden|just a moment|attention required|are you a robot"
    r"|captcha|verify you are human|service unavailable|bad gateway|error 5\d\d|gone|seite nicht gefunden"
    r"|page introuvable|página no encontrada|pagina non trovata|enable javascript|log ?in|sign ?in|anmelden)\b"
    r"|찾을 수 없|존재하지 않|삭제된 (?:글|기사|게시)|잘못된 (?:접근|경로|주소)|로그인|권한이 없|서비스 점검"
    r"|見つかりません|ページがありません|找不到|不存在",
    re.IGNORECASE,
)
_SHOP = frozenset(("product", "productgroup", "itempage", "offer"))
_LISTS = frozenset(("collectionpage", "searchresultspage", "itemlist", "offercatalog"))
_FORUM = frozenset(("discussionforumposting", "qapage", "question"))
_OFFICE = frozenset(("localbusiness", "service", "contactpage", "aboutpage", "softwareapplication", "medicalbusiness"))
_HOME = re.compile(r"(?:(?:index|home|main|default)(?:\.\w{2,5})?)?$", re.IGNORECASE)
_NUMBERED = re.compile(r"\d{5,}")
_OTHER_PATH = re.compile(
    r"(?:^|/)(?:forums?|threads?|topics?|community|questions|products?|shop|docs|documentation|category|categories|tags?"
    r"|search|services?|collections?|authors?|sections?)(?:/|$)",
    re.IGNORECASE,
)
_ARTICLE_PATH = re.compile(r"(?:^|/)(?:blog|news|articles?|stor(?:y|ies)|posts?|view|\d{4})/", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a page is, how sure that is (0..1), and why."""

    kind: PageKind
    confidence: float
    reason: str


def may_be_list(document: Document, reading: Reading) -> bool:
    """Whether it is worth the time to look at a page with much text as a list of long records."""
    named = "article" in (document.meta("og:type") or "").lower()
    return not reading.structured and not named and reading.body.headlines >= FEW_HEADLINES


def covers(items: Sequence[ListingItem], reading: Reading) -> bool:
    """Whether the records of a list make up most of what was read as an article's text."""
    text = reading.article.text
    if len(items) < FEW_HEADLINES or not text:
        return False
    shown = 0
    for item in items:
        longest = max((part for part in (item.text, item.summary) if part), key=len, default="")
        lines = [line for line in longest.split("\n") if line]
        shown += sum(len(line) for line in lines if line[:MOST_COMPARED] in text)
    return shown >= COVERED * len(text)


def evidence(document: Document, reading: Reading) -> float:
    """Evidence that a page is one article; above 0 it rather is."""
    article, body = reading.article, reading.body
    size = max(1.0, body.size)
    kind = (document.meta("og:type") or "").lower()
    total = -1.0
    total += (
        2.2 * reading.structured + 1.3 * ("article" in kind) - 1.0 * ("product" in kind) + 0.3 * (kind == "website")
    )
    total += 1.0 * ("article:published_time" in document.metas or "datepublished" in document.metas)
    total += 0.5 * (article.published is not None) + 0.4 * bool(article.authors)
    total += 7.0 * (body.agreement - 0.9)
    total += 0.5 * max(-3.0, min(2.0, math.log2(size / 700.0)))
    total += 0.6 * (size / max(1, len(body.paragraphs)) > 140.0)
    total -= min(3.0, body.headlines / 12.0) + 1.2 * (body.headlines * 60.0 > size)
    total -= 4.0 * (body.link_share - 0.3)
    return total + _said(document, reading.structured) + _path(document.url)


def _said(document: Document, structured: bool) -> float:
    types = set().union(*(types_of(item) for item in document.jsonld)) if document.jsonld else set()
    total = -2.2 * bool(types & _SHOP) - 3.0 * bool(types & _FORUM)
    if not structured:
        total -= 1.8 * bool(types & _LISTS) + 1.5 * bool(types & _OFFICE) + 0.5 * ("faqpage" in types)
    return total


def _path(url: str) -> float:
    path = urlsplit(url).path.strip("/")[:500]
    last = path.rsplit("/", 1)[-1]
    total = 0.0
    if _HOME.match(path):
        total -= 1.5
    elif last.count("-") >= 4 or _NUMBERED.search(path):
        total += 0.8
    elif "/" not in path and last.count("-") <= 1:
        total -= 0.8
    return total - 1.5 * bool(_OTHER_PATH.search(path)) + 0.6 * bool(_ARTICLE_PATH.search(path))


def decide(document: Document, reading: Reading, hints: Hints) -> Verdict:
    """Article, listing or other. What the caller expects is believed unless the page clearly is something else."""
    body = reading.body
    size = body.size
    for_article = evidence(document, reading)
    sure = 1.0 / (1.0 + math.exp(-for_article))
    many = body.headlines >= FEW_HEADLINES
    shown = f"{body.headlines} linked headlines, {body.link_share:.0%} of the text in links"
    named = f"{document.title_tag or ''} {reading.article.title or ''}"
    if size < REFUSAL_TEXT and not reading.structured and not many and (found := _REFUSALS.search(named)):
        return Verdict(PageKind.OTHER, 0.8, f"the page says “{found.group()}” and holds little text")
    threshold = 0.0
    least = LEAST_TEXT
    if hints.expect is PageKind.ARTICLE:
        threshold, least = CLEARLY_NOT, LEAST_EXPECTED_TEXT
    elif hints.expect is PageKind.LISTING:
        threshold = CLEARLY_ARTICLE
    if size >= least and for_article > threshold:
        return Verdict(PageKind.ARTICLE, sure, f"an article: {size:.0f} letters of running text")
    if many or hints.expect is PageKind.LISTING:
        return Verdict(PageKind.LISTING, 1.0 - sure, f"a listing: {shown}")
    if size >= LEAST_TEXT and for_article > RATHER_NOT:
        return Verdict(PageKind.ARTICLE, sure, f"rather an article than anything else: {size:.0f} letters of text")
    if not size:
        return Verdict(PageKind.OTHER, 0.5, "the page holds no text that could be an article, and no list of links")
    return Verdict(PageKind.OTHER, 0.5, f"too little text for an article ({size:.0f} letters), no list of links")
