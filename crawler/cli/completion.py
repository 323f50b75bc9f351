"""`presswatch completion`: what makes a shell complete commands and options."""

from __future__ import annotations

from pathlib import Path

import click

# Where each shell looks for completions of a user without being told; zsh has no such place by default.
PLACES = {
    "bash": ".local/share/bash-completion/completions/presswatch",
    "zsh": ".zfunc/_presswatch",
    "fish": ".config/fish/completions/presswatch.fish",
}
NOTES = {
    "bash": "new shells have it, where the package bash-completion is installed",
    "zsh": "add to ~/.zshrc, before compinit: fpath+=~/.zfunc",
    "fish": "new shells have it",
}


@click.command(name="completion", short_help="Print or install completion for a shell.")
@click.argument("shell", type=click.Choice(list(PLACES)))
@click.option("--install", is_flag=True, help="Write it where the shell looks for it.")
@click.pass_context
def command(ctx: click.Context, /, *, shell: str, install: bool) -> None:
    """Print the completion script for SHELL, or install it for this user.

    \b
    Example:
      presswatch completion bash --install
      eval "$(presswatch completion zsh)"
    """
    from click.shell_completion import get_completion_class

    from crawler.errors import PresswatchError

    kind = get_completion_class(shell)
    assert kind is not None
    maker = kind(ctx.find_root().command, {}, "presswatch", "_PRESSWATCH_COMPLETE")
    # source() would start bash to ask its version, also where only the text is wanted, as in a container build.
    script = maker.source_template % maker.source_vars()
    if not install:
        click.echo(script)
        return
    place = Path.home() / PLACES[shell]
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(script + "\n", encoding="utf-8")
    except OSError as error:
        raise PresswatchError(f"{place}: can't be written: {error.strerror or error}", str(place)) from error
    click.echo(f"wrote {place}; {NOTES[shell]}")
