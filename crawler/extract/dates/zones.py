"""Offsets: as a text writes them, and as a language usually means them."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

FURTHEST_OFFSET = 14 * 60 + 59  # minutes; Kiribati keeps +14:00, nothing is further

FIXED = {
    "Z": 0, "UTC": 0, "GMT": 0, "UT": 0, "WET": 0, "KST": 540, "JST": 540, "EST": -300, "EDT": -240, "CST": -360,
    "CDT": -300, "MST": -420, "MDT": -360, "PST": -480, "PDT": -420, "AKST": -540, "AKDT": -480, "HST": -600, "BST": 60,
    "IST": 330, "WEST": 60, "CET": 60, "CEST": 120, "MEZ": 60, "MESZ": 120, "EET": 120, "EEST": 180, "MSK": 180,
    "TRT": 180, "PKT": 300, "NPT": 345, "ICT": 420, "WIB": 420, "WITA": 480, "WIT": 540, "SGT": 480, "HKT": 480,
    "MYT": 480, "PHT": 480, "AWST": 480, "ACST": 570, "AEST": 600, "AEDT": 660, "NZST": 720, "NZDT": 780, "BRT": -180,
    "ART": -180, "SAST": 120, "EAT": 180, "WAT": 60, "GST": 240,
}  # fmt: skip
"""Abbreviations in minutes east of UTC. Ambiguous ones mean what news sites mean: CST is Chicago, IST is Delhi."""

NAMED = {"ET": "America/New_York", "CT": "America/Chicago", "MT": "America/Denver", "PT": "America/Los_Angeles"}

USUAL = {
    "ko": "Asia/Seoul", "ja": "Asia/Tokyo", "zh": "Asia/Shanghai", "zh-tw": "Asia/Taipei", "zh-hk": "Asia/Hong_Kong",
    "vi": "Asia/Ho_Chi_Minh", "th": "Asia/Bangkok", "id": "Asia/Jakarta", "ms": "Asia/Kuala_Lumpur",
    "hi": "Asia/Kolkata", "ta": "Asia/Kolkata", "te": "Asia/Kolkata", "bn": "Asia/Dhaka", "ur": "Asia/Karachi",
    "fa": "Asia/Tehran", "he": "Asia/Jerusalem", "tr": "Europe/Istanbul", "ru": "Europe/Moscow", "uk": "Europe/Kyiv",
    "bg": "Europe/Sofia", "ro": "Europe/Bucharest", "el": "Europe/Athens", "fi": "Europe/Helsinki",
    "et": "Europe/Tallinn", "lv": "Europe/Riga", "lt": "Europe/Vilnius", "de": "Europe/Berlin",
    "de-at": "Europe/Vienna", "de-ch": "Europe/Zurich", "fr": "Europe/Paris", "es": "Europe/Madrid",
    "it": "Europe/Rome", "pt": "Europe/Lisbon",
    "pt-br": "America/Sao_Paulo", "es-mx": "America/Mexico_City", "es-ar": "America/Argentina/Buenos_Aires",
    "nl": "Europe/Amsterdam", "sv": "Europe/Stockholm", "no": "Europe/Oslo", "nb": "Europe/Oslo", "nn": "Europe/Oslo",
    "da": "Europe/Copenhagen", "pl": "Europe/Warsaw", "cs": "Europe/Prague", "sk": "Europe/Bratislava",
    "hu": "Europe/Budapest", "hr": "Europe/Zagreb", "sr": "Europe/Belgrade", "sl": "Europe/Ljubljana",
    "ca": "Europe/Madrid", "is": "Atlantic/Reykjavik", "en-gb": "Europe/London", "en-au": "Australia/Sydney",
    "en-in": "Asia/Kolkata", "en-nz": "Pacific/Auckland", "en-ie": "Europe/Dublin",
}  # fmt: skip
"""Where a language's sites usually keep their clocks; English alone says nothing."""


@lru_cache(maxsize=256)
def named_zone(name: str) -> ZoneInfo | None:
    """The IANA zone of that name, `None` when there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def usual_zone(language: str | None) -> ZoneInfo | None:
    """The zone in which sites of a language (``ko``, ``pt-BR``) usually write, `None` when that can't be said."""
    if not language:
        return None
    tag = language.lower().replace("_", "-")
    name = USUAL.get(tag) or USUAL.get(tag.split("-", 1)[0])
    return named_zone(name) if name else None


def abbreviation_offset(name: str, local: datetime) -> int | None:
    """Minutes east of UTC of ``KST``, ``ET`` ... at a local time; `None` for a word that is no zone."""
    upper = name.upper()
    if upper in FIXED:
        return FIXED[upper]
    zone = named_zone(NAMED[upper]) if upper in NAMED else None
    return offset_at(zone, local) if zone else None


def offset_at(zone: ZoneInfo, local: datetime) -> int:
    """Minutes east of UTC that `zone` keeps at a naive local time."""
    delta = local.replace(tzinfo=zone).utcoffset() or timedelta()
    return round(delta.total_seconds() / 60)
