"""Which element holds the article: several simple judges, and the one that agrees most with the others.

No single rule finds the container on all pages; where independent rules agree they are nearly always right (measured:
the candidate closest to the others beats every rule alone). Judges: descending into the child that keeps most of the
text; the propagation of paragraph scores (after arc90's Readability); names of body elements; `<article>`/`<main>`;
and the element with the greatest difference of text and clutter.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection

from crawler.extract.blocks import (
    ARTICLE,
    ASIDE,
    BLOCKQUOTE,
    CUT_TAGS,
    FIGCAPTION,
    FIGURE,
    FOOTER,
    FORM,
    H1,
    HEADINGS,
    LI,
    LISTS,
    MAIN,
    PRE,
    Block,
    Element,
    Outline,
    P,
)
from crawler.extract.chrome import CUT, HARD_CUT, Mark
from crawler.extract.phrases import folded, is_label, is_plea
from crawler.extract.sections import parts_by_words, parts_with_inputs

MOST_THAT_CHROME_HOLDS = 0.2
"""An element is never cut for its name when it holds more of the page's text: `has-sidebar` wrappers, `ad`opseo."""

MOST_THAT_ASIDES_HOLD = 0.45
"""`<aside>` is said on purpose; beside an article of two sentences it holds a large share."""

MOST_THAT_COMMENTS_HOLD = 0.85
"""Comment threads are longer than short articles; they are believed by name up to this share."""

SHORT_PAGE = 2_500.0
"""Pages with less good text are looked at line by line before anything is weighed."""

LEAST_LEFT = 35.0
"""What must remain of good text for a cut beyond the ordinary share."""

PARAGRAPHS = frozenset([P, BLOCKQUOTE])

_SENTENCE_ENDS = (".", "!", "?", "。", "！", "？", "…", '."', ".”", ".»", "”", '"', "»", "다", ":", ".)", "।", "؟", "’")
LONG = 80.0
LONGEST_WORD = 200
"""Letters without a blank between them that are data and no words."""

SHORT = 30.0


def weigh(block: Block) -> float:
    """How much running text a block holds: its size outside of links, little for scraps, nothing for link lines."""
    if block.kind in HEADINGS:
        return 0.0
    share = block.link_chars / block.chars
    if share > 0.6:
        return 0.0
    size = block.size * (1.0 - share)
    if block.size >= LONG:
        return size if block.chars < LONGEST_WORD or " " in block.text or not block.text.isascii() else 0.0
    if block.size >= SHORT:
        return size * (0.8 if block.text.endswith(_SENTENCE_ENDS) else 0.25)
    return 0.0


def total_up(page: Outline) -> None:
    """Fill the sums of blocks and elements: size, link size, good text, paragraphs; parents include children."""
    elements = page.elements
    total = 0.0
    for block in page.blocks:
        block.good = weigh(block)
        total += block.good
    if total < SHORT_PAGE:
        # Beside two sentences of news a cookie notice and an imprint would pass for the article.
        for block in page.blocks:
            if block.good and (is_plea(block.text) or is_label(block.text)):
                block.good = 0.0
    for block in page.blocks:
        element = elements[block.element]
        element.chars += block.chars
        element.link_chars += block.link_chars
        element.links += block.links
        if block.good:
            element.good += block.good
            if block.good >= LONG / 2:
                element.paragraphs += 1
    for element in reversed(elements):
        # An element without text adds nothing: a third of all.
        if element.parent >= 0 and (element.chars or element.links or element.good):
            parent = elements[element.parent]
            parent.chars += element.chars
            parent.link_chars += element.link_chars
            parent.links += element.links
            if element.good:
                parent.good += element.good
                parent.paragraphs += element.paragraphs


_NAMES_OF_LAYOUT = (
    Mark.PROMO | Mark.WIDGET | Mark.SIDE | Mark.NAVIGATION | Mark.FOOTER | Mark.SHARE | Mark.HIDDEN | Mark.SUMMARY
)
"""What a long paragraph may be called and yet be text: `<p class="paywall">`."""


