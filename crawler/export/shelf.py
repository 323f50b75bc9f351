"""A store's articles to choose from and to export."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from crawler.damage import Damage
from crawler.export.choosing import Shelf, Taken
from crawler.items import ArticleFilter, ArticleMark, ArticleRow, DamagedRow

if TYPE_CHECKING:
    from storage.articles import Articles


class StoredShelf(Shelf):
    """The articles of a store that pass a filter; `damage` notes those that can't be read.

    Marks are read without texts, in a tenth of the time, so that it shows only afterwards whether a chosen one can be
    read.
    """

    def __init__(self, articles: Articles, wanted: ArticleFilter, damage: Damage) -> None:
        super().__init__(lambda: articles.rows(wanted, damaged=damage.note))
        self._articles, self._wanted, self._damage = articles, wanted, damage
        self._unread: set[str] = set()
        self.continues = bool(wanted.after_seq)

    def marks(self) -> Iterator[ArticleMark]:
        """Without those that turned out to be unreadable."""
        marks = self._articles.marks(self._wanted, damaged=self._damage.note)
        return (mark for mark in marks if mark.id not in self._unread)

    def newest(self, count: int, taken: Taken | None) -> list[str]:
        """Without reading others, where all are taken."""
        found = None
        if taken is None:
            unread = self._unread
            found = self._articles.newest(self._wanted, count, passed_over=unread, damaged=self._damage.note)
        return super().newest(count, taken) if found is None else found

    def these(self, ids: Sequence[str]) -> Iterator[ArticleRow]:
        """By their ids, without reading others."""
        return self._articles.these(ids, all_versions=self._wanted.all_versions, damaged=self._note)

    def given_before(self, stories: tuple[str, ...]) -> Iterator[ArticleRow]:
        """All that the stories have, what a cursor leaves out included."""
        every = replace(self._wanted, after_seq=None, all_versions=False, stories=stories)
        return self._articles.rows(every, damaged=lambda _: None)

    def can_read(self, ids: Sequence[str]) -> bool:
        """Reads them to find out."""
        before = len(self._unread)
        for _ in self.these(ids):
            pass
        return len(self._unread) == before

    def _note(self, row: DamagedRow) -> None:
        self._damage.note(row)
        if row.version is None:
            self._unread.add(row.id)
