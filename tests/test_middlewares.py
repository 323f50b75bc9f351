import time

import pytest
from crawl_case import numbers, play
from small_site import FEED_KIND, Reply, SmallSite, article_page, feed

from crawler.items import CrawlState


@pytest.fixture
def site():
    made = SmallSite()
    yield made
    made.close()


def later(*replies):
    """The first replies in turn, then the last one again and again."""
    return lambda number: replies[min(number, len(replies)) - 1]


def test_a_request_that_fails_for_the_moment_is_tried_again_and_each_try_is_counted(site, tmp_path):
    site.pages["/a.html"] = later(Reply("busy", status=503), Reply("busy", status=502), Reply(article_page(1)))

    async def scenario(case):
        began = time.monotonic()
        report = await case.urls(site.url("/a.html"))
        assert numbers(report) == {"seen": 1, "new": 1, "requests": 4}
        assert time.monotonic() - began >= 0.25 + 0.5

    play(tmp_path, scenario, retries=2)


def test_a_request_is_given_up_after_the_configured_number_of_tries(site, tmp_path):
    site.pages["/a.html"] = Reply("broken", status=500)

    async def scenario(case):
        report = await case.urls(site.url("/a.html"))
        assert report.state is CrawlState.FAILED
        assert numbers(report) == {"failed": 1, "requests": 3}

    play(tmp_path, scenario, retries=1)


def test_what_is_gone_is_not_tried_again(site, tmp_path):
    async def scenario(case):
        assert numbers(await case.urls(site.url("/nowhere"))) == {"failed": 1, "requests": 2}

    play(tmp_path, scenario, retries=3)


def test_retry_after_is_waited_for(site, tmp_path):
    site.pages["/a.html"] = later(Reply("slow down", status=429, headers={"Retry-After": "1"}), Reply(article_page(1)))

    async def scenario(case):
        began = time.monotonic()
        assert (await case.urls(site.url("/a.html"))).total("new") == 1
        assert time.monotonic() - began >= 1.0

    play(tmp_path, scenario, retries=1)


def test_a_long_retry_after_ends_the_hosts_part_and_is_remembered(site, tmp_path):
    site.pages["/a.html"] = Reply("come back later", status=503, headers={"Retry-After": "3600"})
    site.article("/b.html", 2)

    async def scenario(case):
        report = await case.urls(site.url("/a.html"))
        assert numbers(report) == {"failed": 1, "requests": 2}
        again = await case.urls(site.url("/b.html"))
        assert numbers(again) == {"failed": 1}
        assert "left alone" in again.counts[0].errors[0]
        assert case.store.hosts.blocked_until("127.0.0.1") is not None

    play(tmp_path, scenario, retries=2)


def test_a_host_that_keeps_failing_is_not_asked_for_all_its_pages(site, tmp_path):
    entries = [(f"/news/{number}.html", f"Title {number}", f"2025-11-{number:02}T09:00:00Z") for number in range(1, 21)]
    site.pages["/feed"] = Reply(feed(site.base, entries), kind=FEED_KIND)
    for path, _, _ in entries:
        site.pages[path] = Reply("broken", status=500)

    async def scenario(case):
        case.add("paper", site.url("/feed"))
        report = await case.source("paper")
        assert report.total("failed") == 20
        assert report.total("requests") < 15
        assert report.state is CrawlState.PARTIAL

    play(tmp_path, scenario, concurrency=2)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed_and_both_urls_name_the_article(site, tmp_path, status):
    site.pages["/old"] = Reply("", status=status, headers={"Location": "/neu%20und/artikel.html"})
    site.article("/neu%20und/artikel.html", 4)

    async def scenario(case):
        assert numbers(await case.urls(site.url("/old"))) == {"seen": 1, "new": 1, "requests": 3}
        (row,) = case.rows()
        assert {sighting.url for sighting in case.store.articles.sightings(row.id)} == {
            site.url("/old"),
            site.url("/neu%20und/artikel.html"),
        }

    play(tmp_path, scenario)


def test_robots_txt_holds_for_where_a_redirect_leads(site, tmp_path):
    site.pages["/robots.txt"] = Reply("User-agent: *\nDisallow: /private", kind="text/plain")
    site.pages["/open"] = Reply("", status=302, headers={"Location": "/private/a.html"})
    site.article("/private/a.html", 1)

    async def scenario(case):
        report = await case.urls(site.url("/open"))
        assert "disallows" in report.counts[0].errors[0]
        assert "/private/a.html" not in site.paths()

    play(tmp_path, scenario)


def test_a_server_that_hangs_costs_one_time_out(site, tmp_path):
    site.pages["/slow"] = Reply("x", wait=30)

    async def scenario(case):
        began = time.monotonic()
        report = await case.urls(site.url("/slow"))
        assert "no complete answer within 0.3 s" in report.counts[0].errors[0]
        assert time.monotonic() - began < 5

    play(tmp_path, scenario, timeout=0.3)


def test_we_say_who_we_are(site, tmp_path):
    site.article("/a.html", 1)

    async def scenario(case):
        await case.urls(site.url("/a.html"))
        for asked in site.log:
            assert asked.headers["User-Agent"] == case.desk.config.agent
            assert "presswatch/" in asked.headers["User-Agent"]
            assert "https://news.example/bot" in asked.headers["User-Agent"]
            assert "Cookie" not in asked.headers
            assert "Referer" not in asked.headers

    play(tmp_path, scenario, contact="https://news.example/bot")
