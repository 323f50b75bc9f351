"""A search index that does not hold what the texts say is found, told and mended, on both databases."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from cli_case import GLASSES, Terminal, filled, terminal
from storage_records import many, record

from storage import Store, search_index, sequence
from storage.columns import words_in
from storage.packing import kept_text
from storage.schema import articles

__all__ = ["filled", "terminal"]


@pytest.fixture
def stocked(store: Store) -> Store:
    """A sound store in which one article was edited."""
    records = many(30)
    store.articles.save(records, "daily")
    edited = record(records[3].url, text=f"고쳤다. {records[3].article.text}", title="고친 제목 3")
    store.articles.save([edited], "daily")
    assert store.check(every=True) == []
    return store


def indexed_as(store: Store, number: int, words: str) -> str:
    """The index holds `words` of the article saved as `number`, and nothing else; its public id."""
    with store._database.write() as connection:
        row = connection.execute(search_index.SHOWN.where(articles.c.title == f"기사 {number}")).mappings().one()
        highest = sequence.lock(connection) + 1
        sequence.store(connection, highest)
        connection.execute(
            sa.update(articles).where(articles.c.public_id == row["public_id"]).values(search_doc=highest)
        )
        marks = search_index.shown(row).marks
        search_index.index(store._database, connection, [search_index.Document(highest, words, marks)])
    return str(row["public_id"])


def words_of(store: Store, number: int) -> str:
    with store._database.read() as connection:
        row = connection.execute(search_index.SHOWN.where(articles.c.title == f"기사 {number}")).mappings().one()
    return words_in((row["title"], row["summary"], kept_text(row["text"])))


def found(store: Store, words: str) -> set[str]:
    return {hit.row.id for hit in store.search.find(words, limit=100)}


def test_words_that_the_index_lacks_are_found_and_put_back(stocked: Store) -> None:
    without = " ".join(word for word in words_of(stocked, 7).split() if word not in ("반도", "도체"))
    lacking = indexed_as(stocked, 7, without)
    assert lacking not in found(stocked, "반도체")
    (finding,) = stocked.check(every=True)
    assert finding.startswith(f"search index: {lacking}: it is not found by 2 of its words (")
    assert "'도체'" in finding
    before = list(stocked.articles.rows())
    assert stocked.mend_index() == (30, 1)
    assert stocked.check(every=True) == []
    assert lacking in found(stocked, "반도체")
    assert list(stocked.articles.rows()) == before, "nothing that is exported changed"
    (saved,) = stocked.articles.save(many(1, 90), "daily")
    assert saved.id in found(stocked, "반도체")


def test_words_of_another_text_are_found_and_taken_out(stocked: Store) -> None:
    other = indexed_as(stocked, 8, f"{words_of(stocked, 8)} 딴것 다른")
    assert stocked.check() == [f"search index: {other}: the index has 2 words that it does not have"]
    swapped = indexed_as(stocked, 9, "없는 말뿐")
    told = {line.split(": ")[1]: line for line in stocked.check()}
    assert told.keys() == {other, swapped}
    assert "not found by" in told[swapped]
    assert "2 words that it does not have" in told[swapped]
    assert stocked.mend_index() == (30, 2)
    assert stocked.check(every=True) == []


def test_an_article_that_the_index_lacks_is_put_back(stocked: Store) -> None:
    with stocked._database.write() as connection:
        connection.execute(sa.text("UPDATE articles SET search_doc = 100000 + id WHERE title IN ('기사 1', '기사 2')"))
        connection.execute(sa.text("UPDATE counters SET value = 200000 WHERE name = 'change_seq'"))
    assert sum("missing in the search index" in line for line in stocked.check()) == 2
    assert stocked.mend_index() == (30, 2)
    assert stocked.check(every=True) == []


def test_the_whole_index_is_made_anew(stocked: Store) -> None:
    indexed_as(stocked, 5, "없는")
    words = {word: found(stocked, word) for word in ("반도체", "고쳤다", "직원들")}
    assert stocked.make_index_anew() == 30
    assert stocked.check(every=True) == []
    assert found(stocked, "반도체") > words["반도체"]
    assert found(stocked, "고쳤다") == words["고쳤다"]


def test_of_a_large_store_a_sample_is_compared_and_told(stocked: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.soundness.COMPARED", 10)
    monkeypatch.setattr("storage.index_soundness.BATCH", 4)
    monkeypatch.setattr("storage.index_soundness.STRETCH", 4)
    heard: list[tuple[int, int]] = []
    assert stocked.check(compared=lambda done, total: heard.append((done, total))) == []
    assert heard[-1][1] == 30
    assert 1 <= heard[-1][0] <= 12
    for number in range(30):
        if number != 3:
            indexed_as(stocked, number, "없는")
    assert any("search index" in line for line in stocked.check()), "where much is wrong, a sample finds it"
    monkeypatch.setattr("storage.soundness.COMPARING", 0.0)
    heard.clear()
    stocked.check(compared=lambda done, total: heard.append((done, total)))
    assert heard[-1][0] <= 4, "as many as there is time for"


def test_a_text_that_can_not_be_read_is_told(store: Store) -> None:
    store.articles.save([record(text="긴 본문이다. " * 400), *many(3)], "daily")
    with store._database.write() as connection:
        body = connection.execute(sa.text("SELECT text FROM texts WHERE id = 1")).scalar_one()
        connection.execute(
            sa.text("UPDATE texts SET text = :body WHERE id = 1"), {"body": bytes(body)[:20] + b"\x00" * 20}
        )
    (finding,) = store.check()
    assert finding.startswith("text: ")
    assert "damaged" in finding
    assert store.mend_index() == (4, 0)


def test_a_person_finds_and_mends_it_from_the_command_line(filled: Terminal) -> None:
    assert "3 of 3 texts compared" in filled("db", "check").out
    with filled.store() as store, store._database.write() as connection:
        search_index.empty(store._database, connection)
        for number in connection.execute(sa.select(articles.c.search_doc)).scalars().all():
            document = search_index.Document(number, "딴 말", ())
            search_index.index(store._database, connection, [document])
    assert GLASSES.url not in filled("search", "안경").out
    ran = filled("db", "check", code=1)
    assert ran.out.count("search index: ") == 3
    assert "presswatch db reindex" in ran.err
    assert "restore" not in ran.err
    assert filled("db", "check", "--all", "--json", code=1).json["compared_with_index"] == 3
    assert "3 of 3 articles indexed anew" in filled("db", "reindex").out
    assert GLASSES.url in filled("search", "안경").out
    assert filled("db", "check", "--json").json["sound"] is True
    assert filled("db", "reindex", "--json").json["indexed_anew"] == 0
    assert "3 of 3" in filled("db", "reindex", "--anew").out
    assert filled("db", "check", "--all", "--json").json["sound"] is True


def test_marks_with_controls_are_what_the_index_makes_of_them(store: Store) -> None:
    store.articles.save([record(site_name="A\x01B\x7fC", authors=("\x02x\x03",))], "daily")
    assert store.check(every=True) == []
