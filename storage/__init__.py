"""Where articles, sources, topics and runs are kept. `open_store` is the only door to all of it; a glance at how it is
doing (`storage.glance`) needs no more than a file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.store import Store, open_store, utc_now
    from storage.store_file import Whereabouts
    from storage.version import Older

__all__ = ["Older", "Store", "Whereabouts", "open_store", "utc_now"]


def __getattr__(name: str) -> object:
    # Loaded when first asked for: SQLAlchemy takes longer than a glance.
    if name in __all__:
        from storage import store

        return vars(store)[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
