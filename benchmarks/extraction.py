"""Article extraction beside its peers: quality, CPU time and memory, in one run on the same pages.

    python benchmarks/extraction.py [--fundus DIR] [--traf DIR] [--wcxb DIR] [--korean DIR] [--sites] [--markdown]

Without a DIR the pages are those of the bundled newsroom; `gold_pages.py` says what the sets are. The peers are in the
dependency group `bench`; one that isn't installed is skipped and named. Time is CPU time of this process: each page is
given to every extractor in turn, in an order that rotates from page to page, and of the rounds the median counts; a
peer's ratio is trafilatura's time (with metadata, as all here) through its own. Memory is the peak of a fresh process
that extracts all pages one by one, above that of a process that only parses them (lexbor). `body` is the standfirst and
the text. The first round is told apart: words and lines that recur are remembered, in a crawl those of a site's pages,
in later rounds all. What is known of single sites is not used, but in the row `with sites`; it isn't timed, as it would
find everything remembered.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.metadata
import json
import logging
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
BASE = "parse only"
PACE = "trafilatura"
"""What all times are compared with."""

Extractor = Callable[[bytes, str], dict[str, Any]]

# ---------------------------------------------------------------- the extractors


def decoded(html: bytes) -> str:
    """What the peers are given, so that none gains or loses by its guess of the charset."""
    try:
        return html.decode("utf-8-sig")
    except UnicodeDecodeError:
        label = re.search(rb"charset\s*=\s*[\"']?([\w-]+)", html[:4096], re.IGNORECASE)
        try:
            return html.decode(label[1].decode() if label else "cp1252", "replace")
        except LookupError:
            return html.decode("cp1252", "replace")


def presswatch() -> Extractor:
    """This project, as a crawl asks it for a link that a listing named."""
    from adapters import article

    return article


def with_sites() -> Extractor:
    """The same with the rules for single sites."""
    from adapters import article_with_sites

    return article_with_sites


def trafilatura() -> Extractor:
    """With metadata, without comments."""
    from trafilatura import bare_extraction

    def read(html: bytes, url: str) -> dict[str, Any]:
        found = bare_extraction(decoded(html), url=url or None, include_comments=False, with_metadata=True)
        if found is None:
            return {}
        return {"title": found.title, "body": found.text, "published": found.date, "author": found.author}

    return read


def readability() -> Extractor:
    """Title and text; it has no metadata."""
    from lxml import html as lxml_html
    from readability import Document

    def read(html: bytes, _url: str) -> dict[str, Any]:
        document = Document(decoded(html))
        return {"title": document.short_title(), "body": _lines(lxml_html.fromstring(document.summary()))}

    return read


_BREAKING = frozenset(
    "p div br li h1 h2 h3 h4 h5 h6 blockquote td tr section article pre figcaption ul ol table".split()  # noqa: SIM905
)


def _lines(root: Any) -> str:
    from lxml import etree

    parts: list[str] = []
    for event, node in etree.iterwalk(root, events=("start", "end")):
        named = isinstance(node.tag, str)
        if named and node.tag in _BREAKING:
            parts.append("\n")
        if event == "end":
            parts.append(node.tail or "")
        elif named and node.tag not in ("script", "style"):
            parts.append(node.text or "")
    return "".join(parts)


def resiliparse() -> Extractor:
    """Title and text; it has no metadata."""
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.html import HTMLTree

    def read(html: bytes, _url: str) -> dict[str, Any]:
        tree = HTMLTree.parse(decoded(html))
        return {"title": tree.title, "body": extract_plain_text(tree, main_content=True, alt_texts=False)}

    return read


def newspaper4k() -> Extractor:
    """With metadata, without fetching pictures."""
    import newspaper

    with contextlib.suppress(ImportError):
        import nltk

        try:
            nltk.word_tokenize("a b")
        except LookupError:
            # Its Korean reader asks for data that pip does not bring.
            nltk.word_tokenize = lambda text, *_, **__: re.findall(r"\w+|[^\w\s]", text)

    def read(html: bytes, url: str) -> dict[str, Any]:
        article = newspaper.Article(url or "http://localhost/", fetch_images=False)
        article.download(input_html=decoded(html))
        article.parse()
        return {
            "title": article.title,
            "body": article.text,
            "published": article.publish_date,
            "author": list(article.authors),
        }

    return read


def parse_only() -> Extractor:
    """What every extractor does at least."""
    from selectolax.lexbor import LexborHTMLParser

    def read(html: bytes, _url: str) -> dict[str, Any]:
        LexborHTMLParser(html)
        return {}

    return read


PEERS = {
    PACE: (trafilatura, "trafilatura"),
    "readability": (readability, "readability-lxml"),
    "resiliparse": (resiliparse, "resiliparse"),
    "newspaper4k": (newspaper4k, "newspaper4k"),
}


def chosen() -> tuple[dict[str, Callable[[], Extractor]], list[str]]:
    """The extractors by name, ours first, and the names of the peers that aren't installed."""
    found: dict[str, Callable[[], Extractor]] = {"presswatch": presswatch}
    missing = []
    for name, (make, _) in PEERS.items():
        try:
            make()
        except ImportError:
            missing.append(name)
        else:
            found[name] = make
    return found, missing


