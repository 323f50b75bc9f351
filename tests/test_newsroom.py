"""The bundled newsroom: what it serves is what it says is true, and the same again for the same seed."""

import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from html import unescape
from random import Random
from xml.etree import ElementTree

import httpx
import pytest

from crawler.errors import PresswatchError
from crawler.newsroom import Newsroom, TrueArticle
from crawler.newsroom.grammar import with_particle
from crawler.newsroom.world import Trade
from crawler.newsroom.writing import BlockKind, Length, corrected_number, subjects, with_paragraph, write_draft
from crawler.sources import SourceKind

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
_tags = re.compile(r"<[^>]*>")


@pytest.fixture(scope="module")
def newsroom() -> Iterator[Newsroom]:
    with Newsroom(seed=7, articles_per_outlet=12, start=START) as room:
        yield room


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False) as made:
        yield made


def plain(answer: httpx.Response) -> str:
    """The words of a page on one line, decoded as a browser would."""
    codec = "cp949" if "euc-kr" in answer.headers["content-type"] else "utf-8"
    return " ".join(unescape(_tags.sub("", answer.content.decode(codec))).split())


def without_port(article: TrueArticle) -> str:
    return re.sub(r":\d{4,5}/", "/", repr(article))


@pytest.mark.parametrize(
    ("word", "particle", "expected"),
    [
        ("메타", "은", "메타는"),
        ("삼성전자", "이", "삼성전자가"),
        ("부산", "으로", "부산으로"),
        ("서울", "으로", "서울로"),
        ("3", "을", "3을"),
        ("1.5%", "으로", "1.5%로"),
        ("HBM", "을", "HBM을"),
        ("기상청", "과", "기상청과"),
    ],
)
def test_a_particle_follows_the_last_sound(word: str, particle: str, expected: str) -> None:
    assert with_particle(word, particle) == expected


@pytest.mark.parametrize("language", ["ko", "en"])
def test_articles_differ_from_each_other(language: str) -> None:
    drafts = [
        write_draft(language, subject, Random(f"{subject}{number}"), Length.NEWS)
        for subject in subjects(language)
        for number in range(8)
    ]
    sentences = [{s for block in draft.blocks for s in re.split(r"(?<=[.”])\s", block.text) if s} for draft in drafts]
    shared = [
        len(one & other) / min(len(one), len(other)) for at, one in enumerate(sentences) for other in sentences[:at]
    ]
    assert max(shared) <= 0.5
    assert sum(shared) / len(shared) < 0.02


def test_articles_have_headings_lists_quotes_and_tables() -> None:
    kinds = {
        block.kind
        for number in range(30)
        for block in write_draft("ko", "climate", Random(number), Length.FEATURE).blocks
    }
    assert kinds == set(BlockKind)


def test_korean_articles_fit_into_cp949() -> None:
    for subject in subjects("ko"):
        for number in range(20):
            draft = write_draft("ko", subject, Random(number))
            text = "".join(
                [draft.title, draft.summary, *draft.captions, *(line for b in draft.blocks for line in b.lines)]
            )
            assert text.encode("cp949").decode("cp949") == text


def test_a_corrected_number_changes_one_digit() -> None:
    draft = write_draft("ko", "markets", Random(3), Length.NEWS)
    corrected = corrected_number(draft, Random(4))
    old = "".join(block.text for block in draft.blocks)
    new = "".join(block.text for block in corrected.blocks)
    assert len(old) == len(new)
    assert [a.isdigit() and b.isdigit() for a, b in zip(old, new, strict=True) if a != b] == [True]


def test_an_added_paragraph_leaves_the_others_alone() -> None:
    draft = write_draft("en", "health", Random(3), Length.NEWS)
    longer = with_paragraph(draft, Random(4))
    assert len(longer.blocks) == len(draft.blocks) + 1
    assert set(draft.blocks) < set(longer.blocks)


