"""URLs that list articles on a topic: from a search or tag page, or what a site says of its search. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

from crawler.discovery.kinds import KindRow
from crawler.extract.doorways import NUMBER, TOPIC, search_template
from crawler.extract.pagination import MAX_PAGE, OFFSET_KEYS, PAGE_KEYS
from crawler.extract.results_page import topic_of
from crawler.topics.searches import DEFAULT_STEP, MAX_STEP, has_pages
from crawler.urls import publisher

_TAG = re.compile(
    r"(?P<before>/(?:tags?|topics?|keywords?|labels?|hashtags?|tagged)/)(?P<topic>[^/?#]{1,200})(?P<after>/?)$"
)
_PLACE = re.compile(r"\{[^{}]*\}")


@dataclass(frozen=True, slots=True)
class Template:
    """A URL with ``{topic}`` and perhaps a place for pages, and where it was found."""

    url: str
    origin: str

    @property
    def example(self) -> str:
        """The URL of a topic."""
        return _PLACE.sub("1", self.url.replace(TOPIC, "news"))


def own_template(url: str, next_page: str | None, what: str) -> Template | None:
    """What a search or tag page is for other topics; paged where its address or its next page tells how it counts."""
    if what == "search page" and (asked := topic_of(url)) is not None:
        made = _swapped(url, asked[0])
        paged = _numbered(made, next_page)
        if paged is None and next_page is not None:
            paged = _counted(_swapped(next_page, asked[0]), url)
        return Template(paged or made, "the search page itself")
    found = _TAG.search(urlsplit(url).path) if what == "tag page" else None
    if found is None:
        return None
    parts = urlsplit(url)
    base = f"{parts.scheme}://{parts.netloc}"
    path = parts.path[: found.start()] + found["before"] + TOPIC + found["after"]
    query = f"?{parts.query}" if parts.query else ""
    if (paged := _numbered(base + path + query, next_page)) is not None:
        return Template(paged, "the tag page itself")
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


def paged_by(own: Template, other: Template) -> Template | None:
    """`own` with the pages that `other` tells of the same search, else `other`; `None` where it asks something else.

    What else `own` asks for, as an order by date, stays.
    """
    mine, theirs = urlsplit(own.url), urlsplit(other.url)
    words = _words(mine)
    if not has_pages(other.url) or words is None or (mine.netloc, words) != (theirs.netloc, _words(theirs)):
        return None
    pages = [pair for pair in theirs.query.split("&") if has_pages(pair)]
    if mine.path != theirs.path or not pages:
        return other
    names = {pair.partition("=")[0] for pair in pages}
    kept = [pair for pair in mine.query.split("&") if pair.partition("=")[0] not in names]
    return Template(f"{own.url.partition('?')[0]}?{'&'.join([*kept, *pages])}", f"{own.origin}, with {other.origin}")


def usual_template(row: KindRow, url: str, own: Template | None, what: str) -> Template | None:
    """The paged template that sites of a kind have, for `url`; where possible, `own` with the kind's pages."""
    origin = f"as {row.name} has it"
    if what == "tag page" and own is not None and row.tags is not None and "?" not in own.url:
        return Template(own.url.rstrip("/") + row.tags, f"{own.origin}, {origin}")
    if row.search is None:
        return None
    parts = urlsplit(own.url if own is not None else url)
    # A blog below a folder has its search there: its form tells.
    home = parts.path.rstrip("/") if own is not None and row.search.startswith("/?") else ""
    usual = Template(f"{parts.scheme}://{parts.netloc}{home}{row.search}", origin)
    return (paged_by(own, usual) if own is not None else None) or usual


def _words(parts: SplitResult) -> str | None:
    """The parameter of a template that takes the words."""
    pairs = (pair.partition("=") for pair in parts.query.split("&"))
    return next((name for name, _, value in pairs if value == TOPIC), None)


def _numbered(template: str, next_page: str | None) -> str | None:
    """A template with places for the parameters that tell its page from others; `None` where none stands in it."""
    place, _, query = template.partition("?")
    after = dict(parse_qsl(urlsplit(next_page).query)) if next_page is not None else {}
    pairs = []
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        made = _page_place(name.lower(), value, after.get(unquote(name)))
        pairs.append(f"{name}={made}" if made is not None else pair)
    made = f"{place}?{'&'.join(pairs)}"
    return made if made != template and has_pages(made) else None


def _page_place(name: str, value: str, after: str | None) -> str | None:
    """The place that a parameter of a page's number or offset is; `after` is its value on the next page."""
    counts = name in PAGE_KEYS
    if not (counts or name in OFFSET_KEYS or name == "first") or not (value.isascii() and value.isdecimal()):
        return None
    if len(value) > 5 or (after is not None and not (after.isascii() and after.isdecimal() and len(after) <= 6)):
        return None
    number = int(value)
    # Without a next page, what is large is a year or an id.
    step = int(after) - number if after is not None else 1 if counts else DEFAULT_STEP
    if not 0 < step <= MAX_STEP or number > (MAX_PAGE if step == 1 or after is not None else MAX_STEP):
        return None
    if step == 1:
        return NUMBER if number else "{page0}"
    if number % step == 0:
        return f"{{offset:{step}}}"
    return f"{{start:{step}}}" if number % step == 1 else None


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
