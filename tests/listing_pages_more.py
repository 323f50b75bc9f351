"""More listings in the manner of real sites: what stands beside a list, and lists that show little."""

# ruff: noqa: E501 - markup of real sites comes in long lines

from __future__ import annotations

from tests.listing_pages import (
    END_EN,
    END_KO,
    ENGLISH,
    KOREAN,
    LEAD,
    MOST_READ_KO,
    PAGES,
    TEASER,
    TOP_EN,
    TOP_KO,
    Seen,
    add,
    menu,
    page,
)

SHORT = ["봄이 온다", "산책", "고양이 이야기", "늦은 점심", "비 오는 날", "책 세 권", "첫 출근", "겨울 준비"]


def _short_titles() -> None:
    rows = "".join(
        f"<tr><td>{8 - n}</td><td><a href='/diary/{8 - n}'>{title}</a></td><td>2026.11.{20 - n:02}</td><td>{n}</td></tr>"
        for n, title in enumerate(SHORT)
    )
    add(
        "short titles in a table",
        "https://diary.example.kr/",
        page("ko", f"<ul><li><a href='/about'>소개</a></li><li><a href='/guest'>방명록</a></li></ul><table><tbody>{rows}</tbody></table>"),
        [Seen(f"/diary/{8 - n}", title, f"2026-11-{20 - n:02}") for n, title in enumerate(SHORT)],
    )  # fmt: skip


def _short_headings() -> None:
    rows = "".join(
        f"<article><h2><a href='/{80 - n}'>{title}</a></h2><p>{LEAD}</p><span class='date'>2026. 11. {20 - n}.</span></article>"
        for n, title in enumerate(SHORT)
    )
    add(
        "short titles as headings",
        "https://walk.blog.example/category/diary",
        page("ko", f"{TOP_KO}<div id='content'>{rows}</div>{END_KO}"),
        [Seen(f"/{80 - n}", title, f"2026-11-{20 - n:02}", LEAD) for n, title in enumerate(SHORT)],
    )


def _two_items() -> None:
    rows = "".join(
        f"<div class='post'><h2><a href='/p/{n}'>{ENGLISH[n]}</a></h2><p>{TEASER}</p><time datetime='2026-11-1{n}'>1{n} Nov</time></div>"
        for n in range(2)
    )
    add(
        "a tag with two posts",
        "https://blog.example.com/tag/ferry",
        page("en", f"{TOP_EN}<main>{rows}</main><aside><h3>Recent posts</h3><ul>{''.join(f'<li><a href=/p/2{n}>{t}</a></li>' for n, t in enumerate(ENGLISH[2:]))}</ul></aside>{END_EN}"),
        [Seen(f"/p/{n}", ENGLISH[n], f"2026-11-1{n}", TEASER) for n in range(2)],
    )  # fmt: skip


def _twin_list_aside() -> None:
    main = "".join(
        f"<li><a href='/n/{n}'><strong>{title}</strong></a><p>{LEAD}</p><em>2026-11-{20 - n:02} 10:00</em></li>"
        for n, title in enumerate(KOREAN)
    )
    aside = "".join(
        f"<li><a href='/n/5{n}'><strong>오른쪽에 있는 최신 기사 제목 {n}번</strong></a></li>" for n in range(8)
    )
    add(
        "a list of the same make beside the main one",
        "https://www.hanbit.example/economy/stock",
        page("ko", f"{TOP_KO}<div class='wrap'><div class='left'><ul class='list'>{main}</ul></div><div class='right'><h3>최신기사</h3><ul class='list'>{aside}</ul></div></div>{END_KO}"),
        [Seen(f"/n/{n}", title, f"2026-11-{20 - n:02}T10:00", LEAD) for n, title in enumerate(KOREAN)],
    )  # fmt: skip


