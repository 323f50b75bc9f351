"""New texts and their stories: who is a near copy of whom, decided by `crawler.dedup.cluster` on what the store holds.

Runs at the end of the writing transaction that stores the texts, so that no article is ever without its story and none
is found late. Loaded only by who writes: comparing texts needs numpy.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Final
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from crawler.dedup.cluster import MOST_LISTED, place
from crawler.dedup.fingerprint import content_letters
from crawler.dedup.near import Shingled, shingle, sketch
from crawler.items import ArticleRecord, Sketch
from storage import stories
from storage.columns import chunks
from storage.database import Database
from storage.ledger import Incoming, Ledger
from storage.schema import articles, postings, texts, versions

MOST_KEPT: Final = 3 * MOST_LISTED
"""Postings of one hash, also from outside the window, that are kept before the oldest go."""
MOST_ASKED: Final = 2_000
"""Hashes in one statement."""
MOST_RECENT: Final = 256
"""Texts kept as they are compared, some 12 MB: copies come in bursts."""
_recent: WeakKeyDictionary[Database, dict[str, Shingled]] = WeakKeyDictionary()
MOST_DATED: Final = 300_000
"""Articles of which the time is kept between transactions, some 30 MB: what is common is met again and again."""
_dated: WeakKeyDictionary[Database, dict[int, float]] = WeakKeyDictionary()


def join(ledger: Ledger, window: float) -> None:
    """Finds the stories of the texts that are new in this transaction, and posts where they are found later.

    An article joins the story of the text that it copies; with an original that arrives late, stories become one, and
    the oldest lives on. `window` is how many seconds apart two articles may be.
    """
    _Joining(ledger, window).run()


_SHOWN = (
    sa.select(texts.c.id, texts.c.hash_version, texts.c.content_hash)
    .join(versions, versions.c.text_id == texts.c.id)
    .join(articles, sa.and_(articles.c.id == versions.c.article_id, articles.c.version == versions.c.number))
    .where(articles.c.id == sa.bindparam("article"))
)
_TEXT = sa.select(texts.c.text).where(texts.c.id == sa.bindparam("text"))
_FOUNDERS = sa.select(articles.c.public_id, articles.c.id).where(
    articles.c.public_id.in_(sa.bindparam("stories", expanding=True))
)
_SET_STORY = sa.update(articles).where(articles.c.id == sa.bindparam("article")).values(story=sa.bindparam("name"))


class _Joining:
    """One transaction's search for near copies; the `Texts` of `crawler.dedup.cluster`."""

    def __init__(self, ledger: Ledger, window: float) -> None:
        self._ledger, self._window = ledger, window
        self._listed: dict[int, list[int]] = {}
        """By hash the articles within reach that are posted under it, oldest first."""
        self._at: dict[int, float] = {}
        """When articles are dated at, epoch seconds."""
        self._narrow = True
        """All that is looked at lies within one window."""
        self._story: dict[int, str] = {}
        self._founder: dict[str, int] = {}
        self._posted: list[tuple[int, int]] = []
        self._texts: dict[int, Shingled] = {}
        self._recent = _recent.setdefault(ledger.database, {})
        self._dated = _dated.setdefault(ledger.database, {})

    def run(self) -> None:
        """Places the ledger's new texts in order."""
        told = [(one, row_id, drawn) for one, row_id in self._ledger.told if (drawn := _sketch(one.record)).asked]
        self._know([row_id for _, row_id, _ in told])
        told = [one for one in told if one[1] in self._at]
        if not told:
            return
        self._load({value for _, _, drawn in told for value in drawn.asked})
        for one, row_id, drawn in told:
            self._place(one, row_id, drawn)
        self._post()

    def stories(self, documents: Collection[int]) -> dict[int, int]:
        """The story of each article, named by the row number of the article that told it first."""
        self._know([one for one in documents if one not in self._story])
        # One that is gone has no text to be compared with, so that nothing joins it.
        return {one: self._founder[self._story[one]] if one in self._story else one for one in documents}

    def text(self, document: int) -> Shingled | None:
        """The text that an article shows, as it is compared."""
        if document not in self._texts:
            shown = self._ledger.connection.execute(_SHOWN, {"article": document}).first()
            if shown is None:
                return None
            self._texts[document] = self._shingled(shown.id, f"{shown.hash_version} {shown.content_hash}")
        return self._texts[document]

    def _shingled(self, text_id: int, identity: str) -> Shingled:
        """A text row as it is compared. Kept by the hash of its letters: row numbers are given again."""
        kept = self._recent.pop(identity, None)
        if kept is None:
            kept = shingle(content_letters(self._ledger.connection.execute(_TEXT, {"text": text_id}).scalar_one()))
            while len(self._recent) >= MOST_RECENT:
                self._recent.pop(next(iter(self._recent)), None)
        self._recent[identity] = kept
        return kept

    def _place(self, one: Incoming, row_id: int, drawn: Sketch) -> None:
        listed = self._listed
        found = {value: listed[value] for value in drawn.asked if value in listed}
        if not self._narrow:
            near = {value: self._near(row_id, there) for value, there in found.items()}
            found = {value: there for value, there in near.items() if there}
        found |= {value: there[:MOST_LISTED] for value, there in found.items() if len(there) > MOST_LISTED}
        placement = place(partial(self._own, one, row_id), drawn, found, self)
        for value in placement.posted:
            there = listed.get(value)
            if there is None:
                listed[value] = [row_id]
            elif there[-1] < row_id:
                there.append(row_id)
            elif row_id not in there:
                insort(there, row_id)
        self._posted += [(value, row_id) for value in placement.posted]
        if placement.story is not None:
            by_founder = {number: story for story, number in self._founder.items()}
            self._joined(one, row_id, by_founder[placement.story], [by_founder[gone] for gone in placement.absorbed])

    def _near(self, row_id: int, there: list[int]) -> list[int]:
        """Those that are within the window of an article, without itself."""
        at, known, window = self._at[row_id], self._at, self._window
        return [one for one in there if abs(known[one] - at) <= window and one != row_id]

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
                self._ledger.connection.execute(_SET_STORY, {"article": row_id, "name": story})
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

    def _know(self, row_ids: Collection[int]) -> None:
        """Learns when articles are dated at and the stories they belong to."""
        named: set[str] = set()
        run = self._ledger.connection.exec_driver_sql
        for some in chunks(row_ids, MOST_ASKED):
            query = (
                "SELECT id, dated_at, story, CASE WHEN story = public_id THEN 1 ELSE 0 END FROM articles"  # noqa: S608
                f" WHERE id IN ({','.join(map(str, some))})"
            )
            for row_id, dated, story, first in run(query).all():
                self._at[row_id] = self._dated[row_id] = _seconds(dated)
                self._story[row_id] = story
                if first:
                    self._founder[story] = row_id
                else:
                    named.add(story)
        for names in chunks(named - self._founder.keys()):
            found = self._ledger.connection.execute(_FOUNDERS, {"stories": names})
            self._founder |= {row.public_id: row.id for row in found}
        if named - self._founder.keys():
            # A story whose first article is gone counts from the oldest that is known here.
            for row_id in sorted(self._story):
                self._founder.setdefault(self._story[row_id], row_id)

    def _date(self, row_ids: Collection[int], between: tuple[float, float]) -> None:
        """Learns when articles are dated at, those out of bounds left out.

        From memory where it was met before: that a date was mended meanwhile matters only at the edge of the window.
        """
        dated = self._dated
        if len(dated) + len(row_ids) > MOST_DATED:
            dated.clear()
        for some in chunks([row_id for row_id in row_ids if row_id not in dated], MOST_ASKED):
            query = f"SELECT id, dated_at FROM articles WHERE id IN ({','.join(map(str, some))})"  # noqa: S608
            rows = self._ledger.connection.exec_driver_sql(query).all()
            dated.update((row_id, _seconds(moment)) for row_id, moment in rows)
        for row_id in row_ids:
            at = dated.get(row_id)
            if at is not None and between[0] <= at <= between[1]:
                self._at[row_id] = at

    def _load(self, asked: Collection[int]) -> None:
        """Who is posted under these hashes. Written out, not bound: a batch asks for thousands."""
        new = self._at.values()
        between = min(new) - self._window, max(new) + self._window
        posted: dict[int, list[int]] = {}
        for some in chunks(sorted(asked), MOST_ASKED):
            query = (
                f"SELECT hash, article_id FROM postings WHERE hash IN ({','.join(map(str, some))})"  # noqa: S608
                " ORDER BY hash, article_id"
            )
            for value, row_id in self._ledger.connection.exec_driver_sql(query).all():
                if value in posted:
                    posted[value].append(row_id)
                else:
                    posted[value] = [row_id]
        placed = set(self._at)
        found = {row_id for there in posted.values() for row_id in there}
        self._date(found - placed, between)
        at = self._at
        self._narrow = placed.isdisjoint(found) and max(at.values()) - min(at.values()) <= self._window
        for value in [value for value, there in posted.items() if len(there) > MOST_KEPT]:
            posted[value] = self._forget(value, posted[value])
        if not found <= at.keys():
            near = {value: [row_id for row_id in there if row_id in at] for value, there in posted.items()}
            posted = {value: there for value, there in near.items() if there}
        self._listed = posted

    def _forget(self, value: int, there: list[int]) -> list[int]:
        """Of a hash that stands in so many texts that it says nothing, the newest postings, which alone are kept."""
        newest = sorted(there, key=lambda row_id: (self._at.get(row_id, 0.0), row_id))
        run = self._ledger.connection.execute
        for some in chunks(newest[:-MOST_LISTED]):
            run(sa.delete(postings).where(postings.c.hash == value, postings.c.article_id.in_(some)))
        return sorted(newest[-MOST_LISTED:])

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


def _seconds(moment: str | datetime) -> float:
    """Epoch seconds of a time as the driver gives it: SQLite's is text, in UTC."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    return moment.replace(tzinfo=UTC).timestamp() if moment.tzinfo is None else moment.timestamp()


def _sketch(record: ArticleRecord) -> Sketch:
    return record.sketch or sketch(shingle(content_letters(record.article.text)))
