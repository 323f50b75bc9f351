"""A page coloured by what extraction made of it: an HTML report for a person.

Only the page's words are taken over, never its markup: the report runs no script and loads nothing. It is built as a
tree by BeautifulSoup, which escapes whatever it is given: there is no place where that could be forgotten. Next to the
reading of one page for a person its time (a tenth of a millisecond for each part) doesn't matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from bs4 import BeautifulSoup, Tag

from crawler.extract.explanation import FIELDS, ITEM, STRIPPED, Explanation, Part, facts, letters, sample
from crawler.extract.paragraphs import TEXT
from crawler.items import ListingItem

MOST_OPEN = 12
"""Longer runs of stripped parts are folded."""

_style = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto; padding: 0 1rem; color: #222;
  background: #fff }
h1 { font-size: 1.2rem; overflow-wrap: anywhere }
h2 { font-size: 1.05rem; margin: 2rem 0 .5rem }
table { border-collapse: collapse; margin: 1rem 0 }
td, th { padding: .15rem .8rem .15rem 0; vertical-align: top; text-align: left; overflow-wrap: anywhere }
th, td.name { font-weight: 600; white-space: nowrap }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums }
td.from, td.sample { color: #6b6b6b }
.bar { display: flex; height: 1.6rem; border-radius: 4px; overflow: hidden; margin: .6rem 0 }
.bar span { min-width: 3px }
.legend { margin: .2rem 0 }
.legend span { padding: .1rem .5rem; margin-right: .6rem; border-left-width: 6px; border-left-style: solid }
.part { display: grid; grid-template-columns: 16rem 1fr; gap: 0 .8rem; margin: .2rem 0; padding: .15rem .6rem;
  border-left: 6px solid }
.part p { margin: .15rem 0; white-space: pre-wrap; overflow-wrap: anywhere }
.part small { overflow-wrap: anywhere; line-height: 1.35; color: #666 }
.part small b { display: block; color: #333 }
.head { font-weight: 650 } .code { font-family: ui-monospace, monospace; font-size: .85em }
.point { padding-left: 1.1em; text-indent: -.9em } .point::before { content: "• " }
.kept { background: #e3f6e3; border-color: #2c8a2c }
.field { background: #e6effb; border-color: #3b6fb5 }
.stripped { background: #f4f1ee; border-color: #b9aea4; color: #776d64 }
.stripped p { text-decoration: line-through; text-decoration-color: #cfc6be }
.bar .kept { background: #2c8a2c } .bar .field { background: #3b6fb5 } .bar .stripped { background: #cfc6be }
summary { cursor: pointer }
@media (max-width: 50rem) { .part { grid-template-columns: 1fr } }
"""

_SKELETON = f"""<!doctype html>
<html><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width"><meta name="referrer" content="no-referrer">
<title></title><style>{_style}</style></head>
<body><h1></h1></body></html>
"""

_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_CLASSES = dict.fromkeys(_HEADINGS, "head") | {"pre": "code", "li": "point"}


def report(url: str, explained: Explanation) -> str:
    """An HTML document that shows each part of a page: green what is kept, blue what another field has, grey the rest.

    `url` heads it. Beside each part stands where it is on the page, and for a stripped one the reason.
    """
    return _Report(url, explained).html()


