"""What a page shows of its kind, as numbers: what it says of itself, its words, its shape, its address, its prose.

Nothing is asked of the tree again: the row of blocks, the elements and the reading of the article are there already.
The words are the web's (shop and forum software, documentation tools, the habits of several languages), not those of
sites.
Bounded: of a large page the first blocks, elements and names are looked at. It costs a quarter of a millisecond.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urlsplit

from crawler.extract.blocks import (
    ARTICLE,
    BUTTON,
    FIGCAPTION,
    H1,
    H2,
    H3,
    HEADINGS,
    LI,
    PRE,
    TD,
    TH,
    Outline,
    P,
)
from crawler.extract.chrome import Mark
from crawler.extract.metadata import types_of

if TYPE_CHECKING:
    from crawler.extract.article import Reading
    from crawler.extract.body_text import Body
    from crawler.extract.document import Document

PROSE: Final = 2_000
"""Letters of the text whose words are counted."""

SHORT_LINE: Final = 30
"""Letters of the longest line that may be a label or a button."""

MOST_NAMES: Final = 400
LONGEST_NAMES: Final = 200
MEMO_SIZE: Final = 20_000
"""Different class attributes that are looked at, letters of one, and how many are remembered."""

MOST_LINES: Final = 1_500
MOST_ELEMENTS: Final = 4_000
MOST_TYPES: Final = 60
"""Blocks, elements and JSON-LD objects that are looked at; kinds show long before."""

LONG_PARAGRAPH: Final = 200
NEAR: Final = 12
"""Lines above the text in which its heading may stand."""

UNSLUGGED: Final = frozenset(("ko", "ja", "zh", "th", "ar", "fa", "he", "hi", "bn"))
"""Languages whose addresses mostly hold numbers and whose titles aren't counted in words: both say nothing there."""

_DENSE: Final = frozenset(("ko", "ja", "zh"))
"""Languages of which a letter says about twice as much."""

