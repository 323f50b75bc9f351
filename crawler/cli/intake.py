"""What `presswatch import` and `presswatch reextract` share: progress on a terminal, and telling what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from crawler.cli.context import ExitCode, Settings

if TYPE_CHECKING:
    from crawler.intake import IntakeReport


@contextmanager
def progress(what: str, total: int | None) -> Iterator[Callable[[int], None] | None]:
    """A bar on standard error when that is a terminal; gives what moves it."""
    import sys

    if not sys.stderr.isatty():
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from crawler.cli.terminal import console

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console(error=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.update(task, completed=done)


def tell(settings: Settings, report: IntakeReport, what: str, *, json: bool, dry_run: bool) -> ExitCode:
    """Say what came of it; 3 when something was left out."""
    from crawler.cli.terminal import one_line
    from crawler.items import Outcome

    counts = {outcome.value: report.outcomes.get(outcome, 0) for outcome in Outcome}
    if json:
        told = {what: report.pages, **counts, "left_out": report.left_out, "problems": report.problems}
        settings.echo_json({**told, "dry_run": dry_run})
    else:
        for problem in report.problems:
            click.echo(f"left out {one_line(problem)}", err=True)
        more = report.left_out - len(report.problems)
        if more > 0:
            click.echo(f"left out {more} more", err=True)
        words = ", ".join(f"{count} {word}" for word, count in counts.items() if count) or "nothing"
        click.echo(f"{report.pages} {what}: {words}" + ("; nothing was stored (dry run)" if dry_run else ""))
    return ExitCode.PARTIAL if report.left_out else ExitCode.OK
