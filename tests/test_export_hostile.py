"""Strangers' articles, stored and exported by the command line: none stops an export or runs anything."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import feedparser
import openpyxl
import pyarrow.parquet as pq
import pytest
from cli_case import Terminal, terminal
from export_rows import NOON, row
from hypothesis import given
from hypothesis import strategies as st
from storage_records import record

from crawler.errors import ExportError
from crawler.export import FORMATS, About, write_export
from crawler.export.csv import lines, neutral, restored
from crawler.export.markdown_files import plain
from crawler.items import ArticleRow, Moment, Precision, RawPage

__all__ = ["terminal"]

FIRST, LAST = datetime(1, 1, 1, 0, 0, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
EDGES = (
    Moment(LAST, 540),
    Moment(LAST, 540, Precision.DAY),
    Moment(FIRST, -540),
    Moment(FIRST, -540, Precision.DAY),
    Moment(datetime(1900, 1, 1, tzinfo=UTC), 0, Precision.DAY),
    Moment(datetime(1971, 1, 1, tzinfo=UTC), 0),
)
BODY = (
    "{n}번째 위원회가 부두 {n}곳의 수리비를 놓고 다시 모였다. 위원장은 회의를 {n}분 만에 끝냈다고 밝혔다.\n"
    "시는 내년까지 {n}억 원을 들여 창고 {n}동을 고치고, 남는 돈은 항구 도서관에 쓰겠다고 했다."
)
NAMES = ["a.jsonl", "a.csv", "a.parquet", "a.xlsx", "a.sqlite", "a.html", "a.rss", "a.atom", "a.json"]


def strangers() -> list[dict[str, object]]:
    """Rows of JSON lines as another program might have made them."""
    odd: list[dict[str, object]] = [
        {"title": "제어 \x01\x0b\x1f\x7f\u2028\ufeff\ufffe\uffff 끝"},
        {"title": "NUL\x00", "authors": ["\x00"], "site": "\x0b=1+1"},
        {"text": "\n".join(f"{n}번째 줄은 다른 줄과 같지 않다." for n in range(5_000))},
        {"title": "😀👨‍👩‍👧‍👦" * 50, "summary": "😀" * 20_000},
        {"title": "\u202eevil\u202c مرحبا", "lang": "ar"},
        {"title": None, "authors": [f"기자 {n}" for n in range(300)]},
        {"title": "CON", "section": "]]>", "tags": ["]]>", "<b>", ""], "lang": "no"},
        {"title": "같은 제목"},
        {"title": "같은 제목"},
        {"url": "https://q.example.com/?a=\"b\"&c=<d>&e='f'", "image": 'https://q.example.com/"><script>x</script>'},
        {"title": "<script>alert(1)</script>", "summary": "</p><script>alert(1)</script> &nbsp;"},
        {"title": "_x0041_", "site": "\rsite", "summary": "a\r\nb\rc"},
        {"site": "S" * 40_000, "section": "s" * 40_000},
        *({"title": f"{sign}cmd|' /C calc'!A0", "site": f"{sign}1+1"} for sign in "=+-@\t\r\n'＝ \u200b\ufeff"),
    ]
    plain_row = {"title": "부두 소식", "fetched": "2026-11-20T12:00:00+00:00", "lang": "ko"}
    return [
        {**plain_row, "url": f"https://paper{n}.example.com/{n}", "text": BODY.format(n=n * 7919), **each}
        for n, each in enumerate(odd, 1)
    ]


@pytest.fixture
def hostile(terminal: Terminal) -> Terminal:
    """A store with strangers' rows, and times at the ends of the calendar."""
    made = strangers()
    Path("in.jsonl").write_text("".join(json.dumps(each) + "\n" for each in made), "utf-8")
    assert terminal("import", "in.jsonl", "--json").json["new"] == len(made)
    with terminal.store() as store:
        store.articles.save(
            [
                record(
                    f"https://edge{n}.example.com/{n}",
                    text=BODY.format(n=n * 104_729),
                    title=f"때 {n}",
                    published=None,
                    modified=edge,
                    language="no",
                )
                for n, edge in enumerate(EDGES, 1)
            ],
            None,
        )
    return terminal


