"""What an entry or a channel of a feed says, under the names that the families of feeds use for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

__all__ = [
    "AUTHORS",
    "BRIEF",
    "CREDIT",
    "IDENTIFIERS",
    "LINKS",
    "MAX_CHILDREN",
    "MAX_FIELDS",
    "MAX_FIELD_CHARS",
    "MODIFIED",
    "NO_ATTRIBUTES",
    "OF_AN_ENTRY",
    "OF_A_CHANNEL",
    "PICTURES",
    "PLAIN_PREFIXES",
    "PUBLISHED",
    "TAGS",
    "TOLD",
    "WHOLE",
    "XML_SPACE",
    "Entry",
    "Field",
    "Told",
    "usual_name",
]

MAX_FIELDS = 200
MAX_CHILDREN = 2_000
"""Elements of one entry that are looked at, read or not."""
MAX_FIELD_CHARS = 400_000

PLAIN_PREFIXES = frozenset({"rss", "atom", "rdf", ""})
"""Prefixes of elements that are called by their name alone."""
_NAMESPACES = (
    ("purl.org/dc/", "dc"),
    ("purl.org/rss/1.0/modules/content", "content"),
    ("purl.org/rss/1.0/modules/syndication", "sy"),
    ("search.yahoo.com/mrss", "media"),
    ("itunes.com/dtds", "itunes"),
    ("feedburner", "feedburner"),
    ("www.w3.org/1999/xhtml", "xhtml"),
    ("www.w3.org/2005/Atom", "atom"),
    ("purl.org/atom", "atom"),
    ("www.w3.org/1999/02/22-rdf", "rdf"),
)
XML_SPACE = "http://www.w3.org/XML/1998/namespace"
NO_ATTRIBUTES: Mapping[str, str] = {}
PUBLISHED = ("pubDate", "published", "issued", "dc:date", "created", "date")
MODIFIED = ("updated", "modified", "dcterms:modified")
BRIEF = ("description", "summary", "media:description", "itunes:summary")
WHOLE = ("content:encoded", "content")
CREDIT = ("media:credit", "media:text")
_PACE = ("language", "ttl", "sy:updatePeriod", "sy:updateFrequency", "skipHours", "skipDays")
_TITLES_AND_SUCH = ("title", "media:title", "dc:language", "source", "feedburner:origLink")
TOLD = frozenset((*PUBLISHED, *MODIFIED, *BRIEF, *WHOLE, *CREDIT, *_PACE, *_TITLES_AND_SUCH))
"""Elements of which one content is read, and no attribute."""
LINKS = frozenset({"link", "atom:link"})
IDENTIFIERS = frozenset({"id", "guid", "about"})
PICTURES = frozenset({"media:content", "media:thumbnail", "enclosure", "link", "itunes:image", "image"})
AUTHORS = frozenset({"dc:creator", "author", "itunes:author"})
TAGS = frozenset({"category", "dc:subject"})
OF_AN_ENTRY = (TOLD - {*_PACE}) | LINKS | IDENTIFIERS | PICTURES | AUTHORS | TAGS | {"media:group"}
"""What is read of an entry; feeds have as much again, of comments and votes."""
OF_A_CHANNEL = frozenset((*_PACE, "title", "dc:language", "feedburner:origLink")) | LINKS | IDENTIFIERS


@dataclass(slots=True)
class Field:
    """One element: its name with a usual prefix (``itunes:image``; none for RSS and Atom), attributes, content."""

    name: str
    attributes: Mapping[str, str]
    content: str


@dataclass(slots=True)
class Entry:
    """What an entry or a channel says: of the elements in `TOLD` the first content that isn't blank, all others."""

    told: dict[str, str] = field(default_factory=dict)
    fields: list[Field] = field(default_factory=list)
    base: str | None = None
    language: str | None = None
    size: int = 0

    def add(self, name: str, content: str, attributes: Mapping[str, str]) -> None:
        """One more element."""
        self.size += 1
        if name not in TOLD:
            self.fields.append(Field(name, attributes, content))
        elif content and name not in self.told and not content.isspace():
            self.told[name] = content

    def first(self, *names: str) -> str | None:
        """Content of the first of these names, which are of `TOLD`, that has any."""
        for name in names:
            if name in self.told:
                return self.told[name]
        return None

    def every(self, names: frozenset[str]) -> Sequence[Field]:
        """The fields of these names, none of which is of `TOLD`, in their own order."""
        return [one for one in self.fields if one.name in names]


@dataclass(slots=True)
class Told:
    """What was read of a feed: the name of its root, what it says of itself, its entries; `mended` says how.

    `cut`: it broke off before its end. `left` entries more were not read.
    """

    root: str
    channel: Entry = field(default_factory=Entry)
    entries: list[Entry] = field(default_factory=list)
    mended: str = ""
    cut: bool = False
    left: int = 0

    @property
    def is_feed(self) -> bool:
        """Whether it is a feed even without entries; RDF of other vocabularies is none."""
        if self.entries or self.root in ("rss", "channel"):
            return True
        return self.root in ("feed", "RDF") and self.channel.first("title") is not None


@lru_cache(maxsize=2048)
def usual_name(tag: str) -> str:
    """``{http://purl.org/dc/elements/1.1/}date``, the same without its first brace, and an unbound ``dc:date`` alike as
    ``dc:date``.
    """
    space, brace, local = tag.rpartition("}")
    if brace:
        prefix = next((short for mark, short in _NAMESPACES if mark in space), "")
    else:
        prefix, _, local = tag.rpartition(":")
    return local if prefix in PLAIN_PREFIXES else f"{prefix}:{local}"
