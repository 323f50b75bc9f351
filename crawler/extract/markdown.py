"""An article as Markdown (CommonMark, tables as GitHub writes them): YAML front matter of its fields, then the text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote

from crawler.extract.paragraphs import Kind, Paragraph
from crawler.items import Article, Extraction, ListingItem

# What would be markup in the midst of a line; underscores within a word are not.
_INLINE = re.compile(r"[\\`*\[\]<]|(?<!\w)_|_(?!\w)|&(?=[#\w]+;)|~(?=~)|!(?=\[)")
# What would be markup at the start of a line.
_START = re.compile(r"^(?:(#{1,6}|[-+>]|=+|-{3,}|~{3,})(?=\s|$)|(\d{1,9})([.)])(?=\s|$))")
_NOT_IN_URL = re.compile(r"[<>\s\\]")
_FENCE = re.compile(r"`{3,}")
_PLAIN = re.compile(r"[^\W\d_][\w ,.()/-]*", re.UNICODE)
_YAML_WORDS = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n"))
MAX_DEPTH = 8
"""Deepest list that is indented as deep as it is."""


def article_markdown(article: Article, paragraphs: Sequence[Paragraph]) -> str:
    """The document, ending with a newline; `paragraphs` are the text by kind, else the article's lines are taken."""
    lines = paragraphs or tuple(Paragraph(Kind.PARAGRAPH, line) for line in article.text.split("\n") if line)
    fields: dict[str, object] = {
        "title": article.title,
        "url": article.url,
        "canonical": article.canonical,
        "published": article.published and article.published.isoformat(),
        "modified": article.modified and article.modified.isoformat(),
        "authors": article.authors,
        "site": article.site_name,
        "section": article.section,
        "tags": article.tags,
        "language": article.language,
        "image": article.image and article.image.url,
        "captions": article.captions,
        "source": article.source_line,
        "licence": article.terms.licence,
        "confidence": article.confidence,
        "extractor": article.extractor,
    }
    head = [f"# {_escaped(_one_line(article.title))}"] if article.title else []
    head += [f"*{_escaped(line.strip())}*" for line in (article.summary or "").split("\n") if line.strip()]
    return _document(fields, [*head, *_blocks(lines)])


def listing_markdown(url: str, extraction: Extraction) -> str:
    """A listing, feed or sitemap: its items as a list of links with date and teaser."""
    items = extraction.items or extraction.children
    fields: dict[str, object] = {
        "title": extraction.hints.title,
        "url": url,
        "kind": extraction.kind.value,
        "items": len(items),
        "next_page": extraction.next_page,
        "confidence": extraction.confidence,
    }
    return _document(fields, ["\n".join(map(_item, items))] if items else [])


def _document(fields: Mapping[str, object], blocks: Iterable[str]) -> str:
    front = "".join(f"{name}: {_yaml(value)}\n" for name, value in fields.items() if value not in {None, "", ()})
    return "\n\n".join([f"---\n{front}---", *blocks]) + "\n"


def _yaml(value: object) -> str:
    """A value as YAML 1.2 reads it; what is not plainly a plain scalar is quoted as JSON, which YAML includes."""
    if isinstance(value, tuple):
        return f"[{', '.join(json.dumps(str(part), ensure_ascii=False) for part in value)}]"
    if isinstance(value, (int, float)):
        return str(value)
    text = str(value)
    if _PLAIN.fullmatch(text) and text.casefold() not in _YAML_WORDS and text == text.strip():
        return text
    return json.dumps(text, ensure_ascii=False)


def _blocks(paragraphs: Iterable[Paragraph]) -> list[str]:
    """Blocks that a blank line divides; items of a list, lines of a quote and rows of a table belong together."""
    blocks: list[str] = []
    last: tuple[Kind, int] | None = None
    for paragraph in paragraphs:
        here = paragraph.kind, paragraph.group
        match paragraph.kind:
            case Kind.HEADING:
                block = f"{'#' * min(6, max(2, paragraph.level))} {_escaped(_one_line(paragraph.text))}"
            case Kind.CODE:
                block = _fenced(paragraph.text)
            case Kind.QUOTE:
                block = "> " + _escaped(paragraph.text).replace("\n", "\n> ")
            case Kind.ITEM:
                block = _list_item(paragraph)
            case Kind.ROW:
                block = _row(paragraph.cells)
                if here != last:
                    block += "\n" + _row(["---"] * len(paragraph.cells))
            case Kind.PARAGRAPH:
                block = _escaped(paragraph.text)
        if here == last and paragraph.kind is Kind.QUOTE:
            blocks[-1] += f"\n>\n{block}"
        elif (paragraph.kind is Kind.ROW and here == last) or (
            paragraph.kind is Kind.ITEM and last and last[0] is Kind.ITEM
        ):
            blocks[-1] += f"\n{block}"
        else:
            blocks.append(block)
        last = here
    return blocks


def _list_item(paragraph: Paragraph) -> str:
    indent = " " * 4 * (min(MAX_DEPTH, paragraph.level) - 1)
    text = _escaped(paragraph.text)
    if paragraph.continued:
        return f"\n{indent}    {text}"
    mark = f"{paragraph.number}." if paragraph.number else "-"
    return f"{indent}{mark:<3} {text}"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(_escaped(_one_line(cell), start=False).replace("|", "\\|") for cell in cells) + " |"


def _fenced(code: str) -> str:
    longest = max((len(ticks) for ticks in _FENCE.findall(code)), default=2)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{code}\n{fence}"


def _item(item: ListingItem) -> str:
    when = item.published or item.modified
    title = _escaped(_one_line(item.title) or item.url, start=False)
    url = _NOT_IN_URL.sub(lambda found: quote(found[0]), item.url)
    line = f"- [{title}](<{url}>)"
    if when is not None:
        line += f" — {when.isoformat()}"
    teaser = _one_line(item.summary or item.text)
    return f"{line}\n  {_escaped(teaser)}" if teaser else line


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())


def _escaped(text: str, *, start: bool = True) -> str:
    """`text` with a backslash before what Markdown would take for markup."""
    text = _INLINE.sub(lambda found: f"\\{found[0]}", text)
    if not start:
        return text
    return _START.sub(lambda found: f"\\{found[1]}" if found[1] else f"{found[2]}\\{found[3]}", text)
