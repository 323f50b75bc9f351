"""Articles that are met again: what the record changes, decided by `crawler.dedup.revision`, and nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any, Final

import sqlalchemy as sa

from crawler.dedup.revision import Change, Held, Met, decide
from crawler.items import ArticleRecord, Basis, Outcome, Saved
from storage import columns, search_index, sighting, stories
from storage.article_rows import of_shown
from storage.columns import Columns, chunks, optional, storable
from storage.ledger import MAX_FORMS, Incoming, Ledger, version_columns
from storage.schema import (
    article_topics,
    articles,
    pages,
    sightings,
    texts,
    url_keys,
    versions,
    visits,
)

OUTCOMES: Final = {
    Change.SAME: Outcome.KNOWN,
    Change.EXTEND: Outcome.KNOWN,
    Change.SETTLE: Outcome.KNOWN,
    Change.COMPLETE: Outcome.COMPLETED,
    Change.VERSION: Outcome.UPDATED,
    Change.RESTORE: Outcome.UPDATED,
    Change.REWORK: Outcome.UPDATED,
}
INDEXED: Final = frozenset({"title", "summary", "site", "lang", "authors"})
"""Columns, beside key and text, that the search index knows."""
IN_PLACE: Final = frozenset({Change.EXTEND, Change.COMPLETE, Change.REWORK})


@dataclass(slots=True)
class Known:
    """An article that the store holds, as far as storing a record needs it."""

    row: dict[str, Any]
    sources: dict[str, dict[str, str | None]] = field(default_factory=lambda: defaultdict(dict))
    """By source, the forms under which it was met there, with what a door called it."""
    topics: set[int] = field(default_factory=set)
    digests: dict[str, int] = field(default_factory=dict)
    joins: bool = False
    """It was never met in the source that meets it now."""


class Revising:
    """Writes what records say of articles that the store holds; of no two of them about the same article."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    def meet(self, met: list[tuple[Incoming, dict[str, int]]]) -> None:
        """Stores records, each with the owners of its keys."""
        held = self._load({owners[key] for one, owners in met for key in one.keys if key in owners})
        changes: list[tuple[Incoming, Known, Change, bool]] = []
        past: list[tuple[Incoming, Known]] = []
        seen: list[Columns] = []
        for one, owners in met:
            known, merged = self._which(one, owners, held)
            seen += self._new_sightings(one, known)
            if _is_past(one.record, known):
                past.append((one, known))
            changes.append((one, known, self._decide(one.record, known), merged))
        if seen:
            self.ledger.connection.execute(self.ledger.database.insert(sightings).on_conflict_do_nothing(), seen)
        before = met_keys(met)
        missing = [
            {"key": key, "article_id": known.row["id"]}
            for one, known, _, _ in changes
            for key in one.keys
            if key not in before
        ]
        if missing:
            self.ledger.connection.execute(self.ledger.database.insert(url_keys).on_conflict_do_nothing(), missing)
        told = self._mend_texts([(one, known) for one, known, _, _ in changes])
        self._write_texts([(one, known, change) for one, known, change, _ in changes])
        self._write_past([(one.record, known) for one, known in past])
        told |= {one.place for one, _ in past}
        for one, known, change, merged in changes:
            self._write(one, known, change, merged or one.place in told)
        for place in told:
            self.ledger.saved[place] = replace(self.ledger.saved[place], outcome=Outcome.UPDATED)

    def _load(self, ids: Collection[int]) -> dict[int, Known]:
        held: dict[int, Known] = {}
        for some in chunks(ids):
            query = (
                of_shown(
                    articles,
                    versions.c.text_id,
                    versions.c.digest,
                    versions.c.basis,
                    texts.c.letters,
                    texts.c.hash_version,
                    texts.c.content_hash,
                    visits.c.next_check_at,
                )
                .outerjoin(visits, visits.c.article_id == articles.c.id)
                .where(articles.c.id.in_(some))
            )
            for row in self.ledger.connection.execute(query).mappings():
                held[row["id"]] = Known(dict(row))
            for row_id, source, form, title in self.ledger.connection.execute(
                sa.select(sightings.c.article_id, sightings.c.source, sightings.c.form, sightings.c.title).where(
                    sightings.c.article_id.in_(some)
                )
            ):
                held[row_id].sources[source][form] = title
            for row_id, topic in self.ledger.connection.execute(
                sa.select(article_topics).where(article_topics.c.article_id.in_(some))
            ):
                held[row_id].topics.add(topic)
            for row_id, number, digest in self.ledger.connection.execute(
                sa.select(versions.c.article_id, versions.c.number, versions.c.digest)
                .where(versions.c.article_id.in_(some))
                .order_by(versions.c.number)
            ):
                held[row_id].digests[digest] = number
        return held

    def _which(self, one: Incoming, owners: dict[str, int], held: dict[int, Known]) -> tuple[Known, bool]:
        """The article that the record tells of, and whether rows changed to say so.

        The canonical key decides, else a URL form under which an article was met. A provisional article met under one
        of the page's URLs is this article: it is merged into it, or takes its canonical identity.
        """
        record = one.record
        ids = list(dict.fromkeys(owners[key] for key in one.keys if key in owners))
        if record.id in owners:
            target = held[owners[record.id]]
        else:
            settled = [row_id for row_id in ids if not held[row_id].row["provisional"]]
            target = held[(settled or ids)[0]]
        changed = False
        if record.basis is Basis.LISTING:
            return target, changed
        for row_id in ids:
            other = held[row_id]
            if other is not target and other.row["provisional"]:
                self._merge(other, target)
                changed = True
        if record.id not in owners and target.row["provisional"]:
            self._rekey(target, record)
            changed = True
        return target, changed

    def _merge(self, gone: Known, into: Known) -> None:
        """Takes a provisional article into the one whose page it turned out to be."""
        run = self.ledger.connection.execute
        old, new = gone.row["id"], into.row["id"]
        run(sa.update(url_keys).where(url_keys.c.article_id == old).values(article_id=new))
        for source, forms in gone.sources.items():
            if source in into.sources:
                self.ledger.counted[source] -= 1
            moving = {form: title for form, title in forms.items() if form not in into.sources[source]}
            for form in moving:
                run(
                    sa.update(sightings)
                    .where(sightings.c.article_id == old, sightings.c.source == source, sightings.c.form == form)
                    .values(article_id=new)
                )
            into.sources[source] |= moving
        filling: Columns = {}
        if into.row["published_at"] is None and gone.row["published_at"] is not None:
            names = ("published_at", "published_offset", "published_precision", "published_zone_from")
            filling = {name: gone.row[name] for name in names} | {"dated_at": gone.row["published_at"]}
        if gone.row["first_seen"] < into.row["first_seen"]:
            filling["first_seen"] = gone.row["first_seen"]
        if filling:
            into.row |= filling
            run(sa.update(articles).where(articles.c.id == new).values(**filling))
        old_texts = [row.text_id for row in run(sa.select(versions.c.text_id).where(versions.c.article_id == old))]
        run(sa.delete(articles).where(articles.c.id == old))
        self.ledger.articles -= 1
        self.ledger.drop_texts(old_texts)

    def _rekey(self, known: Known, record: ArticleRecord) -> None:
        """Gives a provisional article, so far named by a listing's link, the identity that its page declares."""
        old = known.row["public_id"]
        identity: Columns = {"public_id": record.id, "key": storable(record.key), "url": storable(record.url)}
        if known.row["story"] == old:
            identity["story"] = record.id
            others = stories.members(self.ledger.connection, old, besides=known.row["id"])
            for row_id in others:
                self.ledger.connection.execute(
                    sa.update(articles)
                    .where(articles.c.id == row_id)
                    .values(story=record.id, change_seq=self.ledger.next())
                )
        known.row |= identity
        self.ledger.connection.execute(sa.update(articles).where(articles.c.id == known.row["id"]).values(**identity))

    def _new_sightings(self, one: Incoming, known: Known) -> list[Columns]:
        there = known.sources.get(self.ledger.source, {})
        known.joins = not there and bool(one.forms) and bool(self.ledger.source)
        if known.joins:
            self.ledger.counted[self.ledger.source] += 1
        fresh = [form for form in one.forms if form not in there][: max(0, MAX_FORMS - len(there))]
        title = optional(one.record.listing_title)
        if title and one.named in there and there[one.named] != title:
            sighting.retitle(self.ledger.connection, self.ledger.source, [(known.row["id"], one.named, title)])
        known.sources[self.ledger.source].update(dict.fromkeys(fresh))
        return self.ledger.sighting_rows(one, known.row["id"], fresh)

    @staticmethod
    def _decide(record: ArticleRecord, known: Known) -> Change:
        row, mark = known.row, record.fingerprint
        if _late(record, row):
            return Change.SAME
        if _is_unheld(record, known):
            return Change.VERSION
        return decide(
            Held(
                basis=Basis(row["basis"]),
                letters=row["letters"],
                truncated=row["truncated"],
                digest=row["digest"],
                served=row["served_digest"],
                earlier=known.digests,
            ),
            Met(basis=record.basis, letters=mark.letters, truncated=record.truncated, digest=mark.version_digest),
        )

    def _mend_texts(self, met: list[tuple[Incoming, Known]]) -> set[int]:
        """Writes the text of a record that has the content hash of the one that is held, where that can't be read any
        more; the places of these records. A listing is met at each look, and not asked.
        """
        same = {
            known.row["text_id"]: one
            for one, known in met
            if one.record.basis is not Basis.LISTING
            and (one.record.fingerprint.version, one.record.fingerprint.content_hash)
            == (known.row["hash_version"], known.row["content_hash"])
        }
        damaged = [text_id for text_id, text in self.ledger.kept_texts(same).items() if text is None]
        for text_id in damaged:
            self.ledger.write_text(text_id, same[text_id].record.article.text)
        return {same[text_id].place for text_id in damaged}

    def _write_texts(self, changes: list[tuple[Incoming, Known, Change]]) -> None:
        """Text and version rows of what changed; moves `known.row` along with them."""
        in_place = [(one.record, known, change) for one, known, change in changes if change in IN_PLACE]
        added = [(one.record, known) for one, known, change in changes if change is Change.VERSION]
        run = self.ledger.connection.execute
        if in_place:
            old = [known.row["text_id"] for _, known, _ in in_place]
            ids, there = self.ledger.texts([record for record, _, _ in in_place])
            told = stories.of_texts(self.ledger.connection, there - set(old))
            for (record, known, _), text_id in zip(in_place, ids, strict=True):
                row = known.row
                if text_id == row["text_id"]:
                    run(
                        sa.update(texts)
                        .where(texts.c.id == text_id, ~_used_elsewhere(row["id"]))
                        .values(text=storable(record.article.text))
                    )
                elif (
                    text_id in told
                    and told[text_id] != row["story"]
                    and stories.alone(self.ledger.connection, row["story"], row["id"])
                ):
                    row["story"] = told[text_id]
                run(
                    sa.update(versions)
                    .where(versions.c.article_id == row["id"], versions.c.number == row["version"])
                    .values(**version_columns(row["id"], row["version"], record, text_id))
                )
                row["text_id"] = text_id
            self.ledger.drop_texts(old)
        if added:
            ids, _ = self.ledger.texts([record for record, _ in added], own=True)
            rows = []
            for (record, known), text_id in zip(added, ids, strict=True):
                number = record.version if _is_unheld(record, known) else None
                number = number or max(known.digests.values()) + 1
                known.row |= {"version": number, "text_id": text_id}
                rows.append(version_columns(known.row["id"], number, record, text_id))
            run(sa.insert(versions), rows)

    def _write_past(self, past: list[tuple[ArticleRecord, Known]]) -> None:
        """Versions of an earlier time that were not held."""
        if not past:
            return
        ids, _ = self.ledger.texts([record for record, _ in past], own=True)
        self.ledger.connection.execute(
            sa.insert(versions),
            [
                version_columns(known.row["id"], record.version or 1, record, text_id)
                for (record, known), text_id in zip(past, ids, strict=True)
            ],
        )

    def _write(self, one: Incoming, known: Known, change: Change, merged: bool) -> None:
        """The article's own row and what stands around it, as far as something differs."""
        record, row = one.record, known.row
        read = record.basis is not Basis.LISTING
        values = self._differences(record, known, change)
        wanted = self.ledger.topics(record.topics)
        text_changed = change not in {Change.SAME, Change.SETTLE}
        gone = known.topics - wanted if text_changed else set()
        late = _late(record, row)
        come = wanted - known.topics if (read or row["provisional"]) and not late else set()
        changed = bool(values or gone or come or merged)
        if changed or known.joins:
            values["change_seq"] = self.ledger.next()
            if text_changed or merged or not INDEXED.isdisjoint(values):
                values["search_doc"] = values["change_seq"]
                self._index(row | values)
            self.ledger.connection.execute(sa.update(articles).where(articles.c.id == row["id"]).values(**values))
            row |= values
        if gone:
            self.ledger.connection.execute(
                sa.delete(article_topics).where(
                    article_topics.c.article_id == row["id"], article_topics.c.topic_id.in_(gone)
                )
            )
        if come:
            self.ledger.connection.execute(
                sa.insert(article_topics), [{"article_id": row["id"], "topic_id": topic} for topic in sorted(come)]
            )
        if read and not late:
            self._visited(record, known, changed)
        if text_changed and change is not Change.RESTORE:
            self.ledger.told.append((one, row["id"]))
        self.ledger.saved[one.place] = Saved(
            row["public_id"], OUTCOMES[change], row["change_seq"], row["title"], record.topics
        )

    def _index(self, row: Columns) -> None:
        """Puts the article into the search index anew, with the text that the store shows of it."""
        # By the version: of one that an article went back to, `text_id` is not what was read with the row.
        shown = sa.select(versions.c.text_id).where(
            versions.c.article_id == row["id"], versions.c.number == row["version"]
        )
        text_id = self.ledger.connection.execute(shown).scalar_one()
        words = columns.words_in((row["title"], row["summary"], self.ledger.kept_texts([text_id])[text_id]))
        document = search_index.document(row["search_doc"], words, row)
        search_index.index(self.ledger.database, self.ledger.connection, [document])

    def _visited(self, record: ArticleRecord, known: Known, changed: bool) -> None:
        """Notes the look at the page where it changed something or an edit check was due."""
        row = known.row
        due = row["next_check_at"]
        if not changed and (due is None or record.fetched_at < due):
            return
        visit = self.ledger.visit(row["id"], record, row["first_seen"])
        del visit["source"], visit["article_id"]
        self.ledger.connection.execute(sa.update(visits).where(visits.c.article_id == row["id"]).values(**visit))
        if changed and record.raw is not None:
            page = columns.page_columns(row["id"], record.raw)
            insert = self.ledger.database.insert(pages).values(**page)
            del page["article_id"]
            self.ledger.connection.execute(insert.on_conflict_do_update(index_elements=[pages.c.article_id], set_=page))

    def _differences(self, record: ArticleRecord, known: Known, change: Change) -> Columns:
        """The columns of the article that the record changes.

        What a page says wins over what is held, silence changes nothing. A listing, a page whose text is cut, and an
        exported row of an earlier time only fill what is unknown, unless their text is shown as well.
        """
        row, article = known.row, record.article
        told = columns.described(article)
        late = _late(record, row)
        fills = record.basis is Basis.LISTING or (record.truncated and change is Change.SAME) or late
        wins = change is Change.EXTEND or not fills
        values = {
            name: value for name, value in told.items() if value and value != row[name] and (wins or not row[name])
        }
        for name in ("published", "modified"):
            moment = columns.moment_columns(name, getattr(article, name))
            if moment[f"{name}_at"] is None or not (wins or row[f"{name}_at"] is None):
                continue
            if any(row[column] != value for column, value in moment.items()):
                values |= moment
        if "published_at" in values:
            values["dated_at"] = values["published_at"]
        if change is not Change.SAME:
            values |= self._text_differences(record, known, change)
        if values:
            values["fetched_at"] = row["fetched_at"] if late else record.fetched_at
        return values

    @staticmethod
    def _text_differences(record: ArticleRecord, known: Known, change: Change) -> Columns:
        row, read = known.row, record.basis is not Basis.LISTING
        if change is Change.RESTORE:
            row["version"] = known.digests[record.fingerprint.version_digest]
        values: Columns = {"version": row["version"], "story": row["story"]} | columns.judged(record.article)
        if change is not Change.SETTLE:
            values["title"] = optional(record.article.title)
        values["provisional"] = not read
        values["truncated"] = row["truncated"] if change is Change.SETTLE else record.truncated
        if read:
            values["served_digest"] = record.fingerprint.version_digest
            if record.id == row["public_id"]:
                values["url"] = storable(record.url)
        return values


def met_keys(met: list[tuple[Incoming, dict[str, int]]]) -> set[str]:
    """Keys that were known before."""
    return {key for _, owners in met for key in owners}


def _late(record: ArticleRecord, row: Columns) -> bool:
    """Whether an exported row tells of a time that is past: no later than what is held, which a page told."""
    return record.first_seen is not None and record.fetched_at <= row["fetched_at"] and not row["provisional"]


def _is_unheld(record: ArticleRecord, known: Known) -> bool:
    """Whether an exported row is a version, by its number and by its text, that the article does not have."""
    return (
        record.version is not None
        and record.basis is not Basis.LISTING
        and not known.row["provisional"]
        and record.version not in known.digests.values()
        and record.fingerprint.version_digest not in known.digests
    )


def _is_past(record: ArticleRecord, known: Known) -> bool:
    return _late(record, known.row) and _is_unheld(record, known)


def _used_elsewhere(row_id: int) -> sa.Exists:
    return sa.exists().where(versions.c.text_id == texts.c.id, versions.c.article_id != row_id)
