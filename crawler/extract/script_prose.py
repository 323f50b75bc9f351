"""The article's text among the values of a page's scripts, as HTML: which strings are prose, whose, in which order.

Prose is grouped by where it stands: in which *story* (an object with a title and an address, a date or a kind of its
own) and under which keys. A story that calls itself otherwise than the page, and has another address, is a related
article or the next one: its text is passed over. Typed blocks (Arc's ANS, Portable Text, Contentful, Draft.js,
Editor.js, Gutenberg, ProseMirror, Lexical and their kin) and React's elements become the elements that they stand for,
in their order; blocks that lead elsewhere or belong to pictures do not.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from itertools import islice, takewhile
from typing import Any
from urllib.parse import urljoin

from crawler.extract.document import Document
from crawler.extract.phrases import folded
from crawler.extract.script_values import MAX_SCRIPT_CHARS, payloads
from crawler.urls import url_key

MAX_VALUES = 100_000
"""Values looked at on one page; a big front page's state has 60,000."""
MAX_NAMED = 20_000
"""References followed on one page: ten that name ten that name ten ... are as many values as one likes."""
MOST_STORIES = 2_000
MOST_DEPTH = 80
"""Blocks and elements in each other."""
MOST_LOOKED_AT = 40
"""Members of a list by which it is judged."""
LONGEST_PATH = 300
LEAST_PROSE = 60
"""Characters from which a string may be a paragraph."""
LEAST_OWN = 250
"""Characters from which what calls itself the page's article is taken before anything that says not whose it is."""
LONGEST_TITLE = 300
LONGEST_HEADING = 200
SAME_TITLE, OTHER_TITLE = 0.55, 0.35
"""Dice coefficient of two titles' letter pairs from which, and under which, they are one and another."""

_MARKUP = re.compile(
    r"</?(?:p|br|div|h[1-6]|ul|ol|li|blockquote|span|strong|em|a|b|i|u|sup|sub|figure)\b", re.IGNORECASE
)
_BLOCK_MARKUP = re.compile(r"<(?:p|div|h[1-6]|ul|ol|li|blockquote|figure|table)\b", re.IGNORECASE)
_KEPT_TAGS = frozenset(
    (
        "html", "body", "main", "article", "section", "header", "footer", "aside", "div", "p", "h1", "h2", "h3", "h4",
        "h5", "h6", "ul", "ol", "li", "blockquote", "a", "em", "strong", "b", "i", "span", "table", "tr", "td", "th",
        "pre", "code",
    )
)  # fmt: skip
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,31}\d{0,2});")
_WORDS = re.compile(r"h[1-6](?![a-z])|[A-Z]?[a-z]+|[A-Z]+(?![a-z])")

_PROSE_KEYS = frozenset(
    (
        "content", "text", "value", "html", "body", "paragraph", "paragraphs", "contenthtml", "bodyhtml",
        "articlebody", "raw", "rendered", "bodytext",
    )
)  # fmt: skip
_TEXT_KEYS = (
    "text",
    "value",
    "content",
    "html",
    "rendered",
    "data",
    "attributes",
    "attrs",
    "props",
    "fields",
    "body",
    "raw",
)
_LIST_KEYS = (
    "children", "content", "content_elements", "contentElements", "blocks", "innerBlocks", "items", "list_items",
    "nodes", "elements", "body", "components", "paragraphs", "sections", "values",
)  # fmt: skip
"""Where a block's own text stands, and where the blocks in it do."""
_KIND_KEYS = (
    "_type",
    "type",
    "nodeType",
    "__typename",
    "blockType",
    "component",
    "kind",
    "acf_fc_layout",
    "tagName",
    "tag",
)

_OTHER_KEYS = frozenset(
    (
        "caption", "alt", "alttext", "credit", "credits", "copyright", "bio", "biography", "legal", "disclaimer",
        "cookie", "related", "relatedarticles", "relatedcontent", "relatedstories", "related_content",
        "related_articles", "recommended", "recommendations", "mostread", "most_read", "trending", "popular",
        "comments", "newsletter", "promo_items", "promoitems", "footer", "navigation", "menu", "translations",
        "messages", "i18n",
    )
)  # fmt: skip
"""Keys under which no article's own text stands."""

