"""WARC 1.1 (ISO 28500) of raw pages: a ``response`` record for each article whose page is kept.

A kept page is the body after decompression, so headers that tell of its transfer are left out and its length is told
anew. Record ids are derived from the article and the moment of fetching: the same pages give the same bytes.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from http import HTTPStatus
from io import BytesIO
from typing import BinaryIO

import zstandard
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawler.errors import DamagedPage, UsageError
from crawler.export.formats import About, BrokenRow
from crawler.items import ArticleRow, RawPage

MAX_PAGE = 200_000_000  # bytes; far above what a crawl accepts
TRANSFER = frozenset({"content-encoding", "transfer-encoding", "content-length", "connection"})


class Warc:
    """Writes each record at once; an article without a kept page is left out and named."""

    def __init__(self, stream: BinaryIO, about: About) -> None:
        if about.page_of is None:
            raise UsageError("format warc needs a store that keeps raw pages (setting keep_pages)", "warc")
        self._page_of = about.page_of
        self._warc = WARCWriter(stream, gzip=about.packed, warc_version="1.1")
        info = {"software": "presswatch", "format": "WARC File Format 1.1", "isPartOf": about.title}
        record = self._warc.create_warcinfo_record(None, info)
        record.rec_headers.replace_header("WARC-Date", "1970-01-01T00:00:00Z")
        record.rec_headers.replace_header("WARC-Record-ID", _id("warcinfo"))
        self._warc.write_record(record)
        record.raw_stream.close()

    def write(self, row: ArticleRow) -> list[BrokenRow]:
        """Write the article's page."""
        try:
            page = self._page_of(row.id)
        except DamagedPage as error:
            return [BrokenRow(row.id, str(error))]
        if page is None:
            return [BrokenRow(row.id, "its raw page is not kept")]
        if not page.url.startswith(("http://", "https://")):
            return [BrokenRow(row.id, "its raw page was not read by HTTP")]
        try:
            body = zstandard.ZstdDecompressor().decompress(page.body_zstd, max_output_size=MAX_PAGE)
        except zstandard.ZstdError as error:
            return [BrokenRow(row.id, f"its raw page can't be decompressed: {error}")]
        record = self._warc.create_warc_record(
            _ascii(page.url),
            "response",
            payload=BytesIO(body),
            http_headers=_http(page, len(body)),
            warc_headers_dict={
                "WARC-Date": _instant(page.fetched_at),
                "WARC-Record-ID": _id(f"{row.id} {page.fetched_at.isoformat()}"),
            },
        )
        self._warc.write_record(record)
        record.raw_stream.close()  # a temporary file by now, through which its digest was taken
        return []

    def finish(self) -> list[BrokenRow]:
        """Nothing is held back."""
        return []

    def abandon(self) -> None:
        """Nothing is written unasked."""


def _http(page: RawPage, size: int) -> StatusAndHeaders:
    told = [(_line(name), _line(value)) for name, value in page.headers.items() if name.lower() not in TRANSFER]
    try:
        phrase = HTTPStatus(page.status).phrase
    except ValueError:
        phrase = ""
    status = f"{page.status} {phrase}".strip()
    return StatusAndHeaders(status, [*told, ("content-length", str(size))], protocol="HTTP/1.1")


def _line(text: str) -> str:
    """A header as one line that Latin-1 carries."""
    return " ".join(text.split()).encode("latin-1", "replace").decode("latin-1")


def _ascii(url: str) -> str:
    return url.encode("ascii", "backslashreplace").decode("ascii")


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _id(name: str) -> str:
    return f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'presswatch {name}')}>"


def open_writer(stream: BinaryIO, about: About) -> Warc:
    """A writer of WARC records on `stream`."""
    return Warc(stream, about)
