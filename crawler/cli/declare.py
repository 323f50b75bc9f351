"""Sources and topics as a person writes them, on the command line or in a TOML file, checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from crawler.config import check_zone, nearest, parse_duration, type_names
from crawler.errors import UsageError
from crawler.items import Topic
from crawler.sources import MAX_NAME, Limits, Schedule, Source, SourceDoor, SourceKind, is_name
from crawler.urls import normalize_url

MAX_DOORS = 50  # discovery chooses six at most
MAX_TERMS = 1000  # aliases and words of one topic; a person writes tens
MAX_TERM = 200

_number = (int, float)
_kind_names: dict[type, str] = {**type_names, list: "list of text", dict: "table"}
_undecoded = re.compile("[\udc80-\udcff]")
_scheme = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(?![0-9])")  # HOST:PORT has digits there
_feed_scheme = re.compile(r"\A\s*feed:(?:(https?://)|//)", re.IGNORECASE)  # by which browsers handed feeds to readers
_variable = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,254}")
_header = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")  # a token of RFC 9110, 5.6.2


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a [[source]] or [[topic]] table: the types it may have, and what it means."""

    kinds: tuple[type, ...]
    help: str


SOURCE_KEYS: dict[str, Key] = {
    "url": Key((str,), "any URL of the place: home page, section, tag or search page, blog, feed or sitemap"),
    "name": Key((str,), "what the source is called; default: made from the URL"),
    "kind": Key((str,), "feed, sitemap, listing, or auto, which finds out"),
    "doors": Key(
        (list,),
        "pages that a crawl asks: each a URL, as 'feed https://…', or a table of url, kind and hub; default: what"
        " `source add` found, else url alone",
    ),
    "adaptive": Key((bool,), "true, the default: crawled as its own pace asks, within the budget"),
    "every": Key((str, int), "interval between crawls instead, as 15m; a number is seconds"),
    "cron": Key((str,), "crontab line instead of an interval, as '*/10 7-22 * * 1-5'"),
    "cron_zone": Key((str,), "IANA zone the crontab line is read in; default: zone, else the setting"),
    "min_interval": Key((str, int), "shortest wait of an adaptive source, as 5m; default: 1m"),
    "max_interval": Key((str, int), "longest wait of an adaptive source, as 6h; default: 1d"),
    "zone": Key((str,), "IANA zone of dates that carry no offset"),
    "language": Key((str,), "language of the articles, ISO 639-1, where it can't be told from the text"),
    "topic_template": Key((str,), "URL with {topic} (and perhaps {page} and others) that lists articles on a topic"),
    "headers": Key((dict,), "request headers; each value names the environment variable that holds it"),
    "max_pages": Key((int,), "most pages fetched in one crawl"),
    "max_articles": Key((int,), "most articles stored in one crawl"),
    "max_depth": Key((int,), "most listing or sitemap pages walked one after another"),
    "max_seconds": Key((str, int), "longest time of one crawl, as 15m"),
    "delay": Key((str, *_number), "least time between two requests, as 2s; default: the setting"),
    "keep_unsure": Key((bool,), "true: store also what may well be no article; see least_confidence"),
    "enabled": Key((bool,), "false: kept, but crawled only when named"),
}

DOOR_KEYS: dict[str, Key] = {
    "url": Key((str,), "the door"),
    "kind": Key((str,), "feed, sitemap, listing, or auto"),
    "hub": Key((str,), "its WebSub hub"),
}

TOPIC_KEYS: dict[str, Key] = {
    "name": Key((str,), "what the topic is called; also the first phrase looked for"),
    "aliases": Key((list,), "other phrases, one of which may stand instead of the name"),
    "all": Key((list,), "words each of which must be there too"),
    "none": Key((list,), "words none of which may be there"),
    "lang": Key((str,), "only articles in this language, ISO 639-1"),
}


