"""Process settings: one table (name, default, unit, help) gives `Config`, the file, the environment and the docs.

Order of authority, lowest first: the default, `presswatch.toml`, ``PRESSWATCH_<NAME>`` in the environment, the command line.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path

from crawler import __version__
from crawler.errors import ConfigError

type_names = {str: "text", int: "whole number", float: "number", bool: "true or false", tuple: "list of text"}


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table. `minimum` bounds numbers; `unit` is shown in help."""

    name: str
    kind: type
    default: object
    unit: str
    help: str
    minimum: float | None = None


SETTINGS: tuple[Setting, ...] = (
    Setting("store", str, "sqlite:///presswatch.db", "URL", "where articles are kept: sqlite:///FILE or postgresql+psycopg://…"),
    Setting("contact", str, "", "URL or mail", "how a publisher can reach you; sent in the User-Agent"),
    Setting("user_agent", str, "", "text", "User-Agent; empty: presswatch/<version> (+contact)"),
    Setting("zone", str, "Asia/Seoul", "IANA name", "zone in which dates are read on the command line and shown"),
    Setting("proxy", str, "", "URL", "HTTP proxy for every request; empty: none"),
    Setting("delay", float, 1.0, "seconds", "least time between two requests to one host", 0),
    Setting("concurrency", int, 16, "requests", "requests under way at once, all hosts together", 1),
    Setting("timeout", float, 30.0, "seconds", "longest wait for one answer", 0.1),
    Setting("max_bytes", int, 10_000_000, "bytes", "largest body that is read, after decompression", 1000),
    Setting("obey_robots", bool, True, "", "obey robots.txt"),
    Setting("robots_lifetime", float, 86_400.0, "seconds", "how long a robots.txt is kept before it is fetched again", 0),
    Setting("allow_networks", tuple, (), "CIDR", "private networks that may be connected to, as 127.0.0.0/8"),
    Setting("ca_file", str, "", "path", "PEM file of certificate authorities trusted besides the system's"),
    Setting("retries", int, 2, "times", "how often a failed request is tried again", 0),
    Setting("retry_after", float, 3600.0, "seconds", "when a URL that failed is tried again", 0),
    Setting("edit_checks", tuple, ("30m", "2h", "6h", "24h"), "durations", "ages at which a stored article is looked at again"),
    Setting("keep_pages", bool, True, "", "keep raw pages (zstd) so that they can be extracted again"),
    Setting("keep_pages_days", int, 30, "days", "how long raw pages are kept", 0),
    Setting("extract_workers", int, 0, "processes", "processes that extract; 0: one less than the cores, at least one", 0),
    Setting("page_deadline", float, 10.0, "seconds", "longest time one page may take to extract", 0.1),
    Setting("drain", float, 20.0, "seconds", "how long a stop waits for what is under way", 0),
    Setting("log_level", str, "WARNING", "level", "DEBUG, INFO, WARNING or ERROR"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Process settings; see `SETTINGS` for units."""

    store: str
    contact: str
    user_agent: str
    zone: str
    proxy: str
    delay: float
    concurrency: int
    timeout: float
    max_bytes: int
    obey_robots: bool
    robots_lifetime: float
    allow_networks: tuple[str, ...]
    ca_file: str
    retries: int
    retry_after: float
    edit_checks: tuple[str, ...]
    keep_pages: bool
    keep_pages_days: int
    extract_workers: int
    page_deadline: float
    drain: float
    log_level: str

    @property
    def agent(self) -> str:
        """The User-Agent that is sent."""
        return self.user_agent or f"presswatch/{__version__}" + (f" (+{self.contact})" if self.contact else "")
