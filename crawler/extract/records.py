"""Repeated structure in a page: links that stand at the same kind of place, and the record around each.

Links are grouped by the path of tags and classes that leads to them (the idea of "tag path clustering": Miao et al.,
WWW 2009); a record is the largest element around a link that holds no other link of its group, with the siblings up to
the next record where records span several (table rows, `dt`/`dd`, `<br>` lists). No selector, no knowledge of a site.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache

from selectolax.lexbor import LexborHTMLParser, LexborNode

MAX_LINKS = 6_000
"""Links looked at on one page; a big portal's home has 1,500."""

MAX_DEPTH = 100
"""Links nested deeper are left alone: lists of real pages stand at 10 to 40, and some steps climb to the root."""

_LINKS = 'a[href], [data-href], [onclick*="location"]'
_NO_LINKS = frozenset({"style", "script", "link", "meta", "html", "body"})
_MODIFIER = re.compile(r"--[\w-]*")  # of the BEM convention: tells how a thing looks, not what it is
_WIDE = re.compile(r"[\u2e80-\uffef\u1100-\u11ff]+")
_MARKUP = re.compile(r"<[a-zA-Z/!][^<>]{0,4000}>?")
_STATE = re.compile(
    r"\d|^(?:first|last|odd|even|active|on|off|current|sticky|new|has|is|fst|lst)(?:$|[-_])|^(?:category|tag|cat|author|format)-"
)
# Six or seven letters of a style's hash (``fQkOKX``), which may differ from record to record.
_HASH = re.compile(r"^[a-z]+(?:[A-Z]{2}|[A-Z][a-z]?$|[A-Z][a-z][A-Z])|^[a-z][A-Z][A-Za-z]+$")
_LONGEST_HASH = 7
_NOT_LETTER = re.compile(r"[^a-zA-Z]+|(?<=[a-z])(?=[A-Z])")


class Place(IntEnum):
    """What the words of an element's class and id call it."""

    CHROME = -2
    DOUBTFUL = -1
    UNSAID = 0
    MAIN = 1


_CHROME_WORDS = """nav navi navigation gnb lnb snb fnb tnb footer foot sidebar aside sidebox widget breadcrumb
    breadcrumbs pagination paging paginate pager tagcloud tags related relation relate recommend recommended recomm
    popular ranking rank ranked mostread trending ticker breaking comments comment reply replies calendar login share
    sns social banner advert advertisement sponsor sponsored promo cookie popup modal dropdown submenu toolbar utility
    sitemap copyright family livestats keyword keywords blogroll toc megamenu mega"""
_DOUBTFUL_WORDS = """menu side slider slide slides swiper carousel flexslider slick recent recents best hot most
    archive archives quick layer notice event featured lang language"""
_MAIN_WORDS = "main content contents article articles posts entries listing results search list primary"
_WRAPPING = frozenset({"wrap", "wrapper", "container", "with", "has", "layout", "columns", "row"})
_CHROME = frozenset(_CHROME_WORDS.split())
_DOUBTFUL = frozenset(_DOUBTFUL_WORDS.split())
_MAIN = frozenset(_MAIN_WORDS.split())
_CHROME_TAGS = frozenset({"nav", "footer", "aside", "select", "dialog"})
_UNINFORMATIVE = frozenset({"html", "body"})


@lru_cache(maxsize=8192)
def class_word(classes: str) -> str:
    """The first class that names a kind of element rather than its state or number."""
    for word in classes.split()[:12]:
        if not _STATE.search(word) and not (len(word) <= _LONGEST_HASH and _HASH.search(word)):
            return word
    return ""


@lru_cache(maxsize=8192)
def words_of(names: str) -> frozenset[str]:
    """The words in class and id names: ``SummaryItemHedLink-xyz`` gives summary, item, hed, link ..."""
    return frozenset(word.lower() for word in _NOT_LETTER.split(names[:400]) if word)


