"""A folder that `datasets.load_dataset` opens: Parquet shards of each split, and a dataset card."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from crawler.export import front_matter
from crawler.export.fields import FIELDS
from crawler.export.formats import About, BrokenRow
from crawler.export.parquet import Parquet
from crawler.export.placing import described
from crawler.export.tally import Distinct, Tally
from crawler.items import ArticleRow

WHOLE = "train"  # what the datasets library calls data that is not divided
SHARD_LETTERS = 250_000_000  # some 300 MB of Parquet: a shard loads into the memory of a small machine
SHARD_ROWS = 200_000
SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
)


class _Split:
    """The shards of one split. They are numbered when it ends, as their count is part of each name."""

    def __init__(self, folder: Path, name: str, parts: int) -> None:
        self._folder, self._name, self._parts = folder, name, parts
        self._shards: list[Path] = []
        self._stream: BinaryIO | None = None
        self._out: Parquet | None = None
        self._rows = self._letters = 0

    def write(self, row: ArticleRow) -> list[BrokenRow]:
        broken: list[BrokenRow] = []
        if self._out is not None and (self._rows >= SHARD_ROWS or self._letters >= SHARD_LETTERS):
            broken = self._close()
        out = self._out or self._open()
        self._rows += 1
        self._letters += len(row.text)
        return broken + out.write(row)

    def finish(self) -> list[BrokenRow]:
        if not self._shards:
            self._open()
        broken = self._close()
        for number, path in enumerate(self._shards):
            path.rename(self._folder / f"{self._name}-{number:05}-of-{len(self._shards):05}.parquet")
        return broken

    def abandon(self) -> None:
        if self._out is not None and self._stream is not None:
            self._out.abandon()
            self._stream.close()

    def _open(self) -> Parquet:
        path = self._folder / f"{self._name}-{len(self._shards):05}.part"
        self._shards.append(path)
        self._stream = path.open("wb")
        self._out = Parquet(self._stream, self._parts)
        self._rows = self._letters = 0
        return self._out

    def _close(self) -> list[BrokenRow]:
        if self._out is None or self._stream is None:
            return []
        broken = self._out.finish()
        self._stream.close()
        self._out = self._stream = None
        return broken


class Dataset:
    """Writes rows into the shards of their split; the card comes last, when all is counted."""

    def __init__(self, folder: Path, about: About) -> None:
        self._folder, self._about = folder, about
        self._data = folder / "data"
        self._data.mkdir()
        self._splits: dict[str, _Split] = {}
        self._stories = Distinct()

    def write(self, row: ArticleRow) -> list[BrokenRow]:
        """Take one row."""
        part = self._about.part_of(row) or WHOLE
        if part not in self._splits:  # a split without rows is an error to the datasets library, so it has no shard
            self._splits[part] = _Split(self._data, part, self._about.parts)
        self._stories.add(row.cluster_id)
        return self._splits[part].write(row)

    def finish(self) -> list[BrokenRow]:
        """Close the shards and write the card. Without a row there is one shard, which still tells the columns."""
        if not self._splits:
            self._splits[WHOLE] = _Split(self._data, WHOLE, self._about.parts)
        broken = [row for split in self._splits.values() for row in split.finish()]
        (self._folder / "README.md").write_text(card(self._about, self._about.tally, self._stories.count()), "utf-8")
        for file in sorted(each for each in self._folder.rglob("*") if each.is_file()):
            self._about.wrote(described(file, file.relative_to(self._folder).as_posix()))
        return broken

    def abandon(self) -> None:
        """Close what is open."""
        for split in self._splits.values():
            split.abandon()


def card(about: About, tally: Tally, stories: int) -> str:
    """The dataset card: YAML for the hub, then what a person should know."""
    languages = sorted(code for code in tally.languages if code)
    # One that nobody asked to divide is a single split.
    parts = tally.parts or {WHOLE: tally.rows}
    size = next((name for limit, name in SIZES if tally.rows < limit), "n>10M")
    head = [
        "---",
        f"pretty_name: {front_matter.value(about.title)}",
        *(["language:", *(f"- {front_matter.value(code)}" for code in languages)] if languages else []),
        "size_categories:",
        f"- {size}",
        "tags:",
        "- news",
        "- presswatch",
        "configs:",
        "- config_name: default",
        "  data_files:",
        *(
            line
            for part in sorted(parts)
            for line in (f"  - split: {front_matter.value(part)}", f"    path: data/{part}-*.parquet")
        ),
        "---",
    ]
    period = "no articles"
    if tally.first is not None and tally.last is not None:
        period = (
            f"{tally.first.date().isoformat()} to {tally.last.date().isoformat()} (published, else first seen; UTC)"
        )
    asked = [f"- `{name}`: {_inline(value)}" for name, value in sorted(about.filters.items())] or ["- everything"]
    body = [
        "",
        f"# {_inline(about.title)}",
        "",
        f"{tally.rows:,} articles in {stories:,} stories, {tally.letters:,} letters of text; {period}.",
        "",
        "## What was asked",
        "",
        *asked,
        "",
        "## Splits",
        "",
        *_table(("split", "articles"), parts),
        "",
        "## Languages",
        "",
        *_table(("language", "articles"), tally.languages),
        "",
        "## Sources",
        "",
        *_table(("source", "articles"), tally.sources),
        "",
        "## Duplicates",
        "",
        "An article is stored once under its canonical URL. Articles of different publishers that tell the same text "
        "share `content_hash`; those of one story share `cluster_id`. Splits are cut by `cluster_id`, so that no copy "
        "crosses from one to another.",
        "",
        "## Fields",
        "",
        "| field | holds | what it means |",
        "|---|---|---|",
        *(f"| `{each.name}` | {each.kind.value} | {each.help} |" for each in FIELDS),
        "",
        "Texts belong to their publishers. `robots`, `tdm_reservation`, `tdm_policy` and `licence` keep what each page "
        "says of its use; heed them before you pass this on.",
        "",
    ]
    return "\n".join(head + body)


def _table(heads: tuple[str, str], counted: dict[str, int]) -> list[str]:
    lines = [f"| {heads[0]} | {heads[1]} |", "|---|---|"]
    most = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    lines += [f"| {_inline(name) or 'unknown'} | {count:,} |" for name, count in most[:100]]
    return lines if len(most) <= 100 else [*lines, f"| {len(most) - 100} more | {sum(c for _, c in most[100:]):,} |"]


def _inline(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def open_writer(folder: Path, about: About) -> Dataset:
    """A writer of a dataset folder."""
    return Dataset(folder, about)
