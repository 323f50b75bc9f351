"""A small site on loopback for the tests of crawling: answers by path, each request written down."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web

SENTENCES = (
    "The council of the harbour town met on Monday to talk about the new ferry line.",
    "Several members asked why the plan had been changed since the spring.",
    "According to the mayor, the operator will pay for the second pier.",
    "Residents of the old quarter fear more traffic in the narrow streets.",
    "A decision is expected before the end of the year, the administration said.",
    "The ferry would carry up to four hundred passengers and sixty cars a day.",
)


@dataclass
class Reply:
    """What the site says; `etag` makes it answer 304 to who has it."""

    body: str | bytes = ""
    status: int = 200
    kind: str = "text/html; charset=utf-8"
    etag: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0.0


@dataclass(frozen=True)
class Asked:
    path: str
    headers: dict[str, str]


class SmallSite:
    """Serves `pages` (path -> Reply, or a function of the number of times asked) on 127.0.0.1 until closed."""

    def __init__(self, host: str = "127.0.0.1", ssl=None) -> None:
        self.pages: dict[str, Reply | Callable[[int], Reply]] = {}
        self.log: list[Asked] = []
        self._times: dict[str, int] = {}
        self._host, self._ssl = host, ssl
        self._started = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        self._started.wait(10)

    @property
    def base(self) -> str:
        return f"{'https' if self._ssl else 'http'}://{self._host}:{self.port}"

    def url(self, path: str) -> str:
        return self.base + path

    def paths(self) -> list[str]:
        return [asked.path for asked in self.log]

    def article(self, path: str, number: int, *, title: str | None = None, more: str = "", **reply) -> None:
        self.pages[path] = Reply(article_page(number, title=title, more=more), **reply)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        application = web.Application()
        application.router.add_route("*", "/{rest:.*}", self._answer)
        runner = web.AppRunner(application, shutdown_timeout=0.1)
        self._loop.run_until_complete(runner.setup())
        place = web.TCPSite(runner, self._host, 0, ssl_context=self._ssl)
        self._loop.run_until_complete(place.start())
        self.port = runner.addresses[0][1]
        self._started.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())
        self._loop.close()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = request.raw_path
        self.log.append(Asked(path, dict(request.headers)))
        number = self._times[path] = self._times.get(path, 0) + 1
        found = self.pages.get(path, Reply("not here", status=404))
        reply = found(number) if callable(found) else found
        if reply.wait:
            await asyncio.sleep(reply.wait)
        headers = dict(reply.headers)
        if reply.etag is not None:
            headers["ETag"] = reply.etag
            if request.headers.get("If-None-Match") == reply.etag:
                return web.Response(status=304, headers=headers)
        body = reply.body.encode() if isinstance(reply.body, str) else reply.body
        headers["Content-Type"] = reply.kind
        return web.Response(status=reply.status, body=body, headers=headers)


def paragraphs(number: int) -> list[str]:
    """A text of its own for each number."""
    turn = number % len(SENTENCES)
    told = [*SENTENCES[turn:], *SENTENCES[:turn]]
    return [
        f"{told[0]} It was meeting number {number} on the matter. {told[1]}",
        f"{told[2]} {told[3]} The file has {number * 13 + 7} pages.",
        f"{told[4]} {told[5]} {number + 3} members voted for it.",
    ]


def article_page(number: int, *, title: str | None = None, more: str = "") -> str:
    title = title or f"Harbour council meets for the time number {number}"
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs(number))
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} - The Small Paper</title>
<meta property="og:type" content="article"><meta property="og:title" content="{title}">{more}</head>
<body><nav><a href="/">Home</a> <a href="/sport">Sport</a></nav>
<main><article><h1>{title}</h1>{text}</article></main>
<footer><p>The Small Paper</p></footer></body></html>"""


def feed(base: str, entries: list[tuple[str, str, str]], *, updated: dict[str, str] | None = None) -> str:
    """An Atom feed of (path, title, time)."""
    updated = updated or {}
    rows = "".join(
        f"<entry><id>{base}{path}</id><title>{title}</title><link href='{base}{path}'/>"
        f"<published>{time}</published><updated>{updated.get(path, time)}</updated></entry>"
        for path, title, time in entries
    )
    return f"<feed xmlns='http://www.w3.org/2005/Atom'><title>Small Paper</title><id>{base}/</id>{rows}</feed>"


FEED_KIND = "application/atom+xml"


def listing_page(entries: list[tuple[str, str, str]], next_path: str | None = None) -> str:
    """A section page of (path, title, teaser or long text)."""
    rows = "".join(
        f"<li class='item'><h3><a href='{path}'>{title}</a></h3><p class='desc'>{text}</p>"
        f"<span class='date'>2025-11-0{1 + place % 9} 09:00</span></li>"
        for place, (path, title, text) in enumerate(entries)
    )
    following = f"<a rel='next' href='{next_path}'>Next</a>" if next_path else ""
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Harbour - The Small Paper</title>
<meta property="og:type" content="website"></head><body><nav><a href="/">Home</a></nav>
<main><h1>Harbour</h1><ul class="list">{rows}</ul><div class="paging">{following}</div></main></body></html>"""


def sitemap(rows: list[tuple[str, str]]) -> str:
    inner = "".join(f"<url><loc>{url}</loc><lastmod>{modified}</lastmod></url>" for url, modified in rows)
    return f"<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{inner}</urlset>"


def sitemap_index(rows: list[tuple[str, str]]) -> str:
    inner = "".join(f"<sitemap><loc>{url}</loc><lastmod>{modified}</lastmod></sitemap>" for url, modified in rows)
    return (
        f"<?xml version='1.0'?><sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{inner}</sitemapindex>"
    )
