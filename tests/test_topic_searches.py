from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import UsageError
from crawler.sources import Source, SourceDoor
from crawler.topics.onward import onward
from crawler.topics.searches import (
    Asking,
    check_template,
    has_pages,
    known_searches,
    origin_of,
    page_url,
    search_named,
    searches_of,
    templates_of,
)
from crawler.topics.walk import OLD_PAGES, PageSeen, Walk

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SINCE = datetime(2026, 11, 1, tzinfo=UTC)
DAY = timedelta(days=1)
ZUCK = Asking("저커버그", None, NOW)


@pytest.mark.parametrize(
    ("template", "page", "url"),
    [
        ("https://a.example/search?q={topic}&p={page}", 3, "https://a.example/search?q=저커버그&p=3"),
        ("https://a.example/tag/{topic}", 1, "https://a.example/tag/저커버그"),
        ("https://a.example/s?q={topic}&p={page0}", 1, "https://a.example/s?q=저커버그&p=0"),
        ("https://a.example/s?q={topic}&s={start:20}", 3, "https://a.example/s?q=저커버그&s=41"),
        ("https://a.example/s?q={topic}&s={start}", 2, "https://a.example/s?q=저커버그&s=11"),
        ("https://a.example/s?q={topic}&o={offset:15}", 3, "https://a.example/s?q=저커버그&o=30"),
        ("https://a.example/s?q={topic}[&from={since:%Y%m%d}]", 1, "https://a.example/s?q=저커버그"),
        ("{origin}/tag/{slug}/", 1, "https://b.example/tag/저커버그/"),
        ("https://a.example/s?q={topic}&hl={language}&gl={country}", 1, "https://a.example/s?q=저커버그&hl=ko&gl=KR"),
    ],
)
def test_templates_give_urls(template: str, page: int, url: str) -> None:
    check_template(template)
    found = page_url(template, ZUCK, page, "https://b.example")
    assert found is not None
    assert unquote(found) == url


def test_a_phrase_is_written_in_the_encoding_of_the_site() -> None:
    template = "https://a.example/s?q={topic:euc-kr}"
    check_template(template)
    assert page_url(template, ZUCK, 1) == "https://a.example/s?q=%C0%FA%C4%BF%B9%F6%B1%D7"
    assert page_url(template, Asking("扎克伯格𠮷", None, NOW), 1) is None
    spaced = page_url("https://a.example/s?q={topic}", Asking("AI & R/D?", None, NOW), 1)
    assert spaced == "https://a.example/s?q=AI%20%26%20R%2FD%3F"


def test_dates_stand_in_the_zone_and_form_asked_for() -> None:
    asking = Asking("Meta", SINCE, NOW)
    template = "https://a.example/s?q={topic}[&a={since:%Y.%m.%d}&b={until:%Y%m%d235959}]"
    check_template(template)
    assert page_url(template, asking, 1) == "https://a.example/s?q=Meta&a=2026.11.01&b=20261120235959"


