"""Pages out of web archives: WARC (also CC-NEWS), gzip or plain, one response after the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from io import BufferedReader
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator
from warcio.bufferedreaders import DecompressingBufferedReader
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord

from crawler.archives.clock import fetched_at
from crawler.archives.opening import BreaksOff, opened
from crawler.content import decompress
from crawler.errors import FetchError, UsageError
from crawler.items import Page
from crawler.urls import normalize_url

READABLE = ("text/html", "application/xhtml+xml")
PART = 65_536  # bytes read at once of what is passed over
NAMED = 200  # characters of an address in an error
MAX_HEADERS = 5_000_000  # bytes of the headers of one record
SIZE_LINE = 1_000  # bytes of the line that says how long a chunk is


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


class _Reader(DecompressingBufferedReader):  # type: ignore[misc]
    """warcio's, which would read headers without end, and one endless line in the square of its length."""

    headers = 0

    def readline(self, length: int | None = None) -> bytes:
        room = MAX_HEADERS + 1 - self.headers
        line: bytes = super().readline(room if length is None else min(length, room))
        self.headers += len(line)
        if self.headers > MAX_HEADERS:
            raise ArchiveLoadFailed(f"the headers of a record are longer than {MAX_HEADERS:,} bytes")
        return line


def pages_in(path: Path, max_bytes: int) -> Iterator[Page | UsageError]:
    """HTML pages that were answered with 200, as archived; bodies above `max_bytes` are passed over and told.

    Redirects, other types and other statuses are passed over in silence: an archive holds them by the thousand. A file
    that breaks off or is damaged gives the error last, with the record that was read last, and of the record that it
    breaks off in nothing else.
    """
    with opened(path) as stream:
        parts = _Parts(stream)
        records = ArchiveIterator(parts)
        records.reader = reader = _Reader(parts)
        number, last = 0, ""
        while True:
            try:
                reader.headers = 0
                record = _next(records, parts)
                if record is None:
                    return
                found = _page(record, max_bytes)
                _must_be_whole(record)
                if found is not None and not _ends(records):
                    found = UsageError(f"{_named(record)}: its Content-Length is wrong: more follows", _named(record))
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


def _ends(records: ArchiveIterator) -> bool:
    """Whether the record read last ends where it says, as far as what follows can be read."""
    before = records.err_count
    with suppress(ArchiveLoadFailed, OSError):  # it comes again, where the next record is asked for
        records.read_to_end()
    return bool(records.err_count == before)


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
    try:
        body = _body(record, max_bytes, url)
    except FetchError as error:
        return UsageError(str(error), url)
    if len(body) > max_bytes:
        return UsageError(f"{url}: its page has more than {max_bytes:,} bytes (max_bytes)", url)
    headers = {name.lower(): value for name, value in http.headers}
    for name in ("content-encoding", "transfer-encoding", "content-length"):
        headers.pop(name, None)
    when = record.rec_headers.get_header("WARC-Date") or ""
    try:
        fetched = fetched_at(when)
    except (ValueError, OverflowError):
        return UsageError(f"{url}: its WARC-Date {when[:40]!r} can't be read", url)
    return Page(url=url, final_url=url, status=200, headers=headers, body=body, fetched_at=fetched)


def _body(record: ArcWarcRecord, max_bytes: int, url: str) -> bytes:
    """What the server meant, one byte more than `max_bytes` at most. `FetchError` for what can't be unpacked.

    Many archives keep a body after its encodings were undone and its headers as they came, so a body that can't be
    unpacked and begins as a page does is one.
    """
    body: bytes = record.raw_stream.read(max_bytes + 1)
    if len(body) > max_bytes:
        return body
    if "chunked" in (record.http_headers.get_header("transfer-encoding") or "").lower():
        body = _joined(body)
    encodings = record.http_headers.get_header("content-encoding") or ""
    try:
        return decompress(body, encodings, max_bytes, url)
    except FetchError:
        if body[:PART].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
            return body
        raise


def _joined(body: bytes) -> bytes:
    """The chunks of `body` (RFC 9112, 7.1); `body` itself if they were joined before."""
    joined = bytearray()
    at = 0
    while True:
        end = body.find(b"\n", at, at + SIZE_LINE)
        size = body[at:end].partition(b";")[0].strip() if end >= 0 else b""
        if not (0 < len(size) <= 16 and all(each in b"0123456789abcdefABCDEF" for each in size)):
            return body
        length = int(size, 16)
        if not length:
            return bytes(joined)
        joined += body[end + 1 : end + 1 + length]
        at = end + 1 + length
        if at >= len(body):
            return bytes(joined)  # its archive cut it
        at += body[at : at + 1] == b"\r"
        if body[at : at + 1] != b"\n":
            return body
        at += 1
