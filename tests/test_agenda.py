"""Adaptive sources in the daemon's terms: reports in, due moments out, and what is kept of them."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crawler.agenda import Agenda
from crawler.config import Config
from crawler.errors import UsageError
from crawler.items import CrawlKind, CrawlOrder, CrawlReport, CrawlState, DoorHints, SourceCount, SourceState
from crawler.sources import Schedule, Source

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
PAPER = Source(name="paper", url="https://paper.example/rss", zone="Asia/Seoul")


def report(at: datetime, seen: int = 40, state: CrawlState = CrawlState.DONE) -> CrawlReport:
    order = CrawlOrder(kind=CrawlKind.SOURCE, name="paper", sources=("paper",), due_at=at, attempt=1)
    counts = (SourceCount(source="paper", seen=seen),)
    return CrawlReport(order=order, state=state, started_at=at, ended_at=at, counts=counts)


def agenda(*sources: Source, **settings: float) -> Agenda:
    one = Agenda(Config(**{"looks": 4.0, "budget": 0, "host_budget": 0, "source_budget": 0, **settings}))  # type: ignore[arg-type]
    for source in sources:
        one.watch(source, None, NOON)
    return one


def follow(one: Agenda, source: Source, start: datetime, days: float, minute: int = 20) -> list[datetime]:
    """The looks at a source that publishes an article each hour of the day from 8 to 20 h in Seoul."""
    looks, now, last = [], start, start - timedelta(hours=1)
    while now < start + timedelta(days=days):
        found, hour = [], last.replace(minute=minute, second=0)
        while hour <= now:
            if hour > last and 8 <= (hour.hour + 9) % 24 <= 20:
                found.append(hour)
            hour += timedelta(hours=1)
        last, now = now, one.following(source, now, now, report(now), appeared=found)
        looks.append(now)
    return looks


def test_looks_gather_where_the_source_publishes_and_the_budget_is_kept() -> None:
    others = [replace(PAPER, name=f"other {n}", url=f"https://o{n}.example/") for n in range(3)]
    one = agenda(PAPER, *others, looks=4.0)
    for other in others:
        follow(one, other, NOON, 0.1)
    looks = follow(one, PAPER, NOON, 10)[-80:]
    by_day = [look for look in looks if 8 <= (look.hour + 9) % 24 <= 21]
    assert len(by_day) > 0.7 * len(looks)


def test_what_was_learnt_survives_a_restart() -> None:
    one = agenda(PAPER, looks=4.0)
    last = follow(one, PAPER, NOON, 5)[-1]
    kept = json.loads(json.dumps(one.learnt("paper")))
    again = Agenda(Config(looks=4.0, budget=0, host_budget=0, source_budget=0))
    assert again.unknown({"paper": PAPER}) == {"paper"}
    again.watch(PAPER, kept, last)
    assert again.unknown({"paper": PAPER}) == set()
    assert again.learnt("paper") == kept
    assert again.last_look("paper") is not None
    due = again.following(PAPER, last, last, report(last))
    assert last < due < last + timedelta(hours=12)


def test_a_past_that_cannot_be_read_is_told_and_learnt_anew() -> None:
    one = Agenda(Config())
    with pytest.raises(UsageError, match="learnt anew"):
        one.watch(PAPER, {"version": 99}, NOON)
    assert one.following(PAPER, NOON, NOON, report(NOON)) > NOON


def test_failures_wait_longer_and_longer_but_no_longer_than_the_source_allows() -> None:
    source = replace(PAPER, schedule=Schedule(max_interval=7200))
    one = agenda(source)
    failed = report(NOON, 0, CrawlState.FAILED)
    waits = [one.following(source, NOON, NOON, failed, failures=n) - NOON for n in range(1, 9)]
    assert timedelta(seconds=45) <= waits[0] <= timedelta(seconds=75)
    assert waits[4] > 4 * waits[0]
    assert max(waits) <= timedelta(seconds=7200)
    assert one.following(source, NOON, NOON, None, failures=1) > NOON
    assert one.following(source, NOON, NOON, report(NOON), failures=0) <= NOON + timedelta(seconds=7200)


def test_sources_of_a_host_that_fails_stay_away_together() -> None:
    sources = [replace(PAPER, name=f"s{n}", url=f"https://one.example/{n}") for n in range(8)]
    one = agenda(*sources)
    failed = report(NOON, 0, CrawlState.FAILED)
    waits = [one.following(source, NOON, NOON, failed, failures=1) - NOON for source in sources]
    assert waits[-1] > 3 * waits[0]
    assert one.following(sources[0], NOON, NOON, report(NOON)) > NOON
    after = one.following(sources[1], NOON, NOON, failed, failures=1) - NOON
    assert after <= timedelta(seconds=75)


@pytest.mark.parametrize("schedule", [Schedule(every=600), Schedule(cron="*/10 * * * *")])
def test_sources_that_keep_to_a_clock_back_off_too_and_go_back_to_it(schedule: Schedule) -> None:
    sources = [
        replace(PAPER, name=f"s{n}", url=f"https://h{n}.example/", schedule=schedule, zone="UTC") for n in range(6)
    ]
    one = agenda()
    failed = report(NOON, 0, CrawlState.FAILED)
    waits = {
        source.name: [one.following(source, NOON, NOON, failed, failures=n) - NOON for n in range(1, 12)]
        for source in sources
    }
    for later in waits.values():
        assert later[0] == timedelta(minutes=10), "one failure is a hiccup"
        assert min(later) >= timedelta(minutes=10)
        assert timedelta(minutes=30) <= later[3] <= timedelta(minutes=210)
        assert timedelta(hours=4) <= later[-1] <= timedelta(hours=6, minutes=10)
    assert len({later[3] for later in waits.values()}) >= 3, "those that failed together come back apart"
    if schedule.cron is not None:
        assert all((NOON + wait).minute % 10 == 0 for later in waits.values() for wait in later)
    assert one.following(sources[0], NOON, NOON, None, failures=3) > NOON + timedelta(minutes=10)
    assert one.following(sources[0], NOON, NOON, report(NOON)) == NOON + timedelta(minutes=10)


def test_a_source_with_a_long_interval_is_never_looked_at_sooner_for_its_failures() -> None:
    daily = replace(PAPER, schedule=Schedule(every=86_400))
    failed = report(NOON, 0, CrawlState.FAILED)
    for failures in range(1, 9):
        assert agenda().following(daily, NOON, NOON, failed, failures=failures) == NOON + timedelta(days=1)


def test_hosts_that_fail_and_those_that_ask_for_it_are_left_alone_by_sources_that_keep_to_a_clock() -> None:
    sources = [
        replace(PAPER, name=f"s{n}", url=f"https://one.example/{n}", schedule=Schedule(every=5)) for n in range(8)
    ]
    one = agenda()
    failed = report(NOON, 0, CrawlState.FAILED)
    waits = [one.following(source, NOON, NOON, failed, failures=1) - NOON for source in sources]
    assert waits[0] == timedelta(seconds=5)
    assert waits[-1] > timedelta(seconds=60)
    until = NOON + timedelta(hours=2)
    assert one.following(sources[0], NOON, NOON, failed, failures=1, blocked_until=until) >= until


def test_a_look_that_found_its_host_left_alone_is_put_off_and_no_failure() -> None:
    until = NOON + timedelta(hours=1)
    rests = replace(report(NOON, 0), counts=(SourceCount(source="paper", room_at=until.timestamp()),))
    sources = [replace(PAPER, name=f"s{n}", schedule=Schedule(every=60) if n % 2 else Schedule()) for n in range(6)]
    one = agenda(*sources[::2])
    due = [one.following(source, NOON, NOON, rests) for source in sources]
    assert all(until <= moment <= until + timedelta(minutes=5) for moment in due)
    assert len(set(due)) > 3, "they come back apart"
    assert one.learnt("s0")["polls"] == 0  # type: ignore[index]


def test_a_host_that_wants_to_be_left_alone_is() -> None:
    one = agenda(PAPER)
    until = NOON + timedelta(hours=5)
    assert one.following(PAPER, NOON, NOON, report(NOON), blocked_until=until) >= until
    forever = NOON + timedelta(days=400)
    assert one.following(PAPER, NOON, NOON, report(NOON), blocked_until=forever) <= NOON + timedelta(days=1)


def test_what_a_feed_says_of_itself_counts_within_the_sources_own_bounds() -> None:
    one = agenda(PAPER, looks=1e6, host_looks=1e6)
    told = DoorHints(url=PAPER.url, max_age=600)
    assert one.following(PAPER, NOON, NOON, report(NOON)) < NOON + timedelta(seconds=600)
    assert one.following(PAPER, NOON, NOON, replace(report(NOON), hints=(told,))) >= NOON + timedelta(seconds=600)
    quick = replace(PAPER, schedule=Schedule(max_interval=120))
    assert one.following(quick, NOON, NOON, replace(report(NOON), hints=(told,))) <= NOON + timedelta(seconds=120)
    again = agenda()
    again.watch(PAPER, json.loads(json.dumps(one.learnt("paper"))), NOON)
    assert again.learnt("paper")["hints"] == [{"door": PAPER.url, "max_age": 600}]  # type: ignore[index]


def test_a_short_listing_is_looked_at_before_it_overflows_whatever_its_cache_says() -> None:
    one = agenda(PAPER, looks=1e6, host_looks=1e6)
    told = DoorHints(url=PAPER.url, max_age=900)
    now = NOON
    for number in range(40):
        # One of five is new at each look, three minutes apart.
        appeared = [now - timedelta(seconds=90)] if number else []
        due = one.following(PAPER, now, now, replace(report(now, seen=5), hints=(told,)), appeared=appeared)
        now += timedelta(minutes=3)
    assert due < now + timedelta(minutes=7)


def test_a_listing_that_is_all_new_is_looked_at_sooner_than_last_time() -> None:
    one = agenda(PAPER, looks=100, host_looks=100)
    one.following(PAPER, NOON, NOON, report(NOON, seen=5))
    later = NOON + timedelta(minutes=20)
    appeared = [later - timedelta(minutes=4 * number) for number in range(5)]
    due = one.following(PAPER, later, later, report(later, seen=5), appeared=appeared)
    assert due <= later + timedelta(minutes=10)


def test_looks_are_rarer_while_a_hub_delivers_and_never_beyond_the_sources_own_bounds() -> None:
    one = agenda(PAPER, looks=1e6, host_looks=1e6)
    assert one.following(PAPER, NOON, NOON, report(NOON)) < NOON + timedelta(minutes=10)
    assert one.following(PAPER, NOON, NOON, report(NOON), pushed=True) >= NOON + timedelta(minutes=30)
    quick = replace(PAPER, schedule=Schedule(max_interval=120))
    assert one.following(quick, NOON, NOON, report(NOON), pushed=True) <= NOON + timedelta(seconds=120)


def test_the_purse_goes_on_where_an_earlier_life_ended() -> None:
    one = agenda(PAPER)
    for minute in range(0, 3 * 24 * 60, 5):
        at = NOON + timedelta(minutes=minute)
        one.following(PAPER, at, at, report(at))
    assert one.books["owed"] > 0
    again = agenda(PAPER)
    again.resume(json.loads(json.dumps(one.books)))
    assert again.books == one.books
    with pytest.raises(UsageError, match="purse"):
        again.resume({"owed": "much"})
    assert again.books == one.books


def test_sources_that_find_a_budget_spent_go_on_in_turn() -> None:
    one = agenda(PAPER, replace(PAPER, name="other"), budget=60)
    room = NOON.timestamp() + 100
    short = SourceCount(source="paper", budget="budget", room_at=room)
    moments = []
    for name in ("paper", "other", "paper"):
        source = replace(PAPER, name=name)
        moments.append(one.following(source, NOON, NOON, replace(report(NOON), counts=(short,))).timestamp() - room)
    assert moments == [0, 60, 120]
    assert one.learnt("paper")["polls"] == 0  # type: ignore[index]
    left = replace(short, seen=9)
    fixed = replace(PAPER, schedule=Schedule(every=600))
    assert one.following(fixed, NOON, NOON, replace(report(NOON), counts=(left,))) <= NOON + timedelta(seconds=600)


def test_bounds_budget_and_schedule_may_change_on_the_way() -> None:
    one = agenda(PAPER)
    follow(one, PAPER, NOON, 2)
    kept = one.learnt("paper")
    slow = replace(PAPER, schedule=Schedule(min_interval=6 * 3600))
    now = NOON + timedelta(days=2, hours=1)
    assert one.following(slow, now, now, report(now)) >= now + timedelta(hours=6)
    assert one.learnt("paper") is not None
    assert kept is not None
    one.renew(Config(looks=1e6, host_looks=1e6, budget=0, host_budget=0, source_budget=0))
    soon = one.following(PAPER, now, now, report(now)) - now
    assert soon < timedelta(minutes=20)
    fixed = replace(PAPER, schedule=Schedule(every=900))
    assert one.following(fixed, now, now, report(now)) == now + timedelta(seconds=900)
    assert one.unknown({"paper": fixed}) == set()
    assert one.learnt("paper") is None


def test_the_clock_may_jump() -> None:
    one = agenda(PAPER)
    follow(one, PAPER, NOON, 1)
    for jump in (timedelta(days=30), timedelta(days=-30), timedelta(0)):
        now = NOON + timedelta(days=1) + jump
        due = one.following(PAPER, now, now, report(now))
        assert now < due <= now + timedelta(days=1)


@pytest.mark.parametrize("dated", [True, False])
@pytest.mark.parametrize(("every", "capacity"), [(20, 10), (20, 40), (45, 5), (45, 20), (120, 5)])
def test_nothing_falls_off_the_listing_of_a_new_source_that_is_busier_than_was_thought(
    every: int, capacity: int, dated: bool
) -> None:
    one = agenda(PAPER, looks=7200)
    published = [NOON + timedelta(seconds=every * number) for number in range(-capacity, 2400 // every)]
    now, read = NOON + timedelta(seconds=3), 0
    while now < NOON + timedelta(minutes=30):
        upto = sum(moment <= now for moment in published)
        assert read == 0 or upto - read <= capacity, f"lost at {now - NOON}"
        appeared = [moment if dated else None for moment in published[max(read, upto - capacity) : upto]]
        read = upto
        now = one.following(PAPER, now, now, report(now, seen=capacity), appeared=appeared)


def test_more_looks_bring_those_forward_that_were_planned_later_one_after_the_other() -> None:
    sources = [replace(PAPER, name=f"s{n:02}", url=f"https://h{n}.example/rss") for n in range(20)]
    one = agenda(*sources, looks=0.2)
    for hour in range(5):
        at = NOON + timedelta(hours=hour)
        dues = {source.name: one.following(source, at, at, report(at)) for source in sources}
    states = {name: SourceState(name=name, next_due=due) for name, due in dues.items()}
    states["s03"] = replace(states["s03"], failures=1)
    now = NOON + timedelta(hours=5)
    assert one.sooner(states, now) == {}
    one.renew(Config(looks=0.1))
    assert one.sooner(states, now) == {}, "fewer"
    one.renew(Config(looks=120))
    found = one.sooner(states, now, lambda name: name == "s05")
    assert found
    assert not {"s03", "s05"} & found.keys()
    assert all(now <= due < states[name].next_due for name, due in found.items())  # type: ignore[operator]
    overdue = sorted(due for due in found.values() if due < now + timedelta(minutes=10))
    assert all(later - due >= timedelta(seconds=29) for due, later in itertools.pairwise(overdue))
    assert one.sooner(states, now) == {}, "once"
