"""Near copies and stories: `python -m benchmarks.neardup [--data FILE] [--index 50000] [--markdown]`.

Without FILE on texts made here from random words: edits of originals, reports of two templates, briefs under one page
tail. FILE is JSON lines (or .gz) with id, text, lang, published (epoch seconds), story and, for an edit, `of` and
`kind`; lines without a text are passed over. Printed: the share of edits that land in their original's story, documents
of different stories that were joined, documents a second and core, and, for as many documents as `--index` says, each
with as many hashes as a text of 3,000 characters has, what the postings take on disk and what a look-up there costs.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import statistics
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import adapters
from crawler.dedup.fingerprint import content_letters
from crawler.dedup.near import shingle, sketch
from storage import open_store
from storage.postings import HeldRuns, PostedRuns

SYLLABLES = (
    "가나다라마바사아자차카타파하거너더러머버서어저처커터퍼허고노도로모보소오조초코토포호구누두루무부수우주추쿠투푸후"
)
LENGTH = 3_000
INDEXED = 20_000
LOOK_UPS = 500
Document = dict[str, Any]


def made(rng: random.Random, originals: int) -> list[Document]:
    """Originals with edits, templated reports, and briefs under one tail, in publishing order."""
    words = ["".join(rng.choice(SYLLABLES) for _ in range(rng.randint(2, 4))) for _ in range(20_000)]

    def passage(sentences: int) -> list[str]:
        return [" ".join(rng.choices(words, k=rng.randint(6, 14))) + "다." for _ in range(sentences)]

    def replaced(text: str, share: float) -> str:
        return " ".join(rng.choice(words) if rng.random() < share else word for word in text.split(" "))

    edits: dict[str, Callable[[list[str]], str]] = {
        "cut to 20 %": lambda told: " ".join(told)[: len(" ".join(told)) // 5],
        "dropped 40 %": lambda told: " ".join(one for one in told if rng.random() < 0.6),
        "own lead, cut": lambda told: " ".join([*passage(1), *told[2 : max(6, len(told) * 2 // 3)]]),
        "words 10 %": lambda told: replaced(" ".join(told), 0.1),
        "reordered": lambda told: " ".join(rng.sample(told, len(told))),
    }
    documents: list[Document] = []

    def add(text: str, story: str, kind: str, of: str | None = None) -> str:
        name = f"d{len(documents)}"
        documents.append({"id": name, "text": text, "lang": "ko", "story": story, "kind": kind, "of": of})
        return name

    for number in range(originals):
        told = passage(rng.randint(12, 60))
        original = add(" ".join(told), f"o{number}", "original")
        for kind, edit in edits.items():
            add(edit(told), f"o{number}", kind, original)
    for template in range(2):
        places = passage(8)
        for day in range(60):
            text = " ".join(f"{one[:-2]} {rng.randint(1, 9999)}명, {rng.randint(-20, 20)}도다." for one in places)
            add(text, f"t{template}-{day}", "report")
    tail = " ".join(passage(30))
    for number in range(200):
        add(f"{' '.join(passage(6))} {tail}", f"b{number}", "brief under one tail")
    for at, document in enumerate(documents):
        document["published"] = 1_700_000_000.0 + 60 * at
    return documents


def read(path: Path) -> list[Document]:
    """The documents of a labelled file, in publishing order."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as lines:
        found = [json.loads(line) for line in lines if line.strip()]
    return sorted((one for one in found if "text" in one), key=lambda one: (one["published"], one["id"]))