def _wide_menu() -> None:
    names = [f"부동산 정책과 시장 이야기 {n}" for n in range(12)]
    top = (
        "<div class='depth2'><ul>"
        + "".join(f"<li><a href='/s/{n}'>{name}</a></li>" for n, name in enumerate(names))
        + "</ul></div>"
    )
    rows = "".join(
        f"<div class='row'><a href='/r/{n}'>{title}</a><span>2026-11-{20 - n:02}</span></div>"
        for n, title in enumerate(KOREAN)
    )
    add(
        "a menu of long names above the list",
        "https://www.hanbit.example/estate",
        page("ko", f"{TOP_KO}{top}<div class='body'>{rows}</div>{END_KO}"),
        [Seen(f"/r/{n}", title, f"2026-11-{20 - n:02}") for n, title in enumerate(KOREAN)],
    )


def _outlet_first() -> None:
    rows = "".join(
        f"<li class='bx'><a href='https://media{n}.example/'>한빛매체{n}</a><a href='https://media{n}.example/a/{n}'>{title}</a><span>{n + 1}시간 전</span></li>"
        for n, title in enumerate(KOREAN)
    )
    add(
        "a link to the outlet before the title",
        "https://m.portal.example/news",
        page("ko", f"{TOP_KO}<ul class='lst'>{rows}</ul>{END_KO}"),
        [
            Seen(f"https://media{n}.example/a/{n}", title, f"2026-11-22T{11 - n:02}:00")
            for n, title in enumerate(KOREAN)
        ],
    )


def _category_first() -> None:
    rows = "".join(
        f"<li><a href='/cat/{n % 3}'>[{name}]</a> <a href='/t/{n}'>{title}</a> <small>11.{20 - n}</small></li>"
        for n, (title, name) in enumerate(
            zip(KOREAN, ["사회", "경제", "문화", "사회", "국제", "경제", "문화", "사회"], strict=True)
        )
    )
    add(
        "a link to the section before the title",
        "https://www.hanbit.example/all",
        page("ko", f"{TOP_KO}<div class='all'><ul>{rows}</ul></div>{END_KO}"),
        [Seen(f"/t/{n}", title) for n, title in enumerate(KOREAN)],
    )


def _card_with_all() -> None:
    rows = "".join(
        f"<a class='card' href='/c/{n}'><img src='/c/{n}.jpg' alt=''><span class='card__section'>Culture</span><h3>{title}</h3><p>{TEASER}</p><div><span class='author'>Ann Lee</span><time datetime='2026-11-{20 - n:02}T07:00Z'>{n + 2} days ago</time></div></a>"
        for n, title in enumerate(ENGLISH)
    )
    add(
        "everything in one link",
        "https://www.ledger.example/culture",
        page("en", f"{TOP_EN}<main><div class='cards'>{rows}</div></main>{END_EN}"),
        [Seen(f"/c/{n}", title, f"2026-11-{20 - n:02}T07:00", TEASER, author="Ann Lee", image=f"/c/{n}.jpg") for n, title in enumerate(ENGLISH)],
    )  # fmt: skip


def _planet() -> None:
    rows = "".join(
        f"<div class='entry'><h3><a href='https://blog{n}.example/post'>{title}</a></h3><div class='content'>"
        + "".join(
            f"<p>{TEASER} <a href='https://docs.example/{n}{k}'>a long link inside of the text of the post {k}</a> {TEASER}</p>"
            for k in range(4)
        )
        + f"</div><p class='date'><a href='https://blog{n}.example/post'>by Ann at 2026-11-{20 - n:02} 08:00 AM</a></p></div>"
        for n, title in enumerate(ENGLISH)
    )
    add(
        "whole posts with links in their texts",
        "https://planet.example/",
        page("en", f"<h1>Planet</h1><div class='entries'>{rows}</div><div class='sidebar'><h2>Subscriptions</h2><ul>{''.join(f'<li><a href=https://blog{n}.example/>The blog of person number {n}</a></li>' for n in range(30))}</ul></div>"),
        [Seen(f"https://blog{n}.example/post", title, f"2026-11-{20 - n:02}T08:00") for n, title in enumerate(ENGLISH)],
    )  # fmt: skip


