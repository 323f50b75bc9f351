"""Where the learnt judge is heard: which blocks that the rules kept are text, and which that they dropped."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import NamedTuple

from crawler.extract.block_classifier import block_judge
from crawler.extract.block_features import Ruled, Sorted, rows_of
from crawler.extract.blocks import CELLS, TABLE, Block, Outline
from crawler.extract.dates import parse_date
from crawler.extract.phrases import SIGN_OFF

LEAST_TO_KEEP = 0.5
LEAST_TO_ADD = 0.55
LEAST_TO_ADD_OUTSIDE = 0.75
LEAST_TO_ADD_OF_BYLINES = 0.65
LEAST_TO_ADD_OF_SCRAPS = 0.7
"""Probability from which a block is text: one that the rules kept, one that they dropped, one elsewhere on the page."""

LITTLE_TEXT = 600.0
LEAST_TO_KEEP_OF_LITTLE = 0.2
"""Of news of two sentences none may go on a mere suspicion."""

LEAST_TO_KEEP_OF_LEAD = 0.2
LEAST_LEAD = 80.0
"""What stands right under the title is the lead, though it be far from the text."""

TABLE_SHARE = 1.0
LIST_SHARE = 0.5
"""How much of a cell's or item's own probability gives way to the mean of its table or list."""

_SAID_SO = frozenset(("label", "plea or notice", "address", "tags", "labelled link", "link line", "only a link"))
"""What its own words make no text: on such lines the judge, who reads no words, is not heard."""

_TRIMMED = frozenset(("before the text", "behind the text", "scrap"))
LONG_BYLINE = 60.0

LEAST_TO_KEEP_SET_APART = 0.3
_SET_APART = re.compile(r"(?<![^\W_])(?:footnotes?|endnotes?|toggle)(?![^\W_])", re.IGNORECASE)
"""What is named so within an article may well belong to it, however little it looks like its paragraphs."""

LONGEST_DATE = 40
LONG_HENCE = datetime(2100, 1, 1, tzinfo=UTC)
"""Whether a line is a date does not hang on when the page was fetched."""

NEVER = 2.0
"""More than any probability."""


class Verdict(NamedTuple):
    """Whether a block is text, and how probable (0..1) the judge found that."""

    is_text: bool
    chance: float


def verdicts(labeller: Sorted, ruled: Ruled) -> dict[int, Verdict]:
    """What the judge says of each block in question, by index and in the page's order."""
    candidates, rows = rows_of(labeller, ruled)
    if not candidates:
        return {}
    likely = _together(labeller, candidates, block_judge().probabilities(rows).tolist())
    blocks = labeller.page.blocks
    little = sum(blocks[index].size for index in ruled.kept) < LITTLE_TEXT
    least = LEAST_TO_KEEP_OF_LITTLE if little else LEAST_TO_KEEP
    lead = labeller.title_at + 1
    found: dict[int, Verdict] = {}
    for index, chance in zip(candidates, likely, strict=True):
        if index not in ruled.kept:
            needed = _least_to_add(blocks[index], ruled)
        elif index == lead and blocks[index].good >= LEAST_LEAD:
            needed = LEAST_TO_KEEP_OF_LEAD
        elif LEAST_TO_KEEP_SET_APART <= chance < least and _is_set_apart(labeller.page, blocks[index]):
            needed = LEAST_TO_KEEP_SET_APART
        else:
            needed = least
        found[index] = Verdict(chance >= needed, chance)
    return found


def _least_to_add(block: Block, ruled: Ruled) -> float:
    """Probability from which a block is text that the rules dropped, or that stands outside of their region."""
    fate = ruled.decided.get(block.index, "")
    if fate in _SAID_SO or (fate == "byline" and (block.size < LONG_BYLINE or SIGN_OFF.match(block.text))):
        return NEVER
    if block.chars <= LONGEST_DATE and _is_date(block.text):
        return NEVER
    if fate in _TRIMMED and block.good < 0.5 * block.size:
        return LEAST_TO_ADD_OF_SCRAPS
    if fate == "byline":
        return LEAST_TO_ADD_OF_BYLINES
    return LEAST_TO_ADD if block.index in ruled.inside else LEAST_TO_ADD_OUTSIDE


def _is_set_apart(page: Outline, block: Block) -> bool:
    """Whether a block stands in what a writer folds away or notes: a footnote, a toggle."""
    element = page.elements[block.element]
    for _ in range(3):
        if element.names and _SET_APART.search(element.names):
            return True
        if element.parent < 0:
            break
        element = page.elements[element.parent]
    return False


def _is_date(text: str) -> bool:
    """Whether a line is a date and nothing else: it stands above texts, and is never one of their paragraphs."""
    return any(map(str.isdigit, text)) and parse_date(text, now=LONG_HENCE) is not None


def _together(labeller: Sorted, candidates: list[int], likely: list[float]) -> list[float]:
    """The cells of a table are text or not all together, and the items of a list lean on each other."""
    blocks, elements = labeller.page.blocks, labeller.page.elements
    groups: dict[int, list[int]] = {}
    for place, index in enumerate(candidates):
        holder = labeller.holder(blocks[index].element)
        if holder is not None:
            groups.setdefault(holder.index, []).append(place)
    for holder_index, places in groups.items():
        if len(places) < 2:
            continue
        sizes = [blocks[candidates[place]].size + 10.0 for place in places]
        mean = sum(size * likely[place] for size, place in zip(sizes, places, strict=True)) / sum(sizes)
        share = TABLE_SHARE if elements[holder_index].tag == TABLE else LIST_SHARE
        for place in places:
            if blocks[candidates[place]].kind in CELLS or share == LIST_SHARE:
                likely[place] += share * (mean - likely[place])
    return likely
