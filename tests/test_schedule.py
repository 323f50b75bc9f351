"""When crawls come due: phase, crontab's meaning, daylight saving, clocks that jump, and the ringing itself."""

from __future__ import annotations

import asyncio
import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.errors import UsageError
from crawler.schedule import Clock, check_schedule, following, next_due, parse_cron, planned
from crawler.sources import Schedule, Source

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)  # a Sunday
SEOUL = ZoneInfo("Asia/Seoul")
BERLIN = ZoneInfo("Europe/Berlin")


def every(seconds: int) -> Source:
    return Source(name="a", url="https://a.example/", schedule=Schedule(every=seconds))


def cron(line: str, zone: str | None = None) -> Source:
    return Source(name="a", url="https://a.example/", schedule=Schedule(every=None, cron=line, zone=zone))


def moments(source: Source, start: datetime, count: int) -> list[datetime]:
    found = []
    for _ in range(count):
        start = following(source, start, start)
        found.append(start)
    return found


def test_a_new_interval_source_is_due_at_once_and_a_new_cron_source_at_its_moment() -> None:
    assert next_due(every(900), None, NOON) == NOON
    assert next_due(cron("30 7 * * *", "Asia/Seoul"), None, NOON) == datetime(2026, 11, 22, 22, 30, tzinfo=UTC)


def test_an_interval_keeps_its_phase_however_late_a_run_ends() -> None:
    assert following(every(900), NOON, NOON + timedelta(seconds=100)) == NOON + timedelta(seconds=900)
    assert following(every(900), NOON, NOON + timedelta(seconds=900)) == NOON + timedelta(seconds=1800)
    assert following(every(900), NOON, NOON + timedelta(seconds=4000)) == NOON + timedelta(seconds=4500)


def test_missed_moments_fold_into_one_overdue_run() -> None:
    week = NOON + timedelta(days=7)
    due = next_due(every(900), NOON, week)
    assert due <= week
    assert following(every(900), due, week) > week


@given(
    seconds=st.integers(1, 10**7),
    last=st.integers(-(10**8), 10**8),
    ended=st.integers(0, 10**6),
)
def test_interval_never_storms_and_never_leaves_a_gap(seconds: int, last: int, ended: int) -> None:
    source, last_run = every(seconds), NOON + timedelta(seconds=last)
    due = next_due(source, last_run, NOON)
    assert due <= NOON + timedelta(seconds=seconds)
    after = following(source, due, NOON + timedelta(seconds=ended))
    assert NOON + timedelta(seconds=ended) < after <= NOON + timedelta(seconds=ended + seconds)
    assert (after - last_run) % timedelta(seconds=seconds) == timedelta(0)


@pytest.mark.parametrize(
    ("line", "days"),
    [
        ("0 9 * * 1-5", {"Mon", "Tue", "Wed", "Thu", "Fri"}),
        ("0 9 * * 0", {"Sun"}),
        ("0 9 * * 7", {"Sun"}),
        ("0 9 * * 5-7", {"Fri", "Sat", "Sun"}),
        ("0 9 * * mon-FRI", {"Mon", "Tue", "Wed", "Thu", "Fri"}),
        ("0 9 * * sat-sun", {"Sat", "Sun"}),
        ("0 9 * * 1,3", {"Mon", "Wed"}),
        ("0 9 * * */2", {"Sun", "Tue", "Thu", "Sat"}),
    ],
)
def test_weekdays_mean_what_crontab_means(line: str, days: set[str]) -> None:
    assert {moment.astimezone(SEOUL).strftime("%a") for moment in moments(cron(line, "Asia/Seoul"), NOON, 14)} == days


def test_both_day_fields_restricted_means_either() -> None:
    found = [moment.day for moment in moments(cron("0 0 13 * 5"), datetime(2026, 11, 1, tzinfo=UTC), 6)]
    assert found == [6, 13, 20, 27, 4, 11]
    assert 13 in {m.day for m in moments(cron("0 0 13 12 5"), datetime(2026, 12, 12, tzinfo=UTC), 1)}


