"""The time of `extract` grows with a page and never with its square, whatever the page is made of."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.extract import extract
from crawler.items import Extraction, Hints, Page, PageKind
from tests.growth import FAR_BELOW_QUADRATIC, growth

URL = "http://news.example/2024/the-bridge-is-closed.html"
SENTENCE = "The council voted on Tuesday to close the bridge, and repairs will take until the spring of next year. "
STORY = f"<h1>The bridge is closed for repairs</h1><p>{SENTENCE}</p><p>{SENTENCE * 2}</p>"
JSONLD = '<script type="application/ld+json">%s</script>'

SHAPES = {
    "paragraphs": lambda n: f"<p>{SENTENCE}</p>" * n,
    "short paragraphs": lambda n: "<p>It rained.</p>" * n,
    "one paragraph": lambda n: f"<p>{SENTENCE * n}</p>",
    "one word": lambda n: "<p>" + "word" * 20 * n,
    "line breaks": lambda n: "A line of text without an end<br>" * n,
    "blanks": lambda n: "<p>" + " \n\t" * 30 * n + "</p>",
    "nested divs": lambda n: "<div>" * n + STORY + "</div>" * n,
    "nested divs with text": lambda n: f"<div class='content'><p>{SENTENCE}</p>" * n,
    "nested lists": lambda n: "<ul><li>An item of the list<a href='/x'>and a link of some length</a>" * n,
    "nested tables": lambda n: "<table><tr><td>A cell of the table" * n,
    "nested inline": lambda n: "<b><i><span class='byline'>text" * n,
    "nested navigation": lambda n: "<nav>" * min(n, 400) + f"<p>{SENTENCE}</p>" * n,
    "nested hidden": lambda n: "<div hidden><p>a line</p>" * n + STORY * 3,
    "nested sidebars": lambda n: f"<div class='sidebar'><p>{SENTENCE}</p>" * n,
    "nested stories": lambda n: f"<article><p>{SENTENCE}</p>" * n + STORY,
    "unclosed tags": lambda n: "<p>text <b>bold <i>both <a href='/x'>link " * n,
    "unclosed links": lambda n: "<a href='/x'>a link that nobody closes " * n,
    "misnested": lambda n: "<b><p>one</b>two</p><i><div>three</i></div>" * n,
    "tags called like comments": lambda n: "<ul>" + "<li><a<!-- href='/x'>an item of some length</a>" * n,
    "custom elements": lambda n: "".join(f"<x-{number}>text</x-{number}>" for number in range(n)),
    "attributes of one tag": lambda n: "<p " + " ".join(f"data-{number}='1'" for number in range(n)) + ">x</p>",
    "attributes of many": lambda n: "<p data-a='1' data-b='2' data-c='3' title='x' lang='en'>Some words</p>" * n,
    "long attribute": lambda n: f"<p title='{'x' * 50 * n}'>text</p>",
    "long class": lambda n: "<div class='" + " ".join(f"word{number}" for number in range(n)) + "'>text</div>",
    "different classes": lambda n: "".join(f"<div class='related-{k}x side{k}'>text {k}</div>" for k in range(n)),
    "links": lambda n: "".join(f"<a href='/story-{k}.html'>A headline with number {k} in it</a> " for k in range(n)),
    "linked list": lambda n: "".join(f"<li><a href='/a/{k}'>A headline of five words {k}</a></li>" for k in range(n)),
    "links to its pages": lambda n: "".join(f"<a href='{URL}?page={k % 300}'>{k}</a>" for k in range(n)),
    "JSON-LD blocks": lambda n: JSONLD % '{"@type": "NewsArticle", "headline": "The bridge is closed"}' * n,
    "broken JSON-LD": lambda n: JSONLD % ('{"@type": "NewsArticle", ' + '"a": "b",,' * n + "}"),
    "JSON-LD quotes": lambda n: JSONLD % ('{"' + '\\"' * 20 * n),
    "JSON-LD comments": lambda n: JSONLD % ("{" + "/*" * 20 * n),
    "JSON-LD wrapper": lambda n: JSONLD % ("{} -->" + " " * 50 * n + "x"),
    "deep JSON-LD": lambda n: JSONLD % ('{"@graph": [' * n),
    "metas": lambda n: "<meta name='author' content='Jane Doe'>" * n,
    "metas of dates": lambda n: "".join(f"<meta name='date' content='2024-01-02T10:{k % 60:02}'>" for k in range(n)),
    "keywords": lambda n: f"<meta name='keywords' content='{'word, ' * n}'>",
    "feeds": lambda n: "".join(f"<link rel='alternate' type='application/rss+xml' href='/{k}'>" for k in range(n)),
    "scripts": lambda n: "<script>var a = {b: 'c'};</script>" * n,
    "assignments in a script": lambda n: "<script>" + "a={" * 10 * n + "</script>",
    "numbers": lambda n: "<p>" + "1234567890 " * 5 * n + "</p>",
    "dates": lambda n: "<p>12.03.2024 10:30</p>" * n,
    "times": lambda n: "<time datetime='2024-03-12'>12 March</time>" * n,
    "bylines": lambda n: "<p class='byline'>By Jane Doe</p>" * n,
    "names in a byline": lambda n: "<p class='byline'>By " + "Jane Doe, " * n + "</p>",
    "h1": lambda n: "<h1>A headline of six words, again</h1>" * n,
    "stories": lambda n: f"<article>{STORY}</article>" * n,
    "long h1": lambda n: f"<h1>{'word - ' * n}</h1>",
    "long title": lambda n: f"<title>{'word | ' * n}</title>",
    "figures": lambda n: "<figure><img src='a'><figcaption>What the picture shows (Agency)</figcaption></figure>" * n,
    "headings of comments": lambda n: "<div><h3>Comments</h3><p>first</p></div>" * n,
    "headings of links": lambda n: "<div><h3>Related</h3><a href='/a'>one</a></div>" * n,
    "buttons": lambda n: "<div><p>Subscribe</p></div>" * n,
    "options": lambda n: "<select>" + "<option value='1'>A choice of several" * 4 * n + "</select>",
    "inputs": lambda n: "<div><input type='email'>x</div>" * n,
    "text areas": lambda n: "<textarea></textarea><p>short</p>" * n,
    "table rows": lambda n: "<table>" + "<tr><td>a<td>1<td>2" * n + "</table>",
    "code": lambda n: "<pre>" + "a line of code\n" * 5 * n + "</pre>",
    "less-than signs": lambda n: "<" * 50 * n,
    "quotes in tags": lambda n: '<p a="' * 5 * n,
    "comments": lambda n: "<!--" * 10 * n,
    "ampersands": lambda n: "&amp;&" * 20 * n,
    "control characters": lambda n: "\0a\x01" * 20 * n,
    "Hangul": lambda n: "<p>" + "가나다라마바사 " * 5 * n + "</p>",
    "combining marks": lambda n: "<p>a" + "\u0301\u0323" * 10 * n + "</p>",
}
"""Bodies of pages by what they are made of, of so many pieces."""

SIZES = {
    "stories": 40,
    "nested divs with text": 60,
    "nested lists": 60,
    "nested tables": 60,
    "nested sidebars": 60,
    "nested stories": 60,
    "nested navigation": 60,
    "one paragraph": 60,
}
USUAL_SIZE = 250
"""Pieces of the smaller of both pages: enough to outweigh what a page costs anyway."""


def _page(body: str) -> Page:
    return Page(
        url=URL,
        final_url=URL,
        status=200,
        headers={},
        body=f"<html><body>{body}{STORY}</body></html>".encode(),
        fetched_at=datetime(2026, 3, 1, tzinfo=UTC),
    )


@pytest.mark.parametrize("shape", SHAPES)
def test_work_grows_with_the_page_and_not_with_its_square(shape: str) -> None:
    def read(page: Page) -> Extraction:
        return extract(page, Hints(expect=PageKind.ARTICLE))

    read(_page(SHAPES[shape](2)))
    assert growth(lambda n: _page(SHAPES[shape](n)), read, SIZES.get(shape, USUAL_SIZE)) < FAR_BELOW_QUADRATIC


@pytest.mark.parametrize("shape", ["links", "linked list", "nested lists", "table rows", "stories", "paragraphs", "h1"])
def test_work_on_a_listing_grows_so_too(shape: str) -> None:
    def read(page: Page) -> Extraction:
        return extract(page, Hints(expect=PageKind.LISTING))

    read(_page(SHAPES[shape](2)))
    assert growth(lambda n: _page(SHAPES[shape](n)), read, SIZES.get(shape, USUAL_SIZE)) < FAR_BELOW_QUADRATIC
