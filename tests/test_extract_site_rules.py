"""What is known of single sites: the rule files, each with saved pages, and the machinery that believes them or not."""

import json
import re
import time
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from crawl_case import play
from small_site import Reply, SmallSite

from benchmarks.site_rules import main
from crawler.config import load_config
from crawler.desk import Desk
from crawler.errors import ConfigError
from crawler.extract import extract
from crawler.extract.ruled_page import MAX_FOUND, select
from crawler.extract.site_rules import MAX_SELECTORS, SiteRules, parse_rule, site_rules
from crawler.items import Hints, Page, PageKind

CASES = sorted(folder for folder in (Path(__file__).parent / "sites").iterdir() if folder.is_dir())
NOW = datetime(2026, 11, 25, tzinfo=UTC)
by_name = pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)


def page_of(html, url="https://paper.example/news/1", at=NOW):
    body = html if isinstance(html, bytes) else html.encode()
    return Page(url=url, final_url=url, status=200, headers={"content-type": "text/html"}, body=body, fetched_at=at)


def read(html, url="https://paper.example/news/1", at=NOW, **hints):
    return extract(page_of(html, url, at), Hints(expect=PageKind.ARTICLE, **hints))


def case_of(folder):
    return tomllib.loads((folder / "case.toml").read_text(encoding="utf-8"))


def expected_of(folder):
    return json.loads((folder / "expected.json").read_text(encoding="utf-8"))


def read_case(folder, **hints):
    return read((folder / "page.html").read_bytes(), case_of(folder)["url"], **hints)


def plain(article):
    return {
        "title": article.title,
        "summary": article.summary,
        "text": article.text,
        "authors": list(article.authors),
        "published": article.published.isoformat() if article.published else None,
        "modified": article.modified.isoformat() if article.modified else None,
        "captions": list(article.captions),
    }


# ---------------------------------------------------------------- the shipped rules and their saved pages


@by_name
def test_saved_page_is_read_by_its_rule(folder):
    expected = expected_of(folder)
    got = plain(read_case(folder).article)
    assert {name: got[name] for name in expected} == expected


@by_name
def test_the_rule_of_a_saved_page_is_the_one_that_spoke(folder):
    names = {Path(rule.file).stem: rule.name for rule in site_rules().rules}
    assert f"the site rule “{names[case_of(folder)['rule']]}”" in read_case(folder).reason


@by_name
def test_saved_page_without_its_rule(folder):
    # A case says whether the rule was needed for the text, so that a rule that no page needs any more is seen.
    found = read_case(folder, site_rules=False)
    assert "site rule" not in found.reason
    same = found.article is not None and found.article.text == expected_of(folder)["text"]
    assert same == case_of(folder)["general"], f"write general = {str(same).lower()} into {folder.name}/case.toml"


def test_every_shipped_rule_has_a_saved_page():
    assert {Path(rule.file).stem for rule in site_rules().rules} == {case_of(folder)["rule"] for folder in CASES}


def test_every_shipped_rule_says_where_it_is_known_from():
    folder = Path(__import__("crawler.extract").extract.__file__).parent / "sites"
    for file in folder.glob("*.toml"):
        evidence = file.read_text(encoding="utf-8").split("name =")[0]
        assert re.search(r"(?:Seen on|Known from)[^.]*\b20\d\d\b", evidence), file.name


# ---------------------------------------------------------------- which rule speaks of a page

RULE = """
name = "Paper"
hosts = ["paper.example"]
valid_until = 2027-11-24
zone = "Asia/Seoul"
body = ["#text"]
title = ["p.headline"]
date = [".when"]
author = [".who"]
caption = [".under"]
strip = [".more"]
summary = [".deck"]
"""


def rule_of(text, file="paper.toml", *, own=True):
    return parse_rule(text.encode(), file, own=own)


