"""One page from disk or standard input, for commands that look at a single page."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from crawler.errors import UsageError
from crawler.items import Page

if TYPE_CHECKING:
    from crawler.config import Config


def read_page(path: Path, url: str | None, config: Config, now: datetime) -> Page:
    """The page in a file (``-``: standard input), as if fetched from `url` when the file was written."""
    try:
        if path == Path("-"):
            body, written = sys.stdin.buffer.read(config.max_bytes + 1), now
        else:
            with path.open("rb") as stream:
                body = stream.read(config.max_bytes + 1)
            written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}; name a URL or a file", str(path)) from error
    if len(body) > config.max_bytes:
        raise UsageError(f"{path}: larger than {config.max_bytes} bytes; raise max_bytes to read it", str(path))
    # RFC 2606 keeps .invalid for names that are certain to be nobody's.
    place = url or f"https://file.invalid/{quote(path.name)}"
    return Page(url=place, final_url=place, status=200, headers={}, body=body, fetched_at=written)
