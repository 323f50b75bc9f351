from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crawler.items import HostLease, RobotsRow, Validators
from storage import Store, open_store

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOST = "news.example.com"


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hosts(store_url: str, clock: Clock):
    with open_store(store_url, now=clock) as store:
        yield store.hosts


def test_robots_are_kept_by_origin(hosts) -> None:
    row = RobotsRow(
        origin="https://a.example.com",
        status=200,
        body="User-agent: *",
        fetched_at=NOON,
        expires_at=NOON + timedelta(days=1),
    )
    assert hosts.robots(row.origin) is None
    hosts.save_robots(row)
    assert hosts.robots(row.origin) == row
    gone = RobotsRow(origin=row.origin, status=503, body=None, fetched_at=NOON, expires_at=NOON)
    hosts.save_robots(gone)
    assert hosts.robots(row.origin) == gone
    assert hosts.robots("http://a.example.com") is None


def test_a_block_ends(hosts, clock: Clock) -> None:
    assert hosts.blocked_until(HOST) is None
    hosts.block(HOST, NOON + timedelta(minutes=10), "HTTP 429")
    hosts.block(HOST, NOON + timedelta(minutes=5), "HTTP 503")
    assert hosts.blocked_until(HOST) == NOON + timedelta(minutes=10), "a shorter block does not cut a longer one"
    assert hosts.blocked_until("other.example.com") is None
    clock.wait(600)
    assert hosts.blocked_until(HOST) is None
    hosts.block(HOST, NOON + timedelta(hours=1), "HTTP 429")
    hosts.clear(HOST)
    assert hosts.blocked_until(HOST) is None


def test_one_token_holds_a_lease(hosts, clock: Clock) -> None:
    assert hosts.acquire(HOST, "one", 30)
    assert not hosts.acquire(HOST, "two", 30)
    assert hosts.acquire("other.example.com", "two", 30)
    assert hosts.acquire(HOST, "one", 30), "whoever holds it may take it again"
    clock.wait(20)
    assert hosts.renew(HOST, "one", 30)
    assert not hosts.renew(HOST, "two", 30)
    clock.wait(20)
    assert not hosts.acquire(HOST, "two", 30)
    clock.wait(10)
    assert not hosts.renew(HOST, "one", 30), "a lease that ended is not renewed"
    assert hosts.acquire(HOST, "two", 30)
    hosts.release(HOST, "one")
    assert not hosts.acquire(HOST, "one", 30)
    hosts.release(HOST, "two")
    assert hosts.acquire(HOST, "one", 30)


def test_lease_and_block_stand_side_by_side(hosts, clock: Clock) -> None:
    until = NOON + timedelta(minutes=10)
    assert hosts.acquire(HOST, "one", 30) == HostLease(None)
    hosts.release(HOST, "one")
    hosts.block(HOST, until, "HTTP 429")
    assert hosts.acquire(HOST, "one", 30) == HostLease(until)
    hosts.release(HOST, "one")
    assert hosts.blocked_until(HOST) == until
    clock.wait(600)
    assert hosts.blocked_until(HOST) is None
    assert hosts.acquire(HOST, "one", 30) == HostLease(None)


class TestDoors:
    def test_validators_are_kept_by_source_and_url(self, store: Store) -> None:
        url, told = "https://a.example.com/rss", Validators(etag='"1"', last_modified="Fri, 20 Nov 2026 12:00:00 GMT")
        assert store.doors.get("a", url) is None
        store.doors.save("a", url, told)
        assert store.doors.get("a", url) == told
        assert store.doors.get("b", url) is None
        assert store.doors.get("a", url + "?x") is None
        store.doors.save("a", url, Validators(etag='"2"'))
        assert store.doors.get("a", url) == Validators(etag='"2"')

    def test_empty_ones_are_forgotten(self, store: Store) -> None:
        url = "https://a.example.com/rss"
        store.doors.save("a", url, Validators(etag='"1"'))
        store.doors.save("a", url, Validators())
        assert store.doors.get("a", url) is None

    def test_a_source_forgets_its_doors(self, store: Store) -> None:
        for source in ("a", "b"):
            store.doors.save(source, "https://a.example.com/" + "x" * 4000, Validators(etag='"1"'))
        store.doors.forget("a")
        assert [store.doors.get(source, "https://a.example.com/" + "x" * 4000) is None for source in "ab"] == [
            True,
            False,
        ]


def test_cursors(store: Store) -> None:
    assert store.cursors.get("daily export") == 0
    store.cursors.set("daily export", 41)
    store.cursors.set("other", 7)
    store.cursors.set("daily export", 42)
    assert (store.cursors.get("daily export"), store.cursors.get("other")) == (42, 7)
