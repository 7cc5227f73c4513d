"""What one process counts and times: plain numbers, cheap where things happen, read when somebody asks."""
from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

from tornado.web import RequestHandler

FAST_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
ANSWER_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 30.0)  # a long poll takes up to 25
LATENESS_SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0)
OFFERS = (1, 2, 4, 8, 16, 32, 64, 128, 256)

METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"))  # clients may send any word
UNMATCHED = "none"  # the route of a request that has none


class Histogram:
    """How many values were at most each bound, and their sum."""

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, bounds: Sequence[float]):
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def observe(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value


class Tallies:
    """Told by those who know. What an object counts itself is not repeated here."""

    def __init__(self) -> None:
        self.bids: Counter[str] = Counter()
        self.decision_seconds = Histogram(FAST_SECONDS)
        self.commit_offers = Histogram(OFFERS)
        self.commits_missed = 0
        self.offers_handed_over = self.offers_taken_back = 0
        self.closing_late_seconds = Histogram(LATENESS_SECONDS)
        self.publish_lag_seconds = Histogram(FAST_SECONDS)
        self.loop_lag_seconds = Histogram(FAST_SECONDS)
        self.requests: Counter[tuple[str, str, int]] = Counter()  # by method, route and status
        self.request_seconds: dict[str, Histogram] = {}

    # Implements BidObserver.

    def answered(self, outcome: str) -> None:
        self.bids[outcome] += 1

    def committed(self, offers: int, decision_seconds: Sequence[float]) -> None:
        self.commit_offers.observe(offers)
        for seconds in decision_seconds:
            self.decision_seconds.observe(seconds)

    def missed(self) -> None:
        self.commits_missed += 1

    def handed_over(self, offers: int) -> None:
        self.offers_handed_over += offers

    def taken_back(self, offers: int) -> None:
        self.offers_taken_back += offers

    def settled(self, late_seconds: float) -> None:
        self.closing_late_seconds.observe(late_seconds)

    def note_request(self, handler: RequestHandler) -> None:
        """Tornado's log function. A handler may say its `template`, and by `is_lasting` that its time means nothing."""
        request = handler.request
        template = getattr(handler, "template", UNMATCHED)
        method = request.method if request.method in METHODS else "other"
        self.requests[method, template, handler.get_status()] += 1
        if not getattr(handler, "is_lasting", False):
            seconds = self.request_seconds.get(template)
            if seconds is None:
                seconds = self.request_seconds[template] = Histogram(ANSWER_SECONDS)
            seconds.observe(request.request_time())
