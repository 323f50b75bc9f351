"""Several processes on one store, and processes that are killed."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from storage_records import many

from storage import open_store

HERE = Path(__file__).parent
PREPARE = f"""
import sys
sys.path[:0] = {[str(HERE), str(HERE.parent)]!r}
from storage import open_store
from storage_records import *
"""


def python(code: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PREPARE + code, *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def go(*processes: subprocess.Popen[str]) -> list[str]:
    """Lets processes that printed "ready" begin at the same moment, and gives what each printed then."""
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    outputs = [process.communicate(timeout=120)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * len(processes)
    return outputs


SAVE = """
store = open_store(sys.argv[1])
first = int(sys.argv[2])
print("ready", flush=True); input()
count = {}
for n in range(first, first + 60, 6):
    records = many(20, n)
    copies = [record(f"https://copy.example.net/{n}", text=one.article.text) for n, one in enumerate(records, n)]
    for saved in store.articles.save(records + copies, sys.argv[3]):
        count[saved.outcome.value] = count.get(saved.outcome.value, 0) + 1
print(count.get("new", 0), count.get("copy", 0))
"""


def test_two_processes_save_overlapping_records_at_once(store_url: str) -> None:
    outputs = go(python(SAVE, store_url, 0, "one"), python(SAVE, store_url, 10, "two"))
    counts = [tuple(map(int, output.split())) for output in outputs]
    articles = len(range(0, 84))
    with open_store(store_url) as store:
        assert store.check() == []
        assert store.articles.count() == 2 * articles
        assert tuple(map(sum, zip(*counts, strict=True))) == (articles, articles), "each is new, or a copy, once"
        rows = list(store.articles.rows(batch=50))
        assert len({row.change_seq for row in rows}) == 2 * articles
        texts: dict[str, set[str]] = {}
        for row in rows:
            texts.setdefault(row.content_hash, set()).add(row.id)
        assert {len(members) for members in texts.values()} == {2}
        # They tell the same but for their numbers: one story, whoever stored which first.
        assert len({row.cluster_id for row in rows}) == 1


LEASE = """
store = open_store(sys.argv[1])
print("ready", flush=True); input()
print(sum(store.hosts.acquire(f"{n}.example.com", sys.argv[2], 600) is not None for n in range(30)))
"""


def test_a_lease_is_given_to_one_of_two_processes(store_url: str) -> None:
    outputs = go(python(LEASE, store_url, "one"), python(LEASE, store_url, "two"))
    assert sum(map(int, outputs)) == 30


OPEN = """
print("ready", flush=True); input()
store = open_store(sys.argv[1])
store.articles.save(many(2), None)
print(len(store.check()))
"""


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_two_processes_create_one_store(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if kind == "sqlite":
        url = f"sqlite:///{tmp_path}/new.db"
    else:
        url = request.getfixturevalue("postgres_url")
        empty(url)
    assert go(python(OPEN, url), python(OPEN, url)) == ["0\n", "0\n"]


def empty(url: str) -> None:
    import sqlalchemy as sa

    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("DROP SCHEMA public CASCADE"))
        connection.execute(sa.text("CREATE SCHEMA public"))
    engine.dispose()


KILLED = """
store = open_store(sys.argv[1])
print("ready", flush=True); input()
for n in range(0, 4000, 20):
    store.articles.save(many(20, n), "daily")
    print(n, flush=True)
"""


@pytest.mark.parametrize("seed", range(3))
def test_a_killed_process_leaves_whole_batches(store_url: str, seed: int) -> None:
    process = python(KILLED, store_url)
    assert process.stdout.readline() == "ready\n"
    process.stdin.write("go\n")
    process.stdin.flush()
    for _ in range(3):
        process.stdout.readline()
    time.sleep(random.Random(seed).random() * 0.05)
    process.send_signal(signal.SIGKILL)
    told = 3 + len(process.communicate()[0].splitlines())
    with open_store(store_url) as store:
        stored = store.articles.count()
        assert stored % 20 == 0
        assert stored >= 20 * told, "what was told to be stored is stored"
        assert store.check() == []
        store.articles.save(many(stored + 20), "daily")
        assert store.articles.count() == stored + 20
        assert store.check() == []
