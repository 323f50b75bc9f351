"""`presswatch show`: one article, all that is known of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.cli.context import Settings

if TYPE_CHECKING:
    from crawler.config import Config
    from crawler.items import ArticleRow, VersionRow
    from storage import Store

CONTEXT_WORDS = 8


@click.command(name="show", short_help="Show one article with its versions and sightings.")
@click.argument("article", metavar="ID|URL")
@click.option("--diff", is_flag=True, help="Show what each version changed, word by word.")
@click.option(
    "--html", type=click.Path(path_type=Path), metavar="FILE|-", help="Write the kept page, coloured by what was taken."
)
@click.option("--json", "json", is_flag=True, help="Answer with row, versions and sightings as JSON.")
@click.pass_obj
def command(settings: Settings, /, *, article: str, diff: bool, html: Path | None, json: bool) -> None:
    """Show the article with that id (its first digits will do) or URL, its versions, and where it was met.

    \b
    Example:
      presswatch show 3fb2a91c04de --diff
      presswatch show https://paper.example.com/2026/11/robots.html --json
    """
    from crawler.errors import UsageError

    if html == Path("-") and (json or diff):
        raise UsageError(
            "--html - takes standard output for itself; name a file, or leave --json and --diff out", "--html"
        )
    store = settings.open_store(reads=True)
    row = store.articles.get(article)
    versions, sightings = store.articles.versions(row.id), store.articles.sightings(row.id)
    if html is not None:
        _write_report(store, settings.config, row, html)
        if html == Path("-"):
            return
    if json:
        from crawler.export.fields import as_mapping

        changes = [changed_words(old, new) for old, new in pairwise(versions)] if diff else None
        settings.echo_json(
            {"row": as_mapping(row), "versions": versions, "sightings": sightings}
            | ({"changes": changes} if changes is not None else {})
        )
        return
    _print_row(row, settings.config.zone)
    _print_lists(row, versions, [(s.url, s.source, s.first_seen) for s in sightings], settings.config.zone)
    if diff:
        _print_changes(versions)


def changed_words(old: VersionRow, new: VersionRow) -> list[dict[str, str]]:
    """What `new` changed, word by word, headline first: ``{"same": …}``, ``{"gone": …}``, ``{"came": …}`` in order."""
    from crawler.text.changes import changes

    return [{verb: text} for verb, text in changes(_whole(old), _whole(new))]


def _whole(version: VersionRow) -> str:
    return f"{version.title or ''}\n{version.text}"


def _print_row(row: ArticleRow, zone: str) -> None:
    from crawler.cli.terminal import harmless, one_line
    from crawler.cli.times import shown

    click.secho(one_line(row.title) or "(no title)", bold=True)
    facts: dict[str, object] = {
        "id": row.id,
        "url": row.url,
        "published": row.published.isoformat() if row.published else "unknown (the page gives no date)",
        "modified": row.modified.isoformat() if row.modified else None,
        "first seen": shown(row.first_seen, zone),
        "fetched": shown(row.fetched, zone),
        "authors": ", ".join(row.authors),
        "site": row.site,
        "source": row.source,
        "section": row.section,
        "tags": ", ".join(row.tags),
        "topics": ", ".join(row.topics),
        "language": row.lang,
        "image": row.image,
        "taken from": row.source_line,
        "licence": row.terms.licence,
        "robots": row.terms.robots,
        "text": "from a listing; its page was not read yet" if row.provisional else "from its page",
        "extracted by": f"{row.extractor}, confidence {row.confidence:.2f}",
        "story": f"{row.cluster_id} (presswatch story {row.cluster_id[:12]})",
    }
    for label, value in facts.items():
        if value:
            click.echo(f"{label + ':':<13} {one_line(str(value))}")
    if row.summary:
        click.secho(f"\n{harmless(row.summary)}", italic=True)
    click.echo(f"\n{harmless(row.text)}")
    for caption in row.captions:
        click.echo(f"[picture: {one_line(caption)}]")


def _print_lists(
    row: ArticleRow, versions: Sequence[VersionRow], sightings: Sequence[tuple[str, str | None, object]], zone: str
) -> None:
    from datetime import datetime

    from crawler.cli.terminal import one_line
    from crawler.cli.times import shown

    click.echo(f"\nversions ({row.version} is shown):")
    for version in versions:
        letters = len(version.text)
        click.echo(
            f"  {version.number}  {shown(version.seen_at, zone)}  {letters} letters, from {version.basis.value}"
            f"  {one_line(version.title)}"
        )
    click.echo("met at:")
    for url, source, first_seen in sightings:
        assert isinstance(first_seen, datetime)
        click.echo(f"  {shown(first_seen, zone)}  {one_line(url)}" + (f"  ({one_line(source)})" if source else ""))


def _print_changes(versions: Sequence[VersionRow]) -> None:
    from crawler.cli.terminal import harmless

    if len(versions) < 2:
        click.echo("\nthere is one version, so nothing changed")
        return
    for old, new in pairwise(versions):
        click.echo(f"\nversion {old.number} -> {new.number}:")
        parts = []
        for piece in changed_words(old, new):
            ((verb, text),) = piece.items()
            text = harmless(text)
            if verb == "same":
                parts.append(_shortened(text))
            elif verb == "gone":
                parts.append(click.style(f"[-{text}-]", fg="red"))
            else:
                parts.append(click.style(f"{{+{text}+}}", fg="green"))
        click.echo("".join(parts))


def _shortened(text: str) -> str:
    """The first and last words of a passage that did not change."""
    words = re.findall(r"\s*\S+\s*", text)
    if len(words) <= 2 * CONTEXT_WORDS + 2:
        return text
    return "".join(words[:CONTEXT_WORDS]) + "… " + "".join(words[-CONTEXT_WORDS:])


def _write_report(store: Store, config: Config, row: ArticleRow, path: Path) -> None:
    from crawler.cli.report import write_report
    from crawler.errors import UsageError
    from crawler.extract.explanation import explain
    from crawler.items import Page
    from crawler.sources import hints_for

    raw = store.pages.get(row.id)
    if raw is None:
        raise UsageError(
            f"{row.id[:12]}: no page of it was kept (setting keep_pages); there is nothing to colour", row.id
        )
    page = Page(
        url=row.url,
        final_url=raw.url,
        status=raw.status,
        headers=raw.headers,
        body=_decompressed(raw.body_zstd, raw.size),
        fetched_at=raw.fetched_at,
    )
    write_report(page.final_url, explain(page, replace(hints_for(config), language=row.lang)), path)


def _decompressed(body: bytes, size: int) -> bytes:
    import zstandard

    return zstandard.ZstdDecompressor().decompress(body, max_output_size=size)
