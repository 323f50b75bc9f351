"""`presswatch crawl URL` of what a search answers: one result is a list of one, and an article stays an article."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from cli_case import Terminal, terminal
from small_site import SENTENCES, Reply, SmallSite

__all__ = ["terminal"]
pytestmark = pytest.mark.slow
TITLE = "Harbour council agrees on the ferry line"
HIT = "/news/2025/harbour-council-agrees-on-the-ferry-line"
LONG = " ".join(SENTENCES)
HEADED = f'<article><h2><a href="{HIT}">{TITLE}</a></h2><time>2025-11-02</time><p>{LONG}</p></article>'
BARE = f'<div class="hit"><a href="{HIT}">{TITLE}</a> <i>2025-11-02</i><p>{LONG}</p></div>'
LATEST = "".join(f'<li><h4><a href="/old/{n}">Another story of the town, number {n}</a></h4></li>' for n in range(6))
BESIDE = f'<div id="box"><h3>Most read</h3><ul>{LATEST}</ul></div>'
FILLED = '<form action="/go"><input type="text" name="q" value="ferry"></form>'
JSON_LD = '<script type="application/ld+json">{"@graph": [{"@type": ["CollectionPage", "SearchResultsPage"]}]}</script>'


def page(body: str, *, title: str = "The Small Paper", head: str = "", beside: str = "") -> str:
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>{head}</head>
<body><nav><a href="/">Home</a> <a href="/sport">Sport</a></nav><main>{body}</main>{beside}</body></html>"""


@pytest.fixture
def site() -> Iterator[SmallSite]:
    made = SmallSite()
    made.article(HIT, 1, title=TITLE)
    yield made
    made.close()


@pytest.fixture
def ready(terminal: Terminal) -> Terminal:
    (terminal.folder / "presswatch.toml").write_text(
        'allow_networks = ["127.0.0.0/8"]\ndelay = 0\nretries = 0\nzone = "UTC"\n'
    )
    return terminal


def stored(ready: Terminal) -> list[tuple[str, str]]:
    store = ready.store()
    try:
        return [(row.title or "", row.url) for row in store.articles.rows()]
    finally:
        store.close()


@pytest.mark.parametrize(
    ("address", "html"),
    [
        ("/?s=ferry", page(HEADED, title="Search results for ferry")),
        ("/search?q=ferry", page(HEADED)),
        ("/search/news.php?keyword=ferry&p=1", page(BARE, beside=BESIDE)),
        ("/search/ferry/", page(HEADED, beside=BESIDE)),
        (f"/{quote('검색')}?kw=ferry", page(HEADED)),
        ("/board/list?stx=ferry&page=1", page(FILLED.replace('"q"', '"stx"') + HEADED)),
        ("/portal?query=ferry", page(HEADED, title="“ferry” : search - The Small Paper")),
        ("/portal/?query=ferry", page("<h1>Search: Ferry</h1>" + HEADED)),
        ("/topics/ferry", page(HEADED, head=JSON_LD)),
        ("/list?tab=2", page(HEADED).replace("<body", '<body itemtype="https://schema.org/SearchResultsPage"')),
    ],
)
def test_a_search_with_one_result_is_a_list_of_one(ready: Terminal, site: SmallSite, address: str, html: str) -> None:
    site.pages[address] = Reply(html)
    ran = ready("crawl", site.url(address), "--json")
    (count,) = ran.json["sources"]
    assert (count["seen"], count["new"]) == (1, 1)
    assert stored(ready) == [(TITLE, site.url(HIT))]


@pytest.mark.parametrize(
    "address",
    [
        f"{HIT}?q=ferry",  # found by a search, whose words it keeps
        "/news/view?no=12&keyword=ferry",
        "/board.php?bo=free&wr_id=7&sfl=subject&stx=ferry",
        "/story?num=20251102&q=ferry",
    ],
)
def test_an_article_that_keeps_the_words_it_was_found_by_is_one(ready: Terminal, site: SmallSite, address: str) -> None:
    site.article(address, 1, title=TITLE)
    html = site.pages[address].body
    site.pages[address] = Reply(html.replace("<main>", FILLED + "<main>"))
    ready("crawl", site.url(address))
    assert [title for title, _ in stored(ready)] == [TITLE]


def test_a_search_without_a_result_is_told(ready: Terminal, site: SmallSite) -> None:
    head = f'<link rel="alternate" type="application/rss+xml" href="{site.url("/feed")}">'
    site.pages["/search?q=zebra"] = Reply(page(f"<p>Nothing was found. {LONG}</p>", head=head))
    ran = ready("crawl", site.url("/search?q=zebra"), code=None)
    assert ran.code != 0
    assert "the results of a search, by its address, which found nothing" in ran.err
    assert "/feed" not in site.paths()
    assert stored(ready) == []
