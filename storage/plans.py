"""What a planner keeps besides the pasts of sources: small books, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from storage.database import Database
from storage.schema import plans


class Plans:
    """Books by name. Errors: `StoreError`, `StoreBusy`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str) -> Mapping[str, Any] | None:
        """What was kept last under a name; `None`: nothing."""
        with self._database.read() as connection:
            return connection.execute(sa.select(plans.c.state).where(plans.c.name == name)).scalar()

    def keep(self, name: str, state: Mapping[str, Any]) -> None:
        """Keeps a book in place of the one before."""
        insert = self._database.insert(plans).values(name=name, state=dict(state))
        with self._database.write() as connection:
            connection.execute(
                insert.on_conflict_do_update(index_elements=[plans.c.name], set_={"state": insert.excluded.state})
            )
