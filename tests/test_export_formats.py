"""Every format read back by a program that is not ours."""

from __future__ import annotations

import csv
import gzip
import io
import json
import sqlite3
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import feedparser
import openpyxl
import pyarrow.parquet as pq
import pytest
import zstandard
from bs4 import BeautifulSoup
from export_rows import NOON, row, rows
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from crawler.errors import ExportError, UsageError
from crawler.export import FORMATS, About, Choice, format_of, read_split, write_export
from crawler.export.choosing import chosen
from crawler.export.clipping import MAX_ARTICLES
from crawler.export.markdown_files import slug
from crawler.items import ArticleRow, Moment, Precision, RawPage

PAGE = "<html><body><h1>저커버그</h1><p>본문 " + "가" * 3000 + "</p></body></html>"
RAW = RawPage(
    url="https://paper.example.com/뉴스/1",
    status=200,
    headers={"content-type": "text/html; charset=utf-8", "content-encoding": "gzip", "x-bad": "a\r\nInjected: 1"},
    body_zstd=zstandard.ZstdCompressor().compress(PAGE.encode()),
    size=len(PAGE.encode()),
    fetched_at=NOON,
)
ABOUT = About(title="저커버그 <아침>", zone="Asia/Seoul", filters={"topic": "저커버그"}, page_of=lambda _id: RAW)


def everything() -> Iterator[ArticleRow]:
    yield row(1)
    yield row(2, title="=1+1", text="=cmd()\n[링크](x) & <b>", url="https://paper.example.com/?a=1&b=2")
    yield row(3, title=None, published=None, modified=None, authors=(), lang=None, site=None, cluster_id="d")


@pytest.mark.parametrize("name", list(FORMATS))
def test_the_same_rows_give_the_same_bytes(tmp_path: Path, name: str) -> None:
    for place in ("a", "b"):
        write_export(everything, tmp_path / place, name, about=ABOUT)
    files = [[each.read_bytes() for each in sorted((tmp_path / place).rglob("*")) if each.is_file()] for place in "ab"]
    if not FORMATS[name].folder:
        files = [[(tmp_path / place).read_bytes()] for place in "ab"]
    assert files[0]
    assert files[0] == files[1]


def test_xlsx_opens_with_texts_dates_and_links(tmp_path: Path) -> None:
    long = row(4, text="가" * 40_000)
    write_export(lambda: iter([*everything(), long]), tmp_path / "a.xlsx", about=ABOUT)
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    sheet = book["articles"]
    head = [cell.value for cell in sheet[1]]
    column = {str(name).split(" ")[0]: number for number, name in enumerate(head)}
    assert "published (Asia/Seoul)" in head
    first, second, third, fourth = (list(line) for line in sheet.iter_rows(min_row=2))
    assert first[column["published"]].value == datetime.fromisoformat("2026-11-01T21:00")
    assert first[column["modified"]].value == datetime.fromisoformat("2026-11-01")
    assert first[column["authors"]].value == "김하늘, Lee, Ann"
    assert first[column["url"]].hyperlink.target == "https://paper.example.com/1"
    assert (second[column["title"]].value, second[column["title"]].data_type) == ("=1+1", "s")
    assert second[column["url"]].value == "https://paper.example.com/?a=1&b=2"
    assert third[column["published"]].value is None
    assert str(fourth[column["text"]].value).endswith("[cut: a cell holds no more]")
    assert sheet.freeze_panes == "A2"


def test_sqlite_is_queried_by_the_standard_library(tmp_path: Path) -> None:
    report = write_export(lambda: iter([*everything(), row(1)]), tmp_path / "a.sqlite")
    assert (report.written, report.broken) == (3, 1)
    database = sqlite3.connect(tmp_path / "a.sqlite")
    assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    found = database.execute("SELECT title, json_extract(authors, '$[0]') FROM articles WHERE published > '2026'")
    assert found.fetchall() == [("저커버그, “메타” 새 안경 공개", "김하늘"), ("=1+1", "김하늘")]
    database.close()


@pytest.mark.parametrize("name", ["rss", "atom"])
def test_a_feed_shows_markup_of_strangers_as_they_wrote_it(tmp_path: Path, name: str) -> None:
    written = "a < b, <b>bold</b> & <script>alert(1)</script> &amp;"
    write_export(lambda: iter([row(1, summary=written), row(2, text=written)]), tmp_path / "a", name, about=ABOUT)
    feed = feedparser.parse((tmp_path / "a").read_bytes())
    first, second = (entry.content[0].value for entry in feed.entries)
    shown = [first, second, *(entry.summary for entry in feed.entries if name == "rss")]
    for html in shown:
        assert BeautifulSoup(html, "lxml").get_text().startswith(written)
        assert "<script" not in html
    assert name == "rss" or feed.entries[0].summary == written, "Atom's summary is text"


