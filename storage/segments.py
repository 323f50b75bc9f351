"""The inverted index on PostgreSQL: which documents hold a token, in segments that are written once and merged.

PostgreSQL's own index for this (GIN) takes over twice the bytes of a text, needs its tokens in a row beside, and can't
be read from the newest document on. Here every batch of documents becomes a segment, and the segments of one level are
merged into one of the next (a log-structured merge, as in Lucene), so that a document is written some four times in
all; a common word is answered from the newest segments. A segment's tokens are sorted and cut into pages. A page is a
zstd frame of its tokens, how many documents hold each, and the gaps between those in the segment's order: a byte each,
and two more where that is too little.

Documents come in ascending order, under the lock that orders all writers (`storage.sequence`): segments never overlap,
and a segment is named by its last document.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from functools import reduce
from itertools import chain, count, pairwise
from struct import Struct
from typing import Final

import numpy as np
import sqlalchemy as sa
import zstandard
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from storage.expressions import AllOf, Expression, Token, Without, tokens_of

FANOUT: Final = 8
"""Segments of one level from which on they are merged."""
LARGEST: Final = 20_000
"""Most documents of a merged segment: more would hold up a writer for seconds. Gaps have two bytes: below 65,536."""
PAGE: Final = 2_900
"""Bytes of a page before it is packed; what remains stays in PostgreSQL's row, four to a block."""
WIDE: Final = 255
"""Stands for a gap that has no byte of its own."""
AT_ONCE: Final = 2_000
"""Pages asked in one statement."""
FIRST: Final = 4
"""Segments looked at first; then each time twice as many."""
WATCHED: Final = 200
"""Youngest segments among which some are looked for to be merged."""

Ordinals = NDArray[np.int32]
"""Places of documents in the order of their segment; of a large one some ten million are held at once."""

_HEAD: Final = Struct("<III")
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
_PAGES_OF = sa.text("SELECT entries FROM search_pages WHERE segment = :segment ORDER BY first")
_DROP = sa.text("DELETE FROM search_segments WHERE id = ANY(CAST(:segments AS bigint[]))")
_DROP_PAGES = sa.text("DELETE FROM search_pages WHERE segment = ANY(CAST(:segments AS bigint[]))")
_RAISE = sa.text("UPDATE search_segments SET level = level + 1 WHERE id = :segment")
_ADD = sa.text("INSERT INTO search_segments(id, level, size, documents) VALUES (:id, :level, :size, :documents)")
_ADD_PAGES = sa.text(
    "INSERT INTO search_pages(segment, first, entries)"
    " SELECT :segment, * FROM unnest(CAST(:firsts AS text[]), CAST(:entries AS bytea[]))"
)


@dataclass(frozen=True, slots=True)
class _Lists:
    """Tokens, how many documents hold each, and which, token after token."""

    tokens: list[bytes]
    counts: NDArray[np.int64]
    ordinals: Ordinals


def add(connection: Connection, documents: Sequence[tuple[int, Set[str]]]) -> None:
    """Puts documents, (number, tokens), into the index; their numbers ascend and are above all that it holds."""
    for start in range(0, len(documents), LARGEST):
        some = documents[start : start + LARGEST]
        _write(connection, 0, np.array([number for number, _ in some], np.int64), _turned([held for _, held in some]))
        _merge_due(connection)


def _turned(documents: list[Set[str]]) -> _Lists:
    """From the tokens of each document to the documents of each token."""
    many = np.fromiter(map(len, documents), np.int64, len(documents))
    met: defaultdict[str, int] = defaultdict(count().__next__)  # by token the number that it gets as it is first met
    which = np.fromiter(map(met.__getitem__, chain.from_iterable(documents)), np.int64, int(many.sum()))
    tokens = sorted(met)  # by code point: as UTF-8 sorts
    rank = np.empty(len(tokens), np.uint16 if len(tokens) < 1 << 16 else np.int64)  # which numpy sorts by their digits
    rank[np.fromiter(map(met.__getitem__, tokens), np.int64, len(tokens))] = np.arange(len(tokens))
    ranked = rank[which]
    holders = np.repeat(np.arange(len(documents), dtype=np.int32), many)
    return _Lists(
        "\n".join(tokens).encode().split(b"\n") if tokens else [],
        np.bincount(ranked, minlength=len(tokens)),
        holders[np.argsort(ranked, kind="stable")],
    )


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
            portion: list[int] = _documents(numbers[segment])[ordinals][::-1].tolist()
            yield portion
        before, some = ids[-1], min(2 * some, most)


