"""What the search index is asked: tokens, and what must be held together or in part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Token:
    """A token, or with `begun` all tokens that begin so."""

    text: str
    begun: bool = False


@dataclass(frozen=True, slots=True)
class AllOf:
    """Documents that hold every part."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Documents that hold one of the parts."""

    parts: tuple[Expression, ...]


Expression = Token | AllOf | AnyOf


def all_of(parts: tuple[Expression, ...]) -> Expression:
    """All parts together; there is at least one."""
    return AllOf(parts) if len(parts) > 1 else parts[0]


def any_of(parts: tuple[Expression, ...]) -> Expression:
    """One of the parts; there is at least one."""
    return AnyOf(parts) if len(parts) > 1 else parts[0]


def tokens_of(expression: Expression) -> Iterator[Token]:
    """Every token of it, from the left."""
    if isinstance(expression, Token):
        yield expression
    else:
        for part in expression.parts:
            yield from tokens_of(part)
