"""Finds the phrases of many topics in one pass over a text, then asks whether each stands there as a name of its own.

The automaton (Aho-Corasick, `ahocorasick_rs`) finds every occurrence; a boundary rule for the phrase's script decides.
A Hangul phrase may not continue a word to its left, and on its right only particles may follow before the word
ends: 저커버그가 and 삼성전자에서는 count, 메타버스 does not. A Latin phrase stands between word boundaries, a
possessive allowed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from ahocorasick_rs import AhoCorasick

from crawler.items import Topic

SPACED_NAME: Final = 4
"""Syllables from which a Hangul phrase is also found with a blank inside (삼성 전자); shorter halves are words."""
ACRONYM: Final = 5
"""Longest phrase of capitals that must stand in capitals: AI is not *ai* of French, WHO is not *who*."""
CAPITALIZED: Final = 6
"""Longest single word whose typed capital must be there: Apple is not *apple*; longer names are seldom words."""
INFLECTED: Final = 5
"""Letters from which a Cyrillic or Greek phrase may be followed by an ending of up to three letters."""

# Case and topic particles, plural and honorifics, and the copula, alone or one after the other.
_PARTICLE_LIST = """
    은 는 이 가 을 를 의 에 에게 에서 에선 에겐 서 와 과 도 만 로 으로 로서 으로서 로써 으로써 로부터 으로부터
    부터 까지 보다 처럼 마저 조차 라 이라 라는 이라는 라고 이라고 라며 이라며 라면 이라면 라도 이라도 라서
    이라서 란 이란 나 이나 랑 이랑 하고 께 께서 한테 야 여 이여 든 이든 든지 이든지 뿐 밖에 대로 만큼 커녕 치고
    같은 같이 다 이다 였다 이었다 였던 이었던 인 일 임 입니다 이며 며 이지만 지만 이자 이고 고 인데 일까 인가
    이죠 죠 이네 네 이어서 여서 요 씨 님 측 들 발 식 표 노조
"""
_PARTICLES = sorted(_PARTICLE_LIST.split(), key=len, reverse=True)
# A noun that makes a verb (해고된, 감원했다) keeps its meaning.
_VERBAL = "(?:하는|하고|하기|한다|할|했|되|된|될|돼|됐)[가-힣]{0,2}"
_AFTER_HANGUL = re.compile(rf"(?:(?:{'|'.join(_PARTICLES)}){{0,3}}|{_VERBAL})(?![가-힣])")
_POSSESSIVE = re.compile(r"'s?(?![^\W_])")
_ENDING = re.compile(r"[^\W\d_]{0,3}(?![^\W_])")
_BLANKS = re.compile(r"\s+")


class _Script(Enum):
    HANGUL = auto()
    KATAKANA = auto()
    UNBOUNDED = auto()
    INFLECTED = auto()
    WORD = auto()


class _Case(Enum):
    ANY = auto()
    CAPITAL = auto()
    CAPITALS = auto()


@dataclass(frozen=True, slots=True)
class _Phrase:
    """A phrase as typed, ready to be judged where its folded form was found."""

    script: _Script
    case: _Case


@dataclass(frozen=True, slots=True)
class _Rule:
    """A topic by the numbers of its phrases."""

    name: str
    lang: str | None
    all: frozenset[int]
    none: frozenset[int]


class TopicMatcher:
    """Matches texts against `topics`; built once (milliseconds for a thousand topics), then used for every text."""

    def __init__(self, topics: Sequence[Topic]) -> None:
        self._phrases: list[_Phrase] = []
        self._numbers: dict[tuple[str, _Phrase], int] = {}
        self._users: list[list[int]] = []
        self._found_by: dict[str, set[int]] = {}
        self._rules: list[_Rule] = []
        for number, topic in enumerate(topics):
            for phrase in self._number((topic.name, *topic.aliases)):
                self._users[phrase].append(number)
            needed = [phrase for phrase in topic.all if _folded(phrase)]
            self._rules.append(
                _Rule(topic.name, topic.lang, frozenset(self._number(needed)), frozenset(self._number(topic.none)))
            )
        self._patterns = [tuple(sorted(numbers)) for numbers in self._found_by.values()]
        self._automaton = AhoCorasick(list(self._found_by)) if self._found_by else None

    def match(self, title: str | None, text: str, lang: str | None = None) -> tuple[str, ...]:
        """The names of the topics that headline or text is about, sorted.

        A topic matches when its name or an alias stands there, each of `all`, and none of `none`; one with a language
        only in documents of that language (`lang`, ISO 639-1).
        """
        return tuple(sorted({self._rules[number].name for number in self.match_numbers(title, text, lang)}))

    def match_numbers(self, title: str | None, text: str, lang: str | None = None) -> tuple[int, ...]:
        """As `match`, but positions in the sequence of topics: for topics that share a name."""
        if self._automaton is None:
            return ()
        written = _normal(f"{title}\n{text}" if title else text)
        found = self._find(written)
        topics = {number for phrase in found for number in self._users[phrase]}
        return tuple(sorted(number for number in topics if self._holds(self._rules[number], found, lang)))

    @staticmethod
    def _holds(rule: _Rule, found: set[int], lang: str | None) -> bool:
        return (rule.lang is None or rule.lang == lang) and rule.all <= found and not rule.none & found

    def _number(self, phrases: Iterable[str]) -> list[int]:
        numbers = []
        for written in phrases:
            folded = _folded(written)
            if not folded:
                continue
            phrase = _Phrase(_script(folded), _case(_normal(written).strip()))
            number = self._numbers.setdefault((folded, phrase), len(self._phrases))
            if number == len(self._phrases):
                self._phrases.append(phrase)
                self._users.append([])
                for pattern in _spacings(folded, phrase.script):
                    self._found_by.setdefault(pattern, set()).add(number)
            numbers.append(number)
        return numbers

    def _find(self, written: str) -> set[int]:
        assert self._automaton is not None
        folded = _fold_in_place(written)
        found: set[int] = set()
        for pattern, start, end in self._automaton.find_matches_as_indexes(folded, overlapping=True):
            for number in self._patterns[pattern]:
                if number not in found and _stands(self._phrases[number], written, folded, start, end):
                    found.add(number)
        return found


def _normal(s: str) -> str:
    return unicodedata.normalize("NFKC", s).replace("’", "'")


def _fold_in_place(s: str) -> str:
    """Case folded, every character at its place (ß and İ, which would grow, stay)."""
    folded = s.casefold()
    return folded if len(folded) == len(s) else "".join(f if len(f := c.casefold()) == 1 else c for c in s)


def _folded(phrase: str) -> str:
    return _fold_in_place(_BLANKS.sub(" ", _normal(phrase)).strip())


def _is_hangul(character: str) -> bool:
    return "가" <= character <= "힣"


def _is_katakana(character: str) -> bool:
    return "ァ" <= character <= "ヿ"


def _is_hiragana(character: str) -> bool:
    return "ぁ" <= character <= "ゟ"


def _is_han(character: str) -> bool:
    return "㐀" <= character <= "鿿"


def _script(folded: str) -> _Script:
    """The script of the phrase's last letter: that side has the rules."""
    last = folded[-1]
    if _is_hangul(last):
        return _Script.HANGUL
    if _is_katakana(last):
        return _Script.KATAKANA
    if _is_han(last) or _is_hiragana(last):
        return _Script.UNBOUNDED
    return _Script.INFLECTED if "\u0370" <= last <= "\u052f" and len(folded) >= INFLECTED else _Script.WORD


