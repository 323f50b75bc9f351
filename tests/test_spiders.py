import asyncio
import os
import re
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
from crawl_case import numbers, play
from small_site import FEED_KIND, Reply, SmallSite, article_page, feed, listing_page, paragraphs, sitemap, sitemap_index
from sqlalchemy import event

from crawler.config import Config
from crawler.crawling import Crawl
from crawler.crawling.budgets import Budgets
from crawler.crawling.reporting import Reporter
from crawler.errors import UsageError
from crawler.items import ArticleFilter, CrawlKind, CrawlOrder, CrawlState, Topic
from crawler.sources import Limits, Source, SourceKind
from spiders.base import order_of


@pytest.fixture
def site():
    made = SmallSite()
    yield made
    made.close()


def news(site, count, *, etag='"door"', start=1, updated=None):
    """A feed of `count` articles on the site."""
    entries = []
    for number in range(start, start + count):
        path = f"/news/{number}.html"
        site.article(path, number, etag=f'"{number}"')
        entries.append((path, f"Harbour council meets for the time number {number}", f"2025-11-{number:02}T09:00:00Z"))
    site.pages["/feed"] = Reply(feed(site.base, entries, updated=updated), kind=FEED_KIND, etag=etag)
    return entries


def test_a_feed_is_followed_and_unchanged_costs_one_request(site, tmp_path):
    news(site, 4)

    async def scenario(case):
        case.add("paper", site.url("/feed"))
        first = await case.source("paper")
        assert first.state is CrawlState.DONE
        assert numbers(first) == {"seen": 4, "new": 4, "requests": 6}
        before = case.store.change_seq()
        site.log.clear()
        second = await case.source("paper")
        assert numbers(second) == {"requests": 1, "not_modified": 1}
        assert site.paths() == ["/feed"]
        assert case.store.change_seq() == before
        assert case.store.sources.state("paper").articles == 4
        assert [run.state for run in case.store.crawls.list(10)] == [CrawlState.DONE, CrawlState.DONE]

    play(tmp_path, scenario)


def test_a_door_without_validators_costs_one_request_and_no_article_is_fetched(site, tmp_path):
    news(site, 3, etag=None)

    async def scenario(case):
        case.add("paper", site.url("/feed"))
        await case.source("paper")
        site.log.clear()
        assert numbers(await case.source("paper")) == {"seen": 3, "known": 3, "requests": 1}

    play(tmp_path, scenario)


def test_only_what_is_new_is_fetched_and_newest_first(site, tmp_path):
    news(site, 2)

    async def scenario(case):
        case.add("paper", site.url("/feed"))
        await case.source("paper")
        site.log.clear()
        news(site, 5, etag='"second"')
        assert numbers(await case.source("paper")) == {"seen": 5, "new": 3, "known": 2, "requests": 4}
        assert site.paths() == ["/feed", "/news/5.html", "/news/4.html", "/news/3.html"]

    play(tmp_path, scenario, concurrency=1)


def test_an_edit_that_the_feed_tells_of_is_read_and_not_read_again(site, tmp_path):
    news(site, 2)

    async def scenario(case):
        case.add("paper", site.url("/feed"))
        await case.source("paper")
        site.article("/news/1.html", 1, title="Harbour council meets again, corrected")
        news_now = feed(
            site.base,
            [
                ("/news/1.html", "Harbour council meets again, corrected", "2025-11-01T09:00:00Z"),
                ("/news/2.html", "Harbour council meets for the time number 2", "2025-11-02T09:00:00Z"),
            ],
            updated={"/news/1.html": "2025-11-03T10:00:00Z"},
        )
        site.pages["/feed"] = Reply(news_now, kind=FEED_KIND)
        report = await case.source("paper")
        assert numbers(report) == {"seen": 2, "updated": 1, "known": 1, "requests": 2}
        article = case.store.articles.get(site.url("/news/1.html"))
        assert article.version == 2
        assert len(case.store.articles.versions(article.id)) == 2
        assert numbers(await case.source("paper")) == {"seen": 2, "known": 2, "requests": 1}

    play(tmp_path, scenario)


def rss(site, titles):
    """An RSS feed as most are: dated once, no word of edits."""
    rows = "".join(
        f"<item><title>{title}</title><link>{site.url(path)}</link>"
        "<pubDate>Sat, 01 Nov 2025 09:00:00 +0000</pubDate></item>"
        for path, title in titles.items()
    )
    return Reply(f"<rss version='2.0'><channel><title>P</title>{rows}</channel></rss>", kind="application/rss+xml")


