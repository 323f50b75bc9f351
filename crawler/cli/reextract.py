"""`presswatch reextract`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from crawler.cli.context import ExitCode, Settings, utc_now

if TYPE_CHECKING:
    from datetime import datetime

    from crawler.intake import Offered
    from storage import Store


@click.command(short_help="Read kept raw pages again with today's extractor.")
@click.option("--source", metavar="NAME", help="Only articles met by this source.")
@click.option("--since", metavar="WHEN", help="Only pages fetched at or after, as 2026-11-01 or 7d.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and store nothing.")
@click.option("--json", is_flag=True, help="Answer as JSON.")
@click.pass_obj
def command(settings: Settings, source: str | None, since: str | None, dry_run: bool, json: bool) -> ExitCode:
    """Read kept raw pages again with today's extractor, on all cores, without fetching anything.

    A better text replaces the old one as a version that is marked as re-extracted, not as an edit by the publisher.
    Pages that now read as no article, or as another one, leave what is stored as it is; they are told, with exit
    code 3.

    \b
    Example:
      presswatch reextract --source magazine --since 7d --dry-run
    """
    import asyncio

    from crawler.cli.intake import tell
    from crawler.cli.terminal import progress
    from crawler.cli.times import parse_when
    from crawler.intake import take_in
    from crawler.items import Basis

    store = settings.open_store()
    if source is not None:
        store.sources.get(source)
    begin = parse_when(since, utc_now(), settings.config.zone) if since is not None else None
    damaged: list[str] = []
    with progress("reading again", store.pages.count(source, begin)) as advance:
        report = asyncio.run(
            take_in(
                _kept(settings, store, source, begin, damaged),
                store,
                settings.config,
                basis=Basis.REEXTRACTION,
                dry_run=dry_run,
                advance=advance,
            )
        )
    for reason in damaged:
        report.leave_out(reason)
    return tell(settings, report, "pages", json=json, dry_run=dry_run)


def _kept(
    settings: Settings, store: Store, source: str | None, since: datetime | None, damaged: list[str]
) -> Iterator[Offered]:
    """Kept pages with what a crawl of their source would know of them; `damaged` gets those that can't be unpacked."""
    import zstandard

    from crawler.errors import DamagedPage
    from crawler.intake import Offered
    from crawler.items import Page, PageKind
    from crawler.sources import hints_for

    config = settings.config
    watched = {each.name: each for each in store.sources.list()}
    for article_id, met_by, raw in store.pages.each(source, since):
        origin = watched.get(met_by or "")
        if isinstance(raw, DamagedPage):
            damaged.append(f"{article_id}: {raw}")
            continue
        try:
            body = zstandard.ZstdDecompressor().decompress(raw.body_zstd, max_output_size=raw.size)
        except zstandard.ZstdError as error:
            damaged.append(f"{article_id}: {raw.url}: its raw page is damaged: {error}")
            continue
        page = Page(
            url=raw.url,
            final_url=raw.url,
            status=raw.status,
            headers=raw.headers,
            body=body,
            fetched_at=raw.fetched_at,
        )
        yield Offered(page, replace(hints_for(config, origin), expect=PageKind.ARTICLE), met_by, article_id)
