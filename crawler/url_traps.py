"""URLs that lead a crawl round and round: paths that repeat, sessions, facets, calendars. Pure.

The web is endless where a server makes pages up on request. `trap_of` judges one URL, `chain_trap` the next page of a
listing by the pages before it, and `pattern_of` names the family a URL belongs to, so that a family that yields nothing
can be left (`Yields`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from crawler.urls import names_article, url_key

MAX_SEGMENTS: Final = 24
"""Path segments: archives by date and nested sections have some ten."""
REPEATS: Final = 3
"""So often the same segments one after the other are a link that is resolved against itself."""
MAX_FACETS: Final = 3
"""Filters set at once that a person may have linked to; each further one multiplies the pages."""
MAX_GROWTH: Final = 3
"""Steps of a chain of pages that may each be longer than the one before: 9 to 10, 99 to 100, once a new parameter."""
AHEAD: Final = timedelta(days=31)
"""How far ahead of now a page of a listing may be dated: programmes announce a month."""
TRIES: Final = 12
"""So many pages of one pattern in a row that were no articles, and it is dropped."""
TRIES_AGAIN: Final = 2
"""As `TRIES`, for a pattern that was dropped before."""
FIRST_RETRY: Final = timedelta(hours=6)
LONGEST_RETRY: Final = timedelta(days=14)
MAX_PATTERNS: Final = 2_000
"""Patterns that one crawl keeps the book of; a site has some dozens, and one that makes paths up as many as pages."""

_SESSION_NAMES = re.compile(
    r"(?:php|jsession|asp\.?net_|asp)?sess(?:ion)?_?id|jsessionid|sid|zenid|cftoken", re.IGNORECASE
)
_SESSION_VALUE = re.compile(r"(?=[^0-9]*[0-9])(?=[^A-Za-z]*[A-Za-z])[A-Za-z0-9._-]{16,}")
_PATH_SESSION = re.compile(r";(?:jsessionid|phpsessid|sid|sessionid)=", re.IGNORECASE)
_FACET_NAMES = re.compile(
    r"(?:sort|order|orderby|dir|direction|view|layout|limit|per_?page|page_?size|filter\w*|facet\w*|f|colou?r|size|brand"
    r"|price\w*|min\w*|max\w*|style|display|mode|sort_?by|sort_?order)(?:\[[^\]]*\])?",
    re.IGNORECASE,
)
_CALENDAR_WORD = re.compile(
    r"(?:^|[/_-])(?:calendar|kalender|cal|events?-calendar|달력|일정)(?:$|[/_.-])", re.IGNORECASE
)
_CALENDAR_NAME = re.compile(r"(?:year|month|day|date|ym|ymd|yyyymm|tribe-bar-date|cal\w*)", re.IGNORECASE)
_MONTH_NAMES = (("year", "month"), ("y", "m"), ("yy", "mm"), ("yyyy", "mm"), ("cal_year", "cal_month"))
_YEAR_AND_MONTH = (("year", "month"), ("y", "m"))  # of one letter they say it together only: ``m`` is many things
_DATED = re.compile(
    r"(?<!\d)((?:19|20|21)\d\d)[-/.]?(0[1-9]|1[0-2])(?!\d)|(?<!\d)((?:19|20|21)\d\d)[-/.]?(0[1-9]|1[0-2])[-/.]?(?:0[1-9]|[12]\d|3[01])(?!\d)"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_TWO = re.compile(r"\d\d?")
_WHOLE_DAY = re.compile(r"((?:19|20)\d\d)[-._](\d\d?)(?:[-._](\d\d?))?(?:_archive)?")
_DENSE_DAY = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)?")
_PAGE_SUFFIX = re.compile(r"\.(?:html?|php|jsp|do|aspx?)$", re.IGNORECASE)
_PAGE_PLACE = re.compile(r"(?:page|p|seite|pagina)-?\d{0,4}", re.IGNORECASE)
_ARCHIVE_WORD = re.compile(
    r"archiv(?:es?|o|io|a)?|date|by[-_]?date|calendar|kalender|cal|(?:events?|news)[-_]?(?:calendar|archives?)|events?|schedule"
    r"|termine|veranstaltungen|agenda|eventos|months?|monthly|day|week|list|history|달력|일정|지난기사|날짜별|過去記事|バックナンバー",
    re.IGNORECASE,
)
_CALENDAR_ITSELF = re.compile(r"(?:events?[-_]?)?(?:calendar|kalender)|달력|일정", re.IGNORECASE)
_LIST_PLACE = re.compile(
    rf"{_ARCHIVE_WORD.pattern}|index|home|main|news|articles?|posts?|blog|sections?|categor(?:y|ies)|all|latest|today",
    re.IGNORECASE,
)
_DATE_NAME = re.compile(
    r"(?:(?:begin|start|end|from|to|reg|pub|search|news|view|archive|event|cal|current)[-_]?)?(?:date|day|dt|ymd|ym|yyyymm(?:dd)?|month)"
    r"|(?:start|end)?d|m|year|y|mm|dd|yy|sdate|edate|tribe-bar-date|eventdate|cal\w{0,12}",
    re.IGNORECASE,
)
_LIST_NAME = re.compile(
    r"page|p|pg|paged|sort|order|view|mode|tab|lang|list|size|limit|cat(?:egory)?|section|sec|menu|type|eventdisplay|post_type",
    re.IGNORECASE,
)
_DENSE_LETTER = re.compile(r"[가-힣ぁ-ヿ一-鿿]")
HEADLINE_WORDS: Final = 3
HEADLINE_LETTERS: Final = 10
"""Words without a digit, or dense letters, from which a title is more than a date."""
_NUMBER = re.compile(r"\d+")
_WORDS = re.compile(r"[^/.?&=#]*[-_+ ][^/.?&=#]*")


def trap_of(url: str) -> str | None:
    """Why a URL is one of endlessly many, or `None`: a session in it, a path that repeats itself, too many filters."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "it can't be read"
    segments = [segment for segment in parts.path.split("/") if segment]
    if len(segments) > MAX_SEGMENTS:
        return f"its path has {len(segments)} parts"
    repeated = _repeated(segments)
    if repeated is not None:
        return f"its path repeats {repeated!r}"
    pairs = parse_qsl(parts.query, keep_blank_values=True)[:100]
    facets = [name for name, _ in pairs if _FACET_NAMES.fullmatch(name)]
    if len(facets) > MAX_FACETS:
        return f"it sets {len(facets)} filters at once ({', '.join(facets[:4])} …)"
    names = [name for name, _ in pairs]
    doubled = next((name for name in names if names.count(name) > REPEATS), None)
    return f"it says {doubled!r} {names.count(doubled)} times" if doubled is not None else None


