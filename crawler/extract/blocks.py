"""One walk over the tree: the page as a row of text blocks, and the tree of block-level elements that hold them.

A block is a run of text that a browser would show as lines of its own: it ends where a block-level element begins or
ends, and at `<br>`. Blocks know their links and their role; elements know what lies in them as a range of blocks. All
later questions (what is the container, what is chrome) are asked of these two lists, never of the tree again, so that
whatever decides (rules today) sees plain numbers.
"""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawler.extract.chrome import Mark, marks_known, marks_of

MAX_STEPS = 100_000
"""Nodes entered, and elements left again; of 3,000 real pages the largest has 38,000 nodes and 6,500 blocks."""

MAX_BLOCKS = 12_000
"""Blocks read of one page; each is asked what it is by a dozen rules and a judge."""

MAX_FRAME_CHARS = 10_000_000
"""Text looked at to tell whether parts are the page's frame; parts nested in each other hold the same text again."""

MAX_BLOCK_CHARS = 200_000
"""Longest single block; a longer one is cut, as no paragraph is that long."""


def _ids(names: str) -> frozenset[int]:
    """Lexbor's numbers for tag names; they are fixed when the library is built, so they are asked once."""
    found = set()
    for name in names.split():
        node = LexborHTMLParser("").create_node(name)
        found.add(node.tag_id)
    return frozenset(found)


def _id(name: str) -> int:
    return next(iter(_ids(name)))


INLINE = _ids(
    "a b strong em i span font u small sub sup mark abbr cite code q s time label ins del kbd samp var bdi bdo ruby rb"
    " wbr tt big nobr data acronym strike dfn center"
) - _ids("center")
SKIPPED = _ids(
    "script style template svg math iframe object embed applet canvas select option datalist textarea noscript map"
    " audio video picture progress meter head title link meta frameset frame rt rp noembed noframes colgroup"
)
VOID = _ids("img input br hr wbr source track area base col embed link meta param")

_SILENT = _ids("img input wbr source track area base col embed link meta param")
"""Void elements that break no line."""

_ASKING = frozenset(("email", "text", "password", "search", "tel"))
"""Types of `<input>` that ask a reader for something."""

TEXT = 2
LAST_NON_ELEMENT = 5
"""Lexbor numbers text, document, comment and doctype nodes before all elements."""

BR = _id("br")
IMG = _id("img")
A = _id("a")
B = _id("b")
EM = _id("em")
ITALIC = _id("i")
SPAN = _id("span")
STRONG = _id("strong")
P = _id("p")
LI = _id("li")
TD = _id("td")
TH = _id("th")
TABLE = _id("table")
PRE = _id("pre")
DT = _id("dt")
DD = _id("dd")
OL = _id("ol")
BLOCKQUOTE = _id("blockquote")
ARTICLE = _id("article")
ASIDE = _id("aside")
FOOTER = _id("footer")
MAIN = _id("main")
SECTION = _id("section")
BODY = _id("body")
HEADER = _id("header")
FIGURE = _id("figure")
FIGCAPTION = _id("figcaption")
FORM = _id("form")
BUTTON = _id("button")
INPUT = _id("input")
TEXTAREA = _id("textarea")
H1 = _id("h1")
H2 = _id("h2")
H3 = _id("h3")
HEADINGS = _ids("h1 h2 h3 h4 h5 h6")
BOLD = _ids("b strong h1 h2 h3 h4 h5 h6")
TIME = _id("time")
CUT_TAGS = _ids("nav aside footer button dialog menu label marquee address")
LISTS = _ids("ul ol dl")
CELLS = _ids("td th")

_ROLES = {
    "navigation": Mark.NAVIGATION,
    "menu": Mark.NAVIGATION,
    "menubar": Mark.NAVIGATION,
    "toolbar": Mark.NAVIGATION,
    "tablist": Mark.NAVIGATION,
    "complementary": Mark.SIDE,
    "contentinfo": Mark.FOOTER,
    "search": Mark.WIDGET,
    "dialog": Mark.WIDGET,
    "alertdialog": Mark.WIDGET,
    "banner": Mark.HEADER,
    "tooltip": Mark.WIDGET,
}
_BREAKING = Mark.CAPTION | Mark.SHARE | Mark.RELATED | Mark.PROMO | Mark.ADVERT | Mark.HIDDEN | Mark.BYLINE | Mark.DATE
"""An inline element with one of these marks is a part of its own: `<em class="img_desc">`, `<span class="byline">`; so
is a bold one that is named a summary."""

