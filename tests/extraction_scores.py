"""How near an extraction comes to what a reader wrote down: text by bags of four words, the rest by likeness.

Words are runs of letters and digits; of Han, kana, Hangul and Thai each letter counts as one. A text's bag holds its
runs of four words; what two bags share is right, what only one has is extra or missing.
"""

from __future__ import annotations

import re
import statistics
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

_ALONE = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff"
_WORD = re.compile(rf"[{_ALONE}]|[^\W{_ALONE}]+")
RUN = 4
WITH_TIME = len("2024-03-28T")
"""A date that is written longer than this tells the time of day."""


@dataclass(frozen=True)
class Gold:
    """What a reader wrote down of one page; `None` where nothing was.

    `must` and `must_not` are phrases, for pages whose whole text nobody wrote down; with `loose` they are compared
    without regard to blanks, case and kinds of quotation marks.
    """

    name: str
    url: str
    html: bytes
    body: str | None = None
    title: str | None = None
    published: str | None = None
    authors: Sequence[str] = ()
    must: Sequence[str] = ()
    must_not: Sequence[str] = ()
    loose: bool = False


@dataclass(frozen=True)
class Got:
    """What came out of a page; `body` is standfirst and text."""

    body: str = ""
    title: str | None = None
    published: str | None = None
    authors: Sequence[str] = ()


@dataclass
class Scores:
    """What is collected over a set of pages; `wrong` names the pages behind each figure, for a failure's message."""

    precisions: list[float] = field(default_factory=list)
    recalls: list[float] = field(default_factory=list)
    phrases: Counter[str] = field(default_factory=Counter)
    pages: int = 0
    rates: dict[str, list[float]] = field(default_factory=dict)
    wrong: dict[str, list[str]] = field(default_factory=dict)

    def rate(self, name: str) -> float:
        """Mean of what was noted under a name."""
        return statistics.fmean(self.rates[name])

    @property
    def f1(self) -> float:
        """Of mean precision and mean recall over pages; over all phrases, where pages have phrases only."""
        if self.phrases:
            found, leaked, missed = (self.phrases[name] for name in ("found", "leaked", "missed"))
            return 2 * found / (2 * found + leaked + missed)
        precision, recall = statistics.fmean(self.precisions), statistics.fmean(self.recalls)
        return 2 * precision * recall / (precision + recall)

    def note(self, name: str, page: str, value: float) -> None:
        """Count one page under a name; anything below 1 is wrong."""
        self.rates.setdefault(name, []).append(float(value))
        if value < 1:
            self.wrong.setdefault(name, []).append(page)

    def add(self, gold: Gold, got: Got) -> None:
        """Count one page."""
        self.pages += 1
        self.note("text at all", gold.name, bool(got.body.strip()))
        if gold.body is not None:
            self._add_body(gold, got)
        if gold.must:
            self._add_phrases(gold, got)
        if gold.title:
            self.note("title", gold.name, folded(gold.title) == folded(got.title))
        if gold.published:
            day, minute = same_time(gold.published, got.published)
            self.note("day", gold.name, day)
            if minute is not None:
                self.note("minute", gold.name, minute)
        if gold.authors:
            self._add_authors(gold, got)

    def _add_body(self, gold: Gold, got: Got) -> None:
        true, found = bag(gold.body or ""), bag(got.body)
        both = sum((true & found).values())
        # A page without output has no precision, one without text no recall.
        if found:
            self.precisions.append(both / found.total())
        if true:
            self.recalls.append(both / true.total())
        self.note("body", gold.name, 2 * both / max(1, true.total() + found.total()))

    def _add_phrases(self, gold: Gold, got: Got) -> None:
        plain = squashed if gold.loose else one_line
        flat = plain(got.body)
        found = sum(plain(phrase) in flat for phrase in gold.must)
        leaked = sum(plain(phrase) in flat for phrase in gold.must_not)
        self.phrases.update({"found": found, "missed": len(gold.must) - found, "leaked": leaked})
        self.note("clean", gold.name, found == len(gold.must) and not leaked)

    def _add_authors(self, gold: Gold, got: Got) -> None:
        want = [name for name in map(folded, gold.authors) if name]
        have = [name for name in map(folded, got.authors) if name]
        if not want:
            return
        self.note("author recall", gold.name, sum(any(name in other for other in have) for name in want) / len(want))
        if have:
            right = sum(any(name in other or other in name for other in want) for name in have)
            self.note("author precision", gold.name, right / len(have))

    def report(self, names: Iterable[str]) -> str:
        """The pages that are wrong, by figure."""
        return "; ".join(f"{name}: {', '.join(self.wrong.get(name, [])[:40])}" for name in names if name in self.wrong)


def bag(text: str) -> Counter[tuple[str, ...]]:
    """All runs of four words, with how often each comes; a shorter text is one run."""
    words = _WORD.findall(text)
    return Counter(tuple(words[at : at + RUN]) for at in range(max(1, len(words) - RUN + 1))) if words else Counter()


def one_line(text: str) -> str:
    """With one blank between words."""
    return " ".join(text.split())


_QUOTES = str.maketrans(dict.fromkeys("“”„", '"') | dict.fromkeys("‘’`´", "'") | {"…": "...", "‧": "·", "•": "·"})
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad\\s]+")


def squashed(text: str) -> str:
    """Without blanks and case, with plain quotation marks."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text.translate(_QUOTES))).lower()


def folded(text: Any) -> str:
    """Letters and digits only, case folded."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", str(text or "")).casefold())


def moment(text: str | None) -> datetime | None:
    """ISO 8601, or `None`."""
    try:
        return datetime.fromisoformat((text or "").strip().replace("Z", "+00:00"))
    except ValueError:
        return None


def same_time(gold: str, got: str | None) -> tuple[bool, bool | None]:
    """Whether day and minute agree, on the clock of `gold`; no minute where it tells none."""
    want, have = moment(gold), moment(got)
    timed = len(gold) > WITH_TIME
    if want is None or have is None:
        return False, False if timed else None
    if want.tzinfo and have.tzinfo:
        have = have.astimezone(want.tzinfo)
    want, have = want.replace(tzinfo=None), have.replace(tzinfo=None)
    if not timed:
        return want.date() == have.date(), None
    near = abs((want - have).total_seconds()) < 60
    return want.date() == have.date(), near and len(got or "") > WITH_TIME
