"""The click group behind `presswatch`, and how its errors end."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from keyword import iskeyword
from pathlib import Path

import click

from crawler import __version__
from crawler.cli.context import ExitCode, Settings
from crawler.cli.overview import COMMANDS, overview
from crawler.damage import MENDING
from crawler.errors import BadQuery, PresswatchError, UsageError


class LazyGroup(click.Group):
    """A group whose commands are modules of `crawler.cli`, imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Names in the order of the overview."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The object `command` of module `crawler.cli.<name>`."""
        if cmd_name not in COMMANDS:
            return None
        module = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        command = import_module(f"crawler.cli.{module}").command
        assert isinstance(command, click.Command)
        return command

    def get_help(self, ctx: click.Context) -> str:  # noqa: ARG002
        """The overview, which needs none of the commands."""
        return overview().rstrip("\n")

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, but an unknown command is told the nearest one."""
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            from crawler.config import nearest

            ctx.fail(f"there is no command {args[0]!r}{nearest(args[0], tuple(COMMANDS))}; see `presswatch --help`")
        return super().resolve_command(ctx, args)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--config", "config_file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--store", metavar="URL")
@click.option("--log-level", type=click.Choice(["DEBUG", "INFO", "WARNING", "ERROR"], case_sensitive=False))
@click.version_option(__version__, message="presswatch %(version)s")
@click.pass_context
def application(ctx: click.Context, config_file: Path | None, store: str | None, log_level: str | None) -> None:
    """Watch news sources: find new articles, keep only the article, store it once, export clean datasets."""
    ctx.obj = Settings(config_file, {"store": store, "log_level": log_level})


def run(args: Sequence[str]) -> int:
    """Run `args` and return the exit code; every error a person can cause ends as one line on standard error."""
    code: object = ExitCode.OK
    try:
        code = application.main(args=list(args), prog_name="presswatch", standalone_mode=False)
        if sys.stdout is not None:  # who started us may have closed it
            sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        code = ExitCode.USAGE
    except click.ClickException as error:
        code = _fail(
            error.format_message() + _way_out(error),
            ExitCode.USAGE if isinstance(error, click.UsageError) else ExitCode.FAILED,
        )
    except PresswatchError as error:
        code = _fail(str(error), ExitCode.USAGE if isinstance(error, UsageError) else ExitCode.FAILED)
        if isinstance(error, BadQuery):
            from crawler.cli.terminal import pointed

            click.echo(pointed(error.subject, error.at), err=True)
    except (click.Abort, KeyboardInterrupt):
        code = _fail("interrupted", ExitCode.INTERRUPTED)
    except OSError as error:
        # The reader of our output may go away (`| head`), which is no news to anybody.
        where = f"{error.filename}: " if error.filename else ""
        code = (
            ExitCode.FAILED
            if error.errno == errno.EPIPE
            else _fail(f"{where}{error.strerror or error}", ExitCode.FAILED)
        )
        _drop_output()
    except Exception as error:  # the last resort: a person is told in a line, a log has the rest
        import logging

        from storage.packing import DamagedText

        if isinstance(error, DamagedText):
            return int(_fail(f"the store is damaged: {error}; {MENDING}", ExitCode.FAILED))
        # Bytes of the command line that are no UTF-8 are lone surrogates (PEP 383): file names and URLs may have them.
        undecoded = next((arg for arg in args if any("\udc80" <= letter <= "\udcff" for letter in arg)), None)
        if undecoded is not None and "surrogates not allowed" in str(error):
            what = "holds bytes that are no UTF-8, as only the name of a file and a URL may"
            return int(_fail(f"{undecoded!a}: {what}; does the terminal use another encoding?", ExitCode.USAGE))
        logging.getLogger(__name__).debug("a defect", exc_info=error)
        what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        code = _fail(
            f"a defect of presswatch ({what}); please report it with what --log-level DEBUG says", ExitCode.FAILED
        )
    return int(code) if isinstance(code, int) else ExitCode.OK


def _way_out(error: click.ClickException) -> str:
    """What is said besides where a query that begins with a minus is taken for options."""
    searched = isinstance(error, click.NoSuchOption) and error.ctx is not None and error.ctx.info_name == "search"
    return "; a query that begins with - stands behind --: presswatch search -- -word another" if searched else ""


def _drop_output() -> None:
    """Give up what standard output refuses, so that Python's flush at exit doesn't complain about it."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(message: str, code: ExitCode) -> ExitCode:
    from crawler.cli.terminal import one_line

    click.echo(f"presswatch: error: {one_line(message)}", err=True)
    return code
