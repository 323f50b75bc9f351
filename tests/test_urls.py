import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.urls import MAX_URL, article_id, believed_canonical, normalize_url, publisher, url_key

url_like = st.one_of(
    st.text(max_size=80),
    st.builds(
        "{}://{}{}{}".format,
        st.sampled_from(["http", "https", "HTTP", "ftp", ""]),
        st.text("abwm.:@[]0189-_%한글é/", max_size=20),
        st.text("/.%ab12Fé;=한글 \\", max_size=30),
        st.text("?&=#ab%1é한 +amputm_", max_size=30),
    ),
)


@given(url_like, st.none() | url_like)
def test_any_input_gives_a_stable_url_or_none(url: str, base: str | None) -> None:
    result = normalize_url(url, base)
    if result is not None:
        assert result.startswith(("http://", "https://"))
        assert result.isascii()
        assert len(result) <= MAX_URL
        assert "#" not in result
        assert normalize_url(result) == result


@given(url_like)
def test_keys_and_publishers_exist_for_anything(url: str) -> None:
    key = url_key(url)
    assert len(key) <= MAX_URL
    assert len(article_id(key)) == 32
    assert publisher(url) is not None
    assert believed_canonical(url, url, url) is not None
    normal = normalize_url(url)
    if normal is not None:
        assert url_key("https://" + key) == key


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTPS://WWW.Example.com:443/a/../b/./c?x=1#f", "https://www.example.com/b/c?x=1"),
        ("http://example.com", "http://example.com/"),
        ("http://example.com:8080", "http://example.com:8080/"),
        ("  http://example.com/a\n b ", "http://example.com/a%20b"),
        ("http://뉴스.한국/기사", "http://xn--vg1b002a.xn--3e0b707e/%EA%B8%B0%EC%82%AC"),
        ("http://example.com/%ec%82%bc%7e?q=%2f", "http://example.com/%EC%82%BC~?q=%2F"),
        ("http://example.com/50%", "http://example.com/50%25"),
        ("http://example.com/a/%2e%2e/b", "http://example.com/b"),
        ("http://user:secret@example.com/", "http://example.com/"),
        ("http://example.com\\@evil.example/x", "http://example.com/@evil.example/x"),
        ("http://[2001:DB8::1]:80/x", "http://[2001:db8::1]/x"),
        ("http://example.com./a", "http://example.com/a"),
        ("javascript:alert(1)", None),
        ("mailto:a@example.com", None),
        ("ftp://example.com/", None),
        ("/relative", None),
        ("http:///x", None),
        ("http://a b.com/", None),
        ("http://a..b/", None),
        ("http://example.com:99999/", None),
        ("http://0x7f.1/", None),
        ("http://2130706433/", None),
        ("http://127.1/", None),
        ("http://[::1", None),
        ("http://example.com/" + "a" * MAX_URL, None),
        ("", None),
    ],
)
def test_normal_form(url: str, expected: str | None) -> None:
    assert normalize_url(url) == expected


def test_relative_links_are_resolved_against_the_page() -> None:
    base = "https://blog.example.com/entry/first?page=2"
    assert normalize_url("/108", base) == "https://blog.example.com/108"
    assert normalize_url("//m.example.com/108", base) == "https://m.example.com/108"
    assert normalize_url("?page=3", base) == "https://blog.example.com/entry/first?page=3"
    assert normalize_url("../../a", base) == "https://blog.example.com/a"


VARIANTS = [
    "https://www.paper.co.kr/news/articleView.html?idxno=5",
    "http://paper.co.kr/news/articleView.html?idxno=5#comments",
    "https://m.paper.co.kr/news/articleView.html?idxno=5",
    "https://mobile.paper.co.kr:443/news/articleView.html?idxno=5",
    "https://www.paper.co.kr/news/articleViewAmp.html?idxno=5",
    "https://www.paper.co.kr/news/articleView.html?utm_source=rss&idxno=5&utm_medium=feed",
    "https://www.paper.co.kr/news/articleView.html?idxno=5&fbclid=IwAR0abc&ref=main",
    "https://www.paper.co.kr/news/articleView.html;jsessionid=0A1B2C3D?idxno=5",
    "https://www.paper.co.kr/news/articleView.html?PHPSESSID=0a1b2c&idxno=5",
    "https://www.paper.co.kr//news/articleView.html/?idxno=5&sid=0a1b2c3d4e5f6071",
    "https://www.paper.co.kr/news/articleView.html?idxno=5&amp=1",
    "https://www-paper-co-kr.cdn.ampproject.org/c/s/www.paper.co.kr/news/articleView.html?idxno=5",
]