@pytest.mark.parametrize("edited", [True, False])
def test_a_headline_changed_only_in_a_feed_is_read_again_once(site, tmp_path, edited):
    site.article("/news/1.html", 1, title="Harbour council meets")
    site.article("/news/2.html", 2, title="Ferry line delayed")
    titles = {"/news/1.html": "Council meets", "/news/2.html": "Ferry line delayed - The Small Paper"}
    site.pages["/feed"] = rss(site, titles)

    async def scenario(case):
        case.add("paper", site.url("/feed"))
        await case.source("paper")
        before = case.store.change_seq()
        told = writes(case.store)
        assert numbers(await case.source("paper")) == {"seen": 2, "known": 2, "requests": 1}
        assert BOOKKEEPING.issuperset(told)
        if edited:
            site.article("/news/1.html", 1, title="Harbour council meets and quarrels")
        site.pages["/feed"] = rss(site, titles | {"/news/1.html": "Council meets and quarrels"})
        dry = await case.source("paper", dry_run=True)
        assert dry.total("requests") == 2
        report = await case.source("paper")
        assert report.total("requests") == 2
        assert report.total("updated") == edited
        assert (case.store.change_seq() > before) is edited
        assert len(case.store.articles.versions(site.url("/news/1.html"))) == 1 + edited
        assert numbers(await case.source("paper")) == {"seen": 2, "known": 2, "requests": 1}
        assert case.store.check() == []

    play(tmp_path, scenario)


def test_doors_of_different_sources_may_call_an_article_differently(site, tmp_path):
    site.article("/news/1.html", 1, title="Harbour council meets")
    site.pages["/feed"] = rss(site, {"/news/1.html": "Council meets"})
    site.pages["/other"] = rss(site, {"/news/1.html": "Harbour: council has met"})

    async def scenario(case):
        case.add("paper", site.url("/feed"))
        case.add("portal", site.url("/other"))
        both = CrawlOrder(kind=CrawlKind.SOURCE, name="both", sources=("paper", "portal"))
        assert (await case.order(both)).total("new") == 1
        for _ in range(2):
            assert numbers(await case.order(both)) == {"seen": 2, "known": 2, "requests": 2}
        assert (await case.urls(site.url("/other"), site.url("/feed"))).total("requests") == 2
        site.pages["/feed"] = rss(site, {"/news/1.html": "Council has met"})
        site.pages["/other"] = rss(site, {"/news/1.html": "Harbour: council met yesterday"})
        site.article("/news/1.html", 1, title="Harbour council has met")
        report = await case.order(both)
        assert (report.total("updated"), report.total("requests")) == (1, 3)
        assert numbers(await case.order(both)) == {"seen": 2, "known": 2, "requests": 2}

    play(tmp_path, scenario)


