"""Texts that stand in a page's scripts: the article's own, in its order, and nothing of others that lie beside it."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extract import extract, script_prose
from crawler.extract.document import parse_document
from crawler.extract.script_prose import MAX_VALUES
from crawler.extract.scripts import html_in_scripts
from crawler.items import Extraction, Hints, Page, PageKind

URL = "https://www.daily-gull.example/2026/05/salt-road-over-the-winter-pass"
TITLE = "The salt road over the winter pass"
OTHER = "Council votes to dredge the outer harbour"
TEXT = [
    "The road leaves the coast behind the last saltern and climbs for nine hours, past two chapels and an inn that has "
    "been shut since the war, to a saddle between two peaks.",
    "Until the railway came, four hundred mules a week went up with salt and came down with cheese and wool, and every "
    "village on the way lived on stabling them for the night.",
    "Nobody knows how old the paving is. Some say that it was laid by the legions; the archives of the valley begin in "
    "1208 and speak of the toll, not of the builders.",
    "Today a dozen walkers a week come through in summer, and the last carter's granddaughter sells them soup, "
    "bread and a map on which her grandfather wrote the names of the springs.",
]
KOREAN = [
    "소금길은 마지막 염전 뒤에서 시작해 아홉 시간을 오른다. 예배당 두 곳과 "
    "전쟁 뒤로 문을 닫은 주막을 지나 두 봉우리 사이 안부에 닿는다.",
    "철도가 놓이기 전까지 한 주에 노새 사백 마리가 소금을 싣고 "
    "올라가 치즈와 양털을 싣고 내려왔고, 길가 마을은 모두 마구간으로 먹고살았다.",
    "길에 깔린 돌이 얼마나 오래되었는지는 아무도 모른다. 골짜기의 기록은 "
    "1208년에 시작하며 통행세를 말할 뿐 누가 놓았는지는 말하지 않는다.",
]
ELSE = [
    "The council voted on Monday night to dredge the outer harbour for the first time since the great storm of 1987, "
    "at a cost that nobody at the meeting would put into figures, however often it was asked to.",
    "Fishermen fear for the oyster beds behind the mole, which a survey of last autumn found to be the richest on the "
    "whole of the coast, and have asked for a year's delay and for a second opinion.",
    "The mayor called the fear unfounded and promised that the spoil would be carried out to sea in winter only, when "
    "the wind sets from the land and the beds lie under two metres of moving sand.",
    "A second vote is needed in June before the money can be borrowed, and two of the nine members who were for it on "
    "Monday have said since that they want to see the survey for themselves before then.",
]
"""Another article, longer than the page's own."""
CAPTION = "A mule on the upper bridge in the winter of 1911, photographed by the road inspector of the valley."
TEASER = "Nine hours uphill: a walk along the road that fed the valley for a thousand years."


def page(*scripts: str, body: str = '<div id="root"></div>', title: str = TITLE, head: str = "") -> Page:
    html = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} - The Daily Gull</title>'
        f'<meta property="og:type" content="article"><meta property="og:title" content="{title}">{head}</head>'
        f"<body>{body}{''.join(scripts)}</body></html>"
    )
    return Page(
        url=URL,
        final_url=URL,
        status=200,
        headers={"content-type": "text/html; charset=utf-8"},
        body=html.encode("utf-8", "surrogatepass"),
        fetched_at=datetime(2026, 5, 12, tzinfo=UTC),
    )


def read(*scripts: str, **more: str) -> Extraction:
    return extract(page(*scripts, **more), Hints(expect=PageKind.ARTICLE))


def lines(*scripts: str, **more: str) -> list[str]:
    article = read(*scripts, **more).article
    return article.text.split("\n") if article is not None and article.text else []


def script(text: str, kind: str = "", name: str = "") -> str:
    """A script; its text is made safe as servers do."""
    attributes = (f' type="{kind}"' if kind else "") + (f' id="{name}"' if name else "")
    return f"<script{attributes}>{text.replace('</', chr(92) + 'u003c/')}</script>"


def next_data(props: Any, **more: Any) -> str:
    return script(
        json.dumps({"props": {"pageProps": props}, "page": "/[slug]", "buildId": "x1", **more}),
        "application/json",
        "__NEXT_DATA__",
    )


def paragraphs(texts: list[str]) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def story(title: str = TITLE, slug: str = "salt-road-over-the-winter-pass", **more: Any) -> dict[str, Any]:
    return {"title": title, "slug": slug, "publishedAt": "2026-05-12T06:00:00Z", **more}


def related(**more: Any) -> dict[str, Any]:
    return story(OTHER, "council-dredges-the-outer-harbour", url="/2026/05/council-dredges-the-outer-harbour", **more)


