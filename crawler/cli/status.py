"""`presswatch status`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from crawler.cli.context import ExitCode, Settings, utc_now

if TYPE_CHECKING:
    from crawler.health import BudgetUse

MOST_SHOWN = 50  # sources in the table: what a person reads, and what a terminal draws at once


@click.command()
@click.option("--fail-on-unhealthy", is_flag=True, help="Exit with 4 when a source is failing or changed.")
@click.option("--all", "show_all", is_flag=True, help=f"List every source, not only {MOST_SHOWN}.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
@click.pass_obj
def command(settings: Settings, as_json: bool, fail_on_unhealthy: bool, show_all: bool) -> ExitCode:
    """Show sources, their health, what ran and what runs next.

    A source is ok, quiet (nothing new for over a week, or never), failing (its last crawls failed), changed (it no
    longer gives what it used to; what, is told below), never run, blocked (its host asked not to be called for a
    while), or off. Of more than 50 sources those are listed first that need a look.

    \b
    Example:
      presswatch status
    """
    from crawler.cli.terminal import one_line, print_table
    from crawler.cli.times import shown
    from crawler.disk_forecast import look_ahead, told
    from crawler.health import foremost, look

    store = settings.open_store()
    health = look(store, settings.config, utc_now())
    disk = look_ahead(store, settings.config, utc_now())
    unhealthy = fail_on_unhealthy and any(source.unhealthy for source in health.sources)
    code = ExitCode.UNHEALTHY if unhealthy else ExitCode.OK
    if as_json:
        settings.echo_json({name: getattr(health, name) for name in health.__slots__} | {"disk": disk})
        return code
    zone = settings.config.zone
    if health.daemon is None:
        click.echo("daemon: not running (start it with `presswatch daemon`)")
    else:
        place = f", process {health.daemon.pid} on {health.daemon.host}" if health.daemon.pid else ""
        click.echo(f"daemon: running since {shown(health.daemon.since, zone)}{place}")
    words = ", ".join(f"{count} {word}" for word, count in sorted(health.states.items()))
    click.echo(f"sources: {len(health.sources)}" + (f" ({words})" if words else ""))
    click.echo(f"topics: {health.topics}, articles: {health.articles}, crawls under way: {health.running}")
    click.echo(f"requests in the last hour: {_budget(health.budget)}")
    click.echo(f"store: {told(disk)}")
    if not health.sources:
        click.echo("add a source with `presswatch source add URL`")
        return code
    click.echo()
    shown_sources = health.sources if show_all else foremost(health.sources, MOST_SHOWN)
    print_table(
        ("source", "state", "articles", "new a day", "last run", "last success", "last new", "next due", "last error"),
        [
            (
                source.name,
                f"{source.state}, running" if source.running else str(source.state),
                str(source.articles),
                f"{source.usual.new_a_day:g}" if source.usual.new_a_day is not None else "-",
                *(shown(moment, zone) for moment in (source.last_run, source.last_success, source.last_new)),
                shown(source.next_due, zone),
                one_line(source.last_error) if source.failures else "",
            )
            for source in shown_sources
        ],
        numbers=("articles", "new a day"),
    )
    for source in shown_sources:
        for change in source.changes:
            click.echo(one_line(f"changed: {source.name}: {change}"))
    left = len(health.sources) - len(shown_sources)
    if left:
        click.echo(f"{left} more are not listed; `presswatch status --all` lists them, --json tells all of each")
    return code


def _budget(use: BudgetUse) -> str:
    """``120 of 7200; most to paper.example.com, 60 of 900; most for paper, 60 of 600``."""
    from crawler.cli.terminal import one_line

    def told(requests: int, ceiling: int) -> str:
        return f"{requests} of {ceiling}" if ceiling else f"{requests} (no ceiling)"

    parts = [told(use.requests, use.ceiling)]
    if use.host is not None:
        parts.append(f"most to {use.host}, {told(use.host_requests, use.host_ceiling)}")
    if use.source is not None:
        parts.append(f"most for {use.source}, {told(use.source_requests, use.source_ceiling)}")
    return one_line("; ".join(parts))
