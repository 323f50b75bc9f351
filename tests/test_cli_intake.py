"""import and reextract, driven from the command line on real stores."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import orjson
import pytest
from cli_case import NOW, Ran, Terminal, filled, terminal
from export_rows import NOON, row
from hypothesis import given
from hypothesis import strategies as st
from small_site import paragraphs

from crawler.archives.jsonl import row_of, rows_in
from crawler.archives.warc import pages_in
from crawler.errors import UsageError
from crawler.export.fields import as_mapping
from crawler.ingest import prepare, record_of_row
from crawler.items import ArticleRow, Basis, Hints, Outcome, Page, PageKind, Precision

__all__ = ["filled", "terminal"]

ZONE = NOON.astimezone().tzinfo


def page(url: str, title: str, *paragraphs: str) -> Page:
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    html = f"""<!DOCTYPE html><html lang="ko"><head><meta charset="utf-8"><title>{title}</title>
    <meta property="og:type" content="article"><meta property="og:title" content="{title}">
    <meta property="article:published_time" content="2026-11-01T21:00:00+09:00"></head>
    <body><nav><a href="/">홈</a></nav><article><h1>{title}</h1>{body}</article></body></html>"""
    return Page(url=url, final_url=url, status=200, headers={}, body=html.encode(), fetched_at=NOW)


LONG = (
    "저커버그가 새 안경을 공개했다. 회사는 내년 봄에 제품을 내놓을 계획이라고 밝혔고 값은 아직 정하지 않았다고 말했다. "
    * 4
)
PAGES = [
    page(
        f"https://paper.example.com/news/{n}",
        f"저커버그, 새 안경 {n}호 공개",
        f"{n}번째 이야기다. {LONG}",
        f"{LONG} 끝은 {n}이다.",
    )
    for n in range(5)
]


@pytest.fixture
def crawled(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A store with articles from pages that are kept."""
    monkeypatch.setenv("PRESSWATCH_EXTRACT_WORKERS", "1")
    records = [prepare(each, Hints(expect=PageKind.ARTICLE)).records[0] for each in PAGES]
    with terminal.store() as store:
        assert [one.outcome for one in store.articles.save(records, None)] == [Outcome.NEW] * len(PAGES)
    return terminal


def exported(run: Terminal) -> dict[str, dict[str, object]]:
    return {each["url"]: each for each in map(json.loads, run("export").out.splitlines())}


def test_json_lines_make_the_same_store_again(filled: Terminal, tmp_path: Path) -> None:
    before = exported(filled)
    filled("export", "-o", str(tmp_path / "all.jsonl.zst"))
    other = str(tmp_path / "other.db")
    told = filled("--store", f"sqlite:///{other}", "import", str(tmp_path / "all.jsonl.zst"), "--json").json
    assert told["left_out"] == 0
    assert told["new"] + told["copy"] == len(before)
    after = {
        each["url"]: each
        for each in map(json.loads, filled("--store", f"sqlite:///{other}", "export").out.splitlines())
    }
    # A title's control characters are cleaned on the way in.
    changed = {"title", "change_seq", "topics"}
    assert [{k: v for k, v in each.items() if k not in changed} for each in after.values()] == [
        {k: v for k, v in before[url].items() if k not in changed} for url in after
    ]
    again = filled("--store", f"sqlite:///{other}", "import", str(tmp_path / "all.jsonl.zst"), "--json").json
    assert (again["known"], again["new"]) == (len(before), 0)


def test_an_imported_row_keeps_when_it_was_first_seen(terminal: Terminal, tmp_path: Path) -> None:
    rows = [
        row(1, text=LONG, first_seen=NOON - timedelta(days=3), published=None),
        row(2, text=f"{LONG} 2", first_seen=NOON + timedelta(days=3)),
    ]
    (tmp_path / "a.jsonl").write_bytes(b"\n".join(orjson.dumps(as_mapping(each)) for each in rows))
    terminal("import", "a.jsonl")
    told = [datetime.fromisoformat(str(each["first_seen"])) for each in exported(terminal).values()]
    assert told == [rows[0].first_seen, rows[1].fetched]
    assert len(terminal("export", "--until", (NOON - timedelta(days=2)).isoformat()).out.splitlines()) == 1


