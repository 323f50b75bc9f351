"""Where a site may have its doors: candidates in order of promise, and which of them are worth a request. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from crawler.discovery.kinds import UsualDoors
from crawler.discovery.samples import Candidate, DoorKind, Origin, Sample, failed
from crawler.extract.doorways import Doorways, FeedLink
from crawler.extract.results_page import topic_of
from crawler.items import ListingItem
from crawler.urls import url_key

CAPS = {
    Origin.OWN: 2,
    Origin.DECLARED: 4,
    Origin.LINKED: 2,
    Origin.SITE: 2,
    Origin.ROBOTS: 2,
    Origin.USUAL: 5,
    Origin.INDEX: 2,
    Origin.HOME: 1,
}
"""Requests that candidates of one origin are worth; of 200 feeds that a front page declares, a few are of all of it."""

FAR = 2  # a feed that neither by address nor by title is of the page
ANOTHER_FORM = "another form of"
MAX_TOLD = 12
"""Candidates left out without a look that are told one by one."""

_COMMENTS = re.compile(r"comment|댓글|kommentar|commentaire|comentario|コメント|评论|評論|комментари", re.IGNORECASE)
_PODCAST = re.compile(r"podcast|팟캐스트|ポッドキャスト|播客", re.IGNORECASE)
_AUTHOR = re.compile(r"/(?:authors?|writers?|journalists?|reporters?|byline)/", re.IGNORECASE)
_WHOLE = re.compile(
    r"\b(?:all|latest|newest|home|main|top|headlines?|full)\b|전체|최신|모든|종합|latest|alle|toutes|すべて|最新|全部",
    re.IGNORECASE,
)
_FORMS = re.compile(r"(?<![a-z])(?:rss2?|atom(?:10|3)?|rdf|json|xml|feeds?)(?![a-z])", re.IGNORECASE)
_NOT_TEXT = re.compile(r"image|video|photo|picture|gallery", re.IGNORECASE)
_NEWS = re.compile(r"news", re.IGNORECASE)
_TAG = re.compile(
    r"/(?:tags?|topics?|keywords?|labels?|hashtags?|tagged|theme|etiqueta|schlagwort|stichwort|태그|키워드|이슈)(?:/|$)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]{2,}")


class Place(StrEnum):
    """What part of a site a URL stands for: all of it, or a section, tag, search, author or blog within it."""

    SITE = "site"
    PART = "part"


def place_of(url: str) -> Place:
    """A site's root (or its index page) stands for the site; a path or query is never dropped."""
    return Place.SITE if url_key(url).partition("/")[2] == "" else Place.PART


def is_edition(url: str) -> bool:
    """Whether a URL is the home page of one language of a site, as ``/en/``."""
    return re.fullmatch(r"/[a-z]{2}(?:[-_][A-Za-z]{2})?/?", urlsplit(url).path) is not None


def called(url: str, *, blog: bool) -> str:
    """What a page that lists articles is called, by its URL."""
    parts = urlsplit(url)
    if topic_of(url) is not None:
        return "search page"
    if _TAG.search(unquote(parts.path)):
        return "tag page"
    if place_of(url) is Place.SITE:
        return "blog" if blog else "home page"
    return "page of a blog" if blog else "section page"


def candidates(
    url: str, place: Place, doorways: Doorways, usual: UsualDoors, *, anywhere: UsualDoors, robots: Sequence[str]
) -> tuple[list[Candidate], list[Sample]]:
    """The doors that a page at `url` may have, most promising first; and those that are none, with the reason.

    `usual` are the places of its kind of site, `anywhere` those of any site; `robots` are the sitemaps of robots.txt.
    """
    kept, left_out = _feeds(url, doorways, place)
    declared = [one for one in kept if one.origin is Origin.DECLARED]
    linked = [one for one in kept if one.origin is Origin.LINKED]
    own = [Candidate(url=one, kind=DoorKind.FEED, origin=Origin.OWN, own=True) for one in usual.own]
    listings = [Candidate(url=one, kind=DoorKind.LISTING, origin=Origin.OWN) for one in usual.listings]
    feeds = [Candidate(url=one, kind=DoorKind.FEED, origin=Origin.SITE) for one in usual.feeds]
    guesses = [Candidate(url=one, kind=DoorKind.FEED, origin=Origin.USUAL, own=True) for one in anywhere.own]
    guesses += [Candidate(url=one, kind=DoorKind.FEED, origin=Origin.USUAL) for one in anywhere.feeds]
    found = [
        *_nearest_first(url, place, declared, own),
        *feeds,
        *linked,
        *listings,
        *_sitemaps(doorways, usual, anywhere, robots),
        *guesses,
    ]
    seen = {url_key(url), *(url_key(one.candidate.url) for one in left_out)}
    return _once(found, seen), left_out


