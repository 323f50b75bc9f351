"""`presswatch crawl --topic`: searches walked page by page on loopback, and what is told of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from cli_case import Terminal, terminal
from small_site import Reply, SmallSite, article_page

from crawler.cli.context import utc_now

__all__ = ["terminal"]
TOPIC = "Zuckerberg"
pytestmark = pytest.mark.slow


class Engine(SmallSite):
    """A site with a search that knows `results`: (path, title, age in days); ten a page, by date unless shuffled."""

    def __init__(self) -> None:
        super().__init__()
        self.results: list[tuple[str, str, float]] = []
        self.asked: list[tuple[str, int]] = []
        self.encoding = "utf-8"
        self.sizes = 10

    def know(self, count: int, *, days_apart: float, topic: str = TOPIC, first: int = 1, on_topic: bool = True) -> None:
        for number in range(first, first + count):
            path = f"/news/{number}.html"
            title = f"Harbour council meets {topic if on_topic else 'nobody'} for the time number {number}"
            self.pages[path] = Reply(article_page(number, title=title))
            self.results.append((path, title, (number - first) * days_apart))

    def serve(self, path: str = "/search", name: str = "q", page: str = "page", first: int = 1) -> None:
        outer = self

        class Pages(dict):
            def get(self, raw, default=None):
                parts = urlsplit(raw)
                if parts.path != path:
                    return super().get(raw, default)
                given = parse_qs(parts.query, encoding=outer.encoding)
                number = int(given.get(page, [str(first)])[0]) - first
                outer.asked.append((given[name][0], number + 1))
                return Reply(outer.page(number).encode(outer.encoding), kind=f"text/html; charset={outer.encoding}")

        self.pages = Pages(self.pages)

    def page(self, number: int) -> str:
        shown = self.results[number * self.sizes : (number + 1) * self.sizes]
        rows = "".join(
            f"<li class='item'><h3><a href='{path}'>{title}</a></h3><p class='desc'>What was said of it in short, "
            f"and who was there that day.</p><span class='date'>{when(age):%Y-%m-%d %H:%M}</span></li>"
            for path, title, age in shown
        )
        body = f"<ul class='list'>{rows}</ul>" if shown else "<p class='none'>Nothing was found for your words.</p>"
        return f"""<!doctype html><html lang="en"><head><meta charset="{self.encoding}"><title>Search</title></head>
