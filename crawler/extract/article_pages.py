"""The pages of an article that is split over several: which URL is the next, which shows the whole, which is the first.

A link counts when its URL is that of the article but for a page number one higher than this page's own, and when the
page says that it leads on: ``rel=next``, a label ("2", "Seite 2", "다음 페이지"), or its place in a row of such links.
So a blog's ``rel=next`` to the next post is passed over by its URL, and the pages of comments, galleries and listings
by their words and by where they stand. Whether what comes is the same article is decided again when it was read
(`crawler.extract.long_reads`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING
from urllib.parse import unquote

from crawler.urls import normalize_url, url_key

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

    from crawler.extract.document import Document

MOST_PAGES = 200
"""A number beyond is no page of an article."""
MOST_OCCURRENCES = 20
MOST_LINKS = 120
"""How often the article's name is looked for in an address, and how many links to its pages are looked at."""
MOST_ANCESTORS = 6

_KEY_NAMES = """
    page pg paged pageno page_no pagenum pagenumber page_num nowpage seite pagina pag sida side strona sayfa trang
    halaman
"""
_KEYS = frozenset(_KEY_NAMES.split())
_WORDS = r"(?:pages?|pg|seite|pagina|pag|sida|side|strona|sayfa|trang|halaman)"
_ENDING = r"(?:\.(?:s?html?|php\d?|aspx?|jsp|do|ece|cms))"
_NAMED = re.compile(rf"[/_,;.-](?:{_WORDS}[-/_=,]?|p)(\d{{1,3}}){_ENDING}?$", re.IGNORECASE)
_SEGMENT = re.compile(rf"/(\d{{1,3}}){_ENDING}?$", re.IGNORECASE)
_TAIL = re.compile(rf"(?:[-_,](\d{{1,3}}){_ENDING}|[_,](\d{{1,3}}))$", re.IGNORECASE)
_LOOSE = re.compile(r"-(\d{1,3})$")
_INDEX = re.compile(rf"/(?:index|default)[-_]?(\d{{1,3}}){_ENDING}$", re.IGNORECASE)
_END = re.compile(rf"(?:/(?:index|default))?{_ENDING}?$", re.IGNORECASE)
_LEADS_ON = re.compile(
    rf"{_ENDING}?(?:[?&][^\"'<>\s]{{0,200}}=|/(?:index|default)[-_]?|(?:[-_,/.;]|{_WORDS}|p){{1,3}}[-/_=,]?)\d{{1,3}}(?!\d)",
    re.IGNORECASE,
)

_WHOLE_PAIR = re.compile(
    r"(?:page|p|seite|pagina|pagewanted|pagenum|view|show|display|mode)=(?:all|full|single|singlepage|single-page|alles)"
    r"|(?:single|singlepage|single_page|onepage|showall|show_all|viewall|view_all|fullpage|fulltext|all|allpages)"
    r"=(?:1|true|yes|y|all|on)",
    re.IGNORECASE,
)
_WHOLE_PATH = re.compile(
    rf"[/_,-](?:page[-=]?)?(?:all|single|single-?page|singlepage|one-?page|full|full-?page|view-?all|show-?all"
    rf"|komplettansicht|gesamt){_ENDING}?$",
    re.IGNORECASE,
)
_WHOLE_LABEL = re.compile(
    r"전체\s?(?:보기|페이지|기사)|한\s?페이지로|(?:view|show|read)(?:\sthis)?(?:\sarticle)?\s(?:all|(?:as|on)\s(?:a\s)?(?:one|single)"
    r"\spage)|single[\s-]page|one[\s-]page|all\spages|auf\seiner\sseite|alles\sauf|komplett(?:ansicht|en)|全文|全ページ"
    r"|1ページで|(?:tout|lire)\ssur\sune\s(?:seule\s)?page|en\suna\s(?:sola\s)?página|余下全文|阅读全文",
    re.IGNORECASE,
)
_NEXT_LABEL = re.compile(
    r"^[\s\[(]*(?:다음(?:\s?(?:페이지|쪽|장))?|next(?:\spage)?|continue(?:d)?(?:\sreading)?|page\ssuivante|suite|suivante?|weiter(?:lesen)?"
    r"|(?:zur\s)?nächsten?\sseite|siguiente(?:\spágina)?|página\ssiguiente|próxima(?:\spágina)?|pagina\ssuccessiva|successiva"
    r"|volgende(?:\spagina)?|nästa(?:\ssida)?|neste(?:\sside)?|næste(?:\sside)?|далее|следующая(?:\sстраница)?|następna(?:\sstrona)?"
    r"|次(?:へ|の?ページ(?:へ)?)?|下一?[页頁])[\s>›»→⟩▶)\].:…]*(?:$|[:–—-]\s)|^[\s>›»→⟩▶]+$",
    re.IGNORECASE,
)
_NUMBER_LABEL = re.compile(
    r"^\D{0,24}(\d{1,3})(?!\d)(?:\s?(?:of|von|de|di|van|av|из|/)\s?\d{1,3})?\D{0,16}$", re.IGNORECASE
)
_BACK_LABEL = re.compile(
    r"^[\s<‹«←⟨◀\[(]*(?:이전|앞|처음|previous|prev|back|first|zurück|erste|vorherige|précédente?|anterior|precedente|前|上一)"
    r"|^[\s<‹«←⟨◀]+$",
    re.IGNORECASE,
)
_NOT_PAGES = re.compile(
    r"comment|kommentar|repl(?:y|ies)|disqus|respond|talkback|cmt|cpage|leserbrief|reaction|댓글|의견"
    r"|galler|slide|carousel|swiper|image|photo|foto|bilder|picture|related|recommend|most-?read|popular|listing|teaser"
    r"|archive-|pagination-comments",
    re.IGNORECASE,
)
"""Names of containers, and words in URLs and labels, of what has pages of its own beside the article."""
_OTHER_PLACES = re.compile(
    r"/(?:galler(?:y|ies|ie|ien)|galeri[ea]s?|slideshows?|fotostrecken?|bildergalerien?|diaporamas?|photos|fotos|pictures"
    r"|forums?|threads?|viewtopic|comments?)(?:[/.?]|$)|comment-page-|cpage=",
    re.IGNORECASE,
)
_LISTING = re.compile(
    r"/(?:tags?|topics?|categor(?:y|ies)|search|authors?|sections?)(?:/[^/?]*)?(?:\?|$)", re.IGNORECASE
)