# ------------------------------------------------------------------------------------------------------ __NEXT_DATA__
@pytest.mark.parametrize(
    "props",
    [
        {"article": story(body=paragraphs(TEXT))},
        {"article": story(content={"rendered": paragraphs(TEXT)})},
        {"article": story(body="\n\n".join(TEXT))},
        {"article": story(paragraphs=TEXT)},
        {"article": story(paragraphs=[{"text": text} for text in TEXT])},
        {"article": story(body=paragraphs(TEXT).replace("<", "&lt;").replace(">", "&gt;"))},
        {"data": {"node": {"field_body": {"value": paragraphs(TEXT)}}}},
        {"post": {"title": {"rendered": TITLE}, "link": URL, "content": {"rendered": paragraphs(TEXT)}}},
        paragraphs(TEXT),
    ],
    ids=["html", "rendered", "plain", "strings", "dicts", "escaped", "drupal", "wordpress", "bare"],
)
def test_a_body_in_next_data(props: Any) -> None:
    found = read(next_data(props))
    assert found.kind is PageKind.ARTICLE
    assert found.article is not None
    assert found.article.text.split("\n") == TEXT
    assert found.article.title == TITLE
    assert found.article.extractor == "dom/2+scripts"


def test_korean_text_in_next_data() -> None:
    props = {"news": story("겨울 고개를 넘는 소금길", body=paragraphs(KOREAN))}
    assert lines(next_data(props), title="겨울 고개를 넘는 소금길") == KOREAN


HEADING = "What the mules carried"
ITEMS = ["salt from the lower pans", "iron nails"]
QUOTE = "My grandfather knew every spring by name, and which of them not to drink from."


def runs(text: str) -> list[str]:
    """A paragraph in three runs."""
    return [text[:40], text[40:55], text[55:]]


ARC = [
    {"type": "text", "content": TEXT[0]},
    {"type": "image", "caption": CAPTION, "url": "https://img.example/1.jpg"},
    {"type": "text", "content": f"<b>{TEXT[1][:20]}</b>{TEXT[1][20:]}"},
    {"type": "interstitial_link", "content": OTHER, "url": "/2026/05/council-dredges-the-outer-harbour"},
    {"type": "header", "level": 2, "content": HEADING},
    {"type": "list", "list_type": "unordered", "items": [{"type": "text", "content": item} for item in ITEMS]},
    {"type": "text", "content": TEXT[2]},
    {"type": "quote", "content_elements": [{"type": "text", "content": QUOTE}]},
    {"type": "text", "content": TEXT[3]},
]
PORTABLE = [
    {"_type": "block", "style": "normal", "children": [{"_type": "span", "text": run} for run in runs(TEXT[0])]},
    {"_type": "image", "caption": CAPTION, "asset": {"_ref": "image-1"}},
    {"_type": "block", "style": "normal", "markDefs": [], "children": [{"_type": "span", "text": TEXT[1]}]},
    {"_type": "block", "style": "h2", "children": [{"_type": "span", "text": HEADING}]},
    *(
        {"_type": "block", "listItem": "bullet", "children": [{"_type": "span", "text": item, "marks": ["em"]}]}
        for item in ITEMS
    ),
    {"_type": "block", "style": "normal", "children": [{"_type": "span", "text": TEXT[2]}]},
    {"_type": "block", "style": "blockquote", "children": [{"_type": "span", "text": QUOTE}]},
    {"_type": "relatedArticles", "articles": [related(text=ELSE[0])]},
    {"_type": "block", "style": "normal", "children": [{"_type": "span", "text": TEXT[3]}]},
]


def contentful_text(text: str) -> dict[str, Any]:
    return {"nodeType": "text", "value": text, "marks": [], "data": {}}


def contentful_paragraph(*texts: str) -> dict[str, Any]:
    return {"nodeType": "paragraph", "data": {}, "content": [contentful_text(text) for text in texts]}


