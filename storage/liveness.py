"""Whether the process of a run that is called running still runs it."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path
from platform import node
from typing import Final

SILENT_ELSEWHERE: Final = timedelta(seconds=120)
"""A run on another machine without a heartbeat for so long is dead: its process can't be asked."""
SILENT_HERE: Final = timedelta(hours=1)
"""A run on this machine whose process number is alive, but silent for so long: the number belongs to somebody else
now.
"""


def is_dead(host: str | None, pid: int, heard: datetime, now: datetime) -> bool:
    """Whether a run of process `pid` on `host` that was `heard` of last (UTC) is no more."""
    silent = now - heard
    if host != node():
        return silent > SILENT_ELSEWHERE
    return not _lives(pid) or silent > SILENT_HERE


def _lives(pid: int) -> bool:
    """Whether the process runs; one that was killed and not yet waited for does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        # proc(5): the state follows the command's name, which stands in parentheses and may itself hold some.
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return True
    return state not in {"Z", "X"}
