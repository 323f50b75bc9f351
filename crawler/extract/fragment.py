"""The HTML fragments that feeds carry in their fields: plain text with paragraphs, and the pictures in them."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawler.extract.document import defused
from crawler.text import clean_text

MAX_CHARS = 400_000
"""Longest fragment that is read: a long read has 60,000."""

MAX_TAGS = 20_000
"""With more, tags are only cut out: building a tree of them takes seconds."""

_BLOCK_NAMES = """p div br li ul ol dl dt dd h1 h2 h3 h4 h5 h6 blockquote pre table tr hr section article header footer
    figure figcaption address aside details summary"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_SILENT = frozenset(
    {"script", "style", "iframe", "noscript", "template", "form", "button", "object", "svg", "figcaption"}
)
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
    body = LexborHTMLParser(defused(markup)).body
    if body is None:
        return Fragment(clean_text(html.unescape(_TAG.sub(" ", markup))))
    known: dict[int, _Within] = {body.mem_id: _Within(0, False, None)}
    lines: list[str] = []
    line: list[str] = []
    block = 0
    image: str | None = None
    figure: LexborNode | None = None
    for node in body.traverse(include_text=True):
        parent = node.parent
        within = known.get(parent.mem_id) if parent is not None else None
        if within is None:
            continue
        if node.is_text_node:
            if within.silent:
                continue
            if within.block != block:
                lines.append(" ".join("".join(line).split()))
                line, block = [], within.block
            line.append(node.text_content or "")
            continue
        tag = node.tag or ""
        if tag == "br":
            lines.append(" ".join("".join(line).split()))
            line = []
        elif tag == "img":
            if image is None and not within.silent and (image := _picture(node)) is not None:
                figure = within.figure
        elif node.is_element_node:
            known[node.mem_id] = _Within(
                node.mem_id if tag in _BLOCKS else within.block,
                within.silent or tag in _SILENT,
                node if tag == "figure" else within.figure,
            )
    lines.append(" ".join("".join(line).split()))
    words = figure.css_first("figcaption") if figure is not None else None
    caption = " ".join(words.text(separator=" ").split()) if words is not None else None
    return Fragment(clean_text("\n".join(lines)), image, caption or None)


class _Within(NamedTuple):
    """What an element's text lies in: the nearest block, something that isn't read, a figure."""

    block: int
    silent: bool
    figure: LexborNode | None


def _picture(node: LexborNode) -> str | None:
    """The address of a picture that is more than a spacer."""
    attributes = node.attributes
    source = (attributes.get("src") or attributes.get("data-src") or "").strip()
    small = attributes.get("width") in ("1", "0") or attributes.get("height") in ("1", "0")
    return source if source and not source.startswith("data:") and not small else None
