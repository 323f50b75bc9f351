"""Records as `crawler.ingest` prepares them, for tests of the store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import zstandard

from crawler.dedup.fingerprint import fingerprint
from crawler.items import Article, ArticleRecord, Basis, Moment, RawPage
from crawler.text.tokens import search_tokens
from crawler.urls import article_id, url_key

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
KST = 540
FRAME = zstandard.ZstdCompressor().compress(b"<p>raw<p>")
LONG = (
    "저커버그가 메타의 인공지능 연구소를 다시 꾸린다고 20일 밝혔다. 회사는 인력을 1,500명에서 2,000명으로 늘린다.\n"
    "그는 직원들에게 보낸 글에서 앞으로 다섯 해 동안 데이터센터에 더 많은 돈을 쓰겠다고 적었다.\n"
    "업계는 이번 결정이 국내 반도체 회사에도 적지 않은 영향을 줄 것으로 내다본다."
)
ENGLISH = (
    "The city council voted on Thursday to extend the tram line to the old harbour, ending a debate of nine years.\n"
    "Construction is to begin in spring and will cost 214 million euros, a third of it paid by the state government.\n"
    "Shop owners along the route had asked for a shorter building period and for help with their rents."
)


def record(
    url: str = "https://news.example.com/articles/1",
    *,
    text: str = LONG,
    title: str | None = "메타, AI 연구소 개편",
    basis: Basis = Basis.PAGE,
    at: datetime = NOON,
    forms: tuple[str, ...] | None = None,
    published: datetime | None = NOON - timedelta(hours=1),
    truncated: bool = False,
    topics: tuple[str, ...] = (),
    raw: bool = False,
    **article: object,
) -> ArticleRecord:
    """A record of the article at `url`."""
    key = url_key(url)
    page = RawPage(url=url, status=200, headers={"content-type": "text/html"}, body_zstd=FRAME, size=9, fetched_at=at)
    return ArticleRecord(
        id=article_id(key),
        key=key,
        url=url,
        article=Article(
            url=url,
            title=title,
            text=text,
            published=Moment(published, KST) if published else None,
            **{"language": "ko", "extractor": "dom/1", "confidence": 0.9, **article},
        ),
        fingerprint=fingerprint(title, text),
        basis=basis,
        forms=(url,) if forms is None else forms,
        fetched_at=at,
        truncated=truncated,
        topics=topics,
        search_tokens=search_tokens(f"{title or ''}\n{article.get('summary') or ''}\n{text}"),
        raw=page if raw else None,
    )


def many(count: int, start: int = 0) -> list[ArticleRecord]:
    """Different articles with different texts."""
    return [
        record(
            f"https://news.example.com/items/{n}",
            text=f"{n}번째 기사다. {LONG} 기사 번호는 {n}이다.",
            title=f"기사 {n}",
        )
        for n in range(start, start + count)
    ]


def later(old: ArticleRecord, hours: float = 1.0) -> ArticleRecord:
    """The same record, fetched later."""
    return replace(old, fetched_at=old.fetched_at + timedelta(hours=hours))
