"""The registry of formats: what each is called, how its files end, and what opens its writer.

A format is a module of this package with ``open_writer(stream, about) -> RowWriter``, or, for one that fills a folder,
``open_writer(folder, about)``. It is imported when used.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, cast

from crawler.errors import UsageError
from crawler.export.tally import Tally
from crawler.items import ArticleRow, RawPage

#: The `path` that stands for standard output.
STDOUT = Path("-")
COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}


#: What making a row's bytes may raise: lone surrogates, days out of the calendar, numbers out of range.
UNFIT = (TypeError, ValueError, OverflowError, AttributeError)


@dataclass(slots=True)
class Written:
    """What came to be: the file's name, its size in bytes and its SHA-256 (hex; empty where nobody asked for it)."""

    name: str
    size: int = 0
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that can't be written in this format, and why; the export goes on without it. `no_room`: another file of
    this format could hold it.
    """

    id: str
    reason: str
    no_room: bool = False

    def __str__(self) -> str:
        return f"{self.id}: {self.reason}"


class RowWriter(Protocol):
    """What a format does with rows."""

    def write(self, row: ArticleRow) -> list[BrokenRow]:
        """Take one row; the answer names rows (this one, or earlier ones held back) that can't be written."""
        ...

    def finish(self) -> list[BrokenRow]:
        """Write what is held back and what ends the file; the stream stays open."""
        ...

    def abandon(self) -> None:
        """Write no more: the file won't be finished."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a format may say of the whole: `title` and `link` of a feed, the zone (IANA) of people who read it, the
    filters by name, whether CSV begins with a byte order mark, where raw pages come from, whether an article may have a
    row a version, whether a format that packs by itself is to, which part a row is in, how many are written at once,
    who hears of each file of a folder, and what was counted so far.
    """

    title: str = "presswatch"
    link: str = "https://localhost/"
    zone: str = "UTC"
    filters: dict[str, str] = field(default_factory=dict)
    bom: bool = False
    page_of: Callable[[str], RawPage | None] | None = None
    all_versions: bool = False
    packed: bool = False
    parts: int = 1
    part_of: Callable[[ArticleRow], str] = lambda _row: ""
    wrote: Callable[[Written], None] = lambda _file: None
    tally: Tally = field(default_factory=Tally)


@dataclass(frozen=True, slots=True)
class Format:
    """One row of the registry. `module` is the file that writes it; `folder`: it fills a folder; `packs`: it is
    compressed record by record, by itself, and only with gzip. `versions`: an article may have a row a version.
    """

    name: str
    extensions: tuple[str, ...]
    help: str
    module: str
    folder: bool = False
    packs: bool = False
    versions: bool = True


FORMATS: dict[str, Format] = {
    row.name: row
    for row in (
        Format("jsonl", (".jsonl", ".ndjson"), "one JSON object a line, UTF-8", "jsonl"),
        Format("csv", (".csv",), "RFC 4180, UTF-8, with a line of headings; lists as JSON", "csv"),
        Format("parquet", (".parquet", ".pq"), "typed columns, zstd, row groups of bounded size", "parquet"),
        Format("xlsx", (".xlsx",), "a spreadsheet: one sheet, headings, links, real dates", "xlsx"),
        Format("sqlite", (".sqlite", ".sqlite3", ".db"), "an SQLite file with one table, `articles`", "sqlite"),
        Format(
            "html",
            (".html", ".htm"),
            "a printable clipping: by topic, copies folded into their story",
            "clipping",
            versions=False,
        ),
        Format("rss", (".rss", ".xml"), "RSS 2.0 with the whole text", "rss", versions=False),
        Format("atom", (".atom",), "Atom (RFC 4287) with the whole text", "atom", versions=False),
        Format("jsonfeed", (".json",), "JSON Feed 1.1", "jsonfeed", versions=False),
        Format("warc", (".warc",), "WARC 1.1 of the raw pages that are kept", "warc", packs=True, versions=False),
        Format(
            "markdown",
            (),
            "a folder of Markdown files, one an article, with front matter",
            "markdown_files",
            True,
            versions=False,
        ),
        Format("dataset", (), "a folder for Hugging Face datasets: Parquet shards and a card", "dataset", True),
    )
}


def format_of(path: Path, name: str | None = None) -> Format:
    """The format called `name`, else the one `path` ends like; jsonl on standard output; UsageError if none."""
    known = ", ".join(FORMATS)
    if name is not None:
        if name not in FORMATS:
            raise UsageError(f"there is no export format {name!r}; there are {known}", name)
        return FORMATS[name]
    if path == STDOUT:
        return FORMATS["jsonl"]
    bare = path.with_suffix("") if path.suffix.lower() in COMPRESSIONS else path
    for row in FORMATS.values():
        if bare.suffix.lower() in row.extensions:
            return row
    raise UsageError(
        f"{path}: its ending names no format; end it with .jsonl, .csv, .parquet …, or say --format ({known})",
        str(path),
    )


def writer(chosen: Format) -> Callable[[Any, About], RowWriter]:
    """What opens a writer of a format on a binary stream or on a folder."""
    return cast("Callable[[Any, About], RowWriter]", import_module(f"crawler.export.{chosen.module}").open_writer)
