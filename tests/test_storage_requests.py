"""Requests noted, books kept, subscriptions: on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crawler.errors import BudgetSpent
from crawler.items import Ceiling, SetAside, Subscription, SubscriptionState, Waits
from crawler.request_meter import Ceilings, RequestMeter
from crawler.sources import Source
from storage import Store, open_store

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def glanced(store: Store, name: str, *asked: object):
    with store.glance() as glance:
        return getattr(glance, name)(*asked)


def test_two_processes_share_a_ceiling(store: Store, store_url: str) -> None:
    with open_store(store_url) as neighbour:
        ceilings = Ceilings(budget=5, host_budget=0, source_budget=2)
        one, other = (RequestMeter(each.requests, ceilings, slack=1.0) for each in (store, neighbour))
        for meter, source in ((one, "a"), (other, "a"), (other, "b"), (one, "c"), (other, "d")):
            meter.admit("a.example", source)
        for meter, source, why in ((one, "a", "budget"), (other, "e", "budget"), (one, "e", "budget")):
            with pytest.raises(BudgetSpent, match=why):
                meter.admit("b.example", source)
        with store.glance() as glance:
            counts = glance.requests(0)
        assert sorted(counts) == [
            ("a.example", "a", 2), ("a.example", "b", 1), ("a.example", "c", 1), ("a.example", "d", 1),
        ]  # fmt: skip
        store.requests.forget(NOW.timestamp() * 2)
        assert store.requests.since(0) == []


def test_books_are_kept_by_name(store: Store) -> None:
    assert store.plans.get("budget") is None
    store.plans.keep("budget", {"owed": 0.5, "at": None})
    store.plans.keep("budget", {"owed": 0.25, "at": None})
    assert store.plans.get("budget") == {"owed": 0.25, "at": None}


def test_subscriptions_are_added_changed_and_dropped(store: Store) -> None:
    one = Subscription(
        token="t", source="paper", door="https://a.example/rss", topic="https://a.example/rss?all",
        hub="https://hub.example/", callback="https://news.example/hooks/t", secret="s", asked_at=NOW,
    )  # fmt: skip
    store.subscriptions.add(one)
    assert store.subscriptions.list() == store.subscriptions.list("paper") == [one] == [store.subscriptions.get("t")]
    assert store.subscriptions.list("other") == []
    hour = NOW + timedelta(hours=1)
    store.subscriptions.change("t", state=SubscriptionState.ACTIVE.value, lease_until=hour, note="a\0b")
    changed = store.subscriptions.get("t")
    assert changed is not None
    assert (changed.state, changed.lease_until) == (SubscriptionState.ACTIVE, hour)
    assert changed.note is not None
    assert "\0" not in changed.note
    assert changed.delivers(NOW)
    assert not changed.delivers(hour)
    store.subscriptions.change("u", note="nobody")
    store.subscriptions.drop("t")
    assert store.subscriptions.get("t") is None


def test_what_waits_for_room_is_kept_with_sources_and_articles(store: Store) -> None:
    soon, later = NOW + timedelta(minutes=20), NOW + timedelta(minutes=50)
    host = Ceiling(setting="host_budget", whose="a.example", limit=4)
    waits = Waits(ceilings=(host, Ceiling(setting="budget", limit=9)), until=soon, look=True)
    for name in ("one", "two"):
        store.sources.add(Source(name=name, url=f"https://a.example/{name}"))
    store.sources.settle([("one", None, soon, waits), ("two", None, soon, None)])
    assert [(one.name, one.waits, one.next_due) for one in glanced(store, "waiting_sources")] == [("one", waits, soon)]
    aside = [
        SetAside(url=f"https://a.example/{n}", reason="no room", retry_at=when, source="one", ceiling=host)
        for n, when in enumerate((later, soon))
    ]
    store.articles.set_aside([*aside, SetAside(url="https://a.example/x", reason="gone", retry_at=soon, source="one")])
    (found,) = glanced(store, "waiting_articles")
    assert (found.ceiling, found.source, found.count, found.first) == (replace(host, limit=0), "one", 2, soon)
    assert store.waits.articles_of("one") == [found]
    assert store.waits.articles_of("two") == []
    renewed = replace(waits, until=NOW)
    store.waits.lift({"one": NOW}, {"one": renewed}, [replace(host, limit=0)], NOW)
    state = store.sources.state("one")
    assert (state.next_due, state.waits) == (NOW, renewed)
    assert store.waits.articles_of("one")[0].first == NOW
    # A failure of its own takes the place of what was waited for.
    store.articles.set_aside([replace(one, reason="the server answered 404", ceiling=None) for one in aside])
    assert glanced(store, "waiting_articles") == []
    meter = RequestMeter(store.requests, Ceilings(budget=0, host_budget=0, source_budget=0), slack=1.0)
    for source in ("one", "two", "one"):
        meter.admit("a.example", source)
    moments = [at for _, at, *_ in store.requests.since(0)]
    assert glanced(store, "request", 0, ("budget", ""), 1) == moments[1]
    assert glanced(store, "request", 0, ("source_budget", "one"), 1) == moments[2]
    assert glanced(store, "request", 0, ("host_budget", "a.example"), 3) is None
