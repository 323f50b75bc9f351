"""Which blocks come into question as an article's text: those of the container, and of siblings that carry it on."""

from __future__ import annotations

from crawler.extract.blocks import ARTICLE, H1, H2, HEADINGS, MAIN, Element, Outline
from crawler.extract.containers import Judged

MOST_LEVELS = 4
"""How far above the anchor sibling containers are looked for."""

LEAST_SIBLING = 120.0
"""Good text that a sibling container must hold to be a part of the article."""

HEADLINES = frozenset((H1, H2))


def region(page: Outline, start: int, judged: Judged) -> list[tuple[int, int]]:
    """Ranges of blocks in and beside the anchor, in order: the anchor and sibling containers that carry its text on."""
    elements = page.elements
    anchor_element = elements[start]
    ranges = [(anchor_element.first, anchor_element.last)]
    if judged.good[start] >= 0.97 * judged.good[0]:
        return ranges
    if anchor_element.tag == MAIN:
        return ranges
    current = anchor_element
    children = _children(page, _ancestors(page, start))
    for _ in range(MOST_LEVELS):
        if current.parent < 0:
            break
        parent = elements[current.parent]
        for child in children.get(parent.index, ()):
            if child is current or child.cut:
                continue
            if _carries_on(child, anchor_element, judged, page):
                ranges.append((child.first, child.last))
        if parent.tag in (ARTICLE, MAIN):
            break
        current = parent
    return sorted(ranges)


def _ancestors(page: Outline, index: int) -> set[int]:
    found: set[int] = set()
    while index >= 0 and len(found) <= MOST_LEVELS:
        index = page.elements[index].parent
        found.add(index)
    return found


def _children(page: Outline, parents: set[int]) -> dict[int, list[Element]]:
    children: dict[int, list[Element]] = {}
    for element in page.elements:
        if element.parent in parents:
            children.setdefault(element.parent, []).append(element)
    return children


def _carries_on(child: Element, beside: Element, judged: Judged, page: Outline) -> bool:
    good, bad = judged.good[child.index], judged.bad[child.index]
    if good < LEAST_SIBLING or bad > 0.5 * good or child.tag in HEADINGS:
        return False
    blocks = [block for block in page.blocks[child.first : child.last] if not block.cut]
    if sum(block.link_chars for block in blocks) > 0.3 * sum(block.chars for block in blocks):
        return False
    if child.tag == ARTICLE and not (
        child.names == beside.names and not any(block.kind in HEADLINES for block in blocks)
    ):
        # Beside an article, another article is another story, unless both are halves of one.
        return False
    # A linked heading makes a teaser.
    return not any(block.kind in HEADINGS and block.link_chars * 2 > block.chars for block in blocks)
