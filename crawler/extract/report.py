"""A page coloured by what extraction made of it: an HTML report for a person, drawn with BeautifulSoup.

Only the page's words are taken over, escaped, never its markup: the report runs no script and loads nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape

from bs4 import BeautifulSoup
from bs4.element import CData, NavigableString, Tag

from crawler.extract.document import decode
from crawler.items import Extraction, ListingItem, Page

# BeautifulSoup builds some 100 bytes of objects for each byte of markup; news pages are 50 to 500 KB.
MAX_LETTERS = 3_000_000
MAX_BLOCKS = 20_000

_unseen = frozenset({"script", "style", "template", "svg", "math", "iframe", "object", "head", "title", "noscript"})
_inline = frozenset(
    {"a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins"}
    | {"kbd", "label", "mark", "nobr", "q", "ruby", "rb", "rp", "rt", "s", "samp", "small", "span", "strike", "strong"}
    | {"sub", "sup", "time", "tt", "u", "var", "wbr"}
)
_space = re.compile(r"\s+")

_style = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
table { border-collapse: collapse; margin: 1rem 0 } td { padding: .1rem .8rem .1rem 0; vertical-align: top }
p { margin: .25rem 0; padding: .1rem .6rem; border-left: 4px solid; white-space: pre-wrap; overflow-wrap: anywhere }
.kept { background: #e3f6e3; border-color: #2c8a2c } .field { background: #e6effb; border-color: #3b6fb5 }
.dropped { background: #f1f1f1; border-color: #ccc; color: #777 } small { color: #777; margin-right: .6rem }
"""


@dataclass(frozen=True, slots=True)
class Block:
    """Words that stand together on the page: the names of the elements around them, and what became of them.

    `fate` is ``kept`` (in the text), ``dropped``, or the name of the field that has them, such as ``title``.
    """

    path: str
    text: str
    fate: str


def report(page: Page, extraction: Extraction) -> str:
    """An HTML document that shows each block of `page`: green what is in the text, blue other fields, grey the rest."""
    facts = "".join(f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in _facts(extraction))
    blocks = coloured(page, extraction)
    counts = {fate: sum(len(block.text) for block in blocks if block.fate == fate) for fate in ("kept", "dropped")}
    return (
        '<!doctype html><html><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(page.final_url)}</title><style>{_style}</style></head><body>"
        f"<h1>{escape(page.final_url)}</h1><table>{facts}</table>"
        f"<p class=kept>in the text: {counts['kept']} letters</p><p class=field>in another field, which is named</p>"
        f"<p class=dropped>dropped: {counts['dropped']} letters</p><hr>"
        + "".join(map(_drawn, blocks))
        + "</body></html>\n"
    )


def coloured(page: Page, extraction: Extraction) -> list[Block]:
    """The visible blocks of `page` in its order, each with its fate."""
    text, _ = decode(page.body, page.headers.get("content-type"))
    fields = _fields(extraction)
    kept = _folded(_kept_text(extraction))
    return [Block(path, words, _fate(_folded(words), kept, fields)) for path, words in _blocks(text[:MAX_LETTERS])]


def _blocks(text: str) -> list[tuple[str, str]]:
    """(path, words) of each run of text between block boundaries."""
    soup = BeautifulSoup(text, "lxml")
    found: list[tuple[str, str]] = []
    words: list[str] = []
    home: Tag | None = None
    for node in soup.descendants:
        if not isinstance(node, NavigableString):
            # <br> ends a block: legacy papers write their paragraphs that way
            if isinstance(node, Tag) and node.name not in _inline:
                _close(found, words, home)
            continue
        if type(node) not in (NavigableString, CData) or _is_unseen(node):
            continue
        block = _block_of(node)
        if block is not home:
            _close(found, words, home)
            home = block
        words.append(str(node))
        if len(found) >= MAX_BLOCKS:
            break
    _close(found, words, home)
    return found


def _close(found: list[tuple[str, str]], words: list[str], home: Tag | None) -> None:
    text = _space.sub(" ", "".join(words)).strip()
    words.clear()
    if text and home is not None:
        found.append((_path(home), text))


def _is_unseen(node: NavigableString) -> bool:
    return any(parent.name in _unseen for parent in _near(node))


def _block_of(node: NavigableString) -> Tag | None:
    return next((parent for parent in _near(node) if parent.name not in _inline), None)


def _near(node: NavigableString | Tag, most: int = 40) -> list[Tag]:
    """The elements around a node, nearest first; at most `most`, since a page may nest thousands deep."""
    parents: list[Tag] = []
    for parent in node.parents:
        if len(parents) >= most:
            break
        parents.append(parent)
    return parents


def _path(block: Tag) -> str:
    names = []
    for tag in reversed([block, *_near(block, 3)]):
        if tag.name in {"[document]", "html", "body"}:
            continue
        marks = tag.get("id") or tag.get("class") or ""
        mark = marks if isinstance(marks, str) else ".".join(marks)
        names.append(f"{tag.name}{'#' if tag.get('id') else '.'}{mark[:40]}" if mark else tag.name)
    return " > ".join(names)


def _folded(text: str) -> str:
    return _space.sub("", text).casefold()


def _fate(words: str, kept: str, fields: dict[str, str]) -> str:
    for name, value in fields.items():
        if words == value:
            return name
    if words and words in kept:
        return "kept"
    # A cleaned paragraph may have lost its byline or plea; most of the block is in the text all the same.
    if len(words) >= 40 and words[: len(words) // 2] in kept and words[len(words) // 4 : -len(words) // 4] in kept:
        return "kept"
    return next((name for name, value in fields.items() if len(words) >= 20 and words in value), "dropped")


def _kept_text(extraction: Extraction) -> str:
    if extraction.article is not None:
        return extraction.article.text
    return "\n".join(text for item in extraction.items for text in _item_texts(item))


def _item_texts(item: ListingItem) -> list[str]:
    return [text for text in (item.title, item.text, item.summary) if text]


def _fields(extraction: Extraction) -> dict[str, str]:
    article = extraction.article
    if article is None:
        return {}
    named = {
        "title": article.title,
        "summary": article.summary,
        "source line": article.source_line,
        **{f"caption {number}": caption for number, caption in enumerate(article.captions, 1)},
        **{f"author {number}": author for number, author in enumerate(article.authors, 1)},
    }
    return {name: _folded(value) for name, value in named.items() if value}


def _facts(extraction: Extraction) -> list[tuple[str, str]]:
    facts: list[tuple[str, object]] = [
        ("kind", extraction.kind.value),
        ("why", extraction.reason),
        ("confidence", f"{extraction.confidence:.2f}"),
        ("items", len(extraction.items) or None),
    ]
    article = extraction.article
    if article is not None:
        facts += [
            ("title", article.title),
            ("published", article.published and article.published.isoformat()),
            ("modified", article.modified and article.modified.isoformat()),
            ("authors", ", ".join(article.authors)),
            ("language", article.language),
            ("canonical", article.canonical),
            ("extractor", article.extractor),
        ]
    return [(name, str(value)) for name, value in facts if value]


def _drawn(block: Block) -> str:
    kind = block.fate if block.fate in {"kept", "dropped"} else "field"
    label = block.path if kind != "field" else f"{block.fate} · {block.path}"
    return f"<p class={kind}><small>{escape(label)}</small>{escape(block.text)}</p>"
