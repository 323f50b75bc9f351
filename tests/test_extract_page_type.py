"""Article, listing or neither."""

# ruff: noqa: E501 - a page is easier to read in one line
import os
import random
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crawler.config import Config
from crawler.extract import extract
from crawler.extract.article import read_article
from crawler.extract.document import parse_document
from crawler.extract.page_evidence import page_evidence
from crawler.extract.page_type import judge
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
LONGER = f"<nav>{'<a href=/local>Local news of the harbour</a>' * 40}</nav>{ARTICLE}"
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
    ("title", "body", "said"),
    [
        ("404 Not Found", "<h1>Page not found</h1><p>The page that you asked for does not exist any more, please go home.</p>", "missing"),
        ("오류", "<h1>요청하신 페이지를 찾을 수 없습니다</h1><p>주소를 다시 확인해 주세요.</p>", "missing"),
        ("삭제된 기사입니다 - 갈매기일보", "<p>언론사의 요청으로 더 이상 볼 수 없는 기사입니다. 첫 화면으로 돌아가 주세요.</p>", "missing"),
        ("Seite nicht gefunden | Möwe", "<p>Die Seite, die Sie suchen, gibt es nicht mehr oder hat es nie gegeben. Bitte nutzen Sie die Suche.</p>", "missing"),
        ("お探しのページは見つかりません", "<p>ページが移動または削除された可能性があります。お手数ですが、トップページからお探しください。</p>", "missing"),
        ("Just a moment...", "<p>Checking your browser before accessing the site that you asked for. Please wait.</p>", "refusal"),
        ("서비스 점검 안내", "<p>더 나은 서비스를 위해 오늘 새벽 두 시부터 여섯 시까지 시스템을 점검하고 있습니다.</p>", "refusal"),
        ("로그인", "<form><p>이 서비스를 이용하려면 로그인이 필요합니다. 아이디와 비밀번호를 입력해 주세요.</p><input></form>", "log in"),
        ("Sign in - The Gull", "<form><p>Sign in with the address of your subscription to go on reading The Gull on all devices.</p><input type=email></form>", "log in"),
        ("Connexion", "<form><p>Connectez-vous avec votre adresse pour continuer la lecture sur tous vos appareils.</p><input type=email></form>", "log in"),
        ("Before you continue to The Gull", "<p>We and our 812 partners use cookies to measure how our pages are read and to show you advertising.</p><button>Accept all</button>", "consent"),
        ("Ihre Einwilligung", "<p>Wir und unsere Partner verarbeiten Daten, um Anzeigen zu messen und Inhalte anzupassen.</p><button>Alle akzeptieren</button>", "consent"),
        ("쿠키 설정", "<p>저희는 서비스를 개선하고 맞춤 광고를 보여 드리기 위하여 쿠키를 사용하고 있습니다.</p><button>동의</button>", "consent"),
        ("Search - The Gull", "<form><p>Type a word to find it in forty years of The Gull.</p><input type=search></form>", "search"),
        ("통합검색", "<form><p>찾으시는 낱말을 넣어 주세요.</p><input type=search></form>", "search"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("expect", [None, PageKind.ARTICLE])
def test_refusals_are_other(title, body, said, expect):
    found = look(body, title=title, expect=expect)
    assert found.kind is PageKind.OTHER
    assert said in found.reason
    assert found.confidence > 0.5


def test_a_frame_for_a_film_is_no_article():
    found = look(
        "<h1>Ferry on its last trip</h1><div class=player></div><p>Watch the ferry leave.</p>",
        head='<meta property="og:type" content="video.other">',
    )
    assert found.kind is PageKind.OTHER
    assert "film" in found.reason


@pytest.mark.parametrize(
    "title",
    ["Log in or lose it: banks shut old accounts", "404: how an error became a joke", "검색 시장, 다시 흔들린다"],
)
def test_an_article_about_such_things_is_one(title):
    text = ARTICLE.replace("Ferry vote keeps crossing", title) + "".join(f"<p>{text} {text}</p>" for text in SENTENCES)
    assert look(text, title=title, url="https://www.gull.example/2025/05/11/an-article-about-such-things").kind is PageKind.ARTICLE  # fmt: skip


def test_empty_shell():
    found = look("<div id=app></div><video src=x></video>", expect=PageKind.ARTICLE)
    assert found.kind is PageKind.OTHER
    assert "no text" in found.reason


def test_feeds_that_a_page_names():
    head = '<link rel="alternate" type="application/rss+xml" href="/rss.xml"><link rel="alternate" hreflang="de" href="/de"><link rel="hub" href="https://hub.example/">'
    hints = look(ARTICLE, head=head).hints
    assert (hints.feeds, hints.hub) == (("https://www.gull.example/rss.xml",), "https://hub.example/")


def weigh(head="", body=ARTICLE, url="https://www.gull.example/local/ferry-vote-keeps-crossing"):
    html = f"<html><head>{head}</head><body>{body}</body></html>".encode()
    page = Page(url=url, final_url=url, status=200, headers={}, body=html, fetched_at=datetime(2025, 6, 1, tzinfo=UTC))
    document = parse_document(page)
    return judge(page_evidence(document, read_article(document, Hints())))


def test_pages_that_call_themselves_something_else_are_less_of_an_article():
    plain = weigh().log_odds
    for kind in ("Product", "CollectionPage", "LocalBusiness"):
        assert weigh(f'<script type="application/ld+json">{{"@type": "{kind}"}}</script>').log_odds < plain
    assert weigh('<script type="application/ld+json">{"@type": "NewsArticle"}</script>').log_odds > plain
    assert weigh('<meta property="og:type" content="article">').log_odds > plain


def test_what_a_page_says_of_itself_names_what_it_is_otherwise():
    thread = "".join(
        f"<div class='message postbody'><div class='userinfo'>Senior Member<br>Joined<br>2019</div><p>{text}</p><a>Reply</a><a>Quote</a></div>"
        for text in SENTENCES
    )
    said = weigh(
        body=f"<h1>Ferry timetable?</h1><div class='thread forum'>{thread}</div>",
        url="https://forum.gull.example/threads/ferry-timetable.8123/",
    )
    assert (said.other, said.log_odds < 0) == ("forum", True)
    goods = "<h1>Ship's lantern</h1><p class='price'>£ 89.00</p><button class='add-to-cart'>Add to cart</button><p>In stock</p><p>Quantity</p><h2>Description</h2>"
    said = weigh(
        '<meta property="og:type" content="product">',
        f"<div class='product'>{goods}<p>{SENTENCES[2]}</p></div>",
        "https://shop.gull.example/products/lantern",
    )
    assert (said.other, said.log_odds < 0) == ("product", True)


def test_what_was_expected_shifts_the_confidence():
    expectations = (None, PageKind.ARTICLE, PageKind.LISTING)
    head = '<meta property="og:type" content="article">'
    sure = {expect: look(LONGER, expect=expect, head=head).confidence for expect in expectations}
    assert sure[PageKind.ARTICLE] > sure[None] > sure[PageKind.LISTING]


def test_a_shop_where_an_article_was_expected_is_read_and_told_to_be_unsure():
    goods = "<h1>Ship's lantern</h1><p class='price'>£ 89.00</p><button class='add-to-cart'>Add to cart</button><p>In stock</p><h2>Description</h2>"
    found = look(
        f"<div class='product woocommerce'>{goods}<p>{SENTENCES[2]}</p><p>Shipping</p><p>Quantity</p></div>",
        url="https://shop.gull.example/products/lantern",
        expect=PageKind.ARTICLE,
        head='<meta property="og:type" content="product"><meta property="product:price:amount" content="89">',
    )
    assert found.kind is PageKind.ARTICLE
    assert found.confidence < Config().least_confidence
    assert "though it looks like a product's page" in found.reason


LIVE = "".join(
    f"<div class='entry'><time datetime='2025-05-11T{hour}:00Z'>{hour}:00</time><h3>{headline}</h3><p>{text}</p></div>"
    for hour, headline, text in zip(range(10, 20), HEADLINES, SENTENCES * 4, strict=False)
)
QUESTIONS = "".join(
    f"<p><b>{question}</b></p><p>{answer}</p>"
    for question, answer in zip(
        ("Can my neighbour moor at my landing stage?", "Who pays when the rope breaks?", "May I say no?"),
        SENTENCES,
        strict=True,
    )
)
LINKED = "".join(
    f"<h2><a href='https://other.example/{number}'>{number}. {headline}</a></h2><p>{text}</p>"
    for number, (headline, text) in enumerate(zip(HEADLINES, SENTENCES * 4, strict=False), 1)
)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (f"<article><h1>Gale warning for the coast</h1><p>{SENTENCES[0]}</p><p>{SENTENCES[2]}</p></article>", "2025/05/11/gale-warning-for-the-coast"),
        (f"<article><h1>Live: the day of the ferry vote</h1>{LIVE}</article>", "local/live/2025/may/11/ferry-vote-live-the-day-as-it-happened"),
        (f"<article><h1>Ask the lawyer: moorings</h1><p class=byline>By Ann Reed</p><p>{SENTENCES[1]}</p>{QUESTIONS}</article>", "advice/ask-the-lawyer-about-moorings-and-ropes"),
        (f"<article><h1>Ten things to do by the sea</h1><p class=byline>By Ann Reed</p><p>{SENTENCES[1]}</p>{LINKED}</article>", "2025/05/11/ten-things-to-do-by-the-sea-this-weekend"),
    ],
    ids=["flash", "live", "questions", "links"],
)  # fmt: skip
def test_unusual_articles_are_articles(body, path):
    head = '<meta property="og:type" content="article"><meta property="article:published_time" content="2025-05-11T08:00:00Z">'
    found = look(body, url=f"https://www.gull.example/{path}", head=head)
    assert found.kind is PageKind.ARTICLE
    assert SENTENCES[2] in found.article.text


