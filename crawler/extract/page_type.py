"""Article, listing or neither: rules for what says what it is, a learnt judge (`page_classifier`) for all else.

The rules are for pages that hold nothing and for those that refuse: a page that is missing, asks to log in, asks for
consent, or is only a form to search or a frame for a film. They look for words of several languages where little text
is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from crawler.extract.article import Reading
from crawler.extract.blocks import ARTICLE
from crawler.extract.document import Document
from crawler.extract.page_classifier import Judgement, page_model, probability
from crawler.extract.page_evidence import page_evidence, signs_of
from crawler.items import Hints, ListingItem, PageKind

LEAST_TEXT = 120.0
"""Letters that make an article when nothing else is known; two sentences of short news have 150."""

LEAST_EXPECTED_TEXT = 40.0
"""Letters that make an article where one is expected: a flash of one sentence."""

EXPECTED_ARTICLE = 2.8
"""Log-odds that an expectation adds: of the links that a listing names 97 in 100 lead to articles, of the pages that
the judge learnt from two of three are some."""

EXPECTED_LISTING = -2.0
"""The same where a listing is expected: of such pages without a list that can be read, some two in ten are articles."""

CLEARLY_A_LIST = -4.0
"""Log-odds below which a page that looks like a list is one although an article was expected: by cross-validation 4 of
1,539 articles are below, and most of those look like a forum or a shop."""

FEW_HEADLINES = 3
"""Linked headlines, or items that can be read, that a listing has at least."""

LEAST_HEADLINE = 8
"""Letters of a linked line that may head a record."""

SAYS_OTHER = 1.0
"""Log-odds against an article where JSON-LD says so: too few of the pages learnt from do (95 shops, threads and
services, 11 articles) for the judge to give it its weight on pages of another make."""

RATHER_NOT = -1.5
FEW_SIGNS = 2
"""Log-odds above which a page may be an article after all if it holds no list; of what else it may be, only kinds are
then counted for which it shows so many signs. For pages that have little but their text."""

HARDLY_A_LIST = 0.2
"""Probability of a list below which a page that is no article is something else, whatever list it shows beside: by
cross-validation 223 of 231 lists are above, and 69 of 445 threads, shops, services and pages of documentation."""

COVERS_BELOW = 1.0
"""Log-odds below which a page whose text is that of a list's records is a list: above, 11 of 12 are articles with
numbered parts that look like records; parts bear no dates of their own, as records do."""

PLAIN_LINES = 30
PLAIN_SHARE = 0.85
PLAIN_ODDS = 2.0
"""A page of so few lines, of which a text that is dated or in an `<article>` makes up so much, is an article whatever
else it lacks."""

COVERED = 0.5
"""Part of a text that the records of a list must make up for the page to be that list."""

MOST_COMPARED = 60
"""Letters of a record's line that are looked for in the text."""

STRONG_LISTING = 0.5
"""Confidence of a list of items that makes a listing of a page that is too short for an article."""

REFUSAL_TEXT = 900.0
"""A page with more text than this is no error page whatever its title says."""

FORM_TEXT = 400.0
"""A page with more text than this is more than a form or a frame for a film."""