def test_each_atom_feed_has_an_id_of_its_own(tmp_path: Path) -> None:
    def id_of(about: About) -> str:
        write_export(lambda: iter([row(1)]), tmp_path / "a.atom", "atom", about=about)
        return str(feedparser.parse((tmp_path / "a.atom").read_bytes()).feed.id)

    asked = [ABOUT, replace(ABOUT, title="메타"), replace(ABOUT, filters={"topic": "메타"})]
    ids = [id_of(each) for each in (*asked, ABOUT)]
    assert ids[0] == ids[3]
    assert len(set(ids)) == 3
    assert all(each.startswith("urn:uuid:") for each in ids)


@pytest.mark.parametrize("name", ["rss", "atom", "jsonfeed"])
def test_feeds_are_read_by_feedparser(tmp_path: Path, name: str) -> None:
    write_export(everything, tmp_path / "a", name, about=ABOUT)
    data = (tmp_path / "a").read_bytes()
    if name == "jsonfeed":
        feed = json.loads(data)
        assert feed["title"] == ABOUT.title
        first, second, third = feed["items"]
        assert first["date_published"] == "2026-11-01T21:00:00+09:00"
        assert first["date_modified"] == "2026-11-01T00:00:00+09:00"
        assert second["content_text"].startswith("=cmd()")
        assert "authors" not in third
        return
    feed = feedparser.parse(data)
    assert not feed.bozo
    assert feed.feed.title == ABOUT.title
    assert [entry.link for entry in feed.entries][:2] == [
        "https://paper.example.com/1",
        "https://paper.example.com/?a=1&b=2",
    ]
    first, second, third = feed.entries
    assert first.title == "저커버그, “메타” 새 안경 공개"
    assert datetime(*first.published_parsed[:6], tzinfo=UTC) == NOON
    assert "<p>둘째 문단" in first.content[-1].value
    assert "&amp; &lt;b&gt;" in second.content[-1].value
    assert third.title == third.link
    assert len({entry.id for entry in feed.entries}) == 3


