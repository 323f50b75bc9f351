"""What is said of an extraction: what became of each part of a page, why, and where each field is from."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from crawler.extract.block_classifier import judged_by
from crawler.extract.block_features import NAMES
from crawler.extract.explanation import MAX_PARTS, Explanation, Part, explain, facts, sample
from crawler.extract.paragraphs import Kind
from crawler.extract.report import report
from crawler.items import Hints, Page, PageKind

PLACE = "https://paper.example.com/2026/11/ferry"
TEXT = [
    "The people of Westmouth voted on Tuesday to keep the ferry that has crossed their harbour since 1891.",
    "More than four thousand people took part, the highest number in any local vote since the war, the clerk said.",
    "“It is slow, it is old and it is ours,” said the harbour master, who has steered the boat for thirty years.",
    "The council must now find two million pounds for an engine and a landing stage, spread over six years or more.",
    "He declined to say when he would retire, and nobody on the quay seemed to be in a hurry to learn the answer.",
]
HEAD = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Ferry stays - The Gull</title>
<meta property="og:site_name" content="The Gull"><meta property="og:title" content="Harbour town keeps its ferry">
<meta name="robots" content="noarchive"><link rel="canonical" href="/2026/11/ferry"></head>"""
PAGE = f"""{HEAD}<body><header class="top"><a href="/">The Gull</a> <a href="/local">All the local news</a></header>
<div id="cookie-banner"><p>We use cookies to make this site work and to count readers. <button>Accept</button></p></div>
<main><article><h1>Harbour town keeps its ferry</h1>
<p class="standfirst">Residents say that the crossing is worth its price, whatever that may be.</p>
<p class="byline">By Ada Marsh, 6 May 2026 07:30</p>
<figure><img src="/f.jpg"><figcaption>The ferry at its landing stage in spring.</figcaption></figure>
<div class="story-body"><p>{TEXT[0]}</p><p>{TEXT[1]}</p><div class="related"><h4>Related</h4><ul>
<li><a href="/1">Bridge opens a year late after a winter of storms</a></li></ul></div>
<h2>What it will cost</h2><p>{TEXT[2]}</p><p>{TEXT[3]}</p><p>{TEXT[4]}</p>
<p><a href="/letters">Write to the editor of this page</a></p></div></article></main>
<form action="/search"><label>Find a story</label><input name="q"><button>Go</button></form>
<footer><p>© The Gull, Westmouth</p></footer></body></html>"""


def page(html: str | bytes, url: str = PLACE) -> Page:
    body = html if isinstance(html, bytes) else html.encode()
    now = datetime(2026, 11, 20, tzinfo=UTC)
    return Page(url=url, final_url=url, status=200, headers={}, body=body, fetched_at=now)


def fates(explained: Explanation) -> dict[str, str]:
    return {part.text: part.reason or part.fate for part in explained.parts}


def kept(explained: Explanation) -> list[str]:
    return [part.text for part in explained.parts if part.fate == "text"]


def test_every_part_of_a_page_is_told_with_what_became_of_it() -> None:
    explained = explain(page(PAGE))
    told = fates(explained)
    assert {told[text] for text in [*TEXT, "What it will cost"]} == {"text"}
    assert told["Harbour town keeps its ferry"] == "title"
    assert told["Residents say that the crossing is worth its price, whatever that may be."] == "summary"
    assert told["By Ada Marsh, 6 May 2026 07:30"] == "byline"
    assert told["The ferry at its landing stage in spring."] == "caption"
    assert told["Bridge opens a year late after a winter of storms"] == "related links"
    assert told["Write to the editor of this page"] == "nothing but a link"
    assert told["We use cookies to make this site work and to count readers."] == "cookie notice"
    assert told["The Gull All the local news"] == "link outside of the text's container"
    assert told["© The Gull, Westmouth"] == "footer"
    assert explained.complete


def test_the_place_of_a_part_and_the_element_that_was_stripped_are_named() -> None:
    (part,) = [part for part in explain(page(PAGE)).parts if part.text.startswith("Bridge")]
    assert part.path == "div.story-body > div.related > ul > li"
    assert part.by == "div.related"
    assert part.tag == "li"


