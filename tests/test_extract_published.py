"""Which of a page's dates is its own: structured data, lines about the headline, labels, the page's data, the URL."""

import time
from datetime import UTC, datetime

import pytest

from crawler.extract.article import read_article
from crawler.extract.date_lines import dateline
from crawler.extract.document import parse_document
from crawler.items import Hints, Page, ZoneOrigin

URL = "https://www.daily-gull.example/local/ferry-vote"
NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
PARAGRAPHS = (
    "The people of the harbour town have voted by a large majority to keep the ferry that has crossed since 1891.",
    "More than four thousand people took part on Tuesday, the highest number in any local vote since the war.",
    "The council expects to pay two million pounds for a new engine and a safer landing stage.",
)
TEXT = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
GERMAN = (
    "<p>Die Bürgerinnen und Bürger der Hafenstadt haben sich mit großer Mehrheit für die Fähre entschieden.</p>"
    "<p>Mehr als viertausend Menschen nahmen am Dienstag teil, so viele wie noch nie bei einer örtlichen Wahl.</p>"
    "<p>Die Stadt rechnet mit Kosten von zwei Millionen für einen neuen Motor und einen sicheren Anleger.</p>"
)
KOREAN = (
    "<p>강변 시장이 다음 달 다시 문을 연다. 구청은 상인회와 협약을 맺고 임대료를 올리지 않기로 했다.</p>"
    "<p>주차장도 두 배로 넓힌다. 상인들은 손님만 온다면 새벽부터 나올 것이라고 입을 모았다.</p>"
)
HEADLINE = "<h1>Ferry vote in the harbour town</h1>"


def read(head="", above="", between="", body=TEXT, behind="", url=URL, lang="en"):
    html = (
        f"<html lang={lang}><head>{head}</head><body>{above}{HEADLINE}{between}<div class=story>{body}</div>{behind}"
        "</body></html>"
    )
    page = Page(url=url, final_url=url, status=200, headers={}, body=html.encode(), fetched_at=NOW)
    return read_article(parse_document(page), Hints(site_rules=False)).article


def day(article):
    return article.published and article.published.isoformat()


def ld(kind, **dates):
    fields = "".join(f',"{name}":"{value}"' for name, value in dates.items())
    return f'<script type="application/ld+json">{{"@type":"{kind}"{fields}}}</script>'


# ---- structured data


@pytest.mark.parametrize("kind", ["NewsArticle", "WebPage", "ClaimReview"])
def test_the_object_of_the_page_whatever_it_is_called(kind):
    assert day(read(ld(kind, datePublished="2025-05-06T07:30:00+01:00"))) == "2025-05-06T07:30:00+01:00"


@pytest.mark.parametrize(
    "name",
    [
        "article:published_time",
        "article:published:time",
        "w-published-date",
        "published-date",
        "dable:published_time",
        "DC.date.issued",
        "dcterms.created",
        "parsely-pub-date",
        "date",
    ],
)
def test_metas_by_what_their_names_say(name):
    assert day(read(f'<meta name="{name}" content="2025-05-06T07:30:00+01:00">')) == "2025-05-06T07:30:00+01:00"


@pytest.mark.parametrize("name", ["article:publisher", "expiration-date", "og:regDate", "publication", "event-time"])
def test_metas_that_say_something_else(name):
    assert read(f'<meta name="{name}" content="2025-05-06T07:30:00+01:00">').published is None


@pytest.mark.parametrize(
    "element",
    [
        "<span itemprop=datePublished content='2025-05-06T07:30:00+01:00'></span>",
        "<abbr class=published title='2025-05-06T07:30:00+01:00'>7:30</abbr>",
        "<span property='dc:date dc:created' content='2025-05-06T07:30:00+01:00'>May</span>",
        "<span property='schema:dateCreated' content='2025-05-06T07:30:00+01:00'></span>",
        "<time datetime='2025-05-06T07:30:00+01:00'>6 May</time>",
    ],
)
def test_marked_elements(element):
    assert day(read(between=element)) == "2025-05-06T07:30:00+01:00"


