"""Windows: whether and when something is open to members."""
from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Struct

from server.domain.errors import InvalidInput
from server.domain.nouns import about


class Window(Struct, frozen=True, kw_only=True):
    """Open from the one moment until the other, while the staff does not close it; None is no bound."""

    is_open: Annotated[bool, about("开放", "Open")] = True
    starts_at: Annotated[datetime | None, about("开始时间", "Starts at")] = None
    ends_at: Annotated[datetime | None, about("结束时间", "Ends at")] = None

    def is_open_at(self, now: datetime) -> bool:
        has_begun = self.starts_at is None or now >= self.starts_at
        return self.is_open and has_begun and (self.ends_at is None or now < self.ends_at)


def check_window(window: Window) -> None:
    """Raises InvalidInput."""
    if window.starts_at is not None and window.ends_at is not None and window.ends_at <= window.starts_at:
        raise InvalidInput({"ends_at": ["not_after_start"]})
