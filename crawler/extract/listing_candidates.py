"""Groups of links that may be the headlines of a list, with what speaks for each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from selectolax.lexbor import LexborNode

from crawler.extract.listing_items import (
    HEADING,
    LEAST_HEADLINE,
    WIDEST_TITLE,
    WITHIN,
    heading_width,
    is_heading,
)
from crawler.extract.record_titles import is_address, is_label
from crawler.extract.records import Group, Link, Place, Skeleton, region

__all__ = ["LEAST_ITEMS", "LEAST_SCORE", "RICH_TEXT", "Candidate", "candidates_of", "led_on"]

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

__all__ = ["LEAST_ITEMS", "LEAST_SCORE", "Candidate", "candidates_of", "led_on"]

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


@dataclass(slots=True)
class Candidate:
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


def led_on(skeleton: Skeleton) -> list[Candidate]:
    """The list whose titles are headings without a link, with a "read more" below each."""
    best: list[Candidate] = []
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
        best = [Candidate(group, links, place, heading=True, mean=0.0)]
    return best


def candidates_of(skeleton: Skeleton) -> list[Candidate]:
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
        candidate = Candidate(group, titles, place, heading, mean)
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


def _dates_beside(skeleton: Skeleton, candidate: Candidate) -> bool:
    """Whether the records of short titles show dates, as those of a diary's list do and words of a menu don't."""
    sample = candidate.titles[:: max(1, len(candidate.titles) // SAMPLE)][:SAMPLE]
    if any(_DATE_LIKE.search(link.text) for link in sample):
        return False
    containers = [skeleton.ancestor(link.element, candidate.group.climbs) for link in sample]
    return all(_DATE_LIKE.search((skeleton.nodes[one].text() or "")[:DATE_REACH]) for one in containers)


def _weigh(skeleton: Skeleton, candidate: Candidate) -> None:
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