def test_the_same_seed_and_start_give_the_same_newsroom(newsroom: Newsroom, client: httpx.Client) -> None:
    with Newsroom(seed=7, articles_per_outlet=12, start=START) as twin:
        assert [*map(without_port, twin.truth())] == [*map(without_port, newsroom.truth())]
        for one, other in zip(twin.outlets, newsroom.outlets, strict=True):
            pages = [
                client.get(outlet.doors["listing"]).text.replace(f":{room.port}", "")
                for outlet, room in ((one, twin), (other, newsroom))
            ]
            if one.trade is not Trade.PRESS:
                assert pages[0] == pages[1]


def test_a_step_at_once_or_in_pieces_leads_to_the_same_world() -> None:
    with Newsroom(seed=2, articles_per_outlet=3, start=START) as one, Newsroom(2, 3, start=START) as other:
        one.advance(timedelta(hours=40))
        for _ in range(80):
            other.advance(timedelta(minutes=30))
        assert [*map(without_port, one.truth())] == [*map(without_port, other.truth())]


def test_another_seed_gives_other_markup_and_other_texts(newsroom: Newsroom, client: httpx.Client) -> None:
    with Newsroom(seed=8, articles_per_outlet=12, start=START) as other:
        assert not {a.text for a in other.truth()} & {a.text for a in newsroom.truth()}

        def classes(room: Newsroom) -> set[str]:
            article = room.truth("harbour-ledger")[0]
            return set(re.findall(r'class="([^"]+)"', client.get(article.url).text))

        assert len(classes(newsroom) & classes(other)) < len(classes(newsroom)) / 2


def test_every_page_holds_its_article_and_clutter_around_it(newsroom: Newsroom, client: httpx.Client) -> None:
    truth = newsroom.truth()
    assert len({article.url for article in truth}) == len(truth) >= 12 * 6
    for article in truth:
        answer = client.get(article.url)
        assert answer.status_code == 200
        words = plain(answer)
        for block in (article.title, *article.paragraphs, *article.captions, *article.decorations):
            for cell in block.split() if block not in words else ():
                assert cell in words, (article.url, block)
        assert any(phrase in words for phrase in newsroom.chrome)


def test_no_article_contains_a_word_of_clutter(newsroom: Newsroom) -> None:
    for article in newsroom.truth():
        for phrase in newsroom.chrome:
            assert phrase not in article.text
            assert phrase not in article.title


def test_every_variant_of_a_url_serves_the_same_article(newsroom: Newsroom, client: httpx.Client) -> None:
    for article in newsroom.truth():
        assert article.variants
        for url in article.variants:
            assert article.paragraphs[0].split()[-1] in plain(client.get(url)), url


def test_an_amp_twin_and_a_mobile_page_name_the_article_as_canonical(newsroom: Newsroom, client: httpx.Client) -> None:
    for outlet in ("harbour-ledger", "today-press"):
        article = newsroom.truth(outlet)[0]
        assert f'<link rel="canonical" href="{article.url}">' in client.get(article.variants[0]).text


def test_doors_stand_still_with_the_clock_and_answer_304(newsroom: Newsroom, client: httpx.Client) -> None:
    for outlet in newsroom.outlets:
        for kind, url in outlet.doors.items():
            first = client.get(url)
            assert first.status_code == 200
            validators = {
                "If-None-Match": first.headers.get("etag"),
                "If-Modified-Since": first.headers.get("last-modified"),
            }
            given = {name: value for name, value in validators.items() if value}
            if outlet.trade is Trade.PRESS and kind in ("listing", "home"):
                assert not given
                continue
            assert client.get(url).content == first.content
            for name, value in given.items():
                again = client.get(url, headers={name: value})
                assert (again.status_code, again.content) == (304, b""), (url, name)


def test_article_pages_rotate_but_keep_their_validators(newsroom: Newsroom, client: httpx.Client) -> None:
    for outlet in newsroom.outlets:
        url = newsroom.truth(outlet.name)[0].url
        first, second = client.get(url), client.get(url)
        assert first.content != second.content
        assert first.headers.get("etag") == second.headers.get("etag")
        assert first.headers.get("etag") or first.headers.get("last-modified")


def test_if_none_match_decides_over_the_date(newsroom: Newsroom, client: httpx.Client) -> None:
    url = newsroom.truth("harbour-ledger")[0].url
    modified = client.get(url).headers["last-modified"]
    answer = client.get(url, headers={"If-None-Match": '"another"', "If-Modified-Since": modified})
    assert answer.status_code == 200
    assert client.get(url, headers={"If-Modified-Since": "no date"}).status_code == 200
    assert client.get(url, headers={"If-None-Match": 'W/"x", *'}).status_code == 304


