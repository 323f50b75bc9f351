"""Files that are cut, damaged or something else: what is whole is kept, and the file and the place are told."""

from __future__ import annotations

import gzip
import json
import os
from contextlib import suppress
from pathlib import Path

import orjson
import pytest
import zstandard
from cli_case import Terminal, filled, terminal
from export_rows import row
from hypothesis import given
from hypothesis import strategies as st
from small_site import paragraphs

from crawler.archives.opening import opened
from crawler.errors import UsageError
from crawler.export.fields import as_mapping

__all__ = ["filled", "terminal"]


def lines(count: int) -> list[bytes]:
    rows = (
        row(n, url=f"https://paper.example.com/{n}", text="\n".join(paragraphs(n)), cluster_id="") for n in range(count)
    )
    return [orjson.dumps(as_mapping(each)) + b"\n" for each in rows]


def kept(run: Terminal) -> int:
    return len(run("export").out.splitlines())


def blocks(data: bytes) -> bytes:
    """One zstd frame of many small blocks, as a stream that is flushed makes them."""
    packing = zstandard.ZstdCompressor().compressobj()
    pieces = [
        packing.compress(data[at : at + 5_000]) + packing.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
        for at in range(0, len(data), 5_000)
    ]
    return b"".join(pieces) + packing.flush()


