"""A look at a URL and the site behind it: which doors there are, what each gives, which are chosen. At most a dozen
requests, in turn; what was seen when they or the time run out is what is judged.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from crawler.config import Config
from crawler.discovery.choosing import AUDIO, FULL_FEED, REACH, Choice, Verdict, choose
from crawler.discovery.client import PATIENCE, Allowance, PoliteClient, Spent
from crawler.discovery.doors import (
    ANOTHER_FORM,
    Place,
    called,
    candidates,
    is_lasting,
    is_wanted,
    members,
    more_from,
    place_of,
)
from crawler.discovery.kinds import KindRow, UsualDoors, any_site, recognise, usual_doors
from crawler.discovery.samples import Candidate, DoorKind, Origin, Sample, failed, sample_of
from crawler.discovery.templates import Template, own_template, paged_by, site_template, usual_template
from crawler.errors import FetchError, PresswatchError, StoreBusy
from crawler.extract import extract
from crawler.extract.doorways import Doorways, read_doorways
from crawler.extract.opensearch import read_open_search
from crawler.extract.pagination import first_page
from crawler.items import Extraction, Hints, Page, PageKind
from crawler.sources import Source, SourceDoor, SourceKind, hints_for
from crawler.topics.searches import has_pages, searches_of
from crawler.urls import normalize_url, publisher, url_key

REQUESTS = 12
DEADLINE = 180.0  # seconds for a whole look: a dozen requests at a crawl-delay of ten seconds, and their answers
MOST_SITEMAPS = 2  # requests that feeds leave to sitemaps
MAX_SITEMAPS = 1_000
"""Sitemaps of a robots.txt that are thought of; two are asked for."""

QUIET = timedelta(days=90)
MORE = 3
"""Feeds taken from a page that lists feeds."""

_AUDIO = re.compile(rb"type\s{0,3}=\s{0,3}[\"']audio/", re.IGNORECASE)
_KINDS = {
    PageKind.FEED: DoorKind.FEED,
    PageKind.SITEMAP: DoorKind.SITEMAP,
    PageKind.SITEMAP_INDEX: DoorKind.SITEMAP,
}
_EXPECTED = {
    SourceKind.AUTO: None,
    SourceKind.FEED: PageKind.FEED,
    SourceKind.SITEMAP: PageKind.SITEMAP,
    SourceKind.LISTING: PageKind.LISTING,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a URL is, and the doors of its site. `what` is in words, `kind` what a source of it would be.

    `problem`: why no door is chosen, with the way out. `requests` counts everything asked, robots.txt included.
    """

    url: str
    answered: str
    what: str
    site: str | None
    title: str | None
    language: str | None
    kind: SourceKind
    choice: Choice
    requests: int
    template: Template | None = None
    notes: tuple[str, ...] = ()
    problem: str | None = None

    @property
    def doors(self) -> tuple[SourceDoor, ...]:
        """The chosen doors, as a source keeps them."""
        return tuple(SourceDoor(url=one.url, kind=one.kind.source_kind, hub=one.hub) for one in self.choice.doors)


async def look(
    url: str,
    client: PoliteClient,
    config: Config,
    now: datetime,
    *,
    source: Source | None = None,
    headers: Mapping[str, str] | None = None,
    tell: Callable[[str], None] = lambda _text: None,
) -> Look:
    """Look at `url` (normalized) and its site. `now` is UTC; `source` is what is to become of it, with its kind, zone,
    language and delay; `headers` are its own, with their values; `tell` hears what is being tried.

    Raises `FetchError` and its kin when `url` itself can't be had.
    """
    source = source or Source(name=url, url=url)
    hints = replace(hints_for(config, source), expect=_EXPECTED[source.kind])
    looking = _Looking(url, client, hints, now, headers or {}, source.delay, tell)
    try:
        async with asyncio.timeout(DEADLINE):
            await looking.first()
            await looking.others()
    except TimeoutError:
        if not looking.samples:
            raise FetchError(f"{url}: nothing came of it within {DEADLINE:.0f} s", url) from None
        looking.notes.append(f"the look was ended after {DEADLINE:.0f} s")
    except Spent:
        if not looking.samples:
            raise FetchError(f"{url}: it takes more than {REQUESTS} requests to get there", url) from None
        looking.notes.append(f"{REQUESTS} requests were made; what else there may be was not looked at")
    return looking.result()