CONTENTFUL = {
    "nodeType": "document",
    "data": {},
    "content": [
        contentful_paragraph(*runs(TEXT[0])),
        {"nodeType": "embedded-asset-block", "data": {"target": {"fields": {"description": CAPTION}}}, "content": []},
        {
            "nodeType": "paragraph",
            "data": {},
            "content": [
                contentful_text(TEXT[1][:30]),
                {
                    "nodeType": "hyperlink",
                    "data": {"uri": "/tag/mules"},
                    "content": [contentful_text(TEXT[1][30:60])],
                },
                contentful_text(TEXT[1][60:]),
            ],
        },
        {"nodeType": "heading-2", "data": {}, "content": [contentful_text(HEADING)]},
        {
            "nodeType": "unordered-list",
            "data": {},
            "content": [
                {"nodeType": "list-item", "data": {}, "content": [contentful_paragraph(item)]} for item in ITEMS
            ],
        },
        contentful_paragraph(TEXT[2]),
        {"nodeType": "blockquote", "data": {}, "content": [contentful_paragraph(QUOTE)]},
        contentful_paragraph(TEXT[3]),
    ],
}
DRAFT = {
    "blocks": [
        {"key": "a1", "type": kind, "text": text, "depth": 0, "inlineStyleRanges": [], "entityRanges": [], "data": {}}
        for kind, text in [
            ("unstyled", TEXT[0]),
            ("atomic", " "),
            ("unstyled", TEXT[1]),
            ("header-two", HEADING),
            ("unordered-list-item", ITEMS[0]),
            ("unordered-list-item", ITEMS[1]),
            ("unstyled", TEXT[2]),
            ("blockquote", QUOTE),
            ("unstyled", TEXT[3]),
        ]
    ],
    "entityMap": {"0": {"type": "IMAGE", "data": {"src": "https://img.example/1.jpg", "caption": CAPTION}}},
}
EDITOR = {
    "time": 1778565600000,
    "version": "2.28.0",
    "blocks": [
        {"id": "a", "type": "paragraph", "data": {"text": TEXT[0]}},
        {"id": "b", "type": "image", "data": {"file": {"url": "https://img.example/1.jpg"}, "caption": CAPTION}},
        {"id": "c", "type": "paragraph", "data": {"text": TEXT[1].replace("mules", "<i>mules</i>")}},
        {"id": "d", "type": "header", "data": {"text": HEADING, "level": 2}},
        {"id": "e", "type": "list", "data": {"style": "unordered", "items": ITEMS}},
        {"id": "f", "type": "paragraph", "data": {"text": TEXT[2]}},
        {"id": "g", "type": "quote", "data": {"text": QUOTE, "caption": "Ada Brine"}},
        {"id": "h", "type": "paragraph", "data": {"text": TEXT[3]}},
    ],
}
GUTENBERG = [
    {"name": "core/paragraph", "attributes": {"content": TEXT[0]}, "innerBlocks": []},
    {"name": "core/image", "attributes": {"url": "https://img.example/1.jpg", "caption": CAPTION}, "innerBlocks": []},
    {"name": "core/paragraph", "attributes": {"content": TEXT[1]}, "innerBlocks": []},
    {"name": "core/heading", "attributes": {"content": HEADING, "level": 2}, "innerBlocks": []},
    {
        "name": "core/list",
        "attributes": {"ordered": False, "values": ""},
        "innerBlocks": [
            {"name": "core/list-item", "attributes": {"content": item}, "innerBlocks": []} for item in ITEMS
        ],
    },
    {"name": "core/paragraph", "attributes": {"content": TEXT[2]}, "innerBlocks": []},
    {
        "name": "core/quote",
        "attributes": {"value": ""},
        "innerBlocks": [{"name": "core/paragraph", "attributes": {"content": QUOTE}, "innerBlocks": []}],
    },
    {"name": "core/embed", "attributes": {"url": "https://video.example/1", "caption": CAPTION}, "innerBlocks": []},
    {"name": "core/paragraph", "attributes": {"content": TEXT[3]}, "innerBlocks": []},
]


def node(kind: str, *children: Any, **more: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "content": [{"type": "text", "text": one} if isinstance(one, str) else one for one in children],
    } | more


PROSEMIRROR = node(
    "doc",
    node("paragraph", *runs(TEXT[0])),
    {"type": "image", "attrs": {"src": "https://img.example/1.jpg", "title": CAPTION}},
    node("paragraph", TEXT[1]),
    node("heading", HEADING, attrs={"level": 2}),
    node("bulletList", *(node("listItem", node("paragraph", item)) for item in ITEMS)),
    node("paragraph", TEXT[2]),
    node("blockquote", node("paragraph", QUOTE)),
    node("paragraph", TEXT[3]),
)


def lexical(kind: str, *children: Any, **more: Any) -> dict[str, Any]:
    return {"type": kind, "version": 1, **more} | {
        "children": [{"type": "text", "text": one, "format": 0} if isinstance(one, str) else one for one in children]
    }


LEXICAL = {
    "root": lexical(
        "root",
        lexical("paragraph", *runs(TEXT[0])),
        lexical("paragraph", TEXT[1]),
        lexical("heading", HEADING, tag="h2"),
        lexical("list", *(lexical("listitem", item) for item in ITEMS), tag="ul"),
        lexical("paragraph", TEXT[2]),
        lexical("quote", QUOTE),
        lexical("paragraph", TEXT[3]),
    )
}
GRAPHQL = [
    {"__typename": "ParagraphBlock", "html": f"<p>{TEXT[0]}</p>"},
    {"__typename": "ImageBlock", "image": {"caption": CAPTION}},
    {"__typename": "ParagraphBlock", "html": f"<p>{TEXT[1]}</p>"},
    {"__typename": "HeadingBlock", "text": HEADING},
    {"__typename": "ListBlock", "items": [{"__typename": "ListItem", "text": item} for item in ITEMS]},
    {"__typename": "ParagraphBlock", "html": f"<p>{TEXT[2]}</p>"},
    {"__typename": "QuoteBlock", "text": QUOTE},
    {"__typename": "RelatedBlock", "items": [related(text=ELSE[0])]},
    {"__typename": "ParagraphBlock", "html": f"<p>{TEXT[3]}</p>"},
]
IN_ORDER = [TEXT[0], TEXT[1], HEADING, *ITEMS, TEXT[2], QUOTE, TEXT[3]]


