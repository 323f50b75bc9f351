"""The words by which pages name their parts, and the sentences that are never part of an article.

Class and id words are looked up as literals and memoised per word: regular expressions over class strings cost 15 ms
a page, this costs a tenth of a millisecond. Words are the web's (frameworks, content management systems and the
habits of newsrooms in several languages), not those of single sites.
"""

from __future__ import annotations

import re
from typing import Final


class Mark:
    """What the name of an element says of its role; bits of an int (enum flags cost ten times as much to combine)."""

    NAVIGATION: Final = 1 << 0
    FOOTER: Final = 1 << 1
    SIDE: Final = 1 << 2
    COMMENTS: Final = 1 << 3
    SHARE: Final = 1 << 4
    RELATED: Final = 1 << 5
    PROMO: Final = 1 << 6
    ADVERT: Final = 1 << 7
    CONSENT: Final = 1 << 8
    BYLINE: Final = 1 << 9
    DATE: Final = 1 << 10
    TAGS: Final = 1 << 11
    CAPTION: Final = 1 << 12
    HIDDEN: Final = 1 << 13
    SUMMARY: Final = 1 << 14
    BODY: Final = 1 << 15
    POST: Final = 1 << 16
    TITLE: Final = 1 << 17
    WIDGET: Final = 1 << 18
    BIO: Final = 1 << 19
    HEADER: Final = 1 << 20


CUT: Final = (
    Mark.NAVIGATION
    | Mark.FOOTER
    | Mark.SIDE
    | Mark.COMMENTS
    | Mark.SHARE
    | Mark.RELATED
    | Mark.PROMO
    | Mark.ADVERT
    | Mark.CONSENT
    | Mark.WIDGET
    | Mark.HIDDEN
    | Mark.BIO
)
"""Subtrees with one of these marks are set aside before the container of the text is looked for."""

HARD_CUT: Final = Mark.COMMENTS | Mark.CONSENT | Mark.FOOTER
"""Marks that are believed even when the subtree holds much of the page's text."""


def _table(words: dict[int, str]) -> dict[str, int]:
    table: dict[str, int] = {}
    for mark, names in words.items():
        for name in names.split():
            table[name] = table.get(name, 0) | mark
    return table


