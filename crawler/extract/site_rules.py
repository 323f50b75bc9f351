"""Knowledge of single sites as data: a TOML file a site says where its body, title, date and authors stand.

Rules ship in `crawler/extract/sites/`; a person's own ones in a folder come before them. A file is read once a process,
checked whole, and found again by host (a dictionary look-up for each label), by a `<meta>` of the system that made the
page, or by the path of its URL. What a rule's selectors may be is less than CSS: see `SELECTOR`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crawler.errors import ConfigError

MAX_FILES = 1_000
MAX_FILE_BYTES = 64_000
"""A rule has some 30 lines; more is a file put there by mistake."""

MAX_SELECTORS = 20
"""Selectors of one key: each is a walk over the page."""

MAX_HOST = 253
"""Longest name that the domain name system has; a longer one is looked up a label at a time in quadratic time."""

_COMPOUND = (
    r"(?=[a-zA-Z*.#\[])(?:[a-zA-Z][\w-]*|\*)?"
    r"(?:[.#][\w-]+|\[[\w:-]+(?:[~|^$*]?=(?:\"[^\"\]>\\]*\"|'[^'\]>\\]*'|[\w-]+))?\])*"
)
SELECTOR = re.compile(rf"{_COMPOUND}(?:(?:\s*>\s*|\s+){_COMPOUND})*")
"""Tag, ``#id``, ``.class`` and ``[attribute]`` (also with a value), joined by ``>`` or a blank. Siblings and
pseudo-classes are left out: on a page made to hurt they take time quadratic in its size."""

_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)+[a-z0-9-]{2,}")
_KEYS = (
    "name", "hosts", "detect", "valid_until", "zone",
    "body", "title", "summary", "date", "modified", "author", "caption", "strip", "unless",
)  # fmt: skip
_WAYS = ("meta", "path")

_ATTRIBUTE = re.compile(r"@([a-z][a-z0-9_:-]*)$")
"""What a field's selector may end with: `#article-data@data-published` is said by that attribute alone."""

Steps = tuple[str, ...]
"""A selector, cut at its blanks: each step is looked for below what the one before found."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a field stands: in the elements that `steps` find, as their text or (where named) their `attribute`."""

    steps: Steps
    attribute: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRule:
    """What is known of one site; `valid_until` is the last day (UTC) on which it is believed.

    Selectors are tried in order: `body` names the container of the text, `summary` the standfirst wherever it stands,
    `caption` and `strip` what in the container is a picture's caption and what is no text, `unless` what only
    pages have that are no articles. `zone` (an IANA name) is that of the site's dates without one.
    """

    name: str
    file: str
    own: bool
    valid_until: date
    hosts: tuple[str, ...] = ()
    metas: Mapping[str, str] = field(default_factory=dict)
    paths: tuple[str, ...] = ()
    zone: str | None = None
    body: tuple[Steps, ...] = ()
    title: tuple[Place, ...] = ()
    date: tuple[Place, ...] = ()
    modified: tuple[Place, ...] = ()
    author: tuple[Place, ...] = ()
    summary: tuple[Steps, ...] = ()
    caption: tuple[Steps, ...] = ()
    strip: tuple[Steps, ...] = ()
    unless: tuple[Steps, ...] = ()

    def valid(self, at: datetime) -> bool:
        """Whether the rule is believed for a page fetched at `at` (aware)."""
        return at.date() <= self.valid_until


class SiteRules:
    """Rules in the order in which they are believed: a person's own ones first, then the shipped ones."""

    def __init__(self, own: Iterable[SiteRule], shipped: Iterable[SiteRule]) -> None:
        self._tables = tuple(_Table(rules) for rules in (tuple(own), tuple(shipped)) if rules)

    @property
    def rules(self) -> tuple[SiteRule, ...]:
        """All rules, own ones first, each kind by the name of its file."""
        return tuple(rule for table in self._tables for rule in table.rules)

    def candidates(self, url: str, metas: Mapping[str, list[str]]) -> tuple[SiteRule, ...]:
        """The rules that may speak of a page, the best first: at most one own and one shipped.

        `metas` maps the lower-case name of a `<meta>` to its contents. A host is surer than a meta, that than a path.
        """
        try:
            parts = urlsplit(url)
            host, path = (parts.hostname or "").rstrip("."), parts.path
        except ValueError:
            return ()
        if len(host) > MAX_HOST:
            return ()
        found = (table.find(host, path, metas) for table in self._tables)
        return tuple(rule for rule in found if rule is not None)


