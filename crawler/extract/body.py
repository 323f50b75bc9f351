"""From the container to the text: what each block of the region is.

The rules decide of each block what it is (text, caption, standfirst, byline, or why it was dropped); then a learnt
judge weighs what they said, where a block's own words do not settle it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate

from crawler.extract.block_features import Ruled
from crawler.extract.block_judging import verdicts
from crawler.extract.blocks import (
    BLOCKQUOTE,
    CELLS,
    FRAME,
    H1,
    HEADINGS,
    LISTS,
    PRE,
    TABLE,
    Block,
    Element,
    Outline,
    P,
    size_of,
)
from crawler.extract.chrome import Mark
from crawler.extract.containers import LONG, SCANT_TEXT, Judged, anchor, cut, total_up
from crawler.extract.phrases import SHORT_LINE, SIGN_OFF, folded, is_arrow_line, is_label, is_link_line, is_plea
from crawler.extract.regions import HEADLINES, region
from crawler.extract.ruled_page import RuledPage, path_to
from crawler.extract.teasers import cards, teasers

MOST_BLOCKS_ABOVE = 40
"""Blocks above the container among which title, standfirst and byline are looked for."""

MOST_BETWEEN_TITLES = 12
MOST_DATE_LINES = 12
LONGEST_STANDFIRST = 1_200.0

_NOT_FOR_STANDFIRST = Mark.NAVIGATION | Mark.RELATED | Mark.PROMO | Mark.WIDGET | Mark.SHARE | Mark.BIO
_LOOSE_CUTS = Mark.WIDGET | Mark.SHARE | Mark.SIDE
"""A row of buttons may hold the line that is called a standfirst."""

LONGEST_TITLE = 400
LEAST_TITLE = 16
LONG_HEADING = 70.0
"""A heading of this size between title and text, that leads nowhere, is the standfirst."""

_DATED_LINE = re.compile(
    r"\b(?:by|von|par|por)\s+[A-Z]|기자|특파원|(?:19|20)\d\d[-./년]|\d{1,2}:\d\d|\b\d{1,2}[./]\d{1,2}[./]\d",
    re.IGNORECASE,
)
_NO_BYLINES = Mark.COMMENTS | Mark.RELATED | Mark.CONSENT | Mark.FOOTER

_PLAYED = re.compile(r"[|·•–]\s?\d{1,3}:\d\d\s?min(?:\.|uten?|utes?|uti)?$", re.IGNORECASE)
"""What stands below a film says how long it plays: "21.04.2024 | 3:18 min"."""

LINK_SHARE = 0.6
"""A list, table or line with more of its letters in links leads elsewhere."""


@dataclass(slots=True)
class Body:
    """What was read: `paragraphs` of the text, and what stood apart from it.

    `link_share` is the part of the whole page's letters that stand in links, `headlines` counts linked lines of a
    headline's length. `bylines` are lines that may tell author or date, `writers` those that the page itself calls
    byline or author. `fates` tells of each block of `page` that was decided upon, by its index, what became of it:
    ``text``, the field that has it (``title``, ``summary``, ``caption``, ``byline``, ``source line``), or why it was
    dropped. `judged` are the blocks of which the learnt judge decided against the rules, with the probability (0..1)
    that it gave them. `lines` are the indices of the (first) blocks of the paragraphs, `size` is the paragraphs' size
    in letters, a CJK letter counting about twice.
    """

    paragraphs: list[str] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    standfirst: list[str] = field(default_factory=list)
    bylines: list[str] = field(default_factory=list)
    writers: list[str] = field(default_factory=list)
    source_line: str | None = None
    fates: dict[int, str] = field(default_factory=dict)
    judged: dict[int, float] = field(default_factory=dict)
    lines: list[int] = field(default_factory=list)
    page: Outline | None = None
    agreement: float = 0.0
    element: int = 0
    page_good: float = 0.0
    link_share: float = 0.0
    headlines: int = 0
    size: float = 0.0

    @property
    def text(self) -> str:
        """The paragraphs, separated by a newline."""
        return "\n".join(self.paragraphs)


_SENTENCE_END = re.compile(r"[.!?。！？…۔।؟][\"'”’»)\]』」]*$|[다요까죠][.]?[\"'”’)\]』」]*$|[\"”»]$")


def ends_sentence(text: str) -> bool:
    """Whether a line ends as a sentence does, in the scripts we know."""
    return _SENTENCE_END.search(text[-12:]) is not None


SPEAKABLE = "speakable"
LEAST_SUBLINES = 2
LEAST_SUBLINE = 20.0
LONGEST_BYLINE = 90
LONGEST_SOURCE = 400
_SOURCE = re.compile(
    r"[(\[<【〈※*\s]{0,3}(?:출처|원문\s?출처|자료\s?출처|기사\s?출처|원문|원문\s?보기)\s?[)\]>】〉:：]"
)
_ADDRESS = re.compile(r"(?:https?:)?//\S+$|www\.\S+$|[\w.-]+\.(?:com|kr|net|org)/\S*$")


# ---------------------------------------------------------------- what each block is


def _caption(text: str) -> str:
    """A caption without the arrow that Korean pages put before it."""
    return text.lstrip("▲△▼▽▶◀◆■ ")


_LISTED = Mark.RELATED | Mark.COMMENTS | Mark.PROMO
_SETTLED = frozenset(("title", "caption", "source line", "summary"))
"""What the rules have made a field of its own is not asked about again."""

_LISTS_OF_LINKS = frozenset(("list of links", "linked heading", "only a link"))


class Labeller:
    """Walks the blocks of a region in order and sorts them."""

    def __init__(self, page: Outline, start: int, judged: Judged, titles: set[str], agreed: float) -> None:
        self.page = page
        self.start = page.elements[start]
        self.judged = judged
        self.agreed = agreed
        self.titles = titles
        self._initials = {title[0] for title in titles}
        self.body = Body(element=start, page=page)
        self._inherited: dict[int, int] = {start: 0}
        self._lists: dict[int, bool] = {}
        self._holders: dict[int, Element | None] = {}
        self.begun = False
        self.source_at = -2
        self.title_at = -2
        self.scant = judged.good[start] < SCANT_TEXT and bool(self.start.marks & Mark.BODY)
        self.lists_at: set[int] = set()
        self.cards: set[int] = set()

    def marks(self, index: int) -> int:
        """Marks of an element and of those around it, up to but without the anchor."""
        path = []
        elements = self.page.elements
        start = self.start
        while index not in self._inherited:
            element = elements[index]
            if index < start.index and element.first <= start.first and element.last >= start.last:
                # Around the anchor: names of the whole page say nothing of a block.
                self._inherited[index] = 0
                break
            path.append(index)
            index = element.parent
        marks = self._inherited[index]
        for step in reversed(path):
            marks |= elements[step].marks
            self._inherited[step] = marks
        return marks

    def holder(self, index: int) -> Element | None:
        """The nearest list or table at or above an element, inside of the anchor."""
        path = []
        elements = self.page.elements
        while index not in self._holders:
            if index <= self.start.index:
                self._holders[index] = None
                break
            element = elements[index]
            if element.tag in _LIST_OR_TABLE:
                self._holders[index] = element
                break
            path.append(index)
            index = element.parent
        found = self._holders[index]
        for step in path:
            self._holders[step] = found
        return found

    def link_list(self, block: Block) -> bool:
        """Whether the list or table that a block is in is mostly links."""
        holder = self.holder(block.element)
        if holder is None:
            return False
        known = self._lists.get(holder.index)
        if known is None:
            known = holder.link_chars > LINK_SHARE * holder.chars
            if not known and holder.tag in LISTS and holder.links >= 2 and holder.link_chars > 0.45 * holder.chars:
                known = self._sentences[holder.first] == self._sentences[holder.last]
            self._lists[holder.index] = known
        return known

    @cached_property
    def _sentences(self) -> list[int]:
        """How many blocks before each place are sentences: lists in lists are asked for theirs again and again."""
        return [0, *accumulate(bool(block.good) and ends_sentence(block.text) for block in self.page.blocks)]

    def _may_be_title(self, text: str) -> bool:
        """Whether a line may be a title by its first letter: folding each line costs more."""
        initial = text[0]
        plain = initial.isascii() and initial.isalnum() and text[1:2].isascii()
        return not plain or initial.lower() in self._initials

    def drop_reason(self, block: Block, marks: int) -> str | None:
        """Why a block is not text, or `None`."""
        text = block.text
        share = block.link_chars / block.chars
        if (block.chars < 400 or block.kind == H1) and self._may_be_title(text) and folded(text) in self.titles:
            return "title"
        # Most patterns need a character that most lines lack: looking for it costs a tenth.
        if block.chars <= SHORT_LINE and block.kind not in CELLS and is_label(text):
            return "label"
        if block.kind != PRE and ("/" in text or "www." in text) and _ADDRESS.match(text):
            return "address"
        if ":" in text[-20:] and _PLAYED.search(text[-20:]):
            return "caption"
        if block.chars <= LONGEST_BYLINE and (not text.isascii() or "@" in text) and SIGN_OFF.match(text):
            return "byline"
        if block.kind != PRE and self.link_list(block):
            return "list of links"
        if marks & (Mark.BYLINE | Mark.DATE) and block.size < 200:
            ended = ends_sentence(text)
            if not ended or (block.size < LONGEST_BYLINE and marks & Mark.DATE and _DATED_LINE.search(text)):
                return "byline"
        if not self.begun and block.size < 200 and _DATED_LINE.search(text) and not ends_sentence(text):
            return "byline"
        if marks & Mark.TAGS and block.size < 100 and (share > 0.3 or not ends_sentence(text)):
            return "tags"
        if 0 < share < 1 and is_label(text[: block.chars - block.link_chars].strip()):
            return "labelled link"
        if share > 0.3 and is_link_line(text):
            return "link line"
        if share > 0.5 and is_arrow_line(text):
            return "link line"
        if (
            share > 0.5
            and block.size < 250
            and not ends_sentence(text)
            and block.kind not in HEADINGS
            and ":" in text + "|"
        ):
            return "link line"
        if share > 0.85 and block.size < 250 and block.kind not in HEADINGS:
            return "only a link"
        if block.kind in HEADINGS and share > 0.85 and block.kind != H1:
            return "linked heading"
        if (share > 0.2 or block.size < 130) and is_plea(text):
            return "plea or notice"
        return None

    def run(self, ranges: list[tuple[int, int]], description: str, *, learnt: bool) -> Body:
        """Sort the blocks of these ranges, in order, and what stands above them; `description` is folded.

        Without the `learnt` judge the rules' word stands: where a rule for the site has named the container.
        """
        body = self.body
        kept: list[tuple[Block, str]] = []
        self.cards = cards(self.page, ranges)
        teased = self.cards | teasers(self.page, self.start, self.judged.good[self.start.index], ranges)
        for first, last in ranges:
            for block in self.page.blocks[first:last]:
                if block.index in teased or block.cut & _LISTED:
                    self.lists_at.add(block.index)
                if block.index in teased:
                    body.fates[block.index] = "teaser"
                    continue
                if block.cut:
                    self._set_aside(block)
                    continue
                marks = self.marks(block.element)
                if self._is_source(block):
                    continue
                reason = self.drop_reason(block, marks)
                if reason == "title":
                    self.title_at = block.index
                if reason == "caption":
                    body.captions.append(_caption(block.text))
                if reason == "byline":
                    body.bylines.append(block.text)
                    if marks & Mark.BYLINE:
                        body.writers.append(block.text)
                if reason:
                    body.fates[block.index] = reason
                    if reason in _LISTS_OF_LINKS:
                        self.lists_at.add(block.index)
                    continue
                role = self._role(block, marks)
                self.begun = self.begun or role == "text"
                kept.append((block, role))
        if not self.scant:
            self._trim(kept)
        kept = self._standfirst_apart(kept)
        if not kept:
            return body
        first = kept[0][0].index
        titled = self.title_above(first)
        if titled >= 0:
            body.fates[titled] = "title"
        self.standfirst_above(first, titled, description, {block.text for block, _ in kept} | set(body.standfirst))
        self.bylines_above(first, titled)
        if learnt and not self.scant:
            described = description + "".join(map(folded, body.standfirst))
            kept = self._judged(kept, ranges, described)
        self._write(kept)
        self.captions_beside(titled if titled >= 0 else first, ranges)
        return body

    def _standfirst_apart(self, kept: list[tuple[Block, str]]) -> list[tuple[Block, str]]:
        """The blocks behind those at the beginning that are the standfirst."""
        count = 0
        while count < len(kept) and kept[count][1] == "standfirst":
            count += 1
        above, text = kept[:count], kept[count:]
        size = sum(block.size for block, _ in above)
        if size > LONGEST_STANDFIRST or size > sum(block.good for block, _ in text):
            # A teaser's name around the whole text, or no text but that.
            return [(block, "text" if block.good else role) for block, role in above] + text
        for block, _ in above:
            self.body.standfirst.append(block.text)
            self.body.fates[block.index] = "summary"
        return text

    def _judged(
        self, kept: list[tuple[Block, str]], ranges: list[tuple[int, int]], described: str
    ) -> list[tuple[Block, str]]:
        """What is text after all: the rules' decision is one of the things that the classifier weighs."""
        inside = {index for first, last in ranges for index in range(first, last)}
        settled = {index for index, fate in self.body.fates.items() if fate in _SETTLED} | self.cards
        roles = {block.index: role for block, role in kept}
        ruled = Ruled(self.body.fates | roles, roles.keys(), inside - settled, settled, self.body.bylines, described)
        fates = self.body.fates
        chosen: list[tuple[Block, str]] = []
        for index, (is_text, chance) in verdicts(self, ruled).items():
            block = self.page.blocks[index]
            if is_text is not (index in roles):
                self.body.judged[index] = chance
            if is_text:
                chosen.append((block, roles.get(index) or self._role(block, self.marks(block.element))))
                fates.pop(index, None)
            elif index in roles:
                fates[index] = "unlikely"
        return chosen or kept

    def title_above(self, first: int) -> int:
        """Index of the block that shows the title above the text, or -1."""
        for index in range(first - 1, max(0, first - MOST_BLOCKS_ABOVE) - 1, -1):
            block = self.page.blocks[index]
            if block.kind == H1:
                return index
            if (
                block.chars < LONGEST_TITLE
                and (fold := folded(block.text))
                and (fold in self.titles or (block.kind in HEADINGS and self._ends_with_title(fold)))
            ):
                return index
        return -1

    def _first_title(self, titled: int) -> int:
        """Where the title stands first, when the page shows it twice: above the standfirst, and above the text."""
        for block in self.page.blocks[max(0, titled - MOST_BETWEEN_TITLES) : max(0, titled)]:
            if block.kind == H1 and folded(block.text) in self.titles:
                return block.index
        return titled

    def _beside(self, one: int, other: int) -> bool:
        """Whether two elements are one, or children of one."""
        elements = self.page.elements
        return one == other or elements[one].parent == elements[other].parent

    def _ends_with_title(self, fold: str) -> bool:
        """Whether a heading is a kicker with the title: "Talks in Geneva: Ministers agree on ..."."""
        return any(len(title) >= LEAST_TITLE and fold.endswith(title) for title in self.titles)

    def standfirst_above(self, first: int, titled: int, description: str, texts: set[str]) -> None:
        """Take the standfirst that stands between the title and the text; `description` is folded.

        A standfirst is what the page names so, what repeats the page's own description, a sentence between title and
        text, or the very next line after the title if it is as long as a sentence.
        """
        blocks = self.page.blocks
        floor = max(0, first - MOST_BLOCKS_ABOVE)
        # What cuts the title as well is a name of the page's whole head.
        head = blocks[titled].cut if titled >= 0 else 0
        found: list[str] = []
        taken: dict[int, str] = {}
        sentence = bool(self.body.standfirst)
        near = -2
        for block in blocks[max(floor, self._first_title(titled) + 1) : first]:
            if block.index == titled:
                continue
            marks = self.page.elements[block.element].marks
            above = self.page.elements[block.element].parent
            marks |= self.page.elements[above].marks if above >= 0 else 0
            said = len(description) > 30 and block.chars > 30 and folded(block.text).startswith(description[:60])
            named = marks & Mark.SUMMARY and block.size >= 30
            why = 0 if block.cut == head else block.cut
            if why & ~_NOT_FOR_STANDFIRST or (why and not said and not (named and not why & ~_LOOSE_CUTS)):
                continue
            shown = (
                titled >= 0
                and block.size >= 60
                and not marks & (Mark.BYLINE | Mark.DATE)
                and ends_sentence(block.text)
                and block.link_chars * 5 < block.chars
            )
            next_to = (
                titled >= 0
                and (block.index == titled + 1 or (block.kind in HEADINGS and block.size >= LONG_HEADING))
                and (block.kind == P or block.kind in HEADINGS)
                and block.size >= 40
                and not block.link_chars
                and not _DATED_LINE.search(block.text)
            )
            if not (said or named or shown or next_to) or block.size > LONGEST_STANDFIRST:
                continue
            if self.drop_reason(block, marks & ~(Mark.BYLINE | Mark.DATE)) or self.link_list(block):
                continue
            goes_on = block.index == near + 1 and self._beside(block.element, blocks[near].element)
            if (sentence and not (said or named or goes_on)) or block.text in texts:
                continue
            if block.text not in found:
                found.append(block.text)
                taken[block.index] = "summary"
                sentence = sentence or ends_sentence(block.text)
                near = block.index
        if sum(map(len, found)) <= LONGEST_STANDFIRST:
            self.body.standfirst[:0] = found
            self.body.fates |= taken

    def bylines_above(self, first: int, titled: int) -> None:
        """Short lines between the title and the text tell who wrote, and when; without a title, the nearest first."""
        floor = max(0, first - MOST_BLOCKS_ABOVE, titled + 1)
        lines = self.page.blocks[floor:first]
        for block in lines if titled >= 0 else reversed(lines):
            if (
                block.chars <= 160
                and block.kind not in HEADINGS
                and not block.cut & _NO_BYLINES
                and not is_label(block.text)
            ):
                self.body.bylines.append(block.text)
                self.body.fates.setdefault(block.index, "byline")
                if self._marks_near(block.element) & Mark.BYLINE:
                    self.body.writers.append(block.text)

        # Some pages date their articles above the headline, in a part that they call so; a clock is not called so.
        for block in self.page.blocks[max(0, titled - MOST_DATE_LINES) : max(0, titled)]:
            if block.chars <= 90 and self._marks_near(block.element) & Mark.DATE and not block.cut & _NO_BYLINES:
                self.body.bylines.append(block.text)
                self.body.fates.setdefault(block.index, "byline")

    def captions_beside(self, start: int, ranges: list[tuple[int, int]]) -> None:
        """Captions of pictures that stand between title and text, or between two parts of it."""
        inside = {index for first, last in ranges for index in range(first, last)}
        beside = [
            block
            for block in self.page.blocks[max(0, start) : ranges[-1][1]]
            if block.index not in inside and block.cut == Mark.CAPTION and block.text != FRAME
        ]
        kept = self.body.captions
        kept[:0] = [text for block in beside if (text := _caption(block.text)) not in kept]
        self.body.fates |= {block.index: "caption" for block in beside}

    def _marks_near(self, index: int) -> int:
        """Marks of an element and of the two around it."""
        elements = self.page.elements
        marks = 0
        for _ in range(3):
            if index < 0:
                break
            marks |= elements[index].marks
            index = elements[index].parent
        return marks

    def _is_source(self, block: Block) -> bool:
        """Keep a blog's "(출처) ..." line as a field apart; the bare address that may follow it is no text either."""
        body = self.body
        if not self.begun or block.chars > LONGEST_SOURCE:
            return False
        if not block.text.isascii() and _SOURCE.match(block.text):
            body.source_line = block.text
            self.source_at = block.index
            body.fates[block.index] = "source line"
            return True
        return block.index == self.source_at + 1 and _ADDRESS.match(block.text) is not None

    def _set_aside(self, block: Block) -> None:
        if block.cut & Mark.CAPTION and not block.cut & ~Mark.CAPTION:
            if block.chars < 1_500 and block.text != FRAME:
                self.body.captions.append(_caption(block.text))
                self.body.fates[block.index] = "caption"
        else:
            self.body.fates[block.index] = "chrome"

    def _role(self, block: Block, marks: int) -> str:
        if block.kind in HEADINGS:
            long = block.kind != H1 and block.size >= 70 and (ends_sentence(block.text) or block.size >= 120)
            return "standfirst" if long and not self.begun else "heading"
        if marks & Mark.SUMMARY and block.size >= 20 and not self.begun:
            # What is named for being read aloud is the first paragraph.
            return "text" if SPEAKABLE in self.page.elements[block.element].names else "standfirst"
        if block.index == self.title_at + 1 and 40 <= block.size <= 350 and not ends_sentence(block.text):
            # The line under the headline that is no sentence; a text begins with one.
            return "standfirst"
        if self.holder(block.element) is not None:
            return "item"
        if block.good >= LONG / 2 or (ends_sentence(block.text) and block.size >= 25):
            return "text"
        if block.kind in (P, PRE, BLOCKQUOTE):
            return "line"
        return "scrap"

    def _trim(self, kept: list[tuple[Block, str]]) -> None:
        """Drop scraps before the first and after the last running text, and sub-headings that head nothing."""
        fates = self.body.fates
        strong = [
            i for i, (block, role) in enumerate(kept) if role == "text" or (block.good >= LONG and role != "standfirst")
        ]
        if not strong:
            return
        first, last = strong[0], strong[-1]
        self._sublines(kept, first)
        # A list or quote right behind the last sentence belongs to it.
        end = last + 1
        while end < len(kept) and kept[end][1] in ("item", "line"):
            if kept[end][1] == "line" and kept[end][0].size < 25 and not ends_sentence(kept[end][0].text):
                break
            end += 1
        for block, _ in kept[end:]:
            fates[block.index] = "behind the text"
            if block.chars <= LONGEST_BYLINE:
                self.body.bylines.append(block.text)
        del kept[end:]
        for i in range(first - 1, -1, -1):
            block, role = kept[i]
            if role == "line" and block.size >= 30 and any(other == "standfirst" for _, other in kept[:i]):
                continue
            opens = i + 1 < len(kept) and kept[i + 1][0].index <= block.index + 2 and kept[i + 1][1] == "text"
            if role in ("scrap", "line", "item") or (role == "heading" and block.kind in HEADLINES and not opens):
                fates[block.index] = "before the text"
                if role != "heading":
                    self.body.bylines.append(block.text)
                del kept[i]
        for i in range(len(kept) - 1, -1, -1):
            block, role = kept[i]
            if (role == "heading" and i + 1 >= len(kept)) or self._heads_links(block):
                fates[block.index] = "heading of nothing"
                del kept[i]
            elif role == "scrap" and not block.bold and block.size < 40 and not self._is_line_of_many(block):
                fates[block.index] = "scrap"
                del kept[i]

    def _sublines(self, kept: list[tuple[Block, str]], first: int) -> None:
        """Several headings in a row before the first sentence are the lines under the headline of Korean papers."""
        begin = next((i for i, (_, role) in enumerate(kept[:first]) if role == "heading"), first)
        end = begin
        while end < first and kept[end][1] == "heading":
            end += 1
        lines = [block for block, _ in kept[begin:end]]
        if len(lines) >= LEAST_SUBLINES and all(
            block.kind != H1 and block.size >= LEAST_SUBLINE and not block.links for block in lines
        ):
            kept[begin:end] = [(block, "standfirst") for block in lines]

    def _heads_links(self, block: Block) -> bool:
        """Whether a short line heads a list of links, in a part of its own that holds nothing else."""
        if block.size > 80 or block.index + 1 not in self.lists_at:
            return False
        parent = self.page.elements[self.page.elements[block.element].parent]
        return parent.index != self.start.index and parent.good < LONG and parent.last > block.index + 1

    def _is_line_of_many(self, block: Block) -> bool:
        """Whether the block is one of several lines that `<br>` separates in one element."""
        element = self.page.elements[block.element]
        return element.last - element.first >= 3 and element.good >= LONG

    def _write(self, kept: list[tuple[Block, str]]) -> None:
        body = self.body
        row = -1
        for block, _ in kept:
            text = block.text
            body.fates[block.index] = "text"
            cell = self.page.elements[block.element]
            if block.kind in CELLS and cell.last - cell.first == 1:
                if cell.parent == row and body.paragraphs:
                    body.paragraphs[-1] += f" {text}"
                    continue
                row = cell.parent
            else:
                row = -1
            body.paragraphs.append(text)
            body.lines.append(block.index)
        body.size = sum(map(size_of, body.paragraphs))


