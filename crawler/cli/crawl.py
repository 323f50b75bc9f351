"""`presswatch crawl`: crawls that run now, watched from the terminal."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from crawler.cli.context import ExitCode, Settings, utc_now
from crawler.cli.times import FORMS, parse_when

if TYPE_CHECKING:
    from crawler.config import Config
    from crawler.crawls import Engine
    from crawler.items import CrawlOrder, CrawlReport, SourceCount
    from crawler.wire import CrawlEvent
    from storage import Store

AT_ONCE = 16  # crawls under way together; each holds a Scrapy crawler of about 1 MB, hosts pace themselves anyway
PLAIN_SECONDS = 5.0  # a log line this often tells that it lives, and an hour of it can still be read
MAX_ERRORS_SHOWN = 30

# Each count of a report that a person is told, and the words for one and for many.
WORDS = {
    "seen": ("seen", "seen"),
    "new": ("new", "new"),
    "updated": ("updated", "updated"),
    "completed": ("completed", "completed"),
    "copies": ("copy", "copies"),
    "near": ("near copy among the new", "near copies among the new"),
    "known": ("known", "known"),
    "skipped": ("skipped", "skipped"),
    "failed": ("failed", "failed"),
}
TOPIC_TABLE = ("walked", "seen", "candidates", "matched", "stored", "known", "skipped", "failed", "requests")
STORED = ("new", "copies", "updated", "completed")
TABLE = ("seen", "new", "updated", "copies", "known", "skipped", "failed", "requests")
ALWAYS = {"seen", "new"}


@click.command(name="crawl", short_help="Crawl now: every source, some, a topic, or URLs.")
@click.argument("urls", metavar="[URL]...", nargs=-1)
@click.option("--source", "sources", multiple=True, metavar="NAME", help="Crawl this source. Repeatable.")
@click.option(
    "--topic", metavar="NAME", help="Keep only what matches this topic; search pages of sources are asked too."
)
@click.option(
    "--on",
    metavar="NAME,NAME",
    help="With --topic: ask these search pages (naver, daum, google, bing, hankyung …), and of the sources only those "
    "named with --source; `presswatch topic searches` lists them.",
)
@click.option("--since", metavar="WHEN", help=f"Keep what was published, else first seen, at or after: {FORMS}.")
@click.option("--seen-since", metavar="WHEN", help="Keep what presswatch first saw at or after.")
@click.option("--max-articles", type=click.IntRange(1), metavar="N", help="Store at most N articles of each source.")
@click.option("--max-pages", type=click.IntRange(1), metavar="N", help="Fetch at most N pages of each source.")
@click.option("--dry-run", is_flag=True, help="Say what would be stored, store nothing.")
@click.option("--recheck", is_flag=True, help="Look again at articles and pages that are known and not yet due.")
@click.option("--keep-unsure", is_flag=True, help="Store also what may well be no article; else it is set aside.")
@click.option("--zone", help="IANA zone of dates that carry no offset, for URLs that belong to no source.")
@click.option("--fail-on-empty", is_flag=True, help="Exit with 1 when no article was seen.")
@click.option("--fail-on-nothing-new", is_flag=True, help="Exit with 1 when nothing was new or updated.")
@click.option("--fail-on-unhealthy", is_flag=True, help="Exit with 4 when a source no longer gives what it used to.")
@click.option("--json", "json", is_flag=True, help="Answer with one JSON report; progress stays on standard error.")
@click.pass_obj
def command(
    settings: Settings,
    /,
    *,
    urls: tuple[str, ...],
    sources: tuple[str, ...],
    topic: str | None,
    on: str | None,
    fail_on_empty: bool,
    fail_on_nothing_new: bool,
    fail_on_unhealthy: bool,
    json: bool,
    **given: object,
) -> ExitCode:
    """Crawl now and wait for the end: the URLs, the sources, or every enabled source.

    Ctrl-C ends it cleanly and keeps what came in; a second Ctrl-C ends it at once. Exit codes: 0 done (also
    where a ceiling of pages or articles left some, see `limit:`), 1 failed, 2 bad usage, 3 partly failed or cut short
    (max_seconds), 4 unhealthy (with --fail-on-unhealthy), 130 interrupted.

    \b
    Example:
      presswatch crawl
      presswatch crawl https://paper.example.com/tech --since 3d --dry-run
      presswatch crawl --topic 저커버그 --since 30d --on daum,bing
      presswatch crawl --topic 저커버그 --max-articles 50 --json
    """
    searches = _searches(on, topic)
    store = settings.open_store(create=bool(urls))  # of sources there are none where there is no store
    orders = _orders(settings, store, urls=urls, sources=sources, topic=topic, searches=searches, given=given)
    reports, interrupted = asyncio.run(_run(settings.config, orders))
    code = _exit_code(reports, interrupted=interrupted)
    if fail_on_unhealthy and not interrupted and any(count.changes for report in reports for count in report.counts):
        code = ExitCode.UNHEALTHY
    if code is ExitCode.OK:
        totals = totals_of(reports)
        nothing_new = not (totals["new"] or totals["updated"] or totals["copies"] or totals["completed"])
        if (fail_on_empty and not totals["seen"]) or (fail_on_nothing_new and nothing_new):
            code = ExitCode.FAILED
    if json:
        settings.echo_json(summary(reports, interrupted=interrupted) | {"exit_code": int(code)})
    else:
        _print(reports, topic)
    return code


def _orders(
    settings: Settings,
    store: Store,
    *,
    urls: Sequence[str],
    sources: Sequence[str],
    topic: str | None,
    searches: tuple[str, ...],
    given: Mapping[str, object],
) -> list[CrawlOrder]:
    """What to crawl, everything checked that can be before a process is started."""
    from dataclasses import replace

    from crawler.cli.declare import web_url
    from crawler.cli.selection import require_topic
    from crawler.config import check_zone
    from crawler.errors import UsageError
    from crawler.items import CrawlKind, CrawlOrder

    if urls and (sources or topic is not None):
        raise UsageError("URLs can't be joined with --source or --topic; run `presswatch crawl` twice")
    zone = given["zone"]
    if zone is not None:
        try:
            check_zone(str(zone))
        except ValueError as error:
            raise UsageError(f"--zone: {zone!r} {error}", str(zone)) from error
    checked = [web_url(url, "crawl") for url in urls]
    for name in sources:
        store.sources.get(name)
    names = tuple(dict.fromkeys(sources))
    if not names and not searches:
        names = tuple(source.name for source in store.sources.list() if source.enabled)
    now = utc_now()
    times = {
        name: parse_when(str(given[name]), now, settings.config.zone) if given[name] is not None else None
        for name in ("since", "seen_since")
    }
    limits = {name: given[name] for name in ("max_articles", "max_pages", "dry_run", "recheck", "keep_unsure")}
    order = CrawlOrder(kind=CrawlKind.URLS, name="", zone=zone, **times, **limits)  # type: ignore[arg-type]
    if checked:
        more = f" and {len(checked) - 1} more" if len(checked) > 1 else ""
        return [replace(order, name=checked[0] + more, urls=tuple(checked))]
    if topic is not None:
        require_topic(store, topic)
    if not names and not searches:
        way = "or ask a search page with --on" if topic is not None else "or crawl a URL"
        raise UsageError(f"nothing is watched yet; add a source with `presswatch source add URL`, {way}")
    if topic is not None:
        return [replace(order, kind=CrawlKind.TOPIC, name=topic, topic=topic, sources=names, searches=searches)]
    return [replace(order, kind=CrawlKind.SOURCE, name=name, sources=(name,)) for name in names]


def _searches(on: str | None, topic: str | None) -> tuple[str, ...]:
    """The search pages that --on names."""
    from crawler.errors import UsageError
    from crawler.topics.searches import search_named

    if on is None:
        return ()
    if topic is None:
        raise UsageError("--on goes with --topic: it says where the topic is searched for")
    names = tuple(dict.fromkeys(name.strip().lower() for name in on.split(",") if name.strip()))
    if not names:
        raise UsageError("--on: name search pages, as naver,google; see `presswatch topic searches`")
    for name in names:
        search_named(name)
    return names


async def _run(config: Config, orders: Sequence[CrawlOrder]) -> tuple[list[CrawlReport], bool]:
    """Run all orders in one warm engine; the reports, and whether a person stopped it."""
    from dataclasses import replace

    from crawler.crawls import Engine

    loop = asyncio.get_running_loop()
    gate = asyncio.Semaphore(AT_ONCE)
    stopping = asyncio.Event()
    enders: set[asyncio.Task[None]] = set()  # the loop itself holds tasks weakly
    # What goes wrong is in the report and told once at the end; as log lines it would tear the progress apart.
    quiet = config.log_level == "WARNING"
    engine = Engine(replace(config, log_level="ERROR") if quiet else config)

    latest: dict[str, tuple[SourceCount, ...]] = {}
    with _watching(latest) as tell, _signals(loop, lambda: _interrupt(engine, stopping, enders)):
        async with engine:

            async def one(order: CrawlOrder) -> CrawlReport | None:
                async with gate:
                    return None if stopping.is_set() else await engine.crawl(order, tell)

            answers = await asyncio.gather(*map(one, orders), return_exceptions=True)
    return _sorted_out(orders, answers, stopped=stopping.is_set(), latest=latest), stopping.is_set()


def _sorted_out(
    orders: Sequence[CrawlOrder],
    answers: Sequence[CrawlReport | BaseException | None],
    *,
    stopped: bool,
    latest: Mapping[str, tuple[SourceCount, ...]],
) -> list[CrawlReport]:
    """Reports, with one made for each crawl that raised; a crawl alone raises, a defect of ours always does.

    Of a crawl that was ended at once it tells what was `latest` heard of it.
    """
    from crawler.errors import EngineDied, PresswatchError
    from crawler.items import CrawlReport, CrawlState, SourceCount

    reports: list[CrawlReport] = []
    for order, answer in zip(orders, answers, strict=True):
        if isinstance(answer, CrawlReport):
            reports.append(answer)
        elif isinstance(answer, EngineDied) and stopped:
            now = utc_now()
            counts = latest.get(order.name, ())
            reports.append(
                CrawlReport(order=order, state=CrawlState.STOPPED, started_at=now, ended_at=now, counts=counts)
            )
        elif isinstance(answer, PresswatchError) and len(orders) > 1:
            now = utc_now()
            count = SourceCount(source=order.name, failed=1, errors=[str(answer)])
            reports.append(
                CrawlReport(order=order, state=CrawlState.FAILED, started_at=now, ended_at=now, counts=(count,))
            )
        elif isinstance(answer, BaseException):
            raise answer
    return reports


def _interrupt(engine: Engine, stopping: asyncio.Event, enders: set[asyncio.Task[None]]) -> None:
    if stopping.is_set():
        click.echo("presswatch: ended at once", err=True)
        engine.kill()
        return
    stopping.set()
    click.echo("presswatch: ending; what came in is kept (Ctrl-C again ends at once)", err=True)
    enders.add(asyncio.ensure_future(engine.stop_crawls()))


@contextmanager
def _signals(loop: asyncio.AbstractEventLoop, handler: Callable[[], None]) -> Iterator[None]:
    """Ctrl-C and a polite kill both go to `handler` while the block runs."""
    caught = (signal.SIGINT, signal.SIGTERM)
    for number in caught:
        loop.add_signal_handler(number, handler)
    try:
        yield
    finally:
        for number in caught:
            loop.remove_signal_handler(number)


@contextmanager
def _watching(counts: dict[str, tuple[SourceCount, ...]]) -> Iterator[Callable[[CrawlEvent], None]]:
    """Progress on standard error: a live line on a terminal, else a plain line every few seconds.

    `counts` is filled with what each crawl came to so far.
    """
    import sys

    from crawler.cli.terminal import console, one_line

    def told(event: CrawlEvent) -> str:
        if event.counts:
            counts[event.crawl] = event.counts
        return said(_sums(count for group in counts.values() for count in group))

    if not sys.stderr.isatty():
        last = time.monotonic()

        def plain(event: CrawlEvent) -> None:
            nonlocal last
            line = told(event)
            if time.monotonic() - last >= PLAIN_SECONDS:
                last = time.monotonic()
                click.echo(f"crawling: {line}", err=True)

        yield plain
        return

    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(20), TimeElapsedColumn())
    with Progress(*columns, console=console(error=True), transient=True) as bar:
        task = bar.add_task("starting", total=None)

        def live(event: CrawlEvent) -> None:
            line = told(event)
            title = one_line(event.message)[:40]
            bar.update(task, description=f"{line}  {title}" if title else line)

        yield live


def totals_of(reports: Sequence[CrawlReport]) -> dict[str, int]:
    """Sums over all sources of all reports."""
    return _sums(count for report in reports for count in report.counts)


def _sums(counts: Iterator[SourceCount]) -> dict[str, int]:
    names = [*WORDS, "requests", "not_modified", "bytes", "walked", "candidates", "matched"]
    sums = dict.fromkeys(names, 0)
    for count in counts:
        for name in names:
            sums[name] += getattr(count, name)
    return sums


def said(totals: Mapping[str, int]) -> str:
    """Counts in words, as ``41 seen, 7 new, 2 updated, 1 copy``; zeros other than seen and new are left out."""
    return ", ".join(
        f"{totals[name]} {words[0] if totals[name] == 1 else words[1]}"
        for name, words in WORDS.items()
        if totals[name] or name in ALWAYS
    )


def summary(reports: Sequence[CrawlReport], *, interrupted: bool = False) -> dict[str, object]:
    """The one JSON report of a command line, however many crawls it took."""
    return {
        "exit_code": int(_exit_code(reports, interrupted=interrupted)),
        "totals": totals_of(reports),
        "in_store": sum(report.in_store for report in reports),
        "sources": [
            asdict(count) | {"stored": _told(count, "stored")} for report in reports for count in report.counts
        ],
        "errors": [error for report in reports for error in report.errors],
        "preview": [row for report in reports for row in report.preview],
        "crawls": [
            {
                "name": report.order.name,
                "kind": report.order.kind,
                "state": report.state,
                "started_at": report.started_at,
                "ended_at": report.ended_at,
            }
            for report in reports
        ],
    }


def _exit_code(reports: Sequence[CrawlReport], *, interrupted: bool) -> ExitCode:
    from crawler.items import CrawlState

    states = {report.state for report in reports}
    if interrupted:
        return ExitCode.INTERRUPTED
    if states == {CrawlState.FAILED}:
        return ExitCode.FAILED
    return ExitCode.OK if states <= {CrawlState.DONE} else ExitCode.PARTIAL


def _told(count: SourceCount, name: str) -> int:
    """A count of the table; `stored` is whatever was written."""
    return int(sum(getattr(count, each) for each in STORED) if name == "stored" else getattr(count, name))


def _print(reports: Sequence[CrawlReport], topic: str | None) -> None:
    from crawler.cli.terminal import one_line, print_table
    from crawler.items import source_errors

    counts = [count for report in reports for count in report.counts]
    for row in (row for report in reports for row in report.preview):
        click.echo(one_line(f"would store: {row.get('title') or '(no title)'}  {row.get('url')}"))
    if counts:
        columns = TABLE if topic is None else TOPIC_TABLE
        rows = [(count.source, *(str(_told(count, name)) for name in columns)) for count in counts]
        print_table(("source", *columns), rows, numbers=columns)
    for count in counts:
        for kind, lines in (("searched", count.stops), ("limit", count.limits), ("changed", count.changes)):
            for line in lines[:MAX_ERRORS_SHOWN]:
                click.echo(one_line(f"{kind}: {count.source}: {line}"), err=kind != "searched")
    errors = [error for report in reports for error in report.errors]
    errors += source_errors(counts)
    for error in list(dict.fromkeys(errors))[:MAX_ERRORS_SHOWN]:
        click.echo(f"failed: {one_line(error)}", err=True)
    if len(errors) > MAX_ERRORS_SHOWN:
        click.echo(f"… and {len(errors) - MAX_ERRORS_SHOWN} more; --json has them", err=True)
    aside = list(dict.fromkeys(line for count in counts for line in count.unsure))
    for line in aside[:MAX_ERRORS_SHOWN]:
        click.echo(f"set aside: {one_line(line)}", err=True)
    if aside:
        click.echo("what was set aside is stored with --keep-unsure --recheck", err=True)
    click.echo(said(totals_of(reports)))
    if topic is not None:
        in_store = sum(report.in_store for report in reports)
        click.echo(f"{in_store} articles on {one_line(topic)} are in the store")
