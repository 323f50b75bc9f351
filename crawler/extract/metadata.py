"""What a page says about its article beside the text: structured data first, trusted by agreement."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from crawler.extract.body_text import Body
from crawler.extract.date_lines import date_lines, dateline, lines_between
from crawler.extract.dates import is_called_modified, is_called_published, labelled_dates, parse_date
from crawler.extract.document import Document
from crawler.items import Moment, Precision, UseTerms

ARTICLE_TYPES = frozenset(
    [
        "article",
        "newsarticle",
        "blogposting",
        "reportagenewsarticle",
        "analysisnewsarticle",
        "opinionnewsarticle",
        "reviewnewsarticle",
        "backgroundnewsarticle",
        "asknewsarticle",
        "satiricalarticle",
        "techarticle",
        "scholarlyarticle",
        "report",
        "liveblogposting",
        "socialmediaposting",
        "advertisercontentarticle",
        "medicalwebpage",
        "review",
        "howto",
        "recipe",
    ]
)
"""schema.org types that are one article, lower case."""

MAX_TAGS = 40
_PUBLISHED = (
    "article:published_time", "datepublished", "article:published", "og:article:published_time", "published_time",
    "parsely-pub-date", "sailthru.date", "publishdate", "publish-date", "publish_date", "pubdate", "pub_date",
    "article.published", "cxenseparse:recs:publishtime", "cxenseparse:publishtime", "article_date_original",
    "originalpublicationdate", "og:published_time", "citation_publication_date", "citation_date",
    "weibo:article:create_at", "og:pubdate", "rnews:datepublished",
)  # fmt: skip
_CREATED = (
    "dc.date.issued", "dcterms.issued", "dcterms.created", "dc.date.created", "dc.date", "dcterms.date", "date.issued",
    "datecreated", "published", "date", "timestamp",
)  # fmt: skip
"""Metas that often tell of the file and not of the article: what the page marks or shows as its date goes before."""

_MODIFIED = (
    "article:modified_time", "datemodified", "og:updated_time", "article:modified", "dcterms.modified", "lastmod",
    "dc.date.modified", "last-modified", "article:updated_time", "parsely-updated-date", "article.updated", "revised",
    "modified", "weibo:article:update_at",
)  # fmt: skip


def article_object(document: Document) -> dict[str, Any] | None:
    """The JSON-LD object that describes the article of this page, or `None`."""
    found: list[dict[str, Any]] = []
    for item in document.jsonld:
        found.extend(
            one
            for one in (item, item.get("mainEntity"), item.get("mainEntityOfPage"))
            if isinstance(one, dict) and types_of(one) & ARTICLE_TYPES
        )
    if not found:
        return None
    path = urlsplit(document.url).path.rstrip("/")

    def fitness(item: dict[str, Any]) -> tuple[int, int, int]:
        urls = [item.get("url"), item.get("mainEntityOfPage"), item.get("@id")]
        here = any(_path(url) == path for url in urls) if path else False
        return (int(here), int(bool(item.get("headline"))), int(bool(item.get("datePublished"))))

    return max(found, key=fitness)


def _path(value: object) -> str | None:
    if isinstance(value, dict):
        value = value.get("@id") or value.get("url")
    if not isinstance(value, str):
        return None
    try:
        return urlsplit(value).path.rstrip("/")
    except ValueError:
        return None


def types_of(item: dict[str, Any]) -> set[str]:
    """The schema.org types of a JSON-LD object, lower case."""
    value = item.get("@type")
    values = value if isinstance(value, list) else [value]
    return {name.rsplit("/", 1)[-1].lower() for name in values if isinstance(name, str)}


def text_of(value: object) -> str | None:
    """A JSON-LD value as one line of text: strings, the first of a list, `name` or `@value` of an object."""
    for _ in range(4):
        if isinstance(value, list):
            value = value[0] if value else None
        elif isinstance(value, dict):
            value = value.get("name") or value.get("@value") or value.get("url")
        else:
            break
    if not isinstance(value, str):
        return None
    return " ".join(html.unescape(value).split()) or None


# ---------------------------------------------------------------- dates


@dataclass(frozen=True, slots=True)
class Dates:
    """When an article was published and changed, and which witness said so (`None` where none did)."""

    published: Moment | None
    modified: Moment | None
    reason: str
    published_from: str | None = None
    modified_from: str | None = None


def find_dates(
    document: Document,
    item: dict[str, Any] | None,
    body: Body,
    *,
    zone: str | None,
    language: str | None,
    text: str = "",
) -> Dates:
    """Dates by trust: JSON-LD, metas, marked elements, the lines about the headline, `<time>`, the text's dateline,
    the page's data, the URL's day.

    A witness that tells only the day, or midnight, yields to a later one that tells the time of the same day. Tistory's
    `og:regDate` is never asked: it writes 15 o'clock as 03.
    """
    spoken = _regional(document, language)
    address = _from_url(document.url, document.fetched_at)
    reader = _Reader(document.fetched_at, zone, spoken, address)
    read = reader.read
    published: list[tuple[str, Moment]] = []
    modified: list[tuple[str, Moment]] = []
    _from_jsonld(document, item, published, modified, read)
    _from_metas(document, published, modified, read)
    if published and _edited_only(published[0][1], modified):
        _earlier(body, published, modified, reader)
    if not _timed(published):
        weak = _from_elements(document, published, modified, read)
        _from_lines(date_lines(body), published, modified, reader)
        published.extend(weak)
        published.extend(_of_metas(document, _CREATED, read))
    elif not modified:
        modified.extend(_edit_shown(body, reader))
    if not published and (told := dateline(text)) and (moment := read(told)) is not None:
        published.append(("the beginning of the text", moment))
    if not published:
        _from_data(document, published, read)
    if not published and address is not None and (moment := read(address)) is not None:
        published.append(("the URL", moment))
    chosen = _best(published)
    changed = _best(modified)
    if chosen and changed and changed[1].utc < chosen[1].utc and changed[1].precision is not Precision.DAY:
        changed = None
    modified_from, modified_at = changed or (None, None)
    if chosen is None:
        return Dates(None, modified_at, "no date on the page", None, modified_from)
    return Dates(chosen[1], modified_at, f"date from {chosen[0]}", chosen[0], modified_from)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads dates against what is known of the page; `address` is the day in its URL."""

    now: datetime
    zone: str | None
    language: str | None
    address: str | None
    known: dict[str, Moment | None] = field(default_factory=dict)

    @property
    def hint(self) -> datetime | None:
        """About when dates without a year are."""
        return datetime.fromisoformat(self.address) if self.address else None

    def read(self, text: object) -> Moment | None:
        """The moment that a value is."""
        if not isinstance(text, str) or not (value := text.strip()):
            return None
        written = value[:LONGEST_VALUE]
        # Most witnesses of a page write the same.
        if written not in self.known:
            self.known[written] = parse_date(
                written, now=self.now, zone=self.zone, language=self.language, year_hint=self.hint
            )
        return self.known[written]

    def labelled(self, line: str) -> tuple[Moment | None, Moment | None]:
        """Published and modified in a line."""
        return labelled_dates(
            line[:LONGEST_READ], now=self.now, zone=self.zone, language=self.language, year_hint=self.hint
        )


