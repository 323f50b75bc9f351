"""Dates as pages and feeds write them, one file per dialect.

Each dialect says which days it sees in a text (`hit.Hit`); the time of day beside it is read in one place (`clock`),
and so is the offset (`zones`). What is not told comes from the source's zone, else from where the page's language is
usually written, else UTC; the `Moment` says which.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from crawler.extract.dates import european, han, iso, korean, numeric, relative, rfc822
from crawler.extract.dates.clock import Clock, clock_after, clock_before, offset_of_day
from crawler.extract.dates.hit import Hit
from crawler.extract.dates.months import MONTHS
from crawler.extract.dates.zones import FURTHEST_OFFSET, abbreviation_offset, named_zone, offset_at, usual_zone
from crawler.items import Moment, Precision, ZoneOrigin

__all__ = ["date_in_full", "find_date", "is_called_modified", "is_called_published", "labelled_dates", "parse_date"]

LONGEST_TEXT = 200  # characters: a line that tells a date is short, and dialects scan it several times
LONGEST_REST = 12  # letters and digits besides date and labels that `parse_date` lets pass: a weekday, "A16면 TOP"
BARE_REST = 2  # the same beside a word such as "오늘", which titles use too: "Published today" leaves "ed"
FUTURE = timedelta(hours=36)  # clocks, and dates without a zone, are off by up to a day
EARLIEST = datetime(1971, 1, 1, tzinfo=UTC)  # 1970 is an unset clock
MINUTE = timedelta(minutes=1)
MOST_HITS = 12  # dates looked at in one text

_SHAPE = re.compile(
    r"\d\s?[./\-–]\s?\d|\d\s?[년월일시분초주개달年月日時时分秒天周週小個个か]|^\s{0,9}\d{8,14}|^\s{0,9}\d{1,3}(?:[mhdw]|hrs?)\s{0,9}$",
    re.IGNORECASE,
)
"""What every date without a month's name or a word for a day has."""

_SPACED = relative.TELLTALE | MONTHS.keys() | {"tháng"}
_ANY_DIGIT = re.compile(r"\d")
"""Without one `_SHAPE`, which is slower, matches nowhere."""
_OTHER_DIGIT = re.compile(r"(?![0-9])\d")
_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f\u0900-\u097f\u0980-\u09ff\u0e00-\u0e7f])*")
_PUBLISHED = re.compile(
    r"기사\s?입력|최초\s?입력|입력|등록|승인|게재|게시|발행|작성|송고|보도|출고|publish|erschienen|posted|created|first|veröffentlicht|publié|publicado|pubblicato|geplaatst"
    r"|publicerad|publisert|опубликован|公開|配信|発行|掲載|投稿|发布|發布|发表|發表",
    re.IGNORECASE,
)
_MODIFIED = re.compile(
    r"수정|업데이트|최종|갱신|변경|update|modif|edited|revised|aktualisiert|änderung|geändert|mis\sà\sjour|mise\sà\sjour|actualizado|aggiornato|atualizado|bijgewerkt"
    r"|uppdaterad|oppdatert|обновлен|更新|修正",
    re.IGNORECASE,
)
_LABEL_REACH = 24  # characters between a label and its date


@dataclass(frozen=True, slots=True)
class _Frame:
    """What a date is read against: when, where, in which language, near which year."""

    now: datetime
    zone: ZoneInfo | None
    origin: ZoneOrigin
    language: str | None
    year_hint: datetime | None


@dataclass(frozen=True, slots=True)
class _Dated:
    """A date found in a text, its time of day included."""

    start: int
    end: int
    moment: Moment
    bare: bool


def parse_date(
    text: str,
    *,
    now: datetime,
    zone: str | None = None,
    language: str | None = None,
    year_hint: datetime | None = None,
) -> Moment | None:
    """The moment that a text is, labels as ``입력 :`` aside; `None` when it is more or other than a date.

    `now` is aware and is when the page was fetched: relative dates count from it, and nothing more than 36 hours after
    it is believed. `zone` is an IANA name for dates without an offset; `language` decides ``3/4`` and the usual zone;
    `year_hint` gives the year of dates that leave it out (else the latest one that is not in the future).
    """
    if moment := date_in_full(text, now):
        return moment
    line = _line(text)
    if line is None:
        return None
    found = _dates(line, _frame(now, zone, language, year_hint), whole=True)
    if not found:
        return None
    rest = line
    for dated in reversed(found):
        rest = rest[: dated.start] + rest[dated.end :]
    if len(text) <= LONGEST_TEXT and not any(map(str.isalnum, rest)):  # no label either
        return found[0].moment
    rest = _MODIFIED.sub("", _PUBLISHED.sub("", rest))
    letters = sum(map(str.isalnum, rest))
    if (
        letters > LONGEST_REST
        or (letters > BARE_REST and all(dated.bare for dated in found))
        or (len(text) > LONGEST_TEXT and text[LONGEST_TEXT:].strip())
    ):
        return None
    published, _ = _by_label(line, found)
    return published or found[0].moment