class Sign(IntEnum):
    """How a URL carries a page number: after a word for it, as an addition, or as a slug may end by itself."""

    LOOSE = 1
    ADDED = 2
    NAMED = 3


@dataclass(frozen=True, slots=True)
class Numbered:
    """A URL key read as page `number` of the article `base`."""

    base: str
    number: int
    sign: Sign


@dataclass(frozen=True, slots=True)
class Pages:
    """What a page says of the article's other pages; absolute URLs, `None` for what it does not say."""

    next: str | None = None
    whole: str | None = None
    first: str | None = None


@dataclass(frozen=True, slots=True)
class _Link:
    url: str
    key: str
    label: str
    rel: str
    node: LexborNode | None


def read_pages(document: Document) -> Pages:
    """The next page of the article that `document` shows, the page with all of it, and page one if this is not it."""
    own = url_key(document.url)
    base = base_of(own)
    if base is None or _OTHER_PLACES.search(own) or _LISTING.search(base):
        return Pages()
    links = list(_links(document, own))
    if not links:
        return Pages()
    for one in _own_readings(document, own, links):
        following = _next(links, one)
        if following is not None or one.number > 1:
            first = _first(document, links, one) if one.number > 1 else None
            return Pages(following, _whole(links, one) if following or first else None, first)
    return Pages()


def base_of(key: str) -> str | None:
    """The article that a URL key names, without file ending and index page; `None` for a site's root."""
    place, question, query = key.partition("?")
    plain = _END.sub("", place).rstrip("/")
    return f"{plain}{question}{query}" if "/" in plain else None


def numbered(key: str) -> Iterator[Numbered]:
    """Each way to read a URL key (see `url_key`) as a numbered page of an article, the surest first."""
    place, _, query = key.partition("?")
    pairs = query.split("&") if query else []
    for index, pair in enumerate(pairs):
        name, _, value = pair.partition("=")
        # WordPress calls its posts so ("?p=4711").
        sign = Sign.ADDED if name == "p" else Sign.NAMED
        if (name == "p" or name.lower() in _KEYS) and (number := _number(value)):
            rest = "&".join(pairs[:index] + pairs[index + 1 :])
            base = base_of(f"{place}?{rest}" if rest else place)
            if base is not None:
                yield Numbered(base, number, sign)
    if _DIGITS.isdisjoint(place[-_LONGEST_NUMBERING:]):
        return
    for pattern, sign in _PATTERNS:
        found = pattern.search(place)
        number = _number(next(filter(None, found.groups()), "")) if found else 0
        if found and number:
            stem = place[: found.start()]
            base = base_of(f"{stem}?{query}" if query else stem)
            if base is not None:
                yield Numbered(base, number, sign)


_PATTERNS = (
    (_NAMED, Sign.NAMED),
    (_INDEX, Sign.ADDED),
    (_SEGMENT, Sign.ADDED),
    (_TAIL, Sign.ADDED),
    (_LOOSE, Sign.LOOSE),
)
_DIGITS = frozenset("0123456789")
_LONGEST_NUMBERING = 10
"""Characters at the end of a path within which each pattern has a digit: three of them and a file's ending."""


