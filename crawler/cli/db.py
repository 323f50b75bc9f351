"""`presswatch db`: the store itself."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.cli.context import ExitCode, Settings
from crawler.damage import MENDING, MENDING_FILE

if TYPE_CHECKING:
    from storage import Store

INDEX = "search index"
TEXT = "text: "


@click.group(name="db", short_help="Check, back up, copy, upgrade and tidy the store.")
def command() -> None:
    """Check, back up, copy, upgrade and tidy the store.

    \b
    Example:
      presswatch db check
      presswatch db backup presswatch-backup.db
    """


@command.command(short_help="Look for everything that is inconsistent.")
@click.option("--all", "every", is_flag=True, help="Compare every text with the search index, not 2,000 of them.")
@click.option("--json", is_flag=True, help="Answer as JSON.")
@click.pass_obj
def check(settings: Settings, every: bool, json: bool) -> ExitCode:
    """Look for everything that is inconsistent: damaged pages, rows that point nowhere, counters, the search index.

    Reads everything: minutes for millions of articles. Of a large store 2,000 texts, chosen by chance, are compared
    with the search index, for two minutes at most; --all compares every one, and takes hours for millions. Exit code 1
    when something is found.

    \b
    Example:
      presswatch db check
    """
    from crawler.cli.terminal import one_line, progress

    store = settings.open_store(reads=True)
    done = total = 0
    with progress("comparing texts with the search index") as advance:

        def compared(now: int, of: int) -> None:
            nonlocal done, total
            done, total = now, of
            if advance is not None:
                advance(now, of if every else None)

        found = store.check(every=every, compared=compared)
    if json:
        told = {"store": store.url, "sound": not found, "articles": total, "compared_with_index": done}
        settings.echo_json({**told, "findings": found})
        return ExitCode.FAILED if found else ExitCode.OK
    for line in found:
        click.echo(one_line(line))
    looked = f"{done:,} of {total:,} texts compared with the search index" + ("; --all: every one" * (done < total))
    if not found:
        click.echo(f"{store.url}: sound, {total:,} articles; {looked}")
        return ExitCode.OK
    click.echo(looked, err=True)
    if any(INDEX in line for line in found):
        click.echo("mend the search index with `presswatch db reindex`", err=True)
    if any(line.startswith("database file") for line in found):
        click.echo(MENDING_FILE, err=True)
    elif not all(INDEX in line or line.startswith(TEXT) for line in found):
        click.echo("restore a backup, or copy what is sound with `presswatch db copy`", err=True)
    if any(line.startswith(TEXT) for line in found):
        click.echo(f"mend texts: {MENDING}", err=True)
    return ExitCode.FAILED


@command.command(short_help="Mend the search index.")
@click.option("--anew", is_flag=True, help="Make all of it anew, also where it can't be read; writers wait meanwhile.")
@click.option("--json", is_flag=True, help="Answer as JSON.")
@click.pass_obj
def reindex(settings: Settings, anew: bool, json: bool) -> None:
    """Compare every text with the search index and put those into it anew that it has wrong or not at all.

    Daemons and crawls go on. Takes hours for millions of articles.

    \b
    Example:
      presswatch db reindex
    """
    from crawler.cli.terminal import progress

    store = settings.open_store()
    with progress("making the search index anew" if anew else "comparing texts with the search index") as advance:
        if anew:
            articles = mended = store.make_index_anew(advance)
        else:
            articles, mended = store.mend_index(advance)
    if json:
        settings.echo_json({"store": store.url, "articles": articles, "indexed_anew": mended})
    else:
        click.echo(f"{store.url}: {mended:,} of {articles:,} articles indexed anew")


@command.command(short_help="Bring the store's tables up to date.")
@click.option("--json", is_flag=True, help="Answer as JSON.")
@click.pass_obj
def upgrade(settings: Settings, json: bool) -> None:
    """Bring the store's tables to what this program needs.

    The daemon and every command that changes the store do so when they open it; those that only read it say that it is
    older.

    \b
    Example:
      presswatch db upgrade
    """
    store = settings.open_store(create=True)
    if json:
        settings.echo_json({"store": store.url, "schema": store.schema_version})
    else:
        click.echo(f"{store.url}: schema {store.schema_version}, up to date")


@command.command(short_help="Bring the store back to what an older presswatch needs.")
@click.argument("schema", required=False)
@click.option("--yes", is_flag=True, help="Don't ask whether what is lost may be lost.")
@click.option("--json", is_flag=True, help="Answer as JSON.")
@click.pass_obj
def downgrade(settings: Settings, schema: str | None, yes: bool, json: bool) -> None:
    """Bring the store's tables back to an older SCHEMA, for an older presswatch: that one says which it needs when it
    refuses the store.

    Says first what is lost, and asks; articles, texts, versions, sources and topics stay. Stop the daemon before. From
    then on use the older presswatch: this one's daemon upgrades the store again, and so does what changes it.

    \b
    Example:
      presswatch db backup before.db
      presswatch db downgrade 0003
    """
    from crawler.errors import UsageError

    store = settings.open_store(as_it_is=True)
    before = store.schema_version
    lost = store.lost_by_downgrade(schema or "")
    _refuse_busy(settings, store)
    assert schema is not None  # else nothing could be lost by it
    if not json or not yes:
        click.echo(f"{store.url}: from schema {before} back to {schema}", err=json)
        for name, what in lost:
            click.echo(f"  {name}: {f'lost: {what}' if what else 'nothing is lost'}", err=json)
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError("nobody can be asked here whether that may be lost: say --yes", "--yes")
        click.confirm("Go back?", abort=True, err=json)
    store.downgrade(schema)
    if json:
        told = [{"schema": name, "lost": what or None} for name, what in lost]
        settings.echo_json({"store": store.url, "before": before, "schema": schema, "steps": told})
    else:
        click.echo(f"{store.url}: schema {schema}; use the presswatch that needs it from now on")


def _refuse_busy(settings: Settings, store: Store) -> None:
    """`StoreBusy` while a daemon works on it: tables must not change under it."""
    from crawler.daemon_lock import daemon_holder
    from crawler.errors import StoreBusy

    if (holder := daemon_holder(store, settings.config.store)) is not None:
        raise StoreBusy(f"{holder} works on this store: stop it first", "daemon")


@command.command(short_help="Write a copy of the store as of now.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace FILE when it is there.")
@click.option("--json", is_flag=True, help="Answer as JSON.")
@click.pass_obj
def backup(settings: Settings, file: Path, force: bool, json: bool) -> None:
    """Write a copy of the store as of one moment to FILE, while daemons and crawls go on.

    FILE appears whole or not at all.

    \b
    Example:
      presswatch db backup presswatch-backup.db
    """
    from crawler.errors import UsageError

    if file.exists() and not force:
        raise UsageError(f"{file}: is there already; name another file, or say --force to replace it", str(file))
    from crawler.cli.terminal import progress

    store = settings.open_store(as_it_is=True)
    with progress("backing up", percent=True) as advance:
        store.back_up(file, advance)
    size = file.stat().st_size
    if json:
        settings.echo_json({"store": store.url, "file": str(file), "bytes": size})
    else:
        click.echo(f"{store.url} to {file}: {size:,} bytes")


@command.command(short_help="Copy everything into another, new store.")
@click.argument("url")
@click.option("--json", is_flag=True, help="Answer as JSON.")
@click.pass_obj
def copy(settings: Settings, url: str, json: bool) -> ExitCode:
    """Copy everything into the new store URL, SQLite or PostgreSQL: ids, versions, topics, cursors and change numbers.

    A text that can't be read is copied as it is and told, with exit code 3.

    \b
    Example:
      presswatch db copy postgresql+psycopg://press@db.example.com/press
    """
    from crawler.cli.damaged import tell_damage
    from crawler.cli.terminal import progress
    from crawler.daemon_lock import refuse_lost
    from crawler.damage import Damage
    from storage import open_store

    store = settings.open_store(reads=True)
    refuse_lost(url)
    damage = Damage()
    with open_store(url) as other, progress("copying", percent=True) as advance:
        articles = store.copy_to(other, advance, damage.note)
        place = other.url
    if json:
        said = {"from": store.url, "to": place, "articles": articles}
        settings.echo_json({**said, "damaged": damage.count, "problems": damage.named})
        return ExitCode.PARTIAL if damage.count else ExitCode.OK
    click.echo(f"{articles:,} articles and all that belongs to them: {store.url} to {place}")
    return tell_damage(damage, "copied with a text that can't be read")


@command.command(short_help="Give room that is not used back to the disk.")
@click.option("--json", is_flag=True, help="Answer as JSON.")
@click.pass_obj
def vacuum(settings: Settings, json: bool) -> None:
    """Give room that is not used back to the disk and refresh what the planner of queries knows.

    Writers wait meanwhile; a large store takes minutes, and free space of its own size.

    \b
    Example:
      presswatch db vacuum
    """
    store = settings.open_store()
    sizes = store.vacuum()
    if json:
        before, after = sizes or (None, None)
        settings.echo_json({"store": store.url, "bytes_before": before, "bytes_after": after})
    elif sizes is None:
        click.echo(f"{store.url}: tidied by its server")
    else:
        click.echo(f"{store.url}: {sizes[0]:,} bytes, now {sizes[1]:,}")
