"""The invented news world: who publishes what and when. Everything follows from a seed and a start; no HTTP here.

A `World` is a plan: each `Story` carries all its revisions with their times, also those that lie ahead of the clock.
What the world shows at a moment is a pure function of the plan and that moment.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from urllib.parse import quote
from zoneinfo import ZoneInfo

from crawler.newsroom import english, korean
from crawler.newsroom.writing import (
    BlockKind,
    Draft,
    Length,
    another_title,
    corrected_number,
    subjects,
    with_paragraph,
    write_draft,
)


class Trade(StrEnum):
    """What kind of site an outlet is; each has renderers of its own."""

    PORTAL = "portal"
    BLOG = "blog"
    PRESS = "press"
    DAILY = "daily"
    LEGACY = "legacy"
    WIRE = "wire"


class Change(StrEnum):
    """What a revision changed. TOUCH moves the time of modification only: no word differs."""

    FIRST = "first"
    NUMBER = "number"
    PARAGRAPH = "paragraph"
    TITLE = "title"
    TOUCH = "touch"


@dataclass(frozen=True, slots=True)
class Revision:
    """One state of a story, from `at` (UTC) until the next."""

    at: datetime
    draft: Draft
    change: Change


@dataclass(slots=True, eq=False)
class Story:
    """One article of one outlet, with all its revisions, past and to come."""

    outlet: str
    number: int
    path: str
    authors: tuple[str, ...]
    revisions: list[Revision]
    copy_of: Story | None = None
    dated: bool = True
    image: str | None = None

    @property
    def published(self) -> datetime:
        """When it appeared, UTC."""
        return self.revisions[0].at

    def at(self, now: datetime) -> Revision:
        """The revision that a reader sees at `now`."""
        return self.revisions[max(0, bisect_right(self.revisions, now, key=lambda revision: revision.at) - 1)]

    def versions(self, now: datetime) -> tuple[Revision, ...]:
        """The revisions until `now` that differ in a word of the text or headline, oldest first."""
        return tuple(one for one in self.revisions if one.at <= now and one.change is not Change.TOUCH)

    def modified(self, now: datetime) -> datetime | None:
        """When it was last changed, `None` if it never was."""
        last = self.at(now)
        return None if last.change is Change.FIRST else last.at


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """An outlet as it was founded. `copies`: for each other outlet, the share of its articles that it takes over."""

    name: str
    trade: Trade
    title: str
    zone: str
    languages: Mapping[str, int]
    path: Callable[[int, datetime, Draft], str]
    favourites: tuple[str, ...] = ()
    share: float = 1.0
    copies: Mapping[str, float] = field(default_factory=dict)
    author: str | None = None
    disallowed: str = "/print/"
    forgets_a_date: bool = False

    @property
    def language(self) -> str:
        """The language it mostly writes."""
        return max(self.languages, key=lambda language: self.languages[language])


def slug(title: str) -> str:
    """A headline as an English site puts it into a URL."""
    words = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in title.lower()).split("-")
    return "-".join(word for word in words if word)[:70].strip("-")


def _portal_path(number: int, local: datetime, draft: Draft) -> str:
    folder = {"IT": "it", "산업": "business", "경제": "money", "부동산": "realestate"}.get(draft.section, "life")
    return f"/{folder}/article/{local:%Y%m%d}{number % 10000:04d}{'abcdefgh'[number % 8]}"


def _entry_path(number: int, local: datetime, draft: Draft) -> str:
    del local
    kept = "".join(letter for letter in draft.title if letter.isalnum() or letter == " ")
    return "/entry/" + quote("-".join(kept.split())[:60]) + (f"-{number}" if number % 5 == 0 else "")


def _numbered_path(number: int, local: datetime, draft: Draft) -> str:
    del local, draft
    return f"/{100 + number}"


def _press_path(number: int, local: datetime, draft: Draft) -> str:
    del local, draft
    return f"/article/{11 + number % 3:03d}/{4_100_000 + number * 37:010d}"


def _legacy_path(number: int, local: datetime, draft: Draft) -> str:
    del local, draft
    return f"/news/articleView.html?idxno={20_000 + number}"


def _daily_path(number: int, local: datetime, draft: Draft) -> str:
    return f"/{draft.section.lower()}/{local:%Y/%m/%d}/{slug(draft.title)}-{number}"


def _wire_path(number: int, local: datetime, draft: Draft) -> str:
    del local
    return f"/{draft.language}/story/{number:06d}.html"


PLANS: tuple[Plan, ...] = (
    Plan(
        name="hanbit-magazine",
        trade=Trade.PORTAL,
        title="한빛매거진",
        zone="Asia/Seoul",
        languages={"ko": 1},
        path=_portal_path,
        favourites=("meta", "ai", "chips"),
        copies={"today-press": 0.15},
        disallowed="/print/",
    ),
    Plan(
        name="ramen-notes",
        trade=Trade.BLOG,
        title="라면 먹는 오후",
        zone="Asia/Seoul",
        languages={"ko": 1},
        path=_numbered_path,
        favourites=("meta", "metaverse"),
        author="오후의라면",
        disallowed="/manage/",
        forgets_a_date=True,
    ),
    Plan(
        name="garden-notes",
        trade=Trade.BLOG,
        title="마당 있는 집 기록장",
        zone="Asia/Seoul",
        languages={"ko": 1},
        path=_entry_path,
        favourites=("climate", "farming", "housing"),
        author="마당지기",
        disallowed="/guestbook/",
    ),
    Plan(
        name="today-press",
        trade=Trade.PRESS,
        title="오늘뉴스",
        zone="Asia/Seoul",
        languages={"ko": 1},
        path=_press_path,
        favourites=("meta", "chips", "markets"),
        disallowed="/member/",
    ),
    Plan(
        name="harbour-ledger",
        trade=Trade.DAILY,
        title="The Harbour Ledger",
        zone="America/New_York",
        languages={"en": 1},
        path=_daily_path,
        favourites=("meta", "climate"),
        disallowed="/account/",
    ),
    Plan(
        name="namhae-ilbo",
        trade=Trade.LEGACY,
        title="남해일보",
        zone="Asia/Seoul",
        languages={"ko": 1},
        path=_legacy_path,
        favourites=("farming", "transit", "climate"),
        copies={"today-press": 0.1},
        disallowed="/news/articlePrint.html",
    ),
    Plan(
        name="peninsula-wire",
        trade=Trade.WIRE,
        title="Peninsula Wire",
        zone="Asia/Singapore",
        languages={"en": 1, "ko": 1},
        path=_wire_path,
        share=0.5,
        copies={"today-press": 0.3, "harbour-ledger": 0.4, "namhae-ilbo": 0.25, "hanbit-magazine": 0.2},
        disallowed="/internal/",
    ),
)

_CHUNK = timedelta(hours=6)
_EDITED_SHARE = 0.2
_EDITED_AGAIN_SHARE = 0.15
_FAVOURITE_SHARE = 0.55


class World:
    """All stories of all outlets. `start` (UTC) is the moment at which each outlet has its first stock of articles.

    The stock was published over the `history` before; afterwards each outlet publishes about `per_day` articles a day,
    planned in pieces of six hours as far as `extend` was asked, always with the same outcome.
    """

    def __init__(
        self,
        seed: int,
        start: datetime,
        articles_per_outlet: int,
        *,
        per_day: float,
        history: timedelta,
        plans: Sequence[Plan] = PLANS,
    ) -> None:
        self.start = start
        self.plans = {plan.name: plan for plan in plans}
        self._seed = seed
        self._per_day = per_day
        self._numbers = dict.fromkeys(self.plans, 0)
        self._stories: dict[str, list[Story]] = {name: [] for name in self.plans}
        self._by_path: dict[tuple[str, str], Story] = {}
        self._events: dict[str, list[datetime]] = {name: [] for name in self.plans}
        self._chunks = 0
        for plan in plans:
            self._stock(plan, articles_per_outlet, history)
        for plan in plans:
            self._sure_edits(plan)

    def extend(self, until: datetime) -> None:
        """Plans on until `until` at least."""
        while self.start + self._chunks * _CHUNK <= until:
            begin = self.start + self._chunks * _CHUNK
            self._chunks += 1
            for plan in self.plans.values():
                rng = Random(f"{self._seed}/{plan.name}/piece/{self._chunks}")
                expected = self._per_day * plan.share * (_CHUNK / timedelta(days=1))
                count = int(expected) + (rng.random() < expected % 1)
                for second in sorted(rng.sample(range(60, int(_CHUNK.total_seconds())), count)):
                    self._publish(plan, begin + timedelta(seconds=second), rng)

    def stories(self, outlet: str, now: datetime) -> Sequence[Story]:
        """What `outlet` has published until `now`, oldest first."""
        stories = self._stories[outlet]
        return stories[: bisect_right(stories, now, key=lambda story: story.published)]

    def find(self, outlet: str, path: str, now: datetime) -> Story | None:
        """The story at `path` if it is out by `now`."""
        story = self._by_path.get((outlet, path))
        return story if story and story.published <= now else None

    def last_event(self, outlet: str, now: datetime) -> datetime:
        """When `outlet` last published or changed something, at most `now`."""
        events = self._events[outlet]
        place = bisect_right(events, now)
        return events[place - 1] if place else self.start

    def stamp(self, outlet: str, now: datetime) -> int:
        """How much has happened at `outlet` until `now`: two equal stamps, the same pages."""
        return bisect_right(self._events[outlet], now)

    def _stock(self, plan: Plan, count: int, history: timedelta) -> None:
        rng = Random(f"{self._seed}/{plan.name}/stock")
        count = max(1, round(count * plan.share))
        span = int(history.total_seconds())
        seconds = sorted(rng.sample(range(300, span), min(count, span - 300)), reverse=True)
        for number, second in enumerate(seconds):
            # One of the blog's posts tells no date at all, as blogs do when the skin leaves it out.
            dated = not (plan.forgets_a_date and number == min(2, count - 1))
            self._publish(plan, self.start - timedelta(seconds=second), rng, dated=dated)

    def _sure_edits(self, plan: Plan) -> None:
        """Each outlet changes something soon after the start, whatever chance gave it."""
        rng = Random(f"{self._seed}/{plan.name}/edits")
        settled = [
            story
            for story in self._stories[plan.name]
            if story.published <= self.start and len(story.revisions) == 1 and story.dated
        ]
        for change, story in zip((Change.NUMBER, Change.TITLE, Change.PARAGRAPH), reversed(settled[-3:]), strict=False):
            self._revise(
                story, self.start + timedelta(minutes=rng.randint(20, 600), seconds=rng.randint(0, 59)), change, rng
            )

    def _publish(self, plan: Plan, at: datetime, rng: Random, *, dated: bool = True) -> None:
        language = rng.choices(tuple(plan.languages), tuple(plan.languages.values()))[0]
        subject = (
            rng.choice(plan.favourites)
            if plan.favourites and rng.random() < _FAVOURITE_SHARE
            else rng.choice(subjects(language))
        )
        length = None
        if plan.trade is Trade.BLOG:
            length = rng.choice((Length.NEWS, Length.FEATURE))
        story = self._add(plan, at, write_draft(language, subject, rng, length), rng, dated=dated)
        if dated and rng.random() < _EDITED_SHARE:
            change = rng.choices((Change.NUMBER, Change.PARAGRAPH, Change.TITLE, Change.TOUCH), (4, 4, 3, 2))[0]
            self._revise(story, at + timedelta(minutes=rng.randint(5, 400), seconds=rng.randint(0, 59)), change, rng)
            if rng.random() < _EDITED_AGAIN_SHARE:
                self._revise(
                    story, story.revisions[-1].at + timedelta(minutes=rng.randint(30, 900)), Change.NUMBER, rng
                )
        self._copy(story, rng)

    def _copy(self, story: Story, rng: Random) -> None:
        draft = story.revisions[0].draft
        for plan in self.plans.values():
            taken = rng.random() < plan.copies.get(story.outlet, 0.0)
            if not taken or draft.length is Length.BRIEF:
                continue
            at = story.published + timedelta(minutes=rng.randint(15, 180), seconds=rng.randint(0, 59))
            draft = story.at(at).draft
            if rng.random() < 0.25:
                draft = another_title(draft, rng)
            self._add(plan, at, draft, rng, copy_of=story)

    def _add(
        self, plan: Plan, at: datetime, draft: Draft, rng: Random, *, copy_of: Story | None = None, dated: bool = True
    ) -> Story:
        self._numbers[plan.name] += 1
        number = self._numbers[plan.name]
        path = plan.path(number, at.astimezone(ZoneInfo(plan.zone)), draft)
        if (plan.name, path) in self._by_path:
            path = f"{path}-{number}"
        story = Story(
            outlet=plan.name,
            number=number,
            path=path,
            authors=self._authors(plan, draft.language, rng),
            revisions=[Revision(at, draft, Change.FIRST)],
            copy_of=copy_of,
            dated=dated,
            image=f"/img/{at:%Y%m}/{number}.jpg" if draft.length is not Length.BRIEF and rng.random() < 0.75 else None,
        )
        insort(self._stories[plan.name], story, key=lambda one: one.published)
        self._by_path[plan.name, path] = story
        insort(self._events[plan.name], at)
        return story

    def _authors(self, plan: Plan, language: str, rng: Random) -> tuple[str, ...]:
        if plan.author:
            return (plan.author,)
        bank = korean if language == "ko" else english
        count = rng.choices((1, 2), (6, 1))[0]
        return tuple(bank.person(rng) for _ in range(count))

    def _revise(self, story: Story, at: datetime, change: Change, rng: Random) -> None:
        last = story.revisions[-1]
        draft = last.draft
        if change is Change.NUMBER:
            draft = corrected_number(draft, rng)
        elif change is Change.PARAGRAPH:
            draft = with_paragraph(draft, rng)
        elif change is Change.TITLE:
            draft = replace(draft, title=_follow_up(draft, rng))
        story.revisions.append(Revision(at, draft, change))
        insort(self._events[story.outlet], at)


def _follow_up(draft: Draft, rng: Random) -> str:
    if draft.language == "ko" and rng.random() < 0.5:
        return f"{draft.title}({rng.choice(('종합', '상보', '2보'))})"
    return another_title(draft, rng).title


def body_text(draft: Draft) -> str:
    """The article's body as plain text: one line a paragraph, heading, list item or table row."""
    return "\n".join(line for block in draft.blocks for line in block.lines)


def prose(draft: Draft) -> tuple[str, ...]:
    """The paragraphs alone, without headings, lists, quotes and tables."""
    return tuple(block.text for block in draft.blocks if block.kind is BlockKind.PARAGRAPH)
