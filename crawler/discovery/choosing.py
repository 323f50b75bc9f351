"""Which doors of a site lose nothing: samples -> chosen doors, each with a reason. Pure.

A feed is taken first: it is cheap to ask and says most. What the page itself, a news sitemap or another feed names that
the feed lacks makes that a door as well; so does a feed that reaches back less than a day, for then a crawl that comes
late misses what has left it. A part of a site (section, tag, blog in a path) is never replaced by what covers more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crawler.discovery.doors import Place, is_edition
from crawler.discovery.samples import TAIL, DoorKind, Sample

REACH = timedelta(days=1)
"""How far doors shall reach back together: a crawler that stood still for a night must find what it missed."""

FULL_FEED = 10
"""Items from which on a feed may be cut; the shortest that software cuts by itself have ten."""

STALE = timedelta(days=45)
LONG_DEAD = timedelta(days=180)
PURE = 0.8
"""Part of a door's newest items, down to the last that both name, which must be of the page for it to stand for it."""

OWN_PURE = 0.6
"""The same for a feed that by its address or title is the page's own. Where the feed of the site shows that such a one
is a part of it, its word is taken: pages show a choice of what is new."""

LEAST_SHARED = 2
MISSING, MISSING_SHARE = 2, 0.05
"""Items (and part of them) that a door must add to what is chosen to be chosen as well."""

LISTING_SHARE = 0.1
"""The same for a page, on which notices and promotions stand among the articles."""

SITEMAP_SHARE, SITEMAP_RECENT = 0.2, timedelta(days=3)
"""The same for a sitemap whose dates tell the last change, which old articles have, too."""