def test_dates_of_a_list_of_other_articles_are_not_the_pages():
    cards = "".join(
        f"<div><a href=/{n}>Another story of the town, number {n}</a>"
        f"<span itemprop=datePublished content='2025-05-2{n}T10:00:00Z'></span></div>"
        for n in range(4)
    )
    article = read(between="<p>Published May 6, 2025</p>", behind=f"<section class=more>{cards}</section>")
    assert day(article) == "2025-05-06"


def test_the_date_of_a_file_yields_to_what_the_page_shows():
    head = '<meta name="dcterms.date" content="2025-04-01T09:00:00+01:00">'
    assert day(read(head, between="<time datetime='2025-05-06T08:00:00+01:00'>6 May</time>")).startswith("2025-05-06")
    assert day(read(head)) == "2025-04-01T09:00:00+01:00"


def test_a_page_whose_data_knows_only_the_last_edit_still_shows_when_it_was_published():
    head = ld("BlogPosting", datePublished="2025-05-20", dateModified="2025-05-20")
    article = read(head, between="<div>August 25, 2024</div>")
    assert day(article) == "2024-08-25"
    assert article.modified.isoformat() == "2025-05-20"
    later = ld("BlogPosting", datePublished="2024-08-01", dateModified="2025-05-20")
    assert day(read(later, between="<div>July 25, 2024</div>")) == "2024-08-01"


# ---- what the page shows


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Published March 28, 2024", "2024-03-28"),
        ("28 March 2024 | Local", "2024-03-28"),
        ("By Ada Marsh, March 28, 2024 4:05 p.m. GMT", "2024-03-28T16:05:00+00:00"),
        ("<span>Datum:28. März 2024</span>", "2024-03-28"),
    ],
)
def test_lines_between_headline_and_text(line, expected):
    assert day(read(between=f"<p>{line}</p>")) == expected


def test_a_label_goes_before_a_captions_date():
    between = (
        "<figure><img src=f.jpg><figcaption>The ferry on its first trip of the year, 11 May 2025</figcaption></figure>"
        "<ul><li>Veröffentlicht am 13. Mai 2025 um 15:44</li></ul>"
    )
    assert day(read(between=between, body=GERMAN, lang="de")) == "2025-05-13T15:44:00+02:00"


def test_a_line_above_the_headline_that_is_nothing_but_a_date():
    assert day(read(above="<h2>Samstag, 9. September 2017</h2>", body=GERMAN, lang="de")) == "2017-09-09"
    assert read(above="<p>Open until 9 September, says the council of the town</p>").published is None


@pytest.mark.parametrize(
    ("line", "published", "modified"),
    [
        ("<p>Posted on April 13, 2023</p>", "2023-04-13", None),
        ("<p>Published</p><p>Feb 2, 2023</p>", "2023-02-02", None),
        ("<p>Submitted by anna on 24 July 2017 - 18:55</p>", "2017-07-24", None),
        ("<p>Last updated: 30.12.2016</p>", None, "2016-12-30"),
        ("<p>Letzte Änderung: 31.10.2023 - 14:49</p><p>Erschienen am: 01.11.2022</p>", "2022-11-01", "2023-10-31"),
    ],
)
def test_labelled_lines_behind_the_text(line, published, modified):
    article = read(behind=f"<div>{line}</div>")
    assert (day(article) or "")[:10] == (published or "")
    assert (article.modified.isoformat() if article.modified else "")[:10] == (modified or "")


def test_dates_of_related_posts_behind_the_text_are_not_taken():
    cards = "".join(
        f"<li><a href=/{n}>Another story, number {n}</a> <span>May {n}, 2025</span></li>" for n in (1, 2, 3)
    )
    assert read(behind=f"<ul class=related>{cards}</ul>").published is None
    assert read(behind=f"<div><h3>More stories</h3><ul>{cards}</ul></div>").published is None


