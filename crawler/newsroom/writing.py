"""Writes one invented article: a `Draft` from a language, a subject and a source of randomness."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random
from types import ModuleType

from crawler.newsroom import english, korean
from crawler.newsroom.grammar import Words, fill
from crawler.newsroom.subjects import Subject


class BlockKind(StrEnum):
    """What a block of an article's body is."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    QUOTE = "quote"
    LIST = "list"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a body. `rows` are the items of a list (one cell each) or the rows of a table."""

    kind: BlockKind
    text: str = ""
    rows: tuple[tuple[str, ...], ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """The block as lines of plain text: one a list item, one a table row with cells separated by a blank."""
        return tuple(" ".join(row) for row in self.rows) if self.rows else (self.text,)


class Length(StrEnum):
    """How long an article is."""

    BRIEF = "brief"
    NEWS = "news"
    FEATURE = "feature"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An article before an outlet has made a page of it."""

    subject: str
    language: str
    section: str
    title: str
    summary: str
    blocks: tuple[Block, ...]
    tags: tuple[str, ...]
    captions: tuple[str, ...]
    length: Length


_BANKS: dict[str, ModuleType] = {"ko": korean, "en": english}


def subjects(language: str) -> tuple[str, ...]:
    """Keys of the subjects that can be written about in `language`."""
    return tuple(subject.key for subject in _subjects(language))


def _subjects(language: str) -> tuple[Subject, ...]:
    found: tuple[Subject, ...] = _BANKS[language].SUBJECTS
    return found


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


class _Pen:
    """The words of one article: people and organisations stay the same from sentence to sentence."""

    def __init__(self, language: str, subject: Subject, rng: Random) -> None:
        self.bank = _BANKS[language]
        self.language = language
        self.subject = subject
        self.rng = rng
        organisations = rng.sample(subject.organisations, min(2, len(subject.organisations)))
        place, place2 = rng.sample(self.bank.PLACES, 2)
        self._people = [self.bank.person(rng) for _ in range(4)]
        self._roles = rng.sample(self.bank.ROLES, 4)
        institute: Callable[[Random], str] = self.bank.institute
        home = institute(rng)
        self._fixed: dict[str, str | Callable[[Random], str]] = {
            "org": organisations[0],
            "org2": organisations[-1],
            "place": place,
            "place2": place2,
            "thing": rng.choice(self.bank.THINGS),
            "p1": self._people[0],
            "day": self.bank.day,
            "day2": f"{rng.randint(2, 12)}월" if language == "ko" else self.bank.day,
            "date": lambda now: f"다음 달 {now.randint(1, 28)}일" if language == "ko" else self.bank.day(now),
            "money": self.bank.money,
            "amount": self.bank.amount,
            "amount2": lambda now: _capital(self.bank.amount(now)),
            "institute": lambda now: home if now.random() < 0.5 else institute(now),
            "Institute": lambda now: _capital(home if now.random() < 0.5 else institute(now)),
            "who": self._who,
            "Who": lambda now: _capital(self._who(now)),
            "quote": self._quote,
        }
        self._quotes = self._shuffled(subject.quotes)
        self._pools = {
            name: self._shuffled(pool)
            for name, pool in (
                ("details", subject.details),
                ("attributions", self.bank.ATTRIBUTIONS),
                ("background", self.bank.BACKGROUND),
                ("causes", self.bank.CAUSES),
                ("consequences", self.bank.CONSEQUENCES),
            )
        }

    def _shuffled(self, pool: Sequence[str]) -> list[str]:
        return self.rng.sample(pool, len(pool))

    def _who(self, rng: Random) -> str:
        which = rng.randrange(len(self._people))
        if self.language == "ko":
            return f"{self._people[which]} {self._roles[which]}"
        return f"{self._people[which]}, {self._roles[which]}"

    def _quote(self, rng: Random) -> str:
        template = self._quotes.pop() if self._quotes else rng.choice(self.subject.quotes)
        return self.write(template)

    @property
    def words(self) -> Words:
        return self._fixed

    def write(self, template: str) -> str:
        return _capital(fill(template, self._fixed, self.rng))

    def one(self, pool: Sequence[str]) -> str:
        return self.write(self.rng.choice(pool))

    def _next(self, name: str) -> str | None:
        pool = self._pools[name]
        return pool.pop() if pool else None

    def sentence(self) -> str:
        """A further sentence of the body; each template is used once, then causes meet consequences anew."""
        kind = self.rng.choices(("details", "attributions", "background", "pair"), (5, 2, 2, 3))[0]
        template = None
        if kind == "attributions" and not self._quotes:
            kind = "details"
        if kind != "pair":
            template = self._next(kind)
        if template is None:
            cause, consequence = self._next("causes"), self._next("consequences")
            if cause is None or consequence is None:
                cause, consequence = self.rng.choice(self.bank.CAUSES), self.rng.choice(self.bank.CONSEQUENCES)
            template = f"{cause} {consequence}"
        return self.write(template)

    def paragraph(self) -> str:
        return " ".join(self.sentence() for _ in range(self.rng.choices((1, 2, 3, 4), (2, 5, 4, 1))[0]))