def bare(line: str) -> str:
    return line.removeprefix("- ").removeprefix("* ").removeprefix("• ").strip()


@pytest.mark.parametrize(
    "body",
    [ARC, PORTABLE, CONTENTFUL, {"json": CONTENTFUL}, DRAFT, EDITOR, GUTENBERG, PROSEMIRROR, LEXICAL, GRAPHQL],
    ids=[
        "arc",
        "portable",
        "contentful",
        "contentful json",
        "draft",
        "editorjs",
        "gutenberg",
        "prosemirror",
        "lexical",
        "graphql",
    ],
)
@pytest.mark.parametrize("where", ["story", "bare"])
def test_typed_blocks_become_their_elements_in_order(body: Any, where: str) -> None:
    props = {"article": story(body=body)} if where == "story" else {"content": body}
    assert [bare(line) for line in lines(next_data(props))] == IN_ORDER


def test_entities_are_decoded_once_and_signs_kept() -> None:
    said = "Salt &amp; iron, she said &mdash; &#8220;nothing else&#8221; &ndash; for 5 < 6 days and never &amp;c."
    shown = "Salt & iron, she said — “nothing else” – for 5 < 6 days and never &c."
    body = [{"type": "text", "content": text} for text in (said, *TEXT)]
    assert lines(next_data({"article": story(body=body)}))[0] == shown


# ------------------------------------------------------------------------------------------------- whose text it is
@pytest.mark.parametrize("place", ["before", "after"])
@pytest.mark.parametrize(
    "more",
    [
        {"related": [related(body=paragraphs(ELSE))]},
        {"nextArticle": related(body=paragraphs(ELSE))},
        {"stories": [related(body=[{"type": "text", "content": text} for text in ELSE])] * 3},
        {"byId": {"4711": related(text="\n".join(ELSE)), "4712": related(text="\n".join(ELSE))}},
        {"latest": [related(description=ELSE[0]), related(description=ELSE[1])]},
        {"terms": "By reading on you accept our terms of use, as they stand at the time of your visit. " * 20},
    ],
    ids=["related", "next", "stories", "store", "teasers", "terms"],
)
def test_what_lies_beside_the_article_stays_out(more: dict[str, Any], place: str) -> None:
    own = {"article": story(body=paragraphs(TEXT))}
    props = more | own if place == "before" else own | more
    assert lines(next_data(props)) == TEXT


def test_one_of_many_stories_is_the_pages() -> None:
    stories = [related(body=paragraphs(ELSE)), story(body=paragraphs(TEXT)), related(body=paragraphs(ELSE[:2]))]
    assert lines(next_data({"articles": stories})) == TEXT


@pytest.mark.parametrize(
    "own",
    [
        {"headline": "Salt, mules and a thousand years", "url": URL},
        {"headline": "Salt, mules and a thousand years", "slug": "salt-road-over-the-winter-pass"},
        {"headline": "Salt, mules", "seoTitle": TITLE, "publishedAt": "2026-05-12"},
        {"headlines": {"basic": f"{TITLE}: a walk"}, "canonical_url": "/somewhere/else"},
    ],
)
def test_an_article_known_by_its_address_or_any_of_its_titles(own: dict[str, Any]) -> None:
    props = {"a": related(body=paragraphs(ELSE)), "b": {**own, "body": paragraphs(TEXT)}}
    assert lines(next_data(props)) == TEXT


def test_a_paywalled_stub_takes_no_other_articles_text() -> None:
    props = {
        "article": story(body=f"<p>{TEASER}</p>", isPaid=True),
        "related": [related(body=paragraphs(ELSE))],
        "mostRead": {"items": [related(body=paragraphs(ELSE))]},
        "next": related(body=[{"type": "text", "content": text} for text in ELSE]),
    }
    found = read(
        next_data(props), body=f"<article><h1>{TITLE}</h1><p>{TEASER}</p><p>Subscribe to read on.</p></article>"
    )
    text = found.article.text if found.article is not None else ""
    assert not any(other in text for other in ELSE)


def test_the_sites_own_name_around_the_article_does_not_hide_it() -> None:
    props = {"title": "The Daily Gull", "url": "https://www.daily-gull.example/", "page": {"text": paragraphs(TEXT)}}
    assert lines(next_data(props)) == TEXT


def test_sections_with_titles_of_their_own() -> None:
    sections = [{"title": f"Part {number}", "text": f"<p>{text}</p>"} for number, text in enumerate(TEXT)]
    found = lines(next_data({"article": story(sections=sections)}))
    assert [line for line in found if not line.startswith("Part")] == TEXT


# ------------------------------------------------------------------------------------------------ the tree and scripts
def test_a_teaser_in_the_tree_is_completed() -> None:
    body = f"<main><article><h1>{TITLE}</h1><p>{TEXT[0]}</p></article></main>"
    assert lines(next_data({"article": story(body=paragraphs(TEXT))}), body=body) == TEXT


