"""Who told a story first, on what evidence, and how much of each text stood in an earlier one. Pure.

Evidence, the strongest first: the agency that texts name in their opening, "(서울=연합뉴스)" or "LONDON (Reuters) -";
the member that others link to or name as their source; the earliest time of publication. A time that only tells the day
decides nothing within that day.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

import numpy as np

from crawler.dedup.near import Shingled
from crawler.items import Moment, Precision

AGENCIES: Final = {
    "연합뉴스": ("yna.co.kr", "yonhapnews.co.kr", "yonhapnewstv.co.kr"),
    "뉴시스": ("newsis.com",),
    "뉴스1": ("news1.kr",),
    "Yonhap": ("yna.co.kr", "yonhapnews.co.kr"),
    "Reuters": ("reuters.com",),
    "AP": ("apnews.com", "ap.org"),
    "AFP": ("afp.com",),
    "Bloomberg": ("bloomberg.com",),
    "dpa": ("dpa.com", "dpa-international.com"),
    "UPI": ("upi.com",),
    "PTI": ("ptinews.com",),
    "ANI": ("aninews.in",),
    "EFE": ("efe.com",),
    "ANSA": ("ansa.it",),
    "TASS": ("tass.com", "tass.ru"),
    "Xinhua": ("xinhuanet.com", "news.cn"),
    "新华社": ("xinhuanet.com", "news.cn"),
    "共同": ("kyodonews.jp", "kyodonews.net", "nordot.app"),
    "時事": ("jiji.com",),
}
"""News agencies as their tags name them, and where they publish themselves."""

_OPENING: Final = 300
_ENDING: Final = 200
_NAMES = "|".join(sorted(map(re.escape, AGENCIES), key=len, reverse=True))
_TAGS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"[(\[【][^()\[\]【】=\n]{{1,30}}=\s*({_NAMES})[^()\[\]【】=\n]{{0,12}}[)\]】]",
        rf"[(（【\[]({_NAMES})(?:通信|通信社|電)?[)）】\]]\s*(?:[-–—=]|\Z|(?<=[】）]))",
        rf"({_NAMES})(?:통신)?\s*(?:제공|발(?=\s|$))",
        rf"^(?:Source|출처|자료)\s*[:=]\s*({_NAMES})",
    )
)
_LINK = re.compile(r"https?://[^\s<>\"')\]]{4,500}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """A member of a story. `source_line` is what it says of where its text is from."""

    id: str
    url: str
    site: str | None
    published: Moment | None
    first_seen: datetime
    text: str
    source_line: str | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Who had a story first: a member, or an agency that is none (`agency`, with the earliest member), and why."""

    member: str
    agency: str | None
    evidence: tuple[str, ...]


def in_time_order(tellers: Sequence[Teller]) -> list[Teller]:
    """The members as they came out; one whose time is unknown counts from when it was first seen."""
    return sorted(tellers, key=lambda teller: (_time(teller), teller.first_seen, teller.id))


def origin(tellers: Sequence[Teller]) -> Origin:
    """Who had the story first. `ValueError`: there are no members."""
    if not tellers:
        raise ValueError("a story without members has no origin")
    ordered = in_time_order(tellers)
    named = Counter(name for name in (agency_of(teller) for teller in ordered) if name is not None)
    evidence: list[str] = []
    if named:
        agency, count = max(named.items(), key=lambda item: item[1])
        evidence.append(f"{count} of {len(ordered)} name {agency}")
        own = next((one for one in ordered if _host(one.url).endswith(AGENCIES[agency])), None)
        if own is None:
            return Origin(ordered[0].id, agency, (*evidence, *_timely(ordered)))
        return Origin(own.id, None, (*evidence, f"{_host(own.url)} is {agency}'s own site"))
    linked = _linked(ordered)
    if linked is not None:
        member, count = linked
        return Origin(member.id, None, (f"{count} of {len(ordered)} link to {_host(member.url)}", *_timely(ordered)))
    return Origin(ordered[0].id, None, _timely(ordered))


def agency_of(teller: Teller) -> str | None:
    """The agency that a text names as its source where such are named: in its opening, its end, its source line."""
    for part in (teller.text[:_OPENING], teller.text[-_ENDING:], teller.source_line or ""):
        for tag in _TAGS:
            if found := tag.search(part):
                return found.group(1)
    return None


def copied_shares(texts: Sequence[Shingled]) -> list[float]:
    """For each text, in time order, the share of it (0 to 1) that stood in an earlier one."""
    earlier = np.zeros(0, np.uint32)
    shares = []
    for text in texts:
        shares.append(float(np.isin(text.told, earlier).mean()) if len(text) and len(earlier) else 0.0)
        earlier = np.union1d(earlier, text.told)
    return shares


def _time(teller: Teller) -> datetime:
    return teller.published.utc if teller.published else teller.first_seen


def _timely(ordered: Sequence[Teller]) -> tuple[str, ...]:
    first = ordered[0]
    if first.published is None:
        return (f"{_host(first.url)} was seen first; it gives no time",)
    if first.published.precision is Precision.DAY:
        same_day = [one for one in ordered[1:] if _time(one) < first.published.utc + timedelta(days=1)]
        told = f"{_host(first.url)} gives the earliest day, {first.published.isoformat()}"
        return (f"{told}, and no hour; {len(same_day)} more came out that day" if same_day else told,)
    return (f"{_host(first.url)} gives the earliest time, {first.published.isoformat()}",)


def _linked(ordered: Sequence[Teller]) -> tuple[Teller, int] | None:
    by_address = {_address(one.url): one for one in ordered}
    links: Counter[str] = Counter()
    for teller in ordered:
        named = {_address(link) for link in _LINK.findall(f"{teller.text}\n{teller.source_line or ''}")}
        links.update(by_address[one].id for one in named if one in by_address and by_address[one] is not teller)
    if not links:
        return None
    best = max(links.values())
    return next((one, best) for one in ordered if links[one.id] == best)


def _address(url: str) -> str:
    parts = urlsplit(url.rstrip(".,;:!?"))
    return f"{(parts.hostname or '').removeprefix('www.')}{parts.path.rstrip('/')}?{parts.query}"


def _host(url: str) -> str:
    return (urlsplit(url).hostname or url).removeprefix("www.")
