"""What `presswatch status` shows a person: some lines on the whole, a table of sources, and what to do about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from crawler.cli.budget_lines import binding_lines
from crawler.cli.terminal import columns_of, fitted, one_line
from crawler.cli.times import shown_short, shown_with_zone, zone_name
from crawler.disk_forecast import Forecast
from crawler.disk_forecast import told as disk_told
from crawler.health import BudgetUse, Delay, Health, LeftAlone, Pace, SourceHealth
from crawler.source_words import UNHEALTHY, SourceWord

GAP: Final = "  "
LEAST_NAME: Final = 12
"""Columns of a source's name below which other columns are left out rather than cutting it more."""
USUAL_NAME: Final = 28
HOSTS_TOLD: Final = 3
# What is told of all sources in these states together; of those in others each is told.
TOGETHER: Final = {
    SourceWord.NEVER_RUN: "not looked at yet",
    SourceWord.NEW: "nothing new since they were added, and no usual pace known yet",
    SourceWord.QUIET: "nothing new for longer than is usual, or for over a week",
    SourceWord.BLOCKED: "their hosts are left alone for a while",
    SourceWord.OFF: "paused; `presswatch source resume NAME` goes on",
}
COLOURS: Final = {
    **dict.fromkeys(UNHEALTHY, "red"),
    SourceWord.BLOCKED: "yellow",
    SourceWord.MOVED: "yellow",
    SourceWord.QUIET: "yellow",
    SourceWord.OK: "green",
}


def head(health: Health, disk: Forecast) -> Iterator[str]:
    """Lines on the whole, those that have nothing to say left out."""
    zone = health.zone
    yield from _daemon(health)
    words = ", ".join(
        f"{health.states[word]:,} {word}" for word in SourceWord if word.value in health.states
    )  # the worst first
    yield f"sources: {len(health.sources):,}" + (f" ({words})" if words else "")
    yield f"articles: {health.articles:,}; {_pace(health.pace)}; topics: {health.topics}"
    if health.delay.articles:
        yield f"found: {_delay(health.delay)}"
    yield _queue(health)
    if health.left_alone:
        yield _left_alone(health.left_alone, zone)
    yield f"requests in the last hour: {budget(health.budget)}"
    yield from binding_lines(health.waiting, zone)
    yield f"store: {disk_told(disk)}"
    name, offset = zone_name(health.at, zone), f"UTC{health.at.astimezone(ZoneInfo(zone)):%z}"
    yield f"times: {zone}" + (
        "" if name == zone == "UTC" else f" ({offset})" if name == zone else f" ({name}, {offset})"
    )


def _daemon(health: Health) -> Iterator[str]:
    zone, daemon, signs = health.zone, health.daemon, health.signs
    if daemon is None:
        last = f" (last sign of life {shown_with_zone(signs.at, zone)})" if signs is not None else ""
        yield f"daemon: not running{last}; start it with `presswatch daemon`"
        return
    place = f", process {daemon.pid} on {daemon.host}" if daemon.pid else ""
    parts = [f"daemon: running since {shown_with_zone(daemon.since, zone)}{place}"]
    if signs is not None and (daemon.pid is None or signs.pid == daemon.pid):
        parts.append(f"last sign of life {shown_with_zone(signs.at, zone)}")
        losses = signs.engine_losses
        if losses:
            why = ", ".join(f"{count} {reason}" for reason, count in sorted(losses.items()) if count)
            parts.append(f"its engine was replaced {_times(sum(losses.values()))} ({why})")
    # Its lock says it also while the store can't be written.
    trouble = daemon.trouble or (signs.trouble if signs is not None and signs.pid == daemon.pid else None)
    if trouble is not None:
        parts.append(trouble)
    yield one_line("; ".join(parts))
    if health.silent:
        end = f"; where it stays so end it with `kill -9 {daemon.pid}` and start it again" if daemon.pid else ""
        yield f"daemon: no sign of life for minutes: its loop hangs or its store takes nothing; see its log{end}"


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _pace(pace: Pace) -> str:
    def usually(count: float | None) -> str:
        return "" if count is None else f" (usually {_number(count)})"

    return (
        f"{pace.last_hour:,} found in the last hour{usually(pace.usual_hour)}, "
        f"{pace.last_day:,} in the last 24 hours{usually(pace.usual_day)}"
    )


def _delay(delay: Delay) -> str:
    assert delay.median is not None
    assert delay.mean is not None
    assert delay.p90 is not None
    return (
        f"{span(delay.median)} after publication in the median, {span(delay.mean)} on the mean, 9 of 10 within "
        f"{span(delay.p90)} ({delay.articles:,} articles of the last 24 hours that tell the time)"
    )


