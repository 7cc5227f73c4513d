"""The server's clock: the only source of time for rules."""
from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from typing import NamedTuple, Protocol

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
MILLISECOND = timedelta(milliseconds=1)


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """UTC-aware, in whole milliseconds (what MongoDB keeps of a date)."""


class Stamp(NamedTuple):
    """When something changed, as cursors compare it. An era ends when the clock is set back: moments of several cannot be compared."""

    at: datetime
    era: int = 0


class Stamps(Clock, Protocol):
    """Tells with what to stamp a change made now, too."""

    def stamp(self) -> Stamp: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        moment = datetime.now(timezone.utc)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970 UTC."""
    return (moment - EPOCH) // MILLISECOND


def from_ms(ms: int) -> datetime:
    return EPOCH + ms * MILLISECOND


def since_ms(started: float) -> float:
    """Milliseconds since that reading of time.perf_counter(), to the microsecond."""
    return round((time.perf_counter() - started) * 1000, 3)