AUDIO = 0.8
MOST_DOORS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A door, whether it is chosen, and why."""

    sample: Sample
    chosen: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """All doors as judged, the chosen ones first, and what a person should know besides."""

    verdicts: tuple[Verdict, ...]
    notes: tuple[str, ...] = ()

    @property
    def doors(self) -> tuple[Sample, ...]:
        """The chosen ones."""
        return tuple(one.sample for one in self.verdicts if one.chosen)


def choose(samples: Sequence[Sample], place: Place, now: datetime) -> Choice:
    """Judge `samples`, of which the first is the URL that was given (UTC)."""
    judging = _Judging(samples, place, now)
    judging.judge()
    order = {id(sample): number for number, sample in enumerate(samples)}
    verdicts = sorted(judging.verdicts.values(), key=lambda one: (not one.chosen, order[id(one.sample)]))
    return Choice(verdicts=tuple(verdicts), notes=tuple(judging.notes))


class _Judging:
    """The state of one choice."""

    def __init__(self, samples: Sequence[Sample], place: Place, now: datetime) -> None:
        self._given = samples[0]
        self._samples = samples
        self._place = place
        self._now = now
        self.verdicts: dict[int, Verdict] = {}
        self.notes: list[str] = []
        self._chosen: list[Sample] = []
        self._when = _known_dates(samples)

    def judge(self) -> None:
        for sample in self._samples:
            if sample.problem is not None:
                self._set(sample, sample.problem)
        given = self._given
        if given.problem is None and given.kind in (DoorKind.SITEMAP, DoorKind.NEWS_SITEMAP):
            self._choose(given, "what was asked for")
            self._leave("of the sitemap that was asked for")
        elif given.problem is None and given.kind is DoorKind.FEED:
            self._choose(given, "what was asked for")
            self._refuse_unfit(given)
        else:
            listing = given if given.problem is None else next(iter(self._open(DoorKind.LISTING)), None)
            self._refuse_unfit(listing)
            self._feeds(listing)
        self._join()
        self._leave("")
        self._tell_reach()

    # ---------------------------------------------------------------------------------------------------- refusals
    def _refuse_unfit(self, reference: Sample | None) -> None:
        for sample in self._open():
            reason = None if sample is reference else self._unfit(sample, reference)
            if reason is not None:
                self._set(sample, reason)

    def _unfit(self, sample: Sample, reference: Sample | None) -> str | None:
        if sample.audio >= AUDIO:
            return "a podcast"
        own = sample.candidate.own
        if reference is None:
            if self._place is Place.PART and not own and sample.kind is not DoorKind.LISTING:
                return "of the whole site; nothing tells which of it belongs to this page"
            return self._stale(sample, None)
        shared = len(sample.keys & reference.keys)
        languages = (sample.language, reference.language)
        if (
            None not in languages
            and languages[0] != languages[1]
            and shared * 5 < min(len(sample.keys), len(reference.keys))
        ):
            return f"another language ({sample.language})"
        stale = self._stale(sample, reference)
        if stale is not None:
            return stale
        if self._place is Place.SITE and self._given.kind is not DoorKind.FEED:
            return _elsewhere(sample, reference)
        return self._beyond(sample, reference, shared, own=own)

    def _stale(self, sample: Sample, reference: Sample | None) -> str | None:
        newest = sample.newest
        if newest is None:
            return None
        others = [
            one.newest
            for one in self._samples
            if one is not sample and one.newest and not one.weak_dates and one.problem is None
        ]
        latest = max(others, default=None)
        if latest is not None and latest - newest > STALE:
            return f"stale: its newest is of {newest:%Y-%m-%d}, elsewhere of {latest:%Y-%m-%d}"
        alone = reference is not None and not sample.keys & reference.keys
        if alone and sample.kind is DoorKind.FEED and self._now - newest > LONG_DEAD:
            return f"stale: its newest is of {newest:%Y-%m-%d}, and none of it is on the page"
        return None

    def _beyond(self, sample: Sample, reference: Sample, shared: int, *, own: bool) -> str | None:
        """Why a door can't stand for a part of a site: it covers more, or something else."""
        enough = 1 if own else min(LEAST_SHARED, len(reference.keys), len(sample.keys))
        if shared < enough:
            return f"it names {shared or 'none'} of the {len(reference.keys)} articles here"
        pure = self._purity(sample, reference)
        if own and (is_edition(self._given.url) or self._is_a_part(sample)):
            return None
        if pure < (OWN_PURE if own else PURE):
            return f"it covers more: {pure:.0%} of its newest are of this page"
        return None

    def _is_a_part(self, sample: Sample) -> bool:
        """Whether a feed is less than the site's: another one, of more, has much that it lacks in the same time."""
        oldest = sample.oldest
        for other in self._samples:
            if other.kind is not DoorKind.FEED or other.candidate.own or not other.dates or oldest is None:
                continue
            lately = [key for key, told in other.dates.items() if told >= oldest]
            both = sum(1 for key in lately if key in sample.keys)
            if len(lately) >= LEAST_SHARED and both < PURE * len(lately) and both > 0:
                return True
        return False

    def _purity(self, sample: Sample, reference: Sample) -> float:
        """Part of a door's newest items, down to the last one that both name, that the reference names."""
        order: Iterable[str] = sample.order
        dates = sample.dates or {}
        if len(dates) * 5 >= 4 * len(sample.order):
            order = sorted(sample.order, key=lambda key: dates[key].timestamp() if key in dates else 0.0, reverse=True)
        places = [number for number, key in enumerate(order) if key in reference.keys]
        if not places:
            return 0.0
        kept = max(1, round(len(places) * TAIL))
        return kept / (places[kept - 1] + 1)

    # ------------------------------------------------------------------------------------------------------- feeds
    def _feeds(self, listing: Sample | None) -> None:
        """The feed that names most of what is new, then others that add to it."""
        feeds = self._open(DoorKind.FEED)
        if not feeds:
            return
        newest = max((one.newest for one in feeds if one.newest), default=None)
        horizon = newest - REACH if newest is not None else None

        def weight(feed: Sample) -> tuple[int, int]:
            dates = feed.dates or {}
            recent = sum(1 for key in feed.keys if horizon is None or dates.get(key, horizon) > horizon)
            return recent, len(feed.keys & listing.keys) if listing is not None else 0

        best = max(feeds, key=weight)
        self._choose(best, self._praise(best, listing))
        for feed in sorted((one for one in feeds if one is not best), key=weight, reverse=True):
            missing = self._missing(feed)
            if len(missing) >= max(MISSING, MISSING_SHARE * len(feed.keys)) and len(self._chosen) < MOST_DOORS:
                self._choose(feed, f"it has {_articles(len(missing))} that the feeds before lack")
            else:
                self._set(feed, "it adds nothing to what is chosen")

    def _praise(self, feed: Sample, listing: Sample | None) -> str:
        if listing is None:
            return "its feed"
        shared = len(feed.keys & listing.keys)
        return f"it names {shared} of the {len(listing.keys)} articles on the page"

    # ----------------------------------------------------------------------------------------------------- joining
    def _join(self) -> None:
        """Doors that name what the chosen ones lack, or reach further back."""
        for sample in self._open(DoorKind.NEWS_SITEMAP):
            missing = self._missing(sample)
            if self._place is Place.SITE and len(missing) >= max(MISSING, MISSING_SHARE * len(sample.keys)):
                self._choose(sample, self._adds(missing))
        for sample in self._open(DoorKind.LISTING):
            missing = self._missing(sample)
            if not self._chosen:
                self._choose(sample, "the page itself" if sample is self._given else "its list")
            elif len(missing) >= max(MISSING, LISTING_SHARE * len(sample.keys)):
                self._choose(sample, self._adds(missing))
            elif sample is self._given:
                self._set(sample, self._held(sample))
        self._join_sitemap()
        if self._short():
            self._reach_back()

    def _held(self, sample: Sample) -> str:
        held = len(sample.keys & self._covered())
        rest = "; the rest is older" if held < len(sample.keys) else ""
        return f"the chosen doors have {held} of its {_articles(len(sample.keys))}{rest}"

    def _join_sitemap(self) -> None:
        """A sitemap of a site without a feed, when it names more of late than the page does."""
        for sample in self._open(DoorKind.SITEMAP):
            if self._place is not Place.SITE or any(one.kind is not DoorKind.LISTING for one in self._chosen):
                continue
            recent = [key for key, told in (sample.dates or {}).items() if self._now - told <= SITEMAP_RECENT]
            more = [key for key in recent if key not in self._covered()]
            if not self._chosen:
                self._choose(sample, "there is no other door")
            elif len(more) >= max(LEAST_SHARED + 1, SITEMAP_SHARE * len(recent)):
                self._choose(sample, f"it has {_articles(len(more))} of the last days that no other door names")

    def _reach_back(self) -> None:
        """Join what reaches further back than the chosen doors do."""
        reach = self._reach()
        rate = max((one.rate for one in self._chosen if one.rate), default=None)
        said = (
            f"the site publishes some {rate:.0f} a day, and the other doors reach back {_hours(reach)}"
            if rate
            else f"the other doors reach back {_hours(reach)}"
        )
        for sample in sorted(self._joiners(), key=_joiner_rank):
            if self._given.kind is DoorKind.FEED and self._given.problem is None:
                shared = len(sample.keys & self._given.keys)
                if self._beyond(sample, self._given, shared, own=False):
                    continue
            further = sample.next_page is not None or (
                sample.span is not None and (reach is None or sample.span > reach)
            )
            if further:
                self._choose(sample, said)
                return

    def _joiners(self) -> list[Sample]:
        chosen = {id(one) for one in self._chosen}
        return [
            one
            for one in self._samples
            if one.problem is None
            and id(one) not in chosen
            and one.kind is not DoorKind.FEED
            and (id(one) not in self.verdicts or self.verdicts[id(one)].reason.startswith("the chosen doors have"))
            and (one.kind is DoorKind.LISTING or self._place is Place.SITE or self._given.kind is DoorKind.FEED)
        ]

    def _short(self) -> bool:
        """Whether what has left the chosen doors a day later would be lost."""
        if not self._chosen or any(one.next_page is not None for one in self._chosen):
            return False
        if any(one.kind is DoorKind.SITEMAP for one in self._chosen):
            return False
        reach = self._reach()
        return reach is not None and reach < REACH and sum(len(one.keys) for one in self._chosen) >= FULL_FEED

    def _reach(self) -> timedelta | None:
        return max((one.span for one in self._chosen if one.span is not None), default=None)

    def _tell_reach(self) -> None:
        if self._short():
            reach = self._reach() or REACH
            self.notes.append(
                f"the doors reach back {_hours(reach)} only: crawled less often than that, some articles are missed"
            )

    # ---------------------------------------------------------------------------------------------------- coverage
    def _missing(self, sample: Sample) -> list[str]:
        """What a door names that the chosen ones don't, although they reach back as far."""
        covered = self._covered()
        ends = [one.oldest for one in self._chosen if one.oldest is not None]
        horizon = max(ends, default=None)
        last = max((number for number, key in enumerate(sample.order) if key in covered), default=None)
        missing = []
        for number, key in enumerate(sample.order):
            if key in covered:
                continue
            told = self._when.get(key)
            if told is not None and horizon is not None:
                if told > horizon:
                    missing.append(key)
            elif last is None or number < last:
                missing.append(key)
        return missing

    def _covered(self) -> frozenset[str]:
        return frozenset().union(*(one.keys for one in self._chosen))

    def _adds(self, missing: Sequence[str]) -> str:
        return f"it has {_articles(len(missing))} that the other doors lack"

    # ---------------------------------------------------------------------------------------------------- verdicts
    def _open(self, *kinds: DoorKind) -> list[Sample]:
        return [one for one in self._samples if id(one) not in self.verdicts and (not kinds or one.kind in kinds)]

    def _choose(self, sample: Sample, reason: str) -> None:
        self._chosen.append(sample)
        self.verdicts[id(sample)] = Verdict(sample=sample, chosen=True, reason=reason)

    def _set(self, sample: Sample, reason: str) -> None:
        self.verdicts[id(sample)] = Verdict(sample=sample, chosen=False, reason=reason)

    def _leave(self, reason: str) -> None:
        for sample in self._open():
            self._set(sample, reason or self._why_left(sample))

    def _why_left(self, sample: Sample) -> str:
        if sample.members and not sample.order:
            taken = any(one.candidate.via == sample.candidate.url for one in self._samples)
            return (
                "an index; of its sitemaps the one below was looked at"
                if taken
                else "an index whose sitemaps can't be read"
            )
        if sample.kind is DoorKind.SITEMAP and self._place is Place.SITE:
            return (
                "not needed: the other doors name what is new"
                if sample.dates
                else "its rows have no dates: nothing tells what is new"
            )
        if sample.kind in (DoorKind.SITEMAP, DoorKind.NEWS_SITEMAP) and self._place is Place.PART:
            return "of the whole site"
        return "it adds nothing to what is chosen"


