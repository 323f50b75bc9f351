"""Listing pages in the manner of real sites, with what a person sees on them: `PAGES`."""

# ruff: noqa: E501 - markup of real sites comes in long lines

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
"""12:00 on a Sunday in Seoul."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One item as shown: path or address, title, date (beginning of ISO 8601 in the publisher's zone), and more."""

    url: str
    title: str
    date: str | None = None
    summary: str | None = None
    outlet: str | None = None
    author: str | None = None
    image: str | None = None
    text: str | None = None
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class ListingPage:
    """A page and what is on it; `whole` when nothing else is an item."""

    url: str
    html: str
    items: tuple[Seen, ...]
    next_page: str | None = None
    may_have: frozenset[str] = field(default=frozenset())


PAGES: dict[str, ListingPage] = {}

KOREAN = [
    "정부, 내년 예산 656조 확정…복지·R&D 늘린다",
    "[포토] 첫눈 내린 설악산, 등산객 발길 이어져",
    "“월세 내고 나면 남는 게 없어요” 청년 열 명의 가계부",
    "삼척 앞바다서 멸종위기 물개 20년 만에 포착",
    "시내버스 준공영제 손질…적자 노선 어떻게 되나",
    "겨울 배추 가격 반 토막, 농민들 “갈아엎을 판”",
    "동네 서점 백 곳에 불이 켜진다…심야 책방 확대",
    "지하철 9호선 새 열차 24칸 투입, 혼잡 줄어들까",
]
ENGLISH = [
    "Council votes to reopen the old ferry line after ten years",
    "Why the harbour's last boatbuilder refuses to retire",
    "How a library in a lighthouse found its readers",
    "Storm warnings extended to the whole northern coast",
    "A bakery, a bridge and a very long argument",
    "Voters reject plan for a second airport",
    "The quiet return of the night train",
    "Scientists map the seabed beneath the sound",
]
LEAD = "지역 주민들은 오늘 오후 시청 앞에서 모임을 열고 달라진 계획을 하나씩 짚어 보았다."
TEASER = "Residents met on Tuesday evening to hear what the plan would mean for their street."


def page(lang: str, body: str, head: str = "", title: str = "Listing") -> str:
    return f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>{head}</head><body>{body}</body></html>'


def menu(*names: str) -> str:
    return (
        "<nav class='gnb'><ul>"
        + "".join(f"<li><a href='/m/{n}'>{name}</a></li>" for n, name in enumerate(names))
        + "</ul></nav>"
    )


TOP_KO = (
    "<header class='header'><h1><a href='/'>한빛신문</a></h1>"
    + menu("정치", "경제", "사회", "국제", "문화", "스포츠", "오피니언")
    + "</header>"
)
TOP_EN = (
    "<header><a href='/' class='logo'>The Harbour Ledger</a>"
    + menu("News", "Sport", "Culture", "Opinion", "Weather", "About us")
    + "</header>"
)
END_KO = "<footer id='footer'><ul><li><a href='/company'>회사소개 및 연혁</a></li><li><a href='/youth'>청소년보호정책 책임자 안내</a></li><li><a href='/privacy'>개인정보처리방침 전문 보기</a></li></ul><p>서울시 중구 세종대로 1 대표전화 02-000-0000</p></footer>"
END_EN = "<footer><a href='/privacy'>Privacy policy and your choices</a><a href='/terms'>Terms and conditions of use</a><a href='/jobs'>Work with us at the Ledger</a></footer>"
MOST_READ_KO = (
    "<div class='aside_box'><h3>많이 본 뉴스</h3><ol>"
    + "".join(
        f"<li><em>{n + 1}</em><a href='/news/articleView.html?idxno=9{n}'>독자들이 어제 가장 많이 읽은 다른 기사 {n + 1}번</a></li>"
        for n in range(10)
    )
    + "</ol></div>"
)


def add(
    name: str, url: str, html: str, items: list[Seen], next_page: str | None = None, may_have: list[str] | None = None
) -> None:
    PAGES[name] = ListingPage(url, html, tuple(items), next_page, frozenset(may_have or ()))


# -------------------------------------------------------------------------------------------------- Korean newspapers
def _section() -> None:
    rows = "".join(
        f"<li><div class='thumb'><a href='/news/articleView.html?idxno=10{n}'><img src='/thumb/10{n}.jpg' alt=''></a></div>"
        f"<h4 class='titles'><a href='/news/articleView.html?idxno=10{n}' target='_top'>{title}</a></h4>"
        f"<p class='lead line-6x2'><a href='/news/articleView.html?idxno=10{n}'>{LEAD}</a></p>"
        f"<span class='byline'><em>경제</em><em>김하늘 기자</em><em>2026.11.2{n % 2} 1{n}:05</em></span></li>"
        for n, title in enumerate(KOREAN)
    )
    pages = (
        "<ul class='pagination'><li class='active'><a href='#'>1</a></li>"
        + "".join(
            f"<li><a href='/news/articleList.html?page={n}&amp;sc_section_code=S1N2'>{n}</a></li>" for n in range(2, 11)
        )
        + "<li class='pagination-next'><a href='/news/articleList.html?page=11&amp;sc_section_code=S1N2'>다음</a></li></ul>"
    )
    add(
        "korean section with thumb, lead and byline",
        "https://www.hanbit.example/news/articleList.html?sc_section_code=S1N2",
        page("ko", f"{TOP_KO}<section id='section-list'><ul class='type2'>{rows}</ul>{pages}</section><aside>{MOST_READ_KO}</aside>{END_KO}"),
        [Seen(f"/news/articleView.html?idxno=10{n}", title, f"2026-11-2{n % 2}T1{n}:05", LEAD, image=f"/thumb/10{n}.jpg") for n, title in enumerate(KOREAN)],
        "/news/articleList.html?page=2&sc_section_code=S1N2",
    )  # fmt: skip


def _portal_section() -> None:
    rows = "".join(
        f"<li class='sa_item _SECTION_HEADLINE'><div class='sa_item_inner'><div class='sa_thumb'><a href='https://n.portal.example/mnews/article/001/00{n}' class='sa_thumb_link'><img data-src='https://img.portal.example/{n}.jpg' alt='{title}'></a></div>"
        f"<div class='sa_text'><a href='https://n.portal.example/mnews/article/001/00{n}' class='sa_text_title'><strong class='sa_text_strong'>{title}</strong></a><div class='sa_text_lede'>{LEAD}</div>"
        f"<div class='sa_text_info'><div class='sa_text_press'>{press}</div><div class='sa_text_datetime'><b>{ago}</b></div><a href='https://n.portal.example/mnews/article/comment/001/00{n}' class='sa_text_cmt'>{n * 3}</a></div></div></div></li>"
        for n, (title, ago, press) in enumerate(
            zip(
                KOREAN,
                ["방금", "3분전", "25분 전", "1시간전", "3시간 전", "어제", "2일전", "11시간전"],
                ["한빛일보", "남해신문", "연합소식", "바다경제", "한빛일보", "동해방송", "산들일보", "강변TV"],
                strict=True,
            )
        )
    )
    dates = [
        "2026-11-22T12:00",
        "2026-11-22T11:57",
        "2026-11-22T11:35",
        "2026-11-22T11:00",
        "2026-11-22T09:00",
        "2026-11-21",
        "2026-11-20",
        "2026-11-22T01:00",
    ]
    add(
        "portal section with relative times",
        "https://news.portal.example/section/101",
        page("ko", f"{TOP_KO}<div class='section_latest'><ul class='sa_list'>{rows}</ul></div><div class='section_more'><a class='section_more_inner' data-cursor='20' href='#'>기사 더보기</a></div><div class='section_rank'><h3>언론사별 가장 많이 본 뉴스</h3><ul>{''.join(f'<li><a href=https://n.portal.example/mnews/ranking/article/9{n}>랭킹에 오른 다른 기사 제목이 여기에 있다 {n}</a></li>' for n in range(5))}</ul></div>{END_KO}"),
        [Seen(f"https://n.portal.example/mnews/article/001/00{n}", title, date, LEAD, press) for n, (title, date, press) in enumerate(zip(KOREAN, dates, ["한빛일보", "남해신문", "연합소식", "바다경제", "한빛일보", "동해방송", "산들일보", "강변TV"], strict=True))],
    )  # fmt: skip


