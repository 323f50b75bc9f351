"""Feeds of every family, sound and broken."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extract import feed_items, feed_json, feed_xml, xml_source
from crawler.extract.feed import MAX_ITEMS, parse_feed
from crawler.items import Extraction, Hints, PageKind, ZoneOrigin

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
URL = "https://news.example.kr/rss/all.xml"

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:atom="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/"
 xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">
<channel><title>한빛일보</title><link>https://news.example.kr/</link><language>ko</language>
<atom:link rel="self" href="https://news.example.kr/rss/all.xml"/>
<atom:link rel="hub" href="https://hub.example.net/"/>
<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>
<item><title><![CDATA[반도체 &quot;수출&quot; <b>최대</b>]]></title><link>
 https://news.example.kr/articles/1?a=1&b=2 </link>
<guid isPermaLink="false">tag-1</guid>
<pubDate>Thu, 28 Mar 2024 13:47:03+0900</pubDate><dc:creator>홍길동 기자</dc:creator>
<category>경제</category><category>반도체</category>
<description><![CDATA[<img src="/img/1.jpg" width="600"><p>요약 한 줄입니다.</p>]]></description>
<content:encoded><![CDATA[<p>첫째 문단입니다. BODY</p>
<figure><img src="/img/2.jpg"><figcaption>사진 설명</figcaption></figure><p>둘째
 문단&nbsp;입니다.<br>셋째 줄.</p><script>bad()</script>]]></content:encoded></item>
<item><title>두 번째 소식</title><link>/articles/2</link><dc:date>2024-03-28T10:00:00Z</dc:date>
<media:thumbnail url="https://img.example.kr/2.jpg"/><description>짧은 &amp;lt;소개&amp;gt;</description></item>
</channel></rss>""".replace("BODY", "가나다라 마바사. " * 30)

ATOM = """<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en" xml:base="https://blog.example.com/a/">
<title type="html">A &amp;amp; B</title><link rel="alternate" href="/"/><link rel="hub" href="https://hub.example.net/x"/>
<id>urn:1</id><updated>2024-03-28T10:00:00Z</updated>
<entry xml:base="posts/"><title type="html">Ships &amp;amp; harbours</title><link href="one.html"/>
<link rel="enclosure" type="image/jpeg" href="one.jpg"/>
<id>tag:blog.example.com,2024:1</id><published>2024-03-27T10:00:00+02:00</published>
<updated>2024-03-28T10:00:00Z</updated><author><name>Ann Lee</name><email>a@example.com</email></author>
<category term="sea" label="The Sea"/><summary>Short.</summary>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>LONG</p><p>Last paragraph.</p></div>
</content></entry>
<entry><title>No link</title><id>https://blog.example.com/two</id><updated>2024-03-26T00:00:00Z</updated></entry>
<entry><title>Nowhere</title><id>urn:uuid:3</id></entry>
</feed>""".replace("LONG", "Some words stand here. " * 15)

RDF = """<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://old.example.jp/"><title>古い</title><link>https://old.example.jp/</link>
<dc:language>ja</dc:language></channel>
<item rdf:about="https://old.example.jp/1"><title>一つ目</title><link>https://old.example.jp/1</link>
<dc:date>2024-03-28 10:00</dc:date></item></rdf:RDF>"""


def read(feed: str | bytes, content_type: str | None = None, hints: Hints | None = None) -> Extraction:
    body = feed.encode() if isinstance(feed, str) else feed
    found = parse_feed(body, URL, content_type, NOW, hints or Hints())
    assert found is not None
    assert found.kind is PageKind.FEED
    return found


def test_rss_entry_is_read_in_full() -> None:
    first, second = read(RSS).items
    assert first.url == "https://news.example.kr/articles/1?a=1&b=2"
    assert first.title == '반도체 "수출" 최대'
    assert first.published is not None
    assert first.published.isoformat() == "2024-03-28T13:47:03+09:00"
    assert first.authors == ("홍길동 기자",)
    assert first.tags == ("경제", "반도체")
    assert first.summary == "요약 한 줄입니다."
    assert first.text is not None
    lines = first.text.split("\n")
    assert lines[0].startswith("첫째 문단입니다. 가나다라")
    assert lines[1:] == ["둘째 문단 입니다.", "셋째 줄."]
    assert not first.truncated
    assert first.image is not None
    assert (first.image.url, first.image.caption) == ("https://news.example.kr/img/2.jpg", "사진 설명")
    assert (second.url, second.position) == ("https://news.example.kr/articles/2", 1)
    assert second.summary == "짧은 <소개>"
    assert second.image is not None
    assert second.image.url == "https://img.example.kr/2.jpg"
    assert second.language == "ko"


