"""Moments of changes, and up to which of them everything is known. What cursors compare; the rules go by the clock itself.

Clocks jump, and those of several machines differ. So a change is never stamped earlier than the sale was last said to be alive,
by whichever machine: since all machines read that every second, nobody's change is much earlier than what anybody has seen.
"""
from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Generic, NamedTuple, TypeVar

from server.domain.auctions.outages import Signs
from server.domain.clock import EPOCH, Clock, Stamp

# So long after its moment was read or made a change is visible to everyone: the database's answer, and every process's next look.
SETTLED_AFTER = timedelta(seconds=10)


class Stand(NamedTuple):
    """Of who has been told everything so far: all that happened until `horizon` is known, what comes will be later."""

    horizon: datetime
    era: int
    now: datetime  # by the clock

    def has_settled(self, at: datetime, era: int = 0) -> bool:
        """Whether a change so stamped is among what is known. One of a later era is not, however early its moment."""
        return era <= self.era and at <= self.horizon

    @property
    def is_new(self) -> bool:
        """Nothing is settled: the era has only begun."""
        return self.horizon == EPOCH


class Moments:
    """Implements Stamps: the time to stamp changes with. Within an era it goes back on no machine, whatever their clocks do.

    An era ends when the clock is set back: its moments cannot be compared with later ones.
    """

    def __init__(self, clock: Clock, monotonic: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._monotonic = monotonic
        now = clock.now()
        self._signs = Signs(now, now)  # the newest that were read
        self._read: deque[tuple[float, datetime]] = deque()  # when, by a clock that does not jump, which moment was read
        self.era = 0
        self.settled_at = now - SETTLED_AFTER  # all that happened until then is on the floor

    @property
    def stand(self) -> Stand:
        """Where those stand who are told now what the floor holds."""
        return Stand(self.settled_at, self.era, self._clock.now())

    def now(self) -> datetime:
        return self.stamp().at

    def stamp(self) -> Stamp:
        return self._signs.stamp(self._clock.now())

    def read(self, signs: Signs) -> datetime:
        """A look begins: from now on changes made here are not earlier than these signs of life. It has to ask since what it gives."""
        self._signs = signs
        return self.settled_at if signs.era == self.era else EPOCH

    def settle(self, signs: Signs) -> None:
        """The look that began with these signs of life is done: the floor holds all that was visible then."""
        now = self._monotonic()
        if not self._read:
            self.settled_at = signs.before - SETTLED_AFTER
        elif signs.era != self.era:
            # Who has not heard of the era yet stamps by what it read before, however early in this one that is.
            self._read.clear()
            self.settled_at = EPOCH
        self.era = signs.era
        while self._read and now - self._read[0][0] > SETTLED_AFTER.total_seconds():
            self.settled_at = max(self.settled_at, self._read.popleft()[1])
        self._read.append((now, signs.alive_at))


Happened = TypeVar("Happened")


class Recent(Generic[Happened]):
    """What happened in the last moments, in order: the database may not show it yet. Not by the clock, which jumps."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic):
        self._monotonic = monotonic
        self._kept: deque[tuple[float, Happened]] = deque()

    def __iter__(self) -> Iterator[Happened]:
        return (happened for _, happened in self._kept)

    def __len__(self) -> int:
        return len(self._kept)

    def add(self, happened: Happened) -> list[Happened]:
        """Keeps it; gives what is forgotten for that."""
        now = self._monotonic()
        self._kept.append((now, happened))
        forgotten = []
        while now - self._kept[0][0] > SETTLED_AFTER.total_seconds():
            forgotten.append(self._kept.popleft()[1])
        return forgotten
