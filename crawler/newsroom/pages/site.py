# ruff: noqa: E501 - markup is easier to check where a line of it stays a line
"""What all renderers share: a site's skin (class names, wrappers, order, chosen by the seed) and the clutter around an article."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from random import Random
from zoneinfo import ZoneInfo

from crawler.newsroom.pages import clutter
from crawler.newsroom.world import Plan, Revision, Story
from crawler.newsroom.writing import Block, BlockKind

# Filled in at each fetch: what rotates on a page although nothing was published.
AD, VIEWS, TICK, NONCE = "@@ad@@", "@@views@@", "@@tick@@", "@@nonce@@"

_WORDS = {
    "body": "article-body news_view post_content story-text view_con cont_view articleTxt entry-body c-body read_body txt_area detail",
    "article": "article post story view_area news_article cont_article single doc readpage",
    "headline": "headline tit_view title news_tit subject tit hd entry-title ttl",
    "standfirst": "standfirst summary lead sub_tit deck midtitle",
    "meta": "meta info_view byline date_area art_info dates infobox",
    "date": "date num_date time txt_time registration regdate",
    "author": "author writer reporter journalist by name",
    "caption": "caption img_desc txt_caption figcap photo_txt desc",
    "figure": "figure photo img_area pic image_wrap media",
    "nav": "gnb menu navbar lnb topnav global",
    "ad": "ad_box adarea banner promo-slot sponsored da_wrap bnr",
    "related": "related rel_news more-from rcmd_area readnext recommend",
    "ranking": "ranking popular best_news most-read hot_list trend",
    "comments": "comment_area reply cmt_wrap discussion talkback",
    "share": "share sns_area utils tool_box social",
    "subscribe": "subscribe newsletter plea join_box promo",
    "cookie": "cookie consent gdpr notice_layer toast",
    "footer": "footer ft bottom foot_area site-info",
    "side": "aside side_area rail sub_cont column right_wing",
    "wrap": "wrap container content_wrap page layout inner",
    "tags": "tags keyword tag_area hashtag topics",
    "item": "item row list_item unit card entry_row",
    "list": "list news_list lst board result items",
    "text": "txt lede desc excerpt preview body_txt",
    "thumb": "thumb img pic thumb_area photo_link",
    "widget": "widget box module panel block",
}


class Skin:
    """How one site writes its markup. The same seed and site always give the same skin."""

    def __init__(self, seed: int, name: str) -> None:
        self.seed = seed
        self.rng = Random(f"{seed}/{name}/skin")
        self._style = self.rng.choice(("plain", "plain", "suffix", "hashed", "mixed"))
        self._names: dict[str, str] = {}
        self.paragraphs = self.rng.choice(("p", "p", "div", "span", "br"))
        self.wrapper = self.rng.choice(("div", "section", "div", "main"))
        self.box = self.rng.choice(("div", "aside", "section", "div"))
        self.headline = self.rng.choice(("h1", "h1", "h2", "h3"))
        self.chrome_inside = self.rng.random() < 0.6
        self.order = self.rng.sample(
            ("share", "tags", "reporter", "copyright", "reactions", "subscribe", "related", "comments"), 8
        )
        self.side_first = self.rng.random() < 0.3

    def name(self, role: str) -> str:
        """The class name of a role, always the same within a skin."""
        if role not in self._names:
            word = self.rng.choice(_WORDS[role].split()) if role in _WORDS else role
            code = "".join(self.rng.choices("abcdefghkmnpqrstuvwxyz0123456789", k=5))
            self._names[role] = {
                "plain": word,
                "suffix": f"{word}_{code[:2]}",
                "hashed": f"css-{code}",
                "mixed": f"{word.capitalize()}_{role[:2]}__{code}",
            }[self._style]
        return self._names[role]


@dataclass(frozen=True, slots=True)
class View:
    """What an outlet shows at a moment: its clock, its stories, newest first, and how much has happened there."""

    now: datetime
    stories: Sequence[Story]
    stamp: int


@dataclass(slots=True)
class Site:
    """One outlet with its address and skin. `padding` is the size in bytes to which pages are filled up, 0: not at all."""

    plan: Plan
    base: str
    skin: Skin
    padding: int = 0
    _fillers: tuple[tuple[str, ...], ...] = ()
    _parts: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which the outlet tells times."""
        return ZoneInfo(self.plan.zone)

    def local(self, moment: datetime) -> datetime:
        """`moment` on the outlet's clock."""
        return moment.astimezone(self.zone)

    def url(self, path: str) -> str:
        """The absolute URL of a path."""
        return self.base + path

    def c(self, role: str) -> str:
        """A class attribute for a role."""
        return f'class="{self.skin.name(role)}"'

    def rng(self, what: object) -> Random:
        """Randomness that belongs to one page and does not change between fetches."""
        return Random(f"{self.skin.seed}/{self.plan.name}/{what}")

    def part(self, name: str, language: str, stamp: int, make: Callable[[], str]) -> str:
        """A part of the page that is the same on all pages while `stamp` is, made once."""
        kept = self._parts.get((name, language))
        if kept is None or kept[0] != stamp:
            kept = self._parts[name, language] = (stamp, make())
        return kept[1]

    def box(self, role: str, inner: str) -> str:
        """`inner` in the skin's usual wrapper."""
        return f"<{self.skin.box} {self.c(role)}>{inner}</{self.skin.box}>"

    def full(self, page: str) -> str:
        """`page` filled up with hidden menus, scripts and cards before its end until it has the size asked for."""
        missing = self.padding - len(page.encode("utf-8", "replace"))
        if missing <= 0:
            return page
        if not self._fillers:
            self._fillers = tuple(_filler(self, self.rng(f"filler/{number}")) for number in range(3))
        pieces: list[str] = []
        for piece in self._fillers[len(page) % 3]:
            if missing <= 0:
                break
            pieces.append(piece)
            missing -= len(piece.encode())
        at = page.rfind("</body>")
        return page[:at] + "".join(pieces) + page[at:]


