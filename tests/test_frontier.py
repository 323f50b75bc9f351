from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.dedup.fingerprint import fingerprint
from crawler.frontier import (
    MAX_CHILDREN,
    Frontier,
    Ledger,
    Step,
    children_first,
    credible,
    decide,
    enriched,
    is_wanted,
    listed_title,
    urgency,
    with_listing,
)
from crawler.items import Article, ArticleRecord, Basis, CrawlKind, CrawlOrder, KnownUrl, ListingItem, Moment, PageKind

NOW = datetime(2025, 11, 10, 12, tzinfo=UTC)
ORDER = CrawlOrder(kind=CrawlKind.SOURCE, name="paper")
STORED = KnownUrl(article_id="a" * 32, fetched_at=NOW - timedelta(hours=5), title="A title")

UNMATCHED = KnownUrl(article_id=None, unmatched_at=NOW - timedelta(hours=1))


def moment(**ago):
    return Moment(NOW - timedelta(**ago), 540)


def item(**values):
    return ListingItem(url="https://news.example.com/a", **values)


@pytest.mark.parametrize(
    ("listed", "known", "order", "step"),
    [
        (item(), None, ORDER, Step.FOLLOW),
        (item(), STORED, ORDER, Step.KNOWN),
        (item(), replace(STORED, due=True), ORDER, Step.CHECK),
        (item(), replace(STORED, provisional=True), ORDER, Step.FOLLOW),
        (item(), STORED, replace(ORDER, recheck=True), Step.CHECK),
        (item(modified=moment(hours=1)), STORED, ORDER, Step.REREAD),
        (item(modified=moment(hours=6)), STORED, ORDER, Step.KNOWN),
        (item(modified=moment(hours=1)), replace(STORED, modified=NOW - timedelta(minutes=5)), ORDER, Step.KNOWN),
        (item(modified=moment(days=3)), replace(STORED, modified=NOW - timedelta(days=4)), ORDER, Step.REREAD),
        (item(modified=moment(days=-2)), STORED, ORDER, Step.KNOWN),
        (item(title="Another"), STORED, ORDER, Step.KNOWN),
        (item(title="Another"), replace(STORED, listing_title="A title"), ORDER, Step.REREAD),
        (item(title="A title"), replace(STORED, listing_title="Shorter"), ORDER, Step.KNOWN),
        (item(), KnownUrl(article_id=None, set_aside_until=NOW + timedelta(hours=1)), ORDER, Step.ASIDE),
        (item(), KnownUrl(article_id=None, set_aside_until=NOW - timedelta(hours=1)), ORDER, Step.FOLLOW),
        (
            item(),
            KnownUrl(article_id=None, set_aside_until=NOW + timedelta(hours=1)),
            replace(ORDER, recheck=True),
            Step.FOLLOW,
        ),
        (item(), replace(STORED, provisional=True, set_aside_until=NOW + timedelta(hours=1)), ORDER, Step.KNOWN),
        (item(), UNMATCHED, ORDER, Step.ASIDE),
        (item(modified=moment(hours=3)), UNMATCHED, ORDER, Step.ASIDE),
        (item(modified=moment(minutes=5)), UNMATCHED, ORDER, Step.FOLLOW),
        (item(modified=moment(days=-2)), UNMATCHED, ORDER, Step.ASIDE),
        (item(), UNMATCHED, replace(ORDER, recheck=True), Step.FOLLOW),
        (item(), replace(STORED, due=True, unmatched_at=NOW - timedelta(hours=1)), ORDER, Step.KNOWN),
        (item(), replace(STORED, provisional=True, unmatched_at=NOW - timedelta(hours=1)), ORDER, Step.KNOWN),
        (item(published=moment(days=2)), None, replace(ORDER, since=NOW - timedelta(days=1)), Step.TOO_OLD),
        (item(published=moment(hours=2)), None, replace(ORDER, since=NOW - timedelta(days=1)), Step.FOLLOW),
        (item(), None, replace(ORDER, since=NOW - timedelta(days=1)), Step.FOLLOW),
        (item(), replace(STORED, due=True), replace(ORDER, seen_since=NOW), Step.KNOWN),
    ],
)
def test_what_is_done_about_an_item_follows_from_what_is_known_of_it(listed, known, order, step):
    assert decide(listed, known, order, PageKind.FEED, NOW) is step


