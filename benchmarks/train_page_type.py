"""Learn from pages of known kind what `crawler.extract.page_classifier` knows, and say how well it does.

    python benchmarks/train_page_type.py --wcxb DIR --korean DIR [--fundus DIR --traf DIR] [--write]

DIR is a checkout (or its part that holds pages) of WCXB (M. Foley 2026, CC-BY-4.0), the Korean pages, flairNLP/fundus
and adbar/trafilatura; the pages of the last two count as articles. Figures are by cross-validation over publishers
(registered domains), mean of several ways to deal them out: no page is judged by what was learnt from its publisher.
Pages are read as `crawler.extract` reads them with nothing expected and without rules for single sites. Needs the
dependency group `train`: CatBoost's trees alone were right for .938 to .941 of the pages and plainly boosted trees for
.927 to .932, the linear judge alone for .934; to use the model nothing of it is needed. Deterministic.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from boosted_trees import exported, fold, plain_trees
from gold_pages import typed_pages

from crawler.extract.article import Reading, read_article
from crawler.extract.blocks import H2, H3, LI, Block
from crawler.extract.document import parse_document
from crawler.extract.page_classifier import MOST_SPREADS, PageModel, probability
from crawler.extract.page_evidence import page_evidence
from crawler.items import Hints, Page

FOLDS = 10
DEALS = 3
KINDS = ("article", "list", "forum", "product", "service", "documentation")
KIND_OF = {"listing": "list", "collection": "list", "blog": "article"}
SHARES = {"wcxb": 1.0, "korean": 1.0, "fundus": 0.5, "traf": 0.5}
"""Weight of a page: the last two hold articles alone, and the model must not learn what makes their sites theirs."""

BARE = 0.1
"""Weight of a page that was stripped of metadata and class names. Without such pages the model would take those that
small sites and old programs write for anything but articles: it would hardly have met any."""

LEAST_USE = 8
"""Pages of which a number must differ from the usual one to be learnt from."""

ROUNDS, DEPTH, RATE, LEAF_PENALTY = 300, 4, 0.06, 6.0
PENALTY = 20.0
STEPS, STEP, MOMENTUM = 300, 0.5, 0.9
LEAF_DIGITS = 1_000
MOST_BARE = 500
NAMES = {H2: "h2", H3: "h3", LI: "li"}
_SHORT_ENDINGS = frozenset(("co", "com", "org", "net", "ac", "gov", "or", "go", "edu", "ne", "in"))
FOLDER = Path(__file__).resolve().parent.parent / "crawler" / "extract"

Array = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class Row:
    """A page as the model sees it, and what it is; a `bare` one is never judged, only learnt from."""

    data: str
    publisher: str
    kind: str
    evidence: dict[str, float]
    bare: bool = False

    @property
    def weight(self) -> float:
        """How much it counts in the fit."""
        return SHARES[self.data] * (BARE if self.bare else 1.0)


def _publisher(url: str, number: int) -> str:
    labels = (urlsplit(url).hostname or f"{number}.unknown").split(".")
    ending = 3 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SHORT_ENDINGS else 2
    return ".".join(labels[-ending:])


def read(name: str, root: Path) -> Iterator[Row]:
    """What the pages of a set show."""
    for number, (url, kind, body) in enumerate(typed_pages(name, root)):
        address = url or "http://localhost/"
        page = Page(url=address, final_url=address, status=200, headers={}, body=body, fetched_at=datetime.now(UTC))
        publisher, its = _publisher(url, number), KIND_OF.get(kind, kind)
        evidence, reading = _looked_at(page)
        yield Row(name, publisher, its, evidence)
        if reading.body.page is not None and reading.body.page.blocks:
            yield Row(name, publisher, its, _looked_at(_bare(page, reading, its, number))[0], bare=True)


def _looked_at(page: Page) -> tuple[dict[str, float], Reading]:
    document = parse_document(page)
    reading = read_article(document, Hints(site_rules=False))
    return page_evidence(document, reading), reading


def _bare(page: Page, reading: Reading, kind: str, number: int) -> Page:
    """The page without metadata and names: its lines, or its text alone; half of them without their address as well."""
    blocks: list[Block] = reading.body.page.blocks if reading.body.page is not None else []
    # A list without its links is none.
    if kind != "list" and number % 4 < 2 and reading.body.lines:
        blocks = [blocks[line] for line in reading.body.lines]
    text = "".join(map(_line, blocks[:MOST_BARE]))
    title = escape(reading.article.title or "")
    inside = ("article", "main", "div")[number % 3]
    body = f"<html><head><title>{title}</title></head><body><{inside}><h1>{title}</h1>{text}</{inside}></body></html>"
    parts = urlsplit(page.url)
    url = page.url if number % 2 else f"{parts.scheme}://{parts.netloc}/{number}"
    return replace(page, url=url, final_url=url, body=body.encode("utf8", "replace"))


def _line(block: Block) -> str:
    tag, text = NAMES.get(block.kind, "p"), escape(block.text)
    return (
        f"<{tag}><a href='/{block.index}'>{text}</a></{tag}>"
        if block.link_chars * 2 > block.chars
        else f"<{tag}>{text}</{tag}>"
    )


def _table(rows: Sequence[Row], columns: Sequence[str]) -> Array:
    return np.array([[row.evidence.get(name, np.nan) for name in columns] for row in rows])


def _columns(rows: Sequence[Row]) -> list[str]:
    names = sorted({name for row in rows for name in row.evidence})
    table = _table(rows, names)
    useful = []
    for place, name in enumerate(names):
        values = table[~np.isnan(table[:, place]), place]
        if len(values) and (values != np.median(values)).sum() >= LEAST_USE:
            useful.append(name)
    return useful


def _softmax(table: Array, kinds: Array, weights: Array) -> tuple[Array, Array]:
    """Weights (kind by column) and offsets of the linear judge: descent with momentum, scaled by the curvature."""
    target = np.eye(len(KINDS))[kinds]
    w, b = np.zeros((len(KINDS), table.shape[1])), np.zeros(len(KINDS))
    speed_w, speed_b = np.zeros_like(w), np.zeros_like(b)
    total = weights.sum()
    # An upper bound of the curvature: the largest eigenvalue of the table's covariance, a quarter of it per kind.
    curve = float(np.linalg.eigvalsh((table * weights[:, None]).T @ table / total)[-1]) / 2.0
    for _ in range(STEPS):
        scores = table @ w.T + b
        scores -= scores.max(axis=1, keepdims=True)
        shares = np.exp(scores)
        shares /= shares.sum(axis=1, keepdims=True)
        pull = (target - shares) * weights[:, None]
        speed_w = MOMENTUM * speed_w + (pull.T @ table - PENALTY * w) / total / curve
        speed_b = MOMENTUM * speed_b + pull.sum(axis=0) / total
        w += STEP * speed_w
        b += STEP * speed_b
    return w, b


def _trees(table: Array, is_article: Array, weights: Array) -> tuple[list[dict[str, Any]], float]:
    from catboost import CatBoostClassifier

    model = CatBoostClassifier(
        iterations=ROUNDS,
        depth=DEPTH,
        learning_rate=RATE,
        l2_leaf_reg=LEAF_PENALTY,
        border_count=32,
        rsm=0.3,
        random_seed=0,
        thread_count=2,
        verbose=False,
        allow_writing_files=False,
    )
    model.fit(table, is_article.astype(int), sample_weight=weights)
    return plain_trees([exported(model)], DEPTH, LEAF_DIGITS)


def fit(rows: Sequence[Row], calibration: tuple[float, float] = (1.0, 0.0)) -> dict[str, Any]:
    """The model's numbers, as `PageModel` takes them."""
    columns = _columns(rows)
    table = _table(rows, columns)
    weights = np.array([row.weight for row in rows])
    kinds = np.array([KINDS.index(row.kind) for row in rows])
    centre = np.nanmean(table, axis=0)
    spread = np.maximum(np.nanstd(table, axis=0), 1e-3)
    scaled = np.clip(np.nan_to_num((table - centre) / spread), -MOST_SPREADS, MOST_SPREADS)
    w, b = _softmax(scaled, kinds, weights)
    trees, bias = _trees(table, kinds == 0, weights)
    return {
        "columns": columns,
        "centre": _rounded(centre),
        "spread": _rounded(spread),
        "kinds": list(KINDS),
        "weights": [_rounded(line) for line in w],
        "offsets": _rounded(b),
        "trees": trees,
        "scale": LEAF_DIGITS,
        "bias": bias,
        "calibration": list(calibration),
    }


