"""Why an extraction came out as it did: every part of the page with what became of it, and where each field is from.

Nothing is guessed afterwards: `explain` watches the one extraction there is, which notes what it decides of each block
of the page (`Body.fates`), and puts that into a person's words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from crawler.extract import extract
from crawler.extract.blocks import FRAME, Block, Outline, outline
from crawler.extract.chrome import Mark
from crawler.extract.containers import cut, total_up
from crawler.extract.dates import labelled_dates
from crawler.extract.paragraphs import TEXT, Paragraph, paragraphs
from crawler.items import Article, Extraction, Hints, ListingItem, Page, PageKind
from crawler.text import clean_text
from crawler.urls import normalize_url

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

    from crawler.extract.article import Reading
    from crawler.extract.body_text import Body
    from crawler.extract.document import Document

MAX_PARTS = 10_000
MAX_LETTERS = 3_000_000
"""Of one page's parts; the largest news page seen has 4,000 blocks of 400,000 letters."""

PATH_STEPS = 4
CONTAINER_STEPS = 6
"""Elements that a path names: of a part, and of the container of the text."""

MAX_STEPS_UP = 40
MAX_NAME = 40
MAX_LINKS = 5_000
MAX_BELOW = 40
"""Links of a page that are compared with the items of a listing, and inline elements of one that are looked into."""

FIELDS = frozenset(("title", "summary", "caption", "byline", "source line"))
ITEM = "item"
STRIPPED = "stripped"

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
_FORM = "form to fill in"
_TAG_WORDS = {
    "aside": "side column",
    "button": "button",
    "dialog": "dialog",
    "footer": "footer",
    "form": _FORM,
    "header": "navigation",
    "menu": "navigation",
    "nav": "navigation",
}
_FATE_WORDS = {
    "address": "bare address",
    "heading of nothing": "heading with nothing below it",
    "labelled link": "label with a link",
    "link line": "line that leads elsewhere",
    "linked heading": "heading of another page",
    "only a link": "nothing but a link",
    "scrap": "scrap of a line",
    "teaser": "teaser of another page",
    "unlikely": "judged",
}
"""Why `Body.fates` says that a block was dropped, where its own word would not tell a person."""

_OUTSIDE = "outside of the text's container"
_OUTSIDE_LINK = "link outside of the text's container"
_REPEATED = "repeats what stands in chrome"
_FRAMED = "frame of the page"
_RULED = "stripped by the site rule"
_NO_ITEM = "not in the list"
_NO_ARTICLE = "on a page that is no article"
_SHOWN = "shown by the page, whose text is in a script"
_SCRIPTS = "scripts"
_IN_SCRIPTS = "data in a script, template or noscript of the page"

_RECORD_LINKS = 12
_RECORD_CHARS = 1_500
"""Links and letters beyond those of the item itself that the record of one item holds at most."""

_NAME = re.compile(r"[^\s\x00-\x1f\x7f-\x9f]+")


@dataclass(frozen=True, slots=True)
class Part:
    """Words that stand together on the page, and what became of them.

    `fate` is ``text``, the field that has them (one of `FIELDS`), ``item`` (of a listing) or ``stripped``; `reason`
    says why something was stripped. `path` names the elements around, `by` the one for whose sake it was stripped,
    `tag` the element itself. `judged` is the probability (0..1) that it is text, where the learnt judge decided against
    the rules: took in what they had stripped, or put out ("judged") what they had kept.
    """

    text: str
    fate: str
    path: str
    reason: str = ""
    by: str = ""
    tag: str = ""
    judged: float | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """An extraction with its reasons.

    `sources` tells of each field of the article that has a value where it comes from. `container` is the path of the
    element that holds the text, `charset` how the bytes were read; both are empty where there is no such thing (a
    feed). `parts` are the page's words in its order, `complete` if these are all; `paragraphs` are the text by kind.
    """

    extraction: Extraction
    sources: Mapping[str, str] = field(default_factory=dict)
    container: str = ""
    charset: str = ""
    parts: tuple[Part, ...] = ()
    complete: bool = True
    paragraphs: tuple[Paragraph, ...] = ()

    def stripped(self) -> dict[str, list[Part]]:
        """What was stripped, by reason: the reason that took most letters first, parts in the page's order."""
        found: dict[str, list[Part]] = {}
        for part in self.parts:
            if part.fate == STRIPPED:
                found.setdefault(part.reason, []).append(part)
        return dict(sorted(found.items(), key=lambda row: -letters(row[1])))

    def kept(self) -> list[Part]:
        """What the text of the article, or the items of the list, are made of."""
        return [part for part in self.parts if part.fate in {TEXT, ITEM}]


