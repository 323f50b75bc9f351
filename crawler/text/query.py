"""The language of queries: what a person types to find articles, read into a tree and judged against a text. Pure.

A query is words, all of which must be found, "words in a row", beginnings* and conditions (``site:``, ``after:`` …),
with AND, OR, NOT (or ``-`` before what is refused) and brackets; NOT binds before AND, AND before OR. What can't be
read is a `BadQuery` that points at the fault.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Final
from unicodedata import normalize

from crawler.config import nearest
from crawler.errors import BadQuery, UsageError
from crawler.text.language import LANGUAGE_FORMS, is_language
from crawler.text.tokens import (
    MAX_QUERY,
    MAX_TOKEN,
    begins_pair,
    finder,
    folded,
    has_unspaced,
    hit_count,
    hit_spans,
    in_row,
    may_stand,
    parts_of,
    query_choices,
    query_terms,
    search_tokens,
)
from crawler.times import FORMS, parse_when

KEYS: Final[dict[str, str]] = {
    "site": "a host, as site:paper.example.com",
    "source": "a source's name, as source:daily",
    "topic": "a topic's name, as topic:저커버그",
    "lang": "a language, as lang:ko",
    "author": "a byline or a part of one, as author:김하늘",
    "after": "a time, as after:2026-11-01",
    "before": "a time, as before:2026-12-01",
}
"""What conditions may be on, and what stands behind the colon."""
TIMES: Final = ("after", "before")
MAX_WORDS: Final = 32
"""Words and conditions of a query."""
MAX_DEPTH: Final = 20
"""Brackets of a query in one another."""
MIN_PREFIX: Final = 2
"""Least letters before a * in scripts that put blanks between words: fewer are half a dictionary."""

_CHUNK = re.compile(r'[^\s"]+')
_CLOSED_WITHIN = re.compile(r"\)[^)]")
_SCHEMES: Final = frozenset(
    {"data", "doi", "file", "ftp", "http", "https", "javascript", "mailto", "news", "tel", "urn"}
)
_PORT = re.compile(r"\d+(/|$)")
_KEY = re.compile(r"([A-Za-z]{2,12}):(?!//)")
_REFUSES = re.compile(r"-(?=[^\W\d_]|\(|$)")
_SIGNS = str.maketrans("“”„‟«»＂（）：＊－", '"""""""():*-')
"""Signs of the query language as they are written elsewhere."""
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_PATH = re.compile(r"[\w-]+(\.[\w-]+)+(:\d+)?(/.+)", re.ASCII)
_QUOTE_IT = "; quote what is meant as a word"


@dataclass(frozen=True, slots=True)
class Word:
    """A word, or words in a row that were quoted, and the tokens that a text with it holds; also one of each of
    `choices`. Signs within a word part it as if its parts were quoted. `prefix`: words that begin so.
    """

    text: str
    tokens: tuple[str, ...]
    quoted: bool = False
    prefix: bool = False

    @property
    def choices(self) -> tuple[tuple[str, str], ...]:
        """Pairs of tokens as `query_choices` tells them."""
        return query_choices(self.text)

    @property
    def as_typed(self) -> tuple[str, ...]:
        """The tokens of a text that has it with its blanks where they were typed; `tokens` are in one that spaces it
        otherwise too. With `prefix` the last is that by which a word begins.
        """
        *whole, last = search_tokens(self.text).split()
        return (*dict.fromkeys(whole), last) if self.prefix else tuple(dict.fromkeys((*whole, last)))

    @property
    def told_by_index(self) -> bool:
        """Whether a text that holds its token holds it: a single word of a spaced script."""
        return len(parts_of(self.text)) == 1 and not has_unspaced(self.text)

    @property
    def is_token(self) -> bool:
        """Whether every text that the index holds with its token is one that it stands in."""
        parts = parts_of(self.text)
        if self.prefix or len(parts) != 1:
            return False
        if has_unspaced(self.text):
            return len(parts[0]) == 2 and all("가" <= letter <= "힣" for letter in parts[0])
        return len(parts[0]) < MAX_TOKEN

    @property
    def finder(self) -> Callable[[str], bool]:
        """What tells whether it has `spans` in a text."""
        return finder(self.text, prefix=self.prefix)

    def spans(self, text: str, limit: int) -> tuple[tuple[int, int], ...]:
        """Where it stands in `text`, as `hit_spans` tells."""
        return hit_spans(text, self.text, limit, prefix=self.prefix)

    def count(self, text: str, limit: int) -> int:
        """How often it stands in `text`, as `hit_count` tells."""
        return hit_count(text, self.text, limit, prefix=self.prefix)


@dataclass(frozen=True, slots=True)
class Condition:
    """What must be true of the article: one of `KEYS` with its value; `moment` (UTC) is what ``after:`` and
    ``before:`` mean. `at` is its place in the query, for who finds that a name does not exist.
    """

    key: str
    value: str
    moment: datetime | None = None
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Every:
    """All of `parts` and none of `without` must hold."""

    parts: tuple[Node, ...]
    without: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One of `parts` must hold."""

    parts: tuple[Node, ...]


