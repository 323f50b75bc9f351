"""Learn the weights by which `crawler.extract.titles` chooses between what a page is called, and say how well they do.

    python benchmarks/train_titles.py --fundus DIR --traf DIR --wcxb DIR --korean DIR [--write]

DIR is a plain checkout (or its part that holds pages) of flairNLP/fundus, adbar/trafilatura and WCXB (M. Foley 2026,
CC-BY-4.0), or a folder of Korean pages as `gold_pages` reads them. The model is a conditional logit: of the candidates
of a page, the softmax of their summed weights is the chance to be the gold title; fitted by gradient descent with a
quadratic penalty. Two figures are printed for each set: of weights that never saw a page of the publisher (ten folds
over publishers, mean and standard deviation of ten ways to deal them out), and of the weights that are written.
Deterministic; standard library only.
"""

from __future__ import annotations

import argparse
import math
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from boosted_trees import fold
from gold_pages import SETS, letters

from crawler.extract.blocks import Outline, outline
from crawler.extract.document import parse_document
from crawler.extract.metadata import article_object, site_name
from crawler.extract.phrases import folded
from crawler.extract.title_headings import headings
from crawler.extract.title_signs import signs_of
from crawler.extract.titles import candidates, said_of, site_words
from crawler.items import Page

FOLDS = 10
DEALS = 10
ROUNDS = 200
RATE = 0.5
MOMENTUM = 0.9
PENALTY = 3.0
SHARES = {"fundus": 4.0, "traf": 1.0, "wcxb": 1.0, "korean": 1.0}
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
        signs = signs_of(found, shown, address, item)
        right = letters(gold.title)
        yield Choice(name, gold.publisher, signs, [letters(one.text) == right for one in found])


def fit(choices: Iterable[Choice]) -> dict[str, float]:
    """The weight of each sign."""
    useful = [one for one in choices if any(one.right) and not all(one.right)]
    total = sum(SHARES[one.data] for one in useful)
    names = sorted({sign for one in useful for signs in one.signs for sign in signs})
    number = {name: at for at, name in enumerate(names)}
    pages = [(SHARES[one.data], [[number[sign] for sign in signs] for signs in one.signs], one.right) for one in useful]
    agreeing = {number[name] for name in names if "+" in name and not name.startswith("only ")}
    weights = [0.0] * len(names)
    speed = [0.0] * len(names)
    for _ in range(ROUNDS):
        slope = [0.0] * len(names)
        for share, every, is_gold in pages:
            raised = [math.exp(sum([weights[sign] for sign in signs])) for signs in every]
            everything = sum(raised)
            right = sum([value for value, gold in zip(raised, is_gold, strict=True) if gold])
            for signs, value, gold in zip(every, raised, is_gold, strict=True):
                pull = share * ((value / right if gold else 0.0) - value / everything)
                for sign in signs:
                    slope[sign] += pull
        for sign in range(len(names)):
            speed[sign] = MOMENTUM * speed[sign] + (slope[sign] - PENALTY * weights[sign]) / total
            weights[sign] += RATE * speed[sign]
            if sign in agreeing:  # two who agree never say less than one alone
                weights[sign] = max(0.0, weights[sign])
    return {sign: round(weight, 2) for sign, weight in zip(names, weights, strict=True)}


def is_right(choice: Choice, weights: dict[str, float]) -> bool:
    """Whether these weights choose the gold title, the first of equals as the extractor does."""
    sums = [sum(weights.get(sign, 0.0) for sign in signs) for signs in choice.signs]
    return bool(sums) and choice.right[sums.index(max(sums))]


def crossed(choices: list[Choice]) -> dict[str, list[float]]:
    """Share of right titles by set, one for each deal, each page judged by weights of other publishers."""
    sizes = Counter(one.data for one in choices)
    shares: dict[str, list[float]] = {name: [] for name in sorted(sizes)}
    for deal in range(DEALS):
        hits: Counter[str] = Counter()
        dealt = {name: fold(name, FOLDS, deal) for name in {one.publisher for one in choices}}
        for number in range(FOLDS):
            weights = fit(one for one in choices if dealt[one.publisher] != number)
            hits.update(one.data for one in choices if dealt[one.publisher] == number and is_right(one, weights))
        for name, size in sizes.items():
            shares[name].append(hits[name] / size)
    return shares


def _source(weights: dict[str, float], card: list[str]) -> str:
    lines = "\n".join(f'    "{sign}": {weight},' for sign, weight in weights.items())
    figures = "\n".join(card)
    return f'''"""How much each sign speaks for a wording of the title. Written by `benchmarks/train_titles.py`.

Data: fundus (flairNLP/fundus), trafilatura's evaluation set, WCXB (M. Foley 2026, CC-BY-4.0), Korean pages.
Share of titles that equal the gold one in letters and digits, mean of ten ways to deal out the publishers:
{figures}
Signs: who says it (`ld` JSON-LD headline, `h1`, `h1s` a further h1, `rest` an h1 without its kicker, `og`, `tw`,
`t` <title>), who says it together or alone against others, `second` JSON-LD's alternative headline, `tail` of another
wording, `shown` as a line of the page, `headed` by the page's heading, `headed below` that while the h1 ends a
breadcrumb trail, `address` the one that the URL was made of, `stranger` and `unrelated` an h1 with few words of the
others, `ld against h1` JSON-LD alone, `news` where JSON-LD calls the page a NewsArticle.
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
    for name, shares in crossed(choices).items():
        own = [one for one in choices if one.data == name]
        fitted = sum(is_right(one, weights) for one in own) / len(own)
        best = sum(any(one.right) for one in own) / len(own)
        card.append(
            f"- {name}, {len(own)} pages: {statistics.mean(shares):.3f} by cross-validation over publishers"
            f" (deals differ by {statistics.pstdev(shares):.3f}),\n  {fitted:.3f} by these weights;"
            f" {best:.3f} hold the right one"
        )
    print("\n".join(card))
    if args.write:
        WRITTEN.write_text(_source(weights, card), "utf8")


if __name__ == "__main__":
    main()