def found_by(rules, url, **metas):
    said = {name.replace("_", ":"): [value] for name, value in metas.items()}
    return [rule.name for rule in rules.candidates(url, said)]


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://paper.example/a", True),
        ("https://www.paper.example:8443/a", True),
        ("https://M.Paper.Example./a", True),
        ("https://notpaper.example/a", False),
        ("https://paper.example.evil.test/a", False),
        ("https://other.test/paper.example", False),
        ("https://example/a", False),
        ("http://[broken/a", False),
        ("", False),
    ],
)
def test_a_host_and_all_below_it(url, found):
    assert found_by(SiteRules([rule_of(RULE)], ()), url) == (["Paper"] if found else [])


def test_the_longest_host_wins():
    magazine = RULE.replace("Paper", "Magazine").replace("paper.example", "magazine.paper.example")
    rules = SiteRules([rule_of(RULE), rule_of(magazine, "magazine.toml")], ())
    assert found_by(rules, "https://magazine.paper.example/a") == ["Magazine"]
    assert found_by(rules, "https://news.paper.example/a") == ["Paper"]


def test_a_host_longer_than_any_is_not_looked_up():
    began = time.process_time()
    assert found_by(SiteRules([rule_of(RULE)], ()), "https://" + "a." * 300_000 + "paper.example/") == []
    assert time.process_time() - began < 1


DETECTED = """
name = "Blogs"
valid_until = 2027-11-24
body = ["#post"]
detect.meta = { "twitter:site" = "@BLOGS" }
detect.path = ["/post/view.html"]
"""


def test_a_system_is_told_by_its_meta_or_its_path_on_any_host():
    rules = SiteRules([rule_of(DETECTED), rule_of(RULE)], ())
    assert found_by(rules, "https://own.test/1", twitter_site="@BLOGS_kr") == ["Blogs"]
    assert found_by(rules, "https://own.test/post/view.html?no=1") == ["Blogs"]
    assert found_by(rules, "https://own.test/post/view.html/1") == []
    assert found_by(rules, "https://own.test/1", twitter_site="about @BLOGS") == []
    # A host is surer than what a page says of its system.
    assert found_by(rules, "https://paper.example/1", twitter_site="@BLOGS") == ["Paper"]


def test_a_page_of_no_known_site_is_read_without_rules():
    assert site_rules().candidates("https://www.example.org/a", {"og:title": ["a"]}) == ()


# ---------------------------------------------------------------- what a rule says, and whether it is believed

SENTENCES = [f"{number}번째 문단은 시의회가 예산을 어떻게 나누었는지 적은 긴 문장이다." for number in range(1, 5)]
OTHER = "<p>다른 곳에 놓인 문단으로, 규칙이 가리키는 곳이 비어 있을 때에만 본문으로 읽힌다는 것을 보여 준다.</p>"
PAPER = f"""<html lang="ko"><head><title>시의회 예산 통과 - Paper</title></head><body>
<p class="headline">시의회 예산 통과</p><p class="when">입력 2026.11.20 09:30</p><span class="who">홍길동 기자</span>
<div class="deck">예산 12% 늘어</div>
<div id="text"><p>{SENTENCES[0]}</p><div class="under">표결하는 의원들</div><p>{SENTENCES[1]}</p>
<div class="more"><p>다른 기사를 읽어 보라고 권하는 문장이어서 본문이 아니다.</p></div><p>{SENTENCES[2]}</p></div>
<div class="else">{OTHER * 3}</div></body></html>"""


@pytest.fixture
def site():
    made = SmallSite()
    yield made
    made.close()


@pytest.fixture
def own_folder(tmp_path_factory):
    tmp_path = tmp_path_factory.mktemp("rules")

    def write(*texts):
        for number, text in enumerate(texts):
            (tmp_path / f"rule{number}.toml").write_text(text, encoding="utf-8")
        return str(tmp_path)

    site_rules.cache_clear()
    yield write
    site_rules.cache_clear()


