"""The whole line against the newsroom: what was crawled, cleaned and stored is compared with the truth."""

import asyncio
import csv
import json
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, timedelta
from pathlib import Path

import httpx
import pytest
from pyarrow import parquet

from crawler.config import Config
from crawler.crawls import Engine
from crawler.extract import extract
from crawler.items import (
    ArticleFilter,
    ArticleRow,
    CrawlKind,
    CrawlOrder,
    CrawlReport,
    CrawlState,
    Hints,
    Page,
    PageKind,
    Precision,
    Topic,
)
from crawler.newsroom import LoggedRequest, Newsroom, TrueArticle
from crawler.newsroom.world import Trade
from crawler.urls import url_key
from storage import open_store

pytestmark = pytest.mark.slow

SEED = 11
DAY = timedelta(hours=24)
PRESSWATCH = [sys.executable, "-c", "import sys; from crawler.cli import main; sys.exit(main())"]
_words = re.compile(r"\w+")


@dataclass(frozen=True)
class Stage:
    """What was true, stored and asked after one crawl of every source."""

    truth: dict[str, TrueArticle]
    rows: dict[str, ArticleRow]
    reports: dict[str, CrawlReport]
    log: tuple[LoggedRequest, ...]
    sequence: int


@dataclass(frozen=True)
class Play:
    """The stages: first crawl, second with a clock that stood still, third a day later, every URL, every other form."""

    room: Newsroom
    store_url: str
    first: Stage
    second: Stage
    third: Stage
    recheck: Stage
    variants: Stage
    topic: CrawlReport


def config_for(url: str) -> Config:
    return Config(store=url, contact="https://example.com/tests", delay=0.0, allow_networks=("127.0.0.0/8",))


