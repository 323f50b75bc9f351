"""What tests of discovery share: a case, a look at it, and the articles that its sites publish."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from site_farm import NOW, Farm, Site, posts

from crawler.config import load_config
from crawler.discovery.client import PoliteClient
from crawler.discovery.looking import REQUESTS, Look, look
from crawler.sources import Source

H = "paper.example.com"
WEEK = posts(28)
BLOG = posts(20, a_day=0.5, path="/{}")
FAST = posts(160, a_day=80)
ECONOMY = posts(30, a_day=3, path="/economy/{}")
SPORT = posts(30, a_day=3, path="/sport/{}", first=500)
ALL = sorted([*ECONOMY, *SPORT], key=lambda one: one.at, reverse=True)
KOREAN = posts(20, a_day=2, path="/{}", language="ko")
WP = '<meta name="generator" content="WordPress 6.8"><link rel="https://api.w.org/" href="/wp-json/">'


@pytest.fixture
def farm() -> Iterator[Farm]:
    made = Farm()
    yield made
    made.close()


def looked(farm: Farm, url: str = f"http://{H}/", *, source: Source | None = None, **settings: object) -> Look:
    """A look at a site of the farm; every request that reached it was counted, and there were not too many."""
    given = {"proxy": farm.proxy, "delay": 0.0, "timeout": 5.0, **settings}
    config = load_config(environ={}, overrides=given)

    async def one() -> Look:
        async with PoliteClient(config) as client:
            return await look(url, client, config, NOW, source=source)

    found = asyncio.run(one())
    assert found.requests == len(farm.asked) <= REQUESTS
    return found


@dataclass(frozen=True)
class Case:
    """A site by host, the URL that a person gives, and the doors (kind URL) that must be chosen."""

    name: str
    url: str
    sites: dict[str, Site]
    doors: tuple[str, ...]
    what: str
    site: str | None = None
    template: str | None = None
    language: str | None = "en"


def one_host(host: str, table: Site) -> dict[str, Site]:
    return {host: table}


def check(farm: Farm, case: Case) -> None:
    farm.sites = dict(case.sites)
    found = looked(farm, case.url)
    told = "\n".join(f"{'+' if one.chosen else '-'} {one.sample.url}: {one.reason}" for one in found.choice.verdicts)
    doors = {f"{door.kind} {door.url}" + (f" hub {door.hub}" if door.hub else "") for door in found.doors}
    assert doors == set(case.doors), told
    assert found.what == case.what
    assert found.site == case.site
    assert found.language == case.language
    assert (found.template.url if found.template else None) == case.template
    assert found.problem is None
