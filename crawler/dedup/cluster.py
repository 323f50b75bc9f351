"""Stories: which articles tell one text. Pure: the index is asked through a protocol, here and in the store.

An article joins the story of the text that it has most in common with. It joins two stories into one when it holds
both: an original that arrives after two excerpts of it. A short text that two long ones quote joins none to another.
Of two stories that become one, the older lives on.

What many texts share costs nothing and joins nothing. Of a hash at most `MOST_LISTED` texts are kept, and one that so
many list, or several stories, is common: it finds no candidates, and the passages between common hashes are left out
of every comparison.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import chain
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from crawler.dedup.near import Agreement, Compared, Shingled, shingle, sketch, standing
from crawler.items import Sketch

WINDOW_DAYS: Final = 30
"""Articles further apart tell no story together, unless a setting says otherwise."""
MOST_LISTED: Final = 40
"""Texts that are kept of one hash; one that has so many is common, even if all tell one story."""
MOST_ALIKE: Final = 4
"""Texts of one story that are kept of one hash, those apart that say something of their own beside it."""
OWN: Final = 20
"""Letters that are something of one's own."""
MOST_ASKED: Final = 12
"""Of the texts that share a hash, how many become candidates by it, the oldest and the newest."""
_HALF: Final = MOST_ASKED // 2
_FEW: Final = 3
MOST_STORIES: Final = 8
"""A hash that texts of so many stories share is common."""
MOST_COMPARED: Final = 4
"""Candidates that are compared in full, those first that share most hashes."""
MOST_OF_STORY: Final = 2
"""Of them so many of one story, lest the copies of one hide another."""
LEAST_ABSORBED: Final = 0.35
"""Share of a text that an excerpt must be for its story to become part of the text's: a round-up joins no stories."""
_MANY_ASKED: Final = 40
MOST_RECENT: Final = 512
"""Texts that are kept as they are compared; copies come in bursts."""
ALIKE: Final = 0.95
"""Of two texts that have so much of each other, one stands for both in the index."""


class Shared(list[int]):
    """Documents listed under a hash that are known to tell `MOST_STORIES` stories or more."""


class Texts(Protocol):
    """What the index lists, by the numbers of documents, which rise with age."""

    def stories(self, documents: Iterable[int]) -> Mapping[int, int]:
        """The stories of these documents, and maybe of others, each named by the number of its oldest."""

    def text(self, document: int) -> Shingled | None:
        """The text of a document, `None` if it is gone."""


@dataclass(frozen=True, slots=True)
class Placement:
    """What becomes of an article.

    `story` is the number of the story that it joins, `like` the text for which, with what they have in common; all
    `None`: it begins a story. `absorbed` are younger stories that become part of it. `posted` are the hashes under
    which the article is found from now on.
    """

    story: int | None
    like: int | None
    agreement: Agreement | None
    absorbed: tuple[int, ...]
    posted: tuple[int, ...]


