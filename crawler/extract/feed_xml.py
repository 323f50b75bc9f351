"""RSS, RDF and Atom: an XML text to the items of a feed and what it says of itself."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime

from lxml import etree

from crawler.extract.feed_broken import breaks_off, swallowed_entries, without_open_field
from crawler.extract.feed_channel import (
    hubs_of,
    refresh_of,
    skipped_days,
    skipped_hours,
    topic_of,
    urljoin_safe,
)
from crawler.extract.feed_events import read_sound
from crawler.extract.feed_fields import (
    MAX_CHILDREN,
    MAX_FIELD_CHARS,
    MAX_FIELDS,
    NO_ATTRIBUTES,
    OF_A_CHANNEL,
    OF_AN_ENTRY,
    TOLD,
    XML_SPACE,
    Entry,
    Told,
    usual_name,
)
from crawler.extract.feed_items import (
    MAX_ENTRIES,
    FeedReading,
    items_of,
    language_of,
    left_out,
    link_of,
    newest,
)
from crawler.extract.fragment import title_text
from crawler.extract.xml_source import BREAKS_OFF, MAX_CHARS, TOO_LONG, local_name, read_xml, tag_of, xml_bytes
from crawler.items import Extraction, FeedHints, Hints, PageKind

__all__ = ["PROBE", "SIGN", "xml_feed"]

PROBE = 6_000
"""Bytes within which a feed's root begins."""
SIGN = re.compile(rb"<(?:[\w-]{1,20}:)?(?:rss|feed|RDF|channel)[\s>]")
_HTML = re.compile(rb"<(?:html|head|body|!doctype\s+html)[\s>]", re.IGNORECASE)
CLOSING = 2_000
_CLOSED = re.compile(rb"</\s*(?:\w+:)?(?:rss|channel|feed|rdf)\s*>|<(?:\w+:)?(?:rss|channel|feed|rdf)\b[^<>]*/>", re.I)
"""A feed may be empty, but then it ends: what breaks off before its first entry tells nothing of what there is."""
_XML_BASE, _XML_LANG = f"{{{XML_SPACE}}}base", f"{{{XML_SPACE}}}lang"


def xml_feed(text: str, utf8: bytes | None, url: str, fetched_at: datetime, hints: Hints) -> Extraction | None:
    """The feed that an XML text is; `None` when it is none. `utf8` is the whole text where it is at hand."""
    if utf8 is None:
        with suppress(UnicodeEncodeError):
            utf8 = text.encode()
    start = _start(utf8) if utf8 is not None and len(text) <= MAX_CHARS else None
    told: Told | Extraction | None = None
    if utf8 is not None and start is not None and b"xml:base" not in utf8:
        told = read_sound(utf8[start:])
    if told is None:
        told = _read_any(text, utf8, url)
    if told is None or isinstance(told, Extraction):
        return told
    channel, entries = told.channel, newest(told.entries, fetched_at)
    left = told.left + len(told.entries) - len(entries)
    too_long = len(text) > MAX_CHARS
    home = link_of(channel, url)
    language = hints.language or channel.first("language", "dc:language") or channel.language or language_of(entries)
    title = title_text(channel.first("title") or "") or None
    reading = FeedReading(
        url=home if home and told.root != "feed" else url,
        fetched_at=fetched_at,
        zone=hints.zone,
        language=language.strip()[:20] if language else None,
    )
    items = items_of(entries, reading)
    kind = {"feed": "Atom", "RDF": "RSS (RDF)"}.get(told.root, "RSS")
    lacks = (BREAKS_OFF if told.cut else "") + (TOO_LONG if too_long else "") + left_out(left)
    return Extraction(
        kind=PageKind.FEED,
        reason=f"{kind} feed with {len(items)} of {len(entries)} entries readable{told.mended}{lacks}",
        items=items,
        hints=FeedHints(
            title=title,
            home=home,
            hubs=hubs_of(channel, url),
            topic=topic_of(channel, url),
            refresh=refresh_of(channel),
            skip_hours=skipped_hours(channel),
            skip_days=skipped_days(channel),
        ),
        confidence=1.0 if items or not entries else 0.3,
        cut=told.cut,
        overlong=too_long or left > 0,
    )


