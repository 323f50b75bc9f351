"""Budgets that are raised or lowered while a daemon runs, and what is told of those that bind."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cli_case import Terminal, terminal
from daemon_case import Running, start, store, url, wait_until
from hypothesis import given
from hypothesis import strategies as st
from test_request_meter import ARTICLES, Paper, paper

from crawler.ceilings import binding
from crawler.cli.budget_lines import binding_lines
from crawler.config import Config
from crawler.daemon_tally import Tally
from crawler.errors import BudgetSpent
from crawler.health import look
from crawler.items import ArticleFilter, Ceiling, SetAside, SourceState, Waits
from crawler.lifting import lift, raised_for
from crawler.metrics import Present, exposition
from crawler.request_meter import Ceilings, RequestMeter
from crawler.sources import Schedule, Source, SourceKind
from storage import Store

__all__ = ["paper", "start", "store", "terminal", "url"]

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
NONE = Ceilings(budget=0, host_budget=0, source_budget=0)


def waiting(count: int, *ceilings: Ceiling, hosts: int = 1) -> tuple[dict[str, Source], dict[str, SourceState]]:
    sources = {
        f"s{n:02}": Source(name=f"s{n:02}", url=f"https://h{n % hosts}.example/{n}", delay=None) for n in range(count)
    }
    states = {}
    for n, name in enumerate(sources):
        due = NOW + timedelta(minutes=20 + n)
        states[name] = SourceState(name=name, next_due=due, waits=Waits(ceilings=ceilings, until=due, look=True))
    return sources, states


def test_as_many_as_there_is_room_for_go_now_at_the_pace_of_their_host_and_the_others_move_up() -> None:
    sources, states = waiting(6, Ceiling(setting="budget", limit=10), hosts=2)
    ceilings = replace(NONE, budget=14)
    assert raised_for(states, replace(NONE, budget=10)) == {}
    assert raised_for(states, replace(NONE, budget=9)) == {}
    assert raised_for(states, ceilings) == states
    moves = lift(sources, states, ceilings, spent={("budget", ""): 10}, articles={"s01": 2}, delay=2.0, now=NOW)
    seconds = {name: (due - NOW).total_seconds() for name, due in moves.dues.items()}
    # A look and two articles of the second are three of the four.
    assert {name: seconds[name] for name in ("s00", "s01")} == {"s00": 0, "s01": 0}
    assert [seconds[f"s{n:02}"] for n in range(2, 6)] == [1200, 1260, 1320, 1380]
    assert moves.now == 2
    assert all(one.ceilings[0].limit == 14 for one in moves.waits.values())
    assert moves.raised == {Ceiling(setting="budget")}
    after = {name: replace(state, waits=moves.waits[name]) for name, state in states.items()}
    assert raised_for(after, ceilings) == {}, "once"
    free = lift(sources, states, NONE, spent={("budget", ""): 10}, articles={}, delay=2.0, now=NOW)
    assert [(due - NOW).total_seconds() for due in free.dues.values()] == [0, 0, 2, 2, 4, 4]


@given(
    st.integers(1, 30), st.integers(1, 4), st.integers(0, 40), st.integers(0, 12), st.integers(0, 40), st.integers(0, 5)
)
def test_who_goes_now_fits_under_every_ceiling_and_nobody_goes_later_than_before(
    count: int, hosts: int, budget: int, host_budget: int, spent: int, each: int
) -> None:
    sources, states = waiting(
        count, Ceiling(setting="budget", limit=1), Ceiling(setting="host_budget", limit=1), hosts=hosts
    )
    ceilings = Ceilings(budget=budget, host_budget=host_budget, source_budget=0)
    articles = dict.fromkeys(sources, each)
    moves = lift(
        sources,
        raised_for(states, ceilings),
        ceilings,
        spent={("budget", ""): spent},
        articles=articles,
        delay=1,
        now=NOW,
    )
    assert all(NOW <= due <= states[name].next_due for name, due in moves.dues.items())  # type: ignore[operator]
    soon = [name for name, due in moves.dues.items() if due < NOW + timedelta(minutes=20)]
    assert len(soon) == moves.now
    # The last one may need more than what is left; it is put off again then.
    assert not budget or not soon or spent + (len(soon) - 1) * (1 + each) < budget
    for host in range(hosts):
        there = [name for name in soon if f"h{host}." in sources[name].url]
        assert len({moves.dues[name] for name in there}) == len(there)
        assert not host_budget or not there or (len(there) - 1) * (1 + each) < host_budget


def test_what_waits_is_counted_by_ceiling_and_lifted_with_its_articles(store: Store) -> None:
    now = datetime.now(UTC)
    soon = now + timedelta(minutes=30)
    host = Ceiling(setting="host_budget", whose="a.example", limit=4)
    for name in ("one", "two", "off"):
        store.sources.add(Source(name=name, url=f"https://a.example/{name}", enabled=name != "off"))
        put_off = Waits(ceilings=(host,), until=soon, look=name != "two")
        store.sources.settle([(name, None, soon, put_off)])
        assert store.sources.state(name).waits == put_off
    store.articles.set_aside(
        [
            SetAside(url=f"https://a.example/{n}", reason="no room", retry_at=soon, source="two", ceiling=host)
            for n in range(3)
        ]
        + [SetAside(url="https://a.example/x", reason="gone", retry_at=soon, source="two")]
    )
    meter = RequestMeter(store.requests, NONE, slack=1.0)
    for _ in range(4):
        meter.admit("a.example", "one")
    config = Config(host_budget=4)
    with store.glance() as glance:
        found = binding(glance, config, now)
    assert (found.looks, found.articles) == (1, 3)
    (bound,) = found.bounds
    assert (bound.whose, bound.requests, bound.limit, bound.looks, bound.articles) == ("a.example", 4, 4, 1, 3)
    assert bound.free_at == soon
    lines = binding_lines(found, "UTC")
    assert lines[0] == "waiting for room in budgets: 1 look, 3 articles"
    spent = "host_budget of a.example: 4 of 4 requests within the hour are spent"
    assert lines[1].startswith(f"{spent}; 1 look and 3 articles wait, the first until 20")
    present = Present(running=0, waiting=0, sources=2, started=0.0, store_away=False)
    metrics = exposition(Tally(), present, look(store, config, now)).decode()
    assert 'presswatch_waiting_for_budget{what="articles"} 3.0' in metrics
    assert 'presswatch_budgets_binding{setting="host_budget"} 1.0' in metrics
    free = metrics.partition('presswatch_budget_free_seconds{setting="host_budget"} ')[2].split()[0]
    assert float(free) == pytest.approx(soon.timestamp(), abs=1)
    (first,) = store.waits.articles_of("two")
    assert (first.count, first.first, first.ceiling) == (3, soon, replace(host, limit=0))
    assert store.articles.due_again("two", 50) == []
    store.waits.lift({"two": now}, {}, [replace(host, limit=0)], now)
    assert len(store.articles.due_again("two", 50)) == 3
    assert store.sources.state("two").next_due == now
    store.sources.settle([("one", None, soon, None), ("two", None, soon, None)])
    with store.glance() as glance:
        assert binding(glance, config, now).looks == 0
    # A ceiling that is spent is told though nothing waits, with the moment at which it has room.
    with store.glance() as glance:
        (bound,) = [one for one in binding(glance, config, now).bounds if not one.articles] or binding(
            glance, config, now
        ).bounds
    assert bound.requests == 4
    with store.glance() as glance:
        assert binding(glance, Config(host_budget=0), now).bounds == ()


def test_what_a_person_sends_is_counted_and_never_refused(
    paper: int, terminal: Terminal, url: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRESSWATCH_ALLOW_NETWORKS", "127.0.0.0/8")
    monkeypatch.setenv("PRESSWATCH_DELAY", "0")
    monkeypatch.setenv("PRESSWATCH_BUDGET", "2")
    terminal("--store", url, "source", "add", f"http://127.0.0.1:{paper}/east/feed", "--name", "east")
    looked = len(Paper.log)
    assert looked > 2
    terminal("--store", url, "crawl", "--source", "east")
    assert store.articles.count(ArticleFilter()) == ARTICLES
    with store.glance() as glance:
        counts = glance.requests(0)
    assert sum(number for *_, number in counts) == len(Paper.log) > looked + ARTICLES
    assert f"requests in the last hour: {len(Paper.log)} of 2" in terminal("--store", url, "status").out
    with pytest.raises(BudgetSpent):
        RequestMeter(store.requests, replace(NONE, host_budget=9), slack=1.0).admit("127.0.0.1", "west")


# ---------------------------------------------------------------------------------------------------------- a daemon
FROM_FILE = """
import os, sys
for name in ("BUDGET", "HOST_BUDGET", "SOURCE_BUDGET"):
    del os.environ["PRESSWATCH_" + name]