Node = Word | Condition | Every | Either


@dataclass(frozen=True)
class Query:
    """A query as read: what must hold, and the words to be ranked by and marked."""

    typed: str
    root: Node
    words: tuple[Word, ...]

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """Every condition in it, each once."""
        return tuple(dict.fromkeys(node for node in leaves(self.root) if isinstance(node, Condition)))

    @cached_property
    def flat(self) -> bool:
        """Whether all its parts must hold and nothing is refused: then an index of tokens and SQL vouch for most."""
        root = self.root
        if isinstance(root, Every):
            return not root.without and all(isinstance(part, Word | Condition) for part in root.parts)
        return isinstance(root, Word | Condition)

    @cached_property
    def told_by_index(self) -> bool:
        """Whether an index of tokens and SQL vouch for all of it."""
        words = (node for node in leaves(self.root) if isinstance(node, Word))
        return self.flat and all(word.told_by_index for word in words)

    def holds(self, places: Sequence[str], told: Mapping[Condition, bool], *, tokens_held: bool = True) -> bool:
        """Whether it is true of an article with these texts (headline, summary, text), of which `told` says which
        conditions hold. What tokens tell of the words that must be found is taken for granted, of beginnings if
        `tokens_held`; of a `flat` query what conditions tell too.
        """
        read, root = _Read(places), self.root
        for part in root.parts if isinstance(root, Every) else (root,):
            if isinstance(part, Word):
                if not _stands(part, read, granted=tokens_held or not part.prefix):
                    return False
            elif not self.flat and not _true(part, read, told):
                return False
        return not (isinstance(root, Every) and any(_true(part, read, told) for part in root.without))


class _Read:
    """The texts of an article, and their tokens once they are asked for."""

    def __init__(self, places: Sequence[str]) -> None:
        self.places = places

    @cached_property
    def rows(self) -> list[str]:
        """The tokens of each text with a blank around each."""
        return [f" {search_tokens(text)} " for text in self.places]

    @cached_property
    def folded(self) -> str | None:
        """All texts together, for `may_stand`."""
        return folded("\n".join(self.places))

    @cached_property
    def tokens(self) -> frozenset[str]:
        return frozenset(token for row in self.rows for token in row.split())


def _true(node: Node, read: _Read, told: Mapping[Condition, bool]) -> bool:
    if isinstance(node, Word):
        return _stands(node, read, granted=False)
    if isinstance(node, Condition):
        return told[node]
    if isinstance(node, Either):
        return any(_true(part, read, told) for part in node.parts)
    return all(_true(part, read, told) for part in node.parts) and not any(
        _true(part, read, told) for part in node.without
    )