def _rounded(values: Array) -> list[float]:
    return [float(f"{value:.4g}") for value in values]


def crossed(rows: Sequence[Row]) -> tuple[Array, Array]:
    """Log-odds of every page in every deal (deal by page), and whether the linear judge named its kind."""
    odds, named = np.full((DEALS, len(rows)), np.nan), np.zeros((DEALS, len(rows)))
    for deal in range(DEALS):
        folds = [fold(row.publisher, FOLDS, deal) for row in rows]
        for number in range(FOLDS):
            model = PageModel(fit([row for row, its in zip(rows, folds, strict=True) if its != number]))
            for place, (row, its) in enumerate(zip(rows, folds, strict=True)):
                if its == number and not row.bare:
                    said = model.judge(row.evidence)
                    odds[deal, place], named[deal, place] = said.log_odds, said.other == row.kind
    return odds, named


def calibrated(odds: Array, is_article: Array, weights: Array) -> tuple[float, float]:
    """Slope and shift of the line through the log-odds that makes them most likely: Newton's method."""
    line = np.array([1.0, 0.0])
    signs = np.stack([odds.ravel(), np.ones(odds.size)], axis=1)
    target, weight = np.tile(is_article, len(odds)), np.tile(weights, len(odds))
    for _ in range(20):
        share = 1.0 / (1.0 + np.exp(-signs @ line))
        slope = signs.T @ (weight * (target - share))
        curve = (signs * (weight * share * (1.0 - share))[:, None]).T @ signs
        line += np.linalg.solve(curve, slope)
    return round(float(line[0]), 3), round(float(line[1]), 3)