def test_what_a_feed_says_of_itself() -> None:
    hints = read(RSS).hints
    assert (hints.title, hints.home, hints.hubs, hints.refresh) == (
        "한빛일보", "https://news.example.kr/", ("https://hub.example.net/",), 900,
    )  # fmt: skip


def test_atom_with_bases_and_xhtml() -> None:
    found = read(ATOM)
    one, two = found.items
    assert one.url == "https://blog.example.com/a/posts/one.html"
    assert one.title == "Ships & harbours"
    assert one.authors == ("Ann Lee",)
    assert one.tags == ("The Sea",)
    assert one.published is not None
    assert one.modified is not None
    assert (one.published.isoformat(), one.modified.isoformat()) == (
        "2024-03-27T10:00:00+02:00", "2024-03-28T10:00:00+00:00",
    )  # fmt: skip
    assert one.text is not None
    assert one.text.endswith(".\nLast paragraph.")
    assert one.image is not None
    assert one.image.url == "https://blog.example.com/a/posts/one.jpg"
    assert two.url == "https://blog.example.com/two"
    assert two.published == two.modified is not None
    assert found.hints.title == "A & B"
    assert found.reason == "Atom feed with 2 of 3 entries readable"


def test_rdf_dates_without_zone_are_read_where_the_language_is_written() -> None:
    (item,) = read(RDF).items
    assert item.published is not None
    assert item.published.isoformat() == "2024-03-28T10:00:00+09:00"
    assert item.published.zone_from is ZoneOrigin.LANGUAGE
    (item,) = read(RDF, hints=Hints(zone="UTC")).items
    assert item.published is not None
    assert item.published.zone_from is ZoneOrigin.SOURCE


def test_json_feed() -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Notes",
        "home_page_url": "https://notes.example.com/",
        "hubs": [{"type": "WebSub", "url": "https://hub.example.net/"}],
        "items": [
            {
                "id": "1",
                "url": "/n/1",
                "title": "One",
                "content_html": "<p>" + "word by word. " * 30 + "</p>",
                "date_published": "2024-03-28T10:00:00+09:00",
                "authors": [{"name": "Kim"}],
                "tags": ["x", 3],
                "image": "https://notes.example.com/1.png",
            },
            {"id": "https://notes.example.com/n/2", "content_text": "Two"},
            "junk",
        ],
    }
    found = read(json.dumps(feed))
    one, two = found.items
    assert (one.url, one.title, one.authors, one.tags) == ("https://news.example.kr/n/1", "One", ("Kim",), ("x",))
    assert one.image is not None
    assert one.text is not None
    assert (two.url, two.summary) == ("https://notes.example.com/n/2", "Two")
    assert found.hints.hub == "https://hub.example.net/"


@pytest.mark.parametrize("label", ["euc-kr", "EUC-KR", "ks_c_5601-1987"])
def test_legacy_korean_charsets(label: str) -> None:
    feed = RSS.replace("UTF-8", label).replace("반도체", "똠방각하 반도체").encode("cp949")
    assert read(feed).items[0].title == '똠방각하 반도체 "수출" 최대'


def test_charset_of_the_header_counts() -> None:
    feed = RSS.replace(' encoding="UTF-8"', "").encode("cp949")
    assert read(feed, "application/rss+xml; charset=euc-kr").items[1].title == "두 번째 소식"


@pytest.mark.parametrize(
    ("broken", "titles"),
    [
        ("<rss><channel><item><title>A & B</title><link>http://e.kr/?x=1&y=2</link></item><item><title>C</title>"
         "<link>http://e.kr/2</link></item>", ["A & B", "C"]),
        ("<rss><channel><item><title>One</title><description>a<br>b<p>c</description><link>http://e.kr/1</link></item>"
         "<item><title>Two</title><link>http://e.kr/2</link></item></channel></rss>", ["One", "Two"]),
        ("<rss><channel><item><title>It&rsquo;s &bogus; &#0;here</title><link>http://e.kr/1</link></item>",
         ["It’s &bogus; here"]),
        ("\n\n  <?xml version='1.0'?>\n<rss><channel><item><title>\x0bx</title><link>http://e.kr/1</link></item>",
         ["x"]),
        ("<br />Warning: x on line 3\n<?xml version='1.0'?><rss><channel><item><title>after junk</title>"
         "<link>http://e.kr/1</link></item></channel></rss>", ["after junk"]),
        ("<rss><channel><item><title>unbound</title><dc:date>2024-01-02</dc:date><link>http://e.kr/1</link></item>",
         ["unbound"]),
    ],
)  # fmt: skip
def test_broken_xml_keeps_what_is_sound(broken: str, titles: list[str]) -> None:
    items = read(broken).items
    assert [item.title for item in items] == titles
    assert all(item.url.startswith("http://e.kr/") for item in items)


