"""`presswatch export --coverage`: which hours each source was watched in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.cli.context import ExitCode, Settings, as_json, utc_now

if TYPE_CHECKING:
    from crawler.export.coverage import Hour

DEFAULT_DAYS = 7
TAKES = ("source", "since", "until")


def write_coverage(
    settings: Settings, output: Path, format_name: str | None, options: Mapping[str, object], *, json: bool
) -> ExitCode:
    """Write the hours of the sources in `options` to `output`, and tell how many were watched. `UsageError` for options
    that are given (not `None`) and are about articles.
    """
    from crawler.cli.damaged import tell_damage
    from crawler.cli.selection import article_filter
    from crawler.damage import Damage
    from crawler.errors import UsageError
    from crawler.export.coverage import MAX_HOURS, coverage, hour_of
    from crawler.export.formats import STDOUT, format_of
    from crawler.export.placing import file_at

    form = format_of(output, format_name).name
    if form not in ("jsonl", "csv"):
        raise UsageError(f"--coverage writes jsonl or csv, not {form}", form)
    for name, value in options.items():
        if value is not None and name not in TAKES:
            raise UsageError(f"--coverage tells of sources and hours: leave --{name.replace('_', '-')} out", name)
    chosen = {name: str(options[name]) if options[name] is not None else None for name in TAKES}
    store = settings.open_store(reads=True)
    wanted = article_filter(settings, store, chosen)
    now = utc_now()
    since, until = wanted.since or now - timedelta(days=DEFAULT_DAYS), min(wanted.until or now, now)
    if until <= since:
        given = chosen["since"] if chosen["since"] is not None else f"{DEFAULT_DAYS}d"
        what = "is yet to come" if since >= now else f"is not before --until {chosen['until']}"
        raise UsageError(f"--coverage: --since {given} {what}", "since")
    if until - since > timedelta(hours=MAX_HOURS):
        raise UsageError(f"--coverage: {chosen['since']!r} is too long ago; ask for {MAX_HOURS:,} hours", "since")
    kept = settings.config.keep_runs_days
    damage = Damage()
    names = [wanted.source] if wanted.source is not None else [source.name for source in store.sources.list()]
    hours = coverage(
        names,
        store.crawls.since(hour_of(since)),
        store.articles.marks(wanted, damaged=damage.note),
        since=since,
        until=until,
        kept_since=now - timedelta(days=kept) if kept else None,
        wanted=(lambda name: name == wanted.source) if wanted.source is not None else lambda _name: True,
    )
    states: Counter[str] = Counter()
    with file_at(output) as (stream, written):
        for line in (_jsonl if form == "jsonl" else _csv)(_counted(hours, states)):
            stream.write(line)
    to_error = output == STDOUT
    told = {"written": sum(states.values()), "format": form, "states": dict(states)}
    if json:
        file = {"name": written.name, "bytes": written.size, "sha256": written.sha256}
        click.echo(as_json({"file": None if to_error else str(output), **told, "files": [file]}), err=to_error)
    elif not to_error:
        what = ", ".join(f"{count:,} {state}" for state, count in states.items()) or "no source"
        click.echo(f"{told['written']:,} hours to {output}: {what}", err=True)
    return tell_damage(damage, "not counted")


def _counted(hours: Iterator[Hour], states: Counter[str]) -> Iterator[Hour]:
    for hour in hours:
        states[hour.state] += 1
        yield hour


def _jsonl(hours: Iterator[Hour]) -> Iterator[bytes]:
    import orjson

    from crawler.export.coverage import plain

    for hour in hours:
        yield orjson.dumps(plain(hour), option=orjson.OPT_APPEND_NEWLINE)


def _csv(hours: Iterator[Hour]) -> Iterator[bytes]:
    from crawler.export.coverage import HEADINGS, plain
    from crawler.export.csv import lines

    return lines(HEADINGS, (list(plain(hour).values()) for hour in hours))
