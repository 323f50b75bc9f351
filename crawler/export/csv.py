"""CSV by RFC 4180: UTF-8, CRLF, one line of headings, lists as JSON.

A spreadsheet runs a cell that begins with ``= + - @`` (or a tab or carriage return) as a formula, and titles come from
strangers. So a text cell that begins with one of these, after any number of apostrophes, gets one apostrophe in front;
whoever reads it back removes one apostrophe from cells that match ``^'+[=+\\-@\\t\\r]`` and has the original.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import BinaryIO

import orjson

from crawler.export.fields import FIELDS, as_mapping
from crawler.export.formats import About, BrokenRow
from crawler.items import ArticleRow

_formula = re.compile(r"'*+[=+\-@\t\r]")


def neutral(text: str) -> str:
    """`text` as a cell that no spreadsheet runs; `restored` undoes it."""
    return "'" + text if _formula.match(text) else text


def restored(cell: str) -> str:
    """What `neutral` was given."""
    return cell[1:] if cell.startswith("'") and _formula.match(cell) else cell


class Csv:
    """Writes each row at once."""

    def __init__(self, stream: BinaryIO, *, bom: bool) -> None:
        self._stream = stream
        self._line = io.StringIO(newline="")
        self._writer = csv.writer(self._line, lineterminator="\r\n")
        self._writer.writerow([field.name for field in FIELDS])
        stream.write((b"\xef\xbb\xbf" if bom else b"") + self._taken())

    def write(self, row: ArticleRow) -> list[BrokenRow]:
        """Write one line; a row that UTF-8 can't carry (a lone surrogate) is broken."""
        try:
            self._writer.writerow([_cell(value) for value in as_mapping(row).values()])
            line = self._taken()
        except (TypeError, ValueError, OverflowError, AttributeError, csv.Error) as error:
            self._empty()
            return [BrokenRow(str(row.id), str(error))]
        self._stream.write(line)
        return []

    def finish(self) -> list[BrokenRow]:
        """Nothing is held back."""
        return []

    def abandon(self) -> None:
        """Nothing is written unasked."""

    def _taken(self) -> bytes:
        line = self._line.getvalue().encode()
        self._empty()
        return line

    def _empty(self) -> None:
        self._line.seek(0)
        self._line.truncate()


def lines(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """Another table in the same form: its line of headings, then a line a row."""
    line = io.StringIO(newline="")
    writer = csv.writer(line, lineterminator="\r\n")
    for row in chain([headings], rows):
        writer.writerow([_cell(value) for value in row])
        yield line.getvalue().encode()
        line.seek(0)
        line.truncate()


def _cell(value: object) -> object:
    if isinstance(value, str):
        return neutral(value)
    if isinstance(value, list):
        return orjson.dumps(value).decode()
    if isinstance(value, bool):
        return "true" if value else "false"
    return value


def open_writer(stream: BinaryIO, about: About) -> Csv:
    """A writer of CSV on `stream`; `about.bom` puts a byte order mark first, which Excel needs to see UTF-8."""
    return Csv(stream, bom=about.bom)
