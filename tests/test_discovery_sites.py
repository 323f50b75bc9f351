# ruff: noqa: E501 - markup is easier to check where a line of it stays a line
"""Kinds of papers, pages, feeds and sitemaps, each with the doors that lose nothing, in a dozen requests at most."""

from __future__ import annotations

from datetime import timedelta

import pytest
from discovery_case import ALL, ECONOMY, FAST, SPORT, WEEK, Case, H, check, farm, one_host
from site_farm import NOW, Answer, Farm, alternate, page, posts, robots, rss, sitemap, sitemap_index

__all__ = ["farm"]

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
        "a sitemap of pages with videos, whose titles are theirs",
        f"http://{H}/videos.xml",
        one_host(H, {"/videos.xml": sitemap(H, WEEK, videos=True)}),
        ("sitemap http://paper.example.com/videos.xml",),
        "sitemap",
        language=None,
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
    check(farm, case)
