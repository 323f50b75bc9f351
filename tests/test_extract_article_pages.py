"""Which URL is the next page of an article: what counts, and what looks like it and must not."""

from datetime import UTC, datetime

import pytest

from crawler.extract.article_pages import MOST_OCCURRENCES, Pages, base_of, numbered, read_pages
from crawler.extract.document import parse_document
from crawler.items import Page

SITE = "https://www.daily-gull.example"
STORY = SITE + "/local/ferry-vote"


def pages(url: str, body: str = "", head: str = "") -> Pages:
    text = f"<html><head>{head}</head><body><article><p>{'The council met. ' * 20}</p>{body}</article></body></html>"
    page = Page(
        url=url,
        final_url=url,
        status=200,
        headers={"content-type": "text/html; charset=utf-8"},
        body=text.encode(),
        fetched_at=datetime(2026, 5, 1, tzinfo=UTC),
    )
    return read_pages(parse_document(page))


@pytest.mark.parametrize(
    ("url", "following"),
    [
        (STORY, STORY + "?page=2"),
        (STORY, STORY + "/2"),
        (STORY + "/", STORY + "/2/"),
        (STORY + "/", STORY + "/page/2/"),
        (STORY, STORY + "/seite-2"),
        (STORY, STORY + "/p2"),
        (STORY, STORY + "?p=2"),
        (STORY + ".html", STORY + "-2.html"),
        (STORY + ".html", STORY + "_2.html"),
        (STORY + ".html", STORY + ",2.html"),
        (STORY + ".html", STORY + "-seite2.html"),
        (STORY + ".html", STORY + "/2.html"),
        (STORY, STORY + "_2"),
        (STORY + "/index.html", STORY + "/index2.html"),
        (STORY + "/", STORY + "/index_2.html"),
        (SITE + "/view.html?idxno=4711", SITE + "/view.html?idxno=4711&page=2"),
        (SITE + "/view.html?idxno=4711&page=2", SITE + "/view.html?page=3&idxno=4711"),
        (STORY + "?page=3", STORY + "?page=4"),
        (STORY + "/seite-3", STORY + "/seite-4"),
        (SITE + "/archives/12", SITE + "/archives/12/2"),
        (STORY + "?utm_source=feed", STORY + "?page=2"),
    ],
)
def test_a_declared_next_page_of_the_same_article(url: str, following: str) -> None:
    assert pages(url, head=f'<link rel="next" href="{following}">').next == following
    assert pages(url, f'<a rel="next" href="{following}">→</a>').next == following


@pytest.mark.parametrize("written", ["/local/ferry-vote&#47;2", "/local/ferry-vote/&#50;"])
def test_an_address_may_be_written_with_entities(written: str) -> None:
    bare = "/local/ferry-vote/2"
    row = "".join(f'<a href="{href}">{label}</a>' for href, label in ((bare, "2"), ("/local/ferry-vote/3", "3")))
    assert pages(STORY, row).next == SITE + bare
    assert pages(STORY, row.replace(bare, written).replace("/3", "&#47;3")).next == SITE + bare


@pytest.mark.parametrize(
    ("url", "following"),
    [
        (STORY, SITE + "/local/another-story"),
        (STORY, "https://elsewhere.example/local/ferry-vote?page=2"),
        (STORY, STORY),
        (STORY, STORY + "?page=3"),
        (SITE + "/archives/12", SITE + "/archives/13"),
        (SITE + "/12", SITE + "/13"),
        (SITE + "/?p=12", SITE + "/?p=13"),
        (SITE + "/blog/?p=12", SITE + "/blog/?p=13"),
        (SITE + "/blog/p/12", SITE + "/blog/p/13"),
        (SITE + "/weekly-review/", SITE + "/weekly-review-2/"),
        (SITE + "/2026/05/12/first-post/", SITE + "/2026/05/13/second-post/"),
        (SITE + "/story-1.html", SITE + "/story-2.html"),
        (STORY, STORY + "/comment-page-2"),
        (STORY, STORY + "/comment-page-2/#comments"),
        (STORY, STORY + "?cpage=2"),
        (STORY, STORY + "?page=2#comments"),
        (STORY, STORY + "?page=999"),
        (SITE + "/", SITE + "/page/2/"),
        (SITE + "/tag/ferries", SITE + "/tag/ferries/page/2"),
        (SITE + "/category/local/", SITE + "/category/local/?page=2"),
        (SITE + "/gallery/ferry-vote", SITE + "/gallery/ferry-vote/2"),
        (SITE + "/threads/ferry-vote.55/", SITE + "/threads/ferry-vote.55/page-2"),
    ],
)
def test_a_declared_next_that_is_no_page_of_the_article(url: str, following: str) -> None:
    assert pages(url, head=f'<link rel="next" title="Another story" href="{following}">') == Pages()
    assert pages(url, f'<a rel="next" href="{following}">Another story</a>').next is None


