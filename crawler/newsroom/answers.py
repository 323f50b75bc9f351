"""What an outlet answers to a path at a moment: pages, feeds, sitemaps, with validators. Knows nothing of sockets."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from crawler.newsroom.pages import blog, clutter, daily, doors, legacy, portal, press, wire
from crawler.newsroom.pages.site import AD, NONCE, TICK, VIEWS, Site, View
from crawler.newsroom.world import Story, Trade, World

_CACHED_PAGES = 256
_SITEMAP_ROWS = 500
_NEWS_SITEMAP_AGE = timedelta(days=2)
_SESSION = re.compile(r"[?&](utm_[a-z]+|fbclid|gclid|sid|PHPSESSID|from)=[^&]*")
# The smallest GIF there is.
_PICTURE = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c000000000100010000020144003b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer. `last_modified` is on the simulated clock. `delay` in seconds; `promise`: a false Content-Length."""

    status: int = 200
    content_type: str | None = "text/html; charset=utf-8"
    body: bytes = b""
    etag: str | None = None
    last_modified: datetime | None = None
    headers: tuple[tuple[str, str], ...] = ()
    rotating: bool = False
    compress: bool = False
    delay: float = 0.0
    promise: int | None = None


NOT_FOUND = Answer(
    status=404, body=b"<!DOCTYPE html><html><head><title>404</title></head><body><h1>404 Not Found</h1></body></html>"
)


class Answering(Protocol):
    """An outlet as the server sees it."""

    def answer(self, path: str, now: datetime) -> Answer:
        """The answer to `path` (with query) at `now`."""
        ...

    def rotated(self, answer: Answer, hits: int, now: datetime) -> bytes:
        """The body of a rotating answer as the `hits`-th fetch of its page gets it."""
        ...