def test_a_relative_date_counts_alone_in_its_line_only():
    assert day(read(between="<p>3시간 전</p>", body=KOREAN)) == "2025-06-01T18:00:00+09:00"
    assert (
        read(between="<p>Highlight new comments since: Today at 3:40 PM, or earlier if you like</p>").published is None
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("29.11.2022 – Mehrfach und vehement hatte die Branche gewarnt.", "29.11.2022"),
        ("(21. November 2022) Verbraucher erhalten eine Bremse.", "21. November 2022"),
        ("Pressemitteilung vom 25. Januar 2022 | Berlin – Die Ministerin", "Pressemitteilung vom 25. Januar 2022"),
        ("In 1891 the ferry crossed for the first time - 12 people drowned.", None),
        ("The town voted.", None),
    ],
)
def test_a_text_that_opens_with_its_date(text, expected):
    found = dateline(text)
    assert (found or "").strip() == (expected or "") or expected is None


def test_the_dateline_is_asked_before_the_address():
    body = GERMAN.replace("<p>Die Bürgerinnen", "<p>29.11.2022 – Die Bürgerinnen")
    assert day(read(body=body, url="https://x.example/2022/11/30/faehre", lang="de")) == "2022-11-29"


# ---- the last witnesses


def test_a_lone_date_in_the_pages_data():
    state = '<script>window.state={"deployDt":"2025.05.28 18:40","reDeployDt":"2025.05.28 18:49"}</script>'
    article = read(state, body=KOREAN, lang="ko")
    assert day(article) == "2025-05-28T18:40:00+09:00"
    assert article.published.zone_from is ZoneOrigin.LANGUAGE
    several = state + '<script>{"publishedAt":"2025-05-01T10:00:00Z"}</script>'
    assert read(several, body=KOREAN, lang="ko").published is None


def test_the_address_gives_the_year_of_a_date_without_one():
    article = read(between="<p>12-01 23:26</p>", body=KOREAN, url="https://x.example/news/20211202/77", lang="ko")
    assert day(article) == "2021-12-01T23:26:00+09:00"


# ---- region


@pytest.mark.parametrize(
    ("url", "lang", "expected", "offset"),
    [
        ("https://www.gull.co.uk/a", "en", "2024-10-02", 60),
        ("https://www.gull.com.au/a", "en-US", "2024-10-02", 600),
        ("https://www.gull.example/a", "en-GB", "2024-10-02", 60),
        ("https://www.gull.example/a", "en-US", "2024-02-10", 0),
    ],
)
def test_a_region_decides_the_order_of_day_and_month_and_the_zone(url, lang, expected, offset):
    article = read(between="<p>02/10/2024</p>", url=url, lang=lang)
    assert day(article) == expected
    assert article.published.offset == offset


def test_time_does_not_grow_out_of_proportion():
    def cost(size):
        head = '<script>{"publishedAt":"2025-05-01T10:00:00Z"}</script>' * size
        start = time.process_time()
        read(head, between="<p>12.05. " + "1. 2. " * size + "</p>", behind="<p>Published</p>" * size)
        return time.process_time() - start

    cost(50)
    assert cost(4_000) < 60 * cost(200) + 0.3


# ---- days without a number


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("어제", "2025-05-31"),
        ("그저께", "2025-05-30"),
        ("방금 전", "2025-06-01T21:00:00+09:00"),
        ("yesterday", "2025-05-31"),
        ("오늘", None),
        ("어제 그 시장", None),
    ],
)
def test_a_line_that_is_nothing_but_a_day_gone_by_tells_it(line, told):
    found = day(read(between=f"<span class=date>{line}</span>", body=KOREAN, lang="ko"))
    assert (found and found[: len(told or "")]) == told


def test_a_day_gone_by_elsewhere_tells_nothing():
    assert day(read(above="<nav>어제</nav>", behind="<p>어제</p>", body=KOREAN, lang="ko")) is None
