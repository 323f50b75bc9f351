"""What stands above the text and beside it: the title as the page shows it, standfirst, bylines, captions."""

from __future__ import annotations

from crawler.extract.block_rules import DATED_LINE, BlockRules, ends_sentence
from crawler.extract.blocks import FRAME, H1, HEADINGS, P
from crawler.extract.body_text import Body
from crawler.extract.chrome import Mark
from crawler.extract.phrases import folded, is_label
from crawler.extract.sections import machine_digest

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

LEAST_SUBLINES = 2
LEAST_SUBLINE = 20.0
"""Headings in a row that are the lines under a headline, and the size of one of them."""

_NO_BYLINES = Mark.COMMENTS | Mark.RELATED | Mark.CONSENT | Mark.FOOTER


def caption_of(text: str) -> str:
    """A caption without the arrow that Korean pages put before it."""
    return text.lstrip("▲△▼▽▶◀◆■ ")


class AboveText:
    """Finds what stands above a text or beside it, and adds it to the `body`."""

    def __init__(self, rules: BlockRules, body: Body) -> None:
        self.page = rules.page
        self.rules = rules
        self.body = body

    def title_above(self, first: int) -> int:
        """Index of the block that shows the title above the text, or -1."""
        for index in range(first - 1, max(0, first - MOST_BLOCKS_ABOVE) - 1, -1):
            block = self.page.blocks[index]
            if block.kind == H1:
                return index
            if (
                block.chars < LONGEST_TITLE
                and (fold := folded(block.text))
                and (fold in self.rules.titles or (block.kind in HEADINGS and self._ends_with_title(fold)))
            ):
                return index
        return -1

    def _first_title(self, titled: int) -> int:
        """Where the title stands first, when the page shows it twice: above the standfirst, and above the text."""
        for block in self.page.blocks[max(0, titled - MOST_BETWEEN_TITLES) : max(0, titled)]:
            if block.kind == H1 and folded(block.text) in self.rules.titles:
                return block.index
        return titled

    def _beside(self, one: int, other: int) -> bool:
        """Whether two elements are one, or children of one."""
        elements = self.page.elements
        return one == other or elements[one].parent == elements[other].parent

    def _ends_with_title(self, fold: str) -> bool:
        """Whether a heading is a kicker with the title: "Talks in Geneva: Ministers agree on ..."."""
        return any(len(title) >= LEAST_TITLE and fold.endswith(title) for title in self.rules.titles)

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
        sublines = self._sublines(titled, first)
        near = -2
        digest = -1
        for block in blocks[max(floor, self._first_title(titled) + 1) : first]:
            part = machine_digest(self.page, block)
            digest = part.last if part is not None else digest
            if block.index == titled or block.index < digest:
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
                and not DATED_LINE.search(block.text)
            )
            if not (said or named or shown or next_to or block.index in sublines) or block.size > LONGEST_STANDFIRST:
                continue
            if self.rules.drop_reason(block, marks & ~(Mark.BYLINE | Mark.DATE)) or self.rules.link_list(block):
                continue
            goes_on = block.index == near + 1 and self._beside(block.element, blocks[near].element)
            if (sentence and not (said or named or goes_on or block.index in sublines)) or block.text in texts:
                continue
            if block.text not in found:
                found.append(block.text)
                taken[block.index] = "summary"
                sentence = sentence or ends_sentence(block.text)
                near = block.index
        if sum(map(len, found)) <= LONGEST_STANDFIRST:
            self.body.standfirst[:0] = found
            self.body.fates |= taken

    def _sublines(self, titled: int, first: int) -> set[int]:
        """Several headings in a row between title and text: the lines under the headline of Korean papers."""
        found: set[int] = set()
        row: list[int] = []
        for block in self.page.blocks[titled + 1 : first] if titled >= 0 else ():
            line = block.kind in HEADINGS and block.kind != H1 and block.size >= LEAST_SUBLINE
            if line and not block.links and not block.cut and not DATED_LINE.search(block.text):
                if row and not self._beside(block.element, self.page.blocks[row[-1]].element):
                    row = []
                row.append(block.index)
            else:
                row = []
            if len(row) >= LEAST_SUBLINES:
                found.update(row)
        return found

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
        kept[:0] = [text for block in beside if (text := caption_of(block.text)) not in kept]
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
