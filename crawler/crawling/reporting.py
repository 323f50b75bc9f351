"""What a crawl tells: refusals and warnings of each source, progress, and the state it ended in."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from crawler.crawling.brief import Brief
from crawler.errands import Run
from crawler.items import CrawlState
from crawler.wire import CrawlEvent, EventKind

log = logging.getLogger(__name__)

MAX_ERRORS = 20  # error lines shown and kept for one source; the count of failures goes on
EVENT_SECONDS = 0.25  # least time between two progress events, which a terminal can still show


class Reporter:
    """The runs of a crawl, and what a person is told of them."""

    def __init__(self, brief: Brief, on_event: Callable[[CrawlEvent], None] | None) -> None:
        self._brief = brief
        self._on_event = on_event
        self._told = 0.0
        self.runs: list[Run] = []
        self.errors: list[str] = []
        self.preview: list[Mapping[str, object]] = []
        self.broken = False

    def refuse(self, run: Run, url: str, reason: str) -> None:
        """A source can't be crawled."""
        run.count.failed += 1
        run.refused = True
        run.door_errors.append(reason)
        self.warn(run, url, reason)

    def warn(self, run: Run, url: str, reason: str) -> None:
        """One line that a person is told; the first `MAX_ERRORS` of a source are kept.

        Of a daemon's crawls the first stands with their end in its log; the others are told where INFO is asked for.
        """
        if run.count.errors:
            log.info("%s", reason)
        if len(run.count.errors) >= MAX_ERRORS:
            return
        run.count.errors.append(reason)
        self.tell(EventKind.WARNING, url, reason)

    def limit(self, run: Run, reason: str, level: int = logging.INFO) -> None:
        """A ceiling was hit or a trap left: one line of the summary, and of the log."""
        if reason in run.count.limits:
            return
        log.log(level, "%s: %s", run.count.source, reason)
        if len(run.count.limits) < MAX_ERRORS:
            run.count.limits.append(reason)

    def tell(self, kind: EventKind, url: str | None, message: str | None) -> None:
        """An event, unless another was told just now; a warning always."""
        if self._on_event is None:
            return
        moment = self._brief.clock()
        if kind is not EventKind.WARNING and moment - self._told < EVENT_SECONDS:
            return
        self._told = moment
        counts = tuple(run.count for run in self.runs)
        self._on_event(CrawlEvent(crawl=self._brief.order.name, kind=kind, counts=counts, url=url, message=message))

    def fail(self, error: str) -> None:
        """The crawl as a whole can't go on."""
        self.broken = True
        self.errors.append(error)
        log.error("%s", error)

    def state(self) -> CrawlState:
        """What the crawl comes to."""
        if self.broken or (self.runs and all(run.door_failed for run in self.runs)):
            return CrawlState.FAILED
        if self._brief.stopped.is_set():
            return CrawlState.STOPPED
        return CrawlState.PARTIAL if any(_is_partial(run) for run in self.runs) else CrawlState.DONE


def _is_partial(run: Run) -> bool:
    """A dead link is everyday; a failed door, a crawl cut short or a source of which nothing could be read is not.

    Only `max_seconds` cuts short. What the other ceilings leave is as a person set them to, and told as a limit.
    """
    count = run.count
    got = count.new + count.updated + count.copies + count.completed + count.known
    return bool(run.door_errors) or run.cut_short is not None or (count.failed > 0 and got == 0)
