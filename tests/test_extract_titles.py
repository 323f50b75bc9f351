"""Which of the wordings of a headline is taken: agreement, what the page shows, what its address was made of."""

import time
from datetime import UTC, datetime

import pytest

from crawler.extract.article import read_article
from crawler.extract.document import parse_document
from crawler.extract.phrases import folded
from crawler.extract.title_headings import headings
from crawler.extract.title_signs import Candidate, Shown, signs_of
from crawler.extract.title_weights import WEIGHTS
from crawler.extract.titles import without_site
from crawler.items import Hints, Page

URL = "https://www.daily-gull.example/local/harbour-town-votes-to-keep-its-ferry-4711"
TEXT = (
    "<div class=story><p>The people of the harbour town have voted by a large majority to keep the ferry that has"
    " crossed since 1891.</p><p>More than four thousand people took part on Tuesday, the highest number in any local"
    " vote since the war.</p><p>The council expects to pay two million pounds for a new engine.</p></div>"
)


def title_of(head="", before="", url=URL, listed=None):
    html = f"<html><head>{head}</head><body>{before}{TEXT}</body></html>"
    page = Page(
        url=url, final_url=url, status=200, headers={}, body=html.encode(), fetched_at=datetime(2025, 6, 1, tzinfo=UTC)
    )
    return read_article(parse_document(page), Hints(site_rules=False, title=listed)).article.title


def og(title):
    return f'<meta property="og:title" content="{title}">'


def ld(headline):
    return f'<script type="application/ld+json">{{"@type":"NewsArticle","headline":"{headline}"}}</script>'


VOTE = "Harbour town votes to keep its ferry"
SEO = "Ferry vote 2025: results and reactions at a glance"


def test_what_the_page_shows_goes_before_what_search_engines_get():
    head = f"<title>{SEO} | The Daily Gull</title>" + ld(VOTE) + og(SEO)
    crumbs = f"<nav class=breadcrumb><ol><li><a href=/local>Local</a></li><li><h1>{SEO}</h1></li></ol></nav>"
    assert title_of(head, f"{crumbs}<header><h2>{VOTE}</h2></header>") == VOTE


@pytest.mark.parametrize(
    "trail",
    [
        "<nav><ol><li><a href=/local>Local</a></li><li><h1>{}</h1></li></ol></nav>",
        "<div class=top><a href=/>Home</a><i>›</i><a href=/local>Local</a><svg></svg><h1>{}</h1></div>",
        "<ul data-breadcrumb><li><a href=/local>Local</a> »</li><li><span><h1>{}</h1></span></li></ul>",
        "<div><div><a href=/><b>Home</b></a></div><div><a href=/local>Local</a></div><div><h1>{}</h1></div></div>",
    ],
)
def test_an_h1_that_ends_a_trail_of_links_is_worded_for_search_engines(trail):
    head = f"<title>{SEO}</title>" + ld(SEO) + og(VOTE)
    below = f"<header><h2><span>Local</span> {VOTE}</h2></header>"
    assert title_of(head, trail.format(SEO) + below, "https://x.example/a/1") == VOTE


@pytest.mark.parametrize(
    "top",
    [
        "<nav><a href=/>Home</a> <a href=/local>Local</a></nav><h1>{}</h1><p>The council votes.</p>",
        "<a href=/local>Local</a><h1>{}</h1>",
        "<p>By <a href=/ann>Ann Gull</a></p><a href=/local>Local</a><h1>{}</h1>",
        "<header><a href=/>Home</a><a href=/local>Local</a><h1>{}</h1></header>",
        "<h1>{}</h1><a href=/local>Local</a>",
    ],
)
def test_an_h1_below_or_beside_links_is_the_headline(top):
    html = f"<html><body><div>{top.format(VOTE)}</div>{TEXT}</body></html>"
    page = Page(url=URL, final_url=URL, status=200, headers={}, body=html.encode(), fetched_at=datetime.now(UTC))
    assert [heading.ends_trail() for heading in headings(parse_document(page))] == [False]


def test_a_second_headline_in_json_ld_vouches_for_the_first():
    found = [Candidate(VOTE, folded(VOTE), ["ld"]), Candidate(SEO, folded(SEO), ["og", "t"])]
    item = {"@type": "Article", "headline": VOTE, "alternativeHeadline": f"{VOTE}!"}
    first, other = signs_of(found, Shown(), URL, item)
    assert "second" in first
    assert "second" not in other
    assert WEIGHTS["second"] > 0.3


def test_what_only_a_feed_says_does_not_beat_what_the_page_agrees_on():
    broken = "Harbour town votes to keep its ferry 4711"
    head = f"<title>{SEO} | The Daily Gull</title>"
    assert title_of(head, f"<h1>{SEO}</h1>", listed=broken) == SEO
    assert title_of(f"<title>{VOTE}</title>", f"<h1>{VOTE}</h1>", listed=VOTE.upper() + "!!!") == VOTE
    assert title_of(f"<title>{VOTE}</title>" + og(VOTE), listed=f"??{VOTE}??") == VOTE
    assert title_of("<title>Home</title>", listed=VOTE) == VOTE