_LOGIN = re.compile(
    r"\b(?:log ?in|sign ?in|anmelden|anmeldung|einloggen|se connecter|connexion|iniciar sesión|accedi|inloggen|logga in"
    r"|entrar|zaloguj)\b|로그인|ログイン|登录|登入|войти|вход в",
    re.IGNORECASE,
)
_MISSING = re.compile(
    r"\b(?:404|page not found|not found|no longer available|seite nicht gefunden|page introuvable|página no encontrada"
    r"|página não encontrada|pagina non trovata|pagina niet gevonden|sidan kunde inte hittas|nie znaleziono strony"
    r"|gone)\b|찾을 수 없|존재하지 않|삭제된 (?:글|기사|게시)|삭제되었|잘못된 (?:접근|경로|주소)"
    r"|見つかりません|ページがありません|找不到|不存在|страница не найдена",
    re.IGNORECASE,
)
_REFUSED = re.compile(
    r"\b(?:access denied|forbidden|just a moment|attention required|are you a robot|captcha|verify you are human"
    r"|service unavailable|bad gateway|error 5\d\d|enable javascript|zugriff verweigert|accès refusé|acceso denegado)\b"
    r"|권한이 없|접근이 (?:거부|차단)|서비스 점검|アクセスが拒否|访问被拒绝",
    re.IGNORECASE,
)
_CONSENT = re.compile(
    r"\b(?:before you continue|bevor sie fortfahren|avant de continuer|antes de continuar|prima di continuare"
    r"|(?:schätzen|respektieren) ihre privatsphäre|privatsphäre-einstellungen|respectons votre vie privée"
    r"|(?:your|cookie|privacy) (?:consent|choices|settings)|we value your privacy"
    r"|cookie consent|consent to (?:the use of )?cookies|zustimmung|einwilligung|datenschutzeinstellungen"
    r"|cookie-einstellungen"
    r"|votre (?:consentement|vie privée)|gestion des cookies|tu privacidad|consentimiento|consenso|toestemming)\b"
    r"|쿠키 (?:동의|설정)|개인정보 (?:수집|처리).{0,10}동의|クッキー.{0,6}同意|Cookieの使用",
    re.IGNORECASE,
)
_SEARCH = re.compile(
    r"\b(?:search(?: results?)?|suche|suchergebnisse|recherche|búsqueda|buscar|ricerca|zoeken)\b|검색|検索|搜索|поиск",
    re.IGNORECASE,
)
_CALLED = (
    (_MISSING, REFUSAL_TEXT, "a page that is missing"),
    (_REFUSED, REFUSAL_TEXT, "a refusal"),
    (_CONSENT, REFUSAL_TEXT, "a page that asks for consent"),
    (_LOGIN, REFUSAL_TEXT, "a page to log in"),
)
_OTHERS = {
    "list": "a list",
    "forum": "a forum thread",
    "product": "a product's page",
    "service": "a page about a service or an organisation",
    "documentation": "documentation",
}
SURE = 0.9
"""Confidence of the rules."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a page is, how sure that is (0..1), and why; `log_odds` of its being an article with nothing expected.

    `may_list`: a page that is no article is a listing if a list of items can be read from it; `unless_list` is the
    probability that it is an article if not, as far as it shows no signs of something else.
    """

    kind: PageKind
    confidence: float
    reason: str
    log_odds: float = 0.0
    may_list: bool = True
    unless_list: float = 0.0


def may_be_list(document: Document, reading: Reading, verdict: Verdict) -> bool:
    """Whether it is worth the time to look at a page with much text as a list of long records."""
    named = "article" in (document.meta("og:type") or "").lower()
    if reading.structured or named or verdict.kind is not PageKind.ARTICLE:
        return False
    page = reading.body.page
    if page is None:
        return False
    linked = (block.chars >= LEAST_HEADLINE and block.link_chars * 10 >= block.chars * 8 for block in page.blocks)
    return sum(linked) >= FEW_HEADLINES


def covers(items: Sequence[ListingItem], reading: Reading, verdict: Verdict) -> bool:
    """Whether the records of a list make up most of what was read as an article's text."""
    text = reading.article.text
    if len(items) < FEW_HEADLINES or not text:
        return False
    if verdict.log_odds >= COVERS_BELOW and not all(item.published for item in items):
        return False
    shown = 0
    for item in items:
        longest = max((part for part in (item.text, item.summary) if part), key=len, default="")
        lines = [line for line in longest.split("\n") if line]
        shown += sum(len(line) for line in lines if line[:MOST_COMPARED] in text)
    return shown >= COVERED * len(text)


RULED_ODDS = 4.0


