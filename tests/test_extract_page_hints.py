"""What pages and feeds say of their doors: feeds, hubs, ways to search, how often to come back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from urllib.parse import urljoin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extract import extract
from crawler.extract.document import parse_document
from crawler.extract.page_hints import MAX_SEARCHES, header_hubs, header_topic, page_hints
from crawler.items import FeedHints, Hints, Page, PageKind

URL = "https://www.gull.example/local/"


def page(head: str, body: str = "<p>x</p>", headers: dict[str, str] | None = None, url: str = URL) -> Page:
    html = f"<!doctype html><html><head>{head}</head><body>{body}</body></html>"
    now = datetime(2026, 11, 22, tzinfo=UTC)
    return Page(url=url, final_url=url, status=200, headers=headers or {}, body=html.encode(), fetched_at=now)


def feed_of(body: bytes, headers: dict[str, str] | None = None) -> Page:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    return Page(url=URL, final_url=URL, status=200, headers=headers or {}, body=body, fetched_at=now)


def hints_of(head: str, body: str = "<p>x</p>", headers: dict[str, str] | None = None) -> FeedHints:
    return page_hints(parse_document(page(head, body, headers)))


def test_feeds_of_every_type_once() -> None:
    head = "".join(
        f'<link rel="alternate" type="application/{kind}" href="{href}">'
        for kind, href in [
            ("rss+xml", "/rss.xml"),
            ("RSS+XML; charset=utf-8", "https://www.gull.example/rss.xml"),
            ("atom+xml", "atom"),
            ("feed+json", "//feeds.gull.example/a.json"),
            ("json+oembed", "/oembed"),
            ("rss+xml", "javascript:void(0)"),
        ]
    )
    assert hints_of(head).feeds == (
        "https://www.gull.example/rss.xml",
        "https://www.gull.example/local/atom",
        "https://feeds.gull.example/a.json",
    )


ACTION = {"@type": "SearchAction", "target": "https://www.gull.example/?s={search_term_string}"}


@pytest.mark.parametrize(
    "value",
    [
        {"@context": "https://schema.org", "@type": "WebSite", "potentialAction": ACTION},
        {"@graph": [{"@type": "Organization"}, {"@type": "WebSite", "potentialAction": [{"@type": "X"}, ACTION]}]},
        [{"@type": "WebSite", "potentialAction": {**ACTION, "@type": ["SearchAction"], "target": [ACTION["target"]]}}],
        {"potentialAction": {"@type": "SearchAction", "target": {"urlTemplate": "/?s={search_term_string}"}}},
    ],
)
def test_search_action(value: object) -> None:
    script = f'<script type="application/ld+json">{json.dumps(value)}</script>'
    assert hints_of(script).search == ("https://www.gull.example/?s={search_term_string}",)


def test_search_action_in_microdata_and_opensearch() -> None:
    head = '<link rel="search" type="application/opensearchdescription+xml" href="/osd.xml" title="Gull">'
    body = '<form itemprop="potentialAction" itemscope><meta itemprop="target" content="/find?q={q}"></form>'
    assert hints_of(head, body).search == ("https://www.gull.example/find?q={q}", "https://www.gull.example/osd.xml")
    assert hints_of('<link rel="search" href="/search">').search == ()


def test_search_actions_are_bounded() -> None:
    many = [{"@type": "SearchAction", "target": f"/{n}?q={{q}}"} for n in range(500)]
    assert len(hints_of(f'<script type="application/ld+json">{json.dumps(many)}</script>').search) == MAX_SEARCHES
    deep = '{"a":' * 5_000 + '"SearchAction"' + "}" * 5_000
    assert hints_of(f'<script type="application/ld+json">{deep}</script>').search == ()


@pytest.mark.parametrize(
    ("header", "hubs"),
    [
        ('<https://hub.example/>; rel="hub", <https://www.gull.example/rss>; rel="self"', ("https://hub.example/",)),
        ("<https://a.example/>; rel=hub, <https://b.example/>; title=x; rel=hub", ("https://a.example/", "https://b.example/")),
        ('<https://a.example/>; rel="next", <https://b.example/>; rel="self hub"', ("https://b.example/",)),
        ('<https://a.example/hub>; rel="next"', ()),
        ('<https://a.example/>; rel="github"', ()),
        ("", ()),
    ],
)  # fmt: skip
def test_hubs_of_the_link_header(header: str, hubs: tuple[str, ...]) -> None:
    assert header_hubs(header, URL) == hubs
    assert hints_of("", headers={"link": header}).hubs == hubs


def test_hubs_of_header_and_feed_are_joined() -> None:
    feed = (
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>t</title>'
        '<atom:link rel="hub" href="https://one.example/"/><atom:link rel="hub" href="https://two.example/"/>'
        "<item><title>a</title><link>/a</link></item></channel></rss>"
    )
    got = Page(
        url=URL,
        final_url=URL,
        status=200,
        headers={"link": '<https://two.example/>; rel="hub", <https://three.example/>; rel="hub"'},
        body=feed.encode(),
        fetched_at=datetime(2026, 11, 22, tzinfo=UTC),
    )
    found = extract(got)
    assert found.kind is PageKind.FEED
    assert found.hints.hubs == ("https://two.example/", "https://three.example/", "https://one.example/")


@pytest.mark.parametrize(
    ("told", "seconds", "minutes"),
    [
        ("<ttl>15</ttl>", 900, 15),
        ("<ttl>0</ttl>", None, None),
        ("<ttl>soon</ttl>", None, None),
        ("<ttl>999999999999</ttl>", None, None),
        ("<sy:updatePeriod>hourly</sy:updatePeriod>", 3_600, 60),
        ("<sy:updatePeriod> Daily </sy:updatePeriod><sy:updateFrequency>6</sy:updateFrequency>", 14_400, 240),
        ("<sy:updateFrequency>2</sy:updateFrequency>", 43_200, 720),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", 3_600, 60),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>999999</sy:updateFrequency>", 60, 1),
        ("<ttl>5</ttl><sy:updatePeriod>daily</sy:updatePeriod>", 300, 5),
        ("", None, None),
    ],
)
def test_how_often_a_feed_wants_to_be_read(told: str, seconds: int | None, minutes: int | None) -> None:
    feed = (
        '<rss version="2.0" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel><title>t</title>'
        f"{told}<item><title>a</title><link>/a</link></item></channel></rss>"
    )
    got = Page(
        url=URL, final_url=URL, status=200, headers={}, body=feed.encode(), fetched_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    hints = extract(got).hints
    assert (hints.refresh, hints.ttl) == (seconds, minutes)


def test_hints_come_with_a_listing() -> None:
    rows = "".join(f"<li><h3><a href='/a/{n}'>A headline about ship number {n} in port</a></h3></li>" for n in range(6))
    got = page('<link rel="hub" href="https://hub.example/">', f"<main><ul>{rows}</ul></main>")
    found = extract(got, Hints(expect=PageKind.LISTING))
    assert found.kind is PageKind.LISTING
    assert found.hints.hubs == ("https://hub.example/",)


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=300))
def test_any_link_header_is_survived(header: str) -> None:
    header_hubs("hub" + header, URL)


def test_a_feed_tells_its_own_address_and_when_it_needs_no_reading() -> None:
    head = "<rss version='2.0' xmlns:atom='http://www.w3.org/2005/Atom'><channel><title>Gull</title>"
    links = "<atom:link rel='hub' href='https://hub.example.net/'/><atom:link rel='self' href='/rss.xml'/>"
    skips = "<skipHours><hour>0</hour><hour>24</hour><hour>5</hour><hour>x</hour></skipHours>"
    days = "<skipDays><day>Sunday</day> <day>saturday</day><day>Someday</day></skipDays>"
    body = f"{head}{links}{skips}{days}</channel></rss>".encode()
    told = extract(feed_of(body), Hints()).hints
    assert (told.hub, told.topic) == ("https://hub.example.net/", urljoin(URL, "/rss.xml"))
    assert (told.skip_hours, told.skip_days) == ((0, 5), (5, 6))
    link = '<https://other.example.net/>; rel=hub, <https://paper.example/all>; rel="self"'
    told = extract(feed_of(body, {"link": link}), Hints()).hints
    assert (told.hub, told.topic) == ("https://other.example.net/", "https://paper.example/all")
    assert header_topic("<>; rel=self", URL) is None


@given(st.text(alphabet="0123456789 <hour>/x", max_size=200))
def test_whatever_a_feed_wants_skipped_leaves_an_hour(text: str) -> None:
    body = f"<rss><channel><title>a</title><skipHours>{text}</skipHours></channel></rss>".encode()
    hours = extract(feed_of(body), Hints()).hints.skip_hours
    assert set(hours) < set(range(24))