def test_every_format_takes_every_row_and_others_read_it(hostile: Terminal, tmp_path: Path) -> None:
    for name in NAMES:
        hostile("export", "-o", name)
    for name in ("markdown", "dataset"):
        hostile("export", "--format", name, "-o", name)
    told = [json.loads(line) for line in (tmp_path / "a.jsonl").read_bytes().splitlines()]
    count = len(strangers()) + len(EDGES)
    assert len(told) == count
    by_id = {each["id"]: each for each in told}

    text = (tmp_path / "a.csv").read_bytes().decode()
    for read in csv.DictReader(io.StringIO(text, newline="")):
        for name, cell in read.items():
            assert not cell.strip().strip("\u200b\ufeff").startswith(tuple("=+-@＝")), (name, cell[:30])
            was = by_id[read["id"]][name]
            assert restored(cell) == was if isinstance(was, str) else True
    assert pq.read_table(tmp_path / "a.parquet").num_rows == count
    assert pq.read_table(tmp_path / "dataset" / "data" / "train-00000-of-00001.parquet").num_rows == count

    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["articles"]
    assert sheet.max_row == count + 1
    cells = [cell for line in sheet.iter_rows() for cell in line if cell.value is not None]
    assert {cell.data_type for cell in cells} <= set("snbd")
    assert all(len(str(cell.value).encode("utf-16-le")) <= 2 * 32_767 for cell in cells)
    assert not [cell.value for cell in cells if isinstance(cell.value, str) and "_x000" in cell.value]

    for name in ("a.rss", "a.atom"):
        ElementTree.fromstring((tmp_path / name).read_bytes())
        feed = feedparser.parse((tmp_path / name).read_bytes())
        assert not feed.bozo
        assert len(feed.entries) == count
        assert all(entry.title and entry.link for entry in feed.entries)
    assert len(json.loads((tmp_path / "a.json").read_bytes())["items"]) == count

    files = list((tmp_path / "markdown").rglob("*.md"))
    assert len({each.name.casefold() for each in files}) == count
    card = (tmp_path / "dataset" / "README.md").read_text("utf-8")
    assert '- "no"\n' in card  # bare, YAML takes Norwegian for false
    html = (tmp_path / "a.html").read_text("utf-8")
    assert "<script" not in html
    assert "S" * 200 not in html


@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("name", list(FORMATS))
@pytest.mark.parametrize("zone", ["Asia/Seoul", "America/New_York"])
def test_the_ends_of_the_calendar_stop_no_format(tmp_path: Path, name: str, zone: str, edge: Moment) -> None:
    odd = row(1, published=edge, modified=edge, fetched=edge.utc, first_seen=edge.utc)
    page = RawPage(
        url=odd.url, status=200, headers={}, body_zstd=b"\x28\xb5\x2f\xfd\x20\x00\x01\x00\x00", size=0, fetched_at=NOON
    )
    about = About(zone=zone, page_of=lambda _id: page)
    report = write_export(lambda: iter([row(2), odd, row(3)]), tmp_path / "a.xlsx", name, about=about)
    assert (report.written, report.broken) == (3, 0), report.problems
    if name == "xlsx":
        cells = [cell for line in openpyxl.load_workbook(tmp_path / "a.xlsx")["articles"].iter_rows() for cell in line]
        assert "e" not in {cell.data_type for cell in cells}


@pytest.mark.parametrize("name", list(FORMATS))
def test_a_lone_surrogate_costs_its_row_at_most(tmp_path: Path, name: str) -> None:
    def odd() -> Iterator[ArticleRow]:
        yield row(1)
        for number, where in enumerate(("url", "title", "text", "summary", "site", "lang", "section", "image"), 2):
            yield row(number, **{where: "https://a.example.com/\ud800"})
        yield row(20, authors=("\udfff",), tags=("\ud800",), topics=("\ud800",))
        yield row(21)

    page = RawPage(
        url="https://a.example.com/",
        status=200,
        headers={},
        body_zstd=b"\x28\xb5\x2f\xfd\x20\x00\x01\x00\x00",
        size=0,
        fetched_at=NOON,
    )
    report = write_export(odd, tmp_path / "a", name, about=About(page_of=lambda _id: page))
    assert report.written + report.broken == 11
    assert report.written >= 2


