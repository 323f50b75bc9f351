"""JSON Feed 1.0 and 1.1 (jsonfeed.org)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from crawler.extract.charset import decode
from crawler.extract.feed_channel import MAX_HUBS
from crawler.extract.feed_fields import MAX_FIELD_CHARS, NO_ATTRIBUTES, Entry
from crawler.extract.feed_items import MAX_AUTHORS, MAX_ITEMS, MAX_TAGS, FeedReading, items_of, language_of
from crawler.extract.fragment import title_text
from crawler.extract.jsonld import parse_json
from crawler.items import Extraction, FeedHints, Hints, PageKind
from crawler.urls import normalize_url

__all__ = ["json_feed"]


def json_feed(body: bytes, url: str, content_type: str | None, fetched_at: datetime, hints: Hints) -> Extraction | None:
    """JSON Feed 1.0 and 1.1 (jsonfeed.org)."""
    value = parse_json(decode(body, content_type)[0])
    if not isinstance(value, dict) or "jsonfeed.org" not in str(value.get("version")):
        return None
    rows = value.get("items")
    rows = rows[:MAX_ITEMS] if isinstance(rows, list) else []
    home = normalize_url(_string(value, "home_page_url"), url)
    title = title_text(_string(value, "title")) or None
    entries = [_json_entry(row) for row in rows if isinstance(row, dict)]
    language = hints.language or _string(value, "language") or language_of(entries)
    reading = FeedReading(url=url, fetched_at=fetched_at, zone=hints.zone, language=language, outlet=title)
    items = items_of(entries, reading)
    hubs = value.get("hubs")
    told = [_string(one, "url") for one in hubs[:MAX_HUBS] if isinstance(one, dict)] if isinstance(hubs, list) else []
    return Extraction(
        kind=PageKind.FEED,
        reason=f"JSON Feed with {len(items)} of {len(rows)} entries readable",
        items=items,
        hints=FeedHints(
            title=title,
            home=home,
            hubs=tuple(hub for one in told if (hub := normalize_url(one, url))),
            topic=normalize_url(_string(value, "feed_url"), url) if _string(value, "feed_url") else None,
        ),
        confidence=1.0,
    )


def _string(row: Mapping[str, object], name: str) -> str:
    value = row.get(name)
    return value[:MAX_FIELD_CHARS] if isinstance(value, str) else ""


def _json_entry(row: Mapping[str, object]) -> Entry:
    """An entry of a JSON Feed under the names of Atom."""
    entry = Entry(language=_string(row, "language") or None)
    names = (
        ("link", "url"), ("link", "external_url"), ("guid", "id"), ("title", "title"), ("summary", "summary"),
        ("content", "content_html"), ("content", "content_text"), ("published", "date_published"),
        ("updated", "date_modified"), ("image", "image"), ("image", "banner_image"),
    )  # fmt: skip
    for ours, theirs in names:
        if content := _string(row, theirs):
            entry.add(ours, content, NO_ATTRIBUTES)
    authors = row.get("authors")
    for one in [row.get("author"), *(authors[:MAX_AUTHORS] if isinstance(authors, list) else [])]:
        if isinstance(one, dict) and (name := _string(one, "name")):
            entry.add("author", name, NO_ATTRIBUTES)
    tags = row.get("tags")
    if isinstance(tags, list):
        for tag in tags[:MAX_TAGS]:
            if isinstance(tag, str):
                entry.add("category", tag, NO_ATTRIBUTES)
    return entry