def _hash_classes() -> None:
    names = ["xK9a", "b7Qz", "f0Lm", "Zz81", "q2We", "h5Ty", "mN3o", "pP4r"]
    rows = "".join(
        f"<div class='css-{name} e1abc{n}'><a class='css-{name}a' href='/article/{1000 + n}'><div class='css-1t{n}y'><img src='https://cdn.hanbit.example/{n}.webp'></div><div><p class='css-9{name}'>{title}</p><p class='css-8{name}'>{LEAD}</p><span class='css-7{name}'>2026.11.{10 + n}.</span></div></a></div>"
        for n, (name, title) in enumerate(zip(names, KOREAN, strict=True))
    )
    add(
        "one anchor around each card, hash-named classes",
        "https://www.hanbit.example/tag/%EC%98%88%EC%82%B0",
        page("ko", f"<div id='root'><div class='css-0'>{TOP_KO}<div class='css-aa1'>{rows}</div>{END_KO}</div></div>"),
        [Seen(f"/article/{1000 + n}", title, f"2026-11-{10 + n}", LEAD) for n, title in enumerate(KOREAN)],
    )  # fmt: skip


def _board() -> None:
    rows = "".join(
        f"<tr><td class='num'>{512 - n}</td><td class='subject'><a href='/board/view.do?boardId=press&amp;seq={512 - n}&amp;page=1' title='{title}'>{title[:16]}…</a></td><td>홍보담당관</td><td>2026-11-{20 - n:02}</td><td>{1200 - 31 * n}</td><td><a href='/file/{n}.hwp'><img src='/icon/hwp.gif' alt='첨부파일'></a></td></tr>"
        for n, title in enumerate(KOREAN)
    )
    pages = (
        "<div class='paginate'><a href='?boardId=press&amp;pageIndex=1' class='first'>처음</a><strong>1</strong>"
        + "".join(f"<a href='?boardId=press&amp;pageIndex={n}'>{n}</a>" for n in range(2, 11))
        + "<a class='next' href='?boardId=press&amp;pageIndex=11'>다음 10페이지</a></div>"
    )
    add(
        "government press releases in a table",
        "https://www.city.example/board/list.do?boardId=press",
        page("ko", f"{TOP_KO}<div id='contents'><h2>보도자료</h2><p>총 512건</p><table class='board_list'><caption>보도자료 목록: 번호, 제목, 부서, 등록일, 조회수, 첨부</caption><thead><tr><th>번호</th><th>제목</th><th>담당부서</th><th>등록일</th><th>조회</th><th>첨부</th></tr></thead><tbody>{rows}</tbody></table>{pages}</div>{END_KO}"),
        [Seen(f"/board/view.do?boardId=press&seq={512 - n}&page=1", title, f"2026-11-{20 - n:02}") for n, title in enumerate(KOREAN)],
        "/board/list.do?boardId=press&pageIndex=2",
    )  # fmt: skip


def _board_onclick() -> None:
    rows = "".join(
        f"<tr><td>{8 - n}</td><td class='left'><a href='#' onclick=\"location.href='/news/view?no={70 + n}'; return false;\">{title}</a></td><td>26-11-{20 - n:02}</td></tr>"
        for n, title in enumerate(KOREAN)
    )
    add(
        "links by onclick that tell their address",
        "https://www.office.example/news/list",
        page("ko", f"{TOP_KO}<div class='content'><table><tbody>{rows}</tbody></table></div>{END_KO}"),
        [Seen(f"/news/view?no={70 + n}", title, f"2026-11-{20 - n:02}") for n, title in enumerate(KOREAN)],
    )  # fmt: skip


def _data_href() -> None:
    rows = "".join(
        f"<li class='news-item' data-href='/story/{title[:2]}-{n}'><strong>{title}</strong><p>{LEAD}</p><time datetime='2026-11-2{n % 2}T0{n}:30:00+09:00'>0{n}:30</time></li>"
        for n, title in enumerate(KOREAN)
    )
    add(
        "rows with data-href instead of links",
        "https://app.hanbit.example/latest",
        page("ko", f"{TOP_KO}<main><ul>{rows}</ul></main>{END_KO}"),
        [Seen("/story/" + quote(title[:2]) + f"-{n}", title, f"2026-11-2{n % 2}T0{n}:30", LEAD) for n, title in enumerate(KOREAN)],
    )  # fmt: skip


def _flash_news() -> None:
    times = ["11:59", "11:58", "11:58", "11:30", "10:02", "09:41", "08:00", "07:15"]
    rows = "".join(
        f"<li><span class='time'>{time}</span> <a href='/flash/{300 + n}'>{title}</a></li>"
        for n, (time, title) in enumerate(zip(times, KOREAN, strict=True))
    )
    add(
        "flash news with times of today alone",
        "https://www.hanbit.example/flash",
        page("ko", f"{TOP_KO}<div class='flash_list'><h2>속보</h2><ul>{rows}</ul></div>{END_KO}"),
        [Seen(f"/flash/{300 + n}", title, f"2026-11-22T{time}") for n, (time, title) in enumerate(zip(times, KOREAN, strict=True))],
    )  # fmt: skip


def _month_and_day() -> None:
    rows = "".join(
        f"<div class='item'><a href='/read/{n}'>{title}</a><span>{f'11-{21 - n:02}' if n < 6 else f'12-{31 - n:02}'}</span></div>"
        for n, title in enumerate(KOREAN)
    )
    add(
        "month and day alone, over the turn of a year",
        "https://m.hanbit.example/list",
        page("ko", f"{TOP_KO}<div class='list'>{rows}</div>{END_KO}"),
        [Seen(f"/read/{n}", title, f"2026-11-{21 - n:02}" if n < 6 else f"2025-12-{31 - n:02}") for n, title in enumerate(KOREAN)],
    )  # fmt: skip


def _afternoon() -> None:
    rows = "".join(
        f"<li><a href='/a/{n}'><span class='tit'>{title}</span><span class='press'>한빛일보</span><span class='date'>2026.11.21. 오후 {n + 1}:20</span></a></li>"
        for n, title in enumerate(KOREAN)
    )
    add(
        "korean half days",
        "https://www.hanbit.example/press/001",
        page("ko", f"{TOP_KO}<ul class='list_press'>{rows}</ul>{END_KO}"),
        [Seen(f"/a/{n}", title, f"2026-11-21T{n + 13}:20", outlet="한빛일보") for n, title in enumerate(KOREAN)],
    )  # fmt: skip


def _ranking() -> None:
    rows = "".join(
        f"<li><a href='/rank/article/{n}'><em class='list_ranking_num'>{n + 1}</em><div class='list_content'><strong>{title}</strong><span class='list_time'>{n + 1}시간전</span></div></a></li>"
        for n, title in enumerate(KOREAN)
    )
    add(
        "a ranking, which is the page's own list",
        "https://www.hanbit.example/ranking",
        page("ko", f"{TOP_KO}<div class='content'><h2>오늘의 랭킹</h2><ul class='rankingnews_list'>{rows}</ul></div>{END_KO}"),
        [Seen(f"/rank/article/{n}", title) for n, title in enumerate(KOREAN)],
    )  # fmt: skip