def _reason_to_cut(element: Element, total: float, beside: int) -> int:
    marks = element.marks
    reason = marks & CUT
    if element.tag == FOOTER:
        reason |= Mark.FOOTER
    elif element.tag in CUT_TAGS or element.tag == FORM:
        reason |= Mark.NAVIGATION
    if element.tag in (FIGURE, FIGCAPTION) or marks & Mark.CAPTION:
        reason |= Mark.CAPTION
    if not reason:
        return 0
    if marks & Mark.BODY and not reason & HARD_CUT and element.good > 0.1 * total:
        return 0
    if element.tag in PARAGRAPHS and element.good >= 1.5 * LONG and not reason & ~_NAMES_OF_LAYOUT:
        return 0
    said = element.tag in (ASIDE, FIGCAPTION)
    if element.good <= (MOST_THAT_ASIDES_HOLD if said else MOST_THAT_CHROME_HOLDS) * total:
        return reason
    if element.tag in (ARTICLE, MAIN):
        return 0
    if (
        reason & (HARD_CUT | beside)
        and element.good <= MOST_THAT_COMMENTS_HOLD * total
        and total - element.good >= LEAST_LEFT
    ):
        return reason
    return 0


def _named_bodies(page: Outline) -> tuple[int, int]:
    """Where the first of the elements ends that are named as a body and hold a sentence, and where the last begins."""
    named = [element for element in page.elements if element.marks & Mark.BODY and element.good >= SHORT]
    return min((element.last for element in named), default=len(page.blocks)), max(
        (element.first for element in named), default=-1
    )


_SUSPECTED_BY_NAME = CUT | Mark.CAPTION
_SUSPECTED_TAGS = CUT_TAGS | frozenset((FORM, FIGURE, FIGCAPTION))


def cut(page: Outline, spared: Collection[int] = ()) -> None:
    """Mark what is chrome by tag or name, with all below it; `cut` says why. Elements in `spared` are none, by index.

    Elements of one writing (same tag, same names) are judged together: a text whose every section is called
    `live-message` or `promo-block` is no chrome, though each of them is small. And where the cuts leave less than half
    of the page's text, the name that took most of it is not believed: a page builder calls everything `widget`.
    """
    elements = page.elements
    total = elements[0].good
    together: dict[tuple[int, str], float] = {}
    said = parts_by_words(page)
    said.update(parts_with_inputs(page))
    reasons: dict[int, int] = {}
    ends, begins = _named_bodies(page)
    for element in elements:
        marks = element.marks
        if not marks & _SUSPECTED_BY_NAME and element.tag not in _SUSPECTED_TAGS and element.index not in said:
            continue
        index = element.index
        reason = _reason_to_cut(element, total, 0) | said.get(index, 0)
        # A sidebar may be longer than the text: one beside an element that is named as the body is still a sidebar.
        if not reason and marks & Mark.SIDE and (ends <= element.first or begins >= element.last):
            reason = _reason_to_cut(element, total, Mark.SIDE)
        if reason and index and index not in spared:
            reasons[index] = reason
            if not reason & HARD_CUT and element.good and element.names and index not in said:
                signature = (element.tag, element.names)
                together[signature] = together.get(signature, 0.0) + element.good
    most = MOST_THAT_CHROME_HOLDS * total
    held_by_many = {signature for signature, good in together.items() if good > most}
    if held_by_many:
        reasons = {
            index: reason
            for index, reason in reasons.items()
            if index in said or reason & HARD_CUT or (elements[index].tag, elements[index].names) not in held_by_many
        }
    for _ in range(MOST_RETRIES):
        taken = _apply(page, reasons)
        left = total - sum(taken.values())
        if left >= LEAST_KEPT * total or (total < SHORT_PAGE and left >= LEAST_LEFT):
            break
        if left < LEAST_LEFT and _named_holds_lines(page):
            # A poem or a table, under the name of a body.
            break
        doubted = 0 if left < LEAST_LEFT else _NEVER_DOUBTED
        soft = {reason: good for reason, good in taken.items() if not reason & doubted}
        worst = max(soft, key=lambda reason: soft[reason], default=0)
        if not worst or soft[worst] < 0.1 * total:
            break
        reasons = {
            index: kept
            for index, reason in reasons.items()
            if (kept := reason if reason & doubted else reason & ~worst)
        }
    repeated: set[str] = set()
    standing: list[Block] = []
    for block in page.blocks:
        block.cut = elements[block.element].cut
        if block.cut:
            if block.size >= SHORT:
                repeated.add(block.text)
        elif block.good:
            standing.append(block)
    for block in standing:
        # What stands in chrome is chrome wherever else it stands.
        if block.text in repeated and not _near_marks(elements, elements[block.element]) & Mark.BODY:
            block.cut = Mark.PROMO