def test_a_persons_own_rule_is_used(own_folder):
    found = read(PAPER, site_rules_folder=own_folder(RULE))
    assert plain(found.article) == {
        "title": "시의회 예산 통과",
        "summary": "예산 12% 늘어",
        "text": "\n".join(SENTENCES[:3]),
        "authors": ["홍길동"],
        "published": "2026-11-20T09:30:00+09:00",
        "modified": None,
        "captions": ["표결하는 의원들"],
    }
    assert "its place known by the site rule “Paper”" in found.reason


def test_rules_can_be_switched_off(own_folder):
    found = read(PAPER, site_rules=False, site_rules_folder=own_folder("no rule at all"))
    assert "site rule" not in found.reason
    assert OTHER[3:20] in found.article.text


def test_an_ended_rule_is_not_used_and_that_is_told(own_folder):
    folder = own_folder(RULE)
    last = datetime(2027, 11, 24, 23, 59, tzinfo=UTC)
    assert "its place known by" in read(PAPER, at=last, site_rules_folder=folder).reason
    after = read(PAPER, at=last + timedelta(minutes=1), site_rules_folder=folder)
    assert "the site rule “Paper” ended on 2027-11-24 and was not used" in after.reason
    assert after.article.text == read(PAPER, at=NOW, site_rules=False).article.text


def test_a_rule_that_finds_no_place_leaves_the_text_to_the_general_method(own_folder):
    found = read(PAPER, site_rules_folder=own_folder(RULE.replace("#text", "#gone")))
    assert "the site rule “Paper” finds no place that holds a text" in found.reason
    assert found.article.text == read(PAPER, site_rules=False).article.text
    # Its other knowledge may still hold.
    assert found.article.authors == ("홍길동",)


def test_a_rule_that_finds_too_little_leaves_the_text_to_the_general_method(own_folder):
    found = read(PAPER, site_rules_folder=own_folder(RULE.replace("#text", ".deck").replace('summary = [".deck"]', "")))
    assert "the site rule “Paper” finds too little text, so the page was read as any other" in found.reason
    assert found.article.text == read(PAPER, site_rules=False).article.text
    assert found.article.captions == read(PAPER, site_rules=False).article.captions


def test_of_several_containers_the_first_that_holds_an_article_is_taken(own_folder):
    page = PAPER.replace('<div id="text">', '<div id="text"><p>사진</p></div><div id="text">')
    assert read(page, site_rules_folder=own_folder(RULE)).article.text == "\n".join(SENTENCES[:3])


def test_a_rule_says_nothing_of_pages_that_it_leaves_out(own_folder):
    folder = own_folder(RULE + 'unless = ["body#index"]\n')
    assert "site rule" in read(PAPER, site_rules_folder=folder).reason
    assert "site rule" not in read(PAPER.replace("<body>", '<body id="index">'), site_rules_folder=folder).reason


def test_an_own_rule_comes_before_the_shipped_one_while_it_finds_its_place(own_folder):
    folder = Path(own_folder('name = "Mine"\nhosts = ["mk.co.kr"]\nvalid_until = 2027-01-01\nbody = ["#text"]'))
    url = "https://www.mk.co.kr/news/1"
    assert "the site rule “Mine”" in read(PAPER, url, site_rules_folder=str(folder)).reason
    shipped = read(PAPER.replace('id="text"', 'class="news_cnt_detail_wrap"'), url, site_rules_folder=str(folder))
    assert "the site rule “Mine” finds no place" in shipped.reason
    assert "its place known by the site rule “Maeil Business (매일경제)”" in shipped.reason


def test_a_title_that_the_page_says_nowhere_else_is_not_believed(own_folder):
    page = PAPER.replace('class="headline">시의회 예산 통과', 'class="headline">지금 구독하세요')
    found = read(page, site_rules_folder=own_folder(RULE))
    assert found.article.title != "지금 구독하세요"
    assert "is said nowhere else" in found.reason


