"""Title, authors, dates and all else that a page says of its article."""

# ruff: noqa: E501 - a page is easier to read in one line
from datetime import UTC, datetime

import pytest

from crawler.extract import extract
from crawler.extract.authors import clean_name, korean_reporters, split_names
from crawler.items import Hints, Page, PageKind, Precision, ZoneOrigin

URL = "https://www.daily-gull.example/local/ferry-vote"
NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
BODY = "".join(
    f"<p>{text}</p>"
    for text in (
        "The people of the harbour town have voted by a large majority to keep the ferry that has crossed since 1891.",
        "More than four thousand people took part on Tuesday, the highest number in any local vote since the war.",
        "The council expects to pay two million pounds for a new engine and a safer landing stage.",
    )
)
KOREAN = "<p>강변 시장이 다음 달 다시 문을 연다. 구청은 상인회와 협약을 맺고 임대료를 올리지 않기로 했다.</p><p>주차장도 두 배로 넓힌다. 상인들은 손님만 온다면 새벽부터 나올 것이라고 입을 모았다.</p>"


def read(head="", before="", body=BODY, url=URL, headers=None, hints=None, title="Ferry vote", behind=""):
    html = f"<html><head><title>{title}</title>{head}</head><body>{before}<div class=story>{body}</div>{behind}</body></html>"
    page = Page(
        url=url,
        final_url=url,
        status=200,
        headers={"content-type": "text/html; charset=utf-8", **(headers or {})},
        body=html.encode(),
        fetched_at=NOW,
    )
    article = extract(page, hints or Hints(expect=PageKind.ARTICLE)).article
    assert article is not None
    return article


def ld(**fields):
    import json

    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **fields})}</script>'


def og(name, content):
    return f'<meta property="{name}" content="{content}">'


# ---- title


@pytest.mark.parametrize(
    ("title", "head", "before", "expected"),
    [
        ("Ferry vote | The Daily Gull", og("og:site_name", "The Daily Gull"), "", "Ferry vote"),
        ("Ferry vote - Local - The Daily Gull", og("og:title", "Ferry vote"), "", "Ferry vote"),
        ("The Daily Gull: Ferry vote", "", "<h1>Ferry vote</h1>", "Ferry vote"),
        ("Daily Gull - Ferry - vote", "", "<h1>Ferry - vote</h1>", "Ferry - vote"),
        ("Ferry vote", og("og:title", "You will not believe this vote"), "<h1>Ferry vote</h1>", "Ferry vote"),
        ("Ferry vote", "", "<h1>Our BLOG</h1>", "Ferry vote"),
        ("Ferry &amp;amp; vote", "", "", "Ferry & vote"),
        ("Welcome", ld(headline="Ferry vote &#8211; now"), "<h1>Ferry vote – now</h1>", "Ferry vote – now"),
        ("강변 시장 다시 문 연다-사회ㅣ한강일보", og("og:site_name", "한강일보"), "", "강변 시장 다시 문 연다"),
        ("한강일보 :: 강변 시장 다시 문 연다", "", "<b>강변 시장 다시 문 연다</b>", "강변 시장 다시 문 연다"),
        (
            "S&amp;P 500 falls 3% - what to know",
            "",
            "<h1>S&amp;P 500 falls 3% - what to know</h1>",
            "S&P 500 falls 3% - what to know",
        ),
    ],
)
def test_title(title, head, before, expected):
    assert read(head, before, title=title).title == expected


# ---- authors


