"""Where articles, sources, topics and runs are kept. `open_store` is the only door."""

from storage.store import Store, open_store, utc_now
from storage.store_file import Whereabouts

__all__ = ["Store", "Whereabouts", "open_store", "utc_now"]