def source_from(values: Mapping[str, object], place: str) -> Source:
    """The source that a table of `SOURCE_KEYS` describes; UsageError begins with `place` and names the key."""
    _check_keys(values, SOURCE_KEYS, place)
    given = _Reader(values, place)
    if given.text("url") is None:
        raise UsageError(f"{place}: 'url' is missing", "url")
    url = web_url(given.text("url") or "", place)
    zone, cron_zone = given.zone("zone"), given.zone("cron_zone")
    cron = given.text("cron")
    every = given.seconds("every")
    if every is not None and cron is not None:
        raise UsageError(f"{place}: 'every' and 'cron' exclude each other; keep one", "cron")
    if "adaptive" in values and bool(values["adaptive"]) == (every is not None or cron is not None):
        hint = "excludes 'every' and 'cron'; keep one" if values["adaptive"] else "is false; give 'every' or 'cron'"
        raise UsageError(f"{place}: 'adaptive' {hint}", "adaptive")
    limits = Limits()
    low, high = given.seconds("min_interval"), given.seconds("max_interval")
    schedule = Schedule(
        every=None if every is None else round(every),
        cron=cron,
        zone=cron_zone or zone,
        min_interval=None if low is None else round(low),
        max_interval=None if high is None else round(high),
    )
    seconds = given.seconds("max_seconds")
    return Source(
        name=_name(given.text("name") or name_from(url), place),
        url=url,
        kind=_kind(given.text("kind"), place),
        schedule=_schedule(schedule, place),
        zone=zone,
        language=_language(given.text("language"), place),
        topic_template=_template(given.text("topic_template"), place),
        doors=_doors(values.get("doors", []), place),
        headers=_headers(values.get("headers", {}), place),
        limits=Limits(
            max_pages=given.count("max_pages", limits.max_pages),
            max_articles=given.count("max_articles", limits.max_articles),
            max_depth=given.count("max_depth", limits.max_depth),
            max_seconds=limits.max_seconds if seconds is None else max(1, round(seconds)),
        ),
        delay=given.seconds("delay"),
        keep_unsure=bool(values.get("keep_unsure", False)),
        enabled=bool(values.get("enabled", True)),
    )


def topic_from(values: Mapping[str, object], place: str) -> Topic:
    """The topic that a table of `TOPIC_KEYS` describes; UsageError begins with `place` and names the key."""
    _check_keys(values, TOPIC_KEYS, place)
    given = _Reader(values, place)
    name = given.text("name")
    if name is None:
        raise UsageError(f"{place}: 'name' is missing", "name")
    return Topic(
        name=_name(name, place),
        aliases=given.terms("aliases"),
        all=given.terms("all"),
        none=given.terms("none"),
        lang=_language(given.text("lang"), place),
    )


def name_from(url: str) -> str:
    """A short name for a source: host and path of `url`, as ``magazine.example.com/tag/저커버그``."""
    parts = urlsplit(url)
    host = (parts.hostname or url).removeprefix("www.")
    port = f":{parts.port}" if parts.port else ""
    path = unquote(parts.path + (f"?{parts.query}" if parts.query else "")).rstrip("/")
    return "".join(character for character in host + port + path if character.isprintable())[:MAX_NAME]


class _Reader:
    """Reads typed values out of a table whose keys were checked."""

    def __init__(self, values: Mapping[str, object], place: str) -> None:
        self._values = values
        self._place = place

    def text(self, key: str) -> str | None:
        value = self._values.get(key)
        return value.strip() or None if isinstance(value, str) else None

    def seconds(self, key: str) -> float | None:
        value = self._values.get(key)
        if value is None:
            return None
        try:
            seconds = parse_duration(value) if isinstance(value, str) else float(str(value))
        except (UsageError, ValueError) as error:
            raise UsageError(f"{self._place}: {key}: {error}", key) from error
        if not 0 <= seconds < 1e9:
            raise UsageError(f"{self._place}: {key}: {value} is out of range", key)
        return seconds

    def count(self, key: str, default: int) -> int:
        value = self._values.get(key, default)
        assert isinstance(value, int)
        if not 1 <= value <= 1_000_000:
            raise UsageError(f"{self._place}: {key}: {value} is out of range; write 1 to 1000000", key)
        return value

    def zone(self, key: str) -> str | None:
        value = self.text(key)
        if value is not None:
            try:
                check_zone(value)
            except ValueError as error:
                raise UsageError(f"{self._place}: {key}: {value!r} {error}", key) from error
        return value

    def terms(self, key: str) -> tuple[str, ...]:
        values = self._values.get(key, [])
        assert isinstance(values, list)
        if not all(isinstance(term, str) and term.strip() and len(term) <= MAX_TERM for term in values):
            raise UsageError(f"{self._place}: {key}: write a list of texts of 1 to {MAX_TERM} letters", key)
        if len(values) > MAX_TERMS:
            raise UsageError(f"{self._place}: {key}: more than {MAX_TERMS} texts", key)
        return tuple(dict.fromkeys(term.strip() for term in values))


def _check_keys(values: Mapping[str, object], keys: Mapping[str, Key], place: str) -> None:
    for name, value in values.items():
        if name not in keys:
            raise UsageError(f"{place}: there is no key {name!r}{nearest(name, tuple(keys))}", name)
        kinds = keys[name].kinds
        # bool is an int to Python, and is none to a person
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            wanted = " or ".join(_kind_names[kind] for kind in kinds)
            raise UsageError(f"{place}: {name}: {value!r} is not a {wanted}", name)


