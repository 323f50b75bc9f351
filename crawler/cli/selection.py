"""Options that choose articles, shared by the commands that read the store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from crawler.cli.context import Settings, utc_now
from crawler.cli.times import FORMS, parse_when

if TYPE_CHECKING:
    from crawler.items import ArticleFilter
    from storage import Store

F = TypeVar("F", bound=Callable[..., Any])


def selects(*names: str) -> Callable[[F], F]:
    """Give a command the options in `names`: query, topic, source, lang, since, until, seen_since."""

    def decorate(function: F) -> F:
        for name in reversed(names):
            option = name.replace("_", "-")
            metavar, text = _options[name]
            function = click.option(f"--{option}", metavar=metavar, help=text)(function)
        return function

    return decorate


_options = {
    "query": ("QUERY", "Only articles that `presswatch search` would find with it."),
    "topic": ("NAME", "Only articles of this topic."),
    "source": ("NAME", "Only articles met by this source."),
    "lang": ("CODE", "Only articles in this language, ISO 639-1."),
    "since": ("WHEN", f"Published, else first seen, at or after: {FORMS}."),
    "until": ("WHEN", "Published, else first seen, before; a day is taken in whole."),
    "seen_since": ("WHEN", "First seen by presswatch at or after."),
}


def article_filter(
    settings: Settings,
    store: Store,
    chosen: Mapping[str, str | None],
    *,
    after_seq: int | None = None,
) -> ArticleFilter:
    """The filter that the options in `chosen` mean; UnknownName, with the way out, for what isn't stored."""
    from crawler.errors import UsageError
    from crawler.items import ArticleFilter
    from crawler.text.language import LANGUAGE_FORMS, is_language

    topic, source = chosen.get("topic"), chosen.get("source")
    if topic is not None:
        require_topic(store, topic)
    if source is not None:
        store.sources.get(source)
    lang = chosen.get("lang")
    if lang is not None and not is_language(lang := lang.lower()):
        raise UsageError(f"--lang: {lang!r} is no language; write {LANGUAGE_FORMS}", lang)
    now, zone = utc_now(), settings.config.zone

    def moment(name: str, *, end: bool = False) -> datetime | None:
        text = chosen.get(name)
        return parse_when(text, now, zone, end=end) if text is not None else None

    return ArticleFilter(
        topic=topic,
        source=source,
        lang=lang,
        since=moment("since"),
        until=moment("until", end=True),
        seen_since=moment("seen_since"),
        words=chosen.get("query"),
        zone=zone if chosen.get("query") is not None else "UTC",
        after_seq=after_seq,
    )


def require_topic(store: Store, name: str) -> None:
    """Raise UnknownName, naming the way out, unless the topic is stored."""
    from shlex import quote

    from crawler.config import nearest
    from crawler.errors import UnknownName

    try:
        store.topics.get(name)
    except UnknownName as error:
        near = nearest(name, tuple(topic.name for topic in store.topics.list()))
        raise UnknownName(
            f"there is no topic {name!r}{near}; add it with: presswatch topic add {quote(name)}", name
        ) from error