def holding(connection: Connection, expression: Expression, numbers: set[int]) -> set[int]:
    """Which of these documents fulfil the expression."""
    portions = newest_first(connection, expression, lowest=min(numbers), below=max(numbers) + 1)
    return set().union(*(numbers.intersection(portion) for portion in portions))


def all_documents(connection: Connection) -> Iterator[list[int]]:
    """Every document of the index, ascending, in portions."""
    for _, packed in connection.execute(_EVERY.execution_options(yield_per=100)):
        portion: list[int] = _documents(packed).tolist()
        yield portion


def all_segments(connection: Connection) -> list[int]:
    """Every segment, the oldest first."""
    return list(connection.execute(_IDS).scalars())


def documents_of(connection: Connection, segment: int) -> list[int]:
    """The documents of one segment, ascending."""
    numbers: list[int] = _documents(connection.execute(_DOCUMENTS, {"segments": [segment]}).one().documents).tolist()
    return numbers


def contents(connection: Connection, segment: int, documents: Set[int]) -> Iterator[tuple[int, set[str]]]:
    """The tokens of these documents of one segment, which is read whole, document by document."""
    packed: bytes = connection.execute(_DOCUMENTS, {"segments": [segment]}).one().documents
    numbers, lists = _documents(packed), _lists(connection, segment)
    asked = np.isin(numbers, list(documents))[lists.ordinals]
    which = np.repeat(np.arange(len(lists.tokens)), lists.counts)[asked]
    of = lists.ordinals[asked]
    which = which[np.argsort(of, kind="stable")].tolist()
    tokens = [token.decode() for token in lists.tokens]
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
            held[segment].setdefault(token, []).append(_holders(entries, token))
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


# -- pages


def _write(connection: Connection, level: int, documents: NDArray[np.int64], lists: _Lists) -> None:
    compressor = zstandard.ZstdCompressor(level=3)
    segment = int(documents[-1])
    packed = compressor.compress(np.diff(documents, prepend=0).astype("<i8").tobytes())
    connection.execute(_ADD, {"id": segment, "level": level, "size": len(documents), "documents": packed})
    firsts, entries = [], []
    for first, page in _pages(lists):
        firsts.append(first.decode())
        entries.append(compressor.compress(page))
    for start in range(0, len(firsts), AT_ONCE):
        some = slice(start, start + AT_ONCE)
        connection.execute(_ADD_PAGES, {"segment": segment, "firsts": firsts[some], "entries": entries[some]})


def _pages(lists: _Lists) -> Iterator[tuple[bytes, bytes]]:
    """The first token of each page, and the page."""
    if not lists.tokens:
        return
    ends = np.cumsum(lists.counts)
    starts = ends - lists.counts
    gaps = np.diff(lists.ordinals, prepend=-1) - 1
    gaps[starts] = lists.ordinals[starts]
    wide = np.concatenate((np.zeros(1, np.int32), np.cumsum(gaps >= WIDE, dtype=np.int32)))
    sizes = np.fromiter(map(len, lists.tokens), np.int64, len(lists.tokens)) + 3 + lists.counts
    sizes += 2 * (wide[ends] - wide[starts])
    page = np.cumsum(sizes) // PAGE
    cuts = [0, *(np.flatnonzero(np.diff(page)) + 1).tolist(), len(lists.tokens)]
    bytes_, words = np.minimum(gaps, WIDE).astype(np.uint8), gaps[gaps >= WIDE].astype("<u2")
    counts = lists.counts.astype("<u2")
    for low, high in pairwise(cuts):
        start, end = int(starts[low]), int(ends[high - 1])
        keys = b"\n%b\n" % b"\n".join(lists.tokens[low:high])
        parts = (
            _HEAD.pack(len(keys), high - low, end - start),
            keys,
            counts[low:high].tobytes(),
            bytes_[start:end].tobytes(),
            words[wide[start] : wide[end]].tobytes(),
        )
        yield lists.tokens[low], b"".join(parts)


