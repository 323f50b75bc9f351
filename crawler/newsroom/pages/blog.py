# ruff: noqa: E501 - markup is easier to check where a line of it stays a line
"""Tistory-like blogs in two skins: what the platform injects is the same in both, everything around it is the skin's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from random import Random

from crawler.newsroom.pages import clutter
from crawler.newsroom.pages.site import (
    NONCE,
    VIEWS,
    Site,
    View,
    ad,
    blocks,
    bottom,
    comments,
    document,
    figure,
    links_box,
)
from crawler.newsroom.world import Story
from crawler.newsroom.writing import Draft

PAGE_SIZE = 8
_VISIBLE = "{0.year}. {0.month}. {0.day}. {0:%H:%M}"


def category(draft: Draft) -> str:
    """The blog's category of a post."""
    return {"IT": "시사, 기술", "사회": "사는 이야기", "경제": "시사, 경영", "지역": "텃밭"}.get(
        draft.section, "이것저것"
    )


def source_line(story: Story) -> tuple[str, str] | None:
    """Title and URL of the foreign article that a post names as its source."""
    return clutter.SOURCES[story.number % len(clutter.SOURCES)] if story.number % 3 == 0 else None


def body(site: Site, story: Story, view: View) -> str:
    """What the writer typed: the text, the source line and the plea; feeds carry it too."""
    revision = story.at(view.now)
    inserts = [figure(site, story, revision.draft.captions[0], "")] if story.image else []
    source = source_line(story)
    said = f'<p>(출처) {escape(source[0])}</p><p><a href="{source[1]}">{source[1]}</a></p>' if source else ""
    plea = f"<p>{escape(site.rng(f'plea/{story.number}').choice(clutter.PLEAS))}</p>"
    return f"{blocks(site, revision, style='p', inserts=inserts, seed=story.number)}<p>&nbsp;</p>{said}{plea}"


def _injected(site: Site, story: Story, view: View, rng: Random) -> str:
    """What the platform puts after the text, inside the skin's wrapper: buttons and other posts of the category."""
    draft = story.at(view.now).draft
    same = [one for one in view.stories if one is not story and category(one.at(view.now).draft) == category(draft)]
    others = (same or [one for one in view.stories if one is not story])[:5]
    rows = "".join(
        f'<tr><th><a href="{escape(one.path)}">{escape(one.at(view.now).draft.title)}</a>&nbsp;&nbsp;<span>({rng.randint(0, 43)})</span></th>'
        f"<td>{site.local(one.published):%Y.%m.%d}</td></tr>"
        for one in others
    )
    return (
        f'<div class="container_postbtn" id="post_button_group"><button class="btn_post">공감 <span>{VIEWS}</span></button>'
        '<button class="btn_post">공유하기</button><button class="btn_subscription">구독하기</button>'
        f'<a href="{site.plan.disallowed}edit/{story.number}">게시글 관리</a></div>'
        f'<div class="another_category another_category_color_gray"><h4>\'<a href="/category/1">{category(draft)}</a>\' 카테고리의 다른 글</h4>'
        f"<table>{rows}</table></div>"
    )


def article(site: Site, story: Story, view: View) -> str:
    """The page of one post."""
    draft = story.at(view.now).draft
    rng = site.rng(f"post/{story.number}")
    when = _VISIBLE.format(site.local(story.published))
    shown_date = f"<span {site.c('date')}>{when}</span>" if story.dated else ""
    magazine = site.plan.name != "ramen-notes"
    wrapper = "article_view" if magazine else "entry-content"
    style = "tt_article_useless_p_margin contents_style"
    inner = f'<div class="{wrapper}"><div class="{style}">{body(site, story, view)}</div>{_injected(site, story, view, rng)}</div>'
    tags = "".join(f'<a href="/tag/{escape(tag)}" rel="tag">{escape(tag)}</a>, ' for tag in draft.tags)
    talk = comments(site, "ko", rng, view)
    if magazine:
        main = (
            f'<div id="mArticle"><div class="area_view"><div {site.c("meta")}><strong class="title_category">{category(draft)}</strong>'
            f'<h3 class="tit_post {site.skin.name("headline")}">{escape(draft.title)}</h3><span class="txt_writer">{site.plan.author}</span>{shown_date}</div>'
            f'{inner}<div class="area_tag"><strong>태그</strong>{tags}</div></div>{ad(site, "ko")}<div class="area_reply">{talk}</div></div>'
        )
    else:
        main = (
            f'<article id="content"><div class="inner"><div class="post-cover"><span class="category">{category(draft)}</span>'
            f'<h1>{escape(draft.title)}</h1><span class="meta"><span class="author">by {site.plan.author}</span>{shown_date}</span></div>'
            f'{inner}<div class="tags"><h2>태그</h2>{tags}</div>{ad(site, "ko")}'
            f'{links_box(site, "related", "관련글", [one for one in view.stories[:9] if one is not story][:4], view, pictures=True)}<div class="comments">{talk}</div></div></article>'
        )
    return document(
        site,
        language="ko",
        title=f"{draft.title} :: {site.plan.title}",
        head=_head(site, story, view),
        body=_frame(site, view, main),
        body_id="tt-body-page",
    )


