"""Outages: time in which nobody could bid, given back to the lots that were open.

Every process says once a second that the sale is alive. Who finds that nobody said so for longer than a few seconds has
measured an outage, of all processes, of the database or of the machine; each open lot then ends later by its length.
"""
from __future__ import annotations

import logging
import time
from collections import deque
from datetime import datetime, timedelta
from typing import Protocol

from msgspec import Struct

from server.domain.auctions.goods import Lot, LotStatus, LotStore
from server.domain.auctions.groups import GroupStore
from server.domain.clock import Clock, Stamp, to_ms

log = logging.getLogger(__name__)

COUNTS_FROM = timedelta(seconds=5)  # shorter ones a bidder's client bridges by trying again
GIVE_SECONDS = 0.3  # of one call; prices are looked at between
LOTS_AT_ONCE = 100


class Outage(Struct, frozen=True):
    """Nobody was there from `began_at` until `ended_at`."""

    began_at: datetime
    ended_at: datetime

    @property
    def id(self) -> int:
        return to_ms(self.began_at)

    def time_lost(self, lot: Lot, now: datetime) -> timedelta:
        """What the lot gets back if it does now; nothing if it is closed, was over before, had not begun or has had it."""
        if lot.paused_at is not None and lot.paused_at < self.ended_at:
            return timedelta(0)  # whoever resumes it gives all of its time back
        if lot.status is not LotStatus.OPEN or lot.end_at <= self.began_at or self.id in lot.outages:
            return timedelta(0)
        lost = self.ended_at - max(self.began_at, lot.start_at)
        # Nor could anybody bid since its end passed, until now.
        waited = now - max(lot.end_at, self.ended_at)
        return lost + max(waited, timedelta(0)) if lost > timedelta(0) else timedelta(0)


class Pulse(Struct, frozen=True):
    """When the sale was last said to be alive, and the outages whose lots have not all their time back yet, in order."""

    alive_at: datetime
    outages: tuple[Outage, ...] = ()
    era: int = 0  # how often the clock was set back: moments of different eras cannot be compared


class Signs(Struct, frozen=True):
    """What a process knew of the pulse after it beat: when the sale was said to be alive, then and last before, and the era of that."""

    before: datetime
    alive_at: datetime
    era: int = 0

    def stamp(self, now: datetime) -> Stamp:
        """Of a change made now: not earlier than the sale was said to be alive."""
        return Stamp(max(now, self.alive_at), self.era)


class PulseStore(Protocol):
    """Where the pulse is kept."""

    async def read_pulse(self) -> Pulse | None: ...

    async def beat(self, at: datetime) -> None:
        """The sale is alive; an earlier moment changes nothing."""

    async def set_back(self, before: Pulse, at: datetime) -> None:
        """The sale is alive, and the clock by which it was said to be before was ahead: a new era begins."""

    async def forget(self) -> None:
        """The sale has not been alive yet: the time until it is said to be is no outage."""

    async def begin_outage(self, before: Pulse, outage: Outage) -> bool:
        """Notes an outage, and that it is over; True for the one process that did."""

    async def finish_outage(self, outage: Outage) -> None:
        """All lots have their time back."""


class OutageService:
    """Measures outages and gives their time back, each once, whichever processes try and however long that takes."""

    def __init__(self, pulses: PulseStore, groups: GroupStore, lots: LotStore, clock: Clock):
        self._pulses = pulses
        self._groups = groups
        self._lots = lots
        self._clock = clock
        self._beaten_at: float | None = None  # by a clock that does not jump
        self._ahead_at: datetime | None = None  # what the pulse said at the last look, if the clock had not come so far
        self.signs = Signs(clock.now(), clock.now())  # as the last look found them
        self._giving: tuple[Outage, deque[Lot]] | None = None  # while lots wait for their time

    async def check(self) -> bool:
        """To be called every second, and before anything is closed: nothing may be until it is True. Raises Unavailable.

        Says that the sale is alive. False while lots wait for time that an outage took: each call gives some of them theirs.
        """
        pulse = await self._pulses.read_pulse()
        now = self._clock.now()
        if pulse is not None and now - pulse.alive_at > COUNTS_FROM and not self._was_here():
            if await self._pulses.begin_outage(pulse, Outage(pulse.alive_at, now)):
                log.warning("nobody could bid for %.1f s", (now - pulse.alive_at).total_seconds())
            pulse = await self._pulses.read_pulse()
        elif pulse is not None and pulse.alive_at - now > COUNTS_FROM:
            pulse = await self._go_back(pulse, now)
        else:
            await self._pulses.beat(now)
        self.signs = Signs(now, now) if pulse is None else Signs(min(pulse.alive_at, now), max(pulse.alive_at, now), pulse.era)
        self._beaten_at = time.monotonic()
        if pulse is None or not pulse.outages:
            self._giving = None
            return True
        first, *others = pulse.outages
        if not await self._give_back(first):
            return False
        await self._pulses.finish_outage(first)
        return not others

    async def _go_back(self, pulse: Pulse, now: datetime) -> Pulse | None:
        """The pulse is ahead of the clock. A process whose clock is ahead moves it on; where it stands still, all were set back."""
        ahead_at, self._ahead_at = self._ahead_at, pulse.alive_at
        if ahead_at != pulse.alive_at:
            return pulse
        log.warning("the clock was set back by %.1f s, or had been ahead", (pulse.alive_at - now).total_seconds())
        await self._pulses.set_back(pulse, now)
        return await self._pulses.read_pulse()

    def _was_here(self) -> bool:
        """Whether this process itself kept the sale alive: then it was the clock that jumped."""
        return self._beaten_at is not None and time.monotonic() - self._beaten_at < COUNTS_FROM.total_seconds()

    async def _give_back(self, outage: Outage) -> bool:
        """Gives time to some lots that wait for it, those first that end first; True once none waits."""
        if self._giving is None or self._giving[0] != outage:
            self._giving = outage, deque(await self._list_waiting(outage))
        waiting = self._giving[1]
        stop_at = time.monotonic() + GIVE_SECONDS
        while waiting:
            await self._extend([waiting.popleft() for _ in range(min(len(waiting), LOTS_AT_ONCE))], outage)
            if time.monotonic() > stop_at:
                break
        if waiting:
            return False
        self._giving = None
        return True

    async def _list_waiting(self, outage: Outage) -> list[Lot]:
        groups = [group for group in await self._groups.list_unfinished_groups() if group.start_at < outage.ended_at]
        lots = [lot for group in groups for lot in await self._lots.list_lots(group.id)]
        now = self._clock.now()
        return sorted((lot for lot in lots if outage.time_lost(lot, now)), key=lambda lot: lot.end_at)

    async def _extend(self, lots: list[Lot], outage: Outage) -> None:
        while lots:
            now = self._clock.now()
            lost = [(lot, by) for lot in lots if (by := outage.time_lost(lot, now))]
            if not lost or await self._lots.extend_for_outage(lost, outage.id, self.signs.stamp(now)):
                log.info("lots extended after an outage", extra={"goods_ids": [lot.id for lot, _ in lost]})
                return
            lots = await self._lots.list_lots_by_id([lot.id for lot, _ in lost])  # bids came between