def _stands(word: Word, read: _Read, *, granted: bool) -> bool:
    """Whether it stands in one of the texts; `granted`: they hold its tokens. These are only looked for where nothing
    cheaper tells: to part a whole text into tokens takes ten times as long as to look for a word in it.
    """
    if has_unspaced(word.text):
        return any(map(word.finder, read.places)) and (granted or _in_pairs(word, read) or _held(word, read))
    parts = parts_of(word.text)
    if granted and len(parts) == 1:
        return True
    if not may_stand(word.text, read.folded):
        return False
    if not granted and max(map(len, parts)) >= MAX_TOKEN and not _held(word, read):
        return False
    return any(in_row(text, word.text, prefix=word.prefix) for text in read.places)


def _in_pairs(word: Word, read: _Read) -> bool:
    """Whether all its tokens are pairs of unspaced letters that stand in a text as they are: then they are held."""

    if word.prefix and len(word.tokens) == len(word.tokens[0]) == 1:
        return any(begins_pair(word.tokens[0], text) for text in read.places)

    def stands(token: str) -> bool:
        return any(token in text for text in read.places)

    return all(len(token) == 2 and all(map(has_unspaced, token)) and stands(token) for token in word.tokens) and all(
        any(map(stands, choice)) for choice in word.choices
    )


def _held(word: Word, read: _Read) -> bool:
    """Whether the texts hold its tokens, together."""
    if any(read.tokens.isdisjoint(choice) for choice in word.choices):
        return False
    if not word.prefix:
        return read.tokens.issuperset(word.tokens)
    *whole, begun = word.tokens
    return read.tokens.issuperset(whole) and any(f" {begun}" in row for row in read.rows)


def leaves(node: Node) -> Iterator[Word | Condition]:
    """The words and conditions of a tree, also those that are refused."""
    if isinstance(node, Word | Condition):
        yield node
        return
    for part in node.parts if isinstance(node, Either) else (*node.parts, *node.without):
        yield from leaves(part)


def _wanted(node: Node) -> Iterator[Word]:
    """The words that are to be found, in their order."""
    if isinstance(node, Word):
        yield node
    elif not isinstance(node, Condition):
        for part in node.parts:
            yield from _wanted(part)