@lru_cache(maxsize=8192)
def place_of(names: str) -> Place:
    """What class and id say of an element's part in the page."""
    words = words_of(_MODIFIER.sub("", names))
    if "blog" in words and "widget" in words:  # Blogger wraps its main column in a "widget Blog"
        return Place.MAIN
    if words & _CHROME:
        # "content-sidebar-wrap" wraps both columns.
        return Place.UNSAID if words & _MAIN and words & _WRAPPING else Place.CHROME
    if words & _DOUBTFUL:
        return Place.DOUBTFUL
    return Place.MAIN if words & _MAIN else Place.UNSAID


@dataclass(slots=True)
class Link:
    """One `<a href>`: its number among the page's links, its element, its address without origin and fragment, and
    as written, its text."""

    number: int
    node: LexborNode
    element: int
    href: str
    written: str
    text: str
    width: int


@dataclass(slots=True)
class Group:
    """Links at the same kind of place, one for each address, in page order."""

    path: int
    links: list[Link] = field(default_factory=list)
    others: list[Link] = field(default_factory=list)  # further links to the same addresses at the same kind of place
    climbs: int = 0


class Skeleton:
    """The links of a page and the elements above them, as flat lists: an element is its index, parents come first."""

    def __init__(self, tree: LexborHTMLParser, page_url: str) -> None:
        self.nodes: list[LexborNode] = []
        self.tags: list[str] = []
        self.names: list[str] = []
        self.parents: list[int] = []
        self.depths: list[int] = []
        self.paths: list[int] = []
        self.first: list[int] = []
        self.last: list[int] = []
        self.links: list[Link] = []
        self.following: list[Link] = []  # links that say rel=next
        self._interned: dict[tuple[int, str, str], int] = {}
        self._places: dict[int, Place] = {}
        self._collect(tree, page_url)

    def _collect(self, tree: LexborHTMLParser, page_url: str) -> None:
        own = page_url.split("#", 1)[0]
        scheme, _, rest = own.partition("://")
        origin = f"{scheme}://{rest.split('/', 1)[0]}"
        own_path = own[len(origin) :] or "/"
        known: dict[int, int] = {}
        links, last = self.links, self.last
        for node in tree.css(_LINKS)[:MAX_LINKS]:
            attributes = node.attributes
            href = attributes.get("href") or ""
            if "href" not in attributes and node.tag in _NO_LINKS:
                continue
            if not href or href[0] in "#jJ \n\t":
                href = link_address(attributes.get)
            href = written = href.strip()
            if href.startswith(origin):
                href = href[len(origin) :] or "/"
            if "#" in href:
                href = href.split("#", 1)[0]
            if not href or href == "/" or href == own_path or len(href) > 2_000:  # noqa: PLR1714 - asked of every link
                continue
            colon = href.find(":")
            if colon > 0 and "/" not in href[:colon] and href[:colon].lower() not in ("http", "https"):
                continue
            number = len(links)
            element = self._element(known, node, attributes, number)
            if element < 0:
                continue
            text = " ".join(node.text().split())
            if "<" in text:  # what stands in <noscript> is text to the parser
                text = " ".join(_MARKUP.sub(" ", text).split())
            link = Link(number, node, element, href, written, text, width(text))
            links.append(link)
            if "rel" in attributes and "next" in (attributes["rel"] or "").lower().split():
                self.following.append(link)
        parents = self.parents
        for element in range(len(parents) - 1, 0, -1):
            parent = parents[element]
            if parent >= 0 and last[element] > last[parent]:
                last[parent] = last[element]

    def _element(self, known: dict[int, int], node: LexborNode, attributes: dict[str, str | None], number: int) -> int:
        """Index of an element, its ancestors entered before it; -1 when it lies too deep."""
        waiting: list[tuple[int, LexborNode]] = []
        current: LexborNode | None = node
        parent = -1
        while current is not None:
            place = current.mem_id
            if place in known:
                parent = known[place]
                break
            waiting.append((place, current))
            if len(waiting) > MAX_DEPTH:
                return -1
            current = current.parent
        if parent < 0:
            waiting.pop()  # the document itself
        elif not waiting:
            self.last[parent] = max(self.last[parent], number)
            return parent
        depth = self.depths[parent] if parent >= 0 else 0
        if depth + len(waiting) > MAX_DEPTH:
            return -1
        path = self.paths[parent] if parent >= 0 else -1
        index = len(self.nodes)
        interned = self._interned
        nodes, tags, names, parents = self.nodes, self.tags, self.names, self.parents
        depths, paths, first, last = self.depths, self.paths, self.first, self.last
        for place, one in reversed(waiting):
            tag = one.tag or ""
            if one is node:
                classes, identifier = attributes.get("class") or "", attributes.get("id")
            else:
                told = one.attributes
                classes, identifier = told.get("class") or "", told.get("id")
            known[place] = index
            depth += 1
            key = (path, tag, class_word(classes) if classes else "")
            path = interned.setdefault(key, len(interned))
            nodes.append(one)
            tags.append(tag)
            named = f"{classes} {identifier or ''}" if identifier is not None else classes
            names.append(named if tag not in _UNINFORMATIVE else "")
            parents.append(parent)
            depths.append(depth)
            paths.append(path)
            first.append(number)
            last.append(number)
            parent = index
            index += 1
        return parent

    def name_pictures(self) -> bool:
        """Let links that show no text be called what they or their pictures are; whether any now is."""
        named = False
        for link in self.links:
            if link.text:
                continue
            attributes = link.node.attributes
            told = attributes.get("title") or attributes.get("aria-label") or ""
            if not told and (picture := _ALT.search(link.node.html or "", 0, 20_000)):
                told = html.unescape(picture[1])
            link.text = " ".join(told.split())[:500]
            link.width = width(link.text)
            named = named or bool(link.text)
        return named

    def groups(self) -> list[Group]:
        """Links by path, each address once; links without text are left out (pictures, icons)."""
        found: dict[int, Group] = {}
        seen: dict[int, set[str]] = {}
        paths = self.paths
        for link in self.links:
            if not link.text:
                continue
            path = paths[link.element]
            group = found.get(path)
            if group is None:
                group = found[path] = Group(path)
                seen[path] = set()
            known = seen[path]
            if link.href in known:
                group.others.append(link)
            else:
                known.add(link.href)
                group.links.append(link)
        return list(found.values())

    def climbs(self, group: Group) -> int:
        """How many elements above its link a record of this group usually begins."""
        counts: dict[int, int] = {}
        parents, tags, first, last = self.parents, self.tags, self.first, self.last
        links = group.links
        alone = len(links) == 1
        numbers = [-1, *[link.number for link in links], len(self.links)]
        for position, link in enumerate(links):
            before, after = numbers[position], numbers[position + 2]
            climbed = 0
            parent = parents[link.element]
            while parent >= 0 and first[parent] > before and last[parent] < after:
                if tags[parent] in _UNINFORMATIVE or (alone and last[parent] - first[parent] >= _LINKS_OF_ONE):
                    break
                parent = parents[parent]
                climbed += 1
            counts[climbed] = counts.get(climbed, 0) + 1
        if len(counts) == 1:
            return next(iter(counts))
        return max(counts, key=lambda climbed: (counts[climbed], -climbed))

    def ancestor(self, element: int, climbs: int) -> int:
        """The element so many steps above."""
        for _ in range(climbs):
            parent = self.parents[element]
            if parent < 0:
                break
            element = parent
        return element

    def above(self, element: int) -> list[int]:
        """The elements above one, nearest first, itself included."""
        chain = []
        while element >= 0:
            chain.append(element)
            element = self.parents[element]
        return chain

    def place(self, element: int) -> Place:
        """The worst that tags and names say of an element and those above it; MAIN where that is all they say."""
        if element not in self._places:
            self._places[element] = self._place(element)
        return self._places[element]

    def _place(self, element: int) -> Place:
        found = Place.UNSAID
        wrapper = _WRAPPER * len(self.links)
        for one in self.above(element):
            tag = self.tags[one]
            if tag in _CHROME_TAGS:
                return Place.CHROME
            place = place_of(self.names[one]) if self.names[one] else Place.UNSAID
            if place < Place.UNSAID and self.last[one] - self.first[one] + 1 >= wrapper:
                place = Place.UNSAID
            if tag == "header":
                place = min(place, Place.CHROME)
            elif tag == "main" and place is Place.UNSAID:
                place = Place.MAIN
            if place is Place.CHROME:
                return place
            if place is Place.DOUBTFUL or found is Place.UNSAID:
                found = place if found is not Place.DOUBTFUL else found
        return found