def letters(parts: Iterable[Part]) -> int:
    """Characters in all of these parts."""
    return sum(len(part.text) for part in parts)


def sample(parts: Iterable[Part], most: int) -> str:
    """The beginning of these parts, in one line of at most `most` characters."""
    words: list[str] = []
    room = most
    for part in parts:
        words.append(" ".join(part.text[: most + 1].split()))
        room -= len(words[-1]) + 3
        if room < 0:
            break
    line = " | ".join(words)
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def explain(page: Page, hints: Hints | None = None) -> Explanation:
    """`extract` the page and tell why it came out so. Never raises on content, as `extract`."""
    seen: list[tuple[Document, Reading]] = []

    def watch(document: Document, reading: Reading) -> None:
        seen.append((document, reading))

    hints = hints or Hints()
    extraction = extract(page, hints, watch)
    if not seen:
        return Explanation(extraction)
    document, reading = seen[0]
    body = reading.body
    if extraction.article is None or body.page is None:
        parts, complete = _bounded(_parts_of_no_article(document, extraction))
        return Explanation(extraction, charset=document.charset, parts=parts, complete=complete)
    parts, complete = _bounded(_parts_of_article(document, reading))
    return Explanation(
        extraction,
        _sources(document, reading, hints),
        path_of(body.page, body.element, CONTAINER_STEPS) if body.paragraphs else "",
        document.charset,
        parts,
        complete,
        tuple(paragraphs(body)),
    )


def facts(explained: Explanation) -> list[tuple[str, str, str]]:
    """(name, value, where from) of all that an extraction found but the text itself, for a person to look through."""
    extraction = explained.extraction
    rows: list[tuple[str, object, str]] = [
        ("kind", f"{extraction.kind.value}, confidence {extraction.confidence:.2f}", ""),
        ("why", extraction.reason, ""),
        ("charset", explained.charset, ""),
    ]
    if extraction.article is not None:
        rows += _facts_of_article(extraction.article, explained)
    else:
        hints = extraction.hints
        # A feed says of itself what a page says in its head.
        html = extraction.kind in {PageKind.LISTING, PageKind.OTHER}
        rows += [
            ("items", len(extraction.items) or len(extraction.children), ""),
            ("next page", extraction.next_page, ""),
            ("site", hints.title, "meta og:site_name" if html else "the feed"),
            ("home", hints.home, "link home" if html else "the feed"),
            ("feeds", " ".join(hints.feeds), "link alternate"),
            ("search", " ".join(hints.search), "SearchAction or link search"),
            ("hubs", " ".join(hints.hubs), "link hub" if html else "the feed"),
            ("come back", f"after {hints.ttl} minutes" if hints.ttl else None, "the feed"),
        ]
    return [(name, str(value), source) for name, value, source in rows if value]


def _facts_of_article(article: Article, explained: Explanation) -> list[tuple[str, object, str]]:
    sources = explained.sources
    text = sources.get("text", "")
    if explained.container not in text:
        text = f"{text}: {explained.container}" if text else explained.container
    rows: list[tuple[str, object, str]] = [
        ("title", article.title or "none found", "title"),
        ("published", article.published.isoformat() if article.published else "none found", "published"),
        ("modified", article.modified.isoformat() if article.modified else None, "modified"),
        ("authors", ", ".join(article.authors) or "none found", "authors"),
        ("site", article.site_name, "site_name"),
        ("section", article.section, "section"),
        ("tags", ", ".join(article.tags), "tags"),
        ("language", article.language, "language"),
        ("canonical", article.canonical, "canonical"),
        ("amp", article.amp_url, "amp_url"),
        ("next page", article.next_page, "next_page"),
        ("whole page", article.whole_page, "whole_page"),
        ("first page", article.first_page, "first_page"),
        ("image", article.image.url if article.image else None, "image"),
        ("captions", " | ".join(article.captions), "captions"),
        ("taken from", article.source_line, "source_line"),
        ("robots", article.terms.robots, "robots"),
        ("tdm", article.terms.tdm_reservation, "tdm_reservation"),
        ("tdm policy", article.terms.tdm_policy, "tdm_policy"),
        ("licence", article.terms.licence, "licence"),
    ]
    shown: list[tuple[str, object, str]] = [(name, value, sources.get(source, "")) for name, value, source in rows]
    if article.summary:
        shown.append(("standfirst", f"{len(article.summary):,} letters", sources.get("summary", "")))
    shown.append(("text", f"{len(article.text):,} letters in {len(explained.paragraphs)} paragraphs", text))
    shown.append(("extractor", f"{article.extractor}, confidence {article.confidence:.2f}", ""))
    return shown


