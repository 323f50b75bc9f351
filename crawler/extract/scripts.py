"""Text that a page carries only in its scripts: Next.js, Nuxt, Arc/Fusion, Apollo states, templates, `<noscript>`.

Asked only when the tree holds next to no text. Every JSON value in the scripts is walked; strings of prose are grouped
by where they stand (`content_elements.*.content`), and the place with the most prose is the article. The answer is
HTML, so that the same reader reads it as any page.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import Any

import orjson

from crawler.extract.document import Document

MAX_SCRIPT_CHARS = 3_000_000
MAX_VALUES = 200_000
LEAST_PROSE = 60
"""Characters from which a string may be a paragraph."""

_NEXT_PUSH = re.compile(r"self\.__next_f\.push\(\s*(\[.*\])\s*\)\s*;?\s*$", re.DOTALL)
_ROW = re.compile(r"^[0-9a-f]{1,6}:(?=[\[{\"T])", re.MULTILINE)
_TEXT_ROW = re.compile(r"^[0-9a-f]{1,6}:T[0-9a-f]{1,6},", re.MULTILINE)
_ASSIGNED = re.compile(r"=\s*(?=[{\[])|\(\s*(?=[{\[])")
_MOST_ASSIGNED = 40
_MARKUP = re.compile(r"</?(?:p|br|div|h[2-6]|ul|li|blockquote|span|strong|em|a|figure)\b", re.IGNORECASE)
_PROSE_KEYS = frozenset(
    ("content", "text", "value", "html", "body", "paragraph", "paragraphs", "contenthtml", "articlebody", "raw")
)
_TEMPLATES = ("text/template", "text/html", "text/x-template", "text/x-handlebars-template", "text/x-jquery-tmpl")


def html_in_scripts(document: Document) -> Iterator[str]:
    """HTML of text found outside of the tree, likeliest first: JSON in scripts, templates, noscript, JSON-LD bodies."""
    found = _prose_of_scripts(document)
    if found:
        yield found
    for attributes, text in document.scripts:
        if (attributes.get("type") or "").strip().lower() in _TEMPLATES and _MARKUP.search(text):
            yield text[:MAX_SCRIPT_CHARS]
    for node in document.tree.tags("noscript"):
        text = node.text()
        if len(text) > 300 and _MARKUP.search(text):
            yield text[:MAX_SCRIPT_CHARS]
    for fragment in document.tree.template_fragments():
        text = fragment.html or ""
        if len(text) > 300:
            yield text[:MAX_SCRIPT_CHARS]
    body = _jsonld_body(document)
    if body:
        yield body


def _jsonld_body(document: Document) -> str | None:
    parts: list[str] = []
    for item in document.jsonld:
        bodies = [item.get("articleBody")]
        updates = item.get("liveBlogUpdate")
        if isinstance(updates, list):
            bodies.extend(update.get("articleBody") for update in updates[:200] if isinstance(update, dict))
        parts.extend(body for body in bodies if isinstance(body, str) and len(body) > LEAST_PROSE)
    return "".join(_as_html(part) for part in dict.fromkeys(parts)) or None


def _as_html(text: str) -> str:
    if "&lt;" in text and "<" not in text:
        text = html.unescape(text)
    if _MARKUP.search(text):
        return f"<div>{text}</div>"
    return "".join(f"<p>{html.escape(line, quote=False)}</p>" for line in text.split("\n") if line.strip())


def _values(document: Document) -> Iterator[Any]:
    """The JSON values that the scripts of a page hold."""
    budget = MAX_SCRIPT_CHARS
    pushed: list[str] = []
    for attributes, text in document.scripts:
        kind = (attributes.get("type") or "").lower()
        if "ld+json" in kind or kind in _TEMPLATES or (len(text) < 200 and "__next_f" not in text):
            continue
        budget -= len(text)
        if budget < 0:
            break
        if "__next_f" in text:
            found = _NEXT_PUSH.search(text)
            value = _loads(found.group(1)) if found else None
            if isinstance(value, list) and len(value) > 1 and isinstance(value[1], str):
                pushed.append(value[1])
            continue
        if kind.endswith("json") or text.lstrip()[:1] in "{[":
            yield _loads(text)
            continue
        yield from _assigned(text)
    if pushed:
        yield from _rows("".join(pushed))


def _rows(stream: str) -> Iterator[Any]:
    """The values of a React flight stream: `id:json` lines, and `id:Tlength,text` runs."""
    starts = [found.start() for found in re.finditer(r"(?:^|\n)[0-9a-f]{1,6}:", stream)]
    for start, end in zip(starts, [*starts[1:], len(stream)], strict=True):
        row = stream[start:end].lstrip("\n")
        if found := _TEXT_ROW.match(row):
            yield {"text": row[found.end() :]}
        elif found := _ROW.match(row):
            yield _loads(row[found.end() :])


def _loads(text: str) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _assigned(text: str) -> Iterator[Any]:
    decoder = json.JSONDecoder(strict=False)
    position = 0
    for _ in range(_MOST_ASSIGNED):
        found = _ASSIGNED.search(text, position)
        if not found:
            return
        try:
            value, position = decoder.raw_decode(text, found.end())
        except (ValueError, RecursionError):
            position = found.end() + 1
            continue
        yield value


def _is_prose(text: str) -> bool:
    if len(text) < LEAST_PROSE or text.startswith(("http://", "https://", "data:", "{", "function", "/")):
        return False
    # Prose has blanks; a run of 200 characters without one is code, a token or an address. CJK text has few.
    head = text[:600]
    blanks = head.count(" ")
    return blanks * 25 >= len(head) or sum(char > "\u2e80" for char in head) * 2 > len(head)


def _prose_of_scripts(document: Document) -> str | None:
    places: dict[str, dict[str, None]] = {}
    count = 0
    for value in _values(document):
        waiting: list[tuple[str, Any]] = [("", value)]
        while waiting:
            path, current = waiting.pop()
            count += 1
            if count > MAX_VALUES:
                break
            if isinstance(current, str):
                if _is_prose(current):
                    places.setdefault(path, {}).setdefault(current)
            elif len(path) > 300:
                continue
            elif isinstance(current, dict):
                waiting.extend((f"{path}.{key}", current[key]) for key in reversed(current))
            elif isinstance(current, list):
                waiting.extend((f"{path}.*", item) for item in reversed(current))
    if not places:
        return None

    def amount(place: str) -> float:
        size = float(sum(len(text) for text in places[place]))
        key = place.rsplit(".", 1)[-1].lower() if not place.endswith("*") else "content"
        # Summaries and titles of other stories stand in many short strings; an article's own in a few long ones.
        return size * (1.5 if key in _PROSE_KEYS else 1.0) * min(1.0, size / max(1, len(places[place])) / 120.0)

    best = max(places, key=amount)
    return "".join(_as_html(text) for text in places[best])
