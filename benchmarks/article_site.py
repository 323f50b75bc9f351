"""A fast site of article pages for measurements, in a process of its own: `python benchmarks/article_site.py`.

Every page is made before the first answer, so that serving costs next to nothing beside what is measured. Half of the
articles are English, half Korean; each text is its own. Prints one line with the address once it can be asked.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
from datetime import UTC, datetime, timedelta

PAGE_BYTES = 35_000
FIRST_DAY = datetime(2026, 3, 1, tzinfo=UTC)


def make_site(pages: int, base: str, seed: int = 1) -> dict[str, bytes]:
    """Bodies by path: a sitemap, robots.txt and `pages` articles of about 35 KB."""
    chance = random.Random(seed)
    words = {"en": _english_words(chance), "ko": _korean_words(chance)}
    clutter = {lang: _clutter(random.Random(seed), words[lang]) for lang in words}
    site = {}
    rows = []
    for number in range(pages):
        lang = ("en", "ko")[number % 2]
        path = f"/news/{number}.html"
        published = FIRST_DAY + timedelta(minutes=7 * number)
        site[path] = _article(
            random.Random(seed * 1_000_003 + number),
            lang,
            words[lang],
            clutter[lang],
            url=base + path,
            published=published,
        )
        rows.append(f"<url><loc>{base}{path}</loc></url>")
    site["/robots.txt"] = b"User-agent: *\nAllow: /\n"
    site["/sitemap.xml"] = (
        '<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        + "".join(rows)
        + "</urlset>"
    ).encode()
    return site


def _english_words(chance: random.Random) -> list[str]:
    heads = ["b", "c", "d", "f", "g", "l", "m", "n", "p", "r", "s", "t", "v", "st", "tr", "pl", "ch"]
    tails = ["a", "e", "i", "o", "u", "ea", "ai", "ou"]
    made = [
        "".join(chance.choice(heads) + chance.choice(tails) for _ in range(chance.randint(1, 3))) for _ in range(3000)
    ]
    return made + ["the", "of", "and", "to", "in", "that", "was", "for", "with", "on"] * 120


def _korean_words(chance: random.Random) -> list[str]:
    # Real Korean uses some hundreds of syllables; all 11,172 would fill the search index with pairs nobody writes.
    syllables = [chr(0xAC00 + chance.randrange(11172)) for _ in range(400)]
    endings = ["이", "가", "을", "를", "은", "는", "에서", "으로", "했다", "하는", "한다고", "의", ""]
    stems = ["".join(chance.choices(syllables, k=chance.randint(2, 3))) for _ in range(1500)]
    return [stem + chance.choice(endings) for stem in stems for _ in range(2)]


def _sentence(chance: random.Random, words: list[str]) -> str:
    made = " ".join(chance.choices(words, k=chance.randint(9, 24)))
    return made[0].upper() + made[1:] + "."


def _clutter(chance: random.Random, words: list[str]) -> dict[str, str]:
    def links(count: int, least: int, most: int) -> str:
        labels = [" ".join(chance.choices(words, k=chance.randint(least, most))) for _ in range(count)]
        return "".join(
            f'<li class="item"><a href="/section/{n}" data-track="nav-{n}">{label}</a></li>'
            for n, label in enumerate(labels)
        )

    style = "".join(f".c{n}{{margin:{n % 9}px;padding:{n % 7}px;color:#{n:06x}}}" for n in range(90))
    script = "".join(
        f'window.q=window.q||[];q.push(["track","event{n}",{{"slot":{n},"lazy":true}}]);' for n in range(70)
    )
    return {
        "head": f"<style>{style}</style><script>{script}</script>",
        "nav": f'<header class="top"><nav class="gnb"><ul>{links(48, 1, 2)}</ul></nav></header>',
        "side": f'<aside class="aside"><h3>Most read</h3><ol>{links(20, 5, 9)}</ol></aside>',
        "related": f'<section class="related"><h2>Related</h2><ul>{links(12, 6, 10)}</ul></section>',
        "foot": f"<footer><ul>{links(30, 1, 3)}</ul><p>Copyright 2026 The Measured Press.</p></footer>",
    }


def _article(
    chance: random.Random, lang: str, words: list[str], clutter: dict[str, str], *, url: str, published: datetime
) -> bytes:
    title = " ".join(chance.choices(words, k=8))
    paragraphs = [
        " ".join(_sentence(chance, words) for _ in range(chance.randint(2, 4))) for _ in range(chance.randint(10, 16))
    ]
    when = published.isoformat()
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": title,
        "datePublished": when,
        "author": [{"@type": "Person", "name": "Kim Minseo"}],
        "image": "/img/a.jpg",
    }
    comments = "".join(
        f'<div class="comment" id="c{n}"><span class="who">reader{n}</span><p>{_sentence(chance, words)}</p></div>'
        for n in range(12)
    )
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    page = f"""<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8">
<title>{title} | The Measured Press</title><link rel="canonical" href="{url}">
<meta property="og:title" content="{title}"><meta property="og:type" content="article">
<meta property="og:site_name" content="The Measured Press"><meta property="article:published_time" content="{when}">
<script type="application/ld+json">{json.dumps(data, ensure_ascii=False)}</script>{clutter["head"]}</head><body>
{clutter["nav"]}<main><article class="article-view"><h1>{title}</h1><div class="byline">Kim Minseo
<time datetime="{when}">{when}</time></div><div class="article-body" itemprop="articleBody">{body}
<figure><img src="/img/a.jpg"><figcaption>{_sentence(chance, words)}</figcaption></figure></div></article>
{clutter["related"]}<section class="comments">{comments}</section></main>{clutter["side"]}{clutter["foot"]}"""
    # Filled up the way real pages are: with state for scripts.
    missing = PAGE_BYTES - len(page.encode())
    state = json.dumps([chance.randrange(10**9) for _ in range(max(0, missing) // 12)])
    return f"{page}<script>window.__STATE__={state}</script></body></html>".encode()


class Answers(asyncio.Protocol):
    """HTTP/1.1 with keep-alive for GET requests without bodies, which is all that is asked."""

    def __init__(self, site: dict[str, bytes]) -> None:
        self._site = site
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        *heads, self._rest = (self._rest + data).split(b"\r\n\r\n")
        for head in heads:
            path = head.split(b" ", 2)[1].decode()
            body = self._site.get(path)
            kind = (
                "text/html; charset=utf-8"
                if path.endswith(".html")
                else "text/plain"
                if path.endswith(".txt")
                else "application/xml"
            )
            status = "200 OK" if body is not None else "404 Not Found"
            body = body or b""
            self._transport.write(
                f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
            )


async def serve(pages: int, port: int) -> None:
    loop = asyncio.get_running_loop()
    site: dict[str, bytes] = {}
    server = await loop.create_server(lambda: Answers(site), "127.0.0.1", port)
    base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    site.update(make_site(pages, base))
    sizes = [len(body) for path, body in site.items() if path.endswith(".html")]
    print(json.dumps({"base": base, "pages": pages, "mean_bytes": sum(sizes) // max(1, len(sizes))}), flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=5000)
    parser.add_argument("--port", type=int, default=0)
    chosen = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(chosen.pages, chosen.port))