def _named_holds_lines(page: Outline) -> bool:
    """Whether an element named as a body holds lines of its own that were not cut."""
    elements = page.elements
    return any(
        element.marks & Mark.BODY
        and not element.cut
        and sum(
            block.chars - block.link_chars
            for block in page.blocks[element.first : element.last]
            if not elements[block.element].cut
        )
        >= LEAST_SCANT
        for element in elements
    )


def _near_marks(elements: list[Element], element: Element) -> int:
    marks = element.marks
    for _ in range(2):
        if element.parent >= 0:
            element = elements[element.parent]
            marks |= element.marks
    return marks


_NEVER_DOUBTED = HARD_CUT
MOST_RETRIES = 4
LEAST_KEPT = 0.5
"""Share of the page's text that cuts must leave; else the names are doubted, on short pages only if nothing is left."""


def _apply(page: Outline, reasons: dict[int, int]) -> dict[int, float]:
    """Set `cut` of all elements; the good text that each reason took."""
    cuts: list[int] = []
    taken: dict[int, float] = {}
    for element in page.elements:
        # Parents stand before their children.
        reason = cuts[element.parent] if cuts else 0
        if not reason and (reason := reasons.get(element.index, 0)):
            taken[reason] = taken.get(reason, 0.0) + element.good
        element.cut = reason
        cuts.append(reason)
    return taken


class Judged:
    """Sums over what was not cut: good text and clutter of each element, by index."""

    __slots__ = ("bad", "good", "paragraphs")

    def __init__(self, page: Outline) -> None:
        size = len(page.elements)
        good, bad, paragraphs = [0.0] * size, [0.0] * size, [0] * size
        for block in page.blocks:
            if block.cut:
                continue
            index = block.element
            if not block.good:
                bad[index] += 15.0 + (block.size if block.link_chars * 2 > block.chars else 0.0)
                continue
            good[index] += block.good
            if block.good >= LONG / 2:
                paragraphs[index] += 1
        parents = [element.parent for element in page.elements]
        for index in range(size - 1, 0, -1):
            parent = parents[index]
            if good[index]:
                good[parent] += good[index]
                paragraphs[parent] += paragraphs[index]
            if bad[index]:
                bad[parent] += bad[index]
        self.good, self.bad, self.paragraphs = good, bad, paragraphs


def _descend(page: Outline, children: dict[int, list[int]], judged: Judged) -> int:
    current = 0
    while True:
        best = max(children.get(current, ()), key=judged.good.__getitem__, default=-1)
        if best < 0 or judged.good[best] < 0.72 * judged.good[current] or judged.good[best] <= 0:
            return current
        element = page.elements[best]
        if element.first + 1 >= element.last and judged.paragraphs[best] <= 1:
            return current
        current = best


def _propagate(page: Outline) -> int:
    scores: dict[int, float] = {}
    elements = page.elements
    for block in page.blocks:
        if block.cut or block.good < 40:
            continue
        points = 1.0 + min(block.good / 100.0, 4.0)
        index = block.element
        element = elements[index]
        # Bare text between <br> scores for the element itself, a paragraph's for its parent.
        if element.last - element.first <= 1 and element.parent >= 0:
            index = element.parent
        share = 1.0
        for _ in range(4):
            scores[index] = scores.get(index, 0.0) + points * share
            index = elements[index].parent
            if index < 0:
                break
            share *= 0.5
    best, most = 0, 0.0
    for index, score in scores.items():
        element = elements[index]
        density = element.link_chars / max(1, element.chars)
        adjusted = score * (1.0 - density)
        if element.marks & Mark.BODY:
            adjusted *= 1.3
        if adjusted > most:
            best, most = index, adjusted
    return best


def _named(page: Outline, judged: Judged, standing: list[Element]) -> int:
    best, most = -1, 0.0
    for element in standing:
        if element.marks & Mark.BODY:
            good = judged.good[element.index]
            # An inner element with nearly the same text is the better container.
            if good > most or (
                best >= 0
                and good >= 0.9 * most
                and element.first >= page.elements[best].first
                and element.last <= page.elements[best].last
            ):
                best, most = element.index, max(most, good)
    return best if most >= 0.25 * judged.good[0] else -1


def _article_tag(judged: Judged, standing: list[Element]) -> int:
    best, most = -1, 0.0
    for element in standing:
        if element.tag in (ARTICLE, MAIN):
            good = judged.good[element.index] * (1.3 if element.tag == ARTICLE else 1.0)
            if good > most:
                best, most = element.index, good
    return best if most >= 0.3 * judged.good[0] else -1


