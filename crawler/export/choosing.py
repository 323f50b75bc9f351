"""Which rows go where: the newest, a sample, one article a story, and parts (train, test …) that no story crosses.

Everything hangs on hashes of ids, so the same articles are chosen in every run and on every machine.
"""

from __future__ import annotations

import heapq
import sqlite3
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby, islice

from crawler.errors import UsageError
from crawler.export.placing import temporary
from crawler.export.tally import digest
from crawler.items import ArticleMark, ArticleRow

Rows = Callable[[], Iterator[ArticleRow]]
Taken = Callable[[str, str], bool]
"""Whether the article of a story, by its id, is taken."""
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


class Shelf:
    """Articles that are read more than once: all their rows, what they are chosen by, the rows of those chosen."""

    continues = False
    """Whether articles were given before that are no longer among these."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def rows(self) -> Iterator[ArticleRow]:
        """All of them."""
        return self._rows()

    def marks(self) -> Iterator[ArticleMark]:
        """What each article is chosen by, in the order of the rows, without those that are known to be unreadable."""
        return map(_mark, _articles(self._rows()))

    def newest(self, count: int, taken: Taken | None) -> list[str]:
        """Of those that are `taken` (`None`: of all) so many of the latest dates, in the order of the rows."""
        told = (
            (mark.dated_at.timestamp(), mark.id) for mark in self.marks() if taken is None or taken(mark.story, mark.id)
        )
        newest = frozenset(id_ for _, id_ in heapq.nlargest(count, told))
        return [mark.id for mark in self.marks() if mark.id in newest]

    def these(self, ids: Sequence[str]) -> Iterator[ArticleRow]:
        """The rows of these articles, which stand in the order of the marks."""
        wanted = frozenset(ids)
        return (row for row in self._rows() if row.id in wanted)

    def given_before(self, stories: tuple[str, ...]) -> Iterator[ArticleRow]:  # noqa: ARG002 - where all are given at once
        """The articles of some stories with those that are no longer among the rows since they were given before: the
        earliest of a story may be one of them.
        """
        return iter(())

    def can_read(self, ids: Sequence[str]) -> bool:  # noqa: ARG002 - for a shelf whose marks say less than its rows
        """Whether all rows of these can be read; of others no mark comes from then on."""
        return True


def chosen(rows: Rows | Shelf, choice: Choice) -> Iterator[ArticleRow]:
    """The rows that `choice` takes, in the order of `rows`, which is read again for each question that needs all ids.

    Memory holds eight bytes for each article that is sampled from, and the ids of the sample and of the newest. Those
    of one a story lie in a file.
    """
    shelf = rows if isinstance(rows, Shelf) else Shelf(rows)
    if choice.sample is None and choice.newest is None and not choice.one_a_story:
        return shelf.rows()
    return _chosen(shelf, choice)


def _chosen(shelf: Shelf, choice: Choice) -> Iterator[ArticleRow]:
    taken = _first_of_stories(shelf) if choice.one_a_story else None
    ids = _ids(shelf, choice, taken)
    while ids is not None and not shelf.can_read(ids):
        ids = _ids(shelf, choice, taken)
    if ids is not None:
        yield from shelf.these(ids)
        return
    yield from (row for row in shelf.rows() if taken is None or taken(row.cluster_id, row.id))


def _ids(shelf: Shelf, choice: Choice, taken: Taken | None) -> list[str] | None:
    """Of the articles that are `taken`, the newest or a sample of them; `None`: all."""
    newest = None if choice.newest is None else shelf.newest(choice.newest, taken)
    if choice.sample is None:
        return newest

    def ids() -> Iterator[str]:
        if newest is not None:
            return iter(newest)
        return (mark.id for mark in shelf.marks() if taken is None or taken(mark.story, mark.id))

    seed, most = choice.seed, choice.sample
    digests = array("Q", (_digested(seed, id_) for id_ in ids()))
    if len(digests) <= most:
        return newest
    import numpy as np

    last = int(np.partition(np.asarray(digests), most - 1)[most - 1])
    # No more than asked for: others may have come since.
    return list(islice((id_ for id_ in ids() if _digested(seed, id_) <= last), most))


def _digested(seed: int, id_: str) -> int:
    return int.from_bytes(digest(f"sample {seed} {id_}"), "big")


def _first_of_stories(shelf: Shelf) -> Taken:
    """Whether an article is its story's earliest: by publication, else first sight, then by id.

    A million stories take 350 MB as a dict, so they lie in a temporary file, which SQLite removes when it is let go.
    """
    with temporary():
        kept = sqlite3.connect("", isolation_level=None)
        kept.execute("CREATE TABLE best (story BLOB PRIMARY KEY, at REAL, id BLOB) WITHOUT ROWID")
        kept.execute("BEGIN")
        _keep_firsts(kept, shelf.rows())
        last = b""
        page = "SELECT story FROM best WHERE story > ? ORDER BY story LIMIT ?"
        while shelf.continues and (some := [story for (story,) in kept.execute(page, (last, STORIES_AT_ONCE))]):
            _keep_firsts(kept, shelf.given_before(tuple(story.decode("utf-8", "surrogatepass") for story in some)))
            last = some[-1]
        kept.execute("COMMIT")

    def first(story: str, id_: str) -> bool:
        key = (_bytes(story), _bytes(id_))
        return kept.execute("SELECT 1 FROM best WHERE story = ? AND id = ?", key).fetchone() is not None

    return first


def _keep_firsts(kept: sqlite3.Connection, rows: Iterator[ArticleRow]) -> None:
    kept.executemany(
        "INSERT INTO best VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET at = excluded.at, id = excluded.id"
        " WHERE (excluded.at, excluded.id) < (best.at, best.id)",
        ((_bytes(row.cluster_id), _when(row).timestamp(), _bytes(row.id)) for row in rows),
    )


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _articles(rows: Iterator[ArticleRow]) -> Iterator[ArticleRow]:
    """The first row of each article."""
    return (next(same) for _, same in groupby(rows, key=lambda row: row.id))


def _mark(row: ArticleRow) -> ArticleMark:
    return ArticleMark(_when(row), row.source, row.url, row.lang, row.cluster_id, row.topics, row.id)


def _when(row: ArticleRow) -> datetime:
    """Published, else first seen."""
    return row.published.utc if row.published is not None else row.first_seen


def _fraction(text: str) -> float:
    return int.from_bytes(digest(text), "big") / (1 << 64)
