"""One listener: who it is, what it listens to, what waits for it."""
from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from realtime.channels import Channel
from realtime.protocol import Message
from server.domain.accounts.claims import Checked
from server.domain.accounts.users import User
from server.domain.auctions.cursors import MOST_MARKS, Cursor, Entry, Source
from server.domain.auctions.moments import Stand

MARKED_SECONDS = 20.0  # until the horizon has passed what was sent, however late it reached the record


class Wire(Protocol):
    """The way to one client. Never blocks."""

    kind: str  # websocket or events
    answers_pings: bool  # else a dead client is found by other means
    ping_seconds: float
    # Tries a websocket frame: gives how many of its bytes are on their way, the rest being for `finish`. None while anything
    # else has to go first: then `send` is what remains. May raise OSError, as if nothing had been taken. A plain attribute, so
    # that a broadcast costs one call for each listener.
    offer: Callable[[bytes], int]

    @property
    def pending_bytes(self) -> int:
        """What the client has not taken yet."""

    @property
    def is_closed(self) -> bool:
        """Whether nothing more can be said to the client."""

    def send(self, message: Message) -> None:
        """Hands it over; closes the connection when too much waits already."""

    def finish(self, rest: bytes) -> None:
        """Hands over what was left of a frame that was offered."""

    def ping(self) -> None:
        """Asks for a sign of life."""

    def close(self, code: int, reason: str = "") -> None: ...

    def abort(self) -> None:
        """Drops the connection without a word."""


def take_nothing(frame: bytes, /) -> int:
    """The offer of a wire on which something else has to go first."""
    return 0


class Stream:
    """What one listener is sent of a channel whose events are never conflated: each once, in the order of its source."""

    __slots__ = ("_cursor_channel", "_waiting", "_marks", "_sent")

    def __init__(self, cursor_channel: str):
        self._cursor_channel = cursor_channel
        self._waiting: list[Entry] = []
        self._marks: dict[Source, int] = {}
        self._sent: dict[Source, tuple[float, int]] = {}  # lately: when, by a clock that does not jump, and up to which number

    def resume(self, cursor: Cursor) -> None:
        """The listener knows what the cursor says: what waits of it is dropped."""
        self._marks = dict(cursor.marks)
        self._sent = {source: (time.monotonic(), number) for source, number in cursor.marks.items()}
        self._waiting = [entry for entry in self._waiting if not self._has(entry)]

    def add(self, entry: Entry) -> bool:
        """Keeps it for the next frame; False if the listener has it."""
        if self._has(entry):
            return False
        self._waiting.append(entry)
        return True

    def take(self) -> list[Entry]:
        """What waits, for a frame that is sent now."""
        now = time.monotonic()
        entries, self._waiting = self._waiting, []
        for entry in entries:
            self._marks[entry.source] = entry.number
            self._sent.pop(entry.source, None)  # the latest stand last
            self._sent[entry.source] = now, entry.number
        return entries

    def cursor(self, stand: Stand) -> str:
        """Where the listener stands who has been sent everything taken so far."""
        forgotten_before = time.monotonic() - MARKED_SECONDS
        while self._sent and (self._sent[oldest := next(iter(self._sent))][0] < forgotten_before or len(self._sent) > MOST_MARKS):
            del self._sent[oldest]
        marks = {source: number for source, (_, number) in self._sent.items()}
        return Cursor.marked(self._cursor_channel, stand, marks).encode()

    def _has(self, entry: Entry) -> bool:
        return entry.number <= self._marks.get(entry.source, 0)


class Behind:
    """What of one channel a listener has not been sent: lots with newer states, and the newest event of each type of the channel's own."""

    __slots__ = ("lots", "events")

    def __init__(self) -> None:
        self.lots: set[int] = set()
        self.events: dict[type[Struct], Struct] = {}


class Session:
    """State of one connection. Whoever lags gets the newest state of each lot once it reads again, instead of every step."""

    __slots__ = (
        *("wire", "address", "language", "opened_at", "login", "user", "token", "login_id", "expires_at", "channels"),
        *("behind", "behind_since", "streams", "pinged_at", "heard_at", "checked_at", "budget", "budget_at"),
        *("watched", "watchlist_changes"),
    )

    def __init__(self, wire: Wire, address: str, language: str, now: float):
        self.wire = wire
        self.address = address
        self.language = language
        self.opened_at = now
        self.login: Checked | None = None
        self.user: User | None = None
        self.token: str | None = None
        self.login_id: str | None = None
        self.expires_at: datetime | None = None  # set while signed in
        self.channels: dict[str, Channel] = {}
        self.behind: dict[str, Behind] = {}  # by channel
        self.behind_since: float | None = None
        self.streams: dict[str, Stream] = {}  # of the channels whose every event counts
        self.pinged_at = now
        self.heard_at = now
        self.checked_at = now  # whether its token is still good
        self.budget: float | None = None  # commands it may still send now; None before the first
        self.budget_at = now
        self.watched: set[int] = set()  # lots on the user's watch list, while it is listened to
        self.watchlist_changes = 0  # how often it has changed since the session began

    def spend(self, now: float, per_second: int) -> bool:
        """Takes one command off the budget; False when there is none left."""
        burst = per_second * 2
        saved = burst if self.budget is None else min(burst, self.budget + (now - self.budget_at) * per_second)
        self.budget, self.budget_at = saved - 1, now
        return saved >= 1

    def lag(self, channel: str, lots: set[int], events: Iterable[Struct], now: float) -> None:
        """Remembers that newer states of these lots exist than it has been sent, and these events of the channel's own."""
        behind = self.behind.get(channel)
        if behind is None:
            behind = self.behind[channel] = Behind()
        behind.lots |= lots
        for event in events:
            behind.events[type(event)] = event
        if self.behind_since is None:
            self.behind_since = now

    def catch_up(self) -> dict[str, Behind]:
        """What it has to be sent now that it reads again."""
        behind, self.behind, self.behind_since = self.behind, {}, None
        return behind
