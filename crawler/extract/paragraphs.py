"""The paragraphs of a text by kind: headings, items of lists, quotes, code and rows of tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from crawler.extract.blocks import BLOCKQUOTE, CELLS, HEADINGS, LI, OL, PRE, TABLE, Outline
from crawler.text import clean_text

if TYPE_CHECKING:
    from crawler.extract.body_text import Body

TEXT = "text"
"""What `Body.fates` calls a block of the text."""

MAX_STEPS_UP = 40
"""Elements around a block that are looked at."""


class Kind(StrEnum):
    """What a paragraph is on the page."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    ITEM = "item"
    QUOTE = "quote"
    CODE = "code"
    ROW = "row"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph of the text, cleaned; code keeps its lines.

    `level` is a heading's (1..6) or a list's depth (from 1). `number` is the place in a numbered list (from 1; 0 where
    there are none); `continued`: it goes on in the item before. `cells` are a table row's. Paragraphs of one list,
    quote or table have the same `group`.
    """

    kind: Kind
    text: str
    level: int = 0
    number: int = 0
    continued: bool = False
    cells: tuple[str, ...] = ()
    group: int = -1


def paragraphs(body: Body) -> Iterator[Paragraph]:
    """The paragraphs of a text, each with what it is on the page."""
    page = body.page
    if page is None:
        return
    numbers: dict[int, int] = {}
    seen: set[int] = set()
    following = [*body.lines[1:], len(page.blocks)]
    for text, line, end in zip(body.paragraphs, body.lines, following, strict=False):
        yield _paragraph(page, body, text, line, end, numbers, seen)


def _paragraph(  # noqa: PLR0917 - the walk's state
    page: Outline, body: Body, text: str, line: int, end: int, numbers: dict[int, int], seen: set[int]
) -> Paragraph:
    block = page.blocks[line]
    elements = page.elements
    if block.kind == PRE:
        code = "\n".join(clean_lines(text))
        return Paragraph(Kind.CODE, code, group=block.element)
    holders = list(_holders(page, block.element, body.element))
    items = [index for index in holders if elements[index].tag == LI]
    if block.kind in HEADINGS and not (items and elements[items[0]].last - elements[items[0]].first == 1):
        return Paragraph(Kind.HEADING, clean_text(text), level=int((elements[block.element].node.tag or "h2")[1]))
    if block.kind in CELLS:
        cells = [
            clean_text(page.blocks[index].text)
            for index in range(line, end)
            if body.fates.get(index) == TEXT and page.blocks[index].kind in CELLS
        ]
        if len(cells) > 1:
            table = next((index for index in holders if elements[index].tag == TABLE), block.element)
            return Paragraph(Kind.ROW, clean_text(text), cells=tuple(cells), group=table)
    for index in holders:
        if elements[index].tag == BLOCKQUOTE:
            return Paragraph(Kind.QUOTE, clean_text(text), group=index)
        if elements[index].tag == LI:
            holder = elements[index].parent
            continued = index in seen
            seen.add(index)
            numbered = elements[holder].tag == OL
            if numbered and not continued:
                numbers[holder] = numbers.get(holder, 0) + 1
            number = numbers.get(holder, 0)
            return Paragraph(Kind.ITEM, clean_text(text), len(items), number, continued, group=holder)
    return Paragraph(Kind.PARAGRAPH, clean_text(text))


def _holders(page: Outline, index: int, top: int) -> Iterator[int]:
    """The element of a block and those around it, nearest first, up to the container of the text."""
    for _ in range(MAX_STEPS_UP):
        if index < 0 or index == top:
            return
        yield index
        index = page.elements[index].parent


def clean_lines(code: str) -> Iterator[str]:
    """The lines of a program, each with its indentation, without characters that are never text."""
    for line in code.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        bare = line.expandtabs(4)
        yield " " * (len(bare) - len(bare.lstrip(" "))) + _without_controls(bare.strip(" "))


_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u200b\u2060\ufeff\ud800-\udfff]")


def _without_controls(text: str) -> str:
    return _CONTROLS.sub("", text)
