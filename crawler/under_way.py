"""What is written before it is whole, an export or a backup: a file or folder of a hidden name, held by a lock as long
as its process lives (flock(2), which the system lets go when it dies). So what a killed one left is known for certain,
and the next one beside it clears it away.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

PREFIX: Final = ".presswatch-export-"
SCRATCH: Final = "presswatch-scratch-"
OUTDATED: Final = ".presswatch-old-"
SUFFIX: Final = ".part"
TRIES: Final = 100
_AT_FDCWD: Final = -100
_RENAME_EXCHANGE: Final = 2


@contextmanager
def new_file(folder: Path) -> Iterator[tuple[int, Path]]:
    """An empty file, open for writing, and where it is; gone when the block ends, unless it was renamed. OSError."""
    clear(folder, PREFIX)
    for _ in range(TRIES):
        descriptor, name = tempfile.mkstemp(prefix=PREFIX, suffix=SUFFIX, dir=folder)
        if _taken(descriptor):
            break
        os.close(descriptor)  # another export found it before it was locked
    else:
        raise BlockingIOError(errno.EAGAIN, "other exports take away what this one makes")
    path = Path(name)
    held = os.dup(descriptor)  # of the same lock: it is kept until the file has its name
    try:
        yield descriptor, path
    finally:
        path.unlink(missing_ok=True)
        os.close(held)


@contextmanager
def new_folder(folder: Path, prefix: str = PREFIX, suffix: str = SUFFIX) -> Iterator[Path]:
    """An empty folder; gone when the block ends, with all that is in it, unless it was renamed. OSError."""
    clear(folder, prefix)
    for _ in range(TRIES):
        path = Path(tempfile.mkdtemp(prefix=prefix, suffix=suffix, dir=folder))
        with suppress(FileNotFoundError):  # another export found it before it was locked
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
            if _taken(descriptor):
                break
            os.close(descriptor)
    else:
        raise BlockingIOError(errno.EAGAIN, "other exports take away what this one makes")
    try:
        yield path
    finally:
        with suppress(OSError):  # what can't be removed now is cleared away by the next export
            remove(path)
        os.close(descriptor)


class Scratch:
    """A folder in the temporary folder for what has to wait for the end; what a killed process left there is cleared
    away. OSError.
    """

    def __init__(self) -> None:
        self._held = new_folder(Path(tempfile.gettempdir()), SCRATCH)
        self.path = self._held.__enter__()

    def cleanup(self) -> None:
        """Remove it."""
        self._held.__exit__(None, None, None)


def clear(folder: Path, prefix: str) -> None:
    """Remove what is of this prefix, ours, and of no process that lives. What refuses is left where it is: who writes
    there next is told why.
    """
    with suppress(OSError):
        with os.scandir(folder) as entries:
            names = [entry.path for entry in entries if entry.name.startswith(prefix)]
        for name in names:
            with suppress(OSError):
                _clear(Path(name))


def _clear(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        if os.fstat(descriptor).st_uid == os.geteuid():
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # BlockingIOError: its process lives
            remove(path)
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    """Whether it is ours from now on: nobody removes, or has removed, it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # a file system without locks, where nobody clears anything away
    return os.fstat(descriptor).st_nlink > 0


def remove(path: Path) -> None:
    """Remove a file, or a folder with all that is in it. OSError."""
    if not path.is_dir() or path.is_symlink():
        path.unlink()
        return
    for each in within(path):
        if each.is_dir() and not each.is_symlink():
            each.rmdir()
        else:
            each.unlink()
    path.rmdir()


def within(folder: Path) -> Iterator[Path]:
    """Everything in a folder, what is in its folders before these; they may hold a million names each, so that none is
    read whole.
    """
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from within(Path(entry.path))
            yield Path(entry.path)


def outdated(path: Path) -> str:
    """How the folder begins that what was at `path` is moved into; it is no leftover while nothing is at `path`."""
    return f"{OUTDATED}{hashlib.sha256(os.fsencode(path.name)).hexdigest()[:12]}-"


def exchange(one: Path, other: Path) -> bool:
    """Two names change places in one step, as renameat2(2) does it; whether system and file system can."""
    import ctypes

    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None:
        return False
    return bool(renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0)
