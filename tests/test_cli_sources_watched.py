"""`presswatch crawl` and `status` on loopback: several doors, traps and ceilings, and a source that changes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from cli_case import Terminal, terminal
from small_site import FEED_KIND, Reply, SmallSite, feed, listing_page, sitemap

from crawler.cli.context import utc_now
from crawler.sources import Source, SourceDoor, SourceKind
from storage import open_store

__all__ = ["terminal"]
pytestmark = pytest.mark.slow


@pytest.fixture
def site() -> Iterator[SmallSite]:
    made = SmallSite()
    yield made
    made.close()


@pytest.fixture
def ready(terminal: Terminal) -> Terminal:
    settings(terminal)
    return terminal


def settings(terminal: Terminal, *more: str) -> None:
    lines = ['allow_networks = ["127.0.0.0/8"]', "delay = 0", "retries = 0", 'zone = "UTC"', *more]
    (terminal.folder / "presswatch.toml").write_text("\n".join(lines) + "\n")


def add(terminal: Terminal, source: Source) -> None:
    store = open_store(f"sqlite:///{terminal.folder / 'presswatch.db'}")
    store.sources.add(source)
    store.close()


def entries(site: SmallSite, *numbers: int) -> list[tuple[str, str, str]]:
    rows = []
    for number in numbers:
        path = f"/news/{number}.html"
        site.article(path, number)
        rows.append((path, f"Harbour council meets for the time number {number}", "2025-11-03T09:00:00Z"))
    return rows


def listed(rows: list[tuple[str, str, str]], next_path: str | None = None) -> str:
    short = "What was said of it in short, and who was there that day."
    return listing_page([(path, title, short) for path, title, _ in rows], next_path)


def crawled(terminal: Terminal, *more: str, code: int | None = None) -> dict:
    (count,) = terminal("crawl", "--json", *more, code=code).json["sources"]
    return count


# --------------------------------------------------------------------------------------------------------- doors
def test_a_source_is_entered_by_all_its_doors_and_each_article_is_fetched_once(
    ready: Terminal, site: SmallSite
) -> None:
    rows = entries(site, *range(1, 9))
    site.pages["/rss"] = Reply(feed(site.base, rows[:5]), kind=FEED_KIND, etag='"feed"')
    site.pages["/section"] = Reply(listed(rows[2:8]), etag='"list"')
    site.pages["/map.xml"] = Reply(sitemap([(site.url(rows[0][0]), "2025-11-03")]), kind="application/xml")
    doors = (
        SourceDoor(url=site.url("/rss"), kind=SourceKind.FEED),
        SourceDoor(url=site.url("/section"), kind=SourceKind.LISTING),
        SourceDoor(url=site.url("/map.xml"), kind=SourceKind.SITEMAP),
    )
    add(ready, Source(name="paper", url=site.url("/"), doors=doors))
    first = crawled(ready, code=0)
    assert (first["seen"], first["new"], first["failed"]) == (8, 8, 0)
    assert all(site.paths().count(path) == 1 for path, _, _ in rows)
    assert "/" not in site.paths()
    site.log.clear()
    again = crawled(ready, code=0)
    assert (again["new"], again["not_modified"], again["requests"]) == (0, 2, 3)
    assert sorted(site.paths()) == ["/map.xml", "/rss", "/section"]


def test_a_door_that_fails_is_told_and_does_not_fail_the_source(ready: Terminal, site: SmallSite) -> None:
    rows = entries(site, 1, 2)
    site.pages["/rss"] = Reply(feed(site.base, rows), kind=FEED_KIND)
    doors = (SourceDoor(url=site.url("/gone")), SourceDoor(url=site.url("/rss"), kind=SourceKind.FEED))
    add(ready, Source(name="paper", url=site.url("/"), doors=doors))
    ran = ready("crawl", code=3)
    assert "failed: http" in ran.err
    assert "/gone" in ran.err
    assert "2 seen, 2 new" in ran.out
    (told,) = ready("status", "--json").json["sources"]
    assert (told["failures"], told["state"]) == (0, "ok")
    site.pages["/rss"] = Reply("", status=500)
    ready("crawl", code=1)
    (told,) = ready("status", "--json").json["sources"]
    assert told["failures"] == 1


# ------------------------------------------------------------------------------------------------ traps and ceilings
def test_what_leads_round_and_round_is_cut_and_told(ready: Terminal, site: SmallSite) -> None:
    good = entries(site, 1, 2, 3)
    trapped = "/en/en/en/about/the-harbour-and-its-council.html"
    site.article(trapped, 40)
    pages = {
        "/list": (good[:1], "/list?p=2&PHPSESSID=a1b2c3d4e5f6a7b8c9d0"),
        "/list?p=2&PHPSESSID=a1b2c3d4e5f6a7b8c9d0": (good[1:2], "/list?p=3&PHPSESSID=ffb2c3d4e5f6a7b8c9d0"),
        "/list?p=3&PHPSESSID=ffb2c3d4e5f6a7b8c9d0": (good[2:], "/list?p=2&PHPSESSID=99b2c3d4e5f6a7b8c9d0"),
    }
    filler = entries(site, *range(20, 50))
    for place, (path, (rows, following)) in enumerate(pages.items()):
        more = filler[place * 6 : place * 6 + 6]
        extra = [(trapped, "Harbour council meets where the path repeats itself", "")] if path == "/list" else []
        site.pages[path] = Reply(listed([*rows, *more, *extra], following))
    add(ready, Source(name="paper", url=site.url("/list"), kind=SourceKind.LISTING, limits=deep(9)))
    ran = ready("crawl")
    assert trapped not in site.paths()
    assert "limit: paper: not followed: " in ran.err
    assert "its path repeats 'en'" in ran.err
    assert sum(path.startswith("/list") for path in site.paths()) == 3
    for path, _, _ in good:
        assert path in site.paths()


@pytest.mark.parametrize("form", ["/events?year={}&month={}", "/events?y={}&m={}"])
def test_a_listing_that_goes_into_the_months_to_come_is_cut(ready: Terminal, site: SmallSite, form: str) -> None:
    now = utc_now()

    def month(ahead: int) -> str:
        moment = now.replace(day=15) + timedelta(days=30 * ahead)
        return form.format(moment.year, moment.month)

    for ahead in range(12):
        rows = entries(site, *range(100 * ahead + 1, 100 * ahead + 7))
        site.pages[month(ahead)] = Reply(listed(rows, month(ahead + 1).replace("&", "&amp;")))
    add(ready, Source(name="paper", url=site.url(month(0)), kind=SourceKind.LISTING, limits=deep(9)))
    ran = ready("crawl")
    assert re.search(r"^limit: paper: not walked on to \S+: it goes to \d{4}-\d\d, a month to come$", ran.err, re.M)
    assert sum(path.startswith("/events") for path in site.paths()) <= 3


def test_days_and_months_that_a_listing_names_are_no_articles(ready: Terminal, site: SmallSite) -> None:
    """Each page of an archive shows its stories at length, so that it would read like an article."""
    links = [
        ("/2025/11/", "Archive: everything of November 2025"),
        ("/archive/20251102", "All the stories of 2 November 2025"),
        ("/list?date=2025-11-01", "What happened on the first of November"),
        ("/events/2025-11-02/", "Events in the harbour on 2 November 2025"),
        ("/calendar/", "The calendar of the harbour for this autumn"),
    ]
    stories = [
        ("/2025/11/02/ferry", "Harbour council agrees on a ferry"),
        ("/2025/11/02/12345", "Harbour council agrees on a pier"),
        ("/view?date=2025-11-02&no=3", "Harbour council agrees on a quay"),
        ("/town/the-pier-that-nobody-wanted/2025/11", "Harbour council agrees on no pier"),
        ("/diary/2025-11-02", "A day at the harbour, told by its keeper"),
    ]
    for number, (path, title) in enumerate([*links, *stories]):
        site.article(path, number, title=title)
    site.pages["/list"] = Reply(listed([(path, title, "") for path, title in [*stories, *links]]))
    add(ready, Source(name="paper", url=site.url("/list"), kind=SourceKind.LISTING))
    ran = ready("crawl")
    assert sorted(site.paths()) == sorted(["/robots.txt", "/list", *[path for path, _ in stories]])
    assert "limit: paper: not followed: " in ran.err
    assert "10 seen, 5 new" in ran.out
    for words in ("/2025/11/, a day or month of an archive", "/calendar/, a calendar"):
        assert words in ran.err


def test_what_a_feed_names_is_an_article_however_its_address_looks(ready: Terminal, site: SmallSite) -> None:
    site.article("/2025/11/", 1)
    rows = [("/2025/11/", "Harbour council meets for the time number 1", "2025-11-03T09:00:00Z")]
    site.pages["/rss"] = Reply(feed(site.base, rows), kind=FEED_KIND)
    add(ready, Source(name="paper", url=site.url("/rss"), kind=SourceKind.FEED))
    assert crawled(ready)["new"] == 1


def test_urls_of_a_pattern_that_yields_nothing_are_left_and_remembered(ready: Terminal, site: SmallSite) -> None:
    rows = entries(site, 1, 2, 3)
    photos = [(f"/photo/{number}", f"Picture number {number} of the harbour in the evening", "2025-11-02T09:00:00Z")
              for number in range(120)]  # fmt: skip
    for path, title, _ in photos:
        site.pages[path] = Reply(f"<html><head><title>{title}</title></head><body><img src='/a.jpg'></body></html>")
    site.pages["/rss"] = Reply(feed(site.base, [*rows, *photos]), kind=FEED_KIND)
    add(ready, Source(name="paper", url=site.url("/rss"), kind=SourceKind.FEED))
    ran = ready("crawl", code=None)
    asked = sum(path.startswith("/photo") for path in site.paths())
    assert 12 <= asked < 100  # a window of them is under way when it is noticed
    assert "limit: paper: dropped until " in ran.err
    assert "/photo/#" in ran.err
    assert "3 new" in ran.out
    more = [(f"/photo/{number}", f"Picture number {number} of the harbour", "2025-11-02T09:00:00Z")
            for number in range(100, 110)]  # fmt: skip
    site.pages["/rss"] = Reply(feed(site.base, [*rows, *more]), kind=FEED_KIND)
    site.log.clear()
    ran = ready("crawl", code=None)
    assert "left until " in ran.err
    assert not any(path.startswith("/photo") for path in site.paths())


def test_ceilings_of_a_host_and_of_a_source_are_told(ready: Terminal, site: SmallSite) -> None:
    rows = entries(site, *range(1, 10))
    site.pages["/rss"] = Reply(feed(site.base, rows), kind=FEED_KIND)
    add(ready, Source(name="paper", url=site.url("/rss"), kind=SourceKind.FEED))
    settings(ready, "host_pages = 4")
    count = crawled(ready, code=0)
    assert count["new"] == 3
    assert any("(host_pages); 6 left for the next crawl" in line for line in count["limits"])
    settings(ready)
    count = crawled(ready, "--max-pages", "3", code=0)
    assert count["new"] == 2
    assert any("(max_pages)" in line for line in count["limits"])
    # Nothing was lost: what was left is taken by the crawl that has room.
    assert crawled(ready, code=0)["new"] == 4


def test_the_depth_of_a_host_is_told(ready: Terminal, site: SmallSite) -> None:
    for page in range(1, 6):
        rows = entries(site, *range(10 * page, 10 * page + 6))
        site.pages[f"/list?page={page}"] = Reply(listed(rows, f"/list?page={page + 1}"))
    add(ready, Source(name="paper", url=site.url("/list?page=1"), kind=SourceKind.LISTING, limits=deep(9)))
    settings(ready, "host_depth = 2")
    count = crawled(ready, code=0)
    assert count["new"] == 12
    assert any("(host_depth)" in line for line in count["limits"])


def deep(depth: int):
    from crawler.sources import Limits

    return Limits(max_depth=depth)


# -------------------------------------------------------------------------------------------------------- changes
def test_a_layout_that_changes_between_two_crawls_is_told_and_fails_where_asked(
    ready: Terminal, site: SmallSite
) -> None:
    rows = entries(site, *range(1, 11))
    site.pages["/list"] = Reply(listed(rows))
    site.pages["/rss"] = Reply(feed(site.base, rows[:2]), kind=FEED_KIND)
    doors = (SourceDoor(url=site.url("/list")), SourceDoor(url=site.url("/rss"), kind=SourceKind.FEED))
    add(ready, Source(name="paper", url=site.url("/"), doors=doors))
    ready("crawl", "--fail-on-unhealthy")
    assert "changed" not in ready("status", "--fail-on-unhealthy").out
    # The list is drawn by a script from now on.
    site.pages["/list"] = Reply(
        "<html><head><title>Harbour</title></head><body><div id='app'></div><p>Please wait.</p></body></html>"
    )
    ran = ready("crawl", "--fail-on-unhealthy", code=4)
    assert f"changed: paper: layout changed? 0 items on {site.url('/list')} since " in ran.err
    assert "usually 10" in ran.err
    ran = ready("status", "--fail-on-unhealthy", code=4)
    assert "changed: paper: layout changed? 0 items" in ran.out
    told = ready("status", "--json").json["sources"][0]
    assert (told["state"], len(told["changes"])) == ("changed", 1)
    shown = ready("source", "show", "paper", "--json").json
    health = shown["health"]
    assert (health["state"], health["changes"], health["overflow"]) == ("changed", told["changes"], None)
    shown = ready("source", "show", "paper").out
    assert "state:             changed\n" in shown
    assert f"changed:           {told['changes'][0]}\n" in shown
    assert ready("crawl", "--json", code=None).json["sources"][0]["changes"]
    site.pages["/list"] = Reply(listed(rows))
    ready("crawl", "--fail-on-unhealthy")
    ready("status", "--fail-on-unhealthy")


def test_articles_that_come_out_short_are_told(ready: Terminal, site: SmallSite) -> None:
    rows = entries(site, *range(1, 12))
    site.pages["/rss"] = Reply(feed(site.base, rows), kind=FEED_KIND)
    add(ready, Source(name="paper", url=site.url("/rss"), kind=SourceKind.FEED))
    ready("crawl")
    later = entries(site, *range(30, 36))
    for number, (path, title, _) in enumerate(later):
        site.pages[path] = Reply(
            f"<html lang='en'><head><meta property='og:type' content='article'><title>{title}</title></head><body>"
            f"<article><h1>{title}</h1><p>Subscribers read on here, number {number} of all that we have.</p></article>"
        )
    site.pages["/rss"] = Reply(feed(site.base, [*later, *rows]), kind=FEED_KIND)
    ran = ready("crawl", "--fail-on-unhealthy", code=4)
    assert "changed: paper: " in ran.err
    assert "layout changed" in ran.err


# ---------------------------------------------------------------------------------------------------------- watching
def test_status_is_shown_again_until_it_is_interrupted(ready: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) % 3 == 0:
            raise KeyboardInterrupt

    monkeypatch.setattr("crawler.cli.status.time.sleep", sleep)
    ready.store().close()
    ran = ready("status", "--watch")
    assert ran.out.count("every 5 s until Ctrl-C\ndaemon: not running") == 3
    assert "\x1b" not in ran.out, "no terminal"
    lines = ready("status", "--json", "--watch", "2").out.splitlines()
    assert [json.loads(line)["articles"] for line in lines] == [0, 0, 0]
    assert waits == [5.0] * 3 + [2.0] * 3
    ready("status", "--watch", "0.5", code=2)
    ready("status", "--watch", "--fail-on-unhealthy", code=2)