<body><nav><a href="/">Home</a><a href="/sport">Sport</a></nav><main><h1>Results</h1>{body}</main></body></html>"""


def when(age: float) -> datetime:
    return utc_now() - timedelta(days=age)


@pytest.fixture
def site() -> Iterator[Engine]:
    made = Engine()
    yield made
    made.close()


@pytest.fixture
def ready(terminal: Terminal) -> Terminal:
    (terminal.folder / "presswatch.toml").write_text(
        'allow_networks = ["127.0.0.0/8"]\ndelay = 0\nretries = 0\nzone = "UTC"\n'
    )
    terminal("topic", "add", TOPIC)
    return terminal


def add(ready: Terminal, site: Engine, template: str = "/search?q={topic}&page={page}") -> None:
    site.pages["/home"] = Reply("<html><title>x</title><body><p>Nothing here.</p></body></html>")
    (ready.folder / "sources.toml").write_text(
        f'[[source]]\nname = "paper"\nurl = "{site.url("/home")}"\ntopic_template = "{site.base}{template}"\n'
    )
    ready("apply", "sources.toml")


def crawled(ready: Terminal, *more: str) -> dict:
    (count,) = ready("crawl", "--topic", TOPIC, "--json", *more, code=None).json["sources"]
    return count


def test_a_walk_goes_on_until_it_is_past_the_date(ready: Terminal, site: Engine) -> None:
    site.know(60, days_apart=1)
    site.serve()
    add(ready, site)
    count = crawled(ready, "--since", "24d")
    (stop,) = count["stops"]
    assert re.search(r"page 4 is past \d{4}-\d\d-\d\d$", stop)
    assert [number for _, number in site.asked] == [1, 2, 3, 4]
    assert count["matched"] == count["stored"] == count["new"] == count["candidates"]
    assert 23 <= count["new"] <= 25
    # Known to the end now: the next crawl looks at one page, and a longer time is walked all the same.
    site.asked.clear()
    again = crawled(ready, "--since", "24d")
    assert again["stops"][0].endswith("page 1 names only what is known")
    assert (again["new"], len(site.asked)) == (0, 1)
    deeper = crawled(ready, "--since", "44d")
    assert 18 <= deeper["new"] <= 22
    assert "is past" in deeper["stops"][0]


def test_a_template_without_pages_covers_nothing_for_one_that_has_them(ready: Terminal, site: Engine) -> None:
    site.know(24, days_apart=0.5)
    site.serve()
    add(ready, site, "/search?q={topic}&page=1")
    count = crawled(ready, "--since", "30d")
    assert count["new"] == 10
    assert count["stops"][0].endswith("page 1 links to no next one, and the template has no {page}")
    add(ready, site)
    assert crawled(ready, "--since", "30d")["new"] == 14


def test_the_summary_on_the_terminal_says_pages_candidates_matched_stored_and_why(
    ready: Terminal, site: Engine
) -> None:
    site.know(8, days_apart=0.1)
    site.know(4, days_apart=0.1, first=100, on_topic=False)
    site.serve()
    add(ready, site)
    ran = ready("crawl", "--topic", TOPIC, "--since", "9d", code=None)
    header, _, row = ran.out.splitlines()[:3]
    columns = "source walked seen candidates matched stored known skipped failed requests"
    assert header.split() == columns.split()
    told = dict(zip(header.split(), row.split(), strict=True))
    assert (told["candidates"], told["matched"], told["stored"], told["skipped"]) == ("12", "8", "8", "4")
    assert "searched: paper: Zuckerberg at" in ran.out
    assert "8 articles on Zuckerberg are in the store" in ran.out


def test_results_that_end_or_repeat_end_the_walk(ready: Terminal, site: Engine) -> None:
    site.know(14, days_apart=0.1)
    site.serve()
    add(ready, site)
    count = crawled(ready, "--since", "30d")
    assert count["new"] == 14
    assert "the results end" in count["stops"][0]
    (ready.folder / "presswatch.db").unlink()
    ready("topic", "add", TOPIC)
    site.page = lambda number, page=site.page: page(min(number, 1))  # type: ignore[method-assign]
    add(ready, site)
    count = crawled(ready, "--since", "30d")
    assert "page 3 repeats what came before" in count["stops"][0]


def test_the_ceiling_of_a_walk_is_told(ready: Terminal, site: Engine) -> None:
    site.know(60, days_apart=0.1)
    site.serve()
    with (ready.folder / "presswatch.toml").open("a") as settings:
        settings.write("topic_pages = 2\n")
    add(ready, site)
    count = crawled(ready, "--since", "30d")
    assert count["new"] == 20
    assert count["stops"][0].endswith("2 pages, the most that are walked")


def test_a_search_by_relevance_is_not_stopped_by_what_is_old(ready: Terminal, site: Engine) -> None:
    site.know(20, days_apart=0.2)
    old = [(path, title, 300.0 + age * 7) for path, title, age in site.results[:10]]
    site.know(10, days_apart=1, first=200)
    mixed = [*site.results[20:25], *old, *site.results[10:20], *site.results[25:30]]
    site.results = [mixed[(number * 7) % len(mixed)] for number in range(len(mixed))]
    site.serve()
    add(ready, site)
    count = crawled(ready, "--since", "30d")
    assert count["new"] == 20
    assert "the results end" in count["stops"][0]


def test_a_search_in_euc_kr_is_asked_in_euc_kr(ready: Terminal, site: Engine) -> None:
    ready("topic", "add", "저커버그")
    site.encoding = "euc-kr"
    site.know(3, days_apart=0.1, topic="저커버그")
    site.serve(page="p", first=0)
    add(ready, site, "/search?q={topic:euc-kr}&p={page0}")
    (count,) = ready("crawl", "--topic", "저커버그", "--since", "9d", "--json", code=None).json["sources"]
    assert {phrase for phrase, _ in site.asked} == {"저커버그"}
    assert any("q=%C0%FA%C4%BF%B9%F6%B1%D7&p=0" in asked.path for asked in site.log)
    assert count["new"] == 3


def test_each_phrase_of_a_topic_is_searched_for_and_an_article_is_fetched_once(ready: Terminal, site: Engine) -> None:
    ready("topic", "add", TOPIC, "--alias", "Zuck", "--replace")
    site.know(5, days_apart=0.1)
    site.serve()
    add(ready, site)
    count = crawled(ready, "--since", "9d")
    assert {phrase for phrase, _ in site.asked} == {TOPIC, "Zuck"}
    assert len(count["stops"]) == 2
    assert all(site.paths().count(path) == 1 for path, _, _ in site.results)


def test_sources_without_a_template_are_looked_through_and_long_texts_spare_the_page(
    ready: Terminal, site: Engine
) -> None:
    from small_site import FEED_KIND, feed

    site.know(2, days_apart=0.1)
    site.know(1, days_apart=0.1, first=50, on_topic=False)
    entries = [(path, title, f"{when(age):%Y-%m-%dT%H:%M:%SZ}") for path, title, age in site.results]
    long = "<p>The ferry carries cars and people across the bay, and it does so every day of the year.</p>" * 30
    document = feed(site.base, entries).replace(
        "</entry></feed>", f"<content type='html'>{long.replace('<', '&lt;')}</content></entry></feed>"
    )
    site.pages["/feed"] = Reply(document, kind=FEED_KIND)
    (ready.folder / "sources.toml").write_text(f'[[source]]\nname = "plain"\nurl = "{site.url("/feed")}"\n')
    ready("apply", "sources.toml")
    count = crawled(ready)
    assert (count["candidates"], count["matched"], count["skipped"]) == (2, 2, 1)
    assert "/news/50.html" not in site.paths()
    assert count["stops"] == ["no search page known; its doors were read"]


def test_known_searches_are_listed_and_asked_by_name(ready: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    assert {"naver", "daum", "google", "bing"} <= {row["name"] for row in ready("topic", "searches", "--json").json}
    assert "--on naver" in ready("topic", "searches").out
    assert "gogle" in ready("crawl", "--topic", TOPIC, "--on", "gogle", code=2).err
    assert "--topic" in ready("crawl", "--on", "daum", code=2).err
    assert "name search pages" in ready("crawl", "--topic", TOPIC, "--on", " , ", code=2).err
    assert "--on" in ready("crawl", "--topic", TOPIC, code=2).err


def test_a_search_that_robots_refuse_is_told(ready: Terminal, site: Engine) -> None:
    site.know(3, days_apart=0.1)
    site.serve()
    site.pages["/robots.txt"] = Reply("User-agent: *\nDisallow: /search\n", kind="text/plain")
    add(ready, site)
    ran = ready("crawl", "--topic", TOPIC, "--since", "9d", code=None)
    assert re.search(r"failed: .*robots", ran.err)
    assert site.asked == []
    assert re.search(r"searched: paper: .*failed: .*robots", ran.out)


def test_a_tag_page_that_is_not_there_is_no_failure(ready: Terminal, site: Engine) -> None:
    site.know(3, days_apart=0.1)
    site.pages["/home"] = Reply(site.page(0))
    (ready.folder / "sources.toml").write_text(
        f'[[source]]\nname = "paper"\nurl = "{site.url("/home")}"\ntopic_template = "{site.base}/tag/{{topic}}"\n'
    )
    ready("apply", "sources.toml")
    ran = ready("crawl", "--topic", TOPIC)
    assert "does not exist" in ran.out
    assert "3 new" in ran.out


def test_dates_of_a_template_are_asked_in_the_zone_of_the_settings(ready: Terminal, site: Engine) -> None:
    site.know(3, days_apart=0.1)
    site.serve()
    add(ready, site, "/search?q={topic}&page={page}[&from={since:%Y%m%d}]")
    crawled(ready, "--since", "2026-11-01")
    assert any(unquote(asked.path).endswith("&from=20261101") for asked in site.log)
    assert datetime(2026, 11, 1, tzinfo=UTC) < utc_now()