def test_a_whole_text_in_the_tree_is_not_doubled() -> None:
    body = f"<main><article><h1>{TITLE}</h1>{paragraphs(TEXT)}</article></main>"
    found = read(next_data({"article": story(body=paragraphs([*TEXT, *ELSE]))}), body=body)
    assert found.article is not None
    assert found.article.text.split("\n") == TEXT
    assert found.article.extractor == "dom/2"


def test_a_short_article_that_the_scripts_only_repeat() -> None:
    body = f"<main><article><h1>{TITLE}</h1>{paragraphs(TEXT[:2])}</article></main>"
    found = read(next_data({"article": story(body=paragraphs(TEXT[:2]))}), body=body)
    assert found.article is not None
    assert found.article.text.split("\n") == TEXT[:2]
    assert found.article.extractor == "dom/2"


# ------------------------------------------------------------------------------------------------------- flight stream
def pushes(stream: str, cuts: list[int]) -> str:
    """A stream cut into pushes at these places."""
    places = [0, *sorted(cuts), len(stream)]
    parts = [stream[begin:end] for begin, end in pairwise(places)]
    first = script("(self.__next_f=self.__next_f||[]).push([0])")
    return first + "".join(script(f"self.__next_f.push({json.dumps([1, part])})") for part in parts)


def flight(rows: dict[str, Any]) -> str:
    """Rows as React sends them: strings by their length, the rest as JSON."""
    out = []
    for name, row in rows.items():
        if isinstance(row, str):
            out.append(f"{name}:T{len(row.encode()):x},{row}")
        else:
            out.append(f"{name}:{json.dumps(row, ensure_ascii=False)}\n")
    return "".join(out)


STREAM = {
    "1": ["$", "$L5", None, {"article": {**story(), "body": "$2b"}, "more": [{**related(), "body": "$2c"}]}],
    "2b": paragraphs(
        [*TEXT[:3], "소금길 🧂 is what the last carter's granddaughter calls it, after her mother's tongue."]
    ),
    "2c": paragraphs(ELSE),
}
STREAMED = [*TEXT[:3], "소금길 🧂 is what the last carter's granddaughter calls it, after her mother's tongue."]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, len(flight(STREAM)) - 1), max_size=6, unique=True))
def test_a_stream_cut_anywhere_is_read_as_one(cuts: list[int]) -> None:
    assert lines(pushes(flight(STREAM), cuts)) == STREAMED


def test_a_stream_cut_within_a_character() -> None:
    stream = flight(STREAM)
    place = stream.index("🧂")
    before, after = stream[:place], stream[place + 1 :]
    halves = script(f'self.__next_f.push([1,{json.dumps(before)[:-1]}\\ud83e"])') + script(
        f'self.__next_f.push([1,"\\uddc2{json.dumps(after)[1:]}])'
    )
    assert lines(halves) == STREAMED
    data = stream.encode()
    middle = data.index("🧂".encode()) + 2
    binary = "".join(
        script(f"self.__next_f.push([3,{json.dumps(base64.b64encode(part).decode())}])")
        for part in (data[:middle], data[middle:])
    )
    assert lines(binary) == STREAMED


def test_several_pushes_in_one_script_and_broken_ones() -> None:
    stream = flight(STREAM)
    one = ";".join(f"self.__next_f.push({json.dumps([1, part])})" for part in (stream[:100], stream[100:]))
    assert lines(script(one)) == STREAMED
    assert (
        lines(script(one), script('self.__next_f.push([1,"broken'), script("self.__next_f.push([3,'%%%'])")) == STREAMED
    )


def element(tag: str, *children: Any, **more: Any) -> list[Any]:
    return ["$", tag, None, {**more, "children": list(children) if len(children) != 1 else children[0]}]


def test_elements_that_react_sends() -> None:
    tree = element(
        "html",
        element(
            "body",
            element("nav", element("a", "Home", href="/"), element("a", "Sport", href="/sport")),
            element(
                "$L7",
                element(
                    "article",
                    element("h1", TITLE),
                    element("p", TEXT[0]),
                    element("figure", element("figcaption", CAPTION)),
                    element("p", TEXT[1][:30], element("a", TEXT[1][30:50], href="/tag/mules"), TEXT[1][50:]),
                    element("h2", HEADING),
                    "$9",
                    element("div", dangerouslySetInnerHTML={"__html": f"<p>{TEXT[3]}</p>"}),
                ),
            ),
        ),
    )
    rows = {"0": tree, "9": element("p", TEXT[2])}
    assert lines(pushes(flight(rows), [50])) == [TEXT[0], TEXT[1], HEADING, TEXT[2], TEXT[3]]


