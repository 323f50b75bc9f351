"""XML as feeds need it: written piece by piece, with the characters left out that XML 1.0 forbids."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import escape
from typing import BinaryIO, cast
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

from crawler.items import ArticleRow

# XML 1.0, 2.2: everything else can't be written in any way.
_forbidden = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class XmlStream:
    """Elements on a binary stream, UTF-8."""

    def __init__(self, stream: BinaryIO) -> None:
        self._out = XMLGenerator(cast("BinaryIO", _Plain(stream)), "utf-8", short_empty_elements=True)
        self._out.startDocument()

    @contextmanager
    def element(self, name: str, attributes: Mapping[str, str] | None = None) -> Iterator[None]:
        """What is written in the block stands in the element."""
        self.begin(name, attributes)
        yield
        self.end(name)

    def begin(self, name: str, attributes: Mapping[str, str] | None = None) -> None:
        """Open an element."""
        self._out.startElement(name, AttributesImpl({key: clean(value) for key, value in (attributes or {}).items()}))

    def end(self, name: str) -> None:
        """Close the element opened last, and its line."""
        self._out.endElement(name)
        self._out.ignorableWhitespace("\n")

    def text(self, name: str, text: str | None, attributes: Mapping[str, str] | None = None) -> None:
        """An element with text alone; `None`: nothing."""
        if text is None:
            return
        self.begin(name, attributes)
        self._out.characters(clean(text))
        self.end(name)

    def empty(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element without content."""
        self.begin(name, attributes)
        self.end(name)


class _Plain:
    """A binary stream with no more than `write`, which XMLGenerator would otherwise wrap and close."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, data: bytes) -> int:
        return self._stream.write(data)

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def flush(self) -> None:
        return None

    @property
    def closed(self) -> bool:
        return False


def clean(text: str) -> str:
    """`text` without what XML 1.0 can't hold."""
    return _forbidden.sub("", text)


def paragraphs(row: ArticleRow) -> str:
    """The article's text as HTML, a ``<p>`` a paragraph, standfirst first."""
    summary = f"<p><strong>{escape(row.summary)}</strong></p>" if row.summary else ""
    return summary + "".join(f"<p>{escape(line)}</p>" for line in row.text.split("\n") if line.strip())
