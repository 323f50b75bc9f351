"""Who wrote an article: names out of structured data, bylines and Korean sign-offs, cleaned and judged."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import Any

from crawler.extract.body import Body
from crawler.extract.document import Document
from crawler.extract.phrases import folded

MAX_AUTHORS = 12
_LONGEST_NAME = 60

_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{2,20}){1,4}")
_LEADING = re.compile(
    r"^(?:(?:written|reviewed|posted|published|story|words|reporting|text|article|interview|analysis)\s+)?"
    r"(?:by|von|par|por|di|da|af|av|door|od|oleh|tác giả|автор|yazar|text|texto|testo|autor|autore|auteur|author"
    r"|redaktion|writer)\s*[:：]?\s+"
    r"|^(?:by|von|par|por|autor(?:e|es|en)?|auteur|author|text|fuente|글|취재|기자|文|記者|作者|撰文|取材・文)\s*[:：=/／]\s*",
    re.IGNORECASE,
)
_ROLE_TAIL = re.compile(
    r"(?:\s*[,|/–—-]\s*|\s+)(?:(?:senior|chief|staff|associate|deputy|political|business|science|sports|health|technology|tech|news|foreign|"
    r"national|diplomatic|economics?|investigations?|environment|culture|arts|media|royal|us|uk|europe|asia|africa|world|"
    r"north america|"
    r"global|international|defense|defence|education|legal|crime|home affairs|white house|washington|bureau)\s+){0,4}"
    r"(?:correspondent|reporter|editor|writer|journalist|columnist|contributor|producer|redakteur(?:in)?|korrespondent(?:in)?|"
    r"redactor(?:a)?|redaktör|journaliste|giornalista|redacteur|staff)\b.*$",
    re.IGNORECASE,
)
_ROLE = re.compile(_ROLE_TAIL.pattern.removesuffix(".*$") + r"(?=\s*(?:[,;|&]|and\b|$))", re.IGNORECASE)
_KOREAN_TITLE = re.compile(
    r"\s*(?:수습|인턴|선임|전문|객원|시민|명예)?\s?(?:기자|특파원|논설위원|논설주간|앵커|PD|아나운서|리포터|에디터|편집위원|편집국장|칼럼니스트|평론가|교수|변호사|작가|대표|위원|캐스터|통신원)\b.*$"
)
_SPLIT = re.compile(
    r"\s*(?:[;|·•]|,(?!\s*(?:jr|sr|ph\.?d|md|m\.d|iii?)\b)|\s(?:and|und|et|y|e|og|och|en|ve|i|a|и|та|dan|和|与|및)\s|\s?[&＆、／]\s?|\s/\s|(?<=[가-힣])/(?=[가-힣])|\s\+\s)\s*",
    re.IGNORECASE,
)
_SPLIT_CERTAIN = re.compile(r"\s*(?:[;|•]|\s(?:and|und|et|og|och|&)\s)\s*", re.IGNORECASE)
_HANGUL_NAME = re.compile(r"^[가-힣]{2,4}$")

NEVER = frozenset(
    folded(name)
    for name in [
        "admin",
        "administrator",
        "root",
        "user",
        "webmaster",
        "editor",
        "editors",
        "staff",
        "guest",
        "author",
        "unknown",
        "anonymous",
        "none",
        "null",
        "default",
        "owner",
        "moderator",
        "contributor",
        "contributors",
        "redaktion",
        "redakcja",
        "redaction",
        "redaccion",
        "redazione",
        "redactie",
        "toimitus",
        "team",
        "editorial",
        "newsdesk",
        "newsroom",
        "desk",
        "online",
        "web",
        "system",
        "test",
        "undefined",
        "관리자",
        "운영자",
        "편집자",
        "편집국",
        "편집부",
        "기자",
        "뉴스팀",
        "온라인뉴스팀",
        "디지털뉴스팀",
        "웹마스터",
        "관리인",
        "작성자",
        "글쓴이",
        "익명",
        "주인장",
        "블로거",
        "编辑",
        "记者",
        "編集部",
        "作者",
        "管理者",
        "管理员",
    ]
) | frozenset(
    folded(name)
    for name in (
        "staff writer",
        "staff reporter",
        "web desk",
        "news desk",
        "online desk",
        "guest author",
        "site admin",
        "by",
        "the editors",
    )
)

_KOREAN_REPORTER = re.compile(
    r"(?<![가-힣])(?:[가-힣]{2,3}(?:시|도)?[=·]\s?)?((?:[가-힣]{2,4}\s?[,·ㆍ/]\s?){0,4}[가-힣]{2,4})"
    r"\s?(?:수습|인턴|선임|전문|객원)?\s?(?:기자|특파원)"
    # "기자 회견", "기자 출신": only what may follow a name in a byline makes it one.
    r"(?=\s*(?:$|[=\])|/<,·:]|[\w.+-]{1,64}@|입력|수정|승인|등록|인쇄|구독|기자|\d))"
)
_AGENCY_HEAD = re.compile(
    r"^\s?[\(\[【](?:[^()\[\]【】]{1,25}[=＝])?\s?[^()\[\]【】]{1,20}[\)\]】]\s?((?:[가-힣]{2,4}[\s·,]{1,2}){1,4})(?:기자|특파원)\s?[=＝]?"
)
_BRACKET_HEAD = re.compile(r"^\s?[\[【]\s?[^\[\]【】]{1,25}?\s([가-힣]{2,4})\s(?:[가-힣]{0,4})(?:기자|특파원)\s?[\]】]")
_NAMES = re.compile(r"[가-힣]{2,4}")


def clean_name(raw: str) -> str | None:
    """One person's or desk's name without label, role, address; `None` when it is none."""
    name = " ".join(raw.replace("\u200b", "").split())
    if name.lower().startswith(("http://", "https://", "www.", "//")) or "{" in name or "<" in name:
        return None
    name = _EMAIL.sub("", name).strip(' ()[]<>|,;:/·•*"“”-–—\u00a0@')
    name = _LEADING.sub("", name).strip()
    if any("가" <= char <= "힣" for char in name):
        name = _KOREAN_TITLE.sub("", name).strip(" ()[]=·,/|")
        if "=" in name:
            name = name.rsplit("=", 1)[-1].strip()
    else:
        name = _ROLE_TAIL.sub("", name).strip(" ,|/-–—")
        name = re.sub(r"\s*\([^)]{0,40}\)\s*$", "", name)
    if not 2 <= len(name) <= _LONGEST_NAME or folded(name) in NEVER or not folded(name):
        return None
    if sum(char.isdigit() for char in name) > 2 or len(name.split()) > 7:
        return None
    return name


def split_names(text: str, certain: bool = False) -> list[str]:
    """The names in a byline or a meta's content."""
    if "://" in text or text.startswith(("www.", "//")):
        return []
    text = _EMAIL.sub(" ", html.unescape(text))
    text = _ROLE.sub("", _LEADING.sub("", " ".join(text.split())))
    parts = (_SPLIT_CERTAIN if certain else _SPLIT).split(text)
    # "Smith, John" is one name told backwards only where nothing else is told; single words are rarely names.
    return [name for part in parts if (name := clean_name(part))]


