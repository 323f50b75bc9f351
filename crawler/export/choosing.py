"""Which rows go where: the newest, a sample, one article a story, and parts (train, test …) that no story crosses.

Everything hangs on hashes of ids, so the same articles are chosen in every run and on every machine.
"""

from __future__ import annotations

import heapq
import sqlite3
from array import array
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby, islice

from crawler.errors import UsageError
from crawler.export.placing import temporary
from crawler.export.tally import digest
from crawler.items import ArticleRow

Rows = Callable[[], Iterator[ArticleRow]]
Beside = Callable[[tuple[str, ...]], Iterator[ArticleRow]]
MAX_PARTS = 20
STORIES_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """`one_a_story`: only the earliest member of each. `newest`: of these, so many at most. `sample`: of these, so many
    at most by chance. `split`: parts by name with their shares, which add up to 1. `seed` turns the dice of sample and
    split. An article is taken with all its rows, which stand one after the other.
    """

    newest: int | None = None
    sample: int | None = None
    one_a_story: bool = False
    split: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0

    def part_of(self, row: ArticleRow) -> str:
        """The part that the row's story belongs to; empty where nothing is split."""
        if not self.split:
            return ""
        point = _fraction(f"split {self.seed} {row.cluster_id}")
        name = ""
        for name, share in self.split.items():  # noqa: B007 - rounding leaves the last part what is over
            point -= share
            if point < 0:
                break
        return name


def read_split(text: str) -> dict[str, float]:
    """Parts as written: ``train=.9,test=.1``. `UsageError` says what is wrong."""
    parts: dict[str, float] = {}
    for piece in text.split(","):
        name, _, share = piece.partition("=")
        name = name.strip()
        try:
            value = float(share)
        except ValueError:
            value = 0.0
        if not (name.isidentifier() and name.isascii()) or not 0 < value <= 1 or name in parts:
            raise UsageError(
                f"--split {text!r}: write parts with their shares, each named once, as train=.9,test=.1", text
            )
        parts[name] = value
    if abs(sum(parts.values()) - 1) > 1e-6 or len(parts) > MAX_PARTS:
        raise UsageError(f"--split {text!r}: the shares must add up to 1, and parts be {MAX_PARTS} at most", text)
    return parts


def chosen(rows: Rows, choice: Choice, beside: Beside | None = None) -> Iterator[ArticleRow]:
    """The rows that `choice` takes, in the order of `rows`, which is called again for each question that needs all ids.
    `beside` gives the articles of some stories with those that are no longer among `rows` since they were given before:
    the earliest of a story may be one of them.

    Memory holds eight bytes for each article that is sampled from, and the ids of the newest. Those of one a story lie
    in a file.
    """
    if choice.sample is None and choice.newest is None and not choice.one_a_story:
        return rows()
    return _chosen(rows, choice, beside)


def _chosen(rows: Rows, choice: Choice, beside: Beside | None) -> Iterator[ArticleRow]:
    taken = _first_of_stories(rows(), beside) if choice.one_a_story else _any
    if choice.newest is not None:
        told = ((_when(row), row.id) for row in _articles(rows()) if taken(row))
        taken = _among({id_ for _, id_ in heapq.nlargest(choice.newest, told)})
    if choice.sample is not None:
        taken = _sampled(rows(), taken, choice.sample, choice.seed)
        yield from _at_most(choice.sample, filter(taken, rows()))
        return
    yield from filter(taken, rows())


def _at_most(most: int, rows: Iterator[ArticleRow]) -> Iterator[ArticleRow]:
    """The rows of the first `most` articles: others may have come since it was chosen."""
    for _, same in islice(groupby(rows, key=lambda row: row.id), most):
        yield from same


def _any(_row: ArticleRow) -> bool:
    return True


def _among(ids: set[str]) -> Callable[[ArticleRow], bool]:
    return lambda row: row.id in ids


def _sampled(
    rows: Iterator[ArticleRow], taken: Callable[[ArticleRow], bool], most: int, seed: int
) -> Callable[[ArticleRow], bool]:
    """Whether a row is of one of the `most` articles, among those that are `taken`, whose digests are the smallest."""

    def digested(row: ArticleRow) -> int:
        return int.from_bytes(digest(f"sample {seed} {row.id}"), "big")

    digests = array("Q", (digested(row) for row in _articles(rows) if taken(row)))
    if len(digests) <= most:
        return taken
    import numpy as np

    last = int(np.partition(np.asarray(digests), most - 1)[most - 1])
    return lambda row: digested(row) <= last and taken(row)


def _first_of_stories(rows: Iterator[ArticleRow], beside: Beside | None) -> Callable[[ArticleRow], bool]:
    """Whether a row is of its story's earliest article: by publication, else first sight, then by id.

    A million stories take 350 MB as a dict, so they lie in a temporary file, which SQLite removes when it is let go.
    """
    with temporary():
        kept = sqlite3.connect("", isolation_level=None)
        kept.execute("CREATE TABLE best (story BLOB PRIMARY KEY, at REAL, id BLOB) WITHOUT ROWID")
        kept.execute("BEGIN")
        _keep_firsts(kept, rows)
        last = b""
        while beside is not None:
            page = "SELECT story FROM best WHERE story > ? ORDER BY story LIMIT ?"
            some = [story for (story,) in kept.execute(page, (last, STORIES_AT_ONCE))]
            if not some:
                break
            _keep_firsts(kept, beside(tuple(story.decode("utf-8", "surrogatepass") for story in some)))
            last = some[-1]
        kept.execute("COMMIT")

    def first(row: ArticleRow) -> bool:
        key = (_bytes(row.cluster_id), _bytes(row.id))
        return kept.execute("SELECT 1 FROM best WHERE story = ? AND id = ?", key).fetchone() is not None

    return first


def _keep_firsts(kept: sqlite3.Connection, rows: Iterator[ArticleRow]) -> None:
    kept.executemany(
        "INSERT INTO best VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET at = excluded.at, id = excluded.id"
        " WHERE (excluded.at, excluded.id) < (best.at, best.id)",
        ((_bytes(row.cluster_id), _when(row), _bytes(row.id)) for row in rows),
    )


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _articles(rows: Iterator[ArticleRow]) -> Iterator[ArticleRow]:
    """The first row of each article."""
    return (next(same) for _, same in groupby(rows, key=lambda row: row.id))


def _when(row: ArticleRow) -> float:
    """Published, else first seen."""
    return (row.published.utc if row.published is not None else row.first_seen).timestamp()


def _fraction(text: str) -> float:
    return int.from_bytes(digest(text), "big") / (1 << 64)