# ------------------------------------------------------------------------------------------------------- other states
def test_arc_fusion() -> None:
    content = {
        "type": "story",
        "headlines": {"basic": TITLE},
        "canonical_url": "/2026/05/salt-road-over-the-winter-pass",
        "promo_items": {"basic": {"type": "image", "caption": CAPTION}},
        "content_elements": ARC,
        "related_content": {"basic": [{"type": "story", "headlines": {"basic": OTHER}, "content_elements": ARC}]},
    }
    cache = {"story-feed": {'{"id":1}': {"data": {"content_elements": [related(description={"basic": ELSE[0]})]}}}}
    text = (
        "window.Fusion=window.Fusion||{};Fusion.arcSite='gull';Fusion.globalContent="
        f'{json.dumps(content)};Fusion.globalContentConfig={{"source":"content-api"}};'
        f'Fusion.contentCache={json.dumps(cache)};Fusion.layout="article"'
    )
    assert [bare(line) for line in lines(script(text, "application/javascript", "fusion-metadata"))] == IN_ORDER


def js(text: str) -> str:
    """A string as a bundler writes it."""
    return json.dumps(text).replace("<", "\\u003C").replace("/", "\\u002F")


def test_nuxt_2_calls_a_function() -> None:
    text = (
        'window.__NUXT__=(function(a,b,c,d){return {layout:"default",data:[{article:{title:a,slug:"salt-road-over-the-'
        f"winter-pass\",body:{js(paragraphs(TEXT))},'paid':b,tags:[],teaser:c,at:new Date(1778565600000),x:-1.5e3}},"
        f'related:[{{title:d,url:"/2026/05/other",body:{js(paragraphs(ELSE))}}}]}}],error:c,state:{{}},serverRendered:!0,'
        f"n:void 0}}}}({js(TITLE)},!1,null,{js(OTHER)}));"
    )
    assert lines(script(text)) == TEXT


def test_nuxt_2_gives_its_text_as_an_argument() -> None:
    text = (
        'window.__NUXT__=(function(a,b){return {data:[{post:{title:a,slug:"salt-road-over-the-winter-pass",body:b,'
        f"copy:b}}}}]}}}}({js(TITLE)},{js(paragraphs(TEXT))}));"
    )
    assert lines(script(text)) == TEXT


def devalued(value: Any) -> list[Any]:
    """Nuxt 3's flat list."""
    flat: list[Any] = []
    seen: dict[str, int] = {}

    def put(one: Any) -> int:
        if isinstance(one, str) and one in seen:
            return seen[one]
        place = len(flat)
        flat.append(None)
        if isinstance(one, str):
            seen[one] = place
            flat[place] = one
        elif isinstance(one, dict):
            flat[place] = {key: put(child) for key, child in one.items()}
        elif isinstance(one, list):
            flat[place] = [put(child) for child in one]
        else:
            flat[place] = one
        return place

    put(value)
    return flat


@pytest.mark.parametrize("body", [paragraphs(TEXT), ARC], ids=["html", "blocks"])
def test_nuxt_3_data(body: Any) -> None:
    value = {"data": {"article": story(body=body), "more": [related(body=paragraphs(ELSE))]}, "state": {}, "once": []}
    flat = devalued(value)
    flat = [["ShallowReactive", 1], *json.loads(json.dumps(flat), parse_int=lambda text: text)]
    shifted = [
        {key: int(place) + 1 for key, place in one.items()}
        if isinstance(one, dict)
        else [place if isinstance(place, str) and not place.isdigit() else int(place) + 1 for place in one]
        if isinstance(one, list) and one[:1] != ["ShallowReactive"]
        else one
        for one in flat
    ]
    found = lines(script(json.dumps(shifted), "application/json", "__NUXT_DATA__"))
    assert [bare(line) for line in found] == (TEXT if isinstance(body, str) else IN_ORDER)


def test_apollo_state_by_reference() -> None:
    state: dict[str, Any] = {
        "ROOT_QUERY": {"__typename": "Query", 'article({"id":1})': {"__ref": "Article:1"}},
        "Article:1": {"__typename": "Article", **story(), "body": [{"__ref": f"Block:{n}"} for n in range(len(TEXT))]},
        "Article:2": {"__typename": "Article", **related(), "body": [{"__ref": "Block:77"}, {"__ref": "Block:78"}]},
        "Block:77": {"__typename": "Paragraph", "text": "\n".join(ELSE)},
        "Block:78": {"__typename": "Paragraph", "text": "\n".join(ELSE)},
    }
    state |= {f"Block:{n}": {"__typename": "Paragraph", "text": text} for n, text in enumerate(TEXT)}
    assert lines(script(f"window.__APOLLO_STATE__ = {json.dumps(state)};")) == TEXT
    assert lines(next_data({"__APOLLO_STATE__": state})) == TEXT


@pytest.mark.parametrize(
    "form",
    [
        "window.__remixContext = {json};__remixContext.p=function(v){{return v}}",
        "window.__INITIAL_STATE__={json};(function(){{var s;}})();",
        "window.__PRELOADED_STATE__ = JSON.parse({string});",
        "window.__INITIAL_DATA__={string};",
        "window.__STATE__ = JSON.parse(decodeURIComponent({quoted}));",
        "hydrate({json}, document.getElementById('root'))",
        "window.App={{debug:false,page:undefined,state:{json}}}",
        "var first={{broken:[}},  window.state={json}",
    ],
)
def test_a_state_that_a_script_assigns(form: str) -> None:
    from urllib.parse import quote

    state = json.dumps({"routes": {"article": {"loader": story(body=paragraphs(TEXT))}}, "m": [related(body=ELSE[0])]})
    text = form.format(json=state, string=json.dumps(state), quoted=json.dumps(quote(state)))
    assert lines(script(text)) == TEXT


