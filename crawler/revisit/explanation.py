"""What was learnt of a source, in words and as a plot of its day."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

import numpy as np

from crawler.revisit.history import BINS, History
from crawler.revisit.planner import Look
from crawler.revisit.rhythm import Rhythm

BARS = "▁▂▃▄▅▆▇█"
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# Below so many articles the plot shows what others do rather than what this source did.
TELLING = 8


def by_hour(rhythm: Rhythm) -> list[float]:
    """Articles expected in each local hour of a mean day."""
    hours = rhythm.shape.reshape(24, BINS // 24).mean(1) / 24 * rhythm.daily.mean()
    return [float(x) for x in hours]


def sparkline(values: list[float]) -> str:
    """One character a value, by height relative to the largest."""
    top = max(values, default=0.0)
    if top <= 0:
        return BARS[0] * len(values)
    return "".join(BARS[min(len(BARS) - 1, int(value / top * len(BARS)))] for value in values)


def busy_hours(hours: list[float], share: float = 0.8) -> list[tuple[int, int]]:
    """The spans of hours, first to just past the last, perhaps over midnight, that hold at least `share` of all."""
    total = sum(hours)
    best: tuple[int, int] | None = None
    for length in range(1, 25):
        sums = [sum(hours[(start + k) % 24] for k in range(length)) for start in range(24)]
        start = max(range(24), key=lambda s: sums[s])
        if sums[start] >= share * total:
            best = (start, (start + length) % 24)
            break
    if best is None or best[0] == best[1]:
        return []
    # Several short bursts read better apart than as one long span.
    peaks = sorted(range(24), key=lambda hour: -hours[hour])
    held, few = 0.0, []
    for hour in peaks[:4]:
        few.append(hour)
        held += hours[hour]
        if held >= share * total:
            break
    span = (best[1] - best[0]) % 24
    if held >= share * total and len(few) * 2 <= span:
        spans: list[tuple[int, int]] = []
        for hour in sorted(few):
            if spans and spans[-1][1] == hour:
                spans[-1] = (spans[-1][0], (hour + 1) % 24)
            else:
                spans.append((hour, (hour + 1) % 24))
        return spans
    return [best]


def explain(
    history: History,
    rhythm: Rhythm,
    look: Look | None,
    *,
    zone: tzinfo = UTC,
    place: str = "UTC",
    put_off: str | None = None,
) -> list[str]:
    """Lines for a person: the pace, the hours, the plot of the day, the week, and why the next look is when it is.

    `place` names the zone that the hours are in; `put_off` says why the look is at another moment than was planned.
    """
    if history.last is None:
        return ["not looked at yet: the first looks are frequent, until its pace is known"]
    pace = float(rhythm.daily.mean())
    hours = by_hour(rhythm)
    lines = []
    spans = ", ".join(f"{first:02d}–{end:02d}" for first, end in busy_hours(hours)) if history.total >= TELLING else ""
    when = f", mostly {spans} h {place}" if spans else ""
    lines.append(f"publishes ~{_number(pace)} a day{when}")
    if history.total < TELLING:
        lines[0] += (
            f" (a guess: {history.total:.0f} articles seen so far; it is looked at more often until more is known)"
        )
    lines.append(f"{sparkline(hours)}  00–24 h {place}")
    high, low = int(np.argmax(rhythm.daily)), int(np.argmin(rhythm.daily))
    if rhythm.daily[high] > 1.5 * rhythm.daily[low]:
        lines.append(
            f"{sparkline([float(x) for x in rhythm.daily])}  Mon–Sun: "
            f"{DAYS[high]} ~{_number(float(rhythm.daily[high]))}, {DAYS[low]} ~{_number(float(rhythm.daily[low]))}"
        )
    if look is not None:
        lines.append(
            f"next look {datetime.fromtimestamp(look.at, zone):%H:%M}, {put_off or _why(history, rhythm, look)}"
        )
    return lines


def _why(history: History, rhythm: Rhythm, look: Look) -> str:
    minutes = (look.at - (history.last or look.at)) / 60
    expected = f"~{_number(look.expected)} articles are expected in the {minutes:.0f} minutes since the last"
    reason = {
        "price": f"because {expected}, whose waiting is then worth a request",
        "min_interval": "because its min_interval allows none sooner",
        "max_interval": f"because its max_interval allows none later ({expected})",
        "heeded": "because its feed or its server asks for no sooner one",
        "pushed": "to be safe: a hub tells what is new",
        "capacity": f"because its listing shows only {history.capacity} articles, and none may fall off it unseen",
    }.get(look.because, f"because of {look.because}")
    if rhythm.lift >= 1.5:
        reason += "; more than usual came today"
    elif rhythm.lift <= 1 / 1.5:
        reason += "; fewer than usual came today"
    return reason


def _number(value: float) -> str:
    if value >= 10:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 1 else f"{value:.2g}"
