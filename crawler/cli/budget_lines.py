"""Budgets that bind, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crawler.ceilings import Binding, Bound


def binding_lines(binding: Binding, zone: str) -> list[str]:
    """How much waits for room in budgets, and a line for each that binds; empty where none does. Times in `zone`."""
    from crawler.ceilings import MOST_TOLD

    if not binding.bounds:
        return []
    lines = []
    if binding.looks or binding.articles:
        lines.append(f"waiting for room in budgets: {', '.join(_counts(binding))}")
    lines += [bound_line(bound, zone) for bound in binding.bounds[:MOST_TOLD]]
    left = len(binding.bounds) - MOST_TOLD + binding.others
    return lines if left <= 0 else [*lines, f"{left} more budgets bind; --json tells of them"]


def bound_line(bound: Bound, zone: str) -> str:
    """``host_budget of paper.example.com: 900 of 900 requests within the hour are spent; 2 looks and 31 articles wait,
    the first until 14:32``.
    """
    from crawler.cli.terminal import one_line
    from crawler.cli.times import shown

    spent = f"{bound.requests} of {bound.limit}"
    waiting = _counts(bound)
    one = bound.looks + bound.articles == 1
    then = "" if bound.free_at is None else shown(bound.free_at, zone)
    if waiting:
        end = f"; {' and '.join(waiting)} wait{'s' if one else ''}" + (
            f"{'' if one else ', the first'} until {then}" if then else ""
        )
    else:
        end = f"; there is room at {then}" if then else ""
    shares = ""
    if waiting and bound.requests < bound.limit:
        shares = " (articles take three quarters at most, looks half while articles wait)"
    return one_line(f"{bound_name(bound)}: {spent} requests within the hour are spent{shares}{end}")


def bound_name(bound: Bound) -> str:
    """``host_budget of paper.example.com``."""
    from crawler.cli.terminal import one_line

    return one_line(bound.setting + (f" of {bound.whose}" if bound.whose else ""))


def _counts(waiting: Binding | Bound) -> list[str]:
    counts = ((waiting.looks, "look"), (waiting.articles, "article"))
    return [f"{count} {word}{'' if count == 1 else 's'}" for count, word in counts if count]