_TYPES: Final = {
    "article": "article newsarticle blogposting reportagenewsarticle opinionnewsarticle",
    "product": "product productgroup itempage offer aggregateoffer individualproduct",
    "forum": "discussionforumposting qapage question answer comment",
    "list": "collectionpage searchresultspage itemlist offercatalog",
    "office": "localbusiness service professionalservice contactpage aboutpage softwareapplication webapplication"
    " medicalbusiness course event educationaloccupationalprogram",
    "documentation": "techarticle apireference",
    "questions": "faqpage",
    "site": "website",
}
_NAMES: Final = {
    "shop": "cart addtocart price prices pricing sku qty quantity wishlist woocommerce shipping instock outofstock"
    " stock swatch swatches variant variants purchasable taxable checkout basket product products discount buy buybox",
    "forum": "forum forums thread threads topic topics signature userinfo postcount postprofile postbody bbcode phpbb"
    " ips message messages quote answer answers question upvote vote votes reputation badges kudos lia xenforo karma"
    " moderator topicmap poster",
    "documentation": "docs doc docsearch toc sphinx rst mkdocs docusaurus admonition highlight codehilite prettyprint"
    " version versions edit gitbook readthedocs hljs api docutils linenos snippet code note tip warning",
    "service": "hero testimonial testimonials pricing cta faq faqs accordion features feature solutions slider services"
    " service contact client clients partner partners logos stats benefits plans plan tabs",
    "list": "filter filters facet facets sort sorting pagination pager results archive loadmore grid cards category"
    " categories",
    "article": "article hentry entry single byline author date published share comments respond tags related headline"
    " dek posted publish blog",
}
_LINES: Final = {
    "shop": "add to cart|add to bag|buy now|add to basket|add to wishlist|in stock|out of stock|sold out|quantity|sku"
    "|shipping|free shipping|returns|reviews|write a review|customer reviews|description|specifications|dimensions"
    "|warranty|size guide|color|size|materials|shop now|best sellers|new arrivals|additional information"
    "|product details|shipping & returns|checkout|cart|your cart is empty|sale|brand|accessories|best seller"
    "|add to compare|brand:|sku:|color:|size:|quantity:|track order|gift cards|my account|장바구니|구매하기|바로구매"
    "|상품평|상품문의|배송|교환/반품|in den warenkorb|warenkorb|lieferzeit|ajouter au panier|panier|añadir al carrito"
    "|aggiungi al carrello|カートに入れる|加入购物车",
    "forum": "reply|quote|report|like|post reply|click to expand...|joined|thread starter|last edited|member|members"
    "|forums|new posts|topic starter|original poster|share this post|link to comment|replies|views|upvote"
    "|accepted answer|solution|answer|answers|ask question|reactions:|discussion starter|registered|post|posts|user"
    "|moderator|senior member|register|registered user|community|new member|jump to latest|recommended posts|threads"
    "|first unread|last post|posted|search titles only|guest|what's new|latest activity|active member|topics"
    "|antworten|zitieren|répondre|responder",
    "documentation": "on this page|in this article|edit this page|edit on github|was this page helpful?|previous|next"
    "|copy|note|tip|warning|important|table of contents|see also|parameters|returns|examples|example|syntax"
    "|installation|getting started|quickstart|api reference|changelog|feedback|documentation|docs|note:|tip:|warning:"
    "|next steps|overview|prerequisites|configuration|usage|navigation|tutorials|guides|reference|page source"
    "|show source|type|default|required|string|options|language|download pdf|contribute|contents|summary|caution"
    "|requirements|이 페이지 편집|목차",
    "service": "get started|contact us|request a quote|get a quote|book now|request a demo|book a demo|free trial"
    "|learn more|our services|why choose us|how it works|testimonials|pricing|apply now|schedule a call|call now"
    "|contact sales|what our clients say|faq|faqs|frequently asked questions|our team|case studies|sign up"
    "|get in touch|free consultation|schedule a consultation|get a free quote|our process|industries|solutions"
    "|services|benefits|start free trial|try for free|schedule a demo|services we offer|about us|contact|our clients"
    "|get started today|meet the team|what we do|our mission|careers|locations|admissions|tuition|apply|request info"
    "|enroll now|key features|features|문의하기|상담 신청|상담신청|견적 문의|무료 체험|회사소개|jetzt anfragen"
    "|kontakt aufnehmen|demander un devis|solicitar presupuesto",
    "list": "filter|filters|sort by|sort by:|clear all|show more|load more|see all|results|next page|older posts|all"
    "|see more|sort|featured|show all|view all|view more|filter by|refine|categories|last|»|›|quick view"
    "|select options|view details|더보기|전체보기|최신순|인기순|다음 페이지|mehr laden|voir plus|ver más",
    "article": "by|written by|share|tweet|related articles|leave a reply|conclusion|about the author|comments"
    "|published|advertisement|related posts|name *|email *|website|leave a comment|recent posts|archives"
    "|key takeaways|author|share this|share this:|share this article|tags|tags:|subscribe|newsletter|related"
    "|you might also like|read next|final thoughts|pros|cons|more from|share on|back to blog|post navigation"
    "|latest posts|popular posts|updated|share:|facebook|twitter|linkedin|comment *|recommended|follow us|sources"
    "|references|verdict|bottom line|댓글|공유|관련기사|관련 기사|입력|수정|teilen|kommentare|anzeige|partager"
    "|compartir|condividi",
}
_PATHS: Final = {
    "forum": "forum forums thread threads topic topics t discussion discussions community viewtopic showthread"
    " questions question answers comments boards r groups",
    "documentation": "docs doc documentation reference manual api guide guides latest stable en html tutorial"
    " tutorials help wiki book handbook developer dev learn",
    "shop": "product products shop store p dp ip item items listing buy prod sku 상품 produkt produkte produit"
    " produits producto productos",
    "list": "category categories collections collection c tag tags search topics browse author"
    " section sections directory list best top all latest page 카테고리 태그 kategorie thema categorie categoria",
    "service": "services service solutions solution programs program pricing features courses course academics"
    " insurance software platform consulting company about contact industries admissions degrees leistungen"
    " dienstleistungen servicios",
    "article": "blog blogs news article articles post posts story stories insights resources magazine press opinion"
    " life view read artikel nachrichten actualite actualites noticias noticia 기사 entry",
}
_HOSTS: Final = {
    "forum": "forum forums community discuss bbs boards answers cafe",
    "documentation": "docs doc documentation developer developers help support wiki manual api learn",
    "shop": "shop store buy mall",
    "article": "blog blogs news",
}
_TITLES: Final = {
    "forum": "forum forums community discussion thread stack quora reddit",
    "documentation": "documentation docs reference manual api tutorial handbook readme wiki",
    "service": "services solutions company consulting agency insurance program degree course software pricing"
    " certificate training university",
}
_BODIES: Final = {
    "post": "single-post post-template-default single-format-standard node-type-article page-node-type-article"
    " page-node-type-blog page-node-type-news page-node-type-story template-article type-post",
    "page": "page-template page-template-default node-type-page page-node-type-page page-node-type-landing-page",
    "list": "archive category home blog search tag author tax",
    "shop": "woocommerce woocommerce-page single-product product-template-default product",
    "forum": "ipsapp bbpress forum thread topic",
}
_TOOLS: Final = {
    "documentation": "docusaurus sphinx mkdocs gitbook vitepress vuepress antora doxygen javadoc mdbook starlight",
    "forum": "discourse vbulletin phpbb xenforo invision flarum nodebb vanilla mybb simplemachines",
    "shop": "shopify woocommerce magento prestashop bigcommerce opencart cafe24",
}
_PROSE: Final = {
    "you": "you your",
    "we": "we our us",
    "i": "i my",
    "they": "he she his her they",
    "said": "said says according",
    "is": "is are",
}


