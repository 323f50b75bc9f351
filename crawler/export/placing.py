"""Where exports go: a file or a folder appears complete under its name, or what was there stays."""

from __future__ import annotations

import gzip
import hashlib
import os
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from errno import EEXIST, EISDIR, ENOTDIR, ENOTEMPTY
from itertools import islice
from pathlib import Path
from typing import IO, BinaryIO, Self, cast

import zstandard

from crawler import under_way
from crawler.errors import ExportError, UsageError
from crawler.export.formats import COMPRESSIONS, STDOUT, Written
from crawler.export.manifest import MANIFEST, tops
from storage.store_file import belongs_to_a_store

MOST_SYNCED = 1_000  # files that are synced one by one
ZSTD_LEVEL = 9  # a level at which text still compresses as fast as a store is read


class _Stream:
    """A binary stream to a file, whose refusals are ExportErrors, or (no path) to standard output, whose are not.

    Wrapped here, where the write happens, they can't be taken for errors of the rows. Formats can't close it. After a
    refusal it takes everything and keeps nothing: libraries that end their files when thrown away would raise again.
    """

    def __init__(self, stream: IO[bytes], path: Path | None, *, hashed: bool = False) -> None:
        self._stream = stream
        self._path = path
        self._hash = hashlib.sha256() if hashed else None
        self._size = 0
        self._refused = False
        self.closed = False

    def write(self, data: bytes) -> int:
        """Write all of `data`."""
        if self._refused:
            return len(data)
        if self._hash is not None:
            self._hash.update(data)
        self._size += len(data)
        try:
            return self._stream.write(data)
        except OSError as error:
            self._refused = True
            if self._path is None:
                raise
            raise _refused(self._path, error) from error

    def written(self, name: str) -> Written:
        """What has been written so far, as a file of that name."""
        return Written(name, self._size, self._hash.hexdigest() if self._hash is not None else "")

    def let_go(self) -> None:
        """Take no more: the file behind is closed."""
        self._refused = True

    def flush(self) -> None:
        """Nothing: the owner flushes once."""

    def readable(self) -> bool:
        """Never."""
        return False

    def writable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Never: standard output may be a pipe."""
        return False

    def close(self) -> None:
        """Leave the stream to its owner."""
        self.closed = True


@contextmanager
def file_at(path: Path, *, packed: bool = False, hashed: bool = True) -> Iterator[tuple[BinaryIO, Written]]:
    """A stream whose bytes come to `path` (``-``: standard output) when the block ends well, compressed as its ending
    says (``.gz``, ``.zst``) unless they come `packed`, and a description that is filled in then, with the SHA-256 if
    `hashed`. A link stays and what it points to is replaced. `ExportError` when folder or disk refuse, `UsageError`
    where a store of presswatch would be replaced.
    """
    told = Written(path.name)
    if path == STDOUT:
        out = _Stream(sys.stdout.buffer, None, hashed=hashed)
        yield cast("BinaryIO", out), told
        sys.stdout.buffer.flush()
        _fill(told, out)
        return
    if path.exists() and not (path.is_file() or path.is_dir()):
        # A device or a pipe, as /dev/null: a rename would put a file in its place.
        with _refusals(path):
            pipe = path.open("wb")
        with _filling(pipe, path, told, pipe.flush, packed=packed, hashed=hashed) as stream:
            yield stream, told
        return
    with ExitStack() as stack:
        with _refusals(path):
            if path.is_dir():
                raise IsADirectoryError(EISDIR, "is a folder; name a file in it")
            if belongs_to_a_store(path):
                raise UsageError(f"{path}: is a store of presswatch, which would be lost; name another file", str(path))
            place = Path(os.path.realpath(path))
            descriptor, temporary = stack.enter_context(under_way.new_file(place.parent))
        file = os.fdopen(descriptor, "wb", buffering=1 << 20)

        def settle() -> None:
            file.flush()
            os.fchmod(file.fileno(), _mode(path))
            os.fsync(file.fileno())

        with _filling(file, path, told, settle, packed=packed, hashed=hashed) as stream:
            yield stream, told
        with _refusals(path):
            temporary.replace(place)
            sync_folder(place.parent)


@contextmanager
def _filling(
    file: IO[bytes], path: Path, told: Written, settle: Callable[[], None], *, packed: bool, hashed: bool
) -> Iterator[BinaryIO]:
    """A stream into `file`, which is settled when the block ends well, and closed; `told` is filled in then."""
    out = _Stream(file, path, hashed=hashed)
    try:
        with _compressed(out, path, None if packed else COMPRESSIONS.get(path.suffix.lower())) as stream:
            yield stream
        with _refusals(path):
            settle()
    finally:
        out.let_go()
        # On a full disk, closing tries to write once more and would hide the error that says so.
        with suppress(OSError):
            file.close()
    _fill(told, out)


def _fill(told: Written, out: _Stream) -> None:
    seen = out.written(told.name)
    told.size, told.sha256 = seen.size, seen.sha256


@contextmanager
def _compressed(out: _Stream, path: Path, method: str | None) -> Iterator[BinaryIO]:
    """`out` behind a compressor; nothing in it tells the time."""
    match method:
        case "gzip":
            with gzip.GzipFile(filename="", mode="wb", fileobj=cast("BinaryIO", out), mtime=0) as packed:
                inner = _Stream(cast("IO[bytes]", packed), path)
                yield cast("BinaryIO", inner)
        case "zstd":
            # Without a checksum a damaged file unpacks to other letters, and nobody is told.
            compressor = zstandard.ZstdCompressor(level=ZSTD_LEVEL, write_checksum=True)
            with compressor.stream_writer(cast("BinaryIO", out), closefd=False) as zst:
                inner = _Stream(cast("IO[bytes]", zst), path)
                yield cast("BinaryIO", inner)
        case _:
            yield cast("BinaryIO", out)


@contextmanager
def folder_at(path: Path) -> Iterator[Path]:
    """An empty folder that takes the place of `path` when the block ends well.

    A folder that is there is replaced only if there is nothing at its top but what its manifest says that an export
    wrote. A link stays and what it points to is replaced. `ExportError` otherwise, and when folder or disk refuse.
    """
    with _refusals(path):
        if path.exists() and not path.is_dir():
            raise NotADirectoryError(ENOTDIR, "is a file; name a folder")
        if (name := _stranger(path)) is not None:
            raise ExportError(
                f"{path}: holds files that no export wrote, as {name}; choose an empty or a new folder with -o",
                str(path),
            )
        place = Path(os.path.realpath(path))
        with under_way.new_folder(place.parent) as temporary:
            yield temporary
            temporary.chmod(0o777 & ~_umask())
            _sync_all(temporary)
            _put(temporary, place)
            sync_folder(place.parent)


def _stranger(path: Path) -> str | None:
    """A name at the top of a folder that no export wrote; `None`: there is none, or no folder."""
    while True:
        try:
            folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            names = sorted(os.listdir(folder))  # noqa: PTH208 - of what is open, whatever has its name by now
            ours = _of_ours(folder) if names else set()
            strangers = [name for name in names if name not in ours]
            if not strangers:
                return None
            looked_at = os.fstat(folder)
        finally:
            os.close(folder)
        # Another export may have put its own in the place of this one, and be clearing it away.
        with suppress(FileNotFoundError):
            if os.path.samestat(looked_at, path.stat()):
                return strangers[0]


def _of_ours(folder: int) -> set[str]:
    """The names that an open folder's manifest names."""
    try:
        manifest = os.open(MANIFEST, os.O_RDONLY | os.O_CLOEXEC, dir_fd=folder)
    except FileNotFoundError:
        return set()
    with os.fdopen(manifest, "rb") as file:
        return tops(file) or set()


