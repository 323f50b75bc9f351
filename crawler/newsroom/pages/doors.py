# ruff: noqa: E501 - markup is easier to check where a line of it stays a line
"""Doors for machines: RSS, Atom, sitemaps and robots.txt. They show nothing that changes while the clock stands still."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from xml.sax.saxutils import escape as xml

from crawler.newsroom.pages.site import Site, View
from crawler.newsroom.world import Story

FEED_SIZE = 50
_SITEMAP_SPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def robots(site: Site, *, sitemap: str | None) -> str:
    """robots.txt: one forbidden folder, a crawler that may nothing, the sitemap."""
    lines = [
        "User-agent: BadBot",
        "Disallow: /",
        "",
        "User-agent: *",
        f"Disallow: {site.plan.disallowed}",
        "Disallow: /search",
        "Allow: /",
    ]
    return "\n".join([*lines, *([f"Sitemap: {site.url(sitemap)}"] if sitemap else [])]) + "\n"


def rss(
    site: Site, view: View, *, charset: str = "UTF-8", content: Callable[[Story], str] | None = None, full: bool = False
) -> str:
    """RSS 2.0, newest first. `content` gives an entry's HTML, put into the description or (`full`) into content:encoded."""
    shown = view.stories[:FEED_SIZE]
    items = []
    for story in shown:
        draft = story.at(view.now).draft
        url = xml(site.url(story.path))
        html = content(story) if content else None
        teaser = xml(draft.blocks[0].text[:150])
        description = (
            f"<description><![CDATA[{html}]]></description>"
            if html and not full
            else f"<description>{teaser}</description>"
        )
        encoded = f"<content:encoded><![CDATA[{html}]]></content:encoded>" if html and full else ""
        date = f"<pubDate>{format_datetime(site.local(story.published))}</pubDate>" if story.dated else ""
        names = "".join(f"<dc:creator>{xml(name)}</dc:creator>" for name in story.authors)
        tags = "".join(f"<category>{xml(tag)}</category>" for tag in draft.tags)
        items.append(
            f'<item><title>{xml(draft.title)}</title><link>{url}</link><guid isPermaLink="true">{url}</guid>{description}{encoded}{names}{tags}{date}</item>'
        )
    built = format_datetime(site.local(_last(view)))
    return (
        f'<?xml version="1.0" encoding="{charset}"?>\n<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/">'
        f"<channel><title>{xml(site.plan.title)}</title><link>{site.url('/')}</link><description>{xml(site.plan.title)}</description>"
        f"<language>{site.plan.language}</language><ttl>15</ttl><pubDate>{built}</pubDate>\n"
        + "\n".join(items)
        + "\n</channel></rss>\n"
    )


def atom(site: Site, view: View) -> str:
    """Atom 1.0, newest first; links carry tracking parameters, `updated` moves with every edit."""
    entries = []
    for story in view.stories[:FEED_SIZE]:
        draft = story.at(view.now).draft
        link = escape(site.url(story.path) + "?utm_source=atom&utm_medium=feed&utm_campaign=newsroom")
        changed = site.local(story.modified(view.now) or story.published).isoformat()
        names = "".join(f"<author><name>{xml(name)}</name></author>" for name in story.authors)
        entries.append(
            f'<entry><title>{xml(draft.title)}</title><link rel="alternate" type="text/html" href="{link}"/><id>{xml(site.url(story.path))}</id>'
            f"<published>{site.local(story.published).isoformat()}</published><updated>{changed}</updated>{names}<summary>{xml(draft.summary)}</summary></entry>"
        )
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>{xml(site.plan.title)}</title><id>{site.url("/")}</id>'
        f'<link rel="self" href="{site.url("/feed.atom")}"/><link href="{site.url("/")}"/><updated>{site.local(_last(view)).isoformat()}</updated>\n'
        + "\n".join(entries)
        + "\n</feed>\n"
    )


def news_sitemap(site: Site, view: View, *, since: datetime) -> str:
    """A news sitemap: what was published since `since`, at most the last thousand."""
    rows = []
    for story in view.stories[:1000]:
        if story.published < since or not story.dated:
            continue
        draft = story.at(view.now).draft
        rows.append(
            f"<url><loc>{xml(site.url(story.path))}</loc><lastmod>{_w3c(story, view)}</lastmod><news:news><news:publication><news:name>{xml(site.plan.title)}</news:name>"
            f"<news:language>{draft.language}</news:language></news:publication><news:publication_date>{site.local(story.published).isoformat()}</news:publication_date>"
            f"<news:title>{xml(draft.title)}</news:title></news:news></url>"
        )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset {_SITEMAP_SPACE} xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">\n'
        + "\n".join(rows)
        + "\n</urlset>\n"
    )


def sitemap(site: Site, view: View, stories: Sequence[Story]) -> str:
    """A plain sitemap of `stories`; a story without a date has no lastmod."""
    rows = (
        f"<url><loc>{xml(site.url(story.path))}</loc>"
        + (f"<lastmod>{_w3c(story, view)}</lastmod>" if story.dated else "")
        + "</url>"
        for story in stories
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset {_SITEMAP_SPACE}>\n' + "\n".join(rows) + "\n</urlset>\n"


def sitemap_index(site: Site, children: Sequence[tuple[str, datetime]]) -> str:
    """A sitemap index of (path, lastmod)."""
    rows = "\n".join(
        f"<sitemap><loc>{xml(site.url(path))}</loc><lastmod>{changed.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}</lastmod></sitemap>"
        for path, changed in children
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<sitemapindex {_SITEMAP_SPACE}>\n{rows}\n</sitemapindex>\n'


def _w3c(story: Story, view: View) -> str:
    return f"{(story.modified(view.now) or story.published).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _last(view: View) -> datetime:
    return max((story.modified(view.now) or story.published for story in view.stories[:FEED_SIZE]), default=view.now)
