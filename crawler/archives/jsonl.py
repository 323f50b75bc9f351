"""Our own JSON lines read back: a line an exported row, see docs/formats.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import orjson

from crawler.archives.clock import fetched_at
from crawler.archives.opening import CUT, BreaksOff, opened
from crawler.errors import UsageError
from crawler.items import ArticleRow, Moment, Precision, UseTerms
from crawler.sources import MAX_NAME, is_name

MAX_LINE = 50_000_000  # bytes; the longest article known is a hundredth of it
MARK = b"\xef\xbb\xbf"  # with which editors on Windows begin UTF-8


def rows_in(path: Path, zone: tzinfo) -> Iterator[ArticleRow | UsageError]:
    """The rows of a file in order; a line that is none gives the error instead, which names file and line.

    A file that breaks off gives the error last. A day without a time is read as one in `zone`.
    """
    with opened(path) as stream:
        number = 0
        while True:
            number += 1
            try:
                line = stream.readline(MAX_LINE)
            except OSError as error:
                # A checksum stands behind what it is of.
                doubt = "" if str(error) == CUT else ", and may be damaged too"
                told = f"{path}:{number}: can't be read on: {error}; the lines before are taken{doubt}"
                yield BreaksOff(told, str(path))
                return
            if not line:
                return
            if len(line) == MAX_LINE and not line.endswith(b"\n"):
                yield BreaksOff(
                    f"{path}:{number}: longer than {MAX_LINE:,} bytes; the rest of the file is left", str(path)
                )
                return
            if number == 1:
                line = line.removeprefix(MARK)
            if line.strip():
                yield _row(line, f"{path}:{number}", zone)


def _row(line: bytes, place: str, zone: tzinfo) -> ArticleRow | UsageError:
    try:
        given = orjson.loads(line)
        if not isinstance(given, dict):
            return UsageError(f"{place}: not an object; `jq -c '.[]' FILE` makes lines of a JSON array", place)
        return row_of(given, zone)
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        what = f"{error.args[0]} is missing" if isinstance(error, KeyError) else _reason(line) or str(error)
        return UsageError(f"{place}: no row of ours: {what}", place)


def _reason(line: bytes) -> str | None:
    """What is wrong with a line that is no JSON, where that is known better than the parser says it."""
    if line.strip() in (b"{", b"["):
        return (
            "a JSON document over several lines; `jq -c . FILE`, or `jq -c '.[]' FILE` for an array, makes lines of it"
        )
    try:
        line.decode()
    except UnicodeDecodeError as error:
        return f"its byte {error.start + 1:,} is no UTF-8; convert the file, as with iconv -f CP949 -t UTF-8"
    return None


def row_of(given: Mapping[str, Any], zone: tzinfo) -> ArticleRow:
    """A row from what `crawler.export.fields.as_mapping` makes of one.

    ``url``, ``text`` and ``fetched`` (or ``first_seen``) must be there; everything else may be absent. Raises
    `KeyError`, `ValueError` or `TypeError` for what is missing or of another type.
    """
    fetched = fetched_at(given.get("fetched") or given.get("first_seen") or _needed(given, "fetched"))
    first_seen = given.get("first_seen")
    return ArticleRow(
        id=_text(given, "id") or "",
        url=_needed(given, "url"),
        title=_text(given, "title"),
        text=_needed(given, "text"),
        summary=_text(given, "summary"),
        authors=_list(given, "authors"),
        published=_moment(given.get("published"), zone),
        modified=_moment(given.get("modified"), zone),
        fetched=fetched,
        first_seen=fetched_at(first_seen) if first_seen else fetched,
        lang=_text(given, "lang"),
        source=_source(given),
        site=_text(given, "site"),
        section=_text(given, "section"),
        tags=_list(given, "tags"),
        topics=_list(given, "topics"),
        image=_text(given, "image"),
        captions=_list(given, "captions"),
        source_line=_text(given, "source_line"),
        content_hash=_text(given, "content_hash") or "",
        cluster_id=_text(given, "cluster_id") or "",
        version=int(given.get("version") or 1),
        provisional=bool(given.get("provisional")),
        extractor=_text(given, "extractor") or "import",
        confidence=min(1.0, max(0.0, float(given.get("confidence") or 0.0))),
        terms=UseTerms(
            robots=_text(given, "robots"),
            tdm_reservation=_text(given, "tdm_reservation"),
            tdm_policy=_text(given, "tdm_policy"),
            licence=_text(given, "licence"),
        ),
        change_seq=int(given.get("change_seq") or 0),
    )


def _needed(given: Mapping[str, Any], name: str) -> str:
    text = _text(given, name)
    if not text:
        raise KeyError(name)
    return text


def _text(given: Mapping[str, Any], name: str) -> str | None:
    value = given.get(name)
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{name} is no text")
    return value


def _source(given: Mapping[str, Any]) -> str | None:
    """A name that a source could have."""
    name = (_text(given, "source") or "").strip()
    if name and not is_name(name):
        raise ValueError(f"source is no name of 1 to {MAX_NAME} printable characters")
    return name or None


def _list(given: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = given.get(name) or []
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise TypeError(f"{name} is no list of texts")
    return tuple(value)


def _moment(text: object, zone: tzinfo) -> Moment | None:
    """A publisher's time, with its offset; one without is read in `zone`."""
    if text is None:
        return None
    if not isinstance(text, str):
        raise TypeError("a time is no text")
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    offset = moment.utcoffset() or timedelta()
    precision = Precision.DAY if len(text) == len("2026-11-01") else Precision.SECOND
    return Moment(moment.astimezone(UTC), round(offset.total_seconds() / 60), precision)
