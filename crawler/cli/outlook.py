"""What was learnt of a source's pace, as `source show` tells it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from crawler.ceilings import Binding
    from crawler.items import SourceState, Subscription
    from crawler.sources import Source


def outlook(
    source: Source,
    state: SourceState,
    learnt: Mapping[str, Any] | None,
    zone: str,
    *,
    pushed: bool = False,
    waiting: Binding | None = None,
    blocked_until: datetime | None = None,
) -> list[str]:
    """Lines that say when the source publishes, with a plot of its day, and why it is looked at next when it is.

    `learnt` is what the store kept (`Sources.learnt`); `zone` (IANA) is the one that the source's days are counted in
    unless it has its own; `pushed`: a hub delivers what it publishes; `waiting`: what of it waits for room in budgets;
    `blocked_until`: until when its host wants to be left alone. Of a source that keeps to an interval or a cron line
    only what departs from it.
    """
    from crawler.cli.budget_lines import binding_lines
    from crawler.cli.times import shown

    put_off = _put_off(state, waiting, blocked_until, zone)
    budgets = binding_lines(waiting, zone) if waiting is not None else []
    if not source.schedule.adaptive:
        return [*([f"next look {shown(state.next_due, zone)}, {put_off}"] if put_off else []), *budgets]
    from zoneinfo import ZoneInfo

    from crawler.errors import UsageError
    from crawler.revisit.explanation import explain
    from crawler.revisit.heeding import from_plain, heed, told
    from crawler.revisit.history import History
    from crawler.revisit.planner import look_at
    from crawler.revisit.rhythm import Population, fit
    from crawler.schedule import bounds_of

    try:
        history = History() if learnt is None else History.from_dict(learnt)
    except UsageError as error:
        return [str(error), *budgets]
    if history.last is None and state.last_run is not None:
        told_first = "the daemon has not learnt its pace yet: its first looks are frequent, until it is known"
        return [told_first, *([f"next look {shown(state.next_due, zone)}, {put_off}"] if put_off else []), *budgets]
    rhythm = fit(history, Population.unknown())
    said = from_plain((learnt or {}).get("hints"))
    heeded = heed(said.values(), max(1, len(source.doors)), float(rhythm.daily.mean()))
    name = source.schedule.zone or source.zone or zone
    look = None
    if state.next_due is not None and history.last is not None:
        bounds, at = bounds_of(source.schedule), state.next_due.timestamp()
        look = look_at(
            history,
            rhythm,
            at,
            zone=ZoneInfo(name),
            bounds=bounds,
            failures=state.failures,
            heeded=heeded,
            pushed=pushed,
        )
    place = name.rpartition("/")[2].replace("_", " ")
    lines = explain(history, rhythm, look, zone=ZoneInfo(name), place=place, put_off=put_off)
    return [*lines, *budgets, *told(said.values(), heeded)]


def _put_off(state: SourceState, waiting: Binding | None, blocked_until: datetime | None, zone: str) -> str | None:
    """Why a look is not before its moment though it would have been due; `None`: it was not put off."""
    from crawler.cli.budget_lines import bound_name
    from crawler.cli.times import shown

    if state.next_due is None:
        return None
    if waiting is not None and waiting.looks:
        spent = " and ".join(bound_name(bound) for bound in waiting.bounds if bound.looks)
        return f"because it was put off until there is room in {spent}"
    if blocked_until is not None and state.next_due >= blocked_until:
        return f"because its host is left alone until {shown(blocked_until, zone)}"
    if waiting is None or state.waits is None or state.next_due != state.waits.until:
        return None
    for bound in waiting.bounds:
        if bound.articles and bound.free_at is not None and state.next_due >= bound.free_at:
            return f"because there is room then in {bound_name(bound)} for articles that wait"
    return None


def subscription_text(one: Subscription, zone: str) -> str:
    """How a subscription to a hub stands, in a line; times in `zone`."""
    from crawler.cli.times import shown
    from crawler.items import SubscriptionState

    told = {
        SubscriptionState.ASKED: f"asked for {shown(one.asked_at, zone)}, not verified yet",
        SubscriptionState.ACTIVE: f"active until {shown(one.lease_until, zone)}",
        SubscriptionState.DENIED: f"denied, asked again {shown(one.ask_again_at, zone)}",
        SubscriptionState.LEAVING: "ending",
    }[one.state]
    last = f", last delivery {shown(one.pushed_at, zone)}" if one.pushed_at is not None else ""
    return f"hub {one.hub}: {told}{last}" + (f" ({one.note})" if one.note else "")