def _known_dates(samples: Sequence[Sample]) -> Mapping[str, datetime]:
    """When each article was published, as far as any door tells; a time of change only where nothing better does."""
    known: dict[str, datetime] = {}
    for sample in sorted(samples, key=lambda one: one.weak_dates):
        for key, told in (sample.dates or {}).items():
            known.setdefault(key, told)
    return known


def _elsewhere(sample: Sample, reference: Sample) -> str | None:
    """Why a door is another site's: hardly any of its articles lie where those of the page do."""
    homes = {key.partition("/")[0] for key in reference.keys}
    foreign = sum(1 for key in sample.keys if key.partition("/")[0] not in homes)
    if sample.keys and foreign * 2 > len(sample.keys) and not sample.keys & reference.keys:
        return "its articles are another site's"
    return None


def _joiner_rank(sample: Sample) -> tuple[int, int]:
    kinds = (DoorKind.NEWS_SITEMAP, DoorKind.LISTING, DoorKind.SITEMAP)
    return (1 if sample.kind is DoorKind.LISTING and sample.next_page is None else 0), kinds.index(sample.kind)


def _articles(count: int) -> str:
    return f"{count} article{'s' * (count != 1)}"


def _hours(span: timedelta | None) -> str:
    if span is None:
        return "less than a day"
    hours = span / timedelta(hours=1)
    return f"{hours:.0f} h" if hours >= 2 else f"{span / timedelta(minutes=1):.0f} min"
