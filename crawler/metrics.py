"""The daemon's numbers in Prometheus's text form: its tally, what is under way, and the health of each source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as CONTENT_TYPE
from prometheus_client.registry import Collector

from crawler import __version__
from crawler.daemon_tally import DELAYS, Tally
from crawler.health import Health
from crawler.items import CrawlState
from crawler.request_meter import Ceilings

__all__ = ["CONTENT_TYPE", "Present", "exposition"]

LONGEST_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """What is so at this moment: crawls under way, sources that wait for a place, sources watched."""

    running: int
    waiting: int
    sources: int
    started: float
    store_away: bool


def exposition(tally: Tally, present: Present, health: Health | None) -> bytes:
    """The text that `/metrics` answers; without a `health` what the store tells is left out.

    No label holds a word of a page: sources are named as a person named them.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(tally, present, health))
    ProcessCollector(registry=registry)
    return generate_latest(registry)


class _Collector(Collector):
    def __init__(self, tally: Tally, present: Present, health: Health | None) -> None:
        self._tally = tally
        self._present = present
        self._health = health

    def collect(self) -> Iterator[Metric]:
        yield from self._counted(self._tally)
        yield from self._now(self._present)
        if self._health is not None:
            yield from self._stored(self._health)

    def _counted(self, tally: Tally) -> Iterator[Metric]:
        yield _counter("presswatch_articles", "Articles by what became of them", "outcome", tally.articles)
        states = {state.value: 0 for state in (CrawlState.DONE, CrawlState.PARTIAL, CrawlState.FAILED)}
        yield _counter("presswatch_crawls", "Crawls that ended, by how", "state", states | dict(tally.crawls))
        statuses = dict.fromkeys(("2xx", "3xx", "4xx", "5xx", "error"), 0)
        yield _counter(
            "presswatch_requests",
            "Requests sent (redirects, retries, robots.txt included) by class of status; error: no answer",
            "status",
            statuses | dict(tally.requests),
        )
        yield CounterMetricFamily("presswatch_received_bytes", "Bytes of bodies received", tally.bytes)
        yield CounterMetricFamily(
            "presswatch_extraction_processes_lost", "Extraction processes that a page hung or killed", tally.pages_lost
        )
        yield CounterMetricFamily("presswatch_engine_starts", "Engine processes started", tally.engine_starts)
        reasons = dict.fromkeys(("died", "silent", "crawl hung", "memory"), 0)
        yield _counter(
            "presswatch_engine_losses",
            "Engine processes replaced, by reason",
            "reason",
            reasons | dict(tally.engine_losses),
        )
        bounds = [*(f"{bound:g}" for bound in DELAYS), "+Inf"]
        yield HistogramMetricFamily(
            "presswatch_discovery_delay_seconds",
            "From publication to discovery; not what a source's first crawl found",
            buckets=list(zip(bounds, accumulate(tally.delays), strict=True)),
            sum_value=tally.delay_sum,
        )

    def _now(self, present: Present) -> Iterator[Metric]:
        info = GaugeMetricFamily("presswatch_info", "The version that runs", labels=["version"])
        info.add_metric([__version__], 1)
        yield info
        yield GaugeMetricFamily("presswatch_start_time_seconds", "When the daemon started", present.started)
        yield GaugeMetricFamily("presswatch_crawls_under_way", "Crawls under way", present.running)
        yield GaugeMetricFamily("presswatch_queue", "Sources that are due and wait for a place", present.waiting)
        yield GaugeMetricFamily("presswatch_sources", "Sources watched", present.sources)
        yield GaugeMetricFamily("presswatch_engine_resident_bytes", "Memory of the engine", self._tally.engine_memory)
        yield GaugeMetricFamily("presswatch_store_up", "Whether the store answers", int(not present.store_away))

    def _stored(self, health: Health) -> Iterator[Metric]:
        spent = GaugeMetricFamily(
            "presswatch_hour_requests",
            "Requests of the last hour: all, to the busiest host, for the busiest source",
            labels=["of"],
        )
        ceiling = GaugeMetricFamily("presswatch_hour_requests_ceiling", "Most of them; 0: no ceiling", labels=["of"])
        use = health.budget
        for of, requests, most in (
            ("all", use.requests, use.ceiling),
            ("host", use.host_requests, use.host_ceiling),
            ("source", use.source_requests, use.source_ceiling),
        ):
            spent.add_metric([of], requests)
            ceiling.add_metric([of], most)
        yield from (spent, ceiling)
        waiting = GaugeMetricFamily(
            "presswatch_waiting_for_budget", "Looks and articles that wait for room in a budget", labels=["what"]
        )
        waiting.add_metric(["looks"], health.waiting.looks)
        waiting.add_metric(["articles"], health.waiting.articles)
        binds = GaugeMetricFamily(
            "presswatch_budgets_binding", "Budgets that are spent or waited for, by setting", labels=["setting"]
        )
        free = GaugeMetricFamily(
            "presswatch_budget_free_seconds",
            "When the first that waits for a budget of the setting may go, or there is room again",
            labels=["setting"],
        )
        for setting in Ceilings.__slots__:
            bounds = [bound for bound in health.waiting.bounds if bound.setting == setting]
            binds.add_metric([setting], len(bounds))
            moments = [bound.free_at.timestamp() for bound in bounds if bound.free_at is not None]
            if moments:
                free.add_metric([setting], min(moments))
        yield from (waiting, binds, free)
        yield GaugeMetricFamily("presswatch_store_articles", "Articles in the store", health.articles)
        yield GaugeMetricFamily("presswatch_looks_overdue", "Looks more than a minute late", health.queue.overdue)
        yield GaugeMetricFamily("presswatch_articles_due_again", "Articles due for another try", health.queue.articles)
        yield GaugeMetricFamily("presswatch_hosts_left_alone", "Hosts left alone for now", len(health.left_alone))
        state = GaugeMetricFamily(
            "presswatch_source_state", "1 for the state a source is in", labels=["source", "state"]
        )
        success = GaugeMetricFamily(
            "presswatch_source_last_success_seconds", "When a source was last read", labels=["source"]
        )
        due = GaugeMetricFamily("presswatch_source_next_due_seconds", "When a source is due next", labels=["source"])
        seen = GaugeMetricFamily("presswatch_source_day_articles", "Found in the last 24 hours", labels=["source"])
        expected = GaugeMetricFamily("presswatch_source_day_articles_usual", "As many usually are", labels=["source"])
        for source in health.sources:
            name = source.name[:LONGEST_NAME]
            state.add_metric([name, source.state.value], 1)
            if source.last_success is not None:
                success.add_metric([name], source.last_success.timestamp())
            if source.next_due is not None:
                due.add_metric([name], source.next_due.timestamp())
            seen.add_metric([name], source.seen)
            if source.expected is not None:
                expected.add_metric([name], source.expected)
        yield from (state, success, due, seen, expected)


def _counter(name: str, text: str, label: str, counts: dict[str, int]) -> CounterMetricFamily:
    family = CounterMetricFamily(name, text, labels=[label])
    for value, count in counts.items():
        family.add_metric([value], count)
    return family