def test_a_day_brings_articles_copies_and_corrections(client: httpx.Client) -> None:
    with Newsroom(seed=7, articles_per_outlet=12, start=START) as room:
        before = {article.url: article for article in room.truth()}
        etags = {o.name: client.get(o.doors["sitemap"]).headers.get("etag") for o in room.outlets}
        assert room.advance(timedelta(hours=24)) == room.now == START + timedelta(hours=24)
        after = {article.url: article for article in room.truth()}
        changed = [url for url, article in before.items() if len(after[url].versions) > len(article.versions)]
        assert before.keys() < after.keys()
        assert {after[url].outlet for url in changed} >= {outlet.name for outlet in room.outlets[:6]}
        for url in changed:
            old, new = before[url], after[url]
            assert (old.title, old.text) != (new.title, new.text)
            assert new.modified is not None
            assert new.modified <= room.now
            assert new.versions[len(old.versions) - 1].text == old.text
            assert plain(client.get(url)).count(new.title)
        copies = [article for article in after.values() if article.copy_of]
        assert len(copies) >= 5
        for copy in copies:
            original = after[copy.copy_of or ""]
            assert copy.outlet != original.outlet
            assert copy.authors != original.authors
            assert copy.versions[0].text in {version.text for version in original.versions}
            assert copy.published is not None
            assert original.published is not None
            assert copy.published > original.published
        for outlet in room.outlets:
            door = outlet.doors["sitemap"]
            if etags[outlet.name]:
                assert client.get(door, headers={"If-None-Match": etags[outlet.name] or ""}).status_code == 200


def test_the_clock_goes_neither_back_nor_beyond_the_present() -> None:
    present = START + timedelta(hours=2)
    room = Newsroom(1, 2, start=START, real_now=lambda: present)
    with pytest.raises(ValueError, match="can't go back"):
        room.advance(-timedelta(seconds=1))
    with pytest.raises(ValueError, match="lies in the future"):
        room.advance(timedelta(hours=3))
    assert room.advance(timedelta(hours=2)) == present
    with pytest.raises(ValueError, match="lies in the future"):
        Newsroom(1, 2, start=present + timedelta(days=1), real_now=lambda: present)


def test_nothing_is_published_or_changed_ahead_of_the_clock(newsroom: Newsroom, client: httpx.Client) -> None:
    for article in newsroom.truth():
        assert article.published is None or article.published <= newsroom.now
        assert all(version.at <= newsroom.now for version in article.versions)
    with Newsroom(seed=7, articles_per_outlet=12, start=START) as ahead:
        ahead.advance(timedelta(hours=24))
        known = {article.url for article in newsroom.truth()}
        urls = {article.url.replace(f":{ahead.port}/", f":{newsroom.port}/") for article in ahead.truth()}
        assert known < urls
        for url in urls - known:
            assert client.get(url).status_code == 404


def test_the_portal_lists_long_texts_and_cuts_one(newsroom: Newsroom, client: httpx.Client) -> None:
    outlet = newsroom.outlets[0]
    truth = newsroom.truth(outlet.name)
    pages = [client.get(outlet.doors["listing"]), client.get(outlet.doors["listing"], params={"page": 2})]
    words = " ".join(map(plain, pages))
    assert "본문 바로가기" in words
    for article in truth:
        assert article.listed_text is not None
        assert " ".join(article.listed_text.split()) in words
        assert f"{article.published:%Y.%m.%d %H:%M:%S}" in words
        if article.image:
            assert f'alt="{article.title}"' in unescape("".join(page.text for page in pages))
    cut = [article for article in truth if article.listed_cut]
    assert cut
    assert all(795 <= len(article.listed_text or "") <= 800 for article in cut)
    assert not [article for article in cut if (article.listed_text or "").endswith(("다.", "”"))]
    assert client.get(outlet.doors["listing"], params={"page": 9}).status_code == 404


