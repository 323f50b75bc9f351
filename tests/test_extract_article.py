"""What is kept, what is dropped and what stands apart, piece by piece; and that no page hurts."""

# ruff: noqa: E501 - a page is easier to read in one line
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extract import extract
from crawler.extract.blocks import MAX_BLOCKS, outline
from crawler.extract.document import parse_document
from crawler.items import Hints, Page, PageKind

URL = "https://www.example-news.com/2025/05/06/harbour-ferry-vote-keeps-crossing"
EXPECTED = Hints(expect=PageKind.ARTICLE)
FIRST = "The people of the harbour town have voted by a large majority to keep the ferry that has crossed since 1891."
SECOND = (
    "More than four thousand people took part on Tuesday, the highest number in any local vote since the war ended."
)
THIRD = "The council expects to pay two million pounds for a new engine and a safer landing stage over the next years."
BODY = f"<p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}</p>"
TEXT = f"{FIRST}\n{SECOND}\n{THIRD}"
KO = (
    "강변 시장이 다음 달 다시 문을 연다. 구청은 상인회와 협약을 맺고 임대료를 올리지 않기로 했다.",
    "주차장도 두 배로 넓힌다. 상인들은 손님만 온다면 새벽부터 나올 것이라고 입을 모았다.",
    "시장 한쪽에는 아이들을 위한 놀이방이 들어선다. 구청은 내년 봄까지 공사를 마칠 계획이다.",
)


def page(html, url=URL, headers=None):
    return Page(
        url=url,
        final_url=url,
        status=200,
        headers=headers or {"content-type": "text/html; charset=utf-8"},
        body=html if isinstance(html, bytes) else html.encode(),
        fetched_at=datetime(2025, 6, 1, tzinfo=UTC),
    )


def wrap(body, head=""):
    return (
        f"<html><head><title>Ferry vote keeps crossing</title>{head}</head><body><nav><a href='/'>Home</a></nav>"
        f"<div class='content'><h1>Ferry vote keeps crossing</h1><div class='story'>{body}</div></div></body></html>"
    )


def read(html, **more):
    article = extract(page(html, **more), EXPECTED).article
    assert article is not None
    return article


DROPPED = {
    "title repeated": "<p>Ferry vote keeps crossing</p>",
    "share row": "<ul class='share'><li><a href='#'>Share on Facebook</a></li><li><a href='#'>Email this</a></li></ul>",
    "related list without a class": "<div class='x1'><h3>Related articles</h3><ul><li><a href='/1'>Two libraries will close in the spring</a></li><li><a href='/2'>Lifeboat crew honoured for rescue</a></li></ul></div>",
    "most read": "<div><strong>Most read</strong><ol><li><a href='/1'>Two libraries will close in the spring</a></li></ol></div>",
    "newsletter": "<div class='newsletter-box'><p>Get the best of the coast in your inbox every Friday morning, free.</p></div>",
    "plea": "<p>Sign up to our newsletter and never miss a story from the harbour again.</p>",
    "paywall teaser": "<p>Already a subscriber? Log in to keep reading this story.</p>",
    "cookie notice": "<p>We use cookies to improve your experience on this site.</p>",
    "comments": "<div class='comments'><p>Long live the ferry! I have taken it every day of my life.</p></div>",
    "comments without a class": "<div class='css-9'><h3>What do you think?</h3><textarea></textarea><ul><li><p>Long live the ferry! I take it every day.</p></li></ul></div>",
    "author card": "<div class='css-7'><img src='a.jpg'><strong>Ada Marsh</strong><p>covers the coast and lives with two dogs.</p><a href='/a'>Follow</a></div>",
    "read more line": "<p>Read more: <a href='/x'>How the ferry survived the storm of 1987</a></p>",
    "arrow link": "<p>▶ <a href='/x'>How the ferry survived the storm</a></p>",
    "only a link": "<p><a href='/x'>How the ferry survived the storm of 1987 and of 1990</a></p>",
    "rights": "<p>© 2025 Example News. All rights reserved.</p>",
    "korean rights": "<p>&lt;저작권자 ⓒ 예시신문, 무단전재 및 재배포 금지&gt;</p>",
    "counter": "<p>조회수 1,234</p>",
    "clock": "<p>현재시각 2025.06.01 12:13:14</p>",
    "ad label": "<p>ADVERTISEMENT</p>",
    "korean ad label": "<div>광고</div>",
    "hidden": "<div style='display: none'><p>This is shown to nobody at all and must not be in the text.</p></div>",
    "template marker": "<p>$$ARTICLEAD$$</p>",
    "korean plea": "<p>*재미있거나 도움이 되셨다면 '구독' 꾹 눌러 주시기를 부탁드립니다. 늘 행복하세요.</p>",
    "sign-off": "<p>윤가을 기자 autumn@example.com</p>",
    "script": "<script>var x = 'This is code and no text of the article at all.'</script>",
    "form": "<form><p>Leave your name and address for the weekly letter.</p><input name=mail></form>",
}


