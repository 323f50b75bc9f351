"""What a killed export leaves: the next one clears it away, and never what is of one that lives."""

from __future__ import annotations

import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from export_rows import row, rows
from test_export_together import SLOW, python

from crawler import under_way
from crawler.errors import StoreError
from crawler.export import write_export
from crawler.items import ArticleRow


def hidden(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir() if "presswatch" in each.name)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder of its own."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def started(place: Path, name: str, temporary: Path) -> subprocess.Popen[str]:
    writer = python(SLOW, place, name, TMPDIR=str(temporary))
    assert writer.stdout is not None
    assert writer.stdout.readline() == "half\n"
    return writer


def ended(writer: subprocess.Popen[str], how: signal.Signals) -> None:
    writer.send_signal(how)
    writer.wait()
    writer.stdin.close()  # type: ignore[union-attr]
    writer.stdout.close()  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["jsonl", "xlsx", "sqlite", "dataset", "markdown"])
def test_leftovers_of_the_dead_go_and_those_of_the_living_stay(tmp_path: Path, temporary: Path, name: str) -> None:
    dead = started(tmp_path / "a", name, temporary)
    ended(dead, signal.SIGKILL)
    left, put_aside = hidden(tmp_path), hidden(temporary)
    assert len(left) == 1
    assert len(put_aside) == (name in ("xlsx", "sqlite"))
    living = started(tmp_path / "a", name, temporary)
    assert not {*left, *put_aside} & {*hidden(tmp_path), *hidden(temporary)}
    others = hidden(tmp_path), hidden(temporary)
    # Another name in the same folder: names often tell a date.
    write_export(lambda: rows(3), tmp_path / "b", name)
    assert (hidden(tmp_path), hidden(temporary)) == others
    ended(living, signal.SIGTERM)
    write_export(lambda: rows(3), tmp_path / "b", name)
    assert (hidden(tmp_path), hidden(temporary)) == ([], [])


def test_what_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    mine = [".presswatch-abcdefgh.part", ".presswatch-export", "presswatch-export-1.part", "notes.part"]
    for name in mine:
        (tmp_path / name).write_text("years of work")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "thesis").write_text("years of work")
    (tmp_path / f"{under_way.PREFIX}link.part").symlink_to(elsewhere)
    write_export(lambda: rows(1), tmp_path / "a.jsonl")
    assert [name for name in mine if not (tmp_path / name).exists()] == []
    assert (elsewhere / "thesis").exists()


def test_exports_to_one_place_at_once_are_each_whole(tmp_path: Path) -> None:
    failed: list[BaseException] = []

    def write(place: Path, name: str, count: int) -> None:
        try:
            for _ in range(15):
                write_export(lambda: rows(count), place, name)
        except Exception as error:  # noqa: BLE001 - told below
            failed.append(error)

    writers = [
        threading.Thread(target=write, args=(tmp_path / place, name, count))
        for place, name in (("a.jsonl", "jsonl"), ("ds", "dataset"))
        for count in (3, 40)
    ]
    for each in writers:
        each.start()
    for each in writers:
        each.join()
    assert failed == []
    assert len((tmp_path / "a.jsonl").read_bytes().splitlines()) in (3, 40)
    assert (tmp_path / "ds" / "manifest.json").exists()
    assert hidden(tmp_path) == []


@pytest.mark.parametrize("can", [True, False])
def test_a_folder_takes_the_place_of_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, can: bool) -> None:
    if not can:
        monkeypatch.setattr(under_way, "exchange", lambda _one, _other: False)
    for count in (2, 5):
        write_export(lambda count=count: rows(count), tmp_path / "md", "markdown")
        assert len(list((tmp_path / "md").rglob("*.md"))) == count
    assert hidden(tmp_path) == []


def test_two_folders_change_names_in_one_step(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    if not under_way.exchange(tmp_path / "one", tmp_path / "two"):
        pytest.skip("this file system can't")
    assert (tmp_path / "one" / "two").exists()
    assert (tmp_path / "two" / "one").exists()
    assert not under_way.exchange(tmp_path / "one", tmp_path / "none")


def test_a_failing_export_leaves_nothing(tmp_path: Path, temporary: Path) -> None:
    def failing() -> Iterator[ArticleRow]:
        yield row(1)
        raise StoreError("gone")

    for name in ("jsonl", "xlsx", "sqlite", "dataset"):
        with pytest.raises(StoreError):
            write_export(failing, tmp_path / "a", name)
    assert (hidden(tmp_path), hidden(temporary)) == ([], [])
