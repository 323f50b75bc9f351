"""Sitemaps, sitemap indexes and plain lists."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extract import sitemap, xml_source
from crawler.extract.sitemap import parse_sitemap
from crawler.items import Extraction, Hints, PageKind

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
URL = "https://news.example.kr/sitemap.xml"

NEWS = """<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"
 xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc>https://news.example.kr/articles/1</loc><lastmod>2024-03-28T18:00:00+09:00</lastmod>
<news:news><news:publication><news:name>한빛일보</news:name><news:language>ko</news:language></news:publication>
<news:publication_date>2024-03-28T16:05:06+09:00</news:publication_date>
<news:title>수출 &amp; 반도체</news:title><news:keywords>경제, 반도체,</news:keywords></news:news>
<image:image><image:loc>https://img.example.kr/1.jpg</image:loc><image:caption>공장</image:caption></image:image></url>
<url><loc> /articles/2 </loc><lastmod>2024-03-27</lastmod></url>
<url><loc>mailto:x@example.kr</loc></url>
</urlset>"""

INDEX = """<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<sitemap><loc>https://news.example.kr/s1.xml.gz</loc><lastmod>2024-03-28</lastmod></sitemap>
<sitemap><loc>https://news.example.kr/s2.xml</loc></sitemap></sitemapindex>"""


def read(body: bytes) -> Extraction:
    found = parse_sitemap(body, URL, NOW, Hints())
    assert found is not None
    return found


def check_news(found: Extraction) -> None:
    assert found.kind is PageKind.SITEMAP
    first, second = found.items
    assert (first.url, first.title, first.outlet) == ("https://news.example.kr/articles/1", "수출 & 반도체", "한빛일보")
    assert first.published is not None
    assert first.modified is not None
    assert first.published.isoformat() == "2024-03-28T16:05:06+09:00"
    assert first.modified.isoformat() == "2024-03-28T18:00:00+09:00"
    assert first.tags == ("경제", "반도체")
    assert first.language == "ko"
    assert first.image is not None
    assert (first.image.url, first.image.caption) == ("https://img.example.kr/1.jpg", "공장")
    assert second.url == "https://news.example.kr/articles/2"
    assert second.published is None
    assert second.modified is not None
    assert second.modified.isoformat() == "2024-03-27"


def test_what_a_video_is_called_is_not_what_its_page_is() -> None:
    found = read(
        b"""<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:video="http://www.google.com/schemas/sitemap-video/1.1"><url><loc>https://news.example.kr/watch/1</loc>
<video:video><video:title>Ferry at sunset</video:title>
<video:publication_date>2024-03-28T16:05:06+09:00</video:publication_date></video:video>
<lastmod>2024-04-01</lastmod></url></urlset>"""
    )
    (item,) = found.items
    assert (item.url, item.title, item.published) == ("https://news.example.kr/watch/1", None, None)
    assert item.modified is not None
    assert found.reason == "sitemap of 1 pages"


def test_news_sitemap() -> None:
    check_news(read(NEWS.encode()))


def test_gzipped_sitemap() -> None:
    check_news(read(gzip.compress(NEWS.encode())))


def test_a_cut_gzip_keeps_what_came() -> None:
    rows = "".join(f"<url><loc>https://e.kr/{n * 7919 % 10007}</loc></url>" for n in range(5000))
    packed = gzip.compress(f"<urlset>{rows}</urlset>".encode())
    assert 1000 < len(read(packed[: len(packed) // 2]).items) < 5000


def test_index_gives_children() -> None:
    found = read(INDEX.encode())
    assert found.kind is PageKind.SITEMAP_INDEX
    assert found.items == ()
    assert [child.url for child in found.children] == [
        "https://news.example.kr/s1.xml.gz",
        "https://news.example.kr/s2.xml",
    ]
    assert found.children[0].modified is not None


def test_plain_list() -> None:
    found = read(b"https://e.kr/1\r\n\r\nhttps://e.kr/%ED%95%9C\nhttps://e.kr/1\n")
    assert [item.url for item in found.items] == ["https://e.kr/1", "https://e.kr/%ED%95%9C"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body><a href='http://e.kr'>x</a></body></html>",
        b"see http://e.kr/1 for more",
        b"\x1f\x8bbroken",
        b"<rss/>",
    ],
)
def test_what_is_no_sitemap(body: bytes) -> None:
    assert parse_sitemap(body, URL, NOW, Hints()) is None


def test_a_gzip_bomb_is_bounded() -> None:
    bomb = gzip.compress(b"<urlset><url><loc>https://e.kr/1</loc></url>" + b" " * 80_000_000)
    assert len(read(bomb).items) == 1


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_any_mutation_is_survived(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from([NEWS, INDEX, "https://e.kr/1\nhttps://e.kr/2"])).encode()
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(len(whole), start + 60)))
    mutated = whole[:start] + data.draw(st.binary(max_size=30)) + whole[end:]
    parse_sitemap(mutated, URL, NOW, Hints())
    parse_sitemap(gzip.compress(whole)[: start + 2] + mutated[:20], URL, NOW, Hints())


def test_a_sitemap_that_breaks_off_is_read_as_far_as_it_goes_and_says_so() -> None:
    body = NEWS.encode()
    known = [item.url for item in read(body).items]
    assert not read(body).cut
    end = body.rfind(b"</urlset")
    for stop in [*range(280, end, 13), end]:
        found = read(body[:stop])
        assert found.cut
        assert "breaks off before its end" in found.reason
        assert [item.url for item in found.items] == known[: len(found.items)], stop
    assert len(found.items) == len(known)
    assert read(INDEX.encode()[:-30]).cut
    assert read(gzip.compress(body)[:-40]).cut


def test_what_is_left_of_a_very_long_sitemap_is_not_taken_for_a_fault_of_its_site() -> None:
    row = "<url><loc>https://news.example.kr/articles/1</loc><!--" + "x" * 40_000 + "--></url>"
    found = read(gzip.compress(NEWS.replace("</urlset>", row * 400 + "</urlset>").encode()))
    assert len(found.items) > 200
    assert not found.cut


def test_rows_beyond_the_most_are_left_out_of_the_midst_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "MAX_ROWS", 10)
    rows = "".join(f"<url><loc>https://e.kr/{n}</loc></url>" for n in range(25))
    body = f"<urlset>{rows}</urlset>".encode()
    found = read(body)
    assert [item.url.rpartition("/")[2] for item in found.items] == [*"01234", *["20", "21", "22", "23", "24"]]
    assert found.overlong
    assert "15 rows in its midst are left out" in found.reason
    monkeypatch.setattr(sitemap, "MAX_ROWS", 25)
    assert not read(body).overlong
    for module in (sitemap, xml_source):
        monkeypatch.setattr(module, "MAX_CHARS", 300)
    found = read(body)
    assert found.overlong
    assert not found.cut
    assert "is longer than" in found.reason
