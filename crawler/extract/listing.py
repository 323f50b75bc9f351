"""The articles that a listing page names, found by repeated structure: no selector, no knowledge of a site.

Groups of links (`records.Skeleton`) are scored by how much they look like the headlines of a list: distinct texts as
wide as headlines, in headings, with dates and text beside them, outside what the page itself calls navigation, sidebar
or footer. The best is the main list; groups built alike join it (a lead story, the second half of a grid). A page whose
best list is bare headlines among several such lists is a front page, and all of them are its list.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from selectolax.lexbor import LexborNode

from crawler.extract.document import Document
from crawler.extract.listing_items import (
    HEADING,
    LEAST_HEADLINE,
    MAX_ITEMS,
    WIDEST_TITLE,
    WITHIN,
    ShownList,
    absolute,
    heading_width,
    is_heading,
    read_items,
)
from crawler.extract.pagination import next_page
from crawler.extract.record_fields import Reading, is_address, is_label
from crawler.extract.records import Group, Link, Place, Skeleton, region
from crawler.extract.script_items import script_items
from crawler.items import Hints, ListingItem
from crawler.text import detect_language

__all__ = ["ListingResult", "extract_listing"]

ONE_RESULT = 0.5
LEAST_ITEMS = 3
"""With fewer in the markup, the page's scripts are asked."""

NARROWEST = 4.0
NARROW, WIDE = 8.0, 30.0
"""Mean columns of link texts that are surely no headlines, and surely may be."""

LEAST_REPEATED = 4
"""Pages that links of one text lead to when that is no title of theirs."""

SHORT = 20.0
"""Mean columns of titles that dates beside them may vouch for."""

LEAST_SCORE = 60.0
"""A list of four bare headlines of 20 columns scores 80; menus outside of navigation score below 40."""

MENU = 13.0
"""Columns below which all links of a box are words of a menu."""

LABEL_SHARE = 0.4
"""Part of the widest link's columns below which a narrow link beside it is a label."""

MOST_GROUPS = 80
"""Groups compared with each other, best first."""

LEAST_BELOW, LEAST_SHARE_BELOW = 2, 0.6
"""Links a record that are headlines of their own rather than parts of it, and part of the main list's mean width."""

LEAST_ALONE, LEAST_SHARE_ALONE = 22.0, 0.5
"""Columns of a link that stands alone, and part of the main list's mean title width, for it to be a lead story."""

LEAST_BOXES = 4
"""Groups of headed cards, of the same make as the main list's, that make a front page."""

LEAST_JOIN = 0.25
"""Part of the main list's mean title width that a group needs to join it."""

SAMPLE = 5
"""Records of a group whose text is looked at to weigh it."""

DATE_REACH = 600
"""Characters of a record in which something like a date is looked for when it is weighed."""

