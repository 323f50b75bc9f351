"""Search and tag pages as templates: their grammar, the URL of each page, and the known ones (`searches.toml`). Pure.

A template is a URL with places in braces: ``https://news.example.com/search?q={topic:euc-kr}&p={page}``. What stands in
brackets is left out unless a date was asked for: ``[&from={since:%Y%m%d}]``.
"""

from __future__ import annotations

import codecs
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Final
from urllib.parse import SplitResult, quote, urlsplit

from crawler.errors import UsageError
from crawler.sources import Source
from crawler.urls import normalize_url

MAX_TEMPLATE: Final = 1_000
"""Characters; browsers take URLs of some 2,000, and the phrase comes on top."""
MAX_STEP: Final = 1_000
PAGES: Final = ("page", "page0", "start", "offset")
"""The places that tell one page from another: 1 2 3, 0 1 2, 1 11 21, 0 10 20."""
DATES: Final = ("since", "until")
DEFAULT_STEP: Final = 10
DEFAULT_DATE: Final = "%Y-%m-%d"
GRAMMAR: Final = (
    "{topic} or {slug}, perhaps with an encoding as {topic:euc-kr}; {page} (1, 2 …), {page0} (0, 1 …), {start:10} "
    "(1, 11 …), {offset:10} (0, 10 …); {since:%Y-%m-%d}, {until:%Y%m%d}; {language}, {country}; {origin}; "
    "[what needs a date]"
)

_PLACE = re.compile(r"\{([^{}]*)\}")
_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_STRAY = re.compile(r"[{}\[\]]")
_DATE_FORM = re.compile(r"(?:%[YmdHMSy]|[0-9T:./_-])+")
_HANGUL = re.compile(r"[가-힣]")
_KANA = re.compile(r"[ぁ-ヿ]")
_NO_SLUG = re.compile(r"[^\w]+")


@dataclass(frozen=True, slots=True)
class Asking:
    """What is looked for: the phrase, and the times (with zone) between which it is looked for, where one was asked."""

    phrase: str
    since: datetime | None
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchSite:
    """A site of `searches.toml`. `by_date`: it shows the newest first."""

    name: str
    title: str
    templates: tuple[str, ...]
    hosts: tuple[str, ...]
    paths: tuple[str, ...]
    by_date: bool
    note: str | None

    @property
    def has_origin(self) -> bool:
        """Whether its templates need a source whose host they are asked at."""
        return any("{origin}" in template for template in self.templates)


def check_template(template: str) -> None:
    """Raises `UsageError` for a template that gives no URL, saying which place is wrong."""
    if len(template) > MAX_TEMPLATE:
        raise UsageError(f"the template is longer than {MAX_TEMPLATE} characters", template[:80])
    names = [_checked(template, match[1]) for match in _PLACE.finditer(template)]
    if not {"topic", "slug"} & set(names):
        raise UsageError(f"{template}: no {{topic}} in it; it may hold {GRAMMAR}", template)
    bare = _OPTIONAL.sub(lambda match: match[1], _PLACE.sub("x", template))
    if _STRAY.search(bare):
        raise UsageError(f"{template}: a brace or bracket stands alone; it may hold {GRAMMAR}", template)
    host = _PLACE.sub("x", template.replace("{origin}", "https://x.example"))
    if normalize_url(_OPTIONAL.sub("", host)) is None:
        raise UsageError(f"{template}: gives no URL that can be fetched; it begins with http:// or https://", template)


def _checked(template: str, place: str) -> str:
    name, _, form = place.partition(":")
    good = False
    if name in ("topic", "slug"):
        good = not form or _encoding(form)
    elif name in PAGES:
        good = not form or (
            name in ("start", "offset") and form.isascii() and form.isdigit() and 0 < int(form[:9]) <= MAX_STEP
        )
    elif name in DATES:
        good = not form or _DATE_FORM.fullmatch(form) is not None
    elif name in ("language", "country", "origin"):
        good = not form
    if not good:
        raise UsageError(f"{template}: {{{place}}} is not understood; it may hold {GRAMMAR}", place)
    return name


