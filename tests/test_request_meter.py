"""Budgets: no hour holds more requests than it may, whoever sends them, whoever is killed."""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from cli_case import Terminal, terminal
from daemon_case import PATIENCE, Running, start, store, url, wait_until
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.errors import BudgetSpent
from crawler.items import ArticleFilter
from crawler.request_meter import Ceilings, RequestMeter
from crawler.sources import Schedule, Source, SourceKind
from storage import Store, open_store

__all__ = ["start", "store", "terminal", "url"]

HOUR = 3600.0


class Clocks:
    def __init__(self) -> None:
        self.steady, self.wall = 1000.0, time.time()

    def pass_(self, seconds: float) -> None:
        self.steady += seconds
        self.wall += seconds


def meter(store: Store, clocks: Clocks, budget: int = 0, host: int = 0, source: int = 0) -> RequestMeter:
    ceilings = Ceilings(budget=budget, host_budget=host, source_budget=source)
    return RequestMeter(store.requests, ceilings, slack=30.0, clock=lambda: clocks.steady, now=lambda: clocks.wall)


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    made = Clocks()
    monkeypatch.setattr("storage.requests.time.time", lambda: made.wall)
    return made


def test_each_ceiling_holds_by_itself_and_says_when_there_is_room(store: Store, clocks: Clocks) -> None:
    one = meter(store, clocks, budget=5, host=3, source=2)
    one.admit("a.example", "a")
    clocks.pass_(10)
    one.admit("a.example", "a")
    with pytest.raises(BudgetSpent, match=r"source 'a'.*source_budget.*3620 s") as spent:
        one.admit("a.example", "a")
    assert (spent.value.setting, spent.value.seconds) == ("source_budget", pytest.approx(3620))
    one.admit("a.example", "b")
    with pytest.raises(BudgetSpent, match="host_budget"):
        one.admit("a.example", "c")
    one.admit("b.example", "c")
    one.admit("b.example", "")
    with pytest.raises(BudgetSpent, match="all sources"):
        one.admit("c.example", "d")
    clocks.pass_(HOUR + 21)
    one.admit("a.example", "a")
    with pytest.raises(BudgetSpent):
        one.admit("a.example", "a")


def test_looks_leave_a_half_to_articles_that_found_no_room(store: Store, clocks: Clocks) -> None:
    one = meter(store, clocks, source=8)
    for _ in range(8):
        one.admit("a.example", "a")
        clocks.pass_(1)
    with pytest.raises(BudgetSpent, match="the 8 requests"):
        one.admit("a.example", "a", article=True)
    clocks.pass_(HOUR + 25)  # four are forgotten
    with pytest.raises(BudgetSpent, match="half for looks of the 8"):
        one.admit("a.example", "a")
    # The two shares together are all there is.
    for _ in range(3):
        one.admit("a.example", "a", article=True)
    # Who comes anew doesn't know which of them were looks, and lets looks go on.
    fresh = meter(store, clocks, source=8)
    with pytest.raises(BudgetSpent):
        fresh.admit("a.example", "a", article=True)
    fresh.admit("a.example", "a")
    with pytest.raises(BudgetSpent):
        one.admit("a.example", "a", article=True)
    clocks.pass_(2 * (HOUR + 31))
    for _ in range(8):
        one.admit("a.example", "a")


def test_what_was_refused_is_not_counted_and_no_ceiling_is_none(store: Store, clocks: Clocks) -> None:
    one = meter(store, clocks, budget=1)
    one.admit("a.example", "a")
    for _ in range(3):
        with pytest.raises(BudgetSpent):
            one.admit("a.example", "a")
    assert len(store.requests.since(0)) == 1
    free = meter(store, clocks)
    for _ in range(3):
        free.admit("a.example", "a")
    # Who has no ceiling is counted by those who have one.
    assert len(store.requests.since(0)) == 4
    with pytest.raises(BudgetSpent):
        meter(store, clocks, budget=4).admit("a.example", "a")


def test_a_successor_and_a_neighbour_count_what_others_sent(store: Store, clocks: Clocks) -> None:
    first, second = meter(store, clocks, host=4), meter(store, clocks, host=4)
    for one in (first, second, first, second):
        one.admit("a.example", "a")
    for one in (first, second, meter(store, clocks, host=4)):
        with pytest.raises(BudgetSpent):
            one.admit("a.example", "b")
    assert len(store.requests.since(0)) == 4
    clocks.pass_(HOUR + 31)
    second.admit("a.example", "a")


def test_a_wall_clock_that_is_set_makes_no_room(store: Store, clocks: Clocks) -> None:
    one = meter(store, clocks, budget=1)
    one.admit("a.example", "a")
    clocks.wall += 7200
    with pytest.raises(BudgetSpent):
        one.admit("a.example", "a")
    clocks.wall -= 14_400
    with pytest.raises(BudgetSpent):
        meter(store, clocks, budget=1).admit("a.example", "a")


