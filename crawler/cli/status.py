"""`presswatch status`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NoReturn

import click

from crawler.cli.context import ExitCode, Settings, utc_now

if TYPE_CHECKING:
    from crawler.disk_forecast import Forecast
    from crawler.health import BudgetUse, Health

MOST_SHOWN = 50  # sources in the table: what a person reads, and what a terminal draws at once


@click.command()
@click.option("--fail-on-unhealthy", is_flag=True, help="Exit with 4 when a source is failing, changed or overflowing.")
@click.option("--all", "show_all", is_flag=True, help=f"List every source, not only {MOST_SHOWN}.")
@click.option(
    "--watch",
    metavar="[SECONDS]",
    type=click.FloatRange(1, 86_400),
    is_flag=False,
    flag_value="5",
    help="Show it anew every so many seconds (5 where none are given) until Ctrl-C; with --json, a line each time.",
)
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
@click.pass_obj
def command(
    settings: Settings, *, as_json: bool, fail_on_unhealthy: bool, show_all: bool, watch: float | None
) -> ExitCode:
    """Show sources, their health, what ran and what runs next.

    A source is ok, quiet (nothing new for over a week, or never), failing (its last crawls failed), changed (it no
    longer gives what it used to; what, is told below), overflowing (all that it shows is new at most looks, so that
    articles are missed), never run, blocked (its host asked not to be called for a while), or off. Of more than 50
    sources those are listed first that need a look.

    \b
    Example:
      presswatch status
    """
    from crawler.errors import UsageError

    if watch is None:
        health, disk = _gather(settings)
        _show(settings, health, disk, as_json=as_json, show_all=show_all)
        unhealthy = fail_on_unhealthy and any(source.unhealthy for source in health.sources)
        return ExitCode.UNHEALTHY if unhealthy else ExitCode.OK
    if fail_on_unhealthy:
        raise UsageError(
            "--watch goes on until Ctrl-C, so there is nothing to exit with; leave --fail-on-unhealthy out"
        )
    try:
        _watch(settings, watch, as_json=as_json, show_all=show_all)
    except KeyboardInterrupt:
        return ExitCode.OK


def _watch(settings: Settings, seconds: float, *, as_json: bool, show_all: bool) -> NoReturn:
    """Show it every so many seconds. A store that can't answer for a while is told, and asked again."""
    from crawler.cli.terminal import one_line
    from crawler.cli.times import shown
    from crawler.errors import StoreError

    settings.open_store()
    while True:
        try:
            health, disk = _gather(settings)
        except StoreError as error:
            click.echo(one_line(f"presswatch: {error}; asked again in {seconds:g} s"), err=True)
        else:
            if not as_json:
                click.clear()
                click.echo(f"{shown(health.at, settings.config.zone)}, every {seconds:g} s until Ctrl-C")
            _show(settings, health, disk, as_json=as_json, show_all=show_all, indented=False)
            if not as_json:
                click.echo()
        time.sleep(seconds)


def _gather(settings: Settings) -> tuple[Health, Forecast]:
    from crawler.disk_forecast import look_ahead
    from crawler.health import look

    store, now = settings.open_store(), utc_now()
    return look(store, settings.config, now), look_ahead(store, settings.config, now)


def _show(
    settings: Settings, health: Health, disk: Forecast, *, as_json: bool, show_all: bool, indented: bool = True
) -> None:
    from crawler.cli.budget_lines import binding_lines
    from crawler.cli.terminal import one_line, print_table
    from crawler.cli.times import shown
    from crawler.disk_forecast import told
    from crawler.health import foremost

    if as_json:
        answer = {name: getattr(health, name) for name in health.__slots__} | {"disk": disk}
        settings.echo_json(answer, indented=indented)
        return
    zone = settings.config.zone
    if health.daemon is None:
        click.echo("daemon: not running (start it with `presswatch daemon`)")
    else:
        place = f", process {health.daemon.pid} on {health.daemon.host}" if health.daemon.pid else ""
        trouble = f"; {one_line(health.daemon.trouble)}" if health.daemon.trouble else ""
        click.echo(f"daemon: running since {shown(health.daemon.since, zone)}{place}{trouble}")
    words = ", ".join(f"{count} {word}" for word, count in sorted(health.states.items()))
    click.echo(f"sources: {len(health.sources)}" + (f" ({words})" if words else ""))
    click.echo(f"topics: {health.topics}, articles: {health.articles}, crawls under way: {health.running}")
    click.echo(f"requests in the last hour: {_budget(health.budget)}")
    for line in binding_lines(health.waiting, zone):
        click.echo(line)
    click.echo(f"store: {told(disk)}")
    if not health.sources:
        click.echo("add a source with `presswatch source add URL`")
        return
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
        if source.overflow is not None:
            click.echo(one_line(f"overflows: {source.name}: {source.overflow}"))
    left = len(health.sources) - len(shown_sources)
    if left:
        click.echo(f"{left} more are not listed; `presswatch status --all` lists them, --json tells all of each")


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
