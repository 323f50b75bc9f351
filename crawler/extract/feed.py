"""Feeds: RSS 0.9 to 2.0, RDF, Atom 0.3 and 1.0, JSON Feed; whatever their markup or charset came to."""

from __future__ import annotations

from codecs import BOM_UTF8
from datetime import datetime

from crawler.extract.charset import decode
from crawler.extract.feed_items import MAX_ITEMS
from crawler.extract.feed_json import json_feed
from crawler.extract.feed_xml import PROBE, SIGN, xml_feed
from crawler.items import Extraction, Hints

__all__ = ["MAX_ITEMS", "parse_feed"]


def parse_feed(
    body: bytes, url: str, content_type: str | None, fetched_at: datetime, hints: Hints
) -> Extraction | None:
    """The entries of a feed in their order, and what it says of itself; `None` when these bytes are no feed.

    `url` is the address that answered; relative links are read against ``xml:base``, the channel's link or `url`.
    `fetched_at` bounds dates; `hints.zone` is used for those without an offset.
    """
    head = body[:PROBE].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head[:1] == b"{":
        # One that breaks off may do so before it tells its version.
        called_so = b"jsonfeed.org" in body or "feed+json" in (content_type or "").lower()
        return json_feed(body, url, content_type, fetched_at, hints) if called_so else None
    if head[:14].lower().startswith((b"<!doctype html", b"<html")) or not SIGN.search(head.replace(b"\0", b"")):
        return None
    text, charset = decode(body, content_type)
    as_it_came = charset == "utf-8" and not body.startswith(BOM_UTF8) and "\ufffd" not in text
    return xml_feed(text, body if as_it_came else None, url, fetched_at, hints)
