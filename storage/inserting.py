"""Articles that are new: a fixed number of statements, whatever their number."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import sqlalchemy as sa

from crawler.items import ArticleRecord, Basis, Outcome, Saved
from storage import columns, search_index, stories
from storage.columns import Columns, optional, storable
from storage.ledger import Incoming, Ledger, first_seen, version_columns
from storage.prepared import Prepared
from storage.schema import (
    article_topics,
    articles,
    pages,
    sightings,
    url_keys,
    versions,
    visits,
)

_VERSIONS: Final = Prepared(sa.insert(versions))
_VISITS: Final = Prepared(sa.insert(visits))
_SIGHTINGS: Final = Prepared(sa.insert(sightings))
_TOPICS: Final = Prepared(sa.insert(article_topics))
_PAGES: Final = Prepared(sa.insert(pages))


def insert(ledger: Ledger, new: list[Incoming]) -> list[Incoming]:
    """Inserts articles; gives back those whose key somebody took in spite of `url_keys`."""
    if not new:
        return []
    text_ids, there = ledger.texts([one.record for one in new])
    told = stories.of_texts(ledger.connection, there)
    rows: dict[str, Columns] = {}
    outcomes: dict[str, Outcome] = {}
    for one, text_id in zip(new, text_ids, strict=True):
        record = one.record
        story = told.get(text_id)
        outcomes[record.id] = Outcome.NEW if story is None else Outcome.COPY
        if story is None:
            told[text_id] = story = record.id
        rows[record.id] = _new_article(record, ledger.source, story, ledger.next())
    insert = ledger.database.insert_missing(articles, articles.c.id, articles.c.public_id)
    ids = {public_id: row_id for row_id, public_id in insert.returned(ledger.connection, [*rows.values()])}
    stored = [
        (one, ids[one.record.id], text_id) for one, text_id in zip(new, text_ids, strict=True) if one.record.id in ids
    ]
    if stored:
        _surround(ledger, stored, rows, there)
    ledger.articles += len(stored)
    for one, row_id, _ in stored:
        record = one.record
        if outcomes[record.id] is Outcome.NEW:
            ledger.told.append((one, row_id))
        ledger.saved[one.place] = Saved(
            record.id, outcomes[record.id], rows[record.id]["change_seq"], record.article.title, record.topics
        )
    if len(stored) == len(new):
        return []
    ledger.drop_texts(text_id for one, text_id in zip(new, text_ids, strict=True) if one.record.id not in ids)
    return [one for one in new if one.record.id not in ids]


def _surround(
    ledger: Ledger, stored: list[tuple[Incoming, int, int]], rows: dict[str, Columns], there: set[int]
) -> None:
    """What is around the rows of new articles: first version, keys, sightings, visit, topics, index, raw page."""
    connection = ledger.connection
    _VERSIONS.run_all(
        connection,
        [version_columns(row_id, _number(one.record), one.record, text_id) for one, row_id, text_id in stored],
    )
    ledger.database.insert_missing(url_keys).run_all(
        connection,
        [{"key": key, "article_id": row_id} for one, row_id, _ in stored for key in one.keys],
    )
    _VISITS.run_all(connection, [ledger.visit(row_id, one.record, first_seen(one.record)) for one, row_id, _ in stored])
    seen = [row for one, row_id, _ in stored for row in ledger.sighting_rows(one, row_id, one.forms)]
    if seen:
        _SIGHTINGS.run_all(connection, seen)
    ledger.counted[ledger.source] += sum(1 for one, _, _ in stored if one.forms)
    belongs = [
        {"article_id": row_id, "topic_id": topic}
        for one, row_id, _ in stored
        for topic in sorted(ledger.topics(one.record.topics))
    ]
    if belongs:
        _TOPICS.run_all(connection, belongs)
    others = _others_texts(ledger, stored, there)
    search_index.index(
        ledger.database,
        connection,
        _documents((one.record, rows[one.record.id], others.get(row_id)) for one, row_id, _ in stored),
    )
    raw = [columns.page_columns(row_id, one.record.raw) for one, row_id, _ in stored if one.record.raw is not None]
    if raw:
        _PAGES.run_all(connection, raw)


def _others_texts(ledger: Ledger, stored: list[tuple[Incoming, int, int]], there: set[int]) -> dict[int, str]:
    """By row number, the texts of articles that are shown in another's wording, which has an equal content hash: the
    wording of one whose text was `there`, or of an earlier one of these. One that can't be read any more becomes this
    article's.
    """
    first = {text_id: row_id for _, row_id, text_id in reversed(stored)}
    alike = {row_id: text_id for _, row_id, text_id in stored if text_id in there or first[text_id] != row_id}
    found = ledger.kept_texts(set(alike.values()))
    for one, _, text_id in stored:
        if found.get(text_id, "") is None:
            found[text_id] = storable(one.record.article.text)
            ledger.write_text(text_id, one.record.article.text)
    return {row_id: text for row_id, text_id in alike.items() if (text := found[text_id]) is not None}


def _documents(stored: Iterable[tuple[ArticleRecord, Columns, str | None]]) -> list[search_index.Document]:
    """What the index holds of records, by their rows and another's text that is shown for theirs."""
    documents = []
    shown: dict[tuple[str | None, ...], str] = {}
    for record, row, others_text in stored:
        words = columns.words_of(record)
        if others_text is not None and others_text != record.article.text:
            # Copies of one agency's report come together.
            parts = (record.article.title, record.article.summary, others_text)
            words = shown[parts] = shown.get(parts) or columns.words_in(parts)
        documents.append(search_index.document(row["search_doc"], words, row))
    return documents


def _number(record: ArticleRecord) -> int:
    """The number of the version that is stored first."""
    return record.version or 1


def _new_article(record: ArticleRecord, source: str, story: str, seq: int) -> Columns:
    article = record.article
    read = record.basis is not Basis.LISTING
    return {
        "public_id": record.id,
        "key": storable(record.key),
        "url": storable(record.url),
        "title": optional(article.title),
        **columns.described(article),
        **columns.moment_columns("published", article.published),
        **columns.moment_columns("modified", article.modified),
        **columns.judged(article),
        "dated_at": article.published.utc if article.published else first_seen(record),
        "first_seen": first_seen(record),
        "fetched_at": record.fetched_at,
        "source": source or None,
        "version": _number(record),
        "served_digest": record.fingerprint.version_digest if read else None,
        "provisional": not read,
        "truncated": record.truncated,
        "story": story,
        "search_doc": seq,
        "change_seq": seq,
    }