def more_from(page: Doorways, via: str, url: str, place: Place) -> list[Candidate]:
    """The feeds that stand on a page which was taken for a feed: papers list theirs at ``/rss``."""
    kept, _ = _feeds(url, page, place)
    return [
        Candidate(
            url=one.url, kind=DoorKind.FEED, origin=Origin.LINKED, title=one.title, language=one.language, via=via
        )
        for one in kept
    ]


def members(sample: Sample) -> list[Candidate]:
    """The sitemaps of an index that tell most of what is new: its news, else its newest."""
    items = [item for item in sample.members if not _NOT_TEXT.search(urlsplit(item.url).path)] or list(sample.members)

    def rank(item: ListingItem) -> tuple[bool, float]:
        changed = item.modified or item.published
        return not _NEWS.search(urlsplit(item.url).path), -changed.utc.timestamp() if changed is not None else 0.0

    # Without dates the last is the newest as often as the first: names that count up tell.
    numbered = sorted(items, key=lambda item: _numbers(item.url), reverse=True)
    ranked = sorted(numbered, key=rank)
    return [
        Candidate(url=item.url, kind=DoorKind.SITEMAP, origin=Origin.INDEX, via=sample.candidate.url)
        for item in ranked[: CAPS[Origin.INDEX]]
    ]


def is_lasting(url: str) -> bool:
    """Whether a sitemap of an index keeps its address: one with a number or date in its name is followed by another."""
    return not re.search(r"\d", urlsplit(url).path.rpartition("/")[2] + urlsplit(url).query)


def is_wanted(candidate: Candidate, samples: Sequence[Sample], place: Place) -> bool:
    """Whether a candidate is still worth a request after what has been seen. `samples` begin with the URL given."""
    if candidate.origin is Origin.INDEX:
        known = [one for one in samples if candidate.via in (one.candidate.via, one.candidate.url)]
        return len(known) <= CAPS[Origin.INDEX] and not any(one.order for one in known)
    spent = Counter((one.candidate.origin, one.candidate.kind) for one in samples if one.candidate.via is None)
    if candidate.origin is Origin.LINKED and candidate.via is not None:
        spent[(Origin.LINKED, DoorKind.FEED)] = sum(1 for one in samples if one.candidate.via is not None)
    if spent[(candidate.origin, candidate.kind)] >= CAPS[candidate.origin]:
        return False
    feeds = [one for one in samples if one.kind is DoorKind.FEED and one.problem is None]
    listing = next((one for one in samples if one.kind is DoorKind.LISTING and one.problem is None), None)
    near = [one for one in feeds if place is Place.SITE or listing is None or one.keys & listing.keys]
    match candidate.origin, candidate.kind:
        case Origin.USUAL | Origin.SITE, DoorKind.FEED:
            if near and (place is Place.SITE or any(one.candidate.origin is not Origin.USUAL for one in near)):
                return False
            # Where there is a list to compare with, only a feed of this very place can take its part.
            return place is Place.SITE or listing is None or _below(candidate.url, samples[0].url)
        case Origin.LINKED, DoorKind.FEED:
            return not (place is Place.SITE and feeds) or candidate.via is not None
        case Origin.OWN, DoorKind.LISTING:
            return listing is None
        case _, DoorKind.SITEMAP:
            if candidate.origin is Origin.USUAL and (
                _has_sitemap(samples) or (_is_all(near, listing) and spent[(Origin.USUAL, DoorKind.SITEMAP)])
            ):
                return False
            return place is Place.SITE or (listing is None and not feeds) or _shares_word(candidate.url, samples[0].url)
        case _:
            return True


def _is_all(feeds: Sequence[Sample], listing: Sample | None) -> bool:
    """Whether a feed has all that stands on the page and more than a day of it."""
    return any(
        listing is not None and listing.keys <= feed.keys and feed.span is not None and feed.span >= timedelta(days=1)
        for feed in feeds
    )


def _has_sitemap(samples: Sequence[Sample]) -> bool:
    return any(one.kind in (DoorKind.SITEMAP, DoorKind.NEWS_SITEMAP) and one.problem is None for one in samples)


