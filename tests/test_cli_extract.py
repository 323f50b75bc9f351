from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from cli_case import Terminal, terminal

from crawler.newsroom import Newsroom

__all__ = ["terminal"]
PLACE = "https://paper.example.com/robots"
BODY = [
    "지난 화요일 오후 서울 성수동의 한 창고에서 작은 로봇 전시회가 열렸다. 관람객 삼백여 명이 줄을 섰다.",
    "전시를 준비한 최도윤 씨는 동네 아이들이 직접 조립한 로봇을 보여 주고 싶었다고 말했다. 준비에는 넉 달이 걸렸다.",
    "전시장 한쪽에는 고장 난 장난감을 고쳐 주는 작업대가 놓였고, 주말마다 자원봉사자들이 자리를 지켰다.",
    "구청은 이 행사를 지켜본 뒤 빈 창고 두 곳을 더 내주기로 했다. 아이들이 스스로 만드는 자리가 드물기 때문이다.",
    "관람객 김서윤 씨는 부품 상자를 들여다보며 낡은 시계도 가져오겠다고 웃었다. 그는 이번이 두 번째 방문이다.",
    "주최 측은 내년 봄에 두 번째 전시를 열 계획이다. 장소는 아직 정해지지 않았으며 입장료는 받지 않기로 했다.",
]
PAGE = f"""<!doctype html><html lang="ko"><head><meta charset="utf-8"><title>로봇 전시회 - 동네신문</title>
<meta property="og:type" content="article"><meta property="og:title" content="성수동에서 로봇 전시회">
<meta property="article:published_time" content="2026-11-03T14:00:00+09:00"><script>alert(1)</script></head>
<body><nav><ul><li><a href="/">홈</a></li><li><a href="/local">동네 소식 모아 보기</a></li></ul></nav>
<main><article><h1>성수동에서 로봇 전시회</h1>
<div class="body">{"".join(f"<p>{text}</p>" for text in BODY)}</div></article></main>
<footer><p>동네신문은 저작권법의 보호를 받습니다 &lt;script&gt;</p></footer></body></html>"""

FRONT = f"""<!doctype html><html lang="ko"><head><meta charset="utf-8"><title>동네신문</title></head><body><main><ul>{
    "".join(
        f'<li><a href="/robots/{number}">로봇 소식 {number}: 창고의 아이들이 만든 것</a><span>2026-11-03</span></li>'
        for number in range(12)
    )
}</ul></main><footer><p>동네신문, 서울 성동구</p></footer></body></html>"""
FEED = """<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>동네신문 RSS</title>
<link>https://paper.example.com/</link>
<item><title>로봇 &lt;전시회&gt;</title><link>https://paper.example.com/1</link>
<pubDate>Tue, 03 Nov 2026 14:00:00 +0900</pubDate></item>
<item><title>시계를 고치는 사람</title><link>https://paper.example.com/2</link></item></channel></rss>"""


@pytest.fixture
def saved(terminal: Terminal) -> Path:
    file = terminal.folder / "saved.html"
    file.write_text(PAGE, "utf-8")
    os.utime(file, (1_800_000_000, 1_800_000_000))
    return file


def test_a_file_is_shown_as_it_would_be_stored(terminal: Terminal, saved: Path) -> None:
    said = terminal("extract", "saved.html", "--url", PLACE).out
    for words in ("article", "성수동에서 로봇 전시회", "2026-11-03T14:00:00+09:00", *BODY, "why "):
        assert words in said
    assert not (terminal.folder / "presswatch.db").exists()


def test_each_field_is_shown_with_where_it_is_from(terminal: Terminal, saved: Path) -> None:
    rows = terminal("extract", "saved.html", "--url", PLACE).out.splitlines()
    told = {name: " ".join(line.split()) for line in rows if (name := line[:11].strip())}
    assert told["title"].endswith("성수동에서 로봇 전시회 h1 and og:title agree")
    assert told["published"].endswith("14:00:00+09:00 meta article:published_time")
    assert told["authors"] == "authors none found"
    assert told["text"].endswith("main > article > div.body")


def test_what_was_stripped_is_shown_by_reason_with_counts_and_a_sample(terminal: Terminal, saved: Path) -> None:
    said = terminal("extract", "saved.html", "--url", PLACE).out
    before, _, stripped = said.partition("\nstripped: ")
    assert "저작권법" not in before
    reasons, _, text = stripped.partition("\n\n")
    assert f"kept: {sum(map(len, BODY))}" in reasons
    words = " ".join(reasons.split())
    assert "footer 1 part, 29 letters 동네신문은 저작권법의 보호를 받습니다 <script> navigation" in words
    assert "navigation 2 parts, 12 letters 홈 | 동네 소식 모아 보기" in words
    assert text == "\n".join(BODY) + "\n"


