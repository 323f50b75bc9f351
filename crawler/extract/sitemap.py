"""Sitemaps (sitemaps.org 0.9): url sets with Google's news and image parts, indexes, plain lists; also gzipped."""

from __future__ import annotations

import re
import zlib
from datetime import datetime

from lxml import etree

from crawler.extract.charset import decode
from crawler.extract.dates import parse_date
from crawler.extract.fragment import title_text
from crawler.extract.xml_source import BREAKS_OFF, MAX_CHARS, TOO_LONG, local_name, read_xml, xml_text
from crawler.items import Extraction, Hints, Image, ListingItem, Moment, PageKind
from crawler.urls import normalize_url

__all__ = ["parse_sitemap"]

MAX_ROWS = 50_000
"""The protocol's own limit."""

MAX_BYTES = 52_428_800
"""The protocol's own limit for one sitemap, uncompressed."""

MAX_TAGS = 30

_OF_THE_PAGE = frozenset({"url", "sitemap", "news"})
_PROBE = 4_000
_SNIFF = re.compile(rb"<(?:[\w-]{1,20}:)?(?:urlset|sitemapindex)[\s>]")
_ROOT = re.compile(r"<(?:[\w-]{1,20}:)?(?:urlset|sitemapindex)[\s>]")
_END = re.compile(r"</\s{0,9}(?:[\w-]{1,20}:)?(?:urlset|sitemapindex)\s{0,9}>")
_ROW_END = re.compile(r"</\s{0,9}(?:[\w-]{1,20}:)?(?:url|sitemap)\s{0,9}>")
_LINE = re.compile(r"https?://[^\s<>\"]{4,2000}")


def parse_sitemap(body: bytes, url: str, fetched_at: datetime, hints: Hints) -> Extraction | None:
    """The pages of a sitemap, or the sitemaps (`children`) of an index; `None` when these bytes are neither.

    A news sitemap's publication date is `published`, a row's lastmod `modified`.
    """
    if body[:2] == b"\x1f\x8b":
        body = _gunzipped(body)
    head = body[:_PROBE].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not _SNIFF.search(head.replace(b"\0", b"")):
        return _plain_list(body, url)
    decoded = decode(body, None)[0]
    text = xml_text(decoded)
    start = _ROOT.search(text[:_PROBE])
    root, sound = read_xml(text[start.start() :]) if start else (None, False)
    if root is None:
        return None
    ends = sound or _END.search(text) is not None
    cut = not ends and len(decoded) <= MAX_CHARS  # what our own bound leaves is no fault of the site
    nodes = root[:]
    if not ends and nodes and _ROW_END.search(text, text.rfind("loc>")) is None:
        nodes.pop()  # half an address leads elsewhere
    left = len(nodes) - MAX_ROWS
    if left > 0:
        # What is new stands at one of the ends.
        del nodes[MAX_ROWS // 2 : MAX_ROWS // 2 + left]
    rows = [_row(node, url, fetched_at, hints, position) for position, node in enumerate(nodes)]
    items = tuple(row for row in rows if row is not None)
    too_long = len(decoded) > MAX_CHARS
    told = (BREAKS_OFF if cut else "") + (TOO_LONG if too_long else "")
    if left > 0:
        told += f"; {left} rows in its midst are left out, a sitemap has {MAX_ROWS:,} at most"
    if local_name(root) == "sitemapindex":
        return Extraction(
            kind=PageKind.SITEMAP_INDEX,
            reason=f"sitemap index of {len(items)} sitemaps{told}",
            children=items,
            confidence=1.0,
            cut=cut,
            overlong=too_long or left > 0,
        )
    news = sum(1 for item in items if item.title)
    return Extraction(
        kind=PageKind.SITEMAP,
        reason=f"sitemap of {len(items)} pages" + (f", {news} of them news" if news else "") + told,
        items=items,
        confidence=1.0,
        cut=cut,
        overlong=too_long or left > 0,
    )


def _gunzipped(body: bytes) -> bytes:
    """The content of a gzip file, as much of it as is sound, at most `MAX_BYTES`."""
    stream = zlib.decompressobj(wbits=31)
    try:
        return stream.decompress(body, MAX_BYTES)
    except zlib.error:
        return b""


def _row(node: etree._Element, base: str, fetched_at: datetime, hints: Hints, position: int) -> ListingItem | None:
    """One ``<url>`` or ``<sitemap>``; `None` for anything else and for rows without a usable address."""
    if local_name(node) not in ("url", "sitemap"):
        return None
    words: dict[str, str] = {}
    for child in node.iterdescendants():
        name = local_name(child)
        if name and child.text:
            parent = child.getparent()
            inside = local_name(parent) if parent is not None else ""
            # A picture's or a video's title and date are not the page's.
            key = name if inside in _OF_THE_PAGE else f"{inside}:{name}"
            words.setdefault(key, child.text.strip())
    url = normalize_url(words.get("loc", ""), base)
    if url is None:
        return None
    language = words.get("publication:language") or hints.language
    picture = normalize_url(words["image:loc"], base) if "image:loc" in words else None
    keywords = words.get("keywords", "")
    return ListingItem(
        url=url,
        title=title_text(words.get("title", "")) or None,
        published=_moment(words.get("publication_date"), fetched_at, hints.zone, language),
        modified=_moment(words.get("lastmod"), fetched_at, hints.zone, language),
        image=Image(url=picture, caption=title_text(words.get("image:caption", "")) or None) if picture else None,
        outlet=title_text(words.get("publication:name", "")) or None,
        tags=tuple(dict.fromkeys(tag.strip() for tag in keywords.split(",") if tag.strip()))[:MAX_TAGS],
        language=language[:20] if language else None,
        position=position,
    )


def _moment(written: str | None, now: datetime, zone: str | None, language: str | None) -> Moment | None:
    return parse_date(written, now=now, zone=zone, language=language) if written else None


def _plain_list(body: bytes, base: str) -> Extraction | None:
    """A text file of one URL a line."""
    if b"<" in body[:_PROBE] or b"http" not in body[:_PROBE]:
        return None
    lines = [line.strip() for line in decode(body[:MAX_BYTES], None)[0].splitlines()[: MAX_ROWS + 1]]
    lines = [line for line in lines if line]
    if not lines or not all(_LINE.fullmatch(line) for line in lines[:50]):
        return None
    urls = dict.fromkeys(url for line in lines[:MAX_ROWS] if (url := normalize_url(line, base)))
    items = tuple(ListingItem(url=url, position=position) for position, url in enumerate(urls))
    return Extraction(kind=PageKind.SITEMAP, reason=f"plain list of {len(items)} pages", items=items, confidence=1.0)
