"""JSON Feed 1.1 (jsonfeed.org), the whole text in ``content_text``."""

from __future__ import annotations

from typing import BinaryIO

import orjson

from crawler.export.formats import UNFIT, About, BrokenRow
from crawler.items import ArticleRow, Moment, Precision


class JsonFeed:
    """Writes each item at once."""

    def __init__(self, stream: BinaryIO, about: About) -> None:
        self._stream = stream
        head = orjson.dumps(
            {"version": "https://jsonfeed.org/version/1.1", "title": about.title, "home_page_url": about.link}
        )
        stream.write(head[:-1] + b',"items":[')
        self._comma = b"\n"

    def write(self, row: ArticleRow) -> list[BrokenRow]:
        """Write one item; a row that JSON can't carry (a lone surrogate) is broken."""
        try:
            line = _item(row)
        except UNFIT as error:
            return [BrokenRow(row.id, str(error))]
        self._stream.write(self._comma + line)
        self._comma = b",\n"
        return []

    def finish(self) -> list[BrokenRow]:
        """End the list."""
        self._stream.write(b"\n]}\n")
        return []

    def abandon(self) -> None:
        """Nothing is written unasked."""


def _item(row: ArticleRow) -> bytes:
    item = {
        "id": row.id,
        "url": row.url,
        "title": row.title,
        "content_text": row.text,
        "summary": row.summary,
        "image": row.image,
        "date_published": _time(row.published) or row.first_seen.isoformat(timespec="seconds"),
        "date_modified": _time(row.modified),
        "authors": [{"name": name} for name in row.authors] or None,
        "tags": list(dict.fromkeys((*row.topics, *row.tags))) or None,
        "language": row.lang,
    }
    return orjson.dumps({key: value for key, value in item.items() if value is not None})


def _time(moment: Moment | None) -> str | None:
    """RFC 3339, which has no bare days: a day begins at the publisher's midnight."""
    if moment is None:
        return None
    told = moment.isoformat()
    if moment.precision is not Precision.DAY:
        return told
    hours, minutes = divmod(abs(moment.offset), 60)
    return f"{told}T00:00:00{'-' if moment.offset < 0 else '+'}{hours:02}:{minutes:02}"


def open_writer(stream: BinaryIO, about: About) -> JsonFeed:
    """A writer of a JSON Feed on `stream`."""
    return JsonFeed(stream, about)
