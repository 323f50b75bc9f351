"""The running text that a record shows."""

from __future__ import annotations

import re
from collections.abc import Sequence

from crawler.extract.record_dates import DIGIT, Reading
from crawler.extract.record_lines import Line, folded_text, joined, repeats
from crawler.extract.record_pieces import (
    BADGE,
    LABELLED,
    Piece,
)
from crawler.extract.record_titles import is_address, is_label
from crawler.extract.records import width

__all__ = ["texts_of"]

LEAST_TEXT = 40
"""Columns from which a line is running text rather than a label."""

_ABOUT = re.compile(
    r"(?:posted|published|written|filed|submitted|tagged|categor(?:y|ies)|tags?|labels?|by|author|veröffentlicht|von|publié|par|publicado|por"
    r"|작성자|글쓴이|등록|게시|분류|카테고리|태그|조회|投稿|カテゴリ|分类|标签)(?:\b|(?=[:：\s]))",
    re.IGNORECASE,
)
_ENTRY_NOTE = re.compile(  # what WordPress's own themes write below a post
    r"(?:this entry was posted|posted in\s.{1,80}\|\s|dieser (?:eintrag|beitrag) wurde|ce contenu a été publié"
    r"|esta entrada (?:fue|foi) publicada|questa voce è stata pubblicata|この投稿は|запись опубликована)",
    re.IGNORECASE,
)


_APART = BADGE | LABELLED


def texts_of(
    lines: Sequence[Line], title: str | None, folded: str, captions: Sequence[str], reading: Reading
) -> list[str]:
    """The running text of a record: its wide lines, and short ones that are paragraphs of the same text."""
    wide = []
    for line in lines:
        if (len(line.text) < LEAST_TEXT and width(line.text) < LEAST_TEXT) or repeats(line.folded, folded):
            continue
        if len(line.pieces) > 1:
            text = _without_labels(line, reading)
            if text != line.text:
                line.text, line.folded = text, folded_text(text)
                if width(text) < LEAST_TEXT:
                    continue
        if not _is_furniture(line.text, reading):
            wide.append(line)
    if not wide:
        return []
    box = max(wide, key=lambda line: len(line.text)).pieces[-1].box
    chosen = {id(line) for line in wide}
    alone = any(line.folded == folded for line in lines)
    texts = []
    for line in lines:
        if id(line) not in chosen and not (box and line.pieces[-1].box == box and _goes_with(line, reading)):
            continue
        text = line.text
        if text in captions or repeats(line.folded, folded):
            continue
        if title and not alone and text.startswith(title):  # a card that is one line
            text = text[len(title) :].lstrip(" -–:|·")
        texts.append(text)
    return texts


def _without_labels(line: Line, reading: Reading) -> str:
    """A line without the outlet or date that stands right before or behind its running text."""
    pieces = [piece for piece in line.pieces if not piece.caption]
    main = max(pieces, key=lambda piece: len(piece.text), default=None)
    if main is None:
        return line.text
    if main.link and len(main.text) * 2 >= len(line.text):
        pieces = [piece for piece in pieces if piece.link == main.link]
    for end in (-1, 0):
        while len(pieces) > 1 and pieces[end] is not main:
            glued = end and pieces[-1].link not in (0, main.link) and _is_glued(pieces[-2].text, pieces[-1].text)
            if not glued and not _is_apart(pieces[end], main, reading):
                break
            pieces.pop(end)
    return joined(pieces)


def _is_glued(before: str, after: str) -> bool:
    """Whether nothing but style sheets keeps two texts apart: no blank, no bracket that goes on."""
    return (before[-1:].isalnum() or before[-1:] in ".!?…") and (after[:1].isalnum() or after[:1] in "[(“‘「")


def _is_apart(piece: Piece, main: Piece, reading: Reading) -> bool:
    if not (piece.words - main.words).isdisjoint(_APART):
        return True
    text = piece.text.strip()
    return not text.strip("()[]|·-–: ") or (DIGIT.search(text) is not None and reading.parse(text) is not None)


def _goes_with(line: Line, reading: Reading) -> bool:
    """Whether a short line beside running text may be a paragraph of it."""
    if any(not piece.words.isdisjoint(LABELLED) for piece in line.pieces):
        return False
    return not is_label(line.text) and not reading.parse(line.text)


def _is_furniture(line: str, reading: Reading) -> bool:
    """Whether a wide line is a trail of crumbs or "Posted on February 15, 2016 by ..." and no text."""
    if _ENTRY_NOTE.match(line):
        return True
    if len(line) >= 100 or width(line) >= 100:
        return False
    if line[-1:] not in ".!?。다…" and _ABOUT.match(line):
        return True
    return is_address(line) or (
        line[-1:] not in ".!?。다…" and DIGIT.search(line) is not None and reading.find(line) is not None
    )