LONGEST_VALUE = 80
LONGEST_READ = 200

_TOP_LEVELS = {
    "uk": "en-gb", "ie": "en-ie", "au": "en-au", "nz": "en-nz", "in": "en-in", "za": "en-za", "at": "de-at",
    "ch": "de-ch", "br": "pt-br", "mx": "es-mx", "ar": "es-ar", "co": "es-co", "cl": "es-cl", "pe": "es-pe",
    "tw": "zh-tw", "hk": "zh-hk",
}  # fmt: skip
"""Countries by top-level domain where the region says more about dates than the language."""


def _regional(document: Document, language: str | None) -> str | None:
    """The language with the region that domain or `lang` attribute tells, where it is the same language."""
    if language is None or "-" in language:
        return language
    host = urlsplit(document.url).hostname or ""
    told = _TOP_LEVELS.get(host.rpartition(".")[2])
    if told is not None and told.startswith(f"{language}-"):
        return told
    attribute = (document.lang_attribute or "").replace("_", "-")
    return attribute if attribute.startswith(f"{language}-") else language


def _from_jsonld(
    document: Document,
    item: dict[str, Any] | None,
    published: list[tuple[str, Moment]],
    modified: list[tuple[str, Moment]],
    read: Callable[[object], Moment | None],
) -> None:
    """The dates of the article's object, else of what the page is besides: WebPage, ClaimReview."""
    items = [item] if item is not None else []
    items += [other for other in document.jsonld if other is not item and types_of(other) & _PAGE_TYPES]
    for number, one in enumerate(items):
        if number and published:
            break
        for key in ("datePublished", "dateCreated", "uploadDate"):
            moment = read(text_of(one.get(key)))
            if moment is not None:
                published.append(("JSON-LD", moment))
                break
        if (moment := read(text_of(one.get("dateModified")))) is not None:
            modified.append(("JSON-LD", moment))


