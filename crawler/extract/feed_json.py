"""JSON Feed 1.0 and 1.1 (jsonfeed.org), whole, or as far as it goes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import orjson

from crawler.extract.charset import decode
from crawler.extract.feed_channel import MAX_HUBS
from crawler.extract.feed_fields import MAX_FIELD_CHARS, NO_ATTRIBUTES, Entry
from crawler.extract.feed_items import (
    MAX_AUTHORS,
    MAX_ENTRIES,
    MAX_TAGS,
    FeedReading,
    items_of,
    language_of,
    left_out,
    newest,
)
from crawler.extract.fragment import title_text
from crawler.extract.jsonld import MAX_BLOCK_CHARS, parse_json
from crawler.extract.xml_source import BREAKS_OFF, MAX_CHARS, TOO_LONG
from crawler.items import Extraction, FeedHints, Hints, PageKind
from crawler.urls import normalize_url

__all__ = ["json_feed"]

MAX_PARTS = 500_000
"""Objects and lists of a long text: each takes a hundred times the memory of its two letters."""
_BROKEN = "; its JSON can't be read from character {place} on, and what stands behind is not known"
_OPEN = re.compile(r"[\\\w.+-]{0,10}\Z")
"""What is left of a text that ends within a word, a number or an escape."""
_BETWEEN = re.compile(r"[\s,]*+")
_COLON = re.compile(r"\s*+:\s*+")
_DECODER = json.JSONDecoder(strict=False)


@dataclass(slots=True)
class _Read:
    """The members of a feed's object, of its items those that are whole; `lacks` says why there may be more items.

    `ended`: the object was read to its end, all its members are known.
    """

    members: dict[str, object] = field(default_factory=dict)
    ended: bool = True
    lacks: str = ""


def json_feed(body: bytes, url: str, content_type: str | None, fetched_at: datetime, hints: Hints) -> Extraction | None:
    """The feed that a JSON text is; `None` when it is none.

    One that breaks off gives the items that are whole before that, and says so.
    """
    text = decode(body, content_type)[0]
    read = _read(text)
    value, lacks = read.members, read.lacks
    if "jsonfeed.org" not in str(value.get("version", "" if read.ended else "jsonfeed.org")):
        return None
    rows = value.get("items")
    rows = rows if isinstance(rows, list) else []
    if lacks and not rows:
        return Extraction(
            kind=PageKind.OTHER,
            reason=f"a JSON Feed of which no entry can be read{lacks}",
            confidence=0.9,
        )
    home = normalize_url(_string(value, "home_page_url"), url)
    title = title_text(_string(value, "title")) or None
    told = [_json_entry(row) for row in rows[:MAX_ENTRIES] if isinstance(row, dict)]
    entries = newest(told, fetched_at)
    left = max(0, len(rows) - MAX_ENTRIES) + len(told) - len(entries)
    language = hints.language or _string(value, "language") or language_of(entries)
    items = items_of(entries, FeedReading(url=url, fetched_at=fetched_at, zone=hints.zone, language=language))
    hubs = value.get("hubs")
    named = [_string(one, "url") for one in hubs[:MAX_HUBS] if isinstance(one, dict)] if isinstance(hubs, list) else []
    return Extraction(
        kind=PageKind.FEED,
        reason=f"JSON Feed with {len(items)} of {len(rows) - left} entries readable{lacks}{left_out(left)}",
        items=items,
        hints=FeedHints(
            title=title,
            home=home,
            hubs=tuple(hub for one in named if (hub := normalize_url(one, url))),
            topic=normalize_url(_string(value, "feed_url"), url) if _string(value, "feed_url") else None,
        ),
        confidence=1.0,
        cut=lacks not in ("", TOO_LONG),
        overlong=lacks == TOO_LONG or left > 0,
    )


def _read(text: str) -> _Read:
    """What a JSON text holds: all of it where it is sound or can be repaired, else what is whole."""
    if len(text) <= MAX_BLOCK_CHARS:
        try:
            value = orjson.loads(text)
        except orjson.JSONDecodeError:
            pass
        else:
            return _Read(value if isinstance(value, dict) else {})
    too_long = len(text) > MAX_CHARS
    if too_long:
        text = text[:MAX_CHARS]
    if len(text) > MAX_BLOCK_CHARS and text.count("{") + text.count("[") > MAX_PARTS:
        return _Read()
    read, stopped = _whole_members(text)
    if stopped is None:
        return read
    if too_long:
        read.lacks = TOO_LONG
    elif _OPEN.match(text, stopped):
        read.lacks = BREAKS_OFF
    elif isinstance(value := parse_json(text), dict):
        return _Read(value)
    else:
        read.lacks = _BROKEN.format(place=stopped)
    return read


def _whole_members(text: str) -> tuple[_Read, int | None]:
    """The members and items before the first that can't be read, and where that can't be: at the end of the text where
    it ends too soon; `None` when nothing was left unread.
    """
    members: dict[str, object] = {}
    place = text.find("{") + 1
    listed = False
    try:
        while not text.startswith("}", place := _behind(_BETWEEN, text, place)):
            name, place = _DECODER.raw_decode(text, place)
            place = _behind(_COLON, text, place)
            if name == "items" and text.startswith("[", place):
                rows: list[object] = []
                members["items"] = rows
                place += 1
                while not text.startswith("]", place := _behind(_BETWEEN, text, place)):
                    row, place = _DECODER.raw_decode(text, place)
                    rows.append(row)
                place += 1
                listed = True
            else:
                members[str(name)], place = _DECODER.raw_decode(text, place)
    except json.JSONDecodeError as error:
        place = len(text) if error.msg.startswith("Unterminated string") else error.pos
    except (ValueError, RecursionError):
        pass
    else:
        return _Read(members), None
    return _Read(members, ended=False), None if listed else place


def _behind(pattern: re.Pattern[str], text: str, place: int) -> int:
    found = pattern.match(text, place)
    if found is None:
        raise json.JSONDecodeError("Expecting ':' delimiter", text, place)
    return found.end()


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