def test_a_feed_that_tells_no_language_is_dated_by_that_of_its_titles() -> None:
    item = "<item><title>삼척 앞바다서 멸종위기 물개 20년 만에 포착</title><link>http://e.kr/{n}</link><pubDate>2026-11-20 10:00:00</pubDate></item>"  # noqa: E501
    feed = "<rss><channel><title>남해신문</title>" + "".join(item.format(n=n) for n in range(3)) + "</channel></rss>"
    for one in read(feed).items:
        assert one.published is not None
        assert one.published.isoformat() == "2026-11-20T10:00:00+09:00"
        assert one.published.zone_from is ZoneOrigin.LANGUAGE


def test_a_feed_sent_twice_in_one_answer_is_read_once() -> None:
    feed = "<rss><channel><item><title>a</title><link>http://e.kr/1</link></item></channel></rss>"
    assert [item.url for item in read(feed + feed).items] == ["http://e.kr/1"]


def test_an_unbound_prefix_still_dates() -> None:
    feed = "<rss><channel><item><title>u</title><dc:date>2024-01-02</dc:date><link>http://e.kr/1</link></item>"
    published = read(feed).items[0].published
    assert published is not None
    assert published.isoformat() == "2024-01-02"


def test_entities_are_never_expanded() -> None:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = (
        f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY l0 "lol">{levels}<!ENTITY f SYSTEM "file:///etc/passwd">]>'
        "<rss><channel><item><title>&l9;&f;</title><link>http://e.kr/1</link></item></channel></rss>"
    )
    title = read(bomb).items[0].title
    assert title is not None
    assert len(title) < 40
    assert "root:" not in title


def test_counts_are_bounded_and_what_is_left_out_is_said() -> None:
    rows = "".join(f"<item><title>{n}</title><link>http://e.kr/{n}</link></item>" for n in range(MAX_ITEMS + 50))
    found = read(f"<rss><channel>{rows}</channel></rss>")
    assert len(found.items) == MAX_ITEMS
    assert found.overlong
    assert found.reason == f"RSS feed with {MAX_ITEMS} of {MAX_ITEMS} entries readable; 50 more are left out, the " + (
        "oldest as far as dates tell"
    )
    assert not read(f"<rss><channel>{rows[:9_000]}</channel></rss>").overlong


def _rss(rows: list[tuple[int, str]], more: str = "") -> str:
    entries = "".join(
        f"<item{more}><title>{n}</title><link>http://e.kr/{n}</link><pubDate>{date}</pubDate></item>"
        for n, date in rows
    )
    return f"<rss><channel>{entries}</channel></rss>"


def _swallowing(rows: list[tuple[int, str]]) -> str:
    return _rss(rows).replace("</item><item>", "<item>")


def _based(rows: list[tuple[int, str]]) -> str:
    return _rss(rows, " xml:base='http://e.kr/'")


def _json(rows: list[tuple[int, str]]) -> str:
    items = [{"url": f"http://e.kr/{n}", "title": str(n), "date_published": date} for n, date in rows]
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items})


