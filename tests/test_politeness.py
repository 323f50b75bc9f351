import asyncio
import itertools
from datetime import UTC, datetime, timedelta

import pytest

from crawler.errors import FetchError, RobotsRefused, StoreBusy
from crawler.politeness import (
    FAILURES_TO_BLOCK,
    LONGEST_CRAWL_DELAY,
    HostLocks,
    Politeness,
    RobotsAnswer,
    host_of,
    retry_after,
)
from storage import open_store

NOW = datetime(2025, 11, 3, 9, 0, tzinfo=UTC)


class World:
    """Politeness over a real store, with robots.txt answers given here and requests for them counted."""

    def __init__(self, tmp_path, answers=None, **settings):
        self.now = NOW
        self.store = open_store(f"sqlite:///{tmp_path}/polite.db", now=lambda: self.now)
        self.asked = []
        self.answers = answers or {}
        self.locks = tmp_path / "locks"
        self.settings = {
            "agent": "presswatch/1.0",
            "delay": 0.0,
            "concurrency": 8,
            "robots_lifetime": 3600.0,
        } | settings

    def make(self, **settings):
        return Politeness(
            self.store.hosts,
            self.call,
            self.robots,
            locks=HostLocks("sqlite:///polite.db", self.locks),
            now=lambda: self.now,
            **(self.settings | settings),
        )

    async def call(self, function, *args, **kwargs):
        return await asyncio.to_thread(function, *args, **kwargs)

    async def robots(self, url, count, source):
        self.asked.append(url)
        count(10)
        answer = self.answers.get(url, RobotsAnswer(404, ""))
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def world(tmp_path):
    made = []

    def make(answers=None, **settings):
        made.append(World(tmp_path, answers, **settings))
        return made[-1]

    yield make
    for one in made:
        one.store.close()


ROBOTS = "http://a.example/robots.txt"


def rules(text):
    return {ROBOTS: RobotsAnswer(200, text)}


def test_robots_txt_is_obeyed_for_our_name_and_asked_once_for_many_pages(world):
    here = world(rules("User-agent: presswatch\nDisallow: /private\nUser-agent: *\nDisallow: /"))

    async def scenario():
        polite = here.make()
        counted = []
        await asyncio.gather(*(polite.check_robots(f"http://a.example/news/{n}", counted.append) for n in range(5)))
        with pytest.raises(RobotsRefused, match="disallows it for presswatch"):
            await polite.check_robots("http://a.example/private/1")
        assert counted == [10]

    asyncio.run(scenario())
    assert here.asked == [ROBOTS]


def test_another_process_uses_the_robots_txt_in_the_store_until_it_is_too_old(world):
    here = world(rules("User-agent: *\nDisallow: /x"))

    async def refused():
        with pytest.raises(RobotsRefused):
            await here.make().check_robots("http://a.example/x")

    asyncio.run(refused())
    asyncio.run(refused())
    assert len(here.asked) == 1
    here.now += timedelta(seconds=3601)
    asyncio.run(refused())
    assert len(here.asked) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_no_robots_txt_allows_everything(world, status):
    here = world({ROBOTS: RobotsAnswer(status, "")})
    asyncio.run(here.make().check_robots("http://a.example/any"))


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_server_that_cannot_give_it_is_not_asked_for_pages_for_a_while(world, status):
    here = world({ROBOTS: RobotsAnswer(status, "")})

    async def refused():
        with pytest.raises(RobotsRefused, match=f"robots.txt answered {status}"):
            await here.make().check_robots("http://a.example/any")

    asyncio.run(refused())
    asyncio.run(refused())
    assert len(here.asked) == 1
    here.now += timedelta(minutes=6)
    here.answers = rules("")
    asyncio.run(here.make().check_robots("http://a.example/any"))


