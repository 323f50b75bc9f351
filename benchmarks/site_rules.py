"""What the site rules are worth, and how long they still hold: `python benchmarks/site_rules.py`.

Reads the saved pages of `tests/sites/` with the rules on and off. A row is a rule: the last day on which it is believed
and the days until then, its saved pages, of how many of them each way reads the text, and each field otherwise.
"""

from __future__ import annotations

import json
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path

from crawler.extract import extract
from crawler.extract.site_rules import site_rules
from crawler.items import Article, Hints, Page, PageKind

CASES = Path(__file__).resolve().parent.parent / "tests" / "sites"
SOON = 90
"""Days before its end from which a rule is marked: time to look at the site again."""


def main() -> None:
    """Print the table; the pages are read as if fetched on the last day on which all rules are believed."""
    rules = {Path(rule.file).stem: rule for rule in site_rules().rules}
    last = min(rule.valid_until for rule in rules.values())
    at = datetime(last.year, last.month, last.day, tzinfo=UTC)
    today = datetime.now(UTC).date()
    folders = sorted(folder for folder in CASES.iterdir() if folder.is_dir())
    cases = {folder: tomllib.loads((folder / "case.toml").read_text(encoding="utf-8")) for folder in folders}
    sys.stdout.write(f"{'rule':<14} {'valid until':<11} {'days':>6}  {'pages':>5}  text on/off  other fields on/off\n")
    totals = [0] * 6
    for name, rule in sorted(rules.items()):
        counts = [0] * 6
        for folder in (folder for folder, case in cases.items() if case["rule"] == name):
            for place, found in enumerate(_counts(folder, cases[folder]["url"], at)):
                counts[place] += found
        totals = [total + count for total, count in zip(totals, counts, strict=True)]
        days = (rule.valid_until - today).days
        mark = "!" if days < 0 else "?" if days < SOON else " "
        sys.stdout.write(f"{name:<14} {rule.valid_until} {days:>6}{mark} {_row(counts)}\n")
    sys.stdout.write(f"{'all':<14} {'':<11} {'':>6}  {_row(totals)}\n")
    sys.stdout.write(f"! ended: not used any more   ? ends within {SOON} days: look at the site again\n")


def _row(counts: list[int]) -> str:
    pages, text_on, text_off, fields, on, off = counts
    return f"{pages:>5}  {text_on:>4} /{text_off:>4}   {on:>4} /{off:>4} of {fields}"


def _counts(folder: Path, url: str, at: datetime) -> tuple[int, int, int, int, int, int]:
    """One page, its text right with rules and without, its other fields, those right with rules and without."""
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    body = (folder / "page.html").read_bytes()
    page = Page(url=url, final_url=url, status=200, headers={"content-type": "text/html"}, body=body, fetched_at=at)
    right = []
    for site_rules_on in (True, False):
        article = extract(page, Hints(expect=PageKind.ARTICLE, site_rules=site_rules_on)).article
        got = _plain(article) if article is not None else {}
        right.append({name for name, value in expected.items() if got.get(name) == value})
    fields = expected.keys() - {"text"}
    on, off = right
    return 1, "text" in on, "text" in off, len(fields), len(on & fields), len(off & fields)


def _plain(article: Article) -> dict[str, object]:
    return {
        "title": article.title,
        "summary": article.summary,
        "text": article.text,
        "authors": list(article.authors),
        "published": article.published.isoformat() if article.published else None,
        "modified": article.modified.isoformat() if article.modified else None,
        "captions": list(article.captions),
    }


if __name__ == "__main__":
    main()