class _Table:
    def __init__(self, rules: tuple[SiteRule, ...]) -> None:
        self.rules = rules
        self._hosts: dict[str, SiteRule] = {}
        self._metas: dict[str, list[tuple[str, SiteRule]]] = {}
        self._paths: dict[str, SiteRule] = {}
        for rule in rules:
            for host in rule.hosts:
                _enter(self._hosts, host, rule, "hosts")
            for path in rule.paths:
                _enter(self._paths, path, rule, "detect.path")
            for name, beginning in rule.metas.items():
                self._metas.setdefault(name, []).append((beginning, rule))

    def find(self, host: str, path: str, metas: Mapping[str, list[str]]) -> SiteRule | None:
        while host:
            if rule := self._hosts.get(host):
                return rule
            host = host.partition(".")[2]
        for name, rows in self._metas.items():
            for content in metas.get(name, ()):
                for beginning, rule in rows:
                    if content.startswith(beginning):
                        return rule
        return self._paths.get(path)


def _enter(table: dict[str, SiteRule], key: str, rule: SiteRule, what: str) -> None:
    other = table.setdefault(key, rule)
    if other is not rule:
        raise ConfigError(f"{rule.file}: {what}: {key!r} is named by {other.file} too", key)


@lru_cache(maxsize=4)
def site_rules(folder: str = "") -> SiteRules:
    """The shipped rules and those of `folder` (empty: none), read once a process.

    Raises ConfigError that names the file and the key where a rule makes no sense or the folder can't be read.
    """
    shipped = _read(files("crawler.extract").joinpath("sites"), own=False)
    return SiteRules(_read(Path(folder), own=True) if folder else (), shipped)


def _read(folder: Path | Traversable, *, own: bool) -> tuple[SiteRule, ...]:
    rules = []
    try:
        named = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".toml")), key=lambda one: one.name)
        if len(named) > MAX_FILES:
            raise ConfigError(f"{folder}: more than {MAX_FILES} rule files", str(folder))
        for entry in named:
            with entry.open("rb") as stream:
                body = stream.read(MAX_FILE_BYTES + 1)
            rules.append(parse_rule(body, str(entry) if own else f"sites/{entry.name}", own=own))
    except OSError as error:
        raise ConfigError(f"{error.filename or folder}: {error.strerror or error}", str(folder)) from error
    return tuple(rules)


def parse_rule(body: bytes, file: str, *, own: bool = True) -> SiteRule:
    """The rule in the bytes of a TOML file; ConfigError names `file`, the key, and what is wrong."""
    if len(body) > MAX_FILE_BYTES:
        raise ConfigError(f"{file}: larger than {MAX_FILE_BYTES} bytes; is this a rule file?", file)
    try:
        table = tomllib.loads(body.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"{file}: no valid TOML: {error}", file) from error
    _known(table, _KEYS, file, "")
    detect = _typed(table, "detect", dict, file) or {}
    _known(detect, _WAYS, file, "detect.")
    rule = SiteRule(
        name=_name(table, file),
        file=file,
        own=own,
        valid_until=_day(table, file),
        hosts=_matching(_texts(table, "hosts", file), _HOST, "hosts", file, "is no host; write example.co.kr"),
        metas=_metas(detect, file),
        paths=_matching(
            _texts(detect, "path", file, "detect."),
            re.compile(r"/[^?#\s]*"),
            "detect.path",
            file,
            "does not begin with /",
        ),
        zone=_zone(table, file),
        body=_regions(table, "body", file),
        summary=_regions(table, "summary", file),
        caption=_regions(table, "caption", file),
        strip=_regions(table, "strip", file),
        unless=_regions(table, "unless", file),
        title=_places(table, "title", file),
        date=_places(table, "date", file),
        modified=_places(table, "modified", file),
        author=_places(table, "author", file),
    )
    if not (rule.hosts or rule.metas or rule.paths):
        raise ConfigError(f"{file}: hosts: neither a host is named nor how the site is told ([detect])", "hosts")
    if not rule.body:
        raise ConfigError(f"{file}: body: is missing; name at least one selector of what holds the text", "body")
    return rule


