"""Stories: the articles that tell one text. A story is named by the public id of the article that told it first."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.columns import chunks
from storage.prepared import Prepared
from storage.schema import articles, versions

_OTHERS = sa.select(articles.c.id).where(
    articles.c.story == sa.bindparam("name"), articles.c.id != sa.bindparam("besides")
)
_MEMBERS = Prepared(_OTHERS.order_by(articles.c.id))
_ANOTHER = Prepared(_OTHERS.limit(1))


def of_texts(connection: Connection, text_ids: Collection[int]) -> dict[int, str]:
    """The story of the oldest article that shows or showed each text row; texts that nobody shows are absent."""
    told: dict[int, str] = {}
    for some in chunks(text_ids):
        oldest = (
            sa.select(versions.c.text_id, sa.func.min(versions.c.article_id).label("article_id"))
            .where(versions.c.text_id.in_(some))
            .group_by(versions.c.text_id)
            .subquery()
        )
        query = sa.select(oldest.c.text_id, articles.c.story).join(articles, articles.c.id == oldest.c.article_id)
        told |= {row.text_id: row.story for row in connection.execute(query)}
    return told


def members(connection: Connection, story: str, besides: int) -> list[int]:
    """Row numbers of the story's articles, oldest first, without one of them."""
    return [row_id for (row_id,) in _MEMBERS.all(connection, {"name": story, "besides": besides})]


def alone(connection: Connection, story: str, row_id: int) -> bool:
    """Whether the article is the only one of its story."""
    return _ANOTHER.first(connection, {"name": story, "besides": row_id}) is None
