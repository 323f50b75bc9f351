import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.text import clean_text, detect_language, hit_spans, query_terms, search_tokens
from crawler.text.clean import is_plain
from crawler.text.tokens import MAX_TOKEN, finder, folded, hit_count, in_row, may_stand, parts_of, query_choices


def found(query: str, text: str) -> bool:
    """As the store does it: every token of every typed word must be among the text's, and one of each choice."""
    tokens = set(search_tokens(text).split())
    terms = query_terms(query)
    chosen = all(not tokens.isdisjoint(choice) for choice in query_choices(query))
    return bool(terms) and chosen and all(set(term) <= tokens for term in terms)


@given(st.text())
def test_clean_text_is_stable_and_clean(s: str) -> None:
    cleaned = clean_text(s)
    assert clean_text(cleaned) == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    assert "\u200b" not in cleaned
    assert "\r" not in cleaned
    assert "  " not in cleaned
    assert "\n\n" not in cleaned
    cleaned.encode("utf-8")


def test_clean_text_keeps_paragraphs_and_folds_blanks() -> None:
    assert clean_text(" a\u200bb\u00a0 c\r\n\r\n d\x00\u00ad\u3000e \n") == "ab c\nd e"
    assert clean_text(unicodedata.normalize("NFD", "저커버그")) == "저커버그"
    assert clean_text("one\u2028two\x0bthree") == "one\ntwo\nthree"


def test_joiners_stay_where_they_spell_words() -> None:
    assert clean_text("می\u200cخواهم") == "می\u200cخواهم"
    assert clean_text("zero\u200cwidth") == "zerowidth"
    assert clean_text("👩\u200d💻") == "👩\u200d💻"


@given(st.text())
def test_tokens_are_letters_digits_and_marks_only(s: str) -> None:
    for token in search_tokens(s).split(" "):
        assert len(token) <= MAX_TOKEN
        assert all(unicodedata.category(c)[0] in "LNM" for c in token)


@given(st.text())
def test_a_text_is_found_by_what_it_says(s: str) -> None:
    tokens = set(search_tokens(s).split())
    for term in query_terms(s):
        assert all(len(token) <= MAX_TOKEN for token in term)
    words = [word for word in s.split() if query_terms(word)]
    if len(s) < 1000 and "'" not in s and "’" not in s:
        for word in words:
            assert set(query_terms(word)[0]) <= tokens
            assert all(not tokens.isdisjoint(choice) for choice in query_choices(word))


@given(st.lists(st.text("가나다라마바사아", min_size=2, max_size=4), min_size=1, max_size=6))
def test_a_word_is_found_however_it_is_spaced(parts: list[str]) -> None:
    assert found("".join(parts), f"앞 {' '.join(parts)} 뒤")
    assert hit_spans(f"앞 {' '.join(parts)} 뒤", "".join(parts))


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("메타", "메타가 스레드를 출시했다"),
        ("저커버그", "마크 저커버그가 말했다"),
        ("저커버그", "저커버그·젠슨 황 외투 교환"),
        ("삼성전자", "삼성 전자 주가"),
        ("삼성 전자", "삼성전자 주가"),
        ("스마트안경", "새 스마트 안경을 쓴다"),
        ("삼성바이오로직스", "삼성 바이오 로직스의 공장"),
        ("황", "젠슨 황 엔비디아 CEO"),
        ("SK하이닉스", "sk하이닉스는 3일"),
        ("zuckerberg", "ZUCKERBERG’s net worth"),
        ("Zuckerberg's", "Zuckerberg said"),
        ("cafe", "un café noir"),
        ("istanbul", "İSTANBUL ve İzmir"),
        ("İzmir", "izmir"),
        ("café", "un cafe noir"),
        ("1.5%", "금리를 1.5% 올렸다"),
        ("हिन्दी", "हिन्दी में समाचार"),
        ("東京", "東京都で"),
        ("ﾒﾀ", "メタが発表"),
        ("ＡＩ", "AI 반도체"),
    ],
)
def test_found(query: str, text: str) -> None:
    assert found(query, text)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("메타", "인메모리 타일"),
        ("이자", "그는 이 자리에서"),
        ("meta", "metal detectors"),
        ("가나", "가 나"),
        ("!!", "!!"),
    ],
)
def test_not_found(query: str, text: str) -> None:
    assert not found(query, text)


def test_hits_are_told_with_their_place() -> None:
    text = "삼성 전자와 삼성전자, U.S. and Zuckerberg’s"
    assert [text[a:b] for a, b in hit_spans(text, "삼성전자")] == ["삼성 전자", "삼성전자"]
    assert [text[a:b] for a, b in hit_spans(text, "zuckerberg's")] == ["Zuckerberg"]
    assert hit_spans(text, "uckerberg") == ()
    assert hit_spans(text, "!!") == ()
    assert len(hit_spans("메타 " * 500, "메타", limit=7)) == 7


