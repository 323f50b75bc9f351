"""Parquet: typed columns, zstd, row groups of bounded size.

A Parquet timestamp is an instant and carries no offset, so beside `published` and `modified` (UTC) stand
``published_offset`` and ``modified_offset`` (minutes east of UTC, as the publisher wrote) and ``published_precision``
and ``modified_precision`` (``day``, ``minute``, ``second``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from crawler.export.fields import FIELDS, Kind
from crawler.export.formats import UNFIT, About, BrokenRow
from crawler.items import ArticleRow, Moment

# A group is held in memory as Arrow columns, a piece of it as Python rows, which take three times as much. News rows
# are about 6 KB, so 2,000 rows are some 12 MB; the bounds in letters hold where rows are long.
GROUP_ROWS = 2_000
GROUP_LETTERS = 8_000_000
PIECE_ROWS = 250
PIECE_LETTERS = 1_000_000
# What differs from row to row gains nothing from a dictionary of its values, nor from the least and the greatest of a
# group, which are kept for the footer: both cost memory.
DIFFERENT = frozenset({"id", "url", "title", "text", "summary", "image", "content_hash", "cluster_id"})

_types = {
    Kind.TEXT: pa.string(),
    Kind.LIST: pa.list_(pa.string()),
    Kind.MOMENT: pa.timestamp("us", tz="UTC"),
    Kind.INSTANT: pa.timestamp("us", tz="UTC"),
    Kind.INTEGER: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.FLAG: pa.bool_(),
}


def _columns() -> list[tuple[pa.Field, Callable[[ArticleRow], object]]]:
    columns: list[tuple[pa.Field, Callable[[ArticleRow], object]]] = []
    for field in FIELDS:
        if field.kind is not Kind.MOMENT:
            columns.append((_described(field.name, _types[field.kind], field.help), field.read))
            continue
        columns += [
            (_described(field.name, _types[field.kind], field.help), _instant(field.read)),
            (_described(f"{field.name}_offset", pa.int16(), "minutes east of UTC"), _offset(field.read)),
            (_described(f"{field.name}_precision", pa.string(), "day, minute or second"), _precision(field.read)),
        ]
    return columns


def _described(name: str, kind: pa.DataType, text: str) -> pa.Field:
    return pa.field(name, kind, metadata={"description": text})


def _instant(read: Callable[[ArticleRow], object]) -> Callable[[ArticleRow], object]:
    return lambda row: moment.utc if isinstance(moment := read(row), Moment) else None


def _offset(read: Callable[[ArticleRow], object]) -> Callable[[ArticleRow], object]:
    return lambda row: moment.offset if isinstance(moment := read(row), Moment) else None


def _precision(read: Callable[[ArticleRow], object]) -> Callable[[ArticleRow], object]:
    return lambda row: moment.precision.value if isinstance(moment := read(row), Moment) else None


COLUMNS = _columns()
SCHEMA = pa.schema([kind for kind, _ in COLUMNS])
_WITH_DICTIONARY = [
    f"{kind.name}.list.element" if pa.types.is_list(kind.type) else kind.name
    for kind, _ in COLUMNS
    if kind.name not in DIFFERENT and (pa.types.is_list(kind.type) or pa.types.is_string(kind.type))
]
_WITH_STATISTICS = [
    f"{kind.name}.list.element" if pa.types.is_list(kind.type) else kind.name
    for kind, _ in COLUMNS
    if kind.name not in DIFFERENT
]


class Parquet:
    """Holds rows back until a row group is full; one of `parts` that are written at once holds its part of them."""

    def __init__(self, stream: BinaryIO, parts: int = 1) -> None:
        self._most_rows, self._most_letters = GROUP_ROWS // parts, GROUP_LETTERS // parts
        self._file = pq.ParquetWriter(
            stream, SCHEMA, compression="zstd", write_statistics=_WITH_STATISTICS, use_dictionary=_WITH_DICTIONARY
        )
        self._held: list[ArticleRow] = []
        self._held_letters = 0
        self._group: list[pa.RecordBatch] = []
        self._rows = self._letters = 0

    def write(self, row: ArticleRow) -> list[BrokenRow]:
        """Take one row; answers with broken rows among those held back when they are dealt with."""
        letters = len(row.text)
        self._held.append(row)
        self._rows += 1
        self._held_letters += letters
        self._letters += letters
        full = self._rows >= self._most_rows or self._letters >= self._most_letters
        if not full and len(self._held) < PIECE_ROWS and self._held_letters < PIECE_LETTERS:
            return []
        broken = self._take()
        if full:
            self._write_group()
        return broken

    def finish(self) -> list[BrokenRow]:
        """Write the last group and the footer."""
        broken = self._take()
        self._write_group()
        self._file.close()
        return broken

    def abandon(self) -> None:
        """Keep the writer from adding a footer when it is collected."""
        self._held, self._group = [], []
        self._file.is_open = False

    def _take(self) -> list[BrokenRow]:
        """The rows held back become columns."""
        rows, self._held, self._held_letters = self._held, [], 0
        broken: list[BrokenRow] = []
        if not rows:
            return broken
        try:
            self._group.append(_batch(rows))
        except _unfit:
            for row in rows:
                try:
                    self._group.append(_batch([row]))
                except _unfit as error:
                    broken.append(BrokenRow(str(row.id), str(error)))
        return broken

    def _write_group(self) -> None:
        group, self._group, self._rows, self._letters = self._group, [], 0, 0
        if group:
            self._file.write_table(pa.Table.from_batches(group, SCHEMA), row_group_size=GROUP_ROWS)


_unfit = (pa.ArrowException, *UNFIT)


def _batch(rows: list[ArticleRow]) -> pa.RecordBatch:
    arrays = [pa.array(list(map(read, rows)), kind.type) for kind, read in COLUMNS]
    return pa.RecordBatch.from_arrays(arrays, schema=SCHEMA)


def open_writer(stream: BinaryIO, about: About) -> Parquet:
    """A writer of Parquet on `stream`."""
    return Parquet(stream, about.parts)