def _number(text: str) -> int:
    """A page number, nought for none."""
    if not text.isascii() or not text.isdigit() or len(text) > 3:
        return 0
    return int(text) if int(text) <= MOST_PAGES else 0


def _own_readings(document: Document, own: str, links: list[_Link]) -> Iterator[Numbered]:
    """As which page of which article this page may be taken; by its own URL, then by its canonical one.

    A number that could be the article's own (``/archives/12``) is a page's where the page leads back to page one.
    """
    named = [document.link("canonical"), document.meta("og:url")]
    others = [key for url in named if url for key in (url_key(url),) if key != own and _same_site(own, key)]
    for key in dict.fromkeys((own, *others)):
        readings = [one for one in numbered(key) if one.sign is Sign.NAMED or _leads_back(others, links, one)]
        if readings:
            yield readings[0]
            return
    for key in dict.fromkeys((own, *others)):
        base = base_of(key)
        if base is not None:
            yield Numbered(base, 1, Sign.NAMED)


def _same_site(one: str, other: str) -> bool:
    return one.partition("/")[0] == other.partition("/")[0]


def _leads_back(named: Iterable[str], links: list[_Link], page: Numbered) -> bool:
    """Whether a page leads to page one of the article of which it would be a later page, or to the one before."""
    if any(base_of(key) == page.base for key in named):
        return True
    numbers = [(link, _number_of(link.key, page.base)) for link in links]
    if any(link.label == "1" and number == 1 for link, number in numbers):
        return True
    if page.number == 1:
        return any(link.label == "2" and number == 2 for link, number in numbers)
    if page.sign is Sign.LOOSE:
        return False
    before = page.number - 1
    return any(
        number == before
        and (link.label == str(before) or link.rel in ("prev", "first") or _BACK_LABEL.search(link.label) is not None)
        for link, number in numbers
    )


def _number_of(key: str, base: str) -> int:
    """Which page of the article `base` a URL key is; nought for none."""
    if base_of(key) == base:
        return 1
    return next((one.number for one in numbered(key) if one.base == base), 0)


def _next(links: list[_Link], page: Numbered) -> str | None:
    wanted = page.number + 1
    found: list[tuple[_Link, Sign]] = []
    linked: set[int] = set()
    for link in links:
        for one in numbered(link.key):
            if one.base == page.base and one.number > 1:
                linked.add(one.number)
                if one.number == wanted:
                    found.append((link, one.sign))
                break
    in_a_row = len(linked - {page.number}) > 1
    for link, sign in found:
        sure = sign is not Sign.LOOSE and (link.rel == "next" or in_a_row)
        if (sure or _is_label(link.label, wanted)) and not _stands_elsewhere(link):
            return link.url
    return None


def _is_label(label: str, number: int) -> bool:
    """Whether a link's text says that it leads to page `number`."""
    if not label or _NOT_PAGES.search(label):
        return False
    if _NEXT_LABEL.search(label):
        return True
    said = _NUMBER_LABEL.match(label)
    return said is not None and int(said[1]) == number


def _stands_elsewhere(link: _Link) -> bool:
    """Whether a link stands among comments, pictures or other articles."""
    node = link.node
    for _ in range(MOST_ANCESTORS):
        if node is None or node.tag in ("article", "main", "body"):
            return False
        attributes = node.attributes
        if _NOT_PAGES.search(f"{attributes.get('class') or ''} {attributes.get('id') or ''}"[:400]):
            return True
        node = node.parent
    return False


def _whole(links: list[_Link], page: Numbered) -> str | None:
    for link in links:
        if not link.url:
            continue
        place, _, query = link.key.partition("?")
        pairs = query.split("&") if query else []
        for index, pair in enumerate(pairs):
            if not _WHOLE_PAIR.fullmatch(pair) and not _WHOLE_LABEL.search(link.label):
                continue
            rest = "&".join(pairs[:index] + pairs[index + 1 :])
            if base_of(f"{place}?{rest}" if rest else place) == page.base and not _stands_elsewhere(link):
                return link.url
        found = _WHOLE_PATH.search(place)
        if found and not _stands_elsewhere(link):
            stem = place[: found.start()]
            if base_of(f"{stem}?{query}" if query else stem) == page.base:
                return link.url
    return None


def _first(document: Document, links: list[_Link], page: Numbered) -> str | None:
    """Page one of the article: what this page calls its canonical URL, else where it leads back to."""
    if page.number == 1:
        return None
    named = (document.link("canonical"), document.meta("og:url"), *(link.url for link in links))
    for url in named:
        absolute = document.absolute(url) if url else None
        if absolute is None:
            continue
        key = url_key(absolute)
        if _number_of(key, page.base) == 1:
            return absolute
    return None


