"""Who wrote an article: persons before desks, agencies and sites, whatever place of the page names them."""

import json
import time
from datetime import UTC, datetime

import pytest

from crawler.extract.article import read_article
from crawler.extract.authors import clean_name, korean_reporters, split_names
from crawler.extract.document import parse_document
from crawler.items import Hints, Page

URL = "https://www.daily-gull.example/local/ferry-vote"
TEXT = (
    "<p>The people of the harbour town have voted by a large majority to keep the ferry that crosses since 1891.</p>"
    "<p>More than four thousand people took part on Tuesday, the highest number in any local vote since the war.</p>"
    "<p>The council expects to pay two million pounds for a new engine and a safer landing stage.</p>"
)
SITE = '<meta property="og:site_name" content="The Daily Gull">'
HEADLINE = "<h1>Ferry vote in the harbour town</h1>"


def authors(head="", between="", body=TEXT, behind=""):
    html = (
        f"<html><head>{SITE}{head}</head><body>{HEADLINE}{between}<div class=story>{body}</div>{behind}</body></html>"
    )
    page = Page(
        url=URL, final_url=URL, status=200, headers={}, body=html.encode(), fetched_at=datetime(2025, 6, 1, tzinfo=UTC)
    )
    return read_article(parse_document(page), Hints(site_rules=False)).article.authors


def ld(author, *others):
    graph = [{"@type": "NewsArticle", "headline": "Ferry vote", "author": author}, *others]
    return f'<script type="application/ld+json">{json.dumps({"@graph": graph})}</script>'


# ---- structured data


def test_an_author_told_by_its_id():
    person = {"@type": "Person", "@id": "#/person/1", "name": "Ada Marsh"}
    assert authors(ld({"@id": "#/person/1"}, person)) == ("Ada Marsh",)
    assert authors(ld({"@id": "#/person/2"}, person)) == ()
    assert authors(ld({"@id": "#/person/1"}, {"@id": "#/person/1", "name": {"@id": "#/person/1"}})) == ()


def test_an_organisation_yields_to_a_person_and_stands_beside_one():
    agency = {"@type": "Organization", "name": "Harbour Press Agency"}
    assert authors(ld(agency), "<p class=byline>By Ada Marsh</p>") == ("Ada Marsh",)
    assert authors(ld(agency)) == ("Harbour Press Agency",)
    assert authors(ld([{"@type": "Person", "name": "Ada Marsh"}, agency])) == ("Ada Marsh", "Harbour Press Agency")


def test_the_account_admin_is_nobody_whatever_its_name():
    admin = {"@type": "Person", "name": "Gull D", "url": "https://x.example/author/admin/"}
    assert authors(ld(admin), "<p class=author>Ada Marsh</p>") == ("Ada Marsh",)


@pytest.mark.parametrize(
    ("label", "expected"),
    [("Written by", ("Ada Marsh",)), ("Verfasst von", ("Ada Marsh",)), ("Est. reading time", ())],
)
def test_twitters_labelled_data(label, expected):
    head = f'<meta name="twitter:label1" content="{label}"><meta name="twitter:data1" content="Ada Marsh">'
    assert authors(head) == expected


def test_a_librarys_names_are_turned():
    assert authors('<meta name="citation_author" content="Marsh, Ada">') == ("Ada Marsh",)


def test_a_publishers_address_is_no_author():
    assert authors('<meta name="author" content="The Daily Gull, Bristol, England">') == ("The Daily Gull",)


# ---- what the page shows


@pytest.mark.parametrize(
    ("between", "expected"),
    [
        ("<p class=byline>By Ada Marsh and Tom Reed</p>", ("Ada Marsh", "Tom Reed")),
        ("<p class=byline>Posted by Ada Marsh, Tom Reed - Harbour team</p>", ("Ada Marsh", "Tom Reed")),
        ("<p class=byline>Von Ada Marsh, Frankfurt</p>", ("Ada Marsh",)),
        ("<p class=byline>Von Ada Marsh, dpa</p>", ("Ada Marsh", "dpa")),
        ("<p class=byline>By Ada Marsh, Trial Attorney at Reed</p>", ("Ada Marsh",)),
        ("<div class=author-name>uriebe</div>", ("uriebe",)),
        ("<div><span class='vcard'>von <span class=fn>Limespacer</span></span></div>", ("Limespacer",)),
        ("<div class=author-social>Twitter Facebook</div>", ()),
        ("<div class=author>View more posts</div>", ()),
    ],
)  # fmt: skip
def test_bylines_and_elements_called_author(between, expected):
    assert authors(between=between) == expected