@pytest.fixture(scope="module")
def play(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    url = f"sqlite:///{tmp_path_factory.mktemp('newsroom') / 'store.db'}"
    store = open_store(url)
    with Newsroom(SEED, 10) as room:
        for source in room.sources():
            store.sources.add(source)
        for name, aliases in (("저커버그", ("Zuckerberg",)), ("메타", ("Meta",))):
            store.topics.add(Topic(name=name, aliases=aliases))

        def stage(reports: dict[str, CrawlReport]) -> Stage:
            # Rows by the key of their URL: the same article under whatever form.
            rows = {url_key(row.url): row for row in store.articles.rows(ArticleFilter())}
            truth = {url_key(article.url): article for article in room.truth()}
            seen = Stage(truth, rows, reports, room.log(), store.change_seq())
            room.clear_log()
            return seen

        async def crawl(engine: Engine) -> Stage:
            orders = [
                CrawlOrder(kind=CrawlKind.SOURCE, name=source.name, sources=(source.name,)) for source in room.sources()
            ]
            reports = [await engine.crawl(order) for order in orders]
            return stage({report.order.name: report for report in reports})

        async def ask(engine: Engine, urls: Callable[[TrueArticle], tuple[str, ...]]) -> Stage:
            orders = [
                CrawlOrder(
                    kind=CrawlKind.URLS,
                    name=outlet.name,
                    urls=tuple(url for article in room.truth(outlet.name) for url in urls(article)),
                    max_pages=1000,
                    recheck=True,
                    zone=outlet.zone,
                )
                for outlet in room.outlets
            ]
            reports = [await engine.crawl(order) for order in orders]
            return stage({report.order.name: report for report in reports})

        async def scenes() -> Play:
            async with Engine(config_for(url)) as engine:
                first = await crawl(engine)
                second = await crawl(engine)
                room.advance(DAY)
                third = await crawl(engine)
                recheck = await ask(engine, lambda article: (article.url,))
                variants = await ask(engine, lambda article: article.variants)
                names = tuple(source.name for source in room.sources())
                topic = await engine.crawl(
                    CrawlOrder(kind=CrawlKind.TOPIC, name="저커버그", topic="저커버그", sources=names, dry_run=True)
                )
            return Play(room, url, first, second, third, recheck, variants, topic)

        try:
            yield asyncio.run(scenes())
        finally:
            store.close()


def bag(text: str) -> Counter[str]:
    return Counter(_words.findall(text))


def stages(play: Play) -> tuple[Stage, ...]:
    return play.first, play.third, play.recheck, play.variants


def test_every_article_is_stored_exactly_once(play: Play) -> None:
    for stage in stages(play):
        assert stage.rows.keys() == stage.truth.keys()
    assert all(report.state is CrawlState.DONE for report in play.first.reports.values())


def test_no_chrome_is_in_any_text(play: Play) -> None:
    for stage in (play.first, play.recheck):
        leaks = {
            (row.url, phrase)
            for row in stage.rows.values()
            for phrase in play.room.chrome
            if phrase in row.text or phrase in (row.title or "")
        }
        assert not leaks


def test_nothing_of_a_text_is_missing_and_nothing_added(play: Play) -> None:
    wrong = {}
    # Copies share one stored text, whose byline is that of whichever was met first.
    bylines: dict[str, set[str]] = {}
    for truth in play.recheck.truth.values():
        bylines.setdefault(truth.copy_of or truth.url, set()).update(truth.decorations)
    for key, truth in play.recheck.truth.items():
        row = play.recheck.rows[key]
        missing = bag(truth.text) - bag(row.text)
        added = bag(row.text) - bag(truth.text) - bag(" ".join(bylines[truth.copy_of or truth.url]))
        if missing or added:
            wrong[row.url] = (dict(missing), dict(added))
    assert not wrong


def test_paragraphs_are_kept_apart(play: Play) -> None:
    for key, truth in play.recheck.truth.items():
        lines = [line for line in play.recheck.rows[key].text.split("\n") if line.strip()]
        assert len(lines) >= 0.8 * len(truth.paragraphs), truth.url


@pytest.mark.parametrize("name", ["title", "language", "published", "authors", "image", "captions"])
def test_fields_are_as_the_outlet_means_them(play: Play, name: str) -> None:
    def got(row: ArticleRow) -> object:
        match name:
            case "published":
                return row.published.utc if row.published else None
            case "authors":
                return set(row.authors)
            case "language":
                return row.lang
            case "captions":
                return tuple(caption.removeprefix("▲ ") for caption in row.captions)
            case _:
                return getattr(row, name)

    def meant(truth: TrueArticle) -> object:
        match name:
            case "published":
                return truth.published.astimezone(UTC) if truth.published else None
            case "authors":
                return set(truth.authors)
            case _:
                return getattr(truth, name)

    wrong = {
        row.url: (got(row), meant(truth))
        for key, truth in play.recheck.truth.items()
        if got(row := play.recheck.rows[key]) != meant(truth)
    }
    assert not wrong


def test_times_keep_the_publishers_offset(play: Play) -> None:
    for key, truth in play.recheck.truth.items():
        row = play.recheck.rows[key]
        if truth.published is not None and row.published is not None:
            offset = truth.published.utcoffset()
            assert offset is not None
            # The sitemap and feeds tell the same instant in UTC, which is a zone of its own right.
            assert row.published.offset in (offset.total_seconds() / 60, 0)
            assert row.published.precision is Precision.SECOND


def test_the_undated_post_is_stored_without_a_date(play: Play) -> None:
    undated = [key for key, truth in play.first.truth.items() if truth.published is None]
    assert len(undated) == 1
    assert play.first.rows[undated[0]].published is None
    assert play.first.rows[undated[0]].modified is None


def test_a_second_crawl_asks_the_doors_only(play: Play) -> None:
    second = play.second
    assert sum(report.total(name) for report in second.reports.values() for name in ("new", "updated", "copies")) == 0
    assert second.sequence == play.first.sequence
    assert second.rows == play.first.rows
    articles = {article.url.partition("://")[2] for article in second.truth.values()}
    asked = [one for one in second.log if f"{one.host}{one.path}" in articles]
    assert not asked
    assert not [one for one in second.log if one.path == "/robots.txt"]
    per_host = Counter((one.host, one.path) for one in second.log)
    assert max(per_host.values()) == 1
    press = next(outlet for outlet in play.room.outlets if outlet.trade is Trade.PRESS)
    for one in second.log:
        # A sitemap index is asked without condition: many are static while their sitemaps grow.
        if f"http://{one.host}" != press.base_url and one.path != "/sitemap.xml":
            assert one.conditional, one
            assert one.status == 304, one


def test_a_second_crawl_of_a_feed_or_listing_is_one_request(play: Play) -> None:
    requests = {name: report.total("requests") for name, report in play.second.reports.items()}
    assert requests.pop("harbour-sitemap") <= 3  # the index and its two children
    assert requests.pop("garden-notes") <= 2  # the front page and the feed that it advertises
    assert set(requests.values()) == {1}


def test_a_day_later_news_and_announced_edits_come_in(play: Play) -> None:
    report = play.third.reports
    born = play.third.truth.keys() - play.first.truth.keys()
    assert sum(one.total("new") + one.total("copies") for one in report.values()) == len(born)
    for key, truth in play.third.truth.items():
        if truth.outlet == "harbour-ledger":
            assert bag(play.third.rows[key].text) >= bag(truth.text), truth.url
            assert play.third.rows[key].title == truth.title
    assert report["harbour-ledger"].total("updated") >= 2


def test_versions_are_those_that_the_publisher_made(play: Play) -> None:
    store = open_store(play.store_url)
    try:
        wrong = {}
        for key, truth in play.recheck.truth.items():
            versions = store.articles.versions(play.recheck.rows[key].id)
            born_before = key in play.first.truth
            # What was changed before the first look, or between two looks, can't be known.
            states = {(version.title, version.text) for version in truth.versions}
            at_first = play.first.truth[key].versions if born_before else ()
            most = len(truth.versions) - max(0, len(at_first) - 1) if born_before else 1
            least = 1 + (truth.versions[-1] != at_first[-1] if born_before else 0)
            titles = {version.title for version in versions}
            if not least <= len(versions) <= most or not titles <= {title for title, _ in states}:
                wrong[truth.url] = (len(versions), least, most)
        assert not wrong
        assert max(row.version for row in play.recheck.rows.values()) >= 2
    finally:
        store.close()


def test_rotating_clutter_makes_no_version(play: Play) -> None:
    for key, row in play.recheck.rows.items():
        if len(play.recheck.truth[key].versions) == 1:
            assert row.version == 1, row.url


def test_copies_share_text_and_story_with_their_original(play: Play) -> None:
    copies = [truth for truth in play.recheck.truth.values() if truth.copy_of]
    assert len(copies) >= 8
    for copy in copies:
        original = play.recheck.truth[url_key(copy.copy_of or "")]
        one, other = play.recheck.rows[url_key(copy.url)], play.recheck.rows[url_key(original.url)]
        assert one.id != other.id
        assert one.authors != other.authors
        if copy.text == original.text:
            assert one.content_hash == other.content_hash, (copy.url, original.url)
            assert one.cluster_id == other.cluster_id
    assert sum(report.total("copies") for report in play.first.reports.values()) > 0


def test_texts_that_are_not_copies_are_stories_of_their_own(play: Play) -> None:
    by_story: dict[str, set[str]] = {}
    for key, truth in play.recheck.truth.items():
        origin = truth.copy_of or truth.url
        by_story.setdefault(play.recheck.rows[key].cluster_id, set()).add(origin)
    assert max(len(origins) for origins in by_story.values()) == 1


def test_other_forms_of_a_url_are_sightings_not_articles(play: Play) -> None:
    assert play.variants.rows.keys() == play.recheck.rows.keys()
    for report in play.variants.reports.values():
        assert report.total("new") == report.total("copies") == report.total("updated") == 0, report.counts
    store = open_store(play.store_url)
    try:
        for key, truth in play.variants.truth.items():
            sightings = store.articles.sightings(play.variants.rows[key].id)
            assert {url_key(sighting.url) for sighting in sightings} >= {url_key(form) for form in truth.variants}
        assert store.check() == []
    finally:
        store.close()


def test_nothing_forbidden_is_ever_asked(play: Play) -> None:
    outlets = {outlet.base_url: outlet for outlet in play.room.outlets}
    for stage in (*stages(play), play.second):
        for one in stage.log:
            assert not one.path.startswith(outlets[f"http://{one.host}"].disallowed)
            assert not one.path.startswith("/search")


def test_topics_follow_words_not_letters(play: Play) -> None:
    rows = play.recheck.rows
    assert sum("저커버그" in row.topics for row in rows.values()) >= 5
    for key, row in rows.items():
        truth = play.recheck.truth[key]
        everything = f"{truth.title}\n{truth.text}"
        if truth.subject == "meta":
            assert "메타" in row.topics, row.url
        if truth.subject == "metaverse":
            assert "메타" not in row.topics, row.url
        if "저커버그" in everything or "Zuckerberg" in everything:
            assert "저커버그" in row.topics, row.url
        else:
            assert "저커버그" not in row.topics, row.url


def test_a_topic_crawl_keeps_what_matches(play: Play) -> None:
    assert play.topic.state in (CrawlState.DONE, CrawlState.PARTIAL)
    on_topic = [row for row in play.recheck.rows.values() if "저커버그" in row.topics]
    assert play.topic.in_store == len(on_topic)


def test_hard_cases_spoil_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'hostile.db'}"
    with Newsroom(SEED, 2, hostile=True) as room:
        # A 503 with Retry-After silences the whole host, as it should, and the other cases with it.
        left_out = {"slow", "endless", "unavailable"}
        forms = tuple(one for name, one in room.hostile_urls.items() if name not in left_out)

        async def crawl() -> CrawlReport:
            settings = Config(
                store=url, delay=0.0, allow_networks=("127.0.0.0/8",), retries=0, timeout=5.0, max_bytes=2_000_000
            )
            async with Engine(settings) as engine:
                return await engine.crawl(CrawlOrder(kind=CrawlKind.URLS, name="hard cases", urls=forms))

        report = asyncio.run(crawl())
        store = open_store(url)
        try:
            rows = {row.url: row for row in store.articles.rows(ArticleFilter())}
            assert set(room.hostile_good) <= rows.keys()
            readable = {"wrong-charset", "no-type", "elsewhere", "to-root"}
            names = {name: one for name, one in room.hostile_urls.items() if one in rows}
            assert readable <= names.keys()
            assert "\ufffd" not in rows[names["wrong-charset"]].text
            assert not [row for row in rows if "example.com" in row or row.rstrip("/").count("/") == 2]
            assert store.check() == []
        finally:
            store.close()
        assert report.state is CrawlState.PARTIAL
        assert report.total("failed") >= 10
        assert not [one for one in room.log() if one.path.startswith("/forbidden/")]


