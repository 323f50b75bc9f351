"""Atom (RFC 4287), the whole text in ``content``. The feed's own ``updated`` stands at the end, when it is known."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import BinaryIO

from crawler.export.formats import About, BrokenRow
from crawler.export.xml_feed import XmlStream, paragraphs
from crawler.items import ArticleRow


class Atom:
    """Writes each entry at once."""

    def __init__(self, stream: BinaryIO, about: About) -> None:
        self._xml = XmlStream(stream)
        self._latest = datetime(1970, 1, 1, tzinfo=UTC)
        self._xml.begin("feed", {"xmlns": "http://www.w3.org/2005/Atom"})
        self._xml.text("title", about.title)
        self._xml.text("id", _id(about))
        self._xml.empty("link", {"rel": "alternate", "href": about.link})
        self._xml.text("generator", "presswatch")

    def write(self, row: ArticleRow) -> list[BrokenRow]:
        """Write one entry."""
        xml = self._xml
        published = row.published.utc if row.published is not None else row.first_seen
        updated = max(row.modified.utc, published) if row.modified is not None else published
        self._latest = max(self._latest, updated)
        with xml.element("entry", {"xml:lang": row.lang} if row.lang else None):
            xml.text("id", f"urn:presswatch:{row.id}")
            xml.text("title", row.title or row.url)
            xml.empty("link", {"rel": "alternate", "href": row.url})
            xml.text("published", published.isoformat())
            xml.text("updated", updated.isoformat())
            # RFC 4287, 4.2.1: an entry has an author, or its feed has.
            for author in row.authors or (row.site or row.source or "unknown",):
                with xml.element("author"):
                    xml.text("name", author)
            for word in dict.fromkeys((*row.topics, *row.tags)):
                xml.empty("category", {"term": word})
            xml.text("summary", row.summary)
            xml.text("content", paragraphs(row), {"type": "html"})
        return []

    def finish(self) -> list[BrokenRow]:
        """End the feed."""
        self._xml.text("updated", self._latest.isoformat())
        self._xml.end("feed")
        return []

    def abandon(self) -> None:
        """Nothing is written unasked."""


def _id(about: About) -> str:
    """RFC 4287, 4.2.6: another feed has another id, and the same one keeps its own."""
    asked = "".join(f"\n{name}={value}" for name, value in sorted(about.filters.items()))
    return uuid.uuid5(uuid.NAMESPACE_URL, f"presswatch feed {about.link}\n{about.title}{asked}").urn


def open_writer(stream: BinaryIO, about: About) -> Atom:
    """A writer of Atom on `stream`."""
    return Atom(stream, about)
