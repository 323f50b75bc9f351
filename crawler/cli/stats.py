"""`presswatch stats`."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.cli.context import ExitCode, Settings
from crawler.cli.selection import article_filter, selects

if TYPE_CHECKING:
    from crawler.export.volume import By, Line, Per, Volume

BY = ("day", "source", "topic", "lang", "outlet")
BAR = 30  # columns
LEAST_BAR = 4
BESIDE_BAR = 48  # columns that names and numbers take beside it
MAX_STEPS = 62  # days, weeks or months that are drawn: the latest
HEADINGS = {"source": "source", "topic": "topic", "lang": "language", "outlet": "outlet"}


@click.command(name="stats", short_help="Show how much was published, by day, source, topic, language and outlet.")
@click.option("--by", type=click.Choice(BY), multiple=True, help="Only this (may be given again); default: all.")
@click.option(
    "--per", type=click.Choice(["day", "week", "month"]), help="Step of time; default: what fits on a screen."
)
@click.option("--top", type=click.IntRange(1, 1000), default=15, show_default=True, help="How many names, most first.")
@selects("query", "topic", "source", "lang", "since", "until", "seen_since")
@click.option("--png", type=click.Path(path_type=Path), metavar="FILE|-", help="Draw a picture (needs matplotlib).")
@click.option("--svg", type=click.Path(path_type=Path), metavar="FILE|-", help="The same as SVG.")
@click.option("--json", "json", is_flag=True, help="Answer as JSON, with every name and day.")
@click.pass_obj
def command(
    settings: Settings,
    /,
    *,
    by: tuple[str, ...],
    per: str | None,
    top: int,
    png: Path | None,
    svg: Path | None,
    json: bool,
    **chosen: str | None,
) -> ExitCode:
    """Count articles, and the stories they tell: copies of a story count as one.

    Share of voice is a name's stories among those of all names; a story that several outlets tell counts for each. An
    outlet is who publishes an article, named by its domain (here and in `story`), a source is what presswatch watches.

    \b
    Example:
      presswatch stats --since 30d
      presswatch stats --topic 저커버그 --by outlet --top 5
      presswatch stats --query '메타 AND (AI OR 인공지능)' --png meta.png
    """
    from crawler.cli.damaged import tell_damage
    from crawler.damage import Damage
    from crawler.errors import UsageError
    from crawler.export.volume import By, Per, Volume

    asked = tuple(By(each) for each in by or BY)
    step = Per(per) if per else None
    if Path("-") in (png, svg) and (json or png == svg):
        raise UsageError("--png - and --svg - take standard output for themselves; name a file", "-")
    store = settings.open_store(reads=True)
    volume = Volume(settings.config.zone, asked)
    damage = Damage()
    wanted = article_filter(settings, store, chosen)
    gc.disable()  # a million rows make many objects, of which none is garbage
    try:
        for marks in store.articles.mark_columns(wanted, damaged=damage.note):
            volume.add(marks)
    finally:
        gc.enable()
    given = {key.replace("_", "-"): value for key, value in chosen.items() if value is not None}
    counts = [_counted(volume, each, step) for each in asked]
    for path, kind in ((png, "png"), (svg, "svg")):
        if path is not None:
            title = f"{' · '.join(given.values()) + ': ' if given else ''}{_whole(volume)}"
            _draw([each.cut(top) for each in counts], path, kind, title=title, zone=settings.config.zone)
    if json:
        settings.echo_json(_plain(volume, counts, given))
    elif Path("-") not in (png, svg):
        _print(volume, [each.cut(top) for each in counts], settings.config.zone)
    return tell_damage(damage, "not counted")


@dataclass(frozen=True, slots=True)
class _Counts:
    """What is counted by, its heading, the lines that are shown, and those that are only added up."""

    by: str
    heading: str
    lines: list[Line]
    rest: list[Line]

    def cut(self, top: int) -> _Counts:
        """The latest steps of time, or the first names."""
        at = max(0, len(self.lines) - MAX_STEPS) if self.by == "day" else top
        shown, rest = (self.lines[at:], self.lines[:at]) if self.by == "day" else (self.lines[:at], self.lines[at:])
        return _Counts(self.by, self.heading, shown, rest)


def _counted(volume: Volume, by: By, per: Per | None) -> _Counts:
    if by == "day":
        step, lines = volume.days(per)
        return _Counts(by, step, lines, [])
    return _Counts(by, HEADINGS[by], volume.lines(by), [])


def _whole(volume: Volume) -> str:
    stories = volume.stories
    return f"{_articles(volume.articles)} in {stories:,} {'story' if stories == 1 else 'stories'}"


def _articles(count: int) -> str:
    return f"{count:,} article{'s' * (count != 1)}"


def _plain(volume: Volume, counts: Sequence[_Counts], given: dict[str, str]) -> dict[str, object]:
    def plain(line: Line) -> dict[str, object]:
        return {"name": line.name or None, "articles": line.articles, "stories": line.stories, "share": line.share}

    return {
        "query": given,
        "articles": volume.articles,
        "stories": volume.stories,
        "from": volume.first,
        "to": volume.last,
        "by": {(each.heading if each.by == "day" else each.by): list(map(plain, each.lines)) for each in counts},
    }


def _print(volume: Volume, counts: Sequence[_Counts], zone: str) -> None:
    from rich import box
    from rich.bar import Bar
    from rich.table import Table
    from rich.text import Text

    from crawler.cli.terminal import console, one_line
    from crawler.cli.times import shown

    if not volume.articles:
        click.echo("no articles")
        return
    out = console()
    bar_width = max(LEAST_BAR, min(BAR, out.width - BESIDE_BAR))
    out.print(f"{_whole(volume)}, {shown(volume.first, zone)} to {shown(volume.last, zone)}")
    for each in counts:
        in_time = each.by == "day"
        most = max((line.stories for line in each.lines), default=1)
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
        table.add_column(each.heading, overflow="fold", min_width=10)
        table.add_column("", width=bar_width, no_wrap=True)
        for name in ("stories", "articles", *(() if in_time else ("share",))):
            table.add_column(name, justify="right", no_wrap=True)
        for line in each.lines:
            name = one_line(line.name) or f"(no {each.heading})"
            share = () if in_time else (f"{line.share:.1%}",)
            bar = Bar(most or 1, 0, line.stories, width=bar_width, color="cyan")
            table.add_row(Text(name), bar, f"{line.stories:,}", f"{line.articles:,}", *share)
        out.print("")
        out.print(table)
        if each.rest:
            articles = sum(line.articles for line in each.rest)
            what = f"earlier {each.heading}{'s' * (len(each.rest) != 1)}" if in_time else "more"
            way = "--since and --until show" if in_time else "--top shows"
            out.print(f"{len(each.rest):,} {what} with {_articles(articles)}; {way} them")


def _draw(counts: Sequence[_Counts], path: Path, kind: str, *, title: str, zone: str) -> None:
    from crawler.export.plots import Panel, draw

    panels = [Panel(each.heading, each.lines, in_time=each.by == "day") for each in counts]
    missing = draw(panels, path, kind, title=title, zone=zone)
    if missing:
        click.echo(
            f"no font here has {missing}: boxes stand for them; install one that has, as fonts-noto-cjk", err=True
        )
