"""One listener: who it is, what it listens to, what waits for it."""
from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from realtime.channels import Channel
from realtime.protocol import Message
from server.domain.accounts.users import User
from server.domain.auctions.live import Cursor, Source
from server.domain.clock import to_ms


class Wire(Protocol):
    """The way to one client. Never blocks."""

    kind: str  # websocket or events
    answers_pings: bool  # else a dead client is found by other means
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


class Entry(Protocol):
    """An event of a stream: the `number`-th of its `source`."""

    @property
    def source(self) -> Source: ...

    @property
    def number(self) -> int: ...


class Stream:
    """What one listener is sent of a channel whose events are never conflated: each once, in the order of its source."""

    __slots__ = ("_cursor_channel", "_waiting", "_marks", "_recent")

    def __init__(self, cursor_channel: str):
        self._cursor_channel = cursor_channel
        self._waiting: list[Entry] = []
        self._marks: dict[Source, int] = {}
        self._recent: deque[tuple[datetime, Source, int]] = deque()

    def resume(self, cursor: Cursor, now: datetime) -> None:
        """The listener knows what the cursor says: what waits of it is dropped."""
        self._marks = dict(cursor.marks)
        self._recent.extend((now, source, number) for source, number in cursor.marks.items())
        self._waiting = [entry for entry in self._waiting if not self._has(entry)]

    def add(self, entry: Entry) -> bool:
        """Keeps it for the next frame; False if the listener has it."""
        if self._has(entry):
            return False
        self._waiting.append(entry)
        return True

    def take(self, now: datetime) -> list[Entry]:
        """What waits, for a frame that is sent now."""
        entries, self._waiting = self._waiting, []
        for entry in entries:
            self._marks[entry.source] = entry.number
            self._recent.append((now, entry.source, entry.number))
        return entries

    def cursor(self, horizon: datetime, era: int) -> str:
        """Where the listener stands who has been sent everything taken so far."""
        while self._recent and self._recent[0][0] < horizon:
            self._recent.popleft()
        marks = {source: number for _, source, number in self._recent}
        return Cursor(self._cursor_channel, to_ms(horizon), marks, era).encode()

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
        *("wire", "address", "language", "opened_at", "user", "token", "token_id", "expires_at", "channels"),
        *("behind", "behind_since", "streams", "pinged_at", "heard_at", "budget", "budget_at"),
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
        self.behind: dict[str, Behind] = {}  # by channel
        self.behind_since: float | None = None
        self.streams: dict[str, Stream] = {}  # of the channels whose every event counts
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
