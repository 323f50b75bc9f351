"""Text that a page carries outside of its tree: in scripts' values, templates, `<noscript>`, JSON-LD.

Asked only when the tree holds next to no text. The answer is HTML, so that the same reader reads it as any page.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from crawler.extract.document import Document
from crawler.extract.script_prose import LEAST_PROSE, Judge, article_html, as_html, has_markup
from crawler.extract.script_values import MAX_SCRIPT_CHARS, TEMPLATE_TYPES

LEAST_MARKUP = 300
"""Characters of markup in a template or `<noscript>` that may hold a text."""
MOST_UPDATES = 200


def html_in_scripts(document: Document) -> Iterator[str]:
    """HTML of text outside of the tree, likeliest first: values in scripts, templates, noscript, JSON-LD bodies."""
    judge = Judge(document)
    yield from article_html(document, judge)
    for attributes, text in document.scripts:
        if (attributes.get("type") or "").strip().lower() in TEMPLATE_TYPES and _is_filled(text):
            yield text[:MAX_SCRIPT_CHARS]
    for node in document.tree.tags("noscript"):
        text = node.text()
        if len(text) > LEAST_MARKUP and has_markup(text):
            yield text[:MAX_SCRIPT_CHARS]
    for fragment in document.tree.template_fragments():
        text = fragment.html or ""
        if len(text) > LEAST_MARKUP:
            yield text[:MAX_SCRIPT_CHARS]
    body = _jsonld_body(document, judge)
    if body:
        yield body


def _is_filled(template: str) -> bool:
    """Whether a template holds markup and no places that a script is to fill."""
    return "<%" not in template and "{{" not in template and has_markup(template)


def _jsonld_body(document: Document, judge: Judge) -> str | None:
    """The body that JSON-LD gives for the page's article: of the one that says so, else of the only one."""
    found = [(judge.own(_titles(item), _addresses(item)), parts) for item in document.jsonld if (parts := _parts(item))]
    own = [parts for mine, parts in found if mine]
    unknown = [parts for mine, parts in found if mine is None]
    candidates = own or (unknown if len(unknown) == 1 else [])
    if not candidates:
        return None
    longest = max(candidates, key=lambda parts: sum(map(len, parts)))
    return "".join(as_html(part) for part in dict.fromkeys(longest))


def _parts(item: dict[str, Any]) -> list[str]:
    bodies = [item.get("articleBody"), item.get("text")]
    updates = item.get("liveBlogUpdate")
    if isinstance(updates, list):
        bodies.extend(update.get("articleBody") for update in updates[:MOST_UPDATES] if isinstance(update, dict))
    return [body for body in bodies if isinstance(body, str) and len(body) > LEAST_PROSE]


def _titles(item: dict[str, Any]) -> list[str]:
    return [one for key in ("headline", "name", "alternativeHeadline") if isinstance(one := item.get(key), str)]


def _addresses(item: dict[str, Any]) -> list[str]:
    page = item.get("mainEntityOfPage")
    places = [item.get("url"), item.get("@id"), page.get("@id") if isinstance(page, dict) else page]
    return [place for place in places if isinstance(place, str)]