def place(
    text: Callable[[], Shingled],
    sketched: Sketch,
    found: Mapping[int, Sequence[int]],
    index: Texts,
    full: Set[int] = frozenset(),
) -> Placement:
    """Which story a text belongs to; `text` is asked only where there are candidates.

    `found` lists for each of the sketch's hashes the documents within the window that were posted under it, oldest
    first; hashes under which there are none are absent. Of a list of `MOST_LISTED`, and of one that is `Shared`, the
    length alone counts. `full` are hashes of the sketch that have `MOST_LISTED` and are not in `found`.
    """
    if not found and not full:
        return Placement(None, None, None, (), sketched.posted)
    common = set(full)
    often: dict[int, Sequence[int]] = {}
    telling: list[Sequence[int]] = []
    for value, listed in found.items():
        if len(listed) < MOST_STORIES:
            telling.append(listed)
        elif type(listed) is Shared or len(listed) >= MOST_LISTED:
            common.add(value)
        else:
            often[value] = listed
    if often:
        many = of_many_stories(often, index)
        common |= many
        telling += [listed for value, listed in often.items() if value not in many]
    candidates = _candidates(telling, len(sketched.asked) - len(common))
    copies: list[tuple[Agreement, int]] = []
    if candidates:
        story_of = index.stories(candidates)
        here = text()
        copies = _copies(here, candidates, story_of, standing(here, sketched.asked, common), index)
    if not copies:
        return Placement(None, None, None, (), _posted(sketched, found, None, index, (), full=full))
    best, like = min(copies, key=_by_likeness)
    stories = {story_of[like]}
    stories.update(
        story_of[other] for agreement, other in copies if LEAST_ABSORBED <= agreement.of_first <= agreement.of_second
    )
    story = min(stories)
    if min(best.of_first, best.of_second) >= ALIKE:
        posted: tuple[int, ...] = ()
    else:
        posted = _posted(sketched, found, None if best.own >= OWN else story_of[like], index, candidates, full=full)
    return Placement(story, like, best, tuple(sorted(stories - {story})), posted)


def of_many_stories(often: Mapping[int, Sequence[int]], index: Texts) -> set[int]:
    """Those of the hashes that texts of `MOST_STORIES` stories share, by the documents listed under each."""
    many: set[int] = set()
    left = often
    # Most are told by the first few: the stories of the others need not be known.
    for looked_at in (MOST_STORIES, MOST_LISTED):
        first = {value: listed[:looked_at] for value, listed in left.items()}
        told = index.stories(chain.from_iterable(first.values())).__getitem__
        many.update(value for value, listed in first.items() if len({*map(told, listed)}) >= MOST_STORIES)
        left = {value: listed for value, listed in left.items() if len(listed) > looked_at and value not in many}
        if not left:
            break
    return many


def least_hits(asked: int) -> int:
    """How many hashes a text shares with each of its candidates at least, of so many that it asks for."""
    return 2 if asked < _MANY_ASKED else 3


def _candidates(telling: Sequence[Sequence[int]], asked: int) -> list[int]:
    """The documents that share most hashes, those first; a hash that few have counts as several."""
    ends = [one if len(one) <= MOST_ASKED else (*one[:_HALF], *one[-_HALF:]) for one in telling]
    least = least_hits(asked)
    hits = {document: count for document, count in Counter(chain.from_iterable(ends)).items() if count >= least}
    if not hits:
        return []
    if len(hits) == 1:
        return [*hits]
    rare = Counter(chain.from_iterable([one for one in telling if len(one) <= _FEW]))
    enough = sorted([(-count - _FEW * rare.get(document, 0), document) for document, count in hits.items()])
    return [document for _, document in enough[: MOST_COMPARED * MOST_COMPARED]]


def _copies(
    text: Shingled,
    candidates: Sequence[int],
    story_of: Mapping[int, int],
    shared: NDArray[np.bool_] | None,
    index: Texts,
) -> list[tuple[Agreement, int]]:
    """Of each story the first candidate that is a copy, and how."""
    copies: list[tuple[Agreement, int]] = []
    compared = Compared(text, shared)
    left = MOST_COMPARED
    told: set[int] = set()
    failed: Counter[int] = Counter()
    for document in candidates:
        story = story_of[document]
        if story in told or failed[story] == MOST_OF_STORY:
            continue
        known = index.text(document)
        agreement = None if known is None else compared.beside(known)
        if agreement is not None and agreement.copy:
            copies.append((agreement, document))
            told.add(story)
            if min(agreement.of_first, agreement.of_second) >= ALIKE:
                break
        else:
            failed[story] += 1
        left -= 1
        if not left:
            break
    return copies


