"""What every command is handed: the settings as loaded, the store when it is asked for, answers for machines."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from crawler.config import Config
    from storage import Store


class ExitCode(IntEnum):
    """What the exit codes of every command mean."""

    OK = 0
    FAILED = 1
    USAGE = 2
    PARTIAL = 3
    UNHEALTHY = 4
    INTERRUPTED = 130


def utc_now() -> datetime:
    """The clock of the command line, in UTC."""
    return datetime.now(UTC)


@dataclass
class Settings:
    """The object behind every command (`@click.pass_obj`).

    Nothing is read before it is asked for, so that help needs neither a valid settings file nor a store.
    """

    config_file: Path | None = None
    overrides: Mapping[str, object] = field(default_factory=dict)
    _store: Store | None = field(default=None, init=False, repr=False)

    @cached_property
    def config(self) -> Config:
        """The settings; ConfigError where they make no sense. Sets up logging on standard error."""
        from crawler import logs
        from crawler.config import load_config

        config = load_config(self.config_file, os.environ, self.overrides)
        logs.set_up(config.log_level, config.log_format)
        return config

    def _open(self, *, create: bool) -> Store:
        from crawler.daemon_lock import refuse_lost
        from storage import open_store

        config = self.config
        refuse_lost(config.store)
        store = open_store(
            config.store, edit_checks=config.edit_check_ages, story_window=config.story_window, create=create
        )
        context = click.get_current_context(silent=True)
        if context is not None:
            context.find_root().call_on_close(store.close)
        return store

    def open_store(self, *, create: bool = False) -> Store:
        """The store that the settings name: opened at the first call, closed when the command ends.

        `NoStore` where there is none, unless the command is one that fills a store (`create`).
        """
        if self._store is None:
            self._store = self._open(create=create)
        return self._store

    def echo_json(self, answer: object, *, indented: bool = True) -> None:
        """Write `answer` (dataclasses, mappings, sequences, times) as one JSON document on standard output, indented or
        as one line.
        """
        click.echo(_json(answer, indented=indented))


def as_json(answer: object, *, indented: bool = True) -> str:
    """`answer` as JSON, indented or as one line; mappings of any kind and lone surrogates are taken."""
    return _json(answer, indented=indented).decode()


def _json(answer: object, *, indented: bool) -> bytes:
    import orjson

    def other(value: object) -> object:
        if isinstance(value, Mapping):
            return dict(value)
        if isinstance(value, (Path, BaseException)):
            return str(value)
        if isinstance(value, (set, frozenset)):
            return sorted(value)
        raise TypeError(f"{type(value).__name__} has no JSON form")

    options = (orjson.OPT_INDENT_2 if indented else 0) | orjson.OPT_NON_STR_KEYS
    try:
        return orjson.dumps(answer, other, options)
    except TypeError:
        # orjson refuses lone surrogates, which argv may carry (PEP 383); the standard library escapes them.
        import json
        from dataclasses import asdict, is_dataclass

        def slow(value: object) -> object:
            if is_dataclass(value) and not isinstance(value, type):
                return asdict(value)
            return value.isoformat() if isinstance(value, datetime) else other(value)

        return json.dumps(answer, default=slow, indent=2 if indented else None).encode()
