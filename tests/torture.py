"""`make torture`: kill -9 of a watching daemon, its engine or both, some hundreds of times, against a live newsroom.

Each round starts the daemon, lets it die at an instant drawn at random (before or after a commit of the engine or the
daemon, a lease, the validators of a door, the end of a run; as an engine starts; after its engine died alone; at any
time), and looks at the store: it is sound, and no door has validators for articles that are not stored. The newsroom
goes on publishing meanwhile. In the end an undisturbed daemon catches up, and the store must hold the newsroom's truth.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from crawler.items import ArticleFilter, CrawlState  # noqa: E402
from crawler.newsroom import Newsroom  # noqa: E402
from crawler.sources import Schedule  # noqa: E402
from crawler.urls import article_id, url_key  # noqa: E402
from storage import Store, open_store  # noqa: E402

PATIENCE = 120.0
ROUND = 20.0  # seconds after which a round whose instant did not come is ended from outside
START = "import sys; from crawler.cli import main; sys.exit(main())"

# (process, what is called) and how many calls of it a round makes, about.
PLACES = {
    "engine commit": 30,
    "engine lease": 12,
    "engine door": 4,
    "engine run end": 6,
    "engine start": 1,
    "daemon commit": 8,
    "daemon engine start": 1,
}
OUTSIDE = ("engine alone", "any time")

FAULT = """
import os, signal, sys

place = os.environ.get("TEST_PLACE", "")
process, _, what = place.partition(" ")
ours = "engine" if "crawler.engine" in sys.orig_argv else "daemon" if sys.orig_argv[-1:] == ["daemon"] else ""
if what and process == ours:
    when, left = os.environ["TEST_WHEN"], int(os.environ["TEST_NUMBER"])

    def die():
        with open(os.environ["TEST_HIT"], "w") as hit:
            hit.write(place + " " + when)
        if ours == "engine":
            os.kill(os.getppid(), signal.SIGKILL)
            os.killpg(os.getpgrp(), signal.SIGKILL)
        with open(f"/proc/self/task/{os.getpid()}/children") as children:
            for child in children.read().split():
                try:
                    os.killpg(int(child), signal.SIGKILL)
                except ProcessLookupError:
                    pass
        os.kill(os.getpid(), signal.SIGKILL)

    def fatal(owner, name):
        inner = getattr(owner, name)

        def call(*args, **kwargs):
            global left
            left -= 1
            if left == 0 and when == "before":
                die()
            answer = inner(*args, **kwargs)
            if left == 0 and when == "after":
                die()
            return answer

        setattr(owner, name, call)

    if what == "commit":
        from sqlalchemy.engine.default import DefaultDialect
        fatal(DefaultDialect, "do_commit")
    elif what == "lease":
        from storage.hosts import Hosts
        for name in ("acquire", "renew", "release"):
            fatal(Hosts, name)
    elif what == "door":
        from storage.doors import Doors
        fatal(Doors, "save")
    elif what == "run end":
        from storage.crawls import Crawls
        fatal(Crawls, "end")
    elif what == "start":
        from crawler.desk import Desk
        fatal(Desk, "__init__")
    elif what == "engine start":
        from crawler.crawls import Engine
        fatal(Engine, "_send")
