"""`presswatch log`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import click

from crawler.cli.context import Settings

LOOK_EVERY = 0.3
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


@click.command()
@click.option("--follow", "-f", is_flag=True, help="Go on with new lines until Ctrl-C.")
@click.option(
    "--lines",
    type=click.IntRange(0, 100_000),
    default=50,
    show_default=True,
    help="How many of what is asked for, the latest.",
)
@click.option("--level", type=click.Choice(LEVELS, case_sensitive=False), help="Only this level and above.")
@click.option("--source", metavar="NAME", help="Only what is about this source.")
@click.option("--json", "as_json", is_flag=True, help="Show each line as JSON.")
@click.pass_obj
def command(
    settings: Settings, *, follow: bool, lines: int, level: str | None, source: str | None, as_json: bool
) -> None:
    """Show what the daemon logged.

    The daemon logs to the file that the setting `log_file` names, else to standard error, which systemd's journal or
    Docker keeps. Where it is a file, its last lines are shown, also out of files that were rotated away.

    \b
    Example:
      presswatch log --follow --level WARNING
    """
    from crawler.cli.terminal import harmless
    from crawler.errors import UsageError
    from crawler.logs import last_lines, level_number, matching

    if not settings.config.log_file:
        raise UsageError(
            "the daemon logs to its standard error, as no log_file is set: see it with "
            "`journalctl -u presswatch -f` (systemd) or `docker logs -f presswatch`, or set log_file",
            "log_file",
        )
    file = Path(settings.config.log_file)
    if not file.exists() and not follow:
        raise UsageError(f"{file}: no daemon has logged there yet; start one with `presswatch daemon`", str(file))
    number = level_number(level) if level else 0
    fresh = _new_lines(file) if follow else iter(())
    try:
        for part in (last_lines(file, lines, settings.config.log_files, number, source), fresh):
            for line, told in matching(part, number, source):
                if as_json:
                    _echo_json(told)
                else:
                    click.echo(harmless(line))
    except KeyboardInterrupt:
        return


def _echo_json(told: dict[str, object]) -> None:
    import orjson

    click.echo(orjson.dumps(told).decode())


def _new_lines(file: Path) -> Iterator[str]:
    """Whole lines as they are written from now on; a file that is rotated away is read to its end first."""
    stream = file.open("rb") if file.exists() else None
    if stream is not None:
        stream.seek(0, 2)

    def follow() -> Iterator[str]:
        nonlocal stream
        rest = b""
        while True:
            if stream is not None:
                *whole, rest = (rest + stream.read(1 << 20)).split(b"\n")
                yield from (line.decode("utf-8", "replace") for line in whole)
                if whole:
                    continue
            if file.exists() and (stream is None or _is_other(stream.fileno(), stream.tell(), file)):
                if stream is not None:
                    stream.close()
                stream, rest = file.open("rb"), b""
                continue
            time.sleep(LOOK_EVERY)

    return follow()


def _is_other(descriptor: int, place: int, file: Path) -> bool:
    import os

    ours, theirs = os.fstat(descriptor), file.stat()
    return (ours.st_dev, ours.st_ino) != (theirs.st_dev, theirs.st_ino) or theirs.st_size < place
