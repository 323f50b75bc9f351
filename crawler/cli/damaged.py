"""Telling of articles that the store can't read, by commands that go on without them."""

from __future__ import annotations

import click

from crawler.cli.context import ExitCode
from crawler.damage import Damage


def tell_damage(damage: Damage, what: str = "left out") -> ExitCode:
    """Say on standard error which there were and what to do, and give the exit code: 3 when there was one."""
    from crawler.cli.terminal import one_line

    if not damage.count:
        return ExitCode.OK
    for line in damage.named:
        click.echo(f"{what}: {one_line(line)}", err=True)
    more = damage.count - len(damage.named)
    if more:
        click.echo(f"{what}: {more:,} more", err=True)
    for line in damage.ways_out():
        click.echo(line, err=True)
    return ExitCode.PARTIAL