def test_rows_of_an_earlier_time_change_nothing(crawled: Terminal, tmp_path: Path) -> None:
    first = prepare(PAGES[0], Hints(expect=PageKind.ARTICLE)).records[0]
    back = prepare(PAGES[1], Hints(expect=PageKind.ARTICLE)).records[0]
    later = page(PAGES[0].url, "저커버그, 새 안경 공개 미뤄", f"공개가 미뤄졌다. {LONG}", LONG)
    other = page(PAGES[1].url, "저커버그, 안경 대신 시계", f"시계 이야기다. {LONG}", LONG)
    with crawled.store() as store:
        for days, some in ((1, (later, other)), (2, (PAGES[1],))):
            at = NOW + timedelta(days=days)
            records = [
                prepare(replace(each, fetched_at=at), Hints(expect=PageKind.ARTICLE)).records[0] for each in some
            ]
            assert {one.outcome for one in store.articles.save(records, None)} == {Outcome.UPDATED}
    before = crawled("export", "--versions", "all", "-o", "all.jsonl").err and (tmp_path / "all.jsonl").read_bytes()
    rows = [json.loads(line) for line in before.splitlines()]
    assert [each["version"] for each in rows if each["id"] in {first.id, back.id}] == [1, 2, 1, 2]
    assert "7 articles and pages: 7 known" in crawled("import", "all.jsonl").out
    crawled("export", "--versions", "all", "-o", "again.jsonl")
    assert (tmp_path / "again.jsonl").read_bytes() == before
    # Nor does one that the store has not seen; of a later time it is a version.
    row = next(each for each in rows if each["id"] == first.id)
    for days, said in ((0.5, "1 known"), (3, "1 updated")):
        at = (NOW + timedelta(days=days)).isoformat()
        (tmp_path / "one.jsonl").write_bytes(
            orjson.dumps({**row, "title": "다른 제목", "summary": "요약", "fetched": at})
        )
        assert said in crawled("import", "one.jsonl").out
    # An empty store gets the versions in their order.
    told = crawled("--store", f"sqlite:///{tmp_path / 'other.db'}", "import", "all.jsonl", "--json").json
    assert (told["new"] + told["copy"], told["updated"], told["known"], told["left_out"]) == (5, 2, 0, 0)


def test_a_web_archive_is_read_as_a_crawl_would(crawled: Terminal, tmp_path: Path) -> None:
    crawled("export", "-o", str(tmp_path / "all.warc.gz"))
    other = f"sqlite:///{tmp_path / 'other.db'}"
    dry = crawled("--store", other, "import", str(tmp_path / "all.warc.gz"), "--dry-run").out
    assert "5 new" in dry
    assert "dry run" in dry
    told = crawled("--store", other, "import", str(tmp_path / "all.warc.gz"), "--json").json
    assert (told["new"], told["left_out"]) == (5, 0)
    found = {each["url"]: each for each in map(json.loads, crawled("--store", other, "export").out.splitlines())}
    assert {url: each["text"] for url, each in found.items()} == {
        url: each["text"] for url, each in exported(crawled).items()
    }
    assert {each["fetched"] for each in found.values()} == {NOW.isoformat(timespec="seconds")}


