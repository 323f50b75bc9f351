"""The search index of both databases: tokens of texts and of what conditions ask (`storage.conditions`), by document.

A document is numbered by the change that indexed it: SQLite's contentless table can't be deleted from without the exact
old tokens, and PostgreSQL's segments are written once, so a re-indexed article gets a new number; the old entry belongs
to nobody and is never joined.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from crawler.items import Damaged, DamagedRow
from storage import conditions, parts
from storage.article_rows import TEXT, as_it_comes, of_shown
from storage.columns import chunks, words_in
from storage.database import Database
from storage.expressions import Expression
from storage.packing import DamagedText, kept_text
from storage.schema import articles

MAX_TOKENS: Final = 400_000
"""Characters of tokens indexed for one article."""
PORTION: Final = 500
"""Documents handed out at once."""
FILLED: Final = 4_000
"""Documents put at once into an index that is filled, some 20 MB: of such segments PostgreSQL's merges fewer."""
NO_NUMBER: Final = 2**63 - 1
"""Above the number of every document."""
SHOWN: Final = of_shown(
    articles.c.public_id,
    articles.c.url,
    articles.c.change_seq,
    articles.c.search_doc,
    articles.c.title,
    articles.c.summary,
    as_it_comes(TEXT, "text"),
    articles.c.key,
    articles.c.site,
    articles.c.lang,
    articles.c.authors,
)
"""What of an article is indexed, under which number."""
_IN_ORDER: Final = (
    SHOWN.where(articles.c.search_doc > sa.bindparam("after")).order_by(articles.c.search_doc).limit(PORTION)
)


@dataclass(frozen=True, slots=True)
class Document:
    """What is indexed of an article: `words` are the blank-separated tokens of its texts, `marks` those of its site,
    language and authors (`storage.conditions.marks`).
    """

    number: int
    words: str
    marks: tuple[str, ...]

    @property
    def tokens(self) -> set[str]:
        """What the index holds of it."""
        return {*_within(self.words).split(), *self.marks}

    @property
    def told(self) -> str:
        """The same, some of them several times, with blanks between."""
        return " ".join((_within(self.words), *self.marks))


def document(number: int, words: str, article: Mapping[str, Any] | RowMapping) -> Document:
    """What the index holds of an article under a number: `words` are its tokens, the rest is in its columns."""
    marks = conditions.marks(article["key"], article["site"], article["lang"], article["authors"])
    return Document(number, words, marks)


def index(database: Database, connection: Connection, documents: Sequence[Document]) -> None:
    """Puts documents into the index, in ascending order, with numbers above all that it holds."""
    if database.is_sqlite:
        # That a token comes again costs FTS5 less than it costs us to find out.
        parts.add(connection, ((one.number, one.told) for one in documents))
    else:
        from storage import segments

        segments.add(connection, ((one.number, one.told) for one in documents))


def _within(words: str) -> str:
    return words if len(words) <= MAX_TOKENS else words[: words.rindex(" ", 0, MAX_TOKENS)]


def newest_first(
    database: Database, connection: Connection, expression: Expression, below: int = NO_NUMBER
) -> Iterator[list[int]]:
    """The documents numbered below `below` that fulfil the expression, last indexed first, in portions; what is not
    taken is not looked for. Some belong to nobody any more.
    """
    if database.is_sqlite:
        yield from parts.newest_first(connection, expression, below)
        return
    from storage import segments

    for portion in segments.newest_first(connection, expression, below=below):
        yield [number for number in portion if number < below]


def holding(
    database: Database,
    connection: Connection,
    expression: Expression,
    numbers: Collection[int],
    narrower: Expression | None = None,
) -> set[int]:
    """Which of these documents fulfil the expression; they lie near each other, for all between them are looked at.
    `narrower` says the same of these documents and holds of fewer others.
    """
    if not numbers:
        return set()
    if database.is_sqlite:
        return parts.holding(connection, expression, numbers, narrower)
    from storage import segments

    return segments.holding(connection, expression, set(numbers))


def shown(row: Mapping[str, Any] | RowMapping, damaged: Damaged = lambda _: None) -> Document:
    """The document of a row of `SHOWN`; without its text, of which `damaged` hears, where that can't be read."""
    text = None
    try:
        text = kept_text(row["text"])
    except DamagedText as error:
        damaged(DamagedRow(row["public_id"], row["url"], str(error), row["change_seq"]))
    return document(row["search_doc"], words_in((row["title"], row["summary"], text)), row)


def fill(
    database: Database,
    writing: Connection,
    reading: Connection,
    advance: Callable[[int], None] | None = None,
    damaged: Damaged = lambda _: None,
) -> None:
    """Puts every article that `reading` sees into an index that is empty; `advance` hears how many were put, `damaged`
    of those that are put without their text.
    """
    done = 0
    for some in chunks(_shown(reading, damaged), PORTION if database.is_sqlite else FILLED):
        index(database, writing, some)
        done += len(some)
        if advance is not None:
            advance(done)


def _shown(reading: Connection, damaged: Damaged) -> Iterator[Document]:
    """What is indexed of each article, in order."""
    after = 0
    while rows := reading.execute(_IN_ORDER, {"after": after}).mappings().all():
        yield from (shown(row, damaged) for row in rows)
        after = rows[-1]["search_doc"]


def empty(database: Database, connection: Connection) -> None:
    """Takes everything out of the index."""
    if database.is_sqlite:
        parts.empty(connection)
        return
    from storage import segments

    segments.empty(connection)


def missing(database: Database, connection: Connection, limit: int) -> list[str]:
    """Public ids of articles that the index does not hold, at most `limit`."""
    query = sa.select(articles.c.public_id)
    if database.is_sqlite:
        held = sa.text(parts.all_documents(connection)).columns(sa.column("id", sa.BigInteger))
        return list(connection.execute(query.where(articles.c.search_doc.not_in(held)).limit(limit)).scalars())
    from storage import segments

    there = {number for portion in segments.all_documents(connection) for number in portion}
    numbers = connection.execute(sa.select(articles.c.search_doc).execution_options(yield_per=PORTION)).scalars()
    lost = [number for number in numbers if number not in there][:limit]
    return list(connection.execute(query.where(articles.c.search_doc.in_(lost))).scalars())
