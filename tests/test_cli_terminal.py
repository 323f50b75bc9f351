from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