def test_a_feed_that_dates_everything_now_does_not_make_us_read_everything_again(site, tmp_path):
    news(site, 6, etag=None)

    async def scenario(case):
        case.add("paper", site.url("/feed"))
        await case.source("paper")
        now = (datetime.now(UTC) + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        news(site, 6, etag=None, updated={f"/news/{number}.html": now for number in range(1, 7)})
        assert numbers(await case.source("paper")) == {"seen": 6, "known": 6, "requests": 1}

    play(tmp_path, scenario)


def test_validators_are_not_kept_when_something_was_left_out(site, tmp_path):
    news(site, 4)

    async def scenario(case):
        case.add("paper", site.url("/feed"))
        assert numbers(await case.source("paper", max_articles=2))["new"] == 2
        assert case.store.doors.get("paper", site.url("/feed")) is None
        since = datetime(2025, 11, 3, tzinfo=UTC)
        assert "not_modified" not in numbers(await case.source("paper", since=since))
        assert case.store.doors.get("paper", site.url("/feed")) is None
        assert numbers(await case.source("paper")) == {"seen": 4, "new": 2, "known": 2, "requests": 3}
        assert case.store.doors.get("paper", site.url("/feed")).etag == '"door"'

    play(tmp_path, scenario)


def test_validators_are_kept_when_a_failing_link_is_set_aside(site, tmp_path):
    news(site, 3)
    site.pages["/news/2.html"] = Reply("gone", status=410)

    async def scenario(case):
        case.add("paper", site.url("/feed"))
        report = await case.source("paper")
        assert report.state is CrawlState.DONE
        assert numbers(report) == {"seen": 3, "new": 2, "failed": 1, "requests": 5}
        assert report.counts[0].errors == [f"{site.url('/news/2.html')}: the server answered 410"]
        assert case.store.doors.get("paper", site.url("/feed")).etag == '"door"'
        aside = case.store.articles.known([site.url("/news/2.html")])[site.url("/news/2.html")]
        assert aside.set_aside_until > datetime.now(UTC) + timedelta(days=29)
        site.pages["/feed"].etag = '"other"'
        assert numbers(await case.source("paper")) == {"seen": 3, "known": 2, "skipped": 1, "requests": 1}

    play(tmp_path, scenario)


def test_since_leaves_out_what_was_published_before_without_fetching_it(site, tmp_path):
    news(site, 5)

    async def scenario(case):
        report = await case.urls(site.url("/feed"), since=datetime(2025, 11, 4, tzinfo=UTC))
        assert numbers(report) == {"seen": 5, "new": 2, "skipped": 3, "requests": 4}

    play(tmp_path, scenario)


def test_a_limit_of_pages_counts_the_door(site, tmp_path):
    news(site, 5)

    async def scenario(case):
        report = await case.urls(site.url("/feed"), max_pages=3)
        assert numbers(report) == {"seen": 5, "new": 2, "skipped": 3, "requests": 4}

    play(tmp_path, scenario)


def test_a_failing_article_makes_room_for_another_within_the_limit(site, tmp_path):
    news(site, 4)
    site.pages["/news/4.html"] = Reply("broken", status=500)

    async def scenario(case):
        report = await case.urls(site.url("/feed"), max_articles=2)
        assert numbers(report) == {"seen": 4, "new": 2, "skipped": 1, "failed": 1, "requests": 5}

    play(tmp_path, scenario)


def test_a_dry_run_stores_nothing_and_tells_what_it_would(site, tmp_path):
    news(site, 2)

    async def scenario(case):
        report = await case.urls(site.url("/feed"), dry_run=True)
        assert report.total("new") == 2
        assert {one["url"]: one["outcome"] for one in report.preview} == {
            site.url("/news/1.html"): "new",
            site.url("/news/2.html"): "new",
        }
        assert case.rows() == []
        assert case.store.crawls.list(5) == []
        assert case.store.doors.get("", site.url("/feed")) is None

    play(tmp_path, scenario)


def test_recheck_looks_again_with_condition(site, tmp_path):
    news(site, 2)

    async def scenario(case):
        await case.urls(site.url("/feed"))
        site.log.clear()
        report = await case.urls(site.url("/feed"), recheck=True)
        assert numbers(report) == {"seen": 2, "known": 2, "requests": 3, "not_modified": 2}
        assert [asked.headers.get("If-None-Match") for asked in site.log if asked.path == "/news/1.html"] == ['"1"']

    play(tmp_path, scenario)


TEASER = "What the harbour council talked about and what it means for the old quarter of the town."
LONG = " ".join(" ".join(paragraphs(number)) for number in (11, 12))


def test_a_listing_is_followed_over_its_pages_until_one_holds_nothing_new(site, tmp_path):
    for number in range(1, 13):
        site.article(f"/news/{number}.html", number)

    def page(first, following):
        teaser = "What the harbour council talked about and what it means for the old quarter"
        rows = [
            (f"/news/{number}.html", f"Harbour council meets for the time number {number}", f"{teaser} {number}.")
            for number in range(first, first + 4)
        ]
        return Reply(listing_page(rows, following))

    site.pages["/harbour"] = page(1, "/harbour?page=2")
    site.pages["/harbour?page=2"] = page(5, "/harbour?page=3")
    site.pages["/harbour?page=3"] = page(9, None)

    async def scenario(case):
        case.add("harbour", site.url("/harbour"), kind=SourceKind.LISTING)
        assert numbers(await case.source("harbour")) == {"seen": 12, "new": 12, "requests": 16}
        site.log.clear()
        assert numbers(await case.source("harbour")) == {"seen": 4, "known": 4, "requests": 1}
        assert site.paths() == ["/harbour"]

    play(tmp_path, scenario)


@pytest.mark.parametrize("limit", [5, 6, 9])
def test_pages_of_a_listing_that_a_crawl_did_not_come_to_are_gone_on_with(site, tmp_path, limit):
    for number in range(1, 13):
        site.article(f"/news/{number}.html", number)
    for first, path, following in ((1, "/h", "/h?page=2"), (5, "/h?page=2", "/h?page=3"), (9, "/h?page=3", None)):
        rows = [(f"/news/{n}.html", f"Harbour council meets, part {n}", TEASER) for n in range(first, first + 4)]
        site.pages[path] = Reply(listing_page(rows, following))

    async def scenario(case):
        case.add("harbour", site.url("/h"), kind=SourceKind.LISTING)
        first = await case.source("harbour", max_pages=limit)
        assert 0 < first.total("new") < 12
        rest = await case.source("harbour")
        assert first.total("new") + rest.total("new") == 12
        # Once the end was reached, the first page is enough again.
        assert numbers(await case.source("harbour")) == {"seen": 4, "known": 4, "requests": 1}

    play(tmp_path, scenario)


@pytest.mark.parametrize(
    "last", [Reply("no such page", status=404), Reply("<html><body><p>Nothing here.</p></body></html>")]
)
def test_a_listing_that_links_to_one_page_too_many_has_simply_ended(site, tmp_path, last):
    rows = [(f"/news/{number}.html", f"Harbour council meets, part {number}", TEASER) for number in range(1, 5)]
    for number in range(1, 5):
        site.article(f"/news/{number}.html", number)
    site.pages["/harbour"] = Reply(listing_page(rows, "/harbour?page=2"), etag='"h"')
    site.pages["/harbour?page=2"] = last

    async def scenario(case):
        case.add("harbour", site.url("/harbour"), kind=SourceKind.LISTING)
        report = await case.source("harbour")
        assert (report.state, numbers(report)) == (CrawlState.DONE, {"seen": 4, "new": 4, "requests": 7})
        assert case.store.doors.get("harbour", site.url("/harbour")) is not None

    play(tmp_path, scenario)


def test_an_article_named_by_two_doors_is_fetched_once_and_counted_once(site, tmp_path):
    news(site, 3)
    entries = [
        (f"/news/{number}.html?utm_source=b", f"Council {number}", "2025-11-02T09:00:00Z") for number in (1, 2, 3)
    ]
    for number in (1, 2, 3):  # either door may be read first
        site.article(f"/news/{number}.html?utm_source=b", number)
    site.pages["/other"] = Reply(feed(site.base, entries), kind=FEED_KIND, etag='"o"')

    async def scenario(case):
        report = await case.urls(site.url("/feed"), site.url("/other"))
        assert (report.total("new"), report.total("requests"), report.total("failed")) == (3, 6, 0)
        site.log.clear()
        again = await case.urls(site.url("/feed"), site.url("/other"))
        assert numbers(again) == {"requests": 2, "not_modified": 2}

    play(tmp_path, scenario)


BOOKKEEPING = frozenset({"crawls", "hosts", "sources"})
"""Tables that every crawl writes, whatever it finds: its run, its turn at the host, how the source did."""


def writes(store):
    """The tables that are written from now on: a list that grows."""
    told = []

    def tell(_connection, _cursor, statement, *_):
        verb = re.match(r"(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)", statement)
        if verb is not None:
            told.append(verb[1])

    event.listen(store._database.engine, "before_cursor_execute", tell)
    return told


def test_an_article_that_a_second_source_names_belongs_to_it_without_being_fetched_again(site, tmp_path):
    news(site, 3)
    entries = [(f"/news/{number}.html", f"Council {number}", f"2025-11-0{number}T09:00:00Z") for number in (1, 2)]
    site.article("/news/9.html", 9)
    entries.append(("/news/9.html", "Council 9", "2025-11-09T09:00:00Z"))
    site.pages["/other"] = Reply(feed(site.base, entries), kind=FEED_KIND, etag='"o"')

    async def scenario(case):
        case.add("paper", site.url("/feed"))
        case.add("portal", site.url("/other"))
        await case.source("paper")
        assert numbers(await case.source("portal", dry_run=True)) == {"seen": 3, "new": 1, "known": 2, "requests": 2}
        assert case.store.articles.count(ArticleFilter(source="portal")) == 0
        cursor = case.store.change_seq()
        assert numbers(await case.source("portal")) == {"seen": 3, "new": 1, "known": 2, "requests": 2}
        wanted = ArticleFilter(source="portal", after_seq=cursor)
        assert {row.url for row in case.store.articles.rows(wanted)} == {site.url(path) for path, _, _ in entries}
        assert {row.source for row in case.store.articles.rows(wanted)} == {"paper", "portal"}
        assert case.store.sources.state("portal").articles == 3
        assert case.store.check() == []

        cursor = case.store.change_seq()
        assert numbers(await case.source("portal")) == {"requests": 1, "not_modified": 1}
        site.pages["/other"].etag = None
        told = writes(case.store)
        assert numbers(await case.source("portal")) == {"seen": 3, "known": 3, "requests": 1}
        assert case.store.change_seq() == cursor
        assert BOOKKEEPING.issuperset(told)

    play(tmp_path, scenario)


def test_a_new_article_that_two_sources_of_one_crawl_name_is_fetched_once_and_belongs_to_both(site, tmp_path):
    news(site, 2)
    entries = [
        ("/news/1.html?utm_source=b", "Council 1", "2025-11-02T09:00:00Z"),
        ("/news/7.html", "Council 7, which is gone", "2025-11-03T09:00:00Z"),
    ]
    site.article("/news/1.html?utm_source=b", 1)  # either door may be read first
    site.pages["/other"] = Reply(feed(site.base, entries), kind=FEED_KIND, etag='"o"')

    async def scenario(case):
        case.add("paper", site.url("/feed"))
        case.add("portal", site.url("/other"))
        order = CrawlOrder(kind=CrawlKind.SOURCE, name="both", sources=("paper", "portal"))
        report = await case.order(order)
        assert (report.total("new"), report.total("failed")) == (2, 1)
        fetched = [path for path in site.paths() if path.startswith("/news/1.html")]
        assert len(fetched) == 1
        article = case.store.articles.get(site.url("/news/1.html"))
        assert {(seen.url, seen.source) for seen in case.store.articles.sightings(article.id)} == {
            (site.url("/news/1.html"), "paper"),
            (site.url("/news/1.html?utm_source=b"), "portal"),
        }
        assert case.store.check() == []
        assert (await case.order(order)).total("not_modified") == 2

    play(tmp_path, scenario)


def test_a_topic_crawl_sights_what_matches_only(site, tmp_path):
    site.pages["/news/1.html"] = Reply(article_page(1).replace("the mayor", "Mark Zuckerberg"))
    site.article("/news/2.html", 2)
    entries = [(f"/news/{number}.html", f"Council {number}", f"2025-11-0{number}T09:00:00Z") for number in (1, 2)]
    for path in ("/feed", "/other"):
        site.pages[path] = Reply(feed(site.base, entries), kind=FEED_KIND)

    async def scenario(case):
        case.add("paper", site.url("/feed"))
        case.add("portal", site.url("/other"))
        case.store.topics.add(Topic(name="Zuckerberg"))
        await case.source("paper")
        assert numbers(await case.topic("Zuckerberg", sources=("portal",))) == {"seen": 2, "known": 2, "requests": 1}
        assert [row.url for row in case.store.articles.rows(ArticleFilter(source="portal"))] == [
            site.url("/news/1.html")
        ]
        told = writes(case.store)
        await case.topic("Zuckerberg", sources=("portal",))
        assert BOOKKEEPING.issuperset(told)

    play(tmp_path, scenario)


def test_long_texts_of_a_listing_are_stored_at_once_and_completed_by_the_page(site, tmp_path):
    rows = [
        (f"/news/{number}.html", f"Harbour council meets for the time number {number}", " ".join(paragraphs(number)))
        for number in range(1, 5)
    ]
    site.pages["/portal"] = Reply(listing_page(rows), etag='"portal"')
    for number in (1, 2, 3):
        site.article(f"/news/{number}.html", number, more="")
        page = article_page(number)
        site.pages[f"/news/{number}.html"] = Reply(page.replace("</article>", f"<p>{LONG}</p></article>"))

    async def scenario(case):
        case.add("portal", site.url("/portal"), kind=SourceKind.LISTING)
        report = await case.source("portal")
        assert numbers(report) == {"seen": 4, "new": 4, "completed": 3, "failed": 1, "requests": 6}
        rows = {row.url: row for row in case.rows()}
        assert not rows[site.url("/news/1.html")].provisional
        assert rows[site.url("/news/1.html")].version == 1
        left = rows[site.url("/news/4.html")]
        assert left.provisional
        assert "meeting number 4" in left.text
        site.log.clear()
        assert numbers(await case.source("portal")) == {"requests": 1, "not_modified": 1}

    play(tmp_path, scenario)


def test_a_sitemap_index_is_read_news_and_newest_first_and_bounded(site, tmp_path):
    for number in range(1, 4):
        site.article(f"/news/{number}.html", number)
    months = [(site.url(f"/sitemap-{year}.xml"), f"{year}-12-31") for year in range(2010, 2025)]
    site.pages["/sitemap.xml"] = Reply(
        sitemap_index([*months, (site.url("/sitemap-news.xml"), "2009-01-01")]), kind="application/xml", etag='"i"'
    )
    site.pages["/sitemap-news.xml"] = Reply(
        sitemap([(site.url(f"/news/{number}.html"), f"2025-11-0{number}T09:00:00Z") for number in (1, 2, 3)]),
        kind="application/xml",
        etag='"n"',
    )
    for url, _ in months:
        site.pages[url.removeprefix(site.base)] = Reply(sitemap([]), kind="application/xml", etag='"m"')

    async def scenario(case):
        case.add("paper", site.url("/sitemap.xml"))
        report = await case.source("paper")
        assert report.total("new") == 3
        asked = [path for path in site.paths() if path.startswith("/sitemap-")]
        assert asked[0] == "/sitemap-news.xml"
        assert sorted(asked[1:]) == [f"/sitemap-{year}.xml" for year in (2021, 2022, 2023, 2024)]
        site.log.clear()
        again = await case.source("paper")
        assert numbers(again) == {"requests": 6, "not_modified": 5}

    play(tmp_path, scenario)


def test_a_url_that_is_an_article_is_stored_as_one(site, tmp_path):
    site.article("/news/7.html", 7)

    async def scenario(case):
        report = await case.urls(site.url("/news/7.html"))
        assert numbers(report) == {"seen": 1, "new": 1, "requests": 2}
        assert case.titles() == {"Harbour council meets for the time number 7"}

    play(tmp_path, scenario)


def test_a_topic_crawl_asks_the_search_of_each_source_and_stores_only_what_matches(site, tmp_path):
    site.article("/news/1.html", 1)
    site.pages["/news/2.html"] = Reply(article_page(2).replace("the mayor", "Mark Zuckerberg"))
    rows = [
        (f"/news/{number}.html", f"Harbour council meets for the time number {number}", "What the council said today")
        for number in (1, 2)
    ]
    filler = [(f"/old/{number}.html", f"An older report about the harbour, part {number}", "Old") for number in (1, 2)]
    for path, _, _ in filler:
        site.pages[path] = Reply(article_page(int(path[5])).replace("council", "board"))
    site.pages["/tag/Zuckerberg/1"] = Reply(listing_page([*rows, *filler]), etag='"t"')
    tag = "/tag/%EC%A0%80%EC%BB%A4%EB%B2%84%EA%B7%B8/1"
    site.pages[tag] = Reply(listing_page([]))
    site.pages["/home"] = Reply(feed(site.base, []), kind=FEED_KIND, etag='"h"')

    async def scenario(case):
        case.add("paper", site.url("/home"), topic_template=site.url("/tag/{topic}/{page}"))
        case.store.topics.add(Topic(name="저커버그", aliases=("Zuckerberg",)))
        report = await case.topic("저커버그")
        assert {tag, "/tag/Zuckerberg/1", "/home"} <= set(site.paths())
        assert report.total("new") == 1
        assert report.total("skipped") == 3
        assert report.in_store == 1
        assert [row.topics for row in case.rows()] == [("저커버그",)]
        assert case.store.doors.get("paper", site.url("/tag/Zuckerberg/1")) is None
        assert case.store.doors.get("paper", site.url("/home")) is None

    play(tmp_path, scenario)


def test_what_does_not_match_a_topic_is_not_read_again_for_it_but_for_others(site, tmp_path):
    entries = news(site, 3)
    site.pages["/news/2.html"] = Reply(article_page(2).replace("the mayor", "Mark Zuckerberg"))

    async def scenario(case):
        case.add("paper", site.url("/feed"))
        for name in ("Zuckerberg", "zeppelin"):
            case.store.topics.add(Topic(name=name))
        assert (await case.topic("Zuckerberg", dry_run=True)).total("requests") == 5
        assert numbers(await case.topic("Zuckerberg")) == {"seen": 3, "new": 1, "skipped": 2, "requests": 4}
        site.log.clear()
        assert numbers(await case.topic("Zuckerberg")) == {"seen": 3, "known": 1, "skipped": 2, "requests": 1}
        assert case.store.articles.known([site.url("/news/1.html")]) == {}
        assert numbers(await case.topic("Zuckerberg", recheck=True)).get("requests") == 4

        site.pages["/news/1.html"] = Reply(article_page(1).replace("the mayor", "Mark Zuckerberg"))
        soon = (datetime.now(UTC) + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        site.pages["/feed"] = Reply(feed(site.base, entries, updated={"/news/1.html": soon}), kind=FEED_KIND)
        assert numbers(await case.topic("Zuckerberg")) == {
            "seen": 3, "new": 1, "known": 1, "skipped": 1, "requests": 2,
        }  # fmt: skip
        assert numbers(await case.topic("zeppelin")) == {"seen": 3, "known": 2, "skipped": 1, "requests": 2}
        assert numbers(await case.source("paper")) == {"seen": 3, "new": 1, "known": 2, "requests": 2}
        assert case.store.check() == []

    play(tmp_path, scenario)


def test_a_topic_or_source_that_does_not_exist_fails_in_one_clear_line(site, tmp_path):
    async def scenario(case):
        for report in (await case.topic("nobody"), await case.source("nowhere")):
            assert report.state is CrawlState.FAILED
            assert len(report.errors) == 1
            assert "\n" not in report.errors[0]
        assert "nobody" in (await case.topic("nobody")).errors[0]

    play(tmp_path, scenario)


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (Reply("no", status=404), "answered 404"),
        (Reply("no", status=500), "answered 500"),
        (Reply(""), "nothing to crawl"),
        (Reply("<p>Only a word.</p>"), "nothing to crawl"),
        (Reply("x" * 3000, kind="text/plain"), "larger than 2,000 bytes"),
        (Reply("<html>", headers={"Location": "ftp://example.com/"}, status=302), "can't be fetched"),
        (Reply("", headers={"Location": "/door"}, status=301), "redirected more than"),
        (Reply("", headers={"Location": "http://10.1.2.3/"}, status=301), "private or reserved address"),
        (Reply("", headers={"Content-Encoding": "gzip"}), "nothing to crawl"),
        (Reply(b"no gzip", headers={"Content-Encoding": "gzip"}), "gzip body is broken"),
        (Reply("hello", headers={"Content-Encoding": "lzma"}), "'lzma' is not known"),
    ],
)
def test_a_door_that_is_of_no_use_fails_in_one_clear_line(site, tmp_path, reply, message):
    site.pages["/door"] = reply

    async def scenario(case):
        report = await case.urls(site.url("/door"))
        assert report.state is CrawlState.FAILED
        assert report.total("failed") == 1
        (line,) = report.counts[0].errors
        assert message in line
        assert "/door" in line or "10.1.2.3" in line

    play(tmp_path, scenario, max_bytes=2000)


