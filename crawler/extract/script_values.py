"""The values that a page's scripts hold: JSON, assignments, React's flight stream, Nuxt's payloads, `JSON.parse`.

Nothing is run. What isn't JSON (Nuxt 2's function, an object with bare names) is read token by token, in time linear to
its length. Values that name others by number or id come with the table in which those are looked up.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from urllib.parse import unquote

import orjson

from crawler.extract.document import Document

MAX_SCRIPT_CHARS = 3_000_000
"""Characters of scripts read on one page; the largest payload of a news page measured has a million."""
MOST_ASSIGNED = 40
MOST_PARAMETERS = 5_000
MAX_FLAT = 200_000
STORE_DEPTH = 5
MOST_LOOKED_AT = 200
"""How deep, and among how many objects of a depth, a store is looked for."""

TEMPLATE_TYPES = ("text/template", "text/html", "text/x-template", "text/x-handlebars-template", "text/x-jquery-tmpl")

_PUSH = re.compile(r"__next_f\.push\(\s*(?=\[)")
_ROW = re.compile(rb"([0-9a-f]{1,6}):(?:T([0-9a-f]{1,6}),)?")
_PAIR = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]")
_REFERENCE = re.compile(rb'"\$L?([0-9a-f]{1,6})"')
_TEXT_CHUNK, _BINARY_CHUNK = 1, 3
_ASSIGNED = re.compile(
    r"=\s*(?=[{\[])|\(\s*(?=[{\[])|(?:=|\bJSON\.parse\(|\bdecodeURIComponent\()\s*(?=[\"']\s*(?:\\?[{\[]|%7B|%5B))"
)
_FUNCTION = re.compile(r"\(?function\s*\(([\w$,\s]{0,40000})\)\s*\{")
_RETURN = re.compile(r"\breturn\s*+(?=[{\[])")
_CALL = re.compile(r"\s*+;?\s*+\}\s*+\)?\s*+\(")
_TOKEN = re.compile(
    r"\s++|\"(?:[^\"\\]++|\\.)*+\"|'(?:[^'\\]++|\\.)*+'|`(?:[^`\\]++|\\.)*+`|//[^\n]*+|/\*[^*]*+(?:\*(?!/)[^*]*+)*+\*/"
    r"|-?\d[\w.+-]*+|[A-Za-z_$][\w$.]*+|.",
    re.DOTALL,
)
_COLON = re.compile(r"\s*+:")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*+)(?:\.\d++)?(?:[eE][+-]?\d++)?")
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}|(.))", re.DOTALL)
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "0": "\0", "\n": ""}
_FLAT_WRAPPERS = frozenset(("Reactive", "ShallowReactive", "Ref", "ShallowRef", "EmptyRef", "Island", "NuxtError"))


@dataclass(frozen=True, slots=True)
class Payload:
    """A value out of a script, and what strings (``$2b``) and references (``{"__ref": id}``) in it name."""

    value: Any
    table: Mapping[str, Any] = field(default_factory=dict)


def payloads(document: Document) -> Iterator[Payload]:
    """The values that the scripts of a page hold, as they come; React's stream last."""
    budget = MAX_SCRIPT_CHARS
    stream: list[bytes] = []
    for attributes, text in document.scripts:
        kind = (attributes.get("type") or "").strip().lower()
        if "ld+json" in kind or kind in TEMPLATE_TYPES or (len(text) < 200 and "__next_f" not in text):
            continue
        budget -= len(text)
        if budget < 0:
            break
        if "__next_f" in text:
            stream.extend(_pushed(text))
        elif kind.endswith("json") or text.lstrip()[:1] in ("{", "["):
            value = _loads(text)
            flat = isinstance(value, list) and "__NUXT" in (attributes.get("id") or "").upper()
            yield _stored(_revived(value) if flat else value)
        else:
            for value in _assigned(text):
                yield _stored(value)
    if stream:
        yield from _flight(b"".join(stream))


def _stored(value: Any) -> Payload:  # noqa: ANN401 - any JSON value
    """A value that holds, not far down, a store of objects by id (Apollo, Relay)."""
    level = [value]
    for _ in range(STORE_DEPTH):
        for store in level:
            if isinstance(store, dict) and ("ROOT_QUERY" in store or "client:root" in store):
                return Payload(value, store)
        level = [child for one in level if isinstance(one, dict) for child in islice(one.values(), MOST_LOOKED_AT)]
        level = level[:MOST_LOOKED_AT]
    return Payload(value)


