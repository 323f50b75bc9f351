"""An article that is split over pages: what is asked for next, whether what came is the same article, all pages as one.

No I/O: whoever fetches (a crawl, `presswatch extract`) asks `LongRead.wanted`, tells it what came, and takes `joined`.

Evidence that a page belongs to the article: its URL after redirects is the article's but for the number expected, and
its canonical URL or its title agrees; a page that says what was already read ends the article. What each page repeats
(title, standfirst, captions, "page 2 of 4", the lines that all pages begin or end with) is kept once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from enum import Enum

from crawler.extract.article_pages import Sign, base_of, numbered
from crawler.extract.phrases import folded
from crawler.items import Article, Extraction, Page, PageKind
from crawler.urls import publisher, url_key

MOST_TEXT = 1_000_000
"""Characters of a joined text after which no page is asked for any more: ten times the longest feature."""
MOST_REPEATED = 12
"""Lines at the beginning or end of a page that are compared with those of other pages."""
MOST_SEEN = 0.8
"""A page of which this share was already read repeats what came before."""
LEAST_OF_FIRST = 0.75
"""Share of page one's text that the page with all of the article must hold."""
FEW_LETTERS = 12
"""A repeated line of fewer letters ("* * *", "Q.") may be the text's own."""

_MARKER = re.compile(
    r"[\W_]*(?:(?:page|seite|pagina|página|페이지|стр\.?)\s?)?\d{1,3}\s?(?:of|von|de|di|van|av|sur|из|/)\s?\d{1,3}[\W_]*"
    r"|[\W_]*(?:page|seite|pagina|página|페이지)\s?\d{1,3}[\W_]*|\d{1,3}\s?(?:페이지|쪽|ページ(?:目)?|页)"
    r"|[\W_]*(?:\(?\s?)?(?:continued?\s(?:on|from)\s(?:the\s)?(?:next|previous)?\s?page|(?:go\sto\s)?next\spage\b.{0,80}"
    r"|(?:weiter\s)?(?:lesen\ssie\s)?(?:auf\sder\s|zur\s)?nächsten?\sseite\b.{0,80}|(?:auf\s)?seite\s\d{1,3}:.{0,80}"
    r"|page\s\d{1,3}:.{0,80}|suite\s(?:à\sla|en)\spage\ssuivante|(?:기사는?\s?)?다음\s?(?:페이지|쪽|장)(?:에서?|로|으로)?"
    r"(?:\s?(?:계속|이어집니다|이어짐).{0,10})?|次の?ページ(?:へ|に|は|[::]).{0,80}|下一?[页頁].{0,20})[\W_]*",
    re.IGNORECASE,
)
_TITLE_TAIL = re.compile(
    r"[\s|–—:,-]*[(\[]?\s*(?:(?:page|seite|pagina|página|part|teil|페이지|стр\.?)\s?\d{1,3}(?:\s?(?:of|von|de|di|/)\s?\d{1,3})?"
    r"|\d{1,3}\s?(?:of|von|/)\s?\d{1,3}|\d{1,3}\s?(?:페이지|쪽|ページ目?|页))\s*[)\]]?\s*$",
    re.IGNORECASE,
)


class _Asked(Enum):
    NEXT = "next"
    WHOLE = "whole"
    FIRST = "first"


