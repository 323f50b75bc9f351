# ruff: noqa: E501 - markup is easier to check where a line of it stays a line
"""Small sites of many hosts on one loopback port, reached as through a proxy: each a table of path -> answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
HTML, RSS, XML = "text/html; charset=utf-8", "application/rss+xml; charset=utf-8", "application/xml"


@dataclass(frozen=True)
class Answer:
    body: str | bytes = ""
    kind: str = HTML
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    drip: float = 0.0


Site = Mapping[str, "Answer | Callable[[int], Answer]"]


class Farm:
    """Serves `sites` (host -> path -> answer); `asked` holds every request as ``host/path``, `times` and `headers` are theirs."""

    def __init__(self) -> None:
        self.sites: dict[str, Site] = {}
        self.asked: list[str] = []
        self.times: list[float] = []
        self.headers: list[dict[str, str]] = []
        farm = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"

            def do_GET(self) -> None:
                farm.answer(self)

            def log_message(self, *_: object) -> None:
                """Nothing: the test's own output is enough."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.proxy = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        host = parts.netloc or handler.headers["Host"]
        self.asked.append(host + path)
        self.times.append(time.monotonic())
        self.headers.append(dict(handler.headers.items()))
        site = self.sites.get(host, {})
        found = site.get(path) or site.get("*") or Answer("not here", status=404)
        reply = found if isinstance(found, Answer) else found(self.asked.count(host + path))
        body = reply.body.encode() if isinstance(reply.body, str) else reply.body
        with suppress(OSError):
            handler.send_response(reply.status)
            for name, value in {"Content-Type": reply.kind, "Content-Length": str(len(body)), **reply.headers}.items():
                handler.send_header(name, value)
            handler.end_headers()
            if not reply.drip:
                handler.wfile.write(body)
            else:
                for number in range(len(body)):
                    handler.wfile.write(body[number : number + 1])
                    time.sleep(reply.drip)


# ------------------------------------------------------------------------------------------------------------ posts
@dataclass(frozen=True)
class Post:
    path: str
    title: str
    at: datetime


_WHO = {
    "en": (
        "The harbour council",
        "A group of farmers",
        "Residents of the old quarter",
        "The ferry company",
        "Two young engineers",
        "The national library",
    ),
    "ko": ("항구 도시 의회", "남쪽 마을 농민들", "옛 시가지 주민들", "여객선 회사", "젊은 기술자 두 명", "국립 도서관"),
}
_DOES = {
    "en": (
        "plans a new pier for",
        "talks about the price of",
        "asks for more money for",
        "finds an old map of",
        "opens a small museum of",
        "repairs the roof of",
        "sells its share in",
    ),
    "ko": (
        "새 부두를 짓는다는 계획을",
        "가격을 두고 벌인 논쟁을",
        "더 많은 예산을 달라는 요구를",
        "오래된 지도를 찾았다는 소식을",
        "작은 박물관을 여는 방안을",
        "지붕을 고치는 공사를",
        "가진 지분을 파는 협상을",
    ),
}
_WHAT = {
    "en": ("the eastern market", "salted fish", "the night train", "the weather station", "the school of music"),
    "ko": (
        "동쪽 시장에서 밝혔다",
        "어시장에서 발표했다",
        "야간 열차 안에서 알렸다",
        "기상대에서 시작했다",
        "음악 학교에서 마무리했다",
    ),
}


def headline(number: int, language: str = "en") -> str:
    who, does, what = (table[language] for table in (_WHO, _DOES, _WHAT))
    return f"{who[number % 6]} {does[number % 7]} {what[number % 5]} ({number})"


def posts(
    count: int,
    *,
    a_day: float = 4.0,
    path: str = "/news/{}",
    first: int = 1,
    language: str = "en",
    newest: datetime = NOW,
) -> list[Post]:
    """Newest first; numbers fall with age."""
    step = timedelta(days=1) / a_day
    last = first + count - 1
    return [
        Post(path.format(last - age), headline(last - age, language), newest - timedelta(minutes=20) - age * step)
        for age in range(count)
    ]


