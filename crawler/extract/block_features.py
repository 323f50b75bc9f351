"""What is known of a block, as a row of numbers for the classifier: its writing, its place, its neighbours, its names.

Everything comes from the outline and from what the rules decided of the block before; the tree is not asked again.
The rows are made in two steps: plain values block by block, then what follows from them for all blocks at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from crawler.extract.block_words import WORDS, asks, spoken_of
from crawler.extract.blocks import (
    ARTICLE,
    BLOCKQUOTE,
    CELLS,
    DD,
    DT,
    EM,
    H1,
    H2,
    HEADINGS,
    IMG,
    ITALIC,
    LI,
    LISTS,
    PRE,
    SECTION,
    SPAN,
    STRONG,
    A,
    B,
    Element,
    Outline,
    P,
)
from crawler.extract.chrome import HARD_CUT, Mark
from crawler.extract.containers import Judged
from crawler.extract.phrases import folded

_KINDS: Final = {
    P: 1,
    LI: 3,
    H1: 9,
    H2: 8,
    PRE: 2,
    BLOCKQUOTE: 2,
    DT: 5,
    DD: 4,
    A: 6,
    SECTION: 0,
    ARTICLE: 0,
    **dict.fromkeys(CELLS, 4),
}
_HEADING, _OTHER_KIND = 7, 0

ROLES: Final = ("text", "heading", "standfirst", "item", "line", "scrap")
REASONS: Final = (
    "title", "label", "address", "byline", "list of links", "tags", "labelled link", "link line", "only a link",
    "linked heading", "plea or notice", "teaser", "chrome", "behind the text", "before the text", "heading of nothing",
    "scrap", "source",
)  # fmt: skip
"""What the rules may have made of a block; the order is a part of the model's format."""

_CODES: Final = {name: float(code) for code, name in enumerate((*ROLES, *REASONS), start=1)}

_MARKS: Final = (
    Mark.NAVIGATION, Mark.FOOTER, Mark.SIDE, Mark.COMMENTS, Mark.SHARE, Mark.RELATED, Mark.PROMO, Mark.ADVERT,
    Mark.BYLINE, Mark.DATE, Mark.TAGS, Mark.CAPTION, Mark.HIDDEN, Mark.SUMMARY, Mark.BODY, Mark.POST, Mark.TITLE,
    Mark.WIDGET, Mark.BIO, Mark.HEADER, Mark.CONSENT,
)  # fmt: skip
_BITS: Final = np.array(_MARKS, dtype=np.int64)

_WORD_BITS: Final = np.array([1 << place for place in range(len(WORDS))], np.int64)

_PLAIN: Final = (
    "size", "link_share", "links", "good", "kind", "bold", "end", "start", "words", "commas", "digits", "sign",
    "depth", "own_blocks", "own_good", "own_links", "up_blocks", "up_good", "up_links", "up_paragraphs", "upup_good",
    "upup_links", "upup_paragraphs", "upup_blocks", "in_list", "list_links", "decided", "kept", "in_region",
    "in_anchor", "alike_good", "alike_count", "alike_kept", "index", "up_first", "up_last", "asks", "named", "begins",
    "repeated", "described",
)  # fmt: skip
_NEAR: Final = ("size", "link_share", "good", "kind", "kept", "decided", "end")
_STEPS: Final = (-2, -1, 1, 2)

NAMES: Final = (
    *_PLAIN,
    *(f"cut_{bit}" for bit in range(len(_MARKS))),
    *(f"mark_{bit}" for bit in range(len(_MARKS))),
    *(f"word_{name}" for name in WORDS),
    *(f"{name}{step:+d}" for name in _NEAR for step in _STEPS),
    "same_element_before", "same_element_after", "kept_around", "good_around", "after_first", "before_last",
    "share_of_index", "page_good", "anchor_share", "anchor_density", "agreement", "page_blocks", "kept_size",
    "kept_count", "size_to_mean", "gap_before", "gap_after",
)  # fmt: skip
"""Names of the columns; the order is a part of the model's format."""

_BULLETS = frozenset("•-–—*·▶▲►☞▷△▼◀■□◆◇●○※▪→»>")
_QUOTES = frozenset("\"'“‘«„「『《")
_ENDS = {
    ".": 1,
    "!": 1,
    "?": 1,
    "。": 1,
    "！": 1,
    "？": 1,
    "।": 1,
    "؟": 1,
    "۔": 1,
    "…": 2,
    ":": 3,
    "：": 3,
    ",": 4,
    ";": 4,
}
_CLOSING = "\"'”’»)]』」》 "


