"""JSON lines: one object a row, UTF-8, written by orjson."""

from __future__ import annotations

from typing import BinaryIO

from crawler.export.fields import json_line
from crawler.export.formats import UNFIT, About, BrokenRow
from crawler.items import ArticleRow


class JsonLines:
    """Writes each row at once."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, row: ArticleRow) -> list[BrokenRow]:
        """Write one line; a row that JSON can't carry (a lone surrogate) is broken."""
        try:
            line = json_line(row)
        except UNFIT as error:
            return [BrokenRow(str(row.id), str(error))]
        self._stream.write(line)
        return []

    def finish(self) -> list[BrokenRow]:
        """Nothing is held back."""
        return []

    def abandon(self) -> None:
        """Nothing is written unasked."""


def open_writer(stream: BinaryIO, about: About) -> JsonLines:  # noqa: ARG001 - the shape of every format
    """A writer of JSON lines on `stream`."""
    return JsonLines(stream)