def test_the_address_was_made_of_the_headline():
    head = f"<title>{SEO}</title>" + ld(VOTE) + og(SEO)
    assert title_of(head) == VOTE
    umlauts = "https://x.example/lokales/fuer-die-faehre-stimmt-der-grosse-rat.html"
    german = "Für die Fähre stimmt der Große Rat"
    assert (
        title_of("<title>Abstimmung über die Fähre</title>" + ld(german) + og("Abstimmung am See"), "", umlauts)
        == german
    )


@pytest.mark.parametrize("chrome", ["Navigation and service", "The Blog", "Menu", "Daily Gull readers' club"])
def test_of_several_h1s_the_headline_is_the_one_that_others_tell(chrome):
    head = f"<title>{VOTE} | The Daily Gull</title>" + og(VOTE)
    top = f"<nav><h1>{chrome}</h1></nav><h1>{VOTE}</h1>"
    assert title_of(head, top, "https://x.example/a/1") == VOTE
    assert title_of(ld(VOTE) + og(SEO), top, "https://x.example/a/1") == VOTE


def test_numbered_h1s_are_parts_of_the_text():
    head = f"<title>{VOTE}</title>" + og(VOTE) + ld(VOTE)
    parts = "<h1>1. The ferry of 1891</h1><p>It crossed in all weathers.</p><h1>2. The engine of today</h1>"
    assert title_of(head, parts, "https://x.example/a/1") == VOTE
    assert title_of("", "<h1>7. Symphony is played again</h1>") == "7. Symphony is played again"


@pytest.mark.parametrize("first", ["<span>{}</span> ", "{} ", "<b>{}</b><br>"])
def test_a_line_under_the_headline_in_the_same_h1_is_none_of_it(first):
    h1 = f"<h1>{first.format(VOTE)}<small>The council has known for a year what it costs</small></h1>"
    assert title_of(f"<title>{VOTE} - Gull</title>{og(VOTE)}", h1, "https://x.example/a/1") == VOTE


def test_a_kicker_that_og_title_and_title_tell_too_belongs_to_the_headline():
    whole = f"Local vote: {VOTE}"
    h1 = f"<h1><span>Local vote:</span> {VOTE}</h1>"
    head = f"<title>{whole} | The Daily Gull</title>" + ld(VOTE)
    assert title_of(head + og(whole), h1, "https://x.example/a/1") == whole
    assert title_of(head + og(VOTE), h1, "https://x.example/a/1") == VOTE


@pytest.mark.parametrize(
    ("h1", "title"),
    [
        ("<span class='sr-only'>Live</span>{}", VOTE),
        ("<span class='screen-reader-text'>Headline: </span>{}<svg><title>Bookmark</title></svg>", VOTE),
        ("<em hidden>Exclusive</em>{}<style>.a{{color:red}}</style>", VOTE),
        ("<span class='blind'>기사 제목</span>{}", VOTE),
        ("<span class='sr-only'>{}</span>", VOTE),
        ("<span>H</span>arbour town<br>votes to keep its<div>ferry</div>", VOTE),
        ("<span>Local vote</span>{}", VOTE),
    ],
)
def test_an_h1_is_read_as_it_is_seen(h1, title):
    assert title_of(before=f"<h1>{h1.format(VOTE)}</h1>", url="https://x.example/a/1") == title


def test_a_part_that_a_voice_tells_goes_before_a_line_of_the_page():
    head = f"<title>Petition: {VOTE}</title>" + og(f"Petition : {VOTE}")
    before = f"<div><p>Petitions</p><p>Petition</p></div><h1>Sign in</h1><h1>{VOTE}</h1>"
    assert title_of(head, before, "https://x.example/a/1") == VOTE


def test_words_that_begin_a_longer_wording_are_a_kicker_only_before_a_mark():
    found = [Candidate(f"The {VOTE}", folded(f"The {VOTE}"), ["h1"]), Candidate(VOTE, folded(VOTE), ["og", "t"])]
    assert "tail" not in signs_of(found, Shown(), "https://x.example/", None)[1]
    found[0] = Candidate(f"Local vote: {VOTE}", folded(f"Local vote: {VOTE}"), ["h1"])
    assert "tail" in signs_of(found, Shown(), "https://x.example/", None)[1]


@pytest.mark.parametrize(
    "words", ["Four Gulls » Blog Archive » ", "Blog Archiv » ", "Four Gulls » Archives du blog » "]
)
def test_old_themes_of_wordpress_name_their_archive(words):
    assert title_of(f"<title>{words}{VOTE}</title>", url="https://fourgulls.example/?p=12") == VOTE


