"""Who wrote an article: names out of structured data, bylines and Korean sign-offs, cleaned and judged."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from selectolax.lexbor import LexborNode

from crawler.extract.blocks import HEADINGS
from crawler.extract.body_text import Body
from crawler.extract.document import Document
from crawler.extract.metadata import types_of
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
_KOREAN_TITLE_FIRST = re.compile(
    r"^(?:칼럼니스트|논설위원|평론가|소설가|작가|시인|교수|변호사|기자|글)\s+(?=[가-힣]{2,4}(?:\s|$))"
)
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
        "wordpressadmin",
        "wpadmin",
        "siteadmin",
        "superadmin",
        "superuser",
        "sysadmin",
        "wordpress",
        "view my complete profile",
        "mein profil vollständig anzeigen",
        "afficher mon profil complet",
        "ver todo mi perfil",
        "visualizza il mio profilo completo",
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
        "von",
        "par",
        "por",
        "di",
        "door",
        "oleh",
        "the editors",
        "about the author",
        "written by",
        "reviewed by",
        "fact checked",
        "read more",
        "learn more",
        "follow",
        "follow us",
        "folgen",
        "share",
        "teilen",
        "email",
        "twitter",
        "twitter facebook",
        "facebook",
        "facebook twitter",
        "instagram",
        "linkedin",
        "website",
        "full bio",
        "view more posts",
        "see full bio",
        "the author",
        "no author",
        "author",
        "alle artikel",
    )
)

AGENCIES = frozenset(
    [
        "afp", "ap", "aap", "dpa", "reuters", "apa", "ansa", "efe", "sda", "ats", "keystonesda", "tt", "ntb", "ritzau",
        "belga", "lusa", "pap", "ctk", "upi", "ani", "pti", "ians", "xinhua", "bloomberg", "sid", "kna", "epd", "anp",
        "stt", "mti", "tass", "dts", "agencies", "agentur", "agenturen",
    ]
)  # fmt: skip
"""Agencies by their short names, folded: authors in one word."""

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
    if name.lower().startswith(("http://", "https://", "www.", "//")) or "{" in name or "<" in name or "www." in name:
        return None
    name = _EMAIL.sub("", name).strip(' ()[]<>|,;:/·•*"“”-–—\u00a0@')
    name = _LEADING.sub("", name).strip()
    if any("가" <= char <= "힣" for char in name):
        name = _KOREAN_TITLE_FIRST.sub("", name)
        name = _KOREAN_TITLE.sub("", name).strip(" ()[]=·,/|")
        if "=" in name:
            name = name.rsplit("=", 1)[-1].strip()
    else:
        bare = _ROLE_TAIL.sub("", name).strip(" ,|/-–—")
        # "Harbour staff reporter" is a desk: what would be left is no person's name, which has two words.
        name = bare if " " in bare or not bare or not name.startswith(f"{bare} ") else name
        name = re.sub(r"\s*\([^)]{0,40}\)\s*$", "", name)
    if not 2 <= len(name) <= _LONGEST_NAME or folded(name) in NEVER or not folded(name):
        return None
    if sum(char.isdigit() for char in name) > 2 or len(name.split()) > 7:
        return None
    return name


_OFFICE = re.compile(
    r"\b(?:directors?|attorney|lawyer|consultant|manager|officer|representative|specialist|advis[eo]r|engineer|analyst"
    r"|marketing|content|development|posts?|bio|profile|author|educator|grader|graduate|founder|co-founder|ceo|cfo|cto"
    r"|president|chair(?:man|woman)?|professor|lecturer|expert|strategist|coordinator|executive|trainer|coach|nutritionist"
    r"|dietitian|horticulturalist|redakteur(?:in)?|wirtschaftsredakteur(?:in)?|ressortleiter(?:in)?|chefredakteur(?:in)?"
    r"|leiter(?:in)?|korrespondent(?:in)?|autor(?:in)?|facebook|twitter|instagram|linkedin|journalism|degree|certified)\b"
    r"|®|^(?:about|former|licensed|senior|view|more|read|related|the author)\b"
    r"|^(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*\s\d",
    re.IGNORECASE,
)
"""What stands beside a name and is none: an office, a credential, a link of an author's card, a day."""


def _role(found: re.Match[str]) -> str:
    """What stays of a role behind a name: all where it makes one word a desk, "Harbour staff reporter"."""
    before = re.split(r"[,;|&]", found.string[: found.start()])[-1].strip()
    return found[0] if found[0][:1].isspace() and found[0].strip()[:1].isalpha() and " " not in before else ""