# ---------------------------------------------------------------- what became of each block


def _bounded(parts: Iterator[Part]) -> tuple[tuple[Part, ...], bool]:
    """As many parts as there is room for, and whether these are all."""
    taken: list[Part] = []
    room = MAX_LETTERS
    for part in parts:
        if not part.text:
            continue
        room -= len(part.text)
        if len(taken) >= MAX_PARTS or room < 0:
            return tuple(taken), False
        taken.append(part)
    return tuple(taken), True


def _parts_of_article(document: Document, reading: Reading) -> Iterator[Part]:
    body = reading.body
    if body.page is None:
        return
    yield from _parts(body.page, _fates(body), body.judged)
    if reading.sources.get("text") == _SCRIPTS and document.body is not None:
        # The text is no part of the tree; standfirst, captions and byline may be.
        fields = dict.fromkeys(body.standfirst, "summary") | dict.fromkeys(body.captions, "caption")
        fields |= dict.fromkeys(body.bylines, "byline")
        shown = outline(document.body)
        fates = {block.index: fields.get(block.text, _SHOWN) for block in shown.blocks}
        yield from _parts(shown, fates, {})


def _fates(body: Body) -> dict[int, str]:
    """What became of the blocks; a standfirst or caption that was looked at as a byline too is what it is."""
    if body.page is None:
        return body.fates
    fields = dict.fromkeys(body.captions, "caption") | dict.fromkeys(body.standfirst, "summary")
    lines = (body.page.blocks[index] for index, fate in body.fates.items() if fate == "byline")
    return body.fates | {block.index: fields[block.text] for block in lines if block.text in fields}


def _parts(page: Outline, fates: Mapping[int, str], judged: Mapping[int, float]) -> Iterator[Part]:
    places = Places(page)
    for block in page.blocks:
        fate = fates.get(block.index, "")
        if _is_frame(page, block) and fate != TEXT:
            yield from _framed(places, block)
        elif fate == TEXT or fate in FIELDS:
            yield replace(_part(places, block, fate), judged=judged.get(block.index) if fate == TEXT else None)
        elif fate and fate != "chrome":
            chance = judged.get(block.index) if fate == "unlikely" else None
            yield replace(_part(places, block, STRIPPED, _FATE_WORDS.get(fate, fate)), judged=chance)
        else:
            yield _part(places, block, STRIPPED, *_why_cut(places, block, _why_outside(block, fates)))


def _why_outside(block: Block, fates: Mapping[int, str]) -> str:
    """Why a block is no text on which nothing was decided."""
    if fates.get(block.index - 1) == "source line":
        return _FATE_WORDS["address"]
    return _OUTSIDE_LINK if block.link_chars * 2 > block.chars else _OUTSIDE


def _part(places: Places, block: Block, fate: str, reason: str = "", by: str = "") -> Part:
    tag = places.page.elements[block.element].node.tag or ""
    return Part(clean_text(block.text), fate, places.path(block.element), reason, by, tag)


def _is_frame(page: Outline, block: Block) -> bool:
    """Whether the block stands for a part of the page that extraction counted but did not enter."""
    element = page.elements[block.element]
    return block.text == FRAME and element.last - element.first == 1


def _framed(places: Places, block: Block) -> Iterator[Part]:
    """What stands in a part of the page that was not entered."""
    element = places.page.elements[block.element]
    own = _words(element.marks) or _TAG_WORDS.get(element.node.tag or "") or _FRAMED
    reason, by = _why_cut(places, block, own)
    path = places.path(block.element)
    for inner in outline(element.node, whole=True).blocks:
        yield Part(clean_text(inner.text), STRIPPED, path, reason, by or places.path(block.element, 1))


def _why_cut(places: Places, block: Block, other: str) -> tuple[str, str]:
    """What the block is cut as, and the element that was cut; `other` if it wasn't."""
    top = places.top(block.element)
    if top < 0:
        return (_REPEATED if block.cut else other), ""
    element = places.page.elements[top]
    tag = _TAG_WORDS.get(element.node.tag or "", "")
    # What its own name or tag says comes before what was concluded from the words in it.
    reason = _words(block.cut & element.marks) or tag or _words(block.cut) or _FRAMED
    if block.cut == Mark.PROMO and not element.marks & Mark.PROMO:
        # A site's rule points at an element by making it hidden; else nothing but a field to fill in has this mark.
        reason = _RULED if element.marks & Mark.HIDDEN else tag or _FORM
    return reason, places.path(top, 1)


