"""CSV by RFC 4180: UTF-8, CRLF, one line of headings, lists as JSON.

A spreadsheet runs a cell that begins with ``= + - @`` (some also their full-width forms, or after blanks, a tab or a
line break) as a formula, and titles come from strangers. So a text cell of `_formula` gets one apostrophe in front;
whoever reads it back removes one apostrophe from cells that begin with one and match, and has the original.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import BinaryIO

import orjson

from crawler.export.fields import NAMES, told_values
from crawler.export.formats import UNFIT, About, BrokenRow
from crawler.items import ArticleRow

# Blanks, controls and marks without width, which a spreadsheet may drop before it looks.
_BLANK = "\\s\x00-\x20\x7f-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
_FORMULA = "=+\\-@\uff1d\uff0b\uff0d\uff20"
_formula = re.compile(f"'*+(?:[\t\r\n]|[{_BLANK}]*+[{_FORMULA}])")
_may_be = re.compile(f"['{_BLANK}{_FORMULA}]").match
_to_quote = re.compile('[",\r\n]').search


def neutral(text: str) -> str:
    """`text` as a cell that no spreadsheet runs; `restored` undoes it."""
    return "'" + text if _may_be(text) and _formula.match(text) else text


def restored(cell: str) -> str:
    """What `neutral` was given."""
    return cell[1:] if cell.startswith("'") and _formula.match(cell) else cell


class Csv:
    """Writes each row at once."""

    def __init__(self, stream: BinaryIO, *, bom: bool) -> None:
        self._stream = stream
        stream.write((b"\xef\xbb\xbf" if bom else b"") + _line(NAMES))

    def write(self, row: ArticleRow) -> list[BrokenRow]:
        """Write one line; a row that UTF-8 can't carry (a lone surrogate) is broken."""
        try:
            line = _line(told_values(row))
        except UNFIT as error:
            return [BrokenRow(str(row.id), str(error))]
        self._stream.write(line)
        return []

    def finish(self) -> list[BrokenRow]:
        """Nothing is held back."""
        return []

    def abandon(self) -> None:
        """Nothing is written unasked."""


def lines(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """Another table in the same form: its line of headings, then a line a row."""
    return map(_line, chain([headings], rows))


def _line(values: Sequence[object]) -> bytes:
    """The bytes that `csv.writer` makes, which reads long texts letter by letter and takes five times as long."""
    cells: list[str] = []
    for value in values:
        text = neutral(value) if isinstance(value, str) else "" if value is None else _told(value)
        cells.append('"' + text.replace('"', '""') + '"' if _to_quote(text) else text)
    return (",".join(cells) + "\r\n").encode()


def _told(value: object) -> str:
    match value:
        case tuple() | list():
            return orjson.dumps(value).decode() if value else "[]"
        case bool():
            return "true" if value else "false"
    return str(value)


def open_writer(stream: BinaryIO, about: About) -> Csv:
    """A writer of CSV on `stream`; `about.bom` puts a byte order mark first, which Excel needs to see UTF-8."""
    return Csv(stream, bom=about.bom)
