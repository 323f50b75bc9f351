# ruff: noqa: E501 - markup is easier to check where a line of it stays a line
"""Sites that would lead a look astray, exhaust it, or keep it waiting."""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from discovery_case import WEEK, H, farm, looked
from site_farm import (
    NOW,
    RSS,
    Answer,
    Farm,
    alternate,
    article,
    page,
    posts,
    robots,
    rss,
    sitemap,
)

from crawler.config import load_config
from crawler.discovery.client import PoliteClient
from crawler.discovery.looking import REQUESTS, Look, look
from crawler.errors import FetchError, ForbiddenAddress, RobotsRefused
from crawler.newsroom import Newsroom
from crawler.sources import Source, SourceKind
from storage import open_store

__all__ = ["farm"]


def chosen(found: Look) -> set[str]:
    return {door.url for door in found.doors}


def why(found: Look, url: str) -> str:
    return next(one.reason for one in found.choice.verdicts if one.sample.url == url)


def test_of_two_hundred_feeds_a_few_are_asked_for(farm: Farm) -> None:
    head = "".join(alternate(f"/rss/{number}.xml", f"Section {number}") for number in range(200))
    farm.sites = {
        H: {
            "/": page(WEEK[:20], head=head + alternate("/all.xml", "All news")),
            "*": rss(H, []),
            "/all.xml": rss(H, WEEK),
        }
    }
    found = looked(farm)
    assert chosen(found) == {f"http://{H}/all.xml"}
    assert len(farm.asked) <= REQUESTS


def test_redirects_without_end(farm: Farm) -> None:
    farm.sites = {
        H: {
            "/": page(WEEK[:20], head=alternate("/round.xml")),
            "/round.xml": Answer(status=302, headers={"Location": "/round.xml"}),
        }
    }
    found = looked(farm)
    assert chosen(found) == {f"http://{H}/"}
    assert "redirected more than 8 times" in why(found, f"http://{H}/round.xml") or found.notes


def test_the_page_itself_leads_in_a_circle(farm: Farm) -> None:
    farm.sites = {
        H: {"/": Answer(status=301, headers={"Location": "/a"}), "/a": Answer(status=301, headers={"Location": "/"})}
    }
    with pytest.raises(FetchError, match="redirected more than 8 times"):
        looked(farm)
    assert len(farm.asked) <= REQUESTS


def test_robots_that_lead_on_and_on_cost_no_more_than_the_rest(farm: Farm) -> None:
    farm.sites = {
        H: {
            "/robots.txt": Answer(status=302, headers={"Location": "/robots.txt?a"}),
            "/robots.txt?a": Answer(status=302, headers={"Location": "/robots.txt"}),
            "/": page(WEEK[:20]),
        }
    }
    found = looked(farm)
    assert chosen(found) == {f"http://{H}/"}


def test_a_feed_that_is_a_page(farm: Farm) -> None:
    farm.sites = {
        H: {
            "/": page(WEEK[:20], head=alternate("/rss.xml")),
            "/rss.xml": Answer("<!doctype html><html><body><p>Please enable JavaScript</p></body></html>", RSS),
        }
    }
    found = looked(farm)
    assert chosen(found) == {f"http://{H}/"}
    assert why(found, f"http://{H}/rss.xml").startswith("no feed")


def test_pages_that_stand_for_everything(farm: Farm) -> None:
    """A soft 404: the home page at every address, with 200."""
    home = page(WEEK[:20])
    farm.sites = {H: {"/": home, "*": home, "/robots.txt": robots()}}
    found = looked(farm)
    assert chosen(found) == {f"http://{H}/"}
    assert all(one.sample.problem == "no feed but a page" for one in found.choice.verdicts if one.sample.kind == "feed")


def test_a_sitemap_that_swells(farm: Farm) -> None:
    bomb = gzip.compress(b"<urlset>" + b"<url><loc>http://x.example/a</loc></url>" * 500_000)
    farm.sites = {
        H: {
            "/robots.txt": robots(f"http://{H}/sitemap.xml.gz", f"http://{H}/encoded.xml"),
            "/": page(WEEK[:20]),
            "/sitemap.xml.gz": Answer(bomb, "application/gzip"),
            "/encoded.xml": Answer(bomb, "application/xml", headers={"Content-Encoding": "gzip"}),
        }
    }
    began = time.monotonic()
    found = looked(farm, max_bytes=2_000_000)
    assert f"http://{H}/" in chosen(found)
    assert "larger than 2,000,000 bytes" in why(found, f"http://{H}/encoded.xml")
    assert time.monotonic() - began < 30


