from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from storage_records import ENGLISH, KST, LONG, NOON, later, many, record

from crawler.errors import UnknownName
from crawler.items import ArticleFilter, Basis, Image, Moment, Outcome, Precision, SetAside, Topic, UseTerms, ZoneOrigin
from crawler.sources import Source
from storage import Store, open_store
from storage.articles import FOREVER
from storage.schema import metadata

LISTED = LONG[:90]
KEPT = ("articles", "texts", "versions", "sightings", "url_keys", "visits", "pages", "article_topics", "counters")


def contents(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Every row of the tables that tell of articles."""
    engine = sa.create_engine(url)
    try:
        with engine.connect() as connection:
            tables = metadata.tables
            return {name: sorted(map(tuple, connection.execute(sa.select(tables[name]))), key=repr) for name in KEPT}
    finally:
        engine.dispose()


def outcome(store: Store, one, source="daily") -> Outcome:
    (saved,) = store.articles.save([one], source)
    assert store.check() == []
    return saved.outcome


def test_a_new_article_is_read_back_as_it_was_stored(store: Store) -> None:
    published = Moment(datetime(2026, 11, 20, 3, 4, tzinfo=UTC), KST, Precision.MINUTE, ZoneOrigin.SOURCE)
    stored = record(
        summary="연구소를 키운다",
        authors=("김하나", "이두리"),
        site_name="데일리",
        section="IT",
        tags=("메타", "AI"),
        image=Image(url="https://news.example.com/1.jpg", caption="연구소"),
        captions=("연구소 전경",),
        source_line="데일리",
        terms=UseTerms(robots="noarchive", tdm_reservation="1"),
        raw=True,
    )
    stored = replace(stored, article=replace(stored.article, published=published))
    (saved,) = store.articles.save([stored], "daily")
    assert (saved.id, saved.outcome, saved.change_seq, saved.title) == (stored.id, Outcome.NEW, 1, stored.article.title)
    row = store.articles.get(stored.id)
    article = stored.article
    assert row.text == LONG
    assert row.published == published
    assert row.modified is None
    assert (row.title, row.summary, row.authors, row.tags) == (
        article.title,
        article.summary,
        article.authors,
        article.tags,
    )
    assert (row.site, row.section, row.image, row.captions) == (
        "데일리",
        "IT",
        "https://news.example.com/1.jpg",
        ("연구소 전경",),
    )
    assert (row.source, row.source_line, row.lang, row.terms) == ("daily", "데일리", "ko", article.terms)
    assert (row.first_seen, row.fetched, row.version, row.provisional) == (NOON, NOON, 1, False)
    assert row.content_hash == stored.fingerprint.content_hash
    assert row.cluster_id == row.id
    assert store.pages.get(stored.id) == stored.raw
    assert store.check() == []


def test_the_same_record_again_changes_no_row(store_url: str) -> None:
    records = [*many(3), record("https://blog.example.org/a", basis=Basis.LISTING, text=LISTED, truncated=True)]
    with open_store(store_url) as store:
        store.articles.save(records, "daily")
        before = contents(store_url)
        again = store.articles.save(records, "daily")
        hours_later = store.articles.save([later(one, 0.1) for one in records], "daily")
        assert [one.outcome for one in again + hours_later] == [Outcome.KNOWN] * 8
        assert contents(store_url) == before


def test_a_new_form_or_source_adds_one_sighting_and_nothing_else(store_url: str) -> None:
    one = record()
    other = "https://news.example.com/articles/1?utm_source=feed"
    with open_store(store_url) as store:
        store.articles.save([one], "daily")
        before = contents(store_url)
        assert outcome(store, replace(one, forms=(other,))) is Outcome.KNOWN
        assert outcome(store, one, None) is Outcome.KNOWN
        after = contents(store_url)
        assert {name for name in KEPT if before[name] != after[name]} == {"sightings"}
        assert [(seen.url, seen.source) for seen in store.articles.sightings(one.id)] == [
            (one.url, None),
            (one.url, "daily"),
            (other, "daily"),
        ]


def by_source(store: Store, name: str, after: int = 0) -> list[str]:
    return [row.id for row in store.articles.rows(ArticleFilter(source=name, after_seq=after))]


@pytest.mark.parametrize("fetched", [True, False])
def test_an_article_that_comes_to_a_second_source_passes_a_cursor_on_it(store_url: str, fetched: bool) -> None:
    first, second = many(2)
    with open_store(store_url) as store:
        for name in ("daily", "portal"):
            store.sources.add(Source(name=name, url=f"https://{name}.example.com/"))
        store.articles.save([first], "daily")
        store.articles.save([second], "portal")
        cursor = store.change_seq()
        before = contents(store_url)
        if fetched:
            assert outcome(store, first, "portal") is Outcome.KNOWN
        else:
            assert store.articles.sighted({first.url: None, "https://news.example.com/never-met": None}, "portal") == 1
        assert by_source(store, "portal", cursor) == [first.id]
        after = contents(store_url)
        assert {name for name in KEPT if before[name] != after[name]} == {"sightings", "articles", "counters"}
        assert {state.name: state.articles for state in store.sources.states()} == {"daily": 1, "portal": 2}
        store.articles.save([first], "portal")
        assert store.articles.sighted({first.url: None}, "portal") == 0
        assert contents(store_url) == after
        assert store.check() == []


class TestSighted:
    def test_tells_forms_and_sources_apart(self, store: Store) -> None:
        one = record()
        other = f"{one.url}?utm_source=feed"

        def sighted(source: str | None) -> list[bool | None]:
            known = store.articles.known([one.url, other], source)
            return [known[url].sighted for url in (one.url, other)]

        store.articles.save([one], "daily")
        assert (sighted("daily"), sighted("portal"), sighted(None)) == ([True, False], [False] * 2, [False] * 2)
        cursor = store.change_seq()
        assert store.articles.sighted({other: None}, "daily") == 0
        assert store.change_seq() == cursor, "the source had the article already"
        assert store.articles.sighted({one.url: None, other: None}, None) == 1
        assert store.change_seq() == cursor, "nothing is exported of no source"
        assert (sighted("daily"), sighted("portal"), sighted(None)) == ([True] * 2, [False] * 2, [True] * 2)
        assert len(store.articles.sightings(one.id)) == 4
        assert store.check() == []

    def test_forms_are_bounded_and_what_is_not_kept_is_not_asked_for(self, store: Store) -> None:
        one = record()
        store.articles.save([one], "daily")
        forms = [f"{one.url}?utm_campaign={n}" for n in range(60)]
        store.articles.sighted(dict.fromkeys(forms[:40]), "daily")
        store.articles.sighted(dict.fromkeys(forms[40:], "A title"), "daily")
        assert len(store.articles.sightings(one.id)) == 32
        told = [found.sighted for found in store.articles.known(forms, "daily").values()]
        assert (told.count(True), told.count(None)) == (31, 29)

    def test_is_told_of_the_articles_of_a_topic_only(self, store: Store) -> None:
        store.topics.add(Topic(name="연구소"))
        mine, other = replace(many(2)[0], topics=("연구소",)), many(2)[1]
        store.articles.save([mine, other], "daily")
        known = store.articles.known([mine.url, other.url], "portal", "연구소")
        assert (known[mine.url].sighted, known[other.url].sighted) == (False, None)
        assert store.articles.known([mine.url], "portal", "nobody's")[mine.url].sighted is None

    def test_what_was_only_set_aside_has_no_sighting(self, store: Store) -> None:
        gone = "https://news.example.com/gone"
        store.articles.set_aside([SetAside(url=gone, reason="HTTP 410", retry_at=None)])
        assert store.articles.known([gone], "daily")[gone].sighted is None
        assert store.articles.sighted({gone: None}, "daily") == 0
        assert store.articles.sighted({}, "daily") == 0

    def test_keeps_what_a_door_calls_an_article_by_form_and_source(self, store_url: str) -> None:
        one = replace(record(), listing_title="메타 연구소 개편", forms=(record().url, "https://m.example.com/1"))
        utm = f"{one.url}?utm_source=feed"
        with open_store(store_url) as store:

            def called(source: str, url: str = one.url) -> str | None:
                return store.articles.known([url], source)[url].listing_title

            store.articles.save([one], "daily")
            assert (called("daily"), called("portal"), called("daily", utm)) == ("메타 연구소 개편", None, None)
            assert called("daily", one.forms[1]) is None, "the door named the first form"
            before = contents(store_url)
            store.articles.save([one, replace(one, listing_title=None)], "daily")
            assert store.articles.sighted({one.url: None}, "daily") == 0
            assert contents(store_url) == before
            store.articles.save([replace(one, listing_title="연구소 또 개편")], "daily")
            store.articles.sighted({one.url: "Lab reshuffled", utm: "Lab"}, "portal")
            store.articles.sighted({utm: "Lab again"}, "portal")
            assert (called("daily"), called("portal"), called("portal", utm)) == (
                "연구소 또 개편",
                "Lab reshuffled",
                "Lab again",
            )
            assert store.articles.get(one.id).version == 1
            assert store.check() == []

    def test_a_new_title_at_a_door_is_no_change_of_the_article(self, store_url: str) -> None:
        with open_store(store_url) as store:
            store.articles.save([record()], "daily")
            before = contents(store_url)
            assert outcome(store, replace(record(), listing_title="A title")) is Outcome.KNOWN
            store.articles.sighted({record().url: "Another"}, "daily")
            after = contents(store_url)
            assert {name for name in KEPT if before[name] != after[name]} == {"sightings"}

    def test_many(self, store: Store) -> None:
        records = many(700)
        store.articles.save(records, "daily")
        assert store.articles.sighted({one.url: None for one in records}, "portal") == 700
        assert sorted(by_source(store, "portal", 700)) == sorted(one.id for one in records)
        assert store.check() == []


def test_forms_of_one_article_are_bounded(store: Store) -> None:
    one = record()
    for n in range(60):
        store.articles.save([replace(one, forms=(f"{one.url}?utm_campaign={n}",))], "daily")
    assert len(store.articles.sightings(one.id)) == 32


def test_variants_of_a_url_are_one_article(store: Store) -> None:
    store.articles.save([record()], "daily")
    urls = ["http://www.news.example.com/articles/1", "https://m.news.example.com/articles/1?utm_medium=x&fbclid=1"]
    known = store.articles.known([*urls, "https://news.example.com/articles/2"])
    assert {found.article_id for found in known.values()} == {record().id}
    assert set(known) == set(urls)
    assert store.articles.get(urls[1]).id == record().id


def test_a_copy_elsewhere_shares_the_text_and_the_story(store_url: str) -> None:
    first, copy = record(), record("https://other.example.net/a/77", title="[속보] 메타 연구소 개편")
    with open_store(store_url) as store:
        assert outcome(store, first) is Outcome.NEW
        assert outcome(store, copy, "other") is Outcome.COPY
        assert store.articles.get(copy.id).cluster_id == first.id
        assert store.articles.get(copy.id).title == copy.article.title
    assert len(contents(store_url)["texts"]) == 1


def test_copies_in_one_batch(store: Store) -> None:
    records = [record("https://a.example.com/1"), record("https://b.example.net/1"), record("https://c.example.org/1")]
    assert [one.outcome for one in store.articles.save(records, None)] == [Outcome.NEW, Outcome.COPY, Outcome.COPY]
    assert {store.articles.get(one.id).cluster_id for one in records} == {records[0].id}
    assert store.check() == []


def test_a_short_text_is_not_shared(store_url: str) -> None:
    with open_store(store_url) as store:
        outcomes = {
            outcome(store, record(f"https://{host}.example.com/1", text="사진만 있는 기사다.")) for host in ("a", "b")
        }
        assert outcomes == {Outcome.NEW}
    assert len(contents(store_url)["texts"]) == 2


def test_a_changed_page_is_a_version_and_the_old_one_is_kept(store: Store) -> None:
    old = record()
    new = later(record(text=LONG.replace("1,500명", "1,600명"), title="메타, AI 연구소 개편(종합)"))
    store.articles.save([old], "daily")
    seq = store.change_seq()
    assert outcome(store, new) is Outcome.UPDATED
    row = store.articles.get(old.id)
    assert (row.version, row.text, row.title) == (2, new.article.text, new.article.title)
    assert row.change_seq > seq
    assert row.first_seen == NOON
    assert row.fetched == new.fetched_at
    assert [(one.number, one.title, one.text) for one in store.articles.versions(old.id)] == [
        (1, old.article.title, old.article.text),
        (2, new.article.title, new.article.text),
    ]


def test_one_comma_is_a_version_with_a_text_of_its_own(store: Store) -> None:
    """The content hash of the two texts is the same; the publisher's change must not disappear in the shared text."""
    old, new = record(text=ENGLISH, title="Tram"), record(text=ENGLISH.replace("harbour,", "harbour"), title="Tram")
    assert old.fingerprint.content_hash == new.fingerprint.content_hash
    store.articles.save([old], "daily")
    assert outcome(store, later(new)) is Outcome.UPDATED
    assert [one.text for one in store.articles.versions(old.id)] == [ENGLISH, ENGLISH.replace("harbour,", "harbour")]


def test_a_copy_keeps_its_story_when_the_original_changes(store: Store) -> None:
    first, copy = record(), record("https://other.example.net/a/77")
    store.articles.save([first, copy], "daily")
    store.articles.save([later(record(text=f"{LONG} 정정했다."))], "daily")
    assert store.articles.get(copy.id).text == LONG
    assert store.articles.get(copy.id).cluster_id == first.id


def test_going_back_shows_the_earlier_version_and_makes_none(store: Store) -> None:
    old, new = record(), record(title="다른 제목")
    for one in (old, new):
        store.articles.save([one], "daily")
    for one, number in ((old, 1), (new, 2), (old, 1)):
        assert outcome(store, one) is Outcome.UPDATED
        assert (store.articles.get(old.id).version, store.articles.get(old.id).title) == (number, one.article.title)
    assert len(store.articles.versions(old.id)) == 2


def test_metadata_alone_changes_the_row_without_a_version(store: Store) -> None:
    store.articles.save([record(tags=("메타",))], "daily")
    changed = later(record(tags=("메타", "AI"), modified=Moment(NOON, KST)))
    assert outcome(store, changed) is Outcome.KNOWN
    row = store.articles.get(changed.id)
    assert (row.tags, row.modified, row.version, row.change_seq) == (("메타", "AI"), Moment(NOON, KST), 1, 2)
    assert outcome(store, later(record())) is Outcome.KNOWN
    assert store.articles.get(changed.id).change_seq == 2, "what a page no longer says is no change"


def test_an_empty_page_replaces_nothing(store: Store) -> None:
    store.articles.save([record()], "daily")
    assert outcome(store, later(record(text="", title="로그인"))) is Outcome.KNOWN
    assert store.articles.get(record().id).text == LONG


class TestProvisional:
    def test_is_completed_by_its_page_and_that_is_no_version(self, store: Store) -> None:
        listed = record(text=LISTED, basis=Basis.LISTING, truncated=True, published=NOON - timedelta(hours=3))
        page = later(record(published=None))
        assert outcome(store, listed) is Outcome.NEW
        assert store.articles.get(listed.id).provisional
        assert store.articles.known([listed.url])[listed.url].provisional
        assert outcome(store, page) is Outcome.COMPLETED
        row = store.articles.get(listed.id)
        assert (row.text, row.version, row.provisional) == (LONG, 1, False)
        assert row.published == listed.article.published, "a listing's date stays when the page has none"
        assert [one.basis for one in store.articles.versions(listed.id)] == [Basis.PAGE]
        assert outcome(store, page) is Outcome.KNOWN
        assert outcome(store, listed) is Outcome.KNOWN, "a listing never overrides a page"
        assert store.articles.get(listed.id).change_seq == row.change_seq

    def test_the_longer_listing_text_wins(self, store: Store) -> None:
        texts = [LONG[:60], LONG[:120], LONG[:90], LONG[:120], LONG[:60]]
        for text in texts:
            one = record(text=text, basis=Basis.LISTING, truncated=True)
            store.articles.save([one], "portal")
        assert store.articles.get(one.id).text == LONG[:120]
        assert store.change_seq() == 2
        assert store.check() == []

    def test_a_teaser_does_not_replace_what_the_listing_showed(self, store: Store) -> None:
        listed = record(text=LONG, basis=Basis.LISTING)
        teaser = later(record(text=LONG[:50]))
        store.articles.save([listed], "portal")
        assert outcome(store, teaser) is Outcome.KNOWN
        row = store.articles.get(listed.id)
        assert (row.text, row.provisional) == (LONG, False)
        assert store.articles.known([listed.url])[listed.url].provisional is False
        assert outcome(store, later(teaser)) is Outcome.KNOWN
        assert store.articles.get(listed.id).change_seq == row.change_seq

    def test_takes_the_identity_that_its_page_declares(self, store: Store) -> None:
        link, canonical = "https://portal.example.com/view?no=5", "https://news.example.com/articles/1"
        listed = record(link, text=LISTED, basis=Basis.LISTING, truncated=True)
        page = later(record(canonical, forms=(link, canonical)))
        store.articles.save([listed], "portal")
        (saved,) = store.articles.save([page], "portal")
        assert (saved.outcome, saved.id) == (Outcome.COMPLETED, page.id)
        assert store.articles.count() == 1
        row = store.articles.get(listed.id)
        assert (row.id, row.cluster_id, row.url) == (page.id, page.id, canonical)
        assert set(store.articles.known([link, canonical])) == {link, canonical}
        assert store.check() == []

    def test_is_merged_into_the_article_that_its_link_leads_to(self, store: Store) -> None:
        store.sources.add(Source(name="portal", url="https://portal.example.com/"))
        link, canonical = "https://portal.example.com/view?no=5", "https://news.example.com/articles/1"
        page = record(canonical, published=None)
        listed = record(link, text=LISTED, basis=Basis.LISTING, truncated=True, at=NOON + timedelta(hours=1))
        store.articles.save([page], "daily")
        store.articles.save([listed], "portal")
        assert store.articles.count() == 2
        (saved,) = store.articles.save([later(replace(page, forms=(link, canonical)), 2)], "portal")
        assert (saved.outcome, saved.id) == (Outcome.KNOWN, page.id)
        assert store.articles.count() == 1
        row = store.articles.get(link)
        assert (row.id, row.text, row.published) == (page.id, LONG, listed.article.published)
        assert {(seen.url, seen.source) for seen in store.articles.sightings(page.id)} == {
            (canonical, "daily"),
            (link, "portal"),
            (canonical, "portal"),
        }
        assert store.sources.state("portal").articles == 1
        assert store.check() == []

    def test_joins_the_story_of_the_text_that_completes_it(self, store: Store) -> None:
        first = record()
        url = "https://other.example.net/a/77"
        store.articles.save([first], "daily")
        store.articles.save([record(url, text=LISTED, basis=Basis.LISTING, truncated=True)], "other")
        assert outcome(store, later(record(url)), "other") is Outcome.COMPLETED
        assert store.articles.get(url).cluster_id == first.id


def test_records_of_one_article_in_one_batch_are_stored_in_order(store: Store) -> None:
    listed = record(text=LISTED, basis=Basis.LISTING, truncated=True)
    edited = later(record(text=f"{LONG} 덧붙였다."))
    saved = store.articles.save([listed, record(), *many(2, 50), edited, edited], "daily")
    assert [one.outcome for one in saved] == [
        Outcome.NEW,
        Outcome.COMPLETED,
        Outcome.NEW,
        Outcome.NEW,
        Outcome.UPDATED,
        Outcome.KNOWN,
    ]
    assert store.articles.get(listed.id).version == 2
    assert store.check() == []


def test_two_forms_of_one_known_article_in_one_batch(store: Store) -> None:
    a, b, c = "https://news.example.com/articles/1", "https://news.example.com/x/1", "https://news.example.com/y/1"
    store.articles.save([record(a, forms=(a, b, c))], "daily")
    edits = [record(b, text=f"{LONG} 하나 더.", forms=(b,)), record(c, text=f"{LONG} 둘 더.", forms=(c,))]
    assert [one.outcome for one in store.articles.save(edits, "daily")] == [Outcome.UPDATED, Outcome.UPDATED]
    assert [one.number for one in store.articles.versions(a)] == [1, 2, 3]
    assert store.articles.count() == 1
    assert store.check() == []


def test_a_dry_run_tells_and_leaves_nothing(store_url: str) -> None:
    with open_store(store_url) as store:
        store.articles.save([record()], "daily")
        before = contents(store_url)
        saved = store.articles.save([record(title="다른 제목"), *many(2)], "daily", dry_run=True)
        assert [one.outcome for one in saved] == [Outcome.UPDATED, Outcome.NEW, Outcome.NEW]
        assert contents(store_url) == before
        assert store.check() == []


def test_nothing_to_save(store: Store) -> None:
    assert store.articles.save([], "daily") == []
    assert store.articles.known([]) == {}


def test_what_a_database_refuses_is_left_out(store: Store) -> None:
    odd = record(title="제목\0 끝\ud800", text=LONG + "\0\udfff", authors=("a\0b",), language="x" * 40)
    odd = replace(odd, fingerprint=record().fingerprint, search_tokens="제목 \0")
    store.articles.save([odd], "daily")
    row = store.articles.get(odd.id)
    assert (row.title, row.authors, row.lang) == ("제목 끝?", ("ab",), None)


class TestKnown:
    def test_edit_checks_come_at_their_ages(self, store_url: str) -> None:
        clock = NOON
        with open_store(store_url, now=lambda: clock, edit_checks=(1800, 7200)) as store:
            one = record()
            store.articles.save([one, record("https://news.example.com/l", text=ENGLISH, basis=Basis.LISTING)], "daily")

            def due() -> bool:
                assert (one.url in store.articles.due_checks("daily", 10)) == store.articles.known([one.url])[
                    one.url
                ].due
                return store.articles.known([one.url])[one.url].due

            assert not due()
            clock = NOON + timedelta(minutes=31)
            assert due()
            assert store.articles.due_checks("daily", 10) == [one.url], "a provisional article is not checked for edits"
            assert store.articles.due_checks("other", 10) == []
            store.articles.checked([one.id])
            assert not due()
            assert store.articles.known([one.url])[one.url].fetched_at == clock
            clock = NOON + timedelta(hours=3)
            assert due()
            store.articles.save([replace(one, fetched_at=clock)], "daily")
            assert not due(), "a look that found the same text counts as a check"
            clock = NOON + timedelta(days=3)
            assert not due()

    def test_an_edit_is_checked_again_at_the_next_age(self, store_url: str) -> None:
        clock = NOON
        with open_store(store_url, now=lambda: clock, edit_checks=(1800, 7200)) as store:
            store.articles.save([record()], "daily")
            clock = NOON + timedelta(hours=1)
            store.articles.save([replace(record(title="새 제목"), fetched_at=clock)], "daily")
            assert not store.articles.due_checks("daily", 10)
            clock = NOON + timedelta(hours=2)
            assert store.articles.due_checks("daily", 10) == [record().url]

    def test_tells_what_a_conditional_request_needs(self, store: Store) -> None:
        modified = Moment(NOON, KST)
        one = replace(record(modified=modified), etag='"abc"', last_modified="Fri, 20 Nov 2026 12:00:00 GMT")
        store.articles.save([one], "daily")
        found = store.articles.known([one.url])[one.url]
        assert (found.etag, found.last_modified, found.modified) == ('"abc"', one.last_modified, NOON)
        assert (found.title, found.fetched_at) == (one.article.title, NOON)

    def test_set_aside_until_its_time_or_until_it_is_read(self, store: Store) -> None:
        gone, slow = "https://news.example.com/gone", "https://news.example.com/slow"
        store.articles.set_aside([SetAside(url=gone, reason="HTTP 410", retry_at=None)])
        store.articles.set_aside([SetAside(url=slow, reason="timeout", retry_at=NOON, source="daily")])
        store.articles.set_aside(
            [SetAside(url=slow, reason="timeout", retry_at=NOON + timedelta(hours=1), source="daily")]
        )
        known = store.articles.known([gone, slow])
        assert known[gone].set_aside_until == FOREVER
        assert known[slow].set_aside_until == NOON + timedelta(hours=1)
        assert known[slow].article_id is None
        store.articles.save([record(slow, text=LISTED, basis=Basis.LISTING)], "daily")
        assert store.articles.known([slow])[slow].set_aside_until, "a listing's text is no answer of the page"
        store.articles.save([record(slow)], "daily")
        assert store.articles.known([slow])[slow].set_aside_until is None

    def test_many_urls(self, store: Store) -> None:
        records = many(30)
        store.articles.save(records, "daily")
        urls = [one.url for one in records] + [f"https://news.example.com/none/{n}" for n in range(1200)]
        assert set(store.articles.known(urls)) == {one.url for one in records}


class TestRows:
    def test_come_in_the_order_of_their_change(self, store: Store) -> None:
        records = many(25)
        store.articles.save(records, "daily")
        store.articles.save([replace(records[3], article=replace(records[3].article, section="IT"))], "daily")
        rows = list(store.articles.rows(batch=4))
        assert [row.id for row in rows] == [one.id for n, one in enumerate(records) if n != 3] + [records[3].id]
        assert [row.change_seq for row in rows] == sorted(row.change_seq for row in rows)
        assert [row.id for row in store.articles.rows(ArticleFilter(after_seq=25))] == [records[3].id]

    def test_an_article_changed_between_batches_is_not_missed(self, store: Store) -> None:
        records = many(6)
        store.articles.save(records, "daily")
        rows = store.articles.rows(batch=2)
        seen = [next(rows).id, next(rows).id]
        changed = [replace(one, article=replace(one.article, section="IT")) for one in (records[0], records[4])]
        store.articles.save(changed, "daily")
        seen += [row.id for row in rows]
        assert set(seen) == {one.id for one in records}
        assert seen[-2:] == [records[0].id, records[4].id]

    def test_pass_every_condition_of_the_filter(self, store: Store) -> None:
        store.topics.add(Topic(name="저커버그"))
        first = record("https://a.example.com/1", topics=("저커버그", "지워진 주제"))
        second = record("https://b.example.com/1", text=ENGLISH, title="Tram", language="en", published=None)
        third = record("https://c.example.com/1", text=f"{LONG} 셋.", published=NOON - timedelta(days=3))
        store.articles.save([first, third], "daily")
        store.articles.save([later(second, 24), first], "wire")

        def ids(**conditions) -> list[str]:
            wanted = ArticleFilter(**conditions)
            rows = [row.id for row in store.articles.rows(wanted)]
            assert store.articles.count(wanted) == len(rows)
            return rows

        assert ids() == [third.id, second.id, first.id]
        assert ids(topic="저커버그") == [first.id]
        assert ids(topic="아무도") == []
        assert ids(source="wire") == [second.id, first.id]
        assert ids(lang="en") == [second.id]
        assert ids(since=NOON - timedelta(hours=1)) == [second.id, first.id]
        assert ids(since=NOON) == [second.id], "an article without a date is dated by its first sight"
        assert ids(until=NOON - timedelta(hours=1)) == [third.id]
        assert ids(seen_since=NOON + timedelta(hours=1)) == [second.id]
        assert ids(words="저커버그") == [third.id, first.id]
        assert ids(words="저커버그", source="wire") == [first.id]
        assert store.articles.get(first.id).topics == ("저커버그",)


class TestGet:
    def test_by_the_beginning_of_an_id(self, store: Store) -> None:
        records = many(3)
        store.articles.save(records, "daily")
        assert store.articles.get(records[1].id[:6].upper()).id == records[1].id

    @pytest.mark.parametrize("asked", ["ffffffffffff", "ab", "https://nowhere.example.com/1", "", "주소 아님"])
    def test_what_is_not_there(self, store: Store, asked: str) -> None:
        store.articles.save(many(2), "daily")
        for ask in (store.articles.get, store.articles.versions, store.articles.sightings):
            with pytest.raises(UnknownName, match="article"):
                ask(asked)

    def test_a_beginning_shared_by_two(self, store: Store) -> None:
        one, other = record("https://a.example.com/1"), record("https://b.example.com/1", text=ENGLISH)
        store.articles.save([replace(one, id="abcd" + one.id[4:]), replace(other, id="abcd" + other.id[4:])], None)
        with pytest.raises(UnknownName, match="several"):
            store.articles.get("abcd")


def test_sources_count_their_articles(store: Store) -> None:
    for name in ("daily", "wire"):
        store.sources.add(Source(name=name, url=f"https://{name}.example.com/"))
    records = many(4)
    store.articles.save(records, "daily")
    store.articles.save([*records[:2], record()], "wire")
    store.articles.save([*records[:2], record()], "wire")
    assert {state.name: state.articles for state in store.sources.states()} == {"daily": 4, "wire": 3}
    store.sources.remove("wire")
    store.sources.add(Source(name="wire", url="https://wire.example.com/"))
    assert store.sources.state("wire").articles == 3
    assert store.check() == []


def test_raw_pages_are_kept_and_pruned(store: Store) -> None:
    one = record(raw=True)
    store.articles.save([one], "daily")
    changed = later(record(title="새 제목", raw=True), 2)
    store.articles.save([changed], "daily")
    page = store.pages.get(one.id)
    assert page is not None
    assert page.fetched_at == changed.raw.fetched_at
    assert store.maintenance.forget_pages(NOON - timedelta(days=1), 10) == 0
    assert store.maintenance.forget_pages(NOON + timedelta(days=1), 10) == 1
    assert store.pages.get(one.id) is None
    assert store.articles.count() == 1
