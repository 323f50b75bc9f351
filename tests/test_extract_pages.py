"""Whole pages in the manner of real sites: a folder each with page, URL and what must come out (see `page_cases`).

What is known to come out wrong is named in the case and expected to fail field by field, so that everything else of
the page stays asserted; how much may be wrong in all is the business of `test_extract_floors`.
"""

import pytest
from page_cases import cases, leaked, shown

ASKED_APART = ("never", "untold")
"""Not fields: phrases that must not come out; the kind when the caller does not say what it expects."""


def every_case(case):
    return case.name


@pytest.mark.parametrize("site_rules", [False, True], ids=["plain", "rules"])
@pytest.mark.parametrize("case", cases(), ids=every_case)
def test_page_gives_what_is_expected(case, site_rules):
    got = shown(case.read(site_rules=site_rules))
    asked = [name for name in case.expected if name not in ASKED_APART and name not in case.known_failures]
    assert {name: got.get(name) for name in asked} == {name: case.expected[name] for name in asked}


@pytest.mark.parametrize("site_rules", [False, True], ids=["plain", "rules"])
@pytest.mark.parametrize("case", [case for case in cases() if "never" not in case.known_failures], ids=every_case)
def test_chrome_of_a_page_stays_out_of_its_text(case, site_rules):
    assert leaked(case, case.read(site_rules=site_rules)) == []


@pytest.mark.parametrize("case", [case for case in cases() if "untold" not in case.known_failures], ids=every_case)
def test_kind_of_a_page_is_found_without_being_told(case):
    assert case.read(told=False).kind.value == case.expected["kind"]


@pytest.mark.parametrize(
    ("case", "name"),
    [
        pytest.param(case, name, id=f"{case.name}-{name}", marks=pytest.mark.xfail(reason=why, strict=False))
        for case in cases()
        for name, why in case.known_failures.items()
    ],
)
def test_known_failure(case, name):
    if name == "untold":
        assert case.read(told=False).kind.value == case.expected["kind"]
    elif name == "never":
        assert leaked(case, case.read()) == []
    else:
        assert shown(case.read()).get(name) == case.expected[name]


def test_cases_are_whole():
    """A known failure names something that the case asks about, and each page of an article tells its text."""
    for case in cases():
        assert set(case.known_failures) <= {*case.expected, "untold"}, case.name
        if case.expected["kind"] == "article":
            assert case.expected.get("paragraphs") or case.expected.get("text"), case.name
