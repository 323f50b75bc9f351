"""`presswatch topic`: what is followed."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from crawler.cli.context import Settings

if TYPE_CHECKING:
    from crawler.items import Topic


@click.group(name="topic", short_help="Add, list, show and remove what is followed.")
def command() -> None:
    """Add, list, show and remove what is followed.

    \b
    Example:
      presswatch topic add 저커버그 --alias Zuckerberg --alias 주커버그
      presswatch crawl --topic 저커버그
    """


@command.command(short_help="Follow a topic.")
@click.argument("name")
@click.option("--alias", "aliases", multiple=True, metavar="PHRASE", help="Another phrase for it. Repeatable.")
@click.option("--all", "all_", multiple=True, metavar="WORD", help="A word that must be there too. Repeatable.")
@click.option("--none", multiple=True, metavar="WORD", help="A word that must not be there. Repeatable.")
@click.option("--lang", metavar="CODE", help="Only articles in this language, ISO 639-1.")
@click.option("--replace", is_flag=True, help="Replace the topic of that name.")
@click.option("--json", "json", is_flag=True, help="Answer with the topic and how many stored articles match as JSON.")
@click.pass_obj
def add(
    settings: Settings,
    /,
    *,
    name: str,
    aliases: tuple[str, ...],
    all_: tuple[str, ...],
    none: tuple[str, ...],
    lang: str | None,
    replace: bool,
    json: bool,
) -> None:
    """Follow NAME: articles that hold the name or an alias. What is stored already is matched at once.

    \b
    Example:
      presswatch topic add 저커버그 --alias Zuckerberg --alias 주커버그
      presswatch topic add Apple --all iPhone --none 'apple pie' --lang en
    """
    from crawler.cli.declare import topic_from
    from crawler.cli.terminal import one_line
    from crawler.errors import UnknownName, UsageError

    values = {"name": name, "aliases": list(aliases), "all": list(all_), "none": list(none)}
    topic = topic_from(values if lang is None else {**values, "lang": lang}, "topic add")
    store = settings.open_store(create=True)
    try:
        store.topics.get(topic.name)
    except UnknownName:
        store.topics.add(topic)
    else:
        if not replace:
            raise UsageError(
                f"there is a topic {topic.name!r} already; --replace it, or choose another name", topic.name
            )
        store.topics.update(topic)
    matched = store.articles.assign_topic(topic.name)
    if json:
        settings.echo_json({"topic": topic, "matched": matched})
        return
    click.echo(f"{one_line(topic.name)}: {terms_text(topic)}; {matched} stored articles match")


@command.command(name="list", short_help="List what is followed.")
@click.option("--json", "json", is_flag=True, help="Answer with a JSON list of topics.")
@click.pass_obj
def list_(settings: Settings, /, *, json: bool) -> None:
    """List what is followed.

    \b
    Example:
      presswatch topic list
    """
    from crawler.cli.terminal import print_table
    from crawler.items import ArticleFilter

    store = settings.open_store(reads=True)
    topics = store.topics.list()
    if json:
        settings.echo_json(list(topics))
        return
    if not topics:
        click.echo("nothing is followed yet; add a topic with: presswatch topic add NAME")
        return
    rows = [(t.name, str(store.articles.count(ArticleFilter(topic=t.name))), terms_text(t)) for t in topics]
    print_table(("name", "articles", "looks for"), rows, numbers=("articles",))


@command.command(short_help="Show a topic.")
@click.argument("name")
@click.option("--json", "json", is_flag=True, help="Answer with the topic and its number of articles as JSON.")
@click.pass_obj
def show(settings: Settings, /, *, name: str, json: bool) -> None:
    """Show what the topic NAME looks for and how many articles it has.

    \b
    Example:
      presswatch topic show 저커버그
    """
    from crawler.cli.terminal import one_line
    from crawler.items import ArticleFilter

    store = settings.open_store(reads=True)
    topic = store.topics.get(name)
    articles = store.articles.count(ArticleFilter(topic=topic.name))
    if json:
        settings.echo_json({"topic": topic, "articles": articles})
        return
    click.echo(f"{one_line(topic.name)}: {terms_text(topic)}; {articles} articles")


@command.command(short_help="Follow a topic no longer.")
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@click.option("--json", "json", is_flag=True, help="Answer with the names removed as JSON.")
@click.pass_obj
def remove(settings: Settings, /, *, names: tuple[str, ...], json: bool) -> None:
    """Follow NAME no longer. Its articles stay, without the topic.

    \b
    Example:
      presswatch topic remove 저커버그
    """
    from crawler.cli.terminal import one_line

    topics = settings.open_store().topics
    names = tuple(dict.fromkeys(names))
    for name in names:
        topics.get(name)
    for name in names:
        topics.remove(name)
        if not json:
            click.echo(f"removed {one_line(name)}; its articles stay")
    if json:
        settings.echo_json({"removed": names})


@command.command(short_help="List the search pages that can be asked for a topic.")
@click.option("--json", "json", is_flag=True, help="Answer as JSON.")
@click.pass_obj
def searches(settings: Settings, /, *, json: bool) -> None:
    """List the search and tag pages that presswatch knows: asked by name with `presswatch crawl --topic T --on NAME`,
    or at a source that is on such a site. A source's own template comes before them.

    \b
    Example:
      presswatch topic searches
    """
    from crawler.cli.terminal import print_table
    from crawler.topics.searches import known_searches

    known = known_searches().values()
    if json:
        settings.echo_json([{**asdict(site), "asked_by_name": not site.has_origin} for site in known])
        return
    print_table(
        ("name", "what", "asked", "sorted by", "note"),
        [
            (
                site.name,
                site.title,
                "at its sources" if site.has_origin else f"--on {site.name}",
                "date" if site.by_date else "relevance",
                site.note or "",
            )
            for site in known
        ],
    )


def terms_text(topic: Topic) -> str:
    """What a topic looks for, in words."""
    from crawler.cli.terminal import one_line

    parts = [" or ".join((topic.name, *topic.aliases))]
    if topic.all:
        parts.append("with " + ", ".join(topic.all))
    if topic.none:
        parts.append("without " + ", ".join(topic.none))
    if topic.lang:
        parts.append(f"in {topic.lang}")
    return one_line(", ".join(parts))
