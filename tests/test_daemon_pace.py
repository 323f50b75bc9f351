"""Adaptive sources through the daemon and the command line: learnt, kept, explained."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cli_case import Terminal, terminal
from daemon_case import PATIENCE, Running, wait_until
from small_site import FEED_KIND, Reply, SmallSite, feed

from crawler.newsroom import Newsroom
from crawler.source_health import overflows
from crawler.sources import Schedule, Source, SourceKind
from storage import open_store

__all__ = ["terminal"]
pytestmark = pytest.mark.slow


@contextmanager
def daemon(folder: Path, url: str) -> Iterator[Running]:
    """A daemon on the store, ended in good order."""
    running = Running(folder, url, looks=100_000, host_looks=100_000)
    try:
        yield running
        assert running.end() == 0
    finally:
        running.process.kill()
        running.process.wait(PATIENCE)


def test_a_source_is_learnt_kept_over_a_restart_and_explained(tmp_path: Path, terminal: Terminal) -> None:
    url = f"sqlite:///{tmp_path}/watch.db"
    with Newsroom(seed=3, articles_per_outlet=12) as newsroom, open_store(url) as store:
        feed = next(source for source in newsroom.sources() if source.kind is SourceKind.FEED)
        source = replace(feed, schedule=Schedule(min_interval=1, max_interval=2), delay=0.0)
        store.sources.add(source)
        with daemon(tmp_path, url) as running:
            running.wait_for("event=crawled", 3)
        learnt = store.sources.learnt()[source.name]
        assert learnt["polls"] >= 2
        assert sum(learnt["articles"]) > 0
        assert len(json.dumps(learnt)) <= 2048
        with daemon(tmp_path, url) as running:
            running.wait_for("event=crawled")
        again = store.sources.learnt()[source.name]
        assert again["polls"] > learnt["polls"]
        assert again["since"] == learnt["since"]
        store.sources.update(replace(source, schedule=Schedule()))
        shown = terminal("--store", url, "source", "show", source.name)
        assert "schedule:          adaptive\n" in shown.out
        assert re.search(r"publishes ~[0-9.]+ a day", shown.out)
        assert re.search("[▁▂▃▄▅▆▇█]{24}  00–24 h", shown.out)


def test_a_source_that_fails_waits_longer_each_time(tmp_path: Path, terminal: Terminal) -> None:
    url = f"sqlite:///{tmp_path}/watch.db"
    with Newsroom(seed=3, articles_per_outlet=2) as newsroom, open_store(url) as store:
        feed = next(source for source in newsroom.sources() if source.kind is SourceKind.FEED)
        gone = replace(feed, url="http://127.0.0.1:9/feed", schedule=Schedule(), delay=0.0)
        store.sources.add(gone)
        with daemon(tmp_path, url) as running:
            running.wait_for("event=crawled")
            wait_until(lambda: store.sources.state(gone.name).next_due is not None, lambda: "\n".join(running.lines))
        due = store.sources.state(gone.name).next_due
        assert due is not None
        assert timedelta(0) < due - datetime.now(UTC) <= timedelta(minutes=10)
        shown = terminal("--store", url, "source", "show", gone.name)
        assert "has not learnt its pace yet" in shown.out


def test_a_source_that_overflows_is_told_with_the_setting_that_helps(tmp_path: Path, terminal: Terminal) -> None:
    url = f"sqlite:///{tmp_path}/watch.db"
    site = SmallSite()

    def all_new(times: int) -> Reply:
        """A feed that shows five articles, all of them new each time."""
        numbers = range(5 * times, 5 * times + 5)
        for number in numbers:
            site.article(f"/{number}.html", number)
        entries = [(f"/{number}.html", f"Council {number}", datetime.now(UTC).isoformat()) for number in numbers]
        return Reply(feed(site.base, entries), kind=FEED_KIND)

    site.pages["/feed"] = all_new
    try:
        with open_store(url) as store:
            for name, schedule in (("busy", Schedule(min_interval=2)), ("fixed", Schedule(every=1))):
                store.sources.add(
                    Source(name=name, url=site.url("/feed"), kind=SourceKind.FEED, schedule=schedule, delay=0.0)
                )
            with daemon(tmp_path, url):
                wait_until(
                    lambda: all(overflows(store.sources.history(name)) for name in ("busy", "fixed")),
                    lambda: str([store.sources.history(name) for name in ("busy", "fixed")]),
                )
        told = terminal("--store", url, "status").out
        assert "2 overflowing" in told
        assert re.search(r"overflows: busy: .*lower its min_interval \(2 s\)", told)
        assert re.search(r"overflows: fixed: .*shorten its interval \(every, 1 s\)", told)
        assert "lower its min_interval (2 s)" in terminal("--store", url, "source", "show", "busy").out
        terminal("--store", url, "status", "--fail-on-unhealthy", code=4)
    finally:
        site.close()
