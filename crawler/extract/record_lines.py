"""Pieces of a record as lines, and how texts of it are compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crawler.extract.record_pieces import (
    Piece,
)

__all__ = ["Line", "folded_text", "joined", "joined_lines", "lines_of", "one_line", "repeats", "shared_words"]

_NOTHING: frozenset[str] = frozenset()


@dataclass(slots=True)
class Line:
    """The pieces of one line, their text, and that text as it is compared."""

    pieces: list[Piece]
    text: str
    folded: str
    caption: bool


def lines_of(pieces: Sequence[Piece]) -> list[Line]:
    """The lines in order."""
    by_number: dict[int, list[Piece]] = {}
    for piece in pieces:
        by_number.setdefault(piece.line, []).append(piece)
    lines = []
    captioned = any([piece.caption for piece in pieces])  # noqa: C419 - twice as fast
    for own in by_number.values():
        shown = [piece for piece in own if not piece.caption] if captioned else own
        words = (shown[0].text if len(shown) == 1 else "".join([piece.text for piece in shown])).split()
        lines.append(Line(own, " ".join(words), "".join(words).casefold(), not shown))
    return lines


def shared_words(pieces: Sequence[Piece]) -> frozenset[str]:
    """Words that all pieces have, which tell none of them apart."""
    if len(pieces) < 2 or not pieces[0].words:
        return _NOTHING
    return frozenset.intersection(*[piece.words for piece in pieces])


def one_line(text: str) -> str:
    """The text with single blanks."""
    return " ".join(text.split())


def joined(pieces: Sequence[Piece]) -> str:
    """The text of some pieces, on one line."""
    return " ".join((pieces[0].text if len(pieces) == 1 else "".join([piece.text for piece in pieces])).split())


def joined_lines(pieces: Sequence[Piece]) -> list[str]:
    """The text of some pieces, by line."""
    lines: dict[int, list[str]] = {}
    for piece in pieces:
        lines.setdefault(piece.line, []).append(piece.text)
    return [" ".join("".join(line).split()) for line in lines.values()]


def folded_text(text: str) -> str:
    """A text as it is compared: no blanks, no case."""
    return "".join(text.split()).casefold()


def repeats(line: str, title: str) -> bool:
    """Whether a line repeats the title, perhaps cut or with a few words around."""
    if not title:
        return False
    if line == title:
        return True
    cut = line.rstrip(".…⋯")
    return (len(cut) >= 10 and title.startswith(cut)) or (len(line) - len(title) <= 12 and title in line)
