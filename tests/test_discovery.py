"""A look at one URL, over a real server on loopback."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from crawler.config import Config, load_config
from crawler.discovery import PageClient, with_further_pages
from crawler.errors import FetchError, ForbiddenAddress, RobotsRefused
from crawler.extract import extract
from crawler.items import Extraction, Hints, Page, PageKind

NOW = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
FEED = """<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>강변일보</title><ttl>20</ttl>
<link>https://river.example.com/</link>
<item><title>다리 위 자전거길 넓힌다</title><link>https://river.example.com/a/1</link>
<pubDate>Sun, 01 Mar 2026 09:10:00 +0900</pubDate></item>
<item><title>강변 도서관 새로 연다</title><link>https://river.example.com/a/2</link>
<pubDate>Sun, 01 Mar 2026 11:30:00 +0900</pubDate></item></channel></rss>""".encode()
ROBOTS = b"User-agent: *\nDisallow: /private\n"
ANSWERS: dict[str, tuple[int, dict[str, str], bytes]] = {
    "/robots.txt": (200, {"Content-Type": "text/plain"}, ROBOTS),
    "/feed": (200, {"Content-Type": "application/rss+xml"}, FEED),
    "/packed": (200, {"Content-Type": "application/rss+xml", "Content-Encoding": "gzip"}, gzip.compress(FEED)),
    "/moved": (301, {"Location": "/feed"}, b""),
    "/round": (302, {"Location": "/round"}, b""),
    "/secret": (302, {"Location": "/private/a"}, b""),
    "/inward": (302, {"Location": "http://10.1.2.3/"}, b""),
    "/file": (302, {"Location": "file:///etc/hostname"}, b""),
    "/bomb": (200, {"Content-Encoding": "gzip"}, gzip.compress(b"0" * 30_000_000)),
    "/gone": (410, {}, b"gone"),
}
STORY = [
    "The road leaves the saltern behind and climbs for nine hours past chapels and inns, as part {} of the story says.",
    "In part {} four hundred mules a week went up with salt and came down again with cheese and wool and old news.",
    "Nobody knows how old part {} of the paving is; the archives of the valley begin in the year 1208, with the toll.",
]


def story(number: int, *pages: str) -> bytes:
    """Page `number` of a story; `pages` are the paths of all."""
    links = "".join(f'<a href="{path}">{place}</a>' for place, path in enumerate(pages, 1) if place != number)
    text = "".join(f"<p>{line.format(number)}</p>" for line in STORY)
    return f"""<!doctype html><html lang="en"><head><title>The salt road</title>
<meta property="og:type" content="article"></head>
<body><main><article><h1>The salt road</h1>{text}<div>{links}</div></article></main></body></html>""".encode()


HTML = {"Content-Type": "text/html; charset=utf-8"}
ANSWERS |= {
    path: (200, HTML, story(number, "/salt", "/salt?page=2", "/salt?page=3"))
    for number, path in enumerate(("/salt", "/salt?page=2", "/salt?page=3"), 1)
} | {
    "/snow": (200, HTML, story(1, "/snow", "/snow?page=2")),
    "/single": (200, HTML, story(1)),
}


class Handler(BaseHTTPRequestHandler):
    asked: list[tuple[str, str]]

    def do_GET(self) -> None:
        type(self).asked.append((self.headers["Host"], self.path))
        if self.path in {"/drip", "/drip-head"}:
            self.drip()
            return
        status, headers, body = ANSWERS.get(self.path, (404, {}, b""))
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def drip(self) -> None:
        """A byte now and then: no read ever waits long."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-A: " + (b"a\r\n\r\n" if self.path == "/drip" else b""))
        with suppress(OSError):
            for _ in range(60):
                self.wfile.write(b"a")
                time.sleep(0.1)

    def log_message(self, *_: object) -> None:
        """Nothing: the test's own output is enough."""


@pytest.fixture
def site() -> Iterator[str]:
    Handler.asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def config(**given: object) -> Config:
    return load_config(environ={}, overrides={"allow_networks": ("127.0.0.0/8",), **given})


def fetched(url: str, settings: Config) -> tuple[Page, Extraction]:
    with PageClient(settings) as client:
        page = client.get(url, NOW)
    return page, extract(page)


@pytest.mark.parametrize("path", ["/feed", "/packed", "/moved"])
def test_a_page_is_fetched_whole(site: str, path: str) -> None:
    page, extraction = fetched(site + path, config())
    assert extraction.kind is PageKind.FEED
    assert [item.title for item in extraction.items] == ["다리 위 자전거길 넓힌다", "강변 도서관 새로 연다"]
    assert page.final_url.endswith("/packed" if path == "/packed" else "/feed")


