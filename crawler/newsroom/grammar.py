"""Sentences from templates: slots, alternatives, numbers, and the Korean particle that fits the word before it.

A template is text with ``[a|b|c]`` (one of these), ``{slot}`` (a word by name), ``{#3-40}`` (a whole number),
``{%1-30}`` (a percentage with one decimal) and, in Korean, ``{slot:이}`` (the word and its particle, 이 or 가).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from random import Random
from typing import TypeAlias

_ALTERNATIVES = re.compile(r"\[([^\[\]]+)\]")
_SLOT = re.compile(r"\{([^{}:]+)(?::([^{}]+))?\}")

# After a final consonant, after a vowel.
_PARTICLES: Mapping[str, tuple[str, str]] = {
    "이": ("이", "가"),
    "은": ("은", "는"),
    "을": ("을", "를"),
    "과": ("과", "와"),
    "으로": ("으로", "로"),
    "이라": ("이라", "라"),
    "이다": ("이다", "다"),
    "이며": ("이며", "며"),
    "이나": ("이나", "나"),
}
_HANGUL_FIRST, _HANGUL_LAST, _FINALS = 0xAC00, 0xD7A3, 28
_RIEUL = 8
_DIGITS_WITH_FINAL = frozenset("013678")
_DIGITS_WITH_RIEUL = frozenset("178")
_LATIN_WITH_FINAL = frozenset("lmnrLMNR")

Words: TypeAlias = Mapping[str, str | Callable[[Random], str]]


def with_particle(word: str, particle: str) -> str:
    """`word` followed by the form of `particle` that its last sound asks for (은/는, 이/가, 을/를, 으로/로 ...)."""
    last = word.rstrip(")]’”'\"%")[-1:]
    final, rieul = False, False
    if last and _HANGUL_FIRST <= ord(last) <= _HANGUL_LAST:
        sound = (ord(last) - _HANGUL_FIRST) % _FINALS
        final, rieul = sound != 0, sound == _RIEUL
    elif last in _DIGITS_WITH_FINAL and not word.endswith("%"):
        final, rieul = True, last in _DIGITS_WITH_RIEUL
    elif last in _LATIN_WITH_FINAL:
        final, rieul = True, last in "lrLR"
    after_consonant, after_vowel = _PARTICLES[particle]
    if particle == "으로" and rieul:
        return word + after_vowel
    return word + (after_consonant if final else after_vowel)


@cache
def _parts(template: str) -> tuple[str | tuple[str, str | None], ...]:
    parts: list[str | tuple[str, str | None]] = []
    end = 0
    for match in _SLOT.finditer(template):
        if match.start() > end:
            parts.append(template[end : match.start()])
        parts.append((match.group(1), match.group(2)))
        end = match.end()
    if end < len(template):
        parts.append(template[end:])
    return tuple(parts)


def _number(spec: str, rng: Random) -> str:
    low, high = spec.split("-")
    number = rng.randint(int(low), int(high))
    return f"{number:,}" if number >= 10_000 else str(number)


def _percentage(spec: str, rng: Random) -> str:
    low, high = spec.split("-")
    return f"{rng.randint(int(low) * 10, int(high) * 10) / 10:.1f}%"


def fill(template: str, words: Words, rng: Random) -> str:
    """The sentence that `template` gives with `words` (values, or functions of `rng` that make one)."""
    chosen = _ALTERNATIVES.sub(lambda match: rng.choice(match.group(1).split("|")), template)
    out: list[str] = []
    for part in _parts(chosen):
        if isinstance(part, str):
            out.append(part)
            continue
        name, particle = part
        if name[0] == "#":
            value = _number(name[1:], rng)
        elif name[0] == "%":
            value = _percentage(name[1:], rng)
        else:
            word = words[name]
            value = word if isinstance(word, str) else word(rng)
        out.append(with_particle(value, particle) if particle else value)
    return "".join(out)
