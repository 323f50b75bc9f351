"""Why an extraction came out as it did: every part of the page with what became of it, and where each field is from.

Nothing is guessed afterwards: `explain` watches the one extraction there is, which notes what it decides of each block
of the page (`Body.fates`), and puts that into a person's words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from crawler.extract import extract
from crawler.extract.blocks import BLOCKQUOTE, CELLS, FRAME, HEADINGS, LI, OL, PRE, TABLE, A, Block, Outline, outline
from crawler.extract.chrome import Mark
from crawler.items import Extraction, Hints, Page, PageKind
from crawler.text import clean_text
from crawler.urls import normalize_url

if TYPE_CHECKING:
    from crawler.extract.article import Reading
    from crawler.extract.body import Body
    from crawler.extract.document import Document

MAX_PARTS = 20_000
MAX_LETTERS = 3_000_000
"""Of one page's parts; the largest news page seen has 4,000 blocks of 400,000 letters."""

PATH_STEPS = 4
MAX_STEPS_UP = 40
MAX_NAME = 40
MAX_LINKS = 200
"""Links of one element that are compared with the items of a listing."""

FIELDS = frozenset(("title", "summary", "caption", "byline", "source line"))
TEXT = "text"
ITEM = "item"

_CUT_WORDS = (
    (Mark.COMMENTS, "comments"),
    (Mark.CONSENT, "cookie notice"),
    (Mark.ADVERT, "advertisement"),
    (Mark.RELATED, "related links"),
    (Mark.PROMO, "promotion"),
    (Mark.SHARE, "share row"),
    (Mark.BIO, "author card"),
    (Mark.CAPTION, "picture"),
    (Mark.HIDDEN, "hidden"),
    (Mark.FOOTER, "footer"),
    (Mark.NAVIGATION, "navigation"),
    (Mark.SIDE, "side column"),
    (Mark.WIDGET, "widget"),
)
_OUTSIDE = "outside of the text's container"
_REPEATED = "repeats what stands in chrome"
_FRAMED = "frame of the page"
_NO_ITEM = "not in the list"
_NAME = re.compile(r"[^\s\x00-\x1f\x7f-\x9f]+")


class Kind(StrEnum):
    """What a paragraph is on the page."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    ITEM = "item"
    QUOTE = "quote"
    CODE = "code"
    ROW = "row"


@dataclass(frozen=True, slots=True)
class Part:
    """Words that stand together on the page, and what became of them.

    `fate` is ``text``, the field that has them (one of `FIELDS`), ``item`` (of a listing) or ``stripped``; `reason`
    says why something was stripped. `path` names the elements around, `by` the one for whose sake it was stripped.
    """

    text: str
    fate: str
    path: str
    reason: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph of the text, cleaned; code keeps its lines.

    `level` is a heading's (1..6) or a list's depth (from 1). `number` is the place in a numbered list (from 1; 0 where
    there are none); `continued`: it goes on in the item before. `cells` are a table row's. Paragraphs of one list, quote
    or table have the same `group`.
    """

    kind: Kind
    text: str
    level: int = 0
    number: int = 0
    continued: bool = False
    cells: tuple[str, ...] = ()
    group: int = -1


@dataclass(frozen=True, slots=True)
class Explanation:
    """An extraction with its reasons.

    `sources` tells of each field of the article that has a value where it comes from. `container` is the path of the
    element that holds the text, `charset` how the bytes were read; both are empty where there is no such thing (a feed).
    `parts` are the page's words in its order, `paragraphs` the text by kind.
    """

    extraction: Extraction
    sources: Mapping[str, str]
    container: str
    charset: str
    parts: tuple[Part, ...]
    paragraphs: tuple[Paragraph, ...]

    def stripped(self) -> dict[str, list[Part]]:
        """What was stripped, by reason: the reason that took most letters first, parts in the page's order."""
        found: dict[str, list[Part]] = {}
        for part in self.parts:
            if part.fate == "stripped":
                found.setdefault(part.reason, []).append(part)
        return dict(sorted(found.items(), key=lambda row: -letters(row[1])))


def letters(parts: list[Part]) -> int:
    """Characters in all of these parts."""
    return sum(len(part.text) for part in parts)


def explain(page: Page, hints: Hints | None = None) -> Explanation:
    """`extract` the page and tell why it came out so. Never raises on content, as `extract`."""
    seen: list[tuple[Document, Reading]] = []

    def watch(document: Document, reading: Reading) -> None:
        seen.append((document, reading))

    extraction = extract(page, hints or Hints(), watch)
    if not seen:
        return Explanation(extraction, {}, "", "", (), ())
    document, reading = seen[0]
    body = reading.body
    if extraction.kind is PageKind.LISTING:
        listed = () if body.page is None else tuple(_bounded(_parts_of_listing(body.page, document, extraction)))
        return Explanation(extraction, {}, "", document.charset, listed, ())
    if body.page is None:
        return Explanation(extraction, {}, "", document.charset, (), ())
    article = extraction.article is not None
    return Explanation(
        extraction,
        _sources(reading) if article else {},
        path_of(body.page, body.element, 6) if body.paragraphs else "",
        document.charset,
        tuple(_bounded(_parts(body.page, body))),
        tuple(paragraphs(body)) if article else (),
    )


