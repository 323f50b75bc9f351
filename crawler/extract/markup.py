"""Sound markup, as the parser writes it again, cut into tags with what stands behind them.

A tree's part costs microseconds to write and to cut, both in C; asking each of its nodes costs ten times that. In what
the parser writes, ``<`` and ``>`` stand only around tags (in attributes they are escaped), and every element is closed.
"""

from __future__ import annotations

import html
import re

__all__ = ["VOID", "attribute_of", "attributes_of", "name_of", "pieces_of"]

VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
)
"""Elements without content."""

# Elements whose content is written as it is, and comments. One that does not end (a tag may be called ``<a<!--``)
# reaches to the end, so that its end is not sought again behind each of thousands.
_RAW = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|noscript|iframe|noembed|noframes|xmp)(?=[\s>]).*?(?:</\1>|\Z)", re.DOTALL
)
_RAW_SIGNS = ("<!--", "<sc", "<sty", "<nos", "<if", "<noe", "<nof", "<xm")
_ATTRIBUTE = re.compile(r"\s([^\s=\">]{1,60})=\"([^\"]*)\"")


def name_of(written: str) -> str:
    """The lower-case name of an opening tag."""
    return written.partition(" ")[0]


def attribute_of(written: str, name: str) -> str | None:
    """The value of one attribute of an opening tag; `None` where it is missing."""
    start = written.find(f' {name}="')
    if start < 0:
        return None
    start += len(name) + 3
    value = written[start : written.find('"', start)]
    return html.unescape(value) if "&" in value else value


def attributes_of(written: str) -> dict[str, str]:
    """All attributes of an opening tag by lower-case name; those without a value are empty."""
    found: dict[str, str] = {}
    for name, value in _ATTRIBUTE.findall(written):
        found.setdefault(name, html.unescape(value) if "&" in value else value)
    return found


def pieces_of(markup: str) -> list[str]:
    """The markup cut before each tag: ``div class="a">text behind it``, ``/div>text behind it``.

    Text is still escaped (``&amp;``). Comments, scripts, styles and frames are left out.
    """
    for sign in _RAW_SIGNS:
        if sign in markup:
            markup = _RAW.sub("", markup)
            break
    return markup.split("<")