def test_other_sources_go_on_when_one_fails(site, tmp_path):
    news(site, 2)
    site.pages["/bad"] = Reply("<rss><channel><item>", kind="text/plain")

    async def scenario(case):
        report = await case.urls(
            "gopher://old.example/", "http://127.0.0.1:1/x", "http://10.0.0.1/", site.url("/feed"), site.url("/none")
        )
        assert report.state is CrawlState.PARTIAL
        assert report.total("new") == 2
        lines = [line for count in report.counts for line in count.errors]
        assert len(lines) == 4
        for line, word in zip(lines, ("http://", "connect", "allow_networks", "404"), strict=True):
            assert word in line

    play(tmp_path, scenario)


def test_a_source_of_a_fixed_kind_refuses_other_pages(site, tmp_path):
    site.article("/page", 3)

    async def scenario(case):
        case.add("paper", site.url("/page"), kind=SourceKind.FEED)
        report = await case.source("paper")
        assert report.state is CrawlState.FAILED
        assert "not a feed" in report.counts[0].errors[0]
        assert case.store.sources.state("paper").failures == 1

    play(tmp_path, scenario)


def test_what_robots_txt_refuses_is_set_aside_and_said(site, tmp_path):
    news(site, 2)
    site.pages["/robots.txt"] = Reply("User-agent: *\nDisallow: /news/2", kind="text/plain")

    async def scenario(case):
        case.add("paper", site.url("/feed"))
        report = await case.source("paper")
        assert numbers(report) == {"seen": 2, "new": 1, "failed": 1, "requests": 3}
        assert "robots.txt" in report.counts[0].errors[0]
        site.log.clear()
        assert numbers(await case.source("paper")) == {"requests": 1, "not_modified": 1}

    play(tmp_path, scenario)