_FRAME_TAGS = _ids("nav footer menu dialog")
_FRAME_MARKS = Mark.NAVIGATION | Mark.FOOTER | Mark.CONSENT | Mark.HIDDEN
_NEVER_FRAME = _ids("article main p h1 html body")
FRAME_LINE = 80
MOST_IN_FRAME = 400
FRAME = "#"
"""An element that is called navigation, footer or hidden is not entered when its lines of at least `FRAME_LINE`
characters make up no more than this: half of a page's elements are its frame."""

_VOID, _SKIPPED, _INLINE, _BOLD, _LINK, _FRAME, _ENTERED, _NO_PICTURE, _PRE = (1 << bit for bit in range(9))
_PASSED = _VOID | _SKIPPED
_NATURE: dict[int, int] = {}
"""What the walk must know of a tag, in one look-up."""
for _bit, _tags in (
    (_VOID, VOID),
    (_SKIPPED, SKIPPED | frozenset(range(LAST_NON_ELEMENT + 1)) - frozenset((TEXT,))),
    (_INLINE, INLINE),
    (_BOLD, BOLD),
    (_LINK, (A,)),
    (_FRAME, _FRAME_TAGS),
    (_ENTERED, _NEVER_FRAME),
    (_NO_PICTURE, (TABLE, BLOCKQUOTE, PRE)),
    (_PRE, (PRE,)),
):
    for _tag in _tags:
        _NATURE[_tag] = _NATURE.get(_tag, 0) | _bit

_NAMING = frozenset(
    ("itemprop", "data-testid", "data-component", "data-qa", "data-module", "data-type", "data-name", "data-area")
)
_SPEAKING = _NAMING | {"id", "role", "hidden", "style"}


def size_of(text: str) -> float:
    """Characters of a text, a CJK letter counting about twice."""
    chars = len(text)
    return float(chars) if text.isascii() else 0.4 * chars + 0.6 * len(text.encode("utf-8", "replace"))


class Element:
    """A block-level element (or an inline one with a telling name).

    `first` and `last` bound its blocks (`last` exclusive); `marks` are those of its own names, `tag` lexbor's number.
    The sums are filled in bottom-up after the walk.
    """

    __slots__ = (
        "chars", "cut", "depth", "first", "good", "index", "last", "link_chars", "links", "marks", "names", "node",
        "paragraphs", "parent", "tag",
    )  # fmt: skip

    def __init__(  # noqa: PLR0917 - as `_emit`
        self,
        index: int,
        parent: int,
        tag: int,
        depth: int,
        first: int,
        node: LexborNode,
        marks: int = 0,
        names: str = "",
    ) -> None:
        self.index = index
        self.parent = parent
        self.tag = tag
        self.depth = depth
        self.first = self.last = first
        self.node = node
        self.marks = marks
        self.names = names
        self.cut = self.chars = self.link_chars = self.links = self.paragraphs = 0
        self.good = 0.0


class Block:
    """A run of text: `chars` and `link_chars` count characters, a CJK letter about twice (it says as much)."""

    __slots__ = ("bold", "chars", "cut", "element", "good", "index", "kind", "link_chars", "links", "size", "text")

    def __init__(  # noqa: PLR0917 - as `_emit`
        self, index: int, element: int, kind: int, text: str, link_chars: int, links: int, bold: bool
    ) -> None:
        self.index = index
        self.element = element
        self.kind = kind
        self.text = text
        self.chars = chars = len(text)
        self.link_chars = link_chars
        self.links = links
        self.bold = bold
        self.size = float(chars) if text.isascii() else size_of(text)
        self.good = 0.0
        self.cut = 0


class Outline:
    """The page after the walk: `blocks` in reading order, `elements` in document order (parents before children)."""

    __slots__ = ("blocks", "complete", "elements", "inputs", "textareas")

    def __init__(self) -> None:
        self.elements: list[Element] = []
        self.blocks: list[Block] = []
        self.textareas: list[int] = []
        self.inputs: list[int] = []
        self.complete = True


