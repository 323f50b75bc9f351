"""Log lines: one an event, as ``key=value`` text or as JSON, the same form for our events and for libraries' messages.

The standard library's logging, whose records every library writes anyway; an event's facts travel in its record. What
pages and servers say is made harmless here, and only here: one line, no control characters, no secrets, bounded length.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, Final, TextIO

import orjson

from crawler.errors import ConfigError

LONGEST_VALUE: Final = 600
LONGEST_TRACE: Final = 3000
MOST_FACTS: Final = 30
READ_AT_ONCE: Final = 1 << 16
LONGEST_LINE: Final = 1 << 18
EVENTS: Final = "presswatch.daemon"
"""The logger of the daemon's own events, which are shown whatever the level for libraries is."""
OURS: Final = ("crawler", "spiders", "storage")

log = logging.getLogger(EVENTS)

_account = re.compile(r"(://)[^/\s@]{1,300}@")
_parameter = re.compile(
    r"([?&;][\w.\-]{0,40}(?:token|secret|passw(?:or)?d|api[_-]?key|auth|signature|session|sig)=)[^&\s#\"'<>]{1,2000}",
    re.IGNORECASE,
)
_header = re.compile(
    r"\b((?:proxy-)?authorization|(?:set-)?cookie|x-api-key)(\\?[\"']?\s{0,3}[:=]\s{0,3})[^\r\n]{1,2000}", re.IGNORECASE
)
_pair = re.compile(r'([A-Za-z_][\w.]{0,60})=("(?:[^"\\]|\\.)*"|[^\s"]*)')
_escaped = re.compile(r"\\(.)")
# Names, numbers, dates: nothing in them could be a secret or command a terminal.
_tame = re.compile(r"[\w.\-]{1,100}")
_bare = re.compile(r'[^ "=]+')


def tell(event: str, *, level: int = logging.INFO, **facts: object) -> None:
    """Log one event of the daemon with its facts."""
    log.log(level, "%s", event, extra={"facts": facts})


def set_up(
    level: str,
    form: str,
    *,
    events: int = logging.WARNING,
    file: str = "",
    file_bytes: int = 0,
    files: int = 1,
) -> None:
    """Log in this process from now on: to `file`, else to standard error. May be called again.

    `level` is for all but the daemon's events, which have `events`; `form` is ``text`` or ``json``. A file is rotated
    at `file_bytes` bytes, `files` older ones are kept. `ConfigError` when the file can't be written.
    """
    handler: logging.Handler = _Stream(sys.stderr)
    if file:
        try:
            handler = _File(file, maxBytes=file_bytes, backupCount=files, encoding="utf-8")
        except OSError as error:
            raise ConfigError(
                f"log_file: {file} can't be written: {error.strerror or error}; name another file or none", "log_file"
            ) from error
    handler.setFormatter(Lines(form))
    root = logging.getLogger()
    for old in root.handlers[:]:
        if isinstance(old, (_Stream, _File)):
            root.removeHandler(old)
            old.close()
    root.addHandler(handler)
    levels(level, events)


def levels(level: str, events: int) -> None:
    """What is logged: our own from `level` on, the daemon's events from `events` on, and of libraries what is at least
    a warning; their workings are for DEBUG, which shows all.
    """
    everything = level == "DEBUG"
    for name in OURS:
        logging.getLogger(name).setLevel(level)
    logging.getLogger().setLevel(level if everything else max(logging.WARNING, level_number(level)))
    log.setLevel(logging.DEBUG if everything else events)


class Lines(logging.Formatter):
    """A record as one line: time (UTC), level, logger if it is not the daemon, event, facts."""

    def __init__(self, form: str) -> None:
        super().__init__()
        self._json = form == "json"

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        values = facts_of(record)
        if self._json:
            return orjson.dumps(values).decode()
        return " ".join(f"{name}={_word(value)}" for name, value in values.items())


def facts_of(record: logging.LogRecord) -> dict[str, str | int | float | bool | None]:
    """What a record says, harmless and bounded."""
    told: dict[str, str | int | float | bool | None] = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
    }
    if record.name != EVENTS:
        told["logger"] = harmless(record.name)
    try:
        told["event"] = harmless(record.getMessage())
    except Exception:  # noqa: BLE001 - a library's format that does not fit its arguments
        told["event"] = harmless(str(record.msg))
    facts: Mapping[str, object] = getattr(record, "facts", {})
    for name, value in list(facts.items())[:MOST_FACTS]:
        told[name] = _plain(value)
    if record.exc_info and record.exc_info[1] is not None:
        error = record.exc_info[1]
        told["error"] = harmless(f"{type(error).__name__}: {error}")
        told["traceback"] = harmless("".join(traceback.format_exception(error)[-20:]), LONGEST_TRACE)
    return told


