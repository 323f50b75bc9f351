"""Crawls of a topic in the test's own process: known searches asked by name, links that lead on, what is remembered."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from crawl_case import play
from small_site import FEED_KIND, Reply, SmallSite, article_page, feed, listing_page

from crawler.items import CrawlKind, CrawlOrder, CrawlState, Topic
from crawler.topics import searches
from crawler.topics.searches import SearchSite

TOPIC = "Zuckerberg"
NOW = datetime.now(UTC)


@pytest.fixture
def site():
    made = SmallSite()
    yield made
    made.close()


def known(monkeypatch, *sites):
    monkeypatch.setattr(searches, "known_searches", lambda: {one.name: one for one in sites})


def search(name, *templates, hosts=(), paths=(), by_date=True):
    return SearchSite(name=name, title=name, templates=templates, hosts=hosts, paths=paths, by_date=by_date, note=None)


def order(**more):
    return CrawlOrder(kind=CrawlKind.TOPIC, name=TOPIC, topic=TOPIC, **more)


def article(site, number):
    path = f"/news/{number}.html"
    title = f"Harbour council meets {TOPIC} for the time number {number}"
    site.pages[path] = Reply(article_page(number, title=title))
    return path, title, f"{NOW - timedelta(hours=number):%Y-%m-%dT%H:%M:%SZ}"


def test_searches_are_asked_by_name_without_a_source(site, tmp_path, monkeypatch):
    rows = [article(site, number) for number in range(1, 7)]
    site.pages["/find?q=Zuckerberg&first=1"] = Reply(feed(site.base, rows[:3]), kind=FEED_KIND)
    site.pages["/find?q=Zuckerberg&first=11"] = Reply(feed(site.base, rows[3:]), kind=FEED_KIND)
    site.pages["/find?q=Zuckerberg&first=21"] = Reply(feed(site.base, []), kind=FEED_KIND)
    known(
        monkeypatch,
        search("engine", site.url("/find?q={topic}&first={start:10}")),
        search("refused", site.url("/private?q={topic}")),
    )
    site.pages["/robots.txt"] = Reply("User-agent: *\nDisallow: /private\n", kind="text/plain")

    async def scenario(case):
        case.store.topics.add(Topic(name=TOPIC))
        report = await case.order(order(searches=("engine", "refused"), since=NOW - timedelta(days=9)))
        engine, refused = report.counts
        assert (engine.source, engine.walked, engine.candidates, engine.matched, engine.new) == ("engine", 3, 6, 6, 6)
        assert "the results end" in engine.stops[0]
        assert "robots" in refused.stops[0]
        assert (refused.failed, report.state) == (1, CrawlState.PARTIAL)
        site.log.clear()
        again = await case.order(order(searches=("engine",), since=NOW - timedelta(days=9)))
        assert again.counts[0].stops[0].endswith("page 1 names only what is known")
        assert site.paths() == ["/find?q=Zuckerberg&first=1"]

    play(tmp_path, scenario)


def test_links_that_lead_on_are_followed_where_they_say_where_to(site, tmp_path, monkeypatch):
    paths = [article(site, number) for number in (1, 2)]
    target = site.url(paths[0][0]).encode()
    told = base64.urlsafe_b64encode(b"\x08\x13\x22" + bytes([len(target)]) + target + b"\xd2\x01\x00").decode()
    hidden = base64.urlsafe_b64encode(b"\x08\x13\x22\x60AU_yqLM" + b"x" * 90).decode()
    bing = f"http://www.bing.com/news/apiclick.aspx?url={site.url(paths[1][0])}"
    links = [f"https://news.google.com/rss/articles/{told}", f"https://news.google.com/rss/articles/{hidden}", bing]
    items = "".join(
        f"<item><title>Harbour council meets {TOPIC} {number}</title><link>{link}</link>"
        f"<source url='https://outlet.example'>Outlet {number}</source></item>"
        for number, link in enumerate(links)
    )
    rss = f"<rss version='2.0'><channel><title>News</title>{items}</channel></rss>"
    site.pages["/rss?q=Zuckerberg"] = Reply(rss, kind="application/rss+xml")
    known(monkeypatch, search("engine", site.url("/rss?q={topic}"), by_date=False))

    async def scenario(case):
        case.store.topics.add(Topic(name=TOPIC))
        report = await case.order(order(searches=("engine",)))
        (count,) = report.counts
        assert (count.new, count.skipped, count.failed) == (2, 1, 0)
        assert any(line.startswith("1 result has a link that only a browser") for line in count.limits)
        assert {row.url for row in case.rows()} == {site.url(path) for path, _, _ in paths}

    play(tmp_path, scenario)


def test_a_source_of_a_known_kind_is_asked_by_its_templates(site, tmp_path, monkeypatch):
    rows = [article(site, number) for number in (1, 2)]
    site.pages["/tag/zuckerberg/feed/?paged=1"] = Reply(feed(site.base, rows), kind=FEED_KIND)
    site.pages["/feed/"] = Reply(feed(site.base, []), kind=FEED_KIND)
    known(monkeypatch, search("blogs", "{origin}/tag/{slug}/feed/?paged={page}", paths=("/feed/",)))

    async def scenario(case):
        case.store.topics.add(Topic(name=TOPIC))
        case.add("blog", site.url("/feed/"))
        report = await case.order(order(since=NOW - timedelta(days=9)))
        assert (report.counts[0].new, report.counts[0].failed) == (2, 0)
        assert "/tag/zuckerberg/feed/?paged=2" in site.paths()
        assert "does not exist" in report.counts[0].stops[0]

    play(tmp_path, scenario)


def test_results_without_dates_are_judged_by_the_articles(site, tmp_path, monkeypatch):
    for number in range(1, 31):
        path = f"/news/{number}.html"
        day = f"{NOW - timedelta(days=number):%Y-%m-%dT%H:%M:%SZ}"
        meta = f'<meta property="article:published_time" content="{day}">'
        title = f"Harbour council meets {TOPIC} for the time number {number}"
        site.pages[path] = Reply(article_page(number, title=title, more=meta))
    for page in range(1, 6):
        items = "".join(
            f"<item><title>Harbour council meets {TOPIC} for the time number {number}</title>"
            f"<link>{site.url(f'/news/{number}.html')}</link></item>"
            for number in range(page * 6 - 5, page * 6 + 1)
        )
        rss = f"<rss version='2.0'><channel><title>News</title>{items}</channel></rss>"
        site.pages[f"/find?q=Zuckerberg&page={page}"] = Reply(rss, kind="application/rss+xml")
    known(monkeypatch, search("engine", site.url("/find?q={topic}&page={page}")))

    async def scenario(case):
        case.store.topics.add(Topic(name=TOPIC))
        report = await case.order(order(searches=("engine",), since=NOW - timedelta(days=9.5)))
        (count,) = report.counts
        assert (count.new, count.walked) == (9, 3)
        assert "page 3 is past" in count.stops[0]
        assert "/find?q=Zuckerberg&page=4" not in site.paths()

    play(tmp_path, scenario)


def test_a_walk_that_was_cut_short_is_not_taken_for_whole(site, tmp_path, monkeypatch):
    rows = [article(site, number) for number in range(1, 13)]
    for page in (1, 2, 3):
        part = [
            (path, title, "Short words on it, and who was there.") for path, title, _ in rows[(page - 1) * 4 : page * 4]
        ]
        site.pages[f"/find?q=Zuckerberg&page={page}"] = Reply(listing_page(part))
    known(monkeypatch, search("engine", site.url("/find?q={topic}&page={page}")))

    async def scenario(case):
        case.store.topics.add(Topic(name=TOPIC))
        since = datetime(2025, 1, 1, tzinfo=UTC)
        first = await case.order(order(searches=("engine",), since=since, max_pages=7))
        assert 0 < first.counts[0].new < 12
        second = await case.order(order(searches=("engine",), since=since))
        assert first.counts[0].new + second.counts[0].new == 12
        dry = await case.order(order(searches=("engine",), since=since, dry_run=True))
        assert dry.counts[0].stops[0].endswith("page 1 names only what is known")
        case.store.topics.update(Topic(name=TOPIC, aliases=("Zuck",)))
        anew = await case.order(order(searches=("engine",), since=since))
        assert "page 1" not in anew.counts[0].stops[0]

    play(tmp_path, scenario)


@pytest.mark.parametrize("hits", [1, 2])
def test_a_page_of_few_hits_is_a_list_and_never_an_article(site, tmp_path, monkeypatch, hits):
    rows = [article(site, number) for number in range(1, hits + 1)]
    cards = "".join(
        f"<article class='post'><h2><a href='{path}'>{title}</a></h2><time datetime='{when}'>{when[:10]}</time>"
        f"<p>{TOPIC} came to the harbour on Tuesday and spoke with the council for more than an hour about the plan "
        "for a new data centre, which is to stand on the old pier from next spring on.</p></article>"
        for path, title, when in rows
    )
    head = "<html lang=en><head><title>Search Results - The Small Paper</title></head>"
    site.pages["/find?q=Zuckerberg"] = Reply(f"{head}<body><main>{cards}</main></body></html>")
    known(monkeypatch, search("engine", site.url("/find?q={topic}")))

    async def scenario(case):
        case.store.topics.add(Topic(name=TOPIC))
        await case.order(order(searches=("engine",)))
        assert sorted(row.url for row in case.store.articles.rows()) == sorted(site.url(path) for path, *_ in rows)

    play(tmp_path, scenario)
