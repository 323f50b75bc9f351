"""Crawls that name the same articles at once: each article is fetched once, and belongs to all that name it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from crawl_case import Case, play
from small_site import FEED_KIND, Reply, SmallSite, article_page, feed

from crawler.claims import CLAIM_SECONDS, MOST_DONE, Claims
from crawler.items import CrawlState

ARTICLES = 12


@pytest.fixture
def site() -> Iterator[SmallSite]:
    made = SmallSite()
    for number in range(1, ARTICLES + 1):
        made.pages[f"/news/{number}.html"] = Reply(article_page(number), wait=0.05)
    for name in ("a", "b"):
        entries = [(f"/news/{n}.html", f"Council {n}", f"2025-11-{n:02}T09:00:00Z") for n in range(1, ARTICLES + 1)]
        made.pages[f"/{name}.xml"] = Reply(feed(made.base, entries), kind=FEED_KIND)
    yield made
    made.close()


def fetched(site: SmallSite) -> Counter[str]:
    return Counter(path for path in site.paths() if path.startswith("/news/"))


async def both(case: Case, site: SmallSite) -> None:
    for name in ("a", "b"):
        case.add(name, site.url(f"/{name}.xml"), delay=0.0)


def test_two_sources_that_name_the_same_articles_fetch_each_once(site: SmallSite, tmp_path: Path) -> None:
    async def scenario(case: Case) -> None:
        await both(case, site)
        reports = await asyncio.gather(case.source("a"), case.source("b"))
        assert [report.state for report in reports] == [CrawlState.DONE, CrawlState.DONE]
        assert set(fetched(site).values()) == {1}, fetched(site)
        assert len(fetched(site)) == len(case.rows()) == ARTICLES
        assert sum(report.total("new") for report in reports) == ARTICLES
        assert sum(report.total("known") for report in reports) == ARTICLES
        for name in ("a", "b"):
            assert len(case.store.sources.appeared(name, None)) == ARTICLES, "both have met all of them"
        again = await asyncio.gather(case.source("a"), case.source("b"))
        assert all(report.total("known") == ARTICLES for report in again)
        assert set(fetched(site).values()) == {1}

    play(tmp_path, scenario)


def test_what_one_cannot_have_is_not_tried_by_the_other_at_once(site: SmallSite, tmp_path: Path) -> None:
    site.pages["/news/3.html"] = Reply("gone for good", status=500, wait=0.05)

    async def scenario(case: Case) -> None:
        await both(case, site)
        await asyncio.gather(case.source("a"), case.source("b"))
        assert set(fetched(site).values()) == {1}, fetched(site)
        assert len(case.rows()) == ARTICLES - 1

    play(tmp_path, scenario)


def test_what_a_stopped_crawl_claimed_is_fetched_by_the_other(site: SmallSite, tmp_path: Path) -> None:
    for number in range(1, ARTICLES + 1):
        site.pages[f"/news/{number}.html"] = Reply(article_page(number), wait=0.3)

    async def scenario(case: Case) -> None:
        await both(case, site)
        first = asyncio.create_task(case.source("a"))
        while not fetched(site):
            await asyncio.sleep(0.01)
        second = asyncio.create_task(case.source("b"))
        await asyncio.sleep(0.1)
        for lane in list(case.runner._busy):
            if lane._crawler.spider is not None and (crawl := lane_crawl(lane)) is not None and crawl.order.name == "a":
                crawl.stop()
        reports = await asyncio.gather(first, second)
        assert [report.state for report in reports] == [CrawlState.STOPPED, CrawlState.DONE]
        assert len(case.rows()) == ARTICLES

    play(tmp_path, scenario)


def lane_crawl(lane):  # type: ignore[no-untyped-def]
    from crawler.extensions import keeper_of

    return keeper_of(lane._crawler)._crawl


def test_an_article_of_which_another_crawl_kept_nothing_is_fetched_after_all(site: SmallSite, tmp_path: Path) -> None:
    async def scenario(case: Case) -> None:
        await both(case, site)
        # As if another crawl had dealt with all of them a moment after this one began, and kept nothing.
        real, other = case.desk.claims.take, object()

        async def take(key: str, owner: object, since: float, stopped: asyncio.Event) -> bool:
            case.desk.claims._done[key] = (since + 1, other)
            return await real(key, owner, since, stopped)

        case.desk.claims.take = take  # type: ignore[method-assign]
        report = await case.source("a")
        assert report.total("new") == ARTICLES
        assert set(fetched(site).values()) == {1}

    play(tmp_path, scenario)


# ------------------------------------------------------------------------------------------------------------ the book
def test_a_claim_is_waited_for_until_it_is_dealt_with_given_up_or_too_old() -> None:
    moment = 100.0
    claims = Claims(clock=lambda: moment)
    never, a, b, c = asyncio.Event(), object(), object(), object()

    async def scenario() -> None:
        nonlocal moment
        assert await claims.take("k", a, 90.0, never)
        assert await claims.take("k", a, 90.0, never), "redirects and retries are its own"
        waiting = asyncio.create_task(claims.take("k", b, 95.0, never))
        await asyncio.sleep(0)
        assert not waiting.done()
        claims.done("k", b)
        await asyncio.sleep(0)
        assert not waiting.done(), "only who holds it deals with it"
        moment = 110.0
        claims.done("k", a)
        assert await waiting is False
        assert await claims.take("k", b, 111.0, never), "one that began later was told by the store"
        claims.leave(b)
        assert await claims.take("k", c, 111.0, never)
        moment += CLAIM_SECONDS + 1
        assert await claims.take("k", a, moment, never), "whoever holds it for too long is not waited for"
        claims.done("k", c)
        assert await claims.take("k", a, moment, never), "it is no longer the first one's to give back"

    asyncio.run(scenario())


def test_a_stop_ends_the_wait_and_the_book_does_not_grow() -> None:
    async def scenario() -> None:
        claims, stopped = Claims(), asyncio.Event()
        a, b = object(), object()
        assert await claims.take("k", a, 0.0, stopped)
        waiting = asyncio.create_task(claims.take("k", b, 0.0, stopped))
        await asyncio.sleep(0)
        stopped.set()
        assert await waiting
        claims.done("k", b)
        never = asyncio.Event()
        for number in range(MOST_DONE + 10):
            assert await claims.take(str(number), a, 0.0, never)
            claims.done(str(number), a)
        assert len(claims._done) == MOST_DONE
        assert set(claims._held) == {"k"}

    asyncio.run(scenario())
