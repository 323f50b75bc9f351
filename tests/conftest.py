"""What all tests share. `store_url` gives a fresh, migrated store on each of the two databases, `store` opens it."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import shutil
import signal
import sqlite3
import ssl
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings

from crawler.logs import EVENTS, OURS

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

# Tests judge what is done, not how fast a machine that does other things does it.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_configure() -> None:
    """A job in the background ignores Ctrl-C, and so would all that it starts: tests that press it waited for ever."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection() -> None:
    """What is collected stays to the end: nobody need look through it for garbage, neither now nor later."""
    gc.disable()


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture(autouse=True)
def levels_as_they_were() -> Iterator[None]:
    """A command that sets up the log in this process sets it up for every later test."""
    loggers = [logging.getLogger(name) for name in (None, EVENTS, *OURS)]
    before = [one.level for one in loggers]
    yield
    for one, level in zip(loggers, before, strict=True):
        one.setLevel(level)


@pytest.fixture(scope="session", autouse=True)
def few_processes() -> Iterator[None]:
    """Crawls from the command line start their extraction processes anew: one is enough for the pages of a test."""
    with pytest.MonkeyPatch.context() as patch:
        if "PRESSWATCH_EXTRACT_WORKERS" not in os.environ:
            patch.setenv("PRESSWATCH_EXTRACT_WORKERS", "1")
        yield


@pytest.fixture(scope="session", autouse=True)
def one_authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Each client of HTTP, and each engine twice, reads all authorities of the system, for servers on loopback."""
    known = ssl.create_default_context().get_ca_certs(binary_form=True)
    with pytest.MonkeyPatch.context() as patch:
        if known:
            folder = tmp_path_factory.mktemp("authority")
            (folder / "one.pem").write_text(ssl.DER_cert_to_PEM_cert(known[0]))
            patch.setenv("SSL_CERT_FILE", str(folder / "one.pem"))
            patch.setenv("SSL_CERT_DIR", str(folder / "none"))
        yield


@pytest.fixture(scope="session", autouse=True)
def nursery(one_authority: None) -> Iterator[object]:
    """Engines and extraction processes are forked from one that has loaded everything, which is seconds faster."""
    from nursery import nursery

    with nursery() as begun:
        yield begun


@pytest.fixture(scope="session", autouse=True)
def schema_by_heart() -> Iterator[None]:
    """Migrations build the schema of a new SQLite store once; later ones are given what they built."""
    from storage import migrations
    from storage.prepared import sqlite_driver
    from storage.version import HEAD

    migrate = migrations.migrate
    built: list[tuple[str, Sequence[object]]] = []

    def by_heart(connection: Connection, target: str) -> None:
        new = connection.dialect.name == "sqlite" and target == HEAD and not tables(sqlite_driver(connection))
        if not (new and built):
            migrate(connection, target)
        if new:
            file = sqlite_driver(connection)
            for statement, values in built:
                file.execute(statement, values)
            built[:] = built or statements(file)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrations, "migrate", by_heart)
        yield


def tables(file: sqlite3.Connection) -> list[tuple[str, str, str]]:
    """Type, name and statement of what a database holds, in the order in which it was made."""
    query = "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY rowid"
    return file.execute(query).fetchall()


def statements(file: sqlite3.Connection) -> list[tuple[str, Sequence[object]]]:
    """What makes a database like this; of virtual tables, as they are when they are new."""
    made: list[tuple[str, Sequence[object]]] = []
    virtual = tuple(f"{name}_" for _, name, sql in tables(file) if sql.startswith("CREATE VIRTUAL"))
    for kind, name, sql in tables(file):
        if name.startswith(virtual):
            continue  # they make it themselves
        made.append((sql, ()))
        if kind == "table" and not sql.startswith("CREATE VIRTUAL"):
            rows = file.execute(f'SELECT * FROM "{name}"').fetchall()
            made += [(f'INSERT INTO "{name}" VALUES ({", ".join("?" * len(row))})', row) for row in rows]
    return made


@pytest.fixture
def programs_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Engines and extraction processes begin as everybody's do."""
    monkeypatch.setattr("crawler.crawls.asyncio", asyncio)
    monkeypatch.setattr("crawler.workers.subprocess", subprocess)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL server, as a connection string without a driver's name."""
    import postgres_server

    try:
        with postgres_server.server() as url:
            yield url
    except postgres_server.NoServerError as reason:
        pytest.skip(f"no PostgreSQL: {reason}")


@pytest.fixture(scope="session")
def postgres_template(postgres: str) -> Iterator[str]:
    """Name of a migrated database; copying it is much faster than migrating again."""
    import psycopg

    from storage import open_store

    name = f"presswatch_{uuid4().hex}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        open_store(database_url(postgres, name)).close()
        yield name
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file."""
    from storage import open_store

    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """URL of a fresh store in a file."""
    path = tmp_path / "store.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres: str, postgres_template: str) -> Iterator[str]:
    """URL of a fresh store on PostgreSQL."""
    import psycopg

    name = f"presswatch_{uuid4().hex}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{postgres_template}"')
        yield database_url(postgres, name)
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest) -> str:
    """URL of a fresh store, on each database in turn."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def store(store_url: str) -> Iterator[object]:
    """A fresh store, on each database in turn."""
    from storage import open_store

    with open_store(store_url) as opened:
        yield opened


def database_url(server: str, name: str) -> str:
    """The store's URL of one database of a server."""
    from sqlalchemy import make_url

    return make_url(server).set(drivername="postgresql+psycopg", database=name).render_as_string(hide_password=False)