@pytest.mark.parametrize(
    ("head", "before", "expected"),
    [
        (ld(author={"@type": "Person", "name": "Ada Marsh"}), "", ("Ada Marsh",)),
        (ld(author=[{"name": "Ada Marsh"}, {"name": "Tom O&#39;Neill"}]), "", ("Ada Marsh", "Tom O'Neill")),
        (ld(author="By Ada Marsh and Tom Reed"), "", ("Ada Marsh", "Tom Reed")),
        (ld(author={"name": ["Ada Marsh", "Tom Reed"]}), "", ("Ada Marsh", "Tom Reed")),
        (ld(author={"name": "admin"}), "<div class='byline'>By Ada Marsh</div>", ("Ada Marsh",)),
        (
            ld(author={"name": "The Daily Gull"}, publisher={"name": "The Daily Gull"}),
            "<a rel='author' href='/a'>Ada Marsh</a>",
            ("Ada Marsh",),
        ),
        (ld(author={"name": "The Daily Gull"}, publisher={"name": "The Daily Gull"}), "", ("The Daily Gull",)),
        ('<meta name="author" content="관리자">', "", ()),
        ('<meta name="author" content="https://www.facebook.com/gull">', "", ()),
        ('<meta property="dable:author" content="윤가을 기자 autumn@example.com">', "", ("윤가을",)),
        ('<meta name="author" content="Ada Marsh, Tom Reed">', "", ("Ada Marsh", "Tom Reed")),
        ("", "<h1>Ferry vote</h1><p>By Ada Marsh | 6 May 2025</p>", ("Ada Marsh",)),
        ("", "<h1>Ferry vote</h1><span itemprop='author'>Ada Marsh, Political Correspondent</span>", ("Ada Marsh",)),
        ("", "", ()),
    ],
)
def test_authors(head, before, expected):
    assert read(head, before).authors == expected


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("(서울=연합뉴스) 윤가을 기자 = ", "", ("윤가을",)),
        ("(서울=연합뉴스) 윤가을 서지우 기자 = ", "", ("윤가을", "서지우")),
        ("[한강일보 윤가을 기자] ", "", ("윤가을",)),
        ("", "윤가을 기자 autumn@hangang.example", ("윤가을",)),
        ("", "<br>부산=윤가을 기자 autumn@hangang.example", ("윤가을",)),
        ("", "<p>[윤가을 기자]</p>", ("윤가을",)),
        ("", "<p>/윤가을, 서지우 기자</p>", ("윤가을", "서지우")),
        ("", "", ()),
    ],
)
def test_korean_authors_in_the_text(first, last, expected):
    body = KOREAN.replace("<p>강변", f"<p>{first}강변")
    body = body[: -len("</p>")] + last + "</p>"
    article = read(body=body)
    assert article.authors == expected


def test_a_byline_alone_in_a_line_is_no_text():
    article = read(body=f"{KOREAN}<p>윤가을 기자 autumn@hangang.example</p>")
    assert "기자" not in article.text
    assert article.authors == ("윤가을",)


@pytest.mark.parametrize(
    "raw", ["http://x.example", "", "a", "관리자", "ADMIN", "편집국", "{{ author }}", "2025.03.14 10:00", "x" * 99]
)
def test_what_is_no_name(raw):
    assert clean_name(raw) is None


def test_names_are_split_and_cleaned():
    assert split_names("Von Ada Marsh und Tom Reed") == ["Ada Marsh", "Tom Reed"]
    assert split_names("Martin Luther King, Jr.") == ["Martin Luther King, Jr."]
    assert korean_reporters("그는 기자 회견에서 말했다.") == []


# ---- dates


def test_jsonld_date_with_zone():
    article = read(ld(datePublished="2025-05-06T07:30:00+09:00", dateModified="2025-05-06T08:00:00+09:00"))
    assert article.published.isoformat() == "2025-05-06T07:30:00+09:00"
    assert article.published.zone_from is ZoneOrigin.PAGE
    assert article.modified.isoformat() == "2025-05-06T08:00:00+09:00"


def test_a_witness_that_tells_the_time_beats_one_that_tells_the_day():
    article = read(ld(datePublished="2025-05-06") + og("article:published_time", "2025-05-06T07:30:00+01:00"))
    assert article.published.isoformat() == "2025-05-06T07:30:00+01:00"
    article = read(
        ld(datePublished="2025-05-06T00:00:00+01:00"),
        "<h1>Ferry vote</h1><time datetime='2025-05-06T07:30:00+01:00'>x</time>",
    )
    assert article.published.isoformat() == "2025-05-06T07:30:00+01:00"


def test_tistory_regdate_is_never_asked():
    assert read(og("og:regDate", "20250506030603"), body=KOREAN).published is None


def test_visible_line_in_the_sources_zone():
    hints = Hints(expect=PageKind.ARTICLE, zone="Asia/Seoul")
    before = "<h1>Ferry vote</h1><div>입력 : 2025-05-28 00:13:03 / 수정 : 2025-05-28 01:00</div>"
    article = read(before=before, body=KOREAN, hints=hints)
    assert article.published.isoformat() == "2025-05-28T00:13:03+09:00"
    assert article.published.zone_from is ZoneOrigin.SOURCE
    assert article.modified.isoformat() == "2025-05-28T01:00:00+09:00"


def test_clock_in_the_header_is_no_date():
    before = "<header><span>2025.05.31 23:59:58</span></header><h1>Ferry vote</h1><p class='date'>2025.05.28 09:10</p>"
    assert read(before=before, body=KOREAN).published.isoformat().startswith("2025-05-28T09:10")


