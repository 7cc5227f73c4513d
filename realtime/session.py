"""One listener: who it is, what it listens to, what waits for it."""
from __future__ import annotations

from collections import deque
from datetime import datetime
from typing import Protocol

from realtime.channels import Channel
from server.domain.accounts.users import User
from server.domain.auctions.live import Cursor, Missed, Notice
from server.domain.clock import to_ms


class Wire(Protocol):
    """The way to one client. Never blocks."""

    @property
    def pending_bytes(self) -> int:
        """What the client has not taken yet."""

    def send(self, frame: bytes) -> None:
        """Hands over a whole websocket frame."""

    def close(self, code: int, reason: str = "") -> None: ...

    def abort(self) -> None:
        """Drops the connection without a word."""


class Session:
    """State of one connection. Whoever lags gets the newest state of each lot once it reads again, instead of every step."""

    __slots__ = (
        *("wire", "address", "language", "opened_at", "user", "token", "token_id", "expires_at", "channels"),
        *("behind", "behind_since", "notices", "_marks", "_recent", "pinged_at", "heard_at", "budget", "budget_at"),
    )

    def __init__(self, wire: Wire, address: str, language: str, now: float):
        self.wire = wire
        self.address = address
        self.language = language
        self.opened_at = now
        self.user: User | None = None
        self.token: str | None = None
        self.token_id: str | None = None
        self.expires_at: datetime | None = None  # set while signed in
        self.channels: dict[str, Channel] = {}
        self.behind: dict[str, set[int]] = {}  # channel → lots whose newest state this listener has not been sent
        self.behind_since: float | None = None
        self.notices: list[Notice] | None = None  # waiting for the next frame; None unless it listens to `me`
        self._marks: dict[int, int] = {}
        self._recent: deque[tuple[datetime, int, int]] = deque()
        self.pinged_at = now
        self.heard_at = now
        self.budget: float | None = None  # commands it may still send now; None before the first
        self.budget_at = now

    def spend(self, now: float, per_second: int) -> bool:
        """Takes one command off the budget; False when there is none left."""
        burst = per_second * 2
        saved = burst if self.budget is None else min(burst, self.budget + (now - self.budget_at) * per_second)
        self.budget, self.budget_at = saved - 1, now
        return saved >= 1

    def lag(self, channel: str, lots: set[int], now: float) -> None:
        """Remembers that newer states than it has been sent exist."""
        self.behind.setdefault(channel, set()).update(lots)
        if self.behind_since is None:
            self.behind_since = now

    def catch_up(self) -> dict[str, set[int]]:
        """What it has to be sent now that it reads again."""
        behind, self.behind, self.behind_since = self.behind, {}, None
        return behind

    def begin_notices(self) -> None:
        """From now on notices are kept for this listener."""
        self.notices = []
        self._marks = {}
        self._recent.clear()

    def resume_notices(self, missed: Missed) -> None:
        """Notices up to the marks were sent as missed: those kept meanwhile are dropped if they are among them."""
        self._marks = dict(missed.cursor.marks)
        kept = [notice for notice in self.notices or [] if notice.number > self._marks.get(notice.goods_id, 0)]
        self.notices = kept

    def end_notices(self) -> None:
        self.notices = None

    def add_notice(self, notice: Notice) -> bool:
        """Keeps a notice for the next frame; False if it was sent before."""
        if self.notices is None or notice.number <= self._marks.get(notice.goods_id, 0):
            return False
        self.notices.append(notice)
        return True

    def take_notices(self, now: datetime) -> list[Notice]:
        """The notices for a frame that is sent now."""
        notices, self.notices = self.notices or [], []
        for notice in notices:
            self._marks[notice.goods_id] = notice.number
            self._recent.append((now, notice.goods_id, notice.number))
        return notices

    def notice_cursor(self, horizon: datetime) -> str:
        """Where the listener stands who has been sent all notices taken so far."""
        assert self.user is not None
        while self._recent and self._recent[0][0] < horizon:
            self._recent.popleft()
        marks = {goods_id: number for _, goods_id, number in self._recent}
        return Cursor(f"me:{self.user.id}", to_ms(horizon), marks).encode()

