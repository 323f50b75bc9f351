"""`presswatch source move`, `pause` and `resume`: small changes that leave all else of a source as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from crawler.cli.context import Settings

if TYPE_CHECKING:
    from crawler.sources import Source


@click.command(short_help="Take the address to which a source has moved.")
@click.argument("name")
@click.argument("url", required=False)
@click.option("--dry-run", is_flag=True, help="Say what would change, change nothing.")
@click.option("--json", "json", is_flag=True, help="Answer with the addresses, old and new, as JSON.")
@click.pass_obj
def move(settings: Settings, /, *, name: str, url: str | None, dry_run: bool, json: bool) -> None:
    """Ask the source NAME elsewhere from now on: where its server says that it is for good (301, 308; `presswatch
    status` tells), or at URL. Its schedule, its history, its pace and its articles stay.

    \b
    Example:
      presswatch source move paper.example.com/rss
      presswatch source move magazine https://magazine.example.com/feed/
    """
    from crawler.cli.declare import web_url
    from crawler.cli.terminal import one_line
    from crawler.errors import UsageError
    from crawler.source_health import at_new_places, summary
    from crawler.urls import normalize_url

    store = settings.open_store()
    source, history = store.sources.get(name), store.sources.history(name)
    asked = [door.url for door in source.doors] or [source.url]
    if url is None:
        moved = summary(history).moved
        places = {old: new for old in asked if (new := moved.get(normalize_url(old) or old)) is not None}
        if not places:
            raise UsageError(
                f"source {name!r}: no server said yet that it has moved; give its new address, as "
                "`presswatch source move NAME URL`",
                name,
            )
    else:
        if len(asked) > 1:
            raise UsageError(
                f"source {name!r}: has {len(asked)} doors, so one address can't take their place; add it anew with "
                "`presswatch source add URL --name NAME --replace`",
                name,
            )
        places = {asked[0]: web_url(url, "source move")}
    if not dry_run:
        kept = at_new_places(history, {normalize_url(old) or old: new for old, new in places.items()})
        store.sources.update(_moved(source, places), history=kept if kept.crawls else None)
    if json:
        settings.echo_json({"source": name, "moved": places, "stored": not dry_run})
        return
    for old, new in places.items():
        click.echo(one_line(f"{name}: {old} -> {new}" + (" (not stored)" if dry_run else "")))


def _moved(source: Source, places: dict[str, str]) -> Source:
    from dataclasses import replace

    doors = tuple(replace(door, url=places.get(door.url, door.url)) for door in source.doors)
    return replace(source, url=places.get(source.url, source.url), doors=doors)


@click.command(short_help="Leave a source alone until it is resumed.")
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@click.option("--json", "json", is_flag=True, help="Answer with the names as JSON.")
@click.pass_obj
def pause(settings: Settings, /, *, names: tuple[str, ...], json: bool) -> None:
    """Leave NAME alone: the daemon, and a crawl of all sources, pass it over.

    \b
    Example:
      presswatch source pause paper.example.com/rss
    """
    _enable(settings, names, False, json=json)


@click.command(short_help="Go on with a source that was paused.")
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@click.option("--json", "json", is_flag=True, help="Answer with the names as JSON.")
@click.pass_obj
def resume(settings: Settings, /, *, names: tuple[str, ...], json: bool) -> None:
    """Go on with NAME, which was paused or added with --disabled.

    \b
    Example:
      presswatch source resume paper.example.com/rss
    """
    _enable(settings, names, True, json=json)


def _enable(settings: Settings, names: tuple[str, ...], enabled: bool, *, json: bool) -> None:
    from dataclasses import replace

    from crawler.cli.terminal import one_line

    store = settings.open_store()
    # All names are looked up before the first is changed.
    for source in [store.sources.get(name) for name in names]:
        store.sources.update(replace(source, enabled=enabled))
    word = "resumed" if enabled else "paused"
    if json:
        settings.echo_json({word: names})
        return
    for name in names:
        click.echo(one_line(f"{word} {name}"))
