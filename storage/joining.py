"""New texts and their stories: who is a near copy of whom, decided by `crawler.dedup.cluster` on what the store holds.

Runs at the end of the writing transaction that stores the texts, so that no article is ever without its story and none
is found late. Loaded only by who writes: comparing texts needs numpy.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Final
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from crawler.dedup.batch import Batch
from crawler.dedup.cluster import Placement, place
from crawler.dedup.fingerprint import content_letters
from crawler.dedup.near import Shingled, shingle, sketch
from crawler.items import ArticleRecord, Sketch
from storage import stories
from storage.article_rows import TEXT, as_it_comes, of_shown
from storage.columns import chunks
from storage.database import Database
from storage.ledger import Incoming, Ledger
from storage.packing import DamagedText, kept_text
from storage.postings import HeldRuns, PostedRuns
from storage.prepared import Prepared
from storage.schema import articles, texts
from storage.story_numbers import StoryNumbers

MOST_ASKED: Final = 2_000
"""Articles in one statement."""
MOST_RECENT: Final = 256
"""Texts kept as they are compared, some 12 MB: copies come in bursts."""


@dataclass(slots=True)
class _Held:
    """What is kept between the transactions of one database: the writers of a process take turns."""

    runs: HeldRuns = field(default_factory=HeldRuns)
    numbers: StoryNumbers = field(default_factory=StoryNumbers)
    recent: dict[str, Shingled] = field(default_factory=dict)


_held: WeakKeyDictionary[Database, _Held] = WeakKeyDictionary()


def join(ledger: Ledger, window: float, before: int) -> None:
    """Finds the stories of the texts that are new in this transaction, and posts where they are found later.

    An article joins the story of the text that it copies; with an original that arrives late, stories become one, and
    the oldest lives on. `window` is how many seconds apart two articles may be, `before` the number of the last change
    before this transaction.
    """
    held = _held.get(ledger.database)
    if ledger.database.within_together:
        # What earlier parts of the transaction wrote may yet be undone.
        held = _Held()
    elif held is None:
        held = _held[ledger.database] = _Held()
    held.numbers.refresh(ledger.connection, before)
    try:
        _Joining(ledger, window, held).run()
    except BaseException:
        _held.pop(ledger.database, None)
        raise


_SHOWN = Prepared(
    of_shown(texts.c.id, texts.c.hash_version, texts.c.content_hash).where(articles.c.id == sa.bindparam("article"))
)
_TEXT = Prepared(sa.select(as_it_comes(TEXT, "packed")).where(texts.c.id == sa.bindparam("row")))
_CROWDED = "SELECT DISTINCT a.id FROM articles a JOIN articles b ON b.story = a.story AND b.id <> a.id WHERE a.id IN "
_JOIN = sa.update(articles).where(articles.c.id == sa.bindparam("article")).values(story=sa.bindparam("name"))
_SET_STORY = Prepared(_JOIN)
_MOVE = Prepared(_JOIN.values(change_seq=sa.bindparam("seq")))


class _Joining:
    """One transaction's search for near copies; the `Texts` of `crawler.dedup.cluster`."""

    def __init__(self, ledger: Ledger, window: float, held: _Held) -> None:
        self._ledger, self._window = ledger, window
        self._runs = PostedRuns(ledger.database, ledger.connection, held.runs)
        self._numbers, self._recent = held.numbers, held.recent
        self._at: dict[int, float] = {}
        """When the new articles are dated at, epoch seconds."""
        self._stories: dict[int, int] = {}
        """The stories of articles that were asked for."""
        self._texts: dict[int, Shingled] = {}
        self._drawn: dict[int, Shingled] = {}
        """New texts that brought no sketch, by their places in the ledger."""
        self._joins: dict[int, str] = {}
        """Articles that are new in stories that others told before, not written yet."""
        self._joined_to: set[int] = set()
        self._crowded: set[int] = set()
        """New articles that were not alone in their stories when this began."""
        self._names: dict[int, str] = {}

    def run(self) -> None:
        """Places the ledger's new texts in order."""
        told = [(one, row_id, drawn) for one, row_id in self._ledger.told if (drawn := self._sketch(one)).asked]
        self._date([row_id for _, row_id, _ in told])
        told = [one for one in told if one[1] in self._at]
        if not told:
            return
        new = [row_id for _, row_id, _ in told]
        asked, times = [drawn.asked for _, _, drawn in told], [self._at[row_id] for row_id in new]
        found = self._runs.find(asked, times, self._window)
        stories_of = partial(self._numbers.of, self._ledger.connection)
        self.stories(new)
        self._batch = Batch(asked, times, new, found, window=self._window, stories_of=stories_of)
        for some in chunks(new, MOST_ASKED):
            rows = self._ledger.connection.exec_driver_sql(f"{_CROWDED}({','.join(map(str, some))})").scalars()
            self._crowded.update(rows)
        posted = {row_id: self._place(at, one, row_id, drawn) for at, (one, row_id, drawn) in enumerate(told)}
        self._write_joins()
        self._runs.post(list(posted), self._at, posted)

    def _sketch(self, one: Incoming) -> Sketch:
        if one.record.sketch is not None:
            return one.record.sketch
        text = shingle(_letters(one.record))
        if len(self._drawn) < MOST_RECENT:
            self._drawn[one.place] = text
        return sketch(text)

    def stories(self, documents: Iterable[int]) -> dict[int, int]:
        """The stories of articles, named by the row number of the article that told it first."""
        known = self._stories
        unknown = {*documents}.difference(known)
        if unknown:
            known |= self._numbers.know(self._ledger.connection, unknown)
        return known

    def text(self, document: int) -> Shingled | None:
        """The text that an article shows, as it is compared; `None` where it can't be read."""
        if document not in self._texts:
            shown = _SHOWN.first(self._ledger.connection, {"article": document})
            if shown is None:
                return None
            text_id, version, content_hash = shown
            try:
                self._texts[document] = self._shingled(text_id, f"{version} {content_hash}")
            except DamagedText:
                return None  # told by who reads or checks; no reason to refuse what is new
        return self._texts[document]

    def _shingled(self, text_id: int, identity: str) -> Shingled:
        """A text row as it is compared. Kept by the hash of its letters: row numbers are given again."""
        kept = self._recent.pop(identity, None)
        if kept is None:
            row = _TEXT.first(self._ledger.connection, {"row": text_id})
            assert row is not None
            kept = shingle(content_letters(kept_text(row[0])))
        self._remember(identity, kept)
        return kept

    def _remember(self, identity: str, text: Shingled) -> None:
        while len(self._recent) >= MOST_RECENT:
            self._recent.pop(next(iter(self._recent)), None)
        self._recent[identity] = text

    def _place(self, at: int, one: Incoming, row_id: int, drawn: Sketch) -> tuple[int, ...]:
        """Places a text; the hashes under which it is found from now on."""
        if self._batch.is_alone(at):
            posted = self._batch.with_room(at, drawn.posted)
        else:
            found, full = self._batch.lists(at)
            placement = place(partial(self._own, one, row_id), drawn, found, self, full)
            if placement.like is not None:
                self._joined(one, row_id, placement)
            posted = placement.posted
        self._batch.post(at, posted)
        return posted

    def _own(self, one: Incoming, row_id: int) -> Shingled:
        text = self._drawn.pop(one.place) if one.place in self._drawn else shingle(_letters(one.record))
        self._texts[row_id] = text
        mark = one.record.fingerprint
        self._remember(f"{mark.version} {mark.content_hash}", text)
        return text

    def _joined(self, one: Incoming, row_id: int, placement: Placement) -> None:
        assert placement.story is not None
        assert placement.like is not None
        story, mine = placement.story, self.stories([row_id])[row_id]
        absorbed = set(placement.absorbed)
        if mine != story:
            if self._alone(mine, row_id):
                # Its row was written in this transaction, so its change number is new already.
                self._joins[row_id] = self._name(story, placement.like)
                self._joined_to.add(story)
                self._renumber([row_id], story)
                self._ledger.saved[one.place] = replace(self._ledger.saved[one.place], joined=True)
            else:
                absorbed.add(mine)
        oldest = min({story, *absorbed})
        gone = {story, *absorbed} - {oldest}
        if gone:
            self._write_joins()
            names = {number: self._name(number, row_id if number == mine else None) for number in gone}
            name = self._name(oldest, placement.like if oldest == story else row_id)
            for number in sorted(gone):
                self._move(stories.members(self._ledger.connection, names[number], besides=0), name, oldest)

    def _alone(self, number: int, row_id: int) -> bool:
        """Whether an article is the only one of its story."""
        if number in self._joined_to:
            return False
        if row_id not in self._crowded:
            return True
        return stories.alone(self._ledger.connection, self._name(number, row_id), row_id)

    def _name(self, number: int, member: int | None) -> str:
        if number not in self._names:
            self._names[number] = self._numbers.name(self._ledger.connection, number, member)
        return self._names[number]

    def _write_joins(self) -> None:
        if self._joins:
            joins = [{"article": row_id, "name": name} for row_id, name in self._joins.items()]
            _SET_STORY.run_all(self._ledger.connection, joins)
            self._joins = {}

    def _move(self, row_ids: Collection[int], story: str, number: int) -> None:
        self._batch.united(row_ids)
        moves = [{"article": row_id, "name": story, "seq": self._ledger.next()} for row_id in row_ids]
        if moves:
            _MOVE.run_all(self._ledger.connection, moves)
        self._renumber(row_ids, number)
        self._joined_to.add(number)
        self._names = {}

    def _renumber(self, row_ids: Collection[int], story: int) -> None:
        self._numbers.move(row_ids, story)
        self._stories |= dict.fromkeys(row_ids, story)

    def _date(self, row_ids: Collection[int]) -> None:
        """Learns when articles are dated at."""
        for some in chunks(row_ids, MOST_ASKED):
            query = f"SELECT id, dated_at FROM articles WHERE id IN ({','.join(map(str, some))})"  # noqa: S608
            rows = self._ledger.connection.exec_driver_sql(query).all()
            self._at |= {row_id: _seconds(moment) for row_id, moment in rows}


def _seconds(moment: str | datetime) -> float:
    """Epoch seconds of a time as the driver gives it: SQLite's is text, in UTC."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    return moment.replace(tzinfo=UTC).timestamp() if moment.tzinfo is None else moment.timestamp()


def _letters(record: ArticleRecord) -> str:
    return content_letters(record.article.text) if record.letters is None else record.letters
