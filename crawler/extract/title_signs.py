"""What speaks for a wording of the title: who says it, what the page shows, what its address was made of.

The signs are named as in `title_weights`, which has what each of them weighs.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from crawler.extract.blocks import HEADINGS, Outline
from crawler.extract.metadata import text_of, types_of
from crawler.extract.phrases import folded
from crawler.extract.title_headings import LONGEST_TITLE

HEADS = frozenset(("ld", "h1", "og", "tw", "t"))


@dataclass(slots=True)
class Candidate:
    """One wording of the title: as its first witness writes it, folded, and all who say it in the order asked."""

    text: str
    fold: str
    said_by: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows, folded: its short `lines`, and those of them that are `headings`, none of them a link."""

    lines: frozenset[str] = frozenset()
    headings: tuple[str, ...] = ()


MOST_LINES = 150
LEAST_LINE, MOST_LINE = 8, 200
"""Lines among which a headline is looked for, and how long it may be."""


def shown_on(page: Outline, said: str) -> Shown:
    """The short lines of a page whose beginning is in `said`, lower case; its navigation and breadcrumbs are none."""
    lines: list[str] = []
    heads: list[str] = []
    for block in page.blocks[:MOST_LINES]:
        if not LEAST_LINE <= block.chars <= MOST_LINE or block.link_chars * 2 >= block.chars:
            continue
        heading = block.kind in HEADINGS
        if heading or block.text[:_BEGINNING].lower() in said:
            lines.append(fold := folded(block.text))
            if heading:
                heads.append(fold)
    return Shown(frozenset(lines), tuple(heads))


_BEGINNING = 4
"""Characters by which a line is told from the many that are no headline, before it is folded."""


def one_line(text: str) -> str:
    """What a witness says, entities decoded, of a title's length."""
    if "&" in text:
        text = html.unescape(text)
    return " ".join(text.split())[:LONGEST_TITLE]


LEAST_SHARED = 8
"""Folded characters that a wording which ends or begins another one has at least."""

SHORT = 15


def signs_of(found: list[Candidate], shown: Shown, url: str, item: dict[str, Any] | None) -> list[list[str]]:
    """The signs of each candidate, by their names in `WEIGHTS`; `item` is the JSON-LD object of the article."""
    heard = {key for candidate in found for key in candidate.said_by}
    news = item is not None and "newsarticle" in types_of(item)
    second = folded(one_line(text_of(item.get("alternativeHeadline")) or "")) if item is not None else ""
    signs = [_signs(candidate, found, heard & HEADS, news) for candidate in found]
    for candidate, its in zip(found, signs, strict=True):
        if candidate.fold == second:
            its.append("second")
        if "stranger" in its and "short" in its:  # the heading of a section is shown as well
            continue
        if any(head.endswith(candidate.fold) for head in shown.headings):
            its.append("headed")
            if "crumb" in heard and "crumb" not in candidate.said_by:
                its.append("headed below")
        if candidate.fold in shown.lines:
            its.append("shown")
    named = _in_address(found, url)
    if named is not None:
        signs[named].append("address")
    return signs


def _signs(candidate: Candidate, found: list[Candidate], heard: set[str], news: bool) -> list[str]:
    by = set(candidate.said_by)
    signs = [key for key in candidate.said_by if key not in _SAY_NOTHING and not (key == "h1s" and "h1" in by)]
    core = by & HEADS
    if core and core != heard:
        if core == {"ld"}:
            if "h1" in heard:
                signs.append("ld against h1")
        elif len(core) == 1 or core == {"og", "tw"}:
            signs.append(f"only {'+'.join(sorted(core))}")
        signs.extend(pair for pair, both in _PAIRS if both <= by)
    if by <= H1S:
        shared = _shared(candidate.text, [one.text for one in found if one is not candidate])
        if shared < LEAST_RELATED:
            signs.append("stranger" if shared == 0 else "unrelated")
    if len(candidate.fold) >= LEAST_SHARED and any(
        other is not candidate
        and other.fold.endswith(candidate.fold)
        and not _ALL_AGREE.issubset(other.said_by)
        and ("rest" in by or _is_tail(candidate, other))
        for other in found
    ):
        signs.append("tail")
        if "og" in by:
            signs.append("og tail")
    if len(candidate.text) < SHORT and len(core) < 2 and "t" not in by:
        signs.append("short")
    if news:
        signs.extend(f"news {key}" for key in ("ld", "h1", "og") if key in by)
    return list(dict.fromkeys(signs))


