from __future__ import annotations

from datetime import timedelta

import pytest
from storage_records import ENGLISH, LONG, NOON, later, many, record

from crawler.errors import BadQuery
from crawler.items import ArticleFilter, Basis, Topic
from crawler.sources import Source
from crawler.text import hit_spans
from crawler.text.query import read_query
from storage import Store, open_store
from storage.candidates import sought
from storage.expressions import Token, Without


@pytest.fixture
def found(store: Store):
    store.articles.save(
        [
            record("https://a.example.com/1"),
            record(
                "https://b.example.com/1",
                text=ENGLISH,
                title="Tram line to the harbour",
                language="en",
                authors=("김하늘", "Ann Kim", "Éluard, Paul"),
            ),
            record(
                "https://c.example.com/1",
                text="커버 사진과 저커 씨네 집 버그 수정 소식을 전한다. " * 5,
                title="커버 버그 사진 저커",
                site_name="커버 신문",
            ),
        ],
        "daily",
    )
    return lambda words, **filter: [
        hit.row.url[8] for hit in store.search.find(words, filter=ArticleFilter(zone="Asia/Seoul", **filter), limit=10)
    ]


def test_what_only_seems_to_hold_the_words_hides_nothing_older(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.candidates.MOST", 10)
    apart = "커버 사진과 저커 씨네 집 버그 수정, 메타 연구소의 버스 전시회 소식을 전한다. 줄은 {0}, {1}, {2}. "
    decoys = [
        record(
            f"https://new.example.com/{number}",
            text=apart.format(number, 7 * number, 13 * number) * 3,
            title=None,
            at=NOON + timedelta(hours=number),
        )
        for number in range(1, 61)
    ]
    store.articles.save([record("https://old.example.com/1", text="저커버그가 메타버스전시회를 연다. " * 9)], "daily")
    store.articles.save(decoys, "daily")
    for words in ("저커버그", "메타버스전시회", "저커버그 메타버스전시회", '"메타버스전시회를 연다"', "저커버그 -사진"):
        assert [hit.row.url for hit in store.search.find(words, limit=3)] == ["https://old.example.com/1"], words


def test_articles_of_one_text_are_found_by_the_text_that_is_shown(store: Store) -> None:
    tail = "\n\n홍길동 기자 hong@example.com\n저작권자 ⓒ 한빛일보, 무단 전재 및 재배포 금지"
    one = record("https://a.example.com/1", title=None)
    two = record("https://b.example.com/1", text=LONG + tail, title=None)
    three = record("https://c.example.com/1", text=f"{LONG} 무단 전재 및 재배포 금지", title=None)
    assert one.fingerprint.content_hash == two.fingerprint.content_hash
    store.articles.save([one], "daily")
    store.articles.save([two, three], "daily")
    for words in ("재배포", "홍길동", "연구소"):
        texts = {row.url: row.text for row in store.articles.rows(ArticleFilter(zone="Asia/Seoul"))}
        found = {hit.row.url for hit in store.search.find(words, limit=10)}
        assert found == {url for url, text in texts.items() if words in text}, words


ANSWERS = [
    ("메타", "a"),
    ("저커버그", "a"),
    ("저커버그가", "a"),
    ("저커버그 메타", "a"),
    ("메타 반도체", "a"),
    ("메타 트램", ""),
    ("TRAM", "b"),
    ("tram Harbour", "b"),
    ("harb", ""),
    ("커버", "ca"),
    ("214", "b"),
    ("' OR 1=1 --", ""),
    ("1,500", "a"),
    ("500,1", ""),
    ("tram/line", "b"),
    ("line/tram", ""),
    ("메타/인공지능", ""),
    ("메타의/인공지능", "a"),
    ("harb*", "b"),
    ("har* tram", "b"),
    ("arbour*", ""),
    ("저커*", "ac"),
    ("커버*", "c"),
    ("집*", "c"),
    ("메타 OR harb*", "ab"),
    ("커버 -메타", "c"),
    ("커버 -harb*", "ca"),
    ("site:a.example.com", "a"),
    ("site:A.Example.com 메타", "a"),
    ("site:example.com", "abc"),
    ("site:ample.com", ""),
    ("site:xample.com OR tram", "b"),
    ("-site:a.example.com", "bc"),
    ("커버 -site:a.example.com", "c"),
    ("source:daily", "abc"),
    ("lang:en", "b"),
    ("-lang:EN", "ac"),
    ("NOT (lang:en OR site:c.example.com)", "a"),
    ("(lang:en tram) OR (lang:ko 메타)", "ab"),
    ("(lang:ko tram) OR (lang:en 메타)", ""),
    ("커버 -(lang:ko 메타)", "c"),
    ("커버 (site:c.example.com OR 반도체)", "ac"),
    ("after:2026-11-20T20:30", ""),
    ("after:2026-11-20 before:2026-11-20T21:00", "abc"),
    ("before:2026-11-20T20:00 tram", ""),
    ("-after:2026-11-20", ""),
    ("author:하늘", "b"),
    ("author:KIM", "b"),
    ("author:éluard", "b"),
    ("author:ÉLUARD", "b"),
    ('author:"ann Kim"', "b"),
    ("author:eluard", ""),
    ("author:하늘이", ""),
    ("-author:하늘", "ac"),
    ('site:"커버 신문"', "c"),
    ("'; DROP TABLE articles --", ""),
    ("메타*", "a"),
    ("메타 OR tram", "ab"),
    ("(메타 OR tram) harbour", "b"),
    ("메타 AND (트램 OR 저커버그)", "a"),
    ("커버 NOT 메타", "c"),
    ("커버 NOT 메타 OR tram", "cb"),
    ("커버 AND NOT (메타 OR tram)", "c"),
    ("NOT 메타 커버", "c"),
    ("tram NOT harb", "b"),
    ("커버 NOT harbour", "ca"),
    ('"커버 사진"', "c"),
    ('"사진 커버"', ""),
    ('"tram line"', "b"),
    ('"line tram"', ""),
    ('메타 OR "tram line"', "ab"),
    ("메타 OR …", "a"),
    ("(메타)", "a"),
    ("f(x)", ""),
    ("(주)한별 OR 메타", "a"),
    ("(tram OR (주)한별)", "b"),
]


def test_queries(found) -> None:
    wrong = {words: got for words, hosts in ANSWERS if (got := "".join(sorted(found(words)))) != "".join(sorted(hosts))}
    assert wrong == {}


def test_a_letter_of_han_is_found_within_a_run(store: Store) -> None:
    told = "市は二十日、駅前の古い倉庫を市民図書館に建て替える計画を明らかにした。総工費は32億円で、来年4月に着工する。"
    store.articles.save([record(text=told, title="図書館", language="ja")], None)
    for words, count in (("市", 1), ("倉", 1), ("倉 市", 1), ("橋", 0), ("図書館 -倉", 0), ("橋 OR 倉", 1)):
        assert len(store.search.find(words, limit=10)) == count, words
    [hit] = store.search.find("倉", limit=10)
    assert [hit.snippet[start:end] for start, end in hit.marks] == ["倉"]


def test_a_site_is_found_at_any_port(store: Store) -> None:
    urls = ["http://127.0.0.12:44443/1", "http://127.0.0.12/2", "http://a.example.com:8080/3", "http://[::1]:80/4"]
    store.articles.save([record(url, text=f"{n} {LONG}") for n, url in enumerate(urls, 1)], None)
    for words, expected in (
        ("site:127.0.0.12", "12"),
        ("site:127.0.0.12:44443", "1"),
        ("site:27.0.0.12", ""),
        ("site:127.0.0.1", ""),
        ("site:example.com", "3"),
        ("site:a.example.com:8080", "3"),
        ("site:a.example.com:80", ""),
        ("site:[::1]", "4"),
        ("-site:127.0.0.12", "34"),
    ):
        assert "".join(sorted(hit.row.url[-1] for hit in store.search.find(words))) == expected, words


def test_the_headline_counts_most(found) -> None:
    assert found("커버")[0] == "c"


def test_conditions(found) -> None:
    assert found("메타", source="daily", lang="ko") == ["a"]
    assert found("메타", lang="en") == []
    assert found("메타", source="wire") == []
    assert found("메타", since=NOON) == []


def test_nothing_to_look_for(store: Store) -> None:
    for words in ("", "  ", "… !", '"', "-"):
        with pytest.raises(BadQuery, match="no letter or digit"):
            store.search.find(words)
        with pytest.raises(BadQuery):
            list(store.articles.rows(ArticleFilter(words=words)))


def test_a_query_that_cannot_be_read_is_told_why(store: Store) -> None:
    with pytest.raises(BadQuery, match="a word is missing after AND"):
        store.search.find('"메타" AND')


def test_marks_stand_on_the_words(store: Store) -> None:
    text = "앞에 긴 문장이 있다. " * 30 + "여기서 저커버그가 말했다. " + "뒤에도 문장이 있다. " * 30
    store.articles.save([record(text=text)], None)
    (hit,) = store.search.find("저커버그")
    assert len(hit.snippet) < 200
    assert "\n" not in hit.snippet
    assert [hit.snippet[start:end] for start, end in hit.marks] == ["저커버그"]
    assert hit.snippet.startswith("… ")
    assert hit.snippet.endswith(" …")


def test_newer_comes_first_among_equals(store_url: str) -> None:
    with open_store(store_url, now=lambda: NOON) as store:
        for day in (3, 1, 2):
            store.articles.save(
                [
                    record(
                        f"https://{day}.example.com/1", text=f"{LONG} {day}", published=NOON - timedelta(days=day * 20)
                    )
                ],
                None,
            )
        assert [hit.row.url[8] for hit in store.search.find("메타")] == ["1", "2", "3"]


def test_finds_what_an_article_says_now(store: Store) -> None:
    store.articles.save([record(text=LONG[:90], basis=Basis.LISTING, truncated=True)], None)
    assert store.search.find("반도체") == []
    store.articles.save([later(record())], None)
    assert len(store.search.find("반도체")) == 1
    store.articles.save([later(record(text=ENGLISH, title="Tram"), 2)], None)
    assert store.search.find("반도체") == []
    assert store.search.find("메타") == []
    assert len(store.search.find("harbour")) == 1
    assert store.check() == []


def test_takes_the_limit(store: Store) -> None:
    store.articles.save(many(30), None)
    assert len(store.search.find("메타", limit=7)) == 7
    assert len(store.search.find("기사")) == 20
    assert len(store.search.find("메타", limit=500)) == 30


def test_candidates_that_do_not_hold_the_word_do_not_hide_those_that_do(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.search.RANKED", 2)
    store.articles.save([record("https://a.example.com/1", published=NOON - timedelta(days=900))], None)
    false = [
        record(f"https://b.example.com/{n}", text=f"버그 커버 저커 사진 {n}번이다. " * 20, title="사진")
        for n in range(9)
    ]
    store.articles.save(false, None)
    assert [hit.row.url for hit in store.search.find("저커버그", limit=1)] == ["https://a.example.com/1"]


def test_a_huge_text_is_indexed(store: Store) -> None:
    text = " ".join(f"단어{n}이다" for n in range(60_000))
    store.articles.save([record(text=text)], None)
    assert len(store.search.find("단어7이다")) == 1


def test_a_name_that_was_never_there_is_pointed_at(store: Store) -> None:
    store.sources.add(Source(name="daily", url="https://daily.example.com/"))
    store.topics.add(Topic(name="저커버그"))
    store.articles.save([record(topics=("저커버그",))], "wire")
    assert len(store.search.find("topic:저커버그 source:wire")) == 1
    assert store.search.find("topic:저커버그 source:daily") == []
    for typed, said, at in (
        ("메타 source:dayly", "no source 'dayly' (did you mean 'daily'?); see `presswatch source list`", 10),
        ("메타 OR -topic:저커버거", "no topic '저커버거' (did you mean '저커버그'?)", 13),
    ):
        for ask in (store.search.find, lambda words: list(store.articles.rows(ArticleFilter(words=words)))):
            with pytest.raises(BadQuery) as caught:
                ask(typed)
            assert said in str(caught.value)
            assert caught.value.at == at


def test_an_export_takes_what_a_search_finds(found, store: Store) -> None:
    for words in ("메타", "-lang:en", "tram OR (lang:ko 메타)", "harb* -author:x", "after:2026-11-20"):
        hits = found(words)
        assert hits
        rows = [row.url[8] for row in store.articles.rows(ArticleFilter(words=words, zone="Asia/Seoul"))]
        assert sorted(hits) == sorted(rows)
        assert store.articles.count(ArticleFilter(words=words, zone="Asia/Seoul")) == len(hits)


def test_accents_are_found_and_marked(store: Store) -> None:
    store.articles.save([record(text=f"{ENGLISH} The café “Zuckerberg’s” opens.", title="Tram")], None)
    (hit,) = store.search.find("CAFE zuckerberg harb*")
    text = hit.row.text
    assert [text[a:b] for word in ("cafe", "zuckerberg") for a, b in hit_spans(text, word)] == ["café", "Zuckerberg"]
    assert {hit.snippet[a:b] for a, b in hit.marks} <= {"café", "Zuckerberg", "harbour"}


def test_how_much_there_is_is_told_as_far_as_it_is_known(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.candidates.MOST", 6)
    monkeypatch.setattr("storage.candidates.IN_SIZE", 3)
    monkeypatch.setattr("storage.search.RANKED", 4)
    articles = [
        record(f"https://a.example.com/{n}", text=f"{ENGLISH} Number {n}.", title=f"Tram {n}", language="en")
        for n in range(10)
    ]
    store.articles.save(articles, None)

    def told(words: str, limit: int) -> tuple[int, int, bool, int]:
        answer = store.search.answer(words, limit=limit)
        return len(answer.hits), answer.found, answer.more, answer.looked_at

    assert told("harbour", 2) == (2, 6, True, 6)  # the index vouches for the six that were not read
    assert told('"old harbour"', 2)[:3] == (2, 4, True)  # of four that were read
    assert told("harbour", 20) == (10, 10, False, 10)
    assert told("zebra", 20) == (0, 0, False, 0)


def test_fts5_keeps_how_it_gathers_and_merges(sqlite_url: str) -> None:
    for url in ("https://a.example.com/1", "https://a.example.com/2"):
        with open_store(sqlite_url) as store:
            store.articles.save([record(url, text=f"{LONG} {url}")], None)
            with store._database.read() as connection:
                held = connection.exec_driver_sql("SELECT k, v FROM search_index_0_config ORDER BY k").all()
            assert [tuple(row) for row in held] == [("automerge", 8), ("hashsize", 8 << 20), ("version", 4)]
            assert len(store.search.find("저커버그")) == 1 + (url[-1] == "2")


def test_an_article_that_goes_back_to_an_earlier_text_is_found_by_that(store: Store) -> None:
    url = "https://paper.example.com/back"
    for text in (LONG, ENGLISH, LONG):
        store.articles.save([record(url, text=text, title="제목")], "daily")
    assert len(store.search.find("저커버그")) == 1
    assert store.search.find("council") == []
    assert store.check() == []


def test_what_a_bounded_search_did_not_look_at_a_thorough_one_does(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, bound in (("search.READ", 6), ("search.RANKED", 2), ("candidates.MOST", 4), ("candidates.IN_SIZE", 3)):
        monkeypatch.setattr(f"storage.{name}", bound)
    old = record("https://a.example.com/old", text=f"{ENGLISH} An old tram harbour.", title=None, language="en")
    store.articles.save([old], None)
    apart = [
        record(f"https://a.example.com/{n}", text=f"{ENGLISH} Number {n}.", title=None, language="en")
        for n in range(30)
    ]
    store.articles.save(apart, None)
    quick = store.search.answer('"tram harbour"', limit=1)
    assert (quick.hits, quick.more) == ((), True)
    assert 6 <= quick.looked_at < 31
    deep = store.search.answer('"tram harbour"', limit=1, thorough=True)
    assert [hit.row.url for hit in deep.hits] == [old.url]
    assert not deep.more


def test_a_walk_past_what_does_not_hold_ends_and_says_so(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, bound in (("WALKED", 9), ("IN_SIZE", 3), ("FEW", 4), ("PROBED", 3), ("HELD", 5)):
        monkeypatch.setattr(f"storage.candidates.{name}", bound)
    store.articles.save([record("https://old.example.com/1", text=f"{ENGLISH} Old.", language="en")], None)
    for n in range(30):
        store.articles.save([record(f"https://a.example.com/{n}", text=f"{ENGLISH} {n}.", language="en")], None)
    words = "harbour -site:a.example.com"
    answer = store.search.answer(words)
    assert (answer.hits, answer.more, answer.looked_at) == ((), True, 9)
    deep = store.search.answer(words, thorough=True)
    assert [hit.row.url for hit in deep.hits] == ["https://old.example.com/1"]
    assert not deep.more


def test_a_refused_word_is_left_out_by_the_index(found, store: Store) -> None:
    for words, expected in (
        ("커버 -메타", "c"),
        ("tram -harbour", ""),
        ("tram -(harbour 메타)", "b"),
        ("site:example.com -tram", "ac"),
    ):
        assert "".join(sorted(found(words))) == expected, words
    query = read_query("tram -harbour", now=NOON, zone="UTC")
    assert sought(query.root) == Without(Token("tram"), Token("harbour"))
    for words in ("tram -harb*", "tram -저커버그", "tram -lang:en", "tram -(harbour lang:en)"):
        assert sought(read_query(words, now=NOON, zone="UTC").root) == Token("tram"), words


def test_a_beginning_beside_a_rare_word_is_looked_for_in_the_texts(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.articles.save(
        [
            record(f"https://a.example.com/{n}", text=f"{ENGLISH} {n} {'zebra' * (n % 3 == 0)}.", language="en")
            for n in range(9)
        ],
        None,
    )
    before = store.search.answer("zebra harb*")
    assert {hit.row.url[-1] for hit in before.hits} == {"0", "3", "6"}
    assert (before.found, before.more) == (3, False)
    assert store.search.answer("zebra quay*").hits == ()
    monkeypatch.setattr("storage.candidates.MOST", 2)
    after = store.search.answer("zebra harb*")
    assert [hit.row.id for hit in after.hits] == [hit.row.id for hit in before.hits]