@pytest.mark.parametrize(
    "row",
    [
        '<b>1</b> <a href="?page=2">2</a> <a href="?page=3">3</a> <a href="?page=2">다음</a>',
        '<a href="/local/ferry-vote?page=2">Seite 2</a>',
        '<a href="/local/ferry-vote?page=2">Page 2 of 4</a>',
        '<a href="/local/ferry-vote?page=2">2 / 4</a>',
        '<a href="/local/ferry-vote?page=2">다음 페이지</a>',
        '<a href="/local/ferry-vote?page=2">Next page: What the mayor says</a>',
        '<a href="/local/ferry-vote?page=2" aria-label="Go to page 2"><svg></svg></a>',
        '<a href="/local/ferry-vote?page=2">The plan</a> <a href="/local/ferry-vote?page=3">The cost</a>',
        '<select><option value="/local/ferry-vote">1: Begin</option>'
        '<option value="/local/ferry-vote?page=2">2: The plan</option>'
        '<option value="/local/ferry-vote?page=3">3: The cost</option></select>',
        '<a href="/local/ferry-vote?page=2">次のページへ</a>',
        '<a href="/local/ferry-vote?page=2">下一页</a>',
        '<nav class="pagination"><a href="https://www.daily-gull.example/local/ferry-vote?page=2">»</a></nav>',
    ],
)
def test_labelled_links_in_the_article(row: str) -> None:
    assert pages(STORY, row).next == STORY + "?page=2"


@pytest.mark.parametrize(
    "row",
    [
        '<div id="comments"><a href="?page=2">2</a> <a href="?page=3">3</a> <a rel="next" href="?page=2">→</a></div>',
        '<ul class="comment-pager"><li><a href="/local/ferry-vote?page=2">2</a></li></ul>',
        '<div class="photo-gallery"><a href="/local/ferry-vote?page=2">2</a></div>',
        '<a href="/local/ferry-vote?page=2">2 comments</a>',
        '<a href="/local/ferry-vote?page=2">댓글 2</a>',
        '<a href="/local/ferry-vote?page=2">Older</a>',
        '<a href="/local/ferry-vote?image=2">2</a> <a href="/local/ferry-vote?image=3">3</a>',
        '<a href="/local/ferry-vote-2">Ferry vote again</a>',
        '<a href="/local/ferry-vote-2">Vote</a> <a href="/local/ferry-vote-3">Vote</a>',
        '<a href="/local/harbour-news?page=2">2</a>',
        "/local/ferry-vote?page=2",
    ],
)
def test_links_that_lead_elsewhere(row: str) -> None:
    assert pages(STORY, row).next is None


def test_a_number_in_the_url_is_a_page_where_the_page_leads_back() -> None:
    second = STORY + "/2"
    back = f'<a href="{STORY}">1</a> <b>2</b> <a href="{STORY}/3">3</a>'
    assert pages(second, back) == Pages(STORY + "/3", None, STORY)
    assert pages(second, f'<a href="{STORY}/3">3</a>').next is None
    declared = pages(second, f'<a href="{STORY}/3">3</a>', f'<link rel="canonical" href="{STORY}">')
    assert declared == Pages(STORY + "/3", None, STORY)
    named = pages(second, f'<a href="{STORY}/3">3</a>', f'<meta property="og:url" content="{STORY}">')
    assert named == Pages(STORY + "/3", None, STORY)
    last = pages(STORY + "/4", f'<a href="{STORY}">1</a> <a href="{STORY}/3">3</a>')
    assert last == Pages(None, None, STORY)
    with_one = pages(
        SITE + "/long/story-1.html", f'1 <a href="{SITE}/long/story-2.html">2</a> <a href="story-3.html">3</a>'
    )
    assert with_one == Pages(SITE + "/long/story-2.html", None, None)