def test_robots_disallow_the_page(farm: Farm) -> None:
    farm.sites = {H: {"/robots.txt": robots(rules="Disallow: /"), "/": page(WEEK[:20])}}
    with pytest.raises(RobotsRefused, match="disallows"):
        looked(farm)
    assert farm.asked == [f"{H}/robots.txt"]


def test_robots_disallow_a_door_and_the_search(farm: Farm) -> None:
    action = '<script type="application/ld+json">{"@type":"WebSite","potentialAction":{"@type":"SearchAction","target":"/search?q={q}"}}</script>'
    farm.sites = {
        H: {
            "/robots.txt": robots(rules="Disallow: /rss\nDisallow: /search"),
            "/": page(WEEK[:20], head=alternate("/rss.xml") + action),
            "/rss.xml": rss(H, WEEK),
        }
    }
    found = looked(farm)
    assert chosen(found) == {f"http://{H}/"}
    assert "disallows" in why(found, f"http://{H}/rss.xml")
    assert f"{H}/rss.xml" not in farm.asked
    assert found.template is None
    assert any("robots.txt disallows its search pages" in note for note in found.notes)


def test_a_short_retry_after_is_waited_for(farm: Farm) -> None:
    busy = Answer(status=429, headers={"Retry-After": "1"})
    farm.sites = {H: {"/": lambda number: busy if number == 1 else page(WEEK[:20])}}
    looked(farm)
    first, second = (farm.times[place] for place, asked in enumerate(farm.asked) if asked == f"{H}/")
    assert second - first >= 1.0


def test_a_long_retry_after_ends_the_look(farm: Farm) -> None:
    farm.sites = {H: {"/": Answer(status=429, headers={"Retry-After": "600"})}}
    with pytest.raises(FetchError, match="answered 429 and asks to be left alone for 600 s"):
        looked(farm)
    assert farm.asked == [f"{H}/robots.txt", f"{H}/"]


def test_a_long_retry_after_among_the_doors_ends_the_asking(farm: Farm) -> None:
    farm.sites = {
        H: {
            "/": page(WEEK[:20], head=alternate("/a.xml") + alternate("/b.xml")),
            "/a.xml": Answer(status=503, headers={"Retry-After": "3600"}),
            "/b.xml": rss(H, WEEK),
        }
    }
    found = looked(farm)
    assert chosen(found) == {f"http://{H}/"}
    assert farm.asked == [f"{H}/robots.txt", f"{H}/", f"{H}/a.xml"]
    assert any("asks to be left alone" in note for note in found.notes)


def test_a_block_is_kept_in_the_store(farm: Farm, sqlite_url: str) -> None:
    farm.sites = {H: {"/": Answer(status=429, headers={"Retry-After": "600"})}}
    config = load_config(environ={}, overrides={"proxy": farm.proxy, "delay": 0.0})

    async def one() -> Look:
        async with PoliteClient(config, hosts=store.hosts) as client:
            return await look(f"http://{H}/", client, config, NOW)

    with open_store(sqlite_url) as store:
        with pytest.raises(FetchError, match="600 s"):
            asyncio.run(one())
        assert store.hosts.blocked_until(H) is not None
        assert store.hosts.robots(f"http://{H}") is not None
        asked = len(farm.asked)
        with pytest.raises(FetchError, match="left alone for"):
            asyncio.run(one())
        assert len(farm.asked) == asked


def test_a_door_that_drips_is_given_up_in_time(farm: Farm) -> None:
    farm.sites = {H: {"/": page(WEEK[:20], head=alternate("/rss.xml")), "/rss.xml": Answer("x" * 1000, RSS, drip=0.05)}}
    found = looked(farm, timeout=0.5)
    assert chosen(found) == {f"http://{H}/"}
    assert "no complete answer within 0.5 s" in why(found, f"http://{H}/rss.xml")


