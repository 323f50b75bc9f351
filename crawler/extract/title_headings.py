"""The h1 elements of a page: kickers in them, those that lead home, and those that end a breadcrumb trail."""

from __future__ import annotations

import re
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from crawler.extract.document import Document
from crawler.extract.phrases import folded

LONGEST_TITLE = 500
MOST_H1S = 8

LONGEST_KICKER = 60
LEAST_KICKER = 3
LEAST_REST = 15
"""Characters of the words before a headline, and of a headline behind them."""

DEEPEST = 12
MOST_PIECES = 300
"""Elements in elements of an h1, and pieces of its text, up to which its lines are told apart."""

MOST_WRAPPED = 3
MOST_STEPS = 8
LONGEST_STEP = 80
"""Elements around an h1 that hold nothing else, links of a trail before it, and characters of one of them."""


@dataclass(frozen=True, slots=True)
class Heading:
    """An h1: its text as it is seen; where it is made of two parts, the `first`, and the `rest` if the first may be a
    kicker: short, and in an element of its own.

    `home` where it leads to the site's front page: such an h1 is the site's name and no headline.
    """

    text: str
    first: str | None = None
    rest: str | None = None
    home: bool = False
    node: LexborNode | None = None

    def ends_trail(self) -> bool:
        """Whether it is the last step of a breadcrumb trail: one link a step before it, and nothing behind it.

        Such an h1 is worded for search engines, and what readers see as the headline stands below it.
        """
        return self.node is not None and _ends_trail(self.node)


def headings(document: Document) -> list[Heading]:
    """The h1 elements of a page that hold a headline's length of text, in order."""
    found: list[Heading] = []
    for node in document.headings()[:MOST_H1S]:
        text = _seen_text(node)
        if text and len(text) < LONGEST_TITLE:
            first, rest = _parted(node)
            if first and rest and len(first) >= LEAST_KICKER and text == first + rest:
                text = f"{first} {rest}"  # a stylesheet sets them apart
            found.append(Heading(text, first, rest, _leads_home(node), node))
    return found


_BREAKS = frozenset(("br", "div", "p", "section", "header", "ul", "li", "h2", "h3", "hr"))
_UNSEEN = frozenset(("script", "style", "svg", "template", "noscript"))
_HIDING = """aural blind offscreen sr-only sr_only sronly visually-hidden visuallyhidden visually_hidden
    u-visually-hidden is-visually-hidden screen-reader screenreader screen-reader-text screenreader-text
    screen-reader-only screenreader-only a11y-hidden a11y-only"""
_HIDING_CLASSES = frozenset(_HIDING.split())
"""What only screen readers are given: "Live", "Exclusive", "Headline:" before what is seen."""


def _seen_text(node: LexborNode) -> str:
    """The text of an h1 as a browser shows it: lines apart, without what is hidden, unless all of it is."""
    if node.css_first("*") is None:
        return " ".join(node.text().split())
    parts: list[str] = []
    _gather(node, parts, DEEPEST)
    seen = "".join(parts) if len(parts) < MOST_PIECES else ""
    return " ".join(seen.split()) or " ".join(node.text().split())


def _gather(node: LexborNode, parts: list[str], depth: int) -> None:
    child = node.first_child
    while child is not None and len(parts) < MOST_PIECES:
        if child.is_text_node:
            parts.append(child.text_content or "")
        elif child.is_element_node and not _is_unseen(child):
            apart = child.tag in _BREAKS
            parts.append(" " if apart else "")
            if depth:
                _gather(child, parts, depth - 1)
            else:
                parts.append(child.text())
            parts.append(" " if apart else "")
        child = child.next


def _is_unseen(node: LexborNode) -> bool:
    if node.tag in _UNSEEN:
        return True
    attributes = node.attributes
    return "hidden" in attributes or not _HIDING_CLASSES.isdisjoint((attributes.get("class") or "").lower().split())


_HOME = re.compile(r"(?:https?:)?(?://[^/?#]*)?/?(?:[a-z]{2}(?:[_-][a-zA-Z]{2})?/?)?(?:index\.\w{3,5})?(?:[?#].*)?")


def _leads_home(node: LexborNode) -> bool:
    """Whether all of an h1 is a link to the front page."""
    link = node.css_first("a[href]")
    href = (link.attributes.get("href") or "").strip() if link is not None else ""
    if link is None or not href or href.startswith("#") or not _HOME.fullmatch(href[:200]):
        return False
    return folded(link.text()) == folded(node.text())


def _parted(node: LexborNode) -> tuple[str | None, str | None]:
    """The two parts of an h1, when the first is an element and short: "<span>Kicker</span> Headline"."""
    parts: list[tuple[str, bool]] = []
    child = node.first_child
    looked = 0
    while child is not None and len(parts) < 3 and looked < MOST_PIECES:
        looked += 1
        text = (child.text_content or "").strip()
        if child.is_element_node:
            text = "" if _is_unseen(child) else _seen_text(child)
        if folded(text):
            parts.append((text, child.is_element_node))
        child = child.next
    if len(parts) != 2 or child is not None:
        return None, None
    (first, marked), (rest, _) = parts
    if not marked or len(first) > LONGEST_KICKER or len(rest) <= max(LEAST_REST, 0.6 * len(first)):
        return first, None
    return first, " ".join(rest.split())


def _ends_trail(node: LexborNode) -> bool:
    current: LexborNode | None = node
    for wrapped in range(MOST_WRAPPED + 1):
        if current is None or current.tag in _NO_TRAIL:
            return False
        steps = _steps_before(current)
        if steps < 0 or _told_behind(current):
            return False
        if steps:
            loose = current.parent is None or current.parent.tag in _NO_TRAIL
            return (steps > 1 and not loose) or _is_named_trail(node, wrapped + 2)
        current = current.parent
    return False


_NO_TRAIL = frozenset(("body", "main", "article", "header"))
_LETTER = re.compile(r"[^\W_]")


def _steps_before(node: LexborNode) -> int:
    """How many elements before one are a link and no more; -1 where any is more, or they are too many."""
    steps = 0
    one = node.prev
    while one is not None:
        if one.is_text_node:
            if _LETTER.search(one.text_content or ""):
                return -1
        elif one.is_element_node and one.tag not in _UNSEEN:
            text = one.text()
            if _LETTER.search(text):
                steps += 1
                if steps > MOST_STEPS or len(text) > 2 * LONGEST_STEP or not _is_step(one, text):
                    return -1
        one = one.prev
    return steps


def _is_step(node: LexborNode, text: str) -> bool:
    links = [node] if node.tag == "a" else node.css("a")
    return len(links) == 1 and folded(links[0].text()) == folded(text)


def _told_behind(node: LexborNode) -> bool:
    one = node.next
    while one is not None:
        if one.is_text_node or (one.is_element_node and one.tag not in _UNSEEN):
            text = one.text() if one.is_element_node else one.text_content
            if text and _LETTER.search(text):
                return True
        one = one.next
    return False


def _is_named_trail(node: LexborNode, most: int) -> bool:
    """Whether an h1, or one of the elements around it, `most` in all, is navigation or called breadcrumb."""
    current: LexborNode | None = node
    for _ in range(most):
        if current is None:
            return False
        names = [*current.attributes, current.attributes.get("class") or "", current.id or ""]
        if current.tag == "nav" or "breadcrumb" in " ".join(names).lower():
            return True
        current = current.parent
    return False