@pytest.mark.parametrize("url", VARIANTS)
def test_variants_of_one_article_share_a_key(url: str) -> None:
    assert url_key(url) == "paper.co.kr/news/articleView.html?idxno=5"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.com/a/amp/", "https://amp.example.com/a"),
        ("https://example.com/a.amp.html", "https://example.com/a.html"),
        ("https://example.com/amp/2024/a", "https://example.com/2024/a/"),
        ("https://example.com/a/index.html", "https://example.com/a"),
        ("https://example.com/a?outputType=amp", "https://example.com/a"),
        ("https://example.com/a?b=2&a=1", "https://example.com/a?a=1&b=2"),
        ("https://n.news.naver.com/mnews/article/001/0012?sid=105", "https://n.news.naver.com/article/001/0012"),
        ("https://someone.tistory.com/m/108", "https://someone.tistory.com/108"),
        ("https://example.com/기사", "https://example.com/%ea%b8%b0%ec%82%ac"),
    ],
)
def test_equal_identity(one: str, other: str) -> None:
    assert url_key(one) == url_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.com/view?idxno=5", "https://example.com/view?idxno=6"),
        ("https://example.com/?p=12", "https://example.com/?p=13"),
        ("https://example.com/view?oid=001&aid=5", "https://example.com/view?oid=002&aid=5"),
        ("https://example.com/view?ref=20240101", "https://example.com/view?ref=20240102"),
        ("https://example.com/view?sid=101", "https://example.com/view?sid=102"),
        ("https://example.com/camp", "https://example.com/c"),
        ("https://m.com/a", "https://com/a"),
        ("http://127.0.0.1:8001/a", "http://127.0.0.1:8002/a"),
        ("https://one.tistory.com/108", "https://two.tistory.com/108"),
        ("https://news.example.com/a", "https://sports.example.com/a"),
    ],
)
def test_different_identity(one: str, other: str) -> None:
    assert url_key(one) != url_key(other)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://magazine.hankyung.com/a", "hankyung.com"),
        ("https://www.bbc.co.uk/news", "bbc.co.uk"),
        ("https://someone.tistory.com/1", "someone.tistory.com"),
        ("https://someone.github.io/1", "someone.github.io"),
        ("https://news.outlet.test/1", "outlet.test"),
        ("http://127.0.0.2:8000/1", "127.0.0.2:8000"),
        ("http://127.0.0.2/1", "127.0.0.2:80"),
        ("http://localhost:9000/", "localhost:9000"),
        ("http://[::1]:9000/", "[::1]:9000"),
        ("https://co.kr/", "co.kr"),
    ],
)
def test_publisher(url: str, expected: str) -> None:
    assert publisher(url) == expected


@pytest.mark.parametrize(
    ("final", "canonical", "expected"),
    [
        (
            "https://m.p.kr/view?idxno=12&utm_source=x",
            "https://www.p.kr/view?idxno=12",
            "https://www.p.kr/view?idxno=12",
        ),
        ("https://p.kr/news/123", "/news/123?ref=a", "https://p.kr/news/123?ref=a"),
        ("https://p.kr/news/123/my-own-slug-here", "https://p.kr/news/123", "https://p.kr/news/123"),
        ("https://p.kr/news/123", None, "https://p.kr/news/123"),
        ("https://p.kr/news/123", "not a url at all:", "https://p.kr/news/not%20a%20url%20at%20all:"),
        ("https://p.kr/news/123", "https://other.kr/news/123", "https://p.kr/news/123"),
        ("https://p.kr/news/123", "https://www.p.kr/", "https://p.kr/news/123"),
        ("https://p.kr/news/123", "https://p.kr/news", "https://p.kr/news/123"),
        ("https://p.kr/view.html?idxno=12", "https://p.kr/view.html", "https://p.kr/view.html?idxno=12"),
        ("https://one.tistory.com/12", "https://two.tistory.com/12", "https://one.tistory.com/12"),
        ("http://127.0.0.1:8000/a/123", "http://127.0.0.2:8000/a/123", "http://127.0.0.1:8000/a/123"),
        (
            "https://n.news.naver.com/article/001/12",
            "https://www.yna.co.kr/view/AKR12",
            "https://n.news.naver.com/article/001/12",
        ),
    ],
)
def test_canonical_is_believed_only_where_it_can_be_true(final: str, canonical: str | None, expected: str) -> None:
    assert believed_canonical("https://asked.example/", final, canonical) == expected


def test_hostile_urls_are_judged_quickly() -> None:
    started = time.process_time()
    for url in [
        "http://" + "a." * 4000,
        "http://a.com/" + "../" * 2000,
        "https://a.com/?" + "&a=1" * 2000,
        "https://" + "a-" * 900 + "/",
        "http://a.com/" + "a/" * 1000 + "%",
    ]:
        normalize_url(url)
        url_key(url)
        publisher(url)
    assert time.process_time() - started < 0.5


def test_a_foreign_slug_is_escaped_alike_with_and_without_something_else_to_mend() -> None:
    wanted = "https://blog.example.kr/entry/%EA%B0%80%EB%82%98-1?q=%EB%8B%A4"
    assert normalize_url("https://blog.example.kr/entry/가나-1?q=다") == wanted
    assert normalize_url(" https://blog.example.kr:443/entry/./가나-1?q=다#top ") == wanted
    assert normalize_url("https://blog.example.kr/entry/가\ud800") == "https://blog.example.kr/entry/%EA%B0%80%3F"
