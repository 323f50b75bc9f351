"""Sources, topics, `apply` and `init`: what a person declares."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path

import pytest
from cli_case import GLASSES, NOW, Terminal, filled, terminal

from crawler.cli.declare import SOURCE_KEYS, TOPIC_KEYS, name_from, source_from, topic_from
from crawler.cli.source import duration_text
from crawler.config import SETTINGS, Config, load_config
from crawler.errors import UsageError
from crawler.sources import Schedule, SourceDoor, SourceKind

__all__ = ["filled", "terminal"]
ADD = ("source", "add", "--no-probe")
FILE = """
[[source]]
url = "https://paper.example.com/rss"
every = "30m"
kind = "feed"
headers = { Authorization = "PAPER_TOKEN" }

[[source]]
name = "magazine"
url = "https://magazine.example.com/tag/robots"
cron = "*/10 7-22 * * 1-5"
cron_zone = "Asia/Seoul"
zone = "Europe/Paris"
max_pages = 20
delay = 0.5

[[topic]]
name = "저커버그"
aliases = ["Zuckerberg"]
"""


# --------------------------------------------------------------------------------------------------------- sources
def test_a_source_is_added_shown_listed_and_removed(terminal: Terminal) -> None:
    added = terminal(*ADD, "paper.example.com/rss", "--every", "1h30m", "--header", "X-Key=PAPER_KEY", "--delay", "2s")
    assert "paper.example.com/rss" in added.out
    assert "every 1h30m" in added.out
    assert "PAPER_KEY" in added.err
    shown = terminal("source", "show", "paper.example.com/rss", "--json").json
    assert shown["source"]["url"] == "https://paper.example.com/rss"
    assert shown["source"]["schedule"] == asdict(Schedule(every=5400))
    assert shown["source"]["headers"] == {"X-Key": "PAPER_KEY"}
    assert (shown["source"]["delay"], shown["state"]["failures"]) == (2.0, 0)
    assert "X-Key from $PAPER_KEY" in terminal("source", "show", "paper.example.com/rss").out
    assert "paper.example.com/rss" in terminal("source", "list").out
    assert [row["name"] for row in terminal("source", "list", "--json").json] == ["paper.example.com/rss"]
    removed = terminal("source", "remove", "paper.example.com/rss", "paper.example.com/rss").out
    assert removed == "removed paper.example.com/rss; its articles stay\n"
    assert "nothing is watched yet" in terminal("source", "list").out


def test_a_source_may_keep_what_is_unsure(terminal: Terminal) -> None:
    terminal(*ADD, "paper.example.com/rss")
    assert "keeps unsure" not in terminal("source", "show", "paper.example.com/rss").out
    terminal(*ADD, "paper.example.com/rss", "--keep-unsure", "--replace")
    assert terminal("source", "show", "paper.example.com/rss", "--json").json["source"]["keep_unsure"] is True
    assert "keeps unsure:      yes" in terminal("source", "show", "paper.example.com/rss").out


def test_a_source_has_its_own_pace_unless_told_otherwise(terminal: Terminal) -> None:
    assert (
        "https://a.example/, adaptive\n"
        in terminal("source", "add", "https://a.example/", "--name", "a", "--no-probe").out
    )
    shown = terminal("source", "show", "a").out
    assert "not looked at yet" in shown
    assert "state:             never run\n" in shown
    told = terminal("source", "show", "a", "--json").json
    health = told["health"]
    assert (health["state"], health["changes"], health["overflow"]) == ("never run", [], None)
    assert (health["seen"], health["expected"], health["moved"]) == (0, None, {})
    assert told["pace"][0].startswith("not looked at yet")
    terminal.store().sources.record("a", at=NOW, ok=True, new=False)
    shown = terminal("source", "show", "a").out
    assert "the daemon has not learnt its pace yet" in shown
    assert "not looked at yet" not in shown
    bounds = ("--adaptive", "--min-interval", "5m", "--max-interval", "6h")
    bounded = terminal("source", "add", "b.example", "--no-probe", *bounds)
    assert "adaptive (at least 5m, at most 6h)" in bounded.out
    assert "adaptive" in terminal("source", "list").out
    for wrong, said in (
        (("--adaptive", "--every", "5m"), "'adaptive' excludes"),
        (("--every", "5m", "--max-interval", "1h"), "bound an adaptive schedule only"),
        (("--min-interval", "2h", "--max-interval", "1h"), "min_interval 7200 s and max_interval 3600 s"),
        (("--max-interval", "90d"), "14 days"),
    ):
        assert said in terminal("source", "add", "c.example", "--no-probe", *wrong, code=2).err
    with pytest.raises(UsageError, match="give 'every' or 'cron'"):
        source_from({"url": "https://a.example/", "adaptive": False}, "test")
    damaged = terminal.store().sources
    damaged.learn("a", {"version": 99}, NOW)
    assert "learnt anew" in terminal("source", "show", "a").out


def test_a_source_is_not_replaced_unasked(terminal: Terminal) -> None:
    terminal(*ADD, "https://a.example/", "--name", "a")
    assert "--replace" in terminal(*ADD, "https://b.example/", "--name", "a", code=2).err
    terminal(*ADD, "https://b.example/", "--name", "a", "--replace", "--disabled")
    stored = terminal("source", "show", "a", "--json").json["source"]
    assert (stored["url"], stored["enabled"]) == ("https://b.example/", False)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("ftp://a.example/",), "only http and https are fetched"),
        (("http://",), "no URL that can be fetched"),
        (("https://a.example", "--cron", "* * *"), "five fields"),
        (("https://a.example", "--cron", "99 * * * *"), "out of range"),
        (("https://a.example", "--every", "often"), "is no duration"),
        (("https://a.example", "--every", "0"), "at least 1"),
        (("https://a.example", "--every", "5m", "--cron", "0 7 * * *"), "exclude each other"),
        (("https://a.example", "--zone", "Seoul"), "is no IANA zone"),
        (("https://a.example", "--header", "Authorization"), "NAME=ENV_NAME"),
        (("https://a.example", "--header", "Authorization=Bearer s3cret"), "must name an environment variable"),
        (("https://a.example", "--header", "Bad Name=X"), "is no header name"),
        (("https://a.example", "--topic-template", "https://a.example/tag/"), "{topic}"),
        (("https://a.example", "--max-pages", "0"), "out of range"),
        (("https://a.example", "--language", "Korean"), "ISO 639-1"),
        (("https://a.example", "--name", "a\nb"), "printable"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_source_that_makes_no_sense_is_refused(terminal: Terminal, args: tuple[str, ...], said: str) -> None:
    ran = terminal(*ADD, *args, code=2)
    assert said in ran.err
    assert "s3cret" not in ran.err
    assert not (terminal.folder / "presswatch.db").exists()


def test_removing_several_checks_all_names_first(terminal: Terminal) -> None:
    terminal(*ADD, "https://a.example/")
    terminal("source", "remove", "a.example", "b.example", code=2)
    assert len(terminal("source", "list", "--json").json) == 1
    ran = terminal("source", "remove", "a.example", "a.example")
    assert ran.out.count("removed") == 1
    assert terminal("source", "list", "--json").json == []


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("feed://a.example/rss", "http://a.example/rss"),
        ("feed:https://a.example/rss", "https://a.example/rss"),
        ("https://a.example/feed://b", "https://a.example/feed://b"),
    ],
)
def test_the_scheme_by_which_browsers_hand_feeds_on_is_understood(terminal: Terminal, given: str, meant: str) -> None:
    terminal(*ADD, given, "--name", "a")
    assert terminal("source", "show", "a", "--json").json["source"]["url"] == meant


def test_names_are_made_from_urls() -> None:
    assert (
        name_from("https://www.paper.example/tag/%EC%A0%80%EC%BB%A4%EB%B2%84%EA%B7%B8/") == "paper.example/tag/저커버그"
    )
    assert name_from("http://127.0.0.1:8000/rss?id=3") == "127.0.0.1:8000/rss?id=3"


def test_durations_are_said_shortly() -> None:
    assert [duration_text(seconds) for seconds in (900, 5400, 90_061, 0)] == ["15m", "1h30m", "1d1h1m1s", "0s"]


# ---------------------------------------------------------------------------------------------------------- topics
def test_a_new_topic_takes_in_what_is_stored(filled: Terminal) -> None:
    added = filled("topic", "add", "저커버그", "--alias", "Zuckerberg", "--json").json
    assert added["matched"] == 2
    assert added["topic"]["aliases"] == ["Zuckerberg"]
    row = filled("show", GLASSES.id, "--json").json["row"]
    assert row["topics"] == ["저커버그"]
    listed = filled("topic", "list").out
    assert "저커버그 or Zuckerberg" in listed
    assert filled("topic", "show", "저커버그", "--json").json["articles"] == 2
    assert "--replace" in filled("topic", "add", "저커버그", code=2).err
    changed = filled("topic", "add", "저커버그", "--all", "시계", "--replace")
    assert "with 시계" in changed.out
    assert "1 stored articles match" in changed.out
    filled("topic", "remove", "저커버그")
    assert filled("show", GLASSES.id, "--json").json["row"]["topics"] == []


def test_an_empty_phrase_is_no_topic(terminal: Terminal) -> None:
    assert "aliases" in terminal("topic", "add", "x", "--alias", " ", code=2).err
    assert terminal("topic", "add", " ", code=2).err


# ----------------------------------------------------------------------------------------------------------- apply
def test_a_file_is_applied_once_and_then_changes_nothing(filled: Terminal) -> None:
    (filled.folder / "watch.toml").write_text(FILE)
    assert "would be: 3 added" in filled("apply", "watch.toml", "--dry-run").out
    assert filled("source", "list", "--json").json == []
    first = filled("apply", "watch.toml")
    assert first.out.endswith("3 added\n")
    assert "topic 저커버그 added (2 stored articles match)" in first.out
    magazine = filled("source", "show", "magazine", "--json").json["source"]
    assert magazine["schedule"] == asdict(Schedule(cron="*/10 7-22 * * 1-5", zone="Asia/Seoul"))
    assert (magazine["zone"], magazine["limits"]["max_pages"], magazine["delay"]) == ("Europe/Paris", 20, 0.5)
    before = filled.store().change_seq()
    assert filled("apply", "watch.toml").out == "3 unchanged\n"
    assert filled.store().change_seq() == before


def test_a_changed_file_says_what_changed_and_prunes_when_asked(terminal: Terminal) -> None:
    file = terminal.folder / "watch.toml"
    file.write_text(FILE)
    terminal(*ADD, "https://by.hand.example/")
    terminal("apply", "watch.toml")
    file.write_text(FILE.replace("30m", "1h").partition("[[topic]]")[0])
    said = terminal("apply", "watch.toml").out
    assert "source paper.example.com/rss changed: schedule: every 30m -> every 1h\n" in said
    assert "topic 저커버그 kept (not in the file; --prune removes it)" in said
    assert said.endswith("1 changed, 2 kept, 1 unchanged\n")
    pruned = terminal("apply", "watch.toml", "--prune", "--json").json
    assert [(row["what"], row["name"]) for row in pruned["changes"] if row["change"] == "removed"] == [
        ("source", "by.hand.example"),
        ("topic", "저커버그"),
    ]
    assert terminal("topic", "list", "--json").json == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[source]]\nurl = 'https://a.example'\nevrey = '5m'", "did you mean 'every'?"),
        ("[[source]]\nname = 'a'", "'url' is missing"),
        ("[[topic]]\naliases = []", "'name' is missing"),
        ("[[source]]\nurl = 'https://a.example'\nmax_pages = '3'", "max_pages: '3' is not a whole number"),
        ("[[source]]\nurl = 'https://a.example'\nmax_pages = true", "is not a whole number"),
        ("[[source]]\nurl = 'https://a.example'\nkind = 'page'", "is not one of auto, feed"),
        ("[[topic]]\nname = 'a'\naliases = 'b'", "is not a list of text"),
        ("[[topic]]\nname = 'a'\nall = [1]", "list of texts"),
        ("[source]\nurl = 'https://a.example'", "under [[source]]"),
        ("delay = 1", "only [[source]] and [[topic]]"),
        (
            "[[source]]\nurl = 'https://a.example'\n[[source]]\nurl = 'https://a.example/'",
            "2 sources are called 'a.example'",
        ),
        ("[[source", "no valid TOML"),
    ],
)
def test_a_file_that_makes_no_sense_changes_nothing(terminal: Terminal, text: str, said: str) -> None:
    (terminal.folder / "watch.toml").write_text(text + "\n[[topic]]\nname = 'sound'")
    ran = terminal("apply", "watch.toml", code=2)
    assert said in ran.err
    assert "watch.toml" in ran.err
    terminal.store().close()
    assert terminal("topic", "list", "--json").json == []


def test_a_table_takes_every_key_it_documents() -> None:
    samples: dict[str, object] = {
        "url": "https://a.example/",
        "name": "a",
        "kind": "listing",
        "every": 60,
        "zone": "UTC",
        "cron_zone": "UTC",
        "language": "ko",
        "topic_template": "https://a.example/{topic}/{page}",
        "doors": ["https://a.example/rss", {"url": "https://a.example/", "kind": "listing"}],
        "headers": {"X": "Y"},
        "max_pages": 1,
        "max_articles": 2,
        "max_depth": 3,
        "max_seconds": "1m",
        "delay": "1s",
        "keep_unsure": True,
        "enabled": False,
    }
    paces = {"cron", "adaptive", "min_interval", "max_interval"}
    assert set(samples) | paces == set(SOURCE_KEYS)
    source = source_from(samples, "test")
    assert source.kind is SourceKind.LISTING
    assert source.schedule == Schedule(every=60, zone="UTC")
    assert (source.limits.max_pages, source.limits.max_articles, source.limits.max_depth) == (1, 2, 3)
    assert (source.limits.max_seconds, source.delay, source.enabled, source.language) == (60, 1.0, False, "ko")
    assert source.keep_unsure
    assert source.doors == (
        SourceDoor(url="https://a.example/rss"),
        SourceDoor(url="https://a.example/", kind=SourceKind.LISTING),
    )
    topic = topic_from({"name": "n", "aliases": ["a", "a"], "all": ["b"], "none": ["c"], "lang": "en"}, "test")
    assert set(TOPIC_KEYS) == {"name", "aliases", "all", "none", "lang"}
    assert (topic.aliases, topic.all, topic.none, topic.lang) == (("a",), ("b",), ("c",), "en")
    with pytest.raises(UsageError, match="out of range"):
        source_from({**samples, "delay": float("inf")}, "test")


# ------------------------------------------------------------------------------------------------------------ init
def test_init_writes_every_setting_and_what_it_writes_is_read(terminal: Terminal) -> None:
    said = terminal("init", "--contact", "https://example.org/bot", "--proxy", "http://proxy.example:3128")
    file = terminal.folder / "presswatch.toml"
    assert str(file.name) in said.out
    text = file.read_text("utf-8")
    assert all(f"{row.name} = " in text and row.help in text for row in SETTINGS)
    config = load_config(file, {})
    assert config == Config(contact="https://example.org/bot", proxy="http://proxy.example:3128")
    uncommented = "".join(line.removeprefix("# ") for line in text.splitlines(keepends=True) if " = " in line)
    file.write_text(uncommented)
    assert load_config(file, {}) == config


def test_init_replaces_nothing_unasked_and_refuses_nonsense(terminal: Terminal) -> None:
    file = terminal.folder / "presswatch.toml"
    file.write_text("delay = 7\n")
    assert "--force" in terminal("init", code=2).err
    assert file.read_text() == "delay = 7\n"
    terminal("init", "--force", "--proxy", "socks://x", code=2)
    assert file.read_text() == "delay = 7\n"
    terminal("init", "--force")
    assert load_config(file, {}) == Config()


def test_init_writes_where_it_is_told(terminal: Terminal) -> None:
    terminal("--config", "other.toml", "--store", "sqlite:///other.db", "init")
    assert load_config(Path("other.toml"), {}).store == "sqlite:///other.db"
    assert "can't be written" in terminal("--config", "no/such/folder.toml", "init", code=1).err
    assert not os.path.lexists("no")