def _notice_rows() -> None:
    def row(n: int, mark: str) -> str:
        return f"<tr class='{'notice' if mark == '공지' else ''}'><td>{mark}</td><td class='tit'><a href='/bbs/{n}'>{KOREAN[n]}</a> <span class='reply'>[{n}]</span></td><td>관리자</td><td>2026-11-{20 - n:02}</td></tr>"

    add(
        "a board with notices on top",
        "https://club.example.kr/bbs",
        page("ko", f"{TOP_KO}<form name='list'><table class='bbs'>{''.join(row(n, '공지' if n < 2 else str(90 - n)) for n in range(8))}</table></form>{END_KO}"),
        [Seen(f"/bbs/{n}", KOREAN[n], f"2026-11-{20 - n:02}") for n in range(8)],
    )  # fmt: skip


def _old_school() -> None:
    left = "".join(
        f"<tr><td><a href='m{n}.html'>{name}</a></td></tr>"
        for n, name in enumerate(["정치", "경제", "사회면", "문화와 생활", "스포츠", "국제", "사설 칼럼", "독자 투고"])
    )
    rows = "".join(f"<li><a href='n{n}.html'>{title}</a>" for n, title in enumerate(KOREAN))
    add(
        "a page without a class",
        "http://old.example.kr/index.html",
        page("ko", f"<table><tr><td><table>{left}</table></td><td><ul>{rows}</ul></td></tr></table>"),
        [Seen(f"http://old.example.kr/n{n}.html", title) for n, title in enumerate(KOREAN)],
    )


def _google_like() -> None:
    rows = "".join(
        f"<article class='MQsxIb xTewfe'><a class='VDXfz' href='./articles/CAI{n}?hl=ko' aria-hidden='true'></a><h3 class='ipQwMb'><a href='./articles/CAI{n}?hl=ko' class='DY5T1d'>{title}</a></h3><div class='QmrVtf'><a class='wEwyrc' href='./publications/P{n}'>한빛일보</a><time class='WW6dff' datetime='2026-11-21T0{n}:00:00Z'>어제</time></div></article>"
        for n, title in enumerate(KOREAN)
    )
    add(
        "an empty link over each card, addresses with a dot",
        "https://news.search.example/topics/CAA?hl=ko",
        page("ko", f"<c-wiz><main>{rows}</main></c-wiz>"),
        [Seen(f"/topics/articles/CAI{n}?hl=ko", title, f"2026-11-21T0{n}:00") for n, title in enumerate(KOREAN)],
    )


def _comments_below() -> None:
    rows = "".join(
        f"<li class='news'><h4><a href='/k/{n}'>{title}</a></h4><span class='dt'>2026.11.{20 - n:02}</span></li>"
        for n, title in enumerate(KOREAN)
    )
    comments = (
        "<div class='comment-list'>"
        + "".join(
            f"<div class='comment'><a href='/user/{n}'>독자{n}</a><p>{LEAD} 저는 이렇게 생각합니다.</p><span>2026.11.20</span></div>"
            for n in range(20)
        )
        + "</div>"
    )
    add(
        "readers' comments below the list",
        "https://www.hanbit.example/issue/7",
        page("ko", f"{TOP_KO}<div class='issue'><ul>{rows}</ul></div>{comments}{MOST_READ_KO}{END_KO}"),
        [Seen(f"/k/{n}", title, f"2026-11-{20 - n:02}") for n, title in enumerate(KOREAN)],
    )


def _nav_is_everything() -> None:
    add(
        "next links of a pager with arrows",
        "https://www.hanbit.example/list/society/3",
        page("ko", f"{TOP_KO}<div class='l'>{''.join(f'<p><a href=/q/{n}>{t}</a> (2026-11-{20 - n:02})</p>' for n, t in enumerate(KOREAN))}</div><div class='pg'><a href='/list/society/2'>‹</a><a href='/list/society/1'>1</a><a href='/list/society/2'>2</a><b>3</b><a href='/list/society/4'>4</a><a href='/list/society/4'>›</a></div>{menu('a', 'b')}{END_KO}"),
        [Seen(f"/q/{n}", t, f"2026-11-{20 - n:02}") for n, t in enumerate(KOREAN)],
        "/list/society/4",
    )  # fmt: skip