def _figures(rows: Sequence[Row], odds: Array, named: Array) -> list[str]:
    is_article = np.array([row.kind == "article" for row in rows])
    right = (odds > 0) == is_article
    data = np.array([row.data for row in rows])
    kind = np.array([row.kind for row in rows])
    asked = (data == "wcxb") | ((data == "korean") & (kind == "list"))
    lines = [
        f"- article or not, wcxb of all kinds and the listings of the Korean set, {asked.sum()} pages:"
        f" {right[:, asked].mean():.4f} right"
        f" (each deal: {', '.join(f'{share:.4f}' for share in right[:, asked].mean(axis=1))})"
    ]
    for chosen, one in sorted({(row.data, row.kind) for row in rows}):
        of = (data == chosen) & (kind == one)
        also = "" if one == "article" else f", {named[:, of].mean():.3f} called by its kind when it is no article"
        lines.append(f"- {chosen}, {one}, {of.sum()} pages: {right[:, of].mean():.3f} right{also}")
    lines += ["", "How often a page is an article of which the model says so with a probability of:", ""]
    lines += ["| said | pages | articles |", "|---|---|---|"]
    sure = np.vectorize(probability)(odds[:, asked])
    borders = [0.0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 1.0001]
    for low, high in itertools.pairwise(borders):
        within = (sure >= low) & (sure < high)
        share = np.tile(is_article[asked], (DEALS, 1))[within].mean() if within.any() else 0.0
        lines.append(f"| {low:.2f} to {min(high, 1.0):.2f} | {within.sum() / DEALS:.0f} | {share:.3f} |")
    return lines


def _card(rows: Sequence[Row], lines: Sequence[str]) -> str:
    counts: dict[str, int] = defaultdict(int)
    for row in rows:
        counts[row.data] += 1
    used = ", ".join(f"{name} ({count} pages)" for name, count in counts.items())
    return "\n".join(
        [
            "# The model of page kinds",
            "",
            "Written by `benchmarks/train_page_type.py`; used by `crawler/extract/page_classifier.py`.",
            "",
            f"Data: {used}. wcxb is WCXB by M. Foley, 2026, CC-BY-4.0, its development part; fundus the test pages of",
            "flairNLP/fundus (MIT), traf the evaluation pages of adbar/trafilatura (Apache-2.0; all count as",
            "articles, though some are threads, shops and home pages), korean Korean portals, blogs and outlets with",
            "listings of other languages. The model holds statistics of the numbers that `page_evidence` counts, no",
            "text.",
            "",
            "Licence of the model: that of presswatch; credit WCXB where you pass it on.",
            "",
            f"Figures by cross-validation over publishers, {FOLDS} folds, mean of {DEALS} deals, nothing expected:",
            "",
            *lines,
            "",
        ]
    )


def _write(model: dict[str, Any], card: str) -> None:
    dense: Callable[[object], str] = lambda value: json.dumps(value, separators=(",", ":"))  # noqa: E731
    parts = [f'"{key}": {dense(value)}' for key, value in model.items() if key not in ("weights", "trees")]
    lines = {key: ",\n".join(map(dense, model[key])) for key in ("weights", "trees")}
    parts += [f'"{key}": [\n{text}\n]' for key, text in lines.items()]
    (FOLDER / "page_model.json").write_text("{\n" + ",\n".join(parts) + "\n}\n", "utf8")
    (FOLDER / "page_model.md").write_text(card, "utf8")


def main() -> None:
    """Read the sets, fit, print the figures, and with ``--write`` write model and card."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    for name in SHARES:
        parser.add_argument(f"--{name}", type=Path, required=name in ("wcxb", "korean"))
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    gc.disable()
    rows = [row for name in SHARES if (root := getattr(args, name)) is not None for row in read(name, root)]
    odds, named = crossed(rows)
    whole = [place for place, row in enumerate(rows) if not row.bare]
    pages, odds, named = [rows[place] for place in whole], odds[:, whole], named[:, whole]
    line = calibrated(odds, np.array([row.kind == "article" for row in pages]), np.array([row.weight for row in pages]))
    lines = _figures(pages, odds * line[0] + line[1], named)
    card = _card(pages, lines)
    print("\n".join(lines))
    if args.write:
        _write(fit(rows, line), card)


if __name__ == "__main__":
    main()