def test_a_tag_page_lists_its_topic_only(newsroom: Newsroom, client: httpx.Client) -> None:
    outlet = newsroom.outlets[0]
    assert outlet.topic_template is not None
    answer = client.get(outlet.topic_template.replace("{topic}", "저커버그"))
    wanted = [article for article in newsroom.truth(outlet.name) if "저커버그" in article.tags]
    assert wanted
    links = set(re.findall(r'<h3><a href="([^"]+)"', answer.text))
    assert links == {article.url.removeprefix(outlet.base_url) for article in wanted[-10:]}


def test_one_blog_post_tells_no_date(newsroom: Newsroom, client: httpx.Client) -> None:
    undated = [article for article in newsroom.truth() if article.published is None]
    assert [article.outlet for article in undated] == ["ramen-notes"]
    page = client.get(undated[0].url).text
    assert "published_time" not in page
    assert "datePublished" not in page
    # Dates of other posts stand in the box of the same category: a trap.
    assert re.search(r"<td>\d{4}\.\d\d\.\d\d</td>", page)


def test_blog_pages_carry_pleas_and_a_table_of_other_posts(newsroom: Newsroom, client: httpx.Client) -> None:
    for outlet in ("ramen-notes", "garden-notes"):
        article = newsroom.truth(outlet)[-1]
        words = plain(client.get(article.url))
        assert "카테고리의 다른 글" in words
        assert "구독" in words
        if article.source_line:
            assert article.source_line in words


def test_the_legacy_paper_serves_cp949(newsroom: Newsroom, client: httpx.Client) -> None:
    outlet = next(outlet for outlet in newsroom.outlets if outlet.trade is Trade.LEGACY)
    article = newsroom.truth(outlet.name)[0]
    for url in (article.url, outlet.doors["feed"], outlet.doors["listing"]):
        body = client.get(url).content
        assert body.decode("cp949")
        with pytest.raises(UnicodeDecodeError):
            body.decode("utf-8")
    assert f"입력 {article.published:%Y.%m.%d %H:%M:%S}" in plain(client.get(article.url))
    assert b'encoding="EUC-KR"' in client.get(outlet.doors["feed"]).content


def test_the_atom_feed_shows_edits_and_tracking_links(newsroom: Newsroom, client: httpx.Client) -> None:
    outlet = next(outlet for outlet in newsroom.outlets if outlet.trade is Trade.DAILY)
    root = ElementTree.fromstring(client.get(outlet.doors["feed"]).content)
    entries = {entry.findtext(f"{ATOM}id"): entry for entry in root.iter(f"{ATOM}entry")}
    truth = {article.url: article for article in newsroom.truth(outlet.name)}
    assert entries.keys() == truth.keys()
    for url, article in truth.items():
        link = entries[url].find(f"{ATOM}link")
        assert link is not None
        assert link.get("href") in article.variants
        expected = article.modified or article.published
        assert expected is not None
        assert entries[url].findtext(f"{ATOM}updated") == expected.isoformat()


def test_sitemaps_cover_every_article(newsroom: Newsroom, client: httpx.Client) -> None:
    for outlet in newsroom.outlets:
        index = ElementTree.fromstring(client.get(outlet.doors["sitemap"]).content)
        children = [loc.text or "" for loc in index.iter(f"{SITEMAP}loc")]
        found = {
            loc.text
            for child in children
            for loc in ElementTree.fromstring(client.get(child).content).iter(f"{SITEMAP}loc")
        }
        assert found == {article.url for article in newsroom.truth(outlet.name)}


def test_robots_forbids_what_pages_link_to(newsroom: Newsroom, client: httpx.Client) -> None:
    for outlet in newsroom.outlets:
        rules = client.get(f"{outlet.base_url}/robots.txt").text
        assert f"Disallow: {outlet.disallowed}" in rules.splitlines()
        assert outlet.disallowed in client.get(newsroom.truth(outlet.name)[0].url).content.decode("utf-8", "replace")