@pytest.mark.parametrize("name", DROPPED)
@pytest.mark.parametrize("place", ["before", "between", "behind"])
def test_chrome_is_dropped(name, place):
    parts = [f"<p>{FIRST}</p>", f"<p>{SECOND}</p>", f"<p>{THIRD}</p>"]
    parts.insert({"before": 0, "between": 2, "behind": 3}[place], DROPPED[name])
    assert read(wrap("".join(parts))).text == TEXT


KEPT = {
    "sub-heading": ("<h2>What it will cost</h2>", "What it will cost"),
    "bold sub-heading": ("<p><b>What it will cost</b></p>", "What it will cost"),
    "quote": (
        "<blockquote>It is slow, it is old and it is ours.</blockquote>",
        "It is slow, it is old and it is ours.",
    ),
    "list": ("<ul><li>a new engine</li><li>the landing stage</li></ul>", "a new engine\nthe landing stage"),
    "table": (
        "<table><tr><th>Year</th><th>Riders</th></tr><tr><td>2024</td><td>51</td></tr></table>",
        "Year Riders\n2024 51",
    ),
    "code": ("<pre><code>for x in y:\n    print(x)</code></pre>", "for x in y:\nprint(x)"),
    "inline markup": (
        "<p>He <b>never</b> <i>once</i> w<b>av</b>ered in all these years.</p>",
        "He never once wavered in all these years.",
    ),
    "short sentence": ("<p>He declined to say more.</p>", "He declined to say more."),
    "paragraph with links": (
        "<p>The <a href='/a'>council</a> and the <a href='/b'>harbour board</a> agreed on it in the end.</p>",
        "The council and the harbour board agreed on it in the end.",
    ),
    "called paywall": (f"<p class='paywall'>{SECOND.replace('four', 'five')}</p>", SECOND.replace("four", "five")),
    "entities": (
        "<p>Fish &amp; chips cost &pound;9 &mdash; no more, no less.</p>",
        "Fish & chips cost £9 — no more, no less.",
    ),
}


@pytest.mark.parametrize("name", KEPT)
def test_what_belongs_to_the_text_is_kept(name):
    markup, text = KEPT[name]
    assert read(wrap(f"<p>{FIRST}</p>{markup}<p>{THIRD}</p>")).text == f"{FIRST}\n{text}\n{THIRD}"


def test_a_refetch_with_other_counters_and_adverts_gives_the_same_text():
    def at(count, clock, ad):
        return read(
            wrap(
                f"<div>조회 {count}</div><p>현재시각 {clock}</p>{BODY}<div class='ad'><a href='/c/{count}'>{ad}</a></div>"
                f"<aside><h4>Most read</h4><a href='/{count}'>{ad}</a></aside><p>{count} views</p>"
            )
        )

    first, second = at("1,007", "12:00:01", "Compare car insurance"), at("2,345", "13:11:59", "New shoes, half price")
    assert (first.title, first.text, first.summary) == (second.title, second.text, second.summary)


