"""Links of search engines that lead on to an article: where to, as far as the link itself says. Pure."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from crawler.urls import normalize_url

_PARAMETERS: Final = {
    # Host and path of what leads on, and the parameter that says where to.
    ("www.bing.com", "/news/apiclick.aspx"): "url",
    ("www.google.com", "/url"): "url",
    ("www.google.co.kr", "/url"): "url",
}
_GOOGLE_NEWS = re.compile(r"/(?:rss/)?articles/([A-Za-z0-9_-]{16,2000})")
_URL = re.compile(rb"https?://[\x21-\x7e]{4,2000}")


def onward(url: str) -> str | None:
    """Where the link leads; itself when it is no link of a search engine, `None` when only a browser can follow it.

    Google News wrote the article's URL into its ids (base64 of a protocol buffer) until 2024; the ids since then are
    resolved by a script on its page.
    """
    if "google." not in url and "bing." not in url:
        return url
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    host = parts.hostname or ""
    name = _PARAMETERS.get((host, parts.path.lower()))
    if name is None and host == "bing.com":
        name = _PARAMETERS.get(("www.bing.com", parts.path.lower()))
    if name is not None:
        told = dict(parse_qsl(parts.query)[:50])
        return normalize_url(told.get(name) or told.get("q") or "")
    if host != "news.google.com":
        return url
    match = _GOOGLE_NEWS.match(parts.path)
    return _decoded(match[1]) if match is not None else url


def _decoded(name: str) -> str | None:
    try:
        told = base64.urlsafe_b64decode(name + "=" * (-len(name) % 4))
    except (binascii.Error, ValueError):
        return None
    # A string field stands behind its length; the AMP form of the URL may follow as a field of its own.
    start = told.find(b"\x22")
    if start < 0 or start + 2 > len(told):
        return None
    length, at = told[start + 1], start + 2
    if length > 127 and at < len(told):
        length, at = (length & 127) | (told[at] << 7), at + 1
    match = _URL.fullmatch(told[at : at + length])
    return normalize_url(match[0].decode("ascii")) if match is not None else None
