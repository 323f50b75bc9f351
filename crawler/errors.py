"""The errors that presswatch raises, and nothing else of it does.

    PresswatchError
    ├── UsageError              a person asked for something that makes no sense; the text says what does
    │   ├── ConfigError         a setting is unknown, misspelt or out of range
    │   ├── UnknownName         a source, topic, run or article of that name does not exist
    │   └── BadQuery            a search query can't be read
    ├── StoreError              the database can't be opened, read or written
    │   ├── NoStore             there is none at that URL, and none is to be made
    │   ├── StoreTooNew         the store was written by a newer presswatch
    │   ├── DamagedArticle      one article of it can't be read, the others can
    │   ├── DamagedPage         one raw page of it can't be unpacked
    │   ├── StoreTooOld         the store is of an older presswatch, and who asks only wants to read it
    │   └── StoreBusy           somebody else holds what is needed (lock, lease)
    ├── FetchError              a URL could not be fetched
    │   ├── ForbiddenAddress    scheme or network address that presswatch does not connect to
    │   └── RobotsRefused       robots.txt disallows it
    ├── BudgetSpent             a request would exceed what may be asked within an hour
    ├── CrawlError              a crawl could not be run
    │   └── EngineDied          the engine process ended or hung
    │       └── EngineSlow      it needs longer to start than it was given
    └── ExportError             an export can't be written

Each carries `subject`, the thing it is about (a URL, setting, source, path), which its text names too.
"""

from __future__ import annotations


class PresswatchError(Exception):
    """Base of all. `str()` is one line for a person: the thing, what is wrong, and the way out."""

    def __init__(self, message: str, subject: str | None = None) -> None:
        super().__init__(message)
        self.subject = subject


class UsageError(PresswatchError):
    """A request that makes no sense."""


class ConfigError(UsageError):
    """A setting that is unknown, misspelt or out of range."""


class UnknownName(UsageError):
    """No source, topic, run or article has that name."""


class BadQuery(UsageError):
    """A search query that can't be read: `subject` is the query, `at` the character in it where the fault is."""

    def __init__(self, message: str, subject: str, at: int = 0) -> None:
        super().__init__(message, subject)
        self.subject: str = subject
        self.at = at


class StoreError(PresswatchError):
    """The database can't be opened, read or written."""


class NoStore(StoreError):
    """There is no store at that URL, and who asks only wants to read one."""


class StoreTooNew(StoreError):
    """The store was written by a newer presswatch."""


class DamagedArticle(StoreError):
    """One article of the store can't be read; the others can."""


class DamagedPage(StoreError):
    """One raw page of the store can't be unpacked; the others can."""


class StoreTooOld(StoreError):
    """The store is of an older presswatch, and who asks only wants to read it."""


class StoreAway(StoreError):
    """The store can't be used by anybody: its disk is full, its server or its file gone."""


class StoreBusy(StoreError):
    """Somebody else holds the lock or lease."""


class HostBusy(StoreBusy):
    """Another process crawls the host."""


class FetchedElsewhere(PresswatchError):
    """Another crawl of this process has dealt with the article."""


class FetchError(PresswatchError):
    """A URL could not be fetched."""


class ForbiddenAddress(FetchError):
    """A scheme or network address that presswatch does not connect to."""


class RobotsRefused(FetchError):
    """robots.txt disallows the URL."""


class HostLeftAlone(FetchError):
    """A host that failed, or asked for it, is not asked for another `seconds`: nothing was sent."""

    def __init__(self, message: str, subject: str | None = None, *, seconds: float = 0.0) -> None:
        super().__init__(message, subject)
        self.seconds = seconds


class BudgetSpent(PresswatchError):
    """A request would exceed what may be asked within an hour: `setting` is the ceiling, `whose` the host or source it
    is of (empty: all together), `limit` how many it allows, `seconds` until there is room.

    No failure of anybody: what is left is asked for when there is room.
    """

    def __init__(
        self,
        message: str,
        subject: str | None = None,
        *,
        setting: str = "budget",
        whose: str = "",
        limit: int = 0,
        seconds: float = 0.0,
    ) -> None:
        super().__init__(message, subject)
        self.setting = setting
        self.whose = whose
        self.limit = limit
        self.seconds = seconds


class CrawlError(PresswatchError):
    """A crawl could not be run."""


class EngineDied(CrawlError):
    """The engine process ended or hung."""


class EngineSlow(EngineDied):
    """The engine process did not start in time."""


class ExportError(PresswatchError):
    """An export can't be written."""
