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
LEAST_REST = 15
"""Characters of the words before a headline, and of a headline behind them."""

MOST_WRAPPED = 3
MOST_STEPS = 8
LONGEST_STEP = 80
"""Elements around an h1 that hold nothing else, links of a trail before it, and characters of one of them."""


@dataclass(frozen=True, slots=True)
class Heading:
    """An h1: its text, and what is left of it without a kicker in an element of its own before it.

    `home` where it leads to the site's front page: such an h1 is the site's name and no headline.
    """

    text: str
    kicker: str | None = None
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
        text = " ".join(node.text().split())
        if text and len(text) < LONGEST_TITLE:
            found.append(Heading(text, *_parted(node), _leads_home(node), node))
    return found


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
    while child is not None and len(parts) < 3:
        text = " ".join(child.text(deep=True).split()) if child.is_element_node else (child.text_content or "").strip()
        if folded(text):
            parts.append((text, child.is_element_node))
        child = child.next
    if len(parts) != 2:
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
_UNSEEN = frozenset(("script", "style", "svg", "template", "noscript"))
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
