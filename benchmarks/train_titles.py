"""Learn the weights by which `crawler.extract.titles` chooses between what a page is called, and say how well they do.

    python benchmarks/train_titles.py --fundus DIR --traf DIR --wcxb DIR [--write]

DIR is a plain checkout (or its part that holds pages) of flairNLP/fundus, adbar/trafilatura and WCXB (M. Foley 2026,
CC-BY-4.0). The model is a conditional logit: of the candidates of a page, the softmax of their summed weights is the
chance to be the gold title; fitted by gradient descent with a quadratic penalty. Two figures are printed for each set:
of weights that never saw a page of the publisher (ten folds over publishers, mean of three ways to deal them out), and
of the weights that are written. Deterministic; standard library only.
"""

from __future__ import annotations

import argparse
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from boosted_trees import fold
from gold_pages import SETS, letters

from crawler.extract.blocks import Outline, outline
from crawler.extract.document import parse_document
from crawler.extract.metadata import article_object, site_name, types_of
from crawler.extract.phrases import folded
from crawler.extract.titles import candidates, headings, said_of, signs_of, site_words
from crawler.items import Page

FOLDS = 10
DEALS = 3
ROUNDS = 200
RATE = 0.5
MOMENTUM = 0.9
PENALTY = 3.0
SHARES = {"fundus": 4.0, "traf": 1.0, "wcxb": 1.0}
"""Weight of a page in the fit: news pages with a full ground truth are few and are what the product reads."""

WRITTEN = Path(__file__).resolve().parent.parent / "crawler" / "extract" / "title_weights.py"


@dataclass(frozen=True, slots=True)
class Choice:
    """A page as the model sees it: the signs of each candidate, and which candidates are the gold title."""

    data: str
    publisher: str
    signs: list[list[str]]
    right: list[bool]


def read(name: str, root: Path) -> Iterator[Choice]:
    """The choices that the pages of a set offer."""
    for gold in SETS[name](root):
        if gold.title is None:
            continue
        address = gold.url or "http://localhost/"
        page = Page(
            url=address, final_url=address, status=200, headers={}, body=gold.html, fetched_at=datetime.now(UTC)
        )
        document = parse_document(page)
        item = article_object(document)
        h1s = headings(document)
        sites = site_words(document, item, site_name(document, item)[0])
        sites |= {folded(heading.text) for heading in h1s if heading.home}
        seen = outline(document.body) if document.body is not None else Outline()
        found, shown = candidates(said_of(document, item, h1s, None), sites, address, seen)
        signs = signs_of(found, shown, address, item is not None and "newsarticle" in types_of(item))
        right = letters(gold.title)
        yield Choice(name, gold.publisher, signs, [letters(one.text) == right for one in found])


def fit(choices: Iterable[Choice]) -> dict[str, float]:
    """The weight of each sign."""
    useful = [one for one in choices if any(one.right) and not all(one.right)]
    total = sum(SHARES[one.data] for one in useful)
    weights: dict[str, float] = defaultdict(float)
    speed: dict[str, float] = defaultdict(float)
    for _ in range(ROUNDS):
        slope: dict[str, float] = defaultdict(float)
        for one in useful:
            raised = [math.exp(sum(weights[sign] for sign in signs)) for signs in one.signs]
            everything = sum(raised)
            right = sum(value for value, is_right in zip(raised, one.right, strict=True) if is_right)
            for signs, value, is_right in zip(one.signs, raised, one.right, strict=True):
                pull = SHARES[one.data] * ((value / right if is_right else 0.0) - value / everything)
                for sign in signs:
                    slope[sign] += pull
        for sign in sorted(slope):
            speed[sign] = MOMENTUM * speed[sign] + (slope[sign] - PENALTY * weights[sign]) / total
            weights[sign] += RATE * speed[sign]
    return {sign: round(weight, 2) for sign, weight in sorted(weights.items())}


def is_right(choice: Choice, weights: dict[str, float]) -> bool:
    """Whether these weights choose the gold title, the first of equals as the extractor does."""
    sums = [sum(weights.get(sign, 0.0) for sign in signs) for signs in choice.signs]
    return bool(sums) and choice.right[sums.index(max(sums))]


def crossed(choices: list[Choice]) -> dict[str, float]:
    """Share of right titles by set, each page judged by weights of other publishers."""
    hits: dict[str, float] = defaultdict(float)
    for deal in range(DEALS):
        dealt = {name: fold(name, FOLDS, deal) for name in {one.publisher for one in choices}}
        for number in range(FOLDS):
            weights = fit(one for one in choices if dealt[one.publisher] != number)
            for one in choices:
                if dealt[one.publisher] == number:
                    hits[one.data] += is_right(one, weights) / DEALS
    return {name: hits[name] / sum(one.data == name for one in choices) for name in sorted(hits)}


def _source(weights: dict[str, float], card: list[str]) -> str:
    lines = "\n".join(f'    "{sign}": {weight},' for sign, weight in weights.items())
    figures = "\n".join(card)
    return f'''"""How much each sign speaks for a wording of the title. Written by `benchmarks/train_titles.py`.

Data: fundus (flairNLP/fundus), trafilatura's evaluation set, WCXB (M. Foley 2026, CC-BY-4.0).
Share of titles that equal the gold one in letters and digits:
{figures}
Signs: who says it (`ld` JSON-LD headline, `h1`, `h1s` a further h1, `rest` an h1 without its kicker, `og`, `tw`,
`t` <title>), who says it together or alone against others, `tail` of another wording, `shown` as a
line of the page, `headed` by the page's heading, `address` the one that the URL was made of, `stranger` and
`unrelated` an h1 with few words of the others, `news` where JSON-LD calls the page a NewsArticle.
"""

WEIGHTS: dict[str, float] = {{
{lines}
}}
'''


def main() -> None:
    """Read the sets, fit, print the figures, and with ``--write`` write the weights."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    for name in SHARES:
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    choices = [choice for name in SHARES for choice in read(name, getattr(args, name))]
    weights = fit(choices)
    card = []
    for name, share in crossed(choices).items():
        own = [one for one in choices if one.data == name]
        fitted = sum(is_right(one, weights) for one in own) / len(own)
        best = sum(any(one.right) for one in own) / len(own)
        card.append(
            f"- {name}, {len(own)} pages: {share:.3f} by cross-validation over publishers, {fitted:.3f} by these"
            f" weights; {best:.3f} hold the right one"
        )
    print("\n".join(card))
    if args.write:
        WRITTEN.write_text(_source(weights, card), "utf8")


if __name__ == "__main__":
    main()
