"""What a feed says of itself: its hubs and its own address, when to come back."""

from __future__ import annotations

from urllib.parse import urljoin

from crawler.extract.feed_fields import LINKS, Entry
from crawler.urls import normalize_url

__all__ = ["MAX_HUBS", "hubs_of", "refresh_of", "skipped_days", "skipped_hours", "topic_of", "urljoin_safe"]

MAX_HUBS = 10
_PERIODS = {"hourly": 3_600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}
LONGEST_TOPIC = 2_000
_LONGEST_REFRESH = 31_536_000
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def hubs_of(channel: Entry, url: str) -> tuple[str, ...]:
    """The WebSub hubs (W3C Recommendation, section 4)."""
    told = [one.attributes for one in channel.every(LINKS)]
    hrefs = [one.get("href", "") for one in told if "hub" in one.get("rel", "").lower().split()]
    return tuple(dict.fromkeys(hub for href in hrefs if (hub := normalize_url(href, url))))[:MAX_HUBS]


def topic_of(channel: Entry, url: str) -> str | None:
    """A feed's own address as it writes it: its hubs know it by these very letters."""
    for one in channel.every(LINKS):
        if "self" in one.attributes.get("rel", "").lower().split():
            told = urljoin_safe(url, one.attributes.get("href", ""))[:LONGEST_TOPIC]
            return told if normalize_url(told) is not None else None
    return None


def refresh_of(channel: Entry) -> int | None:
    """Seconds until a feed wants to be read again: RSS's ttl (minutes), else the syndication module's period."""
    told = (channel.first("ttl") or "").strip()
    if told.isdecimal() and 0 < int(told[:9]) * 60 <= _LONGEST_REFRESH:
        return int(told[:9]) * 60
    written = (channel.first("sy:updatePeriod") or "").strip().lower()
    often = (channel.first("sy:updateFrequency") or "").strip()
    period = _PERIODS.get(written or ("daily" if often else ""))  # the module's own default
    if period is None:
        return None
    times = int(often[:6]) if often.isdecimal() else 1
    return max(60, period // max(1, times))


def skipped_hours(channel: Entry) -> tuple[int, ...]:
    """Hours of GMT in which a feed needs no reading (RSS 2.0, skipHours); some count them from 1 to 24."""
    told = {int(word) % 24 for word in (channel.first("skipHours") or "").split()[:48] if word.isdecimal()}
    return tuple(sorted(told)) if len(told) < 24 else ()


def skipped_days(channel: Entry) -> tuple[int, ...]:
    """Days in which a feed needs no reading (RSS 2.0, skipDays), Monday is 0."""
    words = {word.lower() for word in (channel.first("skipDays") or "").split()[:14]}
    told = tuple(day for day, name in enumerate(_DAYS) if name in words)
    return told if len(told) < 7 else ()


def urljoin_safe(base: str, url: str) -> str:
    """`urljoin`, but `base` where the two make no URL."""
    try:
        return urljoin(base, url.strip())
    except ValueError:
        return base
