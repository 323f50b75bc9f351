"""How a store comes to the schema that this program needs. Alembic is loaded only when there is something to do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crawler.errors import NoStore, StoreError, StoreTooNew, StoreTooOld, UsageError
from storage.database import Database
from storage.schema import HEAD, VERSION_TABLE, metadata
from storage.store_file import no_store
from storage.version import Older

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

LOCK_ID = 0x70726573
"""Key of the advisory lock (ASCII "pres") under which PostgreSQL stores are migrated, one program at a time."""


def upgrade(database: Database, *, create: bool = True, older: Older = Older.UPGRADE) -> None:
    """Creates the schema or brings it up to date. `StoreTooNew` if a newer program wrote it, `StoreTooOld` if an older
    one did and it is not to be changed (`older`), `StoreError` if it is something else's, `NoStore` if there is none
    and none is to be made (`create`).
    """
    with database.read() as connection:
        version = _version(connection)
        if version is None and not create:
            _refuse_strangers(database, connection)
            raise NoStore(no_store(database.url), database.url)
    if version == HEAD:
        return
    if version is not None and older is not Older.UPGRADE:
        _refuse_newer(database, version)
        if older is Older.LEAVE:
            return
        raise StoreTooOld(
            f"store {database.url}: its schema {version} is older than {HEAD}, which this presswatch needs; nothing "
            "was changed: `presswatch db upgrade` brings it up to date, `presswatch db backup FILE` keeps it as it is",
            database.url,
        )
    database.use_wal()
    with database.write() as connection:
        if not database.is_sqlite:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK_ID)))
        version = _version(connection)  # somebody else may have been faster
        if version == HEAD:
            return
        if version is None:
            _refuse_strangers(database, connection)
        else:
            _refuse_newer(database, version)
        migrate(connection, HEAD)


def version(database: Database) -> str:
    """The revision that the store is at; empty for one without tables of ours."""
    with database.read() as connection:
        return _version(connection) or ""


def migrate(connection: Connection, target: str) -> None:
    """Runs the migrations from where the store is to `target` (a revision, or ``base``) inside the caller's
    transaction.
    """
    from alembic import command

    config = _config()
    config.attributes["connection"] = connection
    if target == "base" or _behind(connection, target):
        command.downgrade(config, target)
    else:
        command.upgrade(config, target)


def losses(database: Database, target: str) -> list[tuple[str, str]]:
    """What goes back to an older schema `target`, newest first: each revision, and what is lost with it (empty:
    nothing). `UsageError` for what is no older schema.
    """
    current = version(database)
    known = _known()
    older = known[: known.index(current)] if current in known else []
    if target not in older:
        choice = f"one of {', '.join(older)}" if older else "none: it is the oldest"
        raise UsageError(f"store {database.url}: schema {current}; what it can go back to is {choice}", target)
    scripts = _scripts()
    return [
        (name, str(scripts.get_revision(name).module.LOST))
        for name in known[known.index(current) : known.index(target) : -1]
    ]


def downgrade(database: Database, target: str) -> None:
    """Brings the store back to an older schema, for an older program. `UsageError` for what is none."""
    with database.write() as connection:
        if not database.is_sqlite:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK_ID)))
        if not _behind(connection, target):
            raise UsageError(f"store {database.url}: schema {target} is not older than {_version(connection)}", target)
        migrate(connection, target)


def _refuse_newer(database: Database, version: str) -> None:
    if version not in _known():
        raise StoreTooNew(
            f"store {database.url}: schema {version} is newer than {HEAD}, which is ours; upgrade presswatch, or have "
            f"the newer one go back with `presswatch db downgrade {HEAD}`",
            database.url,
        )


def _behind(connection: Connection, target: str) -> bool:
    version = _version(connection)
    known = _known()
    return version in known and target in known and known.index(target) < known.index(version)


def _known() -> list[str]:
    """Revisions that this program knows, oldest first."""
    return [script.revision for script in _scripts().walk_revisions()][::-1]


def _scripts() -> ScriptDirectory:
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _version(connection: Connection) -> str | None:
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(sa.select(sa.column("version_num")).select_from(sa.table(VERSION_TABLE))).scalar()


def _refuse_strangers(database: Database, connection: Connection) -> None:
    """A database with tables but without our version is somebody else's (on PostgreSQL: tables of our names)."""
    there = set(sa.inspect(connection).get_table_names()) - {VERSION_TABLE}
    strangers = there if database.is_sqlite else there & set(metadata.tables)
    if strangers:
        example = min(strangers)
        raise StoreError(
            f"store {database.url}: table {example!r} in it is not presswatch's; name another database",
            database.url,
        )
