# ruff: noqa: E501 - markup is easier to check where a line of it stays a line
"""Twenty kinds of sites, each with the doors that lose nothing, found in a dozen requests at most."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from site_farm import (
    NOW,
    Answer,
    Farm,
    Site,
    alternate,
    atom,
    page,
    posts,
    robots,
    rss,
    sitemap,
    sitemap_index,
)

from crawler.config import load_config
from crawler.discovery.client import PoliteClient
from crawler.discovery.looking import REQUESTS, Look, look

H = "paper.example.com"
WEEK = list(posts(28))


@pytest.fixture
def farm() -> Iterator[Farm]:
    made = Farm()
    yield made
    made.close()


def looked(farm: Farm, url: str, **given: object) -> Look:
    config = load_config(environ={}, overrides={"proxy": farm.proxy, "delay": 0.0, "timeout": 5.0})

    async def one() -> Look:
        async with PoliteClient(config) as client:
            return await look(url, client, config, NOW, **given)  # type: ignore[arg-type]

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


BLOG = posts(20, a_day=0.5, path="/{}")
FAST = posts(160, a_day=80)
ECONOMY = posts(30, a_day=3, path="/economy/{}")
SPORT = posts(30, a_day=3, path="/sport/{}", first=500)
ALL = sorted([*ECONOMY, *SPORT], key=lambda one: one.at, reverse=True)
KOREAN = posts(20, a_day=2, path="/{}", language="ko")
WP = '<meta name="generator" content="WordPress 6.8"><link rel="https://api.w.org/" href="/wp-json/">'

CASES = [
    Case(
        "a home page with a declared feed that holds all of it",
        f"http://{H}/",
        one_host(
            H, {"/robots.txt": robots(), "/": page(WEEK[:20], head=alternate("/rss.xml")), "/rss.xml": rss(H, WEEK)}
        ),
        ("feed http://paper.example.com/rss.xml",),
        "home page",
    ),
    Case(
        "a feed of 50 where 80 a day are published, joined by the news sitemap",
        f"http://{H}/",
        one_host(
            H,
            {
                "/robots.txt": robots(f"http://{H}/sitemap.xml", f"http://{H}/news.xml"),
                "/": page(FAST[:30], head=alternate("/rss.xml")),
                "/rss.xml": rss(H, FAST[:50]),
                "/news.xml": sitemap(H, FAST, news=True),
                "/sitemap.xml": sitemap_index(H, [("/news.xml", NOW), ("/2026-11.xml", NOW)]),
                "/2026-11.xml": sitemap(H, FAST),
            },
        ),
        ("feed http://paper.example.com/rss.xml", "sitemap http://paper.example.com/news.xml"),
        "home page",
    ),
    Case(
        "a feed of 50 where 80 a day are published, joined by the listing that has pages",
        f"http://{H}/",
        one_host(
            H,
            {
                "/": page(
                    FAST[:30],
                    head=alternate("/rss.xml"),
                    after="<div class='paging'><a rel='next' href='/?page=2'>Next</a></div>",
                ),
                "/rss.xml": rss(H, FAST[:50]),
            },
        ),
        ("feed http://paper.example.com/rss.xml", "listing http://paper.example.com/"),
        "home page",
    ),
    Case(
        "a section page beside the feed of the whole site",
        f"http://{H}/section/economy",
        one_host(
            H,
            {
                "/robots.txt": robots(f"http://{H}/sitemap.xml"),
                "/section/economy": page(ECONOMY[:20], head=alternate("/rss.xml", "All news")),
                "/rss.xml": rss(H, ALL[:40]),
                "/sitemap.xml": sitemap(H, ALL),
            },
        ),
        ("listing http://paper.example.com/section/economy",),
        "section page",
    ),
    Case(
        "a section page with a feed of its own among others",
        f"http://{H}/economy",
        one_host(
            H,
            {
                "/economy": page(
                    ECONOMY[:20],
                    head=alternate("/rss/all.xml", "All")
                    + alternate("/rss/sport.xml", "Sport")
                    + alternate("/rss/economy.xml", "Economy"),
                ),
                "/rss/all.xml": rss(H, ALL[:50]),
                "/rss/sport.xml": rss(H, SPORT),
                "/rss/economy.xml": rss(H, ECONOMY),
            },
        ),
        ("feed http://paper.example.com/rss/economy.xml",),
        "section page",
    ),
    Case(
        "a tag page of WordPress, its feed not declared",
        "http://wp.example.com/tag/robots/",
        one_host(
            "wp.example.com",
            {
                "/tag/robots/": page(
                    ECONOMY[:10],
                    head=WP
                    + alternate("/feed/", "Small Paper » Feed")
                    + alternate("/comments/feed/", "Small Paper » Comments Feed"),
                ),
                "/feed/": rss("wp.example.com", ALL[:20]),
                "/comments/feed/": rss("wp.example.com", SPORT),
                "/tag/robots/feed/": rss("wp.example.com", ECONOMY[:10]),
            },
        ),
        ("feed http://wp.example.com/tag/robots/feed/",),
        "tag page",
        "WordPress",
        "http://wp.example.com/tag/{topic}/",
    ),
    Case(
        "WordPress with nothing declared",
        "http://wp.example.com/",
        one_host(
            "wp.example.com",
            {
                "/": page(
                    BLOG[:10], head=WP, body='<form role="search" action="/"><input type="search" name="s"></form>'
                ),
                "/feed/": rss("wp.example.com", BLOG[:10]),
                "/wp-sitemap.xml": sitemap_index("wp.example.com", [("/wp-sitemap-posts-post-1.xml", None)]),
                "/wp-sitemap-posts-post-1.xml": sitemap("wp.example.com", BLOG),
            },
        ),
        ("feed http://wp.example.com/feed/",),
        "home page",
        "WordPress",
        "http://wp.example.com/?s={topic}",
    ),
    Case(
        "Tistory",
        "http://cat.tistory.com/",
        one_host(
            "cat.tistory.com",
            {
                "/robots.txt": robots("http://cat.tistory.com/sitemap.xml"),
                "/": page(KOREAN[:10], language="ko", name="고양이 일기", heading="전체 글"),
                "/rss": rss("cat.tistory.com", KOREAN, language="ko", title="고양이 일기"),
                "/sitemap.xml": sitemap("cat.tistory.com", KOREAN),
            },
        ),
        ("feed http://cat.tistory.com/rss",),
        "blog",
        "Tistory",
        language="ko",
    ),
    Case(
        "a Naver blog, which is a frame",
        "http://blog.naver.com/gull_diary",
        {
            "blog.naver.com": {
                "/gull_diary": Answer(
                    '<html><head><title>갈매기 : 네이버 블로그</title></head><body><iframe id="mainFrame" src="/PostList.naver?blogId=gull_diary&amp;widgetTypeCall=true"></iframe></body></html>'
                ),
                "/PostList.naver?blogId=gull_diary&widgetTypeCall=true": page(
                    posts(5, path="/gull_diary/22330000{}", language="ko"), language="ko", heading="전체보기"
                ),
            },
            "rss.blog.naver.com": {
                "/gull_diary.xml": rss(
                    "blog.naver.com",
                    posts(5, path="/gull_diary/22330000{}", language="ko"),
                    language="ko",
                    title="갈매기",
                )
            },
        },
        ("feed http://rss.blog.naver.com/gull_diary.xml",),
        "page of a blog",
        "Naver blog",
        language="ko",
    ),
    Case(
        "a Naver blog by its frame's address, which shows nothing",
        "http://blog.naver.com/PostList.naver?blogId=gull_diary",
        {
            "blog.naver.com": {
                "/PostList.naver?blogId=gull_diary": Answer("<html><body><script>load()</script></body></html>")
            },
            "rss.blog.naver.com": {
                "/gull_diary.xml": rss(
                    "blog.naver.com",
                    posts(30, path="/gull_diary/22330000{}", language="ko"),
                    language="ko",
                    title="갈매기",
                )
            },
        },
        ("feed http://rss.blog.naver.com/gull_diary.xml",),
        "page of a blog",
        "Naver blog",
        language="ko",
    ),
    Case(
        "Blogger",
        "http://gull.blogspot.com/",
        one_host(
            "gull.blogspot.com",
            {
                "/robots.txt": robots("http://gull.blogspot.com/sitemap.xml"),
                "/": page(
                    BLOG[:7],
                    head="<meta content='blogger' name='generator'>"
                    + alternate("http://gull.blogspot.com/feeds/posts/default", "Gull - Atom", "application/atom+xml")
                    + alternate("http://gull.blogspot.com/feeds/posts/default?alt=rss", "Gull - RSS"),
                ),
                "/feeds/posts/default": atom("gull.blogspot.com", BLOG),
                "/sitemap.xml": sitemap("gull.blogspot.com", BLOG),
            },
        ),
        ("feed http://gull.blogspot.com/feeds/posts/default",),
        "blog",
        "Blogger",
    ),
    Case(
        "a label of Blogger",
        "http://gull.blogspot.com/search/label/Pier",
        one_host(
            "gull.blogspot.com",
            {
                "/search/label/Pier": page(
                    ECONOMY[:7],
                    head="<meta content='blogger' name='generator'>"
                    + alternate("/feeds/posts/default", "Gull - Atom", "application/atom+xml"),
                ),
                "/feeds/posts/default": atom("gull.blogspot.com", ALL[:25]),
                "/feeds/posts/default/-/Pier": atom("gull.blogspot.com", ECONOMY[:25]),
            },
        ),
        ("feed http://gull.blogspot.com/feeds/posts/default/-/Pier",),
        "tag page",
        "Blogger",
        "http://gull.blogspot.com/search/label/{topic}",
    ),
    Case(
        "a writer of Medium",
        "http://medium.com/@gull",
        one_host(
            "medium.com",
            {
                "/@gull": page(BLOG[:10], head='<meta property="al:android:package" content="com.medium.reader">'),
                "/feed/@gull": rss("medium.com", BLOG[:10]),
            },
        ),
        ("feed http://medium.com/feed/@gull",),
        "page of a blog",
        "Medium",
    ),
    Case(
        "a publication of Medium",
        "http://medium.com/harbour-weekly",
        one_host(
            "medium.com",
            {"/harbour-weekly": page(BLOG[:10]), "/feed/harbour-weekly": rss("medium.com", BLOG[:10])},
        ),
        ("feed http://medium.com/feed/harbour-weekly",),
        "page of a blog",
        "Medium",
    ),
    Case(
        "Substack, its page an empty shell",
        "http://gull.substack.com/",
        one_host(
            "gull.substack.com",
            {
                "/": Answer(
                    "<html lang=en><head><title>Gull</title></head><body><div id=app></div><script src='https://substackcdn.com/a.js'></script></body></html>"
                ),
                "/feed": rss("gull.substack.com", BLOG),
            },
        ),
        ("feed http://gull.substack.com/feed",),
        "blog",
        "Substack",
    ),
    Case(
        "Ghost",
        "http://ghost.example.com/",
        one_host(
            "ghost.example.com",
            {
                "/": page(BLOG[:15], head='<meta name="generator" content="Ghost 5.90">'),
                "/rss/": rss("ghost.example.com", BLOG[:15]),
                "/sitemap.xml": sitemap_index(
                    "ghost.example.com", [("/sitemap-pages.xml", NOW - timedelta(days=90)), ("/sitemap-posts.xml", NOW)]
                ),
                "/sitemap-posts.xml": sitemap("ghost.example.com", BLOG),
            },
        ),
        ("feed http://ghost.example.com/rss/",),
        "blog",
        "Ghost",
    ),
    Case(
        "a section of Hugo",
        "http://hugo.example.com/notes/",
        one_host(
            "hugo.example.com",
            {
                "/notes/": page(
                    ECONOMY[:20], head='<meta name="generator" content="Hugo 0.140">' + alternate("/index.xml")
                ),
                "/notes/index.xml": rss("hugo.example.com", ECONOMY),
                "/index.xml": rss("hugo.example.com", ALL),
            },
        ),
        ("feed http://hugo.example.com/notes/index.xml",),
        "section page",
        "Hugo",
    ),
    Case(
        "Jekyll",
        "http://jekyll.example.com/",
        one_host(
            "jekyll.example.com",
            {
                "/": page(BLOG[:20], head='<meta name="generator" content="Jekyll v4.3">', dated=False),
                "/feed.xml": atom("jekyll.example.com", BLOG[:10]),
            },
        ),
        ("feed http://jekyll.example.com/feed.xml",),
        "home page",
        "Jekyll",
    ),
    Case(
        "a feed",
        f"http://{H}/rss.xml",
        one_host(
            H,
            {
                "/rss.xml": rss(H, WEEK, more='<atom:link rel="hub" href="http://hub.example.net/"/>'),
                "/": page(WEEK[:20]),
            },
        ),
        ("feed http://paper.example.com/rss.xml hub http://hub.example.net/",),
        "feed",
    ),
    Case(
        "a feed that holds less than a day, joined by its home page",
        f"http://{H}/rss.xml",
        one_host(
            H,
            {
                "/rss.xml": rss(H, FAST[:50]),
                "/": page(FAST[:40], after="<div class='paging'><a rel='next' href='/?page=2'>Next</a></div>"),
            },
        ),
        ("feed http://paper.example.com/rss.xml", "listing http://paper.example.com/"),
        "feed",
    ),
    Case(
        "a section's feed that holds less than a day is not joined by the home page of everything",
        f"http://{H}/rss/economy.xml",
        one_host(
            H,
            {
                "/rss/economy.xml": rss(H, posts(20, a_day=40, path="/economy/{}")),
                "/": page(
                    sorted(
                        [*posts(4, a_day=40, path="/economy/{}", first=17), *posts(30, a_day=200, path="/sport/{}")],
                        key=lambda one: one.at,
                        reverse=True,
                    ),
                    after="<div class='paging'><a rel='next' href='/?page=2'>Next</a></div>",
                ),
            },
        ),
        ("feed http://paper.example.com/rss/economy.xml",),
        "feed",
    ),
    Case(
        "a sitemap",
        f"http://{H}/sitemap.xml",
        one_host(H, {"/sitemap.xml": sitemap(H, WEEK)}),
        ("sitemap http://paper.example.com/sitemap.xml",),
        "sitemap",
        language=None,
    ),
    Case(
        "a sitemap index whose parts are dated",
        f"http://{H}/sitemap.xml",
        one_host(
            H,
            {
                "/sitemap.xml": sitemap_index(
                    H, [("/sitemap-2026-10.xml", NOW - timedelta(days=30)), ("/sitemap-2026-11.xml", NOW)]
                ),
                "/sitemap-2026-11.xml": sitemap(H, WEEK),
            },
        ),
        ("sitemap http://paper.example.com/sitemap.xml",),
        "sitemap index",
        language=None,
    ),
    Case(
        "a news sitemap",
        f"http://{H}/news.xml",
        one_host(H, {"/news.xml": sitemap(H, WEEK, news=True)}),
        ("sitemap http://paper.example.com/news.xml",),
        "news sitemap",
    ),
    Case(
        "a search page",
        f"http://{H}/search?q=pier&sort=date",
        one_host(
            H,
            {
                "/search?q=pier&sort=date": page(
                    ECONOMY[:20],
                    head=alternate("/rss.xml"),
                    after="<div class='paging'><a href='/search?q=pier&amp;sort=date'>1</a> <a rel='next' href='/search?q=pier&amp;sort=date&amp;page=2'>2</a></div>",
                ),
                "/rss.xml": rss(H, ALL),
            },
        ),
        (f"listing http://{H}/search?q=pier&sort=date",),
        "search page",
        template=f"http://{H}/search?q={{topic}}&sort=date&page={{page}}",
    ),
    Case(
        "a paper whose page of feeds stands at /rss",
        f"http://{H}/",
        one_host(
            H,
            {
                "/": page(ALL[:30], body='<div><a href="/rss">RSS</a></div>'),
                "/rss": Answer(
                    "<html><body><h1>RSS</h1><ul><li><a href='/rss/all.xml'>전체 RSS</a></li><li><a href='/rss/sport.xml'>Sport RSS</a></li></ul></body></html>"
                ),
                "/rss/all.xml": rss(H, ALL[:50]),
                "/rss/sport.xml": rss(H, SPORT),
            },
        ),
        (f"feed http://{H}/rss/all.xml",),
        "home page",
    ),
    Case(
        "a front page that has only feeds of sections",
        f"http://{H}/",
        one_host(
            H,
            {
                "/": page(
                    ALL[:20], head=alternate("/rss/economy.xml", "Economy") + alternate("/rss/sport.xml", "Sport")
                ),
                "/rss/economy.xml": rss(H, ECONOMY),
                "/rss/sport.xml": rss(H, SPORT),
            },
        ),
        (f"feed http://{H}/rss/economy.xml", f"feed http://{H}/rss/sport.xml"),
        "home page",
    ),
    Case(
        "a site without feeds whose page shows a part of what its sitemap names",
        f"http://{H}/",
        one_host(
            H,
            {
                "/robots.txt": robots(f"http://{H}/sitemap.xml"),
                "/": page(posts(40, a_day=20)[::3]),
                "/sitemap.xml": sitemap(H, posts(200, a_day=20)[:120]),
            },
        ),
        (f"sitemap http://{H}/sitemap.xml", f"listing http://{H}/"),
        "home page",
    ),
    Case(
        "a section of an old Korean paper, by its code",
        "http://www.namhae.example.com/news/articleList.html?sc_section_code=S1N4",
        one_host(
            "www.namhae.example.com",
            {
                "/news/articleList.html?sc_section_code=S1N4": page(
                    posts(20, path="/news/articleView.html?idxno={}", first=2000, language="ko"), language="ko"
                ),
                "/rss/S1N4.xml": rss(
                    "www.namhae.example.com",
                    posts(30, path="/news/articleView.html?idxno={}", first=1990, language="ko"),
                    language="ko",
                ),
            },
        ),
        ("feed http://www.namhae.example.com/rss/S1N4.xml",),
        "section page",
        "ND Soft CMS",
        language="ko",
    ),
    Case(
        "a section whose page shows a choice of what its feed holds",
        f"http://{H}/economy",
        one_host(
            H,
            {
                "/economy": page(
                    ECONOMY[:24:3], head=alternate("/rss.xml", "All") + alternate("/rss/economy.xml", "Economy")
                ),
                "/rss.xml": rss(H, ALL[:50]),
                "/rss/economy.xml": rss(H, ECONOMY),
            },
        ),
        ("feed http://paper.example.com/rss/economy.xml",),
        "section page",
    ),
    Case(
        "a section whose address for a feed gives the feed of everything",
        f"http://{H}/economy",
        one_host(
            H,
            {
                "/economy": page(
                    ECONOMY[:20], head=alternate("/economy/rss", "Economy") + alternate("/rss.xml", "All")
                ),
                "/rss.xml": rss(H, ALL[:50]),
                "/economy/rss": rss(H, ALL[:50]),
            },
        ),
        ("listing http://paper.example.com/economy",),
        "section page",
    ),
    Case(
        "the English edition of a paper",
        f"http://{H}/en/",
        one_host(
            H,
            {
                "/robots.txt": robots(f"http://{H}/news.xml"),
                "/en/": page(
                    posts(40, a_day=10, path="/en/{}")[::4],
                    head=alternate("/en/rss.xml", "English") + alternate("/rss.xml", "전체"),
                ),
                "/en/rss.xml": rss(H, posts(40, a_day=10, path="/en/{}")),
                "/rss.xml": rss(H, posts(40, a_day=20, language="ko"), language="ko"),
                "/news.xml": sitemap(H, posts(40, a_day=20, language="ko"), news=True),
            },
        ),
        ("feed http://paper.example.com/en/rss.xml",),
        "section page",
    ),
    Case(
        "a page in one of two languages",
        f"http://{H}/",
        one_host(
            H,
            {
                "/": page(
                    posts(20, language="ko"),
                    language="ko",
                    head=alternate("/en/rss.xml", "English", more=' hreflang="en"')
                    + alternate("/jp.xml", "Wire")
                    + alternate("/ko.xml", "Korean"),
                ),
                "/jp.xml": rss(H, posts(30, path="/en/{}")),
                "/ko.xml": rss(H, posts(30, first=-9, language="ko"), language="ko"),
            },
        ),
        (f"feed http://{H}/ko.xml",),
        "home page",
        language="ko",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_doors_of_a_kind_of_site(farm: Farm, case: Case) -> None:
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


def test_there_are_twenty_kinds() -> None:
    assert len({case.name for case in CASES}) >= 20
