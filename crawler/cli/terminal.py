"""Text for a terminal: what pages say is made harmless, tables and progress are drawn."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol
from unicodedata import category, combining, east_asian_width

if TYPE_CHECKING:
    from rich.console import Console

# C0 and C1 controls (ESC starts terminal commands), the bidirectional overrides and isolates that reorder a line
# (CVE-2021-42574), and lone surrogates, which no terminal encoding can carry. Newline and tab are handled by callers.
_harmful = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
PIPE_WIDTH = 4000  # a URL that is stored has at most some 2,000 letters

POINTED = 30  # characters shown on each side of a fault
_breaks = re.compile("[ \t\n\r\x0b\x0c\x85\u2028\u2029]+")


def harmless(text: str) -> str:
    """`text` without characters that command a terminal; line breaks stay."""
    return _harmful.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str | None) -> str:
    """`text` on one line, harmless; nothing for `None`."""
    return _harmful.sub("", _breaks.sub(" ", text or "")).strip()


def pointed(text: str, at: int) -> str:
    """What stands around character `at` of `text`, and below it a line with a caret under that place.

    Letters of Hangul, Han and kana take two columns.
    """
    before = _breaks.sub(" ", _harmful.sub("", text[max(0, at - POINTED) : at]))
    after = _breaks.sub(" ", _harmful.sub("", text[at : at + POINTED]))
    return f"  {before}{after}\n  {' ' * columns_of(before)}^"


def columns_of(text: str) -> int:
    """How many columns of a terminal `text` takes: two for letters of Hangul, Han and kana, none for marks upon one."""
    if text.isascii():
        return len(text)
    return sum(map(_columns, text))


def _columns(letter: str) -> int:
    if combining(letter) or category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if east_asian_width(letter) in "WF" else 1


def fitted(text: str, columns: int, *, right: bool = False) -> str:
    """`text` in exactly so many columns: filled up, with `right` from the left, or cut, which an ellipsis tells."""
    missing = columns - columns_of(text)
    if missing < 0:
        kept, room = [], columns - 1
        for letter in text:
            room -= _columns(letter)
            if room < 0:
                break
            kept.append(letter)
        text = f"{''.join(kept)}…" if columns > 0 else ""
        missing = columns - columns_of(text)
    return " " * missing + text if right else text + " " * missing


def coloured() -> bool:
    """Whether standard output takes colours: a terminal, unless NO_COLOR (no-color.org) or TERM=dumb says otherwise."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def console(*, error: bool = False) -> Console:
    """A rich console on standard output (or error); markup in texts is never interpreted, pages may contain it."""
    from rich.console import Console

    stream = sys.stderr if error else sys.stdout
    # A pipe has no width; 80 columns would fold URLs that the next program wants whole.
    width = None if stream.isatty() else PIPE_WIDTH
    return Console(file=stream, markup=False, highlight=False, emoji=False, width=width)


class Moves(Protocol):
    """What moves a bar."""

    def __call__(self, done: int, total: float | None = None, /) -> None:
        """So much is done, of so much where that becomes known only now."""


@contextmanager
def progress(what: str, total: int | None = None, *, percent: bool = False) -> Iterator[Moves | None]:
    """A bar on standard error when that is a terminal, gone at the end; gives what moves it, else `None`."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    amount = TaskProgressColumn() if percent else MofNCompleteColumn()
    columns = (TextColumn("{task.description}"), BarColumn(), amount, TimeRemainingColumn())
    with Progress(*columns, console=console(error=True), transient=True) as bar:
        task = bar.add_task(what, total=total)

        def move(done: int, total: float | None = None, /) -> None:
            bar.update(task, completed=done, total=total)

        yield move


LEAST_TEXT = 16  # columns below which a folded name, time or URL can't be read: a day with its time
_SAYS_NOTHING = frozenset({"", "-", "0"})


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str]], numbers: Iterable[str] = ()) -> None:
    """Draw a table on standard output; columns named in `numbers` are set to the right. Piped, it is not cut.

    Where the terminal is too narrow, columns that say nothing are left out first, and what then still finds no room
    runs on beyond its edge, which is better than numbers without their last digits.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    right = set(numbers)
    cells = [[one_line(cell) for cell in row] for row in rows]
    widths = [max(map(columns_of, column)) for column in zip(headings, *cells, strict=True)]
    least = [
        width if heading in right else min(width, LEAST_TEXT) for heading, width in zip(headings, widths, strict=True)
    ]
    shown, gap = list(range(len(headings))), 3
    out = console()
    if sum(least) + gap * (len(shown) - 1) > out.width:
        gap = 2
        shown = [at for at in shown if at == 0 or any(row[at] not in _SAYS_NOTHING for row in cells)]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, gap - 2))
    for at in shown:
        # Where the terminal is narrow, names and URLs are folded, not numbers and their headings.
        number = headings[at] in right
        table.add_column(
            headings[at],
            justify="right" if number else "left",
            overflow="fold",
            no_wrap=number,
            min_width=least[at],
        )
    for row in cells:
        table.add_row(*(Text(row[at]) for at in shown))
    room = sum(least[at] for at in shown) + gap * (len(shown) - 1)
    out.width = max(out.width, room)
    out.print(table)