def _head(site: Site, story: Story, view: View) -> str:
    draft = story.at(view.now).draft
    url = escape(site.url(story.path))
    head = (
        f'<link rel="canonical" href="{url}"><link rel="alternate" type="application/rss+xml" title="{site.plan.title}" href="{site.url("/rss")}">'
        f'<meta property="og:type" content="article"><meta property="og:url" content="{url}"><meta property="og:title" content="{escape(draft.title)}">'
        f'<meta property="og:site_name" content="{site.plan.title}"><meta name="by" content="{site.plan.author}">'
        f'<meta property="og:description" content="{escape(draft.blocks[0].text[:80])}">'
    )
    if story.image:
        head += f'<meta property="og:image" content="{site.url(story.image)}">'
    if story.dated:
        local = site.local(story.published)
        changed = site.local(story.modified(view.now) or story.published)
        data = {
            "@context": "http://schema.org", "@type": "BlogPosting", "mainEntityOfPage": {"@id": site.url(story.path), "name": None}, "url": site.url(story.path),
            "headline": draft.title, "description": draft.blocks[0].text[:120], "author": {"@type": "Person", "name": site.plan.author},
            "datePublished": local.isoformat(), "dateModified": changed.isoformat(), "publisher": {"@type": "Organization", "name": "TISTORY"},
        }  # fmt: skip
        # The platform writes og:regDate on a twelve-hour clock without saying which half of the day.
        head += (
            f'<meta property="article:published_time" content="{local.isoformat()}"><meta property="article:modified_time" content="{changed.isoformat()}">'
            f'<meta property="og:regDate" content="{local:%Y%m%d%I%M%S}"><script type="application/ld+json">{json.dumps(data, ensure_ascii=False)}</script>'
        )
    return head


def listing(site: Site, view: View, stories: Sequence[Story], *, path: str, page: int, heading: str) -> str:
    """The front page or a category: title, the beginning of the text, date."""
    shown = stories[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    items = "".join(_item(site, story, view) for story in shown)
    pages = max(1, -(-len(stories) // PAGE_SIZE))
    numbers = "".join(
        f'<a href="{path}?page={number}" class="link_num">{number}</a>' for number in range(1, min(pages, 10) + 1)
    )
    following = f'<a rel="next" href="{path}?page={page + 1}" class="next">다음</a>' if page < pages else ""
    main = f'<div id="mArticle"><h2 {site.c("headline")}>{escape(heading)}</h2>{items}<div class="area_paging">{numbers}{following}</div></div>'
    head = (
        f'<link rel="alternate" type="application/rss+xml" title="{site.plan.title}" href="{site.url("/rss")}">'
        f'<meta property="og:type" content="website"><meta property="og:title" content="{site.plan.title}"><link rel="canonical" href="{site.url(path)}">'
    )
    return document(
        site,
        language="ko",
        title=site.plan.title,
        head=head,
        body=_frame(site, view, main),
        body_id="tt-body-index" if path == "/" else "tt-body-category",
    )


def _item(site: Site, story: Story, view: View) -> str:
    draft = story.at(view.now).draft
    link = escape(story.path)
    picture = f'<a href="{link}" class="thumbnail_post"><img src="{story.image}" alt=""></a>' if story.image else ""
    when = f"<span {site.c('date')}>{_VISIBLE.format(site.local(story.published))}</span>" if story.dated else ""
    return (
        f'<div class="list_content {site.skin.name("item")}">{picture}<a href="{link}" class="link_post"><strong class="tit_post">{escape(draft.title)}</strong>'
        f'<p class="txt_post">{escape(draft.blocks[0].text[:110])}..</p></a><div class="detail_info"><a href="/category/1">{category(draft)}</a> {when}</div></div>'
    )


def _frame(site: Site, view: View, main: str) -> str:
    recent = "".join(
        f'<li><a href="{escape(one.path)}">{escape(one.at(view.now).draft.title[:18])}⋯</a></li>'
        for one in view.stories[:5]
    )
    talk = "".join(
        f'<li><a href="{escape(one.path)}#comment{number}">{text}</a></li>'
        for number, (one, text) in enumerate(zip(view.stories, clutter.COMMENTS["ko"][5:], strict=False))
    )
    side = (
        f'<aside id="aside"><div class="profile"><strong>{site.plan.author}</strong><p>{site.plan.title} 에 오신 것을 환영합니다</p></div>'
        '<ul class="tt_category"><li><a href="/category">분류 전체보기 <span class="c_cnt">(100)</span></a></li><li><a href="/category/1">시사, 기술 (31)</a></li></ul>'
        f"<h3>최근글</h3><ul>{recent}</ul><h3>최근댓글</h3><ul>{talk}</ul><div>Total {VIEWS} / Today 12</div></aside>"
    )
    return (
        '<div id="acc-nav"><a href="#content">본문 바로가기</a></div><div id="wrap"><header id="header">'
        f'<h1><a href="/">{site.plan.title}</a></h1><form action="/search"><input name="q"><button>검색</button></form>'
        f'<nav id="gnb"><ul><li><a href="/">홈</a></li><li><a href="/tag">태그</a></li><li><a href="{site.plan.disallowed}">방명록</a></li></ul></nav></header>'
        f'<section id="container">{main}{side}</section><div data-tistory-react-app="Namecard" data-n="{NONCE}"></div>{bottom(site, "ko")}</div>'
    )
