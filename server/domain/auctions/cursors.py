"""Cursors: where a listener stands, in a text that any process understands.

A cursor says: "I know everything of this `era` up to `horizon`, and of each source in `marks` everything up to that number."
Sources are lots. A state counts by its revision, a notification by the seq of the bid that caused it; what is younger than the
horizon and not marked is sent again. An era ends when the clock is set back: its moments cannot be compared with later ones. So
a cursor is short, and any process can resume it from MongoDB, after any restart.

One that was made later than it is now was made before the clock was set back, and is of no use.
"""
from __future__ import annotations

import base64
import binascii
import heapq
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

import msgspec
from msgspec import Struct

from server.domain.auctions.moments import Stand
from server.domain.clock import Stamp, from_ms, to_ms

# As many as fit into a request line. Of more sources that changed within seconds, the others are sent again.
MOST_MARKS = 400
CLOCKS_APART = timedelta(seconds=5)  # a cursor may come from a machine whose clock is that far ahead

Source = int | str  # a lot by its id; a worker's refusals by its name


class Entry(Protocol):
    """An event of which each counts: the `number`-th of its source. `at` in ms, as people are told."""

    @property
    def source(self) -> Source: ...

    @property
    def number(self) -> int: ...

    @property
    def at(self) -> int: ...


AnyEntry = TypeVar("AnyEntry", bound=Entry)


def in_order(entries: Iterable[AnyEntry]) -> list[AnyEntry]:
    """Those of each source by their numbers, whatever times their machines told; of several sources by time."""
    latest: dict[Source, int] = {}
    timed: list[tuple[int, AnyEntry]] = []
    for entry in sorted(entries, key=lambda one: one.number):
        latest[entry.source] = max(entry.at, latest.get(entry.source, entry.at))
        timed.append((latest[entry.source], entry))
    timed.sort(key=lambda one: (one[0], str(one[1].source), one[1].number))
    return [entry for _, entry in timed]


class Cursor(Struct, frozen=True, array_like=True):
    """See the module. `horizon` in ms; made so many ms later."""

    channel: str
    horizon: int
    marks: dict[Source, int]
    era: int = 0
    made_after: int = 0

    @classmethod
    def at(cls, channel: str, stand: Stand, known: Iterable[tuple[Stamp, Source, int]]) -> Cursor:
        """Of who stands there, and knows of these sources what happened at that moment, up to that number."""
        young: dict[Source, tuple[Stamp, int]] = {}
        for stamp, source, number in known:
            if not stand.has_settled(*stamp) and (source not in young or number > young[source][1]):
                young[source] = stamp, number
        newest = heapq.nlargest(MOST_MARKS, young.items(), key=lambda one: one[1][0]) if len(young) > MOST_MARKS else young.items()
        return cls.marked(channel, stand, {source: number for source, (_, number) in newest})

    @classmethod
    def marked(cls, channel: str, stand: Stand, marks: dict[Source, int]) -> Cursor:
        horizon = to_ms(stand.horizon)
        return cls(channel, horizon, marks, stand.era, max(0, to_ms(stand.now) - horizon))

    @property
    def is_new(self) -> bool:
        """Made when its era had only begun: of what is not marked, nothing is known."""
        return self.horizon == 0

    @property
    def settled(self) -> tuple[datetime, int]:
        """What is not marked is known up to that moment of that era."""
        return from_ms(self.horizon), self.era

    def encode(self) -> str:
        return base64.urlsafe_b64encode(msgspec.msgpack.encode(self)).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str | None, channel: str, here: Stand) -> Cursor | None:
        """None for a text that is not a cursor of that channel, or not of this era, or from the future."""
        if not text:
            return None
        try:
            content = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            cursor = msgspec.msgpack.decode(content, type=cls)
        except (binascii.Error, ValueError, msgspec.DecodeError):
            return None
        if cursor.channel != channel or cursor.era != here.era or cursor.horizon < 0:
            return None
        return cursor if cursor.horizon + cursor.made_after <= to_ms(here.now + CLOCKS_APART) else None

    def knows(self, source: Source, number: int, at: datetime, era: int = 0) -> bool:
        """Whether it is known: a change so stamped, the `number`-th of its source. Nobody who knows this era alone knows a later one's."""
        mark = self.marks.get(source)
        return number <= mark if mark is not None else era <= self.era and to_ms(at) <= self.horizon
