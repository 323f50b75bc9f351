"""The manifest beside an export: what was asked, what was written, and how to check it. It tells no time of writing,
so that the same state of a store gives the same bytes.
"""

from __future__ import annotations

from datetime import datetime

import orjson

from crawler import __version__
from crawler.export.fields import FIELDS
from crawler.export.placing import Written
from crawler.export.tally import Tally

#: Raised when a field of the rows changes its name or meaning.
SCHEMA_VERSION = 1
MANIFEST = "manifest.json"


def manifest(name: str, filters: dict[str, str], tally: Tally, broken: int, files: list[Written]) -> bytes:
    """The manifest as JSON (UTF-8, indented, keys in a fixed order)."""
    said = {
        "program": f"presswatch {__version__}",
        "schema_version": SCHEMA_VERSION,
        "format": name,
        "query": dict(sorted(filters.items())),
        "rows": tally.rows,
        "left_out": broken,
        "letters": tally.letters,
        "published_from": _told(tally.first),
        "published_to": _told(tally.last),
        "change_seq_from": tally.first_seq,
        "change_seq_to": tally.last_seq,
        "parts": dict(sorted(tally.parts.items())),
        "languages": dict(sorted(tally.languages.items())),
        "sources": dict(sorted(tally.sources.items())),
        "topics": dict(sorted(tally.topics.items())),
        "fields": [each.name for each in FIELDS],
        "files": [{"name": file.name, "bytes": file.size, "sha256": file.sha256} for file in files],
    }
    return orjson.dumps(said, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _told(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
