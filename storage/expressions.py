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


@dataclass(frozen=True, slots=True)
class Without:
    """Documents that hold `part` and not `refused`."""

    part: Expression
    refused: Expression


Expression = Token | AllOf | AnyOf | Without


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
    elif isinstance(expression, Without):
        yield from tokens_of(expression.part)
        yield from tokens_of(expression.refused)
    else:
        for part in expression.parts:
            yield from tokens_of(part)


def without_beginnings(expression: Expression) -> Expression | None:
    """What the documents that fulfil it hold of whole tokens, among others; `None`: that tells nothing."""
    if isinstance(expression, Token):
        return None if expression.begun else expression
    if isinstance(expression, Without):
        part = without_beginnings(expression.part)
        return part and Without(part, expression.refused)
    parts = tuple(part for one in expression.parts if (part := without_beginnings(one)) is not None)
    if isinstance(expression, AllOf):
        return all_of(parts) if parts else None
    return AnyOf(parts) if len(parts) == len(expression.parts) else None


def beside(expression: Expression, held: Expression) -> Expression | None:
    """What is left to be asked of documents that fulfil `held`, to know whether they fulfil the expression; `None`:
    they all do.
    """
    return _left(expression, frozenset(_sure_parts(held)))


def _left(expression: Expression, known: frozenset[Expression]) -> Expression | None:
    if expression in known:
        return None
    if isinstance(expression, AllOf):
        left = tuple(part for one in expression.parts if (part := _left(one, known)) is not None)
        return all_of(left) if left else None
    if isinstance(expression, Without):
        return Without(_left(expression.part, known) or expression.part, expression.refused)
    return expression


def _sure_parts(expression: Expression) -> Iterator[Expression]:
    """What every document that fulfils it fulfils."""
    yield expression
    if isinstance(expression, AllOf):
        for part in expression.parts:
            yield from _sure_parts(part)
    elif isinstance(expression, Without):
        yield from _sure_parts(expression.part)
