"""What a subject of the news is made of: word lists and templates that one article draws from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One field of news. `tags` are shown on pages; `table` is a header row and the names of its rows."""

    key: str
    section: str
    tags: tuple[str, ...]
    organisations: tuple[str, ...]
    titles: tuple[str, ...]
    leads: tuple[str, ...]
    details: tuple[str, ...]
    quotes: tuple[str, ...]
    headings: tuple[str, ...]
    points: tuple[str, ...]
    table: tuple[tuple[str, str], tuple[str, ...]]