_LIST_OR_TABLE = LISTS | frozenset([TABLE])


def read_body(page: Outline, titles: set[str], description: str = "", ruled: RuledPage | None = None) -> Body:
    """The article of a page. `titles` are folded forms of what the page calls its title, `description` its folded
    meta description: a block above the text that says the same is the standfirst. `ruled` may know the container."""
    total_up(page)
    known = ruled.container(page) if ruled is not None else None
    cut(page, path_to(page, known))
    if ruled is not None:
        ruled.cut(page, known)
    start, agreed, judged = anchor(page, titles)
    if known is not None:
        start, agreed = known, 1.0
        page.elements[start].marks |= Mark.BODY
    labeller = Labeller(page, start, judged, titles, agreed)
    held = page.elements[start]
    ranges = region(page, start, judged) if known is None else [(held.first, held.last)]
    body = labeller.run(ranges, description, learnt=known is None)
    if ruled is not None and ruled.standfirst:
        body.standfirst = [page.blocks[index].text for index in ruled.standfirst]
        body.fates |= dict.fromkeys(ruled.standfirst, "summary")
    body.agreement = agreed
    top = page.elements[0]
    body.page_good = top.good
    body.link_share = top.link_chars / max(1, top.chars)
    body.headlines = sum(
        1 for block in page.blocks if block.chars >= 25 and block.link_chars * 10 >= block.chars * 8 and not block.cut
    )
    return body