# ---------------------------------------------------------------- measuring


@dataclass
class Row:
    """What was measured of one extractor on one set: CPU seconds of each page in each round, figures, memory."""

    spent: list[list[float]] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)
    failed: int = 0
    peak_mb: float = 0.0

    @property
    def first_ms(self) -> float:
        """The same of the first round alone."""
        return 1000 * statistics.fmean(times[0] for times in self.spent)

    @property
    def ms(self) -> float:
        """CPU milliseconds a page: the mean over pages of the median over rounds."""
        return 1000 * statistics.fmean(map(statistics.median, self.spent))


def _answer(read: Extractor, html: bytes, url: str) -> dict[str, Any] | None:
    try:
        return read(html, url) or {}
    except Exception:  # noqa: BLE001 - a peer that fails on a page is told of, and the others go on
        return None


def judged(pages: list[Any], make: Callable[[], Extractor]) -> Row:
    """Quality alone."""
    from gold_pages import figures, score

    read = make()
    answers = [_answer(read, page.html, page.url) for page in pages]
    scores = [score(page, got or {}) for page, got in zip(pages, answers, strict=True)]
    return Row(figures=figures(scores), failed=answers.count(None))


def measured(pages: list[Any], makers: dict[str, Callable[[], Extractor]], rounds: int) -> dict[str, Row]:
    """Time and quality of each extractor, interleaved page by page."""
    from gold_pages import figures, score

    logging.disable(logging.CRITICAL)
    readers = {name: make() for name, make in makers.items()}
    names = list(readers)
    rows = {name: Row(spent=[[] for _ in pages]) for name in names}
    scores: dict[str, list[Any]] = {name: [] for name in names}
    for read in readers.values():
        # What is imported or compiled at first use is nobody's time for a page.
        for page in pages[:2]:
            _answer(read, page.html, page.url)
    for turn in range(rounds):
        for number, page in enumerate(pages):
            first = (number + turn) % len(names)
            for name in names[first:] + names[:first]:
                began = time.process_time()
                got = _answer(readers[name], page.html, page.url)
                rows[name].spent[number].append(time.process_time() - began)
                if not turn:
                    rows[name].failed += got is None
                    scores[name].append(score(page, got or {}))
    for name, row in rows.items():
        row.figures = figures(scores[name])
    return rows


def peaks(pages: list[Any], names: list[str]) -> dict[str, float]:
    """Peak memory in MB of a fresh process for each extractor that reads all pages, one by one."""
    with tempfile.TemporaryDirectory() as folder:
        for number, page in enumerate(pages):
            (Path(folder) / f"{number}.html").write_bytes(page.html)
        (Path(folder) / "urls.json").write_text(json.dumps([page.url for page in pages]), "utf-8")
        found = {}
        for name in names:
            command = [sys.executable, str(Path(__file__).resolve()), "--peak", name, folder]
            answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            found[name] = float(answer.splitlines()[-1])
        return found