# ------------------------------------------------------------------------------------------------------------- doors
def rss(
    host: str,
    entries: Iterable[Post],
    *,
    title: str = "The Small Paper",
    language: str = "en",
    more: str = "",
    audio: bool = False,
) -> Answer:
    sound = f'<enclosure url="http://{host}/a.mp3" type="audio/mpeg" length="9"/>' if audio else ""
    rows = "".join(
        f"<item><title>{escape(one.title)}</title><link>http://{host}{one.path}</link>{sound}"
        f"<pubDate>{format_datetime(one.at)}</pubDate></item>"
        for one in entries
    )
    return Answer(
        f'<?xml version="1.0"?><rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>{title}</title>'
        f"<link>http://{host}/</link><language>{language}</language>{more}{rows}</channel></rss>",
        RSS,
    )


def atom(host: str, entries: Iterable[Post], title: str = "The Small Paper") -> Answer:
    rows = "".join(
        f"<entry><id>http://{host}{one.path}</id><title>{escape(one.title)}</title><link href='http://{host}{one.path}'/>"
        f"<published>{one.at.isoformat()}</published><updated>{one.at.isoformat()}</updated></entry>"
        for one in entries
    )
    return Answer(
        f"<feed xmlns='http://www.w3.org/2005/Atom'><title>{title}</title><id>x</id>{rows}</feed>",
        "application/atom+xml",
    )


def sitemap(host: str, entries: Iterable[Post], *, news: bool = False, videos: bool = False) -> Answer:
    def row(one: Post) -> str:
        video = (
            f"<video:video><video:title>{escape(one.title)}</video:title>"
            f"<video:publication_date>{one.at.isoformat()}</video:publication_date></video:video>"
            if videos
            else ""
        )
        told = (
            f"<news:news><news:publication><news:name>Paper</news:name><news:language>en</news:language></news:publication>"
            f"<news:publication_date>{one.at.isoformat()}</news:publication_date><news:title>{escape(one.title)}</news:title></news:news>"
            if news
            else f"<lastmod>{one.at.isoformat()}</lastmod>"
        )
        return f"<url><loc>http://{host}{one.path}</loc>{told}{video}</url>"

    return Answer(
        '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        ' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
        f' xmlns:video="http://www.google.com/schemas/sitemap-video/1.1">{"".join(map(row, entries))}</urlset>',
        XML,
    )


def sitemap_index(host: str, rows: Iterable[tuple[str, datetime | None]]) -> Answer:
    inner = "".join(
        f"<sitemap><loc>http://{host}{path}</loc>{f'<lastmod>{at.isoformat()}</lastmod>' if at else ''}</sitemap>"
        for path, at in rows
    )
    return Answer(
        f'<?xml version="1.0"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{inner}</sitemapindex>',
        XML,
    )


def robots(*sitemaps: str, rules: str = "Disallow:") -> Answer:
    return Answer("User-agent: *\n" + rules + "\n" + "".join(f"Sitemap: {one}\n" for one in sitemaps), "text/plain")


def alternate(href: str, title: str = "", kind: str = "application/rss+xml", more: str = "") -> str:
    return f'<link rel="alternate" type="{kind}" title="{title}" href="{href}"{more}>'


def page(
    entries: Sequence[Post],
    *,
    head: str = "",
    body: str = "",
    name: str = "The Small Paper",
    heading: str = "Latest",
    language: str = "en",
    dated: bool = True,
    after: str = "",
) -> Answer:
    rows = "".join(
        f"<li class='item'><h3><a href='{one.path}'>{escape(one.title)}</a></h3><p class='desc'>What was said about it on the"
        f" day, and by whom, in one sentence of some length.</p>"
        + (f"<span class='date'>{one.at:%Y-%m-%d %H:%M}</span>" if dated else "")
        + "</li>"
        for one in entries
    )
    return Answer(
        f"""<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{heading} - {name}</title>
<meta property="og:site_name" content="{name}"><meta property="og:type" content="website">{head}</head><body>
<nav><a href="/">Home</a> <a href="/sport">Sport</a> <a href="/economy">Economy</a></nav>{body}
<main><h1>{heading}</h1><ul class="list">{rows}</ul>{after}</main><footer><p>{name}</p></footer></body></html>"""
    )


def article(one: Post) -> Answer:
    text = "".join(
        f"<p>{one.title}. Paragraph {number} tells how the talks went on until late in the evening, who left the room, and what"
        f" the neighbours thought of it when they heard the news the next morning at the market.</p>"
        for number in range(6)
    )
    return Answer(
        f"""<!doctype html><html lang="en"><head><title>{escape(one.title)}</title><meta property="og:type" content="article">
<meta property="article:published_time" content="{one.at.isoformat()}"></head>
<body><main><article><h1>{escape(one.title)}</h1>{text}</article></main></body></html>"""
    )