def _posted(
    sketched: Sketch,
    found: Mapping[int, Sequence[int]],
    story: int | None,
    index: Texts,
    candidates: Collection[int],
    *,
    full: Set[int],
) -> tuple[int, ...]:
    """The hashes under which a text is posted: those that have room; of a copy only where few tell its `story`."""
    if story is None:
        full = full | {value for value, listed in found.items() if len(listed) >= MOST_LISTED}
        if full.isdisjoint(sketched.posted):
            return sketched.posted
        return tuple(value for value in sketched.posted if value not in full)
    # Those that were looked at: candidates, and what stands under the same hash as several others.
    seen = {*candidates}.union(*(one for one in found.values() if MOST_STORIES <= len(one) < MOST_LISTED))
    story_of = index.stories(seen)
    alike = {one for one in seen if story_of[one] == story}
    posted = []
    for value in sketched.posted:
        listed = found.get(value, ())
        if value in full or len(listed) >= MOST_LISTED:
            continue
        if len(listed) < MOST_ALIKE or len(alike) < MOST_ALIKE or len(alike.intersection(listed)) < MOST_ALIKE:
            posted.append(value)
    return tuple(posted)


def _by_likeness(copy: tuple[Agreement, int]) -> tuple[float, float, int]:
    agreement, document = copy
    return -min(agreement.of_first, agreement.of_second), -agreement.contained, document


class Stories:
    """An index in memory and the stories it made: for measuring, for tests, for sets of articles that fit there.

    Documents are numbered from 0 in the order in which they are added. `letters_of` gives a document's letters again
    (`fingerprint.content_letters`), `window` is in seconds.
    """

    def __init__(self, letters_of: Callable[[int], str], window: float) -> None:
        self._letters_of, self._window = letters_of, window
        self._posted: dict[int, list[int]] = {}
        self._at: list[float] = []
        self._story_of: dict[int, int] = {}
        self._members: dict[int, list[int]] = {}
        """The documents of each story that has several."""
        self._recent: dict[int, Shingled] = {}

    def add(self, letters: str, at: float, *, same_as: int | None = None) -> Placement:
        """Place the next document, published at `at` (epoch seconds); `same_as` is one known to have the same text."""
        document = len(self._at)
        self._at.append(at)
        self._story_of[document] = document
        if same_as is not None:
            self._unite(document, self._story_of[same_as])
            return Placement(self._story_of[document], same_as, None, (), ())
        text = shingle(letters)
        self._remember(document, text)
        sketched = sketch(text)
        placement = place(lambda: text, sketched, self._find(sketched.asked, at), self)
        if placement.story is not None:
            for younger in (document, *placement.absorbed):
                self._unite(younger, placement.story)
        for value in placement.posted:
            self._posted.setdefault(value, []).append(document)
        return placement

    def story(self, document: int) -> int:
        """The number of the oldest document of the story that a document belongs to."""
        return self._story_of[document]

    def _unite(self, younger: int, story: int) -> None:
        moved = self._members.pop(younger, [younger])
        self._members.setdefault(story, [story]).extend(moved)
        self._story_of.update(dict.fromkeys(moved, story))

    def _find(self, asked: Collection[int], at: float) -> dict[int, list[int]]:
        posted, dated, window = self._posted, self._at, self._window
        found = {value: listed for value, listed in zip(asked, map(posted.get, asked), strict=True) if listed}
        for value in [value for value, documents in found.items() if at - dated[documents[0]] > window]:
            posted[value] = found[value] = [one for one in found[value] if at - dated[one] <= window]
            if not found[value]:
                del posted[value], found[value]
        return found

    def stories(self, documents: Iterable[int]) -> Mapping[int, int]:  # noqa: ARG002 - all are known
        """The story of each document."""
        return self._story_of

    def text(self, document: int) -> Shingled:
        """The text of a document, as it is compared."""
        text = self._recent.pop(document, None)
        if text is None:
            text = shingle(self._letters_of(document))
        self._remember(document, text)
        return text

    def _remember(self, document: int, text: Shingled) -> None:
        if len(self._recent) >= MOST_RECENT:
            del self._recent[next(iter(self._recent))]
        self._recent[document] = text