def _badges() -> None:
    rows = "".join(
        f"<li><a href='/v/{n}'><span class='badge'>단독</span><span class='cate'>사회</span> {title} <span class='cmt'>[{n + 2}]</span></a><span class='dt'>2026/11/{20 - n:02}</span></li>"
        for n, title in enumerate(KOREAN)
    )
    add(
        "section, badge and comment count in the title's link",
        "https://www.hanbit.example/society",
        page("ko", f"{TOP_KO}<div class='sub_list'><ul>{rows}</ul></div>{END_KO}"),
        [Seen(f"/v/{n}", title, f"2026-11-{20 - n:02}") for n, title in enumerate(KOREAN)],
    )  # fmt: skip


def _numbered() -> None:
    rows = "".join(f"<p><a href='/top/{n}'>{n + 1}. {title}</a></p>" for n, title in enumerate(KOREAN))
    add(
        "numbers before titles",
        "https://www.hanbit.example/top",
        page("ko", f"{TOP_KO}<div id='main'>{rows}</div>{END_KO}"),
        [Seen(f"/top/{n}", title) for n, title in enumerate(KOREAN)],
    )


def _ranks_in_text() -> None:
    rows = "".join(
        f"<li><a href='/top/{n}'><span>{n + 1}위</span><span>{title}</span></a></li>" for n, title in enumerate(KOREAN)
    )
    add(
        "ranks before titles in the same line",
        "https://www.hanbit.example/top10",
        page("ko", f"{TOP_KO}<div id='main'><ol>{rows}</ol></div>{END_KO}"),
        [Seen(f"/top/{n}", title) for n, title in enumerate(KOREAN)],
    )


def _images_only() -> None:
    rows = "".join(
        f"<div class='photo'><a href='/photo/{n}'><img src='/p/{n}.jpg' alt='{title}'></a></div>"
        for n, title in enumerate(KOREAN)
    )
    add(
        "pictures whose alt is the title",
        "https://www.hanbit.example/photo",
        page("ko", f"{TOP_KO}<div class='gallery'>{rows}</div>{END_KO}"),
        [Seen(f"/photo/{n}", title, image=f"/p/{n}.jpg") for n, title in enumerate(KOREAN)],
    )


def _doubled() -> None:
    rows = "".join(
        f"<li><a href='/d/{n}'><span>{title}</span> <span>{title}</span></a><i>2026-11-{20 - n:02} 10:00</i></li>"
        for n, title in enumerate(KOREAN)
    )
    add(
        "titles that stand twice, clamped and whole",
        "https://www.hanbit.example/clamped",
        page("ko", f"{TOP_KO}<ul class='cards'>{rows}</ul>{END_KO}"),
        [Seen(f"/d/{n}", title, f"2026-11-{20 - n:02}T10:00") for n, title in enumerate(KOREAN)],
    )


def _search_results() -> None:
    rows = "".join(
        f"<div class='group_news'><div class='info_group'><a href='https://press{n}.example/' class='info press'>언론사{n}</a><span class='info'>{n + 1}일 전</span><a href='https://n.portal.example/article/{n}' class='info'>네이버뉴스</a></div>"
        f"<a href='https://press{n}.example/news/{n}' class='news_tit' title='{title.replace('“', '').replace('”', '')}'>{title.replace('예산', '<mark>예산</mark>')}</a><div class='news_dsc'><a href='https://press{n}.example/news/{n}' class='api_txt_lines'>…{LEAD[:30]} <mark>예산</mark> {LEAD}...</a></div></div>"
        for n, title in enumerate(KOREAN)
    )
    pages = "<div class='sc_page'><a class='btn_prev' aria-disabled='true'>이전</a><a href='?where=news&amp;query=a&amp;start=1' aria-pressed='true'>1</a><a href='?where=news&amp;query=a&amp;start=11'>2</a><a href='?where=news&amp;query=a&amp;start=21'>3</a><a class='btn_next' href='?where=news&amp;query=a&amp;start=11'>다음</a></div>"
    add(
        "search results of a portal",
        "https://search.portal.example/search?where=news&query=a",
        page("ko", f"<div id='lnb'><ul>{''.join(f'<li><a href=?where={w}&query=a>{w}</a></li>' for w in ('블로그', '카페', '이미지', '뉴스'))}</ul></div><div class='related_srch'><ul>{''.join(f'<li><a href=?query=q{n}>함께 많이 찾는 검색어 {n}</a></li>' for n in range(8))}</ul></div><div id='main_pack'><section><ul class='list_news'>{rows}</ul></section>{pages}</div>{END_KO}"),
        [Seen(f"https://press{n}.example/news/{n}", title, f"2026-11-{21 - n:02}") for n, title in enumerate(KOREAN)],
        "/search?where=news&query=a&start=11",
    )  # fmt: skip


# --------------------------------------------------------------------------------------------------------------- blogs
def _tistory() -> None:
    rows = "".join(
        f"<div class='post-item'><a href='/{40 - n}' class='link_post'><span class='thum'><img src='//i1.cdn.example/thumb/{n}.png' alt=''></span><strong class='tit_post'>{title}</strong><span class='txt_post'>{LEAD} {LEAD}</span></a><div class='detail_info'><a href='/category/일상' class='link_cate'>일상</a><span class='txt_date'>2026. 11. {20 - n}.</span></div></div>"
        for n, title in enumerate(KOREAN)
    )
    side = (
        "<div class='sidebar'><div class='box_recent'><h3>최근글</h3><ul>"
        + "".join(f"<li><a href='/{90 - n}'>옆에 있는 최근 글 제목 {n}번째 글</a></li>" for n in range(5))
        + "</ul></div><div class='calendar'><table><tbody><tr>"
        + "".join(f"<td><a href='/archive/202611{n:02}'>{n}</a></td>" for n in range(1, 20))
        + "</tr></tbody></table><a href='/archive/202610' title='1개월 앞의 달력'>«</a><a href='/archive/202612' title='1개월 뒤의 달력'>»</a></div><div class='tag_cloud'>"
        + "".join(f"<a href='/tag/t{n}' class='cloud{n % 5}'>태그이름 {n}</a>" for n in range(40))
        + "</div></div>"
    )
    pages = "<div class='pagination'><a class='prev no-more-prev'>이전</a><a href='/?page=1'><span class='selected'>1</span></a><a href='/?page=2'><span>2</span></a><a href='/?page=3'><span>3</span></a><a href='/?page=2' class='next'>다음</a></div>"
    add(
        "tistory-like blog with calendar and tags",
        "https://ramen.blog.example/",
        page("ko", f"<div id='wrap'><header><h1><a href='/'>라면 먹는 오후</a></h1></header><div id='content'>{rows}{pages}</div>{side}<footer>© 라면</footer></div>"),
        [Seen(f"/{40 - n}", title, f"2026-11-{20 - n:02}", f"{LEAD} {LEAD}") for n, title in enumerate(KOREAN)],
        "/?page=2",
    )  # fmt: skip


def _naver_blog() -> None:
    rows = "".join(
        f"<tr><td class='title'><div class='wrap_td'><span class='ell2 pcol2'><a href='/PostView.naver?blogId=noodle&amp;logNo=22{n}&amp;categoryNo=0' class='pcol2 _setTop'>{title}</a></span></div></td><td class='date'><div class='wrap_td'><span class='date pcol2'>2026. 11. {20 - n}.</span></div></td></tr>"
        for n, title in enumerate(KOREAN)
    )
    pages = "<div class='blog2_paginate'><strong class='page pcol3'>1</strong><a href='/PostList.naver?blogId=noodle&amp;currentPage=2' class='page pcol2'>2</a><a href='/PostList.naver?blogId=noodle&amp;currentPage=3' class='page pcol2'>3</a><a href='/PostList.naver?blogId=noodle&amp;currentPage=11' class='next pcol2'>다음</a></div>"
    add(
        "naver-like blog list in a table",
        "https://blog.portal.example/PostList.naver?blogId=noodle",
        page("ko", f"<table class='blog2_list blog2_categorylist'><tbody>{rows}</tbody></table>{pages}"),
        [Seen(f"/PostView.naver?blogId=noodle&logNo=22{n}&categoryNo=0", title, f"2026-11-{20 - n:02}") for n, title in enumerate(KOREAN)],
        "/PostList.naver?blogId=noodle&currentPage=2",
    )  # fmt: skip