def test_the_text_fits_into_eighty_columns_but_for_values_that_are_longer(terminal: Terminal, saved: Path) -> None:
    said = terminal("extract", "saved.html", "--url", PLACE).out
    fields = said.partition("\n\n")[0].splitlines()
    assert [line for line in fields if len(line) > 80 and not line.startswith("why ")] == []
    assert "\x1b" not in said


def test_json_holds_what_would_be_stored(terminal: Terminal, saved: Path) -> None:
    answer = terminal("extract", "saved.html", "--url", PLACE, "--json").json
    (record,) = answer["records"]
    assert answer["kind"] == "article"
    assert record["article"]["text"] == "\n".join(BODY)
    assert record["article"]["published"].keys() == {"utc", "offset", "precision", "zone_from"}
    assert record["key"].endswith("paper.example.com/robots")
    assert len(record["fingerprint"]["content_hash"]) == 64
    assert answer == terminal("extract", "saved.html", "--url", PLACE, "--format", "json").json


def test_json_holds_the_reasons(terminal: Terminal, saved: Path) -> None:
    answer = terminal("extract", "saved.html", "--url", PLACE, "--json").json
    assert answer["sources"]["published"] == "meta article:published_time"
    assert (answer["container"], answer["charset"], answer["complete"]) == ("main > article > div.body", "utf-8", True)
    assert answer["paragraphs"] == [{"kind": "paragraph", "text": text} for text in BODY]
    stripped = {row["reason"]: row for row in answer["stripped"]}
    assert stripped["navigation"]["letters"] == 12
    assert stripped["navigation"]["parts"][0] == {"text": "홈", "path": "nav", "by": "nav"}


def test_standard_input_is_a_file_too(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(PAGE.encode())))
    assert terminal("extract", "-", "--json").json["kind"] == "article"


def test_markdown_is_the_article_alone(terminal: Terminal, saved: Path) -> None:
    said = terminal("extract", "saved.html", "--url", PLACE, "--format", "markdown").out
    front, _, text = said.partition("\n---\n")
    assert front.startswith("---\ntitle: 성수동에서 로봇 전시회\nurl: ")
    assert 'published: "2026-11-03T14:00:00+09:00"' in front
    assert text == "\n# 성수동에서 로봇 전시회\n\n" + "\n\n".join(BODY) + "\n"


def test_a_listing_is_shown_with_its_links(terminal: Terminal) -> None:
    (terminal.folder / "front.html").write_text(FRONT, "utf-8")
    place = "https://paper.example.com/"
    said = terminal("extract", "front.html", "--url", place).out
    assert said.startswith("listing, confidence ")
    assert "\n12 links:\n" in said
    assert f"  2026-11-03        로봇 소식 3: 창고의 아이들이 만든 것\n{'':<20}{place}robots/3\n" in said
    answer = terminal("extract", "front.html", "--url", place, "--json").json
    assert [item["url"] for item in answer["items"]] == [f"{place}robots/{number}" for number in range(12)]
    assert {row["reason"] for row in answer["stripped"]} == {"footer"}
    listed = terminal("extract", "front.html", "--url", place, "--format", "markdown").out
    assert f"- [로봇 소식 3: 창고의 아이들이 만든 것](<{place}robots/3>) — 2026-11-03\n" in listed
    coloured = terminal("extract", "front.html", "--url", place, "--html", "-").out
    kept = coloured.partition('class="part kept"')[2].partition("</section>")[0]
    assert kept.count("<p") == kept.count("로봇 소식") == 12


def test_a_feed_is_shown_with_its_entries(terminal: Terminal) -> None:
    (terminal.folder / "rss").write_text(FEED, "utf-8")
    said = terminal("extract", "rss").out
    assert said.startswith("feed, confidence ")
    assert "동네신문 RSS" in said
    assert "\n2 links:\n  2026-11-03T14:00  로봇 <전시회>\n" in said
    assert "stripped" not in said
    listed = terminal("extract", "rss", "--format", "markdown").out
    assert "- [로봇 \\<전시회>](<https://paper.example.com/1>) — 2026-11-03T14:00:00+09:00\n" in listed
    assert "로봇 &lt;전시회&gt;" in terminal("extract", "rss", "--html", "-").out


def test_the_doors_that_a_page_names_are_shown(terminal: Terminal) -> None:
    action = '{"@type": "WebSite", "potentialAction": {"@type": "SearchAction", "target": "/s?q={q}"}}'
    head = (
        f'<script type="application/ld+json">{action}</script><link rel="hub" href="https://one.example/">'
        '<link rel="hub" href="https://two.example/">'
    )
    (terminal.folder / "front.html").write_text(FRONT.replace("</head>", f"{head}</head>"), "utf-8")
    said = terminal("extract", "front.html", "--url", "https://paper.example.com/").out
    assert "https://paper.example.com/s?q={q}" in said
    assert "https://one.example/ https://two.example/" in said
    told = terminal("extract", "front.html", "--url", "https://paper.example.com/", "--json").json
    assert told["hints"]["hubs"] == ["https://one.example/", "https://two.example/"]
    assert told["hints"]["search"] == ["https://paper.example.com/s?q={q}"]


