"""`presswatch extract`: what a page would be stored as, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.cli.context import ExitCode, Settings, utc_now

if TYPE_CHECKING:
    from crawler.extract.explanation import Explanation
    from crawler.items import ArticleRecord, Hints, Page

FORMATS = ("text", "json", "markdown")


@click.command(name="extract", short_help="Show what a page would be stored as, and why.")
@click.argument("page", metavar="URL|FILE|-")
@click.option("--url", help="Where a page from a file came from; its links and id follow from it.")
@click.option("--zone", help="IANA zone of dates that carry no offset.")
@click.option("--no-site-rules", is_flag=True, help="Read the page as if nothing were known of its site.")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help="text (as a rule): fields with where each is from, and what was stripped; json: the same for a machine;"
    " markdown: the article with its headings, lists, tables and code.",
)
@click.option("--json", "json", is_flag=True, help="The same as --format json.")
@click.option(
    "--html",
    type=click.Path(path_type=Path),
    metavar="FILE|-",
    help="Write the page coloured as well: kept green, in another field blue, stripped grey with the reason.",
)
@click.pass_obj
def command(
    settings: Settings,
    /,
    *,
    page: str,
    url: str | None,
    zone: str | None,
    no_site_rules: bool,
    form: str | None,
    json: bool,
    html: Path | None,
) -> ExitCode:
    """Extract one page: from the network (robots.txt is obeyed), a file, or standard input. Nothing is stored.

    Exit code 1 if the page holds nothing that would be stored; the reason is told on standard error.

    \b
    Example:
      presswatch extract https://paper.example.com/2026/11/robots.html
      presswatch extract saved.html --url https://paper.example.com/a --html coloured.html
      curl -s https://paper.example.com/a | presswatch extract - --format markdown
    """
    from crawler.cli.report import print_explanation, write_report
    from crawler.cli.terminal import one_line
    from crawler.extract.explanation import explain
    from crawler.ingest import records_of

    form = _format(form, json, html)
    hints = _hints(settings, zone, no_site_rules)
    received = _received(settings, page, url)
    explained = explain(received, hints)
    if "://" in page and not Path(page).exists():
        received, explained = _joined(settings, received, explained, hints)
    extraction = explained.extraction
    records = records_of(received, extraction, hints=hints, keep_raw=False)
    found = bool(records or extraction.items or extraction.children)
    if html is not None:
        write_report(received.final_url, explained, html)
    if form == "json":
        settings.echo_json(_answer(explained, records))
    elif form == "markdown" and found:
        click.echo(_markdown(received, explained), nl=False)
    elif form == "text" and html != Path("-"):
        print_explanation(explained, _stored(records[0]) if extraction.article and records else {})
    if not found:
        click.echo(f"presswatch: nothing would be stored: {one_line(_why_nothing(explained))}", err=True)
    return ExitCode.OK if found else ExitCode.FAILED


def _format(form: str | None, json: bool, html: Path | None) -> str:
    """The format asked for; UsageError where two documents would share standard output, or two formats are named."""
    from crawler.errors import UsageError

    if json and form not in {None, "json"}:
        raise UsageError(f"--json and --format {form} ask for two formats; leave one out", "--json")
    form = "json" if json else form
    if html == Path("-") and form is not None:
        raise UsageError(f"--html - and --format {form} both write to standard output; name a file", "--html")
    return form or "text"


def _hints(settings: Settings, zone: str | None, no_site_rules: bool) -> Hints:
    from crawler.config import check_zone
    from crawler.errors import UsageError
    from crawler.sources import hints_for

    if zone is not None:
        try:
            check_zone(zone)
        except ValueError as error:
            raise UsageError(f"--zone: {zone!r} {error}", zone) from error
    hints = hints_for(settings.config)
    return replace(hints, zone=zone, site_rules=hints.site_rules and not no_site_rules)


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


def _joined(settings: Settings, page: Page, explained: Explanation, hints: Hints) -> tuple[Page, Explanation]:
    """An article with the further pages that its page leads to; what is told of the page is told of page one."""
    from crawler.discovery import with_further_pages
    from crawler.extract.explanation import explain
    from crawler.extract.paragraphs import Kind, Paragraph

    first, extraction = with_further_pages(page, explained.extraction, hints, settings.config)
    if extraction is explained.extraction:
        return page, explained
    if first is not page:
        explained = explain(first, hints)
    # What kind of line each of a later page's is, nobody noted.
    lines = extraction.article.text.split("\n") if extraction.article is not None else ()
    plain = tuple(Paragraph(Kind.PARAGRAPH, line) for line in lines if line)
    return first, replace(explained, extraction=extraction, paragraphs=plain)


def _why_nothing(explained: Explanation) -> str:
    extraction = explained.extraction
    if extraction.article is None:
        return extraction.reason
    return f"its text says too little; {extraction.reason}"


def _answer(explained: Explanation, records: Sequence[ArticleRecord]) -> dict[str, object]:
    from crawler.cli.report import as_answer

    extraction = explained.extraction
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
            for record in records
        ],
        "items": extraction.items,
        "children": extraction.children,
        "next_page": extraction.next_page,
        "hints": extraction.hints,
        **as_answer(explained),
    }


def _markdown(page: Page, explained: Explanation) -> str:
    from crawler.extract.markdown import article_markdown, listing_markdown

    article = explained.extraction.article
    if article is not None:
        return article_markdown(article, explained.paragraphs)
    return listing_markdown(page.final_url, explained.extraction)


def _stored(record: ArticleRecord) -> dict[str, str]:
    """What an article's record has beside the article."""
    known = record.fingerprint
    return {
        "stored as": f"{record.id[:12]} {record.url}",
        "hash": f"{known.content_hash[:16]}{'' if known.shareable else ' (too short to share)'}",
    }
