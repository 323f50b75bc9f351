"""Pages with a known truth, and how well an answer agrees with it: the public sets, and the bundled newsroom.

DIR of each set is a plain checkout (or its part that holds pages) of flairNLP/fundus, adbar/trafilatura, WCXB
(M. Foley 2026, CC-BY-4.0, repacked) or a folder of Korean pages with phrases that must and must not be in the text.
"""

from __future__ import annotations

import gzip
import json
import re
import statistics
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from crawler.newsroom import Newsroom

_GZIP = b"\x1f\x8b"
SHINGLE = 4
"""Words whose sequence is compared; a letter of Han, kana, Hangul or Thai is a word."""


@dataclass(frozen=True, slots=True)
class Gold:
    """A page and what is true of it; `None` for what its set does not tell.

    `optional` is a part of `body` that a looser reading may leave out: the standfirst. `must` and `never` are phrases.
    `squashed` phrases are looked for without any blanks. By `publisher` the folds of a cross-validation are dealt.
    """

    html: bytes
    url: str
    body: str | None = None
    optional: str = ""
    must: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    squashed: bool = False
    title: str | None = None
    published: str | None = None
    authors: tuple[str, ...] = ()
    publisher: str = ""


# ---------------------------------------------------------------- the sets


def fundus(root: Path) -> Iterator[Gold]:
    """News pages of many countries with their full text."""
    for meta_file in sorted((root / "tests/resources/parser/test_data").glob("*/meta.info")):
        urls = json.loads(meta_file.read_text("utf-8"))
        for truth in sorted(meta_file.parent.glob("*.json")):
            versions = json.loads(truth.read_text("utf-8"))
            name = re.compile(re.escape(truth.stem) + r"_\d{4}_\d\d_\d\d\.html\.gz")
            pages = sorted(file for file in meta_file.parent.iterdir() if name.fullmatch(file.name))
            # Versions of a publisher's layout and its saved pages are both in order of time.
            order = sorted(versions, key=lambda version: [int(number) for number in re.findall(r"\d+", version)])
            if len(pages) != len(order):
                continue
            for page, version in zip(pages, order, strict=True):
                item = versions[version]
                told = item.get("body") or {}
                summary = "\n".join(told.get("summary") or [])
                lines = [line for part in told.get("sections") or [] for line in part["headline"] + part["paragraphs"]]
                body = "\n".join([summary, *lines]).strip()
                yield Gold(
                    html=_read(page),
                    url=urls[page.name]["url"],
                    body=body or None,
                    optional=summary,
                    title=item.get("title") or None,
                    published=item.get("publishing_date"),
                    authors=tuple(item.get("authors") or ()),
                    publisher=truth.stem,
                )


def traf(root: Path) -> Iterator[Gold]:
    """Pages with snippets that must and must not be in the text."""
    for url, item, page in _traf_pages(root):
        authors = item.get("author") or []
        if isinstance(authors, str):
            authors = re.split(r"[;,]| und | and ", authors)
        yield Gold(
            html=_read(page),
            url=url,
            must=tuple(item["with"]),
            never=tuple(item["without"]),
            title=item.get("title") or None,
            published=_if_date(item.get("date")),
            authors=tuple(name.strip() for name in authors if name.strip()),
            publisher=_domain(url),
        )


def _traf_pages(root: Path) -> Iterator[tuple[str, dict[str, Any], Path]]:
    root = root / "tests" if (root / "tests").is_dir() else root
    for url, item in json.loads((root / "evaldata.json").read_text("utf-8")).items():
        page = next((file for folder in ("cache", "eval") if (file := root / folder / item["file"]).is_file()), None)
        if page is not None:
            yield url, item, page


def wcxb(root: Path) -> Iterator[Gold]:
    """English articles with their full text."""
    for item, file in _wcxb_pages(root):
        if item["kind"] == "article":
            yield Gold(
                html=_read(file),
                url=item["url"] or "",
                body=item["text"],
                title=item["title"] or None,
                published=_if_date(item["published"]),
                authors=tuple(item["authors"] or ()),
                publisher=_domain(item["url"] or item["id"]),
            )


def _wcxb_pages(root: Path) -> Iterator[tuple[dict[str, Any], Path]]:
    with gzip.open(root / "truth.jsonl.gz", "rt", encoding="utf-8") as lines:
        for item in map(json.loads, lines):
            yield item, root / "html" / f"{item['id']}.html.gz"