class LongRead:
    """The pages of one article as they come in: `most` of them at most, page one among them.

    Begins with the page that was asked for and the article read from it. `wanted` is the URL to ask for, `None` when
    there is nothing more to ask; each answer is told by `came` or `failed`. `unread` says afterwards that a page could
    not be had, so that asking again may bring more; `notes` tell in words why something is missing.
    """

    def __init__(self, page: Page, extraction: Extraction, most: int) -> None:
        self.page = page
        self.unread = False
        self.notes: list[str] = []
        self._extraction = extraction
        self._articles: list[Article] = [_article_of(extraction)]
        self._most = most
        self._asked = 1
        self._role: _Asked | None = None
        self.wanted: str | None = None
        self._pages: list[str] = []
        self._missing: str | None = None
        self._later: tuple[Page, Article] | None = None
        self._begin(look_back=True)

    def _begin(self, *, look_back: bool) -> None:
        first = self._articles[0]
        self._bases = set(_bases(self.page, first))
        self._keys = {url_key(self.page.url), url_key(self.page.final_url)}
        self._lines = {folded(line) for line in first.text.split("\n")}
        self._number = _number_of(self.page, first)
        if look_back and first.first_page is not None:
            self._ask(first.first_page, _Asked.FIRST)
        elif first.next_page is not None and first.whole_page is not None:
            self._ask(first.whole_page, _Asked.WHOLE)
        else:
            self._go_on(first)

    def came(self, page: Page, extraction: Extraction) -> None:
        """The page that was wanted came in, and this was read from it."""
        article = extraction.article if extraction.kind is PageKind.ARTICLE else None
        if article is None or page.status != 200:
            self.failed(f"{page.url}: no article, {extraction.reason}")
        elif publisher(page.final_url) != publisher(self.page.final_url):
            self.failed(f"{page.url}: it leads to another site, {page.final_url}")
        else:
            role, self._role, self.wanted = self._role, None, None
            match role:
                case _Asked.FIRST:
                    self._first_came(page, extraction, article)
                case _Asked.WHOLE:
                    self._whole_came(page, article)
                case _Asked.NEXT:
                    self._next_came(page, article)

    def failed(self, reason: str) -> None:
        """The page that was wanted can't be had, and why."""
        role, self._role, self.wanted = self._role, None, None
        self.notes.append(reason)
        match role:
            case _Asked.FIRST:
                self._begin(look_back=False)
                self.unread = True
                self._missing = self._missing or self._articles[0].first_page
            case _Asked.WHOLE:
                self._go_on(self._articles[0])
            case _Asked.NEXT:
                self.unread = True
                self._missing = self._articles[-1].next_page

    def stop(self, reason: str) -> None:
        """What is wanted is not asked for now, and why."""
        if self._role is not None:
            first = self._articles[0]
            self._missing = {
                _Asked.NEXT: self.wanted,
                _Asked.WHOLE: first.next_page,
                _Asked.FIRST: first.first_page,
            }[self._role]
            self._role = self.wanted = None
            self.unread = True
            self.notes.append(reason)

    @property
    def missing(self) -> str | None:
        """Where the article goes on beyond (or begins before) what came; `None` when all of it is here."""
        return self._missing

    def joined(self) -> Extraction:
        """All that came as one article; its `next_page` is set when it goes on beyond that."""
        article = join(self._articles)
        own = {self.page.url, self.page.final_url}
        pages = tuple(url for url in dict.fromkeys(self._pages) if url not in own)
        first = article.first_page if article.first_page == self._missing else None
        following = self._missing if first is None else None
        article = replace(article, next_page=following, first_page=first, pages=pages)
        reason = self._extraction.reason
        if len(self._articles) > 1:
            reason = f"{reason}; joined from {len(self._articles)} pages"
        if self._missing is not None:
            reason = f"{reason}; not all of it, see {self._missing}"
        if self.notes:
            reason = f"{reason} ({'; '.join(self.notes)})"
        return replace(self._extraction, article=article, reason=reason, confidence=article.confidence)

    # ------------------------------------------------------------------------------------------------------ steps
    def _ask(self, url: str, role: _Asked) -> None:
        if role is _Asked.NEXT and self._later is not None and url_key(url) == url_key(self._later[0].url):
            (page, article), self._later = self._later, None
            self._next_came(page, article)
            return
        if self._asked >= self._most:
            self._missing = self._articles[0].next_page if role is _Asked.WHOLE else url
            self.notes.append(f"no more than {self._most} pages are asked for")
            return
        self._asked += 1
        self._role, self.wanted = role, url

    def _go_on(self, last: Article) -> None:
        """Ask for the page after `last`, if that is the one expected."""
        url = last.next_page
        if url is None or not self._is_page(url_key(url), self._number + 1):
            return
        if sum(len(article.text) for article in self._articles) > MOST_TEXT:
            self._missing = url
            self.notes.append(f"no more than {MOST_TEXT} characters are joined")
            return
        self._ask(url, _Asked.NEXT)

    def _first_came(self, page: Page, extraction: Extraction, article: Article) -> None:
        """Begin with page one after all, if it is that and leads on; the page asked for comes in its turn."""
        later = self._articles[0]
        leads_on = article.next_page is not None and url_key(page.final_url) not in self._keys
        if leads_on and self._agrees(later, article, Sign.ADDED):
            self._pages += (self.page.url, self.page.final_url)
            self._later = self.page, later
            self.page, self._extraction, self._articles = page, extraction, [article]
        self._begin(look_back=False)

    def _whole_came(self, page: Page, article: Article) -> None:
        first = self._articles[0]
        lines = {folded(line) for line in article.text.split("\n")}
        held = _share(first.text, lines)
        longer = len(article.text) > len(first.text)
        if held >= LEAST_OF_FIRST and longer and self._agrees(first, article, Sign.ADDED):
            # Page two is its page as well, and doors may name it.
            self._pages += (page.url, page.final_url, *filter(None, (first.next_page,)))
            whole = replace(first, text=_own_text(article, first), captions=_captions((first, article)))
            self._articles = [replace(whole, confidence=max(first.confidence, article.confidence))]
            return
        self._go_on(first)

    def _next_came(self, page: Page, article: Article) -> None:
        key = url_key(page.final_url)
        readings = [one for one in numbered(key) if one.base in self._bases and one.number == self._number + 1]
        if key in self._keys or _share(article.text, self._lines) >= MOST_SEEN:
            self.notes.append(f"{page.url}: it says what was read before")
            return
        if not readings or not self._agrees(self._articles[0], article, readings[0].sign):
            self.notes.append(f"{page.url}: it is another article")
            return
        self._keys.add(key)
        self._number += 1
        self._pages += (page.url, page.final_url)
        self._articles.append(article)
        self._lines |= {folded(line) for line in article.text.split("\n")}
        self._go_on(article)

    def _is_page(self, key: str, number: int) -> bool:
        return any(one.base in self._bases and one.number == number for one in numbered(key))

    def _agrees(self, first: Article, other: Article, sign: Sign) -> bool:
        """Whether two pages call themselves the same article."""
        canonical = _same_canonical(self._bases, first, other)
        if canonical is False:
            return False
        titles = _same_title(first.title, other.title)
        if sign is Sign.LOOSE:
            return titles is True
        return canonical is True or titles is not False