def test_an_h1_that_leads_home_is_the_sites_name():
    head = f"<title>Four Gulls Remaining » Blog Archive » {VOTE}</title>"
    home = "<h1><a href='http://fourgulls.example/'>Four Gulls Remaining</a></h1>"
    assert title_of(head, home + f"<h2>{VOTE}</h2>", "http://fourgulls.example/2025/05/ferry/") == VOTE
    assert (
        title_of(f"<title>Elsa Gull</title>{og(VOTE + ' • Elsa Gull')}", "<h1><a href='/'>Elsa Gull</a></h1>") == VOTE
    )


@pytest.mark.parametrize("tail", ["| The Daily Gull", "- The Daily Gull", "– The Daily Gull", "ㅣ The Daily Gull"])
def test_a_name_that_all_witnesses_append_is_none_of_the_headline(tail):
    site = '<meta property="og:site_name" content="The Daily Gull">'
    head = site + f"<title>{VOTE} {tail}</title>" + ld(f"{VOTE} {tail}") + og(f"{VOTE} {tail}")
    assert title_of(head) == VOTE
    assert title_of(head, f"<h1>{VOTE}</h1>") == VOTE


def test_a_section_of_the_address_behind_a_bar_is_cut():
    assert title_of(f"<title>{VOTE} | Local</title>" + og(f"{VOTE} | Local")) == VOTE
    assert title_of(og(f"{VOTE} | Sport")).endswith("| Sport")


def test_a_headline_that_breaks_off_yields_to_the_whole():
    long = f"{VOTE}, and the council promises a new engine and a safer landing stage"
    assert title_of(ld(f"{long[:60]}...") + og("A vote"), f"<h1>{long}</h1>") == long


def test_quotation_marks_and_case_are_kept():
    assert title_of(og("Keep it, says the town"), '<h1>"Keep it", says the town</h1>') == '"Keep it", says the town'
    assert title_of(og(VOTE), f"<h1>{VOTE.upper()}</h1>") == VOTE


def test_a_template_that_puts_the_title_where_the_sites_name_belongs():
    head = f'<meta property="og:site_name" content="{VOTE}"><title>{VOTE}</title>'
    assert title_of(head, f"<h1>{VOTE}</h1>") == VOTE


def test_only_a_sure_tail_is_cut_where_two_witnesses_tell_it():
    assert without_site("Trump - the interview", {"interview"}, (), sure=True) == "Trump - the interview"
    assert without_site("The vote - Gull", {"gull"}, (), sure=True) == "The vote - Gull"  # too little would be left
    assert without_site(f"{VOTE} - Gull", {"gull"}, (), sure=True) == VOTE


def test_time_does_not_grow_with_separators():
    def cost(size):
        hostile = "a | " * size
        start = time.process_time()
        title_of(f"<title>{hostile}</title>" + og(hostile), f"<h1>{hostile}</h1>", f"https://x.example/{'a-' * size}")
        return time.process_time() - start

    def trail(size):
        hostile = "<div>" + "<a href=/x>Local</a>" * size + f"<h1>{VOTE}</h1>" + "<p></p>" * size + "</div>"
        start = time.process_time()
        title_of("", hostile + "<h1>x</h1>" * size)
        return time.process_time() - start

    def pieces(size):
        hostile = "<h1>" + "<i>a</i><i></i>" * size + "</h1>"
        start = time.process_time()
        title_of("", hostile * 3)
        return time.process_time() - start

    pieces(100)
    assert pieces(20_000) < 100 * pieces(400) + 0.3
    trail(100)
    assert trail(20_000) < 100 * trail(400) + 0.3
    cost(100)
    assert cost(20_000) < 60 * cost(400) + 0.3


def named(headline: str, title: str) -> str | None:
    """The title of a page whose h1, JSON-LD and og:title give the site's name for it."""
    head = f"<title>{title}</title>" + ld("The Daily Gull - news you can trust") + og("The Daily Gull")
    return title_of(head, f"<h1 class=logo>The Daily Gull</h1><h3>{headline}</h3>", url="https://news.example/4711")


def test_what_all_give_for_every_title_is_the_name_of_the_site():
    assert named(VOTE, f"{VOTE} - The Daily Gull") == VOTE
    assert named(VOTE, f"{VOTE} | Local | The Daily Gull") == "The Daily Gull"  # no line of the page says so
    assert named("Weather", "Weather - The Daily Gull") == "The Daily Gull"  # too short to be told from a section


def test_a_short_headline_behind_its_section_stays_one():
    head = "<title>Reviews of films and books | Dune</title>" + ld("Dune") + og("Dune")
    assert title_of(head, "<h1>Dune</h1>", url="https://news.example/4711") == "Dune"
