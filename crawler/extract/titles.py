"""The title by agreement of h1, JSON-LD, OpenGraph and `<title>`.

Where they agree, that is the title. Where they don't, each wording is weighed by its signs: who says it, who sides with
whom, whether it is another one without the words before its colon. The weights are a learnt linear model
(`title_weights`, made by `benchmarks/train_titles.py`); which witness a publisher keeps its headline in can't be seen
from one page, so they say what is usual.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from crawler.extract.blocks import Outline
from crawler.extract.document import Document
from crawler.extract.metadata import text_of
from crawler.extract.phrases import folded
from crawler.extract.title_headings import Heading
from crawler.extract.title_signs import H1S, HEADS, LEAST_SHARED, Candidate, Shown, one_line, shown_on, signs_of
from crawler.extract.title_weights import WEIGHTS

_SEPARATORS = re.compile(r"\s+(?:[|｜\-–—:»«·•<>~/]|::|//)\s+|\s*[|｜│ㅣ∣┃]\s*|\s::\s")
_GLUED_SECTION = re.compile(r"\s?-[가-힣·]{2,6}$")
"""Korean sites glue the section before their name: "제목-정치ㅣ한국일보"."""

_ARCHIVE = re.compile(r"^(?:[^»]{1,60}\s»\s)?(?:Blog Archive?|Archives? du blog|Archivo del blog)\s»\s(?=\S)")
"""Themes of WordPress before 2010 title a post so: "The Site » Blog Archive » The Post"."""


def site_words(document: Document, item: dict[str, Any] | None, site: str | None) -> set[str]:
    """Folded names by which the site may call itself in a title: its own, its publisher's and those of its host."""
    names = [name for name in (site, text_of(item.get("publisher")) if item is not None else None) if name]
    if document.title_tag in names and urlsplit(document.url).path.strip("/"):
        # Some templates put the page's title where the site's name belongs.
        names = [name for name in names if name != document.title_tag]
    host = (urlsplit(document.url).hostname or "").removeprefix("www.")
    labels = [label for label in host.split(".")[:-1] if len(label) > 2]
    return {word for word in (folded(name) for name in [*names, host, *labels[:2]]) if word}


def without_site(
    title: str, sites: Collection[str], others: Collection[str], shown: Collection[str] = (), *, sure: bool = False
) -> str:
    """`title` without the site's name, slogan or section at its end or start.

    `others` are folded wordings: a part that is one of them is the title. With `sure` only a tail that is exactly one
    of `sites` is cut, for a title that two witnesses tell alike.
    """
    title = _ARCHIVE.sub("", title)
    cuts = [(found.start(), found.end()) for found in _SEPARATORS.finditer(title)]
    if not cuts:
        return title if sure else _without_leading_site(title, sites)
    part = _told_part(title, cuts, others, ends=not sure) or _told_part(title, cuts, shown, ends=not sure)
    if part:
        return part
    whole = len(title)
    while cuts:
        start, end = cuts[-1]
        if not _is_site(title[end:], sites, sure) or (sure and len(folded(title[:start])) < LEAST_SHARED):
            break
        title = title[:start].strip()
        cuts.pop()
    if sure:
        return title
    title = _GLUED_SECTION.sub("", title) if len(title) < whole else title
    return _without_leading_site(title, sites)


def _told_part(title: str, cuts: list[tuple[int, int]], others: Collection[str], *, ends: bool) -> str | None:
    """What stands before a separator, or also behind one, and is one of `others`."""
    for start, _ in cuts:
        head = title[:start].strip()
        if folded(head) in others:
            return head
    for _, end in cuts if ends else ():
        tail = folded(title[end:])
        if tail in others and len(tail) > LEAST_SHARED:
            return title[end:].strip()
    return None


LONGEST_SITE = 50


def _is_site(tail: str, sites: Collection[str], sure: bool) -> bool:
    name = folded(tail)
    if sure or name in sites:
        return name in sites
    return (
        bool(name)
        and len(tail) < LONGEST_SITE
        and any(len(site) > 3 and (site in name or (name in site and len(name) > 3)) for site in sites)
    )


_SITE_FIRST = re.compile(r"\s*([^:|｜»–—-]{2,40}?)\s*(?:::?|[|｜»–—-])\s+(?=\S)")
_ARTICLE = 5
"""Letters that a site's name may have more than its host: "the", "news"."""


def _without_leading_site(title: str, sites: Collection[str]) -> str:
    first = _SITE_FIRST.match(title)
    if first is None:
        return title
    name = folded(first[1])
    if name in sites or any(len(site) > 4 and site in name and len(name) <= len(site) + _ARTICLE for site in sites):
        return title[first.end() :]
    return title


