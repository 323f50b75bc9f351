"""The articles that a listing page names, found by repeated structure: no selector, no knowledge of a site.

Groups of links (`records.Skeleton`) are scored by how much they look like the headlines of a list: distinct texts as
wide as headlines, in headings, with dates and text beside them, outside what the page itself calls navigation, sidebar
or footer. The best is the main list; groups built alike join it (a lead story, the second half of a grid). A page whose
best list is bare headlines among several such lists is a front page, and all of them are its list.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from urllib.parse import urlsplit

from selectolax.lexbor import LexborNode

from crawler.extract.document import Document
from crawler.extract.pagination import next_page
from crawler.extract.record_fields import Reading, Record, is_address, is_label, read_record
from crawler.extract.records import Group, Link, Place, Skeleton, region, words_of
from crawler.extract.script_items import script_items
from crawler.items import Hints, Image, ListingItem, Moment
from crawler.text import detect_language
from crawler.urls import normalize_url

__all__ = ["ListingResult", "extract_listing"]

MAX_ITEMS = 500
LEAST_ITEMS = 3
"""With fewer in the markup, the page's scripts are asked."""

WIDEST_TITLE = 200
"""Columns: a wider link text is a whole card or a teaser, whose title is looked for inside."""

NARROW, WIDE = 8.0, 30.0
"""Mean columns of link texts that are surely no headlines, and surely may be."""

LEAST_SCORE = 60.0
"""A list of four bare headlines of 20 columns scores 80; menus outside of navigation score below 40."""

LEAST_HEADLINE = 16.0
"""Mean columns of link texts that may join a list: shorter ones are names of sections."""

MENU = 13.0
"""Columns below which all links of a box are words of a menu."""

LABEL_SHARE = 0.4
"""Part of the widest link's columns below which a narrow link beside it is a label."""

MOST_GROUPS = 80
"""Groups compared with each other, best first."""

LEAST_BELOW = 2
"""Links a record that must be headlines of their own to be more than parts of it."""

LEAST_ALONE, LEAST_SHARE_ALONE = 22.0, 0.5
"""Columns of a link that stands alone, and part of the main list's mean title width, for it to be a lead story."""

LEAST_JOIN = 0.25
"""Part of the main list's mean title width that a group needs to join it."""

WITHIN = 20_000
"""Characters of a link's markup in which a heading is looked for."""

SAMPLE = 5
"""Records of a group whose text is looked at to weigh it."""

UNDATED = 8
"""Records of a group without a date after which none is looked for in the rest."""

LONGEST_HEADING = 40
"""Characters of a heading that is the date of what it heads."""

MOST_HEADED = 200
"""Boxes whose headings are read."""

DATE_REACH = 600
"""Characters of a record in which something like a date is looked for when it is weighed."""

RICH_TEXT = 60.0
"""Mean columns beside the title from which records are more than headlines."""

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_HEADING = re.compile("<h[1-6][ >]")
_TITLE_WORDS = frozenset(["title", "tit", "headline", "hed", "subject", "ttl", "heading"])
_SIDE_HEADING = re.compile(
    r"많이\s?본|인기|랭킹|추천|관련|최근\s?(?:글|댓글)|실시간|핫\s?이슈|주요\s?뉴스|이\s?시각|속보|most\s(?:read|popular|viewed|shared|watched)|popular|trending|related|recommended"
    r"|recent\s(?:posts|comments)|top\sstories\sthis|you\smay\s(?:also\s)?like|don['’]t\smiss|editor['’]?s?\spick|ランキング|人気|関連|おすすめ|热门|相关|推荐|meistgelesen|les\splus\slus|lo\smás\s(?:leído|visto)"
    r"|più\sletti|mest\slest|популярн",
    re.IGNORECASE,
)
_DATE_LIKE = re.compile(  # every alternative begins with a digit, which is what the engine can look for quickly
    r"\d(?:\d{3}\s?[./\-년年]\s?\d{1,2}|\d?[./-]\d{1,2}[./-]\d{2}|\d?\d?\s?(?:분|시간|일|주|개월)\s?전|\d-\d\d\s\d\d:\d\d"
    r"|\d?\d?\s(?:min|hour|day|week|month)\w{0,8}\sago|\d?\s?(?:時間|分|日)前|\d?(?:st|nd|rd|th)?,?\s(?:19|20)\d\d"
    r"|\d?\.?\s[^\W\d]{3,9}\.?,?\s(?:19|20)\d\d)"
)
_DAY_IN_ADDRESS = re.compile(r"(?<!\d)(20[0-4]\d)([-/]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])")


