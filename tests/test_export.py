from __future__ import annotations

import csv
import io
import json
import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from export_rows import NOON, row, rows
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import ExportError, StoreError, UsageError
from crawler.export import FORMATS, About, export, format_of, write_export
from crawler.export.csv import neutral, restored
from crawler.export.fields import FIELDS, as_mapping
from crawler.export.parquet import GROUP_ROWS
from crawler.items import ArticleRow

NAMES = [
    "id",
    "url",
    "title",
    "text",
    "summary",
    "authors",
    "published",
    "modified",
    "fetched",
    "first_seen",
    "lang",
    "source",
    "site",
    "section",
    "tags",
    "topics",
    "image",
    "captions",
    "source_line",
    "content_hash",
    "cluster_id",
    "version",
    "provisional",
    "extractor",
    "confidence",
    "robots",
    "tdm_reservation",
    "tdm_policy",
    "licence",
    "change_seq",
]


def listing(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_fields_are_the_promised_ones_in_order_and_explained() -> None:
    assert [field.name for field in FIELDS] == NAMES
    assert all(field.help for field in FIELDS)


def test_json_lines_keep_the_publishers_offset_and_a_bare_day(tmp_path: Path) -> None:
    assert export(rows(3), tmp_path / "a.jsonl", "jsonl") == 3
    lines = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text("utf-8").splitlines()]
    assert [line["change_seq"] for line in lines] == [1, 2, 3]
    assert list(lines[0]) == NAMES
    assert lines[0]["published"] == "2026-11-01T21:00:00+09:00"
    assert lines[0]["modified"] == "2026-11-01"
    assert lines[0]["fetched"] == "2026-11-01T12:00:00+00:00"
    assert lines[0]["authors"] == ["김하늘", "Lee, Ann"]
    assert lines[0]["summary"] is None
    assert lines[0]["robots"] == "noarchive"


def test_csv_is_read_back_by_the_standard_library(tmp_path: Path) -> None:
    original = row(
        title='=HYPERLINK("http://x")', summary="'-3 % im Minus", text='a\r\nb\nc,"d"', section="'인용' 제목"
    )
    write_export(lambda: iter([original]), tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as stream:
        (read,) = csv.DictReader(stream)
    assert list(read) == NAMES
    assert read["title"] == '\'=HYPERLINK("http://x")'
    assert read["summary"] == "''-3 % im Minus"
    assert read["section"] == "'인용' 제목"
    assert restored(read["title"]) == original.title
    assert restored(read["summary"]) == original.summary
    assert read["text"] == original.text
    assert json.loads(read["authors"]) == list(original.authors)
    assert (read["version"], read["provisional"], read["site"], read["lang"]) == ("2", "false", "Paper", "ko")


def test_csv_begins_with_a_byte_order_mark_only_when_asked(tmp_path: Path) -> None:
    write_export(lambda: rows(1), tmp_path / "a.csv", about=About(bom=True))
    assert (tmp_path / "a.csv").read_bytes().startswith(b"\xef\xbb\xbfid,url")
    write_export(lambda: rows(1), tmp_path / "b.csv")
    assert (tmp_path / "b.csv").read_bytes().startswith(b"id,url")
    with pytest.raises(UsageError, match="--bom is for csv"):
        write_export(lambda: rows(1), tmp_path / "c.jsonl", about=About(bom=True))


@given(st.text(alphabet=st.sampled_from("'=+-@\t\ra 가"), max_size=8))
def test_no_cell_is_a_formula_and_each_can_be_restored(text: str) -> None:
    cell = neutral(text)
    assert not cell or cell[0] not in "=+-@\t\r"
    assert restored(cell) == text


def test_parquet_is_typed_and_keeps_offset_and_precision(tmp_path: Path) -> None:
    write_export(lambda: rows(GROUP_ROWS + 5), tmp_path / "a.parquet")
    file = pq.ParquetFile(tmp_path / "a.parquet")
    assert file.metadata.num_rows == GROUP_ROWS + 5
    assert [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)] == [GROUP_ROWS, 5]
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"
    schema = file.schema_arrow
    assert [name for name in schema.names if not name.endswith(("_offset", "_precision"))] == NAMES
    assert str(schema.field("published").type) == "timestamp[us, tz=UTC]"
    assert str(schema.field("authors").type).startswith("list<")
    first = file.read_row_group(1).to_pylist()[0]
    assert first["published"] == NOON
    assert (first["published_offset"], first["published_precision"]) == (540, "second")
    assert (first["modified_offset"], first["modified_precision"]) == (540, "day")
    assert first["tags"] == ["메타"]
    assert first["summary"] is None


def test_long_rows_make_smaller_groups(tmp_path: Path) -> None:
    long = (row(number, text="가" * 1_000_000) for number in range(20))
    write_export(lambda: long, tmp_path / "a.parquet")
    file = pq.ParquetFile(tmp_path / "a.parquet")
    assert file.num_row_groups == 3
    assert file.metadata.num_rows == 20


