"""Public holidays of China as its government announced them, by chinese_calendar; it knows the years that were announced."""
from __future__ import annotations

from datetime import date

import chinese_calendar

from server.domain.mall.tools.trade_days import CalendarUnknown


class ChineseHolidays:
    """Implements HolidayCalendar."""

    def is_holiday(self, day: date) -> bool:
        try:
            return chinese_calendar.is_holiday(day)
        except NotImplementedError:  # as the library says that the year has not been announced
            raise CalendarUnknown() from None
