"""`presswatch daemon`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from crawler.cli.context import Settings

if TYPE_CHECKING:
    from crawler.config import Config


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
    from crawler.daemon import run

    config = settings.config
    return run(config, reload=_Reload(settings), quiet=quiet, takeover=takeover)


class _Reload:
    """Reads the settings again; a file that was read before and is gone is not taken for one of defaults alone."""

    def __init__(self, settings: Settings) -> None:
        from crawler.config import settings_file

        self._settings = settings
        self._file = settings_file(settings.config_file)

    def __call__(self) -> Config:
        from crawler.config import load_config, settings_file
        from crawler.errors import ConfigError

        if self._file is not None and not self._file.exists():
            raise ConfigError(
                f"{self._file} is gone; put it back, or restart the daemon to go on without it", str(self._file)
            )
        fresh = load_config(self._settings.config_file, os.environ, self._settings.overrides)
        self._file = settings_file(self._settings.config_file)
        return fresh
