"""HTML fragments of feeds: what they say, and that the quick way through usual tags says the same as the tree."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extract import fragment
from crawler.extract.fragment import read_fragment, title_text

_TEXTS = st.sampled_from(
    ["국회는 ", "The vote ", "a&amp;b ", "&lt;p&gt; ", "1 > 0 ", "\n", "x\xa0y", "e\u0301", "\u200b"]
)
_TREES = st.recursive(
    _TEXTS | st.sampled_from(["<br>", "<br />", '<img src="/a.jpg?x=1&amp;y=2" width="9">', "<!-- more -->"]),
    lambda inner: st.builds(
        lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag.split()[0]}>",
        st.sampled_from(["div", "li", "b", "span style='x'", 'a href="/1?a=2"', "strong", "blockquote"]),
        st.lists(inner, max_size=4),
    ),
    max_leaves=12,
)


@given(_TREES)
def test_usual_tags_need_no_tree(markup: str) -> None:
    quick = fragment._plain(markup)
    if quick is None:  # no tag at all, or a sign that may end a comment late
        assert "<" not in markup or ("1 > 0" in markup and "<!--" in markup)
    else:
        assert quick == fragment._parsed(markup)


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>하나</p><p>둘<br>셋</p>", "하나\n둘\n셋"),
        ("<div>하나<div></div>둘</div>", "하나\n둘"),
        ("<P>One<BR/>two</P>", "One\ntwo"),
        ("하나<script>if (a<b) x()</script>둘", "하나둘"),
        ("<form>이름</form>본문", "본문"),
        ('<a title="a > b" href="/1">하나</a> 둘', "하나 둘"),
        ("<p>1 < 2 and 3 > 2</p>", "1 < 2 and 3 > 2"),
        ("<p>하나<!-- 둘 -> 셋 --> 넷</p>", "하나 넷"),
        ("<p>있음</p><noscript><p>없음</p></noscript>", "있음"),
        ("<xmp></p></b></xmp>뒤", "뒤"),
    ],
)
def test_lines_of_a_fragment(markup: str, text: str) -> None:
    assert read_fragment(markup).text == text


def test_the_first_picture_that_shows_something_and_its_caption() -> None:
    found = read_fragment(
        "<img src='/dot.gif' width=1>"
        "<figure><img data-src=/b.jpg><figcaption>국회 <b>전경</b></figcaption></figure>본문"
    )
    assert (found.image, found.caption, found.text) == ("/b.jpg", "국회 전경", "본문")
    assert read_fragment("<p>본문<IMG WIDTH='1' SRC='/dot.gif'><img src = /c.jpg></p>").image == "/c.jpg"


@pytest.mark.parametrize(
    ("markup", "title"),
    [
        ("  국회,  &amp;lt;예산&amp;gt; 의결 ", "국회, <예산> 의결"),
        ("A <b>bold</b> title", "A bold title"),
        (" 한 줄 ", "한 줄"),
    ],
)
def test_a_title_is_one_line(markup: str, title: str) -> None:
    assert title_text(markup) == title


@pytest.mark.parametrize(
    "piece", ["<p<!-- x>", "<img a  ", "<img src=>", '="a>', "<form>", "</form>", "<br> \n", "<figcaption><img src=a>"]
)
def test_time_grows_no_faster_than_size(piece: str) -> None:
    began = time.process_time()
    read_fragment(piece * (fragment.MAX_CHARS // len(piece)))
    assert time.process_time() - began < 2.0
