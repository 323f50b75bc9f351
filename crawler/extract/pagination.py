"""The next page of a listing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from crawler.extract.document import Document
from crawler.extract.records import Skeleton
from crawler.urls import normalize_url, publisher

MAX_PAGE = 10_000
"""A page number beyond is no page of a list."""

LONGEST_NUMBER = 40
"""Characters of a link that is a page's number and signs around it."""

_NEXT = re.compile(
    r"^[\s\[(←«<‹]*(?:다음(?:\s?(?:페이지|목록|글|기사))?|더\s?보기|next(?:\s(?:page|posts|entries))?|older(?:\s(?:posts|entries|articles))?|more(?:\s(?:stories|articles|posts|news))?"
    r"|load\smore|show\smore|次(?:へ|のページ|ページ)?|もっと見る|下一?[页頁]|后一?页|suivante?|page\ssuivante|siguiente|próximo|próxima|weiter|nächste(?:\sseite)?|successiva?|volgende|nästa"
    r"|neste|næste|далее|дальше|следующая|вперед|następna|další)?[\s>›»→⟩▶)\]]*$",
    re.IGNORECASE,
)
_ARROW = re.compile(r"^[>›→⟩▶]$|^(?:>>|»)$")
_BY_SCRIPT = "a[href^='javascript'], a[onclick], button[onclick]"
MOST_SCRIPTED = 500
PAGE_KEYS = frozenset(
    {"page", "p", "paged", "pg", "pageno", "page_no", "pageindex", "currentpage", "pagenum", "nowpage", "cpage"}
)
OFFSET_KEYS = frozenset({"start", "offset", "limitstart", "from"})
_IN_PATH = re.compile(r"/(?:page|p)[/=-]?(\d{1,5})(?=[/.]|$)", re.IGNORECASE)
_NEXT_WORDS = re.compile(r"(?:^|[-_\s])(?:next|older)(?:$|[-_\s])|pagination-next|btn_?next", re.IGNORECASE)
_SURELY = re.compile(
    r"(?:older|next) (?:page|posts|entries|articles)|다음 ?페이지|次のページ|下一[页頁]|nächste seite|page suivante",
    re.IGNORECASE,
)


def next_page(document: Document, skeleton: Skeleton, items: Iterable[str]) -> str | None:
    """Address of the page after this one, `None` when the page names none. Same publisher, never this page itself.

    `items` are the addresses of the records, which are no pages of the list. By declaration (``rel=next``), then by the
    number after this page's own, then by its name ("다음", "Next", "더보기").
    """
    here = normalize_url(document.url) or document.url
    site = publisher(here)
    known = set(items)

    def usable(href: str | None) -> str | None:
        url = normalize_url(href, document.base_url) if href else None
        if not url or url == here or publisher(url) != site:
            return None
        return url if url not in known and _uncounted(url) not in known else None

    if found := usable(document.link("next")):
        return found
    for link in skeleton.following:
        if found := usable(link.href):
            return found
    number = page_number(here)
    named: str | None = None
    for link in skeleton.links:
        label = link.text
        if len(label) > 20:
            continue
        names = skeleton.names[link.element]
        marked = bool(names) and _is_next_box(names)
        if not label:
            attributes = link.node.attributes
            label = (attributes.get("title") or attributes.get("aria-label") or "").strip()
        if (marked or (label and _is_next(label))) and (url := usable(link.href)):
            told = page_number(url)
            counted = told is not None and told > (number or 1)
            if counted or (
                told is None and not _ARROW.match(label) and (marked or _SURELY.search(label) or _same_list(here, url))
            ):
                named = url
                break
    found = _counted(skeleton, usable, here) or _numbered(skeleton, usable, here, number) or named
    return found or _scripted(document, here, number)


@lru_cache(maxsize=4096)
def _is_next_box(names: str) -> bool:
    return _NEXT_WORDS.search(names) is not None


@lru_cache(maxsize=4096)
def _is_next(label: str) -> bool:
    return _NEXT.match(label) is not None or _ARROW.match(label) is not None


def _counted(skeleton: Skeleton, usable: Callable[[str], str | None], here: str) -> str | None:
    """The link with the least offset beyond this page's, where addresses count records (``?start=20``)."""
    own = _offset(here)
    if own is None:
        return None
    beyond: dict[int, str] = {}
    for link in skeleton.links:
        if len(link.text) <= 5 and (url := usable(link.href)) and _same_list(here, url):
            offset = _offset(url)
            if offset is not None and offset > own:
                beyond.setdefault(offset, url)
    return beyond[min(beyond)] if beyond else None