_HEADING = frozenset(("header", "heading", "subheading", "subheader", "subhead", "subtitle", "headline", "crosshead"))
_HEADINGS = _HEADING | {f"h{level}" for level in range(1, 7)}
_ITEM = frozenset(("item", "listitem", "li"))
_LIST = frozenset(("list", "ul", "ol", "bullets", "bulletlist"))
_QUOTE = frozenset(("quote", "blockquote", "quotation"))
_TEXT = frozenset(
    ("text", "paragraph", "para", "p", "unstyled", "html", "richtext", "prose", "copy", "block", "normal")
)
_ELSEWHERE = frozenset(
    (
        "interstitial", "related", "reference", "image", "photo", "picture", "gallery", "slideshow", "carousel",
        "video", "audio", "player", "oembed", "embed", "embedded", "social", "ad", "ads", "advert", "advertisement",
        "promo", "promotion", "newsletter", "cta", "teaser", "teasers", "recommended", "recommendations",
        "recirculation", "trending", "popular", "poll", "quiz", "podcast", "atomic", "pullquote", "paywall",
        "subscribe", "donation", "comments", "byline", "caption", "figcaption", "figure", "credit", "breadcrumb",
        "breadcrumbs", "script", "style", "iframe", "button", "form", "nav",
    )
)  # fmt: skip
"""Words in the kinds of blocks: what heads, lists, quotes and is text, and what leads elsewhere or is a picture's."""
_STORY_KINDS = frozenset(("article", "story", "post", "news", "newsarticle", "blogposting", "liveblog", "opinion"))
_ADDRESS_KEYS = frozenset(
    (
        "url", "link", "href", "uri", "permalink", "canonical", "canonicalurl", "canonical_url", "website_url",
        "websiteurl", "weburl", "shareurl", "share_url", "fullurl", "path", "pathname",
    )
)  # fmt: skip
_SLUG_KEYS = frozenset(("slug", "seoslug", "urlslug"))
_DATE_KEY = re.compile(
    r"publi(?:sh|cation)|broadcast|(?:^|_)date|date$|created|modified|updated|first_?seen", re.IGNORECASE
)
_TITLE_KEY = re.compile(r"(?:^|_|[a-z])titles?$|^headlines?$|^title|headline$|^subject$", re.IGNORECASE)


class _Meaning(Enum):
    """What a key says of an object."""

    TITLE = "title"
    ADDRESS = "address"
    SLUG = "slug"
    DATE = "date"
    OTHERS = "others"


@lru_cache(maxsize=8192)
def _meaning(key: str) -> _Meaning | None:
    lower = key.lower()
    if lower in _ADDRESS_KEYS:
        return _Meaning.ADDRESS
    if lower in _SLUG_KEYS:
        return _Meaning.SLUG
    if lower in _OTHER_KEYS:
        return _Meaning.OTHERS
    if _TITLE_KEY.search(key):
        return _Meaning.TITLE
    return _Meaning.DATE if _DATE_KEY.search(key) else None


@dataclass(frozen=True, slots=True)
class _Story:
    """Whose text it is: `own` is true for the page's article, false for another, `None` where nothing tells."""

    number: int
    own: bool | None


_NOBODY = _Story(0, None)


def article_html(document: Document, judge: Judge) -> Iterator[str]:
    """HTML of the text that the scripts of a page hold of its article: out of values, then out of React's elements."""
    walk = _Walk(judge)
    for payload in payloads(document):
        walk.through(payload.value, payload.table)
    best = walk.best()
    if best is not None:
        yield best
    if walk.elements:
        yield "".join(walk.elements)


