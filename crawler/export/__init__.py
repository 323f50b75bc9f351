"""Exports: a registry of formats, a file per format, and `write_export`, which puts a file in place or nothing.

A format is a module of this package with ``open_writer(stream, **options) -> RowWriter``; it is imported when used.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from errno import EISDIR
from importlib import import_module
from pathlib import Path
from typing import IO, BinaryIO, Protocol, cast

from crawler.errors import ExportError, UsageError
from crawler.items import ArticleRow

MAX_BROKEN_NAMED = 20  # more names than that help nobody; all are counted

#: The `path` that stands for standard output.
STDOUT = Path("-")


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that can't be written in this format, and why; the export goes on without it."""

    id: str
    reason: str

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


@dataclass(frozen=True, slots=True)
class Format:
    """One row of the registry."""

    name: str
    extensions: tuple[str, ...]
    help: str


FORMATS: dict[str, Format] = {
    row.name: row
    for row in (
        Format("jsonl", (".jsonl", ".ndjson"), "one JSON object a line, UTF-8"),
        Format("csv", (".csv",), "RFC 4180, UTF-8, with a line of headings; lists as JSON"),
        Format("parquet", (".parquet", ".pq"), "typed columns, zstd, row groups of bounded size"),
    )
}


@dataclass(slots=True)
class ExportReport:
    """What an export did: rows written, broken rows (counted; the first few named), the greatest change_seq."""

    written: int = 0
    broken: int = 0
    last_seq: int | None = None
    problems: list[str] = field(default_factory=list)


def format_of(path: Path, name: str | None = None) -> Format:
    """The format called `name`, else the one `path` ends like; jsonl on standard output; UsageError if none."""
    known = ", ".join(FORMATS)
    if name is not None:
        if name not in FORMATS:
            raise UsageError(f"there is no export format {name!r}; there are {known}", name)
        return FORMATS[name]
    if path == STDOUT:
        return FORMATS["jsonl"]
    for row in FORMATS.values():
        if path.suffix.lower() in row.extensions:
            return row
    raise UsageError(
        f"{path}: its ending names no format; end it with .jsonl, .csv or .parquet, or say --format", str(path)
    )


def writer(name: str) -> Callable[..., RowWriter]:
    """What opens a writer of format `name` on a binary stream; CSV takes ``bom=True``."""
    chosen = format_of(STDOUT, name)
    return cast("Callable[..., RowWriter]", import_module(f"crawler.export.{chosen.name}").open_writer)


def export(rows: Iterator[ArticleRow], path: Path, format: str) -> int:  # noqa: A002 - the word people use
    """Write `rows` to `path` (``-``: standard output) and return how many were written; see `write_export`."""
    return write_export(rows, path, format).written


def write_export(
    rows: Iterator[ArticleRow],
    path: Path,
    name: str | None = None,
    *,
    bom: bool = False,
    advance: Callable[[int], None] | None = None,
) -> ExportReport:
    """Write `rows` to `path` in bounded memory and return what was done.

    The file appears complete, under its name, or not at all: it is written beside it and renamed. `advance` is called
    with the number of rows taken so far. ExportError when the folder or disk refuses; errors of `rows` pass through and
    leave what was at `path` untouched.
    """
    chosen = format_of(path, name)
    options = {"bom": True} if bom else {}
    if bom and chosen.name != "csv":
        raise UsageError(f"--bom is for csv, not {chosen.name}", "bom")
    report = ExportReport()
    with _stream(path) as stream:
        out = writer(chosen.name)(stream, **options)
        taken = 0
        try:
            for row in rows:
                taken += 1
                _count(report, out.write(row))
                report.last_seq = max(report.last_seq or 0, row.change_seq)
                if advance is not None:
                    advance(taken)
            _count(report, out.finish())
        except BaseException:
            out.abandon()
            raise
    report.written = taken - report.broken
    return report


def _count(report: ExportReport, broken: list[BrokenRow]) -> None:
    report.broken += len(broken)
    room = MAX_BROKEN_NAMED - len(report.problems)
    report.problems += [str(row) for row in broken[:room]]


class _Stream:
    """A binary stream to a file, whose refusals are ExportErrors, or (no path) to standard output, whose are not.

    Wrapped here, where the write happens, they can't be taken for errors of the rows. Formats can't close it.
    """

    def __init__(self, stream: IO[bytes], path: Path | None) -> None:
        self._stream = stream
        self._path = path
        self.closed = False

    def write(self, data: bytes) -> int:
        """Write all of `data`."""
        try:
            return self._stream.write(data)
        except OSError as error:
            if self._path is None:
                raise
            raise _refused(self._path, error) from error

    def flush(self) -> None:
        """Nothing: the owner flushes once."""

    def readable(self) -> bool:
        """Never."""
        return False

    def writable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Never: standard output may be a pipe."""
        return False

    def close(self) -> None:
        """Leave the stream to its owner."""
        self.closed = True


@contextmanager
def _stream(path: Path) -> Iterator[BinaryIO]:
    if path == STDOUT:
        yield cast("BinaryIO", _Stream(sys.stdout.buffer, None))
        sys.stdout.buffer.flush()
        return
    with _refusals(path):
        if path.is_dir():
            raise IsADirectoryError(EISDIR, "is a folder; name a file in it")
        descriptor, name = tempfile.mkstemp(prefix=".presswatch-", suffix=".part", dir=path.parent)
    temporary = Path(name)
    try:
        file = os.fdopen(descriptor, "wb", buffering=1 << 20)
        try:
            yield cast("BinaryIO", _Stream(file, path))
            with _refusals(path):
                file.flush()
                os.fchmod(file.fileno(), _mode(path))
                os.fsync(file.fileno())
        finally:
            # On a full disk, closing tries to write once more and would hide the error that says so.
            with suppress(OSError):
                file.close()
        with _refusals(path):
            temporary.replace(path)
            _sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def _refusals(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _refused(path, error) from error


def _refused(path: Path, error: OSError) -> ExportError:
    reason = error.strerror or str(error)
    return ExportError(f"{path}: can't be written: {reason}; choose another place with -o", str(path))


def _mode(path: Path) -> int:
    """The mode of the file that is replaced, else what the umask leaves; mkstemp alone would make it private."""
    with suppress(OSError):
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _sync_folder(folder: Path) -> None:
    # A cursor is moved after this: without it, a power cut could keep the cursor and lose the file's name.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