@pytest.mark.parametrize(
    ("order", "door", "step"),
    [
        (ORDER, PageKind.FEED, Step.REREAD),
        (ORDER, PageKind.SITEMAP, Step.REREAD),
        (ORDER, PageKind.LISTING, Step.KNOWN),
        (replace(ORDER, kind=CrawlKind.TOPIC, topic="ferry"), PageKind.FEED, Step.KNOWN),
        (replace(ORDER, kind=CrawlKind.URLS), PageKind.FEED, Step.KNOWN),
    ],
)
def test_only_titles_of_a_source_s_feeds_and_sitemaps_tell_of_edits(order, door, step):
    known = replace(STORED, listing_title="A title")
    assert decide(item(title="Another"), known, order, door, NOW) is step


@given(st.text(max_size=700))
def test_a_title_is_compared_as_it_is_kept(title):
    told = listed_title(item(title=title), ORDER, PageKind.FEED)
    assert told is None or (0 < len(told) <= 500 and "\n" not in told)
    known = replace(STORED, listing_title=told)
    assert decide(item(title=title), known, ORDER, PageKind.FEED, NOW) is Step.KNOWN
    if told is not None:
        assert decide(item(title="\u200b" + title), known, ORDER, PageKind.FEED, NOW) is Step.KNOWN


def test_one_modification_time_for_most_items_is_that_of_the_generator():
    same = [item(modified=moment(minutes=3), position=number) for number in range(6)]
    own = item(modified=moment(hours=9), position=6)
    found = credible([*same, own])
    assert [one.modified for one in found[:6]] == [None] * 6
    assert found[6].modified == own.modified
    assert credible(same[:4])[0].modified is not None
    assert [one.position for one in found] == list(range(7))


def test_newest_come_first_and_undated_ones_in_the_order_of_the_page():
    items = [
        item(published=moment(days=2), position=0),
        item(position=1),
        item(modified=moment(hours=2), position=2),
        item(position=3),
        item(published=moment(hours=1), position=4),
    ]
    assert [one.position for one in sorted(items, key=urgency)] == [4, 2, 0, 1, 3]


def test_of_an_index_the_news_sitemap_and_the_newest_are_read():
    children = [
        ListingItem(url=f"https://a.example/sitemap-{year}.xml", modified=Moment(datetime(year, 1, 1, tzinfo=UTC), 0))
        for year in range(2001, 2025)
    ]
    news = ListingItem(url="https://a.example/news-sitemap.xml")
    chosen = children_first([*children, news])
    assert len(chosen) == MAX_CHILDREN
    assert chosen[0] is news
    assert [child.url[-8:-4] for child in chosen[1:]] == ["2024", "2023", "2022", "2021"]


def record(**values):
    article = Article(url="https://news.example.com/a", title="T", text="Text", **values)
    return ArticleRecord(
        id="a" * 32,
        key="news.example.com/a",
        url=article.url,
        article=article,
        fingerprint=fingerprint("T", "Text"),
        basis=Basis.PAGE,
        forms=(article.url,),
        fetched_at=NOW,
        topics=("ferry",),
    )


def test_what_only_the_door_tells_is_taken_over_and_what_the_page_tells_is_kept():
    told = item(published=moment(days=1), modified=moment(hours=2), authors=("A. Reporter",))
    article = with_listing(record(), told).article
    assert (article.published, article.modified, article.authors) == (told.published, told.modified, told.authors)
    own = record(published=moment(days=3), modified=moment(hours=1), authors=("B. Writer",))
    assert with_listing(own, told) is own
    assert with_listing(own, told, None, "A title").listing_title == "A title"


