"""Full-text search: the index gives candidates, the text decides.

A query is words, all of which must be found, with AND, OR, NOT, brackets and "words in a row"; NOT binds before AND,
AND before OR.

The index knows which articles hold all tokens of the words, not where. So that 저커버그 finds 저커버그가 but not a text
that holds its pairs apart, words of unspaced scripts are looked up again in the text. A document is numbered by the
change that indexed it: SQLite's contentless table can't be deleted from without the exact old tokens, so a re-indexed
article gets a new number, the old entry belongs to nobody and is never joined.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from math import log1p
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from crawler.errors import BadQuery
from crawler.items import ArticleFilter, SearchHit
from crawler.text.characters import UNSPACED
from crawler.text.tokens import MAX_QUERY, hit_spans, query_terms, search_tokens
from storage import reading
from storage.database import Database
from storage.schema import articles

MAX_WORDS: Final = 32
"""Words of a query that are looked at."""
MAX_DEPTH: Final = 20
"""Brackets of a query in one another."""
CANDIDATES: Final = 2000
"""Newest candidates looked at: ranking all 100,000 hits of a common word takes 100 ms, and nobody reads that far."""
RANKED: Final = 200
"""Candidates of best title and date whose texts are read to rank them."""
MAX_TOKENS: Final = 400_000
"""Characters of tokens indexed for one article: PostgreSQL's tsvector ends at 1 MB."""
SNIPPET: Final = 160
"""Characters of a snippet."""
LEAD: Final = 40
"""Characters of a snippet before its first hit."""
TITLE_WEIGHT: Final = 3.0
"""A word of the headline counts as about 20 in the text (logarithmic): it is what the article is about."""
HALF_LIFE_DAYS: Final = 30.0
"""Age at which an article's score halves its part that comes from being new."""


_PIECE = re.compile(r'("[^"]*")|([^\s"]+)')
_CLOSED_WITHIN = re.compile(r"\)[^)]")


@cache
def _unspaced() -> re.Pattern[str]:
    # Compiled when first asked for: a class of 300 ranges takes 10 ms.
    return re.compile(f"[{UNSPACED}]")


@dataclass(frozen=True, slots=True)
class Word:
    """A word, or words in a row that were quoted, and the tokens that a text with it holds."""

    text: str
    tokens: tuple[str, ...]
    quoted: bool


