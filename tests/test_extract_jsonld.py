"""JSON-LD as pages write it is read all the same."""

import pytest

from crawler.extract.jsonld import MAX_OBJECTS, parse_json, parse_jsonld


@pytest.mark.parametrize(
    "block",
    [
        '{"@type":"NewsArticle","headline":"Ferry & vote"}',
        '{"@type":"NewsArticle","headline":"Ferry & vote",}',
        '{"@type":"NewsArticle",,"headline":"Ferry & vote"}',
        '/* made by a plugin */ {"@type":"NewsArticle", // the kind\n "headline":"Ferry & vote"}',
        '<!-- {"@type":"NewsArticle","headline":"Ferry & vote"} -->',
        '//<![CDATA[\n{"@type":"NewsArticle","headline":"Ferry & vote"}\n//]]>',
        '{"@type":"NewsArticle","headline":"Ferry & vote"};',
        '{"@type":"NewsArticle","headline":"Ferry & vote"}}',
        "{&quot;@type&quot;:&quot;NewsArticle&quot;,&quot;headline&quot;:&quot;Ferry &amp; vote&quot;}",
        '\ufeff{"@type":"NewsArticle","headline":"Ferry & vote"}',
        '{"@graph":[{"@type":"NewsArticle","headline":"Ferry & vote"}]}',
        '[[{"@type":"NewsArticle","headline":"Ferry & vote"}]]',
    ],
)
def test_broken_blocks(block):
    found = [item for item in parse_jsonld([block]) if item.get("@type") == "NewsArticle"]
    assert [item["headline"] for item in found] == ["Ferry & vote"]


def test_raw_newlines_tabs_and_bad_escapes_in_strings():
    assert parse_json('{"a":"one\ntwo\tthree"}') == {"a": "one\ntwo\tthree"}
    assert parse_json('{"a":"C:\\docs \\o/"}') is not None


def test_a_comment_sign_in_a_string_is_text():
    assert parse_json('{"url":"https://x.example/a", /* c */ "b":"1,]",}') == {"url": "https://x.example/a", "b": "1,]"}


def test_several_blocks_one_of_them_hopeless():
    blocks = ['{"@type":"WebSite","name":"Gull"}', "{{{ template }}}", '{"@type":"NewsArticle"}']
    assert [item["@type"] for item in parse_jsonld(blocks)] == ["WebSite", "NewsArticle"]


@pytest.mark.parametrize("block", ["[" * 100_000, '{"a":' * 100_000, '{"@graph":' * 5_000, "{" + '"' * 50_001])
def test_hostile_blocks_yield_nothing_and_raise_nothing(block):
    assert parse_jsonld([block]) == []


def test_no_more_objects_than_a_page_has():
    assert len(parse_jsonld(['[{"a":1},' * 1 + ",".join(['{"a":1}'] * 5_000) + "]"])) <= MAX_OBJECTS