_PAGE_TYPES = frozenset(
    [
        "webpage",
        "itempage",
        "medicalwebpage",
        "faqpage",
        "claimreview",
        "podcastepisode",
        "radioepisode",
        "tvepisode",
        "course",
    ]
)


def _from_metas(
    document: Document,
    published: list[tuple[str, Moment]],
    modified: list[tuple[str, Moment]],
    read: Callable[[object], Moment | None],
) -> None:
    # A time that is known already is not asked for again: parsing a dozen metas costs more than all the rest.
    if not _timed(published):
        published.extend(_of_metas(document, _PUBLISHED, read))
    if not _timed(modified):
        modified.extend(_of_metas(document, _MODIFIED, read))
    if published and modified:
        return
    for name, values in document.metas.items():
        if name in _KNOWN or not ("date" in name or "time" in name or "updated" in name):
            continue
        bare = _NO_LETTER.sub("", name)
        found = published if _NAMED_PUBLISHED.search(bare) else modified if _NAMED_MODIFIED.search(bare) else None
        if found is not None and (moment := read(values[0])) is not None:
            found.append((f"meta {name}", moment))


def _of_metas(
    document: Document, names: tuple[str, ...], read: Callable[[object], Moment | None]
) -> Iterator[tuple[str, Moment]]:
    """The dates of these metas, up to the first that tells a time."""
    for name in names:
        for value in document.metas.get(name, ())[:2]:
            if (moment := read(value)) is not None:
                yield f"meta {name}", moment
                if moment.precision is not Precision.DAY and not _midnight(moment):
                    return


_KNOWN = frozenset((*_PUBLISHED, *_CREATED, *_MODIFIED))
_NO_LETTER = re.compile(r"[^a-z]")
_NAMED_PUBLISHED = re.compile(
    r"(?:publi(?:sh|cation)(?:ed)?|issued?|creat(?:e|ion))(?:ed)?(?:date|time|on|at)|datepubli"
)
_NAMED_MODIFIED = re.compile(
    r"(?:modified|updated?|changed)(?:date|time|on|at)|date(?:modifi|update)|lastupdated|^updated$"
)
"""Metas that nobody has heard of, by what their names say: `w-published-date`, `article:published:time`."""