def _wordpress() -> None:
    months = [
        "November 20, 2026",
        "November 12, 2026",
        "October 30, 2026",
        "October 2, 2026",
        "September 9, 2026",
        "August 17, 2026",
        "July 1, 2026",
        "June 21, 2026",
    ]
    iso = [
        "2026-11-20",
        "2026-11-12",
        "2026-10-30",
        "2026-10-02",
        "2026-09-09",
        "2026-08-17",
        "2026-07-01",
        "2026-06-21",
    ]
    rows = "".join(
        f"<article id='post-{n}' class='post-{n} post type-post status-publish format-standard hentry category-news tag-sea'><header class='entry-header'><h2 class='entry-title'><a href='https://ledger.blog.example/2026/{n}/story-{n}/' rel='bookmark'>{title}</a></h2><div class='entry-meta'><span class='posted-on'>Posted on <a href='https://ledger.blog.example/2026/{n}/story-{n}/' rel='bookmark'><time class='entry-date published' datetime='{day}T09:0{n}:00+00:00'>{shown}</time></a></span><span class='byline'> by <span class='author vcard'><a class='url fn n' href='/author/ann/'>Ann Lee</a></span></span></div></header><div class='entry-content'><p>{TEASER} &hellip; <a href='https://ledger.blog.example/2026/{n}/story-{n}/' class='more-link'>Continue reading <span class='screen-reader-text'>{title}</span></a></p></div><footer class='entry-footer'><span class='cat-links'>Posted in <a href='/category/news/'>News</a></span><span class='comments-link'><a href='https://ledger.blog.example/2026/{n}/story-{n}/#respond'>Leave a comment</a></span></footer></article>"
        for n, (title, shown, day) in enumerate(zip(ENGLISH, months, iso, strict=True))
    )
    side = (
        "<aside id='secondary' class='widget-area'><section class='widget widget_recent_entries'><h2>Recent Posts</h2><ul>"
        + "".join(f"<li><a href='/2026/{n}/story-{n}/'>{title}</a></li>" for n, title in enumerate(ENGLISH[:5]))
        + "</ul></section><section class='widget widget_archive'><h2>Archives</h2><ul>"
        + "".join(f"<li><a href='/2026/{n:02}/'>Month number {n} 2026</a></li>" for n in range(1, 12))
        + "</ul></section></aside>"
    )
    add(
        "wordpress-like blog",
        "https://ledger.blog.example/",
        page("en", f"{TOP_EN}<main id='main'>{rows}<nav class='navigation posts-navigation'><h2 class='screen-reader-text'>Posts navigation</h2><div class='nav-links'><div class='nav-previous'><a href='https://ledger.blog.example/page/2/'>Older posts</a></div></div></nav></main>{side}{END_EN}"),
        [Seen(f"/2026/{n}/story-{n}/", title, f"{day}T09:0{n}", author="Ann Lee") for n, (title, day) in enumerate(zip(ENGLISH, iso, strict=True))],
        "/page/2/",
    )  # fmt: skip


def _ghost() -> None:
    rows = "".join(
        f"<article class='post-card post {'featured' if n == 0 else ''}'><a class='post-card-image-link' href='/story-{n}/'><img class='post-card-image' srcset='/size/w300/{n}.jpg 300w' src='/size/w600/{n}.jpg' alt='{title}' loading='lazy'></a><div class='post-card-content'><a class='post-card-content-link' href='/story-{n}/'><header class='post-card-header'><div class='post-card-tags'><span class='post-card-primary-tag'>Letters</span></div><h2 class='post-card-title'>{title}</h2></header><div class='post-card-excerpt'>{TEASER}</div></a><footer class='post-card-meta'><time class='post-card-meta-date' datetime='2026-11-{20 - n:02}'>{20 - n} Nov 2026</time><span class='post-card-meta-length'>{n + 2} min read</span></footer></div></article>"
        for n, title in enumerate(ENGLISH)
    )
    add(
        "ghost-like cards, the first of them big",
        "https://letters.example.com/",
        page("en", f"{TOP_EN}<main class='site-main outer'><div class='inner posts'><div class='post-feed'>{rows}</div></div></main>{END_EN}", "<link rel='next' href='https://letters.example.com/page/2/'>"),
        [Seen(f"/story-{n}/", title, f"2026-11-{20 - n:02}", TEASER, image=f"/size/w600/{n}.jpg") for n, title in enumerate(ENGLISH)],
        "/page/2/",
    )  # fmt: skip


def _substack() -> None:
    shown = ["Nov 21", "Nov 18", "Nov 11", "Nov 4", "Oct 28", "Oct 21", "Dec 30, 2025", "Dec 3, 2025"]
    iso = [
        "2026-11-21",
        "2026-11-18",
        "2026-11-11",
        "2026-11-04",
        "2026-10-28",
        "2026-10-21",
        "2025-12-30",
        "2025-12-03",
    ]
    rows = "".join(
        f"<div class='pencraft pc-display-flex container-H2dyKk'><div class='pencraft pc-gap-4'><div class='pencraft'><a data-testid='post-preview-title' href='https://sound.letters.example/p/story-{n}' class='pencraft pc-reset color-pub-primary'>{title}</a></div><div class='pencraft'><a href='https://sound.letters.example/p/story-{n}' class='pencraft pc-reset'>{TEASER}</a></div><div class='pencraft meta-x1'><time datetime='{day}T10:00:00.000Z'>{day_shown}</time> • <span><a href='https://sound.letters.example/@ann' class='pencraft byline'>Ann Lee</a></span></div></div><a href='https://sound.letters.example/p/story-{n}/comments' class='post-ufi-comment-button'>{n}</a></div>"
        for n, (title, day_shown, day) in enumerate(zip(ENGLISH, shown, iso, strict=True))
    )
    add(
        "substack-like archive",
        "https://sound.letters.example/archive",
        page("en", f"{TOP_EN}<div class='portable-archive-list'>{rows}</div>{END_EN}"),
        [Seen(f"/p/story-{n}", title, f"{day}T10:00", TEASER) for n, (title, day) in enumerate(zip(ENGLISH, iso, strict=True))],
    )  # fmt: skip


def _medium() -> None:
    rows = "".join(
        f"<article class='ab ac'><div class='l m'><div class='bg'><a rel='noopener follow' href='/@ann?source=x{n}'><p class='be b'>Ann Lee</p></a><p class='be b'>Nov {20 - n}</p></div><div class='n o'><a rel='noopener follow' href='/the-harbour/story-{n}-8f3a?source=collection_home{n}'><h2 class='be fv'>{title}</h2><div class='h'><h3 class='be c'>{TEASER}</h3></div></a></div><div class='p'><span>{n + 3} min read</span><a href='/tag/sea?source=y'>Sea</a><button>Save</button></div></div><a href='/the-harbour/story-{n}-8f3a?source=collection_home{n}'><img alt='{title}' src='https://miro.example/{n}.png'></a></article>"
        for n, title in enumerate(ENGLISH)
    )
    add(
        "medium-like publication",
        "https://medium.example/the-harbour",
        page("en", f"{TOP_EN}<div class='main'>{rows}</div>{END_EN}"),
        [Seen(f"/the-harbour/story-{n}-8f3a?source=collection_home{n}", title, f"2026-11-{20 - n:02}") for n, title in enumerate(ENGLISH)],
    )  # fmt: skip