def test_a_look_has_an_end(farm: Farm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.discovery.looking.DEADLINE", 1.5)
    farm.sites = {H: {"/": page(WEEK[:20], head=alternate("/rss.xml")), "/rss.xml": Answer("x" * 1000, RSS, drip=0.05)}}
    found = looked(farm, timeout=20.0)
    assert chosen(found) == {f"http://{H}/"}
    assert found.notes == ("the look was ended after 2 s",)


def test_requests_keep_the_delay(farm: Farm) -> None:
    farm.sites = {H: {"/": page(WEEK[:20], head=alternate("/rss.xml")), "/rss.xml": rss(H, WEEK)}}
    looked(farm, source=Source(name="x", url="x", delay=0.3))
    assert len(farm.times) > 3
    assert farm.times[-1] - farm.times[1] >= 0.28 * (len(farm.times) - 2)


def test_a_crawl_delay_is_kept(farm: Farm) -> None:
    farm.sites = {
        H: {
            "/robots.txt": robots(rules="Crawl-delay: 0.4"),
            "/": page(WEEK[:20], head=alternate("/rss.xml")),
            "/rss.xml": rss(H, WEEK),
        }
    }
    looked(farm)
    assert len(farm.times) > 3
    assert farm.times[-1] - farm.times[1] >= 0.38 * (len(farm.times) - 2)


def test_redirects_inward_are_not_followed() -> None:
    """Without a proxy, as the guard stands between us and the address."""
    farm = Farm()
    port = farm.proxy.rpartition(":")[2]
    try:
        farm.sites = {
            f"127.0.0.1:{port}": {
                "/": page(WEEK[:20], head=alternate("/rss.xml")),
                "/rss.xml": Answer(status=302, headers={"Location": "http://169.254.169.254/latest/"}),
                "/in": Answer(status=302, headers={"Location": "http://10.0.0.1/"}),
            }
        }
        config = load_config(environ={}, overrides={"allow_networks": ("127.0.0.1/32",), "delay": 0.0})

        async def one(path: str) -> Look:
            async with PoliteClient(config) as client:
                return await look(farm.proxy + path, client, config, NOW)

        found = asyncio.run(one("/"))
        assert chosen(found) == {farm.proxy + "/"}
        assert "private or reserved address" in why(found, farm.proxy + "/rss.xml")
        with pytest.raises(ForbiddenAddress, match=r"10\.0\.0\.1"):
            asyncio.run(one("/in"))
    finally:
        farm.close()


# -------------------------------------------------------------------------------------------- what is not to be chosen
def test_stale_empty_and_broken_feeds_and_podcasts_are_told(farm: Farm) -> None:
    old = posts(20, newest=NOW - timedelta(days=200), path="/old/{}")
    head = "".join(alternate(f"/{name}", name) for name in ("stale.xml", "empty.xml", "gone.xml", "sound.xml"))
    farm.sites = {
        H: {
            "/": page(
                WEEK[:20], head=head + alternate("/comments/feed/", "Comments") + alternate("/author/kim/feed/", "Kim")
            ),
            "/stale.xml": rss(H, old),
            "/empty.xml": rss(H, []),
            "/gone.xml": Answer(status=500),
            "/sound.xml": rss(H, WEEK, audio=True),
        }
    }
    found = looked(farm)
    assert chosen(found) == {f"http://{H}/"}
    assert why(found, f"http://{H}/stale.xml").startswith("stale: its newest is of 2026-05-")
    assert why(found, f"http://{H}/empty.xml") == "it is empty"
    assert why(found, f"http://{H}/gone.xml") == "the server answered 500"
    assert why(found, f"http://{H}/sound.xml") == "a podcast"
    assert why(found, f"http://{H}/comments/feed/") == "comments, no articles"
    assert why(found, f"http://{H}/author/kim/feed/") == "the posts of one author"


def test_another_form_of_a_feed_takes_the_place_of_one_that_fails(farm: Farm) -> None:
    farm.sites = {
        H: {
            "/": page(
                WEEK[:20], head=alternate("/news.rss", "RSS") + alternate("/news.atom", "Atom", "application/atom+xml")
            ),
            "/news.atom": rss(H, WEEK),
            "/news.rss": Answer(status=404),
        }
    }
    assert chosen(looked(farm)) == {f"http://{H}/news.atom"}


def test_one_article_is_no_source(farm: Farm) -> None:
    farm.sites = {H: {WEEK[0].path: article(WEEK[0])}}
    found = looked(farm, f"http://{H}{WEEK[0].path}")
    assert found.what == "article"
    assert found.doors == ()
    assert found.problem is not None
    assert len(farm.asked) == 2


def test_a_page_of_feeds_is_told(farm: Farm) -> None:
    links = "".join(
        f"<li><a href='/rss/{name}.xml'>{name}</a></li>" for name in ("all", "economy", "sport", "world", "it")
    )
    farm.sites = {
        H: {"/rss": Answer(f"<html><body><h1>RSS</h1><ul>{links}</ul></body></html>"), "/rss/all.xml": rss(H, WEEK)}
    }
    found = looked(farm, f"http://{H}/rss")
    assert found.problem == f"it is a page of 5 feeds, as http://{H}/rss/all.xml; add those that you want"


@pytest.mark.parametrize("path", ["/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml"])
def test_feeds_at_usual_places_are_found(farm: Farm, path: str) -> None:
    farm.sites = {H: {"/": page(WEEK[:20]), path: rss(H, WEEK)}}
    assert chosen(looked(farm)) == {f"http://{H}{path}"}


def test_of_many_sitemaps_the_lasting_and_the_newest_are_asked(farm: Farm) -> None:
    named = [f"http://{H}/map-{year}.xml" for year in range(2005, 2027)]
    farm.sites = {
        H: {"/robots.txt": robots(*named, f"http://{H}/images.xml", f"http://{H}/map.xml"), "/": page(WEEK[:20])}
    }
    looked(farm)
    asked = [one for one in farm.asked if "map" in one or "images" in one]
    assert asked == [f"{H}/map.xml", f"{H}/map-2026.xml"]


def test_addresses_that_are_none_are_passed_over(farm: Farm) -> None:
    head = (
        alternate("http://[::1", "broken")
        + alternate("javascript:x", "script")
        + alternate("file:///etc/passwd", "file")
        + '<link rel="search" type="application/opensearchdescription+xml" href="http://[osd"><base href="http://[x">'
        + '<link rel="sitemap" href="//:99999/x">'
    )
    named = ["http://[::1", "ftp://x.example/s.xml", "/relative.xml", "http://10.0.0.1/s.xml", "x" * 5000]
    farm.sites = {
        H: {"/robots.txt": robots(*named), "/": page(WEEK[:20], head=head), "/relative.xml": sitemap(H, WEEK)}
    }
    found = looked(farm)
    assert chosen(found)
    assert f"{H}/relative.xml" in farm.asked
    assert not any(asked.startswith("10.") for asked in farm.asked)


@pytest.mark.parametrize("content", ["0; url=/news/", "0;URL='/news/'", f"1, http://{H}/news/"])
def test_a_front_door_that_sends_a_browser_on_at_once_is_followed(farm: Farm, content: str) -> None:
    sent = f'<html><head><META HTTP-EQUIV="Refresh" CONTENT="{content}"></head><body>moved</body></html>'
    farm.sites = {H: {"/": Answer(sent), "/news/": page(WEEK[:20])}}
    assert chosen(looked(farm)) == {f"http://{H}/news/"}


@pytest.mark.parametrize("content", ["600; url=/news/", "0; url=http://elsewhere.example.net/", "0"])
def test_a_page_that_comes_back_later_or_leaves_its_site_is_not_followed(farm: Farm, content: str) -> None:
    sent = f'<html><head><meta http-equiv="refresh" content="{content}"></head><body>moved</body></html>'
    farm.sites = {H: {"/": Answer(sent), "/news/": page(WEEK[:20])}}
    assert looked(farm).problem is not None


def test_a_feed_whose_entries_name_no_page_is_not_called_empty(farm: Farm) -> None:
    items = "".join(f"<item><title>Note {n}</title><description>Text {n}</description></item>" for n in range(3))
    farm.sites = {H: {"/rss.xml": Answer(f"<rss version='2.0'><channel>{items}</channel></rss>", kind="text/xml")}}
    problem = looked(farm, f"http://{H}/rss.xml").problem
    assert problem is not None
    assert "0 of 3 entries" in problem


def test_a_frame_that_can_not_be_had_is_told(farm: Farm) -> None:
    framed = "<html><body><iframe id='mainFrame' src='/PostList.naver?blogId=gull'></iframe></body></html>"
    blog = rss("blog.naver.com", posts(30, path="/gull/2233{}", language="ko"), language="ko")
    farm.sites = {
        "blog.naver.com": {"/gull": Answer(framed), "/PostList.naver?blogId=gull": Answer(status=404)},
        "rss.blog.naver.com": {"/gull.xml": blog},
    }
    found = looked(farm, "http://blog.naver.com/gull")
    assert chosen(found) == {"http://rss.blog.naver.com/gull.xml"}
    assert any("its frame can't be had" in note for note in found.notes)


def test_a_feed_served_by_another_house_is_joined_by_the_paper(farm: Farm) -> None:
    fast = posts(120, a_day=80)
    more = "<div class='paging'><a rel='next' href='/?page=2'>Next</a></div>"
    farm.sites = {"feeds.feedburner.com": {"/paper": rss(H, fast[:50])}, H: {"/": page(fast[:40], after=more)}}
    assert chosen(looked(farm, "http://feeds.feedburner.com/paper")) == {
        "http://feeds.feedburner.com/paper",
        f"http://{H}/",
    }


def test_a_section_that_leads_to_the_home_page_is_gone(farm: Farm) -> None:
    farm.sites = {
        H: {
            "/section/economy": Answer(status=302, headers={"Location": "/"}),
            "/": page(WEEK[:20], head=alternate("/rss.xml")),
            "/rss.xml": rss(H, WEEK),
        }
    }
    found = looked(farm, f"http://{H}/section/economy")
    assert found.doors == ()
    assert found.problem is not None
    assert "leads to" in found.problem


def test_an_empty_shell_of_a_section_is_not_given_the_feed_of_everything(farm: Farm) -> None:
    shell = Answer(f"<html><head>{alternate('/rss.xml')}</head><body><div id=app></div></body></html>")
    farm.sites = {H: {"/section/economy": shell, "/rss.xml": rss(H, WEEK)}}
    found = looked(farm, f"http://{H}/section/economy")
    assert found.doors == ()
    assert "of the whole site" in why(found, f"http://{H}/rss.xml")


def test_the_search_of_a_site_is_found_in_its_description(farm: Farm) -> None:
    description = (
        '<?xml version="1.0"?><OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/"><ShortName>P</ShortName>'
        '<Url type="application/x-suggestions+json" template="http://paper.example.com/s?q={searchTerms}"/>'
        '<Url type="text/html" template="http://paper.example.com/find?words={searchTerms}&amp;p={startPage?}&amp;lang={language?}&amp;n={count?}"/></OpenSearchDescription>'
    )
    head = alternate("/rss.xml") + '<link rel="search" type="application/opensearchdescription+xml" href="/osd.xml">'
    farm.sites = {
        H: {
            "/": page(WEEK[:20], head=head),
            "/rss.xml": rss(H, WEEK),
            "/osd.xml": Answer(description, "application/opensearchdescription+xml"),
        }
    }
    found = looked(farm)
    assert found.template is not None
    assert found.template.url == "http://paper.example.com/find?words={topic}&p={page}&lang=*"
    assert found.template.origin == "its OpenSearch description"


def test_a_pasted_search_learns_its_pages_from_the_description(farm: Farm) -> None:
    description = (
        '<?xml version="1.0"?><OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/"><ShortName>P</ShortName>'
        '<Url type="text/html" template="http://paper.example.com/find?q={searchTerms}&amp;nr={startPage?}"/></OpenSearchDescription>'
    )
    head = '<link rel="search" type="application/opensearchdescription+xml" href="/osd.xml">'
    farm.sites = {
        H: {
            "/find?q=pier&nr=1": page(WEEK[:20], head=head),
            "/osd.xml": Answer(description, "application/opensearchdescription+xml"),
        }
    }
    found = looked(farm, f"http://{H}/find?q=pier&nr=1")
    assert found.template is not None
    assert found.template.url == "http://paper.example.com/find?q={topic}&nr={page}"


def test_the_usual_search_of_a_kind_is_known_or_disallowed_by_a_note(farm: Farm) -> None:
    head = '<meta name="generator" content="WordPress 6.8">'
    farm.sites = {
        H: {
            "/robots.txt": Answer("User-agent: *\nDisallow: /?s=\n", "text/plain"),
            "/": page(WEEK[:20], head=head + alternate("/rss.xml")),
            "/rss.xml": rss(H, WEEK),
        }
    }
    assert any("disallows its search pages" in note for note in looked(farm).notes)
    farm.asked.clear()
    farm.sites = {H: {"/": page(WEEK[:20], head=head), "/feed/": rss(H, WEEK)}}
    found = looked(farm)
    assert found.template is None
    assert any("its search is known" in note for note in found.notes)


def test_page_two_of_a_list_is_told(farm: Farm) -> None:
    farm.sites = {H: {"/section/sports?page=2": page(WEEK[:20])}}
    found = looked(farm, f"http://{H}/section/sports?page=2")
    assert any(note.endswith(f"page 1 is http://{H}/section/sports") for note in found.notes)
    assert found.notes[0].startswith("it is page 2 of a list")


def test_a_source_taken_for_a_feed_that_is_none_is_told(farm: Farm) -> None:
    farm.sites = {H: {"/": Answer("<html><body><p>nothing</p></body></html>")}}
    found = looked(farm, source=Source(name="x", url=f"http://{H}/", kind=SourceKind.FEED))
    assert found.problem is not None


def test_undated_lists_join_a_feed_only_for_what_is_newer(farm: Farm) -> None:
    """The rest of a long list is older than what the feed holds; what stands above is not."""
    later = posts(5, path="/extra/{}")
    farm.sites = {
        H: {
            "/": page([*WEEK[:5], *later, *WEEK[5:20]], head=alternate("/rss.xml"), dated=False),
            "/rss.xml": rss(H, WEEK[:10]),
        }
    }
    assert chosen(looked(farm)) == {f"http://{H}/", f"http://{H}/rss.xml"}
    farm.asked.clear()
    farm.sites = {H: {"/": page(WEEK, head=alternate("/rss.xml"), dated=False), "/rss.xml": rss(H, WEEK[:10])}}
    assert chosen(looked(farm)) == {f"http://{H}/rss.xml"}


def test_a_sitemap_of_another_part_is_left_out_of_a_section(farm: Farm) -> None:
    economy = posts(20, path="/economy/{}")
    farm.sites = {
        H: {
            "/robots.txt": robots(f"http://{H}/sitemap.xml"),
            "/economy": page(economy),
            "/sitemap.xml": sitemap(H, [*economy, *WEEK]),
        }
    }
    assert chosen(looked(farm, f"http://{H}/economy")) == {f"http://{H}/economy"}


# ---------------------------------------------------------------------------------------------------- the newsroom
@pytest.mark.parametrize(
    ("outlet", "door", "doors"),
    [
        ("hanbit-magazine", "listing", {"/news"}),
        ("ramen-notes", "home", {"/rss"}),
        ("garden-notes", "home", {"/rss"}),
        ("today-press", "listing", {"/section/105"}),
        ("today-press", "home", {"/"}),
        ("harbour-ledger", "home", {"/feed.atom"}),
        ("harbour-ledger", "feed", {"/feed.atom"}),
        ("harbour-ledger", "news-sitemap", {"/sitemap-news.xml"}),
        ("harbour-ledger", "sitemap", {"/sitemap.xml"}),
        ("namhae-ilbo", "home", {"/rss/allArticle.xml"}),
        ("peninsula-wire", "home", {"/rss.xml"}),
    ],
)
def test_the_doors_of_the_newsroom(newsroom: Newsroom, outlet: str, door: str, doors: set[str]) -> None:
    found = next(one for one in newsroom.outlets if one.name == outlet)
    config = load_config(environ={}, overrides={"allow_networks": ("127.0.0.0/8",), "delay": 0.0})
    newsroom.clear_log()

    async def one() -> Look:
        async with PoliteClient(config) as client:
            return await look(found.doors[door], client, config, newsroom.now)

    seen = asyncio.run(one())
    told = "\n".join(f"{'+' if one.chosen else '-'} {one.sample.url}: {one.reason}" for one in seen.choice.verdicts)
    assert {one.url.removeprefix(found.base_url) for one in seen.doors} == doors, told
    assert len(newsroom.log()) == seen.requests <= REQUESTS


@pytest.fixture(scope="module")
def newsroom() -> Iterator[Newsroom]:
    with Newsroom() as room:
        yield room