def web_url(text: str, place: str) -> str:
    """The URL that `text` means (https where no scheme is written); UsageError where it can't be fetched."""
    # Bytes of the command line that are no UTF-8 (PEP 383) are the URL's own: an old site's path may be CP949.
    text = _undecoded.sub(lambda found: f"%{ord(found[0]) - 0xDC00:02X}", text)
    text = _feed_scheme.sub(lambda found: found[1] or "http://", text)
    found = _scheme.match(text)
    scheme = found[1] if found else ""
    if scheme and scheme.lower() not in {"http", "https"}:
        raise UsageError(f"{place}: {text}: only http and https are fetched, not {scheme}", text)
    url = normalize_url(text if "://" in text else f"https://{text}")
    if url is None:
        raise UsageError(f"{place}: {text}: no URL that can be fetched; write https://HOST/PATH", text)
    return url


def _name(name: str, place: str) -> str:
    if not is_name(name):
        raise UsageError(f"{place}: a name has 1 to {MAX_NAME} printable characters", name)
    return name.strip()


def _kind(kind: str | None, place: str) -> SourceKind:
    try:
        return SourceKind(kind or "auto")
    except ValueError as error:
        known = ", ".join(SourceKind)
        raise UsageError(f"{place}: kind: {kind!r} is not one of {known}", "kind") from error


def _schedule(schedule: Schedule, place: str) -> Schedule:
    if schedule != Schedule(zone=schedule.zone):
        # APScheduler comes with this import; a source with the default schedule doesn't pay for it.
        from crawler.schedule import check_schedule

        try:
            check_schedule(schedule)
        except UsageError as error:
            raise UsageError(f"{place}: {error}", error.subject) from error
    return schedule


def _language(code: str | None, place: str) -> str | None:
    from crawler.text.language import LANGUAGE_FORMS, LANGUAGES

    if code is not None and code not in LANGUAGES:
        raise UsageError(f"{place}: {code!r} is no language; write {LANGUAGE_FORMS}", code)
    return code


def _template(template: str | None, place: str) -> str | None:
    if template is None:
        return None
    from crawler.topics.searches import check_template

    try:
        check_template(template)
    except UsageError as error:
        raise UsageError(f"{place}: topic_template: {error}", template) from error
    return template


def _doors(doors: object, place: str) -> tuple[SourceDoor, ...]:
    """Doors as tables of url, kind and hub, or as text: a URL, or kind and URL as `door_text` writes them."""
    assert isinstance(doors, list)
    if len(doors) > MAX_DOORS:
        raise UsageError(f"{place}: doors: more than {MAX_DOORS}", "doors")
    found: dict[str, SourceDoor] = {}
    for number, door in enumerate(doors, 1):
        where = f"{place}: doors, {number}"
        table = _door_words(door, where) if isinstance(door, str) else door
        if not isinstance(table, Mapping):
            raise UsageError(f"{where}: write a URL, or a table of url, kind and hub", "doors")
        _check_keys(table, DOOR_KEYS, where)
        given = _Reader(table, where)
        if given.text("url") is None:
            raise UsageError(f"{where}: 'url' is missing", "url")
        url, hub = web_url(given.text("url") or "", where), given.text("hub")
        found[url] = SourceDoor(
            url=url, kind=_kind(given.text("kind"), where), hub=web_url(hub, where) if hub is not None else None
        )
    return tuple(found.values())


def door_text(door: SourceDoor) -> str:
    """A door on a line: ``feed https://paper.example.com/rss hub https://hub.example.net/``."""
    return f"{door.kind} {door.url}" + (f" hub {door.hub}" if door.hub is not None else "")


def _door_words(text: str, place: str) -> dict[str, str]:
    """What `door_text` wrote, or a URL alone, as a table."""
    words = text.split()
    table = {"kind": words.pop(0)} if len(words) > 1 else {}
    names = words[1::2]
    if not words or len(words) not in (1, 3) or names not in ([], ["hub"]):
        raise UsageError(
            f"{place}: {text!r} is no door; write a URL, or as 'feed https://paper.example.com/rss'", "doors"
        )
    table["url"] = words[0]
    return {**table, "hub": words[2]} if names else table


def _headers(headers: object, place: str) -> dict[str, str]:
    assert isinstance(headers, Mapping)
    checked = {}
    for name, variable in headers.items():
        if not _header.fullmatch(name):
            raise UsageError(f"{place}: headers: {name!r} is no header name", name)
        # The value isn't repeated: it may be the secret itself, put where its variable's name belongs.
        if not isinstance(variable, str) or not _variable.fullmatch(variable):
            raise UsageError(
                f"{place}: headers: {name} must name an environment variable that holds the value, as {name}=MY_TOKEN",
                name,
            )
        checked[name] = variable
    return checked
