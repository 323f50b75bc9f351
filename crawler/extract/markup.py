"""Sound markup, as the parser writes it again, cut into tags with what stands behind them.

A tree's part costs microseconds to write and to cut, both in C; asking each of its nodes costs ten times that. In what
the parser writes, ``<`` and ``>`` stand only around tags (in attributes they are escaped), and every element is closed.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache

__all__ = ["VOID", "Tag", "pieces_of", "tag_of"]

VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
"""Elements without content."""

# Elements whose content is written as it is, and comments.
_RAW = re.compile(r"<!--.*?-->|<(script|style|noscript|iframe|noembed|noframes|xmp)(?=[\s>]).*?</\1>", re.DOTALL)
_RAW_SIGNS = ("<!--", "<sc", "<sty", "<nos", "<if", "<noe", "<nof", "<xm")
_ATTRIBUTE = re.compile(r"\s([^\s=\">]{1,60})=\"([^\"]*)\"")


class Tag:
    """A tag as written: its lower-case name and attributes (a value-less one is empty), shared by all that are alike."""

    __slots__ = ("attributes", "name", "void")

    def __init__(self, written: str) -> None:
        name, _, rest = written.partition(" ")
        self.name = name
        self.void = name in VOID
        self.attributes: dict[str, str] = {}
        if rest:
            for key, value in _ATTRIBUTE.findall(" " + rest):
                self.attributes.setdefault(key, html.unescape(value) if "&" in value else value)


@lru_cache(maxsize=4096)
def tag_of(written: str) -> Tag:
    """What an opening tag, as `pieces_of` gives it, says."""
    return Tag(written)


def pieces_of(markup: str) -> list[str]:
    """The markup cut before each tag: ``div class="a">text behind it``, ``/div>text behind it``.

    Text is still escaped (``&amp;``). Comments, scripts, styles and frames are left out.
    """
    for sign in _RAW_SIGNS:
        if sign in markup:
            markup = _RAW.sub("", markup)
            break
    return markup.split("<")