def _start(first: str) -> int:
    if first.isupper():
        return 5
    if first in _BULLETS:
        return 0
    if first.isdigit():
        return 1
    if first.islower():
        return 3
    return 4 if first in _QUOTES else 6 if first.isalpha() else 2


LONGEST_PLEA: Final = 300
LONGEST_BIO: Final = 400
_BEGINNINGS: Final = {EM: 1, ITALIC: 1, B: 2, STRONG: 2, A: 3, IMG: 4, SPAN: 5}


class Sorted(Protocol):
    """A page whose blocks the rules have sorted: `start` is the container, `agreed` how sure that is (0..1), and
    `title_at` the block that shows the title inside of it."""

    page: Outline
    start: Element
    judged: Judged
    agreed: float
    title_at: int

    def marks(self, index: int) -> int:
        """Marks of an element and of those around it inside of the container."""

    def holder(self, index: int) -> Element | None:
        """The nearest list or table at or above an element, inside of the container."""


LEAST_OUTSIDE: Final = 25.0
"""Running text that a block outside of the region holds at least to be asked about."""

MOST_CANDIDATES: Final = 4_000


@dataclass(frozen=True, slots=True)
class Ruled:
    """What the rules made of a page's blocks, by index.

    `decided` maps a block to the role or the reason they gave it, `kept` are those they took for text, `inside` those
    of the region, `settled` those that are a field of their own. `bylines` are lines that name who wrote, `described`
    is what page and standfirst say of the article, folded.
    """

    decided: Mapping[int, str]
    kept: Collection[int]
    inside: Collection[int]
    settled: Collection[int]
    bylines: Collection[str]
    described: str


def rows_of(labeller: Sorted, ruled: Ruled) -> tuple[list[int], NDArray[np.float32]]:
    """The candidates of a page by block index, and their rows.

    Candidates are what stands in the region and running text that stands elsewhere, but for captions, comments and what
    is settled.
    """
    decided, kept, inside = ruled.decided, ruled.kept, ruled.inside
    page = labeller.page
    elements = page.elements
    anchor = labeller.start
    candidates = [
        block
        for block in page.blocks
        if (block.good >= LEAST_OUTSIDE or block.index in inside)
        and block.cut != Mark.CAPTION
        and not block.cut & HARD_CUT
        and block.index not in ruled.settled
    ][:MOST_CANDIDATES]
    if not candidates:
        return [], np.empty((0, len(NAMES)), np.float32)
    alike: dict[tuple[int, str, str], list[float]] = {}
    styles = []
    for block in candidates:
        element = elements[block.element]
        style = (block.kind, element.names, elements[element.parent].names if element.parent >= 0 else "")
        known = alike.get(style)
        if known is None:
            known = alike[style] = [0.0, 0.0, 0.0]
        known[0] += block.good
        known[1] += 1.0
        known[2] += block.index in kept
        styles.append(known)
    plain: list[tuple[float, ...]] = []
    cuts: list[int] = []
    marks: list[int] = []
    spoken: list[int] = []
    above: dict[int, int] = {}
    texts = Counter([block.text for block in candidates])
    writers = {word.strip(",.:") for line in ruled.bylines if len(line) < LONGEST_BIO for word in line.split()}
    rows_append = plain.append
    for block, style_sums in zip(candidates, styles, strict=True):
        index = block.index
        text = block.text
        element = elements[block.element]
        up = elements[element.parent] if element.parent >= 0 else element
        upup = elements[up.parent] if up.parent >= 0 else up
        holder = labeller.holder(block.element)
        first_child = element.node.first_child
        last = text.rstrip(_CLOSING)[-1:]
        kind = _KINDS.get(block.kind)
        if kind is None:
            kind = _HEADING if block.kind in HEADINGS else _OTHER_KIND
        in_region = index in inside
        rows_append((
            block.size,
            block.link_chars / block.chars,
            block.links,
            block.good,
            kind,
            block.bold,
            _ENDS.get(last, 5 if last >= "\u2e80" else 0),
            _start(text[0]),
            text.count(" "),
            text.count(","),
            sum(map(text.count, "0123456789")) / block.chars if block.chars < SHORT_ENOUGH else 0.0,
            ("@" in text) + 2 * ("©" in text or "ⓒ" in text) + 4 * ("://" in text or "www." in text),
            element.depth - anchor.depth,
            element.last - element.first,
            element.good,
            element.link_chars / (element.chars or 1),
            up.last - up.first,
            up.good,
            up.link_chars / (up.chars or 1),
            up.paragraphs,
            upup.good,
            upup.link_chars / (upup.chars or 1),
            upup.paragraphs,
            upup.last - upup.first,
            0 if holder is None else 1 if holder.tag in LISTS else 2,
            0.0 if holder is None else holder.link_chars / (holder.chars or 1),
            _CODES.get(decided.get(index, ""), 0.0),
            index in kept,
            in_region,
            anchor.first <= index < anchor.last,
            style_sums[0],
            style_sums[1],
            style_sums[2],
            index,
            index - up.first,
            up.last - index,
            asks(block) if block.chars < LONGEST_PLEA else 0,
            block.chars < LONGEST_BIO and text.split(" ", 1)[0] in writers,
            0 if first_child is None else _BEGINNINGS.get(first_child.tag_id, 0),
            texts[text] > 1,
            block.chars > SAID and folded(text[:SAID])[:20] in ruled.described,
        ))  # fmt: skip
        cuts.append(block.cut)
        spoken.append(_words_around(elements, element, anchor, above))
        marks.append(labeller.marks(block.element) if in_region else element.marks | up.marks | upup.marks)
    return [block.index for block in candidates], _widened(labeller, np.array(plain, np.float32), cuts, marks, spoken)