def test_a_page_that_dates_itself_earlier_than_is_stored_does_not_set_the_date_back():
    known = replace(STORED, modified=NOW - timedelta(hours=1))
    assert with_listing(record(modified=moment(hours=5)), item(), known).article.modified is None
    assert with_listing(record(modified=moment(minutes=5)), item(), known).article.modified == moment(minutes=5)


def test_a_record_is_wanted_by_topic_and_time():
    assert is_wanted(record(), ORDER)
    assert is_wanted(record(), replace(ORDER, topic="ferry"))
    assert not is_wanted(record(), replace(ORDER, topic="harbour"))
    assert not is_wanted(record(published=moment(days=9)), replace(ORDER, since=NOW - timedelta(days=1)))


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 5)), max_size=40), st.integers(1, 6), st.integers(1, 3)
)
def test_the_frontier_gives_everything_once_within_its_bounds_most_urgent_first(things, window, a_host):
    frontier = Frontier(window, a_host)
    for place, (host, rank) in enumerate(things):
        frontier.push(host, (float(rank), 0), (host, rank, place))
    given_out, under_way = [], []
    while frontier.waiting or under_way:
        while (first := frontier.first()) is not None:
            assert frontier.take() == first
            under_way.append(first)
            hosts = [host for host, _, _ in under_way]
            assert len(hosts) <= window
            assert all(hosts.count(host) <= a_host for host in hosts)
        done = under_way.pop(0)
        given_out.append(done)
        frontier.done(done[0])
    assert sorted(given_out) == sorted((host, rank, place) for place, (host, rank) in enumerate(things))
    for host in "abc":
        mine = [(rank, place) for one, rank, place in given_out if one == host]
        assert mine == sorted(mine)
    assert (frontier.waiting, frontier.under_way) == (0, 0)


def test_a_ledger_is_settled_when_it_was_read_and_all_was_dealt_with():
    ledger = Ledger("paper", "https://a.example/feed")
    ledger.expect("one")
    ledger.deal("one", kept=True)
    assert not ledger.settled
    ledger.expect("two")
    ledger.read()
    assert not ledger.settled
    ledger.deal("two", kept=True)
    assert ledger.settled
    assert ledger.kept
    ledger.spoil()
    assert ledger.settled
    assert not ledger.kept


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(-9, 9), st.integers(0, 5)), max_size=40), st.integers(0, 5))
def test_what_is_taken_out_of_the_frontier_never_comes_and_the_rest_comes_in_order(entries, unwanted):
    frontier = Frontier(1000, 1000)
    for number, (host, rank, kind) in enumerate(entries):
        frontier.push(host, (rank, number), (host, rank, kind))
    removed = frontier.remove(lambda entry: entry[2] == unwanted)
    of_one_host = frontier.remove(lambda _entry: True, "a")
    assert {entry[0] for entry in of_one_host} <= {"a"}
    left = [frontier.take() for _ in range(frontier.waiting)]
    assert frontier.take() is None
    assert sorted([*removed, *of_one_host, *left]) == sorted(entries)
    assert all(entry[2] != unwanted and entry[0] != "a" for entry in left)
    ranks = [rank for _, rank, _ in left]
    assert ranks == sorted(ranks)


def test_an_item_learns_of_another_door_only_what_it_lacks():
    bare = ListingItem(url="https://a.example/1", title="Short", position=3)
    full = ListingItem(
        url="https://a.example/1?utm_source=x", title="Long title", published=moment(hours=9), authors=("Kim",)
    )
    joined = enriched(bare, full)
    assert (joined.url, joined.title, joined.position) == (bare.url, "Short", 3)
    assert (joined.published, joined.authors) == (full.published, ("Kim",))
    assert enriched(full, bare).title == "Long title"
