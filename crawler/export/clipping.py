"""The clipping: what a press office prints in the morning. By topic, newest story first, copies folded into it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader

from crawler.errors import ExportError
from crawler.export.formats import About, BrokenRow
from crawler.items import ArticleRow, Precision, shown_in
from crawler.urls import publisher

MAX_ARTICLES = 20_000  # they are held in memory to be sorted; nobody reads more of them on paper
LEAD_LETTERS = 320
NAME_LETTERS = 120


@dataclass(frozen=True, slots=True)
class Clip:
    """One article as the clipping shows it."""

    title: str
    url: str
    outlet: str
    authors: str
    when: datetime
    day_only: bool
    lead: str
    lang: str
    story: str
    topics: tuple[str, ...]

    @property
    def shown(self) -> str:
        """The time as people read it."""
        return self.when.date().isoformat() if self.day_only else self.when.isoformat(" ", "minutes")


class Clipping:
    """Holds the beginnings of all articles and writes the page at the end."""

    def __init__(self, stream: BinaryIO, about: About) -> None:
        self._stream, self._about = stream, about
        self._zone = ZoneInfo(about.zone)
        self._clips: list[Clip] = []

    def write(self, row: ArticleRow) -> list[BrokenRow]:
        """Take one row."""
        if len(self._clips) >= MAX_ARTICLES:
            raise ExportError(
                f"a clipping holds {MAX_ARTICLES:,} articles: ask for fewer, with --since, --topic or --source", "html"
            )
        moment = row.published
        day_only = moment is not None and moment.precision is Precision.DAY
        when = datetime.fromisoformat(moment.isoformat()) if moment is not None and day_only else None
        if when is None:
            when = shown_in(moment.utc if moment is not None else row.first_seen, self._zone)
        self._clips.append(
            Clip(
                title=_beginning(row.title or row.url),
                # Only such an address may stand in a link: a stranger's javascript: would run in the reader's browser.
                url=row.url if row.url.startswith(("http://", "https://")) else "",
                outlet=_beginning(row.site or publisher(row.url), NAME_LETTERS),
                authors=", ".join(_beginning(name, NAME_LETTERS) for name in row.authors[:3]),
                when=when.replace(tzinfo=None),
                day_only=day_only,
                lead=_beginning(row.summary or row.text),
                lang=row.lang or "",
                story=row.cluster_id,
                topics=row.topics,
            )
        )
        return []

    def finish(self) -> list[BrokenRow]:
        """Write the page."""
        page = Environment(
            loader=PackageLoader("crawler.export", "."), autoescape=True, trim_blocks=True, lstrip_blocks=True
        )
        html = page.get_template("clipping.html").render(
            about=self._about,
            sections=list(sections(self._clips)),
            articles=len(self._clips),
            stories=len({clip.story for clip in self._clips}),
            first=min((clip.shown for clip in self._clips), default=""),
            last=max((clip.shown for clip in self._clips), default=""),
        )
        self._stream.write(html.encode("utf-8", "replace"))
        return []

    def abandon(self) -> None:
        """Nothing is written unasked."""


def sections(clips: Iterable[Clip]) -> Iterable[tuple[str, list[Sequence[Clip]]]]:
    """Topics by name, those of no topic last (named empty); in each its stories, newest first, the earliest article of
    a story first and its copies behind it.
    """
    by_topic: dict[str, dict[str, list[Clip]]] = {}
    for clip in clips:
        for topic in clip.topics or ("",):
            by_topic.setdefault(topic, {}).setdefault(clip.story, []).append(clip)
    for topic in sorted(by_topic, key=lambda name: (not name, name)):
        stories = [sorted(story, key=lambda clip: (clip.when, clip.url)) for story in by_topic[topic].values()]
        stories.sort(key=lambda story: (story[0].when, story[0].url), reverse=True)
        yield topic, [*stories]


def _beginning(text: str, letters: int = LEAD_LETTERS) -> str:
    """`text` on one line, cut between words where it is longer."""
    line = " ".join(text[: letters * 4].split())
    return line if len(line) <= letters else line[:letters].rsplit(" ", 1)[0] + " …"


def open_writer(stream: BinaryIO, about: About) -> Clipping:
    """A writer of the clipping on `stream`; times are shown in `about.zone`."""
    return Clipping(stream, about)
