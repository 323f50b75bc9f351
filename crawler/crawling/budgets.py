"""How much of each source a crawl asks for, and what of it is asked next: newest first, within the limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crawler.crawling.asking import Asking
from crawler.crawling.brief import Brief
from crawler.crawling.reporting import Reporter
from crawler.errands import Asked, Door, Errand, Next, Run
from crawler.errors import BudgetSpent
from crawler.frontier import Frontier, urgency
from crawler.items import Ceiling, SourceCount
from crawler.leaves import Leaves
from crawler.politeness import host_of
from crawler.request_meter import ceiling_of
from crawler.sources import Limits, Source
from crawler.wire import EventKind

WINDOW = 24  # errands of one source handed to Scrapy at once; the rest waits here, newest first
WINDOW_A_HOST = (
    3  # of one host that is paced: enough that it never idles, few enough to stop or turn to newer ones soon
)
MOST_POSTPONED = 500  # articles of one crawl that are remembered for when a budget has room
STOPPED = "the crawl was stopped"
FIRST = 1e11  # seconds; more than any date is away


@dataclass(slots=True)
class _Host:
    """What a crawl has asked of a host since `began` (monotonic seconds); `doors` of the `pages` are lists."""

    began: float
    pages: int = 0
    doors: int = 0


class Budgets:
    """Opens runs and hands out their errands."""

    def __init__(self, brief: Brief, reporter: Reporter, asking: Asking, leaves: Leaves) -> None:
        self._desk = brief.desk
        self._order = brief.order
        self._stopped = brief.stopped
        self._clock = brief.clock
        self._reporter = reporter
        self._asking = asking
        self.leaves = leaves
        self._hosts: dict[str, _Host] = {}
        self._told: set[tuple[Run, str, str]] = set()

    def begin(self, source: Source | None, name: str) -> Run:
        """A run at a source, or at a URL that belongs to none."""
        limits = source.limits if source is not None else Limits()
        delay = source.delay if source is not None and source.delay is not None else self._desk.config.delay
        run = Run(
            count=SourceCount(source=name),
            source=source,
            limits=limits,
            zone=(source.zone if source is not None else None) or self._order.zone,
            pages_left=self._order.max_pages if self._order.max_pages is not None else limits.max_pages,
            max_articles=self._order.max_articles if self._order.max_articles is not None else limits.max_articles,
            deadline=self._clock() + limits.max_seconds,
            frontier=Frontier(WINDOW, WINDOW_A_HOST if delay > 0 else WINDOW),
        )
        self._reporter.runs.append(run)
        return run

    def queue(self, errand: Errand, *, first: bool = False) -> None:
        """Let an errand wait for its turn; `first`: before all that is not."""
        dated, position = urgency(errand.item)
        errand.run.frontier.push(errand.host, (dated - FIRST if first else dated, position), errand)

    def spend(self, run: Run, url: str, *, door: bool = False) -> None:
        """A page of the source, and of its host, is going to be asked."""
        run.pages_left -= 1
        host = self._hosts.setdefault(host_of(url), _Host(self._clock()))
        host.pages += 1
        host.doors += door

    def unspend(self, run: Run, url: str) -> None:
        """A page that was going to be asked was not."""
        run.pages_left += 1
        self._hosts[host_of(url)].pages -= 1

    def host_spent(self, url: str, *, door: bool = False) -> str | None:
        """Why nothing more is asked of a URL's host in this crawl; `None` when it is."""
        name, config = host_of(url), self._desk.config
        host = self._hosts.get(name)
        if host is None:
            return None
        if host.pages >= config.host_pages:
            return f"{name}: {host.pages} pages asked, the most of one host (host_pages)"
        if door and host.doors >= config.host_depth:
            return f"{name}: {host.doors} pages of lists walked, the most of one host (host_depth)"
        if self._clock() - host.began > config.host_seconds:
            return f"{name}: asked for {config.host_seconds:g} s, the longest of one host (host_seconds)"
        return None

    def dispatch(self, errand: Errand) -> bool:
        """Take an errand's page and article out of the budget; whether it can be asked."""
        run = errand.run
        self.spend(run, errand.url)
        if not errand.reserved:
            errand.reserved = True
            run.reserved += 1
        return self._asking.head(errand)

    def postpone(self, asked: Asked, error: BudgetSpent, now: float) -> None:
        """No room is left for it within this hour: leave what would need the same room. `now`: epoch seconds."""
        run, ceiling, room = asked.run, ceiling_of(error), now + error.seconds
        count = run.count
        if room >= (count.room_at or 0.0):
            count.budget, count.budget_of, count.budget_limit = ceiling.setting, ceiling.whose, ceiling.limit
            count.room_at = room
        if isinstance(asked, Errand):
            self._put_off([asked], (ceiling, room))
        if error.setting == "host_budget" and isinstance(asked, Errand):
            left = run.frontier.remove(lambda _: True, asked.host)
            count.skipped += len(left)
            run.passed_over += len(left)
            self._put_off(left, (ceiling, room))
        elif isinstance(asked, Door):
            # Articles that wait have a share of their own.
            run.no_room = True
        else:
            run.postponed, run.short = str(error), (ceiling, room)
        key = (run, ceiling.setting, ceiling.whose)
        if key not in self._told:
            self._told.add(key)
            self._reporter.limit(run, str(error))

    def leave_host(self, errand: Errand, reason: str, until: float) -> None:
        """Its host is left alone until then (epoch seconds): so is all that would be asked there. Told once a run."""
        run = errand.run
        left = run.frontier.remove(lambda _: True, errand.host)
        run.count.skipped += len(left)
        run.passed_over += len(left)
        self._put_off([errand, *left], (None, until))
        self._desk.politeness.left_out(errand.url, 1 + len(left))
        key = (run, "", errand.host)
        if key not in self._told:
            self._told.add(key)
            self._reporter.limit(run, reason)

    def _put_off(self, errands: Sequence[Errand], short: tuple[Ceiling | None, float]) -> None:
        """Remember those of which nothing is stored, at most `MOST_POSTPONED` of a run."""
        for one in errands:
            if len(one.run.put_off) >= MOST_POSTPONED:
                return
            if one.known is None or one.known.article_id is None:
                one.run.put_off[one.url] = short

    def unreserve(self, errand: Errand) -> None:
        """It came to no article, so that another may."""
        if errand.reserved and not errand.provisional:
            errand.reserved = False
            errand.run.reserved -= 1

    def more(self, run: Run) -> list[Next]:
        """The next errands of a source, newest first, as far as its limits allow."""
        out: list[Next] = [*run.ready]
        run.ready.clear()
        self._reporter.tell(EventKind.PROGRESS, None, None)
        if run.frontier.waiting:
            self._overdue(run)
        while (run.cut_short or run.postponed) is None and not self._stopped.is_set() and run.pages_left > 0:
            errand = run.frontier.first()
            if errand is None or (not errand.reserved and run.reserved >= run.max_articles):
                break
            spent = self.host_spent(errand.url)
            if spent is not None:
                left = run.frontier.remove(lambda _: True, errand.host)
                run.count.skipped += len(left)
                run.passed_over += len(left)
                self._reporter.limit(run, f"{spent}; {len(left)} left for the next crawl")
                continue
            run.frontier.take()
            if self.leaves.wait(errand, self.leaves.owner(errand)):
                run.frontier.done(errand.host)
                continue
            if self.dispatch(errand):
                out.append(errand)
            else:
                run.frontier.done(errand.host)
        return out

    def all_more(self) -> list[Next]:
        """Errands that have become possible since the last answer (an article that turned out known made room)."""
        return [one for run in self._reporter.runs for one in self.more(run)]

    @property
    def expects_more(self) -> bool:
        """Whether answers are under way, so that storing may wait for company."""
        return any(run.frontier.under_way or run.frontier.waiting for run in self._reporter.runs)

    def close(self, run: Run) -> None:
        """Drop what still waits, and tell which ceiling it waits behind."""
        waiting = run.frontier.remove(lambda _: True)
        left = len(waiting)
        run.count.skipped += left
        if run.short is not None:
            self._put_off(waiting, run.short)
        if not left or self._stopped.is_set() or (run.cut_short or run.postponed) is not None:
            return
        if run.pages_left <= 0:
            self._reporter.limit(run, f"{left} left for the next crawl: no more pages may be asked for (max_pages)")
        elif run.reserved >= run.max_articles:
            self._reporter.limit(run, f"{left} left for the next crawl: no more articles may be stored (max_articles)")

    def no_more(self, run: Run) -> str | None:
        """Why no further page is asked for; `None` when one is."""
        if self._stopped.is_set():
            return STOPPED
        if run.postponed is not None:
            return run.postponed
        if run.pages_left <= 0:
            return "no more pages may be asked for (max_pages)"
        return "no more time is left (max_seconds)" if self._overdue(run) else None

    def _overdue(self, run: Run) -> bool:
        """Whether the time of a source that is to be asked for more is over, which cuts its crawl short."""
        if self._clock() <= run.deadline:
            return False
        if run.cut_short is None:
            run.cut_short = f"{run.count.source}: cut short after {run.limits.max_seconds} s (max_seconds)"
            self._reporter.warn(run, run.count.source, run.cut_short)
        return True