def peak_of(name: str, folder: Path) -> float:
    """Runs in a process of its own: the highest resident memory in MB (Linux)."""
    logging.disable(logging.CRITICAL)
    makers: dict[str, Callable[[], Extractor]] = {
        "presswatch": presswatch,
        BASE: parse_only,
        **{peer: make for peer, (make, _) in PEERS.items()},
    }
    read = makers[name]()
    for number, url in enumerate(json.loads((folder / "urls.json").read_text("utf-8"))):
        _answer(read, (folder / f"{number}.html").read_bytes(), url)
    status = Path("/proc/self/status").read_text("utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


# ---------------------------------------------------------------- telling


def table(rows: dict[str, Row], base_mb: float) -> str:
    """The figures of a set as a Markdown table."""
    quality = list(next(iter(rows.values())).figures)
    head = [*quality, "failed", "CPU ms a page", f"× {PACE}", "first round", f"× {PACE}", "MB above parsing"]
    lines = ["| | " + " | ".join(head) + " |", "|---|" + "---:|" * len(head)]
    pace = rows.get(PACE)
    for name, row in rows.items():
        cells = []
        for key in quality:
            value = row.figures.get(key)
            cells.append("" if value is None else f"{value:.0f}" if key == "empty" else f"{value:.3f}")
        cells.append(str(row.failed))
        for mine, its in ((row.ms, pace.ms), (row.first_ms, pace.first_ms)) if row.spent and pace else ():
            cells += [f"{mine:.2f}", f"{its / mine:.2f}"]
        if not (row.spent and pace):
            cells += [f"{row.ms:.2f}", "", f"{row.first_ms:.2f}", ""] if row.spent else [""] * 4
        cells.append(f"{row.peak_mb - base_mb:.0f}" if row.peak_mb else "")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _sets(given: argparse.Namespace) -> Iterator[tuple[str, list[Any]]]:
    from gold_pages import SETS, newsroom

    named = {name: folder for name in SETS if (folder := getattr(given, name))}
    for name, folder in named.items():
        yield name, list(SETS[name](folder))
    if not named:
        print("no set of real pages was given: pages of the bundled newsroom")
        yield "newsroom", list(newsroom())


def _versions(names: list[str]) -> str:
    told = [f"{package} {importlib.metadata.version(package)}" for peer, (_, package) in PEERS.items() if peer in names]
    return ", ".join(told) or "no peers"


def main() -> None:
    """Measure and print; see the module's docstring."""
    if sys.argv[1:2] == ["--peak"]:
        print(peak_of(sys.argv[2], Path(sys.argv[3])))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("fundus", "traf", "wcxb", "korean"):
        parser.add_argument(f"--{name}", type=Path, metavar="DIR")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limit", type=int, help="only the first so many pages of each set")
    parser.add_argument("--sites", action="store_true", help="also with the rules for single sites")
    parser.add_argument("--no-memory", action="store_true", help="leave the fresh processes out")
    parser.add_argument("--markdown", action="store_true", help="append the tables to benchmarks/RESULTS.md")
    given = parser.parse_args()
    makers, missing = chosen()
    for name in missing:
        print(f"skipped {name}: not installed (pip install --group bench)")
    parts = []
    for name, every in _sets(given):
        pages = every[: given.limit]
        rows = measured(pages, makers, given.rounds)
        if given.sites:
            ours = {"presswatch": rows.pop("presswatch"), "with sites": judged(pages, with_sites)}
            rows = ours | rows
        base = 0.0
        if not given.no_memory and Path("/proc/self/status").exists():
            found = peaks(pages, [BASE, *makers])
            base = found.pop(BASE)
            for maker, megabytes in found.items():
                rows[maker].peak_mb = megabytes
        size = statistics.fmean(len(page.html) for page in pages) / 1000
        parts.append(f"{name}, {len(pages)} pages of {size:.0f} KB:\n\n{table(rows, base)}\n")
        print(f"\n{parts[-1]}", flush=True)
    if given.markdown:
        machine = (
            f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
        )
        with (HERE / "RESULTS.md").open("a", encoding="utf-8") as results:
            results.write(
                "\n## Article extraction beside its peers\n\n"
                f"`python benchmarks/extraction.py --rounds {given.rounds}`: {datetime.now(UTC).date()}, "
                f"{machine}, {_versions(list(makers))}.\n\n" + "\n".join(parts)
            )


if __name__ == "__main__":
    main()
