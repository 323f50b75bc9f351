"""What `presswatch --help` says, as data and plain text.

Importing click alone takes longer than bare Python needs three times over, so the overview is written without it; the
click group prints the same text. A test holds each line here against the command it announces.
"""

from __future__ import annotations

COMMANDS: dict[str, str] = {
    "demo": "Watch a bundled newsroom on loopback: crawl, clean, store, export.",
    "init": "Write a commented presswatch.toml.",
    "source": "Add, list, show and remove what is watched.",
    "topic": "Add, list, show and remove what is followed.",
    "apply": "Load sources and topics from a TOML file.",
    "crawl": "Crawl now: every source, some, a topic, or URLs.",
    "daemon": "Crawl each source again when it is due, until stopped.",
    "status": "Show sources, their health, what ran and what runs next.",
    "runs": "Show what was crawled, when, and how it ended.",
    "log": "Show what the daemon logged.",
    "search": "Find words in what is stored.",
    "show": "Show one article with its versions and sightings.",
    "story": "Show who tells one story, who told it first, and who copied how much.",
    "export": "Write articles as a file or a dataset.",
    "stats": "Show how much was published, by day, source, topic, language and outlet.",
    "import": "Take articles in from our JSON lines and from web archives.",
    "reextract": "Read kept raw pages again with today's extractor.",
    "db": "Check, back up, copy, upgrade and tidy the store.",
    "extract": "Show what a page would be stored as, and why.",
    "completion": "Print or install completion for a shell.",
}

OPTIONS: dict[str, str] = {
    "--config FILE": "Settings file; default: presswatch.toml here, if there is one.",
    "--store URL": "Where articles are kept, over the settings.",
    "--log-level LEVEL": "DEBUG, INFO, WARNING or ERROR, over the settings.",
    "--version": "Show the version and exit.",
    "--help": "Show this message and exit.",
}

INTRODUCTION = """\
Usage: presswatch [OPTIONS] COMMAND [ARGS]...

  Watch news sources: find new articles, keep only the article, store it
  once, export clean datasets.
"""

EXAMPLE = """\
Example:
  presswatch source add https://magazine.example.com/tag/robots
  presswatch crawl
  presswatch export --since 7d -o week.jsonl

`presswatch COMMAND --help` says more, with an example.
"""


def overview() -> str:
    """The whole text of ``presswatch --help``, ending with a newline."""
    parts = [INTRODUCTION]
    for heading, rows in (("Options", OPTIONS), ("Commands", COMMANDS)):
        width = max(map(len, rows)) + 2
        parts.append("".join([f"{heading}:\n", *(f"  {name:<{width}}{text}\n" for name, text in rows.items())]))
    return "\n".join([*parts, EXAMPLE])