# ---------------------------------------------------------------- what became of each block


def _bounded(parts: Iterator[Part]) -> Iterator[Part]:
    room = MAX_LETTERS
    for count, part in enumerate(parts):
        room -= len(part.text)
        if count >= MAX_PARTS or room < 0:
            return
        yield part


def _parts(page: Outline, body: Body) -> Iterator[Part]:
    for block in page.blocks:
        fate = body.fates.get(block.index, "")
        path = path_of(page, block.element)
        if block.text == FRAME:
            yield from _framed(page, block, path)
        elif fate == TEXT or fate in FIELDS:
            yield Part(clean_text(block.text), fate, path)
        elif fate and fate != "chrome":
            yield Part(clean_text(block.text), "stripped", path, fate)
        else:
            reason, by = _why_cut(page, block) if block.cut else (_OUTSIDE, "")
            yield Part(clean_text(block.text), "stripped", path, reason, by)


def _framed(page: Outline, block: Block, path: str) -> Iterator[Part]:
    """What stands in a part of the page that extraction counted but did not enter."""
    element = page.elements[block.element]
    reason = _words(element.cut or element.marks) or _FRAMED
    for inner in outline(element.node, whole=True).blocks:
        yield Part(clean_text(inner.text), "stripped", path, reason, path)


def _why_cut(page: Outline, block: Block) -> tuple[str, str]:
    """What the block is cut as, and the outermost element that is."""
    elements = page.elements
    index = block.element
    if not elements[index].cut:
        return _REPEATED, ""
    while elements[index].parent >= 0 and elements[elements[index].parent].cut:
        index = elements[index].parent
    return _words(block.cut) or _FRAMED, path_of(page, index, 1)


def _words(marks: int) -> str:
    return next((words for mark, words in _CUT_WORDS if marks & mark), "")


def path_of(page: Outline, index: int, steps: int = PATH_STEPS) -> str:
    """The element and those around it, outermost first, as CSS would name them: ``main > article.story > div#text``."""
    names: list[str] = []
    while index >= 0 and len(names) < steps:
        node = page.elements[index].node
        if (tag := node.tag or "") not in {"html", "body", "-undef"}:
            attributes = node.attributes
            words = _NAME.findall((attributes.get("id") or attributes.get("class") or "")[:200])
            mark = "#" if attributes.get("id") else "."
            names.append(f"{tag}{mark}{'.'.join(words[:2])[:MAX_NAME]}" if words else tag)
        index = page.elements[index].parent
    return " > ".join(reversed(names)) or "body"


def _parts_of_listing(page: Outline, document: Document, extraction: Extraction) -> Iterator[Part]:
    """The page's blocks; those whose element links to an item are that item's."""
    urls = {normalize_url(item.url) or item.url for item in extraction.items}
    links: dict[int, bool] = {}
    for block in page.blocks:
        path = path_of(page, block.element)
        if block.text == FRAME:
            yield from _framed(page, block, path)
            continue
        if block.element not in links:
            found = (document.absolute(href) for href in _hrefs(page, block.element))
            links[block.element] = any(url and (normalize_url(url) or url) in urls for url in found)
        fate, reason = (ITEM, "") if links[block.element] else ("stripped", _NO_ITEM)
        yield Part(clean_text(block.text), fate, path, reason)


def _hrefs(page: Outline, index: int) -> Iterator[str | None]:
    node = page.elements[index].node
    for link in node.css("a[href]")[:MAX_LINKS]:
        yield link.attributes.get("href")
    for _ in range(PATH_STEPS):
        if index < 0:
            return
        if page.elements[index].tag == A:
            yield page.elements[index].node.attributes.get("href")
        index = page.elements[index].parent


# ---------------------------------------------------------------- where the fields are from


def _sources(reading: Reading) -> dict[str, str]:
    """The reading's own words, with the place in the page where it says only that it is the page."""
    body = reading.body
    told = dict(reading.sources)
    page = body.page
    if page is None:
        return told
    places = {"text": body.element}
    for index, fate in sorted(body.fates.items()):
        if fate in FIELDS:
            places.setdefault({"caption": "captions", "source line": "source_line"}.get(fate, fate), index)
    for name, place in places.items():
        if told.get(name) == "the page":
            told[name] = path_of(page, place if name == "text" else page.blocks[place].element)
    return told


# ---------------------------------------------------------------- the text by kind


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


_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def _without_controls(text: str) -> str:
    return _CONTROLS.sub("", text)