def _known(table: Mapping[str, Any], keys: tuple[str, ...], file: str, prefix: str) -> None:
    for key in table:
        if key not in keys:
            raise ConfigError(f"{file}: {prefix}{key}: there is no such key; there are {', '.join(keys)}", key)


def _typed(table: Mapping[str, Any], key: str, kind: type, file: str) -> Any:  # noqa: ANN401 - of `kind`, or None
    value = table.get(key)
    if value is not None and not isinstance(value, kind):
        raise ConfigError(f"{file}: {key}: {value!r} is of another type than it should be ({kind.__name__})", key)
    return value


def _name(table: Mapping[str, Any], file: str) -> str:
    name: str | None = _typed(table, "name", str, file)
    if not name or not name.isprintable() or len(name) > 80:
        raise ConfigError(f"{file}: name: is missing; write what the site is called, in one short line", "name")
    return name


def _day(table: Mapping[str, Any], file: str) -> date:
    day = table.get("valid_until")
    if not isinstance(day, date) or isinstance(day, datetime):
        raise ConfigError(f"{file}: valid_until: is missing or no day; write 2027-11-24, without quotes", "valid_until")
    return day


def _zone(table: Mapping[str, Any], file: str) -> str | None:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    zone: str | None = _typed(table, "zone", str, file)
    if zone is not None:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ConfigError(f"{file}: zone: {zone!r} is no IANA zone; write Asia/Seoul", "zone") from error
    return zone


def _texts(table: Mapping[str, Any], key: str, file: str, prefix: str = "") -> tuple[str, ...]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise ConfigError(f"{file}: {prefix}{key}: {value!r} is no list of texts", key)
    return tuple(value)


def _matching(texts: tuple[str, ...], pattern: re.Pattern[str], key: str, file: str, wrong: str) -> tuple[str, ...]:
    for text in texts:
        if not pattern.fullmatch(text):
            raise ConfigError(f"{file}: {key}: {text!r} {wrong}", key)
    return texts


def _metas(detect: Mapping[str, Any], file: str) -> dict[str, str]:
    metas = _typed(detect, "meta", dict, file) or {}
    for name, beginning in metas.items():
        if name != name.lower() or not isinstance(beginning, str) or not beginning:
            raise ConfigError(
                f"{file}: detect.meta: write the name of a <meta> in lower case and how its content begins, as"
                f' "generator" = "TISTORY"; not {name!r} = {beginning!r}',
                "detect.meta",
            )
    return dict(metas)


def _selectors(table: Mapping[str, Any], key: str, file: str) -> tuple[str, ...]:
    texts = _texts(table, key, file)
    if len(texts) > MAX_SELECTORS:
        raise ConfigError(f"{file}: {key}: more than {MAX_SELECTORS} selectors", key)
    return texts


def _regions(table: Mapping[str, Any], key: str, file: str) -> tuple[Steps, ...]:
    return tuple(_steps(text, key, file) for text in _selectors(table, key, file))


def _places(table: Mapping[str, Any], key: str, file: str) -> tuple[Place, ...]:
    return tuple(_place(text, key, file) for text in _selectors(table, key, file))


def _place(text: str, key: str, file: str) -> Place:
    found = _ATTRIBUTE.search(text)
    return Place(_steps(text[: found.start()] if found else text, key, file), found.group(1) if found else None)


def _steps(text: str, key: str, file: str) -> Steps:
    from selectolax.lexbor import LexborHTMLParser, SelectolaxError

    if len(text) > 200 or not text or not SELECTOR.fullmatch(text):
        raise ConfigError(
            f"{file}: {key}: {text!r} is no selector that a rule may have: tag, #id, .class and [attribute=value],"
            " joined by blanks or >; write several as a list",
            key,
        )
    steps = tuple(re.split(r"\s+(?![^\[]*\])", re.sub(r"\s*>\s*", ">", text)))
    probe = LexborHTMLParser("")
    try:
        for step in steps:
            probe.css(step)
    except SelectolaxError as error:
        raise ConfigError(f"{file}: {key}: {text!r} is no selector: {error}", key) from error
    return steps