def _put(folder: Path, path: Path) -> None:
    """Give a folder its name; what had it before comes to be where the folder was."""
    try:
        folder.replace(path)  # works where nothing is, or an empty folder
    except OSError as error:
        if error.errno not in (ENOTEMPTY, EEXIST):
            raise
        if not under_way.exchange(folder, path):
            with under_way.new_folder(path.parent, under_way.outdated(path), ".old") as old:
                path.replace(old / "was")
                folder.replace(path)


class Listed:
    """The files of a folder, in the order in which they were written. There may be a million: they lie in a file."""

    def __init__(self) -> None:
        self._lines = tempfile.TemporaryFile(prefix="presswatch-")  # noqa: SIM115 - closed with us

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._lines.close()

    def add(self, file: Written) -> None:
        """One more."""
        self._lines.write(f"{file.size} {file.sha256} {file.name}\n".encode())

    def __iter__(self) -> Iterator[Written]:
        self._lines.seek(0)
        for line in self._lines:
            size, sha256, name = line.decode().rstrip("\n").split(" ", 2)
            yield Written(name, int(size), sha256)

    def first(self, most: int) -> list[Written]:
        """At most so many of them."""
        return list(islice(self, most))


def described(path: Path, name: str) -> Written:
    """A file that is there, as a manifest tells of it."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256")
    return Written(name, path.stat().st_size, digest.hexdigest())


@contextmanager
def _refusals(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _refused(path, error) from error


@contextmanager
def temporary() -> Iterator[None]:
    """What is put aside in the block lies in the temporary folder; `ExportError` when that refuses."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        folder = tempfile.gettempdir()
        reason = getattr(error, "strerror", None) or str(error)
        raise ExportError(
            f"{folder}: what an export puts aside can't be written: {reason}; free some space there, or name another "
            "folder in TMPDIR",
            folder,
        ) from error


def _refused(path: Path, error: OSError) -> ExportError:
    reason = error.strerror or str(error)
    return ExportError(f"{path}: can't be written: {reason}; choose another place", str(path))


def _mode(path: Path) -> int:
    """The mode of the file that is replaced, else what the umask leaves; mkstemp alone would make it private."""
    with suppress(OSError):
        return path.stat().st_mode & 0o777
    return 0o666 & ~_umask()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _sync_all(folder: Path) -> None:
    """Make what is in a folder last: file by file, or, where there are many, the whole system's at once."""
    for number, each in enumerate(under_way.within(folder)):
        if number == MOST_SYNCED:
            os.sync()
            return
        _sync(each)
    _sync(folder)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Make names in `folder` last: without it, a power cut could keep an export's cursor and lose the file's name."""
    _sync(folder)
