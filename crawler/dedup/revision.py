"""What a text that was met again means for the article that is held. Pure: two values in, a change out.

A listing's text is provisional; among listing texts the longest wins, so that two listings that show different excerpts
settle instead of replacing each other at every crawl. A page's text is what the publisher serves: each change of it,
however small, is a version. An article over several pages of which one could not be read is what nobody serves: such a
text gives way to a longer one, and replaces none.

A page that goes back to what an earlier version said makes no new version: the article shows that version again
(`Change.RESTORE`). An A/B-tested headline therefore costs two versions and not one a look.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from crawler.items import Basis

PAGE_SHARE: Final = 0.9
"""A page's text replaces a listing's when it has at least this share of its letters: a listing's text often carries the
headline or byline which extraction takes out of the page's, while a paywall's teaser has far less than it."""


class Change(StrEnum):
    """What to do with the text of the article that is held."""

    SAME = "same"
    EXTEND = "extend"
    COMPLETE = "complete"
    SETTLE = "settle"
    VERSION = "version"
    RESTORE = "restore"
    REWORK = "rework"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the store holds of an article.

    `basis`, `letters` and `truncated` are those of the text it shows; `digest` is the version digest of that text,
    `served` the digest of what its page last served (`None`: the page was never read). `earlier` are the digests of
    all kept versions.
    """

    basis: Basis
    letters: int
    truncated: bool
    digest: str
    served: str | None
    earlier: Collection[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """What was met now; `letters` as in `crawler.items.Fingerprint`."""

    basis: Basis
    letters: int
    truncated: bool
    digest: str


def decide(old: Held, new: Met) -> Change:
    """What `new` does to `old`.

    SAME: nothing of the text changes. EXTEND: a longer listing text replaces a shorter one. COMPLETE: the page's text
    replaces a listing's, or the text of all pages that of some. SETTLE: the page was read but shows clearly less than
    the listing did, the listing's text stays and is provisional no more. VERSION: the publisher changed text or
    headline. RESTORE: the publisher went back to an earlier version.
    REWORK: a better extractor read the same page, the shown version is replaced. A text without a letter never
    replaces one.
    """
    if new.basis is Basis.LISTING:
        return _listing(old, new)
    if old.letters > 0 and new.letters == 0:
        return Change.SAME
    if old.basis is Basis.LISTING:
        if new.letters >= old.letters * PAGE_SHARE:
            return Change.COMPLETE
        return Change.SAME if new.digest == old.served else Change.SETTLE
    if new.digest == old.digest or (new.truncated and new.letters < old.letters):
        return Change.SAME
    if new.basis is Basis.REEXTRACTION:
        return Change.REWORK
    if new.digest in old.earlier:
        return Change.RESTORE
    return Change.COMPLETE if old.truncated and new.letters > old.letters else Change.VERSION


def _listing(old: Held, new: Met) -> Change:
    if old.served is not None or old.basis is not Basis.LISTING or new.digest == old.digest:
        return Change.SAME
    longer = (new.letters, not new.truncated) > (old.letters, not old.truncated)
    return Change.EXTEND if longer else Change.SAME
