"""Stories that exported rows tell of: who imports a store's rows gets the stories that it had.

Texts are compared as ever (`storage.joining`), as others of this store may copy them. Among rows what they say wins;
against articles that were here before, what the texts say does.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from crawler.items import ArticleRecord, Outcome
from storage import stories
from storage.columns import chunks
from storage.database import Database
from storage.ledger import Ledger
from storage.schema import articles

MOST_NAMED: Final = 2_000_000
"""Stories of which is known that rows named them, some 150 MB; it is asked only where texts say otherwise."""
_named: WeakKeyDictionary[Database, set[int]] = WeakKeyDictionary()
"""Per store the stories that rows named while this program runs, each by its first 15 digits."""


def keep(ledger: Ledger, records: Sequence[ArticleRecord]) -> None:
    """Gives the articles that are new in this transaction the stories that their rows name."""
    told = {
        ledger.saved[place].id: record.story
        for place, record in enumerate(records)
        if record.story is not None and ledger.saved[place].outcome in {Outcome.NEW, Outcome.COPY}
    }
    if not told:
        return
    named = _named.setdefault(ledger.database, set())
    if len(named) > MOST_NAMED:
        named.clear()
    named.update(map(_short, told.values()))
    new = _stories_of(ledger, told)
    otherwise = {told[public_id] for public_id, (_, story) in new.items() if story != told[public_id]}
    if not otherwise:
        return
    firsts = _stories_of(ledger, otherwise - new.keys())
    ours = {row_id for row_id, _ in new.values()}
    for public_id, (row_id, story) in sorted(new.items(), key=lambda one: one[1]):
        wanted = told[public_id]
        if wanted in firsts and not _is_told(ledger, firsts[wanted][1], named, ours):
            wanted = firsts[wanted][1]  # its first article was found to copy one that was here before
        if story == wanted:
            continue
        if _is_told(ledger, story, named, ours):
            ledger.connection.execute(sa.update(articles).where(articles.c.id == row_id).values(story=wanted))
        else:
            _unite(ledger, story, wanted)


def _short(story: str) -> int:
    return int(story[:15], 16)


def _stories_of(ledger: Ledger, public_ids: Collection[str]) -> dict[str, tuple[int, str]]:
    """Row number and story of each article."""
    found: dict[str, tuple[int, str]] = {}
    for some in chunks(public_ids):
        query = sa.select(articles.c.public_id, articles.c.id, articles.c.story).where(articles.c.public_id.in_(some))
        found |= {public_id: (row_id, story) for public_id, row_id, story in ledger.connection.execute(query)}
    return found


def _is_told(ledger: Ledger, story: str, named: Collection[int], ours: Collection[int]) -> bool:
    """Whether all of a story came from rows."""
    return _short(story) in named or all(one in ours for one in stories.members(ledger.connection, story, besides=0))


def _unite(ledger: Ledger, one: str, other: str) -> None:
    """Two stories become one; the one whose articles are here longer lives on."""
    run = ledger.connection.execute
    held = {name: members for name in (one, other) if (members := stories.members(ledger.connection, name, besides=0))}
    if len(held) < 2:
        return
    older, younger = sorted(held, key=lambda name: held[name][0])
    for row_id in held[younger]:
        run(sa.update(articles).where(articles.c.id == row_id).values(story=older, change_seq=ledger.next()))