def test_an_older_copy_holds_while_the_server_fails(world):
    here = world(rules("User-agent: *\nDisallow: /x"))
    asyncio.run(here.make().check_robots("http://a.example/ok"))
    here.now += timedelta(hours=2)
    here.answers = {ROBOTS: RobotsAnswer(503, "")}

    async def scenario():
        polite = here.make()
        await polite.check_robots("http://a.example/ok")
        with pytest.raises(RobotsRefused):
            await polite.check_robots("http://a.example/x")

    asyncio.run(scenario())


def test_an_unreachable_host_is_told_as_such_and_tried_once_for_many_pages(world):
    here = world({ROBOTS: FetchError("http://a.example/robots.txt: can't connect", ROBOTS)})

    async def scenario():
        polite = here.make()
        for number in range(4):
            with pytest.raises(FetchError, match="can't connect"):
                await polite.check_robots(f"http://a.example/{number}")

    asyncio.run(scenario())
    assert len(here.asked) == 1
    assert here.store.hosts.robots("http://a.example") is None


def test_robots_txt_is_not_asked_for_when_it_is_not_obeyed(world):
    here = world(rules("User-agent: *\nDisallow: /"))
    asyncio.run(here.make(obey_robots=False).check_robots("http://a.example/"))
    assert here.asked == []


async def pace(polite, url, count, user, **options):
    """The moments (seconds from the first) at which `count` requests had their turn."""
    loop = asyncio.get_running_loop()
    moments = []

    async def one():
        async with polite.turn(url, user, **options):
            moments.append(loop.time())

    await asyncio.gather(*(one() for _ in range(count)))
    await polite.close()
    return [moment - moments[0] for moment in moments]


def test_requests_to_one_host_keep_their_distance_across_crawls_while_hosts_do_not_wait_for_each_other(world):
    here = world(delay=0.08)

    async def scenario():
        polite = here.make()
        loop = asyncio.get_running_loop()
        moments = {"a": [], "b": []}

        async def one(host, user):
            async with polite.turn(f"http://{host}.example/", user):
                moments[host].append(loop.time())

        await asyncio.gather(*(one(host, user) for user in ("first", "second") for host in "aabb"))
        await polite.close()
        for times in moments.values():
            assert len(times) == 4
            assert all(later - earlier >= 0.075 for earlier, later in itertools.pairwise(times))
        assert moments["b"][0] - moments["a"][0] < 0.08

    asyncio.run(scenario())


def test_a_source_may_have_a_delay_of_its_own_and_crawl_delay_is_applied_within_bounds(world):
    here = world(rules("User-agent: *\nCrawl-delay: 0.1"))

    async def scenario():
        polite = here.make()
        assert (await pace(polite, "http://b.example/", 3, "x", delay=0.1))[-1] >= 0.19
        await polite.check_robots("http://a.example/")
        assert (await pace(polite, "http://a.example/", 3, "x"))[-1] >= 0.19
        here.answers = {"http://c.example/robots.txt": RobotsAnswer(200, "User-agent: *\nCrawl-delay: 86400")}
        await polite.check_robots("http://c.example/")
        assert polite._host("c.example").crawl_delay == LONGEST_CRAWL_DELAY
        await polite.leave("x")
        await polite.check_robots("http://a.example/again")
        assert (await pace(polite, "http://a.example/", 2, "y"))[-1] >= 0.09

    asyncio.run(scenario())


def test_a_pause_holds_those_who_wait_and_a_stop_ends_their_waiting(world):
    here = world()

    async def scenario():
        polite = here.make()
        await polite.pause("http://a.example/", 0.15, "it said 429")
        assert (await pace(polite, "http://a.example/", 1, "x")) == [0.0]
        loop = asyncio.get_running_loop()
        await polite.pause("http://a.example/", 30.0, "it said 429")
        began = loop.time()
        stopped = asyncio.Event()
        loop.call_later(0.05, stopped.set)
        with pytest.raises(FetchError, match="being stopped"):
            await pace(polite, "http://a.example/", 1, "x", stopped=stopped)
        assert loop.time() - began < 2

    asyncio.run(scenario())