def _read_any(text: str, utf8: bytes | None, url: str) -> Told | Extraction | None:
    """What a feed tells whatever its XML came to; an extraction where that is known to be nothing."""
    written = xml_bytes(text, utf8)
    start = _start(written)
    if start is None:
        return None
    written = written[start:]
    root, sound = read_xml(written)
    if root is None:
        return None
    told = Told(local_name(root))
    nodes: list[etree._Element] = []
    _descend(root, told.channel, nodes)
    if not nodes and not told.is_feed:
        return None
    if not nodes and _CLOSED.search(written, max(0, len(written) - CLOSING)) is None:
        return Extraction(
            kind=PageKind.OTHER,
            reason="a feed that can't be read: its XML breaks off before the first entry",
            confidence=0.9,
        )
    if not sound and breaks_off(written, told.root):
        told.cut = len(text) <= MAX_CHARS  # what our own bound leaves is no fault of the site
        if nodes:
            without_open_field(nodes[-1], written)
    based = b"xml:base" in written
    told.entries = [_entry(node, _base(node, url) if based else None) for node in nodes[:MAX_ENTRIES]]
    told.left = max(0, len(nodes) - MAX_ENTRIES)
    if not sound:
        raw, left = swallowed_entries(written, len(nodes))
        if len(raw) > len(told.entries):
            told.entries, told.left, told.mended = raw, left, ", read from broken XML"
    return told


def _start(written: bytes) -> int | None:
    """Where a feed's root begins; `None` where none does, or a page begins before it."""
    found = SIGN.search(written, 0, PROBE)
    return None if found is None or _HTML.search(written, 0, found.start()) else found.start()


def _descend(root: etree._Element, channel: Entry, nodes: list[etree._Element]) -> None:
    """Sort the elements under root and channel into entries and the feed's own fields."""
    channel.language = root.get(_XML_LANG) or channel.language
    channel.base = root.get(_XML_BASE) or channel.base
    for child in root:
        name = _name(child)
        if name in ("item", "entry"):
            nodes.append(child)
        elif name == "channel":
            channel.language = child.get(_XML_LANG) or channel.language
            for inner in child:
                name = _name(inner)
                if name == "item":
                    nodes.append(inner)
                elif name in OF_A_CHANNEL and channel.size < MAX_FIELDS:
                    _put(channel, inner, name)
        elif name in OF_A_CHANNEL and channel.size < MAX_FIELDS:
            _put(channel, child, name)


def _name(node: etree._Element) -> str:
    """The name of an element with a usual prefix; empty for comments and instructions."""
    tag = tag_of(node)
    return usual_name(tag) if tag else ""


def _entry(node: etree._Element, base: str | None) -> Entry:
    """One entry, of which links are read against `base`."""
    entry = Entry(base=base)
    for child in node[:MAX_CHILDREN]:
        name = _name(child)
        if name not in OF_AN_ENTRY:
            continue
        if entry.size >= MAX_FIELDS:
            break
        if name == "media:group":
            for inner in child[:MAX_FIELDS]:
                if (name := _name(inner)) in OF_AN_ENTRY:
                    _put(entry, inner, name)
        elif name == "source":
            if (outlet := child.findtext("{*}title") or child.text) and outlet.strip():
                entry.add("source", outlet, NO_ATTRIBUTES)
        else:
            _put(entry, child, name)
    if told := node.items():
        entry.language = node.get(_XML_LANG)
        if about := next((value for key, value in told if key.endswith("about")), None):
            entry.add("about", about, NO_ATTRIBUTES)
    return entry


def _put(entry: Entry, node: etree._Element, name: str) -> None:
    """Add an element to what an entry says."""
    content = _mixed(node, name) if len(node) else node.text or ""
    if name not in TOLD and (told := node.items()):
        entry.add(name, content[:MAX_FIELD_CHARS], {key.rpartition("}")[2]: value for key, value in told})
    else:
        entry.add(name, content[:MAX_FIELD_CHARS], NO_ATTRIBUTES)


def _mixed(node: etree._Element, name: str) -> str:
    """What an element holds besides text: markup of texts, else the text of all in it."""
    if name in ("skipHours", "skipDays"):
        return " ".join(node.itertext())[:1_000]
    if name in ("author", "contributor"):
        inner = next((child for child in node if _name(child) == "name"), None)
        return ("".join(inner.itertext()) if inner is not None else "".join(node.itertext()))[:1_000]
    if name in ("content", "summary", "description", "content:encoded", "title", "subtitle") and any(
        tag_of(child) for child in node
    ):
        return (node.text or "") + "".join(
            etree.tostring(child, encoding="unicode", method="html") for child in node if tag_of(child)
        )
    return "".join(node.itertext())


def _base(node: etree._Element, url: str) -> str | None:
    """What ``xml:base`` makes of `url` at this element; `None` when there is none."""
    found = [base for ancestor in (node, *node.iterancestors()) if (base := ancestor.get(_XML_BASE))]
    if not found:
        return None
    for base in reversed(found):
        url = urljoin_safe(url, base)
    return url