def test_the_byline_goes_before_a_link_to_a_profile():
    between = "<p class=byline>Posted by Ada Marsh</p><a rel=author href=/profile>View my complete profile</a>"
    assert authors(between=between) == ("Ada Marsh",)


def test_authors_of_other_articles_are_not_this_ones():
    own = "<div class=meta><a rel=author href=/a>Ada Marsh</a> <a rel=author href=/t>Tom Reed</a></div>"
    cards = "".join(f"<div class=card><p><a rel=author href=/{n}>Other Person {n}</a></p></div>" for n in "ABC")
    assert authors(between=own, behind=f"<section>{cards}</section>") == ("Ada Marsh", "Tom Reed")
    comment = "<div class=comment><span class=comment-author>Harry Troll</span><p>First!</p></div>"
    assert authors(behind=f"<div class=comments>{comment}</div>") == ()


def test_a_blog_named_after_its_author():
    head = ld({"@type": "Person", "name": "The Daily Gull"})
    assert authors(head) == ("The Daily Gull",)
    assert authors(between="<p class=byline>By Daily Gull</p>") == ("Daily Gull",)


def test_a_signature_in_bold_beside_the_text_counts_where_only_the_site_is_named():
    head = ld({"@type": "Organization", "name": "The Daily Gull"})
    assert authors(head, body=f"<p><strong>Ada Marsh/Tom Reed</strong></p>{TEXT}") == ("Ada Marsh", "Tom Reed")
    assert authors(head, body=f"{TEXT}<p><strong>Ada Marsh</strong></p>") == ("Ada Marsh",)
    assert authors(head, body=f"{TEXT}<p><strong>Read More</strong></p>") == ("The Daily Gull",)
    assert authors(head, "<p>News - Associated Press</p>") == ("Associated Press",)


# ---- names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Harbour staff reporter", ["Harbour staff reporter"]),
        ("Ada Marsh Political Correspondent", ["Ada Marsh"]),
        ("Fabian, Editor", ["Fabian"]),
        ("Ada Marsh & Tom Reed", ["Ada Marsh", "Tom Reed"]),
        ("Ada Marsh, Marketing Director", ["Ada Marsh"]),
        ("Bremen; Ada Marsh", ["Ada Marsh"]),
        ("윤가을, 서지우 기자", ["윤가을", "서지우"]),
        ("칼럼니스트 윤가을", ["윤가을"]),
        ("윤가을 칼럼니스트", ["윤가을"]),
        ("By", []),
    ],
)
def test_names_in_a_line(text, expected):
    assert split_names(text) == expected


@pytest.mark.parametrize("raw", ["www.gull.example", "WordPressAdmin", "No Author", "von", "Follow us", "익명"])
def test_what_is_no_name(raw):
    assert clean_name(raw) is None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("윤가을 칼럼니스트 autumn@gull.example", ("윤가을",)),
        ("칼럼니스트 윤가을 autumn@gull.example", ("윤가을",)),
        ("윤가을 논설위원 autumn@gull.example", ("윤가을",)),
    ],
)
def test_korean_sign_offs_of_those_who_are_no_reporters(line, expected):
    body = (
        "<p>강변 시장이 다음 달 다시 문을 연다. 구청은 상인회와 협약을 맺고 임대료를 올리지 않기로 했다.</p>"
        "<p>주차장도 두 배로 넓힌다. 상인들은 손님만 온다면 새벽부터 나올 것이라고 입을 모았다.</p>"
    )
    assert authors(body=f"{body}<p>{line}</p>") == expected


def test_a_sign_off_glued_to_the_last_sentence():
    assert korean_reporters("시장이 다시 문을 연다. 상인들은 반겼다. 윤가을 기자 autumn@gull.example") == ["윤가을"]


def test_time_does_not_grow_out_of_proportion():
    def cost(size):
        between = "<div class=author>" * 40 + "a, " * size + "</div>" * 40
        head = ld([{"@id": f"#{n}"} for n in range(size)], *({"@id": f"#{n}", "name": ["x y"] * 9} for n in range(99)))
        start = time.process_time()
        authors(head, between)
        return time.process_time() - start

    cost(50)
    assert cost(8_000) < 60 * cost(400) + 0.3
