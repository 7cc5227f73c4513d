"""This process's numbers in Prometheus's text format."""
from __future__ import annotations

import math
import platform
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import tornado
from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString
from tornado.web import Application, RequestHandler

from realtime import codes
from realtime.broker import Broker
from realtime.commands import Commands
from realtime.hub import Hub
from realtime.session import Session
from server.config import Config
from server.domain.auctions.floor import Floor
from server.domain.auditing.standings import Standings
from server.telemetry.tallies import Histogram, Tallies
from server.web.direct import FrontRouter

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Values = dict[tuple[str, ...], int]  # labels → value
# Shown from the start: the growth of a series that begins with 1 nobody sees.
KINDS = ("websocket", "events")
OUTCOMES = ("accepted", "unavailable", "failed")


class Metrics(Collector):
    """Reads every number at the moment it is asked for; each says which worker's it is."""

    def __init__(
        self,
        config: Config,
        tallies: Tallies,
        hub: Hub,
        commands: Commands,
        floor: Floor,
        broker: Broker,
        audits: Standings,
        *,
        worker: str,
    ):
        self.tallies = tallies
        self._config = config
        self._hub = hub
        self._commands = commands
        self._floor = floor
        self._broker = broker
        self._audits = audits
        self._worker = worker
        self.fronts: list[FrontRouter] = []
        standard = CollectorRegistry()
        self._standard: tuple[Collector, ...] = (ProcessCollector(registry=standard), GCCollector(registry=standard))
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def watch(self, front: FrontRouter) -> None:
        """Counts what that router answers itself."""
        self.fronts.append(front)

    def render(self) -> bytes:
        """All numbers as Prometheus reads them."""
        return generate_latest(self._registry)

    def describe(self) -> Iterable[Metric]:
        return ()  # else the registry would collect once to learn the names

    def collect(self) -> Iterator[Metric]:
        index = str(self._config.worker_index)
        for family in self._collect():
            family.samples = [sample._replace(labels={**sample.labels, "worker": index}) for sample in family.samples]
            yield family

    def _collect(self) -> Iterator[Metric]:
        yield from self._bidding()
        yield from self._listeners()
        yield from self._requests()
        yield from self._process()
        for collector in self._standard:
            yield from collector.collect()

    def _bidding(self) -> Iterator[Metric]:
        tallies, floor = self.tallies, self._floor
        outcomes: Values = {(outcome,): tallies.bids[outcome] for outcome in (*OUTCOMES, *tallies.bids)}
        yield _counter("bids", "Offers answered, by what became of them", ("outcome",), outcomes)
        yield _histogram("decision_seconds", "From an accepted offer's arrival until it is durable", tallies.decision_seconds)
        yield _histogram("commit_offers", "Offers decided by one write", tallies.commit_offers)
        yield _counter("commits_missed", "Commits that another process came before", (), {(): tallies.commits_missed})
        yield _counter("offers_handed_over", "Offers that went to the process of their lot", (), {(): tallies.offers_handed_over})
        yield _counter("offers_taken_back", "Of these, offers decided here after all", (), {(): tallies.offers_taken_back})
        yield _histogram("closing_late_seconds", "From when a lot was due to be settled until it was", tallies.closing_late_seconds)
        yield from self._auditing()
        yield _gauge("lots", "Lots on the floor: their group is not finished", len(floor.lots))
        yield _gauge("lots_ending_soon", "Open lots that end within a minute", floor.count_ending_soon())

    def _auditing(self) -> Iterator[Metric]:
        parts = self._audits.list_parts()
        findings: Values = {(part.name,): part.finding_count for part in parts}
        yield _gauges("audit_findings", "What the continuous audit finds wrong now", ("part",), findings)
        seen = [part for part in parts if part.looked_at is not None]
        looked_at: dict[tuple[str, ...], float] = {(part.name,): part.looked_at.timestamp() for part in seen if part.looked_at}
        yield _gauges("audit_looked_at_seconds", "When it last had looked at some lots, or at all of another part", ("part",), looked_at)
        passes: Values = {(part.name,): part.passes for part in parts}
        yield _gauges("audit_passes", "How often it has looked at all of it", ("part",), passes)

    def _listeners(self) -> Iterator[Metric]:
        hub = self._hub
        kinds = Counter((session.wire.kind,) for session in hub.sessions)
        yield _gauges("sockets", "Connected listeners", ("kind",), {(kind,): kinds[kind,] for kind in KINDS})
        yield _gauge("socket_queue_bytes", "What listeners have not taken yet", _sum_pending(hub.sessions))
        yield _gauge("sockets_behind", "Listeners that lag", sum(session.behind_since is not None for session in hub.sessions))
        yield _counter("deliveries", "Frames of channels handed to listeners", (), {(): hub.deliveries})
        yield _counter("conflations", "States not sent to a listener that lagged", (), {(): hub.conflations})
        closes: Values = {(kind, str(code) if code != codes.OTHER else "other"): count for (kind, code), count in hub.closes.items()}
        yield _counter("closes", "Connections that ended, by code; 1006 without any", ("kind", "code"), closes)
        recoveries: Values = {(kind, str(recovered).lower()): count for (kind, recovered), count in self._commands.recoveries.items()}
        yield _counter("recoveries", "Subscriptions with a cursor, by whether it was of use", ("channel", "recovered"), recoveries)
        lag = self.tallies.publish_lag_seconds
        yield _histogram("publish_lag_seconds", "From news heard until their frames are handed to the sockets", lag)

    def _requests(self) -> Iterator[Metric]:
        requests: Values = {(method, route, str(status)): count for (method, route, status), count in self.tallies.requests.items()}
        for front in self.fronts:
            for (method, place, status), count in front.answered.items():
                requests[method, f"{place}(direct)", str(status)] = count
        yield _counter("http_requests", "Requests answered", ("method", "route", "status"), requests)
        family = HistogramMetricFamily("auction_http_request_seconds", "From a request's headers until its answer", labels=["route"])
        for route, seconds in self.tallies.request_seconds.items():
            family.add_metric([route], *_buckets(seconds))
        yield family

    def _process(self) -> Iterator[Metric]:
        yield _gauge("mongodb_up", "Whether the database answered the last look", not self._floor.is_stale)
        yield _gauge("redis_up", "Whether news of other processes arrive", self._broker.is_connected)
        yield _histogram("event_loop_lag_seconds", "How late the event loop runs what is due", self.tallies.loop_lag_seconds)
        versions = {"version": self._config.build, "python": platform.python_version(), "tornado": tornado.version}
        yield InfoMetricFamily("auction_build", "What is running", value=versions)
        yield InfoMetricFamily("auction_worker", "The worker's name in logs and records", value={"name": self._worker})