FILES = [each.name for each in FORMATS.values() if not each.folder]
FOLDERS = [each.name for each in FORMATS.values() if each.folder]
ABOUT = About(page_of=lambda _id: None)
BEGINNINGS = {
    "csv": b"id,",
    "parquet": b"PAR1",
    "xlsx": b"PK",
    "sqlite": b"SQLite format 3",
    "html": b"<!DOCTYPE html>",
    "rss": b"<?xml",
    "atom": b"<?xml",
    "jsonfeed": b"{",
    "warc": b"WARC/1.1",
}


@pytest.mark.parametrize("name", ["jsonl", "csv", "parquet", "xlsx", "sqlite", "jsonfeed", "markdown", "dataset"])
def test_a_broken_row_is_counted_and_named_and_stops_nothing(tmp_path: Path, name: str) -> None:
    bad = row(2, title="lone \ud800 surrogate")
    report = write_export(lambda: iter([row(1), bad, row(3)]), tmp_path / "a", name)
    assert (report.written, report.broken, report.last_seq) == (2, 1, 3)
    assert report.problems[0].startswith(bad.id)
    assert "surrogate" in report.problems[0]


@pytest.mark.parametrize("name", ["rss", "atom", "html"])
def test_markup_leaves_out_what_it_cannot_hold(tmp_path: Path, name: str) -> None:
    bad = row(2, title="lone \ud800 surrogate\x00, form\x0cfeed", topics=("t\x01",))
    report = write_export(lambda: iter([row(1), bad, row(3)]), tmp_path / "a", name)
    assert (report.written, report.broken) == (3, 0)
    text = (tmp_path / "a").read_text("utf-8")
    assert "surrogate" in text
    if name != "html":
        assert not {"\x00", "\x0c", "\x01"} & set(text)


@pytest.mark.parametrize("name", FILES)
def test_nothing_to_export_is_still_a_file_of_that_format(tmp_path: Path, name: str) -> None:
    report = write_export(lambda: iter(()), tmp_path / "a", name, about=ABOUT)
    assert (report.written, report.last_seq) == (0, None)
    content = (tmp_path / "a").read_bytes()
    assert content == b"" if name == "jsonl" else content.startswith(BEGINNINGS[name])


@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_of_others_is_left_alone(tmp_path: Path, name: str) -> None:
    place = tmp_path / "mine"
    place.mkdir()
    (place / "thesis.md").write_text("years of work")
    with pytest.raises(ExportError, match="no export wrote"):
        write_export(lambda: rows(1), place, name)
    assert listing(tmp_path) == ["mine"]
    (place / "thesis.md").unlink()
    write_export(lambda: rows(3), place, name)
    before = sorted(each.name for each in place.rglob("*"))
    write_export(lambda: rows(1), place, name)
    assert sorted(each.name for each in place.rglob("*")) != before or name == "dataset"
    assert json.loads((place / "manifest.json").read_bytes())["rows"] == 1
    with pytest.raises(UsageError, match="fills a folder"):
        write_export(lambda: rows(1), Path("-"), name)


@pytest.mark.parametrize("name", FOLDERS)
def test_what_others_put_into_an_exported_folder_is_left_alone(tmp_path: Path, name: str) -> None:
    place = tmp_path / "published"
    write_export(lambda: rows(3), place, name)
    (place / ".git").mkdir()
    with pytest.raises(ExportError, match=r"no export wrote, as \.git;"):
        write_export(lambda: rows(1), place, name)
    assert json.loads((place / "manifest.json").read_bytes())["rows"] == 3
    (place / ".git").rmdir()
    write_export(lambda: rows(1), place, name)
    theirs = tmp_path / "extension"
    theirs.mkdir()
    (theirs / "manifest.json").write_text('{\n  "name": "a browser extension"\n}\n')
    with pytest.raises(ExportError, match="no export wrote"):
        write_export(lambda: rows(1), theirs, name)
    assert [each.name for each in theirs.iterdir()] == ["manifest.json"]


@pytest.mark.parametrize("name", ["jsonl", *FOLDERS])
def test_a_link_stays_one(tmp_path: Path, name: str) -> None:
    (tmp_path / "public").mkdir()
    for _ in range(2):
        (tmp_path / "latest").unlink(missing_ok=True)
        (tmp_path / "latest").symlink_to("public/today")
        write_export(lambda: rows(2), tmp_path / "latest", name)
        write_export(lambda: rows(3), tmp_path / "latest", name)
        assert (tmp_path / "latest").is_symlink()
    assert listing(tmp_path) == ["latest", "public"]
    assert listing(tmp_path / "public") == ["today"]
    if name == "jsonl":
        assert len((tmp_path / "public" / "today").read_bytes().splitlines()) == 3