def test_names_steps_lists_and_shorthands() -> None:
    read = parse_cron("5/20 8-18/5,23 1 jan,JUL *")
    assert (read.minutes, read.hours, sorted(read.months)) == ((5, 25, 45), (8, 13, 18, 23), [1, 7])
    assert moments(cron("@daily"), NOON, 1) == [datetime(2026, 11, 23, tzinfo=UTC)]


def test_leap_day_is_found_across_years() -> None:
    assert moments(cron("0 0 29 2 *"), datetime(2096, 3, 1, tzinfo=UTC), 1) == [datetime(2104, 2, 29, tzinfo=UTC)]


@pytest.mark.parametrize(
    "line",
    [
        "", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "x * * * *", "*/0 * * * *",
        "5-1 * * * *", "1,,2 * * * *", "* * * * mo", "0 0 31 2 *", "0 0 30 feb *", "-1 * * * *", "１ * * * *",
        "*/99999999999999999999 * * * *", "@never",
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_read_is_named_in_one_line(line: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_cron(line)
    assert "\n" not in str(caught.value)
    assert line in str(caught.value)


@pytest.mark.parametrize(
    "schedule",
    [
        Schedule(min_interval=60, max_interval=30),
        Schedule(every=5, cron="* * * * *"),
        Schedule(every=0),
        Schedule(every=None, cron="* * * * *", zone="Mars/Olympus"),
        Schedule(every=60, zone="../../etc/passwd"),
    ],
)
def test_a_schedule_that_makes_no_sense_is_refused(schedule: Schedule) -> None:
    with pytest.raises(UsageError):
        check_schedule(schedule)
    source = Source(name="a", url="https://a.example/", schedule=schedule)
    for ask in (
        lambda: next_due(source, None, NOON),
        lambda: following(source, NOON, NOON),
        lambda: planned(source, NOON, NOON, NOON),
    ):
        with pytest.raises(UsageError):
            ask()


@settings(max_examples=300)
@given(st.text(alphabet="0123456789*/-, abcdefjnmotu@", max_size=40))
def test_any_line_is_read_or_refused(line: str) -> None:
    try:
        read = parse_cron(line)
    except UsageError:
        return
    assert read.minutes
    assert following(cron(line), NOON, NOON) > NOON


def test_a_fixed_time_in_the_skipped_hour_runs_once_at_its_end() -> None:
    start = datetime(2026, 3, 28, 12, tzinfo=UTC)  # clocks go from 02:00 to 03:00 on the 29th
    found = [m.astimezone(BERLIN).strftime("%d %H:%M") for m in moments(cron("30 2 * * *", "Europe/Berlin"), start, 3)]
    assert found == ["29 03:00", "30 02:30", "31 02:30"]


def test_a_fixed_time_in_the_repeated_hour_runs_once() -> None:
    start = datetime(2026, 10, 24, 12, tzinfo=UTC)  # clocks go from 03:00 back to 02:00 on the 25th
    found = moments(cron("30 2 * * *", "Europe/Berlin"), start, 2)
    assert found == [datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 26, 1, 30, tzinfo=UTC)]


@pytest.mark.parametrize("start", [datetime(2026, 3, 28, 22, tzinfo=UTC), datetime(2026, 10, 24, 22, tzinfo=UTC)])
@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Seoul", "Asia/Kolkata"])
def test_a_line_that_runs_all_the_time_has_no_gap_when_the_clock_is_changed(start: datetime, zone: str) -> None:
    found = moments(cron("*/15 * * * *", zone), start, 40)
    assert {later - earlier for earlier, later in itertools.pairwise(found)} == {timedelta(minutes=15)}


def test_lord_howes_half_hour() -> None:
    zone = ZoneInfo("Australia/Lord_Howe")  # clocks go from 02:00 to 02:30 on 4 October 2026
    start = datetime(2026, 10, 3, 12, tzinfo=UTC)
    found = [m.astimezone(zone).strftime("%d %H:%M") for m in moments(cron("15 2 * * *", str(zone)), start, 2)]
    assert found == ["04 02:30", "05 02:15"]


@given(
    minutes=st.sets(st.integers(0, 59), min_size=1, max_size=4),
    hours=st.sets(st.integers(0, 23), min_size=1, max_size=4),
    weekdays=st.sets(st.integers(0, 6), min_size=1, max_size=6),
    start=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),  # noqa: DTZ001
    zone=st.sampled_from(["UTC", "Asia/Seoul", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"]),
)
@settings(max_examples=100)
def test_cron_equals_a_walk_minute_by_minute(
    minutes: set[int], hours: set[int], weekdays: set[int], start: datetime, zone: str
) -> None:
    def join(numbers: set[int]) -> str:
        return ",".join(map(str, sorted(numbers)))

    begin = start.replace(tzinfo=UTC)
    due = following(cron(f"{join(minutes)} {join(hours)} * * {join(weekdays)}", zone), begin, begin)
    walk, offset = begin.replace(second=0, microsecond=0), begin.astimezone(ZoneInfo(zone)).utcoffset()
    while True:
        walk += timedelta(minutes=1)
        local = walk.astimezone(ZoneInfo(zone))
        if local.utcoffset() != offset:
            return  # a change of the clock lies between: the cases above have it
        if local.minute in minutes and local.hour in hours and local.isoweekday() % 7 in weekdays:
            break
    assert due == walk


def test_what_the_store_remembers() -> None:
    later = NOON + timedelta(seconds=300)
    assert planned(every(900), later, None, NOON) == later
    assert planned(every(900), NOON - timedelta(days=3), None, NOON) == NOON - timedelta(days=3)
    assert planned(every(60), later + timedelta(seconds=5), None, NOON) == NOON + timedelta(seconds=5)
    # Who waits for room in a budget goes on waiting, but not for a moment that a clock that jumped made absurd.
    assert planned(every(60), later, None, NOON, waits=True) == later
    assert planned(every(60), NOON + timedelta(days=9), None, NOON, waits=True) < NOON + timedelta(seconds=61)
    assert planned(every(900), None, NOON - timedelta(seconds=60), NOON) == NOON + timedelta(seconds=840)
    stale = NOON + timedelta(days=30)
    assert planned(cron("0 13 * * *"), stale, None, NOON) == NOON + timedelta(hours=1)


def test_a_source_that_robots_txt_forbids_goes_on_waiting() -> None:
    day, ran = timedelta(days=1), NOON - timedelta(seconds=60)
    kept = NOON + timedelta(hours=25)
    assert planned(every(900), kept, ran, NOON, failures=3, forbidden_for=day.total_seconds() * 1.1) == kept
    # The next moment of a line after the wait, and not one of those in it.
    line = NOON.replace(hour=13) + 2 * day
    assert planned(cron("0 13 * * *"), line, ran, NOON, failures=3, forbidden_for=day.total_seconds() * 1.1) == line
    # robots.txt is to be read anew sooner, or not obeyed any more.
    assert planned(every(900), kept, ran, NOON, failures=3, forbidden_for=600) == NOON + timedelta(seconds=840)
    assert planned(every(30), kept, ran, NOON, failures=3, forbidden_for=0) == NOON - timedelta(seconds=30)


def test_a_clock_set_back_leaves_no_gap() -> None:
    ahead = NOON + timedelta(days=365)
    assert next_due(every(900), ahead, NOON) <= NOON + timedelta(seconds=900)
    assert next_due(cron("0 * * * *"), ahead, NOON) == NOON + timedelta(hours=1)


async def ring_for(clock: Clock, rung: list[str], count: int) -> None:
    clock.start()
    for _ in range(200):
        if len(rung) >= count:
            break
        await asyncio.sleep(0.01)
    clock.stop()
    await asyncio.sleep(0)


def test_the_clock_rings_overdue_names_once_and_forgets_them() -> None:
    rung: list[str] = []

    async def ring(name: str, due: datetime) -> None:
        rung.append(name)

    async def main() -> None:
        clock = Clock(ring)
        clock.set("old", datetime(2020, 1, 1, tzinfo=UTC))
        clock.set("gone", datetime(2020, 1, 1, tzinfo=UTC))
        clock.drop("gone")
        clock.drop("never there")
        clock.set("later", datetime.now(UTC) + timedelta(hours=1))
        clock.set("soon", datetime.now(UTC) + timedelta(hours=1))
        clock.set("soon", datetime.now(UTC) + timedelta(milliseconds=50))
        assert set(clock.due()) == {"old", "later", "soon"}
        await ring_for(clock, rung, 2)

    asyncio.run(main())
    assert rung == ["old", "soon"]


def test_the_clock_can_be_set_again_from_its_ring() -> None:
    rung: list[datetime] = []

    async def main() -> None:
        async def ring(name: str, due: datetime) -> None:
            rung.append(due)
            clock.set(name, due + timedelta(milliseconds=20))

        clock = Clock(ring)
        clock.set("a", datetime.now(UTC))
        await ring_for(clock, rung, 3)  # type: ignore[arg-type]

    asyncio.run(main())
    assert {b - a for a, b in itertools.pairwise(rung)} == {timedelta(milliseconds=20)}


def adaptive(low: int | None = None, high: int | None = None) -> Source:
    return Source(name="a", url="https://a.example/", schedule=Schedule(min_interval=low, max_interval=high))


def test_an_adaptive_source_is_due_at_once_and_before_its_pace_is_known_in_a_quarter_of_an_hour() -> None:
    assert Schedule().adaptive
    assert next_due(adaptive(), None, NOON) == NOON
    assert following(adaptive(), NOON, NOON + timedelta(seconds=5)) == NOON + timedelta(seconds=900)
    assert following(adaptive(low=3600), NOON, NOON) == NOON + timedelta(hours=1)
    assert following(adaptive(high=60), NOON, NOON) == NOON + timedelta(seconds=60)


def test_a_moment_chosen_for_an_adaptive_source_stays_unless_the_clock_was_set_back() -> None:
    soon = NOON + timedelta(hours=20)
    assert planned(adaptive(), soon, NOON, NOON) == soon
    assert planned(adaptive(), NOON - timedelta(days=3), NOON, NOON) == NOON - timedelta(days=3)
    far = NOON + timedelta(days=400)
    assert NOON < planned(adaptive(), far, NOON, NOON) <= NOON + timedelta(seconds=900)
    assert NOON < planned(adaptive(high=3600), soon, NOON, NOON) <= NOON + timedelta(seconds=900)


def test_bounds_must_go_up_and_belong_to_an_adaptive_schedule() -> None:
    check_schedule(Schedule(min_interval=60, max_interval=60))
    check_schedule(Schedule(min_interval=7 * 86_400))
    for wrong in (
        Schedule(min_interval=0),
        Schedule(min_interval=60, max_interval=59),
        Schedule(max_interval=90 * 86_400),
        Schedule(every=60, min_interval=60),
        Schedule(cron="@daily", max_interval=60),
        Schedule(every=60, cron="@daily"),
    ):
        with pytest.raises(UsageError):
            check_schedule(wrong)


@pytest.mark.parametrize("source", [every(600), cron("*/10 * * * *")])
def test_a_source_that_fails_keeps_its_later_moment_over_a_restart(source: Source) -> None:
    backed_off = NOON + timedelta(hours=4)
    assert planned(source, backed_off, NOON, NOON, failures=7) == backed_off
    assert planned(source, backed_off, NOON, NOON) == NOON + timedelta(minutes=10)
    assert planned(source, NOON + timedelta(days=9), NOON, NOON, failures=7) <= NOON + timedelta(minutes=10)
