"""The versioned identity of a text: what copies share, and what any edit changes.

The content hash is SHA-256 over the letters, combining marks and digits of the text, NFKC and case folded, after
bylines, agency marks, copyright lines and pleas at its two ends are taken off. Respaced Korean, other quotation marks
and compatibility characters give the same hash; signs, decimal points and percent signs of numbers are kept, so that
1.5 % is not 15 %, nor -3 degrees 3 degrees.

What is taken off too eagerly does little harm: two texts would have to be equal in everything else to share a hash.
Rules count word characters and pass over blanks and quotation marks, so that respaced copies lose the same words.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from crawler.items import Fingerprint
from crawler.text.characters import MARKS

FINGERPRINT_VERSION: Final = 1
"""Raised whenever the same text would get another hash; hashes of two versions are never compared."""
LEAST_SHAREABLE: Final = 80
"""Letters under which texts of different articles may be equal by chance (a weather line, a photo page)."""

_HEAD: Final = 400
_TAIL: Final = 600
_FURNITURE: Final = 3000
"""Characters looked at for an opening, an ending, and for lists of other articles after the end."""
_ROUNDS: Final = 6
"""Furniture comes in rows (photo credit, agency mark, byline), seldom more than three."""
_CJK_SHARE: Final = 0.3

_JOB = r"(?:선임|인턴|객원|전문|수습|사진|명예)?(?:기자|특파원|통신원|논설위원|앵커|리포터)"
_JOBS: Final = ("기자", "특파원", "통신원", "위원", "앵커", "리포터")
"""One of them is in each of these."""
_AGENCY = r"(?:press|news|times|post|wire|agency|journal|herald|tribune|writer|reporter|correspondent|reuters|afp|ap)"
_MAIL = re.compile(r"(?<![a-z0-9._+-])[a-z0-9._+-]{1,64}+@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}")
_NO_COPYING = (
    r"무단\s*(?:전재|복제|배포|전제|도용|사용)"
    r"(?:[\W_]{0,5}(?:및|재배포|복제|배포|변형|무단|전재|ai|학습|이용|활용)){0,8}[\W_]{0,5}금지"
)

_HEAD_RULES: Final = tuple(
    (needs, re.compile(rf"[\W_]*?(?:{rule})", re.DOTALL))
    # A word or sign without which the match is pointless, and what is matched.
    for needs, rule in (
        (("무단",), rf"(?:저작권자\s*)?(?:©\s*[^.\n©]{{1,30}}?[.,]?\s*)?{_NO_COPYING}"),
        (("제보",), r"제보는?\s*(?:카카오톡|카톡|전화|이메일|메일)\s*[:@]?\s*(?:[a-z0-9@._-]{1,30})?"),
        (
            ("reserved",),
            r"(?:©|copyright)[^.]{0,80}\.\s*all\s+rights\s+reserved\.?(?:\s*this\s+material\s+may\s+not[^.]{0,120}\.)?",
        ),
        (("follow", "subscribe", "sign"), r"(?:follow\s+us|subscribe|sign\s+up)\b[^.!?]{0,100}[.!?]"),
        (("]", "】"), r"[\[【][^\]】]{1,40}[\]】]"),
        (("=",), r"[(][^()=]{1,20}=[^()=]{1,20}[)]"),
        (("(",), r"(?:[\W_]*[a-z]){0,30}?[\W_]*[(]\s*[a-z][a-z .]{1,20}[)]\s*[-–—=]+"),
        (("by",), rf"by\s(?:[\W_]*[a-z]){{2,50}}?[\W_]+{_AGENCY}\b(?:\s+{_AGENCY}\b)*"),
        (_JOBS, rf"(?:[\W_]*[^\W_]){{0,20}}?[\W_]*{_JOB}"),
    )
)
_TAIL_RULES: Final = tuple(
    (window, needs, re.compile(rule + r"[\W_]*\Z", re.DOTALL))
    # How much of the end is searched, and a word without which the search is pointless.
    for window, needs, rule in (
        (330, ("©", "copyright"), r"(?:©|copyright)[^©]{0,100}?(?:rights\s+reserved|무단|저작권)[^©]{0,200}"),
        (80, ("금지",), _NO_COPYING),
        (
            220,
            ("follow", "subscribe", "sign up", "newsletter"),
            r"(?<=[.!?\"”’\n])[^.!?\n]{0,60}?"
            r"(?:follow\s+us|subscribe\s+to|sign\s+up\s+for|our\s+newsletter)[^.!?\n]{0,100}[.!?]?",
        ),
        (100, ("by",), rf"\bby\s[a-z][a-z .,'’-]{{2,60}}?\b{_AGENCY}\b"),
        (220, ("ing",), r"\b(?:reporting|writing|editing|additional\s+reporting)\s+by\s[^.]{3,160}\.?"),
        (80, (")",), r"(?<=[.!?\"”’\n])\s*(?:[a-z][a-z .,]{0,30})?[(]\s*[a-z][a-z .]{1,20}[)]\s*[-–—=]+"),
        (60, ("=",), r"[(][^()=\n]{1,20}=[^()=\n]{1,20}[)]"),
        (24, _JOBS, rf"(?:[가-힣]\s*){{0,3}}{_JOB}"),
    )
)
_LINE = re.compile(
    rf"무단\s*(?:전재|복제|배포|전제|도용)|재배포\s*금지|저작권자|all\s+rights\s+reserved|제보는|기사\s*제보|구독[과을]?\s|좋아요|"
    rf"^[\W_]*(?:사진|영상|그래픽|자료|제공|출처)\s*[=:/·제]|{_JOB}[\W_]*=?[\W_]*$|^[\W_]*by\s[\w .,'’-]{{3,60}}$|"
    r"^[\[(【][^\])】]{1,40}[\])】]$"
)
_LINE_LETTERS: Final = 60
_LONG_LINE = re.compile(rf"(?:[\W_]*+[^\W_]){{{_LINE_LETTERS + 1}}}")
_LIST_HEADS = r"(?:많이\s*본\s*(?:뉴스|기사)|인기\s*(?:뉴스|기사)|주요\s*뉴스|most\s+(?:read|popular|viewed)|trending)"
_LIST_WORDS: Final = ("뉴스", "기사", "most", "trending")
_RANKED = re.compile(rf"{_LIST_HEADS}[\W_]*1[\W_].{{3,120}}?\b2[\W_].{{3,120}}?\b3[\W_]", re.DOTALL)

_INVISIBLE = dict.fromkeys(
    [0xAD, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFEFF, 0x180E, *range(0x202A, 0x202F)]
)
_INVISIBLE_CHARACTERS = "".join(map(chr, _INVISIBLE))
_LOOSE = re.compile(r"[-−–+,]\s+")
_THOUSANDS = re.compile(r",(?<=\d,)(?=\d{3}(?!\d))")
_PLAIN = re.compile("[\x00-\x7f©°·À-ÖØ-Þà-öø-ÿ–—‘’“”「-』《》〈〉ぁ-ゖァ-ヺー\u4e00-\u9fff\uac00-\ud7a3]*+")
"""What NFKC leaves alone, whatever stands beside it, and of which the small letters are the folded ones."""
_CJK = re.compile("[\uac00-\ud7a3\u4e00-\u9fff\u3041-\u30ff]+")
_OF_NUMBERS = r"[.,٫/⁄:](?<=\d[.,٫/⁄:])(?=\d)|[%‰](?<=\d[%‰])|[-−–+△▲▼](?<!\d[-−–+△▲▼])(?=\d)"
# Most texts are of the first few letters: these are told apart sooner.
_KEPT = re.compile(rf"[0-9a-z\uac00-\ud7a3]+|[^\W_]+|[{MARKS}]+|{_OF_NUMBERS}")
_KEPT_SIGNS: Final = "-.,٫%‰/:+△▲▼"
_MINUS = str.maketrans("−–⁄", "--/")


def fingerprint(title: str | None, text: str, letters: str | None = None) -> Fingerprint:
    """The identity of an article's text, and of text and headline together.

    `text` is the clean body with paragraphs separated by a newline; `letters` its `content_letters`, where they are
    known. A text of 3,000 characters takes about 0.2 ms.
    """
    if letters is None:
        letters = content_letters(text)
    count = _count(letters)
    digest = hashlib.sha256(_folded(title or "").encode("utf-8", "surrogatepass"))
    digest.update(b"\0")
    digest.update(_folded(text).encode("utf-8", "surrogatepass"))
    return Fingerprint(
        version=FINGERPRINT_VERSION,
        content_hash=content_hash(letters),
        version_digest=digest.hexdigest(),
        letters=count,
        shareable=count >= LEAST_SHAREABLE,
    )


def content_hash(letters: str) -> str:
    """The hash of a text's `content_letters`, in hex."""
    return hashlib.sha256(letters.encode("utf-8", "surrogatepass")).hexdigest()