def _queue(health: Health) -> str:
    zone, queue = health.zone, health.queue
    looks = f"{queue.overdue:,} look{'s' * (queue.overdue != 1)} overdue"
    if queue.oldest_due is not None:
        looks += f", the oldest since {shown_with_zone(queue.oldest_due, zone)}"
    articles = f"{queue.articles:,} article{'s' * (queue.articles != 1)} due for another try"
    crawls = f"{health.running} crawl{'s' * (health.running != 1)} under way"
    if health.under_way:
        oldest = health.under_way[0]
        crawls += f", the longest since {shown_with_zone(oldest.since, zone)} ({oldest.name})"
    return one_line(f"queue: {looks}; {articles}; {crawls}")


def _left_alone(hosts: Sequence[LeftAlone], zone: str) -> str:
    told = [
        f"{one.host} until {shown_with_zone(one.until, zone)}" + (f", {one.reason}" if one.reason else "")
        for one in hosts[:HOSTS_TOLD]
    ]
    more = f"; {len(hosts) - HOSTS_TOLD:,} more" if len(hosts) > HOSTS_TOLD else ""
    return one_line(f"hosts left alone: {len(hosts):,} ({'; '.join(told)}{more})")


def budget(use: BudgetUse) -> str:
    """``120 of 7200; most to paper.example.com, 60 of 900; most for paper, 60 of 600``."""

    def told(requests: int, ceiling: int) -> str:
        return f"{requests} of {ceiling}" if ceiling else f"{requests} (no ceiling)"

    parts = [told(use.requests, use.ceiling)]
    if use.host is not None:
        parts.append(f"most to {use.host}, {told(use.host_requests, use.host_ceiling)}")
    if use.source is not None:
        parts.append(f"most for {use.source}, {told(use.source_requests, use.source_ceiling)}")
    return one_line("; ".join(parts))


@dataclass(frozen=True, slots=True)
class _Column:
    """A column: what stands in it, and the order in which columns are left out where there is no room."""

    heading: str
    cell: Callable[[SourceHealth], str]
    spared: int
    right: bool = False


def table(
    sources: Sequence[SourceHealth], health: Health, width: int | None
) -> Iterator[tuple[SourceWord | None, str]]:
    """Heading and a line a source, each with its state (`None`: the heading); within `width` columns where given."""
    zone, now = health.zone, health.at

    def moment(name: str) -> Callable[[SourceHealth], str]:
        return lambda source: shown_short(getattr(source, name), zone, now)

    columns = [
        _Column("source", lambda source: one_line(source.name), 9),
        _Column("state", lambda source: f"{source.state}, running" if source.running else str(source.state), 8),
        _Column("24 h", lambda source: f"{source.seen:,}", 5, right=True),
        _Column("usual", lambda source: "-" if source.expected is None else _number(source.expected), 4, right=True),
        _Column("articles", lambda source: f"{source.articles:,}", 1, right=True),
        _Column("last run", moment("last_run"), 2),
        _Column("last new", moment("last_new"), 3),
        _Column("next look", moment("next_due"), 6),
    ]
    cells = [
        [column.heading for column in columns],
        *([column.cell(source) for column in columns] for source in sources),
    ]
    widths = [max(columns_of(row[place]) for row in cells) for place in range(len(columns))]
    kept = list(range(len(columns)))
    if width is not None:
        least = min(widths[0], USUAL_NAME)

        def others() -> int:
            return sum(widths[place] + len(GAP) for place in kept[1:])

        while len(kept) > 2 and least + others() > width:
            kept.remove(min(kept, key=lambda place: columns[place].spared))
        widths[0] = min(widths[0], max(LEAST_NAME, width - others()))
    for row, source in zip(cells, [None, *sources], strict=True):
        line = GAP.join(fitted(row[place], widths[place], right=columns[place].right) for place in kept)
        yield (None if source is None else source.state), line.rstrip()


def notes(source: SourceHealth) -> Iterator[tuple[str, str]]:
    """What is to be told of a source beside its line in the table: a label and a text."""
    account = source.account
    if source.changes:
        *changes, last = source.changes
        yield from (("changed", line) for line in changes)
        yield "changed", f"{last}; {account}" if source.state is SourceWord.CHANGED else last
    if source.overflow is not None:
        yield "overflows", source.overflow
    if account is not None and source.state not in (SourceWord.CHANGED, SourceWord.OVERFLOWING):
        yield str(source.state), account
    if source.moved and source.state is not SourceWord.MOVED:
        yield "moved", ", ".join(f"{old} is {new} for good now" for old, new in source.moved.items())


def together(health: Health) -> Iterator[tuple[str, str]]:
    """What is told of all sources in a state at once: a label and a text."""
    for word, text in TOGETHER.items():
        count = health.states.get(word.value, 0)
        if count:
            yield str(word), f"{count:,} source{'s' * (count != 1)}: {text}"


def span(seconds: float) -> str:
    """A span as a person says it: ``40 s``, ``12 min``, ``13 h``, ``7 days``."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 2 * 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 2 * 86_400 else f"{seconds / 86_400:.0f} days"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"
