"""`presswatch import`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.cli.context import ExitCode, Settings

if TYPE_CHECKING:
    from crawler.intake import IntakeReport, Offered
    from storage import Store

BATCH = 50


@click.command(name="import", short_help="Take articles in from our JSON lines and from web archives.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "warc"]),
    help="Default: what FILE ends with, before .gz or .zst; needed for - (standard input).",
)
@click.option("--source", metavar="NAME", help="Count all as met by this source; default: a row's own.")
@click.option("--dry-run", is_flag=True, help="Say what would be stored, and store nothing.")
@click.option("--json", is_flag=True, help="Answer as JSON.")
@click.pass_obj
def command(
    settings: Settings, /, *, files: tuple[Path, ...], form: str | None, source: str | None, dry_run: bool, json: bool
) -> ExitCode:
    """Take articles in from files: JSON lines that `presswatch export` wrote, and web archives (WARC, also CC-NEWS).

    A web archive's pages pass through the same extraction, deduplication and topics as a crawl's. Rows of JSON lines
    are believed; what is stored already stays known. A line or page that can't be taken is told and stops nothing; the
    exit code is 3 then.

    \b
    Example:
      presswatch import old-store.jsonl.zst
      presswatch import CC-NEWS-20261101000000-00001.warc.gz --dry-run
    """
    from crawler.cli.intake import tell
    from crawler.cli.terminal import progress
    from crawler.errors import UsageError
    from crawler.intake import IntakeReport

    for path in files:
        if path.is_dir():
            raise UsageError(f"{path}: is a folder; name the files in it", str(path))
        if path != Path("-") and not path.exists():
            raise UsageError(f"{path}: there is no such file", str(path))
    forms = [form or _form(path) for path in files]
    store = settings.open_store()
    if source is not None:
        store.sources.get(source)
    whole = IntakeReport()
    with progress("taking in") as advance:
        for path, kind in zip(files, forms, strict=True):
            moved = _moved(advance, whole.pages)
            take = _rows if kind == "jsonl" else _pages
            try:
                report = take(settings, store, path, source=source, dry_run=dry_run, advance=moved)
            except UsageError as error:
                if len(files) == 1:
                    raise
                whole.leave_out(str(error), named=True)  # what other files gave is kept and told
                continue
            if not (report.pages or report.left_out):
                click.echo(f"{path}: holds no {'row' if kind == 'jsonl' else 'page of HTML'}", err=True)
            whole.pages += report.pages
            whole.outcomes.update(report.outcomes)
            whole.left_out += report.left_out
            whole.problems += report.problems
    return tell(settings, whole, "articles and pages", json=json, dry_run=dry_run)


def _form(path: Path) -> str:
    from crawler.errors import UsageError

    bare = path.with_suffix("") if path.suffix.lower() in (".gz", ".zst") else path
    match bare.suffix.lower():
        case ".jsonl" | ".ndjson":
            return "jsonl"
        case ".warc":
            return "warc"
    raise UsageError(f"{path}: its ending names neither JSON lines nor WARC; say --format jsonl or warc", str(path))


def _moved(advance: Callable[[int], None] | None, before: int) -> Callable[[int], None] | None:
    return None if advance is None else lambda done: advance(before + done)


def _pages(
    settings: Settings,
    store: Store,
    path: Path,
    *,
    source: str | None,
    dry_run: bool,
    advance: Callable[[int], None] | None,
) -> IntakeReport:
    """A web archive, page by page."""
    import asyncio

    from crawler.archives.opening import BreaksOff
    from crawler.archives.warc import pages_in
    from crawler.errors import UsageError
    from crawler.intake import Offered, take_in
    from crawler.sources import hints_for

    config = settings.config
    refused: list[UsageError] = []
    hints = hints_for(config, store.sources.get(source) if source is not None else None)

    def offered() -> Iterator[Offered]:
        for found in pages_in(path, config.max_bytes):
            if isinstance(found, UsageError):
                refused.append(found)
            else:
                yield Offered(found, hints, source)

    report = asyncio.run(take_in(offered(), store, config, dry_run=dry_run, advance=advance))
    for error in refused:
        report.leave_out(str(error), named=isinstance(error, BreaksOff))
    return report


def _rows(
    settings: Settings,
    store: Store,
    path: Path,
    *,
    source: str | None,
    dry_run: bool,
    advance: Callable[[int], None] | None,
) -> IntakeReport:
    """JSON lines, a batch a transaction."""
    from zoneinfo import ZoneInfo

    from crawler.archives.jsonl import rows_in
    from crawler.archives.opening import BreaksOff
    from crawler.errors import UsageError
    from crawler.ingest import record_of_row
    from crawler.intake import IntakeReport, save
    from crawler.items import ArticleRecord
    from crawler.topics import TopicMatcher

    topics = store.topics.list()
    matcher = TopicMatcher(topics) if topics else None
    report = IntakeReport()
    waiting: list[tuple[str | None, ArticleRecord]] = []
    for row in rows_in(path, ZoneInfo(settings.config.zone)):
        report.pages += 1
        try:
            if isinstance(row, UsageError):
                raise row
            waiting.append((source or row.source, record_of_row(row, matcher)))
        except UsageError as error:
            report.leave_out(str(error), named=isinstance(error, BreaksOff))
        if len(waiting) >= BATCH:
            save(store, waiting, report, dry_run=dry_run)
            waiting = []
        if advance is not None:
            advance(report.pages)
    save(store, waiting, report, dry_run=dry_run)
    return report
