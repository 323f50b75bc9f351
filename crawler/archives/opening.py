"""Files as streams of bytes: plain, gzip or zstd by their first bytes, ``-`` for standard input, sizes bounded."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, cast

import zstandard

from crawler.errors import UsageError

GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


@contextmanager
def opened(path: Path, *, gunzip: bool = True) -> Iterator[BinaryIO]:
    """The file's bytes, decompressed (gzip only if asked). `UsageError` when it can't be read."""
    try:
        stream = sys.stdin.buffer if path == Path("-") else path.open("rb")
    except OSError as error:
        raise UsageError(f"{path}: can't be read: {error.strerror or error}", str(path)) from error
    with stream:
        head = cast("BufferedReader", stream).peek(4)[:4]
        if gunzip and head.startswith(GZIP):
            with gzip.open(stream) as unpacked:
                yield cast("BinaryIO", unpacked)
        elif head == ZSTD:
            with zstandard.ZstdDecompressor().stream_reader(stream, read_across_frames=True) as plain:
                yield cast("BinaryIO", BufferedReader(plain))
        else:
            yield cast("BinaryIO", stream)