SHORT_ENOUGH = 250


def _words_around(elements: list[Element], element: Element, anchor: Element, known: dict[int, int]) -> int:
    """What the names of an element and of those around it speak of, up to but without the container's."""
    path = []
    bits = 0
    for _ in range(MOST_STEPS):
        index = element.index
        if index in known:
            bits = known[index]
            break
        if element.first <= anchor.first and element.last >= anchor.last and element.index <= anchor.index:
            break
        path.append(element)
        if element.parent < 0:
            break
        element = elements[element.parent]
    for step in reversed(path):
        if step.names:
            bits |= spoken_of(step.names)
        known[step.index] = bits
    return bits


MOST_STEPS = 8
SAID = 30
"""First letters of a line that are looked for in what the page says of itself."""


def _widened(
    labeller: Sorted, plain: NDArray[np.float32], cuts: list[int], marks: list[int], spoken: list[int]
) -> NDArray[np.float32]:
    """The rows with what follows from the neighbours and from the page."""
    count, width = plain.shape
    table = np.zeros((count, len(NAMES)), np.float32)
    table[:, :width] = plain
    bits = len(_MARKS)
    words = len(WORDS)
    table[:, width : width + bits] = (np.array(cuts, np.int64)[:, None] & _BITS) != 0
    table[:, width + bits : width + 2 * bits] = (np.array(marks, np.int64)[:, None] & _BITS) != 0
    column = width + 2 * bits
    table[:, column : column + words] = (np.array(spoken, np.int64)[:, None] & _WORD_BITS) != 0
    column += words
    near = plain[:, _NEAR_COLUMNS]
    for place in range(len(_NEAR)):
        for step in _STEPS:
            if step < 0:
                table[-step:, column] = near[:step, place]
                table[:-step, column] = -1.0
            else:
                table[:-step, column] = near[step:, place]
                table[-step:, column] = -1.0
            column += 1
    size, good, kept, index = (plain[:, i] for i in _FOR_PAGE)
    running = np.concatenate(([0.0], np.cumsum(kept * size)))
    ahead, behind = running[:-1], running[-1] - running[1:]
    page = labeller.page
    start = labeller.start
    judged = labeller.judged
    around = np.convolve(kept, _WINDOW)[3 : 3 + count] if count else kept
    weight = np.convolve(good, _WINDOW)[3 : 3 + count] if count else good
    gaps = np.diff(index, prepend=index[0] - 1.0)
    total = float(running[-1])
    mean = total / max(1.0, float(kept.sum()))
    good_page = max(1.0, judged.good[0])
    table[1:, column] = plain[1:, _OWN] == plain[:-1, _OWN]
    table[:-1, column + 1] = plain[1:, _OWN] == plain[:-1, _OWN]
    table[:, column + 2] = around
    table[:, column + 3] = weight
    table[:, column + 4] = ahead
    table[:, column + 5] = behind
    table[:, column + 6] = np.arange(count) / count
    table[:, column + 7] = judged.good[0]
    table[:, column + 8] = judged.good[start.index] / good_page
    table[:, column + 9] = start.link_chars / (start.chars or 1)
    table[:, column + 10] = labeller.agreed
    table[:, column + 11] = len(page.blocks)
    table[:, column + 12] = total
    table[:, column + 13] = kept.sum()
    table[:, column + 14] = size / max(1.0, mean)
    table[:, column + 15] = gaps
    table[:-1, column + 16] = gaps[1:]
    return table


_NEAR_COLUMNS: Final = [_PLAIN.index(name) for name in _NEAR]
_FOR_PAGE: Final = [_PLAIN.index(name) for name in ("size", "good", "kept", "index")]
_OWN: Final = _PLAIN.index("up_good")
_WINDOW: Final = np.ones(7, np.float32)