def decide(document: Document, reading: Reading, hints: Hints) -> Verdict:
    """Article, listing or other. What the caller expects is believed unless the page clearly is something else."""
    body = reading.body
    size = body.size
    many = body.headlines >= FEW_HEADLINES
    if not many and (named := _refusal(document, reading)):
        return Verdict(PageKind.OTHER, SURE, named)
    evidence = page_evidence(document, reading)
    judged = judge(evidence)
    odds = max(judged.log_odds, PLAIN_ODDS) if _is_plain(reading) else judged.log_odds
    if reading.article.extractor.endswith("+rule"):
        # A rule for the site knows its article pages, and found its place on this one.
        odds = max(odds, RULED_ODDS)
    looks = f"it looks like {_OTHERS[judged.other]}"
    if hints.expect is PageKind.ARTICLE:
        sure = probability(odds + EXPECTED_ARTICLE)
        is_list = judged.other == "list" and odds < CLEARLY_A_LIST
        is_article = size >= LEAST_EXPECTED_TEXT and not is_list
    else:
        sure = probability(odds + (EXPECTED_LISTING if hints.expect is PageKind.LISTING else 0.0))
        # Two sentences are news where the page's data says so.
        least = LEAST_EXPECTED_TEXT if reading.structured and not many else LEAST_TEXT
        is_article = size >= least and sure > 0.5
    if is_article:
        doubt = f", though {looks}" if sure < 0.5 else ""
        return Verdict(PageKind.ARTICLE, sure, f"an article: {size:.0f} letters of running text{doubt}", odds)
    may_list = hints.expect is PageKind.LISTING or judged.listing >= HARDLY_A_LIST
    no_list = 1.0 - judged.listing
    rather = hints.expect is None and size >= LEAST_TEXT and odds > RATHER_NOT
    shown_else = sum([share for kind, share in judged.others.items() if kind != "list" and _shows(evidence, kind)])
    unless_list = sure / (sure + (1.0 - sure) * shown_else) if rather else 0.0
    if may_list and (many or hints.expect is PageKind.LISTING):
        shown = f"{body.headlines} linked headlines, {body.link_share:.0%} of the text in links"
        told, sure = f"a listing: {shown}", (1.0 - sure) * judged.listing
        return Verdict(PageKind.LISTING, sure, told, odds, unless_list=unless_list)
    if size >= LEAST_TEXT:
        return Verdict(PageKind.OTHER, (1.0 - sure) * no_list, f"no article: {looks}", odds, may_list, unless_list)
    told = f"too little text for an article ({size:.0f} letters), no list of links"
    if not size:
        told = "the page holds no text that could be an article, and no list of links"
    return Verdict(PageKind.OTHER, SURE, told, odds, may_list)


def judge(evidence: dict[str, float]) -> Judgement:
    """What the learnt judge says, less `SAYS_OTHER` for what calls itself a product or a thread, and no article."""
    judged = page_model().judge(evidence)
    if not evidence["structured"] and (evidence["type product"] or evidence["type forum"]):
        return replace(judged, log_odds=judged.log_odds - SAYS_OTHER)
    return judged


def _shows(evidence: dict[str, float], kind: str) -> bool:
    return signs_of(evidence, kind) >= FEW_SIGNS


def _is_plain(reading: Reading) -> bool:
    """Whether a page is hardly more than a text that it dates or calls an article."""
    body = reading.body
    page = body.page
    if page is None or not page.elements or len(page.blocks) > PLAIN_LINES or body.headlines >= FEW_HEADLINES:
        return False
    if body.size < max(LEAST_TEXT, PLAIN_SHARE * body.page_good):
        return False
    if reading.article.published is not None:
        return True
    element = page.elements[body.element]
    while element.tag != ARTICLE and element.parent >= 0:
        element = page.elements[element.parent]
    return element.tag == ARTICLE


def _refusal(document: Document, reading: Reading) -> str | None:
    """What a page with little text is if it holds nothing by its own words, or `None`."""
    size = reading.body.size
    if size >= REFUSAL_TEXT or reading.structured:
        return None
    # What the page calls itself: titles, and the headings of a page whose title is the site's name.
    title = f"{document.title_tag or ''}\n{reading.article.title or ''}"[:MOST_TITLE]
    for words, most, what in _CALLED:
        if size < most and (found := words.search(title)):
            return f"{what}: it says “{found.group()}” and holds little text"
    page = reading.body.page
    if size >= FORM_TEXT or page is None:
        return None
    if page.inputs and (found := _SEARCH.search(title)):
        return f"a form to search: it says “{found.group()}” and holds little text"
    if size < LEAST_TEXT and "video" in (document.meta("og:type") or "").lower():
        return "a frame for a film: it calls itself a video and holds little text"
    return None


MOST_TITLE = 600
"""Letters of a title that are looked at."""