def test_a_slug_that_ends_in_a_number_needs_a_number_for_a_label() -> None:
    assert pages(STORY, f'<b>1</b> <a href="{STORY}-2">2</a>').next == STORY + "-2"


def test_pages_that_are_linked_under_the_canonical_url() -> None:
    canonical = SITE + "/politics/ferry-vote-4711"
    found = pages(SITE + "/a/4711", f'<a href="{canonical}/2">2</a>', f'<link rel="canonical" href="{canonical}">')
    assert found.next == canonical + "/2"


@pytest.mark.parametrize(
    "link",
    [
        '<a href="/local/ferry-vote?page=all">View all</a>',
        '<a href="/local/ferry-vote?single=true">Print-friendly</a>',
        '<a href="/local/ferry-vote?disp=9">전체보기</a>',
        '<a href="/local/ferry-vote/komplettansicht">Auf einer Seite lesen</a>',
        '<a href="/local/ferry-vote/single-page/">Single page</a>',
    ],
)
def test_all_of_it_on_one_page(link: str) -> None:
    found = pages(STORY, link + f'<a href="{STORY}/2">2</a>')
    assert found.next == STORY + "/2"
    assert found.whole is not None
    assert found.whole.removeprefix(SITE) in link
    assert pages(STORY, link).whole is None  # nothing says that there is more than this page


@pytest.mark.parametrize(
    "link",
    [
        '<a href="/local/another-story?page=all">View all</a>',
        '<a href="/local?view=all">View all</a>',
        '<div class="comments"><a href="/local/ferry-vote?view=all">View all</a></div>',
    ],
)
def test_all_of_something_else(link: str) -> None:
    assert pages(STORY, link + f'<a href="{STORY}/2">2</a>') == Pages(STORY + "/2", None, None)


def test_names_beyond_ascii() -> None:
    url = SITE + "/%EA%B8%B0%EC%82%AC"
    for href in ("/기사/2", "/%ea%b8%b0%ec%82%ac/2", url + "/2"):
        assert pages(url, f'<a href="{href}">2</a>').next == url + "/2"


def test_a_key_is_read_in_every_way_that_makes_it_a_page() -> None:
    assert base_of("gull.example") is None
    assert base_of("gull.example/") is None
    assert base_of("gull.example/local/index.html") == "gull.example/local"
    readings = [(one.base, one.number) for one in numbered("gull.example/a/3?id=5&page=2")]
    assert readings == [("gull.example/a/3?id=5", 2), ("gull.example/a?id=5&page=2", 3)]
    assert list(numbered("gull.example/a-0.html")) == []
    assert list(numbered("gull.example/a/２")) == []


@pytest.mark.parametrize("unit", ["ferry-vote?=", '<a href="?', "ferry-vote/", "ferry-vote-page-", 'ferry-vote?a="'])
def test_looking_for_pages_is_bounded(unit: str) -> None:
    calls = 0

    class Counting(str):
        def find(self, *args: object) -> int:
            nonlocal calls
            calls += 1
            return super().find(*args)  # type: ignore[arg-type]

    from crawler.extract.article_pages import _may_have_pages

    assert not _may_have_pages(Counting(unit * 20_000), ("ferry-vote",))
    assert calls <= 3 * MOST_OCCURRENCES


def test_a_link_in_a_drawing_is_no_page_and_no_fault() -> None:
    drawn = f'<svg><a xlink:href="{STORY}?page=2">2</a><a xlink:href="?page=3">3</a></svg>'
    assert pages(STORY, drawn).next is None
    assert pages(STORY, f'{drawn}<a href="{STORY}?page=2">2</a>').next == STORY + "?page=2"