def test_a_page_with_nothing_in_it_says_so_and_fails(terminal: Terminal) -> None:
    (terminal.folder / "empty.html").touch()
    ran = terminal("extract", "empty.html", code=1)
    assert "nothing would be stored" in ran.err
    assert "too large" not in ran.err
    assert terminal("extract", "empty.html", "--format", "markdown", code=1).out == ""
    assert terminal("extract", "empty.html", "--json", code=1).json["reason"] == "the page is empty"


def test_a_page_that_is_no_article_tells_what_stands_on_it(terminal: Terminal) -> None:
    (terminal.folder / "gone.html").write_text("<body><h1>없는 페이지</h1><p>주소를 확인해 주세요.</p></body>", "utf-8")
    ran = terminal("extract", "gone.html", code=1)
    assert ran.out.startswith("other, confidence ")
    assert "on a page that is no article" in ran.out
    assert "nothing would be stored: " in ran.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--json", "--format", "markdown"], "two formats"),
        (["--json", "--html", "-"], "both write to standard output"),
        (["--format", "text", "--html", "-"], "both write to standard output"),
        (["--format", "xml"], "xml"),
        (["--zone", "Asia/Soul"], "--zone"),
        (["--url", "ftp://paper.example.com/"], "--url"),
    ],
    ids=" ".join,
)
def test_options_that_contradict_each_other_are_refused(
    terminal: Terminal, saved: Path, options: list[str], words: str
) -> None:
    ran = terminal("extract", "saved.html", *options, code=2)
    assert words in ran.err
    assert ran.out == ""


def test_a_zone_is_for_dates_that_tell_none(terminal: Terminal, saved: Path) -> None:
    saved.write_text(PAGE.replace("14:00:00+09:00", "14:00:00"), "utf-8")
    said = terminal("extract", "saved.html", "--url", PLACE, "--zone", "Asia/Tokyo").out
    assert "2026-11-03T14:00:00+09:00" in said
    assert "meta article:published_time, zone of the source" in " ".join(said.split())


def test_what_is_known_of_a_site_can_be_left_aside(terminal: Terminal) -> None:
    page = [
        "extract",
        str(Path(__file__).parent / "pages/tistory_magazine/page.html"),
        "--url",
        "https://m.tistory.com/1",
    ]
    assert "the site rule “Tistory”" in terminal(*page).out
    assert "site rule" not in terminal(*page, "--no-site-rules").out


def test_a_file_beyond_the_limit_is_refused(terminal: Terminal, saved: Path) -> None:
    (terminal.folder / "presswatch.toml").write_text("max_bytes = 1000")
    assert "max_bytes" in terminal("extract", "saved.html", code=2).err


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/", "http://localhost:9/", "http://[::1]:9/", "http://169.254.169.254/"]
)
def test_private_addresses_are_refused(terminal: Terminal, url: str) -> None:
    assert "allow_networks" in terminal("extract", url, code=1).err


def test_a_url_is_fetched_with_robots_obeyed(terminal: Terminal) -> None:
    with Newsroom(articles_per_outlet=2) as room:
        (terminal.folder / "presswatch.toml").write_text('allow_networks = ["127.0.0.0/8"]\n')
        article = room.truth()[0]
        found = terminal("extract", article.url, "--json").json
        assert found["records"][0]["article"]["title"] == article.title
        assert any(entry.path == "/robots.txt" for entry in room.log())
        assert "the server answered 404" in terminal("extract", f"{room.outlets[0].base_url}/no/such/page", code=1).err


# --------------------------------------------------------------------------------------------------------- colours
def test_the_report_is_written_where_it_is_told(terminal: Terminal, saved: Path) -> None:
    ran = terminal("extract", "saved.html", "--html", "a.html")
    assert BODY[0] in ran.out
    written = (terminal.folder / "a.html").read_text("utf-8")
    assert 'class="part kept"' in written
    assert terminal("extract", "saved.html", "--html", "-").out == written
    assert "can't be written" in terminal("extract", "saved.html", "--html", "no/a.html", code=1).err


def test_a_kept_page_is_coloured_too(terminal: Terminal) -> None:
    with Newsroom(articles_per_outlet=2) as room:
        (terminal.folder / "presswatch.toml").write_text('allow_networks = ["127.0.0.0/8"]\ndelay = 0\n')
        article = room.truth()[0]
        terminal("crawl", article.url, code=None)
        ran = terminal("show", article.url, "--html", "kept.html")
        assert "wrote kept.html" in ran.err
        written = (terminal.folder / "kept.html").read_text("utf-8")
        assert 'class="part kept"' in written
        assert 'class="part stripped"' in written
        assert terminal("show", article.url, "--html", "-").out == written
        assert "standard output" in terminal("show", article.url, "--html", "-", "--json", code=2).err