def _article_of(extraction: Extraction) -> Article:
    if extraction.article is None:
        raise ValueError("a long read begins with an article")
    return extraction.article


def _number_of(page: Page, article: Article) -> int:
    """Which page of its article a page is, as its URL says where it is to be believed."""
    first = base_of(url_key(article.first_page)) if article.first_page is not None else None
    for one in numbered(url_key(page.final_url)):
        if one.sign is Sign.NAMED or one.base == first:
            return one.number
    return 1


def _bases(page: Page, article: Article) -> Iterable[str]:
    """What the URLs of the article's pages are but for their number."""
    home = publisher(page.final_url)
    for url in (page.url, page.final_url, article.url, article.canonical):
        if url is None or publisher(url) != home:
            continue
        key = url_key(url)
        base = base_of(key)
        if base is not None:
            yield base
        for one in numbered(key):
            if one.number == 1 or one.sign is Sign.NAMED:
                yield one.base
    if article.first_page is not None and (base := base_of(url_key(article.first_page))) is not None:
        yield base


def _same_canonical(bases: set[str], first: Article, other: Article) -> bool | None:
    """Whether the canonical URL of another page is the article's, but for a page number; `None` where it says nothing.

    Another publisher's URL says nothing: it is no better believed elsewhere.
    """
    if other.canonical is None or publisher(other.canonical) != publisher(first.url):
        return None
    key = url_key(other.canonical)
    if first.canonical is not None and key == url_key(first.canonical):
        return True
    base = base_of(key)
    if base is None:
        return None
    return base in bases or any(one.base in bases for one in numbered(key))


def _same_title(one: str | None, other: str | None) -> bool | None:
    """Whether two titles are one but for a page's number; `None` where one is missing."""
    mine, theirs = (folded(_TITLE_TAIL.sub("", title)) if title else "" for title in (one, other))
    if not mine or not theirs:
        return None
    short, long = sorted((mine, theirs), key=len)
    return short == long or (len(short) >= FEW_LETTERS and short in long)


