"""Markdown: a file an article, in a folder a month, with front matter in YAML (written as JSON, which is YAML)."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import orjson

from crawler.export.fields import as_mapping
from crawler.export.formats import About, BrokenRow
from crawler.items import ArticleRow

MAX_NAME_BYTES = 120  # a file's name has room for 255 bytes; Korean takes three a letter
LEFT_OUT = frozenset({"text", "title"})  # they are the page itself
_unfit = re.compile(r"[^\w]+")
# Characters that begin a block or an emphasis when they stand at a line's begin.
_block = re.compile(r"^(\s*)(#{1,6}\s|[-+*>]\s|\d+[.)]\s|```|~~~|\||=+\s*$|-{3,}\s*$)")


class MarkdownFiles:
    """Writes each file at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, row: ArticleRow) -> list[BrokenRow]:
        """Write one file; a row that UTF-8 can't carry (a lone surrogate) is broken."""
        when = row.published.isoformat() if row.published is not None else row.first_seen.isoformat()
        day, month = when[: len("2026-11-01")], when[: len("2026-11")]
        try:
            page = _page(row)
        except (TypeError, ValueError) as error:
            return [BrokenRow(row.id, str(error))]
        place = self._folder / month
        place.mkdir(exist_ok=True)
        (place / f"{day}-{slug(row.title or row.url)}-{row.id[-16:]}.md").write_bytes(page)
        return []

    def finish(self) -> list[BrokenRow]:
        """Nothing is held back."""
        return []

    def abandon(self) -> None:
        """Nothing is written unasked."""


def slug(title: str) -> str:
    """A file's name in the title's own letters, at most `MAX_NAME_BYTES` long in UTF-8."""
    words = _unfit.sub("-", unicodedata.normalize("NFC", title).casefold()).strip("-_")
    return words.encode("utf-8", "ignore")[:MAX_NAME_BYTES].decode("utf-8", "ignore").rstrip("-") or "article"


def _page(row: ArticleRow) -> bytes:
    known = {key: value for key, value in as_mapping(row).items() if key not in LEFT_OUT and value not in (None, [])}
    head = b"".join(key.encode() + b": " + orjson.dumps(value) + b"\n" for key, value in known.items())
    title = b"title: " + orjson.dumps(row.title or "") + b"\n"
    text = "\n\n".join(_block.sub(r"\1\\\2", line) for line in row.text.split("\n") if line.strip())
    shown = " ".join((row.title or "").split())
    return b"---\n" + title + head + b"---\n\n" + f"# {shown}\n\n{text}\n".encode()


def open_writer(folder: Path, about: About) -> MarkdownFiles:  # noqa: ARG001 - the shape of every format
    """A writer of Markdown files in `folder`."""
    return MarkdownFiles(folder)