def _repeated(segments: Sequence[str]) -> str | None:
    """Segments that stand `REPEATS` times one after the other; numbers may (``/2025/11/11/11``)."""
    for length in range(1, len(segments) // REPEATS + 1):
        for start in range(len(segments) - length * REPEATS + 1):
            part = segments[start : start + length]
            if all(segment.isdigit() for segment in part):
                continue
            if all(part == segments[start + turn * length : start + (turn + 1) * length] for turn in range(1, REPEATS)):
                return "/".join(part)[:60]
    return None


def has_session(url: str) -> bool:
    """Whether the URL carries a session, which makes each visit's URLs new ones."""
    try:
        parts = urlsplit(url)
        pairs = parse_qsl(parts.query, keep_blank_values=True)[:100]
    except ValueError:
        return False
    named = (value for name, value in pairs if _SESSION_NAMES.fullmatch(name))
    return _PATH_SESSION.search(parts.path) is not None or any(map(_SESSION_VALUE.fullmatch, named))


def chain_trap(chain: Sequence[str], following: str, now: datetime) -> str | None:
    """Why the next page of a listing is not asked, or `None`; `chain` are the pages walked, first to last.

    A chain that comes back to where it was (perhaps with another session), that grows with each step, or that goes
    through the months of a calendar or into the future, has no end.
    """
    reason = trap_of(following)
    if reason is not None:
        return reason
    keys = {url_key(url) for url in chain}
    if url_key(following) in keys:
        return "it leads back to a page before" + (", with another session" if has_session(following) else "")
    grown = [*chain, following]
    lengths = [len(url) for url in grown[-MAX_GROWTH - 2 :]]
    if len(lengths) == MAX_GROWTH + 2 and all(before < after for before, after in pairwise(lengths)):
        return f"its URLs grow with each page, {lengths[0]} to {lengths[-1]} characters"
    return _calendar(chain[-1] if chain else None, following, now)


def _calendar(before: str | None, following: str, now: datetime) -> str | None:
    """Whether the step goes to a month to come, or along a calendar."""
    dated = _month(following)
    if dated is None or (before is not None and _month(before) == dated):
        return None
    if dated > _index(now + AHEAD):
        return f"it goes to {dated // 12}-{dated % 12 + 1:02}, a month to come"
    parts = urlsplit(following)
    if _CALENDAR_WORD.search(unquote(parts.path)):
        return "it goes along a calendar"
    return None


def _month(url: str) -> int | None:
    """The month that a URL names, counted from the year nought."""
    parts = urlsplit(url)
    pairs = dict(parse_qsl(parts.query, keep_blank_values=True)[:100])
    for names in _YEAR_AND_MONTH:
        year, month = (pairs.get(name, "") for name in names)
        if re.fullmatch(r"(?:19|20|21)\d\d", year) and re.fullmatch(r"0?[1-9]|1[0-2]", month):
            return int(year) * 12 + int(month) - 1
    told = [value for name, value in pairs.items() if _CALENDAR_NAME.fullmatch(name)]
    for text in (*told, parts.path):
        found = list(_DATED.finditer(text))
        if found:
            match = found[-1]
            return int(match[1] or match[3]) * 12 + int(match[2] or match[4]) - 1
    return None


def calendar_of(url: str, title: str | None, listed_at: str) -> str | None:
    """Why a link of the listing at `listed_at` leads to a day or month of an archive or calendar, or `None`.

    An address that a date alone tells from others is one (``/2026/11/``, ``/archive/20261101``, ``?date=2026-11-01``);
    with a slug or a number behind its date, or an article's number beside it, it names an article. Where a whole day
    stands in a section of its own (``/diary/2026-11-01``) the `title` decides: a daily column has headlines.
    """
    try:
        parts, listing = urlsplit(url), urlsplit(listed_at)
        pairs = [(name.lower(), value) for name, value in parse_qsl(parts.query)[:100] if value.strip()]
    except ValueError:
        return None
    segments = [unquote(segment) for segment in parts.path.split("/") if segment]
    if segments:
        segments[-1] = _PAGE_SUFFIX.sub("", segments[-1])
    while segments and (segments[-1].lower() == "index" or _is_page(segments)):
        segments.pop()
    others = [name for name, _ in pairs if not (_DATE_NAME.fullmatch(name) or _LIST_NAME.fullmatch(name))]
    if others:
        return None
    if _dated_query(pairs):
        same = parts.path.rstrip("/") == listing.path.rstrip("/") and parts.netloc == listing.netloc
        if same or not segments or _LIST_PLACE.fullmatch(segments[-1]):
            return "a day or month of an archive"
    if segments and _CALENDAR_ITSELF.fullmatch(segments[-1]):
        return "a calendar"
    before, whole_day, number = _dated_end(segments)
    if before is None or (before and names_article(f"{parts.scheme}://{parts.netloc}/{'/'.join(before)}")):
        return None  # a slug may stand before its date as well
    if before and _ARCHIVE_WORD.fullmatch(before[-1]):
        return "a day or month of an archive"
    if number:  # an article's own may look like a day
        return None
    if not whole_day:
        return "a day or month of an archive" if len(before) <= MAX_SECTIONS else None
    return None if before and _is_headline(title) else "a day of an archive"


MAX_SECTIONS: Final = 3
"""Segments that may stand before the month of an archive."""


def _is_page(segments: Sequence[str]) -> bool:
    """Whether a path ends in the number of a page: ``/page/2``."""
    if len(segments) > 1 and segments[-1].isdigit() and segments[-2].lower() == "page":
        return True
    return segments[-1].lower() == "page"


def _dated_query(pairs: Sequence[tuple[str, str]]) -> bool:
    """Whether parameters name a day or a month."""
    told = dict(pairs)
    if any(_is_year(told.get(year, "")) and _is_month(told.get(month, "")) for year, month in _MONTH_NAMES):
        return True
    dates = [value for name, value in pairs if _DATE_NAME.fullmatch(name)]
    return any(_day_of(value, dense=True) is not None for value in dates)


def _dated_end(segments: Sequence[str]) -> tuple[Sequence[str] | None, bool, bool]:
    """What stands before the date that a path ends in (`None`: in none), whether it is a day, and one number."""
    if segments and (found := _day_of(segments[-1], dense=False)) is not None:
        return segments[:-1], found, False
    if segments and (found := _day_of(segments[-1], dense=True)) is not None:
        return segments[:-1], found, True
    for length in (3, 2):
        if len(segments) >= length and _is_year(segments[-length]) and _is_month(segments[1 - length]):
            if length == 3 and not (_TWO.fullmatch(segments[-1]) and 1 <= int(segments[-1]) <= 31):
                continue
            return segments[:-length], length == 3, False
    if len(segments) >= 2 and _is_year(segments[-1]) and _ARCHIVE_WORD.fullmatch(segments[-2]):
        return segments[:-1], False, False
    return None, False, False


def _day_of(text: str, *, dense: bool) -> bool | None:
    """Whether a text is a day (and not a month); `None` where it is neither."""
    found = (_DENSE_DAY if dense else _WHOLE_DAY).fullmatch(text) or _WHOLE_DAY.fullmatch(text)
    if found is None or not _is_month(found[2]) or (found[3] is not None and not 1 <= int(found[3]) <= 31):
        return None
    return found[3] is not None


def _is_year(text: str) -> bool:
    return _YEAR.fullmatch(text) is not None


def _is_month(text: str) -> bool:
    return _TWO.fullmatch(text) is not None and 1 <= int(text) <= 12


def _is_headline(title: str | None) -> bool:
    """Whether a title says more than a date."""
    words = [word for word in (title or "").split() if not any(map(str.isdigit, word))]
    return len(words) >= HEADLINE_WORDS or len(_DENSE_LETTER.findall("".join(words))) >= HEADLINE_LETTERS


def _index(moment: datetime) -> int:
    return moment.year * 12 + moment.month - 1


def pattern_of(url: str) -> str:
    """The family of a URL: its host, its path with numbers and slugs left open, the names of its parameters.

    ``news.example.com/view/#?no`` for ``https://news.example.com/view/123?no=5``. Never raises.
    """
    key = url_key(url)
    place, _, query = key.partition("?")
    host, *segments = place.split("/")
    shape = "/".join(_segment(segment) for segment in segments[:MAX_SEGMENTS])
    names = sorted({pair.partition("=")[0] for pair in query.split("&")}) if query else []
    return f"{host}/{shape}" + (f"?{'&'.join(names[:20])}" if names else "")


def _segment(segment: str) -> str:
    text = unquote(segment)
    stem, dot, suffix = text.rpartition(".")
    if dot and suffix.isalpha() and len(suffix) <= 5:
        return f"{_segment(stem)}.{suffix}" if stem else text[:60]
    if not text.isascii() or _WORDS.fullmatch(text) or len(text) > 30:
        return "*"
    return _NUMBER.sub("#", text)


class Yields:
    """What the pages of each pattern came to in one crawl; `dropped` are the patterns left, with the reason.

    `before` says how often a pattern was dropped in earlier crawls.
    """

    def __init__(self, before: dict[str, int] | None = None) -> None:
        self._before = dict(before or {})
        self._vain: dict[str, int] = {}
        self.dropped: dict[str, str] = {}

    def times(self, pattern: str) -> int:
        """How often the pattern was dropped, this crawl counted in."""
        return self._before.get(pattern, 0) + (pattern in self.dropped)

    def came(self, url: str, *, article: bool) -> str | None:
        """A page of a pattern was an article or was not; the pattern, when it is dropped just now."""
        pattern = pattern_of(url)
        if article:
            self._vain.pop(pattern, None)
            self._before.pop(pattern, None)
            return None
        if pattern not in self._vain and len(self._vain) >= MAX_PATTERNS:
            return None
        vain = self._vain[pattern] = self._vain.get(pattern, 0) + 1
        if pattern in self.dropped or vain < (TRIES_AGAIN if pattern in self._before else TRIES):
            return None
        self.dropped[pattern] = f"{vain} pages of {pattern} in a row were no articles"
        return pattern


def retry_after(times: int) -> timedelta:
    """How long a pattern is left that was dropped for the `times`-th time (from 1): twice as long each time."""
    doubled: int = 2 ** min(max(times, 1) - 1, 10)
    return min(LONGEST_RETRY, FIRST_RETRY * doubled)
