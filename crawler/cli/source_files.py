"""`presswatch source import` and `export`: sources from and for other readers, as OPML, CSV or a plain list."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.cli.context import ExitCode, Settings, utc_now

if TYPE_CHECKING:
    from crawler.discovery.looking import Look
    from crawler.sources import Source
    from storage import Store

MAX_FILE_BYTES = 20_000_000
MAX_ROWS = 100_000
HOSTS_AT_ONCE = 4  # looked at together by import --probe; each host keeps its own pace

# A column of CSV, or attribute of ours in OPML, that is no text in a source's table.
_NUMBERS = ("max_pages", "max_articles", "max_depth")
_TRUTHS = ("keep_unsure", "enabled")
_ALIASES = {
    **dict.fromkeys(
        ("feed", "feed_url", "rss", "xmlurl", "link", "address", "website", "site", "homepage", "주소"), "url"
    ),
    **dict.fromkeys(("title", "source", "outlet", "이름", "매체"), "name"),
}
_remark = re.compile(r"(\s*\S+)\s+#\s.*")
_in_path = re.compile(r"\s*https?://[^\s/?#]+[/?]\S*", re.IGNORECASE)
_rest_of_url = re.compile(r"[\d.-]+|\S*[/=&]\S*|\S+\.(?:[sx]?html?|php|jsp|do|aspx?|xml|rss|atom|json)")
_YES, _NO = frozenset({"true", "yes", "1", "y", "on"}), frozenset({"false", "no", "0", "n", "off"})


class Fate(StrEnum):
    """What became of a line."""

    ADDED = "added"
    KNOWN = "already there"
    INVALID = "invalid"
    FAILED = "not reached"


@dataclass(frozen=True, slots=True)
class Row:
    """A source as one line of a file declares it."""

    line: int
    values: Mapping[str, object]


@dataclass(slots=True)
class Line:
    """One line's fate; `source` where it makes one."""

    line: int
    fate: Fate
    url: str
    name: str | None = None
    reason: str | None = None
    source: Source | None = None


@click.command(name="import", short_help="Watch what an OPML, CSV or plain list of URLs names.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--every", metavar="DURATION", help="Interval between crawls where the file says none, as 1h.")
@click.option("--probe", is_flag=True, help="Look at each URL first, as `source add` does, and choose its doors.")
@click.option("--dry-run", is_flag=True, help="Say what would be added, add nothing.")
@click.option("--json", "json", is_flag=True, help="Answer with each line's fate as JSON.")
@click.pass_obj
def import_(
    settings: Settings, /, *, file: Path, every: str | None, probe: bool, dry_run: bool, json: bool
) -> ExitCode:
    """Watch what FILE names (`-`: standard input): OPML of any feed reader, CSV, or one URL a line.

    Columns of CSV are the keys of a source (docs/configuration.md); without a heading the first is the URL, the second
    the name. Every line is told: added, already there, or invalid and why; one bad line stops nothing. Exit codes:
    0 all well, 3 some lines failed, 1 all did.

    \b
    Example:
      presswatch source import subscriptions.opml --dry-run
      presswatch source import papers.csv --every 1h --probe
    """
    body = _read(file)
    rows = read_rows(body, str(file))
    store = settings.open_store(create=True)
    lines = _checked(rows, store, every)

    def keep(line: Line) -> None:
        if line.source is not None and not dry_run:
            store.sources.add(line.source)

    if probe:
        _probe(settings, store, lines, keep)
    else:
        for line in lines:
            keep(line)
    _tell(settings, file, lines, dry_run=dry_run, json=json)
    bad = sum(1 for line in lines if line.fate in (Fate.INVALID, Fate.FAILED))
    if not bad:
        return ExitCode.OK
    return ExitCode.FAILED if bad == len(lines) else ExitCode.PARTIAL


@click.command(short_help="Write what is watched as OPML.")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("-"),
    metavar="FILE|-",
    help="Where to; - or nothing: standard output.",
)
@click.option("--json", "json", is_flag=True, help="Write a JSON list of sources instead.")
@click.pass_obj
def export(settings: Settings, /, *, names: tuple[str, ...], output: Path, json: bool) -> None:
    """Write all sources, or those named, as OPML 2.0: feed readers take it, `source import` takes it back whole.

    \b
    Example:
      presswatch source export -o sources.opml
    """
    from crawler.cli.context import as_json
    from crawler.export.placing import file_at

    shelf = settings.open_store(reads=True).sources
    sources = [shelf.get(name) for name in names] if names else shelf.list()
    text = as_json(sources) if json else opml_text(sources)
    if output == Path("-"):
        click.echo(text)
        return
    with file_at(output, hashed=False) as (stream, _):
        stream.write(f"{text}\n".encode())
    click.echo(f"{output}: {len(sources)} source{'s' * (len(sources) != 1)}", err=True)