def _from_lines(
    lines: Iterable[tuple[str, bool]],
    published: list[tuple[str, Moment]],
    modified: list[tuple[str, Moment]],
    reader: _Reader,
) -> None:
    """The first line that tells a date with its year and little else, or calls it published; else any line's."""
    caption = unsure = None
    for line, alone in lines:
        first, second = reader.labelled(line)
        if second is not None:
            modified.append(("the byline", second))
        if first is None and alone and not any(map(str.isdigit, line)):
            first = reader.read(line)  # "yesterday", which is no date where anything stands beside it
        if first is None:
            continue
        local = first.utc + timedelta(minutes=first.offset)
        told = str(local.year) in line or bool(re.search(rf"(?<!\d){local.year % 100:02}(?!\d)", line))
        if not told or alone:
            # "Today at 3:40" in a sentence is not this page's date, "3 hours ago" alone in a line may be.
            first = reader.read(line)
        if first is not None and told:
            if len(line) <= SHORT_LINE or is_called_published(line):
                published.append(("the byline", first))
                return
            caption = caption or first
        unsure = unsure or first
    if moment := caption or unsure:
        published.append(("the byline", moment))


SHORT_LINE = 70
"""Characters of a line that is about its date; a longer one may be a picture's caption."""


def _edited_only(published: Moment, modified: list[tuple[str, Moment]]) -> bool:
    """Whether a page calls its last edit its publication: both are told, and are the same or the wrong way round."""
    return bool(modified) and (modified[0][1].utc - published.utc).total_seconds() < CLOSE


CLOSE = 120
LEAST_EARLIER = timedelta(hours=36)
"""Seconds between publication and edit that are one event; how much earlier a shown date must be to be believed."""


def _earlier(
    body: Body, published: list[tuple[str, Moment]], modified: list[tuple[str, Moment]], reader: _Reader
) -> None:
    """Where structured data knows only the last edit, the page may still show when it was published."""
    shown: list[tuple[str, Moment]] = []
    _from_lines(((line, True) for line in lines_between(body)), shown, [], reader)
    if shown and published[0][1].utc - shown[0][1].utc > LEAST_EARLIER:
        modified.append(published[0])
        published.insert(0, shown[0])


def _edit_shown(body: Body, reader: _Reader) -> Iterator[tuple[str, Moment]]:
    """What lines between headline and text call an edit, where structured data knows of none."""
    for line in lines_between(body):
        if is_called_modified(line) and (moment := reader.labelled(line)[1]) is not None:
            yield "the byline", moment


def _from_data(
    document: Document, published: list[tuple[str, Moment]], read: Callable[[object], Moment | None]
) -> None:
    """A date in the page's scripts or data attributes, if they tell only one: others would be of other articles."""
    found: dict[datetime, Moment] = {}
    for match in islice(_data_named_published(document.text), MOST_MATCHES):
        if (moment := read(match)) is not None:
            found.setdefault(moment.utc, moment)
            if len(found) > 1:
                return
    published.extend(("the page's data", moment) for moment in found.values())


def _data_named_published(text: str) -> Iterator[str]:
    """Values that stand behind a name such as `publishedAt`; the names are sought as plain text, which is quick."""
    for part in _DATA_NAMES:
        position = text.find(part, 0, MOST_DATA)
        while position >= 0:
            if match := _DATA.search(text, max(0, position - 16), position + 80):
                yield match[1]
            position = text.find(part, position + 80, MOST_DATA)


MOST_DATA = 1_000_000
MOST_MATCHES = 60
_DATA_NAMES = ("ublish", "eploy", "ubDate", "ub_date", "ubdate")
_DATA = re.compile(
    r"(?<!re)[\"'_-](?:date_?published|(?:first_?)?publish(?:ed)?_?(?:at|on|date|time)|deploy-?dt|pub_?date)\\{0,3}[\"']?\s?[:=]\s?"
    r"\\{0,3}[\"']([\dTZ:.+\s/-]{8,35})\\{0,3}[\"']",
    re.IGNORECASE,
)


def _timed(found: list[tuple[str, Moment]]) -> bool:
    return any(moment.precision is not Precision.DAY and not _midnight(moment) for _, moment in found)


def _midnight(moment: Moment) -> bool:
    return (moment.utc.hour * 60 + moment.utc.minute + moment.offset) % 1440 == 0 and moment.utc.second == 0


