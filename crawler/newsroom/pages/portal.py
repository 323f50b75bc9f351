# ruff: noqa: E501 - markup is easier to check where a line of it stays a line
"""A magazine portal: topic listings that show most of each article's text, and the articles' own pages."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from crawler.newsroom.pages import clutter
from crawler.newsroom.pages.site import (
    Site,
    View,
    ad,
    after_article,
    blocks,
    bottom,
    document,
    figure,
    links_box,
    sidebar,
    top,
)
from crawler.newsroom.world import Story, body_text, prose

# As much of a text as the portal's listings show; a longer one is cut in mid-sentence.
LISTED_LETTERS = 800
PAGE_SIZE = 10
# A cut at the end of a sentence could not be told from a text that ends there.
_SENTENCE_ENDS = ".”'’) "
_STAMP = "%Y.%m.%d %H:%M:%S"


def listed_text(site: Site, story: Story, view: View) -> tuple[str, bool]:
    """The text that the listing shows of a story, and whether it is cut."""
    paragraphs = prose(story.at(view.now).draft)
    whole = (" " if site.rng("glue").random() < 0.5 else "").join(paragraphs)
    if len(whole) <= LISTED_LETTERS:
        return whole, False
    return whole[:LISTED_LETTERS].rstrip(_SENTENCE_ENDS), True


def listing(site: Site, view: View, stories: Sequence[Story], *, path: str, page: int, heading: str) -> str:
    """One page of a listing of `stories` (all of them, newest first); `path` without its page number."""
    shown = stories[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    items = "\n".join(_item(site, story, view) for story in shown)
    pages = max(1, -(-len(stories) // PAGE_SIZE))
    glue = "&amp;" if "?" in path else "?"
    numbers = "".join(
        f"<strong>{number}</strong>" if number == page else f'<a href="{escape(path)}{glue}page={number}">{number}</a>'
        for number in range(max(1, page - 4), min(pages, page + 5) + 1)
    )
    following = (
        f'<a class="btn-next" rel="next" href="{escape(path)}{glue}page={page + 1}">다음</a>' if page < pages else ""
    )
    older = links_box(site, "related", "지난 기사 더 보기", stories[page * PAGE_SIZE : page * PAGE_SIZE + 5], view)
    head = f'<meta property="og:type" content="website"><meta property="og:title" content="{escape(heading)} - {site.plan.title}"><link rel="canonical" href="{escape(site.url(path))}">'
    main = (
        f"<h2 {site.c('headline')}>{escape(heading)}</h2>\n<ul {site.c('list')}>\n{items}\n</ul>\n"
        f"<div {site.c('paging')}>{numbers}{following}</div>\n{older}"
    )
    return document(
        site, language="ko", title=f"{heading} | {site.plan.title}", head=head, body=_frame(site, view, main)
    )


def _item(site: Site, story: Story, view: View) -> str:
    draft = story.at(view.now).draft
    text, _ = listed_text(site, story, view)
    link, title = escape(story.path), escape(draft.title)
    picture = (
        f'<figure {site.c("thumb")}><a href="{link}"><img src="{story.image}" alt="{title}"></a><figcaption>{title}</figcaption></figure>'
        if story.image
        else ""
    )
    return (
        f'<li {site.c("item")}><div {site.c("text")}><h3><a href="{link}">{title}</a></h3>'
        f"<p {site.c('standfirst')}>{escape(text, quote=False)}</p><p {site.c('date')}>{site.local(story.published):{_STAMP}}</p></div>{picture}</li>"
    )


def article(site: Site, story: Story, view: View) -> str:
    """The page of one article."""
    revision = story.at(view.now)
    draft = revision.draft
    rng = site.rng(f"article/{story.number}")
    inserts = [ad(site, "ko")]
    if story.image:
        inserts.insert(0, figure(site, story, draft.captions[0], draft.title))
    related = [one for one in view.stories[:30] if one is not story][:2]
    if related and rng.random() < 0.5:
        inserts.append(
            f'<div {site.c("related")}><a href="{escape(related[0].path)}">▶ {escape(related[0].at(view.now).draft.title)}</a></div>'
        )
    body = blocks(site, revision, style=site.skin.paragraphs, inserts=inserts, seed=story.number)
    modified = story.modified(view.now)
    changed = f" <span>수정 {site.local(modified):{_STAMP}}</span>" if modified else ""
    names = ", ".join(f"{name} 기자" for name in story.authors)
    after = after_article(site, "ko", story, view)
    skin = site.skin
    opened = (
        f"<{skin.headline} {site.c('headline')}>{escape(draft.title)}</{skin.headline}>"
        f"<div {site.c('meta')}><span {site.c('author')}>{names}</span> <span {site.c('date')}>입력 {site.local(story.published):{_STAMP}}</span>{changed}</div>"
    )
    inner = f"<{skin.wrapper} {site.c('body')}>\n{body}\n</{skin.wrapper}>"
    main = (
        f"<article {site.c('article')}>{opened}{inner}{after}</article>"
        if skin.chrome_inside
        else f"<div {site.c('article')}>{opened}{inner}</div>{after}"
    )
    head = (
        f'<link rel="canonical" href="{escape(site.url(story.path))}"><meta property="og:type" content="article">'
        f'<meta property="og:title" content="{escape(draft.title)}"><meta property="og:url" content="{escape(site.url(story.path))}">'
        f'<meta property="og:site_name" content="{site.plan.title}"><meta property="article:section" content="{draft.section}">'
        f'<meta name="keywords" content="{",".join(draft.tags)}"><meta property="og:description" content="{escape(body_text(draft)[:90])}">'
        + (f'<meta property="og:image" content="{site.url(story.image)}">' if story.image else "")
    )
    return document(
        site, language="ko", title=f"{draft.title} | {site.plan.title}", head=head, body=_frame(site, view, main)
    )


def _frame(site: Site, view: View, main: str) -> str:
    side = sidebar(site, "ko", view)
    hidden = f'<p class="blind">{clutter.TOOLS["ko"][1]}</p>'
    first, second = (side, main) if site.skin.side_first else (main, side)
    return f'{top(site, "ko")}<div {site.c("wrap")} id="main">{hidden}{first}\n{second}</div>\n{bottom(site, "ko")}'
