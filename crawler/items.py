"""The frozen types that stand at each station of the line that data moves along.

    Source -> fetch -> Page -> extract -> ListingItem | Article -> prepare -> ArticleRecord -> store -> ArticleRow

Standard library only. Unknown is ``None``, never ``""``. Times are UTC (`datetime` with ``tzinfo=UTC``); what the
publisher wrote beside it is kept in `Moment`. Text is NFC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from enum import StrEnum
from functools import cache
from typing import NamedTuple


class Precision(StrEnum):
    """How finely the publisher told the time."""

    DAY = "day"
    MINUTE = "minute"
    SECOND = "second"


class ZoneOrigin(StrEnum):
    """Where the offset of a `Moment` comes from."""

    PAGE = "page"
    SOURCE = "source"
    LANGUAGE = "language"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Moment:
    """A publisher's time: the instant in UTC, and how it was written.

    `offset` is in minutes east of UTC; with `Precision.DAY` the instant is the start of that day at `offset`.
    """

    utc: datetime
    offset: int
    precision: Precision = Precision.SECOND
    zone_from: ZoneOrigin = ZoneOrigin.PAGE

    def isoformat(self) -> str:
        """ISO 8601 in the publisher's offset; a date alone (``2024-03-28``) where only the day is known."""
        local = self.local()
        if self.precision is Precision.DAY:
            return local.date().isoformat()
        return local.isoformat(timespec="seconds")

    def local(self) -> datetime:
        """The instant at the publisher's offset; see `shown_in`."""
        return shown_in(self.utc, _zone(self.offset))


def shown_in(instant: datetime, zone: tzinfo) -> datetime:
    """`instant` as clocks of `zone` show it; in UTC where they would be out of the calendar (years 1 and 9999)."""
    try:
        return instant.astimezone(zone)
    except OverflowError:
        return instant.astimezone(UTC)


@cache
def _zone(offset: int) -> timezone:
    return timezone(timedelta(minutes=offset))


