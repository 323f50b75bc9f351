"""Log lines: their two forms, what is kept out of them, the file, and `presswatch log`."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from select import select

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler import logs
from crawler.cli import main
from crawler.errors import ConfigError


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:]
    yield
    for handler in root.handlers:
        if handler not in before:
            handler.close()
    root.handlers[:] = before


def line(form: str, name: str = logs.EVENTS, message: str = "crawled", **facts: object) -> str:
    record = logging.LogRecord(name, logging.WARNING, "", 0, message, None, None)
    record.facts = facts
    return logs.Lines(form).format(record)


@pytest.mark.parametrize(
    ("fact", "word"),
    [
        ("plain", "plain"),
        ("two words", '"two words"'),
        ('say "a"\\n', '"say \\"a\\"\\\\n"'),
        ("a\nb", '"a b"'),
        (None, "-"),
        ("", '""'),
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00+00:00"),
        ("한글", "한글"),
        ("a=b", '"a=b"'),
        (3, "3"),
        ("\x1b[31mred\x1b[0m \u202etxt", '"[31mred [0m txt"'),
        ("lone \ud800 half", '"lone half"'),
    ],
)
def test_facts_of_a_log_line(fact: object, word: str) -> None:
    assert line("text", fact=fact).split(" fact=")[1] == word


def test_the_two_forms() -> None:
    text = line("text", source="paper", new=3)
    assert text.startswith("time=20")
    assert text.endswith(" level=warning event=crawled source=paper new=3")
    told = json.loads(line("json", "scrapy.core", "robots %(x)s", source="paper", new=3))
    del told["time"]
    assert told == {"level": "warning", "logger": "scrapy.core", "event": "robots %(x)s", "source": "paper", "new": 3}


@pytest.mark.parametrize(
    "text",
    [
        "https://me:hunter2@paper.example/feed said no",
        "GET https://paper.example/feed?x=1&api_key=hunter2&y=2",
        "https://paper.example/?access_token=hunter2",
        "headers {'Authorization': 'Bearer hunter2', 'Cookie': 'sid=hunter2'}",
        "postgresql+psycopg://me:hunter2@host/db: no answer",
    ],
)
def test_no_secret_is_logged(text: str) -> None:
    for form in ("text", "json"):
        said = line(form, message=text, error=text)
        assert "hunter2" not in said
        assert "***" in said


@given(st.text(max_size=3000), st.dictionaries(st.sampled_from(["source", "error", "url"]), st.text(max_size=3000)))
def test_whatever_a_page_says_is_one_bounded_line_that_can_be_read_back(message: str, facts: dict[str, str]) -> None:
    for form in ("text", "json"):
        said = line(form, message=message, **facts)
        assert said.isprintable()
        assert len(said.encode()) < 40_000
        told = logs.read_line(said)
        assert told is not None
        expected = {name: logs.harmless(value) for name, value in {"event": message, **facts}.items()}
        for name, value in expected.items():
            # A lone dash stands for what is unknown.
            assert told[name] == (None if form == "text" and value == "-" else value)


def test_an_exception_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("WARNING", "json")
    try:
        int("broken\nin two")
    except ValueError:
        logging.getLogger("some.library").exception("it failed at %s", "https://a:b@c/")
    (said,) = capsys.readouterr().err.splitlines()
    told = json.loads(said)
    assert told["event"] == "it failed at https://***@c/"
    assert told["error"] == "ValueError: invalid literal for int() with base 10: 'broken\\nin two'"
    assert "test_an_exception_is_one_line" in told["traceback"]


def test_a_message_that_does_not_fit_its_arguments_is_logged_all_the_same() -> None:
    record = logging.LogRecord("some.library", logging.WARNING, "", 0, "a %d", ("b",), None)
    assert logs.Lines("text").format(record).endswith('logger=some.library event="a %d"')


def test_what_another_process_logged_is_logged_here(capsys: pytest.CaptureFixture[str]) -> None:
    sent: list[dict[str, object]] = []
    record = logging.LogRecord("scrapy.x", logging.WARNING, "", 0, "said %s", ("so",), None)
    logs.relay(sent.append).emit(record)
    logs.set_up("WARNING", "text")
    logs.retell(json.loads(json.dumps(sent[0])))
    moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    assert capsys.readouterr().err == f'time={moment} level=warning logger=scrapy.x event="said so"\n'
    logs.set_up("ERROR", "text")
    logs.retell(sent[0])
    assert capsys.readouterr().err == ""


def test_a_file_is_rotated_by_size_and_read_back_over_its_parts(tmp_path: Path) -> None:
    file = tmp_path / "watch.log"
    logs.set_up("WARNING", "text", events=logging.INFO, file=str(file), file_bytes=10_000, files=2)
    for number in range(400):
        logs.tell("crawled", source=f"s{number % 4}", number=number)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["watch.log", "watch.log.1", "watch.log.2"]
    assert all(path.stat().st_size <= 10_000 for path in tmp_path.iterdir())
    found = logs.last_lines(file, 200, 2)
    assert [logs.read_line(one)["number"] for one in found] == [str(number) for number in range(200, 400)]  # type: ignore[index]


def test_the_last_lines_that_match_are_found_however_far_back(tmp_path: Path) -> None:
    file = tmp_path / "watch.log"
    logs.set_up("WARNING", "text", events=logging.INFO, file=str(file), file_bytes=100_000, files=2)
    for number in range(3000):
        logs.tell("crawled", level=logging.INFO if number % 1000 else logging.ERROR, source="é", number=number)
    assert (tmp_path / "watch.log.1").exists()

    def numbers(count: int, level: int = 0, source: str | None = None) -> list[int]:
        return [int(logs.read_line(one)["number"]) for one in logs.last_lines(file, count, 2, level, source)]  # type: ignore[index]

    assert numbers(2, logging.ERROR) == [1000, 2000]
    assert numbers(2, logging.ERROR, "é") == [1000, 2000]
    assert numbers(2500) == list(range(500, 3000))
    assert numbers(5, source="e") == numbers(0) == []
    file.write_bytes(b"x" * 1_000_000)
    assert [len(line) for line in logs.last_lines(file, 5, 0)] == [logs.LONGEST_LINE]


def test_a_place_that_can_not_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"log_file: .*/nowhere/watch\.log can't be written"):
        logs.set_up("WARNING", "text", file=str(tmp_path / "nowhere" / "watch.log"), file_bytes=10_000)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_told_once(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "full.log").symlink_to("/dev/full")
    logs.set_up("WARNING", "text", events=logging.INFO, file=str(tmp_path / "full.log"), file_bytes=0)
    for _ in range(5):
        logs.tell("crawled")
    said = capsys.readouterr().err
    assert said.count("the log can't be written") == 1
    assert "Traceback" not in said


def test_the_command_shows_filters_and_follows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["log"]) == 2
    assert "journalctl -u presswatch -f" in capsys.readouterr().err
    file = tmp_path / "watch.log"
    (tmp_path / "presswatch.toml").write_text(f'log_file = "{file}"\n')
    assert main(["log"]) == 2
    assert "no daemon has logged there yet" in capsys.readouterr().err
    logs.set_up("WARNING", "text", events=logging.INFO, file=str(file), file_bytes=10_000_000)
    for number in range(100):
        logs.tell("crawled", source="a" if number % 2 else "b", level=logging.WARNING if number == 50 else logging.INFO)
    assert main(["log", "--lines", "3"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3
    assert main(["log", "--lines", "1000", "--source", "a"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 50
    assert main(["log", "--lines", "3", "--source", "a"]) == 0
    assert capsys.readouterr().out.count("source=a") == 3
    assert main(["log", "--lines", "1", "--level", "warning", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["source"] == "b"
    command = "import sys; from crawler.cli import main; sys.exit(main(['log', '-f', '--lines', '1']))"
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    logs.set_up("WARNING", "text", events=logging.INFO, file=str(file), file_bytes=10_000_000)
    with subprocess.Popen(
        [sys.executable, "-c", command], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, bufsize=0
    ) as follower:
        assert follower.stdout is not None

        def says(event: str) -> bool:
            assert follower.stdout is not None
            assert select([follower.stdout], [], [], 30)[0], f"it did not say {event}"
            return f"event={event} ".encode() in follower.stdout.read(1000)

        try:
            assert says("crawled")
            logs.tell("first", number=1)
            assert says("first")
            file.rename(tmp_path / "watch.log.1")
            logs.set_up("WARNING", "text", events=logging.INFO, file=str(file), file_bytes=10_000_000)
            logs.tell("second", number=2)
            assert says("second")
        finally:
            follower.send_signal(signal.SIGINT)
            assert follower.wait(30) == 0


def test_libraries_tell_of_their_workings_only_where_all_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    ours = [logging.getLogger(name) for name in logs.OURS]
    before = [one.level for one in ours]
    try:
        for level in ("INFO", "DEBUG", "ERROR"):
            logs.set_up(level, "text", events=logging.INFO)
            for name in ("scrapy.core.engine", "alembic.runtime.migration"):
                logging.getLogger(name).info("opened for %s", level)
                logging.getLogger(name).warning("worn at %s", level)
            logging.getLogger("crawler.pipelines").info("ours at %s", level)
            logs.tell("crawled", level=logging.DEBUG)
    finally:
        for one, number in zip(ours, before, strict=True):
            one.setLevel(number)
    lines = capsys.readouterr().err.splitlines()
    told = [line.partition("event=")[2] for line in lines if "scrapy" not in line]
    assert told == [
        '"worn at INFO"',
        '"ours at INFO"',
        '"opened for DEBUG"',
        '"worn at DEBUG"',
        '"ours at DEBUG"',
        "crawled",
    ]
