"""Full-text search: the index gives candidates, the text decides.

The index (`storage.search_index`) knows which articles hold all tokens of the words, not where. So that 저커버그 finds
저커버그가 but not a text that holds its pairs apart, words of unspaced scripts are looked up again in the text. It is
walked from the article indexed last, and not to its end (`storage.candidates`): what a common word costs does not grow
with the store.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from math import log1p
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crawler.items import ArticleFilter, SearchHit
from crawler.text.query import Query, read_query
from storage import candidates, conditions, reading
from storage.columns import chunks
from storage.database import Database
from storage.schema import articles, texts, versions

RANKED: Final = 100
"""Candidates of best title and date whose texts are read to rank them."""
MOST_READ: Final = 50_000
"""Candidates whose texts are read in search of `limit` answers: some ten seconds, for words that stand together nearly
everywhere but never as they are asked for."""
_SHOWN: Final = (articles.c.id, articles.c.title, articles.c.summary, articles.c.dated_at, texts.c.text)
_READ: Final = (
    sa.select(*_SHOWN)
    .join(versions, sa.and_(versions.c.article_id == articles.c.id, versions.c.number == articles.c.version))
    .join(texts, texts.c.id == versions.c.text_id)
    .where(articles.c.id.in_(sa.bindparam("ids", expanding=True)))
)
SNIPPET: Final = 160
"""Characters of a snippet."""
LEAD: Final = 40
"""Characters of a snippet before its first hit."""
TITLE_WEIGHT: Final = 3.0
"""A word of the headline counts as about 20 in the text (logarithmic): it is what the article is about."""
HALF_LIFE_DAYS: Final = 30.0
"""Age at which an article's score halves its part that comes from being new."""


def where(database: Database, connection: Connection, query: Query) -> sa.ColumnElement[bool]:
    """What of a query the index and SQL can tell, over `articles`: true of every article of which the query is, and of
    some others (see `holds`). It is true of the view of the store that `connection` has.
    """
    return candidates.where(database, connection, query.root)


def told(database: Database, query: Query) -> list[sa.Label[bool]]:
    """Columns over `articles` that say which conditions hold, for `holds`; none where that makes no difference."""
    if query.flat:
        return []
    return [conditions.holds(database, each).label(f"told_{n}") for n, each in enumerate(query.conditions)]


def holds(query: Query, places: Sequence[str | None], told: Sequence[Any]) -> bool:
    """Whether the query is really true of an article that `where` let pass: of its headline, standfirst and text, and
    with the values of the columns of `told`.
    """
    known = dict(zip(query.conditions, map(bool, told), strict=True)) if told else {}
    return query.holds([text for text in places if text], known)


class Search:
    """Answers a person's words with articles."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, words: str, *, filter: ArticleFilter | None = None, limit: int = 20) -> list[SearchHit]:  # noqa: A002
        """The best `limit` articles of which the query is true, best first: words in the headline, words in the text,
        newness.

        Only the newest candidates are looked at (`storage.candidates`), more where too few of them hold.
        `BadQuery` when `words` can't be read.
        """
        wanted = filter or ArticleFilter()
        query = read_query(words, now=self._database.now(), zone=wanted.zone)
        with self._database.read() as connection:
            conditions.check(connection, query)
            read = _READ.add_columns(*told(self._database, query))
            now = self._database.now()
            hits: list[tuple[float, int]] = []
            best = RANKED if limit <= RANKED // 2 else 2 * limit
            read_of = 0
            for portion in candidates.newest(self._database, connection, query, wanted, limit):
                found = sorted(
                    ((_title_score(query, one.title) + _newness(one.dated_at, now), one.id) for one in portion),
                    reverse=True,
                )
                for some in chunks([row_id for _, row_id in found], best):
                    rows = _true_of(query, connection, read, some)
                    hits += [(_score(query, row, now), row.id) for row in rows]
                    if len(hits) >= limit:
                        break
                read_of += len(found)
                # That the newest only seem to hold the words says nothing of the others.
                if len(hits) >= limit or read_of >= MOST_READ:
                    break
            hits.sort(reverse=True)
            return list(self._answers(connection, query, hits[:limit]))

    def _answers(self, connection: Connection, query: Query, hits: Sequence[tuple[float, int]]) -> Iterator[SearchHit]:
        shown = {row[0]: row for row in reading.by_ids(connection, [row_id for _, row_id in hits])}
        rows = reading.rows_of(self._database, connection, [shown[row_id] for _, row_id in hits])
        for (score, _), row in zip(hits, rows, strict=True):
            text, marks = snippet(query, row.text or row.summary or row.title or "")
            yield SearchHit(row=row, snippet=text, marks=marks, score=score)


def _true_of(query: Query, connection: Connection, read: sa.Select[Any], ids: Sequence[int]) -> Iterator[sa.Row[Any]]:
    """Those of these articles of which the query is true."""
    for some in chunks(ids):
        for row in connection.execute(read, {"ids": some}):
            if holds(query, (row.title, row.summary, row.text), row[len(_SHOWN) :]):
                yield row


def _title_score(query: Query, title: str | None) -> float:
    return sum(TITLE_WEIGHT for word in query.words if title and word.spans(title, 1))


def _newness(dated_at: datetime, now: datetime) -> float:
    days = max(0.0, (now - dated_at).total_seconds() / 86_400)
    return float(2.0 ** (-days / HALF_LIFE_DAYS))


def _score(query: Query, row: sa.Row[Any], now: datetime) -> float:
    """Headline, then how often the words stand in the text for its length, then newness."""
    text = row.text
    often = sum(log1p(word.count(text, 50) * 1000 / (len(text) + 500)) for word in query.words)
    return _title_score(query, row.title) + often + _newness(row.dated_at, now)


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