def test_a_long_retry_after_is_kept_for_other_processes(world):
    here = world()

    async def scenario():
        await here.make().pause("http://a.example/x", 600.0, "it said 503")
        with pytest.raises(FetchError, match=r"left alone for (600|599)"):
            await pace(here.make(), "http://a.example/y", 1, "other process")

    asyncio.run(scenario())
    assert here.store.hosts.blocked_until("a.example") == NOW + timedelta(seconds=600)


def test_a_host_that_fails_again_and_again_is_left_alone_longer_each_time_until_it_answers(world):
    here = world()

    async def scenario():
        polite = here.make()
        for _ in range(FAILURES_TO_BLOCK - 1):
            await polite.failed("http://a.example/", "503")
        assert here.store.hosts.blocked_until("a.example") is None
        await polite.failed("http://a.example/", "503")
        first = here.store.hosts.blocked_until("a.example")
        assert first == NOW + timedelta(seconds=300)
        for _ in range(FAILURES_TO_BLOCK):
            await polite.failed("http://a.example/", "503")
        assert here.store.hosts.blocked_until("a.example") == NOW + timedelta(seconds=600)
        await polite.succeeded("http://a.example/")
        assert here.store.hosts.blocked_until("a.example") is None

    asyncio.run(scenario())


def test_one_process_crawls_a_host_at_a_time_and_the_next_has_it_when_the_first_leaves(world):
    here = world()

    async def scenario():
        first, second = here.make(), here.make(lease_wait=0.0)
        async with first.turn("http://a.example/", "crawl 1"):
            pass
        with pytest.raises(StoreBusy, match="another presswatch process"):
            await pace(second, "http://a.example/", 1, "crawl 2")
        await first.leave("crawl 1")
        assert await pace(second, "http://a.example/", 1, "crawl 2") == [0.0]
        await first.close()

    asyncio.run(scenario())


def test_of_many_pages_only_the_first_waits_for_another_process(world):
    here = world()
    assert here.store.hosts.acquire("a.example", "elsewhere:0", 60)

    async def scenario():
        polite = here.make(lease_wait=0.6)
        began = asyncio.get_running_loop().time()
        for _ in range(5):
            with pytest.raises(StoreBusy):
                async with polite.turn("http://a.example/", "x"):
                    pass
        assert asyncio.get_running_loop().time() - began < 2.5

    asyncio.run(scenario())


def test_waiting_for_a_place_does_not_let_requests_come_closer_together(world):
    here = world(delay=0.1, concurrency=1)

    async def scenario():
        polite = here.make()
        loop = asyncio.get_running_loop()
        moments = []

        async def slow():
            async with polite.turn("http://b.example/", "x"):
                await asyncio.sleep(0.4)

        async def one():
            async with polite.turn("http://a.example/", "x"):
                moments.append(loop.time())

        await asyncio.gather(slow(), one(), one(), one())
        await polite.close()
        assert all(later - earlier >= 0.095 for earlier, later in itertools.pairwise(moments))

    asyncio.run(scenario())


def test_a_lease_of_another_machine_is_respected(world):
    here = world()
    assert here.store.hosts.acquire("a.example", "elsewhere:0", 60)

    async def scenario():
        with pytest.raises(StoreBusy):
            await pace(here.make(lease_wait=0.0), "http://a.example/", 1, "x")
        here.now += timedelta(seconds=61)
        assert await pace(here.make(), "http://a.example/", 1, "x") == [0.0]

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("120", 120.0),
        (" 5 ", 5.0),
        ("Mon, 03 Nov 2025 09:01:00 GMT", 60.0),
        ("Mon, 03 Nov 2025 08:00:00 GMT", 0.0),
        ("99999999999999999999", 86400.0),
        ("soon", None),
        ("-5", None),
        ("٣", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_a_date(header, seconds):
    assert retry_after(header, NOW) == seconds


def test_a_host_is_its_name_without_port():
    assert host_of("https://News.Example.com:8443/a") == "news.example.com"
