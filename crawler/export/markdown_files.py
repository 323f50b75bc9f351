"""Markdown: a file an article, in a folder a month, with front matter in YAML (written as JSON, which is YAML)."""

from __future__ import annotations

import re
import unicodedata
from hashlib import sha256
from pathlib import Path

from crawler.export import front_matter
from crawler.export.fields import as_mapping
from crawler.export.formats import UNFIT, About, BrokenRow, Written
from crawler.items import ArticleRow

MAX_NAME_BYTES = 120  # a file's name has room for 255 bytes; Korean takes three a letter
LEFT_OUT = frozenset({"text", "title"})  # they are the page itself
_unfit = re.compile(r"[^\w]+")
# CommonMark: what begins a block where it begins a line, a number's point or bracket last.
_block = re.compile(r"^(?=#{1,6}(?:\s|$)|[-+>]|\||=+$)|^\d{1,9}(?=[.)](?:\s|$))")
# What means something within a line: an escape, code, emphasis, GitHub's strike-out, a tag, an entity, a link.
_inline = re.compile(r"[\\`*~]|\b_|_\b|<(?=[A-Za-z/!?])|&(?=#|[A-Za-z]\w*;)|\](?=[(:\[])|!(?=\[)")


class MarkdownFiles:
    """Writes each file at once."""

    def __init__(self, folder: Path, about: About) -> None:
        self._folder, self._wrote = folder, about.wrote
        self._months: set[str] = set()

    def write(self, row: ArticleRow) -> list[BrokenRow]:
        """Write one file; a row that UTF-8 can't carry (a lone surrogate) is broken."""
        when = row.published.isoformat() if row.published is not None else row.first_seen.isoformat()
        day, month = when[: len("2026-11-01")], when[: len("2026-11")]
        try:
            page = _page(row)
        except UNFIT as error:
            return [BrokenRow(row.id, str(error))]
        name = f"{month}/{day}-{slug(row.title or row.url)}-{row.id[-16:]}.md"
        place = self._folder / name
        if month not in self._months:
            place.parent.mkdir()
            self._months.add(month)
        place.write_bytes(page)
        self._wrote(Written(name, len(page), sha256(page).hexdigest()))
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
    head = "".join(f"{key}: {front_matter.value(each)}\n" for key, each in known.items())
    title = front_matter.value(row.title or "")
    text = "\n\n".join(plain(line) for line in row.text.splitlines() if line.strip())
    return f"---\ntitle: {title}\n{head}---\n\n# {plain(row.title or row.url)}\n\n{text}\n".encode()


def plain(line: str) -> str:
    """A line that Markdown shows as it stands, on one line."""
    escaped = _inline.sub(r"\\\g<0>", " ".join(line.split()))
    return re.sub(r" (#+)$", r" \\\1", _block.sub(r"\g<0>\\", escaped))


def open_writer(folder: Path, about: About) -> MarkdownFiles:
    """A writer of Markdown files in `folder`."""
    return MarkdownFiles(folder, about)
