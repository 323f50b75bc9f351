"""New texts and their stories: who is a near copy of whom, decided by `crawler.dedup.cluster` on what the store holds.

Runs at the end of the writing transaction that stores the texts, so that no article is ever without its story and none
is found late. Loaded only by who writes: comparing texts needs numpy.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import sqlalchemy as sa

from crawler.dedup.cluster import MOST_LISTED, place
from crawler.dedup.fingerprint import content_letters
from crawler.dedup.near import Shingled, shingle, sketch
from crawler.items import ArticleRecord, Sketch
from storage import stories
from storage.columns import chunks
from storage.ledger import Incoming, Ledger
from storage.schema import articles, postings, texts, versions

MOST_KEPT: Final = 3 * MOST_LISTED
"""Postings of one hash, also from outside the window, that are kept before the oldest go."""
MOST_ASKED: Final = 2_000
"""Hashes in one statement."""


def join(ledger: Ledger, window: float) -> None:
    """Finds the stories of the texts that are new in this transaction, and posts where they are found later.

    An article joins the story of the text that it copies; with an original that arrives late, stories become one, and
    the oldest lives on. `window` is how many seconds apart two articles may be.
    """
    _Joining(ledger, window).run()


class _Joining:
    """One transaction's search for near copies; the `Texts` of `crawler.dedup.cluster`."""

    def __init__(self, ledger: Ledger, window: float) -> None:
        self._ledger, self._window = ledger, timedelta(seconds=window)
        self._listed: dict[int, dict[int, datetime]] = defaultdict(dict)
        """By hash the articles that are posted under it, with the moments they are dated at."""
        self._story: dict[int, str] = {}
        self._founder: dict[str, int] = {}
        self._posted: list[tuple[int, int]] = []
        self._texts: dict[int, Shingled] = {}

    def run(self) -> None:
        """Places the ledger's new texts in order."""
        told = [(one, row_id, _sketch(one.record)) for one, row_id in self._ledger.told]
        self._load({value for _, _, drawn in told for value in drawn.asked})
        dated = self._dated([row_id for _, row_id, _ in told])
        for one, row_id, drawn in told:
            if row_id not in dated or not drawn.asked:
                continue
            at, self._story[row_id] = dated[row_id]
            self._place(one, row_id, drawn, at)
        self._post()

    def stories(self, documents: Collection[int]) -> dict[int, int]:
        """The story of each article, named by the row number of the article that told it first."""
        named = {self._story[document] for document in documents} - self._founder.keys()
        for some in chunks(named):
            query = sa.select(articles.c.public_id, articles.c.id).where(articles.c.public_id.in_(some))
            self._founder |= {row.public_id: row.id for row in self._ledger.connection.execute(query)}
        # A story whose first article is gone counts from the oldest that is known here.
        return {one: self._founder.setdefault(self._story[one], one) for one in sorted(documents)}

    def text(self, document: int) -> Shingled | None:
        """The text that an article shows, as it is compared."""
        if document not in self._texts:
            query = (
                sa.select(texts.c.text)
                .join(versions, versions.c.text_id == texts.c.id)
                .join(
                    articles, sa.and_(articles.c.id == versions.c.article_id, articles.c.version == versions.c.number)
                )
                .where(articles.c.id == document)
            )
            text = self._ledger.connection.execute(query).scalar()
            if text is None:
                return None
            self._texts[document] = shingle(content_letters(text))
        return self._texts[document]

    def _place(self, one: Incoming, row_id: int, drawn: Sketch, at: datetime) -> None:
        found: dict[int, list[int]] = {}
        for value in drawn.asked:
            there = self._listed.get(value)
            if there:
                near = sorted(i for i, when in there.items() if abs(when - at) <= self._window and i != row_id)
                if near:
                    found[value] = near[:MOST_LISTED]
        placement = place(partial(self._own, one, row_id), drawn, found, self)
        for value in placement.posted:
            self._listed[value][row_id] = at
            self._posted.append((value, row_id))
        if placement.story is not None:
            by_founder = {number: story for story, number in self._founder.items()}
            self._joined(one, row_id, by_founder[placement.story], [by_founder[gone] for gone in placement.absorbed])

    def _own(self, one: Incoming, row_id: int) -> Shingled:
        if row_id not in self._texts:
            self._texts[row_id] = shingle(content_letters(one.record.article.text))
        return self._texts[row_id]

    def _joined(self, one: Incoming, row_id: int, story: str, absorbed: list[str]) -> None:
        mine = self._story[row_id]
        if mine != story:
            if stories.alone(self._ledger.connection, mine, row_id):
                # Its row was written in this transaction, so its change number is new already.
                self._story[row_id] = story
                self._ledger.connection.execute(sa.update(articles).where(articles.c.id == row_id).values(story=story))
                self._ledger.saved[one.place] = replace(self._ledger.saved[one.place], joined=True)
            else:
                absorbed = [*absorbed, mine]
        gone = [other for other in absorbed if other != story]
        for other in gone:
            older = min(story, other, key=lambda name: self._founder.get(name, row_id))
            younger = other if older == story else story
            self._move(stories.members(self._ledger.connection, younger, besides=0), older)
            story = older

    def _move(self, row_ids: Collection[int], story: str) -> None:
        for row_id in row_ids:
            self._story[row_id] = story
            changed = {"story": story, "change_seq": self._ledger.next()}
            self._ledger.connection.execute(sa.update(articles).where(articles.c.id == row_id).values(**changed))

    def _dated(self, row_ids: Collection[int]) -> dict[int, tuple[datetime, str]]:
        dated: dict[int, tuple[datetime, str]] = {}
        for some in chunks(row_ids):
            query = sa.select(articles.c.id, articles.c.dated_at, articles.c.story).where(articles.c.id.in_(some))
            dated |= {row.id: (row.dated_at, row.story) for row in self._ledger.connection.execute(query)}
        return dated

    def _load(self, asked: Collection[int]) -> None:
        """Who is posted under these hashes. Written out, not bound: a batch asks for thousands."""
        found: dict[int, list[int]] = defaultdict(list)
        for some in chunks(sorted(asked), MOST_ASKED):
            query = f"SELECT hash, article_id FROM postings WHERE hash IN ({','.join(map(str, some))})"  # noqa: S608
            for value, row_id in self._ledger.connection.exec_driver_sql(query):
                found[row_id].append(value)
        for row_id, (at, story) in self._dated(found).items():
            self._story[row_id] = story
            for value in found[row_id]:
                self._listed[value][row_id] = at
        self._forget()

    def _forget(self) -> None:
        """Of hashes that stand in so many texts that they say nothing, only the newest postings are kept."""
        for value, there in self._listed.items():
            if len(there) > MOST_KEPT:
                newest = sorted(there, key=lambda row_id: (there[row_id], row_id))
                for row_id in newest[:-MOST_LISTED]:
                    del there[row_id]
                    run = self._ledger.connection.execute
                    run(sa.delete(postings).where(postings.c.hash == value, postings.c.article_id == row_id))

    def _post(self) -> None:
        if not self._posted:
            return
        run = self._ledger.connection.exec_driver_sql
        if self._ledger.database.is_sqlite:
            run("INSERT INTO postings (hash, article_id) VALUES (?, ?) ON CONFLICT DO NOTHING", self._posted)
        else:
            columns = tuple(list(column) for column in zip(*self._posted, strict=True))
            run(
                "INSERT INTO postings (hash, article_id) SELECT * FROM unnest(%s::bigint[], %s::bigint[])"
                " ON CONFLICT DO NOTHING",
                columns,
            )


def _sketch(record: ArticleRecord) -> Sketch:
    return record.sketch or sketch(shingle(content_letters(record.article.text)))
