"""`presswatch apply`: sources and topics from a file, as often as one likes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

import click

from crawler.cli.context import Settings

if TYPE_CHECKING:
    from crawler.items import Topic
    from crawler.sources import Source

MAX_FILE_BYTES = 20_000_000  # some 100,000 sources


@click.command(name="apply", short_help="Load sources and topics from a TOML file.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--prune", is_flag=True, help="Remove sources and topics that the file doesn't name.")
@click.option("--dry-run", is_flag=True, help="Say what would change, change nothing.")
@click.option("--json", "json", is_flag=True, help="Answer with the changes as JSON.")
@click.pass_obj
def command(settings: Settings, /, *, file: Path, prune: bool, dry_run: bool, json: bool) -> None:
    """Make the store hold the [[source]] and [[topic]] tables of FILE; say what changed.

    The whole file is checked before anything is changed. Applied again, it changes nothing. The keys are those of
    `source add` and `topic add`; docs/configuration.md lists them.

    \b
    Example:
      presswatch apply watch.toml --prune
    where watch.toml holds
      [[source]]
      url = "https://paper.example.com/rss"
      every = "15m"
    \b
      [[topic]]
      name = "저커버그"
      aliases = ["Zuckerberg", "주커버그"]
    """
    sources, topics = read_declarations(file)
    store = settings.open_store(create=True)
    sources = _with_found_doors(sources, store.sources.list())
    changes = _apply("source", sources, store.sources, prune=prune, dry_run=dry_run)
    topic_changes = _apply("topic", topics, store.topics, prune=prune, dry_run=dry_run)
    if not dry_run:
        for change in topic_changes:
            if change["change"] in {"added", "changed"}:
                change["matched"] = store.articles.assign_topic(str(change["name"]))
    changes += topic_changes
    if json:
        settings.echo_json({"file": str(file), "dry_run": dry_run, "changes": changes})
        return
    _print(changes, dry_run=dry_run)


def read_declarations(file: Path) -> tuple[list[Source], list[Topic]]:
    """The sources and topics that `file` declares; UsageError names the file, table and key that make no sense."""
    import tomllib

    from crawler.cli.declare import source_from, topic_from
    from crawler.config import nearest
    from crawler.errors import UsageError

    try:
        with file.open("rb") as stream:
            body = stream.read(MAX_FILE_BYTES + 1)
        if len(body) > MAX_FILE_BYTES:
            raise UsageError(f"{file}: larger than {MAX_FILE_BYTES} bytes; split it", str(file))
        tables = tomllib.loads(body.decode("utf-8"))
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror or error}; name a TOML file", str(file)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{file}: no valid TOML: {error}", str(file)) from error
    for key in tables:
        if key not in {"source", "topic"}:
            raise UsageError(
                f"{file}: only [[source]] and [[topic]] belong here, not {key!r}{nearest(key, ('source', 'topic'))}",
                key,
            )
    sources = [source_from(table, place) for place, table in _tables(file, "source", tables.get("source", []))]
    topics = [topic_from(table, place) for place, table in _tables(file, "topic", tables.get("topic", []))]
    _refuse_twins(file, "source", [source.name for source in sources])
    _refuse_twins(file, "topic", [topic.name for topic in topics])
    return sources, topics


def _tables(file: Path, what: str, tables: object) -> list[tuple[str, Mapping[str, object]]]:
    from crawler.errors import UsageError

    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise UsageError(f"{file}: write each {what} as a table of its own, under [[{what}]]", what)
    named = []
    for number, table in enumerate(tables, 1):
        name = table.get("name") or table.get("url")
        named.append((f"{file}: {what} {number}" + (f" ({name})" if isinstance(name, str) else ""), table))
    return named


def _refuse_twins(file: Path, what: str, names: Sequence[str]) -> None:
    from collections import Counter

    from crawler.errors import UsageError

    for name, times in Counter(names).items():
        if times > 1:
            raise UsageError(f"{file}: {times} {what}s are called {name!r}; give each a name of its own", name)


class _Named(Protocol):
    @property
    def name(self) -> str: ...


T = TypeVar("T", bound=_Named)


class _Shelf(Protocol[T]):
    def list(self) -> Sequence[T]: ...

    def add(self, thing: T, /) -> None: ...

    def update(self, thing: T, /) -> None: ...

    def remove(self, name: str, /) -> None: ...


def _apply(what: str, wanted: Sequence[T], shelf: _Shelf[T], *, prune: bool, dry_run: bool) -> list[dict[str, object]]:
    stored = {thing.name: thing for thing in shelf.list()}
    changes: list[dict[str, object]] = []
    for thing in wanted:
        old = stored.pop(thing.name, None)
        differences = _differences(old, thing) if old is not None else {}
        change = "added" if old is None else "changed" if differences else "unchanged"
        if not dry_run and change == "added":
            shelf.add(thing)
        elif not dry_run and change == "changed":
            shelf.update(thing)
        changes.append({"what": what, "name": thing.name, "change": change, "differences": differences})
    for name in stored:
        if prune and not dry_run:
            shelf.remove(name)
        changes.append({"what": what, "name": name, "change": "removed" if prune else "kept", "differences": {}})
    return changes


def _with_found_doors(wanted: Sequence[Source], stored: Sequence[Source]) -> list[Source]:
    """Sources that say nothing of doors keep those that were found at their URL."""
    from dataclasses import replace

    known = {source.name: source for source in stored}
    kept = []
    for source in wanted:
        old = known.get(source.name)
        found = old.doors if old is not None and old.url == source.url and not source.doors else source.doors
        kept.append(replace(source, doors=found))
    return kept


def _differences(old: object, new: object) -> dict[str, list[object]]:
    """Field -> [old, new] for each field of two dataclasses of one type that differs."""
    pairs = {row.name: [getattr(old, row.name), getattr(new, row.name)] for row in fields(old)}  # type: ignore[arg-type]
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _told(value: object) -> str:
    """A field's value as a person wrote it."""
    from crawler.cli.declare import door_text
    from crawler.cli.source import schedule_text
    from crawler.sources import Limits, Schedule, SourceDoor

    match value:
        case Schedule():
            return schedule_text(value)
        case Limits():
            return ", ".join(f"{row.name} {getattr(value, row.name)}" for row in fields(value))
        case SourceDoor():
            return door_text(value)
        case Mapping():
            return ", ".join(f"{name}={one}" for name, one in value.items()) or "none"
        case tuple():
            return ", ".join(map(_told, value)) or "none"
        case bool():
            return "yes" if value else "no"
        case _:
            return "none" if value is None else str(value)


def _print(changes: Sequence[Mapping[str, object]], *, dry_run: bool) -> None:
    from collections import Counter

    from crawler.cli.terminal import one_line

    for change in changes:
        if change["change"] == "unchanged":
            continue
        differences = change["differences"]
        assert isinstance(differences, dict)
        said = "; ".join(f"{name}: {_told(old)} -> {_told(new)}" for name, (old, new) in differences.items())
        note = " (not in the file; --prune removes it)" if change["change"] == "kept" else ""
        note += f" ({change['matched']} stored articles match)" if "matched" in change else ""
        click.echo(
            one_line(f"{change['what']} {change['name']} {change['change']}{note}" + (f": {said}" if said else ""))
        )
    counts = Counter(str(change["change"]) for change in changes)
    order = ("added", "changed", "removed", "kept", "unchanged")
    summary = ", ".join(f"{counts[word]} {word}" for word in order if counts[word]) or "nothing is declared"
    click.echo(("would be: " if dry_run else "") + summary)