_PIPED = re.compile(r"\s*[|｜│ㅣ∣┃]\s*(?=[^|｜│ㅣ∣┃]*$)")


def _without_section(title: str, path: Collection[str]) -> str:
    """`title` without a last part behind a bar that is a folder of the page's address: "| Opinion" in `/opinion/`."""
    found = _PIPED.search(title)
    if found and folded(title[found.end() :]) in path and len(folded(title[: found.start()])) >= LEAST_SHARED:
        return title[: found.start()].strip()
    return title


_NAMES = {
    "ld": "JSON-LD",
    "h1": "h1",
    "rest": "h1",
    "crumb": "a breadcrumb",
    "h1s": "another h1",
    "og": "og:title",
    "tw": "twitter:title",
    "ip": "meta headline",
    "t": "<title>",
    "hint": "the listing",
}
"""Witnesses by their short names, in the order in which they are asked."""

_MOST_H1S = 4

_VOICES = frozenset(("ld", "h1", "og"))
_HEADLINES = _VOICES | {"h1s", "crumb", "hint"}


def choose_title(
    document: Document,
    item: dict[str, Any] | None,
    h1s: list[Heading],
    sites: set[str],
    *,
    hint: str | None,
    page: Outline,
) -> tuple[str | None, str]:
    """The title of a page, and who says so ("JSON-LD, h1 and og:title agree").

    `item` is the JSON-LD object of the article, `hint` is what a listing calls it, `sites` are folded names of the
    site. Of the `page` the short lines are asked where the witnesses differ: which wording do readers see?
    """
    said = said_of(document, item, h1s, hint)
    if not said:
        return None, ""
    sites = sites | {folded(heading.text) for heading in h1s if heading.home}
    name = _name_for_title(said, page)
    found, shown = candidates(said, sites | {name} if name else sites, document.url, page)
    if not found:
        return said[0][1], _NAMES[said[0][0]]
    if any(len(HEADS.intersection(one.said_by)) > 1 for one in found):
        # Feeds break off, or are broken: what two witnesses on the page agree on goes before what only a listing says.
        found = [one for one in found if one.said_by != ["hint"]]
    best = found[0]
    if len(found) > 1:
        weights = [
            sum(WEIGHTS.get(sign, 0.0) for sign in signs) for signs in signs_of(found, shown, document.url, item)
        ]
        best = found[max(range(len(found)), key=lambda number: (weights[number], -number))]
    *others, last = dict.fromkeys(_NAMES[key] for key in best.said_by)
    return best.text, f"{', '.join(others)} and {last} agree" if others else last


LONGEST_NAME = 20
"""Folded letters of a site's name that its witnesses may give for every title."""


def _name_for_title(said: list[tuple[str, str]], page: Outline) -> str | None:
    """What all voices give for the title, folded, where `<title>` has it only behind a longer wording that stands on
    the page as a line of its own: then it is the site's name, and that line the headline.
    """
    title = next((text for key, text in said if key == "t"), "")
    cuts = list(_SEPARATORS.finditer(title))
    if not cuts:
        return None
    head, name = folded(title[: cuts[-1].start()]), folded(title[cuts[-1].end() :])
    voices = [text for key, text in said if key in _VOICES and key != "t"]
    if len(voices) < 2 or len(head) < LEAST_SHARED or not 0 < len(name) <= min(len(head) - 1, LONGEST_NAME):
        return None
    if any(folded(_SEPARATORS.split(text, maxsplit=1)[0]) != name for text in voices):
        return None
    return name if head in shown_on(page, title.lower()).lines else None


def said_of(
    document: Document, item: dict[str, Any] | None, h1s: list[Heading], hint: str | None
) -> list[tuple[str, str]]:
    """Which witness says what, one line each, entities decoded; arguments as of `choose_title`."""
    said: list[tuple[str, str | None]] = []
    if item is not None:
        said.append(("ld", text_of(item.get("headline")) or text_of(item.get("name"))))
    said.extend(_said_by_h1s(document, [text for _, text in said], [heading for heading in h1s if not heading.home]))
    said.append(("og", document.meta("og:title")))
    said.append(("tw", document.meta("twitter:title", "dc.title")))
    said.append(("ip", document.meta("headline")))
    said.append(("t", document.title_tag))
    said.append(("hint", hint))
    return [(key, one_line(text)) for key, text in said if text and folded(text)]