@pytest.mark.parametrize("seed", [1, 2, 3, 21])
def test_articles_in_other_skins_are_read_as_well(seed: int) -> None:
    wrong = {}
    with Newsroom(seed, 12) as room, httpx.Client(trust_env=False) as client:
        zones = {outlet.name: outlet.zone for outlet in room.outlets}
        for truth in room.truth():
            answer = client.get(truth.url)
            page = Page(
                url=truth.url,
                final_url=truth.url,
                status=200,
                headers={name.lower(): value for name, value in answer.headers.items()},
                body=answer.content,
                fetched_at=room.now,
            )
            found = extract(page, Hints(zone=zones[truth.outlet], expect=PageKind.ARTICLE))
            text = found.article.text if found.article else ""
            title = found.article.title if found.article else None
            missing = bag(truth.text) - bag(text)
            added = bag(text) - bag(truth.text) - bag(" ".join(truth.decorations))
            if missing or added or title != truth.title:
                wrong[truth.url] = (found.kind, title, dict(missing), dict(added))
    assert not wrong


@pytest.mark.parametrize("seed", [1, 2, 3, 21])
@pytest.mark.parametrize("expect", [None, PageKind.LISTING])
def test_listings_in_other_skins_are_read_as_well(seed: int, expect: PageKind | None) -> None:
    wrong = {}
    with Newsroom(seed, 12) as room, httpx.Client(trust_env=False) as client:
        for outlet in room.outlets:
            truth = room.truth(outlet.name)
            named = {form: article.title for article in truth for form in (article.url, *article.variants)}
            url, met = outlet.doors["listing"], set[str]()
            # One or two records on a last page repeat nothing that could be recognised.
            while url and len(met) < len(truth) - 2:
                answer = client.get(url)
                headers = {name.lower(): value for name, value in answer.headers.items()}
                page = Page(
                    url=url, final_url=url, status=200, headers=headers, body=answer.content, fetched_at=room.now
                )
                found = extract(page, Hints(zone=outlet.zone, expect=expect))
                items = {item.url: item.title for item in found.items}
                met |= {named[item] for item in items.keys() & named.keys()}
                if found.kind is not PageKind.LISTING or any(named.get(item) != items[item] for item in items):
                    wrong[url] = (found.kind, found.reason)
                url = found.next_page or ""
            if len(met) < len(truth) - 2:
                wrong[outlet.base_url] = (PageKind.LISTING, f"{len(met)} of {len(truth)} articles were met")
    assert not wrong


