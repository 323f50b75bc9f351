"""XLSX: one sheet, a line of headings that stays in sight, real dates, links; every text a text, never a formula.

Excel's own limits hold: a cell has 32,767 UTF-16 units (a longer text is cut and says so), a sheet 1,048,576 lines and,
as a file in a ZIP archive without extensions, two gigabytes of XML (further rows are left out and named), a workbook
some 65,000 links (further addresses are plain text).
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import BinaryIO
from zoneinfo import ZoneInfo

import xlsxwriter
from xlsxwriter.exceptions import XlsxFileError

from crawler.errors import ExportError
from crawler.export.fields import FIELDS, Field, Kind, values_of
from crawler.export.formats import About, BrokenRow
from crawler.export.placing import temporary
from crawler.export.xml_feed import clean
from crawler.items import ArticleRow, Moment, Precision, shown_in
from crawler.under_way import Scratch

MAX_LINES = 1_048_576
MAX_SHEET = 1_900_000_000  # bytes; from 2,045 million on zipfile refuses, and what comes between two looks has room
LOOKED_AT = 20  # lines between two looks at how large the sheet is
MAX_LINKS = 60_000  # 1,200 bytes of memory each, of all workbooks that are written at once
MAX_URL = 2_079
MAX_UNITS = 32_000
CUT = " … [cut: a cell holds no more]"
# Before, Excel counts a 29 February 1900, and programs differ.
FIRST_DAY = datetime(1900, 3, 1)  # noqa: DTZ001 - a spreadsheet knows no zones
_web = re.compile("https?://[^\x00-\x20\x7f-\x9f\ufffe\uffff]+")
_escaped = re.compile(r"""["<>\[\]`^{}\\%]""")
WIDTHS = {"title": 60, "text": 80, "summary": 40, "url": 40, "published": 17, "modified": 17}


class Xlsx:
    """Rows go to a temporary file at once; the workbook is packed at the end."""

    def __init__(self, stream: BinaryIO, about: About) -> None:
        with temporary():
            self._folder = Scratch()
        options = {"constant_memory": True, "strings_to_urls": False, "tmpdir": str(self._folder.path)}
        self._book = xlsxwriter.Workbook(stream, options)
        # Packed in: otherwise the moment of writing, and no two exports would be equal.
        self._book.set_properties({"created": datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)})
        self._sheet = self._book.add_worksheet("articles")
        self._zone = ZoneInfo(about.zone)
        self._minute = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        head = self._book.add_format({"bold": True, "bottom": 1})
        self._sheet.freeze_panes(1, 0)
        for column, each in enumerate(FIELDS):
            self._sheet.set_column(column, column, WIDTHS.get(each.name, 14))
            in_zone = f" ({about.zone})" if each.kind in (Kind.MOMENT, Kind.INSTANT) else ""
            self._sheet.write_string(0, column, each.name + in_zone, head)
        self._lines = 1
        self._links = MAX_LINKS // about.parts
        self._full = ""

    def write(self, row: ArticleRow) -> list[BrokenRow]:
        """Write one line; a row that UTF-8 can't carry (a lone surrogate), or that finds no room, is broken."""
        if self._lines >= MAX_LINES:
            self._full = f"a sheet holds {MAX_LINES:,} lines"
        elif self._lines % LOOKED_AT == 0 and os.fstat(self._sheet.row_data_fh.fileno()).st_size >= MAX_SHEET:
            self._full = "a sheet holds two gigabytes"
        if self._full:
            return [BrokenRow(row.id, f"{self._full}; export less, or as parquet", no_room=True)]
        values = values_of(row)
        try:
            for value in values:
                for text in value if isinstance(value, tuple) else (value,):
                    if isinstance(text, str):
                        text.encode()
        except UnicodeEncodeError as error:
            return [BrokenRow(row.id, str(error))]
        with temporary():
            for column, (each, value) in enumerate(zip(FIELDS, values, strict=True)):
                self._cell(column, each, value)
        self._lines += 1
        return []

    def finish(self) -> list[BrokenRow]:
        """Pack the workbook."""
        self._sheet.autofilter(0, 0, self._lines - 1, len(FIELDS) - 1)
        try:
            with temporary():
                self._book.close()
        except XlsxFileError as error:
            cause = error.args[0] if error.args else None
            if isinstance(cause, BrokenPipeError):
                raise cause from error  # nobody reads standard output any more
            reason = f"the spreadsheet can't be packed: {error}; is the temporary folder full?"
            raise ExportError(reason, "xlsx") from error
        finally:
            self._folder.cleanup()
        return []

    def abandon(self) -> None:
        """Leave the workbook unpacked and throw its rows away."""
        self._book.fileclosed = True
        # On a full disk, closing tries to write once more and would hide the error that says so.
        with suppress(OSError):
            self._sheet.row_data_fh.close()
        self._folder.cleanup()

    def _cell(self, column: int, each: Field, value: object) -> None:
        line = self._lines
        match value:
            case None:
                return
            case bool():
                self._sheet.write_boolean(line, column, value)
            case int() | float():
                self._sheet.write_number(line, column, value)
            case Moment():
                day = value.precision is Precision.DAY
                local = datetime.fromisoformat(value.isoformat()) if day else shown_in(value.utc, self._zone)
                self._time(line, column, local, day=day)
            case datetime():
                self._time(line, column, shown_in(value, self._zone), day=False)
            case tuple():
                self._text(line, column, ", ".join(map(str, value)))
            case str() if each.name == "url" and line <= self._links and _linked(value):
                self._sheet.write_url(line, column, value, string=_fitting(value))
            case _:
                self._text(line, column, str(value))

    def _time(self, line: int, column: int, moment: datetime, *, day: bool) -> None:
        plain = moment.replace(tzinfo=None, microsecond=0)  # a fraction rounds into the year 10000
        if plain < FIRST_DAY:
            self._text(line, column, plain.isoformat(" ", "minutes"))
            return
        self._sheet.write_datetime(line, column, plain, self._day if day else self._minute)

    def _text(self, line: int, column: int, text: str) -> None:
        self._sheet.write_string(line, column, _fitting(text))


def _linked(url: str) -> bool:
    """Whether a workbook can carry `url` as a link: a web address without controls, short also when escaped."""
    return _web.fullmatch(url) is not None and len(url) + 2 * len(_escaped.findall(url)) <= MAX_URL


def _fitting(text: str) -> str:
    """`text` as a cell can hold it, without controls, which only Excel reads back. UTF-16 needs two units a character
    at most.
    """
    text = clean(text.replace("\r\n", "\n").replace("\r", "\n"))
    if len(text) * 2 <= MAX_UNITS or len(text.encode("utf-16-le")) // 2 <= MAX_UNITS:
        return text
    return text.encode("utf-16-le")[: (MAX_UNITS - len(CUT)) * 2].decode("utf-16-le", "ignore") + CUT


def open_writer(stream: BinaryIO, about: About) -> Xlsx:
    """A writer of XLSX on `stream`; times are shown in `about.zone`."""
    return Xlsx(stream, about)