def test_credentials_of_a_source_come_from_the_environment_and_stay_with_its_publisher(site, tmp_path, monkeypatch):
    other = SmallSite("127.0.0.2")
    try:
        other.article("/elsewhere.html", 5)
        site.pages["/feed"] = Reply(
            feed(site.base, [("/moved.html", "Moved away", "2025-11-01T09:00:00Z")]), kind=FEED_KIND
        )
        site.pages["/moved.html"] = Reply("", status=302, headers={"Location": other.url("/elsewhere.html")})

        async def scenario(case):
            case.add("paper", site.url("/feed"), headers={"Authorization": "PAPER_LOGIN"})
            missing = await case.source("paper")
            assert missing.state is CrawlState.FAILED
            assert "PAPER_LOGIN" in missing.counts[0].errors[0]
            monkeypatch.setenv("PAPER_LOGIN", "Bearer secret")
            assert (await case.source("paper")).total("new") == 1
            sent = {asked.path: asked.headers.get("Authorization") for asked in site.log + other.log}
            assert sent["/moved.html"] == "Bearer secret"
            assert sent["/elsewhere.html"] is None

        play(tmp_path, scenario)
    finally:
        other.close()


def test_edit_checks_that_are_due_are_made_behind_a_door_that_is_unchanged(site, tmp_path):
    news(site, 2)

    async def scenario(case):
        case.add("paper", site.url("/feed"))
        await case.source("paper")
        later = datetime.now(UTC) + timedelta(minutes=45)
        case.store._database.now = lambda: later
        site.log.clear()
        site.article("/news/1.html", 1, title="Harbour council meets, and the title was changed", etag='"new"')
        report = await case.source("paper")
        assert numbers(report) == {"updated": 1, "known": 1, "requests": 3, "not_modified": 2}

    play(tmp_path, scenario)


