"""Moments that operators write: without an offset they are meant in Asia/Shanghai."""
from __future__ import annotations

from datetime import datetime, timezone
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST_YEAR, LAST_YEAR = 2000, 2199  # beyond is a slip of the finger, and at the calendar's ends zones cannot be reckoned with


def find_problem(moment: datetime) -> str | None:
    """Why nothing can be set to that moment."""
    if moment.year < FIRST_YEAR:
        return f"at_least:{FIRST_YEAR}-01-01"
    return f"at_most:{LAST_YEAR}-12-31" if moment.year > LAST_YEAR else None


def to_end(moment: datetime) -> datetime:
    """The last moment of that second: what people see of it is not later."""
    return moment.replace(microsecond=999_000)


def to_utc(moment: datetime) -> datetime:
    """To the second; for moments without a problem."""
    zoned = moment if moment.tzinfo is not None else moment.replace(tzinfo=SHANGHAI)
    return zoned.astimezone(timezone.utc).replace(microsecond=0)