class Desk:
    """One outlet's answers, cached as long as nothing happens there."""

    def __init__(self, site: Site, world: World) -> None:
        self.site = site
        self._world = world
        self._cache: OrderedDict[tuple[str, int, datetime | None], Answer] = OrderedDict()

    def view(self, now: datetime) -> View:
        """What the outlet shows at `now`."""
        name = self.site.plan.name
        return View(now, self._world.stories(name, now)[::-1], self._world.stamp(name, now))

    def answer(self, path: str, now: datetime) -> Answer:
        """The answer to `path` (with query) at `now`."""
        # A page with relative times is another one at each moment; all others change only when something happens.
        relative = self.site.plan.trade is Trade.PRESS and (path == "/" or path.startswith(("/section", "/tag", "/?")))
        moment = now if relative else None
        key = (path, self._world.stamp(self.site.plan.name, now), moment)
        found = self._cache.get(key)
        if found is None:
            found = self._make(path, now)
            if found.status == 200:
                self._cache[key] = found
                if len(self._cache) > _CACHED_PAGES:
                    self._cache.popitem(last=False)
        return found

    def rotated(self, answer: Answer, hits: int, now: datetime) -> bytes:
        """The body with what changes at each fetch: advertisement, view counter, the clock in the page's head."""
        codec = legacy.CODEC if "euc-kr" in (answer.content_type or "") else "utf-8"
        ads = clutter.ADS[self.site.plan.language]
        clock = self.site.local(now + timedelta(seconds=13 * hits))
        return (
            answer.body.replace(AD.encode(), ads[hits % len(ads)].encode(codec, "xmlcharrefreplace"))
            .replace(VIEWS.encode(), f"{1000 + 7 * hits:,}".encode())
            .replace(TICK.encode(), f"{clock:%Y.%m.%d %H:%M:%S}".encode())
            .replace(NONCE.encode(), f"{hits * 2654435761 % 2**32:08x}".encode())
        )

    def _make(self, path: str, now: datetime) -> Answer:
        parts = urlsplit(path)
        plain = parts.path
        query = dict(parse_qsl(parts.query))
        if plain.startswith("/img/"):
            return Answer(content_type="image/gif", body=_PICTURE)
        view = self.view(now)
        if plain == "/robots.txt":
            sitemap = "/sitemap.xml" if self.site.plan.trade is not Trade.PRESS else None
            return Answer(
                content_type="text/plain; charset=utf-8", body=doors.robots(self.site, sitemap=sitemap).encode()
            )
        machine = self._machine_door(plain, view)
        if machine is not None:
            return machine
        listed = self._listing(plain, query, view)
        if listed is not None:
            return listed
        return self._article(path, view) or NOT_FOUND

    def _machine_door(self, plain: str, view: View) -> Answer | None:
        site, trade = self.site, self.site.plan.trade
        if plain == "/sitemap.xml":
            return self._door(self._sitemap_index(view), "application/xml; charset=utf-8", view)
        if plain == "/sitemap-news.xml" and trade is Trade.DAILY:
            return self._door(
                doors.news_sitemap(site, view, since=self._last_event(view) - _NEWS_SITEMAP_AGE),
                "application/xml; charset=utf-8",
                view,
            )
        if match := re.fullmatch(r"/sitemap-(\d{1,4})\.xml", plain):
            rows = self._sitemap_part(view, int(match.group(1)))
            return (
                self._door(doors.sitemap(site, view, rows), "application/xml; charset=utf-8", view)
                if rows
                else NOT_FOUND
            )
        match trade, plain:
            case Trade.BLOG, "/rss":
                full = site.plan.name != "ramen-notes"
                content: Callable[[Story], str] | None = (lambda story: blog.body(site, story, view)) if full else None
                return self._door(doors.rss(site, view, content=content), "application/rss+xml; charset=utf-8", view)
            case Trade.DAILY, "/feed.atom":
                return self._door(doors.atom(site, view), "application/atom+xml; charset=utf-8", view)
            case Trade.LEGACY, "/rss/allArticle.xml":
                text = doors.rss(site, view, charset="EUC-KR")
                return self._door(text, "text/xml", view, codec=legacy.CODEC)
            case Trade.WIRE, "/rss.xml":
                return self._door(doors.rss(site, view), "text/xml; charset=UTF-8", view)
        return None

    def _sitemap_index(self, view: View) -> str:
        count = -(-len(view.stories) // _SITEMAP_ROWS)
        children = [
            (
                f"/sitemap-{number}.xml",
                max(story.modified(view.now) or story.published for story in self._sitemap_part(view, number)),
            )
            for number in range(1, count + 1)
        ]
        if self.site.plan.trade is Trade.DAILY:
            children.insert(0, ("/sitemap-news.xml", self._last_event(view)))
        return doors.sitemap_index(self.site, children)

    def _sitemap_part(self, view: View, number: int) -> Sequence[Story]:
        # Parts are filled from the oldest on, so that a full one changes only by edits.
        oldest_first = view.stories[::-1]
        return oldest_first[(number - 1) * _SITEMAP_ROWS : number * _SITEMAP_ROWS]

    def _listing(self, plain: str, query: dict[str, str], view: View) -> Answer | None:
        site, trade = self.site, self.site.plan.trade
        number = query.get("page", "1")
        page = min(int(number), 10_000) if number.isascii() and number.isdigit() and int(number or 0) > 0 else 1
        stories: Sequence[Story] = view.stories
        heading = "전체 글" if site.plan.language == "ko" else "Latest stories"
        if plain.startswith("/tag/"):
            wanted = unquote(plain.removeprefix("/tag/")).strip("/")
            stories = [story for story in stories if _about(story, view, wanted)]
            heading = f"'{wanted}'" if site.plan.language != "ko" else f"‘{wanted}’ 관련 기사"
        elif plain not in _LISTINGS[trade]:
            return None
        if page > 1 and (page - 1) * _PAGE_SIZE[trade] >= len(stories):
            return NOT_FOUND
        html = _RENDER_LISTING[trade](site, view, stories, path=plain, page=page, heading=heading)
        if trade is Trade.PRESS:
            # No validators here, and an advertisement that rotates: such doors exist.
            return Answer(body=html.encode(), rotating=True)
        if trade is Trade.LEGACY:
            return self._door(html, "text/html; charset=euc-kr", view, codec=legacy.CODEC)
        return self._door(html, "text/html; charset=utf-8", view)

    def _article(self, path: str, view: View) -> Answer | None:
        site, trade = self.site, self.site.plan.trade
        asked = _SESSION.sub("", path)
        if "?" not in asked and "&" in asked:
            asked = asked.replace("&", "?", 1)
        amp = False
        if trade is Trade.PRESS:
            asked = asked.removeprefix("/mnews")
        elif trade is Trade.DAILY:
            asked = asked.rstrip("/")
            amp = asked.endswith("/amp")
            asked = asked.removesuffix("/amp")
        story = self._world.find(site.plan.name, asked, view.now)
        if story is None:
            return None
        html = daily.amp(site, story, view) if amp else _RENDER_ARTICLE[trade](site, story, view)
        revision = story.at(view.now)
        mark = blake2b(f"{story.path}|{revision.at}|{amp}".encode(), digest_size=8).hexdigest()
        if trade is Trade.LEGACY:
            # The old server knows dates only.
            return Answer(
                content_type="text/html; charset=euc-kr",
                body=html.encode(legacy.CODEC, "xmlcharrefreplace"),
                last_modified=revision.at,
                rotating=True,
            )
        return Answer(
            body=html.encode(),
            etag=f'W/"{mark}"',
            last_modified=None if trade is Trade.WIRE else revision.at,
            rotating=True,
            compress=trade is Trade.DAILY,
            headers=(("tdm-reservation", "1"),) if trade is Trade.DAILY and story.number % 7 == 0 else (),
        )

    def _door(self, text: str, content_type: str, view: View, codec: str = "utf-8") -> Answer:
        """A door: what would rotate is set still, so that its bytes stay the same until something happens."""
        still = (
            text.replace(AD, clutter.ADS[self.site.plan.language][0])
            .replace(VIEWS, "77")
            .replace(NONCE, "0")
            .replace(TICK, f"{self.site.local(self._last_event(view)):%Y.%m.%d %H:%M}")
        )
        body = still.encode(codec, "xmlcharrefreplace")
        trade = self.site.plan.trade
        return Answer(
            content_type=content_type,
            body=body,
            etag=None if trade is Trade.LEGACY else f'"{blake2b(body, digest_size=10).hexdigest()}"',
            last_modified=None if trade is Trade.WIRE else self._last_event(view),
            compress=trade is Trade.DAILY,
        )

    def _last_event(self, view: View) -> datetime:
        return self._world.last_event(self.site.plan.name, view.now)


def _about(story: Story, view: View, wanted: str) -> bool:
    draft = story.at(view.now).draft
    return wanted in draft.tags or wanted == draft.section or wanted in draft.title


_LISTINGS: dict[Trade, tuple[str, ...]] = {
    Trade.PORTAL: ("/", "/news"),
    Trade.BLOG: ("/", "/category", "/category/1"),
    Trade.PRESS: ("/", "/section/105"),
    Trade.DAILY: ("/", "/latest"),
    Trade.LEGACY: ("/", "/news/articleList.html"),
    Trade.WIRE: ("/", "/latest"),
}
_PAGE_SIZE: dict[Trade, int] = {
    Trade.PORTAL: portal.PAGE_SIZE,
    Trade.BLOG: blog.PAGE_SIZE,
    Trade.PRESS: press.PAGE_SIZE,
    Trade.DAILY: daily.PAGE_SIZE,
    Trade.LEGACY: legacy.PAGE_SIZE,
    Trade.WIRE: wire.PAGE_SIZE,
}


class _Listing(Protocol):
    def __call__(
        self, site: Site, view: View, stories: Sequence[Story], *, path: str, page: int, heading: str
    ) -> str: ...


_RENDER_LISTING: dict[Trade, _Listing] = {
    Trade.PORTAL: portal.listing,
    Trade.BLOG: blog.listing,
    Trade.PRESS: press.listing,
    Trade.DAILY: daily.listing,
    Trade.LEGACY: legacy.listing,
    Trade.WIRE: wire.listing,
}
_RENDER_ARTICLE: dict[Trade, Callable[[Site, Story, View], str]] = {
    Trade.PORTAL: portal.article,
    Trade.BLOG: blog.article,
    Trade.PRESS: press.article,
    Trade.DAILY: daily.article,
    Trade.LEGACY: legacy.article,
    Trade.WIRE: wire.article,
}
