"""A clock that tests set by hand, so that what depends on time needs no waiting."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone

# In the future: the database forgets keys and refused tokens by its own clock, and must not during a test.
NOON = datetime(2036, 6, 1, 4, 0, 0, tzinfo=timezone.utc)  # 12:00 in Shanghai


class HandClock:
    """Stands still until it is moved."""

    def __init__(self, moment: datetime = NOON):
        self.moment = moment

    def now(self) -> datetime:
        return self.moment

    def advance(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        self.moment += timedelta(seconds=seconds, minutes=minutes, hours=hours, days=days)
