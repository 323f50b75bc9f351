"""What a page says of its site's other entrances: feeds, sitemaps, frames and search forms. For discovery only.

A second look at a page that `extract` has read; a crawl never needs it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from selectolax.lexbor import LexborNode

from crawler.extract.document import Document, parse_document
from crawler.extract.page_hints import FEED_TYPES
from crawler.extract.results_page import SEARCH_NAMES
from crawler.items import Page
from crawler.urls import normalize_url, publisher

MAX_FEEDS = 300
MAX_LINKED = 30
MAX_FRAMES = 3
MAX_FORMS = 20
MAX_INPUTS = 40
MAX_METAS = 100
MAX_ANCHORS = 5_000
MAX_TEMPLATE = 1_000
HEAD_CHARS = 300_000
"""Characters in which marks of a kind of site are looked for: scripts and styles that name it stand at the top."""

TOPIC, NUMBER = "{topic}", "{page}"

_LOOKS_LIKE_FEED = re.compile(
    r"(?:^|/)(?:[\w-]{1,40}[-_.](?=\w{3,5}\.\w))?(?:rss2?|feeds?|atom|rdf)(?:\.(?:xml|php|aspx?|jsp|json|do))?(?:[/?]|$)"
    r"|\.(?:rss|atom|rdf)(?:$|\?)|[?&](?:feed|format|type|output)=(?:rss2?|atom|feed)(?:&|$)",
    re.IGNORECASE,
)
_SAYS_FEED = re.compile(r"\b(?:rss|atom|feed)\b|피드|구독하기\s*\(?rss", re.IGNORECASE)
_REFRESH = re.compile(r"""\s*[0-5](?:\.\d*)?\s*[;,]\s*(?:url\s*=\s*)?["']?([^"'\s]+)""", re.IGNORECASE)
"""Where a page sends a browser, and that within seconds: what comes back to itself does so after minutes."""

_FIELD = re.compile(r"\{([^{}]{1,60})\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLink:
    """A feed as a page names it: `declared` in a ``<link>``, else an anchor. `language` is the link's hreflang."""

    url: str
    title: str | None = None
    declared: bool = True
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Doorways:
    """The other entrances that a page names. URLs are absolute; `head` is the beginning of its markup.

    `searches` are what its forms would ask for, as URLs with ``{topic}``. What it says of searching in words that are
    meant for machines is in the extraction's hints.
    """

    title: str | None = None
    language: str | None = None
    generator: str | None = None
    canonical: str | None = None
    feeds: tuple[FeedLink, ...] = ()
    sitemaps: tuple[str, ...] = ()
    searches: tuple[str, ...] = ()
    frames: tuple[str, ...] = ()
    head: str = ""


def read_doorways(page: Page) -> Doorways:
    """The entrances that an HTML page names; of anything else, none. Never raises on content."""
    document = parse_document(page)
    declared = _declared(document)
    linked = _linked(document, {link.url for link in declared})
    language = (document.lang_attribute or "").strip().lower()
    return Doorways(
        title=document.meta("og:site_name") or document.title_tag,
        language=language[:2] if re.match(r"[a-z]{2}(?:[-_]|$)", language) else None,
        generator=document.meta("generator"),
        canonical=_url(document, document.link("canonical")),
        feeds=(*declared, *linked),
        sitemaps=tuple(_hrefs(document, "sitemap"))[:MAX_FRAMES],
        searches=tuple(dict.fromkeys(_forms(document)))[:MAX_FRAMES],
        frames=tuple(_frames(document)),
        head=document.text[:HEAD_CHARS],
    )


def search_template(raw: str, base: str) -> str | None:
    """A URL with ``{topic}`` from one with exactly one field of any name (schema.org's ``{search_term_string}``)."""
    fields = list(dict.fromkeys(_FIELD.findall(raw)))
    if len(raw) > MAX_TEMPLATE or len(fields) != 1:
        return None
    return _absolute(raw.replace("{" + fields[0] + "}", TOPIC), base)


def _url(document: Document, href: str | None) -> str | None:
    found = document.absolute(href)
    return normalize_url(found) if found else None


def _hrefs(document: Document, rel: str) -> Iterator[str]:
    for attributes in document.links.get(rel, ()):
        if url := _url(document, attributes.get("href")):
            yield url


def _declared(document: Document) -> tuple[FeedLink, ...]:
    found: dict[str, FeedLink] = {}
    for attributes in (*document.links.get("alternate", ()), *document.links.get("feed", ())):
        if (attributes.get("type") or "").split(";")[0].strip().lower() not in FEED_TYPES:
            continue
        url = _url(document, attributes.get("href"))
        if url and url not in found and len(found) < MAX_FEEDS:
            language = (attributes.get("hreflang") or "").strip().lower()[:2] or None
            title = " ".join((attributes.get("title") or "").split())[:200] or None
            found[url] = FeedLink(url=url, title=title, language=language)
    return tuple(found.values())


def _linked(document: Document, known: set[str]) -> tuple[FeedLink, ...]:
    found: dict[str, FeedLink] = {}
    body = document.body
    home = publisher(document.url)
    for node in (body.css("a[href]") if body is not None else [])[:MAX_ANCHORS]:
        href = (node.attributes.get("href") or "").strip()
        path = href.partition("#")[0]
        if not path or not _LOOKS_LIKE_FEED.search(path):
            text = node.text()[:60] if path.endswith(".xml") else ""
            if not (text and _SAYS_FEED.search(text)):
                continue
        url = _url(document, path)
        if url and url not in known and url not in found and len(found) < MAX_LINKED and _serves(url, home):
            title = " ".join(node.text()[:200].split()) or None
            found[url] = FeedLink(url=url, title=title, declared=False)
    return tuple(found.values())


def _serves(url: str, home: str) -> bool:
    """Whether a feed that an anchor names may be the site's: blogrolls name those of others."""
    host = urlsplit(url).hostname or ""
    return publisher(url) == home or host.endswith("feedburner.com") or host.startswith(("rss.", "feeds.", "feed."))


def _frames(document: Document) -> Iterator[str]:
    """What holds the page itself: where it sends a browser at once, the frames of a frame set, and a frame beside which
    there is hardly any text.
    """
    root = document.root
    if root is None:
        return
    for node in root.css("meta[http-equiv][content]")[:MAX_METAS]:
        if (node.attributes.get("http-equiv") or "").strip().lower() != "refresh":
            continue
        told = _REFRESH.match((node.attributes.get("content") or "")[:MAX_TEMPLATE])
        if told is not None and (url := _url(document, told[1])):
            yield url
            return
    nodes = root.css("frame[src]")
    body = document.body
    if not nodes and body is not None and len(body.css("a[href]")) < 5:
        nodes = root.css("iframe[src]")
    for node in nodes[:MAX_FRAMES]:
        if url := _url(document, node.attributes.get("src")):
            yield url


def _forms(document: Document) -> Iterator[str]:
    """Forms that ask for words and send them in the URL."""
    root = document.root
    for form in (root.css("form") if root is not None else [])[:MAX_FORMS]:
        if (form.attributes.get("method") or "get").strip().lower() != "get":
            continue
        inputs = form.css("input")[:MAX_INPUTS]
        name = _search_field(form, inputs)
        action = _url(document, (form.attributes.get("action") or "").strip() or document.url)
        if name is None or action is None:
            continue
        hidden = [
            (key, (node.attributes.get("value") or "")[:200])
            for node in inputs
            if (node.attributes.get("type") or "").lower() == "hidden" and (key := node.attributes.get("name"))
        ]
        # A form's own query string is dropped by browsers when it is sent.
        place = action.partition("?")[0]
        fixed = urlencode(hidden) + "&" if hidden else ""
        if found := _absolute(f"{place}?{fixed}{quote(name)}={TOPIC}", document.base_url):
            yield found


def _search_field(form: LexborNode, inputs: list[LexborNode]) -> str | None:
    """The name of the field of a form that takes the words; `None` for forms that ask for something else."""
    asks = "search" in f"{form.attributes.get('role')} {form.attributes.get('action')}".lower()
    texts = 0
    found: str | None = None
    for node in inputs:
        kind = (node.attributes.get("type") or "text").lower()
        name = node.attributes.get("name")
        if kind in ("password", "email"):
            return None
        if kind not in ("text", "search") or not name:
            continue
        texts += 1
        if kind == "search" or name.lower() in SEARCH_NAMES or asks:
            found = found or name
    return found if texts == 1 else None


def _absolute(template: str, base: str) -> str | None:
    """A template as an absolute URL with its fields left bare; `None` where it can't be fetched."""
    marks = {TOPIC: "presswatchtopic", NUMBER: "presswatchpage"}
    for field, mark in marks.items():
        template = template.replace(field, mark)
    url = normalize_url(template, base)
    if url is None or marks[TOPIC] not in url.partition("://")[2].partition("/")[2]:
        return None
    for field, mark in marks.items():
        url = url.replace(mark, field)
    return url if "{" not in url.replace(TOPIC, "").replace(NUMBER, "") else None