def _jsonld_people(value: object, depth: int = 0) -> Iterable[str]:
    if depth > 3:
        return
    if isinstance(value, str):
        yield from split_names(value, certain="," not in value)
    elif isinstance(value, list):
        for item in value[:MAX_AUTHORS]:
            yield from _jsonld_people(item, depth + 1)
    elif isinstance(value, dict):
        name = value.get("name")
        if isinstance(name, (str, list)):
            yield from _jsonld_people(name, depth + 1)


_METAS = (
    "dable:author",
    "parsely-author",
    "sailthru.author",
    "author",
    "article:author",
    "article:author_name",
    "byl",
    "dc.creator",
    "dcterms.creator",
    "dcsext.author",
    "cxenseparse:author",
    "shareaholic:article_author_name",
    "citation_author",
    "article.author",
    "aicon:author",
)


def find_authors(
    document: Document, article_object: dict[str, Any] | None, body: Body, text: str, site_names: set[str]
) -> tuple[tuple[str, ...], str]:
    """The authors, and where they are named: the first witness that names any of JSON-LD, metas, `rel=author`, visible
    bylines, Korean sign-offs.

    `site_names` are folded names of the site; one of them is the author only where structured data says so and no
    person is known.
    """
    organisations: list[str] = []

    def people(names: Iterable[str]) -> tuple[str, ...]:
        found: dict[str, str] = {}
        for name in names:
            key = folded(name)
            if key in site_names or any(len(site) > 5 and site in key for site in site_names):
                organisations.append(name)
            else:
                found.setdefault(key, name)
        return tuple(found.values())[:MAX_AUTHORS]

    if article_object is not None:
        value = article_object.get("author") or article_object.get("creator")
        if found := people(_jsonld_people(value)):
            return found, "JSON-LD author"
    for meta in _METAS:
        values = document.metas.get(meta)
        if values and (found := people(name for value in values[:MAX_AUTHORS] for name in split_names(value[:300]))):
            return found, f"meta {meta}"
    told = tuple(dict.fromkeys(organisations))[:1]
    for where, names in (
        ("rel=author or itemprop author", _linked(document)),
        ("the byline", (name for line in body.writers[:6] for name in _from_writer(line))),
        ("text pattern of a byline", (name for line in body.bylines[:40] for name in _from_byline(line))),
        ("text pattern 기자", korean_reporters(text)),
    ):
        if found := people(names):
            return found, where
    return told, "structured data, which names only the site" if told else ""


