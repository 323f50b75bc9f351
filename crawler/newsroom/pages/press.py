# ruff: noqa: E501 - markup is easier to check where a line of it stays a line
"""A news service in the manner of Naver's: bare text between line breaks, captions inside it, listings with relative times."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from crawler.newsroom.pages import clutter
from crawler.newsroom.pages.site import (
    VIEWS,
    Site,
    View,
    ad,
    after_article,
    bottom,
    document,
    links_box,
    relative,
    sidebar,
    top,
)
from crawler.newsroom.world import Story
from crawler.newsroom.writing import BlockKind

PAGE_SIZE = 12


def mobile_path(story: Story) -> str:
    """The same article's mobile address."""
    return f"/mnews{story.path}?sid=105"


def byline(story: Story) -> str | None:
    """The agency tag before the first sentence, on some articles."""
    return f"[{'오늘뉴스'} {story.authors[0]} 기자] " if story.number % 3 == 0 else None


def last_line(story: Story) -> str | None:
    """Name and mail of the reporter after the last sentence, on some articles."""
    return f"{story.authors[0]} 기자 desk{story.number % 50}@example.com" if story.number % 4 == 1 else None


def article(site: Site, story: Story, view: View) -> str:
    """The page of one article."""
    revision = story.at(view.now)
    draft = revision.draft
    rng = site.rng(f"article/{story.number}")
    parts: list[str] = []
    if story.image:
        parts.append(
            f'<span class="end_photo_org"><div {site.c("figure")}><img data-src="{site.url(story.image)}" alt=""></div>'
            f'<em class="img_desc">{escape(draft.captions[0])}</em></span>'
        )
    parts.append(f'<strong class="media_end_summary">{escape(draft.summary)}</strong><br><br>')
    for number, block in enumerate(draft.blocks):
        if block.kind is BlockKind.TABLE:
            parts.append(
                "<table><tbody>"
                + "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in block.rows)
                + "</tbody></table><br>"
            )
        elif block.kind is BlockKind.LIST:
            parts.append("".join(f"{escape(row[0])}<br>" for row in block.rows) + "<br>")
        elif block.kind is BlockKind.HEADING:
            parts.append(f"<b>{escape(block.text)}</b><br><br>")
        else:
            said = (byline(story) or "") if number == 0 else ""
            parts.append(f"{said}{escape(block.text, quote=False)}<br><br>")
        if number == 1:
            parts.append(f'<div class="{site.skin.name("ad")}" aria-label="광고"></div>')
    if line := last_line(story):
        parts.append(f"{escape(line)}<br>")
    local = site.local(story.published)
    modified = story.modified(view.now)
    half = "오전" if local.hour < 12 else "오후"
    when = f"{local:%Y.%m.%d}. {half} {(local.hour - 1) % 12 + 1}:{local:%M}"
    changed = (
        f'<div>수정<span class="_MODIFY_TIME" data-modify-date-time="{site.local(modified):%Y-%m-%d %H:%M:%S}">{site.local(modified):%Y.%m.%d. %H:%M}</span></div>'
        if modified
        else ""
    )
    ident = site.rng("ident").choice(("dic_area", "newsct_article", "articeBody", "harmonyBody", "contents_area"))
    cards = "".join(
        f'<div {site.c("author")}><em class="media_end_head_journalist_name">{name} 기자</em><a href="/journalist/{number}">{clutter.REPORTER["ko"][0]}</a></div>'
        for number, name in enumerate(story.authors)
    )
    headline = (
        f'<div {site.c("meta")}><a href="/"><img src="/img/logo.png" alt="{site.plan.title}"></a><h2 id="title_area" class="{site.skin.name("headline")}"><span>{escape(draft.title)}</span></h2>'
        f'<div>입력<span class="_ARTICLE_DATE_TIME" data-date-time="{local:%Y-%m-%d %H:%M:%S}">{when}</span></div>{changed}{cards}<span>댓글 {VIEWS}</span></div>'
    )
    help_text = '<p class="guide">이 기사는 언론사에서 <em>IT/과학</em> 섹션으로 분류했습니다. 기사 섹션 분류 안내</p>'
    others = links_box(site, "widget", f"{site.plan.title} 헤드라인", view.stories[:6], view)
    main = (
        f'{headline}<div id="contents" {site.c("article")}><div id="{ident}" class="{site.skin.name("body")}">{"".join(parts)}</div>'
        f'<div class="byline"><p class="byline_p">{", ".join(f"{name} 기자" for name in story.authors)}</p></div>{help_text}</div>'
        f"{after_article(site, 'ko', story, view, skip=frozenset({'tags'}))}{others}{ad(site, 'ko')}"
    )
    url = escape(site.url(story.path))
    head = (
        f'<link rel="canonical" href="{url}"><meta property="og:title" content="{escape(draft.title)}"><meta property="og:type" content="article"><meta property="og:url" content="{url}">'
        f'<meta property="og:article:author" content="{site.plan.title} | 뉴스홈"><meta property="og:description" content="{escape(draft.blocks[0].text[:100])}">'
        + (f'<meta property="og:image" content="{site.url(story.image)}">' if story.image else "")
    )
    del rng
    return document(site, language="ko", title=f"{draft.title} : 뉴스홈", head=head, body=_frame(site, view, main))


def listing(site: Site, view: View, stories: Sequence[Story], *, path: str, page: int, heading: str) -> str:
    """A section: links with the first words and how long ago; every third link is the mobile address."""
    shown = stories[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    items = []
    for story in shown:
        draft = story.at(view.now).draft
        link = escape(mobile_path(story) if story.number % 3 == 1 else story.path)
        thumb = (
            f'<a href="{link}" {site.c("thumb")}><img src="{story.image}" alt="{escape(draft.title)}"></a>'
            if story.image
            else ""
        )
        items.append(
            f'<li {site.c("item")}>{thumb}<div {site.c("text")}><a href="{link}" class="{site.skin.name("headline")}"><strong>{escape(draft.title)}</strong></a>'
            f"<div {site.c('standfirst')}>{escape(draft.blocks[0].text[:70])}...</div><div {site.c('meta')}><span>{site.plan.title}</span> <b>{relative(view.now, story.published)}</b></div></div></li>"
        )
    pages = max(1, -(-len(stories) // PAGE_SIZE))
    more = f'<a href="{path}?page={page + 1}" rel="next" {site.c("paging")}>다음 페이지</a>' if page < pages else ""
    main = f"<h2>{escape(heading)}</h2><ul {site.c('list')}>{''.join(items)}</ul>{more}{ad(site, 'ko')}"
    head = f'<meta property="og:title" content="{escape(heading)} : 뉴스홈"><meta property="og:type" content="website">'
    return document(site, language="ko", title=f"{heading} : 뉴스홈", head=head, body=_frame(site, view, main))


def _frame(site: Site, view: View, main: str) -> str:
    return f'{top(site, "ko")}<div {site.c("wrap")} id="main"><div id="ct">{main}</div>{sidebar(site, "ko", view)}</div>{bottom(site, "ko")}'
