"""`presswatch story`: the articles that tell one text, in time order, and who had it first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from crawler.cli.context import ExitCode, Settings

if TYPE_CHECKING:
    from crawler.dedup.origin import Origin, Teller
    from crawler.items import ArticleRow


@click.command(name="story", short_help="Show who tells one story, who told it first, and who copied how much.")
@click.argument("article", metavar="ID|URL")
@click.option("--json", "json", is_flag=True, help="Answer with the members and the evidence as JSON.")
@click.pass_obj
def command(settings: Settings, /, *, article: str, json: bool) -> ExitCode:
    """Show the story that an article belongs to: its members in time order, each with the share of its text that stood
    in an earlier one, and who had it first, with the evidence.

    The article is named by its id (the first digits will do) or its URL; a story is named by the id of its first.

    \b
    Example:
      presswatch story 3fb2a91c04de
      presswatch story https://paper.example.com/2026/11/robots.html --json
    """
    from crawler.cli.damaged import tell_damage
    from crawler.damage import Damage
    from crawler.dedup.fingerprint import content_letters
    from crawler.dedup.near import shingle
    from crawler.dedup.origin import copied_shares, in_time_order, origin

    store = settings.open_store(reads=True)
    story = store.articles.get(article, lambda _: None).cluster_id
    damage = Damage()
    rows = {row.id: row for row in store.articles.story(story, damage.note)}
    if not rows:
        store.articles.get(article)  # it is alone in its story, and says what is wrong
    ordered = in_time_order([_teller(row) for row in rows.values()])
    shares = copied_shares([shingle(content_letters(teller.text)) for teller in ordered])
    members = [(rows[teller.id], share) for teller, share in zip(ordered, shares, strict=True)]
    found = origin(ordered)
    if json:
        settings.echo_json(_as_mapping(story, members, found))
    else:
        _print(story, members, found, settings.config.zone)
    return tell_damage(damage)


def _teller(row: ArticleRow) -> Teller:
    from crawler.dedup.origin import Teller

    return Teller(
        id=row.id,
        url=row.url,
        site=row.site,
        published=row.published,
        first_seen=row.first_seen,
        text=row.text,
        source_line=row.source_line,
    )


def _as_mapping(story: str, members: Sequence[tuple[ArticleRow, float]], found: Origin) -> dict[str, object]:
    from crawler.urls import publisher

    return {
        "story": story,
        "first": {"id": found.member, "agency": found.agency, "evidence": found.evidence},
        "members": [
            {
                "id": row.id,
                "url": row.url,
                "title": row.title,
                "outlet": publisher(row.url),
                "site": row.site,
                "published": row.published.isoformat() if row.published else None,
                "first_seen": row.first_seen,
                "copied": round(share, 3),
            }
            for row, share in members
        ],
    }


def _print(story: str, members: Sequence[tuple[ArticleRow, float]], found: Origin, zone: str) -> None:
    from crawler.cli.terminal import one_line, print_table
    from crawler.cli.times import shown

    first = next(row for row, _ in members if row.id == found.member)
    click.secho(one_line(first.title) or "(no title)", bold=True)
    click.echo(f"story {story[:12]}, {len(members)} article{'' if len(members) == 1 else 's'}\n")
    print_table(
        ("published", "id", "outlet", "copied", "title"),
        [
            (
                row.published.isoformat() if row.published else f"seen {shown(row.first_seen, zone)}",
                row.id[:12],
                _outlet(row),
                f"{share:.0%}",
                one_line(row.title),
            )
            for row, share in members
        ],
        numbers=("copied",),
    )
    outlet = _outlet(first)
    told = f"{found.agency}, of whose own articles none is here; of these {outlet}" if found.agency else outlet
    click.echo(f"\nfirst: {told}")
    for line in found.evidence:
        click.echo(f"  {one_line(line)}")


def _outlet(row: ArticleRow) -> str:
    """Who publishes it, as `stats` counts it, and the name that the site gives itself."""
    from crawler.cli.terminal import one_line
    from crawler.urls import publisher

    domain, name = publisher(row.url), one_line(row.site)
    return f"{domain} ({name})" if name and name.casefold() != domain else domain