def _said_by_h1s(
    document: Document, headlines: list[str | None], h1s: list[Heading]
) -> Iterator[tuple[str, str | None]]:
    """What the h1 elements say. The headline is the first of those that other witnesses tell, else the first of all;
    `headlines` is what JSON-LD tells.
    """
    told = {*headlines, document.meta("og:title")} - {None}
    others = {folded(one_line(text)) for text in (*told, document.meta("twitter:title", "dc.title")) if text}
    social, title = (folded(one_line(text or "")) for text in (document.meta("og:title"), document.title_tag))
    h1s = h1s[:_MOST_H1S]
    shared = [bool(fold := folded(one.text)) and (fold in others or title.startswith(fold)) for one in h1s]
    no_headline = any(shared) or (len(h1s) > 1 and all(_NUMBERED.match(one.text) for one in h1s[:2]))
    waiting = True
    for heading, is_shared in zip(h1s, shared, strict=True):
        crumb = told != {heading.text} and heading.ends_trail()
        main = waiting and (is_shared or not no_headline)
        waiting = waiting and (crumb or not main)
        key = "crumb" if crumb else "h1" if main else "h1s"
        if heading.first is not None and folded(heading.first) in others:
            yield key, heading.first
            continue
        yield key, heading.text
        whole = folded(heading.text)
        # A kicker that og:title and <title> tell as well belongs to the headline.
        if key != "h1s" and not (social == whole and title.startswith(whole)):
            yield "rest", heading.rest


_NUMBERED = re.compile(r"\d{1,2}\s?[.)]")
"""How the h1 elements of a text's parts begin."""


def candidates(
    said: list[tuple[str, str]], sites: Collection[str], url: str, page: Outline
) -> tuple[list[Candidate], Shown]:
    """The wordings that differ, without the site's name; `said` pairs witness and text. And what the page shows."""
    folds = [folded(text) for _, text in said]
    path = {folded(part) for part in unquote(urlsplit(url).path).split("/") if part}
    voices = [fold for (key, _), fold in zip(said, folds, strict=True) if key in _VOICES]
    if len(voices) > 1 and voices.count(voices[0]) == len(voices) and voices[0] not in sites:
        # All voices agree, and every other witness adds only its site's name or repeats what search engines get.
        agreed = [
            key
            for (key, _), fold in zip(said, folds, strict=True)
            if fold == voices[0] or (key == "t" and fold.startswith(voices[0]))
        ]
        texts = [text for (key, text), fold in zip(said, folds, strict=True) if fold == voices[0] and key != "hint"]
        text = without_site(_fullest(texts), sites, (), sure=True)
        text = _without_section(text, path)
        return [Candidate(text, folded(text), agreed)], Shown()
    shown = shown_on(page, "\n".join(text for _, text in said).lower())
    heads = {fold for (key, _), fold in zip(said, folds, strict=True) if key in _HEADLINES}
    heads.difference_update(sites)
    found: dict[str, Candidate] = {}
    writings: dict[str, list[str]] = {}
    for (key, whole), whole_fold in zip(said, folds, strict=True):
        if voices.count(whole_fold) > 1:
            text = without_site(whole, sites, heads - {whole_fold}, sure=True)
        else:
            no_parts = {whole_fold, *sites}
            text = (
                without_site(whole, sites, heads - no_parts, shown.lines - no_parts)
                if key not in H1S
                else without_site(whole, sites, ())
            )
        text = _without_section(text, path)
        fold = folded(text) if text != whole else whole_fold
        if fold and fold not in sites:
            candidate = found.setdefault(fold, Candidate(text, fold))
            if key != "hint" or fold not in writings:
                writings.setdefault(fold, []).append(text)
            if key not in candidate.said_by:
                candidate.said_by.append(key)
    for fold, candidate in found.items():
        candidate.text = _fullest(writings[fold])
    return _uncut(list(found.values())), shown


def _fullest(writings: list[str]) -> str:
    """Of writings of one title the one that keeps case, quotation marks and blanks; of equals the most common."""
    if writings.count(writings[0]) == len(writings):
        return writings[0]
    return max(writings, key=lambda text: (not text.isupper(), len(text), writings.count(text)))


def _uncut(found: list[Candidate]) -> list[Candidate]:
    """Without the wordings that end in dots where another goes on: those who say the short one mean the whole."""
    kept: list[Candidate] = []
    for candidate in found:
        cut = candidate.text.endswith(("...", "…")) and len(candidate.fold) > LEAST_SHARED
        whole = next((one for one in found if one is not candidate and one.fold.startswith(candidate.fold)), None)
        if cut and whole is not None:
            whole.said_by.extend(key for key in candidate.said_by if key not in whole.said_by)
        else:
            kept.append(candidate)
    return kept
