"""What the daemon tells a service manager and whoever asks over HTTP, and how it keeps its engine well."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from daemon_case import PATIENCE, Running, ended, engine_of, newsroom, runs_now, some, start, store, url, wait_until
from prometheus_client.parser import text_string_to_metric_families

from crawler.cli import main
from crawler.config import Config, load_config
from crawler.daemon_engine import WarmEngine
from crawler.daemon_tally import Tally
from crawler.errors import ConfigError, EngineDied
from crawler.health import Health, SourceHealth
from crawler.items import CrawlKind, CrawlOrder
from crawler.metrics import Present, exposition
from crawler.newsroom import Newsroom
from crawler.sd_notify import ServiceManager
from crawler.source_words import SourceWord
from crawler.sources import SourceKind
from crawler.vital_signs import BOOK
from crawler.wire import Vitals
from storage import Store

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Manager:
    """The socket on which a service manager listens."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self.told: list[str] = []

    def wait_for(self, line: str) -> str:
        """The next message that holds a line beginning so."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            self._socket.settimeout(deadline - time.monotonic())
            message = self._socket.recv(4096).decode()
            self.told.append(message)
            if any(part.startswith(line) for part in message.split("\n")):
                return message
        pytest.fail(f"{line} was not told: {self.told}")

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    made = Manager(tmp_path / "notify")
    yield made
    made.close()


def test_a_service_manager_is_told_of_each_step(
    tmp_path: Path, manager: Manager, store: Store, start: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(manager.path))
    monkeypatch.setenv("WATCHDOG_USEC", "400000")
    daemon = start(own=True)
    manager.wait_for("READY=1")
    manager.wait_for("WATCHDOG=1")
    manager.wait_for("WATCHDOG=1")
    assert "0 sources" in "".join(manager.told)
    before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    daemon.process.send_signal(signal.SIGHUP)
    reloading = manager.wait_for("RELOADING=1")
    assert before <= int(reloading.split("MONOTONIC_USEC=")[1]) <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    manager.wait_for("READY=1")
    daemon.process.send_signal(signal.SIGTERM)
    manager.wait_for("STOPPING=1")
    assert daemon.process.wait(PATIENCE) == 0


def test_without_a_service_manager_nothing_is_told_and_a_vanished_one_does_no_harm(tmp_path: Path) -> None:
    ServiceManager({}).ready()
    environ = {"NOTIFY_SOCKET": str(tmp_path / "gone"), "WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "1"}
    one = ServiceManager(environ)
    one.ready()
    assert environ == {}
    assert one.watchdog is None
    assert ServiceManager({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": str(os.getpid())}).watchdog == 3.0
    assert ServiceManager({"WATCHDOG_USEC": "soon"}).watchdog is None


def test_the_unit_is_one_that_systemd_takes(tmp_path: Path) -> None:
    unit = Path(__file__).parents[1] / "deploy" / "presswatch.service"
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("no systemd-analyze here")
    # It looks for the program that the unit starts, which is installed elsewhere.
    text = unit.read_text().replace("/opt/presswatch/bin/presswatch", "/bin/true")
    assert "/bin/true daemon" in text
    (tmp_path / "presswatch.service").write_text(text)
    done = subprocess.run(
        [program, "verify", "--man=no", tmp_path / "presswatch.service"], capture_output=True, text=True, check=False
    )
    ours = [line for line in done.stderr.splitlines() if "presswatch" in line]
    assert (done.returncode, ours) == (0, [])


def samples(text: str) -> dict[str, float]:
    return {
        sample.name + "".join(f" {name}={value}" for name, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_health_and_metrics_over_http(newsroom: Newsroom, store: Store, start: Callable[..., Running]) -> None:
    for source in some(newsroom, 2):
        store.sources.add(source)
    daemon = start(listen="127.0.0.1:0")
    address = daemon.wait_for("event=listening")[0].partition("address=")[2]
    wait_until(lambda: len(ended(store)) == 2, lambda: "\n".join(daemon.lines))
    runs = ended(store)

    def sent(text: str) -> float:
        return sum(value for name, value in samples(text).items() if name.startswith("presswatch_requests_total"))

    requests = sum(count.requests for run in runs for count in run.counts)
    with httpx.Client(base_url=f"http://{address}", timeout=20) as client:
        wait_until(lambda: sent(client.get("/metrics").text) == requests, lambda: client.get("/metrics").text)
        told = samples(client.get("/metrics").text)
        assert told["presswatch_articles_total outcome=new"] == sum(count.new for run in runs for count in run.counts)
        assert told["presswatch_crawls_total state=done"] == 2
        assert told["presswatch_engine_starts_total"] == 1
        assert told["presswatch_sources"] == 2
        assert told["presswatch_store_articles"] == store.articles.count()
        assert told["presswatch_received_bytes_total"] > 1000
        assert told["presswatch_engine_resident_bytes"] > 10_000_000
        for source in some(newsroom, 2):
            assert told[f"presswatch_source_state source={source.name} state=ok"] == 1
        # Articles of a source's first crawl are no measure of how soon it was looked at.
        assert told["presswatch_discovery_delay_seconds_count"] == 0
        for path in ("/healthz", "/readyz"):
            answer = client.get(path)
            assert (answer.status_code, answer.text) == (200, "ok\n")
            assert client.head(path).status_code == 200
        assert client.post("/metrics").status_code == 405
        assert client.get("/").status_code == 404
        assert client.get("/metrics", params={"x": "y" * 10_000}).status_code == 400
        os.kill(engine_of(daemon), signal.SIGKILL)
        wait_until(
            lambda: samples(client.get("/metrics").text)["presswatch_engine_losses_total reason=silent"] == 1,
            lambda: client.get("/metrics").text,
        )
    assert daemon.end() == 0


def test_status_tells_a_daemons_signs_of_life_and_what_is_due(
    newsroom: Newsroom, store: Store, url: str, start: Callable[..., Running], capsys: pytest.CaptureFixture[str]
) -> None:
    for source in some(newsroom, 2):
        store.sources.add(source)
    daemon = start()
    wait_until(lambda: len(ended(store)) == 2, lambda: "\n".join(daemon.lines))
    wait_until(lambda: store.plans.get(BOOK) is not None, lambda: "\n".join(daemon.lines))
    assert main(["--store", url, "status", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["signs"]["pid"] == told["daemon"]["pid"]
    assert told["signs"]["trouble"] in (None, "starting")
    assert (told["silent"], told["queue"]["overdue"], told["left_alone"]) == (False, 0, [])
    assert sum(source["seen"] for source in told["sources"]) == told["articles"] == told["pace"]["last_day"]
    assert main(["--store", url, "status"]) == 0
    said = capsys.readouterr().out
    assert re.search(r"^daemon: running since \S+ \S+ KST, process \d+ on \S+; last sign of life \S+ \S+ KST", said)
    assert daemon.end() == 0


def test_an_address_that_is_taken_ends_the_start(store: Store, start: Callable[..., Running]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        daemon = start(listen=f"127.0.0.1:{taken.getsockname()[1]}")
        assert daemon.process.wait(PATIENCE) == 2
    assert "can't be listened on: " in daemon.lines[-1]


@pytest.mark.parametrize(
    ("listen", "said"),
    [("9464", "no address"), ("::1:9464", "no address"), ("127.0.0.1:99999", "above 65535"), ("a:b", "no address")],
)
def test_an_address_that_is_none_is_refused(listen: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load_config(None, {}, {"listen": listen})
    assert load_config(None, {}, {"listen": "[::1]:9464"}).listen == "[::1]:9464"


def test_source_names_of_any_kind_are_read_back_from_the_metrics() -> None:
    name = 'a "quoted" \\ one\nof 서울'
    source = SourceHealth(
        name=name,
        url="https://a.example/",
        kind=SourceKind.FEED,
        state=SourceWord.FAILING,
        running=False,
        last_run=NOW,
        last_success=None,
        last_new=None,
        next_due=NOW,
        failures=3,
        last_error="words of a page",
        articles=1,
    )
    tally = Tally()
    tally.discovered(
        [(NOW - timedelta(minutes=4), NOW), (NOW - timedelta(days=9), NOW), (NOW + timedelta(hours=1), NOW)]
    )
    present = Present(running=1, waiting=2, sources=3, started=0.0, store_away=True)
    text = exposition(tally, present, Health(at=NOW, daemon=None, sources=(source,))).decode()
    told = samples(text)
    assert told[f"presswatch_source_state source={name} state=failing"] == 1
    assert told["presswatch_store_up"] == 0
    assert told["presswatch_discovery_delay_seconds_bucket le=60"] == 1
    assert told["presswatch_discovery_delay_seconds_bucket le=300"] == 2
    assert told["presswatch_discovery_delay_seconds_bucket le=+Inf"] == 3
    assert told["presswatch_discovery_delay_seconds_sum"] == 240 + 9 * 86_400
    assert "words of a page" not in text
    assert "presswatch_source_state" not in exposition(tally, present, None).decode()


def test_counts_of_an_engine_are_differences() -> None:
    tally = Tally()
    first = Vitals(requests={"2xx": 3}, bytes=10, pages_lost=1)
    tally.vitals(Vitals(), first)
    tally.vitals(first, Vitals(requests={"2xx": 5, "error": 1}, bytes=25, pages_lost=1))
    assert (dict(tally.requests), tally.bytes, tally.pages_lost) == ({"2xx": 5, "error": 1}, 25, 1)


@pytest.fixture
def config(sqlite_url: str) -> Config:
    return load_config(None, {}, {"store": sqlite_url, "allow_networks": ("127.0.0.0/8",), "delay": 0.0})


def order(newsroom: Newsroom) -> CrawlOrder:
    return CrawlOrder(kind=CrawlKind.URLS, name="test", urls=(some(newsroom, 1)[0].url,))


def test_a_silent_engine_is_replaced_within_a_deadline_and_its_crawl_fails_over(
    config: Config, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.daemon_engine.PING_SECONDS", 0.5)
    tally = Tally()

    async def scenario() -> None:
        engines = WarmEngine(config, tally)
        await engines.crawl(order(newsroom), 60)
        await engines.watch()
        (engine,) = engines._users
        assert engine.pid is not None
        os.kill(engine.pid, signal.SIGSTOP)
        stuck = asyncio.create_task(engines.crawl(order(newsroom), 60))
        began = time.monotonic()
        await engines.watch()
        with pytest.raises(EngineDied):
            await stuck
        assert time.monotonic() - began < 3
        report = await engines.crawl(order(newsroom), 60)
        assert report.total("requests") > 0
        await engines.close(10)

    asyncio.run(scenario())
    assert tally.engine_losses == {"silent": 1}
    assert tally.engine_starts == 2


SLOW = """
import sys, time
time.sleep(1.2)
sys.stdin.readline()
print('{"ready": 1}', flush=True)
sys.stdin.read()
"""


def test_an_engine_that_starts_slowly_is_given_more_and_more_time_which_is_told_once(
    config: Config, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("crawler.patience.START_SECONDS", 0.2)
    monkeypatch.setattr("crawler.daemon_engine.FIRST_WAIT", 0.1)
    monkeypatch.setattr("crawler.crawls.program", lambda _module: [sys.executable, "-c", SLOW])
    caplog.set_level("INFO", "presswatch.daemon")

    async def scenario() -> None:
        engines = WarmEngine(config, Tally())
        start = asyncio.create_task(engines.warm())
        while engines.trouble is None:
            await asyncio.sleep(0.01)
        assert "did not start within 0.2 s" in engines.trouble
        await asyncio.wait_for(start, 20)
        assert engines.trouble is None
        assert 2 < engines._patience.seconds < 10
        await engines.close(1)

    asyncio.run(scenario())
    told = [record.getMessage() for record in caplog.records]
    assert told == ["engine does not start; trying again", "engine starts again"]
    assert caplog.records[0].facts["patience_up_to"] == 600


def test_an_engine_for_which_there_is_no_process_is_tried_again(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.daemon_engine.FIRST_WAIT", 0.1)
    tries: list[list[str]] = []

    def program(_module: str) -> list[str]:
        tries.append(["/nowhere/python"] if len(tries) < 2 else [sys.executable, "-c", SLOW])
        return tries[-1]

    monkeypatch.setattr("crawler.crawls.program", program)

    async def scenario() -> None:
        engines = WarmEngine(config, Tally())
        await asyncio.wait_for(engines.warm(), 20)
        assert engines.trouble is None
        await engines.close(1)

    asyncio.run(scenario())
    assert len(tries) == 3


def test_an_engine_that_has_grown_ends_after_its_crawls(config: Config, newsroom: Newsroom) -> None:
    from dataclasses import replace

    tally = Tally()

    async def scenario() -> None:
        engines = WarmEngine(config, tally)
        await engines.crawl(order(newsroom), 60)
        (engine,) = engines._users
        pid = engine.pid
        await engines.watch()
        used = tally.engine_memory
        assert used > 30_000_000
        under_way = asyncio.create_task(engines.crawl(order(newsroom), 60))
        await asyncio.sleep(0)
        engines._config = replace(config, engine_memory=int(used / 1.5 / 1_000_000))
        await engines.watch()
        assert (await under_way).total("requests") > 0
        wait = time.monotonic() + 20
        while engine.pid is not None and time.monotonic() < wait:
            await asyncio.sleep(0.05)
        assert engine.pid is None
        engines._config = config
        await engines.crawl(order(newsroom), 60)
        assert {one.pid for one in engines._users} != {pid}
        await engines.close(10)

    asyncio.run(scenario())
    assert tally.engine_losses == {"memory": 1}


def test_a_crawl_under_way_when_all_engines_end_ends_as_it_was_told_to(config: Config) -> None:
    class Hanging:
        def kill(self) -> None: ...

        async def close(self, seconds: float) -> None: ...

        async def crawl(self, order: CrawlOrder) -> None:
            await asyncio.Event().wait()

    async def scenario() -> None:
        engines = WarmEngine(config, Tally())
        engines._engine = Hanging()  # type: ignore[assignment]
        under_way = asyncio.create_task(engines.crawl(CrawlOrder(kind=CrawlKind.URLS, name="test"), 60))
        await asyncio.sleep(0)
        await engines.close(0.0)
        under_way.cancel()
        with pytest.raises(asyncio.CancelledError):
            await under_way

    asyncio.run(scenario())


def test_another_address_to_listen_on_takes_the_old_ones_place(
    tmp_path: Path, store: Store, start: Callable[..., Running]
) -> None:
    file = tmp_path / "presswatch.toml"

    def reload(listen: str) -> None:
        file.write_text(f'listen = "{listen}"\n')
        daemon.process.send_signal(signal.SIGHUP)

    def answers(address: str) -> bool:
        try:
            return httpx.get(f"http://{address}/healthz", timeout=20).status_code == 200
        except httpx.ConnectError:
            return False

    with socket.create_server(("127.0.0.1", 0)) as free:
        first = free.getsockname()[1]
    with socket.create_server(("127.0.0.1", 0)) as free:
        second = free.getsockname()[1]
    file.write_text(f'listen = "127.0.0.1:{first}"\n')
    daemon = start()
    daemon.wait_for(f"event=listening address=127.0.0.1:{first}")
    reload(f"127.0.0.1:{second}")
    daemon.wait_for(f"event=listening address=127.0.0.1:{second}")
    wait_until(lambda: not answers(f"127.0.0.1:{first}"), lambda: "the old address still answers")
    assert answers(f"127.0.0.1:{second}")
    # Another host of the same port, which the old one stands in the way of.
    reload(f"0.0.0.0:{second}")
    daemon.wait_for(f"event=listening address=0.0.0.0:{second}")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        reload(f"127.0.0.1:{taken.getsockname()[1]}")
        refused = daemon.wait_for("can't listen elsewhere; reload again to retry")[0]
        assert f"stays=0.0.0.0:{second}" in refused
        assert "choose another" in refused
        assert answers(f"127.0.0.1:{second}")
    reload("")
    wait_until(lambda: not answers(f"127.0.0.1:{second}"), lambda: "it still answers")
    assert daemon.end() == 0
    assert "Traceback" not in "\n".join(daemon.lines)
