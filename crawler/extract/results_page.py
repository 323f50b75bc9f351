"""Whether a page is what a search answers: by schema.org, by its address, by its own search form.

A page of one result reads like an article (a headline, an excerpt, a date), so what it is must be told by other means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from crawler.extract.document import Document
from crawler.extract.metadata import types_of
from crawler.urls import names_article

__all__ = ["SEARCH_NAMES", "results_of", "topic_of"]

MAX_PARAMETERS: Final = 40
MAX_FIELDS: Final = 60
MAX_TYPES: Final = 60
LONGEST_TITLE: Final = 600

_SEARCH_NAME_LIST = """
    q query s search keyword keywords kw wd word words term text searchword searchkeyword search_word search_keyword
    searchtext search_text searchterm sword stx skey sc_word k
"""
SEARCH_NAMES = frozenset(_SEARCH_NAME_LIST.split())
_RESULTS_TYPE = "searchresultspage"
_SEARCH_PLACE = re.compile(
    r"(?:(?:total|site|news|article|integrated|all)[-_]?)?search(?:es|ing)?(?:[-_]?(?:results?|list|news|page|all))?"
    r"|suche|suchergebnisse|recherche|buscar|busqueda|busca|ricerca|zoeken|szukaj|poisk|sok|find|검색|통합검색|検索|搜索",
    re.IGNORECASE,
)
_SUFFIX = re.compile(r"\.(?:html?|php|jsp|do|aspx?|cgi|nhn|naver)$", re.IGNORECASE)
_SAYS_SEARCH = re.compile(
    r"\b(?:search|results?|suche|suchergebnisse|recherche|résultats|búsqueda|resultados|ricerca|risultati|zoeken"
    r"|zoekresultaten)\b|검색|検索|搜索|поиск",
    re.IGNORECASE,
)
_ARTICLE_NAME_LIST = """
    id no idx idxno aid oid uid nid pid wr_id seq article articleid article_id newsid news_id postid post_id docid
    document_srl logno contid cid guid
"""
_ARTICLE_NAMES = frozenset(_ARTICLE_NAME_LIST.split())
_LONG_NUMBER: Final = 4
"""Digits of a parameter that are rather an article's number than a page's, or a count of results."""


def topic_of(url: str) -> tuple[str, str] | None:
    """Name and value of the parameter of a URL that is searched for, `None` for a URL that is no search."""
    for name, value in parse_qsl(urlsplit(url).query)[:MAX_PARAMETERS]:
        if name.lower() in SEARCH_NAMES and value.strip():
            return name, value
    return None


def results_of(document: Document) -> str | None:
    """How a page tells that it holds the results of a search, or `None` where it doesn't.

    Its own word (schema.org's SearchResultsPage) does, or words in its address that are searched for, if the address
    speaks of searching as well, or if the page repeats them in a field to search or in a title that speaks of it.
    Articles are told apart whose address keeps the words by which they were found.
    """
    if _calls_itself(document):
        return "the results of a search: it calls itself a SearchResultsPage"
    try:
        parts = urlsplit(document.url)
        asked = list(_asked(parts, document.charset))
    except ValueError:
        return None
    if not asked or _keeps_words(parts):
        return None
    if _is_place(parts):
        return "the results of a search, by its address"
    if _names_article(parts) or document.meta("article:published_time"):
        return None
    said = {_folded(words) for words in asked}
    if any(_folded(value) in said for value in _filled(document)):
        return "the results of a search: the words of its address stand in a field to search"
    for told in _titles(document):
        if _SAYS_SEARCH.search(told) and any(words in _folded(told) for words in said):
            return "the results of a search, by its title"
    return None


def _calls_itself(document: Document) -> bool:
    if any(_RESULTS_TYPE in types_of(one) for one in document.jsonld[:MAX_TYPES]):
        return True
    for node in (document.root, document.body):
        kind = (node.attributes.get("itemtype") or "") if node is not None else ""
        if kind.rpartition("/")[2].strip().lower() == _RESULTS_TYPE:
            return True
    return False


def _asked(parts: SplitResult, charset: str) -> Iterator[str]:
    """The words that an address searches for, as each charset in question reads them."""
    for encoding in dict.fromkeys(("utf-8", charset)):
        for name, value in parse_qsl(parts.query, encoding=encoding)[:MAX_PARAMETERS]:
            if name.lower() in SEARCH_NAMES and value.strip():
                yield value
    segments = _segments(parts)
    for place, words in pairwise(segments):
        if _SEARCH_PLACE.fullmatch(place) and not words.isdecimal() and words == segments[-1]:
            yield words


def _segments(parts: SplitResult) -> list[str]:
    return [_SUFFIX.sub("", unquote(segment)) for segment in parts.path.split("/") if segment]


def _keeps_words(parts: SplitResult) -> bool:
    """Whether the address chooses an article, beside the words by which it was found."""
    others = [(name.lower(), value) for name, value in parse_qsl(parts.query)[:MAX_PARAMETERS]]
    return any(name in _ARTICLE_NAMES and name not in SEARCH_NAMES and value.strip() for name, value in others)


def _names_article(parts: SplitResult) -> bool:
    """Whether the address chooses an article by its path, or by a long number of any name."""
    numbers = [value for _, value in parse_qsl(parts.query)[:MAX_PARAMETERS] if value.isdecimal()]
    long = any(len(value) >= _LONG_NUMBER for value in numbers)
    return long or names_article(f"{parts.scheme}://{parts.netloc}{parts.path}")


def _is_place(parts: SplitResult) -> bool:
    """Whether the path is a search's: one of the last two segments says it; WordPress searches at its front door."""
    segments = _segments(parts)
    if not segments or segments == ["index"]:
        return any(name == "s" for name, _ in parse_qsl(parts.query)[:MAX_PARAMETERS])
    return any(_SEARCH_PLACE.fullmatch(segment) for segment in segments[-2:])


def _filled(document: Document) -> Iterator[str]:
    """What stands in the fields that take words to search for."""
    for node in document.tree.css("input[value]")[:MAX_FIELDS]:
        attributes = node.attributes
        kind = (attributes.get("type") or "text").strip().lower()
        name = (attributes.get("name") or "").lower()
        if kind == "search" or (kind == "text" and name in SEARCH_NAMES):
            yield attributes.get("value") or ""


def _titles(document: Document) -> Iterator[str]:
    yield (document.title_tag or "")[:LONGEST_TITLE]
    for node in document.headings()[:2]:
        yield node.text()[:LONGEST_TITLE]


def _folded(words: str) -> str:
    return " ".join(words.casefold().split())