def read_query(typed: str, *, now: datetime, zone: str) -> Query:
    """Reads what a person typed; times in it are meant in `zone` (IANA name), at `now` (UTC).

    `BadQuery`, with the place of the fault, when there is nothing to look for, a bracket or quotation mark is left
    open, an operator stands alone, or a condition makes no sense.
    """
    if not query_terms(typed):
        raise BadQuery(f"search {typed[:200]!r}: no letter or digit to look for; type a word", typed, 0)
    root = _Reader(typed, now, zone).read()
    return Query(typed, root, tuple(dict.fromkeys(_wanted(root))))


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of the query as cut: an operator (AND, OR, NOT, a bracket), or else what `node` is (`None`: a dash or
    the like, which drops out), at `at`.
    """

    at: int
    operator: str = ""
    node: Word | Condition | None = None
    shown: str = ""


class _Cutter:
    """Cuts a query into pieces; the brackets of f(x) and (주)한별 belong to the word."""

    def __init__(self, typed: str, now: datetime, zone: str) -> None:
        self._typed = typed
        self._line = typed.translate(_SIGNS)
        self._now, self._zone = now, zone
        self._key: tuple[str, int] | None = None  # of source:"two words", until its value is read
        self.pieces: list[_Piece] = []

    def bad(self, what: str, at: int, way_out: str = _QUOTE_IT) -> BadQuery:
        shown = self._typed if len(self._typed) <= 200 else f"{self._typed[:200]}…"
        return BadQuery(f"search {shown!r}: {what}{way_out}", self._typed, at)

    def cut(self) -> list[_Piece]:
        line, at = self._line, 0
        if len(line) > MAX_QUERY:
            raise self.bad(f"longer than {MAX_QUERY:,} characters", MAX_QUERY, "; leave some out")
        while at < len(line):
            if line[at] == '"':
                # What a straight mark opens a straight one closes: “ and ” may stand within.
                end = self._typed.find('"', at + 1) if self._typed[at] == '"' else -1
                end = end if end >= 0 else line.find('"', at + 1)
                if end < 0:
                    raise self.bad('a " is never closed', at, "; close it, or leave it out")
                self._quoted(self._typed[at + 1 : end], at)
                at = end + 1
            elif chunk := _CHUNK.match(line, at):
                self._chunk(chunk[0], at, line[chunk.end() : chunk.end() + 1] == '"')
                at = chunk.end()
            else:
                at += 1
        return self.pieces

    def _quoted(self, text: str, at: int) -> None:
        if self._key is not None:
            (key, start), self._key = self._key, None
            self._condition(key, text, start, at + 1)
        else:
            tokens = _tokens(text)
            node = Word(text, tokens, quoted=True) if tokens else None
            self.pieces.append(_Piece(at, node=node, shown=f'"{text}"'))

    def _chunk(self, chunk: str, at: int, quote_follows: bool) -> None:
        closing = 0
        while chunk:
            if _REFUSES.match(chunk) and (len(chunk) > 1 or quote_follows):
                self.pieces.append(_Piece(at, operator="NOT", shown="-"))
                chunk, at = chunk[1:], at + 1
                continue
            opened = len(chunk) - len(chunk.lstrip("("))
            if _CLOSED_WITHIN.search(chunk):
                opened = min(opened, max(0, chunk.count("(") - chunk.count(")")))
            inner = chunk[opened:]
            ends = len(inner)
            while inner[:ends].endswith(")") and inner.count(")", 0, ends) > inner.count("(", 0, ends):
                ends -= 1
            self.pieces += [_Piece(at + i, operator="(", shown="(") for i in range(opened)]
            closing += len(inner) - ends
            chunk, at = inner[:ends], at + opened
            if not opened or not _REFUSES.match(chunk):
                break
        if chunk:
            self._inner(chunk, at, quote_follows and not closing)
        self.pieces += [_Piece(at + len(chunk) + i, operator=")", shown=")") for i in range(closing)]

    def _inner(self, text: str, at: int, quote_follows: bool) -> None:
        if text in {"AND", "OR", "NOT"}:
            self.pieces.append(_Piece(at, operator=text, shown=text))
            return
        if match := _KEY.match(text):
            key, value = match[1].lower(), text[match.end() :]
            if key in KEYS:
                if not value and quote_follows:
                    self._key = key, at
                else:
                    self._condition(key, value, at, at + match.end())
                return
            near = nearest(key, tuple(KEYS))
            if value and (near or not (key in _SCHEMES or _PORT.match(value))):
                raise self.bad(f"there is no condition {key}:{near}", at, f"; there are {', '.join(KEYS)}{_QUOTE_IT}")
        prefix = text.endswith("*") and not text.startswith("*")
        bare = text.rstrip("*") if prefix else text
        every = [token for term in query_terms(bare) for token in term]
        if not every:
            self.pieces.append(_Piece(at, shown=text))
            return
        tokens = tuple(dict.fromkeys(every))
        if prefix:
            begun = every.pop()
            if len(begun) < MIN_PREFIX and not has_unspaced(begun):
                raise self.bad(f"{bare}* begins too many words", at, f"; give at least {MIN_PREFIX} letters")
            tokens = (*dict.fromkeys(every), begun)
        # The index has pairs of such letters. Of Hangul, where many are words, one is found alone: most begin others.
        alone = len(tokens) == len(tokens[0]) == 1 and has_unspaced(tokens[0]) and not "가" <= tokens[0] <= "힣"
        self.pieces.append(_Piece(at, node=Word(bare, tokens, prefix=prefix or alone), shown=text))

    def _condition(self, key: str, value: str, at: int, value_at: int) -> None:
        value = " ".join(normalize("NFC", value).split())
        if key == "site":
            value = self._host(value, value_at)
        elif key == "author":
            value = value.rstrip("*")  # a part of a byline is enough
        if not value:
            raise self.bad(f"{key}: stands alone", at, f"; it needs {KEYS[key]}, without a blank")
        moment = None
        if key in TIMES:
            try:
                moment = parse_when(value, self._now, self._zone)
            except UsageError as error:
                raise self.bad(f"{value!r} is no time", value_at, f"; write {FORMS}") from error
        if key == "lang" and not is_language(value.lower()):
            raise self.bad(f"{value!r} is no language", value_at, f"; write {LANGUAGE_FORMS}")
        self.pieces.append(_Piece(at, node=Condition(key, value, moment, value_at), shown=f"{key}:{value}"))

    def _host(self, value: str, at: int) -> str:
        """What `value` names, which may be a URL of a host as it is copied, or all hosts under one (*.)."""
        host = _SCHEME.sub("", value, count=1).removesuffix("/")
        path = _PATH.fullmatch(host)
        if path is not None:
            raise self.bad(f"{path[3]!r} is no part of a host", at, f"; write site:{host[: path.start(3)]}")
        host = host.removeprefix("*.")
        if "*" in host:
            raise self.bad("site: takes a host without *", at, "; hosts under it are meant too")
        return host


def _tokens(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(token for term in query_terms(text) for token in term))


class _Reader:
    """Reads pieces by recursive descent. A part without letter or digit (a dash) is `None` and drops out."""

    def __init__(self, typed: str, now: datetime, zone: str) -> None:
        cutter = _Cutter(typed, now, zone)
        self._bad = cutter.bad
        self._pieces = cutter.cut()
        self._end = len(typed)
        self._at = 0
        self._depth = 0
        nodes = [piece for piece in self._pieces if piece.node is not None]
        if len(nodes) > MAX_WORDS:
            raise self._bad(f"more than {MAX_WORDS} words", nodes[MAX_WORDS].at, "; leave some out")

    def read(self) -> Node:
        root = self._either()
        piece = self._next()
        if piece is not None:
            raise self._bad("a ) closes no bracket", piece.at)
        if root is None:
            raise self._bad("there is no word to look for", 0, "; a word has a letter or a digit")
        return root

    def _next(self) -> _Piece | None:
        return self._pieces[self._at] if self._at < len(self._pieces) else None

    def _is(self, *operators: str) -> bool:
        piece = self._next()
        return piece is not None and piece.operator in operators

    def _take(self, operator: str) -> bool:
        taken = self._is(operator)
        self._at += taken
        return taken

    def _either(self) -> Node | None:
        parts = [self._every()]
        while self._take("OR"):
            parts.append(self._every())
        kept = tuple(part for part in parts if part is not None)
        return Either(kept) if len(kept) > 1 else kept[0] if kept else None

    def _every(self) -> Node | None:
        parts: list[Node | None] = []
        without: list[Node | None] = []
        refused_at = None
        while True:
            piece = self._next()
            if piece is not None and self._take("NOT"):
                refused_at = piece.at if refused_at is None else refused_at
                without.append(self._one())
            else:
                parts.append(self._one())
            if not self._take("AND") and (self._next() is None or self._is("OR", ")")):
                break
        kept = tuple(part for part in parts if part is not None)
        refused = tuple(part for part in without if part is not None)
        if refused and not kept and any(isinstance(leaf, Word) for part in refused for leaf in leaves(part)):
            assert refused_at is not None
            raise self._bad("NOT needs a word beside it that is to be found, as in A NOT B", refused_at)
        return Every(kept, refused) if refused or len(kept) > 1 else kept[0] if kept else None

    def _one(self) -> Node | None:
        piece = self._next()
        if piece is None or piece.operator in {"AND", "OR", "NOT", ")"}:
            before = self._pieces[self._at - 1] if self._at else None
            if before is None:
                assert piece is not None
                raise self._bad(f"a word is missing before {piece.shown}", piece.at)
            at = self._end if piece is None else piece.at
            raise self._bad(f"a word is missing after {before.shown}", at)
        self._at += 1
        if piece.operator == "(":
            self._depth += 1
            if self._depth > MAX_DEPTH:
                raise self._bad(f"more than {MAX_DEPTH} brackets in one another", piece.at)
            inner = self._either()
            if not self._take(")"):
                raise self._bad("a ( is never closed", piece.at)
            self._depth -= 1
            return inner
        return piece.node
