"""`presswatch runs`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from crawler.cli.context import Settings

if TYPE_CHECKING:
    from crawler.items import RunRow

# Of an error, in a table whose rows should stay lines.
LONGEST_ERROR = 120
COUNTS = ("seen", "new", "updated", "copies", "failed", "requests")


@click.command()
@click.option("--source", metavar="NAME", help="Only runs of this source.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many, newest first.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
@click.pass_obj
def command(settings: Settings, source: str | None, limit: int, as_json: bool) -> None:
    """Show what was crawled: when, how it ended, what came of it, and which budget left it no room.

    \b
    Example:
      presswatch runs --source magazine --limit 5
    """
    from crawler.cli.terminal import one_line, print_table
    from crawler.cli.times import shown

    store = settings.open_store(reads=True)
    if source is not None:
        store.sources.get(source)
    rows = store.crawls.list(limit, source)
    if as_json:
        settings.echo_json(rows)
        return
    if not rows:
        click.echo("nothing was crawled yet")
        return
    zone = settings.config.zone
    print_table(
        ("run", "name", "state", "started", "seconds", *COUNTS, "no room in", "errors"),
        [
            (
                str(row.id),
                row.name,
                str(row.state),
                shown(row.started_at, zone),
                f"{(row.ended_at - row.started_at).total_seconds():.1f}" if row.started_at and row.ended_at else "-",
                *(str(sum(getattr(count, name) for count in row.counts)) for name in COUNTS),
                one_line(_short(row)),
                _what_went_wrong(row),
            )
            for row in rows
        ],
        numbers=("run", "seconds", *COUNTS),
    )


def _short(row: RunRow) -> str:
    """The budgets that left a run no room."""
    spent = {
        count.budget + (f" of {count.budget_of}" if count.budget_of else ""): None
        for count in row.counts
        if count.budget
    }
    return ", ".join(spent)


def _what_went_wrong(row: RunRow) -> str:
    """The first error of a run, its own or one of its sources', and how many more there are."""
    from crawler.cli.terminal import one_line
    from crawler.items import source_errors

    errors = [*row.errors, *source_errors(row.counts)]
    if not errors:
        return ""
    first = one_line(errors[0])
    first = first if len(first) <= LONGEST_ERROR else f"{first[: LONGEST_ERROR - 1]}…"
    return f"{first} (and {len(errors) - 1} more)" if len(errors) > 1 else first