# ---------------------------------------------------------------------------------------------------------- reading
def _read(file: Path) -> bytes:
    from crawler.errors import UsageError

    try:
        if file == Path("-"):
            body = sys.stdin.buffer.read(MAX_FILE_BYTES + 1)
        else:
            with file.open("rb") as stream:
                body = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror or error}; name an OPML, CSV or text file", str(file)) from error
    if len(body) > MAX_FILE_BYTES:
        raise UsageError(f"{file}: larger than {MAX_FILE_BYTES} bytes; split it", str(file))
    return body


def read_rows(body: bytes, name: str) -> list[Row]:
    """The sources that a file's bytes name, as tables of `declare.SOURCE_KEYS` by line.

    UTF-8, CP949 (what Excel writes in Korean), or what else the bytes turn out to be. Raises `UsageError` for a file
    that names none, or is none of these formats.
    """
    from crawler.errors import UsageError
    from crawler.extract.charset import decode_list
    from crawler.extract.opml import read_opml

    outlines = read_opml(body)
    if outlines is not None:
        rows = [_outline_row(one.line, one.title, one.feed, one.page, one.own) for one in outlines]
    else:
        text = decode_list(body)
        if text.lstrip()[:1] == "<":
            raise UsageError(f"{name}: XML, but no OPML; write OPML, CSV or one URL a line", name)
        if "\0" in text:
            raise UsageError(f"{name}: no text; write OPML, CSV or one URL a line", name)
        rows = list(_text_rows(text))
    if not rows:
        raise UsageError(f"{name}: it names no source", name)
    if len(rows) > MAX_ROWS:
        raise UsageError(f"{name}: more than {MAX_ROWS} sources; split it", name)
    return rows


def _outline_row(line: int, title: str | None, feed: str | None, page: str | None, own: Mapping[str, str]) -> Row:
    url = own.get("url") or feed or page or ""
    values: dict[str, object] = {**own, "url": url}
    if "name" not in own and title:
        values["name"] = title
    if "kind" not in own and feed is not None and url == feed:
        values["kind"] = "feed"
    return Row(line, values)


def _text_rows(text: str) -> Iterator[Row]:
    """CSV with or without a heading, or one URL a line; ``#`` begins a comment line, or a remark behind a URL."""
    import csv

    lines = text.splitlines()
    numbered = [
        (number, line) for number, line in enumerate(lines, 1) if line.strip() and not line.lstrip().startswith("#")
    ]
    if not numbered:
        return
    first = numbered[0][1]
    mark = next((mark for mark in ("\t", ";", ",") if mark in first), None)
    heading = [_column(name) for name in first.split(mark)] if mark is not None else [_column(first)]
    has_heading = "url" in heading
    if not has_heading:
        numbered = [(number, _remark.sub(r"\1", line)) for number, line in numbered]
        mark = next((mark for mark in ("\t", ";", ",") if mark in numbered[0][1]), None)
    if mark is None and not has_heading:
        mark = next((mark for mark in ("\t", ";", ",") if any(mark in line for _, line in numbered)), None)
    if mark is None:
        for number, line in numbered[has_heading:]:
            yield Row(number, {"url": line.strip()})
        return
    columns = next(csv.reader([first], delimiter=mark)) if has_heading else ["url", "name"]
    keys = [_column(name) for name in columns]
    for number, line in numbered[has_heading:]:
        try:
            cells = next(csv.reader([line], delimiter=mark))
        except (csv.Error, StopIteration) as error:
            yield Row(number, {"url": "", "_problem": f"no CSV: {error}"})
            continue
        cells = [cell.strip() for cell in (cells if has_heading else _whole_url(cells, mark))]
        if len(cells) > len(keys) and any(cells[len(keys) :]) and has_heading:
            yield Row(number, {"url": cells[0], "_problem": f"{len(cells)} cells, but {len(keys)} columns"})
            continue
        yield Row(number, {key: cell for key, cell in zip(keys, cells, strict=False) if cell and key})


def _whole_url(cells: Sequence[str], mark: str) -> Sequence[str]:
    """The cells of a row without a heading, those put together that are one URL which holds the separator itself, as
    ``https://paper.example.com/7,75248.html``.
    """
    ends = 1
    if cells and _in_path.match(cells[0]):
        while ends < len(cells) and _rest_of_url.fullmatch(cells[ends]):
            ends += 1
    return [mark.join(cells[:ends]), *cells[ends:]]


def _column(name: str) -> str:
    name = name.strip().strip('"').strip().lower().replace(" ", "_").replace("-", "_")
    return _ALIASES.get(name, name)


