# ruff: noqa: E501 - markup is easier to check where a line of it stays a line
"""Adding sources as a person does: looked at first, imported from other readers, exported to them."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest
from cli_case import Terminal, terminal
from hypothesis import given, settings
from hypothesis import strategies as st
from site_farm import Answer, Farm, alternate, article, page, posts, robots, rss, sitemap

from crawler.cli.source_files import opml_text, read_rows
from crawler.errors import UsageError
from crawler.extract.charset import decode, decode_list
from crawler.extract.opml import read_opml
from crawler.newsroom import Newsroom
from crawler.politeness import HostLocks
from crawler.sources import Limits, Schedule, Source, SourceDoor, SourceKind
from crawler.urls import url_key

__all__ = ["terminal"]
H = "paper.example.com"
HUB = '<atom:link rel="hub" href="http://hub.example.net/"/>'


@pytest.fixture
def farm(monkeypatch: pytest.MonkeyPatch) -> Iterator[Farm]:
    made = Farm()
    fast = posts(120, a_day=80, newest=datetime.now(UTC))
    slow = posts(20, newest=datetime.now(UTC))
    made.sites = {
        H: {
            "/robots.txt": robots(f"http://{H}/news.xml", rules="Disallow: /print"),
            "/": page(
                fast[:30], head=alternate("/rss.xml"), body='<form action="/find"><input type="search" name="q"></form>'
            ),
            "/rss.xml": rss(H, fast[:50], more=HUB),
            "/news.xml": sitemap(H, fast, news=True),
            "/economy": page(slow, head=alternate("/rss.xml")),
            slow[0].path: article(slow[0]),
            "/nothing": Answer("<html><body><p>closed</p></body></html>"),
            "/down": Answer(status=503),
        },
        "blog.example.net": {"/feed.xml": rss("blog.example.net", slow, title="A blog")},
    }
    monkeypatch.setenv("PRESSWATCH_PROXY", made.proxy)
    monkeypatch.setenv("PRESSWATCH_DELAY", "0")
    monkeypatch.setenv("PRESSWATCH_TIMEOUT", "5")
    yield made
    made.close()


# ------------------------------------------------------------------------------------------------------ add and probe
def test_a_source_is_looked_at_told_and_stored_with_its_doors(terminal: Terminal, farm: Farm) -> None:
    ran = terminal("source", "add", f"http://{H}/", "--name", "paper")
    assert "home page of The Small Paper (en)" in ran.out
    assert "reach back 1" in ran.out
    assert "topic template: http://paper.example.com/find?q={topic} (its search form)" in ran.out
    assert f"{len(farm.asked)} requests" in ran.out
    assert ran.err == ""
    stored = terminal("source", "show", "paper", "--json").json["source"]
    assert stored["kind"] == "listing"
    assert stored["doors"] == [
        {"url": f"http://{H}/rss.xml", "kind": "feed", "hub": "http://hub.example.net/"},
        {"url": f"http://{H}/news.xml", "kind": "sitemap", "hub": None},
    ]
    assert stored["topic_template"] == "http://paper.example.com/find?q={topic}"
    shown = terminal("source", "show", "paper").out
    assert f"doors:             feed http://{H}/rss.xml hub http://hub.example.net/" in shown
    assert f"doors:             sitemap http://{H}/news.xml" in shown


def test_what_a_person_says_stands_over_what_was_found(terminal: Terminal, farm: Farm) -> None:
    terminal(
        "source",
        "add",
        f"http://{H}/",
        "--topic-template",
        f"http://{H}/t/{{topic}}",
        "--kind",
        "auto",
        "--every",
        "1h",
    )
    stored = terminal("source", "show", H, "--json").json["source"]
    assert stored["topic_template"] == f"http://{H}/t/{{topic}}"
    assert stored["schedule"]["every"] == 3600


def test_a_section_is_a_source_of_its_own(terminal: Terminal, farm: Farm) -> None:
    found = terminal("source", "add", f"http://{H}/economy", "--json").json
    assert found["stored"] is True
    assert [door["url"] for door in found["source"]["doors"]] == [f"http://{H}/economy"]
    assert found["look"]["what"] == "section page"
    door = next(one for one in found["look"]["doors"] if one["url"].endswith("/rss.xml"))
    assert (door["chosen"], door["items"], door["kind"]) == (False, 50, "feed")
    assert found["look"]["requests"] == len(farm.asked)


def test_a_dry_run_stores_nothing(terminal: Terminal, farm: Farm) -> None:
    ran = terminal("source", "add", f"http://{H}/", "--dry-run")
    assert "would be stored: paper.example.com" in ran.out
    assert terminal("source", "list", "--json").json == []
    assert terminal("source", "add", f"http://{H}/", "--dry-run", "--json").json["stored"] is False


def test_a_probe_stores_nothing_and_says_all(terminal: Terminal, farm: Farm) -> None:
    ran = terminal("source", "probe", f"http://{H}/")
    assert "news sitemap" in ran.out
    assert not (terminal.folder / "presswatch.db").exists()
    found = terminal("source", "probe", f"http://{H}/", "--json").json
    assert {one["url"]: one["chosen"] for one in found["doors"] if one["items"]} == {
        f"http://{H}/rss.xml": True,
        f"http://{H}/news.xml": True,
        f"http://{H}/": False,
    }
    assert found["doors"][0]["per_day"] == pytest.approx(80, abs=1)
    assert found["doors"][0]["newest"].endswith("+00:00")


def test_a_probe_tells_of_a_feed_that_breaks_off(terminal: Terminal, farm: Farm) -> None:
    whole = rss(H, posts(50, a_day=80, newest=datetime.now(UTC)))
    farm.sites[H] = {**farm.sites[H], "/rss.xml": replace(whole, body=whole.body[: len(whole.body) // 2])}
    ran = terminal("source", "probe", f"http://{H}/rss.xml")
    assert f"note: http://{H}/rss.xml breaks off before its end" in ran.out
    doors = terminal("source", "probe", f"http://{H}/rss.xml", "--json").json["doors"]
    assert [one["cut"] for one in doors if one["url"].endswith("/rss.xml")] == [True]


def test_what_can_not_be_reached_is_said_with_the_way_out(terminal: Terminal, farm: Farm) -> None:
    for path in ("/down", "/gone"):
        ran = terminal("source", "add", f"http://{H}{path}", code=1)
        assert "--no-probe" in ran.err
        assert "answered" in ran.err
    ran = terminal("source", "add", f"http://{H}/nothing", code=1)
    assert "no list on it" in ran.err
    assert "--no-probe" in ran.err
    found = terminal("source", "add", f"http://{H}/news/20", "--json", code=1)
    assert found.json["stored"] is False
    assert "one article" in found.err
    assert terminal("source", "probe", f"http://{H}/nothing", code=1).out
    assert terminal("source", "list", "--json").json == []
    terminal("source", "add", f"http://{H}/nothing", "--no-probe")
    assert terminal("source", "list", "--json").json[0]["doors"] == []


def test_a_name_that_is_taken_is_told_before_anything_is_asked(terminal: Terminal, farm: Farm) -> None:
    terminal("source", "add", f"http://{H}/", "--no-probe")
    assert "--replace" in terminal("source", "add", f"http://{H}/", code=2).err
    assert farm.asked == []
    terminal("source", "add", f"http://{H}/", "--replace")
    assert len(terminal("source", "list", "--json").json[0]["doors"]) == 2


def test_own_headers_are_sent_to_their_publisher_only(
    terminal: Terminal, farm: Farm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAPER_TOKEN", "s3cret")
    farm.sites[H] = {
        "/": page(posts(20), head=alternate("/rss.xml") + alternate("http://feeds.example.net/paper.xml", "All")),
        "/rss.xml": Answer(status=302, headers={"Location": "http://elsewhere.example.org/rss.xml"}),
    }
    ran = terminal("source", "add", f"http://{H}/", "--header", "X-Token=PAPER_TOKEN", "--delay", "0")
    assert "s3cret" not in ran.out + ran.err
    sent = {asked for asked, headers in zip(farm.asked, farm.headers, strict=True) if "X-Token" in headers}
    assert {f"{H}/", f"{H}/rss.xml"} <= sent
    assert {"feeds.example.net/paper.xml", "elsewhere.example.org/rss.xml"} <= set(farm.asked)
    assert all(asked.startswith(f"{H}/") for asked in sent)


def test_progress_is_for_terminals(terminal: Terminal, farm: Farm) -> None:
    assert "looking" not in terminal("source", "probe", f"http://{H}/economy").err
    master, slave = pty.openpty()
    try:
        code = "from crawler.cli import main; raise SystemExit(main(['source', 'probe', 'http://paper.example.com/economy']))"
        root = Path(__file__).parent.parent
        environ = {**os.environ, "PYTHONPATH": str(root), "TERM": "xterm", "COLUMNS": "100"}
        done = subprocess.run(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=slave, env=environ, check=False, timeout=60
        )
        os.close(slave)
        slave = -1
        said = b""
        with suppress(OSError):  # how a terminal tells its end
            while chunk := os.read(master, 65_536):
                said += chunk
    finally:
        os.close(master)
        if slave >= 0:
            os.close(slave)
    assert done.returncode == 0
    assert b"looking at http://paper.example.com/" in said
    assert b"looking" not in done.stdout


def test_a_host_that_another_process_crawls_is_waited_for_in_vain(
    terminal: Terminal, farm: Farm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.cli.source_look.LEASE_WAIT", 0.2)
    held = HostLocks(f"sqlite:///{terminal.folder / 'presswatch.db'}")
    monkeypatch.setenv("PRESSWATCH_STORE", f"sqlite:///{terminal.folder / 'presswatch.db'}")
    assert held.take(H)
    ran = terminal("source", "add", f"http://{H}/", code=1)
    assert "another presswatch process is crawling it" in ran.err
    assert "--no-probe" in ran.err
    held.give_back(H)
    terminal("source", "add", f"http://{H}/")
    assert (
        "note: paper.example.com watches http://paper.example.com/ already"
        in terminal("source", "add", f"http://{H}/", "--name", "b").err
    )


def test_a_look_that_is_interrupted_ends_at_once(terminal: Terminal, farm: Farm) -> None:
    farm.sites[H] = {"/": Answer("x" * 10_000, drip=0.05)}
    code = "from crawler.cli import main; raise SystemExit(main(['source', 'add', 'http://paper.example.com/']))"
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent), "PRESSWATCH_TIMEOUT": "60"}
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, env=environ) as process:
        until = time.monotonic() + 30
        while len(farm.asked) < 2 and time.monotonic() < until:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        said = process.stderr.read()
        assert process.wait(20) == 130
    assert said.strip() == b"presswatch: error: interrupted"
    assert terminal("source", "list", "--json").json == []


@pytest.mark.slow
def test_what_is_added_by_a_paste_is_crawled_whole(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRESSWATCH_ALLOW_NETWORKS", "127.0.0.0/8")
    monkeypatch.setenv("PRESSWATCH_DELAY", "0")
    with Newsroom() as room:
        for outlet in room.outlets:
            terminal("source", "add", outlet.base_url, "--name", outlet.name)
        terminal("crawl")
        truth = {url_key(one.url) for one in room.truth()}
    stored = {url_key(row["url"]) for row in map(json.loads, terminal("export", "--format", "jsonl").out.splitlines())}
    assert truth - stored == set()


# ---------------------------------------------------------------------------------------------------- doors declared
def test_doors_are_declared_and_kept(terminal: Terminal, farm: Farm) -> None:
    file = terminal.folder / "watch.toml"
    file.write_text(
        f'[[source]]\nurl = "http://{H}/"\ndoors = ["feed http://{H}/a.xml hub http://hub.example/", {{ url = "http://{H}/b" }}]'
    )
    terminal("apply", "watch.toml")
    stored = terminal("source", "show", H, "--json").json["source"]["doors"]
    assert stored == [
        {"url": f"http://{H}/a.xml", "kind": "feed", "hub": "http://hub.example/"},
        {"url": f"http://{H}/b", "kind": "auto", "hub": None},
    ]
    assert terminal("apply", "watch.toml").out == "1 unchanged\n"
    file.write_text(f'[[source]]\nurl = "http://{H}/"\ndoors = ["http://{H}/c"]')
    assert (
        f"doors: feed http://{H}/a.xml hub http://hub.example/, auto http://{H}/b -> auto http://{H}/c"
        in terminal("apply", "watch.toml").out
    )
    file.write_text(f'[[source]]\nurl = "http://{H}/"')
    assert terminal("apply", "watch.toml").out == "1 unchanged\n"


@pytest.mark.parametrize(
    ("doors", "said"),
    [
        ('["feed"]', "no URL that can be fetched"),
        ('["paper http://a.example/"]', "not one of auto, feed"),
        ('["feed http://a.example/ http://b.example/"]', "is no door"),
        ('[{ kind = "feed" }]', "'url' is missing"),
        ('[{ url = "http://a.example/", hubb = "x" }]', "did you mean 'hub'?"),
        ("[3]", "write a URL, or a table"),
        ('["ftp://a.example/"]', "only http and https"),
        ('"http://a.example/"', "is not a list of text"),
    ],
)
def test_doors_that_make_no_sense_are_refused(terminal: Terminal, doors: str, said: str) -> None:
    (terminal.folder / "watch.toml").write_text(f'[[source]]\nurl = "http://a.example/"\ndoors = {doors}')
    ran = terminal("apply", "watch.toml", code=2 if doors != '["feed"]' else None)
    if doors == '["feed"]':  # a host of one word may be one
        assert ran.code in (0, 2)
        return
    assert said in ran.err


# --------------------------------------------------------------------------------------------------- import, export
OPML = """<?xml version="1.0" encoding="UTF-8"?>
<opml version="1.1"><head><title>mine</title></head><body>
<outline text="News" title="News">
  <outline type="rss" text="Paper &amp; more" xmlUrl="http://paper.example.com/rss.xml" htmlUrl="http://paper.example.com/"/>
  <outline type="rss" text="A blog" xmlurl="http://blog.example.net/feed.xml"/>
  <outline type="rss" text="Bad" xmlUrl="ftp://old.example/feed"/>