def is_shareable(letters: str) -> bool:
    """Whether `content_letters` are so many that two articles which have them have one text."""
    # Signs stand between digits: they are at most half.
    return len(letters) >= 2 * LEAST_SHAREABLE or _count(letters) >= LEAST_SHAREABLE


def _count(letters: str) -> int:
    return len(letters) - sum([letters.count(sign) for sign in _KEPT_SIGNS if sign in letters])


def content_letters(text: str) -> str:
    """What is hashed: folded letters, marks, digits and the signs of numbers, without blanks."""
    body = _LOOSE.sub(" ", _body(caseless(_visible(text).replace("ⓒ", "©"))))
    if "," in body:
        sample = body[:_HEAD]
        # Korean, Japanese and Chinese write no decimal commas, so there a comma never tells two numbers apart.
        cjk = sum(map(len, _CJK.findall(sample))) > _CJK_SHARE * len(sample)
        body = body.replace(",", "") if cjk else _THOUSANDS.sub("", body)
    # Other blanks are few: a list of all words takes longer than taking these two out.
    body = "".join(body.replace(" ", "").replace("\n", "").split())
    letters = "".join(_KEPT.findall(body))
    return letters.translate(_MINUS) if _has(letters, "−–⁄") else letters


def caseless(s: str) -> str:
    """`s` without compatibility forms and case: NFKC, Unicode's case folding, and NFKC of what that leaves."""
    # Most texts are plain but for these two, and are done in half the time.
    s = s.replace("…", "...").replace("\xa0", " ")
    if _PLAIN.fullmatch(s):
        return s.lower()
    folded = unicodedata.normalize("NFKC", s).casefold()
    return folded if unicodedata.is_normalized("NFKC", folded) else unicodedata.normalize("NFKC", folded)


