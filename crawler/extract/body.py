"""From the container to the text: what each block of the region is.

The rules decide of each block what it is (text, caption, standfirst, byline, or why it was dropped); then a learnt
judge weighs what they said, where a block's own words do not settle it.
"""

from __future__ import annotations

import re

from crawler.extract.above_text import LEAST_SUBLINE, LEAST_SUBLINES, LONGEST_STANDFIRST, AboveText, caption_of
from crawler.extract.block_features import Ruled
from crawler.extract.block_judging import verdicts
from crawler.extract.block_rules import ADDRESS, LONGEST_BYLINE, BlockRules, ends_sentence
from crawler.extract.blocks import CELLS, FRAME, H1, Block, Outline, size_of
from crawler.extract.body_text import Body
from crawler.extract.chrome import Mark
from crawler.extract.containers import LONG, SCANT_TEXT, Judged, anchor, cut, total_up
from crawler.extract.phrases import folded
from crawler.extract.regions import HEADLINES, region
from crawler.extract.ruled_page import RuledPage, path_to
from crawler.extract.teasers import cards, teasers

LONGEST_SOURCE = 400
_SOURCE = re.compile(
    r"[(\[<【〈※*\s]{0,3}(?:출처|원문\s?출처|자료\s?출처|기사\s?출처|원문|원문\s?보기)\s?[)\]>】〉:：]"
)
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
        self.rules = BlockRules(page, start, judged, titles, agreed)
        self.body = Body(element=start, page=page)
        self.source_at = -2
        self.scant = judged.good[start] < SCANT_TEXT and bool(self.start.marks & Mark.BODY)
        self.lists_at: set[int] = set()
        self.cards: set[int] = set()

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
                marks = self.rules.marks(block.element)
                if self._is_source(block):
                    continue
                reason = self.rules.drop_reason(block, marks)
                if reason == "title":
                    self.rules.title_at = block.index
                if reason == "caption":
                    body.captions.append(caption_of(block.text))
                if reason == "byline":
                    body.bylines.append(block.text)
                    if marks & Mark.BYLINE:
                        body.writers.append(block.text)
                if reason:
                    body.fates[block.index] = reason
                    if reason in _LISTS_OF_LINKS:
                        self.lists_at.add(block.index)
                    continue
                role = self.rules.role(block, marks)
                self.rules.begun = self.rules.begun or role == "text"
                kept.append((block, role))
        if not self.scant:
            self._trim(kept)
        kept = self._standfirst_apart(kept)
        if not kept:
            return body
        first = kept[0][0].index
        above = AboveText(self.rules, body)
        titled = above.title_above(first)
        if titled >= 0:
            body.fates[titled] = "title"
        above.standfirst_above(first, titled, description, {block.text for block, _ in kept} | set(body.standfirst))
        above.bylines_above(first, titled)
        if learnt and not self.scant:
            described = description + "".join(map(folded, body.standfirst))
            kept = self._judged(kept, ranges, described)
        self._write(kept)
        above.captions_beside(titled if titled >= 0 else first, ranges)
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
        for index, (is_text, chance) in verdicts(self.rules, ruled).items():
            block = self.page.blocks[index]
            if is_text is not (index in roles):
                self.body.judged[index] = chance
            if is_text:
                chosen.append((block, roles.get(index) or self.rules.role(block, self.rules.marks(block.element))))
                fates.pop(index, None)
            elif index in roles:
                fates[index] = "unlikely"
        return chosen or kept

    def _is_source(self, block: Block) -> bool:
        """Keep a blog's "(출처) ..." line as a field apart; the bare address that may follow it is no text either."""
        body = self.body
        if not self.rules.begun or block.chars > LONGEST_SOURCE:
            return False
        if not block.text.isascii() and _SOURCE.match(block.text):
            body.source_line = block.text
            self.source_at = block.index
            body.fates[block.index] = "source line"
            return True
        return block.index == self.source_at + 1 and ADDRESS.match(block.text) is not None

    def _set_aside(self, block: Block) -> None:
        if block.cut & Mark.CAPTION and not block.cut & ~Mark.CAPTION:
            if block.chars < 1_500 and block.text != FRAME:
                self.body.captions.append(caption_of(block.text))
                self.body.fates[block.index] = "caption"
        else:
            self.body.fates[block.index] = "chrome"

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