@dataclass
class _Looking:
    """The state of one look."""

    url: str
    client: PoliteClient
    hints: Hints
    now: datetime
    headers: Mapping[str, str]
    delay: float | None
    tell: Callable[[str], None]
    allowance: Allowance = field(default_factory=lambda: Allowance(REQUESTS))
    samples: list[Sample] = field(default_factory=list)
    left_out: list[Sample] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    doorways: Doorways = field(default_factory=Doorways)
    queue: deque[Candidate] = field(default_factory=deque)
    what: str = ""
    row: KindRow = field(default_factory=any_site)
    title: str | None = None
    template: Template | None = None
    searches: tuple[str, ...] = ()
    answered: str = ""

    # ------------------------------------------------------------------------------------------------ the URL given
    async def first(self) -> None:
        """The URL itself, and what it leads to."""
        page, extraction = await self._given()
        self.answered = page.final_url
        given = Candidate(url=page.final_url, kind=_KINDS.get(extraction.kind, DoorKind.LISTING), origin=Origin.GIVEN)
        sample = self._sample(given, page, extraction)
        if _lost_its_path(self.url, page.final_url):
            sample = replace(sample, problem=f"it leads to {page.final_url}: the page that was asked for is gone")
        self.samples.append(sample)
        self.title = extraction.hints.title
        if extraction.kind in _KINDS:
            self.what = {
                PageKind.FEED: "feed",
                PageKind.SITEMAP: str(sample.kind),
                PageKind.SITEMAP_INDEX: "sitemap index",
            }[extraction.kind]
            self._around(sample)
            return
        self._doors_of(page, extraction)

    async def _given(self) -> tuple[Page, Extraction]:
        self.tell(self.url)
        page = await self.client.get(
            self.url, self.now, self.allowance, headers=self.headers, delay=self.delay, tries=2
        )
        extraction = extract(page, self.hints)
        if extraction.kind in _KINDS:
            return page, extraction
        frames = read_doorways(page).frames if extraction.kind is PageKind.OTHER else ()
        for frame in frames[:1]:
            if publisher(frame) != publisher(page.final_url):
                continue
            try:
                page = replace(await self._asked(frame), url=self.url)
            except FetchError as error:
                self.notes.append(f"its frame can't be had: {error}")
                continue
            extraction = extract(page, self.hints)
        if extraction.kind is not PageKind.LISTING and self._may_be_list(page):
            listed = extract(page, replace(self.hints, expect=PageKind.LISTING))
            if listed.kind is PageKind.LISTING:
                return page, listed
        return page, extraction

    def _may_be_list(self, page: Page) -> bool:
        """Whether a page that reads like one article is asked again for a list, as its address says that it has one."""
        return called(page.final_url, blog=False) != "section page"

    def _doors_of(self, page: Page, extraction: Extraction) -> None:
        """The candidates that an HTML page leads to."""
        url = page.final_url
        self.doorways = doorways = read_doorways(page)
        row = recognise(self.url, doorways.generator, doorways.head)
        if not row.name:
            row = recognise(url, doorways.generator, doorways.head)
        place = self.url if recognise(self.url, None, "").name else url
        self.row = row
        self.title = self.title or doorways.title
        self.what = "article" if extraction.kind is PageKind.ARTICLE else called(self.url, blog=row.blog)
        usual = usual_doors(row, place) if row.name else UsualDoors()
        anywhere = usual_doors(any_site(), url)
        found, self.left_out = candidates(
            url, self.place, doorways, usual, anywhere=anywhere, robots=self._robots_sitemaps(url)
        )
        self.queue.extend(found)
        self.searches = (*extraction.hints.search, *doorways.searches)
        self.template = own_template(url, self.samples[0].next_page, self.what)

    def _around(self, sample: Sample) -> None:
        """What could join a feed or sitemap that was asked for itself."""
        for one in members(sample):
            self.queue.append(one)
        if sample.kind is not DoorKind.FEED:
            return
        if sample.span is None or sample.span >= REACH or len(sample.keys) < FULL_FEED:
            return
        home = sample.home or f"{urlsplit(sample.url).scheme}://{urlsplit(sample.url).netloc}/"
        # A feed may be served by another house than the one whose articles it names.
        houses = {publisher(sample.url), *(publisher(f"https://{key}") for key in sample.order[:5])}
        if publisher(home) in houses and url_key(home) != url_key(sample.url):
            self.queue.append(Candidate(url=home, kind=DoorKind.LISTING, origin=Origin.HOME))
        for url in self._robots_sitemaps(sample.url):
            if "news" in urlsplit(url).path:
                self.queue.append(Candidate(url=url, kind=DoorKind.SITEMAP, origin=Origin.ROBOTS))

    def _robots_sitemaps(self, url: str) -> list[str]:
        """What robots.txt names, as far as it can be fetched."""
        named = self.client.politeness.sitemaps(url)[:MAX_SITEMAPS]
        return [found for one in named if (found := normalize_url(one, url)) is not None]

    # ---------------------------------------------------------------------------------------------------- the others
    async def others(self) -> None:
        """Candidates in order of promise, then ways to search."""
        place = self.place
        article = self.what == "article"
        while self.queue and not article:
            candidate = self.queue.popleft()
            if not is_wanted(candidate, self.samples, place) or self._is_known(candidate):
                continue
            if candidate.kind is DoorKind.FEED and self.allowance.left <= self._kept_back():
                continue
            if self.client.politeness.left_alone(candidate.url) > PATIENCE:
                self.notes.append(
                    f"{urlsplit(candidate.url).hostname} asks to be left alone; its other doors were not looked at"
                )
                break
            await self._try(candidate)
        await self._search()

    def _kept_back(self) -> int:
        """Requests that feeds leave to what comes after them: sitemaps, and one to how the site is searched."""
        sitemaps = sum(1 for one in self.queue if one.kind is DoorKind.SITEMAP)
        return min(sitemaps, MOST_SITEMAPS) + 1

    def _is_known(self, candidate: Candidate) -> bool:
        key = url_key(candidate.url)
        return any(key in (url_key(one.url), url_key(one.candidate.url)) for one in self.samples)

    async def _try(self, candidate: Candidate) -> None:
        self.tell(candidate.url)
        try:
            page = await self._asked(candidate.url)
        except (FetchError, StoreBusy) as error:
            self.samples.append(failed(candidate, _shortly(error, candidate.url)))
            self._other_forms(candidate)
            return
        expect = PageKind.LISTING if candidate.kind is DoorKind.LISTING else None
        extraction = extract(page, replace(self.hints, expect=expect))
        sample = self._sample(candidate, page, extraction)
        if sample.problem is None and _lost_its_path(candidate.url, page.final_url) and sample.kind is DoorKind.LISTING:
            sample = replace(sample, problem=f"it leads to {page.final_url}")
        if candidate.origin is Origin.INDEX:
            self._member(sample)
            return
        self.samples.append(sample)
        if sample.members:
            self.queue.extendleft(reversed(members(sample)))
        if candidate.kind is DoorKind.FEED and sample.kind is DoorKind.FEED and sample.problem is not None:
            self._feeds_on(page, candidate)
            self._other_forms(candidate)

    def _other_forms(self, candidate: Candidate) -> None:
        """Where one form of a feed can't be had, another may."""
        twins = [one for one in self.left_out if one.problem == f"{ANOTHER_FORM} {candidate.url}"]
        self.left_out = [one for one in self.left_out if one not in twins]
        self.queue.extendleft(one.candidate for one in twins[:1])

    def _feeds_on(self, page: Page, candidate: Candidate) -> None:
        """Take up the feeds that a page lists which was taken for a feed."""
        doorways = read_doorways(page)
        known = {url_key(one.url) for one in self.doorways.feeds}
        more = [
            one
            for one in more_from(doorways, candidate.url, self.answered, self.place)
            if url_key(one.url) not in known
        ]
        if more and page.final_url.rstrip("/") != self.answered.rstrip("/"):
            self.queue.extendleft(reversed(more[:MORE]))

    def _member(self, sample: Sample) -> None:
        """A sitemap of an index: a door by itself where its address lasts, else what the index gives."""
        via = sample.candidate.via
        number = next((place for place, one in enumerate(self.samples) if one.candidate.url == via), None)
        if number is None:
            return
        index = self.samples[number]
        if sample.problem is not None or not sample.order:
            return
        if (
            is_lasting(sample.url)
            and sample.kind is DoorKind.NEWS_SITEMAP
            and index.candidate.origin is not Origin.GIVEN
        ):
            self.samples.append(sample)
            return
        if not index.order:
            self.samples[number] = replace(
                index, order=sample.order, dates=sample.dates, language=sample.language, weak_dates=sample.weak_dates
            )

    async def _search(self) -> None:
        """How to search the site, where its page says it, until a way with pages is found."""
        for told in self.searches[:MORE]:
            if self.what == "article" or (self.template is not None and has_pages(self.template.url)):
                break
            if "{" in told:
                self._take(site_template(told, self.answered))
                continue
            description = normalize_url(told)
            if description is None:
                continue
            self.tell(description)
            try:
                page = await self._asked(description)
            except FetchError as error:
                self.notes.append(f"its search description can't be read: {_shortly(error, told)}")
                continue
            found = read_open_search(page.body, page.final_url)
            self._take(Template(found, "its OpenSearch description") if found else None)

    def _take(self, found: Template | None) -> None:
        """A template that the page declares: where there is none yet, or one of the same search without pages."""
        if found is not None:
            self.template = (paged_by(self.template, found) or self.template) if self.template else found

    def _settle_template(self, choice: Choice) -> None:
        """Where the page told no template with pages, that of its kind; what robots.txt disallows is no use."""
        if self.what != "article" and not (self.template is not None and has_pages(self.template.url)):
            self._take_usual(choice)
        if self.template is not None and self.client.politeness.disallows(self.template.example):
            self.notes.append(f"robots.txt disallows its search pages ({self.template.url}); no topic_template is kept")
            self.template = None

    def _take_usual(self, choice: Choice) -> None:
        doors = tuple(SourceDoor(url=one.url, kind=one.kind.source_kind) for one in choice.doors)
        site = searches_of(Source(name=self.url, url=self.url, doors=doors))
        if self.template is None and site is not None:
            # Several templates, which one of its own would replace.
            if self.row.search is not None:
                self.notes.append(f"no topic_template is needed, its search is known ({site.title})")
            return
        usual = usual_template(self.row, self.answered, self.template, self.what)
        allowed = usual is not None and not self.client.politeness.disallows(usual.example)
        if self.template is None or allowed:
            self.template = usual

    async def _asked(self, url: str) -> Page:
        own = self.headers if publisher(url) == publisher(self.url) else {}
        return await self.client.get(url, self.now, self.allowance, headers=own, delay=self.delay)

    def _sample(self, candidate: Candidate, page: Page, extraction: Extraction) -> Sample:
        sounds = len(_AUDIO.findall(page.body)) if extraction.kind is PageKind.FEED else 0
        audio = sounds / len(extraction.items) if extraction.items else 0.0
        # A door that moved is kept under the address that answers, one that is led through a login or consent is not.
        url = page.final_url if publisher(page.final_url) == publisher(candidate.url) else candidate.url
        return sample_of(candidate, url, extraction, now=self.now, audio=audio)

    # ---------------------------------------------------------------------------------------------------- the answer
    @property
    def place(self) -> Place:
        """What part of its site the URL stands for; a feed or sitemap stands for itself."""
        return place_of(self.url)

    def result(self) -> Look:
        """What was seen, judged."""
        given = self.samples[0]
        choice = choose([*self.samples, *self.left_out], self.place, self.now)
        self._settle_template(choice)
        problem = None
        if self.what == "article":
            choice = Choice(verdicts=tuple(replace(one, chosen=False) for one in choice.verdicts))
            problem = "it is one article; add the section, blog or feed that lists it"
            self.notes += [f"its page names the feed {one.url}" for one in self.doorways.feeds[:MORE] if one.declared]
        elif not choice.doors:
            problem = given.problem or "no door of it gives articles"
            linked = [one for one in self.doorways.feeds if not one.declared]
            if len(linked) > MORE and given.kind is DoorKind.LISTING:
                problem = f"it is a page of {len(linked)} feeds, as {linked[0].url}; add those that you want"
        elif given.kind is DoorKind.LISTING and (first := first_page(self.url)) is not None:
            self.notes.append(f"it is page {first[0]} of a list, where new articles come late; page 1 is {first[1]}")
        notes = [*choice.notes, *self.notes, *_warnings(choice, given, self.now)]
        kind = given.kind.source_kind if given.problem is None else SourceKind.AUTO
        return Look(
            url=self.url,
            answered=self.answered,
            what=self.what,
            site=self.row.name or None,
            title=self.title,
            language=given.language
            or self.doorways.language
            or next((one.language for one in choice.doors if one.language), None),
            kind=kind,
            choice=choice,
            requests=self.allowance.made,
            template=self.template,
            notes=tuple(notes),
            problem=problem,
        )


def _warnings(choice: Choice, given: Sample, now: datetime) -> Iterator[str]:
    """What a person should know of doors that are chosen all the same."""
    newest = max((one.newest for one in choice.doors if one.newest is not None), default=None)
    if newest is not None and now - newest > QUIET:
        yield f"nothing new since {newest:%Y-%m-%d}"
    if given.audio >= AUDIO and given.problem is None:
        yield "its entries are sound files: a podcast"
    for one in choice.doors:
        if one.cut:
            yield f"{one.url} breaks off before its end; what stands behind is not seen"
        if one.overlong:
            yield f"{one.url} holds more than is read; its older entries are left out"


def _lost_its_path(asked: str, answered: str) -> bool:
    """Whether a part of a site leads to the site's root: the part is gone."""
    return (
        place_of(asked) is Place.PART and place_of(answered) is Place.SITE and publisher(asked) == publisher(answered)
    )


def _shortly(error: PresswatchError, url: str) -> str:
    return str(error).removeprefix(f"{url}: ")


__all__ = ["Look", "Verdict", "look"]