def _case(written: str) -> _Case:
    """How much of the typed capitals an occurrence must have; a phrase typed small matches any case."""
    letters = [c for c in written if c.isalpha()]
    if not letters or not all(c.isascii() for c in letters) or not any(c.isupper() for c in letters):
        return _Case.ANY
    if all(c.isupper() for c in letters):
        return _Case.CAPITALS if len(letters) <= ACRONYM else _Case.ANY
    return _Case.CAPITAL if len(letters) <= CAPITALIZED and " " not in written else _Case.ANY


def _spacings(folded: str, script: _Script) -> set[str]:
    """The ways in which a Hangul name is written together and apart."""
    forms = {folded}
    if script is _Script.HANGUL:
        joined = folded.replace(" ", "")
        if all(map(_is_hangul, joined)) and len(joined) >= SPACED_NAME:
            forms.add(joined)
            forms.update(f"{joined[:i]} {joined[i:]}" for i in range(2, len(joined) - 1))
            if len(joined) == 6:
                forms.add(f"{joined[:2]} {joined[2:4]} {joined[4:]}")
    return forms


def _stands(phrase: _Phrase, written: str, folded: str, start: int, end: int) -> bool:
    """Whether the occurrence at `start`..`end` is the phrase itself and no part of a longer word."""
    if not _starts_word(folded, start):
        return False
    if phrase.script is _Script.HANGUL:
        right = _AFTER_HANGUL.match(folded, end) is not None
    elif phrase.script is _Script.KATAKANA:
        right = end == len(folded) or not _is_katakana(folded[end])
    elif phrase.script is _Script.UNBOUNDED:
        right = True
    elif phrase.script is _Script.INFLECTED:
        right = _ENDING.match(folded, end) is not None
    else:
        right = _ends_word(folded, end)
    if not right:
        return False
    if phrase.case is _Case.ANY:
        return True
    occurrence = written[start:end]
    return occurrence.isupper() if phrase.case is _Case.CAPITALS else not occurrence.islower()


def _starts_word(folded: str, start: int) -> bool:
    if start == 0:
        return True
    before, first = folded[start - 1], folded[start]
    if _is_hangul(first):
        return not _is_hangul(before)
    if _is_katakana(first):
        return not _is_katakana(before)
    if _is_han(first) or _is_hiragana(first):
        return True
    return not _continues(before) or not first.isalnum()


def _ends_word(folded: str, end: int) -> bool:
    if end == len(folded) or not folded[end - 1].isalnum():
        return True
    if folded[end] == "'":
        return _POSSESSIVE.match(folded, end) is not None
    return not _continues(folded[end])


def _continues(character: str) -> bool:
    """Whether a letter beside a Latin phrase makes it part of a longer word; Hangul does not (AI가, 생성형AI)."""
    return (character.isalnum() or character == "_") and not (
        _is_hangul(character) or _is_katakana(character) or _is_hiragana(character) or _is_han(character)
    )
