from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from crawler.cli.search import marked
from crawler.cli.terminal import harmless, one_line, print_table


def test_what_commands_a_terminal_is_gone_and_words_stay() -> None:
    assert harmless("\x1b]0;owned\x07제목\x9b31m\u202e\n둘째") == "]0;owned제목31m\n둘째"
    assert one_line("  a\r\n\tb\u2028c\x00 ") == "a b c"
    assert one_line(None) == ""


@given(st.text())
def test_no_text_leaves_a_control_character(text: str) -> None:
    line = one_line(text)
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in line)
    line.encode("utf-8")


def test_hits_are_marked_where_they_are() -> None:
    assert marked("메타가 메타를", ((0, 2), (4, 6))) == "[\x1b[1m메타\x1b[0m]가 [\x1b[1m메타\x1b[0m]를"
    assert marked("a\x1bb", ((1, 9), (0, 1))) == "[\x1b[1ma\x1b[0m]b"


def test_a_narrow_terminal_folds_names_and_keeps_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdout", screen)
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TERM", "dumb")
    headings = ("seen", "new", "updated", "copies", "known", "requests")
    print_table(("source", *headings), [("https://paper.example.com/economy", *["12345"] * 6)], numbers=headings)
    first, _, *rest = screen.getvalue().splitlines()
    assert first.split() == ["source", *headings]
    assert rest[0].split()[1:] == ["12345"] * 6
    assert "".join(line.split()[0] for line in rest) == "https://paper.example.com/economy"


def drawn(monkeypatch: pytest.MonkeyPatch, width: int, headings: str, rows: list[list[str]], numbers: str) -> list[str]:
    drawing = io.StringIO()
    monkeypatch.setattr("crawler.cli.terminal.console", lambda: Console(file=drawing, width=width, color_system=None))
    print_table(headings.split(), rows, numbers=numbers.split())
    return [line.rstrip() for line in drawing.getvalue().splitlines()]


RUNS = "run name state started seconds seen new updated copies failed requests errors"
RUN = ["1047", "한빛매거진", "done", "2026-11-27 03:44", "11.1", "38", "26", "0", "0", "0", "32", ""]


@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_table_that_finds_no_room_leaves_out_what_says_nothing_and_cuts_nothing(
    monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    lines = drawn(monkeypatch, width, RUNS, [RUN], "run seconds seen new updated copies failed requests")
    assert lines[0].split() == ["run", "name", "state", "started", "seconds", "seen", "new", "requests"]
    assert lines[2].split() == [*RUN[:3], *RUN[3].split(), *RUN[4:7], RUN[10]]
    assert len(lines) == 3


def test_a_table_that_finds_room_shows_every_column(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = drawn(monkeypatch, 160, RUNS, [RUN], "run seconds seen new updated copies failed requests")
    assert lines[0].split() == RUNS.split()


def test_errors_are_folded_within_a_column_that_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [[*RUN[:-1], "https://paper.example.com/rss: the server answered 503"]]
    lines = drawn(monkeypatch, 80, RUNS, rows, "run seconds seen new updated copies failed requests")
    assert "".join(line.split("  ")[-1].strip() for line in lines[2:]).replace(" ", "").endswith("answered503")
    assert len(lines) < 9
