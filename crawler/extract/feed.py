"""Feeds: RSS 0.9 to 2.0, RDF, Atom 0.3 and 1.0, JSON Feed; whatever their markup or charset came to.

A feed whose XML is so broken that its entries swallow each other is read entry by entry from its text.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from urllib.parse import urljoin

from lxml import etree

from crawler.extract.charset import decode
from crawler.extract.dates import parse_date
from crawler.extract.excerpt import LONG_TEXT, is_cut, without_more
from crawler.extract.fragment import read_fragment, title_text
from crawler.extract.jsonld import parse_json
from crawler.extract.xml_source import local_name, read_xml, tag_of, xml_bytes
from crawler.items import Extraction, FeedHints, Hints, Image, ListingItem, Moment, PageKind
from crawler.text import detect_language
from crawler.urls import normalize_url

__all__ = ["parse_feed"]

MAX_ITEMS = 2_000
MAX_FIELDS = 200
MAX_CHILDREN = 2_000
MAX_FIELD_CHARS = 400_000
MAX_TAGS = 30
MAX_AUTHORS = 10
MAX_HUBS = 10
TITLES_READ = 20
LONGEST_SUMMARY = 2_000
"""Characters; more is the text."""

_PROBE = 6_000
_SNIFF = re.compile(rb"<(?:[\w-]{1,20}:)?(?:rss|feed|RDF|channel)[\s>]")
_HTML = re.compile(rb"<(?:html|head|body|!doctype\s+html)[\s>]", re.IGNORECASE)
_ENTRY = re.compile(r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<(?:rss:|atom:)?(item|entry)(?=[\s>])", re.DOTALL)
_ENTRY_SIGN = re.compile(rb"<(?:rss:|atom:)?(?:item|entry)(?=[\s>])")
_RAW_FIELD = re.compile(
    r"<((?:[A-Za-z]{1,20}:)?(?:title|link|description|pubDate|date|encoded|author|creator|category|guid|published|updated"
    r"|issued|created|modified|summary|content|id|origLink|enclosure|thumbnail))"
    r"(\s(?:[^<>\"']|\"[^\"]*\"|'[^']*')*)?(?:/>|>(?:\s*<!\[CDATA\[(.*?)\]\]>\s*</\1\s*>|(.*?)</\1\s*>)?)",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"([\w:-]{1,40})\s{0,5}=\s{0,5}(?:\"([^\"]*)\"|'([^']*)')")

_NAMESPACES = (
    ("purl.org/dc/", "dc"),
    ("purl.org/rss/1.0/modules/content", "content"),
    ("purl.org/rss/1.0/modules/syndication", "sy"),
    ("search.yahoo.com/mrss", "media"),
    ("itunes.com/dtds", "itunes"),
    ("feedburner", "feedburner"),
    ("www.w3.org/1999/xhtml", "xhtml"),
    ("www.w3.org/2005/Atom", "atom"),
    ("purl.org/atom", "atom"),
    ("www.w3.org/1999/02/22-rdf", "rdf"),
)
_PLAIN = frozenset({"rss", "atom", "rdf", ""})
_XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_NO_ONE = frozenset(
    {"admin", "administrator", "관리자", "noreply", "no-reply", "webmaster", "unknown", "editor", "운영자"}
)
_MAIL_AND_NAME = re.compile(r"^[\w.+-]{1,64}@[\w.-]{1,100}\s*\((.{1,100})\)$")
_MAIL = re.compile(r"^[\w.+-]{1,64}@[\w.-]{1,100}$")
_PERIODS = {"hourly": 3_600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}
LONGEST_TOPIC = 2_000
_LONGEST_REFRESH = 31_536_000
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(slots=True)
class _Field:
    """One element: its name with a usual prefix (``itunes:image``; none for RSS and Atom), attributes, content."""

    name: str
    attributes: Mapping[str, str]
    content: str


@dataclass(slots=True)
class _Entry:
    """What an entry or a channel says: of the elements in `_TOLD` the first content that isn't blank, all others."""

    told: dict[str, str] = field(default_factory=dict)
    fields: list[_Field] = field(default_factory=list)
    base: str | None = None
    language: str | None = None
    size: int = 0

    def add(self, name: str, content: str, attributes: Mapping[str, str]) -> None:
        """One more element."""
        self.size += 1
        if name not in _TOLD:
            self.fields.append(_Field(name, attributes, content))
        elif content and name not in self.told and not content.isspace():
            self.told[name] = content

    def first(self, *names: str) -> str | None:
        """Content of the first of these names, which are of `_TOLD`, that has any."""
        for name in names:
            if name in self.told:
                return self.told[name]
        return None

    def every(self, names: frozenset[str]) -> Sequence[_Field]:
        """The fields of these names, none of which is of `_TOLD`, in their own order."""
        return [one for one in self.fields if one.name in names]