_WORDS = _table(
    {
        Mark.NAVIGATION: "nav navigation navbar menu submenu breadcrumb breadcrumbs pagination pager paginator paging"
        " toolbar gnb lnb snb skiplink skip navi topbar megamenu offcanvas tabbar locnav prevnext postnav nextprev"
        " pagenavi navlinks postnavigation jumplist toc tableofcontents",
        Mark.FOOTER: "footer foot copyright colophon legal disclaimer imprint siteinfo bottombar articlefooter",
        Mark.SIDE: "sidebar aside rail rightrail leftrail rightcol rightcolumn sidecol complementary sidebox",
        Mark.COMMENTS: "comment comments commentlist commentform disqus respond reply replies livefyre talkback cmt"
        " commentary discussion coral viafoura fbcomments usercomments reader-comments opencomments spotim hyvor"
        " facebookcomments commenti commentaires kommentare comentarios reacties kommentarer"
        " komentarze komentar yorumlar kommentit",
        Mark.SHARE: "share sharing sharer social socials sns addthis addtoany sharebar sharetools sharedaddy shariff"
        " socialbar socialshare followus follow socialmedia sharebuttons sharethis postbtn reaction reactions like"
        " likes bookmark printbutton printlink printicon printbtn printarticle printpage utility utils fontsize"
        " textsize",
        Mark.RELATED: "related relatedposts relatedarticles recommend recommended recommendation recommendations"
        " recommender popular trending mostread mostviewed mostpopular outbrain taboola zergnet readmore seealso"
        " readalso alsoread upnext onward recirc recirculation morefrom morenews morestories morearticles otherposts"
        " othernews latest latestnews ranking rank ranklist topstories relatedcontent relatednews relatedlinks"
        " youmightlike alsolike youmaylike suggested suggestions similar crosslinks mehr weitere verwandte liesauch"
        " anothercategory teaser teasers teaserlist readnext nextarticle nextpost prevpost moreon inrelated revcontent"
        " relacionadas relacionados verwandt correlati correlate arearelated powerlink internallink linkbox"
        " relatedlist articlelist newslist postlist carousel interlink leesook lesenswert alire aliresur",
        Mark.PROMO: "newsletter newsletters subscribe subscription subscriptions signup regwall promo promos"
        " promotion promotional donate donation donations membership piano cta calltoaction appdownload inscription"
        " abo abonnement optin mailchimp mailinglist subscribebox registerwall meteredpaywall adblock leadgen"
        " supportus support plea offer appeal epic contributions fundraising",
        Mark.ADVERT: "ad ads advert adverts advertising advertisement adsense adsbygoogle sponsor sponsored dfp gpt"
        " adbox adslot adunit adwrap adcontainer adbanner banner banners adplace adzone anzeige werbung publicidad"
        " publicite reklama reklame advertorial affiliate mpu leaderboard skyscraper billboard adtag adarea"
        " inarticlead nativead adcontent",
        Mark.CONSENT: "cookie cookies consent gdpr onetrust didomi cookiebar cookiebanner cookienotice"
        " privacybanner usercentrics cookielaw",
        Mark.BYLINE: "byline author authors writer reporter journalist contributor contributors writtenby bylines"
        " autor autore auteur redacteur verfasser journalistname authorname",
        Mark.DATE: "date dates dateline timestamp datetime publishdate pubdate published updated posted datum"
        " publication articledate entrydate postdate modified fecha",
        Mark.TAGS: "tags tag taglist tagcloud tagarea keywords topics tagbox hashtags hashtag categories posttags",
        Mark.CAPTION: "caption captions figcaption wpcaption wpcaptiontext cutline imgdesc imgcaption imagecaption"
        " photocaption credit credits imagecredit photocredit bildunterschrift legende legend leyenda"
        " imagedescription bilddescription bildtext bildtekst bildbeschreibung didascalia pictext"
        " mediacaption captiontext photodesc imgalt vjs piefoto fotocredit copyrightholder podpis",
        Mark.HIDDEN: "hidden hide sronly visuallyhidden screenreader screenreadertext screenreaderonly printonly"
        " displaynone offscreen blind accessibilityhidden readerstext uhidden ishidden",
        Mark.SUMMARY: "standfirst dek deck subtitle subheadline subhead subheading summary lead lede lederinhalt intro"
        " excerpt chapo sapo vorspann ingress abstract bajada entradilla sommario catenaccio occhiello perex strapline"
        " leadtext lidtext articlelead teasertext synopsis articlesummary articleintro preamble subtitles kicker"
        " storysummary headlinesub",
        Mark.BODY: "articlebody articletext articlecontent articletxt entrycontent postcontent postbody storybody"
        " storycontent storytext bodycopy bodytext contentbody maincontent newsbody newscontent newstext newsview"
        " articleview articleviewcontent postarticle contentsstyle dicarea articlecontents articlebodycontents"
        " articlecontainer singlecontent pagecontent richtext blogcontent textbody postentry articlewrap"
        " textcontent viewcon viewcontent newsct articlepage articleparagraph articlemain artikeltext textecontenu"
        " corpo cuerpo corps fliesstext brodtext textarea0 wysiwyg articlesection storyarticle viewbody newsend",
        Mark.POST: "article post story entry hentry content body main text news blog blogpost single",
        Mark.TITLE: "title headline heading articletitle posttitle entrytitle pagetitle",
        Mark.WIDGET: "widget widgets modal popup overlay dialog login signin search searchbox searchform ticker"
        " newsticker player videoplayer poll survey quiz lightbox tooltip dropdown weather stocks quotebar marquee"
        " breakingnews alertbar notification notifications announcement weatherwidget form contactform"
        " calendar counter viewcount hits views rating ratings vote votes audio audioplayer listen tts speech"
        " trinityaudio readspeaker readaloud captcha subscribewidget password verification registration account"
        " aisummary aidigest aibrief summaryai liveblogticker countdown horoscope",
        Mark.BIO: "bio authorbio authorbox aboutauthor authorinfo authorprofile authorcard aboutthisauthor authordesc"
        " authorabout postauthor reporterinfo profile journalistcard authordescription vcardbox",
        Mark.HEADER: "header masthead siteheader topheader head pageheader",
    }
)

_STEMS: tuple[tuple[str, int], ...] = (
    ("related", Mark.RELATED),
    ("recommend", Mark.RELATED),
    ("recirc", Mark.RELATED),
    ("taboola", Mark.RELATED),
    ("outbrain", Mark.RELATED),
    ("mostread", Mark.RELATED),
    ("mostview", Mark.RELATED),
    ("mostpop", Mark.RELATED),
    ("trending", Mark.RELATED),
    ("readmore", Mark.RELATED),
    ("newsletter", Mark.PROMO),
    ("subscri", Mark.PROMO),
    ("advert", Mark.ADVERT),
    ("googlead", Mark.ADVERT),
    ("sponsor", Mark.ADVERT),
    ("breadcrumb", Mark.NAVIGATION),
    ("navigation", Mark.NAVIGATION),
    ("pagination", Mark.NAVIGATION),
    ("sidebar", Mark.SIDE),
    ("footer", Mark.FOOTER),
    ("cookie", Mark.CONSENT),
    ("disqus", Mark.COMMENTS),
    ("sharebutton", Mark.SHARE),
    ("sharing", Mark.SHARE),
    ("socialshar", Mark.SHARE),
    ("caption", Mark.CAPTION),
    ("articlebody", Mark.BODY),
    ("standfirst", Mark.SUMMARY),
)

