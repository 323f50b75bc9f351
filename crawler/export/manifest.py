"""The manifest beside an export: what was asked, what was written, and how to check it. It tells no time of writing,
so that the same state of a store gives the same bytes.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

import orjson

from crawler import __version__
from crawler.export.fields import FIELDS
from crawler.export.placing import Written
from crawler.items import ArticleRow

#: Raised when a field of the rows changes its name or meaning.
SCHEMA_VERSION = 1
MANIFEST = "manifest.json"


@dataclass(slots=True)
class Tally:
    """What an export's rows are, counted as they pass."""

    rows: int = 0
    languages: Counter[str] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    topics: Counter[str] = field(default_factory=Counter)
    parts: Counter[str] = field(default_factory=Counter)
    first: datetime | None = None
    last: datetime | None = None
    first_seq: int | None = None
    last_seq: int | None = None
    letters: int = 0

    def add(self, row: ArticleRow, part: str = "") -> None:
        """Count a row."""
        self.rows += 1
        self.languages[row.lang or ""] += 1
        self.sources[row.source or ""] += 1
        self.topics.update(row.topics)
        if part:
            self.parts[part] += 1
        self.letters += len(row.text)
        when = row.published.utc if row.published is not None else row.first_seen
        self.first = when if self.first is None else min(self.first, when)
        self.last = when if self.last is None else max(self.last, when)
        self.first_seq = row.change_seq if self.first_seq is None else min(self.first_seq, row.change_seq)
        self.last_seq = max(self.last_seq or 0, row.change_seq)


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