class Judge:
    """Tells whether an object that names itself is the page's article."""

    def __init__(self, document: Document) -> None:
        said = [document.meta("og:title"), document.meta("twitter:title"), document.title_tag]
        said += [" ".join(node.text().split()) for node in document.tree.tags("h1")[:5]]
        self._titles = [fold for one in said if one and (fold := folded(one[:LONGEST_TITLE]))]
        self._pairs = [_pairs(title) for title in self._titles]
        addresses = [document.url, document.link("canonical"), document.meta("og:url")]
        self._base = document.url
        self._keys = {url_key(urljoin(document.url, one)) for one in addresses if one}
        self._judged = 0

    def own(self, titles: Sequence[str], addresses: Sequence[str], slugs: Sequence[str] = ()) -> bool | None:
        """Whether something with these titles and addresses is the page's article; `None` where nothing tells."""
        self._judged += 1
        if self._judged > MOST_STORIES:
            return False
        if any(self._here(one) for one in addresses) or any(self._has(one) for one in slugs):
            return True
        found = [self._alike(folded(title[:LONGEST_TITLE])) for title in titles]
        if not found:
            return None if all(self._is_root(one) for one in addresses) else False
        if not self._titles:
            return None
        likeness = max(found)
        if likeness >= SAME_TITLE:
            return True
        # What stands at the site's root is the site itself.
        place = next(iter(addresses), None)
        return False if likeness < OTHER_TITLE and not (place is not None and self._is_root(place)) else None

    def _is_root(self, address: str) -> bool:
        return address.strip().rstrip("/").count("/") in (0, 2) and not address.strip("/").partition("://")[2].count(
            "/"
        )

    def _here(self, address: str) -> bool:
        try:
            return url_key(urljoin(self._base, address.strip())) in self._keys
        except ValueError:
            return False

    def _has(self, slug: str) -> bool:
        return len(slug) >= 8 and any(f"/{slug.strip('/').lower()}" in key.lower() for key in self._keys)

    def _alike(self, title: str) -> float:
        if not title:
            return 0.0
        pairs = _pairs(title)
        best = 0.0
        for known, own in zip(self._titles, self._pairs, strict=True):
            short, long = sorted((title, known), key=len)
            if len(short) >= 8 and short in long and len(short) * 4 >= len(long):
                return 1.0
            if pairs and own:
                best = max(best, 2 * len(pairs & own) / (len(pairs) + len(own)))
        return best


def _pairs(text: str) -> set[str]:
    return {text[place : place + 2] for place in range(len(text) - 1)}


class _Role(Enum):
    """What a block of text is in a page."""

    TEXT = "p"
    HEADING = "h2"
    ITEM = "li"
    LIST = "ul"
    QUOTE = "blockquote"
    ELSEWHERE = ""


_TEXT_ROLES = (_Role.TEXT, _Role.HEADING, _Role.ITEM, _Role.LIST, _Role.QUOTE)


