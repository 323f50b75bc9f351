"""`presswatch source`: what is watched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from crawler.cli.context import ExitCode, Settings, utc_now
from crawler.cli.source_changes import move, pause, resume
from crawler.cli.source_files import export, import_
from crawler.cli.source_look import probe

if TYPE_CHECKING:
    from crawler.discovery.looking import Look
    from crawler.sources import Schedule, Source
    from storage import Store


@click.group(name="source", short_help="Add, list, show and remove what is watched.")
def command() -> None:
    """Add, list, show and remove what is watched; take it in from other readers and give it to them.

    \b
    Example:
      presswatch source add https://magazine.example.com/tag/robots --every 30m
      presswatch source list
    """


for _part in (probe, move, pause, resume, import_, export):
    command.add_command(_part)


def _headers(_ctx: click.Context, _option: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    headers = {}
    for value in values:
        name, equals, variable = value.partition("=")
        if not equals:
            raise click.BadParameter("write NAME=ENV_NAME, as Authorization=PAPER_TOKEN")
        headers[name.strip()] = variable.strip()
    return headers


@command.command(short_help="Watch a URL.")
@click.argument("url")
@click.option("--name", help="What to call it; default: host and path of the URL.")
@click.option(
    "--kind", type=click.Choice(["auto", "feed", "sitemap", "listing"]), help="What the URL is; default: finds out."
)
@click.option(
    "--adaptive", is_flag=True, default=None, help="Crawl it as its own pace asks, within the budget: the default."
)
@click.option("--every", metavar="DURATION", help="Interval between crawls instead, as 15m or 2h.")
@click.option("--cron", metavar="LINE", help="Crontab line instead of an interval, as '*/10 7-22 * * 1-5'.")
@click.option(
    "--cron-zone", metavar="ZONE", help="Zone the crontab line is read in; default: --zone, else the setting."
)
@click.option("--min-interval", metavar="DURATION", help="Shortest wait of an adaptive source; default: 1m.")
@click.option("--max-interval", metavar="DURATION", help="Longest wait of an adaptive source; default: 1d.")
@click.option("--zone", help="IANA zone of dates that carry no offset, as Europe/Paris.")
@click.option("--language", metavar="CODE", help="Language, ISO 639-1, where it can't be told from the text.")
@click.option("--topic-template", metavar="URL", help="URL with {topic} (and {page}) that lists articles on a topic.")
@click.option(
    "--header",
    "headers",
    multiple=True,
    metavar="NAME=ENV_NAME",
    callback=_headers,
    help="Send a header whose value is in an environment variable, as Authorization=PAPER_TOKEN. Repeatable.",
)
@click.option("--delay", metavar="DURATION", help="Least time between two requests, as 2s; default: the setting.")
@click.option("--max-pages", type=int, help="Most pages fetched in one crawl.")
@click.option("--max-articles", type=int, help="Most articles stored in one crawl.")
@click.option("--max-depth", type=int, help="Most listing or sitemap pages walked one after another.")
@click.option("--max-seconds", metavar="DURATION", help="Longest time of one crawl, as 15m.")
@click.option(
    "--keep-unsure", is_flag=True, help="Store also what may well be no article; else it is set aside and told."
)
@click.option("--disabled", is_flag=True, help="Keep it, but crawl it only when it is named.")
@click.option("--replace", is_flag=True, help="Replace the source of that name.")
@click.option(
    "--no-probe", is_flag=True, help="Add it unseen: the URL itself is the only door, and is asked at a crawl."
)
@click.option("--dry-run", is_flag=True, help="Look and say what would be stored, store nothing.")
@click.option("--json", "json", is_flag=True, help="Answer with the source and what was found as JSON.")
@click.pass_obj
def add(
    settings: Settings,
    /,
    *,
    url: str,
    disabled: bool,
    replace: bool,
    no_probe: bool,
    dry_run: bool,
    json: bool,
    **given: object,
) -> ExitCode:
    """Watch URL: a home page, section, tag or search page, blog, feed or sitemap.

    The URL and its site are looked at first (at most 12 requests, in turn; robots.txt is obeyed): which feeds, sitemaps
    and lists lead to its articles, and which of them together lose nothing. Those become the source's doors.

    \b
    Example:
      presswatch source add https://paper.example.com/economy --every 15m --zone Asia/Seoul
      presswatch source add https://blog.example.com --cron '*/10 7-22 * * 1-5' --dry-run
    """
    from crawler.cli.declare import source_from
    from crawler.cli.source_look import WAY_OUT, as_answer, found_source, print_look
    from crawler.errors import UnknownName, UsageError

    if "{topic}" in url:
        from shlex import quote

        raise UsageError(
            f"{url}: is a template; name the site or one page of it, and say --topic-template {quote(url)}", url
        )
    values = {name: value for name, value in given.items() if value is not None}
    source = source_from({"url": url, "enabled": not disabled, **values}, "source add")
    store = settings.open_store(create=True)
    try:
        store.sources.get(source.name)
    except UnknownName:
        known = False
    else:
        known = True
        if not replace:
            raise UsageError(
                f"there is a source {source.name!r} already; give another --name, or --replace it", source.name
            )
    _tell_of_twins(source, store.sources.list())
    look = None if no_probe else _looked(settings, source, store)
    if look is not None and not json:
        print_look(look, settings.config.zone)
    failed = look is not None and look.problem is not None
    if look is not None and not failed:
        source = found_source(source, look)
    if not (failed or dry_run):
        (store.sources.update if known else store.sources.add)(source)
    if json:
        found = as_answer(look) if look is not None else None
        settings.echo_json({"stored": not (failed or dry_run), "source": None if failed else source, "look": found})
    if failed:
        assert look is not None
        click.echo(f"presswatch: not added: {source.url}: {look.problem}; {WAY_OUT}", err=True)
        return ExitCode.FAILED
    _warn_of_missing_variables(source)
    if not json:
        _tell_added(source, dry_run=dry_run)
    return ExitCode.OK


def _tell_of_twins(source: Source, stored: Sequence[Source]) -> None:
    """Say that a URL is watched already under another name."""
    from crawler.cli.terminal import one_line
    from crawler.urls import url_key

    for other in stored:
        if other.name != source.name and url_key(other.url) == url_key(source.url):
            click.echo(one_line(f"note: {other.name} watches {other.url} already"), err=True)


def _looked(settings: Settings, source: Source, store: Store) -> Look:
    from crawler.cli.source_look import WAY_OUT, look_at
    from crawler.errors import FetchError, StoreBusy

    try:
        return look_at(settings, source, store=store)
    except (FetchError, StoreBusy) as error:
        raise type(error)(f"not added: {error}; {WAY_OUT}", error.subject) from error


def _tell_added(source: Source, *, dry_run: bool) -> None:
    from crawler.cli.terminal import one_line

    would = "would be stored: " if dry_run else ""
    click.echo(f"{would}{one_line(source.name)}: {source.url}, {schedule_text(source.schedule)}")
    if not dry_run:
        click.echo(f"crawl it now with: presswatch crawl --source {_quoted(source.name)}")


@command.command(name="list", short_help="List what is watched.")
@click.option("--json", "json", is_flag=True, help="Answer with a JSON list of sources.")
@click.pass_obj
def list_(settings: Settings, /, *, json: bool) -> None:
    """List what is watched.

    \b
    Example:
      presswatch source list --json
    """
    from crawler.cli.terminal import print_table

    sources = settings.open_store(reads=True).sources.list()
    if json:
        settings.echo_json(list(sources))
        return
    if not sources:
        click.echo("nothing is watched yet; add a source with: presswatch source add URL")
        return
    headings = ("name", "kind", "doors", "schedule", "enabled", "url")
    rows = [
        (s.name, s.kind.value, str(len(s.doors) or 1), schedule_text(s.schedule), "yes" if s.enabled else "no", s.url)
        for s in sources
    ]
    print_table(headings, rows, numbers=("doors",))


@command.command(short_help="Show a source and how it has been doing.")
@click.argument("name")
@click.option("--json", "json", is_flag=True, help="Answer with source, state, health and pace as JSON.")
@click.pass_obj
def show(settings: Settings, /, *, name: str, json: bool) -> None:
    """Show the source NAME, its limits, how it has been doing, what of it has changed, and its pace.

    \b
    Example:
      presswatch source show paper.example.com/rss
    """
    from dataclasses import asdict

    from crawler.ceilings import binding_of
    from crawler.cli.declare import door_text
    from crawler.cli.outlook import outlook, subscription_text
    from crawler.cli.terminal import one_line
    from crawler.cli.times import shown
    from crawler.health import look_at_source
    from crawler.politeness import host_of
    from crawler.source_words import SourceWord

    store = settings.open_store(reads=True)
    source, state = store.sources.get(name), store.sources.state(name)
    health = look_at_source(store, settings.config, source, utc_now())
    zone = settings.config.zone
    subscriptions = store.subscriptions.list(name)
    pushed = bool(subscriptions) and all(one.delivers(utc_now()) and one.pushed_at for one in subscriptions)
    waiting = binding_of(store, settings.config, source, state, utc_now())
    blocked = store.hosts.blocked_until(host_of(source.url))
    pace = outlook(
        source, state, store.sources.learnt(name).get(name), zone, pushed=pushed, waiting=waiting, blocked_until=blocked
    )
    pace += [subscription_text(one, zone) for one in subscriptions]
    if json:
        told = {
            "state": health.state,
            "changes": health.changes,
            "overflow": health.overflow,
            "account": health.account,
            "moved": health.moved,
            "seen": health.seen,
            "expected": health.expected,
        }
        settings.echo_json({"source": source, "state": state, "health": told, "pace": pace, "waiting": waiting})
        return
    lines: dict[str, object] = {
        "name": source.name,
        "url": source.url,
        "kind": source.kind.value,
        "schedule": schedule_text(source.schedule),
        "zone": source.zone,
        "language": source.language,
        "topic template": source.topic_template,
        "doors": [door_text(door) for door in source.doors] or None,
        "headers": ", ".join(f"{header} from ${variable}" for header, variable in source.headers.items()),
        "delay": None if source.delay is None else f"{source.delay:g} s",
        "limits": ", ".join(f"{limit} {value}" for limit, value in asdict(source.limits).items()),
        "keeps unsure": "yes" if source.keep_unsure else None,
        "enabled": "yes" if source.enabled else "no",
        "state": f"{health.state}, running" if health.running else health.state,
        "changed": list(health.changes),
        "overflows": health.overflow,
        "meaning": None if health.state is SourceWord.OVERFLOWING else health.account,
        "articles": state.articles,
        "in 24 h": f"{health.seen}" + ("" if health.expected is None else f", usually {health.expected:.1f}"),
        "last run": shown(state.last_run, zone),
        "last success": shown(state.last_success, zone),
        "last new article": shown(state.last_new, zone),
        "next due": shown(state.next_due, zone),
        "failures in a row": state.failures,
        "last error": state.last_error,
    }
    for label, value in lines.items():
        for one in value if isinstance(value, list) else [value]:
            if one not in (None, ""):
                click.echo(f"{label + ':':<18} {one_line(str(one))}")
    for line in pace:
        click.echo(f"{'':<18} {line}")


@command.command(short_help="Watch a source no longer.")
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@click.option("--json", "json", is_flag=True, help="Answer with the names removed as JSON.")
@click.pass_obj
def remove(settings: Settings, /, *, names: tuple[str, ...], json: bool) -> None:
    """Watch NAME no longer. Its articles stay.

    \b
    Example:
      presswatch source remove paper.example.com/rss
    """
    from crawler.cli.terminal import one_line

    sources = settings.open_store().sources
    names = tuple(dict.fromkeys(names))
    for name in names:
        sources.get(name)
    for name in names:
        sources.remove(name)
        if not json:
            click.echo(f"removed {one_line(name)}; its articles stay")
    if json:
        settings.echo_json({"removed": names})


def schedule_text(schedule: Schedule) -> str:
    """When a source is crawled: ``adaptive``, ``every 15m`` or ``cron '0 7 * * *' (Asia/Seoul)``."""
    if schedule.cron is not None:
        return f"cron '{schedule.cron}'" + (f" ({schedule.zone})" if schedule.zone else "")
    if schedule.every is not None:
        return f"every {duration_text(schedule.every)}"
    low, high = schedule.min_interval, schedule.max_interval
    bounds = [f"at least {duration_text(low)}"] if low is not None else []
    bounds += [f"at most {duration_text(high)}"] if high is not None else []
    return "adaptive" + (f" ({', '.join(bounds)})" if bounds else "")


def duration_text(seconds: int) -> str:
    """`seconds` as ``90s``, ``15m``, ``1h30m`` or ``2d``."""
    parts = []
    for unit, size in (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)):
        if seconds >= size:
            parts.append(f"{seconds // size}{unit}")
            seconds %= size
    return "".join(parts) or "0s"


def _warn_of_missing_variables(source: Source) -> None:
    import os

    for header, variable in source.headers.items():
        if variable not in os.environ:
            click.echo(f"warning: {header} is taken from ${variable}, which is not set here", err=True)


def _quoted(name: str) -> str:
    from shlex import quote

    return quote(name)
