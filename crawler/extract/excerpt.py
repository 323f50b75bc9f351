"""Long texts as doors show them: whole, or cut in mid-sentence."""

from __future__ import annotations

import re

LONG_TEXT = 200
"""Characters from which the text beside a link is more than a teaser: it is kept as a provisional text."""

_ELLIPSIS = re.compile(
    r"(?:…|⋯|\.{2,}|·{3,}|‥)[\s\])>]{0,6}$",
)
_MORE = re.compile(
    r"[\s\[(<]{0,4}(?:더\s?보기|자세히\s?보기|전체\s?보기|계속\s?읽기|기사\s?전문\s?보기"
    r"|read\s(?:more|on)|continue\sreading|続きを読む|もっと見る|阅读全文)[^\w]{0,6}$",
    re.IGNORECASE,
)
_ENDED = re.compile(
    r"(?:[.!?。！？．][\"'”’」』)\]》>]{0,4}"
    r"|[다요죠까음임함됨]\s?[\"'”’」』)\]]{0,4}"
    r"|(?:기자|특파원|앵커|PD|[)\]】〉》])"
    r")\Z"
)
_ENDED_BY_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,24}){1,4}\Z")
_LAST_LETTERS = "기EeNnGgむる文"
"""What the words of `_MORE` end with."""
_DOTS = ("…", "⋯", "..", "··", "‥")
_STOPS = ".!?。！？．"
_LONGEST_END = 12
"""Characters of which the last letter is one, and within which an ellipsis ends."""
_TAIL = 200  # characters looked at: the patterns are anchored at the end
_LONGEST_MORE, _LONGEST_STOP = 40, 8  # more characters than `_MORE` and `_ENDED` can match


def is_cut(text: str) -> bool:
    """Whether a long text stops before its end: an ellipsis, a "read more", or no end of a sentence, byline or mail."""
    tail = text[-_TAIL:]
    told = any(map(tail[-_LONGEST_END:].__contains__, _DOTS)) and _ELLIPSIS.search(tail)
    return bool(told) or _says_more(tail) or not _is_ended(tail)


def _is_ended(tail: str) -> bool:
    if tail and tail[-1] in _STOPS:
        return True
    tail = tail.rstrip()
    return _ENDED.search(tail[-_LONGEST_STOP:]) is not None or ("@" in tail and _ENDED_BY_MAIL.search(tail) is not None)


def without_more(text: str) -> str:
    """The text without a trailing "read more"; an ellipsis stays, being what is shown."""
    if not _says_more(text):
        return text
    return (text[:-_LONGEST_MORE] + _MORE.sub("", text[-_LONGEST_MORE:])).rstrip()


def _says_more(tail: str) -> bool:
    for one in reversed(tail[-_LONGEST_END:]):
        if one.isalnum():
            return one in _LAST_LETTERS and _MORE.search(tail[-_LONGEST_MORE:]) is not None
    return False