def test_a_broken_line_and_a_broken_archive_stop_nothing(filled: Terminal, tmp_path: Path) -> None:
    good = orjson.dumps(
        as_mapping(row(1, text="저커버그가 새 안경을 공개했다. 값은 아직 정하지 않았다고 회사는 말했다."))
    )
    no_text = orjson.dumps({**as_mapping(row(2)), "text": None})
    no_url = orjson.dumps({**as_mapping(row(3)), "url": "mailto:a@b.c"})
    lines = tmp_path / "a.jsonl"
    lines.write_bytes(b"{}")
    assert "fetched is missing" in filled("import", str(lines), code=3).err
    lines.write_bytes(b"\n".join([b"{", b"[]", no_text, no_url, b"", good]))
    ran = filled("import", str(lines), "--json", code=3)
    assert (ran.json["new"], ran.json["left_out"]) == (1, 4)
    assert [problem.split(": ")[0] for problem in ran.json["problems"][:3]] == [
        f"{lines}:1",
        f"{lines}:2",
        f"{lines}:3",
    ]
    assert "text is missing" in ran.json["problems"][2]
    broken = tmp_path / "b.warc"
    broken.write_bytes(b"no archive at all\r\n" * 50)
    assert "can't be read on" in filled("import", str(broken), code=3).err
    assert "no such file" in filled("import", str(tmp_path / "none.jsonl"), code=2).err
    assert "is a folder" in filled("import", str(tmp_path), code=2).err


def test_reextract_replaces_what_an_older_extractor_read(crawled: Terminal) -> None:
    assert "5 known" in crawled("reextract").out
    with crawled.store() as store:
        first = prepare(PAGES[0], Hints(expect=PageKind.ARTICLE)).records[0]
        worse = json.loads(crawled("export").out.splitlines()[0])
    assert worse["id"] == first.id
    # What an older extractor left: half of the text.
    from crawler.dedup.fingerprint import fingerprint

    half = first.article.text.split("\n")[0]
    old = replace(
        first,
        article=replace(first.article, text=half, extractor="dom/0"),
        fingerprint=fingerprint(first.article.title, half),
        basis=Basis.REEXTRACTION,
        raw=None,
    )
    with crawled.store() as store:
        store.articles.save([old], None)
    dry = crawled("reextract", "--dry-run", "--json").json
    assert dry["updated"] + dry["completed"] == 1
    assert exported(crawled)[first.url]["text"] == half
    told = crawled("reextract", "--json").json
    assert told["updated"] + told["completed"] == 1
    assert exported(crawled)[first.url]["text"] == first.article.text
    shown = crawled("show", first.id, "--json").json
    assert shown["versions"][-1]["basis"] == "re-extraction"
    assert crawled("reextract", "--since", "2027-01-01", "--json").json["pages"] == 0
    assert "not" in crawled("reextract", "--source", "nobody", code=2).err


@given(
    st.dictionaries(
        st.sampled_from(sorted(as_mapping(row()))),
        st.none() | st.text(max_size=9) | st.integers() | st.lists(st.text(max_size=3), max_size=2),
    )
)
def test_no_row_of_anybodys_breaks_the_reader(given: dict[str, object]) -> None:
    try:
        read = row_of({**as_mapping(row()), **given}, NOON.tzinfo)  # type: ignore[arg-type]
    except (KeyError, ValueError, TypeError, OverflowError):
        return
    assert isinstance(read, ArticleRow)
    with suppress(UsageError):  # no address, no text
        record_of_row(read)


def test_rows_come_back_as_they_were(tmp_path: Path) -> None:
    original = row(7, url="https://paper.example.com/7")
    (tmp_path / "a.jsonl").write_bytes(orjson.dumps(as_mapping(original)))
    (read,) = rows_in(tmp_path / "a.jsonl", NOON.tzinfo)  # type: ignore[arg-type]
    assert isinstance(read, ArticleRow)
    assert as_mapping(read) == as_mapping(original)
    assert read.modified is not None
    assert read.modified.precision is Precision.DAY


