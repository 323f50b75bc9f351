"""What a service manager is told: sd_notify(3), one datagram to the socket that systemd names.

The protocol itself, since it is this short: the package sdnotify was last released in 2017, systemd-python and
cysystemd are built against systemd's headers. Nothing is told where no socket is named.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import MutableMapping

from crawler.logs import harmless


class ServiceManager:
    """The one that started this process, if any. Takes its variables out of `environ`: children are not the service."""

    def __init__(self, environ: MutableMapping[str, str] = os.environ) -> None:
        self._address = environ.pop("NOTIFY_SOCKET", "")
        usec, pid = environ.pop("WATCHDOG_USEC", ""), environ.pop("WATCHDOG_PID", "")
        mine = pid in ("", str(os.getpid()))
        self.watchdog: float | None = int(usec) / 1e6 if mine and usec.isdigit() and int(usec) > 0 else None
        """Seconds within which a sign of life is expected; `None`: none is."""

    def ready(self) -> None:
        """Started, or done with reading the settings again."""
        self._tell("READY=1")

    def reloading(self) -> None:
        """The settings are read again; `ready` follows."""
        self._tell("RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")

    def stopping(self) -> None:
        """It ends."""
        self._tell("STOPPING=1")

    def alive(self) -> None:
        """A sign of life."""
        self._tell("WATCHDOG=1")

    def status(self, text: str) -> None:
        """One line for ``systemctl status``."""
        self._tell(f"STATUS={harmless(text)}")

    def _tell(self, *lines: str) -> None:
        if not self._address:
            return
        # A leading @ stands for the abstract namespace, unix(7).
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
                out.settimeout(1.0)
                out.sendto("\n".join(lines).encode(), address)
        except OSError:
            return  # whoever listened is gone, and it is its business alone