def _list(pen: _Pen) -> Block:
    points = pen.rng.sample(pen.subject.points, len(pen.subject.points))
    return Block(BlockKind.LIST, rows=tuple((_capital(pen.write(point)),) for point in points))


def _table(pen: _Pen) -> Block:
    head, names = pen.subject.table
    percent = head[1].endswith(("률", "change", "Change"))
    rows = [head]
    for name in names:
        value = (
            f"{pen.rng.choice('+-')}{pen.rng.randint(1, 90) / 10:.1f}%"
            if percent
            else f"{pen.rng.randint(10, 990) / 10:.1f}"
        )
        rows.append((name, value))
    return Block(BlockKind.TABLE, rows=tuple(rows))


def _body(pen: _Pen, length: Length) -> list[Block]:
    rng = pen.rng
    blocks = [Block(BlockKind.PARAGRAPH, pen.one(pen.subject.leads))]
    if length is Length.BRIEF:
        blocks.append(Block(BlockKind.PARAGRAPH, pen.sentence()))
        return blocks
    count = rng.randint(3, 8) if length is Length.NEWS else rng.randint(8, 13)
    headings = rng.sample(pen.subject.headings, len(pen.subject.headings)) if length is Length.FEATURE else []
    special = (
        rng.sample((BlockKind.LIST, BlockKind.TABLE, BlockKind.QUOTE), rng.choice((1, 2)))
        if length is Length.FEATURE
        else []
    )
    if length is Length.NEWS and rng.random() < 0.15:
        special = [rng.choice((BlockKind.LIST, BlockKind.TABLE, BlockKind.QUOTE))]
    places = sorted(rng.sample(range(1, count), min(len(special), count - 1)))
    for number in range(1, count):
        if headings and number % 4 == 2:
            blocks.append(Block(BlockKind.HEADING, headings.pop()))
        blocks.append(Block(BlockKind.PARAGRAPH, pen.paragraph()))
        if number in places:
            kind = special[places.index(number)]
            if kind is BlockKind.LIST:
                blocks.append(_list(pen))
            elif kind is BlockKind.TABLE:
                blocks.append(_table(pen))
            else:
                blocks.append(Block(BlockKind.QUOTE, pen.write(rng.choice(pen.subject.quotes)) + "."))
    blocks.append(Block(BlockKind.PARAGRAPH, f"{pen.sentence()} {pen.one(pen.bank.CLOSINGS)}"))
    return blocks


def write_draft(language: str, subject: str, rng: Random, length: Length | None = None) -> Draft:
    """An article in `language` ("ko" or "en") about `subject`; the same `rng` state gives the same article."""
    chosen = next(one for one in _subjects(language) if one.key == subject)
    length = length or rng.choices((Length.BRIEF, Length.NEWS, Length.FEATURE), (1, 6, 2))[0]
    pen = _Pen(language, chosen, rng)
    title = pen.one(chosen.titles)
    return Draft(
        subject=subject,
        language=language,
        section=chosen.section,
        title=title,
        summary=pen.one(pen.bank.SUMMARIES),
        blocks=tuple(_body(pen, length)),
        tags=chosen.tags,
        captions=tuple(pen.one(pen.bank.CAPTIONS) for _ in range(2)),
        length=length,
    )


def another_title(draft: Draft, rng: Random) -> Draft:
    """The same text under another headline."""
    chosen = next(one for one in _subjects(draft.language) if one.key == draft.subject)
    pen = _Pen(draft.language, chosen, rng)
    title = pen.one(chosen.titles)
    while title == draft.title:
        title = pen.one(chosen.titles)
    return replace(draft, title=title)


_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")


def corrected_number(draft: Draft, rng: Random) -> Draft:
    """The same article with one number in its body corrected."""
    places = [
        (at, match)
        for at, block in enumerate(draft.blocks)
        if block.kind is BlockKind.PARAGRAPH
        for match in _NUMBER.finditer(block.text)
    ]
    if not places:
        return with_paragraph(draft, rng)
    at, match = rng.choice(places)
    old = match.group()
    new = old[:-1] + rng.choice("123456789".replace(old[-1], ""))
    text = draft.blocks[at].text
    changed = text[: match.start()] + new + text[match.end() :]
    return _with_block(draft, at, replace(draft.blocks[at], text=changed))


def with_paragraph(draft: Draft, rng: Random) -> Draft:
    """The same article with one paragraph more, somewhere after the first."""
    chosen = next(one for one in _subjects(draft.language) if one.key == draft.subject)
    pen = _Pen(draft.language, chosen, rng)
    block = Block(BlockKind.PARAGRAPH, f"{pen.one(pen.bank.ADDED)} {pen.sentence()}")
    at = rng.randint(1, len(draft.blocks))
    return replace(draft, blocks=(*draft.blocks[:at], block, *draft.blocks[at:]))


def _with_block(draft: Draft, at: int, block: Block) -> Draft:
    return replace(draft, blocks=(*draft.blocks[:at], block, *draft.blocks[at + 1 :]))