def _table(values: Mapping[str, object]) -> dict[str, object]:
    """Cells as a source's table wants them. Raises `UsageError`."""
    from crawler.errors import UsageError

    if problem := values.get("_problem"):
        raise UsageError(str(problem))
    table = dict(values)
    for key in _NUMBERS:
        cell = table.get(key)
        if isinstance(cell, str):
            if not cell.isascii() or not cell.isdigit() or len(cell) > 9:
                raise UsageError(f"{key}: {cell!r} is not a whole number", key)
            table[key] = int(cell)
    for key in _TRUTHS:
        cell = table.get(key)
        if isinstance(cell, str):
            if cell.lower() not in _YES | _NO:
                raise UsageError(f"{key}: {cell!r} is neither true nor false", key)
            table[key] = cell.lower() in _YES
    if isinstance(doors := table.get("doors"), str):
        table["doors"] = [one.strip() for one in doors.split("|") if one.strip()]
    if isinstance(headers := table.get("headers"), str):
        pairs = (pair.partition("=") for pair in headers.split(";") if pair.strip())
        table["headers"] = {name.strip(): variable.strip() for name, _, variable in pairs}
    return table


def _checked(rows: Sequence[Row], store: Store, every: str | None) -> list[Line]:
    """Each row as a source with a name of its own, or what is wrong with it."""
    from crawler.cli.declare import name_from, source_from
    from crawler.errors import UsageError
    from crawler.urls import url_key

    stored = store.sources.list()
    names = {source.name for source in stored}
    urls = {_identity(source, url_key): source.name for source in stored}
    lines: list[Line] = []
    for row in rows:
        told = str(row.values.get("url", ""))
        try:
            table = _table(row.values)
            if isinstance(title := table.get("name"), str):
                table["name"] = _clean_name(title) or None
            if every is not None and not {"every", "cron"} & set(table):
                table["every"] = every
            source = source_from({key: value for key, value in table.items() if value is not None}, f"line {row.line}")
        except UsageError as error:
            reason = str(error).removeprefix(f"line {row.line}: ")
            title = row.values.get("name")
            name = _clean_name(title) or None if isinstance(title, str) and not told else None
            lines.append(Line(row.line, Fate.INVALID, told, name=name, reason=reason))
            continue
        twin = urls.get(_identity(source, url_key))
        if twin is not None:
            lines.append(Line(row.line, Fate.KNOWN, source.url, name=twin, reason=f"as {twin}"))
            continue
        source = replace(source, name=_free(source.name, name_from(source.url), names))
        names.add(source.name)
        urls[_identity(source, url_key)] = source.name
        lines.append(Line(row.line, Fate.ADDED, source.url, name=source.name, source=source))
    return lines


def _identity(source: Source, key: Callable[[str], str]) -> str:
    """What makes two sources one: the URL, however it is written."""
    return key(source.url)


def _clean_name(title: str) -> str:
    from crawler.sources import MAX_NAME

    kept = "".join(one if one.isprintable() else " " for one in title)
    return " ".join(kept.split())[:MAX_NAME].strip()


def _free(name: str, other: str, taken: set[str]) -> str:
    """A name that nobody has: the one wanted, one made from the URL, or one with a number."""
    for one in (name, other):
        if one not in taken:
            return one
    number = 2
    while f"{name[:90]} ({number})" in taken:
        number += 1
    return f"{name[:90]} ({number})"


# ---------------------------------------------------------------------------------------------------------- looking
def _probe(settings: Settings, store: Store, lines: Sequence[Line], keep: Callable[[Line], None]) -> None:
    """Look at what would be added, hosts side by side, the URLs of a host one after the other; `keep` each at once."""
    import asyncio

    from crawler.cli.source_look import own_headers, watching
    from crawler.discovery.client import PoliteClient
    from crawler.discovery.looking import look
    from crawler.errors import PresswatchError
    from crawler.politeness import HostLocks, host_of
    from crawler.request_meter import noting

    config = settings.config
    groups: dict[str, list[Line]] = {}
    for line in lines:
        if line.source is not None:
            groups.setdefault(host_of(line.source.url), []).append(line)

    async def host(
        client: PoliteClient, gate: asyncio.Semaphore, group: Sequence[Line], tell: Callable[[str], None]
    ) -> None:
        async with gate:
            for line in group:
                assert line.source is not None
                source = line.source
                try:
                    headers = own_headers(source)
                    found = await look(source.url, client, config, utc_now(), source=source, headers=headers, tell=tell)
                except PresswatchError as error:
                    line.fate, line.reason, line.source = Fate.FAILED, str(error), None
                    continue
                _settle(line, found)
                keep(line)

    async def every_host(tell: Callable[[str], None]) -> None:
        gate = asyncio.Semaphore(HOSTS_AT_ONCE)
        locks, note = HostLocks(config.store), noting(store.requests)
        async with PoliteClient(config, hosts=store.hosts, locks=locks, note=note) as client:
            await asyncio.gather(*(host(client, gate, group, tell) for group in groups.values()))

    with watching() as tell:
        asyncio.run(every_host(tell))