@dataclass(frozen=True, slots=True)
class _Reading:
    """What all entries of a feed are read against."""

    url: str
    fetched_at: datetime
    zone: str | None
    language: str | None
    outlet: str | None


def parse_feed(
    body: bytes, url: str, content_type: str | None, fetched_at: datetime, hints: Hints
) -> Extraction | None:
    """The entries of a feed in their order, and what it says of itself; `None` when these bytes are no feed.

    `url` is the address that answered; relative links are read against ``xml:base``, the channel's link or `url`.
    `fetched_at` bounds dates; `hints.zone` is used for those without an offset.
    """
    head = body[:_PROBE].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head[:1] == b"{":
        return _json_feed(body, url, content_type, fetched_at, hints) if b"jsonfeed.org" in body else None
    if head[:14].lower().startswith((b"<!doctype html", b"<html")) or not _SNIFF.search(head.replace(b"\0", b"")):
        return None
    text, charset = decode(body, content_type)
    marked = body.startswith(BOM_UTF8)
    written = xml_bytes(text, body if charset == "utf-8" and not marked and "\ufffd" not in text else None)
    start = _SNIFF.search(written, 0, _PROBE)
    if start is None or _HTML.search(written, 0, start.start()):
        return None
    return _xml_feed(written[start.start() :], url, fetched_at, hints)


# ------------------------------------------------------------------------------------------------------------ XML
CLOSING = 2_000
_CLOSED = re.compile(rb"</\s*(?:\w+:)?(?:rss|channel|feed|rdf)\s*>|<(?:\w+:)?(?:rss|channel|feed|rdf)\b[^<>]*/>", re.I)
"""A feed may be empty, but then it ends: what breaks off before its first entry tells nothing of what there is."""


def _xml_feed(written: bytes, url: str, fetched_at: datetime, hints: Hints) -> Extraction | None:
    root, sound = read_xml(written)
    if root is None:
        return None
    channel = _Entry()
    nodes: list[etree._Element] = []
    _descend(root, channel, nodes)
    if not nodes and not _is_feed_root(root, channel):
        return None
    if not nodes and _CLOSED.search(written, max(0, len(written) - CLOSING)) is None:
        return Extraction(
            kind=PageKind.OTHER,
            reason="a feed that can't be read: its XML breaks off before the first entry",
            confidence=0.9,
        )
    based = b"xml:base" in written
    entries = [_entry(node, url, based) for node in nodes[:MAX_ITEMS]]
    mended = ""
    if not sound and len(_ENTRY_SIGN.findall(written)) > len(nodes):  # perhaps, for some may be written in a text
        text = written.decode("utf-8", "replace")
        promised = sum(1 for found in _ENTRY.finditer(text) if found[1])
        raw = _raw_entries(text) if promised > len(nodes) else []
        if len(raw) > len(entries):
            entries, mended = raw, ", read from broken XML"
    home = _link(channel, url)
    language = hints.language or channel.first("language", "dc:language") or channel.language or _language(entries)
    title = title_text(channel.first("title") or "") or None
    reading = _Reading(
        url=home if home and local_name(root) != "feed" else url,
        fetched_at=fetched_at,
        zone=hints.zone,
        language=language.strip()[:20] if language else None,
        outlet=title,
    )
    items = _items(entries, reading)
    kind = {"feed": "Atom", "RDF": "RSS (RDF)"}.get(local_name(root), "RSS")
    return Extraction(
        kind=PageKind.FEED,
        reason=f"{kind} feed with {len(items)} of {len(entries)} entries readable{mended}",
        items=items,
        hints=FeedHints(
            title=title,
            home=home,
            hubs=_hubs(channel, url),
            topic=_topic(channel, url),
            refresh=_refresh(channel),
            skip_hours=_skipped_hours(channel),
            skip_days=_skipped_days(channel),
        ),
        confidence=1.0 if items or not entries else 0.3,
    )