@dataclass(frozen=True, slots=True)
class ListingResult:
    """Items in page order, the next page's address, how sure (0..1), and why."""

    items: tuple[ListingItem, ...]
    next_page: str | None
    confidence: float
    reason: str


@dataclass(slots=True)
class _Candidate:
    """A group of links with what speaks for it."""

    group: Group
    titles: list[Link]
    place: Place
    heading: bool
    mean: float
    texty: float = 0.0
    dated: float = 0.0
    score: float = 0.0
    regions: list[Sequence[LexborNode]] = field(default_factory=list)

    @property
    def quality(self) -> float:
        """How much its texts read like titles rather than teasers, addresses or dates."""
        short = 1.0 if LEAST_HEADLINE / 2 <= self.mean <= WIDEST_TITLE * 0.6 else 0.0
        addresses = sum(1 for link in self.titles if is_address(link.text))
        return 2.0 * self.heading + short - 3.0 * addresses / len(self.titles)

    @property
    def rich(self) -> bool:
        """Whether its records say more than a headline."""
        return self.dated >= 0.5 or self.texty >= RICH_TEXT


def extract_listing(document: Document, hints: Hints) -> ListingResult:
    """The main list of a page. `document.fetched_at` is what relative dates count from.

    `hints.zone` and `hints.language` (else the page's declared one) read dates. No list is an answer with a reason.
    """
    skeleton = Skeleton(document.tree, document.url)
    root = _is_root(document.url)
    chosen = _choose(skeleton, _candidates(skeleton), root)
    if not chosen and skeleton.name_pictures():
        chosen = _choose(skeleton, _candidates(skeleton), root)
    reading = _reading(document, hints, [link for one in chosen for link in one.titles])
    items = tuple(_items(document, reading, skeleton, chosen))
    if len(items) < LEAST_ITEMS:
        carried = script_items(document, reading)
        if len(carried) > len(items):
            following = next_page(document, skeleton, [item.url for item in carried])
            return ListingResult(carried, following, 0.6, f"{len(carried)} records in the page's scripts")
    if len(items) < 2:
        found = "no repeated records of links were found" if not items else "only one link stands where a list might"
        return ListingResult((), None, 0.0, found)
    following = next_page(document, skeleton, [item.url for item in items])
    dated = sum(1 for item in items if item.published) / len(items)
    texty = sum(1 for item in items if item.text or item.summary) / len(items)
    confidence = min(1.0, 0.4 + 0.2 * dated + 0.2 * texty + min(0.2, len(items) / 50))
    reason = f"{len(items)} records in {len(chosen)} group{'s' * (len(chosen) > 1)} of repeated links"
    return ListingResult(items, following, round(confidence, 2), reason)


def _reading(document: Document, hints: Hints, links: Sequence[Link]) -> Reading:
    """What dates are read against: the language of the headlines, and the year of the newest address that tells one."""
    language = hints.language or detect_language(" ".join(link.text for link in links[:20]), document.lang_attribute)
    days = [found for link in links[:MAX_ITEMS] if (found := _day_in(link.href)) and found <= document.fetched_at]
    return Reading(document.fetched_at, hints.zone, language, max(days, default=None))


def _day_in(href: str) -> datetime | None:
    """The day that an address carries (``/2024/03/28/``, ``AKR20251201...``)."""
    found = _DAY_IN_ADDRESS.search(href)
    try:
        return datetime(int(found[1]), int(found[3]), int(found[4]), tzinfo=UTC) if found else None
    except ValueError:
        return None


def _is_root(url: str) -> bool:
    """Whether an address is a site's front door."""
    parts = urlsplit(url)
    return parts.path in ("", "/") and not parts.query


