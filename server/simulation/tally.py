"""What the bidders of a simulation were told."""
from __future__ import annotations

from collections import Counter
from typing import NamedTuple

PERCENTILES = {"p50": 0.50, "p99": 0.99}


class Acknowledged(NamedTuple):
    """A bid that its bidder was told is accepted; `answered_at` by the monotonic clock."""

    goods_id: int
    seq: int
    price: int
    user_id: int
    answered_at: float


class Tally:
    """Counts answers and keeps how long they took."""

    def __init__(self) -> None:
        self.acknowledged: list[Acknowledged] = []
        self.over_socket = 0  # of those accepted
        self.refused: Counter[str] = Counter()
        self.rate_limited = 0
        self.errors: Counter[str] = Counter()
        self.answer_ms: list[float] = []


def percentiles(values: list[float]) -> dict[str, float | None]:
    """p50 and p99; None where there is nothing to measure."""
    ordered = sorted(values)
    if not ordered:
        return dict.fromkeys(PERCENTILES)
    return {name: round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 2) for name, share in PERCENTILES.items()}