def _settle(line: Line, found: Look) -> None:
    from crawler.cli.source_look import found_source

    assert line.source is not None
    if found.problem is not None:
        line.fate, line.reason, line.source = Fate.FAILED, found.problem, None
        return
    line.source = found_source(line.source, found)
    line.reason = f"{found.what}, {len(found.doors)} door{'s' * (len(found.doors) != 1)}"


def _tell(settings: Settings, file: Path, lines: Sequence[Line], *, dry_run: bool, json: bool) -> None:
    from collections import Counter

    from crawler.cli.terminal import one_line

    counts = Counter(line.fate for line in lines)
    if json:
        rows = [
            {
                "line": one.line,
                "fate": one.fate,
                "url": one.url,
                "name": one.name,
                "reason": one.reason,
                "source": one.source,
            }
            for one in lines
        ]
        told = {fate.value.replace(" ", "_"): counts[fate] for fate in Fate}
        settings.echo_json({"file": str(file), "dry_run": dry_run, "counts": told, "lines": rows})
        return
    for one in lines:
        what = one.name or one.url
        reason = (
            f" ({one.reason})"
            if one.reason and one.fate in (Fate.ADDED, Fate.KNOWN)
            else f": {one.reason}"
            if one.reason
            else ""
        )
        click.echo(one_line(f"line {one.line}: {one.fate} {what}{reason}"), err=one.fate in (Fate.INVALID, Fate.FAILED))
    said = ", ".join(f"{counts[fate]} {fate}" for fate in Fate if counts[fate])
    click.echo(("would be: " if dry_run else "") + said)


# ---------------------------------------------------------------------------------------------------------- writing
def opml_text(sources: Sequence[Source]) -> str:
    """Sources as OPML 2.0. What other readers know stands in its own attributes, the rest in a namespace of ours."""
    from crawler.extract.opml import NAMESPACE

    rows = "\n".join(
        "    <outline " + " ".join(f'{key}="{_quoted(value)}"' for key, value in _attributes(source)) + "/>"
        for source in sources
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<opml version="2.0" xmlns:presswatch="{NAMESPACE}">\n'
        f"  <head>\n    <title>presswatch sources</title>\n    <dateCreated>{_rfc822()}</dateCreated>\n  </head>\n"
        f"  <body>\n{rows}{chr(10) if rows else ''}  </body>\n</opml>"
    )


def _attributes(source: Source) -> Iterator[tuple[str, str]]:
    from crawler.cli.declare import door_text
    from crawler.sources import Limits, Schedule, SourceKind

    feed = next((door.url for door in source.doors if door.kind is SourceKind.FEED), None)
    if feed is None and source.kind is SourceKind.FEED and not source.doors:
        feed = source.url
    yield "text", source.name
    yield "title", source.name
    if feed is not None:
        yield from (("type", "rss"), ("xmlUrl", feed))
        if feed != source.url:
            yield "htmlUrl", source.url
    else:
        yield from (("type", "link"), ("url", source.url))
    own: dict[str, object] = {"url": source.url, "name": source.name, "kind": source.kind}
    schedule = source.schedule
    if schedule.cron is not None:
        own["cron"] = schedule.cron
    elif schedule.every != Schedule().every:
        own["every"] = f"{schedule.every}s"
    own |= {"min_interval": schedule.min_interval, "max_interval": schedule.max_interval}
    own |= {"cron_zone": schedule.zone, "zone": source.zone, "language": source.language}
    own |= {"topic_template": source.topic_template, "doors": " | ".join(map(door_text, source.doors)) or None}
    own["headers"] = ";".join(f"{name}={variable}" for name, variable in source.headers.items()) or None
    usual = Limits()
    own |= {key: value for key in _NUMBERS if (value := getattr(source.limits, key)) != getattr(usual, key)}
    own["max_seconds"] = f"{source.limits.max_seconds}s" if source.limits.max_seconds != usual.max_seconds else None
    own["delay"] = f"{source.delay:g}s" if source.delay is not None else None
    own |= {"keep_unsure": "true" if source.keep_unsure else None, "enabled": None if source.enabled else "false"}
    for key, value in own.items():
        if value is not None:
            yield f"presswatch:{key}", str(value)


def _quoted(value: str) -> str:
    from html import escape

    return escape(value, quote=True)


def _rfc822() -> str:
    from email.utils import format_datetime

    return format_datetime(utc_now(), usegmt=True)