def test_a_field_may_stand_in_an_attribute(own_folder):
    text = RULE.replace('".when"', '"#data@data-made"').replace('".who"', '"#data@data-by"')
    page = PAPER.replace("<p class=", '<i id="data" data-made="2026.11.19 18:40" data-by="임꺽정"></i><p class=', 1)
    article = read(page, site_rules_folder=own_folder(text)).article
    assert (article.published.isoformat(), article.authors) == ("2026-11-19T18:40:00+09:00", ("임꺽정",))


def test_a_day_alone_yields_to_a_time_that_the_page_tells(own_folder):
    meta = '<meta property="article:published_time" content="2026-11-20T09:31:12+09:00">'
    page = PAPER.replace("<title>", f"{meta}<title>")
    page = page.replace("입력 2026.11.20 09:30", "2026.11.20")
    article = read(page, site_rules_folder=own_folder(RULE)).article
    assert article.published.isoformat() == "2026-11-20T09:31:12+09:00"


def test_lists_of_a_blog_are_left_to_the_general_method():
    items = "".join(f'<div class="list_content"><a href="/{n}"><strong>글 {n}</strong></a></div>' for n in range(9))
    page = f'<html><body id="tt-body-index"><div class="contents_style">{items}</div></body></html>'
    assert "site rule" not in extract(page_of(page, "https://some.tistory.com/")).reason


def test_the_outer_page_of_a_naver_blog_is_no_article():
    frame = '<iframe id="mainFrame" src="/PostView.naver?blogId=a&amp;logNo=223700111222"></iframe>'
    page = f"<html><head><title>글 : 네이버 블로그</title></head><body>{frame}</body></html>"
    assert extract(page_of(page, "https://blog.naver.com/a/223700111222")).kind is PageKind.OTHER


# ---------------------------------------------------------------- files that make no sense


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (RULE.replace("body =", "bodi ="), "bodi: there is no such key; there are name, hosts"),
        (RULE.replace('body = ["#text"]', ""), "body: is missing"),
        (RULE.replace('["#text"]', '"#text"'), "body: '#text' is no list of texts"),
        (RULE.replace('["#text"]', "[3]"), "body: [3] is no list of texts"),
        (RULE.replace("#text", "#text:first-child"), "body: '#text:first-child' is no selector"),
        (RULE.replace("#text", "h1 ~ p"), "body: 'h1 ~ p' is no selector"),
        (RULE.replace("#text", "a" * 201), "is no selector that a rule may have"),
        (RULE.replace("#text", ""), "body: '' is no selector"),
        (RULE.replace(".when", "@data-x"), "date: '' is no selector"),
        (RULE.replace("#text", "#text@data-x"), "body: '#text@data-x' is no selector"),
        (
            RULE.replace('["#text"]', json.dumps(["p"] * (MAX_SELECTORS + 1))),
            "body: more than 20 selectors",
        ),
        (
            RULE.replace("paper.example", "https://paper.example/"),
            "hosts: 'https://paper.example/' is no host",
        ),
        (RULE.replace("paper.example", "com"), "hosts: 'com' is no host"),
        (RULE.replace('hosts = ["paper.example"]', ""), "hosts: neither a host is named"),
        (RULE.replace("2027-11-24", '"2027-11-24"'), "valid_until: is missing or no day"),
        (RULE.replace("2027-11-24", "2027-11-24T10:00:00Z"), "valid_until: is missing or no day"),
        (RULE.replace("Asia/Seoul", "Seoul"), "zone: 'Seoul' is no IANA zone"),
        (RULE.replace('"Asia/Seoul"', "9"), "zone: 9 is of another type"),
        (RULE.replace('"Paper"', '""'), "name: is missing"),
        (RULE + 'detect.cookie = "x"\n', "detect.cookie: there is no such key"),
        (RULE + 'detect.path = ["news"]\n', "detect.path: 'news' does not begin with /"),
        (
            RULE + 'detect.meta = { Generator = "X" }\n',
            "detect.meta: write the name of a <meta> in lower case",
        ),
        ("name = ", "no valid TOML"),
        ("x" * 70_000, "larger than 64000 bytes"),
    ],
)
def test_a_bad_file_is_named_with_its_key(text, says):
    with pytest.raises(ConfigError) as caught:
        rule_of(text)
    assert str(caught.value).startswith("paper.toml: ")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_bytes_that_are_no_text_are_named():
    with pytest.raises(ConfigError, match=r"paper\.toml: no valid TOML"):
        parse_rule(b"\xff\xfe", "paper.toml")