@pytest.mark.parametrize(
    ("template", "word"),
    [
        ("https://a.example/s?p={page}", "no {topic}"),
        ("https://a.example/s?q={topic}&p={page", "stands alone"),
        ("https://a.example/s?q={topic}]", "stands alone"),
        ("https://a.example/s?q={topic:klingon}", "{topic:klingon}"),
        ("https://a.example/s?q={topic}&p={pages}", "{pages}"),
        ("https://a.example/s?q={topic}&p={page:3}", "{page:3}"),
        ("https://a.example/s?q={topic}&s={start:0}", "{start:0}"),
        ("https://a.example/s?q={topic}&s={start:99999999999999}", "{start:"),
        ("https://a.example/s?q={topic}&d={since:%Z}", "{since:%Z}"),
        ("ftp://a.example/{topic}", "no URL"),
        ("{topic}", "no URL"),
        ("https://a.example/{topic}" + "x" * 2000, "longer"),
    ],
)
def test_templates_that_make_no_sense_are_told_with_the_place(template: str, word: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_template(template)
    assert word in str(caught.value)


def test_the_shipped_ones_are_sound_and_known_by_name() -> None:
    names = {"naver", "daum", "google", "bing", "tistory", "wordpress", "hankyung", "hankyung-magazine"}
    assert set(known_searches()) == names
    for site in known_searches().values():
        for template in site.templates:
            check_template(template)
            for asking in (ZUCK, Asking("AI 반도체", SINCE, NOW)):
                pages = {page_url(template, asking, page, "https://x.tistory.com") for page in (1, 2, 3)}
                assert len(pages) == (3 if has_pages(template) else 1)
                assert None not in pages
    with pytest.raises(UsageError, match="--on gogle"):
        search_named("gogle")
    with pytest.raises(UsageError, match="add one as a source"):
        search_named("tistory")


@pytest.mark.parametrize(
    ("source", "name"),
    [
        (Source(name="a", url="https://ramen.tistory.com/category/tech"), "tistory"),
        (Source(name="a", url="https://blog.wordpress.com/"), "wordpress"),
        (
            Source(name="a", url="https://own.example/", doors=(SourceDoor(url="https://own.example/feed/"),)),
            "wordpress",
        ),
        (Source(name="a", url="https://magazine.hankyung.com/tag/x"), "hankyung-magazine"),
        (Source(name="a", url="https://own.example/feed"), None),
        (Source(name="a", url="https://tistory.com.evil.example/"), None),
    ],
)
def test_a_source_is_known_by_its_host_or_its_doors(source: Source, name: str | None) -> None:
    site = searches_of(source)
    assert (site.name if site is not None else None) == name


def test_a_sources_own_template_comes_before_what_is_known() -> None:
    own = Source(name="a", url="https://r.tistory.com/", topic_template="https://r.tistory.com/t/{topic}")
    assert templates_of(own) == (("https://r.tistory.com/t/{topic}",), None)
    assert templates_of(Source(name="a", url="https://plain.example/")) == ((), None)
    assert origin_of("https://r.tistory.com:8443/category/x?y") == "https://r.tistory.com:8443"


@given(st.text(min_size=1, max_size=60), st.integers(1, 50), st.sampled_from(sorted(known_searches())))
def test_any_phrase_gives_a_url_at_the_templates_own_host(phrase: str, page: int, name: str) -> None:
    for template in known_searches()[name].templates:
        url = page_url(template, Asking(phrase, SINCE, NOW), page, "https://x.example")
        bare = page_url(template, Asking("x", SINCE, NOW), page, "https://x.example")
        if url is not None and bare is not None:
            assert origin_of(url) == origin_of(bare)


# --------------------------------------------------------------------------------------------------------- walks
def page(*numbers: int, days: list[float | None] | None = None, fresh: int | None = None) -> PageSeen:
    dates = tuple(None if day is None else NOW - day * DAY for day in days or [None] * len(numbers))
    return PageSeen(tuple(map(str, numbers)), dates, len(numbers) if fresh is None else fresh)


def test_a_walk_by_date_ends_with_the_first_page_that_is_all_too_old() -> None:
    walk = Walk(since=SINCE, most=50)
    assert walk.read(page(1, 2, 3, days=[0, 1, 2]))
    assert walk.read(page(4, 5, 6, days=[3, 18, 30]))
    assert not walk.read(page(7, 8, 9, days=[31, 32, 33]))
    assert walk.stopped == "page 3 is past 2026-11-01"
    assert walk.complete
    assert walk.reach(NOW) == NOW - 33 * DAY


def test_one_old_item_ends_nothing() -> None:
    walk = Walk(since=SINCE, most=50)
    assert walk.read(page(1, 2, 3, days=[400, 0, 1]))
    assert walk.read(page(4, 5, 6, days=[1, 900, 2]))


def test_a_search_by_relevance_is_noticed_and_not_left_at_the_first_old_page() -> None:
    walk = Walk(since=SINCE, most=50, by_date=True)
    assert walk.read(page(1, 2, 3, days=[90, 2, 40]))
    assert walk.read(page(4, 5, 6, days=[50, 7, 60]))
    assert not walk.sorted
    for number in range(OLD_PAGES - 1):
        assert walk.read(page(*range(10 * number + 10, 10 * number + 13), days=[90, 30, 60]))
    assert not walk.read(page(50, 51, 52, days=[90, 30, 60]))
    assert "not sorted by date" in (walk.stopped or "")


def test_pages_that_repeat_or_are_empty_end_a_walk() -> None:
    walk = Walk(since=None, most=50)
    assert walk.read(page(1, 2, 3))
    assert not walk.read(page(3, 1))
    assert walk.stopped == "page 2 repeats what came before"
    walk = Walk(since=None, most=50)
    assert not walk.read(page())
    assert walk.stopped == "the results end at page 1"


def test_what_is_known_ends_a_walk_only_where_it_was_walked_before() -> None:
    first = Walk(since=SINCE, most=50)
    assert first.read(page(1, 2, fresh=0))
    again = Walk(since=SINCE, most=50, covered=SINCE - DAY)
    assert not again.read(page(1, 2, fresh=0))
    assert again.stopped == "page 1 names only what is known"
    deeper = Walk(since=SINCE - 30 * DAY, most=50, covered=SINCE - DAY)
    assert deeper.read(page(1, 2, fresh=0))
    undated = Walk(since=None, most=50, covered=SINCE)
    assert not undated.read(page(1, 2, fresh=0))


def test_the_ceiling_is_told_and_is_no_end() -> None:
    walk = Walk(since=SINCE, most=2)
    assert walk.read(page(1, days=[0]))
    assert not walk.read(page(2, days=[0]))
    assert (walk.stopped, walk.complete) == ("2 pages, the most that are walked", False)


@given(
    st.lists(
        st.tuples(st.lists(st.integers(0, 60), max_size=6), st.integers(0, 6), st.integers(0, 90)),
        min_size=1,
        max_size=60,
    ),
    st.integers(1, 20),
    st.booleans(),
)
def test_every_walk_ends(pages: list[tuple[list[int], int, int]], most: int, dated: bool) -> None:
    walk = Walk(since=SINCE if dated else None, most=most)
    read = 0
    for numbers, fresh, day in pages * most:
        read += 1
        if not walk.read(page(*numbers, days=[day] * len(numbers) or None, fresh=fresh)):
            break
    assert read <= most
    assert walk.stopped or read < most


# ---------------------------------------------------------------------------------------------------- links onward
def google(url: bytes, prefix: bytes = b"\x08\x13\x22") -> str:
    size = bytes([len(url)]) if len(url) < 128 else bytes([len(url) & 127 | 128, len(url) >> 7])
    name = base64.urlsafe_b64encode(prefix + size + url + b"\xd2\x01\x00").decode().rstrip("=")
    return f"https://news.google.com/rss/articles/{name}?oc=5"


@pytest.mark.parametrize("url", ["https://a.example/1", "https://a.example/" + "robots" * 40])
def test_old_google_links_say_where_they_lead(url: str) -> None:
    assert onward(google(url.encode())) == url


def test_links_of_search_engines() -> None:
    bing = "http://www.bing.com/news/apiclick.aspx?ref=FexRss&url=https%3a%2f%2fa.example%2fnews%2f1&c=5"
    assert onward(bing) == "https://a.example/news/1"
    assert onward("https://www.google.com/url?rct=j&url=https://a.example/2&ct=ga") == "https://a.example/2"
    assert onward(google(b"AU_yqLMabcdefghijklmnop")) is None
    assert onward("https://a.example/news.google.com/x") == "https://a.example/news.google.com/x"
    assert onward("https://www.bing.com/news/apiclick.aspx?c=5") is None


@given(st.text(max_size=200))
def test_no_link_raises(text: str) -> None:
    for url in (
        text,
        f"https://news.google.com/rss/articles/{text}",
        f"https://www.bing.com/news/apiclick.aspx?url={text}",
    ):
        onward(url)
