"""Tokens of the search index: words of spaced scripts, pairs of characters of the others.

Pairs find 메타 and 저커버그가 (typed 저커버그) without a dictionary, which trigrams and word tokens do not. Tokens hold
letters, digits and combining marks only, so that SQLite's FTS5 and a PostgreSQL array keep them as they are.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from crawler.text.characters import MARKS, UNSPACED

MAX_TOKEN = 40
"""Longest token, characters: longer runs are no words, and PostgreSQL refuses lexemes over 2 KB."""
MAX_QUERY = 1000
"""Longest query looked at, characters."""

_PAIR = re.compile(f"(?=([{UNSPACED}]{{2}}))")
_ONE = f"(?<![{UNSPACED}])[{UNSPACED}](?![{UNSPACED}])"
_ONE_OR_WORD = re.compile(f"{_ONE}|[^\\W_{UNSPACED}]+")
_MARKED_WORD = f"(?:[^\\W_{UNSPACED}]|(?![{UNSPACED}])[{MARKS}])+"
_WORD = re.compile(r"[^\W_]+")
_HAS_UNSPACED = re.compile(f"[{UNSPACED}]")
_HAS_MARKS = re.compile(f"[{MARKS}]")
_POSSESSIVE = re.compile(r"['’]s\b")
_ACCENTED = re.compile(r"[\u00c0-\u024f\u1e00-\u1eff]")


# Compiling a class of 300 ranges takes some 10 ms: these are seldom needed.
@cache
def _one_or_marked_word() -> re.Pattern[str]:
    return re.compile(f"{_ONE}|{_MARKED_WORD}")


@cache
def _run() -> re.Pattern[str]:
    return re.compile(f"[{UNSPACED}]+|{_MARKED_WORD}")


@cache
def _no_letters() -> re.Pattern[str]:
    return re.compile(f"[^\\w{MARKS}]+|_+")


def _fold(s: str) -> str:
    """Compatibility forms, case and the possessive gone; accents stay here, `_plain` takes them from Latin words."""
    folded = unicodedata.normalize("NFKC", s).casefold()
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
    scripts give their overlapping pairs, a single character itself. A text of 3,000 characters takes about 0.3 ms.
    """
    folded = _fold(s)
    unspaced = not folded.isascii() and _HAS_UNSPACED.search(folded) is not None
    marked = not folded.isascii() and _HAS_MARKS.search(folded) is not None
    if marked:
        words = (_one_or_marked_word() if unspaced else _run()).findall(folded)
    else:
        words = (_ONE_OR_WORD if unspaced else _WORD).findall(folded)
    tokens = [word if word.isascii() and len(word) <= MAX_TOKEN else _plain(word) for word in words]
    if unspaced:
        tokens += _PAIR.findall(folded)
    return " ".join(tokens)


def query_terms(words: str) -> tuple[tuple[str, ...], ...]:
    """For each blank-separated word typed, the tokens of `search_tokens` that a matching text must hold.

    From four syllables on the pairs do not overlap (삼성전자: 삼성, 전자), so that a text that spaces the name
    differently is found as well; `hit_spans` tells whether the word really stands there. Words without any letter or
    digit give no term.
    """
    terms: list[tuple[str, ...]] = []
    for word in words[:MAX_QUERY].split():
        tokens: list[str] = []
        for run in _run().findall(_fold(word)):
            tokens += _pairs(run) if _HAS_UNSPACED.match(run) else [_plain(run)]
        if tokens:
            terms.append(tuple(dict.fromkeys(tokens)))
    return tuple(terms)


def _pairs(run: str) -> list[str]:
    if len(run) < 4:
        return [run[i : i + 2] for i in range(max(1, len(run) - 1))]
    pairs = [run[i : i + 2] for i in range(0, len(run) - 1, 2)]
    return pairs if len(run) % 2 == 0 else [*pairs, run[-2:]]


def hit_spans(text: str, word: str, limit: int = 100) -> tuple[tuple[int, int], ...]:
    """Where `word` stands in `text` (NFC), as (start, end) offsets, at most `limit`; whatever its case and spacing.

    Up to two other characters between those of the word are passed over (삼성 전자, U.S.); a word of a spaced
    script must begin at a word's start.
    """
    letters = _no_letters().sub("", _POSSESSIVE.sub("", unicodedata.normalize("NFC", word)[:MAX_QUERY]))
    if not letters:
        return ()
    start = "" if _HAS_UNSPACED.match(letters) else r"(?<![^\W_])"
    pattern = start + r"[^\w\n]{0,2}".join(map(re.escape, letters))
    spans: list[tuple[int, int]] = []
    for match in re.finditer(pattern, text, re.IGNORECASE):
        spans.append(match.span())
        if len(spans) == limit:
            break
    return tuple(spans)
