"""WebSub: a real daemon and a real hub on loopback, and the rules between them."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import signal
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import pytest
from cli_case import Terminal, terminal
from daemon_case import Running, start, store, url, wait_until
from hypothesis import given
from hypothesis import strategies as st
from small_site import SENTENCES, Reply, SmallSite
from websub_hub import Hub

from crawler.config import load_config
from crawler.daemon_hubs import Hubs
from crawler.items import ArticleFilter, Subscription, SubscriptionState
from crawler.sources import Schedule, Source, SourceKind
from crawler.websub.deciding import LAST_GOODBYE, Act, Wish, asked_again, steps, verified
from crawler.websub.protocol import ALGORITHMS, Mode, callback_of, enquiry, form, is_signed, new_secret, new_token
from storage import Store

__all__ = ["start", "store", "terminal", "url"]

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
PLACE = ("paper", "https://paper.example/rss")
WISH = Wish("https://hub.example/", "https://paper.example/rss?all")
BASE = "https://news.example.org/hooks"


# ------------------------------------------------------------------------------------------------------- the rules
@given(st.binary(max_size=200), st.text(min_size=1, max_size=40), st.sampled_from(sorted(ALGORITHMS)))
def test_only_the_right_signature_is_one(body: bytes, secret: str, method: str) -> None:
    right = hmac.new(secret.encode(), body, getattr(hashlib, method)).hexdigest()
    assert is_signed(f"{method}={right}", body, secret)
    assert is_signed(f" {method.upper()}={right.upper()} ", body, secret)
    assert not is_signed(f"{method}={right}", body + b"x", secret)
    assert not is_signed(f"{method}={right}", body, secret + "x")
    assert not is_signed(f"{method}={right[:-1]}", body, secret)
    for wrong in (None, "", right, "=", f"md5={right}", f"{method}={right}é", f"{method}"):
        assert not is_signed(wrong, body, secret)


@given(
    st.dictionaries(st.sampled_from(["hub.mode", "hub.topic", "hub.challenge", "hub.lease_seconds", "x"]), st.text())
)
def test_whatever_is_asked_gives_an_enquiry_or_none(query: dict[str, str]) -> None:
    asked = enquiry(query)
    if asked is not None and asked.mode is not Mode.DENIED:
        assert asked.topic
        assert 0 < len(asked.challenge) <= 4096
        assert asked.lease is None or 0 < asked.lease <= 90 * 86_400


def test_a_request_carries_a_secret_that_nobody_guesses_and_an_end_carries_none() -> None:
    assert len({new_token() for _ in range(50)} | {new_secret() for _ in range(50)}) == 100
    assert len(new_secret()) < 200
    told = parse_qs(form(Mode.SUBSCRIBE, topic="https://a/?ä", callback="c", lease=600.0, secret="s").decode())
    assert told == {
        "hub.callback": ["c"], "hub.mode": ["subscribe"], "hub.topic": ["https://a/?ä"],
        "hub.lease_seconds": ["600"], "hub.secret": ["s"],
    }  # fmt: skip
    assert b"secret" not in form(Mode.UNSUBSCRIBE, topic="t", callback="c", lease=1.0, secret="s")


def one(**values: object) -> Subscription:
    known: dict[str, object] = {
        "token": "t", "source": PLACE[0], "door": PLACE[1], "topic": WISH.topic, "hub": WISH.hub,
        "callback": callback_of(BASE, "t"), "secret": "s",
    }  # fmt: skip
    return Subscription(**{**known, **values})  # type: ignore[arg-type]


def acts(*rows: Subscription, wishes: dict | None = None, unknown: tuple = (), base: str = BASE) -> list[Act]:
    wanted = {PLACE: WISH} if wishes is None else wishes
    return [step.act for step in steps(rows, wanted, unknown, base, NOW)]


def test_what_is_wished_for_is_asked_for_renewed_and_ended() -> None:
    hour = timedelta(hours=1)
    active = replace(one(state=SubscriptionState.ACTIVE), lease_until=NOW + hour, renew_at=NOW + hour)
    assert acts() == [Act.SUBSCRIBE]
    assert acts(base="") == []
    assert acts(one(ask_again_at=NOW + hour)) == []
    assert acts(one(ask_again_at=NOW)) == [Act.SUBSCRIBE]
    assert acts(active) == []
    assert acts(replace(active, renew_at=NOW)) == [Act.SUBSCRIBE]
    assert acts(replace(active, renew_at=NOW, ask_again_at=NOW + hour)) == []
    assert acts(active, wishes={}) == [Act.UNSUBSCRIBE]
    assert acts(active, wishes={}, unknown=(PLACE,)) == []
    assert acts(active, base="") == [Act.UNSUBSCRIBE]
    assert acts(active, base="https://elsewhere.example/") == [Act.UNSUBSCRIBE, Act.SUBSCRIBE]
    assert acts(active, wishes={PLACE: replace_hub()}) == [Act.UNSUBSCRIBE, Act.SUBSCRIBE]
    assert acts(active, replace(active, token="u", callback=callback_of(BASE, "u"))) == [Act.UNSUBSCRIBE]
    leaving = replace(active, state=SubscriptionState.LEAVING, failures=1)
    assert acts(leaving, wishes={}) == [Act.UNSUBSCRIBE]
    assert acts(replace(leaving, ask_again_at=NOW + hour), wishes={}) == []
    assert acts(replace(leaving, failures=LAST_GOODBYE), wishes={}) == [Act.FORGET]
    assert acts(replace(leaving, lease_until=NOW), wishes={}) == [Act.FORGET]


def replace_hub() -> Wish:
    return Wish("https://other.example/", WISH.topic)


def test_a_lease_is_renewed_before_it_ends_and_a_hub_that_is_silent_asked_more_rarely() -> None:
    for lease in (None, 300, 86_400, 90 * 86_400):
        told = verified(lease, NOW)
        assert NOW < told["renew_at"] < told["lease_until"]  # type: ignore[operator]
    waits = [(asked_again(one(failures=n), NOW) - NOW).total_seconds() for n in range(20)]
    assert 45 <= waits[0] <= 75
    assert max(waits) <= 86_400 <= 2 * waits[-1]


# ---------------------------------------------------------------------------------------------------- a real daemon
QUICK = """
import sys
import crawler.daemon, crawler.daemon_hubs, crawler.websub.deciding
crawler.daemon.TEND_EVERY = crawler.daemon_hubs.TEND_EVERY = 0.2
crawler.websub.deciding.LEAST_RENEWAL = crawler.websub.deciding.FIRST_AGAIN = 1.0
from crawler.cli import main
sys.exit(main())
"""


@pytest.fixture
def site() -> Iterator[SmallSite]:
    made = SmallSite()
    yield made
    made.close()


@pytest.fixture
def hub() -> Iterator[Hub]:
    made = Hub()
    yield made
    made.close()


@pytest.fixture
def daemon(start: Callable[..., Running], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Running]:
    monkeypatch.setattr("daemon_case.START", QUICK)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def begin(callback: bool = True) -> Running:
        address = f"http://127.0.0.1:{port}/hooks/" if callback else ""
        return start(websub_callback=address, websub_listen=f"127.0.0.1:{port}")

    return begin


def feed(site: SmallSite, hub: str, *numbers: int) -> bytes:
    """A feed that names its hub and the articles of these numbers, which are there from now on."""
    items = ""
    for n in numbers:
        lines = "".join(
            f"<p>{sentence} It was the {n}th of {7 * n + k} meetings.</p>" for k, sentence in enumerate(SENTENCES)
        )
        head = f"<title>Ferry line {n} opens</title><meta property='og:type' content='article'>"
        body = f"<article><h1>Ferry line {n} opens</h1>{lines}</article>"
        site.pages[f"/{n}.html"] = Reply(f"<html><head>{head}</head><body>{body}</body></html>")
        items += f"<item><title>Ferry line {n} opens</title><link>{site.url(f'/{n}.html')}</link></item>"
    links = f"<atom:link rel='hub' href='{hub}'/><atom:link rel='self' href='{site.url('/rss?all')}'/>"
    channel = f"<title>Gull</title><ttl>20</ttl>{links}{items}"
    return f"<rss version='2.0' xmlns:atom='http://www.w3.org/2005/Atom'><channel>{channel}</channel></rss>".encode()


def add(store: Store, site: SmallSite, schedule: Schedule) -> None:
    store.sources.add(Source(name="gull", url=site.url("/rss"), kind=SourceKind.FEED, schedule=schedule, delay=0.0))


def polls(site: SmallSite) -> int:
    return sum(1 for asked in site.log if asked.path == "/rss")


@pytest.mark.slow
def test_what_a_hub_delivers_is_stored_within_seconds_without_a_look(
    site: SmallSite, hub: Hub, store: Store, url: str, daemon: Callable[..., Running], terminal: Terminal
) -> None:
    site.pages["/rss"] = Reply(feed(site, hub.url, 1, 2), kind="application/rss+xml")
    hub.lease = 4
    add(store, site, Schedule(max_interval=7200, min_interval=3600))
    running = daemon()
    running.wait_for("event=subscribed")
    wait_until(lambda: hub.modes("subscribe") > 0, lambda: f"{hub.log}")
    assert hub.log[0] == ("subscribe", site.url("/rss?all"), "verified")
    looks = polls(site)

    began = time.monotonic()
    assert hub.publish(feed(site, hub.url, 3), method="sha512") == [202]
    wait_until(lambda: store.articles.count(ArticleFilter()) == 3, lambda: "\n".join(running.lines))
    assert time.monotonic() - began < 30  # some hundredths of a second where nothing else runs
    assert polls(site) == looks

    for signature in ("wrong", None):
        assert hub.publish(feed(site, hub.url, 4), signature=signature) == [202]
    running.wait_for("delivery ignored", 2)
    assert hub.publish(feed(site, hub.url, 5), method="sha1") == [202]
    wait_until(lambda: store.articles.count(ArticleFilter()) == 4, lambda: "\n".join(running.lines))
    assert not any(asked.path == "/4.html" for asked in site.log)
    assert polls(site) == looks

    wait_until(lambda: hub.modes("subscribe") >= 3, lambda: f"{hub.log}")
    told = terminal("--store", url, "source", "show", "gull").out
    assert f"hub {hub.url}: active until" in told
    assert "says: come back every 20 min" in told
    assert json.loads(terminal("--store", url, "source", "show", "gull", "--json").out)["pace"]

    base = next(iter(hub.subscribers)).rpartition("/")[0]
    for path, expected in (("guess", 410), ("", 410)):
        assert posted(f"{base}/{path}", b"<rss/>") == expected
    assert posted(next(iter(hub.subscribers)), b"x" * 4_000_001) == 413
    store.sources.remove("gull")
    running.wait_for("subscription ended")
    wait_until(lambda: hub.modes("unsubscribe") == 1, lambda: f"{hub.log}")
    assert store.subscriptions.list() == []
    assert running.end() == 0
    assert "Traceback" not in "\n".join(running.lines)


def posted(address: str, body: bytes) -> int:
    return httpx.post(address, content=body, timeout=20).status_code


@pytest.mark.slow
def test_looks_go_on_when_a_hub_dies_and_subscriptions_end_when_it_is_turned_off(
    site: SmallSite, hub: Hub, store: Store, daemon: Callable[..., Running]
) -> None:
    site.pages["/rss"] = Reply(feed(site, hub.url, 1), kind="application/rss+xml")
    add(store, site, Schedule(min_interval=1, max_interval=3))
    running = daemon()
    running.wait_for("event=subscribed")
    assert running.end() == 0
    off = daemon(callback=False)
    off.wait_for("subscription ended")
    wait_until(lambda: hub.modes("unsubscribe") == 1, lambda: f"{hub.log}")
    assert off.end() == 0
    again = daemon()
    again.wait_for("event=subscribed")
    hub.close()
    site.pages["/rss"] = Reply(feed(site, hub.url, 1, 2), kind="application/rss+xml")
    wait_until(lambda: store.articles.count(ArticleFilter()) == 2, lambda: "\n".join(again.lines))
    assert again.end() == 0
    assert "Traceback" not in "\n".join(again.lines)


@pytest.mark.slow
def test_a_hub_that_denies_is_left_alone_and_looks_go_on(
    site: SmallSite, hub: Hub, store: Store, daemon: Callable[..., Running]
) -> None:
    hub.denies = True
    site.pages["/rss"] = Reply(feed(site, hub.url, 1), kind="application/rss+xml")
    add(store, site, Schedule(min_interval=1, max_interval=3))
    running = daemon()
    running.wait_for("subscription denied.*not for you")
    assert [(row.state, row.note) for row in store.subscriptions.list()] == [(SubscriptionState.DENIED, "not for you")]
    looks = polls(site)
    wait_until(lambda: polls(site) >= looks + 2, lambda: "\n".join(running.lines))
    wait_until(lambda: len(hub.log) == 1, lambda: f"{hub.log}")
    assert running.end() == 0


def test_an_address_that_is_taken_is_told_once_and_tried_again(
    store: Store, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def ask(call: Callable[..., object], *arguments: object) -> object:
        return call(*arguments)

    async def read(name: str, pushed: object) -> bool:
        raise AssertionError((name, pushed))

    async def scenario(taken: socket.socket) -> None:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        config = load_config(
            None, {}, {"store": url, "websub_callback": "http://127.0.0.1/hooks/", "websub_listen": listen}
        )
        hubs = Hubs(config, store, ask, read, lambda: datetime.now(UTC))  # type: ignore[arg-type]
        waits = []
        for _ in range(3):
            hubs._not_before = 0.0
            await hubs.tend({})
            await hubs.tend({})
            waits.append(hubs._wait)
        assert waits == [5.0, 10.0, 20.0]
        taken.close()
        await hubs.tend({})
        assert hubs._server is None, "it waits"
        hubs.renew(config)
        await hubs.tend({})
        assert hubs._wait == 0.0
        await hubs.close()

    with socket.socket() as taken, caplog.at_level("INFO", "presswatch.daemon"):
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        asyncio.run(scenario(taken))
    assert [record.getMessage() for record in caplog.records] == [
        "can't listen for hubs; sources are polled",
        "listening for hubs",
    ]


@pytest.mark.slow
def test_another_address_for_hubs_takes_the_old_ones_place(
    tmp_path: Path, store: Store, start: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("daemon_case.START", QUICK)
    file = tmp_path / "presswatch.toml"

    def set_to(listen: str) -> None:
        file.write_text(f'websub_callback = "http://127.0.0.1/hooks/"\nwebsub_listen = "{listen}"\n')

    set_to("127.0.0.1:0")
    running = start()
    first = running.wait_for('event="listening for hubs"')[0].partition("address=")[2].split()[0]
    assert httpx.get(f"http://{first}/", timeout=20).status_code == 404
    with socket.create_server(("127.0.0.1", 0)) as taken:
        held = taken.getsockname()[1]
        set_to(f"127.0.0.1:{held}")
        running.process.send_signal(signal.SIGHUP)
        assert "it stays 127.0.0.1:0" in running.wait_for("can't listen for hubs elsewhere")[0]
        assert httpx.get(f"http://{first}/", timeout=20).status_code == 404
    # What was taken is free now: a later try takes it.
    running.wait_for(f'event="listening for hubs" address=127.0.0.1:{held}')
    assert posted(f"http://127.0.0.1:{held}/guess", b"<rss/>") == 410
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://{first}/", timeout=20)
    assert running.end() == 0
    assert "Traceback" not in "\n".join(running.lines)