_noughts: dict[str, float] = {}


def _groups(prefix: str, table: dict[str, str], separator: str | None = None) -> dict[str, tuple[str, ...]]:
    """Word -> the numbers that count it; a text that holds none of them has noughts."""
    numbers: dict[str, tuple[str, ...]] = {}
    for kind, words in table.items():
        _noughts[f"{prefix} {kind}"] = 0.0
        for word in words.split(separator):
            numbers[word] = (*numbers.get(word, ()), f"{prefix} {kind}")
    return numbers


def _as_written(kinds: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """The same for each way that pages write capitals."""
    return {way: kind for word, kind in kinds.items() for way in (word, word.capitalize(), word.title(), word.upper())}


_type_kinds = _groups("type", _TYPES)
_name_kinds = _groups("names", _NAMES)
_line_kinds = _as_written(_groups("lines", _LINES, "|"))
_lines = frozenset(_line_kinds)
_path_kinds = _groups("path", _PATHS)
_host_kinds = _groups("host", _HOSTS)
_title_kinds = _groups("title", _TITLES)
_body_kinds = _groups("page is", _BODIES)
_names = frozenset(_name_kinds)
_prose = {f"prose {kind}": tuple(f" {word} " for word in words.split()) for kind, words in _PROSE.items()}
_path_words = re.compile(r"[/.]")
_home = re.compile(r"(?:index|home|main|default)?(?:\.\w{2,5})?", re.IGNORECASE)
_dated = re.compile(r"(?:19|20)\d\d[/-]?[01]\d")
_number = re.compile(r"\d{5,}")
_dated_line = re.compile(r"\d(?:\d{3}|\d?[:./]\d).*")
_marks = {
    "marked hidden": Mark.HIDDEN,
    "marked post": Mark.POST,
    "marked body": Mark.BODY,
    "marked date": Mark.DATE,
}
_log = math.log1p


def page_evidence(document: Document, reading: Reading) -> dict[str, float]:
    """The numbers of a page by name; one that says nothing here (as prose in a language not known) is missing."""
    found = dict(_noughts)
    _of_itself(found, document, reading)
    _of_reading(found, reading)
    page = reading.body.page
    if page is not None and page.elements:
        _of_shape(found, page, reading.body.page_good)
        _of_text(found, page, reading.body)
    _of_address(found, document.url, reading.article.language)
    _of_title(found, document.title_tag, reading.article.title, reading.article.language)
    _of_prose(found, reading)
    return found


_SIGNS: Final = {
    "forum": ("path forum", "host forum", "title forum", "type forum", "tool forum", "names forum", "lines forum"),
    "product": ("path shop", "host shop", "type product", "tool shop", "og product", "names shop", "lines shop"),
    "service": ("path service", "title service", "type office", "names service", "lines service"),
    "documentation": (
        *("path documentation", "host documentation", "title documentation", "tool documentation"),
        *("names documentation", "lines documentation"),
    ),
}


def signs_of(evidence: dict[str, float], kind: str) -> float:
    """How many words and declarations of a page speak for this kind (``forum``, ``product`` …)."""
    return sum([evidence.get(name, 0.0) for name in _SIGNS[kind]])


def _count(found: dict[str, float], numbers: dict[str, tuple[str, ...]], words: set[str] | frozenset[str]) -> None:
    for word in words:
        for name in numbers.get(word, ()):
            found[name] += 1.0


def _of_itself(found: dict[str, float], document: Document, reading: Reading) -> None:
    metas = document.metas
    kind = (document.meta("og:type") or "").lower()
    found["og article"] = float("article" in kind)
    found["og website"] = float("website" in kind)
    found["og product"] = float("product" in kind)
    found["structured"] = float(reading.structured)
    found["article time"] = float("article:published_time" in metas or "datepublished" in metas)
    found["meta author"] = float("author" in metas)
    priced = "product:price:amount" in metas or "og:price:amount" in metas
    made = (document.meta("generator") or "")[:100].lower()
    for tool, words in _TOOLS.items():
        found[f"tool {tool}"] = float(any(word in made for word in words.split()))
    if priced or "shopify-checkout-api-token" in metas:
        found["tool shop"] = 1.0
    if "docsearch:language" in metas or "docusaurus_locale" in metas:
        found["tool documentation"] = 1.0
    types = set().union(*map(types_of, document.jsonld[:MOST_TYPES])) if document.jsonld else set()
    for word in types & _type_kinds.keys():
        found[_type_kinds[word][0]] = 1.0
    body = document.body
    names = (
        f"{body.attributes.get('class') or ''} {body.attributes.get('id') or ''}"[:2_000] if body is not None else ""
    )
    for word in _body_kinds.keys() & names.lower().split():
        found[_body_kinds[word][0]] = 1.0


def _of_reading(found: dict[str, float], reading: Reading) -> None:
    article, body = reading.article, reading.body
    lengths = list(map(len, body.paragraphs))
    size = float(sum(lengths)) * (1.0 if reading.article.language not in _DENSE else 2.0)
    count = max(1, len(lengths))
    long = sum(1 for length in lengths if length > LONG_PARAGRAPH)
    found["published"] = float(article.published is not None)
    found["author"] = float(bool(article.authors))
    found["many authors"] = float(len(article.authors) > 3)
    found["summary"] = float(article.summary is not None)
    found["image"] = float(article.image is not None)
    found["confidence"] = reading.confidence
    found["agreement"] = body.agreement
    found["size"] = _log(size)
    found["paragraph"] = min(400.0, size / count) / 100.0
    found["long paragraphs"] = _log(long)
    found["share long"] = long / count
    found["share of page"] = min(1.0, size / max(1.0, body.page_good))
    found["links"] = body.link_share
    found["headlines"] = _log(body.headlines)
    found["headlines to text"] = min(3.0, body.headlines * 60.0 / max(60.0, size))
    found["captions"] = _log(len(body.captions))
    found["bylines"] = _log(len(body.bylines))


def _of_shape(found: dict[str, float], page: Outline, good: float) -> None:
    blocks = page.blocks[:MOST_LINES]
    elements = page.elements[:MOST_ELEMENTS]
    kinds = Counter([block.kind for block in blocks])
    total = max(1, len(blocks))
    headings = kinds[H1] + kinds[H2] + kinds[H3]
    found["blocks"] = _log(len(page.blocks))
    found["good"] = good / max(1, page.elements[0].chars)
    found["headings to text"] = min(4.0, headings * 500.0 / good) if good else 4.0
    for name, tag in _shares.items():
        found[name] = kinds[tag] / total
    for name, tag in _counts.items():
        found[name] = _log(kinds[tag])
    marks = Counter([element.marks for element in elements if element.marks])
    for name, mark in _marks.items():
        found[name] = _log(sum([count for value, count in marks.items() if value & mark]))
    _count(found, _name_kinds, _named(dict.fromkeys([element.names for element in elements])))
    short = [block.text for block in blocks if block.chars <= SHORT_LINE]
    found["dated lines"] = _log(len(_dated_line.findall("\n".join(short))))
    _count(found, _line_kinds, _lines.intersection(short))


_memo: dict[str, tuple[str, ...]] = {}


def _named(names: Iterable[str]) -> set[str]:
    """The words of class names that speak for some kind of page; of each attribute they are remembered."""
    words: set[str] = set()
    for name in islice(names, MOST_NAMES):
        known = _memo.get(name)
        if known is None:
            parts = name[:LONGEST_NAMES].lower().replace("-", " ").replace("_", " ").split()
            known = tuple(_names.intersection(parts))
            if len(_memo) >= MEMO_SIZE:
                _memo.clear()
            if len(name) <= LONGEST_NAMES:
                _memo[name] = known
        if known:
            words.update(known)
    return words


def _of_text(found: dict[str, float], page: Outline, body: Body) -> None:
    """What the lines of the text are, and where they stand."""
    texts = [page.blocks[index] for index in body.lines if index < len(page.blocks)]
    if not texts:
        return
    count = len(texts)
    chars = max(1, sum([block.chars for block in texts]))
    found["text headings"] = sum([block.kind in HEADINGS for block in texts]) / count
    found["text lists"] = sum([block.kind == LI for block in texts]) / count
    found["text p"] = sum([block.kind == P for block in texts]) / count
    found["text links"] = min(10.0, sum([block.links for block in texts]) * 1_000 / max(200, chars))
    found["text linked"] = sum([block.link_chars for block in texts]) / chars
    first, last = texts[0].index, texts[-1].index
    found["first at"] = first / max(1, len(page.blocks))
    found["spread"] = count / max(1, last - first + 1)
    found["h1 near"] = float(any(block.kind == H1 for block in page.blocks[max(0, first - NEAR) : first + 1]))
    element = page.elements[body.element]
    while element.tag != ARTICLE and element.parent >= 0:
        element = page.elements[element.parent]
    found["in article"] = float(element.tag == ARTICLE)


_shares = {
    "share p": P,
    "share li": LI,
    "share td": TD,
    "share h2": H2,
    "share h3": H3,
    "share button": BUTTON,
}
_counts = {
    "count pre": PRE,
    "count th": TH,
    "count figcaption": FIGCAPTION,
    "count button": BUTTON,
    "count p": P,
}


def _of_address(found: dict[str, float], url: str, language: str | None) -> None:
    try:
        parts = urlsplit(url[:2_000])
    except ValueError:
        return
    path = parts.path.strip("/")
    last = path.rsplit("/", 1)[-1]
    found["root"] = float(_home.fullmatch(path) is not None)
    found["depth"] = min(6.0, path.count("/") + bool(path))
    found["dated"] = float(_dated.search(path) is not None)
    if language not in UNSLUGGED:
        found["hyphens"] = min(8.0, last.count("-"))
        found["slug"] = float(last.count("-") >= 4)
        found["last"] = _log(len(last))
        found["number"] = float(_number.search(path) is not None)
        found["one word"] = float("/" not in path and last.count("-") <= 1)
    _count(found, _path_kinds, set(_path_words.split(parts.path.lower())))
    _hosts(found, parts)


def _hosts(found: dict[str, float], parts: SplitResult) -> None:
    _count(found, _host_kinds, set(parts.netloc.lower().split(".")[:-1]))


def _of_title(found: dict[str, float], tag: str | None, title: str | None, language: str | None) -> None:
    words = (tag or "").lower()
    _count(found, _title_kinds, set(words[:300].split()))
    if language not in UNSLUGGED:
        found["title words"] = min(15.0, len((title or "").split()))
        found["title length"] = min(120.0, len(title or "")) / 50.0


def _of_prose(found: dict[str, float], reading: Reading) -> None:
    text = reading.article.text[:PROSE]
    letters = max(1, len(text))
    if letters < 100:
        return
    found["quotes"] = min(1.0, (text.count("“") + text.count('"') / 2 + text.count("„")) * 1_000 / letters)
    found["exclamations"] = min(3.0, text.count("!") * 1_000 / letters)
    found["questions"] = min(3.0, text.count("?") * 1_000 / letters)
    found["dollars"] = min(3.0, text.count("$") * 1_000 / letters)
    found["commas"] = min(2.0, text.count(",") * 100 / letters)
    found["colons"] = min(2.0, text.count(":") * 100 / letters)
    if reading.article.language != "en":
        return
    text = text.lower()
    words = max(50, text.count(" ") + text.count("\n"))
    for name, said in _prose.items():
        found[name] = min(0.1, sum([text.count(word) for word in said]) / words) * 30
