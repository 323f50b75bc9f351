"""Listings in the manner of real sites: every item, nothing else, in order, as shown."""

# ruff: noqa: E501 - markup of real sites comes in long lines

from __future__ import annotations

import json
from urllib.parse import urljoin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extract import extract
from crawler.items import Extraction, Hints, Page, PageKind
from tests.growth import FAR_BELOW_QUADRATIC, growth
from tests.listing_pages import (
    END_EN,
    END_KO,
    ENGLISH,
    KOREAN,
    LEAD,
    NOW,
    TEASER,
    TOP_EN,
    TOP_KO,
    ListingPage,
    menu,
    page,
)
from tests.listing_pages_kinds import PAGES


def read(page: ListingPage) -> Extraction:
    got = Page(url=page.url, final_url=page.url, status=200, headers={}, body=page.html.encode(), fetched_at=NOW)
    return extract(got, Hints(expect=PageKind.LISTING))


@pytest.mark.parametrize("name", PAGES)
def test_items_as_shown(name: str) -> None:
    page = PAGES[name]
    found = read(page)
    assert found.kind is PageKind.LISTING, found.reason
    assert [(item.url, item.title) for item in found.items] == [
        (urljoin(page.url, seen.url), seen.title) for seen in page.items
    ]
    for item, seen in zip(found.items, page.items, strict=True):
        if seen.date is not None:
            assert (item.published.isoformat() if item.published else "")[: len(seen.date) or None] == seen.date
        if seen.summary is not None:
            assert item.summary == seen.summary
        if seen.outlet is not None:
            assert item.outlet == seen.outlet
        if seen.author is not None:
            assert item.authors == (seen.author,)
        assert item.truncated == seen.truncated
        if seen.text is not None:
            assert item.text == seen.text
        if seen.image is not None:
            assert item.image is not None
            assert item.image.url == urljoin(page.url, seen.image)


@pytest.mark.parametrize("name", PAGES)
def test_next_page(name: str) -> None:
    page = PAGES[name]
    assert read(page).next_page == (urljoin(page.url, page.next_page) if page.next_page else None)


# -------------------------------------------------------------------------------------------------------- no list at all
TAGS = "".join(f"<a href='/tag/{n}' class='cloud{n % 5}'>tag number {n}</a> " for n in range(60))
DAYS = "".join(f"<td><a href='/archive/2026/11/{n}'>{n}</a></td>" for n in range(1, 30))
MENUS = json.dumps({"menu": [{"title": f"A section of the site {n}", "id": n} for n in range(9)], "user": None})
WITHOUT_LIST = {
    "menus and a footer": page("ko", f"{TOP_KO}<div id='content'><h2>찾아오시는 길</h2><p>{LEAD}</p></div>{END_KO}"),
    "a cloud of tags": page("en", f"{TOP_EN}<main><div class='tagcloud'>{TAGS}</div></main>{END_EN}"),
    "a calendar": page("en", f"{TOP_EN}<main><table class='calendar'><tr>{DAYS}</tr></table></main>{END_EN}"),
    "a shell without its state": page("ko", "<div id='root'></div><script src='/app.js'></script>"),
    "a shell with menus in its state": page("en", f"<div id='app'></div><script>window.__STATE__ = {MENUS}</script>"),
    "months of an archive": page(
        "en",
        f"{TOP_EN}<main><ul>"
        + "".join(f"<li><a href='/2026/{n:02}'>Month {n:02}/2026 (1{n})</a></li>" for n in range(1, 12))
        + f"</ul></main>{END_EN}",
    ),
    "a form to log in": page("ko", f"{TOP_KO}<form><input name='id'><input type='password'></form>{END_KO}"),
    "pages of numbers": page("en", "<div>" + "".join(f"<a href='?page={n}'>{n}</a>" for n in range(30)) + "</div>"),
    "scripts behind every link": page(
        "ko",
        "<ul>" + "".join(f"<li><a href='#' onclick='go({n})'>{t}</a></li>" for n, t in enumerate(KOREAN)) + "</ul>",
    ),
    "nothing": page("en", menu()),
}


@pytest.mark.parametrize("name", WITHOUT_LIST)
def test_no_list_is_an_answer_with_a_reason(name: str) -> None:
    found = read(ListingPage("https://www.ledger.example/about", WITHOUT_LIST[name], ()))
    assert found.kind is PageKind.OTHER, found.items
    assert found.items == ()
    assert found.next_page is None
    assert found.reason


# ---------------------------------------------------------------------------------------------------- robust and bounded
def test_the_same_page_gives_the_same_answer() -> None:
    for one in PAGES.values():
        assert read(one) == read(one)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_any_damage_is_survived(data: st.DataObject) -> None:
    one = PAGES[data.draw(st.sampled_from(sorted(PAGES)))]
    whole = one.html[:20_000]
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(len(whole), start + 400)))
    junk = data.draw(
        st.sampled_from(["", "<a href='", "</table>", "<svg><svg>", "<!--", "<b title='>'>", "\0", "&#0;", "<br>" * 50])
    )
    read(ListingPage(one.url, whole[:start] + junk + whole[end:], ()))


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.just("/a/b") | st.just("$1"),
        lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from(["title", "url", "date", "list", "__ref", "id"]), inner),
        max_leaves=40,
    )
)  # fmt: skip
def test_any_state_is_survived(state: object) -> None:
    script = f"<script>window.__STATE__ = {json.dumps(state)}</script>"
    read(ListingPage("https://www.hanbit.example/latest", page("ko", f"<div id='app'></div>{script}"), ()))


