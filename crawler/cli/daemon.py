"""`presswatch daemon`."""

from __future__ import annotations

import os

import click

from crawler.cli.context import Settings


@click.command()
@click.option("--quiet", is_flag=True, help="Say only what went wrong.")
@click.option("--takeover", is_flag=True, help="Have a daemon that works on this store stop first.")
@click.pass_obj
def command(settings: Settings, quiet: bool, takeover: bool) -> int:
    """Crawl each source again when it is due, until stopped.

    One daemon works on a store; a second one is refused, or with --takeover takes its place. It logs one line an event
    on standard error. SIGTERM or Ctrl-C stops it within the setting `drain`, a second one at once; SIGHUP reads the
    settings again. Sources may be added, changed and removed while it runs.

    \b
    Example:
      presswatch source add https://magazine.example.com/feed --every 15m
      presswatch daemon
    """
    from crawler.config import load_config
    from crawler.daemon import run

    return run(
        settings.config,
        reload=lambda: load_config(settings.config_file, os.environ, settings.overrides),
        quiet=quiet,
        takeover=takeover,
    )
