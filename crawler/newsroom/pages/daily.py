# ruff: noqa: E501 - markup is easier to check where a line of it stays a line
"""An English daily: JSON-LD, AMP twins, pleas for subscriptions between paragraphs."""

from __future__ import annotations

import json
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
from crawler.newsroom.world import Story

PAGE_SIZE = 15


def amp_path(story: Story) -> str:
    """The AMP twin of an article."""
    return f"{story.path}/amp"


def article(site: Site, story: Story, view: View) -> str:
    """The page of one article."""
    revision = story.at(view.now)
    draft = revision.draft
    rng = site.rng(f"article/{story.number}")
    inserts = [
        ad(site, "en"),
        site.box(
            "subscribe", f"<p>{escape(rng.choice(clutter.NEWSLETTER['en']))}</p><a href='/subscribe'>Subscribe</a>"
        ),
    ]
    if story.image:
        inserts.insert(0, figure(site, story, draft.captions[0], draft.title))
    if len(view.stories) > 4 and rng.random() < 0.6:
        others = [one for one in view.stories[:12] if one is not story][:2]
        inserts.append(links_box(site, "related", rng.choice(clutter.RELATED["en"]), others, view))
    style = site.skin.paragraphs if site.skin.paragraphs != "br" else "p"
    body = blocks(site, revision, style=style, inserts=inserts, seed=story.number)
    local, modified = site.local(story.published), story.modified(view.now)
    changed = (
        f'<span>Updated <time datetime="{site.local(modified).isoformat()}">{site.local(modified):%B %-d, %Y, %-I:%M %p}</time></span>'
        if modified
        else ""
    )
    names = " and ".join(
        f'<a rel="author" href="/by/{name.split()[-1].lower()}">{escape(name)}</a>' for name in story.authors
    )
    after = after_article(site, "en", story, view)
    skin = site.skin
    opened = (
        f'<nav class="crumbs"><a href="/">Home</a> › <a href="/{draft.section.lower()}">{draft.section}</a></nav>'
        f"<{skin.headline} {site.c('headline')}>{escape(draft.title)}</{skin.headline}><p {site.c('standfirst')}>{escape(draft.summary)}</p>"
        f'<div {site.c("meta")}>By {names} <time datetime="{local.isoformat()}">{local:%B %-d, %Y, %-I:%M %p}</time> {changed}<span>{2 + len(draft.blocks) // 4} min read</span></div>'
    )
    inner = f"<{skin.wrapper} {site.c('body')}>{body}</{skin.wrapper}>"
    main = f"<article {site.c('article')}>{opened}{inner}{after if skin.chrome_inside else ''}</article>{'' if skin.chrome_inside else after}"
    return document(
        site,
        language="en",
        title=f"{draft.title} - {site.plan.title}",
        head=_head(site, story, view, amp=True),
        body=_frame(site, view, main),
    )


def amp(site: Site, story: Story, view: View) -> str:
    """The AMP twin: the same text with less around it, its canonical link pointing to the article."""
    revision = story.at(view.now)
    draft = revision.draft
    local = site.local(story.published)
    body = blocks(site, revision, style="p", inserts=['<amp-ad width="300" height="250"></amp-ad>'], seed=story.number)
    main = (
        f"<main><h1>{escape(draft.title)}</h1><p>{escape(draft.summary)}</p><p>By {escape(' and '.join(story.authors))}</p>"
        f'<time datetime="{local.isoformat()}">{local:%B %-d, %Y}</time><div class="amp-body">{body}</div></main>{bottom(site, "en")}'
    )
    return document(site, language="en", title=draft.title, head=_head(site, story, view, amp=False), body=main)


def _head(site: Site, story: Story, view: View, *, amp: bool) -> str:
    draft = story.at(view.now).draft
    url = escape(site.url(story.path))
    data: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "mainEntityOfPage": site.url(story.path),
        "headline": draft.title,
        "description": draft.summary,
        "datePublished": site.local(story.published).isoformat(),
        "dateModified": site.local(story.modified(view.now) or story.published).isoformat(),
        "author": [{"@type": "Person", "name": name} for name in story.authors],
        "publisher": {"@type": "Organization", "name": site.plan.title},
        "articleSection": draft.section,
        "keywords": list(draft.tags),
        "inLanguage": "en",
        "isAccessibleForFree": True,
    }
    if story.image:
        data["image"] = [site.url(story.image)]
    crumbs = {
        "@context": "https://schema.org",
        "@type": "BreadcrumbList",
        "itemListElement": [{"@type": "ListItem", "position": 1, "name": draft.section}],
    }
    graph = json.dumps([crumbs, data], ensure_ascii=False).replace("</", "<\\/")
    head = (
        f'<link rel="canonical" href="{url}"><meta name="description" content="{escape(draft.summary)}"><meta property="og:title" content="{escape(draft.title)}">'
        f'<meta property="og:type" content="article"><meta property="og:url" content="{url}"><meta property="og:site_name" content="{site.plan.title}"><meta name="robots" content="max-image-preview:large">'
        f'<link rel="alternate" type="application/atom+xml" href="{site.url("/feed.atom")}"><script type="application/ld+json">{graph}</script>'
    )
    if story.image:
        head += f'<meta property="og:image" content="{site.url(story.image)}">'
    return head + (f'<link rel="amphtml" href="{escape(site.url(amp_path(story)))}">' if amp else "")


def listing(site: Site, view: View, stories: Sequence[Story], *, path: str, page: int, heading: str) -> str:
    """The front page or a section: cards with headline, standfirst and date; some lead to the AMP twin."""
    shown = stories[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    cards = []
    for story in shown:
        draft = story.at(view.now).draft
        link = escape(amp_path(story) if story.number % 6 == 5 else story.path)
        picture = f'<img src="{story.image}" alt="">' if story.image else ""
        local = site.local(story.published)
        cards.append(
            f'<div {site.c("item")}><a href="{link}">{picture}<h3>{escape(draft.title)}</h3></a><p>{escape(draft.summary)}</p>'
            f'<time datetime="{local.isoformat()}">{local:%b %-d, %Y}</time></div>'
        )
    pages = max(1, -(-len(stories) // PAGE_SIZE))
    more = f'<a rel="next" href="{path}?page={page + 1}">Older stories</a>' if page < pages else ""
    head = (
        f'<link rel="alternate" type="application/atom+xml" title="{site.plan.title}" href="{site.url("/feed.atom")}"><meta property="og:type" content="website">'
        f'<meta property="og:title" content="{escape(heading)}">'
    )
    main = f"<h1>{escape(heading)}</h1><section {site.c('list')}>{''.join(cards)}</section>{more}"
    return document(
        site, language="en", title=f"{heading} - {site.plan.title}", head=head, body=_frame(site, view, main)
    )


def _frame(site: Site, view: View, main: str) -> str:
    return (
        f'{top(site, "en")}<div {site.c("wrap")} id="main">{main}{sidebar(site, "en", view)}</div>{bottom(site, "en")}'
    )