# --------------------------------------------------------------------------------------------- odd markup, one page each
def _hacker_news() -> None:
    rows = "".join(
        f"<tr class='athing' id='{n}'><td align='right' class='title'><span class='rank'>{n + 31}.</span></td><td class='votelinks'><center><a id='up_{n}' href='vote?id={n}&amp;how=up&amp;goto=news%3Fp%3D2'><div class='votearrow' title='upvote'></div></a></center></td><td class='title'><span class='titleline'><a href='https://site{n}.example/story'>{title}</a><span class='sitebit comhead'> (<a href='from?site=site{n}.example'><span class='sitestr'>site{n}.example</span></a>)</span></span></td></tr>"
        f"<tr><td colspan='2'></td><td class='subtext'><span class='subline'><span class='score'>{n + 40} points</span> by <a href='user?id=u{n}' class='hnuser'>u{n}</a> <span class='age' title='2026-11-2{n % 2}T0{n}:00:00'><a href='item?id={n}'>{n + 1} hours ago</a></span> | <a href='hide?id={n}'>hide</a> | <a href='item?id={n}'>{n + 5}&nbsp;comments</a></span></td></tr><tr class='spacer' style='height:5px'></tr>"
        for n, title in enumerate(ENGLISH)
    )
    add(
        "hacker-news-like table, second page",
        "https://forum.example/news?p=2",
        page("en", f"<center><table id='hnmain'><tr><td><a href='/newest'>new</a> | <a href='/front'>past</a> | <a href='/ask'>ask</a></td></tr><tr><td><table>{rows}<tr class='morespace'></tr><tr><td colspan='2'></td><td class='title'><a href='?p=3' class='morelink' rel='next'>More</a></td></tr></table></td></tr></table></center>"),
        [Seen(f"https://site{n}.example/story", title) for n, title in enumerate(ENGLISH)],
        "/news?p=3",
    )  # fmt: skip


def _break_list() -> None:
    rows = "".join(
        f"<img src='dot.gif'> <a href='read.php?id={n}'>{title}</a> <font size='1' color='gray'>(11/{20 - n:02})</font><br>\n"
        for n, title in enumerate(KOREAN)
    )
    add(
        "lines with breaks and a base element",
        "http://old.example.kr/board/",
        page("ko", f"<table><tr><td><a href='a.php'>처음</a><br><a href='b.php'>방명록</a></td><td>{rows}</td></tr></table>", "<base href='http://old.example.kr/bbs/'>"),
        [Seen(f"http://old.example.kr/bbs/read.php?id={n}", title, f"2026-11-{20 - n:02}") for n, title in enumerate(KOREAN)],
    )  # fmt: skip


def _mixed_front() -> None:
    hero = (
        f"<div class='hero'><a href='/local/0'><img src='/h.jpg' alt=''><h1>{ENGLISH[0]}</h1></a><p>{TEASER}</p></div>"
    )
    grid = (
        "<div class='grid'>"
        + "".join(
            f"<div class='grid-card'><a href='/local/{n}'><h3>{ENGLISH[n]}</h3></a><p>{TEASER}</p></div>"
            for n in range(1, 4)
        )
        + "</div>"
    )
    rest = (
        "<div class='stack'>"
        + "".join(
            f"<div class='row'><h3><a href='/local/{n}'>{ENGLISH[n]}</a></h3><span>{n} hours ago</span></div>"
            for n in range(4, 8)
        )
        + "</div>"
    )
    popular = (
        "<section class='most-read'><h2>Most read</h2><ol>"
        + "".join(
            f"<li><a href='/local/5{n}'>A popular story of last week that all have read {n}</a></li>" for n in range(5)
        )
        + "</ol></section>"
    )
    ticker = "<div class='ticker'><marquee><a href='/live/1'>LIVE: the council is still sitting tonight</a> <a href='/live/2'>Trains are late on all lines this evening</a></marquee></div>"
    add(
        "hero, grid and list on one front page",
        "https://www.ledger.example/",
        page("en", f"{TOP_EN}{ticker}<main>{hero}{grid}{rest}</main>{popular}{END_EN}"),
        [Seen(f"/local/{n}", title) for n, title in enumerate(ENGLISH)],
    )  # fmt: skip


def _equal_sections() -> None:
    sections = "".join(
        f"<section class='sec sec{b}'><h2><a href='/{name}'>{name.title()}</a></h2><ul>"
        + "".join(f"<li><a href='/{name}/{b}{n}'>{ENGLISH[(b + n) % 8]} ({name} {n})</a></li>" for n in range(4))
        + f"</ul><a class='more' href='/{name}'>More {name} news</a></section>"
        for b, name in enumerate(("politics", "economy", "culture", "science"))
    )
    add(
        "several sections with equal records",
        "https://www.ledger.example/",
        page("en", f"{TOP_EN}<div id='page'>{sections}</div>{END_EN}"),
        [Seen(f"/{name}/{b}{n}", f"{ENGLISH[(b + n) % 8]} ({name} {n})") for b, name in enumerate(("politics", "economy", "culture", "science")) for n in range(4)],
    )  # fmt: skip


def _amp() -> None:
    rows = "".join(
        f"<div class='amp-card'><a href='/amp/article/{n}'><amp-img src='/i/{n}.jpg' width='300' height='200' layout='responsive'></amp-img><h3>{title}</h3></a><p class='date'>{20 - n} November 2026</p></div>"
        for n, title in enumerate(ENGLISH)
    )
    add(
        "amp page",
        "https://www.ledger.example/amp/latest",
        "<!doctype html><html amp lang='en'><head><meta charset='utf-8'><title>Latest</title></head>"
        + f"<body>{TOP_EN}<amp-sidebar id='s'><a href='/amp/menu'>Menu of everything we write</a></amp-sidebar>{rows}{END_EN}</body></html>",
        [Seen(f"/amp/article/{n}", title, f"2026-11-{20 - n:02}") for n, title in enumerate(ENGLISH)],
    )


# ----------------------------------------------------------------------------------------------------- other languages
LANGUAGES = {
    "ja": ("https://shimbun.example/news/", [f"{x}市で新しい図書館が来春オープンへ、{n}年越しの計画が実現" for n, x in enumerate("東西南北中")], ["3時間前", "昨日", "2026年11月19日 10:30", "11月18日", "10分前"], ["2026-11-22T09:00", "2026-11-21", "2026-11-19T10:30", "2026-11-18", "2026-11-22T11:50"]),
    "zh": ("https://xinwen.example/list", [f"{x}部山区迎来今冬第一场大雪 多条高速公路临时封闭" for x in "东西南北中"], ["3小时前", "昨天", "2026-11-19 10:30", "2026年11月18日", "刚刚"], ["2026-11-22T08:00", "2026-11-21", "2026-11-19T10:30", "2026-11-18", "2026-11-22T11:00"]),
    "de": ("https://zeitung.example/politik", [f"Der Stadtrat beschließt den Bau der Brücke Nummer {n} über den Fluss" for n in range(5)], ["vor 3 Stunden", "gestern", "19.11.2026, 10:30 Uhr", "18. November 2026", "vor 10 Minuten"], ["2026-11-22T01:00", "2026-11-21", "2026-11-19T10:30", "2026-11-18", "2026-11-22T03:50"]),
    "es": ("https://diario.example/economia", [f"El ayuntamiento aprueba la reforma del puerto número {n} tras el debate" for n in range(5)], ["hace 3 horas", "ayer", "19/11/2026 10:30", "18 de noviembre de 2026", "hace 10 minutos"], ["2026-11-22T01:00", "2026-11-21", "2026-11-19T10:30", "2026-11-18", "2026-11-22T03:50"]),
    "fr": ("https://journal.example/societe", [f"La mairie rouvre le vieux marché couvert numéro {n} après des travaux" for n in range(5)], ["il y a 2 h", "hier", "19/11/2026 à 10h30", "18 novembre 2026", "il y a 10 minutes"], ["2026-11-22T02:00", "2026-11-21", "2026-11-19T10:30", "2026-11-18", "2026-11-22T03:50"]),
    "ar": ("https://sahifa.example/akhbar", [f"المجلس البلدي يقر خطة جديدة لتوسعة الميناء القديم رقم {n} بعد نقاش" for n in range(5)], ["2026-11-21", "20 نوفمبر 2026", "19/11/2026", "2026/11/18", "17 نوفمبر 2026"], ["2026-11-21", "2026-11-20", "2026-11-19", "2026-11-18", "2026-11-17"]),
    "en": ("https://www.ledger.example/news", [f"The council of ward {n} agrees to keep the ferry running all winter" for n in range(5)], ["2 hours ago", "yesterday", "Nov 19, 2026", "3h", "Nov 3"], ["2026-11-22T01:00", "2026-11-21", "2026-11-19", "2026-11-22T00:00", "2026-11-03"]),
}  # fmt: skip


