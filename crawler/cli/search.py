"""`presswatch search`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from crawler.cli.context import ExitCode, Settings
from crawler.cli.selection import article_filter, selects

if TYPE_CHECKING:
    from crawler.items import SearchAnswer, SearchHit


@click.command(name="search", short_help="Find words in what is stored.")
@click.argument("words", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many, best first.")
@selects("topic", "source", "lang", "since", "until", "seen_since")
@click.option("--thorough", is_flag=True, help="Read up to 50,000 articles that may be meant, not 600: some seconds.")
@click.option("--json", "json", is_flag=True, help="Answer with a JSON list: score, snippet, marks, row.")
@click.pass_obj
def command(
    settings: Settings,
    /,
    *,
    words: tuple[str, ...],
    limit: int,
    thorough: bool,
    json: bool,
    **chosen: str | None,
) -> ExitCode:
    """Find articles that hold all WORDS, in any language; 메타 finds 메타는 too.

    AND, OR and NOT in capitals, brackets, and "words in a row" make a query of them: NOT binds before AND, AND
    before OR. A - before a word refuses it, a * after it finds words that begin so. site:paper.example.com (and hosts
    under it), source:NAME, topic:NAME, lang:ko, author:NAME, after:WHEN and before:WHEN are conditions on the article;
    quote values with blanks, as source:"my paper". An option may stand after the words, a query that begins with
    - after --.

    \b
    Example:
      presswatch search 저커버그 --since 7d
      presswatch search '메타 AND (AI OR 인공지능) NOT 메타버스' --json
      presswatch search '"smart glasses" OR 안경 site:example.com after:2026-11-01 -author:Kim'
    """
    from crawler.cli.damaged import tell_damage
    from crawler.damage import Damage

    store = settings.open_store(reads=True)
    wanted = replace(article_filter(settings, store, chosen), zone=settings.config.zone)
    damage = Damage()
    answer = store.search.answer(" ".join(words), filter=wanted, limit=limit, thorough=thorough, damaged=damage.note)
    hits = answer.hits
    told = _told(answer, limit, thorough=thorough)
    if json:
        from crawler.export.fields import as_mapping

        settings.echo_json(
            [{"score": h.score, "snippet": h.snippet, "marks": h.marks, "row": as_mapping(h.row)} for h in hits]
        )
        if answer.more:
            click.echo(told, err=True)
        return tell_damage(damage)
    for hit in hits:
        _print(hit, settings.config.zone)
    if told:
        click.echo(told)
    return tell_damage(damage)


def _told(answer: SearchAnswer, limit: int, *, thorough: bool) -> str:
    """How much of what there is was shown, and the way to more where it is less than was asked for; nothing where it is
    all.
    """
    shown, found = len(answer.hits), f"{answer.found:,}"
    looked_at = f"{answer.looked_at:,} articles were looked at, those indexed last that may be meant"
    if answer.more:
        ways = "add words, or a condition such as before:" + ("" if thorough else ", or --thorough to look at more")
        what = f"{shown:,} of at least {found}" if shown else "nothing found"
        return f"{what}; {looked_at}" + (f": {ways}" if shown < limit else "")
    return "nothing found" if not shown else f"{shown:,} of {found}" if answer.found > shown else ""


def _print(hit: SearchHit, zone: str) -> None:
    from crawler.cli.terminal import one_line
    from crawler.cli.times import shown

    row = hit.row
    when = row.published.isoformat()[:16].replace("T", " ") if row.published else f"seen {shown(row.first_seen, zone)}"
    click.secho(one_line(row.title) or "(no title)", bold=True)
    place = one_line(row.site or row.source)
    click.echo(f"  {row.id[:12]}  {when}" + (f"  {place}" if place else ""))
    click.echo(f"  {one_line(row.url)}")
    click.echo(f"  {marked(hit.snippet, hit.marks)}\n")


def marked(snippet: str, marks: tuple[tuple[int, int], ...]) -> str:
    """`snippet` on one line with each hit bold, and in [brackets] so that it shows where there is no colour."""
    from crawler.cli.terminal import one_line

    # Two private-use characters stand for the marks until the text between them was made harmless.
    parts, done = [], 0
    for start, end in sorted(marks):
        if start < done or end > len(snippet):
            continue
        parts += [snippet[done:start], "\ue000", snippet[start:end], "\ue001"]
        done = end
    line = one_line("".join([*parts, snippet[done:]]))
    return line.replace("\ue000", "[\x1b[1m").replace("\ue001", "\x1b[0m]")
