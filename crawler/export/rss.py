"""RSS 2.0 (with Dublin Core and content), the whole text in ``content:encoded``.

A ``description`` is HTML to those who read it (https://www.rssboard.org/rss-encoding-examples), so its text is escaped
twice; a title is text.
"""

from __future__ import annotations

from email.utils import format_datetime
from html import escape
from typing import BinaryIO

from crawler.export.formats import About, BrokenRow
from crawler.export.xml_feed import XmlStream, paragraphs
from crawler.items import ArticleRow

NAMESPACES = {
    "version": "2.0",
    "xmlns:content": "http://purl.org/rss/1.0/modules/content/",
    "xmlns:dc": "http://purl.org/dc/elements/1.1/",
}
LEAD_LETTERS = 300


class Rss:
    """Writes each item at once."""

    def __init__(self, stream: BinaryIO, about: About) -> None:
        self._xml = XmlStream(stream)
        self._xml.begin("rss", NAMESPACES)
        self._xml.begin("channel")
        self._xml.text("title", about.title)
        self._xml.text("link", about.link)
        self._xml.text("description", f"{about.title}: articles collected by presswatch")
        self._xml.text("generator", "presswatch")

    def write(self, row: ArticleRow) -> list[BrokenRow]:
        """Write one item."""
        xml = self._xml
        when = row.published.utc if row.published is not None else row.first_seen
        with xml.element("item"):
            xml.text("title", row.title or row.url)
            xml.text("link", row.url)
            xml.text("guid", f"urn:presswatch:{row.id}", {"isPermaLink": "false"})
            xml.text("pubDate", format_datetime(when))
            for author in row.authors:
                xml.text("dc:creator", author)
            for word in dict.fromkeys((*row.topics, *row.tags)):
                xml.text("category", word)
            xml.text("dc:publisher", row.site)
            xml.text("dc:language", row.lang)
            xml.text("description", escape(row.summary or row.text[:LEAD_LETTERS], quote=False))
            xml.text("content:encoded", paragraphs(row))
        return []

    def finish(self) -> list[BrokenRow]:
        """End the channel."""
        self._xml.end("channel")
        self._xml.end("rss")
        return []

    def abandon(self) -> None:
        """Nothing is written unasked."""


def open_writer(stream: BinaryIO, about: About) -> Rss:
    """A writer of RSS on `stream`."""
    return Rss(stream, about)