def _words(marks: int) -> str:
    return next((words for mark, words in _CUT_WORDS if marks & mark), "")


def path_of(page: Outline, index: int, steps: int = PATH_STEPS) -> str:
    """The element and those around it, outermost first, as CSS would name them: ``main > article.story > div#text``."""
    return Places(page).path(index, steps)


class Places:
    """Where the elements of a page stand; each is named once, for a name may be as long as the page."""

    def __init__(self, page: Outline) -> None:
        self.page = page
        self._names: dict[int, str] = {}
        self._tops: list[int] = []

    def path(self, index: int, steps: int = PATH_STEPS) -> str:
        """As `path_of`."""
        names: list[str] = []
        while index >= 0 and len(names) < steps:
            if index not in self._names:
                self._names[index] = self._name(index)
            if name := self._names[index]:
                names.append(name)
            index = self.page.elements[index].parent
        return " > ".join(reversed(names)) or "body"

    def _name(self, index: int) -> str:
        node = self.page.elements[index].node
        if (tag := node.tag or "") in {"html", "body", "-undef"}:
            return ""
        attributes = node.attributes
        words = _names((attributes.get("id") or attributes.get("class") or "")[:200])
        mark = "#" if attributes.get("id") else "."
        return f"{tag}{mark}{'.'.join(words[:2])[:MAX_NAME]}" if words else tag

    def top(self, index: int) -> int:
        """The outermost element that is cut and holds this one, -1 where it isn't cut."""
        if not self._tops:
            for element in self.page.elements:
                above = self._tops[element.parent] if element.parent >= 0 else -1
                self._tops.append(-1 if not element.cut else above if above >= 0 else element.index)
        return self._tops[index]


def _names(written: str) -> list[str]:
    """The names in an id or class, without those that a machine made: ``sc-9cd5bb24-0 hoFfRa``, ``css-1x2y3z``."""
    words = _NAME.findall(written)
    made = any(map(_MADE.match, words))
    return [word for word in words if not _MADE.match(word) and not (made and _MIXED.fullmatch(word))]


_MADE = re.compile(r"(?:sc|css|jsx|emotion|svelte)-[\w-]*\d")
_MIXED = re.compile(r"[A-Za-z0-9]{5,8}")


# ---------------------------------------------------------------- pages that are no article


def _parts_of_no_article(document: Document, extraction: Extraction) -> Iterator[Part]:
    """The page's blocks; on a listing those of its items are kept."""
    if document.body is None:
        return
    # A list may stand in what is called a menu, which the reader of articles did not enter.
    page = outline(document.body, whole=True)
    total_up(page)
    cut(page)
    listing = extraction.kind is PageKind.LISTING
    of_item, lines = _of_items(page, document, extraction.items)
    places = Places(page)
    for block in page.blocks:
        if of_item[block.element] or (block.element in lines and block.link_chars * 2 > block.chars):
            yield _part(places, block, ITEM)
        else:
            yield _part(places, block, STRIPPED, *_why_cut(places, block, _NO_ITEM if listing else _NO_ARTICLE))


def _of_items(page: Outline, document: Document, items: Iterable[ListingItem]) -> tuple[list[bool], set[int]]:
    """Of each element whether it is of an item: it, or one around it, links to that one item and to little else.

    And the elements that hold links to several items in one line.
    """
    shown = {normalize_url(item.url) or item.url: _shown(item) for item in items}
    places = {element.node.mem_id: element.index for element in page.elements}
    many = ""
    urls: dict[int, str] = {}

    def link(index: int, url: str) -> None:
        urls[index] = url if urls.get(index, url) == url else many

    lines: set[int] = set()
    for node in document.tree.css("a[href]")[:MAX_LINKS]:
        url = document.absolute(node.attributes.get("href"))
        url = url and (normalize_url(url) or url)
        if not url or url not in shown:
            continue
        # Inline markup is no element of the outline; a link may be around elements, or within one.
        inner = [] if node.mem_id in places else list(_below(node, places))
        for index in inner:
            link(index, url)
        around = _place(node, places)
        if around is not None and not inner:
            link(around, url)
            lines.add(around)
    for element in reversed(page.elements):
        if element.index in urls and element.parent >= 0:
            link(element.parent, urls[element.index])
    found: list[bool] = []
    for element in page.elements:
        url = urls.get(element.index, many)
        alone = (
            url != many
            and element.parent >= 0
            and element.links <= _RECORD_LINKS
            and element.chars <= _RECORD_CHARS + shown[url]
        )
        found.append(alone or (element.parent >= 0 and found[element.parent]))
    return found, lines


