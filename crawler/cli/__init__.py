"""The command line: `main`, and a file per command, imported when it is called."""

from __future__ import annotations

import os
import sys

from crawler import __version__

# `Sequence` would cost an import that the overview can do without.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(args: Sequence[str] | None = None) -> int:
    """Run one command line (default: this process's) and return its exit code.

    0 done, 1 failed, 2 bad usage, 3 partly failed, 4 unhealthy (where asked), 130 interrupted. Errors are one line on
    standard error.
    """
    given = list(sys.argv[1:] if args is None else args)
    _open_what_is_closed()
    if args is None and "daemon" in given:
        from crawler.loading import begins, heed_signals

        if begins("daemon", given):
            heed_signals()
    # A shell that asks for completions gives its words in the environment and no arguments.
    completing = "_PRESSWATCH_COMPLETE" in os.environ
    if given in ([], ["--help"], ["-h"]) and not completing:
        from crawler.cli.overview import overview

        sys.stdout.write(overview())
        return 0 if given else 2
    if given == ["--version"]:
        sys.stdout.write(f"presswatch {__version__}\n")
        return 0
    try:
        from crawler.cli.application import run

        return run(given)
    except KeyboardInterrupt:  # while modules are still being loaded; run() answers for the rest
        return 130


def _open_what_is_closed() -> None:
    """Give a process that was started without one of its three streams (``>&-``) an empty one: Python has `None`."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8"))
