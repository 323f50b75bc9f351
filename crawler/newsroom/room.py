"""The newsroom: outlets on loopback addresses, a simulated clock, and the truth about what they publish."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType

from crawler.newsroom.answers import Answering, Desk
from crawler.newsroom.hostile import HostileSite
from crawler.newsroom.pages.clutter import phrases
from crawler.newsroom.pages.site import Site, Skin
from crawler.newsroom.server import LoggedRequest, LoopbackServer
from crawler.newsroom.truth import TrueArticle, true_article
from crawler.newsroom.world import PLANS, Plan, Trade, World
from crawler.sources import Limits, Schedule, Source, SourceKind

_FIRST_ADDRESS = 11
_NEWS_PER_DAY = 6.0
_DEFAULT_AGE = timedelta(hours=48)
_HISTORY = timedelta(days=6)
# Enough room in the past for thousands of articles, one about every twenty minutes.
_HISTORY_PER_ARTICLE = timedelta(minutes=20)
_LIMIT = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """One outlet on its own address. `doors`: kind (listing, feed, sitemap, news-sitemap, home) → URL."""

    name: str
    title: str
    trade: Trade
    base_url: str
    doors: Mapping[str, str]
    zone: str
    language: str
    disallowed: str
    topic_template: str | None


class Newsroom:
    """A news world for the demo, tests and benchmarks; a context manager that serves while it is open.

    `seed` chooses texts, skins and plans, `start` (UTC, default 48 hours ago, to the minute) where the simulated
    clock begins; equal seed and start give equal newsrooms but for the port. `delay` in seconds before each answer.
    `page_size_kb` fills article pages and listings up with clutter. `hostile` adds an outlet of hard cases.
    `real_now` is the real clock, which the simulated one never passes. `per_day` is the number of articles a day an
    outlet publishes after the start.
    """

    def __init__(
        self,
        seed: int = 1,
        articles_per_outlet: int = 15,
        *,
        start: datetime | None = None,
        delay: float = 0.0,
        page_size_kb: int | None = None,
        hostile: bool = False,
        port: int = 0,
        per_day: float = _NEWS_PER_DAY,
        real_now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._real_now = real_now
        begin = (start or real_now() - _DEFAULT_AGE).astimezone(UTC)
        if start is None:
            begin = begin.replace(second=0, microsecond=0)
        if begin > real_now():
            raise ValueError(f"newsroom: start {begin.isoformat()} lies in the future; choose an earlier one")
        self.seed = seed
        self._now = begin
        self._lock = threading.RLock()
        self._world = World(
            seed,
            begin,
            articles_per_outlet,
            per_day=per_day,
            history=max(_HISTORY, _HISTORY_PER_ARTICLE * articles_per_outlet),
        )
        self._world.extend(begin)
        self._addresses = {plan.name: f"127.0.0.{_FIRST_ADDRESS + number}" for number, plan in enumerate(PLANS)}
        self._padding = (page_size_kb or 0) * 1024
        self._with_hostile = hostile
        self._delay = delay
        self._wanted_port = port
        self._desks: dict[str, Desk] = {}
        self._hostile: HostileSite | None = None
        self._server: LoopbackServer | None = None

    def __enter__(self) -> Newsroom:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Takes a port on every outlet's address and serves, in a thread of its own. PresswatchError if it is taken."""
        if self._server is not None:
            return
        addresses = (*self._addresses.values(), *((self._hostile_address(),) if self._with_hostile else ()))
        server = LoopbackServer(addresses, self._clock, port=self._wanted_port, delay=self._delay)
        server.bind()
        outlets: dict[str, Answering] = {}
        for plan in PLANS:
            address = self._addresses[plan.name]
            site = Site(plan, f"http://{address}:{server.port}", Skin(self.seed, plan.name), self._padding)
            self._desks[plan.name] = Desk(site, self._world)
            outlets[address] = self._desks[plan.name]
        if self._with_hostile:
            self._hostile = HostileSite(f"http://{self._hostile_address()}:{server.port}", self.seed)
            outlets[self._hostile_address()] = self._hostile
        server.start(outlets)
        self._server = server

    def stop(self) -> None:
        """Stops serving; the log and the truth stay readable."""
        if self._server is not None:
            self._server.stop()

    @property
    def now(self) -> datetime:
        """The simulated time, UTC."""
        return self._now

    def advance(self, by: timedelta) -> datetime:
        """Moves the simulated clock on and returns it. ValueError for a step back or one beyond the real time."""
        with self._lock:
            then = self._now + by
            if by < timedelta(0):
                raise ValueError(f"newsroom: the clock can't go back by {-by}; advance() takes a positive step")
            if then > self._real_now():
                raise ValueError(
                    f"newsroom: {then.isoformat()} lies in the future; the simulated clock may not pass the real one"
                )
            self._world.extend(then)
            self._now = then
            return then

    @property
    def outlets(self) -> tuple[Outlet, ...]:
        """The outlets with their addresses; the newsroom must have been started."""
        return tuple(self._outlet(plan) for plan in PLANS)

    def sources(self) -> tuple[Source, ...]:
        """One source an outlet, two for the daily (feed and sitemap): every kind of door is among them."""
        doors = {outlet.name: outlet for outlet in self.outlets}

        def source(name: str, outlet: str, door: str, kind: SourceKind) -> Source:
            found = doors[outlet]
            return Source(
                name=name,
                url=found.doors[door],
                kind=kind,
                schedule=Schedule(every=900),
                zone=found.zone,
                language=found.language if outlet != "peninsula-wire" else None,
                topic_template=found.topic_template if door == "listing" else None,
                limits=Limits(max_pages=_LIMIT, max_articles=_LIMIT, max_seconds=3600),
                delay=0.0,
            )

        return (
            source("hanbit-magazine", "hanbit-magazine", "listing", SourceKind.LISTING),
            source("ramen-notes", "ramen-notes", "feed", SourceKind.FEED),
            source("garden-notes", "garden-notes", "home", SourceKind.AUTO),
            source("today-press", "today-press", "listing", SourceKind.LISTING),
            source("harbour-ledger", "harbour-ledger", "feed", SourceKind.FEED),
            source("harbour-sitemap", "harbour-ledger", "sitemap", SourceKind.SITEMAP),
            source("namhae-ilbo", "namhae-ilbo", "feed", SourceKind.FEED),
            source("peninsula-wire", "peninsula-wire", "feed", SourceKind.AUTO),
        )

    def truth(self, outlet: str | None = None) -> tuple[TrueArticle, ...]:
        """Every article published until now (of one outlet), oldest first within its outlet."""
        found: list[TrueArticle] = []
        for name, desk in self._desks.items():
            if outlet not in (None, name):
                continue
            view = desk.view(self._now)
            for story in reversed(view.stories):
                original = self._desks[story.copy_of.outlet].site.url(story.copy_of.path) if story.copy_of else None
                found.append(true_article(desk.site, story, view, original))
        return tuple(found)

    @property
    def chrome(self) -> frozenset[str]:
        """Phrases that stand around articles and must not be in any text."""
        return phrases()

    @property
    def hostile_urls(self) -> Mapping[str, str]:
        """The hard cases by name, ``listing`` being the page that links to all; empty unless asked for."""
        return (
            {"listing": self._hostile.base + "/", "endless": self._hostile.base + "/endless", **self._hostile.paths}
            if self._hostile
            else {}
        )

    @property
    def hostile_good(self) -> tuple[str, ...]:
        """URLs of the readable articles among the hard cases."""
        return self._hostile.good if self._hostile else ()

    @property
    def port(self) -> int:
        """The port that all outlets listen on."""
        return self._running().port

    def log(self) -> tuple[LoggedRequest, ...]:
        """Requests answered since the start or the last `clear_log`."""
        return self._running().log()

    def clear_log(self) -> None:
        """Forgets the requests so far."""
        self._running().clear_log()

    def _clock(self) -> datetime:
        return self._now

    def _hostile_address(self) -> str:
        return f"127.0.0.{_FIRST_ADDRESS + len(PLANS)}"

    def _running(self) -> LoopbackServer:
        if self._server is None:
            raise RuntimeError("newsroom: not started; call start() or use it as a context manager")
        return self._server

    def _outlet(self, plan: Plan) -> Outlet:
        base = f"http://{self._addresses[plan.name]}:{self.port}"
        return Outlet(
            name=plan.name,
            title=plan.title,
            trade=plan.trade,
            base_url=base,
            doors={kind: base + path for kind, path in _DOORS[plan.trade].items()}
            | {"home": base + "/", "sitemap": base + "/sitemap.xml"},
            zone=plan.zone,
            language=plan.language,
            disallowed=plan.disallowed,
            topic_template=base + "/tag/{topic}",
        )


_DOORS: Mapping[Trade, Mapping[str, str]] = {
    Trade.PORTAL: {"listing": "/news"},
    Trade.BLOG: {"listing": "/", "feed": "/rss"},
    Trade.PRESS: {"listing": "/section/105"},
    Trade.DAILY: {"listing": "/latest", "feed": "/feed.atom", "news-sitemap": "/sitemap-news.xml"},
    Trade.LEGACY: {"listing": "/news/articleList.html", "feed": "/rss/allArticle.xml"},
    Trade.WIRE: {"listing": "/latest", "feed": "/rss.xml"},
}