def _language(lang: str) -> None:
    url, titles, shown, dates = LANGUAGES[lang]
    rows = "".join(
        f"<div class='teaser'><h2 class='teaser__title'><a href='/a/{n}-x'>{title}</a></h2><span class='teaser__meta'>{when}</span></div>"
        for n, (title, when) in enumerate(zip(titles, shown, strict=True))
    )
    add(
        f"language {lang}",
        url,
        page(
            lang,
            f"{menu('A', 'B', 'C', 'D')}<main><div class='teasers'>{rows}</div></main><footer><a href='/x'>Impressum</a></footer>",
        ),
        [Seen(f"/a/{n}-x", title, date) for n, (title, date) in enumerate(zip(titles, dates, strict=True))],
    )


# ------------------------------------------------------------------------------------------------------ items in scripts
def _shell(
    name: str, script: str, url: str = "https://www.hanbit.example/latest", body: str = "<div id='app'></div>"
) -> None:
    add(
        name,
        url,
        page("ko", f"{TOP_KO}{body}{script}{END_KO}"),
        [Seen(f"/article/{500 + n}", title, f"2026-11-{20 - n:02}T10:0{n}", LEAD) for n, title in enumerate(KOREAN)],
    )


def _rows(**names: str) -> list[dict[str, object]]:
    return [
        {names.get("id", "id"): 500 + n, names.get("title", "title"): title, names.get("url", "url"): f"/article/{500 + n}", names.get("date", "publishedAt"): f"2026-11-{20 - n:02}T10:0{n}:00+09:00", names.get("summary", "summary"): LEAD}
        for n, title in enumerate(KOREAN)
    ]  # fmt: skip


def _shells() -> None:
    menus = [{"title": "정치 뉴스 모아보기", "url": f"/m/{n}"} for n in range(9)]
    _shell(
        "next data",
        f"<script id='__NEXT_DATA__' type='application/json'>{json.dumps({'props': {'pageProps': {'menus': menus, 'list': {'items': _rows()}}}}, ensure_ascii=False)}</script>",
    )
    flight = json.dumps(
        ["$", "div", None, {"children": ["$", "$L1", None, {"initial": {"articles": _rows(date="datePublished")}}]}],
        ensure_ascii=False,
    )
    cut = len(flight) // 2
    pushes = "".join(
        f"<script>self.__next_f.push({json.dumps([1, part], ensure_ascii=False)})</script>"
        for part in ('0:["$","html"]\n', "5:" + flight[:cut], flight[cut:] + "\n")
    )
    _shell("next flight", pushes)
    _shell(
        "initial state",
        f"<script>window.__INITIAL_STATE__ = {json.dumps({'news': {'list': _rows(title='headline', date='regDate', summary='lead')}})};</script>",
    )
    _shell(
        "state in a string",
        f"<script>window['__PRELOADED_STATE__'] = JSON.parse({json.dumps(json.dumps({'list': _rows()}))})</script>",
    )
    _shell(
        "nuxt 2",
        f"<script>window.__NUXT__={{layout:'default',data:[{{list:{json.dumps(_rows(), ensure_ascii=False)}}}],error:null}};</script>",
    )
    refs: list[object] = [{"data": 1}, {"list": 2}, list(range(3, 3 + len(KOREAN)))]
    base = 3 + len(KOREAN)
    values: list[object] = []
    for n, row in enumerate(_rows()):
        refs.append({key: base + 5 * n + k for k, key in enumerate(row)})
        values.extend(row.values())
    _shell(
        "nuxt 3",
        f"<script type='application/json' id='__NUXT_DATA__'>{json.dumps(refs + values, ensure_ascii=False)}</script>",
    )
    items = [{"@type": "ListItem", "position": n + 1, "item": {"@type": "NewsArticle", "headline": title, "url": f"https://www.hanbit.example/article/{500 + n}", "datePublished": f"2026-11-{20 - n:02}T10:0{n}:00+09:00", "description": LEAD}} for n, title in enumerate(KOREAN)]  # fmt: skip
    _shell(
        "json-ld item list",
        f"<script type='application/ld+json'>{json.dumps({'@context': 'https://schema.org', '@type': 'ItemList', 'itemListElement': items}, ensure_ascii=False)}</script>",
    )


def _daum_like() -> None:
    rows = "".join(
        f"<li><div class='item_issue'><a href='https://v.portal.example/v/2026112{n}' class='link_thumb'><img src='https://img.portal.example/{n}.jpg' class='thumb_g' alt=''></a><div class='cont_thumb'><strong class='tit_g'><a href='https://v.portal.example/v/2026112{n}' class='link_txt'>{title}</a></strong><span class='txt_info'>동해방송<span class='txt_bar'> · </span>{n + 2}분 전</span></div></div></li>"
        for n, title in enumerate(KOREAN)
    )
    side = (
        "<div class='aside_g'><h3 class='tit_aside'>연령별 인기 기사</h3><ul class='list_aside'>"
        + "".join(
            f"<li><a href='https://v.portal.example/v/999{n}' class='link_txt'>서른 살이 많이 읽은 다른 이야기 {n}</a></li>"
            for n in range(8)
        )
        + "</ul></div>"
    )
    add(
        "portal home with thumbnails",
        "https://www.portal.example/",
        page(
            "ko",
            f"<div id='kakaoHead'><nav>{menu('뉴스', '연예', '스포츠', '쇼핑')}</nav></div><div id='kakaoContent'><main><ul class='list_newsissue'>{rows}</ul></main>{side}</div>{END_KO}",
        ),
        [
            Seen(f"https://v.portal.example/v/2026112{n}", title, f"2026-11-22T11:{58 - n}")
            for n, title in enumerate(KOREAN)
        ],
    )


def _nate_like() -> None:
    rows = "".join(
        f"<div class='mduSubjectList'><div class='mlt01'><a href='//news.nation.example/view/2026n0{n}?mid=n0100' class='lt1'><span class='ib'><em class='mediatype'><img src='//thumb.nation.example/{n}.jpg' width='120' height='80' alt=''></em></span><span class='tb'><h2 class='tit'>{title}</h2>{LEAD}</span></a><span class='medium'>남해신문<em>2026-11-21 1{n}:07</em></span></div></div>"
        for n, title in enumerate(KOREAN)
    )
    pages = "<div class='paging'><a class='on' href='?page=1'>1</a><a href='?mid=n0100&amp;page=2'>2</a><a href='?mid=n0100&amp;page=3'>3</a><a href='?mid=n0100&amp;page=11' class='next'>다음</a></div>"
    add(
        "whole-card link with heading, text and outlet",
        "https://news.nation.example/section?mid=n0100",
        page("ko", f"{TOP_KO}<div class='postSubject'>{rows}</div>{pages}{END_KO}"),
        [Seen(f"/view/2026n0{n}?mid=n0100", title, f"2026-11-21T1{n}:07", LEAD) for n, title in enumerate(KOREAN)],
        "/section?mid=n0100&page=2",
    )