def _names_and_marks(attributes: dict[str, str | None]) -> tuple[str, int]:
    """Names of an element that has more to tell than its class, and the marks of what is not a name."""
    names = attributes.get("class") or ""
    if "id" in attributes:
        names = f"{names} {attributes['id'] or ''}"
    if not _NAMING.isdisjoint(attributes):
        for key, value in attributes.items():
            if key in _NAMING and value and len(value) < 80:
                names = f"{names} {value}"
    marks = _ROLES.get(attributes.get("role") or "", 0)
    style = attributes.get("style")
    if "hidden" in attributes or (style and "none" in style and "display:none" in style.replace(" ", "").lower()):
        marks |= Mark.HIDDEN
    return names, marks


def _frame(text: str, most: int) -> tuple[float, int] | None:
    """Size of the running text and of all text of an element that is called chrome; `None` if it must be read.

    `text` holds its runs of text, separated by newlines.
    """
    prose = position = 0
    end = len(text)
    while position + FRAME_LINE <= end:
        # From the last newline within reach: of thousands of blank and short lines most are never looked at.
        near = text.rfind("\n", position, position + FRAME_LINE)
        if near >= 0:
            position = near + 1
            continue
        stop = text.find("\n", position + FRAME_LINE)
        stop = end if stop < 0 else stop
        prose += len(text[position:stop].strip())
        if prose > most:
            return None
        position = stop + 1
    return float(prose), end - text.count("\n")


def _emit(  # noqa: PLR0917 - called for each block: keywords would cost a tenth of the walk
    blocks: list[Block], buffer: list[str], element: Element, pre: int, link_chars: int, links: int, bold: int
) -> None:
    """Close the running block of text."""
    raw = buffer[0] if len(buffer) == 1 else "".join(buffer)
    buffer.clear()
    if pre:
        text = raw.strip("\n").rstrip()
    else:
        text = raw.strip()
        # Of all blanks only the common one is printable; most lines hold no two in a row.
        if "  " in text or not text.isprintable():
            text = " ".join(text.split())
    if not text:
        return
    if len(text) > MAX_BLOCK_CHARS:
        text = text[:MAX_BLOCK_CHARS]
    size = len(text)
    linked = link_chars if link_chars < size else size
    kind = PRE if pre else element.tag
    blocks.append(Block(len(blocks), element.index, kind, text, linked, links, bold * 10 >= size * 9))


def _is_note(names: str, node: LexborNode) -> bool:
    """Whether a link within the page, of these names, is the number of a footnote, which is no part of its sentence."""
    if "footnote" not in names and "noteref" not in names:
        return False
    text = ""
    for count, inner in enumerate(node.traverse(include_text=True)):
        if inner.tag_id == TEXT:
            text += inner.text_content or ""
        if count > NODES_OF_NOTE or len(text) > LONGEST_NOTE:
            return False
    return _NOTE.fullmatch(text) is not None


NODES_OF_NOTE = 8
LONGEST_NOTE = 12
_NOTE = re.compile(r"\s*[\[(]?\s?(?:\d{1,3}|[*†‡§]{1,3})\s?[\])]?\s*")


def _no_picture(elements: list[Element], inner: Element) -> None:
    """A `<figure>` around a table, a quotation or code is a part of the text, its caption is its own."""
    for _ in range(FIGURE_DEPTH):
        if inner.parent < 0:
            return
        inner = elements[inner.parent]
        if inner.tag == FIGURE:
            inner.tag = SECTION
            inner.marks &= ~Mark.CAPTION
            return


FIGURE_DEPTH = 3