def test_a_listing_with_one_long_text_is_a_listing():
    lead = f"<div class=lead><h2><a href='/2025/05/20/ferry'>{HEADLINES[6]}</a></h2><p>{' '.join(SENTENCES)}</p></div>"
    found = look(f"<h1>Local</h1>{lead}{LISTING}", url="https://www.gull.example/local")
    assert found.kind is PageKind.LISTING
    assert len(found.items) >= len(HEADLINES)


def test_korean_flash_is_an_article():
    flash = (
        "<article><h1>부산항 여객선 운항 재개</h1><p>(부산=갈매기) 김하늘 기자 = 강풍으로 멈췄던 부산항 여객선이 11일 오후 운항을 다시 시작했다.</p>"
        "<p>항만 당국은 밤사이 바람이 잦아들어 모든 노선이 정상으로 돌아왔다고 밝혔다. sky@gull.example</p></article>"
    )
    head = '<meta property="og:type" content="article">'
    found = look(
        flash,
        title="부산항 여객선 운항 재개 - 갈매기",
        url="https://www.gull.example/view/AKR20250511000100",
        head=head,
    )
    assert found.kind is PageKind.ARTICLE


def test_two_sentences_are_an_article_where_the_data_of_the_page_says_so():
    title = "부산항 여객선 운항 재개"
    head = f'<script type="application/ld+json">{{"@type":"NewsArticle","headline":"{title}","datePublished":"2025-05-11T14:00:00+09:00"}}</script>'
    flash = f"<article><h1>{title}</h1><p>부산항 여객선이 11일 운항을 다시 시작했다. 요금은 전과 같다.</p></article>"
    found = look(flash, title=title, url="https://www.gull.example/view/4711", head=head)
    assert found.kind is PageKind.ARTICLE
    assert found.article.text == "부산항 여객선이 11일 운항을 다시 시작했다. 요금은 전과 같다."
    assert look(flash, title=title, url="https://www.gull.example/view/4711").kind is PageKind.OTHER


def test_a_page_is_judged_alike_in_any_process():
    """Sets of texts are ordered differently in each process; what is cut off and summed up must not be."""
    program = (
        "from test_extract_page_type import LINKED, weigh;"
        "body = ''.join(f'<div class=c{n}-{n * 7919 % 1000}><i class=product{n}></i>{LINKED}</div>' for n in range(800));"
        "print(repr(weigh(body=body)))"
    )
    folder = Path(__file__).parent
    said = {
        subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": f"{folder}{os.pathsep}{folder.parent}"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1


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