def split_names(text: str, certain: bool = False) -> list[str]:
    """The names in a byline or a meta's content."""
    if "://" in text or text.startswith(("www.", "//")):
        return []
    text = _EMAIL.sub(" ", html.unescape(text))
    text = _ROLE.sub(_role, _LEADING.sub("", " ".join(text.split())))
    parts = (_SPLIT_CERTAIN if certain else _SPLIT).split(text)
    names = [name for part in parts if (name := clean_name(part))]
    if len(names) > 1:
        names = names[:1] + [name for name in names[1:] if not _OFFICE.search(name)]
    if any(" " in name for name in names):
        # "By Ada Marsh, Bristol": beside a full name a single word is where it was written.
        names = [name for name in names if " " in name or not name.isascii() or folded(name) in AGENCIES]
    return names


@dataclass(frozen=True, slots=True)
class _Named:
    """Who structured data names: `persons`, and `others`, which it calls organisations."""

    persons: list[str]
    others: list[str]


_ORGANISATIONS = frozenset(("organization", "newsmediaorganization", "corporation", "website", "brand"))


def _jsonld_people(document: Document, value: object) -> _Named:
    """The names in a JSON-LD author: strings, lists, objects, and objects told by their `@id` elsewhere."""
    found = _Named([], [])
    known: dict[str, dict[str, Any]] | None = None
    waiting: list[tuple[object, bool]] = [(value, False)]
    for _ in range(MOST_VALUES):
        if not waiting:
            break
        current, organised = waiting.pop(0)
        if isinstance(current, str):
            names = split_names(current, certain="," not in current)
            (found.others if organised else found.persons).extend(names)
        elif isinstance(current, list):
            waiting.extend((one, organised) for one in current[:MAX_AUTHORS])
        elif isinstance(current, dict):
            reference = current.get("@id")
            if "name" not in current and isinstance(reference, str):
                if known is None:
                    known = {
                        str(one["@id"]): one for one in reversed(document.jsonld) if "@id" in one and "name" in one
                    }
                current = known.get(reference, current)
            name = current.get("name")
            if isinstance(name, (str, list)):
                nobody = types_of(current) & _ORGANISATIONS or _is_admin(reference) or _is_admin(current.get("url"))
                waiting.append((name, organised or bool(nobody)))
    return found


def _is_admin(address: object) -> bool:
    """Whether an author's address is that of a content system's first account, whatever name it was given."""
    return isinstance(address, str) and _ADMIN.search(address[-LONGEST_WRITER:]) is not None


_ADMIN = re.compile(r"/author/(?:\w{0,10}admin|administrator|root|editor)/?(?:#.*)?$", re.IGNORECASE)

MOST_VALUES = 60
"""Values of a JSON-LD author that are looked at."""


_METAS = (
    "citation_author",
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
    "article.author",
    "aicon:author",
    "twitter:misc:written by",
)

_WRITTEN = re.compile(
    r"written|author|verfasst|geschrieben|écrit|ecrit|escrito|scritto|geschreven|skriv|skrev|napisa|autor|автор|作者|글쓴이|작성자|ditulis",
    re.IGNORECASE,
)


def _from_metas(document: Document) -> Iterator[tuple[str, list[str]]]:
    """Where metas name authors, and whom; `twitter:data1` does where `twitter:label1` says "Written by"."""
    for name in _METAS:
        if values := document.metas.get(name):
            if name == "citation_author":
                # Libraries write "Marsh, Ada".
                values = [" ".join(reversed(value.split(", "))) if value.count(",") == 1 else value for value in values]
            yield f"meta {name}", [one for value in values[:MAX_AUTHORS] for one in split_names(value[:300])]
    for number in ("1", "2"):
        label, told = document.meta(f"twitter:label{number}"), document.meta(f"twitter:data{number}")
        if label and told and _WRITTEN.search(label[:60]):
            yield f"meta twitter:data{number}", split_names(told[:300])


