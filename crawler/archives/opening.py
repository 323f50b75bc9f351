"""Files as streams of bytes: plain, gzip or zstd by their first bytes, ``-`` for standard input, sizes bounded."""

from __future__ import annotations

import gzip
import sys
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import zstandard

from crawler.errors import UsageError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
CUT: Final = "it breaks off: unexpected end of data"
PIECE: Final = 2_048
"""Bytes of zstd unpacked at once: four may stand for 128 KB, so that these give 64 MB at most."""
OTHERS: Final = {
    b"PAR1": "Parquet",
    b"PK\x03\x04": "a spreadsheet or another ZIP archive",
    b"SQLite format 3\0": "an SQLite database",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"BZh": "packed with bzip2",
    b"\xfd7zXZ\0": "packed with xz",
    b"\x7fELF": "a program",
    b"%PDF": "PDF",
}
"""What files are that begin so; neither JSON lines nor a web archive is."""


class _Plain(RawIOBase, ABC):
    """What a packed file holds, as far as it goes; after that, each time it is read, `OSError` when it is cut or
    damaged.
    """

    def __init__(self) -> None:
        self._failed: OSError | None = None

    @abstractmethod
    def _next(self, most: int) -> bytes | memoryview:
        """More of it, at most so many bytes; nothing at its end. `OSError`."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        room = memoryview(buffer).cast("B")
        if self._failed is not None:
            raise self._failed
        try:
            data = self._next(len(room))
        except OSError as error:
            self._failed = error
            raise
        room[: len(data)] = data
        return len(data)


class _Gunzipped(_Plain):
    def __init__(self, packed: gzip.GzipFile) -> None:
        super().__init__()
        self._packed = packed

    def _next(self, most: int) -> bytes:
        try:
            return self._packed.read1(most)
        except EOFError as error:
            # An EOFError would be taken for an ordinary end by warcio, and for Ctrl-D by click.
            raise OSError(CUT) from error
        except (zlib.error, gzip.BadGzipFile) as error:
            raise OSError(f"it is damaged: {error}") from error


class _Unzstd(_Plain):
    """The library's own reader takes the end of a file within a frame for the frame's."""

    def __init__(self, packed: BufferedReader) -> None:
        super().__init__()
        self._packed = packed
        self._library = zstandard.ZstdDecompressor()
        self._frame = self._library.decompressobj()
        self._begun = False
        self._rest = b""
        self._plain = memoryview(b"")

    def _next(self, most: int) -> memoryview:
        while not self._plain:
            data = self._rest or self._packed.read(PIECE)
            self._rest = b""
            if not data:
                if self._begun:
                    raise OSError(CUT)
                break
            self._begun = True
            try:
                self._plain = memoryview(self._frame.decompress(data))
            except zstandard.ZstdError as error:
                raise OSError(f"it is damaged: {error}") from error
            if self._frame.eof:
                self._rest = self._frame.unused_data
                self._frame = self._library.decompressobj()
                self._begun = False
        given, self._plain = self._plain[:most], self._plain[most:]
        return given


class BreaksOff(UsageError):
    """A file that can't be read on: the one that is told of it however much else is."""


@contextmanager
def opened(path: Path) -> Iterator[BufferedReader]:
    """The file's bytes, decompressed. `UsageError` when it can't be read, or is plainly of another kind.

    Reading on raises `OSError` where it breaks off or is damaged; `read1` and `readline` have given all before it by
    then.
    """
    try:
        stream = cast("BufferedReader", sys.stdin.buffer) if path == Path("-") else path.open("rb")
    except OSError as error:
        raise UsageError(f"{path}: can't be read: {error.strerror or error}", str(path)) from error
    with stream:
        head = stream.peek(16)[:16]
        if head.startswith(GZIP):
            with gzip.open(stream) as unpacked:
                yield _known(BufferedReader(_Gunzipped(unpacked)), path)
        elif head.startswith(ZSTD):
            yield _known(BufferedReader(_Unzstd(stream)), path)
        elif not head and path.suffix.lower() in (".gz", ".zst"):
            raise UsageError(f"{path}: is empty, and packed files never are: it was not written to its end", str(path))
        else:
            yield _known(stream, path)


def _known(stream: BufferedReader, path: Path) -> BufferedReader:
    """`stream`, unless it begins as files do that are something else."""
    try:
        head = stream.peek(16)[:16]
    except OSError:  # told with its place by who reads on
        return stream
    for beginning, what in OTHERS.items():
        if head.startswith(beginning):
            way = "convert it to UTF-8, as with iconv" if what.startswith("UTF") else "`presswatch export` writes both"
            raise UsageError(f"{path}: is {what}, neither JSON lines in UTF-8 nor WARC; {way}", str(path))
    return stream