def _cut_titles() -> None:
    rows = "".join(
        f"<li><a href='/z/{n}' title='{title}'>{title[:14]}...</a><span class='date'>2026.11.{20 - n:02}</span></li>"
        for n, title in enumerate(KOREAN)
    )
    add(
        "titles cut, whole in the title attribute",
        "https://www.hanbit.example/cut",
        page("ko", f"{TOP_KO}<ul class='cut'>{rows}</ul>{END_KO}"),
        [Seen(f"/z/{n}", title, f"2026-11-{20 - n:02}") for n, title in enumerate(KOREAN)],
    )


def _many() -> None:
    rows = "".join(
        f"<li><a href='/all/{n}'>{ENGLISH[n % 8]} (part {n})</a> <span>{1 + n % 28} Oct 2026</span></li>"
        for n in range(300)
    )
    add(
        "an archive of three hundred",
        "https://www.ledger.example/archive/all",
        page("en", f"{TOP_EN}<main><ul>{rows}</ul></main>{END_EN}"),
        [Seen(f"/all/{n}", f"{ENGLISH[n % 8]} (part {n})", f"2026-10-{1 + n % 28:02}") for n in range(300)],
    )


def _background() -> None:
    rows = "".join(
        f"<div class='tile'><a href='/g/{n}'><div class='pic' style=\"background-image: url('/bg/{n}.jpg')\"></div><div class='t'>{title}</div></a></div>"
        for n, title in enumerate(ENGLISH)
    )
    add(
        "pictures as backgrounds",
        "https://www.ledger.example/gallery",
        page("en", f"{TOP_EN}<main><div class='tiles'>{rows}</div></main>{END_EN}"),
        [Seen(f"/g/{n}", title, image=f"/bg/{n}.jpg") for n, title in enumerate(ENGLISH)],
    )


def _read_more_only() -> None:
    rows = "".join(
        f"<div class='col'><img src='/i/{n}.jpg'><h4>{title}</h4><p>{TEASER}</p><p><a href='https://paper{n}.example/story'>Read more</a></p></div>"
        for n, title in enumerate(ENGLISH)
    )
    add(
        "titles without links, each with a link to read more",
        "https://charity.example/press",
        page("en", f"{TOP_EN}<main><div class='press'>{rows}</div></main>{END_EN}"),
        [Seen(f"https://paper{n}.example/story", title, summary=TEASER) for n, title in enumerate(ENGLISH)],
    )


def _more_in_this() -> None:
    rows = "".join(
        f"<div class='item'><a href='/n/{n}'>{title}</a><span>{20 - n} November 2026</span><br><a href='/list/{n}'>More in this category</a></div>"
        for n, title in enumerate(ENGLISH)
    )
    add(
        "a link to more of its kind in each record",
        "https://www.hotel.example/news",
        page("en", f"{TOP_EN}<main>{rows}</main>{END_EN}"),
        [Seen(f"/n/{n}", title, f"2026-11-{20 - n:02}") for n, title in enumerate(ENGLISH)],
    )


def _outlet_link_to_same() -> None:
    rows = "".join(
        f"<section class='my-2'><a href='/news/{n}-x'><img src='/logo{n}.png'><div><div class='title'>paper{n}.example</div><span>website</span></div></a><div class='flex-1'><a href='/news/{n}-x'><h3>{title}</h3><p>{TEASER} {TEASER} {TEASER}</p></a><div>{n + 1}d</div></div></section>"
        for n, title in enumerate(ENGLISH)
    )
    add(
        "the outlet's name in a link to the same page",
        "https://www.breaking.example/topic/ferry",
        page("en", f"<style data-href='/x.css'>a {{ color: red }}</style>{TOP_EN}<main>{rows}</main>{END_EN}"),
        [Seen(f"/news/{n}-x", title, f"2026-11-{21 - n:02}") for n, title in enumerate(ENGLISH)],
    )


for _make in (
    _short_titles, _short_headings, _two_items, _twin_list_aside, _wide_menu, _outlet_first, _category_first,
    _card_with_all, _planet, _notice_rows, _old_school, _google_like, _comments_below, _nav_is_everything, _cut_titles,
    _many, _background, _read_more_only, _more_in_this, _outlet_link_to_same,
):  # fmt: skip
    _make()

__all__ = ["PAGES"]
