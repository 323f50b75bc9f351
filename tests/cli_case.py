"""What tests of the command line share: a folder of its own, a store with a few articles, one way to run a command."""

from __future__ import annotations

import json as json_module
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.cli import main
from crawler.dedup.fingerprint import fingerprint
from crawler.items import Article, ArticleRecord, Basis, Moment, UseTerms
from crawler.text import search_tokens
from crawler.urls import article_id, url_key
from storage import Store, open_store

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
META = (
    "메타가 새 안경을 공개했다. 저커버그가 무대에 올라 인공지능 비서를 소개했고, 개발자들은 박수를 보냈다.\n"
    "회사는 내년 봄에 제품을 내놓을 계획이라고 밝혔다. 가격은 아직 정해지지 않았으며 국내 출시 여부도 알려지지 않았다."
)
RICE = (
    "Farmers in the southern plains finished the rice harvest a week early this year, helped by a dry autumn.\n"
    "The ministry said yields rose by 1.5 % while prices stayed flat, and exports should follow in spring."
)


@dataclass
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json_module.loads(self.out)


class Terminal:
    """Runs command lines in a folder of their own, on a store of their own."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys

    def __call__(self, *args: str, code: int | None = 0) -> Ran:
        self._capsys.readouterr()
        found = main(list(args))
        said = self._capsys.readouterr()
        if code is not None:
            assert found == code, said.err or said.out
        return Ran(found, said.out, said.err)

    def store(self, now: datetime = NOW) -> Store:
        return open_store(f"sqlite:///{self.folder / 'presswatch.db'}", now=lambda: now)


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PRESSWATCH_CONFIG", raising=False)
    return Terminal(tmp_path, capsys)


def record(url: str, title: str | None, text: str, *, topics: tuple[str, ...] = (), **article: object) -> ArticleRecord:
    key = url_key(url)
    values: dict[str, object] = {"language": "ko", "extractor": "dom/1", "confidence": 0.9, **article}
    return ArticleRecord(
        id=article_id(key),
        key=key,
        url=url,
        article=Article(url=url, title=title, text=text, **values),  # type: ignore[arg-type]
        fingerprint=fingerprint(title, text),
        basis=Basis.PAGE,
        forms=(url,),
        fetched_at=NOW,
        topics=topics,
        search_tokens=search_tokens(f"{title or ''} {article.get('summary') or ''} {text}"),
    )


GLASSES = record(
    "https://paper.example.com/2026/11/glasses",
    "저커버그, 새 안경 공개",
    META,
    published=Moment(NOW - timedelta(hours=2), 540),
    authors=("김하늘",),
    site_name="Paper",
    terms=UseTerms(licence="CC BY 4.0"),
)
HARVEST = record(
    "https://plains.example.org/harvest",
    "=Rice harvest\x1b[31m early",
    RICE,
    language="en",
    published=Moment(NOW - timedelta(days=9), 0),
)
UNDATED = record(
    "https://blog.example.net/108", "메타버스 산책", META.replace("안경", "시계") + "\n시계 이야기는 여기까지다."
)


@pytest.fixture
def filled(terminal: Terminal) -> Terminal:
    store = terminal.store()
    store.articles.save([GLASSES, HARVEST, UNDATED], None)
    store.close()
    return terminal
