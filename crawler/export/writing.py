"""Writing an export: rows of a store into one file, a file a part, or a folder, with a manifest beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from crawler.damage import Damage
from crawler.errors import UsageError
from crawler.export.choosing import Choice, Rows, Shelf, chosen
from crawler.export.formats import COMPRESSIONS, STDOUT, About, BrokenRow, Format, RowWriter, Written, format_of, writer
from crawler.export.manifest import MANIFEST, manifest
from crawler.export.placing import Listed, file_at, folder_at
from crawler.export.tally import Tally
from crawler.items import ArticleRow

MAX_BROKEN_NAMED = 20  # more names than that help nobody; all are counted
MAX_FILES_NAMED = 1_000  # of a folder; its manifest names all


@dataclass(slots=True)
class ExportReport:
    """What an export did: rows written, broken rows (counted; the first few named), the greatest change_seq, that of
    the first row that found no room, and the files that came to be (a folder's by their path in it, `MAX_FILES_NAMED`
    at most).
    """

    written: int = 0
    broken: int = 0
    last_seq: int | None = None
    no_room_from: int | None = None
    problems: list[str] = field(default_factory=list)
    files: list[Written] = field(default_factory=list)

    def leave_out(self, rows: list[BrokenRow]) -> None:
        """Count rows that could not be written."""
        self.broken += len(rows)
        room = MAX_BROKEN_NAMED - len(self.problems)
        self.problems += [str(row) for row in rows[:room]]


def export(rows: Iterator[ArticleRow], path: Path, format: str) -> int:  # noqa: A002 - the word people use
    """Write `rows` to `path` (``-``: standard output) and return how many were written; see `write_export`."""
    return write_export(lambda: rows, path, format).written


def write_export(
    rows: Rows | Shelf,
    path: Path,
    name: str | None = None,
    *,
    about: About | None = None,
    choice: Choice | None = None,
    with_manifest: bool = False,
    checksums: bool = False,
    advance: Callable[[int], None] | None = None,
    damage: Damage | None = None,
) -> ExportReport:
    """Write what `rows` gives to `path` in bounded memory and return what was done.

    A file appears complete, under its name, or not at all: it is written beside it and renamed; so does a folder. With
    parts (`choice.split`) each has a file of its own, ``articles-train.jsonl`` for ``articles.jsonl``. `rows` is called
    more than once where the choice needs it, or is a `Shelf`. The report has checksums where a manifest has, and with
    `checksums`: SHA-256 takes longer than a row of JSON takes to write. `advance` is called with the number of rows
    taken so far.
    `damage` is what could not be read of `rows`: the manifest counts it.
    ExportError when the folder or disk refuses; errors of `rows` pass through and leave what was at `path` untouched.
    """
    format_ = format_of(path, name)
    about, choice, damage = about or About(), choice or Choice(), damage or Damage()
    _check(format_, path, about, choice)
    report, tally = ExportReport(), Tally()
    packed = format_.packs and path.suffix.lower() == ".gz"
    parts = len(choice.split) or 1
    about = replace(about, packed=packed, parts=parts, part_of=choice.part_of, tally=tally)
    taken = chosen(rows, choice)

    def said(files: Iterable[Written]) -> Iterator[bytes]:
        left_out = {"broken": report.broken, "damaged": damage.count}
        return manifest(format_.name, about.filters, tally, files, **left_out)

    if format_.folder:
        with folder_at(path) as folder, Listed() as listed:
            out = writer(format_)(folder, replace(about, wrote=listed.add))
            _pour(taken, lambda row: (out, choice.part_of(row)), [out], report=report, tally=tally, advance=advance)
            with (folder / MANIFEST).open("wb") as file:
                file.writelines(said(listed))
            report.files = listed.first(MAX_FILES_NAMED)
        return report
    with ExitStack() as stack:
        writers: dict[str, RowWriter] = {}
        hashed = checksums or with_manifest
        for part in choice.split or ("",):
            stream, written = stack.enter_context(file_at(_place(path, part), packed=about.packed, hashed=hashed))
            report.files.append(written)
            writers[part] = writer(format_)(stream, about)
        _pour(
            taken,
            (lambda row: (writers[part := choice.part_of(row)], part)) if choice.split else None,
            [*writers.values()],
            report=report,
            tally=tally if with_manifest else None,
            advance=advance,
        )
    if with_manifest and path != STDOUT:
        with file_at(path.with_name(f"{path.name}.{MANIFEST}")) as (stream, _):
            for piece in said(report.files):
                stream.write(piece)
    return report


def _check(format_: Format, path: Path, about: About, choice: Choice) -> None:
    if about.bom and format_.name != "csv":
        raise UsageError(f"--bom is for csv, not {format_.name}", "bom")
    if format_.folder and path == STDOUT:
        raise UsageError(f"format {format_.name} fills a folder: name one with -o", format_.name)
    if choice.split and path == STDOUT:
        raise UsageError("--split writes a file a part: name one with -o, as articles.jsonl", "split")
    if format_.packs and path.suffix.lower() == ".zst":
        raise UsageError(f"{path}: {format_.name} is compressed with gzip only; end it with .gz", str(path))
    if choice.sample is not None and choice.sample < 1:
        raise UsageError(f"--sample {choice.sample}: ask for at least 1 article", "sample")


def _pour(
    rows: Iterator[ArticleRow],
    place: Callable[[ArticleRow], tuple[RowWriter, str]] | None,
    writers: list[RowWriter],
    *,
    report: ExportReport,
    tally: Tally | None,
    advance: Callable[[int], None] | None,
) -> None:
    """Every row to its writer, without `place` to the only one; `report` and `tally` count."""
    taken = last_seq = 0
    try:
        (only, *_) = writers
        for row in rows:
            taken += 1
            out, part = (only, "") if place is None else place(row)
            broken = out.write(row)
            if broken:
                report.leave_out(broken)
                if report.no_room_from is None and any(each.no_room for each in broken):
                    report.no_room_from = row.change_seq
            if row.change_seq > last_seq:
                report.last_seq = last_seq = row.change_seq
            if tally is not None and not any(each.id == row.id for each in broken):
                tally.add(row, part)
            if advance is not None:
                advance(taken)
        for out in writers:
            report.leave_out(out.finish())
    except BaseException:
        for out in writers:
            out.abandon()
        raise
    report.written = taken - report.broken


def _place(path: Path, part: str) -> Path:
    """Where a part goes: its name before the endings."""
    if not part:
        return path
    endings = "".join(path.suffixes[-2:] if path.suffix.lower() in COMPRESSIONS else path.suffixes[-1:])
    return path.with_name(f"{path.name.removesuffix(endings)}-{part}{endings}")
