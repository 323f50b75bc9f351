"""Process settings: the fields of `Config` are the one table that gives the file, the environment and the docs.

Order of authority, lowest first: the default, `presswatch.toml` (or the file that ``PRESSWATCH_CONFIG`` or ``--config``
names), ``PRESSWATCH_<NAME>`` in the environment, the command line.
"""

from __future__ import annotations

import math
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, tzinfo
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from crawler import __version__
from crawler.errors import ConfigError, UsageError

FILE_NAME = "presswatch.toml"
PREFIX = "PRESSWATCH_"
MAX_FILE_BYTES = 1_000_000  # a settings file of some 30 lines; more is a file named by mistake
NEAR = 0.75  # difflib ratio: finds "dealy" and "user-agent"; an unrelated PRESSWATCH_TOKEN stays unmatched

type_names = {str: "text", int: "whole number", float: "number", bool: "true or false", tuple: "list of text"}

_words = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
_seconds = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
_part = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)(ms|s|m|h|d|w)")


def parse_duration(text: str) -> float:
    """Seconds in a text such as ``90``, ``90s``, ``15m``, ``1h30m``, ``2d``, ``1w``, ``500ms``; else UsageError."""
    compact = text.strip().lower().replace(" ", "")
    if re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]{1,6})?", compact):
        return float(compact)
    parts = _part.findall(compact)
    if not parts or "".join(number + unit for number, unit in parts) != compact:
        raise UsageError(f"{text!r} is no duration; write 90s, 15m, 1h30m, 2d or 1w", text)
    return sum(float(number) * _seconds[unit] for number, unit in parts)


def check_zone(value: str) -> None:
    """Raise ValueError unless `value` is an IANA zone such as ``Asia/Seoul``."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("is no IANA zone; write a name such as Asia/Seoul or UTC") from error


def zone_of(name: str | None) -> tzinfo:
    """The zone of a checked name; without one UTC."""
    from zoneinfo import ZoneInfo

    return ZoneInfo(name) if name else UTC


def _store_url(value: str) -> None:
    if value.startswith(("postgres://", "postgresql://")):
        raise ValueError("names no driver; begin it with postgresql+psycopg://")
    if not value.startswith(("sqlite:///", "postgresql+psycopg://")) or value == "sqlite:///":
        raise ValueError("is no store; write sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME")


def _proxy_url(value: str) -> None:
    from urllib.parse import urlsplit

    parts = urlsplit(value)
    if value and (parts.scheme not in {"http", "https"} or not parts.hostname):
        raise ValueError("is no HTTP proxy; write http://HOST:PORT")


def listen_address(value: str) -> tuple[str, int]:
    """Host and port of ``127.0.0.1:9464`` or ``[::1]:9464``; ValueError for what is neither."""
    host, colon, port = value.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    if not colon or not bare or (":" in bare) != host.startswith("[") or not re.fullmatch("[0-9]{1,5}", port):
        raise ValueError("is no address; write HOST:PORT, such as 127.0.0.1:9464 or [::1]:9464")
    if int(port) > 65_535:
        raise ValueError("has a port above 65535")
    return bare, int(port)


def _address(value: str) -> None:
    if value:
        listen_address(value)


def _callback_url(value: str) -> None:
    if value and not re.fullmatch(r"https?://[^\s/?#@]+(?:/[^\s?#]*)?", value):
        raise ValueError("is no address of a callback; write https://HOST/PATH, without a query or a password")


def _header_text(value: str) -> None:
    # RFC 9110, 5.5: what is sent in a field must not carry line breaks, and beyond ASCII nobody agrees on the charset.
    if not value.isascii() or not value.isprintable():
        raise ValueError("may hold printable ASCII characters only, because it is sent in a header")


def _network(value: str) -> None:
    from ipaddress import ip_network

    try:
        ip_network(value)
    except ValueError as error:
        raise ValueError(f"is no network ({error}); write CIDR such as 127.0.0.0/8") from error


def _networks(value: tuple[str, ...]) -> None:
    for network in value:
        try:
            _network(network)
        except ValueError as error:
            raise ValueError(f"{network!r} {error}") from error


def _ages(value: tuple[str, ...]) -> None:
    try:
        for age in value:
            parse_duration(age)
    except UsageError as error:
        raise ValueError(str(error)) from error


def _existing_folder(value: str) -> None:
    if value and not Path(value).is_dir():
        raise ValueError("does not exist or is no folder")


def _share(value: float) -> None:
    if value > 1:
        raise ValueError("is more than 1, and nothing is surer than that")


def _existing_file(value: str) -> None:
    if value and not Path(value).is_file():
        raise ValueError("does not exist or is no file")


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table. `minimum` bounds numbers; `unit` is shown in help; `choices` are the words allowed."""

    name: str
    kind: type
    default: object
    unit: str
    help: str
    minimum: float | None = None
    choices: tuple[str, ...] = ()
    check: Callable[[Any], None] | None = None

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return PREFIX + self.name.upper()


