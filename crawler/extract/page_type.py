"""Article, listing or neither: decided from what the article extractor found and what the page says of itself."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.extract.document import Document
from crawler.items import Article, Hints, PageKind


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a page is, how sure that is (0..1), and why."""

    kind: PageKind
    confidence: float
    reason: str


def decide(document: Document, article: Article, confidence: float, hints: Hints) -> Verdict:
    """Article, listing or other. What the caller expects is believed unless the page clearly is something else."""
    if len(article.text) >= 200:
        return Verdict(PageKind.ARTICLE, confidence, "running text in one container")
    return Verdict(PageKind.LISTING, 0.5, "little running text")
