"""Teasers of other stories among the blocks of a text: linked headings with a blurb, and cards that bear a date."""

from __future__ import annotations

import re

from crawler.extract.blocks import HEADINGS, TIME, Block, Element, Outline
from crawler.extract.chrome import Mark
from crawler.extract.containers import LONG

TEASER_GOOD = 320.0
TEASER_BLOCKS = 8
"""A teaser holds at most so much text in so many blocks."""

MOST_THAT_TEASERS_HOLD = 0.35
"""Where linked headings head more of the text than this, it is a list article."""

LEAST_CARDS = 3
LEAST_BEFORE = 2 * LONG
CARD_GOOD = 1_000.0
CARD_BLOCKS = 12
LEAST_TITLE = 18
LONGEST_DATE = 48
"""Cards of one writing behind a text, each with a linked title of so many characters and a date in a short line."""

_DATE = re.compile(
    r"\b\d{1,2}[./-]\d{1,2}[./-](?:19|20)?\d\d\b|\b(?:19|20)\d\d(?:[-./]|년|年)\s?\d{1,2}|\d{1,2}(?:월|月)\s?\d{1,2}(?:일|日)"
    r"|\b\d{1,2}(?:st|nd|rd|th|\.|\sde)?\s[^\W\d_]{3,10}\.?,?(?:\sde)?\s(?:19|20)\d\d\b"
    r"|\b[^\W\d_]{3,10}\.?\s\d{1,2},?\s(?:19|20)\d\d\b"
    r"|\b(?:\d{1,2}|an?|one)\s?(?:min(?:ute)?s?|hours?|hrs?|days?|weeks?|months?|h|d)\sago\b"
    r"|\b(?:vor|il y a|hace|há|fa|för)\s\d{1,2}\s|\d{1,2}\s?(?:분|시간|일|주)\s?전"
    r"|\d{1,2}\s?(?:分|分钟|小时|時間|日|天)前",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+")


def teasers(page: Outline, start: Element, good: float, ranges: list[tuple[int, int]]) -> set[int]:
    """Indices of the blocks in `ranges` that belong to small elements with a linked heading, where there are several.

    `good` is the running text in the element `start`.
    """
    found: list[tuple[int, int]] = []
    elements = page.elements
    for first, last in ranges:
        for block in page.blocks[first:last]:
            if block.kind not in HEADINGS or block.cut or not _leads_on(block):
                continue
            element = elements[block.element]
            while element.parent > start.index:
                parent = elements[element.parent]
                if parent.good > TEASER_GOOD or parent.paragraphs > 1 or parent.last - parent.first > TEASER_BLOCKS:
                    break
                element = parent
            if element.last - element.first > 1:
                found.append((element.first, element.last))
    if len(found) < 2:
        return set()
    blurbs = sum(page.blocks[index].good for first, last in set(found) for index in range(first, last))
    if blurbs > MOST_THAT_TEASERS_HOLD * good:
        return set()
    return {index for first, last in found for index in range(first, last)}


def cards(page: Outline, ranges: list[tuple[int, int]]) -> set[int]:
    """Indices of the blocks in `ranges` that belong to cards behind a text: title, date, perhaps author and blurb."""
    alike: dict[tuple[int, int, str], list[Element]] = {}
    for element in page.elements:
        size = element.last - element.first
        if not (2 <= size <= CARD_BLOCKS and element.links and element.good <= CARD_GOOD and element.paragraphs <= 2):
            continue
        if any(first <= element.first and element.last <= last for first, last in ranges):
            names = _NUMBER.sub("", element.names)
            writing = (element.depth if names else -element.parent, element.tag, names)
            alike.setdefault(writing, []).append(element)
    begun = _begun(page, ranges)
    found: set[int] = set()
    for group in alike.values():
        if len(group) < LEAST_CARDS:
            continue
        dated = sum(_is_card(page, element) for element in group)
        if dated < LEAST_CARDS or dated * 2 < len(group):
            continue
        if group[0].first >= begun:
            found.update(index for element in group for index in range(element.first, element.last))
    return found


def _begun(page: Outline, ranges: list[tuple[int, int]]) -> int:
    """Behind which block a text has begun for certain."""
    good = 0.0
    for first, last in ranges:
        for block in page.blocks[first:last]:
            good += 0.0 if block.cut else block.good
            if good >= LEAST_BEFORE:
                return block.index + 1
    return len(page.blocks)


def _is_card(page: Outline, element: Element) -> bool:
    blocks = page.blocks[element.first : element.last]
    title = next((block for block in blocks if block.chars >= LEAST_TITLE and _leads_on(block)), None)
    return title is not None and any(block is not title and _dates(page, block) for block in blocks)


def _leads_on(block: Block) -> bool:
    return block.link_chars * 10 >= block.chars * 8


def _dates(page: Outline, block: Block) -> bool:
    if block.chars > LONGEST_DATE:
        return False
    element = page.elements[block.element]
    return element.tag == TIME or bool(element.marks & Mark.DATE) or _DATE.search(block.text) is not None