"""


class World:
    """The newsroom, the store that watches it, and the processes."""

    def __init__(self, folder: Path, newsroom: Newsroom) -> None:
        self.folder = folder
        self.newsroom = newsroom
        self.url = f"sqlite:///{folder}/torture.db"
        self.hit = folder / "hit"
        self.published: list[tuple[datetime, frozenset[str]]] = []
        self.publish(timedelta())
        (folder / "sitecustomize.py").write_text(FAULT)
        with open_store(self.url) as store:
            for source in newsroom.sources():
                store.sources.add(replace(source, schedule=Schedule(every=2)))

    def start(self, **more: str) -> subprocess.Popen[bytes]:
        """A daemon; `more` goes into its environment."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PRESSWATCH_")}
        environment |= {
            "PYTHONPATH": f"{self.folder}:{ROOT}",
            "PRESSWATCH_STORE": self.url,
            "PRESSWATCH_ALLOW_NETWORKS": "127.0.0.0/8",
            "PRESSWATCH_DELAY": "0",
            **{f"PRESSWATCH_{name}": "1000000" for name in ("BUDGET", "HOST_BUDGET", "SOURCE_BUDGET")},
            "PRESSWATCH_CONTACT": "tests@example.org",
            "PRESSWATCH_EXTRACT_WORKERS": "1",
            "PRESSWATCH_EDIT_CHECKS": "5s",
            "TEST_HIT": str(self.hit),
            **more,
        }
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-c", START, "daemon"], cwd=self.folder, env=environment, stdout=log, stderr=log
            )

    def free_hosts(self) -> None:
        """What a lease of seconds does by itself, and waits of minutes after failures."""
        with contextlib.closing(sqlite3.connect(self.folder / "torture.db", timeout=30)) as connection, connection:
            connection.execute("UPDATE hosts SET lease_token = NULL, lease_until = NULL, blocked_until = NULL")
            connection.execute("DELETE FROM robots WHERE status >= 500")
        with open_store(self.url) as store:
            for source in self.newsroom.sources():
                store.sources.set_next_due(source.name, datetime.now(UTC))

    def publish(self, by: timedelta) -> None:
        """Let the newsroom go on; no daemon runs meanwhile."""
        self.newsroom.advance(by)
        self.published.append((datetime.now(UTC), frozenset(true.url for true in self.newsroom.truth())))

    def look(self) -> list[str]:
        """What is wrong with the store now, whatever is still to come."""
        query = "SELECT source, saved_at FROM doors WHERE etag IS NOT NULL OR last_modified IS NOT NULL"
        with open_store(self.url) as store:
            found = store.check()
            with contextlib.closing(sqlite3.connect(self.folder / "torture.db", timeout=30)) as connection:
                doors = connection.execute(query).fetchall()
            for source, saved in doors:
                moment = datetime.fromisoformat(saved).replace(tzinfo=UTC)
                there = next(urls for since, urls in reversed(self.published) if since <= moment)
                named = {true.url for true in self.newsroom.truth(self.outlet(source))} & there
                missing = named - store.articles.known(sorted(named)).keys()
                found += [f"{source}: validators without {url}" for url in sorted(missing)[:3]]
        return found

    @staticmethod
    def outlet(source: str) -> str:
        return "harbour-ledger" if source == "harbour-sitemap" else source

    def differences(self, store: Store) -> list[str]:
        """What of the newsroom's truth is not in the store, or is twice, or is otherwise."""
        truth = {article_id(url_key(true.url)): true for true in self.newsroom.truth()}
        rows = list(store.articles.rows(ArticleFilter()))
        found = [f"stored twice: {key}" for key, count in Counter(row.id for row in rows).items() if count > 1]
        by_id = {row.id: row for row in rows}
        found += [f"lost: {truth[key].url}" for key in truth.keys() - by_id.keys()]
        found += [f"no article: {by_id[key].url}" for key in by_id.keys() - truth.keys()]
        for key in truth.keys() & by_id.keys():
            true, row = truth[key], by_id[key]
            if row.title not in {version.title for version in true.versions} | {true.title}:
                found.append(f"title of {true.url}: {row.title!r}")
            # Which version a crawl saw last depends on the kills; half of a text, or chrome, is none of them.
            if all(words(version.text) - words(row.text) for version in true.versions):
                found.append(f"text of {true.url}: words are missing")
            found += [f"text of {true.url}: {phrase!r}" for phrase in self.newsroom.chrome if phrase in row.text]
            copied = article_id(url_key(true.copy_of)) if true.copy_of else key
            edited = any(len(truth[each].versions) > 1 for each in (key, copied))
            if copied in by_id and not edited and by_id[copied].cluster_id != row.cluster_id:
                found.append(f"story of {true.url}: not that of {true.copy_of}")
        return found


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", text))


