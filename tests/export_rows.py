"""Rows to export, made up for tests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from crawler.items import ArticleRow, Moment, Precision, UseTerms

NOON = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


def row(number: int = 1, **changed: object) -> ArticleRow:
    values: dict[str, object] = {
        "id": f"{number:032x}",
        "url": f"https://paper.example.com/{number}",
        "title": "저커버그, “메타” 새 안경 공개",
        "text": '첫 문단이다.\n둘째 문단, 쉼표와 "따옴표".',
        "summary": None,
        "authors": ("김하늘", "Lee, Ann"),
        "published": Moment(NOON, 540),
        "modified": Moment(datetime(2026, 10, 31, 15, tzinfo=UTC), 540, Precision.DAY),
        "fetched": NOON,
        "first_seen": NOON,
        "lang": "ko",
        "source": "paper",
        "site": "Paper",
        "section": None,
        "tags": ("메타",),
        "topics": (),
        "image": None,
        "captions": (),
        "source_line": None,
        "content_hash": "a" * 64,
        "cluster_id": "c",
        "version": 2,
        "provisional": False,
        "extractor": "dom/1",
        "confidence": 0.75,
        "terms": UseTerms(robots="noarchive", tdm_reservation="1"),
        "change_seq": number,
    }
    return ArticleRow(**{**values, **changed})  # type: ignore[arg-type]


def rows(count: int) -> Iterator[ArticleRow]:
    return (row(number) for number in range(1, count + 1))
