"""Bytes of a page -> decoded text -> one parsed tree that every extractor shares.

The parser is lexbor (a browser's HTML5 algorithm in C). Two of its steps take time quadratic in what a page can choose:
open elements nested in each other, and attributes of one tag. `defused` bounds both before the parser sees them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any, AnyStr, Generic
from urllib.parse import urljoin

import numpy as np
from numpy.typing import NDArray
from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawler.extract.charset import SAMPLE, decode, sound_utf8
from crawler.extract.jsonld import parse_jsonld
from crawler.items import Page

MAX_CHARS = 6_000_000
"""Longest text that is parsed; the rest is cut. The largest article page seen in 2,700 real ones has 3.9 million."""

MAX_DEPTH = 512
"""Elements nested deeper are flattened, as browsers do: 100,000 nested `<div>` cost lexbor 12 s, and each of 100,000
`<li>` asks all that are open."""

MAX_TAGS = 150_000
"""Tags, opening and closing ones; what stands behind them is cut. The largest article page seen has 38,000 elements."""

MAX_ATTRIBUTES = 150
"""Attributes of one tag beyond this are dropped: each is compared with all before it, so that 25,000 in one tag cost
lexbor 1.1 s. Only long tags are looked at (see `_reach`); the most that a tag of 800 real pages has is 73."""

MAX_OPTIONS = 4_000
"""`<option>` elements; further ones are flattened: 10,000 in one `<select>` cost lexbor 0.5 s, 140,000 two minutes."""

MOST_COMPARISONS = 30_000_000
"""Comparisons of attributes that a page may cost if what looks like a script of it is none: lexbor makes them in a
tenth of a second. Minified scripts hold what looks like tags of some hundreds of attributes."""

_LONG_SCRIPT = 500_000
"""Length up to which attributes are counted the fast way, which takes memory for each."""

_SUSPICIOUS_TAGS = 12_000
_SUSPICIOUS_DIFFERENCE = 4_000


def _reach(size: int) -> int:
    """Length from which a tag is looked at: many tags may be as long as this, so that in a large page it is less."""
    return 4_000 if size <= 1_000_000 else 800


# Every alternative is possessive and an unclosed tag ends with the text, so that one pass never looks back.
_TAG = re.compile(
    r"<script(?:[^<]++|<(?!/script))*+"
    r"|<(/?)([a-zA-Z][a-zA-Z0-9:-]*+)((?:[^<>\"']++|\"[^\"]*+\"|'[^']*+'|[<\"'])*+)(?:>|\Z)",
    re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"[^\s/=>\"'][^\s/=>]*+(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s>]*+))?+")
_TAG_IN_BYTES = re.compile(_TAG.pattern.encode(), re.IGNORECASE)
_ATTRIBUTE_IN_BYTES = re.compile(_ATTRIBUTE.pattern.encode())
_NEVER_OPEN = frozenset(
    re.findall(
        r"\w+",
        "area base br col embed hr img input link meta param source track wbr p li dt dd tr td th tbody thead tfoot"
        " option optgroup rp rt html head body",
    )
)


def _short(rest: str) -> str:
    """The attributes of a tag, at most `MAX_ATTRIBUTES` of them."""
    if len(rest) <= 2 * MAX_ATTRIBUTES:
        return rest
    kept: list[str] = []
    for attribute in _ATTRIBUTE.finditer(rest):
        kept.append(attribute.group())
        if len(kept) >= MAX_ATTRIBUTES:
            return " " + " ".join(kept)
    return rest


class _LongTags(Generic[AnyStr]):
    """Says of what looks like the long tags of a page, in their order, whether they may stay as they are.

    Most are comparisons in a script: ``for(i=0;i<a.length;``. Whether a page is in a script could be told for certain
    only by reading it from its beginning; what the last ``<script`` says is believed up to `MOST_COMPARISONS`.
    """

    __slots__ = ("_attribute", "_begin", "_compared", "_end", "_looked", "_scripted", "_source")

    def __init__(self, source: AnyStr, attribute: re.Pattern[AnyStr], begin: AnyStr, end: AnyStr) -> None:
        self._source: AnyStr = source
        self._attribute: re.Pattern[AnyStr] = attribute
        self._begin: AnyStr = begin
        self._end: AnyStr = end
        self._looked = self._compared = 0
        self._scripted = False

    def may_stay(self, start: int, attributes: AnyStr) -> bool:
        """Whether a tag that begins at `start` and holds these attributes is one of few, or most likely no tag."""
        if len(attributes) <= 2 * MAX_ATTRIBUTES:
            return True
        if len(attributes) <= _LONG_SCRIPT:
            count = len(self._attribute.findall(attributes))
        else:
            count = sum(1 for _ in self._attribute.finditer(attributes))
        if count < MAX_ATTRIBUTES:
            return True
        begun = self._source.rfind(self._begin, self._looked, start)
        ended = self._source.rfind(self._end, self._looked, start)
        if begun >= 0 or ended >= 0:
            self._scripted = begun > ended
        self._looked = start
        self._compared += count * count // 2
        return self._scripted and self._compared <= MOST_COMPARISONS


def _shortened_tags(text: str) -> str:
    """The same page with long tags of very many attributes shortened."""
    reach = _reach(len(text))
    long = _LongTags(text, _ATTRIBUTE, "<script", "</script")
    position = 0
    while position + reach < len(text):
        # The last ">" within reach: while there is one, no tag in between is too long, and most is never looked at.
        near = text.rfind(">", position, position + reach)
        if near >= 0:
            position = near + 1
            continue
        end = text.find(">", position + reach)
        end = len(text) if end < 0 else end
        start = max(position, text.rfind("<", position, end))
        found = _TAG.match(text, start) if end - start > reach else None
        if found and found.group(2):
            if not long.may_stay(start, found.group(3)):
                return _shortened_throughout(text)
            end = max(end, found.end(3))
        position = end + 1
    return text


def _shortened_throughout(text: str) -> str:
    parts: list[str] = []
    done = 0
    for found in _TAG.finditer(text):
        if found.group(2) and (short := _short(found.group(3))) != found.group(3):
            parts += (text[done : found.start(3)], short)
            done = found.end(3)
    return "".join((*parts, text[done:]))


def _few_tags(opened: int, closed: int, options: Callable[[], int]) -> bool:
    """Whether a page opens too few tags to nest deeply, and few enough options."""
    few = opened <= _SUSPICIOUS_TAGS and abs(opened - closed) <= _SUSPICIOUS_DIFFERENCE
    return few and (opened <= MAX_OPTIONS or options() <= MAX_OPTIONS)


_OPENING, _CLOSING = ord("<"), ord(">")


def _harmless(body: bytes) -> bool:
    """Whether a page in UTF-8 has nothing that `defused` would change, as nearly all have."""
    # Ten times as fast as counting in a text, which stops at each of thousands.
    values = np.frombuffer(body, np.uint8)
    opened = int(np.count_nonzero(values == _OPENING))
    if opened > MAX_OPTIONS:
        closed = int(np.count_nonzero(values == _CLOSING))
        if not _few_tags(opened, closed, lambda: _options(body, values)):
            return False
    reach = _reach(len(body))
    long = _LongTags(body, _ATTRIBUTE_IN_BYTES, b"<script", b"</script")
    position = 0
    while position + reach < len(body):
        near = body.rfind(b">", position, position + reach)
        if near >= 0:
            position = near + 1
            continue
        # A long stretch without ">" is a script mostly, and only seldom a tag: as `_shortened_tags` sees it.
        end = body.find(b">", position + reach)
        end = len(body) if end < 0 else end
        start = body.rfind(b"<", position, end)
        found = _TAG_IN_BYTES.match(body, start) if start >= 0 and end - start > reach else None
        if found and found.group(2):
            if not long.may_stay(start, found.group(3)):
                return False
            end = max(end, found.end(3))
        position = end + 1
    return True


def _options(body: bytes, values: NDArray[np.uint8]) -> int:
    """How many `<option>` a page has; any number up to `MAX_OPTIONS` where few tags begin with that letter."""
    behind = values[np.flatnonzero(values[:-1] == _OPENING) + 1]
    alike = int(np.count_nonzero((behind | _LOWER) == _OPTION))
    return alike if alike <= MAX_OPTIONS else body.lower().count(b"<option")


_LOWER, _OPTION = np.uint8(0x20), np.uint8(ord("o"))


def defused(text: str) -> str:
    """The same page with over-deep nesting flattened and over-long tags shortened; cheap for ordinary pages."""
    if len(text) <= _SUSPICIOUS_TAGS or _few_tags(
        text.count("<"), text.count(">"), lambda: text.lower().count("<option")
    ):
        return _shortened_tags(text)
    depth = options = 0
    parts: list[str] = []
    done = 0
    for number, found in enumerate(_TAG.finditer(text)):
        if number >= MAX_TAGS:
            return "".join((*parts, text[done : found.start()]))
        closing, name, rest = found.groups()
        if name is None:
            continue
        flat = False
        name = name.lower()
        if name == "option":
            options += 1
            flat = options > 2 * MAX_OPTIONS
        elif name not in _NEVER_OPEN and not rest.endswith("/"):
            depth = max(0, depth - 1) if closing else depth + 1
            flat = depth > MAX_DEPTH
        if flat or len(rest) > 2 * MAX_ATTRIBUTES:
            parts.append(text[done : found.start()])
            parts.append(" " if flat else f"<{closing}{name}{_short(rest)}>")
            done = found.end()
    return "".join((*parts, text[done:])) if parts else text


_TELLING = ("meta", "link", "base", "script", "title", "h1", "a", "option")
_LICENCE, _TAG_LINK, _QUERY_LINK = '[rel~="license"][href]', '[rel~="tag"]', '[href^="?"]'
_TELLING_SELECTOR = (
    f"meta, link, base, script, title, h1, a{_LICENCE}, a{_TAG_LINK}, a{_QUERY_LINK}, option[value^='?']"
)
"""What is asked of every page; a pass over the tree costs 0.15 ms, whatever is looked for."""


_ABSOLUTE = re.compile(r"https?://[A-Za-z0-9.-]+/[A-Za-z0-9/._~%+,@=&-]*+(?:\?[A-Za-z0-9/._~%+,@=&-]++)?")
"""What `urljoin` gives back as it is."""


def _places(source: AnyStr, sought: AnyStr, most: int) -> list[int] | None:
    """Where each occurrence ends, or `None` for more than `most`."""
    found: list[int] = []
    position = source.find(sought)
    while position >= 0:
        if len(found) >= most:
            return None
        position += len(sought)
        found.append(position)
        position = source.find(sought, position)
    return found


class Document:
    """A page, decoded and parsed once.

    `metas` maps the lower-case name, property, itemprop or http-equiv of each `<meta>` to its non-empty contents in
    order; `links` maps each word of a `<link rel>` to the elements' attributes. `headers` has lower-case names.
    `sample` is the beginning of the decoded text; `cut` says that the page was too long to be read as a whole.
    """

    def __init__(self, page: Page) -> None:
        self.url = page.final_url or page.url
        self.headers: Mapping[str, str] = page.headers
        self.fetched_at: datetime = page.fetched_at
        source: str | bytes
        sample = sound_utf8(page.body) if len(page.body) <= MAX_CHARS else None
        if sample is not None and _harmless(page.body):
            # Bytes that are UTF-8 already need not be encoded again.
            self.charset, self.sample, self.cut, source = "utf-8", sample, False, page.body
        else:
            text, self.charset = decode(page.body, page.headers.get("content-type"))
            self.sample = text[:SAMPLE]
            self.cut = len(text) > MAX_CHARS
            source = defused(text[:MAX_CHARS] if self.cut else text)
        self._source = source
        self._linked: dict[str, str | None] = {}
        # With "scripting" a <noscript> in the head does not push the rest of the head into the body.
        self.tree = LexborHTMLParser(source, scripting=True)

    @property
    def text(self) -> str:
        """The page's source as it was parsed; not to be asked for on every page."""
        return self._source if isinstance(self._source, str) else self._source.decode("utf-8", "replace")

    @property
    def root(self) -> LexborNode | None:
        """The `<html>` element."""
        return self.tree.root

    @property
    def head(self) -> LexborNode | None:
        """The `<head>` element."""
        return self.tree.head

    @property
    def body(self) -> LexborNode | None:
        """The `<body>` element."""
        return self.tree.body

    @cached_property
    def _telling(self) -> dict[str, list[LexborNode]]:
        """The elements that tell about the page, by tag, in order: one pass over the tree for all who ask."""
        found: dict[str, list[LexborNode]] = {tag: [] for tag in _TELLING}
        for node in self.tree.css(_TELLING_SELECTOR):
            found[node.tag or ""].append(node)
        return found

    def licence_links(self) -> list[LexborNode]:
        """Links that say that they lead to the page's licence."""
        return [node for node in self._telling["a"] if node.css_matches(_LICENCE)]

    def tag_links(self) -> list[LexborNode]:
        """Links that say that they lead to a tag of the page."""
        return [node for node in self._telling["a"] if node.css_matches(_TAG_LINK)]

    def query_links(self) -> Iterator[str]:
        """The addresses of links and options that are a query alone."""
        for node in self._telling["a"]:
            if (href := node.attributes.get("href")) and href[0] == "?":
                yield href
        for node in self._telling["option"]:
            yield node.attributes["value"] or ""

    def behind(self, words: str, length: int, most: int) -> list[str] | None:
        """What stands in the page's source behind each occurrence of these words, up to so many characters of it.

        `None` where they occur more than `most` times. The source is markup: a character may be written as an entity.
        """
        source = self._source
        if isinstance(source, str):
            places = _places(source, words, most)
            return None if places is None else [source[place : place + length] for place in places]
        places = _places(source, words.encode("utf-8", "replace"), most)
        if places is None:
            return None
        return [source[place : place + 4 * length].decode("utf-8", "replace")[:length] for place in places]

    def headings(self) -> list[LexborNode]:
        """The `<h1>` elements in order."""
        return self._telling["h1"]

    @cached_property
    def base_url(self) -> str:
        """What relative links are relative to: `<base href>` or the page's URL."""
        named = (node.attributes for node in self._telling["base"])
        href = next((attributes["href"] or "" for attributes in named if "href" in attributes), "").strip()
        return self.absolute_from(self.url, href) or self.url if href else self.url

    @staticmethod
    def absolute_from(base: str, href: str) -> str | None:
        """`href` made absolute, or `None` when it is no URL."""
        if _ABSOLUTE.fullmatch(href):
            return href
        try:
            return urljoin(base, href.strip())
        except ValueError:
            return None

    def absolute(self, href: str | None) -> str | None:
        """A link of this page as an absolute http(s) URL, else `None`."""
        if not href or len(href) > 4_000:
            return None
        url = self.absolute_from(self.base_url, href)
        return url if url and url[:8].lower().startswith(("http://", "https://")) else None

    @cached_property
    def metas(self) -> dict[str, list[str]]:
        """Contents of `<meta>` elements by lower-case name or property."""
        metas: dict[str, list[str]] = {}
        for node in self._telling["meta"]:
            attributes = node.attributes
            content = (attributes.get("content") or "").strip()
            if not content:
                continue
            for key in ("name", "property", "itemprop", "http-equiv"):
                name = attributes.get(key)
                if name:
                    metas.setdefault(name.strip().lower(), []).append(content)
                    break
        return metas

    def meta(self, *names: str) -> str | None:
        """The first content of the first of these names that the page has."""
        for name in names:
            values = self.metas.get(name)
            if values:
                return values[0]
        return None

    @cached_property
    def links(self) -> dict[str, list[dict[str, str | None]]]:
        """Attributes of `<link>` elements by each lower-case word of `rel`."""
        links: dict[str, list[dict[str, str | None]]] = {}
        for node in self._telling["link"]:
            attributes = node.attributes
            for word in (attributes.get("rel") or "").lower().split():
                if word != "stylesheet":
                    links.setdefault(word, []).append(attributes)
        return links

    def link(self, rel: str) -> str | None:
        """Absolute URL of the first `<link>` with this relation."""
        if rel not in self._linked:
            urls = (self.absolute(attributes.get("href")) for attributes in self.links.get(rel, ()))
            self._linked[rel] = next(filter(None, urls), None)
        return self._linked[rel]

    @cached_property
    def title_tag(self) -> str | None:
        """Text of `<title>`, whitespace folded."""
        nodes = self._telling["title"]
        in_head = (node for node in nodes if (above := node.parent) is not None and above.tag == "head")
        node = next(in_head, nodes[0] if nodes else None)
        return " ".join(node.text().split())[:1_000] or None if node else None

    @cached_property
    def lang_attribute(self) -> str | None:
        """`<html lang>`, lower case."""
        root = self.root
        value = (root.attributes.get("lang") or root.attributes.get("xml:lang") or "") if root else ""
        return value.strip().lower()[:20] or None

    @cached_property
    def scripts(self) -> list[tuple[dict[str, str | None], str]]:
        """Attributes and text of each `<script>` that carries text."""
        found = []
        for node in self._telling["script"]:
            child = node.first_child
            if child is not None and (text := child.text_content):
                found.append((node.attributes, text))
        return found

    @cached_property
    def json_scripts(self) -> list[tuple[str, str]]:
        """Type (lower case) and text of each `<script>` that carries JSON."""
        found = []
        for node in self._telling["script"]:
            kind = (node.attributes.get("type") or "").lower()
            if "json" in kind and (child := node.first_child) is not None and (text := child.text_content):
                found.append((kind, text))
        return found

    @cached_property
    def jsonld(self) -> list[dict[str, Any]]:
        """The objects of all JSON-LD blocks, `@graph` and lists opened, in order."""
        return parse_jsonld(text for kind, text in self.json_scripts if "ld+json" in kind)


def parse_document(page: Page) -> Document:
    """Decode and parse a page; content never makes it fail."""
    return Document(page)
