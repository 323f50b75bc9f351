"""URLs that list articles on a topic: from a search or tag page, or what a site says of its search. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from crawler.extract.doorways import NUMBER, TOPIC, search_template, topic_of
from crawler.urls import publisher

_TAG = re.compile(
    r"(?P<before>/(?:tags?|topics?|keywords?|labels?|hashtags?|tagged)/)(?P<topic>[^/?#]{1,200})(?P<after>/?)$"
)


@dataclass(frozen=True, slots=True)
class Template:
    """A URL with ``{topic}`` and perhaps ``{page}``, and where it was found."""

    url: str
    origin: str

    @property
    def example(self) -> str:
        """The URL of a topic."""
        return self.url.replace(TOPIC, "news").replace(NUMBER, "1")


def own_template(url: str, next_page: str | None, what: str) -> Template | None:
    """What a search or tag page is for other topics; with ``{page}`` where its next page tells how it counts."""
    if what == "search page" and (asked := topic_of(url)) is not None:
        made = _swapped(url, asked[0])
        paged = _counted(_swapped(next_page, asked[0]), url) if next_page is not None else None
        return Template(paged or made, "the search page itself")
    found = _TAG.search(urlsplit(url).path) if what == "tag page" else None
    if found is None:
        return None
    parts = urlsplit(url)
    base = f"{parts.scheme}://{parts.netloc}"
    path = parts.path[: found.start()] + found["before"] + TOPIC + found["after"]
    query = f"?{parts.query}" if parts.query else ""
    if next_page is not None and unquote(urlsplit(next_page).path).startswith(unquote(parts.path).rstrip("/")):
        rest = urlsplit(next_page)
        further = rest.path[len(parts.path.rstrip("/")) :] + (f"?{rest.query}" if rest.query else "")
        paged = _counted(base + path.rstrip("/") + further, url)
        if paged is not None:
            return Template(paged, "the tag page itself")
    return Template(base + path + query, "the tag page itself")


def site_template(told: str, base: str) -> Template | None:
    """A way to search that a page tells: a form's URL, or schema.org's with a field of any name."""
    made = told if TOPIC in told else search_template(told, base)
    if made is None or publisher(made.replace(TOPIC, "t")) != publisher(base):  # a search engine's, or another site's
        return None
    return Template(made, "its search form" if TOPIC in told else "its SearchAction")


def _swapped(url: str | None, name: str) -> str:
    """A URL with the value of the parameter `name` replaced by the field of the topic."""
    parts = urlsplit(url or "")
    pairs = []
    for pair in parts.query.split("&"):
        key, equals, _ = pair.partition("=")
        pairs.append(f"{key}={TOPIC}" if equals and unquote(key) == name else pair)
    return f"{parts.scheme}://{parts.netloc}{parts.path}?{'&'.join(pairs)}"


def _counted(template: str, url: str) -> str | None:
    """A next page's template with the number of the page replaced: a 2 that the first page has not or has as 1."""
    first = dict(parse_qsl(urlsplit(url).query))
    parts = urlsplit(template.replace(TOPIC, "presswatchtopic"))
    pairs = []
    found = 0
    for pair in parts.query.split("&") if parts.query else []:
        key, _, value = pair.partition("=")
        if value == "2" and first.get(key, "1") == "1":
            pairs.append(f"{key}={NUMBER}")
            found += 1
        else:
            pairs.append(pair)
    path, swaps = re.subn(r"(?<=/)2(?=/|$)", NUMBER, parts.path) if not found else (parts.path, 0)
    if found + swaps != 1:
        return None
    query = "?" + "&".join(pairs) if pairs else ""
    return f"{parts.scheme}://{parts.netloc}{path}{query}".replace(quote("presswatchtopic"), TOPIC)
