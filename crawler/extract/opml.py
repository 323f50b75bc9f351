"""OPML 1.0 and 2.0 subscription lists, as feed readers write them, whatever their markup or charset came to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crawler.extract.charset import decode_list
from crawler.extract.xml_source import local_name, parse_xml, xml_text

if TYPE_CHECKING:
    from lxml import etree

__all__ = ["NAMESPACE", "Outline", "read_opml"]

NAMESPACE = "urn:presswatch:source"
"""What we write of a source beyond what OPML has a word for."""

MAX_OUTLINES = 100_000
MAX_VALUE = 5_000

_PROBE = 4_000
_ROOT = re.compile(r"<opml[\s>]", re.IGNORECASE)
_SUBSCRIPTIONS = frozenset({"rss", "atom", "feed", "link"})
_XML_URL, _HTML_URL = ("xmlUrl", "xmlurl", "xmlURL"), ("htmlUrl", "htmlurl", "htmlURL", "url")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """One subscription: where it stands in the file, a feed or a page, and our own attributes by their bare name.

    One that has lost its URL has neither feed nor page.
    """

    line: int
    title: str | None = None
    feed: str | None = None
    page: str | None = None
    own: Mapping[str, str] = field(default_factory=dict)


def read_opml(body: bytes) -> list[Outline] | None:
    """The subscriptions of a file in their order, folders opened; `None` when it is no OPML."""
    text = decode_list(body)
    start = _ROOT.search(text[:_PROBE])
    if start is None:
        return None
    cut = xml_text(text[start.start() :])
    root = parse_xml(cut)
    if root is None:
        return None
    # Lines are counted from where the root begins.
    before = text.count("\n", 0, start.start())
    found = []
    for node in root.iter("{*}outline"):
        told = {name: value.strip()[:MAX_VALUE] for name, value in node.attrib.items() if value.strip()}
        feed = next((told[name] for name in _XML_URL if name in told), None)
        page = next((told[name] for name in _HTML_URL if name in told), None)
        own = {name.rpartition("}")[2]: value for name, value in told.items() if name.startswith(f"{{{NAMESPACE}}}")}
        if feed is None and page is None and "url" not in own and not _is_subscription(node):
            continue  # a folder
        title = told.get("title") or told.get("text")
        found.append(Outline(line=before + (node.sourceline or 1), title=title, feed=feed, page=page, own=own))
        if len(found) >= MAX_OUTLINES:
            break
    return found if found or local_name(root).lower() == "opml" else None


def _is_subscription(node: etree._Element) -> bool:
    """Whether an outline without a URL was to have one; what holds others is a folder, whatever its type."""
    if node.find("{*}outline") is not None:
        return False
    named = any(name in node.attrib for name in (*_XML_URL, *_HTML_URL))
    return named or node.get("type", "").strip().lower() in _SUBSCRIPTIONS