def _loads(text: str | bytes) -> Any:  # noqa: ANN401
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    try:  # lone surrogates, NaN, raw line breaks in strings
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


# ------------------------------------------------------------------------------------------------- React's stream
def _pushed(text: str) -> Iterator[bytes]:
    """The chunks that a script pushes: text, or bytes in base64 where a character is split between two."""
    decoder = json.JSONDecoder(strict=False)
    position = 0
    while found := _PUSH.search(text, position):
        try:
            value, position = decoder.raw_decode(text, found.end())
        except (ValueError, RecursionError):
            # What follows a broken push is its own text; reading each of many to its end would be quadratic.
            return
        match value:
            case [int(kind), str(chunk)] if kind == _TEXT_CHUNK:
                # Half a character may end a chunk: JavaScript's are UTF-16. They meet when all is joined.
                yield chunk.encode("utf-8", "surrogatepass")
            case [int(kind), str(chunk)] if kind == _BINARY_CHUNK:
                try:
                    yield base64.b64decode(chunk)
                except (binascii.Error, ValueError):
                    return


def _met(found: re.Match[bytes]) -> bytes:
    return found[0].decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass").decode("utf-16").encode()


def _flight(data: bytes) -> Iterator[Payload]:
    """The rows of a stream that no other row names; the others are found through their table.

    A row is ``id:json`` and a line's end, or ``id:Tlength,text`` with so many bytes (hex).
    """
    data = _PAIR.sub(_met, data)
    rows: dict[str, Any] = {}
    position = 0
    while position < len(data):
        found = _ROW.match(data, position)
        if found and found[2]:
            position = found.end() + int(found[2], 16)
            rows[found[1].decode()] = data[found.end() : position].decode("utf-8", "replace")
            continue
        end = data.find(b"\n", position)
        end = len(data) if end < 0 else end
        if found:
            rows[found[1].decode()] = _loads(data[found.end() : end])
        position = end + 1
    named = {one.decode() for one in _REFERENCE.findall(data)}
    table = {f"${sign}{name}": row for name, row in rows.items() for sign in ("", "L")}
    roots = [name for name in rows if name not in named] or list(rows)
    for name in roots:
        yield Payload(rows[name], table)


# ------------------------------------------------------------------------------------------------- Nuxt 3, SvelteKit
def _revived(values: list[Any]) -> Any:  # noqa: ANN401
    """The value of a flat list in which each value stands once and is named by its place (devalue's form).

    Containers are shared, so a cyclic value stays cyclic: who walks it has to bound that.
    """
    values = values[:MAX_FLAT]
    made: list[Any] = [{} if isinstance(one, dict) else [] if isinstance(one, list) else one for one in values]

    def at(place: object) -> Any:  # noqa: ANN401
        known = isinstance(place, int) and not isinstance(place, bool)
        return made[place] if known and isinstance(place, int) and 0 <= place < len(made) else None

    for one, new in zip(values, made, strict=True):
        if isinstance(one, dict):
            new.update((key, at(place)) for key, place in one.items())
        elif isinstance(one, list) and one and isinstance(one[0], str):
            new.extend(at(place) for place in one[1:] if one[0] in _FLAT_WRAPPERS)
        elif isinstance(one, list):
            new.extend(at(place) for place in one)
    return made[0] if made else None


# ------------------------------------------------------------------------------------------------------- assignments
def _assigned(text: str) -> Iterator[Any]:
    """What a script assigns, passes or parses: JSON, JSON in a string, or an object as JavaScript writes it."""
    decoder = json.JSONDecoder(strict=False)
    position = 0
    in_vain = len(text)
    function = _FUNCTION.search(text) if "__NUXT__" in text else None
    if function is not None:
        value = _called(text, function)
        if value is not None:
            yield value
            return
    for _ in range(MOST_ASSIGNED):
        found = _ASSIGNED.search(text, position)
        if not found or in_vain < 0:
            return
        start = found.end()
        if text[start] in "\"'":
            part = _TOKEN.match(text, start)
            position = part.end() if part else start + 1
            inner = _unquoted(part[0]) if part else ""
            if inner[:3].upper() in ("%7B", "%5B"):
                inner = unquote(inner)
            yield _loads(inner)
            continue
        try:
            value, position = decoder.raw_decode(text, start)
        except json.JSONDecodeError as error:
            # Forty values that each break off at the end would be read forty times.
            in_vain -= error.pos - start
            if found[0][0] == "(":  # what is no JSON and handed to a function configures it: cookie notices, players
                position = start + 1
                continue
            value, position = _literal(text, start, {})
            in_vain -= position - start
            if value is None:
                position = start + 1
        except RecursionError:
            position = start + 1
            continue
        yield value


