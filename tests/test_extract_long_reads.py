"""An article over several pages: which pages are asked for, which are its own, what the joined text is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extract import extract
from crawler.extract.long_reads import MOST_TEXT, LongRead, join
from crawler.items import Article, Extraction, Hints, Image, Page, PageKind

SITE = "https://www.daily-gull.example"
STORY = SITE + "/long/salt-road"
TITLE = "The salt road"
MOST = 20


def fetched(url: str, final_url: str | None = None, status: int = 200) -> Page:
    return Page(
        url=url,
        final_url=final_url or url,
        status=status,
        headers={},
        body=b"",
        fetched_at=datetime(2026, 5, 1, tzinfo=UTC),
    )


def read(article: Article) -> Extraction:
    return Extraction(kind=PageKind.ARTICLE, reason="text", article=article, confidence=article.confidence)


def nothing(reason: str = "a login form") -> Extraction:
    return Extraction(kind=PageKind.OTHER, reason=reason)


def told(number: int, lines: int = 4) -> str:
    """The text of a page, no line of which is on another."""
    return "\n".join(
        f"In the {place}th village of part {number} the carters spoke of salt, mules and the winter pass."
        for place in range(1, lines + 1)
    )


def at(number: int) -> str:
    return STORY if number == 1 else f"{STORY}?page={number}"


def article(number: int = 1, last: int = 3, **more: object) -> Article:
    """Page `number` of `last` of the story."""
    values: dict[str, object] = {
        "url": at(number),
        "title": TITLE,
        "text": told(number),
        "next_page": at(number + 1) if number < last else None,
        "first_page": STORY if number > 1 else None,
        "confidence": 0.9,
    }
    return Article(**(values | more))  # type: ignore[arg-type]


def begun(first: Article | None = None, most: int = MOST) -> LongRead:
    first = first or article()
    return LongRead(fetched(first.url), read(first), most)


def answer(long: LongRead, found: Article, **more: object) -> None:
    """Give what was wanted."""
    assert long.wanted is not None
    long.came(fetched(long.wanted, **more), read(found))  # type: ignore[arg-type]


def whole_of(long: LongRead) -> Article:
    joined = long.joined().article
    assert joined is not None
    return joined


# ------------------------------------------------------------------------------------------------ pages in order
def test_three_pages_are_asked_for_one_after_the_other_and_joined() -> None:
    long = begun()
    asked = []
    for number in (2, 3):
        asked.append(long.wanted)
        answer(long, article(number))
    assert asked == [at(2), at(3)]
    assert long.wanted is None
    assert not long.unread
    assert long.missing is None
    joined = long.joined()
    assert joined.article is not None
    assert joined.article.text == "\n".join((told(1), told(2), told(3)))
    assert joined.article.pages == (at(2), at(3))
    assert (joined.article.url, joined.article.next_page, joined.article.first_page) == (STORY, None, None)
    assert joined.reason == "text; joined from 3 pages"


def test_an_article_on_one_page_asks_nothing_and_stays_as_it_is() -> None:
    one = article(last=1)
    long = begun(one)
    assert long.wanted is None
    assert long.joined() == read(one)


def test_a_long_read_begins_with_an_article() -> None:
    with pytest.raises(ValueError, match="begins with an article"):
        LongRead(fetched(STORY), nothing(), MOST)


def test_a_next_page_that_is_not_the_one_expected_is_not_asked_for() -> None:
    assert begun(article(next_page=SITE + "/long/pepper-road")).wanted is None
    assert begun(article(next_page=at(3))).wanted is None


@pytest.mark.parametrize(
    "more",
    [
        {"canonical": STORY},
        {"canonical": at(2)},
        {"canonical": "https://elsewhere.example/salt"},
        {"title": f"{TITLE} - Page 2"},
        {"title": f"{TITLE} (2/3)"},
        {"title": f"{TITLE}, Seite 2"},
        {"title": None},
        {"title": "Part two: the pass", "canonical": STORY},
        {"title": "소금길 2페이지", "canonical": at(2)},
    ],
)
def test_a_page_that_calls_itself_the_same_article(more: dict[str, object]) -> None:
    long = begun()
    answer(long, article(2, **more))
    assert long.wanted == at(3)


@pytest.mark.parametrize(
    "more",
    [
        {"canonical": SITE + "/long/pepper-road"},
        {"title": "The pepper road"},
        {"title": "The pepper road", "canonical": "https://elsewhere.example/salt"},
    ],
)
def test_another_article_ends_the_long_read(more: dict[str, object]) -> None:
    long = begun()
    answer(long, article(2, **more))
    assert long.wanted is None
    assert not long.unread
    joined = long.joined()
    assert joined.article is not None
    assert joined.article.text == told(1)
    assert joined.article.next_page is None
    assert joined.reason == f"text ({at(2)}: it is another article)"


def test_a_redirect_to_another_page_of_the_site_is_another_article() -> None:
    long = begun()
    answer(long, article(2, url=SITE + "/long/"), final_url=SITE + "/long/")
    assert long.wanted is None
    assert whole_of(long).text == told(1)


def test_a_page_under_a_slug_that_ends_in_a_number_needs_the_same_title() -> None:
    first = article(next_page=STORY + "-2")
    for title, following in ((TITLE, STORY + "-3"), (None, None)):
        long = begun(first)
        answer(long, article(2, title=title, url=STORY + "-2", next_page=STORY + "-3"))
        assert long.wanted == following


@pytest.mark.parametrize("final", [None, STORY])
def test_a_server_that_shows_page_one_for_every_number(final: str | None) -> None:
    long = begun()
    answer(long, article(1), final_url=final)
    assert long.wanted is None
    assert not long.unread
    assert whole_of(long).text == told(1)
    assert "it says what was read before" in long.joined().reason


def test_pages_under_the_canonical_url_of_an_article_met_elsewhere() -> None:
    canonical = SITE + "/politics/salt-road-4711"
    first = article(url=SITE + "/a/4711", canonical=canonical, next_page=canonical + "/2")
    long = begun(first)
    answer(long, article(2, url=canonical + "/2", next_page=None))
    assert whole_of(long).text == "\n".join((told(1), told(2)))


def test_a_redirected_page_is_known_under_both_its_urls() -> None:
    long = begun(article(last=2))
    answer(long, article(2, last=2), final_url=STORY + "/2")
    assert whole_of(long).pages == (at(2), STORY + "/2")


# ---------------------------------------------------------------------------------------------- what can't be had
@pytest.mark.parametrize(
    ("page", "extraction", "reason"),
    [
        (fetched(at(2)), nothing(), f"{at(2)}: no article, a login form"),
        (fetched(at(2), status=410), read(article(2)), f"{at(2)}: no article, text"),
        (
            fetched(at(2), "https://consent.elsewhere.example/?page=2"),
            read(article(2)),
            f"{at(2)}: it leads to another site, https://consent.elsewhere.example/?page=2",
        ),
    ],
)
def test_an_answer_that_is_no_page_of_it(page: Page, extraction: Extraction, reason: str) -> None:
    long = begun()
    long.came(page, extraction)
    assert long.wanted is None
    assert long.unread
    assert long.missing == at(2)
    joined = long.joined()
    assert joined.article is not None
    assert (joined.article.text, joined.article.next_page) == (told(1), at(2))
    assert joined.reason == f"text; not all of it, see {at(2)} ({reason})"


def test_a_page_that_can_not_be_had_keeps_what_came_before_it() -> None:
    long = begun()
    answer(long, article(2))
    long.failed("the server answered 404")
    assert long.wanted is None
    assert long.unread
    assert (whole_of(long).text, whole_of(long).next_page) == (f"{told(1)}\n{told(2)}", at(3))
    assert long.joined().reason == (f"text; joined from 2 pages; not all of it, see {at(3)} (the server answered 404)")


@pytest.mark.parametrize(
    ("first", "missing"),
    [
        (article(), (at(2), None)),
        (article(whole_page=STORY + "?page=all"), (at(2), None)),
        (article(2), (None, STORY)),
    ],
)
def test_stopping_leaves_open_what_was_wanted(first: Article, missing: tuple[str | None, str | None]) -> None:
    long = begun(first)
    long.stop("the crawl was stopped")
    assert long.wanted is None
    assert long.unread
    assert (whole_of(long).next_page, whole_of(long).first_page) == missing
    assert long.joined().reason.endswith("(the crawl was stopped)")


def test_stopping_when_nothing_is_wanted_changes_nothing() -> None:
    long = begun(article(last=1))
    long.stop("the crawl was stopped")
    assert not long.unread
    assert long.joined() == read(article(last=1))


@pytest.mark.parametrize("most", [1, 2, 5])
def test_no_more_pages_are_asked_for_than_allowed(most: int) -> None:
    long = begun(article(last=99), most)
    number = 1
    while long.wanted is not None:
        number += 1
        answer(long, article(number, last=99))
    assert number == most
    assert not long.unread  # asking again would bring no more
    assert whole_of(long).next_page == at(most + 1)
    assert f"no more than {most} pages" in long.joined().reason


def test_no_more_text_is_joined_than_a_book_has() -> None:
    long = begun(article(last=9, text="\n".join(f"line {place} of the salt road" for place in range(MOST_TEXT // 20))))
    assert long.wanted is None
    assert not long.unread
    assert long.missing == at(2)


# -------------------------------------------------------------------------------------------- all of it on one page
WHOLE = STORY + "?page=all"


def test_the_page_with_all_of_it_saves_the_others() -> None:
    long = begun(article(whole_page=WHOLE))
    assert long.wanted == WHOLE
    answer(long, article(url=WHOLE, next_page=None, text=f"{TITLE}\n{told(1)}\n{told(2)}\n{told(3)}", confidence=0.95))
    assert long.wanted is None
    joined = whole_of(long)
    assert joined.text == "\n".join((told(1), told(2), told(3)))
    assert joined.confidence == 0.95
    assert joined.pages == (WHOLE, at(2))
    assert joined.next_page is None


@pytest.mark.parametrize(
    "found",
    [
        article(url=WHOLE, text=told(7, 9), next_page=None),
        article(url=WHOLE, next_page=None),
        article(url=WHOLE, text=f"{told(1)}\n{told(2)}", title="The pepper road", next_page=None),
    ],
    ids=["without page one's text", "with no more than page one", "of another article"],
)
def test_a_page_that_only_promises_all_of_it(found: Article) -> None:
    long = begun(article(whole_page=WHOLE))
    answer(long, found)
    assert long.wanted == at(2)
    answer(long, article(2))
    answer(long, article(3))
    assert whole_of(long).text == "\n".join((told(1), told(2), told(3)))


def test_when_the_page_with_all_of_it_fails_the_others_are_asked() -> None:
    long = begun(article(whole_page=WHOLE))
    long.failed("the server answered 403")
    assert long.wanted == at(2)
    assert begun(article(whole_page=WHOLE), 1).missing == at(2)


# ------------------------------------------------------------------------------------------------- from a later page
def test_a_later_page_leads_back_to_page_one_and_is_not_asked_for_twice() -> None:
    long = begun(article(2))
    assert long.wanted == STORY
    answer(long, article(1))
    assert long.wanted == at(3)
    answer(long, article(3))
    assert long.page.url == STORY
    assert whole_of(long).text == "\n".join((told(1), told(2), told(3)))
    assert whole_of(long).pages == (at(2), at(3))
    assert not long.unread


def test_a_later_page_whose_first_can_not_be_had_goes_on_from_there() -> None:
    long = begun(article(2))
    long.failed("the server answered 500")
    assert long.wanted == at(3)
    answer(long, article(3))
    assert long.unread
    joined = whole_of(long)
    assert joined.text == f"{told(2)}\n{told(3)}"
    assert (joined.first_page, joined.next_page) == (STORY, None)


@pytest.mark.parametrize(
    "first",
    [
        article(1, title="The pepper road"),
        article(1, last=1),
        article(1, canonical=SITE + "/long/pepper-road"),
    ],
    ids=["another title", "leads nowhere", "another canonical"],
)
def test_what_is_not_page_one_is_left_alone(first: Article) -> None:
    long = begun(article(2))
    answer(long, first)
    assert long.wanted == at(3)
    answer(long, article(3))
    joined = whole_of(long)
    assert joined.text == f"{told(2)}\n{told(3)}"
    assert joined.first_page is None


def test_the_last_page_leads_back_as_well_and_its_own_copy_is_used() -> None:
    long = begun(article(3))
    answer(long, article(1))
    assert long.wanted == at(2)
    answer(long, article(2))
    assert long.wanted is None
    assert whole_of(long).text == "\n".join((told(1), told(2), told(3)))


# ---------------------------------------------------------------------------------------------------------- joining
def test_what_every_page_repeats_is_kept_once() -> None:
    standfirst = "For a thousand years the mules went over the pass."
    bio = "Ada Brine has walked the whole road with a mule named Thursday."
    pages = [
        article(1, summary=standfirst, text=f"{standfirst}\n{told(1)}\n{bio}\nPage 1 of 3"),
        article(2, summary=standfirst, text=f"{TITLE}\n{standfirst}\nPage 2 of 3\n{told(2)}\n{bio}\nPage 2 of 3"),
        article(3, summary=standfirst, text=f"{standfirst}\n{told(3)}\n{bio}\n(3/3)"),
    ]
    assert join(pages).text == f"{standfirst}\n{told(1)}\n{told(2)}\n{told(3)}\n{bio}"


def test_the_last_lines_of_a_page_that_begin_the_next() -> None:
    last = told(1).split("\n")[-1]
    assert join([article(1), article(2, text=f"{last}\n{told(2)}")]).text == f"{told(1)}\n{told(2)}"


def test_the_text_may_say_a_short_line_twice() -> None:
    pages = [article(1, text=f"{told(1)}\nNo."), article(2, text=f"No.\n{told(2)}")]
    assert join(pages).text == f"{told(1)}\nNo.\nNo.\n{told(2)}"


@pytest.mark.parametrize(
    "marker",
    [
        "Page 2 of 4",
        "2 / 4",
        "(2/4)",
        "Seite 2 von 4",
        "Página 2 de 4",
        "페이지 2",
        "2페이지",
        "2ページ目",
        "다음 페이지에 계속",
        "기사 다음 페이지로 이어집니다",
        "Continued on next page",
        "Next page: What the mayor says",
        "Nächste Seite: Was der Bürgermeister sagt",
        "Lesen Sie auf der nächsten Seite, was der Bürgermeister sagt",
        "Auf Seite 3: Die Kosten",
        "次のページへ",
        "次ページ:市長の話",
        "下一页",
    ],
)
def test_lines_that_only_tell_of_pages(marker: str) -> None:
    pages = [article(1, text=f"{told(1)}\n{marker}"), article(2, text=f"{marker}\n{told(2)}")]
    assert join(pages).text == f"{told(1)}\n{told(2)}"


@pytest.mark.parametrize(
    "line",
    [
        "1. Salt",
        "2024",
        "Chapter 2",
        "He turned the page in 1912.",
        "Page 12 of the file says that nobody paid for the mules, and page 13 that everybody did.",
        "“Page,” she said.",
        "3 of the mules died.",
        "다음 장면은 겨울이었다.",
    ],
)
def test_lines_that_are_text(line: str) -> None:
    assert line in join([article(1, text=f"{told(1)}\n{line}"), article(2)]).text
    assert line in join([article(1), article(2, text=f"{line}\n{told(2)}")]).text


def test_what_page_one_does_not_say_another_page_may() -> None:
    picture = Image(url=SITE + "/mule.jpg")
    pages = [
        article(1, captions=("A mule.",), text="m" * 300),
        article(2, captions=("A mule.", "The pass."), authors=("Ada Brine",), image=picture, text="n" * 100),
        article(3, authors=("Nobody",), source_line="(Source) The Road", confidence=0.5, text="o" * 100),
    ]
    joined = join(pages)
    assert joined.captions == ("A mule.", "The pass.")
    assert joined.authors == ("Ada Brine",)
    assert joined.image == picture
    assert joined.source_line == "(Source) The Road"
    assert joined.confidence == 0.82  # weighted by length
    assert joined.title == TITLE


LINES = [f"Line {number} of the road is like no other line, whatever it tells." for number in range(40)]


@given(
    cuts=st.lists(st.integers(1, 8), min_size=1, max_size=5),
    repeated_above=st.integers(0, 3),
    repeated_below=st.integers(0, 3),
    marked=st.booleans(),
)
def test_a_text_cut_into_pages_is_the_text_again(
    cuts: list[int], repeated_above: int, repeated_below: int, marked: bool
) -> None:
    above = [f"Above the text of every page stands notice {number}." for number in range(repeated_above)]
    below = [f"Below the text of every page stands notice {number}." for number in range(repeated_below)]
    pages, position = [], 0
    for number, size in enumerate(cuts, 1):
        marker = [f"Page {number} of {len(cuts)}"] if marked else []
        text = "\n".join([*above, *LINES[position : position + size], *below, *marker])
        pages.append(article(number, len(cuts), text=text))
        position += size
    expected = "\n".join([*above, *LINES[:position], *below])
    joined = join(pages)
    if len(cuts) > 1:
        assert joined.text == expected
        assert join(pages) == joined
    else:
        assert joined == pages[0]


@given(
    answers=st.lists(
        st.tuples(
            st.sampled_from(["next", "repeat", "other", "nothing", "elsewhere", "fails"]),
            st.integers(0, 9),
            st.sampled_from([None, STORY, at(2), at(3), WHOLE]),
        ),
        max_size=30,
    ),
    begins=st.sampled_from([article(), article(2), article(3), article(whole_page=WHOLE)]),
    most=st.integers(1, 6),
)
def test_whatever_a_server_answers_it_ends_within_bounds(
    answers: list[tuple[str, int, str | None]], begins: Article, most: int
) -> None:
    long = begun(begins, most)
    asked = [begins.url]
    for kind, number, link in answers:
        if long.wanted is None:
            break
        asked.append(long.wanted)
        found = article(max(number, 1), 99, whole_page=link, first_page=link, next_page=at(number + 1))
        match kind:
            case "next":
                answer(long, replace(found, next_page=at(len(asked) + 1)))
            case "repeat":
                answer(long, replace(found, text=begins.text))
            case "other":
                answer(long, replace(found, title="The pepper road"))
            case "nothing":
                long.came(fetched(long.wanted), nothing())
            case "elsewhere":
                answer(long, found, final_url="https://elsewhere.example/" + str(number))
            case _:
                long.failed("no answer")
    assert len(asked) <= most
    long.stop("the end of the test")
    assert long.wanted is None
    joined = whole_of(long)
    lines = joined.text.split("\n")
    assert lines
    assert len(set(lines)) == len(lines)
    assert len(joined.pages) <= 2 * len(asked) + 1
    assert (joined.next_page or joined.first_page) == long.missing


# ------------------------------------------------------------------------------------------------ as pages are read
PARAGRAPHS = [
    "The road leaves the coast behind the last saltern and climbs for nine hours, past two chapels and an inn that "
    "has been shut since the war, to a saddle between two peaks.",
    "Until the railway came, four hundred mules a week went up with salt and came down with cheese and wool, and the "
    "villages on the way lived on stabling them for the night.",
    "Nobody knows how old the paving is. Some say that it was laid by the legions; the archives of the valley, which "
    "begin in 1208, mention the toll and not the builders.",
]


def html(number: int, last: int) -> bytes:
    links = "".join(
        f"<b>{other}</b> " if other == number else f"<a href='{at(other)}'>{other}</a> " for other in range(1, last + 1)
    )
    body = "".join(f"<p>Part {number}, {place}. {text}</p>" for place, text in enumerate(PARAGRAPHS, 1))
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{TITLE} - The Daily Gull</title>
<link rel="canonical" href="{STORY}"><meta property="og:type" content="article">
<meta property="og:title" content="{TITLE}"></head><body><nav><a href="/">Home</a></nav>
<main><article><h1>{TITLE}</h1>{body}<div class="pagination">{links}</div></article></main>
<footer><p>The Daily Gull</p></footer></body></html>""".encode()


def test_pages_as_they_are_served() -> None:
    def had(number: int) -> tuple[Page, Extraction]:
        page = replace(fetched(at(number)), headers={"content-type": "text/html"}, body=html(number, 3))
        return page, extract(page, Hints(expect=PageKind.ARTICLE))

    long = LongRead(*had(1), MOST)
    asked = []
    while long.wanted is not None:
        asked.append(long.wanted)
        long.came(*had(int(long.wanted[-1])))
    assert asked == [at(2), at(3)]
    joined = whole_of(long)
    assert joined.title == TITLE
    assert joined.text.split("\n") == [
        f"Part {number}, {place}. {text}" for number in (1, 2, 3) for place, text in enumerate(PARAGRAPHS, 1)
    ]
    assert not long.unread