def _visible(s: str) -> str:
    return s.translate(_INVISIBLE) if not s.isascii() and _has(s, _INVISIBLE_CHARACTERS) else s


def _has(s: str, words: Iterable[str]) -> bool:
    """Whether one of the words is in it; a loop, since `any` takes longer to begin than a word to be sought."""
    for word in words:  # noqa: SIM110
        if word in s:
            return True
    return False


def _folded(s: str) -> str:
    s = _visible(unicodedata.normalize("NFC", s))
    line = s.replace("\n", " ")
    # Of all blanks the space alone is printable: most texts have no other, and need no list of their words.
    return line.strip(" ") if line.isprintable() and "  " not in line else " ".join(s.split())


def _body(s: str) -> str:
    """Folded text without bylines, agency marks, copyright lines and pleas at both ends."""
    if "@" in s:
        s = _MAIL.sub(" ", s)
    return _without_tail(_without_head(_without_lists(s)))


def _without_lists(s: str) -> str:
    if not _has(s, _LIST_WORDS):
        return s
    start = max(0, len(s) - _FURNITURE)
    found = _RANKED.search(s, start)
    return s[: found.start()] if found else s


def _without_head(s: str) -> str:
    head, rest = s[:_HEAD], s[_HEAD:]
    for _ in range(_ROUNDS):
        for needs, rule in _HEAD_RULES:
            if _has(head, needs) and (found := rule.match(head)):
                head = head[found.end() :]
                break
        else:
            break
    return head + rest


def _without_tail(s: str) -> str:
    rest, tail = s[:-_TAIL], s[-_TAIL:]
    for _ in range(_ROUNDS):
        shorter = _without_last_line(tail)
        if shorter == tail:
            shorter = _without_ending(tail)
        if shorter == tail:
            break
        tail = shorter
    return rest + tail


def _without_ending(tail: str) -> str:
    for window, needs, rule in _TAIL_RULES:
        end = tail[-window:]
        if _has(end, needs) and (found := rule.search(end)):
            return tail[: len(tail) - len(end) + found.start()]
    return tail


def _without_last_line(tail: str) -> str:
    tail = tail.rstrip()
    before, newline, last = tail.rpartition("\n")
    if newline and not _LONG_LINE.match(last):
        return before if _LINE.search(last.strip()) else tail
    return tail