def _feeds(url: str, doorways: Doorways, place: Place) -> tuple[list[Candidate], list[Sample]]:
    """The feeds that a page names, told apart by name before any is asked for; one form of each."""
    kept: dict[str, Candidate] = {}
    left_out: list[Sample] = []
    for link in doorways.feeds:
        origin = Origin.DECLARED if link.declared else Origin.LINKED
        one = Candidate(url=link.url, kind=DoorKind.FEED, origin=origin, title=link.title, language=link.language)
        problem = _told_apart(link, url, doorways.language)
        form = _FORMS.sub("", link.url.lower()).rstrip("/?&=.-_")
        if problem is None and form in kept:
            problem = f"{ANOTHER_FORM} {kept[form].url}"
        if problem is None:
            kept[form] = one
        elif link.declared and len(left_out) < MAX_TOLD:
            left_out.append(failed(one, problem))
    ranked = sorted(kept.values(), key=lambda one: _distance(one, url, place))
    near = [one.origin is Origin.DECLARED and _distance(one, url, place)[1] < FAR for one in ranked]
    return [replace(one, own=own and place is Place.PART) for one, own in zip(ranked, near, strict=True)], left_out


def _told_apart(link: FeedLink, url: str, language: str | None) -> str | None:
    """Why a feed is none of the articles at `url`, by its name alone."""
    path = unquote(urlsplit(link.url).path + "?" + urlsplit(link.url).query)
    here = unquote(urlsplit(url).path)
    if _COMMENTS.search(path) or (link.title and _COMMENTS.search(link.title)):
        return "comments, no articles"
    if _PODCAST.search(path + (link.title or "")) and not _PODCAST.search(url):
        return "a podcast"
    if _AUTHOR.search(path) and not _AUTHOR.search(here):
        return "the posts of one author"
    if language and link.language and link.language != language:
        return f"another language ({link.language})"
    return None


def _distance(one: Candidate, url: str, place: Place) -> tuple[int, int]:
    """How far a feed is from `url`, by address and title."""
    declared = 0 if one.origin is Origin.DECLARED else 1
    if place is Place.SITE:
        whole = _WHOLE.search(one.title or "") or _WHOLE.search(urlsplit(one.url).path.replace("_", " "))
        same_host = urlsplit(one.url).hostname == urlsplit(url).hostname
        return declared, 0 if whole else 1 if same_host else 2
    if _below(one.url, url):
        return declared, 0
    words = set(_WORD.findall(unquote(urlsplit(url).path).lower())[-2:])
    named = set(_WORD.findall(f"{one.title or ''} {unquote(one.url)}".lower()))
    return declared, 1 if words & named else FAR


def _nearest_first(url: str, place: Place, declared: Sequence[Candidate], own: Sequence[Candidate]) -> list[Candidate]:
    """Declared feeds of this very place, the usual addresses of one, then the other declared feeds."""
    near = [one for one in declared if place is Place.SITE or _distance(one, url, place)[1] == 0]
    far = [one for one in declared if one not in near]
    return [*near, *own, *far]


def _below(feed: str, url: str) -> bool:
    """Whether a feed's address lies under the path of `url`, or says it in other words."""
    path = unquote(urlsplit(url).path).strip("/").lower()
    where = unquote(urlsplit(feed).path).strip("/").lower()
    return bool(path) and f"/{path}/" in f"/{where}/" and where != path


def _shares_word(sitemap: str, url: str) -> bool:
    words = _WORD.findall(unquote(urlsplit(url).path).lower())
    return bool(words) and words[-1] in _WORD.findall(unquote(urlsplit(sitemap).path).lower())


def _sitemaps(doorways: Doorways, usual: UsualDoors, anywhere: UsualDoors, robots: Sequence[str]) -> list[Candidate]:
    def all_of(urls: Iterable[str], origin: Origin) -> list[Candidate]:
        return [Candidate(url=one, kind=DoorKind.SITEMAP, origin=origin) for one in urls]

    named = [one for one in (*robots, *doorways.sitemaps) if not _NOT_TEXT.search(urlsplit(one).path)]
    # Some name hundreds: news first, then what keeps its address, then the newest of what counts up.
    counted = sorted(dict.fromkeys(named), key=_numbers, reverse=True)
    ranked = sorted(counted, key=lambda one: (not _NEWS.search(urlsplit(one).path), not is_lasting(one)))
    guesses = dict.fromkeys((*usual.sitemaps, *anywhere.sitemaps))
    return [*all_of(ranked, Origin.ROBOTS), *all_of(list(guesses)[:3] if not ranked else (), Origin.USUAL)]


def _once(found: Iterable[Candidate], seen: set[str]) -> list[Candidate]:
    kept = []
    for one in found:
        key = url_key(one.url)
        if key not in seen:
            seen.add(key)
            kept.append(one)
    return kept


def _numbers(url: str) -> tuple[int, ...]:
    return tuple(int(one[:12]) for one in re.findall(r"\d+", urlsplit(url).path))
