"""Which schema this program needs, for those who only look whether a store has it."""

from __future__ import annotations

from typing import Final

HEAD: Final = "0004"
"""The migration that this program needs. Kept here so that opening a store that is up to date loads no Alembic."""
VERSION_TABLE: Final = "presswatch_schema"