# --------------------------------------------------------------------------------------------------------- JSON-LD
def jsonld(*items: dict[str, Any]) -> str:
    return "".join(
        script(json.dumps({"@context": "https://schema.org", **item}), "application/ld+json") for item in items
    )


def news(headline: str = TITLE, texts: list[str] = TEXT, **more: Any) -> dict[str, Any]:
    return {"@type": "NewsArticle", "headline": headline, "articleBody": "\n".join(texts), **more}


def test_a_jsonld_body_is_the_text_where_there_is_no_other() -> None:
    assert lines(jsonld(news())) == TEXT
    assert lines(jsonld(news("소금길", KOREAN)), title="소금길") == KOREAN


@pytest.mark.parametrize(
    "other",
    [
        news(OTHER, ELSE),
        news(OTHER, ELSE, url="https://www.daily-gull.example/2026/05/council-dredges"),
        news("", ELSE, mainEntityOfPage={"@id": "https://www.daily-gull.example/2026/05/council-dredges"}),
    ],
)
def test_a_jsonld_body_of_another_article_is_not_believed(other: dict[str, Any]) -> None:
    assert lines(jsonld(other, news())) == TEXT
    assert lines(jsonld(other)) == []


def test_of_several_jsonld_bodies_that_say_not_whose_they_are_none_is_taken() -> None:
    first, second = news(texts=TEXT), news(texts=ELSE)
    del first["headline"], second["headline"]
    assert lines(jsonld(first, second)) == []
    assert lines(jsonld(first)) == TEXT


def test_a_jsonld_body_that_is_a_teaser_does_not_replace_the_text() -> None:
    body = f"<main><article><h1>{TITLE}</h1>{paragraphs(TEXT[:2])}</article></main>"
    assert lines(jsonld(news(texts=[TEASER])), body=body) == TEXT[:2]


# ------------------------------------------------------------------------------------ noscript, templates, shadow trees
@pytest.mark.parametrize(
    "wrapped",
    [
        "<noscript>{}</noscript>",
        "<template>{}</template>",
        '<news-article><template shadowrootmode="open">{}</template></news-article>',
        '<script type="text/template">{}</script>',
        '<script type="text/x-handlebars-template">{}</script>',
    ],
)
def test_markup_that_a_browser_only_shows_later(wrapped: str) -> None:
    markup = f"<article><h1>{TITLE}</h1>{paragraphs(TEXT)}</article>"
    assert lines(body=f'<div id="root"></div>{wrapped.format(markup)}') == TEXT


def test_a_template_that_a_script_fills() -> None:
    template = f"<article><% if (paid) {{ %>{paragraphs(ELSE)}<% }} %></article>"
    assert lines(body=f'<div id="root"></div><script type="text/template">{template}</script>') == []


def test_what_a_function_is_given_to_configure_it() -> None:
    notice = "This site uses cookies of its own and of others to show you advertisements that suit you. " * 6
    assert lines(script(f'cookieconsent.initialise({{"palette": {{}}, content: {{"message": "{notice}"}}}})')) == []


def test_comments_in_a_state_are_nobodys_article() -> None:
    said = [{"id": number, "date": "2026-05-12", "text": text} for number, text in enumerate(ELSE)]
    assert lines(script(f"window.comments = {json.dumps({'comment': {'comments': said}})};")) == []


def test_a_page_about_a_film_has_its_synopsis() -> None:
    film = {"type": "player_ondemand", "title": TITLE, "broadcastedOn": "2026-05-12T18:15:00Z", "synopsis": TEXT[0] * 2}
    other = {"type": "player_ondemand", "title": OTHER, "synopsis": " ".join(ELSE)}
    assert lines(next_data({"other": other, "film": film})) == [TEXT[0] * 2]


def test_a_noscript_that_only_asks_for_scripts() -> None:
    notice = "<p>You need to enable JavaScript to run this app.</p>" * 8
    assert lines(body=f"<div id='root'></div><noscript>{notice}</noscript>") == []


# ---------------------------------------------------------------------------------------------------------- bounds
def html_of(*scripts: str) -> list[str]:
    return list(html_in_scripts(parse_document(page(*scripts))))


def nested(depth: int, inner: str) -> str:
    return '{"body":[' * depth + inner + "]}" * depth