def over_with_the_fifth(site, monkeypatch):
    """The clock jumps by 700 s with the fifth article asked for, however slow the machine is."""
    late = 0
    pages = dict(site.pages)

    def asked(path):
        def reply(_number):
            nonlocal late
            late += path.startswith("/news/")
            return pages[path]

        return reply

    site.pages.update({path: asked(path) for path in pages})

    def clock():
        return time.monotonic() + (700 if late >= 5 else 0)

    monkeypatch.setattr("crawler.extensions.Crawl", partial(Crawl, clock=clock))


def test_time_that_is_over_leaves_the_rest_for_the_next_crawl(site, tmp_path, monkeypatch):
    news(site, 9)

    async def scenario(case):
        case.add("paper", site.url("/feed"), delay=0.05, limits=Limits(max_seconds=600))
        over_with_the_fifth(site, monkeypatch)
        report = await case.source("paper")
        assert report.state is CrawlState.PARTIAL
        assert 0 < report.total("new") < 9
        assert "max_seconds" in report.counts[0].errors[0]
        assert case.store.doors.get("paper", site.url("/feed")) is None

    play(tmp_path, scenario)


def test_a_next_page_that_time_does_not_allow_cuts_the_crawl_short():
    now = 0.0
    order = CrawlOrder(kind=CrawlKind.SOURCE, name="paper", sources=("paper",))
    desk = SimpleNamespace(config=Config())
    brief = SimpleNamespace(desk=desk, order=order, stopped=asyncio.Event(), clock=lambda: now)
    reporter = Reporter(brief, None)
    budgets = Budgets(brief, reporter, None, None)
    source = Source(name="paper", url="http://paper.example.com/", limits=Limits(max_seconds=600, max_pages=0))
    full = budgets.begin(source, "paper")
    assert "max_pages" in budgets.no_more(full)
    assert reporter.state() is CrawlState.DONE
    late = budgets.begin(replace(source, limits=Limits(max_seconds=600)), "paper")
    assert budgets.no_more(late) is None
    now = 601.0
    assert "max_seconds" in budgets.no_more(late)
    assert late.count.errors == ["paper: cut short after 600 s (max_seconds)"]
    assert reporter.state() is CrawlState.PARTIAL