@pytest.mark.parametrize("write", [_rss, _based, _swallowing, _json])
def test_of_too_many_entries_the_newest_are_read(
    write: Callable[[list[tuple[int, str]]], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever their order; without dates new ones are at one of the ends."""
    monkeypatch.setattr(feed_items, "MAX_ITEMS", 10)
    rows = [(n, f"2024-03-{n:02}T10:00:00Z") for n in range(1, 31)]
    for order in (rows, rows[::-1], rows[20:] + rows[:20], rows[:5] + rows[25:] + rows[5:25]):
        found = read(write(order))
        assert [int(item.title or "") for item in found.items] == [n for n, _ in order if n > 20]
        assert found.overlong
        assert "with 10 of 10 entries readable; 20 more are left out, the oldest" in found.reason.replace(
            ", read from broken XML", ""
        )
    some = [(n, date if n > 20 else "") for n, date in rows]
    ends = [*range(1, 6), *range(26, 31)]
    assert [int(item.title or "") for item in read(write(some)).items] == ends
    assert [int(item.title or "") for item in read(write([(n, "") for n, _ in rows])).items] == ends
    # What tells no date among those that do may be the newest.
    pinned = [(n, "" if n in (3, 7) else date) for n, date in rows]
    assert [int(item.title or "") for item in read(write(pinned)).items] == [3, 7, *range(23, 31)]
    assert not read(write(rows[:10])).overlong


def test_a_feed_beyond_the_longest_text_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(n, "") for n in range(1, 31)]
    for module in (feed_xml, feed_json, xml_source):
        monkeypatch.setattr(module, "MAX_CHARS", 1_000)
    monkeypatch.setattr(feed_json, "MAX_BLOCK_CHARS", 1_000)
    for write in (_rss, _json):
        found = read(write(rows))
        assert 5 < len(found.items) < 30
        assert found.overlong
        assert not found.cut
        assert "is longer than" in found.reason


def test_a_feed_without_entries_is_a_feed() -> None:
    found = read("<rss version='2.0'><channel><title>quiet</title></channel></rss>")
    assert found.items == ()
    assert found.hints.title == "quiet"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<!doctype html><html><head><title>404</title></head><body><rss>no</rss></body></html>",
        b"<html><feed>x</feed></html>",
        b'{"items": []}',
        b"plain text",
        b"<urlset><url><loc>http://e.kr/1</loc></url></urlset>",
        b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description/></rdf:RDF>",
        b"\x00\xff\xfe\xfd",
    ],
)
def test_what_is_no_feed(body: bytes) -> None:
    assert parse_feed(body, URL, "application/rss+xml", NOW, Hints()) is None


def test_a_cut_description_says_so() -> None:
    long = "이 문장은 길게 이어지는 설명입니다. " * 12
    start = "<rss><channel><item><title>t</title><link>http://e.kr/1</link>"
    feed = f"{start}<description>{long}그리고...</description></item>"
    item = read(feed).items[0]
    assert item.truncated
    assert item.text is not None
    assert item.text.endswith("그리고...")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_mutation_is_survived(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from([RSS, ATOM, RDF])).encode()
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(len(whole), start + 80)))
    mutated = whole[:start] + data.draw(st.binary(max_size=40)) + whole[end:]
    parse_feed(mutated, URL, None, NOW, Hints())


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_survived(body: bytes) -> None:
    parse_feed(body, URL, None, NOW, Hints())
    parse_feed(b"<rss><channel><item>" + body, URL, None, NOW, Hints())


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        ("<rss><channel><item><link>http://e.kr/1</link><description>", "<b>"),
        ("<rss><channel><item><link>http://e.kr/1</link><description>", "&lt;p&gt;&lt;div&gt;x"),
        ("<rss>", "<rss>"),
        ("<rss><channel>", "<item><title>x<link>http://e.kr/1"),
        ("<rss><channel>", "<item><title><![CDATA[x"),
        ("<rss><!DOCTYPE x [", "'"),
        ("<rss>", "&a"),
        ("<rss>", "<"),
        ("<rss><channel><item><title>", "<description "),
    ],
)
def test_time_grows_no_faster_than_size(start: str, piece: str) -> None:
    def cost(count: int) -> float:
        body = (start + piece * count).encode()
        began = time.process_time()
        parse_feed(body, URL, None, NOW, Hints())
        return time.process_time() - began

    cost(10)
    assert cost(16_000) < 14 * cost(4_000) + 0.1


@pytest.mark.parametrize(
    "broken", [b"\0\1\xff<rss><<<", b"<rss><chan", b'<rss version="2.0"><channel><title>x</title>']
)
def test_a_feed_that_breaks_off_before_its_first_entry_is_none(broken: bytes) -> None:
    found = parse_feed(broken, URL, "text/xml", NOW, Hints())
    assert found is not None
    assert found.kind is PageKind.OTHER
    assert "can't be read" in found.reason


@pytest.mark.parametrize(
    "empty",
    [
        '<rss version="2.0"><channel><title>x</title></channel></rss>',
        '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>x</title></feed>',
        '<rss version="2.0"><channel/></rss>',
    ],
)
def test_an_empty_feed_is_one(empty: str) -> None:
    assert read(empty, "text/xml").kind is PageKind.FEED


@pytest.mark.parametrize("month", ["Sep", "Sept", "September"])
def test_months_in_full_and_glued_offsets_are_read(month: str) -> None:
    dated = RSS.replace("28 Mar 2024", f"26 {month} 2005")
    assert read(dated).items[0].published.isoformat() == "2005-09-26T13:47:03+09:00"


@pytest.mark.parametrize("encode", ["utf-8", "utf-8-sig", "utf-16", "cp949"])
@pytest.mark.parametrize("more", ["", "&nbsp;", "<![CDATA[&nbsp;]]>", "<!-- \x01 -->", "<![CDATA[&nbsp;"])
def test_a_feed_is_the_same_in_whatever_bytes_it_comes(encode: str, more: str) -> None:
    """UTF-8 that is sound is parsed as it came; all else is written anew before it is parsed."""
    text = RSS.split("?>", 1)[1].replace("</channel>", f"<item><title>셋{more}</title><link>/3</link></item></channel>")
    told = [(item.url, item.title, item.summary) for item in read(text.encode(encode)).items]
    assert told == [(item.url, item.title, item.summary) for item in read("\ufeff" + text).items]
    assert len(told) == (2 if more == "<![CDATA[&nbsp;" else 3)  # what is never closed swallows its entry


@pytest.mark.parametrize(("whole", "least"), [(RSS, 500), (ATOM, 700), (RDF, 480)])
def test_a_feed_that_breaks_off_is_read_as_far_as_it_goes_and_says_so(whole: str, least: int) -> None:
    """Wherever it stops: no half address, title or text; from the end of its last entry on nothing is lacking."""
    body = whole.encode()
    known = {item.url: item for item in read(whole).items}
    assert not read(whole).cut
    end = max(body.rfind(mark) for mark in (b"</channel>", b"</feed>", b"</rdf:RDF>"))
    for stop in [*range(least, end, 13), end]:
        found = parse_feed(body[:stop], URL, None, NOW, Hints())
        assert found is not None
        if found.kind is PageKind.OTHER:
            continue
        assert found.cut
        assert "breaks off before its end" in found.reason
        for item in found.items:
            assert item.url in known, stop
            assert item.title in (None, known[item.url].title), stop
            assert item.text in (None, known[item.url].text), stop
            assert item.summary in (None, known[item.url].summary, known[item.url].text), stop
    assert [item.url for item in found.items] == list(known)


TEXTS = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    ['"}]}', "&quot;}]}", "\\", "},{", "//", "가나"]
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries({"title": TEXTS, "content_text": TEXTS, "tags": st.lists(TEXTS, max_size=2)}), max_size=5
    ),
    st.booleans(),
    st.sampled_from([None, 1, 12]),
    st.permutations(["version", "items", "language", "icon", "_more"]),
    st.data(),
)
def test_any_beginning_of_a_json_feed_gives_a_beginning_of_its_items(
    rows: list[dict[str, object]], as_ascii: bool, indent: int | None, order: list[str], data: st.DataObject
) -> None:
    values: dict[str, object] = {
        "version": "https://jsonfeed.org/version/1.1",
        "items": [{"url": f"/{n}", **row, "n": [n, -1.5e3, True, None]} for n, row in enumerate(rows)],
        "language": "en",
        "icon": "/icon.png",
        "_more": {"items": [{"url": "/none"}], "version": [1]},
    }
    told = {name: values[name] for name in order}
    body = json.dumps(told, ensure_ascii=as_ascii, indent=indent).encode("utf-8", "surrogatepass")
    hints = Hints(language="en")
    kind = "application/feed+json"
    whole = parse_feed(body, URL, kind, NOW, hints)
    assert whole is not None
    assert len(whole.items) == len(rows)
    stop = data.draw(st.integers(0, len(body) - 1))
    found = parse_feed(body[:stop], URL, kind, NOW, hints)
    if found is None:
        assert stop == 0
        return
    assert found.items == whole.items[: len(found.items)]
    assert found.cut or found.kind is PageKind.OTHER or len(found.items) == len(rows)
    if found.cut:
        assert "breaks off before its end" in found.reason


def test_a_json_feed_that_breaks_off_is_read_as_far_as_it_goes_and_says_so() -> None:
    body = _json([(n, "2024-03-28T10:00:00Z") for n in range(1, 21)]).encode()
    known = read(body).items
    assert not read(body).cut
    first, end = body.index(b"}") + 1, body.rindex(b"]")
    for stop in [*range(first, end, 7), end]:
        found = read(body[:stop])
        assert found.cut
        assert (
            found.reason
            == f"JSON Feed with {len(found.items)} of {len(found.items)} entries readable; it breaks "
            + ("off before its end, and what stands behind is not known")
        )
        assert found.items == known[: body.count(b"}", 0, stop)]
    assert found.items == known
    # The end of its list is the end of its items.
    assert read(body[: end + 1]).items == known
    assert not read(body[: end + 1]).cut
    for stop in (first - 1, body.index(b"[") + 1, body.index(b'"items"')):
        found = parse_feed(body[:stop], URL, None, NOW, Hints())
        assert found is not None
        assert found.kind is PageKind.OTHER
        assert found.reason.startswith("a JSON Feed of which no entry can be read; it breaks off")


def test_a_json_feed_with_faults_is_read_up_to_what_cannot_be_mended() -> None:
    sound = _json([(n, "2024-03-28T10:00:00Z") for n in range(1, 6)])
    mended = sound.replace("},", ", }, // next\n,").replace('"3"', '"3\n"').replace("}]}", ",}]}")
    assert [item.url for item in read(mended).items] == [item.url for item in read(sound).items]
    assert not read(mended).cut
    broken = sound.replace('"3"', '"a "3" b"')
    found = read(broken)
    assert [item.title for item in found.items] == ["1", "2"]
    assert found.cut
    assert f"; its JSON can't be read from character {broken.index('3' + chr(34) + ' b')} on" in found.reason


def test_a_long_json_feed_is_read() -> None:
    text = "word by word. " * 1_500
    items = [{"url": f"/{n}", "content_text": text} for n in range(150)]
    body = json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items}).encode()
    assert len(body) > 3_000_000
    assert len(read(body).items) == 150
    assert len(read(body[:-100]).items) == 149
    parts = json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [[[]] * 700_000]}).encode()
    assert parse_feed(parts, URL, None, NOW, Hints()) is None
    deep = b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"url": "/1"}, ' + b"[" * 100_000
    assert [item.url for item in read(deep).items] == ["https://news.example.kr/1"]


def test_a_feed_that_is_broken_in_its_midst_is_all_there() -> None:
    broken = RSS.replace("<category>경제</category>", "<category>경제 & <b>돈</category>")
    found = read(broken)
    assert [item.title for item in found.items] == [item.title for item in read(RSS).items]
    assert not found.cut


_ODDS = [
    "",
    "<!-- a comment -->",
    "<?instruction x?>",
    "<x:y xmlns:x='http://example.com/x'><z/></x:y>",
    "<author><name>Ann</name><email>a@example.com</email></author>",
    "<author>Ann <!-- Lee --> Kim</author>",
    "<summary><b>bold</b> and <i>more</i></summary>",
    "<title>one<!-- two -->three</title>",
    "<category term='t' label='l'/>",
    "<media:group><media:content url='http://e.kr/1.jpg'/></media:group>",
    "<source url='http://e.kr/'>A paper</source>",
    "<source><title>A paper</title></source>",
    "<dc:creator>김기자</dc:creator>",
    "<enclosure url='http://e.kr/2.png' type='image/png' length='1'/>",
    "<skipHours><hour>3</hour></skipHours>",
    "&amp;&#44032;&lt;p&gt;",
    "<![CDATA[<p>a</p>]]>",
]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(_ODDS), max_size=4), st.lists(st.sampled_from(_ODDS), max_size=6), st.booleans())
def test_both_parsers_tell_the_same(of_channel: list[str], of_entry: list[str], atom: bool) -> None:
    """Sound XML is read by the one that mends nothing; ``xml:base`` and a comment in a text take the other."""
    root, entry, link = ("feed xmlns='http://www.w3.org/2005/Atom'", "entry", "<link href='http://e.kr/1' />")
    if not atom:
        root, entry, link = "rss version='2.0'", "item", "<link>http://e.kr/1</link>"
    spaces = "xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:media='http://search.yahoo.com/mrss/'"

    def feed(more: str) -> str:
        fields = f"{link}{''.join(of_entry)}<updated>2024-01-02</updated>"
        inner = f"<title>t</title>{''.join(of_channel)}<{entry}>{fields}</{entry}>"
        inner = inner if atom else f"<channel>{inner}</channel>"
        return f"<{root} {spaces}{more}>{inner}</{root.split()[0]}>"

    assert read(feed("")) == read(feed(f" xml:base='{URL}'"))