@pytest.mark.parametrize(
    "text",
    [
        nested(100_000, '"x"'),
        "[" * 200_000,
        '{"a":' * 50_000,
        "window.a=" + "{a:" * 50_000,
        "window.__NUXT__=(function(a){return {a:" + "[" * 50_000 + "}}(1))",
        "window.__NUXT__=(function(" + "a," * 15_000 + "b){return {x:b}}(" + '"y",' * 15_000 + "1))",
        "window.x=" * 20_000 + "{",
        "self.__next_f.push([1," * 5_000,
        'self.__next_f.push([1,"' + "1:Tffffff,abc" * 3 + '"])',
        'self.__next_f.push([1,"zz\\n:::\\n1:\\n2:{\\n3:Tzz,\\n4:I[1]\\n"])',
        "JSON.parse('" + "\\x7b" * 20_000 + "')",
        "window.a='{\\'",
        "\ud83e\\ud83e window.a={b:'\\ud83e'}",
        "window.a={,,,:::}",
        "window.a=[1,2,,,3,]]]]",
        'window.a={"a":"\\u{110000}\\u{1F9C2}"}',
    ],
)
@pytest.mark.parametrize("kind", ["", "application/json"])
def test_broken_and_over_deep_scripts_hide_nothing(text: str, kind: str) -> None:
    padded = text + " " * 200  # shorter ones are not looked at
    assert html_of(script(padded, kind), next_data({"article": story(body=paragraphs(TEXT))}))[0] == (
        f"<div>{paragraphs(TEXT)}</div>"
    )


def test_values_that_hold_themselves() -> None:
    flat = [{"self": 0, "list": 1, "article": 2}, [0, 1, 1, 1, 2], {"title": 3, "slug": 3, "body": 4, "next": 2}, TITLE]
    found = html_of(script(json.dumps([*flat, paragraphs(TEXT), " " * 200]), "application/json", "__NUXT_DATA__"))
    assert found[0].count(TEXT[0]) == 1
    rows = {"1": {"a": "$2", "b": ["$1", "$2", {"text": TEXT[0]}]}, "2": {"c": "$1", "d": "$2"}}
    assert TEXT[0] in html_of(pushes(flight(rows), []))[0]
    state = {
        "ROOT_QUERY": {"a": {"__ref": "A"}},
        "A": {"body": [{"__ref": "A"}, {"type": "text", "text": {"__ref": "A"}}]},
    }
    assert html_of(script(f"window.s={json.dumps(state)};{' ' * 200}")) == []


class Counted(script_prose._Walk):
    """A walk that tells how much it did."""

    made: ClassVar[list[Counted]] = []

    def __init__(self, judge: script_prose.Judge) -> None:
        super().__init__(judge)
        type(self).made.append(self)

    @property
    def work(self) -> tuple[int, int]:
        return self._values, self._chars


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> type[Counted]:
    monkeypatch.setattr(Counted, "made", [])
    monkeypatch.setattr(script_prose, "_Walk", Counted)
    return Counted


@pytest.mark.parametrize("shape", ["rows", "blocks", "elements", "wide"])
def test_the_work_is_bounded_whatever_names_whatever(counted: type[Counted], shape: str) -> None:
    """Thirty rows of ten references to the next are 10 ** 30 values."""
    size = 30
    match shape:
        case "rows":
            rows: dict[str, Any] = {f"{n:x}": {f"k{i}": f"${n + 1:x}" for i in range(10)} for n in range(1, size)}
        case "blocks":
            rows = {f"{n:x}": [{"type": "paragraph", "children": f"${n + 1:x}"}] * 10 for n in range(1, size)}
        case "elements":
            rows = {f"{n:x}": element("p", *[f"${n + 1:x}"] * 10) for n in range(1, size)}
        case _:
            rows = {"1": [[TEXT[0]] * 10] * 30_000}
    rows[f"{size:x}"] = paragraphs(TEXT)
    html_of(pushes(flight(rows), []))
    (walk,) = counted.made
    values, chars = walk.work
    assert values <= 1.01 * MAX_VALUES
    assert chars <= 2 * script_prose.MAX_SCRIPT_CHARS


def test_work_grows_with_the_size_and_no_faster(counted: type[Counted]) -> None:
    def work(size: int) -> int:
        counted.made.clear()
        html_of(next_data({"stories": [related(body=ARC) for _ in range(size)], "article": story(body=ARC * size)}))
        return counted.made[0].work[0]

    small, large = work(20), work(80)
    assert large <= 4.2 * small


@settings(max_examples=25, deadline=None)
@given(
    st.recursive(
        st.one_of(
            st.none(), st.booleans(), st.integers(), st.text(max_size=80), st.sampled_from([*TEXT, "$1", "$", "p"])
        ),
        lambda inner: st.one_of(
            st.lists(inner, max_size=5),
            st.dictionaries(
                st.sampled_from(
                    [
                        "type",
                        "_type",
                        "text",
                        "content",
                        "children",
                        "title",
                        "url",
                        "body",
                        "style",
                        "__ref",
                        "data",
                        "items",
                    ]
                ),
                inner,
                max_size=5,
            ),
        ),
        max_leaves=25,
    )
)
def test_any_value_is_read_without_an_error_and_the_same_each_time(value: Any) -> None:
    for text in (
        next_data(value),
        pushes(flight({"1": [value]}), []),
        script(f"window.s={json.dumps(value)};{' ' * 200}"),
    ):
        assert html_of(text) == html_of(text)