def korean(root: Path) -> Iterator[Gold]:
    """Korean news and blog pages with phrases that must and must not be in the text."""
    index = {}
    for line in (root / "pages/index.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        index[row["id"]] = row
    for line in (root / "truth.jsonl").read_text("utf-8").splitlines():
        item = json.loads(line)
        if item["kind"] in ("article", "blog") and item["id"] in index:
            row = index[item["id"]]
            yield Gold(
                html=_read(root / "pages" / row["file"]),
                url=row["url"],
                must=tuple(item["body_must"]),
                never=tuple(item["body_never"]),
                squashed=True,
                title=item["title"] or None,
                published=item.get("published"),
                authors=tuple(name for name in (item.get("author") or "").split(";") if name.strip()),
            )


def newsroom(articles: int = 12) -> Iterator[Gold]:
    """Article pages of the bundled newsroom: for everybody who has only this repository."""
    start = datetime.fromisoformat("2026-03-01T12:00Z")
    with Newsroom(seed=11, articles_per_outlet=articles, start=start) as room, httpx.Client(timeout=30) as client:
        for article in room.truth():
            # An agency's tag and a byline belong to the text or not, as one likes.
            optional = "\n".join([article.summary or "", *article.decorations])
            yield Gold(
                html=client.get(article.url).content,
                url=article.url,
                body="\n".join(part for part in (article.summary, article.text) if part),
                optional=optional,
                title=article.title,
                published=article.published.isoformat() if article.published else None,
                authors=article.authors,
            )


def typed_pages(name: str, root: Path) -> Iterator[tuple[str, str, bytes]]:
    """URL, kind and bytes of every page of a set, whatever its kind; those of fundus and traf all count as articles."""
    if name == "wcxb":
        for item, file in _wcxb_pages(root):
            yield item["url"] or "", item["kind"], _read(file)
    elif name == "korean":
        for line in (root / "pages/index.jsonl").read_text("utf-8").splitlines():
            row = json.loads(line)
            if row["kind"] != "feed":  # the reader of feeds knows those
                yield row["url"] or "", row["kind"], _read(root / "pages" / row["file"])
    elif name == "fundus":
        for meta_file in sorted((root / "tests/resources/parser/test_data").glob("*/meta.info")):
            for saved, meta in sorted(json.loads(meta_file.read_text("utf-8")).items()):
                if (page := meta_file.parent / saved).is_file():
                    yield meta["url"], "article", _read(page)
    else:
        for url, _, page in _traf_pages(root):
            yield url, "article", _read(page)


SETS = {"fundus": fundus, "traf": traf, "wcxb": wcxb, "korean": korean}


def _domain(url: str) -> str:
    return ".".join((urlsplit(url).hostname or url).split(".")[-2:])


def _read(file: Path) -> bytes:
    raw = file.read_bytes()
    return gzip.decompress(raw) if raw.startswith(_GZIP) else raw


# ---------------------------------------------------------------- agreement

_WORD = re.compile(
    r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff]"
    r"|[^\W\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff]+"
)
Counts = tuple[float, float, float]
"""What is right, too much, and missing."""


@dataclass(slots=True)
class Score:
    """How one answer agrees with the truth; `None` where the truth is silent. `strict` and `loose` are shares of it."""

    strict: Counts | None = None
    loose: Counts | None = None
    phrases: Counts | None = None
    clean: bool | None = None
    title: bool | None = None
    day: bool | None = None
    minute: bool | None = None
    recall: float | None = None
    precision: float | None = None
    empty: bool = False


def score(gold: Gold, got: dict[str, Any]) -> Score:
    """Compare an answer ``dict(title, body, published, author)`` with the truth."""
    body = got.get("body") or ""
    one = Score(empty=not body.strip())
    if gold.body is not None:
        one.strict = _overlap(_shingles(gold.body), _shingles(body))
        free = _shingles(gold.optional)
        one.loose = _overlap(_shingles(gold.body) - free, _shingles(body) - free)
    if gold.must:
        form = _squashed if gold.squashed else _folded_blanks
        text = form(body)
        hits = sum(form(phrase) in text for phrase in gold.must) if text else 0
        leaks = sum(form(phrase) in text for phrase in gold.never)
        one.phrases = (hits, leaks, len(gold.must) - hits)
        one.clean = hits == len(gold.must) and not leaks
    if gold.title:
        alike = _tidy if gold.squashed else letters
        one.title = alike(gold.title) == alike(got.get("title"))
    if gold.published:
        one.day, one.minute = _same_time(gold.published, got.get("published"))
    if gold.authors:
        wanted, given = _names(gold.authors), _names(got.get("author"))
        joined = "|".join(given)
        one.recall = statistics.fmean(name in joined for name in wanted) if wanted else None
        if given:
            one.precision = statistics.fmean(any(w in g or g in w for w in wanted) for g in given)
    return one