def test_a_hit_that_begins_within_what_is_none_is_found() -> None:
    assert hit_spans("하나 나나무", "나나", prefix=True) == ((3, 5),)
    assert hit_count("ab b b", "b/b") == 1
    assert hit_spans("ab b b", "b/b") == ((3, 6),)


@pytest.mark.parametrize(
    ("text", "declared", "expected"),
    [
        ("저커버그는 게시물로 선언했다", None, "ko"),
        ("메타(Meta)의 CEO Mark Zuckerberg가 Threads에서 Llama 4를 발표했다", "en", "ko"),
        ("The company said on Friday that it would invest more in data centres this year.", None, "en"),
        ("The company said on Friday that it would invest more in data centres this year.", "ko", "en"),
        ("Die Regierung hat am Freitag mitgeteilt, dass sie nicht mit der Partei sprechen wird.", None, "de"),
        ("Le ministre a dit que les prix ne sont pas encore connus dans cette affaire.", None, "fr"),
        ("El presidente dijo que los precios no han subido desde el año pasado en la ciudad.", None, "es"),
        ("De regering heeft het plan niet aan de kamer voorgelegd en dat is een probleem.", None, "nl"),
        ("Il governo ha detto che non è una questione della città, ma di tutta la nazione.", None, "it"),
        ("Rząd nie powiedział, czy to jest decyzja, która będzie miała wpływ na ceny.", None, "pl"),
        ("Правительство не сообщило, что он будет в этом году, но это было для всех.", None, "ru"),
        ("Уряд не повідомив, що він буде в цьому році, але це було для всіх та про це.", None, "uk"),
        ("東京都は21日、新しい計画を発表した。", None, "ja"),
        ("北京市政府星期五宣布了新的计划。", None, "zh"),
        ("وقال الوزير إن الحكومة لم تقرر بعد هذا الأمر في اجتماع مع الشركة.", None, "ar"),
        ("सरकार ने कहा कि यह योजना इस साल के लिए नहीं है।", None, "hi"),
        ("รัฐบาลประกาศแผนใหม่เมื่อวันศุกร์", None, "th"),
        ("Η κυβέρνηση ανακοίνωσε νέο σχέδιο", None, "el"),
        ("Meta", "en-US", "en"),
        ("Meta", None, None),
        ("메타", "en", "ko"),
        ("12345 !!", "ko", None),
        ("", None, None),
    ],
)
def test_language(text: str, declared: str | None, expected: str | None) -> None:
    assert detect_language(text, declared) == expected


@given(st.text(), st.none() | st.text(max_size=12))
def test_any_text_has_a_language_code_or_none(text: str, declared: str | None) -> None:
    language = detect_language(text, declared)
    assert language is None or (len(language) == 2 and language.isascii())


def test_hostile_texts_are_handled_in_linear_time() -> None:
    started = time.process_time()
    for text in [
        "a" * 200_000,
        " \u200b" * 100_000,
        "\n " * 100_000,
        "가" * 200_000,
        "'s" * 100_000,
        "\u0301" * 200_000,
    ]:
        clean_text(text)
        search_tokens(text)
        detect_language(text)
        hit_spans(text, "가" * 500)
    assert time.process_time() - started < 5


@given(st.text(st.characters() | st.sampled_from("\u1160\u3164\xa0\u200be\u0301가")))
def test_a_plain_line_is_left_as_it_is(line: str) -> None:
    line = " ".join(line.split(" ")).strip()
    if "  " not in line and is_plain(line):
        assert clean_text(line) == line


signs = st.sampled_from((" ", " ", ".", "’s ", "'s ", "_", "—", "가", "\n", "“", "...  !  ", "İ", "\u0301"))
lettered = st.sampled_from(("a", "b", "ab", "cafe", "café", "CAFÉ", "ａ", "ﬁ", "b\u0302", "x" * 45, "ß"))


@given(
    st.lists(st.tuples(lettered, signs)).map(lambda parts: "".join(map("".join, parts))),
    st.sampled_from(("a b", "cafe", "b ab", "fi", "a", "cafe a b", "ss", "a.b", "b", "x" * 45)),
    st.booleans(),
)
def test_words_may_stand_where_their_tokens_are_neighbours(text: str, words: str, prefix: bool) -> None:
    row = " ".join(parts_of(words))
    if (f" {row}" if prefix else f" {row} ") in f" {search_tokens(text)} ":
        assert may_stand(words, folded(text))
        assert in_row(f"“{text}”", words, prefix=prefix)
    if in_row(text, words, prefix=prefix):
        assert may_stand(words, folded(text))
    assert finder(words, prefix=prefix)(text) == bool(hit_spans(text, words, prefix=prefix))
    assert not may_stand("a b", folded("“a c b”"))