</outline>
<outline type="link" text="Section" url="http://paper.example.com/economy"/>
<outline type="rss" text="A blog" xmlUrl="http://other.example.org/feed.xml"/>
<outline type="rss" text="again" xmlUrl="http://blog.example.net/feed.xml"/>
</body></opml>"""


def test_opml_is_imported_line_by_line(terminal: Terminal) -> None:
    (terminal.folder / "mine.opml").write_text(OPML)
    dry = terminal("source", "import", "mine.opml", "--dry-run", code=3)
    assert dry.out.endswith("would be: 4 added, 1 already there, 1 invalid\n")
    assert terminal("source", "list", "--json").json == []
    ran = terminal("source", "import", "mine.opml", "--every", "1h", code=3)
    assert "line 6: invalid ftp://old.example/feed: ftp://old.example/feed: only http and https" in ran.err
    assert "line 4: added Paper & more" in ran.out
    assert "line 10: already there A blog (as A blog)" in ran.out
    sources = {source["name"]: source for source in terminal("source", "list", "--json").json}
    assert set(sources) == {"Paper & more", "A blog", "Section", "other.example.org/feed.xml"}
    assert sources["Paper & more"]["url"] == "http://paper.example.com/rss.xml"
    assert (sources["Paper & more"]["kind"], sources["Section"]["kind"]) == ("feed", "auto")
    assert sources["Section"]["schedule"]["every"] == 3600
    again = terminal("source", "import", "mine.opml", "--json", code=3).json
    assert again["counts"] == {"added": 0, "already_there": 5, "invalid": 1, "not_reached": 0}


def test_an_outline_that_lost_its_url_is_told(terminal: Terminal) -> None:
    (terminal.folder / "lost.opml").write_text(
        '<opml version="2.0"><body>\n<outline text="folder" type="rss">\n'
        '<outline type="rss" text="lost one" xmlUrl=""/>\n<outline type="RSS" text="lost two"/>\n'
        '<outline text="lost three" xmlUrl=" "/>\n<outline type="rss" text="A" xmlUrl="https://a.example.com/rss"/>\n'
        '</outline>\n<outline text="empty folder"/>\n</body></opml>'
    )
    ran = terminal("source", "import", "lost.opml", code=3)
    assert ran.err.splitlines() == [
        f"line {line}: invalid lost {which}: 'url' is missing" for line, which in ((3, "one"), (4, "two"), (5, "three"))
    ]
    assert ran.out == "line 6: added A\n1 added, 3 invalid\n"


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("한글", "cp949"),
        ("똠방", "utf-8-sig"),
        ("한글", "utf-8"),
        ("Müller", "cp1252"),
        ("한글", "utf-16"),
    ],
)
def test_a_short_name_is_read_in_the_charset_it_was_written_in(name: str, codec: str) -> None:
    (row,) = read_rows(f"url,name\nhttps://a.example.com/,{name}\n".encode(codec), "x")
    assert row.values["name"] == name
    declared = f"<?xml version='1.0' encoding='{codec.removesuffix('-sig')}'?>"
    outline = f"<opml version='2.0'><body><outline text='{name}' xmlUrl='https://a.example.com/'/></body></opml>"
    for text in (declared + outline, outline):
        (row,) = read_rows(text.encode(codec), "x")
        assert row.values["name"] == name


@pytest.mark.parametrize("body", ["Århus,å".encode("cp1252"), "人民日报".encode("gbk"), "かな".encode("shift_jis")])
def test_a_list_that_is_not_korean_is_read_as_ever(body: bytes) -> None:
    assert decode_list(body) == decode(body, None)[0]


def test_csv_is_imported_with_and_without_a_heading(terminal: Terminal) -> None:
    heading = "이름,주소,every,max_pages,enabled\n남해일보,https://namhae.example.com/rss,30m,20,no\n\n,https://b.example.com/,,many,\n"
    (terminal.folder / "a.csv").write_bytes(heading.encode("cp949"))
    ran = terminal("source", "import", "a.csv", code=3)
    assert "line 4: invalid https://b.example.com/: max_pages: 'many' is not a whole number" in ran.err
    stored = terminal("source", "show", "남해일보", "--json").json["source"]
    assert (stored["enabled"], stored["limits"]["max_pages"], stored["schedule"]["every"]) == (False, 20, 1800)
    (terminal.folder / "b.csv").write_text("https://c.example.com/;The C\nhttps://d.example.com/\n")
    terminal("source", "import", "b.csv")
    names = [source["name"] for source in terminal("source", "list", "--json").json]
    assert names == ["The C", "d.example.com", "남해일보"]


def test_standard_input_is_a_file_too(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(b"https://a.example.com/\n")))
    assert terminal("source", "import", "-").out.endswith("1 added\n")


def test_a_plain_list_may_hold_comments_and_bad_lines(terminal: Terminal) -> None:
    (terminal.folder / "list.txt").write_text(
        "\ufeff# papers\nhttps://a.example.com/\n\nb.example.com/rss\nmailto:x@y.example\nhttp://\n"
    )
    ran = terminal("source", "import", "list.txt", code=3)
    assert ran.out == "line 2: added a.example.com\nline 4: added b.example.com/rss\n2 added, 2 invalid\n"
    assert ran.err.count("invalid") == 2
    assert "line 6" in ran.err


def test_a_url_with_a_comma_stays_whole_in_a_list_without_a_heading(terminal: Terminal) -> None:
    whole = [
        "https://paper.example.com/section,5.html",
        "https://paper.example.com/7,75248,280.html",
        "https://paper.example.com/list;cat=3,4",
        "https://paper.example.com/?ids=1,2",
    ]
    (terminal.folder / "list.txt").write_text("\n".join(whole) + "\nhttps://a.example/ # its front page\n")
    terminal("source", "import", "list.txt")
    stored = [source["url"] for source in terminal("source", "list", "--json").json]
    assert sorted(stored) == sorted([*whole, "https://a.example/"])


@pytest.mark.parametrize("name", ["Paper", "The 9,5 Paper", "남해일보", "24.hu"])
def test_a_name_behind_a_url_with_or_without_a_comma_is_no_part_of_it(name: str) -> None:
    rows = read_rows(f'https://a.example/,"{name}"\nhttps://a.example/7,75.html,"{name}"\n'.encode(), "x")
    assert [row.values for row in rows] == [
        {"url": "https://a.example/", "name": name},
        {"url": "https://a.example/7,75.html", "name": name},
    ]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "it names no source"),
        (b"<html><body>x</body></html>", "no OPML"),
        (b"# nothing\n", "it names no source"),
        (b"\x00\x01\x02", "no text"),
        (b"<opml version='2.0'><body></body></opml>", "it names no source"),
    ],
)
def test_a_file_that_names_nothing_is_refused(terminal: Terminal, body: bytes, said: str) -> None:
    (terminal.folder / "x").write_bytes(body)
    assert said in terminal("source", "import", "x", code=2).err
    assert "none.opml" in terminal("source", "import", "none.opml", code=2).err


def test_when_every_line_fails_the_import_does(terminal: Terminal) -> None:
    (terminal.folder / "x.txt").write_text("ftp://a.example/\n")
    assert terminal("source", "import", "x.txt", code=1).out == "1 invalid\n"


def test_an_import_may_look_first(terminal: Terminal, farm: Farm) -> None:
    (terminal.folder / "list.txt").write_text(
        f"http://{H}/\nhttp://blog.example.net/feed.xml\nhttp://{H}/gone\nhttp://{H}/nothing\n"
    )
    ran = terminal("source", "import", "list.txt", "--probe", code=3)
    assert "line 1: added paper.example.com (home page, 2 doors)" in ran.out
    assert "line 2: added blog.example.net/feed.xml (feed, 1 door)" in ran.out
    assert f"line 3: not reached paper.example.com/gone: http://{H}/gone: the server answered 404" in ran.err
    assert "line 4: not reached" in ran.err
    assert [len(one["doors"]) for one in terminal("source", "list", "--json").json] == [1, 2]


def everything() -> list[Source]:
    door = SourceDoor(url="https://a.example/rss?x=1&y=2", kind=SourceKind.FEED, hub="https://hub.example/")
    return [
        Source(name="plain", url="https://a.example/"),
        Source(name="a feed", url="https://b.example/rss", kind=SourceKind.FEED),
        Source(
            name='q "uo" <te> 한글',
            url="https://c.example/tag/%EC%A0%80",
            kind=SourceKind.LISTING,
            schedule=Schedule(every=None, cron="*/10 7-22 * * 1-5", zone="Asia/Seoul"),
            zone="Europe/Paris",
            language="ko",
            topic_template="https://c.example/tag/{topic}?page={page}",
            doors=(door, SourceDoor(url="https://c.example/", kind=SourceKind.LISTING)),
            headers={"Authorization": "C_TOKEN", "X-B": "D"},
            limits=Limits(max_pages=3, max_articles=4, max_depth=5, max_seconds=60),
            delay=0.5,
            keep_unsure=True,
            enabled=False,
        ),
    ]


def test_what_is_exported_is_imported_whole(terminal: Terminal) -> None:
    store = terminal.store()
    for source in everything():
        store.sources.add(source)
    before = store.sources.list()
    terminal("source", "export", "-o", "out.opml")
    exported = terminal("source", "export").out
    assert terminal("source", "export", "-o", "-").out == exported
    assert not Path("-").exists()
    assert "can't be written" in terminal("source", "export", "-o", "no/out.opml", code=1).err
    assert 'xmlUrl="https://a.example/rss?x=1&amp;y=2" htmlUrl="https://c.example/tag/%EC%A0%80"' in exported
    assert terminal("source", "export", "plain", "--json").json[0]["url"] == "https://a.example/"
    terminal("source", "remove", *(source.name for source in before))
    terminal("source", "import", "out.opml")
    assert store.sources.list() == before
    assert terminal("source", "import", "out.opml").out.endswith("3 already there\n")


# What a source may be called: `declare` strips it and wants it printable.
text = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20).map(str.strip)
text = text.filter(lambda name: bool(name) and name.isprintable())


@given(st.lists(text, min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_names_survive_the_round_trip(names: list[str]) -> None:
    sources = [Source(name=name, url=f"https://{number}.example/") for number, name in enumerate(names)]
    outlines = read_opml(opml_text(sources).encode())
    assert outlines is not None
    assert [one.own["name"] for one in outlines] == names


@given(st.binary(max_size=400))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    for one in (body, b"<opml>" + body, b"url,name\n" + body):
        try:
            rows = read_rows(one, "x")
        except UsageError:
            continue
        assert all(row.line >= 1 for row in rows)


def test_a_template_is_no_source_but_is_told_how_to_be_given(terminal: Terminal, farm: Farm) -> None:
    template = f"http://{H}/find?q={{topic}}&page={{page}}"
    assert f"say --topic-template '{template}'" in terminal("source", "add", template, code=2).err
    assert farm.asked == []