class _Report:
    """The tree while it grows."""

    def __init__(self, url: str, explained: Explanation) -> None:
        self.soup = BeautifulSoup(_SKELETON, "html.parser")
        self.body = self.soup.find("body") or self.soup
        for tag in self.soup.find_all(["title", "h1"]):
            tag.string = _encodable(url)
        self._facts(explained)
        self._items(explained.extraction.items or explained.extraction.children, folded=bool(explained.parts))
        if explained.parts:
            self._totals(explained)
            for run in _runs(explained.parts):
                self._run(run)
            if not explained.complete:
                self._add(self.body, "p", f"The page goes on; its first {len(explained.parts):,} parts are shown.")

    def html(self) -> str:
        return str(self.soup)

    def _add(self, to: Tag, name: str, text: str | None = None, **attributes: str) -> Tag:
        made = self.soup.new_tag(name, attrs={key.rstrip("_"): value for key, value in attributes.items()})
        if text is not None:
            made.string = _encodable(text)
        to.append(made)
        return made

    def _table(self, headings: Sequence[str], classes: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        table = self._add(self.body, "table")
        head = self._add(table, "tr")
        for text, kind in zip(headings, classes, strict=True):
            self._add(head, "th", text, class_=kind)
        for row in rows:
            line = self._add(table, "tr")
            for text, kind in zip(row, classes, strict=True):
                self._add(line, "td", text, class_=kind)

    def _facts(self, explained: Explanation) -> None:
        self._table(("field", "value", "where from"), ("name", "value", "from"), facts(explained))

    def _items(self, items: Sequence[ListingItem], *, folded: bool) -> None:
        if not items:
            return
        holder = self._add(self.body, "details", **({} if folded else {"open": ""}))
        self._add(holder, "summary", f"{len(items):,} items")
        table = self._add(holder, "table")
        for item in items:
            row = self._add(table, "tr")
            when = item.published or item.modified
            self._add(row, "td", when.isoformat() if when else "", class_="name")
            cell = self._add(row, "td")
            self._add(cell, "b", item.title or "(no title)")
            for line in (item.url, ", ".join(item.authors), item.summary, item.text):
                if line:
                    self._add(cell, "br")
                    cell.append(_encodable(line))

    def _totals(self, explained: Explanation) -> None:
        self._add(self.body, "h2", "The page, part by part")
        listed = any(part.fate == ITEM for part in explained.parts)
        fields = letters(part for part in explained.parts if part.fate in FIELDS)
        stripped = explained.stripped()
        totals = (
            ("kept", "in an item" if listed else "in the text", letters(explained.kept())),
            ("field", "in another field, which is named", fields),
            ("stripped", "stripped, for the reason that is named", sum(map(letters, stripped.values()))),
        )
        bar = self._add(self.body, "div", class_="bar")
        legend = self._add(self.body, "p", class_="legend")
        for kind, words, count in totals:
            if count:
                self._add(bar, "span", class_=kind, style=f"flex: {count}")
                self._add(legend, "span", f"{words}: {count:,} letters", class_=kind)
        self._table(
            ("why stripped", "parts", "letters", "such as"),
            ("name", "number", "number", "sample"),
            (
                (reason, f"{len(found):,}", f"{letters(found):,}", sample(found, SAMPLE))
                for reason, found in stripped.items()
            ),
        )

    def _run(self, run: list[Part]) -> None:
        first = run[0]
        kind = "kept" if first.fate in {TEXT, ITEM} else "field" if first.fate in FIELDS else "stripped"
        around = self._add(self.body, "div", class_=f"part {kind}")
        small = self._add(around, "small")
        stripped = first.fate == STRIPPED
        told = [first.reason] if stripped else [first.fate, first.reason]
        if first.judged is not None:
            told = [first.reason or f"{first.fate}, judged", f"{100 * first.judged:.0f} % likely to be text"]
        self._add(small, "b", ", ".join(filter(None, told)))
        small.append(_encodable(first.by or first.path))
        if stripped and len(run) > MOST_OPEN:
            holder = self._add(around, "details")
            self._add(holder, "summary", f"{len(run):,} parts, {letters(run):,} letters: {sample(run, SAMPLE)}")
        else:
            holder = self._add(around, "section")
        for part in run:
            if look := _CLASSES.get(part.tag):
                self._add(holder, "p", part.text, class_=look)
            else:
                self._add(holder, "p", part.text)


SAMPLE = 90
"""Letters that are shown of what a reason stripped."""


def _runs(parts: Iterable[Part]) -> Iterable[list[Part]]:
    """Parts that follow each other and share fate, reason, what the judge said, and place."""
    return (
        list(run)
        for _, run in groupby(
            parts,
            key=lambda part: (part.fate, part.reason, part.judged, part.by or part.path.rpartition(" > ")[0]),
        )
    )


def _encodable(text: str) -> str:
    """Half of a surrogate pair can't be written in any encoding."""
    return text.encode("utf-8", "replace").decode("utf-8")
