from __future__ import annotations

import io
import os
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from cli_case import Terminal, terminal

from crawler.extract import extract
from crawler.extract.report import coloured, report
from crawler.items import Article, Extraction, Page, PageKind
from crawler.newsroom import Newsroom

__all__ = ["terminal"]
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


@pytest.fixture
def saved(terminal: Terminal) -> Path:
    file = terminal.folder / "saved.html"
    file.write_text(PAGE, "utf-8")
    os.utime(file, (1_800_000_000, 1_800_000_000))
    return file


def page(html: str) -> Page:
    place = "https://paper.example.com/robots"
    now = datetime(2026, 11, 4, tzinfo=UTC)
    return Page(url=place, final_url=place, status=200, headers={}, body=html.encode(), fetched_at=now)


def test_a_file_is_shown_as_it_would_be_stored(terminal: Terminal, saved: Path) -> None:
    said = terminal("extract", "saved.html", "--url", "https://paper.example.com/robots").out
    for words in ("article", "성수동에서 로봇 전시회", "2026-11-03T14:00:00+09:00", *BODY, "why: "):
        assert words in said
    assert "저작권법" not in said
    assert not (terminal.folder / "presswatch.db").exists()


def test_json_holds_what_would_be_stored(terminal: Terminal, saved: Path) -> None:
    answer = terminal("extract", "saved.html", "--url", "https://paper.example.com/robots", "--json").json
    (record,) = answer["records"]
    assert answer["kind"] == "article"
    assert record["article"]["text"] == "\n".join(BODY)
    assert record["key"].endswith("paper.example.com/robots")
    assert len(record["fingerprint"]["content_hash"]) == 64


def test_standard_input_is_a_file_too(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(PAGE.encode())))
    assert terminal("extract", "-", "--json").json["kind"] == "article"


def test_a_page_with_nothing_in_it_says_so_and_fails(terminal: Terminal) -> None:
    (terminal.folder / "empty.html").touch()
    ran = terminal("extract", "empty.html", code=1)
    assert "nothing would be stored" in ran.err
    assert "too large" not in ran.err


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
class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        assert all(name in {"class", "charset", "http-equiv", "content"} for name, _ in attrs)


def test_kept_blocks_are_green_and_dropped_ones_grey() -> None:
    extraction = extract(page(PAGE))
    fates = {block.text: block.fate for block in coloured(page(PAGE), extraction)}
    assert {fates[text] for text in BODY} == {"kept"}
    assert fates["성수동에서 로봇 전시회"] == "title"
    assert fates["동네신문은 저작권법의 보호를 받습니다 <script>"] == "dropped"
    assert fates["동네 소식 모아 보기"] == "dropped"
    assert "alert(1)" not in fates


def test_the_report_runs_and_loads_nothing() -> None:
    html = report(page(PAGE), extract(page(PAGE)))
    tags = Tags()
    tags.feed(html)
    assert not tags.seen & {"script", "img", "link", "iframe", "a", "form"}
    assert "&lt;script&gt;" in html


def test_text_between_line_breaks_is_blocks_of_its_own() -> None:
    html = "<body><div>첫 문단<br>둘째 <b>문단</b><br><br>셋째</div>꼬리</body>"
    article = Article(url="https://a.example/", text="첫 문단\n셋째")
    blocks = coloured(page(html), Extraction(kind=PageKind.ARTICLE, reason="", article=article))
    assert [(block.text, block.fate) for block in blocks] == [
        ("첫 문단", "kept"),
        ("둘째 문단", "dropped"),
        ("셋째", "kept"),
        ("꼬리", "dropped"),
    ]


def test_a_deep_page_is_coloured_in_bounded_time() -> None:
    html = "<div>" * 20_000 + "text" + "<b>" * 20_000 + "end"
    assert coloured(page(html), Extraction(kind=PageKind.OTHER, reason="")) is not None


def test_the_report_is_written_where_it_is_told(terminal: Terminal, saved: Path) -> None:
    terminal("extract", "saved.html", "--html", "a.html")
    assert "class=kept" in (terminal.folder / "a.html").read_text("utf-8")
    assert terminal("extract", "saved.html", "--html", "-").out.startswith("<!doctype html>")
    assert "can't be written" in terminal("extract", "saved.html", "--html", "no/a.html", code=1).err