class _Walk:
    """Goes through values in their order and keeps what is prose, by whose it is and where it stands."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._places: dict[tuple[_Story, str], dict[str, bool]] = {}
        self._stories = 0
        self._values = 0
        self._chars = 0
        self._followed = 0
        self._table: Mapping[str, Any] = {}

        self.elements: list[str] = []

    def through(self, value: Any, table: Mapping[str, Any]) -> None:  # noqa: ANN401
        """Look at a value and all in it, as far as the budget goes."""
        self._table = table
        waiting: list[tuple[str, _Story, Any, bool]] = [("", _NOBODY, value, False)]
        while waiting and self._spend():
            path, story, current, rendered = waiting.pop()
            current = self._named(current)
            if isinstance(current, str):
                if is_prose(current):
                    self._keep(story, path, as_html(current), tells=True)
            elif len(path) > LONGEST_PATH:
                continue
            elif isinstance(current, dict):
                inner = self._story(current, story)
                # A page may be about a picture or a film; others' are no text.
                if _role(current) is _Role.ELSEWHERE and not (inner is not story and inner.own):
                    continue
                waiting.extend(
                    (f"{path}.{key[:40]}", inner, child, rendered)
                    for key, child in reversed(current.items())
                    if isinstance(child, (dict, list)) or (isinstance(child, str) and _meaning(key[:40]) is None)
                    if _meaning(key[:40]) is not _Meaning.OTHERS
                )
            elif isinstance(current, list):
                place = f"{path}.*"
                if _is_element(current):
                    if not rendered:
                        self.elements.extend(self._element(current, 0))
                    rendered = True
                elif self._are_blocks(current):
                    for block in self._blocks(current):
                        self._keep(story, place, block, tells=len(block) >= LEAST_PROSE)
                    continue
                inner_values = [one for one in islice(current, MAX_VALUES) if isinstance(one, (str, dict, list))]
                waiting.extend((place, story, item, rendered) for item in reversed(inner_values))

    def best(self) -> str | None:
        """The text of the place with the most prose: of the page's article, else of what says not whose it is."""
        own = [place for place in self._places if place[0].own and self._prose(place) >= LEAST_OWN]
        others = [place for place in self._places if place[0].own is not False]
        if not others:
            return None
        return "".join(self._places[max(own or others, key=self._amount)])

    def _prose(self, place: tuple[_Story, str]) -> int:
        return sum(len(text) for text, tells in self._places[place].items() if tells)

    def _amount(self, place: tuple[_Story, str]) -> float:
        prose = sum(self._places[place].values())
        size = float(self._prose(place))
        key = next((part for part in reversed(place[1].split(".")) if part != "*"), "")
        # Summaries and titles of other stories stand in many short strings; an article's own in a few long ones.
        return size * (1.5 if key.lower() in _PROSE_KEYS else 1.0) * min(1.0, size / max(1, prose) / 120.0)

    def _keep(self, story: _Story, path: str, text: str, *, tells: bool) -> None:
        self._chars += len(text)
        if self._chars <= MAX_SCRIPT_CHARS:
            kept = self._places.setdefault((story, path), {})
            kept.setdefault(text, tells)

    def _spend(self) -> bool:
        self._values += 1
        return self._values <= MAX_VALUES and self._chars <= MAX_SCRIPT_CHARS

    def _goes_on(self, _: object) -> bool:
        return self._values <= MAX_VALUES and self._chars <= MAX_SCRIPT_CHARS

    def _named(self, value: Any) -> Any:  # noqa: ANN401
        """What a value stands for: itself, or what it names in the payload's table."""
        if not self._table:
            return value
        name = None
        if isinstance(value, str):
            name = value if value.startswith("$") else None
        elif isinstance(value, dict) and len(value) <= 4:
            name = value.get("__ref") or (value.get("id") if value.get("type") == "id" else None)
        if not isinstance(name, str) or name not in self._table:
            return value
        self._followed += 1
        return self._table[name] if self._followed <= MAX_NAMED else None

    # --------------------------------------------------------------------------------------------------- stories
    def _story(self, value: dict[str, Any], around: _Story) -> _Story:
        """The story that an object is, else the one around it."""
        titles: list[str] = []
        addresses: list[str] = []
        slugs: list[str] = []
        dated = False
        for key, child in value.items():
            if not isinstance(child, (str, dict)):
                continue
            match _meaning(key[:40]):
                case _Meaning.ADDRESS if isinstance(child, str):
                    addresses.append(child)
                case _Meaning.SLUG if isinstance(child, str):
                    slugs.append(child)
                case _Meaning.DATE if isinstance(child, str):
                    dated = dated or child[:4].isdigit()
                case _Meaning.TITLE if isinstance(child, str):
                    titles.append(child)
                case _Meaning.TITLE if isinstance(child, dict):
                    titles += [one for one in child.values() if isinstance(one, str)][:6]
        titles = [title for title in titles if 2 <= len(title) <= LONGEST_TITLE]
        if not titles:
            return around
        if not (addresses or slugs or dated):
            words = _kind_words(value)
            if words.isdisjoint(_STORY_KINDS) and words.isdisjoint(_ELSEWHERE):
                return around
        self._stories += 1
        return _Story(self._stories, self._judge.own(titles[:12], addresses[:12], slugs[:4]))

    def _is_story(self, value: object) -> bool:
        if not isinstance(value, dict):
            return False
        meanings = {_meaning(key[:40]) for key in value}
        return _Meaning.TITLE in meanings and not meanings.isdisjoint((_Meaning.ADDRESS, _Meaning.SLUG))

    # ---------------------------------------------------------------------------------------------------- blocks
    def _are_blocks(self, values: list[Any]) -> bool:
        """Whether a list is a text in typed blocks."""
        for one in values[:MOST_LOOKED_AT]:
            value = self._named(one)
            if isinstance(value, dict) and _role(value) in _TEXT_ROLES and not self._is_story(value):
                return True
        return False

    def _blocks(self, value: Any, depth: int = 0, within: _Role | None = None) -> Iterator[str]:  # noqa: ANN401
        """A typed value as elements of HTML, in order."""
        if depth > MOST_DEPTH or not self._spend():
            return
        value = self._named(value)
        if isinstance(value, str):
            if len(value.strip()) >= 2 and (within is not None or is_prose(value) or _MARKUP.search(value)):
                yield from _wrapped(as_inline(value), within or _Role.TEXT)
        elif _is_element(value):
            yield from self._element(value, depth)
        elif isinstance(value, list):
            for one in takewhile(self._goes_on, value):
                yield from self._blocks(one, depth + 1, within)
        elif isinstance(value, dict) and not self._is_story(value):
            yield from self._block(value, depth, within)

    def _block(self, value: dict[str, Any], depth: int, within: _Role | None) -> Iterator[str]:
        role = _role(value)
        if role is _Role.ELSEWHERE:
            return
        wanted = within if role in (None, _Role.TEXT) and within is not None else role
        inner = self._list_in(value)
        if role is _Role.LIST:
            yield from self._blocks(inner or self._own_text(value), depth + 1, _Role.ITEM)
        elif inner and (role is None or any(self._is_block(one) for one in inner[:MOST_LOOKED_AT])):
            if role is _Role.ITEM or role is _Role.QUOTE:
                text = self._own_text(value)
                yield from _wrapped(text, role)
            yield from self._blocks(inner, depth + 1, wanted)
        elif role is not None:
            yield from _wrapped(self._inline(value, depth), wanted or role)

    def _list_in(self, value: dict[str, Any]) -> list[Any]:
        """The list of what a block holds; under its attributes as well."""
        holders = [value, *(value[key] for key in ("data", "attributes", "attrs", "props", "fields") if key in value)]
        for holder in holders:
            if isinstance(holder, dict):
                for key in _LIST_KEYS:
                    child = self._named(holder.get(key))
                    if isinstance(child, list) and child and not _is_element(child):
                        return child
                    if isinstance(child, dict) and key in ("content", "body"):
                        found = next((one for name in _LIST_KEYS if isinstance(one := child.get(name), list)), None)
                        if found:
                            return found
        return []

    def _is_block(self, value: Any) -> bool:  # noqa: ANN401
        """Whether something in a block is a block itself, not a run of its text."""
        value = self._named(value)
        return isinstance(value, dict) and (
            _role(value) in (_Role.HEADING, _Role.ITEM, _Role.LIST, _Role.QUOTE)
            or not _kind_words(value).isdisjoint(("paragraph", "para", "p", "unstyled", "block"))
        )

    def _own_text(self, value: dict[str, Any], *, deeper: bool = True) -> str:
        """What a block or run says itself, without what is in its list; blanks at its ends are kept."""
        for key in _TEXT_KEYS:
            child = self._named(value.get(key))
            if isinstance(child, str) and child:
                self._chars += len(child)
                return as_inline(child)
            if deeper and isinstance(child, dict) and (text := self._own_text(child, deeper=False)):
                return text
        return ""

    def _inline(self, value: Any, depth: int) -> str:  # noqa: ANN401
        """The runs of a text put together."""
        if depth > MOST_DEPTH or not self._spend():
            return ""
        value = self._named(value)
        if isinstance(value, str):
            self._chars += len(value)
            return as_inline(value)
        if _is_element(value):
            return "".join(self._element(value, depth))
        if isinstance(value, list):
            return "".join(self._inline(one, depth + 1) for one in takewhile(self._goes_on, value))
        if not isinstance(value, dict):
            return ""
        words = _kind_words(value)
        if not words.isdisjoint(_ELSEWHERE):
            return ""
        if not words.isdisjoint(("break", "linebreak", "br")):
            return "<br>"
        inner = self._list_in(value)
        return self._inline(inner, depth + 1) if inner else self._own_text(value)

    def _element(self, value: list[Any], depth: int) -> Iterator[str]:
        """An element as React sends it: ``["$", tag, key, {"children": …}]``."""
        tag, properties = value[1], self._named(value[3]) if len(value) > 3 else None
        if tag in _ELSEWHERE or not isinstance(properties, dict) or depth > MOST_DEPTH or not self._spend():
            return
        raw = self._named(properties.get("dangerouslySetInnerHTML"))
        children = raw.get("__html") if isinstance(raw, dict) else properties.get("children")
        inner = self._inline(children, depth + 1)
        if inner:
            yield f"<{tag}>{inner}</{tag}>" if tag in _KEPT_TAGS else inner


