"""The inverted index on PostgreSQL: which documents hold a token, in segments that are written once and merged.

PostgreSQL's own index for this (GIN) takes over twice the bytes of a text, needs its tokens in a row beside, and can't
be read from the newest document on. Here every batch of documents becomes a segment, and the segments of one level are
merged into one of the next (a log-structured merge, as in Lucene), so that a document is written some four times in
all; a common word is answered from the newest segments. A segment's tokens are sorted and cut into pages
(`storage/inverted_lists.py`).

Documents come in ascending order, under the lock that orders all writers (`storage.sequence`): segments never overlap,
and a segment is named by its last document.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from functools import reduce
from itertools import chain, pairwise
from typing import Final

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from storage import bulk_writing, inverted_lists
from storage.bulk_writing import CopyIn
from storage.columns import chunks
from storage.expressions import AllOf, Expression, Token, Without, tokens_of
from storage.inverted_lists import Lists, Ordinals

FANOUT: Final = 8
"""Segments of one level from which on they are merged."""
LARGEST: Final = 20_000
"""Most documents of a merged segment: more would hold up a writer for seconds. Gaps have two bytes: below 65,536."""
AT_ONCE: Final = 2_000
"""Pages asked in one statement."""
MERGED: Final = 800
"""Pages merged at once: their lists take some 20 MB, those of a large segment ten times as much."""
TURNED: Final = 3_000_000
"""Characters of tokens turned into lists at once, at some 100 bytes for each token."""
FIRST: Final = 4
"""Segments looked at first; then each time twice as many."""
WATCHED: Final = 200
"""Youngest segments among which some are looked for to be merged."""

_NEWEST = sa.text("SELECT id, level, size FROM search_segments ORDER BY id DESC LIMIT :most")
_OLDER = sa.text(
    "SELECT id, size FROM search_segments WHERE id < :before AND id >= :lowest ORDER BY id DESC LIMIT :most"
)
_AT = sa.text("SELECT min(id) FROM search_segments WHERE id >= :number")
_EVERY = sa.text("SELECT id, documents FROM search_segments ORDER BY id")
_IDS = sa.text("SELECT id FROM search_segments ORDER BY id")
_DOCUMENTS = sa.text("SELECT id, documents FROM search_segments WHERE id = ANY(CAST(:segments AS bigint[]))")
_WHOLE = sa.text(
    "SELECT s.id, t.number, p.entries FROM unnest(CAST(:segments AS bigint[])) s(id)"
    " CROSS JOIN unnest(CAST(:tokens AS text[])) WITH ORDINALITY t(token, number)"
    " CROSS JOIN LATERAL (SELECT entries FROM search_pages"
    ' WHERE segment = s.id AND first <= t.token COLLATE "C" ORDER BY first DESC LIMIT 1) p'
)
_BEGUN = sa.text(
    "SELECT s.id, t.number, p.entries FROM unnest(CAST(:segments AS bigint[])) s(id)"
    " CROSS JOIN unnest(CAST(:tokens AS text[])) WITH ORDINALITY t(token, number)"
    " CROSS JOIN LATERAL (SELECT entries FROM search_pages"
    ' WHERE segment = s.id AND first < t.token || chr(1114111) COLLATE "C" AND first >= coalesce((SELECT first'
    " FROM search_pages WHERE segment = s.id AND first <= t.token COLLATE \"C\" ORDER BY first DESC LIMIT 1), '')) p"
)
_PAGES_OF: Final = "SELECT first, entries FROM search_pages WHERE segment = %s ORDER BY first"
_DROP = sa.text("DELETE FROM search_segments WHERE id = ANY(CAST(:segments AS bigint[]))")
_DROP_PAGES = sa.text("DELETE FROM search_pages WHERE segment = ANY(CAST(:segments AS bigint[]))")
_RAISE = sa.text("UPDATE search_segments SET level = level + 1 WHERE id = :segment")
_ADD = sa.text("INSERT INTO search_segments(id, level, size, documents) VALUES (:id, :level, :size, :documents)")
_ADD_PAGES: Final = CopyIn(
    "COPY search_pages(segment, first, entries) FROM STDIN (FORMAT BINARY)", ("bigint", "text", "bytea")
)
_Page = tuple[bytes, bytes]
"""The first token of a page, and the page."""


def add(connection: Connection, documents: Iterable[tuple[int, str]]) -> None:
    """Puts documents, (number, blank-separated tokens), into the index; their numbers ascend and are above all that it
    holds.
    """
    for some in chunks(documents, LARGEST):
        parts = [(inverted_lists.turned(portion), len(portion)) for portion in _portions([told for _, told in some])]
        lists = parts[0][0] if len(parts) == 1 else inverted_lists.joined(*zip(*parts, strict=True))
        _write(connection, 0, np.array([number for number, _ in some], np.int64), [lists])
        _merge_due(connection)


def _portions(documents: Iterable[str]) -> Iterator[list[str]]:
    portion: list[str] = []
    size = 0
    for one in documents:
        if portion and size + len(one) > TURNED:
            yield portion
            portion, size = [], 0
        portion.append(one)
        size += len(one)
    yield portion


def newest_first(
    connection: Connection, expression: Expression, *, lowest: int = 0, below: int = 2**63 - 1
) -> Iterator[list[int]]:
    """The documents that fulfil `expression`, the highest number first, in portions, not far below `lowest` and not far
    above `below`; what is not asked for is not read. `connection` has one view of the store for as long as that takes.
    """
    asked = list(dict.fromkeys(tokens_of(expression)))
    most = max(1, AT_ONCE // len(asked))
    # The segment that holds `below` is the first one named by a number that is not smaller.
    newest = connection.execute(_AT, {"number": below}).scalar() if below < 2**63 - 1 else None
    before, some = (2**63 - 1 if newest is None else newest + 1), min(FIRST, most)
    while True:
        segments = connection.execute(_OLDER, {"before": before, "lowest": lowest, "most": some}).all()
        if not segments:
            return
        ids = [segment.id for segment in segments]
        held = _held(connection, ids, asked)
        found = {
            segment.id: ordinals
            for segment in segments
            if len(ordinals := np.flatnonzero(_fulfil(expression, held[segment.id], segment.size)))
        }
        numbers: dict[int, bytes] = (
            dict(connection.execute(_DOCUMENTS, {"segments": list(found)}).all()) if found else {}
        )
        for segment, ordinals in found.items():
            portion: list[int] = inverted_lists.unpacked(numbers[segment])[ordinals][::-1].tolist()
            yield portion
        before, some = ids[-1], min(2 * some, most)


def holding(connection: Connection, expression: Expression, numbers: set[int]) -> set[int]:
    """Which of these documents fulfil the expression."""
    portions = newest_first(connection, expression, lowest=min(numbers), below=max(numbers) + 1)
    return set().union(*(numbers.intersection(portion) for portion in portions))


def all_documents(connection: Connection) -> Iterator[list[int]]:
    """Every document of the index, ascending, in portions."""
    for _, packed in connection.execute(_EVERY.execution_options(yield_per=100)):
        portion: list[int] = inverted_lists.unpacked(packed).tolist()
        yield portion


def all_segments(connection: Connection) -> list[int]:
    """Every segment, the oldest first."""
    return list(connection.execute(_IDS).scalars())


def documents_of(connection: Connection, segment: int) -> list[int]:
    """The documents of one segment, ascending."""
    numbers: list[int] = _documents(connection, [segment])[0].tolist()
    return numbers


def contents(connection: Connection, segment: int, documents: Set[int]) -> Iterator[tuple[int, set[str]]]:
    """The tokens of these documents of one segment, which is read whole, document by document."""
    (numbers,) = _documents(connection, [segment])
    lists = inverted_lists.of_pages(entries for _, entries in _pages_of(connection, segment))
    asked = np.isin(numbers, list(documents))[lists.ordinals]
    which = np.repeat(np.arange(len(lists.counts)), lists.counts)[asked]
    of = lists.ordinals[asked]
    which = which[np.argsort(of, kind="stable")].tolist()
    tokens = lists.keys.decode().split("\n")
    start = 0
    for number, many in zip(numbers.tolist(), np.bincount(of, minlength=len(numbers)).tolist(), strict=True):
        if number in documents:
            yield number, {tokens[place] for place in which[start : start + many]}
        start += many


def empty(connection: Connection) -> None:
    """Takes everything out of the index."""
    connection.execute(sa.text("DELETE FROM search_pages"))
    connection.execute(sa.text("DELETE FROM search_segments"))


def _held(
    connection: Connection, segments: list[int], asked: list[Token]
) -> defaultdict[int, dict[Token, list[Ordinals]]]:
    """By segment and token the documents that hold it."""
    held: defaultdict[int, dict[Token, list[Ordinals]]] = defaultdict(dict)
    for begun, statement in ((False, _WHOLE), (True, _BEGUN)):
        tokens = [token for token in asked if token.begun is begun]
        if not tokens:
            continue
        names = [token.text for token in tokens]
        for segment, number, entries in connection.execute(statement, {"segments": segments, "tokens": names}):
            token = tokens[number - 1]
            held[segment].setdefault(token, []).append(
                inverted_lists.holders(entries, token.text.encode(), begun=begun)
            )
    return held


def _fulfil(expression: Expression, held: dict[Token, list[Ordinals]], size: int) -> NDArray[np.bool_]:
    """For each document of a segment whether it fulfils the expression."""
    if isinstance(expression, Token):
        mask = np.zeros(size, np.bool_)
        for ordinals in held.get(expression, ()):
            mask[ordinals] = True
        return mask
    if isinstance(expression, Without):
        found: NDArray[np.bool_] = _fulfil(expression.part, held, size) & ~_fulfil(expression.refused, held, size)
        return found
    together = np.logical_and if isinstance(expression, AllOf) else np.logical_or
    return reduce(together, (_fulfil(part, held, size) for part in expression.parts))


# -- writing


def _write(connection: Connection, level: int, documents: NDArray[np.int64], stretches: Iterable[Lists]) -> None:
    """Adds a segment whose lists come some tokens at a time."""
    segment = int(documents[-1])
    packed = inverted_lists.packed(documents)
    connection.execute(_ADD, {"id": segment, "level": level, "size": len(documents), "documents": packed})
    made = chain.from_iterable(map(inverted_lists.pages, stretches))
    _ADD_PAGES.send(connection, ((segment, first, page) for first, page in made))


def _merge_due(connection: Connection) -> None:
    """Merges segments of a level as long as there are `FANOUT` of it."""
    while True:
        levels: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        for segment, level, size in connection.execute(_NEWEST, {"most": WATCHED}):
            levels[level].append((segment, size))
        due = [level for level, segments in levels.items() if len(segments) >= FANOUT]
        if not due:
            return
        oldest_first = levels[min(due)][::-1]
        fit, size = 0, 0
        while fit < len(oldest_first) and size + oldest_first[fit][1] <= LARGEST:
            size += oldest_first[fit][1]
            fit += 1
        if fit < 2:
            connection.execute(_RAISE, {"segment": oldest_first[0][0]})
        else:
            _merge(connection, [segment for segment, _ in oldest_first[:fit]], min(due) + 1)


def _merge(connection: Connection, segments: list[int], level: int) -> None:
    """Makes one segment of several that follow one another, the oldest first."""
    documents = _documents(connection, segments)
    pages = [_pages_of(connection, segment) for segment in segments]
    connection.execute(_DROP_PAGES, {"segments": segments})
    connection.execute(_DROP, {"segments": segments})
    _write(connection, level, np.concatenate(documents), _merged(pages, [*map(len, documents)]))


def _merged(parts: Sequence[Sequence[_Page]], sizes: Sequence[int]) -> Iterator[Lists]:
    """The lists of segments with `sizes` documents, one after the other, some tokens at a time."""
    firsts = [[first for first, _ in pages] for pages in parts]
    bounds = [b"", *sorted(chain.from_iterable(firsts))[MERGED::MERGED], None]
    for low, high in pairwise(bounds):
        if low is None or low == high:
            continue
        stretch = []
        for mine, pages in zip(firsts, parts, strict=True):
            # The page before may end with tokens of this stretch.
            begin = max(0, bisect_right(mine, low) - 1)
            end = len(mine) if high is None else bisect_left(mine, high)
            stretch.append(inverted_lists.of_pages(entries for _, entries in pages[begin:end]).between(low, high))
        yield inverted_lists.joined(stretch, sizes)


def _documents(connection: Connection, segments: Sequence[int]) -> list[NDArray[np.int64]]:
    """The documents of each segment."""
    packed: dict[int, bytes] = dict(connection.execute(_DOCUMENTS, {"segments": segments}).all())
    return [inverted_lists.unpacked(packed[segment]) for segment in segments]


def _pages_of(connection: Connection, segment: int) -> list[_Page]:
    with bulk_writing.cursor(connection, _PAGES_OF) as cursor:
        found = cursor.execute(_PAGES_OF, (segment,), binary=True).fetchall()
    return [(first.encode(), entries) for first, entries in found]