def _encoding(name: str) -> bool:
    try:
        return "가".encode(codecs.lookup(name).name) != b""
    except (LookupError, UnicodeError, ValueError, AttributeError):
        return False


def has_pages(template: str) -> bool:
    """Whether the template tells one page from another."""
    return any(match[1].partition(":")[0] in PAGES for match in _PLACE.finditer(template))


def page_url(template: str, asking: Asking, page: int, origin: str = "") -> str | None:
    """The URL of a page (from 1) of a checked template; `None` when the phrase can't be written in its encoding."""
    text = _OPTIONAL.sub(lambda match: match[1] if asking.since is not None else "", template)
    try:
        url = _PLACE.sub(lambda match: _filled(match[1], asking, page, origin), text)
    except UnicodeEncodeError:
        return None
    return normalize_url(url)


def _filled(place: str, asking: Asking, page: int, origin: str) -> str:
    name, _, form = place.partition(":")
    step = int(form) if form.isdigit() else DEFAULT_STEP
    match name:
        case "topic":
            return quote(asking.phrase, safe="", encoding=form or "utf-8", errors="strict")
        case "slug":
            slug = _NO_SLUG.sub("-", asking.phrase.lower()).strip("-")
            return quote(slug, safe="", encoding=form or "utf-8", errors="strict")
        case "page":
            return str(page)
        case "page0":
            return str(page - 1)
        case "start":
            return str(1 + (page - 1) * step)
        case "offset":
            return str((page - 1) * step)
        case "since" | "until":
            moment = asking.since if name == "since" and asking.since is not None else asking.until
            return quote(moment.strftime(form or DEFAULT_DATE), safe="")
        case "language":
            return _tongue(asking.phrase)[0]
        case "country":
            return _tongue(asking.phrase)[1]
        case _:
            return origin


def _tongue(phrase: str) -> tuple[str, str]:
    """Language and country in which a phrase is best looked for, by its script."""
    if _HANGUL.search(phrase):
        return "ko", "KR"
    return ("ja", "JP") if _KANA.search(phrase) else ("en", "US")


@cache
def known_searches() -> Mapping[str, SearchSite]:
    """The sites that ship with presswatch, by name."""
    table = tomllib.loads(files("crawler.topics").joinpath("searches.toml").read_text("utf-8"))
    return {
        name: SearchSite(
            name=name,
            title=row["title"],
            templates=tuple(row["templates"]),
            hosts=tuple(row.get("hosts", ())),
            paths=tuple(row.get("paths", ())),
            by_date=row["order"] == "date",
            note=row.get("note"),
        )
        for name, row in table.items()
    }


def search_named(name: str) -> SearchSite:
    """The site that can be asked by that name; `UsageError` names those that can."""
    site = known_searches().get(name)
    if site is None or site.has_origin:
        can = ", ".join(known for known, one in known_searches().items() if not one.has_origin)
        why = "is asked at its blogs: add one as a source" if site is not None else "is not known"
        raise UsageError(f"--on {name}: {why}; there are {can} (see `presswatch topic searches`)", name)
    return site


def searches_of(source: Source) -> SearchSite | None:
    """The known site that a source belongs to, by its host or the paths of its doors."""
    urls = [source.url, *(door.url for door in source.doors)]
    places = [(parts.hostname or "", parts.path) for parts in map(_split, urls)]
    for site in known_searches().values():
        if any(_is_at(host, site.hosts) for host, _ in places[:1]):
            return site
    for site in known_searches().values():
        if any(path.endswith(tuple(site.paths)) for _, path in places if site.paths):
            return site
    return None


def templates_of(source: Source) -> tuple[Sequence[str], bool | None]:
    """The templates by which a source is asked for a topic, and whether newest come first (`None`: unknown)."""
    if source.topic_template:
        return (source.topic_template,), None
    site = searches_of(source)
    return (site.templates, site.by_date) if site is not None else ((), None)


def origin_of(url: str) -> str:
    """Scheme and host of a URL."""
    parts = _split(url)
    return f"{parts.scheme}://{parts.netloc}"


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")


def _is_at(host: str, hosts: Sequence[str]) -> bool:
    return any(host.endswith(known) if known.startswith(".") else host == known for known in hosts)