def outline(root: LexborNode, *, whole: bool = False) -> Outline:
    """Walk the tree below `root` once: an explicit list of open elements, so that depth costs nothing.

    The page's frame (see `MOST_IN_FRAME`) is counted and not entered, unless the `whole` page is asked for.
    """
    page = Outline()
    elements, blocks = page.elements, page.blocks
    nature_of = _NATURE.get
    known_marks = marks_known.get
    ordinary = _SPEAKING.isdisjoint
    current = Element(0, -1, root.tag_id, 0, 0, root)
    elements.append(current)
    # What is open: the node, the nature of its tag, and its element (`None` for plain inline markup).
    opened: list[tuple[LexborNode, int, Element | None]] = []
    buffer: list[str] = []
    link_depth = bold_depth = pre_depth = 0
    link_chars = links = bold_chars = 0
    unread = MAX_FRAME_CHARS
    node = root.first_child
    for _ in range(MAX_STEPS):
        if node is None:
            if not opened:
                break
            node, nature, element = opened.pop()
            if element is not None:
                if buffer:
                    _emit(blocks, buffer, current, pre_depth, link_chars, links, bold_chars)
                    link_chars = links = bold_chars = 0
                element.last = len(blocks)
                if nature & _PRE:
                    pre_depth -= 1
                current = elements[element.parent]
            if nature & _LINK:
                link_depth -= 1
            elif nature & _BOLD:
                bold_depth -= 1
            node = node.next
            continue
        tag = node.tag_id
        if tag == TEXT:
            # Blanks matter only between two pieces of text.
            if (
                (buffer or not node.is_empty_text_node)
                and (text := node.text_content)
                and (buffer or not text.isspace())
            ):
                buffer.append(text)
                if link_depth or bold_depth:
                    inked = len(text.strip())
                    if link_depth:
                        link_chars += inked
                    if bold_depth:
                        bold_chars += inked
            node = node.next
            continue
        nature = nature_of(tag, 0)
        if nature & _PASSED:
            if nature & _VOID:
                if tag == INPUT and (node.attributes.get("type") or "text") in _ASKING:
                    page.inputs.append(current.index)
                if tag == BR and pre_depth:
                    buffer.append("\n")
                elif buffer and tag not in _SILENT:
                    _emit(blocks, buffer, current, pre_depth, link_chars, links, bold_chars)
                    link_chars = links = bold_chars = 0
                    if len(blocks) >= MAX_BLOCKS:
                        page.complete = False
                        break
            elif tag == TEXTAREA:
                page.textareas.append(current.index)
            node = node.next
            continue
        marks = 0
        names = ""
        if attributes := node.attributes:
            if ordinary(attributes):
                names = attributes.get("class") or ""
            else:
                names, marks = _names_and_marks(attributes)
            if names:
                said = known_marks(names)
                marks |= marks_of(names) if said is None else said
        if nature & _LINK:
            if names and "note" in names and (attributes.get("href") or "")[:1] == "#" and _is_note(names, node):
                node = node.next
                continue
            link_depth += 1
        elif nature & _BOLD:
            bold_depth += 1
        if nature & _INLINE and not (marks and (marks & _BREAKING or (marks & Mark.SUMMARY and nature & _BOLD))):
            if nature & _LINK:
                links += 1
            opened.append((node, nature, None))
            node = node.first_child
            continue
        if buffer:
            _emit(blocks, buffer, current, pre_depth, link_chars, links, bold_chars)
            link_chars = bold_chars = 0
        links = 1 if nature & _LINK else 0
        first = len(blocks)
        if first >= MAX_BLOCKS:
            page.complete = False
            break
        current = Element(len(elements), current.index, tag, len(opened), first, node, marks, names)
        elements.append(current)
        if (nature & _FRAME or marks & _FRAME_MARKS) and not (whole or nature & _ENTERED) and unread > 0:
            named = nature & _FRAME or marks & (Mark.FOOTER | Mark.CONSENT)
            frame = None
            if not marks & Mark.BODY:
                text = node.text(separator="\n")
                unread -= len(text)
                frame = _frame(text, MOST_IN_FRAME if named else 0)
            if frame is not None:
                current.good, current.chars = frame
                current.link_chars = current.chars - int(current.good)
                blocks.append(Block(len(blocks), current.index, tag, FRAME, len(FRAME), 1, False))
                current.last = len(blocks)
                current = elements[current.parent]
                if nature & _LINK:
                    link_depth -= 1
                elif nature & _BOLD:
                    bold_depth -= 1
                links = 0
                node = node.next
                continue
        opened.append((node, nature, current))
        if nature & _NO_PICTURE:
            if nature & _PRE:
                pre_depth += 1
            _no_picture(elements, current)
        node = node.first_child
    else:
        page.complete = False
    if buffer:
        _emit(blocks, buffer, current, pre_depth, link_chars, links, bold_chars)
    elements[0].last = len(blocks)
    for _, _, element in opened:
        if element is not None:
            element.last = len(blocks)
    return page
