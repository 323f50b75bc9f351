"""Articles by the million for measurements of the store: the same from the same seed, block by block.

Words are made from syllables and used as often as words are (Zipf); lengths are those of news: logarithms normally
distributed, in the median 1,000 characters in Korean and 3,000 in English (of 164 gold texts of Fundus the median is
4,378 with a deviation of .70, of agency copy shorter). Six of 100 articles are copies at another publisher, three are
near copies: a tail cut off, or a lead of its own; the rest are texts of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Final

import numpy as np

from crawler.dedup.fingerprint import content_hash, content_letters
from crawler.ingest import records_of
from crawler.items import Article, ArticleRecord, Extraction, Hints, Image, Moment, Page, PageKind

BLOCK: Final = 1_000
"""Articles made together; copies are of articles of the same block."""
FIRST_DAY: Final = datetime(2026, 1, 1, tzinfo=UTC)
A_DAY: Final = 4_000
SOURCES: Final = 200
WORDS: Final = 40_000
LENGTHS: Final = {"ko": (1_000, 0.6), "en": (3_000, 0.7)}
"""Median and deviation of the logarithm, characters."""
LONGEST: Final = 40_000
COPIES: Final = 0.06
NEAR: Final = 0.03
OFFSETS: Final = {"ko": 540, "en": -300}
ENDINGS: Final = ("", "", "", "이", "가", "을", "를", "은", "는", "에서", "으로", "했다", "하는", "한다고", "의")
# ruff: noqa: SIM905 - words read best as the plain text that they are
FUNCTION_WORDS: Final = (
    "the of and to a in that is for on with was as by at from it he said are be have has this an not they which "
    "their were been would who more will but or about its than up one also had after over new"
).split()


class Maker:
    """Makes blocks of articles."""

    def __init__(self, seed: int = 20_261_126) -> None:
        self._seed = seed
        rng = np.random.default_rng(seed)
        self._words = {"ko": _korean(rng), "en": _english(rng)}
        shares = 1.0 / (np.arange(WORDS) + 2.7)
        self._up_to = np.cumsum(shares / shares.sum())

    def words(self, lang: str) -> list[str]:
        """The words of a language, the commonest first."""
        return self._words[lang]

    def block(self, number: int) -> list[Article]:
        """The articles of one block, in the order of publication."""
        rng = np.random.default_rng((self._seed, number))
        made: list[Article] = []
        for place in range(BLOCK):
            chance = rng.random()
            serial = number * BLOCK + place
            if made and chance < COPIES + NEAR:
                original = made[int(rng.integers(max(0, len(made) - 400), len(made)))]
                text = original.text if chance < COPIES else self._edited(rng, original)
                made.append(self._article(rng, serial, original.language or "en", original.title or "", text))
            else:
                lang = "ko" if rng.random() < 0.5 else "en"
                made.append(self._article(rng, serial, lang, self._headline(rng, lang), self._text(rng, lang)))
        return made

    def _drawn(self, rng: np.random.Generator, lang: str, count: int) -> list[str]:
        words = self._words[lang]
        return [words[place] for place in np.searchsorted(self._up_to, rng.random(count)).tolist()]

    def _headline(self, rng: np.random.Generator, lang: str) -> str:
        title = " ".join(self._drawn(rng, lang, int(rng.integers(5, 11))))
        return title[:1].upper() + title[1:]

    def _text(self, rng: np.random.Generator, lang: str) -> str:
        median, deviation = LENGTHS[lang]
        wanted = min(LONGEST, max(120, int(median * np.exp(deviation * rng.standard_normal()))))
        words = self._drawn(rng, lang, wanted // (4 if lang == "ko" else 6) + 12)
        far = list(accumulate(len(word) + 1 for word in words))
        words = words[: max(12, int(np.searchsorted(far, wanted)))]
        for place in np.flatnonzero(rng.random(len(words)) < 0.02).tolist():
            words[place] = f"{int(rng.integers(2, 9_999)):,}"
        ends = np.cumsum(rng.integers(8, 24, size=len(words) // 8 + 1)).tolist()
        sentences, start = [], 0
        for end in ends:
            if start >= len(words):
                break
            sentence = " ".join(words[start:end])
            sentences.append(sentence[:1].upper() + sentence[1:] + ("다." if lang == "ko" else "."))
            start = end
        breaks = list(accumulate(rng.integers(2, 5, size=len(sentences)).tolist()))
        paragraphs = [" ".join(sentences[a:b]) for a, b in zip([0, *breaks], breaks, strict=False)]
        return "\n".join(part for part in paragraphs if part)

    def _edited(self, rng: np.random.Generator, original: Article) -> str:
        lines = original.text.split("\n")
        if rng.random() < 0.5 and len(lines) > 2:
            return "\n".join(lines[: max(2, len(lines) * 2 // 3)])
        lead = " ".join(self._drawn(rng, original.language or "en", 14))
        return "\n".join([f"{lead}.", *lines])

    def _article(self, rng: np.random.Generator, serial: int, lang: str, title: str, text: str) -> Article:
        source = int(SOURCES * rng.random() ** 2)
        published = FIRST_DAY + timedelta(seconds=serial * 86_400 / A_DAY)
        url = f"https://www.outlet-{source}.example/{published:%Y/%m/%d}/article-{serial:07d}"
        return Article(
            url=url,
            canonical=url,
            title=title,
            text=text,
            summary=text[:140],
            authors=(" ".join(self._drawn(rng, lang, 2)),),
            published=Moment(published, OFFSETS[lang]),
            language=lang,
            site_name=f"Outlet {source}",
            section=("politics", "economy", "society", "culture", "sport", "world")[serial % 6],
            image=Image(url=f"https://img.outlet-{source}.example/{serial:07d}.jpg"),
            extractor="dom/2",
            confidence=0.97,
        )


def source_of(record: ArticleRecord) -> str:
    """The source that meets a made article."""
    return (record.article.site_name or "").replace(" ", "-").lower()


def prepared(article: Article) -> ArticleRecord:
    """The record that a crawl would make of a page with this article: everything after its extraction."""
    assert article.published is not None
    fetched = article.published.utc + timedelta(minutes=7)
    page = Page(
        url=article.url,
        final_url=article.url,
        status=200,
        headers={"etag": f'"{len(article.text):x}"'},
        body=b"",
        fetched_at=fetched,
    )
    extraction = Extraction(kind=PageKind.ARTICLE, reason="", article=article)
    (record,) = records_of(page, extraction, hints=Hints(), keep_raw=False)
    return record


def as_first_told(articles: Iterator[Article]) -> float:
    """The share of the articles whose text no earlier one of them has."""
    seen: set[str] = set()
    count = 0
    for article in articles:
        count += 1
        seen.add(content_hash(content_letters(article.text)))
    return len(seen) / count if count else 0.0


def renamed(article: Article, url: str) -> Article:
    """The same article at another address."""
    return replace(article, url=url, canonical=url)


def _korean(rng: np.random.Generator) -> list[str]:
    # Real Korean uses some hundreds of syllables, a few of them most of the time.
    syllables = [chr(0xAC00 + code) for code in rng.choice(11_172, 900, replace=False).tolist()]
    shares = 1.0 / (np.arange(len(syllables)) + 12.0)
    shares /= shares.sum()
    made: dict[str, None] = {}
    while len(made) < WORDS:
        size = int(rng.integers(1, 4))
        stem = "".join(syllables[place] for place in rng.choice(len(syllables), size, p=shares).tolist())
        made[stem + ENDINGS[int(rng.integers(len(ENDINGS)))]] = None
    return list(made)


def _english(rng: np.random.Generator) -> list[str]:
    heads = (
        "b",
        "c",
        "d",
        "f",
        "g",
        "h",
        "l",
        "m",
        "n",
        "p",
        "r",
        "s",
        "t",
        "v",
        "w",
        "st",
        "tr",
        "pl",
        "ch",
        "sh",
        "",
    )
    tails = ("a", "e", "i", "o", "u", "ea", "ai", "ou", "an", "er", "in", "on", "al", "ing", "ed", "es")
    made: dict[str, None] = dict.fromkeys(FUNCTION_WORDS)
    while len(made) < WORDS:
        size = int(rng.integers(1, 5))
        word = "".join(heads[int(rng.integers(len(heads)))] + tails[int(rng.integers(len(tails)))] for _ in range(size))
        made[word] = None
    # Common words are short.
    rank = {word: place + 900 * len(word) for place, word in enumerate(made)}
    return [*FUNCTION_WORDS, *sorted(list(made)[len(FUNCTION_WORDS) :], key=lambda word: rank[word])]
