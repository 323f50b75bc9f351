"""The product as the measuring programs want it: each adapter goes through the code that a crawl goes through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crawler.dedup.fingerprint import fingerprint
from crawler.items import Topic
from crawler.topics import TopicMatcher


class ExactDedup:
    """Documents by content hash; each hash is its own cluster."""

    def add(self, doc_id: str, text: str, lang: str, published: float) -> tuple[str, str]:  # noqa: ARG002 - the shape is given
        """(content hash, cluster id) of a document; `published` is in epoch seconds."""
        content_hash = fingerprint(None, text).content_hash
        return content_hash, content_hash


def dedup() -> ExactDedup:
    """A deduplicator: ``add(doc_id, text, lang, published) -> (content_hash, cluster_id)``, in publishing order."""
    return ExactDedup()


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
