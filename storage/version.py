"""Which schema this program needs, for those who only look whether a store has it."""

from __future__ import annotations

from enum import Enum
from typing import Final

HEAD: Final = "0005"
"""The migration that this program needs. Kept here so that opening a store that is up to date loads no Alembic."""
VERSION_TABLE: Final = "presswatch_schema"


class Older(Enum):
    """What becomes of a store whose tables are of an older schema when it is opened."""

    UPGRADE = "upgrade"
    REFUSE = "refuse"
    LEAVE = "leave"
    """It is opened as it is, for what asks no table."""