_LEAST_WITH_STEM = 8
_STEM_WORDS = tuple(stem for stem, _ in _STEMS)
_BEGINNINGS = frozenset(word[:length] for word in _WORDS for length in range(1, len(word)))

_BENIGN = frozenset(
    ["no", "has", "with", "without", "hasno", "non", "is", "not", "show", "enable", "overflow", "label"]
)
"""A word after one of these says what an element has or lacks, not what it is: `has-sidebar`, `no-comments`."""

_SEGMENT = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[^\Wa-zA-Z_]+")
_MEMO_SIZE = 60_000
marks_known: dict[str, int] = {}
"""What `marks_of` remembers of whole attributes; whoever asks thousands of times a page may look here first."""
_memo: dict[str, int] = {}
_words_known: dict[str, int] = {}


def _words(token: str) -> list[str]:
    words = token.replace("-", " ").replace("_", " ").split()
    if not token.isascii():
        words = [segment for segment in _SEGMENT.findall(token) if not any(map(str.isdigit, segment))]
    elif not "".join(words).isalpha():
        # A segment that mixes letters and digits is a style sheet's hash (`css-1x2ad`), which says nothing.
        words = [segment for segment in _SEGMENT.findall(token) if segment.isalpha()]
    elif token.islower():
        return words
    return [word.lower() for segment in words for word in _CAMEL.findall(segment)]


_TAXONOMY = ("category-", "tag-", "type-", "format-", "status-", "has-", "term-", "author-", "topic-", "postid-")
"""Content management systems put an article's categories and tags into its classes: `category-newsletter`."""

_STYLE = ("font-", "bg-", "border-", "leading-", "tracking-")
"""How a part looks and not what it is: `font-utility-2`."""

_BUILDERS = ("elementor-", "so-widget", "so-panel", "sow-", "widget_sow", "siteorigin-", "widget_siteorigin")
_PIECE = "widget"
"""Page builders call each piece of a page a widget, paragraphs of the text as well."""


_SAYING_NOTHING = (*_TAXONOMY, *_STYLE)


def _marks_of_token(token: str) -> int:
    # `md:hidden`, `print:hidden`: what holds on some screens only.
    if ":" in token or token.startswith(_SAYING_NOTHING):
        return 0
    words = _words(token[:80])
    if token.startswith(_BUILDERS):
        words = [word for word in words if word != _PIECE]
    marks = benign = 0
    for position, word in enumerate(words, 1):
        said = _words_known.get(word)
        if said is None:
            said = _marks_of_word(word)
        if not benign:
            marks |= said
            if said & _BEGINS and position < len(words):
                joined = word + words[position]
                marks |= _WORDS.get(joined, 0)
                if position + 1 < len(words):
                    marks |= _WORDS.get(joined + words[position + 1], 0)
        benign = said & _IS_BENIGN
    return marks & ~(_BEGINS | _IS_BENIGN)


_BEGINS = 1 << 28
_IS_BENIGN = 1 << 29
"""Not marks: that a longer word of the table begins with this one, and that it is one of `_BENIGN`."""


def _marks_of_word(word: str) -> int:
    marks = _WORDS.get(word, 0)
    if len(word) >= _LEAST_WITH_STEM and (word.startswith(_STEM_WORDS) or word.endswith(_STEM_WORDS)):
        for stem, mark in _STEMS:
            if word.startswith(stem) or word.endswith(stem):
                marks |= mark
    marks |= _BEGINS * (word in _BEGINNINGS) | _IS_BENIGN * (word in _BENIGN)
    if len(_words_known) >= _MEMO_SIZE:
        _words_known.clear()
    _words_known[word] = marks
    return marks


def marks_of(names: str) -> int:
    """What the words of a class, id, role or test-id attribute say; memoised per attribute and per token of it."""
    known = marks_known.get(names)
    if known is not None:
        return known
    marks = 0
    for token in names.split():
        said = _memo.get(token)
        if said is None:
            said = _marks_of_token(token)
            if len(token) <= _LONGEST_NAMES:
                _memo[token] = said
        if said and (token != _PIECE or not any(map(names.__contains__, _BUILDERS))):
            marks |= said
    if marks & Mark.HIDDEN and ":" in names and _SHOWN_SOMEWHERE.search(names):
        marks &= ~Mark.HIDDEN
    if len(_memo) >= _MEMO_SIZE:
        _memo.clear()
    if len(marks_known) >= _MEMO_SIZE:
        marks_known.clear()
    if len(names) <= _LONGEST_NAMES:
        marks_known[names] = marks
    return marks


_LONGEST_NAMES = 200
_SHOWN_SOMEWHERE = re.compile(r"\w:(?:block|flex|grid|inline|table|contents|visible)\b")
"""`hidden md:block` is shown on wide screens."""