def harmless(text: str, longest: int = LONGEST_VALUE) -> str:
    """`text` on one line without what commands a terminal or breaks a line, without secrets, cut to `longest`."""
    if _tame.fullmatch(text):
        return text
    text = text[: 2 * longest + 2000]
    text = _account.sub(r"\1***@", text)
    text = _parameter.sub(r"\1***", text)
    text = _header.sub(r"\1\2***", text)
    text = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _plain(value: object) -> str | int | float | bool | None:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return harmless(str(value))


def _word(value: object) -> str:
    text = "-" if value is None else str(value)
    return text if _bare.fullmatch(text) else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def read_line(line: str) -> dict[str, Any] | None:
    """What a line of either form tells; `None` for one that is neither."""
    if line.startswith("{"):
        try:
            told = orjson.loads(line)
        except ValueError:
            return None
        return told if isinstance(told, dict) else None
    told = {name: _unquoted(word) for name, word in _pair.findall(line[: 64 * LONGEST_VALUE])}
    return told if "time" in told and "event" in told else None


def _unquoted(word: str) -> str | None:
    if word.startswith('"'):
        return _escaped.sub(r"\1", word[1:-1])
    return None if word == "-" else word


def relay(send: Callable[[dict[str, object]], None]) -> logging.Handler:
    """A handler that hands each record, as plain values, to `send`, for `retell` in another process."""
    return _Relay(send)


def retell(told: Mapping[str, Any]) -> None:
    """Log here what another process logged."""
    logger = logging.getLogger(str(told["logger"]))
    if logger.isEnabledFor(told["level"]):
        record = logger.makeRecord(logger.name, told["level"], "", 0, "%s", (told["event"],), None)
        record.created = told["created"]
        record.facts = told["facts"]
        logger.handle(record)


class _Relay(logging.Handler):
    def __init__(self, send: Callable[[dict[str, object]], None]) -> None:
        super().__init__()
        self._send = send

    def emit(self, record: logging.LogRecord) -> None:
        facts = facts_of(record)
        event = facts.pop("event")
        for name in ("time", "level", "logger"):
            facts.pop(name, None)
        told = {"logger": record.name, "level": record.levelno, "created": record.created, "event": event}
        self._send({**told, "facts": facts})


class _SaysOnce(logging.Handler):
    """A log that can't be written (a full disk) is told once on standard error, and again when that was over."""

    _away = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802 - logging's own
        error = sys.exc_info()[1]
        if not self._away and isinstance(self, _File):
            self._away = True
            _complain(f"presswatch: the log can't be written: {error}; it goes on when it can")


def _complain(line: str) -> None:
    try:
        if sys.stderr is not None:  # who started us may have closed it
            sys.stderr.write(line + "\n")
    except OSError:
        return  # nobody listens


class _Stream(_SaysOnce, logging.StreamHandler[TextIO]):
    pass


class _File(_SaysOnce, RotatingFileHandler):
    def close(self) -> None:
        # What a full disk refused is refused again when the file is closed, which it is all the same.
        with contextlib.suppress(OSError):
            super().close()

    def flush(self) -> None:
        super().flush()
        self._away = False


def last_lines(file: Path, count: int, older: int, level: int = 0, source: str | None = None) -> list[str]:
    """The last `count` lines of a log that are of at least that level and about that source, oldest first, reaching
    back into at most `older` rotated files.
    """
    paths = (file, *(file.with_name(f"{file.name}.{number}") for number in range(1, older + 1)))
    lines = (line for path in itertools.takewhile(Path.exists, paths) for line in _backwards(path))
    found = [line for line, _ in itertools.islice(matching(lines, level, source), count)]
    return found[::-1]


def _backwards(path: Path) -> Iterator[str]:
    """The lines of a file, last first; of one that is no line of a log at all, its beginning."""
    with path.open("rb") as stream:
        place = stream.seek(0, 2)
        rest = b""
        while place > 0:
            step = min(READ_AT_ONCE, place)
            place = stream.seek(place - step)
            first, *whole = (stream.read(step) + rest).split(b"\n")
            yield from (line.decode("utf-8", "replace") for line in reversed(whole))
            rest = first[:LONGEST_LINE]
        yield rest.decode("utf-8", "replace")


def level_number(name: str) -> int:
    """The number of a level's name, 0 for one that is none."""
    return logging.getLevelNamesMapping().get(name.upper(), 0)


def matching(lines: Iterable[str], level: int, source: str | None) -> Iterable[tuple[str, dict[str, Any]]]:
    """Lines, with what they tell, of at least that level and about that source."""
    for line in lines:
        told = read_line(line)
        if told is None:
            if level == 0 and source is None and line.strip():
                yield line, {"event": line}
        elif level_number(str(told.get("level", ""))) >= level and source in (None, told.get("source")):
            yield line, told