def test_an_archive_gives_html_answers_only(tmp_path: Path) -> None:
    from io import BytesIO

    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    def add(url: str, status: str, kind: str, body: bytes) -> None:
        http = StatusAndHeaders(status, [("Content-Type", kind)], protocol="HTTP/1.1")
        record = writer.create_warc_record(url, "response", payload=BytesIO(body), http_headers=http, length=len(body))
        writer.write_record(record)
        record.raw_stream.close()

    with (tmp_path / "a.warc.gz").open("wb") as stream:
        writer = WARCWriter(stream, gzip=True)
        add("https://a.example/1", "200 OK", "text/html; charset=utf-8", b"<p>one</p>")
        add("https://a.example/2", "404 Not Found", "text/html", b"<p>two</p>")
        add("https://a.example/3", "200 OK", "image/png", b"png")
        add("https://a.example/4", "200 OK", "text/html", b"x" * 2000)
        add("dns:a.example", "200 OK", "text/html", b"x")
    found = list(pages_in(tmp_path / "a.warc.gz", 1000))
    assert [each.url if isinstance(each, Page) else "too large" for each in found] == [
        "https://a.example/1",
        "too large",
    ]


def imported(run: Terminal, tmp_path: Path, name: str, data: bytes, *, code: int = 3) -> tuple[list[str], Ran]:
    """What a store of its own holds after `data` was imported as a file, by URL, and what was said."""
    store = f"sqlite:///{tmp_path / 'imported.db'}"
    (tmp_path / "imported.db").unlink(missing_ok=True)
    (tmp_path / name).write_bytes(data)
    ran = run("--store", store, "import", name, "--json", code=code)
    return [json.loads(line)["url"] for line in run("--store", store, "export").out.splitlines()], ran


def test_a_web_archive_that_breaks_off_gives_no_half_page(crawled: Terminal, tmp_path: Path) -> None:
    crawled("export", "-o", "all.warc")
    whole = (tmp_path / "all.warc").read_bytes()
    urls, _ = imported(crawled, tmp_path, "whole.warc", whole, code=0)
    assert len(urls) == len(PAGES)
    last = whole.rindex(b"WARC/1.1\r\n")
    headers = whole.index(b"HTTP/1.1", last)
    body = whole.index(b"\r\n\r\n", headers) + 4
    places = {
        "in its first line": last + 4,
        "after its first line": last + len("WARC/1.1\r\n"),
        "before its address": whole.index(b"WARC-Target-URI", last),
        "before its length": whole.index(b"Content-Length", last),
        "in its length": whole.index(b"Content-Length", last) + len("Content-Length: "),
        "before the answer": headers,
        "in the status": headers + len("HTTP/1.1 2"),
        "before the page": body,
        "in the page": (body + len(whole)) // 2,
        "a byte before its end": len(whole) - len("\r\n\r\n") - 1,
    }
    for place, end in places.items():
        kept, ran = imported(crawled, tmp_path, "cut.warc", whole[:end])
        assert len(kept) == len(PAGES) - 1, place
        assert ran.json["left_out"] == 1, place
        assert ran.json["problems"][0].startswith("cut.warc: can't be read on, after record "), place
        assert "breaks off" in ran.json["problems"][0] or place == "in its first line"
    # Of a single record there is nothing before.
    first = whole.index(b"WARC/1.1\r\n", 1)
    (alone,) = imported(crawled, tmp_path, "cut.warc", whole[last : last + 40])[1].json["problems"]
    assert "breaks off" in alone
    # What lacks but the blank lines after it is whole.
    assert len(imported(crawled, tmp_path, "cut.warc", whole[:-4], code=0)[0]) == len(PAGES)
    assert imported(crawled, tmp_path, "cut.warc", whole[:first], code=0)[0] == []