def _best(found: list[tuple[str, Moment]]) -> tuple[str, Moment] | None:
    if not found:
        return None
    first = found[0]
    if first[1].precision is not Precision.DAY and not _midnight(first[1]):
        return first
    for name, moment in found[1:]:
        if moment.precision is Precision.DAY or _midnight(moment):
            continue
        if abs((moment.utc - first[1].utc).total_seconds()) <= 36 * 3600:
            return name, moment
    return first


_DATED = (
    '[itemprop~="datePublished"], [itemprop~="dateModified"], [property*="dateCreated"], [property*="dc:date"]'
    ", abbr.published, .dt-published, time, [data-date-time], [data-modify-date-time], [data-pubdate]"
)


def _from_elements(
    document: Document,
    published: list[tuple[str, Moment]],
    modified: list[tuple[str, Moment]],
    read: Callable[[object], Moment | None],
) -> list[tuple[str, Moment]]:
    """What marked elements tell; the date of the first `<time>` that is called nothing is handed back.

    The first one of a page is nearly always the article's own; later ones belong to related posts and comments.
    """
    weak: list[tuple[str, Moment]] = []
    marked: list[tuple[str, Moment]] = []
    for node in document.tree.css(_DATED)[:MOST_MARKED]:
        attributes = node.attributes
        names = f"{attributes.get('itemprop') or ''} {attributes.get('property') or ''}".lower()
        value = next((attributes[name] for name in _VALUES if attributes.get(name)), None)
        moment = read(value) if value else None
        if moment is None:
            moment = read(" ".join(node.text().split())[:LONGEST_VALUE])
        if moment is None:
            continue
        if "datemodified" in names or attributes.get("data-modify-date-time"):
            modified.append(("the page", moment))
        elif "date" in names or node.tag != "time" or "pubdate" in attributes:
            marked.append(("the page", moment))
        else:
            around = node.parent.attributes.get("class") if node.parent else None
            words = f"{attributes.get('class') or ''} {around or ''}".lower()
            if any(word in words for word in ("updat", "modif")):
                modified.append(("<time>", moment))
            else:
                weak.append(("<time>", moment))
    if len({moment.utc for _, moment in marked}) > MOST_OF_ONE:  # a list of other articles
        return marked[:1]
    published.extend(marked)
    return weak[:1]


MOST_MARKED = 12
MOST_OF_ONE = 2
"""Elements that are looked at, and different publishing dates that one article's page may mark."""

_VALUES = ("data-modify-date-time", "data-date-time", "data-pubdate", "datetime", "content", "title")


_URL_DATE = re.compile(
    r"(?:^|[/_=.-])((?:19|20)\d\d)[/_.-]?(0[1-9]|1[0-2])[/_.-]?(0[1-9]|[12]\d|3[01])(?![0-9]{1,3}(?:$|[/.]))"
)


def _from_url(url: str, now: datetime) -> str | None:
    """The day in an address, as ISO 8601, if there is one that has been."""
    found = _URL_DATE.search(urlsplit(url).path)
    if not found:
        return None
    day = "-".join(found.groups())
    return day if parse_date(day, now=now) is not None else None


# ---------------------------------------------------------------- the rest


Told = tuple[str | None, str]
"""A value, and in a few words where it comes from: "meta og:site_name", "JSON-LD publisher"; "" without a value."""

NOTHING: Told = (None, "")


def site_name(document: Document, item: dict[str, Any] | None) -> Told:
    """The site's name: og:site_name, the publisher in JSON-LD, a WebSite object, application-name."""
    name = document.meta("og:site_name")
    if name:
        return _unescaped(name), "meta og:site_name"
    if item is not None and (publisher := text_of(item.get("publisher"))) and not publisher.startswith("http"):
        return publisher, "JSON-LD publisher"
    for other in document.jsonld:
        if types_of(other) & {"website", "organization", "newsmediaorganization"} and (
            found := text_of(other.get("name"))
        ):
            return found, "JSON-LD name of the site"
    return _first_meta(document, ("application-name", "apple-mobile-web-app-title", "twitter:app:name:iphone"))


