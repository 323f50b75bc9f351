"""Where articles, sources, topics and runs are kept. `open_store` is the only door."""

from storage.store import Store, open_store, utc_now

__all__ = ["Store", "open_store", "utc_now"]
