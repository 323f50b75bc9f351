"""An article as Markdown: front matter that YAML reads, text that Markdown takes for nothing but text."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.extract.markdown import article_markdown, listing_markdown
from crawler.extract.paragraphs import Kind, Paragraph
from crawler.items import Article, Extraction, FeedHints, ListingItem, Moment, PageKind


def text_of(*paragraphs: Paragraph) -> str:
    article = Article(url="https://a.example/1", text="\n".join(paragraph.text for paragraph in paragraphs))
    return article_markdown(article, paragraphs).partition("\n---\n\n")[2]


def plain(text: str) -> Paragraph:
    return Paragraph(Kind.PARAGRAPH, text)


def test_the_fields_stand_in_front_and_unknown_ones_do_not() -> None:
    article = Article(
        url="https://a.example/1",
        title="Ferry: it #stays",
        text="Done.",
        summary="Worth its price",
        authors=("Ada Marsh", 'Tom "Quay" O\'Neill'),
        published=Moment(datetime(2026, 11, 3, 5, tzinfo=UTC), 540),
        site_name="나루신문",
        section="yes",
        confidence=0.75,
        extractor="dom/1",
    )
    assert article_markdown(article, ()) == (
        "---\n"
        'title: "Ferry: it #stays"\n'
        'url: "https://a.example/1"\n'
        'published: "2026-11-03T14:00:00+09:00"\n'
        'authors: ["Ada Marsh", "Tom \\"Quay\\" O\'Neill"]\n'
        "site: 나루신문\n"
        'section: "yes"\n'
        "confidence: 0.75\n"
        "extractor: dom/1\n"
        "---\n\n"
        "# Ferry: it #stays\n\n*Worth its price*\n\nDone.\n"
    )


def test_headings_lists_quotes_tables_and_code_are_what_they_are() -> None:
    assert text_of(
        Paragraph(Kind.HEADING, "What it costs", level=3),
        Paragraph(Kind.ITEM, "an engine", level=1, group=4),
        Paragraph(Kind.ITEM, "a stage", level=1, group=4),
        Paragraph(Kind.ITEM, "of oak", level=2, number=1, group=5),
        Paragraph(Kind.QUOTE, "It is ours.", group=6),
        Paragraph(Kind.QUOTE, "And slow.", group=6),
        Paragraph(Kind.ROW, "engine 9", cells=("engine", "9 | 10"), group=7),
        Paragraph(Kind.ROW, "stage 1", cells=("stage", "1"), group=7),
        Paragraph(Kind.CODE, "if x:\n    print(```)"),
        plain("The end."),
    ) == (
        "### What it costs\n\n"
        "-   an engine\n-   a stage\n    1.  of oak\n\n"
        "> It is ours.\n>\n> And slow.\n\n"
        "| engine | 9 \\| 10 |\n| --- | --- |\n| stage | 1 |\n\n"
        "````\nif x:\n    print(```)\n````\n\n"
        "The end.\n"
    )


def test_two_quotes_and_two_tables_stay_apart() -> None:
    said = text_of(Paragraph(Kind.QUOTE, "One.", group=1), Paragraph(Kind.QUOTE, "Two.", group=2))
    assert said == "> One.\n\n> Two.\n"
    rows = text_of(
        Paragraph(Kind.ROW, "a b", cells=("a", "b"), group=1), Paragraph(Kind.ROW, "c d", cells=("c", "d"), group=2)
    )
    assert rows.count("| --- | --- |") == 2


def test_a_headline_is_never_taken_for_the_title() -> None:
    assert text_of(Paragraph(Kind.HEADING, "Part one", level=1)) == "## Part one\n"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("# no heading", "\\# no heading"),
        ("1. no list", "1\\. no list"),
        ("2026) neither", "2026\\) neither"),
        ("- 로봇 -", "\\- 로봇 -"),
        ("> no quote", "\\> no quote"),
        ("---", "\\---"),
        ("a *b* _c_ snake_case", "a \\*b\\* \\_c\\_ snake_case"),
        ("[기자] ![x](y) `z`", "\\[기자\\] \\!\\[x\\](y) \\`z\\`"),
        ("<script>alert(1)</script>", "\\<script>alert(1)\\</script>"),
        ("R&D &amp; C:\\new", "R&D \\&amp; C:\\\\new"),
        ("~~gone~~ 10~20", "\\~~gone\\~~ 10~20"),
        ("1.5 % more, 3.1절", "1.5 % more, 3.1절"),
    ],
)
def test_what_would_be_markup_is_escaped(text: str, written: str) -> None:
    assert text_of(plain(text)) == f"{written}\n"


def test_a_listing_is_a_list_of_links() -> None:
    items = (
        ListingItem(
            url="https://a.example/1?q=<a b>",
            title="로봇 [속보]\n전시회",
            published=Moment(datetime(2026, 11, 3, 5, tzinfo=UTC), 540),
            summary="첫 줄\n둘째 줄",
        ),
        ListingItem(url="https://a.example/2"),
    )
    extraction = Extraction(kind=PageKind.FEED, reason="", items=items, hints=FeedHints(title="소식"), confidence=1.0)
    assert listing_markdown("https://a.example/rss", extraction) == (
        "---\ntitle: 소식\n"
        'url: "https://a.example/rss"\nkind: feed\nitems: 2\nconfidence: 1.0\n---\n\n'
        "- [로봇 \\[속보\\] 전시회](<https://a.example/1?q=%3Ca%20b%3E>) — 2026-11-03T14:00:00+09:00\n"
        "  첫 줄 둘째 줄\n"
        "- [https://a.example/2](<https://a.example/2>)\n"
    )