def _unescaped(text: str) -> str:
    return html.unescape(text) if "&" in text else text


def _first_meta(document: Document, names: tuple[str, ...]) -> Told:
    for name in names:
        values = document.metas.get(name)
        if values:
            return _unescaped(values[0]), f"meta {name}"
    return NOTHING


def section(document: Document, item: dict[str, Any] | None) -> Told:
    """The section that an article stands in."""
    told = _first_meta(
        document, ("article:section", "og:article:section", "parsely-section", "section", "dable:item_category")
    )
    if told[0] is None and item is not None and (found := text_of(item.get("articleSection"))):
        return found, "JSON-LD articleSection"
    return told


def tags(document: Document, item: dict[str, Any] | None) -> tuple[tuple[str, ...], str]:
    """Keywords and tags, in the order told, each once; and where they come from."""
    values: list[str] = []
    values.extend(document.metas.get("article:tag", ())[:MAX_TAGS])
    where = "meta article:tag"
    if not values and item is not None:
        where = "JSON-LD keywords"
        keywords = item.get("keywords")
        if isinstance(keywords, str):
            values.append(keywords)
        elif isinstance(keywords, list):
            values.extend(text_of(word) or "" for word in keywords[:MAX_TAGS])
    if not values:
        for name in ("news_keywords", "keywords", "parsely-tags", "sailthru.tags"):
            if name in document.metas:
                values.extend(document.metas[name][:MAX_TAGS])
                where = f"meta {name}"
                break
    if not values:
        # What the page shows as tags of this article; a tag's link says so, whatever its class.
        where = "links with rel=tag"
        links = document.tag_links()[:MAX_TAGS]
        values.extend(" ".join(link.text().split()).lstrip("#") for link in links)
    found: dict[str, None] = {}
    for value in values:
        for word in re.split(r"\s*[,;]\s*", _unescaped(value[:2_000])):
            tag = " ".join(word.split()).lstrip("#")
            if 0 < len(tag) <= 80:
                found.setdefault(tag)
    return tuple(found)[:MAX_TAGS], where if found else ""


def image_url(document: Document, item: dict[str, Any] | None) -> Told:
    """Absolute URL of the lead image."""
    for name in ("og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src", "image"):
        url = document.absolute(document.meta(name))
        if url:
            return url, f"meta {name}"
    if item is not None:
        value = item.get("image") or item.get("thumbnailUrl")
        for _ in range(3):
            if isinstance(value, list):
                value = value[0] if value else None
            elif isinstance(value, dict):
                value = value.get("url") or value.get("contentUrl") or value.get("@id")
        if isinstance(value, str) and (url := document.absolute(value)):
            return url, "JSON-LD image"
    url = document.link("image_src")
    return (url, "link image_src") if url else NOTHING


def use_terms(document: Document, item: dict[str, Any] | None) -> UseTerms:
    """Robots directives and TDM reservation (TDMRep), from metas and headers, and the licence, as written."""
    robots = [*document.metas.get("robots", ()), *document.metas.get("googlebot", ())[:1]]
    header = document.headers.get("x-robots-tag")
    if header:
        robots.append(header)
    directives = dict.fromkeys(
        word for value in robots for part in value.lower().split(",") if (word := " ".join(part.split())[:100])
    )
    licence = document.link("license")
    if licence is None and item is not None:
        licence = text_of(item.get("license"))
    if licence is None:
        links = document.licence_links()
        licence = document.absolute(links[0].attributes.get("href")) if links else None
    return UseTerms(
        robots=", ".join(directives) or None,
        tdm_reservation=document.meta("tdm-reservation") or document.headers.get("tdm-reservation"),
        tdm_policy=document.meta("tdm-policy") or document.headers.get("tdm-policy"),
        licence=licence or document.meta("dcterms.license", "dc.rights", "dcterms.rights"),
    )