def _is_element(value: object) -> bool:
    return isinstance(value, list) and len(value) >= 3 and value[0] == "$" and isinstance(value[1], str)


@lru_cache(maxsize=4096)
def _words(kind: str) -> frozenset[str]:
    return frozenset(word.lower() for word in _WORDS.findall(kind))


_NO_WORDS: frozenset[str] = frozenset()


def _kind_words(value: dict[str, Any]) -> frozenset[str]:
    """The words of what a block calls its kind: ``{"list", "item"}`` of ``listItem`` and of ``core/list-item``."""
    kinds = [kind for key in _KIND_KEYS if isinstance(kind := value.get(key), str)]
    name = value.get("name")
    if isinstance(name, str) and "/" in name:
        kinds.append(name)
    return frozenset().union(*(_words(kind[:60]) for kind in kinds)) if kinds else _NO_WORDS


def _role(value: dict[str, Any]) -> _Role | None:
    """What a block is by its kind; `None` where that says nothing."""
    words = _kind_words(value)
    if not words.isdisjoint(_ELSEWHERE) or {"link", "list"} <= words or {"pull", "quote"} <= words:
        return _Role.ELSEWHERE
    if isinstance(value.get("listItem"), str) or not words.isdisjoint(_ITEM):
        return _Role.ITEM
    style = value.get("style")
    if isinstance(style, str) and words & _TEXT:
        words = words | {style.lower()}
    if not words.isdisjoint(_HEADINGS):
        return _Role.HEADING
    if not words.isdisjoint(_QUOTE):
        return _Role.QUOTE
    if not words.isdisjoint(_LIST):
        return _Role.LIST
    return _Role.TEXT if not words.isdisjoint(_TEXT) else None


