"""What is to be asked of which hub next. Pure: subscriptions and wishes in, steps out; `now` is an argument."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from crawler.items import Subscription, SubscriptionState
from crawler.revisit.setbacks import back_off
from crawler.websub.protocol import callback_of

FIRST_AGAIN, LONGEST_AGAIN = 60.0, 86_400.0
DENIED_AGAIN = timedelta(days=7)
# A hub that does not answer to the end of a subscription is left to let its lease run out.
LAST_GOODBYE = 4
# Of its time, when a lease is renewed: late enough to be worth it, early enough for a hub that is away for a day.
RENEW_AFTER = 0.8
LEAST_RENEWAL = 60.0
LEASE_UNTOLD = 10 * 86_400

Place = tuple[str, str]
"""A source's name and the URL of its door."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A hub that delivers a door, and the door's address there."""

    hub: str
    topic: str


class Act(StrEnum):
    """SUBSCRIBE also renews; FORGET asks nobody."""

    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    FORGET = "forget"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: with a subscription, or with a door that has none yet."""

    act: Act
    place: Place
    subscription: Subscription | None = None
    wish: Wish | None = None


def steps(
    subscriptions: Iterable[Subscription],
    wishes: Mapping[Place, Wish],
    unknown: Collection[Place],
    callback: str,
    now: datetime,
) -> list[Step]:
    """What to do now. `wishes`: doors that a hub is known for; `unknown`: doors of which nothing was heard yet, whose
    subscriptions stay as they are; `callback`: our public address, empty: all subscriptions are to end.
    """
    found: list[Step] = []
    served: set[Place] = set()
    for one in subscriptions:
        place = (one.source, one.door)
        if one.state is SubscriptionState.LEAVING:
            found += _goodbye(one, now)
            continue
        wish = wishes.get(place)
        asked_for = place in unknown if wish is None else wish == Wish(one.hub, one.topic)
        here = bool(callback) and one.callback == callback_of(callback, one.token)
        if not asked_for or not here or place in served:
            found.append(Step(Act.UNSUBSCRIBE, place, one))
            continue
        served.add(place)
        if _due(one, now):
            found.append(Step(Act.SUBSCRIBE, place, one))
    if callback:
        found += [Step(Act.SUBSCRIBE, place, wish=wish) for place, wish in wishes.items() if place not in served]
    return found


def _goodbye(one: Subscription, now: datetime) -> list[Step]:
    over = one.failures >= LAST_GOODBYE or one.lease_until is None or one.lease_until <= now
    if over and (one.ask_again_at is None or one.ask_again_at <= now):
        return [Step(Act.FORGET, (one.source, one.door), one)]
    if one.ask_again_at is None or one.ask_again_at <= now:
        return [Step(Act.UNSUBSCRIBE, (one.source, one.door), one)]
    return []


def _due(one: Subscription, now: datetime) -> bool:
    if one.ask_again_at is not None and one.ask_again_at > now:
        return False
    return one.state is not SubscriptionState.ACTIVE or one.renew_at is None or one.renew_at <= now


def asked_again(one: Subscription, now: datetime) -> datetime:
    """When a hub that has not verified is asked again, after one more request now."""
    seconds = back_off(one.token, one.failures + 1, first=FIRST_AGAIN, longest=LONGEST_AGAIN)
    return now + timedelta(seconds=seconds)


def verified(lease: int | None, now: datetime) -> dict[str, object]:
    """What changes of a subscription that its hub has verified for `lease` seconds (`None`: it tells none)."""
    seconds = float(lease or LEASE_UNTOLD)
    return {
        "state": SubscriptionState.ACTIVE.value,
        "lease_until": now + timedelta(seconds=seconds),
        "renew_at": now + timedelta(seconds=max(LEAST_RENEWAL, RENEW_AFTER * seconds)),
        "ask_again_at": None,
        "failures": 0,
        "note": None,
    }
