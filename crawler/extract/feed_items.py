"""Entries of a feed as items: address, title, dates, texts, picture, authors, tags."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crawler.extract.dates import date_in_full, parse_date
from crawler.extract.excerpt import LONG_TEXT, is_cut, without_more
from crawler.extract.feed_fields import (
    AUTHORS,
    BRIEF,
    CREDIT,
    IDENTIFIERS,
    LINKS,
    MODIFIED,
    PICTURES,
    PUBLISHED,
    TAGS,
    WHOLE,
    Entry,
)
from crawler.extract.fragment import read_fragment, title_text
from crawler.items import Image, ListingItem, Moment
from crawler.text import detect_language
from crawler.urls import normalize_url

__all__ = ["MAX_ENTRIES", "MAX_ITEMS", "FeedReading", "items_of", "language_of", "left_out", "link_of", "newest"]

MAX_ITEMS = 5_000
"""Entries of one feed that become items: in 10 MB with long texts these take 5 s, records to be stored included."""
MAX_ENTRIES = 100_000
"""Entries that are looked at for the newest of them: more don't fit into what is read of a feed, but as empty ones."""
MAX_TAGS = 30
MAX_AUTHORS = 10
TITLES_READ = 20
LONGEST_SUMMARY = 2_000
"""Characters; more is the text."""
_NO_ONE = frozenset(
    {"admin", "administrator", "관리자", "noreply", "no-reply", "webmaster", "unknown", "editor", "운영자"}
)
_MAIL_AND_NAME = re.compile(r"^[\w.+-]{1,64}@[\w.-]{1,100}\s*\((.{1,100})\)$")
_MAIL = re.compile(r"^[\w.+-]{1,64}@[\w.-]{1,100}$")


@dataclass(frozen=True, slots=True)
class FeedReading:
    """What all entries of a feed are read against."""

    url: str
    fetched_at: datetime
    zone: str | None
    language: str | None


def items_of(entries: Sequence[Entry], reading: FeedReading) -> tuple[ListingItem, ...]:
    """The entries that name a page, the first of each (URL, title)."""
    items: list[ListingItem] = []
    seen: set[tuple[str, str | None]] = set()
    for entry in entries:
        item = _item(entry, reading, len(items))
        if item is not None and (item.url, item.title) not in seen:
            seen.add((item.url, item.title))
            items.append(item)
    return tuple(items)


def newest(entries: Sequence[Entry], fetched_at: datetime) -> Sequence[Entry]:
    """Of more than `MAX_ITEMS` entries the newest, in the feed's order; what tells no date in full may be new.

    Where most tell none, the first and the last: what is new stands at one of the ends.
    """
    if len(entries) <= MAX_ITEMS:
        return entries
    told = [entry.first(*PUBLISHED, *MODIFIED) for entry in entries]
    dates = [date_in_full(written.strip(), fetched_at) if written else None for written in told]
    if 2 * dates.count(None) > len(dates):
        half = MAX_ITEMS // 2
        return [*entries[:half], *entries[half - MAX_ITEMS :]]
    times = [moment.utc.timestamp() if moment else math.inf for moment in dates]
    kept = sorted(range(len(times)), key=times.__getitem__, reverse=True)[:MAX_ITEMS]
    return [entries[place] for place in sorted(kept)]


def left_out(left: int) -> str:
    """What is said of a feed of which so many entries were not read."""
    return f"; {left} more are left out, the oldest as far as dates tell" if left else ""


def language_of(entries: Sequence[Entry]) -> str | None:
    """The language of the titles of a feed that doesn't tell it: where that is written, its clocks are read."""
    return detect_language(" ".join(title_text(entry.first("title") or "") for entry in entries[:TITLES_READ])) or None


def _item(entry: Entry, reading: FeedReading, position: int) -> ListingItem | None:
    url = link_of(entry, entry.base or reading.url)
    if url is None:
        return None
    language = entry.language or entry.first("dc:language") or reading.language
    published = _moment(entry, reading, language, PUBLISHED)
    modified = _moment(entry, reading, language, MODIFIED)
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


def link_of(entry: Entry, base: str) -> str | None:
    """The page that an entry or channel is about."""
    original = entry.first("feedburner:origLink")
    links = entry.every(LINKS)
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
    for one in entry.every(IDENTIFIERS):
        if one.content.lstrip().startswith(("http://", "https://")) and (found := _address(one.content, base)):
            return found
    return None


def _address(written: str, base: str) -> str | None:
    address = "".join(written.split())
    if "&amp;" in address:
        address = address.replace("&amp;", "&")
    return normalize_url(address, base) if address else None


def _moment(entry: Entry, reading: FeedReading, language: str | None, names: Sequence[str]) -> Moment | None:
    for name in names:
        if name in entry.told:
            written = entry.told[name]
            found = parse_date(written.strip(), now=reading.fetched_at, zone=reading.zone, language=language)
            if found:
                return found
    return None


def _texts(entry: Entry) -> tuple[str | None, str | None, str | None, str | None]:
    """Summary, full text, first picture and its caption."""
    short = entry.first(*BRIEF)
    long = entry.first(*WHOLE)
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


def _image(entry: Entry, base: str) -> Image | None:
    for one in entry.every(PICTURES):
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
            caption = title_text(entry.first(*CREDIT) or "") if one.name == "media:content" else ""
            return Image(url=url, caption=caption or None)
    return None


def _authors(entry: Entry) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for one in entry.every(AUTHORS):
        name = title_text(one.content[:500])
        if "@" in name:
            if found := _MAIL_AND_NAME.match(name):
                name = found[1].strip()
            if _MAIL.match(name):
                continue
        if name and name.lower() not in _NO_ONE:
            names.setdefault(name)
    return tuple(names)[:MAX_AUTHORS]


def _tags(entry: Entry) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for one in entry.every(TAGS):
        name = title_text((one.attributes.get("label") or one.content or one.attributes.get("term") or "")[:200])
        if name:
            names.setdefault(name)
    return tuple(names)[:MAX_TAGS]
