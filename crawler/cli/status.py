"""`presswatch status`."""

from __future__ import annotations

import gc
import logging
import shutil
import sys
import time
from typing import TYPE_CHECKING, NoReturn

import click

from crawler.cli.context import ExitCode, Settings, utc_now

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from crawler.config import Config
    from crawler.disk_forecast import Forecast
    from crawler.health import Health, SourceHealth

MOST_SHOWN = 50  # sources in the table where there is no terminal that says how many fit on it
LEAST_SHOWN = 5
LEFT = "{:,} more are not listed; `presswatch status --all` lists them, --json tells all of each"


@click.command()
@click.option(
    "--fail-on-unhealthy",
    is_flag=True,
    help="Exit with 4 when a source is failing, forbidden, changed, empty, overflowing or slow.",
)
@click.option("--all", "show_all", is_flag=True, help="List every source, not only as many as fit on a screen.")
@click.option("--source", "names", multiple=True, metavar="NAME", help="Tell of this source alone. Repeatable.")
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
    settings: Settings,
    *,
    as_json: bool,
    fail_on_unhealthy: bool,
    show_all: bool,
    names: tuple[str, ...],
    watch: float | None,
) -> ExitCode:
    """Show sources, their health, what ran and what runs next.

    How the daemon is, what it found and how soon, what waits, and each source with its state in a word:

    \b
    failing      its last looks failed
    forbidden    its robots.txt or its server refuses us
    changed      it no longer gives what it used to; what, is told below
    empty        its doors answer and name nothing
    overflowing  all that it shows is new at most looks: articles are missed
    slow         its looks are cut short (max_seconds)
    blocked      its host is left alone for a while
    moved        its server names another address for good
    quiet        nothing new for over a week, and longer than is usual
    never run    not looked at yet
    new          nothing new yet, and no usual pace known
    ok, off      all is well; paused

    "24 h" are articles found in the last 24 hours, "usual" as many as usually are. The worst come first, as many as
    fit on the screen; the rest is counted.

    \b
    Example:
      presswatch status
      presswatch status --source paper.example.com/rss
      presswatch status --json | jq '.sources[] | select(.state == "failing") | .account'
    """
    from crawler.errors import UsageError

    if watch is None:
        health, disk = _gather(settings, names)
        _show(settings, health, disk, as_json=as_json, every=show_all or bool(names))
        unhealthy = fail_on_unhealthy and any(source.unhealthy for source in health.sources)
        return ExitCode.UNHEALTHY if unhealthy else ExitCode.OK
    if fail_on_unhealthy:
        raise UsageError(
            "--watch goes on until Ctrl-C, so there is nothing to exit with; leave --fail-on-unhealthy out"
        )
    try:
        _watch(settings, watch, names, as_json=as_json, every=show_all or bool(names))
    except KeyboardInterrupt:
        return ExitCode.OK


def _watch(settings: Settings, seconds: float, names: Sequence[str], *, as_json: bool, every: bool) -> NoReturn:
    """Show it every so many seconds. A store that can't answer for a while is told, and asked again."""
    from crawler.cli.terminal import one_line
    from crawler.cli.times import shown
    from crawler.errors import StoreError

    found: tuple[Health, Forecast] | None = _gather(settings, names)  # what is wrong from the first is an error
    while True:
        if found is not None:
            health, disk = found
            if not as_json:
                click.clear()
                click.echo(f"{shown(health.at, settings.config.zone)}, every {seconds:g} s until Ctrl-C")
            _show(settings, health, disk, as_json=as_json, every=every, indented=False)
            if not as_json:
                click.echo()
        time.sleep(seconds)
        try:
            found = _gather(settings, names)
        except StoreError as error:
            found = None
            click.echo(one_line(f"presswatch: {error}; asked again in {seconds:g} s"), err=True)


def _gather(settings: Settings, names: Sequence[str]) -> tuple[Health, Forecast]:
    config, now = settings.config, utc_now()
    # Ten thousand sources make many objects, of which none is garbage.
    gc.disable()
    try:
        return _gathered(settings, config, names, now)
    finally:
        gc.enable()


def _gathered(settings: Settings, config: Config, names: Sequence[str], now: datetime) -> tuple[Health, Forecast]:
    from crawler.disk_forecast import look_ahead
    from crawler.errors import StoreError
    from crawler.health import look
    from storage.glance import open_file

    # To open the store would take longer than to read all this, and may change it.
    file = open_file(config.store)
    if file is not None:
        try:
            return look(file, config, now, names), look_ahead(file, config, now)
        except StoreError as error:
            logging.getLogger(__name__).info("%s; opened in full", error)
        finally:
            file.close()
    store = settings.open_store(reads=True)
    return look(store, config, now, names), look_ahead(store, config, now)


def _show(
    settings: Settings, health: Health, disk: Forecast, *, as_json: bool, every: bool, indented: bool = True
) -> None:
    """Write it; `every`: of each source, with what its state means."""
    if as_json:
        answer = {name: getattr(health, name) for name in health.__slots__} | {"silent": health.silent, "disk": disk}
        settings.echo_json(answer, indented=indented)
        return
    from crawler.cli import status_text as text
    from crawler.cli.terminal import coloured, one_line
    from crawler.health import worst_first

    colours = coloured()
    screen = shutil.get_terminal_size() if sys.stdout.isatty() else None
    lines = list(text.head(health, disk))
    if not health.sources:
        lines.append("add a source with `presswatch source add URL`")
    for line in lines:
        label, colon, rest = line.partition(":")
        click.echo((click.style(label, bold=True) if colours else label) + colon + rest)
    if not health.sources:
        return
    ordered = worst_first(health.sources)
    listed: Sequence[SourceHealth] = ordered
    if not every:
        room = MOST_SHOWN if screen is None else screen.lines - sum(_rows(line, screen.columns) for line in lines)
        listed = _fitting(health, ordered, room, screen.columns if screen is not None else None)
    click.echo()
    for word, line in text.table(listed, health, screen.columns if screen is not None else None):
        colour = text.COLOURS.get(word) if word is not None else None
        click.echo(click.style(line, fg=colour, bold=word is None) if colours else line)
    for source in listed:
        for label, told in text.notes(source):
            if every or source.state not in text.TOGETHER or label != source.state:
                click.echo(one_line(f"{label}: {source.name}: {told}"))
    left = len(ordered) - len(listed)
    if not every:
        for label, told in text.together(health):
            click.echo(f"{label}: {told}")
    if left:
        click.echo(LEFT.format(left))


def _fitting(health: Health, ordered: Sequence[SourceHealth], room: int, width: int | None) -> Sequence[SourceHealth]:
    """As many of the worst as find room with what is told of them; without a `width` each takes a line."""
    if width is None:
        return ordered[:room]
    from crawler.cli import status_text as text

    room -= 3 + _rows(LEFT.format(len(ordered)), width)  # an empty line, the heading, the prompt
    room -= sum(_rows(f"{label}: {told}", width) for label, told in text.together(health))
    chosen = 0
    for source in ordered:
        told = [] if source.state in text.TOGETHER else list(text.notes(source))
        room -= 1 + sum(_rows(f"{label}: {source.name}: {line}", width) for label, line in told)
        if room < 0 and chosen >= LEAST_SHOWN:
            break
        chosen += 1
    return ordered[:chosen]


def _rows(line: str, width: int) -> int:
    """How many rows of a terminal a line takes."""
    from crawler.cli.terminal import columns_of

    return max(1, -(-columns_of(line) // max(1, width)))