ROW = "<li><a href='/n/%d'><b>%d번째 기사 제목이 여기에 길게 있다</b></a><p>그 기사의 요약 문장이 이어진다.</p><span class='date'>2026.11.20</span></li>"
SHAPES = {
    "records": lambda n: "<ul>" + "".join(ROW.replace("%d", str(k)) for k in range(n)) + "</ul>",
    "records in boxes": lambda n: "".join(f"<section><h3>{k}</h3><ul>{ROW.replace('%d', str(k))}</ul></section>" for k in range(n)),
    "records side by side": lambda n: "".join(f"<a href='/n/{k}'>제목이라 할 만큼 넓은 글 {k}</a>2026.11.20<br>" for k in range(n)),
    "a record of many links": lambda n: ROW.replace("%d", "1") + "<p><a href='/n/1'>같은 곳으로 가는 긴 링크의 글</a></p>" * n,
    "a record of many lines": lambda n: f"<ul>{ROW.replace('%d', '1') * 3}<li><a href='/n/2'>두 번째 기사 제목이 여기에 있다</a>" + "<p>짧은 줄 하나</p>" * n,
    "dates": lambda n: "<ul>" + ROW.replace("%d", "1") * 3 + "<li><a href='/n/2'>두 번째 기사 제목이 여기에 있다</a>" + "<i>2026.11.2</i>" * n,
    "kinds of links": lambda n: "".join(f"<p class='k{chr(97 + k % 26)}{chr(97 + k // 26 % 26)}'><a href='/n/{k}'>제목이라 할 만큼 넓은 글 {k}</a></p>" for k in range(n)),
    "pages": lambda n: "<ul>" + ROW.replace("%d", "1") * 4 + "</ul>" + "".join(f"<a href='?page={k}'>{k}</a>" for k in range(n)),
    "scripted pages": lambda n: "<ul>" + ROW.replace("%d", "1") * 4 + "</ul>" + "".join(f"<a href='javascript:go({k})'>{k}</a>" for k in range(n)),
    "nested svg": lambda n: "<ul>" + "".join(ROW.replace("%d", str(k)) for k in range(9)) + "</ul>" + "<svg>" * n,
    "titles twice": lambda n: "".join(f"<li><a href='/n/{k}'><span>제목 하나가 여기에</span> <span>제목 하나가 여기에</span></a></li>" for k in range(n)),
    "pictures": lambda n: "".join(f"<a href='/n/{k}'><img src='/{k}.jpg' alt='제목이라 할 만큼 넓은 글 {k}'></a>" for k in range(n)),
    "a big state": lambda n: "<script>window.__STATE__ = " + json.dumps([{"title": f"제목이라 할 만한 것 {k}", "url": f"/n/{k}"} for k in range(n)]) + "</script>",
    "states in lists": lambda n: "<script>window.__STATE__ = " + json.dumps([[{"title": f"제목이라 할 만한 것 {k}", "url": f"/n/{k}"}] * 3 for k in range(n)]) + "</script>",
    "searches": lambda n: '<script type="application/ld+json">' + json.dumps([{"@type": "SearchAction", "target": "/?q={q}"}] * n) + "</script>" + ROW * 3,
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_work_grows_with_the_page_and_not_with_its_square(shape: str) -> None:
    made = SHAPES[shape]
    read(ListingPage("https://www.hanbit.example/list?page=2", page("ko", made(2)), ()))
    grown = growth(lambda n: ListingPage("https://www.hanbit.example/list?page=2", page("ko", made(n)), ()), read, 120)
    assert grown < FAR_BELOW_QUADRATIC


# ------------------------------------------------------------------------------------------------- order of front pages
def _boxes(titles: list[str], first: int) -> str:
    kind, tag = ("lead", "h2") if first == 0 else ("card", "h3")
    cards = "".join(
        f"<div class='{kind}'><{tag}><a href='/story/{first + n}'>{title}</a></{tag}><p>{TEASER}</p></div>"
        for n, title in enumerate(titles)
    )
    return f"<section class='{kind}s'><h2>Desk {first}</h2>{cards}</section>"


def _read_most(*numbers: int) -> str:
    titles = [*ENGLISH, *FURTHER]
    rows = "".join(f"<li><a href='/story/{n}'>{titles[n]}</a></li>" for n in numbers)
    return f"<div class='most-read'><h4>Most read</h4><ol>{rows}</ol></div>"


FURTHER = [title.replace(" ", " once more ", 1) for title in ENGLISH]


def order(url: str, before: str) -> list[int]:
    boxes = "".join(_boxes([*ENGLISH, *FURTHER][at : at + 4], at) for at in range(0, 16, 4))
    html = page("en", f"{menu('News', 'Sport')}{before}<div class='front'>{boxes}</div>")
    found = read(ListingPage(url, html, ()))
    return [int(item.url.rsplit("/", 1)[1]) for item in found.items]


def test_on_a_front_page_an_item_stands_where_it_is_told_first() -> None:
    assert order("https://ledger.example/", "") == [*range(16)]
    most = [9, 2, 14]
    assert order("https://ledger.example/", _read_most(*most)) == [*most, *(n for n in range(16) if n not in most)]


def test_pictures_and_menus_before_do_not_place_an_item() -> None:
    pictures = "".join(f"<a href='/story/{n}'><img src='/i/{n}.jpg' alt=''></a>" for n in (9, 2, 14))
    menus = "".join(f"<li><a href='/story/{n}'>{[*ENGLISH, *FURTHER][n]}</a></li>" for n in (9, 2, 14))
    assert order("https://ledger.example/", f"<div class='strip'>{pictures}</div>") == [*range(16)]
    assert order("https://ledger.example/", f"<nav><ul>{menus}</ul></nav>") == [*range(16)]


def test_on_other_pages_the_main_list_tells_the_order() -> None:
    assert order("https://ledger.example/news/", _read_most(9, 2, 14)) == [*range(16)]