def _called(text: str, function: re.Match[str]) -> Any:  # noqa: ANN401
    """What Nuxt 2's ``(function(a,b){return {…}}(1,"two"))`` returns."""
    returned = _RETURN.search(text, function.end())
    if returned is None:
        return None
    _, end = _json_of(text, returned.end(), {})
    closing = _CALL.match(text, end)
    parameters: dict[str, str] = {}
    if closing is not None:
        arguments, _ = _json_of(text, closing.end() - 1, {}, "(", ")")
        given = _loads(arguments)
        names = [name.strip() for name in function[1].split(",")][:MOST_PARAMETERS]
        if isinstance(given, list):
            # Strings stand for themselves; containers among the arguments are empty ones.
            parameters = {name: orjson.dumps(value).decode() for name, value in zip(names, given, strict=False) if name}
    value, _ = _literal(text, returned.end(), parameters)
    return value


def _literal(text: str, start: int, parameters: Mapping[str, str]) -> tuple[Any, int]:
    """The object or list that JavaScript writes at `start`, and where it ends; names that mean nothing are null."""
    written, end = _json_of(text, start, parameters)
    return _loads(written), end


def _json_of(
    text: str, start: int, parameters: Mapping[str, str], opening: str = "{[", closing: str = "}]"
) -> tuple[str, int]:
    """A JavaScript value as JSON: names quoted, strings rewritten, calls and operators dropped. Linear."""
    out: list[str] = []
    depth = 0
    size = 0
    waiting: str | None = None  # a word of which the next part tells whether it is a key
    skipped = 0  # depth within the brackets of a call
    valued = False
    position = start
    while position < len(text) and size < MAX_SCRIPT_CHARS:
        found = _TOKEN.match(text, position)
        if found is None:
            break
        part, position = found[0], found.end()
        if part[0].isspace() or part.startswith(("//", "/*")):
            continue
        if skipped:
            skipped += (part in "([{") - (part in ")]}") if len(part) == 1 else 0
            continue
        if waiting is not None:
            if part == ":":
                out.append(json.dumps(waiting) + ":")
                waiting, valued = None, False
                continue
            if not valued:
                word = _word(waiting, parameters)
                out.append(word)
                size += len(word)
                valued = True
            waiting = None
        if part in "{[" or (depth == 0 and part in opening):
            if depth and valued:  # an index or a block behind a value
                skipped = 1
                continue
            out.append("[" if part == "(" else part)
            depth, valued = depth + 1, False
        elif part in "}]" or (depth == 1 and part in closing):
            depth -= 1
            if out[-1] == ",":
                out.pop()
            out.append("]" if part == ")" else part)
            valued = True
            if depth <= 0:
                break
        elif part == ",":
            if not valued and out[-1][-1] in "[{,:":
                out.append("null")
            out.append(",")
            valued = False
        elif part == "(":
            skipped = 1
        elif part[0] in "\"'`":
            word = _unquoted(part)
            if text[position : position + 1] == ":" or _is_key(text, position, out):
                waiting = word
            elif not valued:
                out.append(json.dumps(word))
                size += len(word)
                valued = True
        elif part[0].isalnum() or part[0] in "_$-!" or part == "void":
            if part == "!":
                following = _TOKEN.match(text, position)
                if following is not None and following[0] in ("0", "1"):
                    position = following.end()
                    if not valued:
                        out.append("true" if following[0] == "0" else "false")
                        valued = True
                continue
            waiting = part
    return "".join(out), position


def _is_key(text: str, position: int, out: list[str]) -> bool:
    return out[-1][-1] in "{," and _COLON.match(text, position) is not None


def _word(word: str, parameters: Mapping[str, str]) -> str:
    if word in ("true", "false", "null"):
        return word
    if word in parameters:
        return parameters[word]
    return word if _NUMBER.fullmatch(word) else "null"


def _unquoted(part: str) -> str:
    """What a string of JavaScript says; halves of characters that do not meet are replaced."""
    inner = part[1:-1]
    if "\\" not in inner:
        return inner
    text = _ESCAPE.sub(_unescaped, inner)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _unescaped(found: re.Match[str]) -> str:
    byte, unit, point, other = found.groups()
    if byte or unit:
        return chr(int(byte or unit, 16))
    if point:
        number = int(point, 16)
        return chr(number) if number < 0x110000 else "\ufffd"
    return _ESCAPES.get(other, other)
