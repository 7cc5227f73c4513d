"""Quiet hours: when a person wants to be left alone, by the clocks of Shanghai."""
from __future__ import annotations

from datetime import datetime, time, timedelta

from msgspec import Struct

from server.domain.moments import SHANGHAI


class QuietHours(Struct, frozen=True):
    """From `begin` until `end`, in minutes of the day; over midnight where the end is the earlier one."""

    begin: int
    end: int

    def has(self, moment: datetime) -> bool:
        minute = _minute_of(moment.astimezone(SHANGHAI).time())
        if self.begin <= self.end:
            return self.begin <= minute < self.end
        return minute >= self.begin or minute < self.end

    def end_after(self, moment: datetime) -> datetime:
        """When those that hold then are over."""
        there = moment.astimezone(SHANGHAI)
        end = there.replace(hour=self.end // 60, minute=self.end % 60, second=0, microsecond=0)
        return (end if end > there else end + timedelta(days=1)).astimezone(moment.tzinfo)


def _minute_of(clock_time: time) -> int:
    return clock_time.hour * 60 + clock_time.minute


def to_minute(text: str) -> int:
    """Of a time as 22:30."""
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


def to_text(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