def _filler(site: Site, rng: Random) -> tuple[str, ...]:
    """Pieces of realistic weight, about 80 KB together: configuration, styles, mega menu, cards."""
    language = site.plan.language
    words = clutter.NAVIGATION[language]
    pieces: list[str] = []
    for number in range(60):
        kind = number % 4
        if kind == 0:
            state = {f"k{rng.randrange(10**6)}": rng.choice(words) for _ in range(30)} | {
                "slots": [rng.randrange(10**9) for _ in range(40)]
            }
            pieces.append(f"<script>window.__cfg{number}={json.dumps(state)}</script>")
        elif kind == 1:
            rules = "".join(
                f".x{rng.randrange(10**5)}{{margin:{rng.randrange(40)}px;color:#{rng.randrange(0x1000000):06x}}}"
                for _ in range(30)
            )
            pieces.append(f"<style>{rules}</style>")
        elif kind == 2:
            links = "".join(
                f'<li><a href="/menu/{rng.randrange(10**5)}">{escape(rng.choice(words))}</a></li>' for _ in range(24)
            )
            pieces.append(f"<div {site.c('nav')} hidden><ul>{links}</ul></div>")
        else:
            cards = "".join(
                f'<div {site.c("widget")}><a href="/promo/{rng.randrange(10**5)}"><img src="/img/promo/{rng.randrange(999)}.jpg" alt=""><span>{escape(rng.choice(clutter.ADS[language]))}</span></a></div>'
                for _ in range(6)
            )
            pieces.append(site.box("ad", cards))
    return tuple(pieces)


def document(
    site: Site, *, language: str, title: str, head: str, body: str, charset: str = "utf-8", body_id: str = ""
) -> str:
    """A complete HTML document."""
    ident = f' id="{body_id}"' if body_id else ""
    page = (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="{charset}">\n<meta name="viewport" content="width=device-width">\n'
        f"<title>{escape(title)}</title>\n{head}\n<style>.{site.skin.name('body')}{{line-height:1.8}}.blind{{position:absolute;clip:rect(0,0,0,0)}}</style>\n"
        f'<script>var page_nonce="{NONCE}";window.dataLayer=window.dataLayer||[];</script>\n</head>\n<body{ident}>\n{body}\n'
        f"<script>(function(){{var t='{TICK}';if(window.stat)stat.push(t)}})()</script>\n</body>\n</html>\n"
    )
    return site.full(page)


def top(site: Site, language: str) -> str:
    """Skip link, cookie notice, header with search and navigation, an advertisement."""
    return site.part("top", language, 0, lambda: _top(site, language))


def _top(site: Site, language: str) -> str:
    rng = site.rng("top")
    links = "".join(
        f'<li><a href="/section/{number}">{escape(word)}</a></li>'
        for number, word in enumerate(rng.sample(clutter.NAVIGATION[language], 11))
    )
    buttons = "".join(f"<button type=button>{word}</button>" for word in clutter.ACCEPT[language])
    search, login = ("검색", "로그인") if language == "ko" else ("Search", "Log in")
    disallowed = site.plan.disallowed
    return (
        f'<div id="skip"><a href="#main">{rng.choice(clutter.SKIP[language])}</a></div>\n'
        f'<div {site.c("cookie")} role="dialog"><p>{escape(rng.choice(clutter.COOKIE[language]))}</p>{buttons}</div>\n'
        f'<header {site.c("header")}><a href="/" class="logo">{escape(site.plan.title)}</a><a href="{escape(disallowed)}?from=top">{login}</a>'
        f'<form action="/search"><input name="q" placeholder="{search}"><button>{search}</button></form><span>{TICK}</span>'
        f"<nav {site.c('nav')}><ul>{links}</ul></nav></header>\n{ad(site, language)}"
    )


