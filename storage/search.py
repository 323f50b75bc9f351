"""Full-text search: the index gives candidates, the text decides.

The index knows which articles hold all tokens of the words, not where. So that 저커버그 finds 저커버그가 but not a text
that holds its pairs apart, words of unspaced scripts are looked up again in the text. A document is numbered by the
change that indexed it: SQLite's contentless table can't be deleted from without the exact old tokens, so a re-indexed
article gets a new number, the old entry belongs to nobody and is never joined.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from math import log1p
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from crawler.items import ArticleFilter, SearchHit
from crawler.text.query import Condition, Either, Every, Node, Query, Word, leaves, read_query
from storage import conditions, reading
from storage.database import Database
from storage.schema import articles

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


def where(database: Database, query: Query) -> sa.ColumnElement[bool]:
    """What of a query the index and SQL can tell, over `articles`: true of every article of which the query is, and of
    some others (see `holds`).
    """
    return _clause(database, query.root)


def _clause(database: Database, node: Node) -> sa.ColumnElement[bool]:
    if isinstance(node, Condition):
        return conditions.holds(database, node)
    if _only(Word, node):
        return articles.c.search_doc.in_(_documents(database, node))
    if isinstance(node, Either):
        words = tuple(part for part in node.parts if _only(Word, part))
        others = [_clause(database, part) for part in node.parts if part not in words]
        return sa.or_(*([_clause(database, Either(words))] if words else []), *others)
    assert isinstance(node, Every)
    words = tuple(part for part in node.parts if _only(Word, part))
    others = [_clause(database, part) for part in node.parts if part not in words]
    # Which articles hold a word is known but roughly: only conditions can refuse here.
    refused = [sa.not_(_clause(database, part)) for part in node.without if _only(Condition, part)]
    return sa.and_(*([_clause(database, Every(words, ()))] if words else []), *others, *refused)


def _only(kind: type[Word] | type[Condition], node: Node) -> bool:
    return all(isinstance(leaf, kind) for leaf in leaves(node))


def _documents(database: Database, node: Node) -> sa.Select[int]:
    """A select of the documents that hold the tokens of a tree of words; what a NOT refuses is among them."""
    if database.is_sqlite:
        match = _expression(node, _sqlite_token, " AND ", " OR ")
        return (
            sa.select(sa.literal_column("rowid", sa.BigInteger))
            .select_from(sa.table("search_index"))
            .where(sa.literal_column("search_index").op("MATCH")(match))
        )
    from sqlalchemy.dialects import postgresql  # what a command with an SQLite file need not wait for

    match = _expression(node, _postgres_token, " & ", " | ")
    return (
        sa.select(sa.literal_column("doc", sa.BigInteger))
        .select_from(sa.table("search_index"))
        .where(sa.literal_column("tokens").op("@@")(sa.cast(match, postgresql.TSQUERY)))
    )


def _sqlite_token(token: str, begun: bool) -> str:
    return '"' + token.replace('"', '""') + '"' + ("*" if begun else "")


def _postgres_token(token: str, begun: bool) -> str:
    return "'" + token.replace("\\", "\\\\").replace("'", "''") + "'" + (":*" if begun else "")


def _expression(node: Node, quote: Callable[[str, bool], str], every: str, either: str) -> str:
    if isinstance(node, Word):
        last = len(node.tokens) - 1
        return "(" + every.join(quote(token, node.prefix and i == last) for i, token in enumerate(node.tokens)) + ")"
    assert isinstance(node, Every | Either)
    parts = [_expression(part, quote, every, either) for part in node.parts]
    return "(" + (either if isinstance(node, Either) else every).join(parts) + ")"


def told(database: Database, query: Query) -> list[sa.Label[bool]]:
    """Columns over `articles` that say which conditions hold, for `holds`; none where that makes no difference."""
    if query.flat:
        return []
    return [conditions.holds(database, each).label(f"told_{n}") for n, each in enumerate(query.conditions)]


def holds(query: Query, row: RowMapping) -> bool:
    """Whether the query is really true of an article that `where` let pass, selected with `told`."""
    places = [text for text in (row["title"], row["summary"], row["text"]) if text]
    return query.holds(
        places, {} if query.flat else {each: bool(row[f"told_{n}"]) for n, each in enumerate(query.conditions)}
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
        wanted = filter or ArticleFilter()
        query = read_query(words, now=self._database.now(), zone=wanted.zone)
        with self._database.read() as connection:
            conditions.check(connection, query)
            more = told(self._database, query)
            found = sorted(self._candidates(connection, query, wanted), reverse=True)
            hits: list[tuple[float, RowMapping]] = []
            best = RANKED if limit <= RANKED // 2 else 2 * limit
            for start in range(0, len(found), best):
                block = [row_id for _, row_id in found[start : start + best]]
                rows = reading.by_ids(connection, block, more)
                hits += [(_score(query, row, self._database.now()), row) for row in rows if holds(query, row)]
                if len(hits) >= limit:
                    break
            hits.sort(key=lambda hit: (hit[0], hit[1]["id"]), reverse=True)
            return list(self._answers(connection, query, hits[:limit]))

    def _candidates(self, connection: Connection, query: Query, wanted: ArticleFilter) -> Iterator[tuple[float, int]]:
        """(rough score from headline and date, row number) of the newest candidates."""
        select = sa.select(articles.c.id, articles.c.title, articles.c.dated_at).where(where(self._database, query))
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
    return sum(TITLE_WEIGHT for word in query.words if title and word.spans(title, 1))


def _newness(dated_at: datetime, now: datetime) -> float:
    days = max(0.0, (now - dated_at).total_seconds() / 86_400)
    return float(2.0 ** (-days / HALF_LIFE_DAYS))


def _score(query: Query, row: RowMapping, now: datetime) -> float:
    """Headline, then how often the words stand in the text for its length, then newness."""
    text = row["text"]
    often = sum(log1p(len(word.spans(text, 50)) * 1000 / (len(text) + 500)) for word in query.words)
    return _title_score(query, row["title"]) + often + _newness(row["dated_at"], now)


def snippet(query: Query, text: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """A piece of `text` around its first hit, line ends as blanks, and where the words stand in it."""
    first = min((span[0] for word in query.words for span in word.spans(text, 1)), default=0)
    start = max(0, first - LEAD)
    if start:  # not in the middle of a word
        blank = max(text.find(" ", start, first), text.find("\n", start, first))
        start = blank + 1 if blank >= 0 else start
    end = min(len(text), start + SNIPPET)
    piece = re.sub(r"\s", " ", text[start:end])
    before, after = "… " if start else "", " …" if end < len(text) else ""
    shown = before + piece + after
    spans = sorted(span for word in query.words for span in word.spans(shown, 20))
    marks: list[tuple[int, int]] = []
    for span in spans:
        if marks and span[0] < marks[-1][1]:
            marks[-1] = (marks[-1][0], max(span[1], marks[-1][1]))
        else:
            marks.append(span)
    return shown, tuple(marks)
