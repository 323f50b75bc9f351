"""Raw pages packed closer: with a dictionary trained on the pages of this store, which share their sites' templates.

A crawl keeps pages as zstd frames of their own, since it must not wait. Upkeep packs them again, with a dictionary that
it trains once enough pages are kept and trains anew when many more have come. Each frame names its dictionary by number
(https://www.rfc-editor.org/rfc/rfc8878, 3.1.1.1.3), so pages packed with an older one, or none, stay readable; a
dictionary goes when no page of its time is left.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

import sqlalchemy as sa
import zstandard
from sqlalchemy.engine import Connection

from crawler.errors import DamagedPage
from storage.database import Database
from storage.schema import counters, page_dictionaries, pages

LEAST_PAGES: Final = 500
"""Pages kept before a dictionary is trained: fewer are of too few sites."""
ANEW: Final = 20_000
"""Pages packed with a dictionary after which another is trained: sites change."""
SAMPLES: Final = 400
SAMPLE_BYTES: Final = 64 * 1024
"""Of a page, what a dictionary is trained on: head and navigation are what pages share."""
DICTIONARY_BYTES: Final = 112_640
LEVEL: Final = 9
"""Packing again happens beside crawls, not in them."""
AS_GIVEN: Final = 1
"""The level at which a page packed with a dictionary is given out in a frame of its own."""
MAX_PAGE: Final = 256 * 1024 * 1024
HEADER: Final = 18
"""Bytes of the longest header of a frame."""
_CURSOR: Final = "pages_packed"
_EPOCH: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def dictionary_of(frame: bytes) -> int:
    """The number of the dictionary that a frame needs, 0 for none; its first `HEADER` bytes do. `ValueError`."""
    try:
        return int(zstandard.get_frame_parameters(frame).dict_id)
    except zstandard.ZstdError as error:
        raise ValueError(str(error)) from error


class PagePacking:
    """Packs kept pages, and gives them out as frames that need nothing else. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[int, zstandard.ZstdCompressionDict] = {}

    def plain(self, connection: Connection, frame: bytes, size: int) -> bytes:
        """The page in a frame without a dictionary. `DamagedPage` when its dictionary is missing or it is damaged."""
        try:
            number = dictionary_of(frame)
        except ValueError:
            return frame  # who unpacks it tells what is wrong
        if not number:
            return frame
        dictionary = self._dictionary(connection, number)
        if dictionary is None:
            raise DamagedPage(
                f"store {self._database.url}: a raw page needs dictionary {number}, which is missing; "
                "see `presswatch db check`",
                self._database.url,
            )
        try:
            body = zstandard.ZstdDecompressor(dict_data=dictionary).decompress(frame, max_output_size=max(1, size))
        except zstandard.ZstdError as error:
            raise DamagedPage(
                f"store {self._database.url}: a raw page is damaged: {error}", self._database.url
            ) from error
        return zstandard.ZstdCompressor(level=AS_GIVEN).compress(body)

    def pack(self, most: int) -> int:
        """Packs up to `most` pages that came since the last call with the newest dictionary; how many were looked at.

        Trains one first where it is time. A page that would not get smaller stays as it is.
        """
        with self._database.read() as connection:
            cursor, packed = self._cursor(connection)
            newest = connection.execute(_NEWEST).first()
            enough = newest is None or packed >= ANEW
            samples = self._samples(connection, newest.trained_at if newest else None) if enough else []
        if samples and (trained := _trained(samples)) is not None:
            self._keep(trained, len(samples))
            newest = None
        elif newest is None:
            return 0
        with self._database.read() as connection:
            number = int(newest.id) if newest is not None else int(connection.execute(_NEWEST).one().id)
            dictionary = self._dictionary(connection, number)
            query = (
                sa.select(pages.c.article_id, pages.c.body, pages.c.size, pages.c.fetched_at)
                .where(pages.c.fetched_at > cursor)
                .order_by(pages.c.fetched_at)
                .limit(most)
            )
            rows = connection.execute(query).all()
        if not rows or dictionary is None:
            return 0
        closer = [
            {"article": row.article_id, "at": row.fetched_at, "packed": frame}
            for row in rows
            if (frame := _packed(row.body, row.size, dictionary)) is not None
        ]
        with self._database.write() as connection:
            if closer:
                # A page that a crawl replaced meanwhile has another time.
                connection.execute(_PACK, closer)
            at = (max(row.fetched_at for row in rows) - _EPOCH) // timedelta(microseconds=1)
            self._note(connection, _CURSOR, at)
            self._note(connection, f"{_CURSOR}_with", (0 if samples and newest is None else packed) + len(rows))
        return len(rows)

    def forget(self) -> int:
        """Deletes dictionaries that no page can need any more; how many.

        Pages packed with one were fetched before the next was trained.
        """
        with self._database.write() as connection:
            oldest = connection.execute(sa.select(sa.func.min(pages.c.fetched_at))).scalar()
            all_ = connection.execute(
                sa.select(page_dictionaries.c.id, page_dictionaries.c.trained_at).order_by(
                    page_dictionaries.c.trained_at
                )
            ).all()
            gone = [one.id for one, following in pairwise(all_) if oldest is None or oldest > following.trained_at]
            if gone:
                connection.execute(sa.delete(page_dictionaries).where(page_dictionaries.c.id.in_(gone)))
            return len(gone)

    def _dictionary(self, connection: Connection, number: int) -> zstandard.ZstdCompressionDict | None:
        if number not in self._known:
            query = sa.select(page_dictionaries.c.body).where(page_dictionaries.c.id == number)
            body = connection.execute(query).scalar()
            if body is None:
                return None
            self._known[number] = zstandard.ZstdCompressionDict(body)
        return self._known[number]

    def _cursor(self, connection: Connection) -> tuple[datetime, int]:
        """Up to when pages were looked at, and how many of them with the newest dictionary."""
        query = sa.select(counters.c.name, counters.c.value).where(counters.c.name.in_((_CURSOR, f"{_CURSOR}_with")))
        held = {row.name: row.value for row in connection.execute(query)}
        return _EPOCH + timedelta(microseconds=held.get(_CURSOR, 0)), held.get(f"{_CURSOR}_with", 0)

    def _note(self, connection: Connection, name: str, value: int) -> None:
        insert = self._database.insert(counters).values(name=name, value=value)
        connection.execute(insert.on_conflict_do_update(index_elements=[counters.c.name], set_={"value": value}))

    def _samples(self, connection: Connection, since: datetime | None) -> list[bytes]:
        """The beginnings of the newest pages, none when there are too few."""
        query = sa.select(pages.c.body, pages.c.size).order_by(pages.c.fetched_at.desc()).limit(LEAST_PAGES)
        if since is not None:
            query = query.where(pages.c.fetched_at > since)
        rows = connection.execute(query).all()
        if len(rows) < LEAST_PAGES:
            return []
        found = []
        for row in rows[:: max(1, len(rows) // SAMPLES)]:
            body = _body(row.body, row.size)
            if body:
                found.append(body[:SAMPLE_BYTES])
        return found

    def _keep(self, trained: zstandard.ZstdCompressionDict, samples: int) -> None:
        row = {
            "id": trained.dict_id(),
            "trained_at": self._database.now(),
            "samples": samples,
            "body": trained.as_bytes(),
        }
        with self._database.write() as connection:
            connection.execute(self._database.insert(page_dictionaries).on_conflict_do_nothing(), [row])


_NEWEST = (
    sa.select(page_dictionaries.c.id, page_dictionaries.c.trained_at)
    .order_by(page_dictionaries.c.trained_at.desc(), page_dictionaries.c.id)
    .limit(1)
)
_PACK = (
    sa.update(pages)
    .where(pages.c.article_id == sa.bindparam("article"), pages.c.fetched_at == sa.bindparam("at"))
    .values(body=sa.bindparam("packed"))
)


def _trained(samples: list[bytes]) -> zstandard.ZstdCompressionDict | None:
    """A dictionary, `None` when the samples have too little in common for one."""
    try:
        return zstandard.train_dictionary(DICTIONARY_BYTES, [*samples])
    except zstandard.ZstdError:
        return None


def _body(frame: bytes, size: int) -> bytes | None:
    """The page in a frame that needs no dictionary, `None` where it needs one or is damaged."""
    try:
        if dictionary_of(frame):
            return None
        return zstandard.ZstdDecompressor().decompress(frame, max_output_size=min(MAX_PAGE, max(1, size)))
    except (ValueError, zstandard.ZstdError):
        return None


def _packed(frame: bytes, size: int, dictionary: zstandard.ZstdCompressionDict) -> bytes | None:
    """A smaller frame of the same page, if there is one."""
    body = _body(frame, size)
    if body is None:
        return None
    closer = zstandard.ZstdCompressor(level=LEVEL, dict_data=dictionary).compress(body)
    return closer if len(closer) < len(frame) else None