def _links(document: Document, own: str) -> Iterator[_Link]:
    """The links that may lead to pages of this article, those that declare it first."""
    number = 0
    declared = False
    for rel in ("next", "prev", "first"):
        for attributes in document.links.get(rel, ())[:2]:
            link = _link(document, attributes.get("href"), "", rel, None)
            if link is not None:
                declared = True
                yield link
    needles = _needles(document, own)
    if not declared and not _may_name_pages(document, needles):
        return
    found = list(_named_links(document, needles))
    if not declared and not _may_have_pages((href for _, href, _ in found), needles):
        return
    for node, href, relation in found:
        link = _link(document, href, _label(node), _rel(relation), node)
        if link is None or (link.key == own and link.label != "1"):
            continue
        yield link
        number += 1
        if number >= MOST_LINKS:
            return


def _named_links(document: Document, needles: Iterable[str]) -> Iterator[tuple[LexborNode, str, str | None]]:
    """Links and then options whose address holds the article's name or is a query alone: node, address, ``rel``.

    The selector picks them in C, so that the hundreds of other links of a page are never looked at.
    """
    names = [_CSS_SPECIAL.sub(_css_escape, needle) for needle in needles]
    wanted = ['a[href^="?"]', 'option[value^="?"]']
    wanted += [f'{place}*="{name}"]' for name in names for place in ("a[href", "option[value")]
    found = [(node, node.attributes) for node in document.tree.css(", ".join(wanted))]
    for tag, attribute in (("a", "href"), ("option", "value")):
        for node, attributes in found:
            if node.tag == tag:
                # A drawing's link has an xlink:href, which the selector takes for an href.
                yield node, attributes.get(attribute) or "", attributes.get("rel")


_CSS_SPECIAL = re.compile(r"[\x00-\x1f\x7f\"\\]")


def _css_escape(found: re.Match[str]) -> str:
    return f"\\{ord(found.group()):x} "


def _link(document: Document, href: str | None, label: str, rel: str, node: LexborNode | None) -> _Link | None:
    if not href or _NOT_PAGES.search(href.partition("#")[2]):
        return None
    absolute = document.absolute(href)
    url = normalize_url(absolute) if absolute else None
    if url is None:
        return None
    key = url_key(url)
    return None if _OTHER_PLACES.search(key) else _Link(url, key, label, rel, node)


def _rel(value: str | None) -> str:
    words = (value or "").lower().split()
    return next((word for word in ("next", "prev", "first") if word in words), "")


def _label(node: LexborNode) -> str:
    """A link's text, or what stands for it; empty for more than a label's length."""
    text = " ".join(node.text(separator=" ").split()) if node.child is not None else ""
    if not text:
        attributes = node.attributes
        text = " ".join((attributes.get("aria-label") or attributes.get("title") or "").split())
    return text if len(text) <= 80 else ""


def _needles(document: Document, own: str) -> tuple[str, ...]:
    """How links to this article's pages begin or end: the last part of its path, as written in various ways."""
    paths = {base.partition("?")[0] for base in (base_of(own), *(one.base for one in numbered(own))) if base}
    names = {path.rpartition("/")[2] for path in paths}
    names |= {unquote(name) for name in names if "%" in name} | {name.lower() for name in names if "%" in name}
    canonical = document.link("canonical")
    if canonical and canonical != document.url and (base := base_of(url_key(canonical))):
        names.add(base.partition("?")[0].rpartition("/")[2])
    return tuple(sorted(name for name in names if name))


def _may_name_pages(document: Document, needles: Iterable[str]) -> bool:
    """As `_may_have_pages`, asked of the source, which takes a fourth of the time; an entity may be anything."""
    if any(map(_LEADS_ON.match, document.query_links())):
        return True
    for needle in needles:
        told = document.behind(needle, LONGEST_LEAD, MOST_MENTIONS) if _PLAIN_NAME.fullmatch(needle) else None
        if told is None or any(map(_LEADS_ON.match, told)) or any(map(_ENTITY.match, told)):
            return True
    return False


_PLAIN_NAME = re.compile(r"[\w.~%+,@=-]{5,}", re.ASCII)
_ENTITY = re.compile(r"[^\"'<>\s&]*+&(?!amp;)")
LONGEST_LEAD = 240
MOST_MENTIONS = 200
"""What is read behind an article's name in the source, and how often; a name that is short or may be written as
entities is not looked for there."""


def _may_have_pages(addresses: Iterable[str], needles: Iterable[str]) -> bool:
    """Whether one of these addresses holds the article's name with something like a page number: mostly none does."""
    for href in addresses:
        if href[:1] == "?" and _LEADS_ON.match(href):
            return True
        for needle in needles:
            position = -1
            for _ in range(MOST_OCCURRENCES):
                position = href.find(needle, position + 1)
                if position < 0:
                    break
                if _LEADS_ON.match(href, position + len(needle)):
                    return True
    return False
