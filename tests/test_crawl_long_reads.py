"""Crawls of articles that stand on several pages, from a site on loopback into the store."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

import pytest
from cli_case import Terminal, terminal
from crawl_case import numbers, play
from small_site import FEED_KIND, Reply, SmallSite, feed, listing_page

from crawler.items import CrawlState, Topic
from crawler.sources import Limits

__all__ = ["terminal"]
TITLE = "The salt road over the winter pass"
PATH = "/long/salt-road.html"
WHEN = "2025-11-03T09:00:00Z"


@pytest.fixture
def site():
    made = SmallSite()
    yield made
    made.close()


def at(number, path=PATH):
    return path if number == 1 else f"{path}?page={number}"


def told(number, more=""):
    """The paragraphs of one page."""
    return [
        f"Part {number} of the road leaves the saltern behind and climbs for nine hours past chapels and inns{more}.",
        f"In part {number} four hundred mules a week went up with salt and came down again with cheese and wool.",
        f"Nobody knows how old part {number} of the paving is; the archives of the valley begin in the year 1208.",
    ]


def page(number, last, *, title=TITLE, more="", path=PATH, head="", before=""):
    links = "".join(
        f"<b>{other}</b>" if other == number else f"<a href='{at(other, path)}'>{other}</a>"
        for other in range(1, last + 1)
    )
    text = before + "".join(f"<p>{paragraph}</p>" for paragraph in told(number, more))
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} - The Small Paper</title>
<meta property="og:type" content="article"><meta property="og:title" content="{title}">{head}</head>
<body><nav><a href="/">Home</a> <a href="/sport">Sport</a></nav>
<main><article><h1>{title}</h1>{text}<div class="pages">{links}</div></article></main>
<footer><p>The Small Paper</p></footer></body></html>"""


def long_read(site, last=3, **more):
    """A long read in `last` pages, and a feed that names it."""
    for number in range(1, last + 1):
        site.pages[at(number)] = Reply(page(number, last, **more), etag=f'"page {number}"')
    site.pages["/feed"] = Reply(feed(site.base, [(PATH, TITLE, WHEN)]), kind=FEED_KIND)


def all_of(last=3, more=""):
    return "\n".join(line for number in range(1, last + 1) for line in told(number, more))


def only(case):
    (row,) = case.rows()
    return row


def met_at(case):
    return {sighting.url for sighting in case.store.articles.sightings(only(case).id)}


def later(case, **time):
    """Let the store's clock be ahead, so that edit checks are due."""
    moment = datetime.now(UTC) + timedelta(**time)
    case.store._database.now = lambda: moment


def test_three_pages_are_one_article_and_cost_nothing_the_next_time(site, tmp_path):
    long_read(site)

    async def scenario(case):
        case.add("paper", site.url("/feed"))
        report = await case.source("paper")
        assert report.state is CrawlState.DONE
        assert numbers(report) == {"seen": 1, "new": 1, "requests": 5}
        assert site.paths() == ["/robots.txt", "/feed", at(1), at(2), at(3)]
        row = only(case)
        assert (row.title, row.text, row.url) == (TITLE, all_of(), site.url(PATH))
        assert met_at(case) == {site.url(at(number)) for number in (1, 2, 3)}
        site.log.clear()
        assert numbers(await case.source("paper")) == {"seen": 1, "known": 1, "requests": 1}
        assert site.paths() == ["/feed"]

    play(tmp_path, scenario)


def test_one_url_is_read_with_its_further_pages(site, tmp_path):
    long_read(site)

    async def scenario(case):
        assert numbers(await case.urls(site.url(PATH))) == {"seen": 1, "new": 1, "requests": 4}
        assert only(case).text == all_of()

    play(tmp_path, scenario)


def test_a_later_page_named_by_a_person_is_the_same_article(site, tmp_path):
    long_read(site)

    async def scenario(case):
        await case.urls(site.url(at(2)))
        assert site.paths() == ["/robots.txt", at(2), at(1), at(3)]
        row = only(case)
        assert (row.text, row.url) == (all_of(), site.url(PATH))
        site.log.clear()
        report = await case.urls(site.url(PATH))
        assert report.total("known") == 1
        assert len(case.rows()) == 1

    play(tmp_path, scenario)