def engine_of(pid: int) -> int | None:
    with contextlib.suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            if b"crawler.engine" in Path(f"/proc/{child}/cmdline").read_bytes():
                return int(child)
    return None


def kill_all(process: subprocess.Popen[bytes]) -> None:
    engine = engine_of(process.pid) if process.poll() is None else None
    process.kill()
    if engine is not None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(engine, signal.SIGKILL)
    process.wait(PATIENCE)


def one_round(world: World, chance: random.Random) -> str:
    """One life of the daemon and its end; the phase that was hit."""
    place = chance.choice([*PLACES, *OUTSIDE])
    when = chance.choice(("before", "after"))
    world.hit.unlink(missing_ok=True)
    if place in OUTSIDE:
        process = world.start()
        began = time.monotonic()
        if place == "engine alone":
            while engine_of(process.pid) is None and time.monotonic() - began < ROUND:
                time.sleep(0.02)
            time.sleep(chance.uniform(0.5, 3.0))
            if (engine := engine_of(process.pid)) is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(engine, signal.SIGKILL)
            time.sleep(chance.uniform(0.0, 4.0))
        else:
            time.sleep(chance.uniform(0.3, 6.0))
        assert process.poll() is None, "the daemon ended by itself"
        kill_all(process)
        return place
    number = chance.randint(1, PLACES[place])
    process = world.start(TEST_PLACE=place, TEST_WHEN=when, TEST_NUMBER=str(number))
    try:
        process.wait(ROUND)
    except subprocess.TimeoutExpired:
        kill_all(process)
        return "any time (its instant did not come)"
    if process.returncode != -signal.SIGKILL or not world.hit.exists():
        raise AssertionError(f"the daemon ended by itself with {process.returncode}; see {world.folder}/log")
    return world.hit.read_text()


def settle(world: World) -> list[str]:
    """Let an undisturbed daemon catch up; what is wrong then."""
    world.free_hosts()
    log = world.folder / "log"
    said_before = log.stat().st_size if log.exists() else 0

    def said() -> str:
        return log.read_bytes()[said_before:].decode("utf-8", "replace")

    process = world.start()
    wrong: list[str] = []
    try:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            time.sleep(1.0)
            if "event=watching" not in said():
                continue  # where all is there already nothing else shows that it has begun
            with open_store(world.url) as store:
                wrong = world.differences(store)
                if not wrong:
                    break
        process.terminate()
        if (code := process.wait(PATIENCE)) != 0:
            wrong.append(f"the daemon that caught up did not stop in good order: exit code {code}; {said()[-500:]!r}")
    finally:
        kill_all(process)
    with open_store(world.url) as store:
        wrong += store.check()
        left = [run for run in store.crawls.list(10_000) if run.state is CrawlState.RUNNING]
        wrong += [f"run {run.id} is still said to be under way" for run in left]
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    asked = parser.parse_args()
    chance = random.Random(asked.seed)
    phases: Counter[str] = Counter()
    wrong: list[str] = []
    print(f"{asked.kills} kills, seed {asked.seed}", flush=True)
    begin = datetime.now(UTC) - timedelta(days=12)
    with (
        tempfile.TemporaryDirectory(prefix="presswatch-torture-") as folder,
        Newsroom(seed=asked.seed % 1000, articles_per_outlet=5, start=begin, delay=0.01) as newsroom,
    ):
        world = World(Path(folder), newsroom)
        for number in range(1, asked.kills + 1):
            phases[one_round(world, chance)] += 1
            wrong = world.look()
            if number % 50 == 0 or number == asked.kills:
                wrong += settle(world)
                print(f"{number} kills, {len(newsroom.truth())} articles: {wrong or 'all there'}", flush=True)
            if wrong:
                print(f"after kill {number}: {wrong[:10]}\n{(Path(folder) / 'log').read_text()[-4000:]}")
                break
            world.free_hosts()
            world.publish(timedelta(minutes=45))
    for phase, count in sorted(phases.items()):
        print(f"  {count:4} {phase}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
