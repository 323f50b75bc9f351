"""What a person types to find articles: how it is read, what is said of what can't be, and when it is true."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import BadQuery
from crawler.text.query import KEYS, Condition, Either, Every, Node, Query, Word, read_query

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def read(typed: str) -> Query:
    return read_query(typed, now=NOW, zone="Asia/Seoul")


def shape(node: Node) -> object:
    if isinstance(node, Word):
        return f'"{node.text}"' if node.quoted else node.text + "*" * node.prefix
    if isinstance(node, Condition):
        return f"{node.key}:{node.value}"
    if isinstance(node, Either):
        return ("or", *map(shape, node.parts))
    return ("and", *map(shape, node.parts), *(("not", shape(part)) for part in node.without))


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("메타", "메타"),
        ("메타 AI", ("and", "메타", "AI")),
        ("메타 and AI", ("and", "메타", "and", "AI")),
        ("a OR b AND NOT c", ("or", "a", ("and", "b", ("not", "c")))),
        ("(a OR b) c", ("and", ("or", "a", "b"), "c")),
        ("메타 -메타버스", ("and", "메타", ("not", "메타버스"))),
        ('메타 -"가상 현실"', ("and", "메타", ("not", '"가상 현실"'))),
        ("메타 -(a OR b)", ("and", "메타", ("not", ("or", "a", "b")))),
        ("(-a b)", ("and", "b", ("not", "a"))),
        ("((-(a OR b) c))", ("and", "c", ("not", ("or", "a", "b")))),
        ("- 메타 --", "메타"),
        ("well-known", "well-known"),
        ("영하 -5.2", ("and", "영하", "-5.2")),
        ("f(x) (주)한별", ("and", "f(x)", "(주)한별")),
        ("“smart glasses” x", ("and", '"smart glasses"', "x")),
        ('"smart glasses” x', ("and", '"smart glasses"', "x")),
        ('"“4년 안에” 나온다" x', ("and", '"“4년 안에” 나온다"', "x")),
        ("저커버*", "저커버*"),
        ("harb* OR tram", ("or", "harb*", "tram")),
        ("*nix 5*3", ("and", "*nix", "5*3")),
        ("site:paper.example.com", "site:paper.example.com"),
        ("Site:a.b x", ("and", "site:a.b", "x")),
        ('source:"my  paper" x', ("and", "source:my paper", "x")),
        ('-source:"my paper"', ("and", ("not", "source:my paper"))),
        ('(source:"my paper" OR lang:ko) x', ("and", ("or", "source:my paper", "lang:ko"), "x")),
        ("(site:a.b OR site:c.d)", ("or", "site:a.b", "site:c.d")),
        ("NOT site:a.b", ("and", ("not", "site:a.b"))),
        ("site:https://a.b/ site:*.c.d", ("and", "site:a.b", "site:c.d")),
        ("author:김*", "author:김"),
        ("＂메타 안경＂ （a OR «b c»） －d", ("and", '"메타 안경"', ("or", "a", '"b c"'), ("not", "d"))),
        ("저커＊ lang：ko", ("and", "저커*", "lang:ko")),
        ("author:김하늘 topic:저커버그", ("and", "author:김하늘", "topic:저커버그")),
        ("source:paper(2)", "source:paper(2)"),
        ("https://a.b/c", "https://a.b/c"),
        ("note: this 12:30", ("and", "note:", "this", "12:30")),
        ('"note:this" localhost:8080/a', ("and", '"note:this"', "localhost:8080/a")),
        ("mailto:a@b.c 비율은3:2", ("and", "mailto:a@b.c", "비율은3:2")),
        ("lang:KO lang:pt-br", ("and", "lang:KO", "lang:pt-br")),
    ],
)
def test_read(typed: str, expected: object) -> None:
    assert shape(read(typed).root) == expected


def test_times_are_read_in_the_zone() -> None:
    (after, before) = read("after:2026-11-01 before:1d").conditions
    assert after.moment == datetime(2026, 10, 31, 15, tzinfo=UTC)
    assert before.moment == datetime(2026, 11, 19, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "said", "at"),
    [
        ("", "no letter or digit", 0),
        ("… !", "no letter or digit", 0),
        ("메타 AND", "a word is missing after AND", 6),
        ("메타 AND OR x", "a word is missing after AND", 7),
        ("OR 메타", "a word is missing before OR", 0),
        ("(메타 x", "a ( is never closed", 0),
        ("메타 x)", "a ) closes no bracket", 4),
        ('메타 "a b', 'a " is never closed', 3),
        ("메타 OR NOT b", "NOT needs a word", 6),
        ("-메타", "NOT needs a word", 0),
        ("메타 site:", "site: stands alone; it needs a host", 3),
        ('메타 source:"" x', "source: stands alone", 3),
        ("메타 after:2026-13-01", "'2026-13-01' is no time; write 2026-11-01", 9),
        ("메타 sorce:daily", "no condition sorce: (did you mean 'source'?)", 3),
        ("메타 title:안경", "no condition title:; there are site, source, topic", 3),
        ("-foo:bar x", "no condition foo:", 1),
        ("메타 lang:xx", "'xx' is no language; write a code of ISO 639-1", 8),
        ("메타 lang:Korean", "'Korean' is no language", 8),
        ("() 메타", "a word is missing after (", 1),
        ("x a*", "a* begins too many words; give at least 2", 2),
        ("x " + "(" * 30 + "y" + ")" * 30, "more than 20 brackets", 22),
        ("메타 " * 33, "more than 32 words", 32 * 3),
        ("메타 " * 400, "longer than 1,000 characters; leave some out", 1000),
        ("x site:a.example.com/news", "'/news' is no part of a host; write site:a.example.com", 7),
        ("site:a*.example.com", "site: takes a host without *; hosts under it are meant too", 5),
        ("site:https:// x", "site: stands alone", 0),
        ("author:* x", "author: stands alone", 0),
        ("x OR " + "메타 " * 32, "more than 32 words", 5 + 31 * 3),
    ],
)
def test_a_fault_is_named_and_pointed_at(typed: str, said: str, at: int) -> None:
    with pytest.raises(BadQuery) as caught:
        read(typed)
    assert said in str(caught.value)
    assert caught.value.at == at


def holds(typed: str, *places: str, told: dict[str, bool] | None = None) -> bool:
    query = read(typed)
    return query.holds(places, {each: (told or {})[each.key] for each in query.conditions})


@pytest.mark.parametrize(
    ("typed", "text", "expected"),
    [
        ('"“4년 안에"', "메타는 “4년 안에” 안경을 낸다", True),
        ('"“4년 안에"', "메타는 안에 4년", False),
        ("메타 OR x", "메타는 오늘", True),
        ("x OR 저커버그", "저커버그가 말했다", True),
        ("x OR 삼성전자", "삼성 전자는", True),
        ("x OR 스마트안경", "스마트 안경은", True),
        ("x OR 스마트안경", "스 마 트 안 경", False),
        ("x OR zuckerberg", "Zuckerberg’s plan", True),
        ("x OR zuckerberg", "Zuckerbergs", False),
        ("x OR 메타", "인메모리 타일", False),
        ("tram NOT 이자", "tram. 그는 이 자리에서", True),
        ("x OR harb*", "the old harbour", True),
        ("x OR harb*", "rehab harp", False),
        ("x OR 메타*", "메타버스가", True),
        ("x OR 타버*", "메타버스가", False),
        ("x OR 김*", "김하늘 기자", True),
        ("x OR 김*", "손김치", False),
        ('"tram line"', "a tram line", True),
        ('"tram lin"', "a tram line", False),
        ('"cafe noir"', "Café Noir", True),
        ('"line tram"', "a tram line", False),
        ('"tram line"', "a tram. Line one", True),
        ('"커버 사진"', "커버 사진과", True),
    ],
)
def test_true_of_a_text(typed: str, text: str, expected: bool) -> None:
    assert holds(typed, text) is expected


def test_conditions_count_where_the_tree_asks() -> None:
    assert holds("(site:a.b tram) OR bus", "tram", told={"site": True})
    assert not holds("(site:a.b tram) OR bus", "tram", told={"site": False})
    assert holds("tram -site:a.b", "tram", told={"site": False})
    assert not holds("tram -site:a.b", "tram", told={"site": True})


ATOMS = st.sampled_from(
    [
        "메타",
        "AI",
        '"a b"',
        "harb*",
        "(",
        ")",
        "AND",
        "OR",
        "NOT",
        "-",
        '"',
        "site:a.b",
        "after:1d",
        "lang:",
        "…",
        " ",
        ":",
    ]
)


@given(st.one_of(st.text(max_size=60), st.lists(ATOMS, max_size=20).map("".join), st.lists(ATOMS).map(" ".join)))
def test_anything_typed_is_read_or_pointed_at(typed: str) -> None:
    try:
        query = read(typed)
    except BadQuery as caught:
        fault = caught
    else:
        assert isinstance(query.holds(["메타 AI a b harbour"], dict.fromkeys(query.conditions, True)), bool)
        return
    assert fault.subject == typed
    assert 0 <= fault.at <= len(typed)


WORDS = st.sampled_from(["메타", "AI", "안경", "b2", "harb*", '"a b"', "site:a.b", 'author:"김 하늘"'])


def written(node: Node) -> str:
    """A query that reads as the tree, every bracket told."""
    if isinstance(node, Word):
        return f'"{node.text}"' if node.quoted else node.text + "*" * node.prefix
    if isinstance(node, Condition):
        return f'{node.key}:"{node.value}"'
    if isinstance(node, Either):
        return "(" + " OR ".join(map(written, node.parts)) + ")"
    return "(" + " AND ".join([*map(written, node.parts), *(f"NOT {written(part)}" for part in node.without)]) + ")"


TREES = st.recursive(
    WORDS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' OR '.join(parts)})"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]} -{pair[1]})" if pair[1][0] != "(" else pair[0]),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' '.join(parts)})"),
    ),
    max_leaves=8,
)


@given(TREES)
def test_a_tree_written_out_reads_as_itself(typed: str) -> None:
    query = read(typed)
    assert shape(read(written(query.root)).root) == shape(query.root)


@given(st.lists(st.sampled_from(["메타", "안경", "tram", "harbour"]), min_size=1, max_size=4), st.text(max_size=40))
def test_words_of_the_text_are_found_in_it(words: list[str], rest: str) -> None:
    text = " ".join(words)
    assert holds(" ".join(words) + " OR zzz", f"{text} … {rest}")


@pytest.mark.parametrize(
    ("typed", "found", "missed"),
    [
        ("A.I.", "The A.I. boom", "An I and a B"),
        ("a-i", "“A. I.” said he", "a is not i"),
        ("A.I.", "A.I. 반도체 수요", "A급 I호"),
        ("메타/안경", "메타·안경 출시", "안경과 메타"),
        ("메타/안경", "메타… 안경", "메타버스 안경"),
        ("AI/반도체", "AI 반도체", "반도체와 AI"),
        ("rock-'n'-ro*", "a rock’n’roll band", "rock and n roll"),
        ("2,000", "some 2,000 people", "2 of 000"),
        ("don't", "I don’t know", "t-shirts don"),
        ('"메타 안경"', "메타, (안경)", "메타와 안경"),
        ('"smart glasses"', "Smart — ‘glasses’", "glasses smart"),
        ("mayor's-office", "the mayor’s office", "office of the mayor"),
        ("東京/大阪", "東京・大阪間", "大阪と東京"),
    ],
)
def test_signs_part_a_word_alike_in_every_script(typed: str, found: str, missed: str) -> None:
    assert holds(typed, found)
    assert not holds(typed, missed)
    assert holds(f"-zzz {typed}", found)
    assert not holds(f"-zzz {typed}", missed)


@given(
    st.lists(st.sampled_from(["a", "i", "메타", "안경", "u2"]), min_size=2, max_size=4),
    st.lists(st.sampled_from([".", "/", "-", " ", "·", "\n", " — "]), min_size=8, max_size=8),
)
def test_parts_in_a_row_are_found_whatever_the_signs(parts: list[str], signs: list[str]) -> None:
    spaced = "".join(part + sign for part, sign in zip(parts, signs, strict=False))
    assert holds(f'"{"/".join(parts)}"', f"x {spaced} y")


def test_every_key_says_what_it_needs() -> None:
    assert all(what.split("as ")[1].startswith(f"{key}:") for key, what in KEYS.items())
    assert isinstance(read("site:a.b x").root, Every)