def _is_feed_root(root: etree._Element, channel: _Entry) -> bool:
    """A feed without entries is still a feed; RDF of other vocabularies is not."""
    name = local_name(root)
    if name in ("rss", "channel"):
        return True
    return name in ("feed", "RDF") and channel.first("title") is not None


def _descend(root: etree._Element, channel: _Entry, nodes: list[etree._Element]) -> None:
    """Sort the elements under root and channel into entries and the feed's own fields."""
    channel.language = root.get(_XML_LANG) or channel.language
    channel.base = root.get(_XML_BASE) or channel.base
    for child in root:
        name = _named(child)
        if name in ("item", "entry"):
            nodes.append(child)
        elif name == "channel":
            channel.language = child.get(_XML_LANG) or channel.language
            for inner in child:
                name = _named(inner)
                if name == "item":
                    nodes.append(inner)
                elif name and channel.size < MAX_FIELDS:
                    _put(channel, inner, name)
        elif name and channel.size < MAX_FIELDS:
            _put(channel, child, name)


def _named(node: etree._Element) -> str:
    """The name of an element with a usual prefix; empty for comments and instructions."""
    tag = node.tag
    return _name(tag) if isinstance(tag, str) else ""


@lru_cache(maxsize=2048)
def _name(tag: str) -> str:
    """``{http://purl.org/dc/elements/1.1/}date`` and an unbound ``dc:date`` alike as ``dc:date``."""
    if tag[0] == "{":
        space, _, local = tag[1:].partition("}")
        prefix = next((short for mark, short in _NAMESPACES if mark in space), "")
    else:
        prefix, _, local = tag.rpartition(":")
    return local if prefix in _PLAIN else f"{prefix}:{local}"


def _put(entry: _Entry, node: etree._Element, name: str) -> None:
    """Add an element to what an entry says."""
    if name not in _TOLD and (told := node.items()):
        entry.add(name, _content(node, name), {key.rpartition("}")[2]: value for key, value in told})
    else:
        entry.add(name, _content(node, name), _NO_ATTRIBUTES)


def _content(node: etree._Element, name: str) -> str:
    if len(node) == 0:
        return (node.text or "")[:MAX_FIELD_CHARS]
    if name in ("skipHours", "skipDays"):
        return " ".join(node.itertext())[:1_000]
    if name in ("author", "contributor"):
        inner = next((child for child in node if _named(child) == "name"), None)
        return ("".join(inner.itertext()) if inner is not None else "".join(node.itertext()))[:1_000]
    if name in ("content", "summary", "description", "content:encoded", "title", "subtitle") and any(
        tag_of(child) for child in node
    ):
        markup = (node.text or "") + "".join(
            etree.tostring(child, encoding="unicode", method="html") for child in node if tag_of(child)
        )
        return markup[:MAX_FIELD_CHARS]
    return "".join(node.itertext())[:MAX_FIELD_CHARS]


_NO_ATTRIBUTES: Mapping[str, str] = {}
_PUBLISHED = ("pubDate", "published", "issued", "dc:date", "created", "date")
_MODIFIED = ("updated", "modified", "dcterms:modified")
_BRIEF = ("description", "summary", "media:description", "itunes:summary")
_WHOLE = ("content:encoded", "content")
_CREDIT = ("media:credit", "media:text")
_OF_A_CHANNEL = ("language", "ttl", "sy:updatePeriod", "sy:updateFrequency", "skipHours", "skipDays")
_TITLES_AND_SUCH = ("title", "media:title", "dc:language", "source", "feedburner:origLink")
_TOLD = frozenset((*_PUBLISHED, *_MODIFIED, *_BRIEF, *_WHOLE, *_CREDIT, *_OF_A_CHANNEL, *_TITLES_AND_SUCH))
"""Elements of which one content is read, and no attribute."""
_LINKS = frozenset({"link", "atom:link"})
_IDENTIFIERS = frozenset({"id", "guid", "about"})
_PICTURES = frozenset({"media:content", "media:thumbnail", "enclosure", "link", "itunes:image", "image"})
_AUTHORS = frozenset({"dc:creator", "author", "itunes:author"})
_TAGS = frozenset({"category", "dc:subject"})
_READ = (_TOLD - {*_OF_A_CHANNEL}) | _LINKS | _IDENTIFIERS | _PICTURES | _AUTHORS | _TAGS | {"media:group"}
"""What is read of an entry; feeds have as much again, of comments and votes."""