def test_numbers_begin_anew_when_all_was_forgotten(store: Store, clocks: Clocks) -> None:
    one = meter(store, clocks, budget=2)
    one.admit("a.example", "a")
    clocks.pass_(3 * HOUR)
    store.requests.forget(clocks.wall)
    for _ in range(2):
        one.admit("a.example", "a")
    with pytest.raises(BudgetSpent):
        one.admit("a.example", "a")
    with pytest.raises(BudgetSpent):
        meter(store, clocks, budget=2).admit("a.example", "a")


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0, 900), st.sampled_from("ab"), st.sampled_from("xy"), *[st.booleans()] * 2), max_size=60
    )
)
def test_no_window_holds_too_many_whatever_comes(steps: list[tuple[float, str, str, bool, bool]]) -> None:
    clocks = Clocks()
    with open_store("sqlite:///:memory:") as store, pytest.MonkeyPatch.context() as patch:
        patch.setattr("storage.requests.time.time", lambda: clocks.wall)
        one, sent = meter(store, clocks, 6, 4, 3), []
        for pause, host, source, killed, article in steps:
            clocks.pass_(pause)
            if killed:
                one = meter(store, clocks, 6, 4, 3)
            with suppress(BudgetSpent):
                one.admit(host, source, article=article)
                sent.append((clocks.steady, host, source))
        assert_within([at for at, *_ in sent], 6, HOUR)
        for name in "ab":
            assert_within([at for at, host, _ in sent if host == name], 4, HOUR)
        for name in "xy":
            assert_within([at for at, _, source in sent if source == name], 3, HOUR)


class Notes:
    """Requests in memory, as a store notes them."""

    def __init__(self) -> None:
        self.count = 0

    def since(self, _moment: float) -> list[tuple[int, float, str, str]]:
        return []

    def note(self, *_: object) -> tuple[int, list[tuple[int, float, str, str]]]:
        self.count += 1
        return self.count, []

    def forget(self, _before: float) -> None:
        return


def test_a_high_ceiling_holds_too_and_takes_no_memory_for_each_request() -> None:
    clocks, notes, ceiling = Clocks(), Notes(), 20_000
    one = RequestMeter(
        notes,
        Ceilings(budget=ceiling, host_budget=10**9, source_budget=0),
        slack=30.0,
        clock=lambda: clocks.steady,
        now=lambda: clocks.wall,
    )
    sent: list[float] = []
    rng = random.Random(1)
    while len(sent) < 2 * ceiling:
        room = 0.0
        try:
            one.admit("a.example", "")
            sent.append(clocks.steady)
        except BudgetSpent as spent:
            room = spent.seconds
        # Two are forgotten together, the first of them too late.
        assert not room or sent[-ceiling] <= clocks.steady + room - HOUR - 30 <= sent[1 - ceiling] + 1
        clocks.pass_(room + rng.random() / 10)
    for number, moment in enumerate(sent[ceiling:]):
        assert moment - sent[number] > HOUR + 30, "more than the ceiling in an hour"
    assert len(one._sent["budget", ""]._times) <= 10_000 + 100
    assert len(one._sent["host_budget", "a.example"]._times) <= 2 * 101


def assert_within(times: list[float], ceiling: int, window: float) -> None:
    for first, moment in enumerate(times):
        assert sum(1 for later in times[first:] if later <= moment + window) <= ceiling


# ------------------------------------------------------------------------------------------------------ a daemon
WINDOW = 4.0
SHORT = f"""
import sys
import crawler.agenda, crawler.daemon_engine, crawler.request_meter
for module in (crawler.agenda, crawler.daemon_engine, crawler.request_meter):
    module.WINDOW = {WINDOW}
from crawler.cli import main
sys.exit(main())
"""
BUDGET, HOST_BUDGET, SOURCE_BUDGET = 16, 11, 8
ARTICLES = 6


class Paper(BaseHTTPRequestHandler):
    """Feeds that redirect, articles that fail at first, and a log of what came when."""

    log: ClassVar[list[tuple[float, str, str]]] = []
    failed: ClassVar[set[str]] = set()

    def do_GET(self) -> None:
        self.log.append((time.monotonic(), self.headers["Host"].partition(":")[0], self.path))
        status, body, kind = 200, "", "text/html; charset=utf-8"
        here = f"http://{self.headers['Host']}"
        name = self.path.strip("/").split("/")[0]
        if self.path == "/robots.txt":
            status = 404
        elif self.path.endswith("/feed"):
            self.send_response(302)
            self.send_header("Location", f"{here}/{name}/news.xml")
            self.end_headers()
            return
        elif self.path.endswith("news.xml"):
            items = "".join(
                f"<item><title>The ferry of day {n} sails again in {name}</title>"
                f"<link>{here}/{name}/{n}.html</link></item>"
                for n in range(ARTICLES)
            )
            body = f"<?xml version='1.0'?><rss version='2.0'><channel><title>{name}</title>{items}</channel></rss>"
            kind = "application/rss+xml"
        elif self.path not in self.failed and self.path.endswith("3.html"):
            self.failed.add(self.path)
            status = 503
        else:
            lines = "".join(
                f"<p>{self.path} tells in its line {k} of {random.Random(self.path + str(k)).getrandbits(60)} boats "
                "that left the harbour early, and of those who stayed there until the wind turned at last.</p>"
                for k in range(6)
            )
            title = f"The ferry {self.path}"
            main = f"<article><h1>{title}</h1>{lines}</article>"
            body = f"<html><head><title>{title}</title></head><body>{main}</body></html>"
        answer = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def paper() -> Iterator[int]:
    Paper.log, Paper.failed = [], set()
    server = ThreadingHTTPServer(("0.0.0.0", 0), Paper)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.mark.slow
