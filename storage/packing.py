"""Texts as they lie in a database: packed with zstd where that pays (PostgreSQL's own packing saves a third of it)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

if TYPE_CHECKING:
    import zstandard

WORTH: Final = 300
"""Bytes of UTF-8 from which packing is tried: shorter texts hardly shrink."""
LEVEL: Final = 1
"""Level 3 saves 1.5 % of texts of news, and takes 1.7 times as long to pack and 1.3 times as long to unpack them."""

FRAME: Final = b"\x28\xb5\x2f\xfd"
"""How every zstd frame begins, and no UTF-8."""

_of_thread = threading.local()


class DamagedText(ValueError):
    """A stored text that can't be unpacked."""


class PackedText(sa.types.TypeDecorator[str]):
    """A text: str in, str out; in the column a zstd frame where that is at least an eighth smaller. On SQLite a plain
    text stays TEXT beside BLOBs, on PostgreSQL it is its UTF-8 in a BYTEA, which no frame begins like.
    """

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        """PostgreSQL's columns hold one type."""
        return dialect.type_descriptor(sa.LargeBinary() if dialect.name == "postgresql" else sa.Text())

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """On SQLite bytes may take the place of the text: its columns hold any type."""
        if value is None:
            return value
        kept = packed(value)
        return cast("str", kept.encode() if isinstance(kept, str) and dialect.name == "postgresql" else kept)

    def process_result_value(self, value: str | bytes | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Texts that are plain come as they are."""
        return None if value is None else kept_text(value)


def kept_text(value: str | bytes) -> str:
    """The text that a driver gives of a column of `PackedText`. `DamagedText` when it can't be unpacked."""
    if isinstance(value, str):
        return value
    if value.startswith(FRAME):
        return unpacked(value)
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise DamagedText(f"a text is damaged: {error}") from error


def as_kept(value: bytes, dialect: str) -> str | bytes:
    """What another database keeps of the bytes that a column of `PackedText` holds, also where these are damaged:
    SQLite's plain texts are TEXT.
    """
    if dialect == "sqlite" and not value.startswith(FRAME):
        with suppress(UnicodeDecodeError):
            return value.decode()
    return value


def packed(text: str) -> str | bytes:
    """The text, or its zstd frame when that is at least an eighth shorter."""
    plain = text.encode()
    if len(plain) < WORTH:
        return text
    frame = _compressor().compress(plain)
    return frame if 8 * len(frame) <= 7 * len(plain) else text


def unpacked(frame: bytes) -> str:
    """The text of a frame. `DamagedText` when it is none."""
    try:
        decompress = _of_thread.decompress
    except AttributeError:
        decompress = _decompressing()
    try:
        text: str = decompress(frame).decode()
    except (_refusal(), UnicodeDecodeError) as error:
        raise DamagedText(f"a packed text is damaged: {error}") from error
    return text


def _compressor() -> zstandard.ZstdCompressor:
    kept: zstandard.ZstdCompressor | None = getattr(_of_thread, "compressor", None)
    if kept is None:
        import zstandard

        kept = _of_thread.compressor = zstandard.ZstdCompressor(level=LEVEL)
    return kept


def _decompressing() -> Callable[[bytes], bytes]:
    """What decompresses in this thread; an export asks for it a million times."""
    import zstandard

    decompress: Callable[[bytes], bytes] = zstandard.ZstdDecompressor().decompress
    _of_thread.decompress = decompress
    return decompress


def _refusal() -> type[Exception]:
    """What zstd refuses a frame with."""
    import zstandard

    return zstandard.ZstdError