def _setting(
    default: Any,  # noqa: ANN401
    unit: str,
    text: str,
    minimum: float | None = None,
    *,
    choices: tuple[str, ...] = (),
    check: Callable[[Any], None] | None = None,
) -> Any:  # noqa: ANN401
    metadata = {"unit": unit, "help": text, "minimum": minimum, "choices": choices, "check": check}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Process settings; each field is a row: default, unit, help, minimum, check."""

    store: str = _setting(
        "sqlite:///presswatch.db",
        "URL",
        "where articles are kept: sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME",
        check=_store_url,
    )
    contact: str = _setting(
        "", "URL or mail", "how a publisher can reach you; sent in the User-Agent", check=_header_text
    )
    user_agent: str = _setting("", "text", "User-Agent; empty: presswatch/<version> (+contact)", check=_header_text)
    zone: str = _setting(
        "Asia/Seoul", "IANA name", "zone in which dates are read on the command line and shown", check=check_zone
    )
    proxy: str = _setting("", "URL", "HTTP proxy for every request; empty: none", check=_proxy_url)
    delay: float = _setting(1.0, "seconds", "least time between two requests to one host", 0)
    concurrency: int = _setting(16, "requests", "requests under way at once, all hosts together", 1)
    timeout: float = _setting(30.0, "seconds", "longest wait for one answer", 0.1)
    max_bytes: int = _setting(10_000_000, "bytes", "largest body that is read, after decompression", 1000)
    obey_robots: bool = _setting(True, "", "obey robots.txt")
    robots_lifetime: float = _setting(
        86_400.0, "seconds", "how long a robots.txt is kept before it is fetched again", 0
    )
    allow_networks: tuple[str, ...] = _setting(
        (), "CIDR", "private networks that may be connected to, as 127.0.0.0/8", check=_networks
    )
    ca_file: str = _setting(
        "", "path", "PEM file of certificate authorities trusted besides the system's", check=_existing_file
    )
    retries: int = _setting(2, "times", "how often a failed request is tried again", 0)
    retry_after: float = _setting(3600.0, "seconds", "when a URL that failed is tried again", 0)
    article_pages: int = _setting(20, "pages", "most pages of one article that are read and joined", 1)
    budget: int = _setting(
        7200,
        "requests an hour",
        "most requests that the daemon sends within any hour: looks, articles, redirects, retries, robots.txt; "
        "what exceeds it waits; 0: no ceiling",
        0,
    )
    host_budget: int = _setting(900, "requests an hour", "most of them to one host; 0: no ceiling", 0)
    source_budget: int = _setting(600, "requests an hour", "most of them for one source; 0: no ceiling", 0)
    looks: float = _setting(
        1200.0,
        "looks an hour",
        "how many looks for news adaptive sources make on the mean, all together, within half of budget",
        0.1,
    )
    host_looks: float = _setting(
        30.0,
        "looks an hour",
        "how many such looks one host is asked for at its sources' busiest hour, within half of host_budget",
        0.1,
    )
    edit_checks: tuple[str, ...] = _setting(
        ("30m", "2h", "6h", "24h"), "durations", "ages at which a stored article is looked at again", check=_ages
    )
    # By cross-validation .2 keeps 742 of 746 pages of news and blog sets (the four are two threads, a product and an
    # advertisement) and 790 of 791 further articles, and sets aside 234 of 726 other pages that a door named; 144 more
    # are seen to be none.
    least_confidence: float = _setting(
        0.2,
        "0 to 1",
        "how sure it must be that a page is an article for it to be stored; less sure ones are set aside and told",
        0,
        check=_share,
    )
    story_days: float = _setting(30.0, "days", "how far apart two articles may be that tell one story", 0)
    keep_pages: bool = _setting(True, "", "keep raw pages (zstd) so that they can be extracted again")
    keep_pages_days: int = _setting(30, "days", "how long raw pages are kept", 0)
    keep_pages_megabytes: int = _setting(
        5000, "MB", "how large raw pages, compressed, may grow before the oldest go; 0: no limit", 0
    )
    keep_runs_days: int = _setting(90, "days", "how long the table of runs is kept; 0: for ever", 0)
    keep_versions_days: int = _setting(
        0, "days", "how long a version of an article is kept after the next one replaced it; 0: for ever", 0
    )
    extract_workers: int = _setting(0, "processes", "processes that extract; 0: one a core, at most three", 0)
    page_deadline: float = _setting(10.0, "seconds", "longest time one page may take to extract", 0.1)
    engine_memory: int = _setting(
        1000,
        "MB",
        "memory of the daemon's engine, its extraction processes included, above which a fresh one takes "
        "its place between crawls; 0: no limit",
        0,
    )
    site_rules: bool = _setting(True, "", "use what is known of single sites, the shipped rules and your own")
    site_rules_folder: str = _setting(
        "", "path", "folder of your own site rules, before the shipped ones; empty: none", check=_existing_folder
    )
    topic_pages: int = _setting(50, "pages", "most pages of one search for a topic that are walked with --since", 1)
    host_pages: int = _setting(1000, "pages", "most pages of one host that one crawl asks", 1)
    host_depth: int = _setting(
        100, "pages", "most listing, sitemap and result pages of one host that one crawl walks", 1
    )
    host_seconds: float = _setting(3600.0, "seconds", "longest time that one crawl asks one host", 1)
    drain: float = _setting(20.0, "seconds", "how long a stop waits for what is under way", 0)
    listen: str = _setting(
        "", "HOST:PORT", "where the daemon answers /healthz, /readyz and /metrics; empty: nowhere", check=_address
    )
    websub_callback: str = _setting(
        "",
        "URL",
        "public address, ending at websub_listen, at which hubs deliver what feeds publish (WebSub); empty: off",
        check=_callback_url,
    )
    websub_listen: str = _setting(
        "127.0.0.1:9465", "HOST:PORT", "where the daemon takes what hubs deliver, behind a proxy", check=_address
    )
    websub_lease: float = _setting(864_000.0, "seconds", "how long a subscription is asked for", 300)
    log_level: str = _setting(
        "WARNING", "level", "DEBUG, INFO, WARNING or ERROR", choices=("DEBUG", "INFO", "WARNING", "ERROR")
    )
    log_format: str = _setting("text", "word", "form of log lines: text (key=value) or json", choices=("text", "json"))
    log_file: str = _setting("", "path", "file that the daemon logs to; empty: standard error")
    log_file_bytes: int = _setting(10_000_000, "bytes", "size at which the log file is rotated", 10_000)
    log_files: int = _setting(5, "files", "how many rotated log files are kept", 1)

    @property
    def agent(self) -> str:
        """The User-Agent that is sent."""
        return self.user_agent or f"presswatch/{__version__}" + (f" (+{self.contact})" if self.contact else "")

    @property
    def edit_check_ages(self) -> tuple[float, ...]:
        """`edit_checks` as ages in seconds, youngest first."""
        return tuple(sorted(parse_duration(age) for age in self.edit_checks))

    @property
    def story_window(self) -> float:
        """`story_days` in seconds."""
        return self.story_days * _seconds["d"]


SETTINGS: tuple[Setting, ...] = tuple(
    Setting(name=row.name, kind=type(row.default), default=row.default, **row.metadata) for row in fields(Config)
)
_by_name = {setting.name: setting for setting in SETTINGS}


def nearest(name: str, names: tuple[str, ...]) -> str:
    """`` (did you mean 'delay'?)`` for the nearest of `names`, or nothing when none is near."""
    found = get_close_matches(name.lower().replace("-", "_"), names, 1, NEAR)
    return f" (did you mean {found[0]!r}?)" if found else ""


def load_config(
    path: Path | None = None,
    environ: Mapping[str, str] = os.environ,
    overrides: Mapping[str, object] | None = None,
) -> Config:
    """Settings from file, environment and `overrides`, each over the one before; ConfigError names what is wrong.

    `path` (else ``PRESSWATCH_CONFIG``) must exist; without either, `presswatch.toml` in the working directory is read
    if there is one. An override of `None` counts as not given. A variable that merely begins with ``PRESSWATCH_`` may
    belong to a source's credentials and is ignored, unless it nearly spells a setting.
    """
    values: dict[str, object] = {}
    file = settings_file(path, environ)
    if file is not None:
        for name, value in _read_file(file).items():
            values[name] = _checked(name, value, f"{file}: {name}")
    for variable, value in sorted(environ.items()):
        meant = _variable_setting(variable) if variable.startswith(PREFIX) else None
        if meant is not None:
            values[meant] = _checked(meant, _from_text(_by_name[meant], value), variable)
    for name, value in (overrides or {}).items():
        if name not in _by_name:
            raise ConfigError(f"there is no setting {name!r}{nearest(name, tuple(_by_name))}", name)
        if value is not None:
            given = _from_text(_by_name[name], value) if isinstance(value, str) else value
            values[name] = _checked(name, given, name)
    return Config(**values)  # type: ignore[arg-type]  # _checked gave each the type of its field


def settings_file(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> Path | None:
    """The file that `load_config` reads; `None`: none is named, and none is there."""
    named = path or (Path(environ["PRESSWATCH_CONFIG"]) if environ.get("PRESSWATCH_CONFIG") else None)
    return named or (Path(FILE_NAME) if Path(FILE_NAME).exists() else None)


def _read_file(file: Path) -> dict[str, object]:
    try:
        with file.open("rb") as stream:
            body = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigError(f"{file}: {reason}; write one with `presswatch init`", str(file)) from error
    if len(body) > MAX_FILE_BYTES:
        raise ConfigError(f"{file}: larger than {MAX_FILE_BYTES} bytes; is this a settings file?", str(file))
    try:
        table = tomllib.loads(body.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"{file}: no valid TOML: {error}", str(file)) from error
    for name in table:
        if name in {"source", "topic"}:
            raise ConfigError(
                f"{file}: [[{name}]] is no process setting; load sources and topics with `presswatch apply FILE`", name
            )
        if name not in _by_name:
            raise ConfigError(f"{file}: there is no setting {name!r}{nearest(name, tuple(_by_name))}", name)
    return table


def _variable_setting(variable: str) -> str | None:
    name = variable.removeprefix(PREFIX).lower()
    if name in _by_name:
        return name
    near = get_close_matches(name, tuple(_by_name), 1, NEAR)
    if near and name != "config":
        raise ConfigError(f"{variable}: there is no such setting; did you mean {_by_name[near[0]].variable}?", variable)
    return None


def _from_text(setting: Setting, value: str) -> object:
    """What a text from the environment or command line says, in the setting's type where it can be read so."""
    if setting.kind is tuple:
        return tuple(part.strip() for part in value.split(",") if part.strip())
    lower = value.strip().lower()
    if setting.kind is bool:
        return _words.get(lower, value)
    if setting.kind is int and re.fullmatch(r"-?[0-9]{1,18}", lower):
        return int(lower)
    if setting.kind is float and re.fullmatch(r"-?[0-9]{1,18}(?:\.[0-9]{1,18})?", lower):
        return float(lower)
    return value


