"""How much longer a listing takes than parsing it with lxml: CPU time, page by page, in one run.

    python benchmarks/listing.py [CORPUS] [--rounds N] [--pages]

CORPUS is a folder with ``pages/index.jsonl`` (rows with id, kind, file, url), of which the rows of kind listing and
feed are read; without it the pages are those of the project's own tests. Each page is given to a bare lxml parse
(`lxml.html.document_fromstring`; `etree.fromstring` with recovery for feeds) and to `extract` in turn, and of the
rounds each page's shortest times count: what else runs on the machine can only make them longer. Within the aim is a
page that takes at most 1.5 times its parse and 1 ms. The garbage collector is off for both. Nothing is written.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent
RATIO = 1.5
ALLOWANCE = 0.001
"""Seconds a page beside the ratio."""


@dataclass(slots=True)
class Timed:
    """One page, and the shortest CPU seconds that it took."""

    name: str
    url: str
    body: bytes
    feed: bool
    parse: float = float("inf")
    ours: float = float("inf")

    @property
    def allowed(self) -> float:
        return RATIO * self.parse + ALLOWANCE


def corpus_pages(folder: Path) -> list[Timed]:
    """The listings and feeds of a corpus. Raises OSError or ValueError for what is none."""
    rows = map(json.loads, (folder / "pages" / "index.jsonl").read_text(encoding="utf-8").splitlines())
    return [
        Timed(
            row["id"],
            row.get("url") or "http://localhost/",
            (folder / "pages" / row["file"]).read_bytes(),
            row["kind"] == "feed",
        )
        for row in rows
        if row["kind"] in ("listing", "feed")
    ]


def own_pages() -> list[Timed]:
    """The listings of this project's tests."""
    sys.path.insert(0, str(HERE.parent))
    from tests.listing_pages_kinds import PAGES

    return [Timed(name, page.url, page.html.encode(), feed=False) for name, page in PAGES.items()]


def measure(pages: list[Timed], rounds: int) -> None:
    """Fill in the times, every page by both in turn."""
    from lxml import etree, html

    from crawler.extract import extract
    from crawler.items import Hints, Page, PageKind

    hints = Hints(expect=PageKind.LISTING, site_rules=False)
    now = datetime.now(UTC)
    gc.disable()
    for number in range(rounds):
        for page in pages:
            given = Page(url=page.url, final_url=page.url, status=200, headers={}, body=page.body, fetched_at=now)
            for ours in (number % 2 == 0, number % 2 == 1):
                began = time.process_time()
                if ours:
                    extract(given, hints)
                    page.ours = min(page.ours, time.process_time() - began)
                    continue
                if page.feed:
                    etree.fromstring(page.body, etree.XMLParser(recover=True, huge_tree=True))
                else:
                    html.document_fromstring(page.body)
                page.parse = min(page.parse, time.process_time() - began)
        gc.collect()
    gc.enable()


def told(kind: str, pages: list[Timed]) -> str:
    """One row of figures."""
    parse, ours = sum(page.parse for page in pages), sum(page.ours for page in pages)
    allowed = sum(page.allowed for page in pages)
    within = sum(page.ours <= page.allowed for page in pages)
    ratio = statistics.median(page.ours / page.parse for page in pages)
    above = statistics.median((page.ours - page.parse * RATIO) * 1000 for page in pages)
    return (
        f"| {kind} | {len(pages)} | {parse * 1000 / len(pages):.2f} | {ours * 1000 / len(pages):.2f}"
        f" | {ours / parse:.2f} | {ratio:.2f} | {above:.2f} | {ours / allowed:.2f} | {within} |"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="?", type=Path, help="folder of a corpus; without it the tests' own pages")
    parser.add_argument("--rounds", type=int, default=5, help="times that each page is read (default 5)")
    parser.add_argument("--pages", action="store_true", help="tell of each page")
    asked = parser.parse_args()
    if asked.rounds < 1:
        parser.error("--rounds: at least 1")
    try:
        pages = corpus_pages(asked.corpus) if asked.corpus else own_pages()
    except (OSError, ValueError, KeyError) as error:
        parser.error(f"{asked.corpus}: no corpus: {error}")
    if not pages:
        parser.error(f"{asked.corpus}: it holds no page of kind listing or feed")
    measure(pages, asked.rounds)
    if asked.pages:
        for page in pages:
            print(
                f"{page.name:50} lxml {page.parse * 1000:7.2f} ms  ours {page.ours * 1000:7.2f} ms"
                f"  x {page.ours / page.parse:5.2f}  of 1.5 x + 1 ms {page.ours / page.allowed:5.2f}"
            )
    print("| | pages | lxml ms | ours ms | x lxml | median x | median ms above 1.5 x | of 1.5 x + 1 ms | within |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    for kind, chosen in (
        ("listings", [page for page in pages if not page.feed]),
        ("feeds", [page for page in pages if page.feed]),
    ):
        if chosen:
            print(told(kind, chosen))


if __name__ == "__main__":
    main()