class PageKind(StrEnum):
    """What a fetched page turned out to be."""

    ARTICLE = "article"
    LISTING = "listing"
    FEED = "feed"
    SITEMAP = "sitemap"
    SITEMAP_INDEX = "sitemap-index"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One answer of a server. Header names are lower case."""

    url: str
    final_url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    fetched_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture and what is said about it."""

    url: str
    caption: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UseTerms:
    """What the page says of its use: robots directives, TDM reservation (TDMRep), licence."""

    robots: str | None = None
    tdm_reservation: str | None = None
    tdm_policy: str | None = None
    licence: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingItem:
    """What a feed entry, a sitemap row or one record of a listing page says of an article.

    `url` is absolute. `text` is the long text shown beside the link, paragraphs separated by a newline; `truncated`
    when it is cut. `modified` is the feed's updated or the sitemap's lastmod.
    """

    url: str
    title: str | None = None
    published: Moment | None = None
    modified: Moment | None = None
    summary: str | None = None
    text: str | None = None
    truncated: bool = False
    image: Image | None = None
    authors: tuple[str, ...] = ()
    outlet: str | None = None
    tags: tuple[str, ...] = ()
    language: str | None = None
    position: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """An article as it was extracted from one page.

    `text` is the body, paragraphs separated by a newline, without title, standfirst, captions and chrome. `canonical`
    is what the page names as its canonical URL (not yet judged). `source_line` is a blog's "(출처) ..." line.
    `confidence` is 0..1; `extractor` names method and version, as ``dom/2``.

    `next_page` is where the article goes on beyond `text`, `whole_page` where all of it stands, `first_page` where it
    begins when this is a later page of it; `pages` are the URLs of further pages that `text` was joined from.
    """

    url: str
    canonical: str | None = None
    amp_url: str | None = None
    title: str | None = None
    text: str = ""
    summary: str | None = None
    authors: tuple[str, ...] = ()
    published: Moment | None = None
    modified: Moment | None = None
    language: str | None = None
    site_name: str | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    image: Image | None = None
    captions: tuple[str, ...] = ()
    source_line: str | None = None
    next_page: str | None = None
    whole_page: str | None = None
    first_page: str | None = None
    pages: tuple[str, ...] = ()
    terms: UseTerms = UseTerms()
    extractor: str = ""
    confidence: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedHints:
    """What a feed or page says of itself: its title and home, its WebSub hubs, and its other doors.

    `topic` is the address under which its hubs know a feed (rel=self). `refresh` is how often to come back, in
    seconds; `skip_hours` (of GMT) and `skip_days` (Monday is 0) are when not to (RSS 2.0). `feeds` are the addresses of
    a page's feeds; `search` tells how to search its site: URL templates
    (``https://news.example/s?q={search_term_string}``), and addresses of OpenSearch descriptions, which hold no brace.
    """

    title: str | None = None
    home: str | None = None
    hubs: tuple[str, ...] = ()
    topic: str | None = None
    refresh: int | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    feeds: tuple[str, ...] = ()
    search: tuple[str, ...] = ()

    @property
    def hub(self) -> str | None:
        """The first hub."""
        return self.hubs[0] if self.hubs else None

    @property
    def ttl(self) -> int | None:
        """`refresh` in whole minutes, at least one."""
        return None if self.refresh is None else max(1, self.refresh // 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What is known of a page before it is read.

    `zone` is an IANA name used for dates without an offset; `expect` is what the caller believes the page to be
    (an article link followed from a listing: ARTICLE), believed unless the page clearly is something else.
    `site_rules`: whether what is known of single sites may be used, `site_rules_folder` where a person's own rules lie
    (empty: there are none). `one_is_a_list`: the results of a search, which may be a single one.
    """

    zone: str | None = None
    language: str | None = None
    expect: PageKind | None = None
    title: str | None = None
    site_rules: bool = True
    site_rules_folder: str = ""
    one_is_a_list: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """What a page is and what it holds. `reason` says in words why, above all when nothing was found.

    `children` are the sitemaps of a sitemap index, with lastmod where given; `next_page` the listing's next page.
    `cut`: it broke off before its end, so that there is more than was read. `overlong`: it holds more than
    is ever read.
    """

    kind: PageKind
    reason: str
    article: Article | None = None
    items: tuple[ListingItem, ...] = ()
    children: tuple[ListingItem, ...] = ()
    next_page: str | None = None
    hints: FeedHints = FeedHints()
    confidence: float = 0.0
    cut: bool = False
    overlong: bool = False


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Versioned identity of a text.

    `content_hash` (64 hex digits) is the same for copies; `version_digest` (64 hex digits) changes with any change of
    text or headline; `letters` counts letters, marks and digits hashed; `shareable` is false for texts too short to
    be shared across URLs.
    """

    version: int
    content_hash: str
    version_digest: str
    letters: int
    shareable: bool


class Basis(StrEnum):
    """What an article's text was taken from."""

    PAGE = "page"
    LISTING = "listing"
    REEXTRACTION = "re-extraction"


@dataclass(frozen=True, slots=True, kw_only=True)
class RawPage:
    """A page as received, compressed with zstd."""

    url: str
    status: int
    headers: Mapping[str, str]
    body_zstd: bytes
    size: int
    fetched_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreGrowth:
    """What a store takes, in bytes, and what came to it within some days.

    `pages` are all raw pages (estimated), `articles` all articles; `new` and `page_bytes` are the articles and the
    bytes of raw pages of the `days` looked at, which are fewer than asked for when the store is younger.
    """

    size: int
    pages: int
    articles: int
    new: int
    page_bytes: int
    days: float


@dataclass(frozen=True, slots=True)
class Sketch:
    """A few hashes of a text by which its near copies are found (`crawler.dedup.near`).

    `posted` are those under which it is found later, `asked`, which holds all of them, those under which it looks for
    others; both are in the order of the text.
    """

    posted: tuple[int, ...]
    asked: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRecord:
    """Everything the store needs to keep one article: the answer of `crawler.ingest.prepare`.

    `id` (32 hex digits) is derived from `key`, the canonical URL key. `forms` are the URLs under which it was met
    (asked, answered), not yet normalized. `search_tokens` are blank-separated tokens of `crawler.text.search_tokens`.
    `truncated` is true for a text that was cut: a listing's, or one whose further pages are not in it. `topics` are the
    names of topics that match.
    `listing_title` is what the source's door called it under the first of `forms`, where doors can be held to that.
    `first_seen` (not after `fetched_at`) is when the store that an exported row comes from first met it; `None`: at
    `fetched_at`. A record with it that is no newer than what is held tells nothing but what is unknown. `story` and
    `version` are the names that the row has there, kept here where they are free.
    """

    id: str
    key: str
    url: str
    article: Article
    fingerprint: Fingerprint
    basis: Basis
    forms: tuple[str, ...]
    fetched_at: datetime
    truncated: bool = False
    topics: tuple[str, ...] = ()
    search_tokens: str = ""
    raw: RawPage | None = None
    etag: str | None = None
    last_modified: str | None = None
    listing_title: str | None = None
    first_seen: datetime | None = None
    story: str | None = None
    version: int | None = None
    sketch: Sketch | None = None
    """`None`: the store draws it."""
    letters: str | None = None
    """What the sketch was drawn of (`crawler.dedup.fingerprint.content_letters`); `None`: the store asks the text."""


class Outcome(StrEnum):
    """What storing a record did."""

    NEW = "new"
    COPY = "copy"
    UPDATED = "updated"
    COMPLETED = "completed"
    KNOWN = "known"


@dataclass(frozen=True, slots=True)
class Saved:
    """The answer of the store for one record: COMPLETED is a provisional text replaced by its page's text.

    `joined` is true for an article that joined a story as a near copy.
    """

    id: str
    outcome: Outcome
    change_seq: int
    title: str | None = None
    topics: tuple[str, ...] = ()
    joined: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownUrl:
    """What the store knows of a URL that a door names.

    `due` means that an edit check is due. `set_aside_until` is the time before which a URL that failed is not asked
    again (`None`: it did not fail); `article_id` is `None` for a URL only set aside. `sighted`: whether this very form
    of the URL was met in the source asked about (`None`: no sighting of it would be kept), `listing_title` what a door
    of the source last called it there. `unmatched_at` is when its page was read for the topic asked about and did not
    match (`None`: it was not, or longer ago than is remembered).
    """

    article_id: str | None
    provisional: bool = False
    due: bool = False
    modified: datetime | None = None
    fetched_at: datetime | None = None
    title: str | None = None
    listing_title: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    set_aside_until: datetime | None = None
    sighted: bool | None = None
    unmatched_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """Conditional-request headers of a door, kept only when all its items were dealt with (RFC 9110, 13.1).

    `unfinished`: a crawl that walked along the door's pages ended before all that they name was dealt with.
    """

    etag: str | None = None
    last_modified: str | None = None
    unfinished: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """Most requests within an hour: the `setting` that says how many, the host or source it is of (`whose`, empty: all
    together), and how many these were (`limit`).
    """

    setting: str
    whose: str = ""
    limit: int = 0

    @property
    def key(self) -> tuple[str, str]:
        """What it is counted by, whatever its limit."""
        return self.setting, self.whose


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """A URL that could not be read: why, and when to try again (`None`: never); `ceiling` left no room for it."""

    url: str
    reason: str
    retry_at: datetime | None
    source: str | None = None
    ceiling: Ceiling | None = None


class CrawlKind(StrEnum):
    """What a crawl was asked to do."""

    SOURCE = "source"
    URLS = "urls"
    TOPIC = "topic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """What a hub delivered of a door (`door`, its URL): the body in base64, its Content-Type and Link headers."""

    door: str
    body: str
    content_type: str | None = None
    link: str | None = None


class SubscriptionState(StrEnum):
    """ASKED: the hub has not verified it yet; LEAVING: it is to end."""

    ASKED = "asked"
    ACTIVE = "active"
    DENIED = "denied"
    LEAVING = "leaving"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A subscription to one door of a source at its hub (WebSub). Times are UTC.

    `token` is the unguessable end of `callback`; `topic` the door's address at the hub; `secret` signs what it sends.
    `failures` are requests to the hub since it last verified one, `ask_again_at` when the next may follow. `pushed_at`
    is when it last delivered, `read_at` when that was read; `note` what went wrong last.
    """

    token: str
    source: str
    door: str
    topic: str
    hub: str
    callback: str
    secret: str
    state: SubscriptionState = SubscriptionState.ASKED
    asked_at: datetime | None = None
    ask_again_at: datetime | None = None
    lease_until: datetime | None = None
    renew_at: datetime | None = None
    pushed_at: datetime | None = None
    read_at: datetime | None = None
    failures: int = 0
    note: str | None = None

    def delivers(self, now: datetime) -> bool:
        """Whether the hub promised to deliver at `now`."""
        return self.state is SubscriptionState.ACTIVE and self.lease_until is not None and self.lease_until > now


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlOrder:
    """One crawl with plain arguments; everything else is read from the store.

    `searches` are known search pages (`crawler.topics.searches`) that are asked for the topic besides `sources`.
    `since` keeps articles published (else first seen) at or after; `seen_since` those first seen at or after. `recheck`
    looks again at known articles, `keep_unsure` stores what may well be no article. `zone` is used for URLs that belong
    to no source. `attempt` counts from 1. `pushed` is read in place of the source's doors.
    """

    kind: CrawlKind
    name: str
    urls: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    topic: str | None = None
    searches: tuple[str, ...] = ()
    since: datetime | None = None
    seen_since: datetime | None = None
    max_articles: int | None = None
    max_pages: int | None = None
    dry_run: bool = False
    recheck: bool = False
    keep_unsure: bool = False
    zone: str | None = None
    due_at: datetime | None = None
    attempt: int = 1
    pushed: Pushed | None = None


@dataclass(slots=True, kw_only=True)
class SourceCount:
    """What one crawl did for one source; counts of articles unless the name says otherwise.

    `copies` are new articles that carry a known text, `near` those of the `new` whose text is a near copy of a known
    one. `unsure` tells of each page that was skipped because it may well be no article. Of a topic: `walked` pages of
    results or doors, `candidates` followed for it, `matched` of them; `stops` says of each search why it ended.
    `limits` tells of ceilings that were hit and traps that were left, `changes` of what is no longer as it used to be.
    `budget` is the setting that left no room for what was skipped, `budget_of` the host or source it is of (empty: all
    together), `budget_limit` how many requests it allowed, `room_at` (epoch seconds) when there will be room; without
    `budget` it is when the hosts of its doors may be asked, which are left alone.
    `unread`: the source was refused, or none of its doors could be read.
    """

    source: str
    seen: int = 0
    new: int = 0
    updated: int = 0
    copies: int = 0
    near: int = 0
    completed: int = 0
    known: int = 0
    skipped: int = 0
    failed: int = 0
    requests: int = 0
    not_modified: int = 0
    bytes: int = 0
    walked: int = 0
    candidates: int = 0
    matched: int = 0
    errors: list[str] = field(default_factory=list)
    unsure: list[str] = field(default_factory=list)
    stops: list[str] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    budget: str | None = None
    budget_of: str = ""
    budget_limit: int = 0
    room_at: float | None = None
    unread: bool = False


class CrawlState(StrEnum):
    """Life of a crawl in the table of runs."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    PARTIAL = "partial"
    FAILED = "failed"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaceHints:
    """What a door and its server say of when to come back, each `None` or empty where they say nothing: `max_age` in
    seconds (Cache-Control, RFC 9111), the others as `FeedHints`.
    """

    refresh: int | None = None
    max_age: int | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorHints(PaceHints):
    """What a door (`url`) says of its pace, and of its hub. `anew`: the door was read; else it was unchanged, and what
    it said when it was read still holds.
    """

    url: str
    anew: bool = True
    hub: str | None = None
    topic: str | None = None


def source_errors(counts: Iterable[SourceCount]) -> list[str]:
    """What went wrong with the sources of a crawl, one after the other."""
    return [error for count in counts for error in count.errors]


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlReport:
    """What a crawl did. `preview` holds what a dry run would store, `hints` what the doors read say of themselves."""

    order: CrawlOrder
    state: CrawlState
    started_at: datetime
    ended_at: datetime
    counts: tuple[SourceCount, ...]
    errors: tuple[str, ...] = ()
    in_store: int = 0
    preview: tuple[Mapping[str, object], ...] = ()
    hints: tuple[DoorHints, ...] = ()

    def total(self, name: str) -> int:
        """Sum of one count (``new``, ``requests`` ...) over all sources."""
        return sum(int(getattr(count, name)) for count in self.counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsRow:
    """robots.txt of one origin as kept in the store (RFC 9309): `body` is `None` when it could not be had."""

    origin: str
    status: int
    body: str | None
    fetched_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class HostLease:
    """The lease of a host; `blocked_until` is the moment (UTC) before which the host is left alone, if any."""

    blocked_until: datetime | None = None


class ArticleRow(NamedTuple):
    """An article as it is read back: the fields of an exported row. `source` is the first source that met it.

    A tuple, since there may be millions: a frozen dataclass takes ten times as long to make.
    """

    id: str
    url: str
    title: str | None
    text: str
    summary: str | None
    authors: tuple[str, ...]
    published: Moment | None
    modified: Moment | None
    fetched: datetime
    first_seen: datetime
    lang: str | None
    source: str | None
    site: str | None
    section: str | None
    tags: tuple[str, ...]
    topics: tuple[str, ...]
    image: str | None
    captions: tuple[str, ...]
    source_line: str | None
    content_hash: str
    cluster_id: str
    version: int
    provisional: bool
    extractor: str
    confidence: float
    terms: UseTerms
    change_seq: int


class DamagedRow(NamedTuple):
    """An article that the store can't read, and why. Where only an earlier version is damaged, `version` is its number.
    `row`: what is known of it besides its text, if that is all that is damaged. `in_file`: pages of the store's file
    are, which only another file mends.
    """

    id: str
    url: str
    reason: str
    change_seq: int
    version: int | None = None
    row: ArticleRow | None = None
    in_file: bool = False

    def __str__(self) -> str:
        of = f"version {self.version}: " if self.version is not None else ""
        return f"{self.id}: {self.url}: {of}{self.reason}"


Damaged = Callable[[DamagedRow], None]
"""Hears of what can't be read while all else is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    """One version of an article's text and headline; the oldest is 1. `damaged`: why the text, empty then, can't be
    read.
    """

    number: int
    title: str | None
    text: str
    seen_at: datetime
    basis: Basis
    damaged: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SightingRow:
    """One URL form in one source under which an article was met."""

    url: str
    source: str | None
    first_seen: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleFilter:
    """Which articles a person asks for; every given condition must hold. Times are UTC.

    `since`/`until`: published, else first seen. `after_seq` is an export cursor: rows with a greater `change_seq`.
    `words` is a query (`crawler.text.query`), whose days are those of `zone`; `all_versions` asks for every version of
    each such article, not the latest alone; `stories` are the only ones asked for.
    """

    topic: str | None = None
    source: str | None = None
    lang: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    seen_since: datetime | None = None
    after_seq: int | None = None
    words: str | None = None
    zone: str = "UTC"
    all_versions: bool = False
    stories: tuple[str, ...] | None = None


class ArticleMark(NamedTuple):
    """What is counted of an article, or chosen by: when it was published, else first seen (UTC), where, which story it
    tells, and its public id.
    """

    dated_at: datetime
    source: str | None
    url: str
    lang: str | None
    story: str
    topics: tuple[str, ...]
    id: str


class MarkColumns(NamedTuple):
    """The marks of some articles by column, without ids; times are UTC as ``2026-11-18 09:30:00.000000``, so that they
    sort.
    """

    dated_at: Sequence[str]
    source: Sequence[str | None]
    url: Sequence[str]
    lang: Sequence[str | None]
    story: Sequence[str]
    topics: Sequence[tuple[str, ...]]


def in_columns(marks: Sequence[ArticleMark]) -> MarkColumns:
    """Marks by column."""
    dated_at, *others, _ = zip(*marks, strict=True) if marks else [()] * len(ArticleMark._fields)
    return MarkColumns([each.replace(tzinfo=None).isoformat(" ", "microseconds") for each in dated_at], *others)


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchHit:
    """One answer of a search; `snippet` is plain text, `marks` the (start, end) of each hit in it."""

    row: ArticleRow
    snippet: str
    marks: tuple[tuple[int, int], ...]
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchAnswer:
    """The best `hits` of a search, best first. `found` articles are known to be meant; there may be `more` of them,
    when `looked_at` were not all that may be meant.
    """

    hits: tuple[SearchHit, ...]
    found: int
    more: bool
    looked_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What a person follows: the phrase in `name` or one of `aliases` must be there, each of `all`, none of `none`."""

    name: str
    aliases: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    lang: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """One crawl in the table of runs."""

    id: int
    name: str
    kind: CrawlKind
    source: str | None
    state: CrawlState
    due_at: datetime | None
    attempt: int
    started_at: datetime | None
    heartbeat_at: datetime | None
    ended_at: datetime | None
    counts: tuple[SourceCount, ...]
    errors: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """What waits for room under `ceilings`: articles of a source, and with `look` its next look, put off to `until`."""

    ceilings: tuple[Ceiling, ...]
    until: datetime
    look: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """How a source has been doing; all times UTC."""

    name: str
    last_run: datetime | None = None
    last_success: datetime | None = None
    last_new: datetime | None = None
    next_due: datetime | None = None
    failures: int = 0
    last_error: str | None = None
    articles: int = 0
    waits: Waits | None = None