def date_in_full(text: str, now: datetime) -> Moment | None:
    """The moment that a text in the full form of ISO 8601 or RFC 822 is, if it can be believed at `now`.

    It is what machines write, and read in a tenth of the time that `parse_date` takes for others.
    """
    if text[4:5] == "-":
        if (read := iso.full(text)) is None:
            return None
        time, seconds = read
        utc = time.astimezone(UTC)
        offset = (time.utcoffset() or timedelta()) // MINUTE
    elif (told := rfc822.full(text)) is not None:
        utc, offset = told
        seconds = True
    else:
        return None
    if not EARLIEST <= utc <= now + FUTURE or abs(offset) > FURTHEST_OFFSET:
        return None
    return Moment(utc, offset, Precision.SECOND if seconds else Precision.MINUTE)


def find_date(
    text: str,
    *,
    now: datetime,
    zone: str | None = None,
    language: str | None = None,
    year_hint: datetime | None = None,
) -> Moment | None:
    """A date somewhere inside a short text (its first 200 characters); the one labelled as published, else the first.

    Arguments as in `parse_date`.
    """
    line = _line(text)
    if line is None:
        return None
    found = _dates(line, _frame(now, zone, language, year_hint), whole=False)
    if not found:
        return None
    return _by_label(line, found)[0] or found[0].moment


def labelled_dates(
    text: str,
    *,
    now: datetime,
    zone: str | None = None,
    language: str | None = None,
    year_hint: datetime | None = None,
) -> tuple[Moment | None, Moment | None]:
    """When a text such as ``입력 : 2025-05-28 00:13:03 / 수정 2025-05-29`` says it was published, and modified.

    A date without a label is the published one if no other is. Arguments as in `parse_date`.
    """
    line = _line(text)
    if line is None:
        return None, None
    return _by_label(line, _dates(line, _frame(now, zone, language, year_hint), whole=False))


def is_called_published(line: str) -> bool:
    """Whether a line has a label such as ``입력`` or ``Published``."""
    return _PUBLISHED.search(line[:LONGEST_TEXT]) is not None


def is_called_modified(line: str) -> bool:
    """Whether a line has a label such as ``수정`` or ``Updated``."""
    return _MODIFIED.search(line[:LONGEST_TEXT]) is not None


def _line(text: str) -> str | None:
    """The text to be read: bounded, in compatibility form, blanks folded; `None` when no date can be in it."""
    head = text[:LONGEST_TEXT]
    if not head.isascii():
        head = unicodedata.normalize("NFKC", head)
        if not head.isascii() and _OTHER_DIGIT.search(head):
            head = _OTHER_DIGIT.sub(lambda digit: str(unicodedata.digit(digit[0])), head)
    shaped = _ANY_DIGIT.search(head) and _SHAPE.search(head)
    if shaped or not _SPACED.isdisjoint(_words(head)) or relative.EAST_NAMED.search(head):
        return " ".join(head.split())
    return None


def _words(line: str) -> frozenset[str]:
    return frozenset(_WORD.findall(line.casefold()))


def _by_label(line: str, found: list[_Dated]) -> tuple[Moment | None, Moment | None]:
    """Published and modified of the dates of a line, by the word before each, or behind each where labels follow."""
    published: Moment | None = None
    modified: Moment | None = None
    unlabelled: list[Moment] = []
    leading = bool(found) and _label(line[max(0, found[0].start - _LABEL_REACH) : found[0].start]) is not None
    floor = 0
    for number, dated in enumerate(found):
        if leading:
            label = _label(line[max(floor, dated.start - _LABEL_REACH) : dated.start])
        else:
            ceiling = found[number + 1].start if number + 1 < len(found) else len(line)
            label = _label(line[dated.end : min(ceiling, dated.end + _LABEL_REACH)])
            if label is None and number:
                label = _label(line[max(floor, dated.start - _LABEL_REACH) : dated.start])
        floor = dated.end
        if label == "published":
            published = published or dated.moment
        elif label == "modified":
            modified = modified or dated.moment
        else:
            unlabelled.append(dated.moment)
    if published is None and unlabelled:
        published = unlabelled[0]
    return published, modified


def _label(words: str) -> str | None:
    """What the words beside a date call it."""
    modified = _MODIFIED.search(words)
    published = _PUBLISHED.search(words)
    if modified and published and "최종" in modified[0]:  # "최종입력" is the last edit
        return "modified"
    if published and (not modified or published.start() > modified.start()):
        return "published"
    return "modified" if modified else None


