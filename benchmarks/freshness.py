"""How soon is news found, at the same number of looks a day? A made world, our planner beside simpler rules.

    python benchmarks/freshness.py [--sources 100] [--looks 24] [--days 21] [--warm 10] [--seeds 2] [--blind]

The world: sources of log-normal pace (a few publish hundreds of articles a day, most a few a week), each of a kind: a
newsroom with office hours, one with two editions, a night desk in another zone, set minutes, weekly. Days differ from
each other; one source in ten falls silent for some days. Nothing of the world's making is known to the rules. The rules
that have no budget of their own are given the factor at which they spend it.
"""

from __future__ import annotations

import argparse
import heapq
import math
import sys
from bisect import bisect_right
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.adapters import revisit

MINUTE, HOUR, DAY, WEEK = 60.0, 3600.0, 86_400.0, 604_800.0
Rule = Callable[[int, float, int, list[float] | None], float]


def world(sources: int, days: int, seed: int) -> list[list[float]]:
    """Publication times of each source, in seconds from a Monday, 00:00."""
    rng = np.random.default_rng(seed)
    minutes = np.arange(1440) / 60
    published = []
    for _ in range(sources):
        pace = min(600.0, math.exp(rng.normal(0.7, 1.9)))
        kind = rng.choice(["office", "editions", "night", "set", "weekly"], p=[0.4, 0.2, 0.15, 0.15, 0.1])
        centres = {
            "office": [rng.normal(10.5, 1), rng.normal(15.5, 1)],
            "editions": [rng.normal(6, 0.7), rng.normal(18, 0.7)],
            "night": [rng.normal(0, 2)],
            "set": list(rng.uniform(5, 23, rng.integers(1, 4))),
            "weekly": [rng.uniform(8, 18)],
        }[str(kind)]
        width = {"office": 2.2, "editions": 1.2, "night": 3.5, "set": 0.06, "weekly": 0.8}[str(kind)]
        shape = np.full(1440, 0.04 / 24)
        for centre in centres:
            off = (minutes - centre + 12) % 24 - 12
            shape += np.exp(-0.5 * (off / width) ** 2) / width / len(centres)
        shape /= shape.sum()
        week = np.array([1.0] * 5 + [rng.uniform(0.1, 1.0)] * 2)
        if kind == "weekly":
            week = np.full(7, 0.02)
            week[rng.integers(0, 5)] = 6
        silent = range(0)
        if rng.random() < 0.1:
            begins = int(rng.integers(0, days))
            silent = range(begins, begins + int(rng.integers(2, 6)))
        times: list[float] = []
        for day in range(days):
            if day in silent:
                continue
            count = rng.poisson(shape * pace * week[day % 7] / week.mean() * math.exp(rng.normal(-0.06, 0.35)))
            starts = np.repeat(np.arange(1440), count) * MINUTE
            times += (day * DAY + np.sort(starts + rng.random(len(starts)) * MINUTE)).tolist()
        published.append(times)
    return published


def fixed(sources: int, budget: float, factor: float) -> Rule:
    """Every source at one interval."""
    gap = sources / budget * DAY / factor
    return lambda _source, now, _new, _published: now + gap


def entry_frequency(sources: int, budget: float, factor: float) -> Rule:  # noqa: ARG001 - the shape is given
    """As miniflux: one look for each article that last week's pace promises, times a factor, between two bounds."""
    seen: list[list[float]] = [[] for _ in range(sources)]

    def following(source: int, now: float, new: int, published: list[float] | None) -> float:
        past = seen[source]
        past += published if published is not None else [now] * new
        del past[: bisect_right(past, now - WEEK)]
        if len(past) < 2 or past[-1] <= past[0]:
            return now + DAY
        weekly = math.ceil(WEEK / ((past[-1] - past[0]) / (len(past) - 1)))
        return now + min(DAY, max(5 * MINUTE, WEEK / (weekly * factor)))

    return following


