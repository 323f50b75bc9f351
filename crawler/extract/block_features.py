"""What is known of a block, as a row of numbers for the classifier: its writing, its place, its neighbours, its names.

Everything comes from the outline and from what the rules decided of the block before; the tree is not asked again.
The rows are made in two steps: plain values block by block, then what follows from them for all blocks at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from struct import pack
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from crawler.extract.block_words import WORDS, asking, spoken_of
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
_ALL_BITS: Final = np.array([*_MARKS, *_MARKS, *(1 << place for place in range(len(WORDS)))], np.int32)[:, None]
_BITS_OF: Final = np.repeat([0, 1, 2], [len(_MARKS), len(_MARKS), len(WORDS)])
"""Each bit that has a column, and whether it is looked for in what cuts a block, its marks, or what names speak of."""

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


@lru_cache(2_048)
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
    plain: list[float] = []
    cuts: list[int] = []
    marks: list[int] = []
    spoken: list[int] = []
    above: dict[int, int] = {anchor.index: 0}
    around: dict[int, tuple[float, ...]] = {}
    texts = Counter([block.text for block in candidates])
    writers = {word.strip(",.:") for line in ruled.bylines if len(line) < LONGEST_BIO for word in line.split()}
    for block, style_sums, pleas in zip(candidates, styles, asking(candidates), strict=True):
        index = block.index
        text = block.text
        chars = block.chars
        element = elements[block.element]
        up = elements[element.parent] if element.parent >= 0 else element
        upup = elements[up.parent] if up.parent >= 0 else up
        outer = around.get(up.index)
        if outer is None:
            outer = around[up.index] = _of_two(up, upup)
        holder = labeller.holder(block.element)
        first_child = element.node.first_child
        last = text.rstrip(_CLOSING)[-1:]
        kind = _KINDS.get(block.kind)
        if kind is None:
            kind = _HEADING if block.kind in HEADINGS else _OTHER_KIND
        in_region = index in inside
        # One tuple for each block, without a name for each value: most of the judge's time goes here.
        plain += (
            block.size,
            block.link_chars / chars,
            block.links,
            block.good,
            kind,
            block.bold,
            _ENDS.get(last, 5 if last >= "\u2e80" else 0),
            _start(text[0]),
            text.count(" "),
            text.count(","),
            _digits(text) / chars if chars < SHORT_ENOUGH else 0.0,
            ("@" in text) + 2 * ("©" in text or "ⓒ" in text) + 4 * ("://" in text or "www." in text),
            element.depth - anchor.depth,
            element.last - element.first,
            element.good,
            element.link_chars / (element.chars or 1),
            *outer,
            0 if holder is None else 1 if holder.tag in LISTS else 2,
            0.0 if holder is None else holder.link_chars / (holder.chars or 1),
            _CODES.get(decided.get(index, ""), 0.0),
            index in kept,
            in_region,
            anchor.first <= index < anchor.last,
            *style_sums,
            index,
            index - up.first,
            up.last - index,
            pleas,
            chars < LONGEST_BIO and text.split(" ", 1)[0] in writers,
            0 if first_child is None else _BEGINNINGS.get(first_child.tag_id, 0),
            texts[text] > 1,
            chars > SAID and folded(text[:SAID])[:20] in ruled.described,
        )
        cuts.append(block.cut)
        if element.index > anchor.index and element.parent in above:
            words = above[element.parent] | (spoken_of(element.names) if element.names else 0)
            above[element.index] = words
        else:
            words = _words_around(elements, element, anchor, above)
        spoken.append(words)
        marks.append(labeller.marks(block.element) if in_region else element.marks | up.marks | upup.marks)
    # Packing takes a third of the time that an array takes to look at a list of numbers of several types.
    packed = np.frombuffer(pack(f"{len(plain)}d", *plain)).reshape(len(candidates), len(_PLAIN))
    return [block.index for block in candidates], _widened(labeller, packed, cuts, marks, spoken)


def _of_two(up: Element, upup: Element) -> tuple[float, ...]:
    """What is known of the element around a block's own, and of the one around that."""
    return (
        up.last - up.first,
        up.good,
        up.link_chars / (up.chars or 1),
        up.paragraphs,
        upup.good,
        upup.link_chars / (upup.chars or 1),
        upup.paragraphs,
        upup.last - upup.first,
    )


def _digits(text: str) -> int:
    """How many ASCII digits a text has."""
    raw = text.encode("utf-8", "replace")
    return len(raw) - len(raw.translate(None, b"0123456789"))


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
    labeller: Sorted, packed: NDArray[np.float64], cuts: list[int], marks: list[int], spoken: list[int]
) -> NDArray[np.float32]:
    """The rows with what follows from the neighbours and from the page; each column lies in one piece."""
    count, width = packed.shape
    columns = np.zeros((len(NAMES), count), np.float32)
    plain = columns[:width]
    plain[:] = packed.T
    bits = np.array((cuts, marks, spoken), np.int32)
    column = width + len(_ALL_BITS)
    np.not_equal(bits[_BITS_OF] & _ALL_BITS, 0, out=columns[width:column])
    near = plain[_NEAR_COLUMNS]
    for place, step in enumerate(_STEPS, column):
        beside = columns[place : column + len(_NEAR) * len(_STEPS) : len(_STEPS)]
        if step < 0:
            beside[:, -step:] = near[:, :step]
            beside[:, :-step] = -1.0
        else:
            beside[:, :-step] = near[:, step:]
            beside[:, -step:] = -1.0
    column += len(_NEAR) * len(_STEPS)
    size, good, kept, index = (plain[i] for i in _FOR_PAGE)
    running = np.zeros(count + 1)
    running[1:] = (kept * size).cumsum()
    page = labeller.page
    start = labeller.start
    judged = labeller.judged
    total = float(running[-1])
    held = float(kept.sum())
    own = plain[_OWN]
    same = own[1:] == own[:-1]
    columns[column, 1:] = same
    columns[column + 1, :-1] = same
    columns[column + 2] = np.convolve(kept, _WINDOW)[3 : 3 + count]
    columns[column + 3] = np.convolve(good, _WINDOW)[3 : 3 + count]
    columns[column + 4] = running[:-1]
    columns[column + 5] = running[-1] - running[1:]
    columns[column + 6] = np.arange(count) / count
    of_page = [
        judged.good[0],
        judged.good[start.index] / max(1.0, judged.good[0]),
        start.link_chars / (start.chars or 1),
        labeller.agreed,
        len(page.blocks),
        total,
        held,
    ]
    columns[column + 7 : column + 14] = np.array(of_page)[:, None]
    columns[column + 14] = size / max(1.0, total / max(1.0, held))
    columns[column + 15, 0] = 1.0
    columns[column + 15, 1:] = columns[column + 16, :-1] = index[1:] - index[:-1]
    return columns.T


_NEAR_COLUMNS: Final = [_PLAIN.index(name) for name in _NEAR]
_FOR_PAGE: Final = [_PLAIN.index(name) for name in ("size", "good", "kept", "index")]
_OWN: Final = _PLAIN.index("up_good")
_WINDOW: Final = np.ones(7, np.float32)