def door_of_all_pages(site, order=(1, 2, 3), *, first=True):
    """A listing that names every page; the last row is the newest."""
    entries = [(at(number), f"{TITLE}, page {number}", "All about salt.") for number in order]
    council = ("/news/1.html", "Harbour council meets for the time number 1", "A council.")
    entries = [*entries, council] if first else [council, *entries]
    site.pages["/all"] = Reply(listing_page(entries))
    site.article("/news/1.html", 1)


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 1, 3)])
def test_a_listing_that_names_every_page_names_one_article(site, tmp_path, order):
    long_read(site)
    door_of_all_pages(site, order)

    async def scenario(case):
        case.add("paper", site.url("/all"))
        report = await case.source("paper")
        assert numbers(report) | {"requests": 0} == {"seen": 4, "new": 2, "known": 2, "requests": 0}
        assert case.titles() == {TITLE, "Harbour council meets for the time number 1"}
        assert {row.text for row in case.rows() if row.title == TITLE} == {all_of()}
        site.log.clear()
        assert numbers(await case.source("paper")) == {"seen": 4, "known": 4, "requests": 1}
        assert site.paths() == ["/all"]

    play(tmp_path, scenario)


def test_pages_whose_turn_comes_when_all_was_read_are_not_asked_for(site, tmp_path, monkeypatch):
    monkeypatch.setattr("crawler.crawling.budgets.WINDOW_A_HOST", 1)
    long_read(site)
    door_of_all_pages(site, (3, 2, 1), first=False)
    site.pages["/all"].etag = '"all"'

    async def scenario(case):
        case.add("paper", site.url("/all"), delay=0.01)
        report = await case.source("paper")
        assert numbers(report) == {"seen": 4, "new": 2, "known": 2, "requests": 6}
        assert site.paths() == ["/robots.txt", "/all", at(1), at(2), at(3), "/news/1.html"]
        assert numbers(await case.source("paper")) == {"requests": 1, "not_modified": 1}

    play(tmp_path, scenario)


def test_pages_met_on_another_listing_later_are_known(site, tmp_path):
    long_read(site)
    door_of_all_pages(site)

    async def scenario(case):
        case.add("feed", site.url("/feed"))
        case.add("paper", site.url("/all"))
        await case.source("feed")
        site.log.clear()
        report = await case.source("paper")
        assert numbers(report) == {"seen": 4, "known": 3, "new": 1, "requests": 2}
        assert site.paths() == ["/all", "/news/1.html"]

    play(tmp_path, scenario)


def test_pages_that_each_call_the_other_page_one(site, tmp_path):
    paths = ["/salt", "/snow"]
    for number, (path, other) in enumerate(zip(paths, reversed(paths), strict=True)):
        head = f"<link rel='canonical' href='{site.url(other)}/2'>"
        before = f"<a href='{other}'>1</a>"
        site.pages[path] = Reply(page(number, 0, title=f"All about {path[1:]} on the pass", head=head, before=before))
    entries = [(path, f"All about {path[1:]} on the pass", WHEN) for path in paths]
    site.pages["/feed"] = Reply(feed(site.base, entries), kind=FEED_KIND)

    async def scenario(case):
        case.add("paper", site.url("/feed"))
        report = await case.source("paper")
        assert numbers(report) | {"requests": 0} == {"seen": 2, "new": 2, "requests": 0}

    play(tmp_path, scenario)


def test_a_later_page_is_read_after_all_when_page_one_was_not(site, tmp_path):
    long_read(site)
    # Late enough that both others wait for it.
    site.pages[PATH] = Reply(page(1, 1, title="Harbour council meets"), wait=0.8)
    door_of_all_pages(site, (3, 2, 1))

    async def scenario(case):
        case.add("paper", site.url("/all"))
        report = await case.source("paper")
        assert report.total("new") == 3  # page one, the pages that are not its, the council
        texts = {row.text for row in case.rows()}
        assert {"\n".join(told(1)), "\n".join([*told(2), *told(3)])} < texts

    play(tmp_path, scenario)


# -------------------------------------------------------------------------------------------------- broken pages
def other_article(site):
    return Reply(page(7, 1, title="Harbour council meets for the seventh time", path="/news/7.html"))


