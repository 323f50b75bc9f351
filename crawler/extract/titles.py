"""The title by agreement of h1, JSON-LD, OpenGraph and `<title>`.

Where they agree, that is the title. Where they don't, each wording is weighed by its signs: who says it, who sides with
whom, whether it is another one without the words before its colon. The weights are a learnt linear model
(`title_weights`, made by `benchmarks/train_titles.py`); which witness a publisher keeps its headline in can't be seen
from one page, so they say what is usual.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from selectolax.lexbor import LexborNode

from crawler.extract.document import Document
from crawler.extract.metadata import text_of, types_of
from crawler.extract.phrases import folded
from crawler.extract.title_weights import WEIGHTS

_SEPARATORS = re.compile(r"\s+(?:[|｜\-–—:»«·•<>~/]|::|//)\s+|\s*[|｜│ㅣ∣┃]\s*|\s::\s")
_GLUED_SECTION = re.compile(r"\s?-[가-힣·]{2,6}$")
"""Korean sites glue the section before their name: "제목-정치ㅣ한국일보"."""

_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Heading:
    """An h1: its text, and what is left of it without a kicker in an element of its own before it."""

    text: str
    rest: str | None = None


@dataclass(slots=True)
class Candidate:
    """One wording of the title: as its first witness writes it, folded, and all who say it in the order asked."""

    text: str
    fold: str
    said_by: list[str] = field(default_factory=list)


LONGEST_KICKER = 60
LEAST_REST = 15
"""Characters of the words before a headline, and of a headline behind them."""

MOST_H1S = 8
_FURTHER_H1S = 4


def headings(document: Document) -> list[Heading]:
    """The h1 elements of a page that hold a headline's length of text, in order."""
    found: list[Heading] = []
    for node in document.headings()[:MOST_H1S]:
        text = " ".join(node.text().split())
        if text and len(text) < _LONGEST:
            found.append(Heading(text, _without_kicker(node)))
    return found


def _without_kicker(node: LexborNode) -> str | None:
    """The second of two parts of an h1, when the first is an element and short: "<span>Kicker</span> Headline"."""
    parts: list[tuple[str, bool]] = []
    child = node.first_child
    while child is not None and len(parts) < 3:
        text = " ".join(child.text(deep=True).split()) if child.is_element_node else (child.text_content or "").strip()
        if folded(text):
            parts.append((text, child.is_element_node))
        child = child.next
    if len(parts) != 2:
        return None
    (kicker, marked), (rest, _) = parts
    if not marked or len(kicker) > LONGEST_KICKER or len(rest) <= max(LEAST_REST, 0.6 * len(kicker)):
        return None
    return " ".join(rest.split())


def site_words(document: Document, item: dict[str, Any] | None, site: str | None) -> set[str]:
    """Folded names by which the site may call itself in a title: its own, its publisher's and those of its host."""
    names = [name for name in (site, text_of(item.get("publisher")) if item is not None else None) if name]
    host = (urlsplit(document.url).hostname or "").removeprefix("www.")
    labels = [label for label in host.split(".") if len(label) > 2]
    return {word for word in (folded(name) for name in [*names, host, *labels[:2]]) if word}


def without_site(title: str, sites: set[str], others: set[str]) -> str:
    """`title` without the site's name, slogan or section at its end or start."""
    parts = _SEPARATORS.split(title)
    if len(parts) == 1:
        return _without_leading_site(title, sites)
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
    return _without_leading_site(title, sites)


_SITE_FIRST = re.compile(r"\s*([^:|｜»–—-]{2,40}?)\s*(?:::?|[|｜»–—-])\s+(?=\S)")
_ARTICLE = 5
"""Letters that a site's name may have more than its host: "the", "news"."""


def _without_leading_site(title: str, sites: set[str]) -> str:
    first = _SITE_FIRST.match(title)
    if first is None:
        return title
    name = folded(first[1])
    if name in sites or any(len(site) > 4 and site in name and len(name) <= len(site) + _ARTICLE for site in sites):
        return title[first.end() :]
    return title


_NAMES = {
    "ld": "JSON-LD",
    "h1": "h1",
    "rest": "h1",
    "h1s": "another h1",
    "og": "og:title",
    "tw": "twitter:title",
    "ip": "meta headline",
    "t": "<title>",
    "hint": "the listing",
}
"""Witnesses by their short names, in the order in which they are asked."""

_HEADS = frozenset(("ld", "h1", "og", "tw", "t"))
_VOICES = frozenset(("ld", "h1", "og"))


def choose_title(
    document: Document,
    item: dict[str, Any] | None,
    h1s: list[Heading],
    sites: set[str],
    hint: str | None,
    *,
    shown: Collection[str],
) -> tuple[str | None, str]:
    """The title of a page, and who says so ("JSON-LD, h1 and og:title agree").

    `item` is the JSON-LD object of the article, `hint` is what a listing calls it. `sites` are folded names of the
    site; `shown` are folded short lines of the page: without an h1, the part of `<title>` that the page shows is the
    title.
    """
    said = said_of(document, item, h1s, hint)
    if not said:
        return None, ""
    found = candidates(said, sites, shown)
    if not found:
        return said[0][1], _NAMES[said[0][0]]
    best = found[0]
    if len(found) > 1:
        weights = [
            sum(WEIGHTS.get(sign, 0.0) for sign in signs)
            for signs in signs_of(found, item is not None and "newsarticle" in types_of(item))
        ]
        best = found[max(range(len(found)), key=lambda number: (weights[number], -number))]
    *others, last = dict.fromkeys(_NAMES[key] for key in best.said_by)
    return best.text, f"{', '.join(others)} and {last} agree" if others else last


