"""Feeds whose XML is beyond repair, or breaks off: what can be read of them all the same."""

from __future__ import annotations

import re

from lxml import etree

from crawler.extract.feed_fields import MAX_FIELD_CHARS, MAX_FIELDS, PLAIN_PREFIXES, Entry
from crawler.extract.feed_items import MAX_ENTRIES
from crawler.extract.xml_source import tag_of

__all__ = ["breaks_off", "swallowed_entries", "without_open_field"]

_ENTRY = re.compile(r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<(?:rss:|atom:)?(item|entry)(?=[\s>])", re.DOTALL)
_ENTRY_SIGN = re.compile(rb"<(?:rss:|atom:)?(?:item|entry)(?=[\s>])")
_ENTRY_END = re.compile(rb"</(?:[\w-]{1,20}:)?(?:item|entry)\s*>")
_END = re.compile(rb"</\s*(?:[\w-]{1,20}:)?(?:rss|channel|feed|rdf)\s*>", re.IGNORECASE)
_RDF_END = re.compile(rb"</\s*(?:[\w-]{1,20}:)?rdf\s*>", re.IGNORECASE)
_RAW_FIELD = re.compile(
    r"<((?:[A-Za-z]{1,20}:)?(?:title|link|description|pubDate|date|encoded|author|creator|category|guid|published|updated"
    r"|issued|created|modified|summary|content|id|origLink|enclosure|thumbnail))"
    r"(\s(?:[^<>\"']|\"[^\"]*\"|'[^']*')*)?(?:/>|>(?:\s*<!\[CDATA\[(.*?)\]\]>\s*</\1\s*>|(.*?)</\1\s*>)?)",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"([\w:-]{1,40})\s{0,5}=\s{0,5}(?:\"([^\"]*)\"|'([^']*)')")


def breaks_off(written: bytes, root: str) -> bool:
    """Whether a feed whose XML isn't sound ends before it is over: no end of it, by its root's name, after all entries.

    Of RSS the end of its channel will do. What is broken in its midst and closed at its end is all there.
    """
    last = _last_entry(written)
    return (_RDF_END if root == "RDF" else _END).search(written, max(0, last)) is None


def without_open_field(entry: etree._Element, written: bytes) -> None:
    """Take from the last entry of a feed that breaks off what was not at its end: half an address leads elsewhere."""
    start = _last_entry(written)
    last = next((child for child in reversed(entry) if tag_of(child)), None)
    if start < 0 or last is None or _ENTRY_END.search(written, start) is not None:
        return
    local = tag_of(last).rpartition("}")[2]
    name = (f"{last.prefix}:{local}" if last.prefix else local).encode()
    begun = written.rfind(b"<" + name, start)
    ended = re.compile(rb"<[^<>]*/>").match(written, begun) or written.find(b"</" + name, begun) >= 0
    if begun >= 0 and not ended:
        entry.remove(last)


def _last_entry(written: bytes) -> int:
    """Where the last entry begins, -1 for none."""
    return max((found.start() for found in _ENTRY_SIGN.finditer(written)), default=-1)


def swallowed_entries(written: bytes, read: int) -> tuple[list[Entry], int]:
    """All entries, each from its start to the next one's, where that gives more than were `read` from the tree; and how
    many more there are than may be read.
    """
    if len(_ENTRY_SIGN.findall(written)) <= read:
        return [], 0
    text = written.decode("utf-8", "replace")
    # Some may be written in a text.
    starts = [found.start() for found in _ENTRY.finditer(text) if found[1]]
    if len(starts) <= read:
        return [], 0
    return _raw_entries(text, starts[:MAX_ENTRIES]), max(0, len(starts) - MAX_ENTRIES)


def _raw_entries(text: str, starts: list[int]) -> list[Entry]:
    entries = []
    for number, start in enumerate(starts):
        end = starts[number + 1] if number + 1 < len(starts) else len(text)
        entry = Entry()
        for found in _RAW_FIELD.finditer(text, start, min(end, start + MAX_FIELD_CHARS)):
            attributes = {name: double or single for name, double, single in _ATTRIBUTE.findall(found[2] or "")}
            content = found[3] if found[3] is not None else (found[4] or "")
            if found[3] is None and "&" in content:
                content = content.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")
            content = content.replace("<![CDATA[", "").replace("]]>", "")
            prefix, _, local = found[1].rpartition(":")
            name = local if prefix.lower() in PLAIN_PREFIXES else f"{prefix}:{local}"
            entry.add(name, content[:MAX_FIELD_CHARS], attributes)
            if entry.size >= MAX_FIELDS:
                break
        entries.append(entry)
    return entries