def _checked(name: str, value: object, place: str) -> object:
    """`value` in the type of setting `name`, within its bounds; ConfigError that begins with `place` otherwise."""
    setting = _by_name[name]
    typed = _typed(setting, value)
    if typed is None:
        wanted = type_names[setting.kind] + (f" ({setting.unit})" if setting.unit else "")
        raise ConfigError(f"{place}: {value!r} is not a {wanted}", name)
    if setting.minimum is not None and isinstance(typed, (int, float)) and typed < setting.minimum:
        raise ConfigError(f"{place}: {value} is too small; the least is {setting.minimum:g} {setting.unit}", name)
    if setting.choices and typed not in setting.choices:
        raise ConfigError(f"{place}: {value!r} is not one of {', '.join(setting.choices)}", name)
    if setting.check is not None:
        try:
            setting.check(typed)
        except ValueError as error:
            said = str(error) if isinstance(typed, tuple) else f"{_without_password(str(typed))!r} {error}"
            raise ConfigError(f"{place}: {said}", name) from error
    return typed


def _without_password(url: str) -> str:
    return re.sub(r"://([^/@:]{0,200}):[^/@]{0,200}@", r"://\1:***@", url)


def _chosen(setting: Setting, value: str) -> str:
    """The choice that `value` means, however its letters are cased; what is none stays as it is."""
    return next((choice for choice in setting.choices if choice.lower() == value.lower()), value)


def _typed(setting: Setting, value: object) -> object | None:
    kind = setting.kind
    if kind is tuple:
        texts = isinstance(value, (list, tuple)) and all(isinstance(part, str) for part in value)
        return tuple(value) if texts and isinstance(value, (list, tuple)) else None
    if kind is bool or isinstance(value, bool):
        return value if kind is bool and isinstance(value, bool) else None
    if kind is float:
        if isinstance(value, str) and setting.unit == "seconds":
            try:
                return parse_duration(value)
            except UsageError:
                return None
        return float(value) if isinstance(value, (int, float)) and math.isfinite(value) else None
    if kind is str and isinstance(value, str):
        return _chosen(setting, value)
    return value if isinstance(value, kind) else None