# ---------------------------------------------------------------------------------------------------- candidates
def _candidates(skeleton: Skeleton) -> list[_Candidate]:
    """Groups that may be headlines, with their scores."""
    found = []
    for group in skeleton.groups():
        titles = [link for link in _without_labels(skeleton, group) if not is_label(link.text)]
        if not titles or len(titles) * 3 < len(group.links):
            continue
        group.climbs = skeleton.climbs(group)
        titles = _without_menus(skeleton, titles, group.climbs)
        texts = {link.text for link in titles}
        if len(texts) * 10 < len(titles) * 6:
            continue
        if sum(1 for link in titles if link.width <= 32 and _DATE_LIKE.search(link.text)) * 2 > len(titles):
            continue
        mean = sum(min(link.width, WIDEST_TITLE) for link in titles) / len(titles)
        heading = _is_heading(skeleton, titles[0].element, group.climbs)
        if mean < NARROW and not heading:
            continue
        group.links = titles
        container = skeleton.ancestor(titles[0].element, group.climbs)
        # Whether its box is headed "most read" is asked only of groups that could be chosen.
        weak = len(titles) * mean < LEAST_SCORE
        place = skeleton.place(container) if weak else _place(skeleton, container)
        candidate = _Candidate(group, titles, place, heading, mean)
        found.append(candidate)
    for candidate in found:
        _weigh(skeleton, candidate)
    return sorted(found, key=lambda one: -one.score)


def _without_labels(skeleton: Skeleton, group: Group) -> list[Link]:
    """A group's links without the narrow ones (section, author) that stand beside a much wider one."""
    widest: dict[int, int] = {}
    for link in (*group.links, *group.others):
        parent = skeleton.parents[link.element]
        widest[parent] = max(widest.get(parent, 0), link.width)
    return [
        link
        for link in group.links
        if link.width >= LEAST_HEADLINE or link.width >= LABEL_SHARE * widest[skeleton.parents[link.element]]
    ]


def _without_menus(skeleton: Skeleton, titles: list[Link], climbs: int) -> list[Link]:
    """A group's links without the bunches of mere words that stand in a box of their own, built like the list's."""
    bunches: dict[int, list[Link]] = {}
    for link in titles:
        bunches.setdefault(skeleton.parents[skeleton.ancestor(link.element, climbs)], []).append(link)
    if len(bunches) == 1 or len(bunches) == len(titles):
        return titles
    wide = sum(1 for link in titles if link.width >= LEAST_HEADLINE)
    if wide * 2 < len(titles):
        return titles
    menus = {box for box, own in bunches.items() if len(own) > 1 and all(link.width < MENU for link in own)}
    return [link for box, own in bunches.items() if box not in menus for link in own] if menus else titles


def _place(skeleton: Skeleton, container: int) -> Place:
    place = skeleton.place(container)
    if place is Place.CHROME or place is Place.DOUBTFUL:
        return place
    return Place.DOUBTFUL if _side_heading(skeleton, container) else place


def _side_heading(skeleton: Skeleton, container: int) -> bool:
    """Whether the box around a list is headed "most read" or the like."""
    element = container
    for _ in range(3):
        element = skeleton.parents[element]
        if element < 0 or skeleton.tags[element] in ("body", "html", "main"):
            return False
        start = _first_words(skeleton.nodes[element])
        if start and _SIDE_HEADING.search(start):
            first = skeleton.links[skeleton.first[element]]
            return not _SIDE_HEADING.search(first.text[:40]) or first.width < 20
    return False


def _first_words(node: LexborNode) -> str:
    """The first text in an element, up to 40 characters."""
    for looked, one in enumerate(node.traverse(include_text=True)):
        if one.is_text_node and (text := (one.text_content or "").strip()):
            return text[:40]
        if looked > 40:
            break
    return ""


def _is_heading(skeleton: Skeleton, element: int, climbs: int) -> bool:
    """Whether a link stands in, or holds, a heading or what its class calls a title."""
    current = element
    for _ in range(min(climbs, 3) + 1):
        if skeleton.tags[current] in _HEADINGS or not _TITLE_WORDS.isdisjoint(words_of(skeleton.names[current])):
            return True
        current = skeleton.parents[current]
        if current < 0:
            return False
    return _HEADING.search(skeleton.nodes[element].html or "", 0, WITHIN) is not None


