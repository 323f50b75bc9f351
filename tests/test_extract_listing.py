"""Listing pages: records without selectors, their fields, side lists left out, the next page."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extract.document import Document, parse_document
from crawler.extract.listing import ListingResult, extract_listing
from crawler.items import Hints, Page
from tests.growth import FAR_BELOW_QUADRATIC, growth

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)  # 12:00 in Seoul
URL = "https://news.example.kr/section/economy"

HEADLINES = [
    "반도체 수출 석 달 연속 늘어 사상 최대 기록",
    "가을 배추값 작년보다 두 배 뛰어 김장 걱정",
    "시내버스 노선 열두 곳 바뀐다 다음 달부터",
    "작은 도서관 백 곳 새로 문 연다",
    "바닷가 마을에 풍력 발전기 서른 기 들어선다",
    "주말 전국에 많은 비 산사태 주의",
]
MENU = ["정치", "경제", "사회", "문화", "스포츠", "오피니언", "지역", "사진"]
POPULAR = [f"사람들이 많이 본 다른 소식 제목 {n}번째 이야기" for n in range(8)]
CHROME_TOP = (
    '<body><a class="skip" href="#content">본문 바로가기</a><header><nav><ul>'
    + "".join(f'<li><a href="/section/{n}">{name}</a></li>' for n, name in enumerate(MENU))
    + "</ul></nav></header>"
)
CHROME_END = (
    '<aside class="sidebar"><h3>많이 본 뉴스</h3><ol>'
    + "".join(f'<li><a href="/articles/9{n}">{title}</a></li>' for n, title in enumerate(POPULAR))
    + '</ol></aside><footer><a href="/about">회사 소개와 이용 약관 안내</a>'
    '<a href="/privacy">개인정보 처리방침 전문 보기</a>'
    "<a href='/ads'>광고 문의와 제휴 안내 페이지</a></footer></body>"
)


def read(body: str, url: str = URL, hints: Hints | None = None, now: datetime = NOW) -> ListingResult:
    html = body if "<html" in body else f"<!doctype html><html lang='ko'><head><title>t</title></head>{body}</html>"
    page = Page(url=url, final_url=url, status=200, headers={}, body=html.encode(), fetched_at=now)
    return extract_listing(parse_document(page), hints or Hints())


def in_page(main: str) -> str:
    return CHROME_TOP + f'<div id="content">{main}</div>' + CHROME_END


# --------------------------------------------------------------------------------------- long texts on the listing
SENTENCE = "경제 부처는 오늘 오전 서울에서 회의를 열고 하반기 계획을 함께 살펴보았다."
TEXTS = [
    " ".join([SENTENCE] * 14) + " 이어 담당자는 내년에도 같은 흐름이",
    " ".join([SENTENCE] * 6) + " 관계자는 “긍정적으로 검토 중”이라고 전했다.",
    " ".join([SENTENCE] * 8) + "홍길동 기자 hong@example.kr",
    " ".join([SENTENCE] * 5) + " 참가자들은 다음 모임을 기약했다.",
]
STAMPS = ["2024.03.28 16:05:06", "2024.02.21 11:36:33", "2024.02.03 15:06:57", "2023.08.12 08:18:53"]


def portal() -> str:
    rows = "".join(
        f"""<li><div class="txt"><h3><a href="/business/article/20240328000{n}b">{HEADLINES[n]}</a></h3>
        <p class="lead"><a href="/business/article/20240328000{n}b">{TEXTS[n]}</a></p>
        <p class="date">{STAMPS[n]}</p></div>
        <figure class="thumb"><a href="/business/article/20240328000{n}b"><img src="/img/{n}.jpg" alt="{HEADLINES[n]}">
        </a><figcaption>{HEADLINES[n]}</figcaption></figure></li>"""
        for n in range(4)
    )
    return in_page(f'<ul class="news-list">{rows}</ul>')


def test_long_texts_are_read_whole_and_clean() -> None:
    found = read(portal(), "https://magazine.example.kr/tag/저커버그")
    assert [item.title for item in found.items] == HEADLINES[:4]
    assert [item.text for item in found.items] == TEXTS
    assert [item.truncated for item in found.items] == [True, False, False, False]
    assert [item.published.isoformat() for item in found.items if item.published] == [
        "2024-03-28T16:05:06+09:00",
        "2024-02-21T11:36:33+09:00",
        "2024-02-03T15:06:57+09:00",
        "2023-08-12T08:18:53+09:00",
    ]
    assert [item.position for item in found.items] == [0, 1, 2, 3]
    for n, item in enumerate(found.items):
        assert item.url == f"https://magazine.example.kr/business/article/20240328000{n}b"
        assert item.summary is None
        assert item.image is not None
        assert item.image.url == f"https://magazine.example.kr/img/{n}.jpg"
        assert item.image.caption is None  # it only repeats the title


def test_texts_outside_links_and_plain_markup() -> None:
    rows = "".join(
        f'<div class="a{n}x"><a href="view?no={n}"><strong>{HEADLINES[n]}</strong></a><div>{TEXTS[n]}</div>'
        f"<span>{STAMPS[n]}</span><img src='i{n}.png' alt='{HEADLINES[n]}'></div>"
        for n in range(4)
    )
    found = read(in_page(f"<div>{rows}</div>"), "http://old.example.kr/list/index.html")
    assert [item.title for item in found.items] == HEADLINES[:4]
    assert [item.text for item in found.items] == TEXTS
    assert found.items[1].url == "http://old.example.kr/list/view?no=1"


# ---------------------------------------------------------------------------------------------------- kinds of lists
def cards() -> str:
    return "".join(
        f"""<article class="css-1q{n}z card"><a class="thumb" href="/articles/{n}"><img data-src="/t/{n}.jpg"></a>
        <h2><a href="/articles/{n}">{title}</a></h2><p>{SENTENCE}</p><span class="press">한빛일보</span>
        <span class="byline">홍길동 기자</span><time datetime="2026-11-21T1{n}:00:00+09:00">1{n}:00</time></article>"""
        for n, title in enumerate(HEADLINES)
    )


def rows_of_table() -> str:
    return (
        "<table><tbody>"
        + "".join(
            f"<tr><td>{n + 1}.</td><td class='title'><a href='/articles/{n}'>{title}</a></td></tr>"
            f"<tr><td></td><td class='sub'>12 points by <a href='/user?id=u{n}'>u{n}</a> {n + 1} hours ago | "
            f"<a href='/comments/{n}'>{n + 3} comments</a></td></tr><tr class='spacer'></tr>"
            for n, title in enumerate(HEADLINES)
        )
        + "</tbody></table>"
    )


def lines_with_breaks() -> str:
    return "".join(
        f"<a href='/articles/{n}'>{title}</a> 2026-11-2{n % 3} 10:0{n}<br>" for n, title in enumerate(HEADLINES)
    )


def definition_list() -> str:
    return (
        "<dl>"
        + "".join(
            f"<dt><a href='/articles/{n}'>{title}</a></dt><dd>{SENTENCE}<span class='date'>2026.11.2{n % 3}</span></dd>"
            for n, title in enumerate(HEADLINES)
        )
        + "</dl>"
    )


def whole_card_links() -> str:
    return "".join(
        f"<li class='item'><a href='/articles/{n}'><strong class='tit'>{title}</strong><span class='desc'>{SENTENCE}"
        f"</span></a><span class='date'>2026. 11. 2{n % 3}. 10:30</span><a href='/section/2'>사회</a></li>"
        for n, title in enumerate(HEADLINES)
    )


def two_links_with_one_address() -> str:
    return "".join(
        f"<div class='Xk2{n}'><div><a href='/articles/{n}'><span>{title}</span></a></div><div><a href='/articles/{n}'>"
        f"{SENTENCE} {SENTENCE}</a></div><span>{n + 1}시간 전</span></div>"
        for n, title in enumerate(HEADLINES)
    )


@pytest.mark.parametrize(
    "main",
    [
        cards(),
        rows_of_table(),
        lines_with_breaks(),
        definition_list(),
        whole_card_links(),
        two_links_with_one_address(),
    ],
    ids=["cards", "table", "br", "dl", "whole-card", "two-links"],
)
def test_every_kind_of_list_gives_its_items_in_order(main: str) -> None:
    found = read(in_page(f"<div class='wrap'>{main}</div>"))
    assert [item.title for item in found.items] == HEADLINES
    assert [item.url for item in found.items] == [f"https://news.example.kr/articles/{n}" for n in range(6)]
    assert all(item.published for item in found.items)
    assert found.confidence > 0.5


def test_fields_of_a_card() -> None:
    item = read(in_page(cards())).items[2]
    assert item.summary == SENTENCE
    assert item.outlet == "한빛일보"
    assert item.authors == ("홍길동 기자",)
    assert item.image is not None
    assert item.image.url == "https://news.example.kr/t/2.jpg"
    assert item.published is not None
    assert item.published.isoformat() == "2026-11-21T12:00:00+09:00"
    assert item.language == "ko"


def test_relative_dates_count_from_the_fetch() -> None:
    dates = [item.published for item in read(in_page(two_links_with_one_address())).items]
    assert [date.isoformat()[:16] for date in dates if date] == [f"2026-11-22T{11 - n:02d}:00" for n in range(6)]


def test_a_year_left_out_comes_from_the_addresses() -> None:
    rows = "".join(
        f"<li><strong><a href='/view/AKR2019123{n}000'>{title}</a></strong><p>{SENTENCE}</p>"
        f"<span class='time'>12-3{n} 1{n}:05</span></li>"
        for n, title in enumerate(HEADLINES[:2])
    )
    dates = [item.published for item in read(in_page(f"<ul>{rows}</ul>")).items]
    assert [date.isoformat()[:10] for date in dates if date] == ["2019-12-30", "2019-12-31"]


def test_an_english_blog() -> None:
    titles = [f"How the harbour town number {n} learned to sail again" for n in range(5)]
    meta = (
        "<p class='meta'>Posted on <a href='{link}'>November {day}, 2026</a> by <a rel='author' href='/ann'>Ann</a></p>"
    )
    posts = "".join(
        f"<div id='post-{n}' class='post-{n} post'><h2 class='entry-title'><a href='/2026/{n}-sail'>{title}"
        f"</a></h2>{meta.format(link=f'/2026/{n}-sail', day=n + 1)}<p>Some words of the story stand here for everyone."
        f"</p><a class='more-link' href='/2026/{n}-sail'>Read more</a></div>"
        for n, title in enumerate(titles)
    )
    side = (
        "<ul class='widget'>"
        + "".join(f"<li><a href='/tag/{n}'>a label of things {n}</a></li>" for n in range(30))
        + "</ul>"
    )
    html = f"<html lang='en'><body><div id='main'>{posts}</div><div id='sidebar'>{side}</div>"
    found = read(html + "<a href='/page/2/'>Older posts</a></body></html>", "https://blog.example.com/")
    assert [item.title for item in found.items] == titles
    assert [item.published.isoformat() for item in found.items if item.published] == [
        f"2026-11-0{n}" for n in range(1, 6)
    ]
    assert all(item.summary == "Some words of the story stand here for everyone." for item in found.items)
    assert found.next_page == "https://blog.example.com/page/2/"


def test_encoded_korean_slugs_and_relative_addresses() -> None:
    rows = "".join(f"<li><h4><a href='../entry/{title.replace(' ', '-')}'>{title}</a></h4></li>" for title in HEADLINES)
    found = read(in_page(f"<ul>{rows}</ul>"), "https://blog.example.kr/category/일상")
    assert len(found.items) == 6
    assert all(item.url.startswith("https://blog.example.kr/entry/%") for item in found.items)


def test_a_front_page_gives_its_several_lists() -> None:
    blocks = "".join(
        f"<section><h2><a href='/s/{b}'>구역</a></h2><ul class='list{'ab'[b % 2]}'>"
        + "".join(f"<li><a href='/articles/{b}{n}'>{HEADLINES[n]} {b}</a></li>" for n in range(5))
        + "</ul></section>"
        for b in range(4)
    )
    found = read(in_page(blocks), "https://news.example.kr/")
    assert {item.url for item in found.items} == {
        f"https://news.example.kr/articles/{b}{n}" for b in range(4) for n in range(5)
    }


# ----------------------------------------------------------------------------------------------- items in scripts
def state() -> dict[str, object]:
    rows = [
        {
            "id": n,
            "title": title,
            "url": f"/articles/{n}",
            "publishedAt": f"2026-11-2{n % 3}T10:00:00+09:00",
            "summary": SENTENCE,
        }
        for n, title in enumerate(HEADLINES)
    ]
    return {
        "props": {
            "pageProps": {
                "feed": {"edges": [{"node": row} for row in rows]},
                "menu": [{"title": "정치", "url": "/p"}] * 4,
            }
        }
    }


@pytest.mark.parametrize(
    "script",
    [
        '<script id="__NEXT_DATA__" type="application/json">%s</script>',
        "<script>window.__INITIAL_STATE__ = %s;(function(){})()</script>",
        "<script>var x=1;window.__STATE__=%s;</script>",
    ],
)
def test_items_of_an_infinite_scroll_shell(script: str) -> None:
    found = read(f"<body><div id='__next'></div>{script % json.dumps(state())}</body>")
    assert [item.title for item in found.items] == HEADLINES
    assert found.items[1].url == "https://news.example.kr/articles/1"
    assert found.items[1].summary == SENTENCE
    assert all(item.published for item in found.items)
    assert "scripts" in found.reason


# ---------------------------------------------------------------------------------------------------- pagination
@pytest.mark.parametrize(
    ("url", "pages", "expected"),
    [
        ("/list", "<link rel='next' href='/list?page=2'>", "/list?page=2"),
        (
            "/list",
            "<a href='/list?page=2'>2</a><a href='/list?page=3'>3</a><a href='/list?page=9'>다음</a>",
            "/list?page=2",
        ),
        ("/list?page=3&q=a", "<a href='?page=2&q=a'>2</a><a href='?page=4&q=a'>4</a>", "/list?page=4&q=a"),
        ("/list?page=10", "<a class='prev' href='?page=9'>이전</a><a href='?page=11'>다음</a>", "/list?page=11"),
        (
            "/blog/page/2/",
            "<a href='/blog/page/1/'>Newer posts</a><a href='/blog/page/3/'>Older posts</a>",
            "/blog/page/3/",
        ),
        ("/list", "<a href='/list?offset=20&n=1' class='more'>더보기</a>", "/list?offset=20&n=1"),
        (
            "/list?start=20",
            "<a href='?start=0'>1</a><a href='?start=40'>3</a><a href='?start=60'>4</a>",
            "/list?start=40",
        ),
        ("/section", "<a href='/section/2'>2</a>", "/section/2"),
        ("/list", "<a rel='next' href='https://elsewhere.example.org/list?page=2'>다음</a>", None),
        ("/list?q=a", "<a href='/list?q=daum'>다음</a>", None),
        ("/list", "", None),
    ],
)
def test_next_page(url: str, pages: str, expected: str | None) -> None:
    found = read(
        in_page(f"<div class='wrap'>{cards()}</div><div class='paging'>{pages}</div>"), f"https://news.example.kr{url}"
    )
    assert len(found.items) == 6
    assert found.next_page == (f"https://news.example.kr{expected}" if expected else None)


# ------------------------------------------------------------------------------------------------ no list, bad input
@pytest.mark.parametrize(
    "body",
    [
        "<body></body>",
        "<body><p>Nothing here</p></body>",
        CHROME_TOP + "<p>" + SENTENCE + "</p></body>",
        "<body><a href='/one'>하나뿐인 링크가 있는 페이지입니다 정말로</a></body>",
        "<body><a href='javascript:void(0)'>아무 데도 가지 않는 링크 하나</a>"
        "<a href='mailto:a@b.kr'>메일로 가는 긴 링크 하나</a></body>",
    ],
)
def test_no_list_is_an_answer_with_a_reason(body: str) -> None:
    found = read(body)
    assert found.items == ()
    assert found.next_page is None
    assert found.confidence == 0
    assert found.reason


def test_same_bytes_same_result() -> None:
    assert read(portal()) == read(portal())


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_mutation_is_survived(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from([portal(), in_page(cards()), in_page(rows_of_table())]))
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(len(whole), start + 200)))
    read(whole[:start] + data.draw(st.text(max_size=30)) + whole[end:])


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=500))
def test_any_bytes_are_survived(body: bytes) -> None:
    page = Page(url=URL, final_url=URL, status=200, headers={}, body=body, fetched_at=NOW)
    extract_listing(parse_document(page), Hints())


@pytest.mark.parametrize(
    "piece",
    [
        "<div>",
        "<a href='/a'>",
        "<ul><li><a href='/x'>하나의 긴 제목 같은 것이 있다</a>",
        "<p><a href='/%d'>제목처럼 넓은 글이 여기에 있다</a> 2024.03.28 16:05",
        "<b class='a b c d'>",
        "<table><tr><td><a href='/%d'>제목처럼 넓은 글이 여기에 있다 %d</a>",
        "<li><a href='/%d'>%d번째 제목처럼 넓은 글이 여기에</a></li>",
    ],
)
def test_time_grows_no_faster_than_size(piece: str) -> None:
    def made(count: int) -> Document:
        body = "<body>" + "".join(piece.replace("%d", str(n)) for n in range(count))
        page = Page(url=URL, final_url=URL, status=200, headers={}, body=body.encode(), fetched_at=NOW)
        return parse_document(page)

    assert growth(made, lambda document: extract_listing(document, Hints()), 125) < FAR_BELOW_QUADRATIC
