"""How an extraction with its reasons is shown: on the terminal, as JSON, and as a coloured page in a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from crawler.extract.explanation import Explanation
    from crawler.extract.paragraphs import Paragraph
    from crawler.items import ListingItem

WIDTH = 80
NAME_WIDTH = 11
VALUE_WIDTH = 38
"""Columns of the table of fields; 28 are left for where a value is from: "meta article:published_time"."""

SAMPLE_WIDTH = WIDTH - 8
REASON_WIDTH = 40

LONGEST_VALUE = 400
"""Of what is words (captions, tags); URLs stay whole."""

MAX_ITEMS_SHOWN = 50


def write_report(url: str, explained: Explanation, path: Path) -> None:
    """Write the coloured page to `path`, or to standard output for ``-``; PresswatchError when the place refuses."""
    from crawler.export.placing import file_at
    from crawler.extract.report import report

    html = report(url, explained)
    if path == Path("-"):
        click.echo(html, nl=False)
        return
    with file_at(path, hashed=False) as (stream, _):
        stream.write(html.encode("utf-8", "replace"))
    click.echo(f"wrote {path}: green is kept, blue in another field, grey stripped", err=True)


def print_explanation(explained: Explanation, stored: Mapping[str, str]) -> None:
    """All that was found, where from, what was stripped and why, then standfirst and text.

    `stored` is what else would be stored, by name. Lines are not folded: a pipe gets each value on a line of its own.
    """
    from crawler.cli.terminal import harmless
    from crawler.extract.explanation import facts

    (_, kind, _), *rows = facts(explained)
    click.secho(kind, bold=True)
    for name, value, source in [*rows, *((name, value, "") for name, value in stored.items())]:
        click.echo(_row(name, value, source))
    _print_items(explained.extraction.items or explained.extraction.children)
    _print_stripped(explained)
    article = explained.extraction.article
    if article is not None:
        if article.summary:
            click.secho(f"\n{harmless(article.summary)}", italic=True)
        click.echo(f"\n{harmless(article.text)}")


def _row(name: str, value: str, source: str) -> str:
    """A line of the table of fields; where it is from goes below a value that leaves no room for it."""
    from rich.cells import cell_len

    from crawler.cli.terminal import one_line

    value, source = one_line(value), one_line(source)
    if len(value) > LONGEST_VALUE and " " in value:
        value = f"{value[:LONGEST_VALUE].rstrip()}…"
    line = f"{name:<{NAME_WIDTH}} {value}"
    if not source:
        return line
    used = cell_len(value)
    if used <= VALUE_WIDTH:
        return f"{line}{' ' * (VALUE_WIDTH - used)}  {source}"
    if NAME_WIDTH + 1 + used + 2 + cell_len(source) <= WIDTH:
        return f"{line}  {source}"
    return f"{line}\n{'':<{NAME_WIDTH}}   from {source}"


def _print_items(items: Sequence[ListingItem]) -> None:
    from crawler.cli.terminal import one_line

    if items:
        click.echo(f"\n{len(items)} links:")
    for item in items[:MAX_ITEMS_SHOWN]:
        when = item.published or item.modified
        letters = f"  ({len(item.text):,} letters shown)" if item.text else ""
        date = when.isoformat()[:16] if when else "-"
        click.echo(f"  {date:<16}  {one_line(item.title) or '(no title)'}{letters}\n{'':<20}{one_line(item.url)}")
    if len(items) > MAX_ITEMS_SHOWN:
        click.echo(f"  … and {len(items) - MAX_ITEMS_SHOWN} more; --format json shows all")


def _print_stripped(explained: Explanation) -> None:
    from crawler.cli.terminal import one_line
    from crawler.extract.explanation import letters, sample

    stripped = explained.stripped()
    if not explained.parts:
        return
    total = sum(map(letters, stripped.values()))
    more = "" if explained.complete else f" (of the first {len(explained.parts):,} parts of the page)"
    click.echo(f"\nstripped: {total:,} letters, kept: {letters(explained.kept()):,}{more}")
    for reason, found in stripped.items():
        count = f"{len(found):,} {'part' if len(found) == 1 else 'parts'}, {letters(found):,} letters"
        click.echo(f"  {reason:<{REASON_WIDTH}} {count}\n{'':<6}{one_line(sample(found, SAMPLE_WIDTH))}")


def as_answer(explained: Explanation) -> dict[str, object]:
    """The reasons, for JSON: where fields are from, the text by kind, what was stripped by reason."""
    from crawler.extract.explanation import letters

    return {
        "sources": explained.sources,
        "container": explained.container or None,
        "charset": explained.charset or None,
        "paragraphs": [_paragraph(paragraph) for paragraph in explained.paragraphs],
        "stripped": [
            {
                "reason": reason,
                "letters": letters(found),
                "parts": [{"text": part.text, "path": part.path, "by": part.by or None} for part in found],
            }
            for reason, found in explained.stripped().items()
        ],
        "complete": explained.complete,
    }


def _paragraph(paragraph: Paragraph) -> dict[str, object]:
    """Kind and text, and of the rest what says something."""
    found: dict[str, object] = {"kind": paragraph.kind, "text": paragraph.text}
    found |= {"level": paragraph.level} if paragraph.level else {}
    found |= {"number": paragraph.number} if paragraph.number else {}
    found |= {"continued": True} if paragraph.continued else {}
    found |= {"cells": paragraph.cells} if paragraph.cells else {}
    return found
