"""What a person asks to be watched: a source and its schedule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from crawler.config import Config
from crawler.items import Hints

MAX_NAME = 100  # a column of a table and a key in the store


def is_name(text: str) -> bool:
    """Whether a source or a topic can be called so: PostgreSQL keeps no NUL, and names have to be typed."""
    return text.isprintable() and len(text) <= MAX_NAME and bool(text.strip())


class SourceKind(StrEnum):
    """What a source's URL is; AUTO finds out at each crawl."""

    AUTO = "auto"
    FEED = "feed"
    SITEMAP = "sitemap"
    LISTING = "listing"


MIN_INTERVAL = 60.0
"""Shortest wait of an adaptive source that names none, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When a source is crawled: `every` seconds, at the moments of a five-field crontab line, or as its own pace asks.

    At most one of `every` and `cron` is set; with neither the schedule is adaptive, and each wait is from
    `min_interval` to `max_interval` seconds (`None`: the defaults). `zone` (IANA name): where the line is read, and
    where the days of an adaptive source begin.
    """

    every: int | None = None
    cron: str | None = None
    zone: str | None = None
    min_interval: int | None = None
    max_interval: int | None = None

    @property
    def adaptive(self) -> bool:
        """Whether the source's own pace decides."""
        return self.every is None and self.cron is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """What is told of a source beside how it fares; `added_at` is UTC."""

    name: str
    url: str
    kind: SourceKind
    schedule: Schedule
    enabled: bool = True
    added_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Ceilings of one crawl of a source: pages fetched, articles stored, listing or sitemap pages walked, seconds."""

    max_pages: int = 500
    max_articles: int = 500
    max_depth: int = 3
    max_seconds: int = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDoor:
    """One page by which a source is entered: a feed, a sitemap or a listing, and the WebSub hub that a feed names."""

    url: str
    kind: SourceKind = SourceKind.AUTO
    hub: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One place that publishes.

    `doors` are the pages that a crawl asks for its articles; empty: `url` alone, which is what `kind` says.
    `topic_template` is a URL with ``{topic}`` (and perhaps ``{page}``) that lists articles on a topic. `headers` maps a
    header's name to the name of the environment variable that holds its value. `delay` is in seconds, `None`: the
    configuration's. `zone` is an IANA name for dates without an offset. `keep_unsure`: what may well be no article is
    stored too, whatever the setting `least_confidence` says.
    """

    name: str
    url: str
    kind: SourceKind = SourceKind.AUTO
    schedule: Schedule = field(default_factory=Schedule)
    zone: str | None = None
    language: str | None = None
    topic_template: str | None = None
    doors: tuple[SourceDoor, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    delay: float | None = None
    keep_unsure: bool = False
    enabled: bool = True


def hints_for(config: Config, source: Source | None = None) -> Hints:
    """What the settings and a source say of each of its pages, before anything is known of the single page.

    Where the source names no zone, a date without one is left to the page's language: the setting `zone` is the
    reader's, not the publisher's.
    """
    return Hints(
        zone=source.zone if source is not None else None,
        language=source.language if source is not None else None,
        site_rules=config.site_rules,
        site_rules_folder=config.site_rules_folder,
    )