def _blogspot() -> None:
    days = [
        "Friday, November 20, 2026",
        "Thursday, November 19, 2026",
        "Monday, November 9, 2026",
        "Sunday, November 1, 2026",
    ]
    iso = ["2026-11-20", "2026-11-19", "2026-11-09", "2026-11-01"]
    rows = "".join(
        f"<div class='date-outer'><h2 class='date-header'><span>{day}</span></h2><div class='date-posts'><div class='post-outer'><div class='post hentry'><h3 class='post-title entry-title'><a href='http://gull.blogspace.example/2026/11/story-{n}.html'>{ENGLISH[n]}</a></h3><div class='post-body entry-content'><p>{' '.join([TEASER] * 6)}</p><p>{TEASER} The end.</p></div><div class='post-footer'><span class='post-author vcard'>Posted by <span class='fn'>Ann Lee</span></span> at <a class='timestamp-link' href='http://gull.blogspace.example/2026/11/story-{n}.html'><abbr class='published' title='{iso[n]}T09:30:00-08:00'>9:30 AM</abbr></a> <a class='comment-link' href='http://gull.blogspace.example/2026/11/story-{n}.html#comment-form'>No comments:</a></div></div></div></div></div>"
        for n, day in enumerate(days)
    )
    archive = (
        "<div class='sidebar'><div class='widget BlogArchive'><ul>"
        + "".join(
            f"<li><a href='http://gull.blogspace.example/2026/{n:02}/'>Month {n} of the year ({n})</a></li>"
            for n in range(1, 12)
        )
        + "</ul></div></div>"
    )
    add(
        "blogger-like page of whole posts",
        "http://gull.blogspace.example/",
        page("en", f"<div class='header'><h1><a href='http://gull.blogspace.example/'>The Gull</a></h1></div><div class='main section'><div class='widget Blog'><div class='blog-posts'>{rows}</div><div class='blog-pager'><a class='blog-pager-older-link' href='http://gull.blogspace.example/search?updated-max=2026-11-01T09:30:00-08:00&amp;max-results=4' title='Older Posts'>Older Posts</a></div></div></div>{archive}"),
        [Seen(f"/2026/11/story-{n}.html", ENGLISH[n], f"{iso[n]}T09:30", text=f"{' '.join([TEASER] * 6)}\n{TEASER} The end.") for n in range(4)],
        "/search?updated-max=2026-11-01T09:30:00-08:00&max-results=4",
    )  # fmt: skip


def _drupal() -> None:
    rows = "".join(
        f"<div class='views-row'><div class='views-field views-field-title'><span class='field-content'><a href='/en/news/story-{n}' hreflang='en'>{title}</a></span></div><div class='views-field views-field-created'><span class='field-content'>{20 - n}/11/2026</span></div><div class='views-field views-field-body'><div class='field-content'><p>{TEASER}</p></div></div><div class='views-field views-field-view-node'><span class='field-content'><a href='/en/news/story-{n}'>Read more</a></span></div></div>"
        for n, title in enumerate(ENGLISH)
    )
    pages = "<nav class='pager' role='navigation'><ul class='pager__items'><li class='pager__item is-active'><a href='?page=0' title='Current page'>1</a></li><li class='pager__item'><a href='?page=1' title='Go to page 2'>2</a></li><li class='pager__item pager__item--next'><a href='?page=1' title='Go to next page' rel='next'><span class='visually-hidden'>Next page</span><span aria-hidden='true'>››</span></a></li></ul></nav>"
    add(
        "drupal-like view whose pages count from nought",
        "https://www.museum.example/en/news",
        page("en", f"{TOP_EN}<main><div class='view-content'>{rows}</div>{pages}</main>{END_EN}"),
        [Seen(f"/en/news/story-{n}", title, f"2026-11-{20 - n:02}", TEASER) for n, title in enumerate(ENGLISH)],
        "/en/news?page=1",
    )


def _joomla() -> None:
    def item(n: int) -> str:
        return f"<div class='page-header'><h2><a href='/index.php/news/{100 + n}-story'>{ENGLISH[n]}</a></h2></div><dl class='article-info'><dd class='published'><time datetime='2026-11-{20 - n:02}T08:00:00+00:00'>Published: {20 - n} November 2026</time></dd><dd class='hits'>Hits: {900 + n}</dd></dl><p>{TEASER}</p><p class='readmore'><a class='btn' href='/index.php/news/{100 + n}-story'>Read more: {ENGLISH[n]}</a></p>"

    leading = f"<div class='items-leading'><div class='leading-0'>{item(0)}</div></div>"
    rows = "".join(
        f"<div class='items-row cols-2 row-{r}'>"
        + "".join(
            f"<div class='span6'><div class='item column-{c}'>{item(1 + 2 * r + c)}</div></div>" for c in range(2)
        )
        + "</div>"
        for r in range(3)
    )
    add(
        "joomla-like leading item and rows of two",
        "https://www.club.example/index.php/news",
        page("en", f"{TOP_EN}<div id='content'><div class='blog'>{leading}{rows}</div></div>{END_EN}"),
        [Seen(f"/index.php/news/{100 + n}-story", ENGLISH[n], f"2026-11-{20 - n:02}T08:00", TEASER) for n in range(7)],
    )


def _nested_tables() -> None:
    rows = "".join(
        f"<table width='100%'><tr><td rowspan='2'><a href='view.asp?idx={900 - n}'><img src='upload/{n}.gif' width='80'></a></td><td><a href='view.asp?idx={900 - n}'><b>{title}</b></a></td></tr><tr><td><font color='#666666'>{LEAD}</font> <font size='2'>[2026-11-{20 - n:02}]</font></td></tr></table>"
        for n, title in enumerate(KOREAN)
    )
    add(
        "one table for each record",
        "http://www.weekly.example.kr/news/list.asp?code=3",
        page(
            "ko",
            f"<table><tr><td><a href='/'>홈</a> | <a href='/a.asp'>소개</a> | <a href='/b.asp'>광고</a></td></tr><tr><td>{rows}</td></tr><tr><td><a href='list.asp?code=3&amp;pg=1'><b>1</b></a> <a href='list.asp?code=3&amp;pg=2'>[2]</a> <a href='list.asp?code=3&amp;pg=3'>[3]</a></td></tr></table>",
        ),
        [
            Seen(f"http://www.weekly.example.kr/news/view.asp?idx={900 - n}", title, f"2026-11-{20 - n:02}", LEAD)
            for n, title in enumerate(KOREAN)
        ],
        "/news/list.asp?code=3&pg=2",
    )


def _kicker() -> None:
    rows = "".join(
        f"<article class='teaser'><a href='/region/a{n}.html'><span class='teaser__kicker'>Kiel</span><span class='teaser__headline'>{title}</span></a><p class='teaser__text'>{TEASER} <a href='/region/a{n}.html'>mehr</a></p></article>"
        for n, title in enumerate(ENGLISH)
    )
    add(
        "kicker and headline in one link",
        "https://zeitung.example/region",
        page("de", f"<header>{menu('Region', 'Sport', 'Kultur')}</header><main>{rows}</main>"),
        [Seen(f"/region/a{n}.html", title) for n, title in enumerate(ENGLISH)],
    )


