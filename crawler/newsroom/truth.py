"""What is true of the newsroom's articles: what extraction, storage and deduplication are measured by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crawler.newsroom.pages import blog, daily, legacy, portal, press, wire
from crawler.newsroom.pages.site import Site, View
from crawler.newsroom.world import Story, Trade, body_text


@dataclass(frozen=True, slots=True)
class TrueVersion:
    """One state of an article's headline and text; `at` in the outlet's offset."""

    at: datetime
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueArticle:
    """One article as its outlet means it.

    `text` has one line a paragraph, sub-heading, list item or table row (cells separated by a blank), without headline,
    standfirst (`summary`), captions and bylines. `decorations` stand inside the body on the page and belong to the
    text or not, as one likes: bylines, agency tags. Times carry the outlet's offset; `published` is `None` where
    neither page nor door tells a date. `variants` are other URLs of the same article, `copy_of` the URL of the article
    that it was taken from. `versions` starts with the first; a mere change of the time of modification is none.
    `listed_text` is what a listing shows of the text (`listed_cut`: in mid-sentence).
    """

    outlet: str
    url: str
    variants: tuple[str, ...]
    title: str
    text: str
    summary: str | None
    authors: tuple[str, ...]
    published: datetime | None
    modified: datetime | None
    language: str
    site_name: str
    section: str
    tags: tuple[str, ...]
    image: str | None
    captions: tuple[str, ...]
    copy_of: str | None
    versions: tuple[TrueVersion, ...]
    decorations: tuple[str, ...]
    source_line: str | None
    listed_text: str | None
    listed_cut: bool
    subject: str

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The lines of `text`."""
        return tuple(self.text.split("\n"))


def variants(site: Site, story: Story) -> tuple[str, ...]:
    """The paths under which `story` is served besides its own."""
    match site.plan.trade:
        case Trade.PRESS:
            return (press.mobile_path(story), f"{story.path}?utm_source=portal&fbclid=abc123")
        case Trade.DAILY:
            return (
                daily.amp_path(story),
                f"{story.path}?utm_source=atom&utm_medium=feed&utm_campaign=newsroom",
                f"{story.path}/",
            )
        case Trade.LEGACY:
            return (f"{story.path}&PHPSESSID=0123456789abcdef0123456789abcdef",)
        case _:
            return (f"{story.path}?utm_source=share&utm_medium=social",)


def true_article(site: Site, story: Story, view: View, original: str | None) -> TrueArticle:
    """What is true of `story` at the moment of `view`; `original` is the URL of the article that it copies."""
    revision = story.at(view.now)
    draft = revision.draft
    trade = site.plan.trade
    modified = story.modified(view.now)
    listed, cut = portal.listed_text(site, story, view) if trade is Trade.PORTAL else (None, False)
    source = blog.source_line(story) if trade is Trade.BLOG else None
    shows_tags = trade not in (Trade.PRESS, Trade.LEGACY)
    caption = draft.captions[1 if trade is Trade.WIRE else 0]
    return TrueArticle(
        outlet=site.plan.name,
        url=site.url(story.path),
        variants=tuple(site.url(path) for path in variants(site, story)),
        title=draft.title,
        text=body_text(draft),
        summary=draft.summary if trade in (Trade.PRESS, Trade.DAILY) else None,
        authors=story.authors,
        published=site.local(story.published) if story.dated else None,
        modified=site.local(modified) if modified else None,
        language=draft.language,
        site_name=site.plan.title,
        section=draft.section,
        tags=draft.tags if shows_tags else (),
        image=site.url(story.image) if story.image else None,
        captions=(caption,) if story.image else (),
        copy_of=original,
        versions=tuple(
            TrueVersion(site.local(one.at), one.draft.title, body_text(one.draft)) for one in story.versions(view.now)
        ),
        decorations=_decorations(trade, story, view),
        source_line=f"(출처) {source[0]}" if source else None,
        listed_text=listed,
        listed_cut=cut,
        subject=draft.subject,
    )


def _decorations(trade: Trade, story: Story, view: View) -> tuple[str, ...]:
    if trade is Trade.PRESS:
        found = (press.byline(story), press.last_line(story))
    elif trade is Trade.LEGACY:
        found = (legacy.byline(story), legacy.last_line(story))
    elif trade is Trade.WIRE:
        found = (wire.byline(story, view), None)
    else:
        found = (None, None)
    return tuple(one for one in found if one)
