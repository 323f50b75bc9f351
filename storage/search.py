"""Full-text search: the index gives candidates, the text decides.

The index (`storage.search_index`) knows which articles hold all tokens of the words, not where. So that 저커버그 finds
저커버그가 but not a text that holds its pairs apart, words of unspaced scripts are looked up again in the text. It is
walked from the article indexed last, and not to its end (`storage.candidates`): what a common word costs does not grow
with the store.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from math import log1p
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crawler.items import ArticleFilter, Damaged, SearchAnswer, SearchHit
from crawler.text.query import Query, read_query
from storage import candidates, conditions, reading
from storage.article_rows import TEXT, as_it_comes, of_shown
from storage.columns import chunks
from storage.damage import named, refuse
from storage.database import Database
from storage.packing import DamagedText, kept_text
from storage.schema import articles

RANKED: Final = 100
"""Candidates of best title and date whose texts are read to rank them."""
READ: Final = 600
"""Candidates whose texts are read in search of `limit` answers, or twice as many as are wanted: words may stand
together nearly everywhere but never as they are asked for."""
MOST_READ: Final = 50_000
"""The same of a thorough search: some seconds."""
_SHOWN: Final = (articles.c.id, articles.c.title, articles.c.summary, as_it_comes(TEXT, "packed"))
_READ: Final = of_shown(*_SHOWN)
SNIPPET: Final = 160
"""Characters of a snippet."""
LEAD: Final = 40
"""Characters of a snippet before its first hit."""
TITLE_WEIGHT: Final = 3.0
"""A word of the headline counts as about 20 in the text (logarithmic): it is what the article is about."""
HALF_LIFE: Final = 30.0 * 86_400
"""Seconds of age at which an article's score halves its part that comes from being new."""


def told(database: Database, query: Query) -> list[sa.Label[bool]]:
    """Columns over `articles` that say which conditions hold, for `holds`; none where that makes no difference."""
    if query.flat:
        return []
    return [conditions.holds(database, each).label(f"told_{n}") for n, each in enumerate(query.conditions)]


def holds(query: Query, places: Sequence[str | None], told: Sequence[Any], *, tokens_held: bool = True) -> bool:
    """Whether the query is really true of an article that `where` let pass: of its headline, standfirst and text, and
    with the values of the columns of `told`. `tokens_held`: it holds all tokens that are sought, beginnings too.
    """
    known = dict(zip(query.conditions, map(bool, told), strict=True)) if told else {}
    return query.holds([text for text in places if text], known, tokens_held=tokens_held)


class Search:
    """Answers a person's words with articles."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(
        self,
        words: str,
        *,
        filter: ArticleFilter | None = None,  # noqa: A002
        limit: int = 20,
        thorough: bool = False,
    ) -> list[SearchHit]:
        """The hits of `answer`."""
        return list(self.answer(words, filter=filter, limit=limit, thorough=thorough).hits)

    def answer(
        self,
        words: str,
        *,
        filter: ArticleFilter | None = None,  # noqa: A002
        limit: int = 20,
        thorough: bool = False,
        damaged: Damaged = refuse,
    ) -> SearchAnswer:
        """The best `limit` articles of which the query is true, best first: words in the headline, words in the text,
        newness; and how many there are, as far as is known.

        Only the newest candidates are looked at (`storage.candidates`), more where too few of them hold; `thorough`:
        texts of up to `MOST_READ` of them rather than `READ`. One that can't be read is a `DamagedArticle`, or left
        out, of which `damaged` hears. `BadQuery` when `words` can't be read.
        """
        wanted = filter or ArticleFilter()
        query = read_query(words, now=self._database.now(), zone=wanted.zone)
        with self._database.read() as connection:
            conditions.check(connection, query)
            read = _READ.where(reading.among(self._database, articles.c.id)).add_columns(*told(self._database, query))
            now = self._database.now()
            hits: list[tuple[float, int]] = []
            best = RANKED if limit <= RANKED // 2 else 2 * limit
            most_read = MOST_READ if thorough else max(READ, best)
            looked_at = unread = done = 0
            ended = vouched = False

            def unreadable(row_id: int, reason: str) -> None:
                damaged(named(connection, row_id, reason))

            for portion in candidates.newest(self._database, connection, query, wanted, limit, thorough=thorough):
                vouched = portion.tokens_held and query.told_by_index
                ranked = _ranked(query, portion.candidates, now)
                looked_at = max(looked_at + len(ranked), portion.stopped_after)
                unread += len(ranked)
                for some in chunks(ranked, best):
                    if done >= (most_read // 2 if portion.surer_follow else most_read):
                        break
                    ids = reading.listed(self._database, [one.id for one in some])
                    shown = reading.tuples(connection, read, {"numbers": ids})
                    hits += _true_of(query, some, shown, unreadable, tokens_held=portion.tokens_held)
                    done += len(some)
                    unread -= len(some)
                    if len(hits) >= (limit if portion.tokens_held else best):
                        break
                ended = portion.last
                # That the newest only seem to hold the words says nothing of the others.
                if len(hits) >= limit or done >= most_read:
                    break
            hits.sort(reverse=True)
            return SearchAnswer(
                hits=tuple(self._answers(connection, query, hits[:limit], damaged)),
                found=len(hits) + unread * vouched,
                more=not ended or (unread > 0 and not vouched),
                looked_at=looked_at,
            )

    def _answers(
        self, connection: Connection, query: Query, hits: Sequence[tuple[float, int]], damaged: Damaged
    ) -> Iterator[SearchHit]:
        shown = {row[0]: row for row in reading.by_ids(connection, [row_id for _, row_id in hits])}
        scores = {tuple(shown[row_id])[1]: score for score, row_id in hits}
        for row in reading.rows_of(self._database, connection, [shown[row_id] for _, row_id in hits], damaged):
            score = scores[row.id]
            text, marks = snippet(query, row.text or row.summary or row.title or "")
            yield SearchHit(row=row, snippet=text, marks=marks, score=score)


class _Ranked(NamedTuple):
    """A candidate in the order in which they are read: `score` is of its headline and date."""

    likely: bool
    score: float
    id: int


def _ranked(query: Query, found: Sequence[candidates.Candidate], now: datetime) -> list[_Ranked]:
    """Those come first whose headline holds a word, or which are likely to hold them as they were typed."""
    ranked = []
    finders = [word.finder for word in query.words]
    for row_id, title, dated_at, likely in found:
        score = 0.0
        if title:
            for finds in finders:
                if finds(title):
                    score += TITLE_WEIGHT
        age = max(0.0, (now - dated_at).total_seconds())
        ranked.append(_Ranked(likely or score > 0, score + 2.0 ** (-age / HALF_LIFE), row_id))
    ranked.sort(reverse=True)
    return ranked


def _true_of(
    query: Query,
    ranked: Sequence[_Ranked],
    shown: Sequence[Sequence[Any]],
    unreadable: Callable[[int, str], None],
    *,
    tokens_held: bool,
) -> Iterator[tuple[float, int]]:
    """Those of these articles of which the query is true, with their scores."""
    before = {one.id: one.score for one in ranked}
    for row_id, title, summary, packed, *more in shown:
        try:
            text = kept_text(packed)
        except DamagedText as error:
            unreadable(row_id, str(error))
            continue
        if holds(query, (title, summary, text), more, tokens_held=tokens_held):
            yield before[row_id] + _text_score(query, text), row_id


def _text_score(query: Query, text: str) -> float:
    """How often the words stand in the text for its length."""
    return sum(log1p(word.count(text, 50) * 1000 / (len(text) + 500)) for word in query.words)


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