def _promos() -> None:
    rows = "".join(
        f"<li class='ssrcss-1v7bxtk-StyledListItem'><div data-testid='promo' type='article' class='ssrcss-abc-Promo'><div class='ssrcss-Promo-text'><div class='ssrcss-Stack'><div><a href='/news/articles/c0{n}' class='ssrcss-PromoLink exn3ah91'><span role='text'><p class='ssrcss-PromoHeadline'><span aria-hidden='false'>{title}</span></p></span></a></div><p class='ssrcss-Paragraph'>{TEASER}</p></div><ul role='list' class='ssrcss-MetadataStripContainer'><li><div class='ssrcss-MetadataSnippet'><span class='visually-hidden'>Posted</span><span>{n + 1}h</span></div></li><li><div class='ssrcss-MetadataSnippet'><a href='/news/wales'><span>Wales</span></a></div></li></ul></div></div></li>"
        for n, title in enumerate(ENGLISH)
    )
    add(
        "promo links with hours alone",
        "https://www.bee.example/news/topics/c1",
        page(
            "en",
            f"{TOP_EN}<main><ol class='ssrcss-Grid'>{rows}</ol><nav><ol><li><a href='?page=1'>1</a></li><li><a href='?page=2'>2</a></li></ol></nav></main>{END_EN}",
        ),
        [
            Seen(f"/news/articles/c0{n}", title, f"2026-11-22T{2 - n:02}:00" if n < 3 else None, TEASER)
            for n, title in enumerate(ENGLISH)
        ],
        "/news/topics/c1?page=2",
    )


def _long_texts() -> None:
    body = " ".join([LEAD] * 7)
    tails = [" 이어 시장은 내년에도", " 시는 “검토하겠다”고 밝혔다.", "…", " 김하늘 기자 sky@hanbit.example"]
    rows = "".join(
        f"<li><div class='txt-cont'><h3 class='news-tit'><a href='/business/article/20261120{n}'>{KOREAN[n]}</a></h3><p class='lead'>{body}{tail}</p><p class='txt-date'>2026.11.{20 - n} 16:0{n}:06</p></div><div class='thumb'><a href='/business/article/20261120{n}'><figure><img src='/photo/{n}.jpg' alt='{KOREAN[n]}'><figcaption>{KOREAN[n]}</figcaption></figure></a></div></li>"
        for n, tail in enumerate(tails)
    )
    add(
        "topic listing with long texts, some of them cut",
        "https://magazine.hanbit.example/tag/%EC%98%88%EC%82%B0",
        page("ko", f"{TOP_KO}<div class='contents'><h1>#예산</h1><ul class='news-list'>{rows}</ul></div>{MOST_READ_KO}{END_KO}"),
        [Seen(f"/business/article/20261120{n}", KOREAN[n], f"2026-11-{20 - n}T16:0{n}:06", text=f"{body}{tail}", truncated=n in (0, 2)) for n, tail in enumerate(tails)],
    )  # fmt: skip


def _count_first() -> None:
    rows = "".join(
        f"<li class='row'><a class='cmt-link' href='/post/{n}#comments'>{n * 7} replies to it</a><a class='subject' href='/post/{n}'>{title}</a><a class='writer' href='/u/{n}'>user{n}</a><span class='when'>2026-11-{20 - n:02} 0{n}:10</span></li>"
        for n, title in enumerate(ENGLISH)
    )
    add(
        "a link to the comments before the title",
        "https://board.example/list/7",
        page("en", f"{TOP_EN}<div id='list'><ul>{rows}</ul></div>{END_EN}"),
        [Seen(f"/post/{n}", title, f"2026-11-{20 - n:02}T0{n}:10") for n, title in enumerate(ENGLISH)],
    )


def _broken_lines() -> None:
    rows = "".join(
        f"<div class='bx'><a href='/b/{n}'><strong>{title[: len(title) // 2]}<br>{title[len(title) // 2 :]}</strong></a></div>"
        for n, title in enumerate(KOREAN)
    )
    add(
        "titles broken over two lines",
        "https://www.hanbit.example/special",
        page("ko", f"{TOP_KO}<div class='special'>{rows}</div>{END_KO}"),
        [
            Seen(f"/b/{n}", f"{title[: len(title) // 2].strip()} {title[len(title) // 2 :].strip()}")
            for n, title in enumerate(KOREAN)
        ],
    )


def _day_headings() -> None:
    days = "".join(
        f"<h3 class='day'>2026년 11월 {20 - d}일</h3><ul class='list'>"
        + "".join(f"<li><a href='/arch/{d}{n}'>{KOREAN[2 * d + n]}</a></li>" for n in range(2))
        + "</ul>"
        for d in range(4)
    )
    add(
        "days as headings over their articles",
        "https://www.hanbit.example/archive",
        page("ko", f"{TOP_KO}<div class='archive-body'>{days}</div>{END_KO}"),
        [Seen(f"/arch/{d}{n}", KOREAN[2 * d + n], f"2026-11-{20 - d}") for d in range(4) for n in range(2)],
    )


def _script_pages() -> None:
    rows = "".join(
        f"<li><a href='/a/{n}'>{title}</a> <span>2026-11-{20 - n:02}</span></li>" for n, title in enumerate(KOREAN)
    )
    pages = "<div class='paging'><strong>2</strong><a href='#' onclick='goPage(1);return false;'>1</a><a href='javascript:goPage(3)'>3</a><a href='javascript:goPage(4)'>4</a></div>"
    add(
        "pages that a script turns",
        "https://www.office.example/news?cat=1&page=2",
        page("ko", f"{TOP_KO}<div id='con'><ul>{rows}</ul>{pages}</div>{END_KO}"),
        [Seen(f"/a/{n}", title, f"2026-11-{20 - n:02}") for n, title in enumerate(KOREAN)],
        "/news?cat=1&page=3",
    )


def _last_page() -> None:
    rows = "".join(
        f"<li><a href='/a/{n}'>{title}</a> <span>2024-11-{20 - n:02}</span></li>" for n, title in enumerate(KOREAN)
    )
    pages = "<div class='paging'><a href='?page=1'>처음</a><a href='?page=8'>이전</a><a href='?page=8'>8</a><strong>9</strong></div><div class='calendar'><a href='/cal?month=10'>이전달</a><a href='/cal?month=12'>다음달</a></div>"
    add(
        "the last page, beside a calendar",
        "https://www.office.example/list?page=9",
        page("ko", f"{TOP_KO}<div id='con'><ul>{rows}</ul>{pages}</div>{END_KO}"),
        [Seen(f"/a/{n}", title, f"2024-11-{20 - n:02}") for n, title in enumerate(KOREAN)],
    )


def _hidden_time() -> None:
    rows = "".join(
        f"<li class='list-item'><a href='/x/{n}'><span class='blind'>동영상 기사</span>{title}<span class='play-time'>0{n + 1}:2{n}</span></a><span class='source'>바다경제</span></li>"
        for n, title in enumerate(KOREAN)
    )
    add(
        "films with their lengths",
        "https://tv.hanbit.example/replay",
        page("ko", f"{TOP_KO}<ul class='video-list'>{rows}</ul>{END_KO}"),
        [Seen(f"/x/{n}", title, "") for n, title in enumerate(KOREAN)],
    )


for _make in (
    _section, _portal_section, _hash_classes, _board, _board_onclick, _data_href, _flash_news, _month_and_day, _afternoon,
    _ranking, _badges, _numbered, _ranks_in_text, _images_only, _doubled, _search_results, _tistory, _naver_blog,
    _wordpress, _ghost, _substack, _medium, _hacker_news, _break_list, _mixed_front, _equal_sections, _amp, _shells,
    _daum_like, _nate_like, _blogspot, _drupal, _joomla, _nested_tables, _kicker, _promos, _long_texts, _count_first,
    _broken_lines, _day_headings, _script_pages, _last_page, _hidden_time,
):  # fmt: skip
    _make()
for _lang in LANGUAGES:
    _language(_lang)
