"""Writes what can be read off the code into docs/ and README.md: `python docs/generate.py`. A test compares."""

from __future__ import annotations

import re
from pathlib import Path

import click

from crawler.cli.application import application
from crawler.cli.declare import SOURCE_KEYS, TOPIC_KEYS, Key
from crawler.cli.init import toml_value
from crawler.cli.overview import COMMANDS, overview
from crawler.config import SETTINGS, type_names
from crawler.export import FORMATS
from crawler.export.fields import FIELDS
from crawler.export.parquet import COLUMNS

ROOT = Path(__file__).resolve().parent.parent
_names = {**type_names, list: "list of text", dict: "table"}


def commands() -> str:
    """docs/commands.md: the help of every command."""
    context = click.Context(
        application, info_name="presswatch", terminal_width=100, max_content_width=100, **application.context_settings
    )
    parts = ["# Commands\n\nWritten by `python docs/generate.py` from the help of each command.\n"]
    parts.append(f"## presswatch\n\n```\n{overview()}```\n")
    parts.append(
        "Exit codes: 0 done, 1 failed, 2 bad usage, 3 partly failed or cut short, 4 unhealthy (where asked), "
        "130 interrupted.\n"
        "Errors are one line on standard error; with `--json` standard output holds nothing but the one document.\n"
    )
    for name in COMMANDS:
        command = application.get_command(context, name)
        assert command is not None
        parts += _help(command, context, name, "##")
    return "\n".join(parts)


def _help(command: click.Command, parent: click.Context, name: str, level: str) -> list[str]:
    context = click.Context(command, parent, info_name=name, terminal_width=100, max_content_width=100)
    parts = [f"{level} {context.command_path}\n\n```\n{command.get_help(context)}\n```\n"]
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            found = command.get_command(context, child)
            assert found is not None
            parts += _help(found, context, child, level + "#")
    return parts


def settings_table() -> str:
    """The table of settings."""
    lines = ["| setting | default | what it does |", "|---|---|---|"]
    for row in SETTINGS:
        unit = f" ({row.unit})" if row.unit else ""
        bound = f"; at least {row.minimum:g}" if row.minimum is not None else ""
        lines.append(f"| `{row.name}` | `{toml_value(row.default)}` | {row.help}{unit}{bound} |")
    return "\n".join(lines)


def _keys_table(keys: dict[str, Key]) -> str:
    lines = ["| key | type | what it means |", "|---|---|---|"]
    for name, key in keys.items():
        kinds = " or ".join(_names[kind] for kind in key.kinds)
        lines.append(f"| `{name}` | {kinds} | {key.help} |")
    return "\n".join(lines)


def formats_table() -> str:
    """The table of formats."""
    lines = ["| format | endings | what it is |", "|---|---|---|"]
    lines += [
        f"| `{row.name}` | {', '.join(f'`{end}`' for end in row.extensions)} | {row.help} |" for row in FORMATS.values()
    ]
    return "\n".join(lines)


def fields_table() -> str:
    """The table of an exported row's fields."""
    types = {column.name: str(column.type).replace("element: ", "").replace("item: ", "") for column, _ in COLUMNS}
    lines = ["| field | holds | in Parquet | what it means |", "|---|---|---|---|"]
    lines += [f"| `{field.name}` | {field.kind.value} | `{types[field.name]}` | {field.help} |" for field in FIELDS]
    return "\n".join(lines)


PARTS = {
    "README.md": {"settings": settings_table},
    "docs/configuration.md": {
        "settings": settings_table,
        "source keys": lambda: _keys_table(SOURCE_KEYS),
        "topic keys": lambda: _keys_table(TOPIC_KEYS),
    },
    "docs/formats.md": {"formats": formats_table, "fields": fields_table},
}


def generated() -> dict[str, str]:
    """File (from the repository's root) -> the text it should have."""
    texts = {"docs/commands.md": commands()}
    for file, parts in PARTS.items():
        text = (ROOT / file).read_text("utf-8")
        for name, make in parts.items():
            begin, end = f"<!-- {name}: written by docs/generate.py -->", f"<!-- end of {name} -->"
            pattern = re.escape(begin) + r".*?" + re.escape(end)
            # A function, because a table may hold backslashes that a replacement text would read as groups.
            text, found = re.subn(pattern, lambda _match, b=begin, e=end, m=make: f"{b}\n{m()}\n{e}", text, flags=re.S)
            if found != 1:
                raise SystemExit(f"{file}: it needs one '{begin}' … '{end}'")
        texts[file] = text
    return texts


if __name__ == "__main__":
    for file, text in generated().items():
        (ROOT / file).write_text(text, "utf-8")
