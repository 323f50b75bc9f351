"""Values of YAML, for front matter and dataset cards: written as JSON, which is YAML but for a few characters."""

from __future__ import annotations

import re

import orjson

# YAML 1.2, 5.1: not printable, or (NEL, LS, PS) a line break, which a quoted text would fold.
_unprintable = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def value(of: object) -> str:
    """A text, number or list on one line; TypeError for what UTF-8 can't carry (a lone surrogate)."""
    return _unprintable.sub(lambda match: f"\\u{ord(match[0]):04x}", orjson.dumps(of).decode())
