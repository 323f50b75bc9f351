"""`presswatch source probe`, and the looking of `source add` and `source import`: what a URL is, told to a person."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from crawler.cli.context import ExitCode, Settings, utc_now

if TYPE_CHECKING:
    from crawler.discovery.choosing import Verdict
    from crawler.discovery.looking import Look
    from crawler.sources import Source
    from storage import Store

LEASE_WAIT = 20.0  # seconds that a person waits for a host which another process crawls
WAY_OUT = "correct the URL, or keep it as it is with --no-probe"


@click.command(short_help="Look at a URL and its site, and tell which doors it has.")
@click.argument("url")
@click.option(
    "--kind",
    type=click.Choice(["auto", "feed", "sitemap", "listing"]),
    help="What to take the URL for; default: finds out.",
)
@click.option("--zone", help="IANA zone of dates that carry no offset; default: the usual one of the page's language.")
@click.option("--json", "json", is_flag=True, help="Answer with what was found as JSON.")
@click.pass_obj
def probe(settings: Settings, /, *, url: str, kind: str | None, zone: str | None, json: bool) -> ExitCode:
    """Look at URL and its site: what it is, which feeds, sitemaps and lists lead to its articles, how many each gives,
    how new, and which of them `source add` would choose. At most 12 requests, in turn; robots.txt is obeyed; nothing is
    stored. Exits with 1 when no door is found.

    \b
    Example:
      presswatch source probe https://paper.example.com/economy
    """
    from crawler.cli.declare import source_from

    values = {"url": url, "kind": kind, "zone": zone}
    source = source_from({name: value for name, value in values.items() if value is not None}, "source probe")
    look = look_at(settings, source)
    if json:
        settings.echo_json(as_answer(look))
    else:
        print_look(look, settings.config.zone)
    return ExitCode.FAILED if look.problem is not None else ExitCode.OK


def look_at(settings: Settings, source: Source, *, store: Store | None = None) -> Look:
    """Look at a source's URL; a live line on a terminal tells what is being tried. Raises `FetchError` and its kin.

    In `store`, where one is open, hosts and requests are noted.
    """
    from crawler.discovery.client import PoliteClient
    from crawler.discovery.looking import look
    from crawler.politeness import HostLocks
    from crawler.request_meter import noting

    config = settings.config

    async def one(tell: Callable[[str], None]) -> Look:
        async with PoliteClient(
            config,
            hosts=store.hosts if store is not None else None,
            locks=HostLocks(config.store),
            lease_wait=LEASE_WAIT,
            note=noting(store.requests) if store is not None else None,
        ) as client:
            return await look(
                source.url, client, config, utc_now(), source=source, headers=own_headers(source), tell=tell
            )

    with watching() as tell:
        return asyncio.run(one(tell))


def found_source(source: Source, look: Look) -> Source:
    """A source with what a look found out, where a person has not said otherwise."""
    from dataclasses import replace

    from crawler.sources import SourceKind

    template = look.template.url if look.template is not None else None
    return replace(
        source,
        kind=look.kind if source.kind is SourceKind.AUTO else source.kind,
        doors=look.doors,
        topic_template=source.topic_template or template,
    )


def own_headers(source: Source) -> Mapping[str, str]:
    """A source's own headers, from the environment; those that are not set there are left out."""
    return {name: value for name, variable in source.headers.items() if (value := os.environ.get(variable))}


@contextmanager
def watching() -> Iterator[Callable[[str], None]]:
    """A live line on standard error that tells what is looked at; nothing on a pipe."""
    import sys

    from crawler.cli.terminal import console, one_line

    if not sys.stderr.isatty():
        yield lambda _text: None
        return
    from rich.text import Text

    screen = console(error=True)
    with screen.status(Text("looking")) as status:
        yield lambda text: status.update(Text(f"looking at {one_line(text)}", overflow="ellipsis", no_wrap=True))


def print_look(look: Look, zone: str) -> None:
    """Write what was found, for a person; times in `zone`."""
    from crawler.cli.terminal import one_line

    of = f" of {look.title}" if look.title else ""
    kinds = ", ".join(part for part in (look.site, look.language) if part)
    click.echo(one_line(f"{look.url}: {look.what}{of}{f' ({kinds})' if kinds else ''}"))
    told = [one for one in look.choice.verdicts if not _is_vain(one)]
    for one in told:
        click.echo(one_line(f"{'+' if one.chosen else '-'} {one.sample.url}"))
        click.echo(f"    {one_line(_account(one, zone))}")
    vain = [one.sample.url for one in look.choice.verdicts if _is_vain(one)]
    if vain:
        click.echo(one_line(f"nothing at {', '.join(vain)}"))
    if look.template is not None:
        click.echo(one_line(f"topic template: {look.template.url} ({look.template.origin})"))
    for note in look.notes:
        click.echo(one_line(f"note: {note}"))
    if look.problem is not None:
        click.echo(one_line(f"no door is chosen: {look.problem}"))
    click.echo(f"{look.requests} requests")


def as_answer(look: Look) -> dict[str, object]:
    """What was found, for a machine."""
    return {
        "url": look.url,
        "answered": look.answered,
        "what": look.what,
        "site": look.site,
        "title": look.title,
        "language": look.language,
        "kind": look.kind,
        "doors": [_door(one) for one in look.choice.verdicts],
        "topic_template": look.template.url if look.template is not None else None,
        "topic_template_from": look.template.origin if look.template is not None else None,
        "notes": look.notes,
        "problem": look.problem,
        "requests": look.requests,
    }


def _door(verdict: Verdict) -> dict[str, object]:
    sample = verdict.sample
    return {
        "url": sample.url,
        "kind": sample.kind,
        "found_by": sample.candidate.origin,
        "title": sample.title or sample.candidate.title,
        "language": sample.language,
        "items": len(sample.order),
        "newest": sample.newest,
        "oldest": sample.oldest,
        "per_day": round(sample.rate, 2) if sample.rate is not None else None,
        "reach_seconds": round(sample.span.total_seconds()) if sample.span is not None else None,
        "dates_tell": None if sample.newest is None else "changes" if sample.weak_dates else "publication",
        "hub": sample.hub,
        "cut": sample.cut,
        "chosen": verdict.chosen,
        "reason": verdict.reason,
    }


def _is_vain(verdict: Verdict) -> bool:
    """Whether a door was only guessed at, and nothing was there."""
    from crawler.discovery.samples import Origin

    guessed = verdict.sample.candidate.origin in (Origin.USUAL, Origin.SITE, Origin.OWN)
    return guessed and verdict.sample.problem is not None and not verdict.sample.order


def _account(verdict: Verdict, zone: str) -> str:
    """What a door gave, and why it is chosen or not."""
    from crawler.cli.times import shown

    sample = verdict.sample
    told = [sample.kind.value]
    if sample.order:
        told.append(f"{len(sample.order)} item{'s' * (len(sample.order) != 1)}")
    if sample.newest is not None:
        told.append(f"newest {shown(sample.newest, zone)}")
    if (rate := sample.rate) is not None:
        told.append(f"{rate:.1f} a day" if rate < 10 else f"{rate:.0f} a day")
    if sample.span is not None:
        told.append(f"reaches back {span_text(sample.span.total_seconds())}")
    return f"{', '.join(told)}: {verdict.reason}"


def span_text(seconds: float) -> str:
    """A span as a person says it: ``40 min``, ``13 h``, ``7 days``."""
    if seconds < 2 * 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 2 * 86_400 else f"{seconds / 86_400:.0f} days"
