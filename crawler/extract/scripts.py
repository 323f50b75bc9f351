"""Text that a page carries only in its scripts: Next.js, Nuxt, Arc/Fusion, Apollo states, templates, `<noscript>`.

Asked only when the tree holds next to no text. Every JSON value in the scripts is walked; strings of prose are grouped
by where they stand (`content_elements.*.content`), and the place with the most prose is the article. Where content
stands in typed blocks (Arc's ANS, Portable Text, Contentful and their kin) sub-headings and list items come along, and
blocks that lead elsewhere do not. The answer is HTML, so that the same reader reads it as any page.
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
_ROW = re.compile(rb"[0-9a-f]{1,6}:(?:T([0-9a-f]{1,6}),)?")
_ASSIGNED = re.compile(r"=\s*(?=[{\[])|\(\s*(?=[{\[])")
_MOST_ASSIGNED = 40
_MARKUP = re.compile(r"</?(?:p|br|div|h[2-6]|ul|li|blockquote|span|strong|em|a|b|i|u|sup|sub|figure)\b", re.IGNORECASE)
# Possessive, and only where a name begins, so that no run of letters is looked at twice.
_PROPERTY = re.compile(r"(?<![\w$])([A-Za-z_$][\w$]*+)\s*+:\s*+(\"(?:[^\"\\]++|\\.)*+\")", re.DOTALL)
_JS_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|(u[0-9a-fA-F]{4}|[\"\\/bfnrt])|(.))", re.DOTALL)
_HEADING_TYPES = frozenset(("header", "heading", "subheading", "subheader", "subtitle", "headline", "h2", "h3", "h4"))
_TEXT_TYPES = frozenset(("text", "paragraph", "list-item", "list_item", "listitem", "raw_html", "quote", "blockquote"))
_ELSEWHERE_TYPES = frozenset(
    (
        "interstitial_link", "link_list", "related", "related_content", "reference", "image", "photo", "gallery",
        "video", "audio", "oembed_response", "social", "ad", "advert", "advertisement", "promo", "newsletter", "cta",
        "embed",
    )
)  # fmt: skip
"""Kinds of typed blocks: what heads, what is text however short, and what leads elsewhere or is a picture's."""

_NESTED = re.compile(r"(?:\.\*\.(?:items|content_elements|children|list_items))+(?=\.\*)")
"""Lists and quotes in typed content hold the same blocks again; their place is that of the text around them."""
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
            value = _loads(text)
            if attributes.get("id") == "__NUXT_DATA__" and isinstance(value, list):
                yield from _flattened(value)
            else:
                yield value
            continue
        if "__NUXT__" in text:
            yield from _properties(text)
        yield from _assigned(text)
    if pushed:
        yield from _rows("".join(pushed))


def _rows(stream: str) -> Iterator[Any]:
    """The values of a React flight stream: `id:json` lines, and `id:Tlength,text` runs of so many bytes (hex)."""
    data = stream.encode("utf-8", "replace")
    position = 0
    while position < len(data):
        found = _ROW.match(data, position)
        if found and found.group(1):
            position = found.end() + int(found.group(1), 16)
            yield {"text": data[found.end() : position].decode("utf-8", "replace")}
            continue
        end = data.find(b"\n", position)
        end = len(data) if end < 0 else end
        if found:
            yield _loads(data[found.end() : end])
        position = end + 1


def _properties(text: str) -> Iterator[Any]:
    """The string properties of an object written in JavaScript and not in JSON: Nuxt 2's `(function(a){...})`."""
    for found in _PROPERTY.finditer(text):
        if len(found.group(2)) >= LEAST_PROSE:
            yield {found.group(1): _JS_ESCAPE.sub(_unescaped, found.group(2)[1:-1])}


def _unescaped(found: re.Match[str]) -> str:
    byte, known, other = found.groups()
    if byte:
        return chr(int(byte, 16))
    if known:
        return chr(int(known[1:], 16)) if known[0] == "u" else _ESCAPES.get(known, known)
    return other if other is not None else ""


_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def _flattened(values: list[Any]) -> Iterator[Any]:
    """Objects and lists of strings out of Nuxt 3's flat list, where each value stands once and is told by number."""

    def at(number: object) -> object:
        known = isinstance(number, int) and not isinstance(number, bool) and 0 <= number < len(values)
        value = values[number] if known and isinstance(number, int) else None
        return value if isinstance(value, str) else None

    for value in values[:MAX_VALUES]:
        if isinstance(value, dict):
            yield {key: text for key, number in value.items() if (text := at(number))}
        elif isinstance(value, list):
            yield [text for number in value if (text := at(number))]


def _loads(text: str | bytes) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _assigned(text: str) -> Iterator[Any]:
    decoder = json.JSONDecoder(strict=False)
    position = 0
    in_vain = len(text)
    for _ in range(_MOST_ASSIGNED):
        found = _ASSIGNED.search(text, position)
        if not found or in_vain < 0:
            return
        try:
            value, position = decoder.raw_decode(text, found.end())
        except json.JSONDecodeError as error:
            # Forty values that each break off at the end would be read forty times.
            in_vain -= error.pos - found.end()
            position = found.end() + 1
            continue
        except RecursionError:
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


def _kind(value: dict[str, Any]) -> str:
    for key in ("type", "_type", "nodeType", "__typename"):
        kind = value.get(key)
        if isinstance(kind, str):
            return kind.lower()
    return ""


def _children(value: dict[str, Any], kind: str) -> Iterator[tuple[str, Any]]:
    """The values of an object by key; strings of a typed block as HTML that says what they are."""
    for key in reversed(value):
        child = value[key]
        if isinstance(child, str) and kind and key.lower() in _PROSE_KEYS:
            if kind in _HEADING_TYPES and 2 <= len(child) <= _LONGEST_HEADING:
                yield key, f"<h2>{child}</h2>"
                continue
            if kind in _TEXT_TYPES and 2 <= len(child) < LEAST_PROSE:
                yield key, f"<p>{child}</p>"
                continue
        yield key, child


_LONGEST_HEADING = 200


def _prose_of_scripts(document: Document) -> str | None:
    # Prose by place, then what stands there as well and is too short to tell where the article is.
    places: dict[str, dict[str, bool]] = {}
    count = 0
    for value in _values(document):
        waiting: list[tuple[str, Any]] = [("", value)]
        while waiting:
            path, current = waiting.pop()
            count += 1
            if count > MAX_VALUES:
                break
            if isinstance(current, str):
                typed = current.startswith(("<h2>", "<p>")) and len(current) < LEAST_PROSE + 7
                if typed or _is_prose(current):
                    places.setdefault(_NESTED.sub("", path), {}).setdefault(current, not typed)
            elif len(path) > 300:
                continue
            elif isinstance(current, dict):
                kind = _kind(current)
                if kind not in _ELSEWHERE_TYPES:
                    waiting.extend((f"{path}.{key}", child) for key, child in _children(current, kind))
            elif isinstance(current, list):
                waiting.extend((f"{path}.*", item) for item in reversed(current))
    if not places:
        return None

    def amount(place: str) -> float:
        prose = [text for text, tells in places[place].items() if tells]
        size = float(sum(map(len, prose)))
        key = place.rsplit(".", 1)[-1].lower() if not place.endswith("*") else "content"
        # Summaries and titles of other stories stand in many short strings; an article's own in a few long ones.
        return size * (1.5 if key in _PROSE_KEYS else 1.0) * min(1.0, size / max(1, len(prose)) / 120.0)

    best = max(places, key=amount)
    return "".join(_as_html(text) for text in places[best])