@given(
    st.lists(
        st.lists(
            st.none() | st.text() | st.text(alphabet=st.sampled_from(' ,"\r\n\ta가')) | st.integers() | st.floats(),
            min_size=2,
            max_size=4,
        ),
        max_size=3,
    )
)
def test_lines_are_those_of_the_standard_library(rows: list[list[object]]) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["a", "b"])
    for each in rows:
        writer.writerow([neutral(cell) if isinstance(cell, str) else cell for cell in each])
    assert b"".join(lines(["a", "b"], rows)).decode() == out.getvalue()


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("1. 하나", "1\\. 하나"),
        ("2026) 둘", "2026\\) 둘"),
        ("3.5 % 올랐다", "3.5 % 올랐다"),
        ("    들여 쓴 줄", "들여 쓴 줄"),
        ("-5도", "\\-5도"),
        ("***", "\\*\\*\\*"),
        ("```", "\\`\\`\\`"),
        ("# C #", "\\# C \\#"),
        ("#해시태그", "#해시태그"),
        ("3~4일, 5~6일", "3\\~4일, 5\\~6일"),
        ("<img src=x onerror=alert(1)>", "\\<img src=x onerror=alert(1)>"),
        ("1 < 2 & 3", "1 < 2 & 3"),
        ("R&amp;D", "R\\&amp;D"),
        ("[단독] 제목", "[단독] 제목"),
        ("![x](y) [a](javascript:b)", "\\![x\\](y) [a\\](javascript:b)"),
        ("[각주]: http://x", "[각주\\]: http://x"),
        ("snake_case _밑줄_", "snake_case \\_밑줄\\_"),
    ],
)
def test_a_line_of_markdown_shows_what_was_written(line: str, shown: str) -> None:
    assert plain(line) == shown


def test_what_finds_no_room_comes_with_the_next_of_that_name(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.export.xlsx.MAX_LINES", 4)
    with terminal.store() as store:
        store.articles.save(
            [record(f"https://n{n}.example.com/{n}", text=BODY.format(n=n * 7919)) for n in range(7)], None
        )
    given = []
    for code in (3, 3, 0, 0):
        ran = terminal("export", "--since-last", "desk", "-o", "a.xlsx", code=code)
        assert ("comes with the next --since-last desk" in ran.err) == (code == 3)
        sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["articles"]
        given += [cell.value for cell in sheet["A"][1:]]
    assert len(given) == len(set(given)) == 7


def test_a_dataset_without_a_row_still_tells_its_columns(terminal: Terminal, tmp_path: Path) -> None:
    with terminal.store() as store:
        store.articles.save([record()], None)
    terminal("export", "--lang", "sw", "--format", "dataset", "-o", "empty")
    (shard,) = (tmp_path / "empty" / "data").iterdir()
    assert pq.read_table(shard).num_rows == 0
    assert 'split: "train"' in (tmp_path / "empty" / "README.md").read_text("utf-8")


def test_warc_names_a_page_that_came_by_another_way(tmp_path: Path) -> None:
    page = RawPage(
        url="javascript:alert(1)",
        status=200,
        headers={"a b": "1", "": "2", "c:d": "3", "한": "4"},
        body_zstd=b"\x28\xb5\x2f\xfd\x20\x00\x01\x00\x00",
        size=0,
        fetched_at=NOON,
    )
    web = RawPage(
        url="https://a.example.com/",
        status=999,
        headers=page.headers,
        body_zstd=page.body_zstd,
        size=0,
        fetched_at=NOON,
    )
    about = About(page_of=lambda id_: page if id_ == row(1).id else web)
    report = write_export(lambda: iter([row(1), row(2)]), tmp_path / "a.warc", about=about)
    assert (report.written, report.broken) == (1, 1)
    checked = subprocess.run(
        [sys.executable, "-m", "warcio.cli", "check", tmp_path / "a.warc"], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "a.jsonl"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE) as reader:
        write_export(lambda: iter([row(1), row(2)]), pipe)
        assert reader.stdout is not None
        assert len(reader.stdout.read().splitlines()) == 2
    assert pipe.is_fifo()


def test_a_device_that_takes_no_more_is_named() -> None:
    with pytest.raises(ExportError, match="/dev/full"):
        write_export(lambda: iter([row(1)]), Path("/dev/full"), "jsonl")
    assert Path("/dev/full").is_char_device()


def test_a_reader_that_went_away_is_no_fault_of_the_temporary_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb", buffering=0) as pipe:
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(pipe, write_through=True))
        with pytest.raises(BrokenPipeError):
            write_export(lambda: iter([row(1)]), Path("-"), "xlsx")
