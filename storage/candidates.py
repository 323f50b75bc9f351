"""Which articles a search looks at: the newest that may fulfil it, found without reading what is not looked at.

Whatever must hold and narrows most leads: few articles of a source, of a topic or of a time, else the words, hosts,
authors and languages that the index knows, else the source, topic or time. The rest is asked of each portion.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain, islice
from operator import itemgetter
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crawler.items import ArticleFilter
from crawler.text.query import Condition, Either, Every, Node, Query, Word, leaves
from crawler.text.tokens import has_unspaced
from storage import conditions, reading, search_index
from storage.article_rows import when
from storage.columns import IN_SIZE, chunks
from storage.database import Database
from storage.expressions import Expression, Token, Without, all_of, any_of, beside, without_beginnings
from storage.schema import article_topics, articles, sightings, topics

MOST: Final = 1_000
"""Candidates, or twice as many as are wanted: ranking all 100,000 hits of a common word takes a second, and nobody
reads that far."""
LOOKED_AT: Final = 10_000
"""Articles after which twice as many candidates as are wanted suffice."""
SPREAD: Final = 131_072
"""Document numbers between articles of a source, topic or time after which so many suffice too."""
WALKED: Final = 15_000
"""Articles of which some hold, after which a search ends that is not to be thorough."""
LONGEST: Final = 50_000
"""Articles from the latest date on after which to read all that may be meant takes no longer than to go on: they lie
anywhere in the store's file.
"""
FEW: Final = 2_000
"""Articles of a source, topic or time that are looked at one by one rather than by words."""
HELD: Final = 5_000
"""Articles that hold the words and are all looked at, if there are no more, whatever else must hold of them."""
PROBED: Final = 500
"""Articles by which it is seen how many that hold the words fulfil the rest, and how many that fulfil the rest hold the
words."""
SAMPLE: Final = 50
"""Articles that hold the whole words by which it is seen how many hold the beginnings beside them."""
MANY: Final = 5
"""Of so many of these one at least does, or the index is asked for all: it gathers quickly what is rare."""
SCARCE: Final = 20
"""Of so many that hold the words one at least fulfils the rest, or the other way is tried."""
WINDOW: Final = 5_000
"""Articles of which the index is asked at once by who takes all."""


_Row = tuple[int, str | None, Any, int]
"""Of an article its number, its headline, its date as the driver gives it, and its document."""


class Candidate(NamedTuple):
    """An article that may fulfil a query; `likely`: the index holds all that is in a text with the words as typed."""

    id: int
    title: str | None
    dated_at: datetime
    likely: bool


@dataclass(frozen=True, slots=True)
class Portion:
    """Candidates, and whether they are the `last`. `tokens_held`: they hold all that the index was to be asked for;
    `surer_follow`: those after them are likely. `stopped_after`: so many articles were walked past, too few of which
    are candidates, and none after them will be.
    """

    candidates: list[Candidate]
    last: bool
    tokens_held: bool = True
    surer_follow: bool = False
    stopped_after: int = 0


def newest(
    database: Database,
    connection: Connection,
    query: Query,
    wanted: ArticleFilter,
    limit: int,
    *,
    thorough: bool = False,
) -> Iterator[Portion]:
    """The articles of which the query may be true, the newest first, in portions: of `MOST`, or fewer when `LOOKED_AT`
    were looked at and there are twice `limit`, or when `WALKED` were, unless it is to be `thorough`. What is not taken
    is not looked for.

    After the first portion those that are likely come before those that are not: 부산시장 seldom is 부산 시장, while
    부산 and 시장 stand in many texts.
    """
    walk = _Walk(database, connection, query.root, wanted, limit)
    if thorough:
        walk.longest = search_index.NO_NUMBER
    numbers, by_lead = walk.chosen(list(_leads(query.root, wanted)))
    portions = walk.portions(numbers, by_lead=by_lead)
    if walk.likely is None or by_lead:
        yield from portions
        return
    first = next(portions)
    yield replace(first, surer_follow=not first.last)
    if not first.last:
        surer = chain.from_iterable(search_index.newest_first(database, connection, walk.likely, walk.reached))
        for portion in walk.portions(surer, by_lead=False):
            yield Portion(portion.candidates, last=False)
        yield from portions


def by_date(
    database: Database, connection: Connection, query: Query | None, wanted: ArticleFilter
) -> Iterator[list[tuple[int, Any]] | None]:
    """Articles of which the query may be true, by number and date as the driver gives it, the latest date first, in
    portions; what is not taken is not looked for, but for what the index tells of words. `None` ends those that are
    worth looking for by date, `LONGEST` articles on, where others may be left.
    """
    root = Every((), ()) if query is None else query.root
    walk = _Walk(database, connection, root, wanted, 0)
    leads = list(_leads(root, wanted))
    few = next((ids for lead in leads if (ids := lead.few(connection)) is not None), None)
    if few is not None:
        yield walk.dated(few, by_lead=True)
        return
    if not _has_words(root):
        walk.expression = None  # SQL tells all of it
    elif walk.expression is not None and len(held := walk.hold_all()) <= HELD:
        yield walk.dated(held, by_lead=False)
        return
    in_time = leads[-1] if leads and leads[-1].key is _BY_DATE else _EVER
    walked = 0
    for some in chunks(in_time.ids(connection), FEW):
        if walked >= LONGEST:
            yield None
            return
        yield walk.dated(some, by_lead=True)
        walked += len(some)


class _Walk:
    """From the newest article on to those that a query may be true of."""

    def __init__(
        self, database: Database, connection: Connection, root: Node, wanted: ArticleFilter, limit: int
    ) -> None:
        self._database, self._connection, self._root, self._limit = database, connection, root, limit
        self.expression, likely = sought(root), sought(root, as_typed=True)
        if wanted.lang is not None:
            in_language = conditions.sought(Condition("lang", wanted.lang))
            self.expression, likely = (
                all_of(tuple(part for part in (one, in_language) if part is not None))
                for one in (self.expression, likely)
            )
        self.likely = likely if likely != self.expression else None
        self.reached = search_index.NO_NUMBER
        """The last document that was looked at by the index."""
        self.longest = WALKED
        self._tokens_held = True
        self._spread = 0  # of the documents of articles by a lead: all between them are looked at
        self._given: set[int] = set()
        self._all_held: array[int] | None = None
        select = sa.select(articles.c.id, articles.c.title, articles.c.dated_at, articles.c.search_doc)
        self._select = reading.filtered(select, wanted)
        self._mixed = _asks_index(root)
        if not self._mixed:
            self._select = self._select.where(surely(database, connection, root, ()))

    def chosen(self, leads: list[_Lead]) -> tuple[Iterator[int], bool]:
        """Numbers to look at, and whether they are of articles, by a lead, or of documents, by the index."""
        few = next((ids for lead in leads if (ids := lead.few(self._connection)) is not None), None)
        if few is not None:
            return iter(few), True
        if self.expression is None:
            return (leads[0] if leads else _ALL).ids(self._connection), True
        # The index gathers all that begin so before it tells the first.
        whole = without_beginnings(self.expression)
        if whole is not None and whole != self.expression:
            held = list(islice(self._by_index(whole), HELD + 1))
            if len(held) <= MOST or (len(held) <= HELD and self._mostly(held[:SAMPLE])):
                self._tokens_held, self.likely = False, None
                return iter(held), False
        lead = self._denser(leads)
        return (self._by_index(self.expression), False) if lead is None else (lead.ids(self._connection), True)

    def _by_index(self, expression: Expression) -> Iterator[int]:
        return chain.from_iterable(search_index.newest_first(self._database, self._connection, expression))

    def _mostly(self, documents: Collection[int]) -> bool:
        """Whether of documents with the whole words many hold the beginnings too: few texts need be read then."""
        assert self.expression is not None
        held = search_index.holding(self._database, self._connection, self.expression, documents)
        return MANY * len(held) >= len(documents)

    def _denser(self, leads: list[_Lead]) -> _Lead | None:
        """The lead by whose articles more candidates are met than by the index, where these are scarce."""
        if not leads:
            return None
        assert self.expression is not None
        held = list(islice(self._by_index(self.expression), HELD + 1))
        met = len(self._rows(held[:PROBED], by_lead=False))
        if len(held) <= HELD or SCARCE * met >= PROBED:
            return None
        tried = [
            (len(self._rows(list(islice(lead.ids(self._connection), PROBED)), by_lead=True)), lead) for lead in leads
        ]
        most, lead = max(tried, key=lambda one: one[0])
        return lead if most > met else None

    def _rows(self, numbers: Collection[int], *, by_lead: bool) -> list[_Row]:
        """Those of the articles or documents that may fulfil the query, the document indexed last first."""
        column = articles.c.id if by_lead else articles.c.search_doc
        among = reading.among(self._database, column)
        given = {"numbers": reading.listed(self._database, numbers)}
        select = self._select.where(among)
        if self._mixed:
            asked = sa.select(articles.c.search_doc).where(among)
            among_these = self._connection.execute(asked, given).scalars().all()
            select = select.where(surely(self._database, self._connection, self._root, among_these))
        rows: list[_Row] = reading.tuples(self._connection, select, given)
        documents = [row[3] for row in rows]
        self._spread += max(documents, default=0) - min(documents, default=0)
        if by_lead and self.expression is not None:
            held = self._held(self.expression, rows)
            rows = [row for row in rows if row[3] in held]
        rows.sort(key=itemgetter(3), reverse=True)
        return rows

    def hold_all(self) -> Sequence[int]:
        """Every document that fulfils the expression, so that the index need not be asked again; eight bytes each."""
        assert self.expression is not None
        self._all_held = array("q", sorted(self._by_index(self.expression)))
        return self._all_held

    def dated(self, numbers: Collection[int], *, by_lead: bool) -> list[tuple[int, Any]]:
        """Of these articles or documents those that may fulfil the query, with their dates, the latest first."""
        found = [(row_id, dated_at) for row_id, _, dated_at, _ in self._rows(numbers, by_lead=by_lead)]
        return sorted(found, key=lambda one: (one[1], one[0]), reverse=True)

    def _held(self, expression: Expression, rows: Iterable[_Row]) -> set[int]:
        if (held := self._all_held) is not None:
            places = ((row[3], bisect_left(held, row[3])) for row in rows)
            return {document for document, at in places if at < len(held) and held[at] == document}
        return search_index.holding(self._database, self._connection, expression, [row[3] for row in rows])

    def _likely(self, rows: Iterable[_Row]) -> set[int]:
        """Which of these documents, that fulfil the expression, are likely."""
        assert self.likely is not None
        assert self.expression is not None
        left = beside(self.likely, self.expression)
        documents = [row[3] for row in rows]
        if left is None:
            return set(documents)
        return search_index.holding(self._database, self._connection, left, documents, self.likely)

    def portions(self, numbers: Iterator[int], *, by_lead: bool) -> Iterator[Portion]:
        """The candidates among these articles or documents that were not given before."""
        most = max(MOST, 2 * self._limit)
        found: dict[int, _Row] = {}
        looked_at = walked = 0
        some = list(islice(numbers, IN_SIZE))
        while some:
            coming = list(islice(numbers, 1))
            found |= {row[0]: row for row in self._rows(some, by_lead=by_lead) if row[0] not in self._given}
            looked_at += len(some)
            walked += len(some)
            if not by_lead:
                self.reached = some[-1]
            scattered = by_lead and self.expression is not None and self._spread >= SPREAD
            dear = looked_at >= LOOKED_AT or scattered
            if len(found) >= most or (dear and len(found) >= 2 * self._limit):
                yield self._portion(found, last=not coming)
                if not coming:
                    return
                found, looked_at, self._spread = {}, 0, 0
            elif coming and walked >= self.longest:
                yield replace(self._portion(found, last=False), stopped_after=walked)
                return
            some = [*coming, *islice(numbers, IN_SIZE - 1)] if coming else []
        yield self._portion(found, last=True)

    def _portion(self, found: Mapping[int, _Row], *, last: bool) -> Portion:
        self._given |= found.keys()
        likely = None if self.likely is None else self._likely(found.values())
        at = when(self._database)
        return Portion(
            [
                Candidate(row_id, title, at(dated), likely is None or document in likely)
                for row_id, title, dated, document in found.values()
            ],
            last,
            self._tokens_held,
        )


# -- what must hold of an article's source, topic and time


@dataclass(frozen=True, slots=True)
class _Lead:
    """A condition by whose index articles are found, the newest first: their numbers, ordered by `key`."""

    select: sa.Select[Any]
    key: tuple[sa.ColumnElement[Any], ...]

    def few(self, connection: Connection) -> list[int] | None:
        """The articles, if there are at most `FEW`."""
        ids = [row[0] for row in reading.tuples(connection, self._ordered().limit(FEW + 1), {})]
        return list(dict.fromkeys(ids)) if len(ids) <= FEW else None

    def ids(self, connection: Connection) -> Iterator[int]:
        """Every article; one may come more than once."""
        select = self._ordered().limit(FEW)
        rows = reading.tuples(connection, select, {})
        while rows:
            yield from (row[0] for row in rows)
            last = sa.tuple_(*(sa.literal(one, sa.types.NullType()) for one in rows[-1][1:]))
            rows = reading.tuples(connection, select.where(sa.tuple_(*self.key) < last), {})

    def _ordered(self) -> sa.Select[Any]:
        return self.select.add_columns(*self.key).order_by(*(key.desc() for key in self.key))


_BY_DATE: Final = (articles.c.dated_at, articles.c.id)
_ALL: Final = _Lead(sa.select(articles.c.id), (articles.c.search_doc,))
# A bound that all fulfil leads PostgreSQL to the index.
_EVER: Final = _Lead(sa.select(articles.c.id).where(articles.c.dated_at >= datetime.min.replace(tzinfo=UTC)), _BY_DATE)


def _leads(root: Node, wanted: ArticleFilter) -> Iterator[_Lead]:
    must = root.parts if isinstance(root, Every) else (root,)
    asked: dict[str, list[Condition]] = {}
    for part in must:
        if isinstance(part, Condition):
            asked.setdefault(part.key, []).append(part)
    for name in (*(each.value for each in asked.get("topic", ())), *filter(None, (wanted.topic,))):
        topic = sa.select(topics.c.id).where(topics.c.name == name).scalar_subquery()
        of_topic = sa.select(article_topics.c.article_id).where(article_topics.c.topic_id == topic)
        yield _Lead(of_topic, (article_topics.c.article_id,))
    for name in (*(each.value for each in asked.get("source", ())), *filter(None, (wanted.source,))):
        met = sa.select(sightings.c.article_id).where(sightings.c.source == name)
        yield _Lead(met, (sightings.c.first_seen, sightings.c.article_id))
    after = [each.moment for each in asked.get("after", ())] + [wanted.since]
    before = [each.moment for each in asked.get("before", ())] + [wanted.until]
    within = [articles.c.dated_at >= moment for moment in after if moment is not None]
    within += [articles.c.dated_at < moment for moment in before if moment is not None]
    if within:
        yield _Lead(sa.select(articles.c.id).where(*within), _BY_DATE)


# -- what the index and SQL can tell of a query


def sought(node: Node, *, as_typed: bool = False) -> Expression | None:
    """What the index holds of every article of which the node is true, and of some others; `None`: it can't tell.

    `as_typed`: of every article that has the words as they were typed, and of few others.
    """
    if isinstance(node, Condition):
        return conditions.sought(node)
    if isinstance(node, Word):
        *whole, last = node.as_typed if as_typed else node.tokens
        # Tokens of unspaced scripts have two letters at most: nothing longer begins with such a pair.
        begun = node.prefix and not (len(last) > 1 and has_unspaced(last))
        choices = () if as_typed else tuple(any_of(tuple(map(Token, choice))) for choice in node.choices)
        return all_of((*map(Token, whole), Token(last, begun), *choices))
    parts = [sought(part, as_typed=as_typed) for part in node.parts]
    known = tuple(part for part in parts if part is not None)
    if isinstance(node, Either):
        return any_of(known) if len(known) == len(parts) else None
    if not known:
        return None
    refused = tuple(one for part in node.without if (one := _sure(part)) is not None)
    return Without(all_of(known), any_of(refused)) if refused else all_of(known)


def _sure(node: Node) -> Expression | None:
    """What the index holds only of articles of which the node is true, if not of all; `None`: it can't tell."""
    if isinstance(node, Word):
        return Token(node.tokens[0]) if node.is_token else None
    if isinstance(node, Condition):
        return None
    parts = [_sure(part) for part in node.parts]
    known = tuple(part for part in parts if part is not None)
    if isinstance(node, Either):
        return any_of(known) if known else None
    return all_of(known) if len(known) == len(parts) > 0 and not node.without else None


