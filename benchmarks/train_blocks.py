"""Learn which blocks of a page are its article's text, and say how well that goes on publishers never seen.

    python benchmarks/train_blocks.py --fundus DIR --traf DIR --wcxb DIR [--folds 5] [--report FILE] [--write]

DIR is a plain checkout (or its part that holds pages) of flairNLP/fundus, adbar/trafilatura and WCXB (M. Foley 2026,
CC-BY-4.0). A block is text as far as its words, four in a row, stand in the truth; of pages with snippets only the
blocks that hold one are learnt from. The model is a sum of oblivious trees, fitted by CatBoost (``pip install --group
train``) and written as plain JSON beside its card. The figures are of whole extractions: each page is read with a model
that saw no page of its publisher; FILE gets a line of JSON for each of them, the worst of a set first.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from adapters import article
from boosted_trees import exported, fold, plain_trees
from gold_pages import SETS, SHINGLE, Gold, Score, figures, harmonic, score, words
from numpy.typing import NDArray

from crawler.extract import extract
from crawler.extract.block_classifier import BlockModel, judged_by
from crawler.extract.block_features import NAMES
from crawler.items import Hints, Page, PageKind

FITS = 2
"""Models of other seeds whose mean is written: it errs less on what none of them saw."""

TREES = 240
DEPTH = 6
RATE = 0.085
PENALTY = 8.0
COLUMNS_A_TREE = 0.3
ROWS_A_TREE = 0.7
BORDERS = 64
SCALE = 1_000
"""Leaves are written as whole thousandths."""

SHARES = {"fundus": 8.0, "traf": 7.0, "wcxb": 4.0}
"""Weight of a page in the fit: news pages with a full truth are few and are what the product reads."""

EVEN = 0.3
"""Part of a page's weight that is dealt evenly to its blocks; the rest goes by their words."""

LEAST_TRUTH = 60.0
"""Words of the truth that a page has at least in the weights."""

SNIPPET_WEIGHT = 0.15
MOST_DROPPED = 120
"""Blocks that the rules dropped which are learnt from, of one page: lists of a thousand lines teach no more."""

KEPT, INDEX = NAMES.index("kept"), NAMES.index("index")
FOLDER = Path(__file__).resolve().parent.parent / "crawler" / "extract"

Floats = NDArray[np.float64]