def words(text: str) -> list[str]:
    """The words of a text."""
    return _WORD.findall(text)


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    told = words(text)
    if not told:
        return Counter()
    return Counter(tuple(told[start : start + SHINGLE]) for start in range(max(1, len(told) - SHINGLE + 1)))


def _overlap(wanted: Counter[tuple[str, ...]], given: Counter[tuple[str, ...]]) -> Counts:
    both, more, less = ((wanted & given).total(), (given - wanted).total(), (wanted - given).total())
    every = both + more + less
    return (both / every, more / every, less / every) if every else (0.0, 0.0, 0.0)


def harmonic(counts: Counts) -> tuple[float, float, float]:
    """Precision, recall and F1."""
    right, more, less = counts
    precision = right / (right + more) if right + more else float(not less)
    recall = right / (right + less) if right + less else float(not more)
    return precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def figures(scores: Iterable[Score]) -> dict[str, float]:
    """The figures of a set by name: of full texts the mean over pages, of phrases those of all phrases together."""
    rows = list(scores)
    found: dict[str, float] = {}
    strict = [row.strict for row in rows if row.strict is not None]
    phrases = [row.phrases for row in rows if row.phrases is not None]
    if strict:
        found["P"], found["R"], found["F1"] = _macro(strict)
        found["F1opt"] = _macro([row.loose for row in rows if row.loose is not None])[2]
    elif phrases:
        found["P"], found["R"], found["F1"] = harmonic(tuple(map(sum, zip(*phrases, strict=True))))  # type: ignore[arg-type]
        found["clean"] = _mean([row.clean for row in rows])
    for name, values in (
        ("title", [row.title for row in rows]),
        ("day", [row.day for row in rows]),
        ("minute", [row.minute for row in rows]),
        ("author R", [row.recall for row in rows]),
        ("author P", [row.precision for row in rows]),
    ):
        if any(value is not None for value in values):
            found[name] = _mean(values)
    found["empty"] = sum(row.empty for row in rows)
    return found


def _mean(values: Iterable[float | None]) -> float:
    return statistics.fmean(value for value in values if value is not None)


def _macro(rows: list[Counts]) -> tuple[float, float, float]:
    """Mean precision of the pages with output, mean recall of those with a truth, and the F1 of both means."""
    given = [harmonic(row)[0] for row in rows if row[0] + row[1]]
    wanted = [harmonic(row)[1] for row in rows if row[0] + row[2]]
    precision, recall = (statistics.fmean(values) if values else 0.0 for values in (given, wanted))
    return precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def letters(value: object) -> str:
    """Letters and digits of a title or name, case folded: what is compared."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", str(value or "")).casefold())


def _folded_blanks(text: str) -> str:
    return " ".join(text.split())


_QUOTES = str.maketrans("“”„‘’`´‧•", "\"\"\"''''··")
_UNSEEN = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")


def _tidy(value: object) -> str:
    """With plain quotes and single blanks, in small letters."""
    plain = unicodedata.normalize("NFKC", unescape(str(value or "")).translate(_QUOTES))
    return _folded_blanks(_UNSEEN.sub("", plain)).lower()


def _squashed(text: str) -> str:
    return _tidy(text).replace(" ", "")


def _names(value: object) -> list[str]:
    if isinstance(value, (list, tuple)):
        parts = list(map(str, value))
    else:
        parts = re.split(r"[;,|]| and | und ", str(value)) if value else []
    return [name for name in map(letters, parts) if name]


def _moment(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(value or "").strip())
    except ValueError:
        return None


def _if_date(value: object) -> str | None:
    return str(value) if _moment(value) else None


def _same_time(wanted: str, given: object) -> tuple[bool, bool | None]:
    """Whether day and minute are the same, on the truth's clock; the minute is `None` where only a day is true."""
    timed = len(wanted) > len("2024-03-28")
    want, have = _moment(wanted), _moment(given)
    if want is None or have is None:
        return False, False if timed else None
    if want.tzinfo and have.tzinfo:
        have = have.astimezone(want.tzinfo)
    want, have = want.replace(tzinfo=None), have.replace(tzinfo=None)
    near = len(str(given)) > len("2024-03-28") and abs((want - have).total_seconds()) < 60
    return want.date() == have.date(), near if timed else None
