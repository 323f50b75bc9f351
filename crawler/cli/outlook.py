"""What was learnt of a source's pace, as `source show` tells it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crawler.items import SourceState, Subscription
    from crawler.sources import Source


def outlook(
    source: Source, state: SourceState, learnt: Mapping[str, Any] | None, zone: str, *, pushed: bool = False
) -> list[str]:
    """Lines that say when the source publishes, with a plot of its day, and why it is looked at next when it is.

    `learnt` is what the store kept (`Sources.learnt`); `zone` (IANA) is the one that the source's days are counted in
    unless it has its own; `pushed`: a hub delivers what it publishes. Empty for a source that keeps to an
    interval or a cron line.
    """
    if not source.schedule.adaptive:
        return []
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
        return [str(error)]
    if history.last is None and state.last_run is not None:
        return ["the daemon has not learnt its pace yet: its first looks are frequent, until it is known"]
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
    return [*explain(history, rhythm, look, zone=ZoneInfo(name), place=place), *told(said.values(), heeded)]


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