def _linked(document: Document) -> Iterable[str]:
    for node in document.tree.css('a[rel~="author"], [itemprop="author"]')[:MAX_AUTHORS]:
        inner = node.css_first('[itemprop="name"]')
        text = " ".join((inner or node).text(separator=" ").split())
        content = (inner or node).attributes.get("content")
        if content:
            text = content
        if 0 < len(text) <= 100:
            yield from split_names(text)


_PLAIN_NAME = re.compile(
    r"(?:[^\W\d_a-z][\w.'’-]*(?:\s+|$)|(?:de|der|den|van|von|la|le|del|di|da|dos|al|bin|ter|zu)\s+){2,5}$"
)


def _from_writer(line: str) -> Iterable[str]:
    """Names in a line that the page itself calls a byline: only what is written as names are."""
    if len(line) <= 100 and not any(char.isdigit() for char in line):
        for name in split_names(line):
            if _PLAIN_NAME.match(name) or _HANGUL_NAME.match(name):
                yield name


def _from_byline(line: str) -> Iterable[str]:
    if len(line) > 160:
        return
    match = _LEADING.match(line)
    if match is None and any("가" <= char <= "힣" for char in line):
        yield from korean_reporters(line)
        return
    if match and len(line) <= 120:
        rest = re.split(
            r"\s*(?:\||•|·|\bPublished|\bUpdated|\d{1,2}[:.]\d\d|\d{4}|\bon\b\s+[A-Z])", line[match.end() :], maxsplit=1
        )[0]
        yield from split_names(rest)


def korean_reporters(text: str) -> list[str]:
    """Reporters named by "(서울=연합뉴스) 홍길동 기자 =" at the start or "홍길동 기자 mail@" at the end."""
    names: list[str] = []
    head = text[:200]
    if found := _AGENCY_HEAD.match(head):
        names.extend(_NAMES.findall(found.group(1)))
    elif found := _BRACKET_HEAD.match(head):
        names.append(found.group(1))
    tail = text[-220:] if len(text) > 220 else text
    if not names:
        lines = [line for line in tail.split("\n") if "기자" in line or "특파원" in line]
        for line in lines:
            for several in _KOREAN_REPORTER.findall(line[-100:]):
                for name in _NAMES.findall(several):
                    if name not in names and folded(name) not in NEVER:
                        names.append(name)
    return [name for name in names if name not in ("시민", "수습", "인턴", "전문", "본지", "취재")]