def _below(link: LexborNode, places: Mapping[int, int]) -> Iterator[int]:
    """The elements of the outline that stand in a link with nothing but inline markup around them."""
    waiting = [link]
    for _ in range(MAX_BELOW):
        if not waiting:
            return
        node = waiting.pop()
        child = node.first_child
        while child is not None:
            if child.mem_id in places:
                yield places[child.mem_id]
            elif child.is_element_node:
                waiting.append(child)
            child = child.next


def _shown(item: ListingItem) -> int:
    return sum(len(text) for text in (item.title, item.summary, item.text) if text)


def _place(node: LexborNode | None, places: Mapping[int, int]) -> int | None:
    for _ in range(MAX_STEPS_UP):
        if node is None:
            return None
        if node.mem_id in places:
            return places[node.mem_id]
        node = node.parent
    return None


# ---------------------------------------------------------------- where the fields are from


def _sources(document: Document, reading: Reading, hints: Hints) -> dict[str, str]:
    """The reading's own words, with the place in the page where it says only that it is the page or its byline."""
    body, article = reading.body, reading.article
    sources = dict(reading.sources) | _terms_from(document, article)
    if article.next_page and article.next_page != document.link("next"):
        sources["next_page"] = "links to the article's pages"
    for name in ("whole_page", "first_page"):
        if getattr(article, name):
            sources[name] = "links to the article's pages"
    if sources.get("text") == _SCRIPTS:
        sources["text"] = _IN_SCRIPTS
    page = body.page
    if page is None:
        return sources
    if sources.get("text") == "the page":
        sources["text"] = path_of(page, body.element, CONTAINER_STEPS)
    for index, fate in sorted(_fates(body).items()):
        name = _FIELD_OF.get(fate, "")
        if sources.get(name) == "the page":
            sources[name] = path_of(page, page.blocks[index].element)
    for name in ("published", "modified"):
        if (where := sources.get(name, "")).startswith("the page"):
            sources[name] = f"markup of the date in the page{where.removeprefix('the page')}"
    lines = _byline_places(page, body)
    if sources.get("authors", "") in _BYLINES:
        name = article.authors[0].casefold()
        place = next((path for text, path in lines if name in text.casefold()), "")
        sources["authors"] = f"{sources['authors']} in {place}" if place else sources["authors"]
    for name, which in (("published", 0), ("modified", 1)):
        if sources.get(name, "").startswith("the byline"):
            place = _dated_line(document, lines, which, article.language or hints.language)
            sources[name] = sources[name].replace("the byline", f"the byline in {place}", 1) if place else sources[name]
    return sources


_FIELD_OF = {"summary": "summary", "caption": "captions", "source line": "source_line"}
_BYLINES = frozenset(("the byline", "text pattern of a byline"))


def _byline_places(page: Outline, body: Body) -> list[tuple[str, str]]:
    """The lines that were read as bylines, in the order in which they were, each with its place."""
    places = {block.text: block.element for block in reversed(page.blocks) if body.fates.get(block.index, "") != TEXT}
    named = Places(page)
    return [(line, named.path(places[line])) for line in dict.fromkeys(body.bylines) if line in places]


def _dated_line(document: Document, lines: list[tuple[str, str]], which: int, language: str | None) -> str:
    for text, path in lines:
        if labelled_dates(text[:200], now=document.fetched_at, language=language)[which] is not None:
            return path
    return ""


def _terms_from(document: Document, article: Article) -> dict[str, str]:
    """Where what the page says of its use is said."""
    terms = article.terms
    names = [f"meta {name}" for name in ("robots", "googlebot") if name in document.metas]
    names += ["header X-Robots-Tag"] if document.headers.get("x-robots-tag") else []
    found = {"robots": " and ".join(names) if terms.robots else ""}
    for name, value in (("tdm-reservation", terms.tdm_reservation), ("tdm-policy", terms.tdm_policy)):
        if value:
            found[name.replace("-", "_")] = f"{'meta' if document.meta(name) else 'header'} {name}"
    if terms.licence:
        link = "link or anchor with rel=license"
        found["licence"] = link if terms.licence.startswith("http") else "JSON-LD license"
    return {name: where for name, where in found.items() if where}
