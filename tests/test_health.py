"""What `status` tells."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from crawler.cli import main
from crawler.config import Config
from crawler.daemon_lock import DaemonLock
from crawler.health import FAILING_AFTER, QUIET_AFTER, SourceWord, foremost, judge, look
from crawler.items import CrawlKind, CrawlOrder, SourceState
from crawler.sources import Source
from storage import Store, open_store

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SOURCE = Source(name="a", url="https://a.example/feed")
FINE = SourceState(name="a", last_run=NOW, last_success=NOW, last_new=NOW)
HOUR = timedelta(hours=1)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/health.db"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = open_store(url, now=lambda: NOW)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (FINE, SourceWord.OK),
        (SourceState(name="a"), SourceWord.NEVER_RUN),
        (replace(FINE, failures=FAILING_AFTER - 1), SourceWord.OK),
        (replace(FINE, failures=FAILING_AFTER), SourceWord.FAILING),
        (replace(FINE, failures=1, last_success=None, last_new=None), SourceWord.FAILING),
        (replace(FINE, last_new=NOW - QUIET_AFTER - HOUR), SourceWord.QUIET),
        (replace(FINE, last_new=NOW - QUIET_AFTER + HOUR), SourceWord.OK),
        (replace(FINE, last_new=None), SourceWord.QUIET),
    ],
)
def test_a_sources_word(state: SourceState, word: SourceWord) -> None:
    assert judge(SOURCE, state, blocked_until=None, now=NOW) is word
    assert judge(SOURCE, state, blocked_until=NOW - HOUR, now=NOW) is word
    assert judge(SOURCE, state, blocked_until=NOW + HOUR, now=NOW) is SourceWord.BLOCKED
    assert judge(replace(SOURCE, enabled=False), state, blocked_until=None, now=NOW) is SourceWord.OFF
    changed = judge(SOURCE, state, blocked_until=None, now=NOW, changed=("0 items",))
    kept = (SourceWord.NEVER_RUN, SourceWord.FAILING)
    assert changed is (word if word in kept else SourceWord.CHANGED)


def test_look_gathers_sources_totals_and_what_is_under_way(store: Store, url: str) -> None:
    store.sources.add(SOURCE)
    store.sources.add(Source(name="b", url="https://b.example/"))
    store.sources.add(Source(name="c", url="https://c.example/"))
    store.sources.record("a", at=NOW, ok=True, new=True)
    store.sources.set_next_due("a", NOW + HOUR)
    store.sources.record("b", at=NOW, ok=False, new=False, error="b.example: no answer")
    store.hosts.block("c.example", NOW + HOUR, "429")
    store.crawls.begin(CrawlOrder(kind=CrawlKind.SOURCE, name="a", sources=("a",)), pid=os.getpid(), host="here")
    health = look(store, Config(store=url), NOW)
    told = {source.name: (source.state, source.running, source.next_due) for source in health.sources}
    assert told == {
        "a": (SourceWord.OK, True, NOW + HOUR),
        "b": (SourceWord.FAILING, False, None),
        "c": (SourceWord.BLOCKED, False, None),
    }
    assert (health.daemon, health.running, health.articles, health.topics) == (None, 1, 0, 0)
    assert health.states == {"ok": 1, "failing": 1, "blocked": 1}


def test_look_asks_as_little_for_many_sources_as_for_few(store: Store, url: str) -> None:
    asked: list[str] = []
    sa.event.listen(store._database.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    counts = []
    for first, last in ((0, 2), (2, 40)):
        for number in range(first, last):
            store.sources.add(Source(name=f"s{number}", url=f"https://h{number}.example/"))
            store.hosts.block(f"h{number}.example", NOW + HOUR, "429")
        asked.clear()
        assert look(store, Config(store=url), NOW).states == {"blocked": last}
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_status_lists_those_first_that_need_a_look(
    store: Store, url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(9):
        store.sources.add(Source(name=f"s{number}", url=f"https://h{number}.example/"))
        store.sources.record(f"s{number}", at=NOW, ok=True, new=True)
    for _ in range(FAILING_AFTER):
        store.sources.record("s7", at=NOW, ok=False, new=False, error="no answer")
    store.hosts.block("h8.example", NOW + HOUR, "429")
    health = look(store, Config(store=url), NOW)
    assert [source.name for source in foremost(health.sources, 3)] == ["s0", "s7", "s8"]
    assert foremost(health.sources, 9) == health.sources
    monkeypatch.setattr("crawler.cli.status.MOST_SHOWN", 3)
    assert main(["--store", url, "status"]) == 0
    said = capsys.readouterr().out
    # By the clock on the wall the block is long over.
    assert [name for name in (f"s{number}" for number in range(9)) if f"\n{name} " in said] == ["s0", "s1", "s7"]
    assert "sources: 9 (" in said
    assert "6 more are not listed; `presswatch status --all`" in said
    assert main(["--store", url, "status", "--all"]) == 0
    said = capsys.readouterr().out
    assert all(f"\ns{number} " in said for number in range(9))
    assert "not listed" not in said
    assert main(["--store", url, "status", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["sources"]) == 9


def test_status_and_runs_on_the_command_line(store: Store, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    store.sources.add(SOURCE)
    store.sources.record("a", at=NOW, ok=False, new=False, error="a.example: no answer\nat all")
    run = store.crawls.begin(CrawlOrder(kind=CrawlKind.SOURCE, name="a", sources=("a",)), pid=os.getpid(), host="here")
    with DaemonLock(store, url, NOW):
        assert main(["--store", url, "status"]) == 0
        said = capsys.readouterr().out
        assert f"daemon: running since 2026-11-22 21:00, process {os.getpid()} on " in said
        assert "sources: 1 (1 failing)" in said
        assert "failing, running" in said
        assert "a.example: no answer at all" in said
        assert main(["--store", url, "status", "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert (told["daemon"]["pid"], told["sources"][0]["state"], told["running"]) == (os.getpid(), "failing", 1)
    assert main(["--store", url, "runs", "--source", "a", "--json"]) == 0
    assert [(row["id"], row["state"]) for row in json.loads(capsys.readouterr().out)] == [(run, "running")]
    assert main(["--store", url, "runs"]) == 0
    assert "running" in capsys.readouterr().out
    assert main(["--store", url, "runs", "--source", "b"]) == 2
    assert "'b'" in capsys.readouterr().err
    assert main(["--store", url, "status"]) == 0
    assert "daemon: not running" in capsys.readouterr().out
