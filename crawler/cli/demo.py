"""`presswatch demo`: the whole line at work on the bundled newsroom, no internet needed."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.cli.context import ExitCode

if TYPE_CHECKING:
    from crawler.config import Config
    from crawler.crawls import Engine
    from crawler.items import ArticleRow, CrawlReport, SourceCount
    from crawler.newsroom import Newsroom
    from crawler.wire import CrawlEvent
    from storage import Store

TOPICS = (("저커버그", ("Zuckerberg", "주커버그")), ("메타", ("Meta",)))
COLUMNS = ("seen", "new", "updated", "copies", "failed", "requests", "304")
EXPORTS = ("articles.jsonl", "articles.csv", "articles.parquet")
STORE = "presswatch.db"
MARK = ".presswatch-demo"
# Long enough for every outlet to publish, copy and correct something.
LATER = timedelta(hours=24)
HITS_SHOWN = 3
TICK_SECONDS = 1.0


@click.command(name="demo", short_help="Watch a bundled newsroom on loopback: crawl, clean, store, export.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo"),
    show_default=True,
    metavar="DIR",
    help="Folder of the store and the exports; those of an earlier demo are replaced.",
)
@click.option(
    "--seed", type=click.IntRange(0), default=1, show_default=True, help="Another seed, other sites and news."
)
@click.option(
    "--articles",
    type=click.IntRange(1, 2000),
    default=15,
    show_default=True,
    help="Articles that each outlet has at the start.",
)
@click.option("--serve", is_flag=True, help="Crawl nothing; keep the newsroom open for a look in the browser.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="Port of the newsroom; 0: a free one."
)
@click.option(
    "--speed",
    type=click.FloatRange(0, 100_000),
    default=60.0,
    show_default=True,
    help="With --serve: how many times faster than real time its clock runs, up to the present.",
)
@click.option("--hostile", is_flag=True, help="With --serve: an outlet of hard cases as well.")
def command(
    *, output: Path, seed: int, articles: int, serve: bool, port: int, speed: float, hostile: bool
) -> ExitCode | None:
    """Crawl a news world that comes with presswatch and shows what the product does.

    Seven invented outlets on 127.0.0.11 and following publish Korean and English news. They are crawled; crawled again
    while their clock stands still; and once more a day later, when articles were added, copied and corrected.

    \b
    Example:
      presswatch demo
      presswatch demo --serve --port 8080 --speed 600
    """
    from crawler.newsroom import Newsroom

    with Newsroom(seed, articles, port=port, hostile=serve and hostile) as newsroom:
        if serve:
            _serve(newsroom, speed)
            return None
        return _show(newsroom, output)


def _serve(newsroom: Newsroom, speed: float) -> None:
    """Let the clock run until Ctrl-C."""
    from crawler.cli.terminal import print_table

    rows = [(outlet.title, kind, url) for outlet in newsroom.outlets for kind, url in sorted(outlet.doors.items())]
    rows += [("hard cases", name, url) for name, url in newsroom.hostile_urls.items() if name == "listing"]
    print_table(("outlet", "door", "URL"), rows)
    click.echo(
        f"its clock stands at {newsroom.now:%Y-%m-%d %H:%M} UTC and runs {speed:g} times as fast; Ctrl-C ends it"
    )
    last = time.monotonic()
    try:
        while True:
            time.sleep(TICK_SECONDS)
            passed = timedelta(seconds=(time.monotonic() - last) * speed)
            last = time.monotonic()
            newsroom.advance(min(passed, datetime.now(UTC) - newsroom.now))
    except KeyboardInterrupt:
        click.echo("\nthe newsroom is closed")


def _show(newsroom: Newsroom, output: Path) -> ExitCode:
    from crawler.config import Config
    from storage import open_store

    started = time.monotonic()
    _make_room(output)
    # Settings of the person's own are left out: the demo is the same everywhere.
    config = Config(
        store=f"sqlite:///{output / STORE}",
        contact="https://example.com/presswatch-demo",
        delay=0.0,
        allow_networks=("127.0.0.0/8",),
        log_level="ERROR",  # what failed is told below each table
    )
    store = open_store(config.store)
    try:
        _register(newsroom, store)
        reports = asyncio.run(_crawl_thrice(newsroom, config))
        _print_article(_chosen(store))
        _print_searches(store)
        _export(store, output)
    finally:
        store.close()
    click.echo(f"\nall of it took {time.monotonic() - started:.0f} s; look around with:")
    # As it was called: an environment that is not activated has no `presswatch` on the path.
    name = "presswatch" if shutil.which("presswatch") else os.path.relpath(sys.argv[0])
    click.echo(f"  {name} --store {config.store} search 저커버그")
    click.echo(f"  {name} demo --serve")
    return _exit_code(reports)


def _make_room(output: Path) -> None:
    """An empty place for store and exports in `output`; nothing else in it is touched, and of these nothing that is not
    of an earlier demo: `UsageError`.
    """
    from crawler.errors import ExportError, UsageError

    try:
        output.mkdir(parents=True, exist_ok=True)
        for name in (STORE, *EXPORTS):
            if (output / name).exists() and not (output / MARK).exists():
                raise UsageError(
                    f"{output / name}: is there already and of no demo; choose another folder with --output", name
                )
        (output / MARK).touch()
        for name in (*EXPORTS, STORE, f"{STORE}-wal", f"{STORE}-shm"):
            (output / name).unlink(missing_ok=True)
    except OSError as error:
        message = f"{output}: can't be written: {error.strerror or error}; choose another folder with --output"
        raise ExportError(message, str(output)) from error


def _register(newsroom: Newsroom, store: Store) -> None:
    from crawler.items import Topic

    sources = newsroom.sources()
    for source in sources:
        store.sources.add(source)
    for name, aliases in TOPICS:
        store.topics.add(Topic(name=name, aliases=aliases))
    outlets = newsroom.outlets
    click.echo(
        f"newsroom: {len(outlets)} outlets, {outlets[0].base_url} … {outlets[-1].base_url}, {len(newsroom.truth())} "
        f"articles; watched by {len(sources)} sources, topics {', '.join(name for name, _ in TOPICS)}"
    )


async def _crawl_thrice(newsroom: Newsroom, config: Config) -> list[CrawlReport]:
    from crawler.crawls import Engine

    async with Engine(config) as engine:
        first = await _round(engine, newsroom, "First crawl: everything is new.")
        second = await _round(engine, newsroom, "Second crawl: the newsroom's clock stood still.")
        new, requests, same = (
            sum(report.total(name) for report in second) for name in ("new", "requests", "not_modified")
        )
        click.echo(
            f"{new} new; {requests} requests for {len(second)} doors, {same} of them answered by 304 Not Modified"
        )
        newsroom.advance(LATER)
        hours = LATER // timedelta(hours=1)
        third = await _round(engine, newsroom, f"Third crawl: {hours} hours later by the newsroom's clock.")
    return [*first, *second, *third]


async def _round(engine: Engine, newsroom: Newsroom, title: str) -> list[CrawlReport]:
    """Crawl every source once and show what came of it."""
    from crawler.cli.crawl import said, totals_of
    from crawler.cli.terminal import one_line
    from crawler.items import CrawlKind, CrawlOrder, source_errors

    click.secho(f"\n{title}", bold=True)
    began = time.monotonic()
    names = [source.name for source in newsroom.sources()]
    with _progress(len(names)) as (tell, done):

        async def one(name: str) -> CrawlReport:
            report = await engine.crawl(CrawlOrder(kind=CrawlKind.SOURCE, name=name, sources=(name,)), tell)
            done()
            return report

        reports = list(await asyncio.gather(*map(one, names)))
    _print_counts([count for report in reports for count in report.counts])
    failed = [error for report in reports for error in (*report.errors, *source_errors(report.counts))]
    for error in dict.fromkeys(failed):
        click.echo(f"failed: {one_line(error)}", err=True)
    click.echo(f"{said(totals_of(reports))}; {time.monotonic() - began:.1f} s")
    return reports


@contextmanager
def _progress(total: int) -> Iterator[tuple[Callable[[CrawlEvent], None], Callable[[], None]]]:
    """A progress bar over sources with the counts so far; on a pipe it says nothing."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from crawler.cli.terminal import console

    counts: dict[str, tuple[SourceCount, ...]] = {}
    columns = (
        BarColumn(24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
    )
    screen = console()
    with Progress(*columns, console=screen, transient=False, disable=not screen.is_terminal) as bar:
        task = bar.add_task("starting", total=total)

        def tell(event: CrawlEvent) -> None:
            if event.counts:
                counts[event.crawl] = event.counts
            flat = [count for group in counts.values() for count in group]
            words = (f"{sum(getattr(count, name) for count in flat)} {name}" for name in ("seen", "new", "requests"))
            bar.update(task, description=", ".join(words))

        yield tell, lambda: bar.advance(task)


def _print_counts(counts: Sequence[SourceCount]) -> None:
    from crawler.cli.terminal import print_table

    def numbers(of: Sequence[SourceCount]) -> list[int]:
        names = [*COLUMNS[:-1], "not_modified"]
        return [sum(getattr(count, name) for count in of) for name in names]

    rows = [[count.source, *map(str, numbers([count]))] for count in counts]
    rows.append(["all", *map(str, numbers(counts))])
    print_table(("source", *COLUMNS), rows, numbers=COLUMNS)


def _chosen(store: Store) -> ArticleRow | None:
    """The article that is shown: on the first topic, from a page, with the fullest set of fields."""
    from crawler.items import ArticleFilter

    def worth(row: ArticleRow) -> tuple[bool, int, int]:
        fields = (row.image, row.captions, row.tags, row.modified, row.authors)
        return (not row.provisional, sum(map(bool, fields)), len(row.text))

    rows = store.articles.rows(ArticleFilter(topic=TOPICS[0][0], lang="ko"))
    return max(rows, key=worth, default=None)


def _print_article(row: ArticleRow | None) -> None:
    from crawler.cli.terminal import harmless, one_line

    click.secho("\nOne article as it is stored", bold=True)
    if row is None:
        click.echo("none came in")
        return
    facts: dict[str, object] = {
        "title": row.title,
        "url": row.url,
        "authors": ", ".join(row.authors),
        "published": row.published.isoformat() if row.published else "unknown (the page gives no date)",
        "modified": row.modified.isoformat() if row.modified else None,
        "site": row.site,
        "tags": ", ".join(row.tags),
        "topics": ", ".join(row.topics),
        "language": row.lang,
        "image": row.image,
        "captions": " / ".join(row.captions),
        "summary": row.summary,
        "id": row.id,
        "version": f"{row.version}, extracted by {row.extractor}",
    }
    for label, value in facts.items():
        if value:
            click.echo(f"  {label + ':':<11}{one_line(str(value))}")
    click.echo("\n" + "\n".join(f"  {line}" for line in harmless(row.text).split("\n")))


def _print_searches(store: Store) -> None:
    from crawler.cli.search import marked
    from crawler.cli.terminal import one_line
    from crawler.items import ArticleFilter

    for words, _ in TOPICS:
        found = store.search.find(words, limit=1000)
        topic = store.articles.count(ArticleFilter(topic=words))
        click.secho(f"\nsearch {words}: {len(found)} articles hold the letters, {topic} are on the topic", bold=True)
        for hit in found[:HITS_SHOWN]:
            click.echo(f"  {one_line(hit.row.title)}  ({one_line(hit.row.site or hit.row.source)})")
            click.echo(f"    {marked(hit.snippet, hit.marks)}")


def _export(store: Store, output: Path) -> None:
    from crawler.export import export
    from crawler.items import ArticleFilter

    click.secho("\nExports", bold=True)
    for name in EXPORTS:
        path = output / name
        written = export(store.articles.rows(ArticleFilter()), path, path.suffix.lstrip("."))
        click.echo(f"  {path}: {written} rows, {path.stat().st_size / 1024:,.0f} KB")


def _exit_code(reports: Sequence[CrawlReport]) -> ExitCode:
    from crawler.items import CrawlState

    states = {report.state for report in reports}
    if states == {CrawlState.DONE}:
        return ExitCode.OK
    return ExitCode.FAILED if CrawlState.FAILED in states else ExitCode.PARTIAL
