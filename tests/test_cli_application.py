from __future__ import annotations

import importlib
import importlib.util
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import click
import pytest
from cli_case import Terminal, filled, terminal

from crawler import __version__
from crawler.cli import main
from crawler.cli.application import application
from crawler.cli.overview import COMMANDS, OPTIONS, overview
from crawler.config import SETTINGS
from crawler.export import FORMATS
from crawler.export.fields import FIELDS

__all__ = ["filled", "terminal"]
ROOT = Path(__file__).resolve().parent.parent
HEAVY = {"sqlalchemy", "scrapy", "twisted", "rich", "pyarrow", "lxml", "bs4", "selectolax", "httpx", "aiohttp"}
HEAVY |= {"apscheduler", "orjson", "alembic", "storage", "tldextract", "zstandard", "ahocorasick_rs"}


def commands(
    group: click.Group = application, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


def imported_by(*args: str) -> set[str]:
    """Top-level modules that a command line loads, click's own and the standard library's included."""
    code = (
        "import sys\nfrom crawler.cli import main\n"
        f"code = main({list(args)!r})\nassert code == 0, code\n"
        "sys.stderr.write('\\n'.join({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stderr.splitlines())


def test_the_overview_needs_not_even_click() -> None:
    loaded = imported_by("--help")
    assert "click" not in loaded
    assert not loaded & HEAVY
    assert not loaded & {"dataclasses", "typing", "inspect", "datetime", "pathlib"}


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command_loads_nothing_heavy(name: str) -> None:
    assert not imported_by(name, "--help") & HEAVY


def test_help_is_instant() -> None:
    import resource

    def user_seconds(*args: str, times: int = 15) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        for _ in range(times):
            subprocess.run([sys.executable, *args], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime

    # CPU time, so that a busy machine doesn't decide.
    script = "import sys; from crawler.cli import main; sys.exit(main())"
    assert user_seconds("-c", script, "--help") <= 3 * user_seconds("-c", "pass")


def test_the_overview_tells_what_the_commands_tell(capsys: pytest.CaptureFixture[str]) -> None:
    for name in COMMANDS:
        command = application.get_command(click.Context(application), name)
        assert command is not None
        text = command.get_short_help_str(limit=200)
        assert COMMANDS[name].rstrip(".").casefold()[:10] == text.casefold()[:10], (COMMANDS[name], text)
    declared = {option for parameter in application.params for option in parameter.opts if option.startswith("--")}
    assert {name.split()[0] for name in OPTIONS} == declared | {"--help"}
    assert main(["--log-level", "INFO", "--help"]) == 0
    assert capsys.readouterr().out == overview()


def test_nothing_asked_shows_the_overview_as_bad_usage(terminal: Terminal) -> None:
    assert terminal(code=2).out == overview()
    assert terminal("--version").out == f"presswatch {__version__}\n"
    assert terminal("--log-level", "INFO", "--version").out == f"presswatch {__version__}\n"


def test_every_command_has_help_an_example_and_explained_options() -> None:
    for path, command in commands():
        text = command.get_help(click.Context(command, info_name=path[-1], **application.context_settings))
        assert f"presswatch {path[0]}" in text.partition("Example:")[2], f"{' '.join(path)} gives no example"
        silent = [row.opts[0] for row in command.params if isinstance(row, click.Option) and not row.help]
        assert not silent, f"{' '.join(path)}: {silent} say nothing"


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_documents_say_what_the_code_says() -> None:
    for file, text in generator().generated().items():
        assert (ROOT / file).read_text("utf-8") == text, f"{file}: run `python docs/generate.py`"


def test_every_setting_format_and_field_is_documented() -> None:
    configuration = (ROOT / "docs/configuration.md").read_text("utf-8")
    formats = (ROOT / "docs/formats.md").read_text("utf-8")
    assert [row.name for row in SETTINGS if f"| `{row.name}` |" not in configuration] == []
    assert [name for name in [*FORMATS, *(row.name for row in FIELDS)] if f"| `{name}` |" not in formats] == []


def imports(name: str) -> bool:
    module = {"beautifulsoup4": "bs4", "zstandard": "zstandard"}.get(name, name).replace("-", "_")
    files = (file for package in ("crawler", "spiders", "storage") for file in (ROOT / package).rglob("*.py"))
    return any(re.search(rf"^\s*(?:import|from) {module}\b", file.read_text("utf-8"), re.M) for file in files)


def test_every_dependency_in_use_is_explained_and_every_explained_one_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    listed = [
        *project["dependencies"],
        *(need for group in project["optional-dependencies"].values() for need in group),
    ]
    declared = {re.split(r"[\[<>=;! ]", need)[0] for need in listed}
    rows = re.findall(r"^\| ([a-z0-9-]+)[^|]*\|", (ROOT / "docs/dependencies.md").read_text("utf-8"), re.M)
    explained = set(rows) - {"dependency"}
    assert explained <= declared
    assert {name for name in declared - explained if imports(name)} == set()


def test_an_unknown_command_is_told_the_nearest(terminal: Terminal) -> None:
    ran = terminal("crwl", code=2)
    assert ran.err == "presswatch: error: there is no command 'crwl' (did you mean 'crawl'?); see `presswatch --help`\n"
    assert ran.out == ""


@pytest.mark.parametrize(
    "args",
    [
        ("--config", "none.toml", "source", "list"),
        ("--store", "mysql://x", "source", "list"),
        ("--store", "sqlite:////nowhere/at/all.db", "topic", "list"),
        ("--log-level", "LOUD", "topic", "list"),
        ("export", "--format", "xml"),
        ("export", "-o", "a.docx"),
        ("search",),
        ("search", "x", "--since", "soon"),
        ("show", "https://nobody.example/x"),
        ("source", "show", "nobody"),
        ("source", "add", "ftp://x"),
        ("topic", "remove", "nobody"),
        ("apply", "none.toml"),
        ("crawl",),
        ("crawl", "gopher://x"),
        ("crawl", "http://[::1"),
        ("source", "add", "http://[::1"),
        ("extract", "http://[::1"),
        ("crawl", "--topic", "nobody"),
        ("extract", "none.html"),
        ("completion", "tcsh"),
    ],
    ids=" ".join,
)
def test_a_persons_error_is_one_line_that_names_the_thing(terminal: Terminal, args: tuple[str, ...]) -> None:
    ran = terminal(*args, code=None)
    assert ran.code in (1, 2)
    assert ran.err.startswith("presswatch: error: ")
    assert ran.err.count("\n") == 1
    assert "Traceback" not in ran.err
    assert ran.out == ""


def test_a_settings_file_that_is_wrong_doesnt_hinder_help(terminal: Terminal) -> None:
    (terminal.folder / "presswatch.toml").write_text("dealy = 1")
    assert "dealy" in terminal("source", "list", code=2).err
    terminal("source", "list", "--help")


def test_a_broken_pipe_is_quiet(filled: Terminal) -> None:
    command = f"{sys.executable} -c 'from crawler.cli import main; main()' export | true"
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        ["sh", "-c", command], cwd=filled.folder, env=environment, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_a_full_disk_behind_standard_output_is_one_line(filled: Terminal) -> None:
    command = f"{sys.executable} -c 'import sys; from crawler.cli import main; sys.exit(main())' export > /dev/full"
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        ["sh", "-c", command], cwd=filled.folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stderr == "presswatch: error: No space left on device\n"
    assert done.returncode == 1


@pytest.mark.parametrize(
    "args",
    [
        ("export", "--since-last", "\udcb8\udcde"),
        ("search", "메타", "--source", "\udcb8\udcde"),
        ("export", "--query", "메타 \udcb8\udcde", "--manifest", "-o", "x.csv"),
        ("--store", "sqlite:///\udcb8\udcde.db", "crawl", "https://a.example/"),
    ],
    ids=["cursor", "source", "manifest", "store"],
)
def test_what_a_terminal_of_another_encoding_sends_is_no_defect(filled: Terminal, args: tuple[str, ...]) -> None:
    said = filled(*args, code=2).err
    assert "udcb8\\udcde" in said
    assert "holds bytes that are no UTF-8, as only the name of a file and a URL may; " in said
    filled("export", "-o", "\udcb8\udcde.csv", "--json")
    assert Path("\udcb8\udcde.csv").exists()


def test_a_defect_of_ours_is_one_line_and_its_place_is_logged(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_given: object) -> None:
        raise KeyError("nothing of that name")

    monkeypatch.setattr("crawler.config.load_config", broken)
    with caplog.at_level("DEBUG"):
        ran = terminal("status", code=1)
    assert ran.err.startswith("presswatch: error: a defect of presswatch (KeyError: 'nothing of that name');")
    assert ran.err.count("\n") == 1
    assert "in broken" in caplog.text


def test_completion_knows_commands_and_options(terminal: Terminal) -> None:
    assert "_PRESSWATCH_COMPLETE=bash_complete" in terminal("completion", "bash").out
    assert "#compdef presswatch" in terminal("completion", "zsh").out
    environment = {"_PRESSWATCH_COMPLETE": "bash_complete", "COMP_WORDS": "presswatch export --fo", "COMP_CWORD": "2"}
    script = "import sys; from crawler.cli import main; sys.argv[0] = 'presswatch'; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert "--format" in done.stdout


def test_completion_installs_where_the_shell_looks(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(terminal.folder))
    place = terminal.folder / ".config/fish/completions/presswatch.fish"
    assert str(place) in terminal("completion", "fish", "--install").out
    assert "presswatch" in place.read_text()


@pytest.mark.parametrize(
    "args",
    [
        ("status",),
        ("status", "--json"),
        ("runs",),
        ("search", "robots"),
        ("show", "0123456789"),
        ("story", "0123456789"),
        ("stats",),
        ("export", "-o", "x.jsonl"),
        ("source", "list"),
        ("source", "show", "a"),
        ("source", "remove", "a"),
        ("crawl",),
        ("topic", "list"),
        ("reextract",),
        ("db", "check"),
        ("db", "backup", "x.db"),
        ("db", "vacuum"),
    ],
    ids=" ".join,
)
def test_what_reads_makes_no_store(terminal: Terminal, args: tuple[str, ...]) -> None:
    ran = terminal(*args, code=1)
    assert "there is no store sqlite:///presswatch.db" in ran.err
    assert "presswatch source add" in ran.err
    assert list(terminal.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("command", "said"),
    [("status >&-", b""), ("source import - <&-", b"it names no source"), ("extract - --json <&-", b"page is empty")],
)
def test_a_stream_that_was_closed_is_an_empty_one(terminal: Terminal, command: str, said: bytes) -> None:
    terminal("source", "add", "https://a.example/", "--no-probe")
    line = f"{sys.executable} -c 'import sys; from crawler.cli import main; sys.exit(main())' {command}"
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(["sh", "-c", line], cwd=terminal.folder, env=environment, capture_output=True, check=False)
    assert b"defect" not in done.stderr
    assert said in done.stderr