def test_a_host_is_asked_no_longer_than_its_time(site, tmp_path, monkeypatch):
    news(site, 9)

    async def scenario(case):
        case.add("paper", site.url("/feed"), delay=0.05, limits=Limits(max_seconds=10_000))
        over_with_the_fifth(site, monkeypatch)
        report = await case.source("paper")
        assert report.state is CrawlState.DONE
        assert 0 < report.total("new") < 9
        (told,) = report.counts[0].limits
        assert "(host_seconds); " in told
        assert case.store.doors.get("paper", site.url("/feed")) is None
        monkeypatch.undo()
        rest = await case.source("paper")
        assert report.total("new") + rest.total("new") == 9

    play(tmp_path, scenario, host_seconds=600.0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "word"), [([], "-a url="), (["-a", "url=http://a.example/", "-a", "page=1"], "page")]
)
def test_arguments_that_make_no_order_are_one_line_and_no_traceback(tmp_path, arguments, word):
    environment = {**os.environ, "PRESSWATCH_STORE": f"sqlite:///{tmp_path}/x.db"}
    command = [sys.executable, "-m", "scrapy", "crawl", "source", *arguments]
    root = Path(__file__).resolve().parent.parent
    ran = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert (ran.returncode, "Traceback" in ran.stderr) == (1, False)
    (told,) = [line for line in ran.stderr.splitlines() if "ERROR" in line]
    assert word in told
    assert "spider source" in told


