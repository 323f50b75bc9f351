"""What `presswatch import` and `presswatch reextract` share: telling what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from crawler.cli.context import ExitCode, Settings

if TYPE_CHECKING:
    from crawler.intake import IntakeReport


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