def test_bare_text_between_line_breaks():
    html = wrap("<div id='dic_area'>" + "<br><br>".join(KO) + "</div>")
    assert read(html).text == "\n".join(KO)


def test_split_containers_are_joined():
    html = wrap(
        f"<div class='part'><p>{FIRST}</p><p>{SECOND}</p></div><div class='player'><p>Watch</p></div><div class='part'><p>{THIRD}</p></div>"
    )
    assert read(html).text == TEXT


def test_names_that_take_most_of_the_text_are_not_believed():
    html = wrap("".join(f"<div class='elementor-widget'><p>{text}</p></div>" for text in (FIRST, SECOND, THIRD)))
    assert read(html).text == TEXT
    assert read(wrap(f"<div class='adopseo has-sidebar'>{BODY}</div>")).text == TEXT


def test_captions_stand_apart_also_when_they_repeat_the_title():
    article = read(
        wrap(
            f"<figure><img src='f.jpg'><figcaption>Ferry vote keeps crossing</figcaption></figure>{BODY}"
            "<div class='wp-caption'><p class='wp-caption-text'>The old landing stage. Photo: A. Marsh</p></div>",
            "<meta property='og:image' content='/f.jpg'>",
        )
    )
    assert article.text == TEXT
    assert article.captions == ("Ferry vote keeps crossing", "The old landing stage. Photo: A. Marsh")
    assert article.image is not None
    assert article.image.url == "https://www.example-news.com/f.jpg"


def test_standfirst_named_by_the_page():
    html = wrap(f"<p class='standfirst'>Residents say the crossing is worth it</p>{BODY}")
    article = read(html)
    assert (article.summary, article.text) == ("Residents say the crossing is worth it", TEXT)


def test_standfirst_that_repeats_the_description():
    dek = "Residents say the crossing is worth its price in the end."
    html = wrap(BODY, f"<meta name='description' content='{dek}'>").replace(
        "<div class='story'>", f"<span>{dek}</span><div class='story'>"
    )
    assert read(html).summary == dek


def test_a_description_that_is_not_shown_is_no_standfirst():
    assert (
        read(wrap(BODY, "<meta name='description' content='Ferry news, ferry votes and more ferry news.'>")).summary
        is None
    )
    assert read(wrap(BODY, f"<meta name='description' content='{FIRST}'>")).summary is None


def test_source_line_is_a_field_of_its_own():
    ko = "".join(f"<p>{text}</p>" for text in KO)
    article = read(wrap(f"{ko}<p>(출처) The Ferry And The Town</p><p>https://example.com/ferry</p>"))
    assert article.source_line == "(출처) The Ferry And The Town"
    assert article.text == "\n".join(KO)


def test_second_story_under_endless_scroll_is_left_out():
    other = "".join(
        f"<p>{text.replace('ferry', 'library').replace('council', 'school')}</p>" for text in (SECOND, FIRST, THIRD)
    )
    html = (
        "<html><head><title>Ferry vote</title></head><body><main>"
        f"<article><h1>Ferry vote</h1>{BODY}</article><article><h1>Library closes</h1>{other}</article></main></body></html>"
    )
    assert read(html).text == TEXT


def test_two_sentences_beside_a_long_imprint():
    html = (
        "<html><head><title>Rain tomorrow</title></head><body><header><a href='/'>The Gull</a></header><article><h1>Rain tomorrow</h1>"
        "<p>It will rain in the whole of the north tomorrow.</p><p>Winds stay light.</p></article>"
        "<footer><p>The Gull is published by Gull Media Limited, registered at 1 Quay Street, company number 000000, editor A. Marsh.</p></footer></body></html>"
    )
    assert read(html).text == "It will rain in the whole of the north tomorrow.\nWinds stay light."