def find_authors(
    document: Document, article_object: dict[str, Any] | None, body: Body, text: str, site_names: set[str]
) -> tuple[tuple[str, ...], str]:
    """The authors, and where they are named: the first witness that names any of JSON-LD, metas, `rel=author`, visible
    bylines, Korean sign-offs.

    `site_names` are folded names of the site; one of them, or what JSON-LD calls an organisation, is the author only
    where no person is known.
    """
    organisations: dict[str, str] = {}
    sites: dict[str, str] = {}

    def people(names: Iterable[str]) -> tuple[str, ...]:
        found: dict[str, str] = {}
        of_site = False
        for name in names:
            key = folded(name)
            if key in site_names or any(len(site) > 5 and site in key for site in site_names):
                sites.setdefault(key, name)
                of_site = True
            elif key not in organisations:
                found.setdefault(key, name)
        if of_site:
            # "Harbour Radio, Bristol": what stands beside a site's name in one word is its address.
            found = {key: name for key, name in found.items() if " " in name or not name.isascii() or key in AGENCIES}
        return tuple(found.values())[:MAX_AUTHORS]

    if article_object is not None:
        named = _jsonld_people(document, article_object.get("author") or article_object.get("creator"))
        if people(named.persons):
            # Beside persons an agency has its share; alone, an organisation yields to a person that the page names.
            return people((*named.persons, *named.others)), "JSON-LD author"
        for name in people(named.others):
            organisations.setdefault(folded(name), name)

    def witnesses() -> Iterator[tuple[str, Iterable[str]]]:
        yield from _from_metas(document)
        yield "the byline", (name for line in body.writers[:6] for name in _from_writer(line))
        yield "rel=author or itemprop author", _linked(document)
        yield "text pattern of a byline", (name for line in body.bylines[:40] for name in _from_byline(line))
        yield "text pattern 기자", korean_reporters(text)
        only_site = bool(organisations or sites)
        if not any(folded(line) in site_names for line in body.writers[:6]):
            yield "an element called author", _called_author(document, body, nicknames=not only_site)
        if only_site:
            yield "a name beside the text", _beside_text(body)

    for where, names in witnesses():
        if found := people(names):
            return found, where
    told = tuple((organisations or sites).values())[:1]
    return told, "structured data, which names only the site" if told else ""


def _beside_text(body: Body) -> Iterator[str]:
    """Persons whose names alone stand in bold right above the text or right behind it, or an agency's in any type."""
    if body.page is None or not body.lines:
        return
    blocks = body.page.blocks
    first, last = body.lines[0], body.lines[-1]
    for block in (*reversed(blocks[max(0, first - NEAR) : first + 1]), *blocks[last : last + 1 + NEAR]):
        if block.link_chars or block.chars > LONGEST_NAMES or block.kind in HEADINGS:
            continue
        names = [name for part in _SPLIT.split(block.text) for name in part.split("/") if name]
        persons = [name for name in names if _PLAIN_NAME.match(name) and not _OFFICE.search(name)]
        if names and block.bold and len(persons) == len(names):
            yield from (name for part in persons if (name := clean_name(part)))
            return
    for line in body.bylines[:40]:
        for part in line.split(" - ") if len(line) <= LONGEST_NAMES else ():
            if folded(part) in AGENCY_NAMES:
                yield part.strip()
                return


NEAR = 2
LONGEST_NAMES = 60
"""How many lines from the text a signature stands, and how long it is."""

AGENCY_NAMES = frozenset(
    folded(name)
    for name in (
        "Associated Press", "The Associated Press", "Agence France-Presse", "Deutsche Presse-Agentur", "Anadolu Ajansı",
        "Anadolu Agency", "Thomson Reuters", "Press Association", "Austria Presse Agentur", "Keystone-SDA",
        "Europa Press", "Agencia EFE", "Agência Lusa", "Agência Brasil", "Press Trust of India", "Xinhua News Agency",
        "Yonhap News Agency", "Kyodo News", "Canadian Press", "The Canadian Press", "Demirören Haber Ajansı",
        "İhlas Haber Ajansı", "연합뉴스", "뉴시스", "뉴스1", "共同通信", "時事通信", "新华社", "新華社", "中新社",
    )
)  # fmt: skip
"""Agencies by their full names, folded."""


def _linked(document: Document) -> Iterable[str]:
    """Names in elements marked as author; further ones only from beside the first: others are of other articles."""
    first: LexborNode | None = None
    for node in document.tree.css('a[rel~="author"], [itemprop="author"]')[:MAX_AUTHORS]:
        inner = node.css_first('[itemprop="name"]')
        text = " ".join((inner or node).text(separator=" ").split())
        content = (inner or node).attributes.get("content")
        if content:
            text = content
        names = split_names(text) if 0 < len(text) <= LONGEST_WRITER else []
        if not names:
            continue
        if first is not None and not _beside(first, node):
            break
        first = first or node
        yield from names


def _beside(first: LexborNode, other: LexborNode) -> bool:
    """Whether two elements stand in one line: their parents, or the parents of these, are the same."""
    for one in (first.parent, first.parent.parent if first.parent else None):
        for two in (other.parent, other.parent.parent if other.parent else None):
            if one is not None and two is not None and one.mem_id == two.mem_id:
                return True
    return False