def test_a_daemon_keeps_its_budgets_over_redirects_retries_and_a_kill_and_loses_nothing(
    paper: int, store: Store, tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("daemon_case.START", SHORT)
    for name, host in (("east", "127.0.0.1"), ("west", "127.0.0.1"), ("north", "127.0.0.2")):
        schedule = Schedule(every=1) if name == "west" else Schedule(min_interval=1, max_interval=2)
        store.sources.add(
            Source(
                name=name, url=f"http://{host}:{paper}/{name}/feed", kind=SourceKind.FEED, schedule=schedule, delay=0.0
            )
        )
    budgets = {
        "budget": BUDGET,
        "host_budget": HOST_BUDGET,
        "source_budget": SOURCE_BUDGET,
        "timeout": 1,
        "retry_after": 1,
    }
    first = Running(tmp_path, url, **budgets)
    try:
        first.wait_for("postponed=", 2)
    finally:
        first.process.kill()
        first.process.wait()
    second = Running(tmp_path, url, **budgets)
    try:
        wait_until(
            lambda: store.articles.count(ArticleFilter()) == 3 * ARTICLES,
            lambda: "\n".join(second.lines) + str(Paper.log),
            patience=3 * PATIENCE,  # each hour of seconds has room for a few articles
        )
        second.wait_for("postponed=", 2)
        with store.glance() as glance:
            counts = glance.requests(time.time() - WINDOW)
        assert 0 < sum(number for *_, number in counts) <= BUDGET
        assert second.end() == 0
    finally:
        second.process.kill()
    paths = [path for *_, path in Paper.log]
    assert paths.count("/robots.txt") >= 2
    assert any(paths.count(path) > 1 for path in paths if path.endswith("3.html"))
    assert_within([at for at, *_ in Paper.log], BUDGET, WINDOW)
    for host in ("127.0.0.1", "127.0.0.2"):
        assert_within([at for at, where, _ in Paper.log if where == host], HOST_BUDGET, WINDOW)
    for name in ("east", "west", "north"):
        assert_within([at for at, _, path in Paper.log if path.startswith(f"/{name}/")], SOURCE_BUDGET, WINDOW)
    # The ceilings were what held it back.
    assert len(Paper.log) > BUDGET
    assert not any(state.failures for state in store.sources.states())
    assert not re.search(r"Traceback|crawl failed|turn failed", "\n".join(second.lines))


def test_status_tells_what_of_the_budget_is_spent(tmp_path: Path, terminal: Terminal) -> None:
    store_url = f"sqlite:///{tmp_path}/watch.db"
    with open_store(store_url) as store:
        one = RequestMeter(store.requests, Ceilings(budget=9, host_budget=9, source_budget=9), slack=1.0)
        for _ in range(3):
            one.admit("a.example", "paper")
        one.admit("b.example", "other")
    told = terminal("--store", store_url, "status")
    assert "4 of 7200; most to a.example, 3 of 900; most for paper, 3 of 600" in told.out


def test_articles_leave_a_part_of_each_ceiling_to_doors_and_none_exceeds_it(store: Store, clocks: Clocks) -> None:
    for ceiling in ({"budget": 8}, {"host": 8}, {"source": 8}):
        one = meter(store, clocks, **ceiling)
        for _ in range(6):
            one.admit("a.example", "a", article=True)
        with pytest.raises(BudgetSpent, match="three quarters of the 8 requests") as spent:
            one.admit("a.example", "a", article=True)
        assert spent.value.seconds == pytest.approx(3630)
        for _ in range(2):
            one.admit("a.example", "a")
        with pytest.raises(BudgetSpent, match="the 8 requests"):
            one.admit("a.example", "a")
        clocks.pass_(4000)
    for small in (1, 2, 3):
        one = meter(store, clocks, source=small)
        for _ in range(small):
            one.admit("a.example", "a", article=True)
        with pytest.raises(BudgetSpent):
            one.admit("a.example", "a")
        clocks.pass_(4000)
