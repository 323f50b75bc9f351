"""Kinds of sites, from the table `kinds.toml`: how one is told, and where it has its doors."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from crawler.urls import normalize_url

_TABLE = Path(__file__).with_name("kinds.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRow:
    """One row of the table, as its head explains."""

    name: str
    blog: bool = False
    url: re.Pattern[str] | None = None
    hosts: tuple[str, ...] = ()
    generator: re.Pattern[str] | None = None
    marks: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    listings: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    search: str | None = None
    tags: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UsualDoors:
    """Where a kind of site has its doors, for one URL. `own`: feeds of the very place, `feeds` of the whole site."""

    own: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    listings: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()


def recognise(url: str, generator: str | None, head: str) -> KindRow:
    """The kind of the site behind `url`, by the URL, the page's generator and the beginning of its markup."""
    return next(row for row in _rows() if _fits(row, url, generator, head))


def usual_doors(row: KindRow, url: str) -> UsualDoors:
    """The doors that a site of this kind has for `url`, as absolute URLs without `url` itself."""
    path = urlsplit(url).path.rstrip("/")
    found = row.url.search(url) if row.url is not None else None
    values = {
        "path": path,
        **{name: quote(unquote(one), safe="@") for name, one in (found.groupdict("") if found else {}).items()},
    }

    def filled(templates: Sequence[str]) -> tuple[str, ...]:
        urls = (normalize_url(_fill(template, values), url) for template in templates)
        return tuple(dict.fromkeys(one for one in urls if one is not None and one != url))

    own = [one for one in row.feeds if _names_place(one, path)]
    site = [one for one in row.feeds if "{" not in one]
    return UsualDoors(
        own=filled(own),
        feeds=filled(site if own or path or not row.feeds else row.feeds),
        listings=filled(row.listings),
        sitemaps=filled(row.sitemaps),
    )


def any_site() -> KindRow:
    """The row of the usual places, for sites whose kind is not known or whose own places are empty."""
    return _rows()[-1]


def _names_place(template: str, path: str) -> bool:
    """Whether a template says more than the site: at the root, {path} says nothing."""
    return "{" in template and (bool(path) or "{path}" not in template)


def _fill(template: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        template = template.replace("{" + name + "}", value)
    return template


def _fits(row: KindRow, url: str, generator: str | None, head: str) -> bool:
    if row.url is not None and not row.url.search(url):
        return False
    if not (row.hosts or row.generator or row.marks):
        return True
    host = urlsplit(url).hostname or ""
    return (
        any(host == one or host.endswith("." + one) for one in row.hosts)
        or (row.generator is not None and generator is not None and row.generator.search(generator) is not None)
        or any(mark in head for mark in row.marks)
    )


@cache
def _rows() -> tuple[KindRow, ...]:
    with _TABLE.open("rb") as stream:
        tables = tomllib.load(stream)["kind"]
    return tuple(
        KindRow(
            name=table["name"],
            blog=table.get("blog", False),
            search=table.get("search"),
            tags=table.get("tags"),
            url=re.compile(table["url"]) if "url" in table else None,
            generator=re.compile(table["generator"], re.IGNORECASE) if "generator" in table else None,
            **{key: tuple(table.get(key, ())) for key in ("hosts", "marks", "feeds", "listings", "sitemaps")},
        )
        for table in tables
    )