def said_of(
    document: Document, item: dict[str, Any] | None, h1s: list[Heading], hint: str | None
) -> list[tuple[str, str]]:
    """Which witness says what, one line each, entities decoded; arguments as of `choose_title`."""
    said: list[tuple[str, str | None]] = []
    if item is not None:
        said.append(("ld", text_of(item.get("headline")) or text_of(item.get("name"))))
    for number, heading in enumerate(h1s[:_FURTHER_H1S]):
        said.append(("h1s" if number else "h1", heading.text))
        said.append(("rest", heading.rest))
    said.append(("og", document.meta("og:title")))
    said.append(("tw", document.meta("twitter:title", "dc.title")))
    said.append(("ip", document.meta("headline")))
    said.append(("t", document.title_tag))
    said.append(("hint", hint))
    return [(key, _line(text)) for key, text in said if text and folded(text)]


def _line(text: str) -> str:
    if "&" in text:
        text = html.unescape(text)
    return " ".join(text.split())[:_LONGEST]


def candidates(said: list[tuple[str, str]], sites: set[str], shown: Collection[str]) -> list[Candidate]:
    """The wordings that differ, without the site's name; `said` pairs witness and text."""
    folds = [folded(text) for _, text in said]
    voices = [fold for (key, _), fold in zip(said, folds, strict=True) if key in _VOICES]
    if len(voices) > 1 and voices.count(voices[0]) == len(voices) and voices[0] not in sites:
        # All voices agree, and every other witness adds only its site's name or repeats what search engines get.
        agreed = [
            key
            for (key, _), fold in zip(said, folds, strict=True)
            if fold == voices[0] or (key == "t" and fold.startswith(voices[0]))
        ]
        texts = [text for (_, text), fold in zip(said, folds, strict=True) if fold == voices[0]]
        return [Candidate(max(texts, key=texts.count), voices[0], agreed)]
    heads = {fold for (key, _), fold in zip(said, folds, strict=True) if key in _VOICES or key in ("h1s", "hint")}
    heads.update(shown)
    found: dict[str, Candidate] = {}
    for (key, whole), whole_fold in zip(said, folds, strict=True):
        text, fold = whole, whole_fold
        if voices.count(whole_fold) < 2:
            text = without_site(whole, sites, heads - {whole_fold} if key not in ("h1", "h1s", "rest") else set())
            fold = folded(text) if text != whole else whole_fold
        if fold and fold not in sites:
            candidate = found.setdefault(fold, Candidate(text, fold))
            if key not in candidate.said_by:
                candidate.said_by.append(key)
    return list(found.values())


LEAST_SHARED = 8
"""Folded characters that a wording which ends or begins another one has at least."""

SHORT = 15


def signs_of(found: list[Candidate], news: bool) -> list[list[str]]:
    """The signs of each candidate, by their names in `WEIGHTS`; `news` where JSON-LD calls the page NewsArticle."""
    heard = {key for candidate in found for key in candidate.said_by} & _HEADS
    whole = any({"h1", "ld", "t"} <= set(candidate.said_by) for candidate in found)
    return [_signs(candidate, found, heard, whole, news) for candidate in found]


def _signs(candidate: Candidate, found: list[Candidate], heard: set[str], whole: bool, news: bool) -> list[str]:
    by = set(candidate.said_by)
    signs = list(candidate.said_by)
    core = by & _HEADS
    if core and core != heard:
        if len(core) == 1 or core == {"og", "tw"}:
            signs.append(f"only {'+'.join(sorted(core))}")
            if core == {"og"} and whole:
                signs.append("og against all")
        signs.extend(pair for pair, both in _PAIRS if both <= by)
    if by <= _H1:
        shared = _shared(candidate.text, [one.text for one in found if one is not candidate])
        if shared < LEAST_RELATED:
            signs.append("stranger" if shared == 0 else "unrelated")
    for other in found:
        if other is not candidate and len(candidate.fold) >= LEAST_SHARED:
            if other.fold.endswith(candidate.fold):
                signs.append("tail")
                if "og" in by:
                    signs.append("og tail")
            elif other.fold.startswith(candidate.fold):
                signs.append("head")
    if len(candidate.text) < SHORT and len(core) < 2:
        signs.append("short")
    if news:
        signs.extend(f"news {key}" for key in ("ld", "h1", "og") if key in by)
    return list(dict.fromkeys(signs))


_PAIRS = tuple(
    ("+".join(pair), frozenset(pair)) for pair in (("ld", "h1"), ("ld", "og"), ("h1", "og"), ("h1", "t"), ("og", "t"))
)


LEAST_RELATED = 1 / 3
"""Part of an h1's words that the page is called by elsewhere; a site's name, section or slogan has fewer."""

_H1 = frozenset(("h1", "h1s", "rest"))


def _shared(text: str, others: list[str]) -> float:
    """The largest part of a text's words that one of the others has too; 1 without others."""
    words = set(_WORD.findall(text.casefold()))
    if not others or not words:
        return 1.0
    return max(len(words.intersection(_WORD.findall(other.casefold()))) for other in others) / len(words)


_WORD = re.compile(r"[^\W_]{2,}")
