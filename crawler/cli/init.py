"""`presswatch init`: a settings file that explains itself."""

from __future__ import annotations

import os
from pathlib import Path

import click

from crawler.cli.context import Settings


@click.command(name="init", short_help="Write a commented presswatch.toml.")
@click.option("--contact", help="How a publisher can reach you: a URL or mail address.")
@click.option("--user-agent", help="User-Agent to send; default: presswatch/<version> (+contact).")
@click.option("--proxy", metavar="URL", help="HTTP proxy for every request.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@click.pass_obj
def command(
    settings: Settings, /, *, contact: str | None, user_agent: str | None, proxy: str | None, force: bool
) -> None:
    """Write presswatch.toml here (or where --config says), with every setting, its default and what it does.

    Headers and credentials belong to a source (`presswatch source add --header`) and name environment variables, so
    that no secret stands in a file.

    \b
    Example:
      presswatch init --contact https://example.org/bot
    """
    from crawler.config import FILE_NAME, load_config
    from crawler.errors import PresswatchError, UsageError

    given = {"contact": contact, "user_agent": user_agent, "proxy": proxy}
    given |= {name: str(value) for name, value in settings.overrides.items() if value is not None}
    values = {name: value for name, value in given.items() if value is not None}
    text = settings_file(values)
    file = settings.config_file or Path(FILE_NAME)
    # Checked by the very code that will read them, before anything is written.
    load_config(Path(os.devnull), {}, values)
    try:
        with file.open("w" if force else "x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError as error:
        raise UsageError(f"{file}: is there already; --force replaces it", str(file)) from error
    except OSError as error:
        raise PresswatchError(f"{file}: can't be written: {error.strerror or error}", str(file)) from error
    click.echo(f"wrote {file}; every setting is in it, commented out where it has its default")
    if not values.get("contact") and not values.get("user_agent"):
        click.echo("set `contact` there: publishers who can reach you write before they block you")


def settings_file(values: dict[str, str]) -> str:
    """A whole `presswatch.toml`: each setting with help, unit and default; those in `values` are set."""
    from crawler.config import SETTINGS

    lines = [
        "# Settings of presswatch. A line that begins with # has its default; take the # away to change it.",
        "# Over this file stand PRESSWATCH_<NAME> in the environment and options of the command line.",
        '# Seconds may be written as a duration: "90s", "15m", "2h".',
        "# Sources and topics don't belong here: `presswatch source add`, `topic add`, `apply FILE`.",
        "# Headers and credentials belong to a source, and name environment variables.",
    ]
    for setting in SETTINGS:
        unit = f" ({setting.unit})" if setting.unit else ""
        bound = f"; at least {setting.minimum:g}" if setting.minimum is not None else ""
        assigned = f"{setting.name} = {toml_value(values.get(setting.name, setting.default))}"
        mark = "" if setting.name in values else "# "
        lines += ["", f"# {setting.help}{unit}{bound}", mark + assigned]
    return "\n".join(lines) + "\n"


def toml_value(value: object) -> str:
    """`value` as TOML; text as a basic string, whose escapes are those of JSON (DEL apart)."""
    import json

    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(toml_value(part) for part in value) + "]"
    if isinstance(value, int) and value >= 10_000:
        return f"{value:_}"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return str(value)