from crawler.cli import main
sys.exit(main())
"""


@pytest.mark.slow
def test_a_budget_is_raised_and_lowered_while_the_daemon_runs(
    paper: int,
    store: Store,
    start: Callable[..., Running],
    tmp_path: Path,
    terminal: Terminal,
    url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("daemon_case.START", FROM_FILE)
    settings = tmp_path / "watch.toml"
    names = ("east", "west", "north")
    for name in names:
        schedule = {"east": Schedule(every=900), "west": Schedule(cron="0 3 * * *"), "north": Schedule()}[name]
        address = f"http://127.0.0.{1 + names.index(name)}:{paper}/{name}/feed"
        store.sources.add(Source(name=name, url=address, kind=SourceKind.FEED, schedule=schedule, delay=0.0))
        store.sources.set_next_due(name, datetime.now(UTC))

    def give(budget: int) -> None:
        settings.write_text(f"budget = {budget}\n")

    give(11)
    daemon = start(config=settings)

    def reload(budget: int, times: int) -> None:
        give(budget)
        daemon.process.send_signal(signal.SIGHUP)
        daemon.wait_for("settings reloaded.* changed=budget", times)

    def shown() -> dict:  # type: ignore[type-arg]
        return terminal("--store", url, "--config", str(settings), "status", "--json").json

    def told() -> str:
        return "\n".join(daemon.lines) + str(Paper.log)

    wait_until(lambda: len(Paper.log) == 11 and shown()["running"] == 0 and shown()["waiting"]["articles"] > 0, told)
    daemon.wait_for('event="budget spent" setting=budget limit=11')
    assert store.articles.count(ArticleFilter()) < 3 * ARTICLES
    text = terminal("--store", url, "--config", str(settings), "status").out
    assert "waiting for room in budgets:" in text
    assert "budget: 11 of 11 requests within the hour are spent" in text
    assert "budget" in terminal("--store", url, "runs").out.split("errors")[1]
    waits = {state.name: state.waits for state in store.sources.states() if state.waits is not None}
    assert waits
    for name, wait in waits.items():
        one = terminal("--store", url, "--config", str(settings), "source", "show", name).out
        assert "waiting for room in budgets: " in one
        assert ("because it was put off until there is room in budget" in one) is wait.look, one
        assert "listing shows only" not in one
    # Raised: what waited goes at once, as far as there is room.
    reload(16, 1)
    wait_until(lambda: len(Paper.log) == 16, told)
    reload(10, 2)
    time.sleep(1)
    assert len(Paper.log) == 16
    # Lowered: nothing goes, and raised to what was spent there is no room either.
    reload(16, 3)
    time.sleep(3)
    assert len(Paper.log) == 16, told()
    reload(500, 4)
    wait_until(lambda: store.articles.count(ArticleFilter()) == 3 * ARTICLES, told)
    wait_until(
        lambda: shown()["waiting"]["looks"] == shown()["waiting"]["articles"] == 0,
        lambda: json.dumps(shown()["waiting"]),
    )
    daemon.wait_for('event="budget raised"')
    assert daemon.end() == 0
    assert not any(state.failures for state in store.sources.states())
