"""Pages out of web archives: WARC (also CC-NEWS), gzip or plain, one response after the other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from io import BufferedReader
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord

from crawler.archives.opening import BreaksOff, opened
from crawler.errors import UsageError
from crawler.items import Page
from crawler.urls import normalize_url

READABLE = ("text/html", "application/xhtml+xml")
PART = 65_536  # bytes read at once of what is passed over
NAMED = 200  # characters of an address in an error


class _Parts:
    """What warcio reads from: each read gives what is there, so that an error costs nothing that came before it."""

    def __init__(self, stream: BufferedReader) -> None:
        self._stream = stream
        self._given = 0

    def read(self, size: int) -> bytes:
        data = self._stream.read1(size)
        self._given += len(data)
        return data

    def tell(self) -> int:
        return self._given


def pages_in(path: Path, max_bytes: int) -> Iterator[Page | UsageError]:
    """HTML pages that were answered with 200, as archived; bodies above `max_bytes` are passed over and told.

    Redirects, other types and other statuses are passed over in silence: an archive holds them by the thousand. A file
    that breaks off or is damaged gives the error last, with the record that was read last, and of the record that it
    breaks off in nothing else.
    """
    with opened(path) as stream:
        parts = _Parts(stream)
        records = ArchiveIterator(parts)
        number, last = 0, ""
        while True:
            try:
                record = _next(records, parts)
                if record is None:
                    return
                found = _page(record, max_bytes)
                _must_be_whole(record)
            except (ArchiveLoadFailed, ValueError, OSError, EOFError) as error:
                place = f", after record {number:,}, {last}" if number else ""
                yield BreaksOff(f"{path}: can't be read on{place}: {error}", str(path))
                return
            number, last = number + 1, _named(record)
            if found is not None:
                yield found


def _next(records: ArchiveIterator, parts: _Parts) -> ArcWarcRecord | None:
    """The next record; `EOFError` when the file ends within its headers, which warcio takes for the file's end."""
    try:
        record = next(records, None)
    except AttributeError as error:  # warcio's, for a response without an address
        raise EOFError("it breaks off in the headers of a record, or one has no WARC-Target-URI") from error
    if record is None and not parts.tell():
        raise EOFError("it holds no record")
    if record is None and parts.tell() > records.offset:
        raise EOFError("it breaks off in the headers of a record")
    return record


def _must_be_whole(record: ArcWarcRecord) -> None:
    """`EOFError` when the file ends before the record does."""
    length = record.rec_headers.get_header("Content-Length") or record.rec_headers.get_header("length") or ""
    if not length.strip().isdecimal():
        raise EOFError("it breaks off in the headers of a record, or one has no Content-Length")
    while record.raw_stream.read(PART):
        pass
    if missing := record.raw_stream.limit:
        raise EOFError(f"it breaks off within {_named(record)}, of which {missing:,} bytes are missing")


def _named(record: ArcWarcRecord) -> str:
    url: str = record.rec_headers.get_header("WARC-Target-URI") or ""
    return url[:NAMED] or f"a {record.rec_type}"


def _page(record: ArcWarcRecord, max_bytes: int) -> Page | UsageError | None:
    http = record.http_headers
    if record.rec_type != "response" or http is None or http.get_statuscode() != "200":
        return None
    kind = (http.get_header("content-type") or "").partition(";")[0].strip().lower()
    url = normalize_url(record.rec_headers.get_header("WARC-Target-URI") or "")
    if (kind and kind not in READABLE) or url is None:
        return None
    body = record.content_stream().read(max_bytes + 1)
    if len(body) > max_bytes:
        return UsageError(f"{url}: its page has more than {max_bytes:,} bytes (max_bytes)", url)
    headers = {name.lower(): value for name, value in http.headers}
    for name in ("content-encoding", "transfer-encoding", "content-length"):
        headers.pop(name, None)
    when = record.rec_headers.get_header("WARC-Date") or ""
    try:
        fetched = datetime.fromisoformat(when).astimezone(UTC)
    except ValueError:
        return UsageError(f"{url}: its WARC-Date {when[:40]!r} can't be read", url)
    return Page(url=url, final_url=url, status=200, headers=headers, body=body, fetched_at=fetched)