def test_zstd_of_one_block_that_breaks_off_is_told(terminal: Terminal, tmp_path: Path) -> None:
    whole = zstandard.ZstdCompressor().compress(b"".join(lines(5)))
    for cut in (len(whole) // 2, len(whole) - 1):
        (tmp_path / "cut.jsonl.zst").write_bytes(whole[:cut])
        ran = terminal("import", "cut.jsonl.zst", code=3)
        assert "cut.jsonl.zst:1: can't be read on: it breaks off" in ran.err
        assert "defect" not in ran.err


def test_zstd_that_breaks_off_keeps_the_lines_before(terminal: Terminal, tmp_path: Path) -> None:
    whole = blocks(b"".join(lines(70)))
    (tmp_path / "cut.jsonl.zst").write_bytes(whole[: len(whole) * 2 // 3])
    ran = terminal("import", "cut.jsonl.zst", "--json", code=3)
    assert 20 < ran.json["new"] < 70
    assert kept(terminal) == ran.json["new"]
    (problem,) = ran.json["problems"]
    assert problem.startswith(f"cut.jsonl.zst:{ran.json['new'] + 1}: can't be read on: it breaks off")


@pytest.mark.parametrize("ending", ["gz", "zst"])
def test_a_damaged_file_keeps_the_lines_before_and_is_told(terminal: Terminal, tmp_path: Path, ending: str) -> None:
    data = b"".join(lines(70))
    whole = bytearray(gzip.compress(data) if ending == "gz" else blocks(data))
    middle = len(whole) * 2 // 3
    whole[middle : middle + 40] = bytes(range(40))
    (tmp_path / f"bad.jsonl.{ending}").write_bytes(whole)
    ran = terminal("import", f"bad.jsonl.{ending}", "--json", code=3)
    assert kept(terminal) == ran.json["new"] > 20
    assert f"bad.jsonl.{ending}:" in ran.json["problems"][-1]
    assert "damaged" in ran.json["problems"][-1] or "breaks off" in ran.json["problems"][-1]


def test_several_frames_of_zstd_are_one_file(terminal: Terminal, tmp_path: Path) -> None:
    packed = b"".join(map(zstandard.ZstdCompressor().compress, lines(6)))
    (tmp_path / "all.jsonl.zst").write_bytes(packed)
    assert terminal("import", "all.jsonl.zst", "--json").json["new"] == 6


def test_a_bomb_of_zstd_is_unpacked_piece_by_piece(tmp_path: Path) -> None:
    with zstandard.open(tmp_path / "bomb.zst", "wb") as stream:
        for _ in range(500):
            stream.write(bytes(1 << 20))
    assert (tmp_path / "bomb.zst").stat().st_size < 100_000
    with opened(tmp_path / "bomb.zst") as stream:
        assert sum(len(piece) for piece in iter(lambda: stream.read1(1 << 20), b"")) == 500 << 20


@given(st.binary(max_size=400), st.integers(0, 400), st.integers(0, 255))
def test_whatever_happened_to_a_packed_file_only_its_reading_fails(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, place: int, byte: int
) -> None:
    for pack in (gzip.compress, zstandard.ZstdCompressor().compress):
        packed = bytearray(pack(b"{" + data))
        if place < len(packed) - 4:
            packed[4 + place] = byte
        path = tmp_path_factory.getbasetemp() / "any"
        path.write_bytes(packed)
        with suppress(UsageError), opened(path) as stream:
            for _ in range(2):  # what failed once fails again
                with suppress(OSError):
                    stream.read()


def test_a_broken_line_in_the_midst_costs_that_line(terminal: Terminal, tmp_path: Path) -> None:
    made = lines(9)
    made[4] = made[4][:100] + b"\n"
    made[6] = made[6].replace("저커버그".encode(), "저커버그".encode("cp949"))
    (tmp_path / "a.jsonl").write_bytes(b"".join(made))
    ran = terminal("import", "a.jsonl", "--json", code=3)
    assert (ran.json["new"], ran.json["left_out"]) == (7, 2)
    assert ran.json["problems"][0].startswith("a.jsonl:5: ")
    assert ran.json["problems"][1].startswith("a.jsonl:7: ")
    assert "no UTF-8" in ran.json["problems"][1]
    assert "iconv" in ran.json["problems"][1]


def test_a_mark_of_utf8_is_no_part_of_the_first_line(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"\xef\xbb\xbf" + b"".join(lines(2)))
    assert terminal("import", "a.jsonl", "--json").json["new"] == 2


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.jsonl", b"".join(lines(2)).decode().encode("utf-16"), "is UTF-16"),
        ("a.jsonl", b"PAR1\x00\x00", "is Parquet"),
        ("a.jsonl", b"PK\x03\x04 and more", "is a spreadsheet"),
        ("a.jsonl.gz", gzip.compress(b"SQLite format 3\x00", mtime=0), "is an SQLite database"),
        ("a.jsonl.zst", b"", "is empty"),
        ("a.jsonl.gz", b"", "is empty"),
        ("a.txt", b"{}", "--format"),
        (".", b"", "is a folder"),
    ],
)
def test_a_file_of_another_kind_is_refused_with_the_way_out(
    terminal: Terminal, tmp_path: Path, name: str, data: bytes, said: str
) -> None:
    if name != ".":
        (tmp_path / name).write_bytes(data)
    ran = terminal("import", name, code=2)
    assert f"presswatch: error: {name}: " in ran.err
    assert said in ran.err


def test_other_json_is_told_line_by_line(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps([{"url": "https://a.example/"}]))
    assert "a.jsonl:1: not an object; `jq -c '.[]' FILE`" in terminal("import", "a.jsonl", code=3).err
    (tmp_path / "a.jsonl").write_text(json.dumps({"items": [{}] * 40}, indent=1))
    ran = terminal("import", "a.jsonl", code=3)
    assert "a.jsonl:1: no row of ours: a JSON document over several lines; `jq" in ran.err
    assert "more" in ran.err.splitlines()[-1]
    (tmp_path / "a.jsonl").write_text('{"headline": "x"}\n')
    assert "a.jsonl:1: no row of ours: fetched is missing" in terminal("import", "a.jsonl", code=3).err


def test_nothing_to_take_is_told(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").touch()
    assert "a.jsonl: holds no row" in terminal("import", "a.jsonl").err
    (tmp_path / "a.warc").touch()
    assert "a.warc: can't be read on: it holds no record" in terminal("import", "a.warc", code=3).err


def test_one_file_that_is_refused_costs_the_others_nothing(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"".join(lines(3)[:2]))
    (tmp_path / "b.jsonl").write_bytes(b"PAR1")
    (tmp_path / "c.jsonl").write_bytes(lines(3)[2])
    ran = terminal("import", "a.jsonl", "b.jsonl", "c.jsonl", "--json", code=3)
    assert (ran.json["new"], ran.json["left_out"]) == (3, 1)
    assert "b.jsonl: is Parquet" in ran.json["problems"][0]


def test_a_pipe_is_read_as_a_file(terminal: Terminal, tmp_path: Path) -> None:
    import threading

    os.mkfifo(tmp_path / "a.jsonl")
    writer = threading.Thread(target=lambda: (tmp_path / "a.jsonl").write_bytes(b"".join(lines(2))))
    writer.start()
    assert terminal("import", "a.jsonl", "--json").json["new"] == 2
    writer.join()


def test_a_damaged_archive_names_the_record_before(filled: Terminal, tmp_path: Path) -> None:
    from io import BytesIO

    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    with (tmp_path / "a.warc").open("wb") as stream:
        writer = WARCWriter(stream, gzip=False)
        for n in range(3):
            body = f"<p>{n}</p>".encode()
            http = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
            made = writer.create_warc_record(
                f"https://a.example/{n}", "response", payload=BytesIO(body), http_headers=http, length=len(body)
            )
            writer.write_record(made)
            made.raw_stream.close()
    whole = (tmp_path / "a.warc").read_bytes()
    last = whole.rindex(b"WARC/1.0")
    (tmp_path / "a.warc").write_bytes(whole[:last] + b"something else\r\n" * 9)
    ran = filled("import", "a.warc", "--dry-run", code=3)
    assert "a.warc: can't be read on, after record 2, https://a.example/1: " in ran.err


def test_a_byte_of_our_zstd_that_changed_is_noticed(filled: Terminal, tmp_path: Path) -> None:
    filled("export", "-o", "whole.jsonl.zst")
    whole = (tmp_path / "whole.jsonl.zst").read_bytes()
    assert zstandard.get_frame_parameters(whole).has_checksum
    for at in range(len(whole) // 4, len(whole), len(whole) // 8):
        (tmp_path / "changed.jsonl.zst").write_bytes(whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :])
        said = filled("import", "changed.jsonl.zst", "--dry-run", code=3).err
        assert "is damaged" in said
        assert "are taken, and may be damaged too" in said