@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz"])
def test_warc_passes_its_own_checker_and_gives_the_page_back(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    report = write_export(lambda: rows(3), path, about=ABOUT)
    assert report.written == 3
    checked = subprocess.run(
        [sys.executable, "-m", "warcio.cli", "check", "-v", path], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    with path.open("rb") as stream:
        records = [
            (each.rec_type, each.rec_headers, each.http_headers, each.content_stream().read())
            for each in ArchiveIterator(stream)
        ]
    assert [kind for kind, *_ in records] == ["warcinfo", "response", "response", "response"]
    _, headers, http, body = records[1]
    assert body.decode() == PAGE
    assert headers.get_header("WARC-Date") == "2026-11-01T12:00:00.000000Z"
    assert http.get_statuscode() == "200"
    assert http.get_header("content-encoding") is None
    assert http.get_header("injected") is None
    assert len({each.get_header("WARC-Record-ID") for _, each, *_ in records}) == 4


def test_warc_names_articles_without_a_page(tmp_path: Path) -> None:
    report = write_export(lambda: rows(2), tmp_path / "a.warc", about=replace(ABOUT, page_of=lambda _id: None))
    assert (report.written, report.broken) == (0, 2)
    assert "not kept" in report.problems[0]
    with pytest.raises(UsageError, match="gzip only"):
        write_export(lambda: rows(2), tmp_path / "a.warc.zst", about=ABOUT)


def test_compressed_files_hold_the_plain_ones(tmp_path: Path) -> None:
    for name in ("a.csv", "a.csv.gz", "a.csv.zst"):
        write_export(everything, tmp_path / name)
    plain = (tmp_path / "a.csv").read_bytes()
    assert gzip.decompress((tmp_path / "a.csv.gz").read_bytes()) == plain
    packed = io.BytesIO((tmp_path / "a.csv.zst").read_bytes())
    assert zstandard.ZstdDecompressor().stream_reader(packed).read() == plain


def test_markdown_files_have_front_matter_and_no_strangers_markup(tmp_path: Path) -> None:
    hostile = row(5, title="../../etc: 제목/..\x00", text="# 머리\n- 점\n1. 하나\n보통 글")
    write_export(lambda: iter([row(1), hostile]), tmp_path / "md", "markdown")
    files = sorted(each.relative_to(tmp_path / "md").as_posix() for each in (tmp_path / "md").rglob("*.md"))
    assert files == [
        "2026-11/2026-11-01-etc-제목-0000000000000005.md",
        "2026-11/2026-11-01-저커버그-메타-새-안경-공개-0000000000000001.md",
    ]
    text = (tmp_path / "md" / files[0]).read_text("utf-8")
    assert text.startswith('---\ntitle: "../../etc: 제목/..\\u0000"\nid: ')
    assert "\n\n\\# 머리\n\n\\- 점\n\n1\\. 하나\n\n보통 글\n" in text
    names = [each["name"] for each in json.loads((tmp_path / "md" / "manifest.json").read_bytes())["files"]]
    assert names == files[::-1], "in the order of the rows"


@given(st.text(max_size=300))
def test_a_slug_is_a_safe_name(title: str) -> None:
    name = slug(title)
    assert name
    assert not set(name) & {"/", "\x00", ".", " ", "\n"}
    assert len(name.encode()) <= 120


def test_the_clipping_folds_copies_and_runs_nothing(tmp_path: Path) -> None:
    early = row(1, published=Moment(NOON - timedelta(hours=1), 540), topics=("메타", "저커버그"), site="처음신문")
    copy = row(2, site="둘째신문", topics=("메타",), title="<script>alert(1)</script>")
    other = row(3, cluster_id="d", url="javascript:alert(1)", title="다른 글", published=None)
    write_export(lambda: iter([copy, other, early]), tmp_path / "a.html", about=ABOUT)
    html = (tmp_path / "a.html").read_text("utf-8")
    assert "<script" not in html
    assert "javascript:" not in html
    assert "2 stories, 3 articles" in html
    assert html.index("<bdi>처음신문</bdi> · 2026-11-01 20:00") < html.index("also in 1 more") < html.index("둘째신문")
    assert html.index("<h2>메타</h2>") < html.index("<h2>저커버그</h2>") < html.index("<h2>other articles</h2>")
    assert "저커버그 &lt;아침&gt;" in html


def test_a_clipping_of_too_many_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="--since"):
        write_export(lambda: rows(MAX_ARTICLES + 1), tmp_path / "a.html")
    assert list(tmp_path.iterdir()) == []


def test_a_dataset_folder_has_shards_a_split_and_a_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.export.dataset.SHARD_ROWS", 40)
    many = [row(n, cluster_id=f"{n // 2:064x}", lang="ko" if n % 3 else "en") for n in range(200)]
    split = read_split("train=.8,test=.2")
    write_export(lambda: iter(many), tmp_path / "ds", "dataset", about=ABOUT, choice=Choice(split=split))
    card = (tmp_path / "ds" / "README.md").read_text("utf-8")
    assert card.startswith("---\n")
    assert '- "ko"\n' in card
    assert "200 articles in 100 stories" in card
    told = json.loads((tmp_path / "ds" / "manifest.json").read_bytes())
    assert told["rows"] == sum(told["parts"].values()) == sum(told["languages"].values()) == 200
    assert f"| train | {told['parts']['train']} |" in card
    read = {part: pq.read_table(sorted((tmp_path / "ds" / "data").glob(f"{part}-*.parquet"))) for part in split}
    assert read["train"].num_rows + read["test"].num_rows == 200
    stories = [set(read[part]["cluster_id"].to_pylist()) for part in split]
    assert not stories[0] & stories[1]
    assert 20 <= read["test"].num_rows <= 60
    shards = sorted(each.name for each in (tmp_path / "ds" / "data").glob("train-*"))
    assert shards[0] == f"train-00000-of-{len(shards):05}.parquet"
    assert len(shards) >= 4


def test_parts_are_files_that_no_story_crosses(tmp_path: Path) -> None:
    many = [row(n, cluster_id=f"{n // 3:064x}") for n in range(300)]
    choice = Choice(split=read_split("train=.7,dev=.2,test=.1"), seed=7)
    report = write_export(lambda: iter(many), tmp_path / "a.csv.gz", choice=choice, with_manifest=True)
    assert [each.name for each in report.files] == ["a-train.csv.gz", "a-dev.csv.gz", "a-test.csv.gz"]
    seen: dict[str, set[str]] = {}
    for each in report.files:
        text = gzip.decompress((tmp_path / each.name).read_bytes()).decode()
        seen[each.name] = {line["cluster_id"] for line in csv.DictReader(io.StringIO(text))}
    parts = list(seen.values())
    assert sum(map(len, parts)) == 100
    assert len(set.union(*parts)) == 100
    manifest = json.loads((tmp_path / "a.csv.gz.manifest.json").read_bytes())
    assert sum(manifest["parts"].values()) == manifest["rows"] == 300


def test_a_sample_is_the_same_each_time_and_another_with_another_seed(tmp_path: Path) -> None:
    def sample(seed: int, name: str) -> list[str]:
        write_export(lambda: rows(100), tmp_path / name, choice=Choice(sample=10, seed=seed))
        return [json.loads(line)["id"] for line in (tmp_path / name).read_text().splitlines()]

    assert sample(1, "a.jsonl") == sample(1, "b.jsonl")
    assert sample(1, "a.jsonl") != sample(2, "b.jsonl")
    assert len(sample(3, "a.jsonl")) == 10


def test_one_article_a_story_is_its_earliest(tmp_path: Path) -> None:
    late = row(1, published=Moment(NOON + timedelta(hours=2), 0))
    early = row(2, published=Moment(NOON, 0))
    undated = row(3, published=None, first_seen=NOON - timedelta(days=1), cluster_id="d")
    write_export(lambda: iter([late, early, undated]), tmp_path / "a.jsonl", choice=Choice(one_a_story=True))
    assert [json.loads(line)["id"] for line in (tmp_path / "a.jsonl").read_text().splitlines()] == [
        early.id,
        undated.id,
    ]


def test_one_article_a_story_of_many_in_flat_memory() -> None:
    def many() -> Iterator[ArticleRow]:
        return (row(n, cluster_id=f"{n % 6_000:064x}", text="") for n in range(8_000))

    tracemalloc.start()
    count = sum(1 for _ in chosen(many, Choice(one_a_story=True)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 6_000
    assert peak < 500_000


def test_the_newest_of_a_story_each_and_a_sample_of_them() -> None:
    many = [row(n, cluster_id=str(n // 2), published=Moment(NOON + timedelta(hours=n), 0)) for n in range(20)]
    picked = list(chosen(lambda: iter(many), Choice(one_a_story=True, newest=4, sample=3)))
    assert len(picked) == 3
    assert {each.change_seq for each in picked} < {12, 14, 16, 18}


@pytest.mark.parametrize(
    "text", ["", "train", "train=2", "train=.5", "a=.5,a=.5", "a=x,b=.5", "a/b=.5,c=.5", "a=-1,b=2", "a=nan,b=1"]
)
def test_a_split_that_adds_up_to_nothing_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--split"):
        read_split(text)


def test_the_manifest_checks_the_file(tmp_path: Path) -> None:
    from hashlib import sha256

    report = write_export(everything, tmp_path / "a.parquet", about=ABOUT, with_manifest=True)
    told = json.loads((tmp_path / "a.parquet.manifest.json").read_bytes())
    data = (tmp_path / "a.parquet").read_bytes()
    assert told["files"] == [{"name": "a.parquet", "bytes": len(data), "sha256": sha256(data).hexdigest()}]
    assert (told["rows"], told["query"], told["languages"]) == (3, {"topic": "저커버그"}, {"": 1, "ko": 2})
    assert report.files[0].sha256 == sha256(data).hexdigest()


@settings(max_examples=30, deadline=None)
@given(
    title=st.none() | st.text(max_size=40),
    text=st.text(max_size=200),
    tags=st.lists(st.text(max_size=10), max_size=3),
    offset=st.integers(-1439, 1439),
    precision=st.sampled_from(list(Precision)),
    name=st.sampled_from(sorted(FORMATS)),
)
def test_no_row_breaks_an_export(
    tmp_path_factory: pytest.TempPathFactory,
    title: str | None,
    text: str,
    tags: list[str],
    offset: int,
    precision: Precision,
    name: str,
) -> None:
    odd = row(
        9, title=title, text=text, tags=tuple(tags), topics=tuple(tags), published=Moment(NOON, offset, precision)
    )
    report = write_export(lambda: iter([odd]), tmp_path_factory.mktemp("odd") / "a", name, about=ABOUT)
    assert report.written + report.broken == 1


def test_format_names_on_the_command_line_are_the_registrys() -> None:
    from crawler.cli.export import NAMES

    assert tuple(FORMATS) == NAMES
    assert format_of(Path("x.html")).name == "html"


def test_a_sheet_that_is_full_leaves_the_rest_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.export.xlsx.MAX_SHEET", 100_000)
    rows = [row(number, text="가나다라 " * 1_000) for number in range(1, 61)]
    done = write_export(lambda: iter(rows), tmp_path / "a.xlsx")
    assert 10 < done.written < 60
    assert done.written + done.broken == 60
    assert "a sheet holds two gigabytes; export less, or as parquet" in done.problems[0]
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["articles"]
    assert sheet.max_row == done.written + 1


def test_parts_share_what_one_file_may_hold_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.export.xlsx.MAX_LINKS", 10)
    monkeypatch.setattr("crawler.export.parquet.GROUP_ROWS", 10)
    choice = Choice(split=read_split("a=.5,b=.5"))
    rows = [row(number, cluster_id=str(number)) for number in range(1, 41)]
    write_export(lambda: iter(rows), tmp_path / "a.xlsx", choice=choice)
    write_export(lambda: iter(rows), tmp_path / "a.parquet", choice=choice)
    for part in ("a", "b"):
        sheet = openpyxl.load_workbook(tmp_path / f"a-{part}.xlsx")["articles"]
        assert sum(cell.hyperlink is not None for cell in sheet["B"]) == 5
        file = pq.ParquetFile(tmp_path / f"a-{part}.parquet")
        assert max(file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)) == 5