@pytest.mark.parametrize(
    "script",
    [
        '<script id="__NEXT_DATA__" type="application/json">{"props":{"article":{"body":[%s]},"rail":[{"t":"Other story of the day"}]}}</script>',
        '<script>window.Fusion=window.Fusion||{};Fusion.globalContent={"content_elements":[%s]};Fusion.x=1;</script>',
        '<script>window.__INITIAL_STATE__ = {"a": [1,2], "paragraphs": [%s]};</script>',
    ],
)
def test_text_that_stands_only_in_scripts(script):
    import json

    strings = ",".join(json.dumps({"type": "text", "content": text}) for text in (FIRST, SECOND, THIRD))
    article = read(
        f"<html><head><title>Ferry vote</title></head><body><div id=root></div>{script % strings}</body></html>"
    )
    assert article.text == TEXT
    assert article.extractor.endswith("+scripts")


def test_text_in_noscript_and_templates():
    for tag in ("noscript", "template"):
        html = f"<html><head><title>Ferry vote</title></head><body><div>Loading</div><{tag}><div>{BODY}</div></{tag}></body></html>"
        assert read(html).text == TEXT


def test_a_post_that_is_only_a_table():
    rows = "".join(f"<tr><td>key{n}</td><td>value {n}</td></tr>" for n in range(12))
    article = read(wrap(f"<div class='entry-content'><table>{rows}</table></div>"))
    assert article.text.split("\n") == [f"key{n} value {n}" for n in range(12)]


def test_the_reason_tells_what_was_found():
    found = extract(page(wrap(f"<article>{BODY}</article>"), url="https://www.example-news.com/local/ferry-vote"))
    assert found.kind is PageKind.ARTICLE
    assert "no date on the page" in found.reason
    assert found.article.published is None
    assert 0.5 < found.confidence <= 1.0


@pytest.mark.parametrize(
    ("body", "content_type", "words"),
    [
        (b"", "text/html", "empty"),
        (b" \n\t", "text/html", "empty"),
        (b"%PDF-1.7 \x00\x01", "application/pdf", "binary"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), None, "binary"),
        (b"\x01\x02\x03\x04" * 50, "application/octet-stream", "octet-stream"),
        (b'{"a": 1}', "application/json", "json"),
        (b"<html><body></body></html>", "text/html", "no text"),
    ],
)
def test_what_is_no_page_is_other_and_says_why(body, content_type, words):
    found = extract(page(body, headers={"content-type": content_type} if content_type else {}))
    assert (found.kind, found.article, found.items) == (PageKind.OTHER, None, ())
    assert words in found.reason


def test_the_same_bytes_give_the_same_article():
    assert extract(page(wrap(BODY)), EXPECTED) == extract(page(wrap(BODY)), EXPECTED)


PIECES = st.sampled_from(
    [
        "<p>", "</p>", "<div class='comments'>", "</div>", "<article>", "</article>", "<table><tr><td>", "</table>", "<h1>", "</h1>",
        "<script type='application/ld+json'>", "{\"@type\":\"NewsArticle\",\"author\":[[[]]],\"headline\":{}}", "</script>", "<script>",
        "self.__next_f.push([1,\"x\"])", "<meta property='og:title' content='", "'>", "<time datetime='2025-13-45'>", "<br>", "<a href='",
        "<svg>", "<template>", "<noscript>", "<select><option>", "<!--", "-->", "<plaintext>", "<frameset>", "\x00", "\ud7ff", "광고",
        FIRST, KO[0], "<textarea>", "<li>", "<ul>", "<footer>", "<pre>", "&#x110000;", "<p hidden>", "<base href='::'>", "]]>", "<html lang=''>",
    ]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES | st.text(max_size=20), max_size=40))
def test_no_page_raises(pieces):
    found = extract(page("".join(pieces).encode("utf-8", "replace")), EXPECTED)
    assert found.reason


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 1_000))
def test_no_mutation_raises(noise, at):
    body = wrap(BODY).encode()
    found = extract(page(body[:at] + noise + body[at + len(noise) :]))
    assert found.reason


