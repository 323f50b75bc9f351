"""Which groups of links are the list of a page: the best of them, and those that are built alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from crawler.extract.listing_candidates import LEAST_SCORE, RICH_TEXT, Candidate
from crawler.extract.listing_items import (
    LEAST_HEADLINE,
)
from crawler.extract.records import Place, Skeleton

__all__ = ["choose"]

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


def choose(skeleton: Skeleton, candidates: Sequence[Candidate], root: bool) -> list[Candidate]:
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


def _within(one: Candidate, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether the links of a group mostly stand in records that were taken."""
    return len(_records_around(one, spans)) * 2 >= len(one.titles)


def _lists_more(main: Candidate, one: Candidate, spans: Sequence[tuple[int, int]], taken: Collection[str]) -> bool:
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


def _records_around(one: Candidate, spans: Sequence[tuple[int, int]]) -> list[int]:
    """The first link of the record around each link that lies in one."""
    found: list[int] = []
    for link in one.titles:
        number = link.number
        for low, high in spans:
            if low <= number <= high:
                found.append(low)
                break
    return found


def _without_companions(skeleton: Skeleton, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Of groups that link the same pages from one record (title, teaser, address) the one that reads like titles."""
    kept: list[Candidate] = []
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


def _same_records(skeleton: Skeleton, one: Candidate, other: Candidate) -> bool:
    """Whether the links of one group mostly stand in the records of the other."""
    for mine, theirs in ((one, other), (other, one)):
        within = bytearray(len(skeleton.links))
        for low, high in _spans(skeleton, theirs):
            within[low : high + 1] = b"\1" * (high + 1 - low)
        inside = sum([within[link.number] for link in mine.titles])
        if inside * 2 >= len(mine.titles):
            return True
    return False


def _spans(skeleton: Skeleton, candidate: Candidate) -> list[tuple[int, int]]:
    """First and last link of each record."""
    containers = (skeleton.ancestor(link.element, candidate.group.climbs) for link in candidate.titles)
    return [(skeleton.first[container], skeleton.last[container]) for container in containers]


def _front(skeleton: Skeleton, main: Candidate, others: Sequence[Candidate], root: bool) -> tuple[bool, bool]:
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


def _joins(skeleton: Skeleton, chosen: Sequence[Candidate], one: Candidate, front: bool, bare: bool) -> bool:
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


def _leaf(skeleton: Skeleton, candidate: Candidate) -> tuple[str, ...]:
    """Tags of a group's link and the elements just above it, with the words that tell them."""
    chain = skeleton.above(candidate.titles[0].element)[:2]
    return tuple(f"{skeleton.tags[one]}.{' '.join(skeleton.names[one].split()[:1])}" for one in chain)


def _box(skeleton: Skeleton, candidate: Candidate) -> int:
    """The element around a group's records."""
    return skeleton.parents[skeleton.ancestor(candidate.titles[0].element, candidate.group.climbs)]


def _same_box(skeleton: Skeleton, main: Candidate, one: Candidate) -> bool:
    """Whether two groups lie in one list: the box around the main list's records, or the box around that."""
    container = skeleton.ancestor(main.titles[0].element, main.group.climbs)
    boxes = skeleton.above(container)[1:3]
    return any(box in boxes for box in skeleton.above(one.titles[0].element) if skeleton.tags[box] != "body")
