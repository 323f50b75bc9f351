"""The text of a page and what stood apart from it, as `crawler.extract.body` reads them."""

from __future__ import annotations

from dataclasses import dataclass, field

from crawler.extract.blocks import Outline


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