@dataclass(frozen=True, slots=True)
class Every:
    """All of `parts` and none of `without` must hold."""

    parts: tuple[Node, ...]
    without: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One of `parts` must hold."""

    parts: tuple[Node, ...]


Node = Word | Every | Either


@dataclass(frozen=True, slots=True)
class Query:
    """A query as read: what must hold, and the words to be ranked by and marked."""

    root: Node
    words: tuple[str, ...]


def read_query(words: str) -> Query:
    """Reads what a person typed; `BadQuery` when it holds nothing that could be looked up, or an operator stands
    alone.
    """
    if not query_terms(words):
        raise BadQuery(f"search {words!r}: no letter or digit to look for; type a word", words)
    root = _Reader(words).read()
    return Query(root, tuple(dict.fromkeys(word.text for word in _words(root))))


class _Reader:
    """Reads a query by recursive descent. A part without letter or digit (a dash) is `None` and drops out."""

    def __init__(self, words: str) -> None:
        self._typed = words
        self._pieces = _pieces(words)
        self._at = 0
        self._depth = 0
        self._left = MAX_WORDS

    def read(self) -> Node:
        root = self._either()
        if self._next() is not None:
            raise self._bad("a ) closes no bracket")
        if root is None:
            raise self._bad("no letter or digit to look for")
        return root

    def _bad(self, what: str) -> BadQuery:
        return BadQuery(f"search {self._typed!r}: {what}; quote what is meant as a word", self._typed)

    def _next(self) -> str | None:
        return self._pieces[self._at] if self._at < len(self._pieces) else None

    def _take(self, piece: str) -> bool:
        taken = self._next() == piece
        self._at += taken
        return taken

    def _either(self) -> Node | None:
        parts = [self._every()]
        while self._take("OR"):
            parts.append(self._every())
        kept = tuple(part for part in parts if part is not None)
        return Either(kept) if len(kept) > 1 else kept[0] if kept else None

    def _every(self) -> Node | None:
        parts: list[Node | None] = []
        without: list[Node | None] = []
        while True:
            (without if self._take("NOT") else parts).append(self._one())
            if not self._take("AND") and self._next() in {None, "OR", ")"}:
                break
        kept = tuple(part for part in parts if part is not None)
        refused = tuple(part for part in without if part is not None)
        if refused and not kept:
            raise self._bad("NOT needs a word beside it that is to be found, as in A NOT B")
        return Every(kept, refused) if refused or len(kept) > 1 else kept[0] if kept else None

    def _one(self) -> Node | None:
        piece = self._next()
        if piece is None or piece in {"AND", "OR", "NOT", ")"}:
            before = self._pieces[self._at - 1] if self._at else piece
            raise self._bad(f"a word is missing {'after' if self._at else 'before'} {before}")
        self._at += 1
        if piece == "(":
            self._depth += 1
            if self._depth > MAX_DEPTH:
                raise self._bad(f"more than {MAX_DEPTH} brackets in one another")
            inner = self._either()
            if not self._take(")"):
                raise self._bad("a ( is never closed")
            self._depth -= 1
            return inner
        tokens = tuple(dict.fromkeys(token for term in query_terms(piece) for token in term))
        if not tokens or not self._left:
            return None
        self._left -= 1
        return Word(piece.strip('"'), tokens, quoted=piece.startswith('"'))


def _pieces(words: str) -> list[str]:
    """Words, "words in a row", operators and brackets; the brackets of f(x) and (주)한별 belong to the word."""
    pieces: list[str] = []
    for quoted, word in _PIECE.findall(words[:MAX_QUERY]):
        if quoted:
            pieces.append(quoted)
            continue
        opened = len(word) - len(word.lstrip("("))
        if _CLOSED_WITHIN.search(word):
            opened = min(opened, max(0, word.count("(") - word.count(")")))
        inner = word[opened:]
        while inner.endswith(")") and inner.count(")") > inner.count("("):
            inner = inner[:-1]
        pieces += ["("] * opened
        pieces += [inner] if inner else []
        pieces += [")"] * (len(word) - opened - len(inner))
    return pieces


def _words(node: Node) -> Iterator[Word]:
    """The words that are to be found, in their order."""
    if isinstance(node, Word):
        yield node
        return
    for part in node.parts:
        yield from _words(part)


def candidates(database: Database, query: Query) -> sa.Select[int]:
    """A select of the documents that hold the tokens of the query; what a NOT refuses is among them."""
    if database.is_sqlite:
        match = _expression(query.root, lambda token: '"' + token.replace('"', '""') + '"', " AND ", " OR ")
        return (
            sa.select(sa.literal_column("rowid", sa.BigInteger))
            .select_from(sa.table("search_index"))
            .where(sa.literal_column("search_index").op("MATCH")(match))
        )
    match = _expression(
        query.root, lambda token: "'" + token.replace("\\", "\\\\").replace("'", "''") + "'", " & ", " | "
    )
    return (
        sa.select(sa.literal_column("doc", sa.BigInteger))
        .select_from(sa.table("search_index"))
        .where(sa.literal_column("tokens").op("@@")(sa.cast(match, sa.dialects.postgresql.TSQUERY)))
    )


def _expression(node: Node, quote: Callable[[str], str], every: str, either: str) -> str:
    if isinstance(node, Word):
        return "(" + every.join(map(quote, node.tokens)) + ")"
    parts = [_expression(part, quote, every, either) for part in node.parts]
    return "(" + (either if isinstance(node, Either) else every).join(parts) + ")"


def holds(query: Query, row: RowMapping) -> bool:
    """Whether the query is really true of title, summary and text. Where all words must be there, the index already
    vouches for those of spaced scripts.
    """
    places = [text for text in (row["title"], row["summary"], row["text"]) if text]
    plain = isinstance(query.root, Word) or (
        isinstance(query.root, Every)
        and not query.root.without
        and all(isinstance(part, Word) for part in query.root.parts)
    )
    tokens = None if plain else frozenset(token for text in places for token in search_tokens(text).split())
    return _true(query.root, places, tokens)


def _true(node: Node, places: Sequence[str], tokens: frozenset[str] | None) -> bool:
    if isinstance(node, Word):
        if not node.quoted and not _unspaced().search(node.text):
            return tokens is None or tokens.issuperset(node.tokens)
        return any(hit_spans(text, node.text, 1) for text in places)
    if isinstance(node, Either):
        return any(_true(part, places, tokens) for part in node.parts)
    return all(_true(part, places, tokens) for part in node.parts) and not any(
        _true(part, places, tokens) for part in node.without
    )


def index(database: Database, connection: Connection, documents: Sequence[tuple[int, str]]) -> None:
    """Puts (document number, tokens) into the index."""
    rows = [{"doc": doc, "tokens": tokens[:MAX_TOKENS]} for doc, tokens in documents]
    if database.is_sqlite:
        connection.execute(_SQLITE_INDEX, rows)
    else:
        connection.execute(_POSTGRES_INDEX, [{"doc": row["doc"], "tokens": str(row["tokens"]).split()} for row in rows])


_SQLITE_INDEX = sa.text("INSERT INTO search_index(rowid, tokens) VALUES (:doc, :tokens)")
_POSTGRES_INDEX = sa.text(
    "INSERT INTO search_index(doc, tokens) VALUES (:doc, array_to_tsvector(CAST(:tokens AS text[])))"
)


def forget(database: Database, connection: Connection, doc: int) -> None:
    """Takes a document out of the index; on SQLite its entry stays behind unreachable."""
    if not database.is_sqlite:
        connection.execute(sa.text("DELETE FROM search_index WHERE doc = :doc"), {"doc": doc})


def missing(database: Database, connection: Connection, limit: int) -> list[str]:
    """Public ids of articles that the index does not hold."""
    name, table = ("id", "search_index_docsize") if database.is_sqlite else ("doc", "search_index")
    documents = sa.select(sa.column(name, sa.BigInteger)).select_from(sa.table(table))
    query = sa.select(articles.c.public_id).where(articles.c.search_doc.not_in(documents)).limit(limit)
    return list(connection.execute(query).scalars())


class Search:
    """Answers a person's words with articles."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, words: str, *, filter: ArticleFilter | None = None, limit: int = 20) -> list[SearchHit]:  # noqa: A002
        """The best `limit` articles of which the query is true, best first: words in the headline, words in the text,
        newness.

        At most the `CANDIDATES` newest articles are looked at. `BadQuery` when `words` can't be read.
        """
        query = read_query(words)
        wanted = filter or ArticleFilter()
        with self._database.read() as connection:
            found = sorted(self._candidates(connection, query, wanted), reverse=True)
            hits: list[tuple[float, RowMapping]] = []
            best = RANKED if limit <= RANKED // 2 else 2 * limit
            for start in range(0, len(found), best):
                block = [row_id for _, row_id in found[start : start + best]]
                rows = reading.by_ids(connection, block)
                hits += [(_score(query, row, self._database.now()), row) for row in rows if holds(query, row)]
                if len(hits) >= limit:
                    break
            hits.sort(key=lambda hit: (hit[0], hit[1]["id"]), reverse=True)
            return list(self._answers(connection, query, hits[:limit]))

    def _candidates(self, connection: Connection, query: Query, wanted: ArticleFilter) -> Iterator[tuple[float, int]]:
        """(rough score from headline and date, row number) of the newest candidates."""
        documents = candidates(self._database, query)
        select = sa.select(articles.c.id, articles.c.title, articles.c.dated_at).where(
            articles.c.search_doc.in_(documents)
        )
        select = reading.filtered(select, wanted).order_by(articles.c.search_doc.desc()).limit(CANDIDATES)
        now = self._database.now()
        for row_id, title, dated_at in connection.execute(select):
            yield _title_score(query, title) + _newness(dated_at, now), row_id

    @staticmethod
    def _answers(connection: Connection, query: Query, hits: Sequence[tuple[float, RowMapping]]) -> Iterator[SearchHit]:
        rows = reading.rows_of(connection, [row for _, row in hits])
        for (score, _), row in zip(hits, rows, strict=True):
            text, marks = snippet(query, row.text or row.summary or row.title or "")
            yield SearchHit(row=row, snippet=text, marks=marks, score=score)


