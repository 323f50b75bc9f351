"""Requests noted, books kept, subscriptions: on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crawler.errors import BudgetSpent
from crawler.items import Subscription, SubscriptionState
from crawler.request_meter import Ceilings, RequestMeter
from storage import Store, open_store

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def test_two_processes_share_a_ceiling(store: Store, store_url: str) -> None:
    with open_store(store_url) as neighbour:
        ceilings = Ceilings(budget=5, host_budget=0, source_budget=2)
        one, other = (RequestMeter(each.requests, ceilings, slack=1.0) for each in (store, neighbour))
        for meter, source in ((one, "a"), (other, "a"), (other, "b"), (one, "c"), (other, "d")):
            meter.admit("a.example", source)
        for meter, source, why in ((one, "a", "budget"), (other, "e", "budget"), (one, "e", "budget")):
            with pytest.raises(BudgetSpent, match=why):
                meter.admit("b.example", source)
        assert sorted(store.requests.count_since(0)) == [
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
