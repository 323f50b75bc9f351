"""The public dev sets as gold pages: fundus, trafilatura's evaluation set, WCXB and the Korean pages.

Nothing of them is in this repository: `PRESSWATCH_CORPUS` names a folder that holds `fundus`, `traf`, `wcxb` and
`korean`. The first two are the projects' own checkouts (or their `tests` folders), WCXB is repacked as
`truth.jsonl.gz` and `html/`.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path

from extraction_scores import Gold, moment


def fundus(root: Path) -> Iterator[Gold]:
    """One gold version belongs to one saved page; both are in order of time."""
    for meta_file in sorted((root / "tests/resources/parser/test_data").glob("*/meta.info")):
        folder = meta_file.parent
        meta = json.loads(meta_file.read_text(encoding="utf-8"))
        for gold_file in sorted(folder.glob("*.json")):
            golds = json.loads(gold_file.read_text(encoding="utf-8"))
            versions = sorted(golds, key=lambda version: [int(number) for number in re.findall(r"\d+", version)])
            name = re.compile(re.escape(gold_file.stem) + r"_\d{4}_\d\d_\d\d\.html\.gz")
            pages = sorted(page for page in folder.iterdir() if name.fullmatch(page.name))
            if len(pages) != len(versions):
                continue
            for version, page in zip(versions, pages, strict=True):
                gold = golds[version]
                body = gold.get("body") or {}
                lines = list(body.get("summary") or [])
                for section in body.get("sections") or []:
                    lines += [*section["headline"], *section["paragraphs"]]
                yield Gold(
                    name=f"{folder.name}/{page.name.removesuffix('.html.gz')}",
                    url=meta[page.name]["url"],
                    html=gzip.decompress(page.read_bytes()),
                    body="\n".join(lines).strip() or None,
                    title=gold.get("title"),
                    published=gold.get("publishing_date"),
                    authors=gold.get("authors") or (),
                )


def traf(root: Path) -> Iterator[Gold]:
    """Phrases that must and must not come out; authors and dates aren't asked about."""
    root = root / "tests" if (root / "tests").is_dir() else root
    for url, gold in json.loads((root / "evaldata.json").read_text(encoding="utf-8")).items():
        page = next((page for folder in ("cache", "eval") if (page := root / folder / gold["file"]).is_file()), None)
        if page is not None:
            raw = page.read_bytes()
            html = gzip.decompress(raw) if page.suffix == ".gz" else raw
            yield Gold(name=gold["file"], url=url, html=html, must=gold["with"], must_not=gold["without"])


def wcxb(root: Path) -> Iterator[Gold]:
    """The articles of WCXB."""
    with gzip.open(root / "truth.jsonl.gz", "rt", encoding="utf-8") as lines:
        for gold in map(json.loads, lines):
            if gold["kind"] == "article":
                html = gzip.decompress((root / "html" / f"{gold['id']}.html.gz").read_bytes())
                published = gold["published"] if moment(gold["published"]) else None
                yield Gold(
                    name=gold["id"],
                    url=gold["url"] or "",
                    html=html,
                    body=gold["text"],
                    title=gold["title"],
                    published=published,
                    authors=gold["authors"] or (),
                )


def korean(root: Path) -> Iterator[Gold]:
    """The Korean articles and posts of the dev split, by phrases."""
    with (root / "pages" / "index.jsonl").open(encoding="utf-8") as lines:
        index = {page["id"]: page for page in map(json.loads, lines)}
    with (root / "truth.jsonl").open(encoding="utf-8") as lines:
        for gold in map(json.loads, lines):
            page = index[gold["id"]]
            if gold["kind"] in ("article", "blog") and page.get("split") != "held":
                yield Gold(
                    name=gold["id"],
                    url=page.get("url") or "",
                    html=(root / "pages" / page["file"]).read_bytes(),
                    must=gold["body_must"],
                    must_not=gold["body_never"],
                    loose=True,
                )
