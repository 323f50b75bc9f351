"""Storing records: one transaction, a fixed number of statements for all that is new, whatever the number of records.

Who is who: `url_keys` maps the key of every URL form, and of every canonical URL, to one article; its primary key and
the unique constraints of `articles` and `texts` decide what is new. A writer first takes the row of the change
counter (on SQLite the BEGIN IMMEDIATE does that), so that change numbers appear in the order in which they are
committed and two writers never deadlock.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

import sqlalchemy as sa

from crawler.items import ArticleRecord, Basis, Saved
from storage import sequence, told_stories
from storage.columns import chunks
from storage.database import Database
from storage.inserting import insert
from storage.ledger import Incoming, Ledger, incoming
from storage.revising import Revising
from storage.schema import (
    set_aside,
)


def rounds(waiting: list[Incoming]) -> Iterator[list[Incoming]]:
    """Groups in which no two records name the same article, so that each group can be stored in bulk, in order."""
    while waiting:
        taken: set[str] = set()
        now: list[Incoming] = []
        later: list[Incoming] = []
        for one in waiting:
            free = taken.isdisjoint(one.keys)
            taken.update(one.keys)
            (now if free else later).append(one)
        yield now
        waiting = later


def save(
    database: Database,
    records: Sequence[ArticleRecord],
    source: str | None,
    *,
    ages: Sequence[float],
    story_window: float,
    dry_run: bool,
) -> list[Saved]:
    """Stores `records` in one transaction (rolled back with `dry_run`); for each, in order, what that did.

    `story_window` is how many seconds apart two articles of one story may be.
    """
    if not records:
        return []
    with _uncollected(), ExitStack() as stack:
        waiting = [incoming(place, record) for place, record in enumerate(records)]
        connection = stack.enter_context(database.write(discard=dry_run))
        before = sequence.lock(connection)
        ledger = Ledger(database, connection, source or "", ages, before)
        for group in rounds(waiting):
            _store(ledger, group)
        if ledger.told:
            from storage import joining

            joining.join(ledger, story_window, before)
        told_stories.keep(ledger, records)
        if ledger.seq != before:
            sequence.store(connection, ledger.seq)
        ledger.count_articles()
    return [ledger.saved[place] for place in range(len(records))]


@contextmanager
def _uncollected() -> Iterator[None]:
    """The thousands of small objects of a batch make no cycles; looking through them for some costs a tenth of the
    time.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _store(ledger: Ledger, group: list[Incoming]) -> None:
    """Stores records of which no two name the same article."""
    owners = ledger.owners({key for one in group for key in one.keys})
    group, later = _apart(group, owners)
    new = [one for one in group if not any(key in owners for key in one.keys)]
    known = [(one, owners) for one in group if any(key in owners for key in one.keys)]
    clashes = insert(ledger, new)
    if clashes:  # an article whose key is taken: the constraint has the last word
        taken = ledger.ids_of({one.record.id for one in clashes})
        known += [(one, taken) for one in clashes]
    if known:
        Revising(ledger).meet(known)
    fetched = [key for one in group if one.record.basis is not Basis.LISTING for key in one.keys]
    for some in chunks(fetched):
        ledger.connection.execute(sa.delete(set_aside).where(ledger.database.among(set_aside.c.key, some)))
    if later:
        _store(ledger, later)


def _apart(group: list[Incoming], owners: dict[str, int]) -> tuple[list[Incoming], list[Incoming]]:
    """Those of the group that tell of different articles, and the rest: two URLs may belong to one known article."""
    taken: set[int] = set()
    now: list[Incoming] = []
    later: list[Incoming] = []
    for one in group:
        mine = {owners[key] for key in one.keys if key in owners}
        (now if taken.isdisjoint(mine) else later).append(one)
        taken |= mine
    return now, later