def ad(site: Site, language: str) -> str:
    """An advertisement whose words rotate at each fetch."""
    label = site.rng("label").choice(clutter.AD_LABEL[language])
    return f'<div {site.c("ad")}><em>{label}</em><a href="https://ads.example.com/c/{NONCE}">{AD}</a></div>\n'


def links_box(
    site: Site,
    role: str,
    head: str,
    stories: Sequence[Story],
    view: View,
    *,
    pictures: bool = False,
    ordered: bool = False,
) -> str:
    """A box of links to other articles."""
    rows = []
    for story in stories:
        title = escape(story.at(view.now).draft.title)
        picture = f'<img src="{story.image}" alt="{title}">' if pictures and story.image else ""
        rows.append(f'<li><a href="{escape(story.path)}">{picture}<span>{title}</span></a></li>')
    tag = "ol" if ordered else "ul"
    return site.box(role, f"<strong>{head}</strong><{tag}>{''.join(rows)}</{tag}>")


def sidebar(site: Site, language: str, view: View) -> str:
    """Most read, newsletter, latest headlines, an advertisement."""
    return site.part("side", language, view.stamp, lambda: _sidebar(site, language, view))


def _sidebar(site: Site, language: str, view: View) -> str:
    rng = site.rng("side")
    ranked = site.rng(f"rank/{len(view.stories)}").sample(list(view.stories[:40]), min(7, len(view.stories)))
    parts = [
        links_box(site, "ranking", rng.choice(clutter.RANKING[language]), ranked, view, ordered=True),
        links_box(site, "widget", rng.choice(clutter.LATEST[language]), view.stories[:5], view),
        site.box(
            "subscribe",
            f"<p>{escape(rng.choice(clutter.NEWSLETTER[language]))}</p><input type=email><button>{'구독' if language == 'ko' else 'Subscribe'}</button>",
        ),
        ad(site, language),
    ]
    rng.shuffle(parts)
    return f"<aside {site.c('side')}>{''.join(parts)}</aside>\n"


def bottom(site: Site, language: str) -> str:
    """The footer."""
    return site.part("bottom", language, 0, lambda: _bottom(site, language))


def _bottom(site: Site, language: str) -> str:
    rng = site.rng("footer")
    links = "".join(
        f'<a href="/about/{number}">{escape(word)}</a> ' for number, word in enumerate(clutter.FOOTER_LINKS[language])
    )
    company = " ".join(escape(line.format(site=site.plan.title)) for line in clutter.COMPANY[language])
    line = escape(rng.choice(clutter.COPYRIGHT[language]).format(site=site.plan.title))
    return f"<footer {site.c('footer')}><div>{links}</div><address>{company}</address><p>{line}</p></footer>\n"


def after_article(site: Site, language: str, story: Story, view: View, *, skip: frozenset[str] = frozenset()) -> str:
    """What follows a body, in the skin's order: share row, tags, reporter, copyright, reactions, pleas, related, comments."""
    rng = site.rng(f"after/{story.number}")
    others = [one for one in view.stories[:60] if one is not story]
    related = rng.sample(others, min(4, len(others)))
    made: dict[str, Callable[[], str]] = {
        "share": lambda: _share(site, language, rng),
        "tags": lambda: _tags(site, language, story, view),
        "reporter": lambda: _reporter(site, language, story, rng),
        "copyright": lambda: (
            f'<p class="copyright">{escape(rng.choice(clutter.COPYRIGHT[language]).format(site=site.plan.title))}</p>'
        ),
        "reactions": lambda: _reactions(site, language, rng),
        "subscribe": lambda: site.box("subscribe", f"<p>{escape(rng.choice(clutter.NEWSLETTER[language]))}</p>"),
        "related": lambda: links_box(
            site, "related", rng.choice(clutter.RELATED[language]), related, view, pictures=True
        ),
        "comments": lambda: comments(site, language, rng, view),
    }
    return "\n".join(made[part]() for part in site.skin.order if part not in skip)


def _share(site: Site, language: str, rng: Random) -> str:
    buttons = "".join(
        f"<li><button type=button>{escape(word)}</button></li>" for word in rng.sample(clutter.SHARE[language], 5)
    )
    views = "조회" if language == "ko" else "Views"
    return f"<div {site.c('share')}><ul>{buttons}</ul><span>{views} {VIEWS}</span></div>"


