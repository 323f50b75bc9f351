"""Web archives that others wrote: encodings, headers without end, times of no clock, lengths that are wrong."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import brotli
import orjson
import pytest
import zstandard
from cli_case import Terminal, terminal
from hypothesis import given
from hypothesis import strategies as st
from small_site import article_page, paragraphs
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawler.archives import warc
from crawler.archives.warc import pages_in
from crawler.items import Page

__all__ = ["terminal"]

DAY = "2026-11-20T10:00:00Z"


def url(name: str) -> str:
    return f"https://paper.example.com/news/{name}"


def packed(*records: tuple[str, bytes, dict[str, str], str]) -> bytes:
    """An archive of responses: name, body, headers besides the type, WARC-Date."""
    out = BytesIO()
    writer = WARCWriter(out, gzip=False)
    for name, body, headers, day in records:
        http = StatusAndHeaders("200 OK", [("Content-Type", "text/html"), *headers.items()], protocol="HTTP/1.1")
        record = writer.create_warc_record(
            url(name), "response", payload=BytesIO(body), http_headers=http, warc_headers_dict={"WARC-Date": day}
        )
        writer.write_record(record)
        record.raw_stream.close()
    return out.getvalue()


def page(number: int) -> bytes:
    return article_page(number).encode()


def chunked(body: bytes, size: int = 300) -> bytes:
    parts = (body[at : at + size] for at in range(0, len(body), size))
    return b"".join(b"%x;a=b\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


ENCODED: dict[str, tuple[Callable[[bytes], bytes], dict[str, str]]] = {
    "gzip": (gzip.compress, {"Content-Encoding": "gzip"}),
    "br": (brotli.compress, {"Content-Encoding": "br"}),
    "zstd": (zstandard.compress, {"Content-Encoding": "zstd"}),
    "deflate": (zlib.compress, {"Content-Encoding": "deflate"}),
    "twice": (lambda body: brotli.compress(gzip.compress(body)), {"Content-Encoding": "gzip, br"}),
    "chunks": (chunked, {"Transfer-Encoding": "chunked"}),
    "both": (lambda body: chunked(gzip.compress(body)), {"Content-Encoding": "gzip", "Transfer-Encoding": "chunked"}),
    "undone": (bytes, {"Content-Encoding": "br", "Transfer-Encoding": "chunked"}),
    "plain": (bytes, {}),
}


def test_pages_are_read_however_they_were_sent(terminal: Terminal, tmp_path: Path) -> None:
    records = [(name, pack(page(n)), headers, DAY) for n, (name, (pack, headers)) in enumerate(ENCODED.items())]
    (tmp_path / "all.warc").write_bytes(packed(*records))
    ran = terminal("import", "all.warc", "--json")
    assert (ran.json["new"], ran.json["left_out"]) == (len(ENCODED), 0)
    rows = [json.loads(line) for line in terminal("export").out.splitlines()]
    assert {row["url"]: row["text"] for row in rows} == {
        url(name): "\n".join(paragraphs(n)) for n, name in enumerate(ENCODED)
    }


def test_a_body_that_cannot_be_unpacked_is_told_and_stops_nothing(terminal: Terminal, tmp_path: Path) -> None:
    bomb = brotli.compress(b"<p>" + b"a" * 20_000_000)
    cut = brotli.compress(page(1))[:-40]
    records = [
        ("bomb", bomb, {"Content-Encoding": "br"}, DAY),
        ("cut", cut, {"Content-Encoding": "br"}, DAY),
        ("short", gzip.compress(page(1))[:-40], {"Content-Encoding": "gzip"}, DAY),
        ("odd", b"\x01\x02", {"Content-Encoding": "dcb"}, DAY),
        ("good", page(2), {}, DAY),
    ]
    (tmp_path / "bad.warc").write_bytes(packed(*records))
    ran = terminal("import", "bad.warc", code=3)
    assert "1 articles and pages: 1 new" in ran.out
    for name in ("bomb", "cut", "short", "odd"):
        assert f"left out {url(name)}: its" in ran.err


@given(st.binary(max_size=300), st.integers(1, 50))
def test_chunks_are_joined_and_what_has_none_stays(body: bytes, size: int) -> None:
    assert warc._joined(chunked(body, size)) == body
    warc._joined(body)


def test_times_at_which_nobody_fetched_are_told(terminal: Terminal, tmp_path: Path) -> None:
    days = ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "yesterday", "20261120100000", ""]
    records = [(f"{n}", page(n), {}, day) for n, day in enumerate(days)]
    (tmp_path / "days.warc").write_bytes(packed(*records, ("naive", page(9), {}, DAY.removesuffix("Z"))))
    ran = terminal("import", "days.warc", "--json", code=3)
    assert (ran.json["new"], ran.json["left_out"]) == (1, len(days))
    (row,) = (json.loads(line) for line in terminal("export").out.splitlines())
    assert row["fetched"] == "2026-11-20T10:00:00+00:00", "WARC-Date is in UTC, wherever we are"


def test_headers_without_end_cost_neither_memory_nor_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warc, "MAX_HEADERS", 500_000)

    def archive(lines: Iterable[bytes]) -> Path:
        with (tmp_path / "endless.warc").open("wb") as file:
            file.write(packed(("good", page(1), {}, DAY)) + b"WARC/1.0\r\n")
            file.writelines(lines)
        return tmp_path / "endless.warc"

    many = (b"X-%d: y\r\n" % n for n in range(60_000))
    for lines in ([b"X: ", b"a" * 4_000_000, b"\r\n\r\n"], many):
        good, error = pages_in(archive(lines), 10_000_000)
        assert isinstance(good, Page)
        assert "the headers of a record are longer than" in str(error)


def test_a_record_longer_than_it_says_gives_no_half_page(terminal: Terminal, tmp_path: Path) -> None:
    whole = packed(("first", page(1), {}, DAY), ("second", page(2), {}, DAY))
    length = whole.split(b"Content-Length: ", 1)[1].split(b"\r\n", 1)[0]
    wrong = b"%d" % (int(length) - 30)
    (tmp_path / "wrong.warc").write_bytes(whole.replace(b"Content-Length: " + length, b"Content-Length: " + wrong, 1))
    ran = terminal("import", "wrong.warc", code=3)
    assert f"left out {url('first')}: its Content-Length is wrong" in ran.err
    assert url("first") not in terminal("export").out


def test_a_row_of_no_possible_time_or_source_costs_that_row(terminal: Terminal, tmp_path: Path) -> None:
    def line(n: int, **more: str) -> bytes:
        made = {"url": url(str(n)), "text": "\n".join(paragraphs(n)), "fetched": DAY, "title": f"{n}"}
        return orjson.dumps(made | more) + b"\n"

    far = datetime.max.replace(tzinfo=UTC).isoformat()
    bad = [
        line(1, fetched=far),
        line(2, first_seen=far),
        line(3, fetched="0001-01-01"),
        line(4, source="a\0b"),
        line(5, source="s" * 101),
        line(6, source="a\nb"),
    ]
    (tmp_path / "rows.jsonl").write_bytes(b"".join([*bad, line(7, source=" daily "), line(8, source="")]))
    ran = terminal("import", "rows.jsonl", code=3)
    assert "8 articles and pages: 2 new" in ran.out
    assert ran.err.count("no time at which a page can have been fetched") == 3
    assert ran.err.count("source is no name") == 3
    rows = [json.loads(each) for each in terminal("export").out.splitlines()]
    assert [(row["title"], row["source"]) for row in rows] == [("7", "daily"), ("8", None)]
