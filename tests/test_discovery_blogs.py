# ruff: noqa: E501 - markup is easier to check where a line of it stays a line
"""Kinds of blogs and of what makes sites, each with the doors that lose nothing, in a dozen requests at most."""

from __future__ import annotations

from datetime import timedelta

import pytest
from discovery_case import ALL, BLOG, ECONOMY, KOREAN, SPORT, WP, Case, check, farm, one_host
from site_farm import NOW, Answer, Farm, alternate, atom, page, posts, robots, rss, sitemap, sitemap_index

__all__ = ["farm"]

CASES = [
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
        "http://wp.example.com/tag/{topic}/page/{page}/",
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
        "http://wp.example.com/?s={topic}&paged={page}",
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
        "Tistory at a domain of its own",
        "http://cat.example.com/",
        one_host(
            "cat.example.com",
            {
                "/": page(
                    KOREAN[:10], language="ko", head='<link rel="stylesheet" href="//t1.daumcdn.net/tistory/a.css">'
                ),
                "/rss": rss("cat.example.com", KOREAN, language="ko", title="고양이 일기"),
            },
        ),
        ("feed http://cat.example.com/rss",),
        "blog",
        "Tistory",
        "http://cat.example.com/search/{topic}?page={page}",
        language="ko",
    ),
    Case(
        "WordPress whose feed stands elsewhere, its search disallowed",
        "http://wp.example.com/",
        one_host(
            "wp.example.com",
            {
                "/robots.txt": Answer("User-agent: *\nDisallow: /?s=\n", "text/plain"),
                "/": page(BLOG[:10], head=WP + alternate("/rss.xml")),
                "/rss.xml": rss("wp.example.com", BLOG),
            },
        ),
        ("feed http://wp.example.com/rss.xml",),
        "home page",
        "WordPress",
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
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_doors_of_a_kind_of_site(farm: Farm, case: Case) -> None:
    check(farm, case)
