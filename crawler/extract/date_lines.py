"""Where a page shows its date: which lines of it may tell when the article was published, the likeliest first."""

from __future__ import annotations

import re
from collections.abc import Iterator

from crawler.extract.body_text import Body
from crawler.extract.chrome import Mark
from crawler.extract.dates.relative import GONE_BY

LONGEST_LINE = 160
LONGEST_ABOVE = 60
"""Characters of a line between headline and text, and of one above the headline, where breadcrumbs and teasers are."""

LONGEST_IN_CAPTION = 30
"""Some templates put headline and date into a picture's caption; a longer line tells of the picture."""

LONGEST_NAME = 20
"""Characters of a line that names a day without a number."""

MOST_BETWEEN = 40
MOST_ABOVE = 12
MOST_AT_HEAD = 6
MOST_BEHIND = 40
MOST_OTHERS = 40
"""Lines that are looked at between headline and text, above it, at the text's head, behind it, and besides."""

LONGEST_DATELINE = 60
"""Characters within which a text that opens with its date has told it: "(Bonn, 21. November 2022) ..."."""

_ELSEWHERE = Mark.COMMENTS | Mark.RELATED | Mark.CONSENT
_DIGIT = re.compile(r"\d")
_LABEL = re.compile(
    r"\W{0,3}(?:(?:date\s|first\s|originally\s|last\s|zuletzt\s|기사\s?)?(?:published|posted|updated|created|veröffentlicht|erschienen|erstellt"
    r"|aktualisiert|letzte\s(?:änderung|aktualisierung)|stand|datum|date|publié|mis\sà\sjour|publicado|actualizado"
    r"|pubblicato|aggiornato|atualizado|geplaatst|gepubliceerd|bijgewerkt|publicerad|publisert|udgivet|opublikowano"
    r"|опубликовано|дата|입력|등록|게시|발행|승인|작성일?|수정|投稿日?|公開日?|更新日?|掲載日?|发布(?:时间|日期)?|發布)"
    r"(?:\s(?:am|on|le|il|el|em|op|den|date|date:))?\s?[:：]?\s"
    r"|(?:submitted|posted|gespeichert|geschrieben|eingestellt|publié|enviado)\s(?:by|von|par|por)\s)",
    re.IGNORECASE,
)


def date_lines(body: Body) -> Iterator[tuple[str, bool]]:
    """Lines between headline and text, above the headline, of bylines, at the text's head, and labelled behind it.

    With each line whether it counts only if it is nothing but a date.
    """
    page = body.page
    seen: set[str] = set()
    if page is None or not body.lines:
        yield from ((line, False) for line in body.bylines[:MOST_OTHERS])
        return
    blocks = page.blocks
    first, last = body.lines[0], body.lines[-1]
    for line in lines_between(body):
        seen.add(line)
        yield line, _DIGIT.search(line) is None
    titled = _titled(body, first)
    for block in reversed(blocks[max(0, titled - MOST_ABOVE) : max(0, titled)]):
        if block.chars <= LONGEST_ABOVE and not block.cut & _ELSEWHERE and _DIGIT.search(block.text):
            seen.add(block.text)
            yield block.text, False
    yield from ((line, False) for line in body.bylines[:MOST_OTHERS] if line not in seen)
    for block in blocks[first : min(last, first + MOST_AT_HEAD)]:
        if block.chars <= LONGEST_ABOVE and not block.cut and _DIGIT.search(block.text):
            yield block.text, True
    previous = ""
    for block in blocks[last + 1 : last + 1 + MOST_BEHIND]:
        if block.cut & _ELSEWHERE or block.chars > LONGEST_LINE:
            previous = ""
            continue
        line = f"{previous} {block.text}" if previous else block.text
        if _LABEL.match(f"{line} ") and _DIGIT.search(line):
            yield line, False
        # "Published" may stand in an element of its own before its date.
        previous = block.text if block.chars < LONGEST_ABOVE and _LABEL.fullmatch(f"{block.text} ") else ""


def lines_between(body: Body) -> Iterator[str]:
    """Lines that may tell a date between headline and text; without a headline, the nearest to the text first."""
    if body.page is None or not body.lines:
        return
    first = body.lines[0]
    titled = _titled(body, first)
    between = body.page.blocks[max(0, first - MOST_BETWEEN, titled + 1) : first]
    for block in between if titled >= 0 else reversed(between):
        told = LONGEST_LINE if not block.cut & Mark.CAPTION else LONGEST_IN_CAPTION
        if block.chars <= told and not block.cut & _ELSEWHERE and _may_tell(block.text):
            yield block.text


def _may_tell(text: str) -> bool:
    """Whether a line between headline and text may tell a date: a number, or nothing but a day gone by (``어제``)."""
    return _DIGIT.search(text) is not None or (len(text) <= LONGEST_NAME and text.strip().lower() in GONE_BY)


def _titled(body: Body, first: int) -> int:
    return max((index for index, fate in body.fates.items() if fate == "title" and index < first), default=-1)


def dateline(text: str) -> str | None:
    """The beginning of a text that opens with a date, up to what divides it from the first sentence."""
    head = text[:LONGEST_DATELINE]
    found = _DATELINE.match(head)
    return found[1] if found else None


_DATELINE = re.compile(
    r"\s{0,3}[(\[]?\s?((?:[^\W\d_][^\d()|\n]{0,30})?\d{1,4}[^\n–|(]{4,24}?(?:19|20)?\d\d)\.?\s?(?:[)\]]|\s[–—|-]\s|\s?[|]|:\s|\s(?=[„“\"«]))"
)