def _title_score(query: Query, title: str | None) -> float:
    return sum(TITLE_WEIGHT for word in query.words if title and hit_spans(title, word, 1))


def _newness(dated_at: datetime, now: datetime) -> float:
    days = max(0.0, (now - dated_at).total_seconds() / 86_400)
    return float(2.0 ** (-days / HALF_LIFE_DAYS))


def _score(query: Query, row: RowMapping, now: datetime) -> float:
    """Headline, then how often the words stand in the text for its length, then newness."""
    text = row["text"]
    often = sum(log1p(len(hit_spans(text, word, 50)) * 1000 / (len(text) + 500)) for word in query.words)
    return _title_score(query, row["title"]) + often + _newness(row["dated_at"], now)


def snippet(query: Query, text: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """A piece of `text` around its first hit, line ends as blanks, and where the words stand in it."""
    first = min((span[0] for word in query.words for span in hit_spans(text, word, 1)), default=0)
    start = max(0, first - LEAD)
    if start:  # not in the middle of a word
        blank = max(text.find(" ", start, first), text.find("\n", start, first))
        start = blank + 1 if blank >= 0 else start
    end = min(len(text), start + SNIPPET)
    piece = re.sub(r"\s", " ", text[start:end])
    before, after = "… " if start else "", " …" if end < len(text) else ""
    shown = before + piece + after
    spans = sorted(span for word in query.words for span in hit_spans(shown, word, 20))
    marks: list[tuple[int, int]] = []
    for span in spans:
        if marks and span[0] < marks[-1][1]:
            marks[-1] = (marks[-1][0], max(span[1], marks[-1][1]))
        else:
            marks.append(span)
    return shown, tuple(marks)
