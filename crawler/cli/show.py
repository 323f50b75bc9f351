"""`presswatch show`: one article, all that is known of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.cli.context import ExitCode, Settings

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
def command(settings: Settings, /, *, article: str, diff: bool, html: Path | None, json: bool) -> ExitCode:
    """Show the article with that id (its first digits will do) or URL, its versions, and where it was met.

    \b
    Example:
      presswatch show 3fb2a91c04de --diff
      presswatch show https://paper.example.com/2026/11/robots.html --json
    """
    from crawler.cli.damaged import tell_damage
    from crawler.damage import Damage
    from crawler.errors import UsageError
    from crawler.items import DamagedRow

    if html == Path("-") and (json or diff):
        raise UsageError(
            "--html - takes standard output for itself; name a file, or leave --json and --diff out", "--html"
        )
    store = settings.open_store(reads=True)
    damage = Damage()
    row = store.articles.get(article, damage.note)
    versions, sightings = store.articles.versions(row.id), store.articles.sightings(row.id)
    if not damage.count:
        for version in versions:
            if version.damaged is not None:
                damage.note(DamagedRow(row.id, row.url, version.damaged, row.change_seq, version.number))
    if html is not None:
        _write_report(store, settings.config, row, html)
        if html == Path("-"):
            return tell_damage(damage, "damaged")
    if json:
        from crawler.export.fields import as_mapping

        changes = [_changes(old, new) for old, new in pairwise(versions)] if diff else None
        settings.echo_json(
            {"row": as_mapping(row), "versions": versions, "sightings": sightings}
            | ({"changes": changes} if changes is not None else {})
        )
        return tell_damage(damage, "damaged")
    _print_row(row, settings.config.zone)
    _print_lists(row, versions, [(s.url, s.source, s.first_seen) for s in sightings], settings.config.zone)
    if diff:
        _print_changes(versions)
    return tell_damage(damage, "damaged")


def changed_words(old: VersionRow, new: VersionRow) -> list[dict[str, str]]:
    """What `new` changed, word by word, headline first: ``{"same": …}``, ``{"gone": …}``, ``{"came": …}`` in order."""
    from crawler.text.changes import changes

    return [{verb: text} for verb, text in changes(_whole(old), _whole(new))]


def _changes(old: VersionRow, new: VersionRow) -> list[dict[str, str]] | None:
    """`changed_words`; `None` where one of both can't be read."""
    return None if old.damaged or new.damaged else changed_words(old, new)


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
        letters = "can't be read" if version.damaged else f"{len(version.text)} letters"
        click.echo(
            f"  {version.number}  {shown(version.seen_at, zone)}  {letters}, from {version.basis.value}"
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
        pieces = _changes(old, new)
        if pieces is None:
            click.echo("one of both can't be read")
            continue
        for piece in pieces:
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
        body=_decompressed(row.id, raw.body_zstd, raw.size),
        fetched_at=raw.fetched_at,
    )
    write_report(page.final_url, explain(page, replace(hints_for(config), language=row.lang)), path)


def _decompressed(article: str, body: bytes, size: int) -> bytes:
    import zstandard

    from crawler.errors import DamagedPage

    try:
        return zstandard.ZstdDecompressor().decompress(body, max_output_size=size)
    except zstandard.ZstdError as error:
        raise DamagedPage(f"{article}: its raw page is damaged: {error}; see `presswatch db check`", article) from error
