"""Extraction of anything: it never raises, it is deterministic, and what it gives is always well-formed."""

import json
import os
import subprocess
import sys
import unicodedata
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from page_cases import FETCHED, cases

from crawler.extract import extract
from crawler.items import Hints, Page, PageKind

MOST_AUTHORS = 12
LONGEST_NAME = 60
UNSET_CLOCK = datetime(1971, 1, 1, tzinfo=UTC)
AHEAD = timedelta(hours=36)
"""How far ahead of the time of fetching a date may lie: clocks and missing zones."""

PARAGRAPHS = (
    "The people of the harbour town have voted by a large majority to keep the ferry that has crossed since 1891.",
    "More than four thousand people took part on Tuesday, the highest number in any local vote since the war.",
    "The council expects to pay two million pounds for a new engine and a safer landing stage, spread over six years.",
)


def fuzzed(examples):
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )


def page_of(body, headers=None):
    url = "https://www.example.org/2025/03/story-4711"
    return Page(url=url, final_url=url, status=200, headers=headers or {}, body=body, fetched_at=FETCHED)


def encoded(html):
    return html.encode("utf-8", "surrogatepass")


def is_clean(text, *, lines):
    """NFC, blanks folded, nothing that can't be seen; line ends only where `lines` are allowed."""
    allowed = "\n" if lines else ""
    return (
        unicodedata.is_normalized("NFC", text)
        and text == text.strip()
        and "\n\n" not in text
        and not any(unicodedata.category(char) in ("Cc", "Cs") and char not in allowed for char in text)
    )


def check(page, hints=Hints()):  # noqa: B008 - frozen
    """Read a page twice, and look at all that must hold of any page's extraction."""
    found = extract(page, hints)
    assert extract(page, hints) == found
    assert found.reason
    assert 0 <= found.confidence <= 1
    for item in found.items:
        assert item.url
        assert item.title is None or is_clean(item.title, lines=False)
    article = found.article
    assert (article is None) == (found.kind is not PageKind.ARTICLE)
    if article is None:
        return found
    assert is_clean(article.text, lines=True)
    lines = (article.title, article.language, article.source_line, article.section, *article.tags, *article.authors)
    for text in lines:
        assert text is None or (text and is_clean(text, lines=False)), text
    for text in (article.summary, article.site_name, *article.captions):
        assert text is None or (text and is_clean(text, lines=True)), text
    assert len(article.authors) <= MOST_AUTHORS
    assert all(len(name) <= LONGEST_NAME for name in article.authors)
    for moment in (article.published, article.modified):
        assert moment is None or UNSET_CLOCK <= moment.utc <= page.fetched_at + AHEAD
    return found


HINTS = st.builds(
    Hints,
    expect=st.sampled_from([None, PageKind.ARTICLE, PageKind.LISTING]),
    zone=st.sampled_from([None, "Asia/Seoul", "America/New_York"]),
    site_rules=st.booleans(),
)


# ---------------------------------------------------------------- bytes and trees

TOKENS = st.sampled_from(
    [
        b"<p>", b"</p>", b"<div", b">", b"<table><tr><td>", b"</table>", b"<!--", b"-->", b"<script>", b"</script>",
        b"<br>", b"<a href='/x'>", b"</a>", b"<article>", b"<h1>", b"<pre>", b"<svg>", b"<template>", b"<![CDATA[",
        b"<?xml version='1.0'?>", b"<rss>", b"<item>", b"<urlset>", b"{\"items\":[", b"&#xD800;", b"&#0;", b"&#x1F;",
        b"&amp;amp;", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xfe\xff", b"\x1b$B", b"\x8e\xa1",
        b"<meta charset=utf-16>", b"<meta charset=euc-kr>", b"<base href='//['>", b"<title>", b"<plaintext>",
        PARAGRAPHS[0].encode(), "강변 시장이 문을 연다.".encode("cp949"), "図書室".encode("shift_jis"),
    ]
)  # fmt: skip
HEADERS = st.sampled_from(
    [
        {},
        {"content-type": "text/html"},
        {"content-type": "text/html; charset=utf-16"},
        {"content-type": "text/html; charset=euc-kr"},
        {"content-type": "text/html; charset=\udcff"},
        {"content-type": "application/rss+xml"},
        {"content-type": "; charset="},
    ]
)


@fuzzed(150)
@given(st.lists(TOKENS | st.binary(max_size=40), max_size=40).map(b"".join), HEADERS, HINTS)
def test_any_bytes(body, headers, hints):
    check(page_of(body, headers), hints)


