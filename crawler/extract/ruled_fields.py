"""Title, dates and authors at the places that a site's rule names; each believed only where it makes sense."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawler.extract.authors import korean_reporters, split_names
from crawler.extract.dates import labelled_dates, parse_date
from crawler.extract.metadata import Dates
from crawler.extract.phrases import folded
from crawler.extract.ruled_page import RuledPage, select
from crawler.extract.site_rules import Place
from crawler.items import Moment, Precision

MOST_TITLE = 300
MOST_LINE = 200
MOST_DATE = 80
"""Characters of a title, of a line that names authors or dates, and of a date that an attribute tells."""

_MACHINE_READ = ("data-date-time", "data-modify-date-time", "datetime", "content")
_WORD = re.compile(r"[^\W_]{2,}")


def ruled_title(ruled: RuledPage, others: Iterable[str | None]) -> str | None:
    """The title at the rule's place, where it agrees with any of what the page is called elsewhere (`others`)."""
    if ruled.rule is None:
        return None
    known = [text for text in others if text]
    texts = _texts(ruled.document.tree, ruled.rule.title, MOST_TITLE)
    for text in texts:
        if not known or any(_related(text, other) for other in known):
            return text
    if texts:
        ruled.notes.append(f"the title that {ruled.says} points at is said nowhere else and was not believed")
    return None


def ruled_dates(ruled: RuledPage, found: Dates, zone: str | None, language: str | None) -> Dates:
    """`found`, with the dates at the rule's places in their stead; a day alone yields to a time that `found` tells.

    `zone` (IANA) is that of dates without an offset, `language` decides their form.
    """
    if ruled.rule is None:
        return found
    modified, _ = _moments(ruled, ruled.rule.modified, zone, language)
    published, beside = _moments(ruled, ruled.rule.date, zone, language)
    modified = modified or beside
    where: str | None = ruled.says
    known = found.published
    if published is None or (
        published.precision is Precision.DAY and known is not None and known.precision is not Precision.DAY
    ):
        published, where = known, found.published_from
    if modified is None or (published is not None and modified.utc < published.utc):
        modified, modified_from = found.modified, found.modified_from
    else:
        modified_from = ruled.says
    reason = f"date from {where}" if published is not None else found.reason
    return Dates(published, modified, reason, where, modified_from)


def ruled_authors(ruled: RuledPage, sites: set[str]) -> tuple[str, ...]:
    """The persons named at the rule's place; `sites` are folded names of the site, which is none."""
    if ruled.rule is None:
        return ()
    names: dict[str, str] = {}
    for text in _texts(ruled.document.tree, ruled.rule.author, MOST_LINE):
        for name in _names(text):
            if folded(name) not in sites:
                names.setdefault(folded(name), name)
    return tuple(names.values())


def _moments(
    ruled: RuledPage, places: tuple[Place, ...], zone: str | None, language: str | None
) -> tuple[Moment | None, Moment | None]:
    """Published and modified at the first place that tells a date."""
    now = ruled.document.fetched_at
    for place in places:
        for node in select(ruled.document.tree, place.steps):
            for value in _values(node, place):
                if moment := parse_date(value[:MOST_DATE], now=now, zone=zone, language=language):
                    return moment, None
            if place.attribute is None:
                told = labelled_dates(_line(node, MOST_LINE), now=now, zone=zone, language=language)
                if told[0] is not None:
                    return told
    return None, None


def _values(node: LexborNode, place: Place) -> Iterator[str]:
    """What an element says of its date to machines."""
    attributes = node.attributes
    for name in (place.attribute,) if place.attribute else _MACHINE_READ:
        if value := attributes.get(name):
            yield value


def _texts(tree: LexborHTMLParser, places: tuple[Place, ...], most: int) -> list[str]:
    """What the first place that holds any text says, a line an element; of a `<meta>` its content."""
    for place in places:
        lines = [_said(node, place, most + 1) for node in select(tree, place.steps)]
        if kept := [line for line in lines if 0 < len(line) <= most]:
            return kept
    return []


def _said(node: LexborNode, place: Place, most: int) -> str:
    if place.attribute is not None:
        return _attribute(node, place.attribute)
    return _attribute(node, "content") or _line(node, most)


def _attribute(node: LexborNode, name: str) -> str:
    return " ".join((node.attributes.get(name) or "").split())


def _line(node: LexborNode, most: int) -> str:
    return " ".join(node.text(separator=" ")[: 4 * most].split())[:most]


def _related(text: str, other: str) -> bool:
    """Whether one holds the other, or they share a third of the words of `text`."""
    mine, theirs = folded(text), folded(other)
    if mine and (mine in theirs or (len(theirs) > 3 and theirs in mine)):
        return True
    words = set(_WORD.findall(text.casefold()))
    return bool(words) and 3 * len(words & set(_WORD.findall(other.casefold()))) >= len(words)


def _names(text: str) -> list[str]:
    if ("기자" in text or "특파원" in text) and (names := korean_reporters(text)):
        return names
    return split_names(text)