class Contrary:
    """A judge that puts out the last line that the rules kept, and takes in the first that they dropped."""

    def probabilities(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        kept = rows[:, NAMES.index("kept")] > 0
        chances = np.where(kept, 0.97, 0.01).astype(np.float32)
        chances[np.flatnonzero(kept)[-1]] = 0.12
        chances[np.flatnonzero(~kept)[0]] = 0.84
        return chances


def test_what_the_judge_decided_against_the_rules_is_told_with_its_probability() -> None:
    scrap = "<p>A line in the manner of a scrap</p>"
    html = PAGE.replace('<div class="story-body">', f'<div class="story-body">{scrap}')
    with judged_by(Contrary()):
        explained = explain(page(html))
    parts = {part.text: part for part in explained.parts}
    out, taken_in = parts[TEXT[4]], parts["A line in the manner of a scrap"]
    assert (out.fate, out.reason, out.judged) == ("stripped", "judged", pytest.approx(0.12))
    assert (taken_in.fate, taken_in.judged) == ("text", pytest.approx(0.84))
    assert parts[TEXT[0]].judged is None
    shown = report(PLACE, explained)
    assert "judged, 12 % likely to be text" in shown
    assert "text, judged, 84 % likely to be text" in shown


def test_where_each_field_is_from_is_named() -> None:
    explained = explain(page(PAGE))
    assert explained.sources == {
        "title": "h1 and og:title agree",
        "text": "main > article > div.story-body",
        "summary": "main > article > p.standfirst",
        "captions": "main > article > figure > figcaption",
        "authors": "text pattern of a byline in main > article > p.byline",
        "published": "the byline in main > article > p.byline, no zone told",
        "site_name": "meta og:site_name",
        "language": "the words of the text",
        "canonical": "link canonical",
        "robots": "meta robots",
    }
    assert explained.container == "main > article > div.story-body"


def test_the_facts_name_what_was_looked_for_in_vain() -> None:
    rows = {name: value for name, value, _ in facts(explain(page(PAGE.replace("By Ada Marsh, 6 May 2026 07:30", ""))))}
    assert (rows["published"], rows["authors"]) == ("none found", "none found")


def test_the_text_is_exactly_the_parts_that_were_kept() -> None:
    folder = Path(__file__).parent / "pages"
    for case in sorted(folder.iterdir()):
        url = tomllib.loads((case / "case.toml").read_text("utf-8")).get("url", PLACE)
        for hints in (Hints(), Hints(site_rules=False)):
            explained = explain(page((case / "page.html").read_bytes(), url), hints)
            article = explained.extraction.article
            if article is not None:
                assert " ".join(kept(explained)).split() == article.text.split(), case.name
                lines = [" ".join(paragraph.text.split()) for paragraph in explained.paragraphs]
                assert " ".join(lines).split() == article.text.split(), case.name
                values = ("title", "text", "summary", "authors", "published", "modified", "language", "site_name")
                assert [name for name in values if getattr(article, name) and not explained.sources.get(name)] == []


def test_paragraphs_are_told_by_kind() -> None:
    body = (
        f"<p>{TEXT[0]}</p><h3>How it goes</h3><ol><li>Pay the ferryman his coin.</li><li>Step aboard<ul>"
        f"<li>mind the gap</li></ul></li></ol><blockquote><p>{TEXT[2]}</p></blockquote>"
        f"<table><tr><td>engine</td><td>£900,000</td></tr><tr><td>stage</td><td>£1.1m</td></tr></table><p>{TEXT[1]}</p>"
        f"<pre>for boat in harbour:\n    boat.cross()</pre><p>{TEXT[3]}</p><p>{TEXT[4]}</p>"
    )
    told = explain(page(f"{HEAD}<body><article><h1>Harbour town keeps its ferry</h1>{body}</article></body></html>"))
    shown = [(one.kind, one.text, one.level, one.number) for one in told.paragraphs]
    assert shown == [
        (Kind.PARAGRAPH, TEXT[0], 0, 0),
        (Kind.HEADING, "How it goes", 3, 0),
        (Kind.ITEM, "Pay the ferryman his coin.", 1, 1),
        (Kind.ITEM, "Step aboard", 1, 2),
        (Kind.ITEM, "mind the gap", 2, 0),
        (Kind.QUOTE, TEXT[2], 0, 0),
        (Kind.ROW, "engine £900,000", 0, 0),
        (Kind.ROW, "stage £1.1m", 0, 0),
        (Kind.PARAGRAPH, TEXT[1], 0, 0),
        (Kind.CODE, "for boat in harbour:\n    boat.cross()", 0, 0),
        (Kind.PARAGRAPH, TEXT[3], 0, 0),
        (Kind.PARAGRAPH, TEXT[4], 0, 0),
    ]
    rows = [one for one in told.paragraphs if one.kind is Kind.ROW]
    assert [row.cells for row in rows] == [("engine", "£900,000"), ("stage", "£1.1m")]
    assert rows[0].group == rows[1].group


def test_a_text_in_a_script_is_told_as_such_beside_what_the_page_shows() -> None:
    data = "".join(f"<p>{text}</p>" for text in TEXT)
    html = f"""{HEAD}<body><h1>Harbour town keeps its ferry</h1><p>Loading the story…</p>
<script id="__NEXT_DATA__" type="application/json">{{"props": {{"body": {{"html": "{data}"}}}}}}</script></body>"""
    explained = explain(page(html))
    assert kept(explained) == TEXT
    assert explained.sources["text"] == "data in a script, template or noscript of the page"
    assert fates(explained)["Loading the story…"] == "shown by the page, whose text is in a script"


def test_the_records_of_a_listing_are_kept_whole() -> None:
    records = "".join(
        f'<li><a href="/story/{number}"><h3>Ferry news number {number} of the harbour</h3></a>'
        f"<p>A few words on what happened on day {number}.</p><span>2026-11-{number:02}</span></li>"
        for number in range(1, 13)
    )
    html = f"""<html lang="en"><title>The Gull</title><body><h1>The Gull</h1><ul class="stories">{records}</ul>
<p>Printed in Westmouth.</p><footer><a href="/imprint">Imprint</a></footer></body></html>"""
    explained = explain(page(html, "https://paper.example.com/"))
    assert explained.extraction.kind is PageKind.LISTING
    told = fates(explained)
    assert told["Ferry news number 3 of the harbour"] == "item"
    assert told["A few words on what happened on day 3."] == "item"
    assert told["2026-11-03"] == "item"
    assert told["Printed in Westmouth."] == "not in the list"
    assert told["Imprint"] == "footer"


def test_a_page_that_is_nothing_is_told_part_by_part_all_the_same() -> None:
    explained = explain(page("<body><h1>Not here</h1><p>There is no such page.</p></body>"))
    assert explained.extraction.kind is PageKind.OTHER
    assert fates(explained) == dict.fromkeys(("Not here", "There is no such page."), "on a page that is no article")


FEED = b"<rss version='2.0'><channel><title>x</title><item><link>https://a.example/</link></item></channel></rss>"


@pytest.mark.parametrize("body", [b"", b"\x00\x01" * 99, b"%PDF-1.7", FEED], ids=["empty", "noise", "pdf", "feed"])
def test_what_is_no_page_has_no_parts(body: bytes) -> None:
    explained = explain(page(body))
    assert explained.parts == ()
    assert explained.extraction.reason in report(PLACE, explained)


def test_names_that_a_machine_made_are_left_out_of_a_path() -> None:
    html = PAGE.replace('class="story-body"', 'class="sc-9cd5bb24-0 hoFfRa story-body"')
    assert explain(page(html)).container == "main > article > div.story-body"


def test_a_deep_page_is_explained_in_bounded_time() -> None:
    html = "<div class=ad>" * 20_000 + "text" + "<b>" * 20_000 + "<p>end</p>" * 2_000
    explained = explain(page(html))
    assert report(PLACE, explained)


def test_a_page_of_very_many_parts_is_told_in_part_and_says_so() -> None:
    html = PAGE.replace("</footer>", "<p>x</p>" * (MAX_PARTS + 10) + "</footer>")
    explained = explain(page(html))
    assert len(explained.parts) == MAX_PARTS
    assert not explained.complete
    assert "The page goes on; its first 10,000 parts are shown." in report(PLACE, explained)


def test_a_sample_is_one_line_of_at_most_so_many_characters() -> None:
    parts = [Part("one\ntwo  three", "stripped", ""), Part("four" * 40, "stripped", "")]
    assert sample(parts[:1], 30) == "one two three"
    assert sample(parts, 30) == "one two three | fourfourfourf…"
    assert sample([], 30) == ""


# ---------------------------------------------------------------- the coloured page


class Tags(HTMLParser):
    """Collects the tags of a report, and refuses any attribute that could load or run something."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        for name, value in attrs:
            assert name in {"class", "charset", "http-equiv", "content", "name", "style", "open"}
            assert name != "style" or (value or "").removeprefix("flex: ").isdigit()

    def handle_data(self, data: str) -> None:
        self.text.append(data)


ALLOWED = {
    "html", "head", "meta", "title", "style", "body", "h1", "h2", "table", "tr", "th", "td", "div", "span", "p",
    "small", "b", "br", "section", "details", "summary",
}  # fmt: skip
HOSTILE = """<!doctype html><html lang="en"><head><title></title><script>alert('t')</script>
<meta property="og:site_name" content="&quot;></title></style><script>alert('site')</script>">
<meta property="og:title" content="<img src=x onerror=alert(1)>">
<meta name="author" content="</td></table><iframe src=//e>">
<meta property="og:image" content="javascript:alert(1)">
<meta name="robots" content="</style><script>alert('r')</script>">
</head><body><h1>&lt;img src=x onerror=alert(1)&gt; &amp;lt;b&amp;gt;</h1>
<div class="x&quot;><script>" id="</small><img/src=//evil.example/i.png>">
<p>&lt;script&gt;alert("body")&lt;/script&gt; tells of a market that opened its doors on Tuesday,
with &lt;/p&gt;&lt;iframe src="https://evil.example/"&gt; in it.</p>
<p>A second one &lt;/style&gt;&lt;link rel=stylesheet href="//evil.example/x.css"&gt; tells more, and of &#x202e;words,
and of &#0; nothing &#xd800; at all, in two sentences. Here is the other one, which ends as a sentence does.</p>
<p onclick="alert(1)" style="background:url(//evil.example/b.png)">Text with a handler is text as well, and it is shown
without any of its attributes, as is all of this page. ]]&gt; --&gt; &lt;!-- is shown too.</p></div>
<nav><a href="javascript:alert(1)">&lt;svg onload=alert(1)&gt;</a></nav></body></html>"""


@pytest.mark.parametrize("html", [PAGE, HOSTILE], ids=["page", "hostile"])
def test_the_report_runs_and_loads_nothing(html: str) -> None:
    drawn = report("https://e.example/\"'></title><script>alert(1)</script>\ud800", explain(page(html)))
    tags = Tags()
    tags.feed(drawn)
    assert tags.seen <= ALLOWED
    assert "default-src 'none'" in drawn
    assert drawn.encode()


def test_the_report_shows_hostile_words_as_they_are() -> None:
    tags = Tags()
    tags.feed(report(PLACE, explain(page(HOSTILE))))
    assert "<img src=x onerror=alert(1)>" in tags.text
    assert any(text.startswith('<script>alert("body")</script> tells of a market') for text in tags.text)


def test_the_report_colours_runs_and_folds_the_long_stripped_ones() -> None:
    html = PAGE.replace("<footer>", "<footer>" + "<p>Another line of the imprint</p>" * 20)
    drawn = report(PLACE, explain(page(html)))
    assert drawn.count('<div class="part kept">') == 2
    assert '<p class="head">What it will cost</p>' in drawn
    assert "<summary>21 parts, " in drawn
    assert '<span class="kept" style="flex: ' in drawn
