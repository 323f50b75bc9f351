# ruff: noqa: E501 - markup is easier to check where a line of it stays a line
"""A small paper's old site: CP949 bytes labelled EUC-KR, tables for layout, text between line breaks."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from crawler.newsroom.pages import clutter
from crawler.newsroom.pages.site import VIEWS, Site, View, ad, bottom, comments, document, links_box, top
from crawler.newsroom.world import Story
from crawler.newsroom.writing import BlockKind

CHARSET = "euc-kr"
CODEC = "cp949"
PAGE_SIZE = 20
_STAMP = "%Y.%m.%d %H:%M:%S"


def byline(story: Story) -> str:
    """How the text begins."""
    return f"({'남해'}=남해일보) {story.authors[0]} 기자 = " if story.number % 2 == 0 else ""


def last_line(story: Story) -> str | None:
    """How the text ends, on some articles."""
    return None if story.number % 2 == 0 else f"/{story.authors[0]} 기자"


def article(site: Site, story: Story, view: View) -> str:
    """The page of one article."""
    draft = story.at(view.now).draft
    parts: list[str] = []
    if story.image:
        parts.append(
            f'<table align="center" width="400"><tr><td><img src="{story.image}"></td></tr><tr><td class="photo_desc">▲ {escape(draft.captions[0])}</td></tr></table><br>'
        )
    for number, block in enumerate(draft.blocks):
        if block.kind is BlockKind.TABLE:
            parts.append(
                '<table border="1" cellspacing="0">'
                + "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in block.rows)
                + "</table><br>"
            )
        elif block.kind is BlockKind.LIST:
            parts.append("".join(f"{escape(row[0])}<br>" for row in block.rows) + "<br>")
        elif block.kind is BlockKind.HEADING:
            parts.append(f"<b>{escape(block.text)}</b><br><br>")
        else:
            parts.append(f"{byline(story) if number == 0 else ''}{escape(block.text, quote=False)}<br><br>\n")
    if line := last_line(story):
        parts.append(f"{line}<br>")
    modified = story.modified(view.now)
    changed = f" | 수정 {site.local(modified):{_STAMP}}" if modified else ""
    rights = escape(clutter.COPYRIGHT["ko"][0].format(site=site.plan.title))
    related = links_box(site, "related", "관련기사", [one for one in view.stories[:20] if one is not story][:3], view)
    ident = site.rng("ident").choice(("article-view-content-div", "articleBody", "news_content", "arl_view_content"))
    main = (
        f'<table width="640" border="0"><tr><td><div {site.c("headline")}><b><font size="5">{escape(draft.title)}</font></b></div></td></tr>'
        f'<tr><td class="{site.skin.name("date")}">입력 {site.local(story.published):{_STAMP}}{changed} | 조회 {VIEWS}</td></tr>'
        f'<tr><td><font size="2">{", ".join(story.authors)} 기자</font> <a href="{escape(site.plan.disallowed)}?idxno={story.number}">인쇄</a></td></tr>'
        f'<tr><td id="{ident}" class="{site.skin.name("body")}">{"".join(parts)}</td></tr>'
        f"<tr><td>{rights}</td></tr><tr><td>{related}</td></tr><tr><td>{comments(site, 'ko', site.rng(story.number), view)}</td></tr></table>"
    )
    head = (
        f'<meta property="og:title" content="{escape(draft.title)}"><meta property="og:site_name" content="{site.plan.title}">'
        f'<meta property="og:description" content="{escape(draft.blocks[0].text[:80])}">'
        + (f'<meta property="og:image" content="{site.url(story.image)}">' if story.image else "")
    )
    return document(
        site,
        language="ko",
        title=f"{site.plan.title} :: {draft.title}",
        head=head,
        body=_frame(site, view, main),
        charset=CHARSET,
    )


def listing(site: Site, view: View, stories: Sequence[Story], *, path: str, page: int, heading: str) -> str:
    """The article list: a table of links with month, day and time, no year."""
    shown = stories[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    rows = "".join(
        f'<tr><td>{story.number}</td><td><a href="{escape(story.path)}">{escape(story.at(view.now).draft.title)}</a></td>'
        f"<td>{story.authors[0]}</td><td>{site.local(story.published):%m-%d %H:%M}</td></tr>"
        for story in shown
    )
    pages = max(1, -(-len(stories) // PAGE_SIZE))
    numbers = " ".join(
        f'<a href="{escape(path)}?page={number}">[{number}]</a>' for number in range(1, min(pages, 10) + 1)
    )
    following = f'<a href="{escape(path)}?page={page + 1}">다음 ▶</a>' if page < pages else ""
    main = f'<table width="640" class="{site.skin.name("list")}"><tr><th>번호</th><th>제목</th><th>기자</th><th>등록일</th></tr>{rows}</table><center>{numbers} {following}</center>'
    head = f'<link rel="alternate" type="application/rss+xml" href="{site.url("/rss/allArticle.xml")}">'
    return document(
        site,
        language="ko",
        title=f"{site.plan.title} :: {heading}",
        head=head,
        body=_frame(site, view, main),
        charset=CHARSET,
    )


def _frame(site: Site, view: View, main: str) -> str:
    ranked = links_box(site, "ranking", clutter.RANKING["ko"][0], view.stories[:8], view, ordered=True)
    return (
        f'{top(site, "ko")}<table width="980" align="center" id="main"><tr><td colspan="3"><marquee>{clutter.LATEST["ko"][1]} {clutter.NEWSLETTER["ko"][4]}</marquee></td></tr>'
        f'<tr><td width="120" valign="top">{ad(site, "ko")}</td><td valign="top">{main}</td><td width="200" valign="top">{ranked}{ad(site, "ko")}</td></tr></table>{bottom(site, "ko")}'
    )
