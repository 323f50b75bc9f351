"""When a source is looked at next: what is learnt of it, what a budget buys, and what bounds it."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.errors import UsageError
from crawler.revisit.explanation import BARS, busy_hours, explain, sparkline
from crawler.revisit.history import History
from crawler.revisit.observing import observed
from crawler.revisit.planner import Bounds, Planner, Purse, purse_from, wait
from crawler.revisit.rhythm import Population, ahead, fit, lift

HOUR, DAY = 3600.0, 86_400.0
MONDAY = datetime(2026, 11, 23, tzinfo=UTC).timestamp()
SEOUL = ZoneInfo("Asia/Seoul")


def issues(hours: list[float], days: int, *, weekdays: str = "1111111", start: float = MONDAY) -> list[float]:
    """Articles at the same hours of each day asked for."""
    return [start + d * DAY + h * HOUR for d in range(days) if weekdays[d % 7] == "1" for h in hours]


def watched(times: list[float], end: float, *, every: float = HOUR, dated: bool = True, zone=UTC) -> History:
    """A history made by looks at a fixed interval from Monday on."""
    history, now = observed(History(), MONDAY, 0, [], zone=zone), MONDAY
    rhythm = None
    while now + every <= end:
        now += every
        found = [x for x in times if now - every < x <= now]
        history = observed(history, now, len(found), found if dated else None, zone=zone, rhythm=rhythm)
        rhythm = fit(history, Population.unknown())
    return history


def rate_at(history: History, hour: float, weekday: int = 0) -> float:
    rhythm = fit(history, Population.unknown())
    return float(rhythm.daily[weekday] * rhythm.shape[int(hour * 12)])


def test_the_pace_is_learnt_whatever_the_interval_of_looks() -> None:
    times = issues([h + 0.3 for h in range(24)], 14)
    for every in (HOUR, 7 * HOUR):
        daily = fit(watched(times, MONDAY + 14 * DAY, every=every), Population.unknown()).daily
        assert daily.mean() == pytest.approx(24, rel=0.1)


def test_set_times_are_told_to_some_minutes_and_the_look_comes_just_after() -> None:
    history = watched(issues([7.0, 7.02, 7.04, 18.0, 18.03], 10), MONDAY + 10 * DAY)
    assert rate_at(history, 7.05) > 20 * rate_at(history, 12)
    rhythm = fit(history, Population.unknown())
    look = wait(rhythm, 0, 5 * HOUR, 3000.0, bounds=Bounds())
    assert 7 * HOUR < 5 * HOUR + look.at < 8 * HOUR


def test_without_times_the_hours_are_still_learnt() -> None:
    history = watched(issues([9.2, 9.4, 10.1, 10.6], 14), MONDAY + 14 * DAY, every=1.7 * HOUR, dated=False)
    assert rate_at(history, 9.8) > 4 * rate_at(history, 20)


def test_a_quiet_weekend_and_a_weekly_paper_are_told_from_a_daily_one() -> None:
    office = watched(issues([9, 12, 15], 21, weekdays="1111100"), MONDAY + 21 * DAY)
    assert rate_at(office, 12, weekday=1) > 3 * rate_at(office, 12, weekday=6)
    weekly = watched(issues([6, 6.1, 6.2, 6.3, 6.4, 6.5], 28, weekdays="0010000"), MONDAY + 28 * DAY)
    daily = fit(weekly, Population.unknown()).daily
    assert daily.argmax() == 2
    assert daily[2] > 4 * np.delete(daily, 2).max()


def test_hours_are_those_of_the_zone() -> None:
    times = issues([22.5], 10)  # 07:30 in Seoul
    history = watched(times, MONDAY + 10 * DAY, zone=SEOUL)
    assert int(history.counts.argmax() / 12) == 7


def test_a_source_that_wakes_up_is_looked_at_sooner_the_same_day() -> None:
    quiet = watched([], MONDAY + 20 * DAY, every=6 * HOUR)
    before = fit(quiet, Population.unknown())
    now = MONDAY + 20 * DAY + HOUR
    awake = observed(quiet, now, 6, [now - 60 * k for k in range(6)], rhythm=before)
    after = fit(awake, Population.unknown())
    assert after.lift > 3
    sooner = wait(after, 6, HOUR, 10_000.0, bounds=Bounds()).at
    assert sooner < wait(before, 6, HOUR, 10_000.0, bounds=Bounds()).at / 3


def test_a_holiday_is_noticed_and_forgotten() -> None:
    assert lift(0, 30) < 0.3
    assert lift(30, 30) == pytest.approx(1, abs=0.05)
    assert lift(45, 30) < 1.6
    assert lift(0, 0.5) > 0.8
    busy = watched(issues([h / 2 for h in range(48)], 14), MONDAY + 14 * DAY)
    silent = busy
    for k in range(1, 24):
        silent = observed(silent, MONDAY + 14 * DAY + k * HOUR, 0, [], rhythm=fit(silent, Population.unknown()))
    assert fit(silent, Population.unknown()).lift < 0.4
    later = observed(silent, MONDAY + 19 * DAY, 0, [])
    assert fit(later, Population.unknown()).lift > 0.8


def test_a_first_look_learns_from_what_the_listing_dates_but_for_what_is_pinned() -> None:
    times = [MONDAY - k * HOUR for k in range(40)]
    history = observed(History(), MONDAY, 41, [*times, MONDAY - 400 * DAY])
    assert 15 < fit(history, Population.unknown()).daily.mean() < 40
    undated = observed(History(), MONDAY, 40, None)
    assert undated.total == 0


def test_times_that_cannot_be_true_say_only_that_something_came() -> None:
    history = observed(History(), MONDAY, 0, [])
    stated = [MONDAY - 90 * DAY, MONDAY + 90 * DAY, math.nan]
    history = observed(history, MONDAY + HOUR, 3, stated)
    assert history.total == pytest.approx(3)
    assert history.counts[:13].sum() == pytest.approx(3)


def test_a_short_listing_is_never_left_to_overflow() -> None:
    rhythm = fit(watched(issues([h / 4 for h in range(96)], 7), MONDAY + 7 * DAY), Population.unknown())
    look = wait(rhythm, 0, 0.0, 1e9, bounds=Bounds(), capacity=20)
    assert look.because == "capacity"
    assert look.expected < 6
    assert wait(rhythm, 0, 0.0, 1e9, bounds=Bounds()).because == "max_interval"


@given(
    price=st.floats(1e-3, 1e9),
    low=st.floats(1, DAY),
    more=st.floats(0, 5 * DAY),
    second=st.floats(0, DAY - 1),
    rate=st.floats(0, 2000),
    capacity=st.none() | st.integers(1, 500),
)
@settings(deadline=None)
def test_bounds_hold_and_a_dearer_look_is_never_sooner(
    price: float, low: float, more: float, second: float, rate: float, capacity: int | None
) -> None:
    history = History(counts=np.full(288, rate / 288), articles=np.full(7, rate), days=np.full(7, 2.0))
    rhythm, bounds = fit(history, Population.unknown()), Bounds(low, low + more)
    look = wait(rhythm, 3, second, price, bounds=bounds, capacity=capacity)
    assert low <= look.at <= low + more
    assert look.at <= wait(rhythm, 3, second, price * 2, bounds=bounds, capacity=capacity).at + 1e-6


@given(
    gaps=st.lists(st.tuples(st.floats(0, 3 * DAY), st.integers(0, 900), st.booleans()), min_size=1, max_size=30),
    back=st.floats(0, DAY),
)
@settings(deadline=None, max_examples=60)
def test_any_looks_leave_a_small_state_that_survives_json(gaps: list[tuple[float, int, bool]], back: float) -> None:
    history, now = History(), MONDAY
    for gap, new, dated in gaps:
        times = [now + gap * k / max(new, 1) for k in range(new)]
        now += gap
        history = observed(history, now, new, times if dated else None, rhythm=fit(history, Population.unknown()))
    # The clock was set back.
    history = observed(history, now - back, 1, [now - back])
    written = json.dumps(history.to_dict())
    assert len(written) <= 2048
    assert json.dumps(History.from_dict(json.loads(written)).to_dict()) == written
    rhythm = fit(History.from_dict(json.loads(written)), Population.unknown())
    rates, widths = ahead(rhythm, 3, 5 * HOUR, 7 * DAY)
    assert np.isfinite(rates).all()
    assert rates.min() > 0
    assert widths.sum() >= 7 * DAY
    assert rhythm.shape.mean() == pytest.approx(1)


def test_a_state_that_was_damaged_is_refused_in_words() -> None:
    good = History().to_dict()
    for damage in ({"version": 9}, {"counts": "???"}, {"days": [1]}, {"articles": [-1.0] * 7}, {"last": "soon"}):
        with pytest.raises(UsageError, match="learnt anew"):
            History.from_dict({**good, **damage})
    with pytest.raises(UsageError):
        History.from_dict({})


def test_a_new_source_is_looked_at_often_and_settles() -> None:
    planner = Planner(24.0 * 10)
    for name in "abcdefghij":
        planner.watch(name, MONDAY)
    now, waits = MONDAY, []
    while now < MONDAY + 6 * DAY:
        for name in "abcdefghi":
            planner.looked(name, now, 1, [now])
        look = planner.looked("j", now, 0, [])
        waits.append(look.at - now)
        now = look.at
    assert waits[0] < 2 * HOUR
    assert np.mean(waits[-3:]) > 2 * waits[0]


def test_more_budget_never_makes_looks_rarer_and_a_costly_look_is_rarer() -> None:
    history = watched(issues([8, 9, 12, 15, 18], 7), MONDAY + 7 * DAY)
    gaps = []
    for budget in (10, 100, 1000, 10_000):
        planner = Planner(budget)
        planner.watch("a", MONDAY + 7 * DAY, history=history)
        gaps.append(planner.next("a", MONDAY + 7 * DAY).at)
    assert gaps == sorted(gaps, reverse=True)
    planner = Planner(100)
    planner.watch("a", MONDAY + 7 * DAY, history=history)
    planner.watch("b", MONDAY + 7 * DAY, history=history, bounds=Bounds(cost=4))
    assert planner.next("b", MONDAY + 7 * DAY).at > planner.next("a", MONDAY + 7 * DAY).at


def test_a_host_has_a_ceiling_of_its_own() -> None:
    history = watched(issues(list(range(24)), 7), MONDAY + 7 * DAY)
    planner = Planner(100_000, host_budget=24)
    now = MONDAY + 7 * DAY
    for number in range(10):
        planner.watch(f"s{number}", now, history=history, host="busy.example" if number < 8 else None)
    assert planner.next("s9", now).at - now < 600
    assert planner.next("s0", now).at - now > 4 * HOUR
    for number in range(8):
        planner.forget(f"s{number}")
    assert "s0" not in planner


def test_the_same_calls_give_the_same_answers() -> None:
    def run() -> list[float]:
        planner, found, now = Planner(50), [], MONDAY
        planner.watch("a", now)
        for k in range(50):
            now = planner.looked("a", now, k % 3, None).at
            found.append(now)
        return found

    assert run() == run()


def test_a_purse_pays_back_what_was_spent_too_much_and_survives_a_restart() -> None:
    purse = Purse(100.0)
    for k in range(400):
        purse.spend(MONDAY + k * 600.0, 1.0, 1.0)
    assert purse.correction > 1.2
    again = purse_from(100.0, json.loads(json.dumps(purse.to_dict())))
    assert again.correction == purse.correction
    with pytest.raises(UsageError):
        purse_from(100.0, {"owed": "much"})
    with pytest.raises(UsageError):
        Purse(0)


def test_a_clock_that_jumps_neither_stops_nor_floods() -> None:
    planner = Planner(240)
    planner.watch("a", MONDAY)
    look = planner.looked("a", MONDAY + 40 * DAY, 3, None)
    assert MONDAY + 40 * DAY < look.at <= MONDAY + 41 * DAY
    look = planner.looked("a", MONDAY + DAY, 0, None)
    assert MONDAY + DAY + 60 <= look.at <= MONDAY + 2 * DAY


@pytest.mark.parametrize("bad", [(0, 10), (20, 10), (1, math.inf), (math.nan, 3), (60, 15 * DAY)])
def test_bounds_that_cannot_be_kept_are_refused(bad: tuple[float, float]) -> None:
    with pytest.raises(UsageError, match="min_interval"):
        Bounds(*bad)


def test_it_says_what_it_learnt_and_why() -> None:
    times = issues([8 + k / 4 for k in range(34)], 14, weekdays="1111100")
    end = MONDAY + 14 * DAY
    planner = Planner(48)
    planner.watch("a", end, history=watched(times, end), zone=UTC)
    lines = explain(planner.history("a"), planner.rhythm("a"), planner.next("a", end), place="Seoul")
    assert lines[0].startswith("publishes ~2")
    assert "mostly 09–16 h Seoul" in lines[0]
    assert len(lines[1].split()[0]) == 24
    assert lines[1][0] == BARS[0]
    assert "Mon–Sun" in lines[2]
    assert lines[-1].startswith("next look ")
    assert "because" in lines[-1]
    assert explain(History(), fit(History(), Population.unknown()), None)[0].startswith("not looked at yet")


def test_hours_of_bursts_are_told_apart() -> None:
    hours = [0.0] * 24
    hours[7] = hours[18] = 5
    assert busy_hours(hours) == [(7, 8), (18, 19)]
    assert busy_hours([1.0] * 24) == [(0, 20)]
    night = [5.0, 5.0] + [0.1] * 20 + [5.0, 5.0]
    assert busy_hours(night) == [(22, 2)]
    assert sparkline([0, 0]) == BARS[0] * 2


def test_at_equal_looks_news_is_found_much_sooner_than_at_a_fixed_interval() -> None:
    rng = np.random.default_rng(7)
    paces = [90, 30, 12, 12, 5, 5, 2, 2, 1, 1, 0.5, 0.5]
    days, warm = 12, 6
    times = []
    for number, pace in enumerate(paces):
        count = rng.poisson(pace * days)
        if number % 3 == 0:  # at two set times
            seconds = rng.choice([7.0, 17.5], count) * HOUR + rng.normal(0, 200, count)
        else:
            seconds = (rng.normal(13, 3, count) % 24) * HOUR
        times.append(np.sort(MONDAY + rng.integers(0, days, count) * DAY + seconds))
    budget = 12.0 * len(paces)

    def delay(following) -> tuple[float, float]:
        due = {k: MONDAY + k * 60.0 for k in range(len(paces))}
        at, total, found, looks = dict.fromkeys(due, 0), 0.0, 0, 0
        while True:
            number = min(due, key=lambda k: due[k])
            now = due[number]
            if now >= MONDAY + days * DAY:
                return total / found / 60, looks / (days - warm)
            end = int(np.searchsorted(times[number], now, side="right"))
            new = times[number][at[number] : end].tolist()
            at[number] = end
            if now >= MONDAY + warm * DAY:
                looks += 1
                total += sum(now - x for x in new)
                found += len(new)
            due[number] = following(number, now, new)

    planner = Planner(budget)
    for number in range(len(paces)):
        planner.watch(str(number), MONDAY)
    ours, spent = delay(lambda number, now, new: planner.looked(str(number), now, len(new), new).at)
    theirs, _ = delay(lambda number, now, new: now + DAY / 12)
    assert spent <= 1.04 * budget
    assert ours < theirs / 2.5


def test_the_same_local_day_gives_the_same_waits_in_every_zone() -> None:
    end, hours = MONDAY + 14 * DAY, [9.0, 10.0, 11.0]
    here, there = Planner(12), Planner(12)
    here.watch("a", end, history=watched(issues(hours, 15), end))
    eastern = [x - 9 * HOUR for x in issues(hours, 15)]
    there.watch("a", end - 9 * HOUR, history=watched(eastern, end, zone=SEOUL), zone=SEOUL)
    for clock in (3, 9.5, 14):
        now = end + clock * HOUR
        wait_here = here.next("a", now).at - now
        wait_there = there.next("a", now - 9 * HOUR).at - (now - 9 * HOUR)
        assert wait_there == pytest.approx(wait_here, rel=0.15)
