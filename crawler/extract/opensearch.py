"""OpenSearch description documents (OpenSearch 1.1, draft 6): how a site wants to be searched."""

from __future__ import annotations

import re

from crawler.extract.charset import decode
from crawler.extract.doorways import NUMBER, TOPIC, search_template
from crawler.extract.xml_source import local_name, parse_xml, xml_text
from crawler.urls import normalize_url

__all__ = ["read_open_search"]

MAX_URLS = 20
_PROBE = 4_000
_ROOT = re.compile(r"<(?:[\w-]{1,20}:)?OpenSearchDescription[\s>]")
_FIELD = re.compile(r"\{(?:[\w.-]{1,30}:)?([A-Za-z]{1,40})(\??)\}")
# What the parameters of the standard stand for when nobody chooses; others that are optional are left empty.
_VALUES = {
    "searchTerms": TOPIC,
    "startPage": NUMBER,
    "inputEncoding": "UTF-8",
    "outputEncoding": "UTF-8",
    "language": "*",
}
_EMPTY = re.compile(r"(?<=[?&])[^=&]{1,60}=(?=&|$)&?")
_RANK = {"application/rss+xml": 0, "application/atom+xml": 0, "text/html": 1, "application/xhtml+xml": 1}


def read_open_search(body: bytes, url: str) -> str | None:
    """A URL with ``{topic}`` and perhaps ``{page}`` from a description; `None` where it has none for pages or feeds.

    What has pages is taken before what has none, then results as a feed before those as a page. `url` is the
    description's own address.
    """
    text = xml_text(decode(body, None)[0])
    start = _ROOT.search(text[:_PROBE])
    root = parse_xml(text[start.start() :]) if start else None
    if root is None:
        return None
    found: list[tuple[bool, int, str]] = []
    for node in list(root.iterdescendants())[: MAX_URLS * 10]:
        kind = (node.get("type") or "").split(";")[0].strip().lower()
        template = node.get("template")
        if local_name(node) != "Url" or not template or kind not in _RANK:
            continue
        if (node.get("method") or "get").lower() != "get" or node.get("rel", "results") != "results":
            continue
        if (made := _made(template.strip(), url)) is not None:
            found.append((NUMBER not in made, _RANK[kind], made))
    return min(found, key=lambda one: one[:2])[2] if found else None


def _made(template: str, base: str) -> str | None:
    unknown = False

    def value(match: re.Match[str]) -> str:
        nonlocal unknown
        known = _VALUES.get(match[1])
        if known is None and not match[2]:
            # startIndex and count have defaults of their own; what else is demanded can't be guessed.
            known = {"startIndex": "1", "count": "20"}.get(match[1])
            unknown = unknown or known is None
        return known or ""

    filled = _FIELD.sub(value, template)
    if unknown or filled.count(TOPIC) == 0:
        return None
    filled = _EMPTY.sub("", filled).rstrip("?&")
    page = NUMBER in filled
    mark = "presswatchpage"
    made = search_template(filled.replace(NUMBER, mark), base)
    if made is None or normalize_url(made.replace(TOPIC, "x")) is None:
        return None
    return made.replace(mark, NUMBER) if page else made
