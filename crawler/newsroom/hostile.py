# ruff: noqa: E501 - markup is easier to check where a line of it stays a line
"""Pages that hurt: what a crawler meets on the open web, each at a path of its own, and one listing that links to all."""

from __future__ import annotations

import gzip
import zlib
from datetime import datetime
from html import escape
from random import Random

from crawler.newsroom.answers import NOT_FOUND, Answer
from crawler.newsroom.writing import Draft, Length, write_draft

_HUGE = 24_000_000
_BOMB = 300_000_000
_DEPTH = 20_000
_SLOW_SECONDS = 60.0


class HostileSite:
    """An outlet of hard cases. `paths` names them: case → path or whole URL; `good` are the three readable articles."""

    def __init__(self, base: str, seed: int) -> None:
        self.base = base
        self._drafts = {
            f"/good/{number}": write_draft("ko", "ai", Random(f"{seed}/hostile/{number}"), Length.NEWS)
            for number in range(1, 4)
        }
        self.good = tuple(base + path for path in self._drafts)
        self._cases: dict[str, Answer] = {
            "missing": NOT_FOUND,
            "gone": Answer(status=410, body=b"<h1>410 Gone</h1>"),
            "error": Answer(status=500, body=b"<h1>500</h1>"),
            "unavailable": Answer(status=503, body=b"", headers=(("Retry-After", "120"),)),
            "slow": Answer(body=self._page("/hostile/slow", self._drafts["/good/1"]), delay=_SLOW_SECONDS),
            "empty": Answer(body=b""),
            "wrong-charset": Answer(
                content_type="text/html; charset=euc-kr",
                body=self._page("/hostile/wrong-charset", self._draft(seed, "charset")),
            ),
            "loop": Answer(status=302, headers=(("Location", "/hostile/loop-2"),)),
            "loop-2": Answer(status=302, headers=(("Location", "/hostile/loop"),)),
            "feed-that-is-html": Answer(
                content_type="application/rss+xml",
                body=b"<!DOCTYPE html><html><body><p>Please enable JavaScript</p></body></html>",
            ),
            "huge": Answer(body=b"<html><body>" + b"<p>huge page of nothing</p>" * (_HUGE // 26) + b"</body></html>"),
            "bomb": Answer(body=_bomb(), headers=(("Content-Encoding", "gzip"),)),
            "bad-gzip": Answer(
                body=gzip.compress(b"<html>" + b"x" * 5000)[:-40] + b"garbage", headers=(("Content-Encoding", "gzip"),)
            ),
            "cut-off": Answer(body=b"<html><body><p>only the beginning", promise=90_000),
            "pdf": Answer(content_type="application/pdf", body=b"%PDF-1.7\n" + bytes(range(256)) * 8),
            "no-type": Answer(content_type=None, body=self._page("/hostile/no-type", self._draft(seed, "type"))),
            "deep": Answer(
                body=b"<html><body>" + b"<div>" * _DEPTH + "<p>깊은 곳의 문장입니다.</p>".encode() + b"</body></html>"
            ),
            "to-private": Answer(status=302, headers=(("Location", "http://169.254.169.254/latest/meta-data/"),)),
            "to-file": Answer(status=302, headers=(("Location", "file:///etc/passwd"),)),
            "elsewhere": Answer(
                body=self._page(
                    "/hostile/elsewhere",
                    self._draft(seed, "elsewhere"),
                    canonical="https://www.example.com/somebody/elses-article",
                )
            ),
            "to-root": Answer(body=self._page("/hostile/to-root", self._draft(seed, "root"), canonical=base + "/")),
            "binary": Answer(body=bytes(Random(seed).randrange(256) for _ in range(4000))),
        }
        self.paths: dict[str, str] = {name: f"{base}/hostile/{name}" for name in self._cases} | {
            "forbidden": f"{base}/forbidden/article",
            "private": "http://10.11.12.13/news/1",
            "metadata": "http://169.254.169.254/latest/meta-data/",
            "file": "file:///etc/passwd",
            "script": "javascript:alert(1)",
            "no-such-host": "http://no-such-host.invalid/news/1",
            "closed-port": "http://127.0.0.1:9/news/1",
        }

    def answer(self, path: str, now: datetime) -> Answer:
        """The answer to `path`; what has no case is an endless listing at ``/endless`` or a 404."""
        del now
        if path == "/robots.txt":
            return Answer(content_type="text/plain", body=b"User-agent: *\nDisallow: /forbidden/\n")
        if path == "/":
            return Answer(body=self._listing())
        if path.startswith("/endless"):
            number = path.partition("page=")[2]
            following = int(number) + 1 if number.isdigit() else 2
            return Answer(
                body=f'<html><body><h1>끝없는 목록</h1><a href="/good/{following % 3 + 1}">기사 하나</a><a rel="next" href="/endless?page={following}">다음</a></body></html>'.encode()
            )
        if path in self._drafts:
            return Answer(body=self._page(path, self._drafts[path]), etag=f'"{path[-1]}"')
        if path == "/forbidden/article":
            return Answer(body=self._page(path, self._drafts["/good/1"]))
        return self._cases.get(path.removeprefix("/hostile/"), NOT_FOUND)

    def rotated(self, answer: Answer, hits: int, now: datetime) -> bytes:
        """The body as it is: nothing rotates here."""
        del hits, now
        return answer.body

    def _draft(self, seed: int, name: str) -> Draft:
        return write_draft("ko", "transit", Random(f"{seed}/hostile/{name}"), Length.NEWS)

    def _listing(self) -> bytes:
        rows = [
            f'<li><a href="{url}">{escape(self._drafts[url.removeprefix(self.base)].title)}</a> <span>2026.01.05 10:00</span></li>'
            for url in self.good
        ]
        rows += [
            f'<li><a href="{escape(url)}">{escape(name)} 사례에 대한 기사 제목입니다</a> <span>2026.01.05 09:00</span></li>'
            for name, url in self.paths.items()
        ]
        return f"<!DOCTYPE html><html lang=ko><head><meta charset=utf-8><title>어려운 목록</title></head><body><h1>어려운 목록</h1><ul>{''.join(rows)}</ul></body></html>".encode()

    def _page(self, path: str, draft: Draft, canonical: str | None = None) -> bytes:
        text = "".join(f"<p>{escape(line)}</p>" for block in draft.blocks for line in block.lines)
        return (
            f'<!DOCTYPE html><html lang="ko"><head><meta charset="utf-8"><title>{escape(draft.title)}</title><link rel="canonical" href="{canonical or self.base + path}">'
            f'<meta property="article:published_time" content="2026-01-05T10:00:00+09:00"></head><body><article><h1>{escape(draft.title)}</h1>{text}</article></body></html>'
        ).encode()


def _bomb() -> bytes:
    """A page of blanks that is a thousand times larger when unpacked."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = b" " * 1_000_000
    packed = b"".join(packer.compress(block) for _ in range(_BOMB // len(block)))
    return packed + packer.flush()
