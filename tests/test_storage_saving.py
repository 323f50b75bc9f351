"""Any records in any order: what must hold of the store afterwards."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta

from growth import FAR_BELOW_QUADRATIC, growth
from hypothesis import given, settings
from hypothesis import strategies as st
from storage_records import ENGLISH, LONG, NOON, record

from crawler.items import ArticleRecord, Basis, Outcome
from crawler.urls import article_id, url_key
from storage import Store, open_store

URLS = [f"https://{host}.example.com/{n}" for host in ("a", "b") for n in (1, 2)]
TEXTS = [LONG, LONG[:70], LONG[:100], ENGLISH, ENGLISH.replace(",", ""), "짧은 글", ""]


@st.composite
def records(draw: st.DrawFn) -> ArticleRecord:
    url = draw(st.sampled_from(URLS))
    return record(
        url,
        text=draw(st.sampled_from(TEXTS)),
        title=draw(st.sampled_from(["제목", "다른 제목", None])),
        basis=draw(st.sampled_from([Basis.PAGE, Basis.PAGE, Basis.LISTING, Basis.REEXTRACTION])),
        truncated=draw(st.booleans()),
        at=NOON + timedelta(minutes=draw(st.integers(0, 3000))),
        forms=tuple({url, draw(st.sampled_from(URLS))}),
        published=draw(st.sampled_from([NOON, NOON - timedelta(days=2), None])),
        tags=draw(st.sampled_from([(), ("메타",), ("메타", "AI")])),
        raw=draw(st.booleans()),
    )


batches = st.lists(
    st.tuples(st.lists(records(), min_size=1, max_size=5), st.sampled_from(["daily", "wire", None])),
    min_size=1,
    max_size=5,
)


@settings(max_examples=40, deadline=None)
@given(batches)
def test_a_store_stays_sound(steps: list[tuple[list[ArticleRecord], str | None]]) -> None:
    with open_store("sqlite://") as store:
        for batch, source in steps:
            before = store.change_seq()
            dry = store.articles.save(batch, source, dry_run=True)
            saved = store.articles.save(batch, source)
            assert saved == dry, "a dry run tells what will be done"
            assert store.check() == []
            assert store.change_seq() >= before
            for one, told in zip(batch, saved, strict=True):
                named = {article_id(url_key(url)) for url in (*one.forms, one.url)}
                assert store.articles.get(told.id).id in named | {store.articles.get(one.id).id}
                assert told.outcome is not Outcome.NEW or told.change_seq > before
            settles(store, batch[-1], source)
        rows = list(store.articles.rows(batch=2))
        assert len(rows) == store.articles.count() <= len(URLS)
        assert [row.change_seq for row in rows] == sorted({row.change_seq for row in rows})
        assert set(store.articles.known(URLS)) >= {url for batch, _ in steps for one in batch for url in one.forms}


def settles(store: Store, one: ArticleRecord, source: str | None) -> None:
    """The record just stored, stored again, changes nothing, and so does a third time."""
    store.articles.save([one], source)
    before = store.change_seq(), store.articles.get(one.id)
    (again,) = store.articles.save([one], source)
    assert again.outcome is Outcome.KNOWN
    assert (store.change_seq(), store.articles.get(one.id)) == before


def test_known_articles_cost_no_more_the_more_come_at_once() -> None:
    with ExitStack() as opened:

        def known(count: int) -> tuple[Store, list[ArticleRecord]]:
            store = opened.enter_context(open_store("sqlite://", now=lambda: NOON))
            met = [record(f"https://a.example.com/{n}") for n in range(count)]
            store.articles.save(met, None)
            return store, met

        assert growth(known, lambda made: made[0].articles.save(made[1], None), 20) < FAR_BELOW_QUADRATIC
