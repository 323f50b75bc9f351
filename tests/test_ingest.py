import subprocess
import sys
from datetime import UTC, datetime

import zstandard

from crawler.dedup.fingerprint import fingerprint
from crawler.ingest import LEAST_LISTING_TEXT, matches, prepare, records_of, store_records
from crawler.items import Article, Basis, Extraction, Hints, ListingItem, Page, PageKind, Topic
from crawler.topics import TopicMatcher
from crawler.urls import article_id
from storage import open_store

AT = datetime(2025, 5, 28, 3, tzinfo=UTC)
TEXT = (
    "메타의 마크 저커버그 최고경영자는 24일 인공지능 설비에 올해 650억달러를 쓰겠다고 밝혔다.\n"
    "그는 게시물에서 데이터센터를 늘리고 연구 인력도 더 뽑겠다고 말했다. 회사 주가는 발표 뒤 1.5% 올라 거래를 마쳤다."
)
LONG = (
    f"{TEXT}\n" + "증권사들은 투자가 실적으로 이어지려면 두 해쯤 걸릴 것으로 내다보면서도 목표 주가를 함께 올렸다. " * 4
)
MATCHER = TopicMatcher([Topic(name="저커버그"), Topic(name="메타버스")])


def page(body: bytes = b"<html></html>", url: str = "https://m.paper.co.kr/view?idxno=12", **more: object) -> Page:
    given = {
        "final_url": url,
        "status": 200,
        "headers": {"content-type": "text/html", "etag": '"a"', "set-cookie": "x"},
    }
    return Page(url=url, body=body, fetched_at=AT, **(given | more))  # type: ignore[arg-type]


def article(**more: object) -> Extraction:
    given = {
        "url": "https://m.paper.co.kr/view?idxno=12",
        "title": "저커버그, 650억달러",
        "text": TEXT,
        "language": "en",
    }
    return Extraction(kind=PageKind.ARTICLE, reason="json-ld", article=Article(**(given | more)))  # type: ignore[arg-type]


def listing(*items: ListingItem) -> Extraction:
    return Extraction(kind=PageKind.LISTING, reason="records", items=items, confidence=0.8)


def test_an_article_page_gives_one_record() -> None:
    received = page(b"<html>" * 1000, final_url="https://m.paper.co.kr/view?idxno=12&utm_source=a")
    (record,) = records_of(received, article(canonical="https://www.paper.co.kr/view?idxno=12"), matcher=MATCHER)
    assert record.url == "https://www.paper.co.kr/view?idxno=12"
    assert record.key == "paper.co.kr/view?idxno=12"
    assert record.id == article_id(record.key)
    assert record.forms == (received.url, received.final_url)
    assert record.basis is Basis.PAGE
    assert record.topics == ("저커버그",)
    assert record.article.language == "ko"
    assert record.fingerprint == fingerprint(record.article.title, record.article.text)
    assert {"저커", "버그", "달러", "650억달러"} & set(record.search_tokens.split()) >= {"저커", "버그", "달러"}
    assert record.etag == '"a"'
    assert record.raw is not None
    assert zstandard.decompress(record.raw.body_zstd) == received.body
    assert record.raw.size == len(received.body)
    assert dict(record.raw.headers) == {"content-type": "text/html", "etag": '"a"'}


def test_a_canonical_link_to_another_publisher_is_not_believed() -> None:
    (record,) = records_of(page(), article(canonical="https://www.other.co.kr/view?idxno=12"))
    assert record.key == "paper.co.kr/view?idxno=12"
    (record,) = records_of(page(), article(canonical="https://paper.co.kr/"))
    assert record.key == "paper.co.kr/view?idxno=12"


def test_what_is_stored_is_clean() -> None:
    (record,) = records_of(
        page(), article(title=" 저커\u200b버그\n방한 ", text=TEXT.replace("\n", "\r\n\r\n"), summary=" ")
    )
    assert record.article.title == "저커버그 방한"
    assert record.article.text == TEXT
    assert record.article.summary is None


def test_pages_that_say_nothing_or_failed_give_no_record() -> None:
    assert records_of(page(), article(text="사진 제공 = 하루")) == ()
    assert records_of(page(), article(text="… " * 400)) == ()
    assert records_of(page(status=404), article()) == ()
    assert records_of(page(), Extraction(kind=PageKind.OTHER, reason="a login form")) == ()