_OF_OTHERS = re.compile(
    r"comment|kommentar|related|teaser|sidebar|widget|recent|popular|footer|reply|avatar", re.IGNORECASE
)
MOST_CALLED = 30
MOST_AROUND = 6


def _called_author(document: Document, body: Body, *, nicknames: bool) -> Iterator[str]:
    """Names in the first element that is called author and stands in no list of comments or of other articles."""
    elements = body.page.elements if body.page is not None else []
    # One string of all names: lower-casing each of a thousand costs more than all the rest.
    lower = "\0".join([element.names for element in elements]).lower().split("\0")
    called = (
        element.node
        for element, names in zip(elements, lower, strict=False)
        if names and ("auth" in names or "autor" in names or "auteur" in names or "byline" in names or "vcard" in names)
    )
    for nodes in (islice(called, MOST_CALLED), document.tree.css('a[href*="/author/"]')[:MOST_CALLED]):
        for node in nodes:
            text = " ".join(node.text(separator=" ").split())
            if not 2 < len(text) <= LONGEST_WRITER or _of_others(node):
                continue
            names = list(_from_writer(text, nicknames=nicknames))
            if names:
                yield from names
                return


def _of_others(node: LexborNode) -> bool:
    around: LexborNode | None = node
    for _ in range(MOST_AROUND):
        if around is None or around.tag in ("body", "html"):
            return False
        if around.tag in ("aside", "footer", "nav", "li"):
            return True
        if _OF_OTHERS.search(around.attributes.get("class") or ""):
            return True
        around = around.parent
    return False


_PLAIN_NAME = re.compile(
    r"(?:[^\W\d_a-z][\w.'’-]*(?:\s+|$)|(?:de|der|den|van|von|la|le|del|di|da|dos|al|bin|ter|zu)\s+){2,5}$"
)
_NICKNAME = re.compile(r"[^\W\d_][\w.-]{2,24}$")
LONGEST_WRITER = 160
_ASIDE = re.compile(r"\s+[-–—|·•@⋅/]+\s+|\s*\|\s*|\s(?:am|on|le)\s(?=[\w,. ]*\d)|\d{1,2}[./:]\d")


def _from_writer(line: str, *, nicknames: bool = False) -> Iterator[str]:
    """Names in a line that the page itself calls a byline: only what is written as names are.

    With `nicknames` a single word is one too, where it is all that the line tells besides a label.
    """
    if len(line) > LONGEST_WRITER:
        return
    led = _LEADING.match(line)
    head = _ASIDE.split(line[led.end() :] if led else line, maxsplit=1)[0]
    if len(head) > LONGEST_WRITER or (any(char.isdigit() for char in head) and not nicknames):
        return
    names = split_names(head)
    persons = [name for name in names if _is_person(name)]
    plain = [name for name in names if name in persons or (persons and folded(name) in AGENCIES)]
    if not plain and nicknames and len(names) == 1 and names[0] == head.strip(" :") and _NICKNAME.match(names[0]):
        plain = names
    yield from plain


def _is_person(name: str) -> bool:
    """Whether a name is written as a person's: words with capitals, or two to four syllables of Hangul."""
    latin = _PLAIN_NAME.match(name) is not None and not _OFFICE.search(name)
    return latin or _HANGUL_NAME.match(name) is not None


def _from_byline(line: str) -> Iterable[str]:
    if len(line) > 160:
        return
    match = _LEADING.match(line)
    if match is None and any("가" <= char <= "힣" for char in line):
        yield from korean_reporters(line)
        if signed := _SIGNED.search(line):
            yield signed[1] or signed[2]
        return
    if match and len(line) <= 120:
        rest = re.split(
            r"\s[-–—⋅]\s|\s*(?:\||•|·|\bPublished|\bUpdated|\d{1,2}[:.]\d\d|\d{4}|\bon\b\s+[A-Z])",
            line[match.end() :],
            maxsplit=1,
        )[0]
        yield from split_names(rest)


_SIGNED = re.compile(
    r"(?:^|[\s/=·|(\[])(?:([가-힣]{2,4})\s?(?:칼럼니스트|논설위원|평론가|편집위원|객원기자|작가)"
    r"|(?:칼럼니스트|논설위원|평론가|소설가|작가)\s([가-힣]{2,4}))\s?[(<\[]?\s?[\w.+-]{1,64}@"
)
"""A sign-off of one who is no reporter: a title on either side of the name, and an address."""


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
        if not names and (signed := _SIGNED.search(tail)):
            names.append(signed[1] or signed[2])
    return [name for name in names if name not in ("시민", "수습", "인턴", "전문", "본지", "취재")]
