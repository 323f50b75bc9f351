# ruff: noqa: E501 - tables are easier to read where a row of them stays a line
"""What is decided without asking anybody: kinds of sites, candidates, the choice, templates, what a page names."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from site_farm import NOW, Answer, alternate, page, posts

from crawler.discovery.choosing import choose
from crawler.discovery.doors import Place, called, candidates, is_lasting, place_of
from crawler.discovery.kinds import any_site, recognise, usual_doors
from crawler.discovery.samples import Candidate, DoorKind, Origin, Sample, failed
from crawler.discovery.templates import Template, own_template, paged_by, site_template
from crawler.extract.doorways import Doorways, read_doorways, search_template
from crawler.extract.opensearch import read_open_search
from crawler.extract.pagination import first_page
from crawler.items import Page

HOUR = timedelta(hours=1)


def sample(
    kind: DoorKind,
    keys: range | list[int],
    *,
    origin: Origin = Origin.DECLARED,
    every: timedelta | None = HOUR,
    **more: object,
) -> Sample:
    """A door that names articles by number; the highest is the newest."""
    order = tuple(f"a.example/{key}" for key in sorted(keys, reverse=True))
    newest = max(keys, default=0)
    dates = {f"a.example/{key}": NOW - (newest - key) * every for key in keys} if every is not None else {}
    url = f"https://a.example/{kind.name}/{origin.name}/{len(order)}"
    return Sample(
        candidate=Candidate(url=url, kind=kind, origin=origin), kind=kind, url=url, order=order, dates=dates, **more
    )  # type: ignore[arg-type]


def listing(keys: range, **more: object) -> Sample:
    return sample(DoorKind.LISTING, keys, origin=Origin.GIVEN, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("span", "joined"),
    [(range(0, 50), True), (range(0, 23), True), (range(0, 300), False)],
    ids=["a day's eighth of it", "23 hours", "twelve days"],
)
def test_what_reaches_back_less_than_a_day_is_joined(span: range, joined: bool) -> None:
    every = timedelta(minutes=18) if len(span) == 50 else HOUR
    feed = sample(DoorKind.FEED, span, every=every)
    page_ = listing(range(span.stop - 20, span.stop), every=every, next_page="https://a.example/?page=2")
    choice = choose([page_, feed], Place.SITE, NOW)
    assert (page_ in choice.doors) is joined
    assert feed in choice.doors


def test_what_is_short_and_alone_is_told() -> None:
    feed = sample(DoorKind.FEED, range(12))
    choice = choose([listing(range(12)), feed], Place.SITE, NOW)
    assert choice.doors == (feed,)
    assert "reach back 10 h only" in choice.notes[0]


def test_a_young_blog_is_not_short() -> None:
    feed = sample(DoorKind.FEED, range(4))
    assert choose([listing(range(4)), feed], Place.SITE, NOW).notes == ()


def test_a_pinned_article_does_not_make_a_feed_reach_back() -> None:
    feed = sample(DoorKind.FEED, range(20))
    dates = {**(feed.dates or {}), feed.order[-1]: NOW - timedelta(days=400)}
    pinned = Sample(candidate=feed.candidate, kind=feed.kind, url=feed.url, order=feed.order, dates=dates)
    assert pinned.span is not None
    assert pinned.span < timedelta(days=1)
    assert pinned.rate == pytest.approx(24, rel=0.1)


def test_a_feed_mostly_of_other_parts_never_stands_for_a_part() -> None:
    part = listing(range(0, 40, 2))
    whole = sample(DoorKind.FEED, range(40), origin=Origin.DECLARED)
    choice = choose([part, whole], Place.PART, NOW)
    assert choice.doors == (part,)
    assert "covers more" in choice.verdicts[1].reason


def told(door: Sample, dated: bool) -> Sample:
    """A door whose dates agree with those of every other one."""
    dates = {key: NOW - (120 - int(key.rpartition("/")[2])) * HOUR for key in door.order} if dated else {}
    return replace(door, dates=dates)


doors = st.builds(
    lambda kind, origin, first, count, dated, problem: (
        failed(Candidate(url=f"https://a.example/{kind}/{first}", kind=kind, origin=origin), "it is empty")
        if problem or not count
        else told(sample(kind, range(first, first + count), origin=origin), dated)
    ),
    st.sampled_from([DoorKind.FEED, DoorKind.SITEMAP, DoorKind.NEWS_SITEMAP]),
    st.sampled_from([Origin.DECLARED, Origin.ROBOTS, Origin.USUAL, Origin.OWN]),
    st.integers(0, 60),
    st.integers(0, 60),
    st.booleans(),
    st.booleans(),
)


@given(st.integers(2, 40), st.lists(doors, max_size=6), st.sampled_from(list(Place)))
@settings(max_examples=200, deadline=None)
def test_any_doors_are_judged_once_and_a_list_is_never_lost(count: int, others: list[Sample], place: Place) -> None:
    given_ = told(listing(range(count)), True)
    choice = choose([given_, *others], place, NOW)
    assert len(choice.verdicts) == len(others) + 1
    assert choice.doors
    assert all(one.problem is None for one in choice.doors)
    assert all(verdict.reason for verdict in choice.verdicts)
    if given_ not in choice.doors:
        covered = frozenset().union(*(one.keys for one in choice.doors))
        oldest = (
            max(one.oldest for one in choice.doors if one.oldest) if any(one.oldest for one in choice.doors) else NOW
        )
        newer = [key for key, told in (given_.dates or {}).items() if told > oldest and key not in covered]
        assert len(newer) < max(2, 0.1 * count)


# ----------------------------------------------------------------------------------------------------- kinds of sites
@pytest.mark.parametrize(
    ("url", "generator", "head", "name", "own", "site"),
    [
        ("https://blog.naver.com/gull", None, "", "Naver blog", ["https://rss.blog.naver.com/gull.xml"], []),
        ("https://m.blog.naver.com/gull?x=1", None, "", "Naver blog", ["https://rss.blog.naver.com/gull.xml"], []),
        (
            "https://blog.naver.com/PostList.nhn?from=a&blogId=gull&categoryNo=3",
            None,
            "",
            "Naver blog",
            ["https://rss.blog.naver.com/gull.xml"],
            [],
        ),
        ("https://velog.io/@gull", None, "", "Velog", ["https://v2.velog.io/rss/gull"], []),
        ("https://gull.tistory.com/category/a", None, "", "Tistory", [], ["https://gull.tistory.com/rss"]),
        (
            "https://own.example/",
            None,
            '<script src="//t1.daumcdn.net/tistory_admin/x.js">',
            "Tistory",
            [],
            ["https://own.example/rss"],
        ),
        (
            "https://x.example/a/b/",
            "WordPress 6.1",
            "",
            "WordPress",
            ["https://x.example/a/b/feed/"],
            ["https://x.example/feed/"],
        ),
        ("https://x.example/", "WordPress 6.1", "", "WordPress", [], ["https://x.example/feed/"]),
        ("https://medium.com/pub/tagged/x", None, "", "Medium", ["https://medium.com/feed/pub/tagged/x"], []),
        ("https://gull.substack.com/", None, "", "Substack", [], ["https://gull.substack.com/feed"]),
        (
            "https://b.example/search/label/%EC%A0%80",
            "Blogger",
            "",
            "Blogger",
            ["https://b.example/feeds/posts/default/-/%EC%A0%80"],
            [],
        ),
        (
            "https://n.example/news/articleList.html?page=1&sc_section_code=S1N2",
            None,
            "",
            "ND Soft CMS",
            ["https://n.example/rss/S1N2.xml"],
            [],
        ),
        (
            "https://z.example/blog",
            "Squarespace",
            "static1.squarespace.com",
            "Squarespace",
            ["https://z.example/blog?format=rss"],
            [],
        ),
    ],
)
def test_a_kind_of_site_is_told_and_has_its_places(
    url: str, generator: str | None, head: str, name: str, own: list[str], site: list[str]
) -> None:
    row = recognise(url, generator, head)
    assert row.name == name
    usual = usual_doors(row, url)
    assert (list(usual.own), list(usual.feeds)) == (own, site)


def test_what_is_of_no_kind_has_the_usual_places() -> None:
    row = recognise("https://x.example/a", None, "<html>")
    assert row is any_site()
    assert usual_doors(row, "https://x.example/a").own[0] == "https://x.example/a/feed"
    assert "https://x.example/feed" in usual_doors(row, "https://x.example/").feeds


@pytest.mark.parametrize(
    ("url", "place", "what"),
    [
        ("https://a.example/", Place.SITE, "home page"),
        ("https://www.a.example/index.html", Place.SITE, "home page"),
        ("https://a.example/section/economy", Place.PART, "section page"),
        ("https://a.example/tag/%EC%A0%80%EC%BB%A4", Place.PART, "tag page"),
        ("https://a.example/?s=pier", Place.PART, "search page"),
        ("https://a.example/search?query=%EB%B0%94%EB%8B%A4", Place.PART, "search page"),
        ("https://a.example/list?page=2", Place.PART, "section page"),
    ],
)
def test_what_part_of_a_site_a_url_is(url: str, place: Place, what: str) -> None:
    assert (place_of(url), called(url, blog=False)) == (place, what)


def test_numbered_sitemaps_do_not_last() -> None:
    assert is_lasting("https://a.example/sitemap-news.xml")
    assert not is_lasting("https://a.example/sitemap-2026-11.xml")
    assert not is_lasting("https://a.example/sitemap.xml?p=3")


@given(st.lists(st.text(max_size=30), max_size=5), st.sampled_from(["https://a.example/", "https://a.example/x/y"]))
@settings(max_examples=100, deadline=None)
def test_candidates_of_any_page(hrefs: list[str], url: str) -> None:
    body = f"<html><head>{''.join(alternate(href, href) for href in hrefs)}</head><body></body></html>".encode(
        "utf-8", "replace"
    )
    doorways = read_doorways(Page(url=url, final_url=url, status=200, headers={}, body=body, fetched_at=NOW))
    row = recognise(url, None, doorways.head)
    usual = usual_doors(row, url)
    found, left = candidates(url, place_of(url), doorways, usual, anywhere=usual, robots=["https://a.example/s.xml"])
    urls = [one.url for one in found]
    assert len(urls) == len(set(urls))
    assert url not in urls
    assert all(one.problem for one in left)


# ----------------------------------------------------------------------------------------------------------- templates
@pytest.mark.parametrize(
    ("url", "next_page", "what", "template"),
    [
        ("https://a.example/search?q=a%20b&x=1", None, "search page", "https://a.example/search?q={topic}&x=1"),
        (
            "https://a.example/search?q=a",
            "https://a.example/search?q=a&page=2",
            "search page",
            "https://a.example/search?q={topic}&page={page}",
        ),
        (
            "https://a.example/search?q=a&p=1",
            "https://a.example/search?q=a&p=2",
            "search page",
            "https://a.example/search?q={topic}&p={page}",
        ),
        (
            "https://a.example/search?q=a",
            "https://a.example/search?q=a&start=20",
            "search page",
            "https://a.example/search?q={topic}",
        ),
        ("https://a.example/s?q=a&page=1", None, "search page", "https://a.example/s?q={topic}&page={page}"),
        ("https://a.example/s?q=a&pg=3&o=d", None, "search page", "https://a.example/s?q={topic}&pg={page}&o=d"),
        ("https://a.example/s?q=a&page=0", None, "search page", "https://a.example/s?q={topic}&page={page0}"),
        ("https://a.example/s?q=a&page=x", None, "search page", "https://a.example/s?q={topic}&page=x"),
        ("https://a.example/s?q=a&from=2024", None, "search page", "https://a.example/s?q={topic}&from=2024"),
        ("https://a.example/s?q=a&start=11", None, "search page", "https://a.example/s?q={topic}&start={start:10}"),
        (
            "https://a.example/2/s?q=a&from=0",
            "https://a.example/2/s?q=a&from=20",
            "search page",
            "https://a.example/2/s?q={topic}&from={offset:20}",
        ),
        (
            "https://a.example/s?q=a&p=1&page=1",
            "https://a.example/s?q=a&p=1&page=2",
            "search page",
            "https://a.example/s?q={topic}&p=1&page={page}",
        ),
        ("https://a.example/tag/x?page=1", None, "tag page", "https://a.example/tag/{topic}?page={page}"),
        (
            "https://a.example/tag/%EC%A0%80",
            "https://a.example/tag/%EC%A0%80?page=2",
            "tag page",
            "https://a.example/tag/{topic}?page={page}",
        ),
        (
            "https://a.example/tag/x/",
            "https://a.example/tag/x/page/2/",
            "tag page",
            "https://a.example/tag/{topic}/page/{page}/",
        ),
        ("https://a.example/tag/x/", None, "tag page", "https://a.example/tag/{topic}/"),
        ("https://a.example/economy", None, "section page", None),
    ],
)
def test_a_page_is_its_own_template(url: str, next_page: str | None, what: str, template: str | None) -> None:
    found = own_template(url, next_page, what)
    assert (found.url if found else None) == template


@pytest.mark.parametrize(
    ("declared", "template"),
    [
        ("https://a.example/s?q={topic}&pg={page}", "https://a.example/s?q={topic}&sort=date&pg={page}"),
        ("https://a.example/find?q={topic}&pg={page}", "https://a.example/find?q={topic}&pg={page}"),
        ("https://a.example/s?q={topic}", None),
        ("https://a.example/s?words={topic}&pg={page}", None),
        ("https://b.example/s?q={topic}&pg={page}", None),
    ],
)
def test_a_search_learns_its_pages_from_a_declared_one(declared: str, template: str | None) -> None:
    found = paged_by(Template("https://a.example/s?q={topic}&sort=date", "itself"), Template(declared, "declared"))
    assert (found.url if found else None) == template


@pytest.mark.parametrize(
    ("url", "first"),
    [
        ("https://a.example/s?page=2", (2, "https://a.example/s")),
        ("https://a.example/s?c=1&p=3", (3, "https://a.example/s?c=1")),
        ("https://a.example/s/page/4/", (4, "https://a.example/s/")),
        ("https://a.example/page/2", (2, "https://a.example/")),
        ("https://a.example/s?page=1", None),
        ("https://a.example/s", None),
    ],
)
def test_the_first_page_of_a_list(url: str, first: tuple[int, str] | None) -> None:
    assert first_page(url) == first


@pytest.mark.parametrize(
    ("raw", "template"),
    [
        ("https://a.example/?s={search_term_string}", "https://a.example/?s={topic}"),
        ("/s/{q}", "https://b.example/s/{topic}"),
        ("https://a.example/?s={a}&l={b}", None),
        ("https://a.example/?s=", None),
        ("https://{q}.example/", None),
        ("javascript:{q}", None),
    ],
)
def test_what_schema_org_tells_of_searching(raw: str, template: str | None) -> None:
    assert search_template(raw, "https://b.example/") == template


def test_what_a_site_tells_of_searching() -> None:
    told = site_template("https://a.example/?s={search_term_string}", "https://a.example/")
    assert told is not None
    assert (told.url, told.origin, told.example) == (
        "https://a.example/?s={topic}",
        "its SearchAction",
        "https://a.example/?s=news",
    )


@pytest.mark.parametrize(
    ("form", "searches"),
    [
        ('<form action="/find"><input name="q"></form>', ("https://a.example/find?q={topic}",)),
        (
            '<form><input type="search" name="words"><input type="hidden" name="t" value="a b"></form>',
            ("https://a.example/x?t=a+b&words={topic}",),
        ),
        (
            '<form action="/search.php?x=1" method="GET"><input name="anything"></form>',
            ("https://a.example/search.php?anything={topic}",),
        ),
        ('<form method="post"><input name="q"></form>', ()),
        ('<form action="/login"><input name="q"><input type="password" name="p"></form>', ()),
        ('<form action="/news"><input name="name"></form>', ()),
        ('<form action="mailto:x@a.example"><input name="q"></form>', ()),
    ],
)
def test_forms_that_search(form: str, searches: tuple[str, ...]) -> None:
    body = f"<html><body>{form}</body></html>".encode()
    url = "https://a.example/x"
    assert (
        read_doorways(Page(url=url, final_url=url, status=200, headers={}, body=body, fetched_at=NOW)).searches
        == searches
    )


@pytest.mark.parametrize(
    ("urls", "template"),
    [
        (
            '<Url type="text/html" template="https://a.example/?q={searchTerms}&amp;p={startPage?}"/>',
            "https://a.example/?q={topic}&p={page}",
        ),
        (
            '<Url type="text/html" template="https://a.example/?q={searchTerms}&amp;x={custom:thing?}"/>',
            "https://a.example/?q={topic}",
        ),
        ('<Url type="text/html" template="https://a.example/?q={searchTerms}&amp;x={custom:thing}"/>', None),
        ('<Url type="text/html" method="post" template="https://a.example/?q={searchTerms}"/>', None),
        (
            '<Url type="application/rss+xml" template="/r/{searchTerms}"/><Url type="text/html" template="/h/{searchTerms}"/>',
            "https://a.example/r/{topic}",
        ),
        (
            '<Url type="text/html" template="https://a.example/?q={searchTerms}&amp;i={startIndex}&amp;c={count}"/>',
            "https://a.example/?q={topic}&i=1&c=20",
        ),
        ("", None),
    ],
)
def test_descriptions_of_opensearch(urls: str, template: str | None) -> None:
    body = f'<?xml version="1.0"?><OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/">{urls}</OpenSearchDescription>'
    assert read_open_search(body.encode(), "https://a.example/osd.xml") == template


@given(st.binary(max_size=300))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_a_description_or_none(body: bytes) -> None:
    assert read_open_search(body, "https://a.example/") is None
    read_open_search(b"<OpenSearchDescription>" + body, "https://a.example/")


# ----------------------------------------------------------------------------------------------------- what a page names
def test_what_a_page_names() -> None:
    answer: Answer = page(
        posts(3),
        head=alternate("/rss", "All &amp; more", more=' hreflang="en-GB"') + '<link rel="sitemap" href="/map.xml">',
        body='<a href="/feeds/sport.rss">Sport</a><a href="/feedback">Write to us</a><a href="/a-story-of-a-feed-the-black">A story</a><a href="http://other.example/feed/">A friend</a><a href="/x.xml">RSS</a><a href="?format=rss">here</a>',
    )
    url = "https://a.example/x"
    body = answer.body if isinstance(answer.body, bytes) else answer.body.encode()
    found = read_doorways(Page(url=url, final_url=url, status=200, headers={}, body=body, fetched_at=NOW))
    assert [(one.url, one.declared) for one in found.feeds] == [
        ("https://a.example/rss", True),
        ("https://a.example/feeds/sport.rss", False),
        ("https://a.example/x.xml", False),
        ("https://a.example/x?format=rss", False),
    ]
    assert (found.feeds[0].title, found.feeds[0].language) == ("All & more", "en")
    assert found.sitemaps == ("https://a.example/map.xml",)
    assert (found.title, found.language) == ("The Small Paper", "en")


@pytest.mark.parametrize(
    ("href", "feed"),
    [
        ("/rss", True),
        ("/feed/", True),
        ("/rss/economy", True),
        ("/x/news_rss.xml", True),
        ("/atom.xml", True),
        ("/index.rdf", True),
        ("/service/rss.do?id=3", True),
        ("/?feed=rss2", True),
        ("/feeds/all.atom.xml", True),
        ("http://feeds.feedburner.com/gull", False),
        ("/feedback", False),
        ("/how-to-feed", False),
        ("/atomkraft", False),
        ("/news/atom-power-plant", False),
        ("/rssfeedreaders.html", False),
    ],
)
def test_links_that_look_like_feeds(href: str, feed: bool) -> None:
    url = "https://a.example/"
    found = read_doorways(
        Page(url=url, final_url=url, status=200, headers={}, body=f"<a href='{href}'>x</a>".encode(), fetched_at=NOW)
    )
    assert bool(found.feeds) is feed


def test_a_search_engine_is_no_search_of_the_site() -> None:
    assert site_template("https://www.google.example/search?q={q}", "https://a.example/") is None
    assert site_template("https://search.a.example/?q={q}", "https://www.a.example/") is not None


@given(st.binary(max_size=500))
@settings(max_examples=100, deadline=None)
def test_any_bytes_name_something_or_nothing(body: bytes) -> None:
    url = "https://a.example/"
    found = read_doorways(Page(url=url, final_url=url, status=200, headers={}, body=b"<html>" + body, fetched_at=NOW))
    assert isinstance(found, Doorways)