def test_date_of_a_related_post_is_not_taken():
    behind = "<aside><ul><li><a href='/1'>Another story of the town</a> <time datetime='2024-01-01T10:00:00Z'>x</time></li></ul></aside>"
    before = "<h1>Ferry vote</h1><time datetime='2025-05-06T07:30:00Z'>6 May</time>"
    assert read(before=before, behind=behind).published.isoformat() == "2025-05-06T07:30:00+00:00"


def test_the_url_is_the_last_witness():
    article = read(url="https://www.daily-gull.example/2025/05/06/ferry-vote")
    assert article.published.precision is Precision.DAY
    assert article.published.isoformat() == "2025-05-06"


def test_the_future_is_not_believed():
    assert read(ld(datePublished="2031-01-01T00:00:00Z")).published is None


def test_modified_before_published_is_dropped():
    article = read(ld(datePublished="2025-05-06T07:30:00Z", dateModified="2025-05-05T07:30:00Z"))
    assert article.modified is None


# ---- the rest


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("<span>송고2025-05-03 09:12</span><span>수정2025-05-03 11:40</span>", "2025-05-03T11:40:00+09:00"),
        (
            "<ul><li>등록 2025-05-03 09:12</li><li>수정<!-- --> <b>2025-05-03 11:40</b></li></ul>",
            "2025-05-03T11:40:00+09:00",
        ),
        ("<p>Published 3 May 2025 09:12, last updated 4 May 2025 10:05</p>", "2025-05-04T10:05:00+09:00"),
        ("<p>2025-05-03 11:40</p>", None),
        ("<p>등록 2025-05-03 11:40</p>", None),
        ("<p>수정 2025-05-03 08:00</p>", None),  # before it was published
    ],
)
def test_an_edit_that_only_the_page_shows(line, expected):
    head = og("article:published_time", "2025-05-03T09:12:33+09:00")
    found = read(head, f"<h1>Ferry vote</h1>{line}", hints=Hints(expect=PageKind.ARTICLE, zone="Asia/Seoul"))
    assert found.published.isoformat() == "2025-05-03T09:12:33+09:00"
    assert (found.modified and found.modified.isoformat()) == expected
    told = head + og("article:modified_time", "2025-05-05T01:02:03+09:00")
    assert read(told, f"<h1>Ferry vote</h1>{line}").modified.isoformat() == "2025-05-05T01:02:03+09:00"


@pytest.mark.parametrize(
    "note",
    [
        '<a class="footnote-anchor" href="#footnote-1">1</a>',
        '<sup><a href="#fn:1" class="footnote-ref" role="doc-noteref">[1]</a></sup>',
        '<a class="footnote" href="#n"><sup>*</sup></a>',
    ],
)
def test_numbers_of_footnotes_are_no_text_and_the_notes_are(note):
    body = BODY.replace("1891.", f"1891.{note}", 1)
    notes = '<div class="footnotes"><div class="footnote"><p>The first one was rowed, by two sisters from the far bank.</p></div></div>'
    text = read(body=body + notes).text
    assert "since 1891.\n" in text
    assert text.endswith("The first one was rowed, by two sisters from the far bank.")


def test_numbers_that_are_no_footnotes_stay():
    for link in (
        '<a href="#a">1</a>',
        '<a class="note" href="#a">1</a>',
        '<a class="footnote-ref" href="#a">in 1891 and ever since</a>',
    ):
        body = BODY.replace("since 1891.", f"since {link}.", 1)
        assert f"since {link.partition('>')[2].removesuffix('</a>')}." in read(body=body).text


def test_canonical_amp_image_site_section_tags():
    article = read(
        '<link rel="canonical" href="/local/ferry-vote-4711"><link rel="amphtml" href="/amp/4711">'
        + og("og:image", "//img.daily-gull.example/f.jpg")
        + og("og:site_name", "The Daily Gull")
        + og("article:section", "Local")
        + og("article:tag", "ferries, councils")
        + og("article:tag", "ferries")
    )
    assert article.canonical == "https://www.daily-gull.example/local/ferry-vote-4711"
    assert article.amp_url == "https://www.daily-gull.example/amp/4711"
    assert article.image.url == "https://img.daily-gull.example/f.jpg"
    assert (article.site_name, article.section, article.tags) == ("The Daily Gull", "Local", ("ferries", "councils"))