def test_the_demo_runs_the_whole_line_and_writes_its_exports(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    folder.mkdir()
    (folder / "kept.txt").write_text("a file of somebody else")
    for _ in range(2):
        done = run("demo", "--output", str(folder), "--articles", "3", "--seed", "4")
        assert done.returncode == 0, done.stderr
        assert "Second crawl" in done.stdout
        assert "\n0 new; " in done.stdout
        assert "304 Not Modified" in done.stdout
    rows = [json.loads(line) for line in (folder / "articles.jsonl").read_text(encoding="utf-8").splitlines()]
    store = open_store(f"sqlite:///{folder / 'presswatch.db'}")
    try:
        assert len(rows) == store.articles.count(ArticleFilter()) >= 7 * 3
    finally:
        store.close()
    with (folder / "articles.csv").open(encoding="utf-8", newline="") as stream:
        assert len(list(csv.DictReader(stream))) == len(rows)
    assert parquet.read_table(folder / "articles.parquet").num_rows == len(rows)
    assert (folder / "kept.txt").exists()


def test_a_demo_that_cannot_write_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = run("demo", "--output", str(tmp_path / "file" / "demo"))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "choose another folder with --output" in done.stderr


def test_a_demo_leaves_a_store_alone_that_is_of_no_demo(tmp_path: Path) -> None:
    (tmp_path / "presswatch.db").write_bytes(b"years of work")
    done = run("demo", "--output", str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert "presswatch.db: is there already and of no demo; choose another folder" in done.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["presswatch.db"]


def test_demo_serve_stays_until_it_is_interrupted() -> None:
    command = [*PRESSWATCH, "demo", "--serve", "--speed", "3600", "--articles", "2", "--hostile"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        shown = ""
        while "Ctrl-C ends it" not in shown:
            line = process.stdout.readline()
            assert line, "the newsroom ended by itself"
            shown += line
        urls = re.findall(r"http://\S+", shown)
        assert len(urls) > 20
        first = httpx.get(urls[0], trust_env=False).text
        assert "본문 바로가기" in first
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        assert process.wait(20) == 0
    assert "the newsroom is closed" in rest


def run(*args: str) -> subprocess.CompletedProcess[str]:
    """`presswatch` with `args`, in a process of its own."""
    command = [*PRESSWATCH, *args]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
