"""`presswatch extract`: what a page would be stored as, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.cli.context import ExitCode, Settings, utc_now

if TYPE_CHECKING:
    from crawler.ingest import Prepared
    from crawler.items import ArticleRecord, Hints, Page

MAX_ITEMS_SHOWN = 50


@click.command(name="extract", short_help="Show what a page would be stored as, and why.")
@click.argument("page", metavar="URL|FILE|-")
@click.option("--url", help="Where a page from a file came from; its links and id follow from it.")
@click.option("--zone", help="IANA zone of dates that carry no offset.")
@click.option(
    "--html",
    type=click.Path(path_type=Path),
    metavar="FILE|-",
    help="Write the page coloured: kept green, dropped grey.",
)
@click.option("--json", "json", is_flag=True, help="Answer with what would be stored as JSON.")
@click.pass_obj
def command(
    settings: Settings, /, *, page: str, url: str | None, zone: str | None, html: Path | None, json: bool
) -> ExitCode:
    """Extract one page: from the network (robots.txt is obeyed), a file, or standard input. Nothing is stored.

    \b
    Example:
      presswatch extract https://paper.example.com/2026/11/robots.html
      presswatch extract saved.html --url https://paper.example.com/a --html coloured.html
    """
    from crawler.cli.terminal import one_line
    from crawler.config import check_zone
    from crawler.errors import UsageError
    from crawler.ingest import prepare
    from crawler.items import Hints

    if zone is not None:
        try:
            check_zone(zone)
        except ValueError as error:
            raise UsageError(f"--zone: {zone!r} {error}", zone) from error
    received = _received(settings, page, url)
    prepared = prepare(received, Hints(zone=zone), None, keep_raw=False)
    if "://" in page and not Path(page).exists():
        received, prepared = _joined(settings, received, prepared, Hints(zone=zone))
    if html is not None:
        from crawler.cli.report import write_report

        write_report(received, prepared.extraction, html)
    if json:
        settings.echo_json(_answer(prepared))
    elif html != Path("-"):
        _print(prepared)
    found = prepared.records or prepared.extraction.items or prepared.extraction.children
    if not found:
        click.echo(f"presswatch: nothing would be stored: {one_line(prepared.extraction.reason)}", err=True)
    return ExitCode.OK if found else ExitCode.FAILED


def _received(settings: Settings, page: str, url: str | None) -> Page:
    from crawler.cli.declare import web_url
    from crawler.cli.onepage import read_page
    from crawler.errors import UsageError

    if "://" in page and not Path(page).exists():
        if url is not None:
            raise UsageError("--url is for a page from a file; this one has its URL", url)
        from crawler.discovery import PageClient

        with PageClient(settings.config) as client:
            return client.get(web_url(page, "extract"), utc_now())
    from_url = web_url(url, "--url") if url is not None else None
    return read_page(Path(page), from_url, settings.config, utc_now())


def _joined(settings: Settings, page: Page, prepared: Prepared, hints: Hints) -> tuple[Page, Prepared]:
    """An article with the further pages that its page leads to."""
    from crawler.discovery import with_further_pages
    from crawler.ingest import Prepared, records_of

    first, extraction = with_further_pages(page, prepared.extraction, hints, settings.config)
    if extraction is prepared.extraction:
        return page, prepared
    return first, Prepared(extraction, records_of(first, extraction, hints=hints, keep_raw=False))


def _answer(prepared: Prepared) -> dict[str, object]:
    extraction = prepared.extraction
    return {
        "kind": extraction.kind,
        "reason": extraction.reason,
        "confidence": extraction.confidence,
        "records": [
            {
                "id": record.id,
                "key": record.key,
                "url": record.url,
                "basis": record.basis,
                "truncated": record.truncated,
                "fingerprint": record.fingerprint,
                "article": record.article,
            }
            for record in prepared.records
        ],
        "items": extraction.items,
        "children": extraction.children,
        "next_page": extraction.next_page,
        "hints": extraction.hints,
    }


def _print(prepared: Prepared) -> None:
    from crawler.cli.terminal import one_line

    extraction = prepared.extraction
    click.secho(f"{extraction.kind.value} (confidence {extraction.confidence:.2f})", bold=True)
    click.echo(f"why: {one_line(extraction.reason)}")
    for record in prepared.records:
        _print_record(record)
    links = extraction.items or extraction.children
    if links:
        click.echo(f"\n{len(links)} links:")
    for item in links[:MAX_ITEMS_SHOWN]:
        when = item.published.isoformat()[:16] if item.published else "-"
        letters = f"  ({len(item.text)} letters shown)" if item.text else ""
        click.echo(f"  {when:<16}  {one_line(item.title) or '(no title)'}{letters}\n{'':<20}{one_line(item.url)}")
    if len(links) > MAX_ITEMS_SHOWN:
        click.echo(f"  … and {len(links) - MAX_ITEMS_SHOWN} more; --json shows all")
    if extraction.next_page:
        click.echo(f"next page: {one_line(extraction.next_page)}")


def _print_record(record: ArticleRecord) -> None:
    from crawler.cli.terminal import harmless, one_line

    article = record.article
    published = article.published
    facts: dict[str, object] = {
        "title": article.title,
        "id": record.id,
        "url": record.url,
        "published": f"{published.isoformat()} (zone from {published.zone_from.value})"
        if published
        else "none on the page",
        "modified": article.modified.isoformat() if article.modified else None,
        "authors": ", ".join(article.authors),
        "site": article.site_name,
        "section": article.section,
        "tags": ", ".join(article.tags),
        "language": article.language,
        "image": article.image.url if article.image else None,
        "captions": " | ".join(article.captions),
        "taken from": article.source_line,
        "robots": article.terms.robots,
        "licence": article.terms.licence,
        "basis": record.basis.value + (", cut" if record.truncated else ""),
        "extractor": f"{article.extractor}, confidence {article.confidence:.2f}",
        "content hash": record.fingerprint.content_hash[:16]
        + ("" if record.fingerprint.shareable else " (too short to share)"),
    }
    click.echo()
    for label, value in facts.items():
        if value:
            click.echo(f"{label + ':':<13} {one_line(str(value))}")
    if article.summary:
        click.secho(f"\n{harmless(article.summary)}", italic=True)
    click.echo(f"\n{harmless(article.text)}")