def _weigh(skeleton: Skeleton, candidate: _Candidate) -> None:
    """Score a group by what its records show."""
    count = len(candidate.titles)
    looks = min(1.0, max(0.0, (candidate.mean - NARROW) / (WIDE - NARROW)))
    if candidate.heading:
        looks = max(looks, 0.6)
    base = count * min(candidate.mean, 90.0) * looks
    base *= {Place.CHROME: 0.03, Place.DOUBTFUL: 0.3, Place.UNSAID: 1.0, Place.MAIN: 1.3}[candidate.place]
    if base < LEAST_SCORE / 4:
        candidate.score = base
        return
    candidate.regions = region(skeleton, candidate.group)
    sample = candidate.regions[:: max(1, count // SAMPLE)][:SAMPLE]
    texts = [
        " ".join((node.text() if node.is_element_node else node.text_content) or "" for node in run) for run in sample
    ]
    sizes = [len(" ".join(text.split())) for text in texts]
    candidate.texty = max(0.0, sum(min(size, 800) for size in sizes) / len(sizes) - candidate.mean / 1.5)
    candidate.dated = sum(1 for text in texts if _DATE_LIKE.search(text[:DATE_REACH])) / len(texts)
    base *= 1.0 + 0.4 * candidate.dated + min(candidate.texty, 400.0) / 200.0
    if candidate.heading:
        base *= 1.5
    candidate.score = base


# ------------------------------------------------------------------------------------------------------- choosing
def _choose(skeleton: Skeleton, candidates: Sequence[_Candidate], root: bool) -> list[_Candidate]:
    """The main list and the groups that belong to it. `root`: the page is a site's front door."""
    candidates = _without_companions(skeleton, candidates)
    main = next((one for one in candidates if one.score >= LEAST_SCORE and len(one.titles) > 1), None)
    if main is None:
        return []
    front, bare = _front(main, candidates, root)
    chosen = [main]
    taken = {link.href for link in main.titles} | {link.href for link in main.group.others}
    spans = _spans(skeleton, main)
    for one in candidates:
        if one is main or not _joins(skeleton, chosen, one, front, bare):
            continue
        if all(link.href in taken for link in one.titles):
            continue
        around = [next((low for low, high in spans if low <= link.number <= high), -1) for link in one.titles]
        inside = [low for low in around if low >= 0]
        if len(inside) * 2 >= len(one.titles):
            # Below a lead story its box may list more of them; what belongs to a record stands in each of them once.
            if (
                not front
                or len(inside) < LEAST_BELOW * len(set(inside))
                or any(link.href in taken for link in one.titles)
            ):
                continue
        chosen.append(one)
        taken.update(link.href for link in one.titles)
        spans.extend(_spans(skeleton, one))
    return chosen


def _without_companions(skeleton: Skeleton, candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """Of groups that link the same pages from one record (title, teaser, address) the one that reads like titles."""
    kept: list[_Candidate] = []
    addresses: list[set[str]] = []
    for one in candidates[:MOST_GROUPS]:
        mine = {link.href for link in one.titles}
        for number, other in enumerate(kept):
            shared = len(mine & addresses[number])
            if shared * 10 < 6 * max(len(mine), len(addresses[number])) or not _same_records(skeleton, one, other):
                continue
            if one.quality > other.quality:
                one.score = max(one.score, other.score)
                kept[number], addresses[number] = one, mine
            break
        else:
            kept.append(one)
            addresses.append(mine)
    return kept


def _same_records(skeleton: Skeleton, one: _Candidate, other: _Candidate) -> bool:
    """Whether the links of one group mostly stand in the records of the other."""
    for mine, theirs in ((one, other), (other, one)):
        spans = _spans(skeleton, theirs)
        inside = sum(1 for link in mine.titles if any(low <= link.number <= high for low, high in spans))
        if inside * 2 >= len(mine.titles):
            return True
    return False


def _spans(skeleton: Skeleton, candidate: _Candidate) -> list[tuple[int, int]]:
    """First and last link of each record."""
    containers = (skeleton.ancestor(link.element, candidate.group.climbs) for link in candidate.titles)
    return [(skeleton.first[container], skeleton.last[container]) for container in containers]


def _front(main: _Candidate, others: Sequence[_Candidate], root: bool) -> tuple[bool, bool]:
    """Whether a page is a front page (several lists of headlines), and whether most of those are headlines alone."""
    peers = [
        one
        for one in others
        if one.place >= Place.UNSAID and one.mean >= LEAST_HEADLINE and len(one.titles) > 1 and one.score >= LEAST_SCORE
    ]
    total = sum(len(one.titles) for one in peers)
    rich = sum(len(one.titles) for one in peers if one.rich)
    bare = rich * 2 < total
    front = root or (bare and len(peers) > 3 and total >= 2 * len(main.titles))
    return front, front and bare


def _joins(skeleton: Skeleton, chosen: Sequence[_Candidate], one: _Candidate, front: bool, bare: bool) -> bool:
    """Whether a group is of the main list, the first of `chosen`."""
    main = chosen[0]
    if one.mean < max(LEAST_HEADLINE, LEAST_JOIN * main.mean) or one.place is Place.CHROME:
        return False
    if len(one.titles) == 1 and one.mean < max(LEAST_ALONE, LEAST_SHARE_ALONE * main.mean):
        return False
    leaf = _leaf(skeleton, one)
    alike = any(_leaf(skeleton, other) == leaf for other in (chosen if front else chosen[:1]))
    if front and one.heading and (alike or (main.heading and one.place >= Place.UNSAID)):
        return True
    if bare:
        return alike or one.heading or (len(one.titles) > 1 and one.score >= LEAST_SCORE)
    if one.place is Place.DOUBTFUL:
        return False
    if main.dated >= 0.5 and one.dated < 0.5:
        return False
    if main.texty >= RICH_TEXT and one.texty < RICH_TEXT / 2:
        return False
    return (alike or (main.heading and one.heading)) and (front or _same_box(skeleton, main, one))


def _leaf(skeleton: Skeleton, candidate: _Candidate) -> tuple[str, ...]:
    """Tags of a group's link and the elements just above it, with the words that tell them."""
    chain = skeleton.above(candidate.titles[0].element)[:2]
    return tuple(f"{skeleton.tags[one]}.{' '.join(skeleton.names[one].split()[:1])}" for one in chain)


def _same_box(skeleton: Skeleton, main: _Candidate, one: _Candidate) -> bool:
    """Whether two groups lie in one list: the box around the main list's records, or the box around that."""
    container = skeleton.ancestor(main.titles[0].element, main.group.climbs)
    boxes = skeleton.above(container)[1:3]
    return any(box in boxes for box in skeleton.above(one.titles[0].element) if skeleton.tags[box] != "body")


# ---------------------------------------------------------------------------------------------------------- items
def _items(document: Document, reading: Reading, skeleton: Skeleton, chosen: Sequence[_Candidate]) -> list[ListingItem]:
    """The records of the chosen groups as items, in page order, each address once."""
    by_href: dict[str, list[Link]] = {}
    for link in skeleton.links:
        by_href.setdefault(link.href, []).append(link)
    rows: list[tuple[Link, Record]] = []
    for candidate in chosen:
        regions = candidate.regions or region(skeleton, candidate.group)
        looked = dated = 0
        mine: list[tuple[Link, Record]] = []
        for link, run in zip(candidate.titles, regions, strict=True):
            container = skeleton.ancestor(link.element, candidate.group.climbs)
            low, high = skeleton.first[container], skeleton.last[container]
            same = [one for one in by_href[link.href] if one is not link and low <= one.number <= high]
            ranked = sorted([link, *same], key=partial(_title_rank, skeleton, link)) if same else [link]
            record = read_record(run, _places(ranked), reading, dated > 0 or looked < UNDATED)
            looked += 1
            dated += record.published is not None or record.clock is not None
            mine.append((link, record))
            if len(rows) + len(mine) >= 2 * MAX_ITEMS:
                break
        if not dated:
            _head(skeleton, candidate, mine, reading)
        rows.extend(mine)
    rows.sort(key=lambda row: row[0].number)
    _settle([record for _, record in rows])
    items: dict[str, ListingItem] = {}
    base = document.base_url
    for link, record in rows:
        url = _absolute(link.written, base)
        if url is None or url in items or len(items) >= MAX_ITEMS:
            continue
        picture = _absolute(record.image, base) if record.image else None
        items[url] = ListingItem(
            url=url,
            title=record.title or link.text[:WIDEST_TITLE] or None,
            published=record.published,
            summary=record.summary,
            text=record.text,
            truncated=record.truncated,
            image=Image(url=picture, caption=record.caption) if picture else None,
            authors=record.authors,
            outlet=record.outlet,
            language=reading.language[:20] if reading.language else None,
            position=len(items),
        )
    return list(items.values())


def _head(skeleton: Skeleton, candidate: _Candidate, rows: Sequence[tuple[Link, Record]], reading: Reading) -> None:
    """Give records that tell no date the one that heads their box, as archives by day do."""
    known: dict[int, Moment | None] = {}
    for link, record in rows:
        box = skeleton.parents[skeleton.ancestor(link.element, candidate.group.climbs)]
        if box < 0:
            continue
        if box not in known:
            if len(known) >= MOST_HEADED:
                return
            known[box] = _heading_date(skeleton.nodes[box], reading)
        record.published = known[box]


def _heading_date(node: LexborNode, reading: Reading) -> Moment | None:
    """The date that the element before, or the first in, a box is; `None` where it is none."""
    before = node.prev
    while before is not None and not before.is_element_node:
        before = before.prev
    inside = node.first_child
    while inside is not None and not inside.is_element_node:
        inside = inside.next
    for one in (before, inside):
        text = " ".join(one.text().split()) if one is not None else ""
        if 0 < len(text) <= LONGEST_HEADING and any(map(str.isdigit, text)) and (found := reading.parse(text)):
            return found
    return None


def _settle(records: Sequence[Record]) -> None:
    """What only all records together tell: that times of day are times of publication, that numbers count them."""
    clocks = [record.clock for record in records if record.clock]
    falling = all(first.utc >= second.utc for first, second in pairwise(clocks))
    if len(clocks) >= LEAST_ITEMS and falling and clocks[0].utc > clocks[-1].utc:
        for record in records:
            record.published = record.published or record.clock
    numbers = [_COUNTED.match(record.title or "") for record in records]
    counted = [int(found[1]) for found in numbers if found]
    if len(counted) == len(records) >= LEAST_ITEMS and counted == [*range(counted[0], counted[0] + len(counted))]:
        for record in records:
            record.title = _COUNTED.sub("", record.title or "")
    if sum(1 for record in records if _REPLIES.search(record.title or "")) * 2 > len(records) >= LEAST_ITEMS:
        for record in records:
            record.title = _REPLIES.sub("", record.title or "")


_COUNTED = re.compile(  # "3.", "3위", or a bare 3 before what it is not the number of ("3월", "3rd")
    r"^\s*#?(\d{1,3})(?:(?:\s?위|[.):])\s*|\s*(?=\D)(?![월화회부장일차년권호편탄강막월주기대초분시개명세]|st\b|nd\b|rd\b|th\b|[.,:%-]))(?=.{8})"
)
_REPLIES = re.compile(r"\s*(?:\[\s?\d{1,4}\s?\]|\(\d{1,4}\))$")


def _absolute(written: str, base: str) -> str | None:
    """`normalize_url`, at once for the commonest form: a path from the root of the site."""
    if written[:1] == "/" and written[1:2] != "/":
        end = base.find("/", base.find("://") + 3)
        return normalize_url((base[:end] if end > 0 else base) + written, base)
    return normalize_url(written, base)


def _places(links: Sequence[Link]) -> list[tuple[str, int]]:
    """The address of each link as written, and how many of these with the same address stand before it."""
    before: dict[str, int] = {}
    places = {}
    for link in sorted(links, key=lambda link: link.number):
        places[link.number] = (link.written, before.get(link.written, 0))
        before[link.written] = places[link.number][1] + 1
    return [places[link.number] for link in links]


def _title_rank(skeleton: Skeleton, own: Link, link: Link) -> tuple[bool, bool, bool, int]:
    """Order in which links to one page are tried for its title: headings, the group's own, then those wide enough."""
    return (
        is_label(link.text) or is_address(link.text),
        not _is_heading(skeleton, link.element, 2),
        link is not own and not LEAST_HEADLINE <= link.width <= WIDEST_TITLE * 0.8,
        -1 if link is own else link.number,
    )