@dataclass(frozen=True, slots=True)
class _Page:
    keys: bytes
    counts: NDArray[np.int64]
    narrow: NDArray[np.uint8]
    wide: NDArray[np.uint16]


def _read(entries: bytes) -> _Page:
    plain = zstandard.ZstdDecompressor().decompress(entries)
    keys, tokens, postings = _HEAD.unpack_from(plain)
    at = _HEAD.size
    counts = np.frombuffer(plain, "<u2", tokens, at + keys).astype(np.int64)
    narrow = np.frombuffer(plain, np.uint8, postings, at + keys + 2 * tokens)
    wide = np.frombuffer(plain, "<u2", -1, at + keys + 2 * tokens + postings)
    return _Page(plain[at : at + keys], counts, narrow, wide)


def _holders(entries: bytes, token: Token) -> Ordinals:
    """The documents that hold a token, from the page where it would stand; of several tokens one after the other."""
    page = _read(entries)
    name = b"\n" + token.text.encode()
    at = page.keys.find(name if token.begun else name + b"\n")
    if at < 0:
        return np.empty(0, np.int32)
    low = page.keys.count(b"\n", 0, at)
    return _ordinals(page, low, low + (page.keys.count(name) if token.begun else 1))


def _ordinals(page: _Page, low: int, high: int) -> Ordinals:
    start = int(page.counts[:low].sum())
    counts = page.counts[low:high]
    narrow = page.narrow[start : start + int(counts.sum())]
    gaps = narrow.astype(np.int64)
    are_wide = narrow == WIDE
    before = int(np.count_nonzero(page.narrow[:start] == WIDE))
    gaps[are_wide] = page.wide[before : before + int(np.count_nonzero(are_wide))]
    places = np.cumsum(gaps + 1)
    first = np.cumsum(counts) - counts
    base = np.concatenate(([0], places))[first]
    ordinals: Ordinals = (places - np.repeat(base, counts) - 1).astype(np.int32)
    return ordinals


def _documents(packed: bytes) -> NDArray[np.int64]:
    numbers: NDArray[np.int64] = np.cumsum(np.frombuffer(zstandard.ZstdDecompressor().decompress(packed), "<i8"))
    return numbers


# -- merging


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
    packed: dict[int, bytes] = dict(connection.execute(_DOCUMENTS, {"segments": segments}).all())
    documents = [_documents(packed[segment]) for segment in segments]
    merged = _joined([_lists(connection, segment) for segment in segments], list(map(len, documents)))
    connection.execute(_DROP_PAGES, {"segments": segments})
    connection.execute(_DROP, {"segments": segments})
    _write(connection, level, np.concatenate(documents), merged)


def _lists(connection: Connection, segment: int) -> _Lists:
    pages = [_read(entries) for (entries,) in connection.execute(_PAGES_OF, {"segment": segment})]
    tokens = [token for page in pages for token in page.keys[1:-1].split(b"\n")]
    if not tokens:
        return _Lists([], np.empty(0, np.int64), np.empty(0, np.int32))
    counts = np.concatenate([page.counts for page in pages])
    return _Lists(tokens, counts, np.concatenate([_ordinals(page, 0, len(page.counts)) for page in pages]))


def _joined(parts: list[_Lists], sizes: list[int]) -> _Lists:
    """The lists of segments with `sizes` documents, one after the other."""
    tokens = sorted(set().union(*(part.tokens for part in parts)))
    place = {token: number for number, token in enumerate(tokens)}
    places = [np.fromiter(map(place.__getitem__, part.tokens), np.int64, len(part.tokens)) for part in parts]
    counts = np.zeros(len(tokens), np.int64)
    for which, part in zip(places, parts, strict=True):
        counts[which] += part.counts
    free = np.cumsum(counts) - counts
    ordinals = np.empty(int(counts.sum()), np.int32)
    base = 0
    for which, part, size in zip(places, parts, sizes, strict=True):
        starts = np.cumsum(part.counts) - part.counts
        at = np.repeat(free[which] - starts, part.counts) + np.arange(len(part.ordinals))
        ordinals[at] = part.ordinals + base
        free[which] += part.counts
        base += size
    return _Lists(tokens, counts, ordinals)