def has_markup(text: str) -> bool:
    """Whether a text is HTML."""
    return _MARKUP.search(text) is not None


def is_prose(text: str) -> bool:
    """Whether a string may be a paragraph: it is long enough and has blanks as prose has, CJK text fewer."""
    if len(text) < LEAST_PROSE or text.startswith(("http://", "https://", "data:", "{", "function", "/")):
        return False
    # A run of 200 characters without a blank is code, a token or an address.
    head = text[:600]
    blanks = head.count(" ")
    return blanks * 25 >= len(head) or sum(char > "\u2e80" for char in head) * 2 > len(head)


def as_html(text: str) -> str:
    """A string as HTML: markup as it is, text a paragraph a line."""
    inline = as_inline(text)
    if _MARKUP.search(inline):
        return f"<div>{inline}</div>"
    return "".join(f"<p>{line}</p>" for line in inline.split("\n") if line.strip())


def as_inline(text: str) -> str:
    """A string as HTML without an element around it: markup as it is, entities of text decoded once."""
    if "&lt;" in text and "<" not in text:
        text = html.unescape(text)
    if _MARKUP.search(text):
        return text
    return html.escape(html.unescape(text) if _ENTITY.search(text) else text, quote=False)


def _wrapped(text: str, role: _Role) -> Iterator[str]:
    if not text.strip():
        return
    match role:
        case _Role.HEADING:
            if len(text) <= LONGEST_HEADING:
                yield f"<h2>{text}</h2>"
            else:
                yield f"<p>{text}</p>"
        case _Role.ITEM | _Role.LIST:
            yield f"<ul>{text}</ul>" if "<li" in text[:2_000] else f"<ul><li>{text}</li></ul>"
        case _Role.QUOTE:
            yield f"<blockquote>{text}</blockquote>"
        case _:
            yield from [f"<div>{text}</div>"] if _BLOCK_MARKUP.search(text) else [as_lines(text)]


def as_lines(text: str) -> str:
    """Inline HTML, a paragraph a line."""
    return "".join(f"<p>{line}</p>" for line in text.split("\n") if line.strip())
