"""Stories in the store: near copies join, originals that come late unite, and every change of membership is told."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from dedup_texts import ENGLISH, KOREAN, market, sentences, weather
from storage_records import NOON, later, record

from crawler.dedup.cluster import MOST_LISTED
from crawler.dedup.runs import Run
from crawler.items import ArticleFilter, Basis, Outcome
from storage import Store, open_store
from storage.schema import posting_runs


def url(name: str) -> str:
    return f"https://{name}.example.com/1"


def told(store: Store) -> dict[str, str]:
    """By host the host that names its story."""
    rows = {row.id: row for row in store.articles.rows()}
    host = lambda row: row.url.split("/")[2].split(".")[0]  # noqa: E731
    return {host(row): host(rows[row.cluster_id]) for row in rows.values()}


def test_near_copies_join_the_oldest_and_others_do_not(store: Store) -> None:
    saved = store.articles.save([record(url("a"), text=KOREAN), record(url("b"), text=ENGLISH)], "daily")
    assert [(one.outcome, one.joined) for one in saved] == [(Outcome.NEW, False)] * 2
    copies = [
        record(url("c"), text=f"새 소식이다. {KOREAN}"),
        record(url("d"), text=ENGLISH[:300]),
        record(url("e"), text=weather("서울", "-3", "7", "20", "31")),
        record(url("f"), text=weather("서울", "2", "11", "60", "45")),
    ]
    saved = store.articles.save(copies, "daily")
    assert [one.joined for one in saved] == [True, True, False, False]
    assert told(store) == {"a": "a", "b": "b", "c": "a", "d": "b", "e": "e", "f": "f"}
    assert store.check() == []


def test_copies_within_one_transaction_join(store: Store) -> None:
    store.articles.save([record(url("a"), text=KOREAN), record(url("b"), text=KOREAN[:220])], None)
    assert told(store) == {"a": "a", "b": "a"}


def test_what_was_undone_is_not_found(store: Store) -> None:
    for _ in range(4):  # runs become one
        tried = store.articles.save([record(url("b"), text=KOREAN)], None, dry_run=True)
        assert not tried[0].joined
        with suppress(RuntimeError), store.together():
            store.articles.save([record(url("b"), text=KOREAN)], None)
            raise RuntimeError
    store.articles.save([record(url("c"), text=ENGLISH)], None)
    (saved,) = store.articles.save([record(url("a"), text=f"새 소식이다. {KOREAN}")], None)
    assert not saved.joined
    (saved,) = store.articles.save([record(url("b"), text=KOREAN)], None)
    assert saved.joined
    assert told(store) == {"a": "a", "b": "a", "c": "c"}
    assert store.check() == []


def test_an_original_that_comes_late_unites_stories_and_says_so(store: Store) -> None:
    whole = sentences(random.Random(1), 40)
    first, second = whole[: len(whole) * 45 // 100], whole[len(whole) * 55 // 100 :]
    store.articles.save([record(url("a"), text=first), record(url("b"), text=second)], None)
    store.articles.save([record(url("c"), text=f"같은 글을 옮긴다. {second}")], None)
    assert told(store) == {"a": "a", "b": "b", "c": "b"}
    before = store.change_seq()
    (saved,) = store.articles.save([record(url("d"), text=whole)], None)
    assert told(store) == dict.fromkeys("abcd", "a")
    changed = [row.url for row in store.articles.rows(ArticleFilter(after_seq=before))]
    assert sorted(changed) == [url("b"), url("c"), url("d")]
    assert saved.joined
    assert store.check() == []


def test_the_window_is_a_setting(tmp_path: Path) -> None:
    for days, story in ((3.0, "b"), (5.0, "a")):
        with open_store(f"sqlite:///{tmp_path}/{days}.db", story_window=days * 86_400) as store:
            store.articles.save([record(url("a"), text=KOREAN, published=NOON - timedelta(days=4))], None)
            store.articles.save([record(url("b"), text=KOREAN[:220], published=NOON)], None)
            assert told(store)["b"] == story


def test_a_teaser_that_becomes_the_whole_text_finds_its_story(store: Store) -> None:
    store.articles.save([record(url("a"), text=KOREAN)], None)
    teaser = record(url("b"), text="역 이야기를 전합니다. " * 12, basis=Basis.LISTING, truncated=True)
    store.articles.save([teaser], "daily")
    assert told(store)["b"] == "b"
    (saved,) = store.articles.save([later(record(url("b"), text=f"전국 소식. {KOREAN}"))], "daily")
    assert (saved.outcome, saved.joined) == (Outcome.COMPLETED, True)
    assert told(store)["b"] == "a"


def test_storing_again_changes_nothing(store: Store) -> None:
    records = [record(url("a"), text=KOREAN), record(url("b"), text=KOREAN[:220])]
    store.articles.save(records, "daily")
    before = store.change_seq()
    store.articles.save([later(one) for one in records], "daily")
    assert store.change_seq() == before


def test_a_sketch_that_the_worker_drew_gives_the_same_stories(store: Store) -> None:
    from crawler.dedup.fingerprint import content_letters
    from crawler.dedup.near import shingle, sketch

    records = [record(url("a"), text=KOREAN), record(url("b"), text=f"덧붙임. {KOREAN}")]
    drawn = [replace(one, sketch=sketch(shingle(content_letters(one.article.text)))) for one in records]
    store.articles.save(drawn, None)
    assert told(store) == {"a": "a", "b": "a"}


def test_a_dry_run_leaves_no_story_behind(store: Store) -> None:
    store.articles.save([record(url("a"), text=KOREAN)], None)
    store.articles.save([record(url("b"), text=KOREAN[:220])], None, dry_run=True)
    store.articles.save([record(url("c"), text=KOREAN[100:])], None)
    assert told(store) == {"a": "a", "c": "a"}


def test_a_thousand_reports_of_one_template_stay_apart(store: Store) -> None:
    rng = random.Random(3)
    draw = lambda low, high: str(rng.randint(low, high))  # noqa: E731
    reports = [
        market(draw(1000, 9999), draw(1, 99), draw(100, 9999), draw(100, 200), draw(40, 120)) for _ in range(200)
    ]
    for at in range(0, 200, 50):
        store.articles.save([record(url(f"n{n}"), text=reports[n]) for n in range(at, at + 50)], None)
    assert all(host == story for host, story in told(store).items())


@pytest.mark.parametrize("text", ["", "짧다.", "1 2 3"])
def test_texts_of_next_to_nothing_are_stories_of_their_own(store: Store, text: str) -> None:
    store.articles.save([record(url("a"), text=text), record(url("b"), text=text)], None)
    assert told(store) == {"a": "a", "b": "b"}


def test_the_postings_of_a_standing_notice_are_bounded(store: Store) -> None:
    rng = random.Random(4)
    notice = sentences(rng, 12)
    for at in range(8):
        published = NOON + timedelta(hours=at)
        texts = [f"{sentences(rng, 8)} {notice}" for _ in range(30)]
        store.articles.save(
            [record(url(f"n{at}-{n}"), text=text, published=published) for n, text in enumerate(texts)], None
        )
    with store._database.read() as connection:
        bodies = connection.execute(sa.select(posting_runs.c.body)).scalars()
        hashes = np.concatenate([Run.unpacked(body).hashes for body in bodies])
    assert np.unique(hashes, return_counts=True)[1].max() == MOST_LISTED
    assert all(host == story for host, story in told(store).items())