def quality(documents: list[Document]) -> Iterator[tuple[str, str]]:
    """What is found and what is joined wrongly, and the speed of both."""
    deduplicator = adapters.dedup()
    started = time.process_time()
    for one in documents:
        deduplicator.add(one["id"], one["text"], one["lang"], one["published"])
    seconds = time.process_time() - started
    story_of = deduplicator.clusters()
    landed: dict[str, list[bool]] = defaultdict(list)
    for one in documents:
        if one.get("of"):
            landed[one["kind"]].append(story_of[one["id"]] == story_of[one["of"]])
    for kind, found in sorted(landed.items()):
        yield f"recall, {kind}", f"{statistics.fmean(found):.3f} of {len(found)}"
    told: dict[str, set[object]] = defaultdict(set)
    for one in documents:
        told[story_of[one["id"]]].add(one["story"])
    wrong = Counter(one["kind"] for one in documents if not one.get("of") and len(told[story_of[one["id"]]]) > 1)
    for kind in sorted({one["kind"] for one in documents if not one.get("of")}):
        many = sum(1 for one in documents if one["kind"] == kind and not one.get("of"))
        yield f"with another story in one cluster, {kind}", f"{wrong[kind]} of {many}"
    letters = statistics.fmean(len(one["text"]) for one in documents)
    yield f"documents a second and core, mean {letters:.0f} characters", f"{len(documents) / seconds:.0f}"


def index(rng: random.Random, count: int) -> Iterator[tuple[str, str]]:
    """The postings of `count` documents, all of one window, in a store on disk.

    They come in `INDEXED` at a time, where a crawl brings a hundred: merging runs is not what is measured.
    """
    words = ["".join(rng.choice(SYLLABLES) for _ in range(3)) for _ in range(20_000)]
    drawn = sketch(shingle(content_letters(" ".join(rng.choices(words, k=LENGTH // 4)))))
    hashes = np.random.default_rng(rng.getrandbits(32))
    kept: list[list[int]] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.db"
        with open_store(f"sqlite:///{path}") as store:
            bare = path.stat().st_size
            for start in range(0, count, INDEXED):
                size = min(INDEXED, count - start)
                made = hashes.integers(0, 2**32, size=(size, len(drawn.posted)), dtype=np.int64).tolist()
                kept += made[:: max(1, INDEXED // 10)]
                numbers = list(range(start, start + size))
                with store._database.write() as connection:
                    runs = PostedRuns(store._database, connection, HeldRuns())
                    runs.post(numbers, dict.fromkeys(numbers, 0.0), dict(zip(numbers, made, strict=True)))
            store.maintenance.tidy(60)
            times = []
            before = memory()
            held = HeldRuns()
            for _ in range(2 * LOOK_UPS):
                copied = rng.choice(kept)
                others = [rng.getrandbits(32) for _ in range(len(drawn.asked) - len(copied))]
                with store._database.read() as connection:
                    began = time.process_time()
                    found = PostedRuns(store._database, connection, held).find([[*copied, *others]], [0.0], 86_400.0)
                    times.append(1000 * (time.process_time() - began))
                assert len(found) >= len(copied)
            grown = memory() - before
        size = path.stat().st_size - bare
    warm = times[LOOK_UPS:]
    yield "hashes posted and asked, 3,000 characters", f"{len(drawn.posted)} and {len(drawn.asked)}"
    yield f"postings of {count:,} documents, MB a million", f"{size / count:.0f}"
    yield (
        f"look-up there of a copy, CPU ms, median and 95th percentile of {LOOK_UPS}",
        " and ".join(f"{one:.2f}" for one in (statistics.median(warm), statistics.quantiles(warm, n=20)[-1])),
    )
    yield "the first look-up, which reads the index, CPU ms", f"{times[0]:.0f}"
    yield "memory that the index takes while it is looked up, MB", f"{grown:.0f}"


def memory() -> float:
    """What this process holds in memory, MB."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--originals", type=int, default=150)
    parser.add_argument("--index", type=int, default=50_000)
    parser.add_argument("--markdown", action="store_true", help="append the table to benchmarks/RESULTS.md")
    chosen = parser.parse_args()
    rng = random.Random(20_261_126)
    documents = read(chosen.data) if chosen.data else made(rng, chosen.originals)
    rows = [*quality(documents), *(index(rng, chosen.index) if chosen.index else ())]
    table = "\n".join(["| figure | measured |", "|---|---:|", *(f"| {name} | {value} |" for name, value in rows)])
    print(table)
    if chosen.markdown:
        with Path(__file__).with_name("RESULTS.md").open("a") as results:
            results.write(f"\n## Near copies\n\n`python -m benchmarks.neardup --index {chosen.index}`\n\n{table}\n")


if __name__ == "__main__":
    main()