@pytest.mark.parametrize("name", FOLDERS)
def test_a_store_that_fails_midway_leaves_the_old_folder(tmp_path: Path, name: str) -> None:
    def failing() -> Iterator[ArticleRow]:
        yield row(1)
        raise StoreError("the disk went away")

    write_export(lambda: rows(2), tmp_path / "a", name)
    before = sorted(each.name for each in tmp_path.rglob("*"))
    with pytest.raises(StoreError, match="went away"):
        write_export(failing, tmp_path / "a", name)
    assert sorted(each.name for each in tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", FILES)
def test_a_store_that_fails_midway_leaves_the_old_file_and_nothing_else(tmp_path: Path, name: str) -> None:
    def failing() -> Iterator[ArticleRow]:
        yield row(1)
        raise StoreError("the disk went away")

    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(StoreError, match="went away"):
        write_export(failing, tmp_path / "a", name, about=ABOUT)
    assert (tmp_path / "a").read_bytes() == b"old"
    assert listing(tmp_path) == ["a"]


def test_the_file_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    seen: list[bool] = []
    path = tmp_path / "a.jsonl"
    write_export(lambda: rows(3), path, advance=lambda _taken: seen.append(path.exists()))
    assert seen == [False, False, False]
    assert path.exists()
    assert listing(tmp_path) == ["a.jsonl"]


def test_a_new_file_has_the_usual_mode_and_a_replaced_one_its_own(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    mask = os.umask(0o027)
    try:
        write_export(lambda: rows(1), path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        path.chmod(0o604)
        write_export(lambda: rows(1), path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o604
    finally:
        os.umask(mask)


@pytest.mark.parametrize("place", ["missing/a.csv", "file/a.csv", "folder"])
def test_a_place_that_refuses_is_named_with_its_reason(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(ExportError, match="can't be written") as caught:
        write_export(lambda: rows(1), tmp_path / place, "csv")
    assert place in str(caught.value)
    assert listing(tmp_path) == ["file", "folder"]


@pytest.mark.parametrize("name", [name for name in FILES if name not in ("html", "warc")])
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_an_export_error(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Every file that is opened for writing becomes a full device, as on a disk without space.
    made = tempfile.mkstemp

    def full(**given: Any) -> tuple[int, str]:
        ours = given.get("suffix") == ".part"
        return (os.open("/dev/full", os.O_WRONLY), str(tmp_path / "p")) if ours else made(**given)

    monkeypatch.setattr("crawler.export.placing.tempfile.mkstemp", full)
    with pytest.raises(ExportError, match="No space left"):
        write_export(lambda: (row(n, text=os.urandom(3000).hex()) for n in range(1000)), tmp_path / "a", name)


FULL = """
import resource, sys
sys.path[:0] = sys.argv[3:]
from pathlib import Path
from export_rows import row
from crawler.errors import ExportError
from crawler.export import Choice, write_export
import os
rows = lambda: (row(n, text=os.urandom(3000).hex(), cluster_id=f"{n:032x}" * 40) for n in range(1500))
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
try:
    write_export(rows, Path(sys.argv[1]), sys.argv[2], choice=Choice(one_a_story=sys.argv[2] == "parquet"))
except ExportError as error:
    print(error)
"""


@pytest.mark.parametrize("name", ["sqlite", "xlsx", "parquet"])
def test_a_full_temporary_folder_is_named(tmp_path: Path, name: str) -> None:
    # A limit on the size of a file refuses as a full disk does; what `--stories one` puts aside is beyond it as well.
    here = Path(__file__).parent
    command = [sys.executable, "-c", FULL, tmp_path / "a", name, here, here.parent]
    ran = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, "TMPDIR": "/tmp"})
    assert ran.stdout.startswith("/tmp: what an export puts aside can't be written: ")
    assert listing(tmp_path) == []


def test_standard_output_gets_the_rows(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    write_export(lambda: rows(2), Path("-"), "parquet")
    out = capfdbinary.readouterr().out
    assert pq.read_table(io.BytesIO(out)).num_rows == 2


@pytest.mark.parametrize(
    ("path", "name", "expected"),
    [
        ("a.csv", None, "csv"),
        ("a.NDJSON", None, "jsonl"),
        ("a.pq", None, "parquet"),
        ("a.jsonl.gz", None, "jsonl"),
        ("a.CSV.ZST", None, "csv"),
        ("a.warc.gz", None, "warc"),
        ("a.xml", None, "rss"),
        ("-", None, "jsonl"),
        ("a.x", "csv", "csv"),
    ],
)
def test_the_format_is_asked_for_or_read_off_the_name(path: str, name: str | None, expected: str) -> None:
    assert format_of(Path(path), name).name == expected


def test_an_unknown_format_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match="jsonl, csv, parquet"):
        format_of(Path("a"), "docx")
    with pytest.raises(UsageError, match=r"a\.docx: its ending names no format"):
        format_of(Path("a.docx"))


def test_rows_are_taken_one_at_a_time(tmp_path: Path) -> None:
    taken: list[int] = []
    alive: list[int] = []

    def counted() -> Iterator[ArticleRow]:
        for number in range(1, 101):
            alive.append(number - len(taken))
            yield row(number)

    write_export(counted, tmp_path / "a.jsonl", advance=taken.append)
    assert set(alive) == {1}


def test_a_mapping_is_plain() -> None:
    assert json.loads(json.dumps(as_mapping(row())))["tags"] == ["메타"]
