"""The product as measuring programs take it: plain functions of bytes, through the same code as a crawl."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from crawler.dedup.cluster import WINDOW_DAYS, Stories
from crawler.dedup.fingerprint import content_hash, content_letters, fingerprint, is_shareable
from crawler.extract import extract
from crawler.items import Article, ArticleRecord, Basis, Hints, Moment, Page, PageKind, Topic
from crawler.revisit.planner import Bounds, Planner
from crawler.topics import TopicMatcher
from crawler.urls import article_id
from storage import open_store

STORED = 100


def _page(html: bytes, url: str) -> Page:
    address = url or "http://localhost/"
    return Page(url=address, final_url=address, status=200, headers={}, body=html, fetched_at=datetime.now(UTC))


def article(html: bytes, url: str) -> dict[str, object]:
    """An article page as ``dict(title, body, published, author, ...)``.

    `body` is the standfirst (`summary`) and the text, joined by a newline; `published` is ISO 8601 with offset, or a
    date alone where only the day is told, or `None`; `author` is a list of names. `extract` is asked as a crawl asks it
    for a link that a listing named: the page is expected to be an article. What is known of single sites is not used.
    """
    return _article(html, url, site_rules=False)


def article_with_sites(html: bytes, url: str) -> dict[str, object]:
    """As `article`, with the rules for single sites."""
    return _article(html, url, site_rules=True)


def _article(html: bytes, url: str, *, site_rules: bool) -> dict[str, object]:
    found = extract(_page(html, url), Hints(expect=PageKind.ARTICLE, site_rules=site_rules)).article
    if found is None:
        return {"title": None, "body": "", "published": None, "author": []}
    return {
        "title": found.title,
        "body": "\n".join(part for part in (found.summary, found.text) if part),
        "text": found.text,
        "summary": found.summary,
        "published": found.published.isoformat() if found.published else None,
        "modified": found.modified.isoformat() if found.modified else None,
        "author": list(found.authors),
        "language": found.language,
        "site": found.site_name,
        "captions": list(found.captions),
        "tags": list(found.tags),
    }


def listing(html: bytes, url: str) -> list[dict[str, object]]:
    """A listing page's or a feed's items in order, each ``dict(title, url, published, summary, ...)``.

    `summary` is the teaser or, where the page shows more, that text. `published` is ISO 8601: with the offset of a
    feed's date; as the publisher's wall-clock time without offset where it is shown on a page for people; a date alone
    where only the day is told. `extract` is asked as a crawl of a source asks it: the page is expected to be a listing.
    """
    found = extract(_page(html, url), Hints(expect=PageKind.LISTING, site_rules=False))
    return [
        {
            "title": item.title,
            "url": item.url,
            "published": _as_shown(item.published, found.kind) if item.published else None,
            "summary": item.summary or item.text,
            "text": item.text,
            "truncated": item.truncated,
            "image": item.image.url if item.image else None,
            "caption": item.image.caption if item.image else None,
            "author": list(item.authors),
            "outlet": item.outlet,
        }
        for item in found.items
    ]


def _as_shown(moment: Moment, kind: PageKind) -> str:
    written = moment.isoformat()
    return (
        written if kind is PageKind.FEED or len(written) <= len("2024-03-28") else written[: len("2024-03-28T16:05:06")]
    )


class Dedup:
    """Articles by content hash and story, as a store places them: within the window of the default setting."""

    def __init__(self) -> None:
        self._letters: list[str] = []
        self._documents: list[str] = []
        self._by_hash: dict[str, int] = {}
        self._stories = Stories(self._letters.__getitem__, WINDOW_DAYS * 86_400)

    def add(self, doc_id: str, text: str, lang: str, published: float) -> tuple[str, str]:  # noqa: ARG002 - the shape is given
        """(content hash, story) of an article; `published` is in epoch seconds."""
        letters = content_letters(text)
        identity = content_hash(letters)
        document = len(self._letters)
        self._letters.append(letters)
        self._documents.append(doc_id)
        first = self._by_hash.setdefault(identity, document) if is_shareable(letters) else document
        self._stories.add(letters, published, same_as=first if first != document else None)
        return identity, self._documents[self._stories.story(document)]

    def clusters(self) -> dict[str, str]:
        """Each article's story; stories may have become one since."""
        return {one: self._documents[self._stories.story(number)] for number, one in enumerate(self._documents)}