def test_the_log_tells_what_was_asked(newsroom: Newsroom, client: httpx.Client) -> None:
    article = newsroom.truth("harbour-ledger")[0]
    newsroom.clear_log()
    etag = client.get(article.url).headers["etag"]
    client.get(article.url, headers={"If-None-Match": etag})
    client.head(article.url)
    assert client.post(article.url).status_code == 405
    client.get(article.url + "/nothing")
    told = [(one.method, one.status, one.conditional) for one in newsroom.log()]
    assert told == [
        ("GET", 200, False),
        ("GET", 304, True),
        ("HEAD", 200, False),
        ("POST", 405, False),
        ("GET", 404, False),
    ]
    assert {one.host for one in newsroom.log()} == {article.url.split("/")[2]}


def test_sources_cover_every_kind_of_door(newsroom: Newsroom, client: httpx.Client) -> None:
    sources = newsroom.sources()
    assert {source.kind for source in sources} == set(SourceKind)
    assert len({source.name for source in sources}) == len(sources)
    for source in sources:
        assert client.get(source.url).status_code == 200


def test_pages_can_be_filled_up_to_a_size(client: httpx.Client) -> None:
    with Newsroom(seed=3, articles_per_outlet=4, start=START, page_size_kb=35) as room:
        for article in room.truth():
            answer = client.get(article.url)
            assert 30_000 < len(answer.content) < 42_000
            assert article.paragraphs[0].split()[-1] in plain(answer)


def test_thousands_of_articles_are_reached_by_listing_and_sitemap(client: httpx.Client) -> None:
    with Newsroom(seed=3, articles_per_outlet=700, start=START) as room:
        outlet = room.outlets[3]
        truth = {article.url for article in room.truth(outlet.name)}
        assert len(truth) == 700
        index = ElementTree.fromstring(client.get(outlet.doors["sitemap"]).content)
        assert len([*index.iter(f"{SITEMAP}loc")]) == 2
        last = client.get(outlet.doors["listing"], params={"page": -(-700 // 12)})
        assert 'rel="next"' not in last.text
        assert 'rel="next"' in client.get(outlet.doors["listing"]).text


def test_a_taken_port_is_told(newsroom: Newsroom) -> None:
    with pytest.raises(PresswatchError, match=f"port {newsroom.port}"):
        Newsroom(1, 2, start=START, port=newsroom.port).start()


def test_broken_requests_end_the_connection(newsroom: Newsroom) -> None:
    with socket.create_connection(("127.0.0.11", newsroom.port), timeout=5) as peer:
        peer.sendall(b"nonsense\r\n\r\n")
        with suppress(ConnectionResetError):
            assert peer.recv(100) == b""
    with socket.create_connection(("127.0.0.11", newsroom.port), timeout=5) as peer:
        peer.sendall(
            b"GET /robots.txt HTTP/1.1\r\nHost: x\r\n\r\nGET /sitemap.xml HTTP/1.1\r\nConnection: close\r\n\r\n"
        )
        received = b""
        while piece := peer.recv(65_536):
            received += piece
    assert received.count(b"HTTP/1.1 200 OK") == 2


def test_hard_cases_are_there_only_when_asked_for(client: httpx.Client) -> None:
    with Newsroom(seed=5, articles_per_outlet=2, start=START) as room:
        assert not room.hostile_urls
        assert client.get(room.outlets[0].base_url + "/hostile/empty").status_code == 404
    with Newsroom(seed=5, articles_per_outlet=2, start=START, hostile=True) as room:
        urls = room.hostile_urls
        listing = client.get(urls["listing"]).text
        assert all(url in listing for url in room.hostile_good)
        expected = {
            "missing": 404,
            "gone": 410,
            "error": 500,
            "unavailable": 503,
            "empty": 200,
            "loop": 302,
            "to-private": 302,
        }
        assert {name: client.get(urls[name]).status_code for name in expected} == expected
        assert client.get(urls["empty"]).content == b""
        assert len(client.get(urls["huge"]).content) > 20_000_000
        with pytest.raises(httpx.RemoteProtocolError):
            client.get(urls["cut-off"])
        assert urls["metadata"].startswith("http://169.254.")
        assert client.get(urls["wrong-charset"]).content.decode("utf-8")
        assert "/forbidden/" in client.get(room.hostile_good[0].rsplit("/good", 1)[0] + "/robots.txt").text
        assert all(client.get(url).status_code == 200 for url in room.hostile_good)
