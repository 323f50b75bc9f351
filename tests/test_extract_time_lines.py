"""Lines that only tell when an entry was posted: out where the site sets them, kept where a person wrote them."""

from datetime import UTC, datetime

import pytest

from crawler.extract import extract
from crawler.extract.blocks import H1, HEADINGS, LI, PRE, Block, P
from crawler.extract.time_lines import is_stamp
from crawler.items import Hints, Page, PageKind

AGO = [
    "2 hours ago", "5h ago", "22 min ago", "just now", "vor 2 Stunden", "vor 6 Std.", "Il y a 3 heures", "hace 2 horas",
    "2 часа назад", "3시간 전", "방금 전", "2時間前", "3小时前", "2h ago 15.40 GMT", "Updated 2 hours ago",
    "(5 minutes ago)",
]  # fmt: skip
CLOCKS = [
    "15:40", "15:40:12", "15.40 GMT", "15:40 Uhr", "15h40", "3:40 p.m. ET", "9:30 am", "오후 3:40", "오후 2시 12분",
    "14시 5분", "15時40分", "Posted at 15:40", "24 Jan 2025 15:40", "24.01.2025 12:55", "Jan 24, 9:30 a.m.",
    "2025.01.24 오후 3:40",
]  # fmt: skip
NEITHER = [
    "15.40", "63'", "2:1", "24 Jan 2025", "1984", "5 hours", "Two hours ago he left", "vor 2 Stunden begann es",
    "John 3:16", "15:40 – Power is back", "12:00–13:00", "Doors open at 15:40", "어제", "Today", "6시", "At 9 am sharp",
    "", "3시간 전부터 줄을 섰다", "Es war 15:40 Uhr.", "a" * 60,
]  # fmt: skip
HEADING = min(HEADINGS - {H1})


def block(text, kind=P, *, bold=False):
    return Block(0, 0, kind, text, 0, 0, bold)


@pytest.mark.parametrize("text", AGO)
def test_how_long_ago_something_was_is_no_text_however_it_is_set(text):
    assert is_stamp(block(text))
    assert is_stamp(block(text, bold=True))
    assert is_stamp(block(text, HEADING))
    assert is_stamp(block(text, LI))


@pytest.mark.parametrize("text", CLOCKS)
def test_a_clock_is_a_stamp_unless_it_was_written_as_a_heading(text):
    assert is_stamp(block(text))
    assert is_stamp(block(text, LI))
    assert not is_stamp(block(text, HEADING))
    assert not is_stamp(block(text, bold=True))
    assert not is_stamp(block(text, PRE))


@pytest.mark.parametrize("text", NEITHER)
def test_what_says_more_than_a_time_stays(text):
    assert not is_stamp(block(text))


ENTRIES = {
    "Power back in the harbour district": "Electricity has returned to about six thousand homes around the harbour, the"
    " grid operator says, and some two thousand are still without it.",
    "The loudest thing I have ever heard": "Our reporter has reached the village of Skarvik, where the roof of the"
    " sports hall came off shortly after noon and landed, in one piece, on the pitch next door.",
    "All three bridges now closed": "The northern bridge has closed to all traffic, following the other two this"
    " morning. Drivers should expect a detour of ninety minutes.",
    "Schools shut in four districts": "Pupils in four coastal districts have been told to stay at home today."
    " Examinations planned for this morning will be held on Tuesday.",
}
FORMS = [
    "<article class=entry><div class=a1><span class=x9>{time}</span></div><h3>{head}</h3><p>{text}</p></article>",
    "<div class=entry><time datetime=2025-01-24T15:40:00Z>{time}</time><h2>{head}</h2><p>{text}</p></div>",
    "<div class=k1><a href=#b1><span>{time}</span></a><h2>{head}</h2><div><p>{text}</p></div></div>",
    "<ul><li class=tick><span>{time}</span><div><b>{head}</b><p>{text}</p></div></li></ul>",
]


def live(form, times):
    entries = "".join(
        form.format(time=time, head=head, text=text) for time, (head, text) in zip(times, ENTRIES.items(), strict=True)
    )
    html = f"<html><body><main><h1>Storm Petra live</h1><p>By Ann Vos</p><div>{entries}</div></main></body></html>"
    at = datetime(2025, 1, 24, 18, tzinfo=UTC)
    url = "https://n.example/live/petra"
    page = Page(url=url, final_url=url, status=200, headers={}, body=html.encode(), fetched_at=at)
    return extract(page, Hints(expect=PageKind.ARTICLE)).article.text.split("\n")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "times",
    [
        ["15:40", "14:12", "12:55", "9:30"],
        ["2h ago 15.40 GMT", "4h ago 14.12 GMT", "5h ago 12.55 GMT", "8h ago 09.30 GMT"],
        ["오후 3:40", "오후 2시 12분", "3시간 전", "오전 9:30"],
    ],
)
def test_entries_of_a_live_blog_keep_headlines_and_texts_without_their_stamps(form, times):
    assert live(form, times) == [line for entry in ENTRIES.items() for line in entry]


def test_a_chronicle_keeps_the_clocks_that_are_its_sub_headings():
    lines = live("<h3>{time}</h3><p>{text}</p>", ["06:40", "08:12", "12:55", "19:30"])
    assert lines[-6:] == [
        "08:12", list(ENTRIES.values())[1], "12:55", list(ENTRIES.values())[2], "19:30", list(ENTRIES.values())[3],
    ]  # fmt: skip


def test_a_timetable_keeps_its_clocks():
    rows = "".join(f"<tr><td>{hour}:15</td><td>Ferry to Skarvik and the islands</td></tr>" for hour in range(8, 12))
    html = "<html><body><h1>Ferries</h1><article>{}<table>{}</table><p>{}</p></article></body></html>"
    first, second, *_ = ENTRIES.values()
    url = "https://n.example/ferries"
    page = Page(
        url=url,
        final_url=url,
        status=200,
        headers={},
        body=html.format(f"<p>{first}</p>", rows, second).encode(),
        fetched_at=datetime(2025, 1, 24, 18, tzinfo=UTC),
    )
    text = extract(page, Hints(expect=PageKind.ARTICLE)).article.text
    assert "8:15 Ferry to Skarvik and the islands" in text
