"""Exports and other programs: crawls that write meanwhile, a kill, another process, the datasets library."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from export_rows import NOON, row
from storage_records import many

from crawler.cli import main
from crawler.export import Choice, read_split, write_export
from crawler.items import ArticleFilter, ArticleRow, Moment, Precision
from storage import open_store

HERE = Path(__file__).parent
PREPARE = f"""
import sys
sys.path[:0] = {[str(HERE), str(HERE.parent)]!r}
from storage import open_store
from storage_records import *
"""


def python(code: str, *arguments: object, **environment: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PREPARE + code, *map(str, arguments)]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}
    )


# New articles, copies, edits of what the other one wrote, and sightings in a second source: all that raises change_seq.
WRITE = """
from dataclasses import replace
store = open_store(sys.argv[1])
me, first = sys.argv[2], int(sys.argv[3])
print("ready", flush=True); input()
for turn in range(12):
    records = many(15, first + turn * 7)
    copies = [record(f"https://{me}.example.net/{turn}/{n}", text=one.article.text) for n, one in enumerate(records)]
    store.articles.save(records + copies[:3], me)
    edited = [later(replace(one, article=replace(one.article, title=f"{one.article.title} {me} {turn}")), turn + 1)
              for one in records[::5]]
    store.articles.save(edited, me)
    store.articles.sighted({one.url: None for one in records[:4]}, "portal")
"""


def test_since_last_drops_and_doubles_nothing_while_two_crawls_write(store_url: str, tmp_path: Path) -> None:
    with open_store(store_url) as store:
        store.articles.save(many(10), "before")
    writers = [python(WRITE, store_url, "one", 0), python(WRITE, store_url, "two", 20)]
    given: list[dict[str, object]] = []
    exports = 0

    def export() -> None:
        place = tmp_path / "new.jsonl"
        assert main(["--store", store_url, "export", "--since-last", "reader", "-o", str(place)]) == 0
        given.extend(json.loads(line) for line in place.read_text("utf-8").splitlines())

    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    while any(writer.poll() is None for writer in writers):
        export()
        exports += 1
    assert [writer.wait() for writer in writers] == [0, 0]
    export()
    assert exports > 2, "exports ran while the crawls wrote"
    numbers = [row["change_seq"] for row in given]
    assert len(numbers) == len(set(numbers)), "no state of an article is given twice"
    assert numbers == sorted(numbers), "in the order of the changes"
    with open_store(store_url) as store:
        kept = {row.id: (row.change_seq, row.title, row.version) for row in store.articles.rows(ArticleFilter())}
        assert store.check() == []
    last = {str(row["id"]): (row["change_seq"], row["title"], row["version"]) for row in given}
    assert last == kept, "every article came, as it is now"
    for writer in writers:
        writer.stdin.close()
        writer.stdout.close()


SLOW = """
import time
from pathlib import Path
from export_rows import row
from crawler.export import write_export
def rows():
    for n in range(1, 10_000):
        if n == 3_000:
            print("half", flush=True); time.sleep(60)
        yield row(n)
write_export(rows, Path(sys.argv[1]), sys.argv[2])
"""


@pytest.mark.parametrize(("name", "place"), [("parquet", "a.parquet"), ("jsonl", "a.jsonl.gz"), ("dataset", "ds")])
def test_a_kill_leaves_the_old(tmp_path: Path, name: str, place: str) -> None:
    write_export(lambda: iter([row(1)]), tmp_path / place, name)
    before = contents(tmp_path / place)
    writer = python(SLOW, tmp_path / place, name)
    assert writer.stdout is not None
    assert writer.stdout.readline() == "half\n"
    writer.send_signal(signal.SIGKILL)
    assert writer.wait() == -signal.SIGKILL
    assert contents(tmp_path / place) == before
    writer.stdin.close()  # type: ignore[union-attr]
    writer.stdout.close()


def contents(place: Path) -> dict[str, bytes]:
    files = [place] if place.is_file() else sorted(each for each in place.rglob("*") if each.is_file())
    return {each.relative_to(place.parent).as_posix(): each.read_bytes() for each in files}


EVERY = """
from pathlib import Path
from crawler.cli import main
from crawler.export import FORMATS
for name in FORMATS:
    if name != "warc":
        to = f"{sys.argv[2]}/{name}"
        assert main(["--store", sys.argv[1], "export", "--format", name, "-o", to, "--manifest"]) == 0