TAGS = (
    *("div", "p", "span", "a", "article", "section", "main", "aside", "nav", "footer", "header", "h1", "h2", "h3"),
    *("ul", "ol", "li", "table", "tr", "td", "th", "pre", "blockquote", "figure", "figcaption", "br", "img", "time"),
    *("b", "form", "input", "textarea", "button", "svg", "math", "template", "noscript", "iframe", "select", "script"),
)
NAMES = ("class", "id", "style", "hidden", "itemprop", "role", "href", "datetime", "rel", "data-date-time", "@x", ":y")
VALUES = st.sampled_from(
    ["article-body", "comments", "caption", "byline", "author", "datePublished", "display:none", "next", "//[", "0"]
) | st.text(max_size=12).map(lambda text: text.replace('"', ""))
PIECES_OF_TREES = (
    st.sampled_from(TAGS).map("<{}>".format)
    | st.builds('<{} {}="{}">'.format, st.sampled_from(TAGS), st.sampled_from(NAMES), VALUES)
    | st.sampled_from(TAGS).map("</{}>".format)
    | st.sampled_from([*PARAGRAPHS, " ", "기자", "ADVERTISEMENT", "By Ada Marsh", "2025-05-01 07:30"])
    | st.text(max_size=20)
)


@fuzzed(200)
@given(st.lists(PIECES_OF_TREES, min_size=1, max_size=50).map("".join), HINTS)
def test_any_tree(html, hints):
    check(page_of(encoded(f"<html><body>{html}</body></html>")), hints)


# ---------------------------------------------------------------- our own pages, damaged


@st.composite
def damaged_pages(draw):
    """A page of ours with a few things wrong: cut, bytes turned over, tags gone or twice, other labels, odd bytes."""
    page = draw(st.sampled_from(cases())).page
    body = page.body
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(body) - 1)))
        end = min(len(body), at + draw(st.sampled_from([1, 7, 60, 700, 5_000])))
        how = draw(st.sampled_from(["cut", "flip", "remove", "twice", "insert", "label", "mark", "untag", "head"]))
        if how == "cut":
            body = body[:at]
        elif how == "flip":
            body = body[:at] + bytes(255 - byte for byte in body[at : at + 3]) + body[at + 3 :]
        elif how == "remove":
            body = body[:at] + body[end:]
        elif how == "twice":
            body = body[:end] + body[at:end] + body[end:]
        elif how == "insert":
            body = body[:at] + draw(TOKENS) + body[at:]
        elif how == "label":
            wrong = draw(st.sampled_from([b"utf-16le", b"euc-kr", b"shift_jis", b"x-user-defined", b"no-such", b""]))
            body = b"<meta charset=" + wrong + b">" + body
        elif how == "mark":
            body = draw(st.sampled_from([b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff"])) + body
        elif how == "untag":
            first = body.find(b"<", at)
            last = body.find(b">", first)
            if 0 <= first < last:
                body = body[:first] + body[last + 1 :]
        else:
            body = body.partition(b"</head>")[2] or body
    return Page(
        url=page.url, final_url=page.url, status=200, headers=draw(HEADERS), body=body, fetched_at=page.fetched_at
    )


@fuzzed(250)
@given(damaged_pages(), HINTS)
def test_damaged_pages(page, hints):
    check(page, hints)


# ---------------------------------------------------------------- structured data

KEYS = st.sampled_from(
    [
        "@type", "@id", "@graph", "@context", "headline", "name", "author", "creator", "datePublished", "dateModified",
        "dateCreated", "articleBody", "description", "image", "url", "publisher", "keywords", "articleSection",
        "mainEntity", "mainEntityOfPage", "hasPart", "isPartOf", "comment", "license", "inLanguage", "itemListElement",
        "liveBlogUpdate", "isAccessibleForFree",
    ]
)  # fmt: skip
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**400, -(10**30), 1e308, float("inf"), float("-inf"), float("nan")])
    | st.text(max_size=40)
    | st.sampled_from(
        ["NewsArticle", "Article", "Person", "2025-05-06T07:30:00+01:00", "#a", "#b", "\ud800", "&lt;b&gt;x", "\x00"]
    )
)
OBJECTS = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=25,
)


def with_data(data):
    body = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    return encoded(
        f'<html><head><title>Ferry</title><script type="application/ld+json">{data}</script></head>'
        f"<body><article><h1>Ferry vote keeps the crossing</h1>{body}</article></body></html>"
    )


CYCLE = {
    "@graph": [
        {
            "@id": "#a",
            "@type": "NewsArticle",
            "author": {"@id": "#b"},
            "mainEntity": {"@id": "#a"},
            "headline": "Ferry",
        },
        {"@id": "#b", "@type": "Person", "author": {"@id": "#a"}, "name": {"@id": "#b"}},
    ]
}