def _entry(node: etree._Element, url: str, based: bool) -> _Entry:
    """One entry; `based` tells whether the feed has any ``xml:base``."""
    entry = _Entry(base=_base(node, url) if based else None)
    for child in node[:MAX_CHILDREN]:
        tag = child.tag
        name = _name(tag) if isinstance(tag, str) else ""
        if name not in _READ:
            continue
        if entry.size >= MAX_FIELDS:
            break
        if name == "media:group":
            for inner in child[:MAX_FIELDS]:
                if name := _named(inner):
                    _put(entry, inner, name)
        elif name == "source":
            if (outlet := child.findtext("{*}title") or child.text) and outlet.strip():
                entry.add("source", outlet, _NO_ATTRIBUTES)
        else:
            _put(entry, child, name)
    if told := node.items():
        entry.language = node.get(_XML_LANG)
        if about := next((value for key, value in told if key.endswith("about")), None):
            entry.add("about", about, _NO_ATTRIBUTES)
    return entry


def _base(node: etree._Element, url: str) -> str | None:
    """What ``xml:base`` makes of `url` at this element; `None` when there is none."""
    found = [base for ancestor in (node, *node.iterancestors()) if (base := ancestor.get(_XML_BASE))]
    if not found:
        return None
    for base in reversed(found):
        url = urljoin_safe(url, base)
    return url


def _raw_entries(text: str) -> list[_Entry]:
    """Entries of a feed whose markup is beyond repair: each from its start to the next one's."""
    starts = [found.start() for found in _ENTRY.finditer(text) if found[1]][:MAX_ITEMS]
    entries = []
    for number, start in enumerate(starts):
        end = starts[number + 1] if number + 1 < len(starts) else len(text)
        entry = _Entry()
        for found in _RAW_FIELD.finditer(text, start, min(end, start + MAX_FIELD_CHARS)):
            attributes = {name: double or single for name, double, single in _ATTRIBUTE.findall(found[2] or "")}
            content = found[3] if found[3] is not None else (found[4] or "")
            if found[3] is None and "&" in content:
                content = content.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")
            content = content.replace("<![CDATA[", "").replace("]]>", "")
            prefix, _, local = found[1].rpartition(":")
            name = local if prefix.lower() in _PLAIN else f"{prefix}:{local}"
            entry.add(name, content[:MAX_FIELD_CHARS], attributes)
            if entry.size >= MAX_FIELDS:
                break
        entries.append(entry)
    return entries


# -------------------------------------------------------------------------------------------------------- entries
def _items(entries: Sequence[_Entry], reading: _Reading) -> tuple[ListingItem, ...]:
    """The entries that name a page, the first of each (URL, title)."""
    items: list[ListingItem] = []
    seen: set[tuple[str, str | None]] = set()
    for entry in entries:
        item = _item(entry, reading, len(items))
        if item is not None and (item.url, item.title) not in seen:
            seen.add((item.url, item.title))
            items.append(item)
    return tuple(items)


def _language(entries: Sequence[_Entry]) -> str | None:
    """The language of the titles of a feed that doesn't tell it: where that is written, its clocks are read."""
    return detect_language(" ".join(title_text(entry.first("title") or "") for entry in entries[:TITLES_READ])) or None


def _item(entry: _Entry, reading: _Reading, position: int) -> ListingItem | None:
    url = _link(entry, entry.base or reading.url)
    if url is None:
        return None
    language = entry.language or entry.first("dc:language") or reading.language
    published = _moment(entry, reading, language, _PUBLISHED)
    modified = _moment(entry, reading, language, _MODIFIED)
    summary, text, picture, caption = _texts(entry)
    image = _image(entry, entry.base or reading.url)
    if image is None and picture:
        address = normalize_url(picture, entry.base or url)
        image = Image(url=address, caption=caption) if address else None
    return ListingItem(
        url=url,
        title=_line(entry.first("title", "media:title")),
        published=published or modified,
        modified=modified,
        summary=summary,
        text=text,
        truncated=is_cut(text) if text else False,
        image=image,
        authors=_authors(entry),
        outlet=_line(entry.first("source")),
        tags=_tags(entry),
        language=language.strip()[:20] if language else None,
        position=position,
    )