class MetricsPage(RequestHandler):
    """GET /metrics on a port of its own."""

    def initialize(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def set_default_headers(self) -> None:
        self.clear_header("Server")

    def get(self) -> None:
        self.set_header("Content-Type", CONTENT_TYPE)
        self.write(self._metrics.render())


def make_metrics_application(metrics: Metrics) -> Application:
    """What a worker's own metrics port answers."""
    return Application([(r"/metrics", MetricsPage, {"metrics": metrics})], log_function=lambda handler: None)


def _sum_pending(sessions: Iterable[Session]) -> int:
    return sum(session.wire.pending_bytes for session in sessions)


def _gauge(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(f"auction_{name}", about, value=float(value))


def _gauges(name: str, about: str, labels: tuple[str, ...], values: Mapping[tuple[str, ...], float]) -> Metric:
    family = GaugeMetricFamily(f"auction_{name}", about, labels=labels)
    for key, value in values.items():
        family.add_metric(key, value)
    return family


def _counter(name: str, about: str, labels: tuple[str, ...], values: Values) -> Metric:
    family = CounterMetricFamily(f"auction_{name}", about, labels=labels)
    for key, value in values.items():
        family.add_metric(key, value)
    return family


def _histogram(name: str, about: str, histogram: Histogram) -> Metric:
    family = HistogramMetricFamily(f"auction_{name}", about, labels=())
    family.add_metric((), *_buckets(histogram))
    return family


def _buckets(histogram: Histogram) -> tuple[list[tuple[str, float]], float]:
    buckets: list[tuple[str, float]] = []
    count = 0
    for bound, here in zip((*histogram.bounds, math.inf), histogram.counts):
        count += here
        buckets.append((floatToGoString(bound), float(count)))
    return buckets, histogram.sum
