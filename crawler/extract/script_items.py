"""Records that a page carries in its scripts: Next.js and Nuxt data, ``window.__STATE__``, JSON-LD item lists.

Read only where the markup shows no list: the shell of an infinite scroll holds its first items there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

from crawler.extract.document import Document
from crawler.extract.excerpt import LONG_TEXT, is_cut, without_more
from crawler.extract.fragment import read_fragment, title_text
from crawler.extract.jsonld import parse_json
from crawler.extract.record_dates import Reading
from crawler.extract.records import width
from crawler.extract.script_values import Payload, payloads
from crawler.items import Image, ListingItem, Moment
from crawler.urls import normalize_url, publisher

MAX_SCRIPTS = 40
MAX_VALUES = 200_000
"""JSON values looked at on one page; a big front page's state has 60,000."""

MAX_ROWS = 500
LEAST_ROWS = 3
LEAST_SHARE = 0.7
"""Part of a JSON list's members that must have a title and an address for it to be a list of articles."""

LEAST_TITLE = 8
"""Columns of a title; menus in a page's state have shorter names."""

_TITLE = ("title", "headline", "subject", "name", "newsTitle", "articleTitle", "tit", "hed", "promoHed")
_URL = (
    "url",
    "link",
    "href",
    "permalink",
    "canonicalUrl",
    "canonical_url",
    "webUrl",
    "newsUrl",
    "articleUrl",
    "path",
    "uri",
    "linkUrl",
    "@id",
)
_DATE = (
    "datePublished", "publishedAt", "published_at", "published", "publishDate", "publish_date", "pubDate", "pub_date",
    "firstPublished", "display_date", "displayDate", "date", "regDate", "reg_date", "registDate", "createdAt",
    "created_at", "serviceDate", "datetime", "timestamp",
)  # fmt: skip
_SUMMARY = (
    "summary",
    "description",
    "excerpt",
    "lead",
    "lede",
    "dek",
    "subTitle",
    "teaser",
    "content",
    "body",
    "text",
    "articleBody",
)
_INNER = ("url", "src", "name", "title", "basic", "default", "rendered")
"""Members of an object that stands where a text was expected."""

_IMAGE = ("image", "thumbnail", "imageUrl", "image_url", "thumbnailUrl", "thumbUrl", "thumb", "cover", "photo", "img")
_OUTLET = ("press", "pressName", "outlet", "publisher", "source", "officeName", "sourceName", "media")
_AUTHOR = ("author", "authors", "byline", "writer", "reporter", "creator")


def script_items(document: Document, reading: Reading) -> tuple[ListingItem, ...]:
    """The best list of articles in a page's scripts, in its own order; empty where there is none."""
    best: list[ListingItem] = []
    weight = 0
    for rows in _lists(document):
        items = _items(rows, document, reading)
        score = sum(width(item.title or "") for item in items)
        if len(items) >= LEAST_ROWS and len(items) >= LEAST_SHARE * len(rows) and score > weight:
            best, weight = items, score
    return tuple(best)


def _payloads(document: Document) -> Iterator[Payload]:
    """The values that a page's scripts hold: JSON-LD, then the state of whatever draws the page."""
    for attributes, text in document.scripts[:MAX_SCRIPTS]:
        if "ld+json" in (attributes.get("type") or "").lower():
            yield Payload(parse_json(text))
    yield from payloads(document)


def _lists(document: Document) -> Iterator[list[Any]]:
    """Every list of objects in the scripts, breadth first; what a value only names is looked up."""
    seen = 0
    for payload in _payloads(document):
        waiting = deque([payload.value])
        known: set[int] = set()  # values may lie in themselves
        while waiting and seen < MAX_VALUES:
            current = _meant(waiting.popleft(), payload.table)
            seen += 1
            if id(current) in known or not isinstance(current, (dict, list)):
                continue
            known.add(id(current))
            if isinstance(current, dict):
                waiting.extend(inner for inner in current.values() if _may_hold(inner))
                continue
            rows = [_meant(row, payload.table) for row in current[:MAX_ROWS]]
            records = [_filled(row, payload.table) for row in rows if isinstance(row, dict)]
            if len(records) >= LEAST_ROWS:
                yield records
            waiting.extend(inner for inner in rows if isinstance(inner, (dict, list)))


def _may_hold(value: object) -> bool:
    return isinstance(value, (dict, list)) or (isinstance(value, str) and value[:1] == "$" and len(value) < 12)


def _meant(value: Any, table: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON value
    """What a string (``$2b``) or a reference (``{"__ref": id}``) names; any other value is itself."""
    if isinstance(value, str):
        return table.get(value, value) if value[:1] == "$" else value
    if isinstance(value, dict) and table and isinstance(name := value.get("__ref"), str):
        return table.get(name, value)
    return value


def _filled(row: dict[str, Any], table: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _meant(value, table) for name, value in row.items()} if table else row


def _items(rows: list[Any], document: Document, reading: Reading) -> list[ListingItem]:
    items: dict[str, ListingItem] = {}
    own = publisher(document.url)
    for row in rows:
        item = _item(row, document, reading, len(items))
        if item is not None and item.url not in items and publisher(item.url) == own:
            items[item.url] = item
    return list(items.values())


def _item(row: Mapping[str, Any], document: Document, reading: Reading, position: int) -> ListingItem | None:
    """One object as an item, if it or an object just inside it has a title and an address."""
    for source in (row, *(inner for inner in row.values() if isinstance(inner, dict))):
        title = title_text(_text(source, _TITLE) or "")
        address = _text(source, _URL)
        if width(title) < LEAST_TITLE or not address or not ("/" in address or address.startswith("http")):
            continue
        url = normalize_url(address, document.base_url)
        if url is None or url == document.url:
            continue
        shown = read_fragment(_text(source, _SUMMARY) or "").text
        long = len(shown) >= LONG_TEXT
        picture = normalize_url(_text(source, _IMAGE) or "", document.base_url) if _text(source, _IMAGE) else None
        author = _text(source, _AUTHOR)
        return ListingItem(
            url=url,
            title=title,
            published=_moment(source, reading),
            summary=None if long or not shown else shown,
            text=without_more(shown) if long else None,
            truncated=is_cut(shown) if long else False,
            image=Image(url=picture) if picture else None,
            authors=(title_text(author)[:100],) if author else (),
            outlet=title_text(_text(source, _OUTLET) or "")[:100] or None,
            language=reading.language[:20] if reading.language else None,
            position=position,
        )
    return None


def _text(source: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    """The first of these members that is, or whose own name or address is, a text."""
    for name in names:
        value = source.get(name)
        if isinstance(value, list) and value:
            value = value[0]
        if isinstance(value, dict):
            value = next((value[key] for key in _INNER if key in value), None)
        if isinstance(value, str) and value.strip():
            return value.strip()[:20_000]
    return None


def _moment(source: Mapping[str, Any], reading: Reading) -> Moment | None:
    for name in _DATE:
        value = source.get(name)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            value = str(int(value)) if 0 < value < 1e14 else None
        if isinstance(value, str) and (found := reading.parse(value)):
            return found
    return None