RICH_TEXT = 60.0
"""Mean columns beside the title from which records are more than headlines."""

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
_FACET = re.compile(  # where addresses lead to further lists: tags, categories, authors, months
    r"/(?:tags?|categor(?:y|ies)|labels?|authors?|keywords?)/[^/?]+/?$|/20\d\d/(?:0?[1-9]|1[0-2])/?$"
    r"|/archives?/(?:20\d\d)?(?:[-/]?\d\d)?/?$|[?&](?:tag|category|label|author)=[^&]*$",
    re.IGNORECASE,
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
    headed: float = 0.0  # mean columns of the headings in its links, or around them
    texty: float = 0.0
    dated: float = 0.0
    score: float = 0.0
    regions: list[Sequence[LexborNode]] = field(default_factory=list)

    @property
    def quality(self) -> float:
        """How much its texts read like titles rather than teasers, addresses or dates."""
        short = 1.0 if LEAST_HEADLINE / 2 <= self.mean <= WIDEST_TITLE * 0.6 else 0.0
        if self.headed:  # of a card the heading is what its title is read from
            short = min(self.headed, WIDE * 2) / WIDE
        addresses = sum(1 for link in self.titles if is_address(link.text))
        return 2.0 * self.heading + 2.0 * (self.headed > 0) + short - 3.0 * addresses / len(self.titles)

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
    if not chosen:
        chosen = _led_on(skeleton)
    if hints.one_is_a_list and chosen and all(one.place is Place.DOUBTFUL for one in chosen):
        beside = {link.href for one in chosen for link in one.titles}
        if (only := _only_one(document, skeleton, beside)) is not None:
            return ListingResult((only,), None, ONE_RESULT, "one linked heading beside side lists: a single result")
    reading = _reading(document, hints, [link for one in chosen for link in one.titles])
    lists = [ShownList(one.group.climbs, one.titles, one.regions or region(skeleton, one.group)) for one in chosen]
    items = tuple(read_items(document, reading, skeleton, lists, front=root))
    if len(items) < LEAST_ITEMS:
        carried = script_items(document, reading)
        if len(carried) > len(items):
            following = next_page(document, skeleton, [item.url for item in carried])
            return ListingResult(carried, following, 0.6, f"{len(carried)} records in the page's scripts")
    if len(items) < 2 and hints.one_is_a_list and (only := _only_one(document, skeleton, ())) is not None:
        return ListingResult((only,), None, ONE_RESULT, "one linked heading: a single result")
    if len(items) < 2:
        found = "no repeated records of links were found" if not items else "only one link stands where a list might"
        return ListingResult((), None, 0.0, found)
    following = next_page(document, skeleton, [item.url for item in items])
    dated = sum(1 for item in items if item.published) / len(items)
    texty = sum(1 for item in items if item.text or item.summary) / len(items)
    confidence = min(1.0, 0.4 + 0.2 * dated + 0.2 * texty + min(0.2, len(items) / 50))
    reason = f"{len(items)} records in {len(chosen)} group{'s' * (len(chosen) > 1)} of repeated links"
    return ListingResult(items, following, round(confidence, 2), reason)


def _only_one(document: Document, skeleton: Skeleton, beside: Collection[str]) -> ListingItem | None:
    """The one linked heading outside of what stands around a page and of lists `beside`, if there is just one.

    Where no heading is linked, the one link as wide as a headline in what the page calls its content.
    """
    headed: dict[str, Link] = {}
    plain: dict[str, Link] = {}
    for link in skeleton.links:
        if link.width < LEAST_HEADLINE or len(link.href) < 2 or link.href in beside:
            continue
        place = skeleton.place(link.element)
        if place is not Place.CHROME and is_heading(skeleton, link.element, 2):
            headed.setdefault(link.href, link)
        elif place is Place.MAIN and not is_label(link.text):
            plain.setdefault(link.href, link)
    found = headed or plain
    if len(found) != 1:
        return None
    (link,) = found.values()
    url = absolute(link.written, document.base_url)
    return ListingItem(url=url, title=link.text) if url is not None else None


def _reading(document: Document, hints: Hints, links: Sequence[Link]) -> Reading:
    """What dates are read against: the language of the headlines, and the year of the newest address that tells one."""
    language = hints.language or detect_language(" ".join(link.text for link in links[:20]), document.lang_attribute)
    days = [found for link in links[:MAX_ITEMS] if (found := _day_in(link.href)) and found <= document.fetched_at]
    return Reading(document.fetched_at, hints.zone, language, max(days, default=None))


def _day_in(href: str) -> datetime | None:
    """The day that an address carries (``/2024/03/28/``, ``AKR20251201...``)."""
    found = _DAY_IN_ADDRESS.search(href) if "20" in href else None
    try:
        return datetime(int(found[1]), int(found[3]), int(found[4]), tzinfo=UTC) if found else None
    except ValueError:
        return None


def _is_root(url: str) -> bool:
    """Whether an address is a site's front door."""
    parts = urlsplit(url)
    return parts.path in ("", "/") and not parts.query


# ---------------------------------------------------------------------------------------------------- candidates
def _led_on(skeleton: Skeleton) -> list[_Candidate]:
    """The list whose titles are headings without a link, with a "read more" below each."""
    best: list[_Candidate] = []
    for group in skeleton.groups():
        links = [link for link in group.links if is_label(link.text) and any(map(str.isalpha, link.text))]
        if (
            len(links) < LEAST_ITEMS
            or len(links) * 2 < len(group.links)
            or (best and len(links) <= len(best[0].titles))
        ):
            continue
        group.links = links
        group.climbs = skeleton.climbs(group)
        containers = [skeleton.ancestor(link.element, group.climbs) for link in links]
        place = skeleton.place(containers[0])
        heads = sum(1 for one in containers[:SAMPLE] if HEADING.search(skeleton.nodes[one].html or "", 0, WITHIN))
        if place is Place.CHROME or heads * 2 < len(containers[:SAMPLE]):
            continue
        best = [_Candidate(group, links, place, heading=True, mean=0.0)]
    return best


def _candidates(skeleton: Skeleton) -> list[_Candidate]:
    """Groups that may be headlines, with their scores."""
    found = []
    for group in skeleton.groups():
        titles = [link for link in _without_labels(skeleton, group) if not is_label(link.text)]
        titles = _without_repeated(titles)
        if not titles or len(titles) * 3 < len(group.links):
            continue
        group.links = titles
        group.climbs = skeleton.climbs(group)
        titles = group.links = _without_menus(skeleton, titles, group.climbs)
        texts = {link.text for link in titles}
        if len(texts) * 10 < len(titles) * 6:
            continue
        if _lead_to_lists(titles):
            continue
        if sum(1 for link in titles if link.width <= 32 and _DATE_LIKE.search(link.text)) * 2 > len(titles):
            continue
        mean = sum(min(link.width, WIDEST_TITLE) for link in titles) / len(titles)
        heading = is_heading(skeleton, titles[0].element, group.climbs)
        if mean < NARROWEST or (mean < NARROW and not heading and len(titles) < LEAST_ITEMS):
            continue
        container = skeleton.ancestor(titles[0].element, group.climbs)
        # Whether its box is headed "most read" is asked only of groups that could be chosen.
        weak = len(titles) * mean < LEAST_SCORE
        place = skeleton.place(container) if weak else _place(skeleton, container)
        candidate = _Candidate(group, titles, place, heading, mean)
        found.append(candidate)
    for candidate in found:
        _weigh(skeleton, candidate)
        if candidate.heading:
            widths = [heading_width(skeleton, link) for link in candidate.titles[:SAMPLE]]
            candidate.headed = sum(widths) / len(widths)
    found.sort(key=lambda one: -one.score)
    return found


def _lead_to_lists(titles: Sequence[Link]) -> bool:
    """Whether more than four of five links lead to further lists; told as soon as too many don't."""
    others = 0
    for link in titles:
        others += _FACET.search(link.href) is None
        if others * 5 >= len(titles):
            return False
    return True


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


def _without_repeated(titles: list[Link]) -> list[Link]:
    """Links without those of one text to several pages: "More in this category" names none of them."""
    if len(titles) < LEAST_REPEATED:
        return titles
    counts = Counter([link.text for link in titles])
    if counts.most_common(1)[0][1] < LEAST_REPEATED:
        return titles
    kept = [link for link in titles if counts[link.text] < LEAST_REPEATED]
    return kept if len(kept) >= LEAST_ITEMS else titles


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


def _dates_beside(skeleton: Skeleton, candidate: _Candidate) -> bool:
    """Whether the records of short titles show dates, as those of a diary's list do and words of a menu don't."""
    sample = candidate.titles[:: max(1, len(candidate.titles) // SAMPLE)][:SAMPLE]
    if any(_DATE_LIKE.search(link.text) for link in sample):
        return False
    containers = [skeleton.ancestor(link.element, candidate.group.climbs) for link in sample]
    return all(_DATE_LIKE.search((skeleton.nodes[one].text() or "")[:DATE_REACH]) for one in containers)


def _weigh(skeleton: Skeleton, candidate: _Candidate) -> None:
    """Score a group by what its records show."""
    count = len(candidate.titles)
    looks = min(1.0, max(0.0, (candidate.mean - NARROW) / (WIDE - NARROW)))
    if candidate.heading:
        looks = max(looks, 0.6)
    elif candidate.mean < SHORT and count >= LEAST_ITEMS and _dates_beside(skeleton, candidate):
        looks = 1.0
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
    front, bare = _front(skeleton, main, candidates, root)
    chosen = [main]
    taken = {link.href for link in main.titles} | {link.href for link in main.group.others}
    spans = _spans(skeleton, main)
    for one in candidates:
        if one is main or not _joins(skeleton, chosen, one, front, bare):
            continue
        if all(link.href in taken for link in one.titles):
            continue
        if _within(one, spans) and not (front and _lists_more(main, one, spans, taken)):
            continue
        chosen.append(one)
        taken.update(link.href for link in one.titles)
        spans.extend(_spans(skeleton, one))
    return chosen


def _within(one: _Candidate, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether the links of a group mostly stand in records that were taken."""
    return len(_records_around(one, spans)) * 2 >= len(one.titles)


def _lists_more(main: _Candidate, one: _Candidate, spans: Sequence[tuple[int, int]], taken: Collection[str]) -> bool:
    """Whether such links are headlines that the boxes of lead stories list below them.

    What belongs to a record (a section, a comment count) stands in each of them once.
    """
    if one.mean < LEAST_SHARE_BELOW * main.mean:
        return False
    starts = Counter([link.text.split(" ", 1)[0] for link in one.titles])
    if starts.most_common(1)[0][1] * 2 > len(one.titles):
        return False
    around = _records_around(one, spans)
    return len(around) >= LEAST_BELOW * len(set(around)) and all(link.href not in taken for link in one.titles)


def _records_around(one: _Candidate, spans: Sequence[tuple[int, int]]) -> list[int]:
    """The first link of the record around each link that lies in one."""
    found: list[int] = []
    for link in one.titles:
        number = link.number
        for low, high in spans:
            if low <= number <= high:
                found.append(low)
                break
    return found


def _without_companions(skeleton: Skeleton, candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """Of groups that link the same pages from one record (title, teaser, address) the one that reads like titles."""
    kept: list[_Candidate] = []
    addresses: list[set[str]] = []
    linking: dict[str, list[int]] = {}  # an address -> which of the kept link it
    for one in candidates[:MOST_GROUPS]:
        mine = {link.href for link in one.titles}
        for number in sorted({number for href in mine if href in linking for number in linking[href]}):
            theirs, other = addresses[number], kept[number]
            least = 6 * max(len(mine), len(theirs))
            if len(mine & theirs) * 10 < least or not _same_records(skeleton, one, other):
                continue
            if one.quality > other.quality:
                one.score = max(one.score, other.score)
                kept[number], addresses[number] = one, mine
                for href in mine:
                    linking.setdefault(href, []).append(number)
            break
        else:
            for href in mine:
                linking.setdefault(href, []).append(len(kept))
            kept.append(one)
            addresses.append(mine)
    return kept


def _same_records(skeleton: Skeleton, one: _Candidate, other: _Candidate) -> bool:
    """Whether the links of one group mostly stand in the records of the other."""
    for mine, theirs in ((one, other), (other, one)):
        within = bytearray(len(skeleton.links))
        for low, high in _spans(skeleton, theirs):
            within[low : high + 1] = b"\1" * (high + 1 - low)
        inside = sum([within[link.number] for link in mine.titles])
        if inside * 2 >= len(mine.titles):
            return True
    return False


def _spans(skeleton: Skeleton, candidate: _Candidate) -> list[tuple[int, int]]:
    """First and last link of each record."""
    containers = (skeleton.ancestor(link.element, candidate.group.climbs) for link in candidate.titles)
    return [(skeleton.first[container], skeleton.last[container]) for container in containers]


def _front(skeleton: Skeleton, main: _Candidate, others: Sequence[_Candidate], root: bool) -> tuple[bool, bool]:
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
    if not front and main.headed:  # several boxes of the same cards
        leaf = _leaf(skeleton, main)
        same = [one for one in others if one.headed and one.place >= Place.UNSAID and _leaf(skeleton, one) == leaf]
        front = len(same) > LEAST_BOXES and 2 * sum([len(one.titles) for one in same]) >= 3 * len(main.titles)
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
    if alike and _box(skeleton, main) == _box(skeleton, one):
        return True
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


def _box(skeleton: Skeleton, candidate: _Candidate) -> int:
    """The element around a group's records."""
    return skeleton.parents[skeleton.ancestor(candidate.titles[0].element, candidate.group.climbs)]


def _same_box(skeleton: Skeleton, main: _Candidate, one: _Candidate) -> bool:
    """Whether two groups lie in one list: the box around the main list's records, or the box around that."""
    container = skeleton.ancestor(main.titles[0].element, main.group.climbs)
    boxes = skeleton.above(container)[1:3]
    return any(box in boxes for box in skeleton.above(one.titles[0].element) if skeleton.tags[box] != "body")
