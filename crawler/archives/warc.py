"""Pages out of web archives: WARC (also CC-NEWS), gzip or plain, one response after the other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord

from crawler.archives.opening import opened
from crawler.errors import UsageError
from crawler.items import Page
from crawler.urls import normalize_url

READABLE = ("text/html", "application/xhtml+xml")


def pages_in(path: Path, max_bytes: int) -> Iterator[Page | UsageError]:
    """HTML pages that were answered with 200, as archived; bodies above `max_bytes` are passed over and told.

    Redirects, other types and other statuses are passed over in silence: an archive holds them by the thousand. A file
    that breaks off gives the error last.
    """
    # Unpacked record by record, a file that breaks off gives all records before.
    with opened(path, gunzip=False) as stream:
        records = iter(ArchiveIterator(stream))
        while True:
            try:
                record = next(records, None)
                if record is None:
                    return
                found = _page(record, max_bytes)
            except (ArchiveLoadFailed, ValueError, OSError, EOFError) as error:
                yield UsageError(f"{path}: can't be read on: {error}", str(path))
                return
            if found is not None:
                yield found


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
