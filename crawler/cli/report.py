"""Writing the coloured report of an extraction to a file."""

from __future__ import annotations

from pathlib import Path

import click

from crawler.errors import PresswatchError
from crawler.items import Extraction, Page


def write_report(page: Page, extraction: Extraction, path: Path) -> None:
    """Write the report to `path`, or to standard output for ``-``; PresswatchError when the place refuses."""
    from crawler.extract.report import report

    html = report(page, extraction)
    if path == Path("-"):
        click.echo(html)
        return
    try:
        path.write_text(html, encoding="utf-8", errors="replace")
    except OSError as error:
        raise PresswatchError(f"{path}: can't be written: {error.strerror or error}", str(path)) from error
    click.echo(f"wrote {path}: kept blocks are green, dropped ones grey", err=True)