@fuzzed(200)
@given(
    st.dictionaries(KEYS, OBJECTS, max_size=8).map(lambda item: {"@type": "NewsArticle"} | item) | OBJECTS,
    st.integers(0, 30),
    st.sampled_from(["", "/* seo */", "<!--", "//<![CDATA[\n"]),
)
@example(CYCLE, 0, "")
def test_any_structured_data(item, cut, before):
    text = json.dumps(item)
    data = before + (text[: -cut or None])
    found = check(page_of(with_data(data.replace("</", "<\\/"))), Hints(expect=PageKind.ARTICLE))
    assert found.kind is PageKind.ARTICLE
    assert found.article.text == "\n".join(PARAGRAPHS)


@pytest.mark.parametrize(
    "item",
    [
        {"author": "Ada\x1bMarsh"},
        {"author": [{"@type": "Person", "name": "Ada\x00Marsh"}]},
        {"articleSection": "Lo\x1bcal"},
        {"keywords": "fer\x00ries"},
    ],
    ids=["author", "person", "section", "tags"],
)
def test_names_out_of_structured_data_are_clean(item):
    page = page_of(with_data(json.dumps({"@type": "NewsArticle"} | item)))
    article = extract(page, Hints(expect=PageKind.ARTICLE)).article
    assert all(is_clean(text or "", lines=False) for text in (article.section, *article.tags, *article.authors))


@pytest.mark.parametrize("opening", ['{"author":', "[", '{"@graph":[', '{"@type":"NewsArticle","author":['])
def test_deep_structured_data(opening):
    assert check(page_of(with_data(opening * 20_000)), Hints(expect=PageKind.ARTICLE)).article


# ---------------------------------------------------------------- dates

PIECES = st.sampled_from(
    [
        *("2025", "1970", "9999", "0000", "13", "31", "32", "00", "24", "60", "-", "/", ".", ":", " ", ", ", "T", "Z"),
        *(
            "+",
            "+09:00",
            "-99:99",
            "+1400",
            "년",
            "월",
            "일",
            "오전",
            "오후",
            "시간 전",
            "어제",
            "입력",
            "수정",
            "年",
            "月",
        ),
        *("日", "午後", "May", "Mai", "mayo", "мая", "مايو", "Mon", "PM", "a.m.", "ago", "yesterday", "GMT", "KST"),
        *("Uhr", "в", "२०२५", "٢٠٢٥"),
    ]
)
DATES = st.lists(PIECES | st.text("0123456789", min_size=1, max_size=5), max_size=12).map("".join) | st.text(
    max_size=30
)


@fuzzed(200)
@given(DATES, DATES, DATES, HINTS)
def test_any_dates(first, second, third, hints):
    body = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    quoted = [text.replace('"', "").replace("<", "") for text in (first, second, third)]
    html = (
        '<html><head><meta property="article:published_time" content="{0}"><meta name="date" content="{1}">'
        '<meta property="article:modified_time" content="{2}"></head><body><article><h1>Ferry vote</h1>'
        '<p class="byline">By Ada Marsh | {1}</p><time datetime="{2}">{0}</time>{3}</article></body></html>'
    ).format(*quoted, body)
    check(page_of(encoded(html)), hints)


# ---------------------------------------------------------------- as they are


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_own_page(case):
    found = check(case.page, Hints(expect=case.expect, zone=case.zone, site_rules=False))
    if found.article is not None and "captions" not in case.known_failures:
        paragraphs = found.article.text.split("\n")
        assert [caption for caption in found.article.captions if caption in paragraphs] == []


DIGEST = """
import hashlib, sys
from page_cases import cases
for case in reversed(cases()) if sys.argv[1:] else cases():
    read = f"{case.read()!r} {case.read(told=False)!r}"
    print(case.name, hashlib.sha256(read.encode("utf-8", "surrogatepass")).hexdigest())
"""


def test_other_processes_read_the_same():
    """Whatever the seed of hashes, and in whatever order pages are met: caches remember, and must not show it."""
    here = Path(__file__).parent
    answers = []
    for seed, order in (("1", []), ("97", ["reverse"])):
        done = subprocess.run(
            [sys.executable, "-c", DIGEST, *order],
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": f"{here}{os.pathsep}{here.parent}"},
            capture_output=True,
            text=True,
            check=True,
            encoding="utf-8",
        )
        answers.append(sorted(done.stdout.splitlines()))
    assert len(answers[0]) == len(cases())
    assert answers[0] == answers[1]