def _share(text: str, lines: set[str]) -> float:
    """How much of a text's letters stands in lines that are among `lines` (folded); 1 for a text without letters."""
    all_letters = seen = 0
    for line in text.split("\n"):
        fold = folded(line)
        all_letters += len(fold)
        seen += len(fold) if fold in lines else 0
    return seen / all_letters if all_letters else 1.0


# ------------------------------------------------------------------------------------------------------------ joining
def join(articles: Sequence[Article]) -> Article:
    """The article of page one with the text and captions of all `articles`, its pages in order.

    Everything else is page one's, or where page one does not say it (authors, image, source line) the first other's
    that does. `confidence` is the pages' mean, weighted by their texts. Deterministic; one article is itself.
    """
    first, *others = articles
    if not others:
        return first
    authors = next((article.authors for article in articles if article.authors), ())
    letters = sum(len(article.text) for article in articles)
    confidence = sum(article.confidence * len(article.text) for article in articles) / letters if letters else 0.0
    return replace(
        first,
        text=_joined_text(articles),
        authors=authors,
        captions=_captions(articles),
        image=next((article.image for article in articles if article.image is not None), None),
        source_line=next((article.source_line for article in articles if article.source_line), None),
        confidence=round(confidence, 3),
    )


def _captions(articles: Sequence[Article]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(caption for article in articles for caption in article.captions))


def _own_text(article: Article, first: Article) -> str:
    """The text of a page without what page one says as title, standfirst or caption, at its beginning."""
    lines = article.text.split("\n")
    return "\n".join(lines[_furniture(lines, _said(first), []) :])


def _joined_text(articles: Sequence[Article]) -> str:
    """The texts after each other, each line that pages repeat at their beginnings and ends kept once."""
    said = _said(articles[0])
    texts = [_unmarked(article.text.split("\n")) for article in articles]
    folds = [[folded(line) for line in lines] for lines in texts]
    kept: list[str] = []
    for place, lines in enumerate(texts):
        before = folds[place - 1] if place else []
        begin = _furniture(lines, said | _said(articles[place]), before, folds[0]) if place else 0
        following = folds[place + 1] if place + 1 < len(texts) else []
        kept += _unmarked(lines[begin : len(lines) - _same_end(folds[place], following)])
    return "\n".join(kept)


def _said(article: Article) -> set[str]:
    """What stands in fields of its own, folded."""
    lines = [article.title or "", *(article.summary or "").split("\n"), *article.captions]
    return {fold for line in lines if (fold := folded(line))}


def _furniture(lines: list[str], said: set[str], before: list[str], first: Sequence[str] = ()) -> int:
    """How many lines at a later page's beginning were said before: on its fields, at page one's beginning, or at the
    end of the page before.
    """
    folds = [folded(line) for line in lines[:MOST_REPEATED]]
    for length in range(min(len(folds), len(before), MOST_REPEATED), 0, -1):
        if folds[:length] == before[-length:] and sum(map(len, folds[:length])) >= FEW_LETTERS:
            return length
    begins = {fold for fold in first[:MOST_REPEATED] if len(fold) >= FEW_LETTERS} | said
    count = 0
    for fold, line in zip(folds, lines, strict=False):
        if fold and fold not in begins and not _is_marker(line):
            break
        count += 1
    return count


def _same_end(lines: list[str], following: list[str]) -> int:
    """How many lines at the end of a page stand at the end of the next as well: they are kept there."""
    count = 0
    while (
        count < min(len(lines), len(following), MOST_REPEATED)
        and lines[-1 - count] == following[-1 - count]
        and len(lines[-1 - count]) >= FEW_LETTERS
    ):
        count += 1
    return count


def _unmarked(lines: list[str]) -> list[str]:
    """The lines between those at beginning and end that only tell of pages."""
    begin, end = 0, len(lines)
    while begin < end and _is_marker(lines[begin]):
        begin += 1
    while begin < end and _is_marker(lines[end - 1]):
        end -= 1
    return lines[begin:end]


def _is_marker(line: str) -> bool:
    """Whether a line only tells of pages: "Page 2 of 4", "다음 페이지에 계속"."""
    return len(line) <= 120 and _MARKER.fullmatch(line.strip()) is not None