BOMBS = {
    "nested": lambda n: "<div class='a'>" * n + FIRST,
    "paragraphs": lambda n: f"<p>{FIRST}</p>" * (n // 20),
    "blocks": lambda n: "<p>a</p>" * n,
    "labels": lambda n: "<div><h3>Related</h3>" * n,
    "comments": lambda n: "<div><b>Comments</b>" * n,
    "buttons": lambda n: "<div>Follow" * n,
    "textareas": lambda n: "<div><textarea></textarea>" * n,
    "one line": lambda n: "<p>" + "x " * n * 20,
    "no blanks": lambda n: "<p>" + "가" * n * 20,
    "links": lambda n: "<h2><a href='/a'>A headline that is long enough here</a></h2>" * (n // 10),
    "articles": lambda n: f"<article><h1>T</h1><p>{FIRST}</p>" * (n // 50),
    "json": lambda n: '<script type="application/ld+json">' + '{"a":[' * n + "</script>",
    "assigned": lambda n: "<script>" + "a={" * n + "</script>",
    "rights": lambda n: "<p>" + "무단 " * 100 + "</p>" * (n // 100),
}


@pytest.mark.parametrize("name", BOMBS)
def test_time_is_bounded(name):
    def seconds(n):
        found = page(wrap(BOMBS[name](n)))
        start = time.process_time()
        extract(found, EXPECTED)
        return time.process_time() - start

    seconds(500)
    small, large = min(seconds(5_000) for _ in range(2)), seconds(20_000)
    # Four times the page, not sixteen times the time; small times are mostly noise.
    assert large < 9 * max(small, 0.04)


def test_a_title_that_a_listing_told_is_used_where_the_page_has_none():
    hints = replace(EXPECTED, title="Ferry vote")
    html = f"<html><body><div>{BODY}</div></body></html>"
    assert extract(page(html), hints).article.title == "Ferry vote"


def test_neither_of_two_sentences_is_lost_beside_an_advertisement():
    html = """<html lang="ko"><head><title>빈집 488채 새 단장</title></head><body><h1>빈집 488채 새 단장</h1>
<div class="info">심선우 기자 입력 2026.11.24 19:19:32</div><div class="view">포항시가 빈집 488채를 고쳐 청년에게 빌려주기로 했다.
<br><br><div class="c9f1">광고<a href="/ad">무릎이 시큰할 때 찾는 그것, 지금 1+1 특가 진행 중</a></div>
고치는 비용은 한 채에 평균 3,692만원이 든다.</div></body></html>"""
    found = extract(page(html, url="https://www.example-news.com/article/202611240021"), Hints(expect=PageKind.ARTICLE))
    assert found.article.text.split("\n") == [
        "포항시가 빈집 488채를 고쳐 청년에게 빌려주기로 했다.",
        "고치는 비용은 한 채에 평균 3,692만원이 든다.",
    ]


@pytest.mark.parametrize(
    "piece", ["a line of text<br>", "<p>A short paragraph.</p>", "<div class=side><p>one</p>two</div>"]
)
def test_blocks_of_a_page_are_bounded_and_the_beginning_is_kept(piece):
    html = f"<body><article><h1>Ferry stays</h1>{BODY}</article>{piece * (MAX_BLOCKS + 50)}"
    seen = outline(parse_document(page(html)).body)
    assert not seen.complete
    assert MAX_BLOCKS <= len(seen.blocks) <= MAX_BLOCKS + 1
    assert {FIRST, SECOND, THIRD} <= {block.text for block in seen.blocks}
    assert all(element.first <= element.last <= len(seen.blocks) for element in seen.elements)
    assert outline(parse_document(page(BODY)).body).complete


@given(st.text(alphabet="a \n\t\xa0\u2003\u3000\x1f가é.\u200b", max_size=40))
def test_the_blanks_of_a_line_are_folded(text):
    seen = outline(parse_document(page(f"<body><p>{text}</p>")).body)
    assert [block.text for block in seen.blocks] == ([folded] if (folded := " ".join(text.split())) else [])