"""


def test_the_same_store_gives_the_same_bytes_in_another_process_at_another_time(
    sqlite_url: str, tmp_path: Path
) -> None:
    with open_store(sqlite_url) as store:
        store.articles.save(many(30), "daily")
    for place, hashes, zone in (("a", "1", "UTC"), ("b", "2", "America/New_York")):
        (tmp_path / place).mkdir()
        writer = python(EVERY, sqlite_url, tmp_path / place, PYTHONHASHSEED=hashes, TZ=zone)
        writer.communicate(timeout=120)
        assert writer.returncode == 0
        time.sleep(1.1)  # a second is what a file format would tell of time
    files = [{name.split("/", 1)[1]: data for name, data in contents(tmp_path / place).items()} for place in ("a", "b")]
    assert len(files[0]) > 30
    assert [name for name in files[0] if files[0][name] != files[1].get(name)] == []
    assert files[0].keys() == files[1].keys()


def test_standard_output_is_written_as_rows_come() -> None:
    code = """
from pathlib import Path
from export_rows import row
from crawler.export import write_export
def rows():
    for n in range(1, 400):
        if n == 300:
            input()
        yield row(n)
write_export(rows, Path("-"), "csv")
"""
    writer = python(code)
    assert writer.stdout is not None
    seen = [writer.stdout.readline() for _ in range(200)]  # it waits for us: more than its buffer must be here
    assert seen[0].startswith("id,url,")
    rest, _ = writer.communicate("go\n", timeout=60)
    assert writer.returncode == 0
    assert rest.rstrip("\n").endswith(",399")


# ---------------------------------------------------------------------------------------------------- Hugging Face
LOAD = """
import json, sys
import datasets
from huggingface_hub import DatasetCard
folder = sys.argv[1]
whole = datasets.load_dataset(folder)
streamed = next(iter(datasets.load_dataset(folder, split="train", streaming=True)))
card = DatasetCard.load(folder + "/README.md")
first = min(whole["train"], key=lambda row: row["change_seq"])
print(json.dumps({
    "rows": {name: part.num_rows for name, part in whole.items()},
    "features": {name: str(kind) for name, kind in whole["train"].features.items()},
    "stories": {name: sorted(set(part["cluster_id"])) for name, part in whole.items()},
    "first": {name: str(value) for name, value in first.items()},
    "authors": first["authors"],
    "streamed": streamed["id"],
    "languages": card.data.language,
    "configs": card.data.to_dict()["configs"],
}))
"""


def test_the_datasets_library_opens_the_folder_offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.export.dataset.SHARD_ROWS", 40)
    day = Moment(NOON - timedelta(hours=21), 540, Precision.DAY)

    def articles() -> Iterator[ArticleRow]:
        for n in range(1, 201):
            yield row(n, cluster_id=f"{n // 2:064x}", lang="ko" if n % 3 else "en", published=day if n % 2 else None)

    split = read_split("train=.8,test=.2")
    write_export(articles, tmp_path / "ds", "dataset", choice=Choice(split=split))
    environment = {
        **os.environ,
        "HF_HOME": str(tmp_path / "home"),
        "HF_HUB_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",
        "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
    }
    environment.pop("PYTHONPATH", None)
    ran = subprocess.run(  # noqa: PLW1510 - what it says is told
        [sys.executable, "-c", LOAD, str(tmp_path / "ds")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    told = json.loads(ran.stdout.splitlines()[-1])
    assert sum(told["rows"].values()) == 200
    assert told["rows"].keys() == {"train", "test"}
    manifest = json.loads((tmp_path / "ds" / "manifest.json").read_bytes())
    assert (manifest["rows"], manifest["parts"]) == (200, told["rows"])
    assert f"200 articles in {len({*told['stories']['train'], *told['stories']['test']})} stories" in (
        tmp_path / "ds" / "README.md"
    ).read_text("utf-8")
    assert not set(told["stories"]["train"]) & set(told["stories"]["test"])
    assert told["first"]["title"] == "저커버그, “메타” 새 안경 공개"
    assert told["authors"] == ["김하늘", "Lee, Ann"]
    assert told["features"]["published"] == "Value('timestamp[us, tz=UTC]')"
    assert told["features"]["provisional"] == "Value('bool')"
    assert told["streamed"]
    assert told["languages"] == ["en", "ko"]
