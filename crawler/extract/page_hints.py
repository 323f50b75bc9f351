"""What a page says of its site, for those who look for its doors: feeds, hubs, ways to search."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice

from crawler.extract.document import Document
from crawler.extract.jsonld import parse_json
from crawler.items import FeedHints
from crawler.urls import normalize_url

__all__ = ["FEED_TYPES", "header_hubs", "page_hints"]

FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml")

MAX_FEEDS = 20
MAX_HUBS = 10
MAX_SEARCHES = 10
MAX_LINK_HEADER = 8_000
MAX_VALUES = 2_000
"""JSON values looked at in one block that speaks of searching."""

LONGEST_ACTION = 200_000
"""Characters of a JSON-LD block in which a way to search is looked for; a site says it in some hundreds."""

_OPENSEARCH = "application/opensearchdescription+xml"
_LINK = re.compile(r"<([^<>]{1,2000})>([^<]{0,500})")
_RELATIONS = {
    word: re.compile(
        rf";\s{{0,9}}rel\s{{0,9}}=\s{{0,9}}(?:\"[^\"]{{0,99}}?(?<![\w-]){word}(?![\w-])|{word}(?![\w-]))", re.IGNORECASE
    )
    for word in ("hub", "self")
}


def page_hints(document: Document) -> FeedHints:
    """The feeds that a page names, its hubs, how to search its site, and the site's name."""
    return FeedHints(
        title=document.meta("og:site_name"),
        home=document.link("home"),
        hubs=_hubs(document),
        feeds=_first(MAX_FEEDS, map(document.absolute, _hrefs(document, "alternate", FEED_TYPES))),
        search=_first(MAX_SEARCHES, map(document.absolute, _searches(document))),
    )


def header_hubs(header: str | None, base: str) -> tuple[str, ...]:
    """The WebSub hubs that a ``Link`` header names (W3C Recommendation, section 4)."""
    return _header_links(header, base, "hub")


def header_topic(header: str | None, base: str) -> str | None:
    """The address (rel=self) that a ``Link`` header names beside its hubs, by which they know the page."""
    return next(iter(_header_links(header, base, "self")), None)


def _header_links(header: str | None, base: str, word: str) -> tuple[str, ...]:
    if not header or word not in header.lower():
        return ()
    links, relation = _LINK.findall(header[:MAX_LINK_HEADER]), _RELATIONS[word]
    return _first(MAX_HUBS, (normalize_url(url, base) for url, parameters in links if relation.search(parameters)))


def _hubs(document: Document) -> tuple[str, ...]:
    told = [document.absolute(attributes.get("href")) for attributes in document.links.get("hub", ())]
    return _first(MAX_HUBS, (*header_hubs(document.headers.get("link"), document.url), *told))


def _first(most: int, urls: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(url for url in urls if url))[:most]


def _hrefs(document: Document, rel: str, types: tuple[str, ...]) -> Iterator[str | None]:
    for attributes in document.links.get(rel, ()):
        if (attributes.get("type") or "").split(";")[0].strip().lower() in types:
            yield attributes.get("href")


def _searches(document: Document) -> Iterator[str | None]:
    """Templates of schema.org's SearchAction (JSON-LD, microdata), then addresses of OpenSearch descriptions."""
    for _, text in document.json_scripts:
        if "SearchAction" in text and len(text) <= LONGEST_ACTION:
            yield from _templates(parse_json(text))
    yield from (target for target in document.metas.get("target", ()) if "{" in target)
    yield from _hrefs(document, "search", (_OPENSEARCH,))


def _templates(value: object) -> Iterator[str]:
    waiting = deque([value])
    looked = 0
    while waiting and looked < MAX_VALUES:
        current = waiting.popleft()
        looked += 1
        if isinstance(current, list):
            waiting.extend(islice(current, MAX_VALUES - looked))
        elif isinstance(current, dict):
            kind = current.get("@type")
            if kind == "SearchAction" or (isinstance(kind, list) and "SearchAction" in kind):
                targets = current.get("target")
                for target in targets[:MAX_SEARCHES] if isinstance(targets, list) else [targets]:
                    template = target.get("urlTemplate") if isinstance(target, dict) else target
                    if isinstance(template, str) and "{" in template:
                        yield template
            inner = (one for one in current.values() if isinstance(one, (dict, list)))
            waiting.extend(islice(inner, MAX_VALUES - looked))