def test_a_packed_archive_that_breaks_off_gives_no_half_page(crawled: Terminal, tmp_path: Path) -> None:
    crawled("export", "-o", "all.warc.gz")
    whole = (tmp_path / "all.warc.gz").read_bytes()
    last = whole.rindex(b"\x1f\x8b\x08")
    # Within gzip's header, at the first bytes, in the midst and near the end of the record.
    for end in (last + 5, last + 12, (last + len(whole)) // 2, len(whole) - 60):
        kept, ran = imported(crawled, tmp_path, "cut.warc.gz", whole[:end])
        assert len(kept) == len(PAGES) - 1, end - last
        assert ran.json["left_out"] == 1
        assert "breaks off" in ran.json["problems"][0]
    # Without its check sum the page is there, yet the file is told to break off.
    kept, ran = imported(crawled, tmp_path, "cut.warc.gz", whole[:-3])
    assert len(kept) == len(PAGES)
    assert "breaks off" in ran.json["problems"][0]
    assert len(imported(crawled, tmp_path, "cut.warc.gz", whole[:last], code=0)[0]) == len(PAGES) - 1
    # A damaged record is left out as well.
    damaged = bytearray(whole)
    damaged[last + 60 : last + 90] = bytes(30)
    assert len(imported(crawled, tmp_path, "bad.warc.gz", bytes(damaged))[0]) == len(PAGES) - 1


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_json_lines_that_break_off_keep_what_came_before(terminal: Terminal, tmp_path: Path, ending: str) -> None:
    rows = [
        row(n, url=f"https://paper.example.com/{n}", text="\n".join(paragraphs(n)), cluster_id="") for n in range(70)
    ]
    lines = [orjson.dumps(as_mapping(each)) + b"\n" for each in rows]
    whole = gzip.compress(b"".join(lines)) if ending else b"".join(lines)
    name = f"cut.jsonl{ending}"
    kept, ran = imported(terminal, tmp_path, name, whole[:-60])
    # More than one batch, and the last one is not full.
    assert 50 < len(kept) < len(rows)
    assert set(kept) == {each.url for each in rows[: len(kept)]}
    (problem,) = ran.json["problems"]
    assert problem.startswith(f"{name}:{len(kept) + 1}: ")
    assert "unexpected end of data" in problem
    store = f"sqlite:///{tmp_path / 'told.db'}"
    assert f"left out {name}:" in terminal("--store", store, "import", name, code=3).err


def test_packed_json_lines_that_break_off_after_a_line_are_told(terminal: Terminal, tmp_path: Path) -> None:
    lines = b"".join(
        orjson.dumps(as_mapping(row(n, url=f"https://paper.example.com/{n}", text="\n".join(paragraphs(n))))) + b"\n"
        for n in range(3)
    )
    whole = gzip.compress(lines)
    for data in (whole[:-8], whole[:-1]):
        kept, ran = imported(terminal, tmp_path, "cut.jsonl.gz", data)
        assert len(kept) == 3
        assert "unexpected end of data" in ran.json["problems"][0]
    assert len(imported(terminal, tmp_path, "whole.jsonl.gz", whole, code=0)[0]) == 3
    # A piped one as well.
    arguments = ["import", "-", "--format", "jsonl"]
    packed = subprocess.run(
        [sys.executable, "-c", "import sys; from crawler.cli import main; sys.exit(main())", *arguments],
        input=whole[:-8],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
    )
    assert packed.returncode == 3, packed.stderr
    assert b"unexpected end of data" in packed.stderr


@pytest.mark.parametrize(("days", "stories"), [("30", 1), ("1", 2)])
def test_an_import_joins_stories_within_the_days_of_the_settings(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, days: str, stories: int
) -> None:
    monkeypatch.setenv("PRESSWATCH_STORY_DAYS", days)
    told = "\n".join(paragraphs(1))
    again = "Another paper wrote a lead of its own for it.\n" + told
    rows = [
        row(1, url="https://paper.example.com/1", text=told, published=NOON - timedelta(days=4)),
        row(2, url="https://other.example.org/2", text=again, published=NOON),
    ]
    file = tmp_path / "two.jsonl"
    file.write_bytes(b"\n".join(orjson.dumps(as_mapping(each)) for each in rows))
    terminal("import", str(file))
    assert len({each["cluster_id"] for each in exported(terminal).values()}) == stories
