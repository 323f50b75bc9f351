"""A page coloured by what extraction made of it: an HTML report for a person.

Only the page's words are taken over, escaped, never its markup: the report runs no script and loads nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from itertools import groupby

from crawler.extract.explanation import FIELDS, ITEM, TEXT, Explanation, Part, letters
from crawler.items import ListingItem, Moment

MOST_OPEN = 12
"""Longer runs of stripped parts are folded."""

_style = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto; padding: 0 1rem; color: #222;
background: #fff }
h1 { font-size: 1.2rem; overflow-wrap: anywhere } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem }
table { border-collapse: collapse; margin: 1rem 0 } td, th { padding: .15rem .8rem .15rem 0; vertical-align: top;
text-align: left; overflow-wrap: anywhere } td:first-child { white-space: nowrap }
th { font-weight: 600; border-bottom: 1px solid #ccc } .from, small { color: #666 }
div { display: grid; grid-template-columns: 17rem 1fr; gap: 0 .8rem; margin: .2rem 0; padding: .15rem .6rem;
border-left: 6px solid } div p { margin: .1rem 0; white-space: pre-wrap; overflow-wrap: anywhere }
div small { overflow-wrap: anywhere; line-height: 1.35 } small b { display: block; color: #333 }
.kept { background: #e3f6e3; border-color: #2c8a2c } .field { background: #e6effb; border-color: #3b6fb5 }
.dropped { background: #f4f1ee; border-color: #b9aea4; color: #776d64 } summary { cursor: pointer }
@media (max-width: 50rem) { div { grid-template-columns: 1fr } }
"""


def report(url: str, explained: Explanation) -> str:
    """An HTML document that shows each part of a page: green what is kept, blue what another field has, grey the rest.

    `url` heads it. Beside each part stands where it is on the page, and for a stripped one the reason.
    """
    return (
        '<!doctype html><html><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{_safe(url)}</title><style>{_style}</style></head><body>"
        f"<h1>{_safe(url)}</h1>{_facts(explained)}{_items(explained)}{_summary(explained)}"
        + "".join(map(_run, _runs(explained.parts)))
        + "</body></html>\n"
    )


def facts(explained: Explanation) -> list[tuple[str, str, str]]:
    """(name, value, where from) of all that an extraction found but the text itself, for a table or a terminal."""
    extraction = explained.extraction
    article = extraction.article
    rows: list[tuple[str, object, str]] = [
        ("kind", f"{extraction.kind.value}, confidence {extraction.confidence:.2f}", ""),
        ("why", extraction.reason, ""),
        ("charset", explained.charset, ""),
        ("items", len(extraction.items) or len(extraction.children) or None, ""),
        ("next page", extraction.next_page if article is None else None, ""),
    ]
    if article is not None:
        sources = explained.sources
        image = article.image.url if article.image else None
        rows += [
            ("title", article.title, sources.get("title", "")),
            ("published", told(article.published), sources.get("published", "")),
            ("modified", told(article.modified), sources.get("modified", "")),
            ("authors", ", ".join(article.authors), sources.get("authors", "")),
            ("site", article.site_name, sources.get("site_name", "")),
            ("section", article.section, sources.get("section", "")),
            ("tags", ", ".join(article.tags), sources.get("tags", "")),
            ("language", article.language, sources.get("language", "")),
            ("canonical", article.canonical, sources.get("canonical", "")),
            ("amp", article.amp_url, sources.get("amp_url", "")),
            ("next page", article.next_page, sources.get("next_page", "")),
            ("image", image, sources.get("image", "")),
            ("captions", " | ".join(article.captions), sources.get("captions", "")),
            ("taken from", article.source_line, sources.get("source_line", "")),
            ("robots", article.terms.robots, ""),
            ("licence", article.terms.licence, ""),
            ("summary", article.summary, sources.get("summary", "")),
            ("text", f"{len(article.text)} letters", _place(explained)),
            ("extractor", f"{article.extractor}, confidence {article.confidence:.2f}", ""),
        ]
    return [(name, str(value), source) for name, value, source in rows if value]


def told(moment: Moment | None) -> str | None:
    """A time as the publisher wrote it, and where its offset is from."""
    return f"{moment.isoformat()} (zone from {moment.zone_from.value})" if moment is not None else None


def _place(explained: Explanation) -> str:
    source = explained.sources.get("text", "")
    return source if explained.container in source else f"{source}: {explained.container}"


def _facts(explained: Explanation) -> str:
    rows = (
        f"<tr><td>{_safe(name)}</td><td>{_safe(value)}</td><td class=from>{_safe(source)}</td></tr>"
        for name, value, source in facts(explained)
    )
    return f"<table><tr><th>field</th><th>value</th><th>where from</th></tr>{''.join(rows)}</table>"


def _items(explained: Explanation) -> str:
    extraction = explained.extraction
    rows = "".join(map(_item, extraction.items or extraction.children))
    return f"<h2>Items</h2><table><tr><th>date</th><th>item</th></tr>{rows}</table>" if rows else ""


def _item(item: ListingItem) -> str:
    when = item.published or item.modified
    lines = [item.title, item.url, ", ".join(item.authors), item.summary, item.text]
    shown = "<br>".join(_safe(line) for line in lines if line)
    return f"<tr><td>{_safe(when.isoformat()) if when else ''}</td><td>{shown}</td></tr>"


def _summary(explained: Explanation) -> str:
    parts = explained.parts
    if not parts:
        return ""
    kept = letters([part for part in parts if part.fate in {TEXT, ITEM}])
    stripped = explained.stripped()
    rows = "".join(
        f"<tr><td>{_safe(reason)}</td><td>{len(found)}</td><td>{letters(found)}</td></tr>"
        for reason, found in stripped.items()
    )
    total = sum(letters(found) for found in stripped.values())
    what = "in an item" if any(part.fate == ITEM for part in parts) else "in the text"
    return (
        f"<h2>The page, part by part</h2><div class=kept><small><b>{what}</b></small><p>{kept} letters</p></div>"
        "<div class=field><small><b>in another field</b></small><p>which is named</p></div>"
        f"<div class=dropped><small><b>stripped</b></small><p>{total} letters</p></div>"
        f"<table><tr><th>stripped because it is</th><th>parts</th><th>letters</th></tr>{rows}</table>"
    )


def _runs(parts: Iterable[Part]) -> Iterable[list[Part]]:
    """Parts that follow each other and share fate, reason and place."""
    return (
        list(run)
        for _, run in groupby(
            parts, key=lambda part: (part.fate, part.reason, part.by or part.path.rpartition(" > ")[0])
        )
    )


def _run(run: list[Part]) -> str:
    first = run[0]
    kind = "kept" if first.fate in {TEXT, ITEM} else "field" if first.fate in FIELDS else "dropped"
    label = first.reason if kind == "dropped" else first.fate
    where = first.by or first.path
    drawn = "".join(f"<p>{_safe(part.text)}</p>" for part in run)
    if kind == "dropped" and len(run) > MOST_OPEN:
        drawn = f"<details><summary>{len(run)} parts, {letters(run)} letters</summary>{drawn}</details>"
    else:
        drawn = f"<section>{drawn}</section>"
    return f"<div class={kind}><small><b>{_safe(label)}</b>{_safe(where)}</small>{drawn}</div>"


def _safe(text: str) -> str:
    """`text` as HTML text; half of a surrogate pair can't be written in any encoding."""
    return escape(text.encode("utf-8", "replace").decode("utf-8"))
