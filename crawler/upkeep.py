"""What the store forgets and when it is tidied, by the settings: one bounded round at a time."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from crawler.config import Config
from crawler.logs import tell
from storage import Store

# Rows of one transaction: some hundredths of a second, which a crawl that stores does not notice.
ROWS = 200
# One round, after which crawls have a minute again.
ROUND_SECONDS = 20.0


class LogBound:
    """Keeps the write-ahead log of an SQLite store small: it grows without end while somebody reads for long."""

    def __init__(self, store: Store) -> None:
        self._upkeep = store.maintenance
        self._held = False

    def look(self) -> None:
        """Write it back when it is beyond its limit, and tell once where that can't be done. Blocks. `StoreError`."""
        size, limit = self._upkeep.log_size(), self._upkeep.log_limit
        if size > limit and not self._upkeep.write_back():
            if not self._held:
                self._held = True
                tell(
                    "the store's log grows, somebody reads the store for long (an export, a backup, sqlite3)",
                    level=logging.WARNING,
                    bytes=size,
                    limit=limit,
                )
        elif self._held:
            self._held = False
            tell("the store's log is small again", bytes=self._upkeep.log_size())


def keep_up(
    store: Store, config: Config, now: datetime, *, tidy: bool, seconds: float = ROUND_SECONDS
) -> dict[str, int]:
    """Forget what the settings no longer keep and, with `tidy`, give space back; stops after about `seconds`.

    Blocks. Gives what was done, by name; ``unfinished`` is 1 when the time did not do. `StoreError`.
    """
    deadline = time.monotonic() + seconds
    done: dict[str, int] = {}
    for name, forget in _chores(store, config, now).items():
        count = 0
        while time.monotonic() < deadline:
            rows = forget(ROWS)
            count += rows
            if rows == 0:
                break
        else:
            done["unfinished"] = 1
        if count:
            done[name] = count
    if tidy and "unfinished" not in done:
        given_back = store.maintenance.tidy(max(1.0, deadline - time.monotonic()))
        if given_back:
            done["file_pages_freed"] = given_back
    return done


def _chores(store: Store, config: Config, now: datetime) -> dict[str, Callable[[int], int]]:
    upkeep = store.maintenance
    chores: dict[str, Callable[[int], int]] = {
        "pages_aged": partial(upkeep.forget_pages, now - timedelta(days=config.keep_pages_days))
    }
    if config.keep_pages_megabytes:
        chores["pages_beyond_size"] = partial(upkeep.shrink_pages, config.keep_pages_megabytes * 1_000_000)
    chores["pages_packed"] = store.pages.pack
    chores["dictionaries"] = lambda _: store.pages.forget_dictionaries()
    if config.keep_runs_days:
        chores["runs"] = partial(upkeep.forget_runs, now - timedelta(days=config.keep_runs_days))
    if config.keep_versions_days:
        chores["versions"] = partial(upkeep.forget_versions, now - timedelta(days=config.keep_versions_days))
    return chores