def _is_tail(candidate: Candidate, other: Candidate) -> bool:
    """Whether what another wording has before this one ends in a mark: "Kicker: " is one, "The " is not."""
    letters = len(candidate.fold)
    for at in range(len(other.text) - 1, -1, -1):
        if other.text[at].isalnum():
            letters -= 1
        if letters == 0:
            return other.text[:at].rstrip()[-1:] in _KICKER_ENDS
    return False


_KICKER_ENDS = frozenset(':|/-–—·…!?."”’»』」】]')
_WORDS = re.compile(r"[^\W_]+")
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "å": "aa"})
_LATIN = str.maketrans({"ß": "ss", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ı": "i"})
LEAST_NAMED = 0.5
LEAST_AHEAD = 0.1
LEAST_IN_ADDRESS = 3


def _in_address(found: list[Candidate], url: str) -> int | None:
    """Which candidate the page's address was made of: it begins with at least half of its words, and no other does."""
    best = max((_address_words(part) for part in unquote(urlsplit(url).path)[:LONGEST_TITLE].split("/")), key=len)
    if len(best) < LEAST_IN_ADDRESS:
        return None
    address = "-".join(best)
    shares: list[float] = []
    for candidate in found:
        text = candidate.text.casefold().replace("'", "").replace("’", "")
        writings = {_joined(text.translate(_LATIN)), _joined(text.translate(_GERMAN))}
        shares.append(max(_alike(writing, address) for writing in writings) / len(address))
    first = max(range(len(shares)), key=shares.__getitem__)
    others = max((share for number, share in enumerate(shares) if number != first), default=0.0)
    return first if shares[first] >= LEAST_NAMED and shares[first] - others >= LEAST_AHEAD else None


def _alike(text: str, other: str) -> int:
    """How many characters both begin with."""
    length = min(len(text), len(other))
    return next((at for at in range(length) if text[at] != other[at]), length)


def _address_words(part: str) -> list[str]:
    words = _WORDS.findall(_bare(part.rsplit(".", 1)[0].casefold()))
    return [word for word in words if len(word) <= 5 or not any(char.isdigit() for char in word)]


def _joined(text: str) -> str:
    return "-".join(_WORDS.findall(_bare(text)))


def _bare(text: str) -> str:
    """Without accents."""
    if text.isascii():
        return text
    return "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))


_PAIRS = tuple(
    ("+".join(group), frozenset(group)) for group in (("h1", "og"), ("h1", "t"), ("og", "t"), ("h1", "og", "t"))
)
_ALL_AGREE = frozenset(("h1", "og", "t"))
_SAY_NOTHING = frozenset(("h1", "tw", "ip", "crumb"))
"""Witnesses that count only by whom they side with: by cross-validation their own weight is noise."""


LEAST_RELATED = 1 / 3
"""Part of an h1's words that the page is called by elsewhere; a site's name, section or slogan has fewer."""

H1S = frozenset(("h1", "h1s", "crumb", "rest"))


def _shared(text: str, others: list[str]) -> float:
    """The largest part of a text's words that one of the others has too; 1 without others."""
    words = set(_WORD.findall(text.casefold()))
    if not others or not words:
        return 1.0
    return max(len(words.intersection(_WORD.findall(other.casefold()))) for other in others) / len(words)


_WORD = re.compile(r"[^\W_]{2,}")