def _line(markup: str | None) -> str | None:
    return title_text(markup) or None if markup else None


def _link(entry: _Entry, base: str) -> str | None:
    """The page that an entry or channel is about."""
    original = entry.first("feedburner:origLink")
    links = entry.every(_LINKS)
    if original is None and links and not links[0].attributes and len(links) == 1:  # as in nearly all of RSS
        if found := _address(links[0].content, base):
            return found
        links = ()
    candidates = [original] if original else []
    if any(one.attributes for one in links):
        for wanted in ("text/html", None):
            for one in links:
                href, rel = one.attributes.get("href"), one.attributes.get("rel", "alternate")
                if href and rel == "alternate" and (wanted is None or one.attributes.get("type", wanted) == wanted):
                    candidates.append(href)
    candidates += [one.content for one in links if "href" not in one.attributes]
    for candidate in candidates:
        if found := _address(candidate, base):
            return found
    # An identifier is an address only when it is a whole one; a link may be relative.
    for one in entry.every(_IDENTIFIERS):
        if one.content.lstrip().startswith(("http://", "https://")) and (found := _address(one.content, base)):
            return found
    return None


def _address(written: str, base: str) -> str | None:
    address = "".join(written.split())
    if "&amp;" in address:
        address = address.replace("&amp;", "&")
    return normalize_url(address, base) if address else None


def _moment(entry: _Entry, reading: _Reading, language: str | None, names: Sequence[str]) -> Moment | None:
    for name in names:
        if name in entry.told:
            written = entry.told[name]
            found = parse_date(written.strip(), now=reading.fetched_at, zone=reading.zone, language=language)
            if found:
                return found
    return None


def _texts(entry: _Entry) -> tuple[str | None, str | None, str | None, str | None]:
    """Summary, full text, first picture and its caption."""
    short = entry.first(*_BRIEF)
    long = entry.first(*_WHOLE)
    brief = read_fragment(short) if short else None
    whole = read_fragment(long) if long else None
    picture = (whole.image if whole else None) or (brief.image if brief else None)
    caption = (whole.caption if whole else None) or (brief.caption if brief else None)
    summary = without_more(brief.text) if brief and brief.text else None
    text = without_more(whole.text) if whole and whole.text else None
    if summary and (text is None or len(text) < len(summary)) and len(summary) >= LONG_TEXT:
        summary, text = None, summary
    if text is not None and len(text) < LONG_TEXT:
        summary, text = summary or text, None
    return (summary[:LONGEST_SUMMARY].rstrip() if summary else None), text, picture, caption


def _image(entry: _Entry, base: str) -> Image | None:
    for one in entry.every(_PICTURES):
        attributes = one.attributes
        if one.name == "link" and attributes.get("rel") != "enclosure":
            continue
        address = attributes.get("url") or attributes.get("href") or (one.content if one.name == "image" else "")
        kind = attributes.get("type", "")
        picture = one.name in ("media:thumbnail", "itunes:image", "image") or kind.startswith("image/")
        if one.name == "media:content":
            picture = picture or attributes.get("medium") == "image" or (not kind and "medium" not in attributes)
        if not (picture and address.strip()):
            continue
        url = normalize_url(address.strip(), base)
        if url:
            caption = title_text(entry.first(*_CREDIT) or "") if one.name == "media:content" else ""
            return Image(url=url, caption=caption or None)
    return None


def _authors(entry: _Entry) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for one in entry.every(_AUTHORS):
        name = title_text(one.content[:500])
        if "@" in name:
            if found := _MAIL_AND_NAME.match(name):
                name = found[1].strip()
            if _MAIL.match(name):
                continue
        if name and name.lower() not in _NO_ONE:
            names.setdefault(name)
    return tuple(names)[:MAX_AUTHORS]


def _tags(entry: _Entry) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for one in entry.every(_TAGS):
        name = title_text((one.attributes.get("label") or one.content or one.attributes.get("term") or "")[:200])
        if name:
            names.setdefault(name)
    return tuple(names)[:MAX_TAGS]