def _numbered(skeleton: Skeleton, usable: Callable[[str], str | None], here: str, number: int | None) -> str | None:
    """The link whose text and address are the number after this page's."""
    path = urlsplit(here).path.rstrip("/")
    last = path.rpartition("/")[2]
    if number is None and last.isdecimal() and len(last) <= 3:  # /section/3
        stem, current = path[: -len(last)], int(last)
    else:
        stem, current = path + "/", number or 1
    wanted = {str(current + 1), "2"} if number is None else {str(current + 1)}
    for link in skeleton.links:
        if len(link.text) > LONGEST_NUMBER:
            continue
        text = link.text.strip("[]() ")
        url = usable(link.href) if text in wanted else None
        if url is None:
            continue
        following = int(text)
        bare = urlsplit(url).path.rstrip("/")
        if page_number(url) == following or (bare == f"{stem}{following}" and following == current + 1):
            return url
        if number is None and following == 2 and (_offset(url) is not None or bare == f"{path}/2"):
            return url
    return None


def _scripted(document: Document, here: str, number: int | None) -> str | None:
    """This page's address with the next number, where a script turns the pages (``goPage(3)``) and it tells its own."""
    if number is None or number >= MAX_PAGE:
        return None
    called = re.compile(rf"\(\s{{0,5}}(?:this\s{{0,5}},\s{{0,5}})?['\"]?{number + 1}['\"]?\s{{0,5}}[,)]")
    for node in document.tree.css(_BY_SCRIPT)[:MOST_SCRIPTED]:
        attributes = node.attributes
        if node.text().strip() != str(number + 1):
            continue
        if any(called.search((attributes.get(name) or "")[:500]) for name in ("href", "onclick")):
            return _with_number(here, number + 1)
    return None


def _with_number(url: str, number: int) -> str | None:
    """An address with another page number in its query."""
    for key, value in parse_qsl(urlsplit(url).query)[:64]:
        if key.lower() in PAGE_KEYS and value.isdecimal():
            return re.sub(rf"([?&]{re.escape(key)}=){value}(?=&|$)", rf"\g<1>{number}", url, count=1)
    return None


def page_number(url: str) -> int | None:
    """The page number that an address carries (``?page=3``, ``/page/3``), `None` for none."""
    parts = urlsplit(url)
    for key, value in parse_qsl(parts.query)[:64]:
        if key.lower() in PAGE_KEYS and value.isdecimal() and len(value) <= 5 and int(value) <= MAX_PAGE:
            return int(value)
    found = _IN_PATH.search(parts.path)
    return int(found[1]) if found and int(found[1]) <= MAX_PAGE else None


def first_page(url: str) -> tuple[int, str] | None:
    """The number of a further page of a list (2 and up), and the address of its first; `None` for any other."""
    number = page_number(url)
    if number is None or number < 2:
        return None
    parts = urlsplit(url)
    pairs = parts.query.split("&")
    counted = next((pair for pair in pairs if _counts_pages(pair)), None)
    if counted is not None:
        query = "&".join(pair for pair in pairs if pair is not counted)
        return number, urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))
    return number, urlunsplit(
        (parts.scheme, parts.netloc, _IN_PATH.sub("", parts.path, count=1) or "/", parts.query, "")
    )


def _counts_pages(pair: str) -> bool:
    key, _, value = pair.partition("=")
    return key.lower() in PAGE_KEYS and value.isdecimal()


def _uncounted(url: str) -> str:
    """An address without what counts pages or records in it: of the second page of a topic the topic's own."""
    parts = urlsplit(url)
    counting = PAGE_KEYS | OFFSET_KEYS
    pairs = [pair for pair in parts.query.split("&") if pair.partition("=")[0].lower() not in counting]
    return urlunsplit((parts.scheme, parts.netloc, _IN_PATH.sub("", parts.path, count=1), "&".join(pairs), ""))


def _offset(url: str) -> int | None:
    """How many records come before a page whose address counts them (``?start=20``)."""
    for key, value in parse_qsl(urlsplit(url).query)[:64]:
        if key.lower() in OFFSET_KEYS and value.isdecimal() and len(value) <= 7:
            return int(value)
    return None


def _same_list(here: str, url: str) -> bool:
    """Whether an address asks the same list: the same path, and the same values for what this page's query tells."""
    mine, other = urlsplit(here), urlsplit(url)
    if mine.path.rstrip("/") != other.path.rstrip("/") or mine.query == other.query:
        return False
    counting = PAGE_KEYS | OFFSET_KEYS
    asked = dict(parse_qsl(other.query)[:64])
    own = parse_qsl(mine.query)[:64]
    return all(key.lower() in counting or asked.get(key, value) == value for key, value in own)