def test_arguments_of_a_spider_make_an_order():
    order = order_of(
        "source",
        url="http://a.example/ http://b.example/",
        since="2026-11-01",
        zone="Asia/Seoul",
        max_pages="7",
        dry_run="1",
    )
    assert order.kind is CrawlKind.URLS
    assert order.urls == ("http://a.example/", "http://b.example/")
    assert order.since == datetime(2026, 10, 31, 15, tzinfo=UTC)
    assert (order.max_pages, order.dry_run, order.recheck) == (7, True, False)
    assert order_of("topic", topic="저커버그").kind is CrawlKind.TOPIC
    assert order_of("source", source="paper").sources == ("paper",)


@pytest.mark.parametrize(
    "arguments",
    [{}, {"url": "http://a.example/", "topic": "x"}, {"url": "x", "since": "gestern"}, {"url": "x", "max_pages": "-1"}],
)
def test_arguments_that_make_no_sense_are_refused(arguments):
    with pytest.raises(UsageError):
        order_of("source", **arguments)


def test_every_spider_module_is_listed_one_by_one():
    from crawler.settings import SPIDER_MODULES

    folder = Path(__file__).parents[1] / "spiders"
    modules = {f"spiders.{file.stem}" for file in folder.glob("*.py") if file.stem not in {"__init__", "base"}}
    assert set(SPIDER_MODULES) == modules


def test_a_crawl_gives_its_host_back_though_it_asked_for_robots_txt(site, tmp_path):
    news(site, 1)

    async def scenario(case):
        await case.urls(site.url("/feed"))
        assert case.store.hosts.acquire("127.0.0.1", "another machine", 5)

    play(tmp_path, scenario)


def test_an_article_that_failed_is_tried_again_though_its_feed_does_not_change(site, tmp_path):
    news(site, 3)
    whole = site.pages["/news/2.html"]
    site.pages["/news/2.html"] = lambda time: Reply("busy", status=500) if time < 2 else whole

    async def scenario(case):
        case.add("paper", site.url("/feed"))
        first = await case.source("paper")
        assert (first.total("new"), first.total("failed")) == (2, 1)
        again = await case.source("paper")
        assert (again.total("new"), again.total("failed")) == (1, 0)
        site.log.clear()
        assert numbers(await case.source("paper")) == {"requests": 1, "not_modified": 1}
        assert site.paths() == ["/feed"]

    play(tmp_path, scenario, retry_after=0.0)


def test_what_a_budget_left_no_room_for_is_fetched_later_though_the_feed_moved_on(site, tmp_path):
    news(site, 6)

    async def short(case):
        case.add("paper", site.url("/feed"))
        first = await case.source("paper")
        assert 0 < first.total("new") < 6

    play(tmp_path, short, window=3600.0, source_budget=5)
    site.pages["/feed"] = Reply(feed(site.base, []), kind=FEED_KIND, etag='"later"')
    with sqlite3.connect(tmp_path / "test.db") as hour_passes:
        hour_passes.execute("UPDATE set_aside SET retry_at = '2026-01-01 00:00:00'")
    hour_passes.close()

    async def roomy(case):
        assert len(case.rows()) < 6
        await case.source("paper")
        assert len(case.rows()) == 6

    play(tmp_path, roomy)
