"""The manifest beside an export: what was asked, what was written, and how to check it. It tells no time of writing,
so that the same state of a store gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from typing import BinaryIO

import orjson

from crawler import __version__
from crawler.export.fields import FIELDS
from crawler.export.formats import Written
from crawler.export.tally import Tally

#: Raised when a field of the rows changes its name or meaning.
SCHEMA_VERSION = 1
MANIFEST = "manifest.json"


_FORM = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
_LAST = b"[]\n}\n"
_LONGEST = 1 << 20  # bytes of a line


def manifest(
    name: str, filters: dict[str, str], tally: Tally, files: Iterable[Written], *, broken: int, damaged: int
) -> Iterator[bytes]:
    """The manifest as JSON (UTF-8, indented, keys in a fixed order), piece by piece: there may be a million files.

    `broken` rows the format could not carry, `damaged` ones the store could not read.
    """
    said = {
        "program": f"presswatch {__version__}",
        "schema_version": SCHEMA_VERSION,
        "format": name,
        "query": dict(sorted(filters.items())),
        "rows": tally.rows,
        "left_out": broken + damaged,
        "damaged": damaged,
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
        "files": [],
    }
    yield orjson.dumps(said, option=_FORM).removesuffix(_LAST) + b"["
    comma, end = b"\n    ", b"]\n}\n"
    for file in files:
        told = orjson.dumps({"name": file.name, "bytes": file.size, "sha256": file.sha256}, option=_FORM)
        yield comma + told.rstrip().replace(b"\n", b"\n    ")
        comma, end = b",\n    ", b"\n  ]\n}\n"
    yield end


def tops(file: BinaryIO) -> set[str] | None:
    """The names at the top of a folder that its manifest, read from `file`, names, itself included; `None`: it is none
    of ours. Line by line: there may be a million files.
    """
    if file.readline(_LONGEST) != b"{\n" or not file.readline(_LONGEST).startswith(b'  "program": "presswatch '):
        return None
    found = {MANIFEST}
    while line := file.readline(_LONGEST):
        key, _, value = line.strip().removesuffix(b",").partition(b": ")
        if key == b'"name"':
            with suppress(orjson.JSONDecodeError):
                found.add(str(orjson.loads(value)).partition("/")[0])
    return found


def _told(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