def test_tags_from_links_and_jsonld():
    assert read(ld(keywords=["ferries", {"name": "councils"}])).tags == ("ferries", "councils")
    assert read(
        behind="<div><a rel='tag' href='/t/1'>#ferries</a><a rel='tag' href='/t/2'>#councils</a></div>"
    ).tags == ("ferries", "councils")


def test_terms_of_use_from_page_and_headers():
    terms = read(
        '<meta name="robots" content="index, NOAI"><meta name="tdm-reservation" content="1">'
        '<meta name="tdm-policy" content="https://x.example/tdm.json"><link rel="license" href="https://creativecommons.org/licenses/by/4.0/">',
        headers={"x-robots-tag": "noimageindex, noai"},
    ).terms
    assert terms.robots == "index, noai, noimageindex"
    assert terms.tdm_reservation == "1"
    assert terms.tdm_policy == "https://x.example/tdm.json"
    assert terms.licence == "https://creativecommons.org/licenses/by/4.0/"
    assert read(headers={"tdm-reservation": "1"}).terms.tdm_reservation == "1"
    assert read(ld(license="https://x.example/l")).terms.licence == "https://x.example/l"
    assert read().terms.robots is None


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("/local/ferry-vote?page=2", "https://www.daily-gull.example/local/ferry-vote?page=2"),
        ("/local/ferry-vote/2", "https://www.daily-gull.example/local/ferry-vote/2"),
        ("/local/another-story", None),
        ("https://elsewhere.example/local/ferry-vote?page=2", None),
    ],
)
def test_next_page_of_the_same_article_only(href, expected):
    assert read(f'<link rel="next" href="{href}">').next_page == expected


def test_language_of_the_text_and_not_of_the_attribute():
    assert read(body=KOREAN * 3).language == "ko"
    assert read().language == "en"


def test_jsonld_of_another_page_gives_way_to_that_of_this_one():
    other = ld(
        headline="Another story", url="https://www.daily-gull.example/other", datePublished="2024-01-01T00:00:01Z"
    )
    own = ld(headline="Ferry vote", url=URL, datePublished="2025-05-06T07:30:00Z")
    article = read(other + own)
    assert article.published.isoformat() == "2025-05-06T07:30:00+00:00"


@pytest.mark.parametrize(
    "head",
    [
        ld(author=[[["x"]]], headline={"a": 1}, datePublished=[], image=[[]], keywords={"a": 1}, publisher=[None]),
        ld(author=7, headline=None, datePublished=12, image=3, keywords=[1, None], license=[], url={"@id": 1}),
        '<script type="application/ld+json">{"@type":"NewsArticle","mainEntityOfPage":{"@type":"NewsArticle"}}</script>',
    ],
)
def test_strange_jsonld_harms_nothing(head):
    article = read(head)
    assert article.title == "Ferry vote"
    assert "ferry" in article.text


# ---- where it comes from


def sources_of(head="", before="", body=BODY, url=URL, title="Ferry vote"):
    from crawler.extract.article import read_article
    from crawler.extract.document import parse_document

    html = f"<html><head><title>{title}</title>{head}</head><body>{before}<div class=story>{body}</div></body></html>"
    page = Page(url=url, final_url=url, status=200, headers={}, body=html.encode(), fetched_at=NOW)
    return read_article(parse_document(page), Hints()).sources


def test_each_field_tells_where_it_comes_from():
    sources = sources_of(
        ld(headline="Ferry vote", datePublished="2025-05-06T07:30:00Z", author={"name": "Ada Marsh"})
        + og("og:site_name", "The Daily Gull")
        + og("article:section", "Local")
        + og("og:image", "https://img.example/f.jpg")
        + '<meta name="keywords" content="ferries">',
        "<h1>Ferry vote</h1>",
    )
    assert sources["title"] == "JSON-LD, h1 and <title> agree"
    assert sources["authors"] == "JSON-LD author"
    assert sources["published"] == "JSON-LD"
    assert sources["site_name"] == "meta og:site_name"
    assert sources["section"] == "meta article:section"
    assert sources["image"] == "meta og:image"
    assert sources["tags"] == "meta keywords"
    assert sources["text"] == "the page"
    assert "modified" not in sources


def test_a_zone_that_the_page_does_not_tell_is_told_as_such():
    assert sources_of(ld(datePublished="2025-05-06 07:30"))["published"] == "JSON-LD, no zone told"
    assert sources_of(ld(datePublished="2025-05-06 07:30"), body=KOREAN)["published"].endswith("usual for the language")
