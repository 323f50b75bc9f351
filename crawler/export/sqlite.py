"""SQLite: one table ``articles``, a column a field, lists as JSON, times as ISO 8601 texts, and indexes for dates and
stories.
"""

from __future__ import annotations

import sqlite3
from typing import BinaryIO

import orjson

from crawler.export.fields import FIELDS, Kind, as_mapping
from crawler.export.formats import UNFIT, About, BrokenRow
from crawler.export.manifest import SCHEMA_VERSION
from crawler.export.placing import temporary
from crawler.items import ArticleRow
from crawler.under_way import Scratch

CHUNK = 1 << 20
_types = {Kind.INTEGER: "INTEGER", Kind.NUMBER: "REAL", Kind.FLAG: "INTEGER"}


class Sqlite:
    """Builds the database in a temporary file and copies it at the end."""

    def __init__(self, stream: BinaryIO, *, all_versions: bool) -> None:
        self._stream = stream
        with temporary():
            self._folder = Scratch()
        self._file = self._folder.path / "articles.sqlite"
        self._database = sqlite3.connect(self._file, isolation_level=None)
        # Nobody reads it before it is whole, so nothing has to survive a crash.
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        key = "id, version" if all_versions else "id"
        columns = ", ".join(f'"{field.name}" {_types.get(field.kind, "TEXT")}' for field in FIELDS)
        self._database.execute(f"CREATE TABLE articles ({columns}, PRIMARY KEY ({key})) STRICT")
        self._insert = f"INSERT INTO articles VALUES ({', '.join('?' * len(FIELDS))})"  # noqa: S608 - counts only
        self._database.execute("BEGIN")

    def write(self, row: ArticleRow) -> list[BrokenRow]:
        """Insert one row; one that UTF-8 can't carry (a lone surrogate), or that comes twice, is broken."""
        with temporary():
            try:
                self._database.execute(self._insert, [_cell(value) for value in as_mapping(row).values()])
            except (sqlite3.IntegrityError, *UNFIT) as error:
                return [BrokenRow(row.id, str(error))]
        return []

    def finish(self) -> list[BrokenRow]:
        """Index the table and hand the file over."""
        with temporary():
            self._database.execute("COMMIT")
            self._database.execute("CREATE INDEX articles_published ON articles (published)")
            self._database.execute("CREATE INDEX articles_cluster ON articles (cluster_id)")
            self._database.execute("VACUUM")
            self._database.close()
        with self._file.open("rb") as stream:
            while piece := stream.read(CHUNK):
                self._stream.write(piece)
        self._folder.cleanup()
        return []

    def abandon(self) -> None:
        """Throw the temporary file away."""
        self._database.close()
        self._folder.cleanup()


def _cell(value: object) -> object:
    return orjson.dumps(value).decode() if isinstance(value, list) else value


def open_writer(stream: BinaryIO, about: About) -> Sqlite:
    """A writer of an SQLite file on `stream`."""
    return Sqlite(stream, all_versions=about.all_versions)
