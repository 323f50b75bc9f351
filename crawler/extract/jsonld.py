"""JSON-LD as pages write it: comments, trailing commas, HTML entities, raw newlines, several blocks, `@graph`."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import orjson

MAX_BLOCK_CHARS = 2_000_000
MAX_REPAIRED_CHARS = 150_000
"""So much of a page's broken blocks is repaired; the longest of 33 broken ones on 2,000 real pages has 17,500."""

MAX_OBJECTS = 400
"""Objects read from one page; a listing's ItemList has a few hundred at most."""

MAX_DEPTH = 60
"""JSON nested deeper is refused before Python's recursive decoder sees it."""

_WRAPPERS = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/|<!\[CDATA\[)"
    r"|(?:-->|//\s*+\]\]>|/\*\s*+\]\]>\s*+\*/|\]\]>)\s*+;?\s*+$"
)
# A string or comment that nothing closes ends with the text: else each of thousands would be followed to the end.
_STRING_OR_COMMENT = re.compile(
    r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|/\*[^*]*+(?:\*(?!/)[^*]*+)*+(?:\*/|\Z)|//[^\n]*+', re.DOTALL
)
_TRAILING_COMMA = re.compile(r'("(?:[^"\\]++|\\.)*+(?:"|\\?\Z))|,(?=\s{0,200}[}\]])', re.DOTALL)
_DOUBLED_COMMA = re.compile(r'("(?:[^"\\]++|\\.)*+(?:"|\\?\Z))|,(?=\s{0,200},)', re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_BAD_ESCAPE = re.compile(r'\\(?!["\\/bfnrtu])')


def _nesting(text: str) -> int:
    depth = deepest = 0
    for char in re.findall(r"[\[{}\]]", text):
        depth += 1 if char in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _tolerant(text: str) -> object:
    """Parse after repairing what strict JSON refuses; `None` when nothing can be read."""
    if text.count("[") + text.count("{") > MAX_DEPTH and _nesting(text) > MAX_DEPTH * 10:
        return None
    text = _CONTROL.sub(" ", _WRAPPERS.sub("", text.lstrip("\ufeff"))).strip().rstrip(";")
    candidates: tuple[Callable[[], str], ...] = (
        lambda: text,
        lambda: _STRING_OR_COMMENT.sub(lambda m: m.group() if m.group().startswith('"') else " ", text),
        lambda: _repaired(text),
        lambda: _repaired(html.unescape(text)),
        lambda: _repaired(_BAD_ESCAPE.sub(r"\\\\", text)),
    )
    decoder = json.JSONDecoder(strict=False)
    for candidate in candidates:
        try:
            # raw_decode leaves what stands behind the first value (a doubled brace, a second object) alone.
            value, _ = decoder.raw_decode(candidate().lstrip())
        except (ValueError, RecursionError):
            continue
        return value
    return None


def _repaired(text: str) -> str:
    text = _STRING_OR_COMMENT.sub(lambda m: m.group() if m.group().startswith('"') else " ", text)
    text = _DOUBLED_COMMA.sub(lambda m: m.group(1) or "", text)
    return _TRAILING_COMMA.sub(lambda m: m.group(1) or "", text)


def parse_json(text: str) -> object:
    """The value of a JSON text, strictly first, then with repairs; `None` when it can't be read."""
    return _parsed(text, MAX_REPAIRED_CHARS)[0]


def _parsed(text: str, budget: int) -> tuple[object, int]:
    """The value of a JSON text, and what is left of the characters that may be repaired."""
    if len(text) > MAX_BLOCK_CHARS:
        return None, budget
    try:
        return orjson.loads(text), budget
    except orjson.JSONDecodeError:
        return (_tolerant(text), budget - len(text)) if len(text) <= budget else (None, budget)


def _objects(value: object) -> Iterator[dict[str, Any]]:
    waiting = [value]
    while waiting:
        current = waiting.pop()
        if isinstance(current, list):
            waiting.extend(reversed(current[:MAX_OBJECTS]))
        elif isinstance(current, dict):
            yield current
            graph = current.get("@graph")
            if isinstance(graph, (list, dict)):
                waiting.append(graph)


def parse_jsonld(blocks: Iterable[str]) -> list[dict[str, Any]]:
    """The top-level objects of JSON-LD blocks in order, lists and `@graph` opened (never more than `MAX_OBJECTS`)."""
    found: list[dict[str, Any]] = []
    budget = MAX_REPAIRED_CHARS
    for block in blocks:
        if "{" not in block:
            continue
        value, budget = _parsed(block, budget)
        for item in _objects(value):
            found.append(item)
            if len(found) >= MAX_OBJECTS:
                return found
    return found