def look(url: str, **given: object) -> tuple[Page, Extraction, list[float]]:
    """An article with its further pages, and the pauses that were made."""
    pauses: list[float] = []
    settings = config(**given)
    page, extraction = with_further_pages(*fetched(url, settings), Hints(), settings, pauses.append)
    return page, extraction, pauses


@pytest.mark.parametrize("path", ["/salt", "/salt?page=2"])
def test_an_article_is_looked_at_with_all_its_pages(site: str, path: str) -> None:
    page, extraction, pauses = look(site + path, delay=0.25)
    assert extraction.article is not None
    assert extraction.article.text.split("\n") == [line.format(number) for number in (1, 2, 3) for line in STORY]
    assert page.url == site + "/salt"
    assert pauses == [0.25, 0.25]
    asked = [asked for _, asked in Handler.asked]
    assert sorted(asked[asked.index(path) + 1 :]) == sorted(
        {"/robots.txt", "/salt", "/salt?page=2", "/salt?page=3"} - {path}
    )


def test_an_article_is_looked_at_with_as_many_pages_as_are_allowed(site: str) -> None:
    _, extraction, pauses = look(site + "/salt", article_pages=2)
    assert extraction.article is not None
    assert extraction.article.next_page == site + "/salt?page=3"
    assert "no more than 2 pages are asked for" in extraction.reason
    assert len(pauses) == 1


def test_a_further_page_that_is_not_there_is_told(site: str) -> None:
    _, extraction, _ = look(site + "/snow")
    assert extraction.article is not None
    assert extraction.article.text.split("\n") == [line.format(1) for line in STORY]
    assert extraction.reason.endswith(f"({site}/snow?page=2: the server answered 404)")


@pytest.mark.parametrize("path", ["/single", "/feed"])
def test_what_stands_on_one_page_is_left_as_it_is(site: str, path: str) -> None:
    page, extraction = fetched(site + path, config())
    Handler.asked = []
    assert with_further_pages(page, extraction, Hints(), config()) == (page, extraction)
    assert Handler.asked == []


def test_resolves_once_and_names_the_host_it_was_asked_for(site: str) -> None:
    port = site.rpartition(":")[2]
    with PageClient(config(), resolve=lambda _host, _port: ["127.0.0.1"]) as client:
        page = client.get(f"http://river.example.com:{port}/feed", NOW)
    assert page.body == FEED
    assert Handler.asked[-1] == (f"river.example.com:{port}", "/feed")


def test_a_name_that_points_inward_is_not_connected_to(site: str) -> None:
    port = site.rpartition(":")[2]
    inward = PageClient(config(allow_networks=()), resolve=lambda _host, _port: ["127.0.0.1"])
    with pytest.raises(ForbiddenAddress, match=r"river\.example\.com .127\.0\.0\.1.*allow_networks"), inward as client:
        client.get(f"http://river.example.com:{port}/feed", NOW)
    assert Handler.asked == []


@pytest.mark.parametrize(
    ("path", "error", "text"),
    [
        ("/private/a", RobotsRefused, "disallows"),
        ("/secret", RobotsRefused, "disallows"),
        ("/inward", ForbiddenAddress, "10.1.2.3"),
        ("/file", FetchError, "can't be fetched"),
        ("/round", FetchError, "redirected more than 8 times"),
        ("/bomb", FetchError, "larger than 10,000,000 bytes"),
        ("/gone", FetchError, "answered 410"),
    ],
)
def test_refusals_name_the_url_and_the_reason(site: str, path: str, error: type[FetchError], text: str) -> None:
    with pytest.raises(error, match=text), PageClient(config()) as client:
        client.get(site + path, NOW)
    assert "/private/a" not in [asked for _, asked in Handler.asked]


def test_robots_may_be_set_aside_by_configuration(site: str) -> None:
    with pytest.raises(FetchError, match="answered 404"), PageClient(config(obey_robots=False)) as client:
        client.get(site + "/private/a", NOW)
    assert [asked for _, asked in Handler.asked] == ["/private/a"]


def test_an_unreachable_host_is_one_clear_line() -> None:
    with pytest.raises(FetchError, match="can't connect"), PageClient(config()) as client:
        client.get("http://127.0.0.1:9/", NOW)


@pytest.mark.parametrize("path", ["/drip", "/drip-head"])
def test_a_server_that_drips_is_given_up_in_time(site: str, path: str) -> None:
    began = time.monotonic()
    with pytest.raises(FetchError, match=f"{path}: no complete answer within 0.5 s"):  # noqa: SIM117 - closes first
        with PageClient(config(timeout=0.5)) as client:
            client.get(site + path, NOW)
    assert time.monotonic() - began < 2