def test_two_rules_of_one_host_are_an_error():
    with pytest.raises(ConfigError, match=r"b\.toml: hosts: 'paper\.example' is named by a\.toml too"):
        SiteRules([rule_of(RULE, "a.toml"), rule_of(RULE, "b.toml")], ())


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigError, match="nowhere"):
        site_rules(str(tmp_path / "nowhere"))


def test_files_of_another_kind_are_left_alone(own_folder):
    folder = Path(own_folder(RULE))
    (folder / "README.md").write_text("notes")
    assert [rule.name for rule in site_rules(str(folder)).rules if rule.own] == ["Paper"]


# ---------------------------------------------------------------- bounds


def test_a_selector_finds_no_more_than_so_many():
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser("<div>" + "<p><b>x</b></p>" * 500 + "</div>")
    assert len(select(tree, ("p",))) == MAX_FOUND
    assert len(select(tree, ("div", "b"))) == MAX_FOUND


def test_a_page_made_against_a_rule_takes_time_in_proportion():
    def spent(size):
        hostile = "<div class='contents_style'>" * size + "글" + "<span data-tistory-react-app>" * size
        page = page_of(f"<html><body>{hostile}</body></html>", "https://a.tistory.com/1")
        began = time.process_time()
        extract(page, Hints(expect=PageKind.ARTICLE))
        return time.process_time() - began

    spent(100)
    # Eight times the page; quadratic growth would be 64 times. Small times are mostly noise.
    assert min(spent(16_000) for _ in range(2)) < 20 * max(0.01, min(spent(2_000) for _ in range(2)))


# ---------------------------------------------------------------- settings


def test_a_crawl_uses_a_persons_own_rules_unless_they_are_switched_off(tmp_path, site, own_folder):
    folder = own_folder(RULE.replace('hosts = ["paper.example"]', 'detect.path = ["/a.html"]'))
    site.pages["/a.html"] = Reply(PAPER)

    def text(**settings):
        name = f"sqlite:///{tmp_path}/{len(settings)}.db"

        async def scenario(case):
            await case.urls(site.url("/a.html"))
            (row,) = case.rows()
            texts.append(row.text)

        texts = []
        play(tmp_path, scenario, store=name, **settings)
        return texts[0]

    assert text(site_rules_folder=folder) == "\n".join(SENTENCES[:3])
    assert text(site_rules_folder=folder, site_rules=False) == text()


def test_a_bad_rule_is_told_before_anything_is_crawled(tmp_path, own_folder):
    folder = own_folder(RULE.replace("body =", "bodi ="))
    config = load_config(environ={}, overrides={"store": f"sqlite:///{tmp_path}/a.db", "site_rules_folder": folder})
    with pytest.raises(ConfigError, match=r"rule0\.toml: bodi: there is no such key"):
        Desk.open(config)
    assert not (tmp_path / "a.db").exists()
    with pytest.raises(ConfigError, match=r"site_rules_folder: .* does not exist or is no folder"):
        load_config(environ={}, overrides={"site_rules_folder": f"{folder}/nowhere"})


def test_the_table_of_rules_is_printed(capsys):
    main()
    out = capsys.readouterr().out
    assert out.count("\n") == len(site_rules().rules) + 3
    assert f"{len(CASES):>5}  {len(CASES):>4} /" in out
