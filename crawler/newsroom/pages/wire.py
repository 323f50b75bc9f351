# ruff: noqa: E501 - markup is easier to check where a line of it stays a line
"""A two-language outlet that takes over other papers' articles: the same text under its own byline, page and time."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from crawler.newsroom.pages import clutter
from crawler.newsroom.pages.site import Site, View, ad, after_article, blocks, bottom, document, figure, sidebar, top
from crawler.newsroom.world import Story

PAGE_SIZE = 15


def byline(story: Story, view: View) -> str:
    """The paragraph above the text."""
    who = ", ".join(story.authors)
    return f"{who} 기자" if story.at(view.now).draft.language == "ko" else f"By {who}"


def article(site: Site, story: Story, view: View) -> str:
    """The page of one article, microdata instead of JSON-LD."""
    revision = story.at(view.now)
    draft = revision.draft
    language = draft.language
    inserts = [figure(site, story, draft.captions[1], "")] if story.image else []
    inserts.append(ad(site, language))
    body = blocks(site, revision, style=site.skin.paragraphs, inserts=inserts, seed=f"{story.number}")
    local, modified = site.local(story.published), story.modified(view.now)
    changed = (
        f'<meta itemprop="dateModified" content="{site.local(modified).isoformat()}"><i>{"수정" if language == "ko" else "Updated"} {site.local(modified):%Y-%m-%d %H:%M}</i>'
        if modified
        else ""
    )
    skin = site.skin
    after = after_article(site, language, story, view)
    main = (
        f'<div {site.c("article")} itemscope itemtype="https://schema.org/NewsArticle"><{skin.headline} itemprop="headline" {site.c("headline")}>{escape(draft.title)}</{skin.headline}>'
        f'<div {site.c("meta")}><span itemprop="author">{escape(byline(story, view))}</span> <time itemprop="datePublished" datetime="{local.isoformat()}">{local:%Y-%m-%d %H:%M}</time>{changed}</div>'
        f'<{skin.wrapper} itemprop="articleBody" {site.c("body")}>{body}</{skin.wrapper}>{after if skin.chrome_inside else ""}</div>{"" if skin.chrome_inside else after}'
    )
    url = escape(site.url(story.path))
    head = (
        f'<link rel="canonical" href="{url}"><meta property="og:title" content="{escape(draft.title)}"><meta property="og:site_name" content="{site.plan.title}">'
        f'<meta property="article:published_time" content="{local.isoformat()}"><meta property="og:locale" content="{"ko_KR" if language == "ko" else "en_US"}">'
        + "".join(f'<meta property="article:tag" content="{escape(tag)}">' for tag in draft.tags)
        + (f'<meta property="og:image" content="{site.url(story.image)}">' if story.image else "")
    )
    return document(
        site,
        language=language,
        title=f"{draft.title} — {site.plan.title}",
        head=head,
        body=_frame(site, view, main, language),
    )


def listing(site: Site, view: View, stories: Sequence[Story], *, path: str, page: int, heading: str) -> str:
    """A plain list of headlines with dates."""
    shown = stories[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    rows = "".join(
        f'<dl {site.c("item")}><dt><a href="{escape(story.path)}">{escape(story.at(view.now).draft.title)}</a></dt>'
        f"<dd {site.c('text')}>{escape(story.at(view.now).draft.blocks[0].text[:140])}…</dd><dd {site.c('date')}>{site.local(story.published):%Y-%m-%d %H:%M}</dd></dl>"
        for story in shown
    )
    pages = max(1, -(-len(stories) // PAGE_SIZE))
    more = f'<a href="{path}?page={page + 1}" rel="next">{clutter.LATEST["en"][0]} »</a>' if page < pages else ""
    head = f'<link rel="alternate" type="application/rss+xml" href="{site.url("/rss.xml")}">'
    main = f"<h2>{escape(heading)}</h2><div {site.c('list')}>{rows}</div>{more}"
    return document(
        site, language="en", title=f"{heading} — {site.plan.title}", head=head, body=_frame(site, view, main, "en")
    )


def _frame(site: Site, view: View, main: str, language: str) -> str:
    return f'{top(site, language)}<div {site.c("wrap")} id="main">{main}{sidebar(site, language, view)}</div>{bottom(site, language)}'