def test_pages_that_were_joined_are_other_forms_and_what_is_missing_cuts_the_text() -> None:
    more = ("https://paper.co.kr/news/1?page=2", "https://paper.co.kr/news/1?page=3")
    (record,) = records_of(page(), article(pages=more))
    assert record.forms[-2:] == more
    assert not record.truncated
    for missing in ({"next_page": more[1]}, {"first_page": "https://paper.co.kr/news/1"}):
        (record,) = records_of(page(), article(**missing))
        assert record.truncated


def test_raw_pages_are_kept_only_when_asked() -> None:
    (record,) = records_of(page(), article(), keep_raw=False, basis=Basis.REEXTRACTION)
    assert record.raw is None
    assert record.basis is Basis.REEXTRACTION


def test_long_texts_on_a_listing_are_provisional_articles() -> None:
    items = (
        ListingItem(
            url="https://paper.co.kr/1?utm_source=l", title="하나", text=LONG, truncated=True, outlet="하루일보"
        ),
        ListingItem(url="https://m.paper.co.kr/1", title="하나", text=LONG[:-30]),
        ListingItem(url="https://paper.co.kr/2", title="둘", text="가" * (LEAST_LISTING_TEXT - 1)),
        ListingItem(url="https://paper.co.kr/3", text=LONG),
        ListingItem(url="https://paper.co.kr/4", title="넷"),
        ListingItem(url="javascript:void(0)", title="다섯", text=LONG),
    )
    (record,) = records_of(page(url="https://paper.co.kr/tag/a"), listing(*items), matcher=MATCHER)
    assert record.key == "paper.co.kr/1"
    assert record.basis is Basis.LISTING
    assert record.truncated
    assert record.forms == ("https://paper.co.kr/1?utm_source=l",)
    assert record.article.site_name == "하루일보"
    assert record.article.language == "ko"
    assert record.topics == ("저커버그",)
    assert record.raw is None
    assert record.etag is None


def test_a_feed_passes_the_whole_way() -> None:
    body = f"""<?xml version="1.0" encoding="UTF-8"?>
    <rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>하루일보</title>
    <link>https://paper.co.kr/</link>
    <item><title>저커버그, 650억달러</title><link>https://paper.co.kr/view?idxno=12</link>
    <pubDate>Wed, 28 May 2025 09:00:00 +0900</pubDate>
    <content:encoded><![CDATA[<p>{LONG.replace(chr(10), "</p><p>")}</p>]]></content:encoded></item>
    <item><title>짧은 소식</title><link>https://paper.co.kr/view?idxno=13</link><description>한 줄</description></item>
    </channel></rss>"""
    received = page(body.encode(), url="https://paper.co.kr/rss", headers={"content-type": "application/rss+xml"})
    prepared = prepare(received, Hints(zone="Asia/Seoul"), MATCHER)
    assert prepared.extraction.kind is PageKind.FEED
    assert len(prepared.extraction.items) == 2
    (record,) = prepared.records
    assert record.key == "paper.co.kr/view?idxno=12"
    assert record.article.published is not None
    assert record.article.published.isoformat() == "2025-05-28T09:00:00+09:00"


def test_listing_items_are_matched_before_they_are_fetched() -> None:
    assert matches(ListingItem(url="https://a.kr/1", title="저커버그가 온다"), MATCHER) == ("저커버그",)
    assert matches(ListingItem(url="https://a.kr/1", title="소식", summary="메타버스는"), MATCHER) == ("메타버스",)
    assert matches(ListingItem(url="https://a.kr/1", tags=("저커버그",)), MATCHER) == ("저커버그",)
    assert matches(ListingItem(url="https://a.kr/1", title="다른 소식"), MATCHER) == ()


def test_records_are_stored() -> None:
    store = open_store("sqlite://", now=lambda: AT)
    try:
        (saved,) = store_records(store, records_of(page(), article(), matcher=MATCHER), None)
        assert saved.id == article_id("paper.co.kr/view?idxno=12")
        assert store_records(store, (), None) == []
    finally:
        store.close()


def test_preparing_loads_neither_storage_nor_scrapy() -> None:
    code = "import sys, crawler.ingest; print({'storage', 'sqlalchemy', 'scrapy', 'twisted'} & set(sys.modules))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "set()"