def _hubs(channel: _Entry, url: str) -> tuple[str, ...]:
    """The WebSub hubs (W3C Recommendation, section 4)."""
    told = [one.attributes for one in channel.every(_LINKS)]
    hrefs = [one.get("href", "") for one in told if "hub" in one.get("rel", "").lower().split()]
    return tuple(dict.fromkeys(hub for href in hrefs if (hub := normalize_url(href, url))))[:MAX_HUBS]


def _topic(channel: _Entry, url: str) -> str | None:
    """A feed's own address as it writes it: its hubs know it by these very letters."""
    for one in channel.every(_LINKS):
        if "self" in one.attributes.get("rel", "").lower().split():
            told = urljoin_safe(url, one.attributes.get("href", ""))[:LONGEST_TOPIC]
            return told if normalize_url(told) is not None else None
    return None


def _refresh(channel: _Entry) -> int | None:
    """Seconds until a feed wants to be read again: RSS's ttl (minutes), else the syndication module's period."""
    told = (channel.first("ttl") or "").strip()
    if told.isdecimal() and 0 < int(told[:9]) * 60 <= _LONGEST_REFRESH:
        return int(told[:9]) * 60
    written = (channel.first("sy:updatePeriod") or "").strip().lower()
    often = (channel.first("sy:updateFrequency") or "").strip()
    period = _PERIODS.get(written or ("daily" if often else ""))  # the module's own default
    if period is None:
        return None
    times = int(often[:6]) if often.isdecimal() else 1
    return max(60, period // max(1, times))


def _skipped_hours(channel: _Entry) -> tuple[int, ...]:
    """Hours of GMT in which a feed needs no reading (RSS 2.0, skipHours); some count them from 1 to 24."""
    told = {int(word) % 24 for word in (channel.first("skipHours") or "").split()[:48] if word.isdecimal()}
    return tuple(sorted(told)) if len(told) < 24 else ()


def _skipped_days(channel: _Entry) -> tuple[int, ...]:
    """Days in which a feed needs no reading (RSS 2.0, skipDays), Monday is 0."""
    words = {word.lower() for word in (channel.first("skipDays") or "").split()[:14]}
    told = tuple(day for day, name in enumerate(_DAYS) if name in words)
    return told if len(told) < 7 else ()


def urljoin_safe(base: str, url: str) -> str:
    """`urljoin`, but `base` where the two make no URL."""
    try:
        return urljoin(base, url.strip())
    except ValueError:
        return base


# ------------------------------------------------------------------------------------------------------ JSON Feed
def _json_feed(
    body: bytes, url: str, content_type: str | None, fetched_at: datetime, hints: Hints
) -> Extraction | None:
    """JSON Feed 1.0 and 1.1 (jsonfeed.org)."""
    value = parse_json(decode(body, content_type)[0])
    if not isinstance(value, dict) or "jsonfeed.org" not in str(value.get("version")):
        return None
    rows = value.get("items")
    rows = rows[:MAX_ITEMS] if isinstance(rows, list) else []
    home = normalize_url(_string(value, "home_page_url"), url)
    title = title_text(_string(value, "title")) or None
    entries = [_json_entry(row) for row in rows if isinstance(row, dict)]
    language = hints.language or _string(value, "language") or _language(entries)
    reading = _Reading(url=url, fetched_at=fetched_at, zone=hints.zone, language=language, outlet=title)
    items = _items(entries, reading)
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


def _json_entry(row: Mapping[str, object]) -> _Entry:
    """An entry of a JSON Feed under the names of Atom."""
    entry = _Entry(language=_string(row, "language") or None)
    names = (
        ("link", "url"), ("link", "external_url"), ("guid", "id"), ("title", "title"), ("summary", "summary"),
        ("content", "content_html"), ("content", "content_text"), ("published", "date_published"),
        ("updated", "date_modified"), ("image", "image"), ("image", "banner_image"),
    )  # fmt: skip
    for ours, theirs in names:
        if content := _string(row, theirs):
            entry.add(ours, content, _NO_ATTRIBUTES)
    authors = row.get("authors")
    for one in [row.get("author"), *(authors[:MAX_AUTHORS] if isinstance(authors, list) else [])]:
        if isinstance(one, dict) and (name := _string(one, "name")):
            entry.add("author", name, _NO_ATTRIBUTES)
    tags = row.get("tags")
    if isinstance(tags, list):
        for tag in tags[:MAX_TAGS]:
            if isinstance(tag, str):
                entry.add("category", tag, _NO_ATTRIBUTES)
    return entry
