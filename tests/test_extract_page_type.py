"""Article, listing or neither."""

# ruff: noqa: E501 - a page is easier to read in one line
import random
from datetime import UTC, datetime
from typing import Any

import pytest

from crawler.extract import extract
from crawler.items import Hints, Page, PageKind

SENTENCES = (
    "The people of the harbour town have voted by a large majority to keep the ferry that has crossed since 1891.",
    "More than four thousand people took part on Tuesday, the highest number in any local vote since the war.",
    "The council expects to pay two million pounds for a new engine and a safer landing stage.",
)
ARTICLE = "<article><h1>Ferry vote keeps crossing</h1>" + "".join(f"<p>{text}</p>" for text in SENTENCES) + "</article>"
HEADLINES = (
    "Council to close two libraries in the spring", "Lifeboat crew honoured for night rescue at sea", "School wins prize for its garden of herbs",
    "New bridge will open a year late, mayor says", "Fishermen protest against new rules for cod", "Rain fills the reservoirs after a dry year",
    "Theatre finds money for a new roof at last", "Old mill becomes a museum of the tides", "Harbour seals return in greater numbers",
    "Bus line to the hospital runs every ten minutes",
)  # fmt: skip
LISTING = (
    "<ul class='stories'>"
    + "".join(
        f"<li><h3><a href='/2025/05/{n + 1:02}/story-{n}'>{title}</a></h3><span>2025-05-{n + 1:02}</span></li>"
        for n, title in enumerate(HEADLINES)
    )
    + "</ul>"
)


def look(body, title="The Gull", url="https://www.gull.example/local/x", expect=None, head=""):
    html = f"<html><head><title>{title}</title>{head}</head><body><nav><a href='/'>Home</a></nav>{body}</body></html>"
    page = Page(
        url=url,
        final_url=url,
        status=200,
        headers={"content-type": "text/html"},
        body=html.encode(),
        fetched_at=datetime(2025, 6, 1, tzinfo=UTC),
    )
    return extract(page, Hints(expect=expect))


@pytest.mark.parametrize("expect", [None, PageKind.ARTICLE])
def test_article(expect):
    found = look(ARTICLE, expect=expect)
    assert found.kind is PageKind.ARTICLE
    assert found.article.text == "\n".join(SENTENCES)
    assert found.article.confidence == found.confidence > 0.5


@pytest.mark.parametrize("expect", [None, PageKind.LISTING])
def test_listing(expect):
    found = look(LISTING, url="https://www.gull.example/local", expect=expect)
    assert found.kind is PageKind.LISTING
    assert [item.title for item in found.items] == list(HEADLINES)
    assert found.article is None


def test_listing_though_an_article_was_expected():
    assert look(LISTING, url="https://www.gull.example/", expect=PageKind.ARTICLE).kind is not PageKind.ARTICLE


def test_article_with_many_related_links_stays_an_article():
    found = look(
        f"{ARTICLE}<aside><h2>Most read</h2>{LISTING}</aside>",
        url="https://www.gull.example/local/ferry-vote-keeps-crossing-alive",
    )
    assert found.kind is PageKind.ARTICLE
    assert found.article.text == "\n".join(SENTENCES)


def test_flash_of_one_sentence_where_an_article_is_expected():
    flash = "<article><h1>Rain tomorrow</h1><p>It will rain in the whole of the north tomorrow, the weather office says.</p></article>"
    assert look(flash, expect=PageKind.ARTICLE).kind is PageKind.ARTICLE


@pytest.mark.parametrize(
    ("title", "body"),
    [
        (
            "404 Not Found",
            "<h1>Page not found</h1><p>The page that you asked for does not exist any more, please go home.</p>",
        ),
        ("Just a moment...", "<p>Checking your browser before accessing the site that you asked for. Please wait.</p>"),
        (
            "로그인",
            "<form><p>이 서비스를 이용하려면 로그인이 필요합니다. 아이디와 비밀번호를 입력해 주세요.</p><input></form>",
        ),
        ("오류", "<h1>요청하신 페이지를 찾을 수 없습니다</h1><p>주소를 다시 확인해 주세요.</p>"),
    ],
)
@pytest.mark.parametrize("expect", [None, PageKind.ARTICLE])
def test_refusals_are_other(title, body, expect):
    found = look(body, title=title, expect=expect)
    assert found.kind is PageKind.OTHER
    assert found.reason


def test_empty_shell():
    found = look("<div id=app></div><video src=x></video>", expect=PageKind.ARTICLE)
    assert found.kind is PageKind.OTHER
    assert "no text" in found.reason


def test_feeds_that_a_page_names():
    head = '<link rel="alternate" type="application/rss+xml" href="/rss.xml"><link rel="alternate" hreflang="de" href="/de"><link rel="hub" href="https://hub.example/">'
    hints = look(ARTICLE, head=head).hints
    assert (hints.feeds, hints.hub) == (("https://www.gull.example/rss.xml",), "https://hub.example/")


def test_product_pages_and_threads_are_less_of_an_article():
    from crawler.extract.article import read_article
    from crawler.extract.document import parse_document
    from crawler.extract.page_type import evidence

    def weigh(head):
        html = f"<html><head>{head}</head><body>{ARTICLE}</body></html>".encode()
        url = "https://www.gull.example/local/ferry-vote-keeps-crossing"
        page = Page(
            url=url, final_url=url, status=200, headers={}, body=html, fetched_at=datetime(2025, 6, 1, tzinfo=UTC)
        )
        document = parse_document(page)
        return evidence(document, read_article(document, Hints()))

    plain = weigh("")
    for kind in ("Product", "DiscussionForumPosting", "CollectionPage", "LocalBusiness"):
        assert weigh(f'<script type="application/ld+json">{{"@type": "{kind}"}}</script>') < plain
    assert weigh('<script type="application/ld+json">{"@type": "NewsArticle"}</script>') > plain
    assert weigh('<meta property="og:type" content="article">') > plain


def test_bytes_that_are_no_text_are_no_article() -> None:
    noise = random.Random(3).randbytes(3000)
    found = extract(Page(**{**_bare(noise), "headers": {"content-type": "text/html"}}))
    assert found.kind is PageKind.OTHER
    assert "no charset explains" in found.reason


def test_a_feed_that_is_no_xml_is_called_so() -> None:
    found = extract(Page(**{**_bare(b"sorry, try later"), "headers": {"content-type": "application/rss+xml"}}))
    assert found.kind is PageKind.OTHER
    assert "calls itself a feed (application/rss+xml)" in found.reason


def _bare(body: bytes) -> dict[str, Any]:
    url = "https://river.example.com/x"
    return {"url": url, "final_url": url, "status": 200, "body": body, "fetched_at": datetime(2026, 3, 1, tzinfo=UTC)}