class Rules:
    """A judge that lets the rules' word stand, and remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[NDArray[np.float32]] = []

    def probabilities(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """1 for what the rules kept, else 0."""
        self.told.append(rows)
        return np.asarray(rows[:, KEPT], np.float32).copy()


@dataclass(frozen=True, slots=True)
class Lesson:
    """A page to learn from: a row for each block, how much of it is text (0..1), and its weight."""

    data: str
    publisher: str
    rows: NDArray[np.float32]
    text: Floats
    weights: Floats


def lesson(data: str, gold: Gold) -> Lesson | None:
    """What a page teaches; `None` when it has no blocks in question."""
    rules = Rules()
    pages: list[Any] = []
    url = gold.url or "http://localhost/"
    page = Page(url=url, final_url=url, status=200, headers={}, body=gold.html, fetched_at=datetime.now(UTC))
    with judged_by(rules):
        extract(page, Hints(expect=PageKind.ARTICLE, site_rules=False), lambda _, reading: pages.append(reading.body))
    if not rules.told or not pages or pages[0].page is None:
        return None
    rows = rules.told[0]
    blocks = pages[0].page.blocks
    places = rows[:, INDEX].astype(int)
    if places.max() >= len(blocks):
        # The text came out of a script: another page's blocks.
        return None
    lines = [blocks[place].text for place in places]
    kept = rows[:, KEPT] > 0
    text = _by_words(gold.body, lines, kept) if gold.body is not None else _by_snippets(gold, lines)
    sizes = np.array([len(words(line)) for line in lines], float)
    known = text >= 0
    if not known.any():
        return None
    if gold.body is not None:
        true = max(LEAST_TRUTH, float((sizes * text)[known].sum()))
        weights = SHARES[data] * (sizes / true + EVEN / len(rows))
        weights *= _thinned(kept, gold.url)
    else:
        weights = np.full(len(rows), SHARES[data] * SNIPPET_WEIGHT)
    known &= weights > 0
    return Lesson(data, gold.publisher, rows[known], text[known], weights[known])


def _thinned(kept: NDArray[np.bool_], seed: str) -> Floats:
    """1 for a block that is learnt from, 0 for one that is left out, more for those that stand for others."""
    share = np.ones(len(kept))
    dropped = np.flatnonzero(~kept)
    if len(dropped) > MOST_DROPPED:
        order = np.random.default_rng(int(hashlib.sha256(seed.encode()).hexdigest()[:8], 16)).permutation(dropped)
        share[order[MOST_DROPPED:]] = 0.0
        share[order[:MOST_DROPPED]] = len(dropped) / MOST_DROPPED
    return share


def _shingles(line: list[str]) -> Counter[tuple[str, ...]]:
    return Counter(tuple(line[start : start + SHINGLE]) for start in range(len(line) - SHINGLE + 1))


def _by_words(truth: str, lines: list[str], kept: NDArray[np.bool_]) -> Floats:
    """How much of each line stands in the truth. What stands twice is text once, where the rules kept it."""
    told = words(truth)
    left = _shingles(told)
    whole = frozenset(left)
    short = {" ".join(words(line)) for line in truth.split("\n")}
    spoken = [words(line) for line in lines]
    found = np.full(len(lines), -1.0)
    for place in [*np.flatnonzero(kept), *np.flatnonzero(~kept)]:
        line = spoken[place]
        if not line:
            continue
        if len(line) < SHINGLE:
            found[place] = " ".join(line) in short or _between(spoken, place, whole)
            continue
        own = _shingles(line)
        hits = sum(min(count, left[shingle]) for shingle, count in own.items())
        found[place] = hits / own.total()
        if found[place] >= 0.5:
            left -= own
    return found


def _between(spoken: list[list[str]], place: int, whole: frozenset[tuple[str, ...]]) -> bool:
    """Whether a line of few words stands in the truth together with a word before or behind it."""
    before: list[str] = []
    for line in reversed(spoken[max(0, place - SHINGLE) : place]):
        before = line[-SHINGLE:] + before
    behind = [word for line in spoken[place + 1 : place + 1 + SHINGLE] for word in line[:SHINGLE]]
    before, behind = before[1 - SHINGLE :], behind[: SHINGLE - 1]
    row = before + spoken[place] + behind
    begin, end = len(before), len(before) + len(spoken[place])
    starts = range(max(0, end - SHINGLE), min(begin, len(row) - SHINGLE) + 1)
    return any(tuple(row[start : start + SHINGLE]) in whole for start in starts)


def _by_snippets(gold: Gold, lines: list[str]) -> Floats:
    found = np.full(len(lines), -1.0)
    must, never = ([" ".join(phrase.split()) for phrase in phrases] for phrases in (gold.must, gold.never))
    for place, line in enumerate(lines):
        flat = " ".join(line.split())
        if any(phrase in flat for phrase in never):
            found[place] = 0.0
        elif any(phrase in flat or (len(flat) >= 25 and flat in phrase) for phrase in must):
            found[place] = 1.0
    return found


def fit(lessons: list[Lesson], threads: int) -> dict[str, Any]:
    """The model as it is written."""
    from catboost import CatBoostClassifier, Pool

    rows = np.concatenate([one.rows for one in lessons])
    text = np.concatenate([one.text for one in lessons])
    weights = np.concatenate([one.weights for one in lessons])
    # A block of which a part is text counts as both, by that part.
    both = np.concatenate([rows, rows])
    right = np.concatenate([np.ones(len(rows)), np.zeros(len(rows))])
    shares = np.concatenate([weights * text, weights * (1.0 - text)])
    used = shares > 1e-4
    pool = Pool(both[used], right[used], weight=shares[used] * 1_000)
    models = []
    for seed in range(FITS):
        model = CatBoostClassifier(
            iterations=TREES,
            depth=DEPTH,
            learning_rate=RATE,
            l2_leaf_reg=PENALTY,
            rsm=COLUMNS_A_TREE,
            bootstrap_type="MVS",
            subsample=ROWS_A_TREE,
            border_count=BORDERS,
            random_seed=seed,
            thread_count=threads,
            verbose=0,
            allow_writing_files=False,
        )
        model.fit(pool)
        models.append(exported(model))
    return _plain(models)


def _plain(models: list[dict[str, Any]]) -> dict[str, Any]:
    """The mean of CatBoost's models in our format: names of the columns that are asked, and the trees."""
    trees, bias = plain_trees(models, DEPTH, SCALE)
    columns = sorted({column for tree in trees for column in tree["columns"]})
    places = {column: place for place, column in enumerate(columns)}
    for tree in trees:
        tree["columns"] = [places[column] for column in tree["columns"]]
    return {"columns": [NAMES[column] for column in columns], "scale": SCALE, "bias": bias, "trees": trees}


def _judge(models: list[dict[str, Any]], gold: Gold) -> tuple[Score, str]:
    """Read one page with the model that saw no page of its publisher: how well that went, and the text."""
    model = models[fold(gold.publisher, len(models))] if models else None
    with judged_by(BlockModel.of(model) if model else Rules()):
        read = article(gold.html, gold.url)
    return score(gold, read), str(read["body"])


def _pages(roots: dict[str, Path]) -> Iterator[tuple[str, Gold]]:
    for data, root in roots.items():
        for gold in SETS[data](root):
            yield data, gold