def dedup() -> Dedup:
    """A deduplicator: ``add(doc_id, text, lang, published) -> (content_hash, cluster_id)``, in publishing order."""
    return Dedup()


class StoredDedup:
    """The same in a store in a file: articles are saved through the path of a crawl, `STORED` a transaction."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._store = open_store(f"sqlite:///{self._folder.name}/store.db")
        self._waiting: list[ArticleRecord] = []
        self._documents: dict[str, str] = {}

    def add(self, doc_id: str, text: str, lang: str, published: float) -> tuple[str, str]:
        """(content hash, nothing yet) of an article; `published` is in epoch seconds."""
        at = datetime.fromtimestamp(published, UTC)
        url = f"https://news.example.com/{len(self._documents)}"
        letters = content_letters(text)
        record = ArticleRecord(
            id=article_id(url),
            key=url,
            url=url,
            article=Article(url=url, text=text, language=lang, published=Moment(at, 0), extractor="dedup"),
            fingerprint=fingerprint(None, text, letters),
            basis=Basis.PAGE,
            forms=(url,),
            fetched_at=at,
            letters=letters,
        )
        self._documents[record.id] = doc_id
        self._waiting.append(record)
        if len(self._waiting) == STORED:
            self._flush()
        return record.fingerprint.content_hash, ""

    def _flush(self) -> None:
        self._store.articles.save(self._waiting, None)
        self._waiting = []

    def clusters(self) -> dict[str, str]:
        """Each article's story."""
        self._flush()
        return {self._documents[row.id]: self._documents[row.cluster_id] for row in self._store.articles.rows()}


def dedup_on_disk() -> StoredDedup:
    """A deduplicator whose index is a store's: `clusters` tells, once all are added."""
    return StoredDedup()


class TopicsByKey:
    """A `TopicMatcher` for topics known by a key that is none of their phrases."""

    def __init__(self, topics: Mapping[str, Mapping[str, Any]]) -> None:
        self._keys = [key for key, topic in topics.items() if topic.get("any") or topic.get("all")]
        self._matcher = TopicMatcher([_topic(topics[key]) for key in self._keys])

    def match(self, title: str, text: str, lang: str) -> set[str]:
        """The keys of the topics that the document is about."""
        return {self._keys[number] for number in self._matcher.match_numbers(title, text, lang)}


def topics(topics: Mapping[str, Mapping[str, Any]]) -> TopicsByKey:
    """A matcher of topics ``{key: {any, all, none, lang}}``: ``match(title, text, lang) -> set of keys``."""
    return TopicsByKey(topics)


def _topic(given: Mapping[str, Any]) -> Topic:
    needed = tuple(given.get("all", ()))
    name, *aliases = given.get("any") or needed
    return Topic(
        name=name, aliases=tuple(aliases), all=needed, none=tuple(given.get("none", ())), lang=given.get("lang")
    )


class Revisit:
    """The planner as simulations take it: sources by number, local time 0 a Monday."""

    # Epoch second 0 was a Thursday; this was a Monday, 00:00.
    _MONDAY = 4 * 86_400.0

    def __init__(self, n_sources: int, budget_per_day: float, start: float) -> None:
        self._planner = Planner(budget_per_day)
        for number in range(n_sources):
            self._planner.watch(str(number), start + self._MONDAY, bounds=Bounds(min_interval=30.0))

    def on_poll(self, source: int, now: float, n_new: int, published: list[float] | None) -> float:
        """After a poll of a source: the time of its next one, in seconds."""
        times = None if published is None else [x + self._MONDAY for x in published]
        return self._planner.looked(str(source), now + self._MONDAY, n_new, times).at - self._MONDAY


def revisit(n_sources: int, budget_per_day: float, start: float) -> Revisit:
    """A policy: ``on_poll(source, now, n_new, published) -> next``, for so many sources and polls a day."""
    return Revisit(n_sources, budget_per_day, start)