def matching(
    database: Database, connection: Connection, query: Query, filtered: sa.Select[Any], after: int
) -> tuple[sa.ColumnElement[bool], int | None]:
    """What of a query the index and SQL can tell, over `articles`: true of every article of which the query is, and of
    some others, from `after` on up to this `change_seq`, and of none beyond it; `None`: to the end.

    `filtered` is a select over `articles` of which all else holds. So who takes all that fulfil a query looks at it in
    stretches, and each asks the index once for what is in it.
    """
    expression = sought(query.root)
    if expression is not None:
        numbers = chain.from_iterable(search_index.newest_first(database, connection, expression))
        few = list(islice(numbers, FEW + 1))
        if len(few) <= FEW:
            return sa.and_(
                reading.among(database, articles.c.search_doc, few), surely(database, connection, query.root, few)
            ), None
    elif not _asks_index(query.root):
        return surely(database, connection, query.root, ()), None
    window = filtered.with_only_columns(articles.c.change_seq, articles.c.search_doc).order_by(None).limit(None)
    window = window.where(articles.c.change_seq > after).order_by(articles.c.change_seq).limit(WINDOW)
    rows = connection.execute(window).all()
    documents = [row.search_doc for row in rows]
    meant = where(database, connection, query.root, documents)
    if len(rows) < WINDOW:
        return meant, None
    upto: int = rows[-1].change_seq
    return sa.and_(meant, articles.c.change_seq <= upto), upto


