"""Tokens of the search index: words of spaced scripts, pairs of characters of the others.

Pairs find 메타 and 저커버그가 (typed 저커버그) without a dictionary, which trigrams and word tokens do not. Tokens hold
letters, digits and combining marks only, so that SQLite's FTS5 and a PostgreSQL array keep them as they are.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache

from crawler.text.characters import HANGUL, MARKS, UNSPACED

MAX_TOKEN = 40
"""Longest token, characters: longer runs are no words, and PostgreSQL refuses lexemes over 2 KB."""
MAX_QUERY = 1000
"""Longest query looked at, characters."""

_RUN = re.compile(f"[{UNSPACED}]+|[^\\W_{UNSPACED}]+")
_MARKED_WORD = f"(?:[^\\W_{UNSPACED}]|(?![{UNSPACED}])[{MARKS}])+"
_WORD = re.compile(r"[^\W_]+")
_HAS_UNSPACED = re.compile(f"[{UNSPACED}]")
_HANGUL = re.compile(f"[{HANGUL}]")
_HAS_MARKS = re.compile(f"[{MARKS}]")
_BETWEEN = r"[\W_]{0,20}"
"""Signs and blanks between words in a row; bounded, since a hostile text is nothing else."""
_POSSESSIVE = re.compile(r"['’]s\b")
_COMBINING = re.compile(r"[\u0300-\u036f]")
_ACCENTED = re.compile(r"[\u00c0-\u024f\u1e00-\u1eff]")


# Compiling a class of 300 ranges takes some 10 ms: these two are seldom needed.
@cache
def _marked_run() -> re.Pattern[str]:
    return re.compile(f"[{UNSPACED}]+|{_MARKED_WORD}")


@cache
def _no_letters() -> re.Pattern[str]:
    return re.compile(f"[^\\w{MARKS}]+|_+")


def _fold(s: str) -> str:
    """Compatibility forms, case and the possessive gone; accents stay here, `_plain` takes them from Latin words."""
    folded = unicodedata.normalize("NFKC", s).casefold()
    if "i\u0307" in folded:  # what İ is folded to
        folded = folded.replace("i\u0307", "i")
    if "'" in folded or "’" in folded:
        folded = _POSSESSIVE.sub("", folded)
    return folded


def _plain(word: str) -> str:
    """A Latin word without accents, so that *cafe* finds *café*; cut to `MAX_TOKEN`."""
    if not word.isascii() and _ACCENTED.search(word):
        word = "".join(c for c in unicodedata.normalize("NFD", word) if not "\u0300" <= c <= "\u036f")
    return word[:MAX_TOKEN]


def search_tokens(s: str) -> str:
    """Blank-separated index tokens of `s`, duplicates kept.

    Words are folded (NFKC, case, Latin accents, the English possessive); runs of Hangul, Han, kana and other unspaced
    scripts give their overlapping pairs, a single character itself. A text of 3,000 characters takes about 0.2 ms.
    """
    folded = _fold(s)
    if folded.isascii():
        words = _WORD.findall(folded)
        return " ".join(words) if max(map(len, words), default=0) <= MAX_TOKEN else " ".join(map(_plain, words))
    return " ".join(map(_tokens_of_run, _runs(folded)))


def _runs(folded: str) -> list[str]:
    """The runs of letters and digits of one kind: of an unspaced script, or of the others."""
    return (_marked_run() if _HAS_MARKS.search(folded) else _RUN).findall(folded)


# The words of news repeat: nine in ten are met again within a few articles.
@lru_cache(maxsize=8192)
def _tokens_of_run(run: str) -> str:
    if not _HAS_UNSPACED.match(run):
        return _plain(run)
    return run if len(run) < 3 else " ".join([run[i : i + 2] for i in range(len(run) - 1)])


def query_terms(words: str) -> tuple[tuple[str, ...], ...]:
    """For each blank-separated word typed, the tokens of `search_tokens` that a matching text must hold, however it
    spaces the word.

    From four syllables on these are the first pair and the last (삼성전자: 삼성, 전자), `query_choices` tells the
    others; `hit_spans` tells whether the word really stands there. Words without any letter or digit give no term.
    """
    terms: list[tuple[str, ...]] = []
    for word in words[:MAX_QUERY].split():
        tokens: list[str] = []
        for run in _runs(_fold(word)):
            tokens += _ends(run) if _HAS_UNSPACED.match(run) else [_plain(run)]
        if tokens:
            terms.append(tuple(dict.fromkeys(tokens)))
    return tuple(terms)


@lru_cache(maxsize=256)
def query_choices(words: str) -> tuple[tuple[str, str], ...]:
    """Pairs of tokens of the words typed; of each a text that holds the words has one, at least.

    A blank parts one pair of letters, and where parts have two syllables or more no two neighbours are parted:
    스마트안경 stands in a text with 마트 or 트안.
    """
    choices: dict[tuple[str, str], None] = {}
    for run in _runs(_fold(words[:MAX_QUERY])):
        if _HAS_UNSPACED.match(run):
            choices |= {(run[i : i + 2], run[i + 1 : i + 3]): None for i in range(1, len(run) - 3, 2)}
    return tuple(choices)


def _ends(run: str) -> list[str]:
    if len(run) < 4:
        return [run[i : i + 2] for i in range(max(1, len(run) - 1))]
    return [run[:2], run[-2:]]


def begins_pair(letter: str, text: str) -> bool:
    """Whether one letter of an unspaced script stands before another in `text`: then a token begins with it."""
    return _before_unspaced(letter).search(text) is not None


@lru_cache(maxsize=256)
def _before_unspaced(letter: str) -> re.Pattern[str]:
    return re.compile(f"{re.escape(letter)}[{UNSPACED}]")


def has_unspaced(s: str) -> bool:
    """Whether a letter of an unspaced script is in it."""
    return _HAS_UNSPACED.search(s) is not None


def hit_spans(text: str, word: str, limit: int = 100, *, prefix: bool = False) -> tuple[tuple[int, int], ...]:
    """Where `word` stands in `text` (NFC), as (start, end) offsets, at most `limit`; whatever its case, its Latin
    accents and spacing.

    Up to two other characters between those of the word are passed over (삼성 전자, U.S.), and where signs or blanks
    were typed any such. A word of a spaced script
    is a whole word, with `prefix` its beginning; one of Hangul stands anywhere, with `prefix` at a word's beginning.
    """
    pattern, accented = _spaced_pattern(word[:MAX_QUERY])
    if pattern is None:
        return ()
    if accented:
        text = _without_accents(text)
    spans: list[tuple[int, int]] = []
    match = pattern.search(text)
    while match is not None and len(spans) < limit:
        start, end = match.span()
        if _within_word(text, start, prefix=prefix) or (not prefix and _within_word(text, end)):
            # What begins within it may be right: 나나 is in 하나 나나.
            match = pattern.search(text, start + 1)
            continue
        while prefix and _within_word(text, end):
            end += 1
        spans.append((start, end))
        match = pattern.search(text, end)
    return tuple(spans)


@lru_cache(maxsize=256)
def finder(word: str, *, prefix: bool = False) -> Callable[[str], bool]:
    """What tells whether `hit_spans` finds `word` in a text: quickly where it does not."""
    pattern, accented = _spaced_pattern(word[:MAX_QUERY])

    def stands(text: str) -> bool:
        if pattern is None or pattern.search(_without_accents(text) if accented else text) is None:
            return False
        return bool(hit_spans(text, word, 1, prefix=prefix))

    return stands


def hit_count(text: str, word: str, limit: int = 100, *, prefix: bool = False) -> int:
    """How often `word` stands in `text`, at most `limit`: what `hit_spans` finds, but for signs between the letters of
    a part (U.S. for US) where both are ASCII; that takes a third of the time.
    """
    parts = parts_of(word)
    if not (parts and text.isascii() and all(map(str.isascii, parts))):
        return len(hit_spans(text, word, limit, prefix=prefix))
    pattern, small, found = _row_pattern(parts, prefix), text.lower(), 0
    match = pattern.search(small)
    while match is not None and found < limit:
        start, end = match.span()
        whole = not start or not small[start - 1].isalnum()
        found += whole
        match = pattern.search(small, end if whole else start + 1)
    return found


@lru_cache(maxsize=256)
def _row_pattern(parts: tuple[str, ...], prefix: bool) -> re.Pattern[str]:
    """Finds ASCII words in a row, whatever stands before: a pattern that begins with letters is found fast."""
    return re.compile(f"(?:'s)?{_BETWEEN}".join(map(re.escape, parts)) + ("" if prefix else r"(?![^\W_])"))


# A search looks for few words in thousands of headlines.
@lru_cache(maxsize=256)
def _spaced_pattern(word: str) -> tuple[re.Pattern[str] | None, bool]:
    """What finds the parts of `word`, signs between them, with up to two other characters between their letters, and
    whether accents matter to it; `None`: it has no letter.
    """
    bare = _without_accents(_POSSESSIVE.sub("", unicodedata.normalize("NFC", word)))
    runs = [run for run in _no_letters().split(bare) if run]
    parts = [r"[^\w\n]{0,2}".join(map(re.escape, run)) for run in runs]
    spaced = any(_in_spaced_word(letter) for run in runs for letter in run)
    return (re.compile(_BETWEEN.join(parts), re.IGNORECASE) if parts else None), spaced


@lru_cache(maxsize=256)
def parts_of(word: str) -> tuple[str, ...]:
    """The runs of letters and digits in what was typed as one word or quoted, folded: A.I. has two, AI one, SK하이닉스
    two. They are meant in a row.
    """
    return tuple(map(_plain, _runs(_fold(word))))


def in_row(text: str, word: str, *, prefix: bool = False) -> bool:
    """Whether the parts of `word`, of scripts that put blanks between words, stand in `text` as whole words (with
    `prefix` the last one as the beginning of one) with nothing but signs and blanks between.
    """
    parts = parts_of(word)
    if text.isascii() and all(map(str.isascii, parts)):
        return hit_count(text, word, 1, prefix=prefix) > 0
    row = " ".join(parts)
    return (f" {row}" if prefix else f" {row} ") in f" {search_tokens(text)} "


def folded(text: str) -> str | None:
    """`text` as `may_stand` looks into it; `None` where that would tell nothing."""
    if text.isascii():
        return text.lower()
    text = _fold(text)
    return None if _COMBINING.search(text) else _without_accents(text)


def may_stand(words: str, text: str | None) -> bool:
    """Whether the parts of words may be neighbours among the tokens of a text, which is `folded`; to make sure takes
    five times as long (`in_row`).
    """
    pattern = _neighbours(parts_of(words))
    return pattern is None or text is None or pattern.search(text) is not None


@lru_cache(maxsize=256)
def _neighbours(parts: tuple[str, ...]) -> re.Pattern[str] | None:
    if not all(map(str.isascii, parts)) or max(map(len, parts)) >= MAX_TOKEN:
        return None
    return re.compile(r"(?:'s)?[\W_]*".join(map(re.escape, parts)))


def _within_word(text: str, at: int, *, prefix: bool = False) -> bool:
    """Whether a word goes on from before `at`: letters of a spaced script stand on both sides, with `prefix` also
    Hangul.
    """
    if not 0 < at < len(text):
        return False
    before, after = text[at - 1], text[at]
    if _HANGUL.match(after):
        return prefix and _HANGUL.match(before) is not None
    return _in_spaced_word(before) and (_in_spaced_word(after) or unicodedata.category(after) in ("Mn", "Mc"))


def _in_spaced_word(character: str) -> bool:
    if not character.isalnum():
        return unicodedata.category(character) in ("Mn", "Mc")
    return _HAS_UNSPACED.match(character) is None


def _without_accents(s: str) -> str:
    """`s` with Latin letters bare, every character at its place."""
    return s if s.isascii() or not _ACCENTED.search(s) else s.translate(_bare_letters())


@cache
def _bare_letters() -> dict[int, str]:
    points = (*range(0xC0, 0x250), *range(0x1E00, 0x1F00))
    return {point: unicodedata.normalize("NFD", chr(point))[0] for point in points}
