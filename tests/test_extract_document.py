"""Bytes to text to tree: charsets by evidence, and pages that want to hurt the parser."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extract.charset import decode
from crawler.extract.document import MAX_ATTRIBUTES, MAX_CHARS, MAX_DEPTH, MAX_OPTIONS, defused, parse_document
from crawler.extract.jsonld import MAX_OBJECTS, parse_jsonld
from crawler.items import Page


def document(body, content_type="text/html", url="https://news.example.com/a/b.html"):
    if isinstance(body, str):
        body = body.encode()
    headers = {"content-type": content_type} if content_type else {}
    return parse_document(
        Page(
            url=url, final_url=url, status=200, headers=headers, body=body, fetched_at=datetime(2025, 1, 1, tzinfo=UTC)
        )
    )


KOREAN = "똠방각하가 돌아왔다. 펲시콜라와 함께 무대에 올랐다."


@pytest.mark.parametrize(
    ("body", "content_type", "text", "charset"),
    [
        ("가나다".encode(), "text/html; charset=euc-kr", "가나다", "utf-8"),
        ("\ufeff가나다".encode(), None, "가나다", "utf-8"),
        ("가나다".encode("utf-16"), None, "가나다", "utf-16-le"),
        ("<p>plain ascii text</p>".encode("utf-16-be"), None, "<p>plain ascii text</p>", "utf-16-be"),
        (KOREAN.encode("cp949"), "text/html; charset=EUC-KR", KOREAN, "cp949"),
        (
            b"<meta charset='ks_c_5601-1987'>" + KOREAN.encode("cp949"),
            None,
            f"<meta charset='ks_c_5601-1987'>{KOREAN}",
            "cp949",
        ),
        (b"<?xml version='1.0' encoding='euc-kr'?>" + KOREAN.encode("cp949"), None, None, "cp949"),
        ("日本語のテキスト".encode("shift_jis"), "text/html; charset=Shift_JIS", "日本語のテキスト", "cp932"),
        ("日本語".encode("iso2022_jp"), "text/html; charset=iso-2022-jp", "日本語", "iso2022_jp"),
        ("naïve café".encode("latin-1"), "text/html; charset=iso-8859-1", "naïve café", "cp1252"),
        ("“quoted”".encode("cp1252"), "text/html; charset=iso-8859-1", "“quoted”", "cp1252"),
        (("한글 " * 60).encode() + b"\xed\x95", "text/html; charset=utf-8", "한글 " * 60 + "\ufffd", "utf-8"),
        (b"harmless", "text/html; charset=punycode", "harmless", "utf-8"),
    ],
)
def test_decode(body, content_type, text, charset):
    got, used = decode(body, content_type)
    assert used == charset
    if text is not None:
        assert got == text


def test_korean_without_a_label_is_found_by_statistics():
    text = "정부는 내년 예산을 줄이기로 했다. 국회는 다음 달부터 심사에 들어간다. " * 10
    assert decode(text.encode("cp949"), None) == (text, "cp949")


@pytest.mark.parametrize(
    ("codec", "sentence"),
    [
        ("shift_jis", "関東の高崎市で新しい路面電車が開業し、初日はおよそ四千人が利用した。"),
        ("euc_jp", "市長は記者会見で「まちの中心部を歩いて楽しめるようにしたい」と述べた。"),
        ("cp874", "จังหวัดน่านเปิดสะพานใหม่เมื่อวันอังคาร หลังใช้เวลาก่อสร้างสามปี"),
        ("gbk", "苏州市新图书馆于星期二正式开馆，首日接待读者四千多人次。"),
        ("big5", "臺北市立圖書館新館週二正式開館，首日接待讀者四千多人次。"),
    ],
)
@pytest.mark.parametrize("broken", [b"", b" " * 70_000 + b"\xff"])
def test_other_scripts_without_a_label_are_found_by_statistics(codec, sentence, broken):
    text = f"<html><head><title>{sentence}</title></head><body>{f'<p>{sentence}</p>' * 12}"
    read, _ = decode(text.encode(codec) + broken + b"</body></html>", None)
    assert read.startswith(text)


@pytest.mark.parametrize(
    ("language", "codec", "sentence"),
    [
        ("es", "cp1252", "El niño comió en la montaña mañana según la versión más reciente de la acción."),
        ("sv", "cp1252", "Båten går över sjön på måndag är det sagt, även för äldre."),
        ("pt-BR", "latin_1", "A reunião não está na câmara, mas as ações são amanhã."),
        ("tr", "cp1254", "Şimdi İstanbul'da çok güzel bir gün, ağaç gölgesi."),
        ("pl", "iso8859_2", "Zażółć gęślą jaźń, mówił łódzki burmistrz w środę."),
        ("pl", "cp1250", "Zażółć gęślą jaźń, mówił łódzki burmistrz w środę."),
        ("de", "cp1252", "„Die Bürger“ haben sich mit großer Mehrheit für die Fähre entschieden."),
        ("ru", "cp1251", "Жители города проголосовали за новый мост через реку."),
    ],
)
def test_latin_letters_without_a_label_are_those_of_the_language_declared(language, codec, sentence):
    text = f'<html lang="{language}"><body><p>{sentence}</p></body></html>'
    assert decode(text.encode(codec), None)[0] == text


@given(st.binary(max_size=300), st.sampled_from([None, "text/html; charset=euc-kr", "text/html; charset=hex"]))
def test_decode_never_fails(body, content_type):
    text, charset = decode(body, content_type)
    assert isinstance(text, str)
    assert charset


def test_metas_links_and_base():
    page = document(
        '<html lang="KO"><head><base href="/deep/"><title> A  title </title><meta property="og:title" content="T">'
        '<meta name="Author" content="X"><meta name="author" content="Y"><meta name="empty" content="">'
        '<link rel="canonical" href="c.html"><link rel="alternate stylesheet" href="s.css"></head><body>x</body></html>'
    )
    assert page.metas == {"og:title": ["T"], "author": ["X", "Y"]}
    assert page.meta("missing", "og:title") == "T"
    assert page.link("canonical") == "https://news.example.com/deep/c.html"
    assert page.link("stylesheet") is None
    assert page.title_tag == "A title"
    assert page.lang_attribute == "ko"
    assert page.absolute("javascript:alert(1)") is None
    assert page.absolute("http://[bad") is None


def test_noscript_in_the_head_keeps_later_metas_in_the_head():
    page = document('<head><noscript><img src="x"></noscript><meta name="a" content="b"></head><body><p>t</p>')
    assert page.head.css_first("meta") is not None


def test_nul_bytes_and_lone_surrogates():
    assert "text" in document(b"<p>te\x00xt</p><p>text</p>").body.text()
    assert decode("\ud800".encode("utf-8", "surrogatepass"), None)[0]


BOMBS = {
    "nested": lambda n: "<div>" * n + "text" + "</div>" * n,
    "attributes": lambda n: "<p " + " ".join(f"a{i}=1" for i in range(n)) + ">text</p>",
    "quoted attributes": lambda n: "<p " + " ".join(f'a{i}="<>"' for i in range(n)) + ">text</p>",
    "open tags": lambda n: "<div " * n,
    "open brackets": lambda n: "<" * n,
    "open comments": lambda n: "<!--" * n,
    "quotes": lambda n: '<a "' * n,
    "sections": lambda n: "<section a='>'>" * n,
    "lists": lambda n: "<ul><li>" * n,
    "formatting": lambda n: "<p><b>" * n,
}


@pytest.mark.parametrize("name", BOMBS)
def test_time_grows_with_the_page_and_not_with_its_square(name):
    def seconds(n):
        body = BOMBS[name](n).encode()
        start = time.process_time()
        document(body)
        return time.process_time() - start

    seconds(2_000)
    small, large = min(seconds(15_000) for _ in range(2)), seconds(60_000)
    # Four times the page; quadratic growth would be sixteen times. Small times are mostly noise.
    assert large < 9 * max(small, 0.03)


def test_depth_is_flattened_and_text_kept():
    page = document("<div>" * 100_000 + "the text" + "</div>" * 100_000)
    assert "the text" in page.body.text()


def test_ordinary_pages_pass_unchanged():
    text = "<html><body>" + "<div class='a'><p>x &lt; y</p></div>" * 500 + "</body></html>"
    assert defused(text) is text
    assert MAX_DEPTH > 500


@pytest.mark.parametrize(("tags", "attributes"), [(3, 5_000), (400, 900), (1_500, 250)])
@pytest.mark.parametrize("legacy", [False, True])
def test_attributes_of_many_tags_are_bounded(tags, attributes, legacy):
    tag = "<p class=kept " + " ".join(f"a{number}=1" for number in range(attributes)) + ">"
    html = f"<body>{tag * tags}<p class=last>" + "é" * legacy
    read = document(html.encode("cp1252") if legacy else html)
    found = [node.attributes for node in read.tree.css("p")]
    assert len(found) == tags + 1
    assert found[-1]["class"] == "last"
    assert all(0 < len(one) <= MAX_ATTRIBUTES and one["class"] in ("kept", "last") for one in found)


@pytest.mark.parametrize(("tags", "attributes"), [(3, 8_000), (400, 900), (3_000, 250)])
@pytest.mark.parametrize("legacy", [False, True])
def test_what_only_seems_a_script_hides_no_monstrous_tags(tags, attributes, legacy):
    tag = "<p class=kept " + " ".join(f"a{number}=1" for number in range(attributes)) + ">"
    html = f"<body title='<script>'>{tag * tags}" + "é" * legacy
    read = document(html.encode("cp1252") if legacy else html)
    found = [node.attributes for node in read.tree.css("p")]
    assert len(found) == tags
    assert all(0 < len(one) <= MAX_ATTRIBUTES for one in found)


def test_comparisons_in_a_script_leave_the_page_alone():
    loop = "for(i=0;i<a.length;i++){" + ";".join(f"v{number}=a[i]&&w" for number in range(2_000)) + "}"
    text = f"<head><script>{loop}</script></head><body><p>text</p></body>"
    assert defused(text) is text
    assert document(text).scripts[0][1] == loop


@pytest.mark.parametrize("tag", ["<option>", "<OPTION value=1>", "<oPtion\n>"])
def test_options_are_bounded_however_they_are_written(tag):
    read = document(f"<select>{tag * (3 * MAX_OPTIONS)}</select><p>text</p>")
    assert len(read.tree.css("option")) <= 2 * MAX_OPTIONS
    assert "text" in read.body.text()


@pytest.mark.parametrize("filler", ["a", "é", "가", "\U0001f600"])
@pytest.mark.parametrize("before", [16_380, 16_383, 16_384, 32_767])
def test_a_letter_across_the_border_of_two_pieces_is_read(filler, before):
    text = "<p>" + "x" * before + filler * 5 + "y" * 40_000 + filler
    read = document(text)
    assert read.charset == "utf-8"
    assert read.body.text() == text[3:]


def test_one_long_attribute_is_no_bomb():
    text = f'<div data-state="{"x" * 60_000}"><p>text</p></div>'
    assert defused(text) == text


def test_long_pages_are_cut():
    page = document("<p>" + "x" * (MAX_CHARS + 1_000))
    assert page.cut
    assert len(page.body.text()) <= MAX_CHARS


@pytest.mark.parametrize(
    "block",
    [
        '{"headline": "H"}',
        '/* comment */ {"headline": "H", // why\n}',
        '<!-- {"headline": "H"} -->',
        '//<![CDATA[\n{"headline": "H"}\n//]]>',
        '{"headline": "H",,}',
        "{&quot;headline&quot;: &quot;H&quot;}",
        '{"headline": "H"}}',
        '{"url": "http://x/a,]b", "headline": "H", "text": "raw\nnewline\tand tab"}',
        '{"headline": "H", "path": "C:\\dir"}',
        '[{"headline": "H"},]',
        '{"@graph": [{"headline": "H"}]}',
        '{"headline": "H"};',
    ],
)
def test_broken_jsonld_is_read(block):
    assert any(item.get("headline") == "H" for item in parse_jsonld([block]))


@pytest.mark.parametrize("block", ["", "null", "{", "[" * 100_000, '{"a":' * 50_000, '"text"', "{]", "]}", "\x00{"])
def test_hopeless_jsonld_is_nothing(block):
    assert parse_jsonld([block]) == []


def test_jsonld_objects_are_bounded_and_in_order():
    found = parse_jsonld(['[{"n": 1}, {"n": 2}]', '{"n": 3}'])
    assert [item["n"] for item in found] == [1, 2, 3]
    assert len(parse_jsonld(["[" + ",".join(["{}"] * 2_000) + "]"] * 3)) <= MAX_OBJECTS


@settings(max_examples=60)
@given(st.text(alphabet='{}[]",:/*\\ <!-aé&;1\n', max_size=120))
def test_jsonld_never_fails(block):
    assert isinstance(parse_jsonld([block]), list)
