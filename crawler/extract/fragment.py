"""The HTML fragments that feeds carry in their fields: plain text with paragraphs, and the pictures in them."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.text import clean_text

if TYPE_CHECKING:
    from bs4 import BeautifulSoup

MAX_CHARS = 400_000
"""Longest fragment that is read: a long read has 60,000."""

MAX_TAGS = 20_000
"""With more, tags are only cut out: building a tree of them takes seconds."""

_BLOCK_NAMES = """p div br li ul ol dl dt dd h1 h2 h3 h4 h5 h6 blockquote pre table tr hr section article header footer
    figure figcaption address aside details summary"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_SILENT = frozenset({"script", "style", "iframe", "noscript", "template", "form", "button", "object", "svg"})
_TAG = re.compile(r"<[a-zA-Z/!?][^<>]{0,2000}>")
_LOOKS_HTML = re.compile(r"<[a-zA-Z/!][^<>]{0,2000}>|&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]\w{1,31});")
_INLINE = re.compile(
    r"</?(?:a|abbr|b|big|br|cite|code|em|font|i|img|mark|p|q|s|small|span|strike|strong|sub|sup|tt|u|wbr)"
    r"(?:\s[^<>]{0,500})?/?>",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Fragment:
    """What a fragment says: clean text, paragraphs separated by a newline; its first picture and that one's caption."""

    text: str
    image: str | None = None
    caption: str | None = None


def title_text(markup: str) -> str:
    """One line of text of a title that may hold entities (also doubly escaped) and inline tags."""
    if "<" in markup:
        markup = _INLINE.sub("", markup[:10_000])
    if "&" in markup:
        markup = html.unescape(markup)
        if "<" in markup:
            markup = _INLINE.sub("", markup)
        if "&" in markup:
            markup = html.unescape(markup)
    return " ".join(clean_text(markup).split())


def read_fragment(markup: str) -> Fragment:
    """Text and first picture of an HTML fragment, or of a plain text."""
    markup = markup[:MAX_CHARS]
    if "<" not in markup or not _TAG.search(markup):
        return Fragment(clean_text(html.unescape(markup) if _LOOKS_HTML.search(markup) else markup))
    if markup.count("<") > MAX_TAGS:
        return Fragment(clean_text(html.unescape(_TAG.sub(" ", markup))))
    return _parsed(markup)


def _parsed(markup: str) -> Fragment:
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(markup, "html.parser")
    image, caption = None, None
    for picture in soup.find_all("img"):
        source = picture.get("src") or picture.get("data-src")
        small = str(picture.get("width")) in ("1", "0") or str(picture.get("height")) in ("1", "0")
        if isinstance(source, str) and source.strip() and not source.startswith("data:") and not small:
            image = source.strip()
            figure = picture.find_parent("figure")
            words = figure.find("figcaption") if figure else None
            caption = " ".join(words.get_text(" ").split()) if words else None
            break
    return Fragment(clean_text("\n".join(_lines(soup))), image, caption or None)


def _lines(soup: BeautifulSoup) -> Iterator[str]:
    """The text line by line: strings of one block make a line, `<br>` ends it. Scripts and captions are left out."""
    from bs4.element import Comment, NavigableString, Tag

    blocks: dict[int, Tag | None] = {id(soup): None}  # each element -> the nearest block it is or lies in
    silent: set[int] = set()
    line: list[str] = []
    block: Tag | None = None
    for node in soup.descendants:
        parent = id(node.parent)
        if isinstance(node, Tag):
            if parent in silent or node.name in _SILENT or node.name == "figcaption":
                silent.add(id(node))
            blocks[id(node)] = node if node.name in _BLOCKS else blocks[parent]
            if node.name == "br":
                yield " ".join("".join(line).split())
                line = []
        elif isinstance(node, NavigableString) and not isinstance(node, Comment) and parent not in silent:
            if blocks[parent] is not block:
                yield " ".join("".join(line).split())
                line, block = [], blocks[parent]
            line.append(node)
    yield " ".join("".join(line).split())