def link_address(attribute: Callable[[str], str | None]) -> str:
    """Where an element of these attributes leads, as written: by ``href``, else by what a script of it says; or empty.

    Of scripts only those are understood that name the address (``location.href='/a/1'``), none that build it.
    """
    href = (attribute("href") or "").strip()
    if href and href[0] != "#" and href[:11].lower() != "javascript:":
        return href
    for name in ("data-href", "data-url", "data-link"):
        if (told := (attribute(name) or "").strip()) and "/" in told:
            return told
    for script in (attribute("onclick") or "", href[11:] if href[:1] != "#" else ""):
        if script and (found := _SCRIPTED.search(script[:1_000])):
            return found[1].strip()
    return ""


def width(text: str) -> int:
    """Columns of a text: Hangul, Han and kana count two, so that a headline is as wide in every script."""
    return len(text) if text.isascii() else len(text) + len("".join(_WIDE.findall(text)))


def region(skeleton: Skeleton, group: Group) -> list[Sequence[LexborNode]]:
    """The nodes of each record of a group, in page order: an element, and what follows it up to the next record."""
    containers = [skeleton.ancestor(link.element, group.climbs) for link in group.links]
    starts = {skeleton.nodes[container].mem_id for container in containers}
    regions: list[list[LexborNode]] = []
    longest = 0
    spanning = 0
    for position, container in enumerate(containers):
        node = skeleton.nodes[container]
        run = [node]
        bounded = (
            position + 1 < len(containers) and skeleton.parents[containers[position + 1]] == skeleton.parents[container]
        )
        if bounded:
            follower = node.next
            while follower is not None and follower.mem_id not in starts and len(run) <= _LONGEST_RUN:
                run.append(follower)
                follower = follower.next
            solid = [one for one in run[1:] if not _is_blank(one)]
            if follower is None or follower.mem_id not in starts:
                run = [node]
            elif solid:
                spanning += 1
                longest = max(longest, len(run) - 1)
        regions.append(run)
    if spanning * 2 < len(containers) - 1:
        return [run[:1] for run in regions]
    for run in regions:
        follower = run[-1].next if len(run) == 1 else None
        while follower is not None and follower.mem_id not in starts and len(run) <= longest:
            run.append(follower)
            follower = follower.next
    return list(regions)


_ALT = re.compile(r"<(?:img|amp-img)\s[^>]*?alt=\"([^\"]+)\"")
_SCRIPTED = re.compile(
    r"(?:location(?:\.href)?\s{0,5}=|location\.(?:assign|replace)\(|window\.open\()\s{0,5}[\"']([^\"']{1,2000})[\"']"
)
_LINKS_OF_ONE = 6  # links that a record without siblings may hold: picture, title, author, section ...
_WRAPPER = 0.6  # part of a page's links from which an element's names say nothing about one list in it
_LONGEST_RUN = 24  # siblings that one record may span


def _is_blank(node: LexborNode) -> bool:
    if node.is_text_node:
        return not (node.text_content or "").strip()
    return node.tag in ("br", "hr", "-comment", "script", "style") or not node.is_element_node
