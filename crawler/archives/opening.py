"""Files as streams of bytes: plain, gzip or zstd by their first bytes, ``-`` for standard input, sizes bounded."""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import TYPE_CHECKING, cast

import zstandard

from crawler.errors import UsageError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


class _Gunzipped(RawIOBase):
    """What gzip holds, as far as it goes; after that `OSError` when it is cut or damaged."""

    def __init__(self, packed: gzip.GzipFile) -> None:
        self._packed = packed

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        room = memoryview(buffer).cast("B")
        try:
            data = self._packed.read1(len(room))
        except EOFError as error:
            # An EOFError would be taken for an ordinary end by warcio, and for Ctrl-D by click.
            raise OSError("it breaks off: unexpected end of data") from error
        except zlib.error as error:
            raise OSError(f"it is damaged: {error}") from error
        room[: len(data)] = data
        return len(data)


@contextmanager
def opened(path: Path) -> Iterator[BufferedReader]:
    """The file's bytes, decompressed. `UsageError` when it can't be read.

    Reading on raises `OSError` where gzip breaks off; `read1` and `readline` have given all before it by then.
    """
    try:
        stream = cast("BufferedReader", sys.stdin.buffer) if path == Path("-") else path.open("rb")
    except OSError as error:
        raise UsageError(f"{path}: can't be read: {error.strerror or error}", str(path)) from error
    with stream:
        head = stream.peek(4)[:4]
        if head.startswith(GZIP):
            with gzip.open(stream) as unpacked:
                yield BufferedReader(_Gunzipped(unpacked))
        elif head == ZSTD:
            with zstandard.ZstdDecompressor().stream_reader(stream, read_across_frames=True) as plain:
                yield BufferedReader(plain)
        else:
            yield stream