def where(database: Database, connection: Connection, node: Node, documents: Sequence[int]) -> sa.ColumnElement[bool]:
    """What of a query's tree the index and SQL can tell of these documents, over `articles`: true of every article of
    which the tree is, and of some others. It holds for the view of the store that `connection` has.
    """
    if not _has_words(node):
        return surely(database, connection, node, documents)
    expression = sought(node)
    if expression is not None:
        held = search_index.holding(database, connection, expression, documents)
        return sa.and_(
            reading.among(database, articles.c.search_doc, held), surely(database, connection, node, documents)
        )
    if isinstance(node, Either):
        return sa.or_(*(where(database, connection, part, documents) for part in node.parts))
    if isinstance(node, Every):
        parts = (where(database, connection, part, documents) for part in node.parts)
        return sa.and_(*parts, *_refusals(database, connection, node, documents))
    return surely(database, connection, node, documents)


def surely(database: Database, connection: Connection, node: Node, documents: Sequence[int]) -> sa.ColumnElement[bool]:
    """What is asked of an article beside what the index holds of it (`sought`)."""
    if isinstance(node, Condition):
        return conditions.holds(database, node)
    if isinstance(node, Word):
        return sa.true()
    if isinstance(node, Either):
        tell = where if sought(node) is None else surely
        return sa.or_(*(tell(database, connection, part, documents) for part in node.parts))
    parts = (surely(database, connection, part, documents) for part in node.parts)
    return sa.and_(sa.true(), *parts, *_refusals(database, connection, node, documents))


def _asks_index(node: Node) -> bool:
    """Whether `surely` has to ask the index."""
    if isinstance(node, Word | Condition):
        return False
    if isinstance(node, Either) and sought(node) is None:
        return _has_words(node)
    return any(map(_asks_index, node.parts))


def _has_words(node: Node) -> bool:
    return any(isinstance(leaf, Word) for leaf in leaves(node))


def _refusals(
    database: Database, connection: Connection, node: Every, documents: Sequence[int]
) -> Iterator[sa.ColumnElement[bool]]:
    """Which articles hold a word is known but roughly: only conditions can refuse here."""
    for part in node.without:
        if all(isinstance(leaf, Condition) for leaf in leaves(part)):
            yield sa.not_(surely(database, connection, part, documents))
