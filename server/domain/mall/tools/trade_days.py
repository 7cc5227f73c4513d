"""Trade days of the exchanges in Shanghai and Shenzhen: closed on every Saturday and Sunday, and on public holidays."""
from __future__ import annotations

from datetime import date, timedelta
from typing import Protocol

from server.domain.errors import Conflict, DomainError

SATURDAY = 5
LONGEST_CLOSURE = timedelta(days=30)


class DateWrong(Conflict):
    """It is no day of the calendar, as the document writes them."""


class ClosedOnWeekends(Conflict):
    """The exchanges are closed: a Saturday or a Sunday."""


class ClosedOnHolidays(Conflict):
    """The exchanges are closed: a public holiday."""


class CalendarUnknown(DomainError):
    """The holidays of that year were not told yet, or too long ago."""


class HolidayCalendar(Protocol):
    """Public holidays."""

    def is_holiday(self, day: date) -> bool:
        """Raises CalendarUnknown."""


class TradeDays:
    """When the exchanges trade."""

    def __init__(self, calendar: HolidayCalendar):
        self._calendar = calendar

    def check_open(self, text: str) -> None:
        """Raises DateWrong, ClosedOnWeekends, ClosedOnHolidays and CalendarUnknown."""
        day = _day(text)
        if day.weekday() >= SATURDAY:
            raise ClosedOnWeekends()
        if self._calendar.is_holiday(day):
            raise ClosedOnHolidays()

    def find_next(self, text: str) -> str:
        """The first trade day after it. Raises DateWrong and CalendarUnknown."""
        day = last = _day(text)
        while day - last < LONGEST_CLOSURE and day < date.max:
            day += timedelta(days=1)
            if day.weekday() < SATURDAY and not self._calendar.is_holiday(day):
                return day.isoformat()
        raise CalendarUnknown()


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise DateWrong() from None
    if day.isoformat() != text:  # it reads other forms too
        raise DateWrong()
    return day