def _tags(site: Site, language: str, story: Story, view: View) -> str:
    del language
    tags = story.at(view.now).draft.tags
    links = " ".join(f'<a href="/tag/{escape(tag)}" rel="tag">#{escape(tag)}</a>' for tag in tags)
    return f"<div {site.c('tags')}>{links}</div>"


def _reporter(site: Site, language: str, story: Story, rng: Random) -> str:
    words = clutter.REPORTER[language]
    name = story.authors[0]
    shown = f"{name} 기자" if language == "ko" else name
    return f'<div {site.c("author")}><img src="/img/face/{story.number % 9}.jpg" alt=""><strong>{escape(shown)}</strong><p>{escape(rng.choice(words[-2:]))}</p><a href="/reporter/{story.number % 40}">{escape(words[0])}</a></div>'


def _reactions(site: Site, language: str, rng: Random) -> str:
    items = "".join(
        f"<li><button>{escape(word)} <b>{rng.randint(0, 300)}</b></button></li>" for word in clutter.TOOLS[language][3:]
    )
    return site.box("widget", f"<h4>{escape(clutter.TOOLS[language][2])}</h4><ul>{items}</ul>")


def comments(site: Site, language: str, rng: Random, view: View) -> str:
    """A comment box with a form and some comments."""
    rows = "".join(
        f'<li><b>{rng.choice(clutter.NICKNAMES)}</b> <span class="when">{site.local(view.now):%Y.%m.%d}</span><p>{escape(text)}</p><a href="#reply">{"답글" if language == "ko" else "Reply"}</a></li>'
        for text in rng.sample(clutter.COMMENTS[language], rng.randint(0, 4))
    )
    return f"<div {site.c('comments')}><h3>{rng.choice(clutter.COMMENT_HEAD[language])}</h3><p>{escape(rng.choice(clutter.COMMENT_FORM[language]))}</p><textarea></textarea><ul>{rows}</ul></div>"


def blocks(site: Site, revision: Revision, *, style: str, inserts: Sequence[str] = (), seed: object = "") -> str:
    """The body: its blocks in one of the styles p, div, span, br; `inserts` (pictures, boxes) are put between the first ones."""
    rng = site.rng(f"body/{seed}")
    out: list[str] = []
    waiting = list(inserts)
    for number, block in enumerate(revision.draft.blocks):
        out.append(_block(block, style, rng, revision.draft.tags))
        if waiting and number % 2 == 0:
            out.append(waiting.pop(0))
    out.extend(waiting)
    return "\n".join(out)


def _block(block: Block, style: str, rng: Random, tags: Sequence[str]) -> str:
    if block.kind is BlockKind.LIST:
        items = "".join(f"<li>{escape(row[0])}</li>" for row in block.rows)
        return f"<ul>{items}</ul>"
    if block.kind is BlockKind.TABLE:
        head, *rest = block.rows
        rows = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rest)
        return f"<table border=1><tr>{''.join(f'<th>{escape(cell)}</th>' for cell in head)}</tr>{rows}</table>"
    text = _inline(escape(block.text, quote=False), rng, tags)
    if block.kind is BlockKind.QUOTE:
        return f"<blockquote>{text}</blockquote>" if style != "br" else f"<blockquote>{text}</blockquote>\n"
    if block.kind is BlockKind.HEADING:
        return f"<strong>{text}</strong><br><br>" if style == "br" else f"<h3>{text}</h3>"
    if style == "br":
        return f"{text}<br><br>"
    if style == "div":
        return f"<div>{text}</div>"
    if style == "span":
        return f'<p><span style="font-size:17px">{text}</span></p>'
    return f"<p>{text}</p>"


def _inline(text: str, rng: Random, tags: Sequence[str]) -> str:
    """Now and then a word set bold or made a link, as editors do."""
    if rng.random() < 0.25:
        for tag in tags:
            if tag in text:
                linked = (
                    f'<a href="/tag/{escape(tag)}">{escape(tag)}</a>' if rng.random() < 0.6 else f"<b>{escape(tag)}</b>"
                )
                return text.replace(tag, linked, 1)
    return text


def figure(site: Site, story: Story, caption: str | None, alt: str) -> str:
    """The article's picture with its caption."""
    shown = f"<figcaption {site.c('caption')}>{escape(caption)}</figcaption>" if caption else ""
    return f'<figure {site.c("figure")}><img src="{story.image}" alt="{escape(alt)}" width="640" height="400">{shown}</figure>'


def relative(now: datetime, moment: datetime) -> str:
    """How long ago, as a Korean listing says it."""
    seconds = int((now - moment).total_seconds())
    if seconds < 3600:
        return f"{max(1, seconds // 60)}분전"
    if seconds < 86_400:
        return f"{seconds // 3600}시간전"
    return f"{seconds // 86_400}일전"
