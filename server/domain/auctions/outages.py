"""Outages: time in which nobody could bid, given back to the lots that were open.

Every process says once a second that the sale is alive. Who finds that nobody said so for longer than a few seconds has
measured an outage, of all processes, of the database or of the machine; each open lot then ends later by its length.
"""
from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta
from typing import Protocol

from msgspec import Struct

from server.domain.auctions.goods import Lot, LotStatus, LotStore
from server.domain.auctions.groups import GroupStore
from server.domain.clock import Clock, to_ms

log = logging.getLogger(__name__)

COUNTS_FROM = timedelta(seconds=5)  # shorter ones a bidder's client bridges by trying again


class Outage(Struct, frozen=True):
    """Nobody was there from `began_at` until `ended_at`."""

    began_at: datetime
    ended_at: datetime

    @property
    def id(self) -> int:
        return to_ms(self.began_at)

    def time_lost(self, lot: Lot) -> timedelta:
        """How much of the lot's time it took; nothing from a lot that is closed, was over before or had not begun."""
        if lot.status is not LotStatus.OPEN or lot.end_at <= self.began_at or self.id in lot.outages:
            return timedelta(0)
        return max(timedelta(0), self.ended_at - max(self.began_at, lot.start_at))


class Pulse(Struct, frozen=True):
    """When the sale was last said to be alive, and the outage whose lots are not all given their time back yet."""

    alive_at: datetime
    outage: Outage | None = None


class PulseStore(Protocol):
    """Where the pulse is kept."""

    async def read_pulse(self) -> Pulse | None: ...

    async def beat(self, at: datetime) -> None:
        """The sale is alive; an earlier moment changes nothing."""

    async def begin_outage(self, before: Pulse, outage: Outage) -> bool:
        """Notes an outage, and that it is over; True for the one process that did."""

    async def finish_outage(self, outage: Outage) -> None:
        """All lots have their time back."""


class OutageService:
    """Measures outages and gives their time back, each once, whichever processes try."""

    def __init__(self, pulses: PulseStore, groups: GroupStore, lots: LotStore, clock: Clock):
        self._pulses = pulses
        self._groups = groups
        self._lots = lots
        self._clock = clock
        self._beaten_at: float | None = None  # by a clock that does not jump

    async def check(self) -> bool:
        """To be called before anything is closed; True if lots got time back. Raises Unavailable."""
        pulse = await self._pulses.read_pulse()
        now = self._clock.now()
        if pulse is not None and pulse.outage is None and now - pulse.alive_at > COUNTS_FROM and not self._was_here():
            if await self._pulses.begin_outage(pulse, Outage(pulse.alive_at, now)):
                log.warning("nobody could bid for %.1f s", (now - pulse.alive_at).total_seconds())
            pulse = await self._pulses.read_pulse()
        if pulse is None or pulse.outage is None:
            await self._pulses.beat(now)
            self._beaten_at = time.monotonic()
            return False
        # Not alive yet: if this process dies here, the next one finds the rest as an outage of its own.
        await self._give_back(pulse.outage)
        await self._pulses.finish_outage(pulse.outage)
        return True

    def _was_here(self) -> bool:
        """Whether this process itself kept the sale alive: then it was the clock that jumped."""
        return self._beaten_at is not None and time.monotonic() - self._beaten_at < COUNTS_FROM.total_seconds()

    async def _give_back(self, outage: Outage) -> None:
        for group in await self._groups.list_unfinished_groups():
            if group.start_at < outage.ended_at:
                for lot in await self._lots.list_lots(group.id):
                    await self._extend(lot, outage)

    async def _extend(self, lot: Lot, outage: Outage) -> None:
        while (lost := outage.time_lost(lot)) > timedelta(0):
            if await self._lots.extend_for_outage(lot, outage.id, lost, self._clock.now()):
                log.info("lot extended after an outage", extra={"goods_id": lot.id, "seconds": lost.total_seconds()})
                return
            lot = await self._lots.get_lot(lot.id)  # a bid came between