def run(published: list[list[float]], rule: Rule, days: int, warm: int, *, blind: bool) -> dict[str, float]:
    """Looks a day and delays (minutes) after the warm-up; what is never found waits until the end."""
    end, begin = days * DAY, warm * DAY
    due = [(number / len(published) * HOUR, number) for number in range(len(published))]
    heapq.heapify(due)
    place, looks, delays, slow = [0] * len(published), 0, [], []
    while due and due[0][0] < end:
        now, source = heapq.heappop(due)
        times = published[source]
        upto = bisect_right(times, now, place[source])
        new = times[place[source] : upto]
        place[source] = upto
        if now >= begin:
            looks += 1
            found = [now - x for x in new if x >= begin]
            delays += found
            slow += found if len(times) < days else []
        following = rule(source, now, len(new), None if blind else new)
        heapq.heappush(due, (min(max(following, now + 30), now + DAY), source))
    for source, times in enumerate(published):
        missed = [end - x for x in times[place[source] :] if x >= begin]
        delays += missed
        slow += missed if len(times) < days else []
    waited = np.array(delays) / MINUTE
    return {
        "looks a day": looks / (days - warm),
        "mean delay, min": float(waited.mean()),
        "median": float(np.median(waited)),
        "within 15 min": float((waited <= 15).mean()),
        "within 60 min": float((waited <= 60).mean()),
        "mean, < 1 article a day": float(np.mean(slow) / MINUTE) if slow else math.nan,
    }


def at_budget(
    make: Callable[[float], Rule], budget: float, measure: Callable[[Rule], dict[str, float]]
) -> dict[str, float]:
    """The rule with the factor at which it spends the budget."""
    low, high = 0.01, 100.0
    for _ in range(12):
        factor = math.sqrt(low * high)
        figures = measure(make(factor))
        if abs(figures["looks a day"] / budget - 1) < 0.005:
            break
        low, high = (factor, high) if figures["looks a day"] < budget else (low, factor)
    return figures


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sources", type=int, default=100)
    parser.add_argument("--looks", type=float, default=24.0, help="looks a source a day, on the mean")
    parser.add_argument("--days", type=int, default=21)
    parser.add_argument("--warm", type=int, default=10, help="days before measuring")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=2, help="worlds; the figures are their means")
    parser.add_argument("--blind", action="store_true", help="listings state no publication times")
    parser.add_argument("--markdown", action="store_true")
    given = parser.parse_args()
    budget = given.looks * given.sources
    table: dict[str, list[dict[str, float]]] = {}
    for seed in range(given.seed, given.seed + given.seeds):
        published = world(given.sources, given.days, seed)

        def measure(rule: Rule, published: list[list[float]] = published) -> dict[str, float]:
            return run(published, rule, given.days, given.warm, blind=given.blind)

        planner = revisit(given.sources, budget, 0.0)
        rows = {
            "presswatch, learnt": measure(planner.on_poll),
            "entry frequency (miniflux)": at_budget(
                lambda factor: entry_frequency(given.sources, budget, factor), budget, measure
            ),
            "fixed interval": measure(fixed(given.sources, budget, 1.0)),
        }
        for name, row in rows.items():
            table.setdefault(name, []).append(row)
    figures = list(next(iter(table.values()))[0])
    between, edge = (" | ", "| ") if given.markdown else ("  ", "")
    print(edge + between.join(["rule".ljust(27), *figures]) + (" |" if given.markdown else ""))
    if given.markdown:
        print("|---|" + "---:|" * len(figures))
    for name, rows in table.items():
        means = [float(np.nanmean([row[figure] for row in rows])) for figure in figures]
        shown = [
            (f"{mean:.1%}" if figure.startswith("within") else f"{mean:.1f}").rjust(len(figure))
            for figure, mean in zip(figures, means, strict=True)
        ]
        print(edge + between.join([name.ljust(27), *shown]) + (" |" if given.markdown else ""))


if __name__ == "__main__":
    main()
