"""A page of a site that a rule is there for: where the rule says things stand, and what they say.

A rule only points. What lies in its container is read as on any page (labels, pleas, captions), and whatever it points
at in vain, or against what the page says elsewhere, is left to the general method: a site that changed its layout loses
what the rule gave, never an article.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawler.extract.blocks import Outline
from crawler.extract.chrome import Mark
from crawler.extract.document import Document
from crawler.extract.site_rules import SiteRule, Steps, site_rules
from crawler.items import Hints

MAX_FOUND = 40
"""Elements that one selector may find; of a step before the last, fewer."""

MAX_BRANCHES = 8

LEAST_LETTERS = 20
"""Letters outside of links in a container; with fewer it is another one than it was."""

MUCH_LESS = 0.25
"""Of several containers the first is the article's, unless it holds less than this part of the largest."""

LEAST_RULED = 40.0
"""Size of a text read by a rule; with less the page is read as any other."""


@dataclass(slots=True)
class RuledPage:
    """A page and what the rule for its site found there; `notes` say what came of the rule.

    `placed`: the page has an element that the rule takes for the container of the text. `standfirst` are the indices of
    the blocks that the rule calls the summary, once `cut` has run.
    """

    document: Document
    rule: SiteRule | None = None
    placed: bool = False
    standfirst: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _contained: bool = False
    _places: dict[int, int] = field(default_factory=dict)
    _hidden: list[LexborNode] = field(default_factory=list)

    @property
    def says(self) -> str:
        """Who says so, in words."""
        return f"the site rule “{self.rule.name}”" if self.rule else ""

    @property
    def zone(self) -> str | None:
        """The zone in which the site writes dates without one, as far as the rule knows."""
        return self.rule.zone if self.rule else None

    def point(self) -> None:
        """Find what the rule cuts, before the page is walked."""
        assert self.rule is not None
        rule = self.rule
        for selectors, mark in (
            (rule.summary, Mark.SUMMARY),
            (rule.caption, Mark.CAPTION),
            (rule.strip, Mark.PROMO),
        ):
            for node in found_nodes(self.document.tree, selectors):
                self._places[node.mem_id] = mark
                if "hidden" not in node.attributes:
                    # So marked, an inline element is walked as a part of its own.
                    node.attrs["hidden"] = ""
                    self._hidden.append(node)

    def container(self, page: Outline) -> int | None:
        """Index of the element that holds the text, or `None` where the rule's selectors find none.

        Asked after the sums of `page` are filled in.
        """
        if self.rule is None:
            return None
        by_node = {element.node.mem_id: element for element in page.elements}
        for steps in self.rule.body:
            found = [by_node[node.mem_id] for node in select(self.document.tree, steps) if node.mem_id in by_node]
            letters = [element.chars - element.link_chars for element in found]
            most = max(letters, default=0)
            for element, size in zip(found, letters, strict=True):
                if size >= max(LEAST_LETTERS, MUCH_LESS * most):
                    self._contained = True
                    return element.index
        return None

    def fits(self, size: float) -> bool:
        """Whether a text of this size, read in the rule's container, is the article; if not, the page is as before."""
        if self._contained and size >= LEAST_RULED:
            self.notes.append(f"its place known by {self.says}")
            return True
        self.notes.append(f"{self.says} finds too little text, so the page was read as any other")
        self._places.clear()
        self.standfirst.clear()
        for node in self._hidden:
            del node.attrs["hidden"]
        self._hidden.clear()
        return False

    def cut(self, page: Outline, start: int | None) -> None:
        """Set apart summary and captions, and what the rule strips, with all below it; never what holds `start`."""
        if not self._places:
            return
        elements = page.elements
        spared = path_to(page, start if start is not None else 0)
        for element in elements:
            mark = self._places.get(element.node.mem_id)
            if mark is None or element.index in spared:
                continue
            index = element.index
            while index < len(elements) and (index == element.index or elements[index].depth > element.depth):
                elements[index].cut = mark
                index += 1
            for block in page.blocks[element.first : element.last]:
                block.cut = mark
                if mark == Mark.SUMMARY and block.index not in self.standfirst[-1:]:
                    self.standfirst.append(block.index)


def ruled_page(document: Document, hints: Hints) -> RuledPage | None:
    """The page with the rule for its site, or `None` where there is none; an expired rule is only told of.

    A person's own rule is believed before the shipped one of the same site, unless only the latter finds its place of
    the text. Raises ConfigError where the own rules (`hints.site_rules_folder`) can't be read.
    """
    if not hints.site_rules:
        return None
    candidates = site_rules(hints.site_rules_folder).candidates(document.url, document.metas)
    if not candidates:
        return None
    ruled = RuledPage(document)
    believed = []
    for rule in candidates:
        if not rule.valid(document.fetched_at):
            ruled.notes.append(f"the site rule “{rule.name}” ended on {rule.valid_until} and was not used")
        elif not any(True for _ in found_nodes(document.tree, rule.unless)):
            believed.append(rule)
    for rule in believed:
        if any(True for _ in found_nodes(document.tree, rule.body)):
            ruled.rule, ruled.placed = rule, True
            ruled.point()
            break
        ruled.notes.append(f"the site rule “{rule.name}” finds no place that holds a text")
    else:
        # What it knows of title, date and authors may still hold.
        ruled.rule = believed[0] if believed else None
    return ruled if ruled.rule or ruled.notes else None


def path_to(page: Outline, index: int | None) -> frozenset[int]:
    """Indices of an element and of those around it; nothing for `None`."""
    found: set[int] = set()
    while index is not None and index >= 0:
        found.add(index)
        index = page.elements[index].parent
    return frozenset(found)


def select(tree: LexborHTMLParser, steps: Steps) -> list[LexborNode]:
    """The elements that a selector finds, in order: each step below what the step before found."""
    found = tree.css(steps[0])
    for step in steps[1:]:
        below: dict[int, LexborNode] = {}
        for around in found[:MAX_BRANCHES]:
            for node in around.css(step):
                if node.mem_id != around.mem_id:
                    below.setdefault(node.mem_id, node)
        found = list(below.values())
    return found[:MAX_FOUND]


def found_nodes(tree: LexborHTMLParser, selectors: tuple[Steps, ...]) -> Iterable[LexborNode]:
    """All that any of these selectors finds, by selector."""
    for steps in selectors:
        yield from select(tree, steps)