Results = dict[str, list[tuple[str, Score, str]]]
"""Of each set the pages: address, score and text."""


def read(pool: ProcessPoolExecutor, models: list[dict[str, Any]], roots: dict[str, Path]) -> Results:
    """The pages of each set, read with these models; with none, by the rules alone."""
    every: dict[str, list[tuple[str, Future[tuple[Score, str]]]]] = {data: [] for data in roots}
    for data, gold in _pages(roots):
        every[data].append((gold.url, pool.submit(partial(_judge, models), gold)))
    return {data: [(url, *one.result()) for url, one in rows] for data, rows in every.items()}


def _report(found: Results, file: Path) -> None:
    """Write what became of each page, those of a set that cost its figure most before the others."""
    with file.open("w", encoding="utf-8") as lines:
        for data, rows in found.items():
            told = []
            for url, one, text in rows:
                right, more, less = one.strict or one.phrases or (0.0, 0.0, 0.0)
                precision, recall, f1 = harmonic((right, more, less))
                # Of phrases all count alike, of full texts the share of each page.
                lost = 2.0 - precision - recall if one.strict else more + less
                told.append((lost, {"set": data, "url": url, "P": precision, "R": recall, "F1": f1, "text": text}))
            for _, row in sorted(told, key=lambda pair: -pair[0]):
                lines.write(json.dumps(row, ensure_ascii=False) + "\n")


def main() -> None:
    """Read the sets, fit, print the figures, and with ``--write`` write model and card."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    for name in SHARES:
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--report", type=Path)
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    roots = {name: getattr(args, name) for name in SHARES}
    with ProcessPoolExecutor(args.jobs) as pool:
        waiting = [pool.submit(lesson, data, gold) for data, gold in _pages(roots)]
        lessons = [one for future in waiting if (one := future.result()) is not None]
        print(f"{len(lessons)} pages, {sum(len(one.rows) for one in lessons)} blocks", flush=True)
        models = [
            fit([one for one in lessons if fold(one.publisher, args.folds) != number], args.jobs)
            for number in range(args.folds)
        ]
        card = []
        for title, found in (("by the rules alone", []), ("of publishers never seen", models)):
            results = read(pool, found, roots)
            for data, rows in results.items():
                row = figures(one for _, one, _ in rows)
                told = ", ".join(f"{name} {row[name]:.4f}" for name in ("P", "R", "F1"))
                card.append(f"| {data} | {title} | {told} | {row['empty']:.0f} |")
                print(card[-1], flush=True)
        if args.report:
            _report(results, args.report)
    if args.write:
        whole = fit(lessons, args.jobs)
        (FOLDER / "block_model.json").write_text(_written(whole), "utf-8")
        (FOLDER / "block_model.md").write_text(_card(whole, card, lessons, args.folds), "utf-8")


def _written(model: dict[str, Any]) -> str:
    """JSON with a tree a line."""
    trees = ",\n".join(json.dumps(tree, separators=(",", ":")) for tree in model["trees"])
    head = json.dumps({name: value for name, value in model.items() if name != "trees"})
    return f'{head[:-1]}, "trees": [\n{trees}\n]}}\n'


def _card(model: dict[str, Any], rows: list[str], lessons: list[Lesson], folds: int) -> str:
    counts = Counter(one.data for one in lessons)
    told = ", ".join(f"{counts[data]} pages of {data}" for data in SHARES)
    table = "\n".join(rows)
    return f"""# Which blocks are text: the model's card

`block_model.json`, written by `benchmarks/train_blocks.py` on {datetime.now(UTC):%Y-%m-%d}.

- What it is: {len(model["trees"])} oblivious trees of depth {DEPTH} over {len(model["columns"])} columns of
  `block_features.NAMES`; a JSON object that names its columns, a tree a line, leaves in thousandths. Fitted by
  CatBoost; read with numpy.
- What it says: the probability that a block of a page (a run of text between two block-level tags) is a part of the
  article's text. The rules' own decision is one of the things it weighs.
- Data: {told}. fundus: flairNLP/fundus (MIT), test pages with full texts; traf: adbar/trafilatura (Apache-2.0), pages
  with snippets; wcxb: WCXB, M. Foley 2026 (CC-BY-4.0), articles with full texts.
- Weights: a page of fundus counts {SHARES["fundus"]:g}, of traf {SHARES["traf"]:g}, of wcxb {SHARES["wcxb"]:g}.
- Not known to it: languages apart from what punctuation and a list of words tell; it was not shown Korean pages but
  for those in fundus.

Whole extractions (standfirst and text) against the truth, words four in a row; publishers dealt into {folds} folds,
each page read with a model that saw no page of its publisher:

| set | | | empty |
|---|---|---|---:|
{table}
"""


if __name__ == "__main__":
    main()