BROKEN = {
    "gone": (lambda site: Reply("not here", status=404), "the server answered 404"),
    "no article": (lambda site: Reply("<html><body><form>Log in</form></body></html>"), "no article"),
    "elsewhere": (lambda site: Reply(status=302, headers={"Location": "http://127.0.0.2:9/x?page=2"}), "127.0.0.2"),
    "unchanged": (lambda site: Reply(status=304), "the server answered 304"),
    "forbidden": (None, "robots.txt"),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_page_leaves_what_came_and_is_read_later(site, tmp_path, broken):
    long_read(site)
    reply, reason = BROKEN[broken]
    if reply is None:
        site.pages["/robots.txt"] = Reply(f"User-agent: *\nDisallow: {at(2)}\n", kind="text/plain")
    else:
        site.pages[at(2)] = reply(site)

    async def scenario(case):
        case.add("paper", site.url("/feed"))
        report = await case.source("paper")
        assert report.state is CrawlState.DONE
        assert (report.total("new"), report.total("failed")) == (1, 0)
        (warning,) = report.counts[0].errors
        assert warning.startswith(f"{site.url(PATH)}: read without {site.url(at(2))}, ")
        assert reason in warning
        assert at(3) not in site.paths()
        row = only(case)
        assert row.text == "\n".join(told(1))
        # Not before an edit check is due; then page one is asked for without condition, though it did not change.
        assert numbers(await case.source("paper")) | {"requests": 0} == {"seen": 1, "known": 1, "requests": 0}
        long_read(site)
        site.pages.pop("/robots.txt", None)
        later(case, minutes=45)
        site.log.clear()
        report = await case.source("paper")
        assert numbers(report) | {"requests": 0} == {"seen": 1, "completed": 1, "requests": 0}
        assert [path for path in site.paths() if path != "/robots.txt"] == ["/feed", at(1), at(2), at(3)]
        row = only(case)
        assert (row.text, row.version) == (all_of(), 1)
        later(case, hours=3)
        site.log.clear()
        assert numbers(await case.source("paper")) | {"requests": 0} == {
            "seen": 1, "known": 1, "not_modified": 1, "requests": 0
        }  # fmt: skip
        assert at(2) not in site.paths()

    play(tmp_path, scenario, robots_lifetime=0.0)


def test_a_next_page_that_is_another_article_is_left_to_itself(site, tmp_path):
    long_read(site)
    site.pages[at(2)] = other_article(site)

    async def scenario(case):
        case.add("paper", site.url("/feed"))
        report = await case.source("paper")
        assert numbers(report) == {"seen": 1, "new": 1, "requests": 4}
        assert report.counts[0].errors == []
        assert only(case).text == "\n".join(told(1))
        assert met_at(case) == {site.url(PATH)}
        later(case, minutes=45)
        assert numbers(await case.source("paper")) == {"seen": 1, "known": 1, "requests": 2, "not_modified": 1}

    play(tmp_path, scenario)


def test_the_beginning_that_is_gone(site, tmp_path):
    long_read(site)
    site.pages[PATH] = Reply("gone", status=410)
    door_of_all_pages(site, (2, 1))

    async def scenario(case):
        case.add("paper", site.url("/all"))
        report = await case.source("paper")
        assert (report.total("new"), report.total("failed")) == (2, 1)
        assert {row.text for row in case.rows() if row.title == TITLE} == {"\n".join([*told(2), *told(3)])}
        assert any(f"read without {site.url(PATH)}" in error for error in report.counts[0].errors)

    play(tmp_path, scenario)


# ---------------------------------------------------------------------------------------------------- edit checks
def test_an_edit_on_any_page_is_a_version_when_page_one_is_read_again(site, tmp_path):
    long_read(site)
    for number in (1, 2, 3):
        site.pages[at(number)].etag = None

    async def scenario(case):
        case.add("paper", site.url("/feed"))
        await case.source("paper")
        site.pages[at(3)] = Reply(page(3, 3, more=", corrected"))
        later(case, minutes=45)
        report = await case.source("paper")
        assert numbers(report) == {"seen": 1, "updated": 1, "requests": 4}
        row = only(case)
        assert row.version == 2
        assert row.text == "\n".join([*told(1), *told(2), *told(3, ", corrected")])
        later(case, hours=3)
        assert numbers(await case.source("paper")) == {"seen": 1, "known": 1, "requests": 4}
        assert len(case.store.articles.versions(row.id)) == 2

    play(tmp_path, scenario)


def test_a_page_that_is_gone_at_an_edit_check_takes_nothing_away(site, tmp_path):
    long_read(site, head="<meta name='keywords' content='salt, mules'>")
    site.pages[PATH].etag = None

    async def scenario(case):
        case.add("paper", site.url("/feed"))
        await case.source("paper")
        before = only(case)
        site.pages[at(2)] = Reply("", status=500)
        later(case, minutes=45)
        report = await case.source("paper")
        assert (report.total("updated"), report.total("known")) == (0, 1)
        assert only(case) == before

    play(tmp_path, scenario)


def test_page_one_unchanged_answers_for_all(site, tmp_path):
    long_read(site)

    async def scenario(case):
        case.add("paper", site.url("/feed"))
        await case.source("paper")
        later(case, minutes=45)
        site.log.clear()
        report = await case.source("paper")
        assert numbers(report) == {"seen": 1, "known": 1, "not_modified": 1, "requests": 2}
        assert site.paths() == ["/feed", at(1)]

    play(tmp_path, scenario)


# --------------------------------------------------------------------------------------------------------- bounds
@pytest.mark.parametrize(
    ("settings", "limits", "pages", "reason"),
    [
        ({"article_pages": 3}, Limits(), 3, "no more than 3 pages are asked for"),
        ({"article_pages": 1}, Limits(), 1, "no more than 1 pages are asked for"),
        ({}, Limits(max_pages=4), 3, "no more pages may be asked for (max_pages)"),
    ],
)
def test_a_story_without_end_is_cut(site, tmp_path, settings, limits, pages, reason):
    long_read(site, 9)

    async def scenario(case):
        case.add("paper", site.url("/feed"), limits=limits)
        report = await case.source("paper")
        assert len([path for path in site.paths() if path.startswith(PATH)]) == pages
        (warning,) = report.counts[0].errors
        assert reason in warning
        assert only(case).text == all_of(pages)

    play(tmp_path, scenario, **settings)


def test_time_that_is_over_ends_a_long_read(site, tmp_path):
    long_read(site, 9)

    site.article("/news/1.html", 1)

    async def scenario(case):
        await case.urls(site.url("/news/1.html"), dry_run=True)  # the processes that extract are warm
        case.add("paper", site.url("/feed"), delay=0.4, limits=Limits(max_seconds=2))
        report = await case.source("paper")
        assert "max_seconds" in report.counts[0].errors[0]
        assert only(case).text.startswith("\n".join(told(1)))
        assert at(9) not in site.paths()

    play(tmp_path, scenario)


def test_a_stop_keeps_what_came(site, tmp_path):
    long_read(site, 9)

    async def scenario(case):
        case.add("paper", site.url("/feed"))

        loop = asyncio.get_running_loop()

        def answer(number):
            asyncio.run_coroutine_threadsafe(case.runner.stop(), loop)
            return Reply(page(3, 9), wait=0.2)

        site.pages[at(3)] = answer
        report = await case.source("paper")
        assert report.state is CrawlState.STOPPED
        assert only(case).text in (all_of(2), all_of(3))
        assert at(5) not in site.paths()

    play(tmp_path, scenario)


def test_an_article_that_is_too_old_is_not_read_on(site, tmp_path):
    long_read(site, head="<meta property='article:published_time' content='2019-05-01T09:00:00Z'>")
    site.pages["/all"] = Reply(f"<a href='{PATH}'>{TITLE}</a>")

    async def scenario(case):
        report = await case.urls(site.url(PATH), since=datetime(2024, 1, 1, tzinfo=UTC))
        assert report.total("skipped") == 1
        assert at(2) not in site.paths()

    play(tmp_path, scenario)


def test_a_topic_that_only_a_later_page_names(site, tmp_path):
    long_read(site)
    site.pages[at(3)] = Reply(page(3, 3, before="<p>Ada Brine walked all of it with a mule named Thursday.</p>"))

    async def scenario(case):
        case.add("paper", site.url("/feed"))
        case.store.topics.add(Topic(name="Ada Brine"))
        report = await case.topic("Ada Brine")
        assert report.total("new") == 1
        assert only(case).topics == ("Ada Brine",)

    play(tmp_path, scenario)


def test_all_of_it_on_one_page_is_asked_for_instead(site, tmp_path):
    long_read(site)
    everything = re.sub(
        r"<p>.*</p><div", "".join(f"<p>{line}</p>" for line in all_of().split("\n")) + "<div", page(1, 0)
    )
    site.pages[f"{PATH}?page=all"] = Reply(everything)
    link = f"<a href='{PATH}?page=all'>View all</a>"
    site.pages[PATH] = Reply(page(1, 3).replace("<b>1</b>", f"<b>1</b>{link}"))

    async def scenario(case):
        case.add("paper", site.url("/feed"))
        await case.source("paper")
        assert site.paths() == ["/robots.txt", "/feed", PATH, f"{PATH}?page=all"]
        assert only(case).text == all_of()
        assert met_at(case) == {site.url(PATH), site.url(f"{PATH}?page=all"), site.url(at(2))}

    play(tmp_path, scenario)


def test_a_dry_run_reads_all_of_it_and_stores_nothing(site, tmp_path):
    long_read(site)

    async def scenario(case):
        case.add("paper", site.url("/feed"))
        report = await case.source("paper", dry_run=True)
        assert [row["outcome"] for row in report.preview] == ["new"]
        assert site.paths()[-1] == at(3)
        assert case.rows() == []

    play(tmp_path, scenario)


def test_a_single_look_shows_all_of_it(terminal: Terminal, site, monkeypatch):
    monkeypatch.setenv("PRESSWATCH_ALLOW_NETWORKS", "127.0.0.0/8")
    monkeypatch.setenv("PRESSWATCH_DELAY", "0")
    long_read(site)
    (record,) = terminal("extract", site.url(PATH), "--json").json["records"]
    assert record["article"]["text"] == all_of()
    assert record["article"]["pages"] == [site.url(at(2)), site.url(at(3))]
    assert "joined from 3 pages" in terminal("extract", site.url(at(2))).out


def test_presswatch_crawl_stores_one_article_and_shows_its_pages(terminal: Terminal, site, monkeypatch):
    monkeypatch.setenv("PRESSWATCH_ALLOW_NETWORKS", "127.0.0.0/8")
    monkeypatch.setenv("PRESSWATCH_DELAY", "0")
    long_read(site)
    terminal("crawl", site.url("/feed"))
    answer = terminal("show", site.url(at(3)), "--json").json
    assert answer["row"]["text"] == all_of()
    assert {sighting["url"] for sighting in answer["sightings"]} == {site.url(at(number)) for number in (1, 2, 3)}
    site.log.clear()
    terminal("crawl", site.url("/feed"))
    assert site.paths() == ["/feed"]


@pytest.mark.parametrize("named", [1, 2, 3])
@pytest.mark.parametrize("late", [0.0, 0.25])
def test_two_sources_that_name_an_article_read_its_pages_once(site, tmp_path, named, late):
    long_read(site)
    for number in (1, 2, 3):
        site.pages[at(number)].wait = 0.15
    site.pages["/other"] = Reply(feed(site.base, [(at(named), TITLE, WHEN)]), kind=FEED_KIND, wait=late)

    async def scenario(case):
        case.add("paper", site.url("/feed"), delay=0.0)
        case.add("other", site.url("/other"), delay=0.0)
        reports = await asyncio.gather(case.source("paper"), case.source("other"))
        assert [report.state for report in reports] == [CrawlState.DONE, CrawlState.DONE]
        assert only(case).text == all_of()
        assert sorted(report.total("new") for report in reports) == [0, 1]
        assert sorted(report.total("known") for report in reports) == [0, 1]
        asked = [site.paths().count(at(number)) for number in (1, 2, 3)]
        # A later page that both ask for in the same moment tells only then that it is one.
        both = [named] if named > 1 else []
        assert asked == [1, 1, 1] or (sum(asked) == 4 and [asked[one - 1] for one in both] == [2]), asked
        assert len(case.store.sources.appeared("other", None)) == 1

    play(tmp_path, scenario)
