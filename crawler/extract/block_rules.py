"""What a block's own words, its place and the names around it make of it: the rules that the learnt judge weighs."""

from __future__ import annotations

import re
from functools import cached_property
from itertools import accumulate

from crawler.extract.blocks import BLOCKQUOTE, CELLS, H1, HEADINGS, LISTS, PRE, TABLE, Block, Element, Outline, P
from crawler.extract.chrome import Mark
from crawler.extract.containers import LONG, Judged
from crawler.extract.phrases import SHORT_LINE, SIGN_OFF, folded, is_arrow_line, is_label, is_link_line, is_plea
from crawler.extract.time_lines import LONGEST_STAMP, is_stamp

LINK_SHARE = 0.6
"""A list, table or line with more of its letters in links leads elsewhere."""

LONGEST_BYLINE = 90
SPEAKABLE = "speakable"

DATED_LINE = re.compile(
    r"\b(?:by|von|par|por)\s+[A-Z]|기자|특파원|(?:19|20)\d\d[-./년]|\d{1,2}:\d\d|\b\d{1,2}[./]\d{1,2}[./]\d",
    re.IGNORECASE,
)
ADDRESS = re.compile(r"(?:https?:)?//\S+$|www\.\S+$|[\w.-]+\.(?:com|kr|net|org)/\S*$")

_PLAYED = re.compile(r"[|·•–]\s?\d{1,3}:\d\d\s?min(?:\.|uten?|utes?|uti)?$", re.IGNORECASE)
"""What stands below a film says how long it plays: "21.04.2024 | 3:18 min"."""

_SENTENCE_END = re.compile(r"[.!?。！？…۔।؟][\"'”’»)\]』」]*$|[다요까죠][.]?[\"'”’)\]』」]*$|[\"”»]$")

_LIST_OR_TABLE = LISTS | frozenset([TABLE])


def ends_sentence(text: str) -> bool:
    """Whether a line ends as a sentence does, in the scripts we know."""
    return _SENTENCE_END.search(text[-12:]) is not None


class BlockRules:
    """What the rules say of one block after the other.

    Who walks the blocks tells whether the text has `begun`, and the index of the block that was the title (`title_at`).
    """

    def __init__(self, page: Outline, start: int, judged: Judged, titles: set[str], agreed: float) -> None:
        self.page = page
        self.start = page.elements[start]
        self.judged = judged
        self.agreed = agreed
        self.titles = titles
        self.begun = False
        self.title_at = -2
        self._initials = {title[0] for title in titles}
        self._inherited: dict[int, int] = {start: 0}
        self._lists: dict[int, bool] = {}
        self._holders: dict[int, Element | None] = {}

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
        if block.kind != PRE and ("/" in text or "www." in text) and ADDRESS.match(text):
            return "address"
        if ":" in text[-20:] and _PLAYED.search(text[-20:]):
            return "caption"
        if block.chars <= LONGEST_BYLINE and (not text.isascii() or "@" in text) and SIGN_OFF.match(text):
            return "byline"
        if block.kind != PRE and self.link_list(block):
            return "list of links"
        if marks & (Mark.BYLINE | Mark.DATE) and block.size < 200:
            ended = ends_sentence(text)
            if not ended or (block.size < LONGEST_BYLINE and marks & Mark.DATE and DATED_LINE.search(text)):
                return "byline"
        if not self.begun and block.size < 200 and DATED_LINE.search(text) and not ends_sentence(text):
            return "byline"
        if block.chars <= LONGEST_STAMP and is_stamp(block):
            # Above the text it may be when the article appeared.
            return "label" if self.begun or self.holder(block.element) is not None else "byline"
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

    def role(self, block: Block, marks: int) -> str:
        """What a block that is no chrome is to the text: text, heading, standfirst, item, line or scrap."""
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
