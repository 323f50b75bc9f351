"""CatBoost's models as the plain objects that `crawler.extract.oblivious_trees` reads, and how folds are dealt."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

NEVER = 1e30
"""A border that no value exceeds: a tree with fewer questions asks more that nothing answers with yes."""


def fold(publisher: str, folds: int, deal: int | str = "") -> int:
    """Which of the folds (from 0) a publisher belongs to in one way to deal them out."""
    return int(hashlib.sha256(f"{publisher}{deal}".encode()).hexdigest(), 16) % folds


def exported(model: Any) -> dict[str, Any]:
    """A fitted CatBoost model as its JSON says it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "model.json")
        model.save_model(str(file), format="json")
        value: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return value


def plain_trees(models: Sequence[dict[str, Any]], depth: int, scale: int) -> tuple[list[dict[str, Any]], float]:
    """Trees and bias of the mean of exported models: columns of the rows, borders, leaves as whole parts of `scale`."""
    trees = []
    for model in models:
        for tree in model["oblivious_trees"]:
            splits = tree["splits"]
            missing = depth - len(splits)
            leaves = [round(value * model["scale_and_bias"][0] * scale / len(models)) for value in tree["leaf_values"]]
            trees.append(
                {
                    "columns": [split["float_feature_index"] for split in splits] + [0] * missing,
                    "borders": [float(f"{split['border']:.5g}") for split in splits] + [NEVER] * missing,
                    "leaves": leaves * 2**missing,
                }
            )
    bias = sum(model["scale_and_bias"][1][0] for model in models) / len(models)
    return trees, round(bias, 4)