def _dates(line: str, frame: _Frame, whole: bool) -> list[_Dated]:
    """All believable dates of a line, in order, none overlapping."""
    dates: list[_Dated] = []
    floor = 0
    for hit in _hits(line, frame.language):
        if hit.start < floor:
            continue
        clock = None
        if hit.time is None and hit.seconds_ago is None:
            clock = clock_after(line, hit.end) or clock_before(line, hit.start, floor)
        if hit.bare and not whole and clock is None:
            continue
        dated = _resolve(line, hit, clock, frame)
        if dated is None:
            continue
        floor = max(hit.end, clock.end) if clock else hit.end
        dates.append(dated)
    return dates


def _hits(line: str, language: str | None) -> list[Hit]:
    """The days that the dialects see, by position, the longer first; the first dialects are the surer ones."""
    words = _words(line)
    found: list[Hit] = []
    dialects: tuple[Iterator[Hit], ...] = (iso.hits(line), numeric.hits(line, language))
    if words:
        dialects += (
            rfc822.hits(line, words),
            korean.hits(line),
            han.hits(line),
            european.hits(line, words, language),
            relative.hits(line, words, language),
        )
    for hits in dialects:
        for hit in hits:
            found.append(hit)
            if len(found) >= MOST_HITS:
                break
    found.sort(key=lambda hit: (hit.start, hit.start - hit.end))
    return found


def _resolve(line: str, hit: Hit, clock: Clock | None, frame: _Frame) -> _Dated | None:
    """The instant of a hit, `None` when there is no such day or it can't be believed."""
    now, named, origin = frame.now, frame.zone, frame.origin
    start, end = hit.start, hit.end
    if clock:
        start, end = min(start, clock.start), max(end, clock.end)
    try:
        if hit.seconds_ago is not None:
            utc = now.astimezone(UTC) - timedelta(seconds=hit.seconds_ago)
            local = utc.astimezone(named or UTC)
            offset = round((local.utcoffset() or timedelta()).total_seconds() / 60)
            return _Dated(start, end, Moment(utc.replace(microsecond=0), offset, Precision.MINUTE, origin), hit.bare)
        local = _day(hit, now.astimezone(named or UTC).replace(tzinfo=None), frame.year_hint)
        precision = Precision.DAY
        time = hit.time or ((clock.hour, clock.minute, clock.second) if clock else None)
        if time:
            local = local.replace(hour=time[0], minute=time[1], second=time[2] or 0)
            precision = Precision.MINUTE if time[2] is None else Precision.SECOND
        told = _told_offset(line, hit, clock, local)
        if told is not None and abs(told) <= FURTHEST_OFFSET:
            offset, origin = told, ZoneOrigin.PAGE
        else:
            offset = offset_at(named, local) if named else 0
        utc = local.replace(tzinfo=timezone(timedelta(minutes=offset))).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    if utc > now + FUTURE or utc < EARLIEST:
        return None
    return _Dated(start, end, Moment(utc, offset, precision, origin), hit.bare and clock is None)


def _told_offset(line: str, hit: Hit, clock: Clock | None, local: datetime) -> int | None:
    """Minutes east of UTC that the text itself tells."""
    if hit.offset is not None:
        return hit.offset
    if clock is None:
        return offset_of_day(line, hit.end)
    if clock.offset is not None:
        return clock.offset
    return abbreviation_offset(clock.zone, local) if clock.zone else None


def _frame(now: datetime, zone: str | None, language: str | None, year_hint: datetime | None) -> _Frame:
    """The zone of dates that tell none is the source's, else the language's."""
    if zone and (named := named_zone(zone)):
        return _Frame(now, named, ZoneOrigin.SOURCE, language, year_hint)
    if named := usual_zone(language):
        return _Frame(now, named, ZoneOrigin.LANGUAGE, language, year_hint)
    return _Frame(now, None, ZoneOrigin.DEFAULT, language, year_hint)


def _day(hit: Hit, today: datetime, year_hint: datetime | None) -> datetime:
    """Midnight of the day of a hit, naive, in the zone of `today`. Raises ValueError where there is no such day."""
    if hit.days_ago is not None:
        return datetime(today.year, today.month, today.day) - timedelta(days=hit.days_ago)  # noqa: DTZ001
    if hit.year is not None:
        return datetime(hit.year, hit.month, hit.day)  # noqa: DTZ001
    latest = today + timedelta(days=1)
    near = year_hint.replace(tzinfo=None) if year_hint else None
    years = [near.year, near.year - 1, near.year + 1] if near else [today.year, today.year - 1]
    years += [today.year - back for back in range(2, 5) if hit.month == 2 and hit.day == 29]
    days = [datetime(year, hit.month, hit.day) for year in years if _exists(year, hit.month, hit.day)]  # noqa: DTZ001
    past = [day for day in days if day <= latest]
    if not past:
        raise ValueError("no such day in the past")
    return min(past, key=lambda day: abs(day - near)) if near else past[0]


def _exists(year: int, month: int, day: int) -> bool:
    try:
        datetime(year, month, day)  # noqa: DTZ001
    except ValueError:
        return False
    return True
