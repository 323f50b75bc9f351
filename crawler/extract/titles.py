"""The title by agreement: of what h1, JSON-LD, OpenGraph and `<title>` say, the writing that most of them share."""

from __future__ import annotations

import html
import re
from urllib.parse import urlsplit

from crawler.extract.document import Document
from crawler.extract.phrases import folded

_SEPARATORS = re.compile(r"\s+(?:[|｜\-–—:»«·•<>~/]|::|//)\s+|\s*[|｜│ㅣ∣┃]\s*|\s::\s")
_GLUED_SECTION = re.compile(r"\s?-[가-힣·]{2,6}$")
"""Korean sites glue the section before their name: "제목-정치ㅣ한국일보"."""

_LONGEST = 500

_TRUST = {"jsonld": 0.83, "h1": 0.78, "og": 0.5, "title": 0.3, "twitter": 0.3, "hint": 0.3, "itemprop": 0.7}
"""Weight of each witness: how often it is right where it is there (258 news pages), less for those written for search
engines and social networks rather than for the reader."""


_NAMES = {
    "jsonld": "JSON-LD",
    "h1": "h1",
    "og": "og:title",
    "title": "<title>",
    "twitter": "meta title",
    "hint": "the listing",
    "itemprop": "itemprop headline",
}


def site_words(document: Document, names: list[str]) -> set[str]:
    """Folded names by which the site may call itself in a title: its own and those of its host."""
    host = (urlsplit(document.url).hostname or "").removeprefix("www.")
    labels = [label for label in host.split(".") if len(label) > 2]
    return {word for word in (folded(name) for name in [*names, host, *labels[:2]]) if word}


def without_site(title: str, sites: set[str], others: set[str]) -> str:
    """`title` without the site's name, slogan or section at its end or start."""
    parts = _SEPARATORS.split(title)
    if len(parts) == 1:
        return title
    cuts = [(found.start(), found.end()) for found in _SEPARATORS.finditer(title)]
    for position in range(1, len(parts)):
        head = title[: cuts[position - 1][0]].strip()
        if folded(head) in others:
            return head
    for position in range(len(parts) - 1):
        tail = title[cuts[position][1] :].strip()
        if folded(tail) in others and len(folded(tail)) > 8:
            return tail
    while len(parts) > 1:
        tail = folded(parts[-1])
        if (
            tail
            and (
                tail in sites
                or any(len(site) > 3 and (site in tail or (tail in site and len(tail) > 3)) for site in sites)
            )
            and len(parts[-1]) < 50
        ):
            title = title[: cuts[len(parts) - 2][0]].strip()
            parts.pop()
            continue
        break
    title = _GLUED_SECTION.sub("", title) if cuts and len(title) <= cuts[-1][0] else title
    parts = _SEPARATORS.split(title)
    if len(parts) > 1 and folded(parts[0]) in sites:
        first = _SEPARATORS.search(title)
        if first:
            title = title[first.end() :].strip()
    return title


def choose_title(
    document: Document, headline: str | None, h1s: list[str], sites: set[str], hint: str | None, *, shown: set[str]
) -> tuple[str | None, str]:
    """The title of a page, and who says so ("h1, JSON-LD and og:title agree").

    `headline` is JSON-LD's, `h1s` are the texts of its h1 elements in order, `hint` is a listing's.

    `shown` are folded short lines of the page: without an h1, the part of `<title>` that the page shows is the title.
    """
    said: list[tuple[str, str]] = []
    if headline:
        said.append(("jsonld", headline))
    said.extend(("h1", text) for text in h1s[:4])
    for name, key in (
        ("og:title", "og"),
        ("twitter:title", "twitter"),
        ("headline", "itemprop"),
        ("dc.title", "twitter"),
    ):
        value = document.meta(name)
        if value:
            said.append((key, value))
    if document.title_tag:
        said.append(("title", document.title_tag))
    if hint:
        said.append(("hint", hint))
    clean = [(key, " ".join(html.unescape(text).split())[:_LONGEST]) for key, text in said]
    clean = [(key, text) for key, text in clean if folded(text)]
    if not clean:
        return None, ""
    plain = shown | {folded(text) for key, text in clean if key in ("h1", "jsonld", "og", "hint")}
    candidates = [
        (key, without_site(text, sites, plain - {folded(text)} if key != "h1" else set())) for key, text in clean
    ]
    scores: dict[str, float] = {}
    writing: dict[str, tuple[float, str]] = {}
    heard: set[tuple[str, str]] = set()
    said_by: dict[str, list[str]] = {}
    for key, text in candidates:
        fold = folded(text)
        # OpenGraph, Twitter and <title> are filled from one field of the content system: one voice, not three.
        voice = "search" if key in ("og", "twitter", "title") else key
        if not fold or fold in sites:
            continue
        said_by.setdefault(fold, []).append(_NAMES[key])
        if (voice, fold) in heard:
            continue
        heard.add((voice, fold))
        trust = _TRUST[key]
        if key == "h1" and not _related(text, [other for name, other in candidates if name != "h1"]):
            trust = UNRELATED_H1
        scores[fold] = scores.get(fold, 0.0) + trust
        if fold not in writing or writing[fold][0] < trust:
            writing[fold] = (trust, text)
    if not scores:
        return candidates[0][1], _NAMES[candidates[0][0]]
    best = max(scores, key=lambda fold: scores[fold])
    *others, last = dict.fromkeys(said_by[best])
    return writing[best][1], f"{', '.join(others)} and {last} agree" if others else last


UNRELATED_H1 = 0.2
"""Trust in an h1 that shares no words with what the page is called elsewhere: a site's name, a section, a slogan."""


def _related(text: str, others: list[str]) -> bool:
    words = set(_WORD.findall(text.casefold()))
    return not others or any(len(words & set(_WORD.findall(other.casefold()))) * 3 >= len(words) for other in others)


_WORD = re.compile(r"[^\W_]{2,}")