def _densest(judged: Judged, standing: list[Element]) -> int:
    best, most = 0, 0.0
    goods, bads = judged.good, judged.bad
    for element in standing:
        index = element.index
        net = goods[index] - bads[index]
        # A single paragraph is never the container.
        if net >= most and net > 0 and element.last - element.first > 1:
            best, most = index, net
    return best


def agreement(page: Outline, judged: Judged, one: int, other: int) -> float:
    """F1 of the good text in two elements, which are nested or apart."""
    a, b = page.elements[one], page.elements[other]
    inner, outer = (a, b) if a.last - a.first <= b.last - b.first else (b, a)
    if inner.first < outer.first or inner.last > outer.last:
        return 0.0
    both = judged.good[a.index] + judged.good[b.index]
    return 2.0 * min(judged.good[a.index], judged.good[b.index]) / both if both else 0.0


def _one_story(page: Outline, judged: Judged, chosen: int, titles: set[str]) -> int:
    """Of several stories in one container (endless scroll: each an `<article>` with an h1) the one asked for."""
    around = page.elements[chosen]
    titled = [block.index for block in page.blocks[around.first : around.last] if block.kind == H1 and not block.cut]
    if len(titled) < 2:
        return chosen
    stories: list[Element] = []
    for element in page.elements[chosen + 1 :]:
        if element.first >= around.last:
            break
        if element.tag != ARTICLE or element.cut or (stories and element.last <= stories[-1].last):
            continue
        place = bisect_left(titled, element.first)
        if judged.good[element.index] >= 2 * LONG and place < len(titled) and titled[place] < element.last:
            stories.append(element)
    if len(stories) < 2:
        return chosen
    for story in stories:
        for block in page.blocks[story.first : story.last]:
            if block.kind == H1 and folded(block.text) in titles:
                return story.index
    return stories[0].index


def anchor(page: Outline, titles: set[str]) -> tuple[int, float, Judged]:
    """The element that agrees most with what the other judges chose, and how much they agree (0..1)."""
    judged = Judged(page)
    if judged.good[0] <= 0:
        named = _named_scant(page)
        return (named, SCANT_AGREEMENT, judged) if named >= 0 else (0, 0.0, judged)
    # An element without text of its own or below it is no judge's choice: half of all.
    standing = [element for element in page.elements if not element.cut and judged.good[element.index] > 0]
    children: dict[int, list[int]] = {}
    for element in standing:
        if element.parent >= 0:
            children.setdefault(element.parent, []).append(element.index)
    chosen = [
        _descend(page, children, judged),
        _propagate(page),
        _densest(judged, standing),
    ]
    chosen.extend(index for index in (_named(page, judged, standing), _article_tag(judged, standing)) if index >= 0)
    best, most = chosen[0], -1.0
    for one in chosen:
        mean = sum(agreement(page, judged, one, other) for other in chosen) / len(chosen)
        # Of two that agree equally the inner one holds less clutter.
        mean -= 0.0005 * judged.bad[one] / (1.0 + judged.good[one])
        if mean > most:
            best, most = one, mean
    if judged.good[best] < SCANT_TEXT and (named := _named_scant(page)) >= 0:
        return named, SCANT_AGREEMENT, judged
    best = _around_parts(page, best)
    return _one_story(page, judged, best, titles), max(0.0, min(1.0, most)), judged


_PARTS_OF_TEXT = PARAGRAPHS | LISTS | frozenset((LI, PRE))


def _around_parts(page: Outline, chosen: int) -> int:
    """What holds the chosen element, when that is a list or a paragraph: those are parts of a text, not the whole."""
    element = page.elements[chosen]
    while element.tag in _PARTS_OF_TEXT and element.parent >= 0:
        element = page.elements[element.parent]
    return element.index


SCANT_TEXT = 150.0
"""With less running text in the container, an element that is named as a body is believed whatever it holds: a table,
a listing of code, a poem."""

SCANT_AGREEMENT = 0.7
LEAST_SCANT = 60


def _named_scant(page: Outline) -> int:
    """The element named as a body that has the most letters outside of links, or -1."""
    best, most = -1, LEAST_SCANT
    for element in page.elements:
        if element.marks & Mark.BODY and not element.cut:
            letters = element.chars - element.link_chars
            inner = (
                best >= 0 and element.first >= page.elements[best].first and element.last <= page.elements[best].last
            )
            if letters > most or (inner and letters * 10 >= most * 9):
                best, most = element.index, max(most, letters)
    return best
