"""Sound RSS, RDF and Atom, read from the parser's events: no tree is built of what nobody looks at."""

from __future__ import annotations

from collections.abc import Mapping
from xml.parsers import expat

from crawler.extract.feed_fields import (
    MAX_CHILDREN,
    MAX_FIELD_CHARS,
    MAX_FIELDS,
    NO_ATTRIBUTES,
    OF_A_CHANNEL,
    OF_AN_ENTRY,
    TOLD,
    XML_SPACE,
    Entry,
    Told,
    usual_name,
)
from crawler.extract.feed_items import MAX_ENTRIES

__all__ = ["read_sound"]

_BUFFER = 32_768
"""Bytes of text that are handed on together, instead of line by line."""
_XML_LANG = f"{XML_SPACE}}}lang"
_SKIPS = frozenset({"skipHours", "skipDays"})


class _UnusualError(Exception):
    """Elements or comments within a text: that takes a tree."""


def read_sound(utf8: bytes) -> Told | None:
    """What a feed tells; `None` where its XML isn't sound, where texts hold elements or comments, and for no feed.

    `utf8` begins with the root, so that nothing can define an entity.
    """
    parser = expat.ParserCreate("utf-8", "}")
    parser.buffer_text = True
    parser.buffer_size = _BUFFER
    reader = _Reader()
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.texts.append
    parser.CommentHandler = reader.comment
    parser.ProcessingInstructionHandler = reader.instruction
    try:
        parser.Parse(utf8, True)
    except (expat.ExpatError, _UnusualError):
        return None
    told = reader.told
    return told if told is not None and told.is_feed else None


class _Reader:
    """Where in a feed the parser is: in its root or channel, in an entry, in a field that is read, in a name there."""

    __slots__ = (
        "_attributes",
        "_channel",
        "_children",
        "_entry",
        "_entry_attributes",
        "_field",
        "_group",
        "_name",
        "_skipped",
        "_within",
        "texts",
        "told",
    )

    def __init__(self) -> None:
        self.told: Told | None = None
        self.texts: list[str] = []
        self._channel = False
        self._entry: Entry | None = None
        self._entry_attributes: Mapping[str, str] = NO_ATTRIBUTES
        self._children = 0
        self._group = False
        self._field = ""
        self._attributes: Mapping[str, str] = NO_ATTRIBUTES
        self._within = 0  # elements open in the field
        self._name: str | None = None  # of an author, where an element tells it
        self._skipped = 0  # elements open of which nothing is read

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if self._skipped:
            self._skipped += 1
            return
        name = usual_name(tag)
        entry = self._entry
        if self._field:
            self._inside(name)
        elif entry is not None:
            self._children += 1
            if self._children > MAX_CHILDREN:
                raise _UnusualError
            if name not in OF_AN_ENTRY or entry.size >= MAX_FIELDS:
                self._skipped = 1
            elif name == "media:group" and not self._group:
                self._group = True
            else:
                self._field, self._attributes = name, attributes
                self.texts.clear()
        elif self.told is None:
            self.told = Told(tag.rpartition("}")[2])
            self.told.channel.language = attributes.get(_XML_LANG)
        elif name == "item" or (name == "entry" and not self._channel):
            if len(self.told.entries) >= MAX_ENTRIES:
                self.told.left += 1
                self._skipped = 1
                return
            self._entry, self._entry_attributes, self._children = Entry(), attributes, 0
            self.told.entries.append(self._entry)
        elif name == "channel" and not self._channel:
            self._channel = True
            channel = self.told.channel
            channel.language = attributes.get(_XML_LANG) or channel.language
        elif name in OF_A_CHANNEL and self.told.channel.size < MAX_FIELDS:
            self._field, self._attributes = name, attributes
            self.texts.clear()
        else:
            self._skipped = 1

    def _inside(self, name: str) -> None:
        """An element begins in a field: of an author a name is read, of hours and days all."""
        if self._field == "author":
            if name != "name" or self._name is not None or self._within:
                if not self._within:
                    self._skipped = 1
                    return
                raise _UnusualError
            self.texts.clear()
        elif self._field not in _SKIPS:
            raise _UnusualError
        self._within += 1

    def end(self, _tag: str) -> None:
        if self._skipped:
            self._skipped -= 1
        elif self._field:
            if self._within:
                self._within -= 1
                if self._field == "author":
                    self._name = "".join(self.texts)
            else:
                self._field_ends()
        elif self._group:
            self._group = False
        elif self._entry is not None:
            self._entry_ends(self._entry)
        else:
            self._channel = False

    def _field_ends(self) -> None:
        assert self.told is not None
        name, self._field = self._field, ""
        told = self._entry or self.told.channel
        texts = self.texts
        content = texts[0] if len(texts) == 1 else "".join(texts)
        if name in TOLD:
            if name in _SKIPS:
                content = " ".join(texts)[:1_000]
            if name != "source" or content.strip():
                told.add(name, content[:MAX_FIELD_CHARS], NO_ATTRIBUTES)
            return
        if self._name is not None:
            content, self._name = self._name[:1_000], None
        attributes = self._attributes
        if attributes and "}" in "".join(attributes):
            attributes = {key.rpartition("}")[2]: value for key, value in attributes.items()}
        told.add(name, content[:MAX_FIELD_CHARS], attributes)

    def _entry_ends(self, entry: Entry) -> None:
        attributes, self._entry = self._entry_attributes, None
        if attributes:
            entry.language = attributes.get(_XML_LANG)
            if about := next((value for key, value in attributes.items() if key.endswith("about")), None):
                entry.add("about", about, NO_ATTRIBUTES)

    def comment(self, _text: str) -> None:
        if self._field and not self._skipped:
            raise _UnusualError

    def instruction(self, _target: str, _data: str) -> None:
        self.comment("")
