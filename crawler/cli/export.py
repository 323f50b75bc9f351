"""`presswatch export`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.cli.context import ExitCode, Settings
from crawler.cli.selection import article_filter, selects

if TYPE_CHECKING:
    from crawler.export import Choice
    from crawler.items import ArticleFilter
    from storage import Store

# Written out: the registry's module is not loaded for --help. A test compares the two.
NAMES = ("jsonl", "csv", "parquet", "xlsx", "sqlite", "html", "rss", "atom", "jsonfeed", "warc", "markdown", "dataset")


@click.command(name="export", short_help="Write articles as a file or a dataset.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("-"),
    metavar="FILE|-",
    help="Where to; - or nothing: standard output. The ending says the format; .gz or .zst after it compresses.",
)
@click.option(
    "--format",
    "format_name",
    type=click.Choice(NAMES),
    help="Default: what FILE ends with; jsonl for standard output. markdown and dataset fill a folder.",
)
@selects("query", "topic", "source", "lang", "since", "until", "seen_since")
@click.option(
    "--since-last",
    "cursor",
    metavar="NAME",
    help="Only what changed since the last export with this NAME, which remembers its filters.",
)
@click.option("--anew", is_flag=True, help="With --since-last: give everything again, also with other filters.")
@click.option(
    "--stories",
    type=click.Choice(["all", "one"]),
    default="all",
    help="one: only the earliest article of each story; default: all.",
)
@click.option(
    "--versions",
    type=click.Choice(["latest", "all"]),
    default="latest",
    help="all: a row for each version of an article that its publisher changed; default: latest.",
)
@click.option("--newest", type=click.IntRange(min=1), metavar="N", help="At most the N newest articles, as for a feed.")
@click.option("--sample", type=click.IntRange(min=1), metavar="N", help="At most N articles, chosen by chance.")
@click.option(
    "--split",
    metavar="PARTS",
    help="Parts with their shares, as train=.9,test=.1; no story crosses from one to another.",
)
@click.option("--seed", type=int, default=0, help="Turns the dice of --sample and --split; default: 0.")
@click.option("--title", help="Title of a feed, a clipping or a dataset; default: what was asked.")
@click.option(
    "--manifest/--no-manifest",
    "with_manifest",
    default=False,
    help="Write FILE.manifest.json beside: query, counts, checksums. A folder always has one.",
)
@click.option("--bom", is_flag=True, help="Begin CSV with a byte order mark, which Excel needs to see UTF-8.")
@click.option(
    "--coverage",
    is_flag=True,
    help="Instead of articles, each hour of each source (of the last 7 days): was it watched? jsonl or csv.",
)
@click.option("--count", is_flag=True, help="Write nothing; tell how many rows, articles and stories there would be.")
@click.option(
    "--json",
    "json",
    is_flag=True,
    help="Say what was done as JSON, on standard error when the rows go to standard output.",
)
@click.pass_obj
def command(
    settings: Settings,
    /,
    *,
    output: Path,
    format_name: str | None,
    cursor: str | None,
    anew: bool,
    stories: str,
    versions: str,
    newest: int | None,
    sample: int | None,
    split: str | None,
    seed: int,
    title: str | None,
    with_manifest: bool,
    bom: bool,
    coverage: bool,
    count: bool,
    json: bool,
    **chosen: str | None,
) -> ExitCode:
    """Write articles, one row each, in the order in which they last changed.

    jsonl, csv, parquet, xlsx, sqlite; a printable clipping (html); feeds (rss, atom, jsonfeed); raw pages (warc);
    folders of Markdown files (markdown) and for Hugging Face datasets (dataset).

    FILE appears complete or not at all, and the same state of the store gives the same bytes. With --since-last, the
    place up to which NAME was served moves on only after the file is in place, so that a failed export is simply run
    again. docs/formats.md describes every format and field.

    \b
    Example:
      presswatch export --topic 저커버그 --since 2026-11-01 -o zuck.parquet
      presswatch export --since-last newsletter -o - | jq .title
      presswatch export --query '메타 (AI OR 인공지능) site:example.com' --newest 50 -o feed.atom
      presswatch export --topic 메타 --since 1d -o morning.html
      presswatch export --coverage --since 30d -o watched.csv
      presswatch export --split train=.9,test=.1 --format dataset -o zuck-dataset
    """
    from dataclasses import replace

    from crawler.cli.context import as_json
    from crawler.cli.damaged import tell_damage
    from crawler.cli.terminal import one_line, progress
    from crawler.damage import Damage
    from crawler.errors import UsageError
    from crawler.export import FORMATS, STDOUT, About, Choice, format_of, read_split, write_export
    from crawler.export.shelf import StoredShelf

    if coverage:
        from crawler.cli.coverage import write_coverage

        about_articles: dict[str, object] = {
            "since-last": cursor,
            "anew": anew or None,
            "newest": newest,
            "sample": sample,
            "split": split,
            "title": title,
        }
        about_articles |= {"count": count or None, "bom": bom or None, "manifest": with_manifest or None}
        about_articles |= {
            "versions": versions if versions == "all" else None,
            "stories": stories if stories == "one" else None,
        }
        return write_coverage(settings, output, format_name, {**chosen, **about_articles}, json=json)
    if cursor is not None and not cursor.strip():
        raise UsageError("--since-last: give it a name, as --since-last newsletter; it remembers how far you have read")
    if cursor is not None and (newest is not None or sample is not None):
        option = "--newest" if newest is not None else "--sample"
        raise UsageError(
            f"{option} leaves articles out, and after --since-last they would not come again", "since-last"
        )
    if with_manifest and output == STDOUT and not count:
        raise UsageError("--manifest writes a file beside the export: name one with -o", "manifest")
    name = format_of(output, format_name).name
    if versions == "all" and not FORMATS[name].versions:
        raise UsageError(f"--versions all: {name} shows an article once; choose jsonl, csv or parquet", "versions")
    if anew and cursor is None:
        raise UsageError("--anew begins a NAME again: say which, as --since-last newsletter", "anew")
    choice = Choice(
        newest=newest,
        sample=sample,
        one_a_story=stories == "one",
        split=read_split(split) if split else {},
        seed=seed,
    )
    store = settings.open_store(reads=cursor is None)
    # Read before the rows: what commits meanwhile has a greater number and is left to the next export.
    reached = store.change_seq()
    asked = {key.replace("_", "-"): value for key, value in chosen.items() if value is not None}
    leaves_out = asked | ({"stories": stories} if choice.one_a_story else {})
    leaves_out |= {"versions": versions} if versions == "all" else {}
    after = _place(store, cursor, leaves_out, anew=anew) if cursor is not None else None
    chosen_rows = replace(article_filter(settings, store, chosen, after_seq=after), all_versions=versions == "all")
    if count:
        return _tell_count(settings, chosen_rows, choice, json=json)
    title = title or " · ".join(["presswatch", *asked.values()])
    narrowed = {"newest": newest, "sample": sample, "split": split}
    asked |= {key: str(value) for key, value in narrowed.items() if value is not None}
    asked |= {"seed": str(seed)} if sample is not None or split else {}
    asked |= {"stories": stories} if choice.one_a_story else {}
    asked |= {"versions": versions} if versions == "all" else {}
    about = About(
        title=title,
        zone=settings.config.zone,
        filters=asked,
        bom=bom,
        all_versions=chosen_rows.all_versions,
        page_of=store.pages.get,
    )
    damage = Damage()
    with progress(f"exporting to {output.name}") as advance:
        if advance is not None:  # counted only for those who see it
            advance(0, newest or store.articles.count(chosen_rows))
        report = write_export(
            StoredShelf(store.articles, chosen_rows, damage),
            output,
            name,
            about=about,
            choice=choice,
            with_manifest=with_manifest,
            checksums=json,
            advance=advance,
            damage=damage,
        )
    if cursor is not None:
        store.articles.pass_again(damage.left)
        reached = max(reached, report.last_seq or 0, after or 0)
        if report.no_room_from is not None:
            reached = report.no_room_from - 1
        store.cursors.set(cursor, reached, leaves_out)
    to_error = output == STDOUT
    if json:
        said: dict[str, object] = {"written": report.written, "broken": report.broken, "damaged": damage.count}
        said |= {"problems": [*report.problems, *damage.named], "format": name}
        files = [{"name": each.name, "bytes": each.size, "sha256": each.sha256} for each in report.files]
        told = {"file": None if to_error else str(output), **said, "cursor": cursor, "files": files}
        click.echo(as_json(told), err=to_error)
    else:
        for problem in report.problems:
            click.echo(f"left out {one_line(problem)}", err=True)
        broken = f", {report.broken} left out because they can't be written" if report.broken else ""
        broken += f", {damage.count} left out because the store can't read them" if damage.count else ""
        if not to_error or broken:
            what = "row" if versions == "all" else "article"
            apart = choice.split and not output.is_dir()
            where = ", ".join(str(output.with_name(each.name)) for each in report.files) if apart else output
            click.echo(f"{report.written} {what}{'s' * (report.written != 1)} to {where}{broken}", err=True)
        if cursor is not None and report.no_room_from is not None:
            click.echo(f"what found no room comes with the next --since-last {cursor}", err=True)
        tell_damage(damage)
    return ExitCode.PARTIAL if report.broken or damage.count else ExitCode.OK


def _place(store: Store, name: str, asked: dict[str, str], *, anew: bool) -> int:
    """How far an export by this name has read. `UsageError` if it left out what `asked` would give."""
    from crawler.errors import UsageError

    before = store.cursors.asked(name)
    if anew:
        return 0
    if before is not None and before != asked:
        raise UsageError(
            f"--since-last {name}: it was read with {_filters(before)}, not with {_filters(asked)}, and what it left "
            "out would not come; ask with the same filters, take another NAME, or add --anew to be given all again",
            name,
        )
    return store.cursors.get(name)


def _filters(asked: dict[str, str]) -> str:
    import shlex

    return " ".join(f"--{key} {shlex.quote(value)}" for key, value in sorted(asked.items())) or "no filters"


def _tell_count(settings: Settings, wanted: ArticleFilter, choice: Choice, *, json: bool) -> ExitCode:
    """How many rows, articles and stories an export would hold, and by part where it is divided."""
    from collections import Counter

    from crawler.cli.damaged import tell_damage
    from crawler.damage import Damage
    from crawler.export.choosing import chosen
    from crawler.export.shelf import StoredShelf
    from crawler.export.tally import Distinct

    damage = Damage()
    shelf = StoredShelf(settings.open_store().articles, wanted, damage)
    rows = 0
    articles, stories = Distinct(), Distinct()
    parts: Counter[str] = Counter()
    for row in chosen(shelf, choice):
        rows += 1
        articles.add(row.id)
        stories.add(row.cluster_id)
        parts[choice.part_of(row)] += 1
    divided = {part: parts[part] for part in choice.split}
    if json:
        told: dict[str, object] = {"rows": rows, "articles": articles.count(), "stories": stories.count()}
        told |= {"damaged": damage.count} if damage.count else {}
        settings.echo_json(told | ({"parts": divided} if divided else {}))
        return tell_damage(damage)
    extra = "".join(f"; {part} {count:,}" for part, count in divided.items())
    said = f"{rows:,} row{'s' * (rows != 1)}: {articles.count():,} article{'s' * (articles.count() != 1)}"
    click.echo(f"{said} in {stories.count():,} {'story' if stories.count() == 1 else 'stories'}{extra}")
    return tell_damage(damage)
